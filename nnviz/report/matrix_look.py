"""An equation of matrices as it is written down: its letters, under each its shape, and its numbers below them.

Of a large matrix the corners are written, and around the entry in question; dots say how much is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnviz.report.matrices import Matrix, first_of
from nnviz.report.matrix_form import CLOSE, OPEN, MatrixStep, Part, Scalar
from nnviz.report.notation import Brackets, Elision, Grid, Notation, Row, Script, Sign
from nnviz.report.numbers import short
from nnviz.report.quantities import Quantity

ROWS, COLUMNS = 5, 5        # of a matrix that are written, before some are left out
FEW = 9                     # columns of all matrices together, up to which numbers have all the digits that are shown
DIGITS = 4                  # of the numbers where there are more
UNKNOWN = "–"
GAP = -1


def window(count: int, mark: int | None, most: int) -> list[int]:
    """Which of `count` rows or columns are written, `GAP` where some are left out: the ends, and the one marked.

    >>> window(4, 2, 5), window(16, 0, 5), window(16, 7, 5), window(16, 14, 5)
    ([0, 1, 2, 3], [0, 1, 2, -1, 15], [0, -1, 7, -1, 15], [0, -1, 13, 14, 15])
    """
    if count <= most:
        return list(range(count))
    mark = mark or 0
    if mark < most - 2:
        return [*range(most - 2), GAP, count - 1]
    if mark > count - most + 1:
        return [0, GAP, *range(count - most + 2, count)]
    return [0, GAP, mark, GAP, count - 1]


def written(matrix: Matrix) -> tuple[list[int], list[int]]:
    """The rows and the columns of a matrix that are written."""
    rows, columns = matrix.shape
    mark = matrix.mark or (None, None)
    return window(rows, first_of(mark[0]), ROWS), window(columns, first_of(mark[1]), COLUMNS)


@dataclass(frozen=True)
class Equation:
    """The whole equation: letters, shapes and numbers below each other; and where each number stands in its matrix."""

    notation: Grid
    entries: dict[Quantity, tuple[Matrix, int, int]]


def equation(step: MatrixStep, digits: int) -> Equation:
    """A step as it is written, its numbers with at most `digits` digits."""
    entries: dict[Quantity, tuple[Matrix, int, int]] = {}
    parts: list[Part] = [step.left, Sign("=", "operator"), *step.parts]
    wide = sum(len(written(part)[1]) for part in parts if isinstance(part, Matrix))
    digits = digits if wide <= FEW else min(digits, DIGITS)
    letters, shapes, numbers = list[Notation](), list[Notation](), list[Notation]()
    opened, strut = False, _strut(parts)
    for part in parts:
        if part == CLOSE:
            letters[-1], numbers[-1] = Row((letters[-1], CLOSE)), Brackets(Row((numbers[-1], strut)), ")")
        elif part == OPEN:
            opened = True
        elif isinstance(part, Matrix):
            rows, columns = part.shape
            inside = Brackets(_numbers(part, digits, entries), "[]")
            letters.append(Row((OPEN, part.sign)) if opened else part.sign)
            numbers.append(Brackets(Row((strut, inside)), "(") if opened else inside)
            shapes.append(Script(Sign("", "upright"), raised=Sign(f"{rows}×{columns}", "number")))
            opened = False
        elif isinstance(part, Scalar):
            letters.append(part.sign)
            shapes.append(Row(()))
            numbers.append(Sign(short(part.value, digits), "number", part.quantity))
        else:
            letters.append(part)
            numbers.append(part)
            shapes.append(Row(()))
    return Equation(Grid((tuple(letters), tuple(shapes), tuple(numbers))), entries)


def _strut(parts: Sequence[Part]) -> Grid:
    """As high as the highest matrix between the brackets, and not wide at all: both brackets are as high as it."""
    first = parts.index(OPEN) if OPEN in parts else len(parts)
    after = parts.index(CLOSE) if CLOSE in parts else len(parts)
    rows = [len(written(part)[0]) for part in parts[first:after] if isinstance(part, Matrix)]
    return Grid(((Row(()),),) * max(rows, default=1))


def _numbers(matrix: Matrix, digits: int, entries: dict[Quantity, tuple[Matrix, int, int]]) -> Grid:
    """The inside of a matrix; what stands in it is added to `entries`."""
    rows, columns = written(matrix)
    fewer = _left_out(rows, matrix.shape[0]), _left_out(columns, matrix.shape[1])
    values, written_rows = matrix.values, list[tuple[Notation, ...]]()
    for row in rows:
        cells: list[Notation] = []
        for column in columns:
            if row == GAP or column == GAP:
                cells.append(Elision(fewer[0] if row == GAP else fewer[1], _DOTS[row == GAP, column == GAP]))
                continue
            quantity = matrix.at(row, column)
            if quantity is not None:
                entries.setdefault(quantity, (matrix, row, column))
            known = matrix.is_known(row, column)
            cells.append(Sign(short(float(values[row, column]), digits) if known else UNKNOWN, "number", quantity))
        written_rows.append(tuple(cells))
    return Grid(tuple(written_rows))


_DOTS = {(True, True): "⋱", (True, False): "⋮", (False, True): "⋯"}


def _left_out(places: Sequence[int], count: int) -> int:
    return count - sum(place != GAP for place in places)
