"""The whole window, driven as a user drives it: by mouse and keys, read back from what is on screen."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QListView,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs import unsaved
from nnviz.gui.dialogs.data import DataDialog
from nnviz.gui.dialogs.import_data import ImportDataDialog
from nnviz.gui.dialogs.layers import LayersDialog
from nnviz.gui.dialogs.optimiser import OptimiserDialog
from nnviz.gui.dialogs.schedule import ScheduleDialog, schedule_dialog
from nnviz.gui.main_window import MainWindow
from nnviz.gui.settings import Settings
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Bias, Element, Unit, Weight
from nnviz.report.moment import MEAN
from nnviz.session.examples import example_names, open_document

TOLERANCE = 5e-13
Opened = Callable[..., Workbench]
_KEPT: list[MainWindow] = []


@pytest.fixture(scope="module")
def lasting_window(qapp: QApplication) -> Iterator[MainWindow]:
    """One window for all tests, never destroyed: pyqtgraph's plots must not be, while a program runs."""
    main = MainWindow(Settings(None))
    main.resize(1280, 800)
    main.show()
    main.complete_soon()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        qapp.processEvents()
        if main.workbench.docks.created and main.gallery.names() and not main.gallery.previews_wait():
            break
    main.faults.remove()
    main.workbench.documents.ask_unsaved = lambda parent, name: "discard"
    main.workbench.documents.open_example("vanishing-gradient")      # panels grow to their largest and then stay
    for name in ("gradients", "dead", "activations"):
        main.workbench.docks.docks[name].raise_()
        qapp.processEvents()
    schedule_dialog(main, main.theme)
    yield main
    main.hide()
    _KEPT.append(main)


@pytest.fixture
def window(lasting_window: MainWindow, qtbot: QtBot) -> Iterator[MainWindow]:
    main = lasting_window
    main.settings.restore_defaults()
    main.workbench.documents.ask_unsaved = lambda parent, name: "discard"
    main.show()
    main.activateWindow()       # a dialog of the test before may have taken the keyboard along
    yield main
    main.workbench.controller.close()
    main.strip.clear()
    qtbot.waitUntil(lambda: not main.gallery.previews_wait(), timeout=10_000)


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot) -> Opened:
    def open_example(name: str, digits: int = 6) -> Workbench:
        window.settings.change(digits=digits)
        assert window.workbench.documents.open_example(name)
        qtbot.waitUntil(lambda: window.workbench.picture.displayed_loss() != "")
        return window.workbench

    return open_example


