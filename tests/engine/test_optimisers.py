"""Every optimiser against its formula written out, one number at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from nnviz.engine import penalties
from nnviz.engine.calls import run
from nnviz.engine.curvature import ROOTS, DensePass, precondition
from nnviz.engine.network import Choice
from nnviz.engine.optimisers import TABLE, OptimiserSite
from nnviz.engine.plan import dense_passes
from nnviz.engine.problem import Problem
from nnviz.engine.record import Record
from nnviz.engine.step import Trainer, step
from tests.networks import Array, cloud_problem, make_network, make_problem, random_targets

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


def nesterov(gradients: Callable[[float], float], w: float) -> Iterator[float]:
    v = 0.0
    while True:
        g = gradients(w)
        v = 0.9 * v + g
        w += -RATE * (g + 0.9 * v)
        yield w


def adagrad(gradients: Callable[[float], float], w: float) -> Iterator[float]:
    s = 0.0
    while True:
        g = gradients(w)
        s += g * g
        w += -RATE * g / (math.sqrt(s) + 1e-8)
        yield w


def rmsprop(gradients: Callable[[float], float], w: float) -> Iterator[float]:
    s = 0.0
    while True:
        g = gradients(w)
        s = 0.9 * s + (1.0 - 0.9) * g * g
        w += -RATE * g / (math.sqrt(s) + 1e-8)
        yield w


def adamw(gradients: Callable[[float], float], w: float) -> Iterator[float]:
    before, beside = w, adam(lambda _: gradients(before), 0.0)
    moved = 0.0
    while True:
        after = next(beside)
        before, moved = before + (after - moved) - RATE * 0.01 * before, after
        yield before


def rprop(gradients: Callable[[float], float], w: float) -> Iterator[float]:
    previous, size = 0.0, RATE
    while True:
        g = gradients(w)
        if g * previous > 0.0:
            size = min(size * 1.2, 50.0)
        elif g * previous < 0.0:
            size, g = max(size * 0.5, 1e-6), 0.0
        w -= size * ((g > 0.0) - (g < 0.0))
        previous = g
        yield w


def kfac(gradients: Callable[[float], float], w: float) -> Iterator[float]:
    """One input that is 1, so A = 1, and half a square bends by 1, so G = 1: Newton's step, damped, in its region."""
    while True:
        gradient = gradients(w)
        direction = gradient / (1.0 + math.sqrt(0.001)) ** 2
        moved = 0.5 * RATE**2 * gradient * direction
        w += -RATE * direction * min(1.0, math.sqrt(0.01 / moved))
        yield w


FORMULAS = {
    "sgd": sgd, "momentum": momentum, "nesterov": nesterov, "adagrad": adagrad, "rmsprop": rmsprop, "adam": adam,
    "adamw": adamw, "rprop": rprop, "kfac": kfac,
}
# Settings that bring a parabola below 1e-6, in 2000 steps: options, learning rate.
PARABOLA: dict[str, tuple[dict[str, float], float]] = {
    "sgd": ({}, 0.1), "momentum": ({}, 0.1), "nesterov": ({}, 0.1), "adagrad": ({}, 1.0), "rmsprop": ({}, 1e-3 * 3),
    "adam": ({}, 0.1), "adamw": ({"weight_decay": 0.0}, 0.1), "rprop": ({}, 0.1), "kfac": ({}, 0.1),
}
# Settings that bring Rosenbrock's (1 - x)² + 100 (y - x²)² from (-1.2, 1) below 1e-3, and the steps that takes.
ROSENBROCK: dict[str, tuple[dict[str, float], float, int]] = {
    "sgd": ({}, 1e-3, 20_000),
    "momentum": ({}, 2e-4, 10_000),
    "nesterov": ({}, 2e-4, 10_000),
    "rmsprop": ({}, 1e-3, 10_000),
    "adam": ({}, 0.01, 5_000),
    "adamw": ({"weight_decay": 1e-4}, 0.01, 5_000),
    "rprop": ({}, 0.01, 5_000),
}
PENALTIES = dict.fromkeys(penalties.OPTIONS, 0.0)


def choice(name: str, **options: float) -> Choice:
    return Choice(name, tuple(options.items()))


