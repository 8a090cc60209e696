"""The form of all settings in the window: brought up by a key, edits while training plays, the question before a reset.
"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs import unsaved
from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.configuration import ConfigurationPanel
from nnviz.gui.workbench import Workbench
from tests.gui.hands import Opened


def configure(workbench: Workbench, qtbot: QtBot) -> ConfigurationPanel:
    """Brings the form up by its key."""
    qtbot.keyClick(workbench.window, Qt.Key.Key_F3)
    panel = workbench.docks.panels["configuration"]
    assert isinstance(panel, ConfigurationPanel)
    qtbot.waitUntil(panel.isVisible)
    qtbot.waitUntil(panel.search.line.hasFocus)
    return panel


def enter(panel: ConfigurationPanel, qtbot: QtBot, path: str, text: str) -> None:
    box = panel.rows()[path].editor.control
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


def test_an_edit_is_undone_and_redone_and_the_bar_and_the_form_follow(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    panel = configure(workbench, qtbot)
    enter(panel, qtbot, "optimiser.learning_rate", "0.25")
    assert workbench.training_bar.learning_rate.text() == "0.25"
    assert workbench.window.commands["undo"].text().endswith("learning rate 0.25")
    workbench.window.commands["undo"].trigger()
    box = panel.rows()["optimiser.learning_rate"].editor.control
    assert box.text() == "1"
    workbench.window.commands["redo"].trigger()
    assert box.text() == "0.25"
    workbench.training_bar.learning_rate.value_chosen.emit(0.125)
    assert box.text() == "0.125"


def test_training_that_plays_goes_on_after_an_edit(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    panel = configure(workbench, qtbot)
    workbench.window.commands["play"].trigger()
    qtbot.waitUntil(lambda: workbench.controller.view.updates_done > 5, timeout=10_000)
    enter(panel, qtbot, "optimiser.learning_rate", "0.25")
    assert workbench.controller.view.document.learning_rate == 0.25
    qtbot.waitUntil(lambda: workbench.controller.view.playing, timeout=10_000)
    before = workbench.controller.view.updates_done
    qtbot.waitUntil(lambda: workbench.controller.view.updates_done > before, timeout=10_000)
    workbench.controller.pause()


@pytest.mark.parametrize("agrees", [True, False])
def test_a_reset_is_asked_about_first(opened: Opened, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, agrees: bool
                                      ) -> None:
    workbench = opened("xor")
    panel = configure(workbench, qtbot)
    workbench.controller.training_step()
    asked: list[str] = []

    def answer(parent: MainWindow, reason: str) -> unsaved.ResetAnswer:
        asked.append(reason)
        return unsaved.ResetAnswer(agrees, True)

    monkeypatch.setattr(unsaved, "confirm_reset", answer)
    enter(panel, qtbot, "seed", "77")
    assert asked == ["another seed means another start"]
    assert workbench.controller.session.document.seed == (77 if agrees else 0)
    assert panel.rows()["seed"].editor.control.text() == ("77" if agrees else "0")


def test_units_are_added_in_the_window_and_what_was_learned_stays(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    panel = configure(workbench, qtbot)
    workbench.controller.training_step()
    enter(panel, qtbot, "layers.0.units", "7")
    session = workbench.controller.session
    assert session.document.network.sizes == (2, 7, 1) and session.updates_done == 1
    assert workbench.window.commands["undo"].text().endswith("hidden layer: Units 7")
    workbench.window.commands["undo"].trigger()
    assert panel.rows()["layers.0.units"].editor.control.text() == "5"


def test_a_layer_is_added_in_the_window_and_training_goes_on_or_is_asked_about(
    opened: Opened, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = opened("xor")
    panel, session = configure(workbench, qtbot), workbench.controller.session
    workbench.controller.training_step()
    add = panel.layers_box.add
    add.setFocus()
    qtbot.keyClick(add, Qt.Key.Key_Space)
    assert session.document.network.sizes == (2, 5, 5, 1) and session.updates_done == 1
    panel.layers_box.keep.setChecked(False)
    assert not workbench.settings.flag("keep_learned")
    monkeypatch.setattr(unsaved, "confirm_reset", lambda parent, reason: unsaved.ResetAnswer(False, True))
    qtbot.keyClick(add, Qt.Key.Key_Space)
    assert session.document.network.sizes == (2, 5, 5, 1)
    monkeypatch.setattr(unsaved, "confirm_reset", lambda parent, reason: unsaved.ResetAnswer(True, True))
    qtbot.keyClick(add, Qt.Key.Key_Space)
    assert len(session.document.network.layers) == 4 and session.updates_done == 0


def test_another_network_is_another_form_and_forgets_what_was_collected(opened: Opened, qtbot: QtBot) -> None:
    panel = configure(opened("xor"), qtbot)
    panel.foot.collect.setChecked(True)
    enter(panel, qtbot, "seed", "9")
    workbench = opened("surface-ravine")
    assert len(panel.collected) == 0 and panel.shown is workbench.controller.view.document
    assert "seed" not in panel.rows() and "noise" in panel.rows()
    panel.foot.collect.setChecked(False)


def test_a_hidden_form_is_not_refreshed(opened: Opened, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    workbench = opened("xor")
    panel = configure(workbench, qtbot)
    workbench.docks.docks["configuration"].hide()
    monkeypatch.setattr(panel, "refresh", lambda view: pytest.fail("refreshed while hidden"))
    workbench.controller.edit({"batch_size": 2}, "batch size 2")
    workbench.controller.training_step()
