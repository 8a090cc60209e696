"""What is drawn along edges: their lights, the signs and labels on them, the edges of biases."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor

from nnviz.gui import ink
from nnviz.gui.colour_scale import NEUTRAL, WARNING
from nnviz.gui.columns import Shape, Whole
from nnviz.gui.drawing import Array
from nnviz.gui.edges import (
    SIGN_BEADS,
    LayerEdges,
    draw_biases,
    draw_layers,
    draw_lines,
    edge_bins,
    largest_weight,
    make_pen,
    strongest,
    width_bins,
    width_steps,
)
from nnviz.gui.ink import mix, stroke
from nnviz.gui.layout import edge_lines, edge_places
from nnviz.gui.scene import Scene
from nnviz.gui.slope_places import slope_boxes
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.numbers import short

HALOES = 256                      # a light behind each of at most so many edges; more are ringed as a layer
SPOKES = 200                      # edges of a unit in a dense layer that light up with it


class EdgeMarks(Scene):
    """The part of a painting that stands on edges."""

    def _spokes(self) -> None:
        """The strongest edges of a hovered or selected unit of a dense layer, over the faded others."""
        unit = next((element for element in (self.interaction.hovered, self.interaction.selected)
                     if isinstance(element, Unit)), None)
        if unit is None:
            return
        for layer in self.edges:
            incoming, outgoing = layer.layer == unit.layer, layer.layer == unit.layer + 1
            if layer.total <= 2 * SIGN_BEADS or not (incoming or outgoing):
                continue
            connections = self.drawing.connections[layer.layer - 1]
            ends = layer.units // connections.pieces if incoming else layer.sources
            own = np.flatnonzero(ends == unit.unit)
            left = self.layout.columns[layer.layer - 1].frame[2]
            right = self.layout.columns[layer.layer].frame[0]
            gap = QRectF(QPointF(*self.transform.point(left, self.layout.top - self.layout.em)),
                         QPointF(*self.transform.point(right, self.layout.bottom)))
            veil = QColor(self.theme.canvas)
            veil.setAlpha(190)
            self.painter.fillRect(gap, veil)
            strengths = np.asarray(layer.take(connections.gradients)[own], dtype=np.float64)
            own = own[strongest(strengths, SPOKES)]
            chosen = layer.picked(own, connections.weights.shape)
            draw_layers(self.painter, (connections,), (chosen,), self.scale, self.theme, self.style,
                        (self.zoom, self.transform.dx, self.transform.dy))
            if incoming and self.layout.columns[unit.layer - 1].shape is Shape.PIXEL:
                self._pixels_lit(chosen.take(connections.gradients), chosen)

    def _pixels_lit(self, gradients: Array, chosen: LayerEdges) -> None:
        """Dots on the pixels of the input image where a unit's strongest edges come from."""
        place = self.layout.columns[chosen.layer - 1]
        bins = self.scale.bins(np.abs(gradients))
        size = max(1.2, 0.3 * place.pitch * self.zoom)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.lit_pixels = [(place.centres[source], self.colours[int(shade)], size)
                      for source, shade in zip(chosen.sources, bins, strict=True)]

    def _haloes(self) -> None:
        """A light behind the edges that are active, selected or hovered, and the edge once more on top of it."""
        marks = [(element, QColor(self.theme.active), 6.0) for element in self.drawing.active
                 if isinstance(element, Weight)]
        if len(marks) > HALOES:
            self._ring_gaps({element.layer for element, _, _ in marks if isinstance(element, Weight)})
            marks = []
        for element, colour in ((self.interaction.hovered, mix(self.theme.canvas, self.theme.accent, 0.6)),
                                (self.interaction.selected, QColor(self.theme.accent)),
                                *((element, QColor(self.theme.accent))
                                  for element in list(self.interaction.picked)[:HALOES]
                                  if element != self.interaction.selected)):
            if isinstance(element, Weight):
                marks.append((element, colour, 5.0))
        for element, colour, extra in marks:
            if not isinstance(element, Weight):
                continue
            chosen = self._single(element)
            connections = self.drawing.connections[element.layer - 1]
            _, steps = edge_bins((connections,), (chosen,), self.scale)
            widths = width_steps(1)
            width = widths[int(steps[0])] + extra
            self.painter.setPen(make_pen(colour, width, self.style))
            line = self.transform.lines(chosen.lines)
            if self.layout.columns[element.layer - 1].shape is Shape.PIXEL:
                x, y = self.transform.point(*self.layout.columns[element.layer - 1].centres[element.source])
                line = np.ascontiguousarray([[x, y, line[0, 2], line[0, 3]]])
            draw_lines(self.painter, line)
            draw_layers(self.painter, (connections,), (chosen,), self.scale, self.theme, self.style,
                        (self.zoom, self.transform.dx, self.transform.dy))

    def _single(self, weight: Weight) -> LayerEdges:
        """One edge as a layer's edges, whether or not the picture draws it."""
        connections = self.drawing.connections[weight.layer - 1]
        units, sources = np.array([connections.net_of(weight)]), np.array([weight.source])
        lines = edge_lines(self.layout.columns[weight.layer - 1], self.layout.columns[weight.layer], units, sources)
        shape = connections.weights.shape
        return LayerEdges(weight.layer, units, sources, lines, np.ravel_multi_index((units, sources), shape), 1, True)

    def _ring_gaps(self, layers: Iterable[int]) -> None:
        """A frame around all the edges of a layer that was computed at once."""
        for number in layers:
            source, target = self.layout.columns[number - 1].frame, self.layout.columns[number].frame
            x1, y1 = self.transform.point(source[2] + 2, min(source[1], target[1]) - 4)
            x2, y2 = self.transform.point(target[0] - 2, max(source[3], target[3]) + 4)
            self.painter.setPen(stroke(QColor(self.theme.active), 2.0))
            self.painter.setBrush(Qt.BrushStyle.NoBrush)
            self.painter.drawRoundedRect(QRectF(QPointF(x1, y1), QPointF(x2, y2)), 8, 8)

    def _bias_edges(self) -> None:
        for k, place in enumerate(self.layout.biases):
            layer = self.drawing.connections[k]
            if place is None or layer.bias is None or not len(place.lines):
                continue
            slim = 0.5 if place.shared or len(place.centres) <= 12 else 0.25
            widths = tuple(max(1.0, slim * width) for width in width_steps(1))
            owners = np.zeros(len(place.lines), dtype=np.intp) if place.shared else place.units
            magnitudes = np.abs(layer.bias)
            finite = magnitudes[np.isfinite(magnitudes)]
            full = max(largest_weight(layer), float(finite.max(initial=0.0)))
            steps = width_bins(magnitudes, full, len(widths) - 1)[owners]
            for element in self._lit_biases(k):
                for number in np.flatnonzero(owners == layer.net_of(element)).tolist():
                    self.painter.setPen(make_pen(self._light(element) or self.colours[0],
                                                 widths[int(steps[number])] + 4.0, self.style))
                    draw_lines(self.painter, self.transform.lines(place.lines[number:number + 1]))
            draw_biases(self.painter, place.lines, self._bias_bins(k)[owners], steps, widths, self.theme, self.style,
                        (self.zoom, self.transform.dx, self.transform.dy))

    def _lit_biases(self, k: int) -> list[Bias]:
        lit = {self.interaction.hovered, self.interaction.selected, *self.interaction.picked, *self.drawing.active}
        return [element for element in lit if isinstance(element, Bias) and element.layer == k + 1]

    def _bias_bins(self, k: int) -> Whole:
        """The colour bin of every bias of connections `k`."""
        layer = self.drawing.connections[k]
        size = 0 if layer.bias is None else len(layer.bias)
        if layer.bias_gradients is None or layer.bias_gradients_known is None:
            return np.zeros(size, dtype=np.intp)
        bins = self.scale.bins(np.abs(layer.bias_gradients)).astype(np.intp)
        bins[~layer.bias_gradients_known] = NEUTRAL
        bins[layer.bias_gradients_known & ~np.isfinite(layer.bias_gradients)] = WARNING
        return bins

    def _signs_and_labels(self, layer: LayerEdges) -> None:
        """A bead with the sign on every edge; where there is room for all of them, names and values too."""
        connections = self.drawing.connections[layer.layer - 1]
        weights = layer.take(connections.weights)
        pairs = list(zip(layer.units.tolist(), layer.sources.tolist(), strict=True))
        names = [connections.labels.get(pair, "") for pair in pairs]
        places = edge_places(self.layout, layer.layer, layer.lines, self.zoom,
                             tuple(len(name) for name in names), self.options.digits,
                             slope_boxes(self.drawing, self.layout, layer.layer - 1))
        if places.radius < 2.2:
            return
        shift = (self.transform.dx, self.transform.dy)
        ink.draw_beads(self.painter, places.beads + shift, np.asarray(weights < 0), places.radius, self.theme,
                       self.options.ratio, self.options.raster)
        fractions, pixels = places.labels, places.text
        if fractions is None:
            return
        lines = self.transform.lines(layer.lines)
        centres = lines[:, :2] + (lines[:, 2:] - lines[:, :2]) * fractions[:, None]
        plate = QColor(self.theme.canvas)
        for number, (unit, origin) in enumerate(pairs):
            element = connections.weight(layer.layer, unit, origin)
            value = short(float(weights[number]), places.digits)
            x, y = centres[number].tolist()
            light = self._light(element)
            text = f"{names[number]}  {value}" if names[number] else value
            colour = QColor(self.theme.ink if np.isfinite(weights[number]) else self.theme.warning)
            frozen = bool(connections.frozen[unit, origin])
            box = ink.draw_on_plate(self.painter, x, y, text, pixels, colour, plate,
                                    stroke(light, 1.6) if light is not None else None, 1.1 * pixels if frozen else 0.0)
            if frozen:
                ink.draw_padlock(self.painter, box.right() - 0.65 * pixels, y, 0.8 * pixels, QColor(self.theme.muted))
            self.shown.add(element, *((names[number],) if names[number] else ()), value)
