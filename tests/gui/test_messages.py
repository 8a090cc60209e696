"""Messages are said where they do not stand in the way, and faults become messages."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nnviz.errors import DocumentRefused
from nnviz.gui.faults import Faults, install
from nnviz.gui.messages import DetailsWindow, MessageStrip
from nnviz.gui.theme import DARK, LIGHT


@pytest.fixture
def strip(qtbot: QtBot) -> MessageStrip:
    window = QWidget()
    window.resize(800, 400)
    layout = QVBoxLayout(window)
    strip = MessageStrip(LIGHT)
    layout.addWidget(strip)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    strip.keep_alive = window       # type: ignore[attr-defined]  # the window goes when Python forgets it
    return strip


def press(qtbot: QtBot, strip: MessageStrip, key: str, text: str) -> None:
    button = next(button for button in strip.message(key).findChildren(QPushButton) if button.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_nothing_is_seen_while_nothing_is_said(strip: MessageStrip) -> None:
    assert not strip.isVisible()
    strip.show_message("a", "Saved.")
    assert strip.isVisible()
    strip.withdraw("a")
    assert not strip.isVisible()


def test_the_same_key_takes_the_place_of_what_was_said(strip: MessageStrip) -> None:
    strip.show_message("a", "one", "info")
    strip.show_message("b", "two", "warning")
    strip.show_message("a", "three", "error", details="why")
    assert strip.texts() == {"b": "two", "a": "three"}


def test_the_close_button_closes_and_tells(strip: MessageStrip, qtbot: QtBot) -> None:
    strip.show_message("a", "one")
    with qtbot.waitSignal(strip.closed) as told:
        qtbot.mouseClick(strip.message("a").findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert told.args == ["a"]
    assert strip.texts() == {}


def test_escape_closes_the_message_that_has_the_keyboard(strip: MessageStrip, qtbot: QtBot) -> None:
    strip.show_message("a", "one")
    strip.show_message("b", "two")
    strip.message("a").setFocus()
    qtbot.keyClick(strip.message("a"), Qt.Key.Key_Escape)
    assert strip.texts() == {"b": "two"}


def test_text_is_plain_and_can_be_selected(strip: MessageStrip) -> None:
    strip.show_message("a", "<b>file</b>.json is not a network")
    label = next(label for label in strip.message("a").findChildren(QLabel) if label.text())
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_an_action_is_done_and_the_message_goes(strip: MessageStrip, qtbot: QtBot) -> None:
    done: list[str] = []
    strip.show_message("a", "It diverged.", "warning", actions=[("Go back", lambda: done.append("back"))])
    press(qtbot, strip, "a", "Go back")
    assert done == ["back"]
    assert strip.texts() == {}


def test_details_open_in_a_window_and_can_be_copied(strip: MessageStrip, qtbot: QtBot) -> None:
    strip.show_message("a", "It failed.", "error", details="line 1\nline 2")
    press(qtbot, strip, "a", "Details")
    details = strip.window().findChild(DetailsWindow)
    assert isinstance(details, DetailsWindow)
    qtbot.mouseClick(details.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "It failed.\n\nline 1\nline 2\n"
    details.close()


def test_only_the_newest_messages_are_seen_and_the_others_wait(strip: MessageStrip) -> None:
    for number in range(5):
        strip.show_message(str(number), f"message {number}", "error")
    assert [strip.message(str(number)).isVisible() for number in range(5)] == [False, False, True, True, True]
    strip.withdraw("4")
    assert strip.message("1").isVisible()


def test_another_theme_keeps_what_is_said(strip: MessageStrip) -> None:
    strip.show_message("a", "one", "error")
    strip.set_theme(DARK)
    assert strip.texts() == {"a": "one"}


@pytest.fixture
def faults(strip: MessageStrip) -> Iterator[Faults]:
    faults = install(strip)
    yield faults
    faults.remove()


def fail(faults: Faults, error: BaseException) -> None:
    try:
        raise error
    except BaseException as caught:
        faults.caught(type(caught), caught, caught.__traceback__)


def test_an_exception_becomes_a_sentence_with_its_story(faults: Faults, strip: MessageStrip, qtbot: QtBot) -> None:
    fail(faults, ZeroDivisionError("division by zero"))
    qtbot.waitUntil(lambda: bool(strip.texts()))
    (key, text), = strip.texts().items()
    assert "ZeroDivisionError: division by zero" in text and "\n" not in text
    press(qtbot, strip, key, "Details")
    details = strip.window().findChild(DetailsWindow)
    assert isinstance(details, DetailsWindow)
    assert "Traceback" in details.story.toPlainText() and "numpy" in details.story.toPlainText()
    details.close()


def test_a_fault_that_repeats_is_counted_not_piled_up(faults: Faults, strip: MessageStrip, qtbot: QtBot) -> None:
    for _ in range(3):
        fail(faults, ValueError("again"))
    qtbot.waitUntil(lambda: any("(3×)" in text for text in strip.texts().values()))
    assert len(strip.texts()) == 1


def test_a_refusal_is_said_in_its_own_words(faults: Faults, strip: MessageStrip, qtbot: QtBot) -> None:
    fail(faults, DocumentRefused("unknown activation 'rellu'", "a.json", "Did you mean 'relu'?"))
    qtbot.waitUntil(lambda: bool(strip.texts()))
    assert next(iter(strip.texts().values())).startswith("a.json: unknown activation 'rellu'")


def test_a_fault_in_a_thread_reaches_the_strip(faults: Faults, strip: MessageStrip, qtbot: QtBot) -> None:
    def work() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: any("in a thread" in text for text in strip.texts().values()))


def test_leaving_the_program_is_not_a_fault(
    faults: Faults, strip: MessageStrip, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed_on: list[type[BaseException]] = []
    monkeypatch.setattr(faults, "_hook_before", lambda kind, error, trace: passed_on.append(kind))
    fail(faults, KeyboardInterrupt())
    assert passed_on == [KeyboardInterrupt]
    assert strip.texts() == {}


def test_information_goes_when_it_has_been_read_and_what_is_wrong_stays(
    strip: MessageStrip, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnviz.gui.messages._READING", (10, 1))
    strip.show_message("wrong", "There is no room on the disc.", "error")
    strip.show_message("careful", "The file is newer.", "warning")
    strip.show_message("offer", "The gradients can be checked.", actions=[("Check", lambda: None)])
    strip.show_message("read", "Saved.")
    qtbot.waitUntil(lambda: set(strip.texts()) == {"wrong", "careful", "offer"})


def test_of_several_pieces_of_information_only_the_newest_is_seen(strip: MessageStrip) -> None:
    for number in range(3):
        strip.show_message(f"told {number}", "Some of it.")
    strip.show_message("wrong", "No.", "error")
    assert [key for key in strip.texts() if strip.message(key).isVisible()] == ["told 2", "wrong"]
    strip.withdraw("told 2")
    assert strip.message("told 1").isVisible()
