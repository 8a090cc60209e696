"""Where labels stand on the edges in sight while the picture is zoomed in: each on the part of its edge that is seen.

Pure arithmetic on arrays, no Qt: lines are (edges, 4), boxes (boxes, 4) of centre x, y, half width and half height.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.gui.drawing import Array

Whole = NDArray[np.intp]
View = tuple[float, float, float, float]          # left, top, right, bottom

SHARES = np.array((0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8))     # of the part in sight where a label may stand
MOST_LABELS = 48                  # of a layer; more are not read
MOST_TRIED = 96                   # edges that are tried, the strongest first
MOST_CROSSED = 2                  # other edges under a label: with more one cannot tell whose it is


@dataclass(frozen=True)
class PlacedLabels:
    """The edges that have labels, by their places in the layer, and the centres (labels, 2) of these."""

    edges: Whole
    centres: Array

    def boxes(self, half: tuple[float, float]) -> Array:
        """What they take, (labels, 4), where each is `half` wide and high, with a little room around it."""
        return np.column_stack([self.centres, np.tile([half[0] + 2.0, half[1] + 1.0], (len(self.edges), 1))])


def in_sight(lines: Array, view: View) -> tuple[Array, Array]:
    """From which share of each line to which it is inside the view; the first is larger where none of it is."""
    begin, along = lines[:, :2], lines[:, 2:] - lines[:, :2]
    still = np.abs(along) < 1e-9
    safe = np.where(still, 1.0, along)
    low, high = (np.array(view[:2]) - begin) / safe, (np.array(view[2:]) - begin) / safe
    outside = still & ((begin < view[:2]) | (begin > view[2:]))
    first = np.where(still, np.where(outside, 2.0, 0.0), np.minimum(low, high))
    last = np.where(still, np.where(outside, -1.0, 1.0), np.maximum(low, high))
    return np.maximum(first.max(axis=1), 0.0), np.minimum(last.min(axis=1), 1.0)


def meets_view(lines: Array, view: View, spare: float) -> Whole:
    """The places of the lines of which something may be seen, `spare` beyond the view, by their boxes and their sides.
    """
    left, top, right, bottom = view[0] - spare, view[1] - spare, view[2] + spare, view[3] + spare
    x1, y1, x2, y2 = lines.T
    near = (np.maximum(x1, x2) >= left) & (np.minimum(x1, x2) <= right)
    near &= (np.maximum(y1, y2) >= top) & (np.minimum(y1, y2) <= bottom)
    # all four corners of the view on one side of the line: it passes by
    dx, dy = x2 - x1, y2 - y1
    middle = dx * ((top + bottom) / 2 - y1) - dy * ((left + right) / 2 - x1)
    reach = np.abs(dx) * (bottom - top) / 2 + np.abs(dy) * (right - left) / 2
    return np.flatnonzero(near & (np.abs(middle) <= reach))


def place_in_sight(
    lines: Array, strengths: Array, half: tuple[float, float], least: float, view: View, obstacles: Array,
    seen_from: tuple[Array, Array] | None = None,
) -> PlacedLabels:
    """Labels of one size, `half` wide and high, on the strongest of the lines of which at least `least` is in sight.

    They meet neither each other nor the `obstacles`, stay inside the view, and lie on few other lines. A strength of
    −∞ asks for no label. `seen_from` is what `in_sight` says of the lines, where that is known already.
    """
    wide, high = half
    first, last = in_sight(lines, view) if seen_from is None else seen_from
    length = np.hypot(*(lines[:, 2:] - lines[:, :2]).T)
    seen = np.flatnonzero((last - first) * length >= least)
    wanted = seen[strengths[seen] != -np.inf]
    order = wanted[np.argsort(-np.nan_to_num(strengths[wanted], nan=np.inf), kind="stable")][:MOST_TRIED]
    shares = first[order, None] + (last - first)[order, None] * SHARES
    places = lines[order, None, :2] + shares[..., None] * (lines[order, None, 2:] - lines[order, None, :2])
    crossed = _crossed(places.reshape(-1, 2), lines[seen], wide, high).reshape(len(order), len(SHARES)) - 1
    inside = (places[..., 0] >= view[0] + wide) & (places[..., 0] <= view[2] - wide)
    inside &= (places[..., 1] >= view[1] + high) & (places[..., 1] <= view[3] - high)
    allowed = inside & (crossed <= MOST_CROSSED)
    taken = np.empty((len(obstacles) + MOST_LABELS, 4))
    taken[:len(obstacles)] = obstacles
    filled, edges, centres = len(obstacles), [], []
    for row in np.flatnonzero(allowed.any(axis=1)).tolist():
        spots = np.flatnonzero(allowed[row])
        at = places[row, spots]
        here = taken[:filled]
        free = ~((np.abs(here[:, 0] - at[:, :1]) < here[:, 2] + wide)
                 & (np.abs(here[:, 1] - at[:, 1:]) < here[:, 3] + high)).any(axis=1)
        if not free.any():
            continue
        best = int(np.argmin(np.where(free, crossed[row, spots], 99)))
        taken[filled] = (*at[best], wide + 2, high + 1)
        filled += 1
        edges.append(int(order[row]))
        centres.append(at[best])
        if len(edges) == MOST_LABELS:
            break
    return PlacedLabels(np.array(edges, dtype=np.intp), np.array(centres).reshape(-1, 2))


def _crossed(centres: Array, lines: Array, wide: float, high: float) -> Whole:
    """How many of the lines pass through a box of that size around each of the centres."""
    x1, y1, x2, y2 = lines.T
    dx, dy = x2 - x1, y2 - y1
    x, y = centres[:, :1], centres[:, 1:]
    through = np.abs(dx * (y - y1) - dy * (x - x1)) <= np.abs(dx) * high + np.abs(dy) * wide
    through &= np.abs(x - (x1 + x2) / 2) <= np.abs(dx) / 2 + wide
    through &= np.abs(y - (y1 + y2) / 2) <= np.abs(dy) / 2 + high
    return np.asarray(through.sum(axis=1), dtype=np.intp)
