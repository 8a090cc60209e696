"""Thousands of edges a frame: the width of an edge is its weight, its colour is its gradient.

The kernel sorts all edges into bins of one pen each, weak gradients first so that strong ones end
on top, and hands every bin to the painter in one call on one contiguous block of line ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import pairwise
from typing import TypeVar, cast

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from nnviz.gui.colour_scale import NEUTRAL, WARNING, ColourScale, edge_colours
from nnviz.gui.columns import ColumnLayout, Whole
from nnviz.gui.detail import EVERY_EDGE, STRONGEST, Detail, Gap, level_of
from nnviz.gui.drawing import Array, Connections, Drawing, Mask
from nnviz.gui.edge_labels import meets_view
from nnviz.gui.layout import NetworkLayout, edge_lines
from nnviz.gui.theme import Theme

Scalar = TypeVar("Scalar", bound=np.generic)

WIDEST = 20.0                     # pixels; no edge is wider than this on a side
MANY, SAMPLE = 20_000, 10_000      # of more numbers, a sample of so many says which can be among the largest
CROWD = 640                       # edges of a layer, among which few can be wide
SIGN_BEADS = 24                   # layers of at most so many edges bear signs; larger ones dash the negative


@dataclass(frozen=True, eq=False)
class LayerEdges:
    """The edges of one layer that are drawn: which ones, and the ends (edges, 4) of their lines."""

    layer: int                    # of the target, 1 or more
    units: Whole                  # rows of the weights: units, or the pieces of units
    sources: Whole
    lines: Array
    flat: Whole | None            # indices into the ravelled (units, sources) arrays; None: all of them, in order
    total: int
    beads: bool = False           # signs are shown as beads
    stretch: float = 1.0          # thinner where columns stand close
    detail: Detail = Detail.EVERY
    nets: int = 1                 # net inputs of the layer

    @property
    def widths(self) -> tuple[float, ...]:
        """The widths that they are drawn with; a few of a crowd are no wider than it."""
        return width_steps(max(self.units.size, min(self.total, CROWD)))

    @property
    def fan_in(self) -> int:
        """How many of them each net input has."""
        return self.total // max(1, self.nets)

    @property
    def dashes(self) -> bool:
        """Whether negative weights are dashed."""
        return not self.beads and self.units.size <= EVERY_EDGE

    def picked(self, places: Whole, shape: tuple[int, ...]) -> LayerEdges:
        """Only the edges at `places` of this selection, from weights of `shape` (units, sources)."""
        units, sources = self.units[places], self.sources[places]
        return replace(self, units=units, sources=sources, lines=self.lines[places],
                       flat=np.ravel_multi_index((units, sources), shape))

    def take(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """`values` (units, sources) of the edges drawn, in their order."""
        flat_values = values.ravel()
        return flat_values if self.flat is None else flat_values[self.flat]


def all_edges(layer: int, source: ColumnLayout, target: ColumnLayout, em: float) -> LayerEdges:
    """Every edge between two columns, in the order of `weights.ravel()`."""
    fan_in, fan_out = len(source.centres), target.pieces * len(target.centres)
    units = np.repeat(np.arange(fan_out), fan_in)
    sources = np.tile(np.arange(fan_in), fan_out)
    return LayerEdges(layer, units, sources, edge_lines(source, target, units, sources), None, units.size,
                      units.size <= SIGN_BEADS and target.frame[0] - source.frame[2] >= 4.0 * em,
                      gap_stretch(source, target, em))


def gap_stretch(source: ColumnLayout, target: ColumnLayout, em: float) -> float:
    """How much of its width an edge keeps between columns that stand close."""
    return min(1.0, max(0.2, (target.frame[0] - source.frame[2]) / (8.0 * em)))


def strongest(magnitudes: Array, count: int) -> Whole:
    """The indices of the `count` largest numbers of a flat array; NaN counts as largest. In index order."""
    if magnitudes.size <= count:
        return np.arange(magnitudes.size)
    candidates = None
    if magnitudes.size > MANY:
        # a threshold from a sample leaves few enough to be sorted; too high a one is noticed and dropped
        sample = np.nan_to_num(magnitudes[:: magnitudes.size // SAMPLE], nan=np.inf)
        beyond = min(len(sample) - 1, int(len(sample) * (2.0 * count / magnitudes.size + 0.002)) + 1)
        threshold = np.partition(sample, len(sample) - 1 - beyond)[len(sample) - 1 - beyond]
        above = np.flatnonzero(~(magnitudes < threshold))
        if count <= above.size < magnitudes.size // 2:
            candidates = above
    picked = np.nan_to_num(magnitudes if candidates is None else magnitudes[candidates], nan=np.inf)
    best = np.argpartition(picked, picked.size - count)[picked.size - count:]
    return np.sort(best if candidates is None else candidates[best])


def drawn_edges(
    drawing: Drawing, layout: NetworkLayout, kept: tuple[LayerEdges, ...] = ()
) -> tuple[LayerEdges, ...]:
    """The edges that have lines of their own: all of a layer, its strongest, or none where other marks stand for them.

    `kept` are the edges of an earlier drawing in the same layout: what does not depend on numbers is taken from there.
    """
    result = []
    for k, layer in enumerate(drawing.connections):
        source, target = layout.columns[k], layout.columns[k + 1]
        size = layer.weights.size
        detail = level_of(Gap(size, source.shape, target.shape)).detail
        if detail is not Detail.STRONGEST:
            whole = kept[k] if k < len(kept) and kept[k].detail is detail and kept[k].total == size else None
            if whole is None:
                whole = all_edges(k + 1, source, target, layout.em) if detail is Detail.EVERY else LayerEdges(
                    k + 1, _NONE, _NONE, np.empty((0, 4)), _NONE, size, detail=detail, nets=len(layer.weights))
            result.append(whole)
            continue
        flat = strongest(importance(layer).ravel(), STRONGEST)
        units, sources = np.divmod(flat, layer.weights.shape[1])
        result.append(LayerEdges(k + 1, units, sources, edge_lines(source, target, units, sources), flat, size,
                                 False, gap_stretch(source, target, layout.em), detail))
    return tuple(result)


_NONE: Whole = np.empty(0, dtype=np.intp)


def importance(layer: Connections) -> Array:
    """What makes an edge strong: the size of its gradient, or its weight's while no gradient of the layer is known."""
    return layer.magnitudes if layer.gradients_known.any() else np.abs(layer.weights)


