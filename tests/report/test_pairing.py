"""What belongs to the targets is proposed, and a choice that does not fit them is explained where it was made."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.network import Network
from nnviz.report.pairing import CLASSES, LABELS, REGRESSION, YES_OR_NO, Pairing, chosen_mismatch, pairing_for
from tests.networks import make_network

ONE_HOT = np.eye(3)


def network(output: str, loss: str, outputs: int = 3) -> Network:
    return make_network((2, 4, outputs), "tanh", output, loss)


@pytest.mark.parametrize(("targets", "pairing"), [
    ([[0.0], [1.0]], YES_OR_NO), ([[0.2], [1.0]], REGRESSION), ([[1.0, 0.0], [0.0, 1.0]], CLASSES),
    ([[1.0, 1.0], [0.0, 1.0]], LABELS),
])  # fmt: skip
def test_the_targets_say_which_output_and_loss_belong_to_them(targets: list[list[float]], pairing: Pairing) -> None:
    assert pairing_for(np.array(targets)) == pairing


def test_only_what_was_chosen_is_explained() -> None:
    fitting, other = network("softmax", "cross_entropy"), network("softmax", "mean_squared_error")
    assert "hardly learns" in chosen_mismatch(fitting, other, ONE_HOT)
    assert chosen_mismatch(other, other, ONE_HOT) == "", "it was built like that"
    assert chosen_mismatch(other, fitting, ONE_HOT) == "", "it fits now"
    assert chosen_mismatch(fitting, network("softmax", "negative_log_likelihood"), ONE_HOT) == ""


def test_a_single_softmax_output_cannot_learn() -> None:
    before, after = network("sigmoid", "binary_cross_entropy", 1), network("softmax", "cross_entropy", 1)
    assert "always 1" in chosen_mismatch(before, after, np.array([[0.0], [1.0]]))
