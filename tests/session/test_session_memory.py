"""What the past of a session may cost: edits and checkpoints stay within the budget and lose nothing."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from typing import Any

import numpy as np
import pytest

from nnviz.gui.resolving import drawing_of_moment
from nnviz.report.elements import Bias, Weight
from nnviz.session.document import Document
from nnviz.session.session import Session
from tests.networks import ADAM_OBJECT, MOMENTUM_OBJECT, document, reopened


def wide(*units: int, **values: Any) -> Document:
    """A network of many weights on a handful of examples."""
    generator = np.random.default_rng(0)
    layers = [{"units": count, "activation": "tanh"} for count in units[1:]]
    inputs, targets = (generator.uniform(0.0, 1.0, (8, count)) for count in (units[0], units[-1]))
    rows = {"inputs": inputs, "targets": targets}
    return document(inputs=units[0], layers=layers, loss="mean_squared_error", data=rows, **values)


@pytest.mark.parametrize("steps", [0, 3])
def test_a_hundred_edits_of_single_weights_cost_little_more_than_one_network(steps: int) -> None:
    session = Session(wide(784, 128, 64, 10))
    session.advance_steps(steps)
    session.moment()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for unit in range(100):
        session.set_parameter(Weight(1, unit, 0), float(unit))
        assert session.record.step == steps + 1 and session.document.network.sizes[0] == 784
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 20e6
    changed = session.state.vector
    for _ in range(100):
        session.undo()
    assert not session.undo_list and not np.array_equal(session.state.vector, changed)
    for _ in range(100):
        session.redo()
    assert np.array_equal(session.state.vector, changed)


def test_edits_at_one_place_stay_within_the_budget() -> None:
    session = Session(document(), 200_000)
    for number in range(1000):
        session.set_parameter(Weight(1, number % 2, 0), number + 0.5)
        assert session.budget.taken <= session.budget.bytes
    assert 10 < len(session.undo_list) < 200
    while session.undo_list:
        session.undo()
    assert len(session.redo_list) > 10


def test_edits_between_steps_stay_within_the_budget_and_every_step_is_found_again() -> None:
    session, seen = Session(wide(30, 20, 1, optimiser=ADAM_OBJECT, batch_size=3), 4 << 20), list[bytes]()
    for number in range(600):
        session.advance_steps(1)
        seen.append(session.state.vector.tobytes())
        if number % 50:
            session.set_parameter(Weight(1, number % 20, 0), number / 1000.0)
        else:
            session.edit({"optimiser.learning_rate": 0.01 + number / 1e6}, "rate")
        assert session.budget.taken <= session.budget.bytes
    assert len(list(session.place.tip.chain())) == 601
    assert not all(segment.beginning.anchor.kept for segment in session.place.tip.chain())
    for step in (599, 300, 17, 1, 598, 450):
        session.seek(step)
        assert session.state.vector.tobytes() == seen[step - 1]
        assert session.budget.taken <= session.budget.bytes


def test_thousands_of_edits_in_a_row_can_be_let_go_and_computed_again() -> None:
    session = Session(document(optimiser=MOMENTUM_OBJECT))
    for number in range(1500):
        session.advance_steps(1)
        session.set_parameter(Weight(1, 0, 0), number / 1000.0)
    tip, expected = session.segment, session.state.vector.tobytes()
    for segment in tip.chain():
        if segment.beginning.anchor.can_go:
            segment.beginning.anchor.kept = None
        segment.rest()
    assert tip.start.vector.tobytes() == expected
    assert sum(segment.beginning.anchor.kept is not None for segment in tip.chain()) == 2


def test_settings_edited_after_weights_keep_them() -> None:
    session = Session(document(parameters={"b2": [1]}))
    session.set_parameter(Bias(2, 0), 0.25)
    session.edit({"optimiser.learning_rate": 0.75}, "rate")
    session.edit({"seed": 9, "batch_size": 2}, "seed")
    assert session.segment.exact_start and session.document.get("parameters.b2") == [0.25]
    session.advance_steps(4)
    assert reopened(session).state.vector.tobytes() == session.state.vector.tobytes()
    session.reset()
    assert session.document.get("parameters.b2") == [0.25] and session.state.vector[-2] == 0.25
    session.edit({"parameters": {"b2": [0.5]}}, "by path")
    assert not session.segment.exact_start and session.document.get("parameters.b2") == [0.5]


def test_a_closed_network_is_forgotten() -> None:
    session = Session(document(labels={"W1[0,1]": "w2"}, frozen=["b1"]))
    session.set_parameter(Weight(1, 0, 0), 0.5)
    session.advance_steps(60)
    session.retreat()
    drawing_of_moment(session.document, session.moment(), [np.zeros(2, bool), np.zeros(1, bool)])
    remains = [weakref.ref(thing) for thing in (session, session.document, session.segment, session.record)]
    del session
    gc.collect()
    assert [thing() for thing in remains] == [None] * 4
