"""The strokes that the picture is made of: text that fits, plates behind it, beads, padlocks, mixed colours."""

from __future__ import annotations

import math
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPixmap, QStaticText, QTransform

from nnviz.gui.drawing import Array, Mask
from nnviz.gui.fonts import canvas_font_family
from nnviz.gui.theme import Theme

Name = tuple[str, int, int]       # a text, its size in pixels, its colour 0xffrrggbb

NAME_INSET = 0.7                  # from the left of a node to its name, in halves of its height
LEAST_TEXT = 6.5                  # pixels; smaller text cannot be read and is left out


class Anchor(Enum):
    """Which point of a text stands at the given place; always the middle of its height."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


_LEFT_SHARE = {Anchor.LEFT: 0.0, Anchor.CENTRE: 0.5, Anchor.RIGHT: 1.0}


@lru_cache(maxsize=512)
def mix(first: str, second: str, share: float) -> QColor:
    """`first` with `share` (0 to 1) of `second` in it."""
    a, b = QColor(first), QColor(second)
    return QColor(*(round(x + (y - x) * share) for x, y in (
        (a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))))


@lru_cache(maxsize=256)
def font(pixels: int, bold: bool = False) -> QFont:
    """The picture's typeface, `pixels` high."""
    made = QFont([canvas_font_family(), "DejaVu Sans"])      # the second lends mathematical signs
    made.setPixelSize(max(1, pixels))
    made.setFeature(QFont.Tag("tnum"), 1)                    # numbers stand still while they change
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


@lru_cache(maxsize=256)
def _metrics(pixels: int, bold: bool) -> QFontMetricsF:
    return QFontMetricsF(font(pixels, bold))


def text_width(text: str, pixels: int, bold: bool = False) -> float:
    """How wide `text` is. Numbers change at every frame, and adding up their signs is five times faster than Qt."""
    advances = _advances(pixels, bold)
    try:
        return sum(map(advances.__getitem__, text))
    except KeyError:
        advances.update((sign, _metrics(pixels, bold).horizontalAdvance(sign)) for sign in set(text))
        return sum(map(advances.__getitem__, text))


@lru_cache(maxsize=256)
def _advances(pixels: int, bold: bool) -> dict[str, float]:
    """The widths of single signs that have been asked for."""
    return {}


def fitting_size(text: str, pixels: float, room: float, least: float = LEAST_TEXT, bold: bool = False) -> int | None:
    """The largest size up to `pixels` at which `text` is at most `room` wide; None below `least`."""
    size = int(pixels)
    if size < least:
        return None
    wide = text_width(text, size, bold)
    if wide > room:
        size = int(size * room / wide)
    return size if size >= least else None


@lru_cache(maxsize=1024)
def elided(text: str, pixels: int, room: float, bold: bool = False) -> str:
    """`text`, its end cut with an ellipsis where it is wider than `room`."""
    return _metrics(pixels, bold).elidedText(text, Qt.TextElideMode.ElideRight, room)


def draw_text(
    painter: QPainter, x: float, y: float, text: str, pixels: int, colour: QColor, anchor: Anchor = Anchor.CENTRE,
    bold: bool = False, lasting: bool = False,
) -> None:
    """Write `text` with its anchor at (x, y). `lasting` text (a name) is shaped once, changing numbers each time."""
    painter.setPen(colour)
    painter.setFont(font(pixels, bold))
    left = x if anchor is Anchor.LEFT else x - _LEFT_SHARE[anchor] * text_width(text, pixels, bold)
    if lasting:
        shaped, high = _shaped(text, pixels, bold)
        painter.drawStaticText(QPointF(left, y - high / 2), shaped)
    else:
        painter.drawText(QPointF(left, y + _middle(pixels, bold)), text)


@lru_cache(maxsize=2048)
def _shaped(text: str, pixels: int, bold: bool) -> tuple[QStaticText, float]:
    """A text ready to be drawn, and its height."""
    shaped = QStaticText(text)
    shaped.setTextFormat(Qt.TextFormat.PlainText)
    shaped.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    shaped.prepare(QTransform(), font(pixels, bold))
    return shaped, shaped.size().height()


def middle(pixels: int, bold: bool = False) -> float:
    """From the middle of a line of text down to its baseline, for whoever draws many texts of one kind."""
    return _middle(pixels, bold)


@lru_cache(maxsize=256)
def _middle(pixels: int, bold: bool) -> float:
    """From the middle of a line of text down to its baseline."""
    metrics = _metrics(pixels, bold)
    return (metrics.ascent() - metrics.descent()) / 2


