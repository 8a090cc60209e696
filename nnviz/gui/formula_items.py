"""A formula with its place on the card: where its title, lines and note stand, and which numbers are lit."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from nnviz.gui.typesetting import Layout, Place
from nnviz.report.mathematics import Formula
from nnviz.report.quantities import Quantity

EDGE = 10               # pixels on the left of every formula, for the mark of the one that has just been computed
BETWEEN = 12            # pixels between formulas


@dataclass
class Item:
    """A formula with its place on the card; coordinates are those of the card."""

    formula: Formula
    title: str
    note: str
    layout: Layout
    expanded: bool = False
    settled: bool = False       # whether `layout` is of this formula; out of sight it may be an earlier one's
    top: float = 0.0            # of its title
    formula_top: float = 0.0
    note_top: float = 0.0
    bottom: float = 0.0

    @property
    def origin(self) -> QPointF:
        return QPointF(EDGE, self.formula_top)

    def is_in(self, rectangle: QRect) -> bool:
        """Whether anything of it is in a rectangle of the card."""
        return self.top <= rectangle.bottom() + BETWEEN and self.bottom >= rectangle.top() - BETWEEN

    def lit(self, pointed: Quantity | None) -> tuple[QRectF, ...]:
        """Where its numbers stand that are meant by who points at `pointed`."""
        if pointed is None or not self.settled:
            return ()
        return tuple(place.rectangle.translated(self.origin) for place in self.layout.places
                     if place.quantity is not None and place.quantity.meets(pointed))

    def place_at(self, at: QPointF) -> Place | None:
        """Its number, or what it leaves out, at a point of the card."""
        local = at - self.origin
        return self.layout.place_at(local.x(), local.y())


class TextHeights:
    """How high titles and notes are where they are wrapped; measured once, as they seldom change."""

    def __init__(self, font: QFont) -> None:
        self.measure(font)

    def measure(self, font: QFont) -> None:
        """Forgets all heights, for letters of another size or another room."""
        self._metrics = QFontMetricsF(font)
        self._known: dict[tuple[str, float], float] = {}

    def of(self, text: str, room: float) -> float:
        found = self._known.get((text, room))
        if found is None:
            if len(self._known) >= 200:
                self._known.clear()
            around = QRectF(0, 0, room, 10_000)
            found = self._metrics.boundingRect(around, Qt.TextFlag.TextWordWrap, text).height()
            self._known[text, room] = found
        return found

    def of_title(self, title: str, room: float) -> float:
        """The same of a title, which mostly has a single line."""
        found = self._known.get((title, room))
        if found is None and self._metrics.horizontalAdvance(title) <= room:
            found = self._known[title, room] = self._metrics.height()
        return self.of(title, room) if found is None else found


def in_sight(card: QWidget) -> QRect | None:
    """What the page around a card shows of it; None where it stands on no page that scrolls, or is not shown yet."""
    if not card.isVisible():
        return None
    around = card.parentWidget()
    while around is not None:
        outer = around.parentWidget()
        if isinstance(outer, QAbstractScrollArea):
            return around.rect().translated(-card.mapTo(around, QPoint(0, 0)))
        around = outer
    return None
