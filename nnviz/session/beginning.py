"""Where a stretch of training begins: a whole state that others share, and the little in which this one differs.

A hundred edits of single weights at one place are a hundred short lists of numbers beside one state.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.problem import Problem, State

if TYPE_CHECKING:
    from nnviz.session.timeline import Segment


@dataclass(eq=False)
class Anchor:
    """The state after `step` updates, which an edit found when it was made.

    Where training of `parent` came by it, it can be let go of: it is computed again when it is asked for.
    """

    step: int
    parent: Segment | None
    kept: State | None

    @property
    def can_go(self) -> bool:
        return self.parent is not None and self.kept is not None

    @property
    def nbytes(self) -> int:
        return 0 if self.kept is None else self.kept.vector.nbytes

    def state(self) -> State:
        """The whole state, kept from now on where it had to be computed.

        Thousands of edits may follow each other without one that is kept, so this is no recursion.
        """
        missing: list[tuple[Anchor, Segment]] = []
        anchor = self
        while anchor.kept is None:
            assert anchor.parent is not None
            missing.append((anchor, anchor.parent))
            if anchor.parent.can_reach(anchor.step):
                break
            anchor = anchor.parent.beginning.anchor
        found, before = self.kept, None
        for anchor, parent in reversed(missing):
            anchor.kept = found = parent.state(anchor.step)
            if before is not None:
                before.kept = None       # it was only needed on the way
            before = anchor
        assert found is not None
        if missing:
            missing[0][1].budget.spend(self.nbytes)
        return found


@dataclass(frozen=True, eq=False)
class Beginning:
    """The state of `anchor`, but on batch `batch` of epoch `epoch` and with `values` at some places of its parameters.

    `fresh` says that optimiser and schedule remember nothing.  It serves any problem whose parameters lie alike.
    """

    anchor: Anchor
    epoch: int
    batch: int
    fresh: bool = False
    places: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    values: Array = field(default_factory=lambda: np.empty(0))

    @classmethod
    def at(cls, state: State, parent: Segment | None = None) -> Beginning:
        """Exactly at `state`, which training of `parent` has reached."""
        return cls(Anchor(state.step, parent, state), state.epoch, state.batch)

    @property
    def step(self) -> int:
        return self.anchor.step

    @property
    def nbytes(self) -> int:
        """Bytes of what it does not share."""
        return self.places.nbytes + self.values.nbytes

    def parameters(self, problem: Problem) -> Array:
        """The flat parameters."""
        whole = self.anchor.state().vector[: problem.blocks.size]
        if not len(self.places):
            return whole
        parameters = whole.copy()
        parameters[self.places] = self.values
        parameters.flags.writeable = False
        return parameters

    def state(self, problem: Problem) -> State:
        """The whole state under `problem`."""
        if self.fresh:
            return State.fresh(problem, self.parameters(problem), self.step, self.epoch, self.batch)
        whole = self.anchor.state().under(problem)
        if not len(self.places):
            same = (whole.epoch, whole.batch) == (self.epoch, self.batch)
            return whole if same else State(self.step, self.epoch, self.batch, whole.vector)
        return State(self.step, self.epoch, self.batch, whole.vector).with_parameters(problem, self.parameters(problem))

    def with_value(self, places: NDArray[np.intp], value: float | Array) -> Beginning:
        """The same with one number, or one each, at some more places."""
        others = ~np.isin(self.places, places)
        return replace(
            self,
            places=np.concatenate((self.places[others], places)),
            values=np.concatenate((self.values[others], np.full(len(places), value))),
        )

    def before_training(self) -> Beginning:
        """The same parameters at the first batch of the first epoch, with an optimiser that remembers nothing."""
        return replace(self, epoch=0, batch=0, fresh=True)

    def with_disabled(self, problem: Problem) -> Beginning:
        """The same with 0 for what the problem has disabled: where training begins, of where Reset returns to."""
        return self.with_value(problem.disabled, 0.0) if len(problem.disabled) else self
