"""A few rows of numbers of one's own, typed or pasted from a spreadsheet: inputs first, then the targets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QPushButton, QTableView, QVBoxLayout, QWidget

from nnviz.engine.options import Option
from nnviz.gui.fields import NumberBox, described, read_number, second_text, written
from nnviz.gui.translation import tr
from nnviz.report.numbers import count
from nnviz.session.fields import MOST_UNITS

Array = NDArray[np.float64]
Index = QModelIndex | QPersistentModelIndex

MOST_ROWS = 100_000
MOST_CELLS = 20_000         # of a document's own rows that are shown to be written over
ANY_NUMBER = Option(0.0)
# The truth table of XOR: something to see at once, and to write over.
FIRST_ROWS = (("0", "0", "0"), ("0", "1", "1"), ("1", "0", "1"), ("1", "1", "0"))


def read_pasted(text: str) -> list[list[str]]:
    """The cells of a block copied from a spreadsheet or a CSV file, without a row of headings.

    Columns are parted by tabs, else by semicolons, else by commas, else by spaces.

    >>> read_pasted("x;y\\n0,5;1\\n2;3\\n")
    [['0,5', '1'], ['2', '3']]
    """
    lines = [line for line in text.splitlines() if line.strip()]
    separator = next((mark for mark in "\t;," if mark in text), None)
    rows = [[cell.strip().strip('"') for cell in line.split(separator)] for line in lines[: MOST_ROWS + 1]]
    headed = len(rows) > 1 and not any(read_number(cell, ANY_NUMBER) is not None for cell in rows[0])
    return rows[1:] if headed else rows


class RowsModel(QAbstractTableModel):
    """Cells as they were typed; one empty row below them waits for more."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs, self.targets = 2, 1
        self.cells: list[list[str]] = [list(row) for row in FIRST_ROWS]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.cells) + 1

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.inputs + self.targets

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if section < len(self.cells) else "+"
        return self.column_name(section)

    def column_name(self, column: int) -> str:
        """`input 1`, ..., `target 1`, ..."""
        if column < self.inputs:
            return tr("input {0}").format(column + 1)
        return tr("‹target› {0}").format(column - self.inputs + 1)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if index.row() >= len(self.cells):
            return None
        text = self.cells[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if read_number(text, ANY_NUMBER) is None:
            if role == Qt.ItemDataRole.BackgroundRole:
                colour = QGuiApplication.palette().color(QPalette.ColorRole.BrightText)
                colour.setAlpha(60)
                return colour
            if role == Qt.ItemDataRole.ToolTipRole:
                return tr("A number is wanted here.")
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole:
            return False
        text = str(value).strip()
        if index.row() == len(self.cells) and not text:
            return False
        # Not a reset, which would take the keyboard away from whoever types cell after cell.
        if index.row() == len(self.cells):
            if len(self.cells) >= MOST_ROWS:
                return False
            self.beginInsertRows(QModelIndex(), index.row() + 1, index.row() + 1)
            self.cells.append([""] * self.columnCount())
            self.endInsertRows()
            self.headerDataChanged.emit(Qt.Orientation.Vertical, index.row(), index.row())
        self.cells[index.row()][index.column()] = text
        self.dataChanged.emit(index, index)
        return True

    def put(self, row: int, column: int, block: list[list[str]]) -> None:
        """Writes a block of cells from `row` and `column` on; the table grows where it must, by rows and by inputs."""
        width = max((len(line) for line in block), default=0)
        inputs = min(max(self.inputs, column + width - self.targets), MOST_UNITS)
        self.beginResetModel()
        self._widen(inputs, self.targets)
        columns = self.inputs + self.targets
        for offset, line in enumerate(block[: MOST_ROWS - row]):
            while len(self.cells) <= row + offset:
                self.cells.append([""] * columns)
            for place, text in enumerate(line[: columns - column]):
                self.cells[row + offset][column + place] = text
        self.endResetModel()

    def set_shape(self, inputs: int, targets: int) -> None:
        """As many columns of each; columns that are kept keep their cells."""
        if (inputs, targets) != (self.inputs, self.targets):
            self.beginResetModel()
            self._widen(inputs, targets)
            self.endResetModel()

    def remove(self, rows: set[int]) -> None:
        """Takes rows out."""
        self.beginResetModel()
        self.cells = [cells for number, cells in enumerate(self.cells) if number not in rows]
        self.endResetModel()

    def clear(self, places: list[tuple[int, int]]) -> None:
        """Empties cells."""
        for row, column in places:
            if row < len(self.cells):
                self.setData(self.index(row, column), "")

    def set_rows(self, inputs: Array, targets: Array) -> None:
        """Other rows in place of all that were there."""
        self.beginResetModel()
        self.inputs, self.targets = inputs.shape[1], targets.shape[1]
        self.cells = [[written(float(number)) for number in row] for row in np.hstack((inputs, targets))]
        self.endResetModel()

    def problem(self) -> str:
        """The first cell that is no number, as a sentence; empty where every one is."""
        if not self.cells:
            return tr("Own rows: there is no example yet; type or paste one.")
        for number, row in enumerate(self.cells, start=1):
            for column, text in enumerate(row):
                if read_number(text, ANY_NUMBER) is None:
                    shown = f"“{text[:24]}”" if text else tr("empty")
                    return tr("Own rows: {column} of row {row} must be a number, not {text}.").format(
                        column=self.column_name(column), row=number, text=shown)
        return ""

    def numbers(self) -> tuple[Array, Array]:
        """Inputs (rows, inputs) and targets (rows, targets); only where there is no problem."""
        values = np.array([[float(read_number(text, ANY_NUMBER) or 0.0) for text in row] for row in self.cells])
        values = values.reshape(len(self.cells), self.inputs + self.targets)
        return values[:, : self.inputs], values[:, self.inputs :]

    def _widen(self, inputs: int, targets: int) -> None:
        for number, row in enumerate(self.cells):
            given, wanted = row[: self.inputs], row[self.inputs :]
            self.cells[number] = (given + [""] * inputs)[:inputs] + (wanted + [""] * targets)[:targets]
        self.inputs, self.targets = inputs, targets


class RowsView(QTableView):
    """The grid; Ctrl+V pastes a block from the current cell on, Ctrl+C copies, Delete empties the selected cells."""

    def __init__(self, model: RowsModel) -> None:
        super().__init__()
        self.rows = model
        self.setModel(model)
        described(self, tr("Own rows"), tr("Inputs and ‹targets› of the examples; Ctrl+V pastes from a spreadsheet"))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setMinimumSectionSize(self.fontMetrics().horizontalAdvance(f"{tr('‹target›')} 0000"))
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.rows.clear([(index.row(), index.column()) for index in self.selectedIndexes()])
        else:
            super().keyPressEvent(event)

    def paste(self) -> None:
        """Writes what is on the clipboard from the current cell on."""
        block = read_pasted(QGuiApplication.clipboard().text())
        here = self.currentIndex()
        row, column = (here.row(), here.column()) if here.isValid() else (0, 0)
        if block:
            self.rows.put(row, column, block)
            self.setCurrentIndex(self.rows.index(row, column))

    def copy(self) -> None:
        """Puts the selected block on the clipboard, as a spreadsheet takes it."""
        places = sorted((index.row(), index.column()) for index in self.selectedIndexes()
                        if index.row() < len(self.rows.cells))
        lines: dict[int, list[str]] = {}
        for row, column in places:
            lines.setdefault(row, []).append(self.rows.cells[row][column])
        QGuiApplication.clipboard().setText("".join("\t".join(line) + "\n" for line in lines.values()))


class OwnRows(QWidget):
    """How many inputs and targets there are, and the grid of their numbers."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RowsModel()
        self.view = RowsView(self.model)
        self.inputs = NumberBox(Option(2, 1, MOST_UNITS, whole=True), tr("Inputs"), tr("Numbers that go in"))
        self.targets = NumberBox(Option(1, 1, MOST_UNITS, whole=True), tr("‹Targets›"), tr("Numbers wanted at the end"))
        self.paste_button = described(
            QPushButton(tr("&Paste")), tr("Paste"),
            tr("Write a block copied from a spreadsheet from the chosen cell on (Ctrl+V in the grid)"))
        self.remove_button = described(
            QPushButton(tr("Remove ro&ws")), tr("Remove rows"), tr("Take the chosen rows out"))
        self._kept: tuple[Array, Array] | None = None       # a document's rows that are not shown
        self._test: tuple[Array, Array] | None = None       # a document's rows of their own to test on
        shape = QWidget()
        self._grid: tuple[QWidget, ...] = (shape, self.view)
        bar = QHBoxLayout(shape)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(8)
        for title, box in ((tr("Inputs"), self.inputs), (tr("‹Targets›"), self.targets)):
            label = QLabel(title)
            label.setBuddy(box)
            bar.addWidget(label)
            bar.addWidget(box)
        bar.addStretch(1)
        for button in (self.paste_button, self.remove_button):
            button.setAutoDefault(False)
            bar.addWidget(button)
        self.counted = second_text("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(shape)
        column.addWidget(self.view)
        column.addWidget(self.counted)
        self.view.setFixedHeight(self.fontMetrics().height() * 11)
        for box in (self.inputs, self.targets):
            box.edited.connect(self._reshape)
        self.paste_button.clicked.connect(self.view.paste)
        self.remove_button.clicked.connect(
            lambda: self.model.remove({index.row() for index in self.view.selectedIndexes()}))
        self.model.modelReset.connect(self._changed)
        self.model.dataChanged.connect(self._changed)
        self._changed()

    def problem(self) -> str:
        """What is wrong, as a sentence; empty where nothing is."""
        if self._kept is not None:
            return ""
        return self.inputs.problem() or self.targets.problem() or self.model.problem()

    @property
    def has_test(self) -> bool:
        """Whether there are rows of their own to test on, which go with these as long as they are as wide."""
        return self._test is not None and tuple(part.shape[1] for part in self._test) == self.sizes()

    def show_rows(self, inputs: Array, targets: Array, test: tuple[Array, Array] | None = None) -> None:
        """Shows a document's rows; where they are too many to be typed over, only how many they are.

        Rows of their own to test on stay as they are.
        """
        self._test = test
        self._kept = (inputs, targets) if inputs.size + targets.size > MOST_CELLS else None
        if self._kept is None:
            self.model.set_rows(inputs, targets)
        for part in self._grid:
            part.setVisible(self._kept is None)
        self._changed()

    def sizes(self) -> tuple[int, int]:
        """Inputs and targets of a row."""
        if self._kept is not None:
            return self._kept[0].shape[1], self._kept[1].shape[1]
        return self.model.inputs, self.model.targets

    def examples(self) -> int:
        """How many rows there are."""
        return len(self.model.cells) if self._kept is None else len(self._kept[0])

    def numbers(self) -> tuple[Array, Array]:
        """Inputs (rows, inputs) and targets (rows, targets); only where there is no problem."""
        return self.model.numbers() if self._kept is None else self._kept

    def tree(self) -> dict[str, Any]:
        """The rows as a document has them."""
        inputs, targets = self.numbers()
        tree = {"inputs": inputs.tolist(), "targets": targets.tolist()}
        if self._test is not None and self.has_test:
            tree |= {"test_inputs": self._test[0].tolist(), "test_targets": self._test[1].tolist()}
        return tree

    def _reshape(self) -> None:
        inputs, targets = self.inputs.value(), self.targets.value()
        if inputs is not None and targets is not None:
            self.model.set_shape(int(inputs), int(targets))

    def _changed(self) -> None:
        # both at once, or the first would make a table of its number and the other's old one
        with QSignalBlocker(self.inputs), QSignalBlocker(self.targets):
            self.inputs.set_value(self.model.inputs)
            self.targets.set_value(self.model.targets)
        rows = self.examples()
        text = tr("1 example") if rows == 1 else tr("{number} examples").format(number=count(rows))
        many = tr("{examples}, too many numbers to be written over here").format(examples=text)
        said = text if self._kept is None else many
        if self._test is not None and self.has_test:
            said = tr("{examples}; {test} more to test on").format(examples=said, test=count(len(self._test[0])))
        self.counted.setText(said)
        self.edited.emit()
