"""Speed, example and figures: what is shown is what was given, and only the user's choice is told."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from nnviz.gui import speeds
from nnviz.gui.theme import LIGHT
from nnviz.gui.transport import ExampleSelector, SpeedSelector, StatusFigures, example_in_brief
from nnviz.report.moment import MEAN
from tests.gui.hands import Opened

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([[0.0], [1.0], [1.0], [0.0]])


@pytest.fixture
def selector(qtbot: QtBot) -> ExampleSelector:
    made = ExampleSelector(LIGHT)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.show_batch(np.arange(4), INPUTS, TARGETS, 0)
    made.setFocus()
    return made


def test_speeds_go_from_slow_to_fast() -> None:
    rows = list(speeds.TABLE.values())
    slow = [row.operations_per_second for row in rows if row.is_slow_motion]
    fast = [row.steps_per_second for row in rows if row.steps_per_second is not None]
    assert slow == sorted(slow) == [1.0, 2.0, 5.0]
    assert fast == sorted(fast) == [1.0, 5.0, 20.0, 100.0, 500.0, 2000.0]
    assert rows[-1].operations_per_second is None and rows[-1].steps_per_second is None


def test_faster_and_slower_walk_the_table_and_stay_at_its_ends() -> None:
    names = list(speeds.TABLE)
    walked = [names[0]]
    while (following := speeds.neighbour(walked[-1], faster=True)) != walked[-1]:
        walked.append(following)
    assert walked == names
    assert speeds.neighbour(names[0], faster=False) == names[0]


def test_only_a_speed_that_the_user_takes_is_told(qtbot: QtBot) -> None:
    selector = SpeedSelector()
    qtbot.addWidget(selector)
    with qtbot.assertNotEmitted(selector.speed_chosen):
        selector.set_speed("steps-100")
    with qtbot.waitSignal(selector.speed_chosen) as told:
        qtbot.keyClick(selector, Qt.Key.Key_Down)
    assert told.args == ["steps-500"] == [selector.speed()]


def test_the_line_between_the_speeds_is_stepped_over(qtbot: QtBot) -> None:
    selector = SpeedSelector()
    qtbot.addWidget(selector)
    selector.set_speed("operations-5")
    qtbot.keyClick(selector, Qt.Key.Key_Down)
    assert selector.speed() == "steps-1"


def test_right_and_left_step_through_the_examples(qtbot: QtBot, selector: ExampleSelector) -> None:
    told: list[int] = []
    selector.example_chosen.connect(told.append)
    qtbot.keyClick(selector.box, Qt.Key.Key_Right)
    qtbot.keyClick(selector.box, Qt.Key.Key_Right)
    assert selector.content.text() == "1, 0 → 1"
    qtbot.keyClick(selector.box, Qt.Key.Key_Left)
    assert told == [1, 2, 1]
    assert selector.box.text() == "example 1"


def test_the_mean_lies_before_the_first_example(qtbot: QtBot, selector: ExampleSelector) -> None:
    with qtbot.waitSignal(selector.example_chosen) as told:
        qtbot.mouseClick(selector.previous, Qt.MouseButton.LeftButton)
    assert told.args == [MEAN]
    assert selector.box.text() == "batch mean"
    assert selector.content.text() == "4 examples"
    assert not selector.previous.isEnabled() and selector.next.isEnabled()


def test_there_is_nothing_after_the_last_example(qtbot: QtBot, selector: ExampleSelector) -> None:
    for _ in range(9):
        qtbot.keyClick(selector.box, Qt.Key.Key_Right)
    assert selector.chosen() == 3
    assert not selector.next.isEnabled()


def test_examples_of_a_shuffled_batch_are_called_by_their_rows(qtbot: QtBot, selector: ExampleSelector) -> None:
    with qtbot.assertNotEmitted(selector.example_chosen):
        selector.show_batch(np.array([3, 1]), INPUTS, TARGETS, 0)
    assert selector.box.text() == "example 3"
    assert selector.content.text() == "1, 1 → 0"
    selector.show_batch(np.array([2, 1]), INPUTS, TARGETS, 0)
    assert selector.box.text() == "example 2"
    qtbot.keyClick(selector.box, Qt.Key.Key_Right)
    assert (selector.chosen(), selector.box.text()) == (1, "example 1")


def test_a_row_can_be_typed(qtbot: QtBot, selector: ExampleSelector) -> None:
    selector.show_batch(np.array([3, 1, 2]), INPUTS, TARGETS, 0)
    selector.box.selectAll()
    qtbot.keyClicks(selector.box, "2")
    with qtbot.waitSignal(selector.example_chosen) as told:
        qtbot.keyClick(selector.box, Qt.Key.Key_Return)
    assert told.args == [2]


def test_a_smaller_batch_shows_its_last_example(selector: ExampleSelector) -> None:
    selector.show_batch(np.arange(4), INPUTS, TARGETS, 3)
    selector.show_batch(np.array([2]), INPUTS, TARGETS, 3)
    assert (selector.chosen(), selector.content.text()) == (0, "1, 0 → 1")


def test_many_numbers_are_counted_and_one_hot_targets_are_classes() -> None:
    target = np.zeros(10)
    target[7] = 1.0
    assert example_in_brief(np.zeros(784), target) == "784 inputs → class 7"
    assert example_in_brief(np.arange(6.0), np.array([0.25])) == "0, 1, 2, 3, … → 0.25"


def test_the_figures_are_shown_and_the_loss_has_every_digit_in_its_tooltip(qtbot: QtBot) -> None:
    figures = StatusFigures()
    qtbot.addWidget(figures)
    figures.show_figures(12, 3, 0.1 + 0.2, 1234.5, digits=4)
    assert [label.text() for label in (figures.step, figures.epoch, figures.loss, figures.speed)] == [
        "step 12", "epoch 3", "loss 0.3", "1234 steps/s"]
    assert "0.30000000000000004" in figures.loss.toolTip()
    assert figures.loss.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
    assert figures.loss.accessibleName() == "loss 0.3"


def test_a_pause_shows_no_speed_and_a_loss_that_is_not_reached_a_dash(qtbot: QtBot) -> None:
    figures = StatusFigures()
    qtbot.addWidget(figures)
    figures.show_figures(0, 1, None, 0.0)
    assert (figures.loss.text(), figures.speed.text()) == ("loss –", "")
    figures.show_figures(5, 1, float("nan"), 0.0)
    assert figures.loss.text() == "loss NaN"
    figures.clear()
    assert figures.step.text() == ""


def test_figures_of_long_trainings_are_never_cut_off(qtbot: QtBot) -> None:
    figures = StatusFigures()
    qtbot.addWidget(figures)
    labels = (figures.step, figures.epoch, figures.loss, figures.speed)
    before = [label.width() for label in labels]
    figures.show_figures(999, 12, 0.5, 100.0)
    assert [label.width() for label in labels] == before
    figures.show_figures(123_456_789_012, 1_234_567, 0.5, 2_345_678.0)
    for label in labels:
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    wide = [label.width() for label in labels]
    figures.show_figures(1, 1, 0.5, 0.0)
    assert [label.width() for label in labels] == wide      # the line does not jump back


def test_a_long_example_is_cut_in_its_middle_and_told_whole_by_the_tooltip(qtbot: QtBot) -> None:
    selector = ExampleSelector(LIGHT)
    qtbot.addWidget(selector)
    short = selector.sizeHint().width()
    inputs, targets = np.full((1, 6), -0.123456), np.array([[0.0, 1.0, 0.0]])
    selector.show_batch(np.array([0]), inputs, targets, 0)
    whole = example_in_brief(inputs[0], targets[0])
    assert "…" in selector.content.text() and whole in selector.content.toolTip()
    assert selector.sizeHint().width() < short + 120
    assert selector.give_room(120) and selector.content.width() == 120 and "…" in selector.content.text()
    selector.content.setSelection(0, len(selector.content.text()))
    qtbot.keyClick(selector.content, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == whole
    assert not selector.give_room(60) and selector.content.width() > 120, "in a row of its own"


@pytest.mark.parametrize("name", ["mazur-2-2-2", "xor", "iris", "digits-784-16-16-10"])
def test_at_1280_pixels_the_selector_stays_in_the_first_row(opened: Opened, qtbot: QtBot, name: str) -> None:
    workbench = opened(name)
    window, selector = workbench.window, workbench.example_selector
    workbench.controller.choose_example(0)
    before = window.size()
    for width in (1000, 1920, 1280):
        window.resize(width, 800)
        qtbot.waitUntil(lambda: (workbench.example_bar.y() > workbench.training_bar.y()) == (window.width() < 1200))
        assert selector.content.fontMetrics().horizontalAdvance(selector.content.text()) <= selector.content.width()
        right = selector.content.mapTo(window, selector.content.rect().topRight()).x()
        assert right < window.width()
    assert len(selector.content.text()) >= min(14, len(selector.content._whole))
    window.resize(before)
