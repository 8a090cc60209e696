"""The picture of the network as a file: which format, how large, light or dark, and how it will look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnviz.engine.options import Option
from nnviz.errors import NnvizError
from nnviz.exchange.files import write_file
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.dialogs.destination import Destination, file_stem
from nnviz.gui.dialogs.export_page import arrange, show_preview
from nnviz.gui.dialogs.form import titled
from nnviz.gui.fields import WRONG_TEXT, ChoiceBox, NumberBox, described, second_text
from nnviz.gui.picture_export import PICTURE_FORMATS, Picture, picture_bytes
from nnviz.gui.theme import THEMES, Theme
from nnviz.gui.translation import tr

SMALLEST, LARGEST = 200, 8192    # of a side, in pixels
DENSE_FROM = 2560                # a picture this wide is drawn with two pixels to each, or its text could not be read
_SETTLE = 120                    # milliseconds after the last change, before the preview is drawn
_OWN_SIZE = "custom"


@dataclass(frozen=True)
class Choosable:
    """A row of a small table of this dialog."""

    label: str
    help: str
    options: Mapping[str, Option] = field(default_factory=dict)


FORMAT_HELP = {
    ".png": "Pixels, for slides and web pages.",
    ".svg": "Lines and text that stay sharp at any size and can be edited.",
    ".pdf": "Lines and text for print and LaTeX.",
}
FORMATS = {suffix: Choosable(row.label, FORMAT_HELP.get(suffix, "")) for suffix, row in PICTURE_FORMATS.items()}
SIZES: dict[str, tuple[int, int]] = {"1280×800": (1280, 800), "1920×1080": (1920, 1080), "3840×2160": (3840, 2160)}
SIZE_ROWS = {
    "1280×800": Choosable("1280 × 800", "As large as a window."),
    "1920×1080": Choosable("1920 × 1080", "A slide or a full screen."),
    "3840×2160": Choosable("3840 × 2160", "A poster or a large screen."),
    _OWN_SIZE: Choosable("Other size", "Width and height below."),
}
THEME_ROWS = {
    "light": Choosable("Light", "For paper and bright slides."),
    "dark": Choosable("Dark", "For dark slides."),
}


class ExportPictureDialog(QDialog):
    """Accepted, `path` is the file that was written and `message` a sentence that says so.

    `colours` are those that the window shows; None: those that fit the drawing.
    """

    def __init__(
        self, drawing: Picture, theme: Theme, name: str, folder: Path, digits: int = 4, parent: QWidget | None = None,
        colours: ColourScale | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export the picture"))
        self.drawing, self.digits, self.colours = drawing, digits, colours
        self.path: Path | None = None
        self.message = ""
        self._name = file_stem(name)
        self.formats = ChoiceBox(FORMATS, tr("Format"), tr("Kind of file"))
        self.sizes = ChoiceBox(SIZE_ROWS, tr("Size"), tr("Width × height; in pixels, for a PDF in points"))
        self.width_box, self.height_box = (
            NumberBox(Option(default, SMALLEST, LARGEST, whole=True), title, tip)
            for default, title, tip in ((1280, tr("Width"), tr("In pixels, for a PDF in points")),
                                        (800, tr("Height"), tr("In pixels, for a PDF in points"))))
        self.themes = ChoiceBox(THEME_ROWS, tr("Theme"), tr("Colours of the picture"))
        self.themes.set_row(theme.name)
        self._colour_map = theme.colour_map
        self.help = second_text("")
        self.help.setWordWrap(True)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        described(self.picture, tr("Preview"), tr("The whole picture, made smaller to fit here"))
        patterns = [f"{tr(row.label)} (*{suffix})" for suffix, row in FORMATS.items()]
        self.destination = Destination(folder, ";;".join(patterns))
        self.status = QLabel()
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.status.setStyleSheet(WRONG_TEXT)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.export_button = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        described(self.export_button, tr("Export"), tr("Write the file (Enter)"))
        cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        described(cancel, tr("Cancel"), tr("Write nothing (Esc)"))
        cancel.setAutoDefault(False)
        self._lay_out()
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE)
        self._settling.timeout.connect(self.draw_preview)
        self.formats.currentIndexChanged.connect(self._format_changed)
        self.sizes.currentIndexChanged.connect(self._preset_chosen)
        self.themes.currentIndexChanged.connect(self._changed)
        for box in (self.width_box, self.height_box):
            box.edited.connect(self._size_changed)
        self.destination.edited.connect(self._changed)
        self.buttons.accepted.connect(self.export)
        self.buttons.rejected.connect(self.reject)
        self.destination.propose(f"{self._name}{self.suffix()}")
        self._changed()

    def suffix(self) -> str:
        """The chosen format's suffix, with the dot."""
        return self.formats.row_name()

    def size_chosen(self) -> QSize:
        """Width and height of the picture."""
        width, height = self.width_box.value(), self.height_box.value()
        return QSize(int(width or 0), int(height or 0))

    def problem(self) -> str:
        """What is wrong with the size, as a sentence; empty where nothing is."""
        return self.width_box.problem() or self.height_box.problem()

    def picture_bytes(self) -> bytes:
        """The file as it will be written."""
        width, height, scale = self._layout_size()
        return picture_bytes(self.drawing, self._theme(), width, height, self.suffix(), scale=scale, digits=self.digits,
                             colours=self.colours)

    def export(self) -> None:
        """Writes the file and closes; where that fails, says why and stays open."""
        path = self.destination.path()
        try:
            write_file(path, self.picture_bytes())
        except NnvizError as refusal:
            self.status.setText(str(refusal))
            return
        self.path = path
        self.message = tr("The picture is in {file}.").format(file=path.name)
        self.accept()

    def draw_preview(self) -> None:
        """Draws the picture as it will be laid out, made smaller."""
        if self.problem():
            return
        width, height, _ = self._layout_size()
        show_preview(self.picture, self.drawing, self._theme(), width, height, self.digits, self.colours)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settling.start()

    def _theme(self) -> Theme:
        return THEMES[self.themes.row_name()].with_colours(self._colour_map)

    def _layout_size(self) -> tuple[int, int, float]:
        """Width and height in which the picture is laid out, and how many pixels are drawn for each."""
        size = self.size_chosen()
        scale = 2 if size.width() >= DENSE_FROM else 1
        return size.width() // scale, size.height() // scale, float(scale)

    def _format_changed(self) -> None:
        self.destination.change_suffix(self.suffix())
        self._changed()

    def _preset_chosen(self) -> None:
        size = SIZES.get(self.sizes.row_name())
        if size is not None:
            self.width_box.set_value(size[0])
            self.height_box.set_value(size[1])
        self._changed()

    def _size_changed(self) -> None:
        size = self.size_chosen().toTuple()
        named = next((name for name, preset in SIZES.items() if preset == size), _OWN_SIZE)
        # While a preset puts its height in after its width, the two do not yet make a size.
        if self.sizes.row_name() not in SIZES or self.width_box.hasFocus() or self.height_box.hasFocus():
            self.sizes.blockSignals(True)
            self.sizes.set_row(named)
            self.sizes.blockSignals(False)
        self._changed()

    def _changed(self) -> None:
        problem = self.problem()
        self.help.setText(tr(FORMATS[self.suffix()].help))
        self.status.setText(problem)
        self.export_button.setEnabled(not problem and not self.destination.problem())
        self.export_button.setDefault(self.export_button.isEnabled())
        self.export_button.setText(tr("R&eplace") if self.destination.replaces else tr("&Export"))
        self._settling.start()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        rows: tuple[tuple[str, QWidget], ...] = (
            (tr("F&ormat"), self.formats), (tr("&Size"), self.sizes), (tr("&Theme"), self.themes))
        place = 0
        for title, box in rows:
            grid.addWidget(titled(title, box), place, 0, 1, 2)
            grid.addWidget(box, place + 1, 0, 1, 2)
            place += 2
            if box is self.formats:
                grid.addWidget(self.help, place, 0, 1, 2)
            if box is self.sizes:
                sides = ((tr("&Width"), self.width_box), (tr("&Height"), self.height_box))
                for column, (name, side) in enumerate(sides):
                    grid.addWidget(titled(name, side), place, column)
                    grid.addWidget(side, place + 1, column)
            place += 2
            grid.setRowMinimumHeight(place, 8)
            place += 1
        grid.setRowStretch(place, 1)
        frame = QFrame()
        frame.setProperty("card", True)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(12, 12, 12, 12)
        inside.addWidget(self.picture)
        result = QVBoxLayout()
        result.addWidget(frame)
        line = QHBoxLayout()
        line.addWidget(self.status, 1)
        line.addWidget(self.buttons)
        arrange(self, grid, 15, result, self.destination, line, width=60)
