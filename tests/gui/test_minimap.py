"""The overview in the corner of a picture that is zoomed in."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.gui.closer_marks import _PLACED
from nnviz.gui.minimap import Minimap
from nnviz.gui.network_view import NetworkView
from nnviz.gui.theme import DARK, LIGHT
from nnviz.report.elements import Unit
from tests.gui.drawings import digits_network, playground
from tests.gui.hands import Opened

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def minimap(qtbot: QtBot) -> Minimap:
    view = NetworkView(DARK)
    qtbot.addWidget(view)
    view.resize(1000, 640)
    view.set_drawing(digits_network())
    with qtbot.waitExposed(view):
        view.show()
    return Minimap(view)


def looked_at(minimap: Minimap) -> tuple[float, float]:
    """The place of the layout in the middle of the view."""
    canvas = minimap.canvas
    return canvas.transform_now.inverse(canvas.width() / 2, canvas.height() / 2)


def test_it_is_there_only_while_the_picture_is_zoomed_in_and_wanted(minimap: Minimap) -> None:
    assert not minimap.isVisible()
    minimap.canvas.zoom_by(3.0)
    assert minimap.isVisible()
    minimap.set_wanted(False)
    assert not minimap.isVisible()
    minimap.set_wanted(True)
    assert minimap.isVisible()
    minimap.canvas.zoom_fit()
    assert not minimap.isVisible()


def test_a_small_picture_has_none(minimap: Minimap) -> None:
    minimap.canvas.zoom_by(3.0)
    minimap.canvas.resize(300, 240)
    assert not minimap.isVisible()


def test_the_frame_is_what_is_in_sight(minimap: Minimap) -> None:
    minimap.canvas.zoom_by(4.0, QPointF(250, 160))
    scale = minimap.width() / 1000
    assert minimap.frame.width() == pytest.approx(250 * scale)
    assert minimap.frame.center().x() / scale == pytest.approx(looked_at(minimap)[0])
    assert minimap.frame.center().y() / scale == pytest.approx(looked_at(minimap)[1])


def test_a_click_looks_there_and_dragging_the_frame_moves_the_picture(minimap: Minimap, qtbot: QtBot) -> None:
    minimap.canvas.zoom_by(4.0)
    scale = minimap.width() / 1000
    at = QPoint(round(300 * scale), round(200 * scale))
    qtbot.mouseClick(minimap, LEFT, pos=at)
    assert looked_at(minimap) == pytest.approx((at.x() / scale, at.y() / scale))
    before = looked_at(minimap)
    grip = at + QPoint(5, 3)                                        # inside the frame: it is not put to the pointer
    qtbot.mousePress(minimap, LEFT, pos=grip)
    assert looked_at(minimap) == pytest.approx(before)
    qtbot.mouseMove(minimap, grip + QPoint(20, 10))
    QApplication.processEvents()
    assert looked_at(minimap) == pytest.approx((before[0] + 20 / scale, before[1] + 10 / scale))
    qtbot.mouseRelease(minimap, LEFT, pos=grip + QPoint(20, 10))
    qtbot.mouseMove(minimap, grip)
    assert looked_at(minimap) == pytest.approx((before[0] + 20 / scale, before[1] + 10 / scale))


def test_the_wheel_over_it_zooms_around_what_is_looked_at(minimap: Minimap) -> None:
    minimap.canvas.zoom_by(2.0)
    before = looked_at(minimap)
    at = QPointF(5, 5)
    turned = QWheelEvent(at, QPointF(minimap.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 120),
                         Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(minimap, turned)
    assert minimap.canvas.zoom == pytest.approx(2.4) and looked_at(minimap) == pytest.approx(before)


def test_it_never_covers_what_is_selected(minimap: Minimap) -> None:
    view = minimap.canvas
    assert isinstance(view, NetworkView)
    for unit in (Unit(3, 9), Unit(3, 0), Unit(0, 783), Unit(2, 4)):
        view.set_selected(unit)
        view.zoom_fit()
        view.zoom_by(1.3, QPointF(700, 500))
        box = view.selected_boxes()[-1]
        covered = QRectF(QPointF(*view.transform_now.point(box.left(), box.top())),
                         QPointF(*view.transform_now.point(box.right(), box.bottom())))
        assert not QRectF(minimap.geometry()).intersects(covered), unit
        assert view.rect().contains(minimap.geometry())


def test_labels_of_edges_keep_clear_of_it(minimap: Minimap) -> None:
    view = minimap.canvas
    assert isinstance(view, NetworkView)
    view.set_drawing(playground())
    view.zoom_by(2.4, QPointF(500, 300))
    hidden = 0
    for place in ((x, y) for x in range(250, 800, 90) for y in range(150, 420, 60)):
        view.centre_on(*place)
        minimap.set_wanted(True)
        corner = QRectF(minimap.geometry())
        assert not any(corner.contains(label) for label in labels(view))
        minimap.set_wanted(False)
        hidden += sum(corner.contains(label) for label in labels(view))
    assert hidden, "no label was ever in its way: this tests nothing"


def labels(view: NetworkView) -> list[QPointF]:
    """Where the labels of edges stand now."""
    _PLACED.clear()
    view.render_picture()
    return [QPointF(*centre) for kept in _PLACED.values() for _, forms in kept.values() for placed in forms
            for centre in placed.centres.tolist()]


def test_its_image_is_kept_while_the_picture_only_moves(minimap: Minimap, qtbot: QtBot, monkeypatch) -> None:
    painted = []
    monkeypatch.setattr(type(minimap.canvas), "paint_small",
                        lambda canvas, painter, scale, ratio: painted.append(canvas.drawing))
    minimap.canvas.zoom_by(3.0)
    minimap.grab()
    for _ in range(5):
        minimap.canvas.pan_by(10, 5)
        minimap.grab()
    assert len(painted) == 1
    minimap.canvas.set_drawing(playground())
    minimap.canvas.zoom_by(3.0)
    qtbot.waitUntil(lambda: bool(minimap.grab()) and painted[-1] is minimap.canvas.drawing)


def test_it_shows_the_picture_in_the_theme(minimap: Minimap, qtbot: QtBot) -> None:
    minimap.canvas.zoom_by(3.0)
    dark = minimap.grab().toImage()
    minimap.canvas.set_theme(LIGHT)
    qtbot.waitUntil(lambda: minimap.grab().toImage().pixelColor(8, 60).lightness() > 150)
    assert dark.pixelColor(8, 60).lightness() < 100


def test_the_menu_zooms_the_picture_and_hides_the_overview(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    commands, picture = workbench.window.commands, workbench.picture
    commands["zoom_in"].trigger()
    commands["zoom_in"].trigger()
    assert picture.zoom == pytest.approx(1.44)
    shown = workbench.looking.minimaps[0]
    picture.resize(1000, 640)
    assert not shown.isHidden()
    picture.setFocus()
    qtbot.keyClick(picture, Qt.Key.Key_M)
    assert shown.isHidden() and not workbench.settings.flag("minimap")
    commands["minimap"].trigger()
    assert not shown.isHidden()
    workbench.controller.select(Unit(1, 0))
    commands["zoom_selection"].trigger()
    assert picture.zoom > 1.2
    commands["zoom_out"].trigger()
    commands["fit"].trigger()
    assert picture.zoom == 1.0


def test_another_network_is_seen_whole_and_without_an_overview(minimap: Minimap) -> None:
    view = minimap.canvas
    assert isinstance(view, NetworkView)
    view.zoom_by(3.0)
    view.set_drawing(playground())
    assert view.zoom == 1.0 and not minimap.isVisible()
