"""Edits made in the window: each is one undoable step, whether dragged, typed or chosen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs import unsaved
from nnviz.gui.dialogs.data import DataDialog
from nnviz.gui.dialogs.layers import LayersDialog
from nnviz.gui.dialogs.optimiser import OptimiserDialog
from nnviz.gui.dialogs.schedule import ScheduleDialog
from nnviz.gui.main_window import MainWindow
from nnviz.report.elements import Alpha, Bias, Element, Unit, Weight
from tests.gui.hands import Opened, click, inspector


def test_dragging_an_edge_changes_its_weight_in_one_undoable_step(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("mazur-2-2-2")
    picture, session = workbench.picture, workbench.controller.session
    assert session is not None
    weight = Weight(2, 0, 0)
    start = picture.point_of(weight).toPoint()
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=start)
    for distance in (5, 10, 20):
        qtbot.mouseMove(picture, start - QPoint(0, distance))
    qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 20))
    changed = session.moment().read(session.state.parameters(session.problem), weight)
    assert changed > 0.4 and len(session.undo_list) == 1
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.moment().read(session.state.parameters(session.problem), weight) == 0.4
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert session.moment().read(session.state.parameters(session.problem), weight) == changed


def test_escape_lets_a_dragged_weight_go_back(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    picture, session = workbench.picture, workbench.controller.session
    assert session is not None
    start = picture.point_of(Weight(2, 0, 0)).toPoint()
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(picture, start - QPoint(0, 30))
    qtbot.keyClick(picture, Qt.Key.Key_Escape)
    qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 30))
    assert not session.undo_list
    assert "0.4" in " ".join(picture.displayed_text(Weight(2, 0, 0)))


def test_a_value_typed_into_the_inspector_is_one_undoable_edit(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("mazur-2-2-2")
    session = workbench.controller.session
    assert session is not None
    click(qtbot, workbench, Weight(2, 0, 0))
    field = inspector(workbench).field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0,25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert session.moment().read(session.state.parameters(session.problem), Weight(2, 0, 0)) == 0.25
    assert window.isWindowModified()


def test_a_change_of_learning_rate_is_one_undoable_edit_and_keeps_the_training(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor")
    session = workbench.controller.session
    assert session is not None
    workbench.controller.do(lambda session: session.advance_steps(10))
    box = workbench.training_bar.learning_rate
    editor = box.lineEdit() if hasattr(box, "lineEdit") else box
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, "0.25")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert session.document.learning_rate == 0.25 and session.updates_done == 10
    window.commands["undo"].trigger()
    assert session.document.learning_rate == 1.0 and session.updates_done == 10


def test_a_change_that_resets_the_training_asks_first(
    monkeypatch: pytest.MonkeyPatch, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor")
    session = workbench.controller.session
    assert session is not None
    workbench.controller.do(lambda session: session.advance_steps(10))
    asked: list[str] = []

    def answer(parent: object, reason: str) -> unsaved.ResetAnswer:
        asked.append(reason)
        return unsaved.ResetAnswer(go_on=len(asked) > 1)

    monkeypatch.setattr(unsaved, "confirm_reset", answer)
    workbench.edits.make({"seed": 5}, "seed 5")
    assert asked and session.document.seed == 0 and session.updates_done == 10
    workbench.edits.make({"seed": 5}, "seed 5")
    assert session.document.seed == 5 and session.updates_done == 0


def test_undo_takes_an_edit_back_although_the_field_still_has_the_keyboard(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("mazur-2-2-2")
    session = workbench.controller.session
    assert session is not None
    click(qtbot, workbench, Weight(2, 0, 0))
    field = inspector(workbench).field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert len(session.undo_list) == 1
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not session.undo_list
    box = workbench.training_bar.learning_rate
    box.setFocus()
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, "0.125")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert session.document.learning_rate == 0.125
    qtbot.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.document.learning_rate == 0.5


def test_a_schedule_is_taken_from_the_toolbar_in_the_middle_of_a_run_as_one_edit(
    opened: Opened, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = opened("xor")
    bench.controller.do(lambda session: session.advance_steps(10))
    before = bench.controller.session.state.vector.tobytes()
    _take_schedule(monkeypatch, "exponential")
    qtbot.mouseClick(bench.training_bar.schedule, Qt.MouseButton.LeftButton)
    session = bench.controller.session
    assert session.document.schedule.name == "exponential" and session.updates_done == 10
    assert session.state.vector.tobytes() == before
    assert bench.training_bar.schedule.text() == "Exponential…"
    bench.controller.training_step()
    assert session.record.learning_rate == session.document.learning_rate * 0.99**10
    assert bench.readout.rate.text().startswith("η 0.904")
    bench.training_bar.learning_rate.value_chosen.emit(0.5)
    assert session.document.schedule.name == "exponential" and session.document.learning_rate == 0.5
    bench.controller.undo()
    bench.controller.undo()
    assert session.document.schedule.name == "constant" and bench.training_bar.schedule.text() == "Constant…"


def _take_schedule(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The user chooses a schedule and clicks Apply."""
    def use(dialog: ScheduleDialog) -> int:
        dialog.schedule.set_row(name)
        dialog.apply_button.click()
        return dialog.result()

    monkeypatch.setattr(ScheduleDialog, "exec", use)


def test_another_optimiser_in_the_middle_of_a_run_says_what_it_forgets(opened: Opened) -> None:
    bench = opened("xor")
    session = bench.controller.session
    bench.controller.do(lambda session: session.advance_steps(10))
    for name, words in (("momentum", "begins with velocity at 0"), ("adam", "remembered (velocity) is put aside")):
        parameters = session.state.parameters(session.problem).tobytes()
        bench.edits.make({"optimiser.name": name}, name)
        assert session.state.parameters(session.problem).tobytes() == parameters and session.updates_done == 10
        assert words in " ".join(label.text() for label in bench.strip.findChildren(QLabel))


