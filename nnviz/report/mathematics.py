"""A formula is a tree whose leaves are numbers with names: written with the names it explains, written with the
numbers it convinces, and worked out it gives the result.

One tree gives all three lines of a formula card, the text that is copied, and the step of a hand calculation with
rounded numbers.  How it looks is a `Notation`; what it comes to is `worked_out`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np

from nnviz.report.notation import Brackets, Elision, Fraction, Grid, Large, Notation, Radical, Row, Script, Sign
from nnviz.report.numbers import MINUS, full, short
from nnviz.report.quantities import Quantity
from nnviz.words import tr

CHOICE, SUM, PRODUCT, POWER, ATOM = range(5)      # how tightly the parts of a formula hold together


@dataclass(frozen=True)
class Known:
    """A number with a name: `sign` is how the name looks, `plain` the same as text (`out h1`)."""

    sign: Notation
    plain: str
    value: float
    quantity: Quantity | None = None


@dataclass(frozen=True)
class Constant:
    """A number that belongs to the formula itself; `text` is how it is written, where not as it is: `½`."""

    value: float
    text: str = ""


class Terms(Sequence["Mathematics"]):
    """Terms that are made when somebody looks at them: a sum over 784 inputs is shown by its first and last few.

    `make(place)` gives term number `place`, from 0, of `count`.
    """

    def __init__(self, count: int, make: Callable[[int], Mathematics]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Mathematics: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Mathematics, ...]: ...

    def __getitem__(self, place: int | slice) -> Mathematics | tuple[Mathematics, ...]:
        if isinstance(place, slice):
            return tuple(self._make(each) for each in range(*place.indices(self._count)))
        if not -self._count <= place < self._count:
            raise IndexError(place)
        return self._make(place % self._count)

    def __iter__(self) -> Iterator[Mathematics]:
        return map(self._make, range(self._count))


@dataclass(frozen=True)
class Sum:
    """Terms that are added; a `Negative` one is subtracted.  Many of them are `Terms`."""

    terms: Sequence[Mathematics]


@dataclass(frozen=True)
class Product:
    factors: tuple[Mathematics, ...]


@dataclass(frozen=True)
class Quotient:
    above: Mathematics
    below: Mathematics


@dataclass(frozen=True)
class Power:
    base: Mathematics
    exponent: Mathematics


@dataclass(frozen=True)
class Negative:
    inner: Mathematics


@dataclass(frozen=True)
class Function:
    """A row of `FUNCTIONS` on its arguments."""

    name: str
    arguments: tuple[Mathematics, ...]


@dataclass(frozen=True)
class Group:
    """Something in brackets that would not need them, because the lesson writes it so."""

    inner: Mathematics


@dataclass(frozen=True)
class Cases:
    """`then` where `compared` stands in `relation` to `limit`, else `otherwise`."""

    then: Mathematics
    compared: Mathematics
    relation: Literal[">", "≥"]
    limit: Mathematics
    otherwise: Mathematics


Mathematics = Known | Constant | Sum | Product | Quotient | Power | Negative | Function | Group | Cases
Lookup = Callable[[Known], float]
Leaf = Callable[[Known | Constant], str]


@dataclass(frozen=True)
class FunctionRow:
    """A function of formulas: what it computes, and how it is written where not as `name(a, b)`."""

    name: str
    value: Callable[..., float]
    look: Literal["name", "bars", "root", "exponential", "sum"] = "name"


def _smallest(*values: float) -> float:
    return float(np.min(values))


def _largest(*values: float) -> float:
    return float(np.max(values))


def _normal(value: float) -> float:
    return 0.5 * math.erfc(-value * math.sqrt(0.5))


FUNCTIONS: Mapping[str, FunctionRow] = {
    row.name: row
    for row in (
        FunctionRow("exp", np.exp, "exponential"),
        FunctionRow("log", np.log),
        FunctionRow("tanh", np.tanh),
        FunctionRow("sin", np.sin),
        FunctionRow("cos", np.cos),
        FunctionRow("tan", np.tan),
        FunctionRow("sqrt", np.sqrt, "root"),
        FunctionRow("abs", abs, "bars"),
        FunctionRow("sign", np.sign),
        FunctionRow("max", _largest),
        FunctionRow("min", _smallest),
        FunctionRow("Φ", _normal),
        FunctionRow("φ", lambda x: np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)),
        FunctionRow("floor", np.floor),
        FunctionRow("Σ", lambda x: x, "sum"),                # over the examples of a batch: for symbols alone
        FunctionRow("sigmoid", lambda x: 1.0 / (1.0 + np.exp(-x))),
        FunctionRow("relu", lambda x: max(0.0, x)),
    )
}


@dataclass(frozen=True)
class Formula:
    """`left = right`: what is computed, and of what.

    The value of `left` is the engine's; `right` worked out comes to it, but for the last bits.  `symbols` is shown in
    the first line where `right` with its names would hide the idea: `1/n Σ δ·out` for a mean over many examples.
    `place` is the number of the operation of the pass that computes it: it is known when the cursor is beyond that.
    """

    title: str
    left: Known
    right: Mathematics
    symbols: Mathematics | None = None
    note: str = ""
    place: int = 0

    @property
    def named(self) -> Mathematics:
        """What the line of names shows."""
        return self.right if self.symbols is None else self.symbols


def worked_out(tree: Mathematics, value_of: Lookup = lambda leaf: leaf.value) -> float:
    """The number that `tree` comes to in float64; `value_of` gives its leaves other values than their own.

    As in the losses, 0·log 0 and 0/0 are 0.
    """
    with np.errstate(all="ignore"):
        return float(_work_out(tree, value_of))


def _work_out(tree: Mathematics, value_of: Lookup) -> np.float64:
    match tree:
        case Known():
            return np.float64(value_of(tree))
        case Constant(value):
            return np.float64(value)
        case Sum(terms):
            parts = iter(terms)
            total = _work_out(next(parts), value_of)
            for term in parts:
                total = total + _work_out(term, value_of)
            return total
        case Product(factors):
            product = _work_out(factors[0], value_of)
            for factor in factors[1:]:
                if product == 0.0 and isinstance(factor, Function) and factor.name == "log":
                    return np.float64(0.0)
                product = product * _work_out(factor, value_of)
            return product
        case Quotient(above, below):
            top, bottom = _work_out(above, value_of), _work_out(below, value_of)
            return top if top == 0.0 == bottom else top / bottom
        case Power(base, exponent):
            return np.float64(np.power(_work_out(base, value_of), _work_out(exponent, value_of)))
        case Negative(inner) | Group(inner):
            worked = _work_out(inner, value_of)
            return -worked if isinstance(tree, Negative) else worked
        case Function(name, arguments):
            return np.float64(FUNCTIONS[name].value(*(_work_out(argument, value_of) for argument in arguments)))
        case Cases(then, compared, relation, limit, otherwise):
            first, second = _work_out(compared, value_of), _work_out(limit, value_of)
            holds = first > second if relation == ">" else first >= second
            return _work_out(then if holds else otherwise, value_of)


# --- as text ------------------------------------------------------------------------------------------------------


def in_symbols(tree: Mathematics) -> str:
    """The formula with its names, as text: `net h1 = w1·i1 + b1`."""
    return _text(tree, lambda leaf: leaf.plain if isinstance(leaf, Known) else _constant(leaf))[0]


def in_numbers(tree: Mathematics, written: Callable[[float], str] = full) -> str:
    """The formula with its numbers, every digit of them, as text; `written` may write them shorter."""
    return _text(tree, lambda leaf: written(leaf.value) if isinstance(leaf, Known) else _constant(leaf))[0]


def in_text(tree: Mathematics, written: Callable[[Known], str]) -> str:
    """The formula as text, each of its names in the way that `written` puts it."""
    return _text(tree, lambda leaf: written(leaf) if isinstance(leaf, Known) else _constant(leaf))[0]


def _constant(leaf: Constant) -> str:
    text = leaf.text or full(leaf.value)
    return text.removesuffix(".0")


def _text(tree: Mathematics, leaf: Leaf) -> tuple[str, int]:
    """The text, and how tightly it holds together."""

    def inside(part: Mathematics, level: int, first: bool = True) -> str:
        text, own = _text(part, leaf)
        return f"({text})" if own < level or (text[0] in _SIGNED and not first) else text

    match tree:
        case Known() | Constant():
            text = leaf(tree)
            return text, SUM if text[0] in _SIGNED else ATOM
        case Sum(terms):
            parts = iter(terms)
            begin = next(parts)
            texts = [inside(begin, PRODUCT if isinstance(begin, Sum) else SUM)]
            for term in parts:
                texts.append(f" - {inside(term.inner, PRODUCT, False)}" if isinstance(term, Negative) else (
                    f" + {inside(term, PRODUCT, False)}"))
            return "".join(texts), SUM if len(texts) > 1 else _text(terms[0], leaf)[1]
        case Product(factors):
            return "·".join(inside(factor, PRODUCT) for factor in factors), PRODUCT
        case Quotient(above, below):
            return f"{inside(above, PRODUCT)}/{inside(below, POWER)}", PRODUCT
        case Power(base, exponent):
            text = inside(base, ATOM)
            text = f"({text})" if isinstance(base, Known) and "/" in text else text
            return f"{text}²" if exponent == Constant(2.0) else f"{text}^{inside(exponent, ATOM)}", POWER
        case Negative(inner):
            return f"-{inside(inner, PRODUCT, False)}", SUM
        case Group(inner):
            return f"({_text(inner, leaf)[0]})", ATOM
        case Function(name, arguments):
            row = FUNCTIONS[name]
            if row.look == "exponential":
                return f"e^{_exponent(arguments[0], leaf)}", POWER
            if row.look == "root":
                return f"√{inside(arguments[0], ATOM)}", ATOM
            listed = ", ".join(_text(argument, leaf)[0] for argument in arguments)
            return (f"|{listed}|" if row.look == "bars" else f"{name}({listed})"), ATOM
        case Cases(then, compared, relation, limit, otherwise):
            test = f"{_text(compared, leaf)[0]} {relation} {_text(limit, leaf)[0]}"
            return f"{_text(then, leaf)[0]} if {test} else {_text(otherwise, leaf)[0]}", CHOICE


_SIGNED = ("-", MINUS)


def _exponent(tree: Mathematics, leaf: Leaf) -> str:
    """What stands behind `e^`: a name of several words in brackets, a sum too, a sign before its brackets."""
    if isinstance(tree, Negative):
        return f"-({_text(tree.inner, leaf)[0]})"
    text, own = _text(tree, leaf)
    simple = " " not in text if isinstance(tree, Known | Constant) else own == ATOM
    return text if simple else f"({text})"


# --- as notation --------------------------------------------------------------------------------------------------


def notation_in_symbols(tree: Mathematics, longest: int | None = None) -> Notation:
    """How the formula looks with its names; of sums with more than `longest` terms the middle is left out."""
    return _notation(tree, _with_quantity, longest)[0]


def notation_in_numbers(tree: Mathematics, digits: int = 17, longest: int | None = None) -> Notation:
    """How the formula looks with its numbers, `digits` significant ones; each number carries its quantity.

    Of sums with more than `longest` terms the middle is left out.
    """
    return _notation(tree, lambda leaf: number(leaf.value, digits, leaf.quantity), longest)[0]


def notation_of_numbers(tree: Mathematics, digits: int, longest: int | None) -> tuple[Notation, list[Sign]]:
    """As `notation_in_numbers`, and the signs of its numbers, in the order of the tree."""
    signs: list[Sign] = []

    def written(leaf: Known) -> Sign:
        signs.append(number(leaf.value, digits, leaf.quantity))
        return signs[-1]

    return _notation(tree, written, longest)[0], signs


def number(value: float, digits: int = 17, quantity: Quantity | None = None) -> Sign:
    """A number as it is typeset; 17 digits are those that read back to it exactly."""
    return Sign(number_text(value, digits), "number", quantity)


def number_text(value: float, digits: int = 17) -> str:
    """What stands in `number`."""
    return short(value, digits) if digits < 17 else full(value).replace("-", MINUS)


def _with_quantity(leaf: Known) -> Notation:
    return Row((leaf.sign,), leaf.quantity)


def operator(text: str) -> Sign:
    return Sign(text, "operator")


_SHORTEST = 3


def shorter_inside(longest: int | None) -> int | None:
    """How many terms of the sums inside a long one are shown, of which there are many."""
    return None if longest is None else max(longest // 2, _SHORTEST)


def shown_terms(
    terms: Sequence[Mathematics], longest: int | None
) -> tuple[Sequence[Mathematics], int, Sequence[Mathematics]]:
    """The terms that are shown first, how many are left out behind them, and the last ones that are shown."""
    if longest is None or len(terms) <= max(longest, _SHORTEST):
        return terms, 0, ()
    last = min(2, longest // 3)
    first = max(longest - last, 1)
    return terms[:first], len(terms) - first - last, terms[len(terms) - last :]


def _is_fraction(notation: Notation) -> bool:
    """Whether an exponent would seem to belong to what stands above a bar alone."""
    if isinstance(notation, Row) and len(notation.parts) == 1:
        return _is_fraction(notation.parts[0])
    return isinstance(notation, Fraction)


def _notation(
    tree: Mathematics, leaf: Callable[[Known], Notation], longest: int | None
) -> tuple[Notation, int]:
    """The notation, and how tightly it holds together."""

    def whole(part: Mathematics) -> Notation:
        return _notation(part, leaf, longest)[0]

    def inside(part: Mathematics, level: int, first: bool = True) -> Notation:
        found, own = _notation(part, leaf, longest)
        signed = isinstance(found, Sign) and found.text.startswith(MINUS)
        return Brackets(found) if own < level or (signed and not first) else found

    match tree:
        case Known():
            found = leaf(tree)
            return found, SUM if isinstance(found, Sign) and found.text.startswith(MINUS) else ATOM
        case Constant(value, text):
            if text == "½":
                return Fraction(Sign("1", "number"), Sign("2", "number")), ATOM
            written = Sign(text, "number") if text else number(value, 6)
            return written, SUM if written.text.startswith(MINUS) else ATOM
        case Sum(terms):
            begin, left_out, end = shown_terms(terms, longest)
            if left_out:
                longest = shorter_inside(longest)
            parts = [inside(begin[0], PRODUCT if isinstance(begin[0], Sum) else SUM)]
            for place, term in enumerate((*begin[1:], *end), start=1):
                if left_out and place == len(begin):
                    parts += [operator("+"), Elision(left_out)]
                subtracted = isinstance(term, Negative)
                parts.append(operator(MINUS if subtracted else "+"))
                parts.append(inside(term.inner if isinstance(term, Negative) else term, PRODUCT, False))
            if left_out and not end:
                parts += [operator("+"), Elision(left_out)]
            return Row(tuple(parts)), SUM
        case Product(factors):
            parts = []
            for place, factor in enumerate(factors):
                bare = not place or (isinstance(factor, Function) and FUNCTIONS[factor.name].look == "sum")
                parts += [*([] if bare else [operator("·")]), inside(factor, PRODUCT, not place)]
            return Row(tuple(parts)), PRODUCT
        case Quotient(above, below):
            return Fraction(whole(above), whole(below)), ATOM
        case Power(base, exponent):
            under = inside(base, ATOM)
            return Script(Brackets(under) if _is_fraction(under) else under, raised=whole(exponent)), POWER
        case Negative(inner):
            return Row((Sign(MINUS, "number"), inside(inner, PRODUCT, False))), SUM
        case Group(inner):
            return Brackets(whole(inner)), ATOM
        case Cases(then, compared, relation, limit, otherwise):
            test = Row((Sign(f"{tr('if')} ", "upright"), whole(compared), operator(relation), whole(limit)))
            rest = Sign(tr("otherwise"), "upright")
            return Brackets(Grid(((whole(then), test), (whole(otherwise), rest))), "{"), CHOICE
        case Function(name, arguments):
            look = FUNCTIONS[name].look
            if look == "exponential":
                return Script(Sign("e", "upright"), raised=whole(arguments[0])), POWER
            if look == "root":
                return Radical(whole(arguments[0])), ATOM
            if look == "sum":
                return Row((Large("Σ"), inside(arguments[0], PRODUCT))), PRODUCT
            listed: list[Notation] = []
            for place, argument in enumerate(arguments):
                listed += [*([Sign(", ", "upright")] if place else []), whole(argument)]
            inner_row = Row(tuple(listed))
            if look == "bars":
                return Brackets(inner_row, "||"), ATOM
            return Row((Sign(name, "upright"), Brackets(inner_row))), ATOM
