"""What can be said of a layer beside its activation and its initialiser: how many units it has, and which biases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnviz.engine.options import Option
from nnviz.session.fields import MOST_UNITS

UNITS = Option(4, 1, MOST_UNITS, "units of the layer: each has its own weights", whole=True, unit="units")


@dataclass(frozen=True)
class BiasRow:
    """A kind of bias to choose."""

    label: str
    help: str
    options: Mapping[str, Option] = field(default_factory=dict)


BIASES: dict[str, BiasRow] = {
    "per_unit": BiasRow("One for each unit", "Every unit has a bias of its own, in maxout every piece."),
    "shared": BiasRow("One shared by all", "All units of the layer share one bias, as in some lectures."),
    "none": BiasRow("None", "Net inputs are weighted sums alone."),
}
