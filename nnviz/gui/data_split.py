"""How the plane, the table and the sliders of the examples share their room: a plane wants to be a square."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSplitter, QWidget

LEAST_TABLE = 15         # lines of text that the table is wide beside the plane
SLIDERS = 16             # and the sliders beside the table
WIDE_TABLE = 32          # beyond that the sliders grow
MOST_SLIDERS = 26
LEAST_PLANE = 12         # and the plane beside them
SCROLLED = 12            # pixels of the sliders' margins
TABLE_SHARE = 0.45       # of the height, where the sliders are below the table
UPRIGHT = (300, 180, 190)       # of plane, table and sliders below one another, in proportion


class DataSplit(QSplitter):
    """The plane as large a square as the height allows, the table in what is left, the sliders beside or below it.

    In a narrow and high place all three lie below one another.  Sizes that the user drags are kept until the places
    of the three change.
    """

    def __init__(self, plane: QWidget, table: QWidget, sliders: QScrollArea) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._plane, self._sliders = plane, sliders
        self._rest = QSplitter(Qt.Orientation.Horizontal)
        self._dragged = False
        for whole, parts in ((self._rest, (table, sliders)), (self, (plane, self._rest))):
            whole.setChildrenCollapsible(False)
            for part in parts:
                whole.addWidget(part)
            whole.splitterMoved.connect(self._drag)
        self._rest.setStretchFactor(0, 1)
        self.setStretchFactor(1, 1)

    def _drag(self) -> None:
        self._dragged = True

    def share(self) -> None:
        """Gives each its room anew."""
        em, width, height = self.fontMetrics().height(), self.width(), self.height()
        beside = SLIDERS * em + SCROLLED + self._sliders.verticalScrollBar().sizeHint().width()
        upright = height > 1.3 * width or width < (LEAST_PLANE + LEAST_TABLE) * em
        side = max(LEAST_PLANE * em, min(height, width - LEAST_TABLE * em)) if not self._plane.isHidden() else 0
        left = width - side - 2 * self.handleWidth()
        below = upright or left < LEAST_TABLE * em + beside
        self._turn(self, upright)
        self._turn(self._rest, below)
        self._sliders.setMinimumWidth(0 if below else beside)
        if self._dragged:
            return
        if upright:
            self.setSizes([UPRIGHT[0], sum(UPRIGHT[1:])])
            self._rest.setSizes(UPRIGHT[1:])
            return
        self.setSizes([side, left])
        if below:
            self._rest.setSizes([round(TABLE_SHARE * height), round((1 - TABLE_SHARE) * height)])
        else:
            wide = beside + max(0, min((MOST_SLIDERS - SLIDERS) * em, left - beside - WIDE_TABLE * em))
            self._rest.setSizes([left - wide, wide])

    def _turn(self, splitter: QSplitter, upright: bool) -> None:
        wanted = Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal
        if splitter.orientation() is not wanted:
            splitter.setOrientation(wanted)
            self._dragged = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share()
