"""What is written is what happened: every table, in every network, to the last digit."""

from __future__ import annotations

import csv
import io
import math
import tracemalloc
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from nnviz.engine.record import Record
from nnviz.errors import ChoiceRefused
from nnviz.exchange import tables
from nnviz.exchange.csv_writer import Cell, Names, NumberBlock, Pairs, RowBlock, write_cell, write_numbers, write_row
from nnviz.exchange.tables import TABLES, Context, Outcome, export_steps, offered_tables, run_and_export, write_table
from nnviz.report.elements import Weight
from nnviz.session.document import Document
from nnviz.session.examples import example_names, open_example
from nnviz.session.session import Session

COLUMNS = {
    "parameters": "step,epoch,parameter,label,layer,kind,target,source,value,gradient,update,new_value",
    "examples": "step,parameter,label,example,gradient",
    "neurons": "step,epoch,example,layer,unit,net_input,output,d_loss_d_output,d_output_d_net,delta",
    "trace": "step,order,example,phase,operation,node,formula,calculation,value,local_gradient,upstream_gradient,"
    "gradient",
    "metrics": "step,epoch,loss,test_loss,accuracy,test_accuracy,learning_rate,gradient_norm,update_ratio,dead_units,"
    "saturated_units",
}  # fmt: skip

# Every number of the worked 2-2-2 example, as its lesson prints them, to twelve decimals.
PARAMETERS = {  # gradient, value after the step
    "w1": (0.000438567734, 0.149780716133), "w2": (0.000877135469, 0.199561432266),
    "w3": (0.000497712735, 0.249751143632), "w4": (0.000995425471, 0.299502287265),
    "w5": (0.082167040564, 0.358916479718), "w6": (0.082667627848, 0.408666186076),
    "w7": (-0.022602540477, 0.511301270239), "w8": (-0.022740242216, 0.561370121108),
    "b1": (0.018725609395, 0.35), "b2": (0.100400325112, 0.6),
}  # fmt: skip
UNITS = {  # net input, output, ∂E/∂out, ∂out/∂net, δ; None where the lesson prints none
    "h1": (0.3775, 0.593269992107, 0.036350306393, 0.241300708572, 0.008771354689),
    "h2": (0.3925, 0.596884378260, 0.041370322649, None, 0.009954254705),
    "o1": (1.105905967060, 0.751365069552, 0.741365069552, 0.186815601809, 0.138498561629),
    "o2": (1.224921404096, 0.772928465321, -0.217071534679, 0.175510052817, -0.038098236517),
}
LOSSES = {"E o1": 0.274811083176, "E o2": 0.023560025584, "E": 0.298371108760}
EXACT = 5e-13


def near(number: float) -> Any:
    return pytest.approx(number, rel=0.0, abs=EXACT)


def exported(source: Session | Document, table: str, steps: int = 1, every: int = 1, **rest: Any) -> bytes:
    parts: list[bytes] = []
    run_and_export(source, table, steps, every, parts.append, **rest)
    return b"".join(parts)


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def rows_of(source: Session | Document, table: str, steps: int = 1, every: int = 1) -> list[dict[str, str]]:
    return read(exported(source, table, steps, every))


# --- the worked example -----------------------------------------------------------------------------------------


def test_the_worked_examples_parameters() -> None:
    rows = {row["label"]: row for row in rows_of(open_example("mazur-2-2-2"), "parameters")}
    assert rows.keys() == PARAMETERS.keys()
    for label, (gradient, new_value) in PARAMETERS.items():
        assert float(rows[label]["gradient"]) == near(gradient), label
        assert float(rows[label]["new_value"]) == near(new_value), label
    assert rows["b1"]["update"] == rows["b2"]["update"] == "0.0"
    names = ("parameter", "layer", "kind", "target", "source")
    assert [rows["w3"][name] for name in names] == ["W1[1,0]", "1", "weight", "h2", "i1"]
    assert [rows["b2"][name] for name in names] == ["b2[0]", "2", "bias", "", ""]


