"""A graph of gates under a real mouse and a real keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.gui import gate_legend
from nnviz.gui.gate_drawing import GateDrawing
from nnviz.gui.gate_layout import Mark
from nnviz.gui.gate_picture import GatePainter, paint_gates
from nnviz.gui.gate_view import GateView
from nnviz.gui.ink import LEAST_TEXT
from nnviz.gui.scene import PictureOptions
from nnviz.gui.theme import DARK, LIGHT, THEMES
from nnviz.report.elements import Weight
from tests.gui.gate_readings import neuron, reading_of

LOG_LOSS = ("-(y*log(sigmoid(z))+(1-y)*log(1-sigmoid(z)))", {"y": 1.0, "z": 0.512345})
PRODUCT_SUM = ("(x+y)*z", {"x": -2.0, "y": 5.0, "z": -4.0})
X, Y, ADD, Z, MULTIPLY = range(5)


@pytest.fixture
def view(qtbot: QtBot) -> GateView:
    made = GateView(LIGHT)
    qtbot.addWidget(made)
    made.resize(900, 560)
    made.set_reading(reading_of(*PRODUCT_SUM), "step 1")
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.setFocus(Qt.FocusReason.TabFocusReason)
    return made


def at(view: GateView, node: int) -> QPoint:
    return view.point_of(node).toPoint()


def texts(view: GateView) -> GateView:
    view.render_picture()
    return view


def test_the_lecture_numbers_stand_on_the_wires(view: GateView) -> None:
    shown = texts(view).shown
    assert shown.signs == {X: "x", Y: "y", ADD: "+", Z: "z", MULTIPLY: "×"}
    assert shown.values == {X: "−2", Y: "5", ADD: "3", Z: "−4", MULTIPLY: "−12"}
    assert shown.gradients == {X: "−4", Y: "−4", ADD: "−4", Z: "3", MULTIPLY: "1"}
    assert shown.slopes == {(ADD, 0): "1", (ADD, 1): "1", (MULTIPLY, 0): "−4", (MULTIPLY, 1): "3"}


def test_the_sigmoid_neuron_shows_what_the_lecture_prints(view: GateView) -> None:
    view.set_reading(neuron())
    view.set_digits(2)
    shown = texts(view).shown
    assert {"0.73", "0.37", "−1"} <= set(shown.values.values())
    assert {"−0.53", "−0.2", "0.2", "0.39", "−0.59"} <= set(shown.gradients.values())


def test_what_the_cursor_has_not_reached_is_not_shown(view: GateView) -> None:
    view.set_reading(reading_of(*PRODUCT_SUM, forward=1))
    shown = texts(view).shown
    assert set(shown.values) == {X, Y, ADD, Z} and not shown.gradients
    assert set(shown.slopes) == {(ADD, 0), (ADD, 1)}
    assert shown.beside == ("−2 + 5 = 3",)


def test_on_the_way_back_upstream_times_local_stands_beside_the_active_gate(view: GateView) -> None:
    view.set_reading(reading_of(*PRODUCT_SUM, backward=3))
    assert texts(view).shown.beside == ("upstream · local", "1 · (−4) = −4")


def test_a_branch_shows_every_term_and_their_sum(view: GateView) -> None:
    view.set_reading(reading_of("x*w+x", [3.0, 4.0], backward=4))
    shown = texts(view).shown
    assert sorted(shown.terms.values()) == ["1", "4"]
    assert shown.gradients[0] == "5"
    assert shown.beside == ("upstream · local", "1 · 4 = 4", "1 · 1 = 1", "4 + 1 = 5")


@pytest.mark.parametrize("size", [(699, 254), (955, 425), (1400, 600)], ids=str)
def test_the_plate_of_what_was_just_computed_keeps_off_its_own_box(
    view: GateView, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    found: list[tuple[QRectF, QRectF]] = []
    place = GatePainter._free_place

    def placed(picture: GatePainter, mark: Mark, wide: float, high: float) -> QRectF:
        plate = place(picture, mark, wide, high)
        x, y = picture.placing.point(mark.x, mark.y)
        box = QRectF(x - mark.width / 2 * picture.em, y - mark.height / 2 * picture.em, mark.width * picture.em,
                     mark.height * picture.em)
        found.append((plate, box))
        return plate

    monkeypatch.setattr(GatePainter, "_free_place", placed)
    view.resize(*size)
    for backward in range(1, 16):
        view.set_reading(reading_of(*LOG_LOSS, backward=backward))
        view.render_picture()
    assert len(found) >= 10
    assert not any(plate.intersects(box) for plate, box in found)


@pytest.mark.parametrize("theme", sorted(THEMES))
@pytest.mark.parametrize("numbers", [[np.nan, 1.0], [1e300, -1e300], [800.0, 0.0], [0.0, 0.0]])
def test_numbers_of_any_size_are_drawn(view: GateView, theme: str, numbers: list[float]) -> None:
    view.set_theme(THEMES[theme])
    view.set_reading(reading_of("exp(x)*y/x+log(y)", numbers))
    assert texts(view).shown.values[0] in ("NaN", "1e300", "800", "0")


def test_values_do_not_move_the_picture(view: GateView) -> None:
    before = [view.point_of(node) for node in range(5)]
    view.set_reading(reading_of("(x+y)*z", [-2.123456, 1e200, 7e-12]))
    assert [view.point_of(node) for node in range(5)] == before


def test_an_unfinished_pass_moves_nothing_either(view: GateView) -> None:
    before = [view.point_of(node) for node in range(5)]
    for done in range(3):
        view.set_reading(reading_of(*PRODUCT_SUM, forward=done))
        assert [view.point_of(node) for node in range(5)] == before


def test_pointing_tells_all_about_a_gate(view: GateView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.node_hovered) as told:
        QTest.mouseMove(view, at(view, MULTIPLY))
    assert told.args == [MULTIPLY]
    tip = view.tip_of(MULTIPLY)
    assert "multiply switches" in tip and "value  −12.0" in tip and "local gradient to z  3.0" in tip


def test_a_click_selects_and_says_so(view: GateView, qtbot: QtBot) -> None:
    with qtbot.waitSignals([view.node_selected, view.selected]):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, X))
    assert view.selected_node == X
    assert "leaf x" in view.accessibleDescription()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(5, 300))
    assert view.selected_node is None


def test_dragging_a_leaf_changes_it_live_and_the_release_is_one_edit(view: GateView, qtbot: QtBot) -> None:
    moving: list[float] = []
    view.weight_dragging.connect(lambda element, value: moving.append(value))
    start = at(view, X)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, start - QPoint(0, 50))
    qtbot.waitUntil(lambda: moving != [])
    with qtbot.waitSignal(view.weight_dropped) as told:
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 50))
    assert moving[-1] == told.args[1] == pytest.approx(-1.5)
    assert told.args[0] == Weight(1, 0, 0)


def test_esc_gives_a_drag_up(view: GateView, qtbot: QtBot) -> None:
    start = at(view, X)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    with qtbot.waitSignal(view.weight_dragging):
        QTest.mouseMove(view, start - QPoint(0, 30))
    with qtbot.assertNotEmitted(view.weight_dropped), qtbot.waitSignal(view.weight_drag_cancelled):
        QTest.keyClick(view, Qt.Key.Key_Escape)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 30))


def test_a_gate_cannot_be_dragged_the_picture_moves(view: GateView, qtbot: QtBot) -> None:
    start = at(view, MULTIPLY)
    with qtbot.assertNotEmitted(view.weight_dragging):
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(view, start + QPoint(40, 30))
        qtbot.waitUntil(lambda: at(view, MULTIPLY) != start)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 30))
    assert at(view, MULTIPLY) == start + QPoint(40, 30)


def test_a_double_click_opens_a_field_whose_number_is_one_edit(view: GateView, qtbot: QtBot) -> None:
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at(view, Y))
    assert view.editor.isVisible() and view.editor.text() == "5"
    view.editor.selectAll()
    QTest.keyClicks(view.editor, "2.5")
    with qtbot.waitSignal(view.weight_dropped) as told:
        QTest.keyClick(view.editor, Qt.Key.Key_Return)
    assert told.args == [Weight(1, 1, 0), 2.5]
    assert not view.editor.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_F2, Qt.Key.Key_Return])
def test_a_key_opens_the_field_and_esc_leaves_the_value(view: GateView, qtbot: QtBot, key: Qt.Key) -> None:
    view.select_node(Z)
    QTest.keyClick(view, key)
    assert view.editor.isVisible()
    QTest.keyClicks(view.editor, "99")
    with qtbot.assertNotEmitted(view.weight_dropped):
        QTest.keyClick(view.editor, Qt.Key.Key_Escape)
    assert not view.editor.isVisible()


def test_typing_on_a_leaf_begins_its_new_value(view: GateView, qtbot: QtBot) -> None:
    view.select_node(Z)
    QTest.keyClicks(view, "-")
    assert view.editor.isVisible() and view.editor.text() == "-"
    QTest.keyClicks(view.editor, "7")
    with qtbot.waitSignal(view.weight_dropped) as told:
        QTest.keyClick(view.editor, Qt.Key.Key_Enter)
    assert told.args[1] == -7.0


def test_what_is_no_number_is_refused_in_a_sentence(view: GateView, qtbot: QtBot) -> None:
    view.edit_value(X, "abc")
    with qtbot.assertNotEmitted(view.weight_dropped), qtbot.waitSignal(view.refused) as told:
        QTest.keyClick(view.editor, Qt.Key.Key_Return)
    assert told.args == ["The value of x must be a number, not “abc”."]
    assert view.editor.isVisible()


def test_a_view_that_is_only_read_changes_nothing(qtbot: QtBot) -> None:
    made = GateView(DARK, read_only=True)
    qtbot.addWidget(made)
    made.resize(700, 420)
    made.set_reading(reading_of(*PRODUCT_SUM))
    made.show()
    with qtbot.assertNotEmitted(made.weight_dragging), qtbot.waitSignal(made.selected) as told:
        start = at(made, X)
        QTest.mouseClick(made, Qt.MouseButton.LeftButton, pos=start)
        QTest.keyClick(made, Qt.Key.Key_F2)
    assert told.args == [Weight(1, 0, 0)] and not made.editor.isVisible()


def test_the_arrow_keys_follow_the_wires(view: GateView) -> None:
    view.select_node(MULTIPLY)
    walked = []
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Right,
                Qt.Key.Key_Right):
        QTest.keyClick(view, key)
        walked.append(view.selected_node)
    assert walked == [ADD, Z, ADD, X, Y, ADD, MULTIPLY]


def test_alt_and_an_arrow_reach_everything_with_a_sentence_each(view: GateView) -> None:
    view.set_reading(reading_of("x*x+x*y+y*y+x^3/y", [1.0, 2.0]))
    said = {}
    for _ in view.layout_now().marks:
        QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        said[view.selected_node] = view.accessibleDescription()
    assert set(said) == {mark.node for mark in view.layout_now().marks}
    assert all(", value " in sentence and ", gradient " in sentence for sentence in said.values())


def test_a_gate_is_described_in_one_sentence(view: GateView) -> None:
    view.select_node(MULTIPLY)
    assert view.accessibleDescription() == "gate multiply, value −12, gradient 1, switches"


def test_the_wheel_zooms_and_fit_comes_back(view: GateView) -> None:
    before, where = view.point_of(X), view.point_of(MULTIPLY)
    event = QWheelEvent(where, view.mapToGlobal(where), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(view, event)
    assert view.zoom == pytest.approx(1.44)
    assert (view.point_of(MULTIPLY) - where).manhattanLength() < 0.01
    view.zoom_fit()
    assert view.point_of(X) == before


def test_stepping_in_a_zoomed_picture_brings_the_active_gate_into_view(view: GateView) -> None:
    view.set_reading(neuron(forward=1))
    view.zoom_by(4.0, QPointF(0, 0))
    view.set_reading(neuron(forward=8))
    active = view.reading.active if view.reading is not None else None
    assert active is not None and view.rect().contains(at(view, active))


def test_many_gates_can_be_reached_and_read(view: GateView) -> None:
    text = "+".join(f"x{number}" for number in range(48))
    view.set_reading(reading_of(text, [1.0] * 48))
    view.select_node(0)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.placing().em >= 10.0
    assert view.rect().contains(at(view, view.selected_node or 0))


def test_another_formula_lets_go_of_what_was_selected_unless_it_is_there_too(view: GateView, qtbot: QtBot) -> None:
    view.select_node(MULTIPLY)
    view.set_reading(reading_of("x+y", [1.0, 2.0]))
    assert view.selected_node is None
    view.select_node(0)
    view.set_reading(reading_of("x*y+1", [1.0, 2.0]))
    assert view.selected_node == 0


def test_no_graph_is_an_empty_canvas(view: GateView) -> None:
    view.set_reading(None)
    view.render_picture()
    assert view.shown.values == {} and view.node_at(QPointF(100, 100)) is None
    for key in (Qt.Key.Key_Left, Qt.Key.Key_F2, Qt.Key.Key_Escape):
        QTest.keyClick(view, key)


@pytest.mark.parametrize("size", [(30, 20), (160, 110), (400, 2000)])
def test_a_picture_of_any_size_can_be_painted(size: tuple[int, int], view: GateView) -> None:
    view.resize(*size)
    view.set_drawing(GateDrawing(neuron(), "step 1"))
    assert not view.render_picture().isNull()


def test_another_formula_is_fitted_and_says_so(view: GateView) -> None:
    told: list[float] = []
    view.zoom_by(3.0)
    view.view_changed.connect(lambda: told.append(view.zoom))
    view.set_reading(reading_of("x*y", {"x": 2.0, "y": 3.0}), "step 1")
    assert told == [1.0]


def test_where_the_digits_asked_for_have_no_room_numbers_have_fewer_and_are_seen(view: GateView) -> None:
    view.set_digits(6)
    view.resize(2400, 560)
    view.set_reading(reading_of(*LOG_LOSS))
    assert view.reading is not None
    z = view.reading.names.index("z")
    assert texts(view).shown.values[z] == "0.512345"
    view.resize(700, 320)
    assert texts(view).shown.values[z] == "0.512" and view.shown.slopes
    assert "0.512345" in view.tip_of(z)
    view.resize(2400, 560)
    assert texts(view).shown.values[z] == "0.512345"


def test_no_more_digits_go_than_have_to(view: GateView) -> None:
    view.set_reading(reading_of(*LOG_LOSS))
    view.set_digits(6)
    digits = []
    for width in range(500, 2400, 50):
        view.resize(width, 560)
        found = view.layout_now()
        digits.append(found.digits if view.placing().em * 0.96 > LEAST_TEXT else 0)
    readable = [number for number in digits if number]
    assert readable == sorted(readable) and readable[0] == 3 and readable[-1] == 6


def test_digits_go_so_that_local_gradients_are_seen_but_not_where_only_height_is_missing(view: GateView) -> None:
    view.set_reading(neuron())
    view.set_digits(6)
    for width, height, digits, seen in ((1000, 560, 6, True), (720, 560, 4, True), (1600, 215, 6, False)):
        view.resize(width, height)
        shown = texts(view).shown
        assert (view.layout_now().digits, bool(shown.slopes), bool(shown.values)) == (digits, seen, True)


def words_of_the_legend(width: float, height: float, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the legend of a picture says, one entry after the other."""
    said: list[str] = []
    monkeypatch.setattr(gate_legend, "draw_text", lambda painter, x, y, text, *rest, **more: said.append(text))
    image = QImage(int(width), int(height), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        paint_gates(painter, GateDrawing(reading_of(*LOG_LOSS)), LIGHT, width, height, PictureOptions(raster=False))
    finally:
        painter.end()
    return " · ".join(said)


def test_the_legend_explains_no_numbers_that_the_picture_has_not(
        view: GateView, monkeypatch: pytest.MonkeyPatch) -> None:
    told = words_of_the_legend(1400.0, 500.0, monkeypatch)
    assert "value, going forward" in told and "local gradient" in told
    told = words_of_the_legend(480.0, 400.0, monkeypatch)
    assert "branch: gradients add" in told
    assert "value, going forward" not in told and "local gradient" not in told
