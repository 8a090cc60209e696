"""Tables of what happened, as CSV: which one, of which steps, and how it will begin, before a byte is written."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nnviz.engine.options import Option
from nnviz.errors import NnvizError
from nnviz.exchange.files import whole_file
from nnviz.exchange.formats import CSV, FORMATS, Format, Write, format_of
from nnviz.exchange.tables import TABLES, Cancelled, Outcome, Progress
from nnviz.gui.dialogs.destination import Destination, file_stem
from nnviz.gui.dialogs.export_page import arrange
from nnviz.gui.dialogs.form import titled
from nnviz.gui.dialogs.task import Task
from nnviz.gui.fields import WRONG_TEXT, NumberBox, described, second_text
from nnviz.gui.fonts import monospaced_font
from nnviz.gui.translation import tr
from nnviz.report.numbers import count

MOST_COPIED = 20_000         # rows that go through the clipboard
LOOK = 40                    # milliseconds between two looks at a task
SETTLE = 150                 # milliseconds after the last change, before a preview is made


class Exporter(Protocol):
    """What the dialog asks about the open network; `preview` and `run` are called on another thread."""

    @property
    def first_step(self) -> int: ...
    @property
    def last_step(self) -> int: ...
    def preview(
        self, table: str, first: int, last: int, every: int, cancelled: Cancelled | None = None, state: bool = False
    ) -> bytes: ...
    def count(self, table: str, first: int, last: int, every: int) -> int: ...
    def run(
        self, table: str, first: int, last: int, every: int, write: Write, progress: Progress | None = None,
        cancelled: Cancelled | None = None, state: bool = False, form: Format = CSV,
    ) -> Outcome: ...


class ExportTablesDialog(QDialog):
    """Accepted, `path` is the file that was written and `message` a sentence that says so."""

    def __init__(
        self, exporter: Exporter, name: str, folder: Path, table: str = "parameters", parent: QWidget | None = None,
        offered: Collection[str] = tuple(TABLES),
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export tables"))
        self.exporter = exporter
        self.path: Path | None = None
        self.message = ""
        self._name = file_stem(name)
        self._task: Task[Outcome] | None = None
        self._finish: Callable[[Outcome], None] = lambda outcome: None
        self._preview_task: Task[bytes] | None = None
        self._progress = (0, 0)
        self._preview = b""

        self.tables = described(QListWidget(), tr("Table"), tr("What is written"))
        for row in (row for row in TABLES.values() if row.name in offered):
            item = QListWidgetItem(tr(row.label))
            item.setData(Qt.ItemDataRole.UserRole, row.name)
            item.setToolTip(tr(row.help))
            item.setSizeHint(QSize(0, round(self.fontMetrics().height() * 1.7)))
            self.tables.addItem(item)
        self.tables.setCurrentRow([name for name in TABLES if name in offered].index(table))
        self.help = second_text("")
        self.help.setWordWrap(True)
        self.first, self.last, self.every = (
            NumberBox(Option(default, low, whole=True), title, tip) for default, low, title, tip in (
                (exporter.first_step, exporter.first_step, tr("From step"), tr("The first step of the table")),
                (exporter.last_step, exporter.first_step, tr("To step"), tr("The last step of the table")),
                (1, 1, tr("Every"), tr("1 takes each step, 10 every tenth; the last one is always taken")),
            ))
        self.state = described(QCheckBox(tr("&Optimiser state")), tr("Optimiser state"), tr(
            "What the optimiser remembers after each update, and each parameter's effective learning rate, in columns "
            "at the end"))
        self.note = second_text("")
        self.note.setWordWrap(True)
        self.size_line = QLabel()
        self.view = described(QPlainTextEdit(), tr("Preview"), tr("How the file begins, exactly as it is written"))
        self.view.setReadOnly(True)
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.setFont(monospaced_font(self.font().pointSizeF() * 0.92))
        kinds = [f"{tr(form.label)} (*{form.suffix})" for form in FORMATS.values() if form.is_there]
        self.destination = Destination(folder, ";;".join([*kinds, tr("All files (*)")]))
        self.progress = described(QProgressBar(), tr("Progress"), tr("Steps written"))
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.progress.hide()
        self.status = QLabel()
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setWordWrap(True)
        self.copy_button = described(QPushButton(tr("&Copy")), tr("Copy"), "")
        self.export_button = described(QPushButton(tr("&Export")), tr("Export"), tr("Write the file (Enter)"))
        self.cancel_button = described(QPushButton(tr("Cancel")), tr("Cancel"), tr("Stop, or close (Esc)"))
        self.export_button.setDefault(True)
        for button in (self.copy_button, self.cancel_button):
            button.setAutoDefault(False)
        self._lay_out()

        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLE)
        self._settling.timeout.connect(self._make_preview)
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK)
        self._looking.timeout.connect(self._look)
        self.tables.currentRowChanged.connect(self._changed)
        for box in (self.first, self.last, self.every):
            box.edited.connect(self._changed)
        self.state.toggled.connect(self._changed)
        self.destination.edited.connect(self._allow)
        self.export_button.clicked.connect(self.export)
        self.copy_button.clicked.connect(self.copy)
        self.cancel_button.clicked.connect(self.reject)
        self._changed()
        self.tables.setFocus()

    # --- what is chosen -------------------------------------------------------------------------------------------

    def table(self) -> str:
        """The name of the chosen table."""
        return str(self.tables.currentItem().data(Qt.ItemDataRole.UserRole))

    def choose_steps(self, first: int, last: int) -> None:
        """Offers only these steps."""
        self.first.set_value(max(first, self.exporter.first_step))
        self.last.set_value(max(last, self.exporter.first_step))
        self._changed()

    def wants_state(self) -> bool:
        """Whether the optimiser's state is to be in the table."""
        return self.state.isChecked() and TABLES[self.table()].has_state

    def problem(self) -> str:
        """What is wrong with the steps, as a sentence; empty where nothing is."""
        problem = self.first.problem() or self.last.problem() or self.every.problem()
        if problem:
            return problem
        first, last, _ = self._steps()
        if last < first:
            return tr("The last step must not lie before the first one, {first}.").format(first=first)
        return ""

    def is_running(self) -> bool:
        """Whether a table is being written."""
        return self._task is not None

    def _steps(self) -> tuple[int, int, int]:
        first, last, every = (1 if (value := box.value()) is None else int(value)
                              for box in (self.first, self.last, self.every))
        return first, last, every

    # --- how it is put together -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(_heading(tr("Table"), self.tables))
        rows = self.tables.count()
        self.tables.setFixedHeight(rows * (self.tables.sizeHintForRow(0)) + 2 * self.tables.frameWidth() + 4)
        self.tables.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left.addWidget(self.tables)
        left.addWidget(self.help)
        left.addWidget(self.state)
        left.addSpacing(8)
        left.addWidget(_heading(tr("Steps"), self.first))
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        for column, (title, box) in enumerate(((tr("&From"), self.first), (tr("&To"), self.last),
                                               (tr("E&very"), self.every))):
            grid.addWidget(titled(title, box), 0, column)
            box.setMinimumWidth(self.fontMetrics().height() * 5)
            grid.addWidget(box, 1, column)
        left.addLayout(grid)
        left.addWidget(self.note)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(_heading(tr("Preview"), self.view))
        head.addStretch(1)
        self.size_line.setProperty("second", True)
        self.size_line.setAccessibleName(tr("Size of the table"))
        head.addWidget(self.size_line)
        right.addLayout(head)
        right.addWidget(self.view, 1)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.copy_button)
        line.addSpacing(8)
        said = QVBoxLayout()
        said.setSpacing(4)
        said.addWidget(self.status)
        said.addWidget(self.progress)
        line.addLayout(said, 1)
        line.setAlignment(said, Qt.AlignmentFlag.AlignVCenter)
        line.addSpacing(8)
        line.addWidget(self.export_button)
        line.addWidget(self.cancel_button)
        arrange(self, left, 20, right, self.destination, line, width=62)

    # --- preview ----------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        row = TABLES[self.table()]
        self.help.setText(tr(row.help))
        self.state.setVisible(row.has_state)
        self.destination.propose(f"{self._name}-{row.name}.csv")
        problem = self.problem()
        self.note.setText(problem or self._about_steps())
        self.note.setStyleSheet(WRONG_TEXT if problem else "")
        self.status.clear()
        self._settling.start()
        self._allow()

    def _about_steps(self) -> str:
        oldest, newest = self.exporter.first_step, self.exporter.last_step
        if self._steps()[1] > newest:
            return tr("Steps after {newest} are trained for the table alone; the network stays where it is.").format(
                newest=count(newest))
        return tr("The network has step {0}.").format(count(oldest)) if oldest == newest else tr(
            "The network has steps {0} to {1}.").format(count(oldest), count(newest))

    def _make_preview(self) -> None:
        if self._preview_task is not None:
            self._preview_task.cancel()
        self._preview_task = None
        if self.problem():
            return
        chosen, state = (self.table(), *self._steps()), self.wants_state()
        self._preview_task = Task(lambda cancelled: self.exporter.preview(*chosen, cancelled, state))
        self._looking.start()

    def _show_preview(self, task: Task[bytes]) -> None:
        try:
            self._preview = task.result()
        except NnvizError as refusal:
            self._say(str(refusal), wrong=True)
            return
        self.view.setPlainText(self._preview.decode("utf-8"))
        self.size_line.setText(self._about_size())
        self._allow()

    def _rows(self) -> int:
        return self.exporter.count(self.table(), *self._steps())

    def _about_size(self) -> str:
        rows = self._rows()
        header, _, body = self._preview.partition(b"\n")
        shown = body.count(b"\n")
        size = len(header) + 1 + rows * len(body) / max(shown, 1)
        # A whole table in the preview is known to the byte.
        about = "" if shown == rows else tr("about") + " "
        numbered = tr("1 row") if rows == 1 else tr("{0} rows").format(count(rows))
        return f"{numbered}, {about}{in_bytes(size)}"

    # --- writing ----------------------------------------------------------------------------------------------------

    def export(self) -> None:
        """Writes the file beside the window's work; the dialog closes when it is whole."""
        path = self.destination.path()
        chosen, state = (self.table(), *self._steps()), self.wants_state()
        form = format_of(path.suffix)

        def work(cancelled: Cancelled) -> Outcome:
            with whole_file(path) as file:
                outcome = self.exporter.run(*chosen, file.write, self._told, cancelled, state, form)
                if outcome.cancelled:
                    raise _Stopped
            return outcome

        def finish(outcome: Outcome) -> None:
            self.path = path
            rows = tr("1 row") if outcome.rows == 1 else tr("{0} rows").format(count(outcome.rows))
            self.message = " ".join(
                [tr("{rows} written to {file}.").format(rows=rows, file=path.name), *_why_it_ends(outcome)])
            self.accept()

        self._start(work, finish)

    def copy(self) -> None:
        """Puts the whole table on the clipboard."""
        chosen, state = (self.table(), *self._steps()), self.wants_state()
        whole = io.BytesIO()

        def work(cancelled: Cancelled) -> Outcome:
            return self.exporter.run(*chosen, whole.write, self._told, cancelled, state)

        def finish(outcome: Outcome) -> None:
            QGuiApplication.clipboard().setText(whole.getvalue().decode("utf-8"))
            self._say(" ".join([tr("The table is on the clipboard."), *_why_it_ends(outcome)]))

        self._start(work, finish)

    def _start(self, work: Callable[[Cancelled], Outcome], finish: Callable[[Outcome], None]) -> None:
        if self._task is not None or self.problem():
            return
        self._progress = (0, 0)
        self._finish = finish
        self.status.clear()
        self.progress.setValue(0)
        self.progress.show()
        self._task = Task(work)
        self._allow()
        self._looking.start()

    def _told(self, done: int, steps: int) -> None:
        self._progress = (done, steps)

    def _look(self) -> None:
        preview, task = self._preview_task, self._task
        if preview is not None and preview.is_done:
            self._preview_task = None
            if not preview.is_cancelled:
                self._show_preview(preview)
        if task is not None:
            done, steps = self._progress
            self.progress.setValue(round(1000 * done / steps) if steps else 0)
            if done:
                self._say(tr("{done} of {steps} steps").format(done=count(done), steps=count(steps)))
            if task.is_done:
                self._end(task)
        if self._preview_task is None and self._task is None:
            self._looking.stop()

    def _end(self, task: Task[Outcome]) -> None:
        self._task = None
        self.progress.hide()
        self.status.clear()
        self._allow()
        try:
            outcome = task.result()
        except _Stopped:
            self._say(tr("Stopped. No file was written."))
        except NnvizError as refusal:
            self._say(str(refusal), wrong=True)
        else:
            if outcome.cancelled:
                self._say(tr("Stopped."))
            else:
                self._finish(outcome)

    def reject(self) -> None:
        """Stops what is being written; with nothing to stop, closes."""
        if self._task is not None:
            self._task.cancel()
            return
        self._let_go()
        super().reject()

    def done(self, result: int) -> None:
        self._let_go()
        super().done(result)

    def _let_go(self) -> None:
        self._settling.stop()
        self._looking.stop()
        for task in (self._task, self._preview_task):
            if task is not None:
                task.end()
        self._task = self._preview_task = None

    def _allow(self) -> None:
        """Which buttons can be used now."""
        running, good = self._task is not None, not self.problem()
        rows = self._rows() if good else 0
        for widget in (self.tables, self.state, self.first, self.last, self.every, self.destination):
            widget.setEnabled(not running)
        ready = good and not running
        self.export_button.setEnabled(ready and not self.destination.problem())
        self.export_button.setDefault(self.export_button.isEnabled())
        self.export_button.setText(tr("R&eplace") if self.destination.replaces else tr("&Export"))
        self.copy_button.setEnabled(ready and rows <= MOST_COPIED)
        self.copy_button.setToolTip(
            tr("Put the whole table on the clipboard") if rows <= MOST_COPIED else
            tr("Tables of more than {0} rows are better written to a file").format(count(MOST_COPIED)))
        self.cancel_button.setText(tr("Stop") if running else tr("Cancel"))

    def _say(self, text: str, wrong: bool = False) -> None:
        self.status.setStyleSheet(WRONG_TEXT if wrong else "")
        self.status.setText(text)


class _Stopped(Exception):
    """The user has stopped the export; raised so that the half-written file is thrown away."""


def _why_it_ends(outcome: Outcome) -> list[str]:
    return [outcome.divergence.sentence(), tr("The table ends there.")] if outcome.divergence is not None else []


def in_bytes(size: float) -> str:
    """A size for people.

    >>> in_bytes(120), in_bytes(23_400), in_bytes(5.2e9)
    ('120 bytes', '23 kB', '5.2 GB')
    """
    if size < 1000:
        return tr("{number:.0f} bytes").format(number=size)
    units = ["kB", "MB", "GB", "TB", "PB"]
    power = min(int(math.log10(size * 1.0005) // 3), len(units))
    shown = size / 1000**power
    return f"{shown:.0f} {units[power - 1]}" if shown >= 9.95 else f"{shown:.1f} {units[power - 1]}"


def _heading(text: str, field_of: QWidget) -> QLabel:
    label = QLabel(text)
    label.setProperty("heading", True)
    label.setBuddy(field_of)
    return label
