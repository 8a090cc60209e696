"""A formula is read as mathematics is written, and a mistake is pointed at by its character."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.data.features import engineer, read_feature, split_features, variables
from nnviz.engine.expression import FUNCTIONS
from nnviz.errors import Refused

RAW = np.array([[0.5, -2.0, 3.0], [1.5, 4.0, 0.25]])
A, B, C = RAW.T

FORMULAS = {
    "x1": A, "x": A, "y": B, "x3": C, "x1^2": A**2, "x²": A**2, "x1³ ": A**3, "x1*x2": A * B, "x·y": A * B,
    "x × y": A * B, "sin(x1)": np.sin(A), "2 - 3 - x": -1 - A, "-x^2": -(A**2), "2^-x": 2.0**-A,
    "2^3^x": 2.0 ** (3.0**A), "x**2": A**2, "(x + y) * (x - y)": (A + B) * (A - B), "1/x/2": 0.5 / A, "−x": -A,
    "+-+x": -A, "2*pi": np.full(2, 2 * np.pi), "π": np.full(2, np.pi), "e^x": np.e**A, "exp(-x²)": np.exp(-(A**2)),
    "1e-3*x": 1e-3 * A, ".5": np.full(2, 0.5), "abs(y) + sign(y)": np.abs(B) + np.sign(B),
    "sqrt(abs(x2)) - log(x3)": np.sqrt(np.abs(B)) - np.log(C), "tanh((((x))))": np.tanh(A),
}  # fmt: skip

REFUSED = {
    "": "'', character 1: a formula is missing",
    "  ": "character 1: a formula is missing",
    "x1 +": "character 5: something is missing at the end",
    "x4": "'x4', character 1: unknown name 'x4'. Did you mean",
    "x1 + sinus(x2)": "character 6: unknown name 'sinus'. Did you mean 'sin'",
    "sin x1": "character 1: write sin(...), with brackets",
    "(x1 + x2": "character 1: the bracket that opens here is never closed",
    "sin(x1": "character 4: the bracket that opens here is never closed",
    "x1)": "character 3: a bracket closes that was never opened",
    "x1 x2": "character 4: an operation such as + or * is missing before 'x2'",
    "2x": "character 2: an operation such as + or * is missing before 'x'",
    "x1 * * x2": "character 6: a number or a name is missing before '*'",
    "x1 + $": "character 6: '$' means nothing in a formula",
    "x1; x2": "character 3: ';' means nothing",
    "__import__(1)": "unknown name '__import__'",
    "x1.real": "character 3: '.' means nothing",
    "x1[0]": "character 3: '[' means nothing",
    "{x1}": "character 1: '{' means nothing",
    "(" * 60 + "x1" + ")" * 60: "too much lies inside one another",
    "-" * 100 + "x1": "too much lies inside one another",
    "x" + "+x" * 150: "at most 200 characters",
}


@pytest.mark.parametrize("text", list(FORMULAS))
def test_a_formula_is_computed(text: str) -> None:
    np.testing.assert_array_equal(read_feature(text, 3)(RAW), FORMULAS[text])


@pytest.mark.parametrize("text", list(REFUSED), ids=range(len(REFUSED)))
def test_a_mistake_is_pointed_at(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_feature(text, 3)
    assert REFUSED[text] in caught.value.sentence()


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_every_function_takes_an_input(name: str) -> None:
    gate = FUNCTIONS[name]
    columns = (C, A)[: gate.inputs]
    text = f"{name}({', '.join(('x3', 'x1')[: gate.inputs])})"
    np.testing.assert_array_equal(read_feature(text, 3)(RAW), gate.value(*columns))


@given(st.text(alphabet="x12y+-*/^()sin.²e π_,$é", max_size=40))
def test_whatever_is_typed_is_computed_or_refused(text: str) -> None:
    try:
        formula = read_feature(text, 2)
    except Refused:
        return
    with np.errstate(all="ignore"):
        assert formula(RAW[:, :2]).shape == (2,)


def test_a_single_input_is_x() -> None:
    assert variables(1) == {"x1": 0, "x": 0}
    assert list(variables(12)) == [*(f"x{number}" for number in range(1, 13)), "x", "y"]


def test_engineered_inputs_stand_side_by_side() -> None:
    np.testing.assert_array_equal(engineer(["x2", "x1*x3"], RAW), np.column_stack((B, A * C)))


def test_a_line_of_formulas_is_cut_at_its_commas() -> None:
    assert split_features(" x1, x2 ;sin(x1),, max(x1, (x2)) ") == ["x1", "x2", "sin(x1)", "max(x1, (x2))"]
