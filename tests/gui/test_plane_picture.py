"""A network of two inputs shows the whole plane: every unit's map, the decision surface, the examples on it, a legend.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from nnviz.gui import ink, legend, plane_marks
from nnviz.gui.class_marks import CLASS_COLOURS, FORMS, class_colour, draw_form
from nnviz.gui.columns import Shape
from nnviz.gui.drawing import Drawing
from nnviz.gui.ink import Anchor
from nnviz.gui.layout import arrange
from nnviz.gui.map_colours import map_colour, map_pixels
from nnviz.gui.network_view import NetworkView
from nnviz.gui.picture import Shown, paint_picture
from nnviz.gui.plane_drawing import PlanePoints
from nnviz.gui.plane_layout import PlaneSpot
from nnviz.gui.plane_resolving import MapOptions, points_of, shows_maps, why_no_maps
from nnviz.gui.resolving import drawing_after
from nnviz.gui.theme import DARK, LIGHT, THEMES
from nnviz.report.elements import Unit
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session

SIZES = [(640, 400), (950, 425), (1200, 800), (3840, 2160)]
CLOUDS: dict[str, Any] = {
    "format": "nnviz", "version": 1, "kind": "network", "name": "clouds", "inputs": ["x", "y"],
    "layers": [{"units": 6, "activation": "tanh"}, {"units": ["left", "right", "top"], "activation": "softmax"}],
    "loss": "cross_entropy", "optimiser": {"name": "adam", "learning_rate": 0.05},
    "data": {"name": "blobs", "samples": 120, "classes": 3, "test_fraction": 0.2},
}
HILLS: dict[str, Any] = CLOUDS | {
    "name": "hills", "layers": [{"units": 6, "activation": "relu"}, {"units": 1, "activation": "identity"}],
    "loss": "squared_error", "data": {"name": "multi_gauss", "samples": 100},
}


@cache
def drawn(name: str, steps: int = 60, shown: str = "automatic", flat: bool = False) -> Drawing:
    trees = {"clouds": CLOUDS, "hills": HILLS}
    document = Document.from_tree(trees[name]) if name in trees else open_example(name)
    return drawing_after(document, steps, MapOptions(shown, flat))[0]      # type: ignore[arg-type]


def painted(drawing: Drawing, size: tuple[int, int] = (1200, 800), dark: bool = True) -> tuple[QImage, Shown]:
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    shown = paint_picture(painter, drawing, DARK if dark else LIGHT, *size)
    painter.end()
    return image, shown


@pytest.fixture
def view(qtbot: Any) -> NetworkView:
    made = NetworkView(DARK)
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.set_drawing(drawn("circle"))
    made.show()
    return made


def spot(view: NetworkView, across: float, down: float) -> QPoint:
    """A place of the widget on the surface."""
    place = arrange(view.drawing, view.width(), view.height()).plane
    assert place is not None
    return QPointF(place.left + across * place.side, place.top + down * place.side).toPoint()


# ── which networks ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("name", "wanted"), [
    ("circle", True), ("spiral", True), ("moons", True), ("gauss", True), ("clouds", True), ("hills", True),
    ("xor", False), ("mazur-2-2-2", False), ("and-one-neuron", False), ("xor-maxout", False), ("iris", False),
])
def test_what_is_worked_through_by_hand_keeps_its_numbers(qapp: object, name: str, wanted: bool) -> None:
    assert (drawn(name, 1).plane is not None) is wanted


@pytest.mark.parametrize(("name", "choice", "wanted"), [
    ("xor", "always", True), ("circle", "never", False), ("iris", "always", False),
])
def test_the_user_may_choose_otherwise(name: str, choice: Any, wanted: bool) -> None:
    session = Session(open_example(name))
    assert shows_maps(session.problem, session.segment.data, choice) is wanted


def large(*units: int) -> Document:
    return Document.from_tree(HILLS | {"layers": [{"units": count, "activation": "tanh"} for count in units]})


@pytest.mark.parametrize("hidden", [255, 300, 1000, 4096])
def test_a_large_layer_leaves_the_surface_and_the_maps_of_small_layers(qapp: object, hidden: int) -> None:
    drawing = drawing_after(large(hidden, 3, 1), 1)[0]
    assert drawing.plane is not None
    shapes = [column.shape for column in arrange(drawing, 1200, 800).columns]
    assert shapes == [Shape.TILE, Shape.CELL, Shape.TILE, Shape.TILE]
    assert painted(drawing)[1].plane[0] == "o1 · surface"


def test_networks_whose_maps_would_take_too_long_have_none_and_say_so(qapp: object) -> None:
    session = Session(large(4096, 1000, 1))
    assert not shows_maps(session.problem, session.segment.data, "always")
    assert "too large" in why_no_maps(session.problem, session.segment.data)
    small = Session(large(4096, 1))
    assert not why_no_maps(small.problem, small.segment.data)


@pytest.mark.parametrize("size", [*SIZES[1:], (1594, 640), (2600, 1500)], ids=str)
@pytest.mark.parametrize("layers", [(300, 1), (300, 6, 1), (60, 60, 60, 1)], ids=str)
def test_images_of_gradients_end_where_the_surface_begins(
    qapp: object, layers: tuple[int, ...], size: tuple[int, int]
) -> None:
    layout = arrange(drawing_after(large(*layers), 1)[0], *size)
    plane = layout.plane
    assert plane is not None and layout.matrices
    last = layout.matrices[-1]
    assert last.left + last.width < plane.left
    assert plane.stacked is False or last.left + last.width <= plane.reach + 0.01


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["circle", "spiral", "clouds", "multi-label", "hills"])
def test_the_surface_stands_right_of_the_outputs_inside_the_picture(
    qapp: object, name: str, size: tuple[int, int]
) -> None:
    layout = arrange(drawn(name), *size)
    place, frames = layout.plane, [column.frame for column in layout.columns]
    assert place is not None and all(column.shape is Shape.TILE for column in layout.columns)
    assert all(before[2] < after[0] for before, after in pairwise(frames))
    assert frames[-1][2] < place.reach < place.left and place.right <= size[0]
    assert layout.top <= place.top < place.bottom < place.legend <= place.foot <= layout.bottom
    assert layout.loss_box is not None
    x, y, half_width, half_height = layout.loss_box
    assert x + half_width < place.left or y - half_height > place.legend
    assert y + half_height <= layout.bottom and x - half_width > frames[-1][2]


def test_a_small_picture_has_the_surface_alone_or_only_the_maps_of_its_units(qapp: object) -> None:
    small, tiny = arrange(drawn("circle"), 320, 210), arrange(drawn("circle"), 230, 190)
    assert small.plane is not None and not small.plane.framed
    assert painted(drawn("circle"), (320, 210))[1].plane == ("", "")
    assert tiny.plane is None and tiny.columns[1].shape is Shape.TILE


# ── colours and marks ────────────────────────────────────────────────────────────────────────────────────────
def test_the_surface_has_the_colour_of_the_output_at_every_place(qapp: object) -> None:
    drawing = drawn("circle")
    assert drawing.plane is not None
    bare = replace(drawing, plane=replace(drawing.plane, points=replace(
        drawing.plane.points, places=np.empty((0, 2)), targets=np.empty((0, 1)), test=np.empty(0, dtype=bool)),
        shown=None))
    image, _ = painted(bare)
    place, tiles = arrange(bare, 1200, 800).plane, bare.columns[-1].tiles
    assert place is not None and tiles is not None
    for row, column in ((10, 10), (32, 31), (50, 12), (60, 60)):
        at = [round(start + (cell + 0.5) / 64 * place.side) for start, cell in
              ((place.left, column), (place.top, row))]
        wanted = QColor.fromRgb(int(map_pixels(tiles.images[0, row, column:column + 1], *tiles.scale, False, DARK)[0]))
        found = image.pixelColor(*at)
        # what changes within a cell is smoothed
        steep = np.ptp(tiles.images[0, row - 1:row + 2, column - 1:column + 2])
        assert max(abs(found.red() - wanted.red()), abs(found.blue() - wanted.blue())) <= 6 + 300 * steep


def _seen(colour: QColor, matrix: np.ndarray) -> np.ndarray:
    """Lab-like coordinates of a colour for an eye, from its linear RGB."""
    rgb = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(matrix @ linear, 0.0, 1.0)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.cbrt(xyz / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Machado, Oliveira and Fernandes (2009), severity 1.0.
EYES = {
    "ordinary": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                            [0.004733, 0.691367, 0.303900]]),
}


@pytest.mark.parametrize("eye", EYES)
def test_every_eye_tells_classes_and_sides_apart(eye: str) -> None:
    classes = [_seen(class_colour(number), EYES[eye]) for number in range(6)]
    assert min(np.linalg.norm(a - b) for a, b in combinations(classes, 2)) > 15.0
    for theme in THEMES.values():
        low, middle, high = (_seen(map_colour(theme, share), EYES[eye]) for share in (0.0, 0.5, 1.0))
        assert min(np.linalg.norm(a - b) for a, b in combinations((low, middle, high), 2)) > 30.0


def test_classes_are_told_apart_by_form_too() -> None:
    assert len(set(FORMS)) == len(FORMS) == len(set(CLASS_COLOURS)) == 10


def _luminance(colour: QColor) -> float:
    rgb = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    return float(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("form", range(len(FORMS)))
@pytest.mark.parametrize("colour", [*CLASS_COLOURS, *(map_colour(theme, side).name() for theme in THEMES.values()
                                                      for side in (0.0, 1.0))])
def test_the_smallest_marks_are_seen_on_a_map_of_their_own_colour_and_rings_are_hollow(
    qapp: object, colour: str, form: int
) -> None:
    size, pictures = 24, {}
    for filled in (True, False):
        image = QImage(size, size, QImage.Format.Format_RGB32)
        image.fill(QColor(colour))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_form(painter, QPointF(size / 2, size / 2), plane_marks.LEAST_MARK, form, QColor(colour), filled)
        painter.end()
        pictures[filled] = np.array([[_luminance(image.pixelColor(x, y)) for x in range(size)] for y in range(size)])
    below = _luminance(QColor(colour))
    for shades in pictures.values():
        lighter, darker = (shades.max() + 0.05) / (below + 0.05), (below + 0.05) / (shades.min() + 0.05)
        assert max(lighter, darker) > 1.9 and lighter > 1.05 and darker > 1.3
    middle = np.s_[size // 2 - 1:size // 2 + 1, size // 2 - 1:size // 2 + 1]
    assert np.abs(pictures[False][middle].mean() - below) < 0.5 * np.abs(pictures[True][middle].mean() - below)
    extents = {filled: np.ptp(np.argwhere(np.abs(shades - below) > 0.02), axis=0)
               for filled, shades in pictures.items()}
    assert (extents[False] >= extents[True] + 1).all()


@pytest.mark.parametrize("count", [1, 90, 400, 2000])
@pytest.mark.parametrize("side", [40.0, 160.0, 208.0, 900.0])
def test_points_leave_half_of_a_small_surface_free(side: float, count: int) -> None:
    chance = np.random.default_rng(0)
    test = np.arange(count) >= 0.8 * count
    points = PlanePoints(chance.random((count, 2)), chance.random((count, 2)), test)
    radius = plane_marks.radius_of(side, count)
    shown = plane_marks.points_shown(points, side, radius)
    assert radius >= plane_marks.LEAST_MARK
    assert len(shown.places) * np.pi * radius ** 2 <= 0.5 * side ** 2 or len(shown.places) == 1
    assert len(shown.places) + shown.left_out == count
    assert abs(shown.test.mean() - test.mean()) < 0.2
    if side >= 160.0 and count <= 400:
        assert shown is points


def test_training_and_test_points_lie_where_their_examples_do(qapp: object) -> None:
    data = Session(open_example("spiral")).segment.data
    points = points_of(data)
    assert points.test.sum() == len(data.test_inputs) and len(points.places) == len(data.inputs) + points.test.sum()
    drawing = drawn("spiral")
    assert drawing.plane is not None
    shares = drawing.plane.plane.shares(data.raw_inputs[:5])
    np.testing.assert_allclose(points.places[:5], shares)


@pytest.mark.parametrize("dark", [False, True])
def test_every_map_of_a_discretised_picture_has_two_colours(qapp: object, dark: bool) -> None:
    image, _ = painted(drawn("circle", flat=True), dark=dark)
    column = arrange(drawn("circle", flat=True), 1200, 800).columns[1]
    theme = DARK if dark else LIGHT
    for x, y in column.centres.tolist():
        found = {image.pixelColor(round(x + dx), round(y + dy)).name()
                 for dx in (-20, -6, 9, 21) for dy in (-18, 2, 20)}
        ends = [map_colour(theme, share) for share in (0.0, 1.0)]
        assert any(name in found for name in (end.name() for end in ends))
        assert len(found) <= 6       # two colours, and what the seam between them mixes


def test_what_colours_mean_is_written_with_numbers(qapp: object) -> None:
    _, shown = painted(drawn("circle"))
    assert shown.plane[0] == "inside · decision surface" and shown.plane[1].startswith("from ")
    _, shown = painted(drawn("clouds"))
    assert shown.plane == ("decision surface", "class of the largest output")
    _, shown = painted(drawn("hills"))
    assert shown.plane[0] == "o1 · surface"


@pytest.mark.parametrize("size", [(560, 235), (630, 235), (630, 315), (955, 240), (1200, 800)], ids=str)
@pytest.mark.parametrize("name", ["circle", "spiral", "hills"])
def test_the_legend_leaves_out_what_has_no_room(
    qapp: object, monkeypatch: pytest.MonkeyPatch, name: str, size: tuple[int, int]
) -> None:
    placed: list[tuple[float, float, float, str]] = []      # from, to, height, text
    write = ink.draw_text

    def note(painter: QPainter, x: float, y: float, text: str, pixels: int, colour: QColor,
             anchor: Anchor = Anchor.CENTRE, *more: Any) -> None:
        wide = ink.text_width(text, pixels)
        left = x - {Anchor.LEFT: 0.0, Anchor.CENTRE: wide / 2, Anchor.RIGHT: wide}[anchor]
        placed.append((left, left + wide, y, text))
        write(painter, x, y, text, pixels, colour, anchor, *more)

    monkeypatch.setattr(plane_marks, "draw_text", note)
    monkeypatch.setattr(legend, "draw_text", note)
    monkeypatch.setattr(plane_marks, "_FRAMINGS", {})
    painted(drawn(name), size)
    for (_, end, y, before), (begin, _, other, after) in pairwise(sorted(placed, key=lambda text: (text[2], text[0]))):
        assert abs(y - other) > 3 or end <= begin + 0.5, (before, end, after, begin)
    if name != "hills":
        assert not [text for *_, text in placed if text.endswith("…") and "surface" not in text and "·" not in text]


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_maps_of_what_is_no_number_are_drawn(qapp: object, broken: float) -> None:
    for name in ("circle", "clouds"):
        drawing = drawn(name)
        columns = []
        for column in drawing.columns:
            assert column.tiles is not None
            columns.append(replace(column, tiles=replace(column.tiles, images=column.tiles.images * 0 + broken)))
        plane = drawing.plane
        assert plane is not None
        outputs = None if plane.outputs is None else plane.outputs * 0 + broken
        image, shown = painted(replace(drawing, columns=tuple(columns), plane=replace(plane, outputs=outputs)))
        assert shown.plane[0] and not image.isNull()


# ── hands ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_unit_under_the_pointer_is_seen_large(qtbot: Any, view: NetworkView) -> None:
    before = view.render_picture()
    qtbot.mouseMove(view, view.point_of(Unit(1, 3)).toPoint())
    qtbot.waitUntil(lambda: view.lit_element == Unit(1, 3))
    after = view.render_picture()
    place = arrange(view.drawing, view.width(), view.height()).plane
    assert place is not None
    part = (round(place.left) + 4, round(place.top) + 4, round(place.side) - 8, round(place.side) - 8)
    assert before.copy(*part) != after.copy(*part)
    assert view.displayed_surface()[0] == "hidden · h4"
    qtbot.mouseMove(view, QPoint(4, view.height() // 2))
    qtbot.waitUntil(lambda: view.lit_element is None)
    assert view.render_picture().copy(*part) == before.copy(*part)


def test_the_keyboard_sees_a_unit_large_too(view: NetworkView) -> None:
    view.click(Unit(0, 0))
    assert view.displayed_surface()[0] == "inside · decision surface"
    view.select_next()
    view.render_picture()
    assert view.selected_element == Unit(0, 1) and view.displayed_surface()[0] == "input · y"
    view.click(None)
    view.render_picture()
    assert view.displayed_surface()[0] == "inside · decision surface"


def test_a_click_on_the_surface_tells_the_inputs_there(qtbot: Any, view: NetworkView) -> None:
    assert view.drawing is not None and view.drawing.plane is not None
    at = spot(view, 0.25, 0.75)
    with qtbot.waitSignal(view.plane_clicked) as clicked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    plane = view.drawing.plane.plane
    assert clicked.args == pytest.approx(plane.point(0.25, 0.75), abs=0.05)
    assert view.selected_element is None


def test_a_drag_on_the_surface_takes_every_point_on_its_way(qtbot: Any, view: NetworkView) -> None:
    assert view.drawing is not None and view.drawing.plane is not None
    taken: list[tuple[float, float]] = []
    view.plane_clicked.connect(lambda x, y: taken.append((x, y)))
    places, shares = [spot(view, share, 0.5) for share in (0.3, 0.5, 0.7)], (0.3, 0.5, 0.7)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=places[0])
    qtbot.mouseMove(view, places[1])
    qtbot.waitUntil(lambda: len(taken) == 2)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=places[2])
    wanted = [view.drawing.plane.plane.point(share, 0.5) for share in shares]
    assert np.array(taken) == pytest.approx(np.array(wanted), abs=0.05)
    assert view.transform_now.dx == 0.0, "the picture stays where it is"
    with qtbot.assertNotEmitted(view.plane_clicked):
        qtbot.mousePress(view, Qt.MouseButton.MiddleButton, pos=places[0])
        qtbot.mouseRelease(view, Qt.MouseButton.MiddleButton, pos=places[0] + QPoint(60, 30))
    assert view.transform_now.dx == pytest.approx(60), "the middle button moves it"


def test_the_pointer_on_the_surface_tells_inputs_and_outputs(qtbot: Any, view: NetworkView) -> None:
    asked: list[tuple[float, float]] = []
    view.describe_point = lambda x, y: asked.append((x, y)) or "told"      # type: ignore[func-returns-value]
    at = spot(view, 0.1, 0.2)
    found = view.spot_at(QPointF(at))
    assert isinstance(found, PlaneSpot) and view.element_at(QPointF(at)) is None
    qtbot.mouseMove(view, at)
    qtbot.waitUntil(lambda: bool(asked))
    assert asked[-1] == (found.x, found.y) and view.cursor().shape() == Qt.CursorShape.CrossCursor
    view.set_drawing(drawn("spiral"))         # the pointer is still where it was
    assert view.lit_element is None
