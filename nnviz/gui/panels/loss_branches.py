"""The losses of old futures beside that of the shown one: what would have come of it without the change."""

from __future__ import annotations

import math
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
import pyqtgraph
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QMenu, QToolButton

from nnviz.engine.calls import Array
from nnviz.gui.fields import described
from nnviz.gui.icons import icon
from nnviz.gui.panels.plots import Plot, curve, decimated, pen
from nnviz.gui.past import BranchTold, Past
from nnviz.gui.theme import LIGHT, Theme, mixed
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.numbers import count
from nnviz.session.curve import Curve
from nnviz.session.timeline import Segment

LARGEST = 1e300           # a loss of this size is beyond any scale
SHOWN_AT_FIRST = 6        # branches, the newest ones
NAMED = 4                 # branches that the legend names
REACH = 2                 # times as high as the shown curve, rounded up to a power of 2, others widen the scale
LONGEST = 120             # signs of a branch in the legend
FAINT = 0.35              # how much of the background is mixed into their colours
COLOURS = ("active", "warning", "muted", "good", "ink")
SWATCH = 12.0             # pixels that a swatch of the legend is wide
#: Dashes and the gaps between them in pixels, so that branches can be told apart without colour.
DASHES = ((6.0, 3.0), (2.0, 2.0), (9.0, 5.0), (4.0, 4.0), (14.0, 3.0))


def beyond(branch: BranchTold) -> tuple[Array, Array, Array]:
    """Steps, lowest and highest losses of a branch from the last step on that it shares with the shown one."""
    ends = [*(following.first - 1 for following in branch.curves[1:]), branch.end]
    parts = [_between(one, branch.fork, end) for one, end in zip(branch.curves, ends, strict=True) if end > branch.fork]
    if not parts:
        return np.empty(0), np.empty(0), np.empty(0)
    steps, low, high = (np.concatenate(column) for column in zip(*parts, strict=True))
    return steps, low, high


def _between(one: Curve, first: int, last: int) -> tuple[Array, Array, Array]:
    steps, low, high = one.points()
    begin, end = np.searchsorted(steps, first), np.searchsorted(steps, last, side="right")
    return steps[begin:end], low[begin:end], high[begin:end]


