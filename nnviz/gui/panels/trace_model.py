"""The trace of the shown step as a table: as many rows as the pass has operations, each written when it is seen."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from nnviz.exchange.tables import COLUMNS as MEANINGS
from nnviz.gui.theme import LIGHT, Theme, mixed
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.conventions import Conventions, in_force
from nnviz.report.elements import Element
from nnviz.report.labels import Labels
from nnviz.report.moment import MEAN
from nnviz.report.numbers import full, short, typeset
from nnviz.report.pass_order import Operation, PassOrder
from nnviz.report.quantities import Quantity
from nnviz.report.trace import TraceRow
from nnviz.report.trace_rows import (
    TraceRows,
    in_words,
    named,
    node_of,
    place_of,
    quantity_of,
    spoken,
    whole_line,
)

Whole = NDArray[np.intp]
Index = QModelIndex | QPersistentModelIndex
LONGEST_TIP = 1_200         # characters of a tooltip
_KEPT = 512                 # rows that stay written
_DIGITS = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+", re.ASCII)


@dataclass(frozen=True)
class Column:
    """One column of the trace: its name in files, its header, and what is said of it."""

    name: str
    title: str
    number: bool = False
    of: Callable[[TraceRow], float | None] = lambda row: None
    shorter: str = ""          # the header where there is little room; the tooltip says the rest


COLUMNS: tuple[Column, ...] = (
    Column("step", "Step"),
    Column("order", "Order"),
    Column("example", "Example"),
    Column("phase", "Phase"),
    Column("operation", "Operation"),
    Column("node", "Node"),
    Column("formula", "Formula"),
    Column("calculation", "Calculation"),
    Column("value", "Value", True, lambda row: row.value),
    Column("local_gradient", "Local gradient", True, lambda row: row.local_gradient, "Local"),
    Column("upstream_gradient", "Upstream gradient", True, lambda row: row.upstream_gradient, "Upstream"),
    Column("gradient", "Gradient", True, lambda row: row.gradient),
)
PLACE = {column.name: place for place, column in enumerate(COLUMNS)}


class TraceTable(QAbstractTableModel):
    """The operations of one step; of units for the shown example alone, or for every example of the batch.

    A row of the table is told by arithmetic: `_operations` are those that the filter lets through, `_starts` the
    first row of each.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: Labels | None = None
        self._rows: TraceRows | None = None
        self._key: tuple[object, ...] = ()
        self._operations: Whole = np.empty(0, dtype=np.intp)
        self._starts: Whole = np.zeros(1, dtype=np.intp)
        self._written: OrderedDict[tuple[int, int, bool, Conventions], TraceRow] = OrderedDict()
        self._node_names: tuple[object, list[str]] = (None, [])
        self.place, self.cursor, self.examples = 0, 0, 0
        self.step, self.digits = 0, 6
        self.only_shown, self.filter_text = True, ""
        self.narrow = False
        self.pointed: Quantity | None = None       # whose rows are lit
        self.set_theme(LIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Takes the colours of rows that are done, that are to come, and of the last one."""
        self.dim = QColor(mixed(theme.muted, theme.base, 0.35))
        self._lit = QBrush(QColor(mixed(theme.base, theme.accent, 0.26 if theme.dark else 0.16)))
        self._here = QBrush(QColor(mixed(theme.base, theme.active, 0.28 if theme.dark else 0.2)))

    # --- what is shown ------------------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        return self._rows is None

    @property
    def labels(self) -> Labels:
        assert self._labels is not None
        return self._labels

    @property
    def order(self) -> PassOrder:
        return self.labels.order

    @property
    def rows(self) -> TraceRows:
        assert self._rows is not None
        return self._rows

    def show(self, view: View) -> None:
        """Shows the step and the moment of `view`."""
        moment = view.moment
        if self._labels is None or self._labels.network != view.problem.network or (
                self._labels.labels != view.document.labels):
            self._labels = Labels(view.problem.network, view.document.labels)
        place = place_of(moment)
        if self._rows is None or self._rows.record is not moment.record or self._rows.labels is not self._labels:
            self._rows = TraceRows(moment.record, self._labels)
            self._written.clear()
        self.place, self.cursor, self.examples = place, moment.cursor, len(moment.record.rows)
        self.step, self.digits = moment.record.step, view.digits
        self._arrange()

    def clear(self) -> None:
        """Shows nothing."""
        self.beginResetModel()
        self._rows, self._labels, self._key = None, None, ()
        self._operations, self._starts = np.empty(0, dtype=np.intp), np.zeros(1, dtype=np.intp)
        self._written.clear()
        self.endResetModel()

    def choose(self, *, only_shown: bool | None = None, filter_text: str | None = None) -> None:
        """Shows the shown example's rows alone or every example's, and of the operations those that are meant."""
        self.only_shown = self.only_shown if only_shown is None else only_shown
        self.filter_text = self.filter_text if filter_text is None else filter_text
        if not self.is_empty:
            self._arrange()

    def _arrange(self) -> None:
        """Counts the rows anew where there are others; where they are the same, tells that their numbers are not."""
        every = 1 if self.only_shown else self.examples
        key = (self._labels, every, self.filter_text.strip().casefold())
        if key == self._key:
            if self.rowCount():
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._key = key
        counts = np.empty(self.order.length, dtype=np.intp)
        for section in self.order.sections:
            counts[section.start : section.end] = 1 if section.kind == "parameter" else every
        self._operations = np.flatnonzero(self._meant()) if key[2] else np.arange(self.order.length)
        self._starts = np.concatenate(([0], np.cumsum(counts[self._operations])))
        self.endResetModel()

    def _meant(self) -> NDArray[np.bool_]:
        """Which operations answer every word of the filter: part of a node's name, or the beginning of a phase."""
        meant = np.ones(self.order.length, dtype=bool)
        for word in self.filter_text.casefold().split():
            answers = np.fromiter((word in node for node in self._nodes), dtype=bool, count=self.order.length)
            for section in self.order.sections:
                if section.phase.startswith(word) or tr(section.phase).casefold().startswith(word):
                    answers[section.start : section.end] = True
            meant &= answers
        return meant

    @property
    def _nodes(self) -> list[str]:
        """The node of every operation, for the filter; written once for a network."""
        if self._node_names[0] != (self._labels, in_force()):
            order = self.order
            names = [node_of(self.labels, order.at(index)).casefold() for index in range(order.length)]
            self._node_names = ((self._labels, in_force()), names)
        return self._node_names[1]

    # --- rows and operations --------------------------------------------------------------------------------------

    def number_of(self, row: int) -> int:
        """The number of the operation, in its pass, that a row is about."""
        return int(self._operations[np.searchsorted(self._starts, row, side="right") - 1])

    def operation_at(self, row: int) -> Operation:
        return self.order.at(self.number_of(row))

    def place_at(self, row: int) -> int:
        """The example that a row is about, by its place in the batch; MEAN for the batch."""
        found = int(np.searchsorted(self._starts, row, side="right")) - 1
        if self.order.at(int(self._operations[found])).kind == "parameter":
            return MEAN
        return self.place if self.only_shown else row - int(self._starts[found])

    def element_at(self, row: int) -> Element | None:
        return self.operation_at(row).element

    def quantity_at(self, row: int) -> Quantity:
        """Which number of the pass a row computes."""
        return quantity_of(self.labels, self.operation_at(row), self.place_at(row))

    def row_of(self, number: int) -> int | None:
        """The row of an operation: of several that of the shown example; None where the filter leaves it out."""
        found = int(np.searchsorted(self._operations, number))
        if found >= len(self._operations) or int(self._operations[found]) != number:
            return None
        first, after = int(self._starts[found]), int(self._starts[found + 1])
        return first + (self.place if after - first > 1 and self.place != MEAN else 0)

    def row_at_cursor(self) -> int | None:
        """The row of the operation that was done last, or of the last one before it that the filter lets through."""
        done = int(np.searchsorted(self._operations, self.cursor)) - 1
        return None if done < 0 else self.row_of(int(self._operations[done]))

    def is_reached(self, row: int) -> bool:
        return self.number_of(row) < self.cursor

    def written(self, row: int, whole: bool = False) -> TraceRow:
        """What stands in a row, with every digit; `whole` with every term of its sums, too."""
        number, place = self.number_of(row), self.place_at(row)
        key = (number, place, whole, in_force())
        found = self._written.get(key)
        if found is None:
            operation = self.order.at(number)
            plain = self.rows.row(operation, place, whole)
            found = self._written[key] = in_words(plain, self.rows.record, self.labels, operation, place)
            if len(self._written) > _KEPT:
                self._written.popitem(last=False)
        return found

    def line(self, row: int) -> str:
        """A row as one chain of equations, nothing left out."""
        return whole_line(self.written(row, whole=True), self.is_reached(row))

    def spoken(self, row: int) -> str:
        """A row as it is read aloud."""
        operation = self.operation_at(row)
        return spoken(self.written(row), operation, self.is_reached(row), named(self.labels, operation))

    def text(self, row: int, name: str) -> str:
        """A cell in full: what is copied."""
        return self._cell(row, COLUMNS[PLACE[name]], whole=True)

    def _cell(self, row: int, column: Column, whole: bool) -> str:
        if column.name == "step":
            return str(self.step)
        if column.name == "order":
            return str(self._order_of(row))
        written = self.written(row, whole and column.name in ("formula", "calculation"))
        reached = self.is_reached(row)
        if column.number:
            value = column.of(written) if reached else None
            if whole or value is None:
                return full(value)
            return short(value, self.digits)
        if column.name == "calculation" and not reached:
            return ""
        return str(getattr(written, column.name))

    def _order_of(self, row: int) -> int:
        """The number of a row in the exported table, from 1: there every example has rows of its own."""
        return self._files_order(self.number_of(row)) + max(self.place_at(row), 0)

    def _files_order(self, number: int) -> int:
        before = 1
        for section in self.order.sections:
            rows = 1 if section.kind == "parameter" else self.examples
            if number < section.end:
                return before + (number - section.start) * rows
            before += section.count * rows
        raise IndexError(number)

    # --- Qt -------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else int(self._starts[-1])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.title(section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{tr(column.title)}: {tr(MEANINGS[column.name])}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if _is_figure(column) else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        reader = self._readers.get(role)
        return None if reader is None else reader(index.row(), COLUMNS[index.column()])

    @cached_property
    def _readers(self) -> dict[int, Callable[[int, Column], Any]]:
        role = Qt.ItemDataRole
        return {
            role.DisplayRole: lambda row, column: self.displayed(row, PLACE[column.name]),
            role.ToolTipRole: self._tip,
            role.TextAlignmentRole: lambda row, column: self.alignment(PLACE[column.name]),
            role.ForegroundRole: lambda row, column: None if self.is_reached(row) else QBrush(self.dim),
            role.BackgroundRole: lambda row, column: self.background(row),
            role.AccessibleTextRole: lambda row, column: self.spoken(row) if column.name in _SPOKEN else None,
        }

    def is_lit(self, row: int) -> bool:
        """Whether a row's number is pointed at, here or elsewhere."""
        return self.pointed is not None and self.quantity_at(row).meets(self.pointed)

    def background(self, row: int) -> QBrush | None:
        """What lies behind a row: the last operation and what is pointed at stand out."""
        if self.is_lit(row):
            return self._lit
        return self._here if self.number_of(row) == self.cursor - 1 else None

    def title(self, place: int) -> str:
        """The header of a column."""
        column = COLUMNS[place]
        return tr(column.shorter if self.narrow and column.shorter else column.title)

    def set_narrow(self, narrow: bool) -> None:
        """Shorter headers where there is little room."""
        if narrow != self.narrow:
            self.narrow = narrow
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def alignment(self, place: int) -> Qt.AlignmentFlag:
        """Numbers to the right, words to the left."""
        return _RIGHT if _is_figure(COLUMNS[place]) else _LEFT

    def displayed(self, row: int, place: int) -> str:
        """What is written in a cell, with the digits that are shown."""
        column = COLUMNS[place]
        text = self._cell(row, column, whole=False)
        if column.name == "calculation":      # what is computed stands in the formula beside it
            text = text.partition(" = ")[2]
            text = _DIGITS.sub(lambda match: short(float(match[0]), self.digits), text)
        elif column.name in ("phase", "example"):
            text = tr(text) if not text.isdigit() else text
        return typeset(text) if column.name in ("formula", "calculation") else text

    def _tip(self, row: int, column: Column) -> str | None:
        if (column.number or column.name == "calculation") and not self.is_reached(row):
            return tr("The pass has not come here yet")
        text = typeset(self._cell(row, column, whole=True))
        return (text if len(text) <= LONGEST_TIP else text[:LONGEST_TIP] + "…") or None


_SPOKEN = ("phase", "node", "formula")
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _is_figure(column: Column) -> bool:
    return column.number or column.name in ("step", "order", "example")
