"""A calculation by hand: rounded half up in decimal, each result from the rounded ones before it."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.report.mathematics import (
    Constant,
    Formula,
    Function,
    Known,
    Mathematics,
    Negative,
    Product,
    Quotient,
    Sum,
    worked_out,
)
from nnviz.report.notation import Sign
from nnviz.report.quantities import Quantity
from nnviz.report.rounding import HandCalculation, decimally, in_decimal, largest_loss, rounded, written


def known(name: str, value: float) -> Known:
    return Known(Sign(name), name, value, Quantity("gate", name=name))


class Slide:
    """Formulas written down one after the other, as on a slide: each result is the float64 value of its formula."""

    def __init__(self) -> None:
        self.formulas: dict[Quantity, Formula] = {}
        self.names: dict[str, Quantity] = {}

    def let(self, name: str, right: Mathematics) -> Known:
        left = known(name, worked_out(right))
        assert left.quantity is not None
        self.formulas[left.quantity] = Formula(name, left, right)
        self.names[name] = left.quantity
        return left

    def by_hand(self, decimals: int) -> dict[str, str]:
        calculation = HandCalculation(self.formulas, decimals)
        return {name: written(calculation.of(quantity).rounded) for name, quantity in self.names.items()}


@pytest.fixture
def sigmoid_neuron() -> Slide:
    """1/(1 + e^-(w0·x0 + w1·x1 + w2)) with w = [2, -3, -3] and x = [-1, -2], gate by gate."""
    slide, one = Slide(), Constant(1.0)
    w0, w1, w2, x0, x1 = (known(*each) for each in zip(
        ("w0", "w1", "w2", "x0", "x1"), (2.0, -3.0, -3.0, -1.0, -2.0), strict=True))
    a, b = slide.let("w0·x0", Product((w0, x0))), slide.let("w1·x1", Product((w1, x1)))
    both = slide.let("sum", Sum((a, b)))
    net = slide.let("net", Sum((both, w2)))
    turned = slide.let("×-1", Negative(net))
    power = slide.let("exp", Function("exp", (turned,)))
    below = slide.let("+1", Sum((power, one)))
    slide.let("1/x", Quotient(one, below))
    df = slide.let("df", one)
    d_below = slide.let("d +1", Product((Negative(Quotient(one, Product((below, below)))), df)))
    d_power = slide.let("d exp", Product((one, d_below)))
    d_turned = slide.let("d ×-1", Product((power, d_power)))
    d_net = slide.let("d net", Product((Constant(-1.0), d_turned)))
    for name, factor in (("dw0", x0), ("dx0", w0), ("dw1", x1), ("dx1", w1), ("dw2", one)):
        slide.let(name, Product((d_net, factor)))
    return slide


def test_the_sigmoid_neuron_of_the_lecture_comes_out_as_it_is_printed(sigmoid_neuron: Slide) -> None:
    """Two decimals, each gate from the rounded numbers before it: dx0 is 0.40, where the exact 0.393 would be 0.39."""
    assert sigmoid_neuron.by_hand(2) == {
        "w0·x0": "-2.00", "w1·x1": "6.00", "sum": "4.00", "net": "1.00", "×-1": "-1.00", "exp": "0.37", "+1": "1.37",
        "1/x": "0.73", "df": "1.00", "d +1": "-0.53", "d exp": "-0.53", "d ×-1": "-0.20", "d net": "0.20",
        "dw0": "-0.20", "dx0": "0.40", "dw1": "-0.40", "dx1": "-0.60", "dw2": "0.20",
    }


def test_the_drift_begins_where_a_rounding_takes_the_largest_share(sigmoid_neuron: Slide) -> None:
    calculation = HandCalculation(sigmoid_neuron.formulas, 2)
    dx0 = calculation.of(sigmoid_neuron.names["dx0"])
    assert dx0.drift == pytest.approx(0.4 - 0.3932238664829637, abs=1e-15)
    assert dx0.relative == pytest.approx(0.0172, abs=1e-4)
    found = largest_loss(calculation.results())
    assert found is not None and found.formula.title == "d ×-1"          # 0.37·(-0.53) = -0.1961 becomes -0.20


def test_nothing_is_worked_out_before_what_it_is_made_of(sigmoid_neuron: Slide) -> None:
    calculation = HandCalculation(sigmoid_neuron.formulas, 3)
    calculation.of(sigmoid_neuron.names["dx1"])
    titles = [worked.formula.title for worked in calculation.results()]
    assert titles.index("exp") < titles.index("+1") < titles.index("d +1") < titles.index("dx1") == len(titles) - 1


@pytest.mark.parametrize("value, decimals, text", [
    ("0.125", 2, "0.13"), ("-0.125", 2, "-0.13"), ("2.675", 2, "2.68"), ("1.005", 2, "1.01"), ("0.5", 0, "1"),
    ("-0.004", 2, "0.00"), ("1234.5", 0, "1235"), ("1e30", 2, "1000000000000000000000000000000.00"),
])
def test_a_half_is_rounded_up_in_decimal(value: str, decimals: int, text: str) -> None:
    """2.675 and 1.005 lie below themselves in binary, and -0.125 is as far from zero as 0.125."""
    assert written(rounded(in_decimal(float(value)), decimals)) == text


def test_a_product_is_rounded_as_it_is_in_decimal() -> None:
    """In binary 0.01·0.35 is 0.0034999999999999996, which would lose a unit in the third decimal."""
    product = Product((known("a", 0.01), known("b", 0.35)))
    assert worked_out(product) < 0.0035
    assert rounded(decimally(product, lambda leaf: in_decimal(leaf.value)), 3) == Decimal("0.004")


finite = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda x: x == 0.0 or abs(x) > 1e-6)


@given(finite, st.integers(0, 12))
def test_a_rounded_number_is_a_multiple_of_the_last_place_and_no_further_than_half_of_it(
    value: float, decimals: int
) -> None:
    found, unit = Fraction(rounded(in_decimal(value), decimals)), Fraction(1, 10**decimals)
    assert (found / unit).denominator == 1
    assert abs(found - Fraction(repr(value))) <= unit / 2
    assert rounded(in_decimal(-value), decimals) == -rounded(in_decimal(value), decimals)


@given(finite, finite, finite)
def test_decimal_working_out_agrees_with_the_engine(a: float, b: float, c: float) -> None:
    trees: tuple[Mathematics, ...] = (
        Sum((known("a", a), Negative(Product((known("b", b), known("c", c)))))),
        Function("tanh", (known("a", a),)), Function("sigmoid", (known("a", a),)),
        Function("max", (known("a", a), known("b", b))), Function("relu", (known("c", c),)),
    )
    for tree in trees:
        exact = worked_out(tree)
        found = float(decimally(tree, lambda leaf: in_decimal(leaf.value)))
        assert found == pytest.approx(exact, rel=1e-9, abs=1e-9)


def test_what_is_not_a_number_stays_so_and_has_no_drift() -> None:
    slide = Slide()
    slide.let("root", Function("sqrt", (known("a", -1.0),)))
    slide.let("max", Function("max", (slide.let("inf", Quotient(Constant(1.0), Constant(0.0))), known("b", 1.0))))
    slide.let("nan", Function("max", (slide.let("again", Function("sqrt", (known("a", -1.0),))), known("b", 1.0))))
    calculation = HandCalculation(slide.formulas, 2)
    assert slide.by_hand(2)["root"] == slide.by_hand(2)["nan"] == "nan"
    assert slide.by_hand(2)["max"] == "inf"
    assert all(math.isnan(calculation.of(quantity).drift) for quantity in slide.names.values())
