"""Outputs beside inputs: what the network itself computes, and one sentence for a file that cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.errors import Refused
from nnviz.exchange.predictions import BLOCK, predict, predict_file
from nnviz.session.document import Document
from nnviz.session.examples import open_document
from nnviz.session.session import Session


@pytest.fixture
def session() -> Session:
    return Session(open_document("mazur-2-2-2"))


def written(session: Session, path: Path) -> list[str]:
    parts: list[bytes] = []
    assert predict_file(session, path, parts.append)
    return b"".join(parts).decode().splitlines()


def test_the_outputs_stand_beside_the_inputs(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("i1,i2\n0.05,0.1\n1,0\n")
    lines = written(session, file)
    assert lines[0] == "i1,i2,o1,o2"
    assert [float(cell) for cell in lines[1].split(",")] == pytest.approx(
        [0.05, 0.1, 0.751365069552, 0.772928465321], abs=5e-13)
    assert len(lines) == 3


def test_columns_may_come_in_any_order_and_stay_in_it(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_bytes("\ufeffi2, i1\r\n\r\n0.1,0.05\r\n".encode())
    lines = written(session, file)
    assert lines[0] == "i2,i1,o1,o2"
    assert float(lines[1].split(",")[2]) == pytest.approx(0.751365069552, abs=5e-13)


def test_a_long_file_is_written_block_by_block(session: Session, tmp_path: Path) -> None:
    inputs = np.random.default_rng(0).normal(size=(2 * BLOCK + 7, 2))
    file = tmp_path / "in.csv"
    file.write_text("i1,i2\n" + "".join(f"{a!r},{b!r}\n" for a, b in inputs.tolist()))
    parts: list[bytes] = []
    assert predict_file(session, file, parts.append)
    assert len(parts) == 4
    rows = np.array([[float(cell) for cell in line.split(",")] for line in b"".join(parts).decode().splitlines()[1:]])
    assert np.array_equal(rows[:, :2], inputs)
    assert rows[:, 2:] == pytest.approx(predict(session, inputs), rel=1e-15)
    assert not predict_file(session, file, parts.append, lambda: True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty. Its first line must name the inputs: i1, i2"),
        (b"i1,i2\n1,x\n", "line 2, column i2: 'x' is not a finite number"),
        (b"i1,i2\n1,2\n1,\n", "line 3, column i2: the cell is empty"),
        (b"i1,i2\n1,inf\n", "line 2, column i2: 'inf' is not"),
        (b"i1,i2\n1,1_0\n", "line 2, column i2: '1_0' is not"),
        (b"i1,i2\n1\n", "line 2, column i2: the line has 1 cell, the header 2"),
        (b"i1,i2\n1,2,3\n", "line 2, column 3: the line has 3 cells, the header 2"),
        (b"i1,i3\n1,2\n", "line 1: unknown input 'i3'. Did you mean"),
        (b"i1,i1\n1,2\n", "line 1: the column 'i1' is there twice"),
        (b"i1\n1\n", "line 1: the header does not name the input 'i2'"),
        (b"i1,i2\n1,\xff\n", "line 2: the line is no text in UTF-8"),
        (b"i1,i2\n1,\0\n", "line 2: the line has a zero byte"),
        (b'i1,i2\n"1"x,2\n', "line 2: the line is no CSV"),
        (b"i1,i2\n" + b"1" * (1 << 22), "line 2: the line is longer than"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_by_line_and_column(
    session: Session, tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "in.csv"
    file.write_bytes(content)
    with pytest.raises(Refused) as refused:
        predict_file(session, file, lambda part: None)
    assert words in str(refused.value)
    assert "in.csv" in str(refused.value)


def test_a_file_that_is_missing_or_a_folder_is_refused(session: Session, tmp_path: Path) -> None:
    for path, words in ((tmp_path / "no.csv", "cannot be read"), (tmp_path, "it is a folder")):
        with pytest.raises(Refused, match=words):
            predict_file(session, path, lambda part: None)


def engineered(scaling: str = "standardise") -> Session:
    document = open_document("spiral").with_values(
        {"inputs": 3, "data.features": ["x1", "x2", "x1*x2"], "scaling": scaling})
    return Session(document)


def test_with_engineered_inputs_the_raw_ones_are_asked_for(tmp_path: Path) -> None:
    session = engineered()
    data, file = session.segment.data, tmp_path / "in.csv"
    x, y = data.raw_inputs[4].tolist()
    file.write_text(f"x2,x1\n{y!r},{x!r}\n")
    header, row = written(session, file)
    assert header == "x2,x1,arm"
    known = session.problem.outputs(session.parameters_now(), data.inputs)
    last = len(session.problem.network.layers)
    assert float(row.split(",")[2]) == pytest.approx(float(known[f"out{last}"][0, 4]), rel=1e-12)


def test_a_header_of_engineered_inputs_is_refused_with_the_raw_ones(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("x1,x2,x1*x2\n1,2,2\n")
    with pytest.raises(Refused, match=r"unknown input 'x1\*x2'"):
        written(engineered(), file)


@pytest.mark.parametrize("inputs", [[[1.0]], [1.0, 2.0], [[1.0, 2.0, 3.0]]])
def test_inputs_of_another_shape_are_refused_in_a_sentence(inputs: list[object]) -> None:
    with pytest.raises(Refused, match=r"an example has 2 numbers\. Give a row of numbers for each example"):
        predict(engineered("none"), np.array(inputs))


@pytest.mark.parametrize("scaling", SCALINGS)
def test_where_a_formula_of_the_inputs_has_no_value_there_is_no_answer_and_it_is_said(
    scaling: str, tmp_path: Path
) -> None:
    document = Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 2,
        "layers": [{"units": 1, "activation": "tanh"}], "loss": "half_squared_error", "scaling": scaling,
        "data": {"features": ["log(x1)", "1/x2"], "inputs": [[1, 2], [3, 4], [5, 1]], "targets": [[0], [1], [0]]},
    })
    file = tmp_path / "in.csv"
    file.write_text("x1,x2\n0,0\n1,2\n3,0\n-1,1\n")
    parts: list[bytes] = []
    notes: list[str] = []
    assert predict_file(Session(document), file, parts.append, note=notes.append)
    answers = [line.split(",")[2] for line in b"".join(parts).decode().splitlines()[1:]]
    assert [answer == "nan" for answer in answers] == [True, False, True, True]
    assert notes == [
        "3 rows have no answer (nan): a formula of their inputs has no value there, or their numbers are too large."]


@pytest.mark.parametrize("inputs", [[["a", 1]], [[1, 2], [3]], [[None, object()]]])
def test_what_are_no_rows_of_numbers_is_refused_with_a_sentence(session: Session, inputs: list[list[object]]) -> None:
    with pytest.raises(Refused, match="the inputs are not rows of numbers"):
        predict(session, inputs)  # type: ignore[arg-type]     # what a script may give
