"""The edges of one unit of a large layer, drawn while it is pointed at; while it is selected they can be pointed at.

Pure arithmetic on arrays, no painting.
"""

from __future__ import annotations

import numpy as np

from nnviz.gui.columns import Shape
from nnviz.gui.detail import EVERY_EDGE, SPOKES, Detail
from nnviz.gui.drawing import Array, Connections, Drawing
from nnviz.gui.edges import SIGN_BEADS, LayerEdges, gap_stretch, strongest
from nnviz.gui.layout import NetworkLayout, edge_lines
from nnviz.report.elements import Element, Unit, Weight


def unit_with_spokes(drawing: Drawing, *elements: Element | None) -> Unit | None:
    """The unit whose edges are shown: the first unit of `elements`, else that of a weight among too many to draw."""
    for element in elements:
        if isinstance(element, Unit):
            return element
        if isinstance(element, Weight) and drawing.connections[element.layer - 1].weights.size > EVERY_EDGE:
            return Unit(element.layer, element.unit)
    return None


def spokes_of(drawing: Drawing, layout: NetworkLayout, edges: tuple[LayerEdges, ...], unit: Unit) -> list[LayerEdges]:
    """The strongest edges into `unit`, and those out of it, of layers whose edges cannot be told apart."""
    return [_spokes(drawing.connections[layer.layer - 1], layout, layer, unit) for layer in edges
            if layer.layer - unit.layer in (0, 1) and layer.total > 2 * SIGN_BEADS and layer.detail is not Detail.BAND]


def _spokes(connections: Connections, layout: NetworkLayout, layer: LayerEdges, unit: Unit) -> LayerEdges:
    source, target = layout.columns[layer.layer - 1], layout.columns[layer.layer]
    fan_out, fan_in = connections.weights.shape
    if layer.layer == unit.layer:
        first = unit.unit * connections.pieces
        flat = np.arange(first * fan_in, (first + connections.pieces) * fan_in)
    else:
        flat = np.arange(fan_out) * fan_in + unit.unit
    flat = flat[strongest(_strengths(connections, flat), SPOKES)]
    units, sources = np.divmod(flat, fan_in)
    lines = edge_lines(source, target, units, sources)
    if source.shape is Shape.PIXEL:
        lines[:, :2] = source.centres[sources]
    return LayerEdges(layer.layer, units, sources, np.ascontiguousarray(lines), flat, layer.total, False,
                      gap_stretch(source, target, layout.em), layer.detail)


def _strengths(connections: Connections, flat: np.ndarray) -> Array:
    """What makes edges strong: the size of their gradients, or of their weights while none of these is known."""
    some = connections.gradients_known.ravel()[flat].any()
    return np.asarray(connections.magnitudes.ravel()[flat] if some else np.abs(connections.weights.ravel()[flat]))
