"""The settings that are changed most while a network trains, within reach: learning rate, batch size, activation,
optimiser, seed, loss.

The bar shows what the document says and asks for changes; it never makes one.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QToolBar, QWidget, QWidgetAction

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.options import Option
from nnviz.engine.schedules import CONSTANT
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.gui.fields import BatchSizeBox, ChoiceBox, NumberBox, described, with_title, written
from nnviz.gui.translation import tr, worded
from nnviz.session.computation_graph import NO_OPTIMISER
from nnviz.session.document import Document
from nnviz.session.fields import LARGEST_COUNT, LARGEST_SEED, RATE

# What stands for the loss where it is a formula, by the kind of document.
_FORMULA_LOSSES = {"graph": "f", "surface": "f(x, y)"}


class TrainingBar(QToolBar):
    """A toolbar with the settings in force.

    `edit_requested(values, label)` asks for the values (path in the document -> value) as one undoable edit; after
    it, whether granted or not, the window calls `show_document`.  `schedule_requested` asks for the dialog in which
    a schedule of the learning rate is chosen.  What has no room in the bar is in `second_row`, a bar below it.
    """

    edit_requested = Signal(dict, str)
    schedule_requested = Signal()
    refused = Signal(str)        # why what was typed is not taken; "" when it is

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Training"), parent)
        self.setObjectName("training")
        self.setAccessibleName(tr("Training settings"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._document: Document | None = None
        self.second_row = QToolBar(tr("More training settings"), self)      # the window takes it
        self.second_row.hide()
        self.second_row.setObjectName("training_second_row")
        self.second_row.setAccessibleName(tr("More training settings"))
        self._is_wrapped, self._room = False, 0

        self.learning_rate = NumberBox(RATE, tr("Learning rate"))
        worded(self.learning_rate, lambda: self.learning_rate.set_tip(
            tr("η: how far a step goes along the gradient; Up and Down go 0.1, 0.2, 0.5, 1, …")))
        self.schedule = described(
            QPushButton(), tr("Learning rate schedule"),
            tr("How the learning rate changes while training runs: choose a schedule and see its course first"))
        self.schedule.setStyleSheet("QPushButton { padding-left: 6px; padding-right: 6px; }")
        self.batch_size = BatchSizeBox(LARGEST_COUNT)
        self.activation = ChoiceBox(ACTIVATIONS, tr("Hidden activation"), "")
        worded(self.activation, lambda: self.activation.set_tip(tr("Activation of all hidden layers")))
        self.optimiser = ChoiceBox(OPTIMISERS, tr("Optimiser"), "")
        worded(self.optimiser, lambda: self.optimiser.set_tip(tr("How gradients become updates; another one goes on "
            "from here with nothing remembered, Undo brings it back")))
        self.seed = NumberBox(
            Option(0, 0, LARGEST_SEED, whole=True), tr("Seed"),
            tr("Decides the random start and the order of the batches; another seed resets the training"))
        for title, control in (
            (tr("Learning rate"), self.learning_rate), ("", self.schedule), (tr("Batch size"), self.batch_size),
            (tr("Activation"), self.activation),
        ):
            self._add(title, control)
        rate, schedule, batch, activation = self._settings_actions()
        first_row = len(self._settings_actions())
        self._add(tr("Optimiser"), self.optimiser)
        loss = self._add_loss()
        self._of_layers = (activation, loss)
        self._of_examples = (batch, self._add(tr("Seed"), self.seed))
        self._of_optimisers = (rate, schedule)
        self._wrapping = self._settings_actions()[first_row:]
        for choice, characters in ((self.activation, 8), (self.optimiser, 11), (self.loss, 13)):
            self._narrow(choice, characters)

        self.learning_rate.value_chosen.connect(self._ask_rate)
        self.schedule.clicked.connect(self.schedule_requested)
        self.batch_size.value_chosen.connect(
            lambda value: self._ask({"batch_size": value}, f"{tr('batch size')} {value}"))
        self.seed.value_chosen.connect(lambda value: self._ask({"seed": value}, f"{tr('seed')} {value}"))
        self.activation.activated.connect(lambda _index: self._ask_activation(self.activation.row_name()))
        self.optimiser.activated.connect(lambda _index: self._ask_optimiser(self.optimiser.row_name()))
        for box in (self.learning_rate, self.batch_size, self.seed):
            box.refused.connect(self.refused)
        self.show_document(None)

    def show_document(self, document: Document | None) -> None:
        """Shows the settings of `document` (nothing can be set without one), telling nobody."""
        self._document = document
        self.setEnabled(document is not None)
        self.second_row.setEnabled(document is not None)
        if document is None:
            return
        self.learning_rate.set_value(document.learning_rate)
        self.schedule.setText(tr("{schedule}…").format(schedule=tr(SCHEDULES[document.schedule.name].label)))
        self.batch_size.set_value(document.batch_size)
        self.seed.set_value(document.seed)
        self._show_loss(document)
        self._show_activation(document)
        self._show_meaningful(document)
        surface = document.surface
        for control in (self.batch_size, self.seed):      # a formula without noise has one example and nothing random
            control.setEnabled(document.network.has_units or (surface is not None and surface.noise > 0.0))
        if self._room:      # other boxes may need more of it
            self.wrap(self._room)

    def _show_meaningful(self, document: Document) -> None:
        """A formula has no layers and no choice of loss, a graph no batches, and without an optimiser no learning rate.

        What a surface has no use for would take a line from its map in a small window.
        """
        for action in self._of_layers:
            action.setVisible(document.network.has_units)
        for action in self._of_examples:
            action.setVisible(document.graph is None)
        for action in self._of_optimisers:
            action.setVisible(document.is_trained)
        none = self.optimiser.findData(NO_OPTIMISER)
        if document.graph is None and none >= 0:
            self.optimiser.removeItem(none)
        elif document.graph is not None and none < 0:
            self.optimiser.addItem(tr("none"), NO_OPTIMISER)
            self.optimiser.setItemData(self.optimiser.count() - 1, tr("The leaves stay as they are"),
                                       Qt.ItemDataRole.ToolTipRole)
        self.optimiser.set_row(_optimiser_of(document))

    def setVisible(self, visible: bool) -> None:
        super().setVisible(visible)
        self.second_row.setVisible(visible and self._is_wrapped)

    def wrap(self, room: int) -> None:
        """Puts what does not fit into `room` pixels into a second row, rather than behind a button, and back again."""
        self._room = room
        moved = sum(action.defaultWidget().sizeHint().width() for action in self._wrapping if action.isVisible())
        wrapped = self.sizeHint().width() + (moved if self._is_wrapped else 0) > room
        if wrapped == self._is_wrapped:
            return
        self._is_wrapped = wrapped
        source, goal = (self, self.second_row) if wrapped else (self.second_row, self)
        for action in self._wrapping:
            source.removeAction(action)
            goal.addAction(action)
        self.second_row.setVisible(wrapped and not self.isHidden())

    def _show_activation(self, document: Document) -> None:
        names = [layer.activation.name for layer in document.network.layers[:-1]]
        self.activation.setEnabled(bool(names))
        alike = len(set(names)) == 1
        mixed = tr("mixed") if names else tr("no hidden layer")
        self.activation.setPlaceholderText(tr(ACTIVATIONS[names[0]].label) if alike else mixed)
        self.activation.set_row(names[0] if alike else "")

    def _ask_rate(self, value: float) -> None:
        """η itself; a schedule of it stays."""
        constant = self._document is None or self._document.schedule.name == CONSTANT
        path = "optimiser.learning_rate" if constant else "optimiser.learning_rate.learning_rate"
        self._ask({path: value}, f"{tr('learning rate')} {written(value)}")

    @staticmethod
    def _narrow(box: ChoiceBox, characters: int) -> None:
        """Room for so many characters: the longest names would push the seed out of a usual window."""
        box.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(characters)
        box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + 24)

    def _settings_actions(self) -> list[QWidgetAction]:
        """Every control that has been added, in its order."""
        return [action for action in self.actions() if isinstance(action, QWidgetAction)]

    def _add_loss(self) -> QWidgetAction:
        """The choice of the loss, by which its convention is chosen too, and a box for each option of each loss."""
        self.loss = ChoiceBox(LOSSES, tr("Loss"), "")
        worded(self.loss, lambda: self.loss.set_tip(
            tr("How wrong the ‹outputs› are: with ½ or not, summed or averaged")))
        self.loss.activated.connect(lambda _index: self._ask_loss(self.loss.row_name()))
        action = self._add(tr("Loss"), self.loss)
        self.loss_options: dict[tuple[str, str], NumberBox] = {}
        self._loss_actions: dict[tuple[str, str], QAction] = {}
        for name, row in LOSSES.items():
            for key, option in row.options.items():
                title = key.replace("_", " ")
                box = NumberBox(option, f"{tr(row.label)}: {tr(title)}", tr(option.help))
                box.value_chosen.connect(partial(self._ask_loss_option, key, tr(title)))
                box.refused.connect(self.refused)
                self.loss_options[name, key] = box
                self._loss_actions[name, key] = self._add(tr(title.capitalize()), box)
        return action

    def _show_loss(self, document: Document) -> None:
        loss = document.network.loss
        self.loss.setEnabled(document.network.has_units)
        self.loss.setPlaceholderText(_FORMULA_LOSSES.get(document.network.kind, ""))
        self.loss.set_row(loss.name)
        values = LOSSES[loss.name].with_options(dict(loss.options)).values if loss.name in LOSSES else {}
        for (name, key), box in self.loss_options.items():
            self._loss_actions[name, key].setVisible(name == loss.name)
            if name == loss.name:
                box.set_value(values[key])

    def _ask_loss(self, name: str) -> None:
        if self._document is not None and name != self._document.network.loss.name:
            self._ask({"loss": name}, f"{tr('loss')} {tr(LOSSES[name].label)}")

    def _ask_loss_option(self, key: str, title: str, value: float) -> None:
        self._ask({f"loss.{key}": value}, f"{title} {written(value)}")

    def _ask_activation(self, name: str) -> None:
        if self._document is None or not name:
            return
        hidden = self._document.network.layers[:-1]
        values = {f"layers.{number}.activation": name for number, layer in enumerate(hidden)
                  if layer.activation.name != name}
        if values:
            self._ask(values, f"{tr('hidden activation')} {tr(ACTIVATIONS[name].label)}")

    def _ask_optimiser(self, name: str) -> None:
        if self._document is not None and name != _optimiser_of(self._document):
            label = tr("none") if name == NO_OPTIMISER else tr(OPTIMISERS[name].label)
            self._ask({"optimiser.name": name}, f"{tr('optimiser')} {label}")

    def _ask(self, values: dict[str, Any], label: str) -> None:
        if self._document is not None:
            self.edit_requested.emit(values, label)

    def _add(self, title: str, control: QWidget) -> QWidgetAction:
        """A control with its title before it, kept together where the bar is too short for all of them."""
        action = QWidgetAction(self)
        action.setDefaultWidget(with_title(title, control, left=3, right=5))
        self.addAction(action)
        return action


def _optimiser_of(document: Document) -> str:
    """The name of the optimiser of a document, or what stands for none."""
    return document.optimiser.name if document.is_trained else NO_OPTIMISER
