"""The lectures' facts about losses and starting values, read off the tables that the command line writes."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from itertools import pairwise

import pytest

import nnviz
from nnviz.cli import main
from nnviz.session.document import Document
from nnviz.session.session import Session

Rows = list[dict[str, str]]
Export = Callable[..., Rows]


@pytest.fixture
def export(capfdbinary: pytest.CaptureFixture[bytes]) -> Export:
    """The rows of a table, as `nnviz export` writes them."""

    def run(example: str, table: str, *words: object) -> Rows:
        status = main(["export", example, "--table", table, *map(str, words)])
        written = capfdbinary.readouterr()
        assert status == 0, written.err.decode("utf-8")
        return list(csv.DictReader(io.StringIO(written.out.decode("utf-8"))))

    return run


def settings(**values: object) -> list[str]:
    return [word for path, value in values.items() for word in ("--set", f"{path.replace('__', '.')}={value}")]


def numbers(rows: Rows, column: str, **where: str) -> list[float]:
    return [float(row[column]) for row in rows if all(row[key] == value for key, value in where.items())]


# --- cross-entropy and softmax ----------------------------------------------------------------------------------

PROBABILITIES = [0.659001138886, 0.242432970705, 0.098565890409]
AT_THE_LOGITS = [-0.340998861114, 0.242432970705, 0.098565890409]


@pytest.mark.parametrize("loss", ["cross_entropy", "negative_log_likelihood"])
def test_the_softmax_of_the_lecture_to_12_decimals_in_both_forms(export: Export, loss: str) -> None:
    rows = export("softmax-cross-entropy", "trace", *settings(loss=loss))
    assert numbers(rows, "value", operation="softmax", phase="forward") == pytest.approx(PROBABILITIES, abs=5e-13)
    assert numbers(rows, "value", node="E") == pytest.approx([0.417030016278], abs=5e-13)
    assert numbers(rows, "gradient", operation="softmax", phase="backward") == pytest.approx(AT_THE_LOGITS, abs=5e-13)
    gradients = numbers(export("softmax-cross-entropy", "parameters", *settings(loss=loss)), "gradient")
    assert gradients == pytest.approx(AT_THE_LOGITS, abs=5e-13)


def test_apart_the_gradient_at_the_outputs_is_minus_t_over_p(export: Export) -> None:
    rows = export("softmax-cross-entropy", "neurons", *settings(loss="negative_log_likelihood"))
    assert numbers(rows, "d_loss_d_output", layer="1") == pytest.approx([-1 / PROBABILITIES[0], 0.0, 0.0], abs=5e-12)
    assert numbers(rows, "delta", layer="1") == pytest.approx(AT_THE_LOGITS, abs=5e-13)


# --- several labels -----------------------------------------------------------------------------------------------


def test_several_labels_are_judged_one_by_one_and_all_are_learnt(export: Export) -> None:
    """The accuracy counts labels, not examples: 36 answers for 12 points."""
    rows = export("multi-label", "metrics", "--steps", 500, "--every", 499)
    first, last = (float(row["accuracy"]) for row in (rows[0], rows[-1]))
    assert last == 1.0 and first < 1.0
    assert first * 36 == pytest.approx(round(first * 36), abs=1e-9)
    trace = export("multi-label", "trace")
    terms = [numbers(trace, "value", node=f"E {name}", example="0")[0] for name in ("right", "above", "far")]
    assert numbers(trace, "value", node="E", example="0") == pytest.approx([sum(terms) / 3], rel=1e-14)


# --- conventions ----------------------------------------------------------------------------------------------------


def test_the_conventions_of_the_squared_error_differ_by_their_factor_only(export: Export) -> None:
    """mazur-2-2-2 has two outputs: ½ the sum, the sum and the mean of the squares are as 1 : 2 : 1."""
    losses, gradients = [], []
    for name in ("half_squared_error", "squared_error", "mean_squared_error"):
        losses += numbers(export("mazur-2-2-2", "metrics", *settings(loss=name)), "loss")
        gradients.append(numbers(export("mazur-2-2-2", "parameters", *settings(loss=name)), "gradient"))
    assert losses == pytest.approx([0.298371108760, 2 * 0.298371108760, 0.298371108760], abs=1e-12)
    assert gradients[1] == pytest.approx([2.0 * value for value in gradients[0]], rel=1e-14)
    assert gradients[2] == pytest.approx(gradients[0], rel=1e-14)


# --- starting values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", ["zero-initialisation", "xor"])
def test_xor_from_zeros_has_every_gradient_exactly_0_and_a_loss_of_ln_2(export: Export, example: str) -> None:
    values = settings(layers__0__initialise="zeros", layers__1__initialise="zeros", layers__0__units=2,
                      batch_size="all", loss="binary_cross_entropy")
    parameters = export(example, "parameters", "--steps", 20, *values)
    assert len(parameters) == 9 * 20
    for column in ("value", "gradient", "update", "new_value"):
        assert {row[column] for row in parameters} == {"0.0"}
    assert numbers(export(example, "metrics", "--steps", 20, *values), "loss") == [math.log(2.0)] * 20


@pytest.mark.parametrize("batch_size", ["all", 1, 3])
@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
def test_constant_weights_keep_hidden_units_identical_to_the_last_digit(
    export: Export, batch_size: object, optimiser: str
) -> None:
    rows = export("constant-initialisation", "neurons", "--steps", 200, "--every", 50,
                  *settings(batch_size=batch_size, optimiser__name=optimiser))
    moments: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for row in rows:
        if row["layer"] == "1":
            told = tuple(row[column] for column in ("net_input", "output", "d_loss_d_output", "delta"))
            moments.setdefault((row["step"], row["example"]), set()).add(told)
    assert all(len(different) == 1 for different in moments.values())
    assert len(set().union(*moments.values())) > len(moments) / 2, "they do learn, and stay alike"


# --- chains ---------------------------------------------------------------------------------------------------------


def test_the_chain_of_single_neurons_is_a_product_link_by_link(export: Export) -> None:
    """C = (a - y)²: each delta is the one behind it times its weight times its slope."""
    neurons = [row for row in export("one-neuron-chain", "neurons") if row["layer"] != "0"]
    weights = numbers(export("one-neuron-chain", "parameters"), "value", kind="weight")
    a = float(neurons[-1]["output"])
    assert float(neurons[-1]["d_loss_d_output"]) == 2.0 * (a - 1.0)
    upstream = 2.0 * (a - 1.0)
    for layer in (2, 1, 0):
        delta = upstream * float(neurons[layer]["d_output_d_net"])
        assert float(neurons[layer]["delta"]) == pytest.approx(delta, rel=1e-14)
        upstream = delta * weights[layer]


def test_each_sigmoid_lets_a_quarter_of_the_gradient_through_at_most(export: Export) -> None:
    rows = [row for row in export("vanishing-gradient", "neurons") if row["layer"] != "0"]
    assert max(numbers(rows, "d_output_d_net")) <= 0.25
    largest = [max(abs(delta) for delta in numbers(rows, "delta", layer=str(layer))) for layer in range(1, 8)]
    assert all(before < behind for before, behind in pairwise(largest))
    assert largest[0] < largest[6] / 1000


@pytest.mark.parametrize("links", range(1, 11))
def test_a_chain_of_n_sigmoids_passes_at_most_a_quarter_to_the_power_of_n(links: int) -> None:
    """Weights of 1 add nothing: ∂out/∂net of the first link is the product of the slopes, 0.25^n where all are at ½."""
    shares = []
    for bias in (-0.5, 0.0, 3.0):
        session = chain(links, bias)
        record = session.record
        slopes = [float(record.slope(layer)[0, 0]) for layer in range(1, links + 1)]
        share = float(record.delta(1)[0, 0] / record.output_gradient(links)[0, 0])
        assert share == pytest.approx(math.prod(slopes), rel=1e-12)
        shares.append(share)
    assert max(shares) <= 0.25**links
    assert shares[0] == pytest.approx(0.25**links, rel=1e-12), "net inputs of 0 are where the slope is a quarter"


def chain(links: int, bias: float) -> Session:
    """One neuron after the other, all weights 1; with an input of ½ and the bias -½ every net input is 0."""
    layers = [{"units": [f"a{number}"], "activation": "sigmoid"} for number in range(1, links + 1)]
    parameters = {f"W{number}": [[1.0]] for number in range(1, links + 1)}
    parameters |= {f"b{number}": [bias] for number in range(1, links + 1)}
    return Session(Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": ["x"], "layers": layers,
        "loss": "squared_error", "data": {"inputs": [[0.5]], "targets": [[1.0]]}, "parameters": parameters,
    }))


# --- what inputs, weights and biases do -----------------------------------------------------------------------------


def signs_of_hidden_units(export: Export, scaling: str) -> list[set[float]]:
    """Of each example and each hidden unit of the irises: the signs of its wishes for the unit's four weights."""
    wishes: dict[tuple[str, str], set[float]] = {}
    for row in export("iris", "examples", *settings(scaling=scaling)):
        unit, _, source = row["parameter"].partition(",")
        if unit.startswith("W1[") and source and row["example"] != "mean":
            wishes.setdefault((row["example"], unit), set()).add(math.copysign(1.0, float(row["gradient"])))
    return list(wishes.values())


