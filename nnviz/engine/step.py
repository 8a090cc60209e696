"""One training step: a pure function from a state to a record of everything that happened.

`Trainer` keeps the arena between steps so that a long run costs nothing but its arithmetic; loading a state and
stepping gives the same bits as having come there by stepping.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from itertools import cycle, islice, repeat
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import LINE, Array, aligned_zeros, run
from nnviz.engine.plan import Plan
from nnviz.engine.problem import Problem, State, state_size, with_ones_of
from nnviz.engine.record import Record
from nnviz.engine.schedules import CONSTANT, Clock

HUGE = math.sqrt(sys.float_info.max) / 2
STRETCH = 200    # steps between two looks at whether all is finite


class Trainer:
    """Runs the steps of one problem from any of its states."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._data = np.ascontiguousarray(with_ones_of(problem.graph, problem.inputs).T)
        self._targets = problem.targets
        batches = problem.batches
        sizes = sorted({batches.size, batches.last_size}, reverse=True)
        self._arena = aligned_zeros(max(Plan.room(problem, size) for size in sizes))
        self._plans = {size: self._plan(size) for size in sizes}
        self._state = self._arena[: state_size(problem)]
        self._current: Plan | None = None
        self.step, self.epoch, self.batch = 0, 0, 0
        remembered = len(problem.schedule_row.memory)
        self._memory = self._state[len(self._state) - 1 - remembered : -1]
        # What precedes the gradient lies alike in all plans.
        self._descent = self._plans[batches.size].layout.view(self._arena, "descent")
        self._descent[...] = -problem.learning_rate
        # A constant rate is written once; a schedule's step begins and ends with a call more.
        self._paced, self._pace = problem.schedule.name != CONSTANT, problem.pace
        self._clock = Clock(0, 0, batches.per_epoch)
        if self._paced:
            for plan in self._plans.values():
                plan.step = ((self._begin_pace, ()), *plan.step, (self._end_pace, (plan,)))

    def _plan(self, size: int) -> Plan:
        if not self.problem.batch_size:
            return Plan(self.problem, size, self._arena, self._data, np.ascontiguousarray(self._targets.T))
        x, t = np.empty((size, self._data.shape[1])), np.empty((size, self._targets.shape[1]))
        return Plan(self.problem, size, self._arena, x, t.T)

    def _set_clock(self) -> None:
        self._clock = Clock(self.epoch, self.batch, self.problem.batches.per_epoch)

    def _begin_pace(self) -> None:
        """Before a step: writes its learning rate."""
        self._descent[...] = -self._pace.rate(self._clock, self._memory.tolist())

    def _end_pace(self, plan: Plan) -> None:
        """After a step: tells a schedule that watches of its loss, and goes on to the next place."""
        clock, watch = self._clock, self._pace.row.watch
        if watch is not None:
            ends_epoch = clock.batch == clock.per_epoch - 1
            watch(self._memory, plan.loss_sum() * plan.mean, plan.examples, ends_epoch, self._pace.options)
        self._clock = clock.later(1)

    def load(self, state: State) -> None:
        """Goes to `state`."""
        self._state[...] = state.vector
        self.step, self.epoch, self.batch = state.step, state.epoch, state.batch

    def state(self) -> State:
        """Where training stands, as a value of its own."""
        vector = self._state.copy()
        vector.flags.writeable = False
        return State(self.step, self.epoch, self.batch, vector)

    def _take_batch(self) -> tuple[Plan, NDArray[np.intp]]:
        """The plan for the next batch, its rows gathered into the plan's buffers."""
        batches = self.problem.batches
        rows = batches.rows(self.epoch, self.batch)
        plan = self._plans[len(rows)]
        if self.problem.batch_size:
            # mode 'clip' is four times faster than the checked default; the rows are in range by construction
            self._data.take(rows, 0, plan.x, "clip")
            self._targets.take(rows, 0, plan.t.T, "clip")
        if plan is not self._current:
            run(plan.prepare)
            self._current = plan
        return plan, rows

    def _count(self, steps: int) -> None:
        self.step += steps
        epochs, self.batch = divmod(self.batch + steps, self.problem.batches.per_epoch)
        self.epoch += epochs

    def advance(self) -> Record:
        """Does one step and returns its record."""
        plan, rows = self._take_batch()
        if self._paced:
            self._set_clock()
            self._begin_pace()
        run(plan.calls)
        record = Record(self.problem, plan.layout, plan.content.copy(), self.step + 1, self.epoch + 1, rows)
        run(plan.update)
        if self._paced:
            run(((self._end_pace, (plan,)),))
        self._count(1)
        return record

    def look_back(self, state: State) -> Record:
        """The record of the step that follows `state`, bit for bit as it was then; training stays where it stands."""
        here = self.state()
        self.load(state)
        record = self.advance()
        self.load(here)
        return record

    def ring(self, length: int) -> Ring:
        """Memory for the newest `length` steps of a run."""
        return Ring(self, length)

    def run(
        self,
        steps: int,
        losses: Callable[[float], None] | None = None,
        seconds: float = math.inf,
        keep: Callable[[State], None] | None = None,
        every: int = 0,
        ring: Ring | None = None,
    ) -> bool:
        """Does up to `steps` steps, or at least one until `seconds` have passed; False when a step is not finite.

        Such a step is not applied: the state stays the last good one.  `losses` is told the loss of every step
        done, `keep` the state whenever the step number is a multiple of `every`, and `ring` records every step.
        """
        end, goal = perf_counter() + seconds, self.step + steps
        while self.step < goal:
            length = min(STRETCH, goal - self.step)
            if every:
                length = min(length, every - self.step % every)
            found, finite = self._stretch(length, end, ring)
            if losses is not None:
                for loss in found:
                    losses(loss)
            if every and keep is not None and found and self.step % every == 0:
                keep(self.state())
            if not finite or perf_counter() > end:
                return finite
        return True

    def repeat(self, steps: int) -> None:
        """Does `steps` steps that were done before, and so are known to be finite, without a look at them."""
        while steps > 0:
            length = min(STRETCH, steps)
            self._steps(length, math.inf, None)
            steps -= length

    def _stretch(self, length: int, end: float, ring: Ring | None) -> tuple[list[float], bool]:
        """Up to `length` steps; returns their losses, and whether the next one would be finite too.

        Only at the end is it looked whether all went well: a parameter that is not finite stays so.  If it did not,
        the stretch is taken back and done again with a look at every step.
        """
        before = self.state()
        found = self._steps(length, end, ring)
        # The sum may overflow where no loss does; then the second look finds nothing.
        if math.isfinite(sum(found)) and _is_finite(self._state):
            return found, True
        self.load(before)
        losses: list[float] = []
        for _ in found:
            good = self.state()
            losses += self._steps(1, math.inf, ring)
            if not (math.isfinite(losses[-1]) and _is_finite(self._state)):
                self.load(good)
                return losses[:-1], False
        return losses, True

    def _steps(self, length: int, end: float, ring: Ring | None) -> list[float]:
        """Up to `length` steps, and nothing that can be done outside the loop; returns their losses."""
        batched, timed, losses = self.problem.batch_size > 0, end < math.inf, list[float]()
        places = repeat(None) if ring is None else ring.places(self.step, self.epoch, self.batch)
        plan, state = self._take_batch()[0], self._state
        calls, append, loss_sum, mean = plan.step, losses.append, plan.loss_sum, plan.mean
        if self._paced:
            self._set_clock()
        with np.errstate(all="ignore"):
            for place in islice(places, length):
                if batched and losses:
                    self._count(1)
                    plan = self._take_batch()[0]
                    calls, loss_sum, mean = plan.step, plan.loss_sum, plan.mean
                if place is not None:
                    place[...] = state
                for function, arguments in calls:
                    function(*arguments)
                append(loss_sum() * mean)
                if timed and perf_counter() > end:
                    break
        self._count(1 if batched else len(losses))
        return losses


