"""The numbers of a map: which heights have lines, where the lines run, and what stands along the axes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.gui.contours import HeightScale, contour_lines, ticks

SIDE = 81
X, Y = np.meshgrid(np.linspace(-2.0, 2.0, SIDE), np.linspace(-2.0, 2.0, SIDE))
SURFACES = {
    "bowl": X**2 + Y**2, "saddle": X**2 - Y**2, "ravine": 0.05 * X**2 + 5 * Y**2,
    "waves": np.sin(3 * X) * np.cos(2 * Y), "rosenbrock": (1 - X) ** 2 + 100 * (Y - X**2) ** 2,
    "well": -np.exp(-X**2 - Y**2),
}
EACH = pytest.mark.parametrize("heights", SURFACES.values(), ids=SURFACES.keys())


def heights_along(lines: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """The heights of both ends of each line, interpolated in the cell that they lie in."""
    column, row = lines.reshape(-1, 2).T
    left = np.clip(np.floor(column).astype(int), 0, heights.shape[1] - 2)
    low = np.clip(np.floor(row).astype(int), 0, heights.shape[0] - 2)
    right, up = column - left, row - low
    return ((1 - up) * ((1 - right) * heights[low, left] + right * heights[low, left + 1])
            + up * ((1 - right) * heights[low + 1, left] + right * heights[low + 1, left + 1]))


@EACH
def test_both_ends_of_every_line_lie_at_its_level(heights: np.ndarray) -> None:
    for level in HeightScale.of(heights).levels():
        lines = contour_lines(heights, level)
        assert len(lines)
        np.testing.assert_allclose(heights_along(lines, heights), level, atol=1e-9 * np.abs(heights).max())


@EACH
def test_lines_only_end_at_the_edge_of_the_map(heights: np.ndarray) -> None:
    for level in HeightScale.of(heights).levels():
        lines = contour_lines(heights, level + 1e-7)
        ends, count = np.unique(lines.reshape(-1, 2).round(9), axis=0, return_counts=True)
        on_edge = ((ends == 0) | (ends == SIDE - 1)).any(axis=1)
        assert (count[~on_edge] == 2).all()


@pytest.mark.parametrize("corners", range(16))
@pytest.mark.parametrize("middle", [-1.0, 1.0])
def test_a_line_parts_the_corners_above_from_those_below(corners: int, middle: float) -> None:
    above = [bool(corners >> bit & 1) for bit in range(4)]
    values = [1.0 + middle * 0.5 if high else -1.0 + middle * 0.5 for high in above]
    cell = np.array([[values[0], values[1]], [values[3], values[2]]])
    turns = sum(above[k] != above[k - 1] for k in range(4))
    assert len(contour_lines(cell, 0.0)) == turns // 2


def test_where_opposite_corners_are_high_the_middle_decides_which_of_them_are_joined() -> None:
    low_middle = contour_lines(np.array([[1.0, -3.0], [-3.0, 1.0]]), 0.0)
    high_middle = contour_lines(np.array([[3.0, -1.0], [-1.0, 3.0]]), 0.0)
    # a low middle cuts the high corners (0, 0) and (1, 1) off, a high one the low corners
    assert sorted(np.round(low_middle.sum(axis=1) / 2, 6)) == [0.25, 1.75]
    assert np.round(high_middle.reshape(-1, 2).sum(axis=1), 6).tolist().count(0.75) == 2


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_cells_without_a_value_have_no_line(hole: float) -> None:
    heights = SURFACES["bowl"].copy()
    heights[:, 50:] = hole
    lines = contour_lines(heights, 1.0)
    assert len(lines) and lines[:, [0, 2]].max() <= 49.0
    assert len(contour_lines(np.full((4, 4), hole), 1.0)) == 0


@EACH
def test_levels_are_round_and_rise_within_the_heights(heights: np.ndarray) -> None:
    scale = HeightScale.of(heights)
    levels = scale.levels()
    assert 6 <= len(levels) <= 13
    assert list(levels) == sorted(set(levels)) and scale.low < levels[0] and levels[-1] < scale.high
    assert all(len(f"{level:.12g}".replace(".", "").replace("-", "").strip("0")) <= 3 for level in levels)


def test_on_a_gentle_surface_levels_are_evenly_high_and_in_a_ravine_the_low_ones_are_closer() -> None:
    steps = np.diff(HeightScale.of(SURFACES["bowl"]).levels())
    np.testing.assert_allclose(steps, steps[0])
    steps = np.diff(HeightScale.of(SURFACES["rosenbrock"]).levels())
    assert steps[-1] > 20 * steps[0]


@EACH
def test_half_of_a_map_is_never_crowded_into_the_lowest_colours(heights: np.ndarray) -> None:
    assert np.median(HeightScale.of(heights).shares(heights)) > 0.3


@given(st.floats(-1e3, 1e3), st.floats(1.0, 1e6), st.floats(1.0, 8.0), st.floats(0.1, 1.0))
def test_a_share_and_its_height_belong_together(low: float, span: float, bend: float, share: float) -> None:
    scale = HeightScale(low, low + span, bend)
    assert scale.share(scale.height(share)) == pytest.approx(share, abs=1e-4)


@given(st.floats(-1e3, 1e3), st.floats(1.0, 1e6), st.floats(1.0, 8.0))
def test_heights_beyond_those_that_a_map_is_made_for_share_the_last_colours(
    low: float, span: float, bend: float
) -> None:
    scale = HeightScale(low, low + span, bend).with_surroundings(low, low + 9.0 * span)
    shares = scale.shares(low + span * np.linspace(0.0, 9.0, 200))
    assert (np.diff(shares) > 0).all() and shares[0] == 0.0 and shares[-1] < 1.0
    assert scale.share(low + span) == pytest.approx(0.8)
    inner = HeightScale(low, low + span, bend)
    assert inner.with_surroundings(low + 0.1 * span, low + 0.9 * span) == inner


@EACH
def test_lines_go_on_beyond_the_colours(heights: np.ndarray) -> None:
    scale = HeightScale.of(heights[20:61, 20:61])
    within, beyond = scale.levels(), scale.levels(highest=float(heights.max()))
    assert beyond[: len(within)] == within and list(beyond) == sorted(set(beyond)) and len(beyond) < 60
    assert beyond[-1] < max(scale.high, heights.max())


def test_a_pole_does_not_take_all_colours() -> None:
    with np.errstate(divide="ignore"):
        scale = HeightScale.of(1.0 / (X**2 + Y**2))
    assert scale.high < 100.0


@pytest.mark.parametrize("heights", [np.full((3, 3), 2.5), np.full((3, 3), np.nan), np.zeros((3, 3))])
def test_a_plain_without_heights_still_has_a_scale(heights: np.ndarray) -> None:
    scale = HeightScale.of(heights)
    assert scale.low < scale.high and math.isfinite(scale.high)
    assert scale.levels() == tuple(sorted(scale.levels()))


@given(st.floats(-1e6, 1e6), st.floats(1e-2, 1e9), st.integers(1, 20))
def test_ticks_are_few_even_and_on_the_axis(low: float, span: float, most: int) -> None:
    found = ticks(low, low + span, most)
    assert len(found) <= most + 2
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in found)
    steps = np.diff(found)
    if len(steps):
        np.testing.assert_allclose(steps, steps[0], rtol=1e-3)


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_an_axis_without_length_has_no_ticks(low: float, high: float) -> None:
    assert ticks(low, high, 5) == ()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("heights", [
    8.9e307 * X, np.sign(X) * 1.7e308, -1e308 * np.minimum(X**2, 1.7), 1e308 * np.minimum(np.abs(X), 1.7),
    1.79e308 * np.sin(3 * X) * np.cos(2 * Y), np.full_like(X, 1.7e308), np.full_like(X, -1.7e308),
], ids=["slope", "cliff", "hill", "valley", "waves", "high", "low"])
def test_a_map_of_the_largest_numbers_has_finite_shares_and_lines(heights: np.ndarray) -> None:
    low, high = float(heights.min()), float(heights.max())
    for scale in (HeightScale.of(heights), HeightScale.of(heights / 2).with_surroundings(low, high)):
        assert np.isfinite(scale.high - scale.low)
        shares = scale.shares(heights)
        assert ((shares >= 0.0) & (shares <= 1.0)).all()
        for level in scale.levels(highest=high):
            lines = contour_lines(heights, level)
            assert np.isfinite(lines).all() and (lines >= 0).all() and (lines <= SIDE - 1).all()
