"""A printer's boxes: each has a width, a height above and a depth below its baseline, and holds ink or smaller boxes.

Whatever a formula is made of becomes such a box; where a box is put is decided by the one around it.  Lengths are in
pixels, y grows downwards, and 0 is the baseline.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from nnviz.gui.mathematics_font import Foreign, Glyph, foreign, mathematics_font, styled
from nnviz.report.notation import Elision, Sign, Style
from nnviz.report.quantities import Quantity


class Ink(NamedTuple):
    """Signs of the font of formulas at one size: their numbers, and how far each stands from the beginning."""

    size: float
    indexes: tuple[int, ...]
    places: tuple[float, ...]


class Rule(NamedTuple):
    """A filled bar; a `crisp` one is put on whole pixels."""

    width: float
    height: float
    crisp: bool = True


class Box:
    """A box of a formula, which with a `quantity` stands for that number; an `elision` tells what is left out."""

    __slots__ = ("above", "below", "elision", "lean", "muted", "number", "parts", "quantity", "width")

    def __init__(
        self, width: float, above: float, below: float, parts: tuple[Placed, ...],
        quantity: Quantity | None = None, lean: float = 0.0,
    ) -> None:
        self.width, self.above, self.below, self.parts, self.quantity = width, above, below, parts, quantity
        self.lean = lean            # how far a slanted last letter leans out of the box at its top
        self.elision: Elision | None = None
        self.muted = False          # in the second colour of text
        self.number: Sign | None = None     # whose digits these are, where they may be set again

    def standing_for(self, quantity: Quantity | None) -> Box:
        """The same box, as that number."""
        if quantity is None:
            return self
        box = Box(self.width, self.above, self.below, self.parts, quantity, self.lean)
        box.number = self.number
        return box

    def moved(self, down: float) -> Box:
        """The same, lower on its baseline."""
        return Box(self.width, self.above - down, self.below + down, ((0.0, down, self),), None, self.lean)


Placed = tuple[float, float, Ink | Rule | Foreign | Box]        # how far right, how far down, and what

EMPTY = Box(0.0, 0.0, 0.0, ())


SHORT = 2                                   # so many characters are set as they are: the parts of ½, an exponent
DIGIT_ABOVE, DIGIT_BELOW = 0.694, 0.02      # ems: of every longer number, so that no digit moves another


def digits_box(sign: Sign, size: float) -> Box:
    """The box of a number's sign that remembers whose it is."""
    box = text_box(sign.text, sign.style, size)
    above, below = max(box.above, DIGIT_ABOVE * size), max(box.below, DIGIT_BELOW * size)
    found = Box(box.width, above, below, box.parts, sign.quantity)      # without the lean of a 7
    found.number = sign
    return found


@lru_cache(8192)
def text_box(text: str, style: Style, size: float) -> Box:
    """Letters, digits or signs beside each other."""
    font = mathematics_font()
    signs = styled(text, style)
    glyphs = [font.glyph(sign) for sign in signs]
    if None in glyphs:
        found = foreign(text, size)
        return Box(found.width, found.above, found.below, ((0.0, 0.0, found),))
    indexes, places, x, above, below = [], [], 0.0, 0.0, 0.0
    for glyph in glyphs:
        assert glyph is not None
        indexes.append(glyph.number)
        places.append(x * size)
        x += glyph.advance
        above, below = max(above, glyph.above), max(below, glyph.below)
    lean = font.leans.get(signs[-1], 0.0) if signs else 0.0
    return Box(x * size, above * size, below * size, ((0.0, 0.0, Ink(size, tuple(indexes), tuple(places))),), None,
               lean * size)


def glyph_box(glyph: Glyph, size: float, down: float = 0.0) -> Box:
    """A single sign, moved down from its baseline."""
    ink = Ink(size, (glyph.number,), (0.0,))
    return Box(glyph.advance * size, glyph.above * size - down, glyph.below * size + down, ((0.0, down, ink),))


def beside(boxes: list[Box], gaps: list[float]) -> Box:
    """Boxes from left to right on one baseline; `gaps` lie before each, the first at the very left."""
    x = above = below = 0.0
    parts = []
    for box, gap in zip(boxes, gaps, strict=True):
        x += gap
        parts.append((x, 0.0, box))
        x += box.width
        above, below = max(above, box.above), max(below, box.below)
    return Box(x, above, below, tuple(parts), None, boxes[-1].lean if boxes else 0.0)


def below_each_other(lines: list[tuple[float, Box]], size: float) -> Box:
    """Lines, each so far from the left, on baselines below each other; the box's own is that of the first."""
    y, width, parts = 0.0, 0.0, []
    before: Box | None = None
    for left, line in lines:
        if before is not None:
            y += round(max(LINE_STEP * size, before.below + line.above + LINE_GAP * size))
        parts.append((left, y, line))
        width = max(width, left + line.width)
        before = line
    last = lines[-1][1]
    return Box(width, lines[0][1].above, y + last.below, tuple(parts))


LINE_STEP, LINE_GAP = 1.45, 0.44        # ems from baseline to baseline at least, and between two lines


def stretched(sign: str, height: float, size: float, axis: float, tolerance: float = 0.25) -> Box:
    """A bracket at least about as high as `height` pixels, in the middle of which is the axis of the formula."""
    sizes, parts = mathematics_font().stretched(sign)
    wanted = max(0.9 * height, height - tolerance * size)
    for glyph in sizes:
        if (glyph.above + glyph.below) * size >= wanted:
            return glyph_box(glyph, size, 0.5 * (glyph.above - glyph.below) * size - axis)
    if not parts:
        glyph = sizes[-1]
        return glyph_box(glyph, size, 0.5 * (glyph.above - glyph.below) * size - axis)
    return _assembled(sign, wanted, size, axis)


def _assembled(sign: str, wanted: float, size: float, axis: float) -> Box:
    """A bracket put together from parts, bottom to top, its extenders as often as needed and overlapping to fit."""
    font = mathematics_font()
    _, parts = font.stretched(sign)
    least = font.constants.MinConnectorOverlap
    fixed = sum(part.length for part in parts if not part.extender)
    grown = sum(part.length for part in parts if part.extender)
    extenders = sum(part.extender for part in parts)
    times = 0
    while True:
        chain = [part for part in parts for _ in range(times if part.extender else 1)]
        longest = fixed + times * grown - (len(chain) - 1) * least
        if longest * size >= wanted or times > 400 or not extenders:
            break
        times += 1
    joints = max(1, len(chain) - 1)
    overlap = least + max(0.0, longest - wanted / size) / joints
    overlap = min([overlap, *(min(one.end, other.start) for one, other in pairwise(chain))])
    overlap = max(overlap, least)
    length = sum(part.length for part in chain) - (len(chain) - 1) * overlap
    bottom = 0.5 * length * size - axis
    inks: list[Placed] = []
    y, width = bottom, 0.0
    for part in chain:
        glyph = part.glyph
        inks.append((0.0, y - glyph.below * size, Ink(size, (glyph.number,), (0.0,))))
        y -= (part.length - overlap) * size
        width = max(width, glyph.advance * size)
    return Box(width, length * size - bottom, bottom, tuple(inks))
