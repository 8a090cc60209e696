"""The matrices beside the picture: they follow the cursor and what is selected, and can be pointed at and copied."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from nnviz.gui.panels.matrix_form import MatrixFormPanel
from nnviz.gui.theme import DARK
from nnviz.report.elements import Unit, Weight
from nnviz.report.matrix_form import Choice
from nnviz.report.moment import MEAN
from nnviz.report.quantities import Quantity
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.gui.panels.views import circle, digits, mazur, view_of, xor


def begun(document, cursor: int | None = None) -> Session:
    session = Session(document)
    session.advance_steps(1)
    if cursor is not None:
        session.seek_operation(cursor)
    return session


def at(session: Session, phase: str, kind: str, layer: int, done: int = 1) -> Session:
    session.seek_operation(session.order.section(phase, kind, layer).start + done)
    return session


def step_of(panel: MatrixFormPanel):
    step = panel.matrices.step
    assert step is not None
    return step


def test_the_step_at_the_cursor_is_shown_with_its_line(show) -> None:
    session = at(begun(mazur()), "backward", "net", 1)
    panel = show(MatrixFormPanel, view_of(session))
    assert panel.heading.text() == "δ of layer 1"
    assert panel.lines.toPlainText() == "delta1 = (W2.T @ delta2) * (out1 * (1 - out1))"
    assert panel.matrices.accessibleDescription().startswith("δ of layer 1: δ 1, 2 by 1; row 1, column 1: 0.00")
    places = [panel.matrices.place_of(Quantity("delta", Unit(1, 0), example=0)),
              panel.matrices.place_of(Quantity("parameter", Weight(2, 0, 0))),
              panel.matrices.place_of(Quantity("parameter", Weight(2, 1, 0))),
              panel.matrices.place_of(Quantity("slope", Unit(1, 0), example=0))]
    marked = panel.matrices.marked
    assert len(marked) == 4
    assert all(any(place.center().toPoint() == mark.center().toPoint() + QPoint(4, 4) for mark in marked)
               for place in places)
    session.advance(False)
    session.advance(False)
    panel.refresh(view_of(session))
    assert panel.heading.text() == "Gradient of W1"


def test_another_step_can_be_chosen_and_stays(show, qtbot) -> None:
    session = at(begun(mazur()), "backward", "net", 1)
    panel = show(MatrixFormPanel, view_of(session))
    place = 1 + panel._listed.index(Choice("forward", "net", 1))
    panel.choice.setCurrentIndex(place)
    panel.choice.activated.emit(place)
    assert panel.heading.text() == "Net inputs of layer 1"
    session.advance(False)
    panel.refresh(view_of(session))
    assert panel.heading.text() == "Net inputs of layer 1"
    panel.refresh(view_of(begun(xor())))
    assert panel.choice.count() == len(panel._listed) + 1


def test_what_is_selected_is_marked(show) -> None:
    session = at(begun(mazur()), "backward", "parameter", 2, 4)
    panel = show(MatrixFormPanel, view_of(session, selection=Weight(2, 0, 1)))
    assert step_of(panel).left.mark == (0, 1)


def test_pointing_lights_here_and_tells_elsewhere(show, qtbot) -> None:
    session = at(begun(mazur()), "forward", "net", 1)
    panel = show(MatrixFormPanel, view_of(session), (900, 300))
    weight = Quantity("parameter", Weight(1, 0, 1))
    with qtbot.waitSignal(panel.quantity_pointed) as pointed:
        qtbot.mouseMove(panel.matrices, panel.matrices.place_of(weight).center().toPoint())
    assert pointed.args == [weight]
    panel.set_pointed(Quantity("element", Weight(1, 0, 1)))
    assert len(panel.matrices.lit) == 1
    with qtbot.waitSignal(panel.element_selected) as selected:
        qtbot.mouseClick(panel.matrices, Qt.MouseButton.LeftButton,
                         pos=panel.matrices.place_of(weight).center().toPoint())
    assert selected.args == [Weight(1, 0, 1)]


def test_arrow_keys_go_from_entry_to_entry_and_enter_selects(show, qtbot) -> None:
    session = begun(mazur())
    panel = show(MatrixFormPanel, view_of(session, selection=None), (900, 300))
    panel.matrices.setFocus()
    pointed, selected = [], []
    panel.quantity_pointed.connect(pointed.append)
    panel.element_selected.connect(selected.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Home, Qt.Key.Key_Return):
        qtbot.keyClick(panel.matrices, key)
    assert len(pointed) == 4 and pointed[0] == pointed[3] and pointed[0] != pointed[1]
    assert selected == [pointed[0].element]
    value = session.record.new_parameters[session.problem.blocks.positions("b2", (0,))[0]]
    assert panel.matrices.accessibleDescription() == f"new b2 = {value}"


def test_the_copied_lines_and_the_copied_script_are_numpy(show, qtbot) -> None:
    session = at(begun(xor()), "forward", "net", 1)
    panel = show(MatrixFormPanel, view_of(session))
    qtbot.mouseClick(panel.copy_lines, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "net1 = W1 @ x + b1"
    qtbot.mouseClick(panel.copy_script, Qt.MouseButton.LeftButton)
    names: dict[str, object] = {}
    exec(QGuiApplication.clipboard().text(), names)
    assert np.allclose(names["delta1"], session.record.delta(1), rtol=1e-12)
    assert names["loss"] == pytest.approx(session.record.loss, rel=1e-12)


@pytest.mark.parametrize("make", [mazur, xor, circle, lambda: digits(40), lambda: open_example("xor-maxout"),
                                  lambda: open_example("surface-ravine"), lambda: open_example("deep-linear"),
                                  lambda: xor(optimiser={"name": "kfac", "learning_rate": 0.1})])
@pytest.mark.parametrize("example", [0, MEAN])
def test_every_step_of_every_network_can_be_shown(show, make, example: int) -> None:
    session = Session(make())
    panel = show(MatrixFormPanel, view_of(session, example=example), (900, 320))
    panel.set_theme(DARK)
    for section in session.order.sections:
        session.seek_operation(section.start + (section.count + 1) // 2)
        panel.refresh(view_of(session, example=example))
        assert panel.matrices.marked and panel.lines.toPlainText()
        assert not panel.grab().isNull()
    panel.refresh(None)
    assert panel.empty.isVisible()


def test_a_value_that_is_not_a_number_is_shown_as_such(show) -> None:
    document = xor(parameters={"W2": [[1e308, 1e308, 1e308, 1e308]]})
    session = Session(document)
    session.seek_operation(session.order.section("backward", "parameter", 2).start + 1)
    panel = show(MatrixFormPanel, view_of(session))
    assert panel.matrices.marked and not panel.grab().isNull()


def test_the_script_stands_on_a_surface_too(show, qtbot) -> None:
    session = begun(open_example("surface-saddle"))
    panel = show(MatrixFormPanel, view_of(session))
    qtbot.mouseClick(panel.copy_script, Qt.MouseButton.LeftButton)
    names: dict[str, object] = {}
    exec(QGuiApplication.clipboard().text(), names)
    assert np.allclose(np.ravel(names["p"]), session.record.new_parameters, rtol=1e-12)


def test_the_leaves_of_a_graph_that_learns_are_updated_as_one_column(show) -> None:
    session = Session(open_example("gate-descent"))
    panel = show(MatrixFormPanel, view_of(session))
    for _ in range(20):
        session.advance()
        panel.show_view(view_of(session, selection=Weight(1, 0, 0)))
    session.advance_steps(1)
    panel.show_view(view_of(session, selection=Weight(1, 0, 0)))
    assert panel.heading.text() == "Update of the leaves" and "p = p - eta * g_p" in panel.lines.toPlainText()
    names: dict[str, object] = {}
    exec(panel._form.numpy.script(), names)
    np.testing.assert_allclose(np.ravel(names["p"]), session.record.new_parameters, rtol=1e-14)


def test_a_graph_that_does_not_learn_says_why_there_are_no_matrices(show) -> None:
    panel = show(MatrixFormPanel)
    assert panel.nothing_of(view_of(Session(open_example("gate-product-sum")))).startswith(
        "A computation graph has no layers")
