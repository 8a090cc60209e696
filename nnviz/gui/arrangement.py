"""Where everything in the picture of a network is, found once for a size of the view and kept while it stays there.

Drawing and pointing ask the same places, so that what is seen is what is hit.  Pure arithmetic on arrays, no Qt.
"""

from __future__ import annotations

import numpy as np

from nnviz.gui.columns import Shape
from nnviz.gui.detail import Detail
from nnviz.gui.drawing import Array, Drawing
from nnviz.gui.edges import LayerEdges, drawn_edges
from nnviz.gui.layout import NetworkLayout, arrange
from nnviz.gui.matrices import place_of, weight_at
from nnviz.gui.pointing import HitMap, distances, edge_strengths, hit_map
from nnviz.gui.slope_places import slope_at, slope_places
from nnviz.gui.spokes import spokes_of, unit_with_spokes
from nnviz.gui.unit_places import Places, with_places
from nnviz.report.elements import Alpha, Bias, Element, Unit, Weight

# Shares of an edge's length at which it is looked for, for at some of them another edge may lie above it.
ALONG = (0.25, 0.15, 0.35, 0.1, 0.5, 0.65, 0.05, 0.8, 0.02, 0.95)


class Arrangement:
    """The layout of a drawing, the edges that it shows, and what a pointer hits; lengths are those of the layout."""

    def __init__(self) -> None:
        self.edges: tuple[LayerEdges, ...] = ()
        self._layout: NetworkLayout | None = None
        self._home: NetworkLayout | None = None        # before units were dragged to places of their own
        self._places: Places = {}
        self._key: object = None
        self._strongest_known = True          # `edges` are those of the drawing
        self._hits: HitMap | None = None
        self._strengths: tuple[Drawing, HitMap, Array] | None = None

    def clear(self) -> None:
        """Keeps nothing: there is no network any more."""
        self.edges, self._layout, self._home, self._key = (), None, None, None
        self._hits, self._strengths = None, None

    def forget_strongest(self) -> None:
        """The weights are others: where only the strongest are drawn, these may be others too."""
        self._strongest_known = all(layer.detail is not Detail.STRONGEST for layer in self.edges)

    def layout_of(self, drawing: Drawing, width: int, height: int, text_scale: float, digits: int) -> NetworkLayout:
        """The layout of `drawing` in a view of that size; the same object for as long as it is the same."""
        key = (width, height, text_scale, digits, drawing.shape)
        if self._layout is None or key != self._key or drawing.places != self._places:
            if self._home is None or key != self._key:
                self._home = arrange(drawing, width, height, text_scale, digits)
            self._layout, self._places = with_places(self._home, drawing.places), drawing.places
            self.edges = drawn_edges(drawing, self._layout)
            self._key, self._hits = key, None
        elif not self._strongest_known:
            self.edges = drawn_edges(drawing, self._layout, self.edges)
            self._hits = None
        self._strongest_known = True
        return self._layout

    def element_at(
        self, drawing: Drawing, layout: NetworkLayout, x: float, y: float, reach: float,
        selected: Element | None = None, pixel: float = 1.0,
    ) -> Element | None:
        """What is at (x, y), or an edge within `reach` of it; None on the background.

        Edges of the unit that is `selected` can be hit although others could not be told apart, and the pixels of an
        image are then where they begin.  A pixel of the screen is `pixel` large in the layout.
        """
        if self._hits is None:
            self._hits = hit_map(layout, self.edges)
        slope = slope_at(slope_places(drawing, layout), x, y)
        if slope is not None:
            return slope
        inside = weight_at(drawing, layout, x, y, pixel)
        if inside is not None:
            return inside
        unit = unit_with_spokes(drawing, selected)
        if unit is not None and self._hits.node_at(x, y) is None:
            spoke = self._spoke_at(drawing, layout, unit, x, y, reach)
            if spoke is not None:
                return spoke
        kept = self._strengths
        if kept is None or kept[0] is not drawing or kept[1] is not self._hits:
            kept = self._strengths = (drawing, self._hits, edge_strengths(drawing, layout, self.edges))
        return self._hits.element_at(x, y, reach, kept[2])

    def _spoke_at(
        self, drawing: Drawing, layout: NetworkLayout, unit: Unit, x: float, y: float, reach: float
    ) -> Weight | None:
        """The weight of `unit` whose edge is at (x, y), or which comes from the pixel there."""
        many = tuple(layer for layer in self.edges if layer.detail in (Detail.RIBBONS, Detail.STRONGEST))
        for spokes in spokes_of(drawing, layout, many, unit) if many else ():
            layer, source = drawing.connections[spokes.layer - 1], layout.columns[spokes.layer - 1]
            if source.shape is Shape.PIXEL and spokes.layer == unit.layer:
                left, top, right, bottom = source.frame
                if left <= x < right and top <= y < bottom:
                    column, row = int((x - left) / source.pitch), int((y - top) / source.pitch)
                    place = min(row, source.side - 1) * source.side + min(column, source.side - 1)
                    return layer.weight(spokes.layer, unit.unit * layer.pieces, place)
            distance = distances(spokes.lines, x, y)
            if distance.size and distance.min() <= reach:
                nearest = int(np.argmin(distance))
                return layer.weight(spokes.layer, int(spokes.units[nearest]), int(spokes.sources[nearest]))
        return None

    def places_of(self, drawing: Drawing, layout: NetworkLayout, element: Element) -> Array:
        """Where `element` is (places, 2): its centre, or places along an edge; `LookupError` where it is not drawn."""
        if isinstance(element, Unit):
            return layout.columns[element.layer].centres[[element.unit]]
        if isinstance(element, Alpha):
            slopes = slope_places(drawing, layout)[element.layer]
            if slopes is None:
                raise LookupError(f"{element} is not in the picture")
            return slopes.centres[[element.unit]]
        net = drawing.connections[element.layer - 1].net_of(element)
        if isinstance(element, Bias):
            biases = layout.biases[element.layer - 1]
            if biases is None:
                raise LookupError(f"{element} is not in the picture")
            return biases.centres[[net]]
        inside = place_of(drawing, layout, element)
        if inside is not None:
            return np.array([inside])
        edges, source = self.edges[element.layer - 1], layout.columns[element.layer - 1]
        if edges.detail is Detail.RIBBONS:      # hit there while its unit is selected
            return source.centres[[element.source]]
        index = np.flatnonzero((edges.units == net) & (edges.sources == element.source))
        if not index.size:
            raise LookupError(f"{element} is not drawn")
        begin, end = np.split(np.asarray(edges.lines[int(index[0])], dtype=np.float64), 2)
        return begin + (end - begin) * np.array(ALONG)[:, np.newaxis]
