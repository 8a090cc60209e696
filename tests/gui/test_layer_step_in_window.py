"""Picture, trace, matrices and NumPy follow one cursor, and one of them can lead the others."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.matrix_form import MatrixFormPanel
from nnviz.gui.panels.trace import TracePanel
from nnviz.gui.panels.trace_model import PLACE
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Unit, Weight
from nnviz.report.quantities import Quantity
from tests.gui.hands import Opened


def panels(workbench: Workbench) -> tuple[TracePanel, MatrixFormPanel]:
    return (cast(TracePanel, workbench.docks.bring("trace")), cast(MatrixFormPanel, workbench.docks.panels["matrices"]))


def matrices(workbench: Workbench, qtbot: QtBot) -> MatrixFormPanel:
    panel = cast(MatrixFormPanel, workbench.docks.bring("matrices"))
    qtbot.waitUntil(panel.isVisible)
    return panel


def click(qtbot: QtBot, panel: TracePanel, row: int) -> None:
    index = panel.model.index(row, PLACE["node"])
    panel.table.scrollTo(index)
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=panel.table.visualRect(index).center())


def test_a_click_on_a_row_moves_the_cursor_there_and_back(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("mazur-2-2-2")
    control = workbench.controller
    control.training_step()
    trace, _ = panels(workbench)
    qtbot.waitUntil(lambda: trace.isVisible() and trace.model.cursor == 39)
    row = control.session.order.section("backward", "net", 1).start
    click(qtbot, trace, row)
    assert control.session.place.cursor == row + 1 and control.selection == Unit(1, 0)
    assert trace.model.cursor == row + 1 and trace.table.currentIndex().row() == row
    shown = matrices(workbench, qtbot)
    assert shown.heading.text() == "δ of layer 1"
    assert shown.lines.toPlainText() == "delta1 = (W2.T @ delta2) * (out1 * (1 - out1))"
    control.step()
    control.step()
    assert shown.heading.text() == "Gradient of W1"


def test_a_row_chooses_its_example(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("xor")
    workbench.controller.training_step()
    trace, _ = panels(workbench)
    qtbot.waitUntil(lambda: trace.isVisible() and not trace.model.is_empty)
    trace.only_shown.setChecked(False)
    click(qtbot, trace, 3)
    assert workbench.controller.example == 3 and workbench.controller.session.place.cursor == 1


def test_a_number_of_the_matrices_lights_the_picture_and_the_other_way_round(opened: Opened, qtbot: QtBot) -> None:
    workbench = opened("mazur-2-2-2")
    control = workbench.controller
    control.step()
    shown = matrices(workbench, qtbot)
    weight = Quantity("parameter", Weight(1, 0, 1))

    def pointed() -> bool:      # the dock may still be finding its place
        qtbot.mouseMove(shown.matrices, QPoint(1, 1))
        qtbot.mouseMove(shown.matrices, shown.matrices.place_of(weight).center().toPoint())
        return control.pointed == weight

    qtbot.waitUntil(pointed)
    assert workbench.picture.lit_element == Weight(1, 0, 1)
    control.point_at(Weight(1, 0, 0))
    assert len(shown.matrices.lit) == 1


def test_hidden_panels_are_not_refreshed_while_it_plays(opened: Opened, qtbot: QtBot, monkeypatch) -> None:
    workbench = opened("xor")
    workbench.docks.bring("gradients")
    trace, shown = workbench.docks.panels["trace"], workbench.docks.panels["matrices"]
    refreshed: list[str] = []
    for panel in (trace, shown):
        monkeypatch.setattr(panel, "refresh", lambda view, name=panel.name: refreshed.append(name))
    workbench.controller.play()
    qtbot.waitUntil(lambda: workbench.controller.view.updates_done > 20)
    workbench.controller.pause()
    assert refreshed == []


def test_of_a_computation_graph_there_is_a_trace_and_a_sentence_for_the_matrices(
    window: MainWindow, qtbot: QtBot,
) -> None:
    workbench = window.workbench
    assert workbench.documents.open_example("gate-product-sum")
    workbench.controller.step()
    trace, _ = panels(workbench)
    qtbot.waitUntil(lambda: trace.isVisible() and trace.model.rowCount() > 3)
    shown = matrices(workbench, qtbot)
    assert "no matrices" in shown.nothing_of(workbench.controller.view)
