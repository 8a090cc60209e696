"""A list to choose from that stays readable in little room, and lets a page be scrolled past it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox


class ChoiceList(QComboBox):
    """What does not fit ends with an ellipsis; the wheel turns the choice only where the box has the keyboard."""

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        super().initStyleOption(option)
        option.currentText = option.fontMetrics.elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, self._room(option))

    def _room(self, option: QStyleOptionComboBox) -> int:
        """Pixels that the style leaves for the text."""
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self)
        return field.width() - 2

    @property
    def is_elided(self) -> bool:
        option = QStyleOptionComboBox()
        super().initStyleOption(option)
        return option.fontMetrics.horizontalAdvance(option.currentText) > self._room(option)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
