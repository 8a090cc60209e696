"""A plane of examples, painted: axes with even numbers, a mark for each example, and what a hand is about to do."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from nnviz.gui.class_marks import (
    MarkStyle,
    draw_marks,
    draw_values,
    radius_for,
    value_steps,
)
from nnviz.gui.plane_frame import PlaneFrame
from nnviz.gui.theme import Theme, mixed
from nnviz.report.fields import classes_of
from nnviz.report.numbers import short

Array = NDArray[np.float64]

DIGITS = 4
TICK_TEXT = 0.86         # of the text's size
TICK = 4.0               # pixels
GAP = 3.0
LEAST_NAMED = 9          # lines of text that a plane is high whose axes have names
CROSS = 5.0              # pixels around the cursor that stay free
BETWEEN_X, BETWEEN_Y = 70.0, 36.0       # pixels between two numbers of an axis, at least


@dataclass(frozen=True, eq=False)
class PlaneDrawing:
    """All that is painted: `points` (rows, 2) in the units of the examples, of which the first `training` are filled.

    `chosen` are rows; `shown` is the row whose numbers the picture shows, -1 for none.  `band` is a rectangle that is
    being drawn around marks, `brush` the ring in which points are sprayed (centre, radius), `cursor` where the
    keyboard stands, all in pixels.
    """

    points: Array
    targets: Array
    training: int
    names: tuple[str, str]
    chosen: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    shown: int = -1
    band: QRectF | None = None
    brush: tuple[QPointF, float] | None = None
    cursor: QPointF | None = None


def room_for(size: QRectF, font: QFont, low: tuple[float, float], high: tuple[float, float]) -> QRectF:
    """Where the plane itself lies in a widget of this size, beside the numbers of its axes."""
    metrics = QFontMetricsF(tick_font(font))
    # the numbers of the left axis are measured before its height is known: a few more or less of them are as long
    texts = [short(value, DIGITS) for value in PlaneFrame(low, high, QRectF(0, 0, 100, 100)).ticks(1, 8)]
    left = max([metrics.horizontalAdvance(text) for text in texts] or [0.0]) + TICK + 2 * GAP + metrics.height()
    bottom = (2 if _is_named(size, metrics) else 1) * metrics.height() + TICK + GAP
    room = size.adjusted(left, metrics.height() * 0.6, -metrics.height() * 0.8, -bottom)
    return room if room.width() >= 20 and room.height() >= 20 else QRectF(room.x(), room.y(), 20.0, 20.0)


def _is_named(size: QRectF, metrics: QFontMetricsF) -> bool:
    """Whether there is room for the names of the axes."""
    return size.height() >= LEAST_NAMED * metrics.height()


def tick_font(font: QFont) -> QFont:
    """The font of the numbers on the axes, of one that is given in points or in pixels."""
    smaller = QFont(font)
    if font.pixelSize() > 0:
        smaller.setPixelSize(max(1, round(font.pixelSize() * TICK_TEXT)))
    else:
        smaller.setPointSizeF(max(1.0, font.pointSizeF() * TICK_TEXT))
    return smaller


def paint_plane(painter: QPainter, drawing: PlaneDrawing, frame: PlaneFrame, theme: Theme, ratio: float,
                focused: bool) -> None:
    """Paints a plane; `ratio` is how many pixels of the screen each of ours has."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(frame.room, QColor(theme.canvas))
    _paint_axes(painter, drawing, frame, theme)
    edge = QPen(QColor(theme.accent if focused else theme.line), 2.0 if focused else 1.0)
    edge.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setPen(edge)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(frame.room)
    painter.save()
    painter.setClipRect(frame.room.adjusted(-1, -1, 1, 1))
    _paint_marks(painter, drawing, frame, theme, ratio)
    _paint_hand(painter, drawing, frame, theme)
    painter.restore()


