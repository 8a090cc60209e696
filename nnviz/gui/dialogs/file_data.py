"""Examples out of a file, as one of the choices for a new network: chosen, looked at, and taken."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from nnviz.data.datasets import DataSet
from nnviz.data.files import shown_name
from nnviz.errors import NnvizError
from nnviz.gui.dialogs.import_data import FILTER, ImportDataDialog
from nnviz.gui.fields import described
from nnviz.gui.translation import tr
from nnviz.report.numbers import count
from nnviz.session.data_files import SPLIT_KEYS, load_file
from nnviz.session.parts import DataSource


class FileData(QWidget):
    """The button that chooses a file, and what was taken of it; `edited` when that has changed."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data: DataSet | None = None
        self.folder: Path | None = None
        self.names: tuple[list[str] | int, list[str] | int] = (1, 1)      # of the units, as the file has them
        self._tree: dict[str, Any] = {}
        self.button = described(QPushButton(tr("Choose a &file…")), tr("Choose a file"),
                                tr("Take the examples from a CSV or IDX file"))
        self.button.setAutoDefault(False)
        self.taken = QLabel(tr("No file is chosen yet"))
        self.taken.setTextFormat(Qt.TextFormat.PlainText)
        self.taken.setProperty("second", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.button)
        row.addWidget(self.taken, 1)
        self.button.clicked.connect(self.choose)

    def choose(self) -> None:
        """Asks for a file and looks at it."""
        name, _ = QFileDialog.getOpenFileName(self, tr("Import data"), str(self.folder or ""), tr(FILTER))
        if name:
            self.look_at(Path(name))

    def look_at(self, path: Path) -> None:
        """Shows a file; accepted, its examples are taken."""
        dialog = ImportDataDialog(path, self, only_data=True)
        if dialog.exec() and dialog.data is not None:
            self.data, self.folder, self._tree = dialog.data, dialog.folder, dialog.source()
            self.names = dialog.unit_names()
            self._say_taken(shown_name(dialog.path))
            self.edited.emit()
        dialog.deleteLater()

    def show_source(self, source: DataSource, tree: Mapping[str, Any], folder: Path) -> None:
        """Shows the file that a document in `folder` names; one that cannot be read any more is to be chosen anew."""
        assert source.file is not None
        self.folder = folder
        self._tree = {key: value for key, value in tree.items() if key not in ("features", *SPLIT_KEYS)}
        try:
            self.data = load_file(source.file, folder)
            self.names = self.sizes()       # the document has names already
            self._say_taken(source.file.files()[0])
        except NnvizError as refusal:
            self.data = None
            self.taken.setText(str(refusal))
        self.edited.emit()

    def examples(self) -> int:
        """How many examples were taken."""
        return 0 if self.data is None else len(self.data.inputs)

    @property
    def has_test(self) -> bool:
        """Whether the file brings examples of its own to test on."""
        return self.data is not None and self.data.has_test

    def _say_taken(self, name: str) -> None:
        inputs, outputs = self.sizes()
        self.taken.setText(tr("{file}: {inputs} inputs, {outputs} outputs").format(
            file=name, inputs=count(inputs), outputs=count(outputs)))

    def sizes(self) -> tuple[int, int]:
        """Inputs and outputs; one of each before a file is chosen."""
        return (1, 1) if self.data is None else (self.data.inputs.shape[1], self.data.targets.shape[1])

    def problem(self) -> str:
        """What is wrong, as a sentence; empty where nothing is."""
        return "" if self.data is not None else tr("From a file: choose the file.")

    def tree(self) -> dict[str, Any]:
        """What a document in `folder` says of the file."""
        return self._tree