def test_every_optimiser_has_its_formula_and_its_settings_here() -> None:
    assert set(FORMULAS) == set(PARABOLA) == set(TABLE)
    assert set(ROSENBROCK) == set(TABLE) - {"adagrad", "kfac"}


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
def test_a_parabola_is_brought_below_a_millionth(name: str) -> None:
    options, rate = PARABOLA[name]
    problem = parabola(choice(name, **options), rate)
    trainer = Trainer(problem)
    trainer.load(problem.start({"W1": np.array([[-1.0]])}))
    trainer.run(2000)
    assert trainer.advance().loss < 1e-6


@pytest.mark.parametrize("name", sorted(ROSENBROCK))
def test_rosenbrocks_valley_is_walked_to_its_end(name: str) -> None:
    options, rate, steps = ROSENBROCK[name]
    row = TABLE[name]
    values = {key: option.default for key, option in row.options.items()} | options
    place, gradient = np.array([-1.2, 1.0]), np.empty(2)
    site = OptimiserSite(
        gradient, np.zeros((len(row.state), 2)), np.zeros(()), np.array(-rate), np.empty(2), place, np.ones(2), ())
    calls = [*row.calls(site, values), (np.add, (place, gradient, place))]
    for _ in range(steps):
        x, y = place.tolist()
        gradient[:] = -2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)
        run(calls)
    x, y = place.tolist()
    assert (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2 < 1e-3


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.state])
def test_what_an_optimiser_remembers_can_be_read_and_knows_nothing_of_frozen_parameters(name: str) -> None:
    problem = cloud_problem(Choice(name))
    trainer = Trainer(problem)
    trainer.load(problem.start())
    for _ in range(5):
        record = trainer.advance()
        state = trainer.state().optimiser_state(problem)
        assert tuple(state) == TABLE[name].state
        for vector_name, vector in state.items():
            np.testing.assert_array_equal(record.memory(vector_name), vector)
            # Rprop's step size is η before anything is learnt; a gradient that changed its sign it forgets.
            untouched = problem.learning_rate if vector_name == "step_size" else 0.0
            assert (vector[problem.frozen] == untouched).all()
            assert vector[~problem.frozen_mask].all() or vector_name == "previous_gradient"
    assert trainer.state().updates == (5 if name in ("adam", "adamw", "rprop") else 0)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_row_says_what_it_is(name: str) -> None:
    row = TABLE[name]
    assert row.name == name and row.label and row.formula and row.help and row.update_text
    assert all(option.accepts(option.default) for option in row.options.values())


# --- penalties and clipping -----------------------------------------------------------------------------------


def first_steps(choice: Choice, steps: int = 4) -> list[Record]:
    problem = cloud_problem(choice)
    trainer = Trainer(problem)
    trainer.load(problem.start())
    return [trainer.advance() for _ in range(steps)]


def seen_gradient(record: Record) -> Array:
    """What plain gradient descent was given: update = -η g."""
    return -record.update / record.learning_rate


def test_penalties_pull_weights_and_leave_biases_and_frozen_parameters_alone() -> None:
    for record in first_steps(choice("sgd", l2=0.3, l1=0.2)):
        problem, w = record.problem, record.parameters
        added = np.where(problem.weights_mask & ~problem.frozen_mask, 0.3 * w + 0.2 * np.sign(w), 0.0)
        expected = np.where(problem.frozen_mask, 0.0, record.gradient) + added
        np.testing.assert_allclose(seen_gradient(record), expected, rtol=1e-12, atol=1e-15)
        biases = [problem.blocks.positions("b1", (0,))[0], problem.blocks.positions("b3", (1,))[0]]
        assert not added[biases].any() and added.any()


def test_the_loss_and_the_gradient_shown_are_those_of_the_data_alone() -> None:
    plain, penalised = (first_steps(choice("sgd", **options), 1)[0] for options in ({}, PENALTIES | {
        "l2": 5.0, "l1": 5.0, "clip_norm": 1e-3, "clip_value": 1e-4}))
    assert plain.loss == penalised.loss
    np.testing.assert_array_equal(plain.gradient, penalised.gradient)
    assert (plain.update != penalised.update).any()


@pytest.mark.parametrize("longest", [1e-3, 0.05, 10.0])
def test_a_gradient_is_never_longer_than_clip_norm_and_keeps_its_direction(longest: float) -> None:
    for record in first_steps(choice("sgd", clip_norm=longest)):
        before = np.where(record.problem.frozen_mask, 0.0, record.gradient)
        after, length = seen_gradient(record), record.norm(record.gradient)
        assert record.norm(after) == pytest.approx(min(length, longest), rel=1e-12)
        np.testing.assert_allclose(after * length, before * min(length, longest), rtol=1e-12, atol=1e-18)


