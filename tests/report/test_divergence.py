"""The sentence about numbers that run away names step, layer and unit, and the first number that did."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.network import Choice
from nnviz.engine.problem import Problem
from nnviz.engine.record import Record
from nnviz.engine.step import Trainer, step
from nnviz.report.divergence import Divergence, find_divergence, parameter_name
from nnviz.report.elements import Bias, Weight
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.networks import ADAM, Array, cloud_problem, make_network, make_problem

HUGE = 1e200


def chain(weights: dict[str, Array], loss: str = "half_squared_error", optimiser: Choice | None = None,
          target: float = 0.0, rate: float = 1.0) -> Record:
    """A step of 1-2-1 without biases, all identity, with input 1."""
    network = make_network((1, 2, 1), "identity", "identity", loss, ("none", "none"))
    problem: Problem = make_problem(network, np.array([[1.0]]), np.array([[target]]), optimiser, rate)
    return step(problem, problem.start(weights))


def found_in(record: Record) -> Divergence:
    found = find_divergence(record)
    assert found is not None and not record.is_finite
    return found


def test_a_finite_step_has_none() -> None:
    record = step(cloud_problem(), cloud_problem().start())
    assert find_divergence(record) is None and record.is_finite


def test_an_infinite_net_input_is_found_at_its_unit() -> None:
    found = found_in(chain({"W1": np.array([[1.0], [HUGE]]), "W2": np.array([[1.0, HUGE]])}))
    assert (found.step, found.layer, found.unit, found.quantity) == (1, 2, "o1", "net input")
    assert "net input of o1 (layer 2) becomes infinite" in found.sentence()


def test_the_first_number_of_the_pass_is_named_not_a_later_one() -> None:
    found = found_in(chain({"W1": np.array([[1.0], [np.inf]]), "W2": np.array([[1.0, 1.0]])}))
    assert (found.layer, found.unit, found.quantity) == (1, "h2", "net input")


def test_a_loss_that_overflows_is_found_at_its_output() -> None:
    found = found_in(chain({"W1": np.array([[HUGE], [0.0]]), "W2": np.array([[1.0, 1.0]])}))
    assert (found.layer, found.unit, found.quantity) == (2, "o1", "loss")


def test_a_logarithm_of_a_negative_output_is_not_a_number() -> None:
    record = chain({"W1": np.array([[-1.0], [0.0]]), "W2": np.array([[1.0, 1.0]])}, "binary_cross_entropy", target=0.5)
    assert "becomes not a number" in found_in(record).sentence()


def test_a_delta_that_overflows_is_found_at_its_unit() -> None:
    weights = {"W1": np.array([[0.0], [1e-180]]), "W2": np.array([[1e160, 1e160]])}
    found = found_in(chain(weights, "squared_error", target=1e152))
    assert (found.layer, found.unit, found.quantity) == (1, "h1", "gradient δ")


def test_a_new_value_that_overflows_is_found_at_its_parameter() -> None:
    found = found_in(chain({"W1": np.array([[1e100], [0.0]]), "W2": np.array([[1e50, 1.0]])}, rate=1e300))
    assert (found.quantity, found.parameter) == ("update", "W1[0,0]") and (found.layer, found.unit) == (1, "h1")


def test_the_parameter_is_named_in_its_own_layer() -> None:
    found = found_in(chain({"W1": np.array([[0.0], [1e100]]), "W2": np.array([[1.0, 1e50]])}, rate=1e60))
    assert (found.quantity, found.parameter) == ("update", "W2[0,1]") and (found.layer, found.unit) == (2, "o1")


def test_a_memory_that_overflows_is_found_at_its_parameter() -> None:
    network = make_network((1, 1), output="identity", loss="half_squared_error", biases=("none",))
    problem = make_problem(network, np.array([[1e155]]), np.array([[0.0]]), ADAM)
    found = found_in(step(problem, problem.start({"W1": np.array([[1e-155]])})))
    assert (found.quantity, found.parameter, found.unit) == ("second moment", "W1[0,0]", "o1")
    assert "second moment of W1[0,0], a parameter of o1 (layer 1), becomes" in found.sentence()


def test_every_step_that_is_not_finite_has_a_sentence() -> None:
    """A long way up: whatever number is first, it is found, and the step is the one that training refused."""
    network = make_network((2, 3, 1), hidden="leaky_relu", output="identity", loss="mean_squared_error")
    inputs, targets = np.array([[3.0, -2.0], [1.0, 4.0]]), np.array([[1.0], [0.0]])
    diverged = 0
    for rate in (0.9, 3.0, 50.0, 1e6):
        problem = make_problem(network, inputs, targets, learning_rate=rate)
        trainer = Trainer(problem)
        trainer.load(problem.start())
        if trainer.run(2000):
            continue
        diverged += 1
        good = trainer.state()
        found = found_in(step(problem, good))
        assert found.step == good.step + 1
        assert f"Step {found.step} diverges" in found.sentence() and "learning rate" in found.sentence()
    assert diverged > 1


@pytest.mark.parametrize(
    ("element", "name"), [(Weight(1, 0, 1), "W1[0,1]"), (Bias(2, 0), "b2[0]"), (Weight(3, 12, 0), "W3[12,0]")]
)
def test_parameters_have_canonical_names(element: Weight | Bias, name: str) -> None:
    assert parameter_name(element) == name


@pytest.mark.parametrize(
    ("name", "values", "advice"),
    [("surface-ravine", {"values.x": 1e308}, "start elsewhere, or with less noise."),
     ("surface-noise", {"noise": 1e308}, "start elsewhere, or with less noise."),
     ("linear-regression", {"parameters": {"W1": [[1e308]]}}, "begin with smaller parameters, inputs or targets.")],
)
def test_a_start_that_is_too_large_is_not_blamed_on_the_learning_rate(
    name: str, values: dict[str, object], advice: str
) -> None:
    said = Session(open_example(name).with_values(values)).advance_steps(1).message
    assert said.endswith(f"It is so before anything is learned: {advice}") and "learning rate" not in said
