"""The picture in the window: pointing, dragging, zooming, walking, and what it says."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.drawing import Drawing
from nnviz.gui.network_view import NetworkView
from nnviz.gui.pointing import element_at_number, element_count, element_number
from nnviz.gui.theme import DARK, LIGHT
from nnviz.report.elements import Bias, Element, Unit, Weight
from tests.gui.drawings import dense, digits_network, mazur, playground

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot: QtBot) -> NetworkView:
    view = NetworkView(DARK)
    qtbot.addWidget(view)
    view.resize(800, 560)
    view.set_drawing(mazur())
    with qtbot.waitExposed(view):
        view.show()
    return view


def every_element(drawing: Drawing) -> list[Element]:
    return [element_at_number(drawing, number) for number in range(element_count(drawing))]


def drag(qtbot: QtBot, view: NetworkView, begin: QPointF, by: QPoint, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    start = begin.toPoint()
    qtbot.mousePress(view, LEFT, modifier, start)
    for share in (0.3, 0.6, 1.0):
        qtbot.mouseMove(view, start + by * share)
        QApplication.processEvents()
    qtbot.mouseRelease(view, LEFT, modifier, start + by)


# ── pointing ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("drawing", [mazur(), playground(), dense(2, 2, 1, dead=False), dense(3, 3, 3, 3)],
                         ids=["2-2-2", "2-8-8-1", "2-2-1", "3-3-3-3"])
def test_every_element_can_be_hit_where_the_view_says_it_is(view: NetworkView, drawing: Drawing) -> None:
    view.set_drawing(drawing)
    assert [element for element in every_element(drawing) if view.element_at(view.point_of(element)) != element] == []


def test_elements_are_hit_where_they_are_after_zoom_and_pan(view: NetworkView) -> None:
    view.zoom_by(2.5, QPointF(300, 200))
    view.pan_by(-40, 25)
    assert view.element_at(view.point_of(Unit(1, 0))) == Unit(1, 0)
    assert view.element_at(view.point_of(Weight(1, 1, 0))) == Weight(1, 1, 0)


def test_pixels_of_the_input_image_and_cells_of_a_strip_can_be_hit(view: NetworkView) -> None:
    view.set_drawing(digits_network())
    for unit in (0, 27, 28, 400, 783):
        assert view.element_at(view.point_of(Unit(0, unit))) == Unit(0, unit)
    view.set_drawing(dense(2, 300, 1))
    for unit in (0, 150, 299):
        assert view.element_at(view.point_of(Unit(1, unit))) == Unit(1, unit)


def test_nothing_is_hit_on_the_background(view: NetworkView) -> None:
    assert view.element_at(QPointF(400, 80)) is None


def test_hit_testing_13_000_edges_takes_little_time(view: NetworkView) -> None:
    view.set_drawing(digits_network())
    view.element_at(QPointF(300, 300))
    times = []
    for x in range(100):
        begin = time.perf_counter()
        view.element_at(QPointF(200 + x, 300))
        times.append(time.perf_counter() - begin)
    assert np.median(times) < 2e-3                     # about 0.1 ms on a quiet machine


def test_hovering_tells_which_element_is_under_the_pointer(view: NetworkView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.hovered) as hovered:
        qtbot.mouseMove(view, view.point_of(Weight(2, 0, 0)).toPoint())
    assert hovered.args == [Weight(2, 0, 0)]
    with qtbot.waitSignal(view.hovered) as hovered:
        qtbot.mouseMove(view, QPoint(400, 80))
    assert hovered.args == [None]


@pytest.mark.parametrize("flowing", [False, True])
def test_a_tooltip_never_tells_numbers_of_a_moment_that_is_gone(
    view: NetworkView, qtbot: QtBot, flowing: bool
) -> None:
    view.describe = lambda element: "value 0.05"
    with qtbot.waitSignal(view.hovered):
        qtbot.mouseMove(view, view.point_of(Unit(1, int(flowing))).toPoint())
    qtbot.waitUntil(lambda: "value 0.05" in QToolTip.text())
    view.describe = lambda element: "value 0.07"
    view.set_flowing(flowing)
    view.set_drawing(replace(mazur(), caption="later"))
    if flowing:
        qtbot.waitUntil(lambda: not QToolTip.isVisible())
    else:
        qtbot.waitUntil(lambda: "value 0.07" in QToolTip.text())
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_the_tooltip_is_what_describe_says_even_if_it_looks_like_html(view: NetworkView, qtbot: QtBot) -> None:
    view.describe = lambda element: f"<b>{element}</b>\nvalue 0.05"
    with qtbot.waitSignal(view.hovered):
        qtbot.mouseMove(view, view.point_of(Unit(0, 0)).toPoint())
    qtbot.waitUntil(lambda: "&lt;b&gt;Unit(layer=0, unit=0)&lt;/b&gt;\nvalue 0.05" in QToolTip.text())
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


@pytest.mark.parametrize(("drawn", "element", "cursor", "hint"), [
    (mazur, Weight(2, 0, 0), Qt.CursorShape.SizeVerCursor, "Drag up or down"),
    (mazur, Bias(1, 0), Qt.CursorShape.SizeVerCursor, "Drag up or down"),
    (mazur, Unit(1, 0), Qt.CursorShape.PointingHandCursor, ""),
    (digits_network, Weight(1, 8, 400), Qt.CursorShape.PointingHandCursor, "Alt and drag"),
    (digits_network, Unit(1, 8), Qt.CursorShape.PointingHandCursor, "Click to reach each of its weights"),
], ids=["weight", "bias", "unit", "one of thousands", "unit with thousands"])
def test_what_the_hand_can_drag_says_so(
    view: NetworkView, qtbot: QtBot, drawn: Callable[[], Drawing], element: Element, cursor: Qt.CursorShape, hint: str
) -> None:
    view.set_drawing(drawn())
    if drawn is digits_network:
        view.set_selected(Unit(1, 8))             # its weights begin on the pixels of the image
    view.describe = lambda element: "value 0.05"
    with qtbot.waitSignal(view.hovered) as hovered:
        qtbot.mouseMove(view, view.point_of(element).toPoint())
    assert hovered.args == [element]
    assert view.cursor().shape() == cursor
    qtbot.waitUntil(lambda: "value 0.05" in QToolTip.text())
    assert hint in QToolTip.text() and (hint or "rag" not in QToolTip.text())
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_a_click_selects_and_a_click_on_the_background_selects_nothing(view: NetworkView, qtbot: QtBot) -> None:
    for element in (Unit(1, 1), Weight(1, 0, 1), Bias(2, 0)):
        with qtbot.waitSignal(view.selected) as selected:
            qtbot.mouseClick(view, LEFT, pos=view.point_of(element).toPoint())
        assert selected.args == [element]
        assert view.selected_element == element
    with qtbot.waitSignal(view.selected) as selected:
        qtbot.mouseClick(view, LEFT, pos=QPoint(400, 80))
    assert selected.args == [None]


# ── dragging ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("element", [Weight(2, 0, 0), Bias(1, 0)], ids=["weight", "bias"])
def test_dragging_up_raises_a_parameter_and_releasing_drops_it(
    view: NetworkView, qtbot: QtBot, element: Element
) -> None:
    began = {Weight(2, 0, 0): 0.40, Bias(1, 0): 0.35}[element]
    moving: list[tuple[Element, float]] = []
    view.weight_dragging.connect(lambda what, value: moving.append((what, value)))
    with qtbot.waitSignal(view.weight_dropped) as dropped:
        drag(qtbot, view, view.point_of(element), QPoint(0, -30))
    assert dropped.args[0] == element
    assert dropped.args[1] == pytest.approx(began + 0.30)
    assert moving[-1] == (element, dropped.args[1])


def test_dragging_with_shift_is_ten_times_finer(view: NetworkView, qtbot: QtBot) -> None:
    at = view.point_of(Weight(2, 0, 0)).toPoint()
    with qtbot.waitSignal(view.weight_dropped) as dropped:
        qtbot.mousePress(view, LEFT, Qt.KeyboardModifier.ShiftModifier, at)
        qtbot.mouseRelease(view, LEFT, Qt.KeyboardModifier.ShiftModifier, at + QPoint(0, -30))
    assert dropped.args[1] == pytest.approx(0.43)


def test_escape_lets_go_of_a_weight_and_the_release_says_nothing_more(view: NetworkView, qtbot: QtBot) -> None:
    at = view.point_of(Weight(2, 0, 0)).toPoint()
    dropped: list[object] = []
    view.weight_dropped.connect(lambda *told: dropped.append(told))
    with qtbot.waitSignal(view.weight_dragging):
        qtbot.mousePress(view, LEFT, pos=at)
        qtbot.mouseMove(view, at + QPoint(0, -20))
    with qtbot.waitSignal(view.weight_drag_cancelled) as cancelled:
        qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert cancelled.args == [Weight(2, 0, 0)]
    qtbot.mouseRelease(view, LEFT, pos=at + QPoint(0, -40))
    assert dropped == []


def test_a_press_on_an_edge_without_a_move_only_selects_it(view: NetworkView, qtbot: QtBot) -> None:
    dropped: list[object] = []
    view.weight_dropped.connect(lambda *told: dropped.append(told))
    qtbot.mouseClick(view, LEFT, pos=view.point_of(Weight(2, 0, 0)).toPoint())
    assert dropped == [] and view.selected_element == Weight(2, 0, 0)


def test_among_thousands_of_edges_a_plain_drag_pans_and_alt_drags_the_weight(view: NetworkView, qtbot: QtBot) -> None:
    view.set_drawing(digits_network())
    view.set_selected(Unit(1, 8))
    at = view.point_of(Weight(1, 8, 400))
    assert view.element_at(at) == Weight(1, 8, 400)
    before = view.point_of(Unit(2, 0))
    drag(qtbot, view, at, QPoint(20, 10))
    assert view.point_of(Unit(2, 0)) == before + QPointF(20, 10)
    view.zoom_fit()
    with qtbot.waitSignal(view.weight_dropped):
        drag(qtbot, view, at, QPoint(0, -20), Qt.KeyboardModifier.AltModifier)


def test_dragging_the_background_pans(view: NetworkView, qtbot: QtBot) -> None:
    before = view.point_of(Unit(0, 0))
    drag(qtbot, view, QPointF(400, 80), QPoint(50, 30))
    assert view.point_of(Unit(0, 0)) == before + QPointF(50, 30)
    assert view.selected_element is None


# ── zoom ─────────────────────────────────────────────────────────────────────────────────────────────────────
def wheel(view: NetworkView, at: QPointF, turns: int) -> None:
    event = QWheelEvent(at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * turns), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(view, event)


def test_the_wheel_zooms_around_the_pointer(view: NetworkView) -> None:
    at = view.point_of(Unit(1, 0))
    wheel(view, at, 3)
    assert view.zoom == pytest.approx(1.2**3)
    after = view.point_of(Unit(1, 0))
    assert (after.x(), after.y()) == pytest.approx((at.x(), at.y()))
    wheel(view, at, -3)
    assert view.zoom == pytest.approx(1.0)


def test_fitting_shows_the_whole_network_again(view: NetworkView) -> None:
    before = view.point_of(Unit(2, 1))
    view.zoom_by(4.0)
    view.pan_by(200, 100)
    view.zoom_fit()
    assert view.zoom == 1.0 and view.point_of(Unit(2, 1)) == before


def test_the_network_cannot_be_lost_by_panning_or_zooming(view: NetworkView) -> None:
    view.pan_by(1e6, -1e6)
    columns = [view.point_of(Unit(layer, unit)) for layer in range(3) for unit in range(2)]
    assert min(point.x() for point in columns) < view.width() + 100
    view.zoom_by(1e9)
    assert view.zoom <= 60
    view.zoom_by(1e-9)
    assert view.zoom >= 0.25


def test_zooming_into_a_strip_shows_names_and_values(view: NetworkView) -> None:
    view.set_drawing(dense(2, 300, 1))
    assert view.displayed_text(Unit(1, 150)) == ()
    view.zoom_by(20, view.point_of(Unit(1, 150)))
    assert view.displayed_text(Unit(1, 150))[0] == "h151"


# ── what is written ──────────────────────────────────────────────────────────────────────────────────────────
def test_the_strings_on_screen_can_be_read_back(view: NetworkView) -> None:
    assert view.displayed_text(Unit(2, 0)) == ("o1", "0.7514", "δ 0.1385")
    assert view.displayed_text(Weight(1, 0, 0)) == ("w1", "0.15")
    assert view.displayed_text(Bias(1, 0)) == ("b1", "0.35")
    assert view.displayed_loss() == "0.2984"
    assert view.displayed_targets() == ("target 0.01", "target 0.99")


def test_more_digits_are_written_when_asked_for(view: NetworkView) -> None:
    view.set_digits(12)
    assert view.displayed_text(Unit(1, 0))[1:] == ("0.593269992107", "δ 0.008771354689")


def test_a_new_drawing_is_what_is_read_back(view: NetworkView) -> None:
    first, hidden, output = mazur().columns
    view.set_drawing(replace(mazur(), columns=(first, replace(hidden, values=np.array([0.25, 0.5])), output)))
    assert view.displayed_text(Unit(1, 0))[1] == "0.25"


def test_while_drawings_flow_the_colour_bar_keeps_its_range_and_then_is_that_of_the_last(view: NetworkView) -> None:
    before = view.colour_scale
    smaller = replace(mazur(), connections=tuple(
        replace(layer, gradients=layer.gradients * 0.1, bias_gradients=layer.bias_gradients * 0.1)
        for layer in mazur().connections))
    view.set_flowing(True)
    view.set_drawing(smaller)
    assert view.colour_scale.high == before.high
    view.set_flowing(False)
    assert view.colour_scale == ColourScale().fitting_drawing(smaller) != before


def test_while_drawings_flow_colours_get_another_meaning_only_together_with_the_numbers(view: NetworkView) -> None:
    larger = replace(mazur(), connections=tuple(
        replace(layer, gradients=layer.gradients * 1e4, bias_gradients=layer.bias_gradients * 1e4)
        for layer in mazur().connections))
    view.set_flowing(True)
    view.render_picture()
    before = view.colour_scale
    view.set_flowing(True, numbers=False)
    view.set_drawing(larger)
    assert view.colour_scale == before
    view.set_drawing(replace(larger, colour_name="|Δw|"))        # those of something else mean something else at once
    assert view.colour_scale.high > before.high
    view.set_drawing(mazur())
    view.set_flowing(True, numbers=True)
    view.set_drawing(larger)
    assert view.colour_scale.high > before.high


# ── keyboard and accessibility ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("drawing", [mazur(), playground(), dense(1, 1), dense(3, 2, 4)], ids=str)
def test_a_walk_visits_every_element_once(drawing: Drawing) -> None:
    elements = every_element(drawing)
    assert len(set(elements)) == len(elements)
    assert [element_number(drawing, element) for element in elements] == list(range(len(elements)))
    parameters = sum(layer.weights.size + (0 if layer.bias is None else len(layer.bias))
                     for layer in drawing.connections)
    assert len(elements) == parameters + sum(len(column.names) for column in drawing.columns)


def test_alt_and_arrows_walk_through_the_network(view: NetworkView, qtbot: QtBot) -> None:
    alt = Qt.KeyboardModifier.AltModifier
    visited = []
    view.selected.connect(visited.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(view, key, alt)
    assert visited == [Unit(0, 0), Unit(0, 1), Bias(1, 0), Unit(0, 1)]
    view.set_selected(None)
    view.select_previous()
    assert view.selected_element == Unit(2, 1)


def test_enter_opens_a_unit_or_selects_again_and_escape_selects_nothing(view: NetworkView, qtbot: QtBot) -> None:
    for element, asked in ((Unit(1, 0), view.opened), (Weight(1, 0, 0), view.selected), (Unit(0, 0), view.selected)):
        view.set_selected(element)
        with qtbot.waitSignal(asked) as told:
            qtbot.keyClick(view, Qt.Key.Key_Return)
        assert told.args == [element]
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.selected_element is None


@pytest.mark.parametrize("key", [Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space])
def test_plain_arrows_and_space_are_left_to_the_window(view: NetworkView, qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(view, key)
    assert view.selected_element is None


def test_the_selected_element_is_described_to_screen_readers(view: NetworkView) -> None:
    view.describe = lambda element: "w5, weight 0.4"
    view.set_selected(Weight(2, 0, 0))
    assert view.accessibleName()
    assert view.accessibleDescription() == "w5, weight 0.4"


def test_focus_that_came_by_keyboard_is_shown(view: NetworkView, qtbot: QtBot) -> None:
    view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert view.grab().toImage().pixelColor(1, 300) != QColor(DARK.accent)
    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(view.hasFocus)
    assert view.grab().toImage().pixelColor(1, 300) == QColor(DARK.accent)


# ── states ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_without_a_drawing_there_is_nothing_but_canvas(view: NetworkView) -> None:
    view.set_selected(Unit(0, 0))
    view.set_drawing(None)
    image = view.render_picture()
    assert {image.pixel(x, y) for x in range(0, 800, 7) for y in range(0, 560, 7)} == {QColor(DARK.canvas).rgb()}
    assert view.element_at(QPointF(100, 100)) is None
    assert view.displayed_text(Unit(0, 0)) == ()
    view.select_next()
    assert view.selected_element is None


def test_a_selection_that_the_new_network_does_not_have_is_dropped(view: NetworkView, qtbot: QtBot) -> None:
    view.set_selected(Weight(2, 1, 1))
    with qtbot.waitSignal(view.selected) as selected:
        view.set_drawing(dense(2, 1))
    assert selected.args == [None] and view.selected_element is None


def test_the_theme_recolours_the_canvas(view: NetworkView) -> None:
    view.set_theme(LIGHT)
    assert view.render_picture().pixelColor(3, 300) == QColor(LIGHT.canvas)


def test_text_scale_stays_within_its_limits(view: NetworkView) -> None:
    view.set_text_scale(1.6)
    assert view.text_scale == 1.6
    view.set_text_scale(99)
    assert view.text_scale == 3.0


def test_two_device_pixels_to_one_give_the_same_picture_twice_as_fine(view: NetworkView) -> None:
    fine = view.render_picture(QSize(400, 300), 2.0)
    assert (fine.width(), fine.height()) == (800, 600)


def test_highlights_change_the_picture(view: NetworkView) -> None:
    plain = view.render_picture()
    for element in (Unit(1, 1), Weight(1, 0, 0), Bias(1, 0)):
        view.set_selected(element)
        assert view.render_picture() != plain
    view.set_selected(None)
    assert view.render_picture() == plain


def test_a_unit_of_a_dense_layer_lights_its_own_edges(view: NetworkView, qtbot: QtBot) -> None:
    view.set_drawing(digits_network())
    plain = view.render_picture()
    with qtbot.waitSignal(view.hovered):
        qtbot.mouseMove(view, view.point_of(Unit(1, 5)).toPoint())
    assert view.render_picture() != plain


def test_resizing_lays_the_network_out_anew(view: NetworkView) -> None:
    before = view.point_of(Unit(2, 0))
    view.resize(1200, 700)
    after = view.point_of(Unit(2, 0))
    assert after.x() > before.x()
    assert view.element_at(after) == Unit(2, 0)


def test_a_flowing_picture_is_the_same_picture_and_stops_with_the_newest_numbers(view: NetworkView) -> None:
    still = view.grab().toImage()
    view.set_flowing(True)
    difference = np.abs(_pixels(view.grab().toImage()) - _pixels(still))
    assert difference.max() < 60 and difference.mean() < 0.1      # letters are blended with what is below them later
    view.set_flowing(False)
    assert view.grab().toImage() == still


def _pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(bytes(image.constBits()), dtype=np.uint8).astype(int)


def test_while_training_flows_edges_change_at_once_and_numbers_when_they_are_due(view: NetworkView) -> None:
    first, hidden, output = mazur().columns
    other = replace(mazur(), columns=(first, replace(hidden, values=np.array([0.25, 0.5])), output))
    view.set_flowing(True)
    before = view.render_picture()
    view.set_flowing(True, numbers=False)
    view.set_drawing(other)
    assert view.render_picture() == before
    dimmer = tuple(replace(layer, gradients=layer.gradients * 0.01) for layer in other.connections)
    view.set_drawing(replace(other, connections=dimmer))
    assert view.render_picture() != before
    view.set_drawing(other)
    view.set_flowing(True, numbers=True)
    assert view.render_picture() != before and view.displayed_text(Unit(1, 0))[1] == "0.25"
