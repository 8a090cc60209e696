"""A map of a function is read by its contour lines, which join the places of one height.

Here are the numbers of such a map, without any drawing: which heights have a line, where the lines run, and which
numbers stand along an axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.intp]

MOST_BENT, VERY_BENT = 8.0, 3.0   # how much closer the levels of the lowlands may lie
NEARLY_EVEN = 1.8        # a scale that would be bent no more than this stays even: then close lines mean steep
HEADROOM = 0.2           # share of the colours for what lies above those that a map is made for
BEYOND = 4.0             # how many times the stretch of the colours has lines
LARGEST = 8e307          # a scale that went further down and up would be infinitely long
FAR_OUT = 4.0            # from so many times the usual range on, an extreme value is left out of the scale


@dataclass(frozen=True)
class HeightScale:
    """From a height to its share of the colours, from 0 to 1.

    The stretch from low to high is s = ((height - low) / (high - low)) ** (1 / bend), from 0 to 1.  A ravine is steep
    beside its floor: most of the map would lie in the lowest colour if the scale were even, so it is bent until half of
    the map lies in the lower half of the colours.  With some `headroom` the last colours are left to what lies above
    high: the share comes ever nearer to 1.
    """

    low: float
    high: float
    bend: float = 1.0
    headroom: float = 0.0

    @classmethod
    def of(cls, heights: Array) -> HeightScale:
        """The scale that suits the finite ones among `heights`."""
        finite = np.clip(heights[np.isfinite(heights)], -LARGEST, LARGEST)
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

    def with_surroundings(self, low: float, high: float) -> HeightScale:
        """The same for a map that also shows heights down to `low` and up to `high`, beside those it is made for."""
        low = max(low, -LARGEST)
        deeper = low if self.low - low < self.high - self.low else self.low
        return replace(self, low=min(self.low, deeper), headroom=HEADROOM if high > self.high else 0.0)

    def shares(self, heights: Array) -> Array:
        """Shares of the colours; NaN stays NaN, what lies beyond the scale has the colour of its end."""
        with np.errstate(over="ignore"):     # a height far beyond the scale has the colour of its end
            stretch = np.maximum((heights - self.low) / (self.high - self.low), 0.0)
        if self.bend != 1.0:
            stretch = stretch ** (1.0 / self.bend)
        room = self.headroom
        if not room:
            return np.asarray(np.minimum(stretch, 1.0))
        above = 1.0 - room / (1.0 + np.maximum(stretch - 1.0, 0.0) * (1.0 - room) / room)
        return np.where(stretch > 1.0, above, stretch * (1.0 - room))

    def share(self, height: float) -> float:
        """The share of one height."""
        return float(self.shares(np.array(height)))

    def height(self, stretch: float) -> float:
        """The height at a place of the stretch from low (0) to high (1) and beyond."""
        return min(max(self.low + (self.high - self.low) * stretch**self.bend, -LARGEST), LARGEST)

    def levels(self, count: int = 12, highest: float = -math.inf) -> tuple[float, ...]:
        """About `count` round heights at even distances of the stretch from low to high.

        They go on in the same way beyond high up to `highest`, at most three times as many again.
        """
        top = max(self.high, min(highest, self.height(BEYOND)))
        if self.bend == 1.0:
            found = list(ticks(self.low, self.high, count))
            step = found[1] - found[0] if len(found) > 1 else math.inf
            while found and found[-1] + step < top:
                found.append(rounded(found[-1] + step, step))
            return tuple(level for level in found if self.low < level < top)
        found = []
        first = 1 if self.bend < VERY_BENT else 2      # else it would be a line as thin as the ravine
        for number in range(first, round(BEYOND * (count + 1))):
            height = self.height(number / (count + 1))
            room = min(height - self.height((number - 1) / (count + 1)),
                       self.height((number + 1) / (count + 1)) - height)
            if not room > 0.0:
                break
            level = rounded(height, room)
            if self.low < level < top and (not found or level > found[-1]):
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
    decimals = -math.floor(math.log10(step) + 1e-9)
    return tuple(round(number * step, decimals) for number in range(first, last + 1))


# A cell has its corners at (row, column) 0: (0, 0), 1: (0, 1), 2: (1, 1), 3: (1, 0); side k leads from corner k to
# the next.  `_SIDES` tells for each set of corners that lie above the level, as bits 1, 2, 8 and 4, between which sides
# a line runs.
_ROWS, _COLUMNS = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0])
_DOWN, _ACROSS = np.roll(_ROWS, -1) - _ROWS, np.roll(_COLUMNS, -1) - _COLUMNS       # along each side
_SIDES = np.array([
    (0, 0), (3, 0), (0, 1), (3, 1), (2, 3), (2, 0), (0, 1), (2, 1),
    (1, 2), (3, 0), (0, 2), (3, 2), (1, 3), (1, 0), (0, 3), (0, 0),
])  # fmt: skip
_ALL = 15
_CROSSED = (9, 6)        # two opposite corners lie above: two lines, which way the middle of the cell decides


def contour_lines(heights: Array, level: float) -> Array:
    """Where a surface has the height `level`: lines (n, 4) from (column, row) to (column, row), marching squares.

    `heights` are (rows, columns); cells with a corner that is not finite have no line.
    """
    if min(heights.shape) < 2:
        return np.empty((0, 4))
    above = (heights >= level).view(np.uint8)
    pairs = above[:, :-1] + 2 * above[:, 1:]
    codes = pairs[:-1] + 4 * pairs[1:]
    cells = np.flatnonzero((codes - 1) < _ALL - 1)      # 0 - 1 is the largest of all
    if not cells.size:
        return np.empty((0, 4))
    row, column = np.divmod(cells, codes.shape[1])
    code = codes.ravel()[cells]
    with np.errstate(over="ignore", invalid="ignore"):
        doubtful = not np.isfinite(heights.sum())      # an infinite sum may be one of large numbers
    if doubtful:
        kept = np.isfinite(_corners(heights, row, column)).all(axis=1)
        row, column, code = row[kept], column[kept], code[kept]
    first = _SIDES[code]
    crossed = (code == _CROSSED[0]) | (code == _CROSSED[1])
    if not crossed.any():
        return _between(heights, row, column, first, level)
    corners = _corners(heights, row, column)
    middle = (corners / 4.0).sum(axis=1) >= level      # divided first: a sum of large heights would overflow
    # with corners 0 and 2 above, lines cut off 0 and 2 where the middle lies below, else 1 and 3; and the other way
    cuts_even = crossed & ((code == _CROSSED[0]) != middle)
    cuts_odd = crossed & ~cuts_even
    first[cuts_even], first[cuts_odd] = (3, 0), (0, 1)
    second = np.where(cuts_even[:, None], (1, 2), (2, 3))
    lines = [_between(heights, row, column, first, level),
             _between(heights, row[crossed], column[crossed], second[crossed], level)]
    return np.concatenate(lines)


def _corners(heights: Array, row: Whole, column: Whole) -> Array:
    """The heights at the four corners of each cell, (cells, 4)."""
    return np.asarray(heights[row[:, None] + _ROWS, column[:, None] + _COLUMNS])


def _between(heights: Array, row: Whole, column: Whole, sides: Whole, level: float) -> Array:
    """The lines that join two sides of each cell, where these have the height `level`."""
    flat, width = heights.ravel(), heights.shape[1]
    row, column = row[:, None] + _ROWS[sides], column[:, None] + _COLUMNS[sides]      # where each side begins
    down, across = _DOWN[sides], _ACROSS[sides]
    begin = row * width + column
    # halves: the way from one end of all numbers to the other is longer than any number
    low = flat[begin] / 2
    share = (level / 2 - low) / (flat[begin + (down * width + across)] / 2 - low)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    lines = np.empty((len(row), 2, 2))
    lines[:, :, 0] = column + share * across
    lines[:, :, 1] = row + share * down
    return lines.reshape(-1, 4)
