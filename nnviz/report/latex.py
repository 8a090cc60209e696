"""A formula as LaTeX, to be put between dollar signs or into an `equation`; it needs amsmath and nothing else.

What LaTeX reads as a command is escaped, so that a unit may be called `a_1 & {b}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

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
from nnviz.report.numbers import MINUS
from nnviz.words import counted

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}
_SIGNS = {sign: f"\\{name}" for sign, name in _GREEK.items()} | {
    MINUS: "-", "·": r"\cdot", "⋅": r"\cdot", "×": r"\times", "⊙": r"\odot", "∘": r"\circ", "±": r"\pm",
    "≈": r"\approx", "≠": r"\ne", "≤": r"\le", "≥": r"\ge", "≪": r"\ll", "≫": r"\gg", "→": r"\to", "←": r"\leftarrow",
    "↦": r"\mapsto", "⇒": r"\Rightarrow", "∈": r"\in", "∝": r"\propto", "≡": r"\equiv", "∂": r"\partial",
    "∇": r"\nabla", "∞": r"\infty", "⋯": r"\cdots", "…": r"\dots", "⋮": r"\vdots", "⋱": r"\ddots", "⊤": r"\top",
    "′": r"\prime", "√": r"\surd", "∑": r"\sum", "∏": r"\prod",
}
_ESCAPED = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}", "&": r"\&", "%": r"\%", "#": r"\#", "$": r"\$", "<": r"\textless{}",
    ">": r"\textgreater{}", MINUS: "-",
}
_FUNCTIONS = frozenset(("log", "exp", "sin", "cos", "tan", "tanh", "max", "min"))
_LARGE = {"Σ": r"\sum", "Π": r"\prod", "∑": r"\sum", "∏": r"\prod"}
_PAIRS = {"()": ("(", ")"), "[]": ("[", "]"), "{}": (r"\{", r"\}"), "||": ("|", "|"), "{": (r"\{", "."),
          "(": ("(", "."), ")": (".", ")")}
_MATRICES = {"()": "pmatrix", "[]": "bmatrix", "{}": "Bmatrix", "||": "vmatrix", "{": "cases"}
_WORD = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_SCIENTIFIC = re.compile(rf"([{MINUS}-]?[0-9.]+)e([{MINUS}+-]?)0*([0-9]+)", re.ASCII)


def latex(notation: Notation, then: Sequence[Notation] = ()) -> str:
    """A formula as LaTeX; further right sides `then` stand below it, equals sign below equals sign.

    >>> latex(Fraction(Sign("1", "number"), Script(Sign("w"), Sign("5", "number"))))
    '\\\\frac{1}{w_{5}}'
    """
    if not then:
        return _written(notation)
    parts = notation.parts if isinstance(notation, Row) else (notation,)
    equals = next((place for place, part in enumerate(parts) if isinstance(part, Sign) and part.text == "="), None)
    left, right = (parts[:equals], parts[equals + 1 :]) if equals is not None else ((), parts)
    lines = [f"{_joined(left)} &= {_joined(right)}", *(f"&= {_written(side)}" for side in then)]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _written(notation: Notation) -> str:
    return _WRITERS[type(notation)](notation)


def _joined(parts: Sequence[Notation]) -> str:
    return " ".join(_written(part) for part in parts)


def _text(text: str) -> str:
    """Words and names, with what LaTeX would read as a command escaped."""
    return r"\text{" + "".join(_ESCAPED.get(sign, sign) for sign in text if sign.isprintable()) + "}"


def _sign(sign: Sign) -> str:
    plain = unfolded(sign)
    if plain is not sign:
        return _written(plain)
    text, bare = sign.text, sign.text.strip()
    if text in _SIGNS:
        if sign.style == "bold":
            return rf"\boldsymbol{{{_SIGNS[text]}}}"
        return _SIGNS[text]
    if sign.style == "number":
        return _number(text)
    if bare in (",", ";"):
        return bare + r"\;"
    if sign.style == "operator":
        return text if len(text) == 1 and text in "+-=<>/*:!|" else _text(text)
    if not _WORD.fullmatch(text):
        return _text(text)
    if sign.style == "upright":
        return rf"\{text}" if text in _FUNCTIONS else rf"\mathrm{{{text}}}"
    if sign.style == "bold":
        return rf"\mathbf{{{text}}}"
    return text if len(text) == 1 else rf"\mathit{{{text}}}"


def _number(text: str) -> str:
    found = _SCIENTIFIC.fullmatch(text)
    if found:
        mantissa, sign, exponent = found.groups()
        power = ("-" if sign in (MINUS, "-") else "") + exponent
        return rf"{mantissa.replace(MINUS, '-')} \cdot 10^{{{power}}}"
    plain = text.replace(MINUS, "-")
    if re.fullmatch(r"[-+]?[0-9.]+|[-+]", plain, re.ASCII):
        return plain
    if plain.lstrip("-") in ("∞", "inf"):
        return plain.replace("∞", "inf").replace("inf", r"\infty")
    return _text(text)


def _script(script: Script) -> str:
    base = _written(script.base)
    if not isinstance(script.base, Sign | Large):
        base = f"{{{base}}}"
    lowered = "" if script.lowered is None else f"_{{{_written(script.lowered)}}}"
    raised = "" if script.raised is None else f"^{{{_written(script.raised)}}}"
    return base + lowered + raised


def _brackets(brackets: Brackets) -> str:
    if isinstance(brackets.inner, Grid):
        return _environment(_MATRICES[brackets.kind], brackets.inner)
    opening, closing = _PAIRS[brackets.kind]
    return rf"\left{opening} {_written(brackets.inner)} \right{closing}"


def _environment(name: str, grid: Grid) -> str:
    rows = (" & ".join(_cell(cell) for cell in cells) for cells in grid.rows)
    return rf"\begin{{{name}}} " + r" \\ ".join(rows) + rf" \end{{{name}}}"


def _cell(cell: Notation) -> str:
    return _SIGNS.get(cell.text, _text(cell.text)) if isinstance(cell, Elision) else _written(cell)


def _large(large: Large) -> str:
    below = "" if large.below is None else f"_{{{_written(large.below)}}}"
    above = "" if large.above is None else f"^{{{_written(large.above)}}}"
    return _LARGE.get(large.text, rf"\operatorname*{{{_sign(Sign(large.text, 'upright'))}}}") + below + above


def _elision(elision: Elision) -> str:
    dots = _SIGNS.get(elision.text, _text(elision.text))
    told = _text(counted(elision.count, "{count} more term", "{count} more terms"))
    return rf"{dots} {told} {dots}"


_WRITERS: dict[type, Callable[..., str]] = {
    Sign: _sign,
    Row: lambda row: _joined(row.parts),
    Fraction: lambda fraction: rf"\frac{{{_written(fraction.above)}}}{{{_written(fraction.below)}}}",
    Script: _script,
    Accent: lambda accent: rf"\{'hat' if accent.mark == 'hat' else 'bar'}{{{_written(accent.base)}}}",
    Brackets: _brackets,
    Radical: lambda radical: rf"\sqrt{{{_written(radical.inner)}}}",
    Large: _large,
    Grid: lambda grid: _environment("matrix", grid),
    Elision: _elision,
}
