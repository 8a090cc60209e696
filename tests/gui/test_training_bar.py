"""The training bar shows the document's settings and asks for changes by their paths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.gui.fields import NumberBox
from nnviz.gui.main_window import MainWindow
from nnviz.gui.training_bar import TrainingBar
from nnviz.session.document import Document
from nnviz.session.examples import open_document
from nnviz.session.session import Session
from tests.gui.hands import Opened


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[TrainingBar]:
    window = QMainWindow()
    made = TrainingBar()
    window.addToolBar(made)
    window.resize(1280, 200)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    made.show_document(open_document("xor"))
    yield made      # the window lives as long as this function waits


def retype(qtbot: QtBot, box: NumberBox, text: str) -> None:
    box.setFocus()
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, text)


def deep() -> Document:
    return open_document("vanishing-gradient")


def test_the_settings_of_the_document_are_shown_and_nothing_is_asked_for(qtbot: QtBot, bar: TrainingBar) -> None:
    adam = {"name": "adam", "learning_rate": 3e-4}
    document = open_document("xor").with_values(
        {"optimiser": adam, "batch_size": 2, "seed": 77, "layers.0.activation": "relu"})
    with qtbot.assertNotEmitted(bar.edit_requested, wait=250):
        bar.show_document(document)
    assert bar.learning_rate.text() == "0.0003"
    assert bar.batch_size.currentText() == "2"
    assert bar.seed.text() == "77"
    assert bar.activation.row_name() == "relu"
    assert bar.optimiser.row_name() == "adam"


def test_a_learning_rate_is_asked_for_by_its_path(qtbot: QtBot, bar: TrainingBar) -> None:
    retype(qtbot, bar.learning_rate, "3e-4")
    with qtbot.waitSignal(bar.edit_requested) as asked:
        qtbot.keyClick(bar.learning_rate, Qt.Key.Key_Return)
    assert asked.args == [{"optimiser.learning_rate": 3e-4}, "learning rate 0.0003"]


def test_batch_size_and_seed_are_asked_for_by_their_paths(qtbot: QtBot, bar: TrainingBar) -> None:
    bar.batch_size.setFocus()
    bar.batch_size.lineEdit().selectAll()
    qtbot.keyClicks(bar.batch_size, "2")
    with qtbot.waitSignal(bar.edit_requested) as asked:
        qtbot.keyClick(bar.batch_size, Qt.Key.Key_Return)
    assert asked.args == [{"batch_size": 2}, "batch size 2"]
    retype(qtbot, bar.seed, "12")
    with qtbot.waitSignal(bar.edit_requested) as asked:
        qtbot.keyClick(bar.seed, Qt.Key.Key_Return)
    assert asked.args == [{"seed": 12}, "seed 12"]


def test_one_activation_is_asked_for_all_hidden_layers_at_once(qtbot: QtBot, bar: TrainingBar) -> None:
    document = deep()
    hidden = len(document.network.layers) - 1
    assert hidden > 1
    bar.show_document(document.with_value("layers.1.activation", "tanh"))
    assert bar.activation.row_name() == ""
    assert bar.activation.placeholderText() == "mixed"
    bar.activation.setFocus()
    with qtbot.waitSignal(bar.edit_requested) as asked:
        qtbot.keyClick(bar.activation, Qt.Key.Key_Down)
    values, _ = asked.args
    name = bar.activation.row_name()
    after = document.with_value("layers.1.activation", "tanh").with_values(values)
    assert {layer.activation.name for layer in after.network.layers[:-1]} == {name}
    assert after.network.layers[-1] == document.network.layers[-1]


def test_hidden_layers_may_have_any_activation(qtbot: QtBot, bar: TrainingBar) -> None:
    names = [bar.activation.itemData(place) for place in range(bar.activation.count())]
    assert names == list(ACTIVATIONS)
    bar.activation.set_row("softmax")
    with qtbot.waitSignal(bar.edit_requested) as asked:
        bar.activation.activated.emit(bar.activation.currentIndex())
    assert asked.args is not None and asked.args[0] == {"layers.0.activation": "softmax"}


def test_a_network_without_hidden_layers_has_no_activation_to_choose(bar: TrainingBar) -> None:
    bar.show_document(open_document("and-one-neuron"))
    assert not bar.activation.isEnabled()
    assert bar.activation.placeholderText() == "no hidden layer"


def test_the_optimiser_is_asked_for_by_its_name(qtbot: QtBot, bar: TrainingBar) -> None:
    bar.optimiser.setFocus()
    with qtbot.waitSignal(bar.edit_requested) as asked:
        qtbot.keyClick(bar.optimiser, Qt.Key.Key_Down)
    assert asked.args == [{"optimiser.name": "momentum"}, "optimiser Momentum"]


def test_the_convention_of_the_loss_is_one_undoable_edit(qtbot: QtBot, bar: TrainingBar) -> None:
    session = Session(open_document("mazur-2-2-2"))
    session.advance_step()
    loss = session.record.loss
    bar.show_document(session.document)
    bar.edit_requested.connect(session.edit)
    assert bar.loss.row_name() == "half_squared_error"
    bar.loss.setFocus()
    with qtbot.waitSignal(bar.edit_requested) as asked:
        qtbot.keyClick(bar.loss, Qt.Key.Key_Down)
    assert asked.args == [{"loss": "squared_error"}, "loss Squared error"]
    assert session.document.network.loss.name == "squared_error"
    session.undo()
    assert session.document.network.loss.name == "half_squared_error" and session.record.loss == loss


def test_the_delta_of_the_huber_loss_is_there_when_it_is_in_force(qtbot: QtBot, bar: TrainingBar) -> None:
    box, action = bar.loss_options["huber", "delta"], bar._loss_actions["huber", "delta"]
    assert not action.isVisible()
    document = open_document("linear-regression").with_value("loss", {"name": "huber", "delta": 0.5})
    bar.show_document(document)
    assert action.isVisible() and box.value() == 0.5
    bar.window().resize(1900, 200)
    retype(qtbot, box, "2")
    with qtbot.waitSignal(bar.edit_requested) as asked:
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert asked.args == [{"loss.delta": 2.0}, "delta 2"]
    assert dict(document.with_values(asked.args[0]).network.loss.options) == {"delta": 2.0}
    plain = open_document("linear-regression").with_value("loss", "huber")
    assert dict(plain.with_values(asked.args[0]).network.loss.options) == {"delta": 2.0}


def test_the_choice_of_the_loss_fits_into_a_window_of_usual_width(bar: TrainingBar) -> None:
    assert bar.loss.isVisible() and bar.seed.isVisible()


def test_a_bad_learning_rate_asks_for_nothing_and_esc_restores_it(qtbot: QtBot, bar: TrainingBar) -> None:
    before = bar.learning_rate.text()
    with qtbot.assertNotEmitted(bar.edit_requested, wait=250):
        retype(qtbot, bar.learning_rate, "fast")
        qtbot.keyClick(bar.learning_rate, Qt.Key.Key_Return)
    assert bar.learning_rate.toolTip() == "Learning rate must be a number of at least 0, not “fast”."
    qtbot.keyClick(bar.learning_rate, Qt.Key.Key_Escape)
    assert bar.learning_rate.text() == before


def test_a_session_takes_what_the_bar_asks_for(qtbot: QtBot, bar: TrainingBar) -> None:
    session = Session(open_document("xor"))
    bar.edit_requested.connect(session.edit)
    retype(qtbot, bar.learning_rate, "0.125")
    qtbot.keyClick(bar.learning_rate, Qt.Key.Key_Return)
    assert session.document.learning_rate == 0.125


def test_a_refused_edit_is_taken_back_by_showing_the_document(qtbot: QtBot, bar: TrainingBar) -> None:
    document = open_document("xor")
    retype(qtbot, bar.seed, "5")
    qtbot.keyClick(bar.seed, Qt.Key.Key_Return)
    bar.show_document(document)
    assert bar.seed.text() == str(document.seed)


def test_without_a_document_nothing_can_be_set(bar: TrainingBar) -> None:
    bar.show_document(None)
    assert not bar.isEnabled()


def test_every_control_has_a_name_and_a_tooltip(bar: TrainingBar) -> None:
    boxes = (bar.learning_rate, bar.batch_size, bar.activation, bar.optimiser, bar.seed, bar.loss)
    for control in (*boxes, *bar.loss_options.values()):
        assert control.accessibleName() and control.toolTip()


def test_what_has_no_room_goes_into_a_second_row_and_nothing_behind_a_button(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    bar = opened("xor").training_bar
    boxes = (bar.learning_rate, bar.batch_size, bar.activation, bar.optimiser, bar.loss, bar.seed)
    try:
        for width, rows in ((1000, 2), (1280, 1), (1000, 2)):
            window.resize(width, 700)
            qtbot.waitUntil(lambda rows=rows: bar.second_row.isVisible() == (rows == 2))
            qtbot.waitUntil(lambda: all(box.isVisible() for box in boxes))
            places = [box.mapTo(window, box.rect().bottomRight()) for box in boxes]
            assert all(place.x() < width for place in places) and len({place.y() // 20 for place in places}) == rows
        window.workbench.show_gallery()
        assert not bar.second_row.isVisible()
    finally:
        window.resize(1280, 800)


def test_what_is_said_instead_of_a_choice_is_elided_where_it_does_not_fit(qtbot: QtBot, bar: TrainingBar) -> None:
    bar.show_document(open_document("linear-regression"))
    assert bar.activation.placeholderText() == "no hidden layer"
    bar.activation.setFixedWidth(90)
    assert bar.activation.shown_placeholder.endswith("…") and not bar.activation.grab().isNull()
    bar.activation.setFixedWidth(300)
    assert bar.activation.shown_placeholder == "no hidden layer"
