"""Notations that have every part a formula can have, for the tests of typesetting, LaTeX, MathML and the card."""

from __future__ import annotations

from nnviz.report.elements import Unit, Weight
from nnviz.report.mathematics import Constant, Function, Known, Negative, Product, Quotient, Sum, number, operator
from nnviz.report.notation import (
    Accent,
    Brackets,
    Elision,
    Fraction,
    Grid,
    Large,
    Notation,
    Radical,
    Script,
    Sign,
    row,
)
from nnviz.report.quantities import Quantity

H1, W1, W2 = Unit(1, 0), Weight(1, 0, 0), Weight(1, 0, 1)


def letter(name: str, index: str = "") -> Notation:
    return Script(Sign(name), Sign(index, "number")) if index else Sign(name)


def partial(above: Notation, below: Notation) -> Fraction:
    return Fraction(row(Sign("∂"), above), row(Sign("∂"), below))


NET = Known(Script(Sign("net", "upright"), Sign("h1", "upright")), "net h1", 0.3775, Quantity("net", H1))
SUM = Sum((
    Product((Known(letter("w", "1"), "w1", 0.15, Quantity("parameter", W1)),
             Known(letter("i", "1"), "i1", 0.05, Quantity("out", Unit(0, 0))))),
    Product((Known(letter("w", "2"), "w2", 0.2, Quantity("parameter", W2)),
             Known(letter("i", "2"), "i2", 0.1, Quantity("out", Unit(0, 1))))),
    Known(letter("b", "1"), "b1", 0.35),
))
SIGMOID = Quotient(Constant(1.0), Sum((Constant(1.0), Function("exp", (Negative(NET),)))))


def long_sum(terms: int = 12) -> Notation:
    """net = w₁·x₁ + w₂·x₂ + ..., with numbers, wide enough to be broken."""
    parts: list[Notation] = [Sign("net", "upright"), operator("=")]
    for place in range(terms):
        parts += [*([operator("+")] if place else []), number(0.125 + place, 6, Quantity("parameter", W1, place)),
                  operator("·"), number(0.5 * place + 0.25, 6, Quantity("out", H1, place))]
    return row(*parts)


FORMULAS: dict[str, Notation] = {
    "letters": row(letter("w", "12"), operator("="), Sign("η"), Sign("x")),
    "fraction": row(partial(Sign("E"), letter("w", "5")), operator("="), operator("−"),
                    Fraction(Sign("1", "number"), Sign("2", "number"))),
    "scripts": Script(Script(Sign("w"), Sign("5", "number")), raised=Sign("+", "operator")),
    "exponent": Script(Sign("e", "upright"), raised=row(operator("−"), Script(Sign("z"), Sign("k")))),
    "radical": Radical(Fraction(Sign("x"), row(Accent(Sign("v"), "hat"), operator("+"), Sign("ε")))),
    "sum": row(operator("−"), Large("Σ", row(Sign("k"), operator("="), Sign("1", "number")), Sign("n")),
               Sign("log", "upright"), Brackets(letter("p", "3"))),
    "product": row(Large("Π"), Accent(Sign("x"), "bar")),
    "matrix": Brackets(Grid(((Sign("1", "number"), Sign("−2.5", "number")),
                             (Elision(7, "⋮"), Sign("4", "number")))), "[]"),
    "cases": row(Sign("f"), Brackets(Sign("x")), operator("="),
                 Brackets(Grid(((Sign("x"), row(Sign("if ", "upright"), Sign("x"), operator(">"), Sign("0", "number"))),
                                (Sign("0", "number"), Sign("otherwise", "upright")))), "{")),
    "bars": row(Brackets(Sign("x"), "||"), Sign(", ", "upright"), Brackets(Sign("W", "bold"), "{}")),
    "elision": row(Sign("a"), operator("+"), Elision(772), operator("+"), Sign("z")),
    "high": Brackets(Grid(tuple((Sign(str(place), "number"),) for place in range(12)))),
    "names": row(Sign("größe 中文", "upright"), operator("="), Sign("a_b & {c} <d> 100%", "upright")),
    "numbers": row(number(float("nan")), operator("≤"), number(float("-inf")), operator("≤"), number(1e-300)),
    "long": long_sum(),
}
