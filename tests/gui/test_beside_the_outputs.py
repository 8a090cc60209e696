"""Right of the outputs stand bars, a mark, targets, the loss and the decision surface: each has a place of its own."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Any

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from nnviz.gui import answer_marks, ink
from nnviz.gui.drawing import Drawing
from nnviz.gui.layout import arrange
from nnviz.gui.picture import NetworkPainter, PictureOptions, paint_picture
from nnviz.gui.plane_resolving import Choice, MapOptions
from nnviz.gui.resolving import drawing_after
from nnviz.gui.theme import LIGHT
from nnviz.session.document import Document
from nnviz.session.examples import example_names, open_example

SIZES = [(520, 330), (630, 425), (955, 425), (1060, 640), (1200, 800), (1594, 640), (2600, 1500)]
PICTURES = [name for name in example_names() if not name.startswith(("surface", "gate"))]
Boxes = list[tuple[str, QRectF]]


@cache
def clouds(classes: int, hidden: int = 6, maps: Choice = "automatic") -> Drawing:
    """A network that parts so many clouds, after a step."""
    tree: dict[str, Any] = {
        "format": "nnviz", "version": 1, "kind": "network", "name": "clouds", "inputs": ["x", "y"],
        "layers": [{"units": hidden, "activation": "tanh"}, {"units": classes, "activation": "softmax"}],
        "loss": "cross_entropy", "data": {"name": "blobs", "samples": 80, "classes": classes, "test_fraction": 0.2},
    }
    return drawing_after(Document.from_tree(tree), 1, MapOptions(maps))[0]


@cache
def example(name: str) -> Drawing:
    return drawing_after(open_example(name), 1)[0]


@pytest.fixture
def boxes_of(qapp: object, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is painted right of the outputs of a drawing, by name."""
    def painted(drawing: Drawing, size: tuple[int, int], text_scale: float = 1.0, digits: int = 4) -> Boxes:
        found: Boxes = []
        verdict, write = answer_marks.draw_verdict, ink.draw_on_plate
        answered = NetworkPainter._targets_and_loss
        within = [False]

        def note_verdict(painter: QPainter, x: float, y: float, reach: float, *more: Any) -> None:
            found.append(("mark", QRectF(x - 1.3 * reach, y - 1.3 * reach, 2.6 * reach, 2.6 * reach)))
            verdict(painter, x, y, reach, *more)

        def note_text(
            painter: QPainter, x: float, y: float, text: str, pixels: int, *more: Any, **named: Any
        ) -> QRectF:
            if within[0]:
                wide = ink.text_width(text, pixels)
                found.append(("target", QRectF(x - wide / 2, y - 0.4 * pixels, wide, 0.8 * pixels)))
            return write(painter, x, y, text, pixels, *more, **named)

        def answer(painting: Any) -> None:
            within[0] = True
            answered(painting)
            within[0] = False

        with monkeypatch.context() as patch:
            patch.setattr(answer_marks, "draw_verdict", note_verdict)
            patch.setattr(ink, "draw_on_plate", note_text)
            patch.setattr(NetworkPainter, "_targets_and_loss", answer)
            image = QImage(*size, QImage.Format.Format_RGB32)
            painter = QPainter(image)
            try:
                paint_picture(painter, drawing, LIGHT, *size, options=PictureOptions(digits, text_scale))
            finally:
                painter.end()
        layout = arrange(drawing, *size, text_scale, digits)
        if layout.loss_box is not None:
            x, y, wide, high = layout.loss_box
            found.append(("loss", QRectF(x - wide, y - high, 2 * wide, 2 * high)))
        if layout.plane is not None and layout.plane.framed:
            plane = layout.plane
            found.append(("surface", QRectF(plane.left - 2.6 * layout.em, plane.top - 1.5 * layout.em,
                                            plane.side + 2.6 * layout.em, plane.legend - plane.top)))
        left, top, right, bottom = layout.columns[-1].frame
        found.append(("outputs", QRectF(left, top, right - left, bottom - top)))
        return found
    return painted


def overlapping(boxes: Boxes) -> list[tuple[str, QRectF, str, QRectF]]:
    """Pairs that lie on each other; the mark of a tile or a disc touches its unit."""
    return [(one, box, other, second) for (one, box), (other, second) in combinations(boxes, 2)
            if box.adjusted(0.5, 0.5, -0.5, -0.5).intersects(second) and {one, other} != {"mark", "outputs"}]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("maps", ["automatic", "never"])
@pytest.mark.parametrize("classes", [2, 3, 4, 5, 6, 7, 8, 9, 10])
def test_targets_mark_loss_and_surface_stand_apart_for_any_number_of_classes(
    boxes_of: Any, classes: int, maps: Choice, size: tuple[int, int]
) -> None:
    assert not overlapping(boxes_of(clouds(classes, maps=maps), size))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("hidden", [40, 300])
def test_the_mark_stands_beside_the_target_of_large_networks(
    boxes_of: Any, hidden: int, size: tuple[int, int]
) -> None:
    assert not overlapping(boxes_of(clouds(4, hidden, "never"), size))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", PICTURES)
def test_targets_mark_loss_and_surface_stand_apart_in_every_example(
    boxes_of: Any, name: str, size: tuple[int, int]
) -> None:
    assert not overlapping(boxes_of(example(name), size))


@pytest.mark.parametrize("size", [(374, 218), (430, 218), (500, 300), (500, 700)], ids=str)
@pytest.mark.parametrize("name", ["digits-784-16-16-10", "mazur-2-2-2", "iris"])
def test_they_stand_apart_in_a_picture_between_panels_on_both_sides(
    boxes_of: Any, name: str, size: tuple[int, int]
) -> None:
    for digits in (4, 6, 10):
        assert not overlapping(boxes_of(example(name), size, digits=digits)), digits


@pytest.mark.parametrize("classes", [4, 6])
def test_they_stand_apart_in_larger_text(boxes_of: Any, classes: int) -> None:
    for maps in ("automatic", "never"):
        assert not overlapping(boxes_of(clouds(classes, maps=maps), (1060, 640), 1.6))
