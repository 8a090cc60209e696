"""Where the marks on edges stand: beads with signs before the units, labels along the lines, all apart.

Pure arithmetic on arrays: lines are (edges, 4), boxes (boxes, 4) of centre x, y, half width and half height.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from nnviz.gui.drawing import Array

Whole = NDArray[np.intp]

# from the middle outwards, and back through the places between
FRACTIONS = np.array((0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8, 0.14, 0.86,
                      0.47, 0.53, 0.41, 0.59, 0.35, 0.65, 0.29, 0.71, 0.23, 0.77, 0.17, 0.83, 0.11, 0.89))
_BACK = (0.0, 0.06, 0.1, 0.14, 0.18, 0.22, 0.26, 0.3, 0.34)
# how far before the end of its edge a bead stands, in lengths of the edge: beads from even and from odd sources,
# in line or, where that is too narrow, staggered
IN_LINE = np.array([(share, share) for share in _BACK])
SHARES = np.linspace(0.0, 0.7, 29)                # where beads may stand that are placed one by one
RADII = (1.0, 0.9, 0.8, 0.7, 0.6)                 # shares of the wanted radius that are tried then
STAGGERED = np.array([(even, odd) for even in _BACK for odd in _BACK if abs(even - odd) > 0.05])


def place_beads(
    lines: Array, fan_in: int, wanted: float, obstacles: Array, units: int = 0
) -> tuple[Array, float]:
    """Beads (edges, 2) before the ends of `lines`, clear of each other and of `obstacles`, and their radius.

    The radius is `wanted` where there is room for it.  `fan_in` lines lead to each unit, one after the other.  The
    first `units` obstacles are boxes around units: a disc leaves its corners free, and beads may stand there.
    """
    best, best_radius = _in_rows(lines, fan_in, wanted, obstacles, units)
    if best_radius >= wanted and (doubtful := _doubtful(best, lines, wanted)):
        beads = _one_by_one(lines, wanted, obstacles, units)
        if beads is not None and _doubtful(beads, lines, wanted) < doubtful:
            return beads, wanted
    for share in RADII if best_radius < wanted else ():
        if share * wanted <= best_radius:
            break
        beads = _one_by_one(lines, share * wanted, obstacles, units)
        if beads is not None:
            return beads, share * wanted
    return best, best_radius


def _in_rows(lines: Array, fan_in: int, wanted: float, obstacles: Array, units: int) -> tuple[Array, float]:
    """All beads at the same share of their lines before the ends, or at one of two, and the radius they can have."""
    along = lines[:, 2:] - lines[:, :2]
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    odd = np.arange(len(lines)) % fan_in % 2
    best, best_radius = lines[:, 2:], 0.0
    for shares in (IN_LINE, STAGGERED):
        back = np.minimum(1.5 * wanted + shares[:, odd] * length, 0.45 * length)
        beads = lines[:, 2:] - along * (back / length)[..., None]
        apart = np.hypot(*(beads[:, :, None] - beads[:, None]).transpose(3, 0, 1, 2))
        apart[:, np.arange(len(lines)), np.arange(len(lines))] = math.inf
        free = np.minimum(apart.min(axis=(1, 2)) / 2 - 0.5, _clearance(beads, wanted, obstacles, units).min(axis=1))
        radii = np.minimum(wanted, free)
        most = int(np.argmax(radii))
        if radii[most] > best_radius:
            best, best_radius = beads[most], float(radii[most])
        if best_radius >= wanted:
            break
    return best, best_radius


def _one_by_one(lines: Array, radius: float, obstacles: Array, units: int) -> Array | None:
    """Each bead where its own line is free, as near to the line's end as can be; None where one has no place."""
    along = lines[:, 2:] - lines[:, :2]
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    back = np.minimum(1.5 * radius + SHARES * length[:, None], 0.75 * length[:, None])
    places = lines[:, None, 2:] - along[:, None] * (back / length[:, None])[..., None]
    free = _clearance(places, radius, obstacles, units) >= radius
    cost = SHARES + 0.3 * _others_near(places, lines, radius)
    beads = np.full((len(lines), 2), math.inf)
    for number in np.argsort(free.sum(axis=1), kind="stable").tolist():       # those with the fewest places first
        apart = np.hypot(*(places[number][:, None] - beads).transpose(2, 0, 1)).min(axis=1)
        allowed = free[number] & (apart >= 2 * radius + 1)
        if not allowed.any():
            return None
        beads[number] = places[number][np.argmin(np.where(allowed, cost[number], math.inf))]
    return beads


