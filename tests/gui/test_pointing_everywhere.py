"""Pointing at a number anywhere lights where it came from in the picture, and the other way round."""

from __future__ import annotations

from PySide6.QtCore import QPoint

from nnviz.report.elements import GateNode, Unit, Weight
from nnviz.report.quantities import Quantity
from tests.gui.hands import Opened, inspector

W5 = Weight(2, 0, 0)


def test_what_the_pointer_is_over_in_the_picture_is_pointed_at(opened: Opened, qtbot) -> None:
    workbench = opened("mazur-2-2-2")
    picture, control = workbench.picture, workbench.controller
    with qtbot.waitSignal(control.pointed_changed):
        qtbot.mouseMove(picture, picture.point_of(W5).toPoint())
    assert control.pointed == Quantity("element", W5)
    with qtbot.waitSignal(control.pointed_changed):
        qtbot.mouseMove(picture, QPoint(3, 3))
    assert control.pointed is None and picture.lit_element is None


def test_a_number_pointed_at_in_a_panel_is_lit_in_the_picture_and_changes_its_pixels(opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    before = workbench.picture.render_picture()
    inspector(workbench).quantity_pointed.emit(Quantity("gradient", W5))
    assert workbench.picture.lit_element == W5
    assert workbench.picture.render_picture() != before
    inspector(workbench).quantity_pointed.emit(None)
    assert workbench.picture.lit_element is None
    assert workbench.picture.render_picture() == before


def test_what_another_network_does_not_have_is_no_longer_pointed_at(opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.controller.point(Quantity("out", Unit(2, 1)))
    opened("xor")
    assert workbench.controller.pointed is None and workbench.picture.lit_element is None


def test_an_element_has_all_its_numbers_and_a_mean_those_of_every_example() -> None:
    shown = Quantity("delta", Unit(1, 0), example=2)
    assert shown.meets(Quantity("element", Unit(1, 0))) and Quantity("element", Unit(1, 0)).meets(shown)
    assert shown.meets(Quantity("delta", Unit(1, 0)))
    assert not shown.meets(Quantity("delta", Unit(1, 0), example=1))
    assert not shown.meets(Quantity("net", Unit(1, 0), example=2))
    assert not Quantity("loss").meets(Quantity("element"))


def test_in_a_computation_graph_gates_and_formulas_light_each_other(opened: Opened, qtbot) -> None:
    workbench = opened("gate-product-sum")
    workbench.controller.training_step()
    workbench.controller.select(GateNode(1, 4))
    card, graph = inspector(workbench).formulas, workbench.graph.view
    leaf = next(place.quantity for item in card._items for place in item.layout.places
                if place.quantity is not None and isinstance(place.quantity.element, Weight))
    before = graph.grab().toImage()
    workbench.controller.point(leaf)
    assert graph.lit_node == leaf.place and graph.grab().toImage() != before and card.lit
    workbench.controller.point(None)
    assert graph.lit_node is None and graph.grab().toImage() == before and not card.lit
