"""Sets a formula as a textbook does: letters, fractions, raised and lowered signs, sums, radicals, brackets, matrices.

`lay_out` turns a `Notation` into a `Layout` once; painting it is then a few calls.  What the rules say (how far an
exponent is raised, where a bar lies, which space an operator gets) is appendix G of The TeXbook with the lengths of the
font's MATH table.  A formula that is wider than its room is broken before its pluses, aligned behind the equals sign.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, inf
from typing import NamedTuple

from nnviz.gui.mathematics_font import mathematics_font
from nnviz.gui.translation import tr
from nnviz.gui.typesetting_boxes import (
    EMPTY,
    SHORT,
    Box,
    Placed,
    Rule,
    below_each_other,
    beside,
    digits_box,
    glyph_box,
    stretched,
    text_box,
)
from nnviz.gui.typesetting_layout import Layout, Place, Placing
from nnviz.report.notation import (
    SMALL,
    Accent,
    Brackets,
    Elision,
    Fraction,
    Grid,
    Large,
    Notation,
    Radical,
    Row,
    Script,
    Sign,
    unfolded,
)
from nnviz.report.numbers import MINUS, count

__all__ = ["Layout", "Place", "lay_out"]

Boxes = dict[tuple[int, float, int], tuple[Notation, Box]]

LEVELS = (1.0, 0.76, 0.62)      # sizes of the line, of what is raised or lowered, and of what is so again
INDENT = 1.6                    # ems: of lines that follow where there is no room behind the equals sign
WIDEST_LEFT = 0.38              # of the room: a wider left side stands on a line of its own
FULLEST = 0.35                  # of the room: a line is rather not broken before that
WIDEST_BRACKETS = 0.55          # of the room: wider ones are broken where the line is
OPERATOR = 1.6                  # ems that an operator at the start of a line takes
SMALLEST = 0.55                 # of its size: a formula that cannot be broken is made smaller, but not more than this

# How signs stand beside each other, as in The TeXbook, chapter 18; in ems.
ORDINARY, LARGE, BINARY, RELATION, OPEN, CLOSE, COMMA, INNER, WORD = range(9)
THIN, MEDIUM, THICK = 3 / 18, 4 / 18, 5 / 18
RELATIONS = frozenset(("=", "≈", "≠", "<", ">", "≤", "≥", "≪", "≫", "←", "→", "↦", "∈", "∝", "≡", "⇒", ":=", "≔"))
COMMAS = frozenset((",", ";", ":"))
TIGHT = frozenset(("·", "⋅", "/"))
SUMS = frozenset(("+", MINUS, "-", "±"))
_BRACKETS = {"()": ("(", ")"), "[]": ("[", "]"), "{}": ("{", "}"), "||": ("|", "|"), "{": ("{", ""),
             "(": ("(", ""), ")": ("", ")")}


class _Piece(NamedTuple):
    """A part of a row as it stands on a line; `depth` counts the brackets around it."""

    box: Box
    kind: int
    text: str = ""
    depth: int = 0


def lay_out(
    notation: Notation, size: float, room: float = inf, then: Sequence[Notation] = (), relation: str = "=",
    kept: Boxes | None = None,
) -> Layout:
    """Places `notation` in letters of `size` pixels.

    Where it is wider than `room` it is broken, and where it cannot be broken made smaller.  `then` are further right
    sides: each gets a line of its own, its `relation` below the first one of `notation`.
    `kept` has the boxes of an earlier layout with parts that are in this one too; an empty one is filled.
    """
    _made.clear()
    _made.update(kept or {})
    share = 1.0
    box, lines = _paragraph(notation, size, 0, room, then, relation)
    while box.width > room:
        share *= max(0.92, room / box.width) if share > SMALLEST else 0.98 * room / box.width
        box, lines = _paragraph(notation, size * share, 0, room, then, relation)
        if share < SMALLEST / 4:
            break
    if kept is not None and not kept:
        kept.update(_made)
    _made.clear()
    layout = Layout(ceil(box.width), 0.0, 0.0, size * share, lines=lines)
    if then:
        layout.width_of_others = max((x + line.width for x, _, line in box.parts[:-1] if isinstance(line, Box)),
                                     default=0.0)
    top = ceil(box.above) + 1
    Placing(layout).place(box, 0.0, float(top))
    layout.baseline = float(top)
    layout.height = float(top + ceil(box.below) + 1)
    return layout


# --- boxes of notation ----------------------------------------------------------------------------------------------


def _box(notation: Notation, size: float, level: int, room: float = inf) -> Box:
    """The box of a notation; `size` is that of the line, `level` how often it is raised or lowered."""
    key = (id(notation), size, level)
    known = _made.get(key)
    if known is None:
        known = _made[key] = notation, _BOXES[type(notation)](notation, size, level, inf)
    return known[1] if known[1].width <= room else _BOXES[type(notation)](notation, size, level, room)


# Boxes of the layout that is being made: to find a line's end, many are asked for several times. The notation is kept
# beside its box, so that no other gets its identity meanwhile.
_made: Boxes = {}


def _smaller(size: float, level: int) -> float:
    return size * LEVELS[min(level, 2)]


def _sign(sign: Sign, size: float, level: int, room: float) -> Box:
    if not SMALL.isdisjoint(sign.text):
        plain = unfolded(sign)
        if not isinstance(plain, Sign):
            return _box(plain, size, level)
    if sign.quantity is not None and sign.style == "number" and len(sign.text) > SHORT:
        return digits_box(sign, _smaller(size, level))
    return text_box(sign.text, sign.style, _smaller(size, level)).standing_for(sign.quantity)


def _row(row: Row, size: float, level: int, room: float) -> Box:
    pieces = _pieces(row, size, level, inf)
    return _joined(pieces, size, level).standing_for(row.quantity)


def _joined(pieces: list[_Piece], size: float, level: int) -> Box:
    if not pieces:
        return EMPTY
    gaps = _gaps(pieces, _smaller(size, level), level)
    return beside([piece.box for piece in pieces], gaps)


def _fraction(fraction: Fraction, size: float, level: int, room: float) -> Box:
    lengths, em = mathematics_font().constants, _smaller(size, level)
    plain = _is_short(fraction.above) and _is_short(fraction.below)
    inner = level + 1 if plain or level else 0
    pad = 0.12 * em
    above = _fitting(fraction.above, size, inner, room - 2 * pad)
    below = _fitting(fraction.below, size, inner, room - 2 * pad)
    axis, thick = lengths.AxisHeight * em, lengths.FractionRuleThickness * em
    gap = (lengths.FractionNumeratorGapMin if plain or level else 0.17) * em
    full = not plain and not level
    up = max((0.62 if full else lengths.FractionNumeratorShiftUp) * em, axis + thick / 2 + gap + above.below)
    down = max((0.6 if full else lengths.FractionDenominatorShiftDown) * em, thick / 2 + gap + below.above - axis)
    width = max(above.width + above.lean, below.width) + 2 * pad
    return Box(width, up + above.above, down + below.below, (
        ((width - above.width) / 2, -up, above),
        (0.04 * em, -axis - thick / 2, Rule(width - 0.08 * em, thick)),
        ((width - below.width) / 2, down, below),
    ))


def _is_short(notation: Notation) -> bool:
    """Whether it is a small number that belongs to the formula itself: the parts of ½."""
    return isinstance(notation, Sign) and notation.quantity is None and notation.style == "number" and (
        len(notation.text) <= 2)


def _script(script: Script, size: float, level: int, room: float) -> Box:
    lengths, em = mathematics_font().constants, _smaller(size, level)
    within = script.base
    if isinstance(within, Script):      # w₅ to the power of 2 has both on one sign
        if script.lowered is None and within.raised is None:
            script = Script(within.base, within.lowered, script.raised)
        elif script.raised is None and within.lowered is None:
            script = Script(within.base, script.lowered, within.raised)
    base = _box(script.base, size, level)
    left = room - base.width
    lowered = EMPTY if script.lowered is None else _fitting(script.lowered, size, level + 1, left)
    raised = EMPTY if script.raised is None else _fitting(script.raised, size, level + 1, left)
    is_sign = isinstance(script.base, Sign)
    up = lengths.SuperscriptShiftUp * em
    down = lengths.SubscriptShiftDown * em
    if not is_sign:
        up = max(up, base.above - lengths.SuperscriptBaselineDropMax * em)
        down = max(down, base.below + lengths.SubscriptBaselineDropMin * em)
    up = max(up, raised.below + lengths.SuperscriptBottomMin * em)
    down = max(down, lowered.above - lengths.SubscriptTopMax * em)
    if script.raised is not None and script.lowered is not None:
        down += max(0.0, lengths.SubSuperscriptGapMin * em - (up - raised.below) + (lowered.above - down))
    parts: list[Placed] = [(0.0, 0.0, base)]
    width, above, below = base.width, base.above, base.below
    if script.lowered is not None:
        parts.append((base.width, down, lowered))
        width, below = max(width, base.width + lowered.width), max(below, down + lowered.below)
    if script.raised is not None:
        shift = base.width + base.lean + 0.02 * em
        parts.append((shift, -up, raised))
        width, above = max(width, shift + raised.width), max(above, up + raised.above)
    return Box(width + lengths.SpaceAfterScript * em, above, below, tuple(parts))


def _accent(accent: Accent, size: float, level: int, room: float) -> Box:
    font, em = mathematics_font(), _smaller(size, level)
    base = _box(accent.base, size, level, room)
    if accent.mark == "bar":
        rise = base.above + 0.14 * em
        thick = font.constants.OverbarRuleThickness * em
        bar = Rule(base.width * 0.9 + base.lean, thick)
        return Box(base.width, rise + thick, base.below,
                   ((0.0, 0.0, base), (base.width * 0.05 + base.lean * 0.5, -rise - thick, bar)), None, base.lean)
    glyph = font.glyph("ˆ")
    assert glyph is not None
    middle = base.width / 2 + base.lean / 2
    rise = max(0.0, base.above - font.constants.AccentBaseHeight * em) + 0.03 * em
    hat = glyph_box(glyph, em)
    return Box(base.width, max(base.above, rise + hat.above), base.below, (
        (0.0, 0.0, base), (middle - (glyph.left + glyph.right) / 2 * em, -rise, hat)), None, base.lean)


def _brackets(brackets: Brackets, size: float, level: int, room: float) -> Box:
    opening, closing = _around(brackets, size, level, EMPTY)
    inner = _fitting(brackets.inner, size, level, room - opening.width - closing.width, cases=brackets.kind == "{")
    opening, closing = _around(brackets, size, level, inner)
    gap = 0.06 * _smaller(size, level) if isinstance(brackets.inner, Grid) else 0.0
    gaps = [0.0, gap, gap + min(inner.lean, 0.1 * size)]
    return beside([opening, inner, closing], gaps)


def _around(brackets: Brackets, size: float, level: int, inner: Box) -> tuple[Box, Box]:
    """The opening and the closing bracket, as high as what stands between them."""
    em = _smaller(size, level)
    axis = mathematics_font().constants.AxisHeight * em
    height = 2 * max(inner.above - axis, inner.below + axis)
    opening, closing = (stretched(sign, height, em, axis) if sign else EMPTY for sign in _BRACKETS[brackets.kind])
    return opening, closing


def _radical(radical: Radical, size: float, level: int, room: float) -> Box:
    lengths, em = mathematics_font().constants, _smaller(size, level)
    inner = _fitting(radical.inner, size, level, room - em)
    thick, gap = lengths.RadicalRuleThickness * em, lengths.RadicalVerticalGap * em
    height = inner.above + inner.below + gap + thick
    hook = stretched("√", height / 0.9, em, 0.0, 0.0)
    top = inner.above + gap + thick + max(0.0, hook.above + hook.below - height) / 2
    hook = hook.moved(hook.above - top)
    return Box(hook.width + inner.width + 0.06 * em, top + 0.06 * em, max(inner.below, hook.below), (
        (0.0, 0.0, hook),
        (hook.width - 0.03 * em, -top, Rule(inner.width + 0.07 * em, thick, crisp=False)),
        (hook.width, 0.0, inner)))


def _large(large: Large, size: float, level: int, room: float) -> Box:
    font, em = mathematics_font(), _smaller(size, level)
    lengths = font.constants
    sign = {"Σ": "∑", "Π": "∏"}.get(large.text, large.text)
    if sign in ("∑", "∏"):
        sizes, _ = font.stretched(sign)
        glyph = sizes[-1 if level == 0 else 0]
        share = 0.88 if level == 0 else 1.0
        body = glyph_box(glyph, em * share,
                         0.5 * (glyph.above - glyph.below) * em * share - lengths.AxisHeight * em)
    else:
        body = text_box(large.text, "upright", em)
    above = EMPTY if large.above is None else _box(large.above, size, level + 1)
    below = EMPTY if large.below is None else _box(large.below, size, level + 1)
    width = max(body.width, above.width, below.width)
    parts: list[Placed] = [((width - body.width) / 2, 0.0, body)]
    top, bottom = body.above, body.below
    if large.above is not None:
        rise = body.above + max(lengths.UpperLimitGapMin * em + above.below, lengths.UpperLimitBaselineRiseMin * em)
        parts.append(((width - above.width) / 2, -rise, above))
        top = rise + above.above
    if large.below is not None:
        least = 0.8 * lengths.LowerLimitBaselineDropMin * em
        drop = body.below + max(lengths.LowerLimitGapMin * em + below.above, least)
        parts.append(((width - below.width) / 2, drop, below))
        bottom = drop + below.below
    return Box(width, top, bottom, tuple(parts))


def _grid(grid: Grid, size: float, level: int, room: float, cases: bool = False) -> Box:
    em = _smaller(size, level)
    rows = [[_cell(cell, size, level) for cell in cells] for cells in grid.rows]
    columns = max((len(cells) for cells in rows), default=0)
    widths = [max((cells[column].width for cells in rows if column < len(cells)), default=0.0)
              for column in range(columns)]
    between = (0.9 if cases else 0.8) * em
    parts: list[Placed] = []
    y, before = 0.0, 0.0
    first_above = 0.0
    for number, cells in enumerate(rows):
        above = max([0.72 * em, *(cell.above for cell in cells)])
        below = max([0.22 * em, *(cell.below for cell in cells)])
        if number:
            y += before + above + 0.3 * em
        else:
            first_above = above
        x = 0.0
        for width, cell in zip(widths, cells, strict=False):
            parts.append((x + (0.0 if cases else (width - cell.width) / 2), y, cell))
            x += width + between
        before = below
    height = first_above + y + before
    width = sum(widths) + between * max(0, columns - 1)
    up = height / 2 + mathematics_font().constants.AxisHeight * em        # above the baseline: centred on the axis
    shift = first_above - up
    return Box(width, up, height - up, tuple((x, y + shift, part) for x, y, part in parts))


def _cell(notation: Notation, size: float, level: int) -> Box:
    if isinstance(notation, Elision):
        return _asked_for(text_box(notation.text, "operator", _smaller(size, level)), notation)
    return _box(notation, size, level)


def _elision(elision: Elision, size: float, level: int, room: float) -> Box:
    """What is left out, in words: everything in the second colour, for it is no part of the formula."""
    em = _smaller(size, level)
    words = tr("{count} more terms") if elision.count != 1 else tr("{count} more term")
    told = text_box(words.format(count=count(elision.count)), "upright", 0.82 * em)
    dots = text_box(elision.text, "operator", em)
    return _asked_for(beside([dots, told, dots], [0.0, 0.22 * em, 0.22 * em]), elision)


def _asked_for(box: Box, elision: Elision) -> Box:
    found = Box(box.width, box.above, box.below, box.parts)
    found.elision, found.muted = elision, True
    return found


_BOXES: dict[type, Callable[..., Box]] = {
    Sign: _sign, Row: _row, Fraction: _fraction, Script: _script, Accent: _accent, Brackets: _brackets,
    Radical: _radical, Large: _large, Grid: _grid, Elision: _elision,
}


def _fitting(notation: Notation, size: float, level: int, room: float, cases: bool = False) -> Box:
    """The box of a part; where it is wider than its room, on several lines if it can be broken."""
    if isinstance(notation, Grid):
        return _grid(notation, size, level, room, cases)
    box = _box(notation, size, level)
    if box.width <= room or room <= 4 * size:
        return box
    return _paragraph(notation, size, level, room, (), "")[0]


# --- rows and lines -------------------------------------------------------------------------------------------------


def _kind(notation: Notation) -> int:
    match notation:
        case Sign(text, style):
            if style == "operator" or text in RELATIONS:
                return RELATION if text in RELATIONS else COMMA if text in COMMAS else BINARY
            if text.strip() in COMMAS:
                return COMMA
            return WORD if style == "upright" and len(text) > 1 else ORDINARY
        case Fraction():
            return INNER
        case Large():
            return LARGE
        case Script(base):
            return LARGE if isinstance(base, Large) else ORDINARY
        case Row(parts) if len(parts) == 1:
            return _kind(parts[0])
    return ORDINARY


def _pieces(notation: Notation, size: float, level: int, room: float, depth: int = 0) -> list[_Piece]:
    """The parts of a row one after the other; those that are wider than `room` are taken apart as well."""
    if isinstance(notation, Row):
        found: list[_Piece] = []
        for part in notation.parts:
            if room < inf and isinstance(part, Row | Brackets) and _box(part, size, level).width > _whole(part, room):
                spread = _pieces(part, size, level, room, depth)
                if isinstance(part, Row) and part.quantity is not None:
                    spread = [piece._replace(box=piece.box.standing_for(piece.box.quantity or part.quantity))
                              for piece in spread]
                found += spread
            elif room < inf and isinstance(part, Row) and part.quantity is None and len(part.parts) > 1:
                found += _pieces(part, size, level, room, depth)      # a sum in a row is broken like the row itself
            elif isinstance(part, Sign) and _kind(part) == COMMA:
                bare = text_box(part.text.strip(), part.style, _smaller(size, level)).standing_for(part.quantity)
                found.append(_Piece(bare, _kind(part), part.text.strip(), depth))
            else:
                text = part.text if isinstance(part, Sign) else ""
                left = room - OPERATOR * size if found else room
                found.append(_Piece(_box(part, size, level, left), _kind(part), text, depth))
        return found
    if isinstance(notation, Brackets) and not isinstance(notation.inner, Grid) and room < inf:
        inner = notation.inner if isinstance(notation.inner, Row) else Row((notation.inner,))
        spread = _pieces(inner, size, level, room, depth + 1)
        high = _joined(spread, size, level)
        opening, closing = _around(notation, size, level, high)
        return [_Piece(opening, OPEN, "", depth + 1), *spread, _Piece(closing, CLOSE, "", depth + 1)]
    text = notation.text if isinstance(notation, Sign) else ""
    return [_Piece(_box(notation, size, level, room), _kind(notation), text, depth)]


def _whole(part: Row | Brackets, room: float) -> float:
    """How wide a part of a row may be that is not taken apart: brackets are broken rather than left alone on a line."""
    return WIDEST_BRACKETS * room if isinstance(part, Brackets) else room


def _gaps(pieces: Sequence[_Piece], em: float, level: int) -> list[float]:
    """The space before each piece. An operator with nothing to its left is a sign of what follows, and stands close."""
    gaps = [0.0]
    left = _effective(None, pieces[0])
    for before, piece in pairwise(pieces):
        right = _effective(left, piece)
        gaps.append(_gap(left, right, before.text, piece.text, level) * em)
        left = right
    return gaps


def _effective(left: int | None, piece: _Piece) -> int:
    if piece.kind == BINARY and left in (None, BINARY, RELATION, OPEN, COMMA, LARGE):
        return ORDINARY
    return piece.kind


def _gap(left: int, right: int, before: str, after: str, level: int) -> float:
    if level:
        return 0.05 if RELATION in (left, right) or left == COMMA else 0.0
    if RELATION in (left, right):
        return 0.0 if left == right or right in (COMMA,) else THICK
    if BINARY in (left, right):
        return THIN if (after if right == BINARY else before) in TIGHT else MEDIUM
    if left == COMMA:
        return THICK
    if right in (COMMA, CLOSE) or left == OPEN:
        return 0.0
    if left == LARGE or right == LARGE:
        return THIN
    if left == WORD:
        return THIN if right in (ORDINARY, WORD, INNER) and after not in ("′",) else 0.0
    if right == WORD:
        return THIN if left in (ORDINARY, CLOSE, INNER) else 0.0
    if INNER in (left, right):
        return THIN * 0.6
    return 0.0


def _paragraph(
    notation: Notation, size: float, level: int, room: float, then: Sequence[Notation], relation: str,
) -> tuple[Box, int]:
    """The box of a formula with its further right sides, broken into lines where it is too wide; and how many."""
    em = _smaller(size, level)
    first = _pieces(notation, size, level, inf)
    if not then:
        box = _joined(first, size, level)
        quantity = notation.quantity if isinstance(notation, Row) else None
        if box.width <= room:
            return box.standing_for(quantity), 1
    sign = _Piece(text_box(relation, "operator", em), RELATION, relation)
    head = next((place for place, piece in enumerate(first) if piece.kind == RELATION and piece.depth == 0), None)
    if head is None or level:
        left, rights = [], [_spread(notation, size, level, room)]
        aligned = behind = 0.0
    else:
        left = first[:head]
        aligned = _joined(left, size, level).width + (THICK * em if left else 0.0)
        behind = aligned + first[head].box.width + THICK * em
        if behind > max(WIDEST_LEFT * room, 3.2 * em) and room < inf:
            aligned, behind = (INDENT - 1.0) * em, (INDENT - 1.0) * em + first[head].box.width + THICK * em
        rights = []
        for number, right in enumerate((_after(notation, head), *then)):
            whole = _pieces(right, size, level, inf)
            if behind + _joined(whole, size, level).width > room:
                whole = _spread(right, size, level, room - behind)
            rights.append([first[head] if number == 0 else sign, *whole])
    lines: list[tuple[float, Box]] = []
    if left:
        width = _joined(left, size, level).width
        if width + THICK * em > aligned:        # the left side has a line of its own
            wide = left if width <= room else _spread(_before(notation, head or 0), size, level, room)
            lines += _broken(wide, em, level, room, 0.0, INDENT * em, INDENT * em)
            left = []
    for number, pieces in enumerate(rights):
        if number == 0 and left:
            lines += _broken([*left, *pieces], em, level, room, 0.0, aligned, behind, len(left) + 1)
        else:
            lines += _broken(pieces, em, level, room, aligned, aligned, behind)
    return below_each_other(lines, em), len(lines)


def _spread(notation: Notation, size: float, level: int, room: float) -> list[_Piece]:
    return _pieces(notation if isinstance(notation, Row) else Row((notation,)), size, level, room)


def _after(notation: Notation, head: int) -> Row:
    assert isinstance(notation, Row)
    return Row(notation.parts[head + 1 :])


def _before(notation: Notation, head: int) -> Row:
    assert isinstance(notation, Row)
    return Row(notation.parts[:head])


def _broken(
    pieces: list[_Piece], em: float, level: int, room: float, begin: float, aligned: float, behind: float,
    kept: int = 0,
) -> list[tuple[float, Box]]:
    """The lines of a row: the first begins at `begin`, others at `aligned` before a relation, else at `behind`.

    The first `kept` pieces stay together.
    """
    lines: list[tuple[float, Box]] = []
    left, start = begin, 0
    while start < len(pieces):
        last, wide = start, left          # no more than these can stand on the line, and one that does not
        while last < len(pieces) and wide <= room:
            wide += pieces[last].box.width
            last += 1
        rest = pieces[start:last]
        gaps = _gaps(rest, em, level)
        if start and rest[0].kind == BINARY and len(rest) > 1:     # it is still an operator, at the start of a line
            gaps[1] = (THIN if rest[0].text in TIGHT else MEDIUM) * em
        x, end = left, 0
        ends = []
        for piece, gap in zip(rest, gaps, strict=True):
            x += gap + piece.box.width
            ends.append(x)
        while end < len(rest) and ends[end] <= room:
            end += 1
        if end < len(rest):
            end = _best_break(rest, ends, end, room, 0 if start else kept)
        taken = rest[:end]
        lines.append((left, beside([piece.box for piece in taken], gaps[:end])))
        start += end
        if start < len(pieces):
            left = aligned if pieces[start].kind == RELATION and pieces[start].depth == 0 else behind
    return lines


def _best_break(rest: list[_Piece], ends: list[float], overflow: int, room: float, kept: int) -> int:
    """Before which piece to break, where number `overflow` does not fit: at a loose place, and not too early."""
    candidates = []
    for place in range(max(1, kept), min(overflow, len(rest) - 1) + 1):
        piece, before = rest[place], rest[place - 1]
        if before.kind in (RELATION, OPEN) or (place == 1 and piece.kind != RELATION and rest[0].kind == BINARY):
            continue
        if piece.kind == RELATION:
            tightness = 0.0
        elif piece.kind == BINARY and before.kind not in (BINARY, COMMA):
            tightness = 1.0 if piece.text in SUMS else 2.5
        elif before.kind == COMMA:
            tightness = 2.0
        else:
            continue
        early = max(0.0, 1.0 - ends[place - 1] / (FULLEST * room))
        candidates.append((tightness + 2.0 * (piece.depth + early), -place))
    if candidates:
        return -min(candidates)[1]
    return max(1, overflow)
