"""A field that stands over a number of a picture while another is typed: Enter takes it, Esc leaves it alone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from nnviz.engine.options import Option
from nnviz.gui.fields import range_in_words, read_number, show_wrong, written
from nnviz.gui.translation import tr

ANY_NUMBER = Option(0.0)
LETTERS = 11             # that it has room for


class ValueEditor(QLineEdit):
    """`value_chosen` tells a number that was typed, `refused` why a text is none, `left` that nothing was chosen."""

    value_chosen = Signal(float)
    refused = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._name, self._open = "", False
        self._tip = tr("A number, such as 0.5, -2 or 3e-4. Enter takes it, Esc leaves the value as it is.")
        self.textChanged.connect(self._text_changed)

    def begin(self, value: float, name: str, typed: str = "") -> None:
        """Shows `value` of the leaf `name`, ready to be replaced; or what was `typed` already."""
        self._name, self._open = name, True
        self.setAccessibleName(tr("Value of {name}").format(name=name))
        self.setText(typed or written(value))
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if not typed:
            self.selectAll()

    def sizeHint(self) -> QSize:
        return QSize(LETTERS * self.fontMetrics().averageCharWidth() + 24, super().sizeHint().height())

    def problem(self) -> str:
        """What is wrong with the text, as a sentence; "" where it is a number."""
        if read_number(self.text(), ANY_NUMBER) is not None:
            return ""
        return tr("{name} must be {range}, not “{text}”.").format(
            name=tr("The value of {name}").format(name=self._name), range=range_in_words(ANY_NUMBER),
            text=self.text().strip()[:24])

    def _text_changed(self) -> None:
        show_wrong(self, "QLineEdit", self.problem(), self._tip)

    def event(self, event: QEvent) -> bool:
        """While it is open, every key that it understands is its own, Esc and Ctrl+Z among them."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and (
                event.key() == Qt.Key.Key_Escape):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._settle()
        else:
            super().keyPressEvent(event)

    def _settle(self) -> None:
        number = read_number(self.text(), ANY_NUMBER)
        self.refused.emit(self.problem())
        if number is not None:
            self._open = False
            self.value_chosen.emit(float(number))

    def _leave(self) -> None:
        self._open = False
        self.refused.emit("")
        self.left.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Whoever goes elsewhere takes the number, where it is one."""
        super().focusOutEvent(event)
        if not self._open or event.reason() == Qt.FocusReason.PopupFocusReason:
            return
        if self.problem():
            self._leave()
        else:
            self._settle()
