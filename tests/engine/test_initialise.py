"""Every initialiser draws from the distribution it names, from the seed and the layer's number alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnviz.engine.initialise import TABLE, draw_weights
from nnviz.engine.network import Choice
from nnviz.engine.step import Trainer, step
from nnviz.report.divergence import find_divergence
from tests.networks import XOR_INPUTS, XOR_TARGETS, make_network, make_problem

UNITS, INPUTS = 300, 500
DEVIATIONS = {
    "zeros": 0.0,
    "constant": 0.0,
    "gaussian": 1.0,
    "xavier_uniform": math.sqrt(2.0 / (INPUTS + UNITS)),
    "xavier_normal": math.sqrt(2.0 / (INPUTS + UNITS)),
    "he_uniform": math.sqrt(2.0 / INPUTS),
    "he_normal": math.sqrt(2.0 / INPUTS),
    "lecun_uniform": math.sqrt(1.0 / INPUTS),
    "lecun_normal": math.sqrt(1.0 / INPUTS),
    "orthogonal": math.sqrt(1.0 / INPUTS),
}
MEANS = {"constant": 0.5}


def test_every_initialiser_is_here() -> None:
    assert set(DEVIATIONS) == set(TABLE)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_mean_and_deviation_are_the_stated_ones(name: str) -> None:
    weights = draw_weights(name, {}, 5, 1, UNITS, INPUTS)
    assert weights.shape == (UNITS, INPUTS)
    assert weights.std() == pytest.approx(DEVIATIONS[name], rel=0.01)
    assert weights.mean() == pytest.approx(MEANS.get(name, 0.0), abs=0.01 * DEVIATIONS[name] + 1e-15)


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("xavier_uniform", 6.0 / (INPUTS + UNITS)),
        ("he_uniform", 6.0 / INPUTS),
        ("lecun_uniform", 3.0 / INPUTS),
    ],
)
def test_uniform_weights_fill_their_interval_and_stay_in_it(name: str, bound: float) -> None:
    size = np.abs(draw_weights(name, {}, 1, 1, UNITS, INPUTS)).max() / math.sqrt(bound)
    assert 0.999 < size <= 1.0


@pytest.mark.parametrize("name", ["gaussian", "xavier_normal", "he_normal", "lecun_normal"])
def test_normal_weights_have_tails(name: str) -> None:
    weights = draw_weights(name, {}, 1, 1, UNITS, INPUTS) / DEVIATIONS[name]
    assert np.mean(np.abs(weights) > 2.0) == pytest.approx(0.0455, rel=0.05)


@pytest.mark.parametrize(("units", "inputs"), [(5, 9), (9, 5), (6, 6), (1, 4), (4, 1)])
def test_orthogonal_weights_keep_lengths_and_angles(units: int, inputs: int) -> None:
    weights = draw_weights("orthogonal", {"gain": 2.0}, 3, 1, units, inputs) / 2.0
    product = weights @ weights.T if units <= inputs else weights.T @ weights
    np.testing.assert_allclose(product, np.eye(min(units, inputs)), atol=1e-14)


def test_orthogonal_weights_prefer_no_direction() -> None:
    drawn = np.array([draw_weights("orthogonal", {}, seed, 1, 2, 2) for seed in range(2000)])
    assert np.abs(drawn.mean(axis=0)).max() < 0.05
    assert np.mean(np.linalg.det(drawn) > 0.0) == pytest.approx(0.5, abs=0.04)


def test_options_are_obeyed() -> None:
    assert (draw_weights("constant", {"value": -2.0}, 0, 1, 2, 3) == -2.0).all()
    weights = draw_weights("gaussian", {"mean": 3.0, "std": 0.1}, 0, 1, UNITS, INPUTS)
    assert weights.mean() == pytest.approx(3.0, abs=0.001) and weights.std() == pytest.approx(0.1, rel=0.01)


@pytest.mark.parametrize("size", [50.0, -50.0, 1e308, -1e308])
@pytest.mark.parametrize(("name", "option"), [(name, option) for name, row in TABLE.items() for option in row.options])
def test_options_as_large_as_numbers_go_start_a_run_or_are_reported(name: str, option: str, size: float) -> None:
    if not TABLE[name].options[option].accepts(size):
        size = abs(size)
    assert TABLE[name].options[option].accepts(size)
    start = Choice(name, ((option, size),))
    problem = make_problem(make_network((2, 40, 1), initialise=start), XOR_INPUTS, XOR_TARGETS)
    record, trainer = step(problem, problem.start()), Trainer(problem)
    trainer.load(problem.start())
    assert trainer.run(1) is record.is_finite
    assert record.is_finite or (abs(size) > 50.0 and find_divergence(record) is not None)


def test_the_same_seed_draws_the_same_and_another_seed_or_layer_something_else() -> None:
    first = draw_weights("he_normal", {}, 5, 1, 4, 4)
    np.testing.assert_array_equal(first, draw_weights("he_normal", {}, 5, 1, 4, 4))
    assert not np.array_equal(first, draw_weights("he_normal", {}, 6, 1, 4, 4))
    assert not np.array_equal(first, draw_weights("he_normal", {}, 5, 2, 4, 4))


def test_a_layer_more_at_the_end_changes_no_earlier_weight() -> None:
    short, long = make_network((2, 3, 4)), make_network((2, 3, 4, 5))
    points = np.zeros((1, 2)), np.zeros((1, 4)), np.zeros((1, 5))
    one = make_problem(short, points[0], points[1])
    other = make_problem(long, points[0], points[2])
    arrays = other.blocks.unpack(other.initial_parameters())
    for name, values in one.blocks.unpack(one.initial_parameters()).items():
        np.testing.assert_array_equal(arrays[name], values)


def test_biases_start_at_zero_and_explicit_arrays_win() -> None:
    problem = make_problem(make_network((2, 3, 1)), np.zeros((1, 2)), np.zeros((1, 1)))
    given = np.arange(6.0).reshape(3, 2)
    arrays = problem.blocks.unpack(problem.initial_parameters({"W1": given}))
    np.testing.assert_array_equal(arrays["W1"], given)
    assert not arrays["b1"].any() and not arrays["b2"].any() and arrays["W2"].all()


# What PyTorch calls it, and what it has to be told.
ORTHODOX: dict[str, tuple[str, dict[str, object]]] = {
    "zeros": ("zeros_", {}),
    "constant": ("constant_", {"val": 0.5}),
    "gaussian": ("normal_", {"mean": 0.0, "std": 1.0}),
    "xavier_uniform": ("xavier_uniform_", {}),
    "xavier_normal": ("xavier_normal_", {}),
    "he_uniform": ("kaiming_uniform_", {"nonlinearity": "relu"}),
    "he_normal": ("kaiming_normal_", {"nonlinearity": "relu"}),
    "lecun_uniform": ("kaiming_uniform_", {"nonlinearity": "linear"}),
    "lecun_normal": ("kaiming_normal_", {"nonlinearity": "linear"}),
    "orthogonal": ("orthogonal_", {}),
}


def test_every_initialiser_is_compared_with_pytorch() -> None:
    assert set(ORTHODOX) == set(TABLE)


@pytest.mark.parametrize("name", sorted(ORTHODOX))
def test_spread_is_that_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    rival, arguments = ORTHODOX[name]
    torch.manual_seed(0)
    theirs = getattr(torch.nn.init, rival)(torch.empty(UNITS, INPUTS, dtype=torch.float64), **arguments).numpy()
    ours = draw_weights(name, {}, 5, 1, UNITS, INPUTS)
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.01 * DEVIATIONS[name] + 1e-15)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
    assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.25)
    for share in (0.25, 0.75, 0.95):
        close = 0.02 * max(float(theirs.std()), 1e-15)
        assert np.quantile(ours, share) == pytest.approx(np.quantile(theirs, share), abs=close)


def test_zero_weights_give_xor_no_gradient_at_all_and_the_loss_ln_2() -> None:
    network = make_network((2, 2, 1), output="sigmoid", loss="binary_cross_entropy", initialise=Choice("zeros"))
    problem = make_problem(network, XOR_INPUTS, XOR_TARGETS)
    record = step(problem, problem.start())
    assert not record.gradient.any() and record.loss == math.log(2.0)


@pytest.mark.parametrize("value", [0.5, -0.3])
def test_hidden_units_that_start_alike_stay_bit_for_bit_alike(value: float) -> None:
    start = Choice("constant", (("value", value),))
    network = make_network((2, 3, 1), output="sigmoid", loss="binary_cross_entropy", initialise=start)
    problem = make_problem(network, XOR_INPUTS, XOR_TARGETS, learning_rate=1.0)
    trainer = Trainer(problem)
    trainer.load(problem.start())
    trainer.run(500)
    arrays = problem.blocks.unpack(trainer.state().parameters(problem))
    assert (arrays["W1"] == arrays["W1"][0]).all() and (arrays["b1"] == arrays["b1"][0]).all()
    assert (arrays["W2"] == arrays["W2"][0, 0]).all() and not (arrays["W1"] == value).any()
