"""What is written on the edges in sight while the picture is zoomed in: their weights, then their gradients, too."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from nnviz.gui import ink
from nnviz.gui.bias_layout import CHARACTER
from nnviz.gui.closeness import TELLS, tells, text_height
from nnviz.gui.columns import STRIPS, Shape
from nnviz.gui.drawing import Array, Connections
from nnviz.gui.edge_labels import PlacedLabels, View, in_sight, place_in_sight
from nnviz.gui.edges import LayerEdges
from nnviz.gui.ink import draw_text, stroke
from nnviz.gui.layout import LABEL, LEAST_NOTE, NetworkLayout, obstacles_of
from nnviz.gui.slope_places import slope_boxes
from nnviz.gui.trail_marks import TrailMarks
from nnviz.report.numbers import short

# the labels of the newest view of a layout: they stay where they are while numbers change under them
_PLACED: WeakKeyDictionary[NetworkLayout, dict[object, tuple[Array, tuple[PlacedLabels, ...]]]] = WeakKeyDictionary()
CAPTION = 2.2                     # ems at the top that the caption takes
MOST_KEPT = 64                    # layers and views of one layout
# What a label may say, best first, with at most so many digits: edges without room for one form try the next.
FORMS = (("gradients of edges", 17), ("gradients of edges", 3), ("weights of edges", 17), ("weights of edges", 2))


class CloserMarks(TrailMarks):
    """The part of a painting that is seen from near by."""

    @property
    def labels_in_sight(self) -> bool:
        """Whether each edge has its label where it is seen, and not at a fixed place."""
        return self.zoom >= TELLS["weights of edges"].zoom and not self.layout.preview

    def label_edges_in_sight(self, layer: LayerEdges) -> None:
        """Weights, with names where they have some, and gradients below them, as far as one can tell whose they are."""
        top = CAPTION * self.layout.em if self.layout.height >= 14 * self.layout.em else 2.0
        view = (2.0, top, self.layout.width - 2.0, self.layout.bottom)
        lines = self.transform.lines(layer.lines)
        first, last = in_sight(lines, view)
        seen = int((last > first).sum())
        pixels = int(LABEL * text_height(self.layout.em, self.zoom))
        if not seen or pixels < LEAST_NOTE or not tells("weights of edges", self.zoom, np.inf, seen):
            return
        connections = self.drawing.connections[layer.layer - 1]
        forms = [(tell, digits) for tell, digits in FORMS
                 if tell == "weights of edges" or tells(tell, self.zoom, np.inf, seen)]
        for (tell, digits), placed in zip(forms, self._placed_labels(layer, lines, forms, pixels, view, (first, last)),
                                          strict=True):
            for place, (x, y) in zip(placed.edges.tolist(), placed.centres.tolist(), strict=True):
                self._edge_label(layer, connections, place, x, y, pixels, tell != "weights of edges",
                                 min(digits, self.options.digits))

    def _label_size(self, connections: Connections, pixels: int, tell: str, digits: int) -> tuple[float, float]:
        """Half the width and height of the largest label of that form in a layer."""
        digits = min(digits, self.options.digits) + 3
        letters = max((len(name) for name in connections.labels.values()), default=-1) + 1 + digits
        if tell == "weights of edges":
            return 0.5 * CHARACTER * pixels * letters + 0.28 * pixels, 0.66 * pixels
        letters = max(letters, len(self._gradient_name) + 1 + digits)
        return 0.5 * CHARACTER * pixels * letters + 0.28 * pixels, 1.3 * pixels

    @property
    def _gradient_name(self) -> str:
        return self.drawing.colour_name.strip("|")

    def _placed_labels(
        self, layer: LayerEdges, lines: Array, forms: list[tuple[str, int]], pixels: int, view: View,
        seen_from: tuple[Array, Array],
    ) -> tuple[PlacedLabels, ...]:
        """For each form the edges that have a label of it: those for which the forms before it had no room."""
        kept = _PLACED.setdefault(self.layout, {})
        key: tuple[object, ...] = (id(layer.lines), self.transform, tuple(forms), pixels, self.options.digits,
                                  self.options.covered)
        if layer.layer in self.lit_spokes:      # chosen anew at every painting: known by what they are
            key = (layer.layer, layer.units.tobytes(), layer.sources.tobytes(), *key[1:])
        if key not in kept:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            shift = np.array([self.transform.dx, self.transform.dy, 0.0, 0.0])
            boxes, _ = obstacles_of(self.layout, layer.layer, self.zoom, self.options.digits)
            slopes = slope_boxes(self.drawing, self.layout, layer.layer - 1) * self.zoom
            taken = np.concatenate([np.concatenate([boxes, slopes]) + shift, self._texts_beside(layer.layer, pixels)])
            connections = self.drawing.connections[layer.layer - 1]
            strengths = np.abs(np.asarray(layer.take(connections.weights), dtype=np.float64))
            found: list[PlacedLabels] = []
            for tell, digits in forms:
                half = self._label_size(connections, pixels, tell, digits)
                placed = place_in_sight(lines, strengths, half, TELLS[tell].room, view, taken, seen_from)
                found.append(placed)
                strengths[placed.edges] = -np.inf                 # labelled: not again
                taken = np.concatenate([taken, placed.boxes(half)])
            kept[key] = (layer.lines, tuple(found))      # held, so that no other lines are ever known by their number
        return kept[key][1]

    def _texts_beside(self, layer: int, pixels: int) -> Array:
        """Boxes (boxes, 4) on the screen: strips, texts of their units, of pixels and of biases that are dots, and what
        lies on the picture."""
        source, biases = self.layout.columns[layer - 1], self.layout.biases[layer - 1]
        wide = 0.5 * CHARACTER * pixels * (self.options.digits + 4)
        boxes = [np.empty((0, 4))]
        if self.options.covered is not None:
            left, top, right, bottom = self.options.covered
            boxes.append(np.array([[(left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2]]))
        if source.shape is Shape.CELL and tells("texts of a cell", self.zoom, 0.8 * source.pitch * self.zoom):
            left, top = self.transform.point(source.frame[2], source.frame[1])
            _, bottom = self.transform.point(0.0, source.frame[3])
            boxes.append(np.array([[left + 5.0 * pixels, (top + bottom) / 2, 5.0 * pixels, (bottom - top) / 2]]))
        if self.captions_are_beside(layer - 1):
            boxes.append(self.caption_boxes(layer - 1))
        if source.shape is Shape.PIXEL and tells("name of a pixel", self.zoom, source.pitch * self.zoom):
            boxes.append(self._box_on_screen(*source.frame))
        if biases is not None and not biases.text and not biases.strip and (
                tells("value of a bias", self.zoom, biases.half_height * self.zoom)):
            centres = biases.centres * self.zoom + (self.transform.dx, self.transform.dy)
            centres[:, 0] -= biases.half_width * self.zoom + wide
            boxes.append(np.column_stack([centres, np.tile([wide, 0.8 * pixels], (len(centres), 1))]))
        boxes += [self._box_on_screen(*frame) for frame in strips_beside(self.layout, layer)]
        return np.concatenate(boxes)

    def _box_on_screen(self, left: float, top: float, right: float, bottom: float) -> Array:
        """That rectangle of the layout as one box (1, 4)."""
        x, y = self.transform.point((left + right) / 2, (top + bottom) / 2)
        return np.array([[x, y, (right - left) / 2 * self.zoom, (bottom - top) / 2 * self.zoom]])

    def _edge_label(self, layer: LayerEdges, connections: Connections, place: int, x: float, y: float, pixels: int,
                    with_gradient: bool, digits: int) -> None:
        net, source = int(layer.units[place]), int(layer.sources[place])
        element, weight = connections.weight(layer.layer, net, source), float(connections.weights[net, source])
        name, value = connections.labels.get((net, source), ""), short(weight, digits)
        lines = [(f"{name}  {value}" if name else value,
                  QColor(self.theme.ink if np.isfinite(weight) else self.theme.warning))]
        told = [name, value] if name else [value]
        if with_gradient and connections.gradients_known[net, source]:
            gradient = float(connections.gradients[net, source])
            told.append(f"{self._gradient_name} {short(gradient, digits)}")
            lines.append((told[-1], QColor(self.theme.muted if np.isfinite(gradient) else self.theme.warning)))
        frozen = bool(connections.frozen[net, source])
        spare = 1.1 * pixels if frozen else 0.0
        wide = max(ink.text_width(text, pixels) for text, _ in lines) + spare + 0.56 * pixels
        high = 1.3 * pixels * len(lines)
        box = QRectF(x - wide / 2, y - high / 2, wide, high)
        light = self._light(element)
        if light is None:
            self.painter.fillRect(box.toAlignedRect(), QColor(self.theme.canvas))
        else:
            self.painter.setPen(stroke(light, 1.6))
            self.painter.setBrush(QColor(self.theme.canvas))
            self.painter.drawRoundedRect(box, 0.35 * pixels, 0.35 * pixels)
        for number, (text, colour) in enumerate(lines):
            draw_text(self.painter, x - spare / 2, box.top() + (0.65 + 1.3 * number) * pixels, text, pixels, colour)
        if frozen:
            ink.draw_padlock(self.painter, box.right() - 0.65 * pixels, box.top() + 0.65 * pixels, 0.8 * pixels,
                             QColor(self.theme.muted))
        self.shown.add(element, *told)


def strips_beside(layout: NetworkLayout, layer: int) -> list[tuple[float, float, float, float]]:
    """The strips of units and of biases on both sides of the edges into `layer`: left, top, right, bottom."""
    found = [column.frame for column in layout.columns[layer - 1:layer + 1] if column.shape in STRIPS]
    for biases in layout.biases[max(0, layer - 2):layer]:
        if biases is not None and biases.strip:
            (x, top), (_, bottom) = biases.centres[0].tolist(), biases.centres[-1].tolist()
            found.append((x - biases.half_width, top - biases.half_height,
                          x + biases.half_width, bottom + biases.half_height))
    return found
