"""What each example wants of every parameter, a cell at a time: 13,002 rows and 128 columns are never all made."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush

from nnviz.engine.calls import Array
from nnviz.gui.ink import mix
from nnviz.gui.panels.table_model import UNKNOWN, Rows
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Parameter
from nnviz.report.example_gradients import ORDERS, ExampleGradients
from nnviz.report.moment import MEAN
from nnviz.report.numbers import full, short

Whole = NDArray[np.intp]
Index = QModelIndex | QPersistentModelIndex
DIGITS = 3                 # in a cell, where the sign and the size matter; the tooltip has them all
SHOWN = "▸"                # before the example that the picture shows
_BLOCK, _BLOCKS = 32, 16   # rows that are multiplied out together, and how many such blocks are kept
_SHADES, _DECADES, _FULL = 8, 3.0, 0.55
_BY_NAME = {order.name: order for order in ORDERS}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ExampleTable(QAbstractTableModel):
    """A row a parameter, a column an example of the batch. The mean has a model of its own, `MeanColumn`."""

    network_changed = Signal()     # other rows or columns

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Rows | None = None
        self._gradients: ExampleGradients | None = None
        self._known: list[int] = []
        self._shown: Whole = np.empty(0, dtype=np.intp)
        self._blocks: OrderedDict[int, Array] = OrderedDict()
        self._largest = 0.0
        self.example = 0                   # the column that is shown elsewhere; MEAN for none
        self.order_name, self.filter_text = ORDERS[0].name, ""
        self._brushes: dict[tuple[bool, int], QBrush] = {}
        self.set_theme(LIGHT)

    # --- what is shown ----------------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        return self._rows is None

    @property
    def rows(self) -> Rows:
        assert self._rows is not None
        return self._rows

    @property
    def gradients(self) -> ExampleGradients:
        assert self._gradients is not None
        return self._gradients

    def set_theme(self, theme: Theme) -> None:
        """Takes the tints of positive and negative numbers from `theme`."""
        self._brushes = {
            (negative, shade): QBrush(mix(theme.base, theme.negative if negative else theme.positive,
                                          _FULL * shade / _SHADES))
            for negative in (False, True) for shade in range(1, _SHADES + 1)
        }

    def show(self, view: View, sort: bool = True) -> None:
        """Shows the step of `view`; `sort` is False to leave the rows where they are."""
        record, moment = view.moment.record, view.moment
        same = self._rows is not None and self._gradients is not None and (
            self._rows.network == view.problem.network and self._rows.document.labels == view.document.labels
            and len(self._gradients.examples) == len(record.rows))
        if not same:
            self.beginResetModel()
            self._rows = Rows(view.problem, view.document)
        new_step = self._gradients is None or self._gradients.record is not record
        if new_step:
            self._gradients = ExampleGradients(record)
            self._blocks.clear()
            sizes = self._gradients.mean_square
            self._largest = float(np.sqrt(sizes[np.isfinite(sizes)].max(initial=0.0)))
        layers = range(1, len(self.rows.starts))
        self._known = [moment.order.done(moment.cursor, "backward", "parameter", layer) for layer in layers]
        self.example = moment.example if moment.example == MEAN else min(moment.example, len(record.rows) - 1)
        if not same:
            self._shown = self._arranged()
            self.endResetModel()
            self.network_changed.emit()
            return
        if sort and new_step:
            self.arrange()
        self._changed()

    def _changed(self) -> None:
        if self.rowCount() and self.columnCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)

    def clear(self) -> None:
        """Shows nothing."""
        self.beginResetModel()
        self._rows, self._gradients, self._shown = None, None, np.empty(0, dtype=np.intp)
        self._blocks.clear()
        self.endResetModel()

    def arrange(self) -> None:
        """Brings rows into the order and to the choice that the fields ask for."""
        if self._rows is None:
            return
        arranged = self._arranged()
        if np.array_equal(arranged, self._shown):
            return
        self._blocks.clear()
        if len(arranged) != len(self._shown):
            self.beginResetModel()
            self._shown = arranged
            self.endResetModel()
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        place = np.full(len(self.rows), -1)
        place[arranged] = np.arange(len(arranged))
        moved = [self.index(int(place[self._shown[old.row()]]), old.column()) for old in before]
        self._shown = arranged
        self.changePersistentIndexList(before, moved)
        self.layoutChanged.emit()

    def _arranged(self) -> Whole:
        places = np.argsort(_BY_NAME[self.order_name].key(self.gradients), kind="stable")
        if self.filter_text.strip():
            places = places[self.rows.matching(self.filter_text)[places]]
        return places

    # --- numbers ------------------------------------------------------------------------------------------------

    def place_at(self, row: int) -> int:
        """The parameter of a row, in the users' order."""
        return int(self._shown[row])

    def element_at(self, row: int) -> Parameter:
        return self.rows.element(self.place_at(row))

    def row_of(self, element: Parameter) -> int | None:
        """Where a parameter of the shown network is in the table; None where it is filtered out."""
        found = np.flatnonzero(self._shown == self.rows.row_of(element))
        return int(found[0]) if len(found) else None

    def is_known(self, row: int) -> bool:
        """Whether the pass has come to the gradients of a row."""
        place = self.place_at(row)
        layer = int(self.rows.layer[place]) - 1
        return place - int(self.rows.starts[layer]) < self._known[layer]

    def number(self, row: int, column: int) -> float | None:
        """What an example wants; None where the cursor has not come yet."""
        if not self.is_known(row):
            return None
        block, inside = divmod(row, _BLOCK)
        numbers = self._blocks.get(block)
        if numbers is None:
            places = self._shown[block * _BLOCK : (block + 1) * _BLOCK]
            ascending = np.argsort(places)
            numbers = np.empty((len(places), len(self.gradients.examples)))
            numbers[ascending] = self.gradients.rows(places[ascending])
            self._blocks[block] = numbers
            if len(self._blocks) > _BLOCKS:
                self._blocks.popitem(last=False)
        return float(numbers[inside, column])

    def mean(self, row: int) -> float | None:
        """What the step follows; None where the cursor has not come yet."""
        return float(self.gradients.mean[self.place_at(row)]) if self.is_known(row) else None

    def about(self, row: int) -> str:
        """What is to be said of a whole row."""
        if not self.is_known(row):
            return tr("The pass has not come here yet")
        place, table = self.place_at(row), self.gradients
        lines = (
            (tr("mean"), float(table.mean[place])), (tr("standard deviation"), float(table.deviation[place])),
            (tr("signal to noise"), float(table.signal_to_noise[place])),
            (tr("share of examples outvoted"), float(table.disagreement[place])),
        )
        return "\n".join(f"{name}: {full(number)}" for name, number in lines)

    def shade(self, value: float | None) -> QBrush | None:
        """The tint behind a number: by its sign, and stronger the larger it is."""
        if not value or not self._largest or not np.isfinite(value):
            return None
        share = 1.0 + np.log10(abs(value) / self._largest) / _DECADES
        step = round(min(1.0, share) * _SHADES)
        return self._brushes[value < 0, step] if step > 0 else None

    # --- Qt -----------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() or self._gradients is None else len(self._gradients.examples)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            return self._column_head(section, role)
        if not 0 <= section < self.rowCount():
            return None
        said = self.rows.name(self.place_at(section))
        if role == Qt.ItemDataRole.DisplayRole:
            return said.label or said.canonical
        if role == Qt.ItemDataRole.ToolTipRole:
            return " · ".join(part for part in (said.canonical, said.label, tr(said.kind),
                                                f"{said.source} → {said.target}".strip()) if part)
        return None

    def _column_head(self, section: int, role: int) -> Any:
        if not 0 <= section < self.columnCount():
            return None
        own = self.gradients.record.problem.trial
        if role == Qt.ItemDataRole.DisplayRole:
            name = tr("own") if own else str(int(self.gradients.examples[section]))
            return f"{SHOWN} " * (section == self.example) + name
        if role == Qt.ItemDataRole.ToolTipRole and own:
            return tr("Your own example: nothing is learned from it")
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr("Example {row} of the data set. Choose a cell to show it in the picture").format(
                row=int(self.gradients.examples[section])) + (
                "\n" + tr("It is the one shown now") if section == self.example else "")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.BackgroundRole, Qt.ItemDataRole.ToolTipRole):
            return None
        return shown(self, self.number(index.row(), index.column()), role)

    def selected_as_text(self, cells: Sequence[Index]) -> str:
        """The selected cells in full precision, columns parted by tabs, rows by line ends."""
        chosen: dict[int, dict[int, str]] = {}
        for cell in cells:
            chosen.setdefault(cell.row(), {})[cell.column()] = full(self.number(cell.row(), cell.column()))
        columns = sorted({column for row in chosen.values() for column in row})
        return "\n".join("\t".join(chosen[row].get(column, "") for column in columns) for row in sorted(chosen))


