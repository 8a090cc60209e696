"""The picture of a graph of gates: above every wire the value that goes forward, below it the gradient that comes back.

`paint_gates` is a pure function of what it is given, which the window, the cards, the command line and the exported
files all call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from nnviz.gui import ink
from nnviz.gui.colour_scale import NEUTRAL, WARNING, ColourScale, edge_colours, magnitudes_among
from nnviz.gui.drawing import Array
from nnviz.gui.gate_drawing import GateDrawing, GateShown, Placing, Pointed, place_graph, text_em
from nnviz.gui.gate_layout import PAD, GateLayout, Mark, Wire, arrange_gates
from nnviz.gui.gate_legend import draw_gate_legend
from nnviz.gui.ink import LEAST_TEXT, Anchor, draw_text, mix, stroke
from nnviz.gui.layout import legend_height
from nnviz.gui.scene import PictureOptions
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.gate_text import calculation_of, gradient_calculation, name_of
from nnviz.report.numbers import short, typeset

PLAIN = PictureOptions()
UNTOUCHED = Pointed()
NUMBER, SLOPE, NAME = 0.96, 0.78, 1.15       # text sizes in ems
OPERATOR = 1.6                               # of a sign that is one character, such as + and ×
PLATE = 0.84                                 # of the text beside what was just computed, at least, of the picture's
OWN_BOX = 6.0                                # times as bad as another box is it to hide the one that the plate is of
MOST_SLOPE_DIGITS = 4
FEWEST_DIGITS, MOST_DIGITS = 3, 8            # of a number that room is left for, so that it can be written at all
NO_ROOM = 0.5                                # ems for a number in a picture that has none


def measure(text: str) -> float:
    """How wide a sign is, in ems."""
    return sign_em(text) * ink.text_width(text, 100, bold=True) / 100.0


def sign_em(text: str) -> float:
    """How large a sign is written, in ems."""
    return OPERATOR if len(text) == 1 and not text.isalnum() else NAME


def slope_digits(digits: int) -> int:
    """Digits of a local gradient, which has little room."""
    return max(2, min(MOST_SLOPE_DIGITS, digits - 1))


def room_for(digits: int) -> float:
    """What a number of so many digits needs, in ems: whatever it is, so that nothing jumps."""
    return NUMBER * ink.text_width("−0." + "0" * min(max(digits, FEWEST_DIGITS), MOST_DIGITS), 100) / 100.0


def layout_of(drawing: GateDrawing, digits: int, preview: bool = False) -> GateLayout:
    """Where everything stands; a preview has no numbers to leave room for."""
    room, small = (NO_ROOM, 0.0) if preview else (room_for(digits), SLOPE / NUMBER * room_for(slope_digits(digits)))
    return replace(arrange_gates(drawing.reading.expression, measure, room, small), digits=digits)


def fitting_layout(laid_out: Callable[[int], GateLayout], digits: int, width: float, height: float,
                   text_scale: float) -> GateLayout:
    """The one of `laid_out` by number of digits whose text can be read on a canvas, with `digits` wherever possible.

    Where local gradients, which are the smallest, cannot be read, digits go until they can; where nothing helps, none.
    """
    def reads(shown: int, text: float) -> bool:
        return _pixels(text, place_graph(laid_out(shown), width, height, text_scale).em) >= LEAST_TEXT

    if digits <= FEWEST_DIGITS or reads(digits, SLOPE) or not reads(FEWEST_DIGITS, NUMBER):
        return laid_out(digits)
    fewer = range(min(digits, MOST_DIGITS) - 1, FEWEST_DIGITS - 1, -1)
    otherwise = digits if reads(digits, NUMBER) else FEWEST_DIGITS
    return laid_out(next((shown for shown in fewer if reads(shown, SLOPE)), otherwise))


def _pixels(text: float, em: float) -> int:
    """The size in which text of so many ems is written."""
    return max(1, round(text * em))


def scale_of(drawing: GateDrawing, linear: bool = False) -> ColourScale:
    """What the colours of the wires mean: the scale of this drawing's own gradients."""
    return ColourScale(linear=linear).fitting(magnitudes_among(drawing.known_gradients()))


