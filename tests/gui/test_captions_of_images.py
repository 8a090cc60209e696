"""However close one looks at images of weights, what is written of a unit is whole and lies on no image."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from nnviz.gui import ink
from nnviz.gui.drawing import Drawing
from nnviz.gui.layer_heads import title_places
from nnviz.gui.network_view import NetworkView
from nnviz.gui.resolving import drawing_after
from nnviz.gui.theme import LIGHT
from nnviz.gui.thumbnail_marks import ThumbnailMarks
from nnviz.report.elements import Unit, Weight
from nnviz.session.document import Document
from nnviz.session.examples import open_example

SIZES = [(635, 425), (955, 425), (1594, 640), (1200, 800)]


@cache
def drawn(*units: int) -> Drawing:
    if not units:
        return drawing_after(open_example("digits-784-16-16-10"), 1)[0]
    tree: dict[str, Any] = {
        "format": "nnviz", "version": 1, "kind": "network", "name": "images", "inputs": 64,
        "layers": [{"units": count, "activation": "sigmoid"} for count in units], "loss": "squared_error",
        "data": {"name": "digits", "side": 8, "samples": 60},
    }
    return drawing_after(Document.from_tree(tree), 1)[0]


def seen(view: NetworkView, patch: pytest.MonkeyPatch) -> tuple[list[tuple[str, QRectF]], list[QRectF]]:
    """What is written of the first hidden layer, and its images with their frames."""
    texts: list[tuple[str, QRectF]] = []
    images: list[QRectF] = []
    paint, rings, write, write_all = (ThumbnailMarks.paint_column, ThumbnailMarks._tile_rings, ink.draw_on_plate,
                                      ink.draw_all_on_plates)
    within = [False]

    def column(marks: Any, number: int, *more: Any) -> None:
        within[0] = number == 1
        paint(marks, number, *more)
        within[0] = False

    def note(x: float, y: float, text: str, pixels: int) -> None:
        wide = ink.text_width(text, pixels)
        texts.append((text, QRectF(x - wide / 2, y - 0.5 * pixels, wide, pixels)))

    def ringed(marks: Any, element: Unit, box: QRectF) -> None:
        wide = marks._thickness(box.width(), marks._place)
        images.append(box.adjusted(-wide, -wide, wide, wide))
        rings(marks, element, box)

    def one(painter: QPainter, x: float, y: float, text: str, pixels: int, *more: Any, **named: Any) -> QRectF:
        if within[0]:
            note(x, y, text, pixels)
        return write(painter, x, y, text, pixels, *more, **named)

    def several(painter: QPainter, found: list[tuple[float, float, str]], pixels: int, *more: Any) -> None:
        for x, y, text in found if within[0] else ():
            note(x, y, text, pixels)
        write_all(painter, found, pixels, *more)

    with patch.context() as replaced:
        replaced.setattr(ThumbnailMarks, "paint_column", column)
        replaced.setattr(ThumbnailMarks, "_tile_rings", ringed)
        replaced.setattr(ink, "draw_on_plate", one)
        replaced.setattr(ink, "draw_all_on_plates", several)
        view.render_picture()
    return texts, images


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("units", [(), (3, 10), (12, 10), (40, 10), (10,)], ids=str)
def test_what_is_written_of_a_unit_lies_on_no_image(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch, units: tuple[int, ...], size: tuple[int, int]
) -> None:
    view = NetworkView(LIGHT)
    qtbot.addWidget(view)
    view.resize(*size)
    view.set_drawing(drawn(*units))
    for _ in range(15):
        texts, images = seen(view, monkeypatch)
        assert images
        for text, box in texts:
            assert not any(box.adjusted(0.5, 0.75, -0.5, -0.75).intersects(image) for image in images), text
        view.zoom_by(1.2, view.point_of(Unit(1, 1)))


def test_names_and_values_are_told_from_four_notches_on(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    view = NetworkView(LIGHT)
    qtbot.addWidget(view)
    view.resize(955, 425)
    view.set_drawing(drawn())
    for notch in range(16):
        told = " ".join(text for text, _ in seen(view, monkeypatch)[0])
        if notch >= 4:
            assert "h1_7" in told and (notch < 6 or "δ" in told), notch
        view.zoom_by(1.2, view.point_of(Unit(1, 6)))


def test_a_lit_edge_from_an_images_corner_leaves_its_title_readable(qtbot: Any) -> None:
    view = NetworkView(LIGHT)
    qtbot.addWidget(view)
    view.resize(955, 425)
    view.set_drawing(drawn())
    plain = view.render_picture()
    view.set_drawing(replace(drawn(), active=frozenset({Weight(1, 0, 0)})))
    lit = view.render_picture()
    title = title_places(drawn(), view._arranged(), view._transform)[0]
    box = QRectF(title.x - title.width / 2, title.y - 5, title.width, 10).toRect()
    assert plain.copy(box) == lit.copy(box) and plain != lit
