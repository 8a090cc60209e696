"""A surface in the whole window: its map in the picture's place, and everything around it in step."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from nnviz.gui.main_window import MainWindow
from tests.gui.hands import Opened, inspected, inspector, texts

TOLERANCE = 5e-13


def test_a_surface_has_its_map_in_the_place_of_the_network(window: MainWindow, opened: Opened) -> None:
    workbench = opened("surface-ravine")
    assert window.stack.currentWidget() is workbench.surface and workbench.picture.drawing is None
    workbench = opened("mazur-2-2-2")
    assert window.stack.currentWidget() is workbench.picture and workbench.surface.drawing is None


def test_what_has_no_meaning_for_a_surface_cannot_be_chosen(window: MainWindow, opened: Opened) -> None:
    workbench = opened("surface-ravine")
    bar = workbench.training_bar
    pointless = (bar.activation, bar.loss, bar.batch_size, bar.seed)
    assert not any(control.isEnabled() for control in pointless)
    assert bar.learning_rate.isEnabled() and bar.optimiser.isEnabled()
    assert not window.commands["random_start"].isEnabled() and not workbench.example_bar.isVisible()
    workbench = opened("surface-noise")
    assert bar.batch_size.isEnabled() and bar.seed.isEnabled() and workbench.example_bar.isVisible()
    opened("circle")
    assert all(control.isEnabled() for control in pointless) and window.commands["random_start"].isEnabled()


def test_panels_that_have_nothing_to_show_of_a_surface_say_so(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("surface-saddle")
    for name in ("activations", "dead", "examples", "predictions"):
        panel = workbench.docks.bring(name)
        reason = panel.nothing_of(workbench.controller.view)
        assert reason.startswith("A surface ")
        qtbot.waitUntil(lambda panel=panel, reason=reason: reason in texts(panel))
    opened("mazur-2-2-2")
    workbench.docks.bring("activations")
    assert "A surface" not in "".join(label.text() for label in workbench.docks.panels["activations"].findChildren(
        QLabel) if label.isVisible())


def test_the_inspector_tells_both_variables_with_gradient_and_update(opened: Opened) -> None:
    workbench = opened("surface-ravine", 17)
    workbench.controller.edit({"optimiser.name": "momentum"}, "momentum")
    workbench.controller.training_step()
    assert inspected(workbench, "x") == -4.0 and inspected(workbench, "y") == 1.0
    assert inspected(workbench, "∂f/∂y") == 10.0
    assert abs(inspected(workbench, "update of y") + 1.8) < TOLERANCE
    assert inspected(workbench, "velocity of y") == 10.0


def test_space_plays_a_surface_and_control_0_fits_its_map(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("surface-noise")
    page = workbench.surface
    page.map.setFocus()
    qtbot.keyClick(page.map, Qt.Key.Key_Space)
    assert workbench.controller.player.is_playing
    qtbot.waitUntil(lambda: page.drawing is not None and page.drawing.trail.step > 5, timeout=10_000)
    qtbot.keyClick(page.map, Qt.Key.Key_Space)
    assert not workbench.controller.player.is_playing
    extent = page.map.frame().extent
    page.map.zoom_by(2.0)
    window.commands["fit"].trigger()
    assert page.map.frame().extent == extent


def test_a_surface_is_saved_and_goes_on_where_it_was(tmp_path: Path, opened: Opened) -> None:
    workbench = opened("surface-noise")
    workbench.controller.do(lambda session: session.advance_steps(70))
    path = tmp_path / "surface.json"
    workbench.controller.save(path)
    workbench.controller.do(lambda session: session.advance_steps(30))
    drawing = workbench.surface.drawing
    assert drawing is not None
    assert workbench.documents.open_path(str(path))
    workbench.controller.do(lambda session: session.advance_steps(30))
    again = workbench.surface.drawing
    assert again is not None and again.here == drawing.here
    assert again.trail.places.tolist() == drawing.trail.places.tolist()


def test_with_noise_the_window_says_what_an_example_is_and_whose_loss_is_shown(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("surface-noise")
    content = workbench.example_selector.content
    workbench.window.resize(1700, 900)          # in a small one the line is cut in its middle
    qtbot.waitUntil(lambda: "…" not in content.text())
    view = workbench.controller.view
    assert view is not None
    shift = view.data.targets[view.moment.record.rows[0]]
    assert content.text().startswith("shifted by ") and "shifts the surface" in content.toolTip()
    said = content.text().removeprefix("shifted by ").replace("\N{MINUS SIGN}", "-").split(", ")
    assert all(abs(float(text) - number) < 1e-3 for text, number in zip(said, shift, strict=True))
    assert "of each example's shifted surface" in texts(workbench.docks.bring("loss"))
    assert "shown" in dict(inspector(workbench).lines)
    opened("surface-ravine")
    assert "shifted surface" not in texts(workbench.docks.bring("loss"))
    assert "shown" not in dict(inspector(workbench).lines), "there is nothing to choose from"
    opened("xor")
    assert "→" in content.text() and "shown" in dict(inspector(workbench).lines)


def test_the_table_of_gradients_leads_a_variable_nowhere(opened: Opened) -> None:
    workbench = opened("surface-ravine")
    model = workbench.docks.bring("gradients").model
    routes = [model.index(row, column).data() for row in range(model.rowCount())
              for column in range(model.columnCount()) if model.headerData(column, Qt.Orientation.Horizontal)
              == "Source → target"]
    assert routes == ["", ""]


def test_a_point_that_stands_still_is_no_network(opened: Opened) -> None:
    workbench = opened("surface-ravine")
    workbench.controller.start_surface_at(0.0, 0.0)
    workbench.controller.training_step()
    assert workbench.controller.standstill_text == "Every update is exactly 0: the point moves no further."
