"""The past is kept as a few checkpoints; every step between them can be computed again, bit for bit.

A `Segment` is a stretch of training under one problem.  An edit begins a new segment where the old one stood, so
the segments of a session are a chain, and going back through time walks along it.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from time import perf_counter

from nnviz.data.datasets import DataSet
from nnviz.engine.problem import Problem, State
from nnviz.engine.record import Record
from nnviz.engine.step import Trainer
from nnviz.session.beginning import Beginning
from nnviz.session.budget import Budget
from nnviz.session.curve import Curve
from nnviz.session.document import Document
from nnviz.session.training_process import SLICE, TrainingProcess, TrainingProcessLost

SPACING = 50          # steps between checkpoints, until the budget is used up
REMEMBERED = 3        # records that are kept as they are
AROUND = 112          # bytes of an array beside its numbers
OWN = 4096            # bytes of a segment without its numbers, its document and problem included
_numbers = count()


@dataclass(eq=False)
class Segment:
    """Training of one problem from where it begins to step `end`, and everything needed to visit any step of it.

    `origin` is where Reset returns to.  `blocked` is the step that would not be finite, if one was met.  With
    `exact_start` the document gives the very parameters of `origin`, and `settings` is that document without them.
    `labels` are the edits that it began with, `name` is what the user calls the branch that ends here, and `number`
    grows from segment to segment.
    """

    settings: Document
    data: DataSet
    problem: Problem
    beginning: Beginning
    origin: Beginning
    parent: Segment | None
    budget: Budget
    exact_start: bool = False
    end: int = 0
    blocked: int | None = None
    spacing: int = SPACING
    checkpoints: list[State] = field(default_factory=list)
    labels: tuple[str, ...] = ()
    name: str = ""
    number: int = field(default_factory=_numbers.__next__)
    _records: OrderedDict[int, Record] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.end = max(self.end, self.begins_at)
        self.curve = Curve(self.begins_at + 1)
        self._trainer: Trainer | None = None
        self._document: Document | None = None
        self._looked_at = 0       # the step whose record was asked for last
        self._before_last: State | None = None     # that of the last step which another process did
        self.budget.add(self)

    @property
    def begins_at(self) -> int:
        """How many updates were done before it."""
        return self.beginning.step

    @property
    def start(self) -> State:
        """The state before its first step."""
        return self.beginning.state(self.problem)

    @property
    def document(self) -> Document:
        """The settings in force, with the exact parameters before training where they were edited."""
        if not self.exact_start:
            return self.settings
        if self._document is None:
            parameters = self.problem.blocks.unpack(self.origin.parameters(self.problem))
            self._document = self.settings.with_state(parameters, None)
            self.budget.warm(self)
        return self._document

    @property
    def trainer(self) -> Trainer:
        """The machine that runs this segment, built when it is first needed; it has to be told where to start."""
        if self._trainer is None:
            self._trainer = Trainer(self.problem)
            self.budget.warm(self)
        return self._trainer

    def rest(self) -> None:
        """Lets go of what can be made again: the trainer, the remembered records, a document full of numbers."""
        self._trainer = self._document = self._before_last = None
        self._records.clear()

    def wear(self, settings: Document) -> None:
        """Takes other names and places from `settings`, which compute the same: whatever is known stays known."""
        self.settings, self._document = settings, None
        if settings.network == self.problem.network:
            return
        self.problem = replace(self.problem, network=settings.network)
        for step, record in self._records.items():
            self._records[step] = replace(record, problem=self.problem)
        if self._trainer is not None:
            self._trainer.problem = self.problem       # its records are to tell the names

    @property
    def nbytes(self) -> int:
        """Bytes that it takes for itself: checkpoints, edited numbers, the objects around them."""
        size = _size(self.checkpoints[0]) * len(self.checkpoints) if self.checkpoints else 0
        return size + self.beginning.nbytes + OWN

    def _checkpoint(self, state: State) -> None:
        newest = self.checkpoints[-1].step if self.checkpoints else self.begins_at
        if state.step > newest and state.step % self.spacing == 0:
            self.checkpoints.append(state)
            self.budget.spend(_size(state))

    def thin(self) -> None:
        """Doubles the space between checkpoints until one at least is given up."""
        before = len(self.checkpoints)
        while len(self.checkpoints) == before:
            self.spacing *= 2
            self.checkpoints[:] = [kept for kept in self.checkpoints if kept.step % self.spacing == 0]

    def forget_after(self, step: int) -> None:
        """Lets go of all that is known of later steps; done again they are the same, bit for bit."""
        if step >= self.end:
            return
        self.checkpoints[:] = [kept for kept in self.checkpoints if kept.step <= step]
        self.curve.cut(step)
        self.end, self.blocked = step, None
        self.budget.trail.leave(self)
        self.rest()

    # --- from one step to another -------------------------------------------------------------------------------

    def can_reach(self, step: int) -> bool:
        """Whether the state after `step` updates can be computed without the one at the beginning."""
        return self._nearest_kept(step) is not None

    def _nearest_kept(self, step: int) -> State | None:
        """The last state up to `step` that is kept beyond the beginning."""
        place = bisect_right(self.checkpoints, step, key=lambda kept: kept.step)
        kept = [self.budget.trail.nearest(self, step), self.checkpoints[place - 1] if place else None]
        if self._before_last is not None and self._before_last.step <= step:
            kept.append(self._before_last)
        return max((state for state in kept if state is not None), key=lambda state: state.step, default=None)

    def nearest(self, step: int) -> State:
        """The last state up to `step` that needs no training of this segment."""
        return self._nearest_kept(step) or self.start

    def go(self, step: int) -> Trainer:
        """Brings the trainer to the moment after `step` updates, which may not lie beyond `end`."""
        kept, trainer = self._nearest_kept(step), self._trainer
        at = self.begins_at if kept is None else kept.step
        if trainer is None or not at <= trainer.step <= step:
            state = kept or self.start      # first of all: to find it, this segment may have been put to rest
            trainer = self.trainer
            trainer.load(state)
        if trainer.step < step:
            trainer.repeat(step - trainer.step)
        return trainer

    def run(self, steps: int, seconds: float = float("inf")) -> bool:
        """Trains on from the end; False when it met a step that is not finite (and stays before it)."""
        if self.blocked is not None:
            return False
        trainer = self.go(self.end)
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

    def run_elsewhere(self, steps: int, process: TrainingProcess) -> bool:
        """Like `run`, for about a slice of time, by another process; by our own trainer where that is lost."""
        if self.blocked is not None:
            return False
        try:
            done = process.stretch(self.problem, self._whereabouts, self.end, self.end + steps, self.spacing)
        except TrainingProcessLost:
            return self.run(steps, SLICE)
        for loss in done.losses:
            self.curve.append(loss)
        self.end, self._before_last = done.end, done.before_last
        for state in done.kept:
            self._checkpoint(state)
        self.curve.settle()
        if not done.finite:
            self.blocked = self.end + 1
        return done.finite

    def _whereabouts(self) -> tuple[Document, State]:
        """What another process has to know to train on from the end."""
        return self.settings, self.state(self.end)

    def state(self, step: int) -> State:
        """The state after `step` updates; those beyond the end are done."""
        if step > self.end:
            self.run(step - self.end)
        return self.go(min(step, self.end)).state()

    def record(self, step: int) -> Record:
        """The record of update `step`; of step `blocked` too, where it shows what is not finite."""
        looked_at, self._looked_at = self._looked_at, step
        if step in self._records:
            self._records.move_to_end(step)
            return self._records[step]
        if step - 1 > self.end:
            self.run(step - 1 - self.end)
        if 0 < looked_at - step <= SPACING:
            self._walk_back_to(step - 1)
        trainer = self.go(min(step - 1, self.end))
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

    def _walk_back_to(self, step: int) -> None:
        """Somebody goes back step by step: keeps states on the way to `step`, so that the next ones are near."""
        near = self.nearest(step)
        trail = self.budget.trail
        stops = trail.stops(self, near, step, self.budget.trail_room)
        if not stops:
            return
        trainer = self.trainer
        trainer.load(near)
        for stop in stops:
            trainer.repeat(stop - trainer.step)
            trail.states.append(trainer.state())

    def easiest(self, low: int, high: int) -> int | None:
        """The last step from `low` to `high` whose record needs no way to it: a state is kept just before it."""
        place = bisect_right(self.checkpoints, high - 1, key=lambda kept: kept.step)
        found = self.checkpoints[place - 1].step + 1 if place else 0
        return found if found >= low else None

    def chain(self) -> Iterator[Segment]:
        """This segment and the ones it grew out of, newest first."""
        segment: Segment | None = self
        while segment is not None:
            yield segment
            segment = segment.parent


def _size(state: State) -> int:
    """Bytes that one checkpoint takes, with the objects around its numbers.

    What comes from another process lies in memory that the array does not own, and of which its size tells nothing.
    """
    return state.vector.nbytes + AROUND + sys.getsizeof(state) + sys.getsizeof(state.__dict__)
