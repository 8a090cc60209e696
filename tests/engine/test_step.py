"""What a trainer promises: exact numbers, exact repetition, and that it stops before a number that is not finite."""

from __future__ import annotations

import math
import time
from itertools import product

import numpy as np
import pytest

from nnviz.engine import activations, losses, optimisers
from nnviz.engine.blocks import Blocks
from nnviz.engine.calls import LINE
from nnviz.engine.network import Choice
from nnviz.engine.problem import Problem, State
from nnviz.engine.record import Record
from nnviz.engine.step import STRETCH, Trainer, step
from tests.networks import (
    ADAM,
    MOMENTUM,
    XOR_INPUTS,
    XOR_TARGETS,
    Array,
    cloud_problem,
    make_network,
    make_problem,
    random_targets,
    xor_problem,
)

OPTIMISERS = (Choice("sgd"), MOMENTUM, ADAM)


def same(one: State, other: State) -> bool:
    return (one.step, one.epoch, one.batch, one.vector.tobytes()) == (
        other.step, other.epoch, other.batch, other.vector.tobytes()
    )


def tensors(record: Record) -> dict[str, bytes]:
    """All that a record holds, without the gaps between."""
    return {name: record.layout.view(record.content, name).tobytes() for name in record.layout.places}


def told(record: Record) -> dict[str, bytes]:
    """Every number that can be had from a record, bit by bit: what it holds, and what follows from that."""
    layers = range(1, len(record.problem.network.layers) + 1)
    arrays = {
        **{f"slope{layer}": record.slope(layer) for layer in layers},
        **{f"∂out{layer}": record.output_gradient(layer) for layer in layers},
        **{name: record.memory(name) for name in record.problem.optimiser_row.state},
        "update": record.update, "new parameters": record.new_parameters, "inputs": record.inputs,
        "targets": record.targets, "terms": record.terms, "losses": record.example_losses,
        "scalars": np.array([record.loss, record.learning_rate, record.step, record.epoch]), "rows": record.rows,
    }
    return {**tensors(record), **{name: array.tobytes() for name, array in arrays.items()}}


def trained(problem: Problem, steps: int, start: State | None = None) -> Trainer:
    trainer = Trainer(problem)
    trainer.load(start or problem.start())
    trainer.run(steps)
    return trainer


def diverging(optimiser: Choice | None = None) -> Problem:
    """A regression that jumps four times farther to the other side of its valley with every step."""
    network = make_network((1, 1), output="identity", loss="squared_error", biases=("none",))
    return make_problem(network, np.array([[1.0], [2.0]]), np.array([[1.0], [0.0]]), optimiser, 1.0)


# --- exact numbers -------------------------------------------------------------------------------------------


def test_linear_regression_of_the_lecture_takes_one_step_to_0_4667() -> None:
    network = make_network((1, 1), output="identity", loss="half_squared_error", biases=("none",))
    points = np.array([[1.0], [2.0], [3.0]])
    problem = make_problem(network, points, points, learning_rate=0.1)
    record = step(problem, problem.start({"W1": np.zeros((1, 1))}))
    assert record.new_parameters[0] == pytest.approx(0.466666666667, rel=0, abs=5e-13)


def test_zero_weights_on_xor_have_gradients_of_exactly_zero_and_a_loss_of_log_two() -> None:
    network = make_network((2, 2, 1), loss="binary_cross_entropy", initialise=Choice("zeros"))
    problem = make_problem(network, XOR_INPUTS, XOR_TARGETS)
    record = step(problem, problem.start())
    assert (record.gradient == 0.0).all() and not np.signbit(record.update).any()
    assert record.loss == math.log(2.0)


