"""The picture of a network: units with their values, edges as wide as their weights, coloured by their gradients.

`paint_network` is a pure function of what it is given.  The window, the gallery's cards, the command line and
the exported files all call it, so they all show the same picture.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from nnviz.gui.answer_marks import draw_ring
from nnviz.gui.closer_marks import CAPTION, CloserMarks
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.columns import Shape
from nnviz.gui.drawing import Drawing
from nnviz.gui.edges import LayerEdges, draw_layers, drawn_edges
from nnviz.gui.held_marks import draw_held_edges, draw_held_units
from nnviz.gui.layout import NetworkLayout, arrange
from nnviz.gui.legend import draw_caption, draw_legend, hidden_note, legend_of
from nnviz.gui.matrices import draw_matrix_marks
from nnviz.gui.plane_marks import PlaneMarks
from nnviz.gui.scene import Interaction, PictureOptions, Shown, Transform
from nnviz.gui.theme import Theme
from nnviz.gui.unit_places import with_places

__all__ = ["Interaction", "NetworkPainter", "PictureOptions", "Shown", "Transform", "paint_network", "paint_picture"]

PLAIN = PictureOptions()
AS_LAID_OUT = Transform()
UNTOUCHED = Interaction()


def paint_network(
    painter: QPainter, drawing: Drawing, layout: NetworkLayout, theme: Theme, scale: ColourScale,
    edges: tuple[LayerEdges, ...] | None = None, options: PictureOptions = PLAIN,
    transform: Transform = AS_LAID_OUT, interaction: Interaction = UNTOUCHED,
) -> Shown:
    """Paint `drawing` as `layout` places it; returns what was written. The canvas is filled first."""
    picture = NetworkPainter(painter, drawing, layout, theme, scale,
                             drawn_edges(drawing, layout) if edges is None else edges, options, transform, interaction)
    picture.paint_edges()
    picture.paint_rest()
    return picture.shown


class NetworkPainter(PlaneMarks, CloserMarks):
    """One painting of one drawing, in two parts: edges, which the view keeps between frames, and the rest."""

    def paint_edges(self) -> None:
        """The canvas and every edge drawn of every layer and bias."""
        width, height = self.layout.width, self.layout.height
        self.painter.fillRect(QRectF(0, 0, width, height), QColor(self.theme.canvas))
        self._loss_lines()
        transform = (self.zoom, self.transform.dx, self.transform.dy)
        layers = [self.drawing.connections[layer.layer - 1] for layer in self.edges]
        draw_layers(self.painter, layers, self.edges, self.scale, self.theme, self.style, transform)
        self._many_edges()

    def paint_rest(self) -> None:
        """Everything that stands on the edges: lights, labels, biases, units, titles, loss, legend."""
        columns = list(zip(self.drawing.columns, self.layout.columns, strict=True))
        for number, (column, place) in enumerate(columns):
            if place.shape is Shape.PIXEL:        # a unit's edges begin on the pixels of an image
                self.paint_column(number, column, place)
        self._spokes()
        self._haloes()
        self._bias_edges()
        self._slope_edges()
        draw_held_edges(self)
        self._trails()
        if not self.layout.preview:
            for layer in self.edges:
                if layer.beads:
                    self._signs_and_labels(layer, labelled=not self.labels_in_sight)
                if self.labels_in_sight:
                    self.label_edges_in_sight(self.lit_spokes.get(layer.layer, layer))
        draw_matrix_marks(self)
        draw_ring(self)
        for number, (column, place) in enumerate(columns):
            if place.shape is not Shape.PIXEL:
                self.paint_column(number, column, place)
        draw_held_units(self)
        for k, biases in enumerate(self.layout.biases):
            if biases is not None:
                self._biases(k, biases)
        self._slopes()
        self._plane()
        if not self.layout.preview:
            self._titles()
            self._targets_and_loss()
            draw_legend(self.painter, legend_of(self.drawing, self.layout, self.theme, self.scale, self.edges),
                        self.options.ratio, self.options.raster)
            self.shown.note = hidden_note(self.edges)
            em = self.layout.em
            if self.transform != AS_LAID_OUT and self.layout.height >= 14 * em:      # on plain ground, as the legend is
                self.painter.fillRect(QRectF(0, 0, self.layout.width, CAPTION * em), QColor(self.theme.canvas))
            self.shown.caption = draw_caption(self.painter, self.drawing, self.layout, self.theme, self.shown.note)


def paint_picture(painter: QPainter, drawing: Drawing, theme: Theme, width: float, height: float,
                  options: PictureOptions = PLAIN) -> Shown:
    """Paint a whole picture at the origin of `painter`, laid out for `width` × `height`: exports and cards."""
    layout = arrange(drawing, width, height, options.text_scale, options.digits, options.preview)
    layout = with_places(layout, drawing.places)
    painter.setClipRect(QRectF(0, 0, width, height))
    scale = options.scale or ColourScale().fitting_drawing(drawing)
    return paint_network(painter, drawing, layout, theme, scale, options=options)