def press(qtbot: QtBot, window: MainWindow, name: str) -> None:
    """Clicks a button of the toolbar."""
    button = window.commands.toolbars["run"].widgetForAction(window.commands[name])
    assert isinstance(button, QToolButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def click(qtbot: QtBot, workbench: Workbench, element: Element) -> None:
    """Clicks an element of the picture."""
    at = workbench.picture.point_of(element).toPoint()
    qtbot.mouseClick(workbench.picture, Qt.MouseButton.LeftButton, pos=at)


def inspected(workbench: Workbench, what: str) -> float:
    """The number that the inspector shows in the line `what`."""
    panel = workbench.docks.panels["inspector"]
    return float(panel.value_label(what).text().replace("−", "-"))     # type: ignore[attr-defined]


def shown(workbench: Workbench, element: Element) -> list[float]:
    """The numbers that the picture shows for an element."""
    found = []
    workbench.picture.grab()
    for text in workbench.picture.displayed_text(element):
        for word in text.replace("\N{MINUS SIGN}", "-").split():
            try:
                found.append(float(word))
            except ValueError:
                continue
    return found


def _texts(widget: QWidget) -> str:
    """Everything that the labels and buttons of a panel say."""
    said = [part.text() for part in (*widget.findChildren(QLabel), *widget.findChildren(QAbstractButton))]
    for view in widget.findChildren(QListView):
        said += [str(view.model().index(row, 0).data()) for row in range(view.model().rowCount())]
    return " ".join(said)


UNITS: dict[Unit, dict[str, float]] = {
    Unit(1, 0): {"net input": 0.3775, "output": 0.593269992107, "∂E/∂out": 0.036350306393,
                 "∂out/∂net": 0.241300708572, "δ = ∂E/∂net": 0.008771354689},
    Unit(1, 1): {"net input": 0.3925, "output": 0.596884378260, "∂E/∂out": 0.041370322649,
                 "δ = ∂E/∂net": 0.009954254705},
    Unit(2, 0): {"net input": 1.105905967060, "output": 0.751365069552, "loss term": 0.274811083176,
                 "∂E/∂out": 0.741365069552, "∂out/∂net": 0.186815601809, "δ = ∂E/∂net": 0.138498561629},
    Unit(2, 1): {"net input": 1.224921404096, "output": 0.772928465321, "loss term": 0.023560025584,
                 "∂E/∂out": -0.217071534679, "∂out/∂net": 0.175510052817, "δ = ∂E/∂net": -0.038098236517},
}
PARAMETERS: dict[Weight | Bias, tuple[float, float]] = {     # gradient, new value
    Weight(1, 0, 0): (0.000438567734, 0.149780716133), Weight(1, 0, 1): (0.000877135469, 0.199561432266),
    Weight(1, 1, 0): (0.000497712735, 0.249751143632), Weight(1, 1, 1): (0.000995425471, 0.299502287265),
    Weight(2, 0, 0): (0.082167040564, 0.358916479718), Weight(2, 0, 1): (0.082667627848, 0.408666186076),
    Weight(2, 1, 0): (-0.022602540477, 0.511301270239), Weight(2, 1, 1): (-0.022740242216, 0.561370121108),
    Bias(1, 0): (0.018725609395, 0.35), Bias(2, 0): (0.100400325112, 0.6),
}


def test_clicking_through_the_pass_shows_every_number_of_the_2_2_2_table(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("mazur-2-2-2", digits=15)
    assert workbench.controller.session is not None
    operations = workbench.controller.session.order.length
    for done in range(1, operations + 1):
        press(qtbot, window, "step")
        assert workbench.controller.session.cursor == done
        operation = workbench.controller.session.order.at(done - 1)
        element = operation.element
        if element is None:
            continue
        if workbench.controller.selection != element:
            click(qtbot, workbench, element)
            assert workbench.controller.selection == element
        if isinstance(element, Unit):
            line = {("forward", "net"): "net input", ("forward", "out"): "output", ("loss", "term"): "loss term",
                    ("backward", "out"): "∂E/∂out", ("backward", "net"): "δ = ∂E/∂net"}[operation.phase, operation.kind]
            assert abs(inspected(workbench, line) - UNITS[element][line]) < TOLERANCE
        else:
            line = {"backward": "gradient", "update": "new value"}[operation.phase]
            expected = PARAMETERS[element][0 if line == "gradient" else 1]
            assert abs(inspected(workbench, line) - expected) < TOLERANCE
    for unit, lines in UNITS.items():
        click(qtbot, workbench, unit)
        for line, number in lines.items():
            assert abs(inspected(workbench, line) - number) < TOLERANCE
        assert any(abs(value - lines["output"]) < TOLERANCE for value in shown(workbench, unit))
        assert any(abs(value - lines["δ = ∂E/∂net"]) < TOLERANCE for value in shown(workbench, unit))
    for parameter, (gradient, new) in PARAMETERS.items():
        click(qtbot, workbench, parameter)
        assert abs(inspected(workbench, "gradient") - gradient) < TOLERANCE
        assert abs(inspected(workbench, "new value") - new) < TOLERANCE
    workbench.picture.grab()
    assert abs(float(workbench.picture.displayed_loss().split()[-1]) - 0.298371108760) < TOLERANCE


def test_the_keys_move_by_operation_phase_step_and_epoch(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    session = opened("xor").controller.session
    assert session is not None
    qtbot.keyClick(window, Qt.Key.Key_F10)
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    assert (session.step, session.cursor) == (1, 2)
    qtbot.keyClick(window, Qt.Key.Key_F9)
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    assert (session.step, session.cursor) == (1, 0)
    for phase in ("loss", "backward", "update"):
        qtbot.keyClick(window, Qt.Key.Key_F8)
        last = session.moment().last
        assert last is not None and last.phase == phase
    qtbot.keyClick(window, Qt.Key.Key_F7)
    assert session.updates_done == 2
    qtbot.keyClick(window, Qt.Key.Key_F6)
    assert session.updates_done == 3
    qtbot.keyClick(window, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert (session.updates_done, session.cursor) == (0, 0)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.updates_done == 3


def test_step_back_at_the_start_of_a_pass_enters_the_end_of_the_step_before(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    session = opened("mazur-2-2-2").controller.session
    assert session is not None
    qtbot.keyClick(window, Qt.Key.Key_F7)
    qtbot.keyClick(window, Qt.Key.Key_F10)
    assert (session.step, session.cursor) == (2, 1)
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert (session.step, session.cursor) == (1, session.order.length)


def test_space_in_the_picture_plays_and_pauses(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("xor")
    window.settings.change(play_speed="full")
    workbench.picture.setFocus()
    qtbot.keyClick(workbench.picture, Qt.Key.Key_Space)
    assert workbench.controller.player.is_playing
    qtbot.waitUntil(lambda: (workbench.controller.view or pytest.fail()).updates_done > 100, timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert not workbench.controller.player.is_playing
    assert "step" in workbench.readout.step.text() and "loss" in workbench.readout.loss.text()


def test_xor_learns_while_it_plays(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("xor")
    window.settings.change(play_speed="full")
    press(qtbot, window, "play")
    qtbot.waitUntil(lambda: (workbench.controller.view or pytest.fail()).survey.training_loss < 0.05, timeout=20_000)
    press(qtbot, window, "play")


def test_dead_units_are_marked_in_the_picture_and_named_by_the_panel(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor-relu-dead")
    workbench.controller.do(lambda session: session.advance_steps(40))
    workbench.picture.grab()
    dead = [unit for unit in (Unit(1, 0), Unit(1, 1))
            if any("dead" in text for text in workbench.picture.displayed_text(unit))]
    assert dead
    window.workbench.docks.docks["dead"].raise_()
    panel = workbench.docks.panels["dead"]
    names = [workbench.controller.session.problem.network.names(1)[unit.unit] for unit in dead]   # type: ignore[union-attr]
    qtbot.waitUntil(lambda: all(name in _texts(panel) for name in names))


def test_dragging_an_edge_changes_its_weight_in_one_undoable_step(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("mazur-2-2-2")
    picture, session = workbench.picture, workbench.controller.session
    assert session is not None
    weight = Weight(2, 0, 0)
    start = picture.point_of(weight).toPoint()
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=start)
    for distance in (5, 10, 20):
        qtbot.mouseMove(picture, start - QPoint(0, distance))
    qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 20))
    changed = session.moment().read(session.state.parameters(session.problem), weight)
    assert changed > 0.4 and len(session.undo_list) == 1
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.moment().read(session.state.parameters(session.problem), weight) == 0.4
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert session.moment().read(session.state.parameters(session.problem), weight) == changed


def test_escape_lets_a_dragged_weight_go_back(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("mazur-2-2-2")
    picture, session = workbench.picture, workbench.controller.session
    assert session is not None
    start = picture.point_of(Weight(2, 0, 0)).toPoint()
    qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(picture, start - QPoint(0, 30))
    qtbot.keyClick(picture, Qt.Key.Key_Escape)
    qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 30))
    assert not session.undo_list
    assert "0.4" in " ".join(picture.displayed_text(Weight(2, 0, 0)))


def test_a_value_typed_into_the_inspector_is_one_undoable_edit(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("mazur-2-2-2")
    session = workbench.controller.session
    assert session is not None
    click(qtbot, workbench, Weight(2, 0, 0))
    field = workbench.docks.panels["inspector"].field      # type: ignore[attr-defined]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0,25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert session.moment().read(session.state.parameters(session.problem), Weight(2, 0, 0)) == 0.25
    assert window.isWindowModified()


def test_the_arrows_choose_the_example_whose_numbers_are_shown(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor")
    workbench.picture.setFocus()
    seen = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(workbench.picture, key)
        seen.append(shown(workbench, Unit(0, 0)) + shown(workbench, Unit(0, 1)))
    assert [row[-2:] for row in seen] == [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert workbench.controller.example == MEAN
    assert shown(workbench, Unit(0, 0))[-1] == 0.5


def test_a_change_of_learning_rate_is_one_undoable_edit_and_keeps_the_training(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor")
    session = workbench.controller.session
    assert session is not None
    workbench.controller.do(lambda session: session.advance_steps(10))
    box = workbench.training_bar.learning_rate
    editor = box.lineEdit() if hasattr(box, "lineEdit") else box
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, "0.25")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert session.document.learning_rate == 0.25 and session.updates_done == 10
    window.commands["undo"].trigger()
    assert session.document.learning_rate == 1.0 and session.updates_done == 10


def test_a_change_that_resets_the_training_asks_first(
    monkeypatch: pytest.MonkeyPatch, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor")
    session = workbench.controller.session
    assert session is not None
    workbench.controller.do(lambda session: session.advance_steps(10))
    asked: list[str] = []

    def answer(parent: object, reason: str) -> unsaved.ResetAnswer:
        asked.append(reason)
        return unsaved.ResetAnswer(go_on=len(asked) > 1)

    monkeypatch.setattr(unsaved, "confirm_reset", answer)
    workbench.edit({"seed": 5}, "seed 5")
    assert asked and session.document.seed == 0 and session.updates_done == 10
    workbench.edit({"seed": 5}, "seed 5")
    assert session.document.seed == 5 and session.updates_done == 0


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
    assert not workbench.picture.grab().isNull()
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
    assert work.controller.session.document.raw["data"]["csv"] == "../points.csv"
    session = work.controller.session
    examples_file.write_text("x,y\n1,2\n2,four\n")
    assert not work.documents.open_path(str(saved))
    (text,) = work.strip.texts().values()
    assert text.startswith("points.csv: line 3, column 2 (y): 'four' is not a number")
    assert work.controller.session is session


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
    workbench.documents.ask_unsaved = lambda parent, name: "cancel"
    assert not window.close() and window.isVisible()
    workbench.documents.ask_unsaved = lambda parent, name: "discard"


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


def test_a_step_that_changes_nothing_is_said_in_the_status_bar(window: MainWindow, opened: Opened) -> None:
    workbench = opened("zero-initialisation")
    workbench.controller.training_step()
    assert "exactly 0" in workbench.standstill.text()


def test_an_exception_in_a_slot_becomes_a_sentence_and_keeps_the_document(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("xor")
    before = workbench.controller.session
    window.faults.caught(RuntimeError, RuntimeError("broken on purpose"), None)
    qtbot.waitUntil(lambda: any("broken on purpose" in text for text in window.strip.texts().values()))
    assert workbench.controller.session is before


def test_everything_on_screen_has_a_name_for_a_screen_reader(window: MainWindow, opened: Opened) -> None:
    from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit

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


def test_undo_takes_an_edit_back_although_the_field_still_has_the_keyboard(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("mazur-2-2-2")
    session = workbench.controller.session
    assert session is not None
    click(qtbot, workbench, Weight(2, 0, 0))
    field = workbench.docks.panels["inspector"].field      # type: ignore[attr-defined]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert len(session.undo_list) == 1
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not session.undo_list
    box = workbench.training_bar.learning_rate
    box.setFocus()
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, "0.125")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert session.document.learning_rate == 0.125
    qtbot.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.document.learning_rate == 0.5


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


def test_while_it_plays_status_bar_inspector_and_picture_tell_of_one_step(window: MainWindow, qtbot: QtBot,
                                                                         opened: Opened) -> None:
    workbench = opened("xor")
    window.settings.change(play_speed="full")
    workbench.docks.docks["inspector"].show()
    steps: set[str] = set()

    def look() -> bool:
        shown = "".join(filter(str.isdigit, workbench.readout.step.text()))
        said = workbench.docks.panels["inspector"].value_label("step").text()      # type: ignore[attr-defined]
        caption = workbench.picture.drawing.caption if workbench.picture.drawing is not None else ""
        told = {shown, "".join(filter(str.isdigit, said)), "".join(filter(str.isdigit, caption.split("·")[0]))}
        assert len(told) == 1, told
        steps.update(told)
        return len(steps) >= 4

    workbench.controller.play()
    try:
        qtbot.waitUntil(look, timeout=20_000)
    finally:
        workbench.controller.pause()


def test_a_schedule_is_taken_from_the_toolbar_in_the_middle_of_a_run_as_one_edit(
    opened: Opened, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = opened("xor")
    bench.controller.do(lambda session: session.advance_steps(10))
    before = bench.controller.session.state.vector.tobytes()
    _take_schedule(monkeypatch, "exponential")
    qtbot.mouseClick(bench.training_bar.schedule, Qt.MouseButton.LeftButton)
    session = bench.controller.session
    assert session.document.schedule.name == "exponential" and session.updates_done == 10
    assert session.state.vector.tobytes() == before
    assert bench.training_bar.schedule.text() == "Exponential…"
    bench.controller.training_step()
    assert session.record.learning_rate == session.document.learning_rate * 0.99**10
    assert bench.readout.rate.text().startswith("η 0.904")
    bench.training_bar.learning_rate.value_chosen.emit(0.5)
    assert session.document.schedule.name == "exponential" and session.document.learning_rate == 0.5
    bench.controller.undo()
    bench.controller.undo()
    assert session.document.schedule.name == "constant" and bench.training_bar.schedule.text() == "Constant…"


def _take_schedule(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The user chooses a schedule and clicks Use."""
    def use(dialog: ScheduleDialog) -> int:
        dialog.schedule.set_row(name)
        dialog.use_button.click()
        return dialog.result()

    monkeypatch.setattr(ScheduleDialog, "exec", use)


def test_another_optimiser_in_the_middle_of_a_run_says_what_it_forgets(opened: Opened) -> None:
    bench = opened("xor")
    session = bench.controller.session
    bench.controller.do(lambda session: session.advance_steps(10))
    for name, words in (("momentum", "begins with velocity at 0"), ("adam", "remembered (velocity) is put aside")):
        parameters = session.state.parameters(session.problem).tobytes()
        bench.edit({"optimiser.name": name}, name)
        assert session.state.parameters(session.problem).tobytes() == parameters and session.updates_done == 10
        assert words in " ".join(label.text() for label in bench.strip.findChildren(QLabel))


def test_tools_check_gradients_shows_its_panel_and_colours_the_picture(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("mazur-2-2-2")
    window.commands["check_gradients"].trigger()
    panel = workbench.docks.panels["check"]
    qtbot.waitUntil(lambda: "are right" in _texts(panel))
    assert panel.isVisible()
    choice = next(box for box in panel.findChildren(QComboBox))
    choice.setCurrentIndex(1)
    drawing = workbench.picture.drawing
    assert drawing is not None and drawing.colour_name == "relative error"
    window.commands["training_step"].trigger()
    window.commands["training_step"].trigger()
    drawing = workbench.picture.drawing
    assert drawing is not None and drawing.colour_name == "|∂E/∂w|"


def test_the_optimisers_settings_are_one_undoable_edit_of_the_open_network(
    window: MainWindow, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = opened("xor")

    def choose(dialog: OptimiserDialog) -> int:
        dialog.field.set_row("adamw")
        dialog.field.options.set_values({"clip_norm": 1.5})
        return 1

    monkeypatch.setattr(OptimiserDialog, "exec", choose)
    window.commands["optimiser"].trigger()
    session = workbench.controller.session
    assert session is not None
    assert (session.document.optimiser.name, session.document.get("optimiser.clip_norm")) == ("adamw", 1.5)
    workbench.controller.undo()
    assert session.document.optimiser.name != "adamw"


def test_data_and_scaling_are_one_undoable_edit_of_the_open_network(
    window: MainWindow, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = opened("spiral")
    session = workbench.controller.session
    assert session is not None
    workbench.controller.do(lambda session: session.advance_steps(3))
    asked: list[str] = []
    monkeypatch.setattr(unsaved, "confirm_reset", lambda parent, reason: asked.append(reason))

    def choose(dialog: DataDialog) -> int:
        dialog.section.features.line.setText("x1, x2, x1*x2")
        dialog.section.scaling.set_row("standardise")
        dialog.accept()
        return dialog.result()

    monkeypatch.setattr(DataDialog, "exec", choose)
    window.commands["data"].trigger()
    assert session.document.network.sizes[0] == 3 and session.updates_done == 0
    assert not asked        # the dialog has said it
    assert workbench.controller.undo_label == "data Spiral"
    workbench.controller.undo()
    assert session.updates_done == 3 and session.document.scaling.name == "none"


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


def test_the_layers_of_the_open_network_are_changed_by_their_dialog_without_a_second_question(
    window: MainWindow, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = opened("xor")
    workbench.controller.training_step()
    monkeypatch.setattr(unsaved, "confirm_reset", lambda *given: pytest.fail("asked twice"))

    def choose(dialog: LayersDialog) -> int:
        dialog.cards[0].activation.set_row("elu")
        dialog.cards[0].initialise.set_row("lecun_normal")
        assert dialog.told_reason
        return 1

    monkeypatch.setattr(LayersDialog, "exec", choose)
    window.commands["layers"].trigger()
    session = workbench.controller.session
    assert session is not None and session.updates_done == 0
    layer = session.document.network.layers[0]
    assert (layer.activation.name, layer.initialise.name) == ("elu", "lecun_normal")
    workbench.controller.undo()
    assert session.document.network.layers[0].activation.name == "tanh" and session.updates_done == 1
