"""The dialog proposes what fits, lets everything be chosen, and never makes a document that a file could not be."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from nnviz.data.datasets import TABLE as DATA_SETS
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.network import BiasKind
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.errors import Refused
from nnviz.gui.dialogs.data_section import FROM_FILE, OWN_ROWS
from nnviz.gui.dialogs.new_network import NewNetworkDialog
from nnviz.gui.dialogs.own_rows import MOST_ROWS, read_pasted
from nnviz.gui.fields import NumberBox
from nnviz.gui.theme import LIGHT
from nnviz.report.pairing import CLASSES, LABELS, REGRESSION, YES_OR_NO, Pairing
from nnviz.session.fields import BIASES
from nnviz.session.opening import load_data
from nnviz.session.reading import read_document
from nnviz.session.session import Session


@pytest.fixture
def dialog(qtbot: QtBot) -> NewNetworkDialog:
    made = NewNetworkDialog(LIGHT)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def retype(qtbot: QtBot, box: NumberBox, text: str) -> None:
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, text)


def paste(qtbot: QtBot, dialog: NewNetworkDialog, text: str, row: int = 0, column: int = 0) -> None:
    QGuiApplication.clipboard().setText(text)
    view = dialog.rows.view
    view.setCurrentIndex(dialog.rows.model.index(row, column))
    qtbot.keyClick(view, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def test_it_begins_with_a_network_that_can_be_created_at_once(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    document = dialog.document()
    assert document.network.sizes == (2, 4, 1)
    assert dialog.create_button.isEnabled() and dialog.create_button.isDefault()
    assert dialog.problem() == ""
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.name, Qt.Key.Key_Return)


def test_every_choice_is_a_row_of_its_table(dialog: NewNetworkDialog) -> None:
    def names(box: QComboBox) -> list[str]:
        return [box.itemData(place) for place in range(box.count())]

    card = dialog.layers.hidden[0]
    assert names(dialog.scaling.box) == list(SCALINGS)
    assert names(dialog.data.box) == [*DATA_SETS, OWN_ROWS, FROM_FILE]
    assert names(dialog.loss.box) == list(LOSSES)
    assert names(dialog.optimiser.box) == list(OPTIMISERS)
    assert names(card.activation.box) == list(ACTIVATIONS)
    assert names(card.initialise.box) == list(INITIALISERS)
    assert names(card.bias) == list(BIASES) == list(BiasKind.__args__)


@pytest.mark.parametrize("name", DATA_SETS)
def test_every_data_set_makes_a_document_that_trains(dialog: NewNetworkDialog, name: str) -> None:
    dialog.data.set_row(name)
    document = dialog.document()
    assert document.data.choice is not None and document.data.choice.name == name
    session = Session(document)
    session.advance_step()
    assert session.record.is_finite


def test_the_document_reads_back_from_its_file(dialog: NewNetworkDialog) -> None:
    dialog.data.set_row("spiral")
    dialog.optimiser.set_row("adam")
    assert read_document(dialog.document().to_bytes()) == dialog.document()


def test_what_is_chosen_is_in_the_document(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.name.clear()
    qtbot.keyClicks(dialog.name, "Two moons")
    card = dialog.layers.hidden[0]
    retype(qtbot, card.units, "6")
    card.activation.set_row("leaky_relu")
    retype(qtbot, card.activation.options.boxes["alpha"], "0.3")
    card.initialise.set_row("gaussian")
    retype(qtbot, card.initialise.options.boxes["std"], "0.5")
    card.bias.set_row("shared")
    dialog.optimiser.set_row("momentum")
    retype(qtbot, dialog.optimiser.options.boxes["momentum"], "0.99")
    retype(qtbot, dialog.learning_rate, "3e-4")
    dialog.batch_size.setEditText("2")
    retype(qtbot, dialog.seed, "41")
    retype(qtbot, dialog.steps, "250")
    document = dialog.document()
    layer = document.network.layers[0]
    assert document.name == "Two moons"
    assert (len(layer.units), layer.bias) == (6, "shared")
    assert (layer.activation.name, layer.activation.option("alpha")) == ("leaky_relu", 0.3)
    assert (layer.initialise.name, layer.initialise.option("std")) == ("gaussian", 0.5)
    assert (document.optimiser.name, document.optimiser.option("momentum")) == ("momentum", 0.99)
    assert (document.learning_rate, document.batch_size, document.seed, document.steps) == (3e-4, 2, 41, 250)


def test_an_initialiser_that_suits_the_activation_is_proposed_until_one_is_chosen(
    qtbot: QtBot, dialog: NewNetworkDialog
) -> None:
    card = dialog.layers.hidden[0]
    card.set_activation("identity")
    for _ in range(3):
        qtbot.keyClick(card.activation.box, Qt.Key.Key_Down)
    assert (card.activation.row_name(), card.initialise.row_name()) == ("relu", "he_uniform")
    qtbot.keyClick(card.initialise.box, Qt.Key.Key_Down)
    qtbot.keyClick(card.activation.box, Qt.Key.Key_Up)
    assert (card.activation.row_name(), card.initialise.row_name()) == ("tanh", "he_normal")


def test_layers_are_added_moved_and_removed(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    qtbot.mouseClick(dialog.layers.add_button, Qt.MouseButton.LeftButton)
    first, second = dialog.layers.hidden
    retype(qtbot, second.units, "7")
    assert dialog.document().network.sizes == (2, 4, 7, 1)
    qtbot.mouseClick(second.up, Qt.MouseButton.LeftButton)
    assert dialog.document().network.sizes == (2, 7, 4, 1)
    assert (second.title.text(), first.title.text()) == ("Hidden layer 1", "Hidden layer 2")
    assert not second.up.isEnabled() and second.down.isEnabled()
    qtbot.mouseClick(first.remove, Qt.MouseButton.LeftButton)
    assert dialog.document().network.sizes == (2, 7, 1)
    qtbot.mouseClick(second.remove, Qt.MouseButton.LeftButton)
    assert dialog.document().network.sizes == (2, 1)


def test_layers_can_be_moved_with_the_keyboard(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.layers.add(9)
    dialog.activateWindow()
    units = dialog.layers.hidden[1].units
    units.setFocus()
    qtbot.waitUntil(units.hasFocus)
    qtbot.keyClick(units, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert dialog.document().network.sizes == (2, 9, 4, 1)


def test_an_added_layer_is_scrolled_into_sight_and_has_the_keyboard(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.activateWindow()
    for _ in range(5):
        qtbot.mouseClick(dialog.layers.add_button, Qt.MouseButton.LeftButton)
    card = dialog.layers.hidden[-1]
    qtbot.waitUntil(lambda: card.visibleRegion().boundingRect().height() > card.height() // 2)
    qtbot.waitUntil(lambda: dialog.focusWidget() is card.units)


def test_the_pairing_follows_the_targets(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    def pairing() -> tuple[str, str]:
        return dialog.layers.output.activation.row_name(), dialog.loss.row_name()

    assert pairing() == ("sigmoid", "binary_cross_entropy")
    dialog.data.set_row(OWN_ROWS)
    assert pairing() == ("sigmoid", "binary_cross_entropy")
    paste(qtbot, dialog, "0\t0\t0.5\n1\t1\t7.25\n")
    assert pairing() == ("identity", "half_squared_error")
    dialog.rows.model.remove({2, 3})
    retype(qtbot, dialog.rows.inputs, "1")
    retype(qtbot, dialog.rows.targets, "3")
    paste(qtbot, dialog, "1 1 0 0\n2 0 0 1\n")
    assert pairing() == ("softmax", "cross_entropy")
    paste(qtbot, dialog, "1 1 1 0\n2 0 0 1\n")
    assert pairing() == ("sigmoid", "binary_cross_entropy")
    assert dialog.document().network.sizes == (1, 4, 3)


def test_the_pairing_is_proposed_but_not_forced(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    assert dialog.use_pairing.isHidden()
    qtbot.keyClick(dialog.loss.box, Qt.Key.Key_Up)
    assert dialog.loss.row_name() == "huber"
    dialog.data.set_row("circle")
    assert dialog.document().network.loss.name == "huber"
    assert not dialog.use_pairing.isHidden()
    qtbot.mouseClick(dialog.use_pairing, Qt.MouseButton.LeftButton)
    assert dialog.document().network.loss.name == "binary_cross_entropy"
    assert dialog.use_pairing.isHidden()


def test_the_pairing_fits_every_data_set(dialog: NewNetworkDialog) -> None:
    def pairing(name: str) -> tuple[str, str]:
        dialog.data.set_row(name)
        return dialog.layers.output.activation.row_name(), dialog.loss.row_name()

    for name in ("blobs", "iris", "digits"):
        assert pairing(name) == ("softmax", "cross_entropy")
    for name in ("line", "sine", "plane", "multi_gauss"):
        assert pairing(name) == ("identity", "half_squared_error")
    assert pairing("moons") == ("sigmoid", "binary_cross_entropy")


def test_options_decide_the_size_of_the_network(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.data.set_row("blobs")
    retype(qtbot, dialog.data.options.boxes["classes"], "5")
    assert dialog.document().network.sizes == (2, 4, 5)
    dialog.data.set_row("digits")
    retype(qtbot, dialog.data.options.boxes["side"], "8")
    assert dialog.document().network.sizes == (64, 4, 10)


def test_inputs_are_engineered_by_clicking_and_by_typing(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.data.set_row("circle")
    for button in dialog.features.buttons[:2]:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dialog.features.line.text() == "x1, x2, x1^2, x2^2"
    assert dialog.document().network.inputs == ("x1", "x2", "x1^2", "x2^2")
    dialog.features.line.selectAll()
    qtbot.keyClicks(dialog.features.line, "x1*x2, sin(x1)")
    document = dialog.document()
    assert document.data.features == ("x1*x2", "sin(x1)") and document.network.sizes == (2, 4, 1)
    qtbot.keyClicks(dialog.features.line, ", six(x1)")
    assert dialog.problem() == "Inputs: 'six(x1)', character 1: unknown name 'six'. Did you mean 'sin'?"
    assert not dialog.create_button.isEnabled()
    dialog.features.line.clear()
    assert dialog.document().data.features == () and dialog.document().network.sizes == (2, 4, 1)


def test_own_rows_can_be_engineered_and_scaled(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.data.set_row(OWN_ROWS)
    qtbot.keyClicks(dialog.features.line, "x, y, x*y")
    dialog.scaling.set_row("min_max")
    document = dialog.document()
    assert (document.network.sizes, document.scaling.name) == ((3, 4, 1), "min_max")
    assert load_data(document).inputs.tolist() == [[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 1]]


def test_a_mismatch_is_explained_and_not_forbidden(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    assert "\n" not in dialog.hint.text()
    dialog.loss.set_row("half_squared_error")
    assert "surely wrong hardly learns" in dialog.hint.text() and "Fits these targets" in dialog.hint.text()
    dialog.layers.output.set_activation("tanh")
    dialog.loss.set_row("binary_cross_entropy")
    assert "can leave 0 to 1" in dialog.hint.text()
    assert dialog.create_button.isEnabled() and dialog.document().network.loss.name == "binary_cross_entropy"


def test_every_loss_of_regression_fits_numbers_and_both_forms_of_cross_entropy_fit_classes() -> None:
    for name, row in LOSSES.items():
        assert bool(REGRESSION.mismatch("identity", name, 2)) == row.classifies
        fits = name in ("cross_entropy", "negative_log_likelihood")
        assert bool(CLASSES.mismatch("softmax", name, 3)) != fits
        assert bool(LABELS.mismatch("sigmoid", name, 3)) == (name != "binary_cross_entropy")


@pytest.mark.parametrize("pairing", [REGRESSION, YES_OR_NO, CLASSES, LABELS], ids=lambda pairing: pairing.targets)
def test_every_pair_that_does_not_fit_has_its_sentence(pairing: Pairing) -> None:
    for activation in ACTIVATIONS:
        for loss in LOSSES:
            sentence = pairing.mismatch(activation, loss, 3)
            assert bool(sentence) != pairing.fits(activation, loss)
            assert "{" not in sentence and sentence.endswith(".") == bool(sentence)
    assert "always 1" in pairing.mismatch("softmax", "cross_entropy", 1)


def test_the_help_of_each_choice_is_shown(dialog: NewNetworkDialog) -> None:
    assert dialog.data.help.text() == DATA_SETS["xor"].help
    dialog.data.set_row("spiral")
    assert dialog.data.help.text() == DATA_SETS["spiral"].help
    assert list(dialog.data.options.boxes) == list(DATA_SETS["spiral"].options)


def test_the_summary_follows(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    assert (dialog.shape.text(), dialog.summary.text()) == ("2 – 4 – 1", "17 parameters\n4 examples")
    dialog.data.set_row("gauss")
    retype(qtbot, dialog.layers.hidden[0].units, "8")
    assert dialog.shape.text() == "2 – 8 – 1"
    assert dialog.summary.text() == "33 parameters\n210 examples to train on, 90 to test"


def test_a_preview_is_drawn_and_follows(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.picture.pixmap().isNull())
    before = dialog.picture.pixmap().toImage()
    dialog.layers.add(3)
    qtbot.waitUntil(lambda: dialog.picture.pixmap().toImage() != before)


def test_a_file_that_is_not_chosen_yet_has_no_network_to_show(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.picture.pixmap().isNull())
    dialog.data.set_row(FROM_FILE)
    assert "Choose a file" in dialog.picture.text() and dialog.picture.pixmap().isNull()
    assert not dialog.shape.text() and not dialog.summary.text() and not dialog.hint.text()
    assert dialog.use_pairing.isHidden() and not dialog.create_button.isEnabled()
    dialog.data.set_row("xor")
    qtbot.waitUntil(lambda: not dialog.picture.pixmap().isNull())
    assert dialog.shape.text() == "2 – 4 – 1" and dialog.hint.text()


def test_a_wrong_number_is_said_and_nothing_can_be_created(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    units = dialog.layers.hidden[0].units
    retype(qtbot, units, "5000")
    assert dialog.problem() == "Hidden layer: Units must be a whole number from 1 to 4096, not “5000”."
    assert dialog.problem_line.text() == dialog.problem()
    assert not dialog.create_button.isEnabled() and not dialog.create_button.isDefault()
    with pytest.raises(Refused):
        dialog.document()
    retype(qtbot, units, "5")
    assert dialog.problem() == "" and dialog.create_button.isEnabled()


def test_too_many_parameters_are_refused_before_anything_is_made(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.layers.add(4096)
    dialog.layers.add(4096)
    assert dialog.problem().startswith("Layers: the network has ")
    assert not dialog.create_button.isEnabled()


def test_targets_that_the_loss_cannot_take_are_named_by_their_cell(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.data.set_row(OWN_ROWS)
    dialog.loss.set_row("binary_cross_entropy")
    dialog.loss.chosen.emit()
    paste(qtbot, dialog, "7", row=2, column=2)
    assert dialog.problem() == "Own rows: target 1 of row 3: must be from 0 to 1 under binary_cross_entropy, not 7.0."


def test_a_cell_that_is_no_number_is_named(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.data.set_row(OWN_ROWS)
    dialog.rows.model.setData(dialog.rows.model.index(1, 1), "two")
    assert dialog.problem() == "Own rows: input 2 of row 2 must be a number, not “two”."
    dialog.rows.model.setData(dialog.rows.model.index(1, 1), "2")
    assert dialog.problem() == ""


def test_typing_in_the_waiting_row_makes_another_example(dialog: NewNetworkDialog) -> None:
    dialog.data.set_row(OWN_ROWS)
    model = dialog.rows.model
    for column, text in enumerate(("3", "4", "1")):
        model.setData(model.index(4, column), text)
    data = dialog.document().data
    assert data.inputs is not None and data.inputs[4].tolist() == [3.0, 4.0]
    assert model.rowCount() == 6


def test_a_block_from_a_spreadsheet_widens_the_inputs(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.data.set_row(OWN_ROWS)
    paste(qtbot, dialog, "a\tb\tc\td\n1,5\t2\t3\t0\n4\t5\t6\t1\n7\t8\t9\t1\n1\t1\t1\t0\n")
    assert (dialog.rows.inputs.value(), dialog.rows.targets.value()) == (3, 1)
    data = dialog.document().data
    assert data.inputs is not None and data.targets is not None
    assert data.inputs[0].tolist() == [1.5, 2.0, 3.0]
    assert data.targets[:, 0].tolist() == [0.0, 1.0, 1.0, 0.0]


def test_rows_can_be_copied_emptied_and_removed(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.data.set_row(OWN_ROWS)
    view = dialog.rows.view
    view.selectRow(1)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "0\t1\t1\n"
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert "row 2" in dialog.problem()
    view.selectRow(1)
    qtbot.mouseClick(dialog.rows.remove_button, Qt.MouseButton.LeftButton)
    assert dialog.problem() == "" and len(dialog.rows.model.cells) == 3


@pytest.mark.parametrize("text", ["1\t2\n3\t4\n", "1;2\n3;4\n", "1,2\n3,4\n", "1 2\r\n3 4", '"1","2"\n"3","4"\n'])
def test_cells_are_parted_by_whatever_parts_them(text: str) -> None:
    assert read_pasted(text) == [["1", "2"], ["3", "4"]]


def test_a_paste_is_bounded() -> None:
    assert len(read_pasted("1\n" * (MOST_ROWS + 500))) <= MOST_ROWS + 1


def test_tab_visits_the_options_right_after_their_choice(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    card = dialog.layers.hidden[0]
    card.activation.set_row("leaky_relu")
    dialog.activateWindow()
    card.activation.box.setFocus()
    qtbot.waitUntil(card.activation.box.hasFocus)
    qtbot.keyClick(card.activation.box, Qt.Key.Key_Tab)
    assert card.activation.options.boxes["alpha"].hasFocus()
    for preset in card.activation.options.presets["alpha"]:
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        assert preset.hasFocus()
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert card.initialise.box.hasFocus()


def test_it_fits_a_small_screen(dialog: NewNetworkDialog) -> None:
    dialog.data.set_row(OWN_ROWS)
    for _ in range(6):
        dialog.layers.add()
    assert dialog.width() <= 1280 and dialog.height() <= 760
    assert dialog.minimumSizeHint().width() <= 1280 and dialog.minimumSizeHint().height() <= 760


def test_every_field_has_a_name_and_a_tooltip(dialog: NewNetworkDialog) -> None:
    card = dialog.layers.hidden[0]
    for widget in (dialog.name, dialog.data.box, dialog.features.line, *dialog.features.buttons, dialog.scaling.box,
                   dialog.loss.box, dialog.optimiser.box, dialog.learning_rate,
                   dialog.batch_size, dialog.seed, dialog.steps, card.units, card.bias, card.up, card.down, card.remove,
                   dialog.rows.view, dialog.rows.inputs, dialog.rows.targets, dialog.create_button):
        assert widget.accessibleName() and widget.toolTip()


def test_maxout_asks_for_its_pieces(qtbot: QtBot, dialog: NewNetworkDialog) -> None:
    dialog.layers.hidden[0].set_activation("maxout")
    array = dialog.document().network.array("W1")
    assert array is not None and array.shape == (4, 2, 2)
    retype(qtbot, dialog.layers.hidden[0].activation.options.boxes["pieces"], "3")
    array = dialog.document().network.array("W1")
    assert array is not None and array.shape == (4, 3, 2)
