"""A GIF has 256 colours: those of a film are chosen once, so that no colour of its pictures is far from one of them.

What covers much of a picture weighs more, but rare colours count too: the bright end of a colour key is a few pixels
among a million, and a palette that only follows the crowd would lose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

Colours = NDArray[np.uint8]       # (colours, 3): red, green, blue
_SIZE = 256                       # colours of a GIF
_LOOKED_AT = 12                   # frames whose colours are counted
_EXACT = 32                       # the colours that cover most are kept as they are: grounds, lines, text
_WEIGHT = 0.35                    # what covers twice as much may be 2^(weight/2) times less far from its colour
_AT_ONCE = 4096                   # colours whose distances are held in memory


def palette_of(frames: Sequence[Image]) -> Colours:
    """At most 256 colours for the frames of a film, the farthest from those before it first.

    The greedy choice of centres of T. Gonzalez, "Clustering to minimize the maximum intercluster distance",
    Theoretical Computer Science 38, 1985, with distances weighted by how many pixels have a colour.
    """
    places = np.unique(np.linspace(0, len(frames) - 1, _LOOKED_AT).round().astype(int))
    seen = np.concatenate([_codes(np.asarray(frames[place])).ravel() for place in places])
    codes, counts = np.unique(seen, return_counts=True)
    found = _colours(codes)
    lying = found.astype(np.float32)
    weights = counts.astype(np.float32) ** _WEIGHT
    chosen = np.argsort(-counts, kind="stable")[:_EXACT].tolist()
    away = _squared_distances(lying, lying[chosen]).min(axis=1)
    while len(chosen) < _SIZE and away.max() > 0.0:
        chosen.append(int((away * weights).argmax()))
        away = np.minimum(away, _squared_distances(lying, lying[chosen[-1:]])[:, 0])
    return np.asarray(found[chosen], dtype=np.uint8)


class Painter:
    """Gives every pixel of a picture the nearest colour of a palette; colours seen before cost a look into a table."""

    def __init__(self, palette: Colours) -> None:
        self.palette = palette
        self._numbers: NDArray[np.int16] = np.full(1 << 24, -1, dtype=np.int16)

    def painted(self, frame: NDArray[np.uint8]) -> Image:
        """The frame, (height, width, 3), in the colours of the palette."""
        from PIL import Image

        codes = _codes(frame)
        fresh = np.unique(codes[self._numbers[codes] < 0])
        wanted = self.palette.astype(np.float32)
        for start in range(0, len(fresh), _AT_ONCE):
            part = fresh[start : start + _AT_ONCE]
            self._numbers[part] = _squared_distances(_colours(part).astype(np.float32), wanted).argmin(axis=1)
        image = Image.fromarray(self._numbers[codes].astype(np.uint8))
        image.putpalette(self.palette.ravel().tolist())
        return image


def _codes(frame: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Every colour as one number 0xrrggbb."""
    wide = frame.astype(np.uint32)
    return np.asarray(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2])


def _colours(codes: NDArray[np.uint32]) -> Colours:
    return np.stack([codes >> 16 & 255, codes >> 8 & 255, codes & 255], axis=1).astype(np.uint8)


def _squared_distances(colours: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each colour is from each of the others, squared, (colours, others)."""
    away = np.zeros((len(colours), len(others)), dtype=np.float32)
    for part in range(3):
        away += (colours[:, part, None] - others[None, :, part]) ** 2
    return away
