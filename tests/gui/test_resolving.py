"""A drawing says what its moment says; in flow it takes only the edges from the moment."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from nnviz.gui.drawing import Connections, Drawing
from nnviz.gui.resolving import dead_units, drawing_in_flow, drawing_of_moment
from nnviz.report.edge_measures import MEASURES, Colouring
from nnviz.report.metrics import Survey
from nnviz.session.examples import open_example
from nnviz.session.session import Session


def same_connections(one: Connections, other: Connections) -> bool:
    return all(np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(Connections))


def test_in_flow_the_edges_are_those_of_the_moment_and_all_else_stays() -> None:
    session = Session(open_example("mazur-2-2-2"))

    def drawn(session: Session) -> Drawing:
        moment = session.moment()
        survey = Survey(session.problem, moment.parameters(), session.segment.data)
        return drawing_of_moment(session.document, moment, dead_units(survey))

    session.advance_steps(1)
    before = drawn(session)
    session.advance_steps(5)
    after = drawn(session)
    flowing = drawing_in_flow(before, session.document, session.moment())
    assert flowing.columns is before.columns and flowing.caption == before.caption
    pairs = list(zip(flowing.connections, after.connections, strict=True))
    assert len(pairs) == 2 and all(same_connections(one, other) for one, other in pairs)
    assert not same_connections(flowing.connections[0], before.connections[0])


def test_in_flow_the_edges_follow_the_measure_that_is_chosen_meanwhile() -> None:
    session = Session(open_example("mazur-2-2-2"))
    session.advance_steps(3)
    moment, nothing = session.moment(), [np.zeros(2, dtype=bool)] * 2
    before = drawing_of_moment(session.document, moment, nothing)
    for name in MEASURES:
        flowing = drawing_in_flow(before, session.document, moment, Colouring(name))
        whole = drawing_of_moment(session.document, moment, nothing, colouring=Colouring(name))
        assert (flowing.colour_name, flowing.colours_gradients) == (whole.colour_name, whole.colours_gradients)
        assert all(np.array_equal(one.gradients, other.gradients, equal_nan=True)
                   for one, other in zip(flowing.connections, whole.connections, strict=True))
