"""Units drawn as square images: what each puts out over the plane of its inputs, or the weights that come into it.

All images of a column are one image to the painter, of which every unit shows its part.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from nnviz.gui import ink
from nnviz.gui.bias_layout import CHARACTER
from nnviz.gui.columns import ColumnLayout, Shape
from nnviz.gui.drawing import Column, TileKind, Tiles
from nnviz.gui.ink import mix, stroke
from nnviz.gui.map_colours import Pixels, image_of, map_pixels
from nnviz.gui.node_marks import NodeMarks, stated
from nnviz.gui.theme import Theme
from nnviz.report.elements import Unit
from nnviz.report.numbers import short

MOST_DIGITS = 4                   # of a value below its image, which says the rest
SHARP = 3.0                       # an image of weights enlarged so many times shows its pixels as squares


@lru_cache(maxsize=24)
def tile_sheet(tiles: Tiles, theme: Theme) -> tuple[QImage, Pixels]:
    """The images of a column below each other, each unit's below that of the one before; with the pixels, which the
    image does not keep.
    """
    units, rows, columns = tiles.images.shape
    pixels = map_pixels(tiles.images, *tiles.scale, tiles.flat, theme).reshape(units * rows, columns)
    return image_of(pixels), pixels


class TileMarks(NodeMarks):
    """The part of a painting that stands on units with images."""

    def paint_column(self, number: int, column: Column, place: ColumnLayout) -> None:
        if place.shape is Shape.TILE and column.tiles is not None:
            self._tiles(number, column, column.tiles, place)
        else:
            super().paint_column(number, column, place)

    def _tiles(self, number: int, column: Column, tiles: Tiles, place: ColumnLayout) -> None:
        half, (sheet, _) = place.half_width * self.zoom, tile_sheet(tiles, self.theme)
        enlarged = 2 * half / max(tiles.images.shape[1:])
        self.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform,
                                   tiles.kind is TileKind.OUTPUTS or enlarged < SHARP)
        seen = [(Unit(number, unit), x, y) for unit, (x, y) in
                enumerate(self.transform.point(*at) for at in place.centres.tolist()) if self._in_sight(x, y, 3 * half)]
        boxes = [QRectF(round(x - half), round(y - half), round(2 * half), round(2 * half)) for _, x, y in seen]
        outlines = [box.adjusted(-0.5, -0.5, 0.5, 0.5) for box in boxes]
        texts, dead = self._tile_texts(column, place, seen, half), column.dead.tolist()
        if self.unlit and tiles.kind is TileKind.OUTPUTS and place.pieces == 1 and not any(dead):
            for (element, _, _), box in zip(seen, boxes, strict=True):
                self._tile_image(sheet, tiles, element.unit, box)
            self._write(texts, place)
        else:                         # what is drawn around an image lies on the text above it, below its own text
            for at, (element, x, y) in enumerate(seen):
                self._tile_image(sheet, tiles, element.unit, boxes[at])
                self._tile_rings(element, outlines[at])
                if dead[element.unit]:
                    ink.draw_cross_out(self.painter, x, y, half, half, QColor(self.theme.warning),
                                       max(1.4, 0.07 * half))
                self._ports(element.unit, column, place)
                self._write(texts[at:at + 1], place)
        for is_dead, colour in ((False, mix(self.theme.line, self.theme.ink, 0.5)), (True, QColor(self.theme.warning))):
            self._tile_frames([outline for (element, _, _), outline in zip(seen, outlines, strict=True)
                               if dead[element.unit] == is_dead], colour)

    def _tile_image(self, sheet: QImage, tiles: Tiles, unit: int, box: QRectF) -> None:
        _, rows, columns = tiles.images.shape
        if self.options.raster:
            self.painter.drawImage(box, sheet, QRectF(0, unit * rows, columns, rows))
        else:                         # SVG knows no parts of images
            self.painter.drawImage(box, sheet.copy(0, unit * rows, columns, rows))

    def _tile_frames(self, boxes: list[QRectF], colour: QColor) -> None:
        """Thin outlines of images, all at once."""
        if boxes:
            self.painter.setBrush(Qt.BrushStyle.NoBrush)
            self.painter.setPen(stroke(colour, 1.0))
            self.painter.drawRects(boxes)

    def _tile_rings(self, element: Unit, box: QRectF) -> None:
        """What a lit image is lit with."""
        light = self._light(element)
        if light is None:
            return
        painter, wide = self.painter, max(1.5, min(3.2, 0.24 * self.em))
        both = element == self.interaction.selected and element in self.drawing.active
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number, colour in enumerate([QColor(self.theme.active), light] if both else [light]):
            grown = (0.5 + number) * wide + 0.5
            painter.setPen(stroke(colour, wide))
            painter.drawRect(box.adjusted(-grown, -grown, grown, grown))

    def _tile_texts(self, column: Column, place: ColumnLayout, seen: list[tuple[Unit, float, float]],
                    half: float) -> list[tuple[bool, tuple[float, float, str]]]:
        """What is written below the images that are seen: whether it is a number like others, its middle, the line."""
        pixels = self.note_pixels(place)
        if not seen or pixels < ink.LEAST_TEXT or self.options.preview:
            return []
        room = min(place.room * self.zoom, max(2.9 * place.half_width * self.zoom, 9.0 * pixels))
        told = self._tile_lines(column, [element.unit for element, _, _ in seen], room, pixels)
        down = half + min(0.95 * pixels, 0.5 * place.below * self.zoom + 0.5)
        fine = (~column.known | np.isfinite(column.values)).tolist()
        for (element, _, _), (texts, _) in zip(seen, told, strict=True):
            self.shown.add(element, *texts)
        return [(fine[element.unit], (x, y + down, line))
                for (element, x, y), (_, line) in zip(seen, told, strict=True)]

    def _write(self, texts: list[tuple[bool, tuple[float, float, str]]], place: ColumnLayout) -> None:
        for fine, colour in ((True, self.theme.ink), (False, self.theme.warning)):
            ink.draw_all_on_plates(self.painter, [text for is_fine, text in texts if is_fine == fine],
                                   self.note_pixels(place), ink.shade(colour), ink.shade(self.theme.canvas))

    def _tile_lines(
        self, column: Column, units: list[int], room: float, pixels: int
    ) -> list[tuple[tuple[str, ...], str]]:
        """What is told of each of the units, as far as there is room, and the line it makes: whether the unit is dead,
        its name, value and δ.

        All units of a column have the same of these, whatever their numbers are just now.
        """
        digit, names = CHARACTER * pixels, max(ink.text_width(name, pixels) for name in column.names)
        most = min(MOST_DIGITS, self.options.digits)
        with_delta = bool(column.delta_known.any()) and names + (2 * (min(3, most) + 3.0) + 2.0) * digit < room
        numbers = 2 if with_delta else 1
        digits = max(2, min(most, int((room - names - numbers * digit) / (numbers * digit) - 2.0)))
        values, deltas, known = column.values.tolist(), column.delta.tolist(), column.known.tolist()
        told: list[tuple[tuple[str, ...], str]] = []
        for unit in units:
            head: tuple[str, ...] = (*stated(column, unit), column.names[unit])
            for shown in range(digits, 0, -1):      # a long value gives up digits
                texts = head
                if known[unit]:
                    texts = (*texts, short(values[unit], shown))
                if with_delta and column.delta_known[unit]:
                    texts = (*texts, f"δ {short(deltas[unit], shown)}")
                line = "  ".join(texts)
                if ink.text_width(line, pixels) < room:
                    break
            else:
                line = ink.elided(line, pixels, room)
            told.append((texts, line))
        return told
