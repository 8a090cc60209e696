"""One training step: a pure function from a state to a record of everything that happened.

`Trainer` keeps the arena between steps so that a long run costs nothing but its arithmetic; loading a state and
stepping gives the same bits as having come there by stepping.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import run
from nnviz.engine.plan import Plan, aligned_zeros
from nnviz.engine.problem import Problem, State, state_size, with_ones_of
from nnviz.engine.record import Record

HUGE = math.sqrt(sys.float_info.max) / 2


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
        for plan in self._plans.values():
            plan.layout.view(self._arena, "rate")[...] = problem.learning_rate

    def _plan(self, size: int) -> Plan:
        if not self.problem.batch_size:
            return Plan(self.problem, size, self._arena, self._data, np.ascontiguousarray(self._targets.T))
        x, t = np.empty((size, self._data.shape[1])), np.empty((size, self._targets.shape[1]))
        return Plan(self.problem, size, self._arena, x, t.T)

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
            np.take(self._data, rows, 0, plan.x, "clip")
            np.take(self._targets, rows, 0, plan.t.T, "clip")
        if plan is not self._current:
            run(plan.prepare)
            self._current = plan
        return plan, rows

    def _finish(self, plan: Plan) -> None:
        function, arguments = plan.apply
        function(*arguments)
        self.step += 1
        self.batch += 1
        if self.batch == self.problem.batches.per_epoch:
            self.batch, self.epoch = 0, self.epoch + 1

    def advance(self) -> Record:
        """Does one step and returns its record."""
        plan, rows = self._take_batch()
        run(plan.calls)
        record = Record(self.problem, plan.layout, plan.content.copy(), self.step + 1, self.epoch + 1, rows)
        with np.errstate(all="ignore"):
            self._finish(plan)
        return record

    def run(
        self,
        steps: int,
        losses: Callable[[float], None] | None = None,
        seconds: float = math.inf,
        keep: Callable[[State], None] | None = None,
        every: int = 0,
    ) -> bool:
        """Does up to `steps` steps or until `seconds` have passed; False when a step would not be finite.

        Such a step is not applied: the state stays the last good one.  `losses` is told the loss of every step
        done, `keep` the state whenever the step number is a multiple of `every`.
        """
        end = perf_counter() + seconds if seconds < math.inf else math.inf
        timed, problem, batches = seconds < math.inf, self.problem, self.problem.batches
        whole, per_epoch = not problem.batch_size, batches.per_epoch
        plan, _ = self._take_batch()
        finished = True
        with np.errstate(all="ignore"):
            for done in range(steps):
                if not whole and done:
                    plan, _ = self._take_batch()
                for function, arguments in plan.calls:
                    function(*arguments)
                loss = float(plan.loss)
                if not (math.isfinite(loss) and self._finite(plan)):
                    finished = False
                    break
                np.add(plan.parameters, plan.update, plan.parameters)
                self.step += 1
                self.batch += 1
                if self.batch == per_epoch:
                    self.batch, self.epoch = 0, self.epoch + 1
                if losses is not None:
                    losses(loss)
                if every and self.step % every == 0 and keep is not None:
                    keep(self.state())
                if timed and perf_counter() > end:
                    break
        return finished

    def _finite(self, plan: Plan) -> bool:
        """Whether the step can be applied: one product finds nearly every case, a huge one is looked at closely."""
        size = float(plan.update.dot(plan.update))
        if size < HUGE:
            return True
        return bool(np.isfinite(plan.update).all() and np.isfinite(plan.parameters + plan.update).all())


def step(problem: Problem, state: State) -> Record:
    """The step that follows `state`: everything that happens in it."""
    trainer = Trainer(problem)
    trainer.load(state)
    return trainer.advance()


