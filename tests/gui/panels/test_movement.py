"""The panel "Why it moved" shows an update as a sum that ends at the update, whoever asks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from nnviz.gui.panels.movement import MovementPanel
from nnviz.gui.panels.number_rows import BAR_ROLE
from nnviz.report.elements import Unit, Weight
from nnviz.report.moment import MEAN
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.gui.panels.views import document, view_of, xor


def trained(steps: int = 3, **more: object) -> Session:
    session = Session(xor(**more))
    session.advance_steps(steps)
    return session


def texts(panel: MovementPanel) -> list[list[str]]:
    model = panel.table.numbers
    return [[str(model.index(row, column).data() or "") for column in range(model.columnCount())]
            for row in range(model.rowCount())]


def test_the_rows_add_up_to_the_update(show) -> None:
    session = trained(optimiser={"name": "adam", "learning_rate": 0.1, "l2": 0.01})
    panel = show(MovementPanel, view_of(session, selection=Weight(1, 0, 1), example=MEAN))
    rows = texts(panel)
    assert {row[0] for row in rows} >= {f"example {number}" for number in range(4)} | {"momentum", "L2 penalty"}
    assert rows[-1][0] == "update" and rows[-1][4] == rows[-2][4] == rows[-1][3]
    place = session.problem.blocks.positions("W1", (0, 1))[0]
    table = panel.table.numbers.as_text([len(rows) - 1]).split("\t")
    assert float(table[-1]) == session.record.update[place]
    assert "Examples have 1 − β₁ of the numerator" in panel.note.text()
    assert panel.heading.text().startswith("W1[0,1]: ")


def test_a_click_on_an_example_shows_it_in_the_picture(show, qtbot) -> None:
    session = trained()
    panel = show(MovementPanel, view_of(session, selection=Weight(1, 0, 1), example=MEAN))
    rows = texts(panel)
    row = next(number for number, cells in enumerate(rows) if cells[0] == "example 2")
    at = panel.table.visualRect(panel.table.numbers.index(row, 0)).center()
    with qtbot.waitSignal(panel.example_chosen) as signal:
        qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert signal.args == [session.record.rows.tolist().index(2)]


def test_keys_walk_through_the_rows_and_copy_them_in_full(show, qtbot) -> None:
    session = trained()
    panel = show(MovementPanel, view_of(session, selection=Weight(2, 0, 1), example=MEAN))
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.example_chosen):
        for _ in range(3):
            qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    head, line = QGuiApplication.clipboard().text().split("\n")
    assert head.split("\t") == ["Part", "Gradient", "Δw", "Sum"] and len(line.split("\t")[2]) > 10


def test_bars_are_measured_by_the_longest(show) -> None:
    panel = show(MovementPanel, view_of(trained(), selection=Weight(1, 0, 1)))
    shares = [panel.table.numbers.index(row, 2).data(BAR_ROLE) for row in range(panel.table.numbers.rowCount())]
    assert max(map(abs, shares)) == 1.0


def test_the_order_can_be_chosen(show) -> None:
    panel = show(MovementPanel, view_of(trained(), selection=Weight(1, 0, 1), example=MEAN))
    panel.order.setCurrentIndex(panel.order.findData("batch"))
    examples = [row[0] for row in texts(panel) if row[0].startswith("example")]
    assert examples == [f"example {number}" for number in range(4)]


def test_the_shown_example_is_marked(show) -> None:
    panel = show(MovementPanel, view_of(trained(), selection=Weight(1, 0, 1), example=1))
    assert [row[0] for row in texts(panel) if row[0].startswith("▸")] == ["▸ example 1"]


@pytest.mark.parametrize("selection, text", [(None, "Select a weight"), (Unit(1, 0), "Select a weight")])
def test_without_a_parameter_it_says_what_to_select(show, selection, text) -> None:
    panel = show(MovementPanel, view_of(trained(), selection=selection))
    assert panel.empty.text().startswith(text) and not panel.table.isVisible()


def test_before_the_update_it_says_that_the_pass_has_not_come_there(show) -> None:
    session = Session(xor())
    session.advance()
    panel = show(MovementPanel, view_of(session, selection=Weight(1, 0, 1)))
    assert "not come to the update of W1[0,1]" in panel.empty.text()
    assert show(MovementPanel, None).empty.text().startswith("Open a network")


def test_a_surface_has_a_list_of_its_variables(show) -> None:
    session = Session(open_example("surface-ravine"))
    session.advance_steps(4)
    panel = show(MovementPanel, view_of(session))
    assert [panel.variable.itemText(number) for number in range(panel.variable.count())] == ["x", "y"]
    x = panel.heading.text()
    panel.variable.setCurrentIndex(1)
    assert x.startswith("x: ") and panel.heading.text().startswith("y: ")
    assert not panel.nothing_of(view_of(session))


def test_what_is_frozen_says_so(show) -> None:
    panel = show(MovementPanel, view_of(trained(frozen=["W1"]), selection=Weight(1, 0, 1)))
    assert panel.note.text().startswith("It is frozen")


def test_a_thousand_examples_have_one_row_for_the_smaller_shares(show) -> None:
    inputs = [[(number * 37 % 101) / 50 - 1, (number * 17 % 89) / 45 - 1] for number in range(1000)]
    made: Document = document(
        inputs=2, layers=[{"units": 3, "activation": "tanh"}, {"units": 1, "activation": "identity"}],
        loss="squared_error", data={"inputs": inputs, "targets": [[x * y] for x, y in inputs]})
    session = Session(made)
    session.advance_steps(2)
    panel = show(MovementPanel, view_of(session, selection=Weight(2, 0, 1), example=MEAN))
    assert sum("more examples" in row[0] for row in texts(panel)) == 1 and len(texts(panel)) < 70
    place = next(number for number, row in enumerate(texts(panel)) if "more examples" in row[0])
    panel.table.row_chosen.emit(place)
    assert len(texts(panel)) >= 1001 and texts(panel)[-1][0] == "update"
    panel.refresh(view_of(session, selection=Weight(2, 0, 0), example=MEAN))
    assert len(texts(panel)) < 70


def test_a_leaf_of_a_graph_moves_by_its_gradient_and_not_by_examples(show) -> None:
    session = Session(open_example("gate-descent"))
    session.advance_steps(5)
    panel = show(MovementPanel, view_of(session, selection=Weight(1, 0, 0)))
    assert panel.heading.text().startswith("w: 1.3704 + 0.05184") and texts(panel)[0][0] == "its gradient"
    assert panel.note.text() == "w ← w − η ∂E/∂w"
    panel.show_view(view_of(session, selection=Weight(1, 1, 0)))
    assert "frozen" in panel.note.text() and "example" not in panel.note.text()
    panel.show_view(view_of(session))
    assert panel.empty.text() == "Select a leaf in the picture to see what moves it."
    still = Session(open_example("gate-product-sum"))
    still.advance_steps(1)
    panel.show_view(view_of(still, selection=Weight(1, 0, 0)))
    assert panel.empty.text() == "This computation graph has no optimiser, so its leaves stay as they are."
