"""A record is complete: every number of the pass is in it, and they fit each other."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from nnviz.engine import activations, losses
from nnviz.engine.record import Record
from nnviz.engine.step import Trainer, step
from tests.networks import ADAM, MOMENTUM, cloud_problem, make_network, make_problem, random_targets

MAZUR = {
    "W1": np.array([[0.15, 0.20], [0.25, 0.30]]), "b1": np.array([0.35]),
    "W2": np.array([[0.40, 0.45], [0.50, 0.55]]), "b2": np.array([0.60]),
}


@pytest.fixture(scope="module")
def mazur() -> Record:
    """The 2-2-2 demo of the lectures, its biases shared and frozen."""
    network = make_network((2, 2, 2), "sigmoid", "sigmoid", "half_squared_error", ("shared", "shared"))
    inputs, targets = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
    blocks = make_problem(network, inputs, targets).blocks
    frozen = [*blocks.positions("b1", (0,)), *blocks.positions("b2", (0,))]
    problem = make_problem(network, inputs, targets, frozen=frozen)
    return step(problem, problem.start(MAZUR))


def of_mazur(record: Record) -> dict[str, list[float]]:
    unpack = record.problem.blocks.unpack
    gradient, after = unpack(record.gradient), unpack(record.new_parameters)
    return {
        "net h": record.net(1)[:, 0].tolist(), "out h": record.output(1)[:, 0].tolist(),
        "net o": record.net(2)[:, 0].tolist(), "out o": record.output(2)[:, 0].tolist(),
        "E": [*record.terms[:, 0].tolist(), record.loss], "∂E/∂out o": record.output_gradient(2)[:, 0].tolist(),
        "∂out/∂net o": record.slope(2)[:, 0].tolist(), "δ o": record.delta(2)[:, 0].tolist(),
        "∂E/∂w5..w8": gradient["W2"].ravel().tolist(), "w5..w8 after": after["W2"].ravel().tolist(),
        "∂E/∂out h": record.output_gradient(1)[:, 0].tolist(), "∂out/∂net h1": record.slope(1)[:1, 0].tolist(),
        "δ h": record.delta(1)[:, 0].tolist(), "∂E/∂b": [gradient["b1"][0], gradient["b2"][0]],
        "∂E/∂w1..w4": gradient["W1"].ravel().tolist(), "w1..w4 after": after["W1"].ravel().tolist(),
        "b after": [after["b1"][0], after["b2"][0]],
    }


LECTURE = {
    "net h": [0.3775, 0.3925], "out h": [0.593269992107, 0.596884378260],
    "net o": [1.105905967060, 1.224921404096], "out o": [0.751365069552, 0.772928465321],
    "E": [0.274811083176, 0.023560025584, 0.298371108760], "∂E/∂out o": [0.741365069552, -0.217071534679],
    "∂out/∂net o": [0.186815601809, 0.175510052817], "δ o": [0.138498561629, -0.038098236517],
    "∂E/∂w5..w8": [0.082167040564, 0.082667627848, -0.022602540477, -0.022740242216],
    "w5..w8 after": [0.358916479718, 0.408666186076, 0.511301270239, 0.561370121108],
    "∂E/∂out h": [0.036350306393, 0.041370322649], "∂out/∂net h1": [0.241300708572],
    "δ h": [0.008771354689, 0.009954254705], "∂E/∂b": [0.018725609395, 0.100400325112],
    "∂E/∂w1..w4": [0.000438567734, 0.000877135469, 0.000497712735, 0.000995425471],
    "w1..w4 after": [0.149780716133, 0.199561432266, 0.249751143632, 0.299502287265],
    "b after": [0.35, 0.60],
}


@pytest.mark.parametrize("quantity", LECTURE)
def test_the_two_two_two_demo_has_the_lectures_numbers(mazur: Record, quantity: str) -> None:
    np.testing.assert_allclose(of_mazur(mazur)[quantity], LECTURE[quantity], rtol=0, atol=5e-13)


@pytest.mark.parametrize(("activation", "loss"), list(product(activations.TABLE, losses.TABLE)))
def test_the_numbers_of_a_record_fit_each_other(activation: str, loss: str) -> None:
    """For the activation in hidden layers, and at the output where the loss can take it."""
    generator = np.random.default_rng(8)
    bounded = losses.TABLE[loss].targets != "any"
    output = activation if not bounded or activation in ("sigmoid", "softmax") else "sigmoid"
    network = make_network((3, 4, 4, 2), activation, output, loss, ("per_unit", "none", "shared"))
    targets = random_targets(loss, 5, 2, generator)
    problem = make_problem(network, generator.standard_normal((5, 3)), targets)
    record = step(problem, problem.start())
    arrays = problem.blocks.unpack(record.parameters)
    gradients = problem.blocks.unpack(record.gradient)
    np.testing.assert_array_equal(record.inputs, problem.inputs.T)
    np.testing.assert_array_equal(record.targets, targets.T)
    for layer in (1, 2, 3):
        name, before = network.layers[layer - 1].activation.name, record.output(layer - 1)
        row, bias = activations.TABLE[name], arrays.get(f"b{layer}", np.zeros(1))
        net, out, delta = record.net(layer), record.output(layer), record.delta(layer)
        weights = arrays[f"W{layer}"].reshape(len(net), -1)
        np.testing.assert_allclose(net, weights @ before + bias.reshape(-1, 1), rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(out, row.value(net))
        np.testing.assert_array_equal(record.slope(layer), row.derivative_at(net, out))
        upstream = np.repeat(record.output_gradient(layer), len(net) // len(out), axis=0)
        if row.elementwise:
            if layer < 3 or not losses.TABLE[loss].is_fused(name):       # then these are the very factors of the pass
                np.testing.assert_array_equal(delta, upstream * record.slope(layer))
            np.testing.assert_allclose(delta, upstream * record.slope(layer), rtol=1e-10, atol=1e-15)
        found = gradients[f"W{layer}"].reshape(weights.shape)
        np.testing.assert_allclose(found, delta @ before.T / 5.0, rtol=1e-12, atol=1e-16)
        if layer == 1:
            np.testing.assert_allclose(gradients["b1"].ravel(), delta.mean(axis=1), rtol=1e-12, atol=1e-16)
        else:
            expected = weights.T @ delta
            np.testing.assert_allclose(record.output_gradient(layer - 1), expected, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(gradients["b3"], [record.delta(3).sum() / 5.0], rtol=1e-12, atol=1e-15)
    share = losses.TABLE[loss].share(2)
    slopes = losses.TABLE[loss].slopes(record.output(3), record.targets) * share
    np.testing.assert_allclose(record.output_gradient(3), slopes, rtol=1e-14)
    np.testing.assert_allclose(record.example_losses, record.terms.sum(axis=0) * share, rtol=1e-14)
    assert record.loss == pytest.approx(record.example_losses.mean(), rel=1e-13)
    np.testing.assert_array_equal(record.new_parameters, record.parameters + record.update)


def test_a_record_is_not_changed_by_the_steps_after_it() -> None:
    problem = cloud_problem(ADAM)
    trainer = Trainer(problem)
    trainer.load(problem.start())
    record = trainer.advance()
    before = record.content.copy()
    trainer.run(20)
    np.testing.assert_array_equal(record.content, before)
    assert record.new_parameters.tobytes() != trainer.state().parameters(problem).tobytes()


def test_nobody_can_write_into_a_record() -> None:
    record = step(cloud_problem(), cloud_problem().start())
    for array in (record.parameters, record.gradient, record.net(1), record.output(2), record.delta(3)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_norms_leave_out_frozen_parameters_and_count_a_shared_bias_once() -> None:
    problem = cloud_problem(MOMENTUM)
    record = step(problem, problem.start())
    kept = [
        position for position in problem.blocks.order if not problem.frozen_mask[position]
    ]
    assert record.norm(record.gradient) == pytest.approx(float(np.linalg.norm(record.gradient[kept])), rel=1e-14)
    free = make_problem(problem.network, problem.inputs, problem.targets)
    other = step(free, free.start())
    expected = float(np.linalg.norm(other.gradient[free.blocks.order]))
    assert other.norm(other.gradient) == pytest.approx(expected, rel=1e-14)


def test_a_record_knows_its_place() -> None:
    problem = cloud_problem()
    trainer = Trainer(problem)
    trainer.load(problem.start())
    places = [(record.step, record.epoch, len(record.rows)) for record in (trainer.advance() for _ in range(7))]
    assert places == [(1, 1, 4), (2, 1, 4), (3, 1, 2), (4, 2, 4), (5, 2, 4), (6, 2, 2), (7, 3, 4)]
    assert trainer.advance().learning_rate == 0.1
