"""Units that were dragged to new places: the layout with them there, edges and biases along with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage, QPainter

from nnviz.gui.arrangement import Arrangement
from nnviz.gui.columns import Shape
from nnviz.gui.drawing import Drawing
from nnviz.gui.layout import arrange
from nnviz.gui.picture import paint_picture
from nnviz.gui.theme import LIGHT
from nnviz.gui.unit_places import place_at, point_of, with_places
from nnviz.report.elements import Bias, Unit, Weight
from tests.gui.drawings import dense, digits_network, mazur, playground, xor

SHARES = st.floats(0.0, 1.0)


def test_without_places_the_layout_is_the_very_same() -> None:
    layout = arrange(mazur(), 800, 560)
    assert with_places(layout, {}) is layout


@given(SHARES, SHARES)
def test_a_moved_unit_stays_between_titles_and_legend_and_others_stay_where_they_are(x: float, y: float) -> None:
    layout = arrange(dense(3, 4, 2), 800, 560)
    moved = with_places(layout, {(1, 2): (x, y)})
    column, home = moved.columns[1], layout.columns[1]
    at = column.centres[2]
    assert column.half_width <= at[0] + 1e-9 and at[0] <= layout.width - column.half_width + 1e-9
    assert layout.top <= at[1] - column.half_height + 1e-9 and at[1] + column.half_height <= layout.bottom + 1e-9
    others = [0, 1, 3]
    np.testing.assert_array_equal(column.centres[others], home.centres[others])
    np.testing.assert_array_equal(moved.columns[2].centres, layout.columns[2].centres)


@given(st.floats(0.3, 0.7), st.floats(0.3, 0.7))
def test_a_place_is_the_same_point_in_every_direction(x: float, y: float) -> None:
    layout = arrange(mazur(), 800, 560)
    assert place_at(layout, *point_of(layout, (x, y))) == pytest.approx((x, y), abs=1e-6)


def test_own_biases_go_along_and_a_shared_one_reaches_further() -> None:
    for drawing in (xor(), mazur()):
        layout = arrange(drawing, 800, 560)
        before = layout.columns[1].centres[0]
        moved = with_places(layout, {(1, 0): place_at(layout, before[0] + 30, before[1] + 20)})
        by = moved.columns[1].centres[0] - before
        assert np.allclose(by, (30, 20), atol=0.01)
        biases, home = moved.biases[0], layout.biases[0]
        assert biases is not None and home is not None
        if home.shared:
            np.testing.assert_array_equal(biases.centres, home.centres)
            assert not np.allclose(biases.lines[0], home.lines[0])
            np.testing.assert_allclose(biases.lines[1], home.lines[1])
        else:
            np.testing.assert_allclose(biases.centres[0], home.centres[0] + by)
            np.testing.assert_allclose(biases.centres[1], home.centres[1])


def test_what_is_drawn_elsewhere_is_hit_there() -> None:
    drawing = replace(xor(), places={(1, 0): (0.4, 0.75), (0, 1): (0.2, 0.2)})
    arrangement = Arrangement()
    layout = arrangement.layout_of(drawing, 800, 560, 1.0, 4)
    for element in (Unit(1, 0), Unit(0, 1), Weight(1, 0, 1), Weight(2, 0, 0), Bias(1, 0)):
        places = arrangement.places_of(drawing, layout, element)
        hits = [arrangement.element_at(drawing, layout, x, y, 5.0) for x, y in places.tolist()]
        assert element in hits


def test_pixels_and_cells_stay_where_they_are() -> None:
    for drawing, layer, shape in ((digits_network(), 0, Shape.PIXEL), (dense(2, 300, 1), 1, Shape.CELL)):
        layout = arrange(drawing, 800, 560)
        assert layout.columns[layer].shape is shape
        moved = with_places(layout, {(layer, 5): (0.9, 0.9)})
        np.testing.assert_array_equal(moved.columns[layer].centres, layout.columns[layer].centres)


def test_places_of_units_that_are_not_there_are_passed_over() -> None:
    layout = arrange(mazur(), 800, 560)
    moved = with_places(layout, {(1, 7): (0.5, 0.5), (9, 0): (0.5, 0.5)})
    for column, home in zip(moved.columns, layout.columns, strict=True):
        np.testing.assert_array_equal(column.centres, home.centres)


def test_a_unit_dragged_aside_leaves_their_values_to_the_edges_that_have_room(qapp: object) -> None:
    drawing = playground()
    everywhere = written(drawing)
    assert len(everywhere) == 16
    aside = written(replace(drawing, places={(1, 0): (0.12, 0.5)}))
    assert 8 <= len(aside) <= 16


def written(drawing: Drawing) -> list[Weight]:
    """The weights of the first layer whose values are written in a picture."""
    image = QImage(1200, 800, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        shown = paint_picture(painter, drawing, LIGHT, 1200, 800)
    finally:
        painter.end()
    return [element for element in shown.elements if isinstance(element, Weight) and element.layer == 1]
