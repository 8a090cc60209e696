"""Names and places are no part of what a network computes: other ones leave every number and the place in the pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nnviz.report.elements import Weight
from nnviz.session.branches import marks, said_of
from nnviz.session.change import Change
from nnviz.session.document import Document
from nnviz.session.session import Session
from nnviz.session.structure import add_units, rename_unit
from tests.networks import ADAM_OBJECT, bits, document

PLACES = [[1, 0, 0.25, 0.75]]


def renamed(session: Session, name: str = "edge") -> Change:
    return session.reshape(rename_unit(session.document_now(), 1, 0, name), "renamed")


def moved(session: Session) -> Change:
    return session.edit({"places": PLACES}, "moved")


CHANGES: dict[str, Callable[[Session], Change]] = {
    "places": moved,
    "a unit's name": renamed,
    "an input's name": lambda session: session.edit({"inputs": ["left", "right"]}, ""),
    "name and description": lambda session: session.edit({"name": "other", "description": "of a lesson"}, ""),
    "both": lambda session: session.edit({"places": PLACES, "layers.0.units": ["a", "b"]}, ""),
}
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def where(session: Session) -> tuple[object, ...]:
    """All of a session but what it is called and where it stands in the picture."""
    tips = session.branches.all(session.place.tip)
    return (
        bits(session.record), session.step, session.cursor, session.place.since, session.updates_done,
        session.last_step, session.state.vector.tobytes(), session.place.tip, tips,
        [(said_of(tip), marks(tip), tip.end) for tip in tips],
        [segment.curve.at(session.last_step) for segment in session.place.tip.chain()],
    )


def look(session: Session) -> tuple[Any, ...]:
    here = session.document_now()
    names = [here.network.names(layer) for layer in range(len(here.network.sizes))]
    return names, session.record.problem.network, dict(here.places), here.name, here.description, here.to_bytes()


def halfway(given: Document) -> Session:
    """In the midst of the pass of step 4, behind an edit and with a branch beside."""
    session = Session(given)
    session.advance_steps(2)
    session.set_parameter(Weight(1, 0, 0), 0.5)
    session.advance_steps(3)
    session.undo()
    session.set_parameter(Weight(1, 0, 0), 0.25)
    session.advance_steps(2)
    session.advance(by_layer=True)
    session.advance()
    return session


@every_change
@pytest.mark.parametrize("values", [{}, {"optimiser": ADAM_OBJECT, "batch_size": 3}], ids=["sgd", "adam"])
def test_names_and_places_leave_numbers_pass_and_branches_alone(
    change: Callable[[Session], Change], values: dict[str, Any]
) -> None:
    session, other = halfway(document(**values)), halfway(document(**values))
    before, edits, first = where(session), len(session.undo_list), look(session)
    assert change(session)
    second = look(session)
    assert second != first and where(session) == before and len(session.undo_list) == edits + 1
    for cross, seen in ((session.undo, first), (session.redo, second), (session.undo, first), (session.redo, second)):
        assert cross()
        assert look(session) == seen and where(session) == before
    for one in (session, other):
        one.advance_steps(60)
    assert bits(session.record) == bits(other.record)
    session.undo()           # also later it takes back the names alone
    assert session.updates_done == other.updates_done and bits(session.record) == bits(other.record)
    session.seek(1)
    other.seek(1)
    assert bits(session.record) == bits(other.record)


@every_change
def test_at_the_end_of_a_pass_its_numbers_stay_on_show(change: Callable[[Session], Change]) -> None:
    session = Session(document())
    session.advance_step()
    before = where(session)
    change(session)
    assert where(session) == before and session.moment().is_complete


def test_going_back_and_training_on_leaves_no_branch_of_a_name() -> None:
    session = Session(document())
    session.advance_steps(3)
    moved(session)
    renamed(session)
    session.seek(1)
    session.advance_steps(5)
    assert len(session.branches.all(session.place.tip)) == 1


def test_all_of_the_past_has_the_new_names_and_other_shapes_keep_theirs() -> None:
    session = Session(document())
    session.advance_steps(2)
    session.reshape(add_units(session.document_now(), 1), "a unit more")
    session.advance_steps(2)
    session.edit({"optimiser.learning_rate": 0.25}, "rate")
    session.advance_steps(2)
    renamed(session)
    for step, name in ((6, "edge"), (4, "edge"), (3, "edge"), (1, "h1")):
        session.seek(step)
        assert session.document.network.names(1)[0] == session.record.problem.network.names(1)[0] == name, step
    session.undo()
    session.seek(6)
    assert session.document.network.names(1)[0] == "h1"


def test_an_edit_after_a_name_is_undone_before_it() -> None:
    session = Session(document())
    session.advance_steps(2)
    renamed(session)
    session.set_parameter(Weight(1, 0, 0), 0.5)
    session.undo()
    session.undo()
    assert session.document.network.names(1)[0] == "h1" and not session.undo_list
    session.redo()
    session.redo()
    assert session.document.network.names(1)[0] == "edge"
    assert session.state.parameters(session.problem)[0] == 0.5


def test_another_name_is_something_to_save_until_it_is_taken_back() -> None:
    session = Session(document())
    session.advance_steps(2)
    session.mark_saved()
    renamed(session)
    assert session.is_modified
    session.undo()
    assert not session.is_modified
    session.redo()
    session.mark_saved()
    assert not session.is_modified
    session.undo()
    assert session.is_modified


def test_a_trial_goes_on_under_other_names() -> None:
    session = Session(document())
    session.advance_steps(2)
    session.try_example([0.25, 0.75])
    session.advance()
    before = bits(session.record), session.cursor
    renamed(session)
    assert (bits(session.record), session.cursor) == before
    assert session.record.problem.network.names(1)[0] == "edge"
