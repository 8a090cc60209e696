"""Data by hand in the whole window: the action, the edits, what is said, and that training goes on."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.data import DataPanel
from nnviz.gui.workbench import Workbench
from nnviz.session.example_rows import ExampleRows, is_by_hand
from tests.gui.hands import Opened


def _panel(window: MainWindow, workbench: Workbench, qtbot: QtBot) -> DataPanel:
    QTest.keySequence(window, "Ctrl+Shift+D")
    panel = workbench.docks.panels["data"]
    assert isinstance(panel, DataPanel)
    qtbot.waitUntil(panel.plane.hasFocus)       # so that its keys work at once
    return panel


def test_the_key_brings_the_panel_and_a_click_is_one_undoable_edit(
    window: MainWindow, opened: Opened, qtbot: QtBot
) -> None:
    workbench = opened("circle")
    session = workbench.controller.session
    assert session is not None
    panel = _panel(window, workbench, qtbot)
    before, examples = session.document.to_bytes(), len(ExampleRows.of(session.segment.data))
    qtbot.mouseClick(panel.plane, Qt.MouseButton.LeftButton, pos=panel.plane.frame.room.center().toPoint())
    assert is_by_hand(session.document) and len(ExampleRows.of(session.segment.data)) == examples + 1
    assert any("The examples are now your own" in text for text in window.strip.texts().values())
    assert workbench.controller.undo_label == "add an example"
    panel.plane.setFocus()
    QTest.keySequence(window, "Ctrl+Z")
    assert session.document.to_bytes() == before and len(panel.plane.rows or ()) == examples


def test_training_that_plays_goes_on_through_a_spray(window: MainWindow, opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("circle")
    control = workbench.controller
    panel = _panel(window, workbench, qtbot)
    window.settings.change(play_speed="full")
    control.play()
    qtbot.waitUntil(lambda: control.view is not None and control.view.updates_done > 50)
    panel.tools.tool_buttons["spray"].click()
    at = panel.plane.frame.room.center().toPoint()
    qtbot.mousePress(panel.plane, Qt.MouseButton.LeftButton, pos=at)
    for step in range(5):
        qtbot.mouseMove(panel.plane, at + at * 0.03 * step)
    qtbot.mouseRelease(panel.plane, Qt.MouseButton.LeftButton, pos=at)
    assert control.player.is_playing
    done = control.view.updates_done if control.view is not None else 0
    qtbot.waitUntil(lambda: control.view is not None and control.view.updates_done > done + 20)
    control.pause()
    session = control.session
    assert session is not None and is_by_hand(session.document) and len(session.undo_list) == 1
    panel.tools.tool_buttons["add"].click()


def test_a_file_stays_as_it_is_when_its_examples_are_edited(
    window: MainWindow, opened: Opened, qtbot: QtBot, tmp_path
) -> None:
    workbench = opened("xor")
    session = workbench.controller.session
    assert session is not None
    file = tmp_path / "points.csv"
    file.write_text("a,b,t\n0,0,0\n0,2,1\n2,0,1\n2,2,0\n")
    before = file.read_bytes()
    workbench.edits.make({"data": {"csv": str(file), "targets": ["t"]}}, "file")
    panel = _panel(window, workbench, qtbot)
    assert "Read from a file" in panel.origin.text()
    qtbot.mouseClick(panel.plane, Qt.MouseButton.RightButton, pos=panel.plane.place_of(2).toPoint())
    assert is_by_hand(session.document) and np.array_equal(session.segment.data.inputs, [[0, 0], [0, 2], [2, 2]])
    assert any("the file stays as it is" in text for text in window.strip.texts().values())
    assert file.read_bytes() == before
    workbench.controller.undo()
    assert session.document.data.file is not None and len(panel.plane.rows or ()) == 4


def test_a_panel_that_is_not_seen_makes_no_rows(window: MainWindow, opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("circle")
    panel = _panel(window, workbench, qtbot)
    workbench.docks.bring("gradients")
    qtbot.waitUntil(lambda: not panel.plane.isVisible() or panel.visibleRegion().isEmpty())
    rows = panel.plane.rows
    workbench.edits.make({"data.noise": 0.5}, "noise")
    assert panel.plane.rows is rows
    workbench.docks.bring("data")
    assert panel.plane.rows is not rows
