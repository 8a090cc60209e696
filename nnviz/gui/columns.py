"""A column of units in the picture: which shape its units have, where they stand, and where edges leave and reach them.

Pure arithmetic on arrays, no Qt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nnviz.gui.drawing import Array

Whole = NDArray[np.intp]

PORT_ANGLE, PORT_FAN = math.radians(52.0), math.radians(110.0)   # between the ports of a disc, and of all of them


class Shape(StrEnum):
    """How a unit looks; chosen for a column by the room that its units have."""

    DISC = "disc"                 # a circle, name and value inside
    CAPSULE = "capsule"           # one line: name and value
    CELL = "cell"                 # a cell of a strip, too thin for text
    PIXEL = "pixel"               # a pixel of the input image
    TILE = "tile"                 # a square image of its own
    FOLDED = "folded"             # a layer that was folded: one short bar


WRITTEN = (Shape.DISC, Shape.CAPSULE, Shape.TILE)     # the shapes that bear text, in them or below
STRIPS = (Shape.CELL, Shape.FOLDED)                   # one above the other, without a gap


@dataclass(frozen=True)
class ColumnLayout:
    """A column of units: their centres (units, 2) and the half width and height that all of them share."""

    shape: Shape
    x: float
    centres: Array
    half_width: float
    half_height: float
    pitch: float                  # distance between neighbouring centres
    frame: tuple[float, float, float, float]   # left, top, right, bottom of all units
    title_y: float                # baseline side of the title block (its bottom)
    room: float                   # width that the title may take
    side: int = 0                 # pixels along a side of the input image
    below: float = 0.0            # height that is free for text below each unit
    note: float = 0.0             # size of that text; 0 where there is no room
    pieces: int = 1               # net inputs of each unit: edges arrive at the port of one of them
    port: float = 0.0             # radius of a port; 0 for none

    def starts(self) -> Array:
        """Where edges leave the units, (units, 2); disc: the centre, to be trimmed by the radius."""
        if self.shape is Shape.DISC:
            return self.centres
        if self.shape is Shape.PIXEL:
            _, top, right, bottom = self.frame
            count = len(self.centres)
            return np.column_stack([np.full(count, right), top + (np.arange(count) + 0.5) * (bottom - top) / count])
        return self.centres + np.array([self.half_width, 0.0])

    def ends(self) -> Array:
        """Where edges reach the units, (units, 2), or the ports of their pieces, (units · pieces, 2).

        They are to be cut short by `reach`: in a disc without pieces, the centre by the radius.
        """
        return self._ends

    @cached_property
    def _ends(self) -> Array:
        left = np.array([-self.half_width, 0.0])
        if self.pieces == 1:
            return self.centres if self.shape is Shape.DISC else self.centres + left
        places = np.arange(self.pieces) - (self.pieces - 1) / 2
        if self.shape is Shape.DISC:
            angles = places * min(PORT_ANGLE, PORT_FAN / (self.pieces - 1))
            ports = (self.half_width + 0.8 * self.port) * np.column_stack([-np.cos(angles), np.sin(angles)])
        else:
            heights = places * 1.7 * self.half_height / self.pieces
            ports = left + np.column_stack([np.full(self.pieces, -0.5 * self.port), heights])
        return np.asarray((self.centres[:, None] + ports).reshape(-1, 2))

    @property
    def reach(self) -> float:
        """What an edge must stop short of `ends`."""
        return self.radius if self.pieces == 1 else self.port

    @property
    def radius(self) -> float:
        """What an edge must stop short of `starts`."""
        return self.half_width if self.shape is Shape.DISC else 0.0


def with_ports(column: ColumnLayout, pieces: int) -> ColumnLayout:
    """The column with a port for each piece of its units; strips are too thin for any that could be seen."""
    if pieces == 1:
        return column
    between = 1.7 * column.half_height / pieces
    if column.shape is Shape.DISC:
        between = column.half_width * min(PORT_ANGLE, PORT_FAN / (pieces - 1))
    port = 0.0 if column.shape not in WRITTEN else min(0.16 * column.half_width, 0.42 * between)
    return replace(column, pieces=pieces, port=port)


def join(starts: Array, ends: Array, before: float, after: float) -> Array:
    """Lines (edges, 4) from `starts` to `ends`, cut short by `before` and `after` pixels at the two ends."""
    along = ends - starts
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    lines = np.empty((len(along), 4))
    lines[:, :2] = starts + along * (before / length)
    lines[:, 2:] = ends - along * (after / length)
    return lines
