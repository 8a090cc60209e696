"""How a CSV file is to be read: guessed, shown with its first rows, and open to every correction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnviz.data.csv_reader import MISSING_TABLE
from nnviz.data.csv_rows import DECIMALS, DELIMITERS, CsvForm, guess_form
from nnviz.data.csv_survey import Survey, survey
from nnviz.engine.options import Option
from nnviz.errors import NnvizError
from nnviz.gui.dialogs.data_tables import INPUT, ColumnsModel, FirstRowsModel
from nnviz.gui.dialogs.task import Task
from nnviz.gui.fields import ChoiceBox, described, second_text
from nnviz.gui.translation import tr
from nnviz.report.numbers import count

LOOK = 40                    # milliseconds between two looks at the reading
MOST_FITTED = 100            # columns that are made as wide as what they hold


@dataclass(frozen=True)
class Named:
    """A row of a table that has no more than a name."""

    label: str
    help: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)


class CsvPage(QWidget):
    """The form of the file, its columns and its first rows; `edited` whenever what is to be read has changed."""

    edited = Signal()
    has_test = False             # a table has no part of its own to test on

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.found: Survey | None = None
        self._fault = ""
        self._task: Task[Survey] | None = None
        self.delimiter = ChoiceBox({mark: Named(name) for mark, name in DELIMITERS.items()}, tr("Delimiter"),
                                   tr("What parts the columns"))
        self.decimal = ChoiceBox({mark: Named(name) for mark, name in DECIMALS.items()}, tr("Decimal mark"),
                                 tr("What stands before the decimals: 1.5 or 1,5"))
        for box in (self.delimiter, self.decimal):
            _whole_words(box)
        self.header = described(QCheckBox(tr("First row has &headings")), tr("First row has headings"),
                                tr("The first row names the columns and is no example"))
        self.missing = ChoiceBox({row.name: Named(row.label, row.help) for row in MISSING_TABLE.values()},
                                 tr("Missing values"), tr("What is done with a cell that is empty or says NA"))
        _whole_words(self.missing)
        self.missing_help = second_text("")
        self.missing_help.setWordWrap(True)
        self.columns, self.first = ColumnsModel(), FirstRowsModel()
        self.column_view = described(QTableView(), tr("Columns"), tr("What each column is for; Space ticks"))
        self.first_view = described(QTableView(), tr("First rows"), tr(
            "How the file begins, with the numbers of its lines; tinted cells are missing"))
        self._lay_out()
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK)
        self._looking.timeout.connect(self._look)
        try:
            self._show_form(guess_form(path))
        except NnvizError as refusal:
            self._fault = str(refusal)
        for box in (self.delimiter, self.decimal):
            box.currentIndexChanged.connect(self._survey)
        self.header.toggled.connect(self._survey)
        self.missing.currentIndexChanged.connect(self._missing_changed)
        self.columns.edited.connect(self.edited)
        self._missing_changed()
        if not self._fault:
            self._survey()

    def form(self) -> CsvForm:
        """How the file is read now."""
        return CsvForm(self.delimiter.row_name(), self.decimal.row_name(), self.header.isChecked())

    @property
    def is_busy(self) -> bool:
        """Whether the file is being looked through."""
        return self._task is not None

    def problem(self) -> str:
        """What is wrong, as a sentence; empty where nothing is."""
        if self._fault or self.found is None:
            return self._fault
        columns = self.columns
        if not columns.targets:
            return tr("Tick at least one column as a ‹target›.")
        if not columns.inputs:
            return tr("Tick at least one column as an input.")
        used = sorted(columns.inputs | columns.targets)
        words = next((place for place in used if place not in columns.one_hot
                      and not columns.columns[place].numeric), None)
        if words is not None and columns.columns[words].word:
            column = columns.columns[words]
            word = column.word if len(column.word) <= 40 else column.word[:39] + "…"
            return tr("Line {line}, column {number} ({name}): “{word}” is not a number. Put it right in the file, "
                      "leave the column out, or tick One-hot if its values are classes.").format(
                line=count(column.word_line), number=words + 1, name=column.name[:40], word=word)
        if words is not None:
            return tr("Column {number} has words in it: tick One-hot, or leave it out.").format(number=words + 1)
        gap = next((place for place in used if columns.columns[place].missing), None)
        if gap is not None and self.missing.row_name() == "refuse":
            column = columns.columns[gap]
            return tr("Line {line}, column {number} ({name}) has a missing value: choose what is done with missing "
                      "values.").format(line=count(column.first_missing), number=gap + 1, name=column.name[:40])
        return ""

    def summary(self) -> str:
        """What the file holds and what the network gets of it."""
        if self.found is None:
            return tr("Reading…") if self.is_busy else ""
        rows, columns, missing = self.found.rows, len(self.found.columns), self.found.missing
        parts = [
            tr("1 row") if rows == 1 else tr("{0} rows").format(count(rows)),
            tr("1 column") if columns == 1 else tr("{0} columns").format(count(columns)),
            tr("no missing values") if not missing else tr("1 missing value") if missing == 1
            else tr("{0} missing values").format(count(missing)),
        ]
        inputs, outputs = self._width(self.columns.inputs), self._width(self.columns.targets)
        parts.append(tr("{inputs} inputs, {outputs} outputs").format(inputs=count(inputs), outputs=count(outputs)))
        return "  ·  ".join(parts)

    def tree(self) -> dict[str, Any]:
        """What a document says of the file, but for its path."""
        form, columns = self.form(), self.columns
        return {
            "csv": self.path.name,
            "delimiter": form.delimiter, "decimal": form.decimal, "header": form.header,
            "inputs": columns.references(columns.inputs, form.header),
            "targets": columns.references(columns.targets, form.header),
            "one_hot": columns.references(columns.one_hot & (columns.inputs | columns.targets), form.header),
            "missing": self.missing.row_name(),
        }

    def unit_names(self) -> tuple[list[str], list[str]]:
        """What inputs and outputs are called, by heading and class."""
        return self._names(self.columns.inputs), self._names(self.columns.targets)

    def examples(self) -> int:
        """How many rows were found, those that lack something among them."""
        return 0 if self.found is None else self.found.rows

    def close_down(self) -> None:
        """Ends what runs."""
        self._looking.stop()
        if self._task is not None:
            self._task.end()
            self._task = None

    # --- inside ------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        for title, box in ((tr("&Delimiter"), self.delimiter), (tr("Decimal &mark"), self.decimal)):
            bar.addWidget(_label(title, box))
            bar.addWidget(box)
            bar.addSpacing(10)
        bar.addWidget(self.header)
        bar.addStretch(1)
        gaps = QHBoxLayout()
        gaps.setSpacing(8)
        gaps.addWidget(_label(tr("Missing &values"), self.missing))
        gaps.addWidget(self.missing)
        gaps.addWidget(self.missing_help, 1)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.setHandleWidth(14)
        for title, view, model in ((tr("&Columns"), self.column_view, self.columns),
                                   (tr("&First rows"), self.first_view, self.first)):
            view.setModel(model)
            view.setAlternatingRowColors(True)
            view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
            view.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
            view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
            view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
            half = QWidget()
            column = QVBoxLayout(half)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(6)
            heading = QLabel(title)
            heading.setProperty("heading", True)
            heading.setBuddy(view)
            column.addWidget(heading)
            column.addWidget(view, 1)
            halves.addWidget(half)
        halves.setStretchFactor(0, 5)
        halves.setStretchFactor(1, 4)
        header = self.column_view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(bar)
        layout.addLayout(gaps)
        layout.addWidget(halves, 1)

    def _show_form(self, form: CsvForm) -> None:
        self.delimiter.set_row(form.delimiter)
        self.decimal.set_row(form.decimal)
        self.header.setChecked(form.header)

    def _missing_changed(self) -> None:
        self.missing_help.setText(tr(MISSING_TABLE[self.missing.row_name()].help))
        self.edited.emit()

    def _survey(self) -> None:
        """Looks through the file beside the window's work."""
        if self._task is not None:
            self._task.cancel()
        self._fault = ""
        path, form = self.path, self.form()
        self._task = Task(lambda cancelled: survey(path, form, cancelled=cancelled))
        self._looking.start()
        self.edited.emit()

    def _look(self) -> None:
        task = self._task
        if task is None or not task.is_done:
            return
        self._task = None
        self._looking.stop()
        try:
            self.found = task.result()
        except NnvizError as refusal:
            self.found, self._fault = None, str(refusal)
        self.first.show_survey(self.found)
        self.columns.show_survey(self.found)
        if self.first.columnCount() <= MOST_FITTED:
            self.first_view.resizeColumnsToContents()
        if self.found is not None:
            self.column_view.setCurrentIndex(self.columns.index(len(self.found.columns) - 1, INPUT))
        self.edited.emit()

    def _width(self, places: set[int]) -> int:
        return sum(self._classes(place) for place in places)

    def _classes(self, place: int) -> int:
        column = self.columns.columns[place]
        return len(column.classes) if place in self.columns.one_hot and column.classes is not None else 1

    def _names(self, places: set[int]) -> list[str]:
        """As the reader names them."""
        names: list[str] = []
        for place in sorted(places):
            column = self.columns.columns[place]
            if place not in self.columns.one_hot or column.classes is None:
                names.append(column.name)
            elif len(places) > 1:
                names += [f"{column.name}={name}" for name in column.classes]
            else:
                names += column.classes
        return names


def _whole_words(box: ChoiceBox) -> None:
    """Makes a box as wide as its longest entry, so that none is cut."""
    box.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToContents)
    box.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)


def _label(text: str, field_of: QWidget) -> QLabel:
    label = QLabel(text)
    label.setProperty("second", True)
    label.setBuddy(field_of)
    return label
