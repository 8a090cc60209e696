"""The gradient by formula agrees with the gradient by trying, and a wrong formula is found out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnviz.engine import activations, losses
from nnviz.engine.calls import Array, run
from nnviz.engine.check import GradientCheck, check_gradients, chosen_method
from nnviz.engine.imaginary import in_first_order
from nnviz.engine.network import Choice
from nnviz.engine.problem import Problem
from nnviz.session.examples import example_names, open_document
from nnviz.session.session import Session
from tests.networks import cloud_problem, make_network, make_problem, random_targets

ALL = np.arange(10)


def checked(problem: Problem, parameters: Array | None = None, **settings: Any) -> GradientCheck:
    start = problem.initial_parameters() if parameters is None else parameters
    found = check_gradients(problem, start, np.arange(len(problem.inputs)), **settings)
    assert found is not None
    return found


def random_problem(hidden: str, output: str, loss: str) -> Problem:
    generator = np.random.default_rng(11)
    targets = random_targets(loss, 10, 3, generator)
    network = make_network((4, 5, 5, 3), hidden, output, loss, ("per_unit", "shared", "per_unit"))
    return make_problem(network, generator.standard_normal((10, 4)), targets)


@pytest.mark.parametrize("name", activations.TABLE)
def test_every_activation_in_every_layer_has_the_gradient_it_claims(name: str) -> None:
    found = checked(random_problem(name, name, "mean_squared_error"))
    assert found.holds
    assert found.largest_error < (1e-10 if found.method == "complex step" else 1e-6)
    assert not found.unchecked.any()


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("name", losses.TABLE)
def test_every_loss_has_the_gradient_it_claims(name: str, output: str) -> None:
    assert checked(random_problem("tanh", output, name)).holds


@pytest.mark.parametrize("name", example_names())
def test_the_gradients_of_every_example_are_right(name: str) -> None:
    session = Session(open_document(name))
    assert checked(session.problem, session.record.parameters).holds


def test_smooth_networks_are_checked_by_the_complex_step_and_others_by_central_differences() -> None:
    assert chosen_method(random_problem("tanh", "softmax", "cross_entropy")) == "complex step"
    assert chosen_method(random_problem("sigmoid", "sigmoid", "binary_cross_entropy")) == "complex step"
    assert chosen_method(random_problem("relu", "sigmoid", "binary_cross_entropy")) == "central differences"


@pytest.mark.parametrize("name", [name for name, row in activations.TABLE.items() if not row.kink])
def test_every_smooth_activation_is_checked_by_the_complex_step_to_the_last_digits(name: str) -> None:
    for output, loss in (("softmax", "cross_entropy"), (name, "mean_squared_error")):
        found = checked(random_problem(name, output, loss))
        assert found.method == "complex step" and found.largest_error < 1e-13


@pytest.mark.parametrize("net", [-600.0, -30.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 30.0, 600.0])
@pytest.mark.parametrize("name", [name for name, row in activations.TABLE.items() if not row.kink and row.elementwise])
def test_the_first_order_of_a_complex_number_is_value_and_slope(name: str, net: float) -> None:
    row = activations.TABLE[name]
    place, imaginary = np.full((1, 1), net), np.full((1, 1), complex(net, 1e-30))
    output, total = np.empty_like(imaginary), np.empty(1, complex)
    run(in_first_order(row.forward(imaginary, output, row.defaults, total)))
    value = row.value(place)
    assert output.real == pytest.approx(value, rel=1e-14, abs=1e-16)
    expected = row.derivative_at(place, value)
    assert output.imag / 1e-30 == pytest.approx(expected, rel=1e-12, abs=4e-16)


def test_central_differences_agree_with_the_complex_step() -> None:
    problem = random_problem("sigmoid", "softmax", "cross_entropy")
    central, step = checked(problem, method="central differences"), checked(problem, method="complex step")
    assert central.numerical == pytest.approx(step.numerical, rel=1e-6, abs=1e-10)


@pytest.mark.parametrize("hidden", ["tanh", "relu"])
def test_a_wrong_derivative_is_found_out(monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    problem = random_problem(hidden, "identity", "mean_squared_error")
    assert checked(problem).holds
    right = activations.TABLE[hidden]

    def wrong(upstream: Array, slope: Array, output: Array, delta: Array, total: Array) -> list[Any]:
        return [*right.backward(upstream, slope, output, delta, total), (np.multiply, (delta, 1.001, delta))]

    from nnviz.engine import ops

    monkeypatch.setitem(ops.OPERATIONS, hidden, ops._activation(replace(right, backward=wrong)))
    found = checked(replace(problem))
    assert not found.holds
    assert found.largest_error == pytest.approx(2e-3, rel=0.05)      # two hidden layers, one after the other
    last = problem.network.parameter_count - 3 * 5 - 3      # the output layer's own gradients are right
    assert found.failed.max() < last
    assert set(found.worst(3)) <= set(found.failed)


def test_a_single_wrong_weight_is_named() -> None:
    found = checked(random_problem("tanh", "identity", "mean_squared_error"))
    wrong = found.analytic.copy()
    wrong[7] += 1e-3
    assert replace(found, analytic=wrong).failed.tolist() == [7]
    assert replace(found, analytic=wrong).worst(1).tolist() == [7]


def test_a_kink_within_the_step_leaves_its_example_out() -> None:
    network = make_network((1, 1, 1), "relu", "identity", "squared_error")
    inputs, targets = np.array([[1.0], [2.0]]), np.array([[3.0], [5.0]])
    problem = make_problem(network, inputs, targets)
    pack = problem.blocks.pack
    parameters = {"W1": np.array([[1.0]]), "b1": np.array([-1.0]), "W2": np.array([[1.0]])}     # net 0 and 1
    found = checked(problem, pack(parameters))
    assert found.holds and not found.unchecked.any()
    both = checked(make_problem(network, inputs[:1], targets[:1]), pack(parameters))
    assert both.unchecked.tolist() == [True, True, False, False]
    assert np.isnan(both.errors[:2]).all() and both.holds


def test_gradients_that_are_no_numbers_fail() -> None:
    problem = random_problem("tanh", "identity", "mean_squared_error")
    assert not checked(problem, np.full(problem.blocks.size, np.inf)).holds


@pytest.mark.parametrize("size", [50.0, 1e308, -1e308])
@pytest.mark.parametrize("name", activations.TABLE)
def test_huge_inputs_are_checked_without_a_word_from_numpy(name: str, size: float) -> None:
    """Warnings are errors in the tests; what overflows fails the check, or is right on both ways."""
    network = make_network((2, 3, 2), name, name, "mean_squared_error")
    inputs = np.array([[size, -size], [50.0, -50.0], [1.0, 0.5]])
    found = checked(make_problem(network, inputs, np.zeros((3, 2))))
    assert np.isfinite(found.analytic).all() or not found.holds


def test_an_exponential_that_overflows_is_checked_by_central_differences() -> None:
    problem = random_problem("sigmoid", "sigmoid", "mean_squared_error")
    found = checked(problem, problem.initial_parameters() * 2000.0)
    assert found.holds


def test_shared_and_frozen_parameters_are_checked_and_counted_once() -> None:
    problem = cloud_problem()
    found = checked(problem)
    assert len(found.errors) == problem.network.parameter_count
    assert found.holds and found.array("b2", found.analytic).shape == (1,)
    assert found.array("W1", found.numerical)[1, 2] != 0.0


def test_only_the_rows_asked_for_count() -> None:
    problem = cloud_problem()
    rows = np.array([7, 2])
    found = check_gradients(problem, problem.initial_parameters(), rows)
    whole = checked(replace(problem, inputs=problem.inputs[rows], targets=problem.targets[rows]))
    assert found is not None and found.examples == 2
    assert np.array_equal(found.numerical, whole.numerical)


def test_it_says_how_far_it_is_and_can_be_stopped() -> None:
    problem, seen = cloud_problem(), list[tuple[int, int]]()
    checked(problem, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (problem.network.parameter_count,) * 2
    assert check_gradients(problem, problem.initial_parameters(), ALL, cancelled=lambda: True) is None


def test_training_goes_on_bit_for_bit_as_if_nobody_had_looked() -> None:
    session, other = Session(open_document("xor")), Session(open_document("xor"))
    record = session.record
    check_gradients(record.problem, record.parameters, record.rows)
    session.advance_steps(5)
    other.advance_steps(5)
    assert session.state.vector.tobytes() == other.state.vector.tobytes()


def test_leaky_options_reach_the_check() -> None:
    problem = random_problem("leaky_relu", "identity", "squared_error")
    layers = tuple(replace(layer, activation=Choice("leaky_relu", (("alpha", 0.3),)))
                   for layer in problem.network.layers)
    assert checked(replace(problem, network=replace(problem.network, layers=layers))).holds
