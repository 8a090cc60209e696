"""Between an example and the network lie two steps: the formulas of the engineered inputs, then the scaling.

What a user types for a prediction takes the same way as the examples did.
"""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.data.features import Array, engineer
from nnviz.data.scaling import Scale, as_they_are


@dataclass(frozen=True, eq=False)
class Preparation:
    """Engineered inputs by their formulas (none: the data set's own inputs), then a scaling fitted on training data."""

    features: tuple[str, ...] = ()
    scale: Scale = as_they_are
    scaling: str = "none"       # the row of the table that `scale` was fitted by

    def apply(self, raw: Array) -> Array:
        """Raw inputs (examples, inputs of the data set) as the network takes them (examples, inputs)."""
        return self.scale(self.engineered(raw))

    def engineered(self, raw: Array) -> Array:
        """The same before the scaling; a formula may have no finite value for a row that is no training example."""
        return engineer(self.features, raw) if self.features else raw


AS_IT_IS = Preparation()