# ── pens ─────────────────────────────────────────────────────────────────────────────────────────────────────
# (edges up to, widths): thin pens in dense layers, because a pen above one device pixel costs ten times as much
WIDTH_TABLE: tuple[tuple[int, tuple[float, ...]], ...] = (
    (SIGN_BEADS, (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0)),
    (CROWD, (0.35, 0.5, 0.65, 0.8, 0.95, 1.0, 1.8, 2.6)),
    (EVERY_EDGE, (0.4, 0.6, 0.8, 1.0, 1.6)),
)


@dataclass(frozen=True)
class PenStyle:
    """How pens meet the device: `unit` device pixels to a logical one, cosmetic on pixels, scaled in vectors."""

    unit: float = 1.0
    cosmetic: bool = True
    stretch: float = 1.0          # thicker lines for larger pictures


def width_steps(edges: int) -> tuple[float, ...]:
    """The widths that a layer of so many edges is drawn with, |weight| = 0 first."""
    for most, widths in WIDTH_TABLE:
        if edges <= most:
            return widths
    return WIDTH_TABLE[-1][1]


def largest_weight(layer: Connections) -> float:
    """The largest finite |weight| of a layer, at which its edges have their full width; 1 where all are 0."""
    if layer.weights.size > 200_000:
        largest = max(float(np.nanmax(layer.weights, initial=0.0)), -float(np.nanmin(layer.weights, initial=0.0)))
        if math.isfinite(largest):
            return largest or 1.0
    largest = float(np.abs(layer.weights).max(initial=0.0))
    if not math.isfinite(largest):
        largest = float(np.abs(layer.weights[np.isfinite(layer.weights)]).max(initial=0.0))
    return largest or 1.0


