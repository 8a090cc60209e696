"""A hand on a handle of time comes by more steps than can be shown: the newest one is, and the last one exactly.

The timeline and the line of the loss plot both move by this.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

BETWEEN_SEEKS = 16        # milliseconds: what the pointer passes meanwhile is not shown
RESTS = 60                # milliseconds after which a pointer that has not moved rests
AROUND = 2.0              # pixels beside a moving pointer that are as good as the one under it


class Travel(QObject):
    """One drag through time after the other: `begun`, `moved` (step, how many beside it will do as well), `ended`."""

    begun = Signal()
    moved = Signal(int, int)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_on = False
        self._wanted: tuple[int, int] | None = None
        self._loose: int | None = None            # the step that is meant, where what is shown may lie beside it
        self._turn = self._timer(BETWEEN_SEEKS, self._go)
        self._rest = self._timer(RESTS, self.settle)

    def _timer(self, milliseconds: int, act: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(act)
        return timer

    @property
    def is_due(self) -> bool:
        """Whether something that was wanted has not been shown yet."""
        return self._wanted is not None or self._loose is not None

    def begin(self) -> None:
        self.is_on = True
        self.begun.emit()

    def want(self, step: int, near: int) -> None:
        """Asks for a step; the newest one is told when the window has time for it."""
        self._wanted = (step, near)
        if not self._turn.isActive():
            self._turn.start()

    def _go(self) -> None:
        if self._wanted is None:
            return
        (step, near), self._wanted = self._wanted, None
        self._loose = step if near else None
        self.moved.emit(step, near)
        if near:
            self._rest.start()

    def settle(self) -> None:
        """Exactly the newest step that was asked for is shown."""
        meant = self._wanted[0] if self._wanted is not None else self._loose
        self._wanted = self._loose = None
        self._turn.stop()
        self._rest.stop()
        if meant is not None:
            self.moved.emit(meant, 0)

    def end(self) -> None:
        """The handle is let go."""
        self.settle()
        self.is_on = False
        self.ended.emit()
