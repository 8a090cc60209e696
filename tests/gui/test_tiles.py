"""Units drawn as square images: they have places, are hit, and show their numbers in colours that tell signs apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.columns import Shape
from nnviz.gui.drawing import Drawing, TileKind, Tiles
from nnviz.gui.edges import drawn_edges
from nnviz.gui.layout import arrange
from nnviz.gui.map_colours import map_pixels
from nnviz.gui.network_view import NetworkView
from nnviz.gui.picture import Shown, paint_picture
from nnviz.gui.picture_export import svg_bytes
from nnviz.gui.pointing import hit_map
from nnviz.gui.theme import DARK, LIGHT, Theme
from nnviz.report.elements import Unit
from tests.gui.drawings import dense, digits_network, playground


def tiled(drawing: Drawing, *layers: int) -> Drawing:
    """`drawing` with an image for every unit of these layers: each is another even number."""
    columns = list(drawing.columns)
    for layer in layers:
        count = len(columns[layer].names)
        images = np.broadcast_to(np.linspace(-1.0, 1.0, count)[:, None, None], (count, 6, 6))
        tiles = Tiles(np.ascontiguousarray(images), TileKind.OUTPUTS, -1.0, 0.0, 1.0, "outputs of units")
        columns[layer] = replace(columns[layer], tiles=tiles)
    return replace(drawing, columns=tuple(columns))


def painted(drawing: Drawing, theme: Theme = LIGHT, size: tuple[int, int] = (1200, 800)) -> tuple[QImage, Shown]:
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    shown = paint_picture(painter, drawing, theme, *size)
    painter.end()
    return image, shown


@pytest.mark.parametrize("size", [(300, 200), (800, 560), (1400, 860), (3840, 2160)])
def test_tiles_lie_beside_each_other_in_the_picture(qapp: object, size: tuple[int, int]) -> None:
    for column in arrange(tiled(playground(), 0, 1, 2, 3), *size).columns:
        assert column.shape is Shape.TILE and column.half_width == column.half_height
        assert column.pitch > 2 * column.half_height
        assert column.frame[0] >= 0 and column.frame[2] <= size[0]


def test_a_column_with_too_many_units_for_images_is_a_strip(qapp: object) -> None:
    assert arrange(tiled(dense(2, 4096, 1), 1), 800, 560).columns[1].shape is Shape.CELL


def test_thumbnails_stand_beside_an_input_image(qapp: object) -> None:
    layout = arrange(tiled(digits_network(), 1, 2), 1200, 800)
    assert [column.shape for column in layout.columns[:3]] == [Shape.PIXEL, Shape.TILE, Shape.TILE]
    assert 2 * layout.columns[1].half_width > 20.0


def test_the_whole_square_of_a_tile_is_its_unit(qapp: object) -> None:
    drawing = tiled(playground(), 1)
    layout = arrange(drawing, 1200, 800)
    hits, column = hit_map(layout, drawn_edges(drawing, layout)), layout.columns[1]
    x, y = column.centres[3]
    for dx, dy in ((0, 0), (-0.9, -0.9), (0.9, 0.9)):
        assert hits.element_at(x + dx * column.half_width, y + dy * column.half_height) == Unit(1, 3)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_every_tile_shows_its_own_image(qapp: object, theme: Theme) -> None:
    drawing = tiled(playground(), 1)
    image, shown = painted(drawing, theme)
    column = arrange(drawing, 1200, 800).columns[1]
    for unit, value in enumerate(np.linspace(-1.0, 1.0, 8)):
        wanted = QColor.fromRgb(int(map_pixels(np.array([value]), -1.0, 0.0, 1.0, False, theme)[0]))
        assert image.pixelColor(*(round(place) for place in column.centres[unit])) == wanted
        assert drawing.columns[1].names[unit] in shown.elements[Unit(1, unit)]


def test_a_vector_picture_has_every_image_too(qapp: object) -> None:
    drawing = tiled(playground(), 1)
    image = QImage(1200, 800, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    QSvgRenderer(svg_bytes(drawing, LIGHT, 1200, 800)).render(painter)
    painter.end()
    for unit, (x, y) in enumerate(arrange(drawing, 1200, 800).columns[1].centres.tolist()):
        value = np.linspace(-1.0, 1.0, 8)[unit : unit + 1]
        wanted = QColor.fromRgb(int(map_pixels(value, -1.0, 0.0, 1.0, False, LIGHT)[0]))
        assert image.pixelColor(round(x), round(y)) == wanted


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_signs_are_read_from_lightness_too(theme: Theme) -> None:
    low, high = (QColor.fromRgb(int(pixel)).lightnessF() for pixel in
                 map_pixels(np.array([-1.0, 1.0]), -1.0, 0.0, 1.0, False, theme))
    assert high > low + 0.1


def test_what_is_no_number_has_a_colour_of_its_own() -> None:
    values = np.array([-1.0, 0.0, 1.0, np.nan, np.inf, -np.inf])
    colours = map_pixels(values, -1.0, 0.0, 1.0, False, LIGHT).tolist()
    assert len(set(colours)) == 5 and colours[4] == colours[5]
    assert len(set(map_pixels(values[:3], -1.0, 0.0, 1.0, True, LIGHT).tolist())) == 2


def test_a_click_selects_a_tile_and_the_keyboard_reaches_it(qtbot: object) -> None:
    view = NetworkView(LIGHT)
    view.resize(900, 600)
    view.set_drawing(tiled(playground(), 0, 1, 2, 3))
    assert view.element_at(view.point_of(Unit(2, 5))) == Unit(2, 5)
    view.click(Unit(1, 0))
    view.select_next()
    view.select_previous()
    assert view.selected_element == Unit(1, 0)
    assert view.element_at(QPointF(view.point_of(Unit(1, 0)))) == Unit(1, 0)
    assert view.colour_scale != ColourScale(linear=True)
    view.deleteLater()


@given(arrays(np.float64, 12, elements=st.floats(-3.0, 3.0)), st.sampled_from([-1.0, -0.25, 0.5]),
       st.sampled_from([np.nan, np.inf, -np.inf, 1e300, -1e300]))
def test_a_number_has_its_colour_whatever_numbers_stand_beside_it(
    values: np.ndarray, middle: float, other: float
) -> None:
    alone = [int(map_pixels(values[at:at + 1], -2.0, middle, 2.0, False, DARK)[0]) for at in range(len(values))]
    assert map_pixels(np.append(values, other), -2.0, middle, 2.0, False, DARK)[:-1].tolist() == alone
