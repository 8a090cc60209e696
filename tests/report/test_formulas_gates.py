"""A gate's formulas come to its numbers: value, local gradients, and what comes back over every way."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.expression import FUNCTIONS, GATES, Number, read_expression
from nnviz.report.expression_trees import tree_of
from nnviz.report.formulas_gates import SLOPES, GateNames, backward_formulas, forward_formulas
from nnviz.report.gates import GateReading, slopes_of
from nnviz.report.mathematics import Formula, in_numbers, in_symbols, worked_out

# The lectures' graphs, with the gradients that they print.
GRAPHS = {
    "w*x + b": {"w": -2.0, "x": 5.0, "b": 3.0},
    "(x + y) * z": {"x": -2.0, "y": 5.0, "z": -4.0},
    "1/(1 + exp(-(w0*x0 + w1*x1 + w2)))": {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0},
    "x*w + x": {"x": 3.0, "w": 4.0},
    "max(x, y)": {"x": -1.0, "y": 2.0},
    "max(x, y) + min(x, y)*x": {"x": 2.0, "y": 2.0},
    "relu(x)^3 - abs(y)/sqrt(x) + tan(y)*sin(x)*cos(x) + log(x)^y": {"x": 1.5, "y": -0.5},
    "tanh(x) + sigmoid(y) + sign(x) + x^2 + pi": {"x": 0.3, "y": 0.7},
    "relu(x) + abs(x)": {"x": 0.0},
}  # fmt: skip


def reading_of(text: str) -> GateReading:
    values = GRAPHS[text]
    expression = read_expression(text, {name: place for place, name in enumerate(values)})
    arguments = [values[name] for name in values]
    with np.errstate(all="ignore"):
        numbers = np.array([float(value) for value in expression._values(tuple(arguments))])
    slopes = slopes_of(expression, numbers)
    gradients = np.zeros(len(numbers))
    gradients[-1] = 1.0
    for node in reversed(range(len(numbers))):
        for place, source in enumerate(getattr(expression.nodes[node], "inputs", ())):
            gradients[source] += slopes[node][place] * gradients[node]
    known = np.ones(len(numbers), dtype=bool)
    nothing = ("",) * len(numbers)
    return GateReading(expression, nothing, numbers, known, gradients, known, slopes, (None,) * len(numbers))


def gate_formulas(reading: GateReading, node: int) -> tuple[Formula, ...]:
    """The formulas of a node: its value, its gradient, its local gradients."""
    if isinstance(reading.expression.nodes[node], Number):
        return ()
    forward = forward_formulas(reading, node, 0) if reading.is_gate(node) else ()
    return (*forward[:1], *backward_formulas(reading, node, 0), *forward[1:])


def formulas_in(text: str) -> list[Formula]:
    reading = reading_of(text)
    return [formula for node in range(len(reading.values)) for formula in gate_formulas(reading, node)]


@pytest.mark.parametrize("text", GRAPHS)
def test_every_formula_of_a_graph_comes_to_its_number(text: str) -> None:
    found = formulas_in(text)
    for formula in found:
        assert worked_out(formula.right) == pytest.approx(formula.left.value, rel=1e-12, abs=1e-15), formula


def test_what_comes_back_over_a_branch_adds_up() -> None:
    found = next(formula for formula in formulas_in("x*w + x") if formula.left.plain == "∂f/∂x")
    assert in_symbols(found.right) == "∂f/∂f·1 + ∂f/∂q1·∂q1/∂x"
    assert (in_numbers(found.right), found.left.value) == ("1.0·1 + 1.0·4.0", 5.0)


def test_no_gradient_is_explained_by_itself() -> None:
    """∂f/∂x over several ways has no ∂f/∂x on its right: the way straight into the result has its number there."""
    for text in GRAPHS:
        for formula in formulas_in(text):
            if "+" in in_symbols(formula.right):
                assert formula.left.plain not in in_symbols(formula.right), text


def test_gates_without_a_name_are_numbered_and_the_last_one_is_f() -> None:
    names = GateNames(reading_of("(x + y) * z"))
    assert names.texts == ("x", "y", "q1", "z", "f")
    value = formulas_in("(x + y) * z")[-4]
    assert (value.left.plain, in_symbols(value.right), in_numbers(value.right)) == ("f", "q1·z", "3.0·(-4.0)")


def test_a_tie_says_what_is_taken() -> None:
    notes = {formula.left.plain: formula.note for formula in formulas_in("max(x, y) + min(x, y)*x")}
    assert notes["∂q1/∂x"] == "at a kink the slope is a choice: 0.5 is taken"


def test_every_gate_has_its_local_gradients_to_be_shown() -> None:
    assert SLOPES.keys() == GATES.keys()
    assert all(len(SLOPES[name]) == gate.inputs for name, gate in GATES.items())


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_is_written_with_its_arguments(name: str) -> None:
    arguments = "x, y" if FUNCTIONS[name].inputs == 2 else "x"
    names = {"x": 0, "y": 1}
    reading = read_expression(f"{name}({arguments})", names)
    tree = tree_of(reading, [tree_of(read_expression(text, {}), []) for text in ("0.3", "0.7")])
    arrays = [np.asarray(0.3), np.asarray(0.7)][: GATES[name].inputs]
    assert worked_out(tree) == pytest.approx(float(GATES[name].value(*arrays)))