def test_hidden_units_that_start_alike_stay_alike_to_the_last_bit() -> None:
    network = make_network((2, 3, 1), initialise=Choice("constant", (("value", 0.5),)))
    problem = make_problem(network, XOR_INPUTS, XOR_TARGETS)
    arrays = problem.blocks.unpack(trained(problem, 300).state().parameters(problem))
    assert len(set(map(bytes, arrays["W1"]))) == 1
    assert len(set(arrays["b1"].tolist())) == len(set(arrays["W2"].ravel().tolist())) == 1
    assert arrays["b1"].all()


# --- exact repetition ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda choice: choice.name)
@pytest.mark.parametrize("batch_size", [0, 1, 4, 10])
def test_running_equals_advancing_and_steps_from_states_bit_for_bit(optimiser: Choice, batch_size: int) -> None:
    problem = cloud_problem(optimiser, batch_size)
    by_record, state = Trainer(problem), problem.start()
    by_record.load(state)
    losses: list[float] = []
    runner = trained(problem, 0)
    for number in range(1, 2 * STRETCH + 8):
        record, again = by_record.advance(), step(problem, state)
        assert tensors(record) == tensors(again)
        assert record.step == number and record.rows.tolist() == again.rows.tolist()
        state = State(number, by_record.epoch, by_record.batch, by_record.state().vector)
        assert state.parameters(problem).tobytes() == record.new_parameters.tobytes()
        losses.append(record.loss)
    told: list[float] = []
    runner.run(len(losses), told.append)
    assert same(runner.state(), by_record.state())
    assert told == losses


def test_a_run_may_be_cut_anywhere() -> None:
    problem = cloud_problem(ADAM)
    whole, parts = trained(problem, 160), trained(problem, 0)
    for steps in (1, 49, 50, 51, 3, 6):
        parts.run(steps)
    assert same(whole.state(), parts.state())


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not() -> None:
    def vector(seed: int) -> bytes:
        problem = make_problem(make_network((2, 3, 1)), XOR_INPUTS, XOR_TARGETS, batch_size=3, seed=seed)
        return trained(problem, 40).state().vector.tobytes()

    assert vector(4) == vector(4) != vector(5)


def test_states_are_kept_at_multiples_and_are_those_of_the_run() -> None:
    problem, kept = cloud_problem(MOMENTUM), list[State]()
    trainer = trained(problem, 7)
    trainer.run(100, keep=kept.append, every=20)
    assert [state.step for state in kept] == [20, 40, 60, 80, 100]
    assert all(same(state, trained(problem, state.step).state()) for state in kept)


ROWS = tuple(product(activations.TABLE, losses.TABLE, optimisers.TABLE))


@pytest.mark.parametrize(("activation", "loss", "optimiser"), ROWS, ids=["-".join(row) for row in ROWS])
def test_a_ring_tells_every_number_as_the_live_step_had_it(activation: str, loss: str, optimiser: str) -> None:
    """Whatever the tables hold, for whole batches, single examples and a smaller last one, with frozen parameters."""
    generator = np.random.default_rng(3)
    bounded = losses.TABLE[loss].targets != "any"
    output = activation if not bounded or activation in ("sigmoid", "softmax") else "sigmoid"
    network = make_network((3, 4, 4, 2), activation, output, loss, ("per_unit", "shared", "none"))
    inputs, targets = generator.standard_normal((10, 3)), random_targets(loss, 10, 2, generator)
    shared_and_a_weight = (1, *Blocks(network).positions("b2", (0,)))
    for batch_size, frozen in product((0, 1, 4), ((), shared_and_a_weight)):
        problem = make_problem(network, inputs, targets, Choice(optimiser), 0.05, batch_size, frozen=frozen)
        live, trainer = trained(problem, 0), trained(problem, 0)
        records, ring = [live.advance() for _ in range(7)], trainer.ring(5)
        trainer.run(7, ring=ring)
        assert all(record.is_finite for record in records) == (trainer.step == 7)      # a run ends before what is not
        for record in reversed(records[: trainer.step][-5:]):
            assert told(ring.record(record.step)) == told(record)


