"""The form of the configuration, by keys and clicks: it follows the document, says what a change does, and asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.options import Option
from nnviz.gui.field_editors import STARTS_OVER, ChoiceEditor, NumberEditor
from nnviz.gui.fields import WRONG_TEXT
from nnviz.gui.panels.configuration import ConfigurationPanel
from nnviz.gui.panels.configuration_form import FieldRow
from nnviz.gui.theme import DARK
from nnviz.session.configuration import fields_of
from nnviz.session.configuring import Marks
from nnviz.session.document import Document, apply_settings
from nnviz.session.examples import open_document
from nnviz.session.session import Session
from tests.gui.panels.views import circle, view_of, xor

Edits = list[tuple[dict[str, Any], str]]


class Hand:
    """A panel on a session, whose edits are made as the window makes them."""

    def __init__(self, panel: ConfigurationPanel, session: Session, qtbot: QtBot) -> None:
        self.panel, self.session, self.qtbot = panel, session, qtbot
        self.edits: Edits = []
        panel.edit_requested.connect(self._edit)
        panel.reshape_requested.connect(self._reshape)

    def _edit(self, values: dict[str, Any], label: str) -> None:
        self.edits.append((values, label))
        self.session.edit(values, label)
        self.show()
        self.panel.settle()

    def _reshape(self, change: Callable[[Document, bool], Document], label: str) -> None:
        self.edits.append(({}, label))
        keep = self.panel.layers_box.keep.isChecked()
        self.session.reshape(change(self.session.document_now(), keep), label)
        self.show()
        self.panel.settle()

    def show(self) -> None:
        self.panel.refresh(view_of(self.session))

    def row(self, path: str) -> FieldRow:
        return self.panel.rows()[path]

    def control(self, path: str) -> Any:
        return self.row(path).editor.control

    def type(self, path: str, text: str) -> QWidget:
        """Types a text into a field, which then has the keyboard."""
        control = self.control(path)
        control.setFocus()
        line = control if isinstance(control, QLineEdit) else control.findChild(QLineEdit)
        line.selectAll()
        self.qtbot.keyClicks(control, text)
        return control

    def enter(self, path: str, text: str) -> None:
        """The same, settled with Enter."""
        self.qtbot.keyClick(self.type(path, text), Qt.Key.Key_Return)

    def open_list(self, path: str) -> QComboBox:
        """Opens a list by the Down key."""
        box = self.control(path)
        box.setFocus()
        self.qtbot.keyClick(box, Qt.Key.Key_Down)
        self.qtbot.waitUntil(lambda: box.view().isVisible())
        return box

    def choose(self, path: str, name: str) -> None:
        """Chooses a row by keys in its list."""
        box = self.open_list(path)
        while box.view().currentIndex().data(Qt.ItemDataRole.UserRole) != name:
            wanted = box.findData(name)
            key = Qt.Key.Key_Down if wanted > box.view().currentIndex().row() else Qt.Key.Key_Up
            self.qtbot.keyClick(box.view(), key)
        self.qtbot.keyClick(box.view(), Qt.Key.Key_Return)


@pytest.fixture
def hand(show: Any, qtbot: QtBot) -> Callable[..., Hand]:
    def made(document: Document | None = None, size: tuple[int, int] = (340, 760)) -> Hand:
        session = Session(document or xor())
        session.advance_steps(3)
        panel = show(ConfigurationPanel, view_of(session), size)
        panel.activateWindow()
        found = Hand(panel, session, qtbot)
        panel.finish_marks()
        return found

    return made


def test_a_number_is_settled_by_enter_and_is_one_edit_at_its_path(hand: Callable[..., Hand]) -> None:
    form = hand()
    form.enter("optimiser.learning_rate", "0.25")
    assert form.edits == [({"optimiser.learning_rate": 0.25}, "learning rate 0.25")]
    assert form.session.document.learning_rate == 0.25 and form.session.step == 4
    form.session.undo()
    form.show()
    assert form.control("optimiser.learning_rate").text() == "0.5"


def test_a_number_is_settled_by_leaving_the_field_and_brought_back_by_esc(hand: Callable[..., Hand], qtbot: QtBot
                                                                         ) -> None:
    form = hand()
    box = form.type("seed", "77")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == "3" and not form.edits
    form.type("optimiser.learning_rate", "0.3")
    form.control("batch_size").setFocus()
    assert form.edits == [({"optimiser.learning_rate": 0.3}, "learning rate 0.3")]


def test_the_arrow_keys_multiply_a_learning_rate(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    form = hand()
    box = form.control("optimiser.learning_rate")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Up)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert box.text() == "2"
    qtbot.waitUntil(lambda: bool(form.edits))
    assert form.edits == [({"optimiser.learning_rate": 2.0}, "learning rate 2")]      # the steps are one edit


def test_a_row_is_chosen_in_its_list_and_what_is_passed_on_the_way_is_not_taken(hand: Callable[..., Hand]) -> None:
    form = hand()
    form.choose("optimiser.name", "adam")
    assert [values for values, _ in form.edits] == [{"optimiser.name": "adam"}]
    assert form.edits[0][1] == "optimiser Adam"
    assert {"optimiser.beta1", "optimiser.beta2", "optimiser.epsilon"} <= set(form.panel.rows())
    form.enter("optimiser.beta1", "0.8")
    assert dict(form.session.document.optimiser.options)["beta1"] == 0.8


def test_a_list_that_is_closed_by_esc_changes_nothing(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    form = hand()
    box = form.open_list("layers.0.activation")
    qtbot.keyClick(box.view(), Qt.Key.Key_Down)
    qtbot.keyClick(box.view(), Qt.Key.Key_Escape)
    assert box.row_name() == "tanh" and not form.edits


def test_while_a_list_is_looked_through_the_sentence_tells_what_each_row_would_do(hand: Callable[..., Hand],
                                                                                qtbot: QtBot) -> None:
    form = hand()
    box, said = form.open_list("layers.0.activation"), {}
    box.view().setCurrentIndex(box.model().index(0, 0))
    for place in range(box.count()):
        box.highlighted.emit(place)
        said[box.itemData(place)] = form.panel.foot.said.text()
    assert said["maxout"] == "Training starts over: the units get another number of pieces."
    assert said["relu"] == "Training goes on with the same weights."
    assert STARTS_OVER in box.itemText(box.findData("maxout")) and STARTS_OVER not in box.itemText(box.findData("relu"))
    qtbot.keyClick(box.view(), Qt.Key.Key_Escape)
    assert not form.edits


def test_while_a_number_is_typed_the_sentence_tells_whether_training_starts_over(hand: Callable[..., Hand]) -> None:
    form = hand()
    form.type("seed", "8")
    assert form.panel.foot.said.text() == "Training starts over: another seed means another start."
    form.control("seed").restore()
    form.type("optimiser.learning_rate", "0.7")
    assert form.panel.foot.said.text() == "Training goes on with the same weights."
    assert not [edit for edit in form.edits if "seed" in edit[0]]


@pytest.mark.parametrize("name", ["xor", "mazur-2-2-2", "spiral", "surface-ravine", "gate-sigmoid-neuron"])
def test_the_marks_are_those_of_the_session(hand: Callable[..., Hand], name: str) -> None:
    form = hand(open_document(name))
    form.panel.layers_box.keep.setChecked(False)
    form.panel.finish_marks()
    marks = Marks(form.session.document, form.panel._own_inputs)
    for path, row in form.panel.rows().items():
        assert row.reason == marks.of(row.entry), path
        assert (row.mark.text() == STARTS_OVER) == bool(row.reason)
        assert not row.reason or row.reason in row.mark.toolTip()


@pytest.mark.parametrize("name", ["xor", "digits-784-16-16-10", "surface-ravine", "gate-sigmoid-neuron", "gate-branch"])
def test_the_form_has_every_field_and_shows_its_value(hand: Callable[..., Hand], name: str) -> None:
    form = hand(open_document(name))
    for part in form.panel.parts.values():
        part.set_open(True)
    wanted = fields_of(form.session.document)
    assert list(form.panel.rows()) == list(wanted)
    for path, row in form.panel.rows().items():
        assert row.entry == wanted[path]
        if isinstance(row.editor, NumberEditor):
            assert row.editor.box.value() == wanted[path].value
        if isinstance(row.editor, ChoiceEditor):
            assert row.editor.box.row_name() == wanted[path].value


def test_a_new_option_and_a_new_row_are_there_without_the_panel_knowing(hand: Callable[..., Hand],
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    row = OPTIMISERS["sgd"]
    wobble = Option(0.5, 0.0, 2.0, "how much it wobbles", unit="per step")
    monkeypatch.setitem(OPTIMISERS, "sgd", replace(row, options={**row.options, "wobble": wobble}))
    monkeypatch.setitem(OPTIMISERS, "wobbly", replace(row, name="wobbly", label="Wobbly descent"))
    form = hand()
    assert form.control("optimiser.wobble").text() == "0.5"
    assert form.row("optimiser.wobble").editor.unit.text() == "per step"
    assert form.control("optimiser.name").findText("Wobbly descent") >= 0


def said_wrong(row: FieldRow) -> str:
    """What is to be read below the field in the colour that warns."""
    return " ".join(label.text() for label in row.findChildren(QLabel)
                    if label.styleSheet() == WRONG_TEXT and not label.isHidden())


def test_what_is_out_of_limits_is_said_beside_the_field_and_never_asked_for(hand: Callable[..., Hand]) -> None:
    form = hand(xor(data={"name": "circle"}))
    form.enter("data.noise", "5")
    row = form.row("data.noise")
    assert said_wrong(row) == "Data: Noise must be a number from 0 to 1, not “5”."
    assert not form.edits
    form.enter("data.noise", "0.5")
    assert said_wrong(row) == "" and form.edits[0][0] == {"data.noise": 0.5}


def test_a_number_that_hardly_anybody_takes_is_said_to_be_unusual_and_taken(hand: Callable[..., Hand]) -> None:
    form = hand()
    form.type("optimiser.learning_rate", "50")
    assert form.panel.foot.said.text() == (
        "50 is unusual here, where most take 1e-5 to 10. Training goes on with the same weights.")
    assert "Usual are 1e-5 to 10." in form.panel.foot.help.text()
    form.enter("optimiser.learning_rate", "50")
    assert form.session.document.learning_rate == 50.0


def test_a_row_that_cannot_be_had_is_refused_beside_its_field(hand: Callable[..., Hand]) -> None:
    form = hand(open_document("regression-sine"))
    before = form.control("loss").row_name()
    form.choose("loss", "binary_cross_entropy")
    row = form.row("loss")
    assert not form.edits and row.editor.control.row_name() == before
    assert "cannot take" in said_wrong(row)


def test_other_data_say_beforehand_which_output_and_loss_they_bring(hand: Callable[..., Hand]) -> None:
    form = hand(open_document("clouds"))
    box = form.open_list("data.name")
    form.qtbot.keyClick(box.view(), Qt.Key.Key_Home)
    assert box.view().currentIndex().data(Qt.ItemDataRole.UserRole) == "xor"
    said = form.panel.foot.said.text()
    assert said.startswith("Training starts over") and "become Sigmoid and the loss Binary cross-entropy" in said
    form.qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    network = form.session.document.network
    assert (network.layers[-1].activation.name, network.loss.name) == ("sigmoid", "binary_cross_entropy")


def test_formulas_are_settled_by_enter(hand: Callable[..., Hand]) -> None:
    form = hand()
    form.type("data.features", "x1, x2, x1*x2")
    assert form.panel.foot.said.text() == "Training starts over: the network gets another shape."
    form.enter("data.features", "x1, x2, x1*x2")
    assert form.session.document.network.sizes == (3, 4, 1)
    assert form.control("data.features").text() == "x1, x2, x1*x2"


def test_units_keep_what_was_learned_or_start_anew(hand: Callable[..., Hand]) -> None:
    form = hand()
    loss = form.session.record.loss
    assert form.row("layers.0.units").reason == ""
    form.type("layers.0.units", "6")
    assert form.panel.foot.said.text() == "What was learned is kept, and training goes on."
    form.enter("layers.0.units", "6")
    assert form.session.document.network.sizes == (2, 6, 1) and form.session.updates_done == 3
    form.session.advance_step()
    assert form.session.record.loss < loss
    form.panel.layers_box.keep.setChecked(False)
    form.panel.finish_marks()
    assert form.row("layers.0.units").reason == "the network gets another shape"
    form.enter("layers.0.units", "5")
    assert form.session.updates_done == 0 and form.session.document.network.sizes == (2, 5, 1)


def test_layers_are_added_and_removed_by_keys(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    form = hand()
    add = form.panel.layers_box.add
    add.setFocus()
    qtbot.keyClick(add, Qt.Key.Key_Space)
    assert form.session.document.network.sizes == (2, 4, 4, 1) and form.session.updates_done == 3
    assert "layers.2.activation" in form.panel.rows()
    remove = form.panel.parts["architecture"].groups[1].remove
    remove.setFocus()
    qtbot.keyClick(remove, Qt.Key.Key_Space)
    assert form.session.document.network.sizes == (2, 4, 1)
    assert [label for _, label in form.edits] == ["add a hidden layer", "remove hidden layer 2"]
    assert "layers.2.activation" not in form.panel.rows()


def test_collected_changes_are_one_edit(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    form = hand()
    qtbot.mouseClick(form.panel.foot.collect, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    form.choose("optimiser.name", "adam")
    form.enter("optimiser.beta1", "0.7")
    form.enter("seed", "9")
    assert not form.edits and "(changed)" in form.row("seed").title.text()
    assert "3 changes are collected." in form.panel.foot.said.text()
    assert "another seed" in form.panel.foot.said.text()
    form.choose("optimiser.name", "sgd")
    form.choose("optimiser.name", "momentum")
    qtbot.mouseClick(form.panel.foot.apply, Qt.MouseButton.LeftButton)
    assert len(form.edits) == 1 and form.session.document.optimiser.name == "momentum"
    assert form.session.document.seed == 9
    form.session.undo()
    form.show()
    assert form.control("seed").text() == "3" and form.control("optimiser.name").row_name() == "sgd"


def test_collected_units_and_layers_keep_what_was_learned_as_single_ones_do(hand: Callable[..., Hand], qtbot: QtBot
                                                                            ) -> None:
    form, single = hand(), hand()
    loss = form.session.record.loss
    form.panel.foot.collect.setChecked(True)
    form.panel.finish_marks()
    assert form.row("layers.0.units").reason == ""
    form.enter("layers.0.units", "2")
    form.type("layers.0.units", "6")
    assert form.panel.foot.said.text() == "What was learned is kept, and training goes on."
    form.enter("layers.0.units", "6")
    form.enter("optimiser.learning_rate", "0.25")
    form.panel.layers_box.add.click()
    assert form.session.document.network.sizes == (2, 4, 1) and form.panel.shown.network.sizes == (2, 6, 6, 1)
    assert form.panel.foot.said.text().startswith("3 changes are collected. What was learned is kept")
    form.panel.foot.apply.click()
    single.enter("layers.0.units", "6")
    single.enter("optimiser.learning_rate", "0.25")
    single.panel.layers_box.add.click()
    assert len(form.edits) == 1 and form.session.updates_done == 3
    assert form.session.document_now().to_bytes() == single.session.document_now().to_bytes()
    form.session.advance_step()
    assert form.session.record.loss < loss


def test_collected_units_start_anew_where_another_change_does_or_nothing_is_to_be_kept(
    hand: Callable[..., Hand]
) -> None:
    form = hand()
    form.panel.foot.collect.setChecked(True)
    form.enter("layers.0.units", "6")
    form.enter("seed", "9")
    assert "another seed" in form.panel.foot.said.text()
    form.type("layers.0.units", "5")
    assert "another seed" in form.panel.foot.said.text()
    form.panel.foot.discard.click()
    form.enter("layers.0.units", "6")
    form.panel.layers_box.keep.setChecked(False)
    form.panel.finish_marks()
    assert "another shape" in form.panel.foot.said.text()
    assert form.row("layers.0.units").reason == "the network gets another shape"
    form.panel.foot.apply.click()
    assert form.session.updates_done == 0 and form.session.document.network.sizes == (2, 6, 1)


def test_units_that_cannot_keep_what_was_learned_are_refused_when_they_are_collected(hand: Callable[..., Hand]) -> None:
    form = hand(xor().with_value("layers.0.activation", "softmax"))
    said: list[str] = []
    form.panel.refused.connect(said.append)
    form.panel.foot.collect.setChecked(True)
    form.enter("layers.0.units", "6")
    assert "training starts anew" in said[-1] and form.control("layers.0.units").value() == 4
    form.panel.layers_box.keep.setChecked(False)
    form.enter("layers.0.units", "6")
    form.panel.foot.apply.click()
    assert form.session.document.network.sizes == (2, 6, 1)


def test_an_activation_that_learns_may_be_collected_with_units(hand: Callable[..., Hand]) -> None:
    form = hand()
    form.panel.foot.collect.setChecked(True)
    form.choose("layers.0.activation", "prelu")
    form.enter("layers.0.units", "6")
    assert "is kept" in form.panel.foot.said.text()
    form.panel.foot.apply.click()
    assert form.session.updates_done == 3 and form.session.document.network.sizes == (2, 6, 1)
    assert form.session.document.network.layers[0].activation.name == "prelu"
    form.session.advance_step()


def test_discarded_changes_leave_everything_as_it_was(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    form = hand()
    form.panel.foot.collect.setChecked(True)
    form.enter("seed", "9")
    form.choose("loss", "half_squared_error")
    qtbot.mouseClick(form.panel.foot.discard, Qt.MouseButton.LeftButton)
    assert form.control("seed").text() == "3" and not form.edits
    assert form.control("loss").row_name() == "binary_cross_entropy"


def test_collected_changes_follow_an_edit_from_elsewhere(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    form = hand()
    form.panel.foot.collect.setChecked(True)
    form.enter("seed", "9")
    form.session.edit({"batch_size": 2}, "elsewhere")
    form.show()
    assert form.control("batch_size").currentText() == "2" and form.control("seed").text() == "9"
    qtbot.mouseClick(form.panel.foot.apply, Qt.MouseButton.LeftButton)
    assert (form.session.document.seed, form.session.document.batch_size) == (9, 2)


def told(panel: ConfigurationPanel) -> list[object]:
    """What the form shows."""
    return [(part.section.title, part.is_open, part.head.isVisible(), part.isVisible(), part.summary.text(),
             [(group.header.text(), group.head.isVisible(), group.is_open, group.remove.isVisible(), [
                 (path, row.isVisible(), row.title.text(), bool(row.title.property("heading")), row.entry)
                 for path, row in group.rows.items() if group.is_open]) for group in part.groups],
             [extra.isVisible() for extra in part.extras]) for part in panel.parts.values()]


def test_a_form_that_showed_another_network_is_the_same_as_a_new_one(hand: Callable[..., Hand]) -> None:
    form = hand(open_document("gate-branch"))
    for name in ("vanishing-gradient", "xor", "surface-ravine", "digits-784-16-16-10", "gate-branch", "mazur-2-2-2"):
        form.session = Session(open_document(name))
        form.panel.network = lambda session=form.session: session
        form.show()
        assert told(form.panel) == told(hand(open_document(name)).panel), name


def test_edits_from_elsewhere_are_followed_and_rows_stay(hand: Callable[..., Hand]) -> None:
    form = hand()
    row = form.row("optimiser.learning_rate")
    form.session.edit({"optimiser.learning_rate": 0.125}, "elsewhere")
    form.show()
    assert form.row("optimiser.learning_rate") is row and form.control("optimiser.learning_rate").text() == "0.125"


def test_what_is_being_typed_stays_when_another_setting_changes(hand: Callable[..., Hand]) -> None:
    form = hand()
    box = form.type("seed", "1234")
    form.session.edit({"batch_size": 2}, "elsewhere")
    form.show()
    assert box.text() == "1234" and box.hasFocus()


def test_steps_of_training_touch_nothing(hand: Callable[..., Hand], monkeypatch: pytest.MonkeyPatch) -> None:
    form = hand()
    monkeypatch.setattr(form.panel, "_show_form", lambda: pytest.fail("the form was shown again"))
    form.session.advance_steps(5)
    form.show()


def test_the_search_shows_fields_with_all_its_words(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    form = hand(open_document("vanishing-gradient"))
    qtbot.keyClick(form.panel, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    search = form.panel.search.line
    assert search.hasFocus()
    qtbot.keyClicks(search, "hidden 4 activ")
    seen = [path for path, row in form.panel.rows().items() if row.isVisible()]
    assert "layers.3.activation" in seen and not any(path.startswith("optimiser") for path in seen)
    qtbot.keyClick(search, Qt.Key.Key_Down)
    assert form.panel.rows()[seen[0]].editor.control.hasFocus()
    search.setFocus()
    search.setText("xyzzy")
    assert form.panel.nothing_found.text() == "No setting has “xyzzy”." and form.panel.nothing_found.isVisible()
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == "" and form.row("seed").isVisible()


def test_a_section_is_folded_by_keys_and_stays_so(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    form = hand()
    part = form.panel.parts["architecture"]
    part.header.setFocus()
    qtbot.keyClick(part.header, Qt.Key.Key_Space)
    assert not form.row("layers.0.units").isVisible() and part.summary.text() == "2-4-1"
    form.session.edit({"batch_size": 2}, "elsewhere")
    form.show()
    assert not form.row("layers.0.units").isVisible()
    qtbot.keyClick(part.header, Qt.Key.Key_Space)
    assert form.row("layers.0.units").isVisible()


def test_layers_of_a_deep_network_are_made_when_they_are_unfolded(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    form = hand(open_document("vanishing-gradient"))
    assert "layers.0.units" not in form.panel.rows()
    group = form.panel.parts["architecture"].groups[0]
    assert group.summary.text()
    qtbot.mouseClick(group.header, Qt.MouseButton.LeftButton)
    assert form.row("layers.0.units").isVisible()


def test_tab_visits_every_field_in_its_order(hand: Callable[..., Hand], qtbot: QtBot, qapp: Any) -> None:
    form = hand(size=(340, 1400))
    form.choose("optimiser.name", "adam")
    form.panel.search.line.setFocus()
    wanted = [row.editor.control for row in form.panel.rows().values() if row.isVisible()]
    found: list[QWidget] = []
    for _ in range(80):
        qtbot.keyClick(qapp.focusWidget(), Qt.Key.Key_Tab)
        if qapp.focusWidget() in wanted:
            found.append(qapp.focusWidget())
        if qapp.focusWidget() is form.panel.foot.collect:
            break
    assert found == wanted


def test_the_focused_field_is_explained_with_its_limits(hand: Callable[..., Hand]) -> None:
    form = hand(xor(data={"name": "circle"}))
    form.control("data.test_fraction").setFocus()
    assert form.panel.foot.help.text() == (
        "Share of the points that is kept for testing. A number from 0 to 0.9 (of all).")
    assert "data.test_fraction" in form.panel.foot.help.toolTip()


def test_a_key_in_the_test_fraction_takes_none_of_the_rows_in_hand(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    """What a share of many rows would do is said at every key: Python must not go through them."""

    def calls_of_a_key(rows: int) -> int:
        inputs = [[0.5, number / rows] for number in range(rows)]
        form = hand(xor(data={"inputs": inputs, "targets": [[1.0]] * rows,
                              "test_inputs": inputs[:9], "test_targets": [[0.0]] * 9}))
        control, calls = form.type("data.test_fraction", "0."), 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(count)
        qtbot.keyClicks(control, "3")
        sys.setprofile(None)
        assert form.panel.foot.said.text() == "Training goes on with the same weights."
        if rows < 100:
            qtbot.keyClick(control, Qt.Key.Key_Return)
            source = form.session.document.data
            assert source.split.test_fraction == 0.3 and source.test_rows is None
            assert type(form.session.document.raw["data"]["inputs"][0]) is list
        return calls

    assert calls_of_a_key(3000) < calls_of_a_key(30) + 500


def test_the_differences_are_copied_for_the_command_line(hand: Callable[..., Hand], qtbot: QtBot) -> None:
    form = hand()
    opened = form.session.document
    form.enter("seed", "9")
    form.choose("optimiser.name", "adam")
    qtbot.mouseClick(form.panel.search.copy, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert text == "--set optimiser.name=adam --set seed=9"
    assert apply_settings(opened, text.replace("--set ", "").split()) == form.session.document


def test_the_course_of_the_rate_is_drawn_where_there_is_one(hand: Callable[..., Hand]) -> None:
    form = hand()
    course = form.panel.course_box.course
    assert course.isHidden()
    form.choose("optimiser.learning_rate.schedule", "cosine")
    assert course.isVisible() and course.rates[0] == 0.5 and course.rates[-1] == 0.0
    assert not course.grab().isNull()
    form.panel.set_theme(DARK)
    assert not course.grab().isNull()


def test_every_box_is_named_with_its_layer(hand: Callable[..., Hand]) -> None:
    form = hand()
    names = [row.editor.control.accessibleName() for row in form.panel.rows().values()]
    assert len(set(names)) == len(names)
    assert "Hidden layer: Activation" in names and "Output layer: Activation" in names


@pytest.mark.parametrize("width", [300, 520])
def test_the_form_is_never_wider_than_its_dock(hand: Callable[..., Hand], width: int) -> None:
    form = hand(open_document("spiral"), (width, 600))
    page = form.panel.form.widget()
    assert page.width() <= form.panel.form.viewport().width()
    for row in form.panel.rows().values():
        if row.isVisible():
            control = row.editor.control
            right = control.mapTo(page, QPoint(control.width(), 0)).x()
            assert right <= page.width() and control.width() > 60
            assert isinstance(control, QAbstractSpinBox | QComboBox | QLineEdit | QWidget)


def test_rows_that_are_gone_are_never_marked(hand: Callable[..., Hand], qapp: QApplication) -> None:
    form = hand(circle())
    gone = list(form.panel.rows().values())
    form.panel.search.line.setText("rate")      # begins to look at what changes would do
    form.panel.refresh(None)
    assert not form.panel.rows()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not any(isValid(row) for row in gone)
    form.panel.finish_marks()
