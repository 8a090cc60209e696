"""The panel of the hand calculation: rounded beside exact, as far as the pass has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from nnviz.gui.panels.by_hand import COLUMNS, PLACE, ByHandPanel
from nnviz.gui.settings import Settings
from nnviz.gui.view import View
from nnviz.report.elements import Unit
from nnviz.session.session import Session
from tests.gui.panels import views

Show = Callable[..., Any]


def at(cursor: int | None = None, document: Any = None) -> View:
    view = views.view_of(Session(document or views.mazur()))
    moment = view.moment
    return replace(view, moment=replace(moment, cursor=moment.order.length if cursor is None else cursor))


def cell(panel: ByHandPanel, result: str, column: str) -> str:
    row = next(row for row in range(panel.model.rowCount()) if panel.model.lines[row].name == result)
    return str(panel.model.index(row, PLACE[column]).data() or "")


def test_it_shows_rounded_exact_and_drift_of_every_result(show: Show) -> None:
    panel = show(ByHandPanel, at())
    assert cell(panel, "∂E/∂net o1", "By hand") == "0.74·0.19" and cell(panel, "∂E/∂net o1", "Rounded") == "0.14"
    assert cell(panel, "∂E/∂net o1", "Exact") == "0.138499" and cell(panel, "∂E/∂net o1", "Drift") == "0.0015"
    assert cell(panel, "∂E/∂net o1", "Relative") == "1.08 %"
    assert "∂E/∂w1" in panel.summary.text()


def test_what_the_pass_has_not_come_to_has_no_numbers(show: Show) -> None:
    panel = show(ByHandPanel, at(2))
    assert cell(panel, "net h1", "Rounded") == "0.38" and cell(panel, "out h1", "Rounded") == ""
    assert "net h1" in panel.summary.text() or "net h2" in panel.summary.text()
    assert panel.table.currentIndex().row() == 1


def test_other_decimals_work_it_out_anew_and_are_kept_as_a_setting(show: Show, qtbot: QtBot) -> None:
    panel, settings = show(ByHandPanel, at()), Settings(None)
    panel.apply_settings(settings)
    panel.setting_chosen.connect(lambda key, value: settings.change(**{key: value}))
    settings.watch(lambda keys: (panel.apply_settings(settings), panel.refresh(at())))
    panel.decimals.setValue(4)
    assert settings["by_hand_decimals"] == 4 and cell(panel, "net h1", "Rounded") == "0.3775"
    panel.decimals.setValue(0)
    assert cell(panel, "net h1", "Rounded") == "0"


def test_a_row_selects_its_element_and_enter_goes_to_its_moment(show: Show, qtbot: QtBot) -> None:
    panel = show(ByHandPanel, at())
    panel.table.setFocus()
    with qtbot.waitSignal(panel.element_selected) as chosen:
        panel.table.setCurrentIndex(panel.model.index(0, 0))
    assert chosen.args == [Unit(1, 0)]
    with qtbot.waitSignal(panel.moment_requested) as asked:
        panel.table.activated.emit(panel.model.index(3, 0))
    assert asked.args == [panel.model.lines[3].place + 1]


def test_the_copy_has_every_digit(show: Show, qtbot: QtBot) -> None:
    panel = show(ByHandPanel, at())
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == panel.model.rowCount() + 1 and lines[0].split("\t") == [column.title for column in COLUMNS]
    assert lines[1].split("\t")[:4] == ["net h1", "0.15·0.05 + 0.2·0.1 + 0.35", "0.38", "0.3775"]


def test_large_networks_say_why_there_is_nothing(show: Show) -> None:
    panel = show(ByHandPanel, at(document=views.digits(32)))
    assert "up to 200 operations" in panel.empty.text() and panel.table.isHidden()
    panel.refresh(None)
    assert "Open a network" in panel.empty.text()
