"""Everything the painter needs to draw the map of a function of two variables with the paths that descend it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import Protocol

import numpy as np

from nnviz.gui.contours import Array

Range = tuple[float, float]
Place = tuple[float, float]
MOST_UNLIKE = 4.0        # how many times the scale of one axis may be that of the other before each gets its own
LEAST_SPAN, MOST_SPAN = 1e-9, 1e12


class Function(Protocol):
    """A function of x and y, which takes numbers and arrays."""

    @property
    def text(self) -> str: ...
    def value(self, *arguments: Array | float) -> Array: ...
    def gradient(self, *arguments: Array | float) -> tuple[Array, ...]: ...


@dataclass(frozen=True)
class Trail:
    """The path of one optimiser: `places` (n, 2) from the start on, the newest last, after `step` steps.

    `height` is f at the newest place.  `ended` is the step that would not be finite, None where all are.  `since` is
    how many steps were done at the first place: where it is not 0, training began at `start`, and what lies between is
    not known.  `is_mixed` says that settings or values were changed on the way.
    """

    name: str                      # in the table of optimisers
    label: str
    places: Array
    step: int
    height: float
    ended: int | None = None
    since: int = 0
    start: Place | None = None
    is_mixed: bool = False

    @property
    def beginning(self) -> Place:
        """Where training began, which is what Reset returns to."""
        return self.start or (float(self.places[0, 0]), float(self.places[0, 1]))


@dataclass(frozen=True)
class Extent:
    """The stretch of the x and the y axis that a map shows."""

    x: Range
    y: Range

    @property
    def width(self) -> float:
        return self.x[1] - self.x[0]

    @property
    def height(self) -> float:
        return self.y[1] - self.y[0]

    def fitted(self, width: float, height: float) -> Extent:
        """An extent for a map of `width` × `height` pixels that shows all of this one.

        Both axes get the same scale, so that gradients stand at right angles on contour lines; where that would
        leave most of the map to what nobody asked for, or reach beyond all numbers, each keeps its own.
        """
        across, up = self.width / width, self.height / height
        scale = max(across, up)
        if scale > MOST_UNLIKE * min(across, up) or not isfinite(scale * max(width, height)):
            return self
        return Extent(_around(self.x, scale * width), _around(self.y, scale * height))

    def zoomed(self, factor: float, around: Place) -> Extent:
        """Closer by `factor`; the place `around` stays where it is. The same where it cannot be zoomed further."""
        new = Extent(*(
            (centre + (low - centre) / factor, centre + (high - centre) / factor)
            for (low, high), centre in zip((self.x, self.y), around, strict=True)
        ))
        spans = (new.width, new.height)
        far = max(map(abs, (*new.x, *new.y)))
        return new if min(spans) > max(LEAST_SPAN, far * 1e-10) and max(spans) < MOST_SPAN else self

    def moved(self, dx: float, dy: float) -> Extent:
        """Shifted by so much along each axis."""
        return Extent((self.x[0] + dx, self.x[1] + dx), (self.y[0] + dy, self.y[1] + dy))

    def grid(self, columns: int, rows: int) -> tuple[Array, Array]:
        """x of each column (columns,) and y of each row (rows,), from the lowest."""
        return np.linspace(*self.x, columns), np.linspace(*self.y, rows)


def _around(stretch: Range, span: float) -> Range:
    middle = (stretch[0] + stretch[1]) / 2
    return middle - span / 2, middle + span / 2


@dataclass(frozen=True)
class SurfaceDrawing:
    """A function and a descent on it at one moment.

    `here` is the present point; `before` the one at which the gradient was taken, which an update leads from.  The
    gradient, the update and f are None as long as the pass has not reached them.
    """

    function: Function
    extent: Extent
    trail: Trail
    here: Place
    before: Place
    height: float | None = None
    gradient: Place | None = None
    update: Place | None = None
    others: tuple[Trail, ...] = ()
    caption: str = ""

    def heights(self, columns: int, rows: int, extent: Extent) -> Array:
        """f on a grid of `extent`, (rows, columns), the lowest y first; where it has no value, NaN."""
        x, y = extent.grid(columns, rows)
        with np.errstate(all="ignore"):
            values = np.asarray(self.function.value(x[None, :], y[:, None]), dtype=np.float64)
        return np.array(np.broadcast_to(values, (rows, columns)))

    def with_trails(self, trail: Trail, others: tuple[Trail, ...]) -> SurfaceDrawing:
        return replace(self, trail=trail, others=others)


def value_at(function: Function, place: Place) -> float:
    """f at one place; NaN or infinite where it has no value."""
    with np.errstate(all="ignore"):
        return float(function.value(*place))


def slope_at(function: Function, place: Place) -> Place:
    """∂f/∂x and ∂f/∂y at one place."""
    with np.errstate(all="ignore"):
        across, up = function.gradient(*place)
    return float(across), float(up)
