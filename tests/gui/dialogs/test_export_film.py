"""A film shows what the window shows, moment after moment, and leaves the network where it stood."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from nnviz.exchange.film import FILM_FORMATS
from nnviz.gui.controller import Controller
from nnviz.gui.dialogs.export_film import ExportFilmDialog
from nnviz.gui.filming import SUBJECTS, Filming
from nnviz.gui.gate_resolving import drawing_of_graph
from nnviz.gui.picture import ColourScale
from nnviz.gui.picture_export import Picture
from nnviz.gui.resolving import dead_units, drawing_of_moment
from nnviz.gui.settings import Settings
from nnviz.gui.theme import LIGHT
from nnviz.session.examples import open_document


def controller_of(example: str, steps: int) -> Controller:
    controller = Controller(Settings(None))
    controller.open(open_document(example), None, example)
    assert controller.session is not None
    controller.session.advance_steps(steps)
    controller.refresh()
    return controller


def filming_of(controller: Controller) -> Filming:
    def drawing() -> Picture:
        view = controller.view
        assert view is not None
        if view.document.graph is not None:
            return drawing_of_graph(view.document, view.moment)
        return drawing_of_moment(view.document, view.moment, dead_units(view.survey))

    return Filming(controller, drawing, ColourScale)


def dialog_of(qtbot: QtBot, controller: Controller, folder: Path) -> ExportFilmDialog:
    dialog = ExportFilmDialog(filming_of(controller), LIGHT, "Mazur", folder)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.sizes.set_row("960×600")
    return dialog


def export(qtbot: QtBot, dialog: ExportFilmDialog) -> Path:
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    assert dialog.path is not None
    return dialog.path


@pytest.mark.parametrize("suffix", FILM_FORMATS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_film_of_each_subject_is_written_in_each_format(qtbot: QtBot, tmp_path: Path, subject: str, suffix: str
                                                          ) -> None:
    if not FILM_FORMATS[suffix].is_there():
        pytest.skip("ffmpeg is not here")
    controller = controller_of("mazur-2-2-2", 3)
    stood = controller.session.place if controller.session else None
    dialog = dialog_of(qtbot, controller, tmp_path)
    dialog.subjects.set_row(subject)
    dialog.formats.set_row(suffix)
    dialog.every.set_value(8 if subject == "pass" else 1)
    pictures = len(dialog.places())
    path = export(qtbot, dialog)
    assert controller.session is not None and controller.session.place.step == stood.step if stood else False
    assert controller.session.place.cursor == stood.cursor if stood else False
    if suffix == ".png":
        assert len(list(tmp_path.iterdir())) == pictures and path.name == "mazur-0001.png"
    elif suffix != ".mp4":
        with Image.open(path) as film:
            assert film.n_frames == pictures and film.size == (960, 600)
    assert str(pictures) in dialog.message


def test_the_last_place_is_always_taken(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = dialog_of(qtbot, controller_of("mazur-2-2-2", 10), tmp_path)
    dialog.subjects.set_row("run")
    dialog.every.set_value(4)
    assert list(dialog.places()) == [0, 4, 8, 10]


def test_escape_stops_and_nothing_is_left(qtbot: QtBot, tmp_path: Path) -> None:
    controller = controller_of("mazur-2-2-2", 40)
    dialog = dialog_of(qtbot, controller, tmp_path)
    dialog.subjects.set_row("run")
    dialog.formats.set_row(".png")
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.progress.value() > 2)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.is_running and dialog.isVisible() and "Stopped" in dialog.status.text()
    assert not list(tmp_path.iterdir())
    assert controller.session is not None and controller.session.updates_done == 40


def test_numbered_images_say_that_they_replace_others_and_an_image_of_the_plain_name_is_none(
    qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "mazur.png").write_bytes(b"a picture of its own")
    dialog = dialog_of(qtbot, controller_of("mazur-2-2-2", 3), tmp_path)
    dialog.formats.set_row(".png")
    assert dialog.export_button.text() == "&Export" and not dialog.destination.note.text()
    (tmp_path / "mazur-0001.png").write_bytes(b"an older film")
    dialog.formats.set_row(".gif")
    assert dialog.export_button.text() == "&Export"
    dialog.formats.set_row(".png")
    assert dialog.export_button.text() == "R&eplace"
    assert dialog.destination.note.text() == "mazur-0001.png exists: files of the same name will be replaced."


def test_a_shorter_film_says_which_images_of_an_older_one_it_removes(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 9):
        (tmp_path / f"mazur-{number:04d}.png").write_bytes(b"an older film")
    dialog = dialog_of(qtbot, controller_of("mazur-2-2-2", 3), tmp_path)
    dialog.subjects.set_row("run")
    assert "removed" not in dialog.note.text()
    dialog.formats.set_row(".png")
    assert dialog.note.text().endswith(
        "seconds. 4 images of an older film will be removed: mazur-0005.png to mazur-0008.png.")
    (tmp_path / "mazur-0006.png").unlink()
    dialog.rate.setFocus()
    dialog.rate.lineEdit().selectAll()
    qtbot.keyClicks(dialog.rate.lineEdit(), "4")
    assert dialog.note.text().endswith("1.0 seconds. 1 image of an older film will be removed: mazur-0005.png.")
    dialog.destination.edit.selectAll()
    qtbot.keyClicks(dialog.destination.edit, "other.png")
    assert "removed" not in dialog.note.text()
    dialog.destination.edit.selectAll()
    qtbot.keyClicks(dialog.destination.edit, "mazur.png")
    remove = Path.unlink

    def refused(path: Path, missing_ok: bool = False) -> None:
        if path.name == "mazur-0005.png":
            raise PermissionError
        remove(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refused)
    export(qtbot, dialog)
    assert dialog.message.endswith("1 image of an older film could not be removed: mazur-0005.png.")
    monkeypatch.undo()
    again = dialog_of(qtbot, controller_of("mazur-2-2-2", 3), tmp_path)
    again.subjects.set_row("run")
    again.formats.set_row(".png")
    export(qtbot, again)
    assert "removed" not in again.message
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        *(f"mazur-{number:04d}.png" for number in (1, 2, 3, 4, 7, 8))]


def test_each_key_with_alt_means_one_thing(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = dialog_of(qtbot, controller_of("mazur-2-2-2", 3), tmp_path)
    parts: list[QLabel | QPushButton] = [*dialog.findChildren(QLabel), *dialog.findChildren(QPushButton)]
    letters = [part.text().split("&")[1][0].casefold() for part in parts if part.isVisible() and "&" in part.text()]
    assert len(letters) >= 11 and sorted(letters) == sorted(set(letters))


def test_what_cannot_be_filmed_is_said_and_not_begun(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = dialog_of(qtbot, controller_of("mazur-2-2-2", 5), tmp_path)
    dialog.subjects.set_row("run")
    dialog.first.set_value(5)
    dialog._changed()
    assert "two pictures" in dialog.note.text() and not dialog.export_button.isEnabled()


def test_a_graph_is_filmed_too(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = dialog_of(qtbot, controller_of("gate-descent", 2), tmp_path)
    dialog.formats.set_row(".gif")
    with Image.open(export(qtbot, dialog)) as film:
        assert film.n_frames > 3


@pytest.mark.parametrize("subject", SUBJECTS)
def test_an_example_of_ones_own_is_shown_again_after_the_film_as_it_was(
    qtbot: QtBot, tmp_path: Path, subject: str
) -> None:
    controller = controller_of("xor", 3)
    session = controller.session
    assert session is not None
    session.try_example([0.3, 0.9])
    session.advance()
    session.advance()
    place, trial = session.place, session.trial
    dialog = dialog_of(qtbot, controller, tmp_path)
    dialog.subjects.set_row(subject)
    dialog.every.set_value(20)
    export(qtbot, dialog)
    assert session.place == place and session.trial is trial
    assert controller.view is not None and controller.view.trial is trial