def make_pen(colour: QColor, width: float, style: PenStyle, dashed: bool = False) -> QPen:
    """A flat-capped pen `width` logical pixels wide; widths of at most one pixel stay cheap on any device."""
    wide = width * style.stretch if width > 1.0 else width
    pen = QPen(colour, max(wide * style.unit, wide) if wide > 1.0 else wide)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setCosmetic(style.cosmetic)
    if dashed:
        pen.setDashPattern([6.0, 4.0] if wide <= 1.0 else [6.0 / wide, 4.0 / wide])
    return pen


@lru_cache(maxsize=64)
def _pens(theme: Theme, widths: tuple[float, ...], style: PenStyle, dashes: bool) -> tuple[QPen, ...]:
    """Pens in the order of the bins: colour, then width, then sign."""
    kinds = (False, True) if dashes else (False,)
    return tuple(make_pen(colour, width, style, dashed)
                 for colour in edge_colours(theme) for width in widths for dashed in kinds)


@dataclass(frozen=True, eq=False)
class _Joined:
    """The drawn edges of several layers as one: what does not change from frame to frame, an entry an edge."""

    lines: Array
    parts: tuple[slice, ...]      # where each layer stands
    widest: Array                 # the largest width step
    per_colour: Whole             # pens from one colour to the next
    per_step: Whole               # pens from one width to the next: 2 where negative weights are dashed
    first_pen: Whole

    def pens(self, theme: Theme, style: PenStyle, edges: tuple[LayerEdges, ...]) -> tuple[QPen, ...]:
        """The pens of all layers, layer after layer."""
        return _joined_pens(theme, style, tuple((layer.widths, layer.stretch, layer.dashes)
                                                for layer in edges))


@lru_cache(maxsize=64)
def _joined_pens(
    theme: Theme, style: PenStyle, layers: tuple[tuple[tuple[float, ...], float, bool], ...]
) -> tuple[QPen, ...]:
    return tuple(pen for widths, stretch, dashes in layers
                 for pen in _pens(theme, widths, replace(style, stretch=style.stretch * stretch), dashes))


@lru_cache(maxsize=8)
def _join(edges: tuple[LayerEdges, ...]) -> _Joined:
    sizes = [layer.units.size for layer in edges]
    ends = np.cumsum([0, *sizes])
    widths = np.array([len(layer.widths) for layer in edges])
    kinds = np.array([2 if layer.dashes else 1 for layer in edges])
    pens = np.cumsum([0, *((WARNING + 1) * widths * kinds)])[:-1]
    each = partial(np.repeat, repeats=sizes)
    return _Joined(
        np.concatenate([layer.lines for layer in edges]),
        tuple(slice(int(begin), int(end)) for begin, end in pairwise(ends)),
        each(widths - 1.0), each(widths * kinds), each(kinds), each(pens),
    )


def draw_lines(painter: QPainter, lines: Array) -> None:
    """Draw lines (edges, 4), C-contiguous float64, in one call with the painter's pen."""
    if len(lines):
        painter.drawLines(_lines_at(lines.__array_interface__["data"][0], QLineF), len(lines))


_lines_at = cast(Callable[[int, type], QLineF], shiboken6.wrapInstance)


def _draw_binned(
    painter: QPainter, lines: Array, keys: Whole, pens: tuple[QPen, ...], transform: tuple[float, float, float],
) -> None:
    """Draw every line with the pen of its key, in the order of the pens."""
    zoom, dx, dy = transform
    if transform != (1.0, 0.0, 0.0):
        lines = lines * zoom + (dx, dy, dx, dy)
        clip = painter.clipBoundingRect()
        if zoom > 1.0 and not clip.isEmpty():      # what is out of sight is not drawn
            seen = meets_view(lines, (clip.left(), clip.top(), clip.right(), clip.bottom()), WIDEST)
            lines, keys = lines[seen], keys[seen]
    # sixteen bits are sorted by counting, which is fast and keeps the order of equals
    ends = lines[np.argsort(keys.astype(np.uint16 if len(pens) < 1 << 16 else np.uint32), kind="stable")]
    counts = np.bincount(keys)
    used = np.flatnonzero(counts)
    address = ends.__array_interface__["data"][0]          # asked for once: slices would cost more than their lines
    stride = ends.strides[0]
    set_pen, draw = painter.setPen, painter.drawLines
    for key, count in zip(used.tolist(), counts[used].tolist(), strict=True):
        set_pen(pens[key])
        draw(_lines_at(address, QLineF), count)
        address += count * stride


