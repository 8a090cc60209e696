"""A formula that is placed: runs of glyphs, bars, and where its numbers stand, so that painting it is a few calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QGlyphRun, QPainter

from nnviz.gui.mathematics_font import mathematics_font
from nnviz.gui.typesetting_boxes import Box, Ink, Rule
from nnviz.report.notation import Elision
from nnviz.report.quantities import Quantity


class Place(NamedTuple):
    """Where something stands that can be pointed at: a number with its quantity, or what can be asked for."""

    rectangle: QRectF
    quantity: Quantity | None
    elision: Elision | None


class Digits(NamedTuple):
    """Where a number's digits are: from which glyph of which run on, where they begin, and which place is theirs."""

    run: int
    first: int
    x: float
    y: float
    size: float
    place: int | None


@dataclass
class Layout:
    """A formula that is placed: runs of glyphs, bars, and the rectangles of its numbers, in the order of reading.

    Coordinates are pixels from the top left; `baseline` is that of the first line.
    """

    width: float
    height: float
    baseline: float
    size: float
    runs: list[tuple[QPointF, QGlyphRun, bool]] = field(default_factory=list)      # where, what, in the second colour
    rules: list[QRectF] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    lines: int = 1
    glyphs: list[tuple[list[int], list[QPointF]]] = field(default_factory=list)     # of the last of `runs`
    width_of_others: float = 0.0        # how wide the lines before the last right side are
    digits: dict[int, Digits] = field(default_factory=dict)         # by the identity of the number's sign

    def place_at(self, x: float, y: float, reach: float = 2.0) -> Place | None:
        """The number or elision at (x, y): of several that lie in each other the smallest."""
        point = QPointF(x, y)
        hit = [place for place in self.places
               if place.rectangle.adjusted(-reach, -reach, reach, reach).contains(point)]
        return min(hit, key=lambda place: place.rectangle.width() * place.rectangle.height()) if hit else None

    def paint(self, painter: QPainter, x: float, y: float, ink: QColor, muted: QColor) -> None:
        """Paints the formula with its top left at (x, y), whole pixels."""
        origin = QPointF(x, y)
        painter.setPen(ink)
        for place, run, second in self.runs:
            if second:
                painter.setPen(muted)
                painter.drawGlyphRun(origin + place, run)
                painter.setPen(ink)
            else:
                painter.drawGlyphRun(origin + place, run)
        for rule in self.rules:
            painter.fillRect(rule.translated(origin), ink)


class Placing:
    """Puts boxes in their places, and gathers the glyphs of each size on each line into one run."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._gathered: dict[tuple[float, bool], tuple[list[int], list[QPointF]]] = {}

    def place(self, box: Box, x: float, y: float) -> None:
        self._walk(box, x, y, False)
        font = mathematics_font()
        for (size, muted), (indexes, places) in self._gathered.items():
            run = QGlyphRun()
            run.setRawFont(font.raw(size))
            run.setGlyphIndexes(indexes)
            run.setPositions(places)
            self._layout.runs.append((QPointF(), run, muted))
            self._layout.glyphs.append((indexes, places))

    def _walk(self, box: Box, x: float, y: float, muted: bool) -> None:
        if box.quantity is not None or box.elision is not None:
            self._layout.places.append(
                Place(QRectF(x, y - box.above, box.width, box.above + box.below), box.quantity, box.elision))
        if box.number is not None:
            self._remember(box, x, y, muted)
        muted = muted or box.muted
        for dx, dy, part in box.parts:
            if isinstance(part, Box):
                self._walk(part, x + dx, y + dy, muted)
            elif isinstance(part, Ink):
                indexes, places = self._gathered.setdefault((part.size, muted), ([], []))
                indexes += part.indexes
                left, baseline = x + dx, y + dy
                places += [QPointF(left + place, baseline) for place in part.places]
            elif isinstance(part, Rule):
                top, height = y + dy, part.height
                if part.crisp:
                    top, height = round(top), max(1, round(height))
                self._layout.rules.append(QRectF(x + dx, top, part.width, height))
            else:
                self._layout.runs += [(QPointF(x + dx, y + dy), run, muted) for run in part.runs]

    def _remember(self, box: Box, x: float, y: float, muted: bool) -> None:
        """Where the digits of a number are going to be; not where its letters are of another font."""
        ink = box.parts[0][2]
        if isinstance(ink, Ink):
            indexes, _ = self._gathered.setdefault((ink.size, muted), ([], []))
            run = list(self._gathered).index((ink.size, muted))
            place = None if box.quantity is None else len(self._layout.places) - 1
            self._layout.digits[id(box.number)] = Digits(run, len(indexes), x, y, ink.size, place)
