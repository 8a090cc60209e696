"""Every row of the table of activations: values, derivatives, kinks, and what happens far out."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from nnviz.engine.activations import TABLE
from nnviz.engine.calls import Array, run

EVERY = sorted(TABLE)
ELEMENTWISE = [name for name in EVERY if TABLE[name].elementwise and "pieces" not in TABLE[name].options]
FAR = [-1e308, -800.0, -50.0, 0.0, 50.0, 800.0, 1e308]

# What the lectures ask: the value and the derivative at -10, 0 and 10.
AT_MINUS_TEN_ZERO_TEN = {
    "identity": ((-10.0, 1.0), (0.0, 1.0), (10.0, 1.0)),
    "sigmoid": (
        (4.5397868702434395e-05, 4.5395807735951673e-05), (0.5, 0.25), (0.9999546021312976, 4.5395807735907655e-05)
    ),
    "tanh": ((-0.9999999958776927, 8.244614546626394e-09), (0.0, 1.0), (0.9999999958776927, 8.244614546626394e-09)),
    "relu": ((0.0, 0.0), (0.0, 0.0), (10.0, 1.0)),
    "leaky_relu": ((-0.1, 0.01), (0.0, 0.01), (10.0, 1.0)),
    "prelu": ((-2.5, 0.25), (0.0, 0.25), (10.0, 1.0)),
    "elu": ((-0.9999546000702375, 4.5399929762484854e-05), (0.0, 1.0), (10.0, 1.0)),
    "softplus": (
        (4.539889921686465e-05, 4.5397868702434395e-05), (0.6931471805599453, 0.5),
        (10.000045398899218, 0.9999546021312976),
    ),
    "silu": (
        (-0.00045397868702434395, -0.0004085602086570823), (0.0, 0.5), (9.999546021312975, 1.000408560208657)
    ),
    "gelu": ((-7.619853024160526e-23, -7.618400096464814e-22), (0.0, 0.5), (10.0, 1.0)),
    "step": ((0.0, 0.0), (0.0, 0.0), (1.0, 0.0)),
}  # fmt: skip
# What has no corner, written once more for complex numbers: f(x + ih) has the derivative in its imaginary part.
SMOOTH: dict[str, Callable[[Array], Array]] = {
    "identity": lambda x: x,
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
    "tanh": np.tanh,
    "softplus": lambda x: np.log(1.0 + np.exp(x)),
    "silu": lambda x: x / (1.0 + np.exp(-x)),
    "gelu": lambda x: 0.5 * x * (1.0 + _error_function(x * math.sqrt(0.5))),
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(axis=0),
}


def _error_function(x: Array) -> Array:
    """erf of complex numbers from its Taylor series, e^-x² Σ (2x)^(2n+1) / ..., all of one sign."""
    term = total = 2.0 / math.sqrt(math.pi) * x * np.exp(-x * x)
    for number in range(1, 120):
        term = term * (2.0 * x * x / (2 * number + 1))
        total = total + term
    return total


MONOTONE = sorted(set(ELEMENTWISE) - {"silu", "gelu"})


def column(*values: float) -> Array:
    return np.array([values], dtype=float).T


def value_and_slope(name: str, net: Array, **options: float) -> tuple[Array, Array]:
    row = TABLE[name]
    output = row.value(net, row.defaults | options)
    return output, row.derivative_at(net, output, row.defaults | options)


@pytest.mark.parametrize("name", sorted(AT_MINUS_TEN_ZERO_TEN))
def test_values_and_derivatives_at_minus_ten_zero_and_ten_are_the_lectures(name: str) -> None:
    expected = np.array(AT_MINUS_TEN_ZERO_TEN[name])
    output, slope = value_and_slope(name, column(-10.0, 0.0, 10.0))
    np.testing.assert_allclose(output[:, 0], expected[:, 0], rtol=2e-14)
    np.testing.assert_allclose(slope[:, 0], expected[:, 1], rtol=1e-8)


def test_every_activation_is_in_the_lectures_table() -> None:
    assert set(AT_MINUS_TEN_ZERO_TEN) | {"softmax", "maxout"} == set(TABLE)


@pytest.mark.parametrize("at_zero", [0.0, 0.5, 1.0])
def test_the_slope_of_relu_at_zero_is_a_choice(at_zero: float) -> None:
    output, slope = value_and_slope("relu", column(-10.0, -0.0, 0.0, 1e-300), at_zero=at_zero)
    assert output[:, 0].tolist() == [0.0, 0.0, 0.0, 1e-300]
    assert slope[:, 0].tolist() == [0.0, at_zero, at_zero, 1.0]


def test_the_slope_of_relu_at_zero_is_one_of_three_numbers() -> None:
    option = TABLE["relu"].options["at_zero"]
    assert [value for value in (0, 0.25, 0.5, 0.75, 1, 2, math.nan) if option.accepts(value)] == [0, 0.5, 1]


def test_the_slope_of_elu_at_zero_is_one_and_alpha_scales_what_lies_below() -> None:
    output, slope = value_and_slope("elu", column(-1e308, -1.0, 0.0, 2.0), alpha=3.0)
    np.testing.assert_allclose(output[:, 0], [-3.0, 3.0 * math.expm1(-1.0), 0.0, 2.0], rtol=1e-15)
    np.testing.assert_allclose(slope[:, 0], [0.0, 3.0 / math.e, 1.0, 1.0], rtol=1e-15)


def test_gelu_is_exact_to_the_last_digits() -> None:
    net = np.linspace(-37.0, 37.0, 4001)[:, None]
    share = np.array([0.5 * math.erfc(-x * math.sqrt(0.5)) for x in net[:, 0]])
    bell = np.exp(-0.5 * net[:, 0] ** 2) / math.sqrt(2.0 * math.pi)
    output, slope = value_and_slope("gelu", net)
    np.testing.assert_allclose(output[:, 0], net[:, 0] * share, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(slope[:, 0], share + net[:, 0] * bell, rtol=2e-12, atol=4e-16)
    np.testing.assert_allclose(output[np.abs(net) < 5.0], (net[:, 0] * share)[np.abs(net[:, 0]) < 5.0], rtol=1e-14)


def test_every_activation_without_a_kink_is_written_for_complex_numbers() -> None:
    assert set(SMOOTH) == {name for name, row in TABLE.items() if not row.kink}


@pytest.mark.parametrize("name", sorted(SMOOTH))
def test_derivatives_agree_with_a_complex_step(name: str) -> None:
    reach = 3.0 if name == "gelu" else 20.0      # farther out 1 + erf cancels
    net = np.random.default_rng(4).uniform(-reach, reach, (50, 4))
    found = value_and_slope(name, net)[1]
    if TABLE[name].elementwise:
        expected = np.imag(SMOOTH[name](net + 1e-100j)) / 1e-100
    else:       # each unit by its own net input, the others held: the diagonal of the Jacobian
        steps = net + 1e-100j * np.eye(len(net))[:, :, None]
        columns = [SMOOTH[name](moved)[unit].imag / 1e-100 for unit, moved in enumerate(steps)]
        expected = np.array(columns)
    close = 1e-7 if name in ("sigmoid", "tanh") else 1e-12
    np.testing.assert_allclose(found, expected, rtol=close, atol=2e-15)


def test_the_slope_of_leaky_relu_is_one_option_away() -> None:
    output, slope = value_and_slope("leaky_relu", column(-10.0, 0.0, 10.0), alpha=0.1)
    assert output[:, 0].tolist() == [-1.0, 0.0, 10.0]
    np.testing.assert_allclose(slope[:, 0], [0.1, 0.1, 1.0])


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_derivatives_agree_with_differences(name: str) -> None:
    net = np.random.default_rng(1).uniform(-4.0, 4.0, (50, 4))
    net[np.abs(net) < 1e-3] = 1.0
    row, width = TABLE[name], 1e-6
    found = row.derivative_at(net, row.value(net))
    expected = (row.value(net + width) - row.value(net - width)) / (2.0 * width)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


def test_the_softmax_passes_back_its_whole_jacobian() -> None:
    net, upstream = np.random.default_rng(2).standard_normal((2, 4, 3))
    row = TABLE["softmax"]
    output, delta = row.value(net), np.empty((4, 3))
    run(row.backward(upstream, np.empty((4, 3)), output, delta, np.empty(3)))
    for example in range(3):
        p = output[:, example]
        jacobian = np.diag(p) - np.outer(p, p)
        np.testing.assert_allclose(delta[:, example], jacobian @ upstream[:, example], rtol=1e-13, atol=1e-16)
        np.testing.assert_allclose(row.derivative_at(net, output)[:, example], np.diag(jacobian), rtol=1e-13)


def test_the_softmax_of_the_lecture() -> None:
    output = TABLE["softmax"].value(column(2.0, 1.0, 0.1))
    np.testing.assert_allclose(output[:, 0], [0.659001138886, 0.242432970705, 0.098565890409], rtol=0, atol=5e-13)


def test_the_softmax_sums_to_one_however_large_its_inputs_are() -> None:
    net = np.array([[1e308, -1e308, 700.0], [0.0, -1e308, 800.0], [-1e307, -1e308, 900.0]])
    output = TABLE["softmax"].value(net)
    np.testing.assert_allclose(output.sum(axis=0), 1.0, rtol=1e-15)
    assert output[0, 0] == 1.0 and output[2, 2] == pytest.approx(1.0)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_far_out_values_and_slopes_are_finite_and_settle(name: str) -> None:
    output, slope = value_and_slope(name, column(*FAR))
    assert np.isfinite(output).all() and np.isfinite(slope).all()
    assert slope[0] == slope[1] and slope[-1] == slope[-2]


@pytest.mark.parametrize("name", MONOTONE)
def test_a_larger_net_input_never_gives_a_smaller_output(name: str) -> None:
    net = np.sort(np.append(np.random.default_rng(3).normal(0.0, 5.0, 500), FAR))[:, None]
    assert (np.diff(TABLE[name].value(net)[:, 0]) >= 0.0).all()


@pytest.mark.parametrize("name", EVERY)
def test_not_a_number_is_never_hidden(name: str) -> None:
    net = np.array([[np.nan, 1.0], [2.0, 3.0]])
    output = TABLE[name].value(net)
    assert np.isnan(output[0, 0]) and not np.isnan(output[:, 1]).any()


@pytest.mark.parametrize("name", EVERY)
def test_a_row_says_what_it_is(name: str) -> None:
    row = TABLE[name]
    assert row.name == name and row.label and row.formula and row.derivative and row.help and "{net" in row.calculation
    assert row.kink or name not in ("relu", "leaky_relu", "elu", "step")
    assert all(option.accepts(option.default) for option in row.options.values())
