"""A folded layer: a short strip of all its units, and below it how many they are and what they do on the whole."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor

from nnviz.gui import ink
from nnviz.gui.columns import ColumnLayout, Shape
from nnviz.gui.drawing import Array, Column, Drawing
from nnviz.gui.ink import Anchor, draw_text, mix, stroke
from nnviz.gui.layout import NetworkLayout
from nnviz.gui.ribbons import band_mean, draw_band
from nnviz.gui.scene import Scene
from nnviz.gui.translation import tr
from nnviz.report.elements import Unit
from nnviz.report.numbers import count, short

BINS = 12                         # of the histogram of what a folded layer's units put out
TALL = 2.4                        # its height in ems


@dataclass(frozen=True)
class BandPlace:
    """The band of all edges into `layer`, as something to point at."""

    layer: int


def draw_bands(scene: Scene, layer: int) -> None:
    """All edges into `layer` as one shape; one of the layers on its sides is folded."""
    left, right = _sides(scene.layout, layer)
    corners = [QPointF(*scene.transform.point(x, y)) for x, top, bottom in (left, right) for y in (top, bottom)]
    draw_band(scene.painter, scene.drawing.connections[layer - 1], scene.scale, scene.theme,
              (corners[0], corners[1], corners[2], corners[3]))


def _sides(layout: NetworkLayout, layer: int) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Where a band begins and ends: x, top and bottom."""
    source, target, aside = layout.columns[layer - 1].frame, layout.columns[layer].frame, 0.25 * layout.em
    return (source[2] + aside, source[1], source[3]), (target[0] - aside, target[1], target[3])


def band_at(layout: NetworkLayout, x: float, y: float) -> BandPlace | None:
    """The band at (x, y) of the picture as laid out."""
    for layer, columns in enumerate(pairwise(layout.columns), 1):
        if Shape.FOLDED not in (column.shape for column in columns):
            continue
        (begin, begin_top, begin_bottom), (end, end_top, end_bottom) = _sides(layout, layer)
        if begin < end and begin <= x <= end:
            share = (x - begin) / (end - begin)
            if begin_top + share * (end_top - begin_top) <= y <= begin_bottom + share * (end_bottom - begin_bottom):
                return BandPlace(layer)
    return None


def band_text(drawing: Drawing, layer: int, digits: int) -> str:
    """What is said of a band: how many edges from where to where, and how large on the whole is what colours them."""
    connections, columns = drawing.connections[layer - 1], drawing.columns
    rows = [tr("{count} weights from {source} to {target}, as one band").format(
        count=count(connections.weights.size), source=columns[layer - 1].title, target=columns[layer].title)]
    mean = float(band_mean(connections)[0])
    if not np.isnan(mean):
        name = drawing.colour_name
        rows += [tr("root mean square of {name} = {value}").format(name=name, value=short(mean, digits)),
                 tr("largest {name} = {value}").format(name=name, value=short(
                     float(connections.magnitudes[connections.gradients_known].max()), digits))]
    return "\n".join(rows)


def draw_summary(scene: Scene, number: int, column: Column, place: ColumnLayout) -> None:
    """Below a folded layer a card: a histogram of its outputs, and what is said of it in words."""
    em, pixels, painter, theme = scene.em, int(0.84 * scene.em), scene.painter, scene.theme
    if scene.options.preview or pixels < ink.LEAST_TEXT:
        return
    texts = summary_texts(column, scene.options.digits)
    room = max(4.0 * em, place.room * scene.zoom)
    wide = min(max(6.0 * em, *(ink.text_width(text, pixels) + 1.2 * em for text in texts)), room)
    shown = column.values[column.known & np.isfinite(column.values)]
    middle = card_middle(place.x, (wide / 2 + 0.5 * em) / scene.zoom, scene.layout.width)
    x, y = scene.transform.point(middle, place.frame[3])
    y += 0.6 * em
    lines = int((scene.layout.bottom - place.frame[3]) / scene.layout.em / 1.2 - 1.2)
    texts = texts[:max(1, lines)]
    if lines < len(texts) + (TALL + 1.7) / 1.2:      # a low picture has no room for the histogram
        shown = shown[:0]
    high = (1.2 * len(texts) + 0.8) * em + ((TALL + 1.7) * em if shown.size else 0.0)
    painter.setPen(stroke(mix(theme.line, theme.ink, 0.2), 1.0))
    painter.setBrush(QColor(theme.canvas))
    painter.drawRoundedRect(QRectF(x - wide / 2, y, wide, high), 0.4 * em, 0.4 * em)
    y += 0.4 * em
    if shown.size:
        _histogram(scene, shown, QRectF(x - wide / 2 + 0.6 * em, y, wide - 1.2 * em, TALL * em))
        y += (TALL + 1.5) * em
    for text in texts:
        draw_text(painter, x, y + 0.6 * em, ink.elided(text, pixels, wide - 0.6 * em), pixels, QColor(theme.ink))
        y += 1.2 * em
    for unit in range(len(column.names)):
        if scene.interaction.hovered == Unit(number, unit):
            scene.shown.add(Unit(number, unit), column.names[unit])


def card_middle(bar: float, half: float, width: float) -> float:
    """Where the middle of a card stands, below its bar: the bar of an input is at the very edge, and its card wider."""
    return max(half, min(bar, width - half))


def _histogram(scene: Scene, values: Array, box: QRectF) -> None:
    """How often which outputs are, with the smallest and the largest below."""
    painter, theme, em = scene.painter, scene.theme, scene.em
    counts, edges = np.histogram(values, BINS)
    step = box.width() / BINS
    for place, often in enumerate(counts.tolist()):
        middle = float(edges[place] + edges[place + 1]) / 2
        colour = mix(theme.raised, theme.positive if middle >= 0 else theme.negative, 0.75)
        reach = box.height() * often / counts.max()
        painter.fillRect(QRectF(box.left() + place * step + 0.5, box.bottom() - reach, step - 1.0, reach), colour)
    painter.fillRect(QRectF(box.left(), box.bottom(), box.width(), 1.0), QColor(theme.line))
    small, muted = max(7, int(0.72 * em)), QColor(theme.muted)
    draw_text(painter, box.left(), box.bottom() + 0.75 * em, short(float(edges[0]), 2), small, muted, Anchor.LEFT)
    draw_text(painter, box.right(), box.bottom() + 0.75 * em, short(float(edges[-1]), 2), small, muted, Anchor.RIGHT)


def summary_texts(column: Column, digits: int) -> tuple[str, ...]:
    """What is said of a folded layer: how many units, their mean output, the root mean square of δ, dead ones."""
    digits = min(digits, 3)
    texts = [tr("{count} units folded").format(count=len(column.names))]
    if column.known.any():
        with np.errstate(all="ignore"):
            texts.append(tr("mean {value}").format(value=short(float(column.values[column.known].mean()), digits)))
    if column.delta_known.any():
        with np.errstate(all="ignore"):
            size = float(np.sqrt(np.mean(column.delta[column.delta_known] ** 2)))
        texts.append(tr("RMS δ {value}").format(value=short(size, digits)))
    if column.dead.any():
        texts.append(tr("{count} dead").format(count=int(column.dead.sum())))
    return tuple(texts)
