"""Paths drawn on the network: lines with a direction along the edges that they go over, strong where much goes along.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPolygonF

from nnviz.gui.ink import mix, stroke
from nnviz.gui.scene import Trail
from nnviz.gui.slope_marks import SlopeMarks
from nnviz.report.elements import Bias, Element, Unit, Weight

_VEIL = 165                   # how far everything else steps back, of 255
_THIN, _WIDE = 1.5, 7.0       # pixels
Point = tuple[float, float]


class TrailMarks(SlopeMarks):
    """The part of a painting that shows paths."""

    def _trails(self) -> None:
        """The weakest first, the lit one last, over edges that have stepped back."""
        trails = self.interaction.trails
        if not trails:
            return
        veil = QColor(self.theme.canvas)
        veil.setAlpha(_VEIL)
        self.painter.fillRect(QRectF(0, 0, self.layout.width, self.layout.height), veil)
        chosen = any(trail.lit for trail in trails)
        for trail in sorted(trails, key=lambda trail: (trail.lit, trail.share)):
            self._trail(trail, dim=chosen and not trail.lit)

    def _trail(self, trail: Trail, dim: bool) -> None:
        colour = QColor(self.theme.positive if trail.positive else self.theme.negative)
        if dim:
            colour = mix(self.theme.canvas, colour.name(), 0.35)
        width = _THIN + (_WIDE - _THIN) * trail.share
        scale = min(2.5, max(0.5, self.zoom)) * max(0.6, self.layout.em / 12.5)
        for begin, end, bent in self._stretches(trail.stops):
            if trail.lit:
                self._line(begin, end, bent, QColor(self.theme.accent), scale * (width + 4.0))
            self._line(begin, end, bent, colour, scale * width)
            self._arrow(begin, end, bent, colour, scale * (4.0 + width))

    def _line(self, begin: Point, end: Point, bent: float, colour: QColor, width: float) -> None:
        self.painter.setPen(stroke(colour, width))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        if not bent:
            self.painter.drawLine(QPointF(*begin), QPointF(*end))
            return
        path = QPainterPath(QPointF(*begin))
        path.quadTo(QPointF(*_bend(begin, end, bent)), QPointF(*end))
        self.painter.drawPath(path)

    def _arrow(self, begin: Point, end: Point, bent: float, colour: QColor, size: float) -> None:
        """A head in the middle of a stretch, pointing the way that values go."""
        along = np.subtract(end, begin)
        length = float(np.hypot(*along))
        if length < 2.5 * size:
            return
        middle = np.add(begin, end) / 2 if not bent else (
            np.add(begin, end) / 4 + np.array(_bend(begin, end, bent)) / 2)
        forward = along / length * size
        aside = np.array((-forward[1], forward[0])) * 0.7
        corners = (middle + forward, middle - 0.6 * forward + aside, middle - 0.6 * forward - aside)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        self.painter.drawPolygon(QPolygonF([QPointF(*corner.tolist()) for corner in corners]))

    def _stretches(self, stops: tuple[Element, ...]) -> Iterator[tuple[Point, Point, float]]:
        """Begin, end and bend of every stretch, in the widget's coordinates."""
        for stop, following in pairwise((*stops, None)):
            if isinstance(stop, Weight):
                x1, y1, x2, y2 = self.transform.lines(self._single(stop).lines)[0].tolist()
                yield (x1, y1), (x2, y2), 0.0
            elif isinstance(stop, Bias):
                biases = self.layout.biases[stop.layer - 1]
                if biases is not None and isinstance(following, Unit):
                    centre = biases.centres[min(stop.unit, len(biases.centres) - 1)]
                    target = self.layout.columns[following.layer].centres[following.unit]
                    yield self.transform.point(*centre.tolist()), self.transform.point(*target.tolist()), 0.0
            elif isinstance(stop, Unit) and isinstance(following, Unit) and stop.layer == following.layer:
                column = self.layout.columns[stop.layer]
                begin, end = (self.transform.point(*column.centres[unit.unit].tolist()) for unit in (stop, following))
                aside = (column.half_width + 0.4 * column.pitch) * self.zoom
                yield begin, end, 2.0 * aside
        if stops and isinstance(stops[-1], Unit):
            yield from self._to_loss(stops[-1])

    def _to_loss(self, unit: Unit) -> Iterator[tuple[Point, Point, float]]:
        """From an output to the loss, where the picture draws these lines."""
        lines, count = self.layout.loss_lines, len(self.layout.columns[-1].centres)
        for line in self.transform.lines(lines[unit.unit :: count]) if len(lines) else ():
            yield (line[0], line[1]), (line[2], line[3]), 0.0


def _bend(begin: Point, end: Point, aside: float) -> Point:
    """The control point of a curve that swings to the right of its column."""
    return (begin[0] + end[0]) / 2 + aside, (begin[1] + end[1]) / 2
