"""What the open network learns from, and what is made of its inputs: seen before it is changed.

Nothing is changed until Apply, and then all of it at once, as one undoable edit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnviz.data.datasets import DataSet
from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.errors import Refused
from nnviz.gui.dialogs.data_preview import DataPreview, InputsModel
from nnviz.gui.dialogs.data_section import DataSection
from nnviz.gui.dialogs.form import apply_buttons, open_at, say_consequence
from nnviz.gui.fields import WRONG_TEXT, described, second_text
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.inputs import asked_names
from nnviz.report.numbers import count
from nnviz.report.pairing import REGRESSION, Pairing, pairing_for
from nnviz.session import data_files
from nnviz.session.document import Document
from nnviz.session.opening import load_data, make_problem, raw_data
from nnviz.session.other_data import data_values
from nnviz.session.session import Session

MOST_FIELDS = 840   # pixels; beside them the preview has room on a screen of 1280
_DELAY = 150        # milliseconds after the last change until the examples are made and drawn


class DataDialog(QDialog):
    """Shows what `session` learns from; accepted, `values()` has what is to be another in its document, by path.

    `told_reason` says, once it was accepted, why training starts over, as the user has been told; "" where it does not.
    """

    def __init__(self, theme: Theme, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Data and scaling"))
        self._session = session
        self._before = session.document
        self._values: dict[str, Any] = {}
        self._pairing: Pairing = REGRESSION
        self._first_mismatch: str | None = None
        self._ready = False
        self.told_reason = ""
        self.section = DataSection()
        self.pairing = QCheckBox()
        self.pairing.setAccessibleName(tr("Use the proposed pairing"))
        self.pairing.setToolTip(tr("Take the output activation and the loss that fit the ‹targets›"))
        self.mismatch = second_text("")
        self.mismatch.setWordWrap(True)
        self.preview = DataPreview(theme)
        self.caption = second_text("")
        self.counts = QLabel()
        self.inputs = InputsModel()
        self.table = described(QTableView(), tr("Inputs of the network"),
                               tr("Numbers of the training examples; every digit is in the tooltip of a cell"))
        self.table_title = QLabel()
        self.note = second_text("")
        self.problem_line = QLabel()
        self._drawing_soon = QTimer(self)
        self._drawing_soon.setSingleShot(True)
        self._drawing_soon.setInterval(_DELAY)
        self._drawing_soon.timeout.connect(self.draw_preview)
        self._lay_out()
        self.section.show_document(self._before)
        self.section.data_edited.connect(self._data_changed)
        self.section.edited.connect(self._changed)
        self.pairing.toggled.connect(self._changed)
        self._ready = True
        self._data_changed()
        self.draw_preview()
        self.section.data.setFocus()

    def values(self) -> dict[str, Any]:
        """What is to be another in the document, by path; empty where nothing is."""
        return {} if not self._values or self._session.proposed(self._values) == self._before else self._values

    def label(self) -> str:
        """What the edit is called in the list of things to undo."""
        box = self.section.data.box
        return tr("data {name}").format(name=box.currentText())

    def problem(self) -> str:
        """What is wrong, as a sentence; empty where nothing is."""
        return self.problem_line.text()

    # --- what follows from what -----------------------------------------------------------------------------------

    def _data_changed(self) -> None:
        if not self._ready:
            return
        if not self.section.data_problem():
            self._pairing = pairing_for(self.section.targets())
            self._offer_pairing()
        self._changed()
        if self.isVisible():
            self._make_room()

    def _offer_pairing(self) -> None:
        """Offers the pairing that fits other targets, taken unless the user does not want it."""
        network = self._before.network
        activation, loss = network.layers[-1].activation.name, network.loss.name
        wrong = self._pairing.mismatch(activation, loss, self.section.sizes()[1])
        if self._first_mismatch is None:      # as the document has it, and may have it for a reason
            self._first_mismatch = wrong
        wrong = "" if wrong == self._first_mismatch else wrong
        self.mismatch.setText(wrong)
        for widget in (self.mismatch, self.pairing):
            widget.setVisible(bool(wrong))
        self.pairing.setText(tr("&Take {activation} outputs and the loss {loss}, which fit these ‹targets›").format(
            activation=tr(ACTIVATIONS[self._pairing.activation].label), loss=tr(LOSSES[self._pairing.loss].label)))
        self._ready = False
        self.pairing.setChecked(bool(wrong))
        self._ready = True

    def _changed(self) -> None:
        if not self._ready:
            return
        problem, reason = self.section.data_problem(), ""
        if not problem:
            try:
                self._values = self._wanted()
                reason = self._session.reset_reason(self._values)
            except Refused as refusal:
                problem = self._said(refusal)
        if problem:
            self._values = {}
        self._say(problem, reason)
        self._drawing_soon.start()

    def _wanted(self) -> dict[str, Any]:
        """All values with the names of the file, or without them where they cannot be the names of units."""
        by_name, by_count = self.section.unit_names(), self.section.sizes()
        try:
            values = self._values_for(*by_name)
            self._session.proposed(values)
            return values
        except Refused:
            return self._values_for(*by_count)

    def _values_for(self, inputs: list[str] | int, outputs: list[str] | int) -> dict[str, Any]:
        tree = self.section.tree()
        if self.section.folder is not None:
            tree = data_files.moved(tree, self.section.folder, self._before.folder or Path.cwd())
        values = data_values(self._before, tree, self.section.scaling.tree(), inputs, outputs)
        if self.pairing.isChecked():
            last = len(self._before.network.layers) - 1
            values |= {f"layers.{last}.activation": self._pairing.activation, "loss": self._pairing.loss}
        return values

    def _said(self, refusal: Refused) -> str:
        """A refusal as it is said here: without the path of a document that nobody sees."""
        place = self.section.place(refusal.where) or ("" if refusal.where.startswith("data") else refusal.where)
        return Refused(refusal.what, place, refusal.hint).sentence()

    def _say(self, problem: str, reason: str) -> None:
        self.told_reason = reason
        self.problem_line.setText(problem)
        self.problem_line.setVisible(bool(problem))
        changed = bool(self.values())
        ready = changed and not problem
        self.apply_button.setEnabled(ready)
        self.apply_button.setDefault(ready)
        say_consequence(self.note, changed, reason,
                        tr("What the network has learned stays; training goes on with these examples."))
        self.note.setVisible(not problem)

    def draw_preview(self) -> None:
        """Makes the examples as they would be, and shows them; what is wrong with them is said."""
        self._drawing_soon.stop()
        if not self._values:
            self._show(None, None, None)
            return
        try:
            document = self._session.proposed(self._values)
            data = load_data(document)
            make_problem(document, data)
            raw = raw_data(document.data, document.folder)
        except Refused as refusal:
            self._values = {}
            self._say(self._said(refusal), "")
            self._show(None, None, None)
            return
        self._show(document, raw, data)

    def _show(self, document: Document | None, raw: DataSet | None, data: DataSet | None) -> None:
        names = () if document is None else document.network.inputs
        shown = () if document is None or data is None else asked_names(document.network, data)
        self.section.features.set_names(shown)
        network = None if document is None else document.network
        self.preview.show_data(raw, shown, () if network is None else network.names(len(network.layers)))
        self.caption.setText(self.preview.caption())
        self.inputs.show_data(data, names)
        if data is None:
            for label in (self.counts, self.table_title):
                label.setText("")
            return
        self.counts.setText(tr("Examples: {train} to train on, {test} to test").format(
            train=count(len(data.inputs)), test=count(len(data.test_inputs))))
        fitted = bool(data.preparation.scale.fitted)
        self.table_title.setText(tr("The scaling, fitted on the training examples") if fitted
                                 else tr("The inputs, not scaled"))

    def accept(self) -> None:
        """Makes the examples once more, so that none are taken that cannot be."""
        if self._drawing_soon.isActive():
            self.draw_preview()
        if self._values and not self.problem():
            super().accept()

    # --- how it is put together -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._page = page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 18, 12, 16)
        column.setSpacing(8)
        column.addWidget(self.section)
        column.addWidget(self.mismatch)
        column.addWidget(self.pairing)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._scroll.setWidget(page)
        self._scroll.setAccessibleName(tr("Data and scaling"))

        side = QFrame()
        side.setProperty("card", True)
        inside = QVBoxLayout(side)
        inside.setContentsMargins(12, 12, 12, 12)
        inside.setSpacing(6)
        self.counts.setProperty("heading", True)
        self.table_title.setProperty("heading", True)
        self.table.setModel(self.inputs)
        self.table.setAlternatingRowColors(True)
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 14)
        self.table.horizontalHeader().setAccessibleName(tr("Columns"))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setMinimumHeight(self.fontMetrics().height() * 6)
        for line in (self.counts, self.caption, self.table_title):
            line.setWordWrap(True)
        self.preview.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        inside.addWidget(self.counts)
        inside.addWidget(self.preview, 3)
        inside.addWidget(self.caption)
        inside.addSpacing(6)
        inside.addWidget(self.table_title)
        inside.addWidget(self.table, 2)
        right = QVBoxLayout()
        right.setContentsMargins(0, 18, 20, 16)
        right.addWidget(side, 1)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self._scroll, 5)
        body.addLayout(right, 4)

        buttons, self.apply_button, _ = apply_buttons(
            self, tr("Learn from these examples (Enter)"), tr("Leave everything as it is (Esc)"))
        for line in (self.note, self.problem_line):
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.setWordWrap(True)
        self.problem_line.setStyleSheet(WRONG_TEXT)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 12, 20, 14)
        foot.setSpacing(16)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.problem_line, 1)
        foot.addWidget(buttons)
        rule = QFrame()
        rule.setProperty("rule", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(body, 1)
        layout.addWidget(rule)
        layout.addLayout(foot)
        em = self.fontMetrics().height()
        open_at(self, min(em * 70, 1240), min(em * 42, 720))

    def _make_room(self) -> None:
        """As wide as the widest field needs; sideways is scrolled only where a screen has no room for it."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        wanted = max(self._scroll.minimumWidth(), self._page.minimumSizeHint().width() + bar)
        self._scroll.setMinimumWidth(min(wanted, MOST_FIELDS))

    def showEvent(self, event: QShowEvent) -> None:
        self._make_room()
        super().showEvent(event)
