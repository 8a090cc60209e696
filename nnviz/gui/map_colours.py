"""Signed numbers as colours: blue below the middle, orange above it, as pale as the canvas where they are near it.

The two hues are told apart by every kind of colour vision, and the orange is the lighter one, so that signs can be read
without hues too.
"""

from __future__ import annotations

from functools import lru_cache
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from nnviz.gui.drawing import Array
from nnviz.gui.theme import Theme

Pixels = NDArray[np.uint32]       # 0xffrrggbb

SHADES = 255                      # odd: the middle has a shade of its own
UNKNOWN, INFINITE = SHADES, SHADES + 1
# The colours of low, middle and high, by whether the theme is dark.
ENDS = {False: ("#1f5fb4", "#fbfbfc", "#ee8a2b"), True: ("#2c78d8", "#101116", "#ffa04d")}
FAR = 1e9                         # times the scale; numbers less far from its middle can be counted as shades
BEND = 0.8                        # below 1 colours come early, so that the pale band is narrow


@lru_cache(maxsize=4)
def map_colours(theme: Theme) -> Pixels:
    """The shades from low to high, then that of no number, then that of an infinite one."""
    low, middle, high = (_rgb(colour) for colour in ENDS[theme.dark])
    places = np.linspace(-1.0, 1.0, SHADES)[:, None]
    share = np.abs(places) ** BEND
    rgb = np.vstack([middle + (np.where(places < 0, low, high) - middle) * share, _rgb(theme.raised),
                     _rgb(theme.warning)]).round().astype(np.uint32)
    return np.asarray(0xFF000000 | (rgb[:, 0] << 16) | (rgb[:, 1] << 8) | rgb[:, 2], dtype=np.uint32)


def map_pixels(values: Array, low: float, middle: float, high: float, flat: bool, theme: Theme) -> Pixels:
    """The colour of each number; `flat` leaves two: of those below the middle, and of all from there on."""
    shown, half = map_colours(theme), (SHADES - 1) / 2
    with np.errstate(invalid="ignore", over="ignore"):
        # what is far beyond the scale, or no number at all, is rare: it is looked for only where there is some
        least, most = (float(values.min()), float(values.max())) if values.size else (middle, middle)
        usual = max(abs(least - middle), abs(most - middle)) < FAR * (high - low)
        if flat:
            shades = np.where(values >= middle, float(SHADES - 1), 0.0)
        else:
            above = values - middle if middle else values
            up, down = half / (high - middle), half / (middle - low)
            if up != down and not least >= middle:        # a NaN is none of both
                shades = np.where(above < 0.0, above * down, above * up)
            else:
                shades = above * up
            shades += half + 0.5
            if usual and isfinite(least) and isfinite(most):      # the first and the last colour go on beyond the ends
                return shown[:SHADES].take(shades.astype(np.intp), mode="clip")
            np.clip(shades, 0.0, SHADES - 1.0, out=shades)
    if not (isfinite(least) and isfinite(most)):
        shades = np.where(np.isnan(values), UNKNOWN, np.where(np.isinf(values), INFINITE, shades))
    return shown[shades.astype(np.intp)]


def image_of(pixels: Pixels) -> QImage:
    """Pixels (rows, columns) as an image, which shares their memory: they must be kept as long as it."""
    rows, columns = pixels.shape
    return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)


def map_colour(theme: Theme, share: float) -> QColor:
    """The colour at a place of the scale, from 0 at its low end to 1."""
    return QColor.fromRgb(int(map_colours(theme)[round(share * (SHADES - 1))]))


def _rgb(colour: str) -> Array:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)