def test_a_shared_bias_counts_once_in_the_norm() -> None:
    network = make_network((2, 3, 1), biases=("shared", "shared"))
    problem = make_problem(network, np.ones((1, 2)), np.zeros((1, 1)), choice("sgd", clip_norm=1e-3))
    trainer = Trainer(problem)
    trainer.load(problem.start())
    record = trainer.advance()
    assert record.norm(seen_gradient(record)) == pytest.approx(1e-3, rel=1e-12)


def test_clip_value_cuts_each_number_by_itself() -> None:
    for record in first_steps(choice("sgd", clip_value=0.01)):
        before = np.where(record.problem.frozen_mask, 0.0, record.gradient)
        np.testing.assert_allclose(seen_gradient(record), np.clip(before, -0.01, 0.01), rtol=1e-12)
        assert (np.abs(before) > 0.01).any()


@pytest.mark.parametrize("scale", [0.0, 1e-200, 1e200, 1e308])
def test_the_norm_neither_overflows_nor_divides_by_zero(scale: float) -> None:
    gradient, work = np.array([3.0, 4.0]) / 4.0 * scale, np.empty(2)
    run(penalties.clipping_calls(gradient, work, np.zeros(2, dtype=bool), PENALTIES | {"clip_norm": 5.0}))
    length = min(5.0, 1.25 * scale if scale < 1e308 else 5.0)
    np.testing.assert_allclose(gradient, np.array([0.6, 0.8]) * length, rtol=1e-12)


def test_a_number_that_ran_away_stays_visible_behind_clipping() -> None:
    for wrong in (np.nan, np.inf):
        gradient = np.array([wrong, 1.0])
        run(penalties.clipping_calls(gradient, np.empty(2), np.zeros(2, dtype=bool), PENALTIES | {"clip_norm": 5.0}))
        assert not np.isfinite(gradient[0])


@pytest.mark.parametrize("name", sorted(TABLE))
def test_frozen_parameters_never_move_and_records_say_the_bits_of_the_run(name: str) -> None:
    options = {"l2": 0.01, "l1": 0.001, "clip_norm": 0.5, "clip_value": 0.1}
    problem = cloud_problem(choice(name, **options))
    stepping, running = Trainer(problem), Trainer(problem)
    for trainer in (stepping, running):
        trainer.load(problem.start())
    start = problem.start().parameters(problem)
    for _ in range(7):
        record = stepping.advance()
        np.testing.assert_array_equal(record.new_parameters, stepping.state().parameters(problem))
        np.testing.assert_array_equal(record.new_parameters[problem.frozen], start[problem.frozen])
        assert not record.update[problem.frozen].any()
        shared = record.update[problem.blocks.positions("b2", (0,))]
        assert (shared == shared[0]).all()
    running.run(7)
    np.testing.assert_array_equal(running.state().vector, stepping.state().vector)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_copies_of_a_shared_bias_stay_alike(name: str) -> None:
    network = make_network((2, 3, 2), biases=("shared", "per_unit"))
    generator = np.random.default_rng(1)
    problem = make_problem(
        network, generator.standard_normal((8, 2)), generator.uniform(size=(8, 2)), Choice(name), 0.01)
    trainer = Trainer(problem)
    trainer.load(problem.start())
    trainer.run(20)
    copies = trainer.state().parameters(problem)[problem.blocks.positions("b1", (0,))]
    assert (copies == copies[0]).all() and copies[0] != 0.0


# --- what a step multiplies its direction by ------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_effective_learning_rate_explains_the_update(name: str) -> None:
    for record in first_steps(Choice(name)):
        problem, rate = record.problem, record.effective_learning_rate
        assert not rate[problem.frozen].any()
        gradient = np.where(problem.frozen_mask, 0.0, record.gradient)
        if name in ("adam", "adamw"):
            first = record.memory("first_moment") / (1.0 - 0.9**record.step)
            decayed = record.learning_rate * 0.01 * record.parameters * problem.weights_mask * ~problem.frozen_mask
            expected = -rate * first - (decayed if name == "adamw" else 0.0)
        elif name == "rprop":
            expected = -rate * np.sign(record.memory("previous_gradient"))
        else:
            direction = {
                "momentum": lambda record: record.memory("velocity"),
                "nesterov": lambda record, gradient=gradient: gradient + 0.9 * record.memory("velocity"),
                "kfac": lambda record: seen_gradient(record),
            }.get(name, lambda record, gradient=gradient: gradient)
            expected = -rate * direction(record)
        np.testing.assert_allclose(record.update, expected, rtol=1e-11, atol=1e-16)


