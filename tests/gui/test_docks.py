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


class Docked:
    """All panels around an empty picture, and which of those at the bottom is in front."""

    def __init__(self, qtbot: QtBot, width: int = 1280, layout: str = "", front: str = "gradients") -> None:
        self.qtbot, self.window = qtbot, QMainWindow()
        qtbot.addWidget(self.window)
        self.window.setCentralWidget(QWidget())
        self.docks = PanelDocks(self.window, DARK)
        self.docks.create(PANELS)
        assert self.docks.restore_layout(layout) == bool(layout)
        self.docks.set_showing(True)
        self.window.resize(width, 800)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.wait_for(front)

    def front(self) -> list[str]:
        return [name for name, panel in self.docks.panels.items()
                if panel.area == "bottom" and not self.docks.docks[name].visibleRegion().isEmpty()]

    def wait_for(self, name: str) -> None:
        """Until `name` is in front, and still so when everything else has happened."""
        self.qtbot.waitUntil(lambda: self.front() == [name])
        self.qtbot.wait(30)
        assert self.front() == [name]

    def bring(self, *names: str) -> None:
        for name in names:
            self.docks.bring(name)
            self.wait_for(name)

    def close(self, name: str) -> None:
        title = self.docks.docks[name].titleBarWidget()
        button = next(button for button in title.findChildren(QToolButton) if "Close" in button.accessibleName())
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_closing_a_panel_brings_back_the_one_that_was_in_front_before_it(qtbot: QtBot) -> None:
    docked = Docked(qtbot)
    docked.bring("trace", "lifts", "activations", "trace", "paths")
    docked.close("paths")
    docked.wait_for("trace")
    docked.docks.docks["trace"].toggleViewAction().trigger()
    docked.wait_for("activations")
    docked.docks.docks["data"].toggleViewAction().trigger()      # one behind: who is in front stays there
    docked.wait_for("activations")
    docked.docks.docks["lifts"].toggleViewAction().trigger()
    docked.close("activations")
    docked.wait_for("gradients")


def test_the_panel_in_front_stays_so_past_the_gallery_and_beside_those_that_made_way(qtbot: QtBot) -> None:
    docked = Docked(qtbot, width=700)
    docks, window = docked.docks, docked.window
    window.tabifyDockWidget(docks.docks["inspector"], docks.docks["loss"])
    for name in ("loss", "inspector"):
        docks.bring(name)
        qtbot.waitUntil(lambda name=name: not docks.docks[name].visibleRegion().isEmpty())
    docked.bring("lifts", "trace")
    docks.bring("configuration")
    qtbot.waitUntil(docks.docks["inspector"].isHidden)
    qtbot.waitUntil(docks.docks["loss"].isHidden)
    docks.docks["configuration"].close()
    qtbot.waitUntil(lambda: not docks.docks["inspector"].visibleRegion().isEmpty())
    qtbot.wait(30)
    assert docks.docks["loss"].visibleRegion().isEmpty() and docked.front() == ["trace"]
    docks.set_showing(False)
    docks.set_showing(True)
    docked.wait_for("trace")
    docked.close("trace")
    docked.wait_for("lifts")


def test_another_layout_begins_with_its_own_panel_in_front(qtbot: QtBot) -> None:
    docked = Docked(qtbot)
    docked.bring("lifts", "by_hand")
    layout = docked.docks.save_layout()
    docked.bring("paths", "check")
    docked.docks.reset_layout()
    docked.wait_for("gradients")
    docked.bring("trace")
    docked.close("trace")
    docked.wait_for("gradients")
    assert docked.docks.restore_layout(layout)
    docked.wait_for("by_hand")
    Docked(qtbot, layout=layout, front="by_hand")
    assert not docked.docks.restore_layout("nonsense")
    docked.bring("trace")
    docked.close("trace")
    docked.wait_for("by_hand")
