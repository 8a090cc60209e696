"""How frozen and disabled units and parameters look: a padlock at a unit's rim; dotted and faded what counts as 0.

Frozen edges are hollow, and frozen biases have a padlock in their box; both are drawn where these are.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from nnviz.gui import ink
from nnviz.gui.columns import WRITTEN, Shape
from nnviz.gui.detail import EVERY_EDGE, Detail
from nnviz.gui.drawing import Array
from nnviz.gui.edges import PenStyle, draw_lines, make_pen
from nnviz.gui.ink import mix, stroke
from nnviz.gui.scene import Scene
from nnviz.gui.theme import Theme

DOTS = [1.4, 2.6]        # a dot and a gap, in widths of the pen
WIDE = 1.6               # pixels
VEIL = 195               # of 255: how much of a disabled unit is covered


def draw_held_edges(scene: Scene) -> None:
    """Disabled weights as dotted lines, where every edge of a layer can be told from the others."""
    for layer in scene.edges:
        mask = scene.drawing.connections[layer.layer - 1].disabled
        if mask is None or layer.units.size > EVERY_EDGE or layer.detail not in (Detail.EVERY, Detail.STRONGEST):
            continue
        chosen = layer.take(mask)
        _dotted(scene, scene.transform.lines(layer.lines[chosen]))
    for k, place in enumerate(scene.layout.biases):
        off = scene.drawing.connections[k].bias_disabled
        if place is not None and off is not None and len(place.lines):
            owners = np.zeros(len(place.lines), dtype=np.intp) if place.shared else place.units
            _dotted(scene, scene.transform.lines(place.lines[off[owners]]))


def _dotted(scene: Scene, lines: Array) -> None:
    if not len(lines):
        return
    painter, theme = scene.painter, scene.theme
    lines = np.ascontiguousarray(lines)
    painter.setPen(make_pen(QColor(theme.canvas), 2.4 * WIDE, scene.style))
    draw_lines(painter, lines)
    painter.setPen(_dots(mix(theme.canvas, theme.ink, 0.5), scene.style))
    draw_lines(painter, lines)


def _dots(colour: QColor, style: PenStyle) -> QPen:
    pen = make_pen(colour, WIDE, style)
    pen.setDashPattern(DOTS)
    return pen


def draw_held_units(scene: Scene) -> None:
    """Over the units: a veil, a dotted rim and a cross on those that are disabled, a padlock on those that are frozen.
    """
    for column, place in zip(scene.drawing.columns, scene.layout.columns, strict=True):
        if place.shape not in WRITTEN or (column.frozen is None and column.disabled is None):
            continue
        wide, high = place.half_width * scene.zoom, place.half_height * scene.zoom
        for unit, (cx, cy) in enumerate(place.centres.tolist()):
            x, y = scene.transform.point(cx, cy)
            if column.disabled is not None and column.disabled[unit]:
                _veiled(scene, x, y, wide, high, 0.0 if place.shape is Shape.TILE else min(wide, high))
            if column.frozen is not None and column.frozen[unit] and not scene.options.preview:
                _locked(scene, x, y, wide, high)


def _veiled(scene: Scene, x: float, y: float, wide: float, high: float, corner: float) -> None:
    painter, theme = scene.painter, scene.theme
    veil = QColor(theme.canvas)
    veil.setAlpha(VEIL)
    painter.setBrush(veil)
    painter.setPen(stroke(QColor(theme.canvas), 2.4))
    box = QRectF(x - wide, y - high, 2 * wide, 2 * high)
    painter.drawRoundedRect(box, corner, corner)
    pen = stroke(mix(theme.canvas, theme.ink, 0.7), 1.5)
    pen.setDashPattern([1.6, 2.2])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, corner, corner)
    # struck out from rim to rim, its number with it: it may have one, but that counts for nothing
    reach = min(wide, high)
    across, up = wide - corner + 0.7071 * min(corner, reach), high - corner + 0.7071 * min(corner, reach)
    painter.setPen(stroke(mix(theme.canvas, theme.ink, 0.7), max(1.6, 0.07 * high)))
    painter.drawLine(QLineF(x - across, y + up, x + across, y - up))


def _locked(scene: Scene, x: float, y: float, wide: float, high: float) -> None:
    """A padlock on the lower right of the rim, on a plate of its own."""
    size = max(8.0, min(0.95 * scene.em, 0.8 * high))
    reach = min(wide, high)
    at = QPointF(x + (wide - reach) + 0.7071 * reach, y + 0.7071 * reach)
    scene.painter.setPen(stroke(mix(scene.theme.line, scene.theme.ink, 0.3), 1.0))
    scene.painter.setBrush(QColor(scene.theme.canvas))
    scene.painter.drawEllipse(at, 0.78 * size, 0.78 * size)
    ink.draw_padlock(scene.painter, at.x(), at.y(), 0.9 * size, QColor(scene.theme.muted))


def draw_disabled_sign(
    painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle
) -> None:
    """The mark of the legend: a dotted line."""
    painter.setPen(_dots(colour, style))
    painter.drawLine(QPointF(x, y), QPointF(x + 1.8 * em, y))
