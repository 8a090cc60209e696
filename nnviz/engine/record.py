"""A record holds everything that happened in one step; whoever holds it can read any number of the pass.

It is one copied array and a layout that knows where each tensor lies.  Nothing is computed again but what the
fast path has no need of: ∂E/∂out where the loss is fused with its activation, and the Jacobian's diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.plan import Layout
from nnviz.engine.problem import Problem


@dataclass(frozen=True, eq=False)
class Record:
    """Step `step` (from 1) of `problem`, on batch `batch` of epoch `epoch` (from 1), over the data rows `rows`.

    `content` is the arena as it stood before the update was added.
    """

    problem: Problem
    layout: Layout
    content: Array
    step: int
    epoch: int
    rows: NDArray[np.intp]

    def _view(self, name: str) -> Array:
        view = self.layout.view(self.content, name)
        view.flags.writeable = False
        return view

    @property
    def parameters(self) -> Array:
        """The flat parameters before the update."""
        return self._view("parameters")

    @property
    def gradient(self) -> Array:
        """The flat gradient of the data loss, the mean over the batch."""
        return self._view("gradient")

    @cached_property
    def update(self) -> Array:
        """What was added to the parameters; never a negative zero."""
        return np.asarray(self._view("update") + 0.0)

    @cached_property
    def new_parameters(self) -> Array:
        """The flat parameters after the update: value + update, in float64."""
        return np.asarray(self._view("parameters") + self._view("update"))

    @property
    def learning_rate(self) -> float:
        return float(self._view("rate"))

    @property
    def loss(self) -> float:
        """The mean loss of the batch."""
        return float(self._view("loss"))

    @cached_property
    def inputs(self) -> Array:
        """The batch's inputs, (units, examples)."""
        return np.ascontiguousarray(self.problem.inputs[self.rows].T)

    @cached_property
    def targets(self) -> Array:
        """The batch's targets, (units, examples)."""
        return np.ascontiguousarray(self.problem.targets[self.rows].T)

    def net(self, layer: int) -> Array:
        """The net inputs of a layer (from 1), (units, examples)."""
        return self._view(f"net{layer}")

    def output(self, layer: int) -> Array:
        """The outputs of a layer, (units, examples); layer 0 is the input."""
        if layer == 0:
            return self.inputs
        return self._view(f"out{layer}")[: self.problem.network.sizes[layer]]

    def delta(self, layer: int) -> Array:
        """δ = ∂E/∂net of each example's own loss, (units, examples)."""
        return self._view(f"∂net{layer}")

    def slope(self, layer: int) -> Array:
        """∂out/∂net, (units, examples); for softmax the diagonal of its Jacobian."""
        return self._slopes[layer - 1]

    @cached_property
    def _slopes(self) -> list[Array]:
        slopes: list[Array] = []
        for layer in range(1, len(self.problem.network.layers) + 1):
            row = self.problem.activation_row(layer)
            name = f"slope out{layer}"
            if row.elementwise and name in self.layout.places:
                slopes.append(self._view(name))
            else:
                options = row.defaults | dict(self.problem.network.layers[layer - 1].activation.options)
                slopes.append(row.derivative_at(self.net(layer), self.output(layer), options))
        return slopes

    def output_gradient(self, layer: int) -> Array:
        """∂E/∂out of each example's own loss, (units, examples)."""
        name = f"∂out{layer}"
        if name in self.layout.places:
            return self._view(name)
        return self._last_output_gradient

    @cached_property
    def _last_output_gradient(self) -> Array:
        output = self.output(len(self.problem.network.layers))
        row = self.problem.loss_row
        with np.errstate(all="ignore"):
            return np.asarray(row.slopes(output, self.targets) * row.share(len(output)) + 0.0)

    @cached_property
    def terms(self) -> Array:
        """Each output's own term of the loss, before terms are summed or averaged; (units, examples)."""
        last = len(self.problem.network.layers)
        name = self.problem.network.layers[-1].activation.name
        return self.problem.loss_row.terms_of(self.net(last), self.output(last), self.targets, name)

    @cached_property
    def example_losses(self) -> Array:
        """The loss of each example of the batch, (examples,)."""
        total: Array = np.add.reduce(self.terms, 0)
        return total * self.problem.loss_row.share(len(self.terms))

    def norm(self, vector: Array) -> float:
        """The L2 norm over the parameters that are not frozen, a shared bias counted once."""
        kept = vector[~(self.problem.blocks.repeats | self.problem.frozen_mask)]
        with np.errstate(all="ignore"):
            return float(np.sqrt(kept.dot(kept)))

    @property
    def is_finite(self) -> bool:
        """False when the loss or any new parameter is NaN or infinite."""
        return bool(np.isfinite(self.loss)) and bool(np.isfinite(self.new_parameters).all())
