"""Zooming the picture of a network: to what is selected, by keys, and what it tells the closer one looks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from nnviz.gui import closer_marks
from nnviz.gui.closeness import TELLS, text_height
from nnviz.gui.closer_marks import strips_beside
from nnviz.gui.drawing import Drawing
from nnviz.gui.edge_labels import MOST_CROSSED, PlacedLabels, in_sight, meets_view, place_in_sight
from nnviz.gui.network_view import NetworkView
from nnviz.gui.pointing import element_at_number, element_count
from nnviz.gui.theme import DARK
from nnviz.report.elements import Bias, Element, Unit, Weight
from tests.gui.drawings import dense, digit, digits_network, mazur, playground

LOOK = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def view(qtbot: QtBot) -> NetworkView:
    view = NetworkView(DARK)
    qtbot.addWidget(view)
    view.resize(1000, 640)
    view.set_drawing(mazur())
    with qtbot.waitExposed(view):
        view.show()
    return view


def look_at(view: NetworkView, element: Element, zoom: float) -> None:
    view.zoom_fit()
    view.zoom_by(zoom, view.point_of(element))
    at = view.point_of(element)
    view.pan_by(view.width() / 2 - at.x(), view.height() / 2 - at.y())


def on_screen(view: NetworkView, box: QRectF) -> QRectF:
    transform = view.transform_now
    return QRectF(QPointF(*transform.point(box.left(), box.top())),
                  QPointF(*transform.point(box.right(), box.bottom())))


# ── zoom to the selection ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("drawing", [mazur(), playground(), digits_network(), dense(784, 128, 64, 10, inputs=digit())],
                         ids=["2-2-2", "2-8-8-1", "digits", "784-128-64-10"])
def test_what_is_zoomed_to_is_wholly_in_sight_whatever_is_selected(view: NetworkView, drawing: Drawing) -> None:
    view.set_drawing(drawing)
    for number in np.linspace(0, element_count(drawing) - 1, 25).astype(int).tolist():
        view.set_selected(element_at_number(drawing, number))
        view.zoom_fit()
        for _ in view.selected_boxes():
            view.zoom_to_selection()
            assert any(QRectF(view.rect()).contains(on_screen(view, box)) for box in view.selected_boxes())


def test_z_shows_a_unit_with_its_edges_and_then_the_unit_larger(view: NetworkView, qtbot: QtBot) -> None:
    view.set_drawing(dense(2, 3, 3, 3, 3, 3, 3, 2))
    view.set_selected(Unit(2, 0))
    qtbot.keyClick(view, Qt.Key.Key_Z)
    with_edges = view.zoom
    assert with_edges > 1.1
    assert all(view.rect().contains(view.point_of(unit).toPoint()) for unit in (Unit(1, 2), Unit(2, 0), Unit(3, 2)))
    qtbot.keyClick(view, Qt.Key.Key_Z)
    assert view.zoom > 1.5 * with_edges and view.rect().contains(view.point_of(Unit(2, 0)).toPoint())
    qtbot.keyClick(view, Qt.Key.Key_Z)
    assert view.zoom == with_edges


def test_z_shows_an_edge_with_both_its_ends(view: NetworkView, qtbot: QtBot) -> None:
    view.set_drawing(playground())
    view.set_selected(Weight(2, 7, 6))
    qtbot.keyClick(view, Qt.Key.Key_Z)
    assert view.zoom > 1.2
    assert all(view.rect().contains(view.point_of(unit).toPoint()) for unit in (Unit(1, 6), Unit(2, 7)))


def test_z_without_a_selection_fits_the_picture(view: NetworkView, qtbot: QtBot) -> None:
    view.zoom_by(5.0)
    qtbot.keyClick(view, Qt.Key.Key_Z)
    assert view.zoom == 1.0


def test_plus_and_minus_zoom_and_ctrl_shift_with_arrows_moves(view: NetworkView, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    qtbot.keyClick(view, Qt.Key.Key_Plus, Qt.KeyboardModifier.KeypadModifier)
    closer = view.zoom
    assert closer > 1.4
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert 1.0 < view.zoom < closer
    before = view.point_of(Unit(1, 0))
    qtbot.keyClick(view, Qt.Key.Key_Right, LOOK)
    qtbot.keyClick(view, Qt.Key.Key_Down, LOOK)
    after = view.point_of(Unit(1, 0))
    assert after.x() < before.x() and after.y() < before.y()           # one looks further right and down
    qtbot.keyClick(view, Qt.Key.Key_Left, LOOK)
    qtbot.keyClick(view, Qt.Key.Key_Up, LOOK)
    assert view.point_of(Unit(1, 0)) == before


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────
def test_looking_closer_tells_names_then_values_then_gradients_and_from_afar_they_are_gone(view: NetworkView) -> None:
    view.set_drawing(digits_network())
    edge, pixel = Weight(2, 5, 7), Unit(0, 406)
    view.set_selected(Unit(2, 5))
    assert view.displayed_text(edge) == view.displayed_text(pixel) == ()
    told = {}
    for zoom in (2.0, 5.0, 10.0):
        look_at(view, pixel, zoom)
        told[zoom] = view.displayed_text(pixel)
    assert [len(told[zoom]) for zoom in told] == [0, 2, 2] and told[5.0][0] == "i407"
    counted = []
    for zoom in (1.0, 1.8, 4.0):
        look_at(view, Unit(2, 5), zoom)
        texts = [view.displayed_text(Weight(2, 5, source)) for source in range(16)]
        counted.append((sum(len(one) > 0 for one in texts), sum(len(one) > 1 for one in texts)))
    assert counted[0] == (0, 0)
    assert counted[1][0] > 3 and counted[1][1] == 0
    assert counted[2][0] > 3 and counted[2][1] > 3
    view.zoom_fit()
    assert not any(view.displayed_text(Weight(2, 5, source)) for source in range(16))


def test_an_edge_tells_its_own_weight_and_its_own_gradient(view: NetworkView) -> None:
    drawing = mazur()
    look_at(view, Weight(1, 1, 0), 3.0)
    name, weight, gradient = view.displayed_text(Weight(1, 1, 0))
    assert (name, weight) == ("w3", "0.25")
    assert gradient.startswith("∂E/∂w 0.000497") and drawing.connections[0].gradients[1, 0] == 0.000497712735


def test_every_number_of_the_fitted_picture_is_still_told_where_it_is_in_sight(view: NetworkView) -> None:
    view.set_drawing(playground())
    fitted = {element: view.displayed_text(element) for element in
              (element_at_number(view.drawing, number) for number in range(element_count(view.drawing)))}
    for unit in (Unit(1, 3), Unit(2, 0), Unit(3, 0)):
        assert fitted[unit]
        look_at(view, unit, 2.5)
        assert {text.split(" ")[0] for text in fitted[unit]} <= {text.split(" ")[0]
                                                                  for text in view.displayed_text(unit)}


@pytest.mark.parametrize("drawing", [playground(), digits_network()], ids=["2-8-8-1", "digits"])
def test_biases_without_room_for_text_tell_their_name_and_value_from_near_by(
    view: NetworkView, drawing: Drawing
) -> None:
    view.set_drawing(drawing)
    fitted = view.displayed_text(Bias(2, 4))
    look_at(view, Bias(2, 4), 8.0)
    assert fitted in ((), ("b",)) or len(fitted) == 2
    assert len(view.displayed_text(Bias(2, 4))) == 2


def test_text_grows_little_when_the_picture_grows_much() -> None:
    assert text_height(12.0, 1.0) == 12.0
    assert text_height(12.0, 0.5) == 6.0
    assert text_height(9.0, 1.5) == 13.5                       # what is small at first is made readable
    assert text_height(30.0, 60.0) < 45.0
    heights = [text_height(11.0, zoom) for zoom in np.linspace(0.25, 60, 400)]
    assert all(a <= b for a, b in pairwise(heights))


def test_every_threshold_is_used() -> None:
    assert all(row.room > 0 for row in TELLS.values())


# ── labels on the edges in sight ─────────────────────────────────────────────────────────────────────────────
@st.composite
def some_lines(draw: st.DrawFn) -> np.ndarray:
    """Lines anywhere in and around the view, some of them upright, level, or mere points."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    found = random.uniform(-900, 1900, (draw(st.integers(1, 40)), 4))
    for ends in ((0, 2), (1, 3)):
        alike = random.uniform(size=len(found)) < 0.1
        found[alike, ends[1]] = found[alike, ends[0]]
    return found


