"""The examples as a table one can type into: a row an example, a cell a number, a class, or the part it belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QImage, QKeyEvent, QKeySequence, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from nnviz.data.pictures import picture_side
from nnviz.errors import NnvizError
from nnviz.gui.fields import described
from nnviz.gui.translation import tr, worded
from nnviz.report.numbers import short
from nnviz.session.example_rows import ExampleRows
from nnviz.session.example_table import ExampleTable
from nnviz.words import counted

Index = QModelIndex | QPersistentModelIndex
Rows = NDArray[np.intp]

HEADED, PADDING = 20, 14         # pixels beside the words of a heading and of a cell, so that none is cut
_SIDE = 30               # pixels of a picture
_MEASURED = 40           # cells that the width of a column is told from
_TYPED_WIDE = 64         # inputs up to which a new row can be begun by typing


class DataModel(QAbstractTableModel):
    """The table of examples; one empty row below them waits for more. Pictures have one column for all their pixels."""

    edited = Signal(object, str)         # ExampleRows, a label
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table: ExampleTable | None = None
        self.columns: tuple[int, ...] = ()       # of the table; -1 is the picture
        self.target = np.zeros(1)                # of rows that are begun here
        self.locked = ""                         # why nothing can be edited

    @property
    def pictures(self) -> bool:
        return -1 in self.columns

    def show_table(self, table: ExampleTable | None, locked: str = "") -> None:
        """Shows other rows, or other numbers in them."""
        before, had_rows = self.table, self.rowCount()
        columns: tuple[int, ...] = ()
        if table is not None:
            columns = tuple(range(len(table.columns)))
            if picture_side(table.rows.inputs.shape[1]):
                columns = (-1, *(place for place, column in enumerate(table.columns) if column.kind != "input"))
        alike = (before is not None and table is not None and before.columns == table.columns
                 and columns == self.columns and len(before.rows) == len(table.rows) and locked == self.locked)
        if alike:
            self.table = table
            self.dataChanged.emit(self.index(0, 0), self.index(had_rows - 1, len(columns) - 1))
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, had_rows - 1)
            return
        self.beginResetModel()
        self.table, self.columns, self.locked = table, columns, locked
        self.endResetModel()

    def examples(self) -> int:
        return 0 if self.table is None else len(self.table.rows)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self.table is None else len(self.table.rows) + self._waits

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    @property
    def _waits(self) -> int:
        """1 where an empty row waits below the others."""
        assert self.table is not None
        return int(not self.locked and not self.pictures and self.table.rows.inputs.shape[1] <= _TYPED_WIDE)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and not self.locked and self.columns[index.column()] >= 0:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        table = self.table
        if table is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            if role == Qt.ItemDataRole.ToolTipRole and section >= len(table.rows):
                return tr("Type or paste here to add examples")
            if role == Qt.ItemDataRole.DisplayRole:
                return str(section) if section < len(table.rows) else "+"
            return None
        if section >= len(self.columns) or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        place = self.columns[section]
        if place < 0:
            return tr("picture")
        column = table.columns[place]
        if role == Qt.ItemDataRole.ToolTipRole:
            return {"input": tr("Input {name}, before formulas and scaling"), "target": tr("‹Target› of {name}"),
                    "class": tr("The class that is wanted"),
                    "part": tr("Whether it is trained on, or kept for testing")}[column.kind].format(name=column.title)
        return tr(column.title) if column.kind in ("class", "part") else column.title

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        table = self.table
        if table is None or not index.isValid() or index.row() >= len(table.rows):
            return None
        place = self.columns[index.column()]
        if place < 0:
            return self._picture(index.row()) if role == Qt.ItemDataRole.DecorationRole else None
        column = table.columns[place]
        if role == Qt.ItemDataRole.DisplayRole:
            text = table.text(index.row(), place)
            if column.kind == "part":
                return tr(text)
            return text if column.names else short(table.value(index.row(), place))
        if role in (Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole):
            return table.text(index.row(), place)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if column.names else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        table = self.table
        if role != Qt.ItemDataRole.EditRole or table is None or not index.isValid():
            return False
        place, row, text = self.columns[index.column()], index.row(), str(value)
        if row < len(table.rows) and text == table.text(row, place):
            return False
        if row >= len(table.rows) and not text.strip():
            return False
        try:
            if row < len(table.rows):
                label = tr("{column} of example {row} = {text}").format(
                    column=table.columns[place].title, row=row, text=text.strip())
                rows = table.with_cell(row, place, text)
            else:
                label = tr("add an example")
                begun = table.rows.added(np.zeros((1, table.rows.inputs.shape[1])), self.target[None, :])
                rows = ExampleTable(begun, table.columns).with_cell(table.rows.training, place, text)
        except NnvizError as error:
            self.refused.emit(str(error))
            return False
        self.refused.emit("")
        self.edited.emit(rows, label)
        return True

    def _picture(self, row: int) -> QPixmap:
        assert self.table is not None
        inputs = self.table.rows.inputs[row]
        side, brightest = picture_side(len(inputs)), float(inputs.max(initial=0.0)) or 1.0
        grey = np.ascontiguousarray(np.clip(inputs / brightest * 255.0, 0.0, 255.0).astype(np.uint8))
        image = QImage(grey.tobytes(), side, side, side, QImage.Format.Format_Grayscale8)
        return QPixmap.fromImage(image).scaled(_SIDE, _SIDE, Qt.AspectRatioMode.KeepAspectRatio,
                                               Qt.TransformationMode.SmoothTransformation)


class _NameDelegate(QStyledItemDelegate):
    """A list to choose from where a cell has a name."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        model = index.model()
        assert isinstance(model, DataModel) and model.table is not None
        names = model.table.columns[model.columns[index.column()]].names
        if not names:
            return super().createEditor(parent, option, index)
        box = QComboBox(parent)
        part = model.table.columns[model.columns[index.column()]].kind == "part"
        for name in names:
            box.addItem(tr(name) if part else name, name)
        box.activated.connect(lambda _index: self._chosen(box))
        return box

    def _chosen(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box, QStyledItemDelegate.EndEditHint.NoHint)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(index.data(Qt.ItemDataRole.EditRole))))
        else:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentData(), Qt.ItemDataRole.EditRole)
        else:
            super().setModelData(editor, model, index)


