"""The map under a user's hands: where training starts, what is compared, and what the arrows tell at each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.gui.controller import Controller
from nnviz.gui.settings import Settings
from nnviz.gui.surface_page import SurfacePage
from nnviz.gui.surface_view import STRIDE, describe_place
from nnviz.gui.theme import DARK, LIGHT
from nnviz.report.elements import Weight
from nnviz.session.descent import place_of
from nnviz.session.examples import open_example

Opened = Callable[..., SurfacePage]


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Opened]:
    controllers: list[Controller] = []

    def open_surface(name: str = "surface-ravine", **values: object) -> SurfacePage:
        controller = Controller(Settings(None))
        controllers.append(controller)
        page = SurfacePage(controller, LIGHT)
        qtbot.addWidget(page)
        controller.changed.connect(lambda _changed: page.show_view(controller.view))
        page.resize(900, 640)
        with qtbot.waitExposed(page):
            page.show()
        document = open_example(name)
        controller.open(document.with_values(values) if values else document, None, name)
        QApplication.processEvents()
        page.map.grab()
        return page

    yield open_surface
    for controller in controllers:
        controller.close()
        controller.player.close()
        controller.deleteLater()


def start(page: SurfacePage) -> tuple[float, float]:
    session = page.controller.session
    assert session is not None
    return place_of(session.problem, session.segment.origin.parameters(session.problem))


def at(page: SurfacePage, x: float, y: float) -> QPoint:
    return page.map.frame().pixel((x, y)).toPoint()


def place(page: SurfacePage, point: QPoint) -> tuple[float, float]:
    return page.map.frame().place(point.x(), point.y())


def legend(page: SurfacePage) -> list[str]:
    page.map.grab()
    return page.map.shown.legend


# ── the path and the arrows ──────────────────────────────────────────────────────────────────────────────────────


def test_the_path_grows_by_the_place_of_each_step(opened: Opened) -> None:
    page = opened()
    session = page.controller.session
    assert session is not None and page.drawing is not None
    seen = [start(page)]
    assert page.drawing.trail.places.tolist() == [list(seen[0])]
    for _ in range(6):
        page.controller.training_step()
        seen.append(place_of(session.problem, session.state.parameters(session.problem)))
        assert page.drawing is not None
        assert page.drawing.trail.places.tolist() == [list(found) for found in seen]
        assert page.drawing.here == seen[-1] and page.drawing.before == seen[-2]
    page.controller.seek(2)
    assert page.drawing is not None and page.drawing.trail.places.tolist() == [list(found) for found in seen[:3]]


def test_the_path_goes_on_through_edits_and_shows_the_leap_of_a_value_that_was_typed(opened: Opened) -> None:
    page = opened()
    session = page.controller.session
    assert session is not None
    seen = [start(page)]

    def train(steps: int) -> None:
        for _ in range(steps):
            page.controller.training_step()
            seen.append(place_of(session.problem, session.state.parameters(session.problem)))

    train(3)
    page.controller.edit({"optimiser.name": "adam"}, "Adam")
    train(3)
    page.controller.set_parameter(Weight(1, 1, 0), 1.75)
    seen.append((seen[-1][0], 1.75))
    train(2)
    assert page.drawing is not None
    assert page.drawing.trail.places.tolist() == [list(found) for found in seen]
    page.controller.seek(5)
    assert page.drawing is not None and page.drawing.trail.places.tolist() == [list(found) for found in seen[:6]]


def test_each_number_appears_when_the_pass_has_reached_it(opened: Opened) -> None:
    page = opened()
    known: list[tuple[bool, bool, bool]] = []
    while True:
        drawing = page.drawing
        assert drawing is not None
        known.append((drawing.height is not None, drawing.gradient is not None, drawing.update is not None))
        if all(known[-1]):
            break
        page.controller.step()
    assert known[0] == (False, False, False)
    assert known == sorted(known) and (True, False, False) in known and (True, True, False) in known
    assert drawing.update is not None and drawing.gradient is not None
    assert np.add(drawing.before, drawing.update) == pytest.approx(drawing.here)
    assert drawing.update == pytest.approx([-0.18 * slope for slope in drawing.gradient])


def test_the_caption_tells_step_phase_and_place(opened: Opened) -> None:
    page = opened()
    page.map.grab()
    assert page.map.shown.caption == "step 1 · before the pass · at x = −4, y = 1"
    page.controller.phase()
    page.map.grab()
    assert page.map.shown.caption.startswith("step 1 · ") and page.map.shown.caption.endswith("f = 5.8")
    page.controller.training_step()
    page.map.grab()
    assert page.map.shown.caption == "step 1 · done · at x = −3.928, y = −0.8"


def test_a_run_that_leaves_the_finite_keeps_its_path_and_says_so(opened: Opened) -> None:
    page = opened("surface-rosenbrock", **{"optimiser.learning_rate": 1.0})
    said: list[str] = []
    page.controller.message.connect(lambda key, text, kind: said.append(text) if key == "divergence" and text else None)
    for _ in range(30):
        page.controller.training_step()
    assert said and page.drawing is not None
    assert np.isfinite(page.drawing.trail.places).all() and len(page.drawing.trail.places) > 1
    assert not page.map.grab().isNull()


def test_a_long_path_is_shown_by_what_was_kept_of_it(opened: Opened, qtbot: QtBot) -> None:
    page = opened("surface-noise", batch_size=1)
    page.controller.do(lambda session: session.advance_steps(7_000))
    qtbot.waitUntil(page.is_complete, timeout=20_000)
    assert page.drawing is not None
    places = page.drawing.trail.places
    assert 2_000 < len(places) < 6_500
    session = page.controller.session
    assert session is not None
    assert tuple(places[-1].tolist()) == place_of(session.problem, session.state.parameters(session.problem))


def test_playing_follows_the_path(opened: Opened, qtbot: QtBot) -> None:
    page = opened("surface-saddle")
    page.controller.settings.change(play_speed="steps-20")
    page.controller.play()
    qtbot.waitUntil(lambda: page.drawing is not None and page.drawing.trail.step >= 3, timeout=10_000)
    page.controller.pause()
    assert page.drawing is not None and len(page.drawing.trail.places) == page.drawing.trail.step + 1


def test_at_full_speed_the_newest_place_is_always_there(opened: Opened, qtbot: QtBot) -> None:
    page = opened("surface-noise", batch_size=1)
    page.controller.settings.change(play_speed="steps-2000")
    page.controller.play()
    qtbot.waitUntil(lambda: page.drawing is not None and page.drawing.trail.step >= 200, timeout=20_000)
    drawing = page.drawing
    assert drawing is not None and tuple(drawing.trail.places[-1].tolist()) == drawing.here
    page.controller.pause()
    qtbot.waitUntil(page.is_complete, timeout=20_000)
    assert page.drawing is not None and page.drawing.trail.step >= 200


# ── another start ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_click_starts_there_as_one_undoable_edit(opened: Opened, qtbot: QtBot) -> None:
    page = opened()
    page.controller.do(lambda session: session.advance_steps(5))
    before, point = start(page), at(page, 1.0, -1.0)
    wanted = place(page, point)
    qtbot.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=point)
    session = page.controller.session
    assert session is not None and session.updates_done == 0
    assert start(page) == pytest.approx(wanted) and page.controller.undo_label == "Start here"
    assert page.drawing is not None and page.drawing.trail.places.tolist() == [list(start(page))]
    page.controller.undo()
    assert start(page) == before and session.updates_done == 5 and len(page.drawing.trail.places) == 6
    page.controller.redo()
    assert start(page) == pytest.approx(wanted)


def test_a_start_elsewhere_while_it_plays_says_that_training_is_paused(opened: Opened, qtbot: QtBot) -> None:
    page = opened()
    said: list[str] = []
    page.controller.said.connect(said.append)
    page.controller.play()
    qtbot.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=at(page, 1.0, -1.0))
    assert not page.controller.player.is_playing and said == ["Training is paused; Play goes on from here."]
    page.controller.play()
    page.controller.start_surface_at(-1.0, 1.0)
    assert not page.controller.player.is_playing and len(said) == 2
    page.controller.start_surface_at(-2.0, 1.0)
    assert len(said) == 2


def test_a_surface_that_was_saved_in_its_course_starts_elsewhere_from_the_beginning(
    opened: Opened, qtbot: QtBot
) -> None:
    page = opened()
    page.controller.do(lambda session: session.advance_steps(9))
    session = page.controller.session
    assert session is not None
    page.controller.open(session.document_now(), None, "again")
    qtbot.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=at(page, 1.0, 1.0))
    session = page.controller.session
    assert session is not None and session.updates_done == 0 and session.step == 1
    assert session.document_now().progress is None
    page.controller.reset()
    assert start(page) == pytest.approx((1.0, 1.0), abs=0.05)


def test_while_the_start_is_dragged_its_path_is_shown_and_nothing_is_changed(opened: Opened, qtbot: QtBot) -> None:
    page = opened()
    page.controller.do(lambda session: session.advance_steps(5))
    before, end = start(page), at(page, -1.0, 0.6)
    qtbot.mousePress(page.map, Qt.MouseButton.LeftButton, pos=at(page, 0.5, 0.5))
    qtbot.mouseMove(page.map, end)
    qtbot.waitUntil(lambda: page.drawing is not None
                    and page.drawing.trail.places[0].tolist() == pytest.approx(place(page, end)))
    assert page.drawing is not None and page.drawing.trail.step == 5 and start(page) == before
    page.map.grab()
    assert page.map.shown.caption.startswith("start at x = ")
    qtbot.mouseRelease(page.map, Qt.MouseButton.LeftButton, pos=end)
    assert start(page) == pytest.approx(place(page, end))


def test_escape_takes_a_drag_back(opened: Opened, qtbot: QtBot) -> None:
    page = opened()
    page.map.setFocus()
    before = start(page)
    qtbot.mousePress(page.map, Qt.MouseButton.LeftButton, pos=at(page, 0.5, 0.5))
    assert page.map.is_carrying
    qtbot.keyClick(page.map, Qt.Key.Key_Escape)
    qtbot.mouseRelease(page.map, Qt.MouseButton.LeftButton, pos=at(page, 0.5, 0.5))
    assert not page.map.is_carrying and start(page) == before and page.controller.undo_label == ""
    assert page.drawing is not None and page.drawing.trail.places[0].tolist() == list(before)


@pytest.mark.parametrize(("key", "way"), [
    (Qt.Key.Key_Right, (1, 0)), (Qt.Key.Key_Left, (-1, 0)), (Qt.Key.Key_Up, (0, 1)), (Qt.Key.Key_Down, (0, -1)),
])
@pytest.mark.parametrize(("modifier", "share"), [
    (Qt.KeyboardModifier.NoModifier, 1.0), (Qt.KeyboardModifier.ShiftModifier, 0.1),
])
def test_an_arrow_key_moves_the_start_a_little(
    opened: Opened, qtbot: QtBot, key: Qt.Key, way: tuple[int, int], modifier: Qt.KeyboardModifier, share: float
) -> None:
    page = opened()
    stride = STRIDE * share * page.map.frame().extent.width
    before = start(page)
    qtbot.keyClick(page.map, key, modifier)
    qtbot.waitUntil(lambda: not page.map.is_carrying)
    assert start(page) == pytest.approx((before[0] + way[0] * stride, before[1] + way[1] * stride))
    assert page.controller.undo_label == "Start here"


def test_an_arrow_key_that_is_held_is_one_edit(opened: Opened, qtbot: QtBot) -> None:
    page = opened()
    before = start(page)
    for _ in range(4):      # some systems repeat a key by releasing it in between
        qtbot.keyPress(page.map, Qt.Key.Key_Right)
        assert start(page) == before and page.map.is_carrying
        qtbot.keyRelease(page.map, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: not page.map.is_carrying)
    session = page.controller.session
    assert session is not None and len(session.undo_list) == 1
    assert start(page)[0] == pytest.approx(before[0] + 4 * STRIDE * page.map.frame().extent.width)


def test_another_key_or_the_loss_of_the_keyboard_puts_a_released_start_down_at_once(
    opened: Opened, qtbot: QtBot
) -> None:
    page = opened()
    page.activateWindow()
    page.map.setFocus()
    qtbot.waitUntil(page.map.hasFocus)
    before = start(page)
    qtbot.keyClick(page.map, Qt.Key.Key_Up)
    QApplication.sendEvent(page.map, QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_F7, Qt.KeyboardModifier(0)))
    assert start(page)[1] > before[1] and not page.map.is_carrying
    qtbot.keyClick(page.map, Qt.Key.Key_Down)
    page.compare.boxes["adam"].setFocus()
    assert start(page) == pytest.approx(before) and not page.map.is_carrying


def test_a_start_elsewhere_keeps_optimiser_and_learning_rate(opened: Opened, qtbot: QtBot) -> None:
    page = opened()
    page.controller.edit({"optimiser.name": "momentum", "optimiser.learning_rate": 0.02}, "other")
    page.controller.training_step()
    qtbot.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=at(page, 1.0, 1.0))
    session = page.controller.session
    assert session is not None
    assert (session.document.optimiser.name, session.document.learning_rate) == ("momentum", 0.02)


# ── looking around ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_place_below_the_pointer_tells_its_numbers(opened: Opened, qtbot: QtBot) -> None:
    page = opened()
    assert "Click or drag" in page.map.shown.readout
    point = at(page, -2.0, 0.5)
    qtbot.mouseMove(page.map, point)
    assert page.drawing is not None
    wanted = describe_place(page.drawing, place(page, point), 4)
    qtbot.waitUntil(lambda: (page.map.grab(), page.map.shown.readout)[1] == wanted)
    x, y = place(page, point)
    assert describe_place(page.drawing, (2.0, 1.0), 4) == "x = 2, y = 1   ·   f = 5.2   ·   ∂f/∂x = 0.2, ∂f/∂y = 10"
    assert (x, y) == pytest.approx((-2.0, 0.5), abs=0.02)


def test_the_wheel_zooms_around_the_pointer_and_fit_shows_all_again(opened: Opened) -> None:
    page = opened()
    frame, point = page.map.frame(), QPointF(at(page, -4.0, 1.0))
    wheel = QWheelEvent(point, page.map.mapToGlobal(point), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(page.map, wheel)
    zoomed = page.map.frame()
    assert zoomed.extent.width == pytest.approx(frame.extent.width / 1.44)
    assert zoomed.place(point.x(), point.y()) == pytest.approx(frame.place(point.x(), point.y()))
    page.map.zoom_fit()
    assert page.map.frame().extent == frame.extent


@pytest.mark.parametrize(("button", "modifier"), [
    (Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier),
    (Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier),
    (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier),
])
def test_dragging_moves_the_map_and_not_the_start(
    opened: Opened, qtbot: QtBot, button: Qt.MouseButton, modifier: Qt.KeyboardModifier
) -> None:
    page = opened()
    before, held = start(page), place(page, QPoint(400, 300))
    qtbot.mousePress(page.map, button, modifier, QPoint(400, 300))
    qtbot.mouseRelease(page.map, button, modifier, QPoint(480, 340))
    assert place(page, QPoint(480, 340)) == pytest.approx(held)
    assert start(page) == before and page.controller.undo_label == ""


def test_both_axes_keep_one_scale_so_that_gradients_stand_upright_on_contour_lines(opened: Opened) -> None:
    page = opened()
    for size in ((500, 700), (1300, 500), (900, 640)):
        page.resize(*size)
        QApplication.processEvents()
        frame = page.map.frame()
        assert frame.map.width() / frame.extent.width == pytest.approx(frame.map.height() / frame.extent.height)


def test_what_is_zoomed_to_stays_while_training_goes_on(opened: Opened) -> None:
    page = opened()
    page.map.zoom_by(2.0)
    extent = page.map.frame().extent
    page.controller.training_step()
    assert page.map.frame().extent == extent


def test_whoever_cannot_see_the_map_is_told_where_training_stands(opened: Opened) -> None:
    page = opened()
    assert page.map.accessibleName() == "Map of the surface"
    assert "x = −4, y = 1" in page.map.accessibleDescription() and "∂f/∂y = 10" in page.map.accessibleDescription()
    page.compare.boxes["adam"].setChecked(True)
    page.controller.training_step()
    assert "Adam: f = " in page.map.accessibleDescription() and "at step 1" in page.map.accessibleDescription()


def test_the_other_theme_paints_the_map_anew(opened: Opened) -> None:
    page = opened()
    light = page.map.grab().toImage()
    page.set_theme(DARK)
    dark = page.map.grab().toImage()
    assert light.pixelColor(3, 3) == QColor(LIGHT.canvas) and dark.pixelColor(3, 3) == QColor(DARK.canvas)
    assert dark.pixelColor(450, 200).lightness() < light.pixelColor(450, 200).lightness()


def test_the_map_is_computed_once_while_nothing_moves(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    page = opened()
    qtbot.waitUntil(lambda: not page.map._settling.isActive())       # it was fitted, which is a move
    page.map.grab()
    monkeypatch.setattr("nnviz.gui.surface_view.relief_of", lambda *_: pytest.fail("computed again"))
    for _ in range(5):
        page.controller.training_step()
        page.map.grab()


# ── other optimisers ─────────────────────────────────────────────────────────────────────────────────────────────


def test_there_is_a_box_for_each_optimiser_but_the_one_that_trains(opened: Opened) -> None:
    page = opened()
    assert list(page.compare.boxes) == list(OPTIMISERS)
    assert [name for name, box in page.compare.boxes.items() if not box.isEnabled()] == ["sgd"]
    page.controller.edit({"optimiser.name": "adam"}, "Adam")
    assert [name for name, box in page.compare.boxes.items() if not box.isEnabled()] == ["adam"]
    for box in page.compare.boxes.values():
        assert box.accessibleName() and "same start" in box.toolTip()


@pytest.mark.parametrize("name", [name for name in OPTIMISERS if name != "sgd"])
def test_a_compared_path_is_that_of_a_session_with_this_optimiser(opened: Opened, qtbot: QtBot, name: str) -> None:
    page = opened()
    page.controller.do(lambda session: session.advance_steps(12))
    qtbot.mouseClick(page.compare.boxes[name], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.is_complete)
    assert page.drawing is not None
    (trail,) = page.drawing.others
    other = opened(**{"optimiser.name": name})
    other.controller.do(lambda session: session.advance_steps(12))
    assert other.drawing is not None
    assert trail.name == name and trail.places.tolist() == other.drawing.trail.places.tolist()
    assert any(text.startswith(OPTIMISERS[name].label) for text in legend(page))
    page.controller.training_step()
    assert page.drawing is not None and page.drawing.others[0].step == 13
    qtbot.mouseClick(page.compare.boxes[name], Qt.MouseButton.LeftButton)
    assert page.drawing.others == ()


def test_compared_paths_begin_at_the_new_start_too(opened: Opened, qtbot: QtBot) -> None:
    page = opened()
    page.compare.boxes["momentum"].setChecked(True)
    page.controller.do(lambda session: session.advance_steps(4))
    qtbot.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=at(page, 1.0, -1.0))
    page.controller.do(lambda session: session.advance_steps(3))
    assert page.drawing is not None
    assert page.drawing.others[0].places[0].tolist() == list(start(page))
    assert page.drawing.others[0].step == 3


def test_of_a_surface_saved_in_its_course_every_path_begins_at_the_start_that_reset_returns_to(
    opened: Opened, qtbot: QtBot
) -> None:
    page = opened()
    page.compare.boxes["adam"].setChecked(True)
    page.controller.do(lambda session: session.advance_steps(20))
    qtbot.waitUntil(page.is_complete)
    session, before = page.controller.session, page.drawing
    assert session is not None and before is not None
    page.controller.open(session.document_now(), None, "again")
    qtbot.waitUntil(page.is_complete)
    drawing = page.drawing
    assert drawing is not None and drawing.trail.beginning == (-4.0, 1.0) and not drawing.trail.is_mixed
    assert drawing.trail.places.tolist() == before.trail.places.tolist()
    assert drawing.others[0].places.tolist() == before.others[0].places.tolist()
    assert not any("present settings" in text or "known" in text for text in legend(page))
    page.controller.edit({"optimiser.learning_rate": 0.02}, "slower")
    assert page.drawing is not None and len(page.drawing.trail.places) == 21
    assert "others: from the start, with the present settings" in legend(page)
    page.controller.reset()
    assert page.drawing is not None and page.drawing.trail.places.tolist() == [[-4.0, 1.0]] and start(page) == (-4, 1)


def test_a_way_that_other_settings_went_before_the_file_was_saved_is_not_made_up(opened: Opened, qtbot: QtBot) -> None:
    page = opened()
    page.compare.boxes["adam"].setChecked(True)
    page.controller.do(lambda session: session.advance_steps(10))
    page.controller.edit({"optimiser.learning_rate": 0.02}, "slower")
    page.controller.do(lambda session: session.advance_steps(10))
    session = page.controller.session
    assert session is not None
    page.controller.open(session.document_now(), None, "again")
    page.controller.do(lambda session: session.advance_steps(3))
    qtbot.waitUntil(page.is_complete)
    drawing = page.drawing
    assert drawing is not None and drawing.trail.beginning == start(page) == (-4.0, 1.0)
    assert len(drawing.trail.places) == 4 and drawing.trail.step == 23
    assert drawing.others[0].places[0].tolist() == [-4.0, 1.0] and drawing.others[0].step == 23
    said = legend(page)
    assert "path known from step 20 on" in said and "others: from the start, with the present settings" in said
    assert "present settings" in page.map.accessibleDescription()


def test_after_an_edit_on_the_way_the_legend_says_with_which_settings_the_others_went(opened: Opened) -> None:
    page = opened()
    page.controller.do(lambda session: session.advance_steps(10))
    page.controller.edit({"optimiser.learning_rate": 0.02}, "slower")
    note = "others: from the start, with the present settings"
    assert note not in legend(page)
    page.compare.boxes["adam"].setChecked(True)
    assert note in legend(page)
    page.controller.seek(4)
    assert page.drawing is not None and page.drawing.others[0].step == 4 and note not in legend(page)


def test_a_compared_path_that_runs_away_is_named_so(opened: Opened, qtbot: QtBot) -> None:
    page = opened("surface-rosenbrock", **{"optimiser.name": "rprop", "optimiser.learning_rate": 0.01})
    page.compare.boxes["momentum"].setChecked(True)
    page.controller.do(lambda session: session.advance_steps(40))
    qtbot.waitUntil(page.is_complete)
    assert any("Momentum: not finite from step" in text for text in legend(page))


def test_the_boxes_take_as_many_lines_as_they_need(opened: Opened) -> None:
    page = opened()
    lines = []
    for width in (400, 900, 2400):
        page.resize(width, 1200)
        QApplication.processEvents()
        boxes = page.compare.boxes.values()
        lines.append(len({box.y() for box in boxes}))
        assert all(box.x() + box.width() <= page.width() for box in boxes)
    assert lines[0] > lines[1] > lines[2] == 1


def test_in_a_low_window_the_boxes_leave_the_room_to_the_map_and_the_keyboard_still_reaches_them(
    opened: Opened, qtbot: QtBot
) -> None:
    page = opened()
    page.resize(420, 300)
    qtbot.waitUntil(lambda: page.map.height() + page.surface_settings.height() > 0.75 * page.height())
    page.activateWindow()
    page.compare.boxes["rprop"].setFocus()
    qtbot.keyClick(page.compare.boxes["rprop"], Qt.Key.Key_Tab)
    qtbot.keyClick(page.compare.boxes["kfac"], Qt.Key.Key_Space)
    assert page.compare.names() == ("kfac",) and not page.compare.boxes["kfac"].visibleRegion().isEmpty()
