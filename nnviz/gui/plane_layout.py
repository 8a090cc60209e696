"""Where the decision surface stands: a square right of the outputs, with its title above and its legend below.

Pure arithmetic, no Qt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nnviz.gui.plane_drawing import PlaneDrawing

WIDEST, WIDEST_OF_CARD = 0.36, 0.34      # share of the picture's width that the square may take
BARE_WIDEST, BARE = 0.24, 5.0           # share of the width that it may take without title and legend; at least, ems
LEAST, LEAST_OF_CARD = 9.0, 2.0          # ems; a smaller one says nothing
TITLE, AXIS, NAMES, LEGEND, LOSS = 1.7, 1.5, 3.0, 2.9, 4.1   # ems: above, below, left, and below the axis
CLASSES_A_ROW, MOST_ROWS = 3, 4
STACKED = 0.85                           # share of its size that the square may lose to the loss below it


@dataclass(frozen=True)
class PlaneSpot:
    """A point of the plane that the pointer is on, in the data set's own inputs."""

    x: float
    y: float


@dataclass(frozen=True)
class PlaneLayout:
    """A square `side` long at (left, top). `reach` is where all that belongs to it begins on the left."""

    left: float
    top: float
    side: float
    reach: float
    legend: float                 # top of the legend below the axis
    foot: float                   # bottom of all that belongs to it, the loss too
    framed: bool                  # with title, axes and legend
    stacked: bool = False         # the loss stands below it; else it stands left of it, where that leaves more height

    @property
    def right(self) -> float:
        return self.left + self.side

    @property
    def bottom(self) -> float:
        return self.top + self.side

    def share(self, x: float, y: float) -> tuple[float, float] | None:
        """How far across and down a place of the picture lies in the square, from 0 to 1; None outside."""
        across, down = (x - self.left) / self.side, (y - self.top) / self.side
        return (across, down) if 0.0 <= across <= 1.0 and 0.0 <= down <= 1.0 else None


def place_plane(
    drawing: PlaneDrawing, right: float, top: float, bottom: float, width: float, em: float, preview: bool,
    loss_width: float,
) -> PlaneLayout | None:
    """The place of the surface, as far right as `right`, between `top` and `bottom`; None where there is no room.

    `loss_width` is that of the box with the loss; 0 where there is none.
    """
    room = bottom - top
    if preview:
        side = math.floor(min(WIDEST_OF_CARD * width, room))
        if side < LEAST_OF_CARD * em:
            return None
        upper = math.floor(top + (room - side) / 2)
        left = math.floor(right - side)
        return PlaneLayout(left, upper, side, left - 0.06 * width, upper + side, upper + side, False)
    legend = legend_rows(drawing) * 1.5 * em + 0.4 * em if drawing.classes else LEGEND * em
    below, widest = AXIS * em + legend, WIDEST * width
    high = room - TITLE * em - below
    stacked = min(widest, high - LOSS * em) > STACKED * min(widest - loss_width, high)
    below += LOSS * em if stacked else 0.0
    side = math.floor(min(widest, high - LOSS * em) if stacked else min(widest - loss_width, high))
    if side < LEAST * em or not loss_width:      # without title and legend there may be room
        side = math.floor(min(BARE_WIDEST * width, room))
        upper, left = math.floor(top + (room - side) / 2), math.floor(right - side)
        return PlaneLayout(left, upper, side, left - em - (loss_width + em if loss_width else 0.0), upper + side,
                           upper + side, False) if side >= BARE * em and loss_width else None
    upper = math.floor(top + (room - side - TITLE * em - below) / 2 + TITLE * em)
    left = math.floor(right - side)
    reach = left - NAMES * em - (0.0 if stacked else loss_width + 1.2 * em)
    return PlaneLayout(left, upper, side, reach, upper + side + AXIS * em, upper + side + below, True, stacked)


def legend_rows(drawing: PlaneDrawing) -> int:
    """How many rows of classes stand below the surface; a last one tells training from test."""
    return min(MOST_ROWS, math.ceil(len(drawing.classes) / classes_a_row(drawing))) + 1


def classes_a_row(drawing: PlaneDrawing) -> int:
    """How many classes stand beside each other in the legend."""
    return CLASSES_A_ROW if len(drawing.classes) % CLASSES_A_ROW != 1 else CLASSES_A_ROW - 1