# --- K-FAC ----------------------------------------------------------------------------------------------------


def least_squares(optimiser: Choice, rate: float) -> Problem:
    """Two outputs, linear in three inputs of very different sizes: a long ravine for plain gradient descent."""
    generator = np.random.default_rng(3)
    inputs = generator.standard_normal((64, 3)) * [0.05, 1.0, 10.0]
    targets = inputs @ np.array([[8.0, -4.0], [1.0, 2.0], [0.1, -0.3]]) + [0.5, -1.0]
    network = make_network((3, 2), output="identity", loss="half_squared_error")
    return make_problem(network, inputs, targets, optimiser, rate)


def test_kfac_solves_least_squares_where_gradient_descent_crawls() -> None:
    losses = []
    for optimiser, rate in ((choice("kfac", damping=1e-6, kl_clip=0.0), 1.0), (Choice("sgd"), 0.015)):
        problem = least_squares(optimiser, rate)
        trainer = Trainer(problem)
        trainer.load(problem.start())
        trainer.run(500)
        losses.append(trainer.advance().loss)
    assert losses[0] < 1e-12 < 0.1 < losses[1]


def test_kfac_is_the_damped_kronecker_inverse_written_out() -> None:
    problem = cloud_problem(choice("kfac", damping=0.04, kl_clip=0.0), batch_size=0)
    trainer = Trainer(problem)
    trainer.load(problem.start())
    record = trainer.advance()
    inputs, slopes = np.vstack((record.output(2), np.ones(10))), record.slope(3)
    # Mean squared error of two outputs bends by 2/2 in each output.
    a, g = inputs @ inputs.T / 10, np.diag((slopes**2).mean(axis=1))
    share = math.sqrt((np.trace(a) / len(a)) / (np.trace(g) / len(g)))
    a += 0.2 * share * np.eye(len(a))
    g += 0.2 / share * np.eye(len(g))
    flat = np.linalg.solve(np.kron(g, a), problem.blocks.block(record.gradient, 3).ravel())
    np.testing.assert_allclose(problem.blocks.block(record.update, 3).ravel(), -0.1 * flat, rtol=1e-9)


@pytest.mark.parametrize(
    ("output", "loss"),
    [("identity", "half_squared_error"), ("tanh", "squared_error"), ("sigmoid", "mean_squared_error"),
     ("sigmoid", "binary_cross_entropy"), ("softmax", "cross_entropy"), ("softmax", "mean_squared_error")],
)
def test_kfac_learns_under_every_loss_with_and_without_a_root_of_its_curvature(output: str, loss: str) -> None:
    generator = np.random.default_rng(2)
    targets = random_targets(loss, 20, 3, generator) * (0.5 if output == "tanh" else 1.0)
    problem = make_problem(
        make_network((4, 5, 3), output=output, loss=loss), generator.standard_normal((20, 4)), targets,
        choice("kfac", damping=0.1), 0.05)
    trainer = Trainer(problem)
    trainer.load(problem.start())
    before = trainer.advance()
    assert before.gradient @ before.update < 0.0
    trainer.run(100)
    assert trainer.advance().loss < before.loss


def dense_pass(inputs: int, examples: int, shared: bool = False) -> DensePass:
    generator = np.random.default_rng([inputs, examples])
    seen, deltas = generator.standard_normal((inputs, examples)), generator.standard_normal((3, examples))
    gradient = generator.standard_normal((3, inputs))
    if shared:
        seen[-1], gradient[:, -1] = 1.0, 0.7
    return DensePass(seen, deltas, deltas, lambda: deltas, np.ones((3, inputs)), gradient, shared, False, "softmax")


