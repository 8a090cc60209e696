"""Gradients of the engine against differences of a loss that was written without it, over all rows of the tables."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from nnviz.engine import activations, losses
from nnviz.engine.network import BiasKind
from nnviz.engine.problem import Problem
from nnviz.engine.step import step
from tests.networks import Array, differences, make_network, make_problem, random_targets

# The outputs of a step are 0 and 1, where a cross-entropy is infinite.
ROWS = tuple(
    row for row in product(activations.TABLE, activations.TABLE, losses.TABLE)
    if row[1] != "step" or losses.TABLE[row[2]].targets == "any"
)
BIASES: tuple[BiasKind, ...] = ("per_unit", "shared", "none")
BENT = {"relu", "leaky_relu", "prelu", "elu", "step"}
MIDDLE = {"softplus": -0.43}      # the net input whose output is about one half


def problem_away_from_kinks(number: int, hidden: str, output: str, loss: str) -> tuple[Problem, Array]:
    """A random problem of depth 1 to 4 with mixed biases, batch and frozen places, and its parameters."""
    for seed in range(1000 * number, 1000 * number + 999):
        generator = np.random.default_rng(seed)
        depth, examples = number % 4 + 1, (1, 2, 3, 7)[number // 4 % 4]
        sizes = [int(size) for size in generator.integers(1, 5, depth + 1)]
        sizes[-1] = max(sizes[-1], 2) if output == "softmax" else sizes[-1]
        biases = [BIASES[int(kind)] for kind in generator.integers(0, 3, depth)]
        tame = losses.TABLE[loss].targets != "any" and output not in ("sigmoid", "softmax")
        if tame:       # such a loss needs outputs between 0 and 1
            biases[-1] = "per_unit"
        network = make_network(sizes, hidden, output, loss, biases)
        inputs = generator.standard_normal((examples, sizes[0]))
        targets = random_targets(loss, examples, sizes[-1], generator)
        problem = make_problem(network, inputs, targets)
        parameters = problem.blocks.pack(
            {array.name: generator.standard_normal(array.shape) for array in network.arrays}
        )
        if tame:
            problem.blocks.weights(parameters, depth)[...] *= 0.01
            problem.blocks.block(parameters, depth)[:, -1] = MIDDLE.get(output, 0.5)
        frozen = generator.permutation(problem.blocks.size)[: int(generator.integers(0, 3))].tolist()
        problem = make_problem(network, inputs, targets, frozen=frozen)
        found = problem.outputs(parameters, inputs)
        nets = [
            found[f"net{layer}"] for layer in range(1, depth + 1)
            if network.layers[layer - 1].activation.name in BENT
        ]
        nets += [
            np.diff(found[f"net{layer}"].reshape(-1, 2, examples), axis=1) for layer in range(1, depth + 1)
            if network.layers[layer - 1].activation.name == "maxout"      # bent where both pieces are as large
        ]
        outputs = found[f"out{depth}"]
        if all(np.abs(net).min() > 1e-3 for net in nets) and (not tame or 0.05 < outputs.min() < outputs.max() < 0.95):
            return problem, parameters
    raise AssertionError("no such problem found")


@pytest.mark.parametrize(("number", "row"), list(enumerate(ROWS)), ids=["-".join(row) for row in ROWS])
def test_gradients_agree_with_central_differences(number: int, row: tuple[str, str, str]) -> None:
    problem, parameters = problem_away_from_kinks(number, *row)
    record = step(problem, problem.start().with_parameters(problem, parameters))
    expected = differences(problem, parameters, problem.inputs, problem.targets)
    np.testing.assert_allclose(record.gradient, expected, rtol=3e-6, atol=1e-8)
    allowed = ~problem.frozen_mask
    np.testing.assert_array_equal(record.update, np.where(allowed, -problem.learning_rate * record.gradient, 0.0) + 0.0)


@pytest.mark.parametrize("examples", [1, 2, 5, 40])
def test_the_mean_of_the_examples_gradients_is_the_batch_gradient(examples: int) -> None:
    """Also where dividing the deltas is cheaper than dividing the gradients, and where it is not."""
    generator = np.random.default_rng(examples)
    network = make_network((6, 5, 3), biases=("shared", "per_unit"))
    inputs, targets = generator.standard_normal((examples, 6)), generator.uniform(size=(examples, 3))
    whole = make_problem(network, inputs, targets)
    start = whole.start()
    wishes = [
        step(make_problem(network, inputs[k : k + 1], targets[k : k + 1]), start).gradient for k in range(examples)
    ]
    np.testing.assert_allclose(step(whole, start).gradient, np.mean(wishes, axis=0), rtol=1e-12, atol=1e-16)


def test_frozen_parameters_have_gradients_and_no_updates() -> None:
    network = make_network((2, 2, 1))
    inputs, targets = np.array([[0.5, -1.0]]), np.array([[1.0]])
    free, frozen = make_problem(network, inputs, targets), make_problem(network, inputs, targets, frozen=[0, 3])
    one, other = step(free, free.start()), step(frozen, frozen.start())
    np.testing.assert_array_equal(one.gradient, other.gradient)
    assert other.gradient[[0, 3]].all()
    assert not other.update[[0, 3]].any()
    assert other.update[[1, 2, 4]].all()
