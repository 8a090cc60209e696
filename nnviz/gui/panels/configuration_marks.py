"""Which fields of the configuration start training over when they are changed: found out while nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal

from nnviz.gui.panels.configuration_form import FieldRow
from nnviz.session.configuration import Field
from nnviz.session.configuring import Marks

_SLICE, _LOOK = 10, 0.002   # so many milliseconds apart, so many seconds are spent on what changes would do


class MarkSearch(QObject):
    """Looks at row after row of a form, a little at a time, and marks those whose change starts training over."""

    done = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: Iterator[None] = iter(())
        self._timer = QTimer(self)
        self._timer.setInterval(_SLICE)
        self._timer.timeout.connect(self._go_on)

    def begin(self, rows: Sequence[FieldRow], marks: Marks, keeps: Callable[[Field], bool]) -> None:
        """Begins with these rows, in place of those before; a field of which `keeps` is true needs no mark."""
        self._waiting = _found(rows, marks, keeps)
        self._timer.start()

    def stop(self) -> None:
        """Leaves the rows alone: they may be gone the next moment."""
        self._timer.stop()
        self._waiting = iter(())

    def finish(self) -> None:
        """Finds out at once what is left to be found."""
        while self._timer.isActive():
            self._go_on()

    def _go_on(self) -> None:
        until = perf_counter() + _LOOK
        while perf_counter() < until:
            if next(self._waiting, self) is self:
                self.stop()
                self.done.emit()
                return


def _found(rows: Sequence[FieldRow], marks: Marks, keeps: Callable[[Field], bool]) -> Iterator[None]:
    for row in rows:
        if row.entry.kind == "choice":
            yield from marks.look_at_rows(row.entry)
            reasons = marks.rows_of(row.entry)
            row.set_reason(marks.of(row.entry), all(reasons.values()), reasons)
        else:
            row.set_reason("" if keeps(row.entry) else marks.of(row.entry))
            yield
