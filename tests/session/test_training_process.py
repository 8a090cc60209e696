"""It does not matter who trains: what another process did is, bit for bit, what we would have done ourselves."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from nnviz.engine.step import Trainer
from nnviz.report.elements import Weight
from nnviz.session import training_process
from nnviz.session.examples import example_names, open_example
from nnviz.session.session import Session
from nnviz.session.training_process import TrainingProcess, train
from tests.networks import document


@pytest.fixture(scope="module")
def lasting_process() -> Iterator[TrainingProcess]:
    process = TrainingProcess()
    process.start()
    ready(process)
    yield process
    process.close()


@pytest.fixture
def process(lasting_process: TrainingProcess) -> TrainingProcess:
    assert lasting_process.is_ready
    return lasting_process


def ready(process: TrainingProcess) -> None:
    greeting = next(thread for thread in threading.enumerate() if thread.name == "nnviz training process")
    greeting.join(60)
    assert process.is_ready


def play(session: Session, process: TrainingProcess, updates: int) -> None:
    """Trains elsewhere to `updates` updates exactly."""
    while session.updates_done < updates:
        assert session.advance_steps(updates - session.updates_done, process=process)


@pytest.mark.parametrize("name", [name for name in example_names() if open_example(name).data is not None])
def test_every_example_trains_elsewhere_to_the_same_bits(process: TrainingProcess, name: str) -> None:
    there, here = Session(open_example(name)), Session(open_example(name))
    play(there, process, 25)
    here.advance_steps(25)
    assert np.array_equal(there.state.vector, here.state.vector)
    assert np.array_equal(there.record.content, here.record.content)


OTHERS: dict[str, dict[str, Any]] = {
    "adam in batches": {"optimiser": {"name": "adam", "learning_rate": 0.01}, "batch_size": 3},
    "plateau": {"optimiser": {"name": "momentum", "learning_rate": {
        "schedule": "plateau", "learning_rate": 0.3, "patience": 1, "threshold": 0.01, "divide_by": 3}},
        "batch_size": 2},
    "frozen": {"frozen": ["W1", "b2[0]"]},
    "k-fac": {"optimiser": {"name": "kfac", "learning_rate": 0.1}},
}


@pytest.mark.parametrize("values", OTHERS.values(), ids=OTHERS)
def test_whatever_training_remembers_comes_along(process: TrainingProcess, values: dict[str, Any]) -> None:
    there, here = Session(document(**values)), Session(document(**values))
    here.advance_steps(30)
    there.advance_steps(7)
    play(there, process, 19)
    there.advance_steps(2)
    play(there, process, 30)
    assert np.array_equal(there.state.vector, here.state.vector)


def test_its_checkpoints_and_losses_are_those_of_training_here(process: TrainingProcess) -> None:
    there, here = Session(document()), Session(document())
    play(there, process, 420)
    here.advance_steps(420)
    assert [state.step for state in there.segment.checkpoints] == [state.step for state in here.segment.checkpoints]
    for one, other in zip(there.segment.checkpoints, here.segment.checkpoints, strict=True):
        assert np.array_equal(one.vector, other.vector) and (one.epoch, one.batch) == (other.epoch, other.batch)
    for one, other in zip(there.segment.curve.points(), here.segment.curve.points(), strict=True):
        assert np.array_equal(one, other)


def test_going_back_and_on_again_forgets_what_it_did_ahead(process: TrainingProcess) -> None:
    there, here = Session(document()), Session(document())
    play(there, process, 300)
    there.edit({"optimiser.learning_rate": 0.7}, "rate")
    play(there, process, 600)
    here.advance_steps(300)
    here.edit({"optimiser.learning_rate": 0.7}, "rate")
    here.advance_steps(300)
    assert np.array_equal(there.state.vector, here.state.vector)
    there.undo()
    assert there.updates_done == 300
    play(there, process, 310)
    assert there.updates_done == 310


def test_an_edited_start_is_where_it_goes_on(process: TrainingProcess) -> None:
    there, here = Session(document()), Session(document())
    for session in (there, here):
        session.advance_steps(5)
        session.set_parameter(Weight(1, 0, 0), 0.125)
    play(there, process, 40)
    here.advance_steps(35)
    assert np.array_equal(there.state.vector, here.state.vector)


def test_it_stops_before_the_first_step_that_is_not_finite(process: TrainingProcess) -> None:
    values: dict[str, Any] = {
        "loss": "squared_error", "optimiser": {"name": "sgd", "learning_rate": 50.0},
        "layers": [{"units": 3, "activation": "identity"}, {"units": 1, "activation": "identity"}],
    }
    there, here = Session(document(**values)), Session(document(**values))
    alone = here.advance_steps(10_000)
    elsewhere = there.advance_steps(10_000, process=process)
    while elsewhere and not elsewhere.diverged:
        elsewhere = there.advance_steps(10_000, process=process)
    assert alone.diverged and elsewhere.diverged
    assert there.updates_done == here.updates_done and elsewhere.message == alone.message
    assert np.array_equal(there.state.vector, here.state.vector)


def test_where_the_process_is_lost_training_goes_on_here() -> None:
    process, session, here = TrainingProcess(), Session(document()), Session(document())
    process.start()
    ready(process)
    assert session.advance_steps(10**9, process=process)
    assert process._process is not None
    process._process.kill()
    process._process.wait()
    reached = session.updates_done
    while session.updates_done < reached + 500:
        assert session.advance_steps(10**9, process=process)
    assert not process.is_ready
    here.advance_steps(session.updates_done)
    assert np.array_equal(session.state.vector, here.state.vector)


def test_a_process_that_cannot_be_started_is_never_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_process.sys, "executable", "/nowhere/python")
    process = TrainingProcess()
    process.start()
    assert not process.is_ready
    session = Session(document())
    assert session.advance_steps(20, process=process) and session.updates_done == 20
    process.close()


def test_a_program_in_one_file_trains_in_its_own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_process.sys, "frozen", True, raising=False)
    process = TrainingProcess()
    process.start()
    assert process._process is None and not process.is_ready
    process.close()


def test_a_slice_of_no_time_is_one_step_and_the_state_before_it() -> None:
    session = Session(document())
    trainer = Trainer(session.problem)
    trainer.load(session.state)
    done = train(trainer, 10**9, 50, seconds=0.0)
    assert done.end == 1 and len(done.losses) == 1 and done.before_last.step == 0 and done.finite


def test_a_slice_ends_at_the_goal() -> None:
    session = Session(document())
    trainer = Trainer(session.problem)
    trainer.load(session.state)
    done = train(trainer, 120, 50, seconds=60.0)
    assert done.end == 120 and len(done.losses) == 120 and done.before_last.step == 119
    assert [state.step for state in done.kept] == [50, 100]
    again = train(trainer, 120, 50, seconds=60.0)
    assert again.end == 120 and not again.losses


def test_it_ends_when_nobody_is_left_to_ask() -> None:
    told = io.BytesIO()
    training_process.serve(io.BytesIO(b""), told)
    assert told.getvalue() == b"nnviz"


def test_what_another_process_leaves_on_the_way_stays_within_the_budget(process: TrainingProcess) -> None:
    session = Session(document(optimiser={"name": "adam", "learning_rate": 0.01}), history_bytes=60_000)
    play(session, process, 6_000)
    kept = sum(state.vector.nbytes for state in session.segment.checkpoints)
    assert kept < 60_000 and session.budget.taken <= 60_000
    assert session.segment.spacing > 50
