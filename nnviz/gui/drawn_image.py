"""A drawing is an image that a soft brush has gone over: grey levels from 0, the ground, to 1, the ink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array

MOST_UNDONE = 200
_VISIBLE = 0.05      # of ink, from which a pixel counts as drawn
_INK = 0.3           # from which it counts for how large a drawing is: paler is the blur around it
_MOST_SCALE = 4.0


class DrawnImage:
    """A square image of `side` pixels, row by row from the top; every stroke can be taken back.

    It is `of_data` where it began as an image of the data, and so lies in its frame as those do.
    """

    def __init__(self, side: int) -> None:
        self.side = side
        self.pixels: Array = np.zeros((side, side))
        self.of_data = False
        self._undone: list[tuple[Array, bool]] = []
        self._done: list[tuple[Array, bool]] = []
        self._columns, self._rows = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)

    @property
    def is_empty(self) -> bool:
        return not bool((self.pixels > _VISIBLE).any())

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def begin(self) -> None:
        """What is drawn from here on is one stroke: it is taken back as a whole."""
        self._done.append((self.pixels, self.of_data))
        del self._done[:-MOST_UNDONE]
        self._undone.clear()

    def draw(self, start: tuple[float, float], end: tuple[float, float], size: float, soft: float, ink: bool) -> None:
        """Draws a line from `start` to `end`, in pixels from the upper left corner; without `ink` it erases.

        The brush covers `size` pixels and fades over `soft` pixels around its edge.  A stroke over what is drawn
        already makes it no darker.
        """
        cover = np.clip((size / 2.0 - self._distance(start, end)) / soft + 0.5, 0.0, 1.0)
        self.pixels = np.maximum(self.pixels, cover) if ink else np.minimum(self.pixels, 1.0 - cover)

    def _distance(self, start: tuple[float, float], end: tuple[float, float]) -> Array:
        """How far the middle of every pixel is from the line between two points."""
        across, down = end[0] - start[0], end[1] - start[1]
        length = across * across + down * down
        x, y = self._columns - start[0], self._rows - start[1]
        along = np.clip((x * across + y * down) / length, 0.0, 1.0) if length > 0.0 else 0.0
        return np.hypot(x - along * across, y - along * down)

    def load(self, pixels: Array) -> None:
        """An image of the data in this one's place, as one stroke."""
        self.begin()
        self.pixels, self.of_data = np.array(pixels, dtype=np.float64).reshape(self.side, self.side), True

    def clear(self) -> None:
        """An empty image, as one stroke."""
        if not self.is_empty:
            self.begin()
            self.pixels, self.of_data = np.zeros((self.side, self.side)), False

    def undo(self) -> bool:
        """Takes the last stroke back; False where there is none."""
        return self._cross(self._done, self._undone)

    def redo(self) -> bool:
        """Draws the stroke again that was taken back last; False where there is none."""
        return self._cross(self._undone, self._done)

    def _cross(self, source: list[tuple[Array, bool]], goal: list[tuple[Array, bool]]) -> bool:
        if not source:
            return False
        goal.append((self.pixels, self.of_data))
        self.pixels, self.of_data = source.pop()
        return True


@dataclass(frozen=True)
class Ink:
    """What the data have for the ground and for the ink of an image: 0 and 1, perhaps, or 255 and 0."""

    ground: float
    ink: float

    @classmethod
    def of(cls, images: Array) -> Ink:
        """That of the pixels of a data set: most of an image is ground."""
        low, high = float(images.min()), float(images.max())
        ground_is_low = float(np.median(images)) - low <= high - float(np.median(images))
        return cls(low, high) if ground_is_low else cls(high, low)

    def values(self, pixels: Array) -> Array:
        """Grey levels from 0 to 1 as the data have them."""
        return self.ground + pixels * (self.ink - self.ground)

    def levels(self, values: Array) -> Array:
        """What the data have, as grey levels from 0 to 1."""
        span = self.ink - self.ground
        return np.clip((values - self.ground) / span, 0.0, 1.0) if span else np.zeros_like(values)


@dataclass(frozen=True)
class Habit:
    """How the images of a data set lie in their frame: on average their ink's centre of mass is at (`across`, `down`)
    pixels from the upper left corner, and its longer side is `extent` pixels."""

    across: float
    down: float
    extent: float

    @classmethod
    def of(cls, images: Array) -> Habit:
        """That of `images`, (images, side, side) of grey levels from 0 to 1; without ink, the middle of the frame."""
        inked = images[(images > _INK).any(axis=(1, 2))]
        side = images.shape[1]
        if not len(inked):
            return cls(side / 2.0, side / 2.0, 0.7 * side)
        places = np.arange(side) + 0.5
        mass = inked.sum(axis=(1, 2))
        across, down = inked.sum(axis=1) @ places / mass, inked.sum(axis=2) @ places / mass
        longest = np.maximum(_extent(inked, 1), _extent(inked, 2))
        return cls(float(across.mean()), float(down.mean()), float(longest.mean()))

    def applied(self, pixels: Array) -> Array:
        """The image moved and scaled so that it lies as the data's images do, at most four times as large.

        It is moved and scaled less where ink would leave the frame.
        """
        drawn, side = pixels[None], len(pixels)
        if not (drawn > _INK).any():
            return pixels
        own = Habit.of(drawn)
        rows, columns = (np.flatnonzero(pixels.any(axis=axis))[[0, -1]] for axis in (1, 0))
        longest = max(float(np.ptp(rows)), float(np.ptp(columns)))
        scale = min(self.extent / own.extent, _MOST_SCALE, (side + 1) / (longest + 2))
        down = _resampling(side, own.down, _within(self.down, own.down, rows, side, scale), scale)
        across = _resampling(side, own.across, _within(self.across, own.across, columns, side, scale), scale)
        return np.clip(down @ pixels @ across.T, 0.0, 1.0)


def _extent(images: Array, axis: int) -> Array:
    """How many pixels the ink of every image covers along an axis."""
    inked = np.asarray((images > _INK).any(axis=3 - axis))
    first, last = inked.argmax(axis=1), inked.shape[1] - inked[:, ::-1].argmax(axis=1)
    return np.asarray(last - first, dtype=np.float64)


def _within(goal: float, centre: float, inked: NDArray[np.intp], side: int, scale: float) -> float:
    """The place nearest to `goal` to which `centre` can come while the `inked` first and last pixels of a line of
    `side` stay inside: scaled, each of them spreads over as much as `_resampling` smooths."""
    first, last = ((inked + 0.5 - centre) * scale).tolist()
    spread = max(1.0, scale)
    return min(max(goal, spread - 0.5 - first), side + 0.5 - spread - last)


def _resampling(side: int, centre: float, goal: float, scale: float) -> Array:
    """Row i: how much each pixel of a line counts for pixel i, where `centre` comes to `goal` and all is scaled.

    Linear interpolation where it grows, the mean over what a pixel covers where it shrinks.
    """
    wanted = (np.arange(side) + 0.5 - goal) / scale + centre - 0.5
    steep = min(1.0, scale)
    return np.asarray(np.maximum(0.0, 1.0 - steep * np.abs(wanted[:, None] - np.arange(side))) * steep)
