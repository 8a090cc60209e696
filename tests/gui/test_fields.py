"""Boxes know their range, keep what is typed until it is right, and tell only good values."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyleOptionComboBox, QWidget
from pytestqt.qtbot import QtBot

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.options import Option
from nnviz.gui.fields import (
    BatchSizeBox,
    ChoiceBox,
    NumberBox,
    next_on_ladder,
    read_number,
    stepped,
    written,
)
from nnviz.gui.option_fields import ChoiceField

RATE = Option(0.1, 0.0)


def shown(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    widget.setFocus()


@pytest.fixture
def box(qtbot: QtBot) -> NumberBox:
    made = NumberBox(RATE, "Learning rate")
    shown(qtbot, made)
    return made


def retype(qtbot: QtBot, box: NumberBox, text: str) -> None:
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, text)


def test_a_choice_without_room_ends_with_an_ellipsis_and_its_tooltip_says_the_whole_name(qtbot: QtBot) -> None:
    choice = ChoiceBox(OPTIMISERS, "Optimiser", "How gradients become updates")
    shown(qtbot, choice)
    choice.set_row("sgd")
    label = OPTIMISERS["sgd"].label
    choice.setFixedWidth(choice.sizeHint().width() + 40)
    assert _drawn(choice) == label and label not in choice.toolTip()
    choice.setFixedWidth(100)
    assert _drawn(choice).endswith("…") and label.startswith(_drawn(choice)[:-1].rstrip())
    qtbot.waitUntil(lambda: label in choice.toolTip())


def _drawn(choice: ChoiceBox) -> str:
    option = QStyleOptionComboBox()
    choice.initStyleOption(option)
    return option.currentText


@pytest.mark.parametrize("value", [0.1, 3e-4, 1e-9, 123456.789, 1e300, 5, 2**63 - 1])
def test_a_number_is_written_so_that_it_reads_back(value: float) -> None:
    option = Option(0, whole=isinstance(value, int))
    assert read_number(written(value), option) == value


def test_the_ladder_goes_up_and_down_through_1_2_5() -> None:
    up = [0.01]
    for _ in range(6):
        up.append(next_on_ladder(up[-1], True))
    assert up == [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
    down = [next_on_ladder(value, False) for value in up[1:]]
    assert down == up[:-1]


@pytest.mark.parametrize("table", [ACTIVATIONS, INITIALISERS, OPTIMISERS])
def test_stepping_never_leaves_the_range_of_any_option(table: dict) -> None:
    for row in table.values():
        for option in row.options.values():
            for up in (True, False):
                value = option.default
                for _ in range(60):
                    value = stepped(value, option, up)
                    assert option.minimum <= value <= option.maximum


def test_a_number_in_scientific_notation_is_told_on_return(qtbot: QtBot, box: NumberBox) -> None:
    told: list[float] = []
    box.value_chosen.connect(told.append)
    retype(qtbot, box, "3e-4")
    assert told == []
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert told == [3e-4]
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert told == [3e-4]


def test_up_multiplies_along_the_ladder_and_many_presses_are_one_change(qtbot: QtBot, box: NumberBox) -> None:
    told: list[float] = []
    box.value_chosen.connect(told.append)
    for _ in range(3):
        qtbot.keyClick(box, Qt.Key.Key_Up)
    assert box.value() == 1.0
    qtbot.waitUntil(lambda: bool(told))
    assert told == [1.0]


def test_bad_text_is_red_says_why_and_tells_nothing(qtbot: QtBot, box: NumberBox) -> None:
    told: list[float] = []
    box.value_chosen.connect(told.append)
    right = box.grab().toImage()
    retype(qtbot, box, "-1")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert told == []
    assert box.value() is None
    assert box.toolTip() == "Learning rate must be a number of at least 0, not “-1”."
    assert "bright-text" in box.styleSheet()
    assert box.grab().toImage() != right


def test_esc_brings_the_last_good_value_back(qtbot: QtBot, box: NumberBox) -> None:
    retype(qtbot, box, "wrong")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == "0.1"
    assert box.problem() == "" and box.styleSheet() == ""


def test_a_box_without_the_keyboard_is_restored_without_a_selection(qtbot: QtBot, box: NumberBox) -> None:
    box.clearFocus()
    box.restore()
    assert not box.lineEdit().hasSelectedText()


def test_what_is_being_typed_survives_a_refresh_with_the_same_value(qtbot: QtBot, box: NumberBox) -> None:
    retype(qtbot, box, "0.0")
    box.set_value(0.1)
    assert box.text() == "0.0"
    box.set_value(0.2)
    assert box.text() == "0.2"


def test_setting_a_value_tells_nobody(qtbot: QtBot, box: NumberBox) -> None:
    with qtbot.assertNotEmitted(box.value_chosen):
        box.set_value(0.7)
    assert box.text() == "0.7"


def test_leaving_the_box_tells_the_number(qtbot: QtBot) -> None:
    parent = QWidget()
    first, second = NumberBox(RATE, "first", parent=parent), NumberBox(RATE, "second", parent=parent)
    second.move(0, 60)
    shown(qtbot, parent)
    parent.activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    retype(qtbot, first, "0.25")
    with qtbot.waitSignal(first.value_chosen) as told:
        second.setFocus()
    assert told.args == [0.25]


def test_a_choice_shows_help_and_the_options_of_its_row(qtbot: QtBot) -> None:
    field = ChoiceField(ACTIVATIONS, "Activation", "")
    shown(qtbot, field)
    assert not field.options.boxes
    field.set_row("leaky_relu")
    assert field.help.text() == ACTIVATIONS["leaky_relu"].help
    assert list(field.options.boxes) == ["alpha"]
    assert field.tree() == "leaky_relu"
    retype(qtbot, field.options.boxes["alpha"], "0.2")
    assert field.tree() == {"name": "leaky_relu", "alpha": 0.2}
    retype(qtbot, field.options.boxes["alpha"], "2")
    assert field.problem() == "Activation: Alpha must be a number from 0 to 1, not “2”."


def test_a_preset_is_one_click_away(qtbot: QtBot) -> None:
    field = ChoiceField(ACTIVATIONS, "Activation", "")
    shown(qtbot, field)
    field.set_row("leaky_relu")
    assert [button.text() for button in field.options.presets["alpha"]] == ["0.01", "0.1"]
    with qtbot.waitSignal(field.edited):
        qtbot.mouseClick(field.options.presets["alpha"][1], Qt.MouseButton.LeftButton)
    assert field.tree() == {"name": "leaky_relu", "alpha": 0.1}
    assert set(field.options.presets["alpha"]) < set(field.focus_chain())


def test_an_option_with_few_values_takes_no_others(qtbot: QtBot) -> None:
    field = ChoiceField(ACTIVATIONS, "Activation", "")
    shown(qtbot, field)
    field.set_row("relu")
    box = field.options.boxes["at_zero"]
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert field.tree() == {"name": "relu", "at_zero": 0.5}
    retype(qtbot, box, "0.7")
    assert field.problem() == "Activation: At zero must be 0, 0.5 or 1, not “0.7”."


def test_a_choice_is_told_only_when_the_user_makes_it(qtbot: QtBot) -> None:
    field = ChoiceField(ACTIVATIONS, "Activation", "")
    shown(qtbot, field)
    with qtbot.assertNotEmitted(field.chosen):
        field.set_row("tanh")
    with qtbot.waitSignal(field.chosen):
        qtbot.keyClick(field.box, Qt.Key.Key_Down)
    assert field.row_name() == "relu"


@pytest.mark.parametrize(("text", "value"), [("all", "all"), ("32", 32), ("1", 1), ("0", None), ("some", None)])
def test_a_batch_size_is_all_or_a_number(qtbot: QtBot, text: str, value: int | str | None) -> None:
    box = BatchSizeBox(1000)
    shown(qtbot, box)
    told: list[object] = []
    box.value_chosen.connect(told.append)
    box.set_value(7)
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert told == ([] if value is None else [value])
    assert bool(box.problem()) == (value is None)


def test_esc_brings_the_batch_size_back(qtbot: QtBot) -> None:
    box = BatchSizeBox(1000)
    shown(qtbot, box)
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, "many")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.currentText() == "all" and not box.problem()
