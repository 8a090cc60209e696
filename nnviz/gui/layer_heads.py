"""The head of a layer: its title, and beside it the buttons that act on the whole layer.

A new button is a row of `HEAD_BUTTONS`.  The view emits `head_clicked` with the layer's number and the row's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import hypot

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from nnviz.gui import ink
from nnviz.gui.columns import Shape
from nnviz.gui.drawing import Drawing
from nnviz.gui.ink import draw_text, mix
from nnviz.gui.layout import NetworkLayout
from nnviz.gui.scene import Transform
from nnviz.gui.slope_places import slope_places
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr

FEWEST_FOLDED = 4                 # units; a layer of fewer is as small as can be
TITLE, SUBTITLE = 0.98, 0.84      # sizes of text in ems
BUTTON = 1.15                     # side of a button in ems
LEAST_BUTTON = 20.0               # pixels
GAP = 0.35                        # before each button, in ems


@dataclass(frozen=True)
class HeadButton:
    """One button: its `sign` is painted into a square, `help` says what a click does to that layer.

    Most are only seen where the pointer or the keyboard is at the layer, some `always`; one `between` stands in the
    middle of the gap behind the layer.
    """

    name: str
    help: Callable[[Drawing, int], str]
    offered: Callable[[Drawing, int], bool]
    sign: Callable[[QPainter, QRectF, QColor, Drawing, int], None]
    always: bool = False
    between: bool = False


@dataclass(frozen=True)
class HeadPlace:
    """Where a button stands, in pixels of the widget: its middle and half its side."""

    layer: int
    button: HeadButton
    x: float
    y: float
    half: float

    def holds(self, x: float, y: float) -> bool:
        return max(abs(x - self.x), abs(y - self.y)) <= self.half + 1.0

    def middle(self) -> QPointF:
        return QPointF(self.x, self.y)


@dataclass(frozen=True)
class TitlePlace:
    """A title that has room: the middle of its line, and how wide it is; `below` is the line of the subtitle."""

    layer: int
    x: float
    y: float
    text: str
    width: float
    subtitle: str
    below: float


def can_fold(drawing: Drawing, layer: int) -> bool:
    """Whether a layer can be folded, or unfolded."""
    return 0 <= layer < len(drawing.columns) and len(drawing.columns[layer].names) >= FEWEST_FOLDED


def with_folded(drawing: Drawing, layers: frozenset[int]) -> Drawing:
    """`drawing` with those of the `layers` folded that can be."""
    return replace(drawing, folded=frozenset(layer for layer in layers if can_fold(drawing, layer)))


def title_places(drawing: Drawing, layout: NetworkLayout, transform: Transform) -> list[TitlePlace]:
    """The titles of all layers as far as they have room beside each other."""
    em, zoom = layout.em, transform.zoom
    title_size, subtitle_size = int(TITLE * em), int(SUBTITLE * em)
    found: list[TitlePlace] = []
    rightmost = -1e9
    if layout.height < 14 * em:
        return found
    for number, (column, place) in enumerate(zip(drawing.columns, layout.columns, strict=True)):
        x, y = transform.point(place.x, place.title_y)
        room = place.room * zoom
        wide = min(room, ink.text_width(column.title, title_size, True))
        if room < 3.2 * em or x - wide / 2 < rightmost:
            continue
        rightmost = x + wide / 2 + 0.5 * em
        subtitle = column.subtitle
        layer = drawing.connections[number - 1] if number else None
        if layer is not None and layer.frozen.size and layer.frozen.all():
            subtitle = " · ".join(part for part in (subtitle, tr("frozen")) if part)
        # all titles on one line, an image's right above it
        line = y - 1.22 * em if subtitle or place.shape is not Shape.PIXEL else y
        found.append(TitlePlace(number, x, line, ink.elided(column.title, title_size, room, True), wide,
                                ink.elided(subtitle, subtitle_size, room), y))
    return found


def head_places(
    drawing: Drawing, layout: NetworkLayout, transform: Transform, titles: list[TitlePlace] | None = None
) -> list[HeadPlace]:
    """The buttons to the right of every title, as many as have room before the next title."""
    titles = title_places(drawing, layout, transform) if titles is None else titles
    em, places = layout.em, []
    side = max(BUTTON * em, LEAST_BUTTON)
    for title, after in zip_longest(titles, titles[1:]):
        limit = layout.width if after is None else after.x - after.width / 2 - GAP * em
        offered = [button for button in HEAD_BUTTONS if button.offered(drawing, title.layer)]
        x, apart = _behind_slope(drawing, layout, transform, title, side) + GAP * em, 0.12 * em
        for button in offered:
            if button.between:
                continue
            if x + side > limit:
                break
            places.append(HeadPlace(title.layer, button, x + side / 2, title.y, side / 2))
            x += side + apart
        if after is not None and x + side + 2 * apart <= limit:
            middle = max(x + apart + side / 2, (x + limit) / 2)
            line = min(title.y, after.y)      # that of an image may be lower
            places += [HeadPlace(title.layer, button, middle, line, side / 2)
                       for button in offered if button.between]
    return places


def _behind_slope(
    drawing: Drawing, layout: NetworkLayout, transform: Transform, title: TitlePlace, side: float
) -> float:
    """Where a title ends, with the number that the activation of the whole layer learns, which stands behind it."""
    end, place = title.x + title.width / 2, slope_places(drawing, layout)[title.layer]
    if place is None or len(place.centres) > 1:
        return end
    (x, y), = place.centres.tolist()
    right, _ = transform.point(x + place.half_width, y)
    _, top = transform.point(x, y - place.half_height)
    return max(end, right) if abs(top - title.y) < side else end


def layer_near(layout: NetworkLayout, transform: Transform, x: float) -> int:
    """The layer in whose part of the picture `x` is."""
    middles = [transform.point(column.x, 0.0)[0] for column in layout.columns]
    return min(range(len(middles)), key=lambda number: abs(middles[number] - x))


def head_at(places: list[HeadPlace], x: float, y: float) -> HeadPlace | None:
    """The button at (x, y): the nearest of those that hold it."""
    return min((place for place in places if place.holds(x, y)),
               key=lambda place: hypot(place.x - x, place.y - y), default=None)


def titled_at(places: list[TitlePlace], em: float, x: float, y: float) -> int | None:
    """The layer whose title is at (x, y)."""
    return next((place.layer for place in places
                 if abs(x - place.x) <= place.width / 2 and abs(y - place.y) <= 0.6 * em), None)


def lined_at(titles: list[TitlePlace], places: list[HeadPlace], em: float, x: float, y: float) -> int | None:
    """The layer on whose line (x, y) is: its title, the buttons beside it, and what lies between them."""
    for title in titles:
        own = [place for place in places if place.layer == title.layer and not place.button.between]
        right = max([title.x + title.width / 2, *(place.x + place.half for place in own)])
        half = max([0.6 * em, *(place.half for place in own)])
        if title.x - title.width / 2 <= x <= right + 1.0 and abs(y - title.y) <= half + 1.0:
            return title.layer
    return None


def shown_heads(
    places: list[HeadPlace], pointed: tuple[int, str] | None, near: frozenset[int]
) -> list[HeadPlace]:
    """Those buttons that are seen: always, where the hand is `near` their layer, or `pointed` at."""
    return [place for place in places if place.button.always or pointed == (place.layer, place.button.name)
            or not near.isdisjoint((place.layer, place.layer + 1) if place.button.between else (place.layer,))]


def draw_titles(painter: QPainter, places: list[TitlePlace], em: float, theme: Theme) -> None:
    """Write the titles and what stands below them, on plates, for lit edges may run below the title of an image."""
    ground = QColor(theme.canvas)
    for place in places:
        wide = place.width + 0.4 * em
        painter.fillRect(QRectF(place.x - wide / 2, place.y - 0.6 * em, wide, 1.2 * em), ground)
        if place.subtitle:
            draw_text(painter, place.x, place.below, place.subtitle, int(SUBTITLE * em), QColor(theme.muted),
                      lasting=True)
        draw_text(painter, place.x, place.y, place.text, int(TITLE * em), QColor(theme.ink), bold=True, lasting=True)


def draw_heads(
    painter: QPainter, places: list[HeadPlace], drawing: Drawing, theme: Theme, pointed: tuple[int, str] | None,
    near: frozenset[int] = frozenset(),
) -> None:
    """Paint the buttons of the layers that the hand is `near`, quietly; the one that is `pointed` at stands out."""
    for place in shown_heads(places, pointed, near):
        lit = pointed == (place.layer, place.button.name)
        box = QRectF(place.x - place.half, place.y - place.half, 2 * place.half, 2 * place.half)
        if lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mix(theme.raised, theme.accent, 0.25))
            painter.drawRoundedRect(box, 0.3 * place.half, 0.3 * place.half)
        colour = QColor(theme.ink) if lit else mix(theme.canvas, theme.muted, 0.85)
        inner = 0.42 * place.half
        place.button.sign(painter, box.adjusted(inner, inner, -inner, -inner), colour, drawing, place.layer)


def _fold_sign(painter: QPainter, box: QRectF, colour: QColor, drawing: Drawing, layer: int) -> None:
    """Two arrow heads: towards each other where the layer can be folded, away from each other where it is."""
    outwards = layer in drawing.folded
    middle, wide, high = box.center(), box.width() / 2, box.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for side in (-1.0, 1.0):
        tip, foot = (1.0, 0.25) if outwards else (0.15, 0.95)
        painter.drawPolygon(QPolygonF([
            QPointF(middle.x(), middle.y() + side * tip * high),
            QPointF(middle.x() - 0.8 * wide, middle.y() + side * foot * high),
            QPointF(middle.x() + 0.8 * wide, middle.y() + side * foot * high),
        ]))


def _fold_help(drawing: Drawing, layer: int) -> str:
    text = tr("Unfold {layer}: show each of its {units} units (Ctrl+J)") if layer in drawing.folded else (
        tr("Fold {layer}: show its {units} units as one narrow bar (Ctrl+J)"))
    return text.format(layer=drawing.columns[layer].title, units=len(drawing.columns[layer].names))


def _minus_sign(painter: QPainter, box: QRectF, colour: QColor, drawing: Drawing, layer: int) -> None:
    painter.setPen(ink.stroke(colour, max(1.5, 0.16 * box.width())))
    middle = box.center()
    painter.drawLine(QPointF(box.left(), middle.y()), QPointF(box.right(), middle.y()))


def _plus_sign(painter: QPainter, box: QRectF, colour: QColor, drawing: Drawing, layer: int) -> None:
    _minus_sign(painter, box, colour, drawing, layer)
    middle = box.center()
    painter.drawLine(QPointF(middle.x(), box.top()), QPointF(middle.x(), box.bottom()))


def _dots_sign(painter: QPainter, box: QRectF, colour: QColor, drawing: Drawing, layer: int) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    middle, radius = box.center(), max(1.2, 0.12 * box.width())
    for place in (-0.38, 0.0, 0.38):
        painter.drawEllipse(QPointF(middle.x() + place * box.width(), middle.y()), radius, radius)


def _layer_sign(painter: QPainter, box: QRectF, colour: QColor, drawing: Drawing, layer: int) -> None:
    """A column of two units, and a plus: a layer that comes in between."""
    painter.setPen(ink.stroke(colour, max(1.2, 0.11 * box.width())))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    radius = 0.19 * box.width()
    for place in (box.top() + radius, box.bottom() - radius):
        painter.drawEllipse(QPointF(box.left() + radius, place), radius, radius)
    arm = QPointF(box.right() - 0.24 * box.width(), box.center().y())
    reach = 0.26 * box.width()
    painter.drawLine(arm - QPointF(reach, 0.0), arm + QPointF(reach, 0.0))
    painter.drawLine(arm - QPointF(0.0, reach), arm + QPointF(0.0, reach))


def is_hidden(drawing: Drawing, layer: int) -> bool:
    """Whether a layer's units are no matter of the examples."""
    return 0 < layer < len(drawing.columns) - 1


