"""A plane has two scales: where a point of it lies on the screen, and which point lies under a pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from nnviz.report.fields import ALIKE

Array = NDArray[np.float64]

MARGIN = 0.06            # of the range, around the outermost points
NARROWEST = 1e-9         # range of an axis, as a share of its largest number
WIDEST = 1e15
_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class PlaneFrame:
    """The part of the plane from `low` to `high` (both x, y), shown in `room`; y grows upwards."""

    low: tuple[float, float]
    high: tuple[float, float]
    room: QRectF

    def to_pixels(self, points: Array) -> Array:
        """Where `points` (points, 2) lie on the screen, (points, 2)."""
        low, extent = np.array(self.low), np.array(self.high) - np.array(self.low)
        share = (points - low) / extent
        return np.column_stack((
            self.room.left() + share[:, 0] * self.room.width(), self.room.bottom() - share[:, 1] * self.room.height(),
        ))

    def to_point(self, at: QPointF) -> tuple[float, float]:
        """The point under a pixel."""
        x = (at.x() - self.room.left()) / self.room.width()
        y = (self.room.bottom() - at.y()) / self.room.height()
        return (self.low[0] + x * (self.high[0] - self.low[0]), self.low[1] + y * (self.high[1] - self.low[1]))

    def levelled(self) -> PlaneFrame:
        """With one scale for both axes: the one that had more pixels for the same range goes on further."""
        scale = max(self.per_pixel)
        middles = [(begin + end) / 2.0 for begin, end in zip(self.low, self.high, strict=True)]
        halves = [scale * pixels / 2.0 for pixels in (self.room.width(), self.room.height())]
        return replace(self, low=(middles[0] - halves[0], middles[1] - halves[1]),
                       high=(middles[0] + halves[0], middles[1] + halves[1]))

    def square(self) -> PlaneFrame:
        """The middle of a levelled frame that is as wide as it is high: levelled again it is the same frame."""
        half = max(self.per_pixel) * min(self.room.width(), self.room.height()) / 2.0
        x, y = ((begin + end) / 2.0 for begin, end in zip(self.low, self.high, strict=True))
        return replace(self, low=(x - half, y - half), high=(x + half, y + half))

    @property
    def per_pixel(self) -> tuple[float, float]:
        """What a pixel to the right and a pixel upwards are worth."""
        return ((self.high[0] - self.low[0]) / self.room.width(), (self.high[1] - self.low[1]) / self.room.height())

    def rounded(self, x: float, y: float) -> tuple[float, float]:
        """A point with as many decimals as a tenth of a pixel needs: nobody put the rest of them there."""
        places = [max(0, min(15, 1 - math.floor(math.log10(part)))) for part in self.per_pixel]
        return round(x, places[0]), round(y, places[1])

    def zoomed(self, factor: float, around: QPointF) -> PlaneFrame:
        """With ranges smaller by `factor`, the point under a pixel where it was; the same where that goes too far."""
        centre = self.to_point(around)
        low, high = (
            tuple(middle + (end - middle) / factor for middle, end in zip(centre, ends, strict=True))
            for ends in (self.low, self.high)
        )
        for begin, end in zip(low, high, strict=True):
            largest = max(abs(begin), abs(end))
            if not NARROWEST * largest < end - begin < WIDEST:
                return self
        return replace(self, low=(low[0], low[1]), high=(high[0], high[1]))

    def moved(self, dx: float, dy: float) -> PlaneFrame:
        """With everything shown further right and down by so many pixels."""
        across, up = self.per_pixel
        return replace(self, low=(self.low[0] - dx * across, self.low[1] + dy * up),
                       high=(self.high[0] - dx * across, self.high[1] + dy * up))

    def ticks(self, axis: int, most: int) -> list[float]:
        """Even numbers on an axis (0: x, 1: y), at most so many."""
        return ticks_between(self.low[axis], self.high[axis], most)


def ranges_of(points: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the plane of `points` (points, 2) should begin and end, both x, y: a little beyond the outermost."""
    if not len(points):
        return (-1.0, -1.0), (1.0, 1.0)
    low, high = points.min(axis=0), points.max(axis=0)
    extent = np.maximum(high - low, np.maximum(np.abs(low), np.abs(high)) * 1e-6)
    extent = np.where(extent > 0.0, extent, 1.0)
    low, high = low - MARGIN * extent, high + MARGIN * extent
    return (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))


def is_round(points: Array) -> bool:
    """Whether the two ranges of `points` (points, 2) are so alike that both axes get one scale, as in the picture."""
    if not len(points):
        return True
    low, high = sorted(np.ptp(points, axis=0).tolist())
    return high < ALIKE * low or high == 0.0


def ticks_between(low: float, high: float, most: int) -> list[float]:
    """At most so many even numbers from `low` to `high`.

    >>> ticks_between(-1.2, 1.2, 5), ticks_between(0.0, 0.01, 3)
    ([-1.0, -0.5, 0.0, 0.5, 1.0], [0.0, 0.005, 0.01])
    """
    rough = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (*_STEPS, 20.0):
        step = factor * power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    digits = max(0, 1 - math.floor(math.log10(step)))
    return [round(place * step, digits) + 0.0 for place in range(first, last + 1)]