def draw_biases(
    painter: QPainter, lines: Array, colours: Whole, steps: Whole, widths: tuple[float, ...],
    theme: Theme, style: PenStyle, transform: tuple[float, float, float],
) -> None:
    """The edges of biases: each with its colour bin and its step of `widths`."""
    _draw_binned(painter, lines, colours * len(widths) + steps, _pens(theme, widths, style, False), transform)


def width_bins(magnitudes: Array, full: float | Array, widest: float | Array) -> Whole:
    """The width step, 0 to `widest`, of each |weight|, where `full` has the widest; NaN is thinnest."""
    return np.fmin(np.fmax(magnitudes * (widest / full) + 0.5, 0.0), widest).astype(np.intp)


def edge_bins(
    layers: Sequence[Connections], edges: tuple[LayerEdges, ...], scale: ColourScale
) -> tuple[Whole, Whole]:
    """The colour bin and the width step of every edge drawn, layer after layer."""
    pairs = list(zip(layers, edges, strict=True))
    weights = np.concatenate([drawn.take(layer.weights) for layer, drawn in pairs])
    gradients = np.concatenate([drawn.take(layer.gradients) for layer, drawn in pairs])
    known = np.concatenate([drawn.take(layer.gradients_known) for layer, drawn in pairs])
    colours = scale.bins(np.abs(gradients)).astype(np.intp)
    colours[~known] = NEUTRAL
    if not (np.isfinite(weights).all() and np.isfinite(gradients).all()):
        colours[~np.isfinite(weights) | (known & ~np.isfinite(gradients))] = WARNING
    full = np.repeat([largest_weight(layer) for layer in layers], [drawn.units.size for drawn in edges])
    return colours, width_bins(np.abs(weights), full, _join(edges).widest)


def draw_layers(
    painter: QPainter, layers: Sequence[Connections], edges: tuple[LayerEdges, ...], scale: ColourScale, theme: Theme,
    style: PenStyle, transform: tuple[float, float, float] = (1.0, 0.0, 0.0),
) -> None:
    """Draw the `edges` of all `layers`, in each weak gradients first. `transform`, zoom, dx, dy, is for the ends."""
    if not edges:
        return
    joined = _join(edges)
    colours, steps = edge_bins(layers, edges, scale)
    negative = np.concatenate([drawn.take(layer.weights) < 0 for layer, drawn in zip(layers, edges, strict=True)])
    keys = joined.first_pen + colours * joined.per_colour + steps * joined.per_step + (negative & (joined.per_step > 1))
    _draw_binned(painter, joined.lines, keys, joined.pens(theme, style, edges), transform)
    for layer, drawn, part in zip(layers, edges, joined.parts, strict=True):
        frozen = drawn.take(layer.frozen)
        if drawn.units.size <= EVERY_EDGE and frozen.any():
            _hollow(painter, drawn, frozen, steps[part], drawn.widths, theme,
                    replace(style, stretch=style.stretch * drawn.stretch), transform)


def _hollow(
    painter: QPainter, edges: LayerEdges, frozen: Mask, steps: Whole,
    widths: tuple[float, ...], theme: Theme, style: PenStyle, transform: tuple[float, float, float],
) -> None:
    """A frozen edge is hollow: two rails with the canvas between them."""
    zoom, dx, dy = transform
    for step in np.unique(steps[frozen]):
        if widths[step] < 2.0:
            continue
        lines = np.ascontiguousarray(edges.lines[frozen & (steps == step)] * zoom + (dx, dy, dx, dy))
        painter.setPen(make_pen(QColor(theme.canvas), widths[step] * 0.5, style))
        draw_lines(painter, lines)
