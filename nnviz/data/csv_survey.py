"""What a table has, before anybody says which columns are wanted: its headings, numbers, classes and gaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nnviz.data.csv_cells import LONGEST_CLASS, MISSING, MOST_CLASSES, Cells, in_order, number_of, numbers_of
from nnviz.data.csv_rows import CsvForm, opened_table
from nnviz.data.files import refuse_too_many
from nnviz.errors import DataRefused
from nnviz.words import tr

REMEMBERED = 200_000            # different values that a survey keeps, all columns together


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


class _Seen:
    """What has been found in a column so far."""

    def __init__(self, name: str, room: int) -> None:
        self.name, self.room = name, room
        self.numeric, self.missing, self.first_missing = True, 0, 0
        self.values: set[str] | None = set()
        self.has_numbers, self.word, self.word_line = False, "", 0

    def look(self, lines: list[int], cells: Cells, decimal: str) -> None:
        if self.numeric and numbers_of(cells, decimal) is not None:
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
            words = {text for text in fresh if number_of(text, decimal) is None}
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
    with opened_table(path, form) as rows:
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
