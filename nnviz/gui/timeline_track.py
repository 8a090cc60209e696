"""How the timeline looks: a line with ticks, the loss above it, a diamond for each change, thin lines for branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from nnviz.engine.calls import Array
from nnviz.gui.edges import draw_lines
from nnviz.gui.ink import Anchor, draw_text, stroke, text_width
from nnviz.gui.theme import Theme, mixed
from nnviz.report.numbers import count
from nnviz.session.branches import Mark

MARGIN = 10.0            # pixels on either side of the track, for the handle at its ends
HANDLE = 6.0             # its radius
DECADES = 30.0           # where the highest loss is so many times the middle one, the curve is one of logarithms
FEWEST = 8               # losses that show a course; of fewer the area is a slab that looks like a control
LANES = 4                # lines of branches above one another
LANE = 3.0               # pixels from one to the next
DIAMOND = 3.5
LINE = 16.0              # pixels from the top to the track; above it are the loss and the branches
FINER = 4                # groups of steps to a pixel that the curve is made of at least
BETWEEN_LABELS = 34.0    # pixels at least, beside the number itself


@dataclass(frozen=True)
class TrackPicture:
    """What changes from one painting to the next: sizes in pixels, the newest step, the shown one, the pointer.

    The track is `length` steps long, to the end of the longest branch; the shown branch ends at `last`.
    """

    width: int
    height: int
    last: int
    length: int
    step: int
    hovered: float | None
    focused: bool
    held: bool
    enabled: bool


def joined_marks(marks: Sequence[Mark]) -> list[Mark]:
    """One mark for each step at which something was changed."""
    found: dict[int, tuple[str, ...]] = {}
    for mark in marks:
        found[mark.step] = (*found.get(mark.step, ()), *mark.labels)
    return [Mark(step, labels) for step, labels in found.items()]


def tick_spacing(last: int, width: float) -> int:
    """The least of 1, 2, 5, 10, ... steps at which numbers beside the ticks have room.

    >>> tick_spacing(10_000, 900.0), tick_spacing(3, 900.0), tick_spacing(1_000_000, 300.0)
    (1000, 1, 200000)
    """
    room = text_width(count(last), 10) + BETWEEN_LABELS
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * width >= room * max(last, 1):
                return factor * power
        power *= 10


def lanes(branches: Sequence[tuple[int, int]]) -> list[int]:
    """On which line each branch (fork, end) is drawn: those that overlap lie above one another while there is room.

    >>> lanes([(0, 10), (5, 20), (12, 30)])
    [0, 1, 0]
    """
    ends: list[int] = []
    found = []
    for fork, end in branches:
        lane = next((number for number, until in enumerate(ends) if until <= fork), len(ends))
        if lane >= LANES:
            lane = min(range(LANES), key=ends.__getitem__)
        if lane == len(ends):
            ends.append(end)
        else:
            ends[lane] = max(ends[lane], end)
        found.append(lane)
    return found


class Track:
    """The painter of the timeline; what it shows is set, and painted when it is asked for."""

    def __init__(self, theme: Theme) -> None:
        self.marks: list[Mark] = []
        self.branches: list[tuple[int, int]] = []       # (last shared step, newest step) of each other branch
        self._steps, self._low, self._high = np.empty(0), np.empty(0), np.empty(0)
        self._area: Array | None = None
        self._area_of: tuple[int, int, int] = (0, 0, 0)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._curve_colour = QColor(mixed(theme.window, theme.muted, 0.30))

    def set_curve(self, steps: Array, low: Array, high: Array) -> None:
        """The lowest and highest losses of steps, one entry a group of steps."""
        self._steps, self._low, self._high = steps, low, high
        self._area = None

    @staticmethod
    def height(line: int) -> int:
        """Pixels that the timeline takes, where a line of text has `line`."""
        return round(LINE + HANDLE + 4 + 0.75 * line)

    # --- places -----------------------------------------------------------------------------------------------

    def length(self, last: int) -> int:
        """How many steps long the track is, where the shown branch ends at `last`: another may be longer."""
        return max([last, *(end for _, end in self.branches)])

    @staticmethod
    def place_of(step: float, width: int, length: int) -> float:
        """Where a step lies, in pixels from the left, on a track of `length` steps."""
        return MARGIN + (width - 2 * MARGIN) * min(step, length) / max(length, 1)

    @staticmethod
    def step_at(x: float, width: int, length: int) -> int:
        """The step that lies at `x`."""
        return min(max(round((x - MARGIN) / max(1.0, width - 2 * MARGIN) * length), 0), length)

    # --- painting ---------------------------------------------------------------------------------------------

    def paint(self, widget: QWidget, shown: TrackPicture) -> None:
        """Paints everything."""
        painter = QPainter(widget)
        painter.setClipRect(widget.rect())
        try:
            self._paint(painter, widget, shown)
        finally:
            painter.end()

    def _paint(self, painter: QPainter, widget: QWidget, shown: TrackPicture) -> None:
        theme = self._theme
        line = round(LINE)
        small = max(8, round(0.72 * widget.fontMetrics().height()))
        left, right = MARGIN, shown.width - MARGIN
        here = self.place_of(shown.step, shown.width, shown.length)
        end = self.place_of(shown.last, shown.width, shown.length) if shown.length else right
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_curve(painter, shown, line)
        self._paint_branches(painter, shown, line)
        painter.fillRect(QRectF(left, line - 1.0, end - left, 2.0), QColor(theme.line))
        if shown.last:
            painter.fillRect(QRectF(left, line - 1.0, here - left, 2.0), QColor(theme.accent))
        self._paint_ticks(painter, shown, line, small, here)
        if shown.hovered is not None and shown.last and not shown.held:
            painter.setPen(stroke(QColor(theme.muted), 1.0))
            x = min(max(shown.hovered, left), end)
            painter.drawLine(QPointF(x, 2.0), QPointF(x, line + 4.0))
        self._paint_marks(painter, shown, line)
        painter.setPen(stroke(QColor(theme.window), 1.5))
        painter.setBrush(QColor(theme.accent if shown.last else theme.line))
        radius = HANDLE + (1.0 if shown.held or shown.focused else 0.0)
        painter.drawEllipse(QPointF(here, line), radius, radius)
        if shown.focused:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(stroke(QColor(theme.accent), 1.0))
            painter.drawEllipse(QPointF(here, line), radius + 2.0, radius + 2.0)

    def _paint_curve(self, painter: QPainter, shown: TrackPicture, line: int) -> None:
        key = (shown.width, line, shown.length)
        if self._area is None or self._area_of != key:
            self._area, self._area_of = self._outline(shown, line), key
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(stroke(self._curve_colour, 1.0))
        draw_lines(painter, self._area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _outline(self, shown: TrackPicture, line: int) -> Array:
        """The highest loss of every pixel as an upright line above the track, (pixels, 4): no object for each of them.

        What is not finite is at the top; between steps that lie far apart their losses are joined straight.
        """
        if len(self._steps) < FEWEST or not shown.last:
            return np.empty((0, 4))
        steps, low, high = _merged(self._steps, self._low, self._high, FINER * shown.width)
        places = MARGIN + (shown.width - 2 * MARGIN) * np.minimum(steps, shown.last) / shown.length
        columns = np.floor(places)
        starts = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1.0))
        tops = np.maximum.reduceat(np.nan_to_num(high, nan=np.inf), starts)
        share = _shares(tops, low)
        if share is None:
            return np.empty((0, 4))
        heights = line - 1.0 - share * (line - 4.0)
        x = places[starts]
        pixels = np.arange(np.floor(x[0]), np.floor(x[-1]) + 1.0)
        tips = np.interp(pixels, x, heights)
        return np.column_stack([pixels, np.full(len(pixels), line - 1.0), pixels, tips])

    def _paint_branches(self, painter: QPainter, shown: TrackPicture, line: int) -> None:
        painter.setPen(stroke(QColor(self._theme.positive), 1.0))
        for (fork, end), lane in zip(self.branches, lanes(self.branches), strict=True):
            x = self.place_of(fork, shown.width, shown.length)
            until = self.place_of(end, shown.width, shown.length)
            y = line - 5.5 - LANE * lane
            painter.drawLine(QPointF(x, float(line)), QPointF(x + 3.0, y))
            painter.drawLine(QPointF(x + 3.0, y), QPointF(max(until, x + 5.0), y))

    def _paint_ticks(self, painter: QPainter, shown: TrackPicture, line: int, small: int, here: float) -> None:
        theme, foot = self._theme, shown.height - 0.55 * small - 1.0
        present = count(shown.step)
        half = text_width(present, small, True) / 2 + 4.0
        middle = min(max(here, half - 2.0), shown.width - half + 2.0)
        if shown.length:
            spacing = tick_spacing(shown.length, shown.width - 2 * MARGIN)
            painter.setPen(stroke(QColor(theme.muted), 1.0))
            for step in range(0, shown.length + 1, spacing):
                x = round(self.place_of(step, shown.width, shown.length)) + 0.5
                painter.drawLine(QPointF(x, line + 1.0), QPointF(x, line + 4.0))
            for step in range(0, shown.length + 1, spacing):
                text = count(step)
                own = text_width(text, small) / 2
                x = min(max(self.place_of(step, shown.width, shown.length), own + 1.0), shown.width - own - 1.0)
                if abs(x - middle) > own + half:
                    draw_text(painter, x, foot, text, small, QColor(theme.muted), lasting=True)
        draw_text(painter, middle, foot, present, small, QColor(theme.ink), Anchor.CENTRE, bold=True)

    def _paint_marks(self, painter: QPainter, shown: TrackPicture, line: int) -> None:
        """A diamond for each edit; a stroke where it has no room beside the next one."""
        places = [self.place_of(mark.step, shown.width, shown.length) for mark in self.marks if mark.step <= shown.last]
        gaps = [1e9, *(b - a for a, b in pairwise(places)), 1e9]
        painter.setBrush(QColor(self._theme.active))
        for number, x in enumerate(places):
            if min(gaps[number : number + 2]) < 2 * DIAMOND + 1:
                painter.setPen(stroke(QColor(self._theme.active), 1.0))
                painter.drawLine(QPointF(x, line - DIAMOND - 1), QPointF(x, line + DIAMOND + 1))
                continue
            painter.setPen(stroke(QColor(self._theme.window), 1.0))
            painter.drawPolygon(QPolygonF([
                QPointF(x, line - DIAMOND - 1), QPointF(x + DIAMOND, line), QPointF(x, line + DIAMOND + 1),
                QPointF(x - DIAMOND, line)]))


def _merged(steps: Array, low: Array, high: Array, most: int) -> tuple[Array, Array, Array]:
    """The same curve with at least `most` groups of steps, where it has so many; a quarter of a million are slow."""
    size = len(steps) // most
    if size < 2:
        return steps, low, high
    groups = len(steps) // size
    whole = groups * size
    rest = slice(whole, None)
    lowest, highest = (values[:whole].reshape(groups, size) for values in (low, high))
    return (np.concatenate((steps[:whole:size], steps[rest])),
            np.concatenate((np.fmin.reduce(lowest, axis=1), low[rest])),
            np.concatenate((highest.max(axis=1), high[rest])))


def _shares(tops: Array, low: Array) -> Array | None:
    """How high each of `tops` stands, from 0 to 1; None without numbers.

    It is by the logarithm where otherwise most losses would lie at the foot.
    """
    finite, lowest = tops[np.isfinite(tops)], low[np.isfinite(low)]
    if not len(finite) or not len(lowest):
        return None
    bottom, top = float(lowest.min()), float(finite.max())
    if bottom > 0.0 and DECADES * float(np.median(finite)) < top:
        share = (np.log10(tops) - np.log10(bottom)) / (np.log10(top) - np.log10(bottom))
    else:
        bottom = min(0.0, bottom)
        share = (tops - bottom) / max(top - bottom, 1e-300)
    return np.clip(share, 0.0, 1.0)
