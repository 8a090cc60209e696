"""`import nnviz` is light, and then has for scripts what the window has."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import nnviz
from nnviz.errors import CannotWrite, NnvizError
from nnviz.session.examples import open_example

ROOT = Path(__file__).parent.parent


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_importing_nnviz_imports_nothing_heavy() -> None:
    code = "import nnviz, sys, json; print(json.dumps(sorted(name.partition('.')[0] for name in sys.modules)))"
    assert not {"numpy", "orjson", "PySide6", "pyqtgraph"} & set(json.loads(run_python(code)))


def test_numpy_gets_one_thread_unless_the_user_says_otherwise() -> None:
    code = "import os; {}import nnviz; print(os.environ['OPENBLAS_NUM_THREADS'])"
    assert run_python("import os; os.environ.pop('OPENBLAS_NUM_THREADS', 0); " + code.format("")) == "1\n"
    assert run_python(code.format("os.environ['OPENBLAS_NUM_THREADS'] = '2'; ")) == "2\n"


def test_every_public_name_is_there() -> None:
    assert set(nnviz.__all__) <= set(dir(nnviz))
    for name in nnviz.__all__:
        assert getattr(nnviz, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = nnviz.nothing


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert nnviz.__version__ == project["version"]


def test_the_session_in_the_docstring_is_real() -> None:
    assert doctest.testmod(nnviz).failed == 0


def test_a_session_steps_seeks_and_is_read() -> None:
    session = nnviz.load("mazur-2-2-2")
    assert session.record.loss == pytest.approx(0.298371108760, abs=5e-13)
    session.advance_steps(10)
    first = nnviz.rows(session, "metrics")
    assert first[0][0] == 10
    session.seek(3)
    assert nnviz.rows(session, "metrics")[0][0] == 3
    session.seek(10)
    assert nnviz.rows(session, "metrics") == first


def test_a_table_can_be_had_as_arrays() -> None:
    table = nnviz.arrays(nnviz.load("mazur-2-2-2"), "parameters")
    assert table["label"].tolist() == ["w1", "w2", "w3", "w4", "b1", "w5", "w6", "w7", "w8", "b2"]
    assert table["layer"].dtype.kind == "i" and table["gradient"].dtype == np.float64
    assert table["new_value"] == pytest.approx(table["value"] + table["update"], abs=0.0)


def test_empty_numbers_are_nan_in_arrays_and_empty_texts_are_empty() -> None:
    session = nnviz.load("mazur-2-2-2")
    assert np.isnan(nnviz.arrays(session, "neurons")["net_input"]).tolist() == [True, True, False, False, False, False]
    assert nnviz.arrays(session, "parameters")["source"].tolist()[4] == ""
    assert nnviz.arrays(session, "examples")["example"].tolist()[:2] == ["0", "mean"]


@pytest.mark.parametrize("table", ["parameters", "examples", "neurons", "trace", "metrics"])
def test_every_table_has_rows_and_arrays_of_one_length(table: str) -> None:
    session = nnviz.load("xor")
    rows, arrays = nnviz.rows(session, table), nnviz.arrays(session, table)
    assert {len(column) for column in arrays.values()} == {len(rows)}
    assert len(arrays) == len(rows[0])


def test_what_is_saved_goes_on_bit_for_bit(tmp_path: Path) -> None:
    session = nnviz.load("multi-label")
    session.advance_steps(5)
    nnviz.save(session, tmp_path / "five.json")
    assert not session.is_modified
    again = nnviz.load(tmp_path / "five.json")
    session.advance_steps(4)
    again.advance_steps(4)
    assert again.parameters_now().tobytes() == session.parameters_now().tobytes()


def test_an_export_is_what_the_command_line_writes(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    from nnviz.cli import main

    nnviz.export(nnviz.load("xor"), "trace", tmp_path / "trace.csv", steps=5, every=2)
    assert main(["export", "xor", "--table", "trace", "--steps", "5", "--every", "2"]) == 0
    assert capfdbinary.readouterr().out == (tmp_path / "trace.csv").read_bytes()


def test_what_cannot_be_done_is_one_kind_of_error(tmp_path: Path) -> None:
    with pytest.raises(NnvizError, match="no such file or example"):
        nnviz.load(tmp_path / "missing.json")
    with pytest.raises(NnvizError, match="Did you mean 'trace'"):
        nnviz.rows(nnviz.load("xor"), "traces")
    with pytest.raises(CannotWrite, match="folder does not exist"):
        nnviz.save(nnviz.load("xor"), tmp_path / "nowhere" / "net.json")
    assert open_example("xor") == nnviz.load("xor").document


def test_gradients_are_checked_and_outputs_computed_without_a_window() -> None:
    session = nnviz.load("mazur-2-2-2")
    assert nnviz.check(session).holds
    outputs = [0.751365069552, 0.772928465321]
    assert nnviz.predict(session, [[0.05, 0.1]])[0].tolist() == pytest.approx(outputs, abs=5e-13)
    found = nnviz.answers(session)
    assert found is not None
    assert found.residuals.tolist()[0] == pytest.approx([0.741365069552, -0.217071534679], abs=5e-13)
    assert nnviz.answers(session, "test") is None
