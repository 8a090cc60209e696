"""A graph of gates at a moment: the value above every wire, the gradient below it, how far the pass has come.

Gradient = local gradient × upstream gradient; where a value goes several ways, what comes back adds up.  A document
of kind graph is read so, and so is a single unit of a network that was opened.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.expression import GATES, Expression, Operation
from nnviz.report.elements import Element


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
                slopes = GATES[node.gate].slopes
                found.append(tuple(float(slope(values[place], *inputs)) for slope in slopes))
            else:
                found.append(())
    return tuple(found)
