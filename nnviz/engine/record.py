"""A record holds everything that happened in one step; whoever holds it can read any number of the pass.

It is one copied array and a layout that knows where each tensor lies.  Left out is what can be told from the rest
exactly, number by number: slopes, the update, ∂E/∂out where the loss is fused with its activation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array, run
from nnviz.engine.network_graph import option_values
from nnviz.engine.optimisers import OptimiserSite
from nnviz.engine.plan import Layout, dense_passes, optimiser_site, update_calls
from nnviz.engine.problem import Problem, with_ones_of


@dataclass(frozen=True, eq=False)
class Record:
    """Step `step` (from 1) of `problem`, on batch `batch` of epoch `epoch` (from 1), over the data rows `rows`.

    `content` is the arena as it stood before the update.
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
        return self._after[0] + 0.0

    @cached_property
    def _after(self) -> tuple[Array, dict[str, Array]]:
        """The update as it comes from the optimiser, and the optimiser's vectors after it."""
        site = self.optimiser_site()
        run(update_calls(self.problem, site))
        return site.gradient, dict(zip(self.problem.optimiser_row.state, site.state, strict=True))

    def optimiser_site(self) -> OptimiserSite:
        """The place of the step's update as the optimiser finds it, to try things out: its arrays are copies."""
        gradient, names = self.gradient.copy(), self.problem.optimiser_row.state
        state = np.empty((len(names), len(gradient)))
        for row, name in zip(state, names, strict=True):
            row[...] = self._view(name)
        steps, descent = self._view("updates").copy(), self._view("descent")
        passes = dense_passes(
            self.problem, self.parameters, gradient, self._whole, lambda name: self._view(f"∂{name}"))
        return optimiser_site(self.problem, gradient, state, steps, descent, self.parameters, passes)

    def _whole(self, name: str) -> Array:
        """Inputs or outputs with their row of ones, as the next layer reads them."""
        return with_ones_of(self.problem.graph, self.problem.inputs[self.rows]) if name == "x" else self._view(name)

    @cached_property
    def new_parameters(self) -> Array:
        """The flat parameters after the update: value + update, in float64."""
        with np.errstate(all="ignore"):
            return np.asarray(self.parameters + self._after[0])

    @property
    def learning_rate(self) -> float:
        return -float(self._view("descent"))

    @property
    def schedule_memory(self) -> dict[str, float]:
        """What the schedule of the learning rate remembered before the step, by name."""
        names = self.problem.schedule_row.memory
        return dict(zip(names, self._view("schedule").tolist(), strict=True)) if names else {}

    @property
    def loss(self) -> float:
        """The mean loss of the batch."""
        problem, last = self.problem, self.problem.network.sizes[-1]
        return float(self._view("loss").item()) * problem.loss_row.mean_of(last, self.layout.examples)

    @cached_property
    def inputs(self) -> Array:
        """The batch's inputs, (units, examples)."""
        return np.ascontiguousarray(self.problem.inputs[self.rows].T)

    @cached_property
    def targets(self) -> Array:
        """The batch's targets, (units, examples)."""
        return np.ascontiguousarray(self.problem.targets[self.rows].T)

    def net(self, layer: int) -> Array:
        """The net inputs of a layer (from 1), (units, examples); (units · pieces, examples) where units have several.
        """
        return self._view(f"net{layer}")

    def output(self, layer: int) -> Array:
        """The outputs of a layer, (units, examples); layer 0 is the input."""
        if layer == 0:
            return self.inputs
        return self._view(f"out{layer}")[: self.problem.network.sizes[layer]]

    def delta(self, layer: int) -> Array:
        """δ = ∂E/∂net of each example's own loss, in the shape of `net`."""
        return self._view(f"∂net{layer}")

    def slope(self, layer: int) -> Array:
        """∂out/∂net, in the shape of `net`; for softmax the diagonal of its Jacobian."""
        return self._slopes[layer - 1]

    def of_units(self, layer: int, values: Array) -> Array:
        """What each unit has of `values`, which are slopes or δ of a layer's net inputs; (units, examples).

        Of a unit with pieces only the one that won has any: the sum over them is its number, exactly.
        """
        pieces = self.problem.network.layers[layer - 1].pieces
        return values if pieces == 1 else np.asarray(values.reshape(-1, pieces, values.shape[1]).sum(axis=1))

    def net_of_units(self, layer: int) -> Array:
        """The net input that each unit's output is made of, (units, examples): of its pieces the one that won."""
        return self.net(layer) if self.problem.network.layers[layer - 1].pieces == 1 else self.output(layer)

    def winners(self, layer: int) -> NDArray[np.intp]:
        """Which piece of each unit won, from 0; (units, examples)."""
        slopes, pieces = self.slope(layer), self.problem.network.layers[layer - 1].pieces
        return np.asarray(slopes.reshape(-1, pieces, slopes.shape[1]).argmax(axis=1))

    @cached_property
    def _slopes(self) -> list[Array]:
        problem, layers = self.problem, self.problem.network.layers
        return [
            problem.activation_row(number).derivative_at(
                self.net(number), self.output(number), option_values(layer.activation) | self._learned(number)
            )
            for number, layer in enumerate(layers, start=1)
        ]

    def _learned(self, layer: int) -> dict[str, Any]:
        alphas = self.problem.blocks.alphas(self.parameters, layer)
        return {} if alphas is None else {"alpha": alphas.reshape(-1, 1)}

    def alpha_wishes(self, layer: int) -> Array:
        """∂E/∂α of each example's own loss, (alphas, examples); no rows where the activation learns nothing."""
        alphas, net = self.problem.blocks.alphas(self.parameters, layer), self.net(layer)
        if alphas is None:
            return np.empty((0, net.shape[1]))
        with np.errstate(all="ignore"):
            wishes = self.output_gradient(layer) * np.minimum(net, 0.0)
            return np.asarray(wishes if len(alphas) == len(net) else wishes.sum(axis=0, keepdims=True))

    def output_gradient(self, layer: int) -> Array:
        """∂E/∂out of each example's own loss, (units, examples)."""
        name = f"∂out{layer}"
        if name in self.layout.places:
            return self._view(name)[: self.problem.network.sizes[layer]]
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
        with np.errstate(all="ignore"):
            total: Array = np.add.reduce(self.terms, 0)
            return total * self.problem.loss_row.share(len(self.terms))

    def norm(self, vector: Array) -> float:
        """The L2 norm over the parameters that are not frozen, a shared bias counted once."""
        kept = vector[~(self.problem.blocks.repeats | self.problem.frozen_mask)]
        with np.errstate(all="ignore"):
            return float(np.sqrt(kept.dot(kept)))

    def memory(self, name: str) -> Array:
        """A vector of the optimiser's state (`velocity`, ...) after the update, flat."""
        return self._after[1][name]

    def memory_before(self, name: str) -> Array:
        """A vector of the optimiser's state before the update, flat."""
        return self._view(name)

    @property
    def updates(self) -> int:
        """How many updates the optimiser remembers, without this step's."""
        return int(self._view("updates"))

    @property
    def keeps_memory(self) -> bool:
        """Whether the optimiser remembers the same after the step as before it."""
        return all(np.array_equal(self._view(name), after) for name, after in self._after[1].items())

    @cached_property
    def effective_learning_rate(self) -> Array:
        """What the step multiplies each parameter's direction by, flat; 0 where frozen."""
        problem = self.problem
        names = problem.optimiser_row.state
        memory, updates = {name: self.memory(name) for name in names}, float(self._view("updates")) + 1.0
        with np.errstate(all="ignore"):
            rate = problem.optimiser_row.effective_rate(memory, updates, self.learning_rate, problem.optimiser_options)
        return np.asarray(rate * ~problem.frozen_mask)

    @property
    def is_finite(self) -> bool:
        """False when the loss, a new parameter or what the optimiser remembers is NaN or infinite."""
        vectors = (self.new_parameters, *map(self.memory, self.problem.optimiser_row.state))
        return bool(np.isfinite(self.loss)) and all(bool(np.isfinite(vector).all()) for vector in vectors)
