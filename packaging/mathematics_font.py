"""Makes the bundled mathematics font: of TeX Gyre Pagella Math the signs that formulas need, under a name of its own.

The MATH table of an OpenType font says how high brackets come, how thick the bar of a fraction is, and how far an
exponent is raised.  Qt does not hand that on, so what the window needs of it is written beside the font as JSON, and
the larger brackets, radicals and sums, which have no code of their own, get private ones.

    python packaging/mathematics_font.py texgyrepagella-math.otf resources/fonts

It needs fontTools, and is run again only to bring more signs along.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont

NAME = "nnviz Mathematics"
RANGES = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x3FF),                  # Latin and Greek letters, digits
    (0x1D400, 0x1D467),                                           # bold, italic and bold italic letters
    (0x1D6A4, 0x1D755),                                           # the same, Greek
)
SIGNS = "ℎ–—‘’“”•…′″‴⁄−∂∇∞∑∏√∝∈∉∘∙·×÷±∓≈≃≠≡≤≥≪≫←→↔⇒⇔↦⊙⊗⊕⊤⊥⋅⋯⋮⋱‖∣∥⌊⌋⌈⌉⟨⟩ˆˉ˜"
STRETCHED = "()[]{}|√∑∏"
CONSTANTS = (
    "AxisHeight", "SubscriptShiftDown", "SubscriptTopMax", "SubscriptBaselineDropMin", "SuperscriptShiftUp",
    "SuperscriptBottomMin", "SuperscriptBaselineDropMax", "SubSuperscriptGapMin", "SpaceAfterScript",
    "UpperLimitGapMin", "UpperLimitBaselineRiseMin", "LowerLimitGapMin", "LowerLimitBaselineDropMin",
    "FractionNumeratorShiftUp", "FractionNumeratorDisplayStyleShiftUp", "FractionDenominatorShiftDown",
    "FractionDenominatorDisplayStyleShiftDown", "FractionNumeratorGapMin", "FractionRuleThickness",
    "OverbarVerticalGap", "OverbarRuleThickness", "RadicalVerticalGap", "RadicalRuleThickness",
    "RadicalExtraAscender", "AccentBaseHeight", "DisplayOperatorMinHeight",
)
FIRST_PRIVATE = 0xE000


def main(source: str, folder: str) -> None:
    font = TTFont(source)
    math = font["MATH"].table
    codes: dict[int, str] = font.getBestCmap()
    kept = [code for first, last in RANGES for code in range(first, last + 1)] + [ord(sign) for sign in SIGNS]
    names = {glyph: chr(code) for code, glyph in sorted(codes.items(), reverse=True)}
    private: dict[str, str] = {}

    def sign_of(glyph: str) -> str:
        """The character that stands for a glyph, a private one where it has none."""
        if glyph not in names or ord(names[glyph]) not in kept:
            private.setdefault(glyph, chr(FIRST_PRIVATE + len(private)))
            return private[glyph]
        return names[glyph]

    variants = math.MathVariants
    stretched: dict[str, Any] = {}
    for sign in STRETCHED:
        construction = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(codes[ord(sign)])]
        sizes = [[sign_of(record.VariantGlyph), record.AdvanceMeasurement]
                 for record in construction.MathGlyphVariantRecord]
        parts = [] if construction.GlyphAssembly is None else [
            [sign_of(part.glyph), part.FullAdvance, part.StartConnectorLength, part.EndConnectorLength,
             bool(part.PartFlags & 1)]
            for part in construction.GlyphAssembly.PartRecords]
        stretched[sign] = {"sizes": sizes, "parts": parts}
    constants = {name: getattr(math.MathConstants, name) for name in CONSTANTS}
    found = {name: getattr(value, "Value", value) for name, value in constants.items()}
    found["MinConnectorOverlap"] = variants.MinConnectorOverlap
    info = math.MathGlyphInfo
    leans = {
        sign_of(glyph): value.Value
        for glyph, value in zip(info.MathItalicsCorrectionInfo.Coverage.glyphs,
                                info.MathItalicsCorrectionInfo.ItalicsCorrection, strict=True)
        if glyph in names and ord(names[glyph]) in kept}
    tops = {
        sign_of(glyph): value.Value
        for glyph, value in zip(info.MathTopAccentAttachment.TopAccentCoverage.glyphs,
                                info.MathTopAccentAttachment.TopAccentAttachment, strict=True)
        if glyph in names and ord(names[glyph]) in kept}

    for table in font["cmap"].tables:
        if table.isUnicode() and table.format in (4, 12):
            table.cmap.update({ord(sign): glyph for glyph, sign in private.items()})
    options = subset.Options(
        layout_features=[], name_IDs=[0, 3, 5, 7, 8, 9, 11, 13, 14], notdef_outline=True, glyph_names=False)
    options.drop_tables += ["MATH", "DSIG"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[*kept, *(ord(sign) for sign in private.values())])
    cutter.subset(font)
    for number, text in ((1, NAME), (2, "Regular"), (4, NAME), (6, NAME.replace(" ", ""))):
        font["name"].setName(text, number, 3, 1, 0x409)
    font["CFF "].cff.fontNames[0] = NAME.replace(" ", "")
    top = font["CFF "].cff.topDictIndex[0]
    top.FullName = top.FamilyName = NAME
    font.save(Path(folder) / "Mathematics-Regular.otf")
    told = {"units": font["head"].unitsPerEm, "constants": found, "stretched": stretched,
            "leans": dict(sorted(leans.items())), "tops": dict(sorted(tops.items()))}
    (Path(folder) / "Mathematics.json").write_text(
        json.dumps(told, ensure_ascii=True, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
