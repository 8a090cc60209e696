"""One table of actions: everything in it can be read, found and pressed."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from nnviz.gui.actions import (
    ACTIONS,
    BY_NAME,
    CONDITIONS,
    CORNER,
    MENUS,
    TOOLBARS,
    ActionSet,
    Row,
    build_actions,
    plain,
)
from nnviz.gui.icons import icon_names
from nnviz.gui.theme import DARK, LIGHT

COMMANDS = [row for row in ACTIONS if row.kind != "submenu"]


class Desk:
    """A window with all actions, and the names of those that were called."""

    def __init__(self, qtbot: QtBot) -> None:
        self.window = QMainWindow()
        qtbot.addWidget(self.window)
        self.picture = QWidget()
        self.picture.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.window.setCentralWidget(self.picture)
        self.called: list[tuple[str, tuple[object, ...]]] = []
        callbacks = {row.name: (lambda *given, name=row.name: self.called.append((name, given))) for row in COMMANDS}
        self.actions: ActionSet = build_actions(self.window, callbacks, LIGHT)
        self.actions.add_picture_keys(self.picture)
        self.actions.set_conditions(CONDITIONS)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        self.picture.setFocus()
        qtbot.waitUntil(self.picture.hasFocus)

    def names(self) -> list[str]:
        return [name for name, _ in self.called]


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(qtbot)


@pytest.mark.parametrize("row", ACTIONS, ids=lambda row: row.name)
def test_every_row_has_text_tooltip_status_and_known_places(row: Row) -> None:
    assert row.text and row.tooltip and row.status
    assert row.menu in MENUS
    assert row.toolbar == "" or (row.toolbar in TOOLBARS and row.icon)
    assert row.needs == "" or row.needs in CONDITIONS
    assert row.icon == "" or row.icon in icon_names()


def test_no_name_and_no_shortcut_is_given_twice() -> None:
    assert len(BY_NAME) == len(ACTIONS)
    keys = Counter(QKeySequence(key).toString() for row in ACTIONS for key in (*row.shortcuts, *row.picture_keys))
    assert [key for key, count in keys.items() if count > 1] == []
    assert "" not in keys


def test_no_menu_uses_a_mnemonic_twice() -> None:
    letters = Counter((row.menu, row.text[row.text.index("&") + 1].lower()) for row in ACTIONS if "&" in row.text)
    letters.update((path.rpartition("/")[0], text[text.index("&") + 1].lower()) for path, text in MENUS.items())
    assert [place for place, count in letters.items() if count > 1] == []


def test_groups_of_a_menu_are_not_torn_apart() -> None:
    for menu in MENUS:
        groups = [row.group for row in ACTIONS if row.menu == menu]
        seen = [group for number, group in enumerate(groups) if number == 0 or groups[number - 1] != group]
        assert len(seen) == len(set(seen)), menu


def test_a_row_without_a_function_is_said(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    with pytest.raises(ValueError, match="no function for"):
        build_actions(window, {}, LIGHT)


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_command_is_in_its_menu_and_calls_its_function(desk: Desk, row: Row) -> None:
    action = desk.actions[row.name]
    assert action in desk.actions.menu(row.menu).actions()
    assert action.toolTip() and action.statusTip()
    action.trigger()
    assert desk.called == [(row.name, (True,) if row.kind == "check" else ())]


@pytest.mark.parametrize(("key", "name"), [
    (Qt.Key.Key_F5, "play"), (Qt.Key.Key_F6, "epoch"), (Qt.Key.Key_F7, "training_step"), (Qt.Key.Key_F8, "phase"),
    (Qt.Key.Key_F9, "step_back"), (Qt.Key.Key_F10, "step"), (Qt.Key.Key_PageDown, "step"),
    (Qt.Key.Key_PageUp, "step_back"), (Qt.Key.Key_F11, "full_screen"), (Qt.Key.Key_Space, "play"),
    (Qt.Key.Key_Left, "previous_example"), (Qt.Key.Key_Right, "next_example"), (Qt.Key.Key_F1, "shortcuts"),
])
def test_a_key_does_what_the_table_says(desk: Desk, qtbot: QtBot, key: Qt.Key, name: str) -> None:
    qtbot.keyClick(desk.picture, key)
    assert desk.names() == [name]


def test_the_keys_of_the_picture_do_nothing_elsewhere(desk: Desk, qtbot: QtBot) -> None:
    button = desk.actions.toolbars["document"].widgetForAction(desk.actions["new"])
    assert isinstance(button, QToolButton)
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Right)
    assert desk.names() == []


def test_a_button_of_the_toolbar_does_what_it_shows(desk: Desk, qtbot: QtBot) -> None:
    button = desk.actions.toolbars["run"].widgetForAction(desk.actions["training_step"])
    assert button is not None and button.accessibleName() == "Training step"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert desk.names() == ["training_step"]


@pytest.mark.parametrize("name", ["full_screen", *(row.name for row in ACTIONS if row.toolbar)])
def test_what_is_in_a_toolbar_has_a_button_with_a_name_and_a_tooltip(desk: Desk, name: str) -> None:
    button = desk.actions.toolbars[BY_NAME[name].toolbar].widgetForAction(desk.actions[name])
    assert isinstance(button, QToolButton) and button.accessibleName() and button.toolTip()


def test_the_button_at_the_end_of_the_menu_bar_fills_the_screen(desk: Desk, qtbot: QtBot) -> None:
    corner = desk.actions.toolbars[CORNER]
    assert desk.window.menuBar().cornerWidget() is corner and corner not in desk.actions.first_row()
    button = corner.widgetForAction(desk.actions["full_screen"])
    assert button is not None and button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert desk.called == [("full_screen", (True,))]


@pytest.mark.parametrize("pixels", (19, 40))
def test_the_menu_bar_is_no_taller_for_its_button_than_the_button(desk: Desk, pixels: int) -> None:
    desk.actions.set_icon_size(pixels)
    QApplication.processEvents()
    corner = desk.actions.toolbars[CORNER]
    button = corner.widgetForAction(desk.actions["full_screen"])
    assert button is not None and corner.sizeHint().height() == button.sizeHint().height()


def test_conditions_decide_what_can_be_used(desk: Desk) -> None:
    desk.actions.set_conditions({"network"})
    enabled = {row.name for row in ACTIONS if desk.actions[row.name].isEnabled()}
    assert enabled == {row.name for row in ACTIONS if row.needs in ("", "network")}


def test_play_becomes_pause_while_the_training_plays(desk: Desk) -> None:
    desk.actions.set_playing(True)
    assert plain(desk.actions["play"].text()) == "Pause"
    desk.actions.set_theme(DARK)
    assert plain(desk.actions["play"].text()) == "Pause"
    desk.actions.set_playing(False)
    assert plain(desk.actions["play"].text()) == "Play"


@pytest.mark.parametrize("points", (9.0, 16.0))
def test_the_toolbar_stands_still_when_play_becomes_pause(desk: Desk, qtbot: QtBot, points: float) -> None:
    desk.window.setStyleSheet(f"* {{ font-size: {points}pt; }}")
    desk.actions.set_icon_size(24)
    bar = desk.actions.toolbars["run"]
    button, after = (bar.widgetForAction(desk.actions[name]) for name in ("play", "step"))
    places = []
    for playing in (False, True, False):
        desk.actions.set_playing(playing)
        QApplication.processEvents()
        assert isinstance(button, QToolButton)
        assert plain(button.text()) == ("Pause" if playing else "Play")
        assert button.sizeHint().width() <= button.width()
        places.append((button.width(), after.x()))
    assert len(set(places)) == 1


def test_marking_a_row_calls_nothing(desk: Desk) -> None:
    desk.actions.choose("theme_dark")
    desk.actions.check("batch_mean", True)
    assert desk.actions["theme_dark"].isChecked() and desk.actions["batch_mean"].isChecked()
    assert desk.names() == []


def test_only_one_of_a_menu_s_radio_rows_is_chosen(desk: Desk) -> None:
    desk.actions["step_by_unit"].trigger()
    desk.actions["step_by_layer"].trigger()
    chosen = [row.name for row in ACTIONS if row.kind == "radio" and desk.actions[row.name].isChecked()]
    assert chosen == ["step_by_layer"]


def test_another_theme_draws_other_icons(desk: Desk) -> None:
    before = desk.actions["save"].icon().cacheKey()
    desk.actions.set_theme(DARK)
    assert desk.actions["save"].icon().cacheKey() != before


def test_submenus_wait_to_be_filled(desk: Desk) -> None:
    assert desk.actions.menu("open_recent").actions() == []
    assert desk.actions["panels"] in desk.actions.menu("View").actions()
