"""The frame of the window: its size, its bars, its messages and the room of its panels, whatever the text size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QToolBar
from pytestqt.qtbot import QtBot

from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.gradients import GradientsPanel
from nnviz.gui.panels.loss import LossPanel
from nnviz.gui.theme_apply import apply_theme
from tests.gui.hands import Opened, press

LONG = "own.csv: there is no such file. It is looked for in the folder of the network, and nowhere else. " * 2


@pytest.fixture(autouse=True)
def ordinary_text(window: MainWindow, qapp: QApplication) -> Iterator[None]:
    yield
    window.settings.change(text_size=100)
    apply_theme(qapp, window.theme, 100)
    window.resize(1280, 776)


def places(window: MainWindow) -> dict[str, QPoint]:
    QApplication.processEvents()
    return {bar.objectName(): bar.mapTo(window, QPoint()) for bar in window.findChildren(QToolBar) if bar.isVisible()}


@pytest.mark.parametrize("width", [1000, 1900])
def test_reset_layout_leaves_every_bar_where_it_was_at_first(
    window: MainWindow, opened: Opened, width: int
) -> None:
    opened("xor")
    window.resize(width, 776)
    first = places(window)
    assert first["toolbar window"].y() < window.menuBar().height()
    for _ in range(2):
        window.commands["reset_layout"].trigger()
        assert places(window) == first


def test_leaving_full_screen_returns_to_a_maximised_window(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    opened("xor")
    window.showMaximized()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isMaximized() and not window.isFullScreen()
    window.showNormal()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert not window.isMaximized() and not window.isFullScreen()


def test_the_window_never_grows_by_itself(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    window.settings.change(text_size=160)
    window.resize(1276, 776)
    for name in ("mazur-2-2-2", "iris"):
        workbench = opened(name)
        for key in "abc":
            window.strip.show_message(key, LONG, "error")
            QApplication.processEvents()
        for dock in workbench.docks.docks.values():
            dock.show()
            QApplication.processEvents()
        assert (window.width(), window.height()) == (1276, 776)
        workbench.docks.reset_layout()


def test_a_message_does_not_move_the_picture(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    picture = opened("mazur-2-2-2").picture
    before = picture.size()
    window.strip.show_message("a", "99 rows written.", "info")
    qtbot.waitUntil(window.strip.isVisible)
    assert picture.size() == before
    assert window.strip.geometry().bottom() == window.workbench.timeline.geometry().top() - 1
    assert window.strip.message("a").height() >= window.strip.message("a").minimumSizeHint().height()


def test_information_goes_with_the_next_command_and_what_is_wrong_stays(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    opened("xor")
    window.strip.show_message("export", "99 rows written.", "info")
    window.strip.show_message("save", "There is no room on the disc.", "error")
    press(qtbot, window, "training_step")
    assert set(window.strip.texts()) == {"save"}


def test_saving_says_so(window: MainWindow, opened: Opened, tmp_path: Path) -> None:
    workbench = opened("xor")
    workbench.controller.path = tmp_path / "own.json"
    window.commands["save"].trigger()
    assert "own.json" in window.statusBar().currentMessage() and not window.strip.texts()


def test_status_bar_and_inspector_name_the_same_step(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    for command in ("training_step", "training_step", "step", "step_back", "step_back", "step"):
        press(qtbot, window, command)
        step = workbench.docks.panels["inspector"].value_label("step").text().partition(",")[0]
        assert workbench.readout.step.text() == f"step {step}"


def test_panels_have_their_room_again_when_the_text_is_as_before(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor")
    window.resize(1900, 1000)
    window.commands["reset_layout"].trigger()
    QApplication.processEvents()
    docks = [workbench.docks.docks[name] for name in ("inspector", "loss", "gradients")]
    before = [dock.height() for dock in docks]
    window.settings.change(text_size=160)
    QApplication.processEvents()
    window.settings.change(text_size=100)
    qtbot.waitUntil(lambda: [dock.height() for dock in docks] == pytest.approx(before, abs=6))


def test_predictions_open_as_high_as_they_need(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("iris")
    window.resize(1900, 1000)
    dock = workbench.docks.docks["predictions"]
    dock.toggleViewAction().trigger()
    line = dock.fontMetrics().lineSpacing()
    qtbot.waitUntil(lambda: dock.height() >= 18 * line)
    dock.toggleViewAction().trigger()


def test_another_network_begins_at_its_first_parameter(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("iris")
    panel = workbench.docks.panels["gradients"]
    assert isinstance(panel, GradientsPanel)
    workbench.docks.docks["gradients"].raise_()
    qtbot.waitUntil(lambda: panel.table.verticalScrollBar().maximum() > 0)
    panel.table.scrollToBottom()
    opened("xor")
    assert panel.table.verticalScrollBar().value() == 0


def test_a_low_loss_panel_keeps_its_curve_and_its_numbers(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    window.settings.change(text_size=160)
    window.resize(1276, 776)
    workbench = opened("iris")
    workbench.controller.do(lambda session: session.advance_steps(20))
    panel = workbench.docks.panels["loss"]
    assert isinstance(panel, LossPanel)
    qtbot.waitUntil(lambda: panel.plot.isVisible() and panel.heading.isHidden())
    assert panel.plot.height() >= 4 * panel.plot.fontMetrics().height() * 0.8
    qtbot.waitUntil(lambda: all(not text.is_elided for _, text in panel.legend._entries))


def test_a_small_slip_beside_an_edge_leaves_the_picture_where_it_is(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    picture = opened("mazur-2-2-2").picture
    at = QPoint(4, 200)
    qtbot.mouseMove(picture, at)
    qtbot.waitUntil(lambda: not picture._ticker.isActive())       # buttons at the heads of layers are there now
    before = picture.grab().toImage()
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(picture, at + QPoint(0, 9))
    qtbot.mouseMove(picture, at + QPoint(0, -12))
    qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=at + QPoint(0, -12))
    qtbot.mouseMove(picture, at)
    assert picture.grab().toImage() == before
