"""A formula whose digits change looks as if it had been set anew, and only what is in sight is set at once."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from nnviz.gui.formula_card import FormulaCard
from nnviz.gui.formula_setting import Setting
from nnviz.gui.theme import LIGHT
from nnviz.gui.theme_apply import apply_theme
from nnviz.gui.typesetting import Layout
from nnviz.report.elements import Element, Unit, Weight
from nnviz.report.formula_lines import _leaves
from nnviz.report.formula_shape import shaped
from nnviz.report.formulas import Formulas
from nnviz.report.labels import Labels
from nnviz.report.mathematics import Formula
from nnviz.report.moment import MEAN
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.gui.panels.views import circle, digits, mazur, view_of, xor

SIZE, ROOM = 16.0, 300.0


def steps(document, element: Element, count: int = 12) -> list[tuple[Formula, ...]]:
    """The formulas of an element after each of several steps, of an example and of the mean by turns."""
    session, found = Session(document), []
    for number in range(count):
        session.advance_step()
        record = session.record
        labels = Labels(record.problem.network, session.document.labels)
        found.append(Formulas(record, labels, MEAN if number % 5 == 4 else 0).about(element))
    return found


def looks(layout: Layout) -> tuple[object, ...]:
    """Everything that is painted, and every place."""
    runs = [(place, run.glyphIndexes(), run.positions(), second) for place, run, second in layout.runs]
    return layout.width, layout.height, layout.baseline, layout.size, runs, layout.rules, layout.places


CASES = {
    "2-2-2, a weight": (mazur, Weight(2, 0, 0)), "2-2-2, a hidden unit": (mazur, Unit(1, 0)),
    "xor": (xor, Unit(1, 1)), "relu": (circle, Unit(2, 3)), "digits": (digits, Unit(1, 0)),
    "adam": (lambda: open_example("digits-784-16-16-10"), Weight(2, 0, 0)),
}


@pytest.mark.parametrize("longest", [7, None])
@pytest.mark.parametrize("name", list(CASES))
def test_other_digits_in_a_layout_look_as_if_it_were_set_anew(qapp, name: str, longest: int | None) -> None:
    document, element = CASES[name]
    if longest is None and name in ("digits", "adam"):
        element = Unit(3, 1)
    kept = Setting()
    for formulas in steps(document(), element):
        for place, formula in enumerate(formulas):
            again = kept.lay_out(place, formula, 6, longest, SIZE, ROOM)
            assert looks(again) == looks(Setting().lay_out(place, formula, 6, longest, SIZE, ROOM))


def test_a_step_of_training_leaves_the_shape_of_a_formula(qapp) -> None:
    before, after = steps(mazur(), Unit(1, 0), 2)
    assert [shaped(formula).shape for formula in before] == [shaped(formula).shape for formula in after]
    assert [shaped(formula).values for formula in before] != [shaped(formula).values for formula in after]


@pytest.mark.parametrize("name", [name for name in CASES if name != "adam"])
def test_in_one_network_a_name_has_one_sign(name: str) -> None:
    document, element = CASES[name]
    signs: dict[object, object] = {}
    for formula in steps(document(), element, 1)[0]:
        for leaf in [formula.left, *_leaves(formula.right), *_leaves(formula.named)]:
            assert signs.setdefault((leaf.plain, leaf.quantity), leaf.sign) == leaf.sign


@pytest.fixture
def scrolled(qtbot, qapp):
    """A card on a page that scrolls, with formulas far below what is in sight."""
    apply_theme(qapp, LIGHT, 100)
    card, page, area = FormulaCard(), QWidget(), QScrollArea()
    column = QVBoxLayout(page)
    column.addWidget(card)
    column.addStretch(1)
    area.setWidgetResizable(True)
    area.setWidget(page)
    area.resize(330, 400)
    qtbot.addWidget(area)
    with qtbot.waitExposed(area):
        area.show()
    return card, area


def test_formulas_out_of_sight_are_set_a_little_later(scrolled, qtbot) -> None:
    card, _ = scrolled
    session = Session(digits())
    session.advance_step()
    card.show_view(view_of(session, selection=Unit(1, 0)))
    settled = [item.settled for item in card._items]
    assert settled[0] and not settled[-1]
    qtbot.waitUntil(lambda: all(item.settled for item in card._items))
    tops = [item.top for item in card._items]
    session.advance_step()
    card.show_view(view_of(session, selection=Unit(1, 0)))
    assert not card._items[-1].settled
    assert [item.top for item in card._items] == pytest.approx(tops, abs=80)      # the height that was is kept


def test_while_training_flows_a_formula_is_set_when_it_comes_into_sight(scrolled, qtbot) -> None:
    card, area = scrolled
    session = Session(digits())
    session.advance_step()
    card.show_view(view_of(session, selection=Unit(1, 0)))
    qtbot.waitUntil(lambda: all(item.settled for item in card._items) and area.verticalScrollBar().maximum() > 500)
    session.advance_step()
    card.show_view(view_of(session, selection=Unit(1, 0), playing=True))
    assert not card._items[-1].settled
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: card._items[-1].settled)
    image = QImage(area.size(), QImage.Format.Format_RGB32)
    area.render(image)
    assert card.current == card.sheet.formulas[0]
