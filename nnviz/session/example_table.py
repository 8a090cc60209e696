"""Examples as a table: its columns are the inputs, the targets or the class they say, and which part a row belongs to.

A cell has a text that reads back to the very same number; a block of them can be written over the rows at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnviz.data.csv_cells import number_of
from nnviz.data.pasted import Block, Fitting, PastedRows, TableColumn, fit_block, read_block, read_pasted
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.errors import ChoiceRefused, EditRefused
from nnviz.report.numbers import full
from nnviz.session.document import Document
from nnviz.session.example_rows import MOST_ROWS, ExampleRows, input_names
from nnviz.session.parts import FloatArray
from nnviz.words import tr

PARTS = ("training", "test")
MOST_COPIED = 500_000           # cells
Kind = Literal["input", "target", "class", "part"]


@dataclass(frozen=True)
class Column:
    """One column: of which kind, and which input or target it is; `names` are what its numbers 0, 1, ... are called."""

    kind: Kind
    place: int
    title: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ExampleTable:
    """The rows of a document with their columns."""

    rows: ExampleRows
    columns: tuple[Column, ...]

    @classmethod
    def of(cls, rows: ExampleRows, document: Document) -> ExampleTable:
        """The table of `rows`; classes have one column where every row says one."""
        names = input_names(document, rows.inputs.shape[1])
        outputs = document.network.names(len(document.network.layers))
        columns = [Column("input", place, name) for place, name in enumerate(names)]
        if is_one_hot(rows.targets) and LOSSES[document.network.loss.name].classifies:
            columns.append(Column("class", 0, _title("class", names), tuple(outputs)))
        else:
            columns += [Column("target", place, name) for place, name in enumerate(outputs)]
        columns.append(Column("part", 0, _title("part", (*names, *outputs)), PARTS))
        return cls(rows, tuple(columns))

    def text(self, row: int, column: int) -> str:
        """A cell with every digit, or its name."""
        place = self.columns[column]
        value = self.value(row, column)
        return place.names[int(value)] if place.names else full(value)

    def value(self, row: int, column: int) -> float:
        """A cell as a number; a name as its place."""
        place = self.columns[column]
        if place.kind == "input":
            return float(self.rows.inputs[row, place.place])
        if place.kind == "target":
            return float(self.rows.targets[row, place.place])
        if place.kind == "class":
            return float(self.rows.targets[row].argmax())
        return float(self.rows.tested[row])

    def with_cell(self, row: int, column: int, text: str) -> ExampleRows:
        """The rows with another text in a cell; `EditRefused` where it says nothing that belongs there."""
        place = self.columns[column]
        where = tr("example {row}, {column}").format(row=row, column=place.title)
        if place.names:
            plain = text.strip().casefold()
            found = next((number for number, name in enumerate(place.names) if name.casefold() == plain), None)
            if found is None:
                unknown = ChoiceRefused.unknown(place.kind, text[:60], place.names)
                raise EditRefused(unknown.what, where, unknown.hint)
            value: float | None = float(found)
        else:
            plain = text.strip().replace("\N{MINUS SIGN}", "-")
            value = number_of(plain, "." if "." in plain or "," not in plain else ",")
        if value is None or not np.isfinite(value):
            raise EditRefused(tr("{text} is not a number").format(text=repr(text[:40])), where,
                              tr("Type a number such as 0.25"))
        return self._written({column: np.array([value])}, np.array([row], dtype=np.intp))

    # --- copying and pasting ------------------------------------------------------------------------------------

    def copied(self, rows: Sequence[int], columns: Sequence[int]) -> str:
        """Cells as a spreadsheet takes them, parted by tabs; with their titles where whole rows are copied."""
        if len(rows) * len(columns) > MOST_COPIED:
            text = tr("{count:,} cells are more than the {most:,} that are copied at once")
            raise EditRefused(text.format(count=len(rows) * len(columns), most=MOST_COPIED),
                              hint=tr("Select fewer rows"))
        lines = ["\t".join(self.columns[column].title for column in columns)] if len(columns) == len(
            self.columns) else []
        lines += ["\t".join(self.text(row, column) for column in columns) for row in rows]
        return "".join(f"{line}\n" for line in lines)

    def titles(self) -> list[str]:
        """What the columns are called."""
        return [column.title for column in self.columns]

    def block_columns(self) -> list[TableColumn]:
        """The columns as a block of cells is read for them; classes may have other names there."""
        return [TableColumn(column.title, column.names, column.kind == "class", column.kind) for column in self.columns]

    def read(self, text: str, first_column: int) -> Paste:
        """What pasted text says, its columns from `first_column` on unless its headings name others."""
        block, columns = read_block(text, self.titles()), self.block_columns()
        fitting = fit_block(block, columns, first_column)
        return Paste(block, fitting, read_pasted(block, fitting, columns))

    def pasted(self, paste: Paste, first_row: int, target: FloatArray) -> ExampleRows:
        """The rows with a block written over them from `first_row` on; those beyond the last are new ones.

        New rows that say no target get `target` (outputs,); without all their inputs they are refused.
        """
        count = paste.values.rows
        if max(len(self.rows), first_row + count) > MOST_ROWS:
            text = tr("there would be {count:,} examples, more than the {most:,} that can be edited by hand")
            raise EditRefused(text.format(count=first_row + count, most=MOST_ROWS), hint=tr("Paste fewer rows"))
        over = max(0, min(count, len(self.rows) - first_row))
        numbers = paste.values.numbers
        rows = self._written({column: values[:over] for column, values in numbers.items()},
                             np.arange(first_row, first_row + over))
        return rows if over == count else self._with_new(rows, numbers, over, target)

    def moves(self, paste: Paste, first_row: int) -> bool:
        """Whether a block that is written from `first_row` on takes rows to another part, so that they stand elsewhere.
        """
        for place, values in paste.values.numbers.items():
            if self.columns[place].kind == "part":
                rows = np.arange(first_row, min(len(self.rows), first_row + len(values)))
                return bool(((values[:len(rows)] > 0.0) != (rows >= self.rows.training)).any())
        return False

    def _with_new(self, rows: ExampleRows, numbers: dict[int, FloatArray], over: int, target: FloatArray
                  ) -> ExampleRows:
        missing = [column.title for place, column in enumerate(self.columns)
                   if column.kind == "input" and place not in numbers]
        if missing:
            text = tr("new rows need every input, and {names} have no column in what is pasted")
            raise EditRefused(text.format(names=", ".join(missing[:6])),
                              hint=tr("Copy these columns too, or paste over rows that are there"))
        count = len(next(iter(numbers.values()))) - over
        inputs, targets = np.zeros((count, rows.inputs.shape[1])), np.tile(target, (count, 1))
        tested = np.zeros(count, dtype=np.bool_)
        for place, values in numbers.items():
            column, fresh = self.columns[place], values[over:]
            if column.kind == "input":
                inputs[:, column.place] = fresh
            elif column.kind == "target":
                targets[:, column.place] = fresh
            elif column.kind == "class":
                targets[:] = np.eye(targets.shape[1])[fresh.astype(np.intp)]
            else:
                tested = fresh > 0.0
        rows = rows.added(inputs[~tested], targets[~tested])
        return rows.added(inputs[tested], targets[tested], tested=True) if tested.any() else rows

    def _written(self, numbers: dict[int, FloatArray], places: NDArray[np.intp]) -> ExampleRows:
        """The rows with other numbers in some columns of the rows at `places`."""
        inputs, targets, tested = self.rows.inputs.copy(), self.rows.targets.copy(), None
        for place, values in numbers.items():
            column = self.columns[place]
            if column.kind == "input":
                inputs[places, column.place] = values
            elif column.kind == "target":
                targets[places, column.place] = values
            elif column.kind == "class":
                targets[places] = np.eye(targets.shape[1])[values.astype(np.intp)]
            else:
                tested = values > 0.0
        rows = self.rows.with_numbers(inputs, targets)
        if tested is None or np.array_equal(rows.tested[places], tested):
            return rows
        return rows.with_parts(places, tested)


@dataclass(frozen=True, eq=False)
class Paste:
    """What is about to be written over rows: the cells, where their columns come, and the numbers they say."""

    block: Block
    fitting: Fitting
    values: PastedRows


def is_one_hot(targets: FloatArray) -> bool:
    """Whether every row of several targets says one class."""
    if targets.shape[1] < 2:
        return False
    return bool(np.isin(targets, (0.0, 1.0)).all() and (targets.sum(axis=1) == 1.0).all())


def _title(wanted: str, others: Sequence[str]) -> str:
    """A title that no other column has."""
    while wanted in others:
        wanted += "_"
    return wanted
