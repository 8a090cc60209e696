"""Where the numbers stand that activations learn: each unit's at its shoulder, a whole layer's behind its title.

They lie on the side where a unit puts out, as biases lie where it takes in.  Pure arithmetic on arrays, no Qt.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nnviz.gui.bias_layout import CHARACTER, NOTE, BiasLayout
from nnviz.gui.columns import STRIPS, WRITTEN, ColumnLayout, Shape, join
from nnviz.gui.drawing import Array, Drawing
from nnviz.gui.layout import LABELLED_EDGES, LEAST_NOTE, NetworkLayout, edge_places, every_line, label_lengths
from nnviz.report.elements import Alpha

DIGITS = 3                        # at most so many digits are written
SUBTITLE = 0.84                   # size of the line that names an activation, in ems
ROOMY = 2.2                       # how many times its width a box needs to the next column
PROTRUDING = 0.45                 # which share of the gap a box beside a bias may take
SHOULDER = 0.74                   # where a box touches a disc, in radii right of and above the centre

Places = tuple[BiasLayout | None, ...]


def slope_places(drawing: Drawing, layout: NetworkLayout) -> Places:
    """For each column the places of what its activation learns; None where it learns nothing, or has no room."""
    counts = tuple(0 if column.slopes is None else len(column.slopes.values) for column in drawing.columns)
    if not any(counts):               # as in most networks; asked for several times a frame
        return (None,) * len(counts)
    names = tuple(max((len(label) for label in column.slopes.labels.values()), default=1) if column.slopes else 0
                  for column in drawing.columns)
    subtitles = tuple(len(column.subtitle) if column.slopes else 0 for column in drawing.columns)
    labels = tuple(label_lengths(drawing, number) if count and number < len(drawing.connections)
                   and drawing.connections[number].weights.size <= LABELLED_EDGES else ()
                   for number, count in enumerate(counts))
    return _places(layout, counts, names, subtitles, labels)


@lru_cache(maxsize=8)
def _places(
    layout: NetworkLayout, counts: tuple[int, ...], names: tuple[int, ...], subtitles: tuple[int, ...],
    labels: tuple[tuple[int, ...], ...],
) -> Places:
    if layout.preview or not any(counts):
        return (None,) * len(counts)
    return tuple(_place(layout, number, *column) if column[0] else None
                 for number, column in enumerate(zip(counts, names, subtitles, labels, strict=True)))


def slope_boxes(drawing: Drawing, layout: NetworkLayout, number: int) -> Array:
    """The boxes (boxes, 4) with a column's numbers, which labels keep clear of: centre, half width, half height."""
    place = slope_places(drawing, layout)[number]
    if place is None or not place.text:
        return np.empty((0, 4))
    return _boxes(place)


def slope_at(places: Places, x: float, y: float) -> Alpha | None:
    """The number under (x, y), in lengths of the layout."""
    for number, place in enumerate(places):
        if place is None:
            continue
        reach = np.array([place.half_width, place.half_height]) + 1.0
        inside = (np.abs(place.centres - (x, y)) <= reach).all(axis=1)
        if inside.any():
            return Alpha(number, int(np.argmax(inside)))
    return None


