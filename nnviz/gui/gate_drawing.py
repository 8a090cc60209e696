"""Everything the painter needs to draw a graph of gates, and where on the canvas it stands."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from nnviz.gui.gate_layout import GateLayout
from nnviz.gui.layout import legend_height
from nnviz.gui.scene import Transform
from nnviz.report.gates import GateReading

EM = 12.5                       # pixels of text in a picture that has room enough
MOST_EM = 1.45                  # of that, where there is more
LEAST_LEGEND = 0.8              # of that; the legend stays readable where the picture must be small
USUAL = (1000.0, 520.0)         # pixels of a canvas whose text is as large as that; on a larger one it grows
MOST_GROWTH = 1.4


@dataclass(frozen=True, eq=False)
class GateDrawing:
    """A graph at a moment. `caption` says in one line where its pass stands, `formula` is what it was made of."""

    reading: GateReading
    caption: str = ""
    formula: str = ""

    def known_gradients(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """The gradients, NaN where they are not known yet."""
        return np.where(self.reading.gradients_known, self.reading.gradients, np.nan)


@dataclass(frozen=True)
class Placing:
    """From ems of a layout to pixels of a canvas: `em` pixels an em, then a shift."""

    em: float
    dx: float
    dy: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        return x * self.em + self.dx, y * self.em + self.dy

    def inverse(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.dx) / self.em, (y - self.dy) / self.em

    def moved(self, transform: Transform) -> Placing:
        """The same picture, zoomed and moved by hand."""
        x, y = transform.point(self.dx, self.dy)
        return Placing(self.em * transform.zoom, x, y)


def text_em(text_scale: float, width: float, height: float) -> float:
    """Pixels of the text that is no part of the graph, caption and legend, on a canvas of this size."""
    return EM * max(LEAST_LEGEND, text_scale) * min(MOST_GROWTH, max(1.0, min(width / USUAL[0], height / USUAL[1])))


def place_graph(layout: GateLayout, width: float, height: float, text_scale: float, preview: bool = False) -> Placing:
    """The whole graph in the middle of a canvas, as large as it can be, but not larger than reads well."""
    em = text_em(text_scale, width, height)
    top, bottom = (0.0, 0.0) if preview else (2.2 * em, legend_height(em, height))
    room = max(20.0, height - top - bottom)
    fitting = max(0.5, min(width / layout.width, room / layout.height))
    chosen = min(fitting, 2.2 * EM if preview else MOST_EM * em)
    return Placing(chosen, (width - layout.width * chosen) / 2, top + (room - layout.height * chosen) / 2)


@dataclass(frozen=True)
class Pointed:
    """What the user points at, by the place of its node; None where there is nothing."""

    hovered: int | None = None
    selected: int | None = None


@dataclass
class GateShown:
    """Every string that a painting wrote, so that tests read the numbers on screen back.

    `values`, `gradients` and `signs` are told by node, `slopes` and `terms` by gate and number of its input.
    """

    signs: dict[int, str] = field(default_factory=dict)
    values: dict[int, str] = field(default_factory=dict)
    gradients: dict[int, str] = field(default_factory=dict)
    slopes: dict[tuple[int, int], str] = field(default_factory=dict)
    terms: dict[tuple[int, int], str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    caption: str = ""
