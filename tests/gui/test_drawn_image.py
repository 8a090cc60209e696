"""The laws of a drawing: strokes cover what they pass, taking back is exact, and it lies as the data do where asked."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.data import bundled
from nnviz.gui.drawn_image import DrawnImage, Habit, Ink


def drawn(*points: tuple[float, float], side: int = 28, size: float = 3.0) -> DrawnImage:
    drawing = DrawnImage(side)
    drawing.begin()
    for start, end in zip(points, points[1:] or points, strict=False):
        drawing.draw(start, end, size, 2.0, True)
    return drawing


def test_a_stroke_is_full_in_its_middle_and_fades_at_its_edge() -> None:
    pixels = drawn((5.5, 14.5), (22.5, 14.5)).pixels
    assert (pixels[14, 6:22] == 1.0).all() and not pixels[:10].any() and not pixels[19:].any()
    across = pixels[9:20, 14]
    assert ((across > 0.0) & (across < 1.0)).sum() >= 2 and np.array_equal(across, across[::-1])


def test_drawing_twice_makes_it_no_darker_and_erasing_takes_it_away() -> None:
    drawing = drawn((5.5, 14.5), (22.5, 14.5))
    once = drawing.pixels
    drawing.draw((5.5, 14.5), (22.5, 14.5), 3.0, 2.0, True)
    assert np.array_equal(drawing.pixels, once)
    drawing.draw((5.5, 14.5), (22.5, 14.5), 9.0, 2.0, False)
    assert drawing.is_empty


def test_strokes_are_taken_back_and_drawn_again_bit_for_bit() -> None:
    drawing, seen = DrawnImage(28), []
    for place in range(4):
        seen.append(drawing.pixels.copy())
        drawing.begin()
        drawing.draw((4.0, 4.0 + 5 * place), (24.0, 4.0 + 5 * place), 3.0, 2.0, True)
    drawing.clear()
    cleared = drawing.pixels.copy()
    drawing.undo()
    last = drawing.pixels.copy()
    for pixels in reversed(seen):
        assert drawing.undo() and np.array_equal(drawing.pixels, pixels)
    assert not drawing.undo() and not drawing.can_undo
    while drawing.redo():
        pass
    assert np.array_equal(drawing.pixels, cleared)
    drawing.undo()
    assert np.array_equal(drawing.pixels, last)
    drawing.begin()
    assert not drawing.can_redo


@pytest.mark.parametrize("height", [6.0, 12.0, 20.0])
@pytest.mark.parametrize("place", [(8.0, 9.0), (14.0, 14.0), (18.0, 17.0)])
def test_wherever_and_however_large_it_is_drawn_it_comes_to_lie_as_the_data_do(
    height: float, place: tuple[float, float]
) -> None:
    habit = Habit(14.2, 13.9, 22.0)
    x, y = place
    half = min(height, 2.0 * min(y, 28.0 - y) - 4.0) / 2.0
    found = habit.applied(drawn((x, y - half), (x, y + half), (x + 3.0, y + half)).pixels)
    own = Habit.of(found[None])
    assert abs(own.across - habit.across) < 0.6 and abs(own.down - habit.down) < 0.6
    assert abs(own.extent - habit.extent) <= 2.0
    assert found.min() >= 0.0 and found.max() <= 1.0


def test_what_lies_as_the_data_do_is_left_alone_and_nothing_stays_nothing() -> None:
    drawing = drawn((10.0, 6.0), (18.0, 20.0))
    own = Habit.of(drawing.pixels[None])
    assert np.abs(own.applied(drawing.pixels) - drawing.pixels).max() < 1e-12
    assert not Habit(14.0, 14.0, 20.0).applied(np.zeros((28, 28))).any()
    assert Habit.of(np.zeros((3, 28, 28))).across == 14.0


def test_the_habit_of_the_bundled_digits_is_their_middle_and_most_of_their_frame() -> None:
    images, _ = bundled.digits(28)
    habit = Habit.of(images.reshape(-1, 28, 28))
    assert abs(habit.across - 14.0) < 0.5 and abs(habit.down - 14.0) < 0.5 and 20.0 < habit.extent < 26.0


@pytest.mark.parametrize(("low", "high", "ground"), [
    (0.0, 1.0, 0.0), (0.0, 255.0, 0.0), (0.0, 255.0, 255.0), (-1.0, 1.0, -1.0),
])
def test_ink_and_ground_are_those_of_the_data(low: float, high: float, ground: float) -> None:
    levels = np.array([[0.0, 0.0, 0.0, 0.5, 1.0]])
    values = low + levels * (high - low) if ground == low else high - levels * (high - low)
    ink = Ink.of(values)
    assert ink.ground == ground and np.array_equal(ink.levels(values), levels)
    assert np.array_equal(ink.values(levels), values)


def test_a_data_set_of_one_grey_has_no_ink() -> None:
    assert not Ink.of(np.ones((2, 4))).levels(np.ones((2, 4))).any()


@pytest.mark.parametrize("seed", range(40))
def test_no_ink_leaves_the_frame_however_it_is_moved_and_scaled(seed: int) -> None:
    generator = np.random.default_rng(seed)
    points = [(float(x), float(y)) for x, y in generator.uniform(1.0, 27.0, (generator.integers(1, 6), 2))]
    pixels = drawn(*points, size=float(generator.uniform(1.0, 9.0))).pixels
    own = Habit.of(pixels[None])
    moved = Habit(14.0, 14.0, own.extent).applied(pixels)
    assert moved.sum() == pytest.approx(pixels.sum())
    found = Habit(14.0, 14.0, 20.0).applied(pixels)
    scale = min(20.0 / own.extent, 4.0)
    if found.sum() > pixels.sum() * scale**2 * 0.9:      # as large as wanted
        assert found.sum() == pytest.approx(pixels.sum() * scale**2, rel=0.05)
    else:                                                # the largest that fits the frame
        assert max(np.ptp(np.flatnonzero(found.any(axis=axis))) for axis in (0, 1)) >= 25


def test_a_seven_with_its_bar_high_up_keeps_its_foot() -> None:
    images, _ = bundled.digits(28)
    habit = Habit.of(images.reshape(-1, 28, 28))
    seven = drawn((6.0, 4.2), (21.0, 4.2), (13.0, 24.6)).pixels
    scale = habit.extent / Habit.of(seven[None]).extent
    assert habit.applied(seven).sum() == pytest.approx(seven.sum() * scale**2, rel=0.02)