def test_the_worked_examples_neurons() -> None:
    rows = {row["unit"]: row for row in rows_of(open_example("mazur-2-2-2"), "neurons")}
    assert list(rows) == ["i1", "i2", "h1", "h2", "o1", "o2"]
    columns = ("net_input", "output", "d_loss_d_output", "d_output_d_net", "delta")
    for unit, numbers in UNITS.items():
        for column, number in zip(columns, numbers, strict=True):
            assert number is None or float(rows[unit][column]) == near(number), (unit, column)
    assert [rows["i2"][column] for column in columns] == ["", "0.1", "", "", ""]


def test_the_worked_examples_trace() -> None:
    rows = {(row["node"], row["phase"]): row for row in rows_of(open_example("mazur-2-2-2"), "trace")}
    for unit, (net, out, upstream, slope, delta) in UNITS.items():
        assert float(rows[f"net {unit}", "forward"]["value"]) == near(net)
        assert float(rows[f"out {unit}", "forward"]["value"]) == near(out)
        assert float(rows[f"out {unit}", "backward"]["gradient"]) == near(upstream)
        assert slope is None or float(rows[f"net {unit}", "backward"]["local_gradient"]) == near(slope)
        assert float(rows[f"net {unit}", "backward"]["gradient"]) == near(delta)
    for node, loss in LOSSES.items():
        assert float(rows[node, "loss"]["value"]) == near(loss)
    for label, (gradient, new_value) in PARAMETERS.items():
        assert float(rows[label, "backward"]["gradient"]) == near(gradient)
        assert float(rows[label, "update"]["value"]) == near(new_value)


def test_the_worked_examples_chain_rule_has_its_two_terms() -> None:
    rows = rows_of(open_example("mazur-2-2-2"), "trace")
    calculation = next(row["calculation"] for row in rows if (row["node"], row["phase"]) == ("out h1", "backward"))
    first, second = calculation.partition(" = ")[2].split(" + ")
    factors = [[float(number.strip("()")) for number in term.split("·")] for term in (first, second)]
    assert math.prod(factors[0]) == near(0.055399424651)
    assert math.prod(factors[1]) == near(-0.019049118258)


# --- every table of every example -------------------------------------------------------------------------------


def test_the_tables_of_the_contract_are_there() -> None:
    assert {name: ",".join(table.columns) for name, table in TABLES.items()} == COLUMNS
    assert all(table.label and table.help for table in TABLES.values())
    assert all(column in tables.COLUMNS for table in TABLES.values() for column in table.columns)


def small_steps(name: str) -> int:
    return 1 if open_example(name).network.parameter_count > 60 else 3


OFFERED = {name: offered_tables(open_example(name).network) for name in example_names()}


@pytest.mark.parametrize(("name", "table"), [(name, table) for name, offered in OFFERED.items() for table in offered])
def test_every_example_exports(name: str, table: str) -> None:
    document, steps = open_example(name), small_steps(name)
    content = exported(document, table, steps)
    assert content == exported(document, table, steps), "the same bytes every time"
    assert content.endswith(b"\n") and b"\r" not in content and b"-0.0," not in content
    lines = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    assert lines[0] == COLUMNS[table].split(",")
    assert {len(line) for line in lines} == {len(lines[0])}
    assert {line[0] for line in lines[1:]} == {str(step) for step in range(1, steps + 1)}


@pytest.mark.parametrize("name", [name for name, offered in OFFERED.items() if "examples" in offered])
def test_the_mean_over_the_examples_is_the_gradient(name: str) -> None:
    document = open_example(name)
    gradients = {row["parameter"]: float(row["gradient"]) for row in rows_of(document, "parameters")}
    found: dict[str, list[float]] = {}
    for row in rows_of(document, "examples"):
        if row["example"] == "mean":
            own = found[row["parameter"]]
            scale = max(map(abs, own))
            assert float(row["gradient"]) == gradients[row["parameter"]]
            assert np.mean(own) == pytest.approx(float(row["gradient"]), rel=1e-12, abs=1e-14 * scale)
        else:
            found.setdefault(row["parameter"], []).append(float(row["gradient"]))
    assert found.keys() == gradients.keys()


