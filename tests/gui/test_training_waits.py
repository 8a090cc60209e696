"""Training that plays waits for every dialog and goes on afterwards; what ends the playing says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs import unsaved
from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.check import CheckPanel
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Weight
from nnviz.session.examples import open_example
from tests.gui.hands import Opened

PAUSED = "Training is paused; Play goes on from here."
COMMANDS_WITH_DIALOGS = ("new", "optimiser", "schedule", "export_tables", "export_picture", "preferences", "about")


def playing(qtbot: QtBot, opened: Opened, name: str = "spiral") -> Workbench:
    workbench = opened(name)
    workbench.controller.play()
    qtbot.waitUntil(lambda: _done(workbench) > 5, timeout=20_000)
    return workbench


def _done(workbench: Workbench) -> int:
    view = workbench.controller.view
    return 0 if view is None else view.updates_done


def answer_soon(seen: list[bool], workbench: Workbench, accept: bool = False) -> None:
    """Closes the next dialog once it stands there, and notes whether training played meanwhile."""

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog):
            QTimer.singleShot(20, answer)
            return
        seen.append(workbench.controller.player.is_playing)
        dialog.accept() if accept else dialog.reject()

    QTimer.singleShot(20, answer)


@pytest.mark.parametrize("name", COMMANDS_WITH_DIALOGS)
def test_training_waits_while_a_dialog_is_open_and_goes_on_when_it_is_cancelled(
    qtbot: QtBot, window: MainWindow, opened: Opened, name: str
) -> None:
    workbench = playing(qtbot, opened)
    seen: list[bool] = []
    answer_soon(seen, workbench)
    window.commands[name].trigger()
    assert seen == [False]
    assert workbench.controller.player.is_playing


def test_closing_the_window_holds_training_and_cancel_lets_it_go_on(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = playing(qtbot, opened)
    workbench.controller.set_parameter(Weight(1, 0, 0), 0.5)
    workbench.documents.ask_unsaved = unsaved.ask
    seen: list[bool] = []
    answer_soon(seen, workbench)
    assert not window.close()
    assert seen == [False] and workbench.controller.player.is_playing
    workbench.documents.ask_unsaved = lambda *_: "discard"


def test_training_does_not_go_on_in_a_network_that_a_dialog_has_opened(
    qtbot: QtBot, window: MainWindow, opened: Opened, tmp_path: Path
) -> None:
    workbench = playing(qtbot, opened)
    with workbench.controller.held():
        workbench.controller.open(open_example("xor"), None, "xor")
    assert not workbench.controller.player.is_playing and _done(workbench) == 0


def test_a_dialog_over_a_dialog_holds_training_until_both_are_closed(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    control = playing(qtbot, opened).controller
    control.hold()
    control.hold()
    control.release()
    assert not control.player.is_playing
    control.release()
    assert control.player.is_playing


def test_training_that_stood_still_stands_still_after_a_dialog(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor")
    answer_soon([], workbench)
    window.commands["about"].trigger()
    assert not workbench.controller.player.is_playing


def test_a_refused_reset_lets_training_go_on(
    qtbot: QtBot, window: MainWindow, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = playing(qtbot, opened)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: QMessageBox.StandardButton.Cancel)
    workbench.edits.make({"seed": 7}, "seed 7")
    assert workbench.controller.player.is_playing


@pytest.mark.parametrize("name", ["undo", "step_back", "training_step", "reset", "check_gradients"])
def test_what_ends_the_playing_says_so(qtbot: QtBot, window: MainWindow, opened: Opened, name: str) -> None:
    workbench = opened("spiral")
    workbench.controller.set_parameter(Weight(1, 0, 0), 0.5)
    workbench.controller.play()
    qtbot.waitUntil(lambda: _done(workbench) > 5, timeout=20_000)
    workbench.commands[name]()
    assert not workbench.controller.player.is_playing
    assert window.statusBar().currentMessage() == PAUSED
    if name == "check_gradients":
        check = workbench.docks.panels["check"]
        assert isinstance(check, CheckPanel)
        qtbot.waitUntil(check.button.isEnabled)


def test_pausing_by_the_play_button_needs_no_words(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    control = playing(qtbot, opened).controller
    window.commands["play"].trigger()
    assert not control.player.is_playing
    assert window.statusBar().currentMessage() != PAUSED


@pytest.mark.parametrize("cancelled", [False, True])
def test_training_goes_on_when_a_weight_has_been_dragged(
    qtbot: QtBot, window: MainWindow, opened: Opened, cancelled: bool
) -> None:
    workbench = playing(qtbot, opened, "mazur-2-2-2")
    picture = workbench.picture
    start = picture.point_of(Weight(2, 0, 0)).toPoint()
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(picture, start - QPoint(0, 30))
    qtbot.waitUntil(lambda: not workbench.controller.player.is_playing)
    if cancelled:
        qtbot.keyClick(picture, Qt.Key.Key_Escape)
    qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 30))
    assert workbench.controller.player.is_playing
