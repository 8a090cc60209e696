"""Confusion matrices and R², against counts and sums made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.report.metrics import Survey
from nnviz.report.predictions import Predictions, predictions_of
from nnviz.session.examples import open_document
from nnviz.session.session import Session


def of(name: str, steps: int = 0) -> tuple[Survey, Predictions]:
    session = Session(open_document(name))
    if steps:
        session.advance_steps(steps)
    survey = Survey(session.problem, session.parameters_now(), session.segment.data)
    found = predictions_of(survey, "training")
    assert found is not None
    return survey, found


def test_rows_are_targets_and_columns_are_answers() -> None:
    targets = np.eye(3)[[0, 0, 1, 2]]
    outputs = np.array([[0.8, 0.1, 0.1], [0.1, 0.2, 0.7], [0.1, 0.8, 0.1], [0.9, 0.0, 0.1]])
    found = Predictions("classes", ("a", "b", "c"), outputs, targets)
    assert found.classes == ("a", "b", "c")
    assert found.confusion().tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 0]]


def test_each_output_that_says_yes_or_no_has_a_matrix_of_its_own() -> None:
    targets, outputs = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]), np.array([[0.9, 0.5], [0.6, 0.4], [0.1, 0.2]])
    found = Predictions("yes or no", ("a", "b"), outputs, targets)
    assert found.confusion(0).tolist() == [[0, 1], [1, 1]]
    assert found.confusion(1).tolist() == [[1, 0], [1, 1]]


def test_r_squared_is_one_for_perfect_answers_and_zero_for_the_mean() -> None:
    targets = np.array([[1.0], [2.0], [6.0]])
    assert Predictions("numbers", ("y",), targets, targets).r_squared() == 1.0
    assert Predictions("numbers", ("y",), np.full((3, 1), 3.0), targets).r_squared() == 0.0
    outputs = np.array([[1.5], [2.0], [5.0]])
    assert Predictions("numbers", ("y",), outputs, targets).r_squared() == pytest.approx(1 - 1.25 / 14)
    assert Predictions("numbers", ("y",), outputs, np.ones((3, 1))).r_squared() is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [("xor", "yes or no"), ("multi-label", "yes or no"), ("regression-sine", "numbers"),
     ("softmax-cross-entropy", "classes"), ("mazur-2-2-2", "numbers")],
)  # fmt: skip
def test_the_loss_says_what_answers_mean(name: str, kind: str) -> None:
    assert of(name)[1].kind == kind


@pytest.mark.parametrize("name", ["xor", "multi-label", "softmax-cross-entropy", "spiral"])
def test_the_diagonals_are_the_accuracy(name: str) -> None:
    survey, found = of(name, 20)
    matrices = [found.confusion(k) for k in range(1 if found.kind == "classes" else len(found.names))]
    right, total = sum(np.trace(matrix) for matrix in matrices), sum(matrix.sum() for matrix in matrices)
    assert right / total == pytest.approx(survey.accuracy)


def test_without_a_test_set_there_are_no_answers_on_it() -> None:
    survey, _ = of("xor")
    assert predictions_of(survey, "test") is None
