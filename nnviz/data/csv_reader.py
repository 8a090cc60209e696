"""A table of somebody's own examples: a row is an example, its columns are inputs and targets.

What is wrong with a cell is named with its line and its column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from nnviz.data.csv_cells import (
    LONGEST_CLASS,
    MISSING,
    MOST_CLASSES,
    Array,
    has_decimal_comma,
    in_order,
    number_of,
    numbers_of,
)
from nnviz.data.csv_rows import CsvForm, Part, Rows, opened_table
from nnviz.data.datasets import Split
from nnviz.data.files import refuse_too_many
from nnviz.errors import ChoiceRefused, DataRefused
from nnviz.words import counted, tr

Column = str | int              # a heading, or a place counted from 1


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
                "on (a missing category, the shares of the classes); a row whose ‹target› is missing is left out."),
    )
}


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers of a file: inputs (rows, inputs) and targets (rows, targets), what each column of them is called, and
    how many rows were left out for what they lack."""

    inputs: Array
    targets: Array
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    left_out: int


# --- columns ----------------------------------------------------------------------------------------------------


class _NumberColumn:
    """A column whose cells are numbers; missing ones are NaN."""

    def __init__(self, place: int, rows: Rows, missing: str) -> None:
        self.place, self.rows, self.missing = place, rows, missing
        self._parts: list[Array] = []

    def take(self, part: Part) -> None:
        numbers = numbers_of(part.columns[self.place], self.rows.form.decimal)
        self._parts.append(self._one_by_one(part) if numbers is None else numbers)

    def _one_by_one(self, part: Part) -> Array:
        numbers = np.full(len(part.lines), np.nan)
        for at, cell in enumerate(part.columns[self.place]):
            number = number_of(cell, self.rows.form.decimal)
            if number is None and cell.strip().casefold() in MISSING:
                _allow_missing(self, part.lines[at])
            elif number is None:
                text = tr("{cell} is not a number").format(cell=_quoted(cell))
                if self.rows.form.decimal == "." and has_decimal_comma(cell):
                    hint = tr("Choose the decimal comma if that is what it has")
                elif self.rows.form.decimal == "," and number_of(cell, ".") is not None:
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

    def __init__(self, place: int, rows: Rows, missing: str) -> None:
        self.place, self.rows, self.missing = place, rows, missing
        self._codes: dict[str, int] = {}
        self._parts: list[NDArray[np.int16]] = []

    def take(self, part: Part) -> None:
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


# --- reading ----------------------------------------------------------------------------------------------------


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
    with opened_table(path, form) as rows:
        target_places = [_place_of(column, rows.names, rows.shown) for column in targets]
        input_places = (
            [place for place in range(rows.width) if place not in target_places] if inputs is None
            else [_place_of(column, rows.names, rows.shown) for column in inputs]
        )
        categorical = {_place_of(column, rows.names, rows.shown) for column in one_hot}
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


def _place_of(column: Column, names: Sequence[str], shown: str) -> int:
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
