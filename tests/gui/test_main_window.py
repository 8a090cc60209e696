"""The whole window, driven as a user drives it: files, looks, layout and what goes wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDialog, QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs.import_data import ImportDataDialog
from nnviz.gui.main_window import MainWindow
from nnviz.report.elements import Weight
from nnviz.session.examples import example_names, open_document
from tests.gui.hands import Opened


def test_enter_in_the_gallery_opens_the_chosen_example(qtbot: QtBot, window: MainWindow) -> None:
    assert window.gallery.names() == list(example_names())
    window.gallery.grid.setFocus()
    qtbot.keyClick(window.gallery.grid, Qt.Key.Key_Right)
    qtbot.keyClick(window.gallery.grid, Qt.Key.Key_Return)
    session = window.workbench.controller.session
    assert session is not None and session.document.name == example_names()[1]


@pytest.mark.parametrize("name", example_names())
def test_every_example_opens_steps_and_is_drawn(qtbot: QtBot, opened: Opened, name: str) -> None:
    workbench = opened(name)
    workbench.controller.step()
    workbench.controller.training_step()
    workbench.controller.step_back()
    assert not workbench.window.stack.currentWidget().grab().isNull()
    assert not workbench.strip.texts()


BAD_FILES: dict[str, bytes] = {
    "text.json": b"hello", "page.json": b"<!DOCTYPE html><html></html>", "archive.json": b"PK\x03\x04rest",
    "pickle.json": b"\x80\x04\x95rest", "cut.json": b'{"format": "nnviz", "vers', "empty.json": b"",
    "nan.json": b'{"format": "nnviz", "version": NaN}', "twice.json": b'{"format": "nnviz", "format": "nnviz"}',
}


@pytest.mark.parametrize("name", [*BAD_FILES, "missing.json", "folder"])
def test_a_file_that_is_refused_gives_one_sentence_and_leaves_the_open_network(
    tmp_path: Path, opened: Opened, name: str
) -> None:
    workbench = opened("mazur-2-2-2")
    before = workbench.controller.session
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    elif name in BAD_FILES:
        path.write_bytes(BAD_FILES[name])
    assert not workbench.documents.open_path(str(path))
    assert workbench.controller.session is before
    (text,) = workbench.strip.texts().values()
    assert name in text and "\n" not in text and "Traceback" not in text


def test_the_window_sends_to_its_gallery_not_to_the_command_line(tmp_path: Path, opened: Opened) -> None:
    workbench = opened("xor")
    assert not workbench.documents.open_path(str(tmp_path / "moved.json"))
    (text,) = workbench.strip.texts().values()
    assert "gallery" in text and "nnviz examples" not in text


def test_a_file_dropped_on_the_window_opens(qtbot: QtBot, tmp_path: Path, window: MainWindow, opened: Opened) -> None:
    workbench = opened("xor")
    path = tmp_path / "other.json"
    path.write_bytes(open_document("gauss").to_bytes())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop = QDropEvent(QPointF(400, 400), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                      Qt.KeyboardModifier.NoModifier)
    window.dropEvent(drop)
    assert workbench.controller.path == path
    assert window.settings.texts("recent_files")[0] == str(path)


@pytest.fixture
def examples_file(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CSV file; whoever is shown it takes it as it was guessed."""

    def take(dialog: ImportDataDialog) -> int:
        qtbot.waitUntil(lambda: not dialog.page.is_busy)
        dialog.accept()
        dialog.done(dialog.result())
        return dialog.result()

    monkeypatch.setattr(ImportDataDialog, "exec", take)
    path = tmp_path / "points.csv"
    path.write_text("x,y\n1,2\n2,4\n3,6\n")
    return path


def test_a_csv_file_dropped_on_the_window_becomes_a_network(
    qtbot: QtBot, examples_file: Path, window: MainWindow, opened: Opened
) -> None:
    control = opened("xor").controller
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(examples_file))])
    window.dropEvent(QDropEvent(QPointF(400, 400), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                                Qt.KeyboardModifier.NoModifier))
    qtbot.waitUntil(lambda: control.title == "points")
    assert control.session is not None and control.session.document.network.sizes == (1, 8, 1)


