"""Paths are drawn on the network while their panel is seen, and go with the selection, the panel and the network."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from nnviz.gui.panels.paths import PathsPanel
from nnviz.gui.scene import Trail
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Bias, Unit, Weight
from tests.gui.hands import Opened


def panel_of(workbench: Workbench) -> PathsPanel:
    panel = workbench.docks.bring("paths")
    assert isinstance(panel, PathsPanel)
    return panel


def differing(first: QImage, second: QImage) -> int:
    """How many of some evenly spread pixels differ."""
    return sum(first.pixel(x, y) != second.pixel(x, y)
               for x in range(0, first.width(), 3) for y in range(0, first.height(), 3))


def test_the_chosen_path_is_lit_on_the_network(opened: Opened, qtbot) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.controller.training_step()
    workbench.controller.select(Weight(1, 0, 0))
    plain = workbench.picture.render_picture()
    panel = panel_of(workbench)
    qtbot.waitUntil(lambda: len(workbench.picture.trails) == 2)
    drawn = workbench.picture.render_picture()
    assert differing(plain, drawn) > 50
    panel.table.setCurrentIndex(panel.table.numbers.index(1, 0))
    lit = [trail for trail in workbench.picture.trails if trail.lit]
    assert [trail.stops for trail in lit] == [(Unit(0, 0), Weight(1, 0, 0), Unit(1, 0), Weight(2, 1, 0), Unit(2, 1))]
    assert not lit[0].positive
    assert differing(drawn, workbench.picture.render_picture()) > 20
    workbench.controller.select(None)
    assert workbench.picture.trails == ()


def test_they_go_when_another_panel_comes_before_theirs_and_come_back_with_it(opened: Opened, qtbot) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.controller.training_step()
    workbench.controller.select(Weight(1, 0, 0))
    panel_of(workbench)
    qtbot.waitUntil(lambda: len(workbench.picture.trails) == 2)
    workbench.docks.bring("gradients")
    qtbot.waitUntil(lambda: workbench.picture.trails == ())
    panel_of(workbench)
    qtbot.waitUntil(lambda: len(workbench.picture.trails) == 2)


@pytest.mark.parametrize("playing", [False, True])
def test_they_go_at_once_with_their_weight_also_behind_another_tab(opened: Opened, qtbot, playing: bool) -> None:
    workbench = opened("mazur-2-2-2")
    control = workbench.controller
    control.training_step()
    control.select(Weight(1, 0, 0))
    panel = panel_of(workbench)
    qtbot.waitUntil(lambda: len(workbench.picture.trails) == 2)
    if playing:
        control.play()
    control.select(Unit(1, 0))
    assert workbench.picture.trails == ()
    control.select(Weight(1, 0, 0))
    control.pause()
    control.training_step()
    qtbot.waitUntil(lambda: len(workbench.picture.trails) == 2)
    workbench.docks.docks["paths"].close()
    assert workbench.picture.trails == ()
    control.select(Unit(1, 0))
    assert panel._paths is None, "or they would flash when the panel is opened again"
    workbench.docks.docks["paths"].show()
    assert workbench.picture.trails == ()


def test_a_path_that_another_network_does_not_have_is_not_drawn(opened: Opened) -> None:
    workbench = opened("xor")
    workbench.picture.set_trails((Trail((Unit(0, 0), Weight(3, 0, 0)), 1.0, True),))
    assert not workbench.picture.render_picture().isNull()
    workbench.picture.set_trails(())


@pytest.mark.parametrize("name, stops", [
    ("mazur-2-2-2", (Bias(1, 0), Unit(1, 1), Weight(2, 0, 1), Unit(2, 0))),
    ("softmax-cross-entropy", (Unit(0, 0), Weight(1, 0, 0), Unit(1, 0), Unit(1, 2))),
    ("xor-maxout", (Unit(0, 1), Weight(1, 0, 1, 1), Unit(1, 0), Weight(2, 0, 0), Unit(2, 0))),
    ("digits-784-16-16-10", (Unit(0, 400), Weight(1, 3, 400), Unit(1, 3), Weight(2, 1, 3), Unit(2, 1))),
])
def test_every_kind_of_path_can_be_drawn(opened: Opened, name: str, stops) -> None:
    workbench = opened(name)
    workbench.controller.training_step()
    plain = workbench.picture.render_picture()
    workbench.picture.set_trails((Trail(stops, 1.0, False, True), Trail(stops, 0.2, True)))
    assert differing(plain, workbench.picture.render_picture()) > 50
    workbench.picture.set_trails(())
