"""The inspector shows, copies and changes the numbers of what is selected."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from nnviz.gui.panels.inspector import InspectorPanel, number_from
from nnviz.gui.theme import DARK, LIGHT
from nnviz.gui.theme_apply import apply_theme
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.numbers import MINUS
from nnviz.report.titles import UNKNOWN
from nnviz.session.session import Session
from tests.gui.panels.views import mazur, view_of, xor

W5 = Weight(2, 0, 0)


def done() -> Session:
    session = Session(mazur())
    session.advance_step()
    return session


def test_a_selected_weight_is_shown_in_full_precision(show) -> None:
    session = done()
    panel = show(InspectorPanel, view_of(session, selection=W5))
    place = session.problem.blocks.positions("W2", (0, 0))[0]
    assert panel.heading.text() == "Weight w5"
    for what, vector in (("value", session.record.parameters), ("gradient", session.record.gradient),
                         ("update", session.record.update), ("new value", session.record.new_parameters)):
        text = panel.value_label(what).text()
        assert "-" not in text and float(text.replace(MINUS, "-")) == vector[place]


def test_numbers_come_as_the_cursor_reaches_them(show) -> None:
    session = Session(mazur())
    panel = show(InspectorPanel, view_of(session, selection=Unit(1, 0)))
    assert panel.value_label("net input").text() == UNKNOWN
    session.advance()
    panel.refresh(view_of(session, selection=Unit(1, 0)))
    assert panel.value_label("net input").text() == "0.3775"
    assert panel.value_label("output").text() == UNKNOWN


def test_every_value_can_be_selected_and_all_lines_copied(show, qtbot) -> None:
    panel = show(InspectorPanel, view_of(done(), selection=W5))
    flags = panel.value_label("gradient").textInteractionFlags()
    assert flags & Qt.TextInteractionFlag.TextSelectableByMouse
    assert flags & Qt.TextInteractionFlag.TextSelectableByKeyboard
    with qtbot.waitSignal(panel.message):
        qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    lines = dict(line.split("\t") for line in QGuiApplication.clipboard().text().splitlines())
    assert lines["weight"] == "w5" and lines["gradient"] == panel.value_label("gradient").text()


def test_minus_signs_are_shown_and_plain_ones_copied(show, qtbot) -> None:
    panel = show(InspectorPanel, view_of(done(), selection=W5))
    assert panel.value_label("update").text().startswith(MINUS)
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    lines = dict(line.split("\t") for line in QGuiApplication.clipboard().text().splitlines())
    assert lines["update"].startswith("-")
    assert float(lines["update"]) < 0


def test_a_refresh_keeps_what_is_selected_in_a_value(show) -> None:
    session = done()
    panel = show(InspectorPanel, view_of(session, selection=W5))
    panel.value_label("gradient").setSelection(0, 5)
    panel.refresh(view_of(session, selection=W5))
    assert panel.value_label("gradient").selectedText() == panel.value_label("gradient").text()[:5]


@pytest.mark.parametrize("typed, value", [("0.25", 0.25), ("0,25", 0.25), ("-1e-3", -0.001), (" .5 ", 0.5)])
def test_enter_applies_a_number(show, qtbot, typed: str, value: float) -> None:
    panel = show(InspectorPanel, view_of(done(), selection=W5))
    panel.field.selectAll()
    qtbot.keyClicks(panel.field, typed)
    with qtbot.waitSignal(panel.value_edited) as signal:
        qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    assert signal.args == [W5, value]


def test_a_typographic_minus_is_a_minus() -> None:
    assert number_from("−2,5") == -2.5


@pytest.mark.parametrize("typed", ["abc", "", "1.2.3", "1,234.5", "nan", "inf", "1e999", "0x10", "1_000", "٣"])
def test_a_wrong_text_gets_a_sentence_and_changes_nothing(show, qtbot, typed: str) -> None:
    panel = show(InspectorPanel, view_of(done(), selection=W5))
    panel.field.selectAll()
    qtbot.keyClick(panel.field, Qt.Key.Key_Delete)
    panel.field.insert(typed)
    with qtbot.assertNotEmitted(panel.value_edited):
        qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    assert panel.reason.isVisible() and len(panel.reason.text()) > 10
    qtbot.keyClick(panel.field, Qt.Key.Key_1)
    assert not panel.reason.isVisible()


def test_escape_brings_the_value_back(show, qtbot) -> None:
    session = done()
    panel = show(InspectorPanel, view_of(session, selection=W5))
    before = panel.field.text()
    panel.field.selectAll()
    qtbot.keyClicks(panel.field, "7x")
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    assert panel.reason.isVisible()
    qtbot.keyClick(panel.field, Qt.Key.Key_Escape)
    assert panel.field.text() == before and not panel.reason.isVisible()


def test_what_is_being_typed_survives_a_refresh_but_not_another_selection(show, qtbot) -> None:
    session = done()
    panel = show(InspectorPanel, view_of(session, selection=W5))
    panel.field.setFocus()
    panel.field.selectAll()
    qtbot.keyClicks(panel.field, "12")
    session.advance_step()
    panel.refresh(view_of(session, selection=W5))
    assert panel.field.text() == "12"
    panel.refresh(view_of(session, selection=Bias(1, 0)))
    assert panel.field.text() == "0.35"


def test_an_edit_reaches_the_session_and_comes_back(show, qtbot) -> None:
    session = done()
    panel = show(InspectorPanel, view_of(session, selection=W5))
    panel.value_edited.connect(session.set_parameter)
    panel.field.selectAll()
    qtbot.keyClicks(panel.field, "0,5")
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    panel.refresh(view_of(session, selection=W5))
    assert panel.value_label("value").text() == "0.5" and panel.field.text() == "0.5"


def test_units_have_no_field_and_inputs_no_gradient(show) -> None:
    panel = show(InspectorPanel, view_of(done(), selection=Unit(0, 1)))
    assert not panel.field.isVisible()
    assert panel.value_label("input").text() == "0.1"
    with pytest.raises(KeyError):
        panel.value_label("gradient")


def test_with_nothing_selected_the_pass_is_told_with_a_hint(show) -> None:
    session = Session(mazur())
    session.advance()
    panel = show(InspectorPanel, view_of(session))
    assert panel.heading.text() == "The pass"
    assert panel.value_label("operation").text() == "net h1 = Σ w·input + b"
    assert panel.value_label("in numbers").text() == "0.15 · 0.05 + 0.2 · 0.1 + 0.35"
    assert "Click a node" in panel.hint.text()


def test_a_screen_reader_is_told_what_is_selected(show) -> None:
    panel = show(InspectorPanel, view_of(done(), selection=W5))
    assert panel.accessibleDescription().startswith("weight w5 from h1 to o1, value ")
    assert panel.field.accessibleName() == "Value of w5"


def test_no_network_another_network_another_theme(show) -> None:
    panel = show(InspectorPanel)
    assert "Open a network" in panel.hint.text() and not panel.field.isVisible()
    panel.set_theme(DARK)
    panel.refresh(view_of(Session(xor()), selection=Weight(1, 0, 0)))
    assert panel.heading.text() == "Weight W1[0,0]"
    panel.refresh(None)
    assert not panel.copy.isVisible()


def test_the_sentence_for_a_long_wrong_text_stays_short() -> None:
    with pytest.raises(ValueError) as reason:
        number_from("z" * 500)
    assert len(str(reason.value)) < 120


@pytest.mark.parametrize("selection", [None, W5, Unit(2, 0)])
def test_with_large_text_no_number_is_cut_and_nothing_scrolls_sideways(show, qapp, qtbot, selection) -> None:
    panel = show(InspectorPanel, view_of(done(), selection=selection), (340, 500))
    apply_theme(qapp, LIGHT, 160)
    try:
        panel.refresh(view_of(done(), selection=selection))
        qapp.processEvents()
        assert panel.pages.horizontalScrollBar().maximum() == 0
        for _, text in panel._rows:
            if not text.isHidden():
                assert text.width() >= text.minimumSizeHint().width(), text.text()
                assert text.geometry().right() <= panel._table.width()
    finally:
        apply_theme(qapp, LIGHT, 100)


def test_a_number_without_room_beside_its_name_stands_below_it(show, qapp) -> None:
    panel = show(InspectorPanel, view_of(done(), selection=W5), (640, 500))
    row = next(number for number, (what, _) in enumerate(panel._rows) if what.text() == "gradient")
    what, text = panel._rows[row]
    qapp.processEvents()
    assert text.y() < what.geometry().bottom()
    panel.resize(200, 500)
    qapp.processEvents()
    assert text.y() >= what.geometry().bottom()


def test_formulas_can_be_folded_away_and_then_cost_nothing(show, qtbot) -> None:
    panel = show(InspectorPanel, view_of(done(), selection=W5))
    assert panel.formulas.isVisible() and panel.formulas.sheet.formulas
    with qtbot.waitSignal(panel.setting_chosen) as chosen:
        qtbot.mouseClick(panel.fold, Qt.MouseButton.LeftButton)
    assert chosen.args == ["formulas", False]
    panel.refresh(view_of(done(), selection=W5))
    assert not panel.formulas.isVisible() and panel.formulas.sheet.formulas == ()