def paint_gates(painter: QPainter, drawing: GateDrawing, theme: Theme, width: float, height: float,
                options: PictureOptions = PLAIN) -> GateShown:
    """Paint a whole picture at the origin of `painter`, `width` × `height` pixels: exports and cards."""
    laid_out = partial(layout_of, drawing, preview=options.preview)
    layout = laid_out(options.digits) if options.preview else fitting_layout(
        laid_out, options.digits, width, height, options.text_scale)
    placing = place_graph(layout, width, height, options.text_scale, options.preview)
    painter.setClipRect(QRectF(0, 0, width, height))
    picture = GatePainter(painter, drawing, layout, placing, theme, options.scale or scale_of(drawing), options,
                          (width, height))
    picture.paint()
    return picture.shown


@lru_cache(maxsize=8)
def _paths(layout: GateLayout, placing: Placing) -> dict[tuple[int, int], QPainterPath]:
    """The course of every wire, by the gate and the input that it leads to: level, bent, level."""
    found = {}
    for wire in layout.wires:
        points = [placing.point(*point) for point in wire.points]
        path = QPainterPath(QPointF(*points[0]))
        for number, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
            if number % 2 or abs(y1 - y0) < 0.3:
                path.lineTo(x1, y1)
            else:
                middle = (x0 + x1) / 2
                path.cubicTo(middle, y0, middle, y1, x1, y1)
        found[wire.target, wire.place] = path
    return found


@lru_cache(maxsize=4096)
def _short(value: float, digits: int) -> str:
    """A number as it is written; the same ones come again at every redraw."""
    return short(value, digits)


