"""What scripts and notebooks need, in a handful of functions: `import nnviz` hands them out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.check import GradientCheck, check_gradients
from nnviz.exchange import predictions
from nnviz.exchange.csv_writer import Cell, Row
from nnviz.exchange.files import whole_file, write_file
from nnviz.exchange.formats import format_of
from nnviz.exchange.tables import Context, Outcome, find_table, run_and_export
from nnviz.exchange.tables import rows as rows_of
from nnviz.report.metrics import Survey
from nnviz.report.predictions import Part, Predictions, predictions_of
from nnviz.session.examples import open_document
from nnviz.session.session import Session


def load(name_or_path: str | os.PathLike[str]) -> Session:
    """The session of a bundled example or of a file; raises `NnvizError` with a sentence where it cannot be opened."""
    return Session(open_document(name_or_path))


def save(session: Session, path: str | os.PathLike[str]) -> None:
    """Writes the network as it stands; opened again, it continues bit for bit."""
    write_file(path, session.document_now().placed_in(Path(path).parent).to_bytes())
    session.mark_saved()


def rows(session: Session, table: str) -> list[Row]:
    """The rows of a table for the step that the session shows; None where a cell is empty."""
    return rows_of(table, session.record, Context.of_session(session))


def arrays(session: Session, table: str) -> dict[str, NDArray[Any]]:
    """The same by column: whole numbers, float64 with NaN where a cell is empty, or texts; each (rows,)."""
    columns = find_table(table).columns
    cells = zip(*rows(session, table), strict=True)
    return {name: _column(column) for name, column in zip(columns, cells, strict=True)}


def _column(cells: tuple[Cell, ...]) -> NDArray[Any]:
    if any(isinstance(cell, str) for cell in cells):
        return np.array(["" if cell is None else str(cell) for cell in cells])
    if any(cell is None or isinstance(cell, float) for cell in cells):
        return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    return np.array(cells)


def export(session: Session, table: str, path: str | os.PathLike[str], steps: int, every: int = 1) -> Outcome:
    """Writes a table of the branch's first `steps` steps: of 1, 1 + every, ... and the last.

    A path that ends in .parquet is written as Parquet (which needs pyarrow), any other as CSV.
    Steps that the session has not reached yet are computed; the session stays where it is.
    """
    with whole_file(path) as file:
        return run_and_export(session, table, steps, every, file.write, form=format_of(Path(path).suffix))


def check(session: Session) -> GradientCheck:
    """Compares every gradient of the shown step with a numerical derivative: `holds`, `errors`, `worst(10)`."""
    record = session.record
    found = check_gradients(record.problem, record.parameters, record.rows)
    assert found is not None      # nobody cancels it
    return found


def predict(session: Session, inputs: Any) -> NDArray[np.float64]:
    """The outputs (examples, outputs) where the session stands, for inputs (examples, inputs) as a data set has them.

    They are engineered and scaled as the training examples are.
    """
    predictions.check_predicts(session)
    return predictions.predict(session, inputs)


def answers(session: Session, part: Part = "training") -> Predictions | None:
    """Outputs beside targets of the training or the test set: `confusion()`, `r_squared()`, `residuals`.

    None where there is no test set, and of a surface and a graph, which answer nothing.
    """
    if not session.problem.network.has_units:
        return None
    return predictions_of(Survey(session.problem, session.parameters_now(), session.segment.data), part)
