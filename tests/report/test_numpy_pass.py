"""The NumPy lines compute what the engine computed: every activation, loss, optimiser, kind of bias and batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.engine import activations, losses, optimisers
from nnviz.report import numpy_pass
from nnviz.report.numpy_pass import NumpyPass
from nnviz.report.numpy_tables import ACTIVATIONS, LOSSES, OPTIMISERS
from nnviz.session.document import Document
from nnviz.session.examples import example_names, open_example
from nnviz.session.session import Session
from tests.networks import document

EXAMPLES = [name for name in example_names()
            if open_example(name).network.kind != "graph" and open_example(name).network.parameter_count <= 20_000]
TARGETS = {"probabilities": [[0.2, 0.8], [1.0, 0.0], [0.5, 0.5]], "unit interval": [[0.2, 0.9], [1.0, 0.0], [0.5, 0.4]]}


def trained(found: Document, steps: int = 3) -> Session:
    session = Session(found)
    session.advance_steps(steps)
    return session


def run(passed: NumpyPass) -> dict[str, Any]:
    """The names after the script, exactly as it is copied."""
    names: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        exec(passed.script(), names)
    return names


def close(found: Any, expected: Any) -> bool:
    expected = np.asarray(expected)
    found = np.broadcast_to(found, expected.shape)
    size = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0.0)))
    return bool(np.allclose(found, expected, rtol=1e-12, atol=1e-12 * size, equal_nan=True))


def assert_same(session: Session) -> None:
    record = session.record
    passed = NumpyPass(record)
    names = run(passed)
    if record.problem.network.has_units:
        for layer in range(1, len(record.problem.network.layers) + 1):
            for name, read in (("net", record.net), ("out", record.output), ("dout", record.output_gradient),
                               ("delta", record.delta)):
                assert close(names[f"{name}{layer}"], read(layer)), f"{name}{layer}"
        assert close(names["terms"], record.terms) and close(names["E"], record.example_losses)
        assert close(names["loss"], record.loss)
    for array in passed.arrays:
        assert close(names[array.gradient], passed.read(record.gradient, array)), array.gradient
        assert close(names[array.name], passed.read(record.new_parameters, array)), array.name


def network(hidden: Any = "tanh", output: Any = "sigmoid", loss: Any = "half_squared_error", **more: Any) -> Document:
    name = loss if isinstance(loss, str) else loss["name"]
    kind = losses.TABLE[name].targets
    return document(**{
        "layers": [{"units": 3, "activation": hidden}, {"units": 2, "activation": hidden},
                   {"units": 2, "activation": output}],
        "loss": loss, "data": {"inputs": [[0.3, -1.2], [0.8, 0.5], [-0.6, 0.1]],
                               "targets": TARGETS.get(kind, [[0.3, -0.8], [1.5, 0.2], [-0.4, 0.6]])},
        "optimiser": {"name": "sgd", "learning_rate": 0.1}, **more})


def test_every_row_of_the_tables_has_its_lines() -> None:
    assert set(ACTIVATIONS) == set(activations.TABLE) and set(LOSSES) == set(losses.TABLE)
    assert set(OPTIMISERS) == set(optimisers.TABLE)
    for name, rule in OPTIMISERS.items():
        assert set(rule.memory) == set(optimisers.TABLE[name].state)
        assert set(rule.numbers) == set(optimisers.TABLE[name].options) - {"l2", "l1", "clip_norm", "clip_value"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example(name: str) -> None:
    assert_same(trained(open_example(name)))


@pytest.mark.parametrize("batch", [1, 2, "all"])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_every_activation_in_hidden_layers_and_at_the_output(activation: str, batch: Any) -> None:
    assert_same(trained(network(activation, activation, batch_size=batch)))


@pytest.mark.parametrize("activation", [
    {"name": "leaky_relu", "alpha": 0.2}, {"name": "elu", "alpha": 0.5}, {"name": "prelu", "per_unit": 1},
    {"name": "maxout", "pieces": 3}, {"name": "relu", "at_zero": 0.5},
])
def test_options_of_activations(activation: dict[str, Any]) -> None:
    assert_same(trained(network(activation)))


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("loss", [*sorted(LOSSES), {"name": "huber", "delta": 0.3}], ids=str)
def test_every_loss(loss: Any, output: str) -> None:
    assert_same(trained(network("tanh", output, loss)))


@pytest.mark.parametrize("batch", [1, "all"])
@pytest.mark.parametrize("bias", ["shared", "none"])
@pytest.mark.parametrize("optimiser", ["adam", "kfac"])
def test_shared_biases_and_none(bias: str, batch: Any, optimiser: str) -> None:
    layers = [{"units": 3, "activation": "maxout", "bias": bias}, {"units": 2, "activation": "tanh", "bias": bias},
              {"units": 2, "activation": "sigmoid", "bias": bias}]
    assert_same(trained(network(layers=layers, batch_size=batch,
                                optimiser={"name": optimiser, "learning_rate": 0.05})))


@pytest.mark.parametrize("more", [
    {}, {"l2": 0.1}, {"l1": 0.02, "l2": 0.1}, {"clip_norm": 0.05}, {"clip_value": 0.01, "l2": 0.3, "clip_norm": 0.02},
], ids=str)
@pytest.mark.parametrize("frozen", [[], ["b1", "W2[0,1]"]], ids=str)
@pytest.mark.parametrize("optimiser", sorted(OPTIMISERS))
def test_every_optimiser_with_penalties_clipping_and_frozen_parameters(
    optimiser: str, frozen: list[str], more: dict[str, float],
) -> None:
    found = network("prelu", optimiser={"name": optimiser, "learning_rate": 0.05, **more}, frozen=frozen)
    for steps in (1, 4):
        assert_same(trained(found, steps))


@pytest.mark.parametrize(("loss", "output", "hidden"), [
    ("mean_squared_error", "tanh", "relu"), ("squared_error", "identity", "maxout"),
    ("binary_cross_entropy", "sigmoid", "tanh"), ("cross_entropy", "softmax", "sigmoid"),
    ("huber", "identity", "tanh"), ("half_squared_error", "maxout", "tanh"), ("cross_entropy", "softmax", "softmax"),
    ("half_squared_error", "softmax", "tanh"),
])
def test_kfac_under_every_curvature(loss: str, output: str, hidden: str) -> None:
    assert_same(trained(network(hidden, output, loss, optimiser={"name": "kfac", "learning_rate": 0.3})))


def test_a_script_that_would_be_too_long_tells_the_shapes(monkeypatch) -> None:
    passed = NumpyPass(Session(open_example("mazur-2-2-2")).record)
    assert "W1 = np.array([[0.15, 0.2], [0.25, 0.3]])" in passed.script()
    monkeypatch.setattr(numpy_pass, "LONGEST_SCRIPT", 10)
    assert "# W1 = an array of shape (2, 2), too long to be written here" in passed.script()
    assert "eta = 0.5" in passed.script()


def test_the_lines_are_those_of_the_lecture() -> None:
    passed = NumpyPass(Session(open_example("mazur-2-2-2")).record)
    assert passed.lines("forward", "net", 1) == ("net1 = W1 @ x + b1",)
    assert passed.lines("forward", "out", 1) == ("out1 = 1 / (1 + np.exp(-net1))",)
    assert passed.lines("backward", "out", 2) == ("dout2 = out2 - t",)
    assert passed.lines("backward", "net", 1) == ("delta1 = (W2.T @ delta2) * (out1 * (1 - out1))",)
    assert passed.lines("backward", "parameter", 1) == (
        "dW1 = delta1 @ x.T", "db1 = delta1.sum(keepdims=True)")
    assert passed.lines("update", "parameter", 2) == ("W2 = W2 - eta * dW2", "# b2 is frozen")
