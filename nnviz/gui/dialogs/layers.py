"""The layers of the open network, each with its activation, its initialiser and their numbers, and the loss.

Nothing is changed until Apply, and then all of it at once, as one undoable edit; whether training can go on with the
same weights or has to start over is said before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.network import Choice
from nnviz.errors import Refused
from nnviz.gui.dialogs.form import apply_buttons, open_at, say_consequence
from nnviz.gui.dialogs.layer_list import LayerCard
from nnviz.gui.fields import WRONG_TEXT, described, second_text
from nnviz.gui.fonts import text_font
from nnviz.gui.option_fields import ChoiceField
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.pairing import pairing_for
from nnviz.session.document import Document
from nnviz.words import loss_in_words


class LayersDialog(QDialog):
    """Shows the layers and the loss of `document`; accepted, `values()` has what is to be another in it, by path.

    `targets` (examples, outputs) say which output activation and loss fit; `reset_reason(values)` says why such
    values would start training over, "" where they would not, or raises `Refused`.
    """

    def __init__(
        self, theme: Theme, document: Document, targets: NDArray[np.float64],
        reset_reason: Callable[[Mapping[str, Any]], str], parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Layers and loss"))
        self._document, self._reset_reason = document, reset_reason
        self._pairing, self._outputs = pairing_for(targets), targets.shape[1]
        self.cards: list[LayerCard] = []
        layers = document.network.layers
        for number, layer in enumerate(layers):
            card = LayerCard(theme, is_output=True)
            card.set_title(_title(number, len(layers)))
            card.show_layer(layer)
            self.cards.append(card)
        hidden = self.cards[:-1]
        self.spread_buttons = [self._spread_button(card, hidden) for card in hidden] if len(hidden) > 1 else []
        tip = tr("How wrong the ‹outputs› are: with ½ or not, summed or averaged")
        self.loss = ChoiceField(LOSSES, tr("Loss"), tip)
        self.loss.set_choice(document.network.loss)
        self.convention = QLabel()
        self.hint = second_text("")
        self.consequence = second_text("")
        self.problem_line = QLabel()
        self._lay_out()
        self.told_reason = ""          # why Apply starts training over, as it is said; "" where it does not
        for card in self.cards:
            card.edited.connect(self._changed)
        self.loss.edited.connect(self._changed)
        self._changed()
        self.cards[0].activation.box.setFocus()

    def show_layer(self, layer: int) -> None:
        """Goes to the card of a layer (from 1)."""
        card = self.cards[layer - 1]
        card.activation.box.setFocus()
        QTimer.singleShot(0, self, lambda: self._scroll.ensureWidgetVisible(card, 0, 12))

    def values(self) -> dict[str, Any]:
        """What differs from the document, by path.

        An initialiser that only follows its layer's activation is left to follow.  `Refused` where the activations
        cannot be had in this network.
        """
        values: dict[str, Any] = {}
        layers = self._document.network.layers
        for number, (layer, card) in enumerate(zip(layers, self.cards, strict=True)):
            if _choice(card.activation) != layer.activation:
                values[f"layers.{number}.activation"] = card.activation.object()
            if card.bias.row_name() != layer.bias:
                values[f"layers.{number}.bias"] = card.bias.row_name()
        following = self._document.without("parameters", "progress").with_values(values).network.layers
        for number, (layer, card) in enumerate(zip(following, self.cards, strict=True)):
            if _choice(card.initialise) != layer.initialise:
                values[f"layers.{number}.initialise"] = card.initialise.object()
        if _choice(self.loss) != self._document.network.loss:
            values["loss"] = self.loss.object()
        return values

    def label(self) -> str:
        """What the edit is called in the list of things to undo."""
        changed = list(dict.fromkeys(path.rpartition(".")[0] for path in self.values()))
        if len(changed) > 2:
            return tr("layers")
        titles = [self.cards[int(path.split(".")[1])].title.text() if path else tr("Loss") for path in changed]
        return ", ".join(title[:1].lower() + title[1:] for title in titles)

    def problem(self) -> str:
        """The first thing that is wrong, as a sentence; empty where nothing is."""
        return next((problem for card in self.cards if (problem := card.problem())), "") or self.loss.problem()

    def _spread_button(self, card: LayerCard, hidden: Sequence[LayerCard]) -> QPushButton:
        """A button in `card` that gives all `hidden` layers what it has."""
        button = described(QPushButton(tr("Use for all hidden layers")), tr("Use for all hidden layers"),
                           tr("Give every hidden layer this activation, initialiser and bias"))
        button.setAccessibleDescription(card.title.text())
        button.setProperty("link", True)
        button.setAutoDefault(False)

        def spread() -> None:
            for other in hidden:
                other.show_choices(_choice(card.activation), _choice(card.initialise), card.bias.row_name())

        button.clicked.connect(spread)
        layout = card.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        return button

    def _offer_to_spread(self) -> None:
        """Buttons are seen in hidden layers that were changed and now differ from another one."""
        now = [(_choice(card.activation), _choice(card.initialise), card.bias.row_name()) for card in self.cards]
        for number, button in enumerate(self.spread_buttons):
            layer = self._document.network.layers[number]
            changed = now[number] != (layer.activation, layer.initialise, layer.bias)
            button.setVisible(changed and any(other != now[number] for other in now[:-1]))

    def _changed(self) -> None:
        problem, self.told_reason, changed = self.problem(), "", False
        self._offer_to_spread()
        if not problem:
            try:
                values = self.values()
                changed = bool(values)
                self.told_reason = self._reset_reason(values) if changed else ""
            except Refused as refusal:
                problem = str(refusal)
        self.problem_line.setText(problem)
        self.problem_line.setVisible(bool(problem))
        self.apply_button.setEnabled(changed and not problem)
        self.apply_button.setDefault(changed and not problem)
        self.convention.setText(f"E = {loss_in_words(LOSSES[self.loss.row_name()].convention)}")
        names = self.cards[-1].activation.row_name(), self.loss.row_name()
        mismatch = self._pairing.mismatch(*names, self._outputs)
        fits = tr("This loss fits the output activation and these ‹targets› ({targets}).")
        self.hint.setText(mismatch or fits.format(targets=tr(self._pairing.targets)))
        self.consequence.setVisible(not problem)
        say_consequence(self.consequence, changed, self.told_reason,
                        tr("Training goes on from here with the same weights."))

    def _lay_out(self) -> None:
        self.convention.setTextFormat(Qt.TextFormat.PlainText)
        self.convention.setFont(text_font(self.convention.font().pointSizeF()))
        self.convention.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        described(self.convention, tr("Convention in force"), tr("The loss of one example: what it sums or averages"))
        described(self.hint, tr("Do output and loss fit?"), tr("Whether the loss fits the outputs and the data"))
        described(self.consequence, tr("What Apply does"), tr("Whether training goes on or starts over"))
        for line in (self.hint, self.consequence, self.problem_line):
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.setWordWrap(True)
            line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.problem_line.setStyleSheet(WRONG_TEXT)
        loss = QFrame()
        loss.setProperty("card", True)
        inside = QVBoxLayout(loss)
        inside.setContentsMargins(14, 10, 14, 12)
        inside.setSpacing(6)
        title = QLabel(tr("Loss"))
        title.setProperty("heading", True)
        for widget in (title, self.loss, self.convention, self.hint):
            inside.addWidget(widget)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 18, 20, 12)
        column.setSpacing(8)
        for card in (*self.cards, loss):
            column.addWidget(card)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(page)
        self._scroll.setAccessibleName(tr("Layers of the open network"))

        buttons, self.apply_button, cancel = apply_buttons(
            self, tr("Change the network; Undo brings it back (Enter)"), tr("Leave everything as it is (Esc)"))
        said = QVBoxLayout()
        said.addWidget(self.consequence)
        said.addWidget(self.problem_line)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 12, 20, 14)
        foot.setSpacing(16)
        foot.addLayout(said, 1)
        foot.addWidget(buttons)
        rule = QFrame()
        rule.setProperty("rule", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(rule)
        layout.addLayout(foot)
        order: list[QWidget] = []
        for number, card in enumerate(self.cards):
            order += [card.bias, *card.activation.focus_chain(), *card.initialise.focus_chain()]
            order += self.spread_buttons[number : number + 1]
        for first, second in pairwise([*order, *self.loss.focus_chain(), self.apply_button, cancel]):
            QWidget.setTabOrder(first, second)
        em = self.fontMetrics().height()
        open_at(self, min(em * 46, 1100), min(em * 46, page.sizeHint().height() + em * 12, 720))


def _title(number: int, layers: int) -> str:
    """What layer `number` (from 0) of so many is called."""
    if number == layers - 1:
        return tr("Output layer")
    return tr("Hidden layer") if layers == 2 else tr("Hidden layer {0}").format(number + 1)


def _choice(field: ChoiceField) -> Choice:
    """What a field says, with every option."""
    given = field.options.values()
    options = field.table[field.row_name()].options
    return Choice(field.row_name(), tuple((key, given.get(key, option.default)) for key, option in options.items()))
