"""A network of one's own: data first, for it decides how many numbers go in and come out, then layers, then training.

Every choice is a row of a table, and what the dialog makes is a document that has passed every check of a file.
"""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.options import Option
from nnviz.engine.schedules import CONSTANT_RATE
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.errors import Refused
from nnviz.gui.dialogs.data_section import DataSection
from nnviz.gui.dialogs.form import card, open_at, titled
from nnviz.gui.dialogs.layer_list import LayerList
from nnviz.gui.fields import WRONG_TEXT, BatchSizeBox, NumberBox, described, second_text
from nnviz.gui.option_fields import ChoiceField
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.numbers import count
from nnviz.report.pairing import REGRESSION, Pairing, pairing_for
from nnviz.session.data_files import check_fit
from nnviz.session.document import Document
from nnviz.session.fields import DEFAULT_SCALING, DEFAULT_STEPS, FORMAT, LARGEST_COUNT, LARGEST_SEED, RATE, VERSION
from nnviz.session.learning_rate import written_learning_rate
from nnviz.session.opening import load_data

PREVIEW = QSize(300, 225)
LARGEST_PREVIEW = 20_000_000     # parameters times examples: what one step may cost while somebody types
FEWEST_COUNTED = 50              # a large network is slow to draw even when it has a single example
_PREVIEW_DELAY = 150             # milliseconds after the last change


