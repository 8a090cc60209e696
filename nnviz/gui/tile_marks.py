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
from nnviz.gui.ink import mix, stroke
from nnviz.gui.map_colours import map_pixels
from nnviz.gui.node_marks import NodeMarks
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.elements import Unit
from nnviz.report.numbers import short

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
            self._tile_text(element, column, place, x, y + half)

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

    def _tile_text(self, element: Unit, column: Column, place: ColumnLayout, x: float, foot: float) -> None:
        """Below the image, as far as there is room: whether the unit is dead, its name, its value, its δ."""
        pixels = self.note_pixels(place)
        if self.options.preview or pixels < ink.LEAST_TEXT:
            return
        unit = element.unit
        value, known = float(column.values[unit]), bool(column.known[unit])
        room = min(place.room * self.zoom, max(2.9 * place.half_width * self.zoom, 9.0 * pixels))
        head = (*((tr("dead"),) if column.dead[unit] else ()), column.names[unit])
        # a δ goes before digits do, down to three of them
        tries = ((digits, with_delta) for least, most in ((3, self.options.digits), (2, 2))
                 for with_delta in (True, False) for digits in range(most, min(least, most) - 1, -1))
        texts = head
        for digits, with_delta in tries:
            written = (short(value, digits),) if known else ()
            has_delta = with_delta and bool(column.delta_known[unit])
            delta = ("δ " + short(float(column.delta[unit]), digits),) if has_delta else ()
            texts = (*head, *written, *delta)
            if ink.text_width("  ".join(texts), pixels) < room:
                break
        line = ink.elided("  ".join(texts), pixels, room)
        colour = QColor(self.theme.ink) if isfinite(value) or not known else QColor(self.theme.warning)
        ink.draw_on_plate(self.painter, x, foot + 0.95 * pixels, line, pixels, colour, QColor(self.theme.canvas))
        self.shown.add(element, *texts)
