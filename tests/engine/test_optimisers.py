"""Every optimiser against its formula written out, one number at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from nnviz.engine.network import Choice
from nnviz.engine.optimisers import TABLE
from nnviz.engine.problem import Problem
from nnviz.engine.step import Trainer
from tests.networks import ADAM, MOMENTUM, cloud_problem, make_network, make_problem

RATE = 0.1


def parabola(optimiser: Choice, rate: float = RATE) -> Problem:
    """One weight w and the loss ½(w - 3)²."""
    network = make_network((1, 1), output="identity", loss="half_squared_error", biases=("none",))
    return make_problem(network, np.array([[1.0]]), np.array([[3.0]]), optimiser, rate)


def sgd(gradients: Callable[[float], float], w: float) -> Iterator[float]:
    while True:
        w += -RATE * gradients(w)
        yield w


def momentum(gradients: Callable[[float], float], w: float) -> Iterator[float]:
    v = 0.0
    while True:
        v = 0.9 * v + gradients(w)
        w += -RATE * v
        yield w


def adam(gradients: Callable[[float], float], w: float) -> Iterator[float]:
    m = v = 0.0
    t = 0
    while True:
        t += 1
        g = gradients(w)
        m = 0.9 * m + (1.0 - 0.9) * g
        v = 0.999 * v + (1.0 - 0.999) * g * g
        w += -RATE * (m / (1.0 - 0.9**t)) / (math.sqrt(v / (1.0 - 0.999**t)) + 1e-8)
        yield w


FORMULAS = {"sgd": sgd, "momentum": momentum, "adam": adam}


def test_every_optimiser_has_its_formula_here() -> None:
    assert set(FORMULAS) == set(TABLE)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_fifty_steps_follow_the_formula(name: str) -> None:
    problem = parabola(Choice(name))
    trainer = Trainer(problem)
    trainer.load(problem.start({"W1": np.array([[-1.0]])}))
    expected = FORMULAS[name](lambda w: w - 3.0, -1.0)
    for _ in range(50):
        record = trainer.advance()
        assert record.new_parameters[0] == pytest.approx(next(expected), rel=1e-12)
        assert trainer.state().parameters(problem)[0] == record.new_parameters[0]


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_parabola_is_brought_to_its_bottom(name: str) -> None:
    problem = parabola(Choice(name))
    trainer = Trainer(problem)
    trainer.load(problem.start({"W1": np.array([[-1.0]])}))
    trainer.run(2000)
    assert trainer.state().parameters(problem)[0] == pytest.approx(3.0, abs=1e-6)


@pytest.mark.parametrize("optimiser", [MOMENTUM, ADAM], ids=lambda choice: choice.name)
def test_what_an_optimiser_remembers_can_be_read_and_knows_nothing_of_frozen_parameters(optimiser: Choice) -> None:
    problem = cloud_problem(optimiser)
    trainer = Trainer(problem)
    trainer.load(problem.start())
    for _ in range(5):
        record = trainer.advance()
        state = trainer.state().optimiser_state(problem)
        assert tuple(state) == TABLE[optimiser.name].state
        for name, vector in state.items():
            np.testing.assert_array_equal(record.memory(name), vector)
            assert not vector[problem.frozen].any()
            assert vector[~problem.frozen_mask].all()
    assert trainer.state().updates == (5 if optimiser is ADAM else 0)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_row_says_what_it_is(name: str) -> None:
    row = TABLE[name]
    assert row.name == name and row.label and row.formula and row.help and row.update_text
    assert all(option.accepts(option.default) for option in row.options.values())
