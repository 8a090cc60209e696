"""What is drawn of the numbers that activations learn: boxes like those of biases, in the colour of their gradients."""

from __future__ import annotations

from math import isfinite

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from nnviz.gui import ink
from nnviz.gui.bias_layout import NOTE, BiasLayout
from nnviz.gui.colour_scale import NEUTRAL, WARNING
from nnviz.gui.columns import Whole
from nnviz.gui.drawing import Slopes
from nnviz.gui.edges import draw_biases, width_bins, width_steps
from nnviz.gui.ink import draw_text, mix
from nnviz.gui.slope_places import DIGITS, slope_places
from nnviz.gui.thumbnail_marks import ThumbnailMarks
from nnviz.report.elements import Alpha
from nnviz.report.numbers import short
from nnviz.words import lettered

SIGN = "α"
OUTLINED = 5.0                    # pixels; a smaller dot has no outline


class SlopeMarks(ThumbnailMarks):
    """The part of a painting that stands for what activations learn."""

    def _slope_edges(self) -> None:
        """Short lines from the boxes to their units, as wide as |α| is large, in the colour of its gradient."""
        for slopes, place, _ in self._placed():
            if not len(place.lines):
                continue
            widths = tuple(max(1.0, 0.5 * width) for width in width_steps(1))
            magnitudes = np.abs(slopes.values)
            full = float(magnitudes[np.isfinite(magnitudes)].max(initial=0.0)) or 1.0
            draw_biases(self.painter, place.lines, self._slope_bins(slopes),
                        width_bins(magnitudes, full, len(widths) - 1), widths, self.theme, self.style,
                        (self.zoom, self.transform.dx, self.transform.dy))

    def _slopes(self) -> None:
        """The boxes with their names and values, or dots, or a thin strip beside a strip of units."""
        for slopes, place, number in self._placed():
            colours = [self.colours[shade] for shade in self._slope_bins(slopes).tolist()]
            if place.strip:
                self._slope_strip(place, colours)
                continue
            for unit, centre in enumerate(place.centres.tolist()):
                self._slope(slopes, Alpha(number, unit), place, self.transform.point(*centre), colours[unit])

    def _placed(self) -> list[tuple[Slopes, BiasLayout, int]]:
        places = slope_places(self.drawing, self.layout)
        return [(column.slopes, place, number)
                for number, (column, place) in enumerate(zip(self.drawing.columns, places, strict=True))
                if column.slopes is not None and place is not None]

    def _slope_bins(self, slopes: Slopes) -> Whole:
        """The colour bin of every number."""
        bins = self.scale.bins(np.abs(slopes.gradients)).astype(np.intp)
        bins[~slopes.known] = NEUTRAL
        bins[slopes.known & ~np.isfinite(slopes.gradients)] = WARNING
        return bins

    def _slope_strip(self, place: BiasLayout, colours: list[QColor]) -> None:
        wide = place.half_width * self.zoom
        x, top = self.transform.point(float(place.centres[0, 0]), float(place.centres[0, 1]) - place.half_height)
        _, bottom = self.transform.point(0.0, float(place.centres[-1, 1]) + place.half_height)
        ink.draw_pixels(self.painter, QRectF(x - wide, top, 2 * wide, bottom - top),
                        np.array([colour.rgb() for colour in colours], dtype=np.uint32), 1, len(colours))

    def _slope(
        self, slopes: Slopes, element: Alpha, place: BiasLayout, at: tuple[float, float], colour: QColor
    ) -> None:
        (x, y), unit, theme = at, element.unit, self.theme
        wide, high = place.half_width * self.zoom, place.half_height * self.zoom
        if not -2 * high < y < self.layout.height + 2 * high:
            return
        pixels, value = int(min(NOTE * self.em, (place.text or 0.0) * self.zoom)), float(slopes.values[unit])
        written = pixels >= ink.LEAST_TEXT
        box = QRectF(x - wide, y - high, 2 * wide, 2 * high)
        if not written:
            self._slope_dot(element, box, colour)
            return
        self._node(element, box, min(0.3 * self.em, 0.5 * high), mix(theme.canvas, theme.raised, 0.9))
        bar = max(1.5, 0.16 * high)
        self.painter.fillRect(QRectF(x - wide + 0.3 * high, y + high - 1.6 * bar, 2 * wide - 0.6 * high, bar), colour)
        label, frozen = slopes.labels.get(unit, lettered(SIGN)), bool(slopes.frozen[unit])
        lock = 0.75 * pixels if frozen else 0.0
        for digits in range(min(DIGITS, self.options.digits), 0, -1):
            number = short(value, digits)
            size = ink.fitting_size(f"{label} {number}", pixels, 2 * wide - 0.5 * pixels - lock, 0.7 * pixels)
            if size is not None:
                draw_text(self.painter, x - 0.5 * lock, y - 0.5 * bar, f"{label} {number}", size,
                          QColor(theme.ink if isfinite(value) else theme.warning))
                self.shown.add(element, label, number)
                break
        if frozen:
            ink.draw_padlock(self.painter, x + wide - 0.62 * pixels, y, 0.78 * pixels, QColor(theme.muted))

    def _slope_dot(self, element: Alpha, box: QRectF, colour: QColor) -> None:
        """A number without room for text: its colour, with an outline where that leaves something of it."""
        inset = 1.0 if box.width() > OUTLINED else 0.0
        if inset or self._light(element) is not None:
            self._node(element, box, 0.25 * box.width(), colour)
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self.painter.fillRect(box.adjusted(inset, inset, -inset, -inset), colour)
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
