"""How to read the picture of a graph: where the value stands and where the gradient, and what its colours mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from nnviz.gui import ink
from nnviz.gui.colour_scale import ZERO, ColourScale, edge_colours
from nnviz.gui.ink import Anchor, draw_text, mix, stroke
from nnviz.gui.legend import draw_colour_bar
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr

Entry = Callable[[QPainter, Theme, float, float, float, float], float]


def draw_gate_legend(painter: QPainter, theme: Theme, scale: ColourScale, em: float, size: tuple[float, float],
                     top: float, ratio: float, raster: bool, numbers: bool = True, slopes: bool = True) -> None:
    """Draw the legend from `top` to the foot of the picture; on pixels a stamp that is kept.

    It explains `numbers` on wires and `slopes` in gates only where the picture has them.
    """
    entries = ((_wire,) if numbers else ()) + ((_gate,) if slopes else ()) + (_marks,)
    if raster:
        painter.drawPixmap(QPointF(0, math.floor(top)), _stamp(theme, scale, em, size, top, ratio, entries))
    else:
        _draw(painter, theme, scale, em, size, top, entries)


def colour_name() -> str:
    """What the colour of a wire means."""
    return tr("|gradient| of a wire")


@lru_cache(maxsize=8)
def _stamp(theme: Theme, scale: ColourScale, em: float, size: tuple[float, float], top: float, ratio: float,
           entries: tuple[Entry, ...]) -> QPixmap:
    first = math.floor(top)
    stamp = QPixmap(math.ceil(size[0] * ratio), max(1, math.ceil((size[1] - first) * ratio)))
    stamp.setDevicePixelRatio(ratio)
    painter = QPainter(stamp)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(0, -first)
        _draw(painter, theme, scale, em, size, top, entries)
    finally:
        painter.end()
    return stamp


def _draw(painter: QPainter, theme: Theme, scale: ColourScale, em: float, size: tuple[float, float],
          top: float, entries: tuple[Entry, ...]) -> None:
    width, height = size
    painter.fillRect(QRectF(0, math.floor(top), width, height - math.floor(top)), QColor(theme.canvas))
    small = height - top < 3 * em
    margin = min(1.8 * em, 0.05 * width)
    text, tiny = int(0.84 * em), max(7, int(0.84 * em))
    bar, apart = min((9 if small else 12) * em, 0.36 * width), 2.3 * em
    title_y, bar_y = top + 0.8 * em, top + (0.35 if small else 1.5) * em
    if not small:
        draw_text(painter, margin, title_y, colour_name(), text, QColor(theme.ink), Anchor.LEFT)
    draw_colour_bar(painter, theme, scale.ticks, em, (margin + apart, bar_y), bar - apart, tiny)
    painter.fillRect(QRectF(margin, bar_y, 0.9 * em, 0.72 * em), edge_colours(theme)[ZERO])
    draw_text(painter, margin + 0.45 * em, bar_y + 1.5 * em, "0", tiny, QColor(theme.muted))
    if small:
        return
    x = margin + bar + 1.9 * em
    for entry in entries:
        wide = entry(painter, theme, em, x, title_y, width - margin)
        x += wide + (1.6 * em if wide else 0.0)


def _wire(painter: QPainter, theme: Theme, em: float, x: float, y: float, limit: float) -> float:
    """A stretch of wire: what stands above it and below it."""
    size = int(0.84 * em)
    above, below = tr("value, going forward"), tr("gradient, coming back")
    wide = max(ink.text_width(above, size), ink.text_width(below, size)) + 0.4 * em
    if x + wide > limit:
        return 0.0
    draw_text(painter, x + 0.2 * em, y + 0.1 * em, above, size, QColor(theme.good), Anchor.LEFT)
    painter.setPen(stroke(QColor(theme.muted), max(1.0, 0.15 * em)))
    painter.drawLine(QLineF(x, y + 0.87 * em, x + wide, y + 0.87 * em))
    draw_text(painter, x + 0.2 * em, y + 1.65 * em, below, size, QColor(theme.warning), Anchor.LEFT)
    return wide


def _gate(painter: QPainter, theme: Theme, em: float, x: float, y: float, limit: float) -> float:
    """A gate with what its small numbers are."""
    size, text = int(0.84 * em), tr("local gradient,\nbeside its input")
    lines = text.split("\n")
    before = 4.6 * em
    wide = before + max(ink.text_width(line, size) for line in lines)
    if x + wide > limit:
        return 0.0
    middle = y + 0.87 * em
    painter.setPen(stroke(mix(theme.line, theme.muted, 0.75), max(1.0, 0.09 * em)))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(QRectF(x, middle - 1.15 * em, 4.0 * em, 2.3 * em), 0.5 * em, 0.5 * em)
    tiny = max(6, int(0.7 * em))
    for number, slope in enumerate(("−4", "3")):
        draw_text(painter, x + 0.35 * em, middle + (0.55 if number else -0.55) * em, slope, tiny, QColor(theme.muted),
                  Anchor.LEFT)
    draw_text(painter, x + 2.9 * em, middle, "×", int(em), QColor(theme.ink), bold=True)
    for number, line in enumerate(lines):
        draw_text(painter, x + before, y + (0.1 + 1.5 * number) * em, line, size, QColor(theme.muted), Anchor.LEFT)
    return wide


def _marks(painter: QPainter, theme: Theme, em: float, x: float, y: float, limit: float) -> float:
    """A branch, and what has just been computed."""
    size = int(0.84 * em)
    texts = (tr("branch: gradients add"), tr("just computed"))
    wide = 1.6 * em + max(ink.text_width(text, size) for text in texts)
    if x + wide > limit:
        return 0.0
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.ink))
    painter.drawEllipse(QPointF(x + 0.5 * em, y + 0.1 * em), 0.3 * em, 0.3 * em)
    painter.setPen(stroke(QColor(theme.active), 0.2 * em))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(x, y + 1.2 * em, em, 0.9 * em), 0.25 * em, 0.25 * em)
    for number, text in enumerate(texts):
        draw_text(painter, x + 1.6 * em, y + (0.1 + 1.5 * number) * em, text, size, QColor(theme.muted), Anchor.LEFT)
    return wide
