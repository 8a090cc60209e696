"""What the window writes is what the command line writes, and the session does not notice."""

from __future__ import annotations

from typing import Any

import pytest

from nnviz.exchange.session_export import PREVIEWED, ROWS_A_STEP, SessionExporter
from nnviz.exchange.tables import TABLES, run_and_export
from nnviz.session.document import Document
from nnviz.session.examples import open_document
from nnviz.session.session import Session


def written(source: Any, table: str, steps: int, every: int = 1) -> bytes:
    """What `nnviz export` writes for a document."""
    parts: list[bytes] = []
    run_and_export(source, table, steps, every, parts.append)
    return b"".join(parts)


def exported(exporter: SessionExporter, table: str, first: int, last: int, every: int = 1) -> bytes:
    parts: list[bytes] = []
    exporter.run(table, first, last, every, parts.append)
    return b"".join(parts)


@pytest.mark.parametrize("table", TABLES)
def test_the_bytes_are_those_of_the_command_line(table: str) -> None:
    document = open_document("xor").with_values({"batch_size": 3, "optimiser": {"name": "adam"}})
    session = Session(document)
    session.advance_steps(120)
    assert exported(SessionExporter(session), table, 1, 60, 7) == written(document, table, 60, 7)


@pytest.mark.parametrize("table", TABLES)
def test_a_session_that_has_not_trained_exports_step_1(table: str) -> None:
    document = open_document("mazur-2-2-2")
    exporter = SessionExporter(Session(document))
    assert (exporter.first_step, exporter.last_step) == (1, 1)
    assert exported(exporter, table, 1, 1) == written(document, table, 1)


def test_the_session_stays_where_it_is() -> None:
    session = Session(open_document("xor"))
    session.advance_steps(200)
    session.seek(90)
    session.advance()
    place, newest, record = session.place, session.last_step, session.record.content.tobytes()
    exported(SessionExporter(session), "parameters", 1, 300)
    assert (session.place, session.last_step) == (place, newest)
    assert session.record.content.tobytes() == record


def test_steps_in_the_middle_are_the_same_lines_as_in_the_whole() -> None:
    session = Session(open_document("xor"))
    session.advance_steps(130)
    exporter = SessionExporter(session)
    whole = exported(exporter, "metrics", 1, 130).splitlines()
    assert exported(exporter, "metrics", 77, 130).splitlines() == [whole[0], *whole[77:]]


def test_each_stretch_of_an_edited_branch_has_the_settings_of_its_time() -> None:
    session = Session(open_document("xor"))
    session.advance_steps(10)
    session.edit({"optimiser.learning_rate": 0.25}, "slower")
    session.advance_steps(10)
    lines = exported(SessionExporter(session), "metrics", 1, 20).decode().splitlines()
    place = lines[0].split(",").index("learning_rate")
    before = open_document("xor").learning_rate
    assert [float(line.split(",")[place]) for line in lines[1:]] == [before] * 10 + [0.25] * 10


def test_a_saved_document_is_exported_from_its_next_step_on() -> None:
    session = Session(open_document("xor"))
    session.advance_steps(5)
    reopened = SessionExporter(Session(Document.from_tree(dict(session.document_now().raw))))
    assert reopened.first_step == 6
    assert exported(reopened, "metrics", 6, 6).splitlines()[1].startswith(b"6,")


@pytest.mark.parametrize("table", TABLES)
def test_the_preview_is_how_the_table_begins(table: str) -> None:
    exporter = SessionExporter(Session(open_document("xor")))
    preview = exporter.preview(table, 1, 60, 1)
    assert preview == b"".join(exported(exporter, table, 1, 60).splitlines(keepends=True)[: PREVIEWED + 1])


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", ["xor", "mazur-2-2-2", "softmax-cross-entropy"])
def test_rows_are_counted_as_they_are_written(table: str, name: str) -> None:
    exporter = SessionExporter(Session(open_document(name).with_value("batch_size", "all")))
    rows = exported(exporter, table, 2, 9, 3).count(b"\n") - 1
    assert exporter.count(table, 2, 9, 3) == rows


def test_rows_of_an_edited_branch_are_counted_by_stretch() -> None:
    session = Session(open_document("xor"))
    session.advance_steps(10)
    session.edit({"batch_size": 1}, "stochastic")
    session.advance_steps(10)
    exporter = SessionExporter(session)
    assert exporter.count("neurons", 1, 20, 4) == exported(exporter, "neurons", 1, 20, 4).count(b"\n") - 1


def test_every_table_can_be_counted() -> None:
    assert ROWS_A_STEP.keys() == TABLES.keys()


def test_it_ends_after_a_whole_row_when_it_is_cancelled() -> None:
    parts: list[bytes] = []
    exporter = SessionExporter(Session(open_document("xor")))
    outcome = exporter.run("trace", 1, 10**9, 1, parts.append, cancelled=lambda: len(parts) > 10)
    assert outcome.cancelled
    assert b"".join(parts).endswith(b"\n")
