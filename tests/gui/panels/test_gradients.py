"""The table of gradients shows the record's numbers, in any order, and gives them away with every digit."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from nnviz.gui.panels.gradients import GradientsPanel
from nnviz.gui.panels.table_model import COLUMNS, NUMBERS, PLACE, UNKNOWN
from nnviz.gui.theme import DARK
from nnviz.report.elements import Bias, Weight
from nnviz.session.session import Session
from tests.gui.panels.views import circle, digits, document, mazur, view_of, xor


def done(document, steps: int = 1) -> Session:
    session = Session(document)
    session.advance_steps(steps)
    return session


def column(panel: GradientsPanel, name: str, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> list[str]:
    return [panel.model.index(row, PLACE[name]).data(role) for row in range(panel.model.rowCount())]


def test_every_number_is_the_records_in_full_precision(show) -> None:
    session = done(mazur())
    panel = show(GradientsPanel, view_of(session))
    order, record = session.problem.blocks.order, session.record
    vectors = (record.parameters, record.gradient, record.update, record.new_parameters)
    for name, vector in zip(NUMBERS, vectors, strict=True):
        assert [float(text) for text in column(panel, name, Qt.ItemDataRole.ToolTipRole)] == vector[order].tolist()
    assert column(panel, "label") == ["w1", "w2", "w3", "w4", "b1", "w5", "w6", "w7", "w8", "b2"]
    assert column(panel, "parameter")[4:6] == ["b1[0]", "W2[0,0]"]
    assert column(panel, "route")[4:6] == ["→ h1, h2", "h1 → o1"]


def test_what_the_cursor_has_not_reached_is_a_dash(show) -> None:
    session = Session(mazur())
    panel = show(GradientsPanel, view_of(session))
    assert set(column(panel, "gradient") + column(panel, "new_value")) == {UNKNOWN}
    session.seek_operation(session.order.section("backward", "parameter", 2).start + 1)
    panel.refresh(view_of(session))
    known = [text != UNKNOWN for text in column(panel, "gradient")]
    assert known == [False] * 5 + [True] + [False] * 4
    assert set(column(panel, "update")) == {UNKNOWN}


def test_the_leaves_of_a_graph_are_known_as_the_way_back_comes_by(show) -> None:
    session = Session(document(kind="graph", expression="(x + y) * z", values={"x": -2, "y": 5, "z": -4}))
    panel = show(GradientsPanel, view_of(session))
    assert set(column(panel, "gradient")) == {UNKNOWN}
    seen = []
    for cursor in range(session.order.length + 1):
        session.seek_operation(cursor)
        panel.refresh(view_of(session))
        seen.append([text != UNKNOWN for text in column(panel, "gradient")])
        moment = session.moment(0)
        assert seen[-1] == [moment.gradient_of(Weight(1, leaf, 0)) is not None for leaf in range(3)]
    assert column(panel, "gradient") == ["−4", "−4", "+3"] and column(panel, "update") == ["0", "0", "0"]
    assert [False, False, True] in seen         # z comes first on the way back and last in the table


def test_signs_are_seen_and_digits_follow_the_setting(show) -> None:
    session = done(mazur())
    panel = show(GradientsPanel, view_of(session, digits=3))
    assert column(panel, "gradient")[5] == "+0.0822" and column(panel, "update")[5] == "−0.0411"


@pytest.mark.parametrize("name", [entry.name for entry in COLUMNS])
def test_a_header_sorts_up_then_down_then_not_at_all(show, qtbot, name: str) -> None:
    session = done(mazur() if name == "label" else circle(), 3)
    panel = show(GradientsPanel, view_of(session), (1200, 400))
    header, place = panel.table.horizontalHeader(), PLACE[name]
    natural = column(panel, "parameter")

    def click() -> list[str]:
        x = header.sectionViewportPosition(place) + header.sectionSize(place) // 2
        panel.table.horizontalScrollBar().setValue(0)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 8))
        return column(panel, name, Qt.ItemDataRole.ToolTipRole)

    up = click()
    down = click()
    assert panel.model.sort_column == name
    if name in NUMBERS:
        assert [float(text) for text in up] == sorted(float(text) for text in up)
        assert [float(text) for text in down] == sorted((float(text) for text in up), reverse=True)
    if name == "label":
        assert up == ["b1", "b2", *(f"w{k}" for k in range(1, 9))] and down == up[::-1]
    click()
    assert panel.model.sort_column == "" and column(panel, "parameter") == natural


def test_the_list_sorts_by_size_whatever_the_sign(show, qtbot) -> None:
    session = done(circle(), 3)
    panel = show(GradientsPanel, view_of(session))
    qtbot.keyClick(panel.order, Qt.Key.Key_Down)
    panel.order.activated.emit(panel.order.currentIndex())
    sizes = [abs(float(text)) for text in column(panel, "gradient", Qt.ItemDataRole.ToolTipRole)]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] == np.abs(session.record.gradient).max()
    session.advance_steps(1)
    panel.refresh(view_of(session))
    sizes = [abs(float(text)) for text in column(panel, "gradient", Qt.ItemDataRole.ToolTipRole)]
    assert sizes == sorted(sizes, reverse=True)


def test_a_row_selects_its_parameter(show, qtbot) -> None:
    panel = show(GradientsPanel, view_of(done(mazur())))
    place = panel.table.visualRect(panel.model.index(5, PLACE["parameter"])).center()
    with qtbot.waitSignal(panel.element_selected) as signal:
        qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert signal.args == [Weight(2, 0, 0)]
    with qtbot.waitSignal(panel.element_selected) as signal:
        qtbot.keyClick(panel.table, Qt.Key.Key_Up)
    assert signal.args == [Bias(1, 0)]


def test_what_is_selected_elsewhere_is_highlighted_and_scrolled_to(show, qtbot) -> None:
    session = done(digits(60))
    panel = show(GradientsPanel, view_of(session))
    with qtbot.assertNotEmitted(panel.element_selected):
        panel.refresh(view_of(session, selection=Weight(3, 2, 1)))
    row = panel.table.currentIndex().row()
    assert panel.model.element_at(row) == Weight(3, 2, 1)
    assert panel.table.viewport().rect().contains(panel.table.visualRect(panel.model.index(row, 0)).center())
    panel.refresh(view_of(session))
    assert not panel.table.selectionModel().hasSelection()


def test_the_selection_follows_its_parameter_through_sorting_and_filtering(show, qtbot) -> None:
    session = done(circle(), 5)
    panel = show(GradientsPanel, view_of(session, selection=Weight(2, 3, 4)))
    panel.order.setCurrentIndex(1)
    panel.order.activated.emit(1)
    assert panel.model.element_at(panel.table.currentIndex().row()) == Weight(2, 3, 4)
    session.advance_steps(7)
    panel.refresh(view_of(session, selection=Weight(2, 3, 4)))
    assert panel.model.element_at(panel.table.currentIndex().row()) == Weight(2, 3, 4)
    qtbot.keyClicks(panel.filter, "layer 2")
    assert panel.model.element_at(panel.table.currentIndex().row()) == Weight(2, 3, 4)


@pytest.mark.parametrize("text, expected", [
    ("w5", ["w5"]), ("bias", ["b1", "b2"]), ("layer 2", ["w5", "w6", "w7", "w8", "b2"]),
    ("h1 layer 2", ["w5", "w7", "b2"][:2]), ("W2[0,", ["w5", "w6"]), ("b1[0]", ["b1"]), ("nothing", []),
    ("o2 weight", ["w7", "w8"]), ("", ["w1", "w2", "w3", "w4", "b1", "w5", "w6", "w7", "w8", "b2"]),
])
def test_the_filter_takes_names_labels_units_kinds_and_layers(show, qtbot, text: str, expected: list[str]) -> None:
    panel = show(GradientsPanel, view_of(done(mazur())))
    qtbot.keyClicks(panel.filter, text)
    assert column(panel, "label") == expected
    assert panel.amount.text() == ("10 parameters" if len(expected) == 10 else f"{len(expected)} of 10")


def test_copying_cells_gives_every_digit_parted_by_tabs(show, qtbot) -> None:
    session = done(mazur())
    panel = show(GradientsPanel, view_of(session), (1200, 400))
    first = panel.table.visualRect(panel.model.index(5, PLACE["value"])).center()
    last = panel.table.visualRect(panel.model.index(6, PLACE["gradient"])).center()
    viewport = panel.table.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=first)
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, pos=last)
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    record, order = session.record, session.problem.blocks.order
    assert [[float(cell) for cell in line] for line in copied] == [
        [record.parameters[order[row]], record.gradient[order[row]]] for row in (5, 6)]


def test_copy_all_gives_the_bytes_of_the_exported_table(show, qtbot) -> None:
    session = done(mazur())
    view = view_of(session)
    panel = show(GradientsPanel, view)
    with qtbot.waitSignal(panel.message):
        qtbot.mouseClick(panel.copy_all, Qt.MouseButton.LeftButton)
    table = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text())))
    assert table[0] == ["step", "epoch", "parameter", "label", "layer", "kind", "target", "source",
                        "value", "gradient", "update", "new_value"]
    assert len(table) == 11
    assert float(table[6][9]) == session.record.gradient[session.problem.blocks.positions("W2", (0, 0))[0]]


def test_export_asks_for_the_table_of_parameters(show, qtbot) -> None:
    panel = show(GradientsPanel, view_of(done(mazur())))
    with qtbot.waitSignal(panel.export_requested) as signal:
        qtbot.mouseClick(panel.export, Qt.MouseButton.LeftButton)
    assert signal.args == ["parameters"]


def test_a_panel_without_room_shows_names_and_gradients_first(show) -> None:
    panel = show(GradientsPanel, view_of(done(mazur())), (320, 300))
    assert panel.table.isColumnHidden(PLACE["kind"])
    header = panel.table.horizontalHeader()
    assert header.visualIndex(PLACE["gradient"]) < header.visualIndex(PLACE["value"])
    panel.resize(900, 300)
    assert not panel.table.isColumnHidden(PLACE["kind"])
    assert header.visualIndex(PLACE["gradient"]) > header.visualIndex(PLACE["value"])


def test_another_network_and_none_at_all(show) -> None:
    panel = show(GradientsPanel, view_of(done(mazur())))
    panel.set_theme(DARK)
    panel.refresh(view_of(done(xor())))
    assert panel.model.rowCount() == 17 and panel.table.isColumnHidden(PLACE["label"])
    panel.refresh(None)
    assert panel.empty.isVisible() and panel.model.rowCount() == 0
    panel.refresh(view_of(done(mazur())))
    assert panel.model.rowCount() == 10


def test_thirteen_thousand_rows_are_all_there(show) -> None:
    session = done(digits(60))
    panel = show(GradientsPanel, view_of(session))
    assert panel.model.rowCount() == 13_002
    assert panel.model.text(13_001, "parameter") == "b3[9]"


def test_a_click_on_a_header_selects_nothing_and_shows_its_arrow(show, qtbot) -> None:
    panel = show(GradientsPanel, view_of(done(mazur())), (1200, 400))
    header, place = panel.table.horizontalHeader(), PLACE["gradient"]
    middle = QPoint(header.sectionViewportPosition(place) + header.sectionSize(place) // 2, 8)
    with qtbot.assertNotEmitted(panel.element_selected):
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=middle)
        assert panel.model.headerData(place, Qt.Orientation.Horizontal) == "↑ Gradient"
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert panel.model.headerData(place, Qt.Orientation.Horizontal) == "↓ Gradient"
    assert not header.isSortIndicatorShown() and not panel.table.selectionModel().hasSelection()
    width = header.fontMetrics().horizontalAdvance("↓ Gradient")
    assert width + 16 <= header.sectionSize(place)


def test_the_keyboard_comes_into_the_table_without_selecting(show, qtbot) -> None:
    panel = show(GradientsPanel, view_of(done(mazur())))
    with qtbot.assertNotEmitted(panel.element_selected):
        panel.table.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.waitUntil(panel.table.hasFocus)
    with qtbot.waitSignal(panel.element_selected) as signal:
        qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert signal.args == [Weight(1, 0, 0)]


def test_a_low_panel_shows_rows_before_everything_else(show, qapp) -> None:
    panel = show(GradientsPanel, view_of(done(mazur())), (900, 129))
    qapp.processEvents()
    assert panel.table.viewport().rect().contains(panel.table.visualRect(panel.model.index(2, PLACE["gradient"])))
    panel.resize(320, 129)
    assert not panel.export.isVisible() and panel.filter.isVisible()
    assert [action.text() for action in panel.table.actions()] == [panel.copy_all.text(), panel.export.text()]
    panel.resize(320, 400)
    assert panel.export.isVisible()


def test_the_menu_of_the_table_copies_and_exports(show, qtbot) -> None:
    panel = show(GradientsPanel, view_of(done(mazur())), (320, 129))
    copy, export = panel.table.actions()
    with qtbot.waitSignal(panel.message) as said:
        copy.trigger()
    assert said.args == ["Copied 10 rows as CSV"]
    with qtbot.waitSignal(panel.export_requested):
        export.trigger()


def test_one_parameter_is_said_in_the_singular(show, qapp) -> None:
    one = document(inputs=1, layers=[{"units": 1, "activation": "identity", "bias": "none"}],
                   loss="mean_squared_error", optimiser={"name": "sgd", "learning_rate": 0.1},
                   data={"inputs": [[1.0]], "targets": [[0.5]]})
    panel = show(GradientsPanel, view_of(Session(one)))
    qapp.processEvents()
    assert panel.amount.text() == "1 parameter" and not panel.amount.is_elided
