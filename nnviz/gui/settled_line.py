"""A line of text whose user settles on it: Enter or leaving the line takes what is typed, Esc brings it back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from nnviz.gui.fields import described, settles_key


class SettledLine(QLineEdit):
    """`text_chosen` tells a text that the user has settled on, where it is another one than before."""

    text_chosen = Signal(str)

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        described(self, name, tip)
        self.editingFinished.connect(self.commit)

    def set_value(self, text: str) -> None:
        """Shows `text`; what is being typed stays, unless the text is another one than before."""
        if text == self._shown and self.is_being_edited():
            return
        self._shown = text
        if self.text() != text:
            self.setText(text)
            self.setCursorPosition(0)

    def is_being_edited(self) -> bool:
        """Whether the text differs from the one that was shown or chosen last."""
        return self.text() != self._shown

    def restore(self) -> None:
        """Brings the last text back."""
        self.setText(self._shown)

    def commit(self) -> None:
        """Tells the text, where it is another one than before."""
        if self.is_being_edited():
            self._shown = self.text()
            self.text_chosen.emit(self._shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_being_edited():
            self.restore()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        return settles_key(event, self.is_being_edited) or super().event(event)
