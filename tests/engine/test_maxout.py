"""Maxout takes the largest of several net inputs of each unit; the piece that won gets all of the gradient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnviz.engine.activations import TABLE
from nnviz.engine.check import check_gradients
from nnviz.engine.curvature import _expected_deltas
from nnviz.engine.network import BiasKind, Choice, Network
from nnviz.engine.plan import dense_passes
from nnviz.engine.problem import Problem
from nnviz.engine.step import Trainer, step
from tests.networks import Array, differences, make_network, make_problem

THREE = Choice("maxout", (("pieces", 3),))
BIASES: tuple[BiasKind, ...] = ("per_unit", "shared", "none")


def problem_of(
    chosen: Choice = THREE, examples: int = 5, frozen: tuple[int, ...] = (), initialise: Choice | None = None,
    optimiser: Choice | None = None, batch_size: int = 0,
) -> Problem:
    """3-4-4-2 of maxout units, with each kind of bias."""
    plain = make_network((3, 4, 4, 2), "tanh", "identity", "mean_squared_error", BIASES, initialise)
    layers = tuple(replace(layer, activation=chosen) for layer in plain.layers)
    generator = np.random.default_rng(6)
    inputs, targets = generator.standard_normal((examples, 3)), generator.standard_normal((examples, 2))
    network = Network(plain.inputs, layers, plain.loss)
    return make_problem(network, inputs, targets, optimiser, 0.02, batch_size, frozen=frozen)


def random_parameters(problem: Problem) -> Array:
    generator = np.random.default_rng(9)
    return problem.blocks.pack({array.name: generator.standard_normal(array.shape) for array in problem.network.arrays})


def test_parameters_have_one_more_index_for_the_piece() -> None:
    arrays = problem_of().network.arrays
    assert {array.name: array.shape for array in arrays} == {
        "W1": (4, 3, 3), "b1": (4, 3), "W2": (4, 3, 4), "b2": (1,), "W3": (2, 3, 4),
    }
    assert problem_of(Choice("maxout")).network.arrays[0].shape == (4, 2, 3)        # two pieces without a word


def test_every_number_has_one_place_and_comes_back() -> None:
    problem = problem_of()
    vector = random_parameters(problem)
    np.testing.assert_array_equal(problem.blocks.pack(problem.blocks.unpack(vector)), vector)
    assert len(problem.blocks.order) == problem.network.parameter_count
    names = [(array.name, index) for array in problem.network.arrays for index in np.ndindex(*array.shape)]
    assert [problem.blocks.positions(*name)[0] for name in names] == problem.blocks.order.tolist()


def test_the_first_of_several_that_are_as_large_gets_all_of_the_gradient() -> None:
    row, options = TABLE["maxout"], {"pieces": 3.0}
    net = np.array([[1.0, 2.0, 5.0, -np.inf], [1.0, 7.0, 5.0, -np.inf], [1.0, 7.0, 6.0, -np.inf]])
    output = row.value(net, options)
    assert output.tolist() == [[1.0, 7.0, 6.0, -np.inf]]
    assert row.derivative_at(net, output, options).tolist() == [
        [1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0],
    ]


@pytest.mark.parametrize("pieces", [2, 3, 5])
def test_one_piece_wins_for_every_unit_and_example_even_where_all_are_alike(pieces: int) -> None:
    net = np.round(np.random.default_rng(3).uniform(-1.0, 1.0, (4 * pieces, 500)))      # many ties
    row, options = TABLE["maxout"], {"pieces": pieces}
    output = row.value(net, options)
    slopes = row.derivative_at(net, output, options).reshape(4, pieces, 500)
    nets = net.reshape(4, pieces, 500)
    np.testing.assert_array_equal(output, nets.max(axis=1))
    np.testing.assert_array_equal(slopes.argmax(axis=1), nets.argmax(axis=1))
    assert (slopes.sum(axis=1) == 1.0).all() and set(slopes.ravel()) == {0.0, 1.0}


@pytest.mark.parametrize("examples", [1, 2, 5, 40])
def test_gradients_agree_with_differences(examples: int) -> None:
    """Also where the deltas are divided by the number of examples, and where the gradients are."""
    problem = problem_of(examples=examples)
    parameters = random_parameters(problem)
    record = step(problem, problem.start().with_parameters(problem, parameters))
    expected = differences(problem, parameters, problem.inputs, problem.targets)
    np.testing.assert_allclose(record.gradient, expected, rtol=1e-6, atol=1e-8)
    for layer in (1, 2, 3):
        np.testing.assert_array_equal(record.net_of_units(layer), record.output(layer))
        np.testing.assert_array_equal(record.of_units(layer, record.slope(layer)), np.ones_like(record.output(layer)))
        np.testing.assert_array_equal(record.of_units(layer, record.delta(layer)), record.output_gradient(layer))
        nets = record.net(layer).reshape(-1, 3, examples)
        np.testing.assert_array_equal(record.winners(layer), nets.argmax(axis=1))


def test_a_stretch_in_batches_is_what_single_steps_are() -> None:
    problem = problem_of(examples=7, batch_size=3)
    one, other = Trainer(problem), Trainer(problem)
    for trainer in (one, other):
        trainer.load(problem.start())
    one.run(20)
    for _ in range(20):
        other.advance()
    assert one.state().vector.tobytes() == other.state().vector.tobytes()


def test_frozen_pieces_stay_and_the_others_learn() -> None:
    free = problem_of(examples=40)
    places = (int(free.blocks.positions("W1", (2, 1, 0))[0]), int(free.blocks.positions("b1", (2, 1))[0]))
    problem = problem_of(examples=40, frozen=places)
    trainer = Trainer(problem)
    trainer.load(problem.start())
    trainer.run(20)
    before = problem.blocks.unpack(problem.initial_parameters())
    after = problem.blocks.unpack(trainer.state().parameters(problem))
    changed = after["W1"] != before["W1"]
    assert not changed[2, 1, 0] and changed[2, 1, 1] and changed[2, 0, 0]
    assert after["b1"][2, 1] == before["b1"][2, 1] and after["b1"][2, 0] != before["b1"][2, 0]


@pytest.mark.parametrize("name", ["xavier_uniform", "he_uniform", "lecun_uniform"])
def test_each_piece_is_drawn_as_a_layer_of_its_own(name: str) -> None:
    """The range follows from the units and the inputs, not from how many pieces the units have."""
    start = problem_of(initialise=Choice(name)).initial_parameters()
    plain = problem_of(Choice("tanh"), initialise=Choice(name)).initial_parameters()
    pieced, single = problem_of().blocks.unpack(start)["W2"], problem_of(Choice("tanh")).blocks.unpack(plain)["W2"]
    np.testing.assert_array_equal(pieced[:, 0], single)
    assert len(np.unique(pieced)) == pieced.size
    assert np.abs(pieced).max() <= {"xavier_uniform": 6 / 8, "he_uniform": 6 / 4, "lecun_uniform": 3 / 4}[name] ** 0.5


def test_orthogonal_pieces_are_rotations_each() -> None:
    start = problem_of(initialise=Choice("orthogonal")).initial_parameters()
    for piece in problem_of().blocks.unpack(start)["W2"].swapaxes(0, 1):
        np.testing.assert_allclose(piece.T @ piece, np.eye(4), atol=1e-14)


def test_pieces_that_start_alike_leave_all_learning_to_the_first() -> None:
    problem = problem_of(initialise=Choice("constant", (("value", 0.3),)), examples=9)
    record = step(problem, problem.start())
    gradients = problem.blocks.unpack(record.gradient)
    assert (gradients["W1"][:, 0] != 0.0).any() and not gradients["W1"][:, 1:].any()


def test_the_gradient_check_holds_and_leaves_out_what_stands_on_a_tie() -> None:
    problem = problem_of(examples=12)
    found = check_gradients(problem, random_parameters(problem), np.arange(12))
    assert found is not None and found.method == "central differences"
    assert found.holds and not found.unchecked.any() and found.largest_error < 1e-7
    tied = problem_of(initialise=Choice("constant", (("value", 0.3),)), examples=12)
    found = check_gradients(tied, tied.initial_parameters(), np.arange(12))
    assert found is not None and found.holds
    assert found.array("W1", found.unchecked.astype(float)).all()      # whoever moves a piece moves the winner


def test_the_gradient_check_finds_a_rule_that_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the gradient to every piece is wrong wherever one of them is the larger."""
    problem = problem_of(Choice("maxout"), examples=12)
    parameters = random_parameters(problem)
    right = TABLE["maxout"]
    wrong = replace(right, slope=lambda z, a, f, options: [(f.fill, (0.5,))])
    monkeypatch.setitem(TABLE, "maxout", wrong)
    from nnviz.engine import ops
    monkeypatch.setitem(ops.OPERATIONS, "maxout", ops._activation(wrong))
    found = check_gradients(problem, parameters, np.arange(12))
    assert found is not None and not found.holds


