"""The panel of data by hand, with a mouse and a keyboard: its plane, its room, its sliders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from nnviz.session.document import apply_settings
from nnviz.session.example_rows import ExampleRows, is_by_hand, rows_edit
from nnviz.session.examples import open_document
from nnviz.session.session import Session
from tests.gui.panels.data_hand import LEFT, NONE, RIGHT
from tests.gui.panels.views import circle, digits, view_of, xor


def test_a_click_puts_an_example_of_the_chosen_class_there(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    before = it.rows
    qtbot.mouseClick(it.panel.tools.class_buttons[1], LEFT)
    qtbot.mouseClick(it.plane, LEFT, pos=it.at(1.0, -2.0))
    assert len(it.rows) == len(before) + 1 and it.labels == ["add an example"]
    new = it.rows.inputs[before.training]
    assert np.abs(new - (1.0, -2.0)).max() < 0.1 and it.rows.targets[before.training].tolist() == [1.0]
    assert is_by_hand(it.session.document) and len(it.told) == 1 and "your own" in it.told[0]


def test_undo_brings_the_made_set_back_byte_for_byte(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    before = it.session.document.to_bytes()
    qtbot.mouseClick(it.plane, LEFT, pos=it.at(1.0, -2.0))
    it.undo()
    assert it.session.document.to_bytes() == before and len(it.plane.rows) == len(it.rows)


def test_keys_choose_class_and_tool_and_test_examples_become_rings(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    qtbot.keyClick(it.plane, Qt.Key.Key_2)
    assert it.panel.tools.class_chosen() == 1
    qtbot.keyClick(it.plane, Qt.Key.Key_S)
    assert it.plane.tool == "spray" and it.panel.tools.radius.isVisible()
    qtbot.keyClick(it.plane, Qt.Key.Key_A)
    it.panel.tools.test.click()
    tests = len(it.rows) - it.rows.training
    qtbot.mouseClick(it.plane, LEFT, pos=it.at(0.0, 0.0))
    assert len(it.rows) - it.rows.training == tests + 1


def test_a_whole_spray_is_one_edit_within_its_radius(hand: Any) -> None:
    it = hand()
    before = len(it.rows)
    it.panel._choose_tool("spray")
    it.drag(it.at(-2, 0), it.at(-1, 0), it.at(0, 0), it.at(2, 0))
    assert len(it.labels) == 1 and it.labels[0].startswith("spray ")
    added = it.rows.inputs[it.rows.training - (len(it.rows) - before) : it.rows.training]
    places = it.plane.frame.to_pixels(added)
    middle = it.at(0, 0).y()
    assert len(added) > 12 and np.abs(places[:, 1] - middle).max() <= it.plane.radius + 1.5


def test_escape_gives_a_spray_up(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    it.panel._choose_tool("spray")
    it.drag(it.at(-2, 0), it.at(0, 0), until=False)
    assert len(it.plane.drawing().points) > len(it.rows)
    qtbot.keyClick(it.plane, Qt.Key.Key_Escape)
    qtbot.mouseRelease(it.plane, LEFT, NONE, it.at(0, 0))
    assert not it.labels and len(it.plane.drawing().points) == len(it.rows)


def test_one_example_is_dragged_and_the_network_goes_on_from_its_parameters(hand: Any) -> None:
    it = hand()
    it.session.advance_steps(12)
    it.panel.refresh(view_of(it.session))
    parameters = it.session.parameters_now().copy()
    it.panel._choose_tool("select")
    row = int(np.abs(it.rows.inputs[: it.rows.training]).sum(axis=1).argmax())
    begin, before = it.plane.place_of(row).toPoint(), it.rows
    it.drag(begin, begin + QPoint(-15, 20), begin + QPoint(-30, 40))
    assert it.labels == ["move 1 example"] and it.session.step == 13
    assert np.array_equal(it.session.parameters_now(), parameters)
    moved = it.plane.frame.to_pixels(it.rows.inputs[row : row + 1])[0]
    assert np.abs(moved - (begin.x() - 30, begin.y() + 40)).max() < 1.5
    others = np.arange(len(before)) != row
    assert np.array_equal(before.inputs[others], it.rows.inputs[others])


def test_a_band_selects_and_the_arrow_keys_move_all_of_it_as_one_edit(hand: Any, qtbot: QtBot) -> None:
    it = hand(xor())
    it.panel._choose_tool("select")
    it.drag(it.at(-0.05, 1.05), it.at(0.5, 0.5), it.at(1.05, 0.9))
    assert it.plane.chosen.tolist() == [1, 3] and it.table.selected_rows().tolist() == [1, 3]
    for _ in range(3):
        qtbot.keyClick(it.plane, Qt.Key.Key_Up)
    assert not it.labels
    qtbot.keyClick(it.plane, Qt.Key.Key_Return)
    assert it.labels == ["move 2 examples"]
    assert it.rows.inputs[:, 0].tolist() == [0.0, 0.0, 1.0, 1.0]        # what is not moved keeps its digits
    assert it.rows.inputs[1, 1] == it.rows.inputs[3, 1] > 1.0


def test_what_is_moved_up_keeps_every_digit_across(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    before = it.rows
    it.plane.set_chosen(np.array([5, 9]))
    qtbot.keyClick(it.plane, Qt.Key.Key_Up)
    qtbot.keyClick(it.plane, Qt.Key.Key_Return)
    assert np.array_equal(it.rows.inputs[:, 0], before.inputs[:, 0])
    assert (it.rows.inputs[[5, 9], 1] > before.inputs[[5, 9], 1]).all()


def test_nudges_are_an_edit_by_themselves_after_a_while(hand: Any, qtbot: QtBot) -> None:
    it = hand(xor())
    it.plane.set_chosen(np.array([2]))
    qtbot.keyClick(it.plane, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: it.labels == ["move 1 example"])


def test_right_click_and_delete_take_examples_away_but_not_the_last(hand: Any, qtbot: QtBot) -> None:
    it = hand(xor())
    qtbot.mouseClick(it.plane, RIGHT, pos=it.plane.place_of(1).toPoint())
    assert it.rows.inputs.tolist() == [[0, 0], [1, 0], [1, 1]]
    qtbot.keyClick(it.plane, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(it.plane, Qt.Key.Key_Delete)
    assert len(it.rows) == 3 and "no example would be left to train on" in it.said[-1]
    it.plane.set_chosen(np.array([0, 2]))
    qtbot.keyClick(it.plane, Qt.Key.Key_Delete)
    assert it.rows.inputs.tolist() == [[1, 0]] and it.labels[-1] == "delete 2 examples"


def test_the_keyboard_alone_puts_an_example_down(hand: Any, qtbot: QtBot) -> None:
    it = hand(xor())
    qtbot.keyClick(it.plane, Qt.Key.Key_2)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Return):
        qtbot.keyClick(it.plane, key)
    assert len(it.rows) == 5 and it.rows.targets[-1].tolist() == [1.0]
    assert it.rows.inputs[-1, 0] > 0.5 and it.rows.inputs[-1, 1] > 0.5


def test_the_wheel_zooms_and_0_shows_all_again(hand: Any, qtbot: QtBot) -> None:
    it = hand(xor())
    before = it.plane.frame
    qtbot.keyClick(it.plane, Qt.Key.Key_Plus)
    assert it.plane.frame.high[0] < before.high[0]
    qtbot.keyClick(it.plane, Qt.Key.Key_0)
    assert it.plane.frame.high == before.high


def test_a_mark_says_under_the_pointer_what_it_is(hand: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    it = hand(xor())
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, widget: said.append(text))
    at = it.plane.place_of(1).toPoint()
    it.plane.event(QHelpEvent(QEvent.Type.ToolTip, at, at))
    assert said == ["example 1: i1 = 0, i2 = 1, o1 = 1"]


def test_targets_that_are_numbers_are_typed(hand: Any, qtbot: QtBot) -> None:
    it = hand(xor(layers=[{"units": 1, "activation": "identity"}], loss="half_squared_error",
                  data={"name": "plane", "samples": 20}))
    assert not it.panel.tools.class_buttons and it.panel.tools.number.isVisible()
    it.panel.tools.number.lineEdit().selectAll()
    qtbot.keyClicks(it.panel.tools.number.lineEdit(), "-0,75")
    qtbot.keyClick(it.panel.tools.number.lineEdit(), Qt.Key.Key_Return)
    qtbot.mouseClick(it.plane, LEFT, pos=it.at(1.0, 1.0))
    assert it.rows.targets[it.rows.training - 1].tolist() == [-0.75]


def test_one_input_lies_on_a_plane_with_its_target(hand: Any, qtbot: QtBot) -> None:
    it = hand(open_document("regression-sine"))
    before = it.rows.training
    qtbot.mouseClick(it.plane, LEFT, pos=it.at(0.5, -0.5))
    assert it.rows.training == before + 1
    assert abs(it.rows.inputs[before, 0] - 0.5) < 0.05 and abs(it.rows.targets[before, 0] + 0.5) < 0.05


def test_several_labels_are_switched_one_by_one(hand: Any, qtbot: QtBot) -> None:
    it = hand(open_document("multi-label"))
    qtbot.mouseClick(it.panel.tools.class_buttons[0], LEFT)
    qtbot.mouseClick(it.panel.tools.class_buttons[2], LEFT)
    wanted = [float(button.isChecked()) for button in it.panel.tools.class_buttons]
    qtbot.mouseClick(it.plane, LEFT, pos=it.at(0.0, 0.0))
    assert it.rows.targets[it.rows.training - 1].tolist() == wanted and sum(wanted) >= 1


# --- the room ---------------------------------------------------------------------------------------------------


def test_where_it_is_low_and_narrow_one_part_is_shown_at_a_time(hand: Any, qtbot: QtBot) -> None:
    it = hand(size=(374, 220))
    panel, tabs = it.panel, it.panel.split.tabs
    parts = (panel.plane, panel.table, panel.sliders)
    seen = []
    for tab in range(3):
        tabs.setCurrentIndex(tab)
        qtbot.waitUntil(lambda: all(part.visibleRegion().boundingRect().height() > 60
                                    for part in parts if part.isVisible()))
        seen.append([part.isVisible() for part in parts])
        assert panel.focusProxy() is (panel.plane, panel.table, panel.side)[tab]
        assert panel.tools.test.isVisible() == (tab == 0) and panel.paste_button.isVisible() == (tab == 1)
    assert seen == [[True, False, False], [False, True, False], [False, False, True]]
    panel.resize(980, 420)
    qtbot.waitUntil(lambda: all(part.isVisible() for part in parts) and not tabs.isVisible())


def test_where_it_is_low_and_wide_the_plane_stays_and_table_and_sliders_take_turns(hand: Any, qtbot: QtBot) -> None:
    it = hand(size=(620, 220))
    panel, tabs = it.panel, it.panel.split.tabs
    assert panel.focusProxy() is panel.plane and not tabs.isTabVisible(0) and panel.tools.test.isVisible()
    for tab in (2, 1):
        tabs.setCurrentIndex(tab)
        assert [part.isVisible() for part in (panel.plane, panel.table, panel.sliders)] == [True, tab == 1, tab == 2]
        assert panel.paste_button.isVisible() == (tab == 1)
    qtbot.waitUntil(lambda: panel.table.horizontalHeader().length() <= panel.table.viewport().width())


def test_where_it_is_very_low_the_tools_lie_beside_and_the_plane_has_the_height(hand: Any, qtbot: QtBot) -> None:
    it = hand(open_document("clouds"), size=(699, 131))       # the place of a window of 1024 × 640
    panel, plane = it.panel, it.plane
    qtbot.waitUntil(lambda: plane.isVisible() and plane.height() > 100)
    assert plane.frame.room.width() > 120 and plane.frame.room.height() > 80
    below = panel.rect().bottom()
    for button in (*panel.tools.tool_buttons.values(), *panel.tools.class_buttons, panel.tools.test):
        assert button.isVisible() and button.mapTo(panel, QPoint(0, button.height())).y() <= below
    panel.split.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: panel.paste_button.isVisible() and panel.table.height() > 100)
    panel.resize(980, 420)
    qtbot.waitUntil(lambda: all(part.isVisible() for part in (plane, panel.table, panel.sliders)))
    assert panel.tools.mapTo(panel, QPoint(0, panel.tools.height())).y() <= plane.mapTo(panel, QPoint(0, 0)).y()


def test_without_a_plane_there_is_no_tab_for_it(hand: Any) -> None:
    it = hand(digits(50), size=(374, 190))
    assert it.table.isVisible() and not it.panel.split.tabs.isTabVisible(0) and it.panel.split.part == "table"


@pytest.mark.parametrize("size", [(980, 420), (1400, 300), (420, 900), (374, 190)])
def test_a_circle_is_round_wherever_it_is_shown(hand: Any, size: tuple[int, int]) -> None:
    it = hand(size=size)
    for key in (None, Qt.Key.Key_Plus, Qt.Key.Key_Minus):
        if key is not None:
            it.qtbot.keyClick(it.plane, key)
        across, up = it.plane.frame.per_pixel
        assert across == pytest.approx(up)
    points = it.plane.frame.to_pixels(it.rows.inputs)
    room = it.plane.frame.room
    assert np.ptp(points, axis=0).max() > 0.8 * min(room.width(), room.height())


def test_the_columns_of_the_table_fit_their_words_and_the_plane_leaves_them_their_room(hand: Any) -> None:
    it = hand(size=(630, 317))
    header, model = it.table.horizontalHeader(), it.panel.model
    it.qtbot.waitUntil(lambda: header.length() <= it.table.viewport().width())
    for column in range(model.columnCount()):
        title = str(model.headerData(column, Qt.Orientation.Horizontal))
        assert header.sectionSize(column) >= it.table.fontMetrics().horizontalAdvance(title) + 18
    assert header.sectionSize(3) > it.table.fontMetrics().horizontalAdvance("training") + 10


# --- sliders ----------------------------------------------------------------------------------------------------


def test_a_dragged_slider_shows_what_would_come_and_is_one_edit(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    slider = it.panel.sliders.sliders["noise"]
    slider.setSliderDown(True)
    for value in (10, 30, 50):
        slider.setValue(value)
    assert not it.labels and not np.array_equal(it.plane.rows.inputs, it.rows.inputs)
    slider.setSliderDown(False)
    assert it.labels == ["Noise = 0.5"]
    assert it.session.document.to_bytes() == apply_settings(circle(), ["data.noise=0.5"]).to_bytes()
    assert np.array_equal(it.plane.rows.inputs, it.rows.inputs)


@pytest.mark.parametrize("name, place", [("test_fraction", 40), ("test_fraction", 0), ("seed", 7)])
@pytest.mark.parametrize("by", ["formula", "rows", "hand", "file"])
def test_the_examples_that_a_slider_previews_are_those_that_come(
    hand: Any, qtbot: QtBot, tmp_path: Any, by: str, name: str, place: int
) -> None:
    document = circle()
    rows = ExampleRows.of(Session(document).segment.data)
    if by == "rows":
        document = document.with_value("data", {
            "inputs": rows.inputs.tolist(), "targets": rows.targets.tolist(), "test_fraction": 0.25, "seed": 3})
    elif by == "hand":
        document = document.with_values(rows_edit(document, rows))
    elif by == "file":
        lines = np.column_stack((rows.inputs, rows.targets)).tolist()
        (tmp_path / "points.csv").write_text("a,b,t\n" + "".join(",".join(map(repr, line)) + "\n" for line in lines))
        document = document.with_value("data", {
            "csv": str(tmp_path / "points.csv"), "targets": ["t"], "test_fraction": 0.25})
    it = hand(document)
    slider = it.panel.sliders.sliders[name]
    slider.setSliderDown(True)
    slider.setValue(place)
    shown = it.plane.rows
    slider.setSliderDown(False)
    assert len(it.labels) == 1 and shown is not it.plane.rows and shown.same(it.plane.rows)


def test_escape_brings_the_number_of_a_slider_back(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    slider, box = it.panel.sliders.sliders["samples"], it.panel.sliders.boxes["samples"]
    at = slider.value()
    slider.setSliderDown(True)
    slider.setValue(at + 40)
    assert box.value() > 300 and len(it.plane.rows) > 300
    qtbot.keyClick(slider, Qt.Key.Key_Escape)
    assert not it.labels and slider.value() == at and box.value() == 300 and len(it.plane.rows) == 300


def test_keys_on_a_slider_are_one_edit_after_a_while(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    slider = it.panel.sliders.sliders["seed"]
    for _ in range(3):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: it.labels == ["Seed = 3"])


def test_a_number_is_typed_beside_its_slider(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    line = it.panel.sliders.boxes["test_fraction"].lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "0.5")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert it.labels == ["Test fraction = 0.5"] and it.panel.sliders.sliders["test_fraction"].value() == 50
    assert it.rows.training == 150


def test_rows_by_hand_have_no_noise_and_say_why_but_can_be_parted(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    qtbot.mouseClick(it.plane, LEFT, pos=it.at(0.0, 0.0))
    sliders = it.panel.sliders
    assert not any(part.isVisible() for name in ("noise", "samples")
                   for part in (sliders.sliders[name], sliders.boxes[name]))
    assert sliders.sliders["seed"].isVisible()
    assert "Noise and Samples cannot be set: that needs examples" in it.panel.origin.text()
    sliders.sliders["test_fraction"].setSliderDown(True)
    sliders.sliders["test_fraction"].setValue(50)
    sliders.sliders["test_fraction"].setSliderDown(False)
    assert it.session.document.data.split.test_fraction == 0.5 and abs(it.rows.training - 150) <= 1


def test_every_place_of_a_slider_leads_back_to_itself(hand: Any) -> None:
    from nnviz.data.datasets import TABLE
    from nnviz.gui.data_sliders import SLIDERS

    for data_set in TABLE.values():
        for row in SLIDERS:
            if row.name in data_set.options:
                option = data_set.options[row.name]
                numbers = [row.number(option, place) for place in range(row.places(option) + 1)]
                assert all(option.accepts(number) for number in numbers) and numbers == sorted(numbers)
                again = [row.number(option, row.place(option, float(number))) for number in numbers]
                assert all(abs(a - b) <= 0.05 * abs(b) for a, b in zip(again, numbers, strict=True))


def test_training_that_plays_does_not_disturb_what_is_tried(hand: Any) -> None:
    it = hand()
    slider = it.panel.sliders.sliders["noise"]
    slider.setSliderDown(True)
    slider.setValue(40)
    trial = it.plane.rows
    it.session.advance_steps(3)
    it.panel.refresh(view_of(it.session, playing=True))
    assert it.plane.rows is trial
    slider.setSliderDown(False)


def test_a_gesture_in_the_middle_survives_training_steps(hand: Any) -> None:
    it = hand(xor())
    it.panel._choose_tool("select")
    begin = it.plane.place_of(0).toPoint()
    it.drag(begin, begin + QPoint(20, -20), until=False)
    it.session.advance_steps(2)
    it.panel.refresh(view_of(it.session, playing=True))
    assert it.plane.drawing().points[0].tolist() != [0.0, 0.0]
    assert isinstance(it.plane.place_of(0), QPointF)


@pytest.mark.parametrize("size", [(630, 340), (955, 340), (1400, 420)], ids=str)
def test_the_plane_is_about_a_square_and_the_table_shows_its_numbers(hand: Any, size: tuple[int, int]) -> None:
    it = hand(size=size)
    assert 0.8 < it.plane.frame.room.width() / it.plane.frame.room.height() < 1.25
    header = it.table.horizontalHeader()
    assert header.sectionPosition(2) <= it.table.viewport().width()      # both inputs are seen
    assert it.panel.side.widget().minimumSizeHint().width() <= it.panel.side.viewport().width()


def test_in_a_narrow_and_high_panel_plane_table_and_sliders_are_below_one_another(hand: Any) -> None:
    it = hand(size=(340, 760))
    tops = [part.mapTo(it.panel, QPoint(0, 0)) for part in (it.plane, it.table, it.panel.side)]
    assert [top.y() for top in tops] == sorted({top.y() for top in tops})
    it.panel.resize(1200, 420)
    assert it.table.mapTo(it.panel, QPoint(0, 0)).x() > it.plane.width() > 200


def test_a_plane_after_examples_that_have_none_shows_all_of_its_own(hand: Any) -> None:
    it = hand(digits(30))
    assert it.plane.isHidden()
    it.panel.refresh(view_of(Session(xor())))
    low, high = it.plane.frame.low, it.plane.frame.high
    assert min(low) < 0.0 and max(high) > 1.0 and max(high) - min(low) < 1.5
