"""A table of somebody's own examples: a row is an example, its columns are inputs and targets.

The file is read in one stream, a bounded part at a time; what is wrong is named with its line and its column.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

from nnviz.data.datasets import Split
from nnviz.data.files import opened_file, refuse_too_many, shown_name
from nnviz.data.foreign import download_hint, foreign_kind, is_web_page
from nnviz.errors import ChoiceRefused, DataRefused
from nnviz.words import counted, tr

Array = NDArray[np.float64]
Cells = Sequence[str]
Column = str | int              # a heading, or a place counted from 1

LONGEST_LINE = 2**20            # bytes
MOST_COLUMNS = 8192
MOST_CLASSES = 1000             # different values that a categorical column may have
LONGEST_CLASS = 200             # characters
REMEMBERED = 200_000            # different values that a survey keeps, all columns together
CELLS_AT_ONCE = 100_000
SAMPLE = 2**16                  # bytes that a guess is made from
SAMPLE_ROWS = 100
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?"))     # in small letters
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+([eE][+-]?[0-9]+)?")
_UTF8_MARK = b"\xef\xbb\xbf"

#: What may part the columns, the likeliest first where several would fit: a comma may be a decimal comma as well.
DELIMITERS: Mapping[str, str] = {"\t": "Tab", ";": "Semicolon", "|": "Vertical bar", ",": "Comma"}
#: What may stand before the decimals.
DECIMALS: Mapping[str, str] = {".": "Point", ",": "Comma"}


@dataclass(frozen=True)
class Missing:
    """What is done with a cell that is empty or says NA, NaN, null, none or ?."""

    name: str
    label: str
    help: str


MISSING_TABLE: dict[str, Missing] = {
    row.name: row
    for row in (
        Missing("refuse", "Refuse them", "A missing value is an error, named with its line and column."),
        Missing("skip", "Leave the row out", "Rows with a missing value are not used."),
        Missing("mean", "Fill in the mean", "A missing input becomes the mean of its column over the examples to train "
                "on (a missing category, the shares of the classes); a row whose target is missing is left out."),
    )
}


@dataclass(frozen=True)
class CsvForm:
    """How the file is written: what parts columns, what stands before decimals, whether the first row has headings."""

    delimiter: str = ","
    decimal: str = "."
    header: bool = True


@dataclass(frozen=True)
class ColumnSurvey:
    """What a column has: its heading, missing values, and its different values in order; None for too many of them.

    `word` is the first that is no number in a column where others are, with its `word_line`: perhaps a slip, perhaps
    one class among others; "" and 0 where there is none.
    """

    name: str
    numeric: bool
    missing: int
    first_missing: int          # its line, 0 where nothing is missing
    classes: tuple[str, ...] | None
    word: str = ""
    word_line: int = 0


@dataclass(frozen=True)
class Survey:
    """What a file has: the first rows as they stand there, how many rows there are, and its columns."""

    rows: int
    columns: tuple[ColumnSurvey, ...]
    first_rows: tuple[tuple[str, ...], ...]
    first_lines: tuple[int, ...]        # of the file, on which these rows end

    @property
    def missing(self) -> int:
        return sum(column.missing for column in self.columns)


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers of a file: inputs (rows, inputs) and targets (rows, targets), what each column of them is called, and
    how many rows were left out for what they lack."""

    inputs: Array
    targets: Array
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    left_out: int


# --- the stream -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """Some rows that follow each other: the line that each ends on, and the cells by column."""

    lines: list[int]
    columns: list[tuple[str, ...]]


class _Rows:
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

    def parts(self) -> Iterator[_Part]:
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

    def _part(self, lines: list[int], rows: list[list[str]]) -> _Part:
        if set(map(len, rows)) != {self.width}:
            at = next(number for number, row in enumerate(rows) if len(row) != self.width)
            text = counted(
                len(rows[at]), "line {line} has {count} cell where the first row has {first}",
                "line {line} has {count} cells where the first row has {first}", line=lines[at], first=self.width,
            )  # fmt: skip
            column = min(len(rows[at]), self.width) + 1
            raise DataRefused(text, self.shown, tr("Look at column {column}").format(column=column))
        return _Part(lines, list(zip(*rows, strict=True)))

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
def _opened(path: Path, form: CsvForm) -> Iterator[_Rows]:
    with opened_file(path) as file:
        _refuse_foreign(file, shown_name(path))
        yield _Rows(file, form, shown_name(path))


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
    lines = [line for line in lines if line.strip()][:SAMPLE_ROWS]
    ranked = [(_evenness(lines, delimiter), -place, delimiter) for place, delimiter in enumerate(DELIMITERS)]
    evenness, _, delimiter = max(ranked)
    if not evenness:
        delimiter = ","             # a single column
    rows = list(_split(lines, delimiter))
    cells = [cell.strip() for row in rows[1:] or rows for cell in row]
    commas = sum(_DECIMAL_COMMA.fullmatch(cell) is not None for cell in cells)
    points = sum("." in cell and _NUMBER.fullmatch(cell) is not None for cell in cells)
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
    return len(rows) + len(rows[0]) > 2 and not any(_number(cell, decimal) is not None for cell in rows[0])


