"""Where things stand in the picture: nothing overlaps, nothing lies outside, and large networks still have a place."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nnviz.gui.drawing import Drawing
from nnviz.gui.layout import NetworkLayout, Shape, arrange, edge_lines, join, place_labels
from tests.gui.drawings import dense, digit, digits_network, mazur, playground, xor

NETWORKS = {"2-2-2": mazur, "2-2-1": xor, "2-8-8-1": playground, "784-16-16-10": digits_network,
            "1-1-1": lambda: dense(1, 1, 1), "2-4096-1": lambda: dense(2, 4096, 1)}
SIZES = [(300, 200), (800, 560), (1400, 860), (3840, 2160)]


@pytest.fixture(params=list(NETWORKS))
def drawing(request: pytest.FixtureRequest) -> Drawing:
    return NETWORKS[request.param]()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text_scale", [1.0, 1.6])
def test_every_unit_lies_inside_the_picture(drawing: Drawing, size: tuple[int, int], text_scale: float) -> None:
    layout = arrange(drawing, *size, text_scale)
    for column in layout.columns:
        left, top, right, bottom = column.frame
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= layout.bottom + 1
        assert np.isfinite(column.centres).all()


@pytest.mark.parametrize("size", SIZES)
def test_columns_stand_from_left_to_right_without_touching(drawing: Drawing, size: tuple[int, int]) -> None:
    frames = [column.frame for column in arrange(drawing, *size).columns]
    assert all(before[2] < after[0] for before, after in pairwise(frames))


def test_units_of_a_column_do_not_overlap(drawing: Drawing) -> None:
    for column in arrange(drawing, 800, 560).columns:
        if column.shape in (Shape.DISC, Shape.CAPSULE) and len(column.centres) > 1:
            assert column.pitch >= 2 * column.half_height


def test_small_networks_have_large_discs() -> None:
    for column in arrange(mazur(), 800, 560).columns:
        assert column.shape is Shape.DISC
        assert column.half_width > 40


def test_784_inputs_become_an_image_whose_edges_leave_on_the_right_in_order() -> None:
    column = arrange(digits_network(), 800, 560).columns[0]
    assert (column.shape, column.side) == (Shape.PIXEL, 28)
    starts = column.starts()
    assert np.all(starts[:, 0] == column.frame[2])
    assert np.all(np.diff(starts[:, 1]) > 0)
    assert np.allclose(column.centres[29] - column.centres[0], column.pitch)      # one right, one down


def test_a_layer_too_tall_for_text_becomes_a_strip() -> None:
    assert arrange(dense(2, 4096, 1), 800, 560).columns[1].shape is Shape.CELL


def test_a_shared_bias_is_one_node_joined_to_all_units() -> None:
    biases = arrange(mazur(), 800, 560).biases[0]
    assert biases is not None and biases.shared
    assert biases.centres.shape == (1, 2)
    assert biases.units.tolist() == [0, 1]


def test_each_unit_has_its_own_bias_beside_it() -> None:
    layout = arrange(playground(), 800, 560)
    biases = layout.biases[0]
    assert biases is not None and not biases.shared
    distances = np.hypot(*(biases.centres - layout.columns[1].centres).T)
    assert np.all(distances < 2.2 * layout.columns[1].half_width)


def test_a_preview_has_no_room_for_text_loss_or_biases() -> None:
    layout = arrange(mazur(), 320, 180, preview=True)
    assert layout.loss_box is None and layout.target_x is None
    assert layout.biases == (None, None)


def test_text_grows_with_the_text_scale_and_the_picture() -> None:
    def em(width: float, height: float, scale: float) -> float:
        return arrange(mazur(), width, height, scale).em

    assert em(800, 560, 1.6) == pytest.approx(1.6 * em(800, 560, 1.0))
    assert em(1600, 1120, 1.0) == pytest.approx(2.0 * em(800, 560, 1.0))


def test_joined_lines_stop_short_of_both_ends() -> None:
    line = join(np.array([[0.0, 0.0]]), np.array([[30.0, 40.0]]), 5.0, 10.0)
    assert line.tolist() == [[3.0, 4.0, 24.0, 32.0]]


def test_edges_touch_the_rims_of_their_discs() -> None:
    layout = arrange(mazur(), 800, 560)
    source, target = layout.columns[:2]
    lines = edge_lines(source, target, np.array([0, 1]), np.array([1, 1]))
    assert np.allclose(np.hypot(*(lines[:, :2] - source.centres[[1, 1]]).T), source.half_width)
    assert np.allclose(np.hypot(*(lines[:, 2:] - target.centres[[0, 1]]).T), target.half_width)


def boxes_of(layout: NetworkLayout, half_width: float, half_height: float) -> np.ndarray | None:
    units, sources = np.repeat([0, 1], 2), np.tile([0, 1], 2)
    lines = edge_lines(layout.columns[0], layout.columns[1], units, sources)
    fractions = place_labels(lines, np.full(4, half_width), half_height)
    return None if fractions is None else lines[:, :2] + (lines[:, 2:] - lines[:, :2]) * fractions[:, None]


def test_labels_of_edges_stand_apart() -> None:
    places = boxes_of(arrange(mazur(), 800, 560), 28.0, 8.0)
    assert places is not None
    for i in range(4):
        for j in range(i):
            assert abs(places[i, 0] - places[j, 0]) >= 56 or abs(places[i, 1] - places[j, 1]) >= 16


def test_labels_that_cannot_stand_apart_are_left_out_together() -> None:
    assert boxes_of(arrange(mazur(), 800, 560), 400.0, 200.0) is None


def test_labels_keep_clear_of_obstacles() -> None:
    line = np.array([[0.0, 0.0, 200.0, 0.0]])
    free = place_labels(line, np.array([10.0]), 5.0)
    blocked = place_labels(line, np.array([10.0]), 5.0, np.array([[100.0, 0.0, 20.0, 20.0]]))
    assert free is not None and blocked is not None
    assert free[0] == 0.5 and abs(blocked[0] * 200 - 100) >= 30


def test_64_layers_and_a_window_of_300_by_200_have_a_layout() -> None:
    layout = arrange(dense(2, *[3] * 62, 1), 300, 200, 3.0)
    assert len(layout.columns) == 64
    assert all(column.half_width > 0 for column in layout.columns)


def test_an_image_input_keeps_whole_pixels() -> None:
    column = arrange(dense(784, 4, 2, inputs=digit()), 1200, 800).columns[0]
    assert column.pitch == int(column.pitch)
