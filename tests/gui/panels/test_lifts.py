"""Three ways to raise a neuron, as bars whose meaning can be chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nnviz.gui.panels.lifts import LiftsPanel
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.gui.panels.views import digits, view_of


def trained(document: Document, steps: int = 1) -> Session:
    session = Session(document)
    session.advance_steps(steps)
    return session


def rows(panel: LiftsPanel) -> list[list[str]]:
    model = panel.table.numbers
    return [[str(model.index(row, column).data() or "") for column in range(model.columnCount())]
            for row in range(model.rowCount())]


def test_bias_weights_and_inputs_have_a_bar_each(show) -> None:
    panel = show(LiftsPanel, view_of(trained(open_example("mazur-2-2-2")), selection=Unit(1, 0)))
    assert [(row[0], row[1], row[4]) for row in rows(panel)] == [
        ("bias", "b1", "+1"), ("weight", "w1", "+0.05"), ("weight", "w2", "+0.1"), ("input", "i1", "+0.15"),
        ("input", "i2", "+0.2")]
    panel.aim.setCurrentIndex(panel.aim.findData("lower"))
    assert rows(panel)[1][4] == "−0.00043857"
    assert "cost falls" in panel.note.text()


def test_a_row_selects_its_weight_and_the_panel_stays_with_the_neuron(show, qtbot) -> None:
    session = trained(open_example("mazur-2-2-2"))
    panel = show(LiftsPanel, view_of(session, selection=Unit(1, 0)))
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.table.numbers.index(0, 0))
    with qtbot.waitSignal(panel.element_selected) as signal:
        qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert signal.args == [Weight(1, 0, 0)]
    panel.refresh(view_of(session, selection=Weight(1, 0, 0)))
    assert "raise h1" in panel.heading.text() and panel.table.chosen_row == 1
    panel.refresh(view_of(session, selection=Bias(2, 0)))
    assert panel.empty.text().startswith("Select a hidden unit")


def test_of_784_inputs_the_longest_bars_are_shown(show) -> None:
    panel = show(LiftsPanel, view_of(trained(digits(64)), selection=Unit(1, 0)))
    assert len(rows(panel)) == 25 and "772 weights" in panel.note.text()


def test_what_the_pass_has_not_come_to_is_said(show) -> None:
    session = Session(open_example("mazur-2-2-2"))
    panel = show(LiftsPanel, view_of(session, selection=Unit(1, 0)))
    assert "net input of this neuron yet" in panel.empty.text()
    assert panel.aim.isVisible() and not panel.table.isVisible()
    assert show(LiftsPanel, None).empty.text().startswith("Open a network")
    assert panel.nothing_of(view_of(trained(open_example("surface-ravine")))).startswith("A surface has no neurons")