def _more_help(drawing: Drawing, layer: int) -> str:
    return tr("Add a unit to {layer} (Insert)").format(layer=drawing.columns[layer].title)


def _fewer_help(drawing: Drawing, layer: int) -> str:
    column = drawing.columns[layer]
    return tr("Remove {name}, the last unit of {layer} (Ctrl+Delete)").format(name=column.names[-1], layer=column.title)


def _menu_help(drawing: Drawing, layer: int) -> str:
    return tr("What can be done with {layer}: activation, initialiser, bias, copy, remove ... (L)").format(
        layer=drawing.columns[layer].title)


def _behind_help(drawing: Drawing, layer: int) -> str:
    return tr("Add a layer between {layer} and {other} (Shift+Insert)").format(
        layer=drawing.columns[layer].title, other=drawing.columns[layer + 1].title)


HEAD_BUTTONS: tuple[HeadButton, ...] = (
    HeadButton("fold", _fold_help, can_fold, _fold_sign, always=True),
    HeadButton("fewer", _fewer_help, lambda drawing, layer: is_hidden(drawing, layer)
               and len(drawing.columns[layer].names) > 1, _minus_sign),
    HeadButton("more", _more_help, is_hidden, _plus_sign),
    HeadButton("menu", _menu_help, lambda drawing, layer: True, _dots_sign),
    HeadButton("behind", _behind_help, lambda drawing, layer: layer + 1 < len(drawing.columns), _layer_sign,
               between=True),
)
