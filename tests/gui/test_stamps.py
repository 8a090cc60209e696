"""A stamp looks like what it was made from, and is made only of what is painted again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from nnviz.gui.stamps import KEPT, draw_stamped

BOX = QRect(3, 5, 30, 20)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_it_is_made_the_second_time_and_looks_the_same(qtbot: QtBot, ratio: float) -> None:
    painted = []

    def paint(painter: QPainter) -> None:
        painted.append(painter)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#336699"))
        painter.drawEllipse(QPointF(18.0, 15.0), 9.0, 7.0)

    def picture() -> QImage:
        image = QImage(round(40 * ratio), round(30 * ratio), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_stamped(painter, "disc", BOX, ratio, paint)
        finally:
            painter.end()
        return image

    pictures = [picture() for _ in range(4)]
    assert len(painted) == 2
    assert pictures[2] == pictures[1] == pictures[3]
    differences = [abs(a - b) for a, b in zip(bytes(pictures[0].constBits()), bytes(pictures[1].constBits()),
                                              strict=True)]
    assert max(differences) <= 2               # of 255: blending twice rounds twice


def test_only_so_many_are_kept(qtbot: QtBot) -> None:
    painted = []
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        for _ in range(2):
            for number in range(KEPT + 1):
                draw_stamped(painter, ("many", number), BOX, 1.0, painted.append)
    finally:
        painter.end()
    assert len(painted) == 2 * (KEPT + 1)
