"""How large a number is, told by a colour that everybody can read: lighter or darker, whatever its hue.

Each map is taken in even steps of lightness, from next to the background to the map's far end.  So every step can be
told from the next also by eyes that do not see red or green, on a bad projector, and in print.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:       # the first window is painted before NumPy is needed
    import numpy as np
    from numpy.typing import NDArray

_FINE = 1024            # colours of a map among which the even steps are found


@dataclass(frozen=True)
class ColourMap:
    """One row: the maps of pyqtgraph for a dark and a light ground, and the lightness L* where the weak end stands.

    On dark ground strong is light, on light ground it is dark.
    """

    name: str
    label: str
    help: str
    dark: str
    light: str
    dark_from: float = 40.0
    light_from: float = 91.0


COLOUR_MAPS = MappingProxyType({row.name: row for row in (
    ColourMap("inferno", "Inferno", "From violet over orange to yellow, on light ground from yellow over magenta to "
              "dark blue. Many hues, so that steps can be named.", "inferno", "CET-L8"),
    ColourMap("viridis", "Viridis", "Blue, green and yellow: what many papers use.", "viridis", "viridis"),
    ColourMap("cividis", "Cividis", "Blue and yellow only: looks the same with and without red-green blindness.",
              "cividis", "cividis"),
    ColourMap("magma", "Magma", "Violet, pink and cream: quieter than inferno.", "magma", "magma"),
    ColourMap("greys", "Greys", "Lightness alone: for print in black and white.", "CET-L1", "CET-L1", 52.0, 78.0),
)})
DEFAULT = "inferno"


@cache
def strengths(name: str, dark: bool, count: int) -> NDArray[np.uint8]:
    """`count` RGB colours of a map from weak to strong, (count, 3)."""
    import numpy as np
    import pyqtgraph

    row = COLOUR_MAPS[name]
    colours = pyqtgraph.colormap.get(row.dark if dark else row.light).getLookupTable(nPts=_FINE, alpha=False)
    levels = np.maximum.accumulate(lightness(colours))
    first, last = (row.dark_from, levels[-1]) if dark else (row.light_from, levels[0])
    places = np.interp(np.linspace(first, last, count), levels, np.arange(_FINE))
    mixed = np.stack([np.interp(places, np.arange(_FINE), channel) for channel in colours.T.astype(float)], axis=1)
    return np.asarray(mixed.round(), dtype=np.uint8)


def lightness(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    """CIE L* (0 to 100) of sRGB colours, (..., 3): equal steps of it look equally large."""
    import numpy as np

    shares = np.asarray(colours, dtype=np.float64) / 255.0
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.asarray(np.where(luminance > 216 / 24389, 116 * np.cbrt(luminance) - 16, luminance * 24389 / 27))