class NewNetworkDialog(QDialog):
    """Asks for everything that a network needs; accepted, `document()` has it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("New network"))
        self._theme = theme
        self._document: Document | None = None
        self._problem = ""
        self._pairing: Pairing = REGRESSION
        self._pairing_chosen = False      # the user has taken an output activation or a loss
        self._rate_chosen = False
        self._examples = (0, 0)           # to train on, to test
        self._ready = False

        self.name = described(QLineEdit(tr("New network")), tr("Name"), tr("What the network is called"))
        self.name.setMaxLength(200)
        self.section = section = DataSection()
        self.data, self.rows, self.file = section.data, section.rows, section.file
        self.split, self.features, self.scaling = section.split, section.features, section.scaling
        self.layers = LayerList(theme)
        self.loss = ChoiceField(LOSSES, tr("Loss"), tr("How wrong the ‹outputs› are, in one number"))
        self.hint = second_text("")
        self.hint.setWordWrap(True)
        self.use_pairing = described(QPushButton(), tr("Use the proposed pairing"),
                                     tr("Take the output activation and the loss that fit the ‹targets›"))
        self.use_pairing.setProperty("link", True)
        self.use_pairing.setAutoDefault(False)
        self.optimiser = ChoiceField(OPTIMISERS, tr("Optimiser"), tr("How gradients become updates"))
        self.learning_rate = NumberBox(RATE, tr("Learning rate"), tr("η: how far a step goes along the gradient"))
        self.schedule = CONSTANT_RATE
        self.schedule_button = described(
            QPushButton(), tr("Learning rate schedule"),
            tr("How the learning rate changes while training runs: choose a schedule and see its course first"))
        self.schedule_button.setProperty("link", True)
        self.schedule_button.setAutoDefault(False)
        self._show_schedule()
        self.batch_size = BatchSizeBox(LARGEST_COUNT)
        self.seed = NumberBox(Option(0, 0, LARGEST_SEED, whole=True), tr("Seed"),
                              tr("Decides the random start and the order of the batches"))
        self.steps = NumberBox(Option(DEFAULT_STEPS, 0, LARGEST_COUNT, whole=True), tr("Steps"),
                               tr("Training steps that the command line runs without being told how many"))
        self.problem_line = QLabel()
        self.shape = QLabel()
        self.summary = second_text("")
        self.picture = QLabel()
        self._drawing_soon = QTimer(self)
        self._drawing_soon.setSingleShot(True)
        self._drawing_soon.setInterval(_PREVIEW_DELAY)
        self._drawing_soon.timeout.connect(self.draw_preview)
        self._showing_layer = QTimer(self)      # when the new card has got its place
        self._showing_layer.setSingleShot(True)
        self._showing_layer.timeout.connect(self._show_last_layer)
        self._lay_out()
        self._connect()
        self.layers.add()
        self._ready = True
        self._data_changed()
        self.name.setFocus()
        self.name.selectAll()

    def document(self) -> Document:
        """The network as it is described now; `Refused` where it is not a network yet."""
        if self._document is None:
            raise Refused(self._problem.rstrip("."))
        return self._document

    def problem(self) -> str:
        """What is wrong, as one sentence; empty where nothing is."""
        return self._problem

    def tree(self, named: bool = True) -> dict[str, Any]:
        """The document as JSON says it; `named` gives inputs and outputs the names that a file has for them."""
        inputs, outputs = self.section.unit_names() if named else self.section.sizes()
        layers = self.layers.tree()
        layers[-1]["units"] = outputs
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name.text().strip(),
            "kind": "network",
            "inputs": inputs,
            "layers": layers,
            "loss": self.loss.tree(),
            "optimiser": {**self.optimiser.object(), "learning_rate": self._rate_tree()},
            "data": self.section.tree(),
            **({"scaling": self.scaling.tree()} if self.scaling.row_name() != DEFAULT_SCALING else {}),
            "batch_size": self.batch_size.value(),
            "seed": self.seed.value(),
            "steps": self.steps.value(),
        }

    def draw_preview(self) -> None:
        """Draws the network after one step, small, where that is quickly done."""
        document = self._document
        if document is None:
            return
        if document.network.parameter_count * max(self._examples[0], FEWEST_COUNTED) > LARGEST_PREVIEW:
            self.picture.setText(tr("Too large for a preview"))
            return
        from nnviz.gui.picture_export import render_image
        from nnviz.gui.resolving import drawing_of_document

        image = render_image(drawing_of_document(document), self._theme, PREVIEW.width(), PREVIEW.height(),
                             self.devicePixelRatioF(), preview=True)
        self.picture.setPixmap(QPixmap.fromImage(image))

    # --- how it is put together ---------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 14, 16, 18)
        column.setSpacing(8)
        sections: tuple[tuple[str, QWidget], ...] = (
            (tr("Network"), card([(tr("&Name"), self.name)])),
            (tr("Data"), self.section),
            (tr("Layers"), self.layers),
            (tr("Loss"), card([(tr("&Loss"), self.loss)], self._hint_row())),
            (tr("Training"), self._training_card()),
        )
        for title, widget in sections:
            heading = QLabel(title)
            heading.setProperty("heading", True)
            heading.setContentsMargins(2, 6, 0, 0)
            column.addWidget(heading)
            column.addWidget(widget)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        scroll.setAccessibleName(tr("Settings of the new network"))
        self._scroll, self._page = scroll, page

        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.create_button = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.create_button.setText(tr("&Create"))
        described(self.create_button, tr("Create"), tr("Open the new network (Enter)"))
        cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        described(cancel, tr("Cancel"), tr("Make no network (Esc)"))
        cancel.setAutoDefault(False)      # Return must never throw the work away
        self.problem_line.setTextFormat(Qt.TextFormat.PlainText)
        self.problem_line.setWordWrap(True)
        self.problem_line.setStyleSheet(WRONG_TEXT)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 12, 20, 14)
        foot.setSpacing(16)
        foot.addWidget(self.problem_line, 1)
        foot.addWidget(self.buttons)

        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(scroll, 1)
        body.addWidget(self._preview_side())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(body, 1)
        rule = QFrame()
        rule.setProperty("rule", True)
        layout.addWidget(rule)
        layout.addLayout(foot)
        em = self.fontMetrics().height()
        open_at(self, min(em * 40 + PREVIEW.width() + 60, 1240), min(em * 44, 740))

    def showEvent(self, event: QShowEvent) -> None:
        """Makes room for the widest card, which is known now: nothing can be scrolled sideways."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self._scroll.setMinimumWidth(self._page.minimumSizeHint().width() + bar)
        super().showEvent(event)

    def _preview_side(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(4, 22, 20, 18)
        column.setSpacing(8)
        card = QFrame()
        card.setProperty("card", True)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(10, 10, 10, 12)
        inside.setSpacing(4)
        self.picture.setFixedSize(PREVIEW)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setWordWrap(True)
        self.picture.setAccessibleName(tr("Preview of the network"))
        self.picture.setToolTip(tr("The network after its first training step"))
        self.shape.setProperty("heading", True)
        self.shape.setTextFormat(Qt.TextFormat.PlainText)
        for label, name in ((self.shape, tr("Units per layer")), (self.summary, tr("Size of the network"))):
            label.setWordWrap(True)
            label.setContentsMargins(4, 0, 4, 0)
            label.setAccessibleName(name)
            label.setToolTip(name)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        inside.addWidget(self.picture)
        inside.addSpacing(6)
        inside.addWidget(self.shape)
        inside.addWidget(self.summary)
        column.addWidget(card)
        column.addStretch(1)
        side.setFixedWidth(PREVIEW.width() + 46)
        return side

    def _hint_row(self) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.hint, 1)
        line.addWidget(self.use_pairing)
        return row

    def _training_card(self) -> QWidget:
        numbers = QWidget()
        grid = QGridLayout(numbers)
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        boxes = ((tr("Learning &rate"), self.learning_rate), (tr("&Batch size"), self.batch_size),
                 (tr("&Seed"), self.seed), (tr("S&teps"), self.steps))
        for place, (title, box) in enumerate(boxes):
            grid.addWidget(titled(title, box), 0, place)
            grid.addWidget(box, 1, place)
        grid.addWidget(self.schedule_button, 2, 0, 1, len(boxes), Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(len(boxes), 1)
        return card([(tr("&Optimiser"), self.optimiser)], numbers)

    def _connect(self) -> None:
        self.section.data_edited.connect(self._data_changed)
        self.section.edited.connect(self._changed)
        self.layers.edited.connect(self._changed)
        self.layers.output_chosen.connect(self._keep_pairing)
        self.layers.add_button.clicked.connect(self._showing_layer.start)
        self.loss.chosen.connect(self._keep_pairing)
        self.loss.edited.connect(self._changed)
        self.use_pairing.clicked.connect(self._take_pairing)
        self.optimiser.chosen.connect(self._propose_rate)
        self.optimiser.edited.connect(self._changed)
        self.learning_rate.value_chosen.connect(self._keep_rate)
        self.schedule_button.clicked.connect(self.choose_schedule)
        for box in (self.learning_rate, self.batch_size, self.seed, self.steps):
            box.edited.connect(self._changed)
        self.name.textChanged.connect(self._changed)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    # --- what follows from what -----------------------------------------------------------------------------------

    def _data_changed(self) -> None:
        if not self._ready:
            return
        self.layers.output.set_units(self.section.sizes()[1])
        if not self.section.data_problem():
            self._pairing = pairing_for(self.section.targets())
        if self._pairing_chosen:
            self._changed()
        else:
            self._take_pairing()

    def _show_last_layer(self) -> None:
        for last in self.layers.hidden[-1:]:
            self._scroll.ensureWidgetVisible(last)

    def _take_pairing(self) -> None:
        self.layers.output.set_activation(self._pairing.activation)
        self.loss.set_row(self._pairing.loss)
        self._pairing_chosen = False
        self._changed()

    def _keep_pairing(self) -> None:
        self._pairing_chosen = True
        self._changed()

    def _propose_rate(self) -> None:
        if not self._rate_chosen:
            self.learning_rate.set_value(OPTIMISERS[self.optimiser.row_name()].learning_rate)

    def choose_schedule(self) -> None:
        """Asks for a schedule of the learning rate, and shows its course."""
        from nnviz.gui.dialogs.schedule import schedule_dialog

        rate, size, steps = self.learning_rate.value(), self.batch_size.value(), self.steps.value()
        examples = max(self._examples[0], 1)
        batch = size if isinstance(size, int) else examples
        dialog = schedule_dialog(self, self._theme)
        dialog.show_rate(RATE.default if rate is None else float(rate), self.schedule, -(-examples // batch),
                         DEFAULT_STEPS if steps is None else int(steps))
        if dialog.ask(self):
            if dialog.rate() != rate:
                self._rate_chosen = True
            self.schedule = dialog.choice()
            self.learning_rate.set_value(dialog.rate())
            self._show_schedule()
            self._changed()

    def _show_schedule(self) -> None:
        label = tr(SCHEDULES[self.schedule.name].label)
        self.schedule_button.setText(tr("Sc&hedule: {schedule}…").format(schedule=label[:1].lower() + label[1:]))

    def _rate_tree(self) -> float | dict[str, Any] | None:
        rate = self.learning_rate.value()
        return None if rate is None else written_learning_rate(float(rate), self.schedule)

    def _keep_rate(self) -> None:
        self._rate_chosen = True

    def _changed(self) -> None:
        if not self._ready:
            return
        self._show_pairing()
        self._document, self._problem = self._checked()
        self.create_button.setEnabled(self._document is not None)
        self.create_button.setDefault(self._document is not None)
        self.problem_line.setText(self._problem)
        if self._document is not None:
            if not self.section.features.features():
                self.section.features.set_names(self._document.network.inputs)
            self._summarise(self._document)
            self._drawing_soon.start()
        elif self._waits_for_file:
            self._drawing_soon.stop()
            self.picture.setText(tr("Choose a file to see the network that learns from it"))
            self.shape.setText("")
            self.summary.setText("")

    @property
    def _waits_for_file(self) -> bool:
        """Whether the examples are to come from a file that is not chosen yet: nothing is known of the network."""
        return self.section.own() is self.file and self.file.data is None

    def _checked(self) -> tuple[Document | None, str]:
        """The document, or the sentence that says why there is none."""
        problem = self.section.data_problem() or next((problem for part in (
            self.layers, self.loss, self.optimiser, self.learning_rate, self.batch_size, self.seed, self.steps,
        ) if (problem := part.problem())), "")
        if problem:
            return None, problem
        try:
            document = self._named_if_it_can_be()
            data = load_data(document)
            if document.data.file is not None:
                check_fit(data, document.network)
            self._examples = (len(data.inputs), len(data.test_inputs))
            return document, ""
        except Refused as refusal:
            return None, type(refusal)(refusal.what, self._place(refusal.where), refusal.hint).sentence()

    def _named_if_it_can_be(self) -> Document:
        """The document with the names of the file, or without them where they cannot be the names of units."""
        try:
            return Document.from_tree(self.tree(), self.section.folder)
        except Refused:
            return Document.from_tree(self.tree(named=False), self.section.folder)

    def _place(self, path: str) -> str:
        """What a path of the document is called in this dialog."""
        place = self.section.place(path)
        if place:
            return place
        layer = re.fullmatch(r"layers\.(\d+)\.?(.*)", path)
        head, rest = (self.layers.layer_title(int(layer[1])), layer[2]) if layer else ("", path)
        words = [part.replace("_", " ") for part in rest.split(".") if part]
        place = ", ".join([*([head] if head else []), *words])
        return place[:1].upper() + place[1:]

    def _show_pairing(self) -> None:
        if self._waits_for_file:
            self.hint.setText("")
            self.use_pairing.hide()
            return
        activation, loss = tr(ACTIVATIONS[self._pairing.activation].label), tr(LOSSES[self._pairing.loss].label)
        taken = (self.layers.output.activation.row_name(), self.loss.row_name())
        wrong = self._pairing.mismatch(*taken, self.section.sizes()[1])
        fits = not wrong
        proposal = tr("Fits these ‹targets› ({targets}): {activation} outputs with {loss}.").format(
            targets=tr(self._pairing.targets), activation=activation, loss=loss[:1].lower() + loss[1:])
        self.hint.setText(f"{wrong}\n{proposal}" if wrong else proposal)
        self.use_pairing.setText(tr("&Use this pairing"))
        self.use_pairing.setVisible(not fits)

    def _summarise(self, document: Document) -> None:
        network = document.network
        self.shape.setText(" – ".join(str(size) for size in network.sizes))
        parameters = network.parameter_count
        lines = [tr("1 parameter") if parameters == 1 else tr("{number} parameters").format(number=count(parameters))]
        train, test = self._examples
        if test:
            examples = tr("{train} examples to train on, {test} to test").format(train=count(train), test=count(test))
        else:
            examples = tr("1 example") if train == 1 else tr("{number} examples").format(number=count(train))
        lines.append(examples)
        self.summary.setText("\n".join(lines))