def draw_on_plate(
    painter: QPainter, x: float, y: float, text: str, pixels: int, colour: QColor, plate: QColor,
    outline: QPen | None = None, spare: float = 0.0, lasting: bool = False,
) -> QRectF:
    """Write `text` centred at (x, y) on a plate that keeps it clear of the lines below; `spare` room on its right."""
    wide = text_width(text, pixels)
    half = (wide + spare) / 2 + 0.28 * pixels
    box = QRectF(x - half, y - 0.66 * pixels, 2 * half, 1.32 * pixels)
    if outline is None:
        painter.fillRect(box.toAlignedRect(), plate)
    else:
        painter.setPen(outline)
        painter.setBrush(plate)
        painter.drawRoundedRect(box, 0.35 * pixels, 0.35 * pixels)
    draw_text(painter, x - spare / 2 - wide / 2, y, text, pixels, colour, Anchor.LEFT, lasting=lasting)
    return box


def draw_all_on_plates(
    painter: QPainter, texts: list[tuple[float, float, str]], pixels: int, colour: QColor, plate: QColor
) -> None:
    """The same for many texts of one kind, each with its middle: first the plates, then what is written on them.

    Doing one thing many times is faster than doing many things in turn.
    """
    if not texts:
        return
    up, rim, placed = 0.66 * pixels, 0.28 * pixels, []
    for x, y, text in texts:
        half = text_width(text, pixels) / 2
        painter.fillRect(QRectF(x - half - rim, y - up, 2 * (half + rim), 2 * up).toAlignedRect(), plate)
        placed.append((x - half, y, text))
    painter.setPen(colour)
    painter.setFont(font(pixels))
    for left, y, text in placed:
        painter.drawText(QPointF(left, y + _middle(pixels, False)), text)


@lru_cache(maxsize=256)
def shade(name: str) -> QColor:
    """A colour of a theme, for whoever asks for it many times a frame; it is not to be changed."""
    return QColor(name)


