"""PReLU learns the slope of its units below 0: one for the layer, or one for each unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnviz.engine.network import Choice, Network
from nnviz.engine.problem import Problem
from nnviz.engine.step import Trainer, step
from tests.networks import Array, differences, make_network, make_problem

EACH = Choice("prelu", (("per_unit", 1.0),))


def learning(hidden: Choice, examples: int = 5, frozen: tuple[int, ...] = ()) -> Problem:
    plain = make_network((3, 4, 4, 2), "tanh", "identity", "mean_squared_error", ("per_unit", "shared", "none"))
    layers = tuple(replace(layer, activation=hidden) for layer in plain.layers)
    generator = np.random.default_rng(6)
    inputs, targets = generator.standard_normal((examples, 3)), generator.standard_normal((examples, 2))
    network = Network(plain.inputs, layers, plain.loss)
    return make_problem(network, inputs, targets, learning_rate=0.02, frozen=frozen)


def random_parameters(problem: Problem) -> Array:
    generator = np.random.default_rng(9)
    return problem.blocks.pack({array.name: generator.standard_normal(array.shape) for array in problem.network.arrays})


@pytest.mark.parametrize(("hidden", "shapes"), [(Choice("prelu"), [1, 1, 1]), (EACH, [4, 4, 2])])
def test_alphas_follow_the_biases_of_their_layer(hidden: Choice, shapes: list[int]) -> None:
    problem = learning(hidden)
    arrays = problem.network.arrays
    assert [array.name for array in arrays] == ["W1", "b1", "alpha1", "W2", "b2", "alpha2", "W3", "alpha3"]
    assert [array.size for array in arrays if array.kind == "activation"] == shapes
    start = problem.blocks.unpack(problem.initial_parameters())
    assert all((start[f"alpha{layer}"] == 0.25).all() for layer in (1, 2, 3))


def test_every_number_has_one_place_and_comes_back() -> None:
    problem = learning(EACH)
    vector = random_parameters(problem)
    np.testing.assert_array_equal(problem.blocks.pack(problem.blocks.unpack(vector)), vector)
    assert len(problem.blocks.order) == problem.network.parameter_count
    names = [(array.name, index) for array in problem.network.arrays for index in np.ndindex(*array.shape)]
    assert [problem.blocks.positions(*name)[0] for name in names] == problem.blocks.order.tolist()


@pytest.mark.parametrize("hidden", [Choice("prelu"), EACH], ids=["per layer", "per unit"])
@pytest.mark.parametrize("examples", [1, 2, 5, 40])
def test_the_gradients_of_alphas_agree_with_differences(hidden: Choice, examples: int) -> None:
    """Also where the deltas are divided by the number of examples, and where the gradients are."""
    problem = learning(hidden, examples)
    parameters = random_parameters(problem)
    record = step(problem, problem.start().with_parameters(problem, parameters))
    expected = differences(problem, parameters, problem.inputs, problem.targets)
    np.testing.assert_allclose(record.gradient, expected, rtol=1e-6, atol=1e-8)
    for layer in (1, 2, 3):
        alphas = problem.blocks.alphas(record.gradient, layer)
        assert alphas is not None
        np.testing.assert_allclose(record.alpha_wishes(layer).mean(axis=1), alphas, rtol=1e-12, atol=1e-15)
        delta = record.output_gradient(layer) * record.slope(layer)
        np.testing.assert_array_equal(record.delta(layer), delta)


def test_a_frozen_alpha_stays_and_the_others_are_learned() -> None:
    free = learning(EACH)
    place = int(free.blocks.positions("alpha1", (2,))[0])
    problem = learning(EACH, frozen=(place,))
    trainer = Trainer(problem)
    trainer.load(problem.start())
    trainer.run(20)
    learned = problem.blocks.unpack(trainer.state().parameters(problem))["alpha1"]
    assert learned[2] == 0.25
    assert (learned[[0, 1, 3]] != 0.25).all()


def test_pytorch_learns_the_same_alphas() -> None:
    torch = pytest.importorskip("torch")
    problem = learning(EACH)
    start = problem.blocks.unpack(problem.initial_parameters())
    arrays = {name: torch.tensor(values, requires_grad=True) for name, values in start.items()}
    descent = torch.optim.SGD(list(arrays.values()), lr=problem.learning_rate)
    for _ in range(50):
        descent.zero_grad()
        output = torch.tensor(problem.inputs)
        for layer in (1, 2, 3):
            net = output @ arrays[f"W{layer}"].T + arrays.get(f"b{layer}", torch.zeros(1, dtype=output.dtype))
            output = torch.nn.functional.prelu(net, arrays[f"alpha{layer}"])
        torch.nn.functional.mse_loss(output, torch.tensor(problem.targets)).backward()
        descent.step()
    trainer = Trainer(problem)
    trainer.load(problem.start())
    trainer.run(50)
    for name, values in problem.blocks.unpack(trainer.state().parameters(problem)).items():
        np.testing.assert_allclose(values, arrays[name].detach().numpy(), rtol=1e-10, atol=1e-13)
