"""The line above the map: a formula is typed, and the surface is another one, with one step back to the old one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from nnviz.engine.expression import FUNCTIONS
from nnviz.gui.main_window import MainWindow
from nnviz.gui.surface_drawing import Extent
from nnviz.gui.surface_settings import SurfaceSettings, rounded, suggestions
from nnviz.gui.workbench import Workbench
from nnviz.session.document import Document
from nnviz.session.examples import list_examples, open_example
from nnviz.words import plain
from tests.gui.hands import Opened, texts


def settings_of(workbench: Workbench) -> SurfaceSettings:
    return workbench.surface.surface_settings


def document(workbench: Workbench) -> Document:
    assert workbench.controller.session is not None
    return workbench.controller.session.document


def formula(workbench: Workbench) -> str:
    surface = document(workbench).surface
    assert surface is not None
    return surface.expression.text


def write(qtbot: QtBot, line: QLineEdit, text: str, key: Qt.Key | None = Qt.Key.Key_Return) -> None:
    """What a user does: into the field, everything chosen, typed over."""
    line.window().activateWindow()
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    if key is not None:
        qtbot.keyClick(line, key)


def message(window: MainWindow) -> str:
    return texts(window.strip) if window.strip.isVisible() else ""


def test_a_formula_is_typed_and_the_descent_goes_on_from_where_it_stands(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("surface-ravine")
    workbench.controller.do(lambda session: session.advance_steps(10))
    session, line = workbench.controller.session, settings_of(workbench).formula
    assert session is not None and line.text() == "0.05*x^2 + 5*y^2"
    before = session.parameters_now().tolist()
    write(qtbot, line, "x^4 + y^2")
    assert formula(workbench) == "x^4 + y^2" and len(session.undo_list) == 1
    assert session.parameters_now().tolist() == before and session.updates_done == 10
    drawing = workbench.surface.drawing
    assert drawing is not None and drawing.function.text == "x^4 + y^2"
    workbench.controller.training_step()
    x, y = before
    rate = session.document.learning_rate
    assert session.parameters_now().tolist() == pytest.approx([x - rate * 4 * x**3, y - rate * 2 * y], rel=1e-12)


def test_undo_in_the_line_is_the_surface_s_unless_something_is_being_typed(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("surface-ravine")
    line = settings_of(workbench).formula
    write(qtbot, line, "x^2 + y^4")
    qtbot.keyClicks(line, "*3")
    qtbot.keySequence(line, QKeySequence("Ctrl+Z"))
    assert line.text() == "x^2 + y^4" and formula(workbench) == "x^2 + y^4"
    qtbot.keySequence(line, QKeySequence("Ctrl+Z"))
    assert line.text() == formula(workbench) == "0.05*x^2 + 5*y^2"
    qtbot.keySequence(line, QKeySequence("Ctrl+Shift+Z"))
    assert line.text() == formula(workbench) == "x^2 + y^4"


@pytest.mark.parametrize(("wrong", "at", "said"), [
    ("x^2 + * y", 6, "character 7"),
    ("x^2 + sinn(y)", 6, "Did you mean 'sin'?"),
    ("x^2 + (y", 6, "never closed"),
    ("x^2 +", 5, "missing at the end"),
    ("3 + 4", 0, "has no x and no y"),
    ("", 0, "a formula is missing"),
])
def test_a_wrong_formula_is_said_and_the_cursor_goes_where_it_is_wrong(
    qtbot: QtBot, window: MainWindow, opened: Opened, wrong: str, at: int, said: str
) -> None:
    workbench = opened("surface-ravine")
    line = settings_of(workbench).formula
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    line.clear()
    write(qtbot, line, wrong)
    assert said in message(window) and said in line.toolTip() and said in line.accessibleDescription()
    assert line.cursorPosition() == at and line.text() == wrong
    assert formula(workbench) == "0.05*x^2 + 5*y^2"
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == "0.05*x^2 + 5*y^2" and said not in message(window) and said not in line.toolTip()


def test_esc_brings_the_formula_back_and_leaves_the_rest_alone(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("surface-saddle")
    line = settings_of(workbench).formula
    write(qtbot, line, "x*y", Qt.Key.Key_Escape)
    assert line.text() == formula(workbench) == "x^2 - y^2 + 0.25*y^4"
    assert workbench.controller.session is not None and not workbench.controller.session.undo_list


def test_the_list_has_the_formula_of_every_bundled_surface(qtbot: QtBot, opened: Opened) -> None:
    surfaces = {example.name for example in list_examples() if open_example(example.name).surface is not None}
    assert set(suggestions()) == surfaces
    workbench = opened("surface-ravine")
    settings = settings_of(workbench)
    settings.formula.setFocus()
    menu = settings.examples.menu()
    with qtbot.waitExposed(menu):
        menu.popup(settings.mapToGlobal(settings.rect().bottomLeft()))
    names = [action.text().partition("\t")[0] for action in menu.actions()]
    assert set(names) == surfaces and "surface-saddle\tx² − y² + 0.25·y⁴" in [a.text() for a in menu.actions()]
    menu.setActiveAction(menu.actions()[names.index("surface-saddle")])
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: formula(workbench) == "x^2 - y^2 + 0.25*y^4")
    assert settings.formula.text() == formula(workbench)
    session = workbench.controller.session
    assert session is not None and len(session.undo_list) == 1


def test_the_down_key_opens_the_list(qtbot: QtBot, opened: Opened) -> None:
    settings = settings_of(opened("surface-ravine"))
    asked = []
    settings.formula.suggestions_wanted.disconnect()
    settings.formula.suggestions_wanted.connect(lambda: asked.append(1))
    qtbot.keyClick(settings.formula, Qt.Key.Key_Down)
    assert asked == [1]


def test_the_tooltip_lists_every_function_that_there_is(opened: Opened) -> None:
    tip = settings_of(opened("surface-ravine")).formula.toolTip()
    assert FUNCTIONS and all(gate.formula in tip and plain(gate.help) in tip for gate in FUNCTIONS.values())


def test_start_and_noise_are_typed(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("surface-ravine")
    settings = settings_of(workbench)
    workbench.controller.do(lambda session: session.advance_steps(5))
    assert settings.start["x"].value() == -4.0 and settings.start["y"].value() == 1.0
    write(qtbot, settings.start["x"].lineEdit(), "2.5")
    session = workbench.controller.session
    assert session is not None and session.parameters_now().tolist() == [2.5, 1.0] and session.updates_done == 0
    write(qtbot, settings.noise.lineEdit(), "0.5")
    assert len(session.problem.inputs) == 64 and workbench.training_bar.batch_size.isEnabled()
    workbench.controller.undo()
    workbench.controller.undo()
    assert settings.noise.value() == 0.0 and settings.start["x"].value() == -4.0 and session.updates_done == 5


def test_a_start_chosen_on_the_map_is_shown(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("surface-ravine")
    page = workbench.surface
    page.map.grab()
    qtbot.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=page.map.frame().pixel((1.0, 1.5)).toPoint())
    drawing = page.drawing
    assert drawing is not None and abs(drawing.here[0] - 1.0) < 0.05
    assert (settings_of(workbench).start["x"].value(), settings_of(workbench).start["y"].value()) == drawing.here


def test_the_view_that_was_zoomed_to_is_kept(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("surface-ravine")
    settings, view = settings_of(workbench), workbench.surface.map
    before, whole = document(workbench).surface, view.frame().extent
    assert before is not None and not settings.keep.isEnabled()
    view.zoom_by(3.0)
    assert settings.keep.isEnabled()
    seen = view.frame().extent
    qtbot.mouseClick(settings.keep, Qt.MouseButton.LeftButton)
    after = document(workbench).surface
    assert after is not None and after.view is not None and not settings.keep.isEnabled()
    assert [*after.view[0], *after.view[1]] == pytest.approx([*seen.x, *seen.y], abs=seen.width / 50)
    assert view.zoomed is None and view.frame().extent.width == pytest.approx(seen.width, rel=0.05)
    workbench.controller.undo()
    assert document(workbench).surface == before and view.frame().extent == whole


def test_the_map_stays_where_it_was_zoomed_to_unless_the_surface_becomes_another(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("surface-ravine")
    settings, view = settings_of(workbench), workbench.surface.map
    view.zoom_by(3.0)
    extent = view.frame().extent
    write(qtbot, settings.start["x"].lineEdit(), "-3.5")
    workbench.controller.edit({"optimiser.learning_rate": 0.1}, "rate")
    assert view.frame().extent == extent and settings.keep.isEnabled()
    write(qtbot, settings.formula, "x^2 + 2*y^2")
    assert view.zoomed is None and not settings.keep.isEnabled()
    view.zoom_by(3.0)
    opened("surface-ravine")
    assert view.zoomed is None


def test_a_kept_view_has_no_more_digits_than_can_be_seen() -> None:
    assert rounded(Extent((-1.23456, 2.34567), (-1234.567, 8765.4))) == {"x": [-1.23, 2.35], "y": [-1230.0, 8770.0]}
    low, high = rounded(Extent((1e6, 1e6 + 1e-3), (0.0, 1.0)))["x"]
    assert low < high


def test_a_new_surface_is_opened_with_its_formula_ready_to_be_replaced(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("mazur-2-2-2")
    window.commands["new_surface"].trigger()
    line = settings_of(workbench).formula
    assert window.stack.currentWidget() is workbench.surface and formula(workbench) == "x^2 + y^2"
    assert workbench.controller.title == "untitled" and workbench.controller.path is None
    assert window.focusWidget() is line and line.selectedText() == "x^2 + y^2"
    qtbot.keyClicks(line, "sin(x) + y^2")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert formula(workbench) == "sin(x) + y^2" and workbench.controller.is_modified
    assert document(workbench).optimiser.name == "sgd" and document(workbench).learning_rate == 0.1


def test_the_loss_panel_writes_the_formula_as_the_map_does(qtbot: QtBot, opened: Opened) -> None:
    workbench = opened("surface-local-minimum")
    panel = workbench.docks.bring("loss")
    qtbot.waitUntil(lambda: "E = x⁴ − 2·x² + 0.5·x + y²" in texts(panel))


@pytest.mark.parametrize(("width", "below"), [(1400, False), (660, True)])
def test_fields_stand_beside_the_formula_where_there_is_room(qtbot: QtBot, width: int, below: bool) -> None:
    settings = SurfaceSettings()
    qtbot.addWidget(settings)
    settings.resize(width, 80)
    with qtbot.waitExposed(settings):
        settings.show()
    QApplication.processEvents()
    assert (settings.fields.y() > settings.formula.geometry().bottom()) == below and settings.formula.width() > 180
    assert settings.noise.isVisible() and not settings.unfold.isVisible()


def test_in_a_low_window_a_button_shows_the_fields(qtbot: QtBot, window: MainWindow, opened: Opened) -> None:
    workbench = opened("surface-ravine")
    settings = settings_of(workbench)
    settings.set_low(True)
    QApplication.processEvents()
    assert not settings.noise.isVisible() and settings.unfold.isVisible() and settings.formula.width() > 180
    settings.unfold.setFocus()
    qtbot.keyClick(settings.unfold, Qt.Key.Key_Space)
    folder = settings.fields.window()
    assert folder is not window and settings.noise.isVisible()
    write(qtbot, settings.noise.lineEdit(), "0.25")
    surface = document(workbench).surface
    assert surface is not None and surface.noise == 0.25
    qtbot.keyClick(folder, Qt.Key.Key_Escape)
    assert not folder.isVisible()
    settings.formula.setFocus()
    settings.set_low(False)
    assert settings.fields.window() is window and settings.noise.isVisible() and not settings.unfold.isVisible()
