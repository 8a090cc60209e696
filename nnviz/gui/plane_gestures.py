"""What a hand does on the plane of examples: put one down, spray many, move some, draw a band around them.

A gesture lives from the press of a button to its release, or to Esc; only its end is an edit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

REACH = 10.0             # pixels around a mark in which a press is one on it
SLIP = 4.0               # pixels that a click may slip
PUFFS_APART = 0.5        # of the radius: the way between two puffs of a spray


class PlaneTarget(Protocol):
    """What a gesture acts on: the plane, all in pixels."""

    def show_added(self, places: Array) -> None: ...
    def keep_added(self, places: Array, sprayed: bool) -> None: ...
    def show_moved(self, rows: Rows, dx: float, dy: float) -> None: ...
    def keep_moved(self, rows: Rows, dx: float, dy: float) -> None: ...
    def show_band(self, band: QRectF | None) -> None: ...
    def choose_in(self, band: QRectF, more: bool) -> None: ...
    def choose(self, rows: Rows, more: bool) -> None: ...
    def pan_by(self, dx: float, dy: float) -> None: ...
    def show_nothing(self) -> None: ...


class PlaneGesture(Protocol):
    """One stroke, from press to release."""

    def start(self, at: QPointF) -> None: ...
    def move(self, at: QPointF) -> None: ...
    def end(self, at: QPointF) -> None: ...
    def cancel(self) -> None: ...


@dataclass
class Add:
    """Puts one example where the button is let go."""

    target: PlaneTarget

    def start(self, at: QPointF) -> None:
        self.target.show_added(_one(at))

    def move(self, at: QPointF) -> None:
        self.target.show_added(_one(at))

    def end(self, at: QPointF) -> None:
        self.target.keep_added(_one(at), False)

    def cancel(self) -> None:
        self.target.show_nothing()


@dataclass
class Spray:
    """Puts `density` examples into a disc of `radius` pixels around the pointer, and again as it goes on."""

    target: PlaneTarget
    density: int
    radius: float
    generator: np.random.Generator
    _places: list[Array] = field(default_factory=list)
    _last: QPointF = field(default_factory=QPointF)

    def start(self, at: QPointF) -> None:
        self._puff(at)

    def move(self, at: QPointF) -> None:
        way = at - self._last
        length = float(np.hypot(way.x(), way.y()))
        apart = max(2.0, self.radius * PUFFS_APART)
        for _ in range(int(length / apart)):        # a fast hand leaves no gaps
            step = (at - self._last) * (apart / max(apart, float(np.hypot(at.x() - self._last.x(),
                                                                           at.y() - self._last.y()))))
            self._puff(self._last + step)

    def end(self, at: QPointF) -> None:
        self.move(at)
        self.target.keep_added(np.concatenate(self._places), True)

    def cancel(self) -> None:
        self.target.show_nothing()

    def _puff(self, at: QPointF) -> None:
        angle = self.generator.uniform(0.0, 2.0 * np.pi, self.density)
        away = self.radius * np.sqrt(self.generator.uniform(0.0, 1.0, self.density))      # even over the disc
        self._places.append(np.column_stack((at.x() + away * np.cos(angle), at.y() + away * np.sin(angle))))
        self._last = QPointF(at)
        self.target.show_added(np.concatenate(self._places))


@dataclass
class Move:
    """Moves examples along with the pointer; a press that does not move chooses the one under it."""

    target: PlaneTarget
    rows: Rows
    pressed: int
    more: bool
    _began: QPointF = field(default_factory=QPointF)
    _moved: bool = False

    def start(self, at: QPointF) -> None:
        self._began = QPointF(at)

    def move(self, at: QPointF) -> None:
        way = at - self._began
        self._moved = self._moved or way.manhattanLength() > SLIP
        if self._moved:
            self.target.show_moved(self.rows, way.x(), way.y())

    def end(self, at: QPointF) -> None:
        self.move(at)
        way = at - self._began
        if self._moved:
            self.target.keep_moved(self.rows, way.x(), way.y())
        else:
            self.target.choose(np.array([self.pressed], dtype=np.intp), self.more)

    def cancel(self) -> None:
        self.target.show_nothing()


@dataclass
class Band:
    """Chooses the examples in a rectangle from press to release."""

    target: PlaneTarget
    more: bool
    _began: QPointF = field(default_factory=QPointF)

    def start(self, at: QPointF) -> None:
        self._began = QPointF(at)

    def move(self, at: QPointF) -> None:
        self.target.show_band(QRectF(self._began, at).normalized())

    def end(self, at: QPointF) -> None:
        self.target.show_band(None)
        self.target.choose_in(QRectF(self._began, at).normalized(), self.more)

    def cancel(self) -> None:
        self.target.show_band(None)


@dataclass
class PlanePan:
    """Moves the plane along with the pointer."""

    target: PlaneTarget
    _began: QPointF = field(default_factory=QPointF)
    _last: QPointF = field(default_factory=QPointF)

    def start(self, at: QPointF) -> None:
        self._began = self._last = QPointF(at)

    def move(self, at: QPointF) -> None:
        self.target.pan_by(at.x() - self._last.x(), at.y() - self._last.y())
        self._last = QPointF(at)

    def end(self, at: QPointF) -> None:
        self.move(at)

    def cancel(self) -> None:
        self.move(self._began)


def _one(at: QPointF) -> Array:
    return np.array([[at.x(), at.y()]])
