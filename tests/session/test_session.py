"""The laws of a session: moving loses nothing, undo and redo are each other's opposite, a saved network goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.step import Trainer
from nnviz.errors import EditRefused, Refused
from nnviz.report.elements import Bias, Weight
from nnviz.session.change import Changed
from nnviz.session.document import Document
from nnviz.session.examples import example_names, open_example
from nnviz.session.session import Session
from nnviz.session.timeline import Segment
from nnviz.session.unsaved import CHEAP_STEPS
from tests.networks import ADAM_OBJECT, MOMENTUM_OBJECT, bits, document, reopened, standing

SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"optimiser": MOMENTUM_OBJECT, "batch_size": 3},
    {"optimiser": ADAM_OBJECT, "batch_size": 1, "frozen": ["W1[0,1]"]},
    {"optimiser": ADAM_OBJECT, "batch_size": 3, "frozen": ["b1"], "layers": [
        {"units": 3, "activation": "relu", "bias": "shared"}, {"units": 1, "activation": "sigmoid", "bias": "shared"},
    ]},
)
every_setting = pytest.mark.parametrize("values", SETTINGS, ids=["sgd", "momentum", "adam", "shared and frozen"])


def without_last_step(place: tuple[object, ...]) -> tuple[object, ...]:
    """A place as it is found again from further on, where the branch is longer."""
    return (*place[:4], *place[5:])


def regression(learning_rate: float) -> Document:
    """One weight that is thrown four times farther with every step where the rate is 1."""
    return document(
        inputs=1, layers=[{"units": 1, "activation": "identity", "bias": "none"}], loss="squared_error",
        optimiser={"name": "sgd", "learning_rate": learning_rate}, parameters={"W1": [[1.0]]},
        data={"inputs": [[1.0], [2.0]], "targets": [[1.0], [0.0]]},
    )


# --- moving --------------------------------------------------------------------------------------------------


@every_setting
def test_all_ways_forward_lead_to_the_same_bits(values: dict[str, Any]) -> None:
    def by_unit(session: Session) -> None:
        while session.updates_done < 3:
            session.advance()

    def by_layer(session: Session) -> None:
        while session.updates_done < 3:
            session.advance(by_layer=True)

    def by_phase(session: Session) -> None:
        while session.updates_done < 3:
            session.advance_phase()

    def by_step(session: Session) -> None:
        for _ in range(3):
            session.advance_step()

    def at_once(session: Session) -> None:
        session.advance_steps(3)

    def there_and_back(session: Session) -> None:
        session.advance_steps(60)
        session.seek(3)

    seen = set()
    for go in (by_unit, by_layer, by_phase, by_step, at_once, there_and_back):
        session = Session(document(**values))
        go(session)
        seen.add((session.step, session.cursor, session.state.vector.tobytes(), tuple(bits(session.record).items())))
    assert len(seen) == 1


@pytest.mark.parametrize("by_layer", [False, True])
def test_stepping_back_returns_through_every_place(by_layer: bool) -> None:
    session, places = Session(document(batch_size=3)), []
    for _ in range(90):
        places.append(standing(session))
        session.advance(by_layer)
    assert session.step > 1
    for place in reversed(places):
        assert session.retreat(by_layer)
        assert without_last_step(standing(session)) == without_last_step(place)
    assert not session.retreat(by_layer) and not session.can_step_back


def test_an_epoch_ends_where_its_last_batch_does() -> None:
    session = Session(document(batch_size=3))
    assert session.steps_to_epoch_end() == 2
    session.advance_step()
    session.advance_epoch()
    assert (session.updates_done, session.state.epoch, session.state.batch) == (2, 1, 0)
    session.advance_epoch()
    assert session.updates_done == 4


def test_seeking_stays_inside_the_branch() -> None:
    session = Session(document())
    session.advance_steps(20)
    session.seek(99)
    assert session.updates_done == 20
    session.seek(-5)
    assert (session.step, session.cursor, session.updates_done) == (1, 0, 0)
    assert session.last_step == 20


def test_an_operation_of_the_shown_step_can_be_sought() -> None:
    session = Session(document())
    session.advance_steps(5)
    session.seek_operation(7)
    assert (session.step, session.cursor, session.updates_done) == (5, 7, 4)
    session.seek_operation(0)
    assert (session.step, session.updates_done) == (4, 4)


# --- edits ---------------------------------------------------------------------------------------------------


EDITS: dict[str, Callable[[Session], object]] = {
    "learning rate": lambda s: s.edit({"optimiser.learning_rate": 0.25}, "rate"),
    "batch size": lambda s: s.edit({"batch_size": 2}, "batch"),
    "activation": lambda s: s.edit({"layers.0.activation": "sigmoid"}, "activation"),
    "seed": lambda s: s.edit({"seed": 99}, "seed"),
    "units": lambda s: s.edit({"layers.0.units": 4}, "units"),
    "optimiser": lambda s: s.edit({"optimiser.name": "momentum"}, "optimiser"),
    "weight": lambda s: s.set_parameter(Weight(1, 0, 1), 0.125),
    "bias": lambda s: s.set_parameter(Bias(2, 0), -3.0),
    "reset": lambda s: s.reset(),
    "restart": lambda s: s.restart(5),
}
every_edit = pytest.mark.parametrize("edit", EDITS)


@every_edit
@pytest.mark.parametrize("cursor", [0, 7, None], ids=["start of a pass", "inside", "end"])
def test_undo_then_redo_changes_nothing(edit: str, cursor: int | None) -> None:
    session = Session(document(optimiser=ADAM_OBJECT, batch_size=3))
    session.advance_steps(6)
    if cursor is not None:
        session.advance()
        session.seek_operation(max(cursor, 1))
    before = standing(session)
    assert EDITS[edit](session)
    after = standing(session)
    assert after != before
    assert session.undo() and standing(session) == before
    assert session.redo() and standing(session) == after
    session.advance_steps(10)
    assert session.undo() and standing(session) == before
    session.redo()
    assert session.updates_done >= 10 and not session.redo()


def test_a_new_edit_forgets_what_could_be_redone() -> None:
    session = Session(document())
    session.advance_steps(2)
    session.set_parameter(Weight(1, 0, 0), 1.0)
    session.undo()
    session.set_parameter(Weight(1, 0, 0), 2.0)
    assert not session.redo_list and not session.redo() and len(session.undo_list) == 1


def test_the_past_before_an_edit_can_be_visited_and_is_unchanged() -> None:
    session = Session(document(optimiser=ADAM_OBJECT))
    session.advance_steps(10)
    old = [bits(session.segment.record(step)) for step in range(1, 11)]
    session.edit({"optimiser.learning_rate": 0.5}, "rate")
    session.advance_steps(10)
    assert session.last_step == 20
    for step in (10, 3, 1, 10):
        session.seek(step)
        assert bits(session.record) == old[step - 1] and session.document.learning_rate == 0.02
    session.seek(11)
    assert session.document.learning_rate == 0.5


def test_an_edit_in_the_middle_begins_with_the_state_before_the_shown_step() -> None:
    session = Session(document())
    session.advance_steps(4)
    session.advance()
    state = session.state
    session.edit({"optimiser.learning_rate": 0.1}, "rate")
    assert session.step == 5 and session.cursor == 1 and session.updates_done == 4
    assert session.state.vector.tobytes() == state.vector.tobytes()
    assert session.record.learning_rate == 0.1


def test_a_shared_bias_is_one_number() -> None:
    session = Session(open_example("mazur-2-2-2"))
    session.set_parameter(Bias(1, 0), 0.75)
    biases = session.problem.blocks.block(session.parameters_now(), 1)[:, -1]
    assert biases.tolist() == [0.75, 0.75]


def test_an_edit_that_is_wrong_or_changes_nothing_leaves_no_trace() -> None:
    session = Session(document())
    session.advance_steps(3)
    before = standing(session)
    with pytest.raises(Refused):
        session.edit({"optimiser.learning_rate": -1.0}, "rate")
    with pytest.raises(Refused):
        session.edit({"layers.0.activation": "sigmoidal"}, "activation")
    with pytest.raises(EditRefused):
        session.set_parameter(Weight(1, 0, 0), float("nan"))
    assert not session.edit({"seed": 3}, "seed")
    weight = float(session.problem.blocks.weights(session.parameters_now(), 1)[0, 0])
    assert not session.set_parameter(Weight(1, 0, 0), weight)
    assert standing(session) == before and not session.undo_list


@pytest.mark.parametrize("element", [Weight(2, 1, 0), Weight(9, 0, 0), Weight(1, 0, 5), Bias(1, 7), Weight(1, 0, 0, 0)])
def test_a_parameter_that_is_not_there_is_refused(element: Weight | Bias) -> None:
    session = Session(document())
    with pytest.raises(EditRefused, match=r"the network has no parameter [Wb]"):
        session.set_parameter(element, 0.5)
    with pytest.raises(EditRefused, match=r"the network has no parameter [Wb]"):
        session.preview_parameter(element, 0.5)
    assert not session.undo_list


@pytest.mark.parametrize(
    ("values", "resets"),
    [
        ({"optimiser.learning_rate": 1.0}, False), ({"batch_size": 1}, False), ({"layers.0.activation": "relu"}, False),
        ({"loss": "mean_squared_error"}, False), ({"frozen": ["b1"]}, False), ({"seed": 8}, True),
        ({"layers.0.units": 5}, True), ({"layers.0.bias": "none"}, True), ({"layers.0.initialise": "zeros"}, True),
        ({"layers.0.activation": "relu", "layers.1.initialise": "zeros"}, True),
        ({"layers.0.activation": "relu", "layers.0.initialise": "orthogonal"}, True),
        ({"layers.0.activation": {"name": "leaky_relu", "alpha": 0.1}}, False),
    ],
)
def test_training_starts_over_only_where_it_must_and_says_so_first(values: dict[str, Any], resets: bool) -> None:
    session = Session(document())
    session.advance_steps(5)
    assert bool(session.reset_reason(values)) is resets
    session.edit(values, "edit")
    assert (session.updates_done == 0) is resets


def test_reset_returns_to_the_same_start() -> None:
    session = Session(document(optimiser=ADAM_OBJECT))
    start = session.state.vector.tobytes()
    assert session.record and not session.reset()
    session.advance_steps(30)
    session.edit({"optimiser.learning_rate": 0.5}, "rate")
    session.advance_steps(3)
    assert session.reset()
    assert session.state.vector.tobytes() == start and session.step == 1 and session.cursor == 0
    assert session.document.learning_rate == 0.5


def test_a_new_start_depends_on_its_seed_alone() -> None:
    one, other = Session(document()), Session(document(optimiser=ADAM_OBJECT))
    one.advance_steps(9)
    for session in (one, other):
        session.restart(42)
    assert one.problem.initial_parameters().tobytes() == other.problem.initial_parameters().tobytes()
    other.restart(43)
    assert one.problem.initial_parameters().tobytes() != other.problem.initial_parameters().tobytes()


def test_a_preview_changes_nothing() -> None:
    session = Session(document())
    session.advance_steps(2)
    session.advance()
    before, element = standing(session), Weight(1, 1, 0)
    preview = session.preview_parameter(element, 5.0)
    assert preview.read(preview.record.parameters, element) == 5.0
    assert standing(session) == before and not session.undo_list


# --- saving --------------------------------------------------------------------------------------------------


@every_setting
@pytest.mark.parametrize("steps", [0, 1, 7])
def test_a_saved_network_continues_bit_for_bit(values: dict[str, Any], steps: int) -> None:
    session = Session(document(**values))
    session.advance_steps(steps)
    again = reopened(session)
    assert again.updates_done == session.updates_done and again.document.learning_rate == session.document.learning_rate
    for _ in range(5):
        assert again.state.vector.tobytes() == session.state.vector.tobytes()
        assert (again.state.epoch, again.state.batch) == (session.state.epoch, session.state.batch)
        session.advance_step()
        again.advance_step()
        assert bits(again.record) == bits(session.record)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_continues_bit_for_bit_after_saving(name: str) -> None:
    optimiser = {"name": name, "learning_rate": 0.05, "l2": 0.01, "clip_norm": 0.3}
    session = Session(document(optimiser=optimiser, batch_size=3, frozen=["W1[0,1]"]))
    session.advance_steps(7)
    again = reopened(session)
    for _ in range(4):
        session.advance_step()
        again.advance_step()
        assert again.state.vector.tobytes() == session.state.vector.tobytes()
        assert bits(again.record) == bits(session.record)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_going_back_and_forth_changes_no_bit_of_any_optimiser(name: str) -> None:
    session = Session(document(optimiser={"name": name, "learning_rate": 0.05, "l1": 0.01, "clip_value": 0.2}))
    session.advance_steps(130)
    end = session.state.vector.tobytes()
    session.seek(61)
    session.advance_steps(130 - session.updates_done)
    assert session.state.vector.tobytes() == end


@pytest.mark.parametrize("edit", ["learning rate", "batch size", "activation", "optimiser", "weight", "bias"])
def test_a_network_saved_after_an_edit_continues_and_resets_to_the_same_start(edit: str) -> None:
    session = Session(document(optimiser=ADAM_OBJECT, batch_size=3))
    session.advance_steps(5)
    EDITS[edit](session)
    session.advance_steps(2)
    again = reopened(session)
    session.advance_steps(9)
    again.advance_steps(9)
    assert again.state.vector.tobytes() == session.state.vector.tobytes()
    session.reset()
    again.reset()
    session.advance_steps(3)
    again.advance_steps(3)
    assert again.state.vector.tobytes() == session.state.vector.tobytes()


def test_weights_that_an_activations_default_would_draw_differently_are_saved() -> None:
    session = Session(document())
    drawn = session.state.vector.tobytes()
    session.edit({"layers.0.activation": "relu"}, "activation")
    assert session.document_now().parameters is not None
    assert reopened(session).state.vector.tobytes() == session.state.vector.tobytes() == drawn


def test_saving_twice_gives_the_same_bytes() -> None:
    session = Session(document(optimiser=MOMENTUM_OBJECT))
    session.advance_steps(11)
    assert session.document_now().to_bytes() == reopened(session).document_now().to_bytes()


def test_only_what_would_be_lost_counts_as_modified() -> None:
    session = Session(document())
    assert not session.is_modified
    session.advance()
    assert not session.is_modified, "a look into the first step is nothing to save"
    session.advance_steps(3)
    assert not session.is_modified, "a few steps of a network as it was opened are soon repeated"
    session.advance_steps(CHEAP_STEPS)
    assert session.is_modified
    session.mark_saved()
    assert not session.is_modified
    session.retreat()
    assert session.is_modified, "one update less is done"
    session.advance()
    assert not session.is_modified
    session.set_parameter(Weight(1, 0, 0), 9.0)
    assert session.is_modified
    session.undo()
    assert not session.is_modified


def test_a_branch_with_an_edit_by_hand_is_something_to_lose_though_the_edit_is_undone() -> None:
    session = Session(document())
    session.advance_steps(30)
    session.set_parameter(Weight(1, 0, 0), 9.0)
    session.advance_steps(50)
    session.undo()
    assert session.updates_done == 30 and not session.undo_list
    assert session.is_modified
    session.mark_saved()
    assert not session.is_modified, "branches are not saved, and were there when that was done"
    session.drop(next(tip for tip in session.branches.all(session.place.tip) if tip is not session.place.tip))
    assert not session.is_modified


def test_going_back_on_the_only_branch_of_an_example_is_nothing_to_lose() -> None:
    session = Session(document())
    session.advance_steps(80)
    session.seek(10)
    session.advance_steps(20)
    assert not session.is_modified


# --- numbers that run away -----------------------------------------------------------------------------------


def test_training_stops_at_the_last_good_state_and_says_why() -> None:
    session = Session(regression(1.0))
    change = session.advance_steps(10_000)
    assert change.diverged and "Step" in change.message and "o1" in change.message
    assert change.flags & Changed.STEP
    good = session.updates_done
    assert good == session.last_step > 100 and np.isfinite(session.state.vector).all()
    for go in (session.advance, session.advance_phase, session.advance_step, lambda: session.advance_steps(5)):
        again = go()
        assert again.diverged and again.message == change.message and session.updates_done == good
    session.seek(good - 3)
    assert not session.advance_step().diverged
    session.seek(good - 20)
    assert not session.edit({"optimiser.learning_rate": 0.01}, "rate").diverged
    assert not session.advance_steps(100).diverged and session.updates_done == good + 80


@pytest.mark.parametrize("by_layer", [False, True])
def test_a_step_that_an_edit_made_infinite_can_be_looked_at_but_not_done(by_layer: bool) -> None:
    session = Session(regression(0.1))
    session.advance_steps(3)
    session.advance()
    session.edit({"optimiser.learning_rate": 1e308}, "rate")
    session.set_parameter(Weight(1, 0, 0), 1e10)
    changes = [session.advance(by_layer) for _ in range(20)]
    assert changes[-1].diverged and session.updates_done == 3
    assert session.advance_step().diverged and session.advance_phase().diverged
    assert session.cursor < session.order.length and np.isfinite(session.state.vector).all()


@pytest.mark.parametrize("name", example_names())
def test_every_example_steps_saves_and_goes_on(name: str) -> None:
    session = Session(open_example(name))
    session.advance_steps(2)
    again = reopened(session)
    session.advance_steps(2)
    again.advance_steps(2)
    assert again.state.vector.tobytes() == session.state.vector.tobytes()


# --- all of it, in any order ---------------------------------------------------------------------------------


class AnyOrder(RuleBasedStateMachine):
    """Operations in any order; whatever is visited twice has the same bits, and equals plain stepping."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[tuple[Segment, int], bytes] = {}

    @initialize(values=st.sampled_from(SETTINGS), history=st.sampled_from([3000, 1 << 20]))
    def open(self, values: dict[str, Any], history: int) -> None:
        self.session = Session(document(**values), history)

    @rule(by_layer=st.booleans())
    def advance(self, by_layer: bool) -> None:
        before = standing(self.session)
        self.session.advance(by_layer)
        after = standing(self.session)
        if not by_layer:
            self.session.retreat()
            assert without_last_step(standing(self.session)) == without_last_step(before)
            self.session.advance()
            assert standing(self.session) == after

    @rule(by_layer=st.booleans())
    def retreat(self, by_layer: bool) -> None:
        self.session.retreat(by_layer)

    @rule()
    def advance_phase(self) -> None:
        self.session.advance_phase()

    @rule()
    def advance_step(self) -> None:
        self.session.advance_step()

    @rule()
    def advance_epoch(self) -> None:
        self.session.advance_epoch()

    @rule(steps=st.integers(1, 70))
    def advance_steps(self, steps: int) -> None:
        before = self.session.updates_done
        self.session.advance_steps(steps)
        assert self.session.updates_done == before + steps

    @rule(share=st.floats(0.0, 1.0))
    def seek(self, share: float) -> None:
        step = round(share * self.session.last_step)
        self.session.seek(step)
        first = list(self.session.place.tip.chain())[-1].begins_at
        assert self.session.updates_done == max(step, first)

    @rule(share=st.floats(0.0, 1.0))
    def seek_operation(self, share: float) -> None:
        self.session.seek_operation(round(share * self.session.order.length))

    @rule(name=st.sampled_from(sorted(EDITS)))
    def edit(self, name: str) -> None:
        before = standing(self.session)
        if EDITS[name](self.session):
            after = standing(self.session)
            self.session.undo()
            assert standing(self.session) == before
            self.session.redo()
            assert standing(self.session) == after
        else:
            assert standing(self.session) == before

    @precondition(lambda self: self.session.undo_list)
    @rule()
    def undo(self) -> None:
        before = standing(self.session)
        self.session.undo()
        self.session.redo()
        assert standing(self.session) == before
        self.session.undo()

    @precondition(lambda self: self.session.redo_list)
    @rule()
    def redo(self) -> None:
        self.session.redo()

    @rule(place=st.integers(0, 7))
    def visit(self, place: int) -> None:
        branches = self.session.branches.all(self.session.place.tip)
        tip, before = branches[place % len(branches)], standing(self.session)
        if self.session.visit(tip):
            assert self.session.place.tip is tip and self.session.updates_done == tip.end
            after = standing(self.session)
            self.session.undo()
            assert standing(self.session) == before
            self.session.redo()
            assert standing(self.session) == after

    @rule(place=st.integers(0, 7))
    def drop(self, place: int) -> None:
        before = standing(self.session)
        branches = self.session.branches.all(self.session.place.tip)
        self.session.drop(branches[place % len(branches)])
        now = standing(self.session)
        assert now == before

    @rule()
    def save_and_load(self) -> None:
        again = reopened(self.session)
        assert again.updates_done == self.session.updates_done
        assert again.state.vector.tobytes() == self.session.state.vector.tobytes()
        trainer = Trainer(self.session.problem)
        trainer.load(self.session.state)
        trainer.run(3)
        again.advance_steps(3)
        assert again.state.vector.tobytes() == trainer.state().vector.tobytes()

    @invariant()
    def what_is_seen_twice_is_the_same(self) -> None:
        if not hasattr(self, "session"):
            return
        session, record = self.session, self.session.record
        content = b"".join(bits(record).values())
        assert self.seen.setdefault((session.segment, session.step), content) == content
        assert session.state.vector.tobytes() == self.stepped(session.updates_done)
        budget = session.budget
        if budget.taken > budget.bytes:
            assert not any(segment.checkpoints for segment in budget.segments) and len(session.undo_list) <= 1
            assert not budget.trail.states

    def stepped(self, step: int) -> bytes:
        """The state that plain stepping from the start of the segment gives."""
        segment = self.session.segment
        trainer = Trainer(segment.problem)
        trainer.load(segment.start)
        for _ in range(step - segment.begins_at):
            trainer.advance()
        return trainer.state().vector.tobytes()


AnyOrder.TestCase.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow],
)
TestAnyOrder = AnyOrder.TestCase


def test_reset_of_a_reopened_network_still_draws_from_the_seed() -> None:
    session = Session(document())
    session.advance_steps(5)
    again = reopened(session)
    again.reset()
    again.edit({"seed": 77}, "seed")
    fresh = Session(document().with_value("seed", 77))
    assert np.array_equal(again.state.vector, fresh.state.vector)


@pytest.mark.parametrize("change", [{"optimiser.name": "adam"}, {"batch_size": 7}])
def test_a_setting_changed_in_the_file_goes_on_like_the_same_edit_in_the_session(change: dict[str, object]) -> None:
    session = Session(document(batch_size=3))
    session.advance_steps(4)
    from_file = Session(session.document_now().with_values(change))
    session.edit(change, "edit")
    from_file.advance_steps(20)
    session.advance_steps(20)
    assert np.array_equal(from_file.state.vector, session.state.vector)
