"""What the panels have in common that explain a number as rows of a table with a sentence below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout

from nnviz.gui.panels.number_rows import RowTable
from nnviz.gui.panels.panel import Panel
from nnviz.gui.theme import Theme

_ROOMY = 12      # lines of text below which there is little room


class RowPanel(Panel):
    """A panel whose `table` takes theme and font; where it is low, note and margins give way to rows."""

    table: RowTable
    note: QLabel
    _column: QVBoxLayout

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "table"):
            self.table.fit_font(self.font())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < _ROOMY * self.fontMetrics().lineSpacing()
        if hasattr(self, "note"):
            self.note.setVisible(not low)
        margin = 3 if low else 8
        self._column.setContentsMargins(10, margin, 10, margin)
