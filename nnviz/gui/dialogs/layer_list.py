"""The layers of a network in the making: a card for each, in the order in which a pass visits them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.network import Choice, Layer
from nnviz.gui.fields import ChoiceBox, NumberBox, described
from nnviz.gui.icons import icon
from nnviz.gui.option_fields import ChoiceField
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.numbers import count
from nnviz.session.fields import MOST_LAYERS
from nnviz.session.layer_choices import BIASES, UNITS

FIRST_ACTIVATION = "tanh"


class LayerCard(QFrame):
    """One layer. The output layer cannot be moved or removed, and its units follow the data."""

    edited = Signal()
    output_chosen = Signal()
    move_wanted = Signal(int)
    remove_wanted = Signal()

    def __init__(self, theme: Theme, is_output: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.is_output = is_output
        self._initialise_chosen = False
        self.title = QLabel()
        self.title.setProperty("heading", True)
        self.units = NumberBox(UNITS, tr("Units"), tr("Units of this layer"))
        self.units.setVisible(not is_output)
        self.unit_count = QLabel()
        self.unit_count.setProperty("second", True)
        self.unit_count.setVisible(is_output)
        self.bias = ChoiceBox(BIASES, tr("Bias"), tr("What is added to the weighted sums"))
        self.activation = ChoiceField(ACTIVATIONS, tr("Activation"), tr("What the layer makes of its net inputs"))
        self.initialise = ChoiceField(INITIALISERS, tr("Initialiser"), tr("How the first weights are drawn"))
        self.up = self._tool(tr("Move up"), tr("Nearer to the input (Alt+Up)"), "up", theme)
        self.down = self._tool(tr("Move down"), tr("Nearer to the output (Alt+Down)"), "down", theme)
        self.remove = self._tool(tr("Remove layer"), tr("Take this layer out (Alt+Delete)"), "close", theme)

        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.unit_count)
        if not is_output:
            head.addWidget(_label(tr("Units"), self.units))
        head.addWidget(self.units)
        head.addSpacing(10)
        head.addWidget(_label(tr("Bias"), self.bias))
        head.addWidget(self.bias)
        if not is_output:
            head.addSpacing(4)
            for button in (self.up, self.down, self.remove):
                head.addWidget(button)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(3)
        for column, (text, choice) in enumerate(
            ((tr("Activation"), self.activation), (tr("Initialiser"), self.initialise))
        ):
            grid.setColumnStretch(column, 1)
            grid.addWidget(_label(text, choice), 0, column)
            grid.addWidget(choice, 1, column, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addLayout(grid)

        self.activation.chosen.connect(self._propose_initialiser)
        self.activation.chosen.connect(self.output_chosen)
        self.initialise.chosen.connect(self._keep_initialiser)
        for thing in (self.units, self.activation, self.initialise):
            thing.edited.connect(self.edited)
        self.bias.currentIndexChanged.connect(self.edited)
        self.up.clicked.connect(lambda: self.move_wanted.emit(-1))
        self.down.clicked.connect(lambda: self.move_wanted.emit(1))
        self.remove.clicked.connect(self.remove_wanted)
        if not is_output:
            for keys, button in (("Alt+Up", self.up), ("Alt+Down", self.down), ("Alt+Delete", self.remove)):
                shortcut = QShortcut(QKeySequence(keys), self)
                shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                shortcut.activated.connect(button.click)
        self.set_activation(FIRST_ACTIVATION)

    def set_title(self, title: str) -> None:
        """Names the card, and every field of it for messages and screen readers."""
        self.title.setText(title)
        self.setAccessibleName(title)
        for name, widget in ((tr("Units"), self.units), (tr("Bias"), self.bias)):
            widget.setAccessibleName(f"{title}: {name}")
        self.units.name = f"{title}: {tr('Units')}"
        for name, choice in ((tr("Activation"), self.activation), (tr("Initialiser"), self.initialise)):
            choice.name = f"{title}: {name}"
            choice.box.setAccessibleName(choice.name)
        for button in (self.up, self.down, self.remove):
            button.setAccessibleDescription(title)

    def set_activation(self, name: str) -> None:
        """Chooses an activation and the initialiser that suits it."""
        self.activation.set_row(name)
        self._propose_initialiser()

    def set_units(self, units: int) -> None:
        """Shows how many units the output layer has."""
        self.units.set_value(units)
        self.unit_count.setText(tr("1 unit, as the data has") if units == 1
                                else tr("{number} units, as the data has").format(number=units))

    def show_layer(self, layer: Layer) -> None:
        """Shows a layer of an open network: its units stay as they are."""
        units = len(layer.units)
        self.units.set_value(units)
        self.unit_count.setText(tr("1 unit") if units == 1 else tr("{number} units").format(number=count(units)))
        self.show_choices(layer.activation, layer.initialise, layer.bias)

    def show_choices(self, activation: Choice, initialise: Choice, bias: str) -> None:
        """Shows what a layer has; an initialiser that suits its activation will follow another one."""
        self.bias.set_row(bias)
        self.activation.set_choice(activation)
        self.initialise.set_choice(initialise)
        self._initialise_chosen = initialise.name != ACTIVATIONS[activation.name].initialise

    def problem(self) -> str:
        """What is wrong, as a sentence; empty where nothing is."""
        return self.units.problem() or self.activation.problem() or self.initialise.problem()

    def tree(self) -> dict[str, Any]:
        """The layer as a document has it; what is as by default is left out, so that it can follow the activation."""
        tree: dict[str, Any] = {"units": self.units.value(), "activation": self.activation.tree()}
        if self.initialise.tree() != ACTIVATIONS[self.activation.row_name()].initialise:
            tree["initialise"] = self.initialise.tree()
        if self.bias.row_name() != "per_unit":
            tree["bias"] = self.bias.row_name()
        return tree

    def _keep_initialiser(self) -> None:
        self._initialise_chosen = True

    def _propose_initialiser(self) -> None:
        if not self._initialise_chosen:
            self.initialise.set_row(ACTIVATIONS[self.activation.row_name()].initialise)

    def _tool(self, name: str, tip: str, picture: str, theme: Theme) -> QToolButton:
        button = described(QToolButton(self), name, tip)
        button.setProperty("quiet", True)
        button.setIcon(icon(picture, theme))
        button.setVisible(not self.is_output)
        return button


class LayerList(QWidget):
    """The hidden layers, to be added, moved and removed, and the output layer below them."""

    edited = Signal()
    output_chosen = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.hidden: list[LayerCard] = []
        self.output = LayerCard(theme, is_output=True)
        self.output.edited.connect(self.edited)
        self.output.output_chosen.connect(self.output_chosen)
        self.add_button = described(
            QPushButton(tr("&Add hidden layer")), tr("Add hidden layer"), tr("Put another layer before the output"))
        self.add_button.setProperty("link", True)
        self.add_button.setAutoDefault(False)
        self.add_button.setIcon(icon("add", theme, "accent"))
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(8)
        self._stack.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._stack.addWidget(self.output)
        self.add_button.clicked.connect(lambda: self.add().units.setFocus())
        self._number()

    def add(self, units: int = int(UNITS.default), activation: str = "") -> LayerCard:
        """Another hidden layer before the output, by default with the activation of the one before it."""
        before = self.hidden[-1].activation.row_name() if self.hidden else FIRST_ACTIVATION
        card = LayerCard(self._theme, is_output=False)
        card.set_activation(activation or before)
        card.units.set_value(units)
        card.edited.connect(self.edited)
        card.move_wanted.connect(lambda places: self.move_layer(card, places))
        card.remove_wanted.connect(lambda: self.remove_layer(card))
        self._stack.insertWidget(len(self.hidden), card)
        card.show()      # at once, so that the keyboard can go there
        self.hidden.append(card)
        self._number()
        return card

    def move_layer(self, card: LayerCard, places: int) -> None:
        """Moves a hidden layer, as far as there are others."""
        old = self.hidden.index(card)
        new = old + places
        if 0 <= new < len(self.hidden):
            self.hidden.insert(new, self.hidden.pop(old))
            self._stack.removeWidget(card)
            self._stack.insertWidget(new, card)
            self._number()

    def remove_layer(self, card: LayerCard) -> None:
        """Takes a hidden layer out."""
        place = self.hidden.index(card)
        self.hidden.remove(card)
        self._stack.removeWidget(card)
        card.hide()
        card.deleteLater()
        neighbours = self.hidden[max(0, place - 1) : place + 1]
        (neighbours[-1].units if neighbours else self.add_button).setFocus()
        self._number()

    def layer_title(self, number: int) -> str:
        """What layer `number` of the document (from 0) is called here."""
        if number >= len(self.hidden):
            return tr("Output layer")
        return tr("Hidden layer") if len(self.hidden) == 1 else tr("Hidden layer {0}").format(number + 1)

    def problem(self) -> str:
        """The first thing that is wrong, as a sentence; empty where nothing is."""
        return next((problem for card in self._cards() if (problem := card.problem())), "")

    def tree(self) -> list[dict[str, Any]]:
        """The layers as a document has them."""
        return [card.tree() for card in self._cards()]

    def _cards(self) -> list[LayerCard]:
        return [*self.hidden, self.output]

    def _number(self) -> None:
        for number, card in enumerate(self._cards()):
            card.set_title(self.layer_title(number))
            card.up.setEnabled(number > 0)
            card.down.setEnabled(number < len(self.hidden) - 1)
        self.add_button.setEnabled(len(self.hidden) < MOST_LAYERS - 1)
        order: list[QWidget] = []
        for card in self.hidden:
            order += [card.units, card.bias, card.up, card.down, card.remove]
            order += [*card.activation.focus_chain(), *card.initialise.focus_chain()]
        order += [self.add_button, self.output.bias]
        order += [*self.output.activation.focus_chain(), *self.output.initialise.focus_chain()]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)
        self.edited.emit()


def _label(text: str, field_of: QWidget) -> QLabel:
    label = QLabel(text)
    label.setProperty("second", True)
    label.setBuddy(field_of)
    return label