def _number(cell: str, decimal: str) -> float | None:
    """The number that a cell says, None where it says none."""
    text = cell.strip()
    if decimal != ".":
        if "." in text:
            return None
        text = text.replace(decimal, ".")
    return float(text) if _NUMBER.fullmatch(text) else None


def _numbers(cells: Cells, decimal: str) -> Array | None:
    """The numbers of many cells at once; None where one of them may be none, to be looked at one by one."""
    joined = "\0".join(cells)
    if not joined.isascii() or "_" in joined or (decimal != "." and "." in joined):
        return None
    if decimal != ".":
        cells = joined.replace(decimal, ".").split("\0")
    try:
        numbers = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


# --- surveying --------------------------------------------------------------------------------------------------


class _Seen:
    """What has been found in a column so far."""

    def __init__(self, name: str, room: int) -> None:
        self.name, self.room = name, room
        self.numeric, self.missing, self.first_missing = True, 0, 0
        self.values: set[str] | None = set()
        self.has_numbers, self.word, self.word_line = False, "", 0

    def look(self, lines: list[int], cells: Cells, decimal: str) -> None:
        if self.numeric and _numbers(cells, decimal) is not None:
            self.has_numbers = True
            if self.values is not None:
                self._remember({cell.strip() for cell in set(cells)})
            return
        fresh = {cell.strip() for cell in set(cells)}
        gaps = {text for text in fresh if text.casefold() in MISSING}
        if gaps:
            at = [line for line, cell in zip(lines, cells, strict=True) if cell.strip() in gaps]
            self.missing += len(at)
            self.first_missing = self.first_missing or at[0]
        fresh -= gaps
        if self.numeric or not (self.has_numbers and self.word):
            words = {text for text in fresh if _number(text, decimal) is None}
            self.numeric = self.numeric and not words
            self.has_numbers = self.has_numbers or len(words) < len(fresh)
            if words and not self.word:
                first = next(place for place, cell in enumerate(cells) if cell.strip() in words)
                self.word, self.word_line = cells[first].strip(), lines[first]
        self._remember(fresh)

    def _remember(self, fresh: set[str]) -> None:
        if self.values is not None:
            self.values |= fresh
            if len(self.values) > self.room or any(len(text) > LONGEST_CLASS for text in fresh):
                self.values = None

    def result(self, decimal: str) -> ColumnSurvey:
        classes = None if self.values is None else in_order(self.values, decimal)
        slip = (self.word, self.word_line) if self.has_numbers else ("", 0)
        return ColumnSurvey(self.name, self.numeric, self.missing, self.first_missing, classes, *slip)


