"""Examples before they are taken: points in a plane, a curve, or the first pictures; and their inputs as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from nnviz.data.datasets import DataSet
from nnviz.data.pictures import picture_side
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.numbers import full, short

Array = NDArray[np.float64]
Index = QModelIndex | QPersistentModelIndex

MOST_DOTS = 1500
FEW = 40                 # examples up to which the dots are large
PICTURES = (6, 4)        # in a row, rows
DIGITS = 4
_RADIUS = 2.6
_EDGE = 8.0              # between the outermost dots and the frame, so that they lie within it whole
_TICK = 0.86             # of the text's size
# Hues that can be told apart by the colour-blind, on light and on dark ground.
CLASS_COLOURS = ("#0a7bc2", "#d9600a", "#0f9d74", "#c768a4", "#d79a00", "#7a63c7", "#5a8f1e", "#b5475a", "#3f9fb0",
                 "#8b7355")


def _is_of_classes(targets: Array) -> bool:
    return bool(np.isin(targets, (0.0, 1.0)).all())


class DataPreview(QWidget):
    """Draws a data set as it is before it is scaled: training examples filled, test examples as rings."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._data: DataSet | None = None
        self._names: tuple[str, ...] = ()
        self._outputs: tuple[str, ...] = ()
        self.setMinimumSize(300, 240)
        self.setAccessibleName(tr("Preview of the examples"))
        self.setToolTip(tr("Training examples are filled, test examples are rings; colours are classes or ‹targets›"))

    def sizeHint(self) -> QSize:
        return QSize(360, 280)

    def show_data(self, data: DataSet | None, names: Sequence[str], outputs: Sequence[str] = ()) -> None:
        """Shows a data set with its own inputs, which are called `names`, and its `outputs`; nothing for None."""
        self._data, self._names, self._outputs = data, tuple(names), tuple(outputs)
        axes = [] if data is None or picture_side(data.inputs.shape[1]) else [*self._names[:2], tr("‹target›")][:2]
        told = ", ".join(axes), ", ".join(text for _, text in self.legend()), self.caption()
        self.setAccessibleDescription("; ".join(filter(None, told)))
        self.update()

    def caption(self) -> str:
        """What the picture shows, in words."""
        if self._data is None:
            return ""
        inputs = self._data.inputs.shape[1]
        if picture_side(inputs):
            return tr("the first training examples as pictures")
        parts = [tr("the first two of {count} inputs").format(count=inputs)] if inputs > 2 else []
        parts += [tr("filled: training, rings: test")] if self._data.has_test else []
        return "; ".join(parts)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        if self._data is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = picture_side(self._data.inputs.shape[1])
        if side:
            self._draw_pictures(painter, self._data, side)
        else:
            self._draw_points(painter, self._data)

    # --- points ---------------------------------------------------------------------------------------------------

    def _draw_points(self, painter: QPainter, data: DataSet) -> None:
        flat = data.inputs.shape[1] == 1
        parts = [(data.inputs, data.targets, True), (data.test_inputs, data.test_targets, False)]
        points = [np.column_stack((inputs[:, 0], targets[:, 0] if flat else inputs[:, 1]))
                  for inputs, targets, _ in parts]
        both = np.concatenate(points)
        low, high = both.min(axis=0), both.max(axis=0)
        wider = np.where(high > low, 0.0, 0.5)       # a number that is always the same stands in the middle
        low, high = low - wider, high + wider
        extent = high - low
        room = self._draw_axes(painter, low, high, flat, self._draw_legend(painter))
        painter.setClipRect(room.adjusted(-_EDGE, -_EDGE, _EDGE, _EDGE))
        colours = self._colours(data)
        start, radius = 0, _RADIUS if len(both) > FEW else 2.0 * _RADIUS
        for (_, targets, filled), dots in zip(parts, points, strict=True):
            every = max(1, -(-len(both) // MOST_DOTS))
            for place in range(0, len(dots), every):
                share = (dots[place] - low) / extent
                centre = QPointF(room.left() + share[0] * room.width(), room.bottom() - share[1] * room.height())
                colour = colours[start + place]
                painter.setPen(QPen(colour if not filled else QColor(self._theme.raised), 1.3 if not filled else 0.5))
                painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
                painter.drawEllipse(centre, radius, radius)
            start += len(targets)

    def _draw_legend(self, painter: QPainter) -> float:
        """What the colours mean, line by line above the points; the height that it takes."""
        entries, height = self.legend(), painter.fontMetrics().height()
        x, y, between = 2.0, 0.0, 14.0
        for colour, text in entries:
            shown = self._shown(text, painter.fontMetrics(), self.width())
            width = height + painter.fontMetrics().horizontalAdvance(shown)
            if x > 2.0 and x + width > self.width():
                x, y = 2.0, y + height + 3.0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(x + height / 2.0 - 3.0, y + height / 2.0), 4.5, 4.5)
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QPointF(x + height, y + painter.fontMetrics().ascent()), shown)
            x += width + between
        return y + height + 4.0 if entries else 0.0

    def _draw_axes(self, painter: QPainter, low: Array, high: Array, flat: bool, top: float) -> QRectF:
        """Axes with the ends of their ranges, below `top`; the room that is left for the points."""
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * _TICK)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        texts = [[short(float(value), DIGITS) for value in (low[axis], high[axis])] for axis in (0, 1)]
        left = max(metrics.height(), *(metrics.horizontalAdvance(text) for text in texts[1])) + 8 + _EDGE
        bottom = metrics.height() + 4 + _EDGE
        room = QRectF(self.rect()).adjusted(left, top + 2 + _EDGE, -4 - _EDGE, -bottom)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.line), 1.0))
        painter.drawRect(room.adjusted(-_EDGE, -_EDGE, _EDGE, _EDGE))
        painter.setPen(QColor(self._theme.muted))
        align = Qt.AlignmentFlag
        below = QRectF(room.left(), room.bottom() + _EDGE + 2, room.width(), bottom)
        painter.drawText(below, align.AlignLeft | align.AlignTop, texts[0][0])
        painter.drawText(below, align.AlignRight | align.AlignTop, texts[0][1])
        painter.drawText(below, align.AlignHCenter | align.AlignTop, self._shown(self._names[0], metrics, room.width()))
        beside = QRectF(0.0, room.top() - 5, left - 4.0 - _EDGE, room.height() + 10)
        painter.drawText(beside, align.AlignRight | align.AlignTop, texts[1][1])
        painter.drawText(beside, align.AlignRight | align.AlignBottom, texts[1][0])
        painter.save()
        painter.translate(left - 5.0 - _EDGE, room.center().y())
        painter.rotate(-90.0)
        name = tr("‹target›") if flat else self._names[1]
        reach = room.height() / 2.0
        painter.drawText(QRectF(-reach, -metrics.height(), room.height(), metrics.height()), align.AlignCenter,
                         self._shown(name, metrics, room.height() * 0.6))
        painter.restore()
        return room

    @staticmethod
    def _shown(name: str, metrics: Any, room: float) -> str:
        return str(metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room * 0.6)))

    def legend(self) -> list[tuple[QColor, str]]:
        """What each colour of the points means: a class, or the ends of the range of the target."""
        data = self._data
        if data is None or picture_side(data.inputs.shape[1]):
            return []
        targets, hues = np.concatenate((data.targets, data.test_targets)), self._hues(data)
        if not _is_of_classes(targets):
            if data.inputs.shape[1] == 1:
                return []
            ends = (hues[0], float(targets[:, 0].min())), (hues[-1], float(targets[:, 0].max()))
            name = self._outputs[0] if self._outputs else tr("‹target›")
            return [(colour, f"{name} = {short(value, DIGITS)}") for colour, value in ends]
        if targets.shape[1] == 1:
            name = self._outputs[0] if self._outputs else tr("‹target›")
            return [(hue, f"{name} = {value}") for value, hue in enumerate(hues)]
        names = self._outputs if len(self._outputs) == targets.shape[1] else [
            tr("class {number}").format(number=place + 1) for place in range(targets.shape[1])]
        return [(hues[place % len(hues)], name) for place, name in enumerate(names)]

    def _hues(self, data: DataSet) -> list[QColor]:
        """The colours in use: one for each class, or from the smallest to the largest target."""
        targets = np.concatenate((data.targets, data.test_targets))
        if _is_of_classes(targets):
            if targets.shape[1] == 1:
                return [QColor(self._theme.negative), QColor(self._theme.positive)]
            return [QColor(colour) for colour in CLASS_COLOURS]
        table = self._theme.strengths()[60:]         # the weakest colour is hardly seen as a dot
        return [QColor(*(int(channel) for channel in colour)) for colour in table]

    def _colours(self, data: DataSet) -> list[QColor]:
        """A colour for each example, training ones first: its class, or how large its target is."""
        targets, hues = np.concatenate((data.targets, data.test_targets)), self._hues(data)
        if _is_of_classes(targets):
            classes = targets[:, 0].astype(int) if targets.shape[1] == 1 else targets.argmax(axis=1)
            return [hues[int(number) % len(hues)] for number in classes]
        if data.inputs.shape[1] == 1:
            return [QColor(self._theme.accent)] * len(targets)
        low, high = float(targets[:, 0].min()), float(targets[:, 0].max())
        places = ((targets[:, 0] - low) / (high - low or 1.0) * (len(hues) - 1)).astype(int)
        return [hues[int(place)] for place in places]

    # --- pictures -------------------------------------------------------------------------------------------------

    def _draw_pictures(self, painter: QPainter, data: DataSet, side: int) -> None:
        columns, rows = PICTURES
        text = painter.fontMetrics().height()
        cell = min((self.width() - 8) / columns, (self.height() - 8) / rows - text)
        brightest = float(data.inputs[: columns * rows].max(initial=0.0)) or 1.0
        left = (self.width() - columns * cell) / 2.0
        for place, (pixels, target) in enumerate(zip(data.inputs[: columns * rows], data.targets, strict=False)):
            x, y = left + (place % columns) * cell, 4.0 + (place // columns) * (cell + text)
            grey = np.ascontiguousarray(np.clip(pixels / brightest * 255.0, 0.0, 255.0).astype(np.uint8))
            image = QImage(grey.tobytes(), side, side, side, QImage.Format.Format_Grayscale8)
            painter.drawImage(QRectF(x + 4, y, cell - 8, cell - 8), image)
            painter.setPen(QColor(self._theme.muted))
            said = str(int(target.argmax())) if len(target) > 1 else short(float(target[0]), DIGITS)
            painter.drawText(QRectF(x, y + cell - 8, cell, text + 4), Qt.AlignmentFlag.AlignCenter, said)


class InputsModel(QAbstractTableModel):
    """A row for each input of the network: what the scaling was fitted to, or its range where there is no scaling."""

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()
        self.columns: list[tuple[str, Array]] = []

    def show_data(self, data: DataSet | None, names: Sequence[str]) -> None:
        """Shows the inputs of a prepared data set, called `names`; nothing for None."""
        self.beginResetModel()
        self.names = tuple(names) if data is not None else ()
        fitted: dict[str, Array] = {}
        if data is not None:
            told = data.preparation.scale.fitted
            fitted = dict(told) if told else {
                **SCALINGS["standardise"].fit(data.inputs).fitted, **SCALINGS["min_max"].fit(data.inputs).fitted}
        self.columns = list(fitted.items())
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.names[section] if orientation == Qt.Orientation.Vertical else tr(self.columns[section][0])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = float(self.columns[index.column()][1][index.row()])
        if role == Qt.ItemDataRole.DisplayRole:
            return short(value, DIGITS)
        if role == Qt.ItemDataRole.ToolTipRole:
            return full(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None
