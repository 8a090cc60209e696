"""A block of cells from a spreadsheet: which of its columns are which, and the numbers and classes in them.

What cannot be read is named with its row and column, counted as in the block.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.data.csv_cells import MISSING, has_decimal_comma, in_order, number_of
from nnviz.data.csv_rows import CsvForm, Rows, guess_form_of
from nnviz.errors import ChoiceRefused, DataRefused
from nnviz.words import counted, tr

Array = NDArray[np.float64]

MOST_CHARACTERS = 20_000_000
MOST_PASTED = 100_000           # rows
_SPACES = re.compile(r"[ \u00a0]+")


@dataclass(frozen=True)
class Block:
    """The cells of a block, all rows equally long; `headings` of its columns, where its first row has them."""

    cells: tuple[tuple[str, ...], ...]
    headings: tuple[str, ...] | None
    decimal: str

    @property
    def width(self) -> int:
        return len(self.cells[0])


@dataclass(frozen=True)
class TableColumn:
    """A column of a table of examples.

    Its cells are numbers, or names among `names`, which stand for 0, 1, ...; each is the name of a `kind`.  With
    `renamed` as many other names may stand for them.
    """

    title: str
    names: tuple[str, ...] = ()
    renamed: bool = False
    kind: str = "class"


@dataclass(frozen=True)
class Fitting:
    """Where each column of a block comes in the table; None: it is left out."""

    places: tuple[int | None, ...]

    @property
    def left_out(self) -> tuple[int, ...]:
        """The columns of the block that come nowhere."""
        return tuple(column for column, place in enumerate(self.places) if place is None)


@dataclass(frozen=True, eq=False)
class PastedRows:
    """What a block says: the numbers of a column of the table, (rows,), by its place there.

    A name is the place of that name; `renamed` tells which word was taken for which name, by column.
    """

    rows: int
    numbers: dict[int, Array]
    renamed: dict[int, tuple[tuple[str, str], ...]]


def read_block(text: str, titles: Sequence[str]) -> Block:
    """The cells of copied text; columns are parted by tabs, semicolons, bars, commas or spaces.

    A first row without numbers above others with numbers has headings, and so has one that names columns of the table,
    whose `titles` these are.

    >>> read_block("x;y\\n0,5;1\\n2;3\\n", ())
    Block(cells=(('0,5', '1'), ('2', '3')), headings=('x', 'y'), decimal=',')
    """
    if not text.strip():
        raise DataRefused(tr("The clipboard has no text"), hint=tr("Copy cells of a spreadsheet first"))
    if len(text) > MOST_CHARACTERS:
        raise DataRefused(tr("The clipboard has more than {most:,} characters").format(most=MOST_CHARACTERS),
                          hint=tr("Import a file of them instead"))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    form = guess_form_of(text)
    if form.delimiter not in text:
        text = "\n".join(_SPACES.sub("\t", line.strip()) for line in text.split("\n") if line.strip())
        form = CsvForm("\t")
    rows = Rows(io.BytesIO(text.encode("utf-8", "replace")), CsvForm(form.delimiter, ".", False), tr("The clipboard"))
    cells = [tuple(cell.strip() for cell in row) for part in rows.parts()
             for row in zip(*part.columns, strict=True) if any(cell.strip() for cell in row)]
    if len(cells) > MOST_PASTED + 1:
        raise DataRefused(tr("The clipboard has more than {most:,} rows").format(most=MOST_PASTED),
                          hint=tr("Import a file of them instead"))
    commas = sum(has_decimal_comma(cell) for row in cells for cell in row)
    points = sum("." in cell and number_of(cell, ".") is not None for row in cells for cell in row)
    decimal = "," if commas > points else "."
    headed = _has_headings(cells, titles, decimal)
    if headed and len(cells) == 1:
        raise DataRefused(tr("The clipboard has headings but no rows"))
    return Block(tuple(cells[1:] if headed else cells), cells[0] if headed else None, decimal)


def _has_headings(cells: Sequence[Sequence[str]], titles: Sequence[str], decimal: str) -> bool:
    first = cells[0]
    known = {title.casefold() for title in titles}
    if any(cell for cell in first) and all(cell.casefold() in known for cell in first if cell):
        # names of classes may be numbers, and titles, too
        return not all(number_of(cell, decimal) is not None for cell in first)
    if any(number_of(cell, decimal) is not None for cell in first):
        return False
    return any(number_of(cell, decimal) is not None for row in cells[1:] for cell in row)


def fit_block(block: Block, columns: Sequence[TableColumn], first: int) -> Fitting:
    """Where the columns of a block come: by their headings, where one of these names a column, else from `first` on."""
    titles = {column.title.casefold(): place for place, column in reversed(list(enumerate(columns)))}
    if block.headings is not None:
        places = [titles.get(heading.casefold()) for heading in block.headings]
        if any(place is not None for place in places):
            seen: set[int] = set()
            for number, place in enumerate(places):
                if place in seen:
                    places[number] = None
                elif place is not None:
                    seen.add(place)
            return Fitting(tuple(places))
    return Fitting(tuple(first + column if first + column < len(columns) else None for column in range(block.width)))


def read_pasted(block: Block, fitting: Fitting, columns: Sequence[TableColumn]) -> PastedRows:
    """The numbers in a block; `DataRefused` names the row and the column of a cell that says none."""
    numbers: dict[int, Array] = {}
    renamed: dict[int, tuple[tuple[str, str], ...]] = {}
    for number, place in enumerate(fitting.places):
        if place is None:
            continue
        cells, column = [row[number] for row in block.cells], columns[place]
        words: Callable[[str], float | None] = _reader(block.decimal)
        if column.names:
            known, told = _names(cells, column)
            words = known.get
            if told:
                renamed[place] = told
        values = np.empty(len(cells))
        for row, cell in enumerate(cells):
            value = words(cell.casefold() if column.names else cell)
            if value is None or not np.isfinite(value):
                raise _refusal(cell, row + (2 if block.headings else 1), number, column, block)
            values[row] = value
        numbers[place] = values
    return PastedRows(len(block.cells), numbers, renamed)


def _reader(decimal: str) -> Callable[[str], float | None]:
    def read(cell: str) -> float | None:
        plain = cell.replace("\N{MINUS SIGN}", "-")
        return number_of(plain, decimal)

    return read


def _names(cells: Sequence[str], column: TableColumn) -> tuple[dict[str, float], tuple[tuple[str, str], ...]]:
    """What each word stands for, and which words stand for names that are others.

    Other words are taken in the order of the names, where none of them is a name and there are as many: of fewer
    nobody can tell which they mean.
    """
    known = {name.casefold(): float(place) for place, name in enumerate(column.names)}
    words = {cell for cell in cells if cell and cell.casefold() not in MISSING}
    if not column.renamed or not words or len(words) != len(column.names) or any(
            word.casefold() in known for word in words):
        return known, ()
    told = tuple(zip(in_order(words), column.names, strict=False))
    return {word.casefold(): known[name.casefold()] for word, name in told}, told


def _refusal(cell: str, row: int, number: int, column: TableColumn, block: Block) -> DataRefused:
    where = tr("row {row}, column {column} ({title})").format(row=row, column=number + 1, title=column.title[:40])
    text = repr(cell if len(cell) <= 40 else cell[:39] + "…")
    if not cell or cell.casefold() in MISSING:
        return DataRefused(tr("the value is missing"), where, tr("Fill it in, or leave the row out"))
    if column.names:
        unknown = ChoiceRefused.unknown(column.kind, cell[:60], column.names, where)
        return DataRefused(unknown.what, where, unknown.hint)
    hint = ""
    if block.decimal == "." and has_decimal_comma(cell):
        hint = tr("Other numbers have a decimal point; write all alike")
    elif block.decimal == "," and number_of(cell, ".") is not None:
        hint = tr("Other numbers have a decimal comma; write all alike")
    if not hint and (value := _reader(block.decimal)(cell)) is not None and np.isinf(value):
        return DataRefused(tr("{cell} is too large").format(cell=text), where)
    return DataRefused(tr("{cell} is not a number").format(cell=text), where, hint)


def said_of_left_out(block: Block, fitting: Fitting) -> str:
    """Which columns of a block come nowhere, as a sentence; "" where all come somewhere."""
    names = [f"{number + 1}" + (f" ({block.headings[number][:24]})" if block.headings else "")
             for number in fitting.left_out]
    if not names:
        return ""
    return counted(len(names), "Column {names} has no place here and is left out.",
                   "Columns {names} have no place here and are left out.", names=", ".join(names))
