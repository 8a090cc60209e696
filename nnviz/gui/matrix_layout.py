"""Where the images of gradient matrices stand below a network of which not every edge can be drawn.

Pure arithmetic on arrays, no Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnviz.gui.columns import ColumnLayout, Shape
from nnviz.gui.detail import Detail, Gap, level_of
from nnviz.gui.drawing import Drawing
from nnviz.gui.plane_layout import NAMES, PlaneLayout

SHARE, CAPTION = 0.125, 1.5       # height of the images, a share of the picture's, and of their captions in ems
BETWEEN, LEAST_WIDTH = 1.2, 9.0    # ems between two of them, and what each gets before they share the rest
LEAST_HEIGHT = 360.0              # pixels; a lower picture has no room for them


@dataclass(frozen=True)
class MatrixPlace:
    """The image of the gradients into a layer, a row a net input, a column a source; its caption stands above it."""

    layer: int
    left: float
    top: float
    width: float
    height: float


def matrix_room(drawing: Drawing, shapes: Sequence[Shape], height: float, em: float) -> float:
    """How much height they need: none where there is no layer whose strongest edges stand for all of them."""
    if height <= LEAST_HEIGHT:
        return 0.0
    some = any(level_of(Gap(layer.weights.size, shapes[k], shapes[k + 1])).detail is Detail.STRONGEST
               for k, layer in enumerate(drawing.connections))
    return SHARE * height + (CAPTION + 0.9) * em if some else 0.0


def matrix_places(
    columns: Sequence[ColumnLayout], bottom: float, em: float, width: float, height: float,
    plane: PlaneLayout | None = None,
) -> tuple[MatrixPlace, ...]:
    """An image for each layer side by side along the whole picture; `bottom` is that of the network above.

    Beside a decision surface, which is higher than the network, they end where all that belongs to it begins.

    Each has room for a caption; what is left they share as their layers have sources, so that few of these share a
    pixel.
    """
    sources = [len(column.centres) for column in columns[:-1]]
    first = columns[0].frame[0]
    right = width - first
    if plane is not None:
        right = plane.reach if plane.stacked or not plane.framed else plane.left - NAMES * em
    room = right - first - (len(sources) - 1) * BETWEEN * em
    least = min(LEAST_WIDTH * em, room / len(sources))
    spare = room - least * len(sources)
    places, left = [], first
    for number, count in enumerate(sources, start=1):
        wide = max(2.0, least + spare * count / sum(sources))
        places.append(MatrixPlace(number, left, bottom + (CAPTION + 0.5) * em, wide, SHARE * height))
        left += wide + BETWEEN * em
    return tuple(places)
