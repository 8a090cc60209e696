"""What numbers are called on paper: net_{h1}, w_5, W^{(1)}_{0,1}, ∂E/∂out_{o1}.

A name that ends in a number has it lowered; a parameter without a lesson's own name is an entry of its matrix.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nnviz.report.notation import Fraction, Notation, Row, Script, Sign

_NUMBERED = re.compile(r"([^\W\d_]+?)_?(\d+(?:_\d+)*|[₀-₉]+)")
_ENTRY = re.compile(r"([^\W\d_]+)(\d+)\[([\d,]+)\]")
_PIECE = re.compile(r"(.+)\[(\d+)\]")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def letter(text: str) -> Sign:
    """A single letter as a variable, a word as a word."""
    return Sign(text, "italic" if len(text) == 1 else "upright")


@lru_cache(maxsize=4096)
def flat(name: str) -> Notation:
    """A name as it stands below another: `h1` side by side, `h1,0` for a piece of a unit."""
    piece = _PIECE.fullmatch(name)
    if piece:
        return Row((flat(piece[1]), Sign(f",{piece[2]}", "number")))
    numbered = _NUMBERED.fullmatch(name)
    if numbered:
        return Row((letter(numbered[1]), Sign(numbered[2].translate(_LOWERED), "number")))
    return letter(name)


@lru_cache(maxsize=4096)
def named(name: str) -> Notation:
    """A name that stands for itself: i_1, w_5, x; an entry of a matrix W^{(1)}_{0,1}."""
    entry = _ENTRY.fullmatch(name)
    if entry:
        array = letter(entry[1])
        return Script(array, Sign(entry[3], "number"), Sign(f"({entry[2]})", "number"))
    numbered = _NUMBERED.fullmatch(name)
    if numbered:
        return Script(letter(numbered[1]), Sign(numbered[2].translate(_LOWERED), "number"))
    return letter(name)


@lru_cache(maxsize=4096)
def of(word: str, name: str) -> Notation:
    """A quantity of something: net_{h1}."""
    return Script(Sign(word, "italic"), flat(name))


def partial(above: Notation, below: Notation) -> Fraction:
    """∂above/∂below."""
    return Fraction(Row((Sign("∂"), above)), Row((Sign("∂"), below)))


def raised(base: Notation, text: str) -> Notation:
    """`base` with a sign raised, behind what is already raised there."""
    sign = Sign(text, "number")
    if not isinstance(base, Script):
        return Script(base, raised=sign)
    return Script(base.base, base.lowered, sign if base.raised is None else Row((base.raised, sign)))


TOTAL = Script(Sign("E"), Sign("total", "upright"))
