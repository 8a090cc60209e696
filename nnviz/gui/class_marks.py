"""An example on a plane is a mark: its class has a colour and a form, so that no class is told by colour alone.

Training examples are filled, test examples are rings.  Where targets are numbers, the colour runs from the smallest
to the largest, and the form is a disc.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import cast

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPainterPath, QPen, QPixmap

from nnviz.gui.theme import Theme, mixed

Array = NDArray[np.float64]
Whole = NDArray[np.intp]

MARK_RADIUS = 4.5        # pixels of a disc; other forms are about as large in area
SMALL_RADIUS = 3.0       # where there are many
MANY = 400               # examples from which the marks are small
VALUE_STEPS = 33         # colours of numbers
# Hues that can be told apart by the colour-blind (after Okabe and Ito), on light and on dark ground.
_HUES = {
    False: ("#1667b7", "#c2560c", "#00846b", "#b0559a", "#9a7400", "#5b4fc4", "#5a7d16", "#a83248", "#2c8499",
            "#7a6248"),
    True: ("#5aa9ff", "#ff9642", "#2fc9a4", "#ee8fd0", "#f0c52e", "#a99bff", "#a8d65c", "#ff7d92", "#6fd3ea",
           "#cdb08c"),
}
_STROKE = (QPaintEngine.Type.Raster, QPaintEngine.Type.OpenGL2)     # on others, marks stay lines: SVG, PDF


def class_colour(theme: Theme, number: int) -> QColor:
    """The colour of class `number`, counted from 0: the first two are those of negative and positive values."""
    hues = _HUES[theme.dark]
    return QColor(hues[number % len(hues)])


def value_colours(theme: Theme) -> tuple[QColor, ...]:
    """`VALUE_STEPS` colours of numbers from the smallest to the largest, the middle one neutral but well seen."""
    middle = mixed(theme.muted, theme.canvas, 0.35)
    shares = np.linspace(-1.0, 1.0, VALUE_STEPS)
    return tuple(QColor(mixed(middle, theme.positive if share > 0 else theme.negative, abs(float(share))))
                 for share in shares)


def value_steps(values: Array, low: float, high: float) -> Whole:
    """For each number (examples,) which of `value_colours` it has between `low` and `high`."""
    extent = high - low if high > low else 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        share = np.nan_to_num(np.clip((values - low) / extent, 0.0, 1.0), nan=0.5)
    return (share * (VALUE_STEPS - 1) + 0.5).astype(np.intp)


def classes_of(targets: Array) -> Whole | None:
    """The class of each example of targets (examples, outputs); None where they say numbers, or several at once.

    >>> classes_of(np.array([[0.0], [1.0]])).tolist(), classes_of(np.eye(3)).tolist(), classes_of(np.array([[0.5]]))
    ([0, 1], [0, 1, 2], None)
    """
    if not np.isin(targets, (0.0, 1.0)).all():
        return None
    if targets.shape[1] == 1:
        return targets[:, 0].astype(np.intp)
    if targets.size and (targets.sum(axis=1) != 1.0).any():
        return None
    return targets.argmax(axis=1)


# --- forms ------------------------------------------------------------------------------------------------------


def _polygon(corners: int, turned: float = 0.0, inner: float = 0.0, size: float = 1.0) -> QPainterPath:
    """A regular polygon with a corner above, turned by parts of a whole turn; a star where it has `inner` corners."""
    path = QPainterPath()
    count = corners * (2 if inner else 1)
    for place in range(count):
        radius = size * (inner if inner and place % 2 else 1.0)
        angle = 2.0 * math.pi * (place / count + turned) - math.pi / 2.0
        at = QPointF(radius * math.cos(angle), radius * math.sin(angle))
        path.moveTo(at) if not place else path.lineTo(at)
    path.closeSubpath()
    return path


def _disc() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(0.0, 0.0), 1.0, 1.0)
    return path


def _plus(turned: float) -> QPainterPath:
    """Two bars that cross, as an outline."""
    wide, far = 0.42, 1.18
    corners = [(-wide, -far), (wide, -far), (wide, -wide), (far, -wide), (far, wide), (wide, wide), (wide, far),
               (-wide, far), (-wide, wide), (-far, wide), (-far, -wide), (-wide, -wide)]
    path = QPainterPath()
    for place, (x, y) in enumerate(corners):
        at = QPointF(x * math.cos(turned) - y * math.sin(turned), x * math.sin(turned) + y * math.cos(turned))
        path.moveTo(at) if not place else path.lineTo(at)
    path.closeSubpath()
    return path


_FORMS: tuple[Callable[[], QPainterPath], ...] = (
    _disc,
    lambda: _polygon(4, 0.125, size=1.28),          # square
    lambda: _polygon(3, size=1.38),                 # triangle
    lambda: _polygon(4, size=1.35),                 # diamond
    lambda: _polygon(3, 0.5, size=1.38),            # triangle that points down
    lambda: _plus(0.0),
    lambda: _polygon(5, inner=0.45, size=1.5),      # star
    lambda: _plus(math.pi / 4.0),
    lambda: _polygon(6, size=1.15),                 # hexagon
    lambda: _polygon(3, 0.25, size=1.38),           # triangle that points to the right
)


@cache
def form(number: int) -> QPainterPath:
    """The outline of class `number` around (0, 0), about as large as a circle of radius 1."""
    return _FORMS[number % len(_FORMS)]()


# --- drawing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MarkStyle:
    """How marks look: the theme's colours, the radius in pixels, the pixels of the screen for each of ours."""

    theme: Theme
    radius: float = MARK_RADIUS
    ratio: float = 1.0