@pytest.mark.parametrize("table", TABLES)
def test_a_surface_has_parameters_and_metrics_and_no_table_of_units(table: str) -> None:
    session, written = Session(open_example("surface-ravine")), list[bytes]()
    asked: list[Callable[[], object]] = [
        lambda: run_and_export(session.document, table, 1, 1, written.append),
        lambda: run_and_export(session, table, 1, 1, written.append),
        lambda: tables.rows(table, session.record, Context.of_session(session)),
    ]
    for ask in asked:
        if table in ("parameters", "metrics"):
            assert ask()
        else:
            with pytest.raises(ChoiceRefused, match=f"there is no table '{table}' of a surface"):
                ask()
    assert bool(written) == (table in ("parameters", "metrics"))


def test_a_surfaces_parameters_are_its_variables() -> None:
    first, second = rows_of(open_example("surface-ravine"), "parameters")
    named = ("parameter", "label", "layer", "kind", "target", "source")
    assert [first[key] for key in named] == ["x", "", "1", "variable", "", ""] and second["parameter"] == "y"
    assert (first["value"], first["gradient"], second["gradient"]) == ("-4.0", "-0.4", "10.0")
    (metrics,) = rows_of(open_example("surface-ravine"), "metrics")
    assert metrics["loss"] == "5.8" and not metrics["accuracy"] and not metrics["dead_units"]


@pytest.mark.parametrize("name", example_names())
def test_new_value_is_value_plus_update_and_the_next_steps_value(name: str) -> None:
    rows = rows_of(open_example(name), "parameters", 3)
    before: dict[str, float] = {}
    for row in rows:
        value, update, new = (float(row[key]) for key in ("value", "update", "new_value"))
        assert value + update == new
        assert before.get(row["parameter"], value) == value
        before[row["parameter"]] = new


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", ["mazur-2-2-2", "xor", "softmax-cross-entropy", "circle"])
def test_what_is_shown_is_what_is_written(name: str, table: str) -> None:
    session = Session(open_example(name))
    context = Context.of_session(session)
    shown = tables.rows(table, session.record, context)
    written = list(csv.reader(io.StringIO(exported(session.document, table).decode("utf-8"), newline="")))[1:]
    assert len(shown) == len(written)
    for row, cells in zip(shown, written, strict=True):
        assert [as_read(value, cell) for value, cell in zip(row, cells, strict=True)] == list(row)


def as_read(value: Cell, cell: str) -> Cell:
    """`cell` in the type of the value that it should be."""
    if value is None:
        assert cell == ""
        return None
    return type(value)(cell)


# --- the single tables ------------------------------------------------------------------------------------------


def test_the_neurons_of_a_softmax_show_the_diagonal() -> None:
    rows = [row for row in rows_of(open_example("softmax-cross-entropy"), "neurons") if row["layer"] == "1"]
    outputs = np.array([float(row["output"]) for row in rows])
    upstream = np.array([float(row["d_loss_d_output"]) for row in rows])
    slopes = np.array([float(row["d_output_d_net"]) for row in rows])
    deltas = np.array([float(row["delta"]) for row in rows])
    assert outputs == pytest.approx(np.exp([2.0, 1.0, 0.1]) / np.exp([2.0, 1.0, 0.1]).sum(), rel=1e-14)
    assert upstream == pytest.approx([-1.0 / outputs[0], 0.0, 0.0], rel=1e-14)
    assert slopes == pytest.approx(outputs * (1.0 - outputs), rel=1e-14)
    assert deltas == pytest.approx(outputs - [1.0, 0.0, 0.0], rel=1e-14)


def test_neurons_come_example_by_example_in_the_batchs_order() -> None:
    document = open_example("xor").with_values({"batch_size": 3, "seed": 5})
    batch = Session(document).record.rows.tolist()
    rows = rows_of(document, "neurons")
    units = [name for layer in range(3) for name in document.network.names(layer)]
    assert [(int(row["example"]), row["unit"]) for row in rows] == [(row, unit) for row in batch for unit in units]


