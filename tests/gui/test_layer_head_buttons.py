"""The buttons at the heads of layers: where they stand, when they are seen, what a click on them does."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from nnviz.gui.layer_heads import HEAD_BUTTONS, LEAST_BUTTON, HeadPlace, head_places
from nnviz.gui.network_editor import NetworkEditor
from nnviz.gui.picture import paint_picture
from nnviz.gui.picture_layers import painting_on
from nnviz.gui.scene import PictureOptions
from nnviz.gui.theme import DARK
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Alpha
from tests.gui.hands import Opened

LEFT = Qt.MouseButton.LeftButton


def heads(picture: NetworkEditor) -> dict[tuple[int, str], HeadPlace]:
    return {(place.layer, place.button.name): place
            for place in head_places(picture.drawing, picture._arranged(), picture.transform_now)}


def press(qtbot: QtBot, workbench: Workbench, layer: int, name: str) -> None:
    qtbot.mouseClick(workbench.picture, LEFT, pos=heads(workbench.picture)[layer, name].middle().toPoint())


def sizes(workbench: Workbench) -> tuple[int, ...]:
    return workbench.controller.session.document.network.sizes


def test_a_click_adds_and_removes_units_and_layers(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    press(qtbot, workbench, 1, "more")
    assert sizes(workbench) == (2, 6, 1)
    press(qtbot, workbench, 1, "fewer")
    press(qtbot, workbench, 1, "fewer")
    assert sizes(workbench) == (2, 4, 1)
    press(qtbot, workbench, 0, "behind")
    assert sizes(workbench) == (2, 2, 4, 1)
    for _ in range(4):
        workbench.controller.undo()
    assert sizes(workbench) == (2, 5, 1)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_the_menu_opens_at_every_head(opened: Opened, qtbot: QtBot, layer: int) -> None:
    workbench = opened("mazur-2-2-2")
    press(qtbot, workbench, layer, "menu")
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    enabled = {action.objectName() for action in menu.actions() if action.isEnabled()}
    assert ("remove_layer" in enabled) == (layer == 1)
    assert ("add_layer" in enabled) == (layer < 2)
    menu.close()


def test_a_bias_kind_chosen_at_the_head_is_one_edit(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    press(qtbot, workbench, 1, "menu")
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(action for sub in menu.findChildren(QMenu) for action in sub.actions()
         if action.objectName() == "bias none").trigger()
    assert workbench.controller.session.document.network.layers[0].bias == "none"
    menu.close()
    workbench.controller.undo()
    assert workbench.controller.session.document.network.layers[0].bias == "per_unit"


def test_buttons_can_be_hit_and_cover_nothing(opened: Opened) -> None:
    for name in ("xor", "mazur-2-2-2", "spiral", "digits-784-16-16-10"):
        picture = opened(name).picture
        found = list(heads(picture).values())
        assert found
        assert all(2 * place.half >= LEAST_BUTTON for place in found)
        for place in found:
            assert picture.element_at(place.middle()) is None
            assert all(abs(place.x - other.x) >= 2 * place.half - 0.5 or abs(place.y - other.y) >= 2 * place.half - 0.5
                       for other in found if other is not place)


def test_buttons_leave_the_number_alone_that_a_whole_layer_learns(opened: Opened) -> None:
    workbench = opened("xor")
    workbench.controller.edit({"layers.0.activation": "prelu"}, "PReLU")
    picture = workbench.picture
    at = picture.point_of(Alpha(1, 0))
    assert picture.element_at(at) == Alpha(1, 0) and picture.head_at(at) is None
    for place in heads(picture).values():
        assert place.layer != 1 or place.button.between or place.x - place.half > at.x()


def test_buttons_come_with_the_pointer_and_say_what_they_do(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    picture = workbench.picture
    qtbot.mouseMove(picture, QPoint(5, picture.height() // 2))
    qtbot.waitUntil(lambda: picture._near == frozenset({0}))
    without = picture.render_picture()
    place = heads(picture)[1, "more"]
    qtbot.mouseMove(picture, place.middle().toPoint())
    qtbot.waitUntil(lambda: "Add a unit" in picture.accessibleDescription())
    box = (int(place.x - place.half), int(place.y - place.half), int(2 * place.half), int(2 * place.half))
    assert picture.render_picture().copy(*box) != without.copy(*box)
    for button in HEAD_BUTTONS:
        assert button.offered(picture.drawing, 1) is False or button.help(picture.drawing, 1)
    qtbot.mouseMove(picture, QPoint(5, picture.height() // 2))
    qtbot.waitUntil(lambda: "Add a unit" not in picture.accessibleDescription())


def test_buttons_stay_while_the_hand_goes_along_them(opened: Opened, qtbot: QtBot) -> None:
    """Also where they reach beyond the middle between two layers."""
    workbench = opened("xor")
    layers = [{"units": 4, "activation": "tanh"}] * 4
    workbench.controller.edit({"layers": [*layers, {"units": 1, "activation": "sigmoid"}]}, "deeper")
    picture = workbench.picture
    own = [place for (layer, _), place in heads(picture).items() if layer == 3 and not place.button.between]
    middles = [picture.transform_now.point(column.x, 0.0)[0] for column in picture._arranged().columns]
    assert own[-1].x > (middles[3] + middles[4]) / 2, "none reaches so far: this tests nothing"
    for x in np.linspace(own[0].x - own[0].half, own[-1].x + own[-1].half - 1, 40).tolist():
        qtbot.mouseMove(picture, QPoint(round(x), round(own[0].y)))
        qtbot.waitUntil(lambda: picture._near == frozenset({3}))
    qtbot.mouseMove(picture, QPoint(round(middles[4]), round(own[0].y) + 60))
    qtbot.waitUntil(lambda: picture._near == frozenset({4}))


def test_exported_pictures_have_no_buttons(opened: Opened, qtbot: QtBot) -> None:
    picture = opened("mazur-2-2-2").picture
    size = QSize(800, 560)
    images = []
    for heads_shown in (False, True):
        image = QImage(size, QImage.Format.Format_RGB32)
        with painting_on(image, size) as painter:
            paint_picture(painter, picture.drawing, DARK, 800, 560, PictureOptions(heads=heads_shown))
        images.append(np.array(image.constBits(), copy=True))
    assert np.array_equal(*images)          # nobody is near: buttons belong to the hand
