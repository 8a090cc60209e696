"""A map of a function is read by its contour lines, which join the places of one height.

Here are the numbers of such a map, without any drawing: which heights have a line, where the lines run, and which
numbers stand along an axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.intp]

MOST_BENT, VERY_BENT = 8.0, 3.0   # how much closer the levels of the lowlands may lie
NEARLY_EVEN = 1.5        # a scale that would be bent no more than this stays even: then close lines mean steep
FAR_OUT = 4.0            # from so many times the usual range on, an extreme value is left out of the scale


@dataclass(frozen=True)
class HeightScale:
    """From a height to its share of the colours, from 0 to 1: share = ((height - low) / (high - low)) ** (1 / bend).

    A ravine is steep beside its floor: most of the map would lie in the lowest colour if the scale were even.  So the
    scale is bent until half of the map lies in the lower half of the colours.
    """

    low: float
    high: float
    bend: float = 1.0

    @classmethod
    def of(cls, heights: Array) -> HeightScale:
        """The scale that suits the finite ones among `heights`."""
        finite = heights[np.isfinite(heights)]
        if not finite.size:
            return cls(0.0, 1.0)
        low, lowest, middle, highest, high = (float(h) for h in np.percentile(finite, (0, 1, 50, 99, 100)))
        usual = highest - lowest
        if lowest - low > FAR_OUT * usual:
            low = lowest
        if high - highest > FAR_OUT * usual:
            high = highest
        if not high > low:
            room = max(abs(low), 1.0) * 1e-3
            return cls(low - room, low + room)
        share = min(max((middle - low) / (high - low), 1e-12), 1.0 - 1e-12)
        bend = min(MOST_BENT, math.log(share) / math.log(0.5))
        return cls(low, high, bend if bend > NEARLY_EVEN else 1.0)

    def shares(self, heights: Array) -> Array:
        """Shares of the colours; NaN stays NaN, what lies beyond the scale has the colour of its end."""
        even = np.clip((heights - self.low) / (self.high - self.low), 0.0, 1.0)
        return even if self.bend == 1.0 else np.asarray(even ** (1.0 / self.bend))

    def share(self, height: float) -> float:
        """The share of one height."""
        return float(self.shares(np.array(height)))

    def height(self, share: float) -> float:
        """The height that has a share of the colours."""
        return float(self.low + (self.high - self.low) * share**self.bend)

    def levels(self, count: int = 12) -> tuple[float, ...]:
        """About `count` round heights at even distances on the scale of colours, from low to high."""
        if self.bend == 1.0:
            return tuple(level for level in ticks(self.low, self.high, count) if self.low < level < self.high)
        found: list[float] = []
        for number in range(1 if self.bend < VERY_BENT else 2, count + 1):      # else a line as thin as the ravine
            height = self.height(number / (count + 1))
            room = min(height - self.height((number - 1) / (count + 1)),
                       self.height((number + 1) / (count + 1)) - height)
            level = rounded(height, room)
            if self.low < level < self.high and (not found or level > found[-1]):
                found.append(level)
        return tuple(found)


def rounded(value: float, room: float) -> float:
    """The roundest number within about half of `room` of `value`: a multiple of 1, 2 or 5 times a power of ten.

    >>> rounded(3.3127, 0.4), rounded(3.3127, 4.0), rounded(-0.0371, 0.01)
    (3.4, 4.0, -0.04)
    """
    step = _round_step(room)
    return float(f"{round(value / step) * step:.12g}")


def _round_step(room: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten up to `room`."""
    power = 10.0 ** math.floor(math.log10(room))
    return next(factor * power for factor in (5.0, 2.0, 1.0) if factor * power <= room * (1 + 1e-9))


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """At most `most` round numbers from `low` to `high`, evenly spaced.

    >>> ticks(-1.2, 2.1, 6)
    (-1.0, 0.0, 1.0, 2.0)
    """
    if not (math.isfinite(low) and math.isfinite(high) and high > low) or most < 1:
        return ()
    step = _round_step((high - low) / most)
    while high / step - low / step > most:
        step = _round_step(step * 2.5)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last - first > most + 1:      # so far from 0 that the numbers cannot be told apart
        return ()
    return tuple(float(f"{number * step:.12g}") for number in range(first, last + 1))


# A cell has its corners at (row, column) 0: (0, 0), 1: (0, 1), 2: (1, 1), 3: (1, 0); side k leads from corner k to
# the next.  `_SIDES` tells for each set of corners that lie above the level, as bits, between which sides a line runs.
_ROWS, _COLUMNS = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0])
_SIDES = np.array([
    (0, 0), (3, 0), (0, 1), (3, 1), (1, 2), (3, 0), (0, 2), (3, 2),
    (2, 3), (2, 0), (0, 1), (2, 1), (1, 3), (1, 0), (0, 3), (0, 0),
])  # fmt: skip
_NONE, _ALL = 0, 15
_CROSSED = (5, 10)       # two opposite corners lie above: two lines, which way the middle of the cell decides


def contour_lines(heights: Array, level: float) -> Array:
    """Where a surface has the height `level`: lines (n, 4) from (column, row) to (column, row), marching squares.

    `heights` are (rows, columns); cells with a corner that is not finite have no line.
    """
    if min(heights.shape) < 2:
        return np.empty((0, 4))
    above = heights >= level
    code = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    row, column = np.nonzero((code != _NONE) & (code != _ALL))
    code = code[row, column]
    corners = heights[row[:, None] + _ROWS, column[:, None] + _COLUMNS]
    kept = np.isfinite(corners).all(axis=1)
    row, column, code, corners = row[kept], column[kept], code[kept], corners[kept]
    crossed = np.isin(code, _CROSSED)
    middle = corners.mean(axis=1) >= level
    # with corners 0 and 2 above, lines cut off 0 and 2 where the middle lies below, else 1 and 3; and the other way
    cuts_even = crossed & ((code == _CROSSED[0]) != middle)
    cuts_odd = crossed & ~cuts_even
    first = _SIDES[code]
    first[cuts_even], first[cuts_odd] = (3, 0), (0, 1)
    second = np.where(cuts_even[:, None], (1, 2), (2, 3))
    lines = [_between(row, column, corners, first, level),
             _between(row[crossed], column[crossed], corners[crossed], second[crossed], level)]
    return np.concatenate(lines)


def _between(row: Whole, column: Whole, corners: Array, sides: Whole, level: float) -> Array:
    """The lines that join two sides of each cell, where these have the height `level`."""
    places = []
    cells = np.arange(len(row))
    for side in sides.T:
        last = (side + 1) % 4
        begin, end = corners[cells, side], corners[cells, last]
        share = np.clip((level - begin) / (end - begin), 0.0, 1.0)
        places.append(column + _COLUMNS[side] + share * (_COLUMNS[last] - _COLUMNS[side]))
        places.append(row + _ROWS[side] + share * (_ROWS[last] - _ROWS[side]))
    return np.ascontiguousarray(np.stack(places, axis=1)) if places else np.empty((0, 4))