@pytest.mark.parametrize(("sizes", "hidden", "output", "loss"), [
    ((784, 16, 16, 10), "sigmoid", "sigmoid", "mean_squared_error"),
    ((784, 128, 64, 10), "relu", "softmax", "cross_entropy"),
])
@pytest.mark.parametrize("batch_size", [1, 32])
def test_a_ring_is_exact_where_products_are_large(
    sizes: tuple[int, ...], hidden: str, output: str, loss: str, batch_size: int
) -> None:
    generator = np.random.default_rng(4)
    inputs, targets = generator.uniform(size=(70, sizes[0])), random_targets(loss, 70, sizes[-1], generator)
    problem = make_problem(make_network(sizes, hidden, output, loss), inputs, targets, None, 0.01, batch_size)
    live, trainer = trained(problem, 0), trained(problem, 0)
    records, ring = [live.advance() for _ in range(6)], trainer.ring(6)
    trainer.run(6, ring=ring)
    assert all(told(ring.record(record.step)) == told(record) for record in records)


@pytest.mark.parametrize("batch_size", [0, 4])
def test_a_ring_holds_the_newest_records_however_a_run_is_cut(batch_size: int) -> None:
    problem = cloud_problem(MOMENTUM, batch_size)
    advancing, trainer = trained(problem, 0), trained(problem, 0)
    records = [advancing.advance() for _ in range(STRETCH + 13)]
    ring = trainer.ring(5)
    trainer.run(STRETCH + 3, ring=ring)
    trainer.run(10, ring=ring)
    assert all(told(ring.record(record.step)) == told(record) for record in records[-5:])


def test_reading_a_ring_leaves_training_where_it_stands() -> None:
    problem = cloud_problem(ADAM)
    undisturbed, trainer = trained(problem, 20), trained(problem, 0)
    ring = trainer.ring(8)
    for _ in range(4):
        trainer.run(5, ring=ring)
        before = trainer.state()
        ring.record(trainer.step - 3)
        assert same(trainer.state(), before)
    assert same(trainer.state(), undisturbed.state())


def test_a_ring_knows_the_batch_where_epochs_and_steps_do_not_fit() -> None:
    """After a change of the batch size a step number no longer tells the epoch."""
    problem = cloud_problem()
    advancing, trainer = Trainer(problem), Trainer(problem)
    start = State(7, 9, 1, problem.start().vector)
    for one in (advancing, trainer):
        one.load(start)
    records, ring = [advancing.advance() for _ in range(4)], trainer.ring(4)
    trainer.run(4, ring=ring)
    assert all(told(ring.record(record.step)) == told(record) for record in records)


def test_a_ring_tells_the_step_that_was_refused() -> None:
    """A step that is not finite is not applied, but what went wrong in it can be looked at."""
    problem = diverging()
    advancing, trainer = trained(problem, 0), trained(problem, 0)
    ring = trainer.ring(3)
    assert not trainer.run(10_000, ring=ring)
    advancing.load(trainer.state())
    refused = advancing.advance()
    assert not refused.is_finite and told(ring.record(trainer.step + 1)) == told(refused)


def test_a_rings_rows_begin_on_cache_lines_and_hold_a_state_each() -> None:
    """Copying to rows that begin anywhere takes a third longer."""
    problem = cloud_problem(ADAM)
    trainer = trained(problem, 0)
    places = trainer.ring(3).places(0, 0, 0)
    for place in (next(places) for _ in range(4)):
        assert place.ctypes.data % (LINE * place.itemsize) == 0 and place.shape == problem.start().vector.shape


def test_shared_biases_stay_one_number() -> None:
    problem = cloud_problem(ADAM)
    free = make_problem(problem.network, problem.inputs, problem.targets, ADAM, batch_size=4)
    state = trained(free, 100).state()
    for vector in (state.parameters(free), *state.optimiser_state(free).values()):
        copies = vector[free.blocks.positions("b2", (0,))]
        assert len(set(copies.tolist())) == 1 and copies[0] != 0.0


