"""The histograms count what the layers put out over the training set."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt

from nnviz.gui.panels.activations import BINS, ActivationsPanel, spread_of
from nnviz.session.session import Session
from tests.gui.panels.views import circle, digits, document, dying, view_of, xor


def test_each_layer_has_the_histogram_of_its_outputs(show) -> None:
    session = Session(circle())
    session.advance_steps(50)
    view = view_of(session)
    panel = show(ActivationsPanel, view, (700, 500))
    assert [plot.layer for plot in panel.layers] == [1, 2, 3]
    for layer, plot in enumerate(panel.layers, start=1):
        found, values = plot.histogram, view.survey.training[f"out{layer}"]
        counted = np.histogram(values, BINS, (found.low, found.high))[0]
        assert np.abs(np.cumsum(found.shares * values.size) - np.cumsum(counted)).max() <= 2.0
        assert abs(found.shares.sum() - 1.0) < 1e-12
        assert found.mean == values.mean() and found.deviation == values.std()
        edges, shares = plot.bars.getData()
        assert len(edges) == BINS + 1 and np.array_equal(shares, found.shares)


def test_the_share_at_zero_and_the_saturated_share_are_said(show) -> None:
    session = Session(circle())
    session.advance_steps(300)
    view = view_of(session)
    panel = show(ActivationsPanel, view, (700, 500))
    zeros = (view.survey.training["out1"] == 0.0).mean()
    assert f"at 0: {100 * zeros:.0f} %" in panel.layers[0].numbers.text()
    outputs = view.survey.training["out3"]
    saturated = (outputs * (1 - outputs) < 0.01).mean()
    assert f"saturated: {100 * saturated:.0f} %" in panel.layers[2].numbers.text()


def test_net_inputs_and_deltas_can_be_chosen(show, qtbot) -> None:
    session = Session(xor())
    session.advance_step()
    view = view_of(session)
    panel = show(ActivationsPanel, view)
    qtbot.keyClick(panel.choice, Qt.Key.Key_Down)
    assert panel.layers[0].histogram.mean == view.survey.training["net1"].mean()
    qtbot.keyClick(panel.choice, Qt.Key.Key_Down)
    assert panel.layers[0].histogram.mean == session.record.delta(1).mean()
    assert panel.over.text() == "4 examples of the batch"


def test_deltas_are_not_shown_before_the_backward_pass(show, qtbot) -> None:
    session = Session(xor())
    session.advance()
    panel = show(ActivationsPanel, view_of(session))
    qtbot.keyClick(panel.choice, Qt.Key.Key_End)
    assert "backward pass" in panel.layers[0].numbers.text()
    assert not panel.layers[0].plot.isVisible()


def test_a_layer_of_equal_outputs_is_one_bar_and_says_its_value(show) -> None:
    zero = {"W1": [[0.0, 0.0]] * 4, "b1": [0.0] * 4}
    panel = show(ActivationsPanel, view_of(Session(xor(parameters=zero))))
    found = panel.layers[0].histogram
    assert found.is_constant and np.count_nonzero(found.shares) == 1
    assert "all are 0" in panel.layers[0].numbers.text()
    assert found.low < 0.0 < found.high


def test_numbers_that_are_not_finite_are_counted_and_left_out(show) -> None:
    values = np.array([[0.0, 1.0, np.nan, np.inf, -np.inf, 2.0]])
    found = spread_of(values)
    assert found.strange == 3 and found.mean == 1.0
    nothing = spread_of(np.full((2, 2), np.nan))
    assert nothing.strange == 4 and not nothing.shares.any()
    huge = document(inputs=1, layers=[{"units": 1, "activation": "identity"}], loss="mean_squared_error",
                    parameters={"W1": [[1e300]]}, data={"inputs": [[1e300], [1.0]], "targets": [[0.0], [0.0]]})
    panel = show(ActivationsPanel, view_of(Session(huge)))
    assert "1 not finite" in panel.layers[0].numbers.text()


def test_ranges_hold_still_between_refreshes(show) -> None:
    session = Session(circle(optimiser={"name": "sgd", "learning_rate": 0.001}))
    session.advance_steps(100)
    panel = show(ActivationsPanel, view_of(session), (700, 500))
    before = [(plot.histogram.low, plot.histogram.high) for plot in panel.layers]
    session.advance_steps(1)
    panel.refresh(view_of(session))
    assert [(plot.histogram.low, plot.histogram.high) for plot in panel.layers] == before
    assert before[2] == (0.0, 1.0)


def test_another_network_leaves_only_its_own_layers(show) -> None:
    panel = show(ActivationsPanel, view_of(Session(digits(40))), (900, 300))
    assert sum(plot.isVisible() for plot in panel.layers) == 3
    panel.refresh(view_of(Session(dying())))
    assert sum(not plot.isHidden() for plot in panel.layers) == 2
    panel.refresh(None)
    assert panel.empty.isVisible() and not panel.pages.isVisible()


def test_how_many_examples_are_looked_at_is_said_in_the_singular_and_the_plural(show, qtbot) -> None:
    panel = show(ActivationsPanel, view_of(Session(xor())))
    assert panel.over.text() == "4 training examples"
    one = xor(data={"inputs": [[1.0, 1.0]], "targets": [[1.0]]})
    panel.refresh(view_of(Session(one)))
    assert panel.over.text() == "1 training example"
    qtbot.keyClick(panel.choice, Qt.Key.Key_End)
    assert panel.over.text() == "1 example of the batch"


def test_a_low_panel_still_shows_whole_histograms(show) -> None:
    session = Session(circle())
    session.advance_steps(5)
    panel = show(ActivationsPanel, view_of(session), (900, 128))
    assert panel.pages.verticalScrollBar().maximum() == 0       # nothing to scroll: all is seen
    for plot in panel.layers:
        box = plot.plot.getPlotItem().vb.sceneBoundingRect()
        assert box.height() >= 30
        assert plot.numbers.visibleRegion().boundingRect() == plot.numbers.rect()
    assert panel.choice.geometry().right() < panel.pages.x()
    panel.resize(900, 400)
    assert panel.pages.geometry().top() >= panel.choice.geometry().bottom()
    assert panel.layers[0].plot.height() > 150