def radius_for(examples: int) -> float:
    """The radius of marks in pixels where there are so many."""
    return MARK_RADIUS if examples < MANY else SMALL_RADIUS


def draw_mark(painter: QPainter, at: QPointF, number: int, filled: bool, style: MarkStyle,
              colour: QColor | None = None) -> None:
    """One mark of class `number` at a place; of another colour where one is given, and then a disc."""
    outline = form(0 if colour is not None else number)
    _draw_outline(painter, at, outline, colour or class_colour(style.theme, number), filled, style)


def _draw_outline(painter: QPainter, at: QPointF, outline: QPainterPath, colour: QColor, filled: bool,
                  style: MarkStyle) -> None:
    painter.save()
    painter.translate(at)
    size = style.radius if filled else style.radius - 0.6
    painter.scale(size, size)
    rim = QPen(QColor(style.theme.canvas), 1.0) if filled else QPen(colour, 1.7)
    rim.setCosmetic(True)
    rim.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if not filled:      # a ring can be seen on any ground: it has one of the canvas around it
        around = QPen(QColor(style.theme.canvas), 3.4)
        around.setCosmetic(True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(around)
        painter.drawPath(outline)
    painter.setPen(rim)
    painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
    painter.drawPath(outline)
    painter.restore()


@lru_cache(maxsize=256)
def stamp(number: int, colour: str, filled: bool, style: MarkStyle) -> QPixmap:
    """A mark drawn once, to be put down many times: the outline of class `number` in a colour."""
    side = math.ceil(2.0 * (style.radius * 1.5 + 2.5))
    pixmap = QPixmap(math.ceil(side * style.ratio), math.ceil(side * style.ratio))
    pixmap.setDevicePixelRatio(style.ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw_outline(painter, QPointF(side / 2.0, side / 2.0), form(number), QColor(colour), filled, style)
    finally:
        painter.end()
    return pixmap


def draw_marks(painter: QPainter, places: Array, classes: Whole, filled: bool, style: MarkStyle) -> None:
    """Marks of `classes` (examples,) at `places` (examples, 2) in pixels: one call a class."""
    for number in np.unique(classes):
        here = places[classes == number]
        _draw_alike(painter, here, int(number), class_colour(style.theme, int(number)), filled, style)


def draw_values(painter: QPainter, places: Array, steps: Whole, filled: bool, style: MarkStyle) -> None:
    """Discs at `places` (examples, 2) in pixels, each in one of `value_colours` (see `value_steps`)."""
    colours = value_colours(style.theme)
    for step in np.unique(steps):
        _draw_alike(painter, places[steps == step], 0, colours[int(step)], filled, style)


def _draw_alike(painter: QPainter, places: Array, number: int, colour: QColor, filled: bool,
                style: MarkStyle) -> None:
    """Marks that are all alike; as a stamp on the screen, as lines where lines are kept."""
    if not len(places):
        return
    engine = painter.paintEngine()
    if engine is not None and engine.type() not in _STROKE:
        for x, y in places.tolist():
            _draw_outline(painter, QPointF(x, y), form(number), colour, filled, style)
        return
    pixmap = stamp(number, colour.name(), filled, style)
    # x, y, source left, top, width, height, scale x, scale y, rotation, opacity: as QPainter::PixmapFragment has them
    fragments = np.empty((len(places), 10))
    fragments[:, :2] = places
    fragments[:, 2:] = (0.0, 0.0, pixmap.width(), pixmap.height(), 1.0 / style.ratio, 1.0 / style.ratio, 0.0, 1.0)
    first = _fragment_at(fragments.__array_interface__["data"][0], QPainter.PixmapFragment)
    painter.drawPixmapFragments(first, len(fragments), pixmap)


_fragment_at = cast(Callable[[int, type], QPainter.PixmapFragment], shiboken6.wrapInstance)

