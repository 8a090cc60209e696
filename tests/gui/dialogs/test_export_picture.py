"""The picture is written in the chosen format, size and theme, and previewed as it will be."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs.export_picture import FORMATS, SIZES, ExportPictureDialog
from nnviz.gui.picture_export import PICTURE_FORMATS
from nnviz.gui.resolving import drawing_of_document
from nnviz.gui.theme import DARK, LIGHT
from nnviz.session.examples import open_document


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> ExportPictureDialog:
    made = ExportPictureDialog(drawing_of_document(open_document("xor")), LIGHT, "XOR", tmp_path)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def export(qtbot: QtBot, dialog: ExportPictureDialog) -> Path:
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    assert dialog.path is not None
    return dialog.path


@pytest.mark.parametrize(("size", "pixels"), SIZES.items())
def test_a_png_has_the_chosen_size(
    qtbot: QtBot, dialog: ExportPictureDialog, size: str, pixels: tuple[int, int]
) -> None:
    dialog.sizes.set_row(size)
    path = export(qtbot, dialog)
    assert path.name == "xor.png" and dialog.message == "The picture is in xor.png."
    assert QImage(str(path)).size() == QSize(*pixels)


@pytest.mark.parametrize(("suffix", "start"), [(".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_drawings_and_pages_are_written_as_such(
    qtbot: QtBot, dialog: ExportPictureDialog, suffix: str, start: bytes
) -> None:
    dialog.formats.set_row(suffix)
    path = export(qtbot, dialog)
    assert path.suffix == suffix
    assert path.read_bytes().startswith(start)


def test_every_format_can_be_chosen_and_is_explained() -> None:
    assert FORMATS.keys() == PICTURE_FORMATS.keys()
    assert all(row.help for row in FORMATS.values())


def test_the_picture_has_the_colours_of_the_chosen_theme(qtbot: QtBot, dialog: ExportPictureDialog) -> None:
    dialog.themes.set_row("dark")
    picture = QImage(str(export(qtbot, dialog)))
    assert picture.pixelColor(2, 2) == QColor(DARK.canvas)


def test_the_preview_follows_theme_and_shape(qtbot: QtBot, dialog: ExportPictureDialog) -> None:
    def shape() -> float:
        pixmap = dialog.picture.pixmap()
        return pixmap.width() / pixmap.height() if not pixmap.isNull() else 0.0

    qtbot.waitUntil(lambda: shape() == pytest.approx(1.6, rel=0.02))
    dialog.sizes.set_row("1920×1080")
    qtbot.waitUntil(lambda: shape() == pytest.approx(16 / 9, rel=0.02))
    dialog.themes.set_row("dark")
    qtbot.waitUntil(lambda: dialog.picture.pixmap().toImage().pixelColor(2, 2) == QColor(DARK.canvas))


def test_a_size_of_ones_own_can_be_typed(qtbot: QtBot, dialog: ExportPictureDialog) -> None:
    dialog.sizes.set_row("custom")
    for box, text in ((dialog.width_box, "640"), (dialog.height_box, "400")):
        box.lineEdit().selectAll()
        qtbot.keyClicks(box, text)
    assert QImage(str(export(qtbot, dialog))).size() == QSize(640, 400)


def test_typing_over_a_preset_makes_it_another_size(qtbot: QtBot, dialog: ExportPictureDialog) -> None:
    dialog.activateWindow()
    dialog.width_box.setFocus()
    qtbot.waitUntil(dialog.width_box.hasFocus)
    dialog.width_box.lineEdit().selectAll()
    qtbot.keyClicks(dialog.width_box, "1000")
    assert dialog.sizes.row_name() == "custom"
    assert dialog.size_chosen() == QSize(1000, 800)


def test_a_wrong_size_is_said_and_not_exported(qtbot: QtBot, dialog: ExportPictureDialog) -> None:
    dialog.width_box.lineEdit().selectAll()
    qtbot.keyClicks(dialog.width_box, "12")
    assert dialog.status.text().startswith("Width must be a whole number from 200 to 8")
    assert not dialog.export_button.isEnabled()


def test_a_place_that_cannot_be_written_is_said(qtbot: QtBot, dialog: ExportPictureDialog, tmp_path: Path) -> None:
    locked = tmp_path / "locked.png"
    locked.write_text("old")
    locked.chmod(0o400)
    dialog.destination.edit.setText(str(locked))
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    assert "read-only" in dialog.status.text()
    assert dialog.isVisible() and dialog.path is None and locked.read_text() == "old"


def test_esc_writes_nothing(qtbot: QtBot, dialog: ExportPictureDialog, tmp_path: Path) -> None:
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert list(tmp_path.glob("*.png")) == []
