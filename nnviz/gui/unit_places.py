"""Units that somebody has dragged to new places: the layout with these units there, their biases and edges with them.

A place is a share of the picture's width and of the height between its titles and its legend, so it holds for a
picture of any size.  Pure arithmetic on arrays, no Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnviz.gui.bias_layout import BiasLayout
from nnviz.gui.columns import ColumnLayout, Shape, join
from nnviz.gui.drawing import Array
from nnviz.gui.layout import NetworkLayout

Places = Mapping[tuple[int, int], tuple[float, float]]

# Why the units of a column cannot be moved one by one.
FIXED = {
    Shape.PIXEL: "The ‹inputs› are pixels of an image here: each has its place in it.",
    Shape.FOLDED: "The layer is folded: unfold it to move its units.",
    Shape.CELL: "The units of a strip stand too close to be moved one by one. Fewer units can be.",
}


def with_places(layout: NetworkLayout, places: Places) -> NetworkLayout:
    """The layout with the units of `places` where they say, as far as each column's units can be moved."""
    if not places:
        return layout
    columns, moved = list(layout.columns), {}
    for number, column in enumerate(layout.columns):
        own = {unit: place for (layer, unit), place in places.items()
               if layer == number and unit < len(column.centres)}
        if not own or column.shape in FIXED:
            continue
        centres = column.centres.copy()
        for unit, place in own.items():
            centres[unit] = kept_inside(layout, number, *point_of(layout, place))
        moved[number] = centres - column.centres
        columns[number] = replace(column, centres=centres)
    biases = tuple(None if place is None else _with_units(place, columns[k + 1], moved.get(k + 1))
                   for k, place in enumerate(layout.biases))
    return replace(layout, columns=tuple(columns), biases=biases)


def point_of(layout: NetworkLayout, place: tuple[float, float]) -> tuple[float, float]:
    """Where a place lies in the layout."""
    return place[0] * layout.width, layout.top + place[1] * (layout.bottom - layout.top)


def place_at(layout: NetworkLayout, x: float, y: float) -> tuple[float, float]:
    """The place of a point of the layout; one outside the picture is drawn in."""
    down = (y - layout.top) / max(layout.bottom - layout.top, 1.0)
    return round(min(1.0, max(0.0, x / layout.width)), 6), round(min(1.0, max(0.0, down)), 6)


def kept_inside(layout: NetworkLayout, number: int, x: float, y: float) -> tuple[float, float]:
    """The nearest point at which a unit of a column is wholly between the titles and the legend, its bias too."""
    column = layout.columns[number]
    left, up = _bias_reach(layout, number)
    wide, high = min(column.half_width, layout.width / 2), column.half_height
    top = layout.top + max(high, up)
    bottom = max(top, layout.bottom - high - min(column.below, 1.5 * layout.em))
    return min(layout.width - wide, max(wide, left, x)), min(bottom, max(top, y))


def _bias_reach(layout: NetworkLayout, number: int) -> tuple[float, float]:
    """How far left of a unit's centre, and above it, biases of its column's units reach."""
    place = layout.biases[number - 1] if number else None
    if place is None or place.shared or place.strip:
        return 0.0, 0.0
    centres = layout.columns[number].centres
    from_unit = place.centres - np.repeat(centres, len(place.centres) // len(centres), axis=0)
    left, up = (-from_unit.min(axis=0)).tolist()
    return left + place.half_width, up + place.half_height


def _with_units(place: BiasLayout, column: ColumnLayout, by: Array | None) -> BiasLayout:
    """The biases of a column whose units were moved `by` so much: their own go along, a shared one reaches further."""
    if by is None:
        return place
    if place.shared:
        ends = column.ends()[place.units]
        starts = np.repeat(place.centres, len(place.units), axis=0)
        return replace(place, lines=join(starts, ends, 0.0, column.reach))
    shift = np.repeat(by, len(place.centres) // len(by), axis=0)
    if not len(place.lines):
        return replace(place, centres=place.centres + shift)
    along = shift[place.units]
    return replace(place, centres=place.centres + shift, lines=place.lines + np.hstack([along, along]))
