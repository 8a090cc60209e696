"""The numbers of a step mean what the contract says, also where there is nothing to say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.report.metrics import METRICS, Survey, survey_before
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session


def metrics_of(session: Session) -> dict[str, float | int | None]:
    record = session.record
    survey = survey_before(record, session.segment.data)
    return {name: metric.of(record, survey) for name, metric in METRICS.items()}


def document(layers: list[dict[str, Any]], data: dict[str, Any], loss: str, **rest: Any) -> Document:
    tree = {"format": "nnviz", "version": 1, "kind": "network", "inputs": ["x"], "layers": layers, "loss": loss}
    return Document.from_tree(tree | {"data": data} | rest)


def one_layer(activation: str, weights: list[list[float]], targets: list[list[float]], loss: str,
              inputs: tuple[float, ...] = (-1.0, 2.0), **rest: Any) -> Session:
    layers = [{"units": len(weights), "activation": activation, "bias": "none"}]
    data = {"inputs": [[value] for value in inputs], "targets": targets}
    return Session(document(layers, data, loss, parameters={"W1": weights}, **rest))


def test_every_number_of_the_worked_example() -> None:
    found = metrics_of(Session(open_example("mazur-2-2-2")))
    gradient = [0.000438567734, 0.000877135469, 0.000497712735, 0.000995425471,
                0.082167040564, 0.082667627848, -0.022602540477, -0.022740242216]
    values = [0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55]
    norm = float(np.linalg.norm(gradient))
    assert found["loss"] == pytest.approx(0.298371108760, abs=5e-13)
    assert found["gradient_norm"] == pytest.approx(norm, abs=1e-11)
    assert found["update_ratio"] == pytest.approx(0.5 * norm / np.linalg.norm(values), abs=1e-11)
    assert found["learning_rate"] == 0.5
    assert (found["dead_units"], found["saturated_units"]) == (None, 0)
    assert [found[name] for name in ("test_loss", "accuracy", "test_accuracy")] == [None, None, None]


def test_frozen_parameters_are_outside_both_norms() -> None:
    free = metrics_of(Session(open_example("mazur-2-2-2").with_value("frozen", [])))
    frozen = metrics_of(Session(open_example("mazur-2-2-2")))
    assert free["gradient_norm"] == pytest.approx(
        float(np.hypot(np.hypot(frozen["gradient_norm"] or 0.0, 0.018725609395), 0.100400325112)), abs=1e-11
    )


def test_a_shared_bias_counts_once() -> None:
    session = Session(open_example("mazur-2-2-2").with_value("frozen", ["W1", "W2", "b2"]))
    assert metrics_of(session)["gradient_norm"] == pytest.approx(0.018725609395, abs=5e-13)
    assert metrics_of(session)["update_ratio"] == pytest.approx(0.5 * 0.018725609395 / 0.35, abs=1e-12)


def test_the_loss_is_the_batchs_and_accuracy_is_the_whole_sets() -> None:
    session = one_layer("identity", [[1.0]], [[0.0], [1.0], [1.0]], "binary_cross_entropy", (0.2, 0.9, 0.4),
                        batch_size=1)
    found = metrics_of(session)
    row = session.record.rows[0]
    output, target = [0.2, 0.9, 0.4][row], [0.0, 1.0, 1.0][row]
    assert found["loss"] == pytest.approx(-np.log(output if target else 1.0 - output), rel=1e-14)
    assert found["accuracy"] == pytest.approx(2.0 / 3.0)


def test_the_largest_output_answers_under_cross_entropy() -> None:
    session = one_layer("softmax", [[1.0], [0.0], [-1.0]], [[1, 0, 0], [1, 0, 0]], "cross_entropy")
    assert metrics_of(session)["accuracy"] == 0.5


def test_each_output_answers_for_itself_where_there_are_several_questions() -> None:
    session = one_layer("sigmoid", [[1.0], [-1.0]], [[0, 1], [0, 0]], "binary_cross_entropy")
    assert metrics_of(session)["accuracy"] == 0.75


@pytest.mark.parametrize("loss", ["mean_squared_error", "half_squared_error", "squared_error", "huber",
                                  "mean_absolute_error", "binary_cross_entropy"])
def test_targets_of_0_and_1_have_an_accuracy_under_any_loss(loss: str) -> None:
    session = one_layer("sigmoid", [[1.0], [-1.0]], [[0, 1], [0, 0]], loss)
    assert metrics_of(session)["accuracy"] == 0.75


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_a_surface_has_no_accuracy(noise: float) -> None:
    found = metrics_of(Session(open_example("surface-ravine").with_value("noise", noise)))
    assert found["accuracy"] is found["test_accuracy"] is None


def test_targets_between_0_and_1_have_no_accuracy() -> None:
    session = one_layer("sigmoid", [[1.0]], [[0.3], [1.0]], "binary_cross_entropy")
    assert metrics_of(session)["accuracy"] is None


def test_a_regression_has_no_accuracy() -> None:
    assert metrics_of(Session(open_example("linear-regression")))["accuracy"] is None


def test_a_test_set_has_its_own_loss_and_accuracy_before_the_update() -> None:
    session = Session(open_example("circle"))
    session.advance_steps(5)
    found, record, data = metrics_of(session), session.record, session.segment.data
    outputs = session.problem.outputs(record.parameters, data.test_inputs)
    last = outputs[f"out{len(session.problem.network.layers)}"].T
    assert found["test_accuracy"] == np.mean((last >= 0.5) == (data.test_targets >= 0.5))
    expected = -np.mean(data.test_targets * np.log(last) + (1.0 - data.test_targets) * np.log(1.0 - last))
    assert found["test_loss"] == pytest.approx(expected, rel=1e-9)


def test_a_unit_is_dead_when_no_example_reaches_it() -> None:
    hidden = {"units": 4, "activation": "relu", "bias": "none"}
    session = Session(document(
        [hidden, {"units": 1, "activation": "identity"}], {"inputs": [[1.0], [2.0]], "targets": [[0.0], [1.0]]},
        "squared_error", parameters={"W1": [[1.0], [-1.0], [0.0], [2.0]]},
    ))  # fmt: skip
    survey = survey_before(session.record, session.segment.data)
    assert survey.dead(1).tolist() == [False, True, True, False]
    assert metrics_of(session)["dead_units"] == 2
    assert metrics_of(session)["saturated_units"] is None


def test_dead_units_rise_in_the_example_that_shows_them() -> None:
    session = Session(open_example("xor-relu-dead"))
    before = metrics_of(session)["dead_units"]
    session.advance_steps(50)
    after = metrics_of(session)["dead_units"]
    assert before is not None and after is not None and after > before


def test_a_unit_is_saturated_when_its_slope_is_below_a_hundredth_everywhere() -> None:
    session = one_layer("tanh", [[3.1], [1.0], [-3.1]], [[0, 0, 0], [0, 0, 0]], "squared_error", (1.0, -1.0))
    assert 1.0 - np.tanh(3.1) ** 2 < 0.01
    survey = survey_before(session.record, session.segment.data)
    assert survey.saturated(1).tolist() == [True, False, True]
    assert metrics_of(session)["saturated_units"] == 2


def test_a_network_of_zeros_has_no_update_ratio() -> None:
    session = Session(open_example("zero-initialisation"))
    assert metrics_of(session)["update_ratio"] is None
    assert metrics_of(session)["gradient_norm"] is not None


def test_a_survey_after_n_updates_is_the_loss_that_the_next_step_starts_from() -> None:
    session = Session(open_example("xor"))
    session.advance_steps(7)
    after = Survey(session.problem, session.state.parameters(session.problem), session.segment.data).training_loss
    session.advance_step()
    assert after == pytest.approx(session.record.loss, rel=1e-14)
