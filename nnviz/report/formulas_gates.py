"""The formulas of a gate in a graph: what it computes, its local gradients, and gradient = local × upstream, added up
over all gates that a value goes to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.expression import GATES, Number, Operation, Variable
from nnviz.report import signs, templates
from nnviz.report.expression_trees import constant, gate_tree
from nnviz.report.formulas_forward import OVERFLOWS, says
from nnviz.report.formulas_shown import ONE, added
from nnviz.report.gates import GateReading
from nnviz.report.mathematics import (
    Cases,
    Constant,
    Formula,
    Function,
    Known,
    Mathematics,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    worked_out,
)
from nnviz.report.notation import Notation, Sign
from nnviz.report.numbers import short
from nnviz.report.quantities import Quantity
from nnviz.words import tr

_ZERO, _HALF, _TWO, _LESS = Constant(0.0), Constant(0.5, "½"), Constant(2.0), Negative(ONE)


def forward_formulas(reading: GateReading, node: int, place: int) -> tuple[Formula, ...]:
    """The value of a gate, and its local gradients, which are known as soon as its inputs are."""
    names = GateNames(reading)
    return _value(names, node, place), *_local_gradients(names, node, place)


def backward_formulas(reading: GateReading, node: int, place: int) -> tuple[Formula, ...]:
    """The gradient of a gate or a leaf; then the same with the local gradients put in."""
    names = GateNames(reading)
    ways = names.ways(node)
    chained = _gradient(names, ways, node, place)
    if not ways or all(slope == ONE for slope in map(names.slope_tree, *zip(*ways, strict=True))):
        return (chained,)

    def term(way: int) -> Mathematics:
        upstream, local = names.gradient(ways[way][0]), names.slope_tree(*ways[way])
        return upstream if local == ONE else Product((upstream, local))

    title = tr("with the local gradients put in")
    return chained, Formula(title, names.gradient(node), added(len(ways), term), place=place)


@dataclass(frozen=True, eq=False)
class GateNames:
    """What the nodes of a graph are called: by their names; gates without one q1, q2, ..., and the last one f."""

    reading: GateReading

    @cached_property
    def texts(self) -> tuple[str, ...]:
        found, gates = list[str](), 0
        taken = {*self.reading.names, *(node.name for node in self.reading.expression.nodes
                                        if isinstance(node, Variable))}
        letter = next(each for each in "qguv" if f"{each}1" not in taken)
        for place, node in enumerate(self.reading.expression.nodes):
            gates += isinstance(node, Operation)
            name = self.reading.names[place]
            if not name and isinstance(node, Variable):
                name = node.name
            elif not name and isinstance(node, Operation):
                name = "f" if self._is_last(place) and "f" not in taken else f"{letter}{gates}"
            found.append(name)
        return tuple(found)

    def _is_last(self, node: int) -> bool:
        return node == len(self.reading.expression.nodes) - 1

    def value(self, node: int) -> Known | Constant:
        """The value of a node; a number of the formula itself is no more than that."""
        kind = self.reading.expression.nodes[node]
        if isinstance(kind, Number):
            return constant(kind.value)
        return Known(self._sign(node), self.texts[node], float(self.reading.values[node]) + 0.0,
                     Quantity("gate", self.reading.elements[node], node))

    def gradient(self, node: int) -> Known:
        """∂f/∂node."""
        return Known(signs.partial(self._sign(-1), self._sign(node)), f"∂{self.texts[-1]}/∂{self.texts[node]}",
                     float(self.reading.gradients[node]) + 0.0,
                     Quantity("gate gradient", self.reading.elements[node], node))

    def slope(self, gate: int, place: int) -> Known:
        """The local gradient of a gate by its input number `place`."""
        source = self.operation(gate).inputs[place]
        return Known(signs.partial(self._sign(gate), self._sign(source)), f"∂{self.texts[gate]}/∂{self.texts[source]}",
                     self.reading.slopes[gate][place] + 0.0,
                     Quantity("gate slope", self.reading.elements[gate], gate, str(place)))

    def operation(self, gate: int) -> Operation:
        found = self.reading.expression.nodes[gate]
        assert isinstance(found, Operation)
        return found

    def ways(self, node: int) -> list[tuple[int, int]]:
        """The gates that use a value, the last one first, and which of their inputs it is."""
        return [(gate, entry) for gate, operation in reversed([*enumerate(self.reading.expression.nodes)])
                if isinstance(operation, Operation)
                for entry, source in enumerate(operation.inputs) if source == node]

    def slope_tree(self, gate: int, entry: int) -> Mathematics:
        """The local gradient of a gate out of its inputs and its output; a number where that is a choice."""
        operation, value = self.operation(gate), self.reading.slopes[gate][entry] + 0.0
        inputs = [self.value(source) for source in operation.inputs]
        found = SLOPES[operation.gate][entry](self.value(gate), *inputs)
        taken = math.isclose(worked_out(found), value, rel_tol=1e-9, abs_tol=1e-15)
        return found if taken or not math.isfinite(value) else Constant(value)

    def _sign(self, node: int) -> Notation:
        return signs.named(self.texts[node]) if self.texts[node] else Sign("?")


def _value(names: GateNames, node: int, place: int) -> Formula:
    operation, left = names.operation(node), names.value(node)
    assert isinstance(left, Known)
    right = gate_tree(operation.gate, [names.value(source) for source in operation.inputs])
    note = GATES[operation.gate].help if says(right, left.value) else OVERFLOWS
    return Formula(tr("value"), left, right, note=tr(note), place=place)


def _gradient(names: GateNames, ways: Sequence[tuple[int, int]], node: int, place: int) -> Formula:
    """∂f/∂node = Σ upstream × local over the gates that the node goes to; of the last node 1."""
    left = names.gradient(node)
    if not ways:
        last = node == len(names.texts) - 1
        note = tr("the way back begins here: what changes by 1 changes itself by 1") if last else tr(
            "nothing depends on it")
        return Formula(tr("gradient"), left, ONE if last else _ZERO, note=note, place=place)

    def term(way: int) -> Mathematics:
        gate, entry = ways[way]
        # One way of several into the result: its local gradient has the very sign of the whole, and is put in.
        same = len(ways) > 1 and gate == len(names.texts) - 1
        return Product((names.gradient(gate), names.slope_tree(gate, entry) if same else names.slope(gate, entry)))

    note = tr("the value goes several ways, and what comes back adds up") if len(ways) > 1 else ""
    return Formula(tr("gradient: upstream times local"), left, added(len(ways), term), note=note, place=place)


def _local_gradients(names: GateNames, node: int, place: int) -> tuple[Formula, ...]:
    """∂output/∂input for every input of a gate that is no number."""
    operation = names.operation(node)
    found = []
    for entry, source in enumerate(operation.inputs):
        if not isinstance(names.reading.expression.nodes[source], Number):
            left, right, note = names.slope(node, entry), names.slope_tree(node, entry), ""
            if isinstance(right, Constant) and GATES[operation.gate].kink:
                note = tr("at a kink the slope is a choice: {slope} is taken").format(slope=short(left.value))
            found.append(Formula(tr("local gradient"), left, right, note=note, place=place))
    return tuple(found)


def _where_positive(a: Mathematics) -> Mathematics:
    return Cases(ONE, a, ">", _ZERO, _ZERO)


def _of_activation(name: str) -> Callable[..., Mathematics]:
    """The slope of an activation, by the formula of its table."""
    return lambda o, *inputs: templates.read(ACTIVATIONS[name].derivative, dict(zip("xα", inputs, strict=False)))


def _below(o: Mathematics, a: Mathematics, b: Mathematics) -> Mathematics:
    return Function("min", (_ZERO, a))


# The local gradients of GATES once more, to be shown: by gate, for each input, out of the output and the inputs.
SLOPES: Mapping[str, tuple[Callable[..., Mathematics], ...]] = {
    "add": (lambda o, a, b: ONE, lambda o, a, b: ONE),
    "subtract": (lambda o, a, b: ONE, lambda o, a, b: _LESS),
    "multiply": (lambda o, a, b: b, lambda o, a, b: a),
    "divide": (lambda o, a, b: Quotient(ONE, b), lambda o, a, b: Negative(Quotient(a, Power(b, _TWO)))),
    "power": (
        lambda o, a, b: Product((b, Power(a, Sum((b, _LESS))))), lambda o, a, b: Product((o, Function("log", (a,)))),
    ),
    "square": (lambda o, a: Product((_TWO, a)),),
    "negate": (lambda o, a: _LESS,),
    "sin": (lambda o, a: Function("cos", (a,)),),
    "cos": (lambda o, a: Negative(Function("sin", (a,))),),
    "tan": (lambda o, a: Sum((ONE, Power(o, _TWO))),),
    "tanh": (lambda o, a: Sum((ONE, Negative(Power(o, _TWO)))),),
    "exp": (lambda o, a: o,),
    "log": (lambda o, a: Quotient(ONE, a),),
    "sqrt": (lambda o, a: Quotient(_HALF, o),),
    "abs": (lambda o, a: Function("sign", (a,)),),
    "sign": (lambda o, a: _ZERO,),
    "sigmoid": (lambda o, a: Product((o, Sum((ONE, Negative(o))))),),
    "relu": (lambda o, a: _where_positive(a),),
    "max": (lambda o, a, b: Cases(ONE, a, ">", b, _ZERO), lambda o, a, b: Cases(ONE, b, ">", a, _ZERO)),
    "leaky_relu": (_of_activation("leaky_relu"), _below),
    "prelu": (_of_activation("prelu"), _below),
    "elu": (_of_activation("elu"), lambda o, a, b: Sum((Function("exp", (_below(o, a, b),)), _LESS))),
    **{name: (_of_activation(name),) for name in ("softplus", "silu", "gelu", "step")},
    "min": (lambda o, a, b: Cases(ONE, b, ">", a, _ZERO), lambda o, a, b: Cases(ONE, a, ">", b, _ZERO)),
}
