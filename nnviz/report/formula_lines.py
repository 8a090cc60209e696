"""A formula in three lines, as on a blackboard: with its names, with the numbers in their places, and worked out."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nnviz.report.latex import latex
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
    in_numbers,
    in_symbols,
    notation_in_numbers,
    notation_in_symbols,
    operator,
)
from nnviz.report.mathml import mathml
from nnviz.report.notation import Notation, Row, Sign
from nnviz.report.numbers import full, short, typeset
from nnviz.report.quantities import Quantity
from nnviz.words import counted


def three_lines(formula: Formula, digits: int, longest: int | None = None) -> tuple[Notation, tuple[Notation, ...]]:
    """`left = right` with names, and what stands behind the equals signs below it: the numbers, and the result in full.

    Numbers have `digits` significant digits; of sums of more than `longest` terms the middle is left out.
    """
    first, result = named_line(formula, longest), Sign(result_text(formula), "number", formula.left.quantity)
    if is_given(formula):
        return first, (result,)
    return first, (notation_in_numbers(formula.right, digits, longest), result)


def named_line(formula: Formula, longest: int | None = None) -> Notation:
    """`left = right` with names."""
    left = Row((formula.left.sign,), formula.left.quantity)
    return Row((left, operator("="), notation_in_symbols(formula.named, longest)))


def is_given(formula: Formula) -> bool:
    """Whether nothing is computed: the number itself is the result, and has no line of numbers before it."""
    return isinstance(formula.right, Known | Constant)


def result_text(formula: Formula) -> str:
    """What is computed, with every digit; ∞ and NaN as in the line above it."""
    value = formula.left.value
    return typeset(full(value)) if math.isfinite(value) else short(value)


def as_text(formula: Formula, longest: int | None = None) -> str:
    """The three lines as plain text, with every digit; of sums of more than `longest` terms the middle is left out."""
    lines = [f"{formula.left.plain} = {in_symbols(_shortened(formula.named, longest))}"]
    if not isinstance(formula.right, Known | Constant):
        lines.append(f"= {in_numbers(_shortened(formula.right, longest))}")
    return "\n".join([*lines, f"= {full(formula.left.value)}"])


def _shortened(tree: Mathematics, longest: int | None) -> Mathematics:
    """The same with a remark in the place of the terms that are left out."""
    if longest is None:
        return tree
    match tree:
        case Sum(terms) if len(terms) > max(longest, 3):
            left_out = len(terms) - longest
            remark = Constant(0.0, counted(left_out, "… {count} more term …", "… {count} more terms …"))
            kept = (*terms[: longest - 1], remark, terms[len(terms) - 1])
            return Sum(tuple(_shortened(term, longest) for term in kept))
        case Sum(terms):
            return Sum(tuple(_shortened(term, longest) for term in terms))
        case Product(factors):
            return Product(tuple(_shortened(factor, longest) for factor in factors))
        case Quotient(above, below):
            return Quotient(_shortened(above, longest), _shortened(below, longest))
        case Negative(inner):
            return Negative(_shortened(inner, longest))
        case Group(inner):
            return Group(_shortened(inner, longest))
        case Function(name, arguments):
            return Function(name, tuple(_shortened(argument, longest) for argument in arguments))
    return tree


def as_latex(formula: Formula, digits: int, longest: int | None = None) -> str:
    """The three lines as LaTeX."""
    return latex(*three_lines(formula, digits, longest))


def as_mathml(formula: Formula, digits: int, longest: int | None = None) -> str:
    """The three lines as MathML."""
    return mathml(*three_lines(formula, digits, longest))


def known_in(formula: Formula, quantity: Quantity) -> Known | None:
    """The number of a formula that is of `quantity`, with its name; None where it has none."""
    if formula.left.quantity == quantity:
        return formula.left
    found = (leaf for tree in (formula.right, formula.named) for leaf in _leaves(tree) if leaf.quantity == quantity)
    return next(found, None)


def _leaves(tree: Mathematics) -> Iterator[Known]:
    match tree:
        case Known():
            yield tree
        case Sum(parts) | Product(parts) | Function(_, parts):
            for part in parts:
                yield from _leaves(part)
        case Quotient(one, other) | Power(one, other):
            yield from _leaves(one)
            yield from _leaves(other)
        case Negative(inner) | Group(inner):
            yield from _leaves(inner)
        case Cases(then, compared, _, limit, otherwise):
            for part in (then, compared, limit, otherwise):
                yield from _leaves(part)
