"""The past is kept as a few checkpoints; every step between them can be computed again, bit for bit.

A `Segment` is a stretch of training under one problem.  An edit begins a new segment where the old one stood, so
the segments of a session are a chain, and going back through time walks along it.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from weakref import WeakSet, ref

from nnviz.data.datasets import DataSet
from nnviz.engine.problem import Problem, State
from nnviz.engine.record import Record
from nnviz.engine.step import Trainer
from nnviz.session.curve import Curve
from nnviz.session.document import Document

SPACING = 50          # steps between checkpoints, until the budget is used up
REMEMBERED = 3        # records that are kept as they are
WARM = 2              # segments that keep what they train with


@dataclass(eq=False)
class Budget:
    """How many bytes the checkpoints of all segments of a session may take together."""

    bytes: int = 64 << 20
    segments: WeakSet[Segment] = field(default_factory=WeakSet)
    _warm: list[ref[Segment]] = field(default_factory=list)
    _spent: int = 0       # at least what is taken: segments that are gone may still be counted

    def spend(self, size: int) -> None:
        """A checkpoint more: where that is too much, the longest histories keep every other one of theirs."""
        self._spent += size
        if self._spent <= self.bytes:
            return
        while (taken := self.taken) > self.bytes:
            longest = max(self.segments, key=lambda segment: segment.nbytes)
            if len(longest.checkpoints) < 2:
                break
            longest.thin()
        self._spent = taken

    @property
    def taken(self) -> int:
        """Bytes that checkpoints take now."""
        return sum(segment.nbytes for segment in self.segments)

    def warm(self, segment: Segment) -> None:
        """`segment` is trained now; the one that was trained longest ago lets go of its arena."""
        self._warm.append(ref(segment))
        oldest = self._warm.pop(0)() if len(self._warm) > WARM else None
        if oldest is not None:
            oldest.rest()


@dataclass(eq=False)
class Segment:
    """Training of one problem from `start` to step `end`, and everything needed to visit any step of it.

    `origin` is the state that Reset returns to.  `blocked` is the step that would not be finite, if one was met.
    """

    document: Document
    data: DataSet
    problem: Problem
    start: State
    origin: State
    parent: Segment | None
    budget: Budget
    end: int = 0
    blocked: int | None = None
    spacing: int = SPACING
    checkpoints: list[State] = field(default_factory=list)
    _records: OrderedDict[int, Record] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.end = max(self.end, self.start.step)
        self.checkpoints.append(self.start)
        self.curve = Curve(self.start.step + 1)
        self._trainer: Trainer | None = None
        self._checkpoint_size = _size(self.start)
        self.budget.segments.add(self)
        self.budget.spend(self._checkpoint_size)

    @property
    def trainer(self) -> Trainer:
        """The machine that runs this segment, built when it is first needed."""
        if self._trainer is None:
            self._trainer = Trainer(self.problem)
            self._trainer.load(self.start)
            self.budget.warm(self)
        return self._trainer

    def rest(self) -> None:
        """Lets go of what can be made again: the trainer and the remembered records."""
        self._trainer = None
        self._records.clear()

    @property
    def nbytes(self) -> int:
        """Bytes that the checkpoints take now."""
        return len(self.checkpoints) * self._checkpoint_size

    def _checkpoint(self, state: State) -> None:
        if state.step > self.checkpoints[-1].step and state.step % self.spacing == 0:
            self.checkpoints.append(state)
            self.budget.spend(self._checkpoint_size)

    def thin(self) -> None:
        """Doubles the space between checkpoints until one at least is given up; the start always stays."""
        before = len(self.checkpoints)
        while len(self.checkpoints) == before:
            self.spacing *= 2
            self.checkpoints[1:] = [kept for kept in self.checkpoints[1:] if kept.step % self.spacing == 0]

    def go(self, step: int) -> None:
        """Brings the trainer to the moment after `step` updates; steps beyond `end` are new ones."""
        trainer = self.trainer
        nearest = self.checkpoints[bisect_right(self.checkpoints, step, key=lambda kept: kept.step) - 1]
        if not nearest.step <= trainer.step <= step:
            trainer.load(nearest)
        if trainer.step < min(step, self.end):
            trainer.run(min(step, self.end) - trainer.step)
        if step > self.end:
            self.run(step - self.end)

    def run(self, steps: int, seconds: float = float("inf")) -> bool:
        """Trains on from the end; False when it met a step that is not finite (and stays before it)."""
        if self.blocked is not None:
            return False
        trainer = self.trainer
        if trainer.step != self.end:
            self.go(self.end)
        finish = perf_counter() + seconds
        finished = True
        while steps > 0 and finished:
            # slices that end where the curve settles, so that pending values stay few
            slice_steps = min(steps, 2048)
            before = trainer.step
            finished = trainer.run(
                slice_steps, self.curve.append, finish - perf_counter(), self._checkpoint, self.spacing
            )
            self.end = trainer.step
            self.curve.settle()
            steps -= slice_steps
            if perf_counter() > finish or trainer.step == before:
                break
        if not finished:
            self.blocked = self.end + 1
        return finished

    def state(self, step: int) -> State:
        """The state after `step` updates."""
        self.go(step)
        return self.trainer.state()

    def record(self, step: int) -> Record:
        """The record of update `step`; of step `blocked` too, where it shows what is not finite."""
        if step in self._records:
            self._records.move_to_end(step)
            return self._records[step]
        self.go(step - 1)
        trainer = self.trainer
        new = step > self.end
        record = trainer.advance()
        if new and not record.is_finite:
            self.blocked = step
        elif new:
            self.curve.append(record.loss)
            self.curve.settle()
            self.end = step
            if step % self.spacing == 0:
                self._checkpoint(trainer.state())
        self._records[step] = record
        while len(self._records) > REMEMBERED:
            self._records.popitem(last=False)
        return record

    def chain(self) -> Iterator[Segment]:
        """This segment and the ones it grew out of, newest first."""
        segment: Segment | None = self
        while segment is not None:
            yield segment
            segment = segment.parent


def _size(state: State) -> int:
    """Bytes that one checkpoint takes, with the objects around its numbers."""
    return sys.getsizeof(state.vector) + sys.getsizeof(state) + sys.getsizeof(state.__dict__)
