"""What the targets look like says which output activation and which loss belong to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Pairing:
    """An output activation and a loss that fit each other, by name, and the kind of targets that they are for."""

    activation: str
    loss: str
    targets: str


REGRESSION = Pairing("identity", "half_squared_error", "numbers")
YES_OR_NO = Pairing("sigmoid", "binary_cross_entropy", "0 or 1")
CLASSES = Pairing("softmax", "cross_entropy", "one class of several")
LABELS = Pairing("sigmoid", "binary_cross_entropy", "several labels, 0 or 1 each")


def pairing_for(targets: NDArray[np.float64]) -> Pairing:
    """The pairing for targets of shape (examples, outputs).

    >>> pairing_for(np.array([[0.0], [1.0]])).activation, pairing_for(np.array([[0.5], [2.0]])).activation
    ('sigmoid', 'identity')
    >>> pairing_for(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])).loss
    'cross_entropy'
    """
    if not targets.size or not np.isin(targets, (0.0, 1.0)).all():
        return REGRESSION
    if targets.shape[1] == 1:
        return YES_OR_NO
    return CLASSES if (targets.sum(axis=1) == 1.0).all() else LABELS