def test_the_gradients_of_a_neuron_are_of_its_own_examples_loss() -> None:
    document = open_example("xor")
    rows = [row for row in rows_of(document, "neurons") if row["unit"] == "y"]
    targets = [0.0, 1.0, 1.0, 0.0]
    for row, target in zip(rows, targets, strict=True):
        assert float(row["delta"]) == pytest.approx(float(row["output"]) - target, rel=1e-14)


def test_the_steps_and_epochs_count_from_one() -> None:
    document = open_example("xor").with_value("batch_size", 3)
    rows = rows_of(document, "metrics", 5)
    assert [(row["step"], row["epoch"]) for row in rows] == [("1", "1"), ("2", "1"), ("3", "2"), ("4", "2"), ("5", "3")]


def test_the_order_of_a_trace_is_unique_and_without_gaps_in_every_step() -> None:
    rows = rows_of(open_example("xor"), "trace", 2)
    for step in ("1", "2"):
        orders = [int(row["order"]) for row in rows if row["step"] == step]
        assert orders == list(range(1, len(orders) + 1))


def test_the_metrics_are_empty_where_they_mean_nothing() -> None:
    (row,) = rows_of(open_example("mazur-2-2-2"), "metrics")
    assert [name for name, cell in row.items() if not cell] == ["test_loss", "accuracy", "test_accuracy", "dead_units"]
    (row,) = rows_of(open_example("circle"), "metrics")
    assert all(row[name] for name in ("test_loss", "accuracy", "test_accuracy", "learning_rate"))


def test_penalties_and_frozen_parameters_leave_their_gradient_visible() -> None:
    document = open_example("xor").with_value("frozen", ["W1", "b2[0]"])
    for row in rows_of(document, "parameters", 2):
        frozen = row["parameter"].startswith("W1") or row["parameter"] == "b2[0]"
        assert (row["update"] == "0.0") == (frozen or float(row["gradient"]) == 0.0)
    assert any(float(row["gradient"]) for row in rows_of(document, "parameters") if row["parameter"].startswith("W1"))


def test_a_shared_bias_is_one_parameter_with_the_sum_of_its_units() -> None:
    document = open_example("xor").with_value("layers.0.bias", "shared")
    rows = [row for row in rows_of(document, "examples") if row["parameter"].startswith("b1")]
    assert {row["parameter"] for row in rows} == {"b1[0]"}
    deltas: dict[str, float] = {}
    for row in rows_of(document, "neurons"):
        if row["layer"] == "1":
            deltas[row["example"]] = deltas.get(row["example"], 0.0) + float(row["delta"])
    for row in rows[:-1]:
        assert float(row["gradient"]) == pytest.approx(deltas[row["example"]], rel=1e-13)


# --- which steps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "every", "expected"),
    [
        (0, 1, []), (1, 1, [1]), (1, 7, [1]), (3, 1, [1, 2, 3]), (10, 3, [1, 4, 7, 10]), (10, 4, [1, 5, 9, 10]),
        (10, 10, [1, 10]), (10, 100, [1, 10]), (11, 10, [1, 11]),
    ],
)  # fmt: skip
def test_the_first_every_kth_and_the_last_step_are_exported(steps: int, every: int, expected: list[int]) -> None:
    assert list(export_steps(steps, every)) == expected


@pytest.mark.parametrize("name", ["mazur-2-2-2", "multi-label"])
@pytest.mark.parametrize("table", ["parameters", "metrics"])
@pytest.mark.parametrize("every", [1, 2, 3, 7, 25, 99])
def test_leaving_steps_out_changes_no_row(every: int, table: str, name: str) -> None:
    document = open_example(name)
    wanted = {str(step) for step in export_steps(25, every)}
    assert rows_of(document, table, 25, every) == [row for row in rows_of(document, table, 25) if row["step"] in wanted]


def test_no_step_is_a_header_alone() -> None:
    assert exported(open_example("xor"), "metrics", 0) == COLUMNS["metrics"].encode() + b"\n"


def test_a_million_skipped_steps_are_not_listed_beforehand() -> None:
    assert next(export_steps(2**53)) == 1


# --- documents and sessions -------------------------------------------------------------------------------------


