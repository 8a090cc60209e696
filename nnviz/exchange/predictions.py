"""What the network says of inputs it was never shown: a CSV file in, the same rows with the outputs beside them out.

Rows are read, computed and written a thousand at a time, so that a file may be longer than the memory.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

import numpy as np

from nnviz.engine.calls import Array
from nnviz.errors import ChoiceRefused, Refused
from nnviz.exchange.csv_writer import write_numbers, write_row
from nnviz.exchange.files import reason_of
from nnviz.exchange.tables import Cancelled
from nnviz.report.inputs import answers_to, asked_names
from nnviz.session.session import Session
from nnviz.words import counted, tr

BLOCK = 1000                 # rows
LONGEST_LINE = 1 << 22       # bytes: 4,096 inputs of any number of digits fit


def predict(session: Session, inputs: Array) -> Array:
    """The outputs (examples, outputs) for inputs (examples, inputs), engineered and scaled as the examples are."""
    try:
        raw = np.asarray(inputs, dtype=np.float64)
    except (TypeError, ValueError):
        raise Refused(tr("the inputs are not rows of numbers, all as long"),
                      hint=tr("Give a row of numbers for each example")) from None
    return answers_to(session.problem, session.parameters_now(), session.segment.data, raw)


def predict_file(
    session: Session, path: str | os.PathLike[str], write: Callable[[bytes], object],
    cancelled: Cancelled | None = None, note: Callable[[str], object] | None = None,
) -> bool:
    """Writes the rows of the CSV file at `path` with the network's outputs; False where it was cancelled.

    Rows without an answer are written as nan, and how many they are is told to `note` at the end.

    Its header names the inputs, in any order: those of the network, or, where these are formulas, those that the
    formulas are made of (x1, x2, ...).  `Refused` names the line and the column of what cannot be read.
    """
    shown, network = os.fspath(path), session.problem.network
    check_predicts(session)
    with _opened(shown) as file:
        rows = _rows(file, shown)
        names = next(rows, (0, []))[1]
        order = _order(names, asked_names(network, session.segment.data), shown)
        write(write_row([*names, *network.names(len(network.layers))]))
        unanswered = 0
        for block in _blocks(rows, names, shown):
            if cancelled is not None and cancelled():
                return False
            outputs = predict(session, block[:, order])
            unanswered += int(np.isnan(outputs).any(axis=1).sum())
            write(_written(np.hstack([block, outputs])))
    if unanswered and note is not None:
        note(counted(
            unanswered, "{count} row has no answer (nan): a formula of its inputs has no value there, or its numbers "
            "are too large.", "{count} rows have no answer (nan): a formula of their inputs has no value there, or "
            "their numbers are too large."))
    return True


def check_predicts(session: Session) -> None:
    """Refuses a surface and a graph, which have no inputs that another number could be put for."""
    if session.document.graph is not None:
        hint = tr("Give its leaves other values, or ask for its trace")
        raise Refused(tr("a computation graph takes no inputs, so there is nothing to predict"), hint=hint)
    if session.document.surface is not None:
        hint = tr("Ask for its parameters, x and y")
        raise Refused(tr("a surface takes no inputs, so there is nothing to predict"), hint=hint)


def _opened(shown: str) -> BinaryIO:
    try:
        return open(shown, "rb")
    except ValueError as error:
        raise Refused(tr("it is not a file name"), repr(shown)) from error
    except OSError as error:
        reason = tr("there is no such file") if isinstance(error, FileNotFoundError) else reason_of(error)
        raise Refused(tr("it cannot be read: {reason}").format(reason=reason), shown) from error


def _written(numbers: Array) -> bytes:
    return b"".join([line + b"\n" for line in write_numbers(numbers)])


def _lines(file: BinaryIO, shown: str) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            what = tr("the line is longer than {most} bytes").format(most=LONGEST_LINE)
            raise Refused(what, _at(shown, number), tr("Is it a CSV file?"))
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            hint = tr("Save it as CSV in UTF-8")
            raise Refused(tr("the line is no text in UTF-8"), _at(shown, number), hint) from error
        if "\0" in text:
            raise Refused(tr("the line has a zero byte"), _at(shown, number), tr("Is it a CSV file?"))
        yield text


def _rows(file: BinaryIO, shown: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its last line."""
    reader = csv.reader(_lines(file, shown), strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            what = tr("the line is no CSV ({reason})").format(reason=error)
            raise Refused(what, _at(shown, reader.line_num)) from error
        if row is None:
            return
        if row:
            yield reader.line_num, [cell.strip() for cell in row]


def _at(shown: str, line: int, column: str = "") -> str:
    place = tr("line {line}, column {column}") if column else tr("line {line}")
    return f"{shown}: {place.format(line=line, column=column)}"


def _order(names: Sequence[str], inputs: Sequence[str], shown: str) -> list[int]:
    """For each input of the network its column."""
    if not names:
        hint = tr("Its first line must name the inputs: {names}").format(names=_listed(inputs))
        raise Refused(tr("it is empty"), shown, hint)
    for name in names:
        if name not in inputs:
            raise ChoiceRefused.unknown("input", name[:60], inputs, _at(shown, 1))
        if names.count(name) > 1:
            raise Refused(tr("the column {name!r} is there twice").format(name=name), _at(shown, 1))
    missing = [name for name in inputs if name not in names]
    if missing:
        what = tr("the header does not name the input {name!r}").format(name=missing[0])
        hint = tr("It must name all inputs: {names}").format(names=_listed(inputs))
        raise Refused(what, _at(shown, 1), hint)
    return [names.index(name) for name in inputs]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")


def _blocks(rows: Iterator[tuple[int, list[str]]], names: Sequence[str], shown: str) -> Iterator[Array]:
    block: list[list[float]] = []
    for line, cells in rows:
        if len(cells) != len(names):
            what = counted(len(cells), "the line has {count} cell, the header {names}",
                           "the line has {count} cells, the header {names}", names=len(names))
            column = names[len(cells)] if len(cells) < len(names) else str(len(names) + 1)
            raise Refused(what, _at(shown, line, column))
        block.append([_number(cell, line, name, shown) for cell, name in zip(cells, names, strict=True)])
        if len(block) == BLOCK:
            yield np.array(block)
            block = []
    if block:
        yield np.array(block)


def _number(cell: str, line: int, name: str, shown: str) -> float:
    try:
        value = float(cell) if "_" not in cell else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        what = tr("{text!r} is not a finite number").format(text=cell[:40]) if cell else tr("the cell is empty")
        raise Refused(what, _at(shown, line, name))
    return value
