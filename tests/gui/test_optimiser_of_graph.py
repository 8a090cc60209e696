"""A computation graph may be given an optimiser, and lose it again; time, Play and Undo follow."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialog

from nnviz.gui.dialogs.optimiser import OptimiserDialog
from nnviz.gui.workbench import Workbench
from nnviz.session.session import Session
from tests.gui.hands import Opened


def session_of(workbench: Workbench) -> Session:
    assert workbench.controller.session is not None
    return workbench.controller.session


def choose_in_bar(workbench: Workbench, name: str) -> None:
    box = workbench.training_bar.optimiser
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_a_graph_without_an_optimiser_is_given_one_in_the_bar_and_back(opened: Opened, qtbot, name: str) -> None:
    workbench = opened("gate-product-sum")
    bar = workbench.training_bar
    assert bar.optimiser.row_name() == "none" and workbench.timeline.isHidden()
    choose_in_bar(workbench, name)
    session, control = session_of(workbench), workbench.controller
    assert session.document.is_trained and session.document.optimiser.name == name
    assert bar.optimiser.row_name() == name and workbench.timeline.isVisible()
    assert "optimiser" in control.undo_label
    workbench.window.settings.change(play_speed="full")
    control.play()
    qtbot.waitUntil(lambda: control.view is not None and control.view.updates_done > 20)
    control.pause()
    assert workbench.timeline.slider.maximum() >= 20
    choose_in_bar(workbench, "none")
    assert not session.document.is_trained and workbench.timeline.isHidden() and bar.optimiser.row_name() == "none"
    before = session.record.new_parameters.copy()
    control.play()
    qtbot.waitUntil(lambda: control.view is not None and control.view.moment.cursor > 0)
    assert control.view is not None and not control.view.flows, "Play goes through the pass"
    control.pause()
    assert (session.record.new_parameters == before).all()
    control.undo()
    assert session.document.is_trained and workbench.timeline.isVisible() and bar.optimiser.row_name() == name
    control.undo()
    assert not session.document.is_trained and workbench.timeline.isHidden()
    workbench.documents.open_example("xor")
    assert bar.optimiser.findData("none") < 0 and bar.optimiser.row_name() == "sgd"


def test_the_dialog_gives_a_graph_its_optimiser_and_takes_it_away(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = opened("gate-product-sum")

    def accepted(dialog: OptimiserDialog, none: bool) -> int:
        assert dialog.none.isVisibleTo(dialog) and dialog.none.isChecked() is not none
        assert not dialog.apply_button.isEnabled()
        dialog.none.setChecked(none)
        assert dialog.apply_button.isEnabled() and dialog.field.isEnabled() is not none
        return int(QDialog.DialogCode.Accepted)

    for none in (False, True):
        monkeypatch.setattr(OptimiserDialog, "exec", lambda dialog, none=none: accepted(dialog, none))
        workbench.window.commands["optimiser"].trigger()
        assert session_of(workbench).document.is_trained is not none
