"""One painting: what is painted, on what, how it is transformed, and what was written on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtGui import QColor, QPainter

from nnviz.gui.closeness import text_height
from nnviz.gui.colour_scale import ColourScale, edge_colours
from nnviz.gui.drawing import Array, Drawing
from nnviz.gui.edges import LayerEdges, PenStyle
from nnviz.gui.ink import mix
from nnviz.gui.layout import NetworkLayout
from nnviz.gui.theme import Theme
from nnviz.report.elements import Element


@dataclass(frozen=True)
class Transform:
    """From the layout to the widget: first `zoom`, then a shift."""

    zoom: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def point(self, x: float, y: float) -> tuple[float, float]:
        return x * self.zoom + self.dx, y * self.zoom + self.dy

    def inverse(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.dx) / self.zoom, (y - self.dy) / self.zoom

    def lines(self, lines: Array) -> Array:
        return np.ascontiguousarray(lines * self.zoom + (self.dx, self.dy, self.dx, self.dy))


@dataclass(frozen=True)
class PictureOptions:
    """How the picture is made, apart from what it shows."""

    digits: int = 4
    text_scale: float = 1.0
    preview: bool = False         # no text, no legend: a gallery card
    raster: bool = True           # False for SVG and PDF
    ratio: float = 1.0            # device pixels to a logical one
    heads: bool = False           # with the buttons at the titles of layers, for the hand
    titled: bool = True           # False where the formula of a surface is already written above the picture
    covered: tuple[float, float, float, float] | None = None   # left, top, right, bottom of what lies on the picture
    scale: ColourScale | None = None   # what the colours mean; None: what fits the drawing


@dataclass(frozen=True)
class Trail:
    """One path through the network: its units and the weights between them, in order.

    `share` (0 to 1) is how strong it is, `positive` its sign; one that is `lit` stands out among the others.
    """

    stops: tuple[Element, ...]
    share: float
    positive: bool
    lit: bool = False


@dataclass(frozen=True)
class Interaction:
    """What the user points at."""

    hovered: Element | None = None
    selected: Element | None = None
    trails: tuple[Trail, ...] = ()        # paths that are shown
    head: tuple[int, str] | None = None   # the button at a layer's title that is pointed at
    near: frozenset[int] = frozenset()    # layers whose buttons are seen
    picked: frozenset[Element] = frozenset()      # all that is selected, `selected` among them

    def selects(self, element: Element) -> bool:
        return element == self.selected or element in self.picked


@dataclass
class Shown:
    """Every string that a painting wrote, so that tests read the numbers on screen back."""

    elements: dict[Element, tuple[str, ...]] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    loss: str = ""
    caption: str = ""
    note: str = ""
    plane: tuple[str, str] = ("", "")     # above the decision surface: whose map it is, and its range

    def add(self, element: Element, *texts: str) -> None:
        self.elements[element] = self.elements.get(element, ()) + texts


class Scene:
    """What all parts of one painting share."""

    def __init__(
        self, painter: QPainter, drawing: Drawing, layout: NetworkLayout, theme: Theme, scale: ColourScale,
        edges: tuple[LayerEdges, ...], options: PictureOptions, transform: Transform, interaction: Interaction,
    ) -> None:
        self.painter, self.drawing, self.layout, self.theme = painter, drawing, layout, theme
        self.scale, self.edges, self.options, self.transform = scale, edges, options, transform
        self.interaction = interaction
        self.unlit = not (drawing.active or interaction.hovered or interaction.selected or interaction.picked)
        self.shown = Shown()
        self.zoom = transform.zoom
        self.em = text_height(layout.em, transform.zoom)      # of text on the screen
        self.colours = edge_colours(theme)
        self.style = PenStyle(options.ratio if options.raster else 1.0, options.raster,
                              max(0.5, layout.em / 12.5) * min(2.5, max(0.5, transform.zoom)))
        self.lit_spokes: dict[int, LayerEdges] = {}               # by layer: the edges of a unit that stand out
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _light(self, element: Element) -> QColor | None:
        """The colour that an element is lit with: active, selected, hovered, or none."""
        if self.unlit:
            return None
        if self.interaction.selects(element):
            return QColor(self.theme.accent)
        if element in self.drawing.active:
            return QColor(self.theme.active)
        if element == self.interaction.hovered:
            return mix(self.theme.canvas, self.theme.accent, 0.6)
        return None
