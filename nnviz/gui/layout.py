"""Where everything in the picture of a network stands: columns of units, biases, edges, labels.

Pure arithmetic on arrays, no Qt.  Lengths are logical pixels of a picture of the given width and height; the
view zooms and pans over the result.  One unit of text height, `em`, grows with the picture and the text scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from nnviz.gui.drawing import Array, Drawing

Whole = NDArray[np.intp]

BASE_TEXT = 12.5                  # pixels of text in a picture of REFERENCE size
REFERENCE = (800.0, 560.0)
CHARACTER = 0.62                  # width of a digit in ems, rounded up
LABELLED_EDGES = 24               # a layer of at most so many edges has its names and values written on them
# from the middle outwards, and back through the places between
LABEL_FRACTIONS = (0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8, 0.14, 0.86,
                   0.47, 0.53, 0.41, 0.59, 0.35, 0.65, 0.29, 0.71, 0.23, 0.77, 0.17, 0.83, 0.11, 0.89)
CAPSULE_TEXT = (1.0, 0.85, 0.7, 0.58)   # shares of the text size that capsules try
LEAST_CAPSULE_EM = 9.0
SHARED_BIAS_EDGES = 256           # a shared bias is joined to each of at most so many units


class Shape(StrEnum):
    """How a unit looks; chosen for a column by the room that its units have."""

    DISC = "disc"                 # a circle, name and value inside
    CAPSULE = "capsule"           # one line: name and value
    CELL = "cell"                 # a cell of a strip, too thin for text
    PIXEL = "pixel"               # a pixel of the input image


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
        """Where edges reach the units, (units, 2); disc: the centre, to be trimmed by the radius."""
        return self.centres if self.shape is Shape.DISC else self.centres - np.array([self.half_width, 0.0])

    @property
    def radius(self) -> float:
        """What an edge must stop short of `starts` and `ends`."""
        return self.half_width if self.shape is Shape.DISC else 0.0


@dataclass(frozen=True)
class BiasLayout:
    """The biases into a column: centres (biases, 2), and the ends (edges, 4) of the edges to their units."""

    centres: Array
    half_width: float
    half_height: float
    lines: Array
    units: Whole                  # the unit that each line reaches
    shared: bool
    strip: bool = False           # thin cells beside a strip of units: no edges, no text


@dataclass(frozen=True)
class CapsuleSize:
    """Capsules have smaller text and fewer digits where that leaves the edges more room."""

    width: float
    em: float
    digits: int


@dataclass(frozen=True, eq=False)
class NetworkLayout:
    """A whole picture. `biases[k]` belongs to `columns[k + 1]`; None where that layer has no bias."""

    width: float
    height: float
    em: float
    columns: tuple[ColumnLayout, ...]
    biases: tuple[BiasLayout | None, ...]
    target_x: float | None        # left end of the target texts
    loss_box: tuple[float, float, float, float] | None   # centre x, centre y, half width, half height
    top: float                    # below the caption and titles
    bottom: float                 # above the legend
    capsule: CapsuleSize
    targets_headed: bool          # "target" stands once above the numbers, not beside each
    preview: bool


def arrange(
    drawing: Drawing, width: float, height: float, text_scale: float = 1.0, digits: int = 4, preview: bool = False
) -> NetworkLayout:
    """The layout of `drawing` in a picture of `width` × `height`, numbers written with `digits` digits."""
    width, height = max(width, 40.0), max(height, 40.0)
    em = BASE_TEXT * text_scale * min(2.4, max(0.72, min(width / REFERENCE[0], height / REFERENCE[1])))
    margin = 0.05 * min(width, height) if preview else min(1.8 * em, 0.06 * width)
    tall = height > 14 * em
    top = margin if preview else (5.2 * em if tall else 0.5 * em)
    bottom = height - (margin if preview else legend_height(em, height) + 0.6 * em)
    shared = any(layer.bias is not None and len(layer.bias) == 1 and len(layer.weights) > 1
                 for layer in drawing.connections)
    bias_height = 0.0 if preview else 1.25 * em
    floor = bottom - (2 * bias_height + 0.4 * em if shared and not preview else 0.0)
    room = max(floor - top, 20.0)

    has_loss = not preview and width > 26 * em
    has_targets = has_loss and drawing.columns[-1].targets is not None
    counts = [len(column.names) for column in drawing.columns]
    headed = has_targets and counts[-1] > 5
    value_width = CHARACTER * (digits + 2.5) * em
    target_width = 0.86 * em * 0.56 * ((digits + 2) if headed else (digits + 9)) if has_targets else 0.0
    loss_width = max(5.0 * em, value_width + 1.2 * em) if has_loss else 0.0
    tail = (target_width + 1.2 * em if has_targets else 0.0) + (loss_width + 1.6 * em if has_loss else 0.0)
    tail = min(tail, 0.3 * width)

    across = width - 2 * margin - tail
    shapes, radius, capsule = _shapes(counts, across, room, em, digits, drawing, preview)
    side = math.isqrt(counts[0])
    block = _block_size(side, room, across)
    widths = []
    for shape in shapes:
        widths.append({Shape.DISC: 2 * radius, Shape.CAPSULE: capsule.width, Shape.PIXEL: block,
                       Shape.CELL: min(1.5 * em, 0.35 * across / len(counts))}[shape])
    gap = (across - sum(widths)) / max(1, len(counts) - 1)
    columns: list[ColumnLayout] = []
    x = margin
    for number, (shape, count, wide) in enumerate(zip(shapes, counts, widths, strict=True)):
        centre = margin + across / 2 if len(counts) == 1 else x + wide / 2
        columns.append(_column(shape, count, centre, wide, top, room, em, capsule.em, gap, side if number == 0 else 0))
        x += wide + gap

    biases = tuple(
        _bias(drawing, k, columns[k], columns[k + 1], floor, bottom, em,
              capsule.digits if columns[k + 1].shape is Shape.CAPSULE else digits, preview)
        for k in range(len(drawing.connections))
    )
    last = columns[-1]
    loss_box = None
    if has_loss:
        half = min(loss_width, 0.6 * tail) / 2
        loss_box = (width - margin * 0.8 - half, (last.frame[1] + last.frame[3]) / 2, half, 1.7 * em)
    return NetworkLayout(width, height, em, tuple(columns), biases,
                         last.frame[2] + 0.9 * em if has_targets else None, loss_box, top, bottom, capsule, headed,
                         preview)


def legend_height(em: float, height: float) -> float:
    """The height of the legend at the foot of the picture; small pictures have a smaller one."""
    return 3.9 * em if height > 14 * em else 2.6 * em


def is_image(count: int) -> bool:
    """Whether so many inputs are drawn as a square image, one pixel each."""
    return count >= 64 and math.isqrt(count) ** 2 == count


def _shapes(
    counts: Sequence[int], across: float, room: float, em: float, digits: int, drawing: Drawing, preview: bool
) -> tuple[list[Shape], float, CapsuleSize]:
    """The shape of every column, the radius of the discs and the size of the capsules."""
    image = is_image(counts[0])
    least_pitch = 3.4 if preview else 0.6 * em
    written = [not (image and k == 0) and room / count >= least_pitch for k, count in enumerate(counts)]
    most = max((count for count, is_written in zip(counts, written, strict=True) if is_written), default=1)
    column_pitch = across / len(counts)
    pitch = room / most
    below = 0.1 * pitch if preview else 1.7 * em            # room for δ and the bias
    most_radius = 0.068 * min(across, 1.6 * room) if preview else 4.0 * em
    radius = min(most_radius, (pitch - below) / 2, 0.24 * column_pitch)
    # a value that does not fit into its disc stands below it, a line more: then a capsule reads better
    outside = 1.5 * radius < CHARACTER * (digits + 3) * 0.72 * em and pitch < 2 * radius + below + 1.3 * em
    longest = min(8, max((len(name) for k, column in enumerate(drawing.columns) if written[k] for name in column.names),
                         default=2))
    capsule = CapsuleSize(0.0, em, digits)
    capsules = False
    if not preview and (radius < 1.85 * em or outside):
        block = _block_size(math.isqrt(counts[0]), room, across) if image else 0.0
        for small, size in ((small, size) for small in CAPSULE_TEXT for size in range(max(2, digits), 1, -1)):
            least = small * em
            capsule = CapsuleSize(0.84 * least * (0.64 * longest + CHARACTER * (size + 2.2)) + 1.5 * least, least, size)
            gaps = across - block - capsule.width * sum(written)
            roomy = gaps >= (6.2 if size > 2 else 3.6) * least * (len(counts) - 1)
            if roomy and pitch >= 1.45 * least and least >= LEAST_CAPSULE_EM:
                capsules = True
                break
    radius = max(radius, min(0.36 * pitch, 0.24 * column_pitch, most_radius), 1.2)
    shapes = []
    for number, is_written in enumerate(written):
        if image and number == 0:
            shapes.append(Shape.PIXEL)
        elif not is_written:
            shapes.append(Shape.CELL)
        else:
            shapes.append(Shape.CAPSULE if capsules else Shape.DISC)
    return shapes, radius, capsule


def _block_size(side: int, room: float, across: float) -> float:
    """The input image's size: as large as is fit, a whole number of picture pixels for each of its own."""
    size = min(0.72 * room, 0.3 * across)
    return max(1.0, size // side) * side if size >= side else size


def _column(
    shape: Shape, count: int, x: float, wide: float, top: float, room: float, em: float, capsule_em: float, gap: float,
    side: int,
) -> ColumnLayout:
    middle = top + room / 2
    half_height = half_width = wide / 2
    if shape is Shape.PIXEL:
        pitch = wide / side
        rows, places = np.divmod(np.arange(count), side)
        left, upper = round(x - wide / 2), round(middle - wide / 2)
        centres = np.column_stack([left + (places + 0.5) * pitch, upper + (rows + 0.5) * pitch])
        frame = (float(left), float(upper), left + wide, upper + wide)
        return ColumnLayout(shape, left + wide / 2, centres, pitch / 2, pitch / 2, pitch, frame, upper - 0.8 * em,
                            wide + gap * 0.9, side)
    if shape is Shape.CELL:
        pitch = room / count
        half_height = pitch / 2
    elif shape is Shape.CAPSULE:
        pitch = min(room / count, max(2.8 * em, 0.3 * room) if count < 6 else 5.0 * em)
        half_height = min(0.5 * pitch - 1.5, (0.86 if pitch < 2.6 * capsule_em else 1.0) * capsule_em)
    else:
        pitch = min(room / count, max(5.0 * half_width, 0.3 * room))
    centres = np.column_stack([np.full(count, x), middle + (np.arange(count) - (count - 1) / 2) * pitch])
    reach = (count - 1) / 2 * pitch + half_height
    frame = (x - wide / 2, middle - reach, x + wide / 2, middle + reach)
    return ColumnLayout(shape, x, centres, half_width, half_height, pitch, frame, top - 0.75 * em, wide + gap * 0.9)


def _bias(
    drawing: Drawing, k: int, source: ColumnLayout, target: ColumnLayout, floor: float, bottom: float, em: float,
    digits: int, preview: bool,
) -> BiasLayout | None:
    """The biases of connections `k`: beside their units at the lower left, a shared one at the foot of the gap."""
    layer = drawing.connections[k]
    if layer.bias is None or preview:
        return None
    gap = target.frame[0] - source.frame[2]
    units = np.arange(len(layer.weights))
    longest = max((len(label) for label in layer.bias_labels.values()), default=1)
    written = CHARACTER * 0.76 * em * (longest + digits + 2.8) + 0.5 * em
    if len(layer.bias) == 1 and len(layer.weights) > 1:
        half_width, half_height = min(written / 2 + 0.3 * em, 0.3 * gap), 0.95 * em
        centre = np.array([[source.frame[2] + 0.3 * gap, (floor + bottom) / 2 + 0.1 * em]])
        reached = units if len(units) <= SHARED_BIAS_EDGES else units[-1:]
        ends = target.ends()[reached]
        lines = join(np.repeat(centre, len(reached), axis=0), ends, 0.0, target.radius)
        return BiasLayout(centre, half_width, half_height, lines, reached, True)
    if target.shape is Shape.CELL:
        thin = 0.16 * (target.frame[2] - target.frame[0])
        return BiasLayout(target.centres - np.array([target.half_width + 2.2 * thin, 0.0]), thin, target.half_height,
                          np.empty((0, 4)), units[:0], False, strip=True)
    upper = np.where(units < len(units) // 2, -1.0, 1.0)   # outwards, where fewer edges arrive
    if target.half_height >= 0.8 * em and (
            target.pitch >= 2 * target.half_height + 4.6 * em):
        half_width, half_height = min(written / 2, 0.46 * (gap + 2 * target.half_width)), 0.66 * em
        lift = target.half_height + half_height + 1.0 * em
        centres = target.centres - np.array([0.0, lift])
        return BiasLayout(centres, half_width, half_height,
                          join(centres, target.centres, half_height, target.half_height), units, False)
    if target.shape is Shape.CAPSULE:
        with_value = target.pitch >= 3.2 * em and gap >= 1.45 * written
        half_width = written / 2 if with_value else min(0.58 * target.half_height, 0.3 * target.pitch)
        half_height = 0.6 * em if with_value else half_width
        reach = (1.35 if with_value else 0.5) * half_height + (0.5 if with_value else 0.0) * target.half_height
        centres = target.centres + np.column_stack([
            np.full(len(units), -target.half_width - half_width - 0.55 * em),
            upper * max(reach, 0.28 * min(target.pitch, 2.4 * em)),
        ])
        ends = target.centres + np.column_stack([np.full(len(units), 0.5 * em - target.half_width),
                                                 upper * 0.25 * target.half_height])
        return BiasLayout(centres, half_width, half_height, join(centres, ends, 0.0, 0.0), units, False)
    radius = target.half_width
    if radius < 0.8 * em:
        half_width = half_height = max(1.0, 0.32 * radius)
        centres = target.centres + np.array([-1.5 * radius, 1.05 * radius])
    else:
        half_width, half_height = min(written / 2, 0.3 * gap), min(0.62 * em, 0.34 * target.pitch)
        centres = target.centres + np.column_stack([np.full(len(units), -0.98 * radius - half_width - 0.55 * em),
                                                    upper * 0.86 * radius])
    return BiasLayout(centres, half_width, half_height, join(centres, target.centres, 0.0, radius), units, False)


def join(starts: Array, ends: Array, before: float, after: float) -> Array:
    """Lines (edges, 4) from `starts` to `ends`, cut short by `before` and `after` pixels at the two ends."""
    along = ends - starts
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    lines = np.empty((len(along), 4))
    lines[:, :2] = starts + along * (before / length)
    lines[:, 2:] = ends - along * (after / length)
    return lines


def edge_lines(source: ColumnLayout, target: ColumnLayout, units: Whole, sources: Whole) -> Array:
    """The ends (edges, 4) of the edges from `sources` of one column to `units` of the next."""
    return join(source.starts()[sources], target.ends()[units], source.radius, target.radius)


def place_labels(
    lines: Array, half_widths: Array, half_height: float, obstacles: Array | None = None
) -> Array | None:
    """Where along each line its label stands, (edges,) fractions; None when they cannot all stand apart.

    Labels are upright boxes centred on their lines.  They never meet each other or the `obstacles` (boxes:
    centre x, y, half width, half height), and cross as few other lines as can be.
    """
    steepness = np.abs(lines[:, 3] - lines[:, 1])
    for order in (np.argsort(steepness, kind="stable"), np.argsort(-steepness, kind="stable"), np.arange(len(lines))):
        fractions = _place_in_order(order, lines, half_widths, half_height, obstacles)
        if fractions is not None:
            return fractions
    return None


def _place_in_order(
    order: Whole, lines: Array, half_widths: Array, half_height: float, obstacles: Array | None
) -> Array | None:
    """Each label in turn where it crosses least; None as soon as one has no place."""
    placed: list[tuple[float, float, float]] = []
    fractions = np.zeros(len(lines))
    others = np.empty((0, 4)) if obstacles is None else obstacles
    samples = np.linspace(0.0, 1.0, 33)
    along_x = lines[:, :1] + (lines[:, 2:3] - lines[:, :1]) * samples
    along_y = lines[:, 1:2] + (lines[:, 3:] - lines[:, 1:2]) * samples
    for number in order:
        x1, y1, x2, y2 = lines[number]
        wide = float(half_widths[number])
        best, best_cost = None, math.inf
        for fraction in LABEL_FRACTIONS:
            x, y = x1 + (x2 - x1) * fraction, y1 + (y2 - y1) * fraction
            if min(abs(x - x1), abs(x2 - x)) < 0.7 * wide:
                continue
            if any(abs(x - a) < wide + w + 2 and abs(y - b) < 2 * half_height + 1 for a, b, w in placed):
                continue
            if len(others) and np.any((np.abs(others[:, 0] - x) < others[:, 2] + wide)
                                      & (np.abs(others[:, 1] - y) < others[:, 3] + half_height)):
                continue
            inside = (np.abs(along_x - x) < wide) & (np.abs(along_y - y) < half_height)
            crossed = int(np.count_nonzero(inside.any(axis=1))) - 1
            cost = crossed + 1.3 * abs(fraction - 0.5)
            if cost < best_cost:
                best, best_cost = (x, y, wide, fraction), cost
        if best is None:
            return None
        placed.append(best[:3])
        fractions[number] = best[3]
    return fractions
