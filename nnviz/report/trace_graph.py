"""The pass through a computation graph written out: what each gate computes, and what comes back from each.

`q = x + y` forward, `∂f/∂q = ∂f/∂f·z` back: gradient = upstream gradient × local gradient, a sum of these where a
value goes several ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from nnviz.engine.expression import Operation
from nnviz.engine.record import Record
from nnviz.report import pass_order
from nnviz.report.formulas_gates import GateNames, backward_formulas, forward_formulas
from nnviz.report.formulas_graph import whole_reading
from nnviz.report.gates import GateReading
from nnviz.report.mathematics import Formula, in_numbers, in_symbols
from nnviz.report.pass_order import PassOrder

LEAF = "leaf"       # what stands for the operation in rows of leaves


class WrittenNode(NamedTuple):
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
    def reading(self) -> GateReading:
        return whole_reading(self.record)

    @cached_property
    def names(self) -> GateNames:
        """What nodes are called."""
        return GateNames(self.reading)

    def row(self, operation: pass_order.Operation) -> WrittenNode:
        """An operation of either way."""
        return (self.forward if operation.phase == "forward" else self.backward)(operation.index)

    def forward(self, index: int) -> WrittenNode:
        """Operation number `index` of the way there: a gate's value."""
        node = self.order.gates[index]
        formula = forward_formulas(self.reading, node, 0)[0]
        return WrittenNode(self._gate(node), self.names.texts[node], *_texts(formula, formula), formula.left.value)

    def backward(self, index: int) -> WrittenNode:
        """Operation number `index` of the way back: the gradient of a gate or of a leaf."""
        node, reading = self.order.way_back[index], self.reading
        formulas, ways = backward_formulas(reading, node, 0), self.names.ways(node)
        local = upstream = None
        if len(ways) == 1:
            gate, place = ways[0]
            local, upstream = reading.slopes[gate][place] + 0.0, float(reading.gradients[gate]) + 0.0
        value = float(reading.values[node]) + 0.0
        texts = _texts(formulas[-1], formulas[0])
        return WrittenNode(
            self._gate(node), self.names.texts[node], *texts, value, local, upstream, formulas[0].left.value)

    def _gate(self, node: int) -> str:
        """The kind of gate that a node is, or that it is a leaf."""
        found = self.reading.expression.nodes[node]
        return found.gate if isinstance(found, Operation) else LEAF


def _texts(formula: Formula, calculation: Formula) -> tuple[str, str]:
    """One formula in symbols, and the same or another with its numbers."""
    left = formula.left.plain
    return f"{left} = {in_symbols(formula.named)}", f"{left} = {in_numbers(calculation.right)}"
