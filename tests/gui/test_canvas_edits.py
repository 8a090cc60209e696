"""The network changed on its picture, in the whole window: keys, menus, the hand; each change is one undoable edit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from nnviz.gui.layer_heads import title_places
from nnviz.gui.network_commands import COMMANDS
from nnviz.gui.panels.inspector import InspectorPanel
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Alpha, Bias, Element, Unit, Weight
from nnviz.session import structure
from nnviz.session.session import Session
from tests.gui.hands import Opened

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier)


def click(qtbot: QtBot, workbench: Workbench, element: Element, modifier: Qt.KeyboardModifier = NONE) -> None:
    qtbot.mouseClick(workbench.picture, LEFT, modifier, workbench.picture.point_of(element).toPoint())


def drag(qtbot: QtBot, workbench: Workbench, begin: QPoint, by: QPoint, modifier: Qt.KeyboardModifier = NONE) -> None:
    qtbot.mousePress(workbench.picture, LEFT, modifier, begin)
    for share in (0.4, 0.7, 1.0):
        qtbot.mouseMove(workbench.picture, begin + by * share)
        QApplication.processEvents()
    qtbot.mouseRelease(workbench.picture, LEFT, modifier, begin + by)


def turn(workbench: Workbench, at: QPointF, notches: int, modifier: Qt.KeyboardModifier = CONTROL) -> None:
    for _ in range(abs(notches)):
        QApplication.sendEvent(workbench.picture, QWheelEvent(
            at, workbench.picture.mapToGlobal(at), QPoint(), QPoint(0, 120 if notches > 0 else -120),
            Qt.MouseButton.NoButton, modifier, Qt.ScrollPhase.NoScrollPhase, False))


def key(qtbot: QtBot, workbench: Workbench, code: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    workbench.picture.setFocus()
    qtbot.keyClick(workbench.picture, code, modifier)


def document(workbench: Workbench):
    assert workbench.controller.session is not None
    return workbench.controller.session.document_now()


def sizes(workbench: Workbench) -> tuple[int, ...]:
    return document(workbench).network.sizes


def one_edit(workbench: Workbench, change: Callable[[], object]) -> None:
    """Whatever `change` does is one undo step, which undo takes back and redo makes again, exactly."""
    session = workbench.controller.session
    assert session is not None
    before, edits = session.document_now(), len(session.undo_list)
    change()
    after = session.document_now()
    assert len(session.undo_list) == edits + 1
    assert after != before
    workbench.controller.undo()
    assert session.document_now() == before
    workbench.controller.redo()
    assert session.document_now() == after


# ── the table of commands ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("example", ["xor", "mazur-2-2-2", "spiral", "digits-784-16-16-10"])
@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_is_one_edit_that_undo_takes_back(opened: Opened, name: str, example: str) -> None:
    workbench = opened(example)
    workbench.controller.training_step()
    workbench.canvas_edits.selection.choose_one(Unit(1, 1))
    one_edit(workbench, lambda: workbench.canvas_edits.do(name))


@pytest.mark.parametrize(("code", "modifier", "expected"), [
    (Qt.Key.Key_Insert, NONE, (2, 6, 1)), (Qt.Key.Key_Delete, NONE, (2, 4, 1)), (Qt.Key.Key_D, NONE, (2, 6, 1)),
    (Qt.Key.Key_Delete, CONTROL, (2, 4, 1)), (Qt.Key.Key_Insert, SHIFT, (2, 5, 5, 1)),
    (Qt.Key.Key_Insert, ALT, (2, 2, 5, 1)), (Qt.Key.Key_D, SHIFT, (2, 5, 5, 1)), (Qt.Key.Key_Delete, SHIFT, (2, 1)),
])
def test_units_and_layers_come_and_go_by_keys(
    opened: Opened, qtbot: QtBot, code: Qt.Key, modifier: Qt.KeyboardModifier, expected: tuple[int, ...]
) -> None:
    workbench = opened("xor")
    click(qtbot, workbench, Unit(1, 1))
    assert sizes(workbench) == (2, 5, 1)
    one_edit(workbench, lambda: key(qtbot, workbench, code, modifier))
    assert sizes(workbench) == expected


@pytest.mark.parametrize("name", ["add_unit", "duplicate_units", "add_layer", "add_layer_before"])
def test_adding_keeps_what_the_network_computes_unless_it_is_to_start_anew(opened: Opened, name: str) -> None:
    workbench = opened("xor")
    workbench.controller.session.advance_steps(20)
    loss = _loss_now(workbench)
    workbench.canvas_edits.selection.choose_one(Unit(1, 1))
    workbench.canvas_edits.do(name)
    assert workbench.controller.session.updates_done == 20
    assert _loss_now(workbench) == pytest.approx(loss, abs=1e-12)


def _loss_now(workbench: Workbench) -> float:
    session = workbench.controller.session
    assert session is not None
    return float(Session(session.document_now()).record.loss)


def test_starting_anew_is_asked_about_and_is_one_edit(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnviz.gui.dialogs import unsaved

    workbench = opened("xor")
    workbench.settings.change(keep_learned=False)
    workbench.controller.session.advance_steps(20)
    workbench.canvas_edits.selection.choose_one(Unit(1, 1))
    asked = []
    answer = [unsaved.ResetAnswer(False)]
    monkeypatch.setattr(unsaved, "confirm_reset", lambda parent, reason: asked.append(reason) or answer[0])
    workbench.canvas_edits.do("add_unit")
    assert (len(asked), sizes(workbench)) == (1, (2, 5, 1))
    answer[0] = unsaved.ResetAnswer(True)
    workbench.canvas_edits.do("add_unit")
    assert sizes(workbench) == (2, 6, 1)
    assert workbench.controller.session.updates_done == 0


@pytest.mark.parametrize(("name", "selected", "words"), [
    ("add_unit", Unit(0, 0), "belong to the examples"), ("remove_units", Unit(2, 0), "belong to the examples"),
    ("remove_layer", Unit(2, 0), "belong to the examples"), ("remove_units", Weight(1, 0, 0), "No unit is selected"),
    ("freeze", None, "Nothing is selected"), ("freeze", Unit(0, 1), "Nothing leads into an input"),
    ("disable", Unit(2, 0), "output cannot be disabled"),
])
def test_what_cannot_be_is_said_in_a_sentence(
    opened: Opened, name: str, selected: Element | None, words: str
) -> None:
    workbench = opened("xor")
    workbench.canvas_edits.selection.choose_one(selected)
    before = document(workbench)
    workbench.canvas_edits.do(name)
    assert words in " ".join(workbench.strip.texts().values())
    assert document(workbench) == before


# ── several at once ──────────────────────────────────────────────────────────────────────────────────────────
def test_control_and_a_click_selects_one_more_and_commands_act_on_all(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    click(qtbot, workbench, Unit(1, 0))
    click(qtbot, workbench, Unit(1, 2), CONTROL)
    click(qtbot, workbench, Unit(1, 3), CONTROL)
    click(qtbot, workbench, Unit(1, 2), CONTROL)
    assert workbench.canvas_edits.selection.elements == (Unit(1, 0), Unit(1, 3))
    assert workbench.controller.selection == Unit(1, 3)
    inspector = workbench.docks.panels["inspector"]
    assert isinstance(inspector, InspectorPanel)
    assert "2 are selected" in inspector.together.text()
    one_edit(workbench, lambda: key(qtbot, workbench, Qt.Key.Key_F))
    assert set(document(workbench).frozen) == {
        "W1[0,0]", "W1[0,1]", "b1[0]", "W1[3,0]", "W1[3,1]", "b1[3]"}
    one_edit(workbench, lambda: key(qtbot, workbench, Qt.Key.Key_Delete))
    assert sizes(workbench) == (2, 3, 1)
    click(qtbot, workbench, Unit(1, 1))
    assert workbench.canvas_edits.selection.elements == (Unit(1, 1),)
    assert inspector.together.text() == ""


def test_a_band_selects_the_units_in_it(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    picture = workbench.picture
    above, last = picture.point_of(Unit(1, 0)).toPoint() - QPoint(70, 40), picture.point_of(Unit(1, 2)).toPoint()
    assert picture.element_at(QPointF(above)) is None
    drag(qtbot, workbench, above, last - above + QPoint(60, 5), SHIFT)
    assert set(workbench.canvas_edits.selection.elements) == {Unit(1, 0), Unit(1, 1), Unit(1, 2)}
    key(qtbot, workbench, Qt.Key.Key_A, CONTROL)
    assert workbench.canvas_edits.selection.elements == tuple(Unit(1, unit) for unit in range(5))
    key(qtbot, workbench, Qt.Key.Key_Escape)
    assert workbench.canvas_edits.selection.elements == ()


def picked(workbench: Workbench) -> tuple[str, ...]:
    """The names of what is selected."""
    names = document(workbench).network.names
    elements = workbench.canvas_edits.selection.elements
    assert workbench.controller.selection == (elements[-1] if elements else None)
    return tuple(names(element.layer)[element.unit] for element in elements)


@pytest.mark.parametrize("code", [Qt.Key.Key_D, Qt.Key.Key_Delete])
def test_undo_and_redo_bring_back_what_was_selected_then(opened: Opened, qtbot: QtBot, code: Qt.Key) -> None:
    workbench = opened("circle")
    click(qtbot, workbench, Unit(1, 0))
    click(qtbot, workbench, Unit(1, 2), CONTROL)
    before = picked(workbench)
    key(qtbot, workbench, code)
    after = picked(workbench)
    workbench.controller.edit({"optimiser.learning_rate": 0.25}, "")
    workbench.controller.training_step()
    workbench.controller.undo()
    assert picked(workbench) == after
    workbench.controller.undo()
    assert picked(workbench) == before
    assert workbench.canvas_edits.selection.elements == (Unit(1, 0), Unit(1, 2))
    workbench.controller.redo()
    assert picked(workbench) == after
    workbench.controller.redo()
    assert picked(workbench) == after


def test_a_selection_that_would_mean_other_units_is_dropped(opened: Opened) -> None:
    workbench = opened("spiral")
    workbench.canvas_edits.selection.choose([Unit(1, 2), Weight(2, 1, 1)])
    workbench.canvas_edits.reshape(lambda given, keep: structure.add_units(given, 2, 1, keep), "")
    assert workbench.canvas_edits.selection.elements == (Unit(1, 2), Weight(2, 1, 1))
    workbench.canvas_edits.reshape(lambda given, keep: structure.add_layer(given, 0, keep=keep), "")
    assert workbench.canvas_edits.selection.elements == () and workbench.controller.selection is None
    workbench.controller.undo()
    assert workbench.canvas_edits.selection.elements == (Unit(1, 2), Weight(2, 1, 1))


# ── held ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("element", [Unit(1, 0), Weight(1, 0, 1), Bias(1, 0)])
def test_frozen_and_disabled_are_switches(opened: Opened, qtbot: QtBot, element: Element) -> None:
    workbench = opened("xor")
    workbench.canvas_edits.selection.choose_one(element)
    before, numbers = document(workbench), workbench.controller.session.parameters_now()
    for code, action in ((Qt.Key.Key_F, "freeze"), (Qt.Key.Key_X, "disable")):
        key(qtbot, workbench, code)
        assert workbench.window.commands[action].isChecked()
        assert document(workbench) != before
        key(qtbot, workbench, code)
        assert not workbench.window.commands[action].isChecked()
        np.testing.assert_array_equal(workbench.controller.session.parameters_now(), numbers)
        assert not document(workbench).frozen and not document(workbench).disabled


def test_the_ticks_of_the_menus_are_right_when_they_open(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    workbench.canvas_edits.selection.choose_one(Unit(1, 0))
    key(qtbot, workbench, Qt.Key.Key_F)
    commands = workbench.window.commands
    for unit, frozen in ((1, False), (0, True), (2, False)):
        workbench.canvas_edits.selection.choose_one(Unit(1, unit))
        commands.menu("Edit/Units").aboutToShow.emit()
        assert commands["freeze"].isChecked() == frozen
    workbench.canvas_edits.selection.choose_one(Unit(1, 1))
    before = document(workbench)
    key(qtbot, workbench, Qt.Key.Key_F)
    assert len(document(workbench).frozen) > len(before.frozen)


def test_no_change_of_training_looks_after_the_ticks_of_menus(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    workbench = opened("xor")
    workbench.canvas_edits.selection.choose_one(Unit(1, 0))
    monkeypatch.setattr("nnviz.gui.canvas_edits.COMMANDS", None)
    workbench.controller.training_step()
    workbench.canvas_edits.selection.choose_one(Unit(1, 1))


def test_a_disabled_weight_cannot_be_dragged_or_turned(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.canvas_edits.selection.choose_one(Weight(1, 0, 1))
    key(qtbot, workbench, Qt.Key.Key_X)
    before = document(workbench)
    drag(qtbot, workbench, workbench.picture.point_of(Weight(1, 0, 1)).toPoint(), QPoint(0, -40))
    workbench.picture.zoom_fit()
    key(qtbot, workbench, Qt.Key.Key_Up)
    workbench.picture.turning.settle()
    assert document(workbench) == before


# ── turned ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_burst_of_the_wheel_is_one_edit(opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    at = workbench.picture.point_of(Weight(2, 0, 0))

    def burst() -> None:
        turn(workbench, at, 3)
        turn(workbench, at, -1)
        turn(workbench, at, 1, CONTROL | SHIFT)
        workbench.picture.turning.settle()

    one_edit(workbench, burst)
    assert document(workbench).parameters["W2"][0, 0] == pytest.approx(0.4 + 0.2 + 0.01)


def test_a_turned_value_settles_by_itself_after_a_rest(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("mazur-2-2-2")
    turn(workbench, workbench.picture.point_of(Weight(2, 0, 0)), 1)
    assert not workbench.controller.session.undo_list
    qtbot.waitUntil(lambda: len(workbench.controller.session.undo_list) == 1, timeout=5000)


def test_up_and_down_turn_what_is_selected_and_escape_gives_it_back(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("mazur-2-2-2")
    click(qtbot, workbench, Weight(2, 0, 0))
    before = document(workbench)
    key(qtbot, workbench, Qt.Key.Key_Up)
    key(qtbot, workbench, Qt.Key.Key_Up, SHIFT)
    assert workbench.controller.view.tried
    key(qtbot, workbench, Qt.Key.Key_Escape)
    assert not workbench.controller.view.tried
    assert document(workbench) == before
    assert workbench.controller.selection == Weight(2, 0, 0)
    key(qtbot, workbench, Qt.Key.Key_Down)
    workbench.window.commands["training_step"].trigger()      # whatever comes next begins with the new value
    workbench.picture.turning.settle()
    assert document(workbench).progress is not None


def test_the_next_command_keeps_what_was_turned(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("mazur-2-2-2")
    click(qtbot, workbench, Weight(2, 0, 0))
    key(qtbot, workbench, Qt.Key.Key_Up)
    qtbot.mouseClick(workbench.window.statusBar(), LEFT)      # a press anywhere
    assert document(workbench).parameters["W2"][0, 0] == pytest.approx(0.5)
    assert len(workbench.controller.session.undo_list) == 1


def test_the_wheel_without_control_still_zooms(opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    before = document(workbench)
    turn(workbench, workbench.picture.point_of(Weight(2, 0, 0)), 1, NONE)
    assert workbench.picture.zoom > 1.0
    assert document(workbench) == before


@pytest.mark.parametrize("example", ["prelu", "maxout"])
def test_what_activations_learn_and_pieces_can_be_turned_and_frozen(
    opened: Opened, qtbot: QtBot, example: str
) -> None:
    workbench = opened("xor")
    workbench.controller.edit({"layers.0.activation": example}, example)
    element = Alpha(1, 0) if example == "prelu" else Weight(1, 1, 0, 1)
    workbench.canvas_edits.selection.choose_one(element)

    def up() -> None:
        key(qtbot, workbench, Qt.Key.Key_Up)
        workbench.picture.turning.settle()

    one_edit(workbench, up)
    one_edit(workbench, lambda: key(qtbot, workbench, Qt.Key.Key_F))
    for name in ("add_unit", "duplicate_units", "remove_units", "disable"):
        workbench.canvas_edits.selection.choose_one(Unit(1, 1))
        one_edit(workbench, lambda name=name: workbench.canvas_edits.do(name))


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_unit_is_dragged_to_another_place_and_tidied_up(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    picture = workbench.picture
    home = picture.point_of(Unit(1, 1))
    one_edit(workbench, lambda: drag(qtbot, workbench, home.toPoint(), QPoint(40, 30)))
    there = picture.point_of(Unit(1, 1))
    assert (there - home - QPointF(40, 30)).manhattanLength() < 4
    assert picture.element_at(there) == Unit(1, 1)
    assert set(document(workbench).places) == {(1, 1)}
    one_edit(workbench, lambda: key(qtbot, workbench, Qt.Key.Key_T))
    assert picture.point_of(Unit(1, 1)) == home


def test_a_unit_that_is_moved_or_renamed_leaves_the_pass_on_show(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    controller = workbench.controller
    for _ in range(3):
        controller.training_step()
    session, tip = controller.session, controller.session.place.tip

    def shown() -> tuple[object, ...]:
        view = controller.view
        told = [workbench.picture.displayed_text(Unit(1, unit))[1:] for unit in range(4)]
        return view.updates_done, view.moment.cursor, view.moment.record.content.tobytes(), told

    before = shown()
    assert session.moment().is_complete and session.step == 3
    home = workbench.picture.point_of(Unit(1, 1))
    one_edit(workbench, lambda: drag(qtbot, workbench, home.toPoint(), QPoint(40, 30)))
    one_edit(workbench, lambda: workbench.canvas_edits.rename(Unit(1, 1), "edge"))
    workbench.picture.grab()
    assert shown() == before and session.place.tip is tip
    assert workbench.picture.displayed_text(Unit(1, 1))[0] == "edge"
    controller.seek(1)
    controller.training_step()
    assert controller.view.past.branches == () and controller.view.past.marks == ()


def test_all_selected_units_move_together_and_by_keys(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    picture = workbench.picture
    click(qtbot, workbench, Unit(1, 1))
    click(qtbot, workbench, Unit(2, 0), CONTROL)
    homes = [picture.point_of(unit) for unit in (Unit(1, 1), Unit(2, 0))]
    one_edit(workbench, lambda: drag(qtbot, workbench, homes[0].toPoint(), QPoint(-24, 24), ALT))
    moved = [picture.point_of(unit) for unit in (Unit(1, 1), Unit(2, 0))]
    assert all((there - home - QPointF(-24, 24)).manhattanLength() < 4
               for there, home in zip(moved, homes, strict=True))
    one_edit(workbench, lambda: key(qtbot, workbench, Qt.Key.Key_Down, SHIFT))
    assert picture.point_of(Unit(2, 0)).y() > moved[1].y() + 5


def test_escape_puts_a_dragged_unit_back(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    picture = workbench.picture
    home = picture.point_of(Unit(1, 1))
    qtbot.mousePress(picture, LEFT, NONE, home.toPoint())
    qtbot.mouseMove(picture, home.toPoint() + QPoint(50, 20))
    qtbot.waitUntil(lambda: picture.point_of(Unit(1, 1)) != home)
    qtbot.keyClick(picture, Qt.Key.Key_Escape)
    qtbot.mouseRelease(picture, LEFT, NONE, home.toPoint() + QPoint(50, 20))
    assert picture.point_of(Unit(1, 1)) == home
    assert not workbench.controller.session.undo_list


def test_others_keep_their_places_when_units_come_and_go(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    drag(qtbot, workbench, workbench.picture.point_of(Unit(1, 3)).toPoint(), QPoint(30, 10))
    place = document(workbench).places[1, 3]
    workbench.canvas_edits.selection.choose_one(Unit(1, 1))
    workbench.canvas_edits.do("remove_units")
    assert document(workbench).places == {(1, 2): place}


def test_units_of_two_layers_at_one_point_each_go_along_with_their_own(opened: Opened) -> None:
    workbench = opened("spiral")
    inner = [1, 2] if len(sizes(workbench)) > 3 else [0, 1]
    workbench.canvas_edits.place({(inner[0], 0): (0.5, 0.25), (inner[1], 0): (0.5, 0.25)}, "")
    first, last = workbench.picture.column_range()
    old = len(sizes(workbench)) - 1
    workbench.canvas_edits.selection.choose_one(Unit(inner[0], 0))
    workbench.canvas_edits.do("add_layer")
    places = document(workbench).places
    for before, layer in ((inner[0], inner[0]), (inner[1], inner[1] + 1)):
        by = (layer / (old + 1) - before / old) * (last - first)
        assert places[layer, 0] == pytest.approx((0.5 + by, 0.25))
    assert len(places) == 2


def test_pixels_of_an_image_cannot_be_moved_and_say_so(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("digits-784-16-16-10")
    said: list[str] = []
    workbench.controller.said.connect(said.append)
    workbench.canvas_edits.selection.choose_one(Unit(0, 300))
    key(qtbot, workbench, Qt.Key.Key_Right, SHIFT)
    assert "pixels of an image" in said[-1]
    assert not workbench.controller.session.undo_list


# ── names and values, typed ──────────────────────────────────────────────────────────────────────────────────
def test_a_unit_is_renamed_in_its_place(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    click(qtbot, workbench, Unit(1, 1))

    def rename(name: str) -> None:
        key(qtbot, workbench, Qt.Key.Key_F2)
        qtbot.keyClicks(workbench.picture.name_editor.line, name)
        qtbot.keyClick(workbench.picture.name_editor.line, Qt.Key.Key_Return)

    one_edit(workbench, lambda: rename("edge"))
    assert document(workbench).network.names(1)[1] == "edge"
    assert workbench.picture.displayed_text(Unit(1, 1))[0] == "edge"
    assert workbench.window.stack.currentWidget() is workbench.picture      # Enter meant the line, not the unit
    key(qtbot, workbench, Qt.Key.Key_F2)
    qtbot.keyClicks(workbench.picture.name_editor.line, "other")
    qtbot.keyClick(workbench.picture.name_editor.line, Qt.Key.Key_Escape)
    assert document(workbench).network.names(1)[1] == "edge"


def test_a_refused_name_stays_in_its_line_until_it_is_put_right(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    click(qtbot, workbench, Unit(1, 1))
    key(qtbot, workbench, Qt.Key.Key_F2)
    line = workbench.picture.name_editor.line
    for text, code, problem in (
        ("h1", Qt.Key.Key_Return, "h2: the name 'h1' is already taken by another unit. Type another one."),
        ("h1", Qt.Key.Key_Tab, "h2: the name 'h1' is already taken by another unit. Type another one."),
        (" ", Qt.Key.Key_Return, "h2: the name "),
    ):
        line.selectAll()
        qtbot.keyClicks(line, text)
        assert "edit" not in workbench.strip.texts() and not line.styleSheet()
        qtbot.keyClick(line, code)
        assert workbench.strip.texts()["edit"].startswith(problem)
        assert line.isVisible() and line.text() == text and line.styleSheet() and line.toolTip().startswith(problem)
    line.selectAll()
    qtbot.keyClicks(line, "edge")
    one_edit(workbench, lambda: qtbot.keyClick(line, Qt.Key.Key_Return))
    assert document(workbench).network.names(1)[1] == "edge"
    assert "edit" not in workbench.strip.texts() and not line.isVisible() and not line.styleSheet()
    key(qtbot, workbench, Qt.Key.Key_F2)
    qtbot.keyClicks(line, "h1")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert document(workbench).network.names(1)[1] == "edge"
    assert "edit" not in workbench.strip.texts() and not line.isVisible()


def test_tab_takes_a_name_and_goes_on_to_the_next_unit(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    workbench.canvas_edits.rename_from(1)
    line = workbench.picture.name_editor.line
    for name in ("first", "second"):
        qtbot.keyClicks(line, name)
        qtbot.keyClick(line, Qt.Key.Key_Tab)
    assert line.text() == "h3" and workbench.controller.selection == Unit(1, 2)
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert document(workbench).network.names(1)[:3] == ("first", "second", "h3")
    assert len(workbench.controller.session.undo_list) == 2


def test_a_value_is_typed_over_its_weight(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("mazur-2-2-2")
    click(qtbot, workbench, Weight(2, 0, 0))

    def type_value() -> None:
        key(qtbot, workbench, Qt.Key.Key_F2)
        line = workbench.picture.name_editor.line
        assert line.text() == "0.4"
        qtbot.keyClicks(line, "-0,25")
        qtbot.keyClick(line, Qt.Key.Key_Return)

    one_edit(workbench, type_value)
    assert document(workbench).parameters["W2"][0, 0] == -0.25
    key(qtbot, workbench, Qt.Key.Key_F2)
    line = workbench.picture.name_editor.line
    for _ in range(2):
        qtbot.keyClicks(line, "foo")
        qtbot.keyClick(line, Qt.Key.Key_Return)
        said = workbench.strip.texts()["edit"]
        assert "“foo” is not a finite number. Type one such as 0.25." in said and said.startswith("w5: ")
        assert line.isVisible() and line.styleSheet() and "foo" in line.toolTip()
        line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert "edit" not in workbench.strip.texts() and not line.isVisible() and not line.styleSheet()
    one_edit(workbench, lambda: key(qtbot, workbench, Qt.Key.Key_0))
    assert document(workbench).parameters["W2"][0, 0] == 0.0


# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────
def open_menu(qtbot: QtBot, workbench: Workbench, open_it: Callable[[], object]) -> QMenu:
    open_it()
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


@pytest.mark.parametrize("element", [Unit(1, 1), Weight(1, 1, 0), Bias(1, 1)])
def test_a_right_click_selects_and_offers_what_can_be_done(opened: Opened, qtbot: QtBot, element: Element) -> None:
    workbench = opened("xor")
    at = workbench.picture.point_of(element).toPoint()
    menu = open_menu(qtbot, workbench, lambda: QApplication.sendEvent(
        workbench.picture, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, workbench.picture.mapToGlobal(at))))
    assert workbench.controller.selection == element
    names = [action.objectName() for action in menu.actions()]
    assert "freeze" in names and ("remove_units" in names) == isinstance(element, Unit)
    one_edit(workbench, lambda: next(a for a in menu.actions() if a.objectName() == "freeze").trigger())
    menu.close()


def test_a_right_click_on_the_title_of_a_layer_gives_the_menu_of_that_layer(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    picture = workbench.picture
    assert picture.drawing is not None
    title = title_places(picture.drawing, picture._arranged(), picture.transform_now)[1]
    at = QPointF(title.x, title.y).toPoint()
    menu = open_menu(qtbot, workbench, lambda: QApplication.sendEvent(
        picture, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, picture.mapToGlobal(at))))
    assert "add_unit" in [action.objectName() for action in menu.actions()]
    menu.close()


def test_the_menu_of_a_layer_opens_by_key_and_changes_its_activation(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    click(qtbot, workbench, Unit(1, 1))
    menu = open_menu(qtbot, workbench, lambda: key(qtbot, workbench, Qt.Key.Key_L))
    found = [action for sub in menu.findChildren(QMenu) for action in sub.actions()
             if action.objectName() == "activation relu"]
    one_edit(workbench, found[0].trigger)
    assert document(workbench).network.layers[0].activation.name == "relu"
    menu.close()
    menu = open_menu(qtbot, workbench, lambda: key(qtbot, workbench, Qt.Key.Key_F10, SHIFT))
    menu.close()


@pytest.mark.parametrize(("action", "label"), [
    ("activation relu", "the hidden layer: ReLU"),
    ("initialise zeros", "the hidden layer, initialiser: Zeros"),
    ("bias none", "the hidden layer, bias: none"),
])
def test_undo_says_which_setting_of_a_layer_it_takes_back(
    opened: Opened, qtbot: QtBot, action: str, label: str
) -> None:
    workbench = opened("xor")
    click(qtbot, workbench, Unit(1, 1))
    menu = open_menu(qtbot, workbench, lambda: key(qtbot, workbench, Qt.Key.Key_L))
    found = [one for sub in menu.findChildren(QMenu) for one in sub.actions() if one.objectName() == action]
    one_edit(workbench, found[0].trigger)
    assert workbench.window.commands["undo"].text() == f"&Undo {label}"
    menu.close()
