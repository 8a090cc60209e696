"""Tables as CSV (RFC 4180, UTF-8, `\n` at the end of a line), fast enough for millions of numbers.

A table comes in blocks of rows.  A block can be shown, row by row, or written, all its numbers in one go.  A float is
written with the fewest digits that read back to the same float64; what is not finite is `nan`, `inf` or `-inf`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Protocol

import numpy as np
import orjson

from nnviz.engine.calls import Array

Cell = int | float | str | None
Row = tuple[Cell, ...]

# A spreadsheet takes a text that begins like this for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_QUOTED = frozenset(',"\r\n')


def write_cell(cell: Cell) -> bytes:
    """One cell; None is empty. Texts are quoted where they must be, and never begin like a formula.

    >>> write_cell("W1[0,1]"), write_cell("=1+1"), write_cell(1e-7), write_cell(float("inf")), write_cell(None)
    (b'"W1[0,1]"', b"'=1+1", b'1e-7', b'inf', b'')
    """
    if cell is None:
        return b""
    if isinstance(cell, str):
        text = f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
        if not _QUOTED.isdisjoint(text):
            text = '"' + text.replace('"', '""') + '"'
        return text.encode("utf-8")
    if isinstance(cell, float) and not np.isfinite(cell):
        return str(float(cell)).encode()
    return orjson.dumps(cell)


def write_row(row: Sequence[Cell]) -> bytes:
    """One line, with its end."""
    return b",".join([write_cell(cell) for cell in row]) + b"\n"


def write_numbers(numbers: Array) -> list[bytes]:
    """The rows of a (rows, columns) array, each as `0.1,0.2,0.3`."""
    if not numbers.size:
        return [b""] * len(numbers)
    lines = orjson.dumps(np.ascontiguousarray(numbers), option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].split(b"],[")
    finite = np.isfinite(numbers)
    if not finite.all():   # orjson writes null there
        for place in np.flatnonzero(~finite.all(axis=1)):
            lines[place] = b",".join([write_cell(number) for number in numbers[place].tolist()])
    return lines


class Block(Protocol):
    """Some rows of a table, one after the other."""

    def __len__(self) -> int:
        """How many rows."""
        ...

    def rows(self) -> Iterator[Row]:
        """The rows as plain values."""
        ...

    def written(self) -> bytes:
        """The same rows as CSV."""
        ...


class Heads(Protocol):
    """The cells that name rows, and the same as CSV with a comma at the end."""

    @property
    def cells(self) -> Sequence[Row]: ...

    @property
    def texts(self) -> Sequence[bytes]: ...


@dataclass(frozen=True, eq=False)
class Names:
    """Cells that are the same in every step: their bytes are made once."""

    cells: Sequence[Row]

    @cached_property
    def texts(self) -> list[bytes]:
        return [b"".join([write_cell(cell) + b"," for cell in row]) for row in self.cells]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Every row of `outer` with every row of `inner`, `inner` changing faster."""

    outer: Heads
    inner: Heads

    @property
    def cells(self) -> list[Row]:
        return [first + second for first, second in product(self.outer.cells, self.inner.cells)]

    @property
    def texts(self) -> list[bytes]:
        return [first + second for first, second in product(self.outer.texts, self.inner.texts)]


@dataclass(frozen=True, eq=False)
class NumberBlock:
    """Rows that begin alike (`leading`), go on with their names, then numbers (rows, columns), then `trailing`."""

    leading: Row
    names: Heads
    numbers: Array
    trailing: Row = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self) -> Iterator[Row]:
        for names, numbers in zip(self.names.cells, self.numbers.tolist(), strict=True):
            yield (*self.leading, *names, *numbers, *self.trailing)

    def written(self) -> bytes:
        count = len(self.numbers)
        if not count:
            return b""
        beginning = b"".join([write_cell(cell) + b"," for cell in self.leading])
        ending = b"".join([b"," + write_cell(cell) for cell in self.trailing]) + b"\n"
        parts = [b""] * (3 * count)
        parts[0::3] = [ending + beginning] * count
        parts[0] = beginning
        parts[1::3] = self.names.texts
        parts[2::3] = write_numbers(self.numbers)
        return b"".join(parts) + ending


@dataclass(frozen=True, eq=False)
class RowBlock:
    """Rows of any cells."""

    cells: Sequence[Row]

    def __len__(self) -> int:
        return len(self.cells)

    def rows(self) -> Iterator[Row]:
        return iter(self.cells)

    def written(self) -> bytes:
        return b"".join(map(write_row, self.cells))
