"""What would raise a neuron is what its net input really does, and what it costs is the gradient of the pass."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.lifts import AIMS, Lift, lifts
from nnviz.report.moment import MEAN, Moment
from nnviz.report.neuron_graph import neuron_graph
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.report.test_neuron_graph import session_of, whole


@pytest.mark.parametrize("kind", ["tanh", "maxout", "prelu", "softmax"])
@pytest.mark.parametrize("example", [0, 3, MEAN])
def test_what_the_cost_says_is_the_gradient_of_the_opened_neuron(kind: str, example: int) -> None:
    session = session_of(kind)
    labels, unit = Labels(session.problem.network, {}), Unit(2, 1)
    reading = neuron_graph(whole(session, example), labels, unit).reading
    at = {element: place for place, element in enumerate(reading.elements) if element is not None}
    for aim, sign in (("cost", 1.0), ("lower", -1.0)):
        for bar in lifts(whole(session, example), labels, unit, aim).bars:
            assert bar.value == pytest.approx(sign * reading.gradients[at[bar.element]], rel=1e-12, abs=1e-15)
            assert bar.at == pytest.approx(reading.values[at[bar.element]])
            assert bar.name == reading.names[at[bar.element]]


def test_a_bar_is_how_far_the_net_input_rises() -> None:
    session = Session(open_example("mazur-2-2-2"))
    session.advance_steps(1)
    labels, moment = Labels(session.problem.network, session.document.labels), whole(session, 0)
    bars = lifts(moment, labels, Unit(1, 0)).bars
    assert [(bar.way, bar.name, bar.value) for bar in bars] == [
        ("bias", "b1", 1.0), ("weight", "w1", 0.05), ("weight", "w2", 0.1), ("input", "i1", 0.15), ("input", "i2", 0.2)]
    assert bars[0] == Lift("bias", "b1", Bias(1, 0), 1.0, 0.35)


def test_of_many_only_the_largest_have_a_bar() -> None:
    session = session_of("tanh", inputs=784)
    found = lifts(whole(session, 1), Labels(session.problem.network, {}), Unit(1, 0), "lower")
    assert found.left == 772 and len(found.bars) == 1 + 12 + 12
    sizes = np.abs([bar.value for bar in found.bars if isinstance(bar.element, Weight)])
    assert (np.diff(sizes) <= 0).all()


def test_what_the_pass_has_not_come_to_is_not_known() -> None:
    session = session_of("tanh", steps=0)
    labels = Labels(session.problem.network, {})
    known = [lifts(Moment(session.record, 0, 0), labels, Unit(1, 0), aim.name).known for aim in AIMS]
    assert known == [False, False, False]
    forward = session.moment(0).order.section("loss", "total", 3).end
    known = [lifts(Moment(session.record, forward, 0), labels, Unit(1, 0), aim.name).known for aim in AIMS]
    assert known == [True, False, False]


def test_an_input_is_given() -> None:
    session = session_of("tanh")
    with pytest.raises(LookupError):
        lifts(whole(session, 0), Labels(session.problem.network, {}), Unit(0, 0))
