"""Large networks: what stands for edges that have no lines of their own says the truth, and leads to each of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from nnviz.gui.answer_marks import Answer, answer_of
from nnviz.gui.colour_scale import NEUTRAL, WARNING, ColourScale, edge_colours
from nnviz.gui.columns import Shape
from nnviz.gui.detail import SPOKES
from nnviz.gui.drawing import UNKNOWN, Connections, Drawing
from nnviz.gui.edges import drawn_edges
from nnviz.gui.folded_marks import BandPlace, card_middle, summary_texts
from nnviz.gui.layer_heads import head_places, title_places
from nnviz.gui.layout import arrange
from nnviz.gui.main_window import MainWindow
from nnviz.gui.matrices import captions, edges_a_pixel, matrix_colours, pixels_of, place_of, reduced, weight_at
from nnviz.gui.network_editor import NetworkEditor
from nnviz.gui.network_view import NetworkView
from nnviz.gui.node_marks import STRIPES, striped
from nnviz.gui.picture import paint_picture
from nnviz.gui.resolving import drawing_after
from nnviz.gui.ribbons import ribbon_bins, ribbon_lines, ribbon_steps
from nnviz.gui.spokes import spokes_of
from nnviz.gui.theme import DARK, LIGHT
from nnviz.report.elements import Unit, Weight
from nnviz.report.moment import MOST_ACTIVE
from nnviz.report.numbers import short
from nnviz.session.change import Changed
from nnviz.session.examples import open_document
from tests.gui.drawings import dense, digits_network, playground
from tests.gui.hands import Opened

LEFT = Qt.MouseButton.LeftButton


def connections(gradients: np.ndarray, known: np.ndarray | None = None) -> Connections:
    found = dense(gradients.shape[1], gradients.shape[0]).connections[0]
    known = np.ones(gradients.shape, dtype=bool) if known is None else known
    return replace(found, gradients=np.where(known, gradients, np.nan), gradients_known=known)


@pytest.fixture
def view(qtbot: QtBot) -> NetworkView:
    made = NetworkView(DARK)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    return made


def pixels(image: QImage) -> np.ndarray:
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, :3].astype(int)


# ── ribbons ──────────────────────────────────────────────────────────────────────────────────────────────────
@given(st.integers(0, 1000), st.floats(1e-150, 1e150))
def test_a_ribbon_has_the_colour_of_the_root_mean_square_of_its_known_gradients(seed: int, size: float) -> None:
    random = np.random.default_rng(seed)
    gradients, known = random.normal(size=(5, 64)) * size, random.random((5, 64)) < 0.5
    known[0], known[1] = True, False
    layer, scale = connections(gradients, known), ColourScale(-200, 200)
    bins = ribbon_bins(layer, scale)
    assert bins[1] == NEUTRAL
    for row in (0, 2, 3, 4):
        scaled = gradients[row, known[row]] / size
        expected = size * np.sqrt(np.mean(scaled**2))
        assert bins[row] == scale.bins(np.array([expected]))[0]


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_ribbon_with_a_gradient_or_a_weight_that_is_not_finite_warns(broken: float) -> None:
    gradients = np.ones((3, 64))
    gradients[1, 7] = broken
    layer = connections(gradients)
    layer.weights[2, 3] = broken
    bins = ribbon_bins(layer, ColourScale(-4, 1))
    assert bins[1] == bins[2] == WARNING != bins[0]
    assert np.isfinite(ribbon_steps(layer)).all()


def test_the_ribbon_with_the_largest_norm_of_weights_is_the_widest() -> None:
    layer = connections(np.ones((4, 64)))
    layer.weights[:] = np.array([0.1, -3.0, 1.0, 0.0])[:, None]
    steps = ribbon_steps(layer)
    assert steps.argmax() == 1 and steps[1] > steps[2] > steps[3] == 0


def test_pointing_at_a_ribbon_is_pointing_at_its_unit(view: NetworkView) -> None:
    drawing = digits_network()
    view.set_drawing(drawing)
    for unit, line in enumerate(ribbon_lines(view._arranged(), 1).tolist()):
        assert view.element_at(QPointF(0.4 * line[0] + 0.6 * line[2], 0.4 * line[1] + 0.6 * line[3])) == Unit(1, unit)


def test_the_ribbons_of_weights_that_were_just_computed_are_lit(view: NetworkView) -> None:
    drawing = digits_network()
    view.set_drawing(replace(drawing, active=frozenset()))
    dark = pixels(view.render_picture())
    view.set_drawing(replace(drawing, active=frozenset(Weight(1, 3, source) for source in range(100))))
    changed = (pixels(view.render_picture()) != dark).any(axis=2)
    x1, y1, x2, y2 = ribbon_lines(view._arranged(), 1)[3].tolist()
    assert changed[round((y1 + y2) / 2) - 5:round((y1 + y2) / 2) + 6, round((x1 + x2) / 2)].any()
    other = ribbon_lines(view._arranged(), 1)[12]
    middle = round((other[1] + other[3]) / 2), round((other[0] + other[2]) / 2)
    assert not changed[middle]
    view.set_drawing(replace(drawing, active=frozenset(Weight(1, 15, source) for source in range(MOST_ACTIVE))))
    changed = (pixels(view.render_picture()) != dark).any(axis=2)      # the whole layer: more are never told
    assert changed[middle[0] - 6:middle[0] + 7, middle[1]].any()


# ── spokes ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_spokes_of_a_unit_are_its_edges_with_the_largest_gradients() -> None:
    drawing = dense(784, 128, 64, 10)
    layout = arrange(drawing, 1200, 800)
    into, out = spokes_of(drawing, layout, drawn_edges(drawing, layout), Unit(1, 5))
    assert set(into.units) == {5} and len(into.sources) == SPOKES
    row = drawing.connections[0].magnitudes[5]
    assert row[into.sources].min() >= np.sort(row)[-SPOKES]
    assert set(out.sources) == {5} and len(out.units) == 64
    assert np.allclose(into.lines[:, :2], layout.columns[0].centres[into.sources])


def test_every_weight_of_a_selected_unit_can_be_pointed_at_where_its_pixel_is(view: NetworkView) -> None:
    view.set_drawing(digits_network())
    view.set_selected(Unit(1, 5))
    assert [view.element_at(view.point_of(Unit(0, pixel))) for pixel in range(784)] == [
        Weight(1, 5, pixel) for pixel in range(784)]
    view.set_selected(None)
    assert view.element_at(view.point_of(Unit(0, 300))) == Unit(0, 300)


def test_a_click_on_a_spoke_selects_the_weight_and_the_spokes_stay(view: NetworkView, qtbot: QtBot) -> None:
    drawing = digits_network()
    view.set_drawing(drawing)
    qtbot.mouseClick(view, LEFT, pos=view.point_of(Unit(1, 5)).toPoint())
    assert view.selected_element == Unit(1, 5)
    layout = view._arranged()
    spokes = spokes_of(drawing, layout, drawn_edges(drawing, layout), Unit(1, 5))[0]
    x1, y1, x2, y2 = spokes.lines[0].tolist()
    at = next(QPointF(x1 + (x2 - x1) * share, y1 + (y2 - y1) * share) for share in np.linspace(0.5, 0.95, 40)
              if x1 + (x2 - x1) * share > layout.columns[0].frame[2] + 20)
    qtbot.mouseClick(view, LEFT, pos=at.toPoint())
    selected = view.selected_element
    assert isinstance(selected, Weight) and (selected.layer, selected.unit) == (1, 5)
    assert selected.source in spokes.sources
    assert view.element_at(view.point_of(Unit(0, 10))) == Weight(1, 5, 10)


# ── matrices ─────────────────────────────────────────────────────────────────────────────────────────────────
@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(1, 90), st.integers(1, 40), st.integers(1, 90), st.integers(0, 99))
def test_a_matrix_with_fewer_pixels_than_edges_shows_the_largest_of_each_pixel(
    units: int, sources: int, rows: int, columns: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    gradients, known = random.normal(size=(units, sources)), random.random((units, sources)) < 0.8
    rows, columns = min(rows, units), min(columns, sources)
    found = reduced(connections(gradients, known), rows, columns)
    down, across = np.arange(units) * rows // units, np.arange(sources) * columns // sources
    expected = np.full((rows, columns), UNKNOWN)
    np.maximum.at(expected, (down[:, None], across[None]), np.where(known, np.abs(gradients), UNKNOWN))
    assert np.array_equal(found, expected)


def test_in_a_matrix_a_gradient_that_is_not_finite_is_seen_and_an_unknown_one_is_neutral() -> None:
    gradients, known = np.full((100, 100), 1e-3), np.ones((100, 100), dtype=bool)
    gradients[50, 50] = np.nan
    known[:10] = False
    layer, colours = connections(gradients, known), np.arange(64, dtype=np.uint32)
    shades = matrix_colours(layer, 10, 10, ColourScale(), colours)
    assert shades[5, 5] == WARNING and (shades[0] == NEUTRAL).all()
    assert len(np.unique(np.delete(shades[1:].ravel(), 45))) == 1


def test_every_edge_that_has_a_pixel_of_its_own_can_be_pointed_at_in_the_matrix() -> None:
    drawing = dense(784, 128, 64, 10)
    layout = arrange(drawing, 1200, 800)
    for unit in range(10):
        for source in range(64):
            place = place_of(drawing, layout, Weight(3, unit, source))
            assert place is not None and weight_at(drawing, layout, *place, 1.0) == Weight(3, unit, source)


def test_where_edges_share_a_pixel_the_one_that_is_seen_is_pointed_at() -> None:
    drawing = dense(1000, 1000, 10)
    layout, layer = arrange(drawing, 1200, 800), drawing.connections[0]
    place = layout.matrices[0]
    seen = reduced(layer, *pixels_of(place, layer, 1.0))
    rows, columns = seen.shape
    for row, column in ((0, 0), (17, 203), (rows - 1, columns - 1)):
        x, y = place.left + (column + 0.5) / columns * place.width, place.top + (row + 0.5) / rows * place.height
        weight = weight_at(drawing, layout, x, y, 1.0)
        assert weight is not None and layer.magnitudes[weight.unit, weight.source] == seen[row, column]


def test_a_click_into_a_matrix_selects_the_weight(view: NetworkView, qtbot: QtBot) -> None:
    view.set_drawing(dense(784, 128, 64, 10))
    weight = Weight(3, 7, 33)
    with qtbot.waitSignal(view.selected) as selected:
        qtbot.mouseClick(view, LEFT, pos=view.point_of(weight).toPoint())
    assert selected.args == [weight]


def test_only_networks_of_which_edges_are_left_out_have_matrices_and_these_stand_apart() -> None:
    assert arrange(playground(), 1200, 800).matrices == ()
    layout = arrange(dense(784, 128, 64, 10), 1200, 800)
    assert [place.layer for place in layout.matrices] == [1, 2, 3]
    rights = [place.left + place.width for place in layout.matrices]
    assert all(right < after.left for right, after in zip(rights, layout.matrices[1:], strict=False))
    assert all(layout.bottom < place.top and place.top + place.height <= layout.legend_top for place in layout.matrices)
    assert all(column.frame[3] <= layout.bottom + 1 for column in layout.columns)
    assert captions(dense(784, 128, 64, 10), 1)[2] == "∂E/∂W1   128 × 784"


def test_a_matrix_says_how_many_edges_share_a_pixel_and_the_largest_has_most_of_the_width() -> None:
    drawing = dense(784, 128, 64, 10)
    narrow, wide = arrange(drawing, 900, 420), arrange(drawing, 2400, 1400)
    for layout, expected in ((narrow, 6), (wide, 1)):
        place = layout.matrices[0]
        assert place.width > 0.55 * layout.width
        assert edges_a_pixel(place, drawing.connections[0], 1.0) == expected
    assert "every edge a pixel" in captions(drawing, 1, 1)[0]
    assert "a pixel the strongest of up to 6 edges" in captions(drawing, 1, 6)[0]


@given(st.floats(0, 800), st.floats(1, 300))
def test_the_card_of_a_folded_layer_lies_wholly_in_the_picture(bar: float, half: float) -> None:
    middle = card_middle(bar, half, 800.0)
    assert half <= middle <= 800.0 - half
    assert middle == bar or not half <= bar <= 800.0 - half


# ── folding ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_folded_layer_is_a_short_bar_of_all_its_units_with_a_summary(view: NetworkView) -> None:
    drawing = replace(dense(2, 8, 8, 1), folded=frozenset({1}))
    view.set_drawing(drawing)
    place = view._arranged().columns[1]
    assert place.shape is Shape.FOLDED and place.frame[3] - place.frame[1] < 0.5 * view._arranged().height
    assert [view.element_at(view.point_of(Unit(1, unit))) for unit in range(8)] == [Unit(1, unit) for unit in range(8)]
    column = drawing.columns[1]
    texts = summary_texts(column, 3)
    assert texts[0] == "8 units folded" and texts[-1] == "1 dead"
    assert f"{column.values.mean():.3g}"[:4].lstrip("-") in texts[1]


def test_a_band_of_a_folded_layer_tells_how_many_edges_it_is_and_how_large_they_are(
    view: NetworkView, qtbot: QtBot
) -> None:
    drawing = replace(dense(2, 8, 8, 1), folded=frozenset({1}))
    view.set_drawing(drawing)
    left, right = view._arranged().columns[1:3]
    middle = QPointF(*view._transform.point((left.frame[2] + right.frame[0]) / 2, (left.frame[1] + left.frame[3]) / 2))
    assert view.band_at(middle) == BandPlace(2) and view.element_at(middle) is None
    assert view.band_at(QPointF(middle.x(), 2.0)) is None
    size = np.abs(drawing.connections[1].gradients)
    with qtbot.waitSignal(view.hovered) as told:
        qtbot.mouseMove(view, view.point_of(Unit(1, 0)).toPoint())
    assert told.args == [Unit(1, 0)]
    with qtbot.waitSignal(view.hovered) as told:
        qtbot.mouseMove(view, middle.toPoint())
    assert told.args == [None]                 # a band is no element of the network
    rows = view._tip_of(view._hovered).splitlines()
    assert "64 weights" in rows[0] and rows[1].endswith(short(float(np.sqrt(np.mean(size ** 2))), view._digits))
    assert rows[2].endswith(short(float(size.max()), view._digits))
    view.set_drawing(replace(drawing, folded=frozenset()))
    assert view._hovered is None


def test_the_buttons_stand_at_the_titles_and_ask_for_what_they_are(view: NetworkView, qtbot: QtBot) -> None:
    view.set_drawing(playground())
    places = [place for place in head_places(playground(), view._arranged(), view._transform)
              if place.button.name == "fold"]
    assert [place.layer for place in places] == [1, 2]      # two inputs and one output are as small as can be
    with qtbot.waitSignal(view.head_clicked) as clicked:
        qtbot.mouseClick(view, LEFT, pos=places[1].middle().toPoint())
    assert clicked.args == [2, "fold"] and view.selected_element is None
    qtbot.mouseMove(view, places[0].middle().toPoint())
    qtbot.waitUntil(lambda: view.cursor().shape() == Qt.CursorShape.PointingHandCursor)
    assert view.lit_element is None


def test_a_layer_folds_by_button_key_and_double_click_without_an_edit(
    opened: Opened, window: MainWindow, qtbot: QtBot
) -> None:
    workbench = opened("digits-784-16-16-10")
    picture, control = workbench.picture, workbench.controller

    def folded() -> frozenset[int]:
        return picture.drawing.folded

    def heads() -> list:
        return [place for place in head_places(picture.drawing, picture._arranged(), picture._transform)
                if place.button.name == "fold"]

    at = next(place for place in heads() if place.layer == 2)
    qtbot.mouseClick(picture, LEFT, pos=at.middle().toPoint())
    assert folded() == {2} and not control.undo_label
    control.training_step()
    assert folded() == {2}
    qtbot.mouseDClick(picture, LEFT, pos=picture.point_of(Unit(2, 3)).toPoint())
    assert folded() == frozenset()
    title = next(place for place in title_places(picture.drawing, picture._arranged(), picture._transform)
                 if place.layer == 1)
    qtbot.mouseDClick(picture, LEFT, pos=QPointF(title.x, title.y).toPoint())
    assert folded() == {1}
    control.select(Unit(2, 0))
    window.commands.actions["fold"].trigger()
    assert folded() == {1, 2}
    control.select(None)
    window.commands.actions["fold"].trigger()
    assert folded() == frozenset()
    window.commands.actions["fold"].trigger()
    assert folded() == {1, 2}
    workbench._network_changed(Changed.EVERYTHING)
    assert folded() == {1, 2}
    opened("circle")
    assert folded() == frozenset()


def test_folded_layers_are_saved_go_with_their_layers_and_are_rendered(
    opened: Opened, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    workbench = opened("digits-784-16-16-10")
    picture, control = workbench.picture, workbench.controller
    control.training_step()
    control.save(tmp_path / "lesson.json")
    qtbot.mouseDClick(picture, LEFT, pos=title_of(picture, 2))
    assert picture.drawing.folded == {2} and not window.isWindowModified()
    control.select(Unit(1, 0))
    workbench.canvas_edits.do("add_layer")
    assert control.session.document.network.sizes == (784, 16, 16, 16, 10) and picture.drawing.folded == {3}
    control.undo()
    assert picture.drawing.folded == {2} and control.session.updates_done == 1
    control.save(tmp_path / "lesson.json")
    opened("xor")
    assert picture.drawing.folded == frozenset()
    assert workbench.documents.open_path(str(tmp_path / "lesson.json"))
    assert picture.drawing.folded == {2} and control.session.updates_done == 1
    assert drawing_after(open_document(tmp_path / "lesson.json"), 0)[0].folded == {2}
    qtbot.mouseDClick(picture, LEFT, pos=title_of(picture, 2))
    assert picture.drawing.folded == frozenset() and control.session.updates_done == 1


def title_of(picture: NetworkEditor, layer: int) -> QPoint:
    """Where the title of a layer stands in the widget."""
    places = title_places(picture.drawing, picture._arranged(), picture.transform_now)
    return next(QPointF(place.x, place.y).toPoint() for place in places if place.layer == layer)


# ── answers and strips ───────────────────────────────────────────────────────────────────────────────────────
def classifying(values: list[float], target: int) -> Drawing:
    drawing = dense(784, 16, 10)
    targets = np.zeros(10)
    targets[target] = 1.0
    last = replace(drawing.columns[-1], values=np.array(values), targets=targets, decides=True)
    return replace(drawing, columns=(*drawing.columns[:-1], last))


def test_the_answer_is_the_largest_output_and_known_only_when_all_are() -> None:
    values = [0.05] * 10
    values[4] = 0.55
    drawing = classifying(values, 4)
    assert answer_of(drawing.columns[-1]) == Answer(4, 4) and Answer(4, 4).right and not Answer(3, 4).right
    some = np.ones(10, dtype=bool)
    some[9] = False
    assert answer_of(replace(drawing.columns[-1], known=some)) == Answer(None, 4)
    assert answer_of(replace(drawing.columns[-1], averaged=True)) == Answer(None, None)
    assert answer_of(dense(784, 16, 10).columns[-1]) is None


def test_right_and_wrong_answers_look_different_and_bars_are_as_long_as_outputs(view: NetworkView) -> None:
    values = [0.0] * 10
    values[4], values[2] = 0.75, 0.25
    view.set_drawing(classifying(values, 4))
    right = pixels(view.render_picture())
    left, length = view._arranged().bars
    y = round(view._arranged().columns[-1].centres[4, 1])
    track = right[y, round(left):round(left + length - 1.6 * view._arranged().em)]
    background = track[-3]
    assert abs(float((track != background).any(axis=1).mean()) - 0.75) < 0.05
    view.set_drawing(classifying(values, 5))
    assert (pixels(view.render_picture()) != right).any()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_a_dead_cell_of_a_strip_is_striped(theme) -> None:
    cells = striped(np.full(3, 0xFFAA0000, dtype=np.uint32), np.array([False, True, False]), theme)
    assert cells.shape == (3, STRIPES) and len(set(cells[0].tolist())) == 1
    assert set(cells[1, ::2].tolist()) == {0xFFAA0000} and set(cells[1, 1::2].tolist()) == {QColor(theme.canvas).rgb()}


# ── whatever there is, it is drawn ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("make", [
    lambda: dense(784, 128, 64, 10), lambda: digits_network(known=False), lambda: dense(300, 300, 10),
    lambda: dense(4096, 300, 4), lambda: replace(dense(784, 128, 64, 10), folded=frozenset({0, 1, 2, 3})),
    lambda: replace(dense(2, 4096, 1), folded=frozenset({1})), lambda: dense(2, 4096, 1),
], ids=["large", "unknown", "many inputs", "wide image", "all folded", "strip folded", "strip"])
@pytest.mark.parametrize("size", [QSize(200, 120), QSize(700, 440)], ids=["small", "large"])
def test_large_networks_are_drawn_at_every_size_with_anything_selected(view: NetworkView, make, size: QSize) -> None:
    drawing = make()
    view.set_drawing(drawing)
    for element in (None, Unit(1, 2), Weight(1, 1, 1), Unit(0, 1)):
        view.set_selected(element)
        image = view.render_picture(size)
        assert not image.isNull() and len(np.unique(pixels(image).reshape(-1, 3), axis=0)) > 3


def test_the_colours_of_a_matrix_are_those_of_the_edges(view: NetworkView) -> None:
    drawing = dense(784, 128, 64, 10)
    view.set_drawing(drawing)
    image = pixels(view.render_picture())
    weight = Weight(3, 2, 20)
    at = view.point_of(weight)
    shade = view.colour_scale.bins(drawing.connections[2].magnitudes[2:3, 20])[0]
    colour = edge_colours(DARK)[int(shade)]
    assert image[int(at.y()), int(at.x())].tolist() == [colour.blue(), colour.green(), colour.red()]


@pytest.mark.parametrize("height", [200, 222, 244, 315, 600])
def test_classes_can_be_read_in_low_pictures(qapp: object, height: int) -> None:
    drawing = digits_network()
    layout = arrange(drawing, 699, height)
    if layout.columns[-1].pitch < 9.0:
        return
    image = QImage(699, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        shown = paint_picture(painter, drawing, DARK, 699, height)
    finally:
        painter.end()
    names = drawing.columns[-1].names
    assert all(names[unit] in shown.elements.get(Unit(3, unit), ()) for unit in range(len(names)))