def test_a_saved_network_goes_on_at_its_next_step() -> None:
    document = open_example("multi-label").with_value("batch_size", 5)
    session = Session(document)
    session.advance_steps(7)
    whole, rest = exported(document, "parameters", 10), exported(session.document_now(), "parameters", 3)
    header, lines = rest.split(b"\n", 1)
    assert whole.startswith(header) and whole.endswith(b"\n" + lines)
    assert lines.startswith(b"8,")


@pytest.mark.parametrize("table", TABLES)
def test_a_session_writes_the_same_bytes_as_its_document(table: str) -> None:
    document = open_example("xor")
    session = Session(document)
    session.advance_steps(120)
    place = session.place
    assert exported(session, table, 130, 9) == exported(document, table, 130, 9), "past and future steps alike"
    assert session.place == place


def test_a_session_exports_any_range_of_its_steps() -> None:
    session = Session(open_example("xor"))
    session.advance_steps(130)
    part = rows_of_range(session, first=101, steps=5)
    assert part == [row for row in rows_of(session.document, "parameters", 105) if int(row["step"]) > 100]


def rows_of_range(session: Session, first: int, steps: int) -> list[dict[str, str]]:
    return read(exported(session, "parameters", steps, first=first))


def test_an_edit_in_the_middle_is_exported_where_it_was_made() -> None:
    session = Session(open_example("xor"))
    session.advance_steps(3)
    session.set_parameter(Weight(1, 0, 0), 0.125)
    session.advance_steps(2)
    session.edit({"optimiser.learning_rate": 0.25}, "slower")
    session.advance_steps(2)
    rows = rows_of(session, "parameters", 7)
    first = [row for row in rows if row["parameter"] == "W1[0,0]"]
    assert [row["step"] for row in first] == [str(step) for step in range(1, 8)]
    assert first[3]["value"] == "0.125" != first[2]["new_value"]
    for row in first[5:]:
        assert float(row["update"]) == -0.25 * float(row["gradient"])
    rates = [row["learning_rate"] for row in rows_of(session, "metrics", 7)]
    assert rates[4] != "0.25" and rates[5:] == ["0.25", "0.25"]
    assert float(first[-1]["new_value"]) == session.problem.blocks.weights(session.parameters_now(), 1)[0, 0]


# --- stopping ---------------------------------------------------------------------------------------------------


def diverging() -> Document:
    return open_example("linear-regression").with_value("optimiser.learning_rate", 1e60)


@pytest.mark.parametrize("every", [1, 100])
def test_the_step_that_is_not_finite_is_the_last_one_written(every: int) -> None:
    parts: list[bytes] = []
    outcome = run_and_export(diverging(), "metrics", 500, every, parts.append)
    rows = read(b"".join(parts))
    assert outcome.divergence is not None
    assert outcome.last_step == outcome.divergence.step == int(rows[-1]["step"]) < 500
    assert [row["loss"] for row in rows if not math.isfinite(float(row["loss"]))] == [rows[-1]["loss"]]


@pytest.mark.parametrize("table", TABLES)
def test_numbers_that_ran_away_can_be_written_in_every_table(table: str) -> None:
    lines = rows_of(diverging(), table, 500)
    assert lines
    assert "null" not in {cell for row in lines for cell in row.values()}


def test_cancelling_leaves_complete_rows() -> None:
    document, parts = open_example("spiral"), list[bytes]()
    outcome = run_and_export(document, "examples", 1000, 1, parts.append, cancelled=lambda: len(parts) > 5)
    content = b"".join(parts)
    assert outcome == Outcome(outcome.last_step, cancelled=True)
    assert content.endswith(b"\n")
    assert {len(row) for row in csv.reader(io.StringIO(content.decode(), newline=""))} == {5}


def test_cancelling_works_between_exported_steps_too() -> None:
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 3

    outcome = run_and_export(open_example("spiral"), "metrics", 10**9, 10**9, lambda part: None, cancelled=cancelled)
    assert outcome == Outcome(1, cancelled=True)


