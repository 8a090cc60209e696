"""An equation of matrices as it is written down: its letters above, its numbers below them, and under each its shape.

Of a large matrix the corners are written, and around the entry in question; dots say how much is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from nnviz.report.matrices import Matrix
from nnviz.report.matrix_form import MatrixStep, Part
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
    return window(rows, mark[0], ROWS), window(columns, mark[1], COLUMNS)


def equation(step: MatrixStep, digits: int) -> Notation:
    """The whole equation: letters, numbers and shapes below each other."""
    parts: list[Part] = [step.left, Sign("=", "operator"), *step.parts]
    wide = sum(len(written(part)[1]) for part in parts if isinstance(part, Matrix))
    digits = digits if wide <= FEW else min(digits, DIGITS)
    above, middle, below = list[Notation](), list[Notation](), list[Notation]()
    for part in parts:
        if isinstance(part, Matrix):
            rows, columns = part.shape
            above.append(part.sign)
            middle.append(Brackets(_numbers(part, digits), "[]"))
            below.append(Script(Sign("", "upright"), lowered=Sign(f"{rows}×{columns}", "number")))
        else:
            above.append(part)
            middle.append(part)
            below.append(Row(()))
    return Grid((tuple(above), tuple(middle), tuple(below)))


def _numbers(matrix: Matrix, digits: int) -> Grid:
    rows, columns = written(matrix)
    shape = matrix.shape
    return Grid(tuple(
        tuple(_cell(matrix, row, column, digits, _left_out(rows, shape[0]), _left_out(columns, shape[1]))
              for column in columns)
        for row in rows))


def _left_out(places: Sequence[int], count: int) -> int:
    return count - sum(place != GAP for place in places)


def _cell(matrix: Matrix, row: int, column: int, digits: int, rows: int, columns: int) -> Notation:
    if row == GAP or column == GAP:
        dots = {(True, True): "⋱", (True, False): "⋮", (False, True): "⋯"}[row == GAP, column == GAP]
        return Elision(rows if row == GAP else columns, dots)
    quantity = matrix.at(row, column)
    if not matrix.is_known(row, column):
        return Sign(UNKNOWN, "number", quantity)
    return Sign(short(float(matrix.values[row, column]), digits), "number", quantity)


def entries(step: MatrixStep) -> dict[Quantity, tuple[Matrix, int, int]]:
    """Where each number that is written stands."""
    found: dict[Quantity, tuple[Matrix, int, int]] = {}
    for matrix in step.matrices:
        rows, columns = written(matrix)
        for row in rows:
            for column in columns:
                quantity = matrix.at(row, column) if GAP not in (row, column) else None
                if quantity is not None:
                    found.setdefault(quantity, (matrix, row, column))
    return found