def _paint_axes(painter: QPainter, drawing: PlaneDrawing, frame: PlaneFrame, theme: Theme) -> None:
    room, metrics = frame.room, QFontMetricsF(tick_font(painter.font()))
    painter.save()
    painter.setFont(tick_font(painter.font()))
    grid, zero = QPen(QColor(mixed(theme.line, theme.canvas, 0.55)), 1.0), QPen(QColor(theme.line), 1.0)
    ink = QPen(QColor(theme.muted))
    for axis, most in ((0, int(room.width() / BETWEEN_X) + 1), (1, int(room.height() / BETWEEN_Y) + 1)):
        low, high = frame.low[axis], frame.high[axis]
        for value in frame.ticks(axis, max(2, most)):
            share = (value - low) / (high - low)
            text = short(value, DIGITS)
            painter.setPen(zero if value == 0.0 else grid)
            if axis == 0:
                x = round(room.left() + share * room.width()) + 0.5
                painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom() + TICK))
                painter.setPen(ink)
                painter.drawText(QPointF(x - metrics.horizontalAdvance(text) / 2.0,
                                         room.bottom() + TICK + GAP + metrics.ascent()), text)
            else:
                y = round(room.bottom() - share * room.height()) + 0.5
                painter.drawLine(QPointF(room.left() - TICK, y), QPointF(room.right(), y))
                painter.setPen(ink)
                painter.drawText(QPointF(room.left() - TICK - GAP - metrics.horizontalAdvance(text),
                                         y + metrics.ascent() / 2.0 - 1.0), text)
    if not _is_named(QRectF(painter.viewport()), metrics):
        painter.restore()
        return
    painter.setPen(QColor(theme.ink))
    name = metrics.elidedText(drawing.names[0], Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(QPointF(room.center().x() - metrics.horizontalAdvance(name) / 2.0,
                             room.bottom() + TICK + GAP + metrics.height() + metrics.ascent()), name)
    painter.translate(metrics.ascent(), room.center().y())
    painter.rotate(-90.0)
    name = metrics.elidedText(drawing.names[1], Qt.TextElideMode.ElideRight, room.height())
    painter.drawText(QPointF(-metrics.horizontalAdvance(name) / 2.0, 0.0), name)
    painter.restore()


def _paint_marks(painter: QPainter, drawing: PlaneDrawing, frame: PlaneFrame, theme: Theme, ratio: float) -> None:
    points, targets = drawing.points, drawing.targets
    if not len(points):
        return
    style = MarkStyle(theme, radius_for(len(points)), ratio)
    places = frame.to_pixels(points)
    reach = frame.room.adjusted(-8, -8, 8, 8)
    seen = ((places[:, 0] >= reach.left()) & (places[:, 0] <= reach.right())
            & (places[:, 1] >= reach.top()) & (places[:, 1] <= reach.bottom()))
    classes = classes_of(targets)
    low, high = float(targets[:, 0].min()), float(targets[:, 0].max())
    for filled in (False, True):        # training examples above: they are what the network sees
        part = np.flatnonzero(seen & ((np.arange(len(points)) < drawing.training) == filled))
        if classes is not None:
            draw_marks(painter, places[part], classes[part], targets.shape[1] == 1, filled, style)
        else:
            draw_values(painter, places[part], value_steps(targets[part, 0], low, high), filled, style)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.accent), 2.0))
    for row in drawing.chosen[seen[drawing.chosen]].tolist():
        painter.drawEllipse(QPointF(*places[row]), style.radius + 3.5, style.radius + 3.5)
    if 0 <= drawing.shown < len(points) and seen[drawing.shown]:
        painter.setPen(QPen(QColor(theme.active), 2.0))
        painter.drawEllipse(QPointF(*places[drawing.shown]), style.radius + 6.5, style.radius + 6.5)


def _paint_hand(painter: QPainter, drawing: PlaneDrawing, frame: PlaneFrame, theme: Theme) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if drawing.band is not None:
        painter.setPen(QPen(QColor(theme.accent), 1.0, Qt.PenStyle.DashLine))
        fill = QColor(theme.accent)
        fill.setAlpha(28)
        painter.setBrush(fill)
        painter.drawRect(drawing.band)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    if drawing.brush is not None:
        painter.setPen(QPen(QColor(theme.muted), 1.0, Qt.PenStyle.DashLine))
        painter.drawEllipse(drawing.brush[0], drawing.brush[1], drawing.brush[1])
    if drawing.cursor is not None:
        at, room = drawing.cursor, frame.room
        painter.setPen(QPen(QColor(theme.accent), 1.0))
        rays = (
            (room.left(), at.y(), at.x() - CROSS, at.y()), (at.x() + CROSS, at.y(), room.right(), at.y()),
            (at.x(), room.top(), at.x(), at.y() - CROSS), (at.x(), at.y() + CROSS, at.x(), room.bottom()),
        )
        for x, y, to_x, to_y in rays:
            painter.drawLine(QPointF(x, y), QPointF(to_x, to_y))
