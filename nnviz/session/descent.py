"""The path of a descent: the places that training passes, one after each step, on the map of a function of x and y.

A session keeps few of its states.  A descent takes the same steps once more, a little at a time, and so can also take
those that another optimiser would have taken from the same start.
"""

from __future__ import annotations

from math import inf
from time import perf_counter

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.problem import Problem, State
from nnviz.engine.step import Trainer
from nnviz.session.document import Document

MOST_PLACES = 2000       # of a descent; a longer one keeps every other, every fourth, ... of its places
AT_ONCE = 100            # steps between two looks at the clock


def place_of(problem: Problem, parameters: Array) -> tuple[float, float]:
    """x and y out of the flat parameters of a surface."""
    x, y = problem.blocks.weights(parameters, 1)[:, 0].tolist()
    return x, y


class Descent:
    """The steps of `problem` from `state` on, as far as `go` was asked to take them.

    `steps` (n,) and `places` (n, 2) begin with the start.  `ended` is the first step that would not be finite, None
    while there is none.
    """

    def __init__(self, problem: Problem, state: State, most: int = MOST_PLACES) -> None:
        self.problem, self.most, self.stride = problem, most, 1
        self._trainer = Trainer(problem)
        self._trainer.load(state)
        self._kept = [(state.step, place_of(problem, state.parameters(problem)))]
        self.ended: int | None = None
        self._arrays: tuple[Array, Array] | None = None

    @property
    def step(self) -> int:
        """How far it has come."""
        return self._trainer.step

    def is_at(self, state: State) -> bool:
        """Whether it has come to exactly this state, with all that optimiser and schedule remember."""
        own = self._trainer.state()
        same = (own.step, own.epoch, own.batch) == (state.step, state.epoch, state.batch)
        return same and np.array_equal(own.vector, state.vector)

    def go(self, step: int, seconds: float = inf) -> bool:
        """Takes the steps up to `step`, for so many seconds; whether there is nothing left to do for it."""
        until, trainer = perf_counter() + seconds, self._trainer
        while trainer.step < step and self.ended is None:
            if not trainer.run(min(AT_ONCE, step - trainer.step), keep=self._keep, every=self.stride):
                self.ended = trainer.step + 1
            if perf_counter() > until:
                break
        return trainer.step >= step or self.ended is not None

    def _keep(self, state: State) -> None:
        if len(self._kept) >= self.most:
            self.stride *= 2
            self._kept[1:] = [kept for kept in self._kept[1:] if kept[0] % self.stride == 0]
        if state.step % self.stride == 0:
            self._kept.append((state.step, place_of(self.problem, state.parameters(self.problem))))
        self._arrays = None

    def until(self, step: int) -> tuple[Array, Array]:
        """The steps and places up to `step`, the newest one always among them where it is the place of the descent."""
        if self._arrays is None:
            steps = np.array([kept[0] for kept in self._kept], dtype=np.float64)
            places = np.array([kept[1] for kept in self._kept])
            if steps[-1] < self.step:
                state = self._trainer.state()
                steps = np.append(steps, self.step)
                places = np.vstack((places, place_of(self.problem, state.parameters(self.problem))))
            self._arrays = steps, places
        steps, places = self._arrays
        known = int(np.searchsorted(steps, step, "right"))
        return steps[:known], places[:known]


def with_optimiser(document: Document, name: str) -> Document:
    """The same document under another optimiser with its usual numbers, at the same learning rate."""
    assert name in OPTIMISERS, name
    return document if name == document.optimiser.name else document.with_value("optimiser.name", name)