def test_progress_ends_at_the_number_of_steps() -> None:
    told: list[tuple[int, int]] = []
    exported(open_example("xor"), "metrics", 40, 7, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (40, 40)
    assert {total for _, total in told} == {40}


def test_records_that_are_at_hand_are_written_as_they_are() -> None:
    session = Session(open_example("mazur-2-2-2"))
    parts: list[bytes] = []
    assert write_table("parameters", [session.record], Context.of_session(session), parts.append)
    assert b"".join(parts) == exported(session.document, "parameters")
    assert not write_table("parameters", [session.record], Context.of_session(session), parts.append, cancelled=always)


def always() -> bool:
    return True


def test_an_unknown_table_offers_the_nearest_one() -> None:
    with pytest.raises(ChoiceRefused, match="Did you mean 'neurons'"):
        tables.find_table("neuron")


# --- size -------------------------------------------------------------------------------------------------------


def middling(units: int = 60, examples: int = 16) -> Document:
    generator = np.random.default_rng(1)
    return Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 40,
        "layers": [{"units": units, "activation": "relu"}, {"units": 5, "activation": "softmax"}],
        "loss": "cross_entropy", "batch_size": 4,
        "data": {
            "inputs": generator.standard_normal((examples, 40)).tolist(),
            "targets": np.eye(5)[generator.integers(0, 5, examples)].tolist(),
        },
    })  # fmt: skip


@pytest.mark.parametrize(
    ("table", "steps"), [("parameters", 200), ("examples", 60), ("neurons", 200), ("metrics", 200)]
)
def test_a_long_export_takes_no_more_memory_than_a_short_one(table: str, steps: int) -> None:
    def peak(steps: int) -> tuple[int, int]:
        written = 0

        def write(part: bytes) -> None:
            nonlocal written
            written += len(part)

        document = middling()
        tracemalloc.start()
        try:
            run_and_export(document, table, steps, 1, write)
            return tracemalloc.get_traced_memory()[1], written
        finally:
            tracemalloc.stop()

    (short, _), (long, written) = peak(20), peak(steps)
    assert long < short + 300_000
    assert table == "metrics" or written > 4 * (long - short)


def test_a_big_networks_names_are_made_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = exported(middling(), "examples", 2)
    monkeypatch.setattr(tables, "MOST_KEPT", 10)
    monkeypatch.setattr(tables, "CHUNK", 64)
    assert exported(middling(), "examples", 2) == usual


@pytest.mark.parametrize("table", TABLES)
def test_how_rows_are_put_together_does_not_show(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = exported(open_example("multi-label"), table, 2)
    monkeypatch.setattr(tables, "CHUNK", 7)
    assert exported(open_example("multi-label"), table, 2) == usual


def test_rows_of_a_large_step_come_as_they_are_asked_for() -> None:
    session = Session(middling(units=2000))
    rows = TABLES["trace"].rows(session.record, Context.of_session(session))
    assert next(rows)[:3] == (1, 1, int(session.record.rows[0]))


# --- cells ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("w1", b"w1"), ("W1[0,1]", b'"W1[0,1]"'), ('say "x"', b'"say ""x"""'), ("two\nlines", b'"two\nlines"'),
        ("=1+1", b"'=1+1"), ("+1", b"'+1"), ("-w", b"'-w"), ("@name", b"'@name"), ("\ttab", b"'\ttab"),
        ("\rreturn", b"\"'\rreturn\""), ("=a,b", b"\"'=a,b\""), ("δ", "δ".encode()), ("", b""), (None, b""),
        (0.1, b"0.1"), (1e-7, b"1e-7"), (1.0, b"1.0"), (-0.5, b"-0.5"), (5e-324, b"5e-324"), (7, b"7"), (-7, b"-7"),
        (math.nan, b"nan"), (math.inf, b"inf"), (-math.inf, b"-inf"),
    ],
)  # fmt: skip
def test_a_cell_is_written_so_that_it_is_read_as_it_is_meant(cell: Cell, written: bytes) -> None:
    assert write_cell(cell) == written


