"""Every row of the table of losses: terms, slopes, logits, and what happens far out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnviz.engine import activations
from nnviz.engine.losses import TABLE, row
from nnviz.engine.network import Choice
from nnviz.engine.step import step
from nnviz.errors import Refused
from nnviz.report.divergence import find_divergence
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.networks import LOSSES, make_network, make_problem, random_targets

EVERY = sorted(TABLE)
FUSED = [name for name in EVERY if TABLE[name].fused_with]


@pytest.mark.parametrize("name", EVERY)
def test_terms_add_up_to_the_textbooks_loss(name: str) -> None:
    generator = np.random.default_rng(3)
    targets = random_targets(name, 5, 4, generator)
    outputs = generator.uniform(0.05, 0.95, (5, 4))
    net = np.zeros((4, 5))
    found = TABLE[name].of_examples(net, outputs.T, targets.T, "tanh")
    np.testing.assert_allclose(found, LOSSES[name](outputs, targets), rtol=1e-13)


@pytest.mark.parametrize("name", EVERY)
def test_slopes_of_terms_agree_with_differences(name: str) -> None:
    generator, width = np.random.default_rng(4), 1e-6
    target, output = generator.uniform(0.1, 0.9, (2, 30, 3))
    row = TABLE[name]
    expected = (row.terms(output + width, target) - row.terms(output - width, target)) / (2.0 * width)
    np.testing.assert_allclose(row.slopes(output, target), expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_slopes_of_terms_agree_with_the_complex_step(name: str) -> None:
    """A step of 1e-200 along the imaginary axis subtracts nothing, so nothing is rounded away."""
    target, output = np.random.default_rng(4).uniform(0.1, 0.9, (2, 30, 3))
    row = TABLE[name].with_options({"delta": 0.3} if name == "huber" else {})
    expected = row.terms(output + 1e-200j, target).imag / 1e-200
    np.testing.assert_allclose(row.slopes(output, target), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("size", [50.0, 1e308])
@pytest.mark.parametrize("name", [name for name in EVERY if TABLE[name].targets == "any"])
def test_a_huge_error_costs_much_and_is_no_nan(name: str, size: float) -> None:
    """A squared error of 1e308 is beyond every float and becomes infinite, which is reported; the others are finite."""
    row, target = TABLE[name], np.zeros((2, 1))
    output = np.array([[size], [-size]])
    with np.errstate(all="ignore"):
        terms, slopes = row.terms_of(output, output, target, "identity"), row.slopes(output, target)
    assert (terms >= 0.5 * size).all() and not np.isnan(slopes).any()
    assert slopes[0] == -slopes[1] > 0
    assert np.isfinite(terms).all() or (size > 1e150 and "squared" in name)


@pytest.mark.parametrize("name", ["mean_absolute_error", "huber"])
def test_outliers_are_summed_without_overflow_in_a_step_too(name: str) -> None:
    problem = make_problem(make_network((1, 1), output="identity", loss=name), np.array([[1.0]]), np.array([[1e308]]))
    record = step(problem, problem.start({"W1": np.zeros((1, 1))}))
    assert record.loss == pytest.approx(1e308) and record.delta(1)[0, 0] == -1.0


def test_the_absolute_error_has_no_slope_at_the_target_and_0_is_taken() -> None:
    row = TABLE["mean_absolute_error"]
    assert row.slopes(np.array([0.5]), np.array([0.5])) == 0.0 and "0" in row.kink


@pytest.mark.parametrize("delta", [0.1, 1.0, 2.5])
def test_the_huber_loss_is_squared_up_to_delta_and_straight_beyond(delta: float) -> None:
    row, target = TABLE["huber"].with_options({"delta": delta}), np.zeros(4)
    output = delta * np.array([-3.0, -0.5, 1.0, 7.0])
    expected = [delta * (3.0 * delta - 0.5 * delta), 0.125 * delta**2, 0.5 * delta**2, 6.5 * delta**2]
    np.testing.assert_allclose(row.terms(output, target), expected, rtol=1e-14)
    np.testing.assert_allclose(row.slopes(output, target), delta * np.array([-1.0, -0.5, 1.0, 1.0]), rtol=1e-14)


def test_the_delta_of_the_document_is_in_force() -> None:
    inputs, targets = np.array([[1.0]]), np.array([[5.0]])
    network = make_network((1, 1), output="identity", loss="huber")
    network = replace(network, loss=Choice("huber", (("delta", 2.0),)))
    problem = make_problem(network, inputs, targets)
    record = step(problem, problem.start({"W1": np.zeros((1, 1))}))
    assert record.loss == 8.0 and record.delta(1)[0, 0] == -2.0
    assert problem.losses_of(problem.outputs(record.parameters, inputs), targets).tolist() == [8.0]


def test_the_negative_log_likelihood_shows_two_factors_whose_product_is_p_minus_t() -> None:
    """The softmax Jacobian times -t/p, one after the other, is what cross-entropy takes at once."""
    generator = np.random.default_rng(8)
    inputs, targets = generator.standard_normal((5, 3)), random_targets("cross_entropy", 5, 4, generator)
    records = []
    for loss in ("cross_entropy", "negative_log_likelihood"):
        problem = make_problem(make_network((3, 4), output="softmax", loss=loss), inputs, targets)
        records.append(step(problem, problem.start()))
    fused, apart = records
    p = apart.output(1)
    np.testing.assert_allclose(apart.output_gradient(1), -targets.T / p, rtol=1e-15)
    for example in range(5):
        jacobian = np.diag(p[:, example]) - np.outer(p[:, example], p[:, example])
        product = jacobian @ apart.output_gradient(1)[:, example]
        np.testing.assert_allclose(apart.delta(1)[:, example], product, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(apart.delta(1), p - targets.T, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(apart.gradient, fused.gradient, rtol=1e-12, atol=1e-15)
    assert apart.loss == pytest.approx(fused.loss, rel=1e-14)


def test_only_apart_from_softmax_a_surely_wrong_answer_is_not_finite() -> None:
    inputs, targets = np.array([[1.0]]), np.array([[1.0, 0.0]])
    for loss, finite in (("cross_entropy", True), ("negative_log_likelihood", False)):
        problem = make_problem(make_network((1, 2), output="softmax", loss=loss), inputs, targets)
        record = step(problem, problem.start({"W1": np.array([[-500.0], [500.0]])}))
        assert record.is_finite == finite
        assert find_divergence(record) is None if finite else "loss" in find_divergence(record).quantity


@pytest.mark.parametrize("name", FUSED)
def test_going_through_the_logits_changes_no_loss(name: str) -> None:
    row, generator = TABLE[name], np.random.default_rng(5)
    net = generator.standard_normal((4, 6))
    output = activations.TABLE[row.fused_with].value(net)
    target = random_targets(name, 6, 4, generator).T
    through_logits = row.terms_of(net, output, target, row.fused_with)
    directly = row.terms_of(net, output, target, "tanh")
    np.testing.assert_allclose(through_logits.sum(axis=0), directly.sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize("name", FUSED)
@pytest.mark.parametrize("size", [50.0, 800.0, 1e308])
def test_logits_may_be_huge(name: str, size: float) -> None:
    """Right answers cost nothing, wrong ones as much as the logits differ, and nothing overflows."""
    row = TABLE[name]
    net = np.array([[size, -size / 2.0]]).T
    output = activations.TABLE[row.fused_with].value(net)
    right = row.terms_of(net, output, np.array([[1.0], [0.0]]), row.fused_with)
    wrong = row.terms_of(net, output, np.array([[0.0], [1.0]]), row.fused_with)
    assert right.sum() == pytest.approx(0.0, abs=1e-9)
    assert wrong.sum() == pytest.approx(1.5 * size)


def test_a_certain_answer_costs_exactly_nothing() -> None:
    certain = np.array([[1.0], [0.0]])
    for name in ("binary_cross_entropy", "cross_entropy"):
        assert TABLE[name].terms(certain, certain).sum() == 0.0
        assert np.isfinite(TABLE[name].slopes(certain, certain)).all()


def test_an_output_outside_the_unit_interval_is_not_hidden() -> None:
    outside, target = np.array([[1.5]]), np.array([[0.5]])
    assert not np.isfinite(TABLE["binary_cross_entropy"].terms(outside, target)).any()
    assert not np.isfinite(TABLE["cross_entropy"].terms(-outside, target)).any()


def test_the_cross_entropy_of_the_lecture() -> None:
    """Logits 2, 1 and 0.1, the label is the first class: loss 0.417, gradient p - y."""
    network = make_network((3, 3), output="softmax", loss="cross_entropy", biases=("none",))
    problem = make_problem(network, np.array([[2.0, 1.0, 0.1]]), np.array([[1.0, 0.0, 0.0]]))
    record = step(problem, problem.start({"W1": np.eye(3)}))
    assert record.loss == pytest.approx(0.417030016278, rel=0, abs=5e-13)
    expected = [-0.340998861114, 0.242432970705, 0.098565890409]
    np.testing.assert_allclose(record.delta(1)[:, 0], expected, rtol=0, atol=5e-13)


def test_with_several_correct_classes_the_gradient_is_p_times_their_sum_less_y() -> None:
    network = make_network((3, 3), output="softmax", loss="cross_entropy", biases=("none",))
    targets = np.array([[1.0, 1.0, 0.0]])
    problem = make_problem(network, np.array([[2.0, 1.0, 0.1]]), targets)
    record = step(problem, problem.start({"W1": np.eye(3)}))
    np.testing.assert_allclose(record.delta(1)[:, 0], 2.0 * record.output(1)[:, 0] - targets[0], rtol=1e-14)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("examples", [1, 3])
def test_the_loss_of_a_step_is_the_mean_of_its_examples_losses(name: str, examples: int) -> None:
    generator = np.random.default_rng(6)
    output = "softmax" if name == "cross_entropy" else "sigmoid"
    targets = random_targets(name, examples, 3, generator)
    for hidden in ("tanh", "sigmoid"):
        network = make_network((2, 4, 3), hidden, output, name)
        problem = make_problem(network, generator.standard_normal((examples, 2)), targets)
        record = step(problem, problem.start())
        assert record.loss == pytest.approx(record.example_losses.mean(), rel=1e-14)
        np.testing.assert_allclose(
            record.example_losses, LOSSES[name](record.output(2).T, targets), rtol=1e-12
        )


@pytest.mark.parametrize("name", EVERY)
def test_a_row_says_what_it_is(name: str) -> None:
    row = TABLE[name]
    assert row.name == name and row.label and row.formula and row.help and row.term and row.term_slope
    assert "{output}" in row.calculation and "{target}" in row.calculation


@pytest.mark.parametrize("name", ["binary_cross_entropy", "cross_entropy"])
@pytest.mark.parametrize("output", [-0.5, 1.5])
@pytest.mark.parametrize("target", [0.0, 0.5, 1.0])
def test_a_cross_entropy_of_an_output_that_is_no_probability_is_not_finite(
    name: str, output: float, target: float
) -> None:
    row = TABLE[name]
    outputs, targets = np.array([[output]]), np.array([[target]])
    assert not np.isfinite(row.terms_of(outputs, outputs, targets, "identity")).any()
    assert not np.isfinite(row.slopes(outputs, targets)).any()


# --- a formula as a loss ------------------------------------------------------------------------------------------


def test_a_formula_is_a_loss_that_no_network_can_choose() -> None:
    assert row("squared_error") is TABLE["squared_error"] and row("x^2 + y") is row("x^2 + y")
    assert row("x^2 + y").name not in TABLE
    with pytest.raises(Refused, match="unknown loss 'x"):
        open_example("mazur-2-2-2").with_value("loss", "x^2 + y")


@pytest.mark.parametrize("text", ["x^2 + 10*y^2", "y", "log(x) - 1/y", "abs(x)*max(x, y)"])
def test_a_formulas_pass_gives_the_mean_height_and_each_examples_own_slopes(text: str) -> None:
    formula, generator = row(text), np.random.default_rng(11)
    document = open_example("surface-noise").with_values({"expression": text, "batch_size": "all"})
    record = Session(document).record
    places = record.output(1) - record.targets
    with np.errstate(all="ignore"):
        heights = {"x^2 + 10*y^2": lambda x, y: x**2 + 10 * y**2, "y": lambda x, y: y,
                   "log(x) - 1/y": lambda x, y: np.log(x) - 1 / y,
                   "abs(x)*max(x, y)": lambda x, y: np.abs(x) * np.maximum(x, y)}[text](*places)
    np.testing.assert_allclose(record.example_losses, heights, rtol=1e-12)
    np.testing.assert_allclose(record.loss, heights.mean(), rtol=1e-12)
    np.testing.assert_array_equal(record.delta(1), formula.slopes(record.output(1), record.targets))
    np.testing.assert_allclose(record.gradient, record.delta(1).mean(axis=1), rtol=1e-12)
    point = generator.uniform(0.5, 2.0, (2, 1))
    shifted = formula.of_examples(point, point + 1.0, np.ones((2, 1)), "identity")
    assert shifted == pytest.approx(formula.of_examples(point, point, np.zeros((2, 1)), "identity"), rel=1e-12)


def test_the_sides_of_a_kink_are_told_for_every_loss_that_has_one() -> None:
    output, target = np.array([[-1.0, 2.0], [3.0, 3.0]]), np.zeros((2, 2))
    assert row("abs(x) + relu(y)").sides(output, target).tolist() == [[False, True], [True, True]]
    for name in EVERY:
        assert TABLE[name].sides(output, target).tolist() == (output > target).tolist()