class DataTable(QTableView):
    """The grid: Ctrl+C copies, Ctrl+V pastes a block from the current cell on, Delete takes whole rows out."""

    rows_chosen = Signal(object)         # rows with a selected cell, by the user
    row_shown = Signal(int)
    paste_requested = Signal(int, int)   # row, column of the table of examples
    delete_requested = Signal(object)
    refused = Signal(str)
    fitted = Signal()                    # columns have other widths

    def __init__(self, model: DataModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.examples = model
        self._following = False
        self.setModel(model)
        self.setItemDelegate(_NameDelegate(self))
        described(self, tr("Examples"), tr("Every example with its numbers: type over one, Ctrl+V pastes from a "
                                           "spreadsheet, Delete takes whole rows out (Shift+Space selects them)"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        worded(self, lambda: self.horizontalHeader().setAccessibleName(tr("Columns: inputs, ‹targets›, part")))
        self.verticalHeader().setAccessibleName(tr("Rows: the examples"))
        self.selectionModel().selectionChanged.connect(self._selection_changed)
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        model.modelReset.connect(self._fit)

    def _fit(self) -> None:
        """Row heights and column widths for what is shown."""
        metrics, bold = self.fontMetrics(), QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        headings = QFontMetrics(bold)
        height = _SIDE + 4 if self.examples.pictures else metrics.height() + 8
        self.verticalHeader().setDefaultSectionSize(height)
        self.horizontalHeader().setMinimumSectionSize(24)
        self.horizontalHeader().setDefaultSectionSize(metrics.horizontalAdvance("0") * 10 + 12)
        table = self.examples.table
        for place, column in enumerate(self.examples.columns[:64]):
            title = str(self.examples.headerData(place, Qt.Orientation.Horizontal) or "")
            texts = [] if table is None or column < 0 else [tr(name) for name in table.columns[column].names]
            if table is not None and column >= 0 and not table.columns[column].names:
                every = max(1, len(table.rows) // _MEASURED)
                texts += [short(table.value(row, column)) for row in range(0, len(table.rows), every)]
            wide = max((metrics.horizontalAdvance(text[:24]) for text in texts), default=0) + PADDING
            wide = max(wide, headings.horizontalAdvance(title[:24]) + HEADED)
            self.setColumnWidth(place, max(_SIDE + 24, wide) if column < 0 else max(40, wide))
        self.fitted.emit()

    def wanted_width(self) -> int:
        """Pixels in which all columns are seen whole."""
        return (self.horizontalHeader().length() + self.verticalHeader().sizeHint().width() + 2 * self.frameWidth()
                + self.verticalScrollBar().sizeHint().width())

    # --- selection ------------------------------------------------------------------------------------------------

    def _parts(self) -> list[QItemSelectionRange]:
        """The rectangles of selected cells."""
        selection = self.selectionModel().selection()
        return [selection.at(place) for place in range(selection.count())]

    def selected_rows(self) -> Rows:
        """The rows that have a selected cell."""
        parts = [np.arange(part.top(), part.bottom() + 1) for part in self._parts()]
        rows = np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.intp)
        return rows[rows < self.examples.examples()].astype(np.intp)

    def choose_rows(self, rows: Rows) -> None:
        """Selects whole rows, as somebody else selected them."""
        if np.array_equal(rows, self.selected_rows()):
            return
        self._following = True
        try:
            chosen, last = QItemSelection(), max(0, self.examples.columnCount() - 1)
            breaks = np.flatnonzero(np.diff(rows) != 1) + 1
            for run in np.split(rows, breaks) if len(rows) else []:
                chosen.select(self.examples.index(int(run[0]), 0), self.examples.index(int(run[-1]), last))
            self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            if len(rows):
                self.scrollTo(self.examples.index(int(rows[0]), 0))
        finally:
            self._following = False

    def follow(self, row: int) -> None:
        """Goes to the row whose numbers the picture shows, unless somebody is at work here."""
        keyboard = QApplication.focusWidget()
        if self.hasFocus() or (keyboard is not None and self.isAncestorOf(keyboard)) or len(self.selected_rows()):
            return
        if 0 <= row < self.examples.examples():
            self._following = True
            self.selectionModel().setCurrentIndex(self.examples.index(row, max(0, self.currentIndex().column())),
                                                  QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(self.examples.index(row, 0))
            self._following = False

    def _selection_changed(self) -> None:
        if not self._following:
            self.rows_chosen.emit(self.selected_rows())

    def _current_changed(self, now: QModelIndex, before: QModelIndex) -> None:
        if not self._following and now.isValid() and now.row() < self.examples.examples():
            self.row_shown.emit(now.row())

    # --- keys -----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete()
        elif event.key() == Qt.Key.Key_Space and shift:
            self.selectRow(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Puts the selected cells on the clipboard, as a spreadsheet takes them; whole rows with their titles."""
        table = self.examples.table
        if table is None:
            return
        columns = sorted({column for part in self._parts() for column in range(part.left(), part.right() + 1)})
        places = [self.examples.columns[column] for column in columns]
        if self.examples.pictures:      # a picture is all its pixels
            pixels = [place for place, column in enumerate(table.columns) if column.kind == "input"]
            places = (pixels if -1 in places else []) + [place for place in places if place >= 0]
        try:
            text = table.copied(self.selected_rows().tolist(), places)
        except NnvizError as error:
            self.refused.emit(str(error))
            return
        if text:
            QGuiApplication.clipboard().setText(text)

    def paste(self) -> None:
        """Asks for what is on the clipboard to be written from the first selected cell on, else behind all rows."""
        if self.examples.table is None:
            return
        if self.examples.locked:
            self.refused.emit(self.examples.locked)
            return
        parts = self._parts()
        row = min((part.top() for part in parts), default=self.examples.examples())
        column = min((part.left() for part in parts), default=0)
        place = self.examples.columns[column] if self.examples.columns else 0
        self.paste_requested.emit(row, max(0, place))

    def delete(self) -> None:
        """Asks for the selected rows to be taken out, where they are selected whole."""
        rows = self.selected_rows()
        whole = [row for row in rows.tolist() if self.selectionModel().isRowSelected(row, QModelIndex())]
        if self.examples.locked:
            self.refused.emit(self.examples.locked)
        elif len(whole) < len(rows) or not whole:
            self.refused.emit(tr("Select whole rows to delete them: click their numbers, or press Shift+Space."))
        else:
            self.delete_requested.emit(rows)


def pasted_label(rows: int) -> str:
    """What pasting so many rows is called in the list of edits."""
    return counted(rows, "paste {count} row", "paste {count} rows")


def what_was_pasted(before: int, after: int, first: int, pasted: int, moved: bool = False) -> str:
    """What pasting has done, as a sentence: `before` and `after` are how many examples there were and are.

    Rows that have `moved` to another part no longer stand where they were pasted.
    """
    over = pasted - (after - before)
    if after == pasted and over != pasted:
        return counted(pasted, "All examples replaced by {count} row.", "All examples replaced by {count} rows.")
    said = []
    if moved:
        said.append(counted(over, "{count} row replaced and moved to its part.",
                            "{count} rows replaced; those of another part have moved there."))
    elif over == 1:
        said.append(tr("Row {first} replaced.").format(first=first))
    elif over > 1:
        said.append(tr("Rows {first} to {last} replaced.").format(first=first, last=first + over - 1))
    if over < pasted:
        said.append(counted(pasted - over, "{count} example added.", "{count} examples added."))
    return " ".join(said)


def replaced(table: ExampleTable) -> ExampleTable:
    """The same table without any rows, for others to come in their place."""
    rows = table.rows
    empty = ExampleRows(np.empty((0, rows.inputs.shape[1])), np.empty((0, rows.targets.shape[1])), 0)
    return ExampleTable(empty, table.columns)
