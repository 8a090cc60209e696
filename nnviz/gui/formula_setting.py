"""A formula whose digits alone have changed is not set anew: its layout is taken again, with other digits in it.

What is kept is found by the formula's shape (`report/formula_shape.py`) and by how its numbers look but for their
digits, which are all equally wide; so a step of training sets no formula twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from PySide6.QtCore import QPointF, QRectF

from nnviz.gui.mathematics_font import mathematics_font, styled
from nnviz.gui.typesetting import Boxes, lay_out
from nnviz.gui.typesetting_boxes import SHORT, Ink, text_box
from nnviz.gui.typesetting_layout import Digits, Layout
from nnviz.report.formula_lines import is_given, named_line, result_text
from nnviz.report.formula_shape import Shape, shaped
from nnviz.report.mathematics import Formula, notation_of_numbers, number_text
from nnviz.report.notation import Notation, Sign

KINDS, LOOKS = 256, 24      # so many formulas are kept, and of each so many layouts of differently long numbers
_ALIKE = str.maketrans("123456789", "000000000")
_NO_DIGITS = str.maketrans("", "", "0123456789")


@dataclass
class _Laid:
    """A layout with what is written in it now."""

    layout: Layout
    digits: list[Digits]
    texts: list[str]
    result: Digits | None
    result_text: str
    others: float               # how wide the lines without the result are

    def write(self, texts: list[str], result: str, size: float, room: float) -> bool:
        """Puts other digits in their places; False where these are others as well."""
        if result != self.result_text and not self._write_result(result, size, room):
            return False
        runs = set() if result == self.result_text or self.result is None else {self.result.run}
        for place, (text, before) in enumerate(zip(texts, self.texts, strict=True)):
            if text != before:
                at = self.digits[place]
                self.layout.glyphs[at.run][0][at.first : at.first + len(text)] = _glyphs(text)
                runs.add(at.run)
        behind = len(self.layout.runs) - len(self.layout.glyphs)       # runs of other fonts come first
        for run in runs:
            self.layout.runs[behind + run][1].setGlyphIndexes(self.layout.glyphs[run][0])
        self.texts, self.result_text = texts, result
        return True

    def _write_result(self, text: str, size: float, room: float) -> bool:
        """The result stands alone behind the last equals sign: it may be longer or shorter than it was."""
        at = self.result
        if at is None:
            return False
        indexes, places = self.layout.glyphs[at.run]
        length = len(self.result_text)
        if len(text) == length:
            indexes[at.first : at.first + length] = _glyphs(text)
            return True
        box = text_box(text, "number", at.size)
        ink = box.parts[0][2]
        beside = at.first > 0 and places[at.first - 1].y() == at.y
        if (not isinstance(ink, Ink) or not beside or at.first + length != len(indexes)
                or at.x + box.width > room or self.layout.size != size):
            return False
        indexes[at.first :] = ink.indexes
        places[at.first :] = [QPointF(at.x + place, at.y) for place in ink.places]
        behind = len(self.layout.runs) - len(self.layout.glyphs)
        run = self.layout.runs[behind + at.run][1]
        run.setGlyphIndexes(indexes)
        run.setPositions(places)
        self.layout.width = ceil(max(self.others, at.x + box.width))
        if at.place is not None:
            place = self.layout.places[at.place]
            self.layout.places[at.place] = place._replace(rectangle=QRectF(
                at.x, place.rectangle.y(), box.width, place.rectangle.height()))
        return True


@dataclass
class _Kind:
    """All formulas of one shape."""

    shape: Shape
    named: Notation
    boxes: Boxes = field(default_factory=dict)
    laid: dict[tuple[str, ...], _Laid] = field(default_factory=dict)


class Setting:
    """Sets the formulas of one card, and remembers how: a layout belongs to its place until it is asked for again."""

    def __init__(self) -> None:
        self._under: tuple[object, ...] = ()
        self._kinds: dict[tuple[int, str, str, int | None], _Kind] = {}

    def under(self, *what: object) -> None:
        """Forgets everything where what all formulas depend on is another: the names, the size, the room."""
        if len(what) != len(self._under) or any(
                new is not old and new != old for new, old in zip(what, self._under, strict=True)):
            self._under = what
            self._kinds.clear()

    def lay_out(
        self, place: int, formula: Formula, digits: int, longest: int | None, size: float, room: float,
    ) -> Layout:
        """The three lines of formula number `place` of the card."""
        key = place, formula.title, formula.left.plain, longest
        shape, values = shaped(formula, longest)
        kind = self._kinds.get(key)
        if kind is None or kind.shape != shape:
            if len(self._kinds) >= KINDS:
                self._kinds.clear()
            kind = self._kinds[key] = _Kind(shape, named_line(formula, longest))
        texts, result = [number_text(value, digits) for value in values], result_text(formula)
        look = _look(texts, result)
        laid = kind.laid.get(look)
        if laid is not None and laid.write(texts, result, size, room):
            return laid.layout
        return _set(kind, look, formula, digits, longest, size, room)


def _set(
    kind: _Kind, look: tuple[str, ...], formula: Formula, digits: int, longest: int | None, size: float, room: float,
) -> Layout:
    """Sets a formula anew, and keeps how, where its digits can be told apart from everything else."""
    result = Sign(result_text(formula), "number", formula.left.quantity)
    signs: Sequence[Sign] = ()
    then: tuple[Notation, ...] = (result,)
    if not is_given(formula):
        numbers, signs = notation_of_numbers(formula.right, digits, longest)
        then = numbers, result
    layout = lay_out(kind.named, size, room, then, kept=kind.boxes)
    found = [layout.digits.get(id(sign), _NOWHERE if len(sign.text) <= SHORT else None) for sign in signs]
    told = [at for at in found if at is not None]
    texts = [sign.text for sign in signs]
    if len(told) == len(found) and look == _look(texts, result.text):
        if len(kind.laid) >= LOOKS:
            kind.laid.clear()
        kind.laid[look] = _Laid(
            layout, told, texts, layout.digits.get(id(result)), result.text, layout.width_of_others)
    return layout


_NOWHERE = Digits(0, 0, 0.0, 0.0, 0.0, None)        # of a number that is set as it is


def _look(texts: list[str], result: str) -> tuple[str, ...]:
    """What of the numbers decides where everything stands."""
    return (*[text if len(text) <= SHORT else text.translate(_ALIKE) for text in texts],
            result if len(result) <= SHORT else result.translate(_NO_DIGITS))


def _glyphs(text: str) -> list[int]:
    return [_GLYPHS[character] for character in text]


class _Glyphs(dict[str, int]):
    """The font's numbers of the signs that numbers are written with."""

    def __missing__(self, character: str) -> int:
        glyph = mathematics_font().glyph(styled(character, "number"))
        assert glyph is not None       # else the number would have been set in another font, and not be kept
        self[character] = glyph.number
        return glyph.number


_GLYPHS = _Glyphs()
