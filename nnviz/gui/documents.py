"""Opening and saving from the window: whatever goes wrong, the open network stays and a sentence says why."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from nnviz.errors import DocumentRefused, FileMissing, NnvizError
from nnviz.gui.controller import Controller
from nnviz.gui.messages import MessageStrip
from nnviz.gui.settings import Settings
from nnviz.gui.translation import tr
from nnviz.session.data_files import found_again, is_data_file
from nnviz.session.document import Document
from nnviz.session.examples import open_document, open_example
from nnviz.session.reading import shown_path

FILTER = "nnviz (*.json);;All files (*)"
Ask = Callable[[QWidget, str, int], str]      # "save", "discard" or "cancel"


def _document_at(path: Path) -> Document:
    """The document in a file; what is not there is refused with advice that can be followed in a window."""
    if "\0" not in str(path) and not os.path.lexists(path):
        hint = tr("Has it been moved or renamed? The bundled examples are in the gallery: File > Example gallery")
        raise DocumentRefused(tr("there is no such file"), shown_path(path), hint)
    return open_document(path)


class Documents(QObject):
    """The file commands of one window. `ask_unsaved` asks what to do with changes that are not saved."""

    def __init__(self, window: QWidget, controller: Controller, strip: MessageStrip, settings: Settings,
                 ask_unsaved: Ask) -> None:
        super().__init__(window)
        self.window, self.controller, self.strip, self.settings = window, controller, strip, settings
        self.ask_unsaved = ask_unsaved

    def open(self) -> None:
        """Asks for a file and opens it."""
        folder = str(self.controller.path.parent) if self.controller.path else ""
        name, _ = QFileDialog.getOpenFileName(self.window, tr("Open a network"), folder, tr(FILTER))
        if name:
            self.open_path(name)

    def open_path(self, name: str) -> bool:
        """Opens a file; False, and a sentence in the strip, where it is refused."""
        path = Path(name)
        if is_data_file(path):
            return self.import_path(path)
        return self._open(lambda: _document_at(path), path, path.name, remember=True)

    def open_dropped(self, name: str) -> None:
        """Opens a file that was dropped on the window; what has to be asked about it is asked when it has let go."""
        if is_data_file(name):
            QTimer.singleShot(0, self, partial(self.import_path, Path(name)))
        else:
            self.open_path(name)

    def import_data(self) -> None:
        """Asks for a file of examples and makes a network of it."""
        from nnviz.gui.dialogs.import_data import FILTER as DATA_FILTER

        folder = str(self.controller.path.parent) if self.controller.path else ""
        name, _ = QFileDialog.getOpenFileName(self.window, tr("Import data"), folder, tr(DATA_FILTER))
        if name:
            self.import_path(Path(name))

    def import_path(self, path: Path) -> bool:
        """Shows a file of examples; accepted, a network that learns from them is opened."""
        from nnviz.gui.dialogs.import_data import ImportDataDialog

        dialog = ImportDataDialog(path, self.window)
        try:
            return bool(dialog.exec()) and self.open_new(dialog.document())
        finally:
            dialog.deleteLater()

    def open_example(self, name: str) -> bool:
        """Opens a bundled example."""
        return self._open(lambda: open_example(name), None, name, remember=False)

    def open_new(self, document: Document) -> bool:
        """Opens a document that has no file yet."""
        return self._open(lambda: document, None, document.name or tr("untitled"), remember=False, new=True)

    def _open(
        self, read: Callable[[], Document], path: Path | None, title: str, remember: bool, new: bool = False
    ) -> bool:
        document: Document | None = None
        try:
            document = read()
            if not self.may_leave():
                return False
            self.controller.open(document, path, title, new)
        except FileMissing as missing:
            self._offer_to_choose(missing, document, path, title, new)
            return False
        except NnvizError as error:
            self.strip.show_message("open", str(error), "error")
            return False
        self.strip.withdraw("open")
        if remember and path is not None:
            self.settings.remember_file(path)
        return True

    def _offer_to_choose(
        self, missing: FileMissing, document: Document | None, path: Path | None, title: str, new: bool
    ) -> None:
        """Says that the examples of a network are not found, and asks for their file where the user wants that."""
        if document is None or not missing.key:
            self.strip.show_message("open", str(missing), "error")
            return
        text = tr("{fault} The network itself is whole, with its weights: choose where its examples are.")
        self.strip.show_message(
            "open", text.format(fault=missing), "error",
            actions=((tr("Choose the file…"), partial(self.choose_examples, missing.key, document, path, title, new)),))

    def choose_examples(self, key: str, document: Document, path: Path | None, title: str, new: bool = False) -> bool:
        """Asks where the file is that `document` names as `key` (`data.csv`), and opens the network with it."""
        from nnviz.gui.dialogs.import_data import FILTER as DATA_FILTER

        wanted = Path(str(document.get(key))).name
        name, _ = QFileDialog.getOpenFileName(
            self.window, tr("Where is {file}?").format(file=wanted), str(document.folder or ""), tr(DATA_FILTER))
        if not name:
            return False
        tree = found_again(document.raw["data"], key, Path(name).absolute(), document.folder)
        # The file on disk still names the old place, so this is asked about before it is lost.
        if not self._open(lambda: document.with_value("data", tree), path, title, remember=True, new=new):
            return False
        self.controller.mark_unsaved()
        return True

    def may_leave(self) -> bool:
        """Whether the open network may be closed: it is saved, or the user says so."""
        if not self.controller.is_modified:
            return True
        session = self.controller.session
        answer = self.ask_unsaved(self.window, self.controller.title,
                                  0 if session is None else len(session.branches.numbers))
        if answer == "save":
            return self.save()
        return answer == "discard"

    def save(self) -> bool:
        """Saves to the network's own file, or asks for one."""
        if self.controller.path is None:
            return self.save_as()
        return self._save(self.controller.path)

    def save_as(self) -> bool:
        """Asks for a file and saves to it."""
        if self.controller.session is None:
            return False
        suggested = str(self.controller.path or f"{self.controller.title or 'network'}.json")
        name, _ = QFileDialog.getSaveFileName(self.window, tr("Save the network"), suggested, tr(FILTER))
        if not name:
            return False
        path = Path(name)
        return self._save(path if path.suffix else path.with_suffix(".json"))

    def _save(self, path: Path) -> bool:
        try:
            self.controller.save(path)
        except NnvizError as error:
            self.strip.show_message("save", str(error), "error")
            return False
        self.strip.withdraw("save")
        self.settings.remember_file(path)
        self.controller.said.emit(tr("Saved as {0}.").format(path.name))
        return True

    @staticmethod
    def dropped_path(data: QMimeData) -> str | None:
        """The first local file among what is dragged, None where there is none."""
        return next((url.toLocalFile() for url in data.urls() if url.isLocalFile()), None)
