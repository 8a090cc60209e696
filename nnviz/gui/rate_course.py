"""The course of the learning rate in a few pixels: what a schedule makes of it over the epochs to come."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnviz.engine.calls import Array
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.engine.schedules import Pace
from nnviz.gui.fields import written
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.report.numbers import count, short
from nnviz.session.document import Document

POINTS = 160
LINES_HIGH = 3.6        # lines of text
_DIGITS = 3


class RateCourse(QWidget):
    """A curve with its highest rate and its last epoch beside it; hidden where the rate is constant."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.steps: Array = np.zeros(0)
        self.rates: Array = np.zeros(0)
        self._top, self._end = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Course of the learning rate"))
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Takes the colours of `theme`."""
        self._theme = theme
        self.update()

    def show_rate(self, document: Document, per_epoch: int) -> None:
        """Shows the course of a document's rate, with so many steps in an epoch."""
        row, options = SCHEDULES[document.schedule.name], dict(document.schedule.options)
        epochs = row.seen(options)
        self.setVisible(math.isfinite(epochs) and epochs > 0)
        if self.isHidden():
            return
        pace = Pace(row, options, document.learning_rate)
        last = max(1.0, min(epochs * per_epoch, 2.0**53))
        self.steps = np.unique(np.floor(np.linspace(0.0, last, POINTS)))
        self.rates = pace.preview(self.steps, per_epoch)
        top = float(self.rates.max())
        self._top = tr("η at most {rate}").format(rate=short(top, _DIGITS))
        self._end = tr("epoch {epoch}").format(epoch=count(math.ceil(epochs)))
        self.setToolTip(tr("The learning rate over the first {epochs} epochs: from {first} to {last}").format(
            epochs=count(math.ceil(epochs)), first=written(float(f"{self.rates[0]:.4g}")),
            last=written(float(f"{self.rates[-1]:.4g}"))))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, round(LINES_HIGH * self.fontMetrics().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(20, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setClipRect(self.rect())
            line = self.fontMetrics().height()
            left, right, top, bottom = 1.0, self.width() - 1.0, line + 2.0, self.height() - line - 3.0
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawLine(QPointF(left, bottom), QPointF(right, bottom))
            painter.setPen(QColor(self._theme.muted))
            words = self.rect().adjusted(2, 0, -2, 0)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), self._top)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom), self._end)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), tr("epoch 1"))
            if not len(self.rates):
                return
            largest, last = float(self.rates.max()) or 1.0, float(self.steps[-1]) or 1.0
            x = left + (right - left) * self.steps / last
            y = bottom - (bottom - top) * self.rates / largest
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._theme.accent), 1.6))
            painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))
        finally:
            painter.end()
