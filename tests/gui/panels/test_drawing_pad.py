"""The drawing pad in the window: drawn on with mouse and keys, classified live, and stepped through the network."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QDockWidget
from pytestqt.qtbot import QtBot

from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.drawing_pad import DrawingPadPanel
from nnviz.gui.theme import DARK, LIGHT
from nnviz.gui.workbench import Workbench
from tests.gui.hands import Opened, press
from tests.networks import standing

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
DIGITS = "digits-784-16-16-10"


def arc(x: float, y: float, width: float, height: float, start: float, end: float) -> list[tuple[float, float]]:
    return [(x + width * math.cos(t), y + height * math.sin(t)) for t in np.linspace(start, end, 20)]


#: Digits as people draw them, from (0, 0) to (1, 1) with y down.
STROKES: dict[int, list[tuple[float, float]]] = {
    0: arc(0.5, 0.5, 0.32, 0.5, -1.6, 4.7),
    3: arc(0.45, 0.26, 0.35, 0.26, -2.6, 1.5) + arc(0.45, 0.75, 0.4, 0.27, -1.5, 2.7),
    2: [*arc(0.5, 0.28, 0.35, 0.28, -3.14, 0.6), (0.15, 1.0), (0.9, 1.0)],
}


@pytest.fixture
def pad(opened: Opened, window: MainWindow, qtbot: QtBot) -> DrawingPadPanel:
    workbench = opened(DIGITS)
    session = workbench.controller.session
    assert session is not None
    session.advance_steps(320)
    workbench.controller.refresh()
    panel = workbench.docks.bring("drawing")
    assert isinstance(panel, DrawingPadPanel)
    qtbot.waitUntil(lambda: panel.pad.isVisible() and panel.pad.width() > 60)
    panel.pad.clear()
    while panel.pad.drawing.can_undo:
        panel.pad.undo()
    panel.fitted.setChecked(True)
    panel.eraser.setChecked(False)
    return panel


def place(panel: DrawingPadPanel, x: float, y: float) -> QPoint:
    square = panel.pad.square()
    return QPointF(square.left() + x * square.width(), square.top() + y * square.height()).toPoint()


def draw(qtbot: QtBot, panel: DrawingPadPanel, points: Sequence[tuple[float, float]],
         button: Qt.MouseButton = LEFT) -> None:
    """Draws a line with the mouse, as it is in a corner of the pad, smaller than the data's images."""
    spots = [place(panel, 0.1 + 0.45 * x, 0.15 + 0.6 * y) for x, y in points]
    qtbot.mousePress(panel.pad, button, pos=spots[0])
    for spot in spots[1:]:
        qtbot.mouseMove(panel.pad, spot)
    qtbot.mouseRelease(panel.pad, button, pos=spots[-1])


def shown(panel: DrawingPadPanel, qtbot: QtBot) -> int | None:
    qtbot.waitUntil(lambda: not panel._later.isActive())
    return panel.bars.best()


@pytest.mark.parametrize("digit", sorted(STROKES))
def test_a_digit_drawn_small_and_aside_is_read(pad: DrawingPadPanel, qtbot: QtBot, digit: int) -> None:
    draw(qtbot, pad, STROKES[digit])
    assert shown(pad, qtbot) == digit