@pytest.mark.parametrize("name", ["sgd", "adam", "kfac"])
def test_training_brings_the_loss_down(name: str) -> None:
    problem = replace(problem_of(Choice("maxout"), examples=30, optimiser=Choice(name)), learning_rate=0.01)
    trainer, losses = Trainer(problem), list[float]()
    trainer.load(problem.start())
    assert trainer.run(200, losses.append)
    assert losses[-1] < 0.8 * losses[0]


def test_kfac_sends_back_what_the_model_expects_through_the_pieces_that_won() -> None:
    """δ from a column of the loss's root is δ of a problem whose outputs miss their targets by just that column."""
    problem = problem_of(examples=6)
    problem = replace(problem, network=replace(problem.network, loss=Choice("half_squared_error")))
    parameters = random_parameters(problem)
    outputs = problem.outputs(parameters, problem.inputs)
    missed = []
    for unit in range(2):
        targets = outputs["out3"].T.copy()
        targets[:, unit] -= 1.0
        other = replace(problem, targets=targets)
        missed.append(step(other, other.start().with_parameters(other, parameters)))
    record = missed[0]
    whole = {name: record._whole(name) for name in ("x", "net1", "out1", "net2", "out2", "net3", "out3")}
    passes = dense_passes(problem, parameters, np.zeros(problem.blocks.size), whole.__getitem__,
                          lambda name: record.delta(int(name[-1])))
    for unit, deltas in enumerate(_expected_deltas(passes, "half_squared_error")):
        for layer, found in enumerate(deltas, start=1):
            np.testing.assert_allclose(found, missed[unit].delta(layer), rtol=1e-10, atol=1e-13)


def test_one_maxout_unit_of_two_pieces_is_a_relu_where_a_piece_is_zero() -> None:
    relu = make_network((3, 1), output="relu", loss="half_squared_error")
    layer = replace(relu.layers[0], activation=Choice("maxout"))
    maxout = replace(relu, layers=(layer,))
    generator = np.random.default_rng(2)
    inputs, targets, weights = generator.standard_normal((20, 3)), generator.standard_normal((20, 1)), np.ones((1, 3))
    first, second = (make_problem(network, inputs, targets) for network in (relu, maxout))
    plain = step(first, first.start({"W1": weights, "b1": np.array([0.1])}))
    pieces = {"W1": np.stack([np.zeros((1, 3)), weights], axis=1), "b1": np.array([[0.0, 0.1]])}
    record = step(second, second.start(pieces))
    np.testing.assert_allclose(record.output(1), plain.output(1), rtol=1e-14)
    found = second.blocks.unpack(record.gradient)
    np.testing.assert_allclose(found["W1"][:, 1], first.blocks.unpack(plain.gradient)["W1"], rtol=1e-12)
