"""Many examples on a plane, as marks: each has the colour and the form that it has on the decision surface.

Training examples are filled, test examples are rings.  Where targets are numbers, the colour runs from the smallest
to the largest, and the form is a disc.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPixmap, QPolygonF

from nnviz.gui.ink import mix, stroke
from nnviz.gui.map_colours import map_colour
from nnviz.gui.theme import Theme

Array = NDArray[np.float64]
Whole = NDArray[np.intp]

# Colours of classes that all kinds of colour vision tell apart, and with each a form: corners (0: round), turned by.
# They are none of the blue and orange of low and high outputs.
CLASS_COLOURS = ("#00916a", "#e0b400", "#b04a9c", "#6fc3e8", "#a8401c", "#5257c4", "#b9d36b", "#e59aa8", "#8a8f99",
                 "#6b4f2a")
FORMS = ((0, 0.0), (4, 45.0), (3, -90.0), (4, 0.0), (3, 90.0), (5, -90.0), (6, 0.0), (3, 0.0), (8, 22.5), (3, 180.0))
SIDE_FORMS = (1, 0)               # of those: a square for no, a circle for yes
NO, YES = 0.0, 1.0       # their places on the scale of colours
MARK_RADIUS = 4.2        # pixels of a disc; other forms are about as large in area
SMALL_RADIUS = 3.0       # where there are many
MANY = 400               # examples from which the marks are small
VALUE_STEPS = 33         # colours of numbers
RIM = "#14161b"          # around a mark, as on the decision surface
LIGHTER = 0.35           # share of white in a mark
SMALL, LIGHTER_SMALL = 3.0, 0.55     # pixels; a smaller one has more, for it may lie on a map of its own colour
BARE = 1.9               # pixels; smaller marks are mere dots
_STROKE = (QPaintEngine.Type.Raster, QPaintEngine.Type.OpenGL2)     # on others, marks stay lines: SVG, PDF


def class_colour(number: int) -> QColor:
    """The colour of a class, the same in both themes."""
    return QColor(CLASS_COLOURS[number % len(CLASS_COLOURS)])


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


# --- forms ------------------------------------------------------------------------------------------------------


def form_of(number: int, sides: bool) -> int:
    """Which form class `number` has: a place in `FORMS`."""
    return SIDE_FORMS[min(number, 1)] if sides else number % len(FORMS)


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
    draw_form(painter, at, style.radius, form_of(number, sides), mark_colour(style.theme, number, sides), filled)


def draw_form(painter: QPainter, at: QPointF, radius: float, form: int, colour: QColor, filled: bool) -> None:
    """An example: full for training, a ring for test; lighter than a map below it would be, with a dark rim."""
    fill, rim = mix(colour.name(), "#ffffff", LIGHTER if radius >= SMALL else LIGHTER_SMALL), QColor(RIM)
    corners, turned = FORMS[form]
    grown = radius * (1.0 if not corners else 1.42 if corners == 3 else 1.15)      # forms are about equal in area
    if not filled and radius >= BARE:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for shade, wide in ((rim, 0.85 * radius), (fill, 0.42 * radius)):
            painter.setPen(stroke(shade, max(1.0, wide)))
            _draw_corners(painter, at, 1.15 * grown, corners, turned)
        return
    painter.setPen(Qt.PenStyle.NoPen if radius < BARE else stroke(rim, max(0.8, 0.24 * radius)))
    painter.setBrush(fill)
    _draw_corners(painter, at, grown, corners, turned)


def _draw_corners(painter: QPainter, at: QPointF, radius: float, corners: int, turned: float) -> None:
    if not corners:
        painter.drawEllipse(at, radius, radius)
        return
    angles = [math.radians(turned + 360.0 * corner / corners) for corner in range(corners)]
    painter.drawPolygon(QPolygonF([QPointF(at.x() + radius * math.cos(angle), at.y() + radius * math.sin(angle))
                                   for angle in angles]))


@lru_cache(maxsize=256)
def stamp(form: int, colour: str, filled: bool, style: MarkStyle) -> QPixmap:
    """A mark drawn once, to be put down many times."""
    side = math.ceil(2.0 * (style.radius * 2.1 + 2.5))
    pixmap = QPixmap(math.ceil(side * style.ratio), math.ceil(side * style.ratio))
    pixmap.setDevicePixelRatio(style.ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_form(painter, QPointF(side / 2.0, side / 2.0), style.radius, form, QColor(colour), filled)
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
            draw_form(painter, QPointF(x, y), style.radius, form, colour, filled)
        return
    pixmap = stamp(form, colour.name(), filled, style)
    # x, y, source left, top, width, height, scale x, scale y, rotation, opacity: as QPainter::PixmapFragment has them
    fragments = np.empty((len(places), 10))
    fragments[:, :2] = places
    fragments[:, 2:] = (0.0, 0.0, pixmap.width(), pixmap.height(), 1.0 / style.ratio, 1.0 / style.ratio, 0.0, 1.0)
    first = _fragment_at(fragments.__array_interface__["data"][0], QPainter.PixmapFragment)
    painter.drawPixmapFragments(first, len(fragments), pixmap)


_fragment_at = cast(Callable[[int, type], QPainter.PixmapFragment], shiboken6.wrapInstance)

