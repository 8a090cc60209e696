"""Which parts of the picture one looks at to see an element: it with all that it is joined to, or it alone.

Pure arithmetic on the layout, no Qt.  Boxes are left, top, right, bottom in lengths of the layout.
"""

from __future__ import annotations

from nnviz.gui.columns import WRITTEN, ColumnLayout
from nnviz.gui.drawing import Drawing
from nnviz.gui.layout import NetworkLayout
from nnviz.gui.slope_places import slope_places
from nnviz.report.elements import Alpha, Bias, Element, Unit, Weight

Box = tuple[float, float, float, float]

AROUND = 1.6                      # ems around a unit, for what is written beside and below it
NEIGHBOURS = 4.5                  # cells of a strip, or pixels of an image, that are seen on each side of one


def boxes_of(drawing: Drawing, layout: NetworkLayout, element: Element) -> tuple[Box, ...]:
    """From the widest to the closest: a unit with its edges, then the unit; an edge with both ends."""
    own = _unit_box(layout, layout.columns[element.layer], element.unit)
    if isinstance(element, Weight):
        return (_joined(own, _unit_box(layout, layout.columns[element.layer - 1], element.source)),)
    if isinstance(element, Unit):
        beside = [layout.columns[number].frame for number in (element.layer - 1, element.layer + 1)
                  if 0 <= number < len(layout.columns)]
        return _joined(own, *beside), own
    places = (layout.biases[element.layer - 1] if isinstance(element, Bias)
              else slope_places(drawing, layout)[element.layer])
    if places is None:
        return (own,)
    number = drawing.connections[element.layer - 1].net_of(element) if isinstance(element, Bias) else element.unit
    shared = isinstance(element, Bias | Alpha) and len(places.centres) == 1
    x, y = places.centres[0 if shared else number].tolist()
    box = (x - places.half_width, y - places.half_height, x + places.half_width, y + places.half_height)
    return (_joined(layout.columns[element.layer].frame if shared else own, box),)


def _unit_box(layout: NetworkLayout, column: ColumnLayout, unit: int) -> Box:
    x, y = column.centres[unit].tolist()
    if column.shape in WRITTEN:
        wide, high = column.half_width + AROUND * layout.em, column.half_height + AROUND * layout.em
    else:
        wide = high = (2 * NEIGHBOURS + 1) * column.half_height
    return x - wide, y - high, x + wide, y + high


def _joined(*boxes: Box) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
