"""A formula is a graph of gates: its gradient is what moving its variables shows, whatever the formula is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.data.features import variables
from nnviz.engine.derivative import derivative_text
from nnviz.engine.expression import Expression, Operation, read_expression
from nnviz.engine.gates import FUNCTIONS, GATES, SIGNS
from nnviz.errors import Refused

XY = {"x": 0, "y": 1}
POINTS = np.random.default_rng(7).uniform(0.3, 2.0, (2, 40))
FORMULAS = (
    "0.05*x^2 + 5*y^2", "(1 - x)^2 + 100*(y - x^2)^2", "x^2 - y^2 + 0.25*y^4", "-x^2", "2 - (x - y)*3", "x/y/2",
    "x/(y*2)", "1/(1 + exp(-x*y))", "x^y", "2^x^y", "sin(3*x)*cos(2*y)", "max(x, y)*min(x^2, y)", "relu(x) + abs(y)",
    "tan(x) - tanh(y)", "sqrt(x^2 + y^2)", "sigmoid(x*y)^2", "log(x^2 + 1)", "-(x - y)", "x - (-y)", "(x + y)^-2",
    "sign(x)*y", "e^-(x^2 + y^2)", "x*x*x", "((x^2 + y - 11)^2 + (x + y^2 - 7)^2)/100", "-3*-x*(-y)", "(-2)^2*x",
    "x^2 - (y^2 - x)", "x - 2*(y - x)", "x*y + x", "π*x/y^0", "x^1 + y^0.5", "2*x + 3*x", "y", "x³",
)  # fmt: skip


ACTIVATED = (
    "leaky_relu(1 - x)", "leaky_relu(1 - x, y)", "prelu(1 - x, y) + prelu(x - 1)", "elu(1 - x)", "elu(1 - x, y)",
    "softplus(x - y)*x", "silu(x - 1)", "gelu((x - 1)*y)", "x*step(x - 1)",
)  # fmt: skip


def written(gate: str) -> str:
    """A formula with one gate on x and y."""
    sign = next((sign for sign, name in SIGNS.items() if name == gate), "")
    if sign:
        return f"x {sign} y"
    return {"negate": "-x", "square": "x^2"}.get(gate) or f"{gate}({', '.join('xy'[: GATES[gate].inputs])})"


def moved(expression: Expression, argument: int, by: complex) -> np.ndarray:
    places: list[np.ndarray] = [POINTS[0], POINTS[1]]
    places[argument] = places[argument] + by
    return expression.value(*places)


@pytest.mark.parametrize("gate", GATES)
def test_a_gates_local_gradients_are_what_moving_its_inputs_shows(gate: str) -> None:
    expression = read_expression(written(gate), XY)
    assert [node.gate for node in expression.nodes if isinstance(node, Operation)] == [gate]
    for argument, slope in enumerate(expression.gradient(*POINTS)):
        differences = (moved(expression, argument, 1e-6) - moved(expression, argument, -1e-6)) / 2e-6
        np.testing.assert_allclose(slope, differences, rtol=1e-7, atol=1e-8)
        if not GATES[gate].kink:
            np.testing.assert_allclose(slope, moved(expression, argument, 1e-30j).imag / 1e-30, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("text", (*FORMULAS, *ACTIVATED))
def test_a_formulas_gradient_is_what_moving_its_variables_shows(text: str) -> None:
    expression = read_expression(text, XY)
    value, gradient = expression.value_and_gradient(*POINTS)
    np.testing.assert_array_equal(value, expression.value(*POINTS))
    for argument, slope in enumerate(gradient):
        differences = (moved(expression, argument, 1e-5) - moved(expression, argument, -1e-5)) / 2e-5
        np.testing.assert_allclose(slope, differences, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("text", (*FORMULAS, *ACTIVATED))
def test_the_written_derivative_is_the_gradient(text: str) -> None:
    expression = read_expression(text, XY)
    for argument, slope in enumerate(expression.gradient(*POINTS)):
        again = read_expression(derivative_text(expression, argument), XY)
        np.testing.assert_allclose(again.value(*POINTS), slope, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("text", "derivatives"), [
    ("0.05*x^2 + 5*y^2", ("0.1·x", "10·y")),
    ("(x + y)*3", ("3", "3")),
    ("x*y + x", ("1 + y", "x")),
    ("(1 - x)^2 + 100*(y - x^2)^2", ("-400·(y - x^2)·x - 2·(1 - x)", "200·(y - x^2)")),
    ("log(x) + e^y", ("1/x", "e^y")),
    ("sin(x)", ("cos(x)", "0")),
])  # fmt: skip
def test_a_derivative_is_written_as_one_would(text: str, derivatives: tuple[str, str]) -> None:
    expression = read_expression(text, XY)
    assert tuple(derivative_text(expression, argument) for argument in range(2)) == derivatives


# What is called otherwise there, or is of a whole tensor.
THEIRS: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "max": lambda torch: torch.maximum, "min": lambda torch: torch.minimum,
    "leaky_relu": lambda torch: lambda a, alpha=0.01: torch.where(a > 0.0, a, alpha * a),
    "prelu": lambda torch: lambda a, alpha=0.25: torch.where(a > 0.0, a, alpha * a),
    "elu": lambda torch: lambda a, alpha=1.0: torch.where(a > 0.0, a, alpha * (torch.exp(a) - 1.0)),
    "softplus": lambda torch: torch.nn.functional.softplus,
    "silu": lambda torch: torch.nn.functional.silu,
    "gelu": lambda torch: torch.nn.functional.gelu,
    "step": lambda torch: lambda a: torch.heaviside(a.detach(), torch.zeros_like(a)),
}


@pytest.mark.parametrize("text", [text for text in (*FORMULAS, *ACTIVATED) if "sign" not in text])
def test_a_formulas_gradient_is_that_of_pytorch(text: str) -> None:
    torch = pytest.importorskip("torch")
    functions = {name: THEIRS[name](torch) if name in THEIRS else getattr(torch, name) for name in FUNCTIONS}
    functions |= {"pi": np.pi, "π": np.pi}
    x, y = (torch.tensor(row, requires_grad=True) for row in POINTS)
    python = text.replace("e^", "2.718281828459045^").replace("^", "**").replace("³", "**3")
    value = eval(python, functions, {"x": x, "y": y})     # our own formulas, out of the list above
    value.sum().backward()
    found, gradient = read_expression(text, XY).value_and_gradient(*POINTS)
    np.testing.assert_allclose(found, value.detach().numpy(), rtol=1e-12)
    for slope, theirs in zip(gradient, (x.grad, y.grad), strict=True):
        np.testing.assert_allclose(slope, 0.0 if theirs is None else theirs.numpy(), rtol=1e-12, atol=1e-14)


def test_gradients_add_up_where_a_value_is_used_twice() -> None:
    value, (x, w) = read_expression("x*w + x", {"x": 0, "w": 1}).value_and_gradient(3.0, 4.0)
    assert (float(value), float(x), float(w)) == (15.0, 5.0, 3.0)


def test_a_gradient_goes_to_the_larger_of_two_and_to_both_halves_of_a_tie() -> None:
    for text, place, slopes in (
        ("max(x, y)", (-1.0, 2.0), (0.0, 1.0)), ("min(x, y)", (-1.0, 2.0), (1.0, 0.0)),
        ("max(x, y)", (2.0, 2.0), (0.5, 0.5)), ("abs(x) + relu(y)", (0.0, 0.0), (0.0, 0.0)),
    ):
        assert tuple(map(float, read_expression(text, XY).gradient(*place))) == slopes


def test_kinks_are_stated_and_their_sides_told() -> None:
    bent, smooth = read_expression("abs(x) + max(x, y) + abs(y)", XY), read_expression("x^2*y", XY)
    assert bent.kink.count("abs") == 1 and "max" in bent.kink and not smooth.kink and not smooth.sides(1.0, 2.0)
    assert [bool(side) for side in bent.sides(1.0, -2.0)] == [True, True, False]


def test_powers_of_nothing_have_the_slopes_of_what_they_are() -> None:
    assert [float(slope) for slope in read_expression("x^0 + x^2 + 0^y", XY).gradient(0.0, 2.0)] == [0.0, 0.0]
    assert [float(slope) for slope in read_expression("x^y", XY).gradient(0.0, 2.0)] == [0.0, 0.0]


def test_a_formula_knows_its_variables_and_which_it_uses() -> None:
    expression = read_expression("x1^2 + 3", {"x1": 0, "x2": 1, "x": 0, "y": 1})
    assert expression.variables == ("x1", "x2") and expression.used == ("x1",)
    value, gradient = expression.value_and_gradient(np.ones((2, 3)), 2.0)
    assert value.shape == gradient[0].shape == gradient[1].shape == (2, 3) and not gradient[1].any()
    assert read_expression("3", XY).used == () and read_expression("3", XY).value(1.0, np.ones(4)).shape == (4,)


REFUSED = {
    "max(x)": "character 1: write max(a, b), with two values",
    "max(x, y, x)": "character 9: only two values stand in these brackets",
    "sin(x, y)": "character 6: ',' means nothing here",
    "x, y": "character 2: ',' means nothing here",
    "max(x,": "character 7: something is missing at the end",
    "x + z": "character 5: unknown name 'z'",
    "reul(x)": "Did you mean 'relu'",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_mistake_is_pointed_at(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_expression(text, XY)
    assert REFUSED[text] in caught.value.sentence()


@pytest.mark.parametrize(("text", "inputs", "hint"), [
    ("x3", 2, "Did you mean 'x2'?"),
    ("xx", 2, "Did you mean 'x2'?"),
    ("six", 2, "Did you mean 'sin'?"),
    ("x785", 784, "Did you mean 'x85'?"),
    ("foo", 2, "Known: x1, x2, abs, cos, e, "),
    ("q", 784, "Known: x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, abs, "),
])
def test_an_unknown_name_is_told_the_inputs_before_the_functions(text: str, inputs: int, hint: str) -> None:
    with pytest.raises(Refused) as caught:
        read_expression(text, variables(inputs))
    assert caught.value.hint.startswith(hint)


@given(st.text(alphabet="xy12+-*/^(),.sinmaxreluabs²eπ ", max_size=30))
def test_whatever_can_be_read_has_a_value_a_gradient_and_a_derivative(text: str) -> None:
    try:
        expression = read_expression(text, XY)
    except Refused:
        return
    value, gradient = expression.value_and_gradient(*POINTS)
    assert value.shape == gradient[0].shape == gradient[1].shape == POINTS[0].shape
    for argument in range(2):
        assert derivative_text(expression, argument)
