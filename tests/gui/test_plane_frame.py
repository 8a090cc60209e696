"""The frame of the plane: pixels and points lead to each other and back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from nnviz.gui.plane_frame import PlaneFrame, ranges_of, ticks_between

_ends = st.tuples(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
_frames = st.builds(
    lambda x, y, room: PlaneFrame((x[0], y[0]), (x[0] + x[1], y[0] + y[1]), QRectF(*room)),
    _ends, _ends, st.tuples(st.floats(0, 200), st.floats(0, 200), st.floats(40, 3000), st.floats(40, 3000)),
)
_share = st.floats(0.0, 1.0)


@given(_frames, _share, _share)
def test_a_pixel_leads_to_a_point_and_back(frame: PlaneFrame, x: float, y: float) -> None:
    at = QPointF(frame.room.left() + x * frame.room.width(), frame.room.top() + y * frame.room.height())
    back = frame.to_pixels(np.array([frame.to_point(at)]))[0]
    assert np.abs(back - (at.x(), at.y())).max() < 1e-3


@given(_frames, _share, _share)
def test_rounding_moves_a_point_by_less_than_a_pixel(frame: PlaneFrame, x: float, y: float) -> None:
    at = QPointF(frame.room.left() + x * frame.room.width(), frame.room.top() + y * frame.room.height())
    back = frame.to_pixels(np.array([frame.rounded(*frame.to_point(at))]))[0]
    assert np.abs(back - (at.x(), at.y())).max() < 0.6


@given(_frames, _share, _share, st.floats(0.5, 2.0))
def test_zooming_leaves_the_point_under_the_pointer(frame: PlaneFrame, x: float, y: float, factor: float) -> None:
    at = QPointF(frame.room.left() + x * frame.room.width(), frame.room.top() + y * frame.room.height())
    before, after = frame.to_point(at), frame.zoomed(factor, at).to_point(at)
    assert np.allclose(before, after, rtol=1e-9, atol=1e-9 * max(map(abs, (*frame.low, *frame.high))))


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), min_size=1, max_size=20))
def test_every_point_lies_within_the_ranges(points: list[tuple[float, float]]) -> None:
    array = np.array(points)
    low, high = ranges_of(array)
    assert (array >= low).all() and (array <= high).all() and low[0] < high[0] and low[1] < high[1]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_are_few_and_within(low: float, extent: float, most: int) -> None:
    ticks = ticks_between(low, low + extent, most)
    assert len(ticks) <= most
    assert all(low - extent * 1e-6 <= tick <= low + extent * (1 + 1e-6) for tick in ticks)
