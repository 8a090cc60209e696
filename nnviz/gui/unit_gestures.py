"""What a hand does with units: move them to new places, catch them in a band, pick one more with Ctrl."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF

from nnviz.gui.gestures import CLICK_REACH
from nnviz.report.elements import Element, Unit

FIRM = 8.0               # pixels that a unit must be dragged to come along: a click that slips moves nothing


class UnitTarget(Protocol):
    """What these gestures act on: the view."""

    def click(self, element: Element | None) -> None: ...
    def pick(self, element: Element) -> None: ...
    def units_moved(self, unit: Unit, dx: float, dy: float) -> None: ...
    def units_dropped(self, unit: Unit) -> None: ...
    def units_let_go(self) -> None: ...
    def band_drawn(self, band: QRectF | None) -> None: ...
    def band_closed(self, band: QRectF) -> None: ...


@dataclass
class UnitDrag:
    """Moves a unit, and those selected with it, as the pointer goes; a press that stays where it is is a click."""

    target: UnitTarget
    unit: Unit
    moved: bool = False
    _began: QPointF = field(default_factory=QPointF)

    def start(self, at: QPointF) -> None:
        self._began = QPointF(at)

    def move(self, at: QPointF, fine: bool = False) -> None:
        by = at - self._began
        if not self.moved and by.manhattanLength() <= FIRM:
            return
        self.moved = True
        self.target.units_moved(self.unit, by.x(), by.y())

    def end(self, at: QPointF, fine: bool = False) -> None:
        self.move(at, fine)
        if self.moved:
            self.target.units_dropped(self.unit)
        else:
            self.target.click(self.unit)

    def cancel(self) -> None:
        if self.moved:
            self.target.units_let_go()


@dataclass
class Band:
    """A rectangle drawn on the background: what lies in it is selected."""

    target: UnitTarget
    moved: bool = False
    _began: QPointF = field(default_factory=QPointF)

    def start(self, at: QPointF) -> None:
        self._began = QPointF(at)

    def move(self, at: QPointF, fine: bool = False) -> None:
        if not self.moved and (at - self._began).manhattanLength() <= CLICK_REACH:
            return
        self.moved = True
        self.target.band_drawn(QRectF(self._began, at).normalized())

    def end(self, at: QPointF, fine: bool = False) -> None:
        self.move(at, fine)
        if self.moved:
            self.target.band_drawn(None)
            self.target.band_closed(QRectF(self._began, at).normalized())

    def cancel(self) -> None:
        self.target.band_drawn(None)


@dataclass
class Pick:
    """A click with Ctrl: what is under it is selected besides what is already, or no longer."""

    target: UnitTarget
    element: Element
    moved: bool = False

    def start(self, at: QPointF) -> None:
        pass

    def move(self, at: QPointF, fine: bool = False) -> None:
        pass

    def end(self, at: QPointF, fine: bool = False) -> None:
        self.target.pick(self.element)

    def cancel(self) -> None:
        pass