class Ring:
    """The newest steps of a run, each recorded as what decides it: the state before it, and by its number the batch.

    All other numbers of a step follow from these, and `record` has the trainer do the one pass again to tell them.
    Copying these too would take, for 784-16-16-10 on one example, as long as the step itself.
    """

    def __init__(self, trainer: Trainer, length: int) -> None:
        self._trainer, size = trainer, state_size(trainer.problem)
        # Rows begin on a cache line, where copying is a third faster; filled, so that no step waits for its memory.
        stride = -(-size // LINE) * LINE
        memory = aligned_zeros(length * stride)
        memory.fill(0.0)
        self._rows: tuple[Array, ...] = tuple(memory.reshape(length, stride)[:, :size])
        self._ahead = 0      # batches since the start of training, less steps

    def places(self, step: int, epoch: int, batch: int) -> Iterator[Array]:
        """Where the states go from that after update `step` on, whose next batch is `batch` of epoch `epoch`."""
        self._ahead = epoch * self._trainer.problem.batches.per_epoch + batch - step
        return islice(cycle(self._rows), step % len(self._rows), None)

    def record(self, step: int) -> Record:
        """The record of update `step`, which has to be one of the newest; the trainer stays where it stands."""
        before = step - 1
        epoch, batch = divmod(before + self._ahead, self._trainer.problem.batches.per_epoch)
        return self._trainer.look_back(State(before, epoch, batch, self._rows[before % len(self._rows)]))


def _is_finite(vector: Array) -> bool:
    """Whether every number of a vector is finite: one product finds nearly every case, huge ones are looked at."""
    with np.errstate(all="ignore"):
        return float(vector.dot(vector)) < HUGE or bool(np.isfinite(vector).all())


def step(problem: Problem, state: State) -> Record:
    """The step that follows `state`: everything that happens in it."""
    trainer = Trainer(problem)
    trainer.load(state)
    return trainer.advance()
