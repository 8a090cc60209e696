"""The laws of a trial: an example of one's own has the numbers that it has in training, and training never knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnviz.engine.step import step
from nnviz.errors import Refused
from nnviz.report.elements import Weight
from nnviz.session.change import Changed
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from nnviz.session.trial import nearest_target
from tests.networks import ADAM_OBJECT, bits, document, standing

SETTINGS: tuple[dict[str, Any], ...] = (
    {"batch_size": 1},
    {"batch_size": 3, "optimiser": ADAM_OBJECT, "frozen": ["W1[0,1]"]},
    {"optimiser": {"name": "sgd", "learning_rate": {"schedule": "plateau", "learning_rate": 0.5, "patience": 1}},
     "batch_size": 2},
    {"optimiser": {"name": "sgd", "learning_rate": {"schedule": "cosine", "learning_rate": 0.5}}, "batch_size": 2},
    {"data": {"name": "moons", "features": ["x", "y", "x*y"]}, "scaling": "standardise", "inputs": 3, "batch_size": 7},
    {"layers": [{"units": 3, "activation": {"name": "maxout", "pieces": 2}}, {"units": 1, "activation": "sigmoid"}]},
)
every_setting = pytest.mark.parametrize(
    "values", SETTINGS, ids=["alone", "adam", "plateau", "cosine", "prepared", "maxout"])


def trained(values: dict[str, Any], steps: int = 5) -> Session:
    session = Session(document(**values))
    session.advance_steps(steps)
    return session


def own_pass(session: Session, row: int) -> dict[str, bytes]:
    """The numbers of one example's own pass: a batch of it alone, under the present parameters."""
    problem, state = session.problem, session.state
    alone = replace(problem, inputs=problem.inputs[[row]], targets=problem.targets[[row]], batch_size=1)
    found = bits(step(alone, replace(state, epoch=0, batch=0)))
    return {name: numbers for name, numbers in found.items() if name not in ("descent", "schedule")}


@every_setting
def test_an_example_of_the_data_tried_by_hand_has_the_bits_of_its_own_pass(values: dict[str, Any]) -> None:
    session = trained(values)
    for row in (0, 3):
        wanted = own_pass(session, row)
        session.try_example(session.segment.data.raw_inputs[row], session.segment.data.targets[row])
        found = bits(session.record)
        assert {name: found[name] for name in wanted} == wanted


def test_a_batch_of_one_in_training_and_its_trial_are_the_same_step() -> None:
    session = trained({"batch_size": 1, "optimiser": ADAM_OBJECT})
    session.advance_phase()
    record = session.record
    row = int(record.rows[0])
    session.try_example(session.segment.data.raw_inputs[row], session.segment.data.targets[row])
    assert session.record is not record
    assert bits(session.record) == bits(record)
    assert session.record.update.tobytes() == record.update.tobytes()
    assert (session.record.step, session.record.epoch) == (record.step, record.epoch)


@every_setting
def test_the_learning_rate_is_the_one_in_force(values: dict[str, Any]) -> None:
    session = trained(values)
    rate = step(session.problem, session.state).learning_rate
    session.try_example(session.segment.data.raw_inputs[1])
    assert session.record.learning_rate == rate


def through(session: Session) -> None:
    while session.advance():
        pass


def there_and_back(session: Session) -> None:
    session.advance_phase()
    session.advance(by_layer=True)
    session.retreat()
    session.seek_operation(3)


@every_setting
@pytest.mark.parametrize("go", [through, there_and_back, lambda session: None], ids=["through", "back", "not"])
def test_ending_a_trial_leaves_the_session_bit_for_bit_as_it_was(
    values: dict[str, Any], go: Callable[[Session], object]
) -> None:
    session = trained(values)
    session.advance_phase()
    session.advance()
    before, edits = standing(session), len(session.undo_list)
    session.try_example(session.segment.data.raw_inputs[0] + 0.25)
    go(session)
    assert session.end_trial()
    assert standing(session) == before and len(session.undo_list) == edits
    assert not session.end_trial()


def test_stepping_there_and_back_changes_nothing() -> None:
    session = trained({})
    session.try_example([0.3, 0.8])
    record, seen = session.record, []
    while session.advance():
        seen.append(session.cursor)
    assert seen == list(range(1, session.order.length + 1))
    while session.retreat():
        pass
    assert session.cursor == 0 and session.record is record and not session.can_step_back


def test_every_way_on_in_training_ends_the_trial() -> None:
    ways: tuple[Callable[[Session], object], ...] = (
        lambda session: session.advance_step(), lambda session: session.advance_epoch(),
        lambda session: session.advance_steps(2), lambda session: session.seek(1),
    )
    for way in ways:
        plain, tried = (trained({}) for _ in range(2))
        for session in (plain, tried):
            session.edit({"optimiser.learning_rate": 0.2}, "slow")
            session.advance_steps(2)
        tried.try_example([0.5, 0.5])
        tried.advance()
        way(plain)
        way(tried)
        assert tried.trial is None
        assert standing(tried) == standing(plain)


def is_that_of_now(session: Session) -> bool:
    """Whether the trial has the numbers of the same example begun anew where the session stands."""
    assert session.trial is not None
    there = session.trial.under(session.problem, session.state, session.segment.data)
    return bits(there.record) == bits(session.record)


