"""The panel of dead units counts them over time and names those that are dead now."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from nnviz.gui.panels.dead import DeadPanel
from nnviz.gui.panels.plots import Pace
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
    assert x.tolist() == list(range(41)) and y.tolist() == [0, *counts]
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
    assert panel._lines[0].getData()[0].max() == 10
    session.undo()
    panel.refresh(view_of(session))
    assert panel._lines[0].getData()[0].max() == 4


def test_no_network_and_another_theme_leave_it_whole(show) -> None:
    panel = show(DeadPanel, view_of(Session(circle())))
    panel.set_theme(DARK)
    panel.refresh(None)
    assert panel.empty.isVisible() and not panel.plot.isVisible()
    panel.refresh(view_of(Session(dying())))
    assert panel.plot.isVisible() and len(panel.legend.texts()) == 1


def test_what_happened_while_it_was_hidden_is_there_when_it_is_opened(show) -> None:
    session = Session(dying())
    panel = show(DeadPanel)
    panel.hide()
    expected = {}
    for _ in range(30):
        panel._pace = Pace(8.0)       # as if there had been time since
        session.advance_steps(1)
        view = view_of(session)
        panel.collect(view)
        expected[session.updates_done] = float(view.survey.dead(1).sum())
    panel.show()
    panel.refresh(view_of(session))
    x, y = panel._lines[0].getData()
    assert dict(zip(x.tolist(), y.tolist(), strict=True)) == expected and y.max() == 2.0


def test_a_single_count_is_a_dot_on_an_axis_that_begins_with_the_branch(show) -> None:
    session = Session(dying())
    session.advance_steps(50)
    panel = show(DeadPanel, view_of(session))
    assert panel._dots[0].getData()[0].tolist() == [50.0]
    low, high = panel.plot.getPlotItem().vb.viewRange()[0]
    assert -1.0 <= low <= 0.0 and high >= 50.0


def test_an_edit_keeps_the_count_that_was_true_before_it(show) -> None:
    session = Session(dying())
    session.advance_steps(40)
    panel = show(DeadPanel, view_of(session))
    session.edit({"optimiser.learning_rate": 0.1}, "slower")
    panel.refresh(view_of(session))
    x, y = panel._lines[0].getData()
    assert x.tolist() == [40.0, 40.0] and y.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("size", [(955, 129), (320, 300)])
def test_at_least_three_names_are_seen_at_once(show, size: tuple[int, int]) -> None:
    session = Session(circle(parameters={"b1": [-1000.0] * 8}))
    panel = show(DeadPanel, view_of(session), size)
    row = panel.list.visualRect(panel._names.index(2))
    assert len(names(panel)) >= 8
    assert panel.list.viewport().rect().contains(row)


def test_one_training_example_is_said_in_the_singular(show) -> None:
    one = xor(layers=[{"units": 2, "activation": "relu"}, {"units": 1, "activation": "sigmoid"}],
              data={"inputs": [[1.0, 1.0]], "targets": [[1.0]]})
    assert show(DeadPanel, view_of(Session(one))).summary.text().endswith("on 1 training example")
