"""Every schedule against its formula and PyTorch, and that a step's rate depends on its place alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnviz.engine.network import Choice
from nnviz.engine.problem import Problem
from nnviz.engine.schedules import CONSTANT, TABLE, Clock, Pace
from nnviz.engine.step import Trainer
from tests.networks import cloud_problem

RATE = 0.3
SHORT: dict[str, dict[str, float]] = {
    "constant": {},
    "step": {"divide_by": 10.0, "every": 2},
    "exponential": {"gamma": 0.9},
    "cosine": {"epochs": 9, "floor": 0.1},
    "warm_up": {"epochs": 4, "start": 0.2},
    "one_cycle": {"epochs": 10, "rise": 0.3, "divide_by": 25.0, "divide_end_by": 1e4},
    "plateau": {"divide_by": 2.0, "patience": 1, "threshold": 0.2, "floor": 0.01},
}


def pace(name: str, **options: float) -> Pace:
    row = TABLE[name]
    defaults = {key: option.default for key, option in row.options.items()}
    return Pace(row, {**defaults, **SHORT[name], **options}, RATE)


def scheduled(name: str, batch_size: int = 0) -> Problem:
    problem = cloud_problem(batch_size=batch_size)
    return replace(problem, schedule=Choice(name, tuple(SHORT[name].items())), learning_rate=RATE)


def test_every_schedule_is_tried_here() -> None:
    assert set(SHORT) == set(TABLE)


@pytest.mark.parametrize(
    ("name", "epoch", "rate"),
    [
        ("constant", 1000, RATE),
        ("step", 0, RATE), ("step", 1, RATE), ("step", 2, RATE / 10), ("step", 5, RATE / 100),
        ("exponential", 0, RATE), ("exponential", 3, RATE * 0.729),
        ("cosine", 0, RATE), ("cosine", 4.5, RATE * 0.55), ("cosine", 9, RATE * 0.1), ("cosine", 99, RATE * 0.1),
        ("warm_up", 0, RATE * 0.2), ("warm_up", 2, RATE * 0.6), ("warm_up", 4, RATE), ("warm_up", 99, RATE),
        ("one_cycle", 0, RATE / 25), ("one_cycle", 2, RATE), ("one_cycle", 9, RATE / 25e4),
        ("one_cycle", 99, RATE / 25e4),
    ],
)  # fmt: skip
def test_a_rate_is_that_of_the_formula(name: str, epoch: float, rate: float) -> None:
    clock = Clock(int(epoch), int(epoch % 1 * 2), 2 if epoch % 1 else 1)
    assert pace(name).rate(clock) == pytest.approx(rate, rel=1e-14)


@pytest.mark.parametrize("name", ["constant", "step", "exponential", "cosine", "warm_up"])
def test_the_written_formula_fits_the_epoch_that_is_shown(name: str) -> None:
    written = TABLE[name].formula
    for sign, code in (("⌊", "math.floor("), ("⌋", ")"), ("½", "0.5 * "), ("·", "*"), ("^", "**"), ("π", "math.pi"),
                       ("cos", "math.cos")):
        written = written.replace(sign, code)
    options = {key: option.default for key, option in TABLE[name].options.items()}
    letters = {option.help[0]: options[key] for key, option in TABLE[name].options.items()}
    for epoch in (1, 2, 20, 21, 82, 101, 200):      # as the window counts them
        by_hand = eval(written, {"math": math, "min": min, "η": RATE, "epoch": epoch, "t": epoch - 1, **letters})
        assert Pace(TABLE[name], options, RATE).rate(Clock(epoch - 1, 0, 1)) == pytest.approx(by_hand, rel=1e-14)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_no_place_however_far_has_a_rate_that_is_not_finite(name: str) -> None:
    for clock in (Clock(0, 0, 1), Clock(2**52, 0, 1), Clock(0, 7, 8), Clock(10**6, 10**6, 10**6 + 1)):
        for options in ({}, {key: option.minimum for key, option in TABLE[name].options.items() if not option.above}):
            rate = pace(name, **{k: v for k, v in options.items() if math.isfinite(v)}).rate(clock)
            assert 0.0 <= rate <= RATE


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("step", lambda torch, optimiser: torch.StepLR(optimiser, 2, 0.1)),
        ("exponential", lambda torch, optimiser: torch.ExponentialLR(optimiser, 0.9)),
        ("cosine", lambda torch, optimiser: torch.CosineAnnealingLR(optimiser, 9, 0.1 * RATE)),
        ("warm_up", lambda torch, optimiser: torch.LinearLR(optimiser, 0.2, total_iters=4)),
        ("one_cycle", lambda torch, optimiser: torch.OneCycleLR(optimiser, RATE, total_steps=10)),
    ],
)
def test_rates_are_those_of_pytorch(name: str, make: Callable[[Any, Any], Any]) -> None:
    torch = pytest.importorskip("torch")
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    rival = make(torch.optim.lr_scheduler, optimiser)
    for epoch in range(9):
        assert pace(name).rate(Clock(epoch, 0, 1)) == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-12)
        optimiser.step()
        rival.step()


def test_dividing_on_a_plateau_is_that_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    rival = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimiser, factor=0.5, patience=2, threshold=0.01, min_lr=0.01 * RATE, eps=0.0)
    ours = pace("plateau", patience=3, threshold=0.01)
    memory, watch = np.zeros(len(ours.row.memory)), ours.row.watch
    assert watch is not None
    generator = np.random.default_rng(2)
    for loss in np.exp(-0.05 * np.minimum(np.arange(100), 40)) * generator.uniform(0.95, 1.0, 100):
        watch(memory, loss, 4, True, ours.options)
        rival.step(loss)
        assert ours.rate(Clock(0, 0, 1), memory.tolist()) == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-12)
    assert optimiser.param_groups[0]["lr"] == pytest.approx(0.01 * RATE)


def test_a_plateau_is_judged_by_the_mean_over_an_epochs_examples() -> None:
    ours = pace("plateau", patience=1, threshold=0.0)
    memory, watch = np.zeros(len(ours.row.memory)), ours.row.watch
    assert watch is not None
    for loss, examples, ends in ((1.0, 3, False), (5.0, 1, True), (1.0, 1, False), (2.0, 3, True)):
        watch(memory, loss, examples, ends, ours.options)
    assert memory.tolist() == [0.0, 0.0, 2.0, 1.75, 0.0, 0.0]
    watch(memory, 1.75, 4, True, ours.options)
    assert ours.rate(Clock(3, 0, 2), memory.tolist()) == RATE / 2.0


def test_a_loss_that_is_not_a_number_is_no_improvement() -> None:
    ours = pace("plateau", patience=1)
    memory = np.zeros(len(ours.row.memory))
    assert ours.row.watch is not None
    ours.row.watch(memory, 1.0, 4, True, ours.options)
    ours.row.watch(memory, math.nan, 4, True, ours.options)
    assert memory[-1] == 1.0 and memory[3] == 1.0


@pytest.mark.parametrize("batch_size", [0, 3])
@pytest.mark.parametrize("name", sorted(TABLE))
def test_running_stepping_and_starting_in_between_are_the_same_bit_for_bit(name: str, batch_size: int) -> None:
    problem = scheduled(name, batch_size)
    stepped, ran = Trainer(problem), Trainer(problem)
    for trainer in (stepped, ran):
        trainer.load(problem.start())
    records = [stepped.advance() for _ in range(25)]
    ran.run(7)
    middle = ran.state()
    ran.run(18)
    assert ran.state().vector.tobytes() == stepped.state().vector.tobytes()
    other = Trainer(problem)
    other.load(middle)
    assert [other.advance().learning_rate for _ in range(18)] == [record.learning_rate for record in records[7:]]
    assert other.state().vector.tobytes() == stepped.state().vector.tobytes()


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_update_is_made_with_the_rate_of_its_step(name: str) -> None:
    problem = replace(scheduled(name, 3), optimiser=Choice("sgd"))
    trainer = Trainer(problem)
    trainer.load(problem.start())
    for _ in range(30):
        place = Clock(trainer.epoch, trainer.batch, problem.batches.per_epoch)
        memory = list(trainer.state().schedule_memory(problem).values())
        record = trainer.advance()
        assert record.learning_rate == problem.pace.rate(place, memory)
        free = ~problem.frozen_mask
        np.testing.assert_array_equal(record.update[free], (record.gradient * -record.learning_rate)[free])


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_ring_records_steps_of_a_schedule(name: str) -> None:
    problem = scheduled(name, 3)
    trainer = Trainer(problem)
    trainer.load(problem.start())
    ring = trainer.ring(8)
    trainer.run(20, ring=ring)
    stepped = Trainer(problem)
    stepped.load(problem.start())
    records = [stepped.advance() for _ in range(20)]
    found, expected = ring.record(15), records[14]
    assert found.learning_rate == expected.learning_rate
    assert found.new_parameters.tobytes() == expected.new_parameters.tobytes()


def test_a_constant_rate_costs_no_call() -> None:
    constant, cosine = ((*Trainer(scheduled(name))._plans.values(),)[0] for name in (CONSTANT, "cosine"))
    assert constant.step == constant.calls + constant.update
    assert cosine.step[1:-1] == cosine.calls + cosine.update


def test_the_preview_of_every_schedule_is_what_training_then_does() -> None:
    steps = np.arange(20.0)
    for name in TABLE:
        problem = replace(scheduled(name, 3), learning_rate=0.0)     # nothing moves: the loss never becomes lower
        trainer = Trainer(problem)
        trainer.load(problem.start())
        factors: list[float] = []
        clocks = [Clock(*divmod(int(step), problem.batches.per_epoch), problem.batches.per_epoch) for step in steps]
        for clock in clocks:
            memory = list(trainer.state().schedule_memory(problem).values())
            factors.append(problem.pace.row.factor(clock, memory or (0.0,) * 6, problem.pace.options))
            trainer.advance()
        preview = replace(problem.pace, learning_rate=1.0).preview(steps, problem.batches.per_epoch)
        np.testing.assert_allclose(preview, factors, rtol=1e-15)
