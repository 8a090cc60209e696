"""The panel of examples shows each example's own gradient, their mean, and who is outvoted."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication

from nnviz.gui.panels.examples import ExamplesPanel
from nnviz.gui.panels.examples_model import SHOWN
from nnviz.gui.panels.table_model import UNKNOWN
from nnviz.report.elements import Bias, Weight
from nnviz.report.example_gradients import ORDERS, ExampleGradients
from nnviz.report.moment import MEAN
from nnviz.session.session import Session
from tests.gui.panels.views import circle, digits, mazur, view_of, xor


def done(document, steps: int = 1) -> Session:
    session = Session(document)
    session.advance_steps(steps)
    return session


def cells(panel: ExamplesPanel, role: Qt.ItemDataRole = Qt.ItemDataRole.ToolTipRole) -> list[list[str]]:
    model = panel.model
    return [[model.index(row, column).data(role) for column in range(model.columnCount())]
            for row in range(model.rowCount())]


@pytest.mark.parametrize("make", [mazur, xor, circle])
def test_every_cell_is_that_examples_own_gradient_with_every_digit(show, make) -> None:
    session = done(make())
    panel = show(ExamplesPanel, view_of(session))
    table = ExampleGradients(session.record)
    wanted = table.rows(np.arange(len(table.mean)))
    assert np.array_equal(np.array(cells(panel), dtype=float), wanted)
    means = [panel.model.mean(row) for row in range(panel.model.rowCount())]
    assert means == table.mean.tolist()


def test_what_the_cursor_has_not_reached_is_a_dash(show) -> None:
    session = Session(xor())
    panel = show(ExamplesPanel, view_of(session))
    assert {text for row in cells(panel, Qt.ItemDataRole.DisplayRole) for text in row} == {UNKNOWN}
    assert panel.means.index(0, 0).data() == UNKNOWN


@pytest.mark.parametrize("order", [order.name for order in ORDERS])
def test_rows_come_in_the_order_that_is_asked_for(show, qtbot, order: str) -> None:
    session = done(circle(), 5)
    panel = show(ExamplesPanel, view_of(session))
    place = panel.order.findData(order)
    panel.order.setFocus()
    for _ in range(place):
        qtbot.keyClick(panel.order, Qt.Key.Key_Down)
    row = next(row for row in ORDERS if row.name == order)
    keys = row.key(ExampleGradients(session.record))
    shown = [keys[panel.model.place_at(place)] for place in range(panel.model.rowCount())]
    assert shown == sorted(keys.tolist())
    places = [panel.model.place_at(place) for place in range(panel.model.rowCount())]
    numbers = np.array([[panel.model.number(place, column) for column in range(3)] for place in range(len(places))])
    assert np.array_equal(numbers, ExampleGradients(session.record).rows(np.arange(len(places)))[places][:, :3])


def test_a_click_on_a_cell_selects_its_parameter_and_its_example(show, qtbot) -> None:
    panel = show(ExamplesPanel, view_of(done(xor())))
    elements, examples = [], []
    panel.element_selected.connect(elements.append)
    panel.example_chosen.connect(examples.append)
    where = panel.table.visualRect(panel.model.index(1, 2)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert elements == [Weight(1, 0, 1)] and examples == [2]
    assert panel.mean_table.currentIndex().row() == 1
    where = panel.mean_table.visualRect(panel.means.index(2, 0)).center()
    qtbot.mouseClick(panel.mean_table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert elements[-1] == Weight(1, 1, 0) and examples[-1] == MEAN


def test_what_is_selected_and_shown_elsewhere_is_marked_and_asks_for_nothing(show) -> None:
    session = done(xor())
    panel = show(ExamplesPanel, view_of(session))
    asked: list[object] = []
    panel.element_selected.connect(asked.append)
    panel.example_chosen.connect(asked.append)
    panel.refresh(view_of(session, example=3, selection=Bias(2, 0)))
    now = panel.table.currentIndex()
    assert (panel.model.element_at(now.row()), now.column()) == (Bias(2, 0), 3) and not asked
    heads = [panel.model.headerData(column, Qt.Orientation.Horizontal) for column in range(4)]
    assert [SHOWN in head for head in heads] == [False, False, False, True]


def test_the_filter_leaves_what_answers_and_the_choice_survives_an_order(show, qtbot) -> None:
    panel = show(ExamplesPanel, view_of(done(mazur())))
    qtbot.keyClicks(panel.filter, "w5")
    assert [panel.model.headerData(row, Qt.Orientation.Vertical) for row in range(panel.model.rowCount())] == ["w5"]
    panel.filter.clear()
    assert panel.model.rowCount() == 10


def test_copies_have_every_digit(show, qtbot) -> None:
    session = done(xor())
    panel = show(ExamplesPanel, view_of(session))
    panel.table.setCurrentIndex(panel.model.index(0, 0))
    panel.table.selectRow(0)
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = [float(text) for text in QGuiApplication.clipboard().text().split("\t")]
    assert copied == ExampleGradients(session.record).rows(np.array([0]))[0].tolist()


def test_only_what_is_visible_is_multiplied_out(show) -> None:
    panel = show(ExamplesPanel, view_of(done(digits(40))))
    assert panel.model.rowCount() == 13_002 and panel.model.columnCount() == 32
    panel.grab()
    assert 0 < sum(len(block) for block in panel.model._blocks.values()) <= 2 * 32
    panel.table.scrollToBottom()
    panel.grab()
    assert panel.mean_table.verticalScrollBar().value() == panel.table.verticalScrollBar().value() > 0
    assert sum(len(block) for block in panel.model._blocks.values()) <= 4 * 32


def test_another_network_brings_other_rows_and_none_leaves_a_sentence(show) -> None:
    panel = show(ExamplesPanel, view_of(done(xor())))
    panel.refresh(view_of(done(mazur()), selection=Weight(2, 1, 1)))
    assert panel.model.rowCount() == 10 and panel.model.columnCount() == 1
    assert panel.model.element_at(panel.table.currentIndex().row()) == Weight(2, 1, 1)
    panel.refresh(None)
    assert panel.empty.isVisible() and panel.model.rowCount(QModelIndex()) == 0
