"""A formula as MathML, which browsers and word processors show and screen readers read out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from nnviz.report.notation import (
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
from nnviz.words import counted

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_PAIRS = {"()": ("(", ")"), "[]": ("[", "]"), "{}": ("{", "}"), "||": ("|", "|"), "{": ("{", ""),
          "(": ("(", ""), ")": ("", ")")}
_LARGE = {"Σ": "∑", "Π": "∏"}
_APPLIED = "<mo>&#x2061;</mo>"      # said, not shown: the function on its left is applied to what follows


def mathml(notation: Notation, then: Sequence[Notation] = ()) -> str:
    """A formula as a `math` element; further right sides `then` stand below it, equals sign below equals sign.

    >>> mathml(Sign("x")) == f'<math xmlns="{NAMESPACE}" display="block"><mi>x</mi></math>'
    True
    """
    if then:
        parts = notation.parts if isinstance(notation, Row) else (notation,)
        equals = next((place for place, part in enumerate(parts) if isinstance(part, Sign) and part.text == "="), None)
        left, right = (parts[:equals], parts[equals + 1 :]) if equals is not None else ((), parts)
        rows = [(_row(left), _row(right)), *(("", _written(side)) for side in then)]
        lines = "".join(f"<mtr><mtd>{left}</mtd><mtd><mo>=</mo></mtd><mtd>{right}</mtd></mtr>" for left, right in rows)
        inner = f'<mtable columnalign="right center left" displaystyle="true">{lines}</mtable>'
    else:
        inner = _written(notation)
    return f'<math xmlns="{NAMESPACE}" display="block">{inner}</math>'


def _written(notation: Notation) -> str:
    return _WRITERS[type(notation)](notation)


def _safe(text: str) -> str:
    """Text as XML takes it; what cannot be printed is left out, for XML has no way to say it."""
    return escape("".join(sign for sign in text if sign.isprintable()), quote=False)


def _sign(sign: Sign) -> str:
    plain = unfolded(sign)
    if plain is not sign:
        return _written(plain)
    text = _safe(sign.text)
    if sign.style == "number":
        return f"<mo>{text}</mo>" if text in ("\N{MINUS SIGN}", "-", "+") else f"<mn>{text}</mn>"
    if sign.style == "operator" or sign.text.strip() in (",", ";"):
        return f"<mo>{text.strip()}</mo>"
    if not sign.text.isalnum() and sign.text not in ("∂", "∇", "∞"):
        return f"<mo>{text}</mo>" if len(sign.text) == 1 else f"<mtext>{text}</mtext>"
    variant = {"bold": "bold", "upright": "normal" if len(sign.text) == 1 else "",
               "italic": "italic" if len(sign.text) > 1 else ""}[sign.style]
    return f'<mi mathvariant="{variant}">{text}</mi>' if variant else f"<mi>{text}</mi>"


def _row(parts: Sequence[Notation]) -> str:
    written = []
    for place, part in enumerate(parts):
        written.append(_written(part))
        if isinstance(part, Sign) and part.style == "upright" and part.text.isalpha() and (
                place + 1 < len(parts) and isinstance(parts[place + 1], Brackets)):
            written.append(_APPLIED)
    return f"<mrow>{''.join(written)}</mrow>"


def _script(script: Script) -> str:
    base = _written(script.base)
    if script.lowered is None:
        return base if script.raised is None else f"<msup>{base}{_written(script.raised)}</msup>"
    if script.raised is None:
        return f"<msub>{base}{_written(script.lowered)}</msub>"
    return f"<msubsup>{base}{_written(script.lowered)}{_written(script.raised)}</msubsup>"


def _brackets(brackets: Brackets) -> str:
    opening, closing = _PAIRS[brackets.kind]
    grid = brackets.inner if isinstance(brackets.inner, Grid) else None
    inner = _written(brackets.inner) if grid is None else _grid(grid, cases=brackets.kind == "{")
    end = f'<mo fence="true">{closing}</mo>' if closing else ""
    return f'<mrow><mo fence="true">{opening}</mo>{inner}{end}</mrow>'


def _grid(grid: Grid, cases: bool = False) -> str:
    rows = "".join("<mtr>" + "".join(f"<mtd>{_cell(cell)}</mtd>" for cell in cells) + "</mtr>" for cells in grid.rows)
    return f'<mtable columnalign="left">{rows}</mtable>' if cases else f"<mtable>{rows}</mtable>"


def _cell(cell: Notation) -> str:
    return f"<mo>{_safe(cell.text)}</mo>" if isinstance(cell, Elision) else _written(cell)


def _large(large: Large) -> str:
    sign = f'<mo largeop="true" movablelimits="false">{_safe(_LARGE.get(large.text, large.text))}</mo>'
    if large.below is None:
        return sign if large.above is None else f"<mover>{sign}{_written(large.above)}</mover>"
    if large.above is None:
        return f"<munder>{sign}{_written(large.below)}</munder>"
    return f"<munderover>{sign}{_written(large.below)}{_written(large.above)}</munderover>"


def _elision(elision: Elision) -> str:
    dots = f"<mo>{_safe(elision.text)}</mo>"
    told = _safe(counted(elision.count, "{count} more term", "{count} more terms"))
    return f"<mrow>{dots}<mtext>{told}</mtext>{dots}</mrow>"


def _accent(accent: Accent) -> str:
    mark = {"hat": "^", "bar": "¯"}[accent.mark]
    return f'<mover accent="true">{_written(accent.base)}<mo>{mark}</mo></mover>'


_WRITERS: dict[type, Callable[..., str]] = {
    Sign: _sign,
    Row: lambda row: _row(row.parts),
    Fraction: lambda fraction: f"<mfrac>{_written(fraction.above)}{_written(fraction.below)}</mfrac>",
    Script: _script,
    Accent: _accent,
    Brackets: _brackets,
    Radical: lambda radical: f"<msqrt>{_written(radical.inner)}</msqrt>",
    Large: _large,
    Grid: _grid,
    Elision: _elision,
}