def test_names_that_look_like_formulas_are_guarded_and_numbers_are_not() -> None:
    document = open_example("mazur-2-2-2").with_values(
        {"inputs": ["=cmd", "@b"], "labels": {"W1[0,0]": "+w", "b1[0]": '-a "b", c'}, "frozen": []}
    )
    content = exported(document, "parameters").decode()
    assert ',weight,h1,\'=cmd,0.15,' in content and "weight,h1,'@b," in content
    assert ",'+w,1," in content
    assert ',"\'-a ""b"", c",1,bias' in content
    numbers = [cell for row in read(content.encode()) for cell in (row["gradient"], row["update"])]
    assert any(cell.startswith("-") for cell in numbers)


def test_every_float_reads_back_to_the_same_bits() -> None:
    generator = np.random.default_rng(7)
    numbers = generator.integers(0, 2**64, (4000, 3), dtype=np.uint64).view(np.float64)
    lines = write_numbers(numbers)
    read_back = np.array([[float(cell) for cell in line.split(b",")] for line in lines])
    assert np.array_equal(read_back, numbers, equal_nan=True)
    assert not any(b"null" in line for line in lines)


def blocks() -> Iterable[tuple[str, Callable[[], Any]]]:
    names = Names([("a,b", 1), ("-c", 2)])
    numbers = np.array([[0.1, np.nan], [-1.0, 2.0]])
    yield "numbers", lambda: NumberBlock((3, "x"), names, numbers, (None, "y"))
    yield "pairs", lambda: NumberBlock((), Pairs(names, Names([("mean",)])), numbers)
    yield "none", lambda: NumberBlock((3,), Names([]), np.empty((0, 2)))
    yield "rows", lambda: RowBlock([(1, None, "=x"), (0.5, "a", "")])


@pytest.mark.parametrize("make", [make for _, make in blocks()], ids=[name for name, _ in blocks()])
def test_a_block_writes_the_rows_that_it_shows(make: Callable[[], Any]) -> None:
    block = make()
    assert block.written() == b"".join(write_row(row) for row in block.rows())


def test_a_step_of_thirteen_thousand_parameters_is_read_from_its_record() -> None:
    session = Session(middling(units=280))
    record: Record = session.record
    shown = tables.rows("parameters", record, Context.of_session(session))
    assert [row[9] for row in shown] == (record.gradient[record.problem.blocks.order] + 0.0).tolist()


# --- the optimiser's state --------------------------------------------------------------------------------------


def test_the_state_stands_behind_the_columns_that_are_always_there() -> None:
    source = open_example("xor").with_values({"optimiser.name": "adam", "batch_size": 3, "frozen": ["b1[1]"]})
    plain, whole = (list(csv.reader(io.StringIO(exported(source, "parameters", 5, state=state).decode())))
                    for state in (False, True))
    assert [row[: len(plain[0])] for row in whole] == plain
    assert whole[0][len(plain[0]) :] == ["first_moment", "second_moment", "effective_learning_rate"]
    session = Session(source)
    for step in range(5):
        session.advance_step()
        record, order = session.record, session.problem.blocks.order
        rows = whole[1 + step * len(order) : 1 + (step + 1) * len(order)]
        vectors = (record.memory("first_moment"), record.memory("second_moment"), record.effective_learning_rate)
        np.testing.assert_array_equal(
            np.array([row[-3:] for row in rows], dtype=float), np.stack([vector[order] for vector in vectors], axis=1))


def test_a_run_that_changed_its_optimiser_has_empty_cells_where_another_one_remembers() -> None:
    session = Session(open_example("xor"))
    session.advance_steps(2)
    session.edit({"optimiser.name": "momentum"}, "momentum")
    session.advance_steps(2)
    rows = list(csv.DictReader(io.StringIO(exported(session, "parameters", 4, state=True).decode())))
    assert {row["velocity"] == "" for row in rows if row["step"] in "12"} == {True}
    assert all(
        math.isclose(-float(row["velocity"]) * float(row["effective_learning_rate"]), float(row["update"]))
        for row in rows if row["step"] in "34"
    )


def test_only_the_table_of_parameters_has_state() -> None:
    with pytest.raises(ChoiceRefused, match="no columns for the optimiser's state"):
        exported(open_example("xor"), "metrics", state=True)
