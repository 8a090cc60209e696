"""A graph of gates at a moment: the value above every wire, the gradient below it, how far the pass has come.

Gradient = local gradient × upstream gradient; where a value goes several ways, what comes back adds up.  A document
of kind graph is read so, and so is a single unit of a network that was opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.expression import Expression, Operation, Variable
from nnviz.engine.record import Record
from nnviz.report.elements import Element

if TYPE_CHECKING:
    from nnviz.report.moment import Moment


@dataclass(frozen=True, eq=False)
class GateReading:
    """`expression` with its numbers; arrays have an entry for every node, in the expression's order.

    `gradients` are ∂(what the graph leads to)/∂node.  `slopes` has for every gate the local gradient ∂output/∂input
    of each input, nothing for leaves.  `names` are what nodes are called where they have a name, else "".
    `elements` says what a node is in the network, so that a click leads there.  `active` is the node whose value or
    gradient has just been computed.
    """

    expression: Expression
    names: tuple[str, ...]
    values: Array
    values_known: NDArray[np.bool_]
    gradients: Array
    gradients_known: NDArray[np.bool_]
    slopes: tuple[tuple[float, ...], ...]
    elements: tuple[Element | None, ...]
    active: int | None = None
    goes_back: bool = False          # whether `active` is of the way back

    def term(self, node: int, place: int) -> float:
        """What gate `node` sends back to its input number `place`: local gradient × upstream gradient."""
        return self.slopes[node][place] * float(self.gradients[node])

    def is_gate(self, node: int) -> bool:
        return isinstance(self.expression.nodes[node], Operation)


def slopes_of(expression: Expression, values: Array) -> tuple[tuple[float, ...], ...]:
    """The local gradients of every gate at `values`, one for each of its inputs."""
    found: list[tuple[float, ...]] = []
    with np.errstate(all="ignore"):
        for place, node in enumerate(expression.nodes):
            if isinstance(node, Operation):
                inputs = [values[source] for source in node.inputs]
                slopes = expression.slopes_at(node)
                found.append(tuple(float(slope(values[place], *inputs)) for slope in slopes))
            else:
                found.append(())
    return tuple(found)


@dataclass(frozen=True, eq=False)
class GatePass:
    """A whole pass through a computation graph: every node's value and gradient, and every gate's local gradients."""

    expression: Expression
    values: Array
    gradients: Array
    slopes: tuple[tuple[float, ...], ...]


def gate_pass(record: Record) -> GatePass:
    """The numbers of a graph's record at every node; they are worked out once and kept as long as the record is."""
    found = _KNOWN.get(record)
    if found is None:
        expression = record.problem.loss_row.expression
        assert expression is not None, "only a formula has gates"
        arguments = (record.output(1) - record.targets)[:, 0].tolist()
        values, gradients = (np.array(numbers, dtype=np.float64) for numbers in expression.passes(*arguments))
        found = _KNOWN[record] = GatePass(expression, values, gradients + 0.0, slopes_of(expression, values))
    return found


def read_gates(moment: Moment) -> GateReading:
    """A computation graph as far as the cursor has come.

    A leaf whose update has been done shows its new value; gates show what this pass has computed.
    """
    record, order = moment.record, moment.order
    network, found = record.problem.network, gate_pass(record)
    nodes = found.expression.nodes
    there, back = (order.done(moment.cursor, phase, "gate", 1) for phase in ("forward", "backward"))
    done, passed = set(order.gates[:there]), set(order.way_back[:back])
    leaves = moment.parameters()[record.problem.blocks.order]
    values = np.array([
        leaves[node.argument] if isinstance(node, Variable) else value
        for node, value in zip(nodes, found.values, strict=True)
    ])
    last = moment.last
    active = None
    if last is not None and last.kind == "gate":
        active = (order.gates if last.phase == "forward" else order.way_back)[last.index]
    return GateReading(
        found.expression, () if network.gates is None else network.gates.names, values,
        np.array([not isinstance(node, Operation) or place in done for place, node in enumerate(nodes)]),
        found.gradients, np.array([place in passed for place in range(len(nodes))]), found.slopes,
        tuple(order.node_element(place) for place in range(len(nodes))), active,
        last is not None and last.phase == "backward",
    )


_KNOWN: WeakKeyDictionary[Record, GatePass] = WeakKeyDictionary()
