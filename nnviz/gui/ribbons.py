"""One mark for many edges: a ribbon for all those into a unit, a band for all those into a folded layer.

A ribbon is as wide as the norm of its weights, and has the colour of the root mean square of their gradients.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from nnviz.gui.colour_scale import NEUTRAL, WARNING, ColourScale, edge_colours
from nnviz.gui.columns import Whole
from nnviz.gui.drawing import Array, Connections, Mask
from nnviz.gui.edges import PenStyle, draw_biases, width_bins
from nnviz.gui.ink import mix
from nnviz.gui.layout import NetworkLayout
from nnviz.gui.theme import Theme

WIDTHS = (1.2, 1.7, 2.3, 3.0, 3.8)     # pixels, of ribbons
BAND = 0.5                             # share of its colour that a band has
BAND_STRIPES = 7                       # lines along a band: it is many edges


@lru_cache(maxsize=32)
def ribbon_lines(layout: NetworkLayout, layer: int) -> Array:
    """The lines (net inputs, 4) of the ribbons into a layer, spread over the side of the image that they come from."""
    source, target = layout.columns[layer - 1], layout.columns[layer]
    ends = target.ends()
    _, top, right, bottom = source.frame
    count = len(ends)
    heights = top + (np.arange(count) + 0.5) * (bottom - top) / count
    lines = np.column_stack([np.full(count, right + 0.3 * layout.em), heights, ends])
    if target.reach:
        along = lines[:, 2:] - lines[:, :2]
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
        lines[:, 2:] -= along * (target.reach / length)
    return lines


def ribbon_bins(layer: Connections, scale: ColourScale) -> Whole:
    """The colour bin of each ribbon."""
    return bins_of_means(layer.root_mean_squares, scale, layer.broken)


def bins_of_means(means: Array, scale: ColourScale, broken: Mask) -> Whole:
    """The colour bins of root mean squares: neutral where nothing is known, a warning where a number is not finite."""
    bins = scale.bins(np.nan_to_num(means, nan=0.0)).astype(np.intp)
    bins[np.isnan(means)] = NEUTRAL
    bins[np.isposinf(means) | broken] = WARNING
    return bins


def norms(layer: Connections) -> Array:
    """The Euclidean norm of the weights into each net input; those that are not finite count as 0."""
    weights = np.nan_to_num(layer.weights, nan=0.0, posinf=0.0, neginf=0.0) if layer.broken.any() else layer.weights
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", weights, weights)))


def ribbon_steps(layer: Connections) -> Whole:
    """The step of `WIDTHS` of each ribbon: the largest norm of the layer has the widest."""
    size = norms(layer)
    return width_bins(size, float(size.max(initial=0.0)) or 1.0, len(WIDTHS) - 1)


def draw_ribbons(
    painter: QPainter, layer: Connections, lines: Array, scale: ColourScale, theme: Theme, style: PenStyle,
    transform: tuple[float, float, float],
) -> None:
    """Draw the ribbons into a layer, weak gradients first."""
    draw_biases(painter, lines, ribbon_bins(layer, scale), ribbon_steps(layer), WIDTHS, theme, style, transform)


def band_mean(layer: Connections) -> Array:
    """The root mean square of all known gradients of a layer, (1,)."""
    rows = layer.root_mean_squares
    count = layer.gradients_known.sum(axis=1) if not layer.gradients_known.all() else np.full(
        len(rows), layer.gradients_known.shape[1])
    if not count.sum():
        return np.array([np.nan])
    share = count / count.sum()
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.sqrt((np.where(count > 0, rows, 0.0) ** 2 * share).sum(keepdims=True))
    return np.asarray(np.where(np.isnan(found), np.inf, found))


def draw_band(
    painter: QPainter, layer: Connections, scale: ColourScale, theme: Theme,
    corners: tuple[QPointF, QPointF, QPointF, QPointF],
) -> None:
    """All edges between two columns, one of which is folded, as one shape; lines along it tell that it is edges.

    `corners` are those on the left, upper and lower, and those on the right.
    """
    shade = int(bins_of_means(band_mean(layer), scale, np.array([not np.isfinite(layer.weights).all()]))[0])
    colour = edge_colours(theme)[shade]
    upper_left, lower_left, upper_right, lower_right = corners
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mix(theme.canvas, colour.name(), BAND))
    painter.drawPolygon(QPolygonF([upper_left, upper_right, lower_right, lower_left]))
    painter.setPen(QColor(mix(theme.canvas, colour.name(), 0.85)))
    for number in range(BAND_STRIPES):
        share = number / (BAND_STRIPES - 1)
        painter.drawLine(upper_left + (lower_left - upper_left) * share,
                         upper_right + (lower_right - upper_right) * share)
