"""A slide rounds every result and works on with what it has rounded; after ten such steps the last digits differ.

Here a calculation is done the same way: each result is rounded half up, in decimal as people do it, and goes rounded
into the next. Beside the exact numbers this shows how far the slide has drifted, and where.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

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
    worked_out,
)
from nnviz.report.quantities import Quantity

MOST_DECIMALS = 12

# Far more digits than anybody rounds to, so that nothing but the rounding is lost; what has no value is not a number.
_CONTEXT = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_UP, Emin=-9999, Emax=9999, traps=[])
_WIDEST = 40        # digits before the point; a number beyond is written as it is


def in_decimal(value: float) -> Decimal:
    """A number as it is written: 0.1 is one tenth, not the binary fraction next to it."""
    return Decimal(repr(float(value) + 0.0).removesuffix(".0"))


def rounded(value: Decimal, decimals: int) -> Decimal:
    """`value` with so many decimals, half up: a 5 is rounded away from zero, on either side of it.

    >>> rounded(Decimal("2.675"), 2), rounded(Decimal("-0.125"), 2), rounded(Decimal("-0.001"), 2)
    (Decimal('2.68'), Decimal('-0.13'), Decimal('0.00'))
    """
    if not value.is_finite() or value.adjusted() > _WIDEST:
        return value
    found = value.quantize(Decimal(1).scaleb(-decimals), context=_CONTEXT)
    return found if found else abs(found)


@dataclass(frozen=True)
class Worked:
    """One result of a hand calculation.

    `unrounded` is what comes of the rounded numbers that went in; `exact` the engine's own number.
    """

    formula: Formula
    exact: float
    unrounded: Decimal
    rounded: Decimal

    @property
    def drift(self) -> float:
        """How far the rounded result is from the exact one; NaN where either is not a number."""
        if not (math.isfinite(self.exact) and self.rounded.is_finite()):
            return math.nan
        return float(_CONTEXT.subtract(self.rounded, in_decimal(self.exact))) + 0.0

    @property
    def relative(self) -> float:
        """The drift as a share of the exact number; infinite where that is 0 and the rounded one is not."""
        drift = self.drift
        if not drift or math.isnan(drift):
            return drift
        return abs(drift / self.exact) if self.exact else math.inf

    @property
    def added(self) -> float:
        """What this rounding by itself takes away or adds, as a share of what was rounded."""
        if not self.unrounded.is_finite() or not self.rounded.is_finite():
            return 0.0
        lost = _CONTEXT.subtract(self.rounded, self.unrounded)
        return abs(float(_CONTEXT.divide(lost, self.unrounded))) if self.unrounded else 0.0


class HandCalculation:
    """Formulas worked out one after the other, each from the rounded results of those before.

    `formulas` has the formula of every quantity that is worked out. What has none is given: inputs, targets, weights
    and settings stay as they are, for a slide does not round them either.
    """

    def __init__(self, formulas: Mapping[Quantity, Formula], decimals: int) -> None:
        self.formulas, self.decimals = formulas, decimals
        self._found: dict[Quantity, Worked] = {}
        self._begun: set[Quantity] = set()

    def of(self, quantity: Quantity) -> Worked:
        """The result for `quantity`; KeyError where it has no formula."""
        if quantity not in self._found:
            formula = self.formulas[quantity]
            self._begun.add(quantity)
            unrounded = decimally(formula.right, self.value_of)
            handed_on = quantity.kind == "new value" and isinstance(formula.right, Known)      # it is frozen
            self._found[quantity] = Worked(
                formula, formula.left.value, unrounded, unrounded if handed_on else rounded(unrounded, self.decimals))
        return self._found[quantity]

    def results(self) -> tuple[Worked, ...]:
        """What has been worked out so far, in the order in which it was: nothing before what it is made of."""
        return tuple(self._found.values())

    def value_of(self, leaf: Known) -> Decimal:
        """The number that a hand calculation puts in for `leaf`."""
        quantity = leaf.quantity
        if quantity is None or quantity not in self.formulas or not self._is_result(leaf, quantity):
            return in_decimal(leaf.value)
        return self.of(quantity).rounded

    def _is_result(self, leaf: Known, quantity: Quantity) -> bool:
        """Whether a leaf is the very number that its quantity's formula has on the left, and comes before.

        A few leaves only point to a quantity: the direction of a step that no formula shows points to the step.
        """
        value = self.formulas[quantity].left.value
        same = math.isclose(value, leaf.value, rel_tol=1e-9) or (math.isnan(value) and math.isnan(leaf.value))
        return same and (quantity in self._found or quantity not in self._begun)

    def written(self, leaf: Known) -> str:
        """The same as it is written down: with all its decimals, where it was rounded."""
        return written(self.value_of(leaf))


def written(value: Decimal) -> str:
    """A number of a hand calculation as text: never with an exponent where it has decimals.

    >>> written(Decimal("0.20")), written(Decimal("1e-3")), written(Decimal("NaN"))
    ('0.20', '0.001', 'nan')
    """
    if not value.is_finite():
        return str(float(value))
    return f"{value:f}" if abs(value.adjusted()) <= _WIDEST else f"{value:.6e}"


def largest_loss(results: tuple[Worked, ...]) -> Worked | None:
    """The result whose own rounding takes the largest share of it: from there the drift comes."""
    losing = [worked for worked in results if worked.added > 0.0]
    return max(losing, key=lambda worked: worked.added, default=None)


# --- working out in decimal ---------------------------------------------------------------------------------------

Lookup = Callable[[Known], Decimal]


def decimally(tree: Mathematics, value_of: Lookup) -> Decimal:
    """What `tree` comes to in decimal: sums and products exactly, so that a 5 to be rounded is a 5.

    As in `worked_out`, 0·log 0 and 0/0 are 0.
    """
    match tree:
        case Known():
            return value_of(tree)
        case Constant(value):
            return in_decimal(value)
        case Sum(terms):
            total = Decimal(0)
            for term in terms:
                total = _CONTEXT.add(total, decimally(term, value_of))
            return total
        case Product(factors):
            product = Decimal(1)
            for factor in factors:
                if not product and isinstance(factor, Function) and factor.name == "log":
                    return product
                product = _CONTEXT.multiply(product, decimally(factor, value_of))
            return product
        case Quotient(above, below):
            top, bottom = decimally(above, value_of), decimally(below, value_of)
            return _CONTEXT.divide(top, bottom) if top or bottom else top
        case Power(base, exponent):
            return _CONTEXT.power(decimally(base, value_of), decimally(exponent, value_of))
        case Negative(inner):
            return _CONTEXT.minus(decimally(inner, value_of))
        case Cases(then, compared, relation, limit, otherwise):
            first, second = float(decimally(compared, value_of)), float(decimally(limit, value_of))
            holds = first > second if relation == ">" else first >= second
            return decimally(then if holds else otherwise, value_of)
        case Group(inner):
            return decimally(inner, value_of)
        case Function(name, arguments) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(decimally(argument, value_of) for argument in arguments))
        case _:
            return in_decimal(worked_out(tree, lambda leaf: float(value_of(leaf))))


def _extreme(choose: Callable[[Iterable[Decimal]], Decimal], values: Sequence[Decimal]) -> Decimal:
    """The largest or smallest of `values`; not a number where one of them is none."""
    return next((value for value in values if value.is_nan()), None) or choose(values)


def _sigmoid(value: Decimal) -> Decimal:
    return _CONTEXT.divide(Decimal(1), _CONTEXT.add(Decimal(1), _CONTEXT.exp(_CONTEXT.minus(value))))


_FUNCTIONS: Mapping[str, Callable[..., Decimal]] = {
    "exp": _CONTEXT.exp, "log": _CONTEXT.ln, "sqrt": _CONTEXT.sqrt, "abs": _CONTEXT.abs, "sigmoid": _sigmoid,
    "max": lambda *values: _extreme(max, values), "min": lambda *values: _extreme(min, values),
    "relu": lambda value: _extreme(max, (Decimal(0), value)),
}
"""Functions that decimal arithmetic has itself; the others are worked out in binary, to some 16 digits."""
