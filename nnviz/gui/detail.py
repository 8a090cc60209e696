"""How much of a layer is drawn: a hundred edges can be told apart, a hundred thousand are a carpet.

Each row of `LEVELS` is one answer, and says what it leaves out; the first that fits a layer is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from nnviz.gui.columns import STRIPS, Shape

EVERY_EDGE = 2_000                # a layer of at most so many edges has all of them drawn
IN_A_STRIP = 400                  # the same where units are so close that their edges run into each other
STRONGEST = 150                   # of a larger one: so many
SPOKES = 120                      # edges of a unit that are drawn while it is pointed at or selected


class Detail(StrEnum):
    """What stands for the edges into a layer."""

    BAND = "band"                 # one shape for all of them
    EVERY = "every"               # each has its line
    RIBBONS = "ribbons"           # one line for all the edges into a unit
    STRONGEST = "strongest"       # lines for those with the largest gradients, a matrix for all


@dataclass(frozen=True)
class Gap:
    """What the choice depends on: the number of edges, and how the units on both sides are drawn."""

    edges: int
    source: Shape
    target: Shape

    @property
    def in_a_strip(self) -> bool:
        return self.source in STRIPS or self.target in STRIPS


@dataclass(frozen=True)
class Level:
    """One level of detail. `note` is what the picture says of what is left out; {each}, {total} are counts of edges."""

    detail: Detail
    fits: Callable[[Gap], bool]
    note: str


LEVELS: tuple[Level, ...] = (
    Level(Detail.BAND, lambda gap: Shape.FOLDED in (gap.source, gap.target),
          "one band for {total} edges, coloured by their root mean square"),
    Level(Detail.EVERY, lambda gap: gap.edges <= (IN_A_STRIP if gap.in_a_strip else EVERY_EDGE), ""),
    Level(Detail.RIBBONS, lambda gap: gap.source is Shape.PIXEL and gap.target not in STRIPS,
          "one ribbon for the {each} edges into each unit, coloured by their root mean square"),
    Level(Detail.STRONGEST, lambda gap: True, "strongest {each} of {total} edges"),
)


def level_of(gap: Gap) -> Level:
    """The level of detail of a layer."""
    return next(level for level in LEVELS if level.fits(gap))
