"""Where the matrices of a network stand: for each layer its weights, and beside or below them what is told of each.

Pure arithmetic, no Qt but its rectangles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QPointF, QRectF

from nnviz.data.pictures import picture_side
from nnviz.report.elements import Parameter
from nnviz.report.weight_tables import TableShape

Part = Literal["weights", "biases", "slopes", "image"]
WIDEST, HIGHEST = 5.6, 2.4        # ems of a cell
MOST_STRETCH = 8.0                # a cell is at most so many times as wide as high, or as high as wide
NAMED = 64                        # a matrix of more rows or columns gives their names no room of their own
BEHIND = 0.8                      # ems that a bias is wide at least


@dataclass(frozen=True)
class Sheet:
    """One grid of cells: `told` is 0 for the parameters themselves, 1 for what is told of them.

    An image has the weights of one `row` of an image's pixels, as the pixels stand.
    """

    shape: TableShape
    told: int
    part: Part
    box: QRectF
    rows: int
    columns: int
    row: int = 0
    headed: bool = False          # there is room above it for the names of its columns

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell."""
        return self.box.width() / self.columns, self.box.height() / self.rows

    def element(self, row: int, column: int) -> Parameter:
        if self.part == "image":
            return self.shape.weight(self.row, row * self.columns + column)
        if self.part == "weights":
            return self.shape.weight(row, column)
        return self.shape.bias(row) if self.part == "biases" else self.shape.slope(row * self.shape.pieces)

    def cell_box(self, row: int, column: int) -> QRectF:
        wide, high = self.cell
        return QRectF(self.box.x() + column * wide, self.box.y() + row * high, wide, high)


@dataclass(frozen=True)
class Heading:
    """The title above a matrix or above the image of a row."""

    shape: TableShape
    told: int
    at: QPointF                   # left end, middle of the line
    room: float
    row: int | None               # of the row that an image shows


@dataclass(frozen=True)
class Sheets:
    """All of it, with text of `em` pixels."""

    sheets: tuple[Sheet, ...]
    headings: tuple[Heading, ...]
    em: float


def arrange_sheets(shapes: Sequence[TableShape], rows: Sequence[int], width: float, height: float, em: float) -> Sheets:
    """The matrices of layers in a picture of `width` × `height`; of `rows`, one a layer, images are shown.

    Layers stand below or beside one another, whichever makes the larger cells.
    """
    room = QRectF(0.6 * em, 0.3 * em, width - 1.2 * em, height - 0.6 * em)
    below, beside = (_placed(shapes, rows, room, em, across) for across in (False, True))
    fits = all(sheet.box.right() <= room.right() + 0.5 for sheet in beside.sheets)
    return beside if len(shapes) > 1 and fits and _size_of_cells(beside) > _size_of_cells(below) else below


def _placed(shapes: Sequence[TableShape], rows: Sequence[int], room: QRectF, em: float, across: bool) -> Sheets:
    """Each layer in a part of `room`, the larger the more there is to see of it."""
    sheets: list[Sheet] = []
    headings: list[Heading] = []
    counts = [shape.columns if across else shape.rows for shape in shapes]
    shares = [math.sqrt(min(count, NAMED) + 3) * (1.6 if _sees_image(shape) else 1.0)
              for count, shape in zip(counts, shapes, strict=True)]
    gap, at = 2.0 * em if across else 0.0, room.left() if across else room.top()
    whole = (room.width() if across else room.height()) - gap * (len(shapes) - 1)
    for shape, row, share in zip(shapes, rows, shares, strict=True):
        part = max(whole * share / sum(shares), 1.0)
        box = QRectF(at, room.top(), part, room.height()) if across else QRectF(room.left(), at, room.width(), part)
        _band(shape, row, box, em, sheets, headings)
        at += part + gap
    return Sheets(tuple(sheets), tuple(_widened(heading, headings, room.right(), em) for heading in headings), em)


def _widened(heading: Heading, headings: Sequence[Heading], end: float, em: float) -> Heading:
    """A title may go on beyond its matrix, up to the next one on its line."""
    beside = [other.at.x() - em for other in headings
              if other.at.x() > heading.at.x() and abs(other.at.y() - heading.at.y()) < 1.3 * em]
    return replace(heading, room=max(heading.room, min([*beside, end]) - heading.at.x()))


