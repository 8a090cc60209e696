"""The schedule dialog: what it shows is the curve that training will follow, what it returns is what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from nnviz.engine.network import Choice
from nnviz.engine.schedules import CONSTANT_RATE, TABLE, Clock, Pace
from nnviz.gui.dialogs.new_network import NewNetworkDialog
from nnviz.gui.dialogs.schedule import ScheduleDialog, schedule_dialog
from nnviz.gui.theme import DARK, LIGHT, Theme
from tests.gui.hands import take_apart

Opened = Callable[..., ScheduleDialog]


@pytest.fixture(scope="module")
def lasting(qapp: QApplication) -> Iterator[ScheduleDialog]:
    window = QWidget()
    yield schedule_dialog(window, LIGHT)
    take_apart(qapp, window)


@pytest.fixture
def opened(lasting: ScheduleDialog) -> Iterator[Opened]:
    def show(schedule: Choice = CONSTANT_RATE, done: int = 0, per_epoch: int = 4, theme: Theme = LIGHT,
             divisions: float = 0.0) -> ScheduleDialog:
        lasting.set_theme(theme)
        for key, option in TABLE[schedule.name].options.items():
            schedule = Choice(schedule.name, ((key, option.default), *schedule.options))
        lasting.show_rate(0.5, schedule, per_epoch, 1000, done, divisions)
        lasting.show()
        return lasting

    yield show
    lasting.hide()


def shown(dialog: ScheduleDialog) -> tuple[np.ndarray, np.ndarray]:
    return dialog._line.getData()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_curve_is_the_rate_of_the_schedule(opened: Opened, qtbot: QtBot, name: str, theme: Theme) -> None:
    dialog = opened(Choice(name), theme=theme)
    x, y = shown(dialog)
    options = {key: option.default for key, option in TABLE[name].options.items()}
    pace = Pace(TABLE[name], options, 0.5)
    np.testing.assert_array_equal(y, pace.preview(x, 4))
    if TABLE[name].watch is None:
        assert y[7] == pace.rate(Clock(*divmod(int(x[7]), 4), 4))
    assert len(x) > 10 and y.max() == pytest.approx(0.5, rel=0.02)


def test_typing_an_option_changes_curve_reading_and_what_is_returned(opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(Choice("step", (("divide_by", 10.0), ("every", 20))), done=40)
    assert "step 41, epoch 11: η = 0.5" in dialog.reading.text()
    every = dialog.schedule.options.boxes["every"]
    every.selectAll()
    QTest.keyClicks(every, "5")
    assert "η = 0.005" in dialog.reading.text()
    assert dialog.tree() == {"schedule": "step", "learning_rate": 0.5, "divide_by": 10.0, "every": 5}
    assert dialog.label() == "learning rate schedule step"
    dialog.schedule.set_row("constant")
    assert dialog.tree() == 0.5


def test_a_wrong_option_is_said_and_cannot_be_used(opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(Choice("step", (("divide_by", 10.0), ("every", 20))))
    every = dialog.schedule.options.boxes["every"]
    every.selectAll()
    QTest.keyClicks(every, "x")
    assert not dialog.apply_button.isEnabled() and "Every" in dialog.problem_line.text()
    QTest.keyClick(every, Qt.Key.Key_Backspace)
    QTest.keyClicks(every, "7")
    assert dialog.apply_button.isEnabled() and not dialog.problem_line.isVisible()
    qtbot.mouseClick(dialog.apply_button, Qt.MouseButton.LeftButton)
    assert dialog.result() and dialog.choice() == Choice("step", (("divide_by", 10.0), ("every", 7)))


def test_apply_waits_for_a_change_and_says_that_there_is_none(opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(Choice("step"), done=4)
    assert not dialog.apply_button.isEnabled() and dialog.consequence.text() == "Nothing is changed yet."
    dialog.schedule.set_row("cosine")
    assert dialog.apply_button.isEnabled() and "goes on" in dialog.consequence.text()
    dialog.schedule.set_row("step")
    assert not dialog.apply_button.isEnabled()


def test_it_says_what_the_formula_counts(opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(Choice("cosine"), per_epoch=1)
    assert dialog.time.text() == "t = epoch − 1: the epochs done before the step; the first epoch is epoch 1"
    dialog = opened(Choice("cosine"), per_epoch=4)
    assert dialog.time.text().startswith("t = epoch − 1 + (batch − 1) / 4")
    dialog.schedule.set_row("step")
    assert dialog.formula.text() == "η / k^⌊(epoch − 1) / n⌋" and dialog.time.text() == "The first epoch is epoch 1"
    dialog.schedule.set_row("constant")
    assert dialog.time.text() == ""


def test_pointing_at_the_curve_reads_it(opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(Choice("warm_up"), per_epoch=1)
    dialog.plot.pointed.emit(5.2)
    assert dialog.reading.text() == "step 6, epoch 6: η = 0.275"
    dialog.plot.pointed.emit(None)
    assert dialog.reading.text() == "step 1, epoch 1: η = 0.05"
    assert dialog.plot.x_at(QPointF(-5, -5)) is None


def test_a_plateau_is_drawn_from_where_training_stands_as_often_divided_as_it_was(opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(Choice("plateau"), done=40, divisions=1.0)
    x, y = shown(dialog)
    assert np.isnan(y[x < 40]).all() and y[x >= 40][0] == pytest.approx(0.05) and y[-1] < 0.01
    assert "η = 0.05" in dialog.reading.text() and "never became lower" in dialog.reading.text()


def test_a_rate_of_zero_and_a_schedule_of_very_many_epochs_can_be_drawn(opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(Choice("cosine", (("epochs", 2**53), ("floor", 0.0))))
    dialog.learning_rate.set_value(0.0)
    x, y = shown(dialog)
    assert not y.any() and np.isfinite(x).all()
    dialog.schedule.set_choice(Choice("exponential", (("gamma", 1.0),)))
    assert dialog.apply_button.isEnabled()


def test_there_is_one_dialog_and_it_shows_what_it_is_told_anew(opened: Opened, lasting: ScheduleDialog) -> None:
    assert opened(Choice("step", (("every", 3),))) is schedule_dialog(lasting.plot, DARK)
    QTest.keyClicks(lasting.learning_rate, "nonsense")
    opened()
    assert lasting.tree() == 0.5 and not lasting.problem()


def test_a_new_network_takes_the_schedule_that_was_chosen(
    lasting: ScheduleDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = lasting.parentWidget()
    dialog = NewNetworkDialog(LIGHT)
    qtbot.addWidget(dialog)
    dialog.show()

    def use(asked: ScheduleDialog) -> int:
        assert asked.parentWidget() is dialog
        asked.learning_rate.set_value(0.7)
        asked.schedule.set_row("warm_up")
        asked.apply_button.click()
        return asked.result()

    monkeypatch.setattr(ScheduleDialog, "exec", use)
    qtbot.mouseClick(dialog.schedule_button, Qt.MouseButton.LeftButton)
    assert lasting.parentWidget() is home
    made = dialog.document()
    assert (made.schedule.name, made.learning_rate) == ("warm_up", 0.7)
    assert dialog.schedule_button.text() == "Sc&hedule: warm-up…"
    dialog.optimiser.set_row("adam")
    dialog.optimiser.chosen.emit()
    assert dialog.document().learning_rate == 0.7
    before = dialog.document()
    monkeypatch.setattr(ScheduleDialog, "exec", lambda asked: 0)
    qtbot.mouseClick(dialog.schedule_button, Qt.MouseButton.LeftButton)
    assert dialog.document() == before
