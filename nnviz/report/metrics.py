"""How well a network does, and which of its units have stopped learning.

A `Survey` is one look at a network over a whole data set; each row of `METRICS` is one number for a step, a column
of the `metrics` table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nnviz.data.datasets import DataSet
from nnviz.engine.calls import Array
from nnviz.engine.network_graph import option_values
from nnviz.engine.problem import Problem
from nnviz.engine.record import Record

SATURATED_BELOW = 0.01


@dataclass(frozen=True, eq=False)
class Survey:
    """The network of `problem` with flat `parameters`, looked at on every example of `data`.

    Nothing is computed before it is asked for; layers count from 1.
    """

    problem: Problem
    parameters: Array
    data: DataSet

    @cached_property
    def training(self) -> dict[str, Array]:
        """`net1`, `out1`, ... over the training set, (units, examples)."""
        return self.problem.outputs(self.parameters, self.data.inputs)

    @cached_property
    def test(self) -> dict[str, Array]:
        """The same over the test set."""
        return self.problem.outputs(self.parameters, self.data.test_inputs)

    @cached_property
    def training_loss(self) -> float:
        with np.errstate(all="ignore"):
            return float(self.problem.losses_of(self.training, self.data.targets).mean())

    @cached_property
    def test_loss(self) -> float | None:
        if not self.data.has_test:
            return None
        with np.errstate(all="ignore"):
            return float(self.problem.losses_of(self.test, self.data.test_targets).mean())

    @cached_property
    def accuracy(self) -> float | None:
        return self._accuracy(self.training, self.data.targets)

    @cached_property
    def test_accuracy(self) -> float | None:
        return self._accuracy(self.test, self.data.test_targets) if self.data.has_test else None

    def _accuracy(self, outputs: dict[str, Array], targets: Array) -> float | None:
        """The share of right answers: the largest output under cross-entropy, else each on its side of one half.

        Sides are there where all ‹targets› are 0 or 1, whatever the loss; other targets and formulas have no answers.
        """
        found = outputs[f"out{len(self.problem.network.layers)}"].T
        if not self.problem.network.has_units or not len(targets):
            return None
        if found.shape[1] > 1 and self.problem.loss_row.targets == "probabilities":
            return float(np.mean(found.argmax(axis=1) == targets.argmax(axis=1)))
        if not np.isin(targets, (0.0, 1.0)).all():
            return None
        return float(np.mean((found >= 0.5) == (targets >= 0.5)))

    def dead(self, layer: int) -> NDArray[np.bool_]:
        """Which units of a ReLU layer have a net input of at most 0 on every training example; (units,)."""
        if not self.problem.activation_row(layer).dies:
            return np.zeros(self.problem.network.sizes[layer], dtype=bool)
        return np.asarray((self.training[f"net{layer}"] <= 0.0).all(axis=1))

    def saturated(self, layer: int) -> NDArray[np.bool_]:
        """Which units of a sigmoid or tanh layer have |f'| < 0.01 on every training example; (units,)."""
        row = self.problem.activation_row(layer)
        if not row.saturates:
            return np.zeros(self.problem.network.sizes[layer], dtype=bool)
        net, output = self.training[f"net{layer}"], self.training[f"out{layer}"]
        return np.asarray((np.abs(row.derivative_at(net, output)) < SATURATED_BELOW).all(axis=1))

    def idle_pieces(self, layer: int) -> NDArray[np.bool_]:
        """Which pieces of a layer's units win on no training example, and so learn nothing; (units, pieces)."""
        row, choice = self.problem.activation_row(layer), self.problem.network.layers[layer - 1]
        if not choice.has_pieces:
            return np.zeros((len(choice.units), 1), dtype=bool)
        net, output = self.training[f"net{layer}"], self.training[f"out{layer}"]
        won = row.derivative_at(net, output[: len(choice.units)], option_values(choice.activation)).any(axis=1)
        return np.asarray(~won.reshape(-1, choice.pieces))

    @cached_property
    def dead_units(self) -> int | None:
        layers = [n for n in self._layers if self.problem.activation_row(n).dies]
        return sum(int(self.dead(layer).sum()) for layer in layers) if layers else None

    @cached_property
    def saturated_units(self) -> int | None:
        layers = [n for n in self._layers if self.problem.activation_row(n).saturates]
        return sum(int(self.saturated(layer).sum()) for layer in layers) if layers else None

    @property
    def _layers(self) -> range:
        return range(1, len(self.problem.network.layers) + 1)


def survey_before(record: Record, data: DataSet) -> Survey:
    """The survey at the parameters before the update of `record`."""
    return Survey(record.problem, record.parameters, data)


@dataclass(frozen=True)
class Metric:
    """One number for a step: a column of the `metrics` table; `of` gives None where it has no meaning."""

    name: str
    label: str
    help: str
    of: Callable[[Record, Survey], float | int | None]


def _update_ratio(record: Record, survey: Survey) -> float | None:
    values = record.norm(record.parameters)
    return record.norm(record.update) / values if values else None


METRICS: dict[str, Metric] = {
    row.name: row
    for row in (
        Metric("loss", "Loss", "Mean loss of the batch, before the update.", lambda record, survey: record.loss),
        Metric("test_loss", "Test loss",
               "Mean loss of the test set before the update of this step, that is after the step before.",
               lambda r, s: s.test_loss),
        Metric("accuracy", "Accuracy", "Share of right answers on the training set, before the update: the largest "
               "output under cross-entropy, else each output on its side of one half where all ‹targets› are 0 or 1.",
               lambda r, s: s.accuracy),
        Metric("test_accuracy", "Test accuracy", "Share of right answers on the test set, before the update.",
               lambda r, s: s.test_accuracy),
        Metric("learning_rate", "Learning rate", "η of this step.", lambda record, survey: record.learning_rate),
        Metric("gradient_norm", "Gradient norm", "L2 norm of the gradient over the parameters that are not frozen.",
               lambda record, survey: record.norm(record.gradient)),
        Metric("update_ratio", "Update ratio", "Norm of the update over the norm of the values.", _update_ratio),
        Metric("dead_units", "Dead units", "ReLU units that are 0 on every training example.",
               lambda r, s: s.dead_units),
        Metric("saturated_units", "Saturated units",
               "Sigmoid or tanh units whose slope is below 0.01 on every training example.",
               lambda r, s: s.saturated_units),
    )
}
