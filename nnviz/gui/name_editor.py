"""A line over a unit in which its name is typed, or over a weight or bias, for its value."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from nnviz.gui.drawing import Drawing
from nnviz.gui.fields import show_wrong
from nnviz.gui.translation import tr
from nnviz.report.elements import Element, Unit

LEAST_WIDTH = 96      # pixels


class _Line(QLineEdit):
    """Keeps every key to itself: below it is a picture in which Enter and the arrows mean something else."""

    tabbed = Signal(int)               # to the next (1) or the one before (-1)

    def focusNextPrevChild(self, next: bool) -> bool:
        self.tabbed.emit(1 if next else -1)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        event.accept()


class NameEditor(QObject):
    """The line over the picture `view`: Enter takes what is typed, Tab goes on to the next, Esc leaves all as it was.

    `name_problem` is told a unit and a name and says what is wrong with that, as a sentence; "" where nothing is.
    """

    named = Signal(object, str)        # a Unit, its new name
    valued = Signal(object, float)     # a parameter, its new value
    mistyped = Signal(object, str)     # for which element, and what is wrong; "" where it is no longer
    passed = Signal(object, int)       # what was typed last, and which way to go on

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.name_problem: Callable[[Unit, str], str] = lambda unit, name: ""
        self._view = view
        self._element: Element | None = None
        self._before = self._problem = self._tip = ""
        self.line = _Line(view)
        self.line.hide()
        self.line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.line.returnPressed.connect(self._take)
        self.line.textEdited.connect(lambda _text: self._show_wrong(""))
        self.line.tabbed.connect(self._pass_on)
        self.line.installEventFilter(self)

    @property
    def is_open(self) -> bool:
        return self._element is not None

    def edit_name(self, unit: Unit, name: str, box: QRectF) -> None:
        """Lets the name of a unit be typed in its place."""
        self.line.setAccessibleName(tr("Name of the unit {name}").format(name=name))
        self.line.setToolTip(tr("A name that no other has; Enter takes it, Tab goes on to the next, Esc leaves it"))
        self.line.setMaxLength(200)
        self._open(unit, name, box)

    def edit_value(self, element: Element, value: float, box: QRectF) -> None:
        """Lets the value of a weight or bias be typed in its place."""
        self.line.setAccessibleName(tr("Value"))
        self.line.setToolTip(tr("A number such as 0.25; Enter takes it, Tab goes on to the next, Esc leaves it"))
        self.line.setMaxLength(40)
        self._open(element, f"{value!r}", box)

    def _open(self, element: Element, text: str, box: QRectF) -> None:
        self._element, self._before, self._tip = element, text, self.line.toolTip()
        width = max(LEAST_WIDTH, round(box.width()), self.line.fontMetrics().horizontalAdvance(text) + 28)
        height = self.line.sizeHint().height()
        x, y = round(box.center().x() - width / 2), round(box.center().y() - height / 2)
        self.line.setGeometry(max(0, min(self._view.width() - width, x)), max(0, min(self._view.height() - height, y)),
                              width, height)
        self.line.setText(text)
        self.line.selectAll()
        self.line.show()
        self.line.setFocus()

    def _take(self) -> None:
        element, text = self._element, self.line.text().strip()
        if element is None:
            return
        if isinstance(element, Unit):
            changed = text != self._before
            if changed and (problem := self.name_problem(element, text)):
                self._show_wrong(problem)
                return
            self._close()
            if changed:
                self.named.emit(element, text)
            return
        try:
            value = float(text.replace(",", ".").replace("−", "-"))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self._show_wrong(tr("“{text}” is not a finite number. Type one such as 0.25.").format(text=text[:40]))
            return
        self._close()
        if value != float(self._before):
            self.valued.emit(element, value)

    def _show_wrong(self, problem: str) -> None:
        """Says what is wrong until it is put right or given up."""
        if problem != self._problem:
            self._problem = problem
            show_wrong(self.line, "QLineEdit", problem, self._tip)
            self.mistyped.emit(self._element, problem)

    def _pass_on(self, way: int) -> None:
        element = self._element
        self._take()
        if element is not None and not self.is_open:
            self.passed.emit(element, way)

    def give_up(self) -> None:
        """Leaves everything as it was."""
        if self.is_open:
            self._close()

    def close_if_moved(self, before: Drawing | None, after: Drawing | None) -> None:
        """Another network is shown: what was to be typed belongs to none."""
        if self.is_open and before is not None and (after is None or before.shape != after.shape):
            self._close()

    def _close(self) -> None:
        self._show_wrong("")
        self._element = None
        had_focus = self.line.hasFocus()
        self.line.hide()
        if had_focus:
            self._view.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()       # what is typed is no command of the window
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._close()
            return True
        if event.type() == QEvent.Type.FocusOut and self.is_open:
            self._close()
        return False
