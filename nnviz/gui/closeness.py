"""What the picture tells as one looks closer: names first, then values, then the gradients on edges.

Text grows little while the picture grows, so that more and more of it has room.  Pure arithmetic, no Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

READABLE = 15.0                   # pixels; text that the fitted picture has smaller grows so far with the picture
GROWTH, MOST_GROWTH = 0.25, 1.4   # beyond, it grows with this power of the zoom, and no further than so many times


@dataclass(frozen=True)
class Closeness:
    """From where on something is told: from `zoom` on, where it has `room` pixels, among at most `most` others."""

    zoom: float
    room: float
    most: int = 0


#: Units are told by the room that their shapes have, edges by how many of their layer are in sight.
TELLS: Mapping[str, Closeness] = MappingProxyType({
    "texts of a disc": Closeness(0.0, 15.0),                 # its radius: the name, then the value, then δ below
    "texts of a cell": Closeness(1.3, 9.0),                  # the height that a unit of a strip has for its line
    "name of a pixel": Closeness(1.3, 30.0),                 # the side of a pixel of the input image
    "value of a pixel": Closeness(1.3, 40.0),
    "label of a bias": Closeness(1.3, 7.0),                  # half the height of its dot; in a box it is always told
    "value of a bias": Closeness(1.3, 10.0),
    "weights of edges": Closeness(1.6, 40.0, most=400),      # how much of the edge is in sight
    "gradients of edges": Closeness(2.2, 70.0, most=160),
})


def tells(what: str, zoom: float, room: float, others: int = 0) -> bool:
    """Whether the picture tells `what` at that `zoom`, with so much room, among so many `others`."""
    row = TELLS[what]
    return zoom >= row.zoom and room >= row.room and others <= row.most


def text_height(em: float, zoom: float) -> float:
    """The height of text on the screen that is `em` high in the fitted picture, in pixels."""
    if zoom <= 1.0:
        return em * zoom
    return max(min(em * zoom, READABLE), em * min(zoom ** GROWTH, MOST_GROWTH))