VIEW = (0.0, 0.0, 1000.0, 600.0)


@given(some_lines(), st.integers(0, 2**32 - 1))
def test_labels_lie_on_their_lines_inside_the_view_and_apart(lines: np.ndarray, seed: int) -> None:
    half = (40.0, 9.0)
    found = place_in_sight(lines, np.random.default_rng(seed).uniform(size=len(lines)), half, 40.0, VIEW,
                           np.array([[500.0, 300.0, 60.0, 30.0]]))
    assert len(set(found.edges.tolist())) == len(found.edges)
    for (x, y), line in zip(found.centres, lines[found.edges], strict=True):
        assert 40 - 1e-6 <= x <= 960 + 1e-6 and 9 - 1e-6 <= y <= 591 + 1e-6
        along, to = line[2:] - line[:2], np.array([x, y]) - line[:2]
        assert abs(along[0] * to[1] - along[1] * to[0]) <= 1e-6 * max(1.0, float(along @ along))
    for number, (x, y) in enumerate(found.centres):
        assert abs(x - 500) >= 100 or abs(y - 300) >= 39
        for x2, y2 in found.centres[:number]:
            assert abs(x - x2) >= 80 or abs(y - y2) >= 18
    assert MOST_CROSSED < 5


@given(some_lines())
def test_a_line_of_which_anything_is_in_sight_is_drawn(lines: np.ndarray) -> None:
    first, last = in_sight(lines, VIEW)
    assert set(np.flatnonzero(last > first).tolist()) <= set(meets_view(lines, VIEW, 1.0).tolist())


