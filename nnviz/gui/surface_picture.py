"""The map of a surface with the paths on it: axes, contour lines, where training stands, and where it goes next.

`paint_surface` is a pure function of what it is given; the window, a gallery card and an exported file show the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.gui import ink
from nnviz.gui.contours import Array, ticks
from nnviz.gui.edges import draw_lines
from nnviz.gui.ink import Anchor, draw_text, mix, text_width
from nnviz.gui.relief import Relief, relief_of, shade
from nnviz.gui.scene import PictureOptions
from nnviz.gui.surface_drawing import Extent, Place, SurfaceDrawing, Trail
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.numbers import MINUS, count, short, typeset

EM = 12.5                # pixels that text is high
FAR = 20_000.0           # pixels beyond which nothing is drawn
APART = 1.5              # pixels: places of a path that are closer are drawn as one
MOST_DRAWN = 3000        # places of a path that are drawn; of more that can be told apart some are left out
FIRST, NEWEST = 200, 500  # lines of a tangle that are drawn
MOST_DASHES = 5000       # of a path; a longer one is drawn through
LONGEST_FINE = 12_000.0  # pixels of a path that is drawn finely; a longer one is a tangle
DOTS = 300               # of a path; of a longer one the newest
ARROW = 4.2              # lengths of text that the arrow of the gradient is long
MOST_COVERED = 0.2       # share of the map that the legend may cover
#: What the legend leaves out, one after the other, where it would cover more: paths and notes about them stay.
LEFT_OUT = ((), ("start",), ("gradient", "update"))
LEAST_ARROW = 3.0        # pixels; an update that is shorter is seen by the path alone
PLAIN = PictureOptions()
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class TrailStyle:
    """How the path of an optimiser is told from others, also without colours: by its dashes and the mark at its end."""

    light: str
    dark: str
    dashes: tuple[float, ...]
    corners: int                   # of the mark
    turned: float                  # degrees


_STYLES = (
    TrailStyle("#a11d16", "#ff8a80", (5.0, 2.5), 4, 45.0),
    TrailStyle("#0b4f9c", "#82b1ff", (9.0, 3.0), 3, -90.0),
    TrailStyle("#6d2380", "#e3a8f7", (2.0, 2.0), 4, 0.0),
    TrailStyle("#00574b", "#64e0d0", (7.0, 2.0, 2.0, 2.0), 5, -90.0),
    TrailStyle("#7a4100", "#ffc078", (3.0, 3.0), 3, 90.0),
    TrailStyle("#ad1457", "#ff85b8", (12.0, 3.0), 6, 0.0),
    TrailStyle("#2f5d18", "#b9e986", (9.0, 2.0, 2.0, 2.0, 2.0, 2.0), 3, 0.0),
    TrailStyle("#37474f", "#cfd8dc", (1.5, 3.0), 3, 180.0),
    TrailStyle("#4527a0", "#b8a1ff", (5.0, 5.0), 8, 22.5),
)
#: The look of each optimiser's path, wherever it is compared.
TRAIL_STYLES: Mapping[str, TrailStyle] = {
    name: _STYLES[number % len(_STYLES)] for number, name in enumerate(OPTIMISERS)
}


@dataclass(frozen=True)
class Frame:
    """Where everything stands in a picture of `width` × `height` pixels: the map in the middle shows `extent`."""

    width: float
    height: float
    em: float
    map: QRectF
    extent: Extent

    def pixels(self, places: Array) -> Array:
        """Places (n, 2) of the surface as pixels of the picture."""
        across, up = self.map.width() / self.extent.width, self.map.height() / self.extent.height
        corner = np.array([self.extent.x[0], self.extent.y[0]])
        with np.errstate(all="ignore"):      # a path may lead anywhere
            return np.asarray((places - corner) * (across, -up) + np.array([self.map.left(), self.map.bottom()]))

    def pixel(self, place: Place) -> QPointF:
        pixels = np.nan_to_num(self.pixels(np.array([place])), nan=-FAR)      # what is no number lies far away
        x, y = np.clip(pixels, -FAR, FAR)[0].tolist()
        return QPointF(x, y)

    def place(self, x: float, y: float) -> Place:
        """The place of the surface at a pixel."""
        return (self.extent.x[0] + (x - self.map.left()) / self.map.width() * self.extent.width,
                self.extent.y[0] + (self.map.bottom() - y) / self.map.height() * self.extent.height)


@dataclass
class SurfaceShown:
    """Every string that a painting wrote, so that tests read the numbers on screen back."""

    formula: str = ""
    caption: str = ""
    readout: str = ""
    across: tuple[str, ...] = ()
    up: tuple[str, ...] = ()
    heights: tuple[str, ...] = ()
    legend: list[str] = field(default_factory=list)


def arrange_map(width: float, height: float, text_scale: float = 1.0, preview: bool = False,
                titled: bool = True) -> tuple[float, QRectF]:
    """The height of text, and where the map lies in a picture of `width` × `height` pixels."""
    em = EM * text_scale
    if preview:
        return em, QRectF(0, 0, width, height)
    left, right, top, bottom = 4.6 * em, 6.4 * em, (3.9 if titled else 2.0) * em, 4.0 * em
    if width < 30 * em:
        right = 1.0 * em                      # no room for the colour bar
    return em, QRectF(left, top, max(20.0, width - left - right), max(20.0, height - top - bottom))


def frame_of(drawing: SurfaceDrawing, width: float, height: float, options: PictureOptions = PLAIN,
             extent: Extent | None = None) -> Frame:
    """The frame of a picture; without an `extent` it shows what the drawing asks for."""
    em, place = arrange_map(width, height, options.text_scale, options.preview, options.titled)
    return Frame(width, height, em, place, extent or drawing.extent.fitted(place.width(), place.height()))


def paint_surface(painter: QPainter, drawing: SurfaceDrawing, theme: Theme, width: float, height: float,
                  options: PictureOptions = PLAIN) -> SurfaceShown:
    """Paint a whole picture at the origin of `painter`: exports and gallery cards."""
    painter.setClipRect(QRectF(0, 0, width, height))
    painter.fillRect(QRectF(0, 0, width, height), QColor(theme.canvas))
    frame = frame_of(drawing, width, height, options)
    relief = relief_of(drawing, frame.extent, frame.map.width(), frame.map.height())
    picture = SurfacePainter(painter, drawing, frame, relief, theme, options)
    picture.paint_map()
    picture.paint_rest()
    return picture.shown


class SurfacePainter:
    """One painting in two parts: the map with its scales, which the view keeps between frames, and the rest."""

    def __init__(self, painter: QPainter, drawing: SurfaceDrawing, frame: Frame, relief: Relief, theme: Theme,
                 options: PictureOptions, readout: str = "") -> None:
        self.painter, self.drawing, self.frame, self.relief, self.theme = painter, drawing, frame, relief, theme
        self.options, self.readout = options, readout
        self.shown = SurfaceShown()
        self.size = max(7, int(0.88 * frame.em))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def paint_map(self) -> None:
        """The relief, both axes with their numbers, the colour bar."""
        self.relief.paint(self.painter, self.frame.map, self.theme)
        if not self.options.preview:
            self._axes()
            self._colour_bar()

    def paint_rest(self) -> None:
        """The paths, the present point with its arrows, the legend, the lines of text above and below."""
        painter, drawing = self.painter, self.drawing
        painter.save()
        painter.setClipRect(self.frame.map, Qt.ClipOperation.IntersectClip)
        for trail in drawing.others:
            style = TRAIL_STYLES[trail.name]
            self._trail(trail, QColor(style.dark if self.theme.dark else style.light), style)
        self._trail(drawing.trail, QColor(self.theme.ink), None)
        self._start(self.frame.pixel(drawing.trail.beginning))
        self._arrows()
        self._here(self.frame.pixel(drawing.here))
        painter.restore()
        if not self.options.preview:
            self._legend()
            self._text()

    # ── the scales ───────────────────────────────────────────────────────────────────────────────────────────
    def _axes(self) -> None:
        painter, place, em = self.painter, self.frame.map, self.frame.em
        extent, muted = self.frame.extent, QColor(self.theme.muted)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(ink.stroke(mix(self.theme.line, self.theme.muted, 0.6), 1.0))
        painter.drawRect(place)
        across = ticks(*extent.x, max(2, int(place.width() / (6.5 * em))))
        up = ticks(*extent.y, max(2, int(place.height() / (4.0 * em))))
        for x in across:
            at = self.frame.pixel((x, extent.y[0])).x()
            painter.setPen(ink.stroke(muted, 1.0))
            painter.drawLine(QLineF(at, place.bottom(), at, place.bottom() + 0.4 * em))
            draw_text(painter, at, place.bottom() + 1.1 * em, short(x), self.size, muted)
        for y in up:
            at = self.frame.pixel((extent.x[0], y)).y()
            painter.setPen(ink.stroke(muted, 1.0))
            painter.drawLine(QLineF(place.left() - 0.4 * em, at, place.left(), at))
            draw_text(painter, place.left() - 0.7 * em, at, short(y), self.size, muted, Anchor.RIGHT)
        title = int(em)
        draw_text(painter, place.right(), place.bottom() + 2.2 * em, "x", title, QColor(self.theme.ink), Anchor.RIGHT)
        draw_text(painter, place.left() - 0.7 * em, place.top() - 1.25 * em, "y", title, QColor(self.theme.ink),
                  Anchor.RIGHT)
        self.shown.across, self.shown.up = tuple(map(short, across)), tuple(map(short, up))

    def _colour_bar(self) -> None:
        painter, place, em, muted = self.painter, self.frame.map, self.frame.em, QColor(self.theme.muted)
        left = place.right() + 1.3 * em
        if left + 4 * em > self.frame.width:
            return
        bar = QRectF(left, place.top(), 0.95 * em, place.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        rows = 128
        for row in range(rows):
            top = bar.bottom() - (row + 1) * bar.height() / rows
            painter.fillRect(QRectF(bar.left(), top, bar.width(), bar.height() / rows + 1.0),
                             shade(self.theme, (row + 0.5) / rows))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        written: list[str] = []
        free = bar.bottom() + em
        for level in self.relief.levels:
            at = bar.bottom() - self.relief.scale.share(level) * bar.height()
            if at <= free - 1.15 * em and place.top() + 0.3 * em <= at:
                painter.setPen(ink.stroke(mix(self.theme.canvas, self.theme.ink, 0.55), 1.0))
                painter.drawLine(QLineF(bar.left(), at, bar.right(), at))
                draw_text(painter, bar.right() + 0.5 * em, at, short(level), self.size, muted, Anchor.LEFT)
                written.append(short(level))
                free = at
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(ink.stroke(mix(self.theme.line, self.theme.muted, 0.6), 1.0))
        painter.drawRect(bar)
        draw_text(painter, bar.left(), place.top() - 0.9 * em, "f(x, y)", self.size, QColor(self.theme.ink),
                  Anchor.LEFT)
        self.shown.heights = tuple(written)

    # ── paths ────────────────────────────────────────────────────────────────────────────────────────────────
    def _trail(self, trail: Trail, colour: QColor, style: TrailStyle | None) -> None:
        painter, em = self.painter, self.frame.em
        points = self._points(trail.places)
        wide = (1.15 if style is None else 1.3) * em / EM
        if len(points) > 1:      # as single lines: the outline of a long tangle would take QPainter seconds
            lines = np.hstack((points[:-1], points[1:]))
            if np.hypot(*(points[1:] - points[:-1]).T).sum() > LONGEST_FINE:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
                painter.setPen(QPen(colour, 0.0))
                draw_lines(painter, np.vstack((lines[:FIRST], lines[FIRST:][-NEWEST:])))
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            else:
                painter.setPen(_pen(_casing(self.theme), wide + 1.8))
                draw_lines(painter, lines)
                painter.setPen(_pen(colour, wide))
                draw_lines(painter, dashed(points, () if style is None else style.dashes))
        if style is None and len(points) > 1:
            self._dots(points, colour)
        elif style is not None and len(points):
            painter.setPen(_pen(_casing(self.theme), 1.2))
            painter.setBrush(colour)
            painter.drawPolygon(_mark(QPointF(*points[-1].tolist()), 0.42 * em, style))

    def _points(self, places: Array) -> Array:
        """A path in pixels, without what is not finite, what lies far away, and what cannot be told apart."""
        points = self.frame.pixels(places)
        points = np.clip(points[np.isfinite(points).all(axis=1)], -FAR, FAR)
        if len(points) < 3:
            return points
        cells = np.round(points / APART)
        kept = np.append(True, (cells[1:] != cells[:-1]).any(axis=1))
        kept[-1] = True
        apart = np.asarray(points[kept])
        if len(apart) <= MOST_DRAWN:
            return apart
        return np.asarray(apart[np.linspace(0, len(apart) - 1, MOST_DRAWN).astype(int)])

    def _dots(self, points: Array, colour: QColor) -> None:
        """A dot for each of the newest steps, where these are so long that the dots lie apart."""
        painter, radius = self.painter, 0.19 * self.frame.em
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        newest = points[-DOTS:]
        long = np.hypot(*np.diff(newest, axis=0).T) > 2.6 * radius
        for x, y in newest[np.append(long, False) | np.append(False, long)].tolist():
            painter.drawEllipse(QPointF(x, y), radius, radius)

    def _start(self, at: QPointF) -> None:
        painter, radius = self.painter, 0.46 * self.frame.em
        painter.setBrush(QColor(self.theme.canvas))
        painter.setPen(_pen(QColor(self.theme.ink), 1.6))
        painter.drawRect(QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius))

    def _here(self, at: QPointF) -> None:
        painter, radius = self.painter, 0.5 * self.frame.em
        painter.setPen(_pen(QColor(self.theme.canvas), 2.0))
        painter.setBrush(QColor(self.theme.active))
        painter.drawEllipse(at, radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(QColor(self.theme.ink), 1.0))
        painter.drawEllipse(at, radius + 1.2, radius + 1.2)

    def _arrows(self) -> None:
        """From where the gradient was taken: where it says down is, and the update as long as it is."""
        drawing, frame = self.drawing, self.frame
        begin = frame.pixel(drawing.before)
        if drawing.update is not None:
            x, y = drawing.before
            self._arrow(begin, frame.pixel((x + drawing.update[0], y + drawing.update[1])), _update_colour(self.theme))
        if drawing.gradient is not None:
            right = -drawing.gradient[0] * frame.map.width() / frame.extent.width
            down = drawing.gradient[1] * frame.map.height() / frame.extent.height
            length = math.hypot(right, down)
            if math.isfinite(length) and length > 0.0:
                share = ARROW * frame.em / length
                self._arrow(begin, begin + QPointF(right * share, down * share), _gradient_colour(self.theme))

    def _arrow(self, begin: QPointF, end: QPointF, colour: QColor) -> None:
        line = QLineF(begin, end)
        if line.length() < LEAST_ARROW:
            return
        painter, em = self.painter, self.frame.em
        head = min(0.85 * em, 0.6 * line.length())
        along = QPointF(line.dx(), line.dy()) / line.length()
        aside = QPointF(-along.y(), along.x())
        neck = end - along * head
        tip = QPolygonF([end, neck + aside * (0.42 * head), neck - aside * (0.42 * head)])
        for pen, brush in ((_pen(_casing(self.theme), 4.6), _casing(self.theme)), (_pen(colour, 2.2), colour)):
            painter.setPen(pen)
            painter.drawLine(begin, neck)
            painter.setPen(_pen(brush, 2.4) if brush is not colour else Qt.PenStyle.NoPen)
            painter.setBrush(brush)
            painter.drawPolygon(tip)

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────────
    def _text(self) -> None:
        painter, em, place = self.painter, self.frame.em, self.frame.map
        room = self.frame.width - place.left() - 1.2 * em
        formula = ink.elided("f(x, y) = " + formula_text(self.drawing.function.text), int(1.04 * em), room)
        if self.options.titled:
            draw_text(painter, place.left(), 1.15 * em, formula, int(1.04 * em), QColor(self.theme.ink), Anchor.LEFT)
        # the column of the colour bar keeps its title
        room = place.width() - em
        caption = ink.elided(self.drawing.caption, self.size, room)
        draw_text(painter, place.left(), place.top() - 0.9 * em, caption, self.size, QColor(self.theme.muted),
                  Anchor.LEFT)
        readout = ink.elided(self.readout, self.size, place.width() - 2 * em)
        draw_text(painter, place.left(), place.bottom() + 2.7 * em, readout, self.size, QColor(self.theme.ink),
                  Anchor.LEFT)
        self.shown.formula, self.shown.caption, self.shown.readout = formula, caption, readout

    def _legend(self) -> None:
        """What the marks mean and how far each path has come, in the corner where the fewest paths run.

        On a small map it says less, or nothing, so that the map is seen.
        """
        painter, em, drawing = self.painter, self.frame.em, self.drawing
        rows: list[tuple[str, Trail | None, str]] = [
            ("trail", trail, reached(trail, self.options.digits)) for trail in (drawing.trail, *drawing.others)]
        rows += [("start", None, tr("start"))]
        if drawing.gradient is not None:
            rows.append(("gradient", None, tr("−∇f, its direction")))
        if drawing.update is not None:
            rows.append(("update", None, tr("update, to scale")))
        rows += [("note", None, text) for text in notes(drawing)]
        box = None
        for left_out in LEFT_OUT:
            rows = [row for row in rows if row[0] not in left_out]
            wide = max(text_width(text, self.size) for _, _, text in rows) + 4.6 * em
            box = self._free_corner(wide, (1.45 * len(rows) + 0.5) * em)
            if box is not None:
                break
        if box is None:
            return
        painter.setPen(ink.stroke(QColor(self.theme.line), 1.0))
        plate = QColor(self.theme.raised)
        plate.setAlphaF(0.9)
        painter.setBrush(plate)
        painter.drawRoundedRect(box, 0.45 * em, 0.45 * em)
        y = box.top() + 0.98 * em
        for kind, trail, text in rows:
            self._legend_mark(kind, trail, box.left() + 0.7 * em, y)
            draw_text(painter, box.left() + 3.9 * em, y, text, self.size, QColor(self.theme.ink), Anchor.LEFT)
            y += 1.45 * em
            self.shown.legend.append(text)

    def _legend_mark(self, kind: str, trail: Trail | None, x: float, y: float) -> None:
        painter, em = self.painter, self.frame.em
        middle = QPointF(x + 1.3 * em, y)
        if kind == "start":
            self._start(middle)
        elif kind == "gradient":
            self._arrow(QPointF(x, y), QPointF(x + 2.6 * em, y), _gradient_colour(self.theme))
        elif kind == "update":
            self._arrow(QPointF(x, y), QPointF(x + 2.6 * em, y), _update_colour(self.theme))
        elif trail is self.drawing.trail:
            painter.setPen(_pen(QColor(self.theme.ink), 1.15 * em / EM))
            painter.drawLine(QPointF(x, y), middle)
            self._here(middle)
        elif trail is not None:
            style = TRAIL_STYLES[trail.name]
            colour = QColor(style.dark if self.theme.dark else style.light)
            painter.setPen(_pen(colour, 1.3 * em / EM))
            draw_lines(painter, dashed(np.array([(x, y), (x + 2.6 * em, y)]), style.dashes))
            painter.setPen(_pen(_casing(self.theme), 1.2))
            painter.setBrush(colour)
            painter.drawPolygon(_mark(QPointF(x + 2.3 * em, y), 0.42 * em, style))

    def _free_corner(self, wide: float, high: float) -> QRectF | None:
        """Room for the legend in a corner of the map, off the lowest place where it can be; None where it covers too
        much.
        """
        place, edge = self.frame.map, 0.7 * self.frame.em
        if (wide > 0.6 * place.width() or high > 0.8 * place.height()
                or wide * high > MOST_COVERED * place.width() * place.height()):
            return None
        drawing = self.drawing
        busy = [self.frame.pixels(trail.places) for trail in (drawing.trail, *drawing.others)]
        points = np.concatenate([*busy, np.repeat(self.frame.pixels(np.array([drawing.here])), 1000, axis=0)])
        lefts, tops = (place.right() - wide - edge, place.left() + edge), (place.top() + edge,
                                                                            place.bottom() - high - edge)
        corners = [QRectF(left, top, wide, high) for top in tops for left in lefts]

        def within(box: QRectF, points: Array) -> int:
            x, y = points[:, 0], points[:, 1]
            with np.errstate(invalid="ignore"):
                return int(((x > box.left() - edge) & (x < box.right() + edge) & (y > box.top() - edge)
                            & (y < box.bottom() + edge)).sum())

        lowest = self._lowest()
        return min(corners, key=lambda box: (within(box, points), within(box, lowest)))

    def _lowest(self) -> Array:
        """The lowest place of the map in pixels, (1, 2); none where the function has no value, (0, 2)."""
        shares, place = self.relief.shares, self.frame.map
        if np.isnan(shares).all():
            return np.empty((0, 2))
        row, column = np.unravel_index(np.nanargmin(shares), shares.shape)
        return np.array([(place.left() + column / (shares.shape[1] - 1) * place.width(),
                          place.bottom() - row / (shares.shape[0] - 1) * place.height())])


def dashed(points: Array, dashes: tuple[float, ...]) -> Array:
    """The lines (n, 4) of a path through `points` that are drawn where it is dashed: on, off, on, off, ... in pixels.
    """
    along = np.append(0.0, np.hypot(*np.diff(points, axis=0).T).cumsum())
    period = sum(dashes)
    if not dashes or along[-1] > MOST_DASHES * period:
        return np.hstack((points[:-1], points[1:]))
    turns = np.cumsum(dashes)
    breaks = (np.arange(int(along[-1] / period) + 1)[:, None] * period + turns).ravel()
    stops = np.union1d(along, breaks[breaks < along[-1]])
    places = np.column_stack([np.interp(stops, along, points[:, axis]) for axis in (0, 1)])
    on = np.searchsorted(turns, (stops[:-1] + stops[1:]) / 2 % period, "right") % 2 == 0
    return np.hstack((places[:-1][on], places[1:][on]))


def mark_icon(name: str, theme: Theme, size: int = 16) -> QIcon:
    """The mark at the end of an optimiser's path, for a button."""
    style = TRAIL_STYLES[name]
    pixmap = QPixmap(2 * size, 2 * size)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(style.dark if theme.dark else style.light))
        painter.drawPolygon(_mark(QPointF(size / 2, size / 2), 0.4 * size, style))
    finally:
        painter.end()
    return QIcon(pixmap)