def test_a_trial_goes_on_under_every_edit_that_leaves_it_its_inputs_and_back_before_it() -> None:
    larger = [{"units": 4, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]
    edits: tuple[Callable[[Session], object], ...] = (
        lambda session: session.set_parameter(Weight(1, 0, 0), 3.0),
        lambda session: session.edit({"optimiser.learning_rate": 0.1}, "slower"),
        lambda session: session.edit({"layers": larger}, "larger"),
        lambda session: session.reset(), lambda session: session.restart(4),
    )
    for edit in edits:
        plain, tried = trained({}), trained({})
        tried.try_example([0.9, 0.1])
        tried.advance_phase()
        assert tried.trial is not None
        before, numbers = tried.trial, bits(tried.record)
        edit(plain)
        edit(tried)
        assert tried.trial is not None and tried.trial is not before
        assert tried.trial.inputs.tolist() == [0.9, 0.1] and is_that_of_now(tried)
        assert tried.cursor == tried.order.phase_end(0)      # as much is done, of a larger network, too
        after = bits(tried.record)
        tried.undo()
        assert bits(tried.record) == numbers and tried.cursor == before.cursor
        tried.redo()
        assert bits(tried.record) == after
        tried.end_trial()
        assert standing(tried) == standing(plain)


def test_a_trial_ends_where_the_network_takes_other_inputs() -> None:
    session = trained({})
    session.try_example([0.9, 0.1])
    session.edit({"data": {"name": "iris"}, "inputs": 4, "layers": [{"units": 3, "activation": "softmax"}]}, "flowers")
    assert session.trial is None


def test_own_inputs_are_prepared_like_those_of_the_data() -> None:
    session = trained(SETTINGS[4])
    data = session.segment.data
    session.try_example([0.5, -1.0])
    wanted = data.preparation.apply(np.array([[0.5, -1.0]]))
    assert session.record.inputs.T.tobytes() == np.ascontiguousarray(wanted).tobytes()
    assert session.trial is not None and session.trial.inputs.tolist() == [0.5, -1.0]


def test_without_a_target_the_nearest_training_example_says_it() -> None:
    session = trained({})
    session.try_example([0.9, 0.1])
    assert session.trial is not None and session.trial.target.tolist() == [1.0] and not session.trial.is_chosen
    session.try_example([0.9, 0.1], [0.0])
    assert session.trial.target.tolist() == [0.0] and session.trial.is_chosen
    data = session.segment.data
    for row, target in zip(data.raw_inputs, data.targets, strict=True):
        assert nearest_target(data, row).tolist() == target.tolist()


def test_another_example_goes_on_where_the_pass_had_come_to() -> None:
    session = trained({})
    session.try_example([0.9, 0.1])
    session.advance_phase()
    cursor = session.cursor
    session.try_example([0.8, 0.1])
    assert session.cursor == cursor > 0


def test_a_trial_follows_a_weight_that_is_dragged_and_is_left_as_it_was() -> None:
    session = trained({})
    session.try_example([0.9, 0.1])
    before = bits(session.record)
    moment = session.preview_parameter(Weight(1, 0, 0), 3.0)
    assert moment.record.problem.trial and moment.record.inputs.tolist() == [[0.9], [0.1]]
    assert bits(session.record) == before


@pytest.mark.parametrize(("inputs", "target", "said"), [
    ([1.0], None, "the inputs of an example must be 2 numbers, not 1"),
    ([1.0, float("nan")], None, "nan is not a finite number"),
    ([1.0, 2.0], [1.5], "must be from 0 to 1"),
    ([1.0, 2.0], [1.0, 0.0], "must be 1 number, not 2"),
])
def test_numbers_that_are_no_example_are_refused_and_nothing_changes(
    inputs: list[float], target: list[float] | None, said: str
) -> None:
    session = trained({})
    session.try_example([0.1, 0.2])
    trial = session.trial
    with pytest.raises(Refused, match=said):
        session.try_example(inputs, target)
    assert session.trial is trial


def test_a_formula_without_a_value_is_named() -> None:
    values = {"data": {"inputs": [[1.0, 2.0], [2.0, 1.0]], "targets": [[0.0], [1.0]], "features": ["log(x1)", "x2"]}}
    session = trained(values)
    with pytest.raises(Refused, match="log"):
        session.try_example([-1.0, 2.0])


@pytest.mark.parametrize("name", ["surface-saddle", "gate-product-sum"])
def test_only_a_network_takes_an_example(name: str) -> None:
    session = Session(open_example(name))
    with pytest.raises(Refused, match="only a network"):
        session.try_example([1.0])


def test_the_end_of_a_trial_tells_what_is_looked_at() -> None:
    session = trained({})
    assert session.try_example([0.1, 0.2]).flags == Changed.CURSOR | Changed.STEP
    assert session.advance().flags == Changed.CURSOR
    session.seek_operation(session.order.length)
    assert not session.advance()


def test_a_document_that_is_saved_in_a_trial_is_that_of_the_training() -> None:
    session = trained({})
    wanted = session.document_now()
    session.try_example([0.1, 0.2])
    session.advance_phase()
    assert session.document_now() == wanted
    assert not session.is_modified
