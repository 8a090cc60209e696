"""A table is the same table in every file format; only the bytes differ.

Each row of `FORMATS` is one.  CSV is read by everything; Parquet keeps the type of every column and takes a tenth of
the room, but needs pyarrow (Apache's own library, 50 MB), which is therefore an extra, `parquet`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from nnviz.errors import ChoiceRefused, Refused
from nnviz.exchange.csv_writer import Block, Cell, NumberBlock, write_row
from nnviz.words import tr

Write = Callable[[bytes], object]
ROWS_A_GROUP = 1 << 17      # rows that a Parquet file keeps together: memory stays bounded

WHOLE = frozenset(("step", "epoch", "layer", "order", "dead_units", "saturated_units"))
TEXT = frozenset(("parameter", "label", "kind", "target", "source", "unit", "phase", "operation", "node", "formula",
                  "calculation"))
# Tables in which an example can be their mean.
_EXAMPLE_OR_MEAN = frozenset(("examples", "trace"))


class Sink(Protocol):
    """Takes a table block by block. `end` is called once, after the last one, and not where writing failed."""

    def block(self, block: Block) -> None: ...
    def end(self) -> None: ...


class CsvSink:
    """The header, then every block as it writes itself."""

    def __init__(self, table: str, columns: Sequence[str], write: Write) -> None:
        self._write = write
        write(write_row(tuple(columns)))

    def block(self, block: Block) -> None:
        self._write(block.written())

    def end(self) -> None:
        """Every row is written already."""


class ParquetSink:
    """Columns of whole numbers, float64 and texts; an empty cell is null. NaN and infinity are kept as they are."""

    def __init__(self, table: str, columns: Sequence[str], write: Write) -> None:
        self._columns = tuple(columns)
        self._types = [self._type(table, name) for name in columns]
        self._out = _Stream(write)
        self._waiting: list[Any] = []
        self._rows = 0
        self._names: WeakKeyDictionary[object, list[Any]] = WeakKeyDictionary()
        pyarrow, parquet = _pyarrow()
        self._pyarrow = pyarrow
        self._schema = pyarrow.schema(list(zip(self._columns, self._types, strict=True)))
        self._file = parquet.ParquetWriter(self._out, self._schema, compression="zstd")

    @staticmethod
    def _type(table: str, name: str) -> Any:
        pyarrow, _ = _pyarrow()
        if name in TEXT or (name == "example" and table in _EXAMPLE_OR_MEAN):
            return pyarrow.string()
        return pyarrow.int64() if name in WHOLE or name == "example" else pyarrow.float64()

    def block(self, block: Block) -> None:
        if not len(block):
            return
        arrays = self._of_numbers(block) if isinstance(block, NumberBlock) else self._of_rows(list(block.rows()), 0)
        self._waiting.append(self._pyarrow.record_batch(arrays, schema=self._schema))
        self._rows += len(block)
        if self._rows >= ROWS_A_GROUP:
            self._flush()

    def _of_rows(self, rows: Sequence[Sequence[Cell]], first: int) -> list[Any]:
        """Columns from `first` on, out of rows of plain values."""
        pyarrow, types = self._pyarrow, self._types[first:]
        return [pyarrow.array([str(cell) if pyarrow.types.is_string(kind) and cell is not None else cell
                               for cell in column], kind)
                for column, kind in zip(zip(*rows, strict=True), types, strict=False)]

    def _of_numbers(self, block: NumberBlock) -> list[Any]:
        """The names' columns are made once, the numbers are taken as they lie."""
        pyarrow, count = self._pyarrow, len(block)
        leading = [pyarrow.repeat(pyarrow.scalar(cell, kind), count)
                   for cell, kind in zip(block.leading, self._types, strict=False)]
        names = self._names.get(block.names)
        if names is None:
            names = self._names[block.names] = self._of_rows(block.names.cells, len(leading))
        place = len(leading) + len(names)
        numbers = [pyarrow.array(block.numbers[:, column]) for column in range(block.numbers.shape[1])]
        trailing = [pyarrow.nulls(count, kind) for kind in self._types[place + len(numbers):]]
        return [*leading, *names, *numbers, *trailing]

    def _flush(self) -> None:
        if self._waiting:
            self._file.write_table(self._pyarrow.Table.from_batches(self._waiting, self._schema))
            self._waiting, self._rows = [], 0

    def end(self) -> None:
        self._flush()
        self._file.close()


class _Stream(io.RawIOBase):
    """What pyarrow takes for a file, over a function that takes bytes."""

    def __init__(self, write: Write) -> None:
        self._write, self._done = write, 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        part = bytes(data)
        self._write(part)
        self._done += len(part)
        return len(part)

    def tell(self) -> int:
        return self._done


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise Refused(
            tr("Parquet files need the library pyarrow, which is not installed"),
            hint=tr("Install it beside nnviz: pip install pyarrow"),
        ) from error
    return pyarrow, parquet


@dataclass(frozen=True)
class Format:
    """One format of table files. `sink(table, columns, write)` begins one."""

    name: str
    label: str
    suffix: str
    sink: Callable[[str, Sequence[str], Write], Sink]
    needs: str = ""               # a library that is an extra

    @cached_property
    def is_there(self) -> bool:
        """Whether files of this format can be written here."""
        return not self.needs or find_spec(self.needs) is not None


FORMATS: Mapping[str, Format] = {
    row.name: row
    for row in (
        Format("csv", "CSV tables", ".csv", CsvSink),
        Format("parquet", "Parquet tables", ".parquet", ParquetSink, "pyarrow"),
    )
}
CSV = FORMATS["csv"]


def find_format(name: str) -> Format:
    """The format of that name; `ChoiceRefused` where there is none."""
    if name not in FORMATS:
        raise ChoiceRefused.unknown("format", name, FORMATS)
    return FORMATS[name]


def format_of(suffix: str) -> Format:
    """The format that a file name's ending says: CSV where it says no other."""
    return next((row for row in FORMATS.values() if row.suffix == suffix.casefold()), CSV)
