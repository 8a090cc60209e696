"""The pass through a computation graph written out: what each gate computes, and what comes back from each.

`q = x + y` forward, `∂f/∂q = ∂f/∂f·z` back: gradient = upstream gradient × local gradient, a sum of these where a value
goes several ways.
"""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.engine.derivative import local_factor
from nnviz.engine.expression import Number, Operation, Variable
from nnviz.engine.record import Record
from nnviz.engine.rewriting import number_text, text_of
from nnviz.report.gates import GatePass, gate_pass
from nnviz.report.numbers import full
from nnviz.report.pass_order import PassOrder

LEAF = "leaf"       # what stands for the operation in rows of leaves


@dataclass(frozen=True)
class WrittenNode:
    """A node's row: `operation` is the name of the gate; a calculation ends before its result.

    `local` and `upstream` are the factors of the gradient where it is one product, else None, as all three are on the
    way there.
    """

    operation: str
    name: str
    formula: str
    calculation: str
    value: float
    local: float | None = None
    upstream: float | None = None
    gradient: float | None = None


@dataclass(frozen=True, eq=False)
class WrittenGraph:
    """The rows of a graph's record, made as they are asked for."""

    record: Record

    @property
    def order(self) -> PassOrder:
        return PassOrder.of(self.record.problem)

    @property
    def found(self) -> GatePass:
        return gate_pass(self.record)

    @property
    def names(self) -> tuple[str, ...]:
        """What nodes are called, a number by itself."""
        gates = self.record.problem.network.gates
        assert gates is not None, "only a computation graph has gates"
        nodes = self.found.expression.nodes
        return tuple(number_text(node.value) if isinstance(node, Number) else name
                     for node, name in zip(nodes, gates.names, strict=True))

    def forward(self, index: int) -> WrittenNode:
        """Operation number `index` of the way there: a gate's value."""
        node, names = self.order.gates[index], self.names
        formula, calculation = (f"{names[node]} = {text}" for text in self.texts(node))
        return WrittenNode(self.gate(node), names[node], formula, calculation, float(self.found.values[node]) + 0.0)

    def backward(self, index: int) -> WrittenNode:
        """Operation number `index` of the way back: the gradient of a gate or of a leaf."""
        node, names, found = self.order.way_back[index], self.names, self.found
        left, ways = f"∂{names[-1]}/∂{names[node]}", self.ways(node)
        if not ways:
            formula = calculation = "1" if node == len(names) - 1 else "0"
        else:
            formula = " + ".join(self._symbols(gate, place) for gate, place in ways)
            factors = [(float(found.gradients[gate]), found.slopes[gate][place]) for gate, place in ways]
            calculation = " + ".join(f"{_operand(upstream)}·{_operand(local)}" for upstream, local in factors)
        local = upstream = None
        if len(ways) == 1:
            upstream, local = factors[0][0] + 0.0, factors[0][1] + 0.0
        return WrittenNode(self.gate(node), names[node], f"{left} = {formula}", f"{left} = {calculation}",
                           float(found.values[node]) + 0.0, local, upstream, float(found.gradients[node]) + 0.0)

    def gate(self, node: int) -> str:
        """The kind of gate that a node is, or that it is a leaf."""
        found = self.found.expression.nodes[node]
        return found.gate if isinstance(found, Operation) else LEAF

    def texts(self, node: int) -> tuple[str, str]:
        """What a gate computes, with the names of its inputs and with their numbers."""
        expression, names, values = self.found.expression, self.names, self.found.values
        gate = expression.nodes[node]
        assert isinstance(gate, Operation)
        numbers = {source: full(values[source]) for source in gate.inputs
                   if not isinstance(expression.nodes[source], Number)}
        return (text_of(expression, node, {source: names[source] for source in numbers}),
                text_of(expression, node, numbers))

    def ways(self, node: int) -> list[tuple[int, int]]:
        """The gates that use a value, and which of their inputs it is, in the order in which gradients come back."""
        return [
            (gate, place)
            for gate, found in reversed([*enumerate(self.found.expression.nodes)]) if isinstance(found, Operation)
            for place, source in enumerate(found.inputs) if source == node
        ]

    def _symbols(self, gate: int, place: int) -> str:
        """One way back: the upstream gradient times the local one, as far as that is not 1."""
        names, found = self.names, self.found.expression.nodes[gate]
        assert isinstance(found, Operation)
        upstream = f"∂{names[-1]}/∂{names[gate]}"
        local = local_factor(found.gate, names[gate], [names[source] for source in found.inputs], place)
        return upstream if local == "1" else f"{upstream}·{local}"


def leaf_of(order: PassOrder, index: int) -> int | None:
    """The number of the leaf that operation `index` of the way back belongs to; None for a gate."""
    assert order.expression is not None
    node = order.expression.nodes[order.way_back[index]]
    return node.argument if isinstance(node, Variable) else None


def _operand(value: float) -> str:
    text = full(value)
    return f"({text})" if text.startswith("-") else text
