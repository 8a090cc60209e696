"""The lectures' facts about losses and starting values, read off the tables that the command line writes."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from itertools import pairwise

import pytest

from nnviz.cli import main

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
