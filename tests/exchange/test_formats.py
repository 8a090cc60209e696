"""Every format holds the same table: the same cells, whatever the bytes."""

from __future__ import annotations

import csv
import io
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nnviz
from nnviz.exchange.formats import FORMATS, find_format, format_of
from nnviz.exchange.tables import TABLES, run_and_export
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from tests.networks import document

ROOT = Path(__file__).parents[2]


def written(source: Document, table: str, form: str, steps: int = 4) -> bytes:
    parts: list[bytes] = []
    run_and_export(source, table, steps, 1, parts.append, form=find_format(form))
    return b"".join(parts)


def same(cell: str, value: Any) -> bool:
    """Whether a CSV cell and a Parquet value say the same, to the last bit."""
    if value is None:
        return cell == ""
    if isinstance(value, float):
        return float(cell) == value or (math.isnan(value) and math.isnan(float(cell)))
    return cell.removeprefix("'") == str(value).removeprefix("'")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", ["mazur-2-2-2", "xor-relu-dead"])
def test_parquet_has_the_cells_of_the_csv(table: str, name: str) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    source = open_example(name)
    wanted = list(csv.reader(io.StringIO(written(source, table, "csv").decode())))
    found = parquet.read_table(io.BytesIO(written(source, table, "parquet")))
    assert found.column_names == wanted[0] and found.num_rows == len(wanted) - 1 > 0
    for row, values in zip(wanted[1:], found.to_pylist(), strict=True):
        assert all(same(cell, value) for cell, value in zip(row, values.values(), strict=True)), (row, values)


def test_what_is_not_finite_is_kept(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    source = document(optimiser={"name": "sgd", "learning_rate": 1e300}, loss="squared_error",
                      layers=[{"units": 2, "activation": "identity"}, {"units": 1, "activation": "identity"}])
    found = parquet.read_table(io.BytesIO(written(source, "parameters", "parquet", 50)))
    assert any(not math.isfinite(value) for value in found["new_value"].to_pylist())


def test_rows_are_told_whatever_the_format() -> None:
    pytest.importorskip("pyarrow")
    for form in FORMATS.values():
        outcome = run_and_export(open_example("mazur-2-2-2"), "parameters", 3, 1, lambda part: None, form=form)
        assert outcome.rows == 30


def test_the_ending_of_a_name_says_the_format(tmp_path: Path) -> None:
    assert format_of(".parquet").name == format_of(".PARQUET").name == "parquet"
    assert format_of(".csv").name == format_of("").name == format_of(".txt").name == "csv"
    parquet = pytest.importorskip("pyarrow.parquet")
    nnviz.export(nnviz.load("mazur-2-2-2"), "metrics", tmp_path / "m.parquet", steps=5)
    assert parquet.read_table(tmp_path / "m.parquet")["step"].to_pylist() == [1, 2, 3, 4, 5]


def test_the_command_line_writes_parquet_or_says_what_is_missing(tmp_path: Path) -> None:
    out = tmp_path / "table.parquet"
    hidden = "import sys; sys.modules['pyarrow'] = None; from nnviz.__main__ import main; sys.exit(main())"
    command = ["export", "mazur-2-2-2", "--table", "parameters", "--format", "parquet", "-o", str(out)]
    refused = subprocess.run([sys.executable, "-c", hidden, *command], cwd=ROOT, capture_output=True, text=True,
                             check=False)
    assert refused.returncode == 2 and "pip install pyarrow" in refused.stderr and not out.exists()
    assert refused.stderr.count("\n") == 1
    pytest.importorskip("pyarrow")
    subprocess.run([sys.executable, "-m", "nnviz", *command], cwd=ROOT, check=True)
    assert out.read_bytes()[:4] == b"PAR1"


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    command = ["-m", "nnviz", "export", "xor", "--table", "metrics", "--format", "parquett"]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "parquet" in done.stderr and not done.stdout
