"""The tables of activations, losses and optimisers write each formula once, as text; here it is read into a tree.

`max({alpha}·{net}, {net})` is a product and a net input under a maximum, whatever is put in for the fields in braces.
Letters are looked up like fields, so `o - t` is read too.  What is written is for the eye: `2(o - t)` is a product,
`tanh²x` the square of tanh x.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal

from nnviz.report.mathematics import (
    FUNCTIONS,
    Cases,
    Constant,
    Function,
    Mathematics,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
)

Values = Mapping[str, Mathematics | tuple[Mathematics, ...]]
Build = Callable[[Values], Mathematics]
Relation = Literal[">", "≥"]

_TOKEN = re.compile(r"\s*(\{\w+\}|\d+(?:\.\d+)?|[A-Za-zͰ-Ͽ]+(?:\u0302|[₀-₉])*|\S)")
_HALF, _TWO = Constant(0.5, "½"), Constant(2.0)
_FUNCTIONS = {**{name: name for name in FUNCTIONS}, "s": "sigmoid"}
_SIGNS = "+-·/^²)],|>≥"


class TemplateError(ValueError):
    """A table has a formula that cannot be read: a mistake in the program."""


def read(template: str, values: Values) -> Mathematics:
    """The tree of `template` with `values` for its fields and letters; a tuple of them are several arguments."""
    return _builder(template)(values)


@lru_cache(maxsize=256)
def _builder(template: str) -> Build:
    return _Reader(template).whole()


class _Reader:
    """Reads a template from left to right, into a function from the values to the tree."""

    def __init__(self, template: str) -> None:
        self._template = template
        self._tokens = [*_TOKEN.findall(template), ""]
        self._at = 0

    def whole(self) -> Build:
        found = self._cases()
        if self._next:
            raise self._refuse()
        return found

    @property
    def _next(self) -> str:
        return str(self._tokens[self._at])

    def _take(self, *tokens: str) -> str:
        token = self._next
        if token not in tokens:
            return ""
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._refuse()

    def _refuse(self) -> TemplateError:
        return TemplateError(f"cannot read {self._template!r} at {self._next!r}")

    def _cases(self) -> Build:
        then = self._sum()
        if not self._take("if"):
            return then
        compared, relation = self._sum(), self._take(">", "≥")
        limit = self._sum()
        self._expect("else")
        otherwise = self._sum()
        kind: Relation = ">" if relation == ">" else "≥"
        return lambda values: Cases(then(values), compared(values), kind, limit(values), otherwise(values))

    def _sum(self) -> Build:
        terms = [self._signed()]
        while sign := self._take("+", "-"):
            term = self._product()
            terms.append(_negated(term) if sign == "-" else term)
        return terms[0] if len(terms) == 1 else lambda values: Sum(tuple(term(values) for term in terms))

    def _signed(self) -> Build:
        return _negated(self._product()) if self._take("-") else self._product()

    def _product(self) -> Build:
        """Factors with · between, or side by side; a division is by what follows next."""
        factors, result = [self._power()], None
        while True:
            if self._take("/"):
                above, below = result or _product_of(factors), self._power()
                result, factors = _quotient(above, below), []
            elif self._take("·") or (self._next and self._next not in _SIGNS and self._next not in ("if", "else")):
                if result is not None:
                    factors, result = [result], None
                factors.append(self._power())
            else:
                return result or _product_of(factors)

    def _power(self) -> Build:
        base = self._atom()
        if self._take("²"):
            return lambda values: Power(base(values), _TWO)
        if self._take("^"):
            exponent = self._exponent()
            return lambda values: _raised(base(values), exponent(values))
        return base

    def _exponent(self) -> Build:
        return _negated(self._atom()) if self._take("-") else self._atom()

    def _atom(self) -> Build:
        token = self._next
        self._at += 1
        if token == "(":
            inner = self._cases()
            self._expect(")")
            return inner
        if token == "|":
            inner = self._sum()
            self._expect("|")
            return lambda values: Function("abs", (inner(values),))
        if token == "½":
            return lambda values: _HALF
        if token == "√":
            root = self._atom()
            return lambda values: Function("sqrt", (root(values),))
        if token[:1].isdigit():
            number = Constant(float(token))
            return lambda values: number
        if token in _FUNCTIONS and (token != "s" or self._next == "("):
            return self._function(_FUNCTIONS[token])
        if token == "e" and self._next == "^":
            self._at += 1
            exponent = self._exponent()
            return lambda values: Function("exp", (exponent(values),))
        name = token[1:-1] if token.startswith("{") else token
        if not name or name in _SIGNS:
            self._at -= 1
            raise self._refuse()
        return lambda values: _one(values[name])

    def _function(self, name: str) -> Build:
        """A function of what stands in brackets, or of the one name behind it; its square is written `tanh²x`."""
        squared = self._take("²")
        if not self._take("("):
            inner = self._atom()
            arguments: list[Build] = [inner]
        else:
            arguments = []
            if self._next.startswith("{") and self._tokens[self._at + 1] == ")":
                field = self._next[1:-1]
                self._at += 2
                return lambda values: Function(name, _several(values[field]))
            arguments.append(self._cases())
            while self._take(","):
                arguments.append(self._cases())
            self._expect(")")

        def build(values: Values) -> Mathematics:
            found = Function(name, tuple(argument(values) for argument in arguments))
            return Power(found, _TWO) if squared else found

        return build


def _negated(part: Build) -> Build:
    return lambda values: Negative(part(values))


def _product_of(factors: list[Build]) -> Build:
    return factors[0] if len(factors) == 1 else lambda values: Product(tuple(factor(values) for factor in factors))


def _quotient(above: Build, below: Build) -> Build:
    return lambda values: Quotient(above(values), below(values))


def _raised(base: Mathematics, exponent: Mathematics) -> Mathematics:
    return Power(base, exponent)


def _one(value: Mathematics | tuple[Mathematics, ...]) -> Mathematics:
    assert not isinstance(value, tuple)
    return value


def _several(value: Mathematics | tuple[Mathematics, ...]) -> tuple[Mathematics, ...]:
    return value if isinstance(value, tuple) else (value,)