def shown(table: ExampleTable, value: float | None, role: int) -> Any:
    """A gradient in a cell: short, tinted, and in full precision as a tooltip."""
    if role == Qt.ItemDataRole.BackgroundRole:
        return table.shade(value)
    if role == Qt.ItemDataRole.ToolTipRole:
        return full(value) if value is not None else tr("The pass has not come here yet")
    if value is None:
        return UNKNOWN
    return ("+" if value > 0 else "") + short(value, DIGITS)


class MeanColumn(QAbstractTableModel):
    """The last column, which stands still while the examples are scrolled: the step that is really taken."""

    def __init__(self, table: ExampleTable) -> None:
        super().__init__(table)
        self.table = table
        table.modelAboutToBeReset.connect(self.beginResetModel)
        table.modelReset.connect(self.endResetModel)
        table.layoutAboutToBeChanged.connect(self.layoutAboutToBeChanged)
        table.layoutChanged.connect(self.layoutChanged)
        table.dataChanged.connect(self._changed)

    def _changed(self) -> None:
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, 0))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else self.table.rowCount()

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return tr("mean")
            if role == Qt.ItemDataRole.ToolTipRole:
                return tr("∂E/∂parameter, the mean of the batch: what the step follows")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.table.about(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.BackgroundRole):
            return shown(self.table, self.table.mean(index.row()), role)
        return None