def test_lines_out_of_sight_are_passed_over() -> None:
    lines = np.array([[-100, -10, 1100, -10], [-100, 100, 1100, 100], [-200, 500, 500, 1200], [1100, 0, 1300, 600.0]])
    assert meets_view(lines, VIEW, 2.0).tolist() == [1]


def test_labels_stay_where_they_are_while_numbers_change(view: NetworkView) -> None:
    view.set_drawing(playground())
    look_at(view, Unit(2, 3), 2.5)
    before, drawing = labelled(view), view.drawing
    assert drawing is not None and before
    view.set_drawing(replace(drawing, connections=tuple(
        replace(layer, weights=-layer.weights[::-1]) for layer in drawing.connections)))
    assert labelled(view) == before


@pytest.mark.parametrize("zoom", [4.0, 8.0, 14.0])
def test_no_label_of_an_edge_lies_below_a_strip(
    view: NetworkView, monkeypatch: pytest.MonkeyPatch, zoom: float
) -> None:
    boxes: list[list[float]] = []

    def placed(lines: np.ndarray, strengths: np.ndarray, half: tuple[float, float], *more: Any) -> PlacedLabels:
        found = place_in_sight(lines, strengths, half, *more)
        boxes.extend([x, y, *half] for x, y in found.centres.tolist())
        return found

    monkeypatch.setattr(closer_marks, "place_in_sight", placed)
    view.set_drawing(dense(60, 128, 64, 10))
    for unit in (0, 6, 30, 63):
        look_at(view, Unit(2, unit), zoom)
        boxes.clear()
        view.render_picture()
        strips = [QRectF(QPointF(*view._transform.point(left, top)), QPointF(*view._transform.point(right, bottom)))
                  for layer in (1, 2, 3) for left, top, right, bottom in strips_beside(view._arranged(), layer)]
        assert boxes and strips
        for x, y, wide, high in boxes:
            assert not any(QRectF(x - wide, y - high, 2 * wide, 2 * high).intersects(strip) for strip in strips)


def labelled(view: NetworkView) -> set[Element]:
    """The edges that have a label now."""
    elements = (element_at_number(view.drawing, number) for number in range(element_count(view.drawing)))
    return {element for element in elements if isinstance(element, Weight) and view.displayed_text(element)}


def test_the_caption_of_a_zoomed_picture_is_read_on_plain_ground(view: NetworkView) -> None:
    def ground(top: int) -> set[str]:
        image = view.render_picture()
        return {image.pixelColor(x, y).name() for y in range(top, top + 5) for x in range(image.width())}

    view.set_drawing(replace(dense(40, 40, 40, 5), caption=""))
    view.zoom_by(4.0)
    assert len(ground(60)) > 1
    strip = ground(1)
    view.zoom_fit()
    assert strip == ground(1) and len(strip) == 1
