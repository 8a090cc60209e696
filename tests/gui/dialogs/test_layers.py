"""Every layer's activation, numbers and initialiser can be changed at once, and it is said before what that costs."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.gui.dialogs.layer_list import LayerCard
from nnviz.gui.dialogs.layers import LayersDialog
from nnviz.gui.fields import WRONG_TEXT
from nnviz.gui.theme import LIGHT
from nnviz.session.document import Document
from nnviz.session.session import Session

XOR: dict[str, Any] = {
    "format": "nnviz", "version": 1, "name": "x", "kind": "network", "inputs": 2, "loss": "binary_cross_entropy",
    "layers": [{"units": 3, "activation": {"name": "leaky_relu", "alpha": 0.2}}, {"units": 2, "activation": "tanh"},
               {"units": 1, "activation": "sigmoid", "initialise": {"name": "gaussian", "std": 0.5}}],
    "data": {"name": "xor"},
}


@pytest.fixture
def session() -> Session:
    session = Session(Document.from_tree(XOR))
    session.advance_steps(7)
    return session


def opened(qtbot: QtBot, session: Session) -> LayersDialog:
    dialog = LayersDialog(LIGHT, session.document, session.segment.data.targets, session.reset_reason)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    return dialog


def take(qtbot: QtBot, card: LayerCard, name: str) -> None:
    """The user chooses an activation."""
    box = card.activation.box
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())


def apply(qtbot: QtBot, dialog: LayersDialog, session: Session) -> None:
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.apply_button, Qt.MouseButton.LeftButton)
    session.edit(dialog.values(), dialog.label())


def test_it_shows_the_network_as_it_is_and_nothing_is_to_change(qtbot: QtBot, session: Session) -> None:
    dialog = opened(qtbot, session)
    assert dialog.values() == {} and not dialog.told_reason
    assert [card.activation.row_name() for card in dialog.cards] == ["leaky_relu", "tanh", "sigmoid"]
    assert dialog.cards[0].activation.options.boxes["alpha"].value() == 0.2
    assert dialog.cards[2].initialise.options.boxes["std"].value() == 0.5
    assert dialog.convention.text() == f"E = {LOSSES['binary_cross_entropy'].convention}"


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_can_be_had_in_the_middle_with_each_of_its_numbers(
    qtbot: QtBot, session: Session, name: str
) -> None:
    dialog = opened(qtbot, session)
    take(qtbot, dialog.cards[1], name)
    assert set(dialog.cards[1].activation.options.boxes) == set(ACTIVATIONS[name].options)
    wanted = {key: (*option.presets, option.default)[0] for key, option in ACTIVATIONS[name].options.items()}
    dialog.cards[1].activation.options.set_values(wanted)
    if not dialog.values():      # it has it already
        assert not dialog.apply_button.isEnabled()
        return
    apply(qtbot, dialog, session)
    layer = session.document.network.layers[1]
    assert (layer.activation.name, dict(layer.activation.options)) == (name, wanted)
    assert layer.initialise.name == ACTIVATIONS[name].initialise
    assert len(session.undo_list) == (name != "tanh")


@pytest.mark.parametrize("name", INITIALISERS)
def test_every_initialiser_can_be_had_for_one_layer_and_starts_over(
    qtbot: QtBot, session: Session, name: str
) -> None:
    dialog = opened(qtbot, session)
    dialog.cards[1].initialise.set_row(name)
    same = name == "xavier_uniform"
    assert bool(dialog.told_reason) is not same
    assert ("starts over" in dialog.consequence.text()) is not same
    if same:
        assert not dialog.values()
        return
    apply(qtbot, dialog, session)
    assert [layer.initialise.name for layer in session.document.network.layers] == ["he_uniform", name, "gaussian"]
    assert session.updates_done == 0


def test_several_layers_are_one_undoable_edit_that_keeps_the_weights(qtbot: QtBot, session: Session) -> None:
    before = session.state.parameters(session.problem).tobytes()
    dialog = opened(qtbot, session)
    alpha = dialog.cards[0].activation.options
    qtbot.mouseClick(alpha.presets["alpha"][1], Qt.MouseButton.LeftButton)      # the lectures' 0.1
    take(qtbot, dialog.cards[1], "relu")
    dialog.cards[1].activation.options.set_values({"at_zero": 0.5})
    dialog.loss.set_row("squared_error")
    assert dialog.convention.text() == f"E = {LOSSES['squared_error'].convention}"
    assert dialog.consequence.text() == "Training goes on from here with the same weights."
    apply(qtbot, dialog, session)
    assert session.state.parameters(session.problem).tobytes() == before and session.updates_done == 7
    first, second, _ = session.document.network.layers
    assert first.activation.option("alpha") == 0.1 and second.activation.option("at_zero") == 0.5
    assert session.document.network.loss.name == "squared_error"
    session.undo()
    assert session.document.network == Document.from_tree(XOR).network and not session.undo_list


def test_a_restart_is_said_in_the_words_and_colour_of_data_and_scaling(qtbot: QtBot, session: Session) -> None:
    dialog = opened(qtbot, session)
    assert not dialog.apply_button.isEnabled() and dialog.consequence.text() == "Nothing is changed yet."
    dialog.cards[0].bias.set_row("none")
    assert dialog.apply_button.isEnabled() and dialog.consequence.text().startswith("Training starts over: ")
    assert dialog.consequence.styleSheet() == WRONG_TEXT
    dialog.cards[0].bias.set_row("per_unit")
    assert not dialog.apply_button.isEnabled() and dialog.consequence.styleSheet() == ""


def test_prelu_learns_per_layer_or_per_unit_with_the_same_weights(qtbot: QtBot, session: Session) -> None:
    dialog = opened(qtbot, session)
    take(qtbot, dialog.cards[0], "prelu")
    per_unit = dialog.cards[0].activation.options.boxes["per_unit"]
    assert isinstance(per_unit, QCheckBox)
    qtbot.keyClick(per_unit, Qt.Key.Key_Space)
    assert "same weights" in dialog.consequence.text()
    apply(qtbot, dialog, session)
    array = session.document.network.array("alpha1")
    assert array is not None and array.shape == (3,) and session.updates_done == 7


def test_all_hidden_layers_can_have_what_one_of_them_has(qtbot: QtBot, session: Session) -> None:
    dialog = opened(qtbot, session)
    assert not any(button.isVisible() for button in dialog.spread_buttons)
    dialog.cards[0].activation.options.set_values({"alpha": 0.3})
    assert [button.isVisible() for button in dialog.spread_buttons] == [True, False]
    dialog.cards[0].bias.set_row("shared")
    qtbot.mouseClick(dialog.spread_buttons[0], Qt.MouseButton.LeftButton)
    assert not any(button.isVisible() for button in dialog.spread_buttons)
    apply(qtbot, dialog, session)
    first, second, last = session.document.network.layers
    assert first.activation == second.activation and first.activation.option("alpha") == 0.3
    assert (second.bias, second.initialise.name, last.bias) == ("shared", "he_uniform", "per_unit")
    assert last.activation.name == "sigmoid" and len(session.undo_list) == 1


def test_a_wrong_number_is_said_and_not_taken(qtbot: QtBot, session: Session) -> None:
    dialog = opened(qtbot, session)
    box = dialog.cards[0].activation.options.boxes["alpha"]
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, "7")
    assert not dialog.apply_button.isEnabled() and "Hidden layer 1" in dialog.problem_line.text()


def test_a_loss_that_does_not_fit_is_explained_and_allowed(qtbot: QtBot, session: Session) -> None:
    dialog = opened(qtbot, session)
    take(qtbot, dialog.cards[2], "identity")
    assert "can leave 0 to 1" in dialog.hint.text() and dialog.apply_button.isEnabled()
