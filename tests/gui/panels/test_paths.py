"""The panel of paths lists them, has them drawn on the network, and lights the one that is chosen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from nnviz.gui.panels.paths import MOST_TRAILS, PathsPanel, stops_of
from nnviz.gui.scene import Trail
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.moment import MEAN
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.gui.panels.views import circle, digits, view_of, xor


def trained(document: Document, steps: int = 2) -> Session:
    session = Session(document)
    session.advance_steps(steps)
    return session


def rows(panel: PathsPanel) -> list[list[str]]:
    model = panel.table.numbers
    return [[str(model.index(row, column).data() or "") for column in range(model.columnCount())]
            for row in range(model.rowCount())]


def test_the_walk_through_shows_both_paths_of_its_first_weight(show) -> None:
    panel = show(PathsPanel, view_of(trained(open_example("mazur-2-2-2"), 1), selection=Weight(1, 0, 0)), (900, 300))
    assert [row[0] for row in rows(panel)] == ["i1 → h1 → o1 → E", "i1 → h1 → o2 → E"]
    assert "all 2 paths" in panel.summary.text() and panel.heading.text() == "∂E/∂w1 = 0.000438568"
    marked = [panel.table.numbers.index(0, column).data(Qt.ItemDataRole.BackgroundRole) is not None
              for column in range(4, 9)]
    assert marked == [True, False, False, False, False]


def test_the_largest_are_drawn_and_the_chosen_one_is_lit(show, qtbot) -> None:
    told: list[tuple[Trail, ...]] = []
    panel = show(PathsPanel)
    panel.trails_changed.connect(told.append)
    panel.refresh(view_of(trained(circle(seed=1)), selection=Weight(1, 0, 0), example=MEAN))
    assert 0 < len(told[-1]) <= MOST_TRAILS and not any(trail.lit for trail in told[-1])
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert [trail.lit for trail in told[-1]].count(True) == 1
    panel.set_seen(False)
    assert told[-1] == ()


def test_they_go_with_the_selection(show) -> None:
    told: list[tuple[Trail, ...]] = []
    session = trained(xor())
    panel = show(PathsPanel)
    panel.trails_changed.connect(told.append)
    panel.refresh(view_of(session, selection=Weight(1, 0, 0), example=3))
    assert told[-1]
    panel.refresh(view_of(session, selection=None))
    assert told[-1] == () and "Select a weight" in panel.empty.text()


def test_pointing_at_a_row_lights_its_path(show, qtbot) -> None:
    panel = show(PathsPanel, view_of(trained(circle(seed=1)), selection=Weight(1, 0, 0), example=MEAN))
    told: list[tuple[Trail, ...]] = []
    panel.trails_changed.connect(told.append)
    panel.table.row_hovered.emit(1)
    assert told and [trail.lit for trail in told[-1]].index(True) == 1
    panel.table.row_hovered.emit(-1)
    assert not any(trail.lit for trail in told[-1])


def test_of_a_large_network_it_says_what_is_left_out(show) -> None:
    session = trained(digits(64))
    weights = session.problem.blocks.weights(session.record.gradient, 1)
    unit, source = np.unravel_index(np.abs(weights).argmax(), weights.shape)
    element = Weight(1, int(unit), int(source))
    example = int(np.abs(session.record.delta(1)[unit] * session.record.inputs[source]).argmax())
    panel = show(PathsPanel, view_of(session, selection=element, example=example), (1000, 300))
    assert "the 100 largest of 160 paths" in panel.summary.text() and "of Σ|path|" in panel.summary.text()
    panel.refresh(view_of(session, selection=element, example=MEAN))
    assert "batch mean" in panel.summary.text()


def test_rows_are_copied_in_full(show, qtbot) -> None:
    panel = show(PathsPanel, view_of(trained(open_example("mazur-2-2-2"), 1), selection=Weight(1, 0, 0)), (900, 300))
    panel.table.selectAll()
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    factors = np.array([[float(cell) for cell in line[3:8]] for line in lines[1:]])
    np.testing.assert_allclose(factors.prod(axis=1), [float(line[1]) for line in lines[1:]], rtol=1e-12)


def test_before_the_gradient_it_says_that_the_pass_has_not_come_there(show) -> None:
    session = Session(xor())
    session.advance()
    panel = show(PathsPanel, view_of(session, selection=Weight(1, 0, 1)))
    assert "not come to the gradient of W1[0,1]" in panel.empty.text()
    surface = trained(open_example("surface-ravine"))
    assert panel.nothing_of(view_of(surface)).startswith("A surface has no paths")


def test_a_path_of_a_bias_begins_at_the_bias(show) -> None:
    panel = show(PathsPanel, view_of(trained(open_example("mazur-2-2-2"), 1), selection=Bias(1, 0)))
    paths = panel._paths
    assert paths is not None and len(paths) == 4
    for row in range(4):
        first, hidden, weight, output = stops_of(paths, row)
        assert first == Bias(1, 0) and isinstance(hidden, Unit) and isinstance(weight, Weight)
        assert (weight.source, weight.unit) == (hidden.unit, output.unit)
