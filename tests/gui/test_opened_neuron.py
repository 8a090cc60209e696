"""A unit of the picture opens as a graph of gates that follows the window, and closes again."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nnviz.gui.gate_drawing import GateDrawing
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Bias, Unit, Weight
from tests.gui.hands import Opened, click


def page_of(workbench: Workbench):
    return workbench.neuron.page


def is_shown(workbench: Workbench) -> bool:
    return workbench.window.stack.currentWidget() is page_of(workbench)


def value(workbench: Workbench, name: str) -> float:
    reading = page_of(workbench).graph.reading
    return float(reading.values[reading.names.index(name)])


def test_a_double_click_opens_a_unit_and_esc_leads_back(opened: Opened, qtbot) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.controller.training_step()
    at = workbench.picture.point_of(Unit(1, 0)).toPoint()
    qtbot.mouseDClick(workbench.picture, Qt.MouseButton.LeftButton, pos=at)
    assert is_shown(workbench) and page_of(workbench).heading.text() == "h1: Sigmoid of 2 inputs · example 0"
    assert value(workbench, "net h1") == workbench.controller.session.record.net(1)[0, 0]
    assert workbench.window.commands["open_neuron"].isChecked()
    qtbot.keyClick(page_of(workbench).view, Qt.Key.Key_Escape)
    assert workbench.window.stack.currentWidget() is workbench.picture
    assert not workbench.window.commands["open_neuron"].isChecked()


def test_enter_opens_the_selected_unit_and_the_button_closes_it(opened: Opened, qtbot) -> None:
    workbench = opened("mazur-2-2-2")
    click(qtbot, workbench, Unit(2, 1))
    qtbot.keyClick(workbench.picture, Qt.Key.Key_Return)
    assert is_shown(workbench)
    qtbot.mouseClick(page_of(workbench).back, Qt.MouseButton.LeftButton)
    assert not is_shown(workbench) and workbench.controller.selection == Unit(2, 1)


def test_the_action_opens_what_is_selected_or_says_what_can_be(opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    action = workbench.window.commands["open_neuron"]
    action.trigger()
    assert not is_shown(workbench) and not action.isChecked()
    assert "Select a hidden unit" in workbench.window.statusBar().currentMessage()
    workbench.controller.select(Unit(0, 1))
    action.trigger()
    assert "an input has nothing to open" in workbench.window.statusBar().currentMessage()
    workbench.controller.select(Unit(1, 1))
    action.trigger()
    assert is_shown(workbench) and action.isChecked()
    action.trigger()
    assert not is_shown(workbench) and not action.isChecked()


def test_it_follows_steps_examples_edits_and_undo(opened: Opened) -> None:
    workbench = opened("xor")
    control = workbench.controller
    workbench.neuron.open(Unit(1, 2))
    assert not page_of(workbench).graph.reading.values_known[-1]
    control.training_step()
    assert page_of(workbench).graph.reading.values_known.all()
    for example in (1, 2):
        control.choose_example(example)
        assert value(workbench, "out h3") == control.session.record.output(1)[2, example]
    before = value(workbench, "W1[2,0]")
    control.set_parameter(Weight(1, 2, 0), 7.5)
    assert value(workbench, "W1[2,0]") == 7.5
    control.undo()
    assert value(workbench, "W1[2,0]") == before
    workbench.window.commands["batch_mean"].trigger()
    assert "means over the batch" in page_of(workbench).notes.text()


def test_it_follows_playing(opened: Opened, qtbot) -> None:
    workbench = opened("xor")
    workbench.neuron.open(Unit(1, 2))
    workbench.controller.play()
    qtbot.waitUntil(lambda: workbench.controller.view.moment.record.step > 20)
    workbench.controller.pause()
    record = workbench.controller.view.moment.record
    qtbot.waitUntil(lambda: page_of(workbench)._shown.moment.record is record)
    assert is_shown(workbench)


def test_what_is_clicked_in_it_is_selected_everywhere(opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.neuron.open(Unit(1, 0))
    view = page_of(workbench).view
    reading = page_of(workbench).graph.reading
    for element in (Weight(1, 0, 1), Bias(1, 0), Unit(0, 1)):
        view.select_node(reading.elements.index(element))
        assert workbench.controller.selection == element
    out = len(reading.elements) - 1
    view.select_node(out)
    assert workbench.controller.selection == Unit(1, 0) and view.selected_node == out
    assert workbench.picture.selected_element == Unit(1, 0)


def test_enter_on_an_input_opens_the_neuron_before(opened: Opened, qtbot) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.neuron.open(Unit(2, 0))
    view = page_of(workbench).view
    view.select_node(page_of(workbench).graph.reading.elements.index(Unit(1, 1)))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert is_shown(workbench) and page_of(workbench).unit == Unit(1, 1)


def test_another_network_closes_it(opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.neuron.open(Unit(1, 0))
    opened("xor")
    assert not is_shown(workbench) and not page_of(workbench).is_open
    assert workbench.window.stack.currentWidget() is workbench.picture
    workbench.neuron.open(Unit(1, 0))
    workbench.show_gallery()
    assert workbench.window.stack.currentWidget() is workbench.window.gallery


def test_simpler_gates_show_what_the_activation_is_made_of(opened: Opened, qtbot) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.controller.training_step()
    workbench.neuron.open(Unit(1, 0))
    gates = len(page_of(workbench).graph.reading.expression.nodes)
    page_of(workbench).primitives.setFocus()
    qtbot.keyClick(page_of(workbench).primitives, Qt.Key.Key_Space)
    assert len(page_of(workbench).graph.reading.expression.nodes) > gates
    page_of(workbench).primitives.setChecked(False)


def test_an_export_draws_what_is_open(opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    assert not isinstance(workbench._drawing(), GateDrawing)
    workbench.neuron.open(Unit(1, 0))
    assert isinstance(workbench._drawing(), GateDrawing)


def test_of_784_inputs_as_many_products_are_drawn_as_there_is_room_for(opened: Opened) -> None:
    workbench = opened("digits-784-16-16-10")
    workbench.controller.training_step()
    workbench.neuron.open(Unit(1, 3))
    graph = page_of(workbench).graph
    products = 784 - graph.hidden
    assert 2 <= products <= 12 and f"{graph.hidden} more" in graph.reading.names
