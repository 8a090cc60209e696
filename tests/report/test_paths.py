"""The paths of a parameter sum to its gradient, the largest are the largest, and each is the product of its factors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz.engine import activations, losses
from nnviz.engine.network import Choice, Layer, Network, default_unit_names
from nnviz.engine.record import Record
from nnviz.engine.step import step
from nnviz.report import paths
from nnviz.report.elements import Alpha, Bias, Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.moment import MEAN
from nnviz.report.paths import paths_of
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.networks import make_problem, random_targets

LOSSES = list(losses.TABLE)


def record_of(sizes: list[int], hidden: list[str], output: str, loss: str, bias: str, seed: int) -> Record:
    last, kinds = len(sizes) - 1, [*hidden, output]
    layers = tuple(
        Layer(default_unit_names(number, units, last), Choice(kind, options(kind, seed)),
              Choice("gaussian", (("std", 0.8),)), bias)
        for number, (units, kind) in enumerate(zip(sizes[1:], kinds, strict=True), start=1))
    generator = np.random.default_rng(seed)
    network = Network(default_unit_names(0, sizes[0], last), layers, Choice(loss))
    inputs = generator.normal(size=(4, sizes[0]))
    problem = make_problem(network, inputs, random_targets(loss, 4, sizes[-1], generator), seed=seed)
    return step(problem, problem.start())


def options(kind: str, seed: int) -> tuple[tuple[str, float], ...]:
    return (("per_unit", float(seed % 2)),) if kind == "prelu" else (("pieces", 3),) if kind == "maxout" else ()


def output_for(loss: str, drawn: str) -> str:
    """An activation whose outputs the loss accepts."""
    needed = {"probabilities": "softmax", "unit interval": "sigmoid"}
    return needed.get(losses.TABLE[loss].targets, drawn)


def check_sums(record: Record) -> None:
    labels = Labels(record.problem.network, {})
    for layer in range(1, len(record.problem.network.layers) + 1):
        for element in labels.elements(layer):
            for example in (MEAN, 0, 3):
                found = paths_of(record, labels, element, example, most=10_000)
                assert found.is_complete and found.certain
                assert found.absolute is not None and np.isfinite(found.products).all()
                assert abs(found.explained - found.gradient) <= 1e-12 * found.absolute + 1e-300
                assert found.absolute == pytest.approx(np.abs(found.products).sum(), rel=1e-12)
                if example != MEAN:
                    np.testing.assert_allclose(found.factors.prod(axis=1), found.products, rtol=1e-12, atol=1e-300)
                assert (np.diff(np.abs(found.products)) <= 0.0).all()
                row = len(found) - 1
                assert len(found.names(row)) == len(found.columns) == len(found.elements(row))
                assert found.route(row).endswith(" → E")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4), st.data(), st.sampled_from(LOSSES),
    st.sampled_from(["per_unit", "shared", "none"]), st.integers(0, 99),
)
def test_all_paths_sum_to_the_gradient_in_any_small_network(sizes, data, loss, bias, seed) -> None:
    kinds = st.sampled_from(list(activations.TABLE))
    hidden = [data.draw(kinds) for _ in sizes[2:]]
    check_sums(record_of(sizes, hidden, output_for(loss, data.draw(kinds)), loss, bias, seed))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", activations.TABLE)
def test_all_paths_sum_to_the_gradient_under_every_activation_and_loss(name: str, loss: str) -> None:
    check_sums(record_of([2, 3, 2, 2], [name, name], output_for(loss, name), loss, "per_unit", 5))


@pytest.mark.parametrize("element", [Weight(1, 2, 1), Bias(1, 0), Alpha(1, 0), Weight(2, 1, 1, 0)])
@pytest.mark.parametrize("example", [0, MEAN])
def test_the_largest_of_too_many_paths_are_those_of_all_in_order(monkeypatch, element, example) -> None:
    record = record_of([3, 5, 4, 3, 4, 3], ["prelu", "maxout", "softmax", "tanh"], "softmax",
                       "negative_log_likelihood", "shared", 2)
    labels = Labels(record.problem.network, {})
    every = paths_of(record, labels, element, example, most=10**6)
    monkeypatch.setattr(paths, "WORK", 1)
    best = paths_of(record, labels, element, example, most=25)
    assert best.count == every.count == len(every) and not best.is_complete and len(best) == 25
    if example == MEAN:
        assert not best.certain and best.absolute is None
        assert np.abs(best.products).sum() > 0.5 * np.abs(every.products[:25]).sum()
        return
    assert best.certain
    np.testing.assert_allclose(np.abs(best.products), np.abs(every.products[:25]), rtol=1e-12)
    assert best.absolute == pytest.approx(every.absolute, rel=1e-12)
    assert best.absolute_share == pytest.approx(np.abs(every.products[:25]).sum() / every.absolute, rel=1e-12)
    np.testing.assert_allclose(best.factors.prod(axis=1), best.products, rtol=1e-12)


def test_the_lectures_first_weight_has_two_paths_with_their_numbers() -> None:
    """∂E/∂w1 of the 2-2-2 walk-through: 0.055399425 + -0.019049119 = 0.036350306 at out h1, times the rest."""
    session = Session(open_example("mazur-2-2-2"))
    session.advance_steps(1)
    labels = Labels(session.problem.network, session.document.labels)
    found = paths_of(session.record, labels, Weight(1, 0, 0), 0)
    assert [found.route(row) for row in range(2)] == ["i1 → h1 → o1 → E", "i1 → h1 → o2 → E"]
    assert found.names(0) == ("i1", "f'(net h1)", "w5", "f'(net o1)", "∂E/∂out o1")
    at_output = found.factors[:, 2:].prod(axis=1)
    np.testing.assert_allclose(at_output, [0.055399425, -0.019049119], atol=5e-10)
    assert found.explained == pytest.approx(0.000438567734, rel=1e-8)
    assert found.elements(0) == (Unit(0, 0), Unit(1, 0), Weight(2, 0, 0), Unit(2, 0), Unit(2, 0))
    assert found.weights(1) == (Weight(1, 0, 0), Weight(2, 1, 0))
    assert found.share == pytest.approx(1.0) and found.absolute_share == pytest.approx(1.0)


def test_softmax_leads_across_and_its_fused_loss_is_one_factor() -> None:
    record = record_of([2, 2, 2], ["softmax"], "softmax", "cross_entropy", "per_unit", 1)
    labels = Labels(record.problem.network, {})
    found = paths_of(record, labels, Bias(1, 0), 0)
    assert found.count == 4 and found.columns[-1].kind == "fused"
    routes = {found.route(row) for row in range(4)}
    assert "h1 → h2 → o1 → E" in routes and "h1 → o2 → E" in routes
    assert any("∂out h2/∂net h1" in found.names(row) for row in range(4))


def test_the_factor_that_made_a_path_vanish_is_found() -> None:
    session = Session(open_example("vanishing-gradient"))
    session.advance_steps(1)
    labels = Labels(session.problem.network, session.document.labels)
    found = paths_of(session.record, labels, Weight(1, 0, 0), 0)
    for row in range(len(found)):
        assert abs(found.factors[row, found.smallest[row]]) == np.abs(found.factors[row]).min()


def test_sixty_four_layers_have_more_paths_than_can_be_counted_one_by_one() -> None:
    session = Session(Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 2,
        "layers": [*({"units": 32, "activation": "tanh"} for _ in range(63)), {"units": 2, "activation": "identity"}],
        "loss": "squared_error", "data": {"inputs": [[1.0, 2.0], [0.5, 0.1]], "targets": [[1.0, 0.0], [0.0, 1.0]]},
    }))
    session.advance_steps(1)
    labels = Labels(session.problem.network, {})
    for example in (0, MEAN):
        found = paths_of(session.record, labels, Weight(1, 0, 0), example, most=10)
        assert found.count == 32**62 * 2 and len(found) == 10
        assert math.isfinite(found.explained) and found.explained != 0.0


def test_numbers_that_have_run_away_are_told_as_they_are() -> None:
    session = Session(Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 2,
        "layers": [{"units": 3, "activation": "relu"}, {"units": 2, "activation": "identity"}],
        "loss": "squared_error", "data": {"inputs": [[1e308, 1e308]], "targets": [[1.0, 0.0]]},
    }))
    session.advance_steps(1)
    found = paths_of(session.record, Labels(session.problem.network, {}), Weight(1, 0, 0), 0)
    assert len(found) == 2
