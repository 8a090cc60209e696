"""How to read the picture: what colour, width and signs mean, with numbers, always visible."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from nnviz.gui import ink
from nnviz.gui.answer_marks import answer_of, draw_verdict
from nnviz.gui.colour_scale import COLOURS, WEAKEST, ZERO, ColourScale, edge_colours
from nnviz.gui.columns import WRITTEN, Shape
from nnviz.gui.detail import LEVELS, Detail
from nnviz.gui.drawing import Drawing, TileKind
from nnviz.gui.edges import LayerEdges, PenStyle, make_pen
from nnviz.gui.held_marks import draw_disabled_sign
from nnviz.gui.ink import Anchor, draw_text, mix, stroke
from nnviz.gui.layout import NetworkLayout, legend_height
from nnviz.gui.map_colours import SHADES, map_colours
from nnviz.gui.ribbons import BAND
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.numbers import count, short

LEFT_OF_BAR = 1.45                # ems that a scale's first number may reach to the left: beyond stands the 0
Entry = tuple[tuple[str, ...], str, str]     # marks side by side, the colour of those that have none, what they mean


@dataclass(frozen=True)
class MapScale:
    """What the colours of images mean: their ends and their middle, and of what they are."""

    caption: str
    low: float
    middle: float
    high: float
    flat: bool


@dataclass(frozen=True)
class ColourBarPlace:
    """Where the colour bar with its title and its numbers is, and the middle of the mark that says it can be pressed.
    """

    frame: QRectF
    chevron: QPointF
    em: float


def colour_bar_place(title: str, width: float, height: float, em: float) -> ColourBarPlace:
    """The place of the colour bar in a picture of this size whose legend has text of `em` pixels."""
    high = legend_height(em, height)
    top, small, margin = height - high, high < 3 * em, min(1.8 * em, 0.05 * width)
    wide = min((9 if small else 12) * em, 0.36 * width)
    after = wide if small else ink.text_width(title, int(0.84 * em))
    frame = QRectF(margin - 0.5 * em, top, max(wide, after + 0.8 * em) + 2.0 * em, high)
    return ColourBarPlace(frame, QPointF(margin + after + 0.8 * em, top + (0.71 if small else 0.85) * em), em)


@dataclass(frozen=True)
class Legend:
    """What the legend says; two equal legends look the same."""

    colour_name: str
    ticks: tuple[tuple[float, str], ...]     # of the colour bar: place from 0 to 1, number
    beads: bool                   # some layer shows signs as beads
    dashes: bool                  # some layer shows them as dashes
    dead: bool
    frozen: bool
    disabled: bool                # something is 0 and stays 0
    pieces: bool                  # some units have pieces, of which one wins
    many: frozenset[Detail]       # what stands for edges without lines of their own
    bars: bool                    # images of weights have bars of what their units put out
    answers: bool                 # ‹target› and largest output are marked
    maps: tuple[MapScale, ...]    # of the images of units
    width: float
    height: float                 # of the whole picture
    em: float
    theme: Theme


def legend_of(drawing: Drawing, layout: NetworkLayout, theme: Theme, scale: ColourScale,
              edges: tuple[LayerEdges, ...]) -> Legend:
    """The legend of a picture."""
    return Legend(
        drawing.colour_name, scale.ticks,
        any(layer.beads for layer in edges),
        any(layer.dashes for layer in edges),
        any(column.dead.any() for column in drawing.columns),
        any(layer.frozen.any() or (layer.bias_frozen is not None and layer.bias_frozen.any())
            for layer in drawing.connections)
        or any(column.slopes is not None and column.slopes.frozen.any() for column in drawing.columns),
        any(layer.disabled is not None or layer.bias_disabled is not None for layer in drawing.connections),
        any(layer.pieces > 1 for layer in drawing.connections),
        frozenset(layer.detail for layer in edges),
        any(column.tiles is not None and column.tiles.kind is TileKind.WEIGHTS and place.shape is Shape.TILE
            for column, place in zip(drawing.columns, layout.columns, strict=True)),
        answer_of(drawing.columns[-1]) is not None and layout.columns[-1].shape in WRITTEN,
        _maps(drawing, layout),
        layout.width, layout.height, layout.em, theme,
    )


def _maps(drawing: Drawing, layout: NetworkLayout) -> tuple[MapScale, ...]:
    """The scales of all images that are drawn, each once: by its caption, or that of units where layers share it."""
    found: dict[tuple[TileKind, tuple[float, float, float]], MapScale] = {}
    told = drawing.columns[-1] if drawing.plane is not None and layout.plane is not None and (
        drawing.plane.outputs is None and layout.plane.framed) else None      # below the surface
    for column, place in zip(drawing.columns, layout.columns, strict=True):
        tiles = column.tiles
        if tiles is not None and place.shape is Shape.TILE and column is not told:
            key = tiles.kind, tiles.scale
            shared = key in found and tiles.kind is TileKind.OUTPUTS
            found[key] = MapScale(tr("outputs of units") if shared else found[key].caption if key in found else
                                  tiles.caption, *tiles.scale, tiles.flat)
    return tuple(found.values())


def draw_legend(painter: QPainter, legend: Legend, ratio: float, raster: bool) -> None:
    """Draw the legend along the foot of the picture; on pixels a stamp that is kept while nothing in it changes."""
    if not raster:
        _draw(painter, legend, PenStyle(1.0, False, max(0.5, legend.em / 12.5)))
        return
    top = legend.height - legend_height(legend.em, legend.height)
    painter.drawPixmap(QPointF(0, math.floor(top)), _stamp(legend, ratio))


@lru_cache(maxsize=16)       # while training flows, a few scales come and go
def _stamp(legend: Legend, ratio: float) -> QPixmap:
    top = math.floor(legend.height - legend_height(legend.em, legend.height))
    stamp = QPixmap(math.ceil(legend.width * ratio), math.ceil((legend.height - top) * ratio))
    stamp.setDevicePixelRatio(ratio)
    painter = QPainter(stamp)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(0, 0, legend.width, legend.height - top), QColor(legend.theme.canvas))
        painter.translate(0, -top)
        _draw(painter, legend, PenStyle(ratio, True, max(0.5, legend.em / 12.5)))
    finally:
        painter.end()
    return stamp


def _draw(painter: QPainter, legend: Legend, style: PenStyle) -> None:
    em, theme = legend.em, legend.theme
    height = legend_height(em, legend.height)
    top = legend.height - height
    painter.fillRect(QRectF(0, top, legend.width, height), QColor(theme.canvas))
    small = height < 3 * em
    margin = min(1.8 * em, 0.05 * legend.width)
    x = margin
    size, tiny = int(0.84 * em), max(7, int(0.84 * em))
    bar_width = min((9 if small else 12) * em, 0.36 * legend.width)
    title_y, bar_y = top + 0.8 * em, top + (0.35 if small else 1.5) * em
    if not small:
        draw_text(painter, x, title_y, legend.colour_name, size, QColor(theme.ink), Anchor.LEFT)
    apart = 2.3 * em              # from the colour of exactly 0, which is none of the scale, to the scale
    draw_colour_bar(painter, theme, legend.ticks, em, (x + apart, bar_y), bar_width - apart, tiny)
    painter.fillRect(QRectF(x, bar_y, 0.9 * em, 0.72 * em), edge_colours(theme)[ZERO])
    draw_text(painter, x + 0.45 * em, bar_y + 1.5 * em, "0", tiny, QColor(theme.muted))
    x += bar_width + 1.9 * em
    if small:
        return
    limit = legend.width - margin
    wide = _widths(painter, theme, em, x, title_y, bar_y, style, limit)
    x += wide + (1.3 * em if wide else 0.0)
    for scale in legend.maps:
        wide = _map_scale(painter, theme, em, x, title_y, bar_y, scale, limit)
        x += wide + (1.3 * em if wide else 0.0)
    for rows in _entries(legend):
        wide = _rows(painter, theme, em, x, title_y, limit, rows, style)
        x += wide + (1.3 * em if wide else 0.0)


def draw_colour_bar(painter: QPainter, theme: Theme, ticks: tuple[tuple[float, str], ...], em: float,
                    at: tuple[float, float], wide: float, pixels: int) -> None:
    """The scale from weak to strong; a tick at every number, and as many of the numbers as there is room for."""
    (x, y), colours = at, edge_colours(theme)
    step = wide / COLOURS
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for number in range(COLOURS):
        overlap = 1.0 if number < COLOURS - 1 else 0.0
        painter.fillRect(QRectF(x + number * step, y, step + overlap, 0.72 * em), colours[WEAKEST + number])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    gaps = len(ticks) - 1
    widths = [ink.text_width(text, pixels) for _, text in ticks]
    beside = max(0.0, widths[0] / 2 - LEFT_OF_BAR * em)      # a long first number gives way to the 0 left of it
    needed = max(widths) + 0.3 * em + beside
    every = next((by for by in range(1, gaps) if gaps % by == 0 and by * wide / gaps >= needed), gaps)
    for number, (share, text) in enumerate(ticks):
        place = x + wide * share
        painter.setPen(stroke(QColor(theme.muted), 1.0))
        painter.drawLine(QLineF(place, y + 0.72 * em, place, y + 0.98 * em))
        if number % every == 0:
            draw_text(painter, place + (0.0 if number else beside), y + 1.5 * em, text, pixels, QColor(theme.muted))


def _entries(legend: Legend) -> list[list[Entry]]:
    """The marks and their meanings, in pairs."""
    theme = legend.theme
    known: list[Entry] = [(("line",), theme.line, tr("not known yet")), (("ring",), theme.active, tr("just computed"))]
    positive = (("plus",) if legend.beads else ()) + (("line",) if legend.dashes else ())
    negative = (("minus",) if legend.beads else ()) + (("dashes",) if legend.dashes else ())
    signs: list[Entry] = [(positive, theme.muted, tr("positive weight")),
                          (negative, theme.muted, tr("negative weight"))]
    marks: list[Entry] = [(("slash",), theme.warning, tr("dead unit"))] if legend.dead else []
    marks += [(("lock",), theme.muted, tr("frozen"))] if legend.frozen else []
    off: list[Entry] = [(("dots",), theme.muted, tr("disabled: counts as 0"))] if legend.disabled else []
    pieces: list[Entry] = [(("dot",), theme.ink, tr("piece that wins")), (("hollow",), theme.ink, tr("other piece"))]
    many: list[Entry] = [(("ribbon",), theme.muted, tr("all weights into a unit"))] * (Detail.RIBBONS in legend.many)
    many += [(("band",), theme.muted, tr("all weights of a layer"))] * (Detail.BAND in legend.many)
    many += [(("bar",), theme.positive, tr("output of a unit"))] * legend.bars
    answers: list[Entry] = [(("target",), theme.ink, tr("‹target›")), (("tick",), theme.ink, tr("largest output"))]
    held = [*marks, *off]
    return [rows for rows in (signs if positive else [], known, held[:2], held[2:], many[:2], many[2:],
                              pieces if legend.pieces else [], answers if legend.answers else []) if rows]


def hidden_note(edges: tuple[LayerEdges, ...]) -> str:
    """The sentence on edges that have no line of their own; empty where all have one."""
    parts = []
    for level in LEVELS:
        layers = [layer for layer in edges if layer.detail is level.detail]
        if not layers or not level.note:
            continue
        if level.detail is Detail.RIBBONS:
            each = " / ".join(_grouped(layer.fan_in) for layer in layers)
        else:
            each = _grouped(max(layer.units.size for layer in layers))
        parts.append(tr(level.note).format(each=each, total=" / ".join(_grouped(layer.total) for layer in layers)))
    return " · ".join(parts)


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if number >= 1000 else count(number)


def _widths(painter: QPainter, theme: Theme, em: float, x: float, title_y: float, row_y: float, style: PenStyle,
            limit: float) -> float:
    """Three lines from thin to wide: the width of an edge is |weight|, its layer's largest the widest."""
    title = tr("width: |weight|")
    size, tiny = int(0.84 * em), max(7, int(0.84 * em))
    wide = max(8.5 * em, ink.text_width(title, size))
    if x + wide > limit:
        return 0.0
    draw_text(painter, x, title_y, title, size, QColor(theme.ink), Anchor.LEFT)
    for number, width in enumerate((1.0, 3.0, 6.0)):
        painter.setPen(make_pen(mix(theme.muted, theme.canvas, 0.15), width, style))
        left = x + number * 2.9 * em
        painter.drawLine(QLineF(left, row_y + 0.4 * em, left + 2.4 * em, row_y + 0.4 * em))
    draw_text(painter, x, row_y + 1.5 * em, "0", tiny, QColor(theme.muted), Anchor.LEFT)
    draw_text(painter, x + 8.2 * em, row_y + 1.5 * em, tr("largest of layer"), tiny, QColor(theme.muted), Anchor.RIGHT)
    return wide


