"""The table of examples by hand: typed into, copied, pasted, its rows deleted and shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs.paste import PasteDialog
from nnviz.gui.panels.data_table import what_was_pasted
from nnviz.session.document import apply_settings
from nnviz.session.example_rows import is_by_hand
from tests.gui.panels.data_hand import Hand
from tests.gui.panels.views import digits, view_of, xor


def _type(it: Hand, row: int, column: int, text: str) -> None:
    it.table.setCurrentIndex(it.panel.model.index(row, column))
    it.table.edit(it.table.currentIndex())
    editor = [line for line in it.table.findChildren(QLineEdit) if line.isVisible()][-1]
    editor.selectAll()
    it.qtbot.keyClicks(editor, text)
    it.qtbot.keyClick(editor, Qt.Key.Key_Return)
    it.qtbot.waitUntil(lambda: bool(it.labels or it.said))       # Qt takes what was typed a moment later


def test_a_cell_is_typed_over_as_one_edit_like_set(hand: Any) -> None:
    it = hand(xor())
    _type(it, 1, 0, "0,25")
    assert it.rows.inputs[1].tolist() == [0.25, 1.0] and it.labels == ["i1 of example 1 = 0,25"]
    tree = it.session.document.raw["data"]
    by_set = apply_settings(xor(), ["data=" + str(tree).replace("'", '"')])
    assert by_set.to_bytes() == it.session.document.to_bytes()


def test_what_is_no_number_is_refused_and_named(hand: Any) -> None:
    it = hand(xor())
    _type(it, 2, 1, "abc")
    assert not it.labels and it.said[-1] == "example 2, i2: 'abc' is not a number. Type a number such as 0.25."
    it.said.clear()
    _type(it, 2, 2, "3")
    assert not it.labels and "a target must be from 0 to 1" in it.said[-1]


def test_typing_into_the_last_row_adds_an_example(hand: Any) -> None:
    it = hand(xor())
    _type(it, 4, 1, "0.5")
    assert it.rows.inputs[4].tolist() == [0.0, 0.5] and it.labels == ["add an example"]


def test_a_part_is_chosen_from_a_list(hand: Any, qtbot: QtBot) -> None:
    it = hand(xor())
    it.table.setCurrentIndex(it.panel.model.index(0, 3))
    it.table.edit(it.table.currentIndex())
    box = it.table.findChild(QComboBox)
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert it.rows.training == 3 and it.rows.inputs[3].tolist() == [0.0, 0.0]


def test_pasting_what_was_copied_changes_nothing(hand: Any, qtbot: QtBot) -> None:
    it = hand()
    it.table.setFocus()
    it.table.selectAll()
    qtbot.keyClick(it.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("i1\ti2\to1\tpart\n") and copied.count("\n") == len(it.rows) + 1
    qtbot.keyClick(it.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert not it.labels and not is_by_hand(it.session.document) and it.said[-1:] == [""]


def test_a_block_is_pasted_over_the_cells_from_the_selected_one_on(hand: Any, qtbot: QtBot) -> None:
    it = hand(xor())
    QGuiApplication.clipboard().setText("0,5\t0,25\n1,5\t-2\n")
    it.table.setCurrentIndex(it.panel.model.index(1, 0))
    qtbot.keyClick(it.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert it.rows.inputs.tolist() == [[0, 0], [0.5, 0.25], [1.5, -2], [1, 1]] and it.labels == ["paste 2 rows"]


def test_without_chosen_rows_what_is_pasted_is_added_and_said(hand: Any) -> None:
    it = hand()
    it.panel.refresh(view_of(it.session, example=6))        # shown in the picture, chosen by nobody
    before = it.rows
    QGuiApplication.clipboard().setText("x\ty\tinside\n1.5\t2.25\t1\n-1\t0.5\t0\n")
    it.panel.paste_button.click()
    assert np.array_equal(it.rows.inputs[: before.training], before.inputs[: before.training])
    assert it.rows.inputs[before.training : before.training + 2].tolist() == [[1.5, 2.25], [-1, 0.5]]
    assert len(it.rows) == len(before) + 2 and it.told[0].startswith("2 examples added. The examples are now your own")


def test_over_chosen_rows_what_is_pasted_is_said_too(hand: Any) -> None:
    it = hand(xor())
    it.plane.set_tool("select")
    it.plane.choose(np.array([1]), False)
    QGuiApplication.clipboard().setText("0.5\t0.25\n1.5\t-2\n")
    it.panel.paste_button.click()
    assert it.rows.inputs.tolist() == [[0, 0], [0.5, 0.25], [1.5, -2], [1, 1]]
    assert it.told[0].startswith("Rows 1 to 2 replaced.")
    it.panel.paste_button.click()
    assert len(it.labels) == 1 and it.told[-1].endswith("nothing has changed.")


def test_what_pasting_has_done_is_said_row_by_row() -> None:
    assert what_was_pasted(4, 5, 3, 2) == "Row 3 replaced. 1 example added."
    assert what_was_pasted(4, 6, 0, 6) == what_was_pasted(9, 6, 2, 6) == "All examples replaced by 6 rows."
    assert what_was_pasted(4, 6, 4, 2) == "2 examples added."
    assert what_was_pasted(9, 9, 4, 1, moved=True) == "1 row replaced and moved to its part."
    assert "rows 4" not in what_was_pasted(9, 9, 4, 2, moved=True).lower()


def test_what_cannot_be_read_is_said_with_row_and_column(hand: Any) -> None:
    it = hand(xor())
    QGuiApplication.clipboard().setText("1\t2\n3\tx\n")
    it.panel.paste_button.click()
    assert not it.labels and it.said[-1].startswith("row 2, column 2 (i2): 'x' is not a number")


def test_another_shape_is_shown_first_and_may_replace_all(hand: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    it = hand(xor())
    dialogs: list[PasteDialog] = []

    def choose(dialog: PasteDialog) -> bool:
        dialogs.append(dialog)
        dialog.where.setCurrentIndex(dialog.where.findData("replace"))
        return True

    monkeypatch.setattr(PasteDialog, "exec", choose)
    monkeypatch.setattr(PasteDialog, "deleteLater", lambda dialog: None)
    QGuiApplication.clipboard().setText("i2\to1\ti1\tnote\n" + "".join(f"{k}\t1\t-{k}\ta\n" for k in range(1, 7)))
    it.panel.paste_button.click()
    dialog = dialogs[0]
    assert dialog.told.text() == ("6 rows are pasted, 6 of them as new examples. "
                                  "Column 4 (note) has no place here and is left out.")
    assert [dialog.preview.headerData(c, Qt.Orientation.Horizontal) for c in range(4)] == ["i2", "o1", "i1", "–"]
    assert it.rows.inputs.tolist() == [[-k, k] for k in range(1, 7)] and it.labels == ["paste 6 rows"]


def test_rows_that_are_selected_whole_are_deleted(hand: Any, qtbot: QtBot) -> None:
    it = hand(xor())
    it.table.setCurrentIndex(it.panel.model.index(1, 1))
    qtbot.keyClick(it.table, Qt.Key.Key_Delete)
    assert not it.labels and "Select whole rows" in it.said[-1]
    qtbot.keyClick(it.table, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(it.table, Qt.Key.Key_Delete)
    assert it.rows.inputs.tolist() == [[0, 0], [1, 0], [1, 1]]


def test_a_row_that_is_chosen_is_shown_and_the_shown_one_is_gone_to(hand: Any, qtbot: QtBot) -> None:
    it = hand(xor())
    with qtbot.waitSignal(it.panel.example_chosen) as chosen:
        it.table.setCurrentIndex(it.panel.model.index(2, 0))
    assert chosen.args == [2]
    it.table.clearSelection()
    it.plane.setFocus()
    it.panel.refresh(view_of(it.session, example=3))
    assert it.plane.shown == 3


def test_many_pictures_are_shown_small_and_locked_with_a_sentence(hand: Any) -> None:
    it = hand(digits(500))
    model = it.panel.model
    assert [model.headerData(c, Qt.Orientation.Horizontal) for c in range(model.columnCount())] == [
        "picture", "class", "part"]
    assert not model.data(model.index(0, 0), Qt.ItemDataRole.DecorationRole).isNull()
    assert "500 examples of 794 numbers each are more than the 200,000" in it.panel.locked.text()
    assert not model.flags(model.index(0, 1)) & Qt.ItemFlag.ItemIsEditable and not it.plane.isVisible()


def test_the_class_of_a_picture_can_be_another(hand: Any) -> None:
    it = hand(digits(50))
    model = it.panel.model
    before = int(it.rows.targets[0].argmax())
    assert model.setData(model.index(0, 1), it.session.problem.network.names(3)[(before + 1) % 10])
    assert int(it.rows.targets[0].argmax()) == (before + 1) % 10
