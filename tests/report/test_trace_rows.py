"""A row that is written for itself says the same as the trace that is written whole, for one example or their mean."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.report.labels import Labels
from nnviz.report.moment import MEAN, Moment
from nnviz.report.trace import DOTS, Trace
from nnviz.report.trace_rows import (
    MOST,
    OneExample,
    TraceRows,
    named,
    node_of,
    quantity_of,
    result_of,
    spoken,
    whole_line,
)
from nnviz.session.examples import example_names, open_example
from nnviz.session.session import Session

SMALL = [name for name in example_names() if open_example(name).network.parameter_count <= 60]


def begun(name: str, **values: object) -> tuple[Session, TraceRows]:
    session = Session(open_example(name).with_values(values))
    session.advance_steps(2)
    return session, TraceRows(session.record, Labels(session.document.network, session.document.labels))


@pytest.mark.parametrize("name", SMALL)
def test_a_whole_row_is_that_of_the_file(name: str) -> None:
    session, rows = begun(name)
    trace = Trace(session.record, rows.labels)
    order = trace.order
    for index in range(order.length):
        operation = order.at(index)
        expected = trace.rows_of(operation)
        found = [rows.row(operation, place, whole=True) for place in range(len(expected))]
        assert repr(found) == repr(expected)       # as text: NaN is NaN
        assert node_of(rows.labels, operation) == expected[0].node


@pytest.mark.parametrize("name", ["xor", "xor-maxout", "softmax-cross-entropy", "mazur-2-2-2"])
def test_a_short_row_has_the_numbers_of_the_whole_one(name: str) -> None:
    _, rows = begun(name)
    for index in range(rows.labels.order.length):
        operation = rows.labels.order.at(index)
        for place in (0, MEAN):
            short, whole = rows.row(operation, place), rows.row(operation, place, whole=True)
            assert (short.value, short.gradient, short.local_gradient) == (
                whole.value, whole.gradient, whole.local_gradient)


def test_a_long_sum_is_written_with_its_first_terms_and_its_last() -> None:
    _, rows = begun("digits-784-16-16-10", batch_size=32)
    order = rows.labels.order
    net = rows.row(order.at(0), 3)
    assert net.formula.count("·") == MOST and net.formula.endswith("W1[0,783]·i784 + b1[0]") and DOTS in net.formula
    assert rows.row(order.at(0), 3, whole=True).formula.count("·") == 784
    weight = rows.row(order.at(order.section("backward", "parameter", 1).start), MEAN)
    assert DOTS in weight.calculation and weight.calculation.endswith(")/32")


def test_the_mean_of_the_batch_is_what_the_picture_shows() -> None:
    session, rows = begun("circle")
    moment = Moment(session.record, session.order.length, MEAN)
    shown = {
        ("forward", "net"): moment.net, ("forward", "out"): moment.output,
        ("backward", "out"): moment.output_gradient, ("backward", "net"): moment.delta,
    }
    for section in session.order.sections:
        if (section.phase, section.kind) in shown:
            values, _ = shown[section.phase, section.kind](section.layer)
            for index in range(section.count):
                row = rows.row(session.order.at(section.start + index), MEAN)
                assert result_of(row) == pytest.approx(values[index], rel=1e-14) and row.example == "mean"
                assert row.local_gradient is None
    total = rows.row(session.order.at(session.order.section("loss", "total", 2).start), MEAN)
    assert total.value == pytest.approx(session.record.loss, rel=1e-13)


def test_one_example_of_a_record_has_its_numbers_bit_for_bit() -> None:
    record = begun("iris")[0].record
    one = OneExample.of(record, 2)
    for layer in range(1, len(record.problem.network.layers) + 1):
        for read in ("net", "output", "delta", "slope", "output_gradient"):
            assert np.array_equal(getattr(one, read)(layer)[:, 0], getattr(record, read)(layer)[:, 2])
    assert np.array_equal(one.terms[:, 0], record.terms[:, 2])
    assert np.array_equal(one.new_parameters, record.new_parameters)


def test_rows_are_read_aloud() -> None:
    session, rows = begun("mazur-2-2-2")
    order = session.order

    def heard(phase: str, kind: str, layer: int, place: int = 0, reached: bool = True) -> str:
        operation = order.at(order.section(phase, kind, layer).start + place)
        return spoken(rows.row(operation, 0), operation, reached, named(rows.labels, operation))

    delta, gradient = session.record.delta(1)[0, 0], session.record.gradient[session.problem.blocks.order[5]]
    assert heard("backward", "net", 1) == f"backward, δ of h1, {delta:.4}, example 0"
    assert heard("backward", "parameter", 2) == f"backward, gradient of weight w5, {gradient:.4}"
    assert heard("forward", "net", 1, 1, reached=False) == "forward, net input of h2, not computed yet, example 0"
    assert heard("update", "parameter", 2, 4).startswith("update, new value of b2, 0.6")


def test_the_whole_line_ends_with_the_result() -> None:
    session, rows = begun("mazur-2-2-2")
    row = rows.row(session.order.at(0), 0, whole=True)
    assert whole_line(row, True) == f"{row.formula} = {row.calculation.partition(' = ')[2]} = {row.value!r}"
    assert whole_line(row, False) == row.formula


def test_a_computation_graph_has_rows_that_are_read_aloud_and_pointed_at() -> None:
    session, rows = begun("gate-product-sum")
    order = session.order
    first, back = order.at(0), order.at(order.section("backward", "gate", 1).start + 1)
    assert node_of(rows.labels, first) == rows.row(first, 0).node
    assert spoken(rows.row(first, MEAN), first, True, named(rows.labels, first)).startswith("forward, value of ")
    assert quantity_of(rows.labels, first, 0).kind == "gate"
    assert quantity_of(rows.labels, back, 0).element == back.element


def test_a_surface_has_rows_too() -> None:
    session = Session(open_example("surface-ravine"))
    rows = TraceRows(session.record, Labels(session.document.network, session.document.labels))
    assert [rows.row(session.order.at(index), 0).node for index in range(session.order.length)] == [
        "f", "x", "y", "x", "y"]
    assert node_of(rows.labels, session.order.at(0)) == "f"
