"""What is drawn of the decision surface: the map, where it changes sides, the examples on it, its axes and its legend.

Whichever unit the pointer is on has its own map there instead, large enough to be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, isfinite, nan, pi

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from nnviz.gui import ink
from nnviz.gui.class_marks import FORMS, NO, SIDE_FORMS, YES, class_colour, draw_form
from nnviz.gui.contours import contour_lines, ticks
from nnviz.gui.drawing import Array, Tiles
from nnviz.gui.edges import draw_lines
from nnviz.gui.ink import Anchor, draw_text, mix, stroke
from nnviz.gui.legend import draw_map_bar
from nnviz.gui.map_colours import image_of, map_colour, map_pixels
from nnviz.gui.plane_drawing import PlaneDrawing, PlanePoints
from nnviz.gui.plane_layout import MOST_ROWS, NAMES, PlaneLayout, classes_a_row
from nnviz.gui.theme import Theme
from nnviz.gui.tile_marks import tile_sheet
from nnviz.gui.trail_marks import TrailMarks
from nnviz.gui.translation import tr
from nnviz.report.elements import Unit
from nnviz.report.fields import Meaning, strongest_classes
from nnviz.report.numbers import short

FINE = 4                          # a discretised map has so many pixels for each of its cells, along a side
WEAKEST_LEAD, FLAT_LEAD = 0.22, 0.8   # how strong the colour of a class is where it hardly leads; and discretised
BARS = (0.38, 0.28, 0.2)          # shares of the surface's width that the bar of its colours may have
BAR_GAP = 0.08                    # and of the room beside it
MANY = 200                        # points; fewer have larger marks
LEAST_MARK, LEAST_OF_CARD = 2.5, 1.6   # pixels that the form of a mark, its rim and a ring need; a card has mere dots
MOST_COVERED = 0.5                # share of a small surface that its points may take


@dataclass(frozen=True)
class _Look:
    """Whose targets the points show: those of one output, or the classes."""

    meaning: Meaning
    output: int
    low: float
    middle: float
    high: float


class PlaneMarks(TrailMarks):
    """The part of a painting that shows the decision surface."""

    def _plane(self) -> None:
        place, drawing = self.layout.plane, self.drawing.plane
        if place is None or drawing is None:
            return
        left, top = (round(along) for along in self.transform.point(place.left, place.top))
        side = round(place.side * self.zoom)
        if not self._in_sight(left + side / 2, top + side / 2, side):
            return
        box, tiles, unit = QRectF(left, top, side, side), self.drawing.columns[-1].tiles, self._unit_shown()
        if unit is not None:
            tiles = self.drawing.columns[unit.layer].tiles
        by_class = drawing.outputs is not None and unit is None
        self.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if by_class:
            self.painter.drawImage(box, _class_image(drawing, self.theme))
        elif tiles is not None:
            self._map(tiles, 0 if unit is None else unit.unit, box)
        self._borders(drawing, tiles, unit, box)
        self._points(drawing, unit, box)
        self._example(drawing, box)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        lit = None if unit is None else self._light(unit)
        self.painter.setPen(stroke(lit or mix(self.theme.line, self.theme.ink, 0.5), 1.0 if lit is None else 2.0))
        self.painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
        if place.framed:
            self._plane_title(drawing, tiles, unit, box)
            self._framing(drawing, place, tiles, unit, box)

    def _map(self, tiles: Tiles, unit: int, box: QRectF) -> None:
        """The map of a unit, from the image that small ones are drawn from too, unless it has to be finer."""
        if tiles.flat:
            self.painter.drawImage(box, _flat_image(tiles, unit, self.theme))
        else:
            self._tile_image(tile_sheet(tiles, self.theme)[0], tiles, unit, box)

    def _unit_shown(self) -> Unit | None:
        """The unit that the pointer is on, where it has a map."""
        lit = self.interaction.hovered
        if isinstance(lit, Unit) and self.drawing.columns[lit.layer].tiles is not None:
            return lit
        return None

    def _look(self, drawing: PlaneDrawing, unit: Unit | None) -> _Look:
        tiles = self.drawing.columns[-1].tiles
        scale = (0.0, 0.5, 1.0) if tiles is None else tiles.scale
        if drawing.outputs is not None:
            return _Look("classes", 0, *scale)
        output = unit.unit if unit is not None and unit.layer == len(self.drawing.columns) - 1 else 0
        return _Look(drawing.meaning, output, *scale)

    def _borders(self, drawing: PlaneDrawing, tiles: Tiles | None, unit: Unit | None, box: QRectF) -> None:
        """Where the map passes its middle, or another class takes the lead."""
        found = _class_borders(drawing) if drawing.outputs is not None and unit is None else (
            None if tiles is None else _border(tiles, 0 if unit is None else unit.unit))
        if found is None or not len(found):
            return
        colour = QColor(self.theme.ink)
        colour.setAlphaF(0.75)
        self.painter.setPen(stroke(colour, max(1.0, 0.1 * self.em)))
        lines = found * box.width() + (box.left(), box.top(), box.left(), box.top())
        draw_lines(self.painter, np.ascontiguousarray(lines))

    def _points(self, drawing: PlaneDrawing, unit: Unit | None, box: QRectF) -> None:
        look, count = self._look(drawing, unit), len(drawing.points.places)
        radius = radius_of(box.width(), count, LEAST_OF_CARD if self.options.preview else LEAST_MARK)
        if not self.options.raster or box.width() * self.options.ratio > LARGEST_STAMP:
            self.painter.save()
            self.painter.translate(box.topLeft())
            _draw_points(self.painter, drawing.points, look, box.width(), radius, self.theme)
            self.painter.restore()
            return
        stamp = _points_stamp(drawing.points, look, box.width(), radius, self.theme, self.options.ratio)
        self.painter.drawPixmap(QPointF(box.left() - STAMP_RIM, box.top() - STAMP_RIM), stamp)

    def _example(self, drawing: PlaneDrawing, box: QRectF) -> None:
        """The example that is shown: a ring, and lines to both axes."""
        if drawing.shown is None or self.options.preview:
            return
        across, down = drawing.plane.shares(np.array([drawing.shown]))[0].tolist()
        if not (0.0 <= across <= 1.0 and 0.0 <= down <= 1.0):
            return
        x, y, painter = box.left() + across * box.width(), box.top() + down * box.height(), self.painter
        reach = 2.0 * radius_of(box.width(), len(drawing.points.places)) + 1.0
        ink_colour = QColor(self.theme.ink)
        ink_colour.setAlphaF(0.55)
        painter.setPen(stroke(ink_colour, 1.0))
        painter.drawLine(QLineF(box.left(), y, x - reach, y))
        painter.drawLine(QLineF(x, box.bottom(), x, y + reach))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, wide in ((self.theme.canvas, 4.5), (self.theme.ink, 2.0)):
            painter.setPen(stroke(QColor(colour), wide))
            painter.drawEllipse(QPointF(x, y), reach, reach)

    def _plane_title(self, drawing: PlaneDrawing, tiles: Tiles | None, unit: Unit | None, box: QRectF) -> None:
        """Whose map it is, and from where to where its numbers go."""
        last = self.drawing.columns[-1]
        if unit is not None:
            column = self.drawing.columns[unit.layer]
            title = f"{column.title} · {column.names[unit.unit]}"
        elif drawing.outputs is not None:
            title = tr("decision surface")
        else:
            title = f"{last.names[0]} · {tr('decision surface' if drawing.meaning == 'sides' else 'surface')}"
        size, small, y = int(0.98 * self.em), int(0.84 * self.em), box.top() - 0.95 * self.em
        extent = ""
        if tiles is not None and (unit is not None or drawing.outputs is None):
            values = tiles.images[0 if unit is None else unit.unit]
            low, high = float(values.min()), float(values.max())
            if not (isfinite(low) and isfinite(high)):
                finite = values[np.isfinite(values)]
                low, high = (float(finite.min()), float(finite.max())) if finite.size else (nan, nan)
            if isfinite(low):
                extent = tr("from {low} to {high}").format(low=short(low, 3),
                                                           high=short(high, 3))
        elif drawing.outputs is not None:
            extent = tr("class of the largest output")
        wide = ink.text_width(extent, small) + 1.0 * self.em
        title = ink.elided(title, size, box.width(), True)
        draw_text(self.painter, box.left(), y, title, size, QColor(self.theme.ink), Anchor.LEFT, True)
        if extent and ink.text_width(title, size, True) + wide < box.width():
            draw_text(self.painter, box.right(), y, extent, small, QColor(self.theme.muted), Anchor.RIGHT)
        self.shown.plane = (title, extent)

    def _framing(
        self, drawing: PlaneDrawing, place: PlaneLayout, tiles: Tiles | None, unit: Unit | None, box: QRectF
    ) -> None:
        """Axes and legend: on pixels a stamp, which is kept while nothing in it changes."""
        if not self.options.raster or box.width() * self.options.ratio > LARGEST_STAMP:
            self._axes(drawing, box)
            self._plane_legend(drawing, place, tiles, unit, box)
            return
        rim, ratio = NAMES * self.em, self.options.ratio
        width, height = box.width() + 2 * rim, box.height() + (place.foot - place.bottom) * self.zoom + self.em
        key = (drawing.plane, drawing.names, drawing.meaning, drawing.classes, bool(drawing.points.test.any()), place,
               None if tiles is None else (tiles.scale, tiles.flat), box.width(), self.em, self.theme, ratio,
               self._look(drawing, unit), tr("training"), tr("‹target› {value}"))
        stamp = _FRAMINGS.get(key)
        if stamp is None:
            stamp = QPixmap(ceil(width * ratio), ceil(height * ratio))
            stamp.setDevicePixelRatio(ratio)
            stamp.fill(Qt.GlobalColor.transparent)
            painter, self.painter = self.painter, QPainter(stamp)
            try:
                self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self.painter.translate(rim - box.left(), -box.top())
                self._axes(drawing, box)
                self._plane_legend(drawing, place, tiles, unit, box)
            finally:
                self.painter.end()
                self.painter = painter
            if len(_FRAMINGS) >= FRAMINGS_KEPT:
                del _FRAMINGS[next(iter(_FRAMINGS))]
            _FRAMINGS[key] = stamp
        self.painter.drawPixmap(QPointF(box.left() - rim, box.top()), stamp)

    def _axes(self, drawing: PlaneDrawing, box: QRectF) -> None:
        """Numbers along both axes, and the names of the inputs at their ends."""
        painter, small, muted = self.painter, int(0.8 * self.em), QColor(self.theme.muted)
        foot, names = box.bottom() + 0.85 * self.em, [ink.elided(name, small, 0.4 * box.width())
                                                     for name in drawing.names]
        free = box.right() - ink.text_width(names[0], small) - 0.6 * self.em
        draw_text(painter, box.right(), foot, names[0], small, QColor(self.theme.ink), Anchor.RIGHT)
        head = ink.elided(names[1], small, 2.6 * self.em)
        draw_text(painter, box.left() - 0.45 * self.em, box.top() + 0.4 * self.em, head, small,
                  QColor(self.theme.ink), Anchor.RIGHT)
        for value in ticks(*drawing.plane.x, 6):
            x = box.left() + (value - drawing.plane.x[0]) / (drawing.plane.x[1] - drawing.plane.x[0]) * box.width()
            text = short(value, 3)
            painter.setPen(stroke(muted, 1.0))
            painter.drawLine(QLineF(x, box.bottom() + 1, x, box.bottom() + 0.25 * self.em))
            if x + ink.text_width(text, small) / 2 < free:
                draw_text(painter, x, foot, text, small, muted)
        for value in ticks(*drawing.plane.y, 6):
            y = box.top() + (drawing.plane.y[1] - value) / (drawing.plane.y[1] - drawing.plane.y[0]) * box.height()
            painter.setPen(stroke(muted, 1.0))
            painter.drawLine(QLineF(box.left() - 0.25 * self.em, y, box.left() - 1, y))
            if y > box.top() + 1.3 * self.em:
                text = ink.elided(short(value, 3), small, 2.6 * self.em)
                draw_text(painter, box.left() - 0.45 * self.em, y, text, small, muted, Anchor.RIGHT)

    def _plane_legend(
        self, drawing: PlaneDrawing, place: PlaneLayout, tiles: Tiles | None, unit: Unit | None, box: QRectF
    ) -> None:
        """What colours and marks mean."""
        _, top = self.transform.point(0.0, place.legend)
        top += 0.4 * self.em
        x, small = box.left(), int(0.8 * self.em)
        kinds = [(tr("training"), False)] + ([(tr("test"), True)] if drawing.points.test.any() else [])
        if drawing.classes:
            self._class_legend(drawing, box, top, small, kinds)
            return
        look = self._look(drawing, unit)
        marks = [(tr("‹target› {value}").format(value=short(value, 3)), short(value, 3)) for value in
                 (look.high, look.low)] if drawing.meaning == "sides" else []
        fitting = self._fitting(marks, kinds, box.width(), small)
        bar, columns, is_brief = fitting or (BARS[-1], (0.0, 0.0), True)
        if tiles is not None and bar:
            draw_map_bar(self.painter, self.theme, tiles.scale, self.em, (x, top), bar * box.width(), small,
                         tiles.flat)
        x += bar * box.width() + (BAR_GAP * box.width() if bar else 0.0)
        # what is left over goes to both columns alike
        spare = (box.right() - x - sum(columns)) / 2
        first = columns[0] + spare
        places = ((x, first), (x + first, columns[1] + spare))
        for number, (text, brief) in enumerate(marks):
            at, room = places[number]
            self._entry(at, top + 0.3 * self.em, map_colour(self.theme, (YES, NO)[number]),
                        SIDE_FORMS[1 - number], False, brief if is_brief else text, small, room)
        if not marks:
            text = tr("points: their ‹target›")
            draw_text(self.painter, x, top + 0.3 * self.em, ink.elided(text, small, box.right() - x), small,
                      QColor(self.theme.muted), Anchor.LEFT)
        for number, (text, ring) in enumerate(kinds):
            at, room = places[number]
            self._entry(at, top + 1.6 * self.em, QColor(self.theme.muted), 0, ring, text, small, room)

    def _fitting(
        self, marks: list[tuple[str, str]], kinds: list[tuple[str, bool]], width: float, small: int
    ) -> tuple[float, tuple[float, float], bool] | None:
        """The share of the width that the bar of colours may have, the widths of the two columns of marks beside it,
        and whether these are told in short; None where not even that has room.

        Where the marks name both ends of the bar, it goes before a word is cut off.
        """
        for bars in ((*BARS,), (0.0,) if marks else ()):
            for is_brief in (False, True):
                columns = [0.0, 0.0]
                for texts in ([brief if is_brief else text for text, brief in marks], [text for text, _ in kinds]):
                    for place, text in enumerate(texts):
                        columns[place] = max(columns[place], ink.text_width(text, small) + 1.6 * self.em)
                for bar in bars:
                    room = (1.0 - bar - (BAR_GAP if bar else 0.0)) * width
                    if 2.0 * max(columns) <= room:
                        return bar, (room / 2, room / 2), is_brief
                    if bar in (0.0, BARS[-1]) and sum(columns) <= room:
                        return bar, (columns[0], columns[1]), is_brief
        return None

    def _class_legend(
        self, drawing: PlaneDrawing, box: QRectF, top: float, small: int, kinds: list[tuple[str, bool]]
    ) -> None:
        a_row = classes_a_row(drawing)
        room, shown = box.width() / a_row, min(len(drawing.classes), MOST_ROWS * a_row)
        for number, name in enumerate(drawing.classes[:shown]):
            row, place = divmod(number, a_row)
            self._entry(box.left() + place * room, top + row * 1.5 * self.em + 0.3 * self.em, class_colour(number),
                        number % len(FORMS), False, name, small, room)
        row = -(-shown // a_row)
        for place, (text, ring) in enumerate(kinds):
            self._entry(box.left() + place * room, top + row * 1.5 * self.em + 0.3 * self.em,
                        QColor(self.theme.muted), 0, ring, text, small, room)

    def _entry(self, x: float, y: float, colour: QColor, form: int, ring: bool, text: str, size: int,
               room: float) -> None:
        """A mark and what it means."""
        draw_form(self.painter, QPointF(x + 0.5 * self.em, y), 0.36 * self.em, form, colour, not ring)
        draw_text(self.painter, x + 1.25 * self.em, y, ink.elided(text, size, room - 1.4 * self.em), size,
                  QColor(self.theme.muted), Anchor.LEFT)


FRAMINGS_KEPT = 4                 # stamps
LARGEST_STAMP = 1200.0            # pixels; what is larger, zoomed in, is painted anew
_FRAMINGS: dict[object, QPixmap] = {}
STAMP_RIM = 12                    # pixels around the plane that a mark may reach over


def radius_of(side: float, count: int, least: float = LEAST_MARK) -> float:
    """The radius of the marks of so many points; few ones are larger."""
    return min(9.0, max(least, 0.0098 * side * min(2.0, max(1.0, (MANY / max(count, 1)) ** 0.25))))


def points_shown(points: PlanePoints, side: float, radius: float) -> PlanePoints:
    """Those that a surface of such a side has room for: every so-many-th of training and of test alike.

    A trained surface has the colours of its points, and is seen only between them.
    """
    most = max(1, int(MOST_COVERED * side * side / (pi * radius * radius)))
    count = len(points.places)
    if count <= most or radius < LEAST_MARK:
        return points
    chosen = np.linspace(0, count - 1, most).astype(np.intp)
    return PlanePoints(points.places[chosen], points.targets[chosen], points.test[chosen],
                       points.left_out + count - most)


@lru_cache(maxsize=6)
def _flat_image(tiles: Tiles, unit: int, theme: Theme) -> QImage:
    """A discretised map: its border is too fine for the cells of the small ones."""
    pixels = map_pixels(_finer(tiles.images[unit]), *tiles.scale, True, theme)
    return image_of(np.ascontiguousarray(pixels)).copy()


@lru_cache(maxsize=3)
def _class_image(drawing: PlaneDrawing, theme: Theme) -> QImage:
    """The colour of the class with the largest output, stronger where it leads by more."""
    assert drawing.outputs is not None
    outputs = np.stack([_finer(output) for output in drawing.outputs]) if drawing.flat else drawing.outputs
    winners, leads = strongest_classes(outputs)
    known = ~np.isnan(winners)
    shares = np.full(leads.shape, FLAT_LEAD) if drawing.flat else (
        WEAKEST_LEAD + (1.0 - WEAKEST_LEAD) * np.clip(np.nan_to_num(leads), 0.0, 1.0))
    colours = np.array([_rgb(class_colour(number)) for number in range(len(outputs))])
    canvas = np.array(_rgb(QColor(theme.canvas)))
    rgb = canvas + (colours[np.nan_to_num(winners).astype(np.intp)] - canvas) * shares[..., None]
    rgb = np.where(known[..., None], rgb, _rgb(QColor(theme.raised))).round().astype(np.uint32)
    pixels = np.asarray(0xFF000000 | (rgb[..., 0] << 16) | (rgb[..., 1] << 8) | rgb[..., 2], dtype=np.uint32)
    return image_of(pixels).copy()


def _rgb(colour: QColor) -> tuple[float, float, float]:
    return float(colour.red()), float(colour.green()), float(colour.blue())


def _finer(values: Array) -> Array:
    """A map with more cells, so that the steps of a discretised one are too small to be seen."""
    if not np.isfinite(values).all():
        return values.repeat(FINE, axis=0).repeat(FINE, axis=1)
    count = len(values)
    places = np.clip((np.arange(FINE * count) + 0.5) / FINE - 0.5, 0.0, count - 1.0)
    low = np.minimum(places.astype(np.intp), count - 2)
    share = (places - low)[:, None]
    tall = values[low] * (1.0 - share) + values[low + 1] * share
    return np.asarray((tall.T[low] * (1.0 - share) + tall.T[low + 1] * share).T)


@lru_cache(maxsize=8)
def _border(tiles: Tiles, unit: int) -> Array:
    """Where a map passes its middle: lines (n, 4) in shares of the plane."""
    return _as_shares(contour_lines(tiles.images[unit], tiles.middle), len(tiles.images[unit]))


@lru_cache(maxsize=3)
def _class_borders(drawing: PlaneDrawing) -> Array:
    """Where one class takes the lead from another."""
    outputs = drawing.outputs
    assert outputs is not None
    if len(outputs) < 2:
        return np.empty((0, 4))
    lines = []
    for number, output in enumerate(outputs):
        with np.errstate(invalid="ignore"):      # infinite ones
            lead = output - np.delete(outputs, number, axis=0).max(axis=0)
        if (lead > 0.0).any():
            lines.append(contour_lines(lead, 0.0))
    return _as_shares(np.concatenate(lines) if lines else np.empty((0, 4)), outputs.shape[1])


def _as_shares(lines: Array, count: int) -> Array:
    return np.asarray((lines + 0.5) / count)


@lru_cache(maxsize=4)
def _points_stamp(points: PlanePoints, look: _Look, side: float, radius: float, theme: Theme, ratio: float) -> QPixmap:
    """All points drawn once, on transparent ground: they stay while everything else changes."""
    whole = round((side + 2 * STAMP_RIM) * ratio)
    stamp = QPixmap(whole, whole)
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    painter = QPainter(stamp)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(STAMP_RIM, STAMP_RIM)
        _draw_points(painter, points, look, side, radius, theme)
    finally:
        painter.end()
    return stamp


def _draw_points(
    painter: QPainter, points: PlanePoints, look: _Look, side: float, radius: float, theme: Theme
) -> None:
    points = points_shown(points, side, radius)
    colours, forms = _marks_of(points, look, theme)
    for (across, down), colour, form, ring in zip(points.places.tolist(), colours, forms, points.test.tolist(),
                                                  strict=True):
        draw_form(painter, QPointF(across * side, down * side), radius, form, colour, not ring)


def _marks_of(points: PlanePoints, look: _Look, theme: Theme) -> tuple[list[QColor], list[int]]:
    """The colour and the form of every point."""
    if look.meaning == "classes":
        classes = points.targets.argmax(axis=1).tolist()
        return [class_colour(number) for number in classes], [number % len(FORMS) for number in classes]
    targets = points.targets[:, min(look.output, points.targets.shape[1] - 1)]
    if look.meaning == "sides":
        yes = (targets >= look.middle).tolist()
        return [map_colour(theme, YES if is_yes else NO) for is_yes in yes], [SIDE_FORMS[is_yes] for is_yes in yes]
    spans = (look.low, look.middle, look.high)
    colours = [QColor.fromRgb(int(pixel)) for pixel in map_pixels(targets, *spans, False, theme)]
    return colours, [0] * len(colours)
