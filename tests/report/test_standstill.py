"""What is said of a step that changes nothing is true: "nothing more" only where no later step can change anything."""

from __future__ import annotations

from typing import Any

import pytest

from nnviz.report.standstill import changes_nothing, is_for_good, standstill_sentence
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.networks import document

NOTHING_MORE, THIS_STEP = "nothing more", "this step changes nothing"
AT_ZERO = {"W1": [[0.0, 0.0], [0.0, 0.0]], "b1": [0.0, 0.0], "W2": [[0.0, 0.0]], "b2": [0.0]}


def half_dead(**values: Any) -> Document:
    """ReLU units that never answer to the first of two examples."""
    tree: dict[str, Any] = {
        "layers": [{"units": 2, "activation": "relu"}, {"units": 1, "activation": "identity"}],
        "loss": "mean_squared_error", "optimiser": {"name": "sgd", "learning_rate": 0.01},
        "parameters": {"W1": [[1, 1], [1, 1]], "b1": [0, 0], "W2": [[1, 1]], "b2": [0]}, "frozen": ["b2"],
        "data": {"inputs": [[-1, -1], [1, 2]], "targets": [[3], [3]]},
    }
    return document(**{**tree, **values})


def at_rest(**optimiser: Any) -> Session:
    """XOR from weights that are all 0: every gradient is exactly 0."""
    return Session(document(parameters=AT_ZERO, optimiser={"learning_rate": 0.5, **optimiser}))


def said(session: Session) -> str:
    session.advance_step()
    return standstill_sentence(session.moment())


def test_a_network_without_a_gradient_can_learn_nothing_more() -> None:
    session = Session(open_example("zero-initialisation"))
    assert NOTHING_MORE in said(session)
    before = session.state.vector[:-1].copy()
    session.advance_steps(50)
    assert (session.state.vector[:-1] == before).all()


def test_nothing_is_said_of_a_step_that_changes_something_or_is_not_done() -> None:
    assert said(Session(document())) == ""
    session = at_rest(name="sgd")
    session.advance()
    assert standstill_sentence(session.moment()) == ""


def test_within_the_next_pass_only_what_is_for_good_is_still_said() -> None:
    for session, expected in ((at_rest(name="sgd"), NOTHING_MORE), (at_rest(name="sgd", learning_rate=0.0), "")):
        session.advance_step()
        session.advance()
        sentence = standstill_sentence(session.moment(), session.last_done)
        assert expected in sentence and bool(sentence) == bool(expected)


def test_an_idle_mini_batch_says_nothing_about_the_next_one() -> None:
    session = Session(half_dead(batch_size=1))
    sentences = [said(session) for _ in range(6)]
    assert {sentence == "" for sentence in sentences} == {True, False}
    assert not any(NOTHING_MORE in sentence for sentence in sentences)
    assert any(THIS_STEP in sentence for sentence in sentences)


def test_a_learning_rate_of_0_is_no_end_of_learning() -> None:
    cosine = {"schedule": "cosine", "epochs": 2, "learning_rate": 0.5}
    warm_up = {"schedule": "warm_up", "epochs": 3, "start": 0.0, "learning_rate": 0.5}
    for rate, idle in ((cosine, 3), (warm_up, 1), (0.0, 1)):
        session = Session(document(optimiser={"name": "sgd", "learning_rate": rate}))
        session.advance_steps(idle - 1)
        sentence = said(session)
        assert THIS_STEP in sentence and session.record.learning_rate == 0.0, rate
    session.edit({"optimiser.learning_rate": 0.5}, "rate")
    assert said(session) == ""


def test_a_schedule_does_not_bring_back_a_gradient_that_is_0() -> None:
    assert NOTHING_MORE in said(at_rest(name="sgd", learning_rate={"schedule": "exponential"}))


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "kfac"])
def test_where_nothing_is_remembered_no_optimiser_moves_again(name: str) -> None:
    session = at_rest(name=name)
    assert NOTHING_MORE in said(session)
    session.advance_steps(20)
    assert not session.record.update.any()


def test_an_optimiser_that_waits_for_a_step_says_only_that_it_waits() -> None:
    """Rprop stays for one step after every change of sign."""
    tree = {
        "inputs": 1, "layers": [{"units": 1, "activation": "identity", "bias": "none"}], "loss": "half_squared_error",
        "optimiser": {"name": "rprop", "learning_rate": 0.7}, "parameters": {"W1": [[0.0]]},
        "data": {"inputs": [[1.0]], "targets": [[1.0]]},
    }
    session = Session(document(**tree))
    sentences = [said(session) for _ in range(8)]
    assert any(THIS_STEP in sentence for sentence in sentences) and not any(NOTHING_MORE in each for each in sentences)


def test_everything_frozen_is_the_end_of_learning() -> None:
    session = Session(document(frozen=["W1", "b1", "W2", "b2"]))
    assert NOTHING_MORE in said(session)
    assert changes_nothing(session.record) and is_for_good(session.record)


def test_a_point_at_rest_on_a_surface_is_no_network_that_learns() -> None:
    session = Session(open_example("surface-ravine").with_value("values", {"x": 0, "y": 0}))
    assert said(session) == "Every update is exactly 0: the point moves no further."
