"""Computation graphs in the window: opened, stepped, edited, undone, exported."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from nnviz.gui.gate_settings import GateSettings, templates
from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.inspector import InspectorPanel
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import GateNode, Weight
from nnviz.session.examples import list_examples
from tests.gui.hands import Opened

GRAPHS = [example.name for example in list_examples() if example.name.startswith("gate-")]
X, Y, ADD, Z, MULTIPLY = range(5)          # of gate-product-sum


def settings_of(workbench: Workbench) -> GateSettings:
    return workbench.graph.gate_settings


def shown(workbench: Workbench) -> dict[int, str]:
    workbench.graph.view.render_picture()
    return workbench.graph.view.shown.values


def gradients(workbench: Workbench) -> dict[int, str]:
    workbench.graph.view.render_picture()
    return workbench.graph.view.shown.gradients


def of_leaves(workbench: Workbench) -> dict[str, str]:
    """The gradients of the leaves, by their names."""
    found, signs = gradients(workbench), workbench.graph.view.shown.signs
    return {signs[node]: text for node, text in found.items() if signs[node] in settings_of(workbench).boxes}


def write(workbench: Workbench, text: str) -> None:
    field = settings_of(workbench).formula
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


@pytest.mark.parametrize("name", GRAPHS)
def test_every_bundled_graph_is_stepped_gate_by_gate_and_back(opened: Opened, name: str) -> None:
    workbench = opened(name)
    view = workbench.graph.view
    assert workbench.window.stack.currentWidget() is workbench.graph
    control, reading = workbench.controller, view.reading
    assert reading is not None and control.session is not None
    gates = [node for node in range(len(reading.expression.nodes)) if reading.is_gate(node)]
    assert not set(shown(workbench)) & set(gates)
    for gate in gates:
        workbench.window.commands["step"].trigger()
        assert gate in shown(workbench)
        assert view.reading is not None and view.reading.active == gate
    workbench.window.commands["training_step"].trigger()
    assert set(gradients(workbench)) >= set(gates)
    workbench.window.commands["step_back"].trigger()
    assert len(view.reading.expression.nodes) == len(reading.expression.nodes)


def test_the_lecture_graph_has_its_numbers_on_its_wires(opened: Opened) -> None:
    workbench = opened("gate-product-sum")
    workbench.window.commands["training_step"].trigger()
    assert shown(workbench) == {X: "−2", Y: "5", ADD: "3", Z: "−4", MULTIPLY: "−12"}
    assert gradients(workbench) == {X: "−4", Y: "−4", ADD: "−4", Z: "3", MULTIPLY: "1"}


def test_a_formula_that_is_typed_is_drawn_and_one_undo_brings_the_old_one_back(opened: Opened) -> None:
    workbench = opened("gate-product-sum")
    write(workbench, "x*y + k")
    QTest.keyClick(settings_of(workbench).formula, Qt.Key.Key_Return)
    graph = workbench.controller.session.document.graph if workbench.controller.session else None
    assert graph is not None and graph.expression.text == "x*y + k"
    assert [box.value() for box in settings_of(workbench).boxes.values()] == [-2.0, 5.0, 1.0]
    workbench.window.commands["undo"].trigger()
    assert settings_of(workbench).formula.text() == "(x + y) * z"
    assert list(settings_of(workbench).boxes) == ["x", "y", "z"]


def test_an_error_points_at_its_character(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("gate-product-sum")
    write(workbench, "(x + y) * $z")
    pointer, field = workbench.graph.pointer, settings_of(workbench).formula
    assert pointer.isVisible() and pointer.sentence == "Character 11: '$' means nothing in a formula."
    left, right = field.character_span(10)
    assert left < field.cursorRect().center().x() and right > left
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.cursorPosition() == 10
    assert settings_of(workbench).formula.text() == "(x + y) * $z"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not pointer.isVisible() and field.text() == "(x + y) * z"


@pytest.mark.parametrize("text", ["", "   ", "3 + 4", "(x", "x +", "f(x)", "x" * 3000])
def test_what_is_no_graph_is_refused_and_nothing_changes(opened: Opened, text: str) -> None:
    workbench = opened("gate-product-sum")
    field = settings_of(workbench).formula
    field.setText(text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert workbench.graph.pointer.isVisible() and workbench.graph.pointer.sentence
    graph = workbench.controller.session.document.graph if workbench.controller.session else None
    assert graph is not None and graph.expression.text == "(x + y) * z"


def test_a_leaf_is_dragged_in_the_picture_live_and_undone_in_one_step(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("gate-product-sum")
    workbench.window.commands["training_step"].trigger()
    view = workbench.graph.view
    start = view.point_of(Z).toPoint()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, start - QPoint(0, 100))
    qtbot.waitUntil(lambda: shown(workbench)[Z] == "−3")
    assert workbench.controller.view is not None and workbench.controller.view.tried
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 100))
    assert settings_of(workbench).boxes["z"].value() == -3.0
    workbench.window.commands["undo"].trigger()
    assert settings_of(workbench).boxes["z"].value() == -4.0


def test_a_leaf_is_typed_in_its_box_and_in_the_picture(opened: Opened) -> None:
    workbench = opened("gate-product-sum")
    workbench.window.commands["training_step"].trigger()
    box = settings_of(workbench).boxes["x"]
    box.setFocus()
    box.lineEdit().selectAll()
    QTest.keyClicks(box.lineEdit(), "7")
    QTest.keyClick(box.lineEdit(), Qt.Key.Key_Return)
    assert shown(workbench)[X] == "7"
    view = workbench.graph.view
    view.setFocus()
    view.select_node(Y)
    QTest.keyClick(view, Qt.Key.Key_F2)
    QTest.keyClicks(view.editor, "2")
    QTest.keyClick(view.editor, Qt.Key.Key_Return)
    assert settings_of(workbench).boxes["y"].value() == 2.0


def test_one_gate_becomes_its_primitives_and_back(opened: Opened) -> None:
    workbench = opened("gate-sigmoid-neuron")
    settings = settings_of(workbench)
    workbench.window.commands["training_step"].trigger()
    before = of_leaves(workbench)
    assert settings.rewrite.text() == "Put together" and before["w0"] == "−0.196612"
    settings.rewrite.click()
    assert settings.formula.text() == "sigmoid(w0*x0 + w1*x1 + w2)" and settings.rewrite.text() == "Take apart"
    workbench.window.commands["training_step"].trigger()
    assert of_leaves(workbench) == before
    settings.rewrite.click()
    assert settings.formula.text() == "1/(1 + exp(-(w0*x0 + w1*x1 + w2)))"
    workbench.window.commands["undo"].trigger()
    workbench.window.commands["undo"].trigger()
    assert settings.formula.text() == "1/(1 + exp(-(w0*x0 + w1*x1 + w2)))"


def test_the_rule_for_ties_is_chosen_where_there_can_be_one(opened: Opened) -> None:
    workbench = opened("gate-max")
    settings = settings_of(workbench)
    assert settings.ties.isVisible()
    workbench.controller.set_parameter(Weight(1, 0, 0), 2.0)
    workbench.window.commands["training_step"].trigger()
    assert sorted(gradients(workbench).values()) == ["0.5", "0.5", "1"]
    settings.ties.set_row("first")
    settings.ties.activated.emit(settings.ties.currentIndex())
    workbench.window.commands["training_step"].trigger()
    assert [gradients(workbench)[node] for node in (0, 1)] == ["1", "0"]
    assert not settings_of(opened("gate-linear")).ties.isVisible()


def test_new_graph_opens_one_whose_formula_is_ready_to_be_replaced(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["new_graph"].trigger()
    workbench = window.workbench
    field = settings_of(workbench).formula
    assert window.stack.currentWidget() is workbench.graph and field.selectedText() == "(x + y) * z"
    QTest.keyClicks(field, "a*b")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert list(settings_of(workbench).boxes) == ["a", "b"]


def test_templates_are_the_bundled_graphs_with_their_values(opened: Opened) -> None:
    workbench = opened("gate-product-sum")
    assert set(templates()) == set(GRAPHS)
    settings = settings_of(workbench)
    settings.examples.menu().aboutToShow.emit()
    action = next(action for action in settings.examples.menu().actions() if "sigmoid" in action.text())
    action.trigger()
    assert [box.value() for box in settings.boxes.values()] == [2.0, -1.0, -3.0, -2.0, -3.0]


def test_a_gate_that_is_selected_is_told_in_the_inspector(opened: Opened) -> None:
    workbench = opened("gate-product-sum")
    workbench.create_panels()
    workbench.window.commands["training_step"].trigger()
    view = workbench.graph.view
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.point_of(ADD).toPoint())
    assert workbench.controller.selection == GateNode(1, ADD)
    heading = cast(InspectorPanel, workbench.docks.panels["inspector"]).heading
    assert heading.text() == "Gate q"
    workbench.controller.select(Weight(1, 1, 0))
    assert view.selected_node == Y


def test_what_has_no_meaning_for_a_graph_is_not_offered(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("gate-product-sum")
    bar = workbench.training_bar
    for control in (bar.batch_size, bar.seed, bar.loss, bar.activation, bar.learning_rate):
        assert not control.isVisible()
    assert not workbench.example_bar.isVisible()
    for name in ("epoch", "layers", "data", "next_example", "batch_mean"):
        assert not workbench.window.commands[name].isEnabled()
    opened("gate-descent")
    qtbot.waitUntil(lambda: bar.learning_rate.isVisible() and not bar.loss.isVisible())
    opened("xor")
    qtbot.waitUntil(bar.loss.isVisible)
    assert workbench.window.commands["epoch"].isEnabled()


def test_panels_that_show_nothing_of_a_graph_say_so(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("gate-product-sum")
    workbench.create_panels()
    for name in ("activations", "dead", "examples", "predictions", "loss"):
        panel = workbench.docks.panels[name]
        assert "omputation graph" in panel.nothing_of(workbench.controller.view) or "Nothing is trained" in (
            panel.nothing_of(workbench.controller.view))


def test_play_goes_through_the_pass_where_nothing_is_trained(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("gate-product-sum")
    assert workbench.speed_selector.speed() == "operations-5"
    workbench.window.commands["play"].trigger()
    qtbot.waitUntil(lambda: ADD in shown(workbench), timeout=5000)
    workbench.window.commands["play"].trigger()
    assert workbench.window.settings.text("play_speed") == "steps-100"


def test_a_graph_that_learns_moves_its_leaves(opened: Opened) -> None:
    workbench = opened("gate-descent")
    for _ in range(30):
        workbench.window.commands["training_step"].trigger()
    value = settings_of(workbench).boxes["w"].value()
    assert value is not None and abs(float(value) - 1.5) < 1e-3
    assert settings_of(workbench).boxes["x"].value() == 2.0


def test_fifty_leaves_have_their_boxes_in_one_line(opened: Opened) -> None:
    workbench = opened("gate-product-sum")
    write(workbench, "+".join(f"x{number}" for number in range(50)))
    QTest.keyClick(settings_of(workbench).formula, Qt.Key.Key_Return)
    settings = settings_of(workbench)
    assert len(settings.boxes) == 50 and settings.height() < 140
    workbench.window.commands["training_step"].trigger()
    last = settings.boxes["x49"]
    last.setFocus(Qt.FocusReason.TabFocusReason)
    assert settings.leaves.viewport().rect().contains(last.mapTo(settings.leaves.viewport(), QPoint(2, 2)))


def test_values_that_are_no_numbers_any_more_are_shown(opened: Opened) -> None:
    workbench = opened("gate-product-sum")
    write(workbench, "log(x)*exp(y)")
    QTest.keyClick(settings_of(workbench).formula, Qt.Key.Key_Return)
    workbench.controller.set_parameter(Weight(1, 1, 0), 1e5)
    for _ in range(3):
        workbench.window.commands["step"].trigger()
    assert {"NaN", "∞"} <= set(shown(workbench).values())


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800), (1920, 1080)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_graph_fits_windows_of_usual_sizes(opened: Opened, size: tuple[int, int], theme: str, qtbot: QtBot) -> None:
    workbench = opened("gate-sigmoid-neuron")
    window = workbench.window
    window.settings.change(theme=theme)
    window.resize(*size)
    view = workbench.graph.view
    qtbot.waitUntil(lambda: view.width() > 300)
    workbench.window.commands["training_step"].trigger()
    for mark in view.layout_now().marks:
        assert view.rect().contains(view.point_of(mark.node).toPoint())
    image = view.render_picture()
    pixels = np.frombuffer(image.constBits(), dtype=np.uint32)
    assert len(np.unique(pixels)) > 20