# --- numbers that run away -----------------------------------------------------------------------------------


@pytest.mark.parametrize("optimiser", OPTIMISERS[:2], ids=lambda choice: choice.name)
def test_a_run_stops_before_the_first_step_that_is_not_finite(optimiser: Choice) -> None:
    problem = diverging(optimiser)
    advancing, good, losses = trained(problem, 0), problem.start(), list[float]()
    while (record := advancing.advance()).is_finite:
        good = advancing.state()
        losses.append(record.loss)
    assert good.step > STRETCH, "the step has to lie inside a later stretch"
    trainer, told = trained(problem, 0), list[float]()
    assert not trainer.run(10_000, told.append)
    assert same(trainer.state(), good)
    assert told == losses
    assert not trainer.run(5) and same(trainer.state(), good)


def test_a_memory_that_is_not_finite_is_noticed_too() -> None:
    """The square of a gradient overflows in Adam before anything else does."""
    network = make_network((1, 1), output="identity", loss="half_squared_error", biases=("none",))
    problem = make_problem(network, np.array([[1e155]]), np.array([[0.0]]), ADAM)
    start = problem.start({"W1": np.array([[1e-155]])})
    record = step(problem, start)
    assert np.isfinite(record.new_parameters).all() and not record.is_finite
    assert not trained(problem, 1, start).step


def test_huge_but_finite_numbers_are_no_divergence() -> None:
    """Their sum of squares and their sum overflow; they do not."""
    network = make_network((1, 1), output="identity", loss="half_squared_error", biases=("none",))
    problem = make_problem(network, np.array([[1e-200]]), np.array([[1.0]]))
    start = problem.start({"W1": np.array([[1.7e308]])})
    trainer = trained(problem, 0, start)
    assert trainer.run(200)
    assert trainer.step == 200


def test_losses_whose_sum_overflows_are_no_divergence() -> None:
    network = make_network((1, 1), output="identity", loss="half_squared_error", biases=("none",))
    problem = make_problem(network, np.array([[1.0]]), np.array([[0.0]]), learning_rate=1e-300)
    told: list[float] = []
    trainer = trained(problem, 0, problem.start({"W1": np.array([[1e154]])}))
    assert trainer.run(100, told.append)
    assert len(told) == 100 and math.isinf(sum(told)) and all(map(math.isfinite, told))


# --- the rest ------------------------------------------------------------------------------------------------


def test_a_run_ends_when_its_time_is_over_and_does_at_least_one_step() -> None:
    problem = xor_problem()
    trainer = trained(problem, 0)
    assert trainer.run(10, seconds=0.0) and 1 <= trainer.step <= STRETCH
    begin, before = time.perf_counter(), trainer.step
    assert trainer.run(10**9, seconds=0.05)
    assert trainer.step > before and time.perf_counter() - begin < 5.0


def test_no_steps_change_nothing() -> None:
    trainer = trained(xor_problem(), 3)
    before = trainer.state()
    assert trainer.run(0) and same(trainer.state(), before)


def test_a_state_is_a_value_that_training_on_leaves_alone() -> None:
    problem = xor_problem()
    trainer = trained(problem, 3)
    state = trainer.state()
    copy = state.vector.copy()
    trainer.run(3)
    np.testing.assert_array_equal(state.vector, copy)
    with pytest.raises(ValueError, match="read-only"):
        state.vector[0] = 1.0


def test_an_update_is_never_a_negative_zero() -> None:
    network = make_network((2, 2, 1), hidden="relu", output="relu")
    inputs: Array = np.array([[0.0, 0.0], [0.0, 1.0]])
    for optimiser in OPTIMISERS:
        problem = make_problem(network, inputs, np.array([[0.0], [0.0]]), optimiser)
        record = step(problem, problem.start())
        assert (record.update == 0.0).any()
        assert not np.signbit(record.update[record.update == 0.0]).any()
