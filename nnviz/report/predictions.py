"""How good the answers of a network are: which classes it confuses, and how much of a quantity it explains.

Which of the two has a meaning follows from the loss: one for classes counts right answers, one for numbers measures
how far they are off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.report.metrics import Survey

Part = Literal["training", "test"]
Kind = Literal["classes", "yes or no", "numbers", "shares"]


@dataclass(frozen=True, eq=False)
class Predictions:
    """The outputs of a network beside its targets, both (examples, outputs).

    `kind` says what they mean: one class of several; yes or no, for each output by itself; any numbers; or shares
    between 0 and 1, of which none is right or wrong.
    """

    kind: Kind
    names: tuple[str, ...]
    outputs: Array
    targets: Array

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """What rows and columns of a confusion matrix are called."""
        return self.names if self.kind == "classes" else ("0", "1")

    def confusion(self, output: int = 0) -> NDArray[np.intp]:
        """How many examples of each target class (rows) are given which class (columns).

        `output` is the one that is looked at where each says yes or no by itself.
        """
        if self.kind == "classes":
            wanted, found = self.targets.argmax(axis=1), self.outputs.argmax(axis=1)
        else:
            wanted, found = (array[:, output] >= 0.5 for array in (self.targets, self.outputs))
        count = len(self.classes)
        return np.bincount(wanted * count + found, minlength=count * count).reshape(count, count)

    @property
    def residuals(self) -> Array:
        """Output less target, (examples, outputs)."""
        with np.errstate(all="ignore"):
            return np.asarray(self.outputs - self.targets)

    def r_squared(self, output: int = 0) -> float | None:
        """R² = 1 - Σ(o - t)²/Σ(t - mean t)²: 1 where all is explained, 0 for no better than the mean of the targets.

        None where the targets are all the same.
        """
        targets = self.targets[:, output]
        with np.errstate(all="ignore"):
            spread = float(((targets - targets.mean()) ** 2).sum())
            missed = float((self.residuals[:, output] ** 2).sum())
        return 1.0 - missed / spread if spread else None


def predictions_of(survey: Survey, part: Part) -> Predictions | None:
    """The answers on the training or the test set; None where there is no such set."""
    data, problem = survey.data, survey.problem
    if part == "test" and not data.has_test:
        return None
    targets = data.test_targets if part == "test" else data.targets
    outputs = survey.test if part == "test" else survey.training
    last = len(problem.network.layers)
    found = np.ascontiguousarray(outputs[f"out{last}"].T)
    return Predictions(_kind(survey, targets), problem.network.names(last), found, targets)


def _kind(survey: Survey, targets: Array) -> Kind:
    row = survey.problem.loss_row
    if not row.classifies:
        return "numbers"
    if targets.shape[1] > 1 and row.targets == "probabilities":
        return "classes"
    return "yes or no" if np.isin(targets, (0.0, 1.0)).all() else "shares"
