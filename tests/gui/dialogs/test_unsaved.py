"""The questions answer with what was pressed, and Esc is always the harmless answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs.unsaved import ask, confirm_reset


def when_asked(qtbot: QtBot, act: Callable[[QMessageBox], object]) -> list[QMessageBox]:
    """Runs `act` on the box that opens next."""
    seen: list[QMessageBox] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append(box)
        act(box)

    QTimer.singleShot(50, look)
    return seen


def press(qtbot: QtBot, name: str) -> Callable[[QMessageBox], object]:
    def act(box: QMessageBox) -> None:
        button = next(one for one in box.findChildren(QPushButton) if one.accessibleName() == name)
        assert button.toolTip()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    return act


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.mark.parametrize(("button", "answer"), [("Save", "save"), ("Discard", "discard"), ("Cancel", "cancel")])
def test_the_answer_is_the_button(qtbot: QtBot, parent: QWidget, button: str, answer: str) -> None:
    when_asked(qtbot, press(qtbot, button))
    assert ask(parent, "XOR") == answer


@pytest.mark.parametrize(("branches", "told"), [(0, ""), (1, "The other branch"), (2, "The 2 other branches")])
def test_it_is_said_that_branches_cannot_be_saved(qtbot: QtBot, parent: QWidget, branches: int, told: str) -> None:
    boxes = when_asked(qtbot, press(qtbot, "Cancel"))
    texts: list[str] = []
    QTimer.singleShot(30, lambda: texts.append(QApplication.activeModalWidget().informativeText()))
    ask(parent, "XOR", branches)
    assert boxes and told in texts[0] and ("cannot be saved" in texts[0]) == bool(branches)


def test_esc_cancels_and_return_saves(qtbot: QtBot, parent: QWidget) -> None:
    when_asked(qtbot, lambda box: qtbot.keyClick(box, Qt.Key.Key_Escape))
    assert ask(parent, "XOR") == "cancel"
    when_asked(qtbot, lambda box: qtbot.keyClick(box.defaultButton(), Qt.Key.Key_Return))
    assert ask(parent, "XOR") == "save"


def test_a_name_is_never_read_as_markup(qtbot: QtBot, parent: QWidget) -> None:
    texts: list[tuple[Qt.TextFormat, str]] = []

    def act(box: QMessageBox) -> None:
        texts.append((box.textFormat(), box.text()))
        box.reject()

    when_asked(qtbot, act)
    ask(parent, "<b>x</b>")
    assert texts == [(Qt.TextFormat.PlainText, "Save the changes to “<b>x</b>”?")]


def test_a_reset_gives_its_reason_and_asks_again_next_time(qtbot: QtBot, parent: QWidget) -> None:
    texts: list[str] = []

    def act(box: QMessageBox) -> None:
        texts.append(box.informativeText())
        press(qtbot, "Start over")(box)

    when_asked(qtbot, act)
    answer = confirm_reset(parent, "another seed means another start")
    assert bool(answer) and answer.ask_again
    assert "another seed means another start" in texts[0]


def test_do_not_ask_again_counts_only_with_a_yes(qtbot: QtBot, parent: QWidget) -> None:
    def tick_and(name: str) -> Callable[[QMessageBox], object]:
        def act(box: QMessageBox) -> None:
            qtbot.keyClick(box.checkBox(), Qt.Key.Key_Space)
            press(qtbot, name)(box)

        return act

    when_asked(qtbot, tick_and("Start over"))
    answer = confirm_reset(parent, "reason")
    assert (answer.go_on, answer.ask_again) == (True, False)
    when_asked(qtbot, tick_and("Cancel"))
    answer = confirm_reset(parent, "reason")
    assert (answer.go_on, answer.ask_again) == (False, True)
