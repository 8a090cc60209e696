"""A pass in the window: every number of it, by buttons and keys, step by step and at full speed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from nnviz.gui.main_window import MainWindow
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.moment import MEAN
from tests.gui.hands import Opened, click, inspected, inspector, press, shown, texts

TOLERANCE = 5e-13


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
    session = workbench.controller.session
    assert session is not None
    names = [session.problem.network.names(1)[unit.unit] for unit in dead]
    qtbot.waitUntil(lambda: all(name in texts(panel) for name in names))


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


def test_a_step_that_changes_nothing_is_said_in_the_status_bar(window: MainWindow, opened: Opened) -> None:
    workbench = opened("zero-initialisation")
    workbench.controller.training_step()
    assert "exactly 0" in workbench.standstill.text()


def test_while_it_plays_status_bar_inspector_and_picture_tell_of_one_step(window: MainWindow, qtbot: QtBot,
                                                                         opened: Opened) -> None:
    workbench = opened("xor")
    window.settings.change(play_speed="full")
    workbench.docks.docks["inspector"].show()
    steps: set[str] = set()

    def look() -> bool:
        shown = "".join(filter(str.isdigit, workbench.readout.step.text()))
        said = inspector(workbench).value_label("step").text()
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


def test_tools_check_gradients_shows_its_panel_and_colours_the_picture(
    qtbot: QtBot, window: MainWindow, opened: Opened
) -> None:
    workbench = opened("mazur-2-2-2")
    window.commands["check_gradients"].trigger()
    panel = workbench.docks.panels["check"]
    qtbot.waitUntil(lambda: "are right" in texts(panel))
    assert panel.isVisible()
    choice = next(box for box in panel.findChildren(QComboBox))
    choice.setCurrentIndex(choice.findData("error"))
    drawing = workbench.picture.drawing
    assert drawing is not None and drawing.colour_name == "relative error"
    window.commands["training_step"].trigger()
    window.commands["training_step"].trigger()
    drawing = workbench.picture.drawing
    assert drawing is not None and drawing.colour_name == "relative error: not checked"
