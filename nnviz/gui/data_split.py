"""How the plane, the table and the sliders of the examples share their room: a plane wants to be a square."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSplitter, QTabBar, QWidget

from nnviz.gui.fields import described
from nnviz.gui.translation import tr

LEAST_TABLE, WIDEST_TABLE = 15, 26       # lines of text that the table is wide beside the plane
SLIDERS = 16             # and the sliders beside the table
WIDE_TABLE = 32          # beyond that the sliders grow
MOST_SLIDERS = 26
LEAST_PLANE = 12         # and the plane beside them
SCROLLED = 12            # pixels of the sliders' margins
TABLE_SHARE = 0.45       # of the height, where the sliders are below the table
UPRIGHT = (300, 180, 190)       # of plane, table and sliders below one another, in proportion
LEAST_TWO, LEAST_THREE = 12, 26         # lines of text that two and three parts below one another are high
PARTS = {"plane": "Plane", "table": "Table", "sliders": "Sliders"}


class DataSplit(QSplitter):
    """The plane as large a square as the height allows, the table in what is left, the sliders beside or below it.

    In a narrow and high place all three lie below one another; where that is too low for them one is shown at a time,
    and `tabs` choose which; in a wide and low place only table and sliders take turns.  Sizes that the user
    drags are kept until the places of the three change.
    """

    changed = Signal()       # other parts are shown

    def __init__(self, plane: QWidget, table: QWidget, sliders: QScrollArea, wanted: Callable[[], int]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._plane, self._table, self._sliders = plane, table, sliders
        self._wanted = wanted        # pixels in which the table is seen whole
        self._rest = QSplitter(Qt.Orientation.Horizontal)
        self._dragged = self._alone = self._plane_stays = self._moved_on = False
        self._planar = True
        self.tabs = described(QTabBar(), tr("Plane, table or sliders"), tr(
            "Which part of the data is shown: there is no room for all of them"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        for text in PARTS.values():
            self.tabs.addTab(tr(text))
        self.tabs.hide()
        self.tabs.tabBarClicked.connect(lambda _index: self._choose())
        self.tabs.currentChanged.connect(lambda _index: self._show_parts())
        for whole, parts in ((self._rest, (table, sliders)), (self, (plane, self._rest))):
            whole.setChildrenCollapsible(False)
            for part in parts:
                whole.addWidget(part)
            whole.splitterMoved.connect(self._drag)
        self._rest.setStretchFactor(0, 1)
        self.setStretchFactor(1, 1)

    @property
    def part(self) -> str:
        """The one part that is shown, beside a plane that stays; "" where all are."""
        return list(PARTS)[self.tabs.currentIndex()] if self._alone else ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that are shown."""
        shown = (self.part,) if self.part else tuple(PARTS)
        return tuple(name for name in PARTS if (name == "plane" and self._planar and self._plane_stays)
                     or (name in shown and (name != "plane" or self._planar)))

    def set_planar(self, planar: bool) -> None:
        """Whether there is a plane to show."""
        if planar != self._planar:
            self._planar = planar
            self.share()

    def _choose(self) -> None:
        self._moved_on = False

    def _drag(self) -> None:
        self._dragged = True

    def share(self) -> None:
        """Gives each its room anew."""
        em, width, height = self.fontMetrics().height(), self.width(), self.height()
        beside = SLIDERS * em + SCROLLED + self._sliders.verticalScrollBar().sizeHint().width()
        upright = self._planar and (height > 1.3 * width or width < (LEAST_PLANE + LEAST_TABLE) * em)
        wanted = max(LEAST_TABLE * em, min(self._wanted() + SCROLLED, WIDEST_TABLE * em))
        side = max(LEAST_PLANE * em, min(height, width - wanted)) if self._planar else 0
        left = width - side - 2 * self.handleWidth()
        below = upright or left < LEAST_TABLE * em + beside
        tools = em * 2 if self._alone else 0        # that are there only while all parts are
        alone = height - tools < (LEAST_THREE if upright else LEAST_TWO if below else 0) * em
        if alone != self._alone:
            self._alone = alone
            self._dragged = False
            self.tabs.setVisible(alone)
        self._plane_stays = alone and self._planar and not upright
        offered = self._planar and not self._plane_stays
        was_plane = self.tabs.currentIndex() == 0
        if offered != self.tabs.isTabVisible(0):
            self.tabs.setTabVisible(0, offered)
            self.tabs.updateGeometry()
        if not offered and was_plane:
            self._moved_on = True        # to the table, and back as soon as the plane is offered again
            self.tabs.setCurrentIndex(1)
        elif offered and self._moved_on:
            self._moved_on = False
            self.tabs.setCurrentIndex(0)
        self._show_parts()
        self._turn(self, upright)
        self._turn(self._rest, below)
        self._sliders.setMinimumWidth(0 if below else beside)
        if self._dragged or (alone and not self._plane_stays):
            return
        if upright:
            self.setSizes([UPRIGHT[0], sum(UPRIGHT[1:])])
            self._rest.setSizes(UPRIGHT[1:])
            return
        self.setSizes([side, left])
        if below and not alone:
            self._rest.setSizes([round(TABLE_SHARE * height), round((1 - TABLE_SHARE) * height)])
        elif not below:
            wide = beside + max(0, min((MOST_SLIDERS - SLIDERS) * em, left - beside - WIDE_TABLE * em))
            self._rest.setSizes([left - wide, wide])

    def _show_parts(self) -> None:
        parts = self.parts
        for widget, names in ((self._plane, {"plane"}), (self._rest, {"table", "sliders"}), (self._table, {"table"}),
                              (self._sliders, {"sliders"})):
            widget.setVisible(not names.isdisjoint(parts))
        for splitter in (self, self._rest):
            splitter.refresh()      # knows at once who is there, or would share the room a moment later
        self.changed.emit()

    def _turn(self, splitter: QSplitter, upright: bool) -> None:
        wanted = Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal
        if splitter.orientation() is not wanted:
            splitter.setOrientation(wanted)
            self._dragged = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share()
