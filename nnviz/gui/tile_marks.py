"""Units drawn as square images: what each puts out over the plane of its inputs, or the weights that come into it.

All images of a picture are one image to the painter, of which every unit shows its part.
"""

from __future__ import annotations

from functools import lru_cache
from math import isfinite

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from nnviz.gui import ink
from nnviz.gui.bias_layout import CHARACTER
from nnviz.gui.columns import ColumnLayout, Shape
from nnviz.gui.drawing import Column, TileKind, Tiles
from nnviz.gui.ink import draw_on_plate, mix, stroke
from nnviz.gui.map_colours import map_pixels
from nnviz.gui.node_marks import NodeMarks, stated
from nnviz.gui.theme import Theme
from nnviz.report.elements import Unit
from nnviz.report.numbers import short

MOST_DIGITS = 4                   # of a value below its image, which says the rest
SHARP = 3.0                       # an image of weights enlarged so many times shows its pixels as squares


@lru_cache(maxsize=6)
def tile_atlas(tiles: tuple[Tiles, ...], theme: Theme) -> QImage:
    """The images of several columns below each other, each unit's below that of the one before."""
    wide = max(one.images.shape[2] for one in tiles)
    pixels = np.zeros((sum(one.images.shape[0] * one.images.shape[1] for one in tiles), wide), dtype=np.uint32)
    top = 0
    for one in tiles:
        units, rows, columns = one.images.shape
        found = map_pixels(one.images, *one.scale, one.flat, theme)
        pixels[top:top + units * rows, :columns] = found.reshape(-1, columns)
        top += units * rows
    return QImage(pixels.data, wide, len(pixels), 4 * wide, QImage.Format.Format_RGB32).copy()


class TileMarks(NodeMarks):
    """The part of a painting that stands on units with images."""

    def paint_column(self, number: int, column: Column, place: ColumnLayout) -> None:
        if place.shape is Shape.TILE and column.tiles is not None:
            self._tiles(number, column, column.tiles, place)
        else:
            super().paint_column(number, column, place)

    def _tiles(self, number: int, column: Column, tiles: Tiles, place: ColumnLayout) -> None:
        every = tuple(one.tiles for one in self.drawing.columns if one.tiles is not None)
        atlas = tile_atlas(every, self.theme)
        top = sum(one.images.shape[0] * one.images.shape[1] for one in every[:every.index(tiles)])
        _, rows, columns = tiles.images.shape
        half = place.half_width * self.zoom
        enlarged = 2 * half / max(rows, columns)
        self.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform,
                                   tiles.kind is TileKind.OUTPUTS or enlarged < SHARP)
        pixels = self.note_pixels(place)
        written = pixels >= ink.LEAST_TEXT and not self.options.preview
        room = min(place.room * self.zoom, max(2.9 * place.half_width * self.zoom, 9.0 * pixels))
        texts = self._tile_texts(column, room, pixels) if written else []
        outlines: dict[bool, list[QRectF]] = {False: [], True: []}
        for unit, (cx, cy) in enumerate(place.centres.tolist()):
            x, y = self.transform.point(cx, cy)
            if not self._in_sight(x, y, 3 * half):
                continue
            element, dead = Unit(number, unit), bool(column.dead[unit])
            box = QRectF(round(x - half), round(y - half), round(2 * half), round(2 * half))
            if self.options.raster:
                self.painter.drawImage(box, atlas, QRectF(0, top + unit * rows, columns, rows))
            else:                     # SVG knows no parts of images
                self.painter.drawImage(box, atlas.copy(0, top + unit * rows, columns, rows))
            outlines[dead].append(box.adjusted(-0.5, -0.5, 0.5, 0.5))
            self._tile_rings(element, outlines[dead][-1])
            if dead:
                ink.draw_cross_out(self.painter, x, y, half, half, QColor(self.theme.warning), max(1.4, 0.07 * half))
            self._ports(unit, column, place)
            if written:
                self._tile_text(element, column, place, x, y + half, texts[unit], pixels, room)
        self._tile_frames(outlines[False], mix(self.theme.line, self.theme.ink, 0.5))
        self._tile_frames(outlines[True], QColor(self.theme.warning))

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

    def _tile_texts(self, column: Column, room: float, pixels: int) -> list[tuple[str, ...]]:
        """What is written below each image: whether the unit is dead, its name, value and δ, as far as there is room.

        All units of a column have the same of these, whatever their numbers are just now.
        """
        digit, names = CHARACTER * pixels, max(ink.text_width(name, pixels) for name in column.names)
        most = min(MOST_DIGITS, self.options.digits)
        with_delta = bool(column.delta_known.any()) and names + (2 * (min(3, most) + 3.0) + 2.0) * digit < room
        numbers = 2 if with_delta else 1
        digits = max(2, min(most, int((room - names - numbers * digit) / (numbers * digit) - 2.0)))
        texts: list[tuple[str, ...]] = []
        for unit, name in enumerate(column.names):
            head: tuple[str, ...] = (*stated(column, unit), name)
            for shown in range(digits, 0, -1):      # a long value gives up digits
                text = head
                if column.known[unit]:
                    text = (*text, short(float(column.values[unit]), shown))
                if with_delta and column.delta_known[unit]:
                    text = (*text, f"δ {short(float(column.delta[unit]), shown)}")
                if ink.text_width("  ".join(text), pixels) < room:
                    break
            texts.append(text)
        return texts

    def _tile_text(self, element: Unit, column: Column, place: ColumnLayout, x: float, foot: float,
                   texts: tuple[str, ...], pixels: int, room: float) -> None:
        line = ink.elided("  ".join(texts), pixels, room)
        fine = not column.known[element.unit] or isfinite(column.values[element.unit])
        y = foot + min(0.95 * pixels, 0.5 * place.below * self.zoom + 0.5)
        draw_on_plate(self.painter, x, y, line, pixels, ink.shade(self.theme.ink if fine else self.theme.warning),
                      ink.shade(self.theme.canvas))
        self.shown.add(element, *texts)
