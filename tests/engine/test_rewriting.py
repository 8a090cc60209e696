"""A formula written out reads back, and taking gates apart or putting them together changes no number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.engine.expression import Expression, Operation, read_graph
from nnviz.engine.gates import FUNCTIONS, GATES
from nnviz.engine.rewriting import PRIMITIVES, collapsed, collapsible, expandable, expanded, text_of

FINITE = st.floats(allow_nan=False, allow_infinity=False).map(abs).map(repr)
NUMBERS = FINITE | st.sampled_from(["pi", "e", "2", "0.01"])
NAMES = st.sampled_from(["x", "y", "w0", "huber"])


def compound(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Formulas made of smaller ones, brackets around each."""
    called = st.tuples(st.sampled_from([*FUNCTIONS]), part, part).map(
        lambda given: f"{given[0]}({', '.join(given[1 : 1 + FUNCTIONS[given[0]].inputs])})")
    joined = st.tuples(part, st.sampled_from([*"+-*/^"]), part).map(lambda given: f"({given[0]}){given[1]}({given[2]})")
    loose = st.tuples(part, st.sampled_from([*"+-*/"]), part).map("".join)
    return called | joined | loose | part.map(lambda text: f"-({text})") | part.map(lambda text: f"({text})^2")


FORMULAS = st.recursive(NUMBERS | NAMES, compound, max_leaves=8)


@given(FORMULAS)
def test_what_is_written_out_reads_back_to_the_same_gates(text: str) -> None:
    expression = read_graph(text)
    again = read_graph(text_of(expression))
    assert (again.nodes, again.variables) == (expression.nodes, expression.variables)
    assert text_of(again) == text_of(expression)


@pytest.mark.parametrize(("text", "written"), [
    ("((x+y))*-z^2", "(x + y)*(-z^2)"), ("x-(y-z)", "x - (y - z)"), ("x/(y/z)*w", "x/(y/z)*w"), ("(x^y)^2", "(x^y)^2"),
    ("x^y^2", "x^y^2"), ("-(2)*x", "-(2)*x"), ("-2*x", "-2*x"), ("x*-2", "x*(-2)"), ("--x", "-(-x)"), ("x^-2", "x^-2"),
    ("leaky_relu(x)", "leaky_relu(x)"), ("leaky_relu(x, 0.01)", "leaky_relu(x)"), ("elu(x, y)", "elu(x, y)"),
    ("1/(1+exp(-(w0*x0+w1*x1+w2)))", "1/(1 + exp(-(w0*x0 + w1*x1 + w2)))"), ("π*x", "pi*x"),
])  # fmt: skip
def test_a_formula_is_written_as_one_would(text: str, written: str) -> None:
    assert text_of(read_graph(text)) == written


def numbers(expression: Expression) -> np.ndarray:
    """Value and gradients at a few places."""
    points = np.random.default_rng(3).uniform(-2.0, 2.0, (len(expression.variables), 20))
    value, gradient = expression.value_and_gradient(*points)
    return np.vstack([value, *gradient])


TAKEN_APART = (
    *(f"{gate}(x)" for gate in PRIMITIVES), *(f"3*{gate}(w*x + b)^2 - x" for gate in PRIMITIVES),
    "sigmoid(sigmoid(x)*y) + tanh(relu(y))", "softplus(x)*relu(-x) + sigmoid(x - y)",
)


@pytest.mark.parametrize("text", TAKEN_APART)
def test_taking_gates_apart_changes_no_number_and_they_can_be_put_together_again(text: str) -> None:
    expression = read_graph(text)
    apart = expanded(expression)
    assert not expandable(apart) and read_graph(apart.text).nodes == apart.nodes
    assert apart.variables == expression.variables
    np.testing.assert_allclose(numbers(apart), numbers(expression), rtol=1e-12, atol=1e-14)
    together = collapsed(apart)
    assert together.nodes == expression.nodes and not collapsible(together)


@pytest.mark.parametrize("way", [way for ways in PRIMITIVES.values() for way in ways])
def test_every_way_of_writing_a_gate_is_recognised(way: str) -> None:
    expression = read_graph(way.replace("a)", "(w*x))").replace("a,", "(w*x),"))
    together = collapsed(expression)
    gate = next(gate for gate, ways in PRIMITIVES.items() if way in ways)
    assert [node.gate for node in together.nodes if isinstance(node, Operation)] == ["multiply", gate]
    np.testing.assert_allclose(numbers(together), numbers(expression), rtol=1e-10, atol=1e-13)


def test_one_gate_of_several_can_be_chosen() -> None:
    expression = read_graph("sigmoid(x) + sigmoid(y)")
    first, second = expandable(expression)
    assert expanded(expression, (first,)).text == "1/(1 + exp(-x)) + sigmoid(y)"
    assert expanded(expression, (second,)).text == "sigmoid(x) + 1/(1 + exp(-y))"


@pytest.mark.parametrize(
    "text", ["1/(1 + exp(x))", "1/(2 + exp(-x))", "max(1, x)", "(exp(x) - exp(-y))/(exp(x) + exp(-x))"]
)
def test_what_only_looks_like_a_gate_stays_as_it_is(text: str) -> None:
    assert not collapsible(read_graph(text)) and collapsed(read_graph(text)).nodes == read_graph(text).nodes


def test_gates_of_the_table_are_all_written() -> None:
    for gate in GATES:
        expression = read_graph({"negate": "-x", "square": "x^2"}.get(gate) or (
            f"{gate}({', '.join('xy'[: GATES[gate].inputs])})" if gate in FUNCTIONS else
            f"x {dict(add='+', subtract='-', multiply='*', divide='/', power='^')[gate]} y"))
        assert read_graph(text_of(expression)).nodes == expression.nodes