def test_inputs_that_are_all_positive_move_all_weights_of_a_neuron_one_way_and_zero_mean_inputs_do_not(
    export: Export,
) -> None:
    """∂E/∂w = δ·x: with every x above 0 the signs are all that of δ, and the way down is a zig-zag."""
    positive, centred = (signs_of_hidden_units(export, scaling) for scaling in ("none", "standardise"))
    assert len(positive) == len(centred) == 16 * 6
    assert all(len(signs) == 1 for signs in positive)
    assert sum(len(signs) == 2 for signs in centred) > 0.6 * len(centred)


@pytest.mark.parametrize("weight", [0.5, 1.0, 8.0])
@pytest.mark.parametrize("bias", [-3.0, 0.0, 2.0])
def test_a_bias_shifts_a_neuron_and_a_weight_steepens_it(weight: float, bias: float) -> None:
    """σ(wx + b) is ½ at x = -b/w, and rises there with the slope w/4."""
    tree = {
        "format": "nnviz", "version": 1, "kind": "network", "inputs": ["x"], "loss": "binary_cross_entropy",
        "layers": [{"units": ["o"], "activation": "sigmoid"}], "data": {"inputs": [[0.0]], "targets": [[1.0]]},
        "parameters": {"W1": [[weight]], "b1": [bias]},
    }
    session = Session(Document.from_tree(tree))
    middle, near = -bias / weight, 1e-5
    below, half, above = nnviz.predict(session, [[middle - near], [middle], [middle + near]])[:, 0]
    assert half == 0.5
    assert (above - below) / (2.0 * near) == pytest.approx(weight / 4.0, rel=1e-8)


# --- counts and chances ---------------------------------------------------------------------------------------------


def test_the_digit_classifier_has_12960_weights_and_42_biases() -> None:
    arrays = nnviz.load("digits-784-16-16-10").problem.network.arrays
    sizes = {kind: sum(array.size for array in arrays if array.kind == kind) for kind in ("weight", "bias")}
    assert sizes == {"weight": 12_960, "bias": 42}


def failures(hidden: str, units: int, starts: int = 40) -> int:
    """From how many of the starts XOR is not learnt in 3000 steps."""
    document = Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 2, "data": {"name": "xor"},
        "layers": [{"units": units, "activation": hidden}, {"units": 1, "activation": "sigmoid"}],
        "loss": "binary_cross_entropy", "optimiser": {"name": "sgd", "learning_rate": 0.5}, "batch_size": "all",
    })
    failed = 0
    for seed in range(starts):
        session = Session(document.with_value("seed", seed))
        session.advance_steps(3000)
        failed += session.record.loss > 0.05
    return failed


def test_two_relus_fail_at_xor_from_most_starts_and_four_tanhs_almost_never() -> None:
    assert failures("relu", 2) > 20
    assert failures("tanh", 4) <= 1
