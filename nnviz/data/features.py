"""A network sees only what it is given: x² or sin x as an input of its own lets a small network do a large one's work.

An engineered input is a short formula of the data set's own inputs, `x1`, `x2`, ...; the first two are also `x` and
`y`.  There are numbers, `pi` and `e`, + - * / ^, brackets and the functions of `FUNCTIONS`; products may be written
`x1*x2` or `x1·x2`, powers `x^2` or `x²`.  Formulas are read here and nothing of them is ever run as a program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import Refused, did_you_mean
from nnviz.words import tr

Array = NDArray[np.float64]
Formula = Callable[[Array], Array]    # (examples, inputs) to (examples,)

LONGEST = 200       # characters of a formula
DEEPEST = 30        # brackets, signs and powers inside one another

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "tanh": np.tanh, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "abs": np.abs, "sign": np.sign,
}  # fmt: skip
CONSTANTS = {"pi": np.pi, "π": np.pi, "e": np.e}
_OPERATIONS: dict[str, Callable[[Array, Array], Array]] = {
    "+": np.add, "-": np.subtract, "−": np.subtract, "*": np.multiply, "·": np.multiply, "×": np.multiply,
    "/": np.divide, "^": np.power, "**": np.power,
}  # fmt: skip
_RAISED = {"²": 2.0, "³": 3.0}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-zπ_]\w*)|(?P<sign>\*\*|[-+−*·×/^()²³]))",
    re.ASCII,
)


def variables(inputs: int) -> dict[str, int]:
    """What the inputs of a data set are called in formulas, and their columns.

    >>> variables(2)
    {'x1': 0, 'x2': 1, 'x': 0, 'y': 1}
    """
    names = {f"x{column + 1}": column for column in range(inputs)}
    return {**names, **{name: column for column, name in enumerate("xy"[:inputs])}}


def read_feature(text: str, inputs: int) -> Formula:
    """The function that `text` says, of a data set with so many inputs; `Refused` points at the character.

    >>> read_feature("x1^2 + y", 2)(np.array([[3.0, 1.0]])).tolist()
    [10.0]
    """
    if len(text) > LONGEST:
        raise Refused(tr("a formula has at most {most} characters").format(most=LONGEST))
    return _Reader(text, variables(inputs)).whole()


def engineer(texts: Sequence[str], raw: Array) -> Array:
    """The engineered inputs (examples, features) of a data set's own (examples, inputs)."""
    with np.errstate(all="ignore"):
        return np.column_stack([read_feature(text, raw.shape[1])(raw) for text in texts])


def split_features(text: str) -> list[str]:
    """Formulas out of a line of them, with commas or semicolons between.

    >>> split_features("x1, x2; sin(x1) ,")
    ['x1', 'x2', 'sin(x1)']
    """
    return [part.strip() for part in re.split("[,;]", text) if part.strip()]


@dataclass(frozen=True)
class _Token:
    kind: str       # number, name, sign or end
    text: str
    place: int      # of its first character, from 0


class _Reader:
    """Reads a formula from left to right: sums of products of signed powers, the powers from the right."""

    def __init__(self, text: str, columns: dict[str, int]) -> None:
        self._text, self._columns = text, columns
        self._tokens = self._cut()
        self._at = 0
        self._depth = 0

    def whole(self) -> Formula:
        formula = self._sum()
        left = self._next
        if left.kind != "end":
            closing = left.text == ")"
            raise self._refuse(tr("a bracket closes that was never opened") if closing
                               else tr("an operation such as + or * is missing before {text!r}"), left)
        return formula

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *signs: str) -> str:
        """The next sign where it is one of `signs`, which is then done with; "" otherwise."""
        if self._next.kind != "sign" or self._next.text not in signs:
            return ""
        self._at += 1
        return self._tokens[self._at - 1].text

    def _cut(self) -> list[_Token]:
        tokens: list[_Token] = []
        place, end = 0, len(self._text.rstrip())
        while place < end:
            found = _TOKEN.match(self._text, place)
            if found is None:
                place += len(self._text[place:]) - len(self._text[place:].lstrip())
                raise self._refuse(tr("{text!r} means nothing in a formula"), _Token("", self._text[place], place))
            kind = str(found.lastgroup)
            tokens.append(_Token(kind, found[kind], found.start(kind)))
            place = found.end()
        return [*tokens, _Token("end", "", end)]

    def _sum(self) -> Formula:
        return self._chain(self._product, "+", "-", "−")

    def _product(self) -> Formula:
        return self._chain(self._signed, "*", "·", "×", "/")

    def _chain(self, part: Callable[[], Formula], *signs: str) -> Formula:
        formula = part()
        while sign := self._take(*signs):
            formula = _joined(_OPERATIONS[sign], formula, part())
        return formula

    def _signed(self) -> Formula:
        sign = self._take("-", "−", "+")
        if not sign:
            return self._power()
        inner = self._deeper(self._signed)
        return inner if sign == "+" else lambda raw: -inner(raw)

    def _power(self) -> Formula:
        formula = self._atom()
        while raised := self._take(*_RAISED):
            formula = _joined(np.power, formula, _constant(_RAISED[raised]))
        if self._take("^", "**"):
            formula = _joined(np.power, formula, self._deeper(self._signed))
        return formula

    def _deeper(self, part: Callable[[], Formula]) -> Formula:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._refuse(tr("too much lies inside one another"), self._next)
        formula = part()
        self._depth -= 1
        return formula

    def _atom(self) -> Formula:
        token = self._next
        if token.kind == "end":
            raise self._refuse(tr("something is missing at the end") if self._text.strip()
                               else tr("a formula is missing"), token)
        self._at += 1
        if token.kind == "number":
            return _constant(float(token.text))
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            return self._bracket(token)
        raise self._refuse(tr("a number or a name is missing before {text!r}"), token)

    def _bracket(self, opening: _Token) -> Formula:
        formula = self._deeper(self._sum)
        if not self._take(")"):
            raise self._refuse(tr("the bracket that opens here is never closed"), opening)
        return formula

    def _named(self, token: _Token) -> Formula:
        if token.text in FUNCTIONS:
            opening = self._next
            if not self._take("("):
                raise self._refuse(tr("write {text}(...), with brackets"), token)
            inner, function = self._bracket(opening), FUNCTIONS[token.text]
            return lambda raw: function(inner(raw))
        if token.text in self._columns:
            column = self._columns[token.text]
            return lambda raw: raw[:, column]
        if token.text in CONSTANTS:
            return _constant(CONSTANTS[token.text])
        known = [*list(self._columns)[:12], *FUNCTIONS, *CONSTANTS]
        raise self._refuse(tr("unknown name {text!r}"), token, did_you_mean(token.text, known))

    def _refuse(self, what: str, token: _Token, hint: str = "") -> Refused:
        said = tr("{formula!r}, character {place}: {what}")
        return Refused(
            said.format(formula=self._text, place=token.place + 1, what=what.format(text=token.text)), hint=hint)


def _constant(value: float) -> Formula:
    return lambda raw: np.full(len(raw), value)


def _joined(operation: Callable[[Array, Array], Array], first: Formula, second: Formula) -> Formula:
    return lambda raw: operation(first(raw), second(raw))
