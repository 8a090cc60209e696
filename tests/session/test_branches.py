"""Old futures stay: a branch is visited, undone and dropped without a bit of another being lost."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnviz.report.elements import Weight
from nnviz.session.branches import Mark, fork, marks, said_of
from nnviz.session.session import Session
from nnviz.session.timeline import OWN, Segment
from tests.networks import ADAM_OBJECT, MOMENTUM_OBJECT, document

SETTINGS: tuple[dict[str, Any], ...] = ({}, {"optimiser": MOMENTUM_OBJECT, "batch_size": 3}, {"optimiser": ADAM_OBJECT})
every_setting = pytest.mark.parametrize("values", SETTINGS, ids=["sgd", "momentum", "adam"])


def rate(session: Session, value: float) -> None:
    session.edit({"optimiser.learning_rate": value}, f"learning rate = {value}")


def forked(values: dict[str, Any] | None = None, history: int = 64 << 20) -> Session:
    """Trained to step 200, then another learning rate from step 120 on, to step 180."""
    session = Session(document(**(values or {})), history)
    session.advance_steps(200)
    session.seek(120)
    rate(session, 0.05)
    session.advance_steps(60)
    return session


def tips(session: Session) -> list[Segment]:
    return session.branches.all(session.place.tip)


def lived(session: Session) -> list[bytes]:
    """Every number of every step of the present branch."""
    found = []
    for step in range(1, session.last_step + 1):
        session.seek(step)
        found.append(session.record.content.tobytes() + session.state.vector.tobytes())
    return found


def told(session: Session) -> tuple[object, ...]:
    """All that can be seen of where a session stands, and of its branches."""
    return (session.place.tip, session.step, session.cursor, session.updates_done, session.state.vector.tobytes(),
            session.record.content.tobytes(), [edit.label for edit in session.undo_list],
            [edit.label for edit in session.redo_list], tips(session), [said_of(tip) for tip in tips(session)])


@every_setting
def test_visiting_a_branch_and_coming_back_changes_no_bit(values: dict[str, Any]) -> None:
    session = forked(values)
    before, old = lived(session), tips(session)[0]
    here = session.place.tip
    session.visit(old)
    assert session.updates_done == 200 and session.place.tip is old
    session.visit(here)
    assert session.updates_done == 180
    assert lived(session) == before


@every_setting
def test_seeking_equals_stepping_on_every_branch(values: dict[str, Any]) -> None:
    session = forked(values)
    for tip in tips(session):
        session.visit(tip)
        stepped = Session(document(**values))
        labels = iter(marks(tip))
        following = next(labels, None)
        for step in range(1, tip.end + 1):
            if following is not None and following.step == step - 1:
                rate(stepped, 0.05)
                following = next(labels, None)
            stepped.advance_step()
            if step % 7 == 0:
                session.seek(step)
                assert np.array_equal(session.record.content, stepped.record.content)


def test_going_back_and_training_on_is_no_branch() -> None:
    session = Session(document())
    session.advance_steps(100)
    session.seek(30)
    session.advance_steps(100)
    assert len(tips(session)) == 1 and session.last_step == 130


def test_an_edit_at_the_newest_step_is_no_fork_and_one_in_the_past_is() -> None:
    session = Session(document())
    session.advance_steps(10)
    rate(session, 0.05)
    session.moment()
    rate(session, 0.04)
    session.advance_steps(10)
    assert len(tips(session)) == 1
    assert marks(session.place.tip) == (Mark(10, ("learning rate = 0.05", "learning rate = 0.04")),)
    session.seek(5)
    session.set_parameter(Weight(1, 0, 0), 0.5)
    first, second = tips(session)
    assert fork(first, second) == 5 and second is session.place.tip
    assert said_of(first).startswith("from step 10: learning rate = 0.04, to step 20, loss ")


@pytest.mark.parametrize("change", [Session.reset, lambda session: session.restart(5)], ids=["reset", "restart"])
def test_a_training_that_was_reset_can_be_visited(change: Callable[[Session], object]) -> None:
    session = Session(document())
    session.advance_steps(30)
    before = lived(session)
    change(session)
    session.advance_steps(10)
    old, new = tips(session)
    assert fork(old, new) == fork(new, old) == 0
    session.visit(old)
    assert lived(session) == before


def test_what_an_undone_edit_led_to_stays_as_a_branch_and_is_redone() -> None:
    session = forked()
    new = session.place.tip
    session.undo()
    assert session.updates_done == 120 and session.last_step == 200
    assert new in session.branches and len(tips(session)) == 2
    session.visit(new)
    assert session.updates_done == 180
    session.undo()
    assert session.place.tip is not new and session.updates_done == 120


@every_setting
def test_undo_then_redo_changes_nothing_and_neither_does_redo_then_undo(values: dict[str, Any]) -> None:
    session = forked(values)
    session.seek(150)
    rate(session, 0.07)
    session.advance_steps(5)
    session.visit(tips(session)[0])
    session.seek(77)
    for _ in range(4):
        before = told(session)
        if session.undo():
            session.redo()
            assert told(session) == before
            session.undo()
        before = told(session)
        session.redo()
        session.undo()
        assert told(session) == before


def test_dropping_a_branch_frees_its_bytes_and_leaves_the_others_alone() -> None:
    session = forked({"optimiser": ADAM_OBJECT})
    session.seek(150)
    before, here = lived(session), session.place.tip
    alone = session.budget.taken
    for number in range(5):
        session.seek(130)
        rate(session, 0.01 * (number + 2))
        session.advance_steps(3000)
    full = session.budget.taken
    session.visit(here)
    for tip in tips(session):
        session.drop(tip)
    gc.collect()
    assert tips(session) == [here]
    assert full > alone + 5 * 60_000
    assert session.budget.taken <= alone + 5 * OWN, "only where undo leads to is left"
    assert lived(session) == before
    while session.undo():
        assert session.last_step >= session.updates_done
    assert session.updates_done == session.last_step == 120, "the old future was dropped, too"


def test_undo_and_redo_into_a_dropped_branch_are_gone_and_all_else_is_kept() -> None:
    session = forked()
    new = session.place.tip
    session.undo()
    session.drop(new)
    assert not session.redo_list and tips(session) == [session.place.tip]
    session.advance_steps(10)
    assert session.updates_done == 130


def test_what_was_dropped_is_the_same_when_it_is_done_again() -> None:
    session = Session(document(optimiser=ADAM_OBJECT))
    session.advance_steps(200)
    before, curve = lived(session), session.place.tip.curve.points()
    session.seek(120)
    rate(session, 0.05)
    session.drop(tips(session)[0])
    session.undo()
    assert session.last_step <= 121
    session.advance_steps(80)
    assert lived(session) == before
    assert all(np.array_equal(one, other) for one, other in zip(session.place.tip.curve.points(), curve, strict=True))


def test_a_branch_keeps_its_name_while_it_goes_on() -> None:
    session = forked()
    session.branches.name(session.place.tip, " slow ")
    rate(session, 0.02)
    session.advance_steps(3)
    assert said_of(session.place.tip).startswith("slow, to step 183, loss ")
    session.seek(150)
    rate(session, 0.3)
    assert session.place.tip.name == ""


@pytest.mark.parametrize("history", [20_000, 60_000, 300_000])
def test_the_budget_holds_with_many_branches_and_says_which_one_it_forgets(history: int) -> None:
    session = forked({"optimiser": ADAM_OBJECT}, history)
    for number in range(60):
        session.seek(20 + number)
        rate(session, 0.001 * (number + 1))
        session.advance_steps(150)
        assert session.budget.taken <= session.budget.bytes or len(tips(session)) <= 2
    gc.collect()
    assert bool(session.branches.forgotten) == (len(tips(session)) < 62)
    if session.branches.forgotten:
        assert "forgotten: the first course, to step 200, loss" in session.branches.forgotten[0]
    for tip in tips(session):
        session.visit(tip)
        assert session.updates_done == tip.end
