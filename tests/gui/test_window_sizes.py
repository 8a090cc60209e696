"""A window of 1024 × 640 has room for everything; with two device pixels to a pixel it shows the same, sharper."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QSpinBox, QToolBar, QWidget
from pytestqt.qtbot import QtBot

from nnviz.gui.canvas import Canvas
from nnviz.gui.docks import SETTLED
from nnviz.gui.gate_resolving import graph_after
from nnviz.gui.gate_view import GateView
from nnviz.gui.main_window import MainWindow
from nnviz.gui.network_view import NetworkView
from nnviz.gui.panels.drawing_pad import DrawingPadPanel
from nnviz.gui.resolving import drawing_after
from nnviz.gui.surface_resolving import surface_after
from nnviz.gui.surface_view import SurfaceView
from nnviz.gui.theme import THEMES, Theme
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Unit
from nnviz.session.examples import open_example
from tests.gui.drawings import dense, mazur
from tests.gui.golden_pictures import MOST_IN_A_BLOCK, difference, pixels_of
from tests.gui.hands import Opened

SIZE = QSize(700, 460)


def network(name: str) -> Callable[[Theme], Canvas]:
    def made(theme: Theme) -> Canvas:
        view = NetworkView(theme)
        view.set_drawing(drawing_after(open_example(name), 5)[0])
        return view
    return made


def arrays(drawing: object, zoom: float = 1.0) -> Callable[[Theme], Canvas]:
    def made(theme: Theme) -> Canvas:
        view = NetworkView(theme)
        view.resize(SIZE)
        view.set_drawing(drawing)                # type: ignore[arg-type]  # a Drawing
        view.set_selected(Unit(1, 0))
        view.zoom_by(zoom)
        return view
    return made


def graph(theme: Theme) -> Canvas:
    view = GateView(theme)
    view.set_drawing(graph_after(open_example("gate-sigmoid-neuron"), 1)[0])
    return view


def surface(theme: Theme) -> Canvas:
    view = SurfaceView(theme)
    view.set_drawing(surface_after(open_example("surface-ravine"), 12)[0])
    return view


# Not of thousands of edges: these are one device pixel wide everywhere, and so half as wide there.
VIEWS: dict[str, Callable[[Theme], Canvas]] = {
    "discs": arrays(mazur()), "near by": arrays(mazur(), 3.0), "capsules": arrays(dense(3, 6, 5, 2)),
    "heat maps": network("circle"), "graph": graph, "surface": surface,
}


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", VIEWS)
def test_with_two_device_pixels_to_a_pixel_everything_stands_where_it_stood_and_is_sharper(
    kind: str, theme: str
) -> None:
    view = VIEWS[kind](THEMES[theme])
    view.resize(SIZE)
    once, twice = view.render_picture(ratio=1.0), view.render_picture(ratio=2.0)
    assert twice.size() == 2 * SIZE and twice.devicePixelRatio() == 2.0
    twice.setDevicePixelRatio(1.0)
    small = pixels_of(twice.scaled(SIZE, Qt.AspectRatioMode.IgnoreAspectRatio,
                                   Qt.TransformationMode.SmoothTransformation))
    assert difference(pixels_of(once), small).in_a_block < 1.6 * MOST_IN_A_BLOCK       # thin lines are thinner there
    enlarged = once.scaled(2 * SIZE, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    assert _edges(pixels_of(twice)) > 1.15 * _edges(pixels_of(enlarged))


def _edges(pixels: np.ndarray) -> float:
    """How steep a picture is, pixel to pixel: blurred ones are not."""
    grey = pixels.astype(np.float64).sum(axis=2)
    return float((np.diff(grey, axis=0)[:, 1:] ** 2 + np.diff(grey, axis=1)[1:] ** 2).mean())


@pytest.fixture
def small(window: MainWindow, opened: Opened, qtbot: QtBot) -> Iterator[Opened]:
    """Opens an example in a window of 1024 × 640, which afterwards is as large as it was."""
    before = window.size()

    def open_small(name: str) -> Workbench:
        workbench = opened(name)
        window.resize(1024, 640)
        qtbot.waitUntil(lambda: window.size() == QSize(1024, 640))
        return workbench

    yield open_small
    window.resize(before)


@pytest.mark.parametrize("name", ["mazur-2-2-2", "circle", "digits-784-16-16-10", "surface-ravine",
                                  "gate-sigmoid-neuron"])
def test_a_window_of_1024_by_640_cuts_nothing_off(small: Opened, qtbot: QtBot, name: str) -> None:
    workbench = small(name)
    window, before = workbench.window, workbench.window.size()
    qtbot.waitUntil(lambda: [bar for bar in window.findChildren(QToolBar) if bar.isVisible() and cut_off(bar)] == [])
    page = window.stack.currentWidget()
    assert page.height() >= 200 and page.width() >= 600
    inside = QRect(QPoint(), window.size())
    for control in window.findChildren(QWidget):
        if control.isVisible() and isinstance(control, QAbstractButton | QComboBox | QSpinBox) and isinstance(
                control.parentWidget(), QToolBar):
            assert inside.contains(QRect(control.mapTo(window, QPoint()), control.size())), control.accessibleName()
    window.resize(before)


def cut_off(bar: QToolBar) -> bool:
    """Whether a toolbar hides some of its controls behind a button with an arrow."""
    button = bar.findChild(QWidget, "qt_toolbar_ext_button")
    return button is not None and button.isVisible()


def test_in_a_narrow_window_the_picture_stays_where_it_is_while_an_example_of_ones_own_is_tried(
    small: Opened, qtbot: QtBot
) -> None:
    workbench = small("circle")
    window, picture = workbench.window, workbench.picture
    before = picture.mapTo(window, QPoint())
    workbench.trials.try_inputs([1.0, 2.0])
    qtbot.waitUntil(lambda: workbench.trials.strip.isVisible() and not workbench.example_bar.isVisible())
    qtbot.waitUntil(lambda: picture.mapTo(window, QPoint()) == before)
    workbench.controller.end_trial()
    qtbot.waitUntil(lambda: workbench.example_bar.isVisible() and picture.mapTo(window, QPoint()) == before)


def test_in_a_narrow_window_the_panels_at_the_right_make_way_for_the_configuration_and_come_back(
    small: Opened, qtbot: QtBot
) -> None:
    workbench = small("spiral")
    window, docks = workbench.window, workbench.docks
    right = [docks.docks[name] for name in ("inspector", "loss")]
    docks.bring("configuration")
    qtbot.waitUntil(lambda: all(dock.isHidden() for dock in right) and workbench.picture.width() >= 600)
    assert "Inspector" in window.statusBar().currentMessage()
    right[0].toggleViewAction().trigger()                # who wants one beside it has it
    qtbot.waitUntil(right[0].isVisible)
    qtbot.wait(20)
    assert right[0].isVisible() and right[1].isHidden()
    docks.docks["configuration"].close()
    qtbot.waitUntil(lambda: all(dock.isVisible() for dock in right) and workbench.picture.width() >= 600)
    assert not window.statusBar().currentMessage()

    docks.bring("configuration")
    qtbot.waitUntil(lambda: all(dock.isHidden() for dock in right))
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: all(dock.isVisible() for dock in right), timeout=3000)
    assert docks.docks["configuration"].isVisible() and workbench.picture.width() >= 480
    docks.docks["configuration"].close()


def test_the_panels_that_made_way_are_there_again_when_the_window_is_opened_the_next_time(
    small: Opened, qtbot: QtBot
) -> None:
    docks = small("spiral").docks
    docks.bring("configuration")
    qtbot.waitUntil(docks.docks["loss"].isHidden)
    kept = docks.save_layout()
    docks.docks["configuration"].close()
    docks.docks["loss"].hide()
    assert docks.restore_layout(kept)
    qtbot.waitUntil(docks.docks["loss"].isHidden)        # there as well, as long as the configuration is open
    docks.docks["configuration"].close()
    qtbot.waitUntil(docks.docks["loss"].isVisible)


def test_in_a_window_of_1024_by_640_the_whole_drawing_pad_is_seen(small: Opened, qtbot: QtBot) -> None:
    workbench = small("digits-784-16-16-10")
    panel = workbench.docks.bring("drawing")
    assert isinstance(panel, DrawingPadPanel)

    def inside(part: QWidget) -> bool:
        return panel.rect().contains(QRect(part.mapTo(panel, QPoint()), part.size()))

    qtbot.waitUntil(lambda: all(map(inside, (panel.pad, panel.bars, panel.take, panel.run))))
    assert panel.pad.height() >= 100
    panel.take.click()
    before = workbench.docks.docks["drawing"].height()
    panel.run.click()                                    # the strip takes the place of the settings
    qtbot.waitUntil(workbench.trials.strip.isVisible)
    qtbot.wait(2 * SETTLED)
    assert workbench.docks.docks["drawing"].height() == before
    assert all(map(inside, (panel.pad, panel.bars, panel.take, panel.run)))
    workbench.controller.end_trial()
    qtbot.waitUntil(workbench.training_bar.isVisible)
    qtbot.wait(2 * SETTLED)
    assert workbench.docks.docks["drawing"].height() == before
    workbench.docks.docks["drawing"].close()


def test_in_a_window_of_1024_by_640_the_settings_of_a_surface_leave_its_map_a_line(
    small: Opened, qtbot: QtBot
) -> None:
    workbench = small("surface-rosenbrock")
    bar = workbench.training_bar
    qtbot.waitUntil(lambda: not bar.second_row.isVisible())
    assert not bar.activation.isVisible() and not bar.loss.isVisible() and bar.seed.isVisible()
    qtbot.waitUntil(lambda: workbench.surface.map.frame().map.height() >= 100)
    small("xor")
    qtbot.waitUntil(lambda: bar.second_row.isVisible() and bar.activation.isVisible() and bar.loss.isVisible())