class GatePainter:
    """One painting of one drawing."""

    def __init__(
        self, painter: QPainter, drawing: GateDrawing, layout: GateLayout, placing: Placing, theme: Theme,
        scale: ColourScale, options: PictureOptions, size: tuple[float, float], pointed: Pointed = UNTOUCHED,
    ) -> None:
        self.painter, self.drawing, self.layout, self.placing = painter, drawing, layout, placing
        self.theme, self.scale, self.options, self.size, self.pointed = theme, scale, options, size, pointed
        self.reading = drawing.reading
        self.em = placing.em
        self.colours = edge_colours(theme)
        self.shown = GateShown()
        self._texts: dict[tuple[int, int], list[tuple[float, float, str]]] = {}    # by size and colour
        self.number_size, self.slope_size = (_pixels(part, self.em) for part in (NUMBER, SLOPE))
        self.writes = not options.preview and self.number_size >= LEAST_TEXT
        self.writes_slopes = self.writes and self.slope_size >= LEAST_TEXT
        self.values = [bool(known) for known in self.reading.values_known]
        self.gradients = [bool(known) for known in self.reading.gradients_known]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def paint(self) -> None:
        """Canvas, wires, boxes, numbers, what has just been computed, and how to read it."""
        width, height = self.size
        self.painter.fillRect(QRectF(0, 0, width, height), QColor(self.theme.canvas))
        self._glow()
        self._wires()
        for mark in self.layout.marks:
            self._box(mark)
        if self.writes:
            for mark in self.layout.marks:
                self._numbers(mark)
            self._terms()
            self._write_numbers()
        if not self.options.preview:
            self._beside()
            self._rim()

    # --- wires --------------------------------------------------------------------------------------------------

    def _wires(self) -> None:
        """Stubs and wires, dim ones first, each in the colour of the gradient that comes back on it."""
        layout, reading = self.layout, self.reading
        paths = _paths(layout, self.placing)
        stubs = [(mark.node, float(reading.gradients[mark.node]), self.gradients[mark.node], None)
                 for mark in layout.marks]
        wires = [(wire.source, self._term(wire), self._term_known(wire), wire) for wire in layout.wires]
        parts = [*stubs, *wires]
        magnitudes = np.abs(np.array([number for _, number, _, _ in parts]))
        finite = np.isfinite(magnitudes)
        bins = self.scale.bins(np.where(finite, magnitudes, 0.0))
        bins[~finite] = WARNING
        bins[~np.array([known for _, _, known, _ in parts])] = NEUTRAL
        for number in np.argsort(bins, kind="stable").tolist():
            node, _, known, wire = parts[number]
            self.painter.setPen(self._pen(self.colours[int(bins[number])], node, known))
            if wire is None:
                self._stub(node)
            else:
                self.painter.setBrush(Qt.BrushStyle.NoBrush)
                self.painter.drawPath(paths[wire.target, wire.place])
        self._dots()

    def _pen(self, colour: QColor, node: int, known: bool) -> QPen:
        width = 0.17 if known else 0.12
        if node in (self.pointed.hovered, self.pointed.selected):
            width = 0.26
        pen = stroke(colour, max(1.0, width * self.em))
        return pen

    def _stub(self, node: int) -> None:
        mark = self.layout.mark(node)
        assert mark is not None
        x, y = self.placing.point(mark.right, mark.y)
        end = self.placing.point(self.layout.stub_end(mark), mark.y)[0]
        self.painter.drawLine(QPointF(x, y), QPointF(end, y))
        if node == len(self.reading.expression.nodes) - 1:      # the result leads out of the picture
            tip, half = QPointF(end + 0.5 * self.em, y), 0.32 * self.em
            self.painter.setBrush(self.painter.pen().color())
            self.painter.setPen(Qt.PenStyle.NoPen)
            self.painter.drawPolygon([tip, QPointF(end - 0.1 * self.em, y - half),
                                      QPointF(end - 0.1 * self.em, y + half)])

    def _dots(self) -> None:
        """Where a value goes several ways: the point at which what comes back is added."""
        radius = max(1.5, 0.28 * self.em)
        for node in {wire.source for wire in self.layout.wires if wire.is_branch}:
            mark = self.layout.mark(node)
            assert mark is not None
            known = self.gradients[node]
            self.painter.setPen(stroke(QColor(self.theme.canvas), max(1.0, 0.08 * self.em)))
            self.painter.setBrush(QColor(self.theme.ink) if known else QColor(self.theme.muted))
            self.painter.drawEllipse(
                QPointF(*self.placing.point(self.layout.stub_end(mark), mark.y)), radius, radius)

    def _term(self, wire: Wire) -> float:
        return self.reading.term(wire.target, wire.place)

    def _term_known(self, wire: Wire) -> bool:
        return self.gradients[wire.source] and self.gradients[wire.target]

    # --- boxes --------------------------------------------------------------------------------------------------

    def _light(self, node: int) -> tuple[QColor, float] | None:
        """The outline of a box that is selected, was just computed, or is pointed at; its width in ems."""
        if node == self.pointed.selected:
            return QColor(self.theme.accent), 0.2
        if node == self.reading.active and not self.options.preview:
            return QColor(self.theme.active), 0.22
        if node == self.pointed.hovered:
            return mix(self.theme.canvas, self.theme.accent, 0.6), 0.18
        return None

    def _glow(self) -> None:
        """A light below what was just computed: the box, and the wire on which its number stands."""
        active = self.reading.active
        mark = None if active is None or self.options.preview else self.layout.mark(active)
        if mark is None:
            return
        left, top = self.placing.point(mark.left - 0.5, mark.y - mark.height / 2 - 0.4)
        right, bottom = self.placing.point(self.layout.stub_end(mark), mark.y + mark.height / 2 + 0.4)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(mix(self.theme.canvas, self.theme.active, 0.16))
        self.painter.drawRoundedRect(QRectF(left, top, right - left, bottom - top), 0.8 * self.em, 0.8 * self.em)

    def _box(self, mark: Mark) -> None:
        known = self.values[mark.node]
        fill = QColor(self.theme.raised) if mark.is_gate else mix(self.theme.canvas, self.theme.accent, 0.1)
        outline, width = mix(self.theme.line, self.theme.muted, 0.75 if known else 0.2), 0.09
        lit = self._light(mark.node)
        if lit is not None:
            outline, width = lit
        x, y = self.placing.point(mark.x, mark.y)
        corner = 0.55 if mark.is_gate else mark.height / 2
        ink.draw_shell(self.painter, x, y, mark.width / 2 * self.em, mark.height / 2 * self.em, corner * self.em, fill,
                       outline, max(1.0, width * self.em), self.options.ratio, self.options.raster)
        if self.em < (5 if self.options.preview else LEAST_TEXT):
            return
        colour = QColor(self.theme.ink if known else self.theme.muted)
        if len(mark.pins) == 2 and self.writes:
            self._sign(mark, mark.right - PAD - measure(mark.sign) / 2, mark.y, colour)
        else:
            below = 0.42 if mark.is_gate and self.writes else 0.0
            self._sign(mark, mark.x, mark.y - below, colour)
        if self.writes and mark.is_gate:
            self._slopes(mark)
            name = name_of(self.reading, mark.node)
            if name:
                at = self.placing.point(mark.x, mark.y + mark.height / 2 + 0.62)
                draw_text(self.painter, *at, name, self.slope_size, QColor(self.theme.muted), lasting=True)

    def _sign(self, mark: Mark, x: float, y: float, colour: QColor) -> None:
        at = self.placing.point(x, y)
        size = max(1, round(sign_em(mark.sign) * self.em))
        draw_text(self.painter, *at, mark.sign, size, colour, bold=True, lasting=True)
        self.shown.signs[mark.node] = mark.sign

    def _slopes(self, mark: Mark) -> None:
        """The local gradient of every input with a wire, beside where it arrives; known as soon as the values are."""
        if not self.values[mark.node] or not self.writes_slopes:
            return
        for place, y in mark.pins:
            text = _short(self.reading.slopes[mark.node][place], slope_digits(self.layout.digits))
            if len(mark.pins) == 2:
                at, anchor = self.placing.point(mark.left + 0.4, y), Anchor.LEFT
            else:
                at, anchor = self.placing.point(mark.x, mark.y + 0.72), Anchor.CENTRE
            size = ink.fitting_size(text, self.slope_size, (self.layout.small + 0.3) * self.em, 4.0) or 4
            left = at[0] if anchor is Anchor.LEFT else at[0] - ink.text_width(text, size) / 2
            colour = self._ink_of(self.theme.muted, text).rgb()
            self._texts.setdefault((size, colour), []).append((left, at[1], text))
            self.shown.slopes[mark.node, place] = text

    def _ink_of(self, role: str, text: str) -> QColor:
        """The colour of a number; what is not finite warns."""
        return QColor(self.theme.warning if text[-1:] in ("N", "∞") else role)

    # --- numbers ------------------------------------------------------------------------------------------------

    def _numbers(self, mark: Mark) -> None:
        """The value above the stub, the gradient below it."""
        node, digits = mark.node, self.layout.digits
        x = mark.right + 0.4
        if self.values[node]:
            text = _short(float(self.reading.values[node]), digits)
            self._number(x, mark.y - 0.66, text, self._ink_of(self.theme.good, text))
            self.shown.values[node] = text
        if self.gradients[node]:
            text = _short(float(self.reading.gradients[node]), digits)
            self._number(x, mark.y + 0.68, text, QColor(self.theme.warning))
            self.shown.gradients[node] = text

    def _number(self, x: float, y: float, text: str, colour: QColor) -> None:
        wide, room = ink.text_width(text, self.number_size), (self.layout.room + 0.4) * self.em
        size = self.number_size if wide <= room else max(4, int(self.number_size * room / wide))
        self._texts.setdefault((size, colour.rgb()), []).append((*self.placing.point(x, y), text))

    def _write_numbers(self) -> None:
        """Writes what was collected, of one size and colour at a time, which is what takes the time."""
        for (size, colour), texts in self._texts.items():
            self.painter.setPen(QColor(colour))
            self.painter.setFont(ink.font(size))
            down = ink.middle(size)
            for x, y, text in texts:
                self.painter.drawText(QPointF(x, y + down), text)
        self._texts.clear()

    def _terms(self) -> None:
        """On every way of a branch, just before the gate, what comes back on it."""
        for wire in self.layout.wires:
            if wire.is_branch and self._term_known(wire):
                text = _short(self._term(wire), self.layout.digits)
                x, y = wire.points[-2]
                self._number(x + 0.1, y + (0.62 if y >= self._middle(wire) else -0.62), text,
                             QColor(self.theme.warning))
                self.shown.terms[wire.target, wire.place] = text

    def _middle(self, wire: Wire) -> float:
        mark = self.layout.mark(wire.target)
        assert mark is not None
        return mark.y

    def _beside(self) -> None:
        """What has just been computed, with its numbers, on a plate beside its box."""
        active = self.reading.active
        mark = None if active is None else self.layout.mark(active)
        if active is None or mark is None:
            return
        digits = self.options.digits
        if self.reading.goes_back:
            found = gradient_calculation(self.reading, active, digits)
            lines = [tr("upstream · local"), *found] if found else [tr("the way back begins with 1")]
        else:
            lines = [line for line in (calculation_of(self.reading, active, digits),) if line]
        if not lines:
            return
        size = max(round(PLATE * text_em(self.options.text_scale, *self.size)), round(0.86 * self.em))
        wide = max(ink.text_width(line, size) for line in lines) + 1.2 * size
        high = 1.35 * size * len(lines) + 0.5 * size
        box = self._free_place(mark, wide, high)
        self._leader(mark, box)
        self.painter.setPen(stroke(QColor(self.theme.active), max(1.0, 0.1 * self.em)))
        self.painter.setBrush(QColor(self.theme.raised))
        self.painter.drawRoundedRect(box, 0.4 * size, 0.4 * size)
        for number, line in enumerate(lines):
            draw_text(self.painter, box.center().x(), box.top() + size * (0.95 + 1.35 * number), line, size,
                      QColor(self.theme.muted if len(lines) > 1 and not number else self.theme.ink))
        self.shown.beside = tuple(lines)

    def _free_place(self, mark: Mark, wide: float, high: float) -> QRectF:
        """Where the plate hides least of boxes and numbers, near the box of `mark` and within the canvas."""
        width, height = self.size
        em = text_em(self.options.text_scale, *self.size)
        foot = max(2.0 * em + high, height - legend_height(em, height) - 0.2 * em)     # clear of the legend's ground
        x, y = self.placing.point(mark.x, mark.y)
        half = (mark.height / 2 + self._below(mark)) * self.em
        furthest = max(0.5 * em, width - wide - 0.5 * em)
        lefts = np.clip(np.array([x - wide / 2, x - mark.width / 2 * self.em, x - wide + mark.width * self.em,
                                  x - (mark.width / 2 + 0.7) * self.em - wide,
                                  self.placing.point(self.layout.stub_end(mark) + 0.3, 0)[0]]), 0.5 * em, furthest)
        steps = np.arange(12) * 1.2 * self.em
        tops = np.clip(np.concatenate([y + half + steps, y - half - high - steps, [y - high / 2]]), 2.0 * em,
                       foot - high)
        left, top = (grid.ravel() for grid in np.meshgrid(lefts, tops))
        boxes = self._occupied()
        across = np.minimum(left[:, None] + wide, boxes[:, 2]) - np.maximum(left[:, None], boxes[:, 0])
        down = np.minimum(top[:, None] + high, boxes[:, 3]) - np.maximum(top[:, None], boxes[:, 1])
        weights = np.ones(len(boxes))
        weights[self.layout.marks.index(mark)] = OWN_BOX
        hidden = (np.clip(across, 0.0, None) * np.clip(down, 0.0, None)) @ weights
        below = top > y                              # a leader must not lead through other boxes either
        start, end = np.where(below, y + half, top + high), np.where(below, top, y - half)
        crossed = np.minimum(end[:, None], boxes[:, 3]) - np.maximum(start[:, None], boxes[:, 1])
        hidden += 3.0 * self.em * np.clip(crossed, 0.0, None)[:, (boxes[:, 0] < x) & (x < boxes[:, 2])].sum(axis=1)
        away = np.abs(left + wide / 2 - x) + np.abs(top + high / 2 - y)
        best = int(np.argmin(hidden + 0.35 * self.em * away))
        return QRectF(left[best], top[best], wide, high)

    def _below(self, mark: Mark) -> float:
        """How far from a box the plate stands, in ems: a gate's name may be in between."""
        return 1.7 if mark.is_gate and self.writes and name_of(self.reading, mark.node) else 0.7

    def _occupied(self) -> Array:
        """Left, top, right and bottom of every box with its numbers, and of the terms of branches: (n, 4), pixels."""
        ems = np.array([
            *((mark.left, mark.y - 1.5, self.layout.stub_end(mark), mark.y + 1.5) for mark in self.layout.marks),
            *((x, y - 0.9, wire.points[-1][0], y + 0.9) for wire in self.layout.wires if wire.is_branch
              for x, y in wire.points[-2:-1]),
        ])
        shift = np.array([self.placing.dx, self.placing.dy] * 2)
        return ems * self.em + shift

    def _leader(self, mark: Mark, box: QRectF) -> None:
        """A line from the plate to what it is of, where it stands away from it."""
        x, y = self.placing.point(mark.x, mark.y)
        half = mark.height / 2 * self.em
        aside = mark.width / 2 * self.em
        if box.top() < y < box.bottom() and not box.left() - aside < x < box.right() + aside:
            left = x > box.right()
            self.painter.setPen(stroke(QColor(self.theme.active), max(1.0, 0.1 * self.em)))
            self.painter.drawLine(QPointF(x - aside if left else x + aside, y),
                                  QPointF(box.right() if left else box.left(), y))
            return
        named = (self._below(mark) - 0.7) * self.em
        foot, head = QPointF(x, y - half), box.bottom()
        if box.top() > y:
            foot, head = QPointF(x, y + half + named), box.top()
        self.painter.setPen(stroke(QColor(self.theme.active), max(1.0, 0.1 * self.em)))
        inside = min(max(x, box.left() + 6.0), box.right() - 6.0)
        self.painter.drawLine(foot, QPointF(inside, head))

    # --- around the graph ---------------------------------------------------------------------------------------

    def _rim(self) -> None:
        """The caption above, how to read the picture below."""
        width, height = self.size
        em = text_em(self.options.text_scale, *self.size)
        top = height - legend_height(em, height)
        draw_gate_legend(self.painter, self.theme, self.scale, em, (width, height), top, self.options.ratio,
                         self.options.raster, self.writes, self.writes_slopes)
        if height < 12 * em:
            return
        size = int(0.88 * em)
        parts = [self.drawing.caption, typeset(self.drawing.formula) if self.options.titled else ""]
        text = ink.elided("  ·  ".join(part for part in parts if part), size, width - 3.6 * em)
        if text:
            half = ink.text_width(text, size) / 2
            ink.draw_on_plate(self.painter, 1.8 * em + half, 1.25 * em, text, size, QColor(self.theme.muted),
                              QColor(self.theme.canvas))
        self.shown.caption = text
