"""A confusion matrix as a picture: the diagonal is right, and everything beside it says what is taken for what."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnviz.gui.theme import LIGHT, Theme, mixed
from nnviz.gui.translation import tr
from nnviz.report.numbers import count

LEAST_TEXT = 9.0         # pixels of a letter's height that can be read


class ConfusionMatrix(QWidget):
    """Rows are the targets, columns the answers; a cell is the stronger the larger its share of its row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._counts: NDArray[np.intp] = np.zeros((0, 0), dtype=np.intp)
        self._names: tuple[str, ...] = ()
        self.setAccessibleName(tr("Confusion matrix"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        return QSize(240, 160)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 64)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_counts(self, counts: NDArray[np.intp], names: Sequence[str]) -> None:
        """Shows how many of each target class (rows) were given which class (columns)."""
        if tuple(names) == self._names and np.array_equal(counts, self._counts):
            return
        self._counts, self._names = counts, tuple(names)
        right, total = int(np.trace(counts)), int(counts.sum())
        self.setAccessibleDescription(tr("{right} of {total} right").format(right=count(right), total=count(total)))
        self.update()

    def cell_text(self, row: int, column: int) -> str:
        """What a cell says, in words."""
        number, total = int(self._counts[row, column]), int(self._counts[row].sum())
        share = f"{100.0 * number / total:.0f} %" if total else "–"
        return tr("‹target› {target}, answer {answer}: {count} of {total} ({share})").format(
            target=self._names[row], answer=self._names[column], count=count(number), total=count(total), share=share)

    def cell_at(self, position: QPointF) -> tuple[int, int] | None:
        """Row and column of the cell at a place of the widget."""
        for row in range(len(self._names)):
            for column in range(len(self._names)):
                if self.cell(row, column).contains(position):
                    return row, column
        return None

    def cell(self, row: int, column: int) -> QRectF:
        """Where a cell lies."""
        left, top, wide, high = self._measures()
        return QRectF(left + column * wide, top + row * high, wide, high)

    def _measures(self) -> tuple[float, float, float, float]:
        metrics = self.fontMetrics()
        number = max(len(self._names), 1)
        names = max((metrics.horizontalAdvance(name[:10]) for name in self._names), default=0)
        left, top = names + metrics.height() + 12.0, 2.2 * metrics.height() + 2.0
        wide = min(max((self.width() - left - 4.0) / number, 1.0), 110.0)
        return left, top, wide, min(max((self.height() - top - 4.0) / number, 1.0), 64.0)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.cell_text(*found) if found else self.accessibleDescription(),
                              self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        try:
            painter.fillRect(self.rect(), QColor(self._theme.canvas))
            if self._names:
                self._draw(painter)
        finally:
            painter.end()

    def _draw(self, painter: QPainter) -> None:
        theme, metrics, centre = self._theme, self.fontMetrics(), Qt.AlignmentFlag.AlignCenter
        left, top, wide, high = self._measures()
        number, line = len(self._names), float(metrics.height())
        small = QFont(self.font())
        small.setPixelSize(round(min(max(0.8 * high, LEAST_TEXT), 0.78 * line)))
        painter.setFont(small)
        metrics = QFontMetrics(small)
        totals = np.maximum(self._counts.sum(axis=1, keepdims=True), 1)
        shares = self._counts / totals
        spelt = high >= LEAST_TEXT + 1.0
        for row in range(number):
            for column in range(number):
                box, share = self.cell(row, column).adjusted(0.5, 0.5, -0.5, -0.5), float(shares[row, column])
                colour = theme.good if row == column else theme.warning
                painter.fillRect(box, QColor(mixed(theme.raised, colour, 0.75 * share if share else 0.0)))
                text = count(int(self._counts[row, column]))
                if spelt and self._counts[row, column] and metrics.horizontalAdvance(text) <= wide - 2:
                    painter.setPen(QColor(theme.ink))
                    painter.drawText(box, centre, text)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(left, 0, number * wide, line), centre, tr("answer"))
        painter.save()
        painter.translate(0.0, top + number * high)
        painter.rotate(-90.0)
        painter.drawText(QRectF(0.0, 2.0, number * high, line), centre, tr("‹target›"))
        painter.restore()
        for place, name in enumerate(self._names):
            if spelt:
                room = QRectF(line + 4.0, top + place * high, left - line - 10.0, high)
                painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name[:10])
            if metrics.horizontalAdvance(name[:10]) <= wide:
                painter.drawText(QRectF(left + place * wide, line, wide, line), centre, name[:10])
