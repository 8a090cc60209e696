"""What colour a gradient has: nothing known lies outside the scale, and 0 is not weak."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.gui.colour_scale import (
    COLOURS,
    NEUTRAL,
    STRONGEST_COLOUR,
    WARNING,
    WEAKEST,
    ZERO,
    ColourScale,
    edge_colours,
    magnitudes_among,
)
from nnviz.gui.theme import DARK, LIGHT, Theme
from tests.gui.drawings import dense, mazur

GRADIENTS = st.lists(st.floats(allow_subnormal=False, allow_nan=True, allow_infinity=True), min_size=1, max_size=60)
KINDS = pytest.mark.parametrize("kind", [ColourScale(), ColourScale(linear=True)], ids=["logarithmic", "linear"])


def contains(scale: ColourScale, gradients: list[float]) -> bool:
    """Whether the legend tells the size of each gradient that is finite and not 0."""
    sizes = [abs(value) for value in gradients if value and math.isfinite(value)]
    if scale.linear:
        return all(size <= scale.top for size in sizes)
    return all(math.log10(size) <= scale.high and (scale.open_below or math.log10(size) >= scale.low) for size in sizes)


def test_the_scale_spans_whole_decades_of_the_data() -> None:
    scale = ColourScale().fitting_drawing(mazur())
    assert (scale.low, scale.high, scale.open_below) == (-4, 0, False)


@KINDS
@given(GRADIENTS, GRADIENTS)
def test_all_gradients_lie_within_the_scale_of_their_moment_and_within_one_that_follows(
    kind: ColourScale, before: list[float], now: list[float]
) -> None:
    first = kind.fitting(magnitudes_among(np.array(before)))
    assert contains(first, before)
    assert contains(first.following(magnitudes_among(np.array(now))), now)


@given(GRADIENTS, GRADIENTS)
def test_the_scale_of_a_moment_does_not_depend_on_the_moments_before(before: list[float], now: list[float]) -> None:
    found = magnitudes_among(np.array(now))
    assert ColourScale().fitting(magnitudes_among(np.array(before))).fitting(found) == ColourScale().fitting(found)


@given(GRADIENTS, GRADIENTS)
def test_the_scale_is_never_empty_and_never_too_wide(before: list[float], now: list[float]) -> None:
    scale = ColourScale().fitting(magnitudes_among(np.array(before)))
    assert 2 <= scale.high - scale.low <= 8
    assert 2 <= (scale := scale.following(magnitudes_among(np.array(now)))).high - scale.low <= 10


def test_up_to_four_decades_all_gradients_count_and_above_that_a_few_stray_ones_do_not() -> None:
    few = ColourScale().fitting(magnitudes_among(np.array([0.05, 3e-5])))
    assert (few.low, few.high, few.open_below) == (-5, -1, False)
    stray = ColourScale().fitting(magnitudes_among(np.array([0.05] * 99 + [1e-12])))
    assert (stray.low, stray.high, stray.open_below) == (-5, -1, True)
    assert stray.ticks[0] == (0.0, "≤1e−5") and few.ticks[0] == (0.0, "1e−5")


def test_a_layer_whose_gradients_vanish_has_colours_of_its_own() -> None:
    drawing = dense(8, 8, 8, dead=False)
    weak = replace(drawing.connections[0], gradients=drawing.connections[0].gradients * 1e-6)
    scale = ColourScale().fitting_drawing(replace(drawing, connections=(weak, *drawing.connections[1:])))
    weakest = scale.bins(np.abs(weak.gradients)).astype(int)
    strongest = scale.bins(np.abs(drawing.connections[1].gradients)).astype(int)
    assert np.median(strongest) - np.median(weakest) >= COLOURS // 2


def test_while_training_flows_the_scale_keeps_still_as_long_as_data_change_a_little() -> None:
    scale = ColourScale().fitting(magnitudes_among(np.array([0.08, 0.001])))
    for data in ([0.05, 0.002], [0.011, 0.0015], [0.0099, 0.0015]):
        assert scale.following(magnitudes_among(np.array(data))) == scale
    assert scale.following(magnitudes_among(np.array([5.0, 0.001]))).high == 1
    assert scale.following(magnitudes_among(np.array([4e-4, 1e-4]))).high < scale.high
    assert scale.following(None) is scale


@KINDS
@pytest.mark.parametrize("gradients", [[0.0, -0.0], [math.nan], [math.inf, -math.inf]], ids=str)
def test_without_a_gradient_the_scale_is_that_of_none(kind: ColourScale, gradients: list[float]) -> None:
    assert kind.fitting(magnitudes_among(np.array(gradients))) == kind


@KINDS
def test_bins_grow_with_the_magnitude_end_at_the_ends_and_leave_0_alone(kind: ColourScale) -> None:
    bins = kind.bins(np.array([0.0, 1e-9, 1e-4, 1e-3, 1e-2, 0.1, 7.0, np.inf]))
    assert np.all(np.diff(bins.astype(int)) >= 0)
    assert bins[0] == ZERO < WEAKEST == bins[1]
    assert bins[-1] == bins[-2] == STRONGEST_COLOUR


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_0_has_a_colour_that_no_gradient_has_nor_what_is_not_known(theme: Theme) -> None:
    colours = edge_colours(theme)
    zero = np.array(colours[ZERO].getRgb()[:3])
    for number in (NEUTRAL, *range(WEAKEST, WARNING + 1)):
        assert np.abs(zero - colours[number].getRgb()[:3]).max() >= 30, number


def test_a_linear_scale_grows_in_proportion_and_keeps_its_range_while_data_stay_in_it() -> None:
    scale = ColourScale(linear=True).fitting(magnitudes_among(np.array([0.08])))
    assert scale.top == 0.1 and [text for _, text in scale.ticks] == ["0", "0.05", "0.1"]
    assert scale.following(magnitudes_among(np.array([0.03]))) is scale
    assert scale.following(magnitudes_among(np.array([0.3]))).top == 0.5
    bins = scale.bins(np.array([0.05, 0.1, 0.2]))
    assert abs(int(bins[0]) - WEAKEST - COLOURS / 2) <= 1 and bins[1] == bins[2] == STRONGEST_COLOUR
    assert scale.share(0.05) == 0.5 and scale.share(7.0) == 1.0


@pytest.mark.filterwarnings("error")
def test_gradients_about_to_overflow_have_the_strongest_colour_without_a_warning() -> None:
    assert ColourScale(linear=True, top=1e-3).bins(np.array([1e-300, 1e308]))[-1] == STRONGEST_COLOUR
