"""The past is computed again bit for bit, from a few checkpoints that stay within their budget."""

from __future__ import annotations

import gc
import random
import tracemalloc
from typing import Any

import numpy as np
import pytest

from nnviz.engine.problem import State
from nnviz.engine.step import Trainer
from nnviz.session.beginning import Beginning
from nnviz.session.budget import WARM, Budget
from nnviz.session.opening import load_data, make_problem
from nnviz.session.session import Session
from nnviz.session.timeline import SPACING, Segment
from tests.networks import document

ADAM = {"name": "adam", "learning_rate": 0.01}


def segment(budget: Budget | None = None, **values: Any) -> Segment:
    doc = document(**values)
    data = load_data(doc)
    problem = make_problem(doc, data)
    beginning = Beginning.at(problem.start())
    return Segment(doc, data, problem, beginning, beginning, None, budget or Budget())


def states(of: Segment, last: int) -> list[bytes]:
    """What stepping gives: the state after 0, 1, ... steps."""
    trainer = Trainer(of.problem)
    trainer.load(of.start)
    found = [trainer.state().vector.tobytes()]
    for _ in range(last):
        trainer.advance()
        found.append(trainer.state().vector.tobytes())
    return found


@pytest.mark.parametrize("values", [{}, {"optimiser": ADAM, "batch_size": 3}], ids=["all", "adam in batches"])
def test_going_to_a_step_equals_stepping_there(values: dict[str, Any]) -> None:
    part, last = segment(**values), 4 * SPACING + 11
    expected = states(part, last)
    part.run(last)
    walk = random.Random(3)
    for step in [0, last, SPACING, SPACING - 1, SPACING + 1, *(walk.randint(0, last) for _ in range(60))]:
        assert part.state(step).vector.tobytes() == expected[step]
        record = part.record(max(1, step))
        assert expected[record.step - 1].startswith(record.parameters.tobytes())
    assert part.end == last


def test_records_and_runs_may_alternate() -> None:
    part, expected = segment(optimiser=ADAM), None
    expected = states(part, 130)
    for step in range(1, 20):
        part.record(step)
    part.run(60)
    part.record(5)
    part.run(41)
    part.record(121)
    assert part.end == 121 and len(part.curve) == 121
    assert part.state(121).vector.tobytes() == expected[121]
    assert part.curve.at(5) == part.record(5).loss and part.curve.at(100) == part.record(100).loss


def test_looking_back_adds_nothing_to_the_curve() -> None:
    part = segment()
    part.run(30)
    for step in (30, 7, 1, 30):
        part.record(step)
        part.state(step)
    assert len(part.curve) == part.end == 30


def test_checkpoints_stand_at_even_distances() -> None:
    part = segment()
    part.run(3 * SPACING + 5)
    assert [state.step for state in part.checkpoints] == [SPACING, 2 * SPACING, 3 * SPACING]


def test_checkpoints_stay_within_the_budget_and_the_past_stays_exact() -> None:
    budget = Budget(20_000)
    part = segment(budget, optimiser=ADAM)
    expected = states(part, 5000)
    for steps in (100, 100, 300, 4500):
        part.run(steps)
        assert part.nbytes + part.beginning.anchor.nbytes == budget.taken <= budget.bytes
    assert part.spacing > SPACING and len(part.checkpoints) > 3
    assert all(state.step % part.spacing == 0 for state in part.checkpoints)
    for step in (4999, 1, 2500, 0, 777):
        assert part.state(step).vector.tobytes() == expected[step]


def test_seeking_starts_from_the_nearest_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    part, steps = segment(), list[int]()
    part.run(1000)
    repeat = Trainer.repeat
    monkeypatch.setattr(Trainer, "repeat", lambda self, count: steps.append(count) or repeat(self, count))
    for step in (0, 999, 500, 520, 3):
        part.state(step)
    assert steps == [49, 20, 3]


@pytest.mark.parametrize("history", [64 << 20, 30_000, 12_000])
@pytest.mark.parametrize("values", [{}, {"optimiser": ADAM, "batch_size": 3}], ids=["all", "adam in batches"])
def test_going_back_step_by_step_meets_the_same_bits_within_the_budget(history: int, values: dict[str, Any]) -> None:
    budget = Budget(history)
    part, last = segment(budget, **values), 4 * SPACING + 11
    expected = states(part, last)
    part.run(last)
    for step in [*range(last, 0, -1), *range(1, 90), *range(90, 60, -1), *range(80, 20, -7)]:
        record = part.record(step)
        assert record.step == step and expected[step - 1].startswith(record.parameters.tobytes())
        assert part.state(step).vector.tobytes() == expected[step]
        assert budget.taken <= budget.bytes
    assert budget.trail.states


