"""The panel of the gradient check: what it finds, names, counts and colours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from nnviz.gui.panels import check as module
from nnviz.gui.panels.check import CheckPanel
from nnviz.gui.resolving import dead_units, drawing_of_moment
from nnviz.gui.settings import Settings
from nnviz.report.edge_measures import Colouring
from nnviz.report.elements import Weight
from nnviz.session.session import Session
from tests.gui.panels.views import mazur, view_of, xor


def checked(qtbot: Any, show: Any, session: Session) -> CheckPanel:
    panel: CheckPanel = show(CheckPanel, view_of(session))
    with qtbot.waitSignal(panel.checked):
        qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    return panel


def names(panel: CheckPanel) -> list[str]:
    return [str(panel.list.model().index(row, 0).data()) for row in range(panel.list.model().rowCount())]


def test_it_says_whether_the_gradients_are_right_and_how_long_both_ways_took(qtbot: Any, show: Any) -> None:
    panel = checked(qtbot, show, Session(mazur()))
    assert panel.verdict.text().startswith("The gradients of 10 parameters are right")
    assert panel.times.text().startswith("by formula ") and "complex step" in panel.times.text()
    assert panel.plot.isVisible() and panel.list.isVisible()
    assert panel.bars.getData()[1].sum() == 10


def test_a_wrong_gradient_is_first_in_the_list_and_selected_by_a_click(
    qtbot: Any, show: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = module.check_gradients

    def wrong(*given: Any) -> Any:
        found = right(*given)
        assert found is not None
        analytic = found.analytic.copy()
        analytic[5] *= 1.5
        return replace(found, analytic=analytic)

    monkeypatch.setattr(module, "check_gradients", wrong)
    panel = checked(qtbot, show, Session(mazur()))
    assert panel.verdict.text().startswith("1 gradient of 10 is wrong")
    assert names(panel)[0].startswith("w5 ")
    with qtbot.waitSignal(panel.element_selected) as chosen:
        place = panel.list.visualRect(panel.list.model().index(0, 0)).topLeft() + QPoint(4, 4)
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == [Weight(2, 0, 0)]


def test_what_was_found_can_be_copied(qtbot: Any, show: Any) -> None:
    panel = checked(qtbot, show, Session(mazur()))
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert "W2[0,0]" in text and "relative error" in text and panel.verdict.text().replace("−", "-") in text


def test_the_edges_take_the_error_only_while_the_checked_step_is_shown(qtbot: Any, show: Any) -> None:
    session = Session(xor())
    panel = checked(qtbot, show, session)
    view = view_of(session)
    found = panel.check_of(view)
    assert found is panel.check and found is not None
    colouring = Colouring("error", found)
    drawing = drawing_of_moment(view.document, view.moment, dead_units(view.survey), colouring=colouring)
    assert drawing.colour_name == "relative error" and not drawing.colours_gradients
    assert np.array_equal(drawing.connections[1].gradients, found.array("W2", found.errors))
    assert all(layer.gradients_known.all() for layer in drawing.connections)
    session.advance_steps(2)
    panel.refresh(view_of(session))
    assert panel.check_of(view_of(session)) is None
    assert "which is not the one shown" in panel.verdict.text()


def test_what_colours_the_edges_is_the_one_choice_that_the_settings_hold(qtbot: Any, show: Any) -> None:
    panel: CheckPanel = show(CheckPanel, view_of(Session(xor())))
    with qtbot.waitSignal(panel.setting_chosen) as chosen:
        panel.colour.setCurrentIndex(panel.colour.findData("error"))
    assert chosen.args == ["edge_colour", "error"]
    settings = Settings()
    settings.change(edge_colour="ratio")
    with qtbot.assertNotEmitted(panel.setting_chosen):
        panel.apply_settings(settings)
    assert panel.colour.currentData() == "ratio"


def test_a_long_check_shows_its_progress_and_can_be_cancelled(
    qtbot: Any, show: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(problem: Any, parameters: Any, rows: Any, progress: Any, cancelled: Any) -> None:
        progress(3, 10)
        while not cancelled():
            pass

    monkeypatch.setattr(module, "check_gradients", endless)
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    panel = show(CheckPanel, view_of(Session(mazur())))
    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(panel.cancel.isVisible)
    assert (panel.progress.value(), panel.progress.maximum()) == (3, 10)
    with qtbot.waitSignal(panel.checked):
        qtbot.mouseClick(panel.cancel, Qt.MouseButton.LeftButton)
    assert panel.check is None and not panel.cancel.isVisible() and panel.button.isEnabled()


def test_another_network_forgets_the_check(qtbot: Any, show: Any) -> None:
    panel = checked(qtbot, show, Session(mazur()))
    other = view_of(Session(xor()))
    panel.refresh(other)
    assert panel.check is None and panel.check_of(other) is None and not panel.list.isVisible()
