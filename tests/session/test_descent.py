"""The path of a descent is the very one that a session goes, and others are as other sessions would go."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.session.descent import Descent, place_of, with_optimiser
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session


def places_of_session(document: Document, steps: int) -> list[tuple[float, float]]:
    session = Session(document)
    found = [place_of(session.problem, session.segment.state(0).parameters(session.problem))]
    for _ in range(steps):
        session.advance_steps(1)
        found.append(place_of(session.problem, session.state.parameters(session.problem)))
    return found


def descent_of(document: Document, most: int = 2000) -> Descent:
    tip = Session(document).place.tip
    return Descent(tip.problem, tip.start, most)


@pytest.mark.parametrize("name", ["surface-ravine", "surface-saddle", "surface-noise"])
def test_a_descent_passes_the_places_of_the_session_bit_for_bit(name: str) -> None:
    document = open_example(name)
    descent = descent_of(document)
    assert descent.go(25)
    steps, places = descent.until(25)
    assert steps.tolist() == list(range(26))
    assert places.tolist() == [list(place) for place in places_of_session(document, 25)]


@pytest.mark.parametrize("name", OPTIMISERS)
def test_another_optimiser_starts_at_the_same_place_with_the_same_rate(name: str) -> None:
    document = open_example("surface-ravine").with_value("optimiser.learning_rate", 0.01)
    other = with_optimiser(document, name)
    assert (other.optimiser.name, other.learning_rate) == (name, 0.01)
    descent = descent_of(other)
    descent.go(10)
    assert descent.until(10)[1].tolist() == [list(place) for place in places_of_session(other, 10)]


def test_of_a_long_descent_ever_fewer_places_are_kept_and_always_start_and_end() -> None:
    descent = descent_of(open_example("surface-noise"), most=50)
    for goal in (30, 49, 120, 333):
        descent.go(goal)
        steps, places = descent.until(goal)
        assert len(steps) == len(places) <= 52
        assert (steps[0], steps[-1]) == (0, goal)
        assert (np.diff(steps) > 0).all()
    exact = places_of_session(open_example("surface-noise"), 333)
    assert all(tuple(place) == exact[int(step)] for step, place in zip(steps, places, strict=True))


def test_a_descent_ends_before_the_step_that_is_not_finite() -> None:
    document = open_example("surface-rosenbrock").with_value("optimiser.learning_rate", 1.0)
    session = Session(document)
    change = session.advance_steps(50)
    descent = descent_of(document)
    assert change.diverged and descent.go(50)
    assert descent.ended == session.place.tip.blocked
    assert np.isfinite(descent.until(50)[1]).all()


def test_no_time_still_takes_a_few_steps_and_says_that_some_are_left() -> None:
    descent = descent_of(open_example("surface-saddle"))
    assert not descent.go(1000, seconds=0.0)
    assert 0 < descent.step < 1000
    assert descent.go(1000)
