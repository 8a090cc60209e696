"""A number that is shown has an address: ∂E/∂w5, the net input of h1, the velocity of w2.

A formula's numbers carry their quantity, so that pointing at one lights where it came from in the picture, and
rounding a hand calculation knows which earlier result each number is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nnviz.report.elements import Element

Kind = Literal[
    "net", "out", "target", "term", "loss",                       # forward, and the loss
    "out gradient", "slope", "delta",                             # ∂E/∂out, ∂out/∂net, δ = ∂E/∂net
    "parameter", "gradient", "update", "new value",               # of a weight, a bias, an α
    "memory", "new memory", "setting",                            # the optimiser's, and what it is set to
    "gate", "gate gradient", "gate slope",                        # of a computation graph: node, its gradient, a wire
    "element",                                                    # whatever there is of an element: all its numbers
]


@dataclass(frozen=True)
class Quantity:
    """Which number it is: of what `kind`, of which `element` of the network (None for one of the whole pass).

    `place` tells apart what an element has several of: the piece of a unit, the other unit of a Jacobian's entry, the
    node of a graph.  `name` is that of a memory or of a setting; or it says which of several numbers of a kind it is:
    what comes back `through` net input `place` of the next layer, the slope `of` unit `place`, a stage of the gradient
    on its way to the optimiser, the input of a gate.  `example` is a column of the batch; None is the mean over it, or
    a number that all examples share.
    """

    kind: Kind
    element: Element | None = None
    place: int | None = None
    name: str = ""
    example: int | None = None

    def meets(self, other: Quantity) -> bool:
        """Whether who points at one points at the other: an element has all its numbers, a mean those of any example.

        >>> from nnviz.report.elements import Weight
        >>> w5 = Weight(2, 0, 0)
        >>> Quantity("element", w5).meets(Quantity("gradient", w5)), Quantity("update", w5).meets(Quantity("net", w5))
        (True, False)
        """
        if "element" in (self.kind, other.kind):
            return self.element is not None and self.element == other.element
        same = (self.kind, self.element, self.place, self.name) == (other.kind, other.element, other.place, other.name)
        return same and (self.example == other.example or None in (self.example, other.example))
