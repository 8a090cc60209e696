"""The formula card: what it shows, what is lit in it and by it, and what can be done with mouse and keys alone."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication

from nnviz.gui.formula_card import FormulaCard
from nnviz.gui.formula_copies import COPIES, DENSITY, MARGIN
from nnviz.gui.theme import DARK, LIGHT
from nnviz.gui.theme_apply import apply_theme
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.formula_lines import three_lines
from nnviz.report.moment import MEAN
from nnviz.report.numbers import full
from nnviz.report.quantities import Quantity
from nnviz.session.session import Session
from tests.gui.hands import Opened, inspector
from tests.gui.panels.views import digits, mazur, view_of, xor

W5, H1, O1 = Weight(2, 0, 0), Unit(1, 0), Unit(2, 0)
OUT_H1 = Quantity("out", H1, example=0)


@pytest.fixture
def shown(qtbot, qapp):
    """Makes a card as wide as the inspector of a small window, showing a session."""
    def made(session: Session, selection=None, width: int = 300, **more) -> FormulaCard:
        apply_theme(qapp, LIGHT, 100)
        card = FormulaCard()
        qtbot.addWidget(card)
        card.resize(width, 100)
        card.show_view(view_of(session, selection=selection, **more))
        card.resize(width, card.heightForWidth(width))
        with qtbot.waitExposed(card):
            card.show()
        return card

    return made


def done(document=None) -> Session:
    session = Session(document or mazur())
    session.advance_step()
    return session


def middle(rectangle: QRectF) -> QPoint:
    return rectangle.center().toPoint()


def quantities(card: FormulaCard) -> set[Quantity]:
    return {place.quantity for item in card._items for place in item.layout.places if place.quantity is not None}


# --- what it shows ------------------------------------------------------------------------------------------------


def test_nothing_that_the_cursor_has_not_reached_is_shown_and_a_line_says_when_it_comes(shown) -> None:
    session = Session(mazur())
    card = shown(session, H1)
    assert card.sheet.formulas == () and card.sheet.note.startswith("8 more formulas come")
    titles = []
    while session.moment().cursor < session.moment().order.length:
        session.advance()
        card.show_view(view_of(session, selection=H1))
        assert all(formula.place < session.moment().cursor for formula in card.sheet.formulas)
        titles.append(len(card.sheet.formulas))
    assert titles == sorted(titles) and titles[-1] == 8 and card.sheet.note == ""


def test_the_formula_that_the_last_operation_computed_is_marked(shown) -> None:
    session = Session(mazur())
    session.advance()
    card = shown(session, H1)
    assert card.sheet.marked == {0}
    session.advance()
    card.show_view(view_of(session, selection=H1))
    assert card.sheet.marked == frozenset()


def test_with_nothing_selected_it_follows_the_pass(shown) -> None:
    session = Session(mazur())
    card = shown(session)
    assert "Press Step" in card.sheet.note
    for title in ("net input", "net input", "output"):
        session.advance()
        card.show_view(view_of(session))
        assert card.sheet.formulas[0].title == title


def test_the_result_is_the_engines_number(shown) -> None:
    session = done()
    card = shown(session, W5)
    gradient = session.record.gradient[session.problem.blocks.positions("W2", (0, 0))[0]]
    assert card.sheet.formulas[0].left.value == gradient
    card.copy(COPIES["text"])
    assert QGuiApplication.clipboard().text().splitlines()[-1] == f"= {full(float(gradient))}"


def test_an_input_says_that_it_is_given(shown) -> None:
    card = shown(done(), Unit(0, 0))
    assert card.sheet.formulas == () and "given" in card.sheet.note
    assert card.height() > 5 and card.current is None


@pytest.mark.parametrize("width", [160, 220, 300, 500, 900])
@pytest.mark.parametrize("example", [0, MEAN])
def test_no_formula_is_wider_than_the_card_and_none_overlaps_the_next(shown, width: int, example: int) -> None:
    for document, element in ((mazur(), H1), (mazur(), W5), (xor(), H1), (digits(), H1), (digits(), Unit(3, 1))):
        card = shown(done(document), element, width, example=example)
        assert card.sheet.formulas
        bottom = -1.0
        for item in card._items:
            assert item.layout.width <= width - item.origin.x()
            assert item.top > bottom and item.formula_top + item.layout.height <= item.bottom
            bottom = item.bottom
        assert bottom <= card.heightForWidth(width)


def test_a_title_that_takes_two_lines_covers_neither_its_formula_nor_the_button(shown) -> None:
    session = done(xor())
    card = shown(session, Weight(2, 0, 0), width=170)
    line = card.fontMetrics().height()
    item = card._items[0]
    assert item.title == "gradient, the mean over the batch" and item.formula_top - item.top >= 2 * line
    assert card.place_of_formula(1).top() >= item.bottom
    assert card.place_of_formula(0).width() - card.button.width() >= card.fontMetrics().horizontalAdvance("gradient,")
    wide = shown(session, Weight(2, 0, 0), width=600)._items[0]
    assert wide.formula_top - wide.top < 2 * line


def test_numbers_that_are_none_are_shown_as_such(shown) -> None:
    session = Session(xor(parameters={"W1": np.full((4, 2), 1.5e308).tolist()}, layers=[
        {"units": 4, "activation": "identity"}, {"units": 1, "activation": "identity"}], loss="squared_error"))
    for _ in range(9):
        session.advance()
    card = shown(session, H1, example=3)
    assert not np.isfinite(card.sheet.formulas[0].left.value)
    assert three_lines(card.sheet.formulas[0], 6)[1][-1].text == "∞"
    assert card.grab().width() > 0
    card.copy(COPIES["mathml"])
    ElementTree.fromstring(QGuiApplication.clipboard().text())


# --- pointing -----------------------------------------------------------------------------------------------------


def test_the_number_under_the_pointer_is_pointed_at(shown, qtbot) -> None:
    card = shown(done(), W5)
    number = next(quantity for quantity in quantities(card) if quantity.kind == "out")
    with qtbot.waitSignal(card.pointed) as heard:
        qtbot.mouseMove(card, middle(card.place_of(number)))
    assert heard.args == [number]
    with qtbot.waitSignal(card.pointed) as heard:
        qtbot.mouseMove(card, QPoint(card.width() - 2, card.height() - 2))
    assert heard.args == [None]


def test_what_is_pointed_at_anywhere_is_lit_in_every_formula(shown) -> None:
    card = shown(done(), W5)
    before = card.grab().toImage()
    card.set_pointed(Quantity("element", H1))
    places = card.lit
    assert len(places) >= 2
    lit = card.grab().toImage()
    assert lit != before
    ratio = lit.devicePixelRatio()
    corner = (places[0].topLeft() * ratio).toPoint()
    assert lit.pixelColor(corner) != before.pixelColor(corner)
    card.set_pointed(None)
    assert card.lit == () and card.grab().toImage() == before


def test_a_click_on_a_number_selects_what_it_came_from(shown, qtbot) -> None:
    card = shown(done(), W5)
    number = next(quantity for quantity in quantities(card) if quantity.kind == "out")
    with qtbot.waitSignal(card.element_selected) as heard:
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=middle(card.place_of(number)))
    assert heard.args == [number.element]


def test_a_click_on_a_number_leads_to_the_formula_that_computed_it(shown, qtbot) -> None:
    session = done()
    card = shown(session, W5)
    number = next(quantity for quantity in quantities(card) if quantity.kind == "out")
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=middle(card.place_of(number)))
    card.show_view(view_of(session, selection=number.element))
    assert card.current is not None and card.current.left.quantity == number


def test_a_sum_that_is_too_long_expands_with_a_click(shown, qtbot) -> None:
    card = shown(done(digits()), H1)
    few = len(card._items[0].layout.places)
    height = card.heightForWidth(300)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=middle(card.place_of_elision()))
    assert len(card._items[0].layout.places) > 2 * 784 > few
    assert card.heightForWidth(300) > 10 * height / 4
    assert all(place.elision is None for place in card._items[0].layout.places)


def test_a_new_number_is_written_where_the_old_one_was(shown) -> None:
    session = done()
    card = shown(session, W5)
    values = [card.current.left.value]
    session.advance_step()
    card.show_view(view_of(session, selection=W5))
    values.append(card.current.left.value)
    assert values[0] != values[1]


# --- keyboard -----------------------------------------------------------------------------------------------------


def test_arrows_walk_through_formulas_and_numbers_and_enter_follows_one(shown, qtbot) -> None:
    card = shown(done(), W5)
    card.setFocus(Qt.FocusReason.TabFocusReason)
    first = card.current
    qtbot.keyClick(card, Qt.Key.Key_Down)
    assert card.current is not first and card.current is card.sheet.formulas[1]
    qtbot.keyClick(card, Qt.Key.Key_End)
    assert card.current is card.sheet.formulas[-1]
    qtbot.keyClick(card, Qt.Key.Key_Home)
    assert card.current is first
    heard: list[Quantity | None] = []
    card.pointed.connect(heard.append)
    for _ in range(3):
        qtbot.keyClick(card, Qt.Key.Key_Right)
    places = [place.quantity for place in card._items[0].layout.places]
    assert heard == places[:3]
    with qtbot.waitSignal(card.element_selected) as selected:
        qtbot.keyClick(card, Qt.Key.Key_Return)
    assert selected.args == [places[2].element]
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert heard[-1] is None


def test_enter_expands_what_is_left_out(shown, qtbot) -> None:
    card = shown(done(digits()), H1)
    card.setFocus(Qt.FocusReason.TabFocusReason)
    elision = next(number for number, place in enumerate(card._items[0].layout.places) if place.elision is not None)
    for _ in range(elision + 1):
        qtbot.keyClick(card, Qt.Key.Key_Right)
    qtbot.keyClick(card, Qt.Key.Key_Return)
    assert all(place.elision is None for place in card._items[0].layout.places)


def test_the_card_says_its_formula_and_then_the_number_the_keyboard_is_at(shown, qtbot) -> None:
    card = shown(done(), W5)
    assert card.accessibleName() == "Formulas"
    said = card.accessibleDescription()
    assert said.startswith("gradient: ∂E/∂w5 =") and said.endswith(full(card.current.left.value).replace("-", "−"))
    card.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(card, Qt.Key.Key_Right)
    qtbot.keyClick(card, Qt.Key.Key_Right)
    assert card.accessibleDescription() != said and " = 0." in card.accessibleDescription()


def test_control_c_copies_the_formula_as_text(shown, qtbot) -> None:
    card = shown(done(), W5)
    card.setFocus(Qt.FocusReason.TabFocusReason)
    QGuiApplication.clipboard().clear()
    with qtbot.waitSignal(card.message):
        qtbot.keyClick(card, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith("∂E/∂w5 = ")


def test_the_menu_key_offers_every_way_to_copy(shown, qtbot, monkeypatch) -> None:
    card = shown(done(), W5)
    opened = []
    monkeypatch.setattr(card, "_open_menu", opened.append)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), card.mapToGlobal(QPoint(1, 1)))
    QApplication.sendEvent(card, event)
    assert len(opened) == 1
    menu = card.menu()
    assert [action.text() for action in menu.actions()] == [row.label for row in COPIES.values()]
    menu.deleteLater()


# --- copying ------------------------------------------------------------------------------------------------------


def test_every_way_to_copy_puts_its_form_on_the_clipboard(shown, qtbot) -> None:
    card = shown(done(), W5)
    menu, clipboard = card.menu(), QGuiApplication.clipboard()
    found = {}
    for name, action in zip(COPIES, menu.actions(), strict=True):
        clipboard.clear()
        with qtbot.waitSignal(card.message):
            action.trigger()
        found[name] = clipboard.text()
        if name == "picture":
            image = clipboard.image()
    menu.deleteLater()
    assert found["latex"].startswith("\\begin{aligned}\n\\frac{\\partial E")
    assert len(ElementTree.fromstring(found["mathml"]).findall(".//{*}mtr")) == 3
    assert found["text"].count("\n") == 2
    layout = card._items[0].layout
    assert image.width() == round((layout.width + 2 * MARGIN) * DENSITY)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_picture_has_the_themes_background_and_ink(shown, theme) -> None:
    card = shown(done(), W5)
    card.set_theme(theme)
    image = card.image()
    assert image.pixelColor(2, 2).name() == theme.base
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 3)}
    assert theme.ink in colours


# --- in the window ------------------------------------------------------------------------------------------------


def test_pointing_at_an_edge_lights_its_numbers_and_at_a_number_its_node(opened: Opened, qtbot) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.controller.training_step()
    workbench.controller.select(W5)
    card, picture = inspector(workbench).formulas, workbench.picture
    qtbot.mouseMove(picture, picture.point_of(H1).toPoint())
    qtbot.waitUntil(lambda: bool(card.lit))
    qtbot.mouseMove(picture, QPoint(3, 3))
    qtbot.waitUntil(lambda: not card.lit)
    place = card.place_of(OUT_H1, 0)
    card.wanted_in_view.emit(place.toAlignedRect())
    qtbot.mouseMove(card, middle(place))
    qtbot.waitUntil(lambda: picture.lit_element == H1)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=middle(place))
    assert workbench.controller.selection == H1
    assert card.current is not None and card.current.left.quantity == OUT_H1


def test_the_card_stands_in_the_inspector_without_being_cut_whatever_the_text_size(opened: Opened, qtbot) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.controller.training_step()
    for size in (100, 160):
        workbench.settings.change(text_size=size)
        for element in (W5, H1, Bias(1, 0)):
            workbench.controller.select(element)
            panel = inspector(workbench)
            qtbot.waitUntil(lambda panel=panel: panel.formulas.height() >= panel.formulas.heightForWidth(0))
            qtbot.waitUntil(lambda panel=panel: panel.pages.horizontalScrollBar().maximum() == 0)
            room = panel.formulas.width()
            assert all(item.layout.width + item.origin.x() <= room for item in panel.formulas._items)
    workbench.settings.change(text_size=100)
