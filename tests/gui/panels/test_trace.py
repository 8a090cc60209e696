"""The trace beside the picture: a row an operation, made where somebody looks, and a way to any moment of the pass."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from nnviz.gui.panels.trace import TracePanel
from nnviz.gui.panels.trace_model import COLUMNS, PLACE
from nnviz.gui.theme import DARK
from nnviz.report.elements import Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.moment import MEAN
from nnviz.report.quantities import Quantity
from nnviz.report.trace import Trace
from nnviz.session.session import Session
from tests.gui.panels.views import digits, mazur, view_of, xor


def begun(document, cursor: int | None = None, steps: int = 1) -> Session:
    session = Session(document)
    session.advance_steps(steps)
    if cursor is not None:
        session.seek_operation(cursor)
    return session


def cell(panel: TracePanel, row: int, name: str, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> str:
    return panel.model.index(row, PLACE[name]).data(role)


def column(panel: TracePanel, name: str) -> list[str]:
    return [cell(panel, row, name) for row in range(panel.model.rowCount())]


def click(qtbot, panel: TracePanel, row: int) -> None:
    index = panel.model.index(row, PLACE["node"])
    panel.table.scrollTo(index)
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=panel.table.visualRect(index).center())


def test_the_columns_are_those_of_the_contract() -> None:
    from nnviz.exchange.tables import TABLES

    assert tuple(column.name for column in COLUMNS) == TABLES["trace"].columns


def test_every_cell_in_full_is_that_of_the_file(show) -> None:
    session = begun(xor())
    panel = show(TracePanel, view_of(session))
    panel.only_shown.setChecked(False)
    expected = list(Trace(session.record, Labels(session.document.network, session.document.labels)).rows())
    assert panel.model.rowCount() == len(expected)
    for row, line in enumerate(expected):
        assert panel.model.text(row, "order") == str(row + 1)
        assert [panel.model.text(row, name) for name in line._fields[:6]] == [str(value) for value in line[:6]]
        assert [panel.model.text(row, name) for name in line._fields[6:]] == [
            "" if value is None else repr(value + 0.0) for value in line[6:]]


def test_a_row_an_operation_for_the_shown_example(show) -> None:
    session = begun(xor())
    panel = show(TracePanel, view_of(session, example=2))
    assert panel.model.rowCount() == session.order.length
    assert set(column(panel, "example")) == {"2", "mean"}
    assert cell(panel, 0, "value") == f"{session.record.net(1)[0, 2]:.6g}".replace("-", "−")
    panel.refresh(view_of(session, example=MEAN))
    assert set(column(panel, "example")) == {"mean"}


def test_rows_to_come_are_dim_and_have_no_numbers(show) -> None:
    session = begun(mazur(), 3)
    panel = show(TracePanel, view_of(session))
    assert [bool(text) for text in column(panel, "value")[:5]] == [True, True, True, False, False]
    assert cell(panel, 3, "formula") and not cell(panel, 3, "calculation") and not panel.model.text(3, "gradient")
    dim = [cell(panel, row, "node", Qt.ItemDataRole.ForegroundRole) is not None for row in range(5)]
    assert dim == [False, False, False, True, True]
    marked = [row for row in range(panel.model.rowCount())
              if cell(panel, row, "node", Qt.ItemDataRole.BackgroundRole) is not None]
    assert marked == [2] and panel.table.currentIndex().row() == 2
    assert panel.line.text().startswith("out h1 = 1/(1 + e^−(net h1)) = 1/(1 + e^−(0.377")


def test_the_row_of_the_last_operation_is_scrolled_to(show) -> None:
    session = begun(digits(60), 9_000)
    panel = show(TracePanel, view_of(session))
    assert panel.table.viewport().rect().contains(panel.table.visualRect(panel.model.index(8_999, PLACE["node"])))
    session.seek_operation(20)
    with_fewer = view_of(session)
    panel.refresh(with_fewer)
    assert panel.table.viewport().rect().contains(panel.table.visualRect(panel.model.index(19, PLACE["node"])))


def test_a_click_asks_for_the_moment_the_example_and_the_element(show, qtbot) -> None:
    session = begun(xor(), 4)
    panel = show(TracePanel, view_of(session), (1100, 420))
    panel.only_shown.setChecked(False)
    moments, examples, elements = [], [], []
    panel.moment_requested.connect(moments.append)
    panel.example_chosen.connect(examples.append)
    panel.element_selected.connect(elements.append)
    click(qtbot, panel, 4 * 6 + 3)
    assert (moments, examples, set(elements)) == ([7], [3], {Unit(1, 2)})


def test_arrow_keys_light_elements_and_enter_goes_there(show, qtbot) -> None:
    session = begun(mazur(), 3)
    panel = show(TracePanel, view_of(session))
    with qtbot.assertNotEmitted(panel.moment_requested), qtbot.waitSignal(panel.element_selected) as lit:
        qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert lit.args == [Unit(1, 1)] and panel.line.text() == "out h2 = 1/(1 + e^−(net h2))"
    with qtbot.waitSignal(panel.moment_requested) as asked:
        qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert asked.args == [4]
    qtbot.keyClick(panel.table, Qt.Key.Key_End)
    assert panel.table.currentIndex().row() == session.order.length - 1
    qtbot.keyClick(panel.table, Qt.Key.Key_Home)
    assert panel.table.currentIndex().row() == 0


def test_the_filter_takes_nodes_and_phases(show, qtbot) -> None:
    session = begun(mazur())
    panel = show(TracePanel, view_of(session))
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.filter.hasFocus()
    qtbot.keyClicks(panel.filter, "w5")
    assert column(panel, "phase") == ["backward", "update"]
    panel.filter.setText("backward h1")
    assert column(panel, "node") == ["out h1", "net h1"]
    session.seek_operation(session.order.section("backward", "net", 1).start + 1)
    panel.refresh(view_of(session))
    assert panel.table.currentIndex().row() == 1
    panel.filter.setText("nothing")
    assert panel.model.rowCount() == 0 and panel.amount.text() == "0 rows of 39 operations"
    panel.filter.clear()
    assert panel.model.rowCount() == 39


def test_rows_are_copied_with_every_digit(show, qtbot) -> None:
    session = begun(mazur())
    panel = show(TracePanel, view_of(session), (1600, 400))
    panel.table.selectRow(0)
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    expected = Trace(session.record, Labels(session.document.network, session.document.labels)).rows_of(
        session.order.at(0))[0]
    cells = QGuiApplication.clipboard().text().split("\t")
    assert cells == ["1", "1", "0", "forward", "affine", "net h1", expected.formula, expected.calculation,
                     repr(expected.value), "", "", ""]


def test_rows_are_read_aloud(show) -> None:
    session = begun(mazur())
    panel = show(TracePanel, view_of(session))
    row = session.order.section("backward", "net", 1).start
    assert cell(panel, row, "node", Qt.ItemDataRole.AccessibleTextRole).startswith("backward, δ of h1, 0.00")
    panel.table.selectRow(row)
    assert panel.table.accessibleDescription() == panel.model.spoken(row)


def test_a_number_that_is_pointed_at_lights_its_rows(show, qtbot) -> None:
    session = begun(mazur())
    panel = show(TracePanel, view_of(session), (1000, 420))
    panel.set_pointed(Quantity("gradient", Weight(2, 0, 0)))
    lit = [row for row in range(panel.model.rowCount()) if panel.model.is_lit(row)]
    assert [cell(panel, row, "phase") + cell(panel, row, "node") for row in lit] == ["backwardw5"]
    panel.set_pointed(Quantity("element", Unit(1, 0)))
    assert sum(panel.model.is_lit(row) for row in range(panel.model.rowCount())) == 4
    session.seek_operation(1)
    panel.refresh(view_of(session))
    pointed = []
    panel.quantity_pointed.connect(pointed.append)
    qtbot.mouseMove(panel.table.viewport(), panel.table.visualRect(panel.model.index(1, PLACE["node"])).center())
    qtbot.waitUntil(lambda: Quantity("net", Unit(1, 1), example=0) in pointed)


def test_export_offers_the_trace(show, qtbot) -> None:
    panel = show(TracePanel, view_of(begun(mazur())))
    with qtbot.waitSignal(panel.export_requested) as asked:
        qtbot.mouseClick(panel.export, Qt.MouseButton.LeftButton)
    assert asked.args == ["trace"]


def test_only_rows_that_are_seen_are_written(show) -> None:
    session = begun(digits(60))
    panel = show(TracePanel, view_of(session), (1200, 300))
    panel.grab()
    assert panel.model.rowCount() == session.order.length > 26_000
    assert len(panel.model._written) < 80


def test_a_batch_of_another_size_a_surface_and_no_network_are_shown(show) -> None:
    session = begun(xor(batch_size=3))
    panel = show(TracePanel, view_of(session))
    panel.only_shown.setChecked(False)
    assert panel.model.examples == 3
    session.advance_steps(1)
    panel.refresh(view_of(session))
    assert panel.model.examples == 1
    from nnviz.session.examples import open_example

    panel.set_theme(DARK)
    surface = begun(open_example("surface-ravine"))
    panel.refresh(view_of(surface, selection=Weight(1, 0, 0)))
    assert column(panel, "node") == ["f", "x", "y", "x", "y"]
    panel.refresh(None)
    assert panel.model.rowCount() == 0 and panel.empty.isVisible()


def test_while_training_flows_the_rows_stay_where_they_are(show, qtbot) -> None:
    session = begun(digits(60))
    panel = show(TracePanel, view_of(session), (1200, 300))
    qtbot.waitUntil(lambda: not panel._see_again.isActive())
    panel.table.scrollToTop()
    line = panel.line.text()
    session.advance_steps(1)
    flowing = replace(view_of(session, playing=True), steps_per_second=100.0)

    def due() -> bool:
        panel.refresh(flowing)
        return panel.model.step == 2

    qtbot.waitUntil(due)
    assert panel.table.rowAt(0) == 0 and panel.line.text() == line
