"""What a network answers, as a bar for every output: the largest one stands out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontInfo, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnviz.engine.calls import Array
from nnviz.gui.theme import LIGHT, Theme, mixed
from nnviz.gui.translation import tr
from nnviz.report.numbers import full, short

_LEAST_LINE = 12      # pixels for a bar
_BETWEEN = 14         # pixels between two columns
_DIGITS = 4


class AnswerBars(QWidget):
    """A row for each output: its name, a bar from 0 to 1 or to the largest, its number; as a share where it is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._names: tuple[str, ...] = ()
        self._values: Array | None = None
        self._are_shares = False
        self._columns = 1
        self.setAccessibleName(tr("Answer of the network"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(190 * self._columns, self._lines() * (self.fontMetrics().height() + 3))

    def minimumSizeHint(self) -> QSize:
        return QSize(120 * self._columns, self._lines() * _LEAST_LINE)

    def set_columns(self, columns: int) -> None:
        """Stands the rows in so many columns beside each other, where there is more width than height."""
        if columns != self._columns:
            self._columns = columns
            self.updateGeometry()
            self.update()

    def _lines(self) -> int:
        """How many rows stand below each other."""
        return max(3, -(-len(self._names) // self._columns))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_answer(self, names: Sequence[str], values: Array | None, are_shares: bool) -> None:
        """Shows the outputs, or their names alone; `are_shares` says that they add up to 1."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self.updateGeometry()
        self._values, self._are_shares = values, are_shares
        self.setAccessibleDescription("" if values is None else ", ".join(
            f"{name}: {self._said(float(value))}" for name, value in zip(names, values, strict=True)))
        self.update()

    def best(self) -> int | None:
        """The place of the largest output; None where there is nothing to answer."""
        if self._values is None or not np.isfinite(self._values).all():
            return None
        return int(self._values.argmax())

    def _said(self, value: float) -> str:
        return f"{100.0 * value:.1f} %" if self._are_shares else short(value, _DIGITS)

    def _row(self, place: int) -> QRectF:
        lines = -(-len(self._names) // self._columns)
        high = min(self.height() / max(1, lines), self.fontMetrics().height() + 6.0)
        wide = (self.width() - _BETWEEN * (self._columns - 1)) / self._columns
        column, line = divmod(place, max(1, lines))
        return QRectF(column * (wide + _BETWEEN), line * high, wide, high)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = next((k for k in range(len(self._names)) if self._row(k).contains(QPointF(event.pos()))), None)
            if place is not None and self._values is not None:
                QToolTip.showText(event.globalPos(), f"{self._names[place]}: {full(float(self._values[place]))}", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        try:
            theme, font = self._theme, self.font()
            font.setPixelSize(max(6, min(QFontInfo(font).pixelSize(), int(0.84 * self._row(0).height()))))
            painter.setFont(font)
            metrics = painter.fontMetrics()
            longest = max((metrics.horizontalAdvance(name) for name in self._names), default=0)
            name_room = min(longest + 12, int(self._row(0).width()) // 3)
            number_room = metrics.horizontalAdvance("100.0 %") + 8
            best = self.best()
            largest = 1.0 if self._values is None else max(1.0, float(np.nanmax(np.abs(self._values), initial=0.0)))
            for place, name in enumerate(self._names):
                row, strong = self._row(place), place == best
                font.setBold(strong)
                painter.setFont(font)
                painter.setPen(QColor(theme.ink if strong else theme.muted))
                middle = int(Qt.AlignmentFlag.AlignVCenter)
                painter.drawText(QRectF(row.left(), row.top(), name_room - 6.0, row.height()),
                                 middle | int(Qt.AlignmentFlag.AlignRight),
                                 metrics.elidedText(name, Qt.TextElideMode.ElideRight, name_room - 6))
                track = QRectF(row.left() + name_room, row.top() + 0.22 * row.height(),
                               row.width() - name_room - number_room, 0.56 * row.height())
                painter.fillRect(track, QColor(mixed(theme.window, theme.line, 0.6)))
                if self._values is None:
                    continue
                value = float(self._values[place])
                if np.isfinite(value):
                    share = min(1.0, abs(value) / largest)
                    colour = theme.accent if strong else mixed(theme.window, theme.accent, 0.45)
                    painter.fillRect(QRectF(track.left(), track.top(), track.width() * share, track.height()),
                                     QColor(colour))
                painter.drawText(QRectF(row.right() - number_room, row.top(), number_room, row.height()),
                                 middle | int(Qt.AlignmentFlag.AlignRight), self._said(value))
        finally:
            painter.end()