def survey(
    path: Path, form: CsvForm, shown_rows: int = 20, cancelled: Callable[[], bool] = lambda: False
) -> Survey:
    """Counts rows, columns, classes and missing values of a whole file; less of it where it is `cancelled`."""
    with _opened(path, form) as rows:
        room = min(MOST_CLASSES, max(2, REMEMBERED // rows.width))
        seen = [_Seen(name, room) for name in rows.names]
        first: list[tuple[str, ...]] = []
        lines: list[int] = []
        count = 0
        for part in rows.parts():
            for column, cells in zip(seen, part.columns, strict=True):
                column.look(part.lines, cells, form.decimal)
            if len(first) < shown_rows:
                lines += part.lines[: shown_rows - len(first)]
                first += list(zip(*part.columns, strict=True))[: shown_rows - len(first)]
            count += len(part.lines)
            refuse_too_many(count * rows.width, rows.shown)
            if cancelled():
                break
        if not count:
            raise DataRefused(tr("has headings but no rows"), rows.shown)
        return Survey(count, tuple(column.result(form.decimal) for column in seen), tuple(first), tuple(lines))


def in_order(classes: Iterable[str], decimal: str = ".") -> tuple[str, ...]:
    """The classes of a column in the order of their outputs: by size where all are numbers, else by the alphabet.

    >>> in_order({"10", "9", "1"}), in_order({"b", "10", "a"})
    (('1', '9', '10'), ('10', 'a', 'b'))
    """
    numbers = {text: _number(text, decimal) for text in classes}
    if all(number is not None for number in numbers.values()):
        return tuple(sorted(numbers, key=lambda text: (numbers[text] or 0.0, text)))
    return tuple(sorted(numbers))


# --- reading ----------------------------------------------------------------------------------------------------


class _NumberColumn:
    """A column whose cells are numbers; missing ones are NaN."""

    def __init__(self, place: int, rows: _Rows, missing: str) -> None:
        self.place, self.rows, self.missing = place, rows, missing
        self._parts: list[Array] = []

    def take(self, part: _Part) -> None:
        numbers = _numbers(part.columns[self.place], self.rows.form.decimal)
        self._parts.append(self._one_by_one(part) if numbers is None else numbers)

    def _one_by_one(self, part: _Part) -> Array:
        numbers = np.full(len(part.lines), np.nan)
        for at, cell in enumerate(part.columns[self.place]):
            number = _number(cell, self.rows.form.decimal)
            if number is None and cell.strip().casefold() in MISSING:
                _allow_missing(self, part.lines[at])
            elif number is None:
                text = tr("{cell} is not a number").format(cell=_quoted(cell))
                if self.rows.form.decimal == "." and _DECIMAL_COMMA.fullmatch(cell.strip()):
                    hint = tr("Choose the decimal comma if that is what it has")
                elif self.rows.form.decimal == "," and _NUMBER.fullmatch(cell.strip()):
                    hint = tr("Choose the decimal point if that is what it has")
                else:
                    hint = tr("A column of words is taken as one_hot, or left out")
                _refuse_cell(self, part.lines[at], text, hint)
            elif not np.isfinite(number):
                _refuse_cell(self, part.lines[at], tr("{cell} is too large a number").format(cell=_quoted(cell)))
            else:
                numbers[at] = number
        return numbers

    def names(self) -> tuple[str, ...]:
        return (self.rows.names[self.place],)

    def columns(self) -> int:
        return 1

    def write(self, into: Array) -> None:
        """Into (rows, 1)."""
        np.concatenate(self._parts, out=into[:, 0])
        self._parts.clear()


class _CategoryColumn:
    """A column whose cells are classes, one column of 0 and 1 each in the end; a missing one is NaN in all."""

    def __init__(self, place: int, rows: _Rows, missing: str) -> None:
        self.place, self.rows, self.missing = place, rows, missing
        self._codes: dict[str, int] = {}
        self._parts: list[NDArray[np.int16]] = []

    def take(self, part: _Part) -> None:
        cells = part.columns[self.place]
        for cell in sorted(set(cells)):
            if cell in self._codes:
                continue
            text = cell.strip()
            if text.casefold() in MISSING:
                _allow_missing(self, part.lines[cells.index(cell)])
                self._codes[cell] = -1
            else:
                known = self._codes.get(text)
                self._codes[cell] = len(self._codes) if known is None else known
                self._codes.setdefault(text, self._codes[cell])
            if len(self._codes) > MOST_CLASSES or len(text) > LONGEST_CLASS:
                text = tr("is not categorical, it has more than {most:,} different values")
                if len(cell) > LONGEST_CLASS:
                    text = tr("is not categorical, it has a text of more than {most:,} characters")
                most = LONGEST_CLASS if len(cell) > LONGEST_CLASS else MOST_CLASSES
                _refuse_cell(self, part.lines[cells.index(cell)], text.format(most=most))
        codes = map(self._codes.__getitem__, cells)
        self._parts.append(np.fromiter(codes, dtype=np.int16, count=len(cells)))

    def classes(self) -> tuple[str, ...]:
        return in_order({cell.strip() for cell, code in self._codes.items() if code >= 0}, self.rows.form.decimal)

    def names(self) -> tuple[str, ...]:
        return self.classes()

    def columns(self) -> int:
        return len(self.classes())

    def write(self, into: Array) -> None:
        """Into (rows, classes)."""
        classes = {text: place for place, text in enumerate(self.classes())}
        place_of = np.full(max(self._codes.values(), default=-1) + 2, -1, dtype=np.int64)
        for cell, code in self._codes.items():
            if code >= 0:
                place_of[code] = classes[cell.strip()]
        places = place_of[np.concatenate(self._parts)]       # code -1 finds the last place, which is -1
        self._parts.clear()
        known = np.flatnonzero(places >= 0)
        into[:] = 0.0
        into[known, places[known]] = 1.0
        into[places < 0] = np.nan


_Reading = _NumberColumn | _CategoryColumn


def read(
    path: Path,
    form: CsvForm,
    targets: Sequence[Column],
    inputs: Sequence[Column] | None = None,
    one_hot: Sequence[Column] = (),
    missing: str = "refuse",
    split: Split | None = None,
) -> Table:
    """The examples of a file; inputs are all other columns where they are not named.

    Columns in `one_hot` become one column of 0 and 1 for each of their classes.  `missing` is a row of
    `MISSING_TABLE`; means are those of the rows that `split` leaves to train on.
    """
    with _opened(path, form) as rows:
        target_places = [place_of(column, rows.names, rows.shown) for column in targets]
        input_places = (
            [place for place in range(rows.width) if place not in target_places] if inputs is None
            else [place_of(column, rows.names, rows.shown) for column in inputs]
        )
        categorical = {place_of(column, rows.names, rows.shown) for column in one_hot}
        for place, times in Counter((*input_places, *target_places)).items():
            if times > 1:
                text = tr("uses column {column} ({name}) more than once")
                raise DataRefused(text.format(column=place + 1, name=rows.names[place][:40]), rows.shown)
        if not input_places:
            raise DataRefused(tr("has no column that is left for the inputs"), rows.shown)
        readings: dict[int, _Reading] = {
            place: (_CategoryColumn if place in categorical else _NumberColumn)(place, rows, missing)
            for place in (*input_places, *target_places)
        }
        count = 0
        for part in rows.parts():
            count += len(part.lines)
            refuse_too_many(count * len(readings), rows.shown)
            for reading in readings.values():
                reading.take(part)
        if not count:
            raise DataRefused(tr("has headings but no rows"), rows.shown)
        return _table([readings[place] for place in input_places], [readings[place] for place in target_places],
                      count, missing, rows.shown, split or Split())


def _table(inputs: list[_Reading], targets: list[_Reading], count: int, missing: str, shown: str,
           split: Split) -> Table:
    refuse_too_many(count * sum(reading.columns() for reading in (*inputs, *targets)), shown)
    input_names, target_names = (tuple(_names(side)) for side in (inputs, targets))
    input_numbers, target_numbers = _side(inputs, count), _side(targets, count)
    whole = ~np.isnan(target_numbers).any(axis=1)
    if missing == "mean":
        rows = np.flatnonzero(whole)
        _fill(input_numbers, rows[split.training_rows(len(rows))])
    whole &= ~np.isnan(input_numbers).any(axis=1)
    left_out = count - int(np.count_nonzero(whole))
    if left_out == count:
        raise DataRefused(tr("has no row without a missing value"), shown)
    if left_out:
        input_numbers, target_numbers = input_numbers[whole], target_numbers[whole]
    return Table(input_numbers, target_numbers, input_names, target_names, left_out)


def _side(readings: list[_Reading], count: int) -> Array:
    numbers = np.empty((count, sum(reading.columns() for reading in readings)))
    at = 0
    for reading in readings:
        width = reading.columns()
        reading.write(numbers[:, at : at + width])
        at += width
    return numbers


def _names(readings: list[_Reading]) -> Iterator[str]:
    """A number's heading, or the class; with the heading before it where several columns have classes."""
    several = len(readings) > 1
    for reading in readings:
        if isinstance(reading, _CategoryColumn) and several:
            yield from (f"{reading.rows.names[reading.place]}={name}" for name in reading.names())
        else:
            yield from reading.names()


def _fill(numbers: Array, training: NDArray[np.intp]) -> None:
    """Puts the mean of the known numbers in the rows `training` of each column where one is missing.

    A column of which nothing is known there stays.
    """
    for column in np.flatnonzero(np.isnan(numbers).any(axis=0)):
        known = numbers[training, column]
        known = known[~np.isnan(known)]
        if len(known):
            numbers[np.isnan(numbers[:, column]), column] = known.mean()


def place_of(column: Column, names: Sequence[str], shown: str) -> int:
    """Where a column stands, counted from 0."""
    if isinstance(column, int):
        if not 1 <= column <= len(names):
            text = counted(len(names), "has {count} column, there is no column {column}",
                           "has {count} columns, there is no column {column}", column=column)
            raise DataRefused(text, shown)
        return column - 1
    places = [place for place, name in enumerate(names) if name == column]
    if not places:
        raise ChoiceRefused.unknown("column", column[:60], names, shown)
    if len(places) > 1:
        text = tr("has two columns called {name!r}").format(name=column[:60])
        raise DataRefused(text, shown, tr("Name it by its number, counted from 1"))
    return places[0]


def _allow_missing(reading: _Reading, line: int) -> None:
    if reading.missing == "refuse":
        hint = tr("Choose to leave such rows out, or to put the column's mean")
        _refuse_cell(reading, line, tr("the value is missing"), hint)


def _refuse_cell(reading: _Reading, line: int, what: str, hint: str = "") -> NoReturn:
    text = tr("line {line}, column {column} ({name}): {what}")
    name = reading.rows.names[reading.place]
    shown = name[:40] if name.isprintable() else repr(name[:40])
    raise DataRefused(
        text.format(line=line, column=reading.place + 1, name=shown, what=what), reading.rows.shown, hint
    )


def _quoted(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:39] + "…")
