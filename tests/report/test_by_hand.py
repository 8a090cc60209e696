"""The whole step as on a slide: rounded results beside the exact ones, and where the drift comes from."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from nnviz.exchange.notebook import load
from nnviz.report.by_hand import ByHand
from nnviz.report.conventions import DEFAULT, Conventions
from nnviz.report.labels import Labels
from nnviz.report.moment import MEAN
from nnviz.report.rounding import rounded, written
from nnviz.session.examples import example_names


def by_hand(name: str, decimals: int, example: int = 0, conventions: Conventions = DEFAULT) -> ByHand:
    session = load(name)
    session.advance_steps(1)
    record, document = session.record, session.document
    return ByHand(record, Labels(record.problem.network, document.labels), example, decimals, conventions)


# What the lecture prints of the 2-2-2 network, at the digits that it prints.
PRINTED = {
    "out h1": "0.593269992", "out h2": "0.596884378", "net o1": "1.105905967", "out o1": "0.75136507",
    "out o2": "0.772928465", "E o1": "0.274811083", "E o2": "0.023560026", "E": "0.298371109",
    "∂E/∂out o1": "0.74136507", "∂out o1/∂net o1": "0.186815602", "∂E/∂net o1": "0.138498562", "∂E/∂w5": "0.082167041",
    "new w5": "0.35891648", "new w6": "0.408666186", "new w7": "0.511301270", "new w8": "0.561370121",
    "∂E/∂out h1": "0.036350306", "∂out h1/∂net h1": "0.241300709", "∂E/∂w1": "0.000438568", "new w1": "0.149780716",
    "new w2": "0.19956143", "new w3": "0.24975114", "new w4": "0.29950229",
}  # fmt: skip


@pytest.mark.parametrize("decimals, last_place", [(12, {}), (9, {"E o1": 1, "E": 1, "new w7": 1})])
def test_the_lectures_walk_through_comes_out_as_it_is_printed(decimals: int, last_place: dict[str, int]) -> None:
    """Each printed number, to its own digits; from numbers of nine decimals three differ by one in the last place,

    for the lecture prints nine decimals and goes on with more.
    """
    hand = by_hand("mazur-2-2-2", decimals)
    found = {line.name: line.worked.rounded for line in hand.lines}
    for name, text in PRINTED.items():
        places = len(text.partition(".")[2])
        off = (rounded(found[name], places) - Decimal(text)).scaleb(places)
        assert off == last_place.get(name, 0), name


def test_the_sigmoid_neuron_of_the_lecture_comes_out_as_it_is_printed() -> None:
    """Gate by gate with two decimals: dx0 is 0.40, though the exact 0.393 would be rounded to 0.39."""
    hand = by_hand("gate-sigmoid-neuron", 2)
    texts = {line.name: hand.result(line) for line in hand.lines if line.visited}
    assert list(texts.values())[:8] == ["-2.00", "6.00", "4.00", "1.00", "-1.00", "0.37", "1.37", "0.73"]
    back = [texts[f"∂f/∂{gate}"] for gate in ("f", "g7", "g6", "g5", "g4")]
    assert back == ["1.00", "-0.53", "-0.53", "-0.20", "0.20"]
    assert {name: texts[f"∂f/∂{name}"] for name in ("w0", "x0", "w1", "x1", "w2")} == {
        "w0": "-0.20", "x0": "0.40", "w1": "-0.40", "x1": "-0.60", "w2": "0.20"}


def test_at_two_decimals_the_calculation_goes_on_from_the_rounded_numbers() -> None:
    hand = by_hand("mazur-2-2-2", 2)
    lines = {line.name: line for line in hand.lines}
    assert hand.result(lines["net h1"]) == "0.38" and hand.result(lines["out h1"]) == "0.59"
    delta = lines["∂E/∂net o1"]
    assert (hand.calculation(delta), hand.result(delta)) == ("0.74·0.19", "0.14")
    assert hand.calculation(lines["new w5"]) == "0.4 - 0.5·0.08" and hand.result(lines["new w5"]) == "0.36"
    assert delta.worked.drift == pytest.approx(0.14 - 0.138498561629, abs=1e-12)


def test_the_slope_is_worked_out_before_the_delta_that_needs_it() -> None:
    names = [line.name for line in by_hand("mazur-2-2-2", 4).lines]
    assert names.index("∂out o1/∂net o1") < names.index("∂E/∂net o1") < names.index("∂E/∂w5") < names.index("new w5")
    assert len(names) == len(set(names))


def test_of_each_operation_the_number_that_the_cursor_visits_is_marked() -> None:
    hand = by_hand("xor", 3)
    visited = [line.place for line in hand.lines if line.visited]
    assert visited == list(range(hand.labels.order.length))
    assert all(hand.line_of(hand.labels.order.at(place)).place == place for place in visited)


SMALL = [name for name in example_names() if not by_hand(name, 2).reason]


@pytest.mark.parametrize("name", SMALL)
def test_with_many_decimals_nothing_drifts(name: str) -> None:
    for example in (0, MEAN):
        for line in by_hand(name, 40, example).lines:
            exact = line.worked.exact
            if math.isfinite(exact):
                assert line.worked.drift == pytest.approx(0.0, abs=1e-12 * max(1.0, abs(exact))), line.name


@pytest.mark.parametrize("name", SMALL)
def test_every_result_is_a_multiple_of_the_last_place_or_given(name: str) -> None:
    hand = by_hand(name, 2)
    for line in hand.lines:
        if line.worked.rounded.is_finite() and "frozen" not in line.worked.formula.note:
            assert len(written(line.worked.rounded).partition(".")[2]) <= 2, line.name


def test_the_mean_gradient_is_that_of_all_the_rounded_examples() -> None:
    hand = by_hand("xor", 2)
    line = next(line for line in hand.lines if line.name.startswith("∂E/∂W"))
    assert hand.calculation(line).count("·") == 4 and hand.calculation(line).endswith("/4")
    mean = next(line for line in by_hand("xor", 2, MEAN).lines if line.name.startswith("∂E/∂W"))
    assert mean.worked.rounded == hand.line_of(hand.labels.order.at(line.place)).worked.rounded


def test_the_largest_new_drift_is_marked() -> None:
    hand = by_hand("mazur-2-2-2", 2)
    largest = hand.largest()
    assert largest is not None
    assert largest.worked.added == max(line.worked.added for line in hand.lines) > 0.0
    assert by_hand("linear-regression", 12).lines


def test_large_networks_and_batches_say_why_there_is_nothing() -> None:
    assert "up to 200 operations" in by_hand("digits-784", 2).reason if "digits-784" in example_names() else True
    assert any("up to 200 operations" in by_hand(name, 2).reason for name in example_names())


def test_a_delta_that_goes_downhill_is_rounded_as_it_is_written() -> None:
    hand = by_hand("mazur-2-2-2", 2, conventions=Conventions(delta="descent", output="actual", learning_rate="ε"))
    lines = {line.name: line for line in hand.lines}
    assert hand.result(lines["δ o1"]) == "-0.14" and hand.result(lines["∂E/∂w5"]) == "0.08"
