"""A learning rate with a schedule: how it is written and changed, and that time travel and saving keep it exactly."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from nnviz.engine.schedules import TABLE
from nnviz.errors import Refused
from nnviz.session.document import Document, apply_settings
from nnviz.session.reading import read_document
from nnviz.session.schema import document_schema
from nnviz.session.session import Session
from tests.networks import document

#: Fast enough to be seen in a few steps.
OPTIONS: dict[str, dict[str, float]] = {
    "step": {"every": 3}, "cosine": {"epochs": 12}, "one_cycle": {"epochs": 12}, "warm_up": {"epochs": 7},
    "exponential": {"gamma": 0.9}, "plateau": {"patience": 1, "threshold": 0.01, "divide_by": 3},
}  # fmt: skip
NAMES = [name for name in TABLE if name != "constant"]
every_schedule = pytest.mark.parametrize("name", NAMES)


def with_schedule(name: str, **changes: Any) -> Document:
    rate = {"schedule": name, "learning_rate": 0.4, **OPTIONS[name]}
    return document(optimiser={"name": "momentum", "learning_rate": rate}, batch_size=3, **changes)


def rates(session: Session, steps: int) -> list[tuple[float, bytes]]:
    """The rate of each of the next steps, and the state after it."""
    found = []
    for _ in range(steps):
        session.advance_step()
        found.append((session.record.learning_rate, session.state.vector.tobytes()))
    return found


@every_schedule
def test_it_is_read_written_and_valid(name: str) -> None:
    read = with_schedule(name)
    assert read.schedule.name == name and read.learning_rate == 0.4
    again = read_document(read.to_bytes(), "saved")
    assert again == read and again != with_schedule(name).with_value("optimiser.learning_rate", 0.4)
    jsonschema.Draft202012Validator(document_schema()).validate(dict(read.raw))


def test_a_constant_schedule_is_a_number() -> None:
    one = document(optimiser={"name": "sgd", "learning_rate": {"schedule": "constant", "learning_rate": 0.4}})
    assert one == document(optimiser={"name": "sgd", "learning_rate": 0.4})
    assert one.get("optimiser.learning_rate") == 0.4


def test_settings_reach_the_schedule_by_its_path() -> None:
    plain = document(optimiser="adam")
    cosine = apply_settings(plain, ["optimiser.learning_rate.schedule=cosine", "optimiser.learning_rate.epochs=7"])
    assert cosine.schedule.name == "cosine" and cosine.schedule.option("epochs") == 7
    assert cosine.learning_rate == plain.learning_rate and cosine.get("optimiser.learning_rate.epochs") == 7
    assert plain.get("optimiser.learning_rate.schedule") == "constant"
    step = cosine.with_value("optimiser.learning_rate.schedule", "step")
    assert step.schedule.name == "step" and "epochs" not in step.get("optimiser.learning_rate")
    assert step.with_value("optimiser.learning_rate.learning_rate", 0.7).learning_rate == 0.7
    assert step.with_value("optimiser.name", "sgd").schedule.name == "step"
    assert step.with_value("optimiser.learning_rate", 0.2).schedule.name == "constant"
    assert plain.with_value("optimiser.learning_rate.learning_rate", 0.2).get("optimiser.learning_rate") == 0.2


def test_a_mistyped_schedule_is_guessed() -> None:
    with pytest.raises(Refused, match="Did you mean 'one_cycle'"):
        apply_settings(document(), ["optimiser.learning_rate.schedule=one_cicle"])


@every_schedule
def test_seeking_undoing_and_saving_keep_every_rate_bit_for_bit(name: str) -> None:
    session = Session(with_schedule(name))
    whole = rates(session, 30)
    assert len({rate for rate, _ in whole}) > 2
    for place in (17, 3, 29, 11):
        session.seek(place)
        assert (session.record.learning_rate, session.state.vector.tobytes()) == whole[place - 1]
    session.seek(11)
    saved = read_document(session.document_now().to_bytes(), "saved")
    jsonschema.Draft202012Validator(document_schema()).validate(dict(saved.raw))
    assert rates(Session(saved), 19) == whole[11:]
    session.edit({"optimiser.learning_rate": 0.01}, "slower")
    session.advance_steps(4)
    session.undo()
    assert rates(session, 19) == whole[11:]
    session.reset()
    assert rates(session, 30) == whole


@every_schedule
def test_a_schedule_taken_in_the_middle_goes_on_with_the_same_network(name: str) -> None:
    session = Session(document(optimiser={"name": "momentum", "learning_rate": 0.4}, batch_size=3))
    session.advance_steps(10)
    state = session.state
    rate = {"schedule": name, "learning_rate": 0.4, **OPTIONS[name]}
    assert session.reset_reason({"optimiser.learning_rate": rate}) == ""
    session.edit({"optimiser.learning_rate": rate}, "schedule")
    problem = session.problem
    assert session.updates_done == 10 and session.state.parameters(problem).tobytes() == (
        state.parameters(problem).tobytes())
    assert session.state.optimiser_state(problem)["velocity"].any()
    found = rates(session, 12)
    session.seek(13)
    assert (session.record.learning_rate, session.state.vector.tobytes()) == found[2]
    assert rates(Session(read_document(session.document_now().to_bytes(), "saved")), 9) == found[3:]
    session.undo()
    assert session.state.vector.tobytes() == state.vector.tobytes() and session.document.schedule.name == "constant"


def test_a_plateau_forgets_what_it_saw_when_schedule_or_optimiser_change() -> None:
    session = Session(with_schedule("plateau"))
    session.advance_steps(20)
    assert session.state.schedule_memory(session.problem)["epochs"]
    saved = session.document_now()
    session.edit({"optimiser.learning_rate.patience": 5}, "patience")
    assert session.state.schedule_memory(session.problem)["epochs"]
    session.edit({"optimiser.name": "sgd"}, "sgd")
    assert not session.state.schedule_memory(session.problem)["epochs"]
    for values in ({"optimiser.learning_rate.schedule": "step"}, {"optimiser.name": "sgd"}):
        changed = saved.with_values(values)
        assert changed.progress is not None and not changed.progress.schedule_state


def test_what_a_schedule_saw_must_belong_to_it() -> None:
    with pytest.raises(Refused, match=r"progress.schedule_state.*unknown key"):
        with_schedule("cosine", progress={"step": 3, "schedule_state": {"best": 1.0}})
    with pytest.raises(Refused, match="is missing"):
        with_schedule("plateau", progress={"step": 3, "schedule_state": {"best": 1.0}})
