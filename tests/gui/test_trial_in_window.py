"""An example of one's own in the window: typed, stepped forward and back, left with Esc; training stays as it was."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.loss import LossPanel
from nnviz.gui.panels.samples import is_whole, known_step
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Unit, Weight
from nnviz.report.moment import MEAN
from tests.gui.hands import Opened, press
from tests.networks import standing


def trained(opened: Opened, name: str = "moons", steps: int = 12) -> Workbench:
    workbench = opened(name)
    session = workbench.controller.session
    assert session is not None
    session.advance_steps(steps)
    workbench.controller.refresh()
    return workbench


def typed(qtbot: QtBot, workbench: Workbench, values: tuple[str, ...]) -> None:
    """Types an example with the keyboard alone."""
    window = workbench.window
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    qtbot.keyClick(window, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    for text in values:
        field = QApplication.focusWidget()
        assert field is not None and workbench.trials.strip.isAncestorOf(field)
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Tab)


def test_an_example_is_typed_stepped_forward_and_back_and_left_with_esc(
    window: MainWindow, opened: Opened, qtbot: QtBot
) -> None:
    workbench = trained(opened)
    control, session = workbench.controller, workbench.controller.session
    assert session is not None
    before = standing(session)
    typed(qtbot, workbench, ("0.5", "-0.25"))
    strip, view = workbench.trials.strip, control.view
    assert view is not None and view.trial is not None and view.trial.inputs.tolist() == [0.5, -0.25]
    assert strip.isVisible() and not workbench.training_bar.isVisible()
    assert workbench.picture.drawing is not None and "your own example" in workbench.picture.drawing.caption
    for name, cursor in (("step", 1), ("phase", None), ("step", None), ("step_back", None)):
        press(qtbot, window, name)
        if cursor is not None:
            assert session.cursor == cursor
    loss_done = session.order.phase_end(0)
    assert session.cursor == loss_done and workbench.readout.loss.text() != "loss –"
    workbench.picture.setFocus()
    qtbot.keyClick(workbench.picture, Qt.Key.Key_Escape)
    assert session.trial is None and standing(session) == before
    assert not strip.isVisible() and workbench.training_bar.isVisible()


def test_the_picture_stays_where_it_is_when_the_strip_comes_and_goes(
    window: MainWindow, opened: Opened, qtbot: QtBot
) -> None:
    workbench = trained(opened)
    qtbot.wait(0)
    place = workbench.picture.geometry(), workbench.picture.mapTo(window, workbench.picture.rect().topLeft())
    workbench.trials.try_point(0.3, 0.4)
    qtbot.waitUntil(lambda: workbench.trials.strip.isVisible())
    QApplication.processEvents()
    assert (workbench.picture.geometry(), workbench.picture.mapTo(window, workbench.picture.rect().topLeft())) == place


def test_what_shows_an_example_says_that_it_is_ones_own(opened: Opened) -> None:
    workbench = trained(opened)
    workbench.trials.try_point(0.3, 0.4)
    view = workbench.controller.view
    assert view is not None and view.example_text == "your own example" and view.example_number is None
    assert workbench.example_selector.box.text() == "your own"
    assert not workbench.example_selector.isEnabled()
    assert workbench.example_selector.content.text().startswith("0.3, 0.4")
    assert view.raw_inputs.tolist() == [[0.3, 0.4]]
    for name in ("previous_example", "next_example", "batch_mean"):
        assert not workbench.window.commands[name].isEnabled()
    workbench.controller.choose_example(MEAN)
    assert workbench.controller.example == 0 and workbench.controller.view is view


def test_the_target_that_is_chosen_stays_for_the_examples_that_follow(opened: Opened, qtbot: QtBot) -> None:
    workbench = trained(opened)
    trials = workbench.trials
    trials.try_point(0.3, 0.4)
    choices = trials.strip.target.list
    assert choices.currentText().endswith("as the nearest example")
    choices.setFocus()
    qtbot.keyClick(choices, Qt.Key.Key_End)
    qtbot.keyClick(choices, Qt.Key.Key_Up)
    view = workbench.controller.view
    assert view is not None and view.trial is not None
    assert view.trial.is_chosen and view.trial.target.tolist() == [1.0]
    trials.try_point(0.1, 0.2)
    view = workbench.controller.view
    assert view is not None and view.trial is not None and view.trial.target.tolist() == [1.0]
    opened("xor")
    trials.try_point(0.1, 0.2)
    view = workbench.controller.view
    assert view is not None and view.trial is not None and not view.trial.is_chosen


def test_numbers_of_any_kind_are_a_target_where_there_are_no_classes(opened: Opened, qtbot: QtBot) -> None:
    workbench = trained(opened, "regression-sine", 3)
    workbench.trials.try_inputs(np.array([0.5]))
    field = workbench.trials.strip.target
    assert field.list.isHidden() and field.line.isVisible()
    assert field.line.placeholderText().endswith("as the nearest example")
    field.line.setFocus()
    qtbot.keyClicks(field.line, "0.75")
    qtbot.keyClick(field.line, Qt.Key.Key_Return)
    view = workbench.controller.view
    assert view is not None and view.trial is not None and view.trial.target.tolist() == [0.75]
    field.line.selectAll()
    qtbot.keyClick(field.line, Qt.Key.Key_Delete)
    qtbot.keyClick(field.line, Qt.Key.Key_Return)
    view = workbench.controller.view
    assert view is not None and view.trial is not None and not view.trial.is_chosen


def test_playing_ends_the_trial_and_goes_on_from_where_training_stood(opened: Opened, qtbot: QtBot) -> None:
    workbench = trained(opened)
    control = workbench.controller
    workbench.trials.try_point(0.3, 0.4)
    control.step()
    control.play()
    assert control.view is not None and control.view.trial is None
    qtbot.waitUntil(lambda: control.view is not None and control.view.updates_done > 12)
    control.pause()
    assert control.view is not None and control.view.trial is None
    control.play()
    workbench.trials.try_point(0.3, 0.4)
    assert not control.player.is_playing and control.view.trial is not None


def test_a_weight_that_is_dragged_shows_what_becomes_of_the_example(opened: Opened) -> None:
    workbench = trained(opened)
    control = workbench.controller
    workbench.trials.try_point(0.3, 0.4)
    control.phase()
    assert control.view is not None
    answered = control.view.moment.record.output(1)[0, 0]
    control.preview_parameter(Weight(1, 0, 0), 4.0)
    assert control.view.trial is not None and control.view.moment.record.output(1)[0, 0] != answered
    control.cancel_preview()
    assert control.view.moment.record.output(1)[0, 0] == answered
    control.set_parameter(Weight(1, 0, 0), 4.0)
    assert control.view.trial is not None and control.view.moment.record.output(1)[0, 0] != answered
    assert workbench.trials.strip.isVisibleTo(workbench.window) and workbench.readout.step.text() == "your own example"
    assert workbench.readout.epoch.text() == "" and workbench.readout.loss.text() != "loss –"
    control.undo()
    assert control.view.trial is not None and control.view.moment.record.output(1)[0, 0] == answered


def test_what_ends_an_example_unasked_says_so(opened: Opened, window: MainWindow, qtbot: QtBot) -> None:
    workbench = trained(opened)
    control, said = workbench.controller, []
    control.said.connect(said.append)
    for ending in (control.training_step, control.play):
        workbench.trials.try_point(0.3, 0.4)
        ending()
        qtbot.waitUntil(lambda: "Your own example is left" in window.statusBar().currentMessage())
        control.pause()
        window.statusBar().clearMessage()
    said.clear()
    workbench.trials.try_point(0.3, 0.4)
    workbench.trials.end()
    workbench.trials.try_point(0.3, 0.4)
    opened("xor")
    QApplication.processEvents()
    assert not said


def test_esc_leads_back_before_it_takes_the_selection_away(opened: Opened, qtbot: QtBot) -> None:
    workbench = trained(opened)
    control = workbench.controller
    control.select(Unit(1, 0))
    workbench.trials.try_point(0.3, 0.4)
    workbench.picture.setFocus()
    qtbot.keyClick(workbench.picture, Qt.Key.Key_Escape)
    assert control.view is not None and control.view.trial is None and control.selection == Unit(1, 0)
    qtbot.keyClick(workbench.picture, Qt.Key.Key_Escape)
    assert control.selection is None


@pytest.mark.parametrize("name", ["xor-maxout", "softmax-cross-entropy", "iris", "digits-784-16-16-10", "multi-label"])
def test_every_panel_shows_a_trial_at_every_moment(opened: Opened, qtbot: QtBot, name: str) -> None:
    workbench = trained(opened, name, 2)
    control = workbench.controller
    workbench.trials.begin()
    view = control.view
    assert view is not None
    if name.startswith("digits"):
        workbench.trials.try_inputs(view.raw_inputs[0])
    control.select(Unit(1, 0))
    for _ in range(4):
        view = control.view
        assert view is not None and view.trial is not None
        for panel_name, panel in workbench.docks.panels.items():
            if panel_name != "configuration":        # a form of settings, which are those of the training
                panel.show_view(view)
        control.phase()
    control.end_trial()


def test_an_example_that_is_refused_says_why_and_the_one_before_stays(opened: Opened) -> None:
    workbench = trained(opened)
    workbench.trials.try_point(0.3, 0.4)
    workbench.trials.try_inputs(np.array([np.nan, 1.0]))
    assert "finite" in workbench.window.strip.texts()["edit"]
    view = workbench.controller.view
    assert view is not None and view.trial is not None and view.trial.inputs.tolist() == [0.3, 0.4]


def test_surfaces_and_graphs_take_no_example(opened: Opened) -> None:
    for name in ("surface-saddle", "gate-product-sum"):
        workbench = opened(name)
        assert not workbench.window.commands["try_example"].isEnabled()
        assert not workbench.window.commands["end_trial"].isEnabled()


def plane_place(workbench: Workbench, across: float, down: float) -> QPoint:
    """A place of the decision surface in the picture."""
    picture = workbench.picture
    place = picture._arranged().plane
    assert place is not None
    return QPointF(*picture._transform.point(place.left + across * place.side, place.top + down * place.side)).toPoint()


def test_a_click_on_the_decision_surface_runs_that_point_and_a_drag_follows_live(
    opened: Opened, window: MainWindow, qtbot: QtBot
) -> None:
    workbench = trained(opened, "circle", 30)
    session, picture = workbench.controller.session, workbench.picture
    assert session is not None and picture.drawing is not None and picture.drawing.plane is not None
    before = standing(session)
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=plane_place(workbench, 0.25, 0.25))
    trial = session.trial
    assert trial is not None and trial.cursor == 0
    wanted = picture.drawing.plane.plane.point(0.25, 0.25)
    assert trial.inputs == pytest.approx(np.array(wanted), abs=0.1)
    press(qtbot, window, "phase")
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=plane_place(workbench, 0.25, 0.25))
    qtbot.mouseMove(picture, plane_place(workbench, 0.75, 0.5))
    first = session.trial
    qtbot.waitUntil(lambda: session.trial is not first)
    moved = session.trial
    assert moved is not None and moved.inputs[0] > trial.inputs[0] and moved.cursor == session.order.phase_end(0)
    assert [box.value() for box in workbench.trials.strip.boxes] == moved.inputs.tolist()
    qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=plane_place(workbench, 0.75, 0.5))
    picture.setFocus()
    qtbot.keyClick(picture, Qt.Key.Key_Escape)
    assert session.trial is None and standing(session) == before


def test_what_panels_keep_over_time_knows_nothing_of_a_trial(opened: Opened, qtbot: QtBot) -> None:
    workbench = trained(opened, "moons", 12)
    control, loss = workbench.controller, workbench.docks.panels["loss"]
    assert isinstance(loss, LossPanel) and control.view is not None
    kept, read = loss._samples.arrays(control.view)[1].tolist(), loss.read_step
    known = known_step(control.view)
    workbench.trials.try_point(0.3, 0.4)
    for _ in range(3):
        control.phase()
        assert control.view is not None
        for panel in workbench.docks.panels.values():
            panel.collect(control.view)
        assert known_step(control.view) == known and not is_whole(control.view)
    assert control.view.moment.is_complete
    assert loss._samples.arrays(control.view)[1].tolist() == kept and loss.read_step == read
    control.end_trial()
    assert loss._samples.arrays(control.view)[1].tolist() == kept


def test_updates_that_are_shown_are_said_to_be_lost_and_no_table_of_them_is_offered(
    opened: Opened, window: MainWindow
) -> None:
    workbench = trained(opened)
    workbench.trials.try_point(0.3, 0.4)
    answer = workbench.trials.strip.answer
    for _ in range(2):
        workbench.controller.phase()
        assert "kept" not in answer.text()
    workbench.controller.step()
    assert "none is kept" in answer.text()
    workbench.docks.panels["trace"].export_requested.emit("trace")
    assert "not of your own example" in window.statusBar().currentMessage()
    workbench.controller.phase()
    workbench.controller.step()
    assert "Esc leads back" in window.statusBar().currentMessage()
