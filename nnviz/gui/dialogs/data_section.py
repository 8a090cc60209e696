"""What a network learns from, in one place for every dialog that asks for it: the examples, the part that is kept for
testing, what is made of their inputs, and the scaling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnviz.data import datasets
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.engine.options import Option
from nnviz.gui.dialogs.feature_field import FeatureField
from nnviz.gui.dialogs.file_data import FileData
from nnviz.gui.dialogs.form import card
from nnviz.gui.dialogs.own_rows import OwnRows
from nnviz.gui.dialogs.split_fields import SplitFields
from nnviz.gui.fields import TableRow
from nnviz.gui.option_fields import ChoiceField
from nnviz.gui.translation import tr
from nnviz.session.document import Document

Array = NDArray[np.float64]

OWN_ROWS = "own rows"
FROM_FILE = "from a file"
_FEW = {"samples": 16}      # of which the kind of the targets can be told as well


@dataclass(frozen=True)
class OwnRowsRow:
    """The entry of the data sets that stands for the user's own numbers."""

    label: str = "Own rows"
    help: str = "Type a few examples, or paste them from a spreadsheet."
    options: Mapping[str, Option] = field(default_factory=dict)


@dataclass(frozen=True)
class FromFileRow:
    """The entry of the data sets that stands for a file of the user's."""

    label: str = "From a file"
    help: str = "A CSV file, or IDX files as MNIST has them."
    options: Mapping[str, Option] = field(default_factory=dict)


DATA: Mapping[str, TableRow] = {**datasets.TABLE, OWN_ROWS: OwnRowsRow(), FROM_FILE: FromFileRow()}


class DataSection(QWidget):
    """The fields for data and scaling.

    `data_edited` tells that the examples are others, `edited` that what is made of them is.
    """

    data_edited = Signal()
    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = ChoiceField(DATA, tr("Data set"), tr("What the network learns from"))
        self.rows = OwnRows()
        self.file = FileData()
        self.split = SplitFields()
        self.features = FeatureField()
        self.scaling = ChoiceField(SCALINGS, tr("Scaling"),
                                   tr("What is done to the inputs before the network gets them"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(card([(tr("&Data set"), self.data)], self.rows, self.file, self.split))
        column.addWidget(card([(tr("&Inputs"), self.features), (tr("Sca&ling"), self.scaling)]))
        for part in (self.data, self.rows, self.file):
            part.edited.connect(self._data_changed)
        for other in (self.split, self.features, self.scaling):
            other.edited.connect(self.edited)
        self._data_changed()

    def show_document(self, document: Document) -> None:
        """Shows what a document learns from; `Refused` where its file cannot be read any more."""
        source = document.data
        self.features.line.setText(", ".join(source.features))
        self.scaling.set_choice(document.scaling)
        self.split.set_split(source.split)
        if source.choice is not None:
            self.data.set_choice(source.choice)
        elif source.inputs is not None and source.targets is not None:
            self.rows.show_rows(source.inputs, source.targets, source.test_rows)
            self.data.set_row(OWN_ROWS)
        else:
            self.data.set_row(FROM_FILE)
            self.file.show_source(source, document.raw["data"], document.folder or Path.cwd())

    def own(self) -> OwnRows | FileData | None:
        """What holds the user's own examples, where they are chosen."""
        own: dict[str, OwnRows | FileData] = {OWN_ROWS: self.rows, FROM_FILE: self.file}
        return own.get(self.data.row_name())

    @property
    def folder(self) -> Path | None:
        """The folder from which the tree names its files; None where it names none."""
        return self.file.folder if self.own() is self.file else None

    def data_sizes(self) -> tuple[int, int]:
        """Inputs and outputs, as the data has them."""
        name = self.data.row_name()
        if name == OWN_ROWS:
            return self.rows.sizes()
        if name == FROM_FILE:
            return self.file.sizes()
        return datasets.TABLE[name].sizes(self.data.options.values())

    def sizes(self) -> tuple[int, int]:
        """Inputs and outputs of the network."""
        inputs, outputs = self.data_sizes()
        return len(self.features.features()) or inputs, outputs

    def unit_names(self) -> tuple[list[str] | int, list[str] | int]:
        """What the examples call inputs and outputs, or how many there are where they have no names for them."""
        inputs, outputs = self.file.names if self.own() is self.file else self.data_sizes()
        features = self.features.features()
        return len(features) if features else inputs, outputs

    def targets(self) -> Array:
        """The targets, a few of them where the set is made; their kind does not depend on how many there are."""
        own = self.own()
        if own is self.rows:
            return self.rows.numbers()[1]
        if own is self.file and self.file.data is not None:
            return self.file.data.targets
        name, options = self.data.row_name(), self.data.options.values()
        few = _FEW if "samples" in datasets.TABLE[name].options else {}
        return datasets.make(name, {**options, **few}).targets

    def tree(self) -> dict[str, Any]:
        """The data as a document in `folder` says it."""
        own = self.own()
        tree = {**own.tree(), **(self.split.values() if self._is_split() else {})} if own else self.data.object()
        features = self.features.features()
        return {**tree, "features": features} if features else tree

    def data_problem(self) -> str:
        """What is wrong with the examples, as a sentence; empty where nothing is."""
        own = self.own()
        return (own or self.data).problem() or (self.split.problem() if self._is_split() else "")

    def _is_split(self) -> bool:
        """Whether a part is kept for testing of examples that have none of their own."""
        own = self.own()
        return own is not None and not own.has_test

    def place(self, path: str) -> str:
        """What a path of the document is called here; "" for one that is not asked for here."""
        cell = re.fullmatch(r"data\.(inputs|targets)\.(\d+)\.(\d+)", path)
        if cell is not None:
            column = int(cell[3]) + (self.rows.model.inputs if cell[1] == "targets" else 0)
            return tr("Own rows: {column} of row {row}").format(
                column=self.rows.model.column_name(column), row=int(cell[2]) + 1)
        return tr("Inputs") if re.fullmatch(r"data\.features(\.\d+)?|inputs", path) else ""

    def _data_changed(self) -> None:
        own = self.own()
        self.rows.setVisible(own is self.rows)
        self.file.setVisible(own is self.file)
        self.split.setVisible(self._is_split())
        self.split.set_examples(own.examples() if own else 0)
        self.features.set_inputs(self.data_sizes()[0])
        self.data_edited.emit()
