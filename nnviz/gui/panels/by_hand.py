"""The pass as it stands on a slide: every result rounded, beside the exact one, and how far the two have drifted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSpinBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.fields import described
from nnviz.gui.fonts import monospaced_font
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pace, said, second_label
from nnviz.gui.panels.table_model import cells_as_text
from nnviz.gui.settings import Settings
from nnviz.gui.theme import LIGHT, Theme, mixed
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.by_hand import ByHand, Line, by_hand
from nnviz.report.numbers import full, short, typeset
from nnviz.report.rounding import MOST_DECIMALS
from nnviz.session.change import Changed

Index = QModelIndex | QPersistentModelIndex
_LONGEST = 60           # characters of a calculation that a column is made wide for
_MOST_WRITTEN = 1_200   # and that a tooltip has


@dataclass(frozen=True)
class Column:
    """One column: what of a line it has, in full and as short as a table wants it."""

    title: str
    help: str
    text: Callable[[ByHand, Line], str]
    brief: Callable[[ByHand, Line, int], str] | None = None
    number: bool = True


def _drift(line: Line, digits: int) -> str:
    return "" if math.isnan(line.worked.drift) else short(line.worked.drift, min(digits, 3))


def _share(line: Line, digits: int) -> str:
    relative = line.worked.relative
    if math.isnan(relative) or not relative:
        return "" if math.isnan(relative) else "0 %"
    return f"{short(100.0 * relative, min(digits, 3))} %"


COLUMNS: tuple[Column, ...] = (
    Column("Result", "What is worked out", lambda hand, line: line.name, number=False),
    Column("By hand", "The formula with the rounded numbers put in", lambda hand, line: hand.calculation(line),
           number=False),
    Column("Rounded", "What comes of it, rounded half up; the next results are worked out from it",
           lambda hand, line: hand.result(line)),
    Column("Exact", "The number that the network computes", lambda hand, line: full(line.worked.exact),
           lambda hand, line, digits: short(line.worked.exact, digits)),
    Column("Drift", "Rounded less exact", lambda hand, line: full(line.worked.drift),
           lambda hand, line, digits: _drift(line, digits)),
    Column("Relative", "The drift as a share of the exact number", lambda hand, line: _share(line, 17),
           lambda hand, line, digits: _share(line, digits)),
)
PLACE = {column.title: place for place, column in enumerate(COLUMNS)}


class ByHandTable(QAbstractTableModel):
    """The lines of a hand calculation; those that the cursor has not reached have no numbers yet."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hand: ByHand | None = None
        self.largest: Line | None = None        # of those that the pass has come to
        self.lines: tuple[Line, ...] = ()
        self.cursor, self.digits = 0, 6
        self.set_theme(LIGHT)

    def set_theme(self, theme: Theme) -> None:
        self._dim = QBrush(QColor(mixed(theme.muted, theme.base, 0.35)))
        self._here = QBrush(QColor(mixed(theme.base, theme.active, 0.28 if theme.dark else 0.2)))
        self._mark = QBrush(QColor(theme.warning))

    def show(self, hand: ByHand | None, cursor: int, digits: int) -> None:
        """Shows the calculation as far as the pass has come."""
        lines = () if hand is None else hand.lines
        same = [line.name for line in lines] == [line.name for line in self.lines]
        if not same:
            self.beginResetModel()
        self.hand, self.lines, self.cursor, self.digits = hand, lines, cursor, digits
        self.largest = None if hand is None else hand.largest(cursor)
        if not same:
            self.endResetModel()
        elif lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, len(COLUMNS) - 1))

    def row_at_cursor(self) -> int | None:
        """The row of the number that the pass has come to."""
        return next((row for row, line in enumerate(self.lines) if line.visited and line.place == self.cursor - 1),
                    None)

    def is_reached(self, row: int) -> bool:
        return self.lines[row].place < self.cursor

    def text(self, row: int, column: int) -> str:
        """A cell in full: what is copied."""
        assert self.hand is not None
        if column and not self.is_reached(row):
            return ""
        return COLUMNS[column].text(self.hand, self.lines[row])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(column.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(column.help)
        return _side(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.hand is None or not 0 <= index.row() < len(self.lines):
            return None
        row, column, line = index.row(), COLUMNS[index.column()], self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            if column.brief is not None and self.is_reached(row):
                return column.brief(self.hand, line, self.digits)
            return typeset(self.text(row, index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            if index.column() and not self.is_reached(row):
                return tr("The pass has not come here yet")
            text = typeset(self.text(row, index.column()))[:_MOST_WRITTEN]
            return f"{text}\n{self.why_marked(line)}" if line is self.largest else text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._mark if line is self.largest else None if self.is_reached(row) else self._dim
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._here if line.place == self.cursor - 1 else None
        return None

    def why_marked(self, line: Line) -> str:
        """What is said of the result where the drift comes from."""
        return tr("Its own rounding takes {share} of it: the largest share of all, so here most of the drift begins."
                  ).format(share=f"{short(100.0 * line.worked.added, 2)} %")


class _Table(QTableView):
    """A table whose copies have every digit."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        model = self.model()
        if not event.matches(QKeySequence.StandardKey.Copy) or not isinstance(model, ByHandTable):
            super().keyPressEvent(event)
            return
        cells = self.selectionModel().selectedIndexes()
        if cells:
            QGuiApplication.clipboard().setText(cells_as_text(cells, model.text))
        event.accept()


class ByHandPanel(Panel):
    """The shown step worked through as with pencil and paper: every result is rounded, and the next one is worked out
    from the rounded ones, as on a slide.

    Rounded is half up: a 5 is rounded away from zero, in decimal, so 2.675 becomes 2.68. Inputs, ‹targets›, weights
    and settings stay as they are given. Exact is what the network computes, drift is rounded less exact. The coloured
    row is where the drift comes from: the result of which its own rounding takes the largest share.

    Rows have numbers as far as the pass has come; the tinted ones are of the operation that was done last. Choose a
    row to see its unit or weight in the picture, press Enter on it or click it twice to go to that moment of the pass.
    Of a batch every example is worked through, for the mean gradient needs them all. Ctrl+C copies the chosen rows.
    """

    name = "by_hand"
    title = "By hand"
    watches = Changed.EVERYTHING
    area = "bottom"
    shown_at_first = False
    wanted_lines = 16

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: View | None = None
        self._settings: Settings | None = None
        self._pace = Pace(10.0)
        self._followed: object = None
        self._following = False
        self._widths: dict[int, int] = {}

        self.decimals = described(QSpinBox(), tr("Decimals by hand"), tr("To how many decimals each result is rounded"))
        described(self.decimals.lineEdit(), tr("Decimals by hand"), self.decimals.toolTip())
        self.decimals.setRange(0, MOST_DECIMALS)
        self.decimals.setKeyboardTracking(False)
        self.decimals.setValue(2)
        self.decimals.valueChanged.connect(self._choose_decimals)
        label = QLabel(tr("&Decimals"))
        label.setBuddy(self.decimals)
        self.summary = second_label(selectable=True)
        self.summary.setAccessibleName(tr("Where the drift comes from"))
        self.copy = described(QPushButton(tr("Copy all")), tr("Copy the whole calculation"),
                              tr("Copy all rows for a spreadsheet, with every digit"))
        self.copy.clicked.connect(self._copy)
        self._controls = QWidget()
        controls = QHBoxLayout(self._controls)
        controls.setContentsMargins(0, 0, 0, 0)
        controls.setSpacing(8)
        for widget, stretch in ((label, 0), (self.decimals, 0), (self.summary, 1), (self.copy, 0)):
            controls.addWidget(widget, stretch)

        self.model = ByHandTable(self)
        self.table = _Table()
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setWordWrap(False)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setCornerButtonEnabled(False)
        self.table.setStyleSheet("QTableView::item { padding: 0px 6px; }")
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setAccessibleName(tr("The pass by hand"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setAccessibleName(tr("Rows: the results of the pass"))
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.horizontalHeader().setAccessibleName(tr("Columns: by hand, and exact"))
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.activated.connect(self._go)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.model.modelReset.connect(self._fit)
        self.table.viewport().installEventFilter(self)
        self.empty = second_label()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)

        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(5)
        column.addWidget(self._controls)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        self._fit()
        self.set_theme(LIGHT)
        self.refresh(None)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, self.decimals.sizeHint().height() + 3 * self.fontMetrics().height() + 16)

    def set_theme(self, theme: Theme) -> None:
        self.model.set_theme(theme)
        self.table.viewport().update()

    def apply_settings(self, settings: Settings) -> None:
        self._settings = settings
        self.decimals.setValue(settings.whole("by_hand_decimals"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if hasattr(self, "table") and event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """Row heights and column widths for the font in force and what stands in the columns."""
        font = monospaced_font(max(7.5, self.font().pointSizeF() * 0.92))
        self.table.setFont(font)
        self.table.horizontalHeader().setFont(self.font())
        metrics, titles = QFontMetricsF(font), QFontMetricsF(self.font())
        self.table.verticalHeader().setDefaultSectionSize(round(1.4 * metrics.height()))
        digit = metrics.horizontalAdvance("0")
        for place, column in enumerate(COLUMNS):
            longest = self.model.digits + 7
            if not column.number and self.model.hand is not None:
                texts = (column.text(self.model.hand, line) for line in self.model.lines)
                longest = min(_LONGEST, max(map(len, texts), default=8)) + 1
            self._widths[place] = round(max(longest * digit, 1.1 * titles.horizontalAdvance(tr(column.title)))) + 16
        self._share_room()

    def _share_room(self) -> None:
        """The calculation has what room the other columns leave; where there is not enough, the table is scrolled."""
        left = self.table.viewport().width() - sum(self._widths.values())
        for place, width in self._widths.items():
            self.table.setColumnWidth(place, width + max(0, left) * (place == PLACE["By hand"]))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._share_room()
        return super().eventFilter(watched, event)

    # --- what is shown ------------------------------------------------------------------------------------------

    def refresh(self, view: View | None) -> None:
        self._view = view
        if view is not None and not self._pace.is_due(view.playing):
            return
        with self._pace.measured():
            hand = None if view is None else by_hand(
                view.document, view.moment, self.decimals.value(), view.conventions)
            why = tr("Open a network to work through its pass by hand.") if hand is None else hand.reason
            for widget in (self._controls, self.table):
                widget.setVisible(not why)
            self.empty.setVisible(bool(why))
            said(self.empty, why)
            shown = None if why else hand
            self.model.show(shown, 0 if view is None else view.moment.cursor, 6 if view is None else view.digits)
            if shown is not None:
                self._say(shown)
                self._follow()

    def _say(self, hand: ByHand) -> None:
        largest = self.model.largest
        if largest is None:
            said(self.summary, tr("Nothing is lost by rounding.") if self.model.cursor else "")
        else:
            equation = hand.equation(largest)
            shown = equation if len(equation) <= _LONGEST else f"… {equation[-_LONGEST // 2:]}"
            said(self.summary, typeset(tr("Most of the drift so far begins at {result} = {equation}").format(
                result=largest.name, equation=shown)))
        self.summary.setToolTip("" if largest is None else self.model.why_marked(largest))

    def _follow(self) -> None:
        """Brings the row that the pass has come to into sight."""
        row = self.model.row_at_cursor()
        key = (row, self.model.hand)
        if key == self._followed:
            return
        self._followed, self._following = key, True
        try:
            if row is None:
                self.table.clearSelection()
                self.table.setCurrentIndex(QModelIndex())
                self.table.scrollToTop()
            else:
                self.table.setCurrentIndex(self.model.index(row, 0))
                self.table.scrollTo(self.model.index(row, 0), QAbstractItemView.ScrollHint.EnsureVisible)
        finally:
            self._following = False

    # --- requests -------------------------------------------------------------------------------------------------

    def _choose_decimals(self, decimals: int) -> None:
        if self._settings is not None and self._settings.whole("by_hand_decimals") != decimals:
            self.setting_chosen.emit("by_hand_decimals", decimals)
        else:
            self.refresh(self._view)

    def _row_chosen(self, now: QModelIndex, before: QModelIndex) -> None:
        if self._following or not now.isValid() or self.model.hand is None:
            return
        element = self.model.hand.labels.order.at(self.model.lines[now.row()].place).element
        if element is not None:
            self.element_selected.emit(element)

    def _go(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self.model.lines):
            self.moment_requested.emit(self.model.lines[index.row()].place + 1)

    def _copy(self) -> None:
        rows = range(self.model.rowCount())
        lines = [[tr(column.title) for column in COLUMNS],
                 *([self.model.text(row, place) for place in range(len(COLUMNS))] for row in rows)]
        QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))
        self.message.emit(tr("The calculation is on the clipboard."))


def _side(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
