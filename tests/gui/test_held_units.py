"""What is frozen and disabled as the picture has it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from nnviz.gui.drawing import Drawing
from nnviz.gui.legend import legend_of
from nnviz.gui.network_view import NetworkView
from nnviz.gui.picture import paint_picture
from nnviz.gui.picture_layers import painting_on
from nnviz.gui.resolving import drawing_of_document
from nnviz.gui.theme import DARK, LIGHT, Theme
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from nnviz.session.structure import set_disabled, set_frozen


def drawn(drawing: Drawing, theme: Theme) -> np.ndarray:
    size = QSize(800, 560)
    image = QImage(size, QImage.Format.Format_RGB32)
    with painting_on(image, size) as painter:
        paint_picture(painter, drawing, theme, 800, 560)
    return np.array(image.constBits(), copy=True)


def test_a_unit_is_frozen_where_all_that_leads_into_it_is(qapp) -> None:
    document = Session(open_example("xor")).document_now()
    drawing = drawing_of_document(set_frozen(document, [Unit(1, 2), Weight(1, 0, 0)], True))
    assert drawing.columns[1].frozen is not None
    np.testing.assert_array_equal(drawing.columns[1].frozen, [False, False, True, False, False])
    assert drawing.columns[1].disabled is None and drawing.connections[0].disabled is None


def test_disabled_is_said_to_be_that_and_not_frozen(qapp) -> None:
    document = Session(open_example("xor")).document_now()
    drawing = drawing_of_document(set_disabled(document, [Unit(1, 2), Weight(1, 0, 0), Bias(1, 1)], True))
    assert drawing.columns[1].disabled is not None
    np.testing.assert_array_equal(drawing.columns[1].disabled, [False, False, True, False, False])
    assert drawing.connections[0].disabled is not None and drawing.connections[0].bias_disabled is not None
    assert drawing.connections[0].disabled[0, 0] and drawing.connections[0].disabled.sum() == 1
    assert drawing.connections[0].bias_disabled[1]
    assert not any(layer.frozen.any() for layer in drawing.connections)


def test_both_are_seen_in_both_themes_and_the_legend_says_so(qapp, qtbot) -> None:
    document = Session(open_example("xor")).document_now()
    plain = drawing_of_document(document)
    frozen = drawing_of_document(set_frozen(document, [Unit(1, 2)], True))
    disabled = drawing_of_document(set_disabled(document, [Unit(1, 2)], True))
    for theme in (DARK, LIGHT):
        pictures = [drawn(drawing, theme) for drawing in (plain, frozen, disabled)]
        assert not np.array_equal(pictures[0], pictures[1])
        assert not np.array_equal(pictures[0], pictures[2])
    view = NetworkView(DARK)
    qtbot.addWidget(view)
    view.resize(800, 560)
    for drawing, expected in ((plain, (False, False)), (frozen, (True, False)), (disabled, (False, True))):
        view.set_drawing(drawing)
        legend = legend_of(drawing, view._arranged(), DARK, view.colour_scale, view._arrangement.edges)
        assert (legend.frozen, legend.disabled) == expected
