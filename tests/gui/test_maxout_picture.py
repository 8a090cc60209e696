"""Maxout in the picture: an edge and a bias for every piece, a port where they arrive, and the winner's port full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from nnviz.engine.check import check_gradients
from nnviz.gui.columns import Shape
from nnviz.gui.drawing import Drawing
from nnviz.gui.layout import arrange, every_line
from nnviz.gui.network_view import NetworkView
from nnviz.gui.pointing import element_at_number, element_count, element_number, exists
from nnviz.gui.resolving import GRADIENTS, dead_units, drawing_of_moment
from nnviz.gui.theme import DARK, LIGHT, Theme
from nnviz.report.edge_measures import Colouring
from nnviz.report.elements import Bias, Element, Unit, Weight
from nnviz.report.metrics import Survey
from nnviz.report.moment import MEAN, Moment
from nnviz.session.session import Session
from tests.networks import document

MAXOUT = {"name": "maxout", "pieces": 3}


def session(units: int = 2, **values: Any) -> Session:
    layers = [{"units": units, "activation": MAXOUT}, {"units": ["o1"], "activation": "sigmoid"}]
    return Session(document(**{"layers": layers, **values}))


def drawing_of(found: Session, moment: Moment | None = None, colouring: Colouring = GRADIENTS) -> Drawing:
    shown = moment or found.moment()
    survey = Survey(found.problem, shown.parameters(), found.segment.data)
    return drawing_of_moment(found.document, shown, dead_units(survey), colouring=colouring)


def every_element(units: int = 2) -> Iterator[Element]:
    for unit in range(units):
        for piece in range(3):
            yield from (Weight(1, unit, source, piece) for source in range(2))
            yield Bias(1, unit, piece)
    yield from (Weight(2, 0, source) for source in range(units))
    yield Bias(2, 0)


def test_the_walk_visits_every_piece_once() -> None:
    drawing = drawing_of(session())
    walk = [element_at_number(drawing, number) for number in range(element_count(drawing))]
    units = {Unit(0, 0), Unit(0, 1), Unit(1, 0), Unit(1, 1), Unit(2, 0)}
    assert len(walk) == len(set(walk)) and set(walk) == units | set(every_element())
    assert [element_number(drawing, element) for element in walk] == list(range(len(walk)))
    assert all(exists(drawing, element) for element in walk)
    assert walk[2:9] == [Weight(1, 0, 0, 0), Weight(1, 0, 1, 0), Bias(1, 0, 0), Weight(1, 0, 0, 1), Weight(1, 0, 1, 1),
                         Bias(1, 0, 1), Weight(1, 0, 0, 2)]
    for other in (Weight(1, 0, 0), Weight(1, 0, 0, 3), Bias(1, 1), Weight(2, 0, 0, 0)):
        assert not exists(drawing, other)


@pytest.mark.parametrize(("units", "size"), [(1, (700, 500)), (2, (1000, 640)), (3, (1280, 800)), (12, (1280, 800))])
def test_edges_of_a_unit_arrive_at_a_port_for_each_piece(units: int, size: tuple[int, int]) -> None:
    layout = arrange(drawing_of(session(units)), *size)
    column, lines = layout.columns[1], every_line(layout, 1)
    assert column.shape in (Shape.DISC, Shape.CAPSULE) and column.port > 1.0
    ports = column.ends().reshape(units, 3, 2)
    apart = np.hypot(*(ports[:, 1:] - ports[:, :-1]).transpose(2, 0, 1))
    assert (apart >= 2.0 * column.port - 1e-9).all()            # they do not overlap
    assert lines.shape == (units * 3 * 2, 4)
    ends = lines[:, 2:].reshape(units, 3, 2, 2)
    reach = np.hypot(*(ends - ports[:, :, None]).transpose(3, 0, 1, 2))
    np.testing.assert_allclose(reach, column.port)


@pytest.mark.parametrize("units", [1, 2])
def test_every_piece_can_be_pointed_at(units: int, qtbot: QtBot) -> None:
    view = NetworkView(LIGHT)
    qtbot.addWidget(view)
    view.resize(1200, 760)
    view.set_drawing(drawing_of(session(units)))
    for element in every_element(units):
        assert view.element_at(view.point_of(element)) == element


def test_the_port_of_the_winner_is_known_with_the_output() -> None:
    found = session()
    found.seek_operation(6)                                # all net inputs, no output yet
    won = drawing_of(found).columns[1].won
    assert won is not None and np.isnan(won).all()
    found.seek_operation(7)
    moment = found.moment()
    won = drawing_of(found).columns[1].won
    assert won is not None and np.isnan(won[3:]).all()
    nets = moment.net(1)[0][:3]
    assert won[:3].tolist() == [float(place == nets.argmax()) for place in range(3)]


def test_of_the_mean_the_share_of_wins_is_shown() -> None:
    found = session()
    found.advance_step()
    record = found.record
    mean = drawing_of(found, Moment(record, found.moment().cursor, MEAN)).columns[1].won
    shares = [(record.winners(1)[unit] == piece).mean() for unit in range(2) for piece in range(3)]
    assert mean is not None and mean.tolist() == shares


def test_frozen_pieces_labels_and_checks_stand_at_their_edges() -> None:
    found = session(frozen=["W1[1,2,0]", "b1[0,1]"], labels={"W1[1,0,1]": "v", "b1[1,2]": "c"})
    layer = drawing_of(found).connections[0]
    assert layer.weights.shape == (6, 2) and layer.pieces == 3
    assert np.argwhere(layer.frozen).tolist() == [[5, 0]]
    assert layer.bias_frozen is not None and np.flatnonzero(layer.bias_frozen).tolist() == [1]
    assert layer.labels == {(3, 1): "v"} and layer.bias_labels == {5: "c"}
    assert [layer.bias_label(place) for place in (0, 4, 5)] == ["b[0]", "b[1]", "c"]
    check = check_gradients(found.problem, found.record.parameters, np.arange(4))
    assert check is not None
    assert drawing_of(found, colouring=Colouring("error", check)).connections[0].gradients.shape == (6, 2)


def test_a_shared_bias_is_one_and_reaches_every_piece() -> None:
    layers = [{"units": 2, "activation": MAXOUT, "bias": "shared"}, {"units": ["o1"], "activation": "sigmoid"}]
    drawing = drawing_of(session(layers=layers))
    layout = arrange(drawing, 1000, 640)
    assert layout.biases[0] is not None and layout.biases[0].shared and len(layout.biases[0].lines) == 6
    assert Bias(1, 0) in {element_at_number(drawing, number) for number in range(element_count(drawing))}


def test_dragging_the_edge_of_a_piece_changes_its_weight(qtbot: QtBot) -> None:
    view = NetworkView(LIGHT)
    qtbot.addWidget(view)
    view.resize(1200, 760)
    view.set_drawing(drawing_of(session()))
    view.show()
    qtbot.waitExposed(view)
    begin = view.point_of(Weight(1, 1, 0, 2)).toPoint()
    with qtbot.waitSignal(view.weight_dropped) as dropped:
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=begin)
        with qtbot.waitSignal(view.weight_dragging):
            qtbot.mouseMove(view, begin + QPoint(0, -60))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=begin + QPoint(0, -60))
    assert dropped.args[0] == Weight(1, 1, 0, 2)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("units", [2, 60, 300])
def test_every_moment_and_every_selection_can_be_painted(units: int, theme: Theme, qtbot: QtBot) -> None:
    """Discs, capsules or small ones, and a strip; spokes of a dense layer; what has just been computed."""
    view = NetworkView(theme)
    qtbot.addWidget(view)
    view.resize(900, 600)
    found = session(units)
    for cursor in np.linspace(0, found.order.length, 12).astype(int).tolist():
        found.seek_operation(cursor)
        view.set_drawing(drawing_of(found))
        for element in (Unit(1, 1), Unit(2, 0), Weight(1, 1, 0, 2), Weight(2, 0, 1), Bias(1, 1, 2), None):
            view.click(element)
            assert not view.render_picture().isNull()


def test_the_winner_is_the_one_full_port(qtbot: QtBot) -> None:
    view = NetworkView(LIGHT)
    qtbot.addWidget(view)
    view.resize(1200, 760)
    found = session()
    found.advance_step()
    drawing = drawing_of(found)
    view.set_drawing(drawing)
    image = view.render_picture()
    places = arrange(drawing, 1200, 760).columns[1].ends()
    shades = [image.pixelColor(round(x), round(y)).lightness() for x, y in places.tolist()]
    won = drawing.columns[1].won
    assert won is not None and [shade < 100 for shade in shades] == (won == 1.0).tolist()