def test_what_the_network_gets_lies_as_the_data_do_until_that_is_switched_off(
    pad: DrawingPadPanel, qtbot: QtBot
) -> None:
    draw(qtbot, pad, STROKES[3])
    assert not np.array_equal(pad.image(), pad.pad.drawing.pixels)
    qtbot.mouseClick(pad.fitted, LEFT, pos=QPoint(8, pad.fitted.height() // 2))
    assert np.array_equal(pad.image(), pad.pad.drawing.pixels)


def test_strokes_are_taken_back_by_the_pads_own_undo_and_the_network_keeps_its_edits(
    pad: DrawingPadPanel, window: MainWindow, qtbot: QtBot
) -> None:
    session = window.workbench.controller.session
    assert session is not None
    session.edit({"optimiser.learning_rate": 0.01}, "rate")
    window.workbench.controller.refresh()
    draw(qtbot, pad, STROKES[3])
    drawn = pad.pad.drawing.pixels
    window.activateWindow()
    pad.pad.setFocus()
    qtbot.waitUntil(pad.pad.hasFocus)
    qtbot.keyClick(pad.pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert pad.pad.drawing.is_empty and len(session.undo_list) == 1
    qtbot.keyClick(pad.pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert np.array_equal(pad.pad.drawing.pixels, drawn)
    qtbot.keyClick(pad.pad, Qt.Key.Key_Delete)
    assert pad.pad.drawing.is_empty
    qtbot.mouseClick(pad.undo, LEFT)
    assert np.array_equal(pad.pad.drawing.pixels, drawn)
    assert shown(pad, qtbot) == 3


def test_the_buttons_leave_the_keyboard_to_the_pad(
    pad: DrawingPadPanel, window: MainWindow, qtbot: QtBot
) -> None:
    window.activateWindow()
    pad.pad.setFocus()
    qtbot.waitUntil(pad.pad.hasFocus)
    draw(qtbot, pad, STROKES[3])
    drawn = pad.pad.drawing.pixels
    qtbot.mouseClick(pad.clear, LEFT)
    assert pad.pad.drawing.is_empty and pad.pad.hasFocus()
    qtbot.keyClick(pad.pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(pad.pad.drawing.pixels, drawn)
    pad.clear.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(pad.clear, Qt.Key.Key_Space)
    assert pad.pad.drawing.is_empty and not pad.clear.isEnabled()
    qtbot.waitUntil(pad.pad.hasFocus)       # not the box behind the button, which a second Space would tick


def test_the_right_button_and_the_eraser_take_ink_away(pad: DrawingPadPanel, qtbot: QtBot) -> None:
    for erase in ("button", "tool"):
        draw(qtbot, pad, [(0.1, 0.5), (0.9, 0.5)])
        before = pad.pad.drawing.pixels.sum()
        if erase == "tool":
            qtbot.mouseClick(pad.eraser, LEFT)
        draw(qtbot, pad, [(0.4, 0.5), (0.6, 0.5)], RIGHT if erase == "button" else LEFT)
        assert 0.0 < pad.pad.drawing.pixels.sum() < before
        pad.eraser.setChecked(False)


def test_a_line_is_drawn_with_the_keyboard_alone(pad: DrawingPadPanel, window: MainWindow, qtbot: QtBot) -> None:
    session = window.workbench.controller.session
    assert session is not None
    window.activateWindow()
    pad.pad.setFocus()
    qtbot.waitUntil(pad.pad.hasFocus)
    start = pad.pad.pen
    qtbot.keyClick(pad.pad, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert pad.pad.pen == (start[0], start[1] - 4) and pad.pad.drawing.is_empty
    qtbot.keyClick(pad.pad, Qt.Key.Key_Space)
    assert not window.workbench.controller.player.is_playing and "pen down" in pad.pad.accessibleDescription()
    for _ in range(8):
        qtbot.keyClick(pad.pad, Qt.Key.Key_Down)
    qtbot.keyClick(pad.pad, Qt.Key.Key_Space)
    column = pad.pad.drawing.pixels[:, start[0]]
    assert (column[start[1] - 4 : start[1] + 5] > 0.9).all()
    left = pad.pad.drawing.pixels.copy()
    qtbot.keyClick(pad.pad, Qt.Key.Key_Left)
    assert np.array_equal(pad.pad.drawing.pixels, left), "the pen is up"
    qtbot.keyClick(pad.pad, Qt.Key.Key_Return)
    assert session.trial is not None
    qtbot.keyClick(pad.pad, Qt.Key.Key_Escape)
    assert session.trial is None


def test_a_drawing_is_stepped_through_forward_and_backward_and_training_stands_as_before(
    pad: DrawingPadPanel, window: MainWindow, qtbot: QtBot
) -> None:
    workbench: Workbench = window.workbench
    session = workbench.controller.session
    assert session is not None
    before = standing(session)
    draw(qtbot, pad, STROKES[3])
    qtbot.mouseClick(pad.run, LEFT)
    trial = session.trial
    assert trial is not None and trial.cursor == 0 and np.array_equal(trial.inputs, pad.inputs())
    assert trial.target.argmax() == 3 and not trial.is_chosen
    for name in ("step", "phase", "step_back", "phase", "phase"):
        press(qtbot, window, name)
    assert session.trial is not None and session.trial.cursor > session.order.phase_end(0)
    assert workbench.picture.drawing is not None and "your own example" in workbench.picture.drawing.caption
    pad.target.list.setFocus()
    qtbot.keyClick(pad.target.list, Qt.Key.Key_8)
    qtbot.waitUntil(lambda: session.trial is not None and session.trial.is_chosen)
    assert session.trial.target.argmax() == 8
    draw(qtbot, pad, [(0.2, 0.2), (0.8, 0.8)])
    assert np.array_equal(session.trial.inputs, pad.inputs()), "what is drawn on is followed"
    workbench.controller.end_trial()
    assert standing(session) == before
    assert pad.target.list.currentText() == "8", "it is the target of the next one, too"


def test_the_shown_example_is_put_on_the_pad_as_it_is(pad: DrawingPadPanel, window: MainWindow, qtbot: QtBot) -> None:
    view = window.workbench.controller.view
    assert view is not None
    qtbot.mouseClick(pad.take, LEFT)
    assert np.array_equal(pad.inputs(), view.raw_inputs[0])
    assert shown(pad, qtbot) == view.moment.record.output(3)[:, view.moment.example].argmax()
    assert not pad.fitted.isEnabled()


def test_the_bars_follow_the_training(pad: DrawingPadPanel, window: MainWindow, qtbot: QtBot) -> None:
    draw(qtbot, pad, STROKES[3])
    shown(pad, qtbot)
    before = pad.bars.accessibleDescription()
    window.workbench.controller.seek(5)
    assert pad.bars.accessibleDescription() != before
    window.workbench.controller.seek(320)
    assert pad.bars.accessibleDescription() == before


def test_other_networks_are_told_why_there_is_nothing_to_draw(opened: Opened) -> None:
    for name, said in (("xor", "this network has 2 inputs"), ("surface-saddle", "takes no images")):
        workbench = opened(name)
        panel = workbench.docks.panels["drawing"]
        assert isinstance(panel, DrawingPadPanel) and said in panel.nothing_of(workbench.controller.view)


def test_one_types_an_example_of_images_on_the_pad(opened: Opened, window: MainWindow, qtbot: QtBot) -> None:
    workbench = opened(DIGITS)
    workbench.docks.docks["drawing"].hide()
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    panel = workbench.docks.panels["drawing"]
    assert isinstance(panel, DrawingPadPanel)
    qtbot.waitUntil(panel.pad.hasFocus)
    assert QApplication.focusWidget() is panel.pad


def test_the_pad_and_the_bars_are_painted_in_both_themes(pad: DrawingPadPanel, qtbot: QtBot) -> None:
    draw(qtbot, pad, STROKES[3])
    shown(pad, qtbot)
    seen: list[QImage] = []
    for theme in (LIGHT, DARK):
        pad.set_theme(theme)
        image = pad.pad.grab().toImage()
        spot = pad.pad.in_widget(0, 0).toPoint()
        assert image.pixelColor(spot * image.devicePixelRatio()).name() in (theme.base, theme.line)
        seen.append(pad.bars.grab().toImage())
    assert seen[0] != seen[1]
    pad.set_theme(LIGHT)


def test_in_a_narrow_place_the_pad_stands_above_its_controls(pad: DrawingPadPanel, qtbot: QtBot) -> None:
    dock = pad.parentWidget()
    while dock is not None and not isinstance(dock, QDockWidget):
        dock = dock.parentWidget()
    assert isinstance(dock, QDockWidget)
    dock.setFloating(True)
    dock.resize(430, 640)
    qtbot.waitUntil(lambda: pad.pad.geometry().bottom() < pad.bars.geometry().top())
    assert pad.pad.width() > 300 and dock.width() < 500
    dock.resize(960, 300)
    qtbot.waitUntil(lambda: pad.pad.geometry().right() < pad.bars.geometry().left())
    dock.setFloating(False)


def test_in_a_low_and_narrow_place_the_answer_stands_beside_the_pad_and_is_seen(
    pad: DrawingPadPanel, qtbot: QtBot
) -> None:
    dock = pad.parentWidget()
    while dock is not None and not isinstance(dock, QDockWidget):
        dock = dock.parentWidget()
    assert isinstance(dock, QDockWidget)
    dock.setFloating(True)
    dock.resize(430, 170)
    qtbot.waitUntil(lambda: pad.pad.geometry().right() < pad.bars.geometry().left())
    shown = pad.rect().intersected(QRect(pad.bars.mapTo(pad, QPoint()), pad.bars.size()))
    assert shown.height() >= 0.9 * pad.bars.minimumSizeHint().height() and pad.bars.minimumSizeHint().height() < 100
    assert len({pad.bars._row(place).left() for place in range(10)}) == 2
    dock.setFloating(False)
