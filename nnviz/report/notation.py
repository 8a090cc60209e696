"""How a formula looks on paper: letters, fractions, raised and lowered signs, sums, brackets, matrices.

A `Notation` is a tree of such parts and says nothing of what it means (`report/mathematics.py` does).  The window
typesets it, the clipboard gets it as LaTeX or MathML.  Whatever stands for a number carries its `Quantity`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from nnviz.report.quantities import Quantity

Style = Literal["italic", "upright", "bold", "number", "operator"]
BracketKind = Literal["()", "[]", "{}", "||", "{", "(", ")"]


@dataclass(frozen=True)
class Sign:
    """Letters, digits or an operator that stand beside each other: `x`, `net`, `0.25`, `+`.

    Operators bring their own space; italics are for variables, upright letters for words and functions.
    """

    text: str
    style: Style = "italic"
    quantity: Quantity | None = None


@dataclass(frozen=True)
class Row:
    """Parts from left to right on one line. With a `quantity` the whole of it stands for that number."""

    parts: tuple[Notation, ...]
    quantity: Quantity | None = None


@dataclass(frozen=True)
class Fraction:
    above: Notation
    below: Notation


@dataclass(frozen=True)
class Script:
    """`base` with something lowered or raised behind it."""

    base: Notation
    lowered: Notation | None = None
    raised: Notation | None = None


@dataclass(frozen=True)
class Accent:
    """`base` under a hat or a bar."""

    base: Notation
    mark: Literal["hat", "bar"]


@dataclass(frozen=True)
class Brackets:
    """`inner` between brackets as high as it is; `{` has a brace on its left alone, for a choice of cases.

    `(` and `)` are one of a pair whose other one stands elsewhere: in another column of a grid.
    """

    inner: Notation
    kind: BracketKind = "()"


@dataclass(frozen=True)
class Radical:
    inner: Notation


@dataclass(frozen=True)
class Large:
    """A large operator, Σ or Π, with what stands below and above it."""

    text: str
    below: Notation | None = None
    above: Notation | None = None


@dataclass(frozen=True)
class Grid:
    """Rows and columns without brackets: the inside of a matrix, or the cases of a choice."""

    rows: tuple[tuple[Notation, ...], ...]


@dataclass(frozen=True)
class Elision:
    """So many terms (or rows, columns) that are left out here, and can be asked for."""

    count: int
    text: str = "⋯"


Notation = Sign | Row | Fraction | Script | Accent | Brackets | Radical | Large | Grid | Elision


def row(*parts: Notation, quantity: Quantity | None = None) -> Row:
    """Parts beside each other."""
    return Row(parts, quantity)


_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+−aehijklmnoprstuvx")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀⁿ", "0123456789+−Tn")
SMALL = frozenset(map(chr, _LOWERED | _RAISED))         # letters and digits that are lowered or raised by themselves
_BASE_AND_REST = re.compile(f"([^{''.join(map(chr, _LOWERED | _RAISED))}]+)([{''.join(map(chr, _LOWERED))}]*)"
                            f"([{''.join(map(chr, _RAISED))}]*)")


@lru_cache(1024)
def unfolded(sign: Sign) -> Notation:
    """A sign whose text has small letters or digits of its own, `β₁`, with these lowered or raised; else the sign.

    >>> unfolded(Sign("β₁")) == Script(Sign("β"), Sign("1", "number")), unfolded(Sign("x")) == Sign("x")
    (True, True)
    """
    found = _BASE_AND_REST.fullmatch(sign.text)
    if found is None or not (found[2] or found[3]):
        return sign
    small = [Sign(text, "number" if text.isdigit() else sign.style) if text else None
             for text in (found[2].translate(_LOWERED), found[3].translate(_RAISED))]
    script = Script(Sign(found[1], sign.style), *small)
    return script if sign.quantity is None else Row((script,), sign.quantity)
