"""A value that is turned: by notches of the wheel, or by Up and Down on the keyboard.

A burst of notches is one change: it is kept after a short rest, or as soon as the hand does something else; Esc gives
back the value from before.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from nnviz.gui.gestures import FINE, PER_PIXEL
from nnviz.report.elements import Element

REST = 700                # milliseconds after the last notch
NOTCH = 10 * PER_PIXEL    # what a notch changes: as much as ten pixels of a drag


class TurningTarget(Protocol):
    """Whose values are turned: the view."""

    def weight_moved(self, element: Element, value: float) -> None: ...
    def weight_released(self, element: Element, value: float) -> None: ...
    def weight_let_go(self, element: Element) -> None: ...


class Turning(QObject):
    """The burst of notches that is going on over `view`, if any."""

    def __init__(self, view: QWidget, target: TurningTarget) -> None:
        super().__init__(view)
        self._view, self._target = view, target
        self.element: Element | None = None
        self._origin = self._sum = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST)
        self._timer.timeout.connect(self.settle)

    @property
    def is_on(self) -> bool:
        return self.element is not None

    def turn(self, element: Element, value: float, notches: float, fine: bool) -> None:
        """One more notch on `element`, whose value is `value` before the first."""
        if self.element != element:
            self.settle()
            self.element, self._origin, self._sum = element, value, 0.0
            application = QApplication.instance()
            if application is not None:
                application.installEventFilter(self)
        self._sum += notches * (FINE if fine else 1.0)
        self._timer.start()
        self._target.weight_moved(element, self._value)

    @property
    def _value(self) -> float:
        return round(self._origin + self._sum * NOTCH, 10)

    def settle(self) -> None:
        """Keeps the value: one change, however many notches there were."""
        element, value = self.element, self._value
        if element is not None:
            self._end()
            self._target.weight_released(element, value)

    def cancel(self) -> None:
        """Gives back the value from before."""
        element = self.element
        if element is not None:
            self._end()
            self._target.weight_let_go(element)

    def _end(self) -> None:
        self.element = None
        self._timer.stop()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whatever else the hand does begins with the value that was turned: also a key or button of the window."""
        kind = event.type()
        left = kind == QEvent.Type.Leave and watched is self._view
        key = Qt.Key(event.key()) if isinstance(event, QKeyEvent) else None
        if kind == QEvent.Type.KeyPress and key == Qt.Key.Key_Escape:
            self.cancel()
            return True
        other_key = kind == QEvent.Type.ShortcutOverride and key not in _OWN_KEYS
        if left or other_key or kind in (QEvent.Type.MouseButtonPress, QEvent.Type.Close):
            self.settle()
        return False


_OWN_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Escape, Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt)
