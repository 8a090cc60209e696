"""When numbers run away: which number of the pass was the first that is not finite, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.expression import Operation
from nnviz.engine.network import Network, element_name
from nnviz.engine.record import Record
from nnviz.engine.rewriting import text_of
from nnviz.report.elements import Alpha, Element, GateNode, Parameter, Unit, Weight
from nnviz.report.gates import gate_pass
from nnviz.report.pass_order import PassOrder
from nnviz.words import tr

_SAID = {"output": "‹output›"}
_BEFORE_UPDATES = ("net input", "output", "loss", "height", "gradient δ", "gradient")


@dataclass(frozen=True)
class Divergence:
    """The first number of step `step` that is NaN or infinite.

    `unit` is a unit's name, or "" for the loss; `parameter` is the weight or bias whose number it is, or "".
    Of a surface `layer` is 0, and `parameter` the variable.  In a graph `gate` says which one, as in `g1 = log(x)`.
    """

    step: int
    layer: int
    unit: str
    quantity: str
    value: float
    parameter: str = ""
    gate: str = ""

    def sentence(self) -> str:
        if self.gate:
            return self._of_gate()
        whose = (
            tr("the {quantity} of {parameter}") if self.parameter and not self.layer
            else tr("the {quantity}") if not self.layer
            else tr("the {quantity} of {parameter}, a parameter of {unit} (layer {layer}),") if self.parameter
            else tr("the {quantity} of {unit} (layer {layer})") if self.unit
            else tr("the {quantity} (layer {layer})")
        ).format(quantity=tr(_SAID.get(self.quantity, self.quantity)), parameter=self.parameter, unit=self.unit,
                 layer=self.layer)
        said = tr("Step {step} diverges: {whose} becomes not a number.") if np.isnan(self.value) else tr(
            "Step {step} diverges: {whose} becomes infinite.")
        done = (
            tr("The last finite state is kept. Lower the learning rate or reset.") if not self._at_start
            else tr("It is so before anything is learned: start elsewhere, or with less noise.") if not self.layer
            else tr("It is so before anything is learned: begin with smaller parameters, inputs or ‹targets›.")
        )
        return f"{said.format(step=self.step, whose=whose)} {done}"

    def _of_gate(self) -> str:
        said = {
            "value": (tr("Step {step}: the gate {gate} gives something that is not a number."),
                      tr("Step {step}: the gate {gate} gives an infinite value.")),
            "gradient": (tr("Step {step}: the gradient at {gate} is not a number."),
                         tr("Step {step}: the gradient at {gate} is infinite.")),
        }[self.quantity][0 if np.isnan(self.value) else 1]
        done = tr("Give the leaves other values.") if self.step == 1 else tr(
            "The last finite state is kept. Lower the learning rate or reset.")
        return f"{said.format(step=self.step, gate=self.gate)} {done}"

    @property
    def _at_start(self) -> bool:
        """Whether the number was made of those that training begins with, so that the learning rate is not to blame."""
        return self.step == 1 and self.quantity in _BEFORE_UPDATES


def said_of_blocked(record: Record) -> str:
    """Why training cannot go on with the step of a record that is not finite."""
    found = find_divergence(record)
    return found.sentence() if found else tr("Step {step} is not finite.").format(step=record.step)


def find_divergence(record: Record) -> Divergence | None:
    """The first number in the order of the pass that is not finite; None when all are."""
    network = record.problem.network
    last = len(network.layers)
    if network.kind == "surface":
        return _on_surface(record)
    if network.kind == "graph":
        return _in_graph(record)
    for layer in range(1, last + 1):
        nets = [network.net_name(layer, place) for place in range(network.net_sizes[layer])]
        for quantity, values, names in (
            ("net input", record.net(layer), nets), ("output", record.output(layer), network.names(layer))
        ):
            found = _in_units(record, layer, quantity, values, names)
            if found:
                return found
    found = _in_units(record, last, "loss", record.terms, network.names(last))
    if found:
        return found
    if not np.isfinite(record.loss):
        return Divergence(record.step, last, "", "loss", record.loss)
    for layer in range(last, 0, -1):
        nets = [network.net_name(layer, place) for place in range(network.net_sizes[layer])]
        found = _in_units(record, layer, "gradient δ", record.delta(layer), nets)
        if found:
            return found
    return _in_vectors(record)


def _on_surface(record: Record) -> Divergence | None:
    """The same where there is nothing but a height and two variables."""
    if not np.isfinite(record.loss):
        return Divergence(record.step, 0, "", "height", record.loss)
    found = _in_vectors(record)
    return found and replace(found, layer=0, unit="", parameter=found.unit)


def _in_graph(record: Record) -> Divergence | None:
    """The first gate whose value is not finite, then the first gradient of the way back."""
    found, order = gate_pass(record), PassOrder.of(record.problem)
    nodes_of, gates = found.expression.nodes, record.problem.network.gates
    assert gates is not None
    for quantity, nodes, numbers in (
        ("value", order.gates, found.values), ("gradient", order.way_back, found.gradients)
    ):
        for node in nodes:
            if not np.isfinite(numbers[node]):
                name, gate, written = gates.names[node], nodes_of[node], gates.names[node]
                if isinstance(gate, Operation):
                    inputs = {source: gates.names[source] for source in gate.inputs if gates.names[source]}
                    written = f"{name} = {text_of(found.expression, node, inputs)}"
                return Divergence(record.step, 0, name, quantity, float(numbers[node]), gate=written)
    vectors = _in_vectors(record)
    return vectors and replace(vectors, layer=0, unit="", parameter=vectors.unit)


def _in_vectors(record: Record) -> Divergence | None:
    """The first number that belongs to a parameter."""
    memories = [(name.replace("_", " "), record.memory(name)) for name in record.problem.optimiser_row.state]
    for quantity, vector in (
        ("gradient", record.gradient), *memories, ("update", record.update), ("new value", record.new_parameters)
    ):
        found = _in_parameters(record, quantity, vector)
        if found:
            return found
    return None


def _in_units(
    record: Record, layer: int, quantity: str, values: Array, names: Sequence[str]
) -> Divergence | None:
    bad = np.argwhere(~np.isfinite(values))
    if not len(bad):
        return None
    unit, example = (int(place) for place in bad[0])
    return Divergence(record.step, layer, names[unit], quantity, float(values[unit, example]))


def _in_parameters(record: Record, quantity: str, vector: Array) -> Divergence | None:
    network, blocks = record.problem.network, record.problem.blocks
    values = vector[blocks.order]
    bad = np.flatnonzero(~np.isfinite(values))
    if not len(bad):
        return None
    place = int(bad[0])
    order, layer = PassOrder(network), 1
    inside = place
    while inside >= order.parameters_in(layer):
        inside -= order.parameters_in(layer)
        layer += 1
    element = order.parameter(layer, inside)
    assert isinstance(element, Parameter)
    unit = network.names(layer)[element.unit]
    return Divergence(record.step, layer, unit, quantity, float(values[place]), parameter_name(element))


def parameter_name(element: Parameter) -> str:
    """The canonical name of a parameter: `W1[0,1]`, `b2[0]`, `alpha1[0]`."""
    return element_name(*array_index(element))


def array_index(element: Parameter) -> tuple[str, tuple[int, ...]]:
    """The array that a parameter is in, and its place there."""
    if isinstance(element, Alpha):
        return f"alpha{element.layer}", (element.unit,)
    target = (element.unit,) if element.piece is None else (element.unit, element.piece)
    if isinstance(element, Weight):
        return f"W{element.layer}", (*target, element.source)
    return f"b{element.layer}", target


def is_in(network: Network, element: Element) -> bool:
    """Whether `network` has such a unit or parameter; another network may have it no more.

    >>> from nnviz.engine.network import Choice
    >>> network = Network(("x",), (), Choice("half_squared_error"))
    >>> is_in(network, Unit(0, 0)), is_in(network, Unit(1, 0))
    (True, False)
    """
    if isinstance(element, GateNode) or network.gates is not None:
        return _is_in_graph(network, element)
    if isinstance(element, Unit):
        return 0 <= element.layer < len(network.sizes) and 0 <= element.unit < network.sizes[element.layer]
    name, index = array_index(element)
    array = network.array(name)
    return array is not None and array.has(index)


def _is_in_graph(network: Network, element: Element) -> bool:
    """Whether an element is a gate or a leaf of a computation graph; its units only hand on."""
    expression = PassOrder(network).expression
    if expression is None:
        return False
    if isinstance(element, GateNode):
        return element.unit in expression.gates
    return element == Weight(1, element.unit, 0) and 0 <= element.unit < network.sizes[1]
