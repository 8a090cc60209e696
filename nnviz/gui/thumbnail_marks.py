"""Units drawn as images of their incoming weights: framed in the colour of their gradients, with a bar of their output.
"""

from __future__ import annotations

from math import isfinite

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor

from nnviz.gui import ink
from nnviz.gui.bias_layout import CHARACTER, NOTE
from nnviz.gui.closeness import tells
from nnviz.gui.columns import ColumnLayout, Shape, Whole
from nnviz.gui.drawing import Array, Column, TileKind
from nnviz.gui.ink import mix, stroke
from nnviz.gui.node_marks import stated
from nnviz.gui.ribbons import ribbon_bins
from nnviz.gui.tile_marks import MOST_DIGITS, TileMarks
from nnviz.report.elements import Unit
from nnviz.report.numbers import short

BAR = 0.14                        # width of the bar of the output, as a share of the image's side
FRAME, FRAME_OF_GAP = 0.05, 0.2   # width of a frame, as a share of the image's side; and at most of the gap to the next
LINE = 1.32                       # height of a text with its plate, in sizes of its letters
WIDE = 22 * CHARACTER             # sizes of letters between two layers, half of which texts beside images may take
SMALL = 0.75                      # share of the usual size; where texts below would be smaller, they stand beside


class ThumbnailMarks(TileMarks):
    """The part of a painting that stands on units with images of weights."""

    def paint_column(self, number: int, column: Column, place: ColumnLayout) -> None:
        self._frame_bins: Whole | None = None
        if column.tiles is not None and column.tiles.kind is TileKind.WEIGHTS:
            layer = self.drawing.connections[number - 1]
            self._frame_bins = ribbon_bins(layer, self.scale)[::layer.pieces]
            self._full = ink.value_scale(column.values, column.known)
            self._column, self._place = column, place
            self._column_is_beside = self.captions_are_beside(number)
        super().paint_column(number, column, place)
        if self._frame_bins is not None and self._column_is_beside:
            self._captions_beside(number, column, place)

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
        wide = self._thickness(box.width(), self._place)
        outline = stroke(QColor(self.theme.warning) if dead else self.colours[int(bins[element.unit])], wide)
        self.painter.setPen(outline)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRect(box.adjusted(-wide / 2, -wide / 2, wide / 2, wide / 2))
        if dead:
            self.painter.drawLine(QLineF(box.topLeft(), box.bottomRight()))
        super()._tile_rings(element, box)
        self._output_bar(element, box)

    def _thickness(self, side: float, place: ColumnLayout) -> float:
        """How thick frames are: where one looks closer they leave room for the text between two images."""
        gap = place.below * self.zoom
        return max(1.2, min(FRAME * side, FRAME_OF_GAP * gap) if self.zoom > 1.0 else FRAME * side)

    def note_pixels(self, place: ColumnLayout) -> int:
        """The size of the text below images; it stands between the frames of two of them."""
        pixels = super().note_pixels(place)
        return pixels if self._frame_bins is None else self._between(place, pixels)

    def _between(self, place: ColumnLayout, pixels: float) -> int:
        frame = self._thickness(2 * place.half_width * self.zoom, place)
        return int(min(pixels, (place.below * self.zoom - 2 * frame) / LINE))

    def captions_are_beside(self, number: int) -> bool:
        """Whether texts stand right of the images of a layer: below they would be too small, and there is room."""
        column, place = self.drawing.columns[number], self.layout.columns[number]
        if self.options.preview or place.shape is not Shape.TILE or column.tiles is None or (
                column.tiles.kind is not TileKind.WEIGHTS) or number + 1 == len(self.layout.columns):
            return False              # right of the last layer stand its answers
        pixels, usual = self._caption_pixels(place), NOTE * self.em
        room = (self.layout.columns[number + 1].frame[0] - place.frame[2]) * self.zoom
        return (self._between(place, super().note_pixels(place)) < SMALL * usual and room > WIDE * pixels
                and tells("texts of a cell", self.zoom, pixels))

    def caption_boxes(self, number: int) -> Array:
        """What the texts beside the images of a layer take up on the screen, (units, 4)."""
        place = self.layout.columns[number]
        pixels, half = self._caption_pixels(place), place.half_width * self.zoom
        wide = WIDE * pixels / 4
        left = half * (1.0 + 4.0 * BAR) + 0.3 * pixels
        centres = place.centres * self.zoom + (self.transform.dx + left + wide, self.transform.dy)
        return np.column_stack([centres, np.tile([wide, LINE * pixels], (len(centres), 1))])

    def _caption_pixels(self, place: ColumnLayout) -> int:
        return int(min(NOTE * self.em, 0.8 * place.pitch * self.zoom))

    def _tile_texts(
        self, column: Column, place: ColumnLayout, seen: list[tuple[Unit, float, float]], half: float
    ) -> list[tuple[bool, tuple[float, float, str]]]:
        if self._frame_bins is None:
            return super()._tile_texts(column, place, seen, half)
        if self._column_is_beside:
            return []
        middle = half + place.below * self.zoom / 2      # of the gap, if the text does not stand closer to its image
        frame, pixels = self._thickness(2 * half, place), self.note_pixels(place)
        down = min(middle, half + frame + LINE * pixels / 2)
        places = {element.unit: y + down for element, _, y in seen}
        texts = super()._tile_texts(column, place, seen, half)
        return [(fine, (x, places[element.unit], line))
                for (element, _, _), (fine, (x, _, line)) in zip(seen, texts, strict=False)]

    def _captions_beside(self, number: int, column: Column, place: ColumnLayout) -> None:
        """Right of each image and its bar: name and value, and δ below where two lines have room."""
        pixels, half, theme = self._caption_pixels(place), place.half_width * self.zoom, self.theme
        two, digits = place.pitch * self.zoom > 2.05 * LINE * pixels, min(MOST_DIGITS, self.options.digits)
        columns = self.layout.columns
        room = (columns[number + 1].frame[0] - place.frame[2]) * self.zoom - 2.0 * BAR * 2 * half - 2.0 * pixels
        for unit, at in enumerate(place.centres.tolist()):
            x, y = self.transform.point(*at)
            if not self._in_sight(x, y, 6 * half):
                continue
            known, value = bool(column.known[unit]), float(column.values[unit])
            texts = (*stated(column, unit), column.names[unit], *((short(value, digits),) if known else ()))
            lines = ["  ".join(texts)]
            if two and column.delta_known[unit]:
                lines.append(f"δ {short(float(column.delta[unit]), digits)}")
                texts = (*texts, lines[-1])
            colour = ink.shade(theme.ink if not known or isfinite(value) else theme.warning)
            left = x + half * (1.0 + 4.0 * BAR) + 0.6 * pixels
            for row, line in enumerate(lines):
                told = ink.elided(line, pixels, room)
                ink.draw_on_plate(self.painter, left + ink.text_width(told, pixels) / 2,
                                  y + (row - (len(lines) - 1) / 2) * LINE * pixels, told, pixels, colour,
                                  ink.shade(theme.canvas))
            self.shown.add(Unit(number, unit), *texts)

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
