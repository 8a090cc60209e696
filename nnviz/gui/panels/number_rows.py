"""Rows of numbers with a bar beside them: written out only where somebody looks, walked through by keyboard, copied in
full precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from nnviz.gui.fonts import monospaced_font
from nnviz.gui.ink import mix
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr

Index = QModelIndex | QPersistentModelIndex
BAR_ROLE = Qt.ItemDataRole.UserRole + 1
_LEAST_BAR = 70           # pixels of a column with bars
_PADDING = 8              # pixels on both sides of a cell, as on both sides of the title above it
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Head:
    """A column: its title, its tooltip, and how many characters wide it is; 0 for a bar, which takes what is left."""

    title: str
    help: str
    width: int
    number: bool = True


@dataclass(frozen=True)
class Cell:
    """What a cell shows.

    `full` is what is copied, the text where it is empty.  `bar` is a share from -1 to 1 of the longest bar.  A marked
    cell is the one to look at, a strong one is bold.
    """

    text: str = ""
    full: str = ""
    tip: str = ""
    bar: float | None = None
    marked: bool = False
    strong: bool = False


class Rows(Protocol):
    """Where the cells come from; they are asked for as they are looked at."""

    @property
    def heads(self) -> Sequence[Head]: ...

    def __len__(self) -> int: ...

    def cell(self, row: int, column: int) -> Cell: ...


@dataclass(frozen=True)
class NoRows:
    """A table of nothing."""

    heads: tuple[Head, ...] = ()

    def __len__(self) -> int:
        return 0

    def cell(self, row: int, column: int) -> Cell:
        return Cell()


class RowModel(QAbstractTableModel):
    """The rows as Qt asks for them."""

    heads_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Rows = NoRows()
        self._marked, self._bold = QBrush(), QFont()

    def show_rows(self, rows: Rows) -> None:
        """Shows `rows`; what is selected stays where there are as many as before."""
        same_heads = [head.title for head in rows.heads] == [head.title for head in self.rows.heads]
        if same_heads and len(rows) == len(self.rows):
            self.rows = rows
            if len(rows):
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(rows.heads) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()
        if not same_heads:
            self.heads_changed.emit()

    def set_look(self, theme: Theme, font: QFont) -> None:
        """Takes the colours of `theme` and the font of the cells."""
        self._marked, self._bold = QBrush(mix(theme.base, theme.warning, 0.28)), QFont(font)
        self._bold.setBold(True)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows.heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.rows.heads):
            return None
        head = self.rows.heads[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return head.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return head.help
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if head.number and head.width else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if self.rows.heads[index.column()].number else _LEFT
        if role not in _ASKED:
            return None
        cell = self.rows.cell(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell.tip or cell.full or cell.text
        if role == BAR_ROLE:
            return cell.bar
        if role == Qt.ItemDataRole.FontRole:
            return self._bold if cell.strong or cell.marked else None
        return self._marked if cell.marked else None

    def as_text(self, rows: Sequence[int]) -> str:
        """The heads and these rows in full precision, columns parted by tabs, rows by line ends."""
        columns = [number for number, head in enumerate(self.rows.heads) if head.width]
        lines = [[self.rows.heads[column].title for column in columns]]
        for row in rows:
            cells = (self.rows.cell(row, column) for column in columns)
            lines.append([cell.full or cell.text for cell in cells])
        return "\n".join("\t".join(line) for line in lines)


_ASKED = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole, BAR_ROLE,
          Qt.ItemDataRole.FontRole, Qt.ItemDataRole.BackgroundRole)


class _Bars(QStyledItemDelegate):
    """Paints bars to both sides of a line, in the colours of the signs, and text below its column's title."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = LIGHT

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        self._write(painter, option, index)
        share = index.data(BAR_ROLE)
        if share is None:
            return
        box = QRectF(option.rect)
        painter.save()
        painter.setClipRect(box)
        middle, half = box.center().x(), 0.5 * box.width() - 6.0
        painter.fillRect(QRectF(middle - 0.5, box.top(), 1.0, box.height()), QColor(self.theme.line))
        length = half * max(-1.0, min(1.0, float(share)))
        if share:
            length = length if abs(length) >= 1.0 else (1.0 if share > 0 else -1.0)
            colour = QColor(self.theme.positive if share > 0 else self.theme.negative)
            high = max(3.0, 0.5 * box.height())
            painter.fillRect(QRectF(middle, box.center().y() - high / 2, length, high).normalized(), colour)
        painter.restore()

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """All but the text: the style would begin it left of where the titles of columns begin."""
        super().initStyleOption(option, index)
        option.text = ""

    def _write(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        text = index.data()
        if not text:
            return
        font = index.data(Qt.ItemDataRole.FontRole) or option.font
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        room = option.rect.adjusted(_PADDING, 0, -_PADDING, 0)
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.save()
        painter.setFont(font)
        painter.setPen(option.palette.color(role))
        painter.drawText(room, int(index.data(Qt.ItemDataRole.TextAlignmentRole)), shown)
        painter.restore()


class RowTable(QTableView):
    """A table of `Rows`. Arrow keys walk, Enter or a click chooses, Ctrl+C copies the chosen rows with every digit."""

    row_chosen = Signal(int)       # by hand or keyboard
    row_hovered = Signal(int)      # -1: none

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.numbers = RowModel(self)
        self._bars = _Bars(self)
        self._silent = False
        self._pointed = -1
        self.setModel(self.numbers)
        self.setItemDelegate(self._bars)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.setMinimumHeight(40)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setAccessibleName(tr("Rows"))
        header = self.horizontalHeader()
        header.setAccessibleName(tr("Columns"))
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(8)
        self.numbers.heads_changed.connect(self._fit)
        self.selectionModel().currentRowChanged.connect(self._moved)
        self._fit()

    def show_rows(self, rows: Rows) -> None:
        """Shows `rows`; nothing is said of a selection that goes with the old ones."""
        self._silent = True
        try:
            self.numbers.show_rows(rows)
        finally:
            self._silent = False

    @property
    def chosen_row(self) -> int:
        """The row that the keyboard is at; -1 for none."""
        return self.currentIndex().row()

    def choose_row(self, row: int) -> None:
        """Goes to a row without saying so."""
        self._silent = True
        try:
            if row < 0:
                self.clearSelection()
                self.setCurrentIndex(QModelIndex())
            elif row != self.chosen_row:
                self.setCurrentIndex(self.numbers.index(row, 0))
        finally:
            self._silent = False

    def _moved(self, to: QModelIndex) -> None:
        if not self._silent and to.isValid():
            self.row_chosen.emit(to.row())

    def set_theme(self, theme: Theme) -> None:
        self._bars.theme = theme
        self.numbers.set_look(theme, self.font())
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_bars"):
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stretch()

    def fit_font(self, base: QFont) -> None:
        """A font that goes with the panel's, figures all as wide."""
        font = monospaced_font(max(7.5, base.pointSizeF() * 0.92))
        if font != self.font():
            self.setFont(font)
        self.horizontalHeader().setFont(base)
        self._fit()

    def _fit(self) -> None:
        """Row heights and column widths for the font in force."""
        metrics, header = QFontMetricsF(self.font()), QFontMetricsF(self.horizontalHeader().font())
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(round(metrics.height() * 1.35))
        for number, head in enumerate(self.numbers.rows.heads):
            if head.width:
                figures = metrics.horizontalAdvance("0") * head.width + 2 * _PADDING + 2
                wide = max(figures, header.horizontalAdvance(head.title) + 28)
                self.setColumnWidth(number, round(wide))
        self._stretch()

    def _stretch(self) -> None:
        """Bars take the room that the other columns leave."""
        bars = [number for number, head in enumerate(self.numbers.rows.heads) if not head.width]
        if bars:
            others = sum(self.columnWidth(number) for number, head in enumerate(self.numbers.rows.heads) if head.width)
            room = (self.viewport().width() - others) // len(bars)
            for number in bars:
                self.setColumnWidth(number, max(_LEAST_BAR, room))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._point_at(self.indexAt(event.position().toPoint()).row())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(-1)

    def _point_at(self, row: int) -> None:
        if row != self._pointed:
            self._pointed = row
            self.row_hovered.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
            if rows:
                QGuiApplication.clipboard().setText(self.numbers.as_text(rows))
            event.accept()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.row_chosen.emit(self.currentIndex().row())
            event.accept()
            return
        super().keyPressEvent(event)