def _map_scale(painter: QPainter, theme: Theme, em: float, x: float, title_y: float, bar_y: float, scale: MapScale,
               limit: float) -> float:
    """The colours of images, with what they mean; returns the width used, 0 where there is no room."""
    size = int(0.84 * em)
    wide = max(7.5 * em, ink.text_width(scale.caption, size))
    if x + wide > limit:
        return 0.0
    draw_text(painter, x, title_y, scale.caption, size, QColor(theme.ink), Anchor.LEFT)
    draw_map_bar(painter, theme, (scale.low, scale.middle, scale.high), em, (x, bar_y), wide, max(7, size),
                 scale.flat)
    return wide


def draw_map_bar(painter: QPainter, theme: Theme, ends: tuple[float, float, float], em: float,
                 at: tuple[float, float], wide: float, pixels: int,
                 flat: bool = False) -> None:
    """The colours of a map from low over middle to high, only two where it is `flat`, with these numbers below.

    Where they would run into each other the middle one is left out, then all of them.
    """
    x, y = at
    box = QRectF(x, y, wide, 0.72 * em)
    colours = map_colours(theme)[: SHADES : SHADES - 1 if flat else 1]
    ink.draw_pixels(painter, box, colours, len(colours), 1)
    painter.setPen(stroke(QColor(theme.line), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)
    numbers = list(zip((0.0, 0.5, 1.0), (short(number, 3) for number in ends),
                       (Anchor.LEFT, Anchor.CENTRE, Anchor.RIGHT), strict=True))
    low, middle, high = (ink.text_width(text, pixels) for _, text, _ in numbers)
    if middle + 2.0 * (max(low, high) + 0.4 * em) > wide:
        del numbers[1]
        if low + high + 0.4 * em > wide:
            numbers.clear()
    for place, text, anchor in numbers:
        draw_text(painter, x + place * wide, y + 1.5 * em, text, pixels, QColor(theme.muted), anchor)


def _rows(painter: QPainter, theme: Theme, em: float, x: float, title_y: float, limit: float,
          rows: list[Entry], style: PenStyle) -> float:
    """Up to two rows of marks and their meaning; returns the width used, 0 where there is no room."""
    size = int(0.84 * em)
    before = 2.2 * em * max((len(marks) for marks, _, _ in rows), default=0)
    wide = max((ink.text_width(text, size) for _, _, text in rows), default=0.0) + before + 0.2 * em
    if not rows or x + wide > limit:
        return 0.0
    for number, (marks, colour, text) in enumerate(rows):
        y = title_y + 0.1 * em + number * 1.5 * em
        for place, mark in enumerate(marks):
            _MARKS[mark](painter, theme, em, x + place * 2.2 * em, y, QColor(colour), style)
        draw_text(painter, x + before, y, text, size, QColor(theme.muted), Anchor.LEFT)
    return wide


def _line(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    painter.setPen(make_pen(colour, 2.2, style))
    painter.drawLine(QLineF(x, y, x + 1.8 * em, y))


def _dashes(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    painter.setPen(make_pen(colour, 2.0, style, dashed=True))
    painter.drawLine(QLineF(x, y, x + 1.8 * em, y))


def _ring(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    painter.setPen(stroke(colour, 0.2 * em))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(x + 0.9 * em, y), 0.46 * em, 0.46 * em)


def _dot(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    painter.setPen(stroke(mix(theme.line, theme.ink, 0.6), max(1.0, 0.08 * em)))
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(x + 0.9 * em, y), 0.38 * em, 0.38 * em)


def _hollow(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    _dot(painter, theme, em, x, y, QColor(theme.canvas), style)


def _slash(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    painter.setPen(stroke(colour, 0.12 * em))
    painter.setBrush(QColor(theme.raised))
    painter.drawEllipse(QPointF(x + 0.9 * em, y), 0.5 * em, 0.5 * em)
    ink.draw_cross_out(painter, x + 0.9 * em, y, 0.5 * em, 0.5 * em, colour, 0.12 * em)


def _lock(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    ink.draw_padlock(painter, x + 0.9 * em, y, em, colour)


def _plus(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    ink.draw_bead(painter, x + 0.9 * em, y, 0.44 * em, False, theme)


def _minus(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    ink.draw_bead(painter, x + 0.9 * em, y, 0.44 * em, True, theme)


def _ribbon(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    painter.setPen(make_pen(colour, 4.0, style))
    painter.drawLine(QLineF(x, y, x + 1.8 * em, y))


def _band(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    painter.fillRect(QRectF(x, y - 0.45 * em, 1.8 * em, 0.9 * em), mix(theme.canvas, colour.name(), BAND))
    painter.setPen(stroke(colour, 1.0))
    for at in (-0.45, 0.0, 0.45):
        painter.drawLine(QLineF(x, y + at * em, x + 1.8 * em, y + at * em))


def _target(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for reach, shade, width in ((0.3, mix(theme.line, theme.ink, 0.42), 0.09), (0.5, colour, 0.13)):
        painter.setPen(stroke(shade, width * em))
        painter.drawEllipse(QPointF(x + 0.9 * em, y), reach * em, reach * em)


def _tick(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    draw_verdict(painter, x + 0.4 * em, y, 0.36 * em, True, theme)
    draw_verdict(painter, x + 1.5 * em, y, 0.36 * em, False, theme)


def _bar(painter: QPainter, theme: Theme, em: float, x: float, y: float, colour: QColor, style: PenStyle) -> None:
    track = QRectF(x + 0.75 * em, y - 0.55 * em, 0.34 * em, 1.1 * em)
    painter.fillRect(track, mix(theme.canvas, theme.line, 0.8))
    painter.fillRect(track.adjusted(0.0, 0.4 * em, 0.0, 0.0), mix(theme.raised, colour.name(), 0.85))


_MARKS = {
    "line": _line, "dashes": _dashes, "ring": _ring, "slash": _slash, "lock": _lock, "plus": _plus, "minus": _minus,
    "dot": _dot, "hollow": _hollow, "ribbon": _ribbon, "band": _band, "target": _target, "tick": _tick,
    "dots": draw_disabled_sign, "bar": _bar,
}


def draw_caption(painter: QPainter, drawing: Drawing, layout: NetworkLayout, theme: Theme, note: str) -> str:
    """Draw the caption and the note at the top left; returns the caption as drawn."""
    em = layout.em
    if layout.height < 14 * em:
        return ""
    size = int(0.88 * em)
    room = layout.width - 3.6 * em
    y = 1.25 * em
    caption = ink.elided(drawing.caption, size, room)
    if caption:
        half = ink.text_width(caption, size) / 2
        ink.draw_on_plate(painter, 1.8 * em + half, y, caption, size, QColor(theme.muted), QColor(theme.canvas))
    if note:
        room -= ink.text_width(caption, size) + 2 * em
        if room > 8 * em:
            text = ink.elided(note, size, room)
            half = ink.text_width(text, size) / 2
            ink.draw_on_plate(painter, layout.width - 1.8 * em - half, y, text, size, QColor(theme.muted),
                              QColor(theme.canvas), lasting=True)
    return caption
