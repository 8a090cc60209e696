"""How large a gradient is becomes a colour: a moment's largest and smallest say where the colours begin and end.

A picture that stands still has the scale of its own drawing, however it was reached; only while training flows does
the scale depend on what was before, so that colours keep their meaning from frame to frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from nnviz.gui.drawing import Array, Drawing, Mask
from nnviz.gui.theme import Theme, mixed
from nnviz.report.numbers import MINUS, short

COLOURS = 24                      # steps of the colour scale
NEUTRAL, ZERO, WEAKEST = 0, 1, 2  # colour bins: gradient not known yet; exactly 0; the first step of the scale
STRONGEST_COLOUR = WEAKEST + COLOURS - 1
WARNING = STRONGEST_COLOUR + 1    # a weight or gradient that is not finite
FEWEST_DECADES, ENOUGH_DECADES, MOST_DECADES = 2, 4, 8
APART = 30                        # of 255: so far in some channel is 0 from every colour of the scale
_WEAK = 20                        # one of so many gradients of a layer may be too weak for a scale that is long enough
_MANY, _SAMPLE = 16_000, 6_000     # of more gradients so many tell which are weak, and logarithms are short


@dataclass(frozen=True)
class Magnitudes:
    """What a scale has to know of many |gradients|, none of them 0: `weak` is exceeded by all but a twentieth."""

    smallest: float
    weak: float
    largest: float


@dataclass(frozen=True)
class ColourScale:
    """The range of |gradient| that the colours span: whole decades, 10**low to 10**high, or linear from 0 to `top`.

    `open_below` tells that weaker ones share the first colour; the number at that end says so.
    """

    low: int = -4
    high: int = -1
    open_below: bool = False
    linear: bool = False
    top: float = 0.1              # of a linear scale: 1, 2 or 5 times a power of ten

    def fitting(self, found: Magnitudes | None) -> ColourScale:
        """The scale of this kind for these gradients, whatever it spanned before; without any, that of none."""
        if found is None:
            return ColourScale(linear=self.linear)
        if self.linear:
            return ColourScale(linear=True, top=_round_up(found.largest))
        high = _decade_above(found.largest)
        low = _decade_below(found.smallest)
        if high - low > ENOUGH_DECADES:      # a few stray ones are not worth that all others look alike
            low = min(high - ENOUGH_DECADES, max(high - MOST_DECADES, _decade_below(found.weak)))
        low = min(low, high - FEWEST_DECADES)
        return ColourScale(low, high, _decade_below(found.smallest) < low)

    def following(self, found: Magnitudes | None) -> ColourScale:
        """The scale for the next of many: an end moves as soon as gradients leave it, or shrink well within it."""
        if found is None:
            return self
        fresh = self.fitting(found)
        if self.linear:
            return self if fresh.top <= self.top <= 5.0 * fresh.top else fresh
        high = self.high if fresh.high <= self.high <= fresh.high + 1 else fresh.high
        needed = max(fresh.low, _decade_below(found.smallest))
        low = min(self.low if fresh.low - 1 <= self.low <= needed else fresh.low, high - FEWEST_DECADES)
        return replace(self, low=low, high=high, open_below=_decade_below(found.smallest) < low)

    def fitting_drawing(self, drawing: Drawing) -> ColourScale:
        """The scale of this kind for all known gradients of `drawing`, whatever was shown before."""
        return self.fitting(magnitudes_of(drawing))

    def following_drawing(self, drawing: Drawing) -> ColourScale:
        """The scale for the next drawing while training flows."""
        return self.following(magnitudes_of(drawing))

    def share(self, magnitude: float) -> float:
        """How far along the scale a magnitude other than 0 stands, from 0 to 1."""
        place = magnitude / self.top if self.linear else (math.log10(magnitude) - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, place))

    @cached_property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Marks of the colour bar: place from 0 to 1, and the number there."""
        if self.linear:
            return tuple((share, short(share * self.top, 3)) for share in (0.0, 0.5, 1.0))
        numbers = [f"1e{at}".replace("-", MINUS) for at in range(self.low, self.high + 1)]
        if self.open_below:
            numbers[0] = "≤" + numbers[0]
        return tuple((place / (self.high - self.low), number) for place, number in enumerate(numbers))

    def bins(self, magnitudes: Array) -> NDArray[np.uint16]:
        """The colour bin of each magnitude: ZERO, or WEAKEST to STRONGEST_COLOUR."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            if self.linear:
                steps = magnitudes * (COLOURS / self.top)
            else:                     # of many only the nearest colour matters, and seven digits are enough for that
                steps = np.log10(magnitudes if magnitudes.size <= _MANY else magnitudes.astype(np.float32))
                steps -= self.low
                steps *= COLOURS / (self.high - self.low)
        np.fmax(steps, 0.0, out=steps)
        np.fmin(steps, COLOURS - 1, out=steps)
        steps += float(WEAKEST)
        found = steps.astype(np.uint16)
        found[magnitudes == 0.0] = ZERO
        return found


def magnitudes_of(drawing: Drawing) -> Magnitudes | None:
    """What the scale of `drawing` depends on: all its known gradients that are finite and not 0; None without any."""
    return _together(_magnitudes(gradients, known) for gradients, known in _all_gradients(drawing))


def magnitudes_together(arrays: Iterable[Array]) -> Magnitudes | None:
    """The same of several arrays whose unknown gradients are NaN."""
    return _together(map(magnitudes_among, arrays))


def _together(parts: Iterable[Magnitudes | None]) -> Magnitudes | None:
    found = [part for part in parts if part is not None]
    if not found:
        return None
    return Magnitudes(min(part.smallest for part in found), min(part.weak for part in found),
                      max(part.largest for part in found))


def magnitudes_among(gradients: Array) -> Magnitudes | None:
    """The same of one array whose unknown gradients are NaN."""
    return _magnitudes(gradients, np.isfinite(gradients))


def _all_gradients(drawing: Drawing) -> Iterator[tuple[Array, Mask]]:
    for layer, column in zip(drawing.connections, drawing.columns[1:], strict=True):
        yield layer.magnitudes, layer.gradients_known
        if layer.bias_gradients is not None and layer.bias_gradients_known is not None:
            yield layer.bias_gradients, layer.bias_gradients_known
        if column.slopes is not None:
            yield column.slopes.gradients, column.slopes.known


def _magnitudes(gradients: Array, known: Mask) -> Magnitudes | None:
    """Of one array; None where it has no known gradient that is finite and not 0."""
    if not gradients.size:
        return None
    every = gradients.ravel() if known.all() else gradients[known]
    if not every.size:
        return None
    smallest, largest = float(every.min()), float(every.max())
    if smallest < 0.0:
        every = np.abs(every)
        smallest, largest = float(every.min()), float(every.max())
    if not 0.0 < smallest <= largest < math.inf:             # there is a 0, an infinite one or a NaN among them
        every = every[(every > 0.0) & (every < math.inf)]
        if not every.size:
            return None
        smallest, largest = float(every.min()), float(every.max())
    some = every if every.size <= _MANY else every[:: every.size // _SAMPLE]
    weak = float(np.partition(some, some.size // _WEAK)[some.size // _WEAK])
    return Magnitudes(smallest, weak, largest)


def _decade_above(value: float) -> int:
    return math.ceil(math.log10(value))


def _decade_below(value: float) -> int:
    return math.floor(math.log10(value))


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, ... times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1.0, 2.0, 5.0) if value <= step * power), 10.0 * power)


@lru_cache(maxsize=16)
def edge_shades(theme: Theme) -> NDArray[np.uint32]:
    """The same as numbers 0xffrrggbb, for images."""
    return np.array([colour.rgb() for colour in edge_colours(theme)], dtype=np.uint32)


@lru_cache(maxsize=16)
def edge_colours(theme: Theme) -> tuple[QColor, ...]:
    """The colour of every bin: neutral, zero, weak to strong, warning."""
    shades = theme.strengths(COLOURS).astype(int)
    zero = next(grey for grey in _greys(theme) if _distance(grey, shades) >= APART)
    return (QColor(theme.line), zero, *(QColor(*shade) for shade in shades.tolist()), QColor(theme.warning))


def _greys(theme: Theme) -> Iterator[QColor]:
    """What the colour of 0 may be, the best first: a grey, or where the map has greys itself a pale hue."""
    yield QColor(mixed(theme.line, theme.muted, 0.4))
    for role in ("accent", "good", "warning"):
        yield QColor(mixed(theme.canvas, getattr(theme, role), 0.5))


def _distance(colour: QColor, shades: NDArray[np.int_]) -> int:
    """How far `colour` is from the next of `shades`, (count, 3): the largest difference of a channel."""
    here = np.array((colour.red(), colour.green(), colour.blue()))
    return int(np.abs(shades - here).max(axis=1).min())
