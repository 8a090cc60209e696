"""Where a file goes: its path, a way to choose it, and a word of warning where there already is one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from nnviz.gui.fields import described, second_text
from nnviz.gui.translation import tr


def file_stem(name: str) -> str:
    """A file name out of any text.

    >>> file_stem("Mazur: 2-2-2 / a"), file_stem("Größe"), file_stem("…")
    ('mazur-2-2-2-a', 'grosse', 'network')
    """
    text = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:60] or "network"


class Destination(QWidget):
    """A path to write to. The proposed name follows `propose` until the user has given one of his own.

    `first` tells of a path which file is written first, where that is another one.
    """

    edited = Signal()

    def __init__(self, folder: Path, kinds: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder, self.kinds = folder, kinds
        self.first: Callable[[Path], Path] = lambda path: path
        self._own = False
        self.edit = described(QLineEdit(), tr("File"), tr("Where the file is written"))
        self.browse = described(QPushButton(tr("&Browse…")), tr("Browse"), tr("Choose the folder and the name"))
        self.browse.setAutoDefault(False)
        self.note = second_text("")
        label = QLabel(tr("&File"))
        label.setBuddy(self.edit)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.edit, 1)
        row.addWidget(self.browse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.note)
        self.note.setIndent(label.sizeHint().width() + 10)
        self.edit.textEdited.connect(self._typed)
        self.edit.textChanged.connect(self._explain)
        self.browse.clicked.connect(self._browse)

    def propose(self, name: str) -> None:
        """A file name in the folder, unless the user has given a path already."""
        if not self._own:
            self.edit.setText(str(self.folder / name))

    def change_suffix(self, suffix: str) -> None:
        """Gives the path another suffix (with the dot)."""
        if self.edit.text().strip():
            self.edit.setText(str(self.path().with_suffix(suffix)))

    def path(self) -> Path:
        """The path that is given; a relative one starts from the folder."""
        return self.folder / Path(self.edit.text().strip()).expanduser()

    def problem(self) -> str:
        """What is wrong with the path, as a sentence; empty where nothing is."""
        text = self.edit.text().strip()
        if not text or "\0" in text:
            return tr("Give the name of a file.")
        if self.path().is_dir():
            return tr("This is a folder. Give the name of a file in it.")
        if not self.path().parent.is_dir():
            return tr("This folder does not exist.")
        return ""

    @property
    def replaces(self) -> bool:
        """Whether there is a file already where one is written."""
        return not self.problem() and self.first(self.path()).exists()

    def _typed(self) -> None:
        self._own = True

    def _browse(self) -> None:
        # The note below says that a file is replaced, so the file dialog need not ask.
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Export to a file"), str(self.path()), self.kinds,
            options=QFileDialog.Option.DontConfirmOverwrite)
        if name:
            self._own = True
            self.edit.setText(name)

    def _explain(self) -> None:
        note = self.problem()
        if self.replaces:
            path, first = self.path(), self.first(self.path())
            note = tr("The file exists and will be replaced.") if first == path else tr(
                "{file} exists: files of the same name will be replaced.").format(file=first.name)
        self.note.setText(note)
        self.edited.emit()
