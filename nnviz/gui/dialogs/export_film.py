"""A pass or a training run as a film: what is filmed, how fast, how large, and in which format."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnviz.engine.options import Option
from nnviz.errors import NnvizError
from nnviz.exchange.film import FILM_FORMATS, Cancelled, Film, Stopped, most_frames, numbered, older_frames
from nnviz.gui.dialogs.destination import Destination, file_stem
from nnviz.gui.dialogs.export_page import arrange, show_preview
from nnviz.gui.dialogs.export_picture import THEME_ROWS, Choosable
from nnviz.gui.dialogs.form import titled
from nnviz.gui.dialogs.task import Task
from nnviz.gui.fields import WRONG_TEXT, ChoiceBox, NumberBox, described, second_text
from nnviz.gui.filming import SUBJECTS, Filming, frame_of
from nnviz.gui.picture_export import render_image
from nnviz.gui.theme import THEMES, Theme
from nnviz.gui.translation import tr
from nnviz.report.numbers import count
from nnviz.words import counted

SIZES: dict[str, tuple[int, int]] = {"960×600": (960, 600), "1280×720": (1280, 720), "1920×1080": (1920, 1080)}
SIZE_ROWS = {
    "960×600": Choosable("960 × 600", "For web pages and messages."),
    "1280×720": Choosable("1280 × 720", "For slides."),
    "1920×1080": Choosable("1920 × 1080", "A full screen; files are large."),
}
SUBJECT_ROWS = {row.name: Choosable(row.label, row.help) for row in SUBJECTS.values()}
USUAL_FRAMES = 120               # a film of a long run takes about so many of its steps, unless it is told
LOOK = 40                        # milliseconds between two looks at a task
SETTLE = 120                     # milliseconds after the last change, before the preview is drawn


class ExportFilmDialog(QDialog):
    """Accepted, `path` is the file that was written, the first of them where they are numbered, and `message` says so.
    """

    def __init__(
        self, filming: Filming, theme: Theme, name: str, folder: Path, digits: int = 4, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export a film"))
        self.filming, self.digits = filming, digits
        self.path: Path | None = None
        self.message = ""
        self._name = file_stem(name)
        self._film: Film | None = None
        self._left: list[int] = []
        self._total = 0
        self._writing: Task[bool] | None = None

        offered = {name: row for name, row in SUBJECT_ROWS.items() if len(filming.places(name)) > 1}
        self.subjects = ChoiceBox(offered, tr("What is filmed"), tr("Which moments become pictures"))
        self.formats = ChoiceBox(
            {row.suffix: Choosable(row.label, row.help) for row in FILM_FORMATS.values() if row.is_there()},
            tr("Format"), tr("What kind of file is written"))
        self.sizes = ChoiceBox(SIZE_ROWS, tr("Size"), tr("Width and height of the pictures in pixels"))
        self.themes = ChoiceBox(THEME_ROWS, tr("Theme"), tr("The colours of the pictures"))
        self.themes.set_row(theme.name)
        self._colour_map = theme.colour_map
        self.first, self.last, self.every = (
            NumberBox(Option(default, low, whole=True), title, tip) for default, low, title, tip in (
                (0, 0, tr("From"), tr("The first step, or operation of the pass")),
                (1, 0, tr("To"), tr("The last step, or operation of the pass")),
                (1, 1, tr("Every"), tr("1 takes each of them, 10 every tenth; the last one is always taken")),
            ))
        self.rate = NumberBox(Option(8, 0.2, 60), tr("Pictures a second"),
                              tr("How fast the film runs, in pictures a second; the last one stays for 1.5 seconds"))
        self.help, self.note = second_text(""), second_text("")
        for text in (self.help, self.note):
            text.setWordWrap(True)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.picture.setAccessibleName(tr("Preview"))
        kinds = [f"{tr(form.label)} (*{form.suffix})" for form in FILM_FORMATS.values() if form.is_there()]
        self.destination = Destination(folder, ";;".join([*kinds, tr("All files (*)")]))
        self.progress = described(QProgressBar(), tr("Progress"), tr("Pictures taken"))
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.progress.hide()
        self.status = QLabel()
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.export_button = described(QPushButton(tr("&Export")), tr("Export"), tr("Write the film (Enter)"))
        self.cancel_button = described(QPushButton(tr("Cancel")), tr("Cancel"), tr("Stop, or close (Esc)"))
        self.export_button.setDefault(True)
        self.cancel_button.setAutoDefault(False)
        self._lay_out()
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLE)
        self._settling.timeout.connect(self.draw_preview)
        self._taking = QTimer(self)
        self._taking.timeout.connect(self._take)
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK)
        self._looking.timeout.connect(self._look)
        self.subjects.currentIndexChanged.connect(self._subject_chosen)
        self.formats.currentIndexChanged.connect(self._format_chosen)
        for choice in (self.sizes, self.themes):
            choice.currentIndexChanged.connect(self._changed)
        for box in (self.first, self.last, self.every, self.rate):
            box.edited.connect(self._changed)
        self.destination.edited.connect(self._changed)
        self.export_button.clicked.connect(self.export)
        self.cancel_button.clicked.connect(self.reject)
        self._format_chosen()
        self._subject_chosen()

    # --- what is chosen -------------------------------------------------------------------------------------------

    @property
    def suffix(self) -> str:
        """The chosen format's suffix, with the dot."""
        return self.formats.row_name()

    @property
    def is_running(self) -> bool:
        """Whether pictures are being taken or written."""
        return self._film is not None

    def places(self) -> Sequence[int]:
        """The places that become pictures."""
        low, high, every = (int(box.value() or 0) for box in (self.first, self.last, self.every))
        chosen = [place for place in self.filming.places(self.subjects.row_name()) if low <= place <= high]
        taken = chosen[:: max(1, every)]
        return taken if not chosen or taken[-1] == chosen[-1] else [*taken, chosen[-1]]

    def problem(self) -> str:
        """What is wrong with what is chosen, as a sentence; empty where nothing is."""
        problem = self.first.problem() or self.last.problem() or self.every.problem() or self.rate.problem()
        if problem:
            return problem
        if len(self.places()) < 2:
            return tr("A film needs two pictures at least: choose a longer stretch.")
        most = most_frames(FILM_FORMATS[self.suffix], *SIZES[self.sizes.row_name()])
        if most is not None and len(self.places()) > most:
            text = tr("This format can hold {most} pictures of this size in memory: take fewer of them, a smaller size "
                      "or numbered images.")
            return text.format(most=count(most))
        return ""

    # --- writing ----------------------------------------------------------------------------------------------------

    def export(self) -> None:
        """Takes the pictures one by one while the window stays alive, then writes them beside it."""
        if self.is_running or self.problem():
            return
        self._left = list(self.places())
        self._total = len(self._left)
        self._film = FILM_FORMATS[self.suffix].make(self.destination.path(), float(self.rate.value() or 1.0))
        self.progress.setRange(0, self._total)
        self.progress.setValue(0)
        self.progress.show()
        self._allow()
        self.filming.begin(self.subjects.row_name())
        self._taking.start()

    def _take(self) -> None:
        film = self._film
        if film is None:
            return
        try:
            drawing, colours = self.filming.shot(self.subjects.row_name(), self._left.pop(0))
            image = render_image(drawing, self._theme(), *SIZES[self.sizes.row_name()], digits=self.digits,
                                 colours=colours)
            film.add(frame_of(image))
        except NnvizError as refusal:
            self._stop(str(refusal), wrong=True)
            return
        done = self._total - len(self._left)
        self.progress.setValue(done)
        self._say(tr("Picture {done} of {total}").format(done=count(done), total=count(self._total)))
        if not self._left:
            self._taking.stop()
            self.progress.setRange(0, 0)
            self._say(tr("Writing the file…"))
            self._writing = Task(partial(_written, film))
            self._looking.start()

    def _look(self) -> None:
        task = self._writing
        if task is None or not task.is_done:
            return
        self._looking.stop()
        self._writing = None
        try:
            task.result()
        except Stopped:
            self._stop(tr("Stopped. No file was written."))
        except (NnvizError, OSError) as refusal:
            self._stop(str(refusal), wrong=True)
        else:
            self._finish()

    def _finish(self) -> None:
        path, total = self.destination.path(), self._total
        self.path = numbered(path, 1) if self.suffix == ".png" else path
        self._stop("")
        if self.suffix == ".png":
            text = tr("{total} pictures are in {first} to {last}.")
            self.message = text.format(total=count(total), first=self.path.name, last=numbered(path, total).name)
            if older := older_frames(path, total):
                self.message += " " + _said_of(older, "{images} of an older film could not be removed: {names}.")
        else:
            self.message = tr("A film of {total} pictures is in {file}.").format(total=count(total), file=path.name)
        self.accept()

    def _stop(self, sentence: str, wrong: bool = False) -> None:
        """Ends the taking and writing, and puts the network back."""
        self._taking.stop()
        film, self._film = self._film, None
        if film is not None:
            film.__exit__(None, None, None)
        self.filming.back()
        self.progress.hide()
        self._allow()
        self._say(sentence, wrong)

    def reject(self) -> None:
        """Stops what is being written; with nothing to stop, closes."""
        if self._writing is not None:
            self._writing.cancel()
        elif self._film is not None:
            self._stop(tr("Stopped. No file was written."))
        else:
            super().reject()

    def done(self, result: int) -> None:
        for timer in (self._settling, self._taking, self._looking):
            timer.stop()
        if self._writing is not None:
            self._writing.end()
            self._writing = None
        if self._film is not None:
            self._stop("")
        super().done(result)

    # --- how it looks -----------------------------------------------------------------------------------------------

    def draw_preview(self) -> None:
        """Draws the picture as it is now, as large as there is room."""
        drawing, colours = self.filming.here()
        show_preview(self.picture, drawing, self._theme(), *SIZES[self.sizes.row_name()], self.digits, colours)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settling.start()

    def _theme(self) -> Theme:
        return THEMES[self.themes.row_name()].with_colours(self._colour_map)

    def _subject_chosen(self) -> None:
        places = self.filming.places(self.subjects.row_name())
        self.first.set_value(places[0])
        self.last.set_value(places[-1])
        self.every.set_value(max(1, math.ceil(len(places) / USUAL_FRAMES)))
        self._changed()

    def _format_chosen(self) -> None:
        self.destination.first = partial(numbered, number=1) if self.suffix == ".png" else lambda path: path
        self.destination.propose(f"{self._name}{self.suffix}")
        self.destination.change_suffix(self.suffix)
        self._changed()

    def _changed(self) -> None:
        subject = SUBJECTS[self.subjects.row_name()]
        self.help.setText(f"{tr(subject.help)} {tr(FILM_FORMATS[self.suffix].help)}")
        problem = self.problem()
        self.note.setText(problem or self._about())
        self.note.setStyleSheet(WRONG_TEXT if problem else "")
        self.status.clear()
        self._settling.start()
        self._allow()

    def _about(self) -> str:
        places = len(self.places())
        seconds = places / float(self.rate.value() or 1.0)
        said = tr("{pictures} pictures, {seconds:.1f} seconds").format(pictures=count(places), seconds=seconds)
        if self.suffix != ".png" or self.destination.problem():
            return said
        older = older_frames(self.destination.path(), places)
        return f"{said}. {_said_of(older, '{images} of an older film will be removed: {names}.')}" if older else said

    def _allow(self) -> None:
        running = self.is_running
        for widget in (self.subjects, self.formats, self.sizes, self.themes, self.first, self.last, self.every,
                       self.rate, self.destination):
            widget.setEnabled(not running)
        self.export_button.setEnabled(not running and not self.problem() and not self.destination.problem())
        self.export_button.setText(tr("R&eplace") if self.destination.replaces else tr("&Export"))
        self.cancel_button.setText(tr("Stop") if running else tr("Cancel"))

    def _say(self, text: str, wrong: bool = False) -> None:
        self.status.setStyleSheet(WRONG_TEXT if wrong else "")
        self.status.setText(text)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        place = 0
        for title, box in ((tr("&What"), self.subjects), (tr("F&ormat"), self.formats), (tr("&Size"), self.sizes),
                           (tr("T&heme"), self.themes)):
            grid.addWidget(titled(title, box), place, 0, 1, 3)
            grid.addWidget(box, place + 1, 0, 1, 3)
            place += 2
        for column, (title, number) in enumerate(((tr("Fro&m"), self.first), (tr("&To"), self.last),
                                                  (tr("E&very"), self.every))):
            grid.addWidget(titled(title, number), place, column)
            grid.addWidget(number, place + 1, column)
            number.setMinimumWidth(self.fontMetrics().height() * 4)
        grid.addWidget(titled(tr("&Pictures a second"), self.rate), place + 2, 0, 1, 3)
        grid.addWidget(self.rate, place + 3, 0, 1, 3)
        grid.addWidget(self.note, place + 4, 0, 1, 3)
        grid.addWidget(self.help, place + 5, 0, 1, 3)
        grid.setRowStretch(place + 6, 1)
        frame = QFrame()
        frame.setProperty("card", True)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(12, 12, 12, 12)
        inside.addWidget(self.picture)
        result = QVBoxLayout()
        result.addWidget(frame)
        line = QHBoxLayout()
        line.setSpacing(8)
        said = QVBoxLayout()
        said.setSpacing(4)
        said.addWidget(self.status)
        said.addWidget(self.progress)
        line.addLayout(said, 1)
        line.addWidget(self.export_button)
        line.addWidget(self.cancel_button)
        arrange(self, grid, 17, result, self.destination, line, width=62)


def _said_of(older: Sequence[Path], text: str) -> str:
    """A sentence about images, with how many and which they are."""
    names = older[0].name if len(older) == 1 else tr("{first} to {last}").format(
        first=older[0].name, last=older[-1].name)
    return tr(text).format(images=counted(len(older), "{count} image", "{count} images"), names=names)


def _written(film: Film, cancelled: Cancelled) -> bool:
    film.finish(cancelled)
    return True
