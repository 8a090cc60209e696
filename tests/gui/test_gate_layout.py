"""Where the gates of a formula stand."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz.gui.gate_layout import GateLayout, arrange_gates, columns_of, spread
from nnviz.gui.gate_signs import sign_of, wired_inputs
from tests.gui.gate_readings import SIGMOID_NEURON, expression_of

FORMULAS = (
    "x", "3", "(x+y)*z", "w*x+b", "x*w+x", "max(x,y)", SIGMOID_NEURON, "x*x+x*y+y*y+x^3/y-(x-y)^2*tanh(x/y)",
    "+".join(f"x{number}" for number in range(40)), "(a*b+c*d)*(e1*f+g*h)+(a-b)*(c-d)", "2*3+x",
)


def laid_out(text: str) -> GateLayout:
    return arrange_gates(expression_of(text), lambda sign: 0.6 * len(sign), 4.0, 3.0)


@pytest.mark.parametrize("text", FORMULAS)
def test_every_wire_leads_to_the_right_and_arrives_at_the_pin_of_its_input(text: str) -> None:
    layout = laid_out(text)
    for wire in layout.wires:
        across = [x for x, _ in wire.points]
        assert across == sorted(across)
        target, source = layout.mark(wire.target), layout.mark(wire.source)
        assert target is not None and source is not None
        assert wire.points[0] == (layout.stub_end(source), source.y)
        assert wire.points[-1] == (target.left, dict(target.pins)[wire.place])


@pytest.mark.parametrize("text", FORMULAS)
def test_no_two_boxes_nor_their_numbers_overlap(text: str) -> None:
    for one, other in combinations(laid_out(text).marks, 2):
        if one.column == other.column:
            assert abs(one.y - other.y) >= (one.height + other.height) / 2


@pytest.mark.parametrize("text", FORMULAS)
def test_everything_lies_within_the_picture(text: str) -> None:
    layout = laid_out(text)
    for mark in layout.marks:
        assert 0 < mark.left < mark.right < layout.width
        assert 0 < mark.y - mark.height / 2 < mark.y + mark.height / 2 < layout.height
    for wire in layout.wires:
        assert all(0 < x < layout.width and 0 < y < layout.height for x, y in wire.points)


def test_leaves_stand_just_left_of_the_gate_that_uses_them_and_the_result_at_the_right() -> None:
    expression = expression_of("(x+y)*z")
    columns = columns_of(expression)
    by_name = {sign_of(expression, node): column for node, column in columns.items()}
    assert by_name == {"x": 0, "y": 0, "+": 1, "z": 1, "×": 2}


@pytest.mark.parametrize("text", ["(x+y)*z", SIGMOID_NEURON, "w*x+b", "+".join(f"x{n}" for n in range(30))])
def test_the_wires_of_a_tree_do_not_cross(text: str) -> None:
    layout = laid_out(text)
    for one, other in combinations(layout.wires, 2):
        starts, ends = one.points[0], one.points[-1]
        others_start, others_end = other.points[0], other.points[-1]
        if starts[0] == others_start[0] and abs(ends[0] - others_end[0]) < 3:
            assert (starts[1] - others_start[1]) * (ends[1] - others_end[1]) >= 0


def test_a_number_belongs_to_the_sign_of_its_gate() -> None:
    expression = expression_of("1/(1+exp(-x)) + 2*y - 3 + z^3 + max(0, x)")
    signs = [sign_of(expression, node) for node in columns_of(expression)]
    assert {"1/x", "+1", "×−1", "×2", "−3", "x³", "max(0, x)"} <= set(signs)


def test_a_gate_of_two_numbers_has_a_wire_for_each() -> None:
    expression = expression_of("2*3+x")
    assert [len(wired_inputs(expression, node)) for node in expression_gates(expression)] == [2, 2]


def test_inputs_that_must_not_be_swapped_keep_their_order() -> None:
    for text in ("(a+b)/a", "b-a*b", "a/(b-a)"):
        for mark in laid_out(text).marks:
            if mark.sign in ("÷", "−"):
                assert [place for place, _ in mark.pins] == [0, 1]


def test_columns_hold_what_branches_into_several() -> None:
    layout = laid_out("x*w+x")
    branches = [wire for wire in layout.wires if wire.is_branch]
    assert len(branches) == 2 and len({wire.source for wire in branches}) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0.5, 5), st.floats(0.1, 9)), min_size=1, max_size=20))
def test_spread_keeps_the_gaps_and_moves_nobody_without_need(rows: list[tuple[float, float, float]]) -> None:
    wanted, gaps, weights = (list(column) for column in zip(*rows, strict=True))
    found = spread(wanted, gaps, weights)
    for above, below, gap in zip(found, found[1:], gaps[1:], strict=False):
        assert below - above >= gap - 1e-9
    if all(below - above >= gap for above, below, gap in zip(wanted, wanted[1:], gaps[1:], strict=False)):
        assert found == pytest.approx(wanted)


def expression_gates(expression: object) -> list[int]:
    from nnviz.engine.expression import Expression, Operation

    assert isinstance(expression, Expression)
    return [place for place, node in enumerate(expression.nodes) if isinstance(node, Operation)]
