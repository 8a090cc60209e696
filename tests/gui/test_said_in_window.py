"""What the window says about the step that is shown stays true, and stays there, while hands and training go on."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QStatusTipEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.gui import speeds
from nnviz.gui.main_window import MainWindow
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Weight
from tests.gui.hands import Opened


def shown_step(workbench: Workbench) -> int:
    view = workbench.controller.view
    return 0 if view is None else view.updates_done


def within_a_pass(workbench: Workbench) -> bool:
    view = workbench.controller.view
    return view is not None and not view.moment.is_complete


def test_a_step_that_changes_nothing_is_said_until_something_else_is_shown(
    window: MainWindow, opened: Opened
) -> None:
    workbench = opened("zero-initialisation")
    workbench.controller.training_step()
    assert "nothing more" in workbench.standstill.text() and workbench.standstill.isVisible()
    for tip in ("what the button under the pointer does", ""):
        QApplication.sendEvent(window, QStatusTipEvent(tip))
        assert "nothing more" in workbench.standstill.text() and workbench.standstill.isVisible()
    workbench.controller.reset()
    assert not workbench.standstill.isVisible()


@pytest.mark.parametrize("speed", list(speeds.TABLE))
def test_that_nothing_more_can_be_learnt_is_said_while_it_plays(
    qtbot: QtBot, window: MainWindow, opened: Opened, speed: str
) -> None:
    window.settings.change(play_speed=speed)
    workbench = opened("zero-initialisation")
    workbench.controller.training_step()
    workbench.controller.play()
    slow_motion = speeds.TABLE[speed].is_slow_motion
    qtbot.waitUntil(lambda: shown_step(workbench) > 1 or (slow_motion and within_a_pass(workbench)))
    qtbot.waitUntil(lambda: "nothing more" in workbench.standstill.text() and workbench.standstill.isVisible())
    assert workbench.controller.player.is_playing
    workbench.controller.pause()
    assert workbench.standstill.isVisible()


def test_what_is_said_within_the_next_pass_ends_with_an_edit(window: MainWindow, opened: Opened) -> None:
    workbench = opened("zero-initialisation")
    control = workbench.controller
    control.step()
    assert not workbench.standstill.isVisible()
    control.training_step()
    for _ in range(3):
        control.step()
        assert "nothing more" in workbench.standstill.text()
    control.preview_parameter(Weight(2, 0, 0), 0.7)
    assert not workbench.standstill.isVisible()
    control.cancel_preview()
    assert workbench.standstill.isVisible()
    control.set_parameter(Weight(2, 0, 0), 0.7)
    assert not workbench.standstill.isVisible()
    control.undo()
    assert workbench.standstill.isVisible()


def test_the_tooltip_keeps_the_last_update_until_the_next_one(opened: Opened) -> None:
    workbench, element = opened("mazur-2-2-2"), Weight(2, 0, 0)
    describe, control = workbench.picture.describe, workbench.controller
    assert describe is not None
    assert describe(element).endswith("last update  –")
    control.training_step()
    update = describe(element).rpartition("last update  ")[2]
    control.step()
    assert describe(element).endswith(f"last update  {update}, in step 1")
    control.preview_parameter(element, 0.7)
    assert describe(element).endswith(f"last update  {update}, in step 1")