def test_imported_data_are_found_from_where_the_network_is_saved(
    examples_file: Path, window: MainWindow, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = opened("xor")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(examples_file), ""))
    window.commands["import_data"].trigger()
    saved = examples_file.parent / "saved" / "points.json"
    saved.parent.mkdir()
    work.controller.save(saved)
    assert work.documents.open_path(str(saved)) and work.controller.session is not None
    assert work.controller.session.document.raw["data"]["csv"] == examples_file.resolve().as_posix()
    session = work.controller.session
    examples_file.write_text("x,y\n1,2\n2,four\n")
    assert not work.documents.open_path(str(saved))
    (text,) = work.strip.texts().values()
    assert text.startswith("points.csv: line 3, column 2 (y): 'four' is not a number")
    assert work.controller.session is session


def test_a_network_whose_examples_are_gone_asks_for_them_and_keeps_its_weights(
    qtbot: QtBot, examples_file: Path, window: MainWindow, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = opened("xor")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(examples_file), ""))
    window.commands["import_data"].trigger()
    work.controller.training_step()
    saved = examples_file.parent / "points.json"
    work.controller.save(saved)
    assert work.controller.session is not None
    learned = work.controller.session.parameters_now().copy()
    work = opened("xor")
    elsewhere = examples_file.parent / "deep" / "renamed.csv"
    elsewhere.parent.mkdir()
    examples_file.rename(elsewhere)
    assert not work.documents.open_path(str(saved))
    assert work.controller.title == "xor"
    (text,) = work.strip.texts().values()
    assert text.startswith("points.csv: there is no such file. It is looked for in") and "choose where" in text
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(elsewhere), ""))
    button = next(button for button in work.strip.message("open").findChildren(QPushButton)
                  if button.text() == "Choose the file…")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    session = work.controller.session
    assert session is not None and work.controller.path == saved
    assert session.document.raw["data"]["csv"] == "deep/renamed.csv"
    assert (session.parameters_now() == learned).all()
    assert work.controller.is_modified        # the file still names the old place
    assert not work.strip.texts()
    work.controller.save(saved)
    assert not work.controller.is_modified and work.documents.open_path(str(saved))


def test_saving_where_nothing_can_be_written_says_so_and_keeps_the_old_file(tmp_path: Path, opened: Opened) -> None:
    workbench = opened("xor")
    workbench.controller.path = tmp_path / "no such folder" / "x.json"
    assert not workbench.documents.save()
    (text,) = workbench.strip.texts().values()
    assert "no such folder" in text


def test_closing_with_unsaved_changes_asks_and_cancel_keeps_the_window(window: MainWindow, opened: Opened) -> None:
    workbench = opened("xor")
    workbench.controller.training_step()
    assert not window.isWindowModified()      # one step of an example can be had again at any time
    workbench.controller.set_parameter(Weight(1, 0, 0), 0.5)
    workbench.documents.ask_unsaved = lambda *_: "cancel"
    assert not window.close() and window.isVisible()
    workbench.documents.ask_unsaved = lambda *_: "discard"


def test_themes_and_text_sizes_change_at_once(window: MainWindow, opened: Opened) -> None:
    opened("xor")
    for theme in ("dark", "light"):
        window.commands[f"theme_{theme}"].trigger()
        assert window.theme.name == theme and window.workbench.picture.theme.name == theme
    window.commands["larger_text"].trigger()
    assert window.settings.whole("text_size") == 110


