"""What colours an edge: each measure is what its formula says, known when the pass has come to it, and never a lie."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnviz.engine.check import check_gradients
from nnviz.report.edge_measures import MEASURES, Colouring, LayerValues, layer_values, told_line, value_of
from nnviz.report.elements import Alpha, Bias, Parameter, Unit, Weight
from nnviz.report.example_gradients import ExampleGradients, gradient_of_example
from nnviz.report.moment import MEAN, Moment
from nnviz.session.document import Document
from nnviz.session.session import Session

RANDOM = np.random.default_rng(3)
KINDS: dict[str, dict[str, Any]] = {
    "plain": {"activation": "tanh"},
    "shared bias": {"activation": "sigmoid", "bias": "shared"},
    "no bias": {"activation": "relu", "bias": "none"},
    "maxout": {"activation": {"name": "maxout", "pieces": 3}},
    "an α a unit": {"activation": {"name": "prelu", "per_unit": 1}},
    "one α": {"activation": {"name": "prelu", "per_unit": 0}},
}


def session_of(kind: str, steps: int = 2, **more: Any) -> Session:
    tree = {
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 3, "seed": 4, "batch_size": 5,
        "layers": [{"units": 3, **KINDS[kind]}, {"units": 2, "activation": "softmax"}], "loss": "cross_entropy",
        "optimiser": {"name": "momentum", "learning_rate": 0.1},
        "data": {"inputs": RANDOM.normal(size=(5, 3)).tolist(),
                 "targets": np.eye(2)[RANDOM.integers(0, 2, 5)].tolist()}, **more}
    session = Session(Document.from_tree(tree))
    session.advance_steps(steps)
    return session


def of(moment: Moment, name: str, check: Any = None) -> tuple[LayerValues, ...]:
    return layer_values(moment, Colouring(name, check))


def number(values: tuple[LayerValues, ...], moment: Moment, element: Parameter) -> tuple[float, bool]:
    """What the picture would colour `element` by, and whether it is known."""
    layer, network = values[element.layer - 1], moment.record.problem.network
    if isinstance(element, Weight):
        place: Any = network.net_of(element.layer, element.unit, element.piece), element.source
        return float(layer.weights[place]), bool(layer.weights_known[place])
    parts = (layer.slopes, layer.slopes_known) if isinstance(element, Alpha) else (layer.biases, layer.biases_known)
    place = element.unit if isinstance(element, Alpha) else network.net_of(element.layer, element.unit, element.piece)
    assert parts[0] is not None and parts[1] is not None
    return float(parts[0][place]), bool(parts[1][place])


def elements(moment: Moment) -> list[Parameter]:
    order = moment.order
    found = [order.parameter(layer, place) for layer in (1, 2) for place in range(order.parameters_in(layer))]
    return [element for element in found if isinstance(element, Weight | Bias | Alpha)]


@pytest.mark.parametrize("kind", KINDS)
def test_at_every_moment_of_a_pass_colours_tell_what_a_moment_tells_of_each_parameter(kind: str) -> None:
    whole = session_of(kind).moment()
    for cursor in range(whole.order.length + 1):
        moment = replace(whole, cursor=cursor)
        gradients, updates, ratios = of(moment, "gradient"), of(moment, "update"), of(moment, "ratio")
        weights = of(moment, "weight")
        for element in elements(moment):
            gradient, update = moment.gradient_of(element), moment.update_of(element)
            assert number(gradients, moment, element)[1] == (gradient is not None)
            assert number(updates, moment, element)[1] == (update is not None)
            before = moment.read(moment.record.parameters, element)
            assert number(weights, moment, element) == (moment.read(moment.parameters(), element), True)
            value, known = number(ratios, moment, element)
            assert known == (update is not None and before != 0.0)
            if gradient is not None:
                assert number(gradients, moment, element)[0] == gradient
            if update is not None:
                assert number(updates, moment, element)[0] == update
                assert not known or value == pytest.approx(abs(update / before), rel=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_the_example_is_its_column_of_the_table_and_that_of_the_mean_is_the_batchs(kind: str) -> None:
    session = session_of(kind)
    table, order = ExampleGradients(session.record), session.problem.blocks.order
    rows = table.rows(np.arange(table.starts[-1]))
    for column in range(5):
        np.testing.assert_array_equal(gradient_of_example(session.record, column)[order], rows[:, column])
        moment = session.moment(column)
        for element, wanted in zip(elements(moment), rows[:, column], strict=True):
            assert number(of(moment, "example"), moment, element) == (wanted, True)
    mean = session.moment(MEAN)
    for own, batch in zip(of(mean, "example"), of(mean, "gradient"), strict=True):
        np.testing.assert_array_equal(own.weights, batch.weights)


def test_no_share_of_a_weight_that_is_0_and_a_frozen_one_does_not_move() -> None:
    parameters = {"W1": [[0.0, 0.5, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]}
    moment = session_of("plain", steps=1, parameters=parameters, frozen=["W1[0,1]"]).moment()
    layer = of(moment, "ratio")[0]
    assert not layer.weights_known[0, 0] and np.isnan(layer.weights[0, 0])
    assert layer.weights_known[0, 1] and layer.weights[0, 1] == 0.0
    assert np.isfinite(layer.weights[layer.weights_known]).all()
    assert of(moment, "update")[0].weights[0, 0] != 0.0


@pytest.mark.filterwarnings("error")
def test_numbers_that_went_wrong_are_known_and_are_no_gaps() -> None:
    layers = [{"units": 3, "activation": "identity"}, {"units": 2, "activation": "identity"}]
    session = session_of("plain", parameters={"W1": [[1e308, 1e308, 1e308]] * 3}, loss="mean_squared_error",
                         layers=layers)
    moment = replace(session.moment(), cursor=session.moment().order.length)
    for name in ("gradient", "example", "update", "ratio"):
        layer = of(moment, name)[1]
        assert layer.weights_known.any() and not np.isfinite(layer.weights[layer.weights_known]).all(), name


@pytest.mark.parametrize("kind", KINDS)
def test_errors_are_those_of_the_check_and_without_one_nothing_is_known(kind: str) -> None:
    session = session_of(kind)
    moment, record = session.moment(), session.record
    check = check_gradients(record.problem, record.parameters, record.rows)
    assert check is not None
    for element, error in zip(elements(moment), check.errors, strict=True):
        value, known = number(of(moment, "error", check), moment, element)
        assert known == (not np.isnan(error)) and (not known or value == error)
    assert not any(layer.weights_known.any() for layer in of(moment, "error"))
    assert Colouring("error").lacks_check and not Colouring("error", check).lacks_check
    assert not any(Colouring(name).lacks_check for name in MEASURES if name != "error")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MEASURES)
def test_one_number_is_that_of_the_picture(kind: str, name: str) -> None:
    whole = session_of(kind).moment()
    record = whole.record
    check = check_gradients(record.problem, record.parameters, record.rows)
    for cursor in range(0, whole.order.length + 1, 5):
        moment = replace(whole, cursor=cursor)
        values = of(moment, name, check)
        for element in elements(moment):
            value, known = number(values, moment, element)
            assert value_of(moment, Colouring(name, check), element) == (value if known else None)


def test_a_tooltip_gets_the_number_that_it_lacks() -> None:
    moment = session_of("plain").moment()
    assert told_line(moment, Colouring("gradient"), Weight(1, 0, 0)) == ""
    assert told_line(moment, Colouring("ratio"), Unit(1, 0)) == ""
    assert told_line(moment, Colouring("error"), Weight(1, 0, 0)) == "error of the gradient check  –"
    assert told_line(moment, Colouring("ratio"), Weight(1, 0, 0)).startswith("update over weight  0.")


def test_every_measure_says_what_it_is() -> None:
    for row in MEASURES.values():
        assert row.label and row.symbol and row.unit and row.help.endswith(".")
        assert row.symbol.format(example="example 12345") and len(row.symbol.format(example="example 12345")) <= 30
