"""What is drawn along edges: their lights, the signs and labels on them, the edges of biases."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor

from nnviz.gui import ink
from nnviz.gui.bias_layout import BiasLayout
from nnviz.gui.colour_scale import NEUTRAL, WARNING
from nnviz.gui.columns import Shape, Whole
from nnviz.gui.detail import Detail
from nnviz.gui.drawing import Array, Mask
from nnviz.gui.edges import (
    LayerEdges,
    draw_biases,
    draw_layers,
    draw_lines,
    edge_bins,
    largest_weight,
    make_pen,
    width_bins,
    width_steps,
)
from nnviz.gui.folded_marks import draw_bands
from nnviz.gui.ink import mix, stroke
from nnviz.gui.layout import edge_lines, edge_places
from nnviz.gui.matrices import draw_matrices
from nnviz.gui.ribbons import WIDTHS, draw_ribbons, ribbon_lines
from nnviz.gui.scene import Scene
from nnviz.gui.slope_places import slope_boxes
from nnviz.gui.spokes import spokes_of, unit_with_spokes
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.moment import MOST_ACTIVE
from nnviz.report.numbers import short

HALOES = 256                      # a light behind each of at most so many edges; more are ringed as a layer
FEW_SPOKES = 8                    # the same of edges that have no line of their own
MOST_HALOES = {Detail.EVERY: HALOES, Detail.RIBBONS: FEW_SPOKES, Detail.STRONGEST: FEW_SPOKES, Detail.BAND: 0}
VEIL, IMAGE_VEIL = 190, 150       # how far other edges, and the image, step back behind a unit's edges; of 255


class EdgeMarks(Scene):
    """The part of a painting that stands on edges."""

    def _many_edges(self) -> None:
        """What stands for edges that have no line of their own: ribbons, bands, matrices."""
        transform = (self.zoom, self.transform.dx, self.transform.dy)
        for layer in self.edges:
            if layer.detail is Detail.RIBBONS:
                draw_ribbons(self.painter, self.drawing.connections[layer.layer - 1],
                             ribbon_lines(self.layout, layer.layer), self.scale, self.theme, self.style, transform)
            elif layer.detail is Detail.BAND:
                draw_bands(self, layer.layer)
        draw_matrices(self)

    def _spokes(self) -> None:
        """The strongest edges of a hovered or selected unit of a dense layer, over the faded others."""
        unit = unit_with_spokes(self.drawing, self.interaction.hovered if isinstance(self.interaction.hovered, Unit)
                                else None, self.interaction.selected)
        if unit is None:
            return
        for chosen in spokes_of(self.drawing, self.layout, self.edges, unit):
            source, target = self.layout.columns[chosen.layer - 1], self.layout.columns[chosen.layer]
            veil = QColor(self.theme.canvas)
            veil.setAlpha(VEIL)
            self.painter.fillRect(QRectF(
                QPointF(*self.transform.point(source.frame[2], self.layout.top - self.layout.em)),
                QPointF(*self.transform.point(target.frame[0], self.layout.bottom))), veil)
            if source.shape is Shape.PIXEL and chosen.layer == unit.layer:
                veil.setAlpha(IMAGE_VEIL)
                self.painter.fillRect(QRectF(QPointF(*self.transform.point(*source.frame[:2])),
                                             QPointF(*self.transform.point(*source.frame[2:]))), veil)
            self.lit_spokes[chosen.layer] = chosen
            draw_layers(self.painter, (self.drawing.connections[chosen.layer - 1],), (chosen,), self.scale, self.theme,
                        self.style, (self.zoom, self.transform.dx, self.transform.dy))

    def _haloes(self) -> None:
        """A light behind the edges that are active, selected or hovered, and the edge once more on top of it."""
        marks: list[tuple[Weight, QColor, float]] = []
        for layer in self.edges:
            active = self.drawing.active_weights.get(layer.layer, [])
            if len(active) > FEW_SPOKES and layer.detail is Detail.RIBBONS:
                self._lit_ribbons(layer.layer, active)
            elif len(active) > MOST_HALOES[layer.detail]:
                self._ring_gaps((layer.layer,))
            else:
                marks += [(element, QColor(self.theme.active), 6.0) for element in active]
        for element, colour in ((self.interaction.hovered, mix(self.theme.canvas, self.theme.accent, 0.6)),
                                (self.interaction.selected, QColor(self.theme.accent)),
                                *((element, QColor(self.theme.accent))
                                  for element in list(self.interaction.picked)[:HALOES]
                                  if element != self.interaction.selected)):
            if isinstance(element, Weight):
                marks.append((element, colour, 5.0))
        for element, colour, extra in marks:
            chosen = self._single(element)
            connections = self.drawing.connections[element.layer - 1]
            _, steps = edge_bins((connections,), (chosen,), self.scale)
            widths = width_steps(1)
            width = widths[int(steps[0])] + extra
            self.painter.setPen(make_pen(colour, width, self.style))
            draw_lines(self.painter, self.transform.lines(chosen.lines))
            draw_layers(self.painter, (connections,), (chosen,), self.scale, self.theme, self.style,
                        (self.zoom, self.transform.dx, self.transform.dy))

    def _lit_ribbons(self, number: int, active: list[Weight]) -> None:
        """A light behind the ribbons that the active weights are part of, and these once more on top of it."""
        connections = self.drawing.connections[number - 1]
        nets = np.unique([connections.net_of(weight) for weight in active])
        if len(active) >= MOST_ACTIVE:        # of more than that only the last are told: it was the whole layer
            nets = np.flatnonzero(connections.gradients_known.any(axis=1))
        lines = ribbon_lines(self.layout, number)
        self.painter.setPen(make_pen(QColor(self.theme.active), WIDTHS[-1] + 4.0, self.style))
        draw_lines(self.painter, self.transform.lines(lines[nets]))
        draw_ribbons(self.painter, connections, lines, self.scale, self.theme, self.style,
                     (self.zoom, self.transform.dx, self.transform.dy))

    def _single(self, weight: Weight) -> LayerEdges:
        """One edge as a layer's edges, whether or not the picture draws it."""
        connections = self.drawing.connections[weight.layer - 1]
        units, sources = np.array([connections.net_of(weight)]), np.array([weight.source])
        source = self.layout.columns[weight.layer - 1]
        lines = edge_lines(source, self.layout.columns[weight.layer], units, sources)
        if source.shape is Shape.PIXEL:       # all lines of an image leave at its side: here it is one pixel's
            lines[:, :2] = source.centres[sources]
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
        """The edges of all biases, those of layers with the same widths at once."""
        alike: dict[tuple[float, ...], list[tuple[int, BiasLayout]]] = {}
        for k, place in enumerate(self.layout.biases):
            if place is not None and self.drawing.connections[k].bias is not None and len(place.lines):
                slim = 0.5 if place.shared or len(place.centres) <= 12 else 0.25
                alike.setdefault(tuple(max(1.0, slim * width) for width in width_steps(1)), []).append((k, place))
        for widths, places in alike.items():
            layers = [self.drawing.connections[k] for k, _ in places]
            biases = [layer.bias for layer in layers if layer.bias is not None]
            first = np.cumsum([0, *(len(bias) for bias in biases)]).tolist()
            full = [max(largest_weight(layer), _largest(bias)) for layer, bias in zip(layers, biases, strict=True)]
            steps = width_bins(np.abs(np.concatenate(biases)), np.repeat(full, np.diff(first)), len(widths) - 1)
            lines = np.concatenate([place.lines for _, place in places])
            owners = np.concatenate([np.full(len(place.lines), begin) if place.shared else place.units + begin
                                     for (_, place), begin in zip(places, first[:-1], strict=True)])
            for element in self._lit_biases():
                for (k, _), layer, begin in zip(places, layers, first[:-1], strict=True):
                    for number in np.flatnonzero(owners == begin + layer.net_of(element)).tolist() if (
                            element.layer == k + 1) else ():
                        self.painter.setPen(make_pen(self._light(element) or self.colours[0],
                                                     widths[int(steps[owners[number]])] + 4.0, self.style))
                        draw_lines(self.painter, self.transform.lines(lines[number:number + 1]))
            draw_biases(self.painter, lines, self._bias_bins(*(k for k, _ in places))[owners], steps[owners], widths,
                        self.theme, self.style, (self.zoom, self.transform.dx, self.transform.dy))

    def _lit_biases(self) -> list[Bias]:
        pointed = self.interaction
        lit = {element for element in (pointed.hovered, pointed.selected, *pointed.picked) if isinstance(element, Bias)}
        return list(lit | self.drawing.active_biases)

    def _bias_bins(self, *numbers: int) -> Whole:
        """The colour bin of every bias of connections `numbers`, one after the other."""
        gradients: list[Array] = []
        masks: list[Mask] = []
        for layer in (self.drawing.connections[k] for k in numbers):
            if layer.bias_gradients is None or layer.bias_gradients_known is None:
                size = 0 if layer.bias is None else len(layer.bias)
                gradients.append(np.zeros(size))
                masks.append(np.zeros(size, dtype=bool))
            else:
                gradients.append(layer.bias_gradients)
                masks.append(layer.bias_gradients_known)
        every, known = np.concatenate(gradients), np.concatenate(masks)
        bins = self.scale.bins(np.abs(every)).astype(np.intp)
        bins[~known] = NEUTRAL
        bins[known & ~np.isfinite(every)] = WARNING
        return bins

    def _signs_and_labels(self, layer: LayerEdges, labelled: bool = True) -> None:
        """A bead with the sign on every edge; `labelled` where there is room for all of them, names and values too."""
        connections = self.drawing.connections[layer.layer - 1]
        weights = layer.take(connections.weights)
        pairs = list(zip(layer.units.tolist(), layer.sources.tolist(), strict=True))
        names = [connections.labels.get(pair, "") for pair in pairs]
        places = edge_places(self.layout, layer.layer, layer.lines, self.zoom,
                             tuple(len(name) for name in names), self.options.digits,
                             slope_boxes(self.drawing, self.layout, layer.layer - 1),
                             partly=bool(self.drawing.places))     # where a hand has placed units, what has room
        if places.radius < 2.2:
            return
        shift = (self.transform.dx, self.transform.dy)
        signed = np.full(len(weights), True) if connections.disabled is None else ~layer.take(connections.disabled)
        ink.draw_beads(self.painter, (places.beads + shift)[signed], np.asarray(weights < 0)[signed], places.radius,
                       self.theme, self.options.ratio, self.options.raster)
        fractions, pixels = places.labels, places.text
        if fractions is None or not labelled:
            return
        lines = self.transform.lines(layer.lines)
        centres = (lines[:, :2] + (lines[:, 2:] - lines[:, :2]) * fractions[:, None]).tolist()
        plate, values, plain = ink.shade(self.theme.canvas), weights.tolist(), []
        placed = (~np.isnan(fractions)).tolist()
        for number, (unit, origin) in enumerate(pairs):
            if not placed[number]:
                continue
            element = connections.weight(layer.layer, unit, origin)
            value = short(values[number], places.digits)
            x, y = centres[number]
            light = self._light(element)
            text = f"{names[number]}  {value}" if names[number] else value
            frozen = bool(connections.frozen[unit, origin])
            self.shown.add(element, *((names[number],) if names[number] else ()), value)
            if light is None and not frozen and isfinite(values[number]):
                plain.append((x, y, text))
                continue
            colour = ink.shade(self.theme.ink if isfinite(values[number]) else self.theme.warning)
            box = ink.draw_on_plate(self.painter, x, y, text, pixels, colour, plate,
                                    stroke(light, 1.6) if light is not None else None, 1.1 * pixels if frozen else 0.0)
            if frozen:
                ink.draw_padlock(self.painter, box.right() - 0.65 * pixels, y, 0.8 * pixels, QColor(self.theme.muted))
        ink.draw_all_on_plates(self.painter, plain, pixels, ink.shade(self.theme.ink), plate)


def _largest(numbers: Array) -> float:
    """The largest finite size among numbers; 0 where there is none."""
    largest = float(np.abs(numbers).max(initial=0.0))
    return largest if isfinite(largest) else float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0))
