"""A file is guessed, shown and counted before it is taken; a bad one is refused in the dialog, in one sentence."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs.csv_page import CsvPage
from nnviz.gui.dialogs.data_section import FROM_FILE
from nnviz.gui.dialogs.data_tables import INPUT, ONE_HOT, TARGET
from nnviz.gui.dialogs.idx_page import IdxPage
from nnviz.gui.dialogs.import_data import ImportDataDialog
from nnviz.gui.dialogs.new_network import NewNetworkDialog
from nnviz.gui.theme import LIGHT
from nnviz.session.session import Session

PLANTS = "length;width;species\n5,1;3,5;setosa\n7,0;;versicolor\n6,3;3,3;virginica\n4,9;3,0;setosa\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plants.csv"
    path.write_text(PLANTS)
    return path


def shown(qtbot: QtBot, path: Path, only_data: bool = False) -> ImportDataDialog:
    dialog = ImportDataDialog(path, only_data=only_data)
    qtbot.addWidget(dialog, before_close_func=lambda closing: closing.page.close_down())
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.page.is_busy)
    return dialog


def page_of(dialog: ImportDataDialog) -> CsvPage:
    assert isinstance(dialog.page, CsvPage)
    return dialog.page


def tick(qtbot: QtBot, page: CsvPage, row: int, column: int) -> None:
    page.column_view.setFocus()
    page.column_view.setCurrentIndex(page.columns.index(row, column))
    qtbot.keyClick(page.column_view, Qt.Key.Key_Space)


def test_a_file_is_guessed_counted_and_shown(qtbot: QtBot, file: Path) -> None:
    dialog = shown(qtbot, file)
    page = page_of(dialog)
    assert (page.delimiter.row_name(), page.decimal.row_name(), page.header.isChecked()) == (";", ",", True)
    assert page.first.rows[1] == ("7,0", "", "versicolor") and page.first.names == ("length", "width", "species")
    assert (page.columns.inputs, page.columns.targets, page.columns.one_hot) == ({0, 1}, {2}, {2})
    text = dialog.summary.text()
    assert all(part in text for part in ("4 rows", "3 columns", "1 missing value", "2 inputs, 3 outputs"))
    assert [page.columns.index(2, 1).data(), page.columns.index(1, 2).data()] == ["3 classes", "1"]


def test_missing_values_are_decided_on_before_anything_is_taken(qtbot: QtBot, file: Path) -> None:
    dialog = shown(qtbot, file)
    assert "Line 3, column 2 (width) has a missing value" in dialog.problem_line.text()
    assert not dialog.import_button.isEnabled()
    first = page_of(dialog).first
    assert [first.headerData(row, Qt.Orientation.Vertical) for row in range(first.rowCount())] == ["2", "3", "4", "5"]
    page_of(dialog).missing.set_row("skip")
    assert dialog.problem() == "" and dialog.import_button.isEnabled()
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.import_button, Qt.MouseButton.LeftButton)
    document = dialog.document()
    assert document.network.sizes == (2, 8, 3)
    session = Session(document)
    session.advance_step()
    assert session.record.is_finite and len(session.segment.data.inputs) == 3


def test_inputs_and_outputs_are_called_as_in_the_file(qtbot: QtBot, file: Path) -> None:
    dialog = shown(qtbot, file)
    page_of(dialog).missing.set_row("mean")
    dialog.accept()
    tree = dialog.document().raw
    output = tree["layers"][-1]
    assert tree["inputs"] == ["length", "width"] and output["units"] == ["setosa", "versicolor", "virginica"]
    assert output["activation"] == "softmax" and tree["loss"] == "cross_entropy"
    assert tree["data"]["csv"] == "plants.csv" and tree["name"] == "plants"


def test_names_that_no_unit_can_have_become_counts(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "same.csv"
    path.write_text("h1,x,x\n1,2,3\n2,3,4\n")
    dialog = shown(qtbot, path)
    dialog.accept()
    assert dialog.document().raw["inputs"] == 2
    assert dialog.document().raw["data"]["inputs"] == ["h1", 2] and dialog.document().raw["data"]["targets"] == [3]


def test_columns_are_ticked_for_what_they_are(qtbot: QtBot, file: Path) -> None:
    dialog = shown(qtbot, file)
    page = page_of(dialog)
    page.missing.set_row("skip")
    tick(qtbot, page, 0, TARGET)
    assert (page.columns.inputs, page.columns.targets) == ({1}, {0, 2})
    tick(qtbot, page, 2, INPUT)
    assert (page.columns.inputs, page.columns.targets) == ({1, 2}, {0})
    tick(qtbot, page, 2, ONE_HOT)
    assert "Column 3 has words" in dialog.problem()
    tick(qtbot, page, 2, INPUT)
    tick(qtbot, page, 1, INPUT)
    assert dialog.problem() == "Tick at least one column as an input."
    tick(qtbot, page, 0, TARGET)
    assert dialog.problem() == "Tick at least one column as a target." and not dialog.import_button.isEnabled()


def test_another_form_is_read_at_once(qtbot: QtBot, file: Path) -> None:
    dialog = shown(qtbot, file)
    page = page_of(dialog)
    page.header.click()
    qtbot.waitUntil(lambda: not page.is_busy)
    assert page.found is not None and page.found.rows == 5 and page.first.names[0] == "column 1"
    page.delimiter.set_row("|")
    qtbot.waitUntil(lambda: not page.is_busy)
    assert page.found.rows == 5 and len(page.first.names) == 1


BAD = {
    "ragged": (b"a,t\n1,2\n3,4,5\n", "line 3 has 3 cells"),
    "empty": (b"", "is empty"),
    "binary": (b"a,\x00\x01\x02\x03", "is a binary file"),
    "html": (b"<!doctype html><html>", "is a web page"),
    "bomb": (gzip.compress(bytes(10**6)), "is not an IDX file"),
}


@pytest.mark.parametrize(("content", "sentence"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_the_dialog(qtbot: QtBot, tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    dialog = shown(qtbot, path)
    assert sentence in dialog.problem_line.text() and not dialog.import_button.isEnabled()
    dialog.accept()
    assert dialog.result() == QDialog.DialogCode.Rejected and dialog.data is None


def test_what_changes_before_it_is_taken_is_refused_there(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,t\n1,2\n3,4\n")
    dialog = shown(qtbot, path)
    path.write_text("a,t\n1,2\n3,red\n")
    dialog.accept()
    assert "line 3, column 2 (t): 'red' is not a number" in dialog.problem_line.text() and dialog.data is None


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """MNIST in small: seven pictures of 4 × 4, packed."""
    pictures = np.random.default_rng(0).integers(0, 256, (7, 4, 4), dtype=np.uint8)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(struct.pack(">HBBIII", 0, 8, 3, 7, 4, 4) + pictures.tobytes()))
    labels = bytes([0, 1, 2, 3, 0, 1, 2])
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(struct.pack(">HBBI", 0, 8, 1, 7) + labels))
    return path


def test_pictures_find_their_labels_and_train(qtbot: QtBot, digits: Path) -> None:
    dialog = shown(qtbot, digits)
    assert isinstance(dialog.page, IdxPage) and dialog.problem() == ""
    assert all(part in dialog.summary.text() for part in ("7 pictures", "4 × 4 pixels", "16 inputs, 4 outputs"))
    assert dialog.page.grid.count() == 14
    dialog.accept()
    session = Session(dialog.document())
    session.advance_step()
    assert session.document.network.sizes == (16, 8, 4)
    assert session.document.raw["data"]["idx_labels"] == "train-labels-idx1-ubyte.gz"


def test_pictures_without_labels_are_refused(qtbot: QtBot, digits: Path) -> None:
    (digits.parent / "train-labels-idx1-ubyte.gz").unlink()
    dialog = shown(qtbot, digits)
    assert "train-labels-idx1-ubyte.gz: there is no such file" in dialog.problem_line.text()


# --- for a new network -----------------------------------------------------------------------------------------


@pytest.fixture
def takes(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ImportDataDialog]]:
    """Whoever shows the dialog takes the file, rows that miss something left out."""
    seen: list[ImportDataDialog] = []

    def answer(dialog: ImportDataDialog) -> int:
        seen.append(dialog)
        qtbot.waitUntil(lambda: not dialog.page.is_busy)
        page_of(dialog).missing.set_row("skip")
        dialog.accept()
        dialog.done(dialog.result())
        return dialog.result()

    monkeypatch.setattr(ImportDataDialog, "exec", answer)
    yield seen


def test_a_new_network_learns_from_a_file(
    qtbot: QtBot, file: Path, takes: list[ImportDataDialog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(file), ""))
    dialog = NewNetworkDialog(LIGHT)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.data.set_row(FROM_FILE)
    assert dialog.problem() == "From a file: choose the file."
    qtbot.mouseClick(dialog.file.button, Qt.MouseButton.LeftButton)
    document = dialog.document()
    assert document.network.sizes == (2, 4, 3) and document.network.loss.name == "cross_entropy"
    imported = takes[0].unit_names()
    assert (list(document.network.inputs), list(document.network.names(2))) == imported
    assert imported == (["length", "width"], ["setosa", "versicolor", "virginica"])
    session = Session(document)
    session.advance_step()
    assert session.record.is_finite


def test_a_new_network_counts_where_names_can_be_no_names_of_units(
    qtbot: QtBot, tmp_path: Path, takes: list[ImportDataDialog], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "same.csv"
    path.write_text("h1,x,x\n1,2,3\n2,3,4\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(path), ""))
    dialog = NewNetworkDialog(LIGHT)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.data.set_row(FROM_FILE)
    qtbot.mouseClick(dialog.file.button, Qt.MouseButton.LeftButton)
    assert dialog.document().raw["inputs"] == 2 and dialog.document().raw["layers"][-1]["units"] == 1


def test_a_part_for_testing_is_asked_for_with_its_seed(qtbot: QtBot, file: Path) -> None:
    dialog = shown(qtbot, file)
    page_of(dialog).missing.set_row("skip")
    dialog.split.share.set_value(0.25)
    dialog.split.seed.set_value(7)
    assert dialog.split.note.text() == "3 to train on, 1 to test"
    dialog.accept()
    document = dialog.document()
    assert (document.data.split.test_fraction, document.data.split.seed) == (0.25, 7)
    assert len(Session(document).segment.data.test_inputs) == 1


def test_a_share_that_cannot_be_is_said(qtbot: QtBot, file: Path) -> None:
    dialog = shown(qtbot, file)
    page_of(dialog).missing.set_row("skip")
    dialog.split.share.lineEdit().selectAll()
    qtbot.keyClicks(dialog.split.share, "2")
    assert "Test fraction must be a number from 0 to 0.9" in dialog.problem() and not dialog.import_button.isEnabled()


def test_a_word_among_numbers_is_named_with_line_and_column_and_taken_for_no_class(qtbot: QtBot, file: Path) -> None:
    file.write_text("a,b,t\n1,2,0\n3,four,1\n5,6,0\n")
    dialog = shown(qtbot, file)
    assert dialog.problem().startswith("Line 3, column 2 (b): “four” is not a number.")
    assert not dialog.import_button.isEnabled()
    tick(qtbot, page_of(dialog), 1, ONE_HOT)
    assert dialog.problem() == "" and dialog.import_button.isEnabled()


def test_the_test_files_of_mnist_are_found_beside_those_to_train_on(qtbot: QtBot, tmp_path: Path) -> None:
    for name, count in (("train", 6), ("t10k", 4)):
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(
            struct.pack(">HBBIII", 0, 8, 3, count, 2, 2) + bytes(4 * count))
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(
            struct.pack(">HBBI", 0, 8, 1, count) + bytes(place % 2 for place in range(count)))
    dialog = shown(qtbot, tmp_path / "train-images-idx3-ubyte")
    assert isinstance(dialog.page, IdxPage)
    assert dialog.page.test.isChecked() and not dialog.split.isVisible()
    dialog.accept()
    assert len(Session(dialog.document()).segment.data.test_inputs) == 4
    dialog.page.test.setChecked(False)
    assert not dialog.split.isHidden()
    dialog.split.share.set_value(0.5)
    dialog.accept()
    assert len(Session(dialog.document()).segment.data.test_inputs) == 3
