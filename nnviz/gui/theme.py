"""Colours have roles: what is background, what is ink, what warns.

A `Theme` is a frozen table of roles; `LIGHT` and `DARK` are the two rows.  Widgets take the roles from the
palette, our own painters take them from the theme itself, so a recoloured theme recolours everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nnviz.gui.colour_maps import DEFAULT, strengths

if TYPE_CHECKING:       # the first window is painted before NumPy is needed
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Theme:
    """Colour roles as `#rrggbb`, and the colour map that shows a magnitude, a row of `colour_maps.COLOUR_MAPS`."""

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
    colour_map: str = DEFAULT

    def strengths(self, count: int = 256) -> NDArray[np.uint8]:
        """`count` RGB colours from weak to strong, the weak end nearest to the canvas. Shape (count, 3)."""
        return strengths(self.colour_map, self.dark, count)

    def with_colours(self, colour_map: str) -> Theme:
        """The same theme with another map for magnitudes."""
        return replace(self, colour_map=colour_map)


LIGHT = Theme(
    name="light", dark=False,
    window="#f4f5f7", base="#ffffff", canvas="#fbfbfc", raised="#ffffff", ink="#1b1f27", muted="#5d6675",
    line="#d5d9e0", accent="#1f6feb", on_accent="#ffffff", positive="#c2560c", negative="#1667b7",
    active="#00908c", warning="#c62828", good="#1b7f4d",
)
DARK = Theme(
    name="dark", dark=True,
    window="#191c22", base="#14161b", canvas="#101116", raised="#232730", ink="#e6e8ec", muted="#9aa3b2",
    line="#343a46", accent="#5aa2ff", on_accent="#0b0d11", positive="#ff9642", negative="#5aa9ff",
    active="#2ee0d2", warning="#ff6b6b", good="#6fd694",
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` mixed in, all as `#rrggbb`.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    channels = ((int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)
