"""Pictures and their labels in two files, as MNIST has them: which two belong together, and how many are taken."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nnviz.data import idx_reader
from nnviz.data.files import MOST_NUMBERS, shown_name
from nnviz.engine.options import Option
from nnviz.errors import NnvizError
from nnviz.gui.fields import NumberBox, described, second_text
from nnviz.gui.translation import tr
from nnviz.report.numbers import count
from nnviz.session.data_files import MOST_LABELLED

SHOWN = 12                   # pictures
SIDE = 64                    # pixels of one on the screen
PROPOSED = 10_000            # pictures: as many as train in little memory
FILTER = "IDX (*ubyte *.idx *.gz);;All files (*)"


def other_file(path: Path) -> Path:
    """The file of labels that belongs to one of pictures, or the other way round, as MNIST names them.

    >>> other_file(Path("train-images-idx3-ubyte.gz")).name
    'train-labels-idx1-ubyte.gz'
    """
    pairs = (("images", "labels"), ("idx3", "idx1"))
    name = path.name
    for pictures, labels in pairs if "images" in name else [pair[::-1] for pair in pairs]:
        name = name.replace(pictures, labels)
    return path.with_name(name)


class IdxPage(QWidget):
    """The two files, the first pictures, and how many are taken; `edited` whenever that has changed."""

    edited = Signal()

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images, self.labels = path, other_file(path)
        if "labels" in path.name:
            self.images, self.labels = self.labels, self.images
        self._fault = ""
        self._header: idx_reader.Header | None = None
        self.labels_name = QLabel()
        self.labels_name.setTextFormat(Qt.TextFormat.PlainText)
        self.labels_name.setAccessibleName(tr("File of labels"))
        self.labels_name.setToolTip(tr("The file that says what each picture shows"))
        self.choose_labels = described(QPushButton(tr("&Labels…")), tr("Choose the labels"),
                                       tr("Choose the file that says what each picture shows"))
        self.choose_labels.setAutoDefault(False)
        self.most = NumberBox(Option(PROPOSED, 0, 2**32, whole=True), tr("Pictures"),
                              tr("So many pictures from the beginning; 0 takes all of them"))
        self.classes = NumberBox(Option(10, 1, MOST_LABELLED, whole=True), tr("Classes"),
                                 tr("How many outputs there are, one for each label"))
        self.test_images, self.test_labels = (path.with_name(path.name.replace("train", "t10k"))
                                              for path in (self.images, self.labels))
        self.test = described(
            QCheckBox(tr("Keep the pictures of {file} for &testing").format(file=shown_name(self.test_images))),
            tr("Test files"), tr("MNIST has files of their own to test on; they lie beside these"))
        self.note = second_text("")
        self.pictures = QWidget()
        self.pictures.setAccessibleName(tr("First pictures"))
        self.grid = QGridLayout(self.pictures)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(12)
        self.grid.setVerticalSpacing(6)
        self._lay_out()
        self.choose_labels.clicked.connect(self._choose_labels)
        for box in (self.most, self.classes):
            box.edited.connect(self._changed)
        self.test.toggled.connect(self._changed)
        self._read()

    is_busy = False

    @property
    def has_test(self) -> bool:
        """Whether files of their own are kept for testing."""
        return self.test.isChecked()

    def problem(self) -> str:
        """What is wrong, as a sentence; empty where nothing is."""
        if self._fault:
            return self._fault
        if problem := self.most.problem() or self.classes.problem():
            return problem
        if self._header is not None and self._taken() * self._header.pixels > MOST_NUMBERS:
            return tr("So many pictures do not fit into memory; take fewer than {0}.").format(
                count(MOST_NUMBERS // self._header.pixels))
        return ""

    def summary(self) -> str:
        """What the files hold and what the network gets of them."""
        if self._header is None:
            return ""
        size = " × ".join(str(length) for length in self._header.shape[1:])
        return "  ·  ".join((
            tr("{0} pictures").format(count(self._header.count)),
            tr("{0} pixels").format(size),
            tr("{inputs} inputs, {outputs} outputs").format(
                inputs=count(self._header.pixels), outputs=count(int(self.classes.value() or 0))),
        ))

    def tree(self) -> dict[str, Any]:
        """What a document beside the pictures says of the files."""
        labels = self._seen(self.labels)
        most = int(self.most.value() or 0)
        classes = int(self.classes.value() or 1)
        tree: dict[str, Any] = {"idx": self.images.name, "idx_labels": labels, "classes": classes}
        if self.has_test:
            tree |= {"idx_test": self._seen(self.test_images), "idx_test_labels": self._seen(self.test_labels)}
        return tree | ({"most": most} if most else {})

    def _seen(self, path: Path) -> str:
        """A path as seen from the pictures."""
        try:
            return Path(os.path.relpath(path, self.images.parent)).as_posix()
        except ValueError:          # another drive
            return path.as_posix()

    def unit_names(self) -> tuple[int, int]:
        """How many inputs and outputs there are; pixels have no names."""
        return self._header.pixels if self._header else 1, int(self.classes.value() or 1)

    def examples(self) -> int:
        """How many pictures are taken."""
        return self._taken()

    def close_down(self) -> None:
        """Nothing runs here."""

    # --- inside ------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        files = QHBoxLayout()
        files.setSpacing(8)
        files.addWidget(QLabel(tr("Labels")))
        files.addWidget(self.labels_name)
        files.addWidget(self.choose_labels)
        files.addStretch(1)
        numbers = QHBoxLayout()
        numbers.setSpacing(8)
        for title, box in ((tr("&Pictures"), self.most), (tr("&Classes"), self.classes)):
            label = QLabel(title)
            label.setBuddy(box)
            numbers.addWidget(label)
            numbers.addWidget(box)
            numbers.addSpacing(10)
        numbers.addWidget(self.note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(files)
        layout.addLayout(numbers)
        layout.addWidget(self.test)
        beside = (self.test_images, self.test_labels)
        there = self.test_images != self.images and all(path.is_file() for path in beside)
        self.test.setVisible(there)
        self.test.setChecked(there)
        layout.addWidget(self.pictures)
        layout.addStretch(1)
        self.note.setText(tr("0 takes all of them; pixels become numbers from 0 to 1"))

    def _taken(self) -> int:
        there = self._header.count if self._header else 0
        return min(int(self.most.value() or 0) or there, there)

    def _choose_labels(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Choose the labels"), str(self.labels.parent), tr(FILTER))
        if name:
            self.labels = Path(name)
            self._read()

    def _read(self) -> None:
        """Looks at both files: how much they hold, the classes, and the first pictures."""
        self.labels_name.setText(shown_name(self.labels))
        self._header, self._fault = None, ""
        try:
            header = idx_reader.read_header(self.images)
            pictures = idx_reader.read_images(self.images, SHOWN)
            labels = idx_reader.read_labels(self.labels)
            self._header = header
            self.most.set_value(min(header.count, PROPOSED))
            self.classes.set_value(int(labels.max()) + 1)
            self._show_pictures(pictures, labels[:SHOWN], header)
        except NnvizError as refusal:
            self._fault = str(refusal)
        self._changed()

    def _show_pictures(self, pictures: idx_reader.Array, labels: idx_reader.Bytes, header: idx_reader.Header) -> None:
        while (item := self.grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        if len(header.shape) != 3:
            return
        rows, columns = header.shape[1:]
        for place, (pixels, label) in enumerate(zip(pictures, labels, strict=False)):
            grey = np.ascontiguousarray(np.round(pixels * 255.0).astype(np.uint8).reshape(rows, columns))
            image = QImage(grey.tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8)
            shown = QLabel()
            shown.setPixmap(QPixmap.fromImage(image).scaled(
                QSize(SIDE, SIDE), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation))
            shown.setAccessibleName(tr("Picture of class {0}").format(label))
            shown.setToolTip(tr("Picture {number}, class {label}").format(number=place + 1, label=label))
            name = QLabel(str(label))
            name.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self.grid.addWidget(shown, 2 * (place // 6), place % 6)
            self.grid.addWidget(name, 2 * (place // 6) + 1, place % 6)
        self.grid.setColumnStretch(6, 1)

    def _changed(self) -> None:
        self.edited.emit()
