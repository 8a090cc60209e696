"""What the dialog previews is what it writes, what it writes is what the command line writes, or nothing at all."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from nnviz.errors import Refused
from nnviz.exchange.formats import CSV, Format, Write
from nnviz.exchange.session_export import PREVIEWED, SessionExporter
from nnviz.exchange.tables import TABLES, Cancelled, Outcome, Progress, run_and_export
from nnviz.gui.dialogs.export_tables import MOST_COPIED, ExportTablesDialog, in_bytes
from nnviz.session.examples import open_document
from nnviz.session.session import Session


class SlowExporter(SessionExporter):
    """Writes one line, then waits until it is cancelled."""

    def __init__(self) -> None:
        super().__init__(Session(open_document("xor")))
        self.written = threading.Event()

    def run(self, table: str, first: int, last: int, every: int, write: Write, progress: Progress | None = None,
            cancelled: Cancelled | None = None, state: bool = False, form: Format = CSV) -> Outcome:
        write(b"step\n")
        if progress is not None:
            progress(1, 10)
        self.written.set()
        while cancelled is not None and not cancelled():
            threading.Event().wait(0.005)
        return Outcome(0, cancelled=True)


class RefusingExporter(SessionExporter):
    def run(self, *_args: object, **_more: object) -> Outcome:
        raise Refused("the table is not there today")


@pytest.fixture
def session() -> Session:
    made = Session(open_document("mazur-2-2-2"))
    made.advance_steps(40)
    return made


def opened(qtbot: QtBot, exporter: SessionExporter, folder: Path, table: str = "parameters") -> ExportTablesDialog:
    dialog = ExportTablesDialog(exporter, "Mazur 2-2-2", folder, table)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    return dialog


@pytest.fixture
def dialog(qtbot: QtBot, session: Session, tmp_path: Path) -> ExportTablesDialog:
    return opened(qtbot, SessionExporter(session), tmp_path)


def by_command_line(table: str, steps: int, every: int = 1) -> bytes:
    parts: list[bytes] = []
    run_and_export(open_document("mazur-2-2-2"), table, steps, every, parts.append)
    return b"".join(parts)


def retype(qtbot: QtBot, dialog: ExportTablesDialog, name: str, text: str) -> None:
    box = getattr(dialog, name)
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, text)


def test_optimiser_state_is_written_as_the_command_line_writes_it(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    session.edit({"optimiser.name": "adam"}, "adam")
    session.advance_steps(5)
    dialog = opened(qtbot, SessionExporter(session), tmp_path)
    qtbot.mouseClick(dialog.state, Qt.MouseButton.LeftButton, pos=QPoint(8, dialog.state.height() // 2))
    assert dialog.wants_state()
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    parts: list[bytes] = []
    run_and_export(session, "parameters", 45, 1, parts.append, state=True)
    assert dialog.path is not None and dialog.path.read_bytes() == b"".join(parts)


def test_the_choice_of_optimiser_state_is_only_there_for_the_table_that_has_it(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    assert opened(qtbot, SessionExporter(session), tmp_path, "parameters").state.isVisible()
    assert not opened(qtbot, SessionExporter(session), tmp_path, "metrics").state.isVisible()


@pytest.mark.parametrize("table", TABLES)
def test_the_file_has_the_bytes_of_the_command_line(
    qtbot: QtBot, session: Session, tmp_path: Path, table: str
) -> None:
    dialog = opened(qtbot, SessionExporter(session), tmp_path, table)
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    assert dialog.path == tmp_path / f"mazur-2-2-2-{table}.csv"
    written = dialog.path.read_bytes()
    assert written == by_command_line(table, 40)
    rows = written.count(b"\n") - 1
    assert dialog.message == f"{rows} rows written to {dialog.path.name}."


def test_the_tables_are_those_of_the_table_of_tables(qtbot: QtBot, dialog: ExportTablesDialog) -> None:
    assert [dialog.tables.item(place).text() for place in range(dialog.tables.count())] == [
        row.label for row in TABLES.values()]
    qtbot.keyClick(dialog.tables, Qt.Key.Key_End)
    assert dialog.table() == "metrics"
    assert dialog.help.text() == TABLES["metrics"].help
    assert dialog.destination.path().name == "mazur-2-2-2-metrics.csv"


def test_the_preview_is_how_the_file_begins(qtbot: QtBot, dialog: ExportTablesDialog) -> None:
    expected = by_command_line("parameters", 40).splitlines(keepends=True)[: PREVIEWED + 1]
    qtbot.waitUntil(lambda: dialog.view.toPlainText() == b"".join(expected).decode())
    assert dialog.size_line.text().startswith("400 rows, about ")


def test_the_preview_follows_the_steps(qtbot: QtBot, dialog: ExportTablesDialog) -> None:
    qtbot.keyClick(dialog.tables, Qt.Key.Key_End)
    retype(qtbot, dialog, "every", "17")
    expected = by_command_line("metrics", 40, 17)
    qtbot.waitUntil(lambda: dialog.view.toPlainText() == expected.decode())
    assert dialog.size_line.text() == f"4 rows, {in_bytes(len(expected))}"


def test_steps_beyond_the_training_are_trained_for_the_table_alone(
    qtbot: QtBot, dialog: ExportTablesDialog, session: Session
) -> None:
    retype(qtbot, dialog, "last", "55")
    assert "after 40" in dialog.note.text()
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.export_button, Qt.Key.Key_Return)
    assert dialog.path is not None and dialog.path.read_bytes() == by_command_line("parameters", 55)
    assert session.last_step == 40


def test_steps_that_go_backwards_are_said_and_not_exported(qtbot: QtBot, dialog: ExportTablesDialog) -> None:
    retype(qtbot, dialog, "first", "41")
    assert dialog.note.text() == "The last step must not lie before the first one, 41."
    assert not dialog.export_button.isEnabled() and not dialog.copy_button.isEnabled()
    retype(qtbot, dialog, "first", "zero")
    assert dialog.note.text().startswith("From step must be ")


def test_a_table_can_be_copied(qtbot: QtBot, dialog: ExportTablesDialog) -> None:
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.is_running())
    assert QGuiApplication.clipboard().text() == by_command_line("parameters", 40).decode()
    assert dialog.status.text() == "The table is on the clipboard."
    assert dialog.isVisible()


def test_a_large_table_is_not_copied(qtbot: QtBot, dialog: ExportTablesDialog) -> None:
    retype(qtbot, dialog, "last", str(MOST_COPIED))
    assert not dialog.copy_button.isEnabled() and dialog.export_button.isEnabled()


def test_stop_leaves_nothing_behind(qtbot: QtBot, tmp_path: Path) -> None:
    exporter = SlowExporter()
    dialog = opened(qtbot, exporter, tmp_path)
    dialog.destination.edit.setText(str(tmp_path / "table.csv"))
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: exporter.written.is_set() and dialog.progress.value() == 100)
    assert dialog.cancel_button.text() == "Stop" and not dialog.export_button.isEnabled()
    qtbot.mouseClick(dialog.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.is_running())
    assert list(tmp_path.glob("*.csv")) + list(tmp_path.glob(".*")) == []
    assert dialog.status.text() == "Stopped. No file was written."
    assert dialog.isVisible() and dialog.path is None


def test_stop_leaves_the_old_file_as_it_was(qtbot: QtBot, tmp_path: Path) -> None:
    old = tmp_path / "table.csv"
    old.write_bytes(b"old")
    exporter = SlowExporter()
    dialog = opened(qtbot, exporter, tmp_path)
    dialog.destination.edit.setText(str(old))
    assert dialog.destination.note.text() == "The file exists and will be replaced."
    assert dialog.export_button.text() == "R&eplace"
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(exporter.written.is_set)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not dialog.is_running())
    assert old.read_bytes() == b"old" and dialog.isVisible()


def test_closing_the_window_ends_the_writing(qtbot: QtBot, tmp_path: Path) -> None:
    exporter = SlowExporter()
    dialog = opened(qtbot, exporter, tmp_path)
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(exporter.written.is_set)
    dialog.done(0)
    assert not dialog.isVisible() and not dialog.is_running()
    assert list(tmp_path.glob("*.csv")) == []


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(
    qtbot: QtBot, dialog: ExportTablesDialog, tmp_path: Path
) -> None:
    dialog.destination.edit.setText(str(tmp_path / "no" / "table.csv"))
    assert dialog.destination.note.text() == "This folder does not exist."
    assert not dialog.export_button.isEnabled()
    locked = tmp_path / "locked.csv"
    locked.write_text("old")
    locked.chmod(0o400)
    dialog.destination.edit.setText(str(locked))
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.is_running())
    assert dialog.status.text() == f"{locked} cannot be written: it is marked as read-only. Save under another name."
    assert locked.read_text() == "old" and dialog.isVisible()


def test_what_the_exporter_refuses_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, RefusingExporter(Session(open_document("xor"))), tmp_path)
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.is_running())
    assert dialog.status.text() == "the table is not there today."
    assert list(tmp_path.glob("*.csv")) == []


def test_a_run_that_is_not_finite_is_written_up_to_there_and_said(qtbot: QtBot, tmp_path: Path) -> None:
    document = open_document("linear-regression").with_value("optimiser.learning_rate", 1e6)
    dialog = opened(qtbot, SessionExporter(Session(document)), tmp_path, "metrics")
    retype(qtbot, dialog, "last", "2000")
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    assert "diverges" in dialog.message and dialog.message.endswith("The table ends there.")
    assert dialog.path is not None and 1 < dialog.path.read_bytes().count(b"\n") < 2000


def test_the_path_can_be_browsed_and_then_stays(
    qtbot: QtBot, dialog: ExportTablesDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = tmp_path / "mine.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_more: (str(chosen), ""))
    qtbot.mouseClick(dialog.destination.browse, Qt.MouseButton.LeftButton)
    qtbot.keyClick(dialog.tables, Qt.Key.Key_End)
    assert dialog.destination.path() == chosen


def test_esc_closes_when_nothing_runs(qtbot: QtBot, dialog: ExportTablesDialog) -> None:
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


@pytest.mark.parametrize(("size", "text"), [
    (0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (23_400, "23 kB"), (999_999, "1.0 MB"), (5.2e9, "5.2 GB")])
def test_sizes_are_for_people(size: float, text: str) -> None:
    assert in_bytes(size) == text


def test_a_name_that_ends_in_parquet_writes_parquet(dialog: ExportTablesDialog, qtbot: QtBot, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    dialog.destination.edit.setText(str(tmp_path / "table.parquet"))
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.path is not None, timeout=10_000)
    rows = parquet.read_table(tmp_path / "table.parquet").num_rows
    assert rows == 400 and "400 rows" in dialog.message
