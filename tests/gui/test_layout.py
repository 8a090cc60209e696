"""Where things stand in the picture: nothing overlaps, nothing lies outside, and large networks still have a place."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from nnviz.gui import ink, node_marks
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.columns import WRITTEN, Shape, join
from nnviz.gui.drawing import Drawing
from nnviz.gui.edge_places import place_labels
from nnviz.gui.edges import drawn_edges
from nnviz.gui.layout import (
    LABELLED_EDGES,
    NetworkLayout,
    arrange,
    edge_lines,
    edge_places,
    every_line,
    label_lengths,
    sizes_in,
    written_in,
)
from nnviz.gui.node_marks import bias_text
from nnviz.gui.picture import Interaction, NetworkPainter, PictureOptions, Shown, Transform
from nnviz.gui.theme import LIGHT
from nnviz.report.elements import Bias, Unit, Weight
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

    assert 1.3 * em(800, 560, 1.0) < em(800, 560, 1.6) <= 1.6 * em(800, 560, 1.0)
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


# ── what is written keeps clear ──────────────────────────────────────────────────────────────────────────────
Box = tuple[float, float, float, float]


def written_boxes(
    monkeypatch: pytest.MonkeyPatch, drawing: Drawing, width: int, height: int, text_scale: float, digits: int
) -> tuple[list[tuple[str, Box]], NetworkLayout, Shown]:
    """The texts of a picture and their boxes (left, top, right, bottom), without caption and legend."""
    found: list[tuple[str, Box]] = []
    write = ink.draw_text

    def noted(painter, x, y, text, pixels, colour, anchor=ink.Anchor.CENTRE, bold=False, lasting=False) -> None:
        wide = ink.text_width(text, pixels, bold)
        left = x - wide * {ink.Anchor.LEFT: 0.0, ink.Anchor.CENTRE: 0.5, ink.Anchor.RIGHT: 1.0}[anchor]
        found.append((text, (left, y - 0.42 * pixels, left + wide, y + 0.42 * pixels)))
        write(painter, x, y, text, pixels, colour, anchor, bold, lasting)

    monkeypatch.setattr(ink, "draw_text", noted)
    monkeypatch.setattr(node_marks, "draw_text", noted)
    layout = arrange(drawing, width, height, text_scale, digits)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        picture = NetworkPainter(painter, drawing, layout, LIGHT, ColourScale().fitting_drawing(drawing),
                                 drawn_edges(drawing, layout),
                                 PictureOptions(digits, text_scale, raster=False), Transform(),
                                 Interaction())
        picture.paint_rest()
    finally:
        painter.end()
        monkeypatch.undo()
    return [(text, box) for text, box in found if box[3] < layout.bottom + layout.em and box[1] > 2 * layout.em], \
        layout, picture.shown


def meet(a: Box, b: Box, spare: float = 0.0) -> bool:
    return (a[0] < b[2] - spare and b[0] < a[2] - spare and a[1] < b[3] - spare and b[1] < a[3] - spare)


def shapes_of(layout: NetworkLayout) -> list[tuple[Shape, Box]]:
    """The boxes of all units that bear text, and of their biases."""
    places = [(column.shape, column.centres, column.half_width, column.half_height) for column in layout.columns
              if column.shape in WRITTEN]
    places += [(Shape.CAPSULE, biases.centres, biases.half_width, biases.half_height) for biases in layout.biases
               if biases is not None and not biases.strip]
    return [(shape, (x - wide, y - high, x + wide, y + high))
            for shape, centres, wide, high in places for x, y in centres.tolist()]


def covers(shape: Shape, node: Box, text: Box) -> bool:
    """Whether a text reaches into a node in which it does not stand."""
    if not meet(text, node, 1.0):
        return False
    x, y, wide = (node[0] + node[2]) / 2, (node[1] + node[3]) / 2, (node[2] - node[0]) / 2
    middle = ((text[0] + text[2]) / 2, (text[1] + text[3]) / 2)
    if node[0] <= middle[0] <= node[2] and node[1] <= middle[1] <= node[3] and text[0] >= node[0] - 1 and (
            text[2] <= node[2] + 1):
        return text[1] < node[1] - 2 or text[3] > node[3] + 2           # its own: must not stand out
    if shape is Shape.CAPSULE:
        return True
    nearest = (min(max(x, text[0]), text[2]), min(max(y, text[1]), text[3]))
    return float(np.hypot(nearest[0] - x, nearest[1] - y)) < wide - 1


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize("size", [(955, 433), (955, 480), (800, 560), (1500, 700)], ids=str)
@pytest.mark.parametrize("text_scale", [1.0, 1.6, 2.0])
def test_no_text_covers_a_unit_a_bias_or_another_text(
    monkeypatch: pytest.MonkeyPatch, qapp: object, count: int, size: tuple[int, int], text_scale: float
) -> None:
    texts, layout, _ = written_boxes(monkeypatch, dense(2, count, 1), *size, text_scale, 6)
    nodes = shapes_of(layout)
    assert [(text, node) for text, box in texts for shape, node in nodes if covers(shape, node, box)] == []
    assert [(one, other) for number, (one, a) in enumerate(texts) for other, b in texts[:number]
            if meet(a, b, 0.5)] == []


@pytest.mark.parametrize("count", range(1, 6))
def test_all_numbers_of_a_small_network_are_written_in_a_small_window(
    monkeypatch: pytest.MonkeyPatch, qapp: object, count: int
) -> None:
    drawing = dense(2, count, 1)
    texts, layout, shown = written_boxes(monkeypatch, drawing, 955, 433, 1.0, 6)
    for unit in range(count):
        name, value, *notes = shown.elements[Unit(1, unit)]
        assert name == f"h{unit + 1}" and float(value.replace("−", "-")) == pytest.approx(
            drawing.columns[1].values[unit], rel=1e-5)
        assert notes[-1].startswith("δ ")
        assert len(shown.elements[Bias(1, unit)]) == 2
        assert all(shown.elements[Weight(1, unit, source)] for source in range(2))
    assert 0.84 * layout.em >= 10
    assert min(box[3] - box[1] for _, box in texts) / 0.84 >= 8


@pytest.mark.parametrize("drawing", [mazur(), xor(), dense(2, 4, 1), dense(2, 5, 1), playground(),
                                     dense(2, *[4] * 6, 1)],
                         ids=["2-2-2", "2-2-1", "2-4-1", "2-5-1", "2-8-8-1", "2-4-4-4-4-4-4-1"])
@pytest.mark.parametrize("size", [(955, 433), (1600, 820)], ids=str)
def test_larger_text_never_makes_a_number_vanish(
    monkeypatch: pytest.MonkeyPatch, qapp: object, drawing: Drawing, size: tuple[int, int]
) -> None:
    _, plain, shown = written_boxes(monkeypatch, drawing, *size, 1.0, 6)
    for text_scale in (1.3, 1.6, 2.0, 3.0):
        _, layout, larger = written_boxes(monkeypatch, drawing, *size, text_scale, 6)
        assert layout.em >= plain.em
        assert {element: len(texts) for element, texts in larger.elements.items()} == {
            element: len(texts) for element, texts in shown.elements.items()}


@pytest.mark.parametrize("size", [(955, 433), (1200, 700)], ids=str)
@pytest.mark.parametrize("drawing", [mazur(), dense(2, 4, 1), dense(2, 5, 1), dense(4, 4, 4)],
                         ids=["2-2-2", "2-4-1", "2-5-1", "4-4-4"])
def test_beads_stand_apart_and_are_large_enough_for_their_signs(drawing: Drawing, size: tuple[int, int]) -> None:
    layout = arrange(drawing, *size, 1.0, 6)
    for k in range(len(drawing.connections)):
        places = edge_places(layout, k + 1, every_line(layout, k + 1), 1.0, label_lengths(drawing, k), 6)
        apart = np.hypot(*(places.beads[:, None] - places.beads[None]).transpose(2, 0, 1))
        np.fill_diagonal(apart, np.inf)
        assert apart.min() >= 2 * places.radius
        assert places.radius >= (6.5 if len(drawing.columns[1].names) < 5 and drawing.columns[0].names != 4 else 5.0)


@pytest.mark.parametrize(("sizes", "digits"), [((3, 8, 3), 6), ((4, 6, 4), 6), ((5, 4, 5), 8), ((2, 3, 1), 12)],
                         ids=str)
def test_the_labels_of_edges_give_up_digits_before_they_are_much_smaller_than_other_text(
    sizes: tuple[int, ...], digits: int
) -> None:
    drawing = dense(*sizes, dead=False)
    layout = arrange(drawing, 1280, 800, 1.0, digits)
    for k in range(len(drawing.connections)):
        places = edge_places(layout, k + 1, every_line(layout, k + 1), 1.0, label_lengths(drawing, k), digits)
        assert places.labels is not None and places.text >= 0.65 * layout.em
        assert 4 <= places.digits <= digits


@pytest.mark.parametrize("size", [(640, 400), (905, 400), (955, 433), (1000, 500), (1405, 570)], ids=str)
@pytest.mark.parametrize("drawing", [playground(), dense(2, 8, 1), dense(4, 6, 3), dense(2, 12, 2)],
                         ids=["2-8-8-1", "2-8-1", "4-6-3", "2-12-2"])
@pytest.mark.parametrize("digits", [4, 6])
def test_no_bias_covers_a_bead(drawing: Drawing, size: tuple[int, int], digits: int) -> None:
    layout = arrange(drawing, *size, 1.0, digits)
    for k, biases in enumerate(layout.biases):
        if drawing.connections[k].weights.size > LABELLED_EDGES or biases is None:
            continue
        places = edge_places(layout, k + 1, every_line(layout, k + 1), 1.0, label_lengths(drawing, k), digits)
        assert places.radius >= 3.5
        outside = np.abs(biases.centres - places.beads[:, None]) - (biases.half_width, biases.half_height)
        assert (np.hypot(*np.maximum(outside, 0.0).transpose(2, 0, 1)) >= places.radius).all()


@pytest.mark.parametrize("drawing", [playground(), dense(2, 4, 1), dense(2, 8, 1)], ids=["2-8-8-1", "2-4-1", "2-8-1"])
@pytest.mark.parametrize("digits", [4, 6])
def test_a_larger_picture_never_shows_fewer_weights(drawing: Drawing, digits: int) -> None:
    before: set[tuple[str, int]] = set()
    for size in ((905, 400), (1280, 566), (1405, 620), (1600, 707), (2400, 1060)):
        layout = arrange(drawing, *size, 1.0, digits)
        weights = {part for part in written_in(drawing, layout, digits) if part[0] == "weights"}
        assert weights >= before
        before = weights
    assert before


def test_a_long_number_keeps_its_distance_from_the_name_in_a_capsule(
    monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    drawing = dense(2, 5, 1)
    last = replace(drawing.columns[-1], names=("y",), values=np.array([-3.33872e-7]))
    texts, layout, _ = written_boxes(
        monkeypatch, replace(drawing, columns=(*drawing.columns[:-1], last)), 955, 433, 1.0, 6)
    assert layout.columns[-1].shape is Shape.CAPSULE
    name = next(number for number, (text, _) in enumerate(texts) if text == "y")
    assert "e−7" in texts[name + 1][0]
    assert texts[name + 1][1][0] - texts[name][1][2] >= 4


def test_a_dead_unit_is_crossed_out_only_at_its_rim(qapp: object) -> None:
    """What is written inside can be read."""
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    ink.draw_cross_out(painter, 50, 50, 40, 40, QColor("red"), 3.0)
    painter.end()
    inked = [(x, y) for x in range(100) for y in range(100) if image.pixelColor(x, y) != QColor("white")]
    assert inked
    assert min(np.hypot(x - 50, y - 50) for x, y in inked) > 0.75 * 40


def test_labels_of_crossing_edges_stand_away_from_the_crossing() -> None:
    drawing = mazur()
    layout = arrange(drawing, 955, 433, 1.0, 6)
    lines = every_line(layout, 1)
    labels = edge_places(layout, 1, lines, 1.0, label_lengths(drawing, 0), 6).labels
    assert labels is not None
    heights = (lines[:, 1] + (lines[:, 3] - lines[:, 1]) * labels)[[1, 2]]     # w2 and w3 cross halfway
    assert abs(heights[0] - heights[1]) >= 2 * layout.em


@pytest.mark.parametrize("size", [(955, 440), (955, 350), (1435, 700), (1435, 600)])
@pytest.mark.parametrize("counts", [(2, 3, 1), (3, 8, 3), (4, 6, 3), (2, 2, 2)])
def test_no_number_is_smaller_in_larger_text(counts: tuple[int, ...], size: tuple[int, int]) -> None:
    drawing = dense(*counts)
    ordinary = sizes_in(drawing, arrange(drawing, *size, 1.0, 6), 6)
    for text_scale in (1.1, 1.3, 1.6, 2.0):
        larger = sizes_in(drawing, arrange(drawing, *size, text_scale, 6), 6)
        assert all(larger[key] >= pixels for key, pixels in ordinary.items())


def test_a_bias_whose_box_is_narrow_tells_its_number_rather_than_its_letter(qapp: object) -> None:
    for value in (-0.00012345, 1.5e-7, -12345.678, 0.5):
        for room in (52.0, 37.0):
            found = bias_text("b", value, 4, 8, room)
            assert found is not None and found[0][-1] != "b"
            assert ink.text_width(" ".join(found[0]), found[1]) <= room
