"""Every bundled example shows what its line says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnviz.engine.problem import Problem
from nnviz.engine.step import Trainer, step
from nnviz.report.metrics import Survey
from nnviz.session.document import Document
from nnviz.session.examples import TEACHING_ORDER, find_example, list_examples, open_example
from nnviz.session.opening import load_data, make_problem, opened_state


def problem_of(document: Document) -> Problem:
    return make_problem(document, load_data(document))


def train(document: Document, steps: int | None = None) -> tuple[Problem, Trainer]:
    """A trainer after the document's own number of steps; every step must have been finite."""
    problem = problem_of(document)
    trainer = Trainer(problem)
    trainer.load(opened_state(document, problem)[0])
    assert trainer.run(document.steps if steps is None else steps)
    return problem, trainer


def loss_after(document: Document, steps: int | None = None) -> float:
    """The mean loss over the training examples after training."""
    problem, trainer = train(document, steps)
    outputs = problem.outputs(trainer.state().parameters(problem), problem.inputs)
    return float(np.mean(problem.losses_of(outputs, problem.targets)))


def dead_units(document: Document, steps: int) -> int:
    problem, trainer = train(document, steps)
    outputs = problem.outputs(trainer.state().parameters(problem), problem.inputs)
    return int((outputs["net1"] <= 0).all(axis=1).sum())


def first_arrays(document: Document, steps: int = 0) -> dict[str, np.ndarray]:
    problem, trainer = train(document, steps)
    return problem.blocks.unpack(trainer.state().parameters(problem))


def test_the_teaching_order_names_bundled_examples_only() -> None:
    assert [example.name for example in list_examples()] == list(TEACHING_ORDER)
    assert find_example("xor").path.is_file()


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("one-neuron-chain", 0.01), ("linear-regression", 1e-12), ("and-one-neuron", 0.05), ("xor", 0.05),
        ("softmax-cross-entropy", 0.05), ("multi-label", 0.05), ("regression-sine", 0.02), ("gauss", 0.05),
        ("circle", 0.05), ("spiral", 0.05), ("moons", 0.05), ("iris", 0.05), ("digits-784-16-16-10", 0.05),
    ],
)  # fmt: skip
def test_what_should_be_learnt_is_learnt_in_the_steps_of_the_document(name: str, loss: float) -> None:
    assert loss_after(open_example(name)) < loss


def accuracy_on_test(document: Document) -> float | None:
    problem, trainer = train(document)
    return Survey(problem, trainer.state().parameters(problem), load_data(document)).test_accuracy


@pytest.mark.parametrize("seed", range(3))
def test_digits_are_read_that_were_never_seen_before(seed: int) -> None:
    document = open_example("digits-784-16-16-10").with_value("seed", seed)
    assert document.network.parameter_count == 13_002 and len(load_data(document).test_inputs) == 539
    assert (accuracy_on_test(document) or 0.0) >= 0.93


def test_irises_are_told_apart_that_were_never_seen_before() -> None:
    assert (accuracy_on_test(open_example("iris")) or 0.0) >= 0.9


def test_xor_is_learnt_from_nearly_every_start() -> None:
    document = open_example("xor")
    assert sum(loss_after(document.with_value("seed", seed)) < 0.05 for seed in range(40)) >= 39


def test_xor_with_relu_dies_at_its_learning_rate_and_lives_at_a_tenth_of_it() -> None:
    document = open_example("xor-relu-dead")
    assert [dead_units(document, steps) for steps in (0, 4, 15, document.steps)] == [0, 1, 2, 2]
    assert loss_after(document) == pytest.approx(math.log(2), abs=1e-9)
    tamed = document.with_value("optimiser.learning_rate", 0.5)
    assert dead_units(tamed, 1000) == 0 and loss_after(tamed, 1000) < 0.05


def test_zeros_give_gradients_that_are_exactly_zero_and_a_loss_of_ln_2() -> None:
    document = open_example("zero-initialisation")
    problem = problem_of(document)
    state = opened_state(document, problem)[0]
    record = step(problem, state)
    assert np.all(record.gradient == 0.0)
    assert loss_after(document) == pytest.approx(math.log(2), abs=1e-15)


def test_constant_weights_keep_the_hidden_units_identical() -> None:
    weights = first_arrays(open_example("constant-initialisation"), 500)["W1"]
    assert abs(weights[0, 0] - 0.5) > 0.01
    np.testing.assert_allclose(weights, np.broadcast_to(weights[0], weights.shape), rtol=0, atol=1e-12)


def test_the_gradient_vanishes_layer_by_layer() -> None:
    document = open_example("vanishing-gradient")
    problem = problem_of(document)
    gradients = problem.blocks.unpack(step(problem, opened_state(document, problem)[0]).gradient)
    sizes = [float(np.abs(gradients[f"W{layer}"]).max()) for layer in (1, 4, 7)]
    assert sizes[0] < sizes[1] / 10 < sizes[2] / 100


@pytest.mark.parametrize("seed", range(5))
def test_a_schedule_brings_to_rest_what_hops_for_ever_at_a_constant_rate(seed: int) -> None:
    document = open_example("learning-rate-schedule").with_value("seed", seed)
    assert document.schedule.name == "plateau"
    constant = document.with_value("optimiser.learning_rate", document.learning_rate)
    slow = document.with_value("optimiser.learning_rate", 1e-4)
    assert loss_after(document) < 1e-3 < 0.1 < loss_after(constant)
    assert loss_after(slow) > 0.1


def test_linear_layers_do_not_learn_the_ring() -> None:
    assert loss_after(open_example("deep-linear")) > 0.5


def test_linear_regression_takes_the_first_step_of_the_lecture() -> None:
    document = open_example("linear-regression")
    assert first_arrays(document, 1)["W1"][0, 0] == pytest.approx(0.466666666667, abs=5e-13)


def test_the_softmax_example_has_the_numbers_of_the_lecture() -> None:
    document = open_example("softmax-cross-entropy")
    problem = problem_of(document)
    record = step(problem, opened_state(document, problem)[0])
    gradient = problem.blocks.unpack(record.gradient)["W1"].ravel()
    expected = [-0.340998861114, 0.242432970705, 0.098565890409]
    assert gradient.tolist() == pytest.approx(expected, abs=5e-13)
    assert loss_after(document, 0) == pytest.approx(0.417030016278, abs=5e-13)


def test_mazur_takes_the_first_step_of_the_lecture_and_leaves_its_biases() -> None:
    arrays = first_arrays(open_example("mazur-2-2-2"), 1)
    assert arrays["W1"].ravel().tolist() == pytest.approx(
        [0.149780716133, 0.199561432266, 0.249751143632, 0.299502287265], abs=5e-13
    )
    assert arrays["W2"].ravel().tolist() == pytest.approx(
        [0.358916479718, 0.408666186076, 0.511301270239, 0.561370121108], abs=5e-13
    )
    assert (arrays["b1"].tolist(), arrays["b2"].tolist()) == ([0.35], [0.6])


def test_xor_is_learned_from_at_least_95_of_a_hundred_seeds() -> None:
    xor = open_example("xor")
    losses = [loss_after(xor.with_value("seed", seed), 3000) for seed in range(100)]
    assert sum(loss < 0.05 for loss in losses) >= 95
    assert xor.network.loss.name == "binary_cross_entropy" and xor.parameters is None
