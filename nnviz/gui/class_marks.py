"""Many examples on a plane, as marks: each has the colour and the form that it has on the decision surface.

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

from nnviz.gui.map_colours import map_colour
from nnviz.gui.plane_marks import FORMS, NO, SIDE_FORMS, YES, class_colour
from nnviz.gui.theme import Theme, mixed

Array = NDArray[np.float64]
Whole = NDArray[np.intp]

MARK_RADIUS = 4.2        # pixels of a disc; other forms are about as large in area
SMALL_RADIUS = 3.0       # where there are many
MANY = 400               # examples from which the marks are small
VALUE_STEPS = 33         # colours of numbers
RIM = "#14161b"          # around a mark, as on the decision surface
LIGHTER = 0.35           # share of white in a mark
_STROKE = (QPaintEngine.Type.Raster, QPaintEngine.Type.OpenGL2)     # on others, marks stay lines: SVG, PDF


def mark_colour(theme: Theme, number: int, sides: bool) -> QColor:
    """The colour of class `number`, counted from 0, as the decision surface has it.

    With `sides` there are two, no and yes of one output: the colours of its low and its high values.
    """
    return map_colour(theme, YES if number else NO) if sides else class_colour(number)


def value_colours(theme: Theme) -> tuple[QColor, ...]:
    """`VALUE_STEPS` colours of numbers from the smallest to the largest."""
    return tuple(map_colour(theme, float(share)) for share in np.linspace(0.0, 1.0, VALUE_STEPS))


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


def form_of(number: int, sides: bool) -> int:
    """Which form class `number` has: a place in `FORMS`."""
    return SIDE_FORMS[min(number, 1)] if sides else number % len(FORMS)


@cache
def outline(form: int) -> QPainterPath:
    """A form around (0, 0), about as large as a circle of radius 1."""
    corners, turned = FORMS[form]
    path = QPainterPath()
    if not corners:
        path.addEllipse(QPointF(0.0, 0.0), 1.0, 1.0)
        return path
    grown = 1.42 if corners == 3 else 1.15
    for corner in range(corners):
        angle = math.radians(turned + 360.0 * corner / corners)
        at = QPointF(grown * math.cos(angle), grown * math.sin(angle))
        path.moveTo(at) if not corner else path.lineTo(at)
    path.closeSubpath()
    return path


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


def draw_mark(painter: QPainter, at: QPointF, number: int, sides: bool, filled: bool, style: MarkStyle) -> None:
    """One mark of class `number` at a place."""
    _draw_outline(painter, at, form_of(number, sides), mark_colour(style.theme, number, sides), filled, style)


def _draw_outline(painter: QPainter, at: QPointF, form: int, colour: QColor, filled: bool, style: MarkStyle) -> None:
    painter.save()
    painter.translate(at)
    size = style.radius if filled else style.radius * 0.95
    painter.scale(size, size)
    fill, rim = QColor(mixed(colour.name(), "#ffffff", LIGHTER)), QColor(RIM)
    if filled:
        strokes: tuple[tuple[QColor, float], ...] = ((rim, max(0.8, 0.24 * style.radius)),)
        painter.setBrush(fill)
    else:
        strokes = ((rim, 0.85 * style.radius), (fill, 0.42 * style.radius))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    for shade, wide in strokes:
        pen = QPen(shade, max(1.0, wide))
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawPath(outline(form))
    painter.restore()


@lru_cache(maxsize=256)
def stamp(form: int, colour: str, filled: bool, style: MarkStyle) -> QPixmap:
    """A mark drawn once, to be put down many times."""
    side = math.ceil(2.0 * (style.radius * 1.5 + 2.5))
    pixmap = QPixmap(math.ceil(side * style.ratio), math.ceil(side * style.ratio))
    pixmap.setDevicePixelRatio(style.ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw_outline(painter, QPointF(side / 2.0, side / 2.0), form, QColor(colour), filled, style)
    finally:
        painter.end()
    return pixmap


def draw_marks(painter: QPainter, places: Array, classes: Whole, sides: bool, filled: bool, style: MarkStyle) -> None:
    """Marks of `classes` (examples,) at `places` (examples, 2) in pixels: one call a class."""
    for number in np.unique(classes).tolist():
        _draw_alike(painter, places[classes == number], form_of(number, sides),
                    mark_colour(style.theme, number, sides), filled, style)


def draw_values(painter: QPainter, places: Array, steps: Whole, filled: bool, style: MarkStyle) -> None:
    """Discs at `places` (examples, 2) in pixels, each in one of `value_colours` (see `value_steps`)."""
    colours = value_colours(style.theme)
    for step in np.unique(steps):
        _draw_alike(painter, places[steps == step], 0, colours[int(step)], filled, style)


def _draw_alike(painter: QPainter, places: Array, form: int, colour: QColor, filled: bool, style: MarkStyle) -> None:
    """Marks that are all alike; as a stamp on the screen, as lines where lines are kept."""
    if not len(places):
        return
    engine = painter.paintEngine()
    if engine is not None and engine.type() not in _STROKE:
        for x, y in places.tolist():
            _draw_outline(painter, QPointF(x, y), form, colour, filled, style)
        return
    pixmap = stamp(form, colour.name(), filled, style)
    # x, y, source left, top, width, height, scale x, scale y, rotation, opacity: as QPainter::PixmapFragment has them
    fragments = np.empty((len(places), 10))
    fragments[:, :2] = places
    fragments[:, 2:] = (0.0, 0.0, pixmap.width(), pixmap.height(), 1.0 / style.ratio, 1.0 / style.ratio, 0.0, 1.0)
    first = _fragment_at(fragments.__array_interface__["data"][0], QPainter.PixmapFragment)
    painter.drawPixmapFragments(first, len(fragments), pixmap)


_fragment_at = cast(Callable[[int, type], QPainter.PixmapFragment], shiboken6.wrapInstance)