def test_the_optimisers_settings_are_one_undoable_edit_of_the_open_network(
    window: MainWindow, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = opened("xor")

    def choose(dialog: OptimiserDialog) -> int:
        dialog.field.set_row("adamw")
        dialog.field.options.set_values({"clip_norm": 1.5})
        return 1

    monkeypatch.setattr(OptimiserDialog, "exec", choose)
    window.commands["optimiser"].trigger()
    session = workbench.controller.session
    assert session is not None
    assert (session.document.optimiser.name, session.document.get("optimiser.clip_norm")) == ("adamw", 1.5)
    workbench.controller.undo()
    assert session.document.optimiser.name != "adamw"


def test_data_and_scaling_are_one_undoable_edit_of_the_open_network(
    window: MainWindow, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = opened("spiral")
    session = workbench.controller.session
    assert session is not None
    workbench.controller.do(lambda session: session.advance_steps(3))
    asked: list[str] = []
    monkeypatch.setattr(unsaved, "confirm_reset", lambda parent, reason: asked.append(reason))

    def choose(dialog: DataDialog) -> int:
        dialog.section.features.line.setText("x1, x2, x1*x2")
        dialog.section.scaling.set_row("standardise")
        dialog.accept()
        return dialog.result()

    monkeypatch.setattr(DataDialog, "exec", choose)
    window.commands["data"].trigger()
    assert session.document.network.sizes[0] == 3 and session.updates_done == 0
    assert not asked        # the dialog has said it
    assert workbench.controller.undo_label == "data Spiral"
    workbench.controller.undo()
    assert session.updates_done == 3 and session.document.scaling.name == "none"


def test_the_layers_of_the_open_network_are_changed_by_their_dialog_without_a_second_question(
    window: MainWindow, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = opened("xor")
    workbench.controller.training_step()
    monkeypatch.setattr(unsaved, "confirm_reset", lambda *given: pytest.fail("asked twice"))

    def choose(dialog: LayersDialog) -> int:
        dialog.cards[0].activation.set_row("elu")
        dialog.cards[0].initialise.set_row("lecun_normal")
        assert dialog.told_reason
        return 1

    monkeypatch.setattr(LayersDialog, "exec", choose)
    window.commands["layers"].trigger()
    session = workbench.controller.session
    assert session is not None and session.updates_done == 0
    layer = session.document.network.layers[0]
    assert (layer.activation.name, layer.initialise.name) == ("elu", "lecun_normal")
    workbench.controller.undo()
    assert session.document.network.layers[0].activation.name == "tanh" and session.updates_done == 1


SHARED, NONE, TANH = {"layers.0.bias": "shared"}, {"layers.0.bias": "none"}, {"layers.0.activation": "tanh"}
FEWER: dict[str, object] = {"layers.0.units": 2}


@pytest.mark.parametrize(("example", "before", "element", "edit"), [
    ("xor", None, Unit(1, 3), FEWER),
    ("xor", None, Weight(1, 3, 0), FEWER),
    ("xor", None, Weight(2, 0, 3), FEWER),
    ("xor", None, Bias(1, 3), FEWER),
    ("xor", None, Bias(1, 3), SHARED),
    ("xor", None, Bias(1, 0), NONE),
    ("xor", {"layers.0.activation": "prelu"}, Alpha(1, 0), TANH),
    ("xor-maxout", None, Bias(1, 0, 1), TANH),
    ("xor-maxout", None, Weight(1, 0, 0, 1), TANH),
    ("xor", None, Weight(1, 0, 0), {"layers.0.activation": "maxout"}),
])
def test_an_edit_that_takes_the_selected_element_away_selects_nothing(
    window: MainWindow, opened: Opened, example: str, before: dict[str, object] | None, element: Element,
    edit: dict[str, object],
) -> None:
    control = opened(example).controller
    if before is not None:
        control.edit(before, "before")
    control.training_step()
    control.select(element)
    heard: list[Element | None] = []
    control.selection_changed.connect(heard.append)
    control.edit(edit, "an edit")
    assert control.selection is None and heard == [None]
    assert window.commands["undo"].text() == "&Undo an edit" and not window.strip.texts()
    control.undo()
    control.select(element)
    control.redo()
    assert control.selection is None and not window.strip.texts()
    assert window.commands["undo"].isEnabled() and not window.commands["redo"].isEnabled()


@pytest.mark.parametrize(("example", "edit", "element"), [
    ("xor", {"layers.0.units": 9}, Unit(1, 8)),
    ("xor", {"layers.0.activation": "prelu"}, Alpha(1, 0)),
    ("xor", {"layers.0.activation": "maxout"}, Bias(1, 0, 1)),
    ("xor-maxout", {"layers.0.activation.pieces": 3}, Weight(1, 0, 0, 2)),
    ("xor-maxout", {"layers.0.activation.pieces": 3}, Bias(1, 0, 2)),
])
def test_undoing_the_edit_that_brought_the_selected_element_selects_nothing(
    window: MainWindow, opened: Opened, example: str, edit: dict[str, object], element: Element
) -> None:
    control = opened(example).controller
    control.edit(edit, "an edit")
    control.select(element)
    control.undo()
    assert control.selection is None and not window.strip.texts()
    assert window.commands["redo"].isEnabled() and window.commands["redo"].text() == "&Redo an edit"


def test_an_element_that_an_edit_leaves_stays_selected(window: MainWindow, opened: Opened) -> None:
    control = opened("xor").controller
    control.select(Weight(1, 0, 0))
    control.edit(NONE, "without biases")
    control.undo()
    control.reset()
    assert control.selection == Weight(1, 0, 0)
