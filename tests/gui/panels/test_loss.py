"""The loss panel shows the loss of every step of the branch, and reads it out in full precision."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from nnviz.gui.panels.loss import LossPanel
from nnviz.gui.panels.plots import decimated, followed, lonely
from nnviz.gui.panels.samples import MOST, Samples
from nnviz.gui.theme import DARK
from nnviz.report.elements import Weight
from nnviz.report.metrics import METRICS, survey_before
from nnviz.report.numbers import full
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.gui.panels.views import circle, view_of, view_while_dragged, xor


def trained(steps: int, document=None) -> Session:
    session = Session(document or xor())
    session.advance_steps(steps)
    return session


def test_the_line_has_the_loss_of_every_step(show) -> None:
    session = trained(50)
    panel = show(LossPanel, view_of(session))
    x, y = panel.training.getData()
    assert x.tolist() == list(range(1, 51))
    for step in (1, 25, 50):
        session.seek(step)
        assert y[step - 1] == session.record.loss


def test_the_reading_has_every_digit_of_the_shown_step(show) -> None:
    session = trained(30)
    panel = show(LossPanel, view_of(session))
    assert f"step 30   loss {full(session.record.loss)}" in panel.reading.text()
    session.seek(12)
    panel.refresh(view_of(session))
    assert f"step 12   loss {full(session.record.loss)}" in panel.reading.text()
    assert panel._shown_line.value() == 12


def test_pointing_reads_a_step_and_a_click_holds_it(show, qtbot) -> None:
    session = trained(100)
    panel = show(LossPanel, view_of(session))
    qtbot.waitUntil(lambda: panel.plot.x_at(panel.place_of(40)) is not None)
    place = panel.place_of(40).toPoint()
    qtbot.mouseMove(panel.plot.viewport(), place + QPoint(7, 3))      # a pointer that is there already would not move
    qtbot.mouseMove(panel.plot.viewport(), place)
    qtbot.waitUntil(lambda: panel.read_step != 100)
    near = panel.read_step
    assert abs(near - 40) <= 2
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    panel.plot.pointed.emit(None)
    assert panel.read_step == near
    session.seek(near)
    assert full(session.record.loss) in panel.reading.text()


def test_the_reading_can_be_selected_and_moved_by_keys(show, qtbot) -> None:
    panel = show(LossPanel, view_of(trained(20)))
    panel.plot.setFocus()
    qtbot.keyClick(panel.plot, Qt.Key.Key_Left)
    assert panel.read_step == 19
    qtbot.keyClick(panel.plot, Qt.Key.Key_Home)
    assert panel.read_step == 1
    qtbot.keyClick(panel.plot, Qt.Key.Key_Left)
    assert panel.read_step == 1
    qtbot.keyClick(panel.plot, Qt.Key.Key_Escape)
    assert panel.read_step == 20
    assert panel.reading.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_the_logarithmic_scale_draws_powers_of_ten(show, qtbot) -> None:
    session = trained(50)
    panel = show(LossPanel, view_of(session))
    linear = panel.training.getData()[1].copy()
    qtbot.keyClick(panel.scale, Qt.Key.Key_Down)
    assert panel.is_logarithmic
    assert np.allclose(panel.training.getData()[1], np.log10(linear), rtol=1e-15)
    assert full(session.record.loss) in panel.reading.text()


def test_the_test_loss_lies_on_the_line_of_the_shown_step(show) -> None:
    session = trained(1, circle())
    panel = show(LossPanel, view_of(session))
    expected = {}
    for _ in range(5):
        session.advance_steps(10)
        view = view_of(session)
        panel.refresh(view)
        expected[session.updates_done] = view.survey.test_loss
    x, y = panel.test.getData()
    assert dict(zip(x[-5:].tolist(), y[-5:].tolist(), strict=True)) == expected
    assert f"test {full(view.survey.test_loss)} after step {session.updates_done}" in panel.reading.text()


def test_the_panel_and_the_table_of_metrics_have_the_same_number_for_the_same_moment(show) -> None:
    session = trained(20, circle())
    panel = show(LossPanel, view_of(session))
    said = re.search(r"test (\S+) after step (\d+), before (\d+)", panel.reading.text())
    assert said is not None and (said[2], said[3]) == ("20", "21")
    session.advance_step()
    record = session.record
    assert record.step == int(said[3])
    assert METRICS["test_loss"].of(record, survey_before(record, session.segment.data)) == float(said[1])


def test_a_network_without_a_test_set_says_nothing_of_one(show) -> None:
    panel = show(LossPanel, view_of(trained(5)))
    assert "test" not in panel.reading.text() and len(panel.legend.texts()) == 1


def test_after_undo_the_other_branch_is_gone_from_both_curves(show) -> None:
    session = trained(20, circle())
    panel = show(LossPanel, view_of(session))
    before = panel.training.getData()[1].copy()
    session.edit({"optimiser.learning_rate": 0.9}, "faster")
    session.advance_steps(30)
    panel.refresh(view_of(session))
    assert len(panel.training.getData()[0]) == 50 and panel.test.getData()[0].max() == 50
    session.undo()
    panel.refresh(view_of(session))
    assert np.array_equal(panel.training.getData()[1], before)
    assert panel.test.getData()[0].max() == 20
    session.redo()
    panel.refresh(view_of(session))
    assert len(panel.training.getData()[0]) == 50 and panel.test.getData()[0].max() == 50


def test_only_the_last_steps_are_shown_where_that_is_chosen(show, qtbot) -> None:
    panel = show(LossPanel, view_of(trained(400)))
    qtbot.keyClick(panel.window_choice, Qt.Key.Key_End)
    assert panel.training.getData()[0].tolist() == list(range(301, 401))


def test_a_number_that_is_not_finite_is_a_gap(show) -> None:
    session = trained(6)
    session.segment.curve._pending[2] = float("nan")
    session.segment.curve._pending[3] = float("inf")
    panel = show(LossPanel, view_of(session))
    path = panel.training.getPath()
    moves = [path.elementAt(k).y for k in range(path.elementCount())]
    assert np.isfinite(moves).all()
    low, high = panel.plot.getPlotItem().vb.viewRange()[1]
    assert np.isfinite([low, high]).all()


def test_the_loss_and_its_convention_are_named(show) -> None:
    panel = show(LossPanel, view_of(trained(3)))
    assert panel.heading.text() == "Binary cross-entropy, mean of the batch"
    assert "−1/n Σ (t log o + (1 − t) log(1 − o))" in panel.heading.toolTip()
    assert panel.formula.text() == "E = −1/n Σ (t log o + (1 − t) log(1 − o))" and panel.formula.isVisible()


def test_an_empty_panel_says_what_to_do(show) -> None:
    panel = show(LossPanel)
    assert "Open a network" in panel.empty.text() and panel.empty.isVisible() and not panel.plot.isVisible()
    panel.refresh(view_of(Session(xor())))
    assert "Press Play" in panel.empty.text() and panel.empty.isVisible()
    session = Session(xor())
    session.seek_operation(session.order.section("loss", "total", 2).end)
    panel.refresh(view_of(session))
    assert full(session.record.loss) in panel.reading.text()
    panel.set_theme(DARK)
    panel.refresh(None)
    assert panel.empty.isVisible()


def test_a_long_curve_is_thinned_to_the_width_and_keeps_its_spikes() -> None:
    steps = np.arange(1.0, 100_001.0)
    values = np.sin(steps / 500.0)
    values[[777, 54_321]] = 9.0, -9.0
    x, y = decimated(steps, values, values, 600)
    assert len(x) <= 2 * 600 and y.max() == 9.0 and y.min() == -9.0
    assert x[0] == 1.0 and x[-1] == 100_000.0
    assert (np.diff(x) >= 0).all()


def test_thinning_skips_what_is_not_finite_beside_finite_values() -> None:
    values = np.ones(1000)
    values[10] = np.nan
    _, y = decimated(np.arange(1000.0), values, values, 100)
    assert np.isfinite(y).all()


@pytest.mark.parametrize("low, high", [(0.0, 0.0), (3.0, 3.0), (-2.0, -2.0), (0.0, 1e-300)])
def test_a_range_is_never_empty(low: float, high: float) -> None:
    bottom, top = followed(None, low, high)
    assert bottom < top and bottom <= low and high <= top


def test_a_range_holds_still_while_it_fits_and_moves_when_it_does_not() -> None:
    first = followed(None, 0.0, 10.0)
    assert followed(first, 1.0, 9.0) == first
    assert followed(first, 0.0, 12.0) != first
    assert followed(first, 0.0, 2.0) != first


def test_samples_stay_few_in_order_and_keep_both_ends() -> None:
    samples = Samples()
    for step in range(10_000):
        samples.put(step, (float(step),))
    steps, rows = samples.between(0, 10_000)
    assert len(steps) <= MOST + 1 and steps == sorted(steps)
    assert steps[0] == 0 and steps[-1] == 9999
    assert [row[0] for row in rows] == steps
    samples.put(0, (7.0,))
    assert samples.between(0, 0) == ([0], [(7.0,)])


def test_the_wheel_over_a_plot_is_left_to_what_lies_around_it(show, qtbot) -> None:
    panel = show(LossPanel, view_of(trained(20)))
    before = panel.plot.getPlotItem().vb.viewRange()
    qtbot.mouseMove(panel.plot.viewport(), QPoint(50, 20))
    qtbot.mousePress(panel.plot.viewport(), Qt.MouseButton.RightButton, pos=QPoint(50, 20))
    qtbot.mouseRelease(panel.plot.viewport(), Qt.MouseButton.RightButton, pos=QPoint(80, 40))
    assert panel.plot.getPlotItem().vb.viewRange() == before


def test_a_single_step_is_a_dot(show) -> None:
    session = trained(1)
    panel = show(LossPanel, view_of(session))
    x, y = panel.training_dots.getData()
    assert (x.tolist(), y.tolist()) == ([1.0], [session.record.loss])
    session.advance_steps(1)
    panel.refresh(view_of(session))
    assert len(panel.training_dots.getData()[0]) == 0


def test_points_without_neighbours_are_found_between_gaps() -> None:
    nan = np.nan
    x, y = lonely(np.arange(7.0), np.array([1.0, nan, 2.0, nan, 3.0, 4.0, nan]))
    assert x.tolist() == [0.0, 2.0] and y.tolist() == [1.0, 2.0]
    assert len(lonely(np.empty(0), np.empty(0))[0]) == 0


def test_the_newest_test_loss_lies_on_the_line_of_the_shown_step(show) -> None:
    session = trained(2, circle())
    panel = show(LossPanel, view_of(session))
    assert panel.test.getData()[0].tolist() == [2.0] and panel._shown_line.value() == 2
    assert panel.test_dots.getData()[0].tolist() == [2.0]
    assert "after step 2" in panel.reading.text()


def test_an_edit_keeps_the_test_loss_that_was_true_before_it(show) -> None:
    session = trained(3, circle())
    panel = show(LossPanel, view_of(session))
    before = view_of(session).survey.test_loss
    session.set_parameter(Weight(3, 0, 0), 7.0)
    after = view_of(session).survey.test_loss
    assert after != before
    panel.refresh(view_of(session))
    x, y = panel.test.getData()
    assert x.tolist() == [3.0, 3.0] and y.tolist() == [before, after]
    assert full(after) in panel.reading.text()
    assert panel._shown_line.value() == 3 and panel.reading.text().startswith("step 3 ")
    session.undo()
    panel.refresh(view_of(session))
    assert panel.test.getData()[1].tolist() == [before]


def test_test_losses_are_collected_while_it_is_hidden(show) -> None:
    session = trained(4, circle())
    panel = show(LossPanel)
    panel.hide()
    panel.collect(view_of(session))
    loss = view_of(session).survey.test_loss
    session.advance_steps(6)
    panel.show()
    panel.refresh(view_of(session))
    x, y = panel.test.getData()
    assert x.tolist() == [4.0, 10.0] and y[0] == loss


@pytest.mark.parametrize("steps", [1, 20])
def test_the_curve_stays_as_it_is_while_a_weight_is_dragged(show, steps: int) -> None:
    session = trained(steps, circle())
    panel = show(LossPanel, view_of(session))
    curves = [line.getData() for line in (panel.training, panel.test)]
    reading = panel.reading.text()
    panel.refresh(view_while_dragged(session, Weight(3, 0, 0), 7.0))
    assert panel.plot.isVisible() and panel.reading.text() == reading and reading.startswith(f"step {steps} ")
    for line, (x, y) in zip((panel.training, panel.test), curves, strict=True):
        assert line.getData()[0].tolist() == x.tolist() and line.getData()[1].tolist() == y.tolist()


def test_what_was_only_tried_is_in_no_curve_after_the_drop(show) -> None:
    session = trained(3, circle())
    panel = show(LossPanel, view_of(session))
    before = view_of(session).survey.test_loss
    for value in (5.0, 6.0, 7.0):
        panel.refresh(view_while_dragged(session, Weight(3, 0, 0), value))
    session.set_parameter(Weight(3, 0, 0), 7.0)
    panel.refresh(view_of(session))
    assert panel.test.getData()[1].tolist() == [before, view_of(session).survey.test_loss]


def test_before_the_first_step_a_dragged_weight_does_not_say_that_any_was_trained(show) -> None:
    panel = show(LossPanel, view_while_dragged(Session(circle()), Weight(3, 0, 0), 7.0))
    assert "No step has been trained yet" in panel.empty.text()


def test_a_network_opened_after_some_steps_says_where_its_curve_begins(show) -> None:
    session = Session(trained(2).document_now())
    assert session.updates_done == 2
    panel = show(LossPanel, view_of(session))
    assert "Opened after step 2" in panel.empty.text() and "begins with the next step" in panel.empty.text()


@pytest.mark.parametrize("height", range(200, 420, 17))
def test_no_number_below_0_and_no_part_of_a_step_stands_at_the_axes(show, height: int) -> None:
    panel = show(LossPanel, view_of(trained(2)), (320, height))
    for side in ("left", "bottom"):
        axis = panel.plot.getPlotItem().getAxis(side)
        low, high = axis.range
        levels = axis.tickValues(low, high, 200.0)
        assert all(value >= 0.0 for _, values in levels for value in values)
        assert side == "left" or all(spacing >= 1.0 for spacing, _ in levels)


def test_a_heading_without_room_ends_with_an_ellipsis_and_is_whole_in_the_tooltip(show) -> None:
    panel = show(LossPanel, view_of(trained(3)), (300, 300))
    panel.heading.setFixedWidth(100)
    assert panel.heading.is_elided and panel.heading.toolTip().startswith("Binary cross-entropy, mean of the batch")
    panel.heading.setFixedWidth(500)
    assert not panel.heading.is_elided


@pytest.mark.parametrize("name, title, legend, reading", [
    ("gate-descent", "Result of the graph", "C = ", "   C = "),
    ("surface-ravine", "Height of the surface", "height ", "   height "),
    ("surface-noise", "Height, mean of the batch", "batch ", "   height "),
    ("xor", "Binary cross-entropy, mean of the batch", "batch ", "   loss "),
])
def test_what_is_trained_has_its_own_word_for_the_loss(show, name: str, title: str, legend: str, reading: str) -> None:
    session = trained(3, open_example(name))
    panel = show(LossPanel, view_of(session))
    assert panel.heading.text() == title
    told = panel.legend.texts()[0]
    assert told.startswith(legend) and reading in panel.reading.text()
    if name in ("gate-descent", "surface-ravine"):
        said = "\n".join((told, panel.heading.toolTip(), panel.plot.toolTip(), panel.formula.toolTip()))
        assert "batch" not in said and "xample" not in said and "Loss" not in said
