"""Old futures in the loss plot: drawn from where they fork, chosen by the user, with a line that travels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, Qt

from nnviz.gui.panels.loss import LossPanel
from nnviz.gui.panels.loss_branches import NAMED, SHOWN_AT_FIRST, reach_of
from nnviz.gui.past import Past
from nnviz.gui.theme import DARK
from nnviz.gui.view import View
from nnviz.session.session import Session
from tests.gui.panels.views import view_of, xor


def forked(futures: int = 1) -> Session:
    """Trained to step 100, and then from step 40 on anew to step 60, as often as is asked for."""
    session = Session(xor())
    session.advance_steps(100)
    for number in range(futures):
        session.seek(40)
        session.edit({"optimiser.learning_rate": 0.1 + number / 50}, f"learning rate {number}")
        session.advance_steps(20)
    return session


def seen(session: Session) -> View:
    return replace(view_of(session), past=Past.of(session))


def test_an_old_future_is_drawn_from_the_fork_to_its_end(show) -> None:
    session = forked()
    panel = show(LossPanel, seen(session))
    (line,) = panel.branches._lines
    x, y = line.getData()
    assert x.tolist() == list(range(40, 101))
    old = session.branches.all(session.place.tip)[0]
    assert y.tolist() == [old.curve.at(step) for step in range(40, 101)]
    shown, _ = panel.training.getData()
    assert shown.tolist() == list(range(1, 61))
    assert panel.plot.getPlotItem().vb.viewRange()[0][1] >= 100, "all of it is seen"
    assert any("the first course, to step 100" in text for text in panel.legend.texts())


def test_a_logarithmic_scale_takes_the_old_futures_along(show) -> None:
    panel = show(LossPanel, seen(forked()))
    before = panel.branches._lines[0].getData()[1]
    panel.set_logarithmic(True)
    assert np.allclose(panel.branches._lines[0].getData()[1], np.log10(before))


def test_a_branch_that_diverged_does_not_press_the_shown_curve_flat(show) -> None:
    session = Session(xor().with_value("loss", "half_squared_error").with_value("layers.1.activation", "identity"))
    session.advance_steps(40)
    session.edit({"optimiser.learning_rate": 1e150}, "too fast")
    session.advance_steps(3)
    assert max(filter(None, map(session.place.tip.curve.at, range(41, 44)))) > 1e100
    session.undo()
    session.advance_steps(5)
    panel = show(LossPanel, seen(session))
    _, shown = panel.training.getData()
    for logarithmic in (False, True):
        panel.set_logarithmic(logarithmic)
        _, live = panel.training.getData()
        low, high = panel.plot.getPlotItem().vb.viewRange()[1]
        assert high - low < 6 * max(np.ptp(live), live.max() if not logarithmic else 1.0)
        assert panel.branches.shown() and np.isfinite(panel.branches._lines[0].getData()[1]).any()
    assert shown.max() < 10


def test_a_branch_of_the_same_size_is_seen_whole(show) -> None:
    low, high = reach_of(np.array([0.5, 0.25]), True)
    assert low < 0.0 and high > 1.0
    assert reach_of(np.array([np.nan]), True) == (-np.inf, np.inf)
    assert reach_of(np.array([-1.0, -3.0]), False)[0] < -6.0


def test_only_the_newest_branches_are_drawn_at_first_and_the_menu_chooses_others(show) -> None:
    session = forked(10)
    panel = show(LossPanel, seen(session))
    assert len(panel.branches.shown()) == SHOWN_AT_FIRST
    assert panel.branches.entries(20)[-1][1] == f"and {SHOWN_AT_FIRST - NAMED} more branches"
    assert len(panel.branches.entries(20)) == NAMED + 1
    assert [text for _, text in panel.branches.entries(1)] == [f"other branches: {SHOWN_AT_FIRST}"]
    panel.branches.menu.aboutToShow.emit()
    entries = panel.branches.menu.actions()
    assert [action.isChecked() for action in entries[:10]] == [False] * 4 + [True] * 6
    entries[0].trigger()
    assert len(panel.branches.shown()) == 7 and panel.branches.end == 100
    next(action for action in entries if action.text() == "Show none").trigger()
    assert not panel.branches.shown() and not any(line.isVisible() for line in panel.branches._lines)
    panel.refresh(seen(session))
    assert not panel.branches.shown(), "what was chosen stays so"


def test_without_other_branches_there_is_nothing_to_choose(show) -> None:
    session = Session(xor())
    session.advance_steps(10)
    panel = show(LossPanel, seen(session))
    assert panel.branches.button.isHidden() and not panel.branches.entries(9)
    panel.set_theme(DARK)
    panel.refresh(None)
    panel.refresh(view_of(session))


def test_edits_are_marks_and_reading_their_step_says_what_they_were(show) -> None:
    panel = show(LossPanel, seen(forked()))
    assert panel.edit_marks.getData()[0].tolist() == [40.0]
    panel.plot.clicked.emit(40.0)
    assert "changed after it: learning rate 0" in panel.reading.text()
    panel.plot.clicked.emit(41.0)
    assert "changed" not in panel.reading.text()


def test_the_line_of_the_shown_step_is_dragged_through_time(show, qtbot) -> None:
    session = forked()
    panel = show(LossPanel, seen(session))
    qtbot.waitUntil(lambda: panel.plot.x_at(panel.place_of(50)) is not None)
    told: list[object] = []
    panel.travel.begun.connect(lambda: told.append("begun"))
    panel.travel.moved.connect(lambda step, near: told.append(step))
    panel.travel.ended.connect(lambda: told.append("ended"))
    viewport = panel.plot.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=panel.place_of(60).toPoint() + QPoint(2, 0))
    qtbot.mouseMove(viewport, panel.place_of(30).toPoint())
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=panel.place_of(30).toPoint())
    assert told[0] == "begun" and told[-1] == "ended"
    assert isinstance(told[1], int) and abs(told[1] - 30) <= 1
    assert panel._held is None, "dragging is no reading"


def test_enter_goes_to_the_step_that_is_held(show, qtbot) -> None:
    panel = show(LossPanel, seen(forked()))
    wanted: list[int] = []
    panel.sought.connect(wanted.append)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Return)
    assert wanted == []
    for _ in range(3):
        qtbot.keyClick(panel.plot, Qt.Key.Key_Left)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Return)
    assert wanted == [57]
