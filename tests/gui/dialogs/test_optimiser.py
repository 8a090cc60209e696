"""The dialog asks for exactly what differs, and the window makes of it one undoable edit in the middle of training."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from nnviz.engine.network import Choice
from nnviz.engine.optimisers import TABLE
from nnviz.engine.penalties import OPTIONS
from nnviz.gui.dialogs.optimiser import OptimiserDialog
from nnviz.report.numbers import typeset
from nnviz.session.examples import open_document
from nnviz.session.session import Session


def opened(qtbot: QtBot, choice: Choice) -> OptimiserDialog:
    dialog = OptimiserDialog(choice)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    return dialog


def retype(qtbot: QtBot, dialog: OptimiserDialog, key: str, text: str) -> None:
    box = dialog.field.options.boxes[key]
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, text)


@pytest.mark.parametrize("name", TABLE)
def test_every_optimiser_has_its_formula_and_a_box_for_each_of_its_numbers(qtbot: QtBot, name: str) -> None:
    dialog = opened(qtbot, Choice("sgd"))
    dialog.field.set_row(name)
    assert dialog.formula.text() == typeset(TABLE[name].formula)
    assert set(OPTIONS) <= set(dialog.field.options.boxes) == set(TABLE[name].options)


def test_nothing_typed_is_nothing_to_change(qtbot: QtBot) -> None:
    dialog = opened(qtbot, Choice("adam", (("beta1", 0.8), ("l2", 0.1))))
    assert dialog.values() == {} and not dialog.apply_button.isEnabled()
    assert dialog.consequence.text() == "Nothing is changed yet."
    retype(qtbot, dialog, "l2", "0.2")
    assert dialog.apply_button.isEnabled() and "goes on" in dialog.consequence.text()


def test_what_is_typed_is_one_edit_that_keeps_the_memory(qtbot: QtBot) -> None:
    session = Session(open_document("xor"))
    session.edit({"optimiser.name": "momentum"}, "momentum")
    session.advance_steps(5)
    before = session.state.vector.tobytes()
    dialog = opened(qtbot, session.document.optimiser)
    retype(qtbot, dialog, "l2", "0.01")
    retype(qtbot, dialog, "clip_norm", "2")
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.apply_button, Qt.MouseButton.LeftButton)
    assert dialog.values() == {"optimiser.l2": 0.01, "optimiser.clip_norm": 2.0}
    session.edit(dialog.values(), dialog.label())
    assert session.state.vector.tobytes() == before and session.document.get("optimiser.l2") == 0.01
    session.undo()
    assert session.document.get("optimiser.l2") == 0.0


def test_a_number_that_was_taken_back_is_asked_for(qtbot: QtBot) -> None:
    dialog = opened(qtbot, Choice("sgd", (("l2", 0.5),)))
    retype(qtbot, dialog, "l2", "0")
    assert dialog.values() == {"optimiser.l2": 0.0}


def test_a_wrong_number_is_said_and_not_taken(qtbot: QtBot) -> None:
    dialog = opened(qtbot, Choice("sgd"))
    retype(qtbot, dialog, "clip_value", "-1")
    assert not dialog.apply_button.isEnabled() and dialog.problem_line.text()
