"""What activations learn stands in the picture: to be seen, hit, walked to and dragged, in its gradient's colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from nnviz.engine.check import check_gradients
from nnviz.gui.colour_scale import edge_colours
from nnviz.gui.columns import WRITTEN
from nnviz.gui.drawing import Drawing
from nnviz.gui.edges import drawn_edges
from nnviz.gui.layout import arrange, edge_places, label_lengths
from nnviz.gui.network_view import NetworkView
from nnviz.gui.pointing import element_at_number, element_count, element_number, exists
from nnviz.gui.resolving import GRADIENTS, drawing_of_moment
from nnviz.gui.slope_places import slope_boxes, slope_places
from nnviz.gui.theme import DARK, LIGHT, Theme
from nnviz.report.checking import worst_parameters
from nnviz.report.edge_measures import Colouring
from nnviz.report.elements import Alpha, Unit
from nnviz.report.numbers import short
from nnviz.session.document import Document
from nnviz.session.session import Session

OWN = {"name": "prelu", "per_unit": 1}
NETWORKS: dict[str, tuple[tuple[int, Any], ...]] = {
    "one unit": ((1, "prelu"),), "a few": ((3, OWN),), "of a layer": ((5, "prelu"),),
    "capsules": ((8, OWN), (6, "prelu")), "strips": ((40, OWN), (90, OWN), (70, "prelu")),
}


def session_of(hidden: tuple[tuple[int, Any], ...], **more: Any) -> Session:
    layers = [{"units": units, "activation": activation} for units, activation in hidden]
    return Session(Document.from_tree({
        "format": "nnviz", "version": 1, "name": "x", "kind": "network", "inputs": 2, "loss": "binary_cross_entropy",
        "layers": [*layers, {"units": 1, "activation": "sigmoid"}], "data": {"name": "xor"},
        "optimiser": {"name": "sgd", "learning_rate": 0.3}, **more,
    }))


def drawing_of(session: Session, colouring: Colouring = GRADIENTS) -> Drawing:
    nothing = [np.zeros(len(layer.units), dtype=bool) for layer in session.problem.network.layers]
    return drawing_of_moment(session.document, session.moment(), nothing, colouring=colouring)


def learned(drawing: Drawing) -> list[Alpha]:
    return [Alpha(number, unit) for number, column in enumerate(drawing.columns) if column.slopes is not None
            for unit in range(len(column.slopes.values))]


@pytest.fixture
def view(qtbot: QtBot) -> NetworkView:
    shown = NetworkView(LIGHT)
    qtbot.addWidget(shown)
    shown.resize(960, 560)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


@pytest.mark.parametrize("hidden", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("size", [(700, 420), (960, 560), (1600, 900)], ids=str)
def test_every_number_can_be_hit_and_hides_no_unit(
    view: NetworkView, size: tuple[int, int], hidden: tuple[tuple[int, Any], ...]
) -> None:
    drawing = drawing_of(session_of(hidden))
    view.resize(*size)
    view.set_drawing(drawing)
    layout = arrange(drawing, *size)
    for element in learned(drawing):
        point = view.point_of(element)
        assert view.element_at(point) == element
        assert view.rect().contains(point.toPoint())
    for number, column in enumerate(layout.columns):
        if column.shape in WRITTEN:
            assert all(view.element_at(view.point_of(Unit(number, unit))) == Unit(number, unit)
                       for unit in range(len(column.centres)))


@pytest.mark.parametrize("size", [(700, 420), (960, 560), (1600, 900)], ids=str)
def test_boxes_stand_clear_of_biases_and_of_each_other(size: tuple[int, int]) -> None:
    for hidden in NETWORKS.values():
        drawing = drawing_of(session_of(hidden))
        layout = arrange(drawing, *size)
        for number, place in enumerate(slope_places(drawing, layout)):
            if place is None or place.strip:
                continue
            others = [(biases.centres, biases.half_width, biases.half_height) for biases in layout.biases
                      if biases is not None and biases.text and place.text]
            for index, centre in enumerate(place.centres):
                rest = (np.delete(place.centres, index, axis=0), place.half_width, place.half_height)
                for centres, wide, high in (rest, *others):
                    apart = np.abs(centres - centre) - (wide + place.half_width, high + place.half_height)
                    assert (apart.max(axis=1, initial=-np.inf) >= -0.5).all(), (number, index, size)


def test_names_and_values_are_written_and_read_back(view: NetworkView) -> None:
    session = session_of(NETWORKS["a few"], labels={"alpha1[1]": "leak"}, frozen=["alpha1[2]"])
    session.advance_steps(3)
    view.set_drawing(drawing_of(session))
    values = session.problem.blocks.unpack(session.parameters_now())["alpha1"]
    assert view.displayed_text(Alpha(1, 0)) == ("α", short(float(values[0]), 3))
    assert view.displayed_text(Alpha(1, 1)) == ("leak", short(float(values[1]), 3))
    assert view.displayed_text(Alpha(1, 2)) == ("α", "0.25")
    view.set_drawing(drawing_of(session_of(NETWORKS["of a layer"])))
    assert view.displayed_text(Alpha(1, 0)) == ("α", "0.25")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["a few", "of a layer", "strips"])
def test_a_number_has_the_colour_of_its_gradient(view: NetworkView, name: str, theme: Theme) -> None:
    session = session_of(NETWORKS[name])
    session.advance_steps(1)
    drawing = drawing_of(session)
    view.set_theme(theme)
    view.set_drawing(drawing)
    element = learned(drawing)[0]
    slopes, place = drawing.columns[1].slopes, slope_places(drawing, arrange(drawing, 960, 560))[1]
    assert slopes is not None and place is not None
    colour = edge_colours(theme)[int(view.colour_scale.bins(np.abs(slopes.gradients))[0])]
    x, y = view.point_of(element).x(), view.point_of(element).y()
    box = view.render_picture().copy(round(x - place.half_width), round(y - place.half_height),
                                     round(2 * place.half_width) + 1, round(2 * place.half_height) + 1)
    found = {QColor(box.pixel(QPoint(i, j))).rgb() for i in range(box.width()) for j in range(box.height())}
    assert colour.rgb() in found


def test_a_gradient_is_not_known_before_the_pass_has_reached_it() -> None:
    session = session_of(NETWORKS["a few"])
    before = drawing_of(session).columns[1].slopes
    assert before is not None and not before.known.any() and np.isnan(before.gradients).all()
    session.advance_steps(1)
    after = drawing_of(session).columns[1].slopes
    assert after is not None and after.known.all()
    np.testing.assert_array_equal(after.gradients, session.problem.blocks.unpack(session.record.gradient)["alpha1"])


def test_the_gradient_check_colours_it_and_can_be_gone_to() -> None:
    session = session_of(NETWORKS["a few"])
    session.advance_steps(2)
    record = session.record
    check = check_gradients(record.problem, record.parameters, record.rows)
    assert check is not None
    slopes = drawing_of(session, Colouring("error", check)).columns[1].slopes
    assert slopes is not None
    errors = np.where(check.unchecked, np.nan, check.errors)
    np.testing.assert_array_equal(slopes.gradients, check.array("alpha1", errors))
    assert {row.element for row in worst_parameters(check, {}, 99)} >= {Alpha(1, unit) for unit in range(3)}


@pytest.mark.parametrize("hidden", NETWORKS.values(), ids=NETWORKS)
def test_a_walk_comes_to_every_number_once(hidden: tuple[tuple[int, Any], ...]) -> None:
    drawing = drawing_of(session_of(hidden))
    walk = [element_at_number(drawing, number) for number in range(element_count(drawing))]
    assert len(set(walk)) == len(walk) and set(learned(drawing)) <= set(walk)
    assert [element_number(drawing, element) for element in walk] == list(range(len(walk)))
    assert all(exists(drawing, element) for element in walk) and not exists(drawing, Alpha(1, 99))


def test_a_click_selects_and_a_drag_changes_it(view: NetworkView, qtbot: QtBot) -> None:
    session = session_of(NETWORKS["a few"])
    view.set_drawing(drawing_of(session))
    at = view.point_of(Alpha(1, 1)).toPoint()
    with qtbot.waitSignal(view.selected) as chosen:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert chosen.args == [Alpha(1, 1)]
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(view, at - QPoint(0, 30))
    with qtbot.waitSignal(view.weight_dropped) as dropped:
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at - QPoint(0, 30))
    element, value = dropped.args
    assert element == Alpha(1, 1) and value > 0.25
    session.set_parameter(element, value)
    assert session.problem.blocks.unpack(session.parameters_now())["alpha1"].tolist() == [0.25, value, 0.25]
    session.undo()
    assert session.problem.blocks.unpack(session.parameters_now())["alpha1"].tolist() == [0.25] * 3


@pytest.mark.parametrize("size", [(955, 465), (960, 560), (1440, 680), (1600, 900)], ids=str)
@pytest.mark.parametrize("hidden", [((3, OWN),), ((3, OWN), (4, OWN)), ((2, OWN), (2, "prelu"))], ids=str)
def test_numbers_and_labels_of_weights_do_not_hide_each_other(
    view: NetworkView, size: tuple[int, int], hidden: tuple[tuple[int, Any], ...]
) -> None:
    drawing = drawing_of(session_of(hidden))
    layout = arrange(drawing, *size)
    for edges in drawn_edges(drawing, layout):
        plain, clear = (edge_places(layout, edges.layer, edges.lines, 1.0, label_lengths(drawing, edges.layer - 1), 4,
                                    boxes) for boxes in (None, slope_boxes(drawing, layout, edges.layer - 1)))
        assert (clear.labels is None) is (plain.labels is None)
    view.resize(*size)
    view.set_drawing(drawing)
    assert all(view.element_at(view.point_of(element)) == element for element in learned(drawing))