@pytest.mark.parametrize("examples", [1, 5, 39, 40, 80])
def test_kfac_of_few_examples_is_exactly_the_inverse_of_the_large_matrix(examples: int) -> None:
    layer = dense_pass(40, examples)
    a, g = layer.inputs @ layer.inputs.T / examples, layer.deltas @ layer.deltas.T / examples
    share = math.sqrt((np.trace(a) / 40) / (np.trace(g) / 3))
    a += math.sqrt(1e-3) * share * np.eye(40)
    g += math.sqrt(1e-3) / share * np.eye(3)
    expected = np.linalg.inv(g) @ layer.gradient @ np.linalg.inv(a)
    precondition((layer,), "huber", 1e-3, 0.0, np.array(-0.1))
    np.testing.assert_allclose(layer.gradient, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shared", [False, True])
def test_kfac_goes_as_far_as_its_region_and_no_farther(shared: bool) -> None:
    """½ η² Σ gradient·p is the divergence that the model itself expects of a step -ηp."""
    free, held, loose = dense_pass(6, 4, shared), dense_pass(6, 4, shared), dense_pass(6, 4, shared)
    before = free.gradient.copy()
    once = np.ones_like(before)
    if shared:
        once[1:, -1] = 0.0                   # one number that stands at every unit
    for layer, clip in ((free, 0.0), (held, 1e-4), (loose, 1e4)):
        precondition((layer,), "huber", 0.1, clip, np.array(-0.5))
    moved = 0.5 * 0.5**2 * float((before * free.gradient * once).sum())
    assert moved > 1e-4
    np.testing.assert_allclose(held.gradient, free.gradient * math.sqrt(1e-4 / moved), rtol=1e-12)
    np.testing.assert_array_equal(loose.gradient, free.gradient)


def test_kfac_learns_from_one_example_at_a_time() -> None:
    """Three classes that overlap: without its trust region a step on one example throws the others away."""
    generator = np.random.default_rng(5)
    classes = np.arange(60) % 3
    inputs = generator.standard_normal((60, 4)) + np.eye(3, 4)[classes] * 2.0
    network = make_network((4, 6, 3), output="softmax", loss="cross_entropy")
    problem = make_problem(network, inputs, np.eye(3)[classes], Choice("kfac"), 0.1, batch_size=1)
    trainer = Trainer(problem)
    trainer.load(problem.start())
    losses: list[float] = []
    assert trainer.run(4000, losses.append)
    assert np.mean(losses[-1000:]) < 0.6 * math.log(3.0)


@pytest.mark.parametrize("size", [1e-155, 1e-160, 1e-200])
def test_kfac_stays_finite_where_certain_answers_leave_no_curvature(size: float) -> None:
    """E[δ²] underflows long before δ: what is left of it is no reason to call the update not a number."""
    inputs = np.array([[1.0], [2.0], [1.0]])
    for gradient in (np.zeros((2, 3)), np.full((2, 3), size)):
        layer = DensePass(
            inputs, np.full((2, 1), size), np.ones((2, 1)), lambda: np.ones((2, 1)), np.ones((2, 2)), gradient,
            shared_bias=False, elementwise=True, activation="identity",
        )
        precondition((layer,), "mean_absolute_error", 1e-3, 0.01, np.array(-1.0))
        assert np.isfinite(gradient).all() and np.abs(gradient).max() <= 1.0


def test_the_roots_are_those_of_the_losses_own_curvature() -> None:
    """∂²E/∂net² of one example by differences of δ, where the target is what the model expects."""
    for output, loss in (("sigmoid", "binary_cross_entropy"), ("softmax", "cross_entropy")):
        problem = make_problem(
            make_network((3, 3), output=output, loss=loss), np.eye(3)[:1], np.full((1, 3), 1.0 / 3.0))
        start, bent, width = problem.start(), np.empty((3, 3)), 1e-5
        for unit in range(3):
            ends = []
            for shift in (width, -width):
                parameters = start.parameters(problem).copy()
                parameters[problem.blocks.positions("b1", (unit,))] += shift
                ends.append(step(problem, start.with_parameters(problem, parameters)).delta(1)[:, 0])
            bent[:, unit] = (ends[0] - ends[1]) / (2.0 * width)
        record = step(problem, start)
        seen = {"x": np.ones((4, 1)), "net1": record.net(1), "out1": record.output(1)}
        deltas = {"net1": record.delta(1)}
        (layer,) = dense_passes(
            problem, record.parameters, record.gradient, seen.__getitem__, deltas.__getitem__)
        root = np.column_stack([ROOTS[loss, output](layer, unit)[:, 0] for unit in range(3)])
        np.testing.assert_allclose(root @ root.T, bent, rtol=1e-6, atol=1e-9)
