"""What is under the pointer, and what comes next for the keyboard.

Hit testing is arithmetic on arrays: distances to all nodes and to all edges at once, a few hundredths of a
millisecond for thirteen thousand edges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nnviz.gui.columns import STRIPS, Shape, Whole
from nnviz.gui.detail import Detail
from nnviz.gui.drawing import Array, Drawing, bias_at, weight_at
from nnviz.gui.edges import LayerEdges
from nnviz.gui.layout import NetworkLayout
from nnviz.gui.ribbons import ribbon_lines
from nnviz.report.elements import Alpha, Bias, Element, Unit, Weight

RIBBON = -2
Floats = NDArray[np.float32]      # half the memory: screen places need no more


@dataclass(frozen=True)
class HitMap:
    """The boxes of all nodes and the lines of all edges of a picture, as flat arrays."""

    nodes: Array                  # (nodes, 4): centre x, y, half width, half height
    node_elements: tuple[Element, ...] | None
    columns: tuple[tuple[float, float, float, float, int, int], ...]   # strips and images: l, t, r, b, layer, side
    begin_x: Floats
    begin_y: Floats
    along_x: Floats
    along_y: Floats
    inverse_square: Floats        # 1 / squared length
    layer: Whole
    unit: Whole                   # or, of units with pieces, the piece
    source: Whole                 # −1: the edge of a bias; −2: the ribbon of a unit
    bias: Whole                   # the bias of that edge
    pieces: tuple[int, ...] = ()  # of each column
    shared: frozenset[int] = frozenset()      # layers with one bias
    gaps: tuple[tuple[int, int, float, float], ...] = ()     # first line, line after the last, their left and right end

    def node_at(self, x: float, y: float) -> Element | None:
        """The unit or bias at (x, y), apart from those of strips and images."""
        if not len(self.nodes):
            return None
        inside = (np.abs(self.nodes[:, 0] - x) <= self.nodes[:, 2] + 1.0) & (
            np.abs(self.nodes[:, 1] - y) <= self.nodes[:, 3] + 1.0)
        return self.node_elements[int(np.argmax(inside))] if inside.any() and self.node_elements is not None else None

    def element_at(self, x: float, y: float, reach: float = 5.0, strengths: Array | None = None) -> Element | None:
        """The node at (x, y), else the edge within `reach` of it: the strongest of those nearly as near."""
        node = self.node_at(x, y)
        if node is not None:
            return node
        for left, top, right, bottom, number, side in self.columns:
            if left <= x < right and top <= y < bottom:
                return _cell_at(x, y, left, top, right, bottom, number, side)
        nearest = self._nearest(x, y, reach, strengths)
        if nearest is None:
            return None
        layer, source = int(self.layer[nearest]), int(self.source[nearest])
        if source == RIBBON:
            return Unit(layer, int(self.unit[nearest]) // self.pieces[layer])
        if source < 0:
            return bias_at(layer, int(self.bias[nearest]), 1 if layer in self.shared else self.pieces[layer])
        return weight_at(layer, int(self.unit[nearest]), source, self.pieces[layer])

    def _nearest(self, x: float, y: float, reach: float, strengths: Array | None) -> int | None:
        """The line that is hit: only of the gaps in which the pointer is, or which it may touch."""
        found: list[tuple[int, NDArray[np.float32]]] = []
        for first, end, left, right in self.gaps:
            if left - reach <= x <= right + reach:
                px, py = x - self.begin_x[first:end], y - self.begin_y[first:end]
                along_x, along_y = self.along_x[first:end], self.along_y[first:end]
                share = px * along_x
                share += py * along_y
                share *= self.inverse_square[first:end]
                np.clip(share, 0.0, 1.0, out=share)
                px -= share * along_x
                py -= np.multiply(share, along_y, out=share)
                px *= px
                py *= py
                px += py
                found.append((first, px))
        if not found:
            return None
        least = min(float(squares.min()) for _, squares in found)
        if not least <= reach * reach:
            return None
        limit = (math.sqrt(least) + 0.8) ** 2 if strengths is not None else least
        near = np.concatenate([first + np.flatnonzero(squares <= limit) for first, squares in found])
        return int(near[0] if strengths is None else near[np.argmax(np.nan_to_num(strengths[near], nan=0.0))])


def distances(lines: Array, x: float, y: float) -> Array:
    """From (x, y) to each of the lines (lines, 4)."""
    along = lines[:, 2:] - lines[:, :2]
    offset = np.array([x, y]) - lines[:, :2]
    share = np.clip((offset * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-9), 0.0, 1.0)
    rest = offset - share[:, None] * along
    return np.asarray(np.hypot(rest[:, 0], rest[:, 1]))


def _cell_at(
    x: float, y: float, left: float, top: float, right: float, bottom: float, number: int, side: int
) -> Element:
    """The unit of a strip (`side` is minus the number of units) or of an image (`side` pixels along an edge)."""
    if side < 0:
        return Unit(number, min(-side - 1, int((y - top) / (bottom - top) * -side)))
    row = min(side - 1, int((y - top) / (bottom - top) * side))
    return Unit(number, row * side + min(side - 1, int((x - left) / (right - left) * side)))


def hit_map(layout: NetworkLayout, edges: tuple[LayerEdges, ...]) -> HitMap:
    """The hit map of a picture; biases come before units, so that a bias that touches its unit can be hit."""
    boxes: list[Array] = []
    elements: list[Element] = []
    columns: list[tuple[float, float, float, float, int, int]] = []
    lines: list[Array] = []
    ends: list[tuple[Whole, Whole, Whole, Whole]] = []
    for k, biases in enumerate(layout.biases):
        if biases is None:
            continue
        count = len(biases.centres)
        boxes.append(np.column_stack([biases.centres, np.full(count, biases.half_width),
                                      np.full(count, biases.half_height)]))
        pieces = 1 if biases.shared else layout.columns[k + 1].pieces
        elements.extend(bias_at(k + 1, place, pieces) for place in range(count))
        size = len(biases.lines)
        lines.append(biases.lines)
        own = np.zeros(size, dtype=np.intp) if biases.shared else biases.units
        ends.append((np.full(size, k + 1), biases.units, np.full(size, -1), own))
    for number, column in enumerate(layout.columns):
        if column.shape in (*STRIPS, Shape.PIXEL):
            side = column.side if column.shape is Shape.PIXEL else -len(column.centres)
            columns.append((*column.frame, number, side))
            continue
        count = len(column.centres)
        boxes.append(np.column_stack([column.centres, np.full(count, column.half_width),
                                      np.full(count, column.half_height)]))
        elements.extend(Unit(number, unit) for unit in range(count))
    for layer in edges:
        lines.append(layer.lines)
        ends.append((np.full(layer.units.size, layer.layer), layer.units, layer.sources,
                     np.zeros(layer.units.size, dtype=np.intp)))
        if layer.detail is Detail.RIBBONS:
            lines.append(ribbon_lines(layout, layer.layer))
            nets = np.arange(len(lines[-1]))
            ends.append((np.full(len(nets), layer.layer), nets, np.full(len(nets), RIBBON), np.zeros_like(nets)))
    joined = np.concatenate(lines) if lines else np.empty((0, 4))
    begin_x, begin_y = joined[:, 0].astype(np.float32), joined[:, 1].astype(np.float32)
    along_x = (joined[:, 2] - joined[:, 0]).astype(np.float32)
    along_y = (joined[:, 3] - joined[:, 1]).astype(np.float32)
    square = np.maximum(along_x**2 + along_y**2, np.float32(1e-6))
    sizes = np.cumsum([0, *(len(part) for part in lines)]).tolist()
    gaps = tuple((first, end, float(joined[first:end, ::2].min()), float(joined[first:end, ::2].max()))
                 for first, end in pairwise(sizes) if end > first)
    layers, units, sources, bias = (
        (np.concatenate([part[i] for part in ends]) if ends else np.empty(0, dtype=np.intp)) for i in range(4))
    return HitMap(np.concatenate(boxes) if boxes else np.empty((0, 4)), tuple(elements), tuple(columns), begin_x,
                  begin_y, along_x, along_y, np.float32(1.0) / square, layers, units, sources, bias,
                  tuple(column.pieces for column in layout.columns),
                  frozenset(k + 1 for k, biases in enumerate(layout.biases) if biases is not None and biases.shared),
                  gaps)


def edge_strengths(drawing: Drawing, layout: NetworkLayout, edges: tuple[LayerEdges, ...]) -> Array:
    """|gradient| of every line of `hit_map`, in its order; biases count as weakest."""
    parts = [np.zeros(len(biases.lines)) for biases in layout.biases if biases is not None]
    for layer in edges:
        parts.append(np.abs(np.asarray(layer.take(drawing.connections[layer.layer - 1].gradients), dtype=np.float64)))
        if layer.detail is Detail.RIBBONS:
            parts.append(np.zeros(layer.nets))
    return np.concatenate(parts) if parts else np.empty(0)


# ── the walk: inputs, then layer by layer: a shared bias, then each unit's weights, its own bias, the unit ────
def element_count(drawing: Drawing) -> int:
    """How many elements a walk through `drawing` visits."""
    return _before_slopes(drawing) + len(_slopes(drawing))


def _before_slopes(drawing: Drawing) -> int:
    return len(drawing.columns[0].names) + sum(_layer_count(drawing, k) for k in range(len(drawing.connections)))


def _slopes(drawing: Drawing) -> list[Alpha]:
    """What activations learn, layer by layer: the end of the walk."""
    return [Alpha(number, unit) for number, column in enumerate(drawing.columns) if column.slopes is not None
            for unit in range(len(column.slopes.values))]


def _biases(drawing: Drawing, k: int) -> tuple[int, int]:
    """How many shared biases, and how many of its own each unit has, in connections `k`: (1, 0), (0, 1), (0, 0)."""
    layer = drawing.connections[k]
    if layer.bias is None:
        return 0, 0
    return (1, 0) if layer.has_shared_bias else (0, 1)


def _layer_count(drawing: Drawing, k: int) -> int:
    shared, _ = _biases(drawing, k)
    return int(shared + len(drawing.columns[k + 1].names) * _unit_count(drawing, k))


def _unit_count(drawing: Drawing, k: int) -> int:
    """How many elements each unit has in the walk: for each of its pieces the weights and the bias, then the unit."""
    _, own = _biases(drawing, k)
    layer = drawing.connections[k]
    return int(layer.pieces * (layer.weights.shape[1] + own) + 1)


def element_number(drawing: Drawing, element: Element) -> int:
    """The place of `element` in the walk, from 0."""
    if isinstance(element, Alpha):
        return _before_slopes(drawing) + _slopes(drawing).index(element)
    if element.layer == 0:
        return element.unit
    before = len(drawing.columns[0].names) + sum(_layer_count(drawing, k) for k in range(element.layer - 1))
    shared, own = _biases(drawing, element.layer - 1)
    layer = drawing.connections[element.layer - 1]
    sources, each = layer.weights.shape[1], _unit_count(drawing, element.layer - 1)
    if isinstance(element, Bias) and shared:
        return before
    before += shared + element.unit * each
    if isinstance(element, Unit):
        return before + each - 1
    if isinstance(element, Alpha):
        raise LookupError(f"{element} is not in the picture")
    before += (element.piece or 0) * (sources + own)
    return before + (element.source if isinstance(element, Weight) else sources)


def element_at_number(drawing: Drawing, number: int) -> Element:
    """The element at place `number` of the walk; numbers wrap around."""
    number %= element_count(drawing)
    if number >= _before_slopes(drawing):
        return _slopes(drawing)[number - _before_slopes(drawing)]
    if number < len(drawing.columns[0].names):
        return Unit(0, number)
    number -= len(drawing.columns[0].names)
    k = 0
    while number >= _layer_count(drawing, k):
        number -= _layer_count(drawing, k)
        k += 1
    shared, own = _biases(drawing, k)
    if number < shared:
        return Bias(k + 1, 0)
    layer = drawing.connections[k]
    sources = layer.weights.shape[1]
    unit, place = divmod(number - shared, _unit_count(drawing, k))
    piece, place = divmod(place, sources + own)
    if piece == layer.pieces:
        return Unit(k + 1, unit)
    net = unit * layer.pieces + piece
    return layer.weight(k + 1, net, place) if place < sources else layer.bias_element(k + 1, net)


def exists(drawing: Drawing, element: Element) -> bool:
    """Whether `drawing` has `element`: a picture may have been changed under a selection."""
    if not 0 <= element.layer < len(drawing.columns):
        return False
    if isinstance(element, Unit):
        return 0 <= element.unit < len(drawing.columns[element.layer].names)
    if isinstance(element, Alpha):
        return element in _slopes(drawing)
    if element.layer == 0:
        return False
    layer = drawing.connections[element.layer - 1]
    if isinstance(element, Bias) and layer.has_shared_bias:
        return element.unit == 0 and element.piece is None
    in_pieces = element.piece is None if layer.pieces == 1 else element.piece in range(layer.pieces)
    fits = 0 <= element.unit < len(drawing.columns[element.layer].names) and in_pieces
    if isinstance(element, Bias):
        return fits and layer.bias is not None
    return fits and 0 <= element.source < layer.weights.shape[1]
