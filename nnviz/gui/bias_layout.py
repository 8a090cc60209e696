"""Where the biases of a layer stand: above or beside their units, a shared one at the foot of the gap.

Pure arithmetic on arrays, no Qt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nnviz.gui.columns import STRIPS, WRITTEN, ColumnLayout, Shape, Whole, join
from nnviz.gui.drawing import Array, Drawing

CHARACTER = 0.62                  # width of a digit in ems, rounded up
NOTE = 0.84                       # size of weights, biases and δ in ems
NOTE_LINE = 1.45                  # height of a line of δ, in ems, with the gaps above and below
BIAS_LINE = 1.75                  # height of a bias above its unit, in ems, with its gaps
SHARED_BIAS_EDGES = 256           # a shared bias is joined to each of at most so many units


@dataclass(frozen=True)
class BiasLayout:
    """The biases into a column: centres (biases, 2), and the ends (edges, 4) of the edges to their units."""

    centres: Array
    half_width: float
    half_height: float
    lines: Array
    units: Whole                  # the unit that each line reaches
    shared: bool
    text: float = 0.0             # size of the name and value; 0: a mere dot
    strip: bool = False           # thin cells beside a strip of units: no edges, no text


def own_biases(drawing: Drawing, k: int) -> bool:
    """Whether each unit that connections `k` lead to has a bias of its own."""
    layer = drawing.connections[k]
    return layer.bias is not None and (len(layer.bias) > 1 or len(layer.weights) == 1)


def _bias_width(drawing: Drawing, k: int, size: float, digits: int) -> float:
    """How wide a bias of connections `k` is, with its name and value in text of the given size."""
    layer = drawing.connections[k]
    longest = max((len(label) for label in layer.bias_labels.values()), default=1 if layer.pieces == 1 else 4)
    return CHARACTER * size * (longest + digits + 2.8) + 0.6 * size


def bias_above(
    drawing: Drawing, k: int, source: ColumnLayout, target: ColumnLayout, em: float, digits: int
) -> bool:
    """Whether the biases into `target` stand above their units: there they can be wide."""
    if not own_biases(drawing, k) or target.shape not in WRITTEN:
        return False
    free = target.pitch - 2 * target.half_height
    if len(target.centres) == 1:
        free = target.pitch                        # it has the column to itself
    elif target.shape is Shape.TILE and free < (BIAS_LINE + NOTE_LINE) * em:
        return False                               # the name below an image goes first
    if target.pieces > 1 and target.pieces * (_bias_width(drawing, k, NOTE * em, digits) + 0.4 * em) > min(
            target.room, target.frame[0] - source.frame[2] + 2 * target.half_width):
        return False                               # side by side they need more width than there is
    if target.shape is Shape.CAPSULE and target.pieces == 1 and free < (BIAS_LINE + NOTE_LINE + 1.5) * em and _beside(
            target, target.frame[0] - source.frame[2], _bias_width(drawing, k, NOTE * em, digits), em):
        return False
    return free >= (BIAS_LINE + 0.2) * em and target.half_height >= 0.5 * em


def _beside(target: ColumnLayout, gap: float, wide: float, em: float) -> bool:
    """Whether biases of width `wide` with their values have room at the lower or upper left of capsules."""
    return target.pitch >= 3.2 * em and gap >= 1.45 * wide


def place_biases(
    drawing: Drawing, k: int, source: ColumnLayout, target: ColumnLayout, floor: float, bottom: float, em: float,
    digits: int, preview: bool, above: bool,
) -> BiasLayout | None:
    """The biases of connections `k`: above or beside their units, a shared one at the foot of the gap."""
    layer = drawing.connections[k]
    if layer.bias is None or preview:
        return None
    gap = target.frame[0] - source.frame[2]
    units = np.arange(len(layer.weights))
    size = NOTE * em
    written = _bias_width(drawing, k, size, digits)
    if not own_biases(drawing, k):
        half_width, half_height = min(written / 2 + 0.3 * em, 0.3 * gap), 0.95 * em
        centre = np.array([[source.frame[2] + 0.3 * gap, (floor + bottom) / 2 + 0.1 * em]])
        reached = units if len(units) <= SHARED_BIAS_EDGES else units[-1:]
        ends = target.ends()[reached]
        lines = join(np.repeat(centre, len(reached), axis=0), ends, 0.0, target.reach)
        return BiasLayout(centre, half_width, half_height, lines, reached, True, size)
    if target.shape in STRIPS:
        thin = 0.16 * (target.frame[2] - target.frame[0])
        high = target.half_height / target.pieces
        between = (np.arange(target.pieces) - (target.pieces - 1) / 2) * 2 * high
        centres = (target.centres[:, None] + np.column_stack([0.0 * between, between])).reshape(-1, 2)
        return BiasLayout(centres - np.array([target.half_width + 2.2 * thin, 0.0]), thin, high,
                          np.empty((0, 4)), units[:0], False, strip=True)
    if target.pieces > 1:
        return _bias_of_pieces(target, em, written, size, above)
    upper = np.where(units < len(units) // 2, -1.0, 1.0)   # outwards, where fewer edges arrive
    if above:
        half_width, half_height = min(written / 2, 0.46 * (gap + 2 * target.half_width)), 0.66 * em
        free = target.pitch - 2 * target.half_height - BIAS_LINE * em - target.below * (len(units) > 1)
        lift = target.half_height + half_height + min(1.0, max(0.2, 0.5 * free / em)) * em
        centres = target.centres - np.array([0.0, lift])
        return BiasLayout(centres, half_width, half_height,
                          join(centres, target.centres, half_height, target.half_height), units, False, size)
    if target.shape is Shape.CAPSULE and _beside(target, gap, written, em):
        half_width, half_height = written / 2, 0.6 * em
        reach = 1.35 * half_height + 0.5 * target.half_height
        centres = target.centres + np.column_stack([
            np.full(len(units), -target.half_width - half_width - 0.55 * em),
            upper * max(reach, 0.28 * min(target.pitch, 2.4 * em)),
        ])
        ends = target.centres + np.column_stack([np.full(len(units), 0.5 * em - target.half_width),
                                                 upper * 0.25 * target.half_height])
        return BiasLayout(centres, half_width, half_height, join(centres, ends, 0.0, 0.0), units, False, size)
    # no room for a value: a dot at the unit's shoulder
    radius = min(target.half_width, target.half_height)
    half = max(1.0, min(0.32 * radius, 0.3 * em, 0.2 * target.pitch))
    shoulder = 0.45 if target.shape is Shape.TILE else 0.9      # names stand right above and below images
    centres = target.centres + np.column_stack([np.full(len(units), -target.half_width - 1.6 * half),
                                                upper * min(shoulder * radius, 0.34 * target.pitch)])
    return BiasLayout(centres, half, half, join(centres, target.centres, 0.0, target.radius), units, False)


def _bias_of_pieces(target: ColumnLayout, em: float, written: float, size: float, above: bool) -> BiasLayout:
    """The biases of units with pieces: side by side above each unit, or dots on its upper rim."""
    pieces, count = target.pieces, len(target.centres)
    nets, order = np.arange(count * pieces), np.arange(pieces) - (pieces - 1) / 2
    owners = np.repeat(target.centres, pieces, axis=0)
    if above:
        half_width, half_height = written / 2, 0.66 * em
        free = target.pitch - 2 * target.half_height - BIAS_LINE * em - target.below * (count > 1)
        lift = target.half_height + half_height + min(1.0, max(0.2, 0.5 * free / em)) * em
        across = np.tile(order * (written + 0.4 * em), count)
        centres = owners + np.column_stack([across, np.full(len(nets), -lift)])
        feet = owners + np.column_stack([0.12 * across, np.zeros(len(nets))])
        return BiasLayout(centres, half_width, half_height, join(centres, feet, half_height, target.half_height), nets,
                          False, size)
    radius = min(target.half_width, target.half_height)
    half = max(1.0, min(0.26 * radius, 0.3 * em, 0.2 * target.pitch))
    if target.shape is Shape.DISC:
        angles = math.radians(90.0) + order * min(math.radians(34.0), 2.4 * half / radius)
        places = (radius + 1.7 * half) * np.column_stack([-np.cos(angles), -np.sin(angles)])
    else:
        places = np.column_stack([order * 2.8 * half, np.full(pieces, -target.half_height - 0.3 * half)])
    centres = owners + np.tile(places, (count, 1))
    return BiasLayout(centres, half, half, join(centres, owners, 0.0, radius), nets, False)