class BranchCurves(QObject):
    """The curves of the other branches in a plot, and the button that chooses among them; `chosen` when it did."""

    chosen = Signal()

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self._plot, self._theme = plot, LIGHT
        self._lines: list[pyqtgraph.PlotCurveItem] = []
        self._past: Past | None = None
        self._numbers: dict[Segment, tuple[Array, Array, Array]] = {}
        self._wanted: WeakKeyDictionary[Segment, bool] = WeakKeyDictionary()      # by the user
        self._at_first: WeakSet[Segment] = WeakSet()
        self._drawn: tuple[object, ...] = ()
        self._heights = np.empty(0)
        self.button = described(QToolButton(), tr("Branches shown"), tr(
            "Which other courses of the training are drawn beside the shown one, dashed, from where they fork"))
        self.button.setProperty("quiet", True)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.button)
        self.menu.setAccessibleName(tr("Branches shown"))
        self.menu.aboutToShow.connect(self._fill_menu)
        self.button.setMenu(self.menu)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.button.setIcon(icon("branch", theme))
        for number, line in enumerate(self._lines):
            self._dress(line, number)

    def _colour(self, number: int) -> str:
        return mixed(getattr(self._theme, COLOURS[number % len(COLOURS)]), self._theme.canvas, FAINT)

    def _swatch(self, number: int) -> str:
        """The dashes of a curve as the background of its swatch in the legend."""
        (dash, gap), colour = DASHES[number % len(DASHES)], self._colour(number)
        share = dash / (dash + gap)
        return (f"qlineargradient(spread:repeat, x1:0, y1:0, x2:{(dash + gap) / SWATCH:.3f}, y2:0, stop:0 {colour}, "
                f"stop:{share:.3f} {colour}, stop:{share + 0.001:.3f} transparent, stop:1 transparent)")

    def _dress(self, line: pyqtgraph.PlotCurveItem, number: int) -> None:
        dashed = pen(self._colour(number), self._plot)
        dashed.setDashPattern(DASHES[number % len(DASHES)])
        line.setPen(dashed)

    def shown(self) -> list[BranchTold]:
        """The branches whose curves are drawn, in the order in which they began."""
        branches = self._past.branches if self._past is not None else ()
        return [branch for branch in branches if self._is_wanted(branch.tip)]

    def _is_wanted(self, tip: Segment) -> bool:
        return self._wanted.get(tip, tip in self._at_first)

    def take(self, view: View | None) -> None:
        """Reads the branches of `view`, where they have changed; they are not trained while they are not shown."""
        past = view.past if view is not None else None
        if past is self._past:
            return
        self._past = past
        branches = past.branches if past is not None else ()
        self._numbers = {branch.tip: beyond(branch) for branch in branches}
        self._at_first = WeakSet(branch.tip for branch in branches[-SHOWN_AT_FIRST:])
        self.button.setVisible(bool(branches))
        self._drawn = ()

    @property
    def end(self) -> int:
        """The newest step of those that are drawn; 0 without any."""
        return max((branch.end for branch in self.shown()), default=0)

    def draw(self, begin: float, logarithmic: bool, reach: tuple[float, float]) -> Array:
        """Draws the curves from step `begin` on, as far as they lie within `reach`; returns the heights that do."""
        shown = self.shown()
        key = (self._past, begin, logarithmic, reach, self._plot.width(), tuple(branch.tip for branch in shown))
        if key == self._drawn:
            return self._heights
        self._drawn = key
        while len(self._lines) < len(shown):
            line = curve(self._plot)
            line.setZValue(-1)
            self._dress(line, len(self._lines))
            self._lines.append(line)
        heights = []
        for number, line in enumerate(self._lines):
            line.setVisible(number < len(shown))
            if number >= len(shown):
                continue
            steps, low, high = self._numbers[shown[number].tip]
            first = max(0, int(np.searchsorted(steps, begin)) - 1)
            x, y = decimated(steps[first:], low[first:], high[first:], max(200, self._plot.width()))
            if logarithmic:
                with np.errstate(all="ignore"):
                    y = np.where(y > 0.0, np.log10(y), np.nan)
            beside = 0.2 * (reach[1] - reach[0])      # out of sight
            line.setData(x, np.clip(y, reach[0] - beside, reach[1] + beside))
            heights.append(y[(y > reach[0]) & (y < reach[1])])
        self._heights = np.concatenate(heights) if heights else np.empty(0)
        return self._heights

    def entries(self, room: int) -> list[tuple[str, str]]:
        """(colour, text) of each curve for a legend of at most so many lines, with how many more there are."""
        shown = self.shown()
        named = len(shown) if len(shown) <= min(room, NAMED) else max(0, min(room - 1, NAMED))
        found = [(self._swatch(number), _brief(branch.text)) for number, branch in enumerate(shown[:named])]
        if len(shown) > named:
            more = tr("and {count} more branches") if named else tr("other branches: {count}")
            colour = QColor(self._theme.line).name() if named else self._swatch(0)
            found.append((colour, more.format(count=count(len(shown) - named))))
        return found

    def _fill_menu(self) -> None:
        self.menu.clear()
        for branch in self._past.branches if self._past is not None else ():
            action = self.menu.addAction(_brief(branch.text, 90).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(self._is_wanted(branch.tip))
            action.toggled.connect(lambda checked, tip=branch.tip: self._choose(tip, checked))
        self.menu.addSeparator()
        for text, wanted in ((tr("Show all"), True), (tr("Show none"), False)):
            self.menu.addAction(text).triggered.connect(lambda _checked=False, wanted=wanted: self._choose_all(wanted))

    def _choose(self, tip: Segment, wanted: bool) -> None:
        self._wanted[tip] = wanted
        self.chosen.emit()

    def _choose_all(self, wanted: bool) -> None:
        for branch in self._past.branches if self._past is not None else ():
            self._wanted[branch.tip] = wanted
        self.chosen.emit()


def reach_of(live: Array, grounded: bool) -> tuple[float, float]:
    """How low and how high other branches may widen the scale of the `live` curves, so that these stay curves.

    It grows in steps, so that what is drawn within it need not be drawn anew at every redraw.  With `grounded` the
    scale begins at 0.
    """
    finite = live[np.isfinite(live)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    low, least = (min(low, 0.0), 0.0) if grounded else (low, 1.0)        # a power of ten
    span = max(high - low, least)
    if not 0.0 < span < LARGEST:
        return -np.inf, np.inf
    step = 2.0 ** math.ceil(math.log2(span))
    return (math.floor(low / step) - REACH) * step, (math.ceil(high / step) + REACH) * step


def _brief(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
