"""What colours mean is chosen where one reads it: at the legend, in the menu, by key, and it holds everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nnviz.gui.colour_maps import COLOUR_MAPS
from nnviz.gui.drawing import Drawing
from nnviz.gui.legend_button import LegendButton
from nnviz.gui.panels.check import CheckPanel
from nnviz.gui.panels.gradients import GradientsPanel
from nnviz.gui.picture_export import render_image
from nnviz.gui.settings import BY_KEY, Settings
from nnviz.gui.workbench import Workbench
from nnviz.report.edge_measures import MEASURES, Colouring, layer_values
from tests.gui.hands import Opened
from tests.gui.test_colours_in_window import edge_pixels


@pytest.fixture
def trained(opened: Opened) -> Workbench:
    workbench = opened("xor")
    for _ in range(3):
        workbench.controller.training_step()
    return workbench


def shown(workbench: Workbench) -> Drawing:
    drawing = workbench.picture.drawing
    assert drawing is not None
    return drawing


def legend_button(picture: QWidget) -> LegendButton:
    picture.grab()
    button = picture.findChild(LegendButton)
    assert isinstance(button, LegendButton)
    button.settle()
    return button


@pytest.mark.parametrize("name", [name for name in MEASURES if name != "error"])
def test_each_row_of_the_menu_colours_the_edges_by_its_measure_and_the_legend_says_so(
    trained: Workbench, name: str
) -> None:
    trained.window.commands[f"edge_colour_{name}"].trigger()
    view = trained.controller.view
    assert view is not None and trained.settings.text("edge_colour") == name
    for layer, found in zip(shown(trained).connections, layer_values(view.moment, Colouring(name)), strict=True):
        np.testing.assert_array_equal(layer.gradients, found.weights)
        np.testing.assert_array_equal(layer.bias_gradients, found.biases)
    symbol = MEASURES[name].symbol.format(example="example 0")
    assert shown(trained).colour_name == symbol and shown(trained).colours_gradients == (name == "gradient")
    assert trained.picture.colour_scale == trained.picture.colour_scale.fitting_drawing(shown(trained))


def test_f4_goes_through_all_measures_and_shift_f4_back(trained: Workbench, qtbot: QtBot) -> None:
    choices = [value for value, _ in BY_KEY["edge_colour"].choices]
    trained.picture.setFocus()
    for wanted in (*choices[1:], choices[0]):
        qtbot.keyClick(trained.window, Qt.Key.Key_F4)
        assert trained.settings.text("edge_colour") == wanted
        assert trained.window.commands[f"edge_colour_{wanted}"].isChecked()
        assert MEASURES[wanted].label in trained.window.statusBar().currentMessage()
    qtbot.keyClick(trained.window, Qt.Key.Key_F4, Qt.KeyboardModifier.ShiftModifier)
    assert trained.settings.text("edge_colour") == choices[-1]


def test_a_press_on_the_legend_opens_the_choices_above_it(trained: Workbench, qtbot: QtBot) -> None:
    button, menu = legend_button(trained.picture), trained.window.commands.menu("View/Colours")
    place = trained.picture.colour_bar()
    assert place is not None and button.geometry().contains(place.chevron.toPoint())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert menu.isVisible()
    assert menu.geometry().bottom() <= trained.picture.mapToGlobal(button.pos()).y()
    at = menu.actionGeometry(trained.window.commands["edge_colour_weight"]).center()
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=at)
    assert trained.settings.text("edge_colour") == "weight" and shown(trained).colour_name == "|w|"
    assert not menu.isVisible()


def test_the_legend_is_reached_and_opened_by_keyboard(trained: Workbench, qtbot: QtBot) -> None:
    button, menu = legend_button(trained.picture), trained.window.commands.menu("View/Colours")
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert menu.isVisible()
    menu.hide()
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus and "|∂E/∂w|" in button.accessibleDescription()
    assert "Gradient of the batch" in button.toolTip()


def test_the_button_goes_where_the_colour_bar_goes(trained: Workbench, qtbot: QtBot) -> None:
    button = legend_button(trained.picture)
    trained.settings.change(text_size=130)

    def is_there() -> bool:
        place = trained.picture.colour_bar()
        return place is not None and button.geometry() == place.frame.toAlignedRect()

    before = button.geometry()
    qtbot.waitUntil(is_there)
    assert button.geometry() != before or trained.picture.text_scale == 1.0
    trained.controller.close()
    assert trained.picture.colour_bar() is None


def test_a_graph_always_shows_its_gradients_and_still_chooses_scale_and_map(opened: Opened) -> None:
    workbench = opened("gate-branch")
    assert not workbench.window.commands["edge_colour_weight"].isEnabled()
    assert not workbench.window.commands["next_edge_colour"].isEnabled()
    assert legend_button(workbench.graph.view).isVisible()
    workbench.window.commands["colour_scale_linear"].trigger()
    assert workbench.graph.view.colour_scale.linear
    workbench.window.commands["colour_map_greys"].trigger()
    assert workbench.graph.view.theme.colour_map == "greys"


def test_without_a_check_its_errors_are_offered_and_the_check_colours_the_edges(
    trained: Workbench, qtbot: QtBot
) -> None:
    trained.window.commands["edge_colour_error"].trigger()
    assert shown(trained).colour_name == "relative error: not checked"
    assert not any(layer.gradients_known.any() for layer in shown(trained).connections)
    message = trained.strip.message("colours")
    button = next(part for part in message.findChildren(QPushButton) if part.text() == "Check gradients")
    panel = cast(CheckPanel, trained.docks.panels["check"])
    with qtbot.waitSignal(panel.checked):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert shown(trained).colour_name == "relative error" and "colours" not in trained.strip.texts()
    assert panel.check is not None
    np.testing.assert_array_equal(shown(trained).connections[1].gradients, panel.check.array("W2", panel.check.errors))
    trained.controller.training_step()
    assert shown(trained).colour_name == "relative error: not checked"


def test_the_box_of_the_check_panel_is_the_same_choice(trained: Workbench) -> None:
    panel = cast(CheckPanel, trained.docks.panels["check"])
    panel.colour.setCurrentIndex(panel.colour.findData("update"))
    assert trained.settings.text("edge_colour") == "update" and shown(trained).colour_name == "|Δw|"
    trained.settings.change(edge_colour="ratio")
    assert panel.colour.currentData() == "ratio"


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_a_map_holds_for_picture_table_gallery_and_export(trained: Workbench, name: str) -> None:
    trained.window.commands[f"colour_map_{name}"].trigger()
    theme = trained.window.theme
    assert theme.colour_map == name and theme.name == trained.picture.theme.name
    panel = cast(GradientsPanel, trained.docks.panels["gradients"])
    assert trained.picture.theme == panel.bar.theme == theme
    size = trained.picture.size()
    exported = render_image(shown(trained), theme, size.width(), size.height(), digits=trained.picture.digits,
                            colours=trained.picture.colour_scale)
    below = slice(80, None)              # the titles, which on screen have buttons
    assert np.array_equal(edge_pixels(exported)[below], edge_pixels(trained.picture.render_picture())[below])


def test_while_training_flows_the_edges_keep_the_measure(trained: Workbench, qtbot: QtBot) -> None:
    trained.settings.change(edge_colour="update", play_speed="full")
    trained.controller.play()
    first = trained.controller.view.moment.record.step
    qtbot.waitUntil(lambda: trained.controller.view.moment.record.step > first + 20)
    assert shown(trained).colour_name == "|Δw|"
    trained.controller.pause()
    view = trained.controller.view
    assert view is not None
    for layer, found in zip(shown(trained).connections, layer_values(view.moment, Colouring("update")), strict=True):
        np.testing.assert_array_equal(layer.gradients, found.weights)


def test_the_choices_are_remembered(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    settings.change(edge_colour="ratio", colour_map="cividis", colour_scale="linear")
    settings.save()
    again = Settings(tmp_path / "settings.json")
    assert (again.text("edge_colour"), again.text("colour_map"), again.text("colour_scale")) == (
        "ratio", "cividis", "linear")