def test_the_layout_is_remembered_and_can_be_reset(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("xor")
    workbench.docks.docks["loss"].close()
    kept = workbench.docks.save_layout()
    window.commands["reset_layout"].trigger()
    assert not workbench.docks.docks["loss"].isHidden()
    assert workbench.docks.restore_layout(kept)
    assert workbench.docks.docks["loss"].isHidden()


def test_an_exception_in_a_slot_becomes_a_sentence_and_keeps_the_document(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor")
    before = workbench.controller.session
    window.faults.caught(RuntimeError, RuntimeError("broken on purpose"), None)
    qtbot.waitUntil(lambda: any("broken on purpose" in text for text in window.strip.texts().values()))
    assert workbench.controller.session is before


def test_everything_on_screen_has_a_name_for_a_screen_reader(window: MainWindow, opened: Opened) -> None:
    from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit

    opened("xor")
    nameless = []
    for kind in (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit):
        for widget in window.findChildren(kind):
            if widget.isVisible() and not (widget.accessibleName() or getattr(widget, "text", lambda: "")()):
                parent = widget.parent()
                inner = isinstance(parent, QAbstractSpinBox | QComboBox) or widget.objectName().startswith("qt_")
                if not inner and isinstance(parent, QWidget):
                    nameless.append(f"{type(widget).__name__} in {type(parent).__name__}")
    assert not nameless


def test_a_remembered_layout_keeps_closed_panels_closed_and_the_gallery_free_of_panels(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor")
    workbench.docks.docks["loss"].close()
    kept = workbench.layout_to_remember()
    workbench.controller.close()
    assert kept is not None and workbench.docks.restore_layout(kept)
    assert all(dock.isHidden() for dock in workbench.docks.docks.values())
    opened("xor")
    assert workbench.docks.docks["loss"].isHidden() and not workbench.docks.docks["inspector"].isHidden()
    window.commands["reset_layout"].trigger()


def test_the_whole_window_fits_a_small_screen(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    opened("spiral")
    qtbot.waitUntil(lambda: window.minimumSizeHint().height() <= 600)
    assert window.minimumSizeHint().width() <= 1024


def test_a_panel_taken_from_the_menu_comes_to_the_front(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("iris")
    window.resize(1280, 800)
    predictions = workbench.docks.docks["predictions"]
    assert not predictions.isVisible()
    predictions.toggleViewAction().trigger()
    qtbot.waitUntil(lambda: not predictions.visibleRegion().isEmpty())
    predictions.toggleViewAction().trigger()
    assert not predictions.isVisible()


def test_the_help_of_the_picture_speaks_to_its_user(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    workbench.picture.setFocus()
    workbench.commands["panel_help"]()
    shown = next(dialog for dialog in window.findChildren(QDialog) if dialog.windowTitle() == "The picture")
    words = shown.findChild(QLabel).text()
    assert "drag an edge" in words.casefold() and "decision surface" in words and "Set describe" not in words
    shown.close()


@pytest.mark.parametrize(("name", "content", "sentence"), [
    ("ragged.csv", b"a,b,t\n1,2,0\n3,4\n", "line 3 has 2 cells where the first row has 3. Look at column 3"),
    ("empty.csv", b"", "empty.csv: is empty."),
    ("text.csv", b"a,b,t\n1,2,0\n3,four,1\n", "Line 3, column 2 (b): “four” is not a number."),
    ("magic-images-idx3-ubyte", b"\0\0\7\3" + bytes(12), "is not an IDX file, it begins with the bytes 00 00 07 03"),
    ("bomb-images-idx3-ubyte.gz", gzip.compress(bytes(5_000_000)), "is not an IDX file, it begins with"),
])  # fmt: skip
def test_a_bad_file_of_examples_is_one_sentence_and_leaves_the_open_network_alone(
    qtbot: QtBot, opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    name: str, content: bytes, sentence: str,
) -> None:
    workbench = opened("xor")
    workbench.controller.do(lambda session: session.advance_steps(3))
    session = workbench.controller.session
    assert session is not None
    before = session.state.vector.tobytes()
    said: list[str] = []

    def look(dialog: ImportDataDialog) -> int:
        qtbot.waitUntil(lambda: not dialog.page.is_busy)
        said.append(dialog.problem())
        dialog.accept()
        assert dialog.data is None
        dialog.reject()
        return dialog.result()

    monkeypatch.setattr(ImportDataDialog, "exec", look)
    (tmp_path / name).write_bytes(content)
    assert not workbench.documents.open_path(str(tmp_path / name))
    assert sentence in said[0]
    assert workbench.controller.session is session and session.state.vector.tobytes() == before