def _clearance(beads: Array, wanted: float, obstacles: Array, units: int) -> Array:
    """How far from all obstacles each of `beads` (choices, edges, 2) is, (choices, edges)."""
    if not len(obstacles):
        return np.full(beads.shape[:2], math.inf)
    outside = np.maximum(np.abs(obstacles[:, :2] - beads[:, :, None]) - obstacles[:, 2:], 0.0)
    distance = np.hypot(outside[..., 0], outside[..., 1])
    # a disc's box is wider than the disc: its own edge's bead may stand in the box's corner
    distance[..., :units] = np.maximum(0.75 * wanted, distance[..., :units])
    return np.asarray(distance.min(axis=2))


def _doubtful(beads: Array, lines: Array, radius: float) -> int:
    """How many of `beads` (edges, 2) lie on another line too."""
    return int((_others_near(beads[:, None], lines, radius) > 0).sum())


def _others_near(places: Array, lines: Array, radius: float) -> Array:
    """How many other lines meet a bead at each of `places` (edges, choices, 2): one cannot see whose sign it is."""
    aside = _distance_to_lines(places, lines)
    aside[np.arange(len(lines)), :, np.arange(len(lines))] = math.inf
    return np.asarray((aside < radius).sum(axis=2))


def _distance_to_lines(places: Array, lines: Array) -> Array:
    """From each of `places` (edges, choices, 2) to each of the lines, (edges, choices, lines)."""
    along = lines[:, 2:] - lines[:, :2]
    squared = np.maximum((along**2).sum(axis=1), 1e-9)
    offset = places[:, :, None] - lines[:, :2]
    share = np.clip((offset * along).sum(axis=3) / squared, 0.0, 1.0)
    rest = offset - share[..., None] * along
    return np.asarray(np.hypot(rest[..., 0], rest[..., 1]))


def place_labels(
    lines: Array, half_widths: Array, half_height: float, obstacles: Array | None = None
) -> Array | None:
    """Where along each line its label stands, (edges,) fractions; None when they cannot all stand apart.

    Labels are upright boxes centred on their lines.  They never meet each other or the `obstacles`, cross as few
    other lines as can be, and keep away from crossings.
    """
    steepness = np.abs(lines[:, 3] - lines[:, 1])
    for order in (np.argsort(steepness, kind="stable"), np.argsort(-steepness, kind="stable"), np.arange(len(lines))):
        fractions = _place_in_order(order, lines, half_widths, half_height, obstacles)
        if fractions is not None:
            return fractions
    return None


def place_some_labels(lines: Array, half_widths: Array, half_height: float, obstacles: Array | None = None) -> Array:
    """The same for as many labels as have room; NaN for the others."""
    order = np.argsort(np.abs(lines[:, 3] - lines[:, 1]), kind="stable")
    found = _place_in_order(order, lines, half_widths, half_height, obstacles, partly=True)
    assert found is not None
    return found


def _place_in_order(
    order: Whole, lines: Array, half_widths: Array, half_height: float, obstacles: Array | None, partly: bool = False
) -> Array | None:
    """Each label in turn where it crosses least; None as soon as one has no place, or NaN for it where `partly`."""
    taken = np.empty((0, 4)) if obstacles is None else obstacles
    found = np.zeros(len(lines))
    samples = np.linspace(0.0, 1.0, 33)
    along_x = lines[:, :1] + (lines[:, 2:3] - lines[:, :1]) * samples
    along_y = lines[:, 1:2] + (lines[:, 3:] - lines[:, 1:2]) * samples
    for number in order.tolist():
        x1, y1, x2, y2 = lines[number].tolist()
        wide = float(half_widths[number])
        x, y = x1 + (x2 - x1) * FRACTIONS, y1 + (y2 - y1) * FRACTIONS
        free = np.minimum(np.abs(x - x1), np.abs(x2 - x)) >= 0.9 * wide
        free &= ~((np.abs(taken[:, 0] - x[:, None]) < taken[:, 2] + wide)
                  & (np.abs(taken[:, 1] - y[:, None]) < taken[:, 3] + half_height)).any(axis=1)
        if not free.any():
            if not partly:
                return None
            found[number] = np.nan
            continue
        x, y, fractions = x[free], y[free], FRACTIONS[free]
        aside, above = np.abs(along_x - x[:, None, None]), np.abs(along_y - y[:, None, None])
        crossed = ((aside < wide) & (above < half_height)).any(axis=2).sum(axis=1) - 1
        # beside a crossing it is hard to see which line a label belongs to
        near = ((aside < wide + half_height) & (above < 3.0 * half_height)).any(axis=2).sum(axis=1) - 1 - crossed
        best = int(np.argmin(crossed + 0.5 * near + 1.3 * np.abs(fractions - 0.5)))
        found[number] = fractions[best]
        taken = np.vstack([taken, (x[best], y[best], wide + 2, half_height + 1)])
    return found