def _place(
    layout: NetworkLayout, number: int, count: int, name: int, subtitle: int, labels: tuple[int, ...]
) -> BiasLayout | None:
    """The places of a column's numbers; `labels` has the letters of each name of a weight that leads on from it."""
    column, em = layout.columns[number], layout.em
    size = NOTE * em
    written = CHARACTER * size * (name + DIGITS + 2.8) + 0.6 * size
    if count == 1 and len(column.centres) > 1:
        return _behind_title(layout, column, written, subtitle)
    if column.shape in STRIPS:
        thin = 0.16 * (column.frame[2] - column.frame[0])
        return _own(column, np.array([column.half_width + 2.2 * thin, 0.0]), thin, column.half_height, strip=True)
    biases = layout.biases[number - 1]
    above = biases is not None and not biases.shared and not biases.strip and bool(
        (np.abs(biases.centres[:, 0] - column.x) < 1.0).all())
    sides = np.where((np.arange(count) < count // 2) & (not above), -1.0, 1.0)      # outwards, but not into biases
    boxes = []
    if size >= LEAST_NOTE and column.pitch >= 3.2 * em and _free(layout, number) >= ROOMY * written:
        boxes.append(_at_shoulders(column, sides, written / 2, 0.6 * em, 0.3 * em, size))
    if size >= LEAST_NOTE and biases is not None and above and biases.text:
        shift = biases.half_width + 0.3 * em + written / 2
        if shift + written / 2 - column.half_width <= PROTRUDING * _free(layout, number):
            shifts = biases.centres - column.centres + (shift, 0.0)
            boxes.append(_own(column, shifts, written / 2, biases.half_height, size))
    dot = max(1.2, min(0.32 * min(column.half_width, column.half_height), 0.3 * em, 0.2 * column.pitch))
    dots = _at_shoulders(column, sides, dot, dot, 0.0, 0.0)
    return next((place for place in boxes if not _hides_labels(layout, number, place, labels)), dots)


def _at_shoulders(
    column: ColumnLayout, sides: Array, half_width: float, half_height: float, gap: float, text: float
) -> BiasLayout:
    """Boxes right of the units, above them where `sides` is -1 and below where it is 1."""
    if column.shape is Shape.DISC:
        right, down = SHOULDER * column.half_width + gap, SHOULDER * column.half_width + gap
    else:
        right = column.half_width + 1.8 * gap
        down = max(1.35 * half_height + 0.5 * column.half_height, 0.9 * column.half_height)
    shifts = np.column_stack([np.full(len(sides), right + half_width), sides * down])
    return _own(column, shifts, half_width, half_height, text)


def _hides_labels(layout: NetworkLayout, number: int, place: BiasLayout, labels: tuple[int, ...]) -> bool:
    """Whether the names and values of weights would have a place but for these boxes."""
    if not labels:
        return False
    found = [edge_places(layout, number + 1, every_line(layout, number + 1), 1.0, labels, layout.capsule.digits, boxes)
             for boxes in (None, _boxes(place))]
    return found[0].labels is not None and found[1].labels is None


def _boxes(place: BiasLayout) -> Array:
    half = np.array([place.half_width + 2.0, place.half_height + 1.0])
    return np.column_stack([place.centres, np.tile(half, (len(place.centres), 1))])


def _own(
    column: ColumnLayout, shifts: Array, half_width: float, half_height: float, text: float = 0.0, strip: bool = False
) -> BiasLayout:
    """A place at every unit, shifted from its centre, with a line that leads to it."""
    centres = column.centres + shifts
    if strip:
        return BiasLayout(centres, half_width, half_height, np.empty((0, 4)), np.arange(0), False, strip=True)
    ends = column.centres
    if column.shape is Shape.CAPSULE:
        ends = ends + np.column_stack([np.full(len(ends), column.half_width - column.half_height),
                                       np.zeros(len(ends))])
    lines = join(centres, ends, 0.0, column.radius or 0.9 * column.half_height)
    return BiasLayout(centres, half_width, half_height, lines, np.arange(len(centres)), False, text)


def _behind_title(layout: NetworkLayout, column: ColumnLayout, written: float, subtitle: int) -> BiasLayout | None:
    """One number of a whole layer, right of the line that names its activation; a dot where that has no room."""
    em = layout.em
    if layout.height < 14 * em:
        return None                # no titles are written
    half_title = min(0.5 * CHARACTER * SUBTITLE * em * subtitle, 0.5 * column.room)
    fits = 2 * (half_title + 0.4 * em + written) <= column.room + em and column.shape in (*WRITTEN, *STRIPS)
    half_width, half_height = (written / 2, 0.62 * em) if fits else (0.3 * em, 0.3 * em)
    centre = np.array([[column.x + half_title + 0.4 * em + half_width, column.title_y]])
    return BiasLayout(centre, half_width, half_height, np.empty((0, 4)), np.arange(0), True,
                      NOTE * em if fits else 0.0)


def _free(layout: NetworkLayout, number: int) -> float:
    """How wide the gap behind a column is, as far as the next column or its biases."""
    column = layout.columns[number]
    if number == len(layout.columns) - 1:
        return (layout.loss_box[0] - layout.loss_box[2] if layout.loss_box else layout.width) - column.frame[2]
    edge, biases = layout.columns[number + 1].frame[0], layout.biases[number]
    if biases is not None and not biases.shared:
        edge = min(edge, float(biases.centres[:, 0].min()) - biases.half_width)
    return edge - column.frame[2]
