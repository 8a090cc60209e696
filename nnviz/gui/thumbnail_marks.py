"""Units drawn as images of their incoming weights: framed in the colour of their gradients, with a bar of their output.
"""

from __future__ import annotations

from math import isfinite

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor

from nnviz.gui import ink
from nnviz.gui.columns import ColumnLayout, Whole
from nnviz.gui.drawing import Column, TileKind
from nnviz.gui.ink import mix, stroke
from nnviz.gui.ribbons import ribbon_bins
from nnviz.gui.tile_marks import TileMarks
from nnviz.report.elements import Unit

BAR = 0.14                        # width of the bar of the output, as a share of the image's side


class ThumbnailMarks(TileMarks):
    """The part of a painting that stands on units with images of weights."""

    def paint_column(self, number: int, column: Column, place: ColumnLayout) -> None:
        self._frame_bins: Whole | None = None
        if column.tiles is not None and column.tiles.kind is TileKind.WEIGHTS:
            layer = self.drawing.connections[number - 1]
            self._frame_bins = ribbon_bins(layer, self.scale)[::layer.pieces]
            self._full = ink.value_scale(column.values, column.known)
            self._column = column
        super().paint_column(number, column, place)

    def _tile_frames(self, boxes: list[QRectF], colour: QColor) -> None:
        """Images of weights have frames of their own."""
        if self._frame_bins is None:
            super()._tile_frames(boxes, colour)

    def _tile_rings(self, element: Unit, box: QRectF) -> None:
        """Of weights: a frame in the colour of the ribbon, a slash through a dead unit, and a bar of the output."""
        bins = self._frame_bins
        if bins is None:
            super()._tile_rings(element, box)
            return
        dead = bool(self._column.dead[element.unit])
        wide = max(1.2, 0.05 * box.width())
        outline = stroke(QColor(self.theme.warning) if dead else self.colours[int(bins[element.unit])], wide)
        self.painter.setPen(outline)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRect(box.adjusted(-wide / 2, -wide / 2, wide / 2, wide / 2))
        if dead:
            self.painter.drawLine(QLineF(box.topLeft(), box.bottomRight()))
        super()._tile_rings(element, box)
        self._output_bar(element, box)

    def _output_bar(self, element: Unit, box: QRectF) -> None:
        """Right of the image: from the foot where positive, from the top where negative."""
        value, known = float(self._column.values[element.unit]), bool(self._column.known[element.unit])
        wide = max(2.0, BAR * box.width())
        track = QRectF(box.right() + 0.9 * wide, box.top(), wide, box.height())
        self.painter.fillRect(track, mix(self.theme.canvas, self.theme.line, 0.8))
        if not known:
            return
        if not isfinite(value):
            self.painter.fillRect(track, QColor(self.theme.warning))
            return
        high = track.height() * min(1.0, abs(value) / self._full)
        top = track.bottom() - high if value >= 0 else track.top()
        self.painter.fillRect(QRectF(track.left(), top, wide, high),
                              mix(self.theme.raised, self.theme.positive if value >= 0 else self.theme.negative, 0.85))
