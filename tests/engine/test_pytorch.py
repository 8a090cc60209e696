"""The engine beside PyTorch in float64, where PyTorch is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.engine import activations, losses, optimisers
from nnviz.engine.network import Choice
from nnviz.engine.problem import Problem
from nnviz.engine.step import Trainer, step
from tests.networks import ADAM, MOMENTUM, Array, make_network, make_problem, random_targets

torch = pytest.importorskip("torch")

QUARTER = torch.tensor([0.25], dtype=torch.float64)
ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
    "prelu": lambda z, alpha=QUARTER: torch.nn.functional.prelu(z, alpha),
    "elu": torch.nn.functional.elu,
    "softplus": lambda z: torch.nn.functional.softplus(z, threshold=700.0),
    "silu": torch.nn.functional.silu,
    "gelu": torch.nn.functional.gelu,
    "step": lambda z: torch.heaviside(z.detach(), torch.zeros((), dtype=z.dtype)) + 0.0 * z,
    "maxout": lambda z: z.gather(2, z.argmax(dim=2, keepdim=True)).squeeze(2),      # amax shares among equals
    "softmax": lambda z: torch.softmax(z, dim=1),
}
LOSSES = {
    "half_squared_error": lambda z, o, t: (0.5 * (t - o) ** 2).sum(dim=1).mean(),
    "squared_error": lambda z, o, t: ((t - o) ** 2).sum(dim=1).mean(),
    "mean_squared_error": lambda z, o, t: torch.nn.functional.mse_loss(o, t),
    "mean_absolute_error": lambda z, o, t: torch.nn.functional.l1_loss(o, t),
    "huber": lambda z, o, t: torch.nn.functional.huber_loss(o, t, delta=1.0),
    "negative_log_likelihood": lambda z, o, t: -(t * torch.log(o)).sum(dim=1).mean(),
    "binary_cross_entropy": lambda z, o, t: torch.nn.functional.binary_cross_entropy_with_logits(z, t),
    "cross_entropy": lambda z, o, t: torch.nn.functional.cross_entropy(z, t),
}
PAIRS = [
    ("tanh", "identity", "half_squared_error"),
    ("sigmoid", "sigmoid", "squared_error"),
    ("relu", "tanh", "mean_squared_error"),
    ("leaky_relu", "sigmoid", "binary_cross_entropy"),
    ("tanh", "softmax", "cross_entropy"),
    ("softmax", "softmax", "mean_squared_error"),
    ("tanh", "identity", "mean_absolute_error"),
    ("relu", "identity", "huber"),
    ("tanh", "softmax", "negative_log_likelihood"),
    ("elu", "softmax", "cross_entropy"),
    ("softplus", "identity", "half_squared_error"),
    ("silu", "softplus", "mean_squared_error"),
    ("prelu", "prelu", "mean_squared_error"),
    ("gelu", "sigmoid", "binary_cross_entropy"),
    ("step", "silu", "squared_error"),
    ("maxout", "maxout", "mean_squared_error"),
    ("maxout", "softmax", "cross_entropy"),
]


class Rival:
    """The same network in PyTorch."""

    def __init__(self, problem: Problem) -> None:
        self.problem, start = problem, problem.blocks.unpack(problem.initial_parameters())
        self.arrays = {name: torch.tensor(values, requires_grad=True) for name, values in start.items()}
        self.inputs, self.targets = torch.tensor(problem.inputs), torch.tensor(problem.targets)

    def loss(self) -> Any:
        output = self.inputs
        for number, layer in enumerate(self.problem.network.layers, start=1):
            net = torch.einsum("ei,...i->e...", output, self.arrays[f"W{number}"]) + self.arrays[f"b{number}"]
            learned = [self.arrays[f"alpha{number}"]] if f"alpha{number}" in self.arrays else []
            output = ACTIVATIONS[layer.activation.name](net, *learned)
        return LOSSES[self.problem.network.loss.name](net, output, self.targets)

    def gradient(self) -> Array:
        self.loss().backward()
        return self.problem.blocks.pack({name: array.grad.numpy() for name, array in self.arrays.items()})

    def train(self, optimiser: Any, steps: int) -> Array:
        for _ in range(steps):
            optimiser.zero_grad()
            self.loss().backward()
            optimiser.step()
        return self.problem.blocks.pack({name: array.detach().numpy() for name, array in self.arrays.items()})


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"softmax", "maxout"}))
def test_values_and_derivatives_agree_with_pytorch(name: str) -> None:
    net = np.append(np.random.default_rng(5).normal(0.0, 8.0, 400), [-800.0, -50.0, 50.0, 800.0])[:, None]
    tensor = torch.tensor(net, requires_grad=True)
    output = ACTIVATIONS[name](tensor)
    output.sum().backward()
    row = activations.TABLE[name]
    found = row.value(net)
    np.testing.assert_allclose(found, output.detach().numpy(), rtol=1e-13, atol=1e-15)
    # PyTorch's own SiLU and GELU lose their slope where exponentials underflow far out.
    expected = np.nan_to_num(tensor.grad.numpy(), nan=0.0)
    near = np.abs(net) < 100.0
    np.testing.assert_allclose(row.derivative_at(net, found)[near], expected[near], rtol=1e-11, atol=1e-14)


def random_problem(hidden: str, output: str, loss: str, optimiser: Choice | None = None) -> Problem:
    generator = np.random.default_rng(11)
    inputs = generator.standard_normal((9, 5))
    targets = random_targets(loss, 9, 3, generator)
    return make_problem(make_network((5, 7, 4, 3), hidden, output, loss), inputs, targets, optimiser, 0.05)


def relative_error(found: Array, expected: Array) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize(("hidden", "output", "loss"), PAIRS)
def test_gradients_and_loss_agree_with_pytorch(hidden: str, output: str, loss: str) -> None:
    problem = random_problem(hidden, output, loss)
    record, rival = step(problem, problem.start()), Rival(problem)
    assert record.loss == pytest.approx(rival.loss().item(), rel=1e-12)
    assert relative_error(record.gradient, rival.gradient()) < 1e-12


RIVALS: dict[str, tuple[Choice, Any]] = {
    "sgd": (Choice("sgd"), lambda arrays: torch.optim.SGD(arrays, lr=0.05)),
    "momentum": (MOMENTUM, lambda arrays: torch.optim.SGD(arrays, lr=0.05, momentum=0.9)),
    "nesterov": (Choice("nesterov"), lambda arrays: torch.optim.SGD(arrays, lr=0.05, momentum=0.9, nesterov=True)),
    "adagrad": (Choice("adagrad"), lambda arrays: torch.optim.Adagrad(arrays, lr=0.05, eps=1e-8)),
    "rmsprop": (Choice("rmsprop"), lambda arrays: torch.optim.RMSprop(arrays, lr=0.05, alpha=0.9)),
    "adam": (ADAM, lambda arrays: torch.optim.Adam(arrays, lr=0.05)),
    "adamw": (Choice("adamw"), lambda arrays: torch.optim.AdamW(decayed(arrays, 0.01), lr=0.05)),
    "rprop": (Choice("rprop"), lambda arrays: torch.optim.Rprop(arrays, lr=0.05)),
    "l2": (Choice("momentum", (("l2", 0.02),)),
           lambda arrays: torch.optim.SGD(decayed(arrays, 0.02), lr=0.05, momentum=0.9)),
}


# Rows that PyTorch has nothing for, and what holds them instead.
WITHOUT_RIVAL = {
    "kfac": "not in PyTorch: tests/engine/test_optimisers.py writes its inverses out and solves least squares with it",
}


def test_every_row_is_compared_with_pytorch_or_says_why_not() -> None:
    assert set(ACTIVATIONS) == set(activations.TABLE)
    assert set(LOSSES) == set(losses.TABLE)
    assert {choice.name for choice, _ in RIVALS.values()} == set(optimisers.TABLE) - set(WITHOUT_RIVAL)
    assert {name for hidden, output, _ in PAIRS for name in (hidden, output)} == set(activations.TABLE)
    assert {loss for _, _, loss in PAIRS} == set(losses.TABLE)


def decayed(arrays: Any, strength: float) -> Any:
    """Weight decay for the weights alone."""
    weights, biases = ([array for array in arrays if array.ndim == axes] for axes in (2, 1))
    return [{"params": weights, "weight_decay": strength}, {"params": biases, "weight_decay": 0.0}]


@pytest.mark.parametrize(("optimiser", "make"), RIVALS.values(), ids=RIVALS)
def test_optimisers_stay_with_pytorch(optimiser: Choice, make: Any) -> None:
    # Steps of one size whatever the gradient's end in a dance that doubles every rounding error.
    steps = {"adagrad": 200, "rmsprop": 50}.get(optimiser.name, 500)
    problem = random_problem("tanh", "softmax", "cross_entropy", optimiser)
    trainer, rival = Trainer(problem), Rival(problem)
    trainer.load(problem.start())
    trainer.run(steps)
    expected = rival.train(make(list(rival.arrays.values())), steps)
    assert relative_error(trainer.state().parameters(problem), expected) < 1e-12


@pytest.mark.parametrize("delta", [0.05, 0.5, 5.0])
def test_the_huber_loss_of_any_delta_agrees_with_pytorch(delta: float) -> None:
    output, target = np.random.default_rng(3).standard_normal((2, 4, 9))
    row = losses.TABLE["huber"].with_options({"delta": delta})
    expected = torch.nn.functional.huber_loss(torch.tensor(output), torch.tensor(target), delta=delta).item()
    assert row.of_examples(output, output, target, "identity").mean() == pytest.approx(expected, rel=1e-13)
