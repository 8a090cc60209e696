"""The examples under the user's hands: as points on a plane, as rows of a table, as numbers of sliders."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nnviz.data.datasets import TABLE, DataSet
from nnviz.data.pictures import picture_side
from nnviz.errors import NnvizError
from nnviz.gui.data_sliders import DataSliders, options_of
from nnviz.gui.data_split import DataSplit
from nnviz.gui.dialogs.paste import PasteDialog
from nnviz.gui.fields import Number, described, written
from nnviz.gui.panels.data_table import DataModel, DataTable, pasted_label, what_was_pasted
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import counted, said, second_label
from nnviz.gui.plane_tools import PlaneTools
from nnviz.gui.point_plane import PointPlane
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.fields import classes_of
from nnviz.report.moment import MEAN
from nnviz.report.numbers import count, short
from nnviz.session.change import Changed
from nnviz.session.document import Document
from nnviz.session.example_rows import (
    ExampleRows,
    input_names,
    is_by_hand,
    plane_points,
    rows_edit,
    split_edit,
    takes_any,
)
from nnviz.session.example_table import ExampleTable
from nnviz.session.opening import raw_data

Rows = NDArray[np.intp]

LOW, WIDE = 11, 36          # lines of text: a panel so low and so wide has its tools beside the plane,
TOOLS_WIDTH = 19            # so wide
_NONE: Rows = np.empty(0, dtype=np.intp)


class DataPanel(Panel):
    """What the network learns from, to be changed by hand: every change is one undoable edit, training goes on.

    The plane shows all examples of two inputs, or of one input with its target: colour and form are the class (or the
    colour is the number wanted), training examples are filled, test examples are rings. Add puts one down, Spray puts
    down many while you drag, Select and move takes one, or those in a band, elsewhere; a right click or Delete takes
    them away. The number keys choose the class; arrow keys move what is selected, else the cursor, with Shift finely,
    and Enter does there what a click would. The wheel zooms, 0 shows all.

    The table has every example with each number; type over one, paste from a spreadsheet, choose a row to show that
    example in the picture. The sliders belong to examples that are made by a formula: drag one and the plane shows
    what would come, let it go and it is done, Esc brings the old ones back. Edited by hand, examples become rows of
    the network's own file; where they came from stays as it is, and Undo brings it back.
    """

    name = "data"
    title = "Data"
    watches = Changed.DATA | Changed.GRAPH | Changed.SETTINGS | Changed.CURSOR | Changed.STEP
    area = "bottom"
    wanted_lines = 22
    without_surface = "A surface has no examples to edit: its noise shifts it, and stands above the map."
    without_graph = "A computation graph has no examples: its leaves have one value each."

    edit_requested = Signal(dict, str)       # what is to be another in the document, by path; a label
    refused = Signal(str)                    # why an edit is not made, "" takes that back
    told = Signal(str)                       # a sentence that is said once

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: View | None = None
        self._rows: ExampleRows | None = None
        self._data: DataSet | None = None
        self._document: Document | None = None
        self._own_edit = False
        self._pasted: tuple[ExampleRows, str] | None = None      # what was asked for, and what is said once it is done
        self.tools, self.plane, self.sliders = PlaneTools(), PointPlane(), DataSliders()
        self.plane.describe = self._describe
        self.origin: QLabel = second_label()
        self.amount: QLabel = second_label()
        self.model = DataModel(self)
        self.table = DataTable(self.model)
        self.paste_button = described(QPushButton(tr("Paste")), tr("Paste examples"), tr(
            "Add rows copied from a spreadsheet; where examples are selected, write over these, from the first one on "
            "(Ctrl+V)"))
        self.copy_button = described(QPushButton(tr("Copy")), tr("Copy examples"), tr(
            "Copy the selected cells for a spreadsheet (Ctrl+C); without a selection all examples"))
        self.delete_button = described(QPushButton(tr("Delete rows")), tr("Delete examples"), tr(
            "Take the selected examples out"))
        self.locked: QLabel = second_label()
        written_down = QWidget()
        middle = QVBoxLayout(written_down)
        middle.setContentsMargins(4, 0, 4, 0)
        middle.setSpacing(4)
        for button in (self.paste_button, self.copy_button, self.delete_button):
            self.tools.add(button)
        middle.addWidget(self.table, 1)
        self.side = QScrollArea()
        self.side.setWidgetResizable(True)
        self.side.setFrameShape(QScrollArea.Shape.NoFrame)
        self.side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 0, 8, 0)
        column.setSpacing(6)
        column.addWidget(self.sliders)
        column.addWidget(self.locked)
        column.addWidget(self.amount)
        column.addWidget(self.origin)
        column.addStretch(1)
        self.side.setWidget(inside)
        self.split = DataSplit(self.plane, written_down, self.side, self.table.wanted_width)
        self.tools.lead(self.split.tabs)
        self.empty = second_label(tr("Open a network to see and edit what it learns from."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.tools_side = QScrollArea()
        self.tools_side.setWidgetResizable(True)
        self.tools_side.setFrameShape(QScrollArea.Shape.NoFrame)
        self.tools_side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tools_side.hide()
        layout = self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        layout.setContentsMargins(10, 6, 10, 8)
        layout.setSpacing(6)
        layout.addWidget(self.tools_side)
        layout.addWidget(self.tools)
        layout.addWidget(self.split, 1)
        layout.addWidget(self.empty, 1)
        self._connect()
        self._show_parts()
        self.refresh(None)

    def _connect(self) -> None:
        self.tools.tool_chosen.connect(self._choose_tool)
        self.plane.tool_asked.connect(self._choose_tool)
        self.plane.class_asked.connect(self.tools.choose_class)
        self.table.fitted.connect(self.split.share)
        self.split.changed.connect(self._show_parts)
        self.tools.target_chosen.connect(self._take_target)
        self.tools.test.toggled.connect(lambda _on: self._take_target())
        self.tools.spray_changed.connect(self._take_target)
        self.plane.edited.connect(self.edit_rows)
        self.plane.refused.connect(self.refused)
        self.plane.row_clicked.connect(self._show_example)
        self.plane.chosen_changed.connect(self.table.choose_rows)
        self.table.rows_chosen.connect(self._rows_chosen)
        self.table.row_shown.connect(self._show_example)
        self.table.paste_requested.connect(self._paste)
        self.table.delete_requested.connect(self._delete)
        for asking in (self.table, self.model):
            asking.refused.connect(self.refused)
        self.model.edited.connect(self.edit_rows)
        self.paste_button.clicked.connect(self.table.paste)
        self.copy_button.clicked.connect(self._copy)
        self.delete_button.clicked.connect(lambda: self._delete(self.table.selected_rows()))
        self.sliders.tried.connect(self._try)
        self.sliders.chosen.connect(self._choose_number)
        self.sliders.given_up.connect(self._show_rows)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 6 * self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Where it is low and wide the tools lie beside the plane and the table, which have the whole height."""
        em = self.fontMetrics().height()
        beside = self.height() < LOW * em and self.width() >= WIDE * em
        if beside == (self.tools_side.widget() is not None):
            return
        if beside:
            self._layout.removeWidget(self.tools)
            self.tools_side.setFixedWidth(round(TOOLS_WIDTH * em))
            self.tools_side.setWidget(self.tools)
        else:
            self._layout.insertWidget(0, self.tools_side.takeWidget())
        self._layout.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._show_tools()

    def _show_tools(self) -> None:
        self.tools.setVisible(self._view is not None)
        self.tools_side.setVisible(self._view is not None and self.tools_side.widget() is not None)

    def set_theme(self, theme: Theme) -> None:
        self.tools.set_theme(theme)
        self.plane.set_theme(theme)

    # --- what is shown --------------------------------------------------------------------------------------------

    def refresh(self, view: View | None) -> None:
        self._view = view
        self._show_tools()
        self.split.setVisible(view is not None)
        self.empty.setVisible(view is None)
        if view is None:
            self._rows = self._data = self._document = None
            self.plane.show_rows(None, ("", ""), False)
            self.model.show_table(None)
            self.sliders.show_document(None)
            return
        fresh = view.data is not self._data or not self._says_the_same(view.document)
        if fresh:
            self._take(view)
        self._document = view.document
        shown = -1 if view.example_number is None else view.example_number
        if shown != self.plane.shown or fresh:
            self.plane.set_shown(shown)
            self.table.follow(shown)

    def _says_the_same(self, document: Document) -> bool:
        """Whether a document has the data, the names and the loss of the one that is shown; training makes many."""
        known = self._document
        return known is document or (known is not None and known.data == document.data
                                     and known.network == document.network)

    def _take(self, view: View) -> None:
        """Another data set, or another document around it."""
        before, source = self._rows, None if self._document is None else self._document.data
        if view.data is not self._data:
            self._rows = ExampleRows.of(view.data)
        self._data, self._document = view.data, view.document
        fresh = before is None or plane_points(before) is None or (
            not self._own_edit and not self.plane.shows_well(self._rows))
        self.sliders.show_document(view.document)
        self._offer_targets(view.document)
        self._show_rows(fit=fresh)
        self._show_table(view.document)
        self._tell(view.document)
        said = []
        if self._pasted is not None and self._rows is not None and self._rows.same(self._pasted[0]):
            said.append(self._pasted[1])
        self._pasted = None
        if self._own_edit and source is not None and source.inputs is None and is_by_hand(view.document):
            said.append(tr("The examples are now your own, written in this network; the file stays as it is. Undo "
                           "brings it back.") if source.file is not None else
                        tr("The examples are now your own, written in this network. Undo brings the data set back."))
        if said:
            self.told.emit(" ".join(said))

    def _show_rows(self, fit: bool = False) -> None:
        """The rows as they are, without what was tried."""
        rows, document = self._rows, self._document
        if rows is None or document is None:
            return
        planar = plane_points(rows) is not None
        self.split.set_planar(planar)
        self.tools.set_planar(planar, picture_side(rows.inputs.shape[1]) == 0)
        if planar:
            self.plane.show_rows(rows, self._axes(rows, document), fit)

    def _show_table(self, document: Document) -> None:
        rows = self._rows
        assert rows is not None
        locked = ""
        try:
            rows.check_size()
        except NnvizError as error:
            locked = str(error)
        self.model.show_table(ExampleTable.of(rows, document), locked)
        unseen = "" if plane_points(rows) is not None else tr(
            "A plane has two inputs, or one input and one ‹target›: these examples are seen in the table only.")
        said(self.locked, " ".join(filter(None, (unseen, locked))))
        self.locked.setVisible(bool(self.locked.text()))
        for button in (self.paste_button, self.delete_button):
            button.setEnabled(not locked)

    def _axes(self, rows: ExampleRows, document: Document) -> tuple[str, str]:
        names = input_names(document, rows.inputs.shape[1])
        return names[0], names[1] if len(names) == 2 else document.network.names(len(document.network.layers))[0]

    def _offer_targets(self, document: Document) -> None:
        rows = self._rows
        assert rows is not None
        outputs, flat = document.network.names(len(document.network.layers)), rows.inputs.shape[1] == 1
        of_classes = classes_of(rows.targets) is not None
        names = tuple(outputs) if len(outputs) > 1 else ("0", "1")
        numbers = takes_any(document) and len(outputs) == 1
        several = len(outputs) > 1 and not of_classes
        self.tools.show_targets(names if (of_classes or not numbers) and not flat else (), len(outputs) == 1,
                                numbers and not flat, several)
        self._take_target()

    def _take_target(self) -> None:
        """What is put down from now on."""
        if self._rows is not None:
            self.plane.target = self.model.target = self.tools.target(self._rows.targets.shape[1])
        self.plane.tested = self.tools.test.isChecked()
        self.plane.radius = float(self.tools.radius.value() or self.plane.radius)
        self.plane.density = int(self.tools.density.value() or self.plane.density)

    def _show_parts(self) -> None:
        """Tools are there for what is shown, and the keyboard goes there."""
        parts = self.split.parts
        self.tools.set_parts(parts)
        self.setFocusProxy({"plane": self.plane, "table": self.table, "sliders": self.side}[parts[0]])

    def _choose_tool(self, name: str) -> None:
        self.tools.set_tool(name)
        self.plane.set_tool(name)

    def _tell(self, document: Document) -> None:
        """How many examples there are, and where they come from."""
        rows = self._rows
        assert rows is not None
        told = counted(rows.training, "{count} example to train on", "{count} examples to train on")
        tests, planar = len(rows) - rows.training, plane_points(rows) is not None
        text = tr("{training} (filled), {test} to test on (rings)") if planar else tr("{training}, {test} to test on")
        said(self.amount, text.format(training=told, test=count(tests)) if tests else told)
        source = document.data
        if source.choice is not None:
            text = tr("Made by the data set {name}. The first edit by hand makes the examples your own.").format(
                name=tr(TABLE[source.choice.name].label))
        elif source.file is not None:
            text = tr("Read from a file, which is never written to. The first edit by hand makes the examples your "
                      "own.")
        else:
            text = tr("Your own examples.")
        said(self.origin, " ".join(filter(None, (self._colours(rows, document), text, self.sliders.reason()))))

    @staticmethod
    def _colours(rows: ExampleRows, document: Document) -> str:
        """What the colours on the plane mean, where they are no classes."""
        if plane_points(rows) is None or classes_of(rows.targets) is not None:
            return ""
        values = rows.targets[:, 0]
        return tr("Colour is {name}, from {low} to {high}.").format(
            name=document.network.names(len(document.network.layers))[0], low=short(float(values.min()), 4),
            high=short(float(values.max()), 4))

    def _describe(self, row: int) -> str:
        """What an example is, in a line."""
        rows, document = self._rows, self._document
        if rows is None or document is None or row >= len(rows):
            return ""
        outputs = document.network.names(len(document.network.layers))
        numbers = [f"{name} = {short(float(value))}" for name, value in
                   zip((*input_names(document, rows.inputs.shape[1]), *outputs),
                       (*rows.inputs[row], *rows.targets[row]), strict=True)]
        part = tr("test example {0}") if rows.tested[row] else tr("example {0}")
        number = row - rows.training if rows.tested[row] else row
        return part.format(number) + ": " + ", ".join(numbers)

    # --- edits ----------------------------------------------------------------------------------------------------

    def _rows_chosen(self, rows: Rows) -> None:
        """The plane follows what is selected in the table; more than a hand moves is only marked there."""
        self.plane.set_chosen(rows)

    def _copy(self) -> None:
        if not len(self.table.selected_rows()):
            self.table.selectAll()
        self.table.copy()

    def _delete(self, rows: Rows) -> None:
        """Takes rows out; without any, says how."""
        if not len(rows):
            self.refused.emit(tr("Select the examples to delete: in the table, or on the plane."))
            return
        if self.model.locked:
            self.refused.emit(self.model.locked)
            return
        self.plane.remove(rows)

    def _paste(self, row: int, column: int) -> None:
        """Writes what is on the clipboard over the examples, or behind them, and says which; shows it first where its
        shape is another.
        """
        table = self.model.table
        if table is None:
            return
        try:
            paste = table.read(QGuiApplication.clipboard().text(), column)
            pasted = paste.values.rows
            fits = row + pasted <= len(table.rows) or row == len(table.rows)
            if fits and not paste.fitting.left_out and not paste.values.renamed:
                rows: ExampleRows | None = table.pasted(paste, row, self.model.target)
            else:
                rows = self._asked_for(PasteDialog(table, paste, row, self.model.target, self.window()))
        except NnvizError as error:
            self.refused.emit(str(error))
            return
        self.refused.emit("")
        if rows is not None:
            self._keep_pasted(rows, row, pasted, table.moves(paste, row))

    def _keep_pasted(self, rows: ExampleRows, first: int, pasted: int, moved: bool) -> None:
        """Asks for the rows with `pasted` ones in them, written from `first` on unless all are new ones.

        Some have `moved` to another part.
        """
        there = self.model.examples()
        if self._rows is None or rows.same(self._rows):
            self.told.emit(tr("The pasted rows are those that were there: nothing has changed."))
            return
        self._pasted = rows, what_was_pasted(there, len(rows), first, pasted, moved)
        self.edit_rows(rows, pasted_label(pasted))

    @staticmethod
    def _asked_for(dialog: PasteDialog) -> ExampleRows | None:
        rows = dialog.result_rows if dialog.exec() else None
        dialog.deleteLater()
        return rows

    def edit_rows(self, rows: ExampleRows, label: str) -> None:
        """Asks for `rows` in place of those that are shown; nothing where they are the same."""
        if self._rows is None or self._document is None or rows.same(self._rows):
            return
        try:
            values = rows_edit(self._document, rows)
        except NnvizError as error:
            self.refused.emit(str(error))
            self._show_rows()
            return
        self._request(values, label)

    def _request(self, values: dict[str, Any], label: str) -> None:
        self._own_edit = True
        try:
            self.edit_requested.emit(values, label)
        finally:
            self._own_edit = False
        self._show_rows()

    def _try(self, name: str, number: Number) -> None:
        """Shows the examples as they would be with another number of a slider."""
        rows, document = self._rows, self._document
        if rows is None or document is None or plane_points(rows) is None:
            return
        try:
            proposed = document.with_values(split_edit(document, rows, {name: number}))
            trial = ExampleRows.of(raw_data(proposed.data, proposed.folder))
        except NnvizError as error:
            self.refused.emit(str(error))
            return
        self.plane.show_rows(trial, self._axes(trial, document), name == "noise")

    def _choose_number(self, name: str, number: Number) -> None:
        rows, document = self._rows, self._document
        if rows is None or document is None:
            return
        label = f"{tr(options_of(document)[name].titled(name))} = {written(number)}"
        self._request(split_edit(document, rows, {name: number}), label)
        self.sliders.show_document(self._document)

    def _show_example(self, row: int) -> None:
        """Shows in the picture an example that was chosen here, where the step has it."""
        view = self._view
        if view is None or self._rows is None or row >= self._rows.training:
            return
        places = np.flatnonzero(np.asarray(view.moment.record.rows) == row)
        if len(places) and view.moment.example != MEAN:
            self.example_chosen.emit(int(places[0]))
