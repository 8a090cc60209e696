"""A list to choose from that stays readable in little room, and lets a page be scrolled past it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter


class ChoiceList(QComboBox):
    """What does not fit ends with an ellipsis; the wheel turns the choice only where the box has the keyboard."""

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        super().initStyleOption(option)
        option.currentText = option.fontMetrics.elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, self._room(option))

    def paintEvent(self, event: QPaintEvent) -> None:
        """What stands there while nothing is chosen is cut off by Qt where it does not fit; here it is elided too."""
        if self.currentIndex() >= 0 or not self.placeholderText():
            super().paintEvent(event)
            return
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        painter.setClipRect(self.rect())
        self.initStyleOption(option)
        option.currentText = self.shown_placeholder
        option.palette.setBrush(QPalette.ColorRole.ButtonText, option.palette.placeholderText())
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    @property
    def shown_placeholder(self) -> str:
        """As much of the placeholder as there is room for."""
        option = QStyleOptionComboBox()
        super().initStyleOption(option)
        return option.fontMetrics.elidedText(self.placeholderText(), Qt.TextElideMode.ElideRight, self._room(option))

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
