"""Colours have roles: what is background, what is ink, what warns.

A `Theme` is a frozen table of roles; `LIGHT` and `DARK` are the two rows.  Widgets take the roles from the
palette, our own painters take them from the theme itself, so a recoloured theme recolours everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:       # the first window is painted before NumPy is needed
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Theme:
    """Colour roles as `#rrggbb`, and the colour map that shows a magnitude.

    `colour_map` names one of pyqtgraph's perceptually uniform, colour-blind-safe maps; `reversed_map` is set
    where the map's dark end is the strong one (a light background).
    """

    name: str
    dark: bool
    window: str          # behind panels and toolbars
    base: str            # behind text that can be read or edited
    canvas: str          # behind the network
    raised: str          # buttons, cards, table headers
    ink: str             # text
    muted: str           # second text
    line: str            # borders, grids
    accent: str          # selection, focus
    on_accent: str       # text on the accent
    positive: str        # positive weights and values
    negative: str        # negative weights and values
    active: str          # what the cursor is at
    warning: str         # dead units, divergence
    good: str            # converged, target reached
    colour_map: str
    reversed_map: bool

    def strengths(self, count: int = 256) -> NDArray[np.uint8]:
        """`count` RGB colours from weak to strong, the weak end nearest to the canvas. Shape (count, 3)."""
        return _strengths(self, count)


@cache
def _strengths(theme: Theme, count: int) -> NDArray[np.uint8]:
    import numpy as np
    import pyqtgraph

    colour_map = pyqtgraph.colormap.get(theme.colour_map)
    places = np.linspace(0.0, 1.0, count)
    background = np.array([int(theme.canvas[i : i + 2], 16) for i in (1, 3, 5)], dtype=float)
    if theme.dark:      # the map's first third can hardly be told from a dark canvas: left out, and the rest lifted
        colours = np.asarray(colour_map.map(0.3 + 0.7 * places, mode="byte"), dtype=float)[:, :3]
        share = (0.3 * (1.0 - places) ** 1.5)[:, None]
        return np.asarray(colours * (1 - share) + np.array([230.0, 232.0, 236.0]) * share, dtype=np.uint8)
    colours = colour_map.getLookupTable(nPts=count, alpha=False)
    if theme.reversed_map:
        colours = colours[::-1]
    share = np.clip(np.linspace(0.32, 1.6, count), 0.0, 1.0)[:, None]
    return np.asarray(background * (1 - share) + colours * share, dtype=np.uint8)


LIGHT = Theme(
    name="light", dark=False,
    window="#f4f5f7", base="#ffffff", canvas="#fbfbfc", raised="#ffffff", ink="#1b1f27", muted="#5d6675",
    line="#d5d9e0", accent="#1f6feb", on_accent="#ffffff", positive="#c2560c", negative="#1667b7",
    active="#00908c", warning="#c62828", good="#1b7f4d", colour_map="CET-L8", reversed_map=True,
)
DARK = Theme(
    name="dark", dark=True,
    window="#191c22", base="#14161b", canvas="#101116", raised="#232730", ink="#e6e8ec", muted="#9aa3b2",
    line="#343a46", accent="#5aa2ff", on_accent="#0b0d11", positive="#ff9642", negative="#5aa9ff",
    active="#2ee0d2", warning="#ff6b6b", good="#6fd694", colour_map="inferno", reversed_map=False,
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` mixed in, all as `#rrggbb`.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    channels = ((int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)
