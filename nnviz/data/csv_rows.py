"""A table as a text file has it: how it is written, guessed from its first rows, and the rows themselves.

The file is read in one stream, a bounded part at a time; what is wrong is named with its line.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nnviz.data.csv_cells import has_decimal_comma, number_of
from nnviz.data.files import opened_file, shown_name
from nnviz.data.foreign import download_hint, foreign_kind, is_web_page
from nnviz.errors import DataRefused
from nnviz.words import counted, tr

LONGEST_LINE = 2**20            # bytes
MOST_COLUMNS = 8192
CELLS_AT_ONCE = 100_000
SAMPLE = 2**16                  # bytes that a guess is made from
SAMPLE_ROWS = 100
_UTF8_MARK = b"\xef\xbb\xbf"

#: What may part the columns, the likeliest first where several would fit: a comma may be a decimal comma as well.
DELIMITERS: Mapping[str, str] = {"\t": "Tab", ";": "Semicolon", "|": "Vertical bar", ",": "Comma"}
#: What may stand before the decimals.
DECIMALS: Mapping[str, str] = {".": "Point", ",": "Comma"}


@dataclass(frozen=True)
class CsvForm:
    """How the file is written: what parts columns, what stands before decimals, whether the first row has headings."""

    delimiter: str = ","
    decimal: str = "."
    header: bool = True


# --- the stream -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """Some rows that follow each other: the line that each ends on, and the cells by column."""

    lines: list[int]
    columns: list[tuple[str, ...]]


class Rows:
    """An open file: the headings, then its rows, a part at a time."""

    def __init__(self, file: BinaryIO, form: CsvForm, shown: str) -> None:
        self.form, self.shown = form, shown
        self._reader = csv.reader(_lines(file, shown), delimiter=form.delimiter, strict=True)
        self._rows = self._read()
        first = next(self._rows, None)
        if first is None:
            raise DataRefused(tr("has no rows"), shown)
        self.width = len(first)
        if self.width > MOST_COLUMNS:
            text = tr("has {count:,} columns, more than the {most:,} that nnviz reads")
            raise DataRefused(text.format(count=self.width, most=MOST_COLUMNS), shown)
        headings = [cell.strip() for cell in first] if form.header else [""] * self.width
        self.names = tuple(
            name or tr("column {number}").format(number=place) for place, name in enumerate(headings, start=1)
        )
        self._first = None if form.header else (self._reader.line_num, first)

    def parts(self) -> Iterator[Part]:
        """All rows after the headings; `DataRefused` for one that has not as many cells as the first."""
        most = max(1, CELLS_AT_ONCE // self.width)
        lines: list[int] = []
        rows: list[list[str]] = []
        if self._first is not None:
            lines.append(self._first[0])
            rows.append(self._first[1])
        for row in self._rows:
            lines.append(self._reader.line_num)
            rows.append(row)
            if len(rows) >= most:
                yield self._part(lines, rows)
                lines, rows = [], []
        if rows:
            yield self._part(lines, rows)

    def _part(self, lines: list[int], rows: list[list[str]]) -> Part:
        if set(map(len, rows)) != {self.width}:
            at = next(number for number, row in enumerate(rows) if len(row) != self.width)
            text = counted(
                len(rows[at]), "line {line} has {count} cell where the first row has {first}",
                "line {line} has {count} cells where the first row has {first}", line=lines[at], first=self.width,
            )  # fmt: skip
            column = min(len(rows[at]), self.width) + 1
            raise DataRefused(text, self.shown, tr("Look at column {column}").format(column=column))
        return Part(lines, list(zip(*rows, strict=True)))

    def _read(self) -> Iterator[list[str]]:
        """Rows that are not blank; what the format does not allow is refused with its line."""
        begun = 1
        try:
            for row in self._reader:
                if row:
                    yield row
                begun = self._reader.line_num + 1
        except csv.Error as error:
            if "unexpected end" in str(error) or "limit" in str(error):
                text = tr("line {line} has a quotation mark that is not closed").format(line=begun)
            else:
                text = tr("line {line} has a quotation mark in the middle of a cell").format(line=begun)
            raise DataRefused(text, self.shown) from None


@contextmanager
def opened_table(path: Path, form: CsvForm) -> Iterator[Rows]:
    with opened_file(path) as file:
        _refuse_foreign(file, shown_name(path))
        yield Rows(file, form, shown_name(path))


def _refuse_foreign(file: BinaryIO, shown: str) -> None:
    """Refuses what is no text at all, by its first bytes."""
    head = file.read(SAMPLE)
    file.seek(0)
    what = foreign_kind(head)
    if what:
        raise DataRefused(tr(what), shown, tr("A table is read from a CSV file, which is text"))
    if is_web_page(head):
        raise DataRefused(tr("is a web page (HTML)"), shown, download_hint())
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in head[:4096]):
        raise DataRefused(tr("is a binary file"), shown, tr("A table is read from a CSV file, which is text"))


def _lines(file: BinaryIO, shown: str) -> Iterator[str]:
    """Lines of text; never more than `LONGEST_LINE` bytes are held for one."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            text = tr("line {line} has more than {most:,} characters")
            raise DataRefused(text.format(line=number, most=LONGEST_LINE), shown, tr("Is this a table of numbers?"))
        if number == 1:
            line = line.removeprefix(_UTF8_MARK)
        if b"\x00" in line:
            raise DataRefused(tr("is a binary file, see line {line}").format(line=number), shown)
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            text = tr("is not UTF-8 text, see line {line}, byte {place}").format(line=number, place=error.start + 1)
            raise DataRefused(text, shown, tr("Save it as UTF-8")) from None


# --- guessing ---------------------------------------------------------------------------------------------------


def guess_form(path: Path) -> CsvForm:
    """How a file is written, as its first rows suggest."""
    with opened_file(path) as file:
        _refuse_foreign(file, shown_name(path))
        sample = file.read(SAMPLE)
    text = sample.removeprefix(_UTF8_MARK).decode("utf-8", "replace")
    lines = text.splitlines()
    if len(sample) == SAMPLE and len(lines) > 1:
        lines = lines[:-1]          # perhaps cut in the middle
    return guess_form_of("\n".join(lines))


def guess_form_of(text: str) -> CsvForm:
    """How a text is written, as its first rows suggest."""
    lines = [line for line in text[:SAMPLE].splitlines() if line.strip()][:SAMPLE_ROWS]
    ranked = [(_evenness(lines, delimiter), -place, delimiter) for place, delimiter in enumerate(DELIMITERS)]
    evenness, _, delimiter = max(ranked)
    if not evenness:
        delimiter = ","             # a single column
    rows = list(_split(lines, delimiter))
    cells = [cell.strip() for row in rows[1:] or rows for cell in row]
    commas = sum(map(has_decimal_comma, cells))
    points = sum("." in cell and number_of(cell, ".") is not None for cell in cells)
    decimal = "," if commas > points else "."
    return CsvForm(delimiter, decimal, bool(rows) and _is_heading(rows, decimal))


def _split(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from filter(None, csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return


def _evenness(lines: list[str], delimiter: str) -> float:
    """The share of rows that have as many cells as most have; 0 where that is one cell."""
    widths = Counter(map(len, _split(lines, delimiter)))
    if not widths:
        return 0.0
    width, count = widths.most_common(1)[0]
    return count / widths.total() if width > 1 else 0.0


def _is_heading(rows: list[list[str]], decimal: str) -> bool:
    """Whether the first row has no number in it, although rows follow, or although it has several cells."""
    return len(rows) + len(rows[0]) > 2 and not any(number_of(cell, decimal) is not None for cell in rows[0])
