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
from nnviz.gui.columns import ColumnLayout, Shape
from nnviz.gui.drawing import Column, TileKind, Tiles
from nnviz.gui.ink import draw_on_plate, mix, stroke
from nnviz.gui.map_colours import map_pixels
from nnviz.gui.node_marks import NodeMarks
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
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
        for unit, (cx, cy) in enumerate(place.centres.tolist()):
            x, y = self.transform.point(cx, cy)
            if not self._in_sight(x, y, 3 * half):
                continue
            element, dead = Unit(number, unit), bool(column.dead[unit])
            box = QRectF(round(x - half), round(y - half), round(2 * half), round(2 * half))
            self.painter.drawImage(box, atlas, QRectF(0, top + unit * rows, columns, rows))
            self._tile_frame(element, box, dead)
            if dead:
                ink.draw_cross_out(self.painter, x, y, half, half, QColor(self.theme.warning), max(1.4, 0.07 * half))
            self._ports(unit, column, place)
            if written:
                self._tile_text(element, column, place, x, y + half, texts[unit], pixels, room)

    def _tile_frame(self, element: Unit, box: QRectF, dead: bool) -> None:
        """The outline of an image: what it is lit with, else a thin line."""
        light = self._light(element)
        painter, wide = self.painter, max(1.5, min(3.2, 0.24 * self.em))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(stroke(QColor(self.theme.warning) if dead else mix(self.theme.line, self.theme.ink, 0.5), 1.0))
        painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
        rings = [light] if light is not None else []
        if element == self.interaction.selected and element in self.drawing.active:
            rings = [QColor(self.theme.active), QColor(self.theme.accent)]
        for number, colour in enumerate(rings):
            grown = (0.5 + number) * wide + 1.0
            painter.setPen(stroke(colour, wide))
            painter.drawRect(box.adjusted(-grown, -grown, grown, grown))

    def _tile_texts(self, column: Column, room: float, pixels: int) -> list[tuple[str, ...]]:
        """What is written below each image: whether the unit is dead, its name, value and δ, as far as all have room.
        """
        units = range(len(column.names))
        most = min(MOST_DIGITS, self.options.digits)
        # the δ of all units go before digits do, down to three of them
        tries = ((digits, with_delta) for least, largest in ((min(3, most), most), (2, 2))
                 for with_delta in (True, False) for digits in range(largest, least - 1, -1))
        texts: list[tuple[str, ...]] = []
        for digits, with_delta in tries:
            texts = [(
                *((tr("dead"),) if column.dead[unit] else ()), column.names[unit],
                *((short(float(column.values[unit]), digits),) if column.known[unit] else ()),
                *((f"δ {short(float(column.delta[unit]), digits)}",)
                  if with_delta and column.delta_known[unit] else ()),
            ) for unit in units]
            if max(ink.text_width("  ".join(text), pixels) for text in texts) < room:
                break
        return texts

    def _tile_text(self, element: Unit, column: Column, place: ColumnLayout, x: float, foot: float,
                   texts: tuple[str, ...], pixels: int, room: float) -> None:
        line = ink.elided("  ".join(texts), pixels, room)
        fine = not column.known[element.unit] or isfinite(column.values[element.unit])
        y = foot + min(0.95 * pixels, 0.5 * place.below * self.zoom + 0.5)
        draw_on_plate(self.painter, x, y, line, pixels, QColor(self.theme.ink if fine else self.theme.warning),
                      QColor(self.theme.canvas))
        self.shown.add(element, *texts)
