"""In the window heat maps can be turned off and discretised, keep up with training, and tell what they are asked."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from nnviz.gui import plane_resolving
from nnviz.gui.drawing import Drawing
from nnviz.gui.layout import arrange
from nnviz.gui.workbench import Workbench
from nnviz.report.inputs import answers_to


def drawing_of(workbench: Workbench) -> Drawing:
    assert workbench.picture.drawing is not None
    return workbench.picture.drawing


def press(qtbot: QtBot, workbench: Workbench, discretise: bool = False) -> None:
    """The key of the heat maps, or with Shift that which discretises them."""
    shift = Qt.KeyboardModifier.ShiftModifier if discretise else Qt.KeyboardModifier.NoModifier
    qtbot.keyClick(workbench.picture, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier | shift)


def test_a_key_turns_heat_maps_off_and_on_again(opened: object, qtbot: QtBot) -> None:
    workbench: Workbench = opened("circle")      # type: ignore[operator]
    assert drawing_of(workbench).plane is not None and workbench.window.commands["heat_maps"].isChecked()
    press(qtbot, workbench)
    assert drawing_of(workbench).plane is None and drawing_of(workbench).columns[1].tiles is None
    assert workbench.settings.text("heat_maps") == "never"
    assert not workbench.window.commands["heat_maps"].isChecked()
    press(qtbot, workbench)
    assert drawing_of(workbench).plane is not None and workbench.settings.text("heat_maps") == "automatic"


def test_small_networks_can_have_them_too(opened: object, qtbot: QtBot) -> None:
    workbench: Workbench = opened("mazur-2-2-2")      # type: ignore[operator]
    assert drawing_of(workbench).plane is None and not workbench.window.commands["heat_maps"].isChecked()
    press(qtbot, workbench)
    assert drawing_of(workbench).plane is not None and workbench.settings.text("heat_maps") == "always"


def test_they_cannot_be_asked_for_where_there_is_no_plane(opened: object) -> None:
    workbench: Workbench = opened("iris")      # type: ignore[operator]
    assert not workbench.window.commands["heat_maps"].isEnabled()
    assert not workbench.window.commands["discretise"].isEnabled()


def test_it_is_said_why_there_are_none(opened: object, monkeypatch: pytest.MonkeyPatch) -> None:
    workbench: Workbench = opened("iris")      # type: ignore[operator]
    commands = workbench.window.commands
    for name in ("heat_maps", "discretise"):
        assert "two inputs" in commands[name].toolTip() and "two inputs" in commands[name].statusTip()
    assert commands.menu("View").toolTipsVisible()
    opened("circle")      # type: ignore[operator]
    assert "two inputs:" not in commands["heat_maps"].toolTip()
    assert not commands.menu("View").toolTipsVisible() and commands["heat_maps"].isEnabled()
    monkeypatch.setattr(plane_resolving, "MOST_WORK", 1000)
    workbench.controller.training_step()
    assert "too large" in commands["heat_maps"].toolTip() and not commands["heat_maps"].isEnabled()


def test_discretising_changes_the_picture_and_is_remembered(opened: object, qtbot: QtBot) -> None:
    workbench: Workbench = opened("circle")      # type: ignore[operator]
    before = workbench.picture.render_picture()
    press(qtbot, workbench, discretise=True)
    tiles = drawing_of(workbench).columns[1].tiles
    assert tiles is not None and tiles.flat and workbench.settings.flag("discretise")
    assert workbench.picture.render_picture() != before


def test_maps_follow_training_and_stay_where_nothing_changes(opened: object) -> None:
    workbench: Workbench = opened("circle")      # type: ignore[operator]
    first = drawing_of(workbench).columns[1].tiles
    workbench.controller.step()
    assert drawing_of(workbench).columns[1].tiles is first      # an operation of the pass changes no weight
    workbench.controller.training_step()
    workbench.controller.training_step()
    after = drawing_of(workbench).columns[1].tiles
    assert first is not None and after is not None and not np.array_equal(first.images, after.images)
    workbench.controller.to_start()
    again = drawing_of(workbench).columns[1].tiles
    assert again is not None and np.array_equal(first.images, again.images)


def test_a_point_of_the_surface_is_told_with_the_outputs_there(opened: object) -> None:
    workbench: Workbench = opened("circle")      # type: ignore[operator]
    view = workbench.controller.view
    assert view is not None
    told = workbench.drawings.describe_point(1.5, -2.0)
    output = answers_to(view.problem, view.moment.parameters(), view.data, np.array([[1.5, -2.0]]))[0, 0]
    names, numbers = zip(*(line.split(" = ") for line in told.splitlines()), strict=True)
    assert names == ("x", "y", "inside")
    assert [float(number.replace("−", "-")) for number in numbers] == [1.5, -2.0, float(f"{output:.6g}")]


def test_maps_move_while_training_plays(opened: object, qtbot: QtBot) -> None:
    workbench: Workbench = opened("circle")      # type: ignore[operator]
    first = drawing_of(workbench).columns[1].tiles
    workbench.controller.play()
    qtbot.waitUntil(lambda: drawing_of(workbench).columns[1].tiles is not first, timeout=8000)
    workbench.controller.pause()


def test_a_click_on_the_surface_runs_that_point_and_marks_it_there(opened: object, qtbot: QtBot) -> None:
    workbench: Workbench = opened("circle")      # type: ignore[operator]
    picture, before = workbench.picture, drawing_of(workbench).columns[1].tiles
    size = picture.size()
    place = arrange(drawing_of(workbench), size.width(), size.height(), picture.text_scale, picture.digits).plane
    assert place is not None
    at = QPointF(place.left + 0.3 * place.side, place.top + 0.6 * place.side).toPoint()
    with qtbot.waitSignal(picture.plane_clicked) as clicked:
        qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at)
    plane, view = drawing_of(workbench).plane, workbench.controller.view
    assert view is not None and view.trial is not None and plane is not None
    assert plane.shown == tuple(view.trial.inputs) and plane.shown == pytest.approx(clicked.args, rel=1e-3)
    assert drawing_of(workbench).columns[1].tiles is before      # the network is as it was
    workbench.controller.end_trial()
    plane = drawing_of(workbench).plane
    assert plane is not None and plane.shown != tuple(clicked.args)