def test_going_back_step_by_step_computes_a_stretch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    part, steps = segment(), list[int]()
    part.run(4 * SPACING)
    part.record(4 * SPACING)
    repeat = Trainer.repeat
    monkeypatch.setattr(Trainer, "repeat", lambda self, count: steps.append(count) or repeat(self, count))
    for step in range(4 * SPACING - 1, 0, -1):
        part.record(step)
    assert sum(steps) < 4 * SPACING


def test_a_trail_of_few_states_makes_short_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    part, steps = segment(optimiser=ADAM), list[int]()
    part.run(SPACING - 1)
    part.record(SPACING - 1)
    monkeypatch.setattr(Budget, "trail_room", 8 * part.start.vector.nbytes)
    repeat = Trainer.repeat
    monkeypatch.setattr(Trainer, "repeat", lambda self, count: steps.append(count) or repeat(self, count))
    for step in range(SPACING - 2, 0, -1):
        part.record(step)
        assert len(part.budget.trail.states) <= 8
    assert sum(steps) < 4 * SPACING, "without a trail there are more than 20 times as many"


def test_the_budget_is_one_for_all_segments() -> None:
    budget = Budget(60_000)
    parts = [segment(budget, seed=seed) for seed in range(3)]
    for part in parts:
        part.run(5000)
        assert budget.taken <= budget.bytes
    assert max(part.spacing for part in parts) <= 4 * min(part.spacing for part in parts)


def test_segments_that_are_gone_are_not_counted() -> None:
    budget = Budget(60_000)
    part = segment(budget)
    part.run(4000)
    assert part.spacing == SPACING
    for seed in range(5):
        other = segment(budget, seed=seed)
        other.run(1000)
        del other
        gc.collect()
    assert part.spacing == SPACING and budget.taken == part.nbytes + part.beginning.anchor.nbytes


def test_only_the_newest_segments_keep_their_arenas() -> None:
    budget = Budget()
    parts = [segment(budget, seed=seed) for seed in range(WARM + 2)]
    expected = []
    for part in parts:
        part.run(60)
        expected.append(part.record(33).content.tobytes())
    assert sum(part._trainer is not None for part in parts) == WARM
    for part, content in zip(parts, expected, strict=True):
        assert part.record(33).content.tobytes() == content
    assert sum(part._trainer is not None for part in parts) == WARM


def test_a_step_takes_at_most_100_bytes() -> None:
    part = segment()
    part.run(100)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    part.run(50_000)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / 50_000 <= 100.0
    counted = part.nbytes + part.curve.nbytes
    assert after - before <= 1.2 * counted + 50_000, "what is counted has to be what is taken"


def test_a_step_that_is_not_finite_is_never_done_and_can_be_looked_at() -> None:
    doc: dict[str, Any] = {
        "inputs": 1, "layers": [{"units": 1, "activation": "identity", "bias": "none"}], "loss": "squared_error",
        "optimiser": {"name": "sgd", "learning_rate": 1.0}, "parameters": {"W1": [[1.0]]},
        "data": {"inputs": [[1.0], [2.0]], "targets": [[1.0], [0.0]]},
    }
    ran, stepped = segment(**doc), segment(**doc)
    assert not ran.run(5000)
    while stepped.blocked is None:
        stepped.record(stepped.end + 1)
    assert ran.blocked == stepped.blocked == ran.end + 1 == stepped.end + 1
    assert len(ran.curve) == len(stepped.curve) == ran.end
    for part in (ran, stepped):
        bad = part.record(part.end + 1)
        assert not bad.is_finite and part.record(part.end).is_finite
        assert np.isfinite(part.state(part.end).vector).all()
        assert not part.run(3) and part.end == ran.end


def test_a_state_is_read_only() -> None:
    part = segment()
    part.run(10)
    state: State = part.state(10)
    with pytest.raises(ValueError, match="read-only"):
        state.vector[0] = 0.0


def test_who_goes_back_leaves_no_trail_where_the_budget_is_used_up_already() -> None:
    session = Session(document())
    session.advance_steps(5)
    session.budget.bytes = session.budget.taken - 1       # less than what the network trains with
    session.seek(2)
    assert session.record.step == 2
    assert session.budget.taken > session.budget.bytes and not session.budget.trail.states
