"""What of a formula stays while it is computed anew: everything but its numbers.

After a step of training the same formulas stand there with other digits.  Two formulas of one shape are typeset alike
but for these, so that only the digits need be set again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from nnviz.report.mathematics import (
    Cases,
    Constant,
    Formula,
    Function,
    Group,
    Known,
    Mathematics,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    shorter_inside,
    shown_terms,
)

Shape = list[object]


class Shaped(NamedTuple):
    """The shape of a formula, and the values of the numbers it shows, from left to right, without the result."""

    shape: Shape
    values: list[float]


def shaped(formula: Formula, longest: int | None = None) -> Shaped:
    """Takes the values out of a formula of whose sums at most `longest` terms are shown.

    A name as text stands for the sign as well: in one network, under one set of conventions, it has but one.
    """
    left = formula.left
    shape: Shape = [left.plain, left.quantity]
    values: list[float] = []
    right = formula.right
    if isinstance(right, Known | Constant):         # nothing is computed: the line of numbers is left out
        shape.append("given")
    else:
        _WALKS[type(right)](right, longest, shape, values)
    if formula.symbols is not None or not values:
        shape.append("symbols")
        _WALKS[type(formula.named)](formula.named, longest, shape, [])
    return Shaped(shape, values)


def _known(tree: Known, longest: int | None, shape: Shape, values: list[float]) -> None:
    shape += (tree.plain, tree.quantity)
    values.append(tree.value)


def _constant(tree: Constant, longest: int | None, shape: Shape, values: list[float]) -> None:
    shape += (tree.value, tree.text)


def _sum(tree: Sum, longest: int | None, shape: Shape, values: list[float]) -> None:
    begin, left_out, end = shown_terms(tree.terms, longest)
    if left_out:
        longest = shorter_inside(longest)
    shape += ("+", len(begin), left_out, len(end))
    for terms in (begin, end):
        for term in terms:
            _WALKS[type(term)](term, longest, shape, values)


def _parts(*names: str) -> Callable[[Any, int | None, Shape, list[float]], None]:
    def walk(tree: Any, longest: int | None, shape: Shape, values: list[float]) -> None:
        shape.append(type(tree))
        for name in names:
            part = getattr(tree, name)
            _WALKS[type(part)](part, longest, shape, values)

    return walk


def _product(tree: Product, longest: int | None, shape: Shape, values: list[float]) -> None:
    shape += ("·", len(tree.factors))
    for factor in tree.factors:
        _WALKS[type(factor)](factor, longest, shape, values)


def _function(tree: Function, longest: int | None, shape: Shape, values: list[float]) -> None:
    shape += (tree.name, len(tree.arguments))
    for argument in tree.arguments:
        _WALKS[type(argument)](argument, longest, shape, values)


def _cases(tree: Cases, longest: int | None, shape: Shape, values: list[float]) -> None:
    shape += ("if", tree.relation)
    for part in (tree.then, tree.compared, tree.limit, tree.otherwise):
        _WALKS[type(part)](part, longest, shape, values)


_WALKS: Mapping[type[Mathematics], Callable[[Any, int | None, Shape, list[float]], None]] = {
    Known: _known, Constant: _constant, Sum: _sum, Product: _product, Function: _function, Cases: _cases,
    Quotient: _parts("above", "below"), Power: _parts("base", "exponent"), Negative: _parts("inner"),
    Group: _parts("inner"),
}
