"""Whatever row of a table is chosen: numbers as large as they go stay finite, or the step that they ruin says so.

Every test walks its table, so that a new row is tried without being named here.  Warnings are errors in the tests:
nothing may be said by NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnviz.engine import activations, losses, optimisers, schedules
from nnviz.engine.network import Choice, Network
from nnviz.engine.options import Option
from nnviz.engine.problem import Problem
from nnviz.engine.record import Record
from nnviz.engine.step import Trainer, step
from nnviz.report.divergence import find_divergence
from tests.networks import XOR_INPUTS, XOR_TARGETS, make_network, make_problem, random_targets

SIZES = [50.0, -50.0, 1e308, -1e308]


def stays_finite_or_is_reported(problem: Problem, steps: int = 3) -> Record:
    """The record of the last step that could be done; a run stops at the same one, with its state untouched."""
    state, running = problem.start(), Trainer(problem)
    running.load(state)
    for _ in range(steps):
        record = step(problem, state)
        assert running.run(1) is record.is_finite
        if not record.is_finite:
            found = find_divergence(record)
            assert found is not None and "Step" in found.sentence()
            assert running.state().vector.tobytes() == state.vector.tobytes()
            break
        state = running.state()
    return record


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("loss", losses.TABLE)
@pytest.mark.parametrize("name", activations.TABLE)
def test_inputs_of_every_activation_under_every_loss(name: str, loss: str, size: float) -> None:
    targets = random_targets(loss, 2, 2, np.random.default_rng(1))
    problem = make_problem(make_network((1, 2, 2), name, name, loss), np.array([[size], [1.0]]), targets)
    record = stays_finite_or_is_reported(problem)
    assert record.is_finite or abs(size) > 50.0 or losses.TABLE[loss].targets != "any" or record.step > 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("loss", losses.TABLE)
def test_targets_and_outputs_of_every_loss(loss: str, size: float) -> None:
    row = losses.TABLE[loss]
    output, target = np.array([[size, 0.5], [0.25, -size]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    for activation in ("identity", row.fused_with or "identity"):
        terms = row.terms_of(output, output, target, activation)
        outside = row.targets != "any" and not row.is_fused(activation)
        assert not np.isnan(terms).any() or outside, "an output that is no probability has no loss"
    if row.targets == "any":
        network = make_network((1, 2), output="identity", loss=loss)
        stays_finite_or_is_reported(make_problem(network, np.array([[1.0]]), np.array([[size, -size]])))


@pytest.mark.parametrize("rate", [1e-3, 1e308])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", optimisers.TABLE)
def test_gradients_of_every_optimiser(name: str, size: float, rate: float) -> None:
    """The gradient of |w·x - t| is x or -x, whatever the error is."""
    network = make_network((1, 1), output="identity", loss="mean_absolute_error", biases=("none",))
    problem = make_problem(network, np.array([[size]]), np.array([[1.0]]), Choice(name), rate)
    record = step(problem, problem.start())
    assert abs(record.gradient[0]) == abs(size)
    stays_finite_or_is_reported(problem)


@pytest.mark.parametrize("rate", [50.0, 1e150, 1e308])
@pytest.mark.parametrize("name", optimisers.TABLE)
def test_rates_of_every_optimiser(name: str, rate: float) -> None:
    """Linear layers have nothing that would hold a number that runs away."""
    network = make_network((2, 2, 1), "identity", "identity", "squared_error")
    stays_finite_or_is_reported(make_problem(network, XOR_INPUTS, XOR_TARGETS, Choice(name), rate), steps=6)


def largest(option: Option, size: float) -> float:
    """The number nearest to `size` that the option takes."""
    value = option.presets[-1] if option.closed else min(max(size, option.minimum), option.maximum)
    return value if option.accepts(value) else option.default


def options_of(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, option) for name, row in table.items() for option in row.options]


def small(hidden: Choice, optimiser: Choice | None = None, schedule: Choice | None = None) -> Problem:
    """2-2-1 on two examples."""
    plain = make_network((2, 2, 1))
    network = Network(plain.inputs, (replace(plain.layers[0], activation=hidden), plain.layers[1]), plain.loss)
    problem = make_problem(network, np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([[0.0], [1.0]]), optimiser, 0.1)
    return replace(problem, schedule=schedule) if schedule else problem


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("name", "option"), options_of(optimisers.TABLE))
def test_options_of_every_optimiser(name: str, option: str, size: float) -> None:
    value = largest(optimisers.TABLE[name].options[option], size)
    stays_finite_or_is_reported(small(Choice("tanh"), Choice(name, ((option, value),))))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("name", "option"), options_of(activations.TABLE))
def test_options_of_every_activation(name: str, option: str, size: float) -> None:
    value = largest(activations.TABLE[name].options[option], size)
    stays_finite_or_is_reported(small(Choice(name, ((option, value),))))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("name", "option"), options_of(schedules.TABLE))
def test_options_of_every_schedule(name: str, option: str, size: float) -> None:
    value = largest(schedules.TABLE[name].options[option], size)
    stays_finite_or_is_reported(small(Choice("tanh"), schedule=Choice(name, ((option, value),))))
