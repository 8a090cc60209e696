"""Before cells of another shape are written over examples, they are shown: what comes where, what is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnviz.data.pasted import said_of_left_out
from nnviz.errors import NnvizError
from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.fields import WRONG_TEXT, described, second_text
from nnviz.gui.panels.data_table import replaced
from nnviz.gui.translation import tr
from nnviz.session.example_rows import ExampleRows
from nnviz.session.example_table import ExampleTable, Paste
from nnviz.words import counted

Array = NDArray[np.float64]
Index = QModelIndex | QPersistentModelIndex

MOST_SHOWN = 50          # rows
MOST_TOLD = 6            # words that stand for classes


class _Preview(QAbstractTableModel):
    """The first rows of a block below the columns that they come into; what is left out has a dash there."""

    def __init__(self, table: ExampleTable, paste: Paste) -> None:
        super().__init__()
        self.table, self.paste = table, paste
        self.first: int | None = 0       # the example that the first row comes to; None: all are new

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else min(MOST_SHOWN, self.paste.values.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.paste.block.width

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Horizontal:
            place = self.paste.fitting.places[section]
            return "–" if place is None else self.table.columns[place].title
        number = None if self.first is None else self.first + section
        return tr("new") if number is None or number >= len(self.table.rows) else str(number)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.paste.block.cells[index.row()][index.column()]
        return None

    def begin_at(self, first: int | None) -> None:
        self.first = first
        self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, max(0, self.rowCount() - 1))


class PasteDialog(QDialog):
    """Shows a block before it is written over examples; `result_rows` are the examples it would make."""

    def __init__(self, table: ExampleTable, paste: Paste, first_row: int, target: Array,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Paste examples"))
        self.table, self.paste, self.first_row, self.target = table, paste, first_row, target
        self.result_rows: ExampleRows | None = None
        self.where = described(ChoiceList(), tr("Where the rows come"), tr("What becomes of the examples there are"))
        ways = [("over", tr("Write over the examples from {row} on").format(row=first_row)),
                ("add", tr("Add as new examples")), ("replace", tr("Put in place of all examples"))]
        for name, text in ways[1:] if first_row >= len(table.rows) else ways:
            self.where.addItem(text, name)
        label = QLabel(tr("&Where"))
        label.setBuddy(self.where)
        self.told = QLabel()
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setWordWrap(True)
        self.problem = second_text("")
        self.problem.setStyleSheet(WRONG_TEXT)
        self.problem.setWordWrap(True)
        self.preview = _Preview(table, paste)
        view = described(QTableView(), tr("What is pasted"), tr("The first rows below the columns they come into"))
        view.setModel(self.preview)
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        view.setMinimumSize(420, 9 * self.fontMetrics().height())
        self.buttons = QDialogButtonBox()
        self.accept_button = described(QPushButton(tr("&Paste")), tr("Paste"), tr("Change the examples so"))
        self.cancel_button = described(QPushButton(tr("Cancel")), tr("Cancel"), tr("Leave the examples as they are"))
        self.buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(self.cancel_button, QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        parts: tuple[QWidget, ...] = (self.told, label, self.where, view, self.problem, self.buttons)
        for part in parts:
            column.addWidget(part, 1 if part is view else 0)
        self.where.currentIndexChanged.connect(lambda _index: self._work_out())
        self.accept_button.setDefault(True)
        self.resize(560, 460)
        self._work_out()

    def _work_out(self) -> None:
        """What the chosen way would make of the examples, and what is to be said of it."""
        way, count, there = self.where.currentData(), self.paste.values.rows, len(self.table.rows)
        first = {"over": self.first_row, "add": there, "replace": None}[way]
        self.preview.begin_at(first)
        problem, self.result_rows = "", None
        try:
            source = replaced(self.table) if way == "replace" else self.table
            rows = source.pasted(self.paste, first or 0, self.target)
            if rows.training:
                self.result_rows = rows
            else:
                problem = tr("No example would be left to train on.")
        except NnvizError as error:
            problem = str(error)
        new = count if first is None else max(0, first + count - there)
        said = [counted(count, "{count} row is pasted,", "{count} rows are pasted,") + " "
                + counted(new, "{count} of them as a new example.", "{count} of them as new examples."),
                said_of_left_out(self.paste.block, self.paste.fitting)]
        for words in self.paste.values.renamed.values():
            told = ", ".join(f"{word} → {name}" for word, name in words[:MOST_TOLD])
            said.append(tr("Words stand for classes: {words}.").format(
                words=told + (", …" if len(words) > MOST_TOLD else "")))
        self.told.setText(" ".join(filter(None, said)))
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.accept_button.setEnabled(self.result_rows is not None)
