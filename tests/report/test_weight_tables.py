"""A layer as a table: every parameter has one place in it, whatever its units are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.report.edge_measures import Colouring, layer_values
from nnviz.report.elements import Alpha, Bias, Weight
from nnviz.report.weight_tables import TableShape, tab_separated
from tests.report.test_edge_measures import KINDS, elements, session_of


def shape_of(kind: str) -> TableShape:
    return TableShape.of(session_of(kind, 0).problem.network, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_of_a_layer_is_found_in_its_row_and_column(kind: str) -> None:
    session = session_of(kind, 0)
    shape = shape_of(kind)
    behind = (shape.biases > 0) + (shape.slopes > 0)
    found = {shape.at(row, column) for row in range(shape.rows) for column in range(shape.columns + behind)}
    assert found == {element for element in elements(session.moment()) if element.layer == 1}
    for row in range(shape.rows):
        assert shape.row_of(shape.weight(row, 2)) == row
        if shape.biases > 1:
            assert shape.row_of(shape.bias(row)) == row


@pytest.mark.parametrize("kind", KINDS)
def test_a_walk_reaches_every_parameter_and_stops_at_the_ends(kind: str) -> None:
    shape = shape_of(kind)
    first = shape.walk(None, 0, 1)
    assert first == shape.weight(0, 0) == shape.walk(first, -1, -1)
    here, reached = first, set()
    for _ in range(shape.rows):
        place = shape.walk(here, 0, -99)
        for _ in range(shape.columns + 3):
            reached.add(place)
            place = shape.walk(place, 0, 1)
        if here.layer and isinstance(here, Weight):
            here = shape.walk(here, 1, 0)
    wanted = {Weight, *((Bias,) if shape.biases else ()), *((Alpha,) if shape.slopes else ())}
    assert {type(element) for element in reached} == wanted
    assert {element for element in reached if isinstance(element, Weight)} == {
        shape.weight(row, column) for row in range(shape.rows) for column in range(shape.columns)}


def cells(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.split("\n")]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_copied_reads_back_to_the_very_numbers(kind: str) -> None:
    moment = session_of(kind).moment()
    shape, values = shape_of(kind), layer_values(moment, Colouring("weight"), (1,))[0]
    table = cells(tab_separated(shape, values))
    assert table[0][1:4] == list(shape.sources) and len({len(line) for line in table}) == 1
    assert [line[0] for line in table[1:]] == [shape.row_name(row) for row in range(shape.rows)]
    read = np.array([[float(cell) for cell in line[1:]] for line in table[1:]])
    np.testing.assert_array_equal(read[:, :3], values.weights)
    if values.biases is not None:
        np.testing.assert_array_equal(read[:, 3], np.broadcast_to(values.biases, shape.rows))


def test_what_is_not_known_is_left_empty() -> None:
    session = session_of("plain", 0)
    gradients: Any = layer_values(session.moment(), Colouring("gradient"), (1,))[0]
    assert {cell for line in cells(tab_separated(shape_of("plain"), gradients))[1:] for cell in line[1:]} == {""}
