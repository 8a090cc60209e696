"""A moment of a pass: the record of a step, and how far the cursor has come in it.

Everything that is shown is read through a moment, so the picture, the inspector and the tables never disagree
about what is known yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.record import Record
from nnviz.report.divergence import array_index
from nnviz.report.elements import Element, Parameter, Weight
from nnviz.report.pass_order import Kind, Operation, PassOrder, Phase

Mask = NDArray[np.bool_]
MOST_ACTIVE = 256
MEAN = -1      # the example number that stands for the mean of the batch


@dataclass(frozen=True, eq=False)
class Moment:
    """The first `cursor` operations of `record` are done, those from `since` on by the last move.

    `example` is a column of the batch, or MEAN.
    """

    record: Record
    cursor: int
    example: int = 0
    since: int | None = None

    @property
    def order(self) -> PassOrder:
        return PassOrder.of(self.record.problem)

    @property
    def is_complete(self) -> bool:
        return self.cursor >= self.order.length

    @property
    def column(self) -> int:
        """The shown example's place in the batch; 0 for the mean."""
        return max(0, min(self.example, len(self.record.rows) - 1))

    @property
    def last(self) -> Operation | None:
        """The operation that has just been done."""
        return self.order.at(self.cursor - 1) if self.cursor else None

    def _pick(self, values: Array) -> Array:
        """The shown example's column of (units, examples), or the mean over the batch."""
        if self.example == MEAN:
            with np.errstate(all="ignore"):
                return np.asarray(values.mean(axis=1))
        return values[:, min(self.example, values.shape[1] - 1)]

    def _known(self, phase: Phase, kind: Kind, layer: int, count: int) -> Mask:
        done = self.order.done(self.cursor, phase, kind, layer)
        return np.arange(count) < done

    def _units(self, layer: int) -> int:
        return self.record.problem.network.sizes[layer]

    def _nets(self, layer: int) -> int:
        return self.record.problem.network.net_sizes[layer]

    def net(self, layer: int) -> tuple[Array, Mask]:
        """Net inputs of a layer (from 1), and which the cursor has passed; (units · pieces,)."""
        return self._pick(self.record.net(layer)), self._known("forward", "net", layer, self._nets(layer))

    def output(self, layer: int) -> tuple[Array, Mask]:
        """Outputs of a layer; those of layer 0, the input, are always known."""
        values = self._pick(self.record.output(layer))
        if layer == 0:
            return values, np.ones(len(values), dtype=bool)
        return values, self._known("forward", "out", layer, len(values))

    def output_gradient(self, layer: int) -> tuple[Array, Mask]:
        """∂E/∂out of a layer."""
        return self._pick(self.record.output_gradient(layer)), self._known("backward", "out", layer, self._units(layer))

    def slope(self, layer: int) -> tuple[Array, Mask]:
        """∂out/∂net of a layer, known with δ; (units · pieces,)."""
        return self._pick(self.record.slope(layer)), self._known("backward", "net", layer, self._nets(layer))

    def jacobian_row(self, layer: int, unit: int) -> tuple[Array, Mask]:
        """∂out/∂net of `unit` for every output of a softmax layer, known with its δ; (units,)."""
        outputs = self.record.output(layer)
        row = -outputs * outputs[unit]
        row[unit] += outputs[unit]
        known = self.order.done(self.cursor, "backward", "net", layer) > unit
        return self._pick(row), np.full(len(row), known)

    def delta(self, layer: int) -> tuple[Array, Mask]:
        """δ = ∂E/∂net of a layer; (units · pieces,)."""
        return self._pick(self.record.delta(layer)), self._known("backward", "net", layer, self._nets(layer))

    def delta_of_units(self, layer: int) -> tuple[Array, Mask]:
        """δ of each unit of a layer, known with its last piece: that of the piece that won; (units,)."""
        delta, known = self.delta(layer)
        pieces = self.record.problem.network.layers[layer - 1].pieces
        if pieces == 1:
            return delta, known
        return delta.reshape(-1, pieces).sum(axis=1), known[pieces - 1 :: pieces]

    def won(self, layer: int) -> tuple[Array, Mask]:
        """For each piece of a layer's units the share of the shown examples for which it won, known with the output.

        (units · pieces,): 0 and 1 for a single example; the first of several that are as large.
        """
        _, known = self.output(layer)
        pieces = self.record.problem.network.layers[layer - 1].pieces
        return self._pick(self.record.slope(layer)), np.repeat(known, pieces)

    @property
    def targets(self) -> Array:
        return self._pick(self.record.targets)

    def term(self, unit: int) -> float | None:
        """An output's own term of the loss, None before the cursor has reached it."""
        last = len(self.record.problem.network.layers)
        if self.order.done(self.cursor, "loss", "term", last) <= unit:
            return None
        return float(self._pick(self.record.terms)[unit])

    @property
    def loss(self) -> float | None:
        """The loss of the shown example, or the batch's mean; None before the cursor has reached it."""
        if not self.order.loss_is_known(self.cursor):
            return None
        if self.example == MEAN:
            return self.record.loss
        losses = self.record.example_losses
        return float(losses[min(self.example, len(losses) - 1)])

    # --- parameters -----------------------------------------------------------------------------------------

    def parameters(self) -> Array:
        """The flat parameters as they stand at the cursor: new values where the update has been done."""
        if self.is_complete:
            return self.record.new_parameters
        first = self.order.section("update", "parameter", 1).start
        if self.cursor <= first:
            return self.record.parameters
        blocks, order = self.record.problem.blocks, self.order
        values = self.record.parameters.copy()
        done = self.cursor - first
        places = blocks.order[:done]
        values[places] = self.record.new_parameters[places]
        for layer, kind in enumerate(self.record.problem.network.layers, start=1):
            finished = order.done(self.cursor, "update", "parameter", layer) == order.parameters_in(layer)
            if kind.bias == "shared" and finished:
                blocks.block(values, layer)[:, -1] = blocks.block(self.record.new_parameters, layer)[:, -1]
        return values

    def gradients_known(self, layer: int) -> tuple[Mask, Mask]:
        """Which gradients of a layer the cursor has passed: weights (net inputs, inputs), biases (biases,)."""
        if self.record.problem.network.gates is not None:
            return self._of_leaves(self.order.gradient_is_known)
        return self._split(layer, self.order.done(self.cursor, "backward", "parameter", layer))

    def updates_known(self, layer: int) -> tuple[Mask, Mask]:
        """Which updates of a layer the cursor has passed."""
        if self.record.problem.network.gates is not None:
            return self._of_leaves(self.order.update_is_known)
        return self._split(layer, self.order.done(self.cursor, "update", "parameter", layer))

    def parameters_known(self, phase: Literal["", "backward", "update"], layer: int) -> tuple[Mask, Mask, Mask]:
        """Which parameters of a layer the cursor has passed in `phase`, all where that is "".

        Weights (net inputs, inputs), biases (biases,), what the activation learns (slopes,).
        """
        array = self.record.problem.network.array(f"alpha{layer}")
        slopes = 0 if array is None else array.size
        if not phase:
            every = self._split(layer, self.order.parameters_in(layer))
            return (*every, _all_known(slopes))
        weights, biases = self.gradients_known(layer) if phase == "backward" else self.updates_known(layer)
        done = self.order.done(self.cursor, phase, "parameter", layer)
        return weights, biases, np.arange(slopes) < done - weights.size - biases.size

    def _of_leaves(self, is_known: Callable[[int, Element], bool]) -> tuple[Mask, Mask]:
        """The same of a graph, whose leaves are passed in another order than they are numbered."""
        leaves = [is_known(self.cursor, Weight(1, unit, 0)) for unit in range(self._units(1))]
        return np.array(leaves, dtype=bool).reshape(-1, 1), np.zeros(0, dtype=bool)

    def _split(self, layer: int, done: int) -> tuple[Mask, Mask]:
        nets, inputs, count = self._nets(layer), self._units(layer - 1), self.order.parameters_in(layer)
        known = _all_known(count) if done == count else np.arange(count) < done
        weights, biases = nets * inputs, self.order.biases_in(layer)
        return known[:weights].reshape(nets, inputs), known[weights : weights + biases]

    def read(self, vector: Array, element: Parameter) -> float:
        """The entry of a flat vector (parameters, gradient, update) that belongs to a parameter."""
        return float(vector[self.record.problem.blocks.positions(*array_index(element))[0]])

    def gradient_of(self, element: Parameter) -> float | None:
        """∂E/∂parameter, the batch's mean; None before the cursor has reached it."""
        known = self.order.gradient_is_known(self.cursor, element)
        return self.read(self.record.gradient, element) if known else None

    def update_of(self, element: Parameter) -> float | None:
        """What this step adds to the parameter; None before the cursor has reached it."""
        known = self.order.update_is_known(self.cursor, element)
        return self.read(self.record.update, element) if known else None

    def active(self) -> frozenset[Element]:
        """What the last move computed numbers of; of a move over more than one section, only the last section."""
        last = self.last
        if last is None:
            return frozenset()
        first = max(last.section.start, self.cursor - 1 if self.since is None else min(self.since, self.cursor - 1))
        if self.is_complete and self.cursor - first > 1:
            return frozenset()
        elements = (self.order.at(index).element for index in range(max(first, self.cursor - MOST_ACTIVE), self.cursor))
        return frozenset(element for element in elements if element is not None)


@lru_cache(maxsize=16)
def _all_known(count: int) -> Mask:
    """Of a pass that is done every number is known: one mask, which nobody may write to, serves all its moments."""
    known = np.ones(count, dtype=bool)
    known.flags.writeable = False
    return known
