"""Panels that are taken out of the window stay where they can be seen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from nnviz.gui.docks import PanelDocks, within
from nnviz.gui.panels import PANELS
from nnviz.gui.theme import DARK
from nnviz.gui.theme_apply import apply_theme

SCREEN = QRect(0, 0, 1280, 800)


@pytest.mark.parametrize(("place", "expected"), [
    (QRect(100, 100, 300, 200), QRect(100, 100, 300, 200)),
    (QRect(-36, 700, 900, 180), QRect(0, 620, 900, 180)),
    (QRect(1200, -50, 300, 200), QRect(980, 0, 300, 200)),
    (QRect(50, 50, 1900, 900), QRect(0, 0, 1280, 800)),
])
def test_a_place_is_brought_onto_the_screen(place: QRect, expected: QRect) -> None:
    assert within(place, SCREEN) == expected


def test_a_panel_taken_out_of_the_window_lies_on_the_screen_and_has_a_frame(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, DARK)
    window = QMainWindow()
    qtbot.addWidget(window)
    docks = PanelDocks(window, DARK)
    docks.create(PANELS)
    docks.set_showing(True)
    screen = QGuiApplication.primaryScreen().availableGeometry()
    window.setGeometry(screen)
    with qtbot.waitExposed(window):
        window.show()
    dock = docks.docks["activations"]
    dock.raise_()
    title = dock.titleBarWidget()
    button = next(button for button in title.findChildren(QToolButton) if "out of" in button.accessibleName())
    qtbot.waitUntil(button.isVisible)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dock.isFloating()
    assert screen.contains(dock.geometry())
    image = dock.grab().toImage()
    middle = QPoint(image.width() // 2, image.height() // 2)
    edges = {image.pixelColor(x, y).name() for x, y in (
        (0, middle.y()), (image.width() - 1, middle.y()), (middle.x(), 0), (middle.x(), image.height() - 1))}
    assert len(edges) == 1 and edges != {QColor(DARK.window).name()}
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not dock.isFloating()


def test_a_closed_panel_gives_back_the_height_it_was_given_and_no_other(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    docks = PanelDocks(window, DARK)
    docks.create(PANELS)
    docks.set_showing(True)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    at = docks.docks["gradients"]
    qtbot.waitUntil(lambda: bool(window.tabifiedDockWidgets(at)))
    at.raise_()
    window.resizeDocks([at], [190], Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: at.height() < 200)
    before = at.height()

    def front() -> QDockWidget:
        group = (at, *window.tabifiedDockWidgets(at))
        return next((dock for dock in group if not dock.visibleRegion().isEmpty()), docks.docks["data"])

    docks.bring("data")
    qtbot.waitUntil(lambda: docks.docks["data"].height() > before + 50)
    qtbot.wait(0)
    docks.docks["data"].close()
    qtbot.waitUntil(lambda: front().height() == before)
    docks.bring("data")
    qtbot.waitUntil(lambda: docks.docks["data"].height() > before + 50)
    qtbot.wait(0)
    window.resizeDocks([docks.docks["data"]], [250], Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: docks.docks["data"].height() < 260)
    by_hand = docks.docks["data"].height()
    docks.docks["data"].close()
    qtbot.waitUntil(lambda: front() is not docks.docks["data"])
    qtbot.wait(0)
    assert front().height() == by_hand


def test_a_tab_that_is_chosen_for_the_first_time_gets_the_height_its_panel_would_like(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    docks = PanelDocks(window, DARK)
    docks.create(PANELS)
    docks.set_showing(True)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: bool(window.tabifiedDockWidgets(docks.docks["gradients"])))
    bar = next(bar for bar in window.findChildren(QTabBar) if bar.isVisible())
    window.resizeDocks([docks.docks["gradients"]], [150], Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: docks.docks["gradients"].height() < 200)

    def choose(name: str) -> None:
        title = docks.docks[name].windowTitle()
        place = next(place for place in range(bar.count()) if bar.tabText(place) == title)
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(place).center())

    choose("trace")
    panel = docks.panels["trace"]
    wanted = panel.wanted_lines * panel.fontMetrics().lineSpacing()
    qtbot.waitUntil(lambda: docks.docks["trace"].height() >= wanted)
    choose("gradients")
    window.resizeDocks([docks.docks["gradients"]], [150], Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: docks.docks["gradients"].height() < 200)
    choose("trace")
    qtbot.wait(0)
    assert docks.docks["trace"].height() < 200, "the second time it has what its user gave it"
