"""A file of one's own becomes the examples of a network: first it is looked at, then it is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nnviz.data.datasets import DataSet
from nnviz.data.files import shown_name
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.options import Option
from nnviz.errors import NnvizError, Refused
from nnviz.gui.dialogs.csv_page import CsvPage
from nnviz.gui.dialogs.form import open_at
from nnviz.gui.dialogs.idx_page import IdxPage
from nnviz.gui.dialogs.split_fields import SplitFields
from nnviz.gui.fields import WRONG_TEXT, NumberBox, described, second_text
from nnviz.gui.translation import tr
from nnviz.report.pairing import pairing_for
from nnviz.session.data_files import is_idx, load_file, read_source
from nnviz.session.document import Document
from nnviz.session.fields import FORMAT, MOST_UNITS, VERSION

FILTER = "CSV, IDX (*.csv *.tsv *.txt *ubyte *.idx *.gz);;All files (*)"
SMALL_BATCH = 32
MOST_NAMED = 64              # inputs or outputs that are called as in the file
PROPOSED_OPTIMISER = "adam"
PROPOSED_SCALING = "standardise"


class ImportDataDialog(QDialog):
    """Accepted, `source()` is what a document says of the file, `data` has the examples, and `document()` is a network
    that learns from them.  With `only_data`, nothing is asked about the network."""

    def __init__(self, path: Path, parent: QWidget | None = None, only_data: bool = False) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Import data"))
        self.path = Path(path).absolute()
        self.data: DataSet | None = None
        self.page: CsvPage | IdxPage = IdxPage(self.path) if is_idx(self.path) else CsvPage(self.path)
        self.file_name = QLabel(shown_name(self.path))
        self.file_name.setTextFormat(Qt.TextFormat.PlainText)
        self.file_name.setProperty("heading", True)
        self.summary = second_text("")
        self.units = NumberBox(Option(8, 1, MOST_UNITS, whole=True), tr("Hidden units"),
                               tr("Units of the hidden layer that the network begins with; all can be changed later"))
        self.problem_line = QLabel()
        self.problem_line.setTextFormat(Qt.TextFormat.PlainText)
        self.problem_line.setWordWrap(True)
        self.problem_line.setStyleSheet(WRONG_TEXT)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.import_button = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.import_button.setText(tr("&Import"))
        described(self.import_button, tr("Import"), tr("Take these examples (Enter)"))
        cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        described(cancel, tr("Cancel"), tr("Take nothing (Esc)"))
        cancel.setAutoDefault(False)
        self.split = SplitFields()
        self._only_data = only_data
        self._lay_out()
        self.page.edited.connect(self._changed)
        self.units.edited.connect(self._changed)
        self.split.edited.connect(self._changed)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._changed()

    @property
    def folder(self) -> Path:
        """Where the file lies, which its name in the document is seen from."""
        return self.path.parent

    def source(self) -> dict[str, Any]:
        """What a document in `folder` says of the file, and of the part that is kept for testing if that is asked."""
        return self.page.tree() | ({} if self._only_data or self.page.has_test else self.split.values())

    def problem(self) -> str:
        """What is wrong, as a sentence; empty where nothing is."""
        return self.page.problem() or self.units.problem() or ("" if self.page.has_test else self.split.problem())

    def document(self) -> Document:
        """A small network that fits the examples; only after the dialog was accepted."""
        assert self.data is not None
        inputs, outputs = self.unit_names()
        try:
            return Document.from_tree(self._tree(inputs, outputs), self.folder)
        except Refused:              # a heading that is no name for a unit
            sizes = self.data.inputs.shape[1], self.data.targets.shape[1]
            return Document.from_tree(self._tree(*sizes), self.folder)

    def accept(self) -> None:
        """Reads the file whole; what is wrong in it is said here, and the dialog stays."""
        if self.problem() or self.page.is_busy:
            return
        try:
            source = read_source(self.source(), "data")
            assert source is not None
            self.data = load_file(source, self.folder)
            self.document()
        except NnvizError as refusal:
            self.data = None
            self.problem_line.setText(str(refusal))
            return
        super().accept()

    def done(self, result: int) -> None:
        self.page.close_down()
        super().done(result)

    def unit_names(self) -> tuple[list[str] | int, list[str] | int]:
        """What inputs and outputs are called in the file, or how many there are where names would be too many."""
        inputs, outputs = self.page.unit_names()
        return _few(inputs), _few(outputs)

    def _tree(self, inputs: list[str] | int, outputs: list[str] | int) -> dict[str, Any]:
        assert self.data is not None
        pairing = pairing_for(self.data.targets)
        large = len(self.data.inputs) > SMALL_BATCH
        # Pixels are alike already; columns of a table may differ by powers of ten.
        scaled = isinstance(self.page, CsvPage) and PROPOSED_SCALING in SCALINGS
        return {
            "format": FORMAT, "version": VERSION, "kind": "network",
            "name": self.path.name.partition(".")[0][:200] or tr("untitled"),
            "inputs": inputs,
            "layers": [
                {"units": int(self.units.value() or 1), "activation": "tanh"},
                {"units": outputs, "activation": pairing.activation},
            ],
            "loss": LOSSES[pairing.loss].name,
            "optimiser": {"name": PROPOSED_OPTIMISER, "learning_rate": OPTIMISERS[PROPOSED_OPTIMISER].learning_rate},
            "data": self.source(),
            "batch_size": SMALL_BATCH if large else "all",
            **({"scaling": PROPOSED_SCALING} if scaled else {}),
        }

    def _lay_out(self) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(20, 16, 20, 0)
        head.setSpacing(2)
        head.addWidget(self.file_name)
        head.addWidget(self.summary)
        body = QVBoxLayout()
        body.setContentsMargins(20, 12, 20, 14)
        body.setSpacing(8)
        body.addWidget(self.page, 1)
        body.addWidget(self.split)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 12, 20, 14)
        foot.setSpacing(12)
        self.units_label = QLabel(tr("Hidden &units"))
        self.units_label.setBuddy(self.units)
        for widget in (self.units_label, self.units):
            foot.addWidget(widget)
            widget.setVisible(not self._only_data)
        self.split.setVisible(not self._only_data)
        foot.addWidget(self.problem_line, 1)
        foot.addWidget(self.buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(body, 1)
        rule = QFrame()
        rule.setProperty("rule", True)
        layout.addWidget(rule)
        layout.addLayout(foot)
        em = self.fontMetrics().height()
        open_at(self, min(em * 56, 1180), min(em * 34, 720))

    def _changed(self) -> None:
        problem = self.problem()
        self.summary.setText(self.page.summary())
        self.split.set_examples(self.page.examples())
        self.split.setVisible(not self._only_data and not self.page.has_test)
        self.problem_line.setText(problem)
        ready = not problem and not self.page.is_busy
        self.import_button.setEnabled(ready)
        self.import_button.setDefault(ready)


def _few(names: list[str] | int) -> list[str] | int:
    """Names where a picture can show them, else how many there are."""
    return names if isinstance(names, int) or len(names) <= MOST_NAMED else len(names)
