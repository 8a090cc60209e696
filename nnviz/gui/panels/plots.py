"""What every plot of the panels has in common: the theme's colours, thin lines, and numbers under the pointer.

Plots are made once and then fed. Who shows one holds it until it is closed: Python must not take a plot apart while Qt
paints it.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pyqtgraph
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QWidget

from nnviz.engine.calls import Array
from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.report.numbers import MINUS, count

# Keys that move the reading position, and by how much; whole numbers beyond any step mean the ends.
_ENDS = 1 << 62
_KEYS = {
    Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10,
    Qt.Key.Key_Home: -_ENDS, Qt.Key.Key_End: _ENDS,
}
_POWER = re.compile(r"e\+?(-?)0*([0-9]+)")        # of ten, as Python writes it: 1e+06
_GRIP = 5.0             # pixels beside a line within which it is taken hold of
_TALL_ENOUGH = 150      # pixels from which an axis has room for its name
_SERIES = ("accent", "positive", "active", "good", "warning", "negative")     # roles for lines, in order of use


def pen(colour: str, seen: QWidget) -> QPen:
    """A line one logical pixel wide on the screen where `seen` is; on an ordinary one nothing is drawn quicker."""
    drawn = QPen(QColor(colour), max(1.0, seen.devicePixelRatioF()))
    drawn.setCosmetic(True)
    drawn.setCapStyle(Qt.PenCapStyle.FlatCap)
    return drawn


def series_colours(theme: Theme, count: int) -> list[str]:
    """`count` colours that can be told apart on the canvas; of a scale from weak to strong where there are many."""
    if count <= len(_SERIES):
        return [getattr(theme, role) for role in _SERIES[:count]]
    scale = theme.strengths(256)[np.linspace(90, 255, count).astype(int)]
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in scale.tolist()]


_Level = tuple[float | None, list[float]]      # ticks and their spacing; None where they are not evenly spaced


class _Axis(pyqtgraph.AxisItem):
    """An axis of numbers that may be known to be `whole`, or to be `grounded`: none is below 0.

    The range of a grounded axis begins a little below 0, so that a line at 0 is seen whole.
    """

    grounded = False
    whole = False

    def tickValues(self, low: float, high: float, size: float) -> list[_Level]:
        levels = super().tickValues(low, high, size)
        if self.whole:
            levels = [(spacing, values) for spacing, values in levels if spacing >= 1.0] or levels
        if self.grounded:
            levels = [(spacing, [value for value in values if value >= -1e-9 * spacing]) for spacing, values in levels]
        return levels if self.orientation == "bottom" else self._spread(levels, low, high, size)

    def _spread(self, levels: list[_Level], low: float, high: float, size: float) -> list[_Level]:
        """Only so many numbers above one another as their height leaves room for.

        Between the powers of ten of a logarithmic axis lie numbers without a spacing, which are taken one by one.
        """
        line = QFontMetricsF(self.style["tickFont"] or self.font()).height()
        pixel = size / max(high - low, 1e-300)
        even = [(spacing, values) for spacing, values in levels if spacing is not None]
        between = [value for spacing, values in levels if spacing is None for value in values]
        written: list[_Level] = [(spacing, values) for spacing, values in even if spacing * pixel >= line]
        if not written and even:
            spacing, values = even[0]
            every = max(1, math.ceil(line / max(spacing * pixel, 1e-9)))
            written = [(every * spacing, values[::every])]
        taken = [value for _, values in written for value in values]
        room = [value for value in between if all(abs(value - other) * pixel >= line for other in taken)]
        apart: list[float] = []
        for value in room:
            if not apart or (value - apart[-1]) * pixel >= line:
                apart.append(value)
        return [*written, (None, apart)] if apart else written

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        if self.whole and spacing is not None and spacing >= 1.0:
            return [count(round(value * scale)) for value in values]
        return [_POWER.sub(r"e\1\2", text).replace("-", MINUS) for text in super().tickStrings(values, scale, spacing)]


class Plot(pyqtgraph.PlotWidget):
    """A plot in the theme's colours whose ranges are set by its panel.

    `pointed` tells the x under the pointer, or None when it has left; `clicked` the x of a click; `moved` by how
    many places an arrow key wants the reading position to go; `released` that Esc was pressed, `entered`
    that Enter was.  A plot with a `grip`, the x of a line that can be taken hold of, tells of that: `grip_taken`,
    `grip_moved` (to which x), `grip_left`.
    """

    pointed = Signal(object)
    clicked = Signal(float)
    moved = Signal(object)
    released = Signal()
    entered = Signal()
    grip_taken = Signal()
    grip_moved = Signal(float)
    grip_left = Signal()

    grip: float | None = None
    _gripped = False

    def __init__(self, name: str, *, keys: bool = False) -> None:
        super().__init__(enableMenu=False, axisItems={side: _Axis(side) for side in ("left", "bottom")})
        self._theme = LIGHT
        self._keys = keys
        self.setAccessibleName(name)
        self.setFrameShape(pyqtgraph.PlotWidget.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if keys else Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        item = self.getPlotItem()
        # A menu of 40 widgets that pyqtgraph makes for every plot, nobody opens, and nothing would take away.
        item.ctrlMenu.setParent(self, Qt.WindowType.Popup)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.vb.disableAutoRange()
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=-4, tickTextOffset=4, hideOverlappingLabels=side == "bottom")
        item.setContentsMargins(0, 4, 10, 0)
        self._shown: dict[str, tuple[float, float]] = {}
        self._log = False
        self._names: dict[str, str] = {}
        self._line_height = QFontMetricsF(self.font()).height()

    def sizeHint(self) -> QSize:
        return QSize(240, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.minimumHeight())

    # --- looks ------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Axes, background and words in the colours of `theme`; lines belong to the panel."""
        self._theme = theme
        self.setBackground(theme.canvas)
        for side in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(pen(theme.line, self))
            axis.setTextPen(pen(theme.muted, self))
        self._set_fonts()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._set_fonts()

    def _set_fonts(self) -> None:
        font = QFont(self.font())
        font.setPointSizeF(max(7.0, font.pointSizeF() * 0.82))
        for side in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(side)
            axis.setStyle(tickFont=font)
            axis.label.setFont(font)
        self._line_height = QFontMetricsF(font).height()
        self.setMinimumHeight(max(64, round(4.5 * self._line_height)))
        self._set_density()

    def _set_density(self) -> None:
        """Fewer numbers along the left axis where there is no height for more."""
        lines = (self.height() - 2.0 * self._line_height) / self._line_height
        self.getPlotItem().getAxis("left").setTickDensity(float(np.clip(lines / 6.0, 0.3, 1.0)))

    def name_axis(self, side: str, text: str) -> None:
        """Writes `text` along an axis, where the plot is tall enough to spare the room."""
        self._names[side] = text
        self.getPlotItem().setLabel(side, text)
        self.getPlotItem().getAxis(side).showLabel(self.height() >= _TALL_ENOUGH)

    def ground(self, grounded: bool) -> None:
        """Whether the left axis has no numbers below 0."""
        self.getPlotItem().getAxis("left").grounded = grounded

    def count_steps(self) -> None:
        """The bottom axis is of training steps."""
        self.getPlotItem().getAxis("bottom").whole = True
        self.name_axis("bottom", tr("training step"))

    def count_in_whole_numbers(self, largest: float) -> None:
        """Ticks of the left axis at whole numbers only, for values from 0 to `largest`, as many as can be read."""
        axis = self.getPlotItem().getAxis("left")
        axis.whole = True
        most = max(1.0, (self.height() - 30) / (1.6 * self._line_height))
        spacing = None if largest > 12 else [(next(step for step in (1, 2, 3, 4, 6, 12) if largest / step <= most
                                                   or step == 12), 0)]
        axis.setTickSpacing(levels=spacing)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not hasattr(self, "_names"):      # the base class is resized while it is made
            return
        self._set_density()
        for side in self._names:
            self.getPlotItem().getAxis(side).showLabel(self.height() >= _TALL_ENOUGH)

    # --- ranges -----------------------------------------------------------------------------------------------

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Whether the y of the curves are logarithms to base 10, so that the axis writes powers."""
        if logarithmic != self._log:
            self._log = logarithmic
            self.getPlotItem().getAxis("left").setLogMode(y=logarithmic)
            self._shown.pop("y", None)

    def set_range(self, axis: str, low: float, high: float) -> None:
        """Shows `low` to `high` on axis "x" or "y"; does nothing where that is shown already."""
        if self._shown.get(axis) == (low, high) or not (np.isfinite(low) and np.isfinite(high)) or high <= low:
            return
        self._shown[axis] = (low, high)
        box = self.getPlotItem().vb
        box.setXRange(low, high, padding=0) if axis == "x" else box.setYRange(low, high, padding=0)

    # --- pointer and keys -------------------------------------------------------------------------------------

    def x_at(self, position: QPointF) -> float | None:
        """The x under a place of the widget; None outside of the axes."""
        box = self.getPlotItem().vb
        scene = self.mapToScene(position.toPoint())
        return float(box.mapSceneToView(scene).x()) if box.sceneBoundingRect().contains(scene) else None

    def place_of(self, x: float, y: float) -> QPointF:
        """Where in the widget the point (x, y) of the plot lies."""
        return QPointF(self.mapFromScene(self.getPlotItem().vb.mapViewToScene(QPointF(x, y))))

    def _is_on_grip(self, position: QPointF) -> bool:
        if self.grip is None or self.x_at(position) is None:
            return False
        return abs(self.place_of(self.grip, self.getPlotItem().vb.viewRange()[1][0]).x() - position.x()) <= _GRIP

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self._gripped:
            box = self.getPlotItem().vb
            self.grip_moved.emit(float(box.mapSceneToView(self.mapToScene(event.position().toPoint())).x()))
            return
        if self.grip is not None:
            on_grip = self._is_on_grip(event.position())
            self.viewport().setCursor(Qt.CursorShape.SizeHorCursor if on_grip else Qt.CursorShape.ArrowCursor)
        self.pointed.emit(self.x_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = self.x_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and self._is_on_grip(event.position()):
            self._gripped = True
            self.pointed.emit(None)
            self.grip_taken.emit()
        elif event.button() == Qt.MouseButton.LeftButton and x is not None:
            self.clicked.emit(x)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._gripped and event.button() == Qt.MouseButton.LeftButton:
            self._gripped = False
            self.grip_left.emit()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()      # it scrolls the panel

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keys:
            event.ignore()
        elif event.key() in _KEYS:
            self.moved.emit(_KEYS[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self.released.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            event.ignore()

    def focusInEvent(self, event: QEvent) -> None:
        super().focusInEvent(event)
        self._mark_focus(True)

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)
        self._mark_focus(False)

    def _mark_focus(self, focused: bool) -> None:
        """The axes take the accent where the keys go."""
        for side in ("left", "bottom"):
            self.getPlotItem().getAxis(side).setPen(pen(self._theme.accent if focused else self._theme.line, self))


def curve(plot: Plot, *, steps: bool = False, held: bool = False) -> pyqtgraph.PlotCurveItem:
    """A line in `plot`, with gaps where numbers are not finite.

    `steps` makes it the outline of a histogram; `held` keeps each value until the next one, as counts are.
    """
    if steps:
        line = pyqtgraph.PlotCurveItem(x=np.array([0.0, 1.0]), y=np.zeros(1), stepMode="center", antialias=False)
    else:
        line = pyqtgraph.PlotCurveItem(antialias=True, connect="finite", stepMode="right" if held else None)
        if plot.devicePixelRatioF() > 1.0:      # a thick antialiased line is quick only in pieces
            line.setSegmentedLineMode("on")
    plot.addItem(line)
    return line


def dots(plot: Plot) -> pyqtgraph.ScatterPlotItem:
    """Points of `plot` that no line would show: see `lonely`."""
    points = pyqtgraph.ScatterPlotItem(size=6, pxMode=True, pen=None)
    plot.addItem(points)
    return points


def lonely(x: Array, y: Array) -> tuple[Array, Array]:
    """Those finite points that have no finite neighbour, so that a line through all points leaves them out."""
    finite = np.concatenate(([False], np.isfinite(y), [False]))
    alone = finite[1:-1] & ~finite[:-2] & ~finite[2:]
    return x[alone], y[alone]


def decimated(steps: Array, low: Array, high: Array, most: int) -> tuple[Array, Array]:
    """x and y of a line through at most `most` lowest and as many highest values, so that no spike is lost.

    Groups are a power of two steps wide and begin at multiples of it: the line does not flicker while it grows. A
    number that is not finite makes its group a gap only where the group has no finite one.
    """
    if not len(steps):
        return np.empty(0), np.empty(0)
    width, span = 1, float(steps[-1] - steps[0] + 1)
    while span / width > most:
        width *= 2
    if width == 1 and np.array_equal(low, high, equal_nan=True):
        return steps, high
    groups = np.floor(steps / width)
    starts = np.flatnonzero(np.diff(groups, prepend=groups[0] - 1))
    lows, highs = np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)
    x = np.repeat((groups[starts] + 0.5) * width, 2)
    x[0], x[-1] = steps[0], steps[-1]
    return x, np.column_stack((lows, highs)).ravel()


def followed(before: tuple[float, float] | None, low: float, high: float, room: float = 0.08) -> tuple[float, float]:
    """The range to show for values from `low` to `high`: the one before while it fits well, so that axes hold still."""
    if before is not None:
        span = before[1] - before[0]
        if before[0] <= low and high <= before[1] and high - low >= 0.45 * span:
            return before
    if not high > low:
        half = max(abs(high) * 0.5, 1e-12) if high else 0.5
        return low - half, high + half
    margin = (high - low) * room
    return low - margin, high + margin


class Pace:
    """Holds work that a playing network asks for back to `rate` times a second and a tenth of the time.

    Work that nobody sees is held back to a tenth of the time also while nothing plays: see `can_spare`.
    """

    def __init__(self, rate: float = 60.0) -> None:
        self._gap, self._next, self._rested = 1.0 / rate, 0.0, 0.0

    def is_due(self, playing: bool) -> bool:
        return not playing or time.perf_counter() >= self._next

    def can_spare(self, playing: bool) -> bool:
        return time.perf_counter() >= (self._next if playing else self._rested)

    @contextmanager
    def measured(self) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        end = time.perf_counter()
        self._rested = end + 9.0 * (end - begin)
        self._next = max(begin + self._gap, self._rested)


class Pages(QScrollArea):
    """The contents of a panel: as wide as the panel, scrolled where the panel is too low for them."""

    def __init__(self, page: QWidget, name: str, lowest: int = 60) -> None:
        super().__init__()
        self._page, self._lowest = page, lowest
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.setWidget(page)

    def minimumSizeHint(self) -> QSize:
        width = self._page.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, self._lowest)

    def sizeHint(self) -> QSize:
        return self._page.sizeHint().expandedTo(self.minimumSizeHint())


class Legend(QWidget):
    """Which colour is which line, and what each shows now: a row of swatches with words.

    One that `stacks` puts them below one another where they have no room beside one another.
    """

    def __init__(self, name: str, parent: QWidget | None = None, *, stacks: bool = False) -> None:
        super().__init__(parent)
        self._stacks = stacks
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._layout.addStretch(1)
        self._entries: list[tuple[QLabel, ElidedLabel]] = []
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: Sequence[tuple[str, str]]) -> None:
        """(colour, text) of each line."""
        while len(self._entries) < len(entries):
            swatch, text = QLabel(), ElidedLabel()
            swatch.setFixedSize(12, 3)
            pair = QHBoxLayout()
            pair.setSpacing(4)
            pair.addWidget(swatch, 0, Qt.AlignmentFlag.AlignVCenter)
            pair.addWidget(text, int(self._stacks))
            self._layout.insertLayout(len(self._entries), pair)
            self._entries.append((swatch, text))
        for number, (swatch, text) in enumerate(self._entries):
            used = number < len(entries)
            swatch.setVisible(used)
            text.setVisible(used)
            if used:
                colour, words = entries[number]
                style = f"background: {colour};"
                if swatch.styleSheet() != style:
                    swatch.setStyleSheet(style)
                if text.text() != words:
                    text.setText(words)
                    text.setToolTip(words)
        self._turn()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        """A row where it is wide enough, with a margin so that it does not turn to and fro as numbers change."""
        if not self._stacks:
            return
        wanted = sum(text.sizeHint().width() + 24 for _, text in self._entries if not text.isHidden())
        stacked = self._layout.direction() == QBoxLayout.Direction.TopToBottom
        if wanted > self.width() or (stacked and wanted > 0.85 * self.width()):
            self._layout.setDirection(QBoxLayout.Direction.TopToBottom)
        else:
            self._layout.setDirection(QBoxLayout.Direction.LeftToRight)

    def texts(self) -> list[str]:
        return [text.text() for _, text in self._entries if not text.isHidden()]


def second_label(text: str = "", *, selectable: bool = False) -> QLabel:
    """A line of second text, plain; `selectable` with mouse and keyboard."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("second", True)
    label.setWordWrap(True)
    if selectable:
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return label


def counted(number: int, one: str, many: str) -> str:
    """How many there are, in the singular or the plural: `1 example`, `4 examples`."""
    return tr(one if number == 1 else many).format(count=count(number))


def said(label: QLabel, text: str) -> None:
    """Gives a label its text; a text that stays keeps what is selected in it."""
    if label.text() != text:
        label.setText(text)
