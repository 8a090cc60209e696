"""The panel of dead units counts them over time and names those that are dead now."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nnviz.gui.panels.dead import DeadPanel
from nnviz.gui.theme import DARK
from nnviz.report.elements import Unit
from nnviz.session.session import Session
from tests.gui.panels.views import circle, digits, dying, view_of, xor


def names(panel: DeadPanel) -> list[str]:
    return [text.split()[0] for text in panel._names.stringList()]


def test_it_counts_and_names_the_units_that_die(show) -> None:
    session = Session(dying())
    panel = show(DeadPanel, view_of(session))
    assert panel.summary.text().startswith("0 of 2")
    assert panel.list.isHidden()
    counts = []
    for _ in range(40):
        session.advance_steps(1)
        view = view_of(session)
        panel.refresh(view)
        counts.append(int(view.survey.dead(1).sum()))
    assert counts[-1] == 2
    assert panel.summary.text().startswith("2 of 2")
    assert names(panel) == ["h1", "h2"]
    x, y = panel._lines[0].getData()
    assert x.tolist() == list(range(1, 42)) and y.tolist() == [0, *counts]
    assert panel.legend.texts() == ["hidden 1: 2/2"]


def test_a_click_on_a_name_selects_the_unit(show, qtbot) -> None:
    session = Session(digits(60))
    panel = show(DeadPanel, view_of(session))
    place = names(panel).index("h1_4")
    assert "h1_10" in names(panel)
    row = panel.list.visualRect(panel._names.index(place)).center()
    with qtbot.waitSignal(panel.element_selected) as signal:
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert signal.args == [Unit(1, 3)]


def test_a_unit_can_be_selected_by_the_keyboard(show, qtbot) -> None:
    panel = show(DeadPanel, view_of(Session(digits(60))))
    panel.list.setFocus()
    panel.list.setCurrentIndex(panel._names.index(names(panel).index("h1_4")))
    with qtbot.waitSignal(panel.element_selected) as signal:
        qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert signal.args == [Unit(1, 3)]


def test_each_relu_layer_has_its_own_line(show) -> None:
    session = Session(circle(seed=1))
    panel = show(DeadPanel, view_of(session))
    session.advance_steps(40)
    panel.refresh(view_of(session))
    assert len(panel.legend.texts()) == 2
    assert [line.isVisible() for line in panel._lines] == [True, True]


def test_a_network_without_relu_says_so_and_what_a_dead_unit_is(show) -> None:
    panel = show(DeadPanel, view_of(Session(xor())))
    assert "No ReLU layer in this network: its layers are Tanh, Sigmoid" in panel.empty.text()
    assert "at most 0 on every example" in panel.empty.text()
    assert not panel.plot.isVisible()


def test_undo_takes_the_counts_of_the_other_branch_away(show) -> None:
    session = Session(dying())
    panel = show(DeadPanel, view_of(session))
    for _ in range(4):
        session.advance_steps(1)
        panel.refresh(view_of(session))
    session.edit({"optimiser.learning_rate": 0.5}, "slower")
    for _ in range(6):
        session.advance_steps(1)
        panel.refresh(view_of(session))
    assert panel._lines[0].getData()[0].max() == 11
    session.undo()
    panel.refresh(view_of(session))
    assert panel._lines[0].getData()[0].max() == 5


def test_no_network_and_another_theme_leave_it_whole(show) -> None:
    panel = show(DeadPanel, view_of(Session(circle())))
    panel.set_theme(DARK)
    panel.refresh(None)
    assert panel.empty.isVisible() and not panel.plot.isVisible()
    panel.refresh(view_of(Session(dying())))
    assert panel.plot.isVisible() and len(panel.legend.texts()) == 1
