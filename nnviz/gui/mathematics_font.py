"""What a printer knows of the font that formulas are set in: how wide and how high each sign is, how far an exponent is
raised, how thick the bar of a fraction is, and which larger brackets there are.

All lengths are in ems, so they serve every size.  They come from the font's MATH table, which Qt does not hand on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from PySide6.QtGui import QFont, QGlyphRun, QRawFont, QTextLayout

from nnviz.gui.fonts import text_font
from nnviz.places import resource
from nnviz.report.notation import Style
from nnviz.report.numbers import MINUS

_REFERENCE = 1000.0         # pixels: the size at which signs are measured
_HINTING = QFont.HintingPreference.PreferVerticalHinting


class Glyph(NamedTuple):
    """A sign of the font: its number there, how far the next one stands, and the box of its ink around the baseline."""

    number: int
    advance: float
    left: float
    right: float
    above: float
    below: float


class Part(NamedTuple):
    """A piece that high brackets are put together from; an `extender` may be repeated."""

    glyph: Glyph
    length: float
    start: float
    end: float
    extender: bool


@dataclass(frozen=True)
class Constants:
    """Lengths in ems that hold for all formulas, named as in the MATH table of OpenType."""

    AxisHeight: float
    SubscriptShiftDown: float
    SubscriptTopMax: float
    SubscriptBaselineDropMin: float
    SuperscriptShiftUp: float
    SuperscriptBottomMin: float
    SuperscriptBaselineDropMax: float
    SubSuperscriptGapMin: float
    SpaceAfterScript: float
    UpperLimitGapMin: float
    UpperLimitBaselineRiseMin: float
    LowerLimitGapMin: float
    LowerLimitBaselineDropMin: float
    FractionNumeratorShiftUp: float
    FractionNumeratorDisplayStyleShiftUp: float
    FractionDenominatorShiftDown: float
    FractionDenominatorDisplayStyleShiftDown: float
    FractionNumeratorGapMin: float
    FractionRuleThickness: float
    OverbarVerticalGap: float
    OverbarRuleThickness: float
    RadicalVerticalGap: float
    RadicalRuleThickness: float
    RadicalExtraAscender: float
    AccentBaseHeight: float
    DisplayOperatorMinHeight: float
    MinConnectorOverlap: float


class MathematicsFont:
    """The bundled font of formulas. A QGuiApplication must exist."""

    def __init__(self) -> None:
        told = json.loads(resource("fonts/Mathematics.json").read_text("utf-8"))
        self._file = str(resource("fonts/Mathematics-Regular.otf"))
        self._units = float(told["units"])
        self._measured = QRawFont(self._file, _REFERENCE, QFont.HintingPreference.PreferNoHinting)
        self._told = told["stretched"]
        self._glyphs: dict[str, Glyph | None] = {}
        self._raw: dict[float, QRawFont] = {}
        self._stretched: dict[str, tuple[tuple[Glyph, ...], tuple[Part, ...]]] = {}
        self.constants = Constants(**{name: value / self._units for name, value in told["constants"].items()})
        self.leans: dict[str, float] = {sign: value / self._units for sign, value in told["leans"].items()}
        self.tops: dict[str, float] = {sign: value / self._units for sign, value in told["tops"].items()}

    def raw(self, size: float) -> QRawFont:
        """The font at `size` pixels."""
        found = self._raw.get(size)
        if found is None:
            found = self._raw[size] = QRawFont(self._file, size, _HINTING)
        return found

    def glyph(self, sign: str) -> Glyph | None:
        """A character's sign; None where the font has none."""
        if sign in self._glyphs:
            return self._glyphs[sign]
        found: Glyph | None = None
        if self._measured.supportsCharacter(ord(sign)):
            index = self._measured.glyphIndexesForString(sign)[0]
            advance = self._measured.advancesForGlyphIndexes([index])[0].x() / _REFERENCE
            box = self._measured.boundingRect(index)
            found = Glyph(index, advance, box.left() / _REFERENCE, box.right() / _REFERENCE,
                          -box.top() / _REFERENCE, box.bottom() / _REFERENCE)
        self._glyphs[sign] = found
        return found

    def stretched(self, sign: str) -> tuple[tuple[Glyph, ...], tuple[Part, ...]]:
        """The sizes that a bracket, radical or sum comes in, smallest first, and the parts of still larger ones."""
        found = self._stretched.get(sign)
        if found is None:
            told = self._told[sign]
            sizes = tuple(glyph for name, _ in told["sizes"] if (glyph := self.glyph(name)) is not None)
            parts = tuple(
                Part(glyph, length / self._units, start / self._units, end / self._units, extender)
                for name, length, start, end, extender in told["parts"] if (glyph := self.glyph(name)) is not None)
            found = self._stretched[sign] = sizes, parts
        return found


@cache
def mathematics_font() -> MathematicsFont:
    """The one font of formulas."""
    return MathematicsFont()


def _alphabet(*ranges: tuple[str, str, int]) -> dict[int, int]:
    """From letters `first` to `last` to those from code `start` on."""
    return {code: start + code - ord(first) for first, last, start in ranges
            for code in range(ord(first), ord(last) + 1)}


# Letters in formulas have codes of their own. The ∂ of a derivative is curved in every style, as printers have it.
_MINUS = {ord("-"): ord(MINUS)}
_CURVED = {ord("∂"): 0x1D715}
_STYLES: dict[Style, dict[int, int]] = {
    "italic": _alphabet(("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("α", "ω", 0x1D6FC)) | {ord("h"): 0x210E} | _CURVED,
    "bold": _alphabet(("A", "Z", 0x1D400), ("a", "z", 0x1D41A), ("α", "ω", 0x1D6C2), ("Α", "Ω", 0x1D6A8)) | _CURVED,
    "upright": _CURVED,
    "number": _MINUS,
    "operator": _MINUS | {ord("·"): ord("⋅")},
}


@lru_cache(4096)
def styled(text: str, style: Style) -> str:
    """`text` in the letters of a style, as characters of the font.

    >>> styled("x2", "italic") == "\\U0001d4652", styled("net", "upright"), styled("-", "operator") == MINUS
    (True, 'net', True)
    """
    return text.translate(_STYLES[style])


class Foreign(NamedTuple):
    """Text of which the font of formulas lacks a sign, as other fonts write it; lengths in pixels."""

    runs: tuple[QGlyphRun, ...]
    width: float
    above: float
    below: float


@lru_cache(512)
def foreign(text: str, size: float) -> Foreign:
    """A unit's name in Chinese, an emoji: as the fonts of this system write it, `size` pixels large."""
    font = text_font()
    font.setPixelSize(max(1, round(size)))
    layout = QTextLayout(text, font)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    if not line.isValid():
        return Foreign((), 0.0, 0.0, 0.0)
    runs = []
    for run in layout.glyphRuns():
        moved = [place - line.position() for place in run.positions()]
        for place in moved:
            place.setY(place.y() - line.ascent())
        run.setPositions(moved)
        runs.append(run)
    return Foreign(tuple(runs), line.naturalTextWidth(), 0.75 * size, 0.2 * size)
