"""The panel of predictions: confusion matrix and accuracy for classes, R² and residuals for numbers."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from nnviz.gui.panels.asking import problem_in
from nnviz.gui.panels.predictions import PredictionsPanel
from nnviz.report.numbers import short
from nnviz.report.predictions import predictions_of
from nnviz.session.examples import open_document
from nnviz.session.session import Session
from tests.gui.panels.views import digits, view_of


def test_classes_have_a_matrix_and_an_accuracy(show: Any) -> None:
    session = Session(digits(60))
    panel = show(PredictionsPanel, view_of(session))
    found = predictions_of(view_of(session).survey, "training")
    assert found is not None
    right = int(found.confusion().trace())
    assert panel.summary.text() == f"accuracy {right / 0.6:.1f} %: {right} of 60 right"
    assert panel.matrix.isVisible() and not panel.plot.isVisible() and not panel.output.isVisible()


def test_a_cell_says_under_the_pointer_what_is_taken_for_what(show: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = show(PredictionsPanel, view_of(Session(open_document("xor"))))
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, widget: said.append(text))
    centre = panel.matrix.cell(1, 0).center().toPoint()
    panel.matrix.event(QHelpEvent(QHelpEvent.Type.ToolTip, centre, QPoint(0, 0)))
    assert said[0].startswith("target 1, answer 0: ") and " of 2 (" in said[0]
    assert panel.matrix.cell_at(panel.matrix.cell(1, 0).center()) == (1, 0)


def test_the_test_set_can_be_looked_at(show: Any) -> None:
    session = Session(open_document("spiral"))
    panel = show(PredictionsPanel, view_of(session))
    training = panel.summary.text()
    panel.part.setCurrentIndex(1)
    assert panel.part.isEnabled() and panel.summary.text() != training
    assert f"of {len(session.segment.data.test_inputs)} right" in panel.summary.text()


def test_each_label_of_several_can_be_chosen(show: Any) -> None:
    session = Session(open_document("multi-label"))
    panel = show(PredictionsPanel, view_of(session))
    assert [panel.output.itemText(k) for k in range(panel.output.count())] == list(session.problem.network.names(2))
    before = panel.matrix.cell_text(0, 0)
    session.advance_steps(40)
    panel.output.setCurrentIndex(1)
    panel.refresh(view_of(session))
    assert panel.output.currentIndex() == 1 and panel.matrix.cell_text(0, 0) != before


def test_numbers_have_r_squared_and_residuals(show: Any) -> None:
    session = Session(open_document("regression-sine"))
    session.advance_steps(300)
    panel = show(PredictionsPanel, view_of(session))
    assert panel.summary.text().startswith("R² 0.")
    assert panel.plot.isVisible() and not panel.matrix.isVisible()
    assert len(panel.residuals.getData()[0]) == len(session.problem.inputs)


def test_inputs_that_are_typed_are_answered_as_the_training_examples_are(show: Any, qtbot: Any) -> None:
    document = open_document("spiral").with_values(
        {"inputs": 3, "data.features": ["x1", "x2", "x1*x2"], "scaling": "standardise"})
    session = Session(document)
    session.advance_steps(20)
    view = view_of(session)
    panel = show(PredictionsPanel, view)
    raw, outputs = view.data.raw_inputs[7], view.survey.training[f"out{len(document.network.layers)}"]
    assert panel.ask.line.placeholderText() == "try your own inputs: x1, x2"
    qtbot.keyClicks(panel.ask.line, f"{float(raw[0])!r}; {float(raw[1])!r}")
    before = panel.ask.answer.text()
    name = view.problem.network.names(len(document.network.layers))[0]
    assert before == f"{name} = {short(float(outputs[0, 7]))}"
    session.advance_steps(50)
    panel.refresh(view_of(session))
    assert panel.ask.answer.text() != before


def test_what_is_typed_and_is_no_example_is_said_so(show: Any, qtbot: Any) -> None:
    panel = show(PredictionsPanel, view_of(Session(open_document("xor"))))
    qtbot.keyClicks(panel.ask.line, "1, zwei")
    assert panel.ask.answer.text() == "x2: “zwei” is not a number"
    panel.refresh(view_of(Session(digits(20))))
    assert not panel.ask.isVisible()


@pytest.mark.parametrize(("typed", "said"), [
    ("abc, 1, 2", "a: “abc” is not a number"), ("1; 2; 1e400", "c: “1e400” is too large a number"),
    ("1,x,2", "b: “x” is not a number"), ("1, 2", "3 numbers are wanted: a, b, c"),
    ("1, 2, inf", "c: “inf” is not a number"),
])
def test_the_number_that_is_wrong_is_named(typed: str, said: str) -> None:
    assert problem_in(typed, ["a", "b", "c"]) == said
