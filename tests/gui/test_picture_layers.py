"""Of a picture is kept as an image what is asked for again, and what is kept looks like what was painted."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from nnviz.gui import ink
from nnviz.gui.picture_layers import PictureLayers
from nnviz.gui.scene import Shown

SIZE = QSize(60, 40)


class Picture:
    """A canvas with a bar for edges and a square for units, whose place is the number that is shown."""

    def __init__(self, number: int, log: list[str]) -> None:
        self.number, self.log = number, log

    def __call__(self, painter: QPainter) -> Picture:
        one = copy(self)
        one.painter, one.shown = painter, Shown(loss=str(self.number))
        return one

    def paint_edges(self) -> None:
        self.log.append(f"edges {self.number}")
        self.painter.fillRect(0, 0, 60, 40, QColor("#202020"))
        self.painter.fillRect(0, 10 + self.number, 60, 3, QColor("#808000"))

    def paint_rest(self) -> None:
        self.log.append(f"units {self.number}")
        self.painter.fillRect(5 * self.number, 5, 20, 20, QColor("#00a0f0"))


@pytest.fixture
def painter(qtbot: QtBot) -> Iterator[QPainter]:
    image = QImage(SIZE, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    yield painter
    painter.end()


def seen(painter: QPainter) -> QImage:
    device = painter.device()
    assert isinstance(device, QImage)
    return device.copy()


def test_edges_are_kept_when_they_are_asked_for_again(painter: QPainter) -> None:
    layers, log = PictureLayers(), []
    picture = Picture(1, log)
    pictures = []
    for _ in range(4):
        layers.paint(painter, SIZE, 1.0, "theme", picture)
        pictures.append(seen(painter))
    assert log == ["edges 1", "units 1", "edges 1", "units 1", "units 1", "units 1"]
    assert all(one == pictures[0] for one in pictures)
    log.clear()
    layers.forget_edges()
    layers.paint(painter, SIZE, 1.0, "theme", Picture(2, log))
    assert log == ["edges 2", "units 2"]
    assert layers.shown is not None and layers.shown.loss == "2"
    assert seen(painter) != pictures[0]


def test_numbers_stay_until_they_are_due_whatever_the_edges_do(painter: QPainter) -> None:
    layers, log = PictureLayers(), []
    for number, due in enumerate((True, False, False, True)):
        layers.paint_flowing(painter, SIZE, 1.0, "theme", due, Picture(number, log))
    assert log == ["edges 0", "units 0", "edges 1", "edges 2", "edges 3", "units 3"]


def test_where_every_redraw_has_its_numbers_they_are_kept_only_when_they_stay(painter: QPainter) -> None:
    layers, log = PictureLayers(), []
    for number in range(3):
        layers.paint_flowing(painter, SIZE, 1.0, "theme", True, Picture(number, log))
    assert log == ["edges 0", "units 0", "edges 1", "units 1", "edges 2", "units 2"]
    log.clear()
    for number in (3, 4):
        layers.paint_flowing(painter, SIZE, 1.0, "theme", False, Picture(number, log))
    assert log == ["edges 3", "units 2", "edges 4"], "the units of the redraw that had its numbers"
    image = seen(painter)
    assert image.pixelColor(12, 8) == QColor("#00a0f0") and image.pixelColor(50, 15) == QColor("#808000")
    assert layers.shown is not None and layers.shown.loss == "2"


def test_texts_that_are_written_at_once_look_as_if_they_were_written_one_by_one(painter: QPainter) -> None:
    places = [(30.3, 10.2, "w 0.25"), (24.7, 28.9, "\N{MINUS SIGN}1.5")]
    pictures = []
    for at_once in (True, False):
        painter.fillRect(0, 0, 60, 40, Qt.GlobalColor.darkGreen)
        if at_once:
            ink.draw_all_on_plates(painter, places, 11, QColor("#ffffff"), QColor("#000000"))
        else:
            for x, y, text in places:
                ink.draw_on_plate(painter, x, y, text, 11, QColor("#ffffff"), QColor("#000000"))
        pictures.append(seen(painter))
    assert pictures[0] == pictures[1]