def stroke(colour: QColor, width: float) -> QPen:
    """A pen for outlines, `width` logical pixels."""
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def draw_padlock(painter: QPainter, x: float, y: float, size: float, colour: QColor) -> None:
    """A closed padlock centred at (x, y), `size` high."""
    painter.setPen(stroke(colour, max(1.0, 0.13 * size)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(x - 0.24 * size, y - 0.5 * size, 0.48 * size, 0.62 * size), 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(x - 0.36 * size, y - 0.14 * size, 0.72 * size, 0.58 * size), 0.1 * size, 0.1 * size)


def draw_bead(painter: QPainter, x: float, y: float, radius: float, negative: bool, theme: Theme) -> None:
    """The sign of a weight: a + or − in a bead."""
    painter.setPen(stroke(QColor(theme.canvas), max(1.0, 0.2 * radius)))
    painter.setBrush(QColor(theme.negative if negative else theme.positive))
    painter.drawEllipse(QPointF(x, y), radius, radius)
    painter.setPen(stroke(QColor(theme.canvas), max(1.0, 0.27 * radius)))
    arm = 0.58 * radius
    painter.drawLine(QLineF(x - arm, y, x + arm, y))
    if not negative:
        painter.drawLine(QLineF(x, y - arm, x, y + arm))


def draw_shell(
    painter: QPainter, x: float, y: float, half_width: float, half_height: float, corner: float, fill: QColor,
    outline: QColor, width: float, ratio: float, raster: bool, name: Name | None = None,
) -> None:
    """A filled and outlined node centred at (x, y); on pixels a stamp, since many nodes look the same.

    A `name` is written into it, beginning so far from its left as its corner is round.
    """
    if not raster or half_width > 160:
        box = QRectF(x - half_width, y - half_height, 2 * half_width, 2 * half_height)
        _shell(painter, box, corner, fill, outline, width)
        if name is not None:
            draw_text(painter, x - half_width + NAME_INSET * half_height, y, name[0], name[1], QColor(name[2]),
                      Anchor.LEFT, True, True)
        return
    stamp, wide, high = _stamp(round(half_width * 4), round(half_height * 4), round(corner * 4), fill.rgb(),
                               outline.rgb(), round(width * 4), ratio, name)
    painter.drawPixmap(QPointF(round((x - wide) * ratio) / ratio, round((y - high) * ratio) / ratio), stamp)


def draw_shells(
    painter: QPainter, places: list[tuple[float, float]], half_width: float, half_height: float, corner: float,
    fill: QColor, outline: QColor, width: float, ratio: float, raster: bool,
) -> None:
    """Many nodes that look the same, without names."""
    if not places:
        return
    if not raster or half_width > 160:
        for x, y in places:
            draw_shell(painter, x, y, half_width, half_height, corner, fill, outline, width, ratio, raster)
        return
    stamp, wide, high = _stamp(round(half_width * 4), round(half_height * 4), round(corner * 4), fill.rgb(),
                               outline.rgb(), round(width * 4), ratio, None)
    for x, y in places:
        painter.drawPixmap(QPointF(round((x - wide) * ratio) / ratio, round((y - high) * ratio) / ratio), stamp)


def _shell(painter: QPainter, box: QRectF, corner: float, fill: QColor, outline: QColor, width: float) -> None:
    painter.setBrush(fill)
    painter.setPen(stroke(outline, width))
    painter.drawRoundedRect(box, corner, corner)


@lru_cache(maxsize=1024)
def _stamp(
    half_width: int, half_height: int, corner: int, fill: int, outline: int, width: int, ratio: float,
    name: Name | None,
) -> tuple[QPixmap, float, float]:
    """A node drawn once, on transparent ground, and half its sides; lengths in quarters of a pixel."""
    w, h, edge = half_width / 4, half_height / 4, width / 4
    stamp = QPixmap(math.ceil((2 * w + edge + 2) * ratio), math.ceil((2 * h + edge + 2) * ratio))
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    painter = QPainter(stamp)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = stamp.width() / ratio / 2, stamp.height() / ratio / 2
        _shell(painter, QRectF(x - w, y - h, 2 * w, 2 * h), corner / 4, QColor(fill), QColor(outline), edge)
        if name is not None:
            draw_text(painter, x - w + NAME_INSET * h, y, name[0], name[1], QColor(name[2]), Anchor.LEFT, True, True)
    finally:
        painter.end()
    return stamp, x, y


@lru_cache(maxsize=32)
def _bead_atlas(theme: Theme, radius: float, ratio: float) -> QPixmap:
    """Both beads side by side, drawn once: positive, negative."""
    cell = math.ceil(2.6 * radius * ratio)
    atlas = QPixmap(2 * cell, cell)
    atlas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(atlas)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, negative in enumerate((False, True)):
            draw_bead(painter, (number + 0.5) * cell, cell / 2, radius * ratio, negative, theme)
    finally:
        painter.end()
    return atlas


def draw_beads(
    painter: QPainter, places: Array, negative: Mask, radius: float, theme: Theme, ratio: float, raster: bool
) -> None:
    """Beads at `places` (beads, 2): from a pre-drawn atlas on pixels, as shapes in vector pictures."""
    if not raster:
        for (x, y), is_negative in zip(places.tolist(), negative.tolist(), strict=True):
            draw_bead(painter, x, y, radius, is_negative, theme)
        return
    atlas = _bead_atlas(theme, round(radius, 1), ratio)
    cell = float(atlas.height())
    sources = (QRectF(0, 0, cell, cell), QRectF(cell, 0, cell, cell))
    size = cell / ratio
    for (x, y), is_negative in zip(places.tolist(), negative.tolist(), strict=True):
        painter.drawPixmap(QRectF(x - size / 2, y - size / 2, size, size), atlas, sources[is_negative])


def draw_cross_out(
    painter: QPainter, x: float, y: float, half_width: float, half_height: float, colour: QColor, width: float
) -> None:
    """The slash of a dead unit: only at its rim, so that what is written inside can be read."""
    painter.setPen(stroke(colour, width))
    reach = min(half_width, half_height)
    corner = 0.7071 * reach             # where a diagonal meets the rounded rim
    for side in (-1.0, 1.0):
        x_rim, y_rim = x + side * (half_width - reach + corner), y - side * (half_height - reach + corner)
        inner, outer = max(0.16 * reach, 1.6) * side, max(0.2 * reach, 3.0) * side
        painter.drawLine(QLineF(x_rim - inner, y_rim + inner, x_rim + outer, y_rim - outer))


def value_scale(values: Array, known: Mask) -> float:
    """The magnitude that has a column's full tint: its largest, but at least 1."""
    finite = np.abs(values[known & np.isfinite(values)])
    return max(1.0, float(finite.max(initial=0.0)))


def shades(values: Array, known: Mask, dead: Mask, theme: Theme) -> NDArray[np.uint32]:
    """A colour 0xffrrggbb for each value: grey from 0 to 1 where none is negative, else a tint by sign."""
    finite = np.isfinite(values)
    clean = np.where(finite & known, values, 0.0)
    share = np.clip(np.abs(clean) / value_scale(values, known), 0.0, 1.0)[:, None]
    signed = bool((clean < 0).any())
    low = _rgb("#000000" if theme.dark else "#ffffff") if not signed else _rgb(theme.canvas)
    high = _rgb("#ffffff" if theme.dark else theme.ink)
    if signed:
        high = np.where(clean[:, None] < 0, _rgb(theme.negative), _rgb(theme.positive))
    rgb = low + (high - low) * share
    rgb[~known] = _rgb(theme.raised)
    rgb[dead | (known & ~finite)] = _rgb(theme.warning)
    whole = rgb.round().astype(np.uint32)
    return np.asarray(0xFF000000 | (whole[:, 0] << 16) | (whole[:, 1] << 8) | whole[:, 2], dtype=np.uint32)


def _rgb(colour: str) -> Array:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)


def draw_pixels(painter: QPainter, target: QRectF, colours: NDArray[np.uint32], width: int, height: int) -> None:
    """Paint an image of `width` × `height` colours over `target`; smoothed only where it must shrink."""
    pixels = np.ascontiguousarray(colours)
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, height > target.height() or width > target.width())
    painter.drawImage(target, image.copy())   # the copy outlives the array on devices that paint later