def _sees_image(shape: TableShape) -> bool:
    """Whether the inputs of a layer are the pixels of an image."""
    return shape.layer == 1 and picture_side(shape.columns) > 0


def _size_of_cells(sheets: Sheets) -> float:
    """Larger where cells are: a step of any matrix counts by how many times it makes its cells larger."""
    cells = [sheet.cell for sheet in sheets.sheets if sheet.part == "weights"]
    return sum(math.log(max(min(wide / 2.2, high), 1e-3)) for wide, high in cells)


def _band(shape: TableShape, row: int, room: QRectF, em: float, sheets: list[Sheet], headings: list[Heading]) -> None:
    """Both matrices of a layer in `room`, beside or below one another, whichever makes the larger cells."""
    title, gap, apart = min(1.7 * em, 0.5 * room.height()), 1.4 * em, min(0.4 * em, 0.04 * room.height())
    if _sees_image(shape):
        side = max(min(room.height() - title - 0.5 * em, 0.2 * room.width()), 2.0)
        for told in (0, 1):
            x, y, pixels = room.right() - (2 - told) * side - (1 - told) * em, room.top(), math.isqrt(shape.columns)
            headings.append(Heading(shape, told, QPointF(x, y + 0.55 * title), side, row))
            sheets.append(Sheet(shape, told, "image", QRectF(x, y + title, side, side), pixels, pixels, row))
        room = room.adjusted(0, 0, -2 * side - em - gap, 0)
    names = min(0.2 * room.width(), (max(len(shape.row_name(r)) for r in (0, shape.rows - 1)) * 0.56 + 0.7) * em) \
        if shape.rows <= NAMED else 0.3 * em
    headed = shape.columns <= NAMED and room.height() > 7 * em
    above = title + (1.1 * em if headed else 0.0)
    beside = (room.width() - gap) / 2 - names, room.height() - above
    below = room.width() - names, (room.height() - apart) / 2 - above
    rooms = beside, below
    found = [_cells(shape, wide, high, em) for wide, high in rooms]
    stacked = min(found[1][0] / 2.2, found[1][1]) > min(found[0][0] / 2.2, found[0][1])
    wide, high = found[stacked]
    behind = [part for part, amount in _behind(shape) if amount]
    extra = max(wide, BEHIND * em)
    whole = shape.columns * wide + len(behind) * (extra + 0.45 * em)
    for told in (0, 1):
        x = room.left() + names + (0.0 if stacked else told * (whole + names + gap))
        y = room.top() + above + (told * (shape.rows * high + above + apart) if stacked else 0.0)
        headings.append(Heading(shape, told, QPointF(x, y - above + 0.55 * title), max(whole, rooms[stacked][0]), None))
        sheets.append(Sheet(shape, told, "weights", QRectF(x, y, shape.columns * wide, shape.rows * high), shape.rows,
                            shape.columns, headed=headed))
        left = x + shape.columns * wide + 0.45 * em
        for part, amount in _behind(shape):
            if amount:
                box = QRectF(left, y, extra, shape.rows * high)
                sheets.append(Sheet(shape, told, part, box, amount, 1, headed=headed))
                left += extra + 0.45 * em


def _behind(shape: TableShape) -> tuple[tuple[Part, int], ...]:
    return ("biases", shape.biases), ("slopes", shape.slopes)


def _cells(shape: TableShape, width: float, height: float, em: float) -> tuple[float, float]:
    """Width and height of the cells of a matrix that has so much room."""
    behind = sum(1 for _, amount in _behind(shape) if amount)
    wide = max(width - 0.45 * em * behind, 1.0) / (shape.columns + behind)
    if wide < BEHIND * em:
        wide = max(width - (0.45 + BEHIND) * em * behind, 1.0) / shape.columns
    high = max(height, 1.0) / shape.rows
    wide, high = min(wide, WIDEST * em), min(high, HIGHEST * em)
    return min(wide, max(MOST_STRETCH * high, 0.0)), min(high, MOST_STRETCH * wide)
