"""Preferences, shortcut sheet and About follow from their tables."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialogButtonBox, QLabel, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from nnviz.gui.actions import ACTIONS
from nnviz.gui.dialogs.about import About, versions, versions_as_text
from nnviz.gui.dialogs.preferences import Preferences
from nnviz.gui.dialogs.shortcuts import ShortcutSheet, sheet, sheet_as_text
from nnviz.gui.network_view import _KEYS
from nnviz.gui.settings import SETTINGS, Settings


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def preferences(qtbot: QtBot, settings: Settings) -> Preferences:
    dialog = Preferences(settings)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    return dialog


def press(qtbot: QtBot, dialog: QWidget, which: QDialogButtonBox.StandardButton) -> None:
    box = dialog.findChild(QDialogButtonBox)
    assert isinstance(box, QDialogButtonBox)
    qtbot.mouseClick(box.button(which), Qt.MouseButton.LeftButton)


def test_every_setting_with_a_section_has_a_named_control(preferences: Preferences) -> None:
    assert set(preferences.controls) == {row.key for row in SETTINGS if row.section}
    for control in preferences.controls.values():
        assert control.accessibleName() and control.toolTip()


def test_a_choice_takes_effect_at_once(preferences: Preferences, settings: Settings, qtbot: QtBot) -> None:
    theme = preferences.controls["theme"]
    assert isinstance(theme, QComboBox)
    theme.setFocus()
    qtbot.keyClick(theme, Qt.Key.Key_Down)
    assert settings["theme"] == "light"
    box = preferences.controls["reopen_last"]
    assert isinstance(box, QCheckBox)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center())
    assert settings["reopen_last"] is True


def test_cancel_puts_everything_back(preferences: Preferences, settings: Settings, qtbot: QtBot) -> None:
    digits = preferences.controls["digits"]
    assert isinstance(digits, QSpinBox)
    qtbot.keyClick(digits, Qt.Key.Key_Up)
    assert settings["digits"] == 7
    press(qtbot, preferences, QDialogButtonBox.StandardButton.Cancel)
    assert settings["digits"] == 6


def test_ok_keeps_everything(preferences: Preferences, settings: Settings, qtbot: QtBot) -> None:
    qtbot.keyClick(preferences.controls["digits"], Qt.Key.Key_Up)
    press(qtbot, preferences, QDialogButtonBox.StandardButton.Ok)
    assert settings["digits"] == 7


def test_restoring_defaults_is_shown_and_can_be_cancelled(
    preferences: Preferences, settings: Settings, qtbot: QtBot
) -> None:
    settings.change(theme="dark", digits=9)
    theme = preferences.controls["theme"]
    assert isinstance(theme, QComboBox) and theme.currentData() == "dark"
    press(qtbot, preferences, QDialogButtonBox.StandardButton.RestoreDefaults)
    assert settings["digits"] == 6 and theme.currentData() == "system"


def test_no_choice_is_cut_off(preferences: Preferences) -> None:
    for control in preferences.controls.values():
        if isinstance(control, QComboBox):
            texts = [control.itemText(row) for row in range(control.count())]
            widest = max(control.fontMetrics().horizontalAdvance(text) for text in texts)
            assert widest + 30 < control.width(), control.accessibleName()


@pytest.fixture
def shortcuts(qtbot: QtBot) -> ShortcutSheet:
    dialog = ShortcutSheet()
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    return dialog


def test_the_sheet_has_every_shortcut_of_the_table(qtbot: QtBot) -> None:
    count = sum(len(row.shortcuts) + len(row.picture_keys) for row in ACTIONS)
    keys = [key for entries in sheet().values() for entry in entries for key in entry.keys]
    assert len(keys) >= count
    assert {"F5", "F10", "Space", "Ctrl+Shift+Z"} <= set(keys) or QGuiApplication.platformName() == "cocoa"


def test_the_sheet_tells_every_gesture_and_key_of_the_picture() -> None:
    told = {key for entry in sheet()["In the picture"] for key in entry.keys}
    assert {"Wheel", "Drag", "Hover", "Click", "Drag an edge", "Shift+drag", "Alt+drag", "Esc"} <= told
    assert {"Alt+Left", "Alt+Right"} <= told
    assert {QKeySequence(key).toString() for key in ("Alt+Left", "Alt+Right")} <= {
        QKeySequence(QKeyCombination(modifiers, key)).toString() for modifiers, key in _KEYS}


def test_searching_leaves_the_lines_with_all_the_words(shortcuts: ShortcutSheet, qtbot: QtBot) -> None:
    everything = shortcuts.shown_lines()
    qtbot.keyClicks(shortcuts.search, "picture export")
    assert shortcuts.shown_lines() == ["Export picture"]
    shortcuts.search.clear()
    assert sorted(shortcuts.shown_lines()) == sorted(everything)


def test_a_key_can_be_searched_too(shortcuts: ShortcutSheet, qtbot: QtBot) -> None:
    qtbot.keyClicks(shortcuts.search, "f10")
    assert sorted(shortcuts.shown_lines()) == ["Step", "What can be done with it"]       # F10, and Shift+F10
    shortcuts.search.clear()
    qtbot.keyClicks(shortcuts.search, "shift+f10")
    assert shortcuts.shown_lines() == ["What can be done with it"]


def test_a_search_without_a_find_says_so(shortcuts: ShortcutSheet, qtbot: QtBot) -> None:
    qtbot.keyClicks(shortcuts.search, "quantum")
    assert shortcuts.nothing.isVisible()


def test_a_narrow_sheet_keeps_every_line(shortcuts: ShortcutSheet, qtbot: QtBot) -> None:
    everything = sorted(shortcuts.shown_lines())
    for width in (420, 1200, 700):
        shortcuts.resize(width, 600)
        assert sorted(shortcuts.shown_lines()) == everything


def test_the_sheet_can_be_printed_as_text() -> None:
    text = sheet_as_text()
    assert "Training step" in text and "F7" in text


def test_about_tells_every_version_and_copies_them(qtbot: QtBot) -> None:
    dialog = About()
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    assert {version for _, version in versions()} <= shown
    assert any("MIT licence" in text for text in shown)
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == versions_as_text()
