"""What a hand does on the picture: pan it, point and click, drag a weight.

A gesture is a small object that lives from the press of a button to its release, or to Esc.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import QPointF

from nnviz.report.elements import Element

CLICK_REACH = 4.0                 # pixels that a click may slip
SLIP = 24                # pixels; the picture that was moved less springs back
PER_PIXEL = 0.01                  # what a weight changes for each pixel of a drag
FINE = 0.1                        # share of that with Shift

# What the tooltip of a weight or bias says of the hand, by whether Alt must be held.
DRAG_HINTS = {
    False: "Drag up or down to change it (Shift: finely)",
    True: "Alt and drag up or down to change it (Shift: finely)",
}


class GestureTarget(Protocol):
    """What a gesture acts on: the view."""

    def pan_by(self, dx: float, dy: float) -> None: ...
    def click(self, element: Element | None) -> None: ...
    def weight_moved(self, element: Element, value: float) -> None: ...
    def weight_released(self, element: Element, value: float) -> None: ...
    def weight_let_go(self, element: Element) -> None: ...


class Gesture(Protocol):
    """One stroke, from press to release."""

    moved: bool

    def start(self, at: QPointF) -> None: ...
    def move(self, at: QPointF, fine: bool = False) -> None: ...
    def end(self, at: QPointF, fine: bool = False) -> None: ...
    def cancel(self) -> None: ...


@dataclass
class Pan:
    """Moves the picture; a press that does not move is a click on `element` (None: the background)."""

    target: GestureTarget
    element: Element | None = None
    moved: bool = False
    _began: QPointF = field(default_factory=QPointF)
    _last: QPointF = field(default_factory=QPointF)

    def start(self, at: QPointF) -> None:
        self._began = self._last = QPointF(at)

    def move(self, at: QPointF, fine: bool = False) -> None:
        if not self.moved and (at - self._began).manhattanLength() <= CLICK_REACH:
            return
        self.moved = True
        self.target.pan_by(at.x() - self._last.x(), at.y() - self._last.y())
        self._last = QPointF(at)

    def end(self, at: QPointF, fine: bool = False) -> None:
        self.move(at)
        if not self.moved:
            self.target.click(self.element)
        elif (at - self._began).manhattanLength() < SLIP:
            self.cancel()       # somebody missed an edge: titles would be cut off at the rim for it

    def cancel(self) -> None:
        if self.moved:
            self.target.pan_by(self._began.x() - self._last.x(), self._began.y() - self._last.y())


@dataclass
class SpotDrag:
    """A press on a plane whose every place can be taken: a click takes that place, a drag all those on its way."""

    take: Callable[[QPointF], object]
    moved: bool = False
    _began: QPointF = field(default_factory=QPointF)

    def start(self, at: QPointF) -> None:
        self._began = QPointF(at)
        self.take(at)

    def move(self, at: QPointF, fine: bool = False) -> None:
        if self.moved or (at - self._began).manhattanLength() > CLICK_REACH:
            self.moved = True
            self.take(at)

    def end(self, at: QPointF, fine: bool = False) -> None:
        self.move(at)

    def cancel(self) -> None:
        """The place that was taken last stays."""


@dataclass
class WeightDrag:
    """Changes a weight or bias: upwards is more, one hundredth a pixel, a tenth of that with Shift."""

    target: GestureTarget
    element: Element
    value: float
    moved: bool = False
    _origin: float = 0.0
    _began_y: float = 0.0
    _last_y: float = 0.0
    _sum: float = 0.0

    def start(self, at: QPointF) -> None:
        self._began_y = self._last_y = at.y()
        self._origin = self.value
        self._sum = 0.0

    def move(self, at: QPointF, fine: bool = False) -> None:
        if not self.moved and abs(at.y() - self._began_y) <= CLICK_REACH:
            return
        self.moved = True
        if at.y() == self._last_y:
            return
        self._sum += (self._last_y - at.y()) * (FINE if fine else 1.0)
        self._last_y = at.y()
        self.value = round(self._origin + self._sum * PER_PIXEL, 10)
        self.target.weight_moved(self.element, self.value)

    def end(self, at: QPointF, fine: bool = False) -> None:
        self.move(at, fine)
        if self.moved:
            self.target.weight_released(self.element, self.value)
        else:
            self.target.click(self.element)

    def cancel(self) -> None:
        self.value = self._origin
        if self.moved:
            self.target.weight_let_go(self.element)