def formula_text(text: str) -> str:
    """A formula as it is written on paper: raised powers, raised dots.

    >>> formula_text("(1-x)^2 + 100*(y - x^2)^2")
    '(1−x)² + 100·(y − x²)²'
    """
    raised = re.sub(r"(?:\^|\*\*)(\d+)(?![\d.eE])", lambda power: power[1].translate(_RAISED), text)
    return typeset(raised.replace("*", "·")).replace("-", MINUS)


def reached(trail: Trail, digits: int) -> str:
    """An optimiser, and how far down it has come."""
    if trail.ended is not None:
        return tr("{optimiser}: not finite from step {step} on").format(
            optimiser=trail.label, step=count(trail.ended))
    return tr("{optimiser}: f = {height} at step {step}").format(
        optimiser=trail.label, height=short(trail.height, digits), step=count(trail.step))


def notes(drawing: SurfaceDrawing) -> list[str]:
    """What has to be said about the paths so that nobody is misled by them."""
    trail, said = drawing.trail, []
    if trail.since:
        said.append(tr("path known from step {step} on").format(step=count(trail.since)))
    if trail.is_mixed and drawing.others:
        said.append(tr("others: from the start, with the present settings"))
    return said


def _gradient_colour(theme: Theme) -> QColor:
    return QColor(theme.positive)


def _update_colour(theme: Theme) -> QColor:
    return QColor(theme.accent)


@lru_cache(maxsize=4)
def _casing(theme: Theme) -> QColor:
    """Around lines on the map, so that they stand out from any height."""
    colour = QColor(theme.canvas)
    colour.setAlphaF(0.75)
    return colour


def _pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _mark(at: QPointF, radius: float, style: TrailStyle) -> QPolygonF:
    """The mark at the end of a path: a polygon around `at`."""
    turns = (math.radians(style.turned + 360.0 * corner / style.corners) for corner in range(style.corners))
    return QPolygonF([at + QPointF(math.cos(turn), math.sin(turn)) * radius for turn in turns])
