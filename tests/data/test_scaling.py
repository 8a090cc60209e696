"""A scaling is fitted on the training examples alone and then applied to all others alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz.data import datasets
from nnviz.data.scaling import TABLE

FITTED = [name for name in TABLE if name != "none"]
SPREAD = np.array([[1.0, -4.0, 7.0], [2.0, 0.0, 7.0], [4.0, 12.0, 7.0], [9.0, 0.0, 7.0]])


def test_none_changes_nothing() -> None:
    assert TABLE["none"].fit(SPREAD)(SPREAD) is SPREAD


def test_standardised_inputs_have_mean_0_and_deviation_1() -> None:
    scaled = TABLE["standardise"].fit(SPREAD)(SPREAD)
    np.testing.assert_allclose(scaled[:, :2].mean(axis=0), 0.0, atol=1e-15)
    np.testing.assert_allclose(scaled[:, :2].std(axis=0), 1.0)


def test_minimum_and_maximum_become_0_and_1() -> None:
    scaled = TABLE["min_max"].fit(SPREAD)(SPREAD)
    assert scaled[:, 0].tolist() == [0.0, 0.125, 0.375, 1.0] and scaled[:, 1].tolist() == [0.0, 0.25, 1.0, 0.25]


def test_quantiles_are_ranks_and_ties_share_theirs() -> None:
    scale = TABLE["quantile"].fit(SPREAD)
    np.testing.assert_allclose(scale(SPREAD)[:, 0], [0.0, 1 / 3, 2 / 3, 1.0])
    np.testing.assert_allclose(scale(SPREAD)[:, 1], [0.0, 0.5, 1.0, 0.5])
    np.testing.assert_allclose(scale(np.array([[3.0, 99.0, 7.0], [-5.0, -99.0, 7.0]]))[:, :2], [[0.5, 1.0], [0.0, 0.0]])


@pytest.mark.parametrize("name", FITTED)
def test_an_input_that_never_varies_stays_finite(name: str) -> None:
    for training in (SPREAD, np.full((3, 3), 0.1), np.array([[0.1, 0.2, 0.3]])):
        scaled = TABLE[name].fit(training)(training)
        assert np.isfinite(scaled).all() and (scaled[:, 2] == scaled[0, 2]).all() and abs(scaled[0, 2]) <= 0.5


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FITTED), st.lists(st.floats(-1.7e308, 1.7e308), min_size=1, max_size=20))
def test_extreme_inputs_stay_finite_and_in_order(name: str, values: list[float]) -> None:
    column = np.sort(np.array(values))[:, None]
    scaled = TABLE[name].fit(column)(column)
    assert np.isfinite(scaled).all() and (np.diff(scaled[:, 0]) >= 0.0).all()


@pytest.mark.parametrize("name", FITTED)
def test_it_is_fitted_on_the_training_part_only(name: str) -> None:
    raw = datasets.make("iris", {})
    data = raw.prepared((), name)
    np.testing.assert_array_equal(data.inputs, TABLE[name].fit(raw.inputs)(raw.inputs))
    np.testing.assert_array_equal(data.test_inputs, TABLE[name].fit(raw.inputs)(raw.test_inputs))
    elsewhere = replace(raw, test_inputs=raw.test_inputs + 100.0)
    np.testing.assert_array_equal(elsewhere.prepared((), name).inputs, data.inputs)


@pytest.mark.parametrize("name", list(TABLE))
def test_what_is_typed_is_prepared_like_the_examples(name: str) -> None:
    raw = datasets.make("moons", {})
    data = raw.prepared(("x1", "x1*x2"), name)
    assert data.inputs.shape == (210, 2) and not data.inputs.flags.writeable
    np.testing.assert_array_equal(data.preparation.apply(raw.inputs[:5]), data.inputs[:5])
    np.testing.assert_array_equal(data.preparation.apply(raw.test_inputs), data.test_inputs)


@pytest.mark.parametrize("name", list(TABLE))
def test_what_was_fitted_is_told_for_each_input(name: str) -> None:
    fitted = TABLE[name].fit(SPREAD).fitted
    assert all(numbers.shape == (3,) for numbers in fitted.values()) and bool(fitted) == (name != "none")


def test_the_fitted_numbers_are_those_of_the_training_examples() -> None:
    standardise, min_max, quantile = (TABLE[name].fit(SPREAD).fitted for name in FITTED)
    np.testing.assert_allclose(standardise["mean"], SPREAD.mean(axis=0))
    np.testing.assert_allclose(standardise["standard deviation"], SPREAD.std(axis=0))
    np.testing.assert_array_equal(min_max["minimum"], SPREAD.min(axis=0))
    np.testing.assert_array_equal(min_max["maximum"], SPREAD.max(axis=0))
    assert quantile["minimum"].tolist() == [1.0, -4.0, 7.0] and quantile["maximum"].tolist() == [9.0, 12.0, 7.0]
    assert quantile["median"][0] == 3.0


def test_the_raw_inputs_are_kept_beside_the_prepared_ones() -> None:
    raw = datasets.make("moons", {})
    assert raw.raw_inputs is raw.inputs and raw.raw_names == ("x1", "x2")
    assert raw.prepared(("x1*x2",), "standardise").raw_inputs is raw.inputs


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", TABLE)
def test_inputs_far_beyond_the_training_examples_are_scaled_without_a_warning(name: str) -> None:
    scale = TABLE[name].fit(np.array([[1e-3, 1.0], [2e-3, 1.0], [5e-3, 1.0]]))
    far = scale(np.array([[1e308, -1e308], [np.inf, np.nan]]))
    assert far.shape == (2, 2) and far[0, 0] > 0.9


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FITTED)
def test_what_is_fitted_to_the_largest_numbers_is_finite(name: str) -> None:
    fitted = TABLE[name].fit(np.array([[-1e308], [1e308], [0.9e308]])).fitted
    assert fitted and all(np.isfinite(values).all() for values in fitted.values())
    if name == "quantile":
        assert fitted["lower quartile"][0] == pytest.approx(-0.05e308)
