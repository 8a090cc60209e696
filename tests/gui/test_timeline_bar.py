"""The timeline below the picture: dragged, clicked and moved by keys it leads to any step, exactly."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QDialog, QInputDialog, QLabel
from pytestqt.qtbot import QtBot

from nnviz.gui.main_window import MainWindow
from nnviz.gui.screen_time import ScreenTime
from nnviz.gui.timeline_bar import TimelineBar
from nnviz.gui.workbench import Workbench
from nnviz.session.session import Session
from tests.gui.hands import Opened

LEFT = Qt.MouseButton.LeftButton


def trained(workbench: Workbench, steps: int) -> Session:
    """The open session after `steps` more steps, shown."""
    session = workbench.controller.session
    assert session is not None
    workbench.controller.do(lambda session: session.advance_steps(steps))
    return session


def at(bar: TimelineBar, step: int) -> QPoint:
    slider = bar.slider
    return QPoint(round(slider.track.place_of(step, slider.width(), slider.length)), slider.height() // 2)


def said(workbench: Workbench) -> str:
    return workbench.timeline.slider.accessibleDescription()


def forked(workbench: Workbench) -> Session:
    """Trained to step 100, and from step 40 on with another learning rate to step 60."""
    session = trained(workbench, 100)
    workbench.controller.seek(40)
    workbench.controller.edit({"optimiser.learning_rate": 0.25}, "learning rate = 0.25")
    trained(workbench, 20)
    return session


def test_dragging_the_handle_shows_every_step_it_comes_by_and_release_settles(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("xor")
    session, slider = trained(workbench, 1000), workbench.timeline.slider
    seen: list[int] = []
    slider.travel.moved.connect(lambda step, near: seen.append(step))
    qtbot.mousePress(slider, LEFT, pos=at(workbench.timeline, 1000))
    for step in (800, 600, 300):
        qtbot.mouseMove(slider, at(workbench.timeline, step))
        qtbot.waitUntil(lambda: not slider.travel.is_due)
        assert abs(session.updates_done - step) <= 3
        assert f"step {session.updates_done} of 1000" in said(workbench)
    shown = session.updates_done
    qtbot.mouseRelease(slider, LEFT, pos=at(workbench.timeline, 300))
    alone = Session(session.document)
    alone.advance_steps(shown)
    assert seen[-1] == session.updates_done == shown
    assert np.array_equal(session.record.content, alone.record.content)
    assert session.last_step == 1000 and not workbench.controller.undo_label


def test_what_the_pointer_passes_between_two_redraws_is_left_out(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("xor")
    session, slider = trained(workbench, 1000), workbench.timeline.slider
    seen: list[int] = []
    slider.travel.moved.connect(lambda step, near: seen.append(step))
    qtbot.mousePress(slider, LEFT, pos=at(workbench.timeline, 1000))
    for step in range(900, 100, -10):
        slider._drag_to(step, 0)
    qtbot.mouseRelease(slider, LEFT, pos=at(workbench.timeline, 110))
    assert seen == [110] and session.updates_done == 110


def test_a_network_too_slow_to_follow_shows_what_is_near_until_the_pointer_rests(
    qtbot: QtBot, opened: Opened
) -> None:
    workbench = opened("xor")
    session, control, slider = trained(workbench, 20_000), workbench.controller, workbench.timeline.slider
    control.begin_travel()
    control._hurries = True
    control.travel(1234, 40)
    assert session.updates_done == 1251, "the first step after the state that is kept"
    assert control.view is not None and control.view.flows
    control.travel(1234)
    assert session.updates_done == 1234
    control.end_travel()
    assert control.view is not None and not control.view.flows
    qtbot.mousePress(slider, LEFT, pos=at(workbench.timeline, 20_000))
    control._hurries = True
    qtbot.mouseMove(slider, at(workbench.timeline, 9876))
    qtbot.waitUntil(lambda: session.updates_done == slider.value() != 20_000)
    control._hurries = True
    qtbot.mouseMove(slider, at(workbench.timeline, 5432))
    qtbot.mouseRelease(slider, LEFT)
    assert session.updates_done == slider.value() and abs(session.updates_done - 5432) < 30


def test_opening_another_network_while_the_handle_is_held_lets_go_of_it(
    qtbot: QtBot, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnviz.gui.controller.UNHURRIED", -1.0)
    workbench = opened("xor")
    trained(workbench, 60)
    slider = workbench.timeline.slider
    qtbot.mousePress(slider, LEFT, pos=at(workbench.timeline, 20))
    qtbot.mouseMove(slider, at(workbench.timeline, 30))
    qtbot.waitUntil(lambda: workbench.controller.view is not None and workbench.controller.view.flows)
    workbench.documents.open_example("one-neuron-chain")
    view, drawing = workbench.controller.view, workbench.picture.drawing
    assert view is not None and not view.flows and drawing is not None
    assert len(drawing.columns) == len(drawing.connections) + 1 == len(view.problem.network.sizes)
    qtbot.mouseRelease(slider, LEFT, pos=at(workbench.timeline, 30))


def test_dragging_past_another_activation_draws_what_the_network_had_there(
    qtbot: QtBot, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnviz.gui.controller.UNHURRIED", -1.0)
    monkeypatch.setattr(ScreenTime, "redraw", lambda self, alone=False: setattr(self, "numbers_due", False))
    workbench = opened("xor")
    session, control = trained(workbench, 20), workbench.controller
    control.edit({"layers.0.activation": "prelu"}, "PReLU")
    trained(workbench, 40)
    control.begin_travel()
    for step, learns in ((10, False), (35, True), (15, False)):
        control.travel(step)
        drawing = workbench.picture.drawing
        assert drawing is not None and (drawing.columns[1].slopes is not None) is learns
    control.end_travel()
    assert session.updates_done == 15


def test_escape_while_dragging_leads_back_to_where_it_began(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("xor")
    session, slider = trained(workbench, 50), workbench.timeline.slider
    qtbot.mousePress(slider, LEFT, pos=at(workbench.timeline, 50))
    qtbot.mouseMove(slider, at(workbench.timeline, 10))
    qtbot.waitUntil(lambda: session.updates_done < 15)
    qtbot.keyClick(slider, Qt.Key.Key_Escape)
    assert session.updates_done == 50 and not slider.is_held


@pytest.mark.parametrize(("key", "expected"), [
    (Qt.Key.Key_Left, 499), (Qt.Key.Key_Right, 501), (Qt.Key.Key_PageUp, 400), (Qt.Key.Key_PageDown, 600),
    (Qt.Key.Key_Home, 0), (Qt.Key.Key_End, 1000),
])
def test_the_keyboard_goes_by_steps_tenths_and_to_both_ends(
    qtbot: QtBot, opened: Opened, key: Qt.Key, expected: int
) -> None:
    workbench = opened("xor")
    session, slider = trained(workbench, 1000), workbench.timeline.slider
    workbench.controller.seek(500)
    slider.setFocus()
    qtbot.keyClick(slider, key)
    qtbot.waitUntil(lambda: session.updates_done == expected)
    qtbot.waitUntil(lambda: said(workbench).startswith(f"step {expected} of 1000"))
    assert QAccessible.queryAccessibleInterface(slider).valueInterface().currentValue() == expected


def test_left_from_the_middle_of_a_pass_leads_to_its_beginning(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("xor")
    session, slider = trained(workbench, 10), workbench.timeline.slider
    workbench.controller.step()
    workbench.controller.step()
    assert (session.step, session.updates_done) == (11, 10)
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: session.step == 10)
    assert session.updates_done == 10


def test_there_is_nothing_to_drag_before_the_first_step(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("xor")
    slider = workbench.timeline.slider
    qtbot.mouseClick(slider, LEFT, pos=at(workbench.timeline, 0))
    assert not slider.is_held and slider.maximum() == 0 and said(workbench) == "step 0 of 0"
    assert not workbench.timeline.to_start.isEnabled() and not workbench.timeline.to_newest.isEnabled()


def test_a_click_on_a_mark_leads_to_the_edit_and_its_tip_says_what_it_was(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("xor")
    session, slider = forked(workbench), workbench.timeline.slider
    (mark,) = slider.track.marks
    assert mark.step == 40 and mark.labels == ("learning rate = 0.25",)
    qtbot.mouseClick(slider, LEFT, pos=at(workbench.timeline, 40) + QPoint(3, 0))
    assert session.updates_done == 40
    assert workbench.controller.session is session and not slider.is_held


def test_the_buttons_at_its_ends_and_the_actions_lead_to_the_start_and_the_newest_step(
    qtbot: QtBot, opened: Opened
) -> None:
    workbench = opened("xor")
    session, bar = trained(workbench, 30), workbench.timeline
    qtbot.mouseClick(bar.to_start, LEFT)
    assert session.updates_done == 0 and not bar.to_start.isEnabled()
    qtbot.mouseClick(bar.to_newest, LEFT)
    assert session.updates_done == 30
    workbench.window.commands["to_start"].trigger()
    assert session.updates_done == 0
    workbench.window.commands["to_newest"].trigger()
    assert session.updates_done == 30 and not workbench.window.commands["to_newest"].isEnabled()


def test_branches_are_visited_named_and_forgotten_in_their_menu(
    qtbot: QtBot, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = opened("xor")
    bar = workbench.timeline
    assert bar.branches.isHidden()
    session = forked(workbench)
    assert bar.branches.isVisible() and bar.branches.text() == "2"
    bar.menu.aboutToShow.emit()
    first, second = bar.menu.actions()[:2]
    assert first.text().startswith("without a change, to step 100, loss") and not first.isChecked()
    assert second.text().startswith("shown: from step 40: learning rate = 0.25, to step 60") and second.isChecked()
    first.trigger()
    assert session.updates_done == 100
    bar.menu.aboutToShow.emit()
    assert bar.menu.actions()[0].isChecked() and bar.menu.actions()[0].text().startswith("shown: without a change")
    monkeypatch.setattr(QInputDialog, "getText", lambda *args, **values: ("the first", True))
    next(action for action in bar.menu.actions() if action.text().startswith("Name")).trigger()
    bar.menu.aboutToShow.emit()
    assert bar.menu.actions()[0].text().startswith("shown: the first, to step 100")
    forget = next(action for action in bar.menu.actions() if action.menu() is not None).menu()
    forget.actions()[0].trigger()
    assert bar.branches.isHidden() and len(session.branches.all(session.place.tip)) == 1


def test_dragging_while_it_plays_holds_the_player(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("xor")
    workbench.window.settings.change(play_speed="full")
    session, control, slider = trained(workbench, 300), workbench.controller, workbench.timeline.slider
    control.play()
    qtbot.waitUntil(lambda: control.view is not None and control.view.updates_done > 400)
    qtbot.mousePress(slider, LEFT, pos=at(workbench.timeline, slider.maximum() // 2))
    assert not control.player.is_playing
    qtbot.waitUntil(lambda: not slider.travel.is_due)
    held = session.updates_done
    assert held < session.last_step
    qtbot.mouseRelease(slider, LEFT)
    assert control.player.is_playing
    control.pause()
    assert session.updates_done >= held


def test_it_stands_below_a_surface_and_can_be_hidden(qtbot: QtBot, opened: Opened, window: MainWindow) -> None:
    workbench = opened("surface-ravine")
    trained(workbench, 40)
    bar = workbench.timeline
    assert bar.isVisible() and bar.slider.maximum() == 40
    window.commands["timeline"].trigger()
    assert bar.isHidden() and not window.settings.flag("timeline")
    trained(workbench, 10)
    assert bar.slider.maximum() == 40, "what is hidden costs nothing"
    window.commands["timeline"].trigger()
    assert bar.isVisible() and bar.slider.maximum() == 50
    workbench.controller.session.mark_saved() if workbench.controller.session else None
    workbench.show_gallery()
    assert bar.isHidden()


def test_the_track_reaches_to_the_longest_branch_and_the_handle_to_the_end_of_the_shown_one(
    qtbot: QtBot, opened: Opened
) -> None:
    workbench = opened("xor")
    session, slider = forked(workbench), workbench.timeline.slider
    assert (slider.maximum(), slider.length) == (60, 100) and slider.track.branches == [(40, 100)]
    qtbot.mousePress(slider, LEFT, pos=at(workbench.timeline, 60))
    qtbot.mouseMove(slider, at(workbench.timeline, 20))
    qtbot.waitUntil(lambda: session.updates_done == 20)
    qtbot.mouseMove(slider, at(workbench.timeline, 95))
    qtbot.mouseRelease(slider, LEFT, pos=at(workbench.timeline, 95))
    assert session.updates_done == 60 and not slider.is_held
    workbench.controller.visit(workbench.controller.view.past.branches[0].tip)
    assert (slider.maximum(), slider.length, session.updates_done) == (100, 100, 100)
    trained(workbench, 20)
    assert slider.length == 120, "the shown branch is the longest"


def test_panel_help_with_the_keyboard_in_the_timeline_explains_the_timeline(opened: Opened) -> None:
    workbench = opened("xor")
    trained(workbench, 3)
    for part in (workbench.timeline.slider, workbench.timeline.to_start):
        part.setFocus()
        workbench.window.commands["panel_help"].trigger()
        told = workbench.window.findChildren(QDialog, options=Qt.FindChildOption.FindDirectChildrenOnly)[-1]
        assert told.windowTitle() == "Timeline" and "Drag the handle" in told.findChildren(QLabel)[0].text()
        told.close()


@pytest.mark.parametrize("last", [1, 7, 10_000, 1_000_000])
def test_every_place_leads_to_a_step_and_every_step_has_its_place(last: int, opened: Opened) -> None:
    track = opened("xor").timeline.slider.track
    for step in {0, 1, last // 3, last - 1, last}:
        found = track.step_at(track.place_of(step, 900, last), 900, last)
        assert found == step
    assert (track.step_at(-50, 900, last), track.step_at(2000, 900, last)) == (0, last)


def test_many_edits_branches_and_losses_that_are_not_finite_are_painted(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("xor")
    session = trained(workbench, 200)
    for number in range(30):
        workbench.controller.seek(20 + 5 * number)
        workbench.controller.edit({"optimiser.learning_rate": 0.1 + number / 100}, "learning rate")
        trained(workbench, 50)
    track = workbench.timeline.slider.track
    assert len(track.branches) == len(session.branches.all(session.place.tip)) - 1 > 20
    steps = np.arange(1.0, 201.0)
    for losses in (np.full(200, np.nan), np.full(200, np.inf), np.zeros(200), -steps, np.append(steps[:-1], np.nan)):
        track.set_curve(steps, losses, losses)
        assert not workbench.timeline.grab().isNull()
