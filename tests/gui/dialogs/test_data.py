"""Data and scaling of an open network: shown first, said when training starts over, one undoable edit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from nnviz.data import datasets
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.gui.dialogs.data import DataDialog
from nnviz.gui.dialogs.data_preview import DataPreview, InputsModel
from nnviz.gui.dialogs.data_section import DATA, FROM_FILE, OWN_ROWS
from nnviz.gui.theme import DARK, LIGHT, Theme
from nnviz.session.document import Document
from nnviz.session.examples import example_names, open_document
from nnviz.session.session import Session

PLANTS = "length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n6.3,3.3,virginica\n4.9,3.0,setosa\n"


def opened(qtbot: QtBot, session: Session, theme: Theme = LIGHT) -> DataDialog:
    dialog = DataDialog(theme, session)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    return dialog


def trained(name: str = "spiral", **values: Any) -> Session:
    session = Session(open_document(name).with_values(values) if values else open_document(name))
    session.advance_steps(4)
    return session


def apply(qtbot: QtBot, dialog: DataDialog, session: Session) -> None:
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.apply_button, Qt.MouseButton.LeftButton)
    session.edit(dialog.values(), dialog.label())


@pytest.mark.parametrize("name", [name for name in example_names() if open_document(name).network.has_units])
def test_every_example_is_shown_as_it_is_and_nothing_is_to_change(qtbot: QtBot, name: str) -> None:
    dialog = opened(qtbot, Session(open_document(name)))
    assert dialog.values() == {} and dialog.problem() == ""
    assert dialog.note.text() == "Nothing is changed yet." and not dialog.apply_button.isEnabled()
    assert dialog.inputs.rowCount() == open_document(name).network.sizes[0]


def test_the_headings_of_the_table_have_a_name_for_whoever_cannot_see_them(qtbot: QtBot) -> None:
    dialog = opened(qtbot, trained())
    assert dialog.table.horizontalHeader().accessibleName() == "Columns"


def test_other_options_are_one_edit_that_keeps_what_was_learned(qtbot: QtBot) -> None:
    session = trained()
    before = session.state.vector.tobytes()
    dialog = opened(qtbot, session)
    boxes = dialog.section.data.options.boxes
    boxes["noise"].set_value(0.5)
    boxes["test_fraction"].set_value(0.5)
    dialog.section.scaling.set_row("standardise")
    assert "stays" in dialog.note.text()
    apply(qtbot, dialog, session)
    assert session.updates_done == 4 and session.state.vector.tobytes() == before
    assert (session.document.get("data.noise"), session.document.scaling.name) == (0.5, "standardise")
    assert len(session.segment.data.test_inputs) == len(session.segment.data.inputs) == 250
    session.undo()
    assert session.document.get("data.noise") == 0.0


def test_another_shape_is_said_to_start_over_before_it_does(qtbot: QtBot) -> None:
    session = trained()
    dialog = opened(qtbot, session)
    qtbot.keyClicks(dialog.section.features.line, "x1, x2, x1*x2")
    assert dialog.note.text() == (
        "Training starts over: the network gets another shape. Undo brings everything back.")
    assert session.updates_done == 4
    apply(qtbot, dialog, session)
    assert session.updates_done == 0 and session.document.network.sizes[0] == 3 and dialog.told_reason


def test_targets_of_another_kind_bring_their_pairing_unless_it_is_not_wanted(qtbot: QtBot) -> None:
    session = trained("xor")
    dialog = opened(qtbot, session)
    assert dialog.pairing.isHidden()
    dialog.section.data.set_row("plane")
    assert dialog.pairing.isChecked() and dialog.mismatch.text() and dialog.apply_button.isEnabled()
    dialog.pairing.setChecked(False)
    assert not dialog.apply_button.isEnabled() and "numbers as targets" in dialog.problem()
    dialog.pairing.setChecked(True)
    apply(qtbot, dialog, session)
    assert session.document.network.loss.name == "half_squared_error"
    assert session.document.network.layers[-1].activation.name == "identity"


def test_a_wrong_formula_is_said_without_the_path_of_the_document(qtbot: QtBot) -> None:
    dialog = opened(qtbot, trained())
    qtbot.keyClicks(dialog.section.features.line, "x1, foo(x2)")
    assert dialog.problem().startswith("Inputs: 'foo(x2)', character 1: unknown name 'foo'")
    assert not dialog.apply_button.isEnabled() and dialog.values() == {}


def test_rows_of_the_document_can_be_written_over_and_split(qtbot: QtBot) -> None:
    session = trained("mazur-2-2-2")
    dialog = opened(qtbot, session)
    assert dialog.section.data.row_name() == OWN_ROWS
    assert dialog.section.rows.model.cells == [["0.05", "0.1", "0.01", "0.99"]]
    dialog.section.rows.model.put(1, 0, [["1", "0", "1", "0"]])
    dialog.section.split.share.set_value(0.5)
    assert dialog.section.split.note.text() == "1 to train on, 1 to test"
    apply(qtbot, dialog, session)
    assert session.document.get("data.test_fraction") == 0.5 and session.segment.data.has_test
    assert session.document.labels["W1[0,0]"] == "w1"


def test_rows_of_their_own_to_test_on_stay_when_those_to_train_on_are_written_over(qtbot: QtBot) -> None:
    data = {"inputs": [[0.0, 1.0], [1.0, 1.0]], "targets": [[1.0], [0.0]], "test_inputs": [[5.0, 6.0]],
            "test_targets": [[1.0]]}
    session = Session(open_document("xor").with_value("data", data))
    dialog = opened(qtbot, session)
    assert dialog.values() == {} and not dialog.section.split.isVisible()
    assert dialog.section.rows.counted.text() == "2 examples; 1 more to test on"
    dialog.section.rows.model.put(0, 0, [["0.5"]])
    apply(qtbot, dialog, session)
    assert session.segment.data.inputs[0].tolist() == [0.5, 1.0]
    assert session.segment.data.test_inputs.tolist() == [[5.0, 6.0]]


def test_many_rows_of_a_document_stay_and_only_their_number_is_shown(qtbot: QtBot) -> None:
    rows = np.random.default_rng(0).normal(size=(11_000, 2)).tolist()
    data = {"inputs": rows, "targets": [[float(k % 2)] for k in range(11_000)]}
    session = Session(Document.from_tree({**open_document("xor").raw, "data": data}))
    dialog = opened(qtbot, session)
    assert "too many" in dialog.section.rows.counted.text() and not dialog.section.rows.view.isVisible()
    dialog.section.split.share.set_value(0.1)
    apply(qtbot, dialog, session)
    assert len(session.segment.data.test_inputs) == 1100


def test_a_file_of_the_document_is_shown_and_named_as_before(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "plants.csv").write_text(PLANTS)
    path = tmp_path / "plants.json"
    path.write_text(json.dumps({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": ["length", "width"], "loss": "cross_entropy",
        "layers": [{"units": ["a", "b", "c"], "activation": "softmax"}],
        "data": {"csv": "plants.csv", "targets": ["species"], "one_hot": ["species"]}}))
    session = Session(open_document(path))
    dialog = opened(qtbot, session)
    assert dialog.section.data.row_name() == FROM_FILE and dialog.values() == {}
    assert dialog.section.file.taken.text() == "plants.csv: 2 inputs, 3 outputs"
    dialog.section.split.share.set_value(0.25)
    dialog.section.scaling.set_row("min_max")
    apply(qtbot, dialog, session)
    assert session.document.raw["data"]["csv"] == "plants.csv" and len(session.segment.data.test_inputs) == 1
    assert session.document.network.inputs == ("length", "width")


def test_box_plot_and_table_use_one_set_of_names_and_colours_have_a_legend(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "plants.csv").write_text(PLANTS)
    session = Session(Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": ["length", "width"], "loss": "cross_entropy",
        "layers": [{"units": ["setosa", "versicolor", "virginica"], "activation": "softmax"}],
        "data": {"csv": "plants.csv", "targets": ["species"], "one_hot": ["species"]}}, tmp_path))
    dialog = opened(qtbot, session)
    assert dialog.section.features.line.placeholderText() == "as they are: x1 = length, x2 = width"
    assert dialog.preview.accessibleDescription().startswith("length, width; setosa, versicolor, virginica")
    assert dialog.inputs.names == ("length", "width")
    assert [text for _, text in dialog.preview.legend()] == ["setosa", "versicolor", "virginica"]
    dialog.section.features.line.setText("x1*x2")
    dialog.draw_preview()
    assert dialog.preview.accessibleDescription().startswith("x1, x2;")      # as in the formula


def test_a_yes_or_no_and_a_quantity_have_a_legend_too(qtbot: QtBot) -> None:
    dialog = opened(qtbot, trained("xor"))
    assert [text for _, text in dialog.preview.legend()] == ["y = 0", "y = 1"]
    assert dialog.section.features.line.placeholderText() == "as they are: x1, x2"
    dialog.section.data.set_row("plane")
    dialog.draw_preview()
    (low, first), (high, last) = dialog.preview.legend()
    image = dialog.preview.grab().toImage()
    ground = image.pixelColor(image.width() - 2, image.height() - 2)
    seen = [image.pixelColor(x, image.height() // 2) for x in range(image.width())]
    assert seen.count(ground) > image.width() // 3          # the dots lie on the card's ground
    assert first.startswith("y = −") and last.startswith("y = ") and low != high


def test_a_file_that_has_vanished_is_said_and_can_be_replaced(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "plants.csv").write_text(PLANTS)
    tree = {**open_document("iris").raw, "inputs": 2, "data": {
        "csv": "plants.csv", "targets": ["species"], "one_hot": ["species"]}}
    tree.pop("parameters", None)
    session = Session(Document.from_tree(tree, tmp_path))
    (tmp_path / "plants.csv").unlink()
    dialog = opened(qtbot, session)
    assert "there is no such file" in dialog.section.file.taken.text() and not dialog.apply_button.isEnabled()
    dialog.section.data.set_row("iris")
    assert dialog.apply_button.isEnabled()


def test_the_table_has_what_the_scaling_was_fitted_to(qtbot: QtBot) -> None:
    session = trained("iris", scaling="min_max")
    dialog = opened(qtbot, session)
    fitted = SCALINGS["min_max"].fit(session.segment.data.raw_inputs).fitted
    model = dialog.inputs
    headings = [model.headerData(k, Qt.Orientation.Horizontal) for k in range(model.columnCount())]
    assert headings == ["minimum", "maximum"] and model.rowCount() == 4
    assert model.data(model.index(2, 1), Qt.ItemDataRole.ToolTipRole) == repr(float(fitted["maximum"][2]))
    assert "fitted on the training examples" in dialog.table_title.text()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", [name for name in DATA if name not in (OWN_ROWS, FROM_FILE)])
def test_every_data_set_has_a_picture(qtbot: QtBot, name: str, theme: Theme) -> None:
    preview = DataPreview(theme)
    qtbot.addWidget(preview)
    preview.resize(360, 280)
    blank = preview.grab().toImage()
    data = datasets.make(name, {})
    preview.show_data(data, data.raw_names)
    drawn = preview.grab().toImage()
    assert len({drawn.pixel(x, y) for x in range(drawn.width()) for y in range(drawn.height())}) > 6
    preview.show_data(None, ())
    assert preview.grab().toImage() == blank != drawn


def test_inputs_that_are_not_scaled_are_told_with_their_range() -> None:
    model = InputsModel()
    data = datasets.make("line", {})
    model.show_data(data, ["x"])
    told = {model.columns[k][0]: model.data(model.index(0, k)) for k in range(model.columnCount())}
    assert told == {"mean": "2", "standard deviation": "0.8165", "minimum": "1", "maximum": "3"}
