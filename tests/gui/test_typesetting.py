"""Formulas are set as in a textbook: nothing overlaps, widths add up, and all stands on its baseline."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from nnviz.gui.mathematics_font import mathematics_font
from nnviz.gui.typesetting import Layout, lay_out
from nnviz.report.mathematics import notation_in_numbers, notation_in_symbols, number, operator
from nnviz.report.notation import Accent, Brackets, Fraction, Notation, Radical, Row, Script, Sign, row
from nnviz.report.quantities import Quantity
from tests.gui.formulas import FORMULAS, H1, NET, SIGMOID, SUM, W1, long_sum

SIZE = 20.0
pytestmark = pytest.mark.usefixtures("qapp")


def ink(layout: Layout, scale: int = 2) -> QRectF:
    """The box of what a layout paints, in its own coordinates; painted with a margin, so that nothing is lost."""
    margin = 40
    image = QImage(int(layout.width + 2 * margin) * scale, int(layout.height + 2 * margin) * scale,
                   QImage.Format.Format_Grayscale8)
    image.fill(255)
    painter = QPainter(image)
    painter.setClipRect(image.rect())
    painter.scale(scale, scale)
    layout.paint(painter, margin, margin, QColor("black"), QColor("black"))
    painter.end()
    dark = [(x, y) for y in range(image.height()) for x in range(image.width()) if image.pixelColor(x, y).value() < 140]
    left, top = min(x for x, _ in dark), min(y for _, y in dark)
    right, bottom = max(x for x, _ in dark) + 1, max(y for _, y in dark) + 1
    return QRectF(left / scale - margin, top / scale - margin, (right - left) / scale, (bottom - top) / scale)


@pytest.mark.parametrize("name", FORMULAS)
def test_all_ink_lies_in_the_box_of_the_formula(name: str) -> None:
    layout = lay_out(FORMULAS[name], SIZE)
    box = QRectF(-4.0, -1.5, layout.width + 8.0, layout.height + 3.0)       # an f leans out a little
    assert box.contains(ink(layout))


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("room", [120.0, 200.0])
def test_a_formula_never_is_wider_than_its_room(name: str, room: float) -> None:
    assert lay_out(FORMULAS[name], SIZE, room).width <= max(room, lay_out(FORMULAS[name], 0.55 * SIZE).width)
    if name == "long":
        assert lay_out(FORMULAS[name], SIZE, room).width <= room


def test_numbers_in_a_row_do_not_overlap_and_go_from_left_to_right() -> None:
    for room in (float("inf"), 260.0):
        places = lay_out(long_sum(), SIZE, room).places
        assert len(places) == 24
        for one, other in itertools.pairwise(places):
            assert not one.rectangle.intersects(other.rectangle)
            assert other.rectangle.left() >= one.rectangle.right() or other.rectangle.top() > one.rectangle.top()


def test_widths_of_signs_add_up() -> None:
    one, two, both = (lay_out(Sign(text, "number"), 1000.0).width for text in ("12.5", "340", "12.5340"))
    assert one + two == pytest.approx(both, abs=2)


def test_an_operator_between_two_has_more_space_than_a_sign_before_one() -> None:
    number_alone, plus = lay_out(Sign("1", "number"), 1000.0).width, lay_out(operator("+"), 1000.0).width
    between = lay_out(row(Sign("1", "number"), operator("+"), Sign("1", "number")), 1000.0).width
    before = lay_out(row(operator("+"), Sign("1", "number")), 1000.0).width
    assert between == pytest.approx(2 * number_alone + plus + 2 * 1000 * 4 / 18, abs=4)
    assert before == pytest.approx(number_alone + plus, abs=3)


def test_the_two_sides_of_a_relation_stand_on_one_baseline() -> None:
    simple, high = lay_out(Sign("x"), SIZE), lay_out(row(Sign("x"), operator("="), FORMULAS["fraction"]), SIZE)
    assert high.baseline > simple.baseline
    axis = high.baseline - mathematics_font().constants.AxisHeight * SIZE
    assert any(abs(bar.center().y() - axis) <= 1.0 for bar in high.rules)


def test_a_fraction_has_its_bar_between_its_parts_and_the_parts_in_the_middle() -> None:
    above, below = Quantity("net", H1), Quantity("parameter", W1)
    layout = lay_out(Fraction(number(0.25, 6, above), number(123.456, 6, below)), SIZE)
    up, down = (next(place.rectangle for place in layout.places if place.quantity == quantity)
                for quantity in (above, below))
    (bar,) = layout.rules
    assert up.bottom() < bar.top() and bar.bottom() < down.top()
    assert up.center().x() == pytest.approx(down.center().x(), abs=0.5)
    assert bar.left() <= down.left() and down.right() <= bar.right()


def test_lowered_and_raised_signs_are_smaller_and_do_not_touch() -> None:
    lowered, raised = Quantity("net", H1), Quantity("parameter", W1)
    tall = lay_out(Script(Sign("w"), Sign("1", "number", lowered), Sign("1", "number", raised)), SIZE)
    low, high = (next(place.rectangle for place in tall.places if place.quantity == quantity)
                 for quantity in (lowered, raised))
    plain = lay_out(Sign("1", "number", lowered), SIZE).places[0].rectangle
    assert low.height() < 0.8 * plain.height() and low.height() == high.height()
    assert high.bottom() < low.top()
    stacked = lay_out(Script(Script(Sign("w"), Sign("1", "number", lowered)), raised=Sign("1", "number", raised)), SIZE)
    assert [place.rectangle for place in stacked.places] == [place.rectangle for place in tall.places]


@pytest.mark.parametrize("kind", ["()", "[]", "{}", "||", "{"])
@pytest.mark.parametrize("rows", [1, 2, 3, 5, 9, 20])
def test_brackets_are_as_high_as_what_is_between_them(kind: str, rows: int) -> None:
    def pile(count: int) -> Notation:
        return Sign("x") if count == 1 else Fraction(Sign("x"), pile(count - 1))

    inner, around = lay_out(pile(rows), SIZE), lay_out(Brackets(pile(rows), kind), SIZE)      # type: ignore[arg-type]
    assert around.height >= 0.85 * inner.height
    assert around.height <= 2.3 * inner.height + SIZE
    assert around.width > inner.width


def test_a_root_covers_what_is_under_it() -> None:
    quantity = Quantity("net", H1)
    for inner in (number(0.5, 6, quantity), Row((Fraction(Sign("x"), Sign("y")),), quantity)):
        layout = lay_out(Radical(inner), SIZE)
        (bar, *_), place = sorted(layout.rules, key=lambda rule: rule.top()), layout.places[0].rectangle
        assert bar.bottom() <= place.top() and bar.left() <= place.left() + 1 and bar.right() >= place.right() - 1


def test_accents_stand_above_their_letters() -> None:
    for mark in ("hat", "bar"):
        assert lay_out(Accent(Sign("m"), mark), SIZE).baseline > lay_out(Sign("m"), SIZE).baseline       # type: ignore[arg-type]


def test_a_long_sum_is_broken_before_its_pluses_and_aligned_behind_the_equals_sign() -> None:
    layout = lay_out(long_sum(), SIZE, 300.0)
    assert layout.lines > 2 and layout.size == SIZE
    tops = sorted({round(place.rectangle.bottom()) for place in layout.places})
    assert len(tops) == layout.lines
    firsts = [min(place.rectangle.left() for place in layout.places if round(place.rectangle.bottom()) == top)
              for top in tops]
    assert len({round(first) for first in firsts[1:]}) == 1         # behind the plus of each line
    assert firsts[1] > firsts[0]


def test_further_right_sides_have_their_equals_sign_below_the_first() -> None:
    right = [notation_in_symbols(SUM), notation_in_numbers(SUM, 6), number(0.3775, 17, NET.quantity)]
    layout = lay_out(row(NET.sign, operator("="), right[0]), SIZE, 500.0, right[1:])
    assert layout.lines == 3
    result = layout.places[-1].rectangle
    weights = [place.rectangle for place in layout.places if place.quantity == Quantity("parameter", W1)]
    assert len(weights) == 2                                        # its name, and its number
    assert weights[0].left() == pytest.approx(weights[1].left(), abs=1) == pytest.approx(result.left(), abs=1)


def test_a_left_side_that_leaves_no_room_stands_on_a_line_of_its_own() -> None:
    left = Sign("a long name of a number", "upright")
    layout = lay_out(row(left, operator("="), *long_sum().parts[2:]), SIZE, 260.0)      # type: ignore[union-attr]
    assert layout.width <= 260.0
    assert layout.places[0].rectangle.top() > lay_out(left, SIZE).height


def test_a_wide_sum_in_brackets_in_an_exponent_and_under_a_bar_is_broken_too() -> None:
    wide = Row(long_sum().parts[2:])      # type: ignore[union-attr]
    for formula in (Brackets(wide), Fraction(wide, Sign("n")), Radical(wide), row(Brackets(wide), operator("·"), wide)):
        layout = lay_out(row(Sign("y"), operator("="), formula), SIZE, 300.0)
        assert layout.width <= 300.0


def test_the_innermost_number_is_hit_and_nothing_beside_it() -> None:
    whole = row(Sign("x"), operator("+"), number(0.5, 6, Quantity("parameter", W1)), quantity=NET.quantity)
    layout = lay_out(whole, SIZE)
    inner = next(place for place in layout.places if place.quantity == Quantity("parameter", W1))
    hit = layout.place_at(inner.rectangle.center().x(), inner.rectangle.center().y())
    assert hit is not None and hit.quantity == Quantity("parameter", W1)
    outer = layout.place_at(3.0, layout.baseline - 3)
    assert outer is not None and outer.quantity == NET.quantity
    assert layout.place_at(-30.0, 5.0) is None


def test_what_is_left_out_can_be_asked_for_and_says_how_much_it_is() -> None:
    layout = lay_out(FORMULAS["elision"], SIZE)
    (place,) = layout.places
    assert place.elision is not None and place.elision.count == 772
    assert any(muted for _, _, muted in layout.runs)


def test_every_sign_that_formulas_use_is_in_the_font() -> None:
    font = mathematics_font()
    for sign in "0123456789.−+=·⋅×÷±≈≠≤≥<>()[]{}|√∑∏∂∇⊙∞→←⋯⋮′⊤η αβδεφΔΦ⁄,;:/…":
        assert font.glyph(sign) is not None, sign
    assert font.glyph("中") is None


def test_sizes_follow_each_other_as_the_size_asked_for() -> None:
    for formula in FORMULAS.values():
        one, two = lay_out(formula, SIZE), lay_out(formula, 2 * SIZE)
        assert two.width == pytest.approx(2 * one.width, rel=0.03, abs=4)


def test_a_sigmoid_looks_the_same_at_every_screen_resolution() -> None:
    layout = lay_out(notation_in_symbols(SIGMOID), SIZE)
    once, twice = ink(layout, 1), ink(layout, 3)
    assert once.width() == pytest.approx(twice.width(), abs=1.5)
    assert once.height() == pytest.approx(twice.height(), abs=1.5)
