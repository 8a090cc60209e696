"""What the targets look like says which output activation and which loss belong to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.network import Network
from nnviz.words import tr


@dataclass(frozen=True)
class Pairing:
    """An output activation and a loss that fit each other, by name, and the kind of targets that they are for."""

    activation: str
    loss: str
    targets: str

    def fits(self, activation: str, loss: str) -> bool:
        """Whether another pair does the same: for numbers any loss of regression, and cross-entropy in two factors."""
        if self == REGRESSION:
            return activation == self.activation and not LOSSES[loss].classifies
        alike = LOSSES[loss].targets == LOSSES[self.loss].targets and LOSSES[loss].classifies
        return activation == self.activation and alike

    def mismatch(self, activation: str, loss: str, outputs: int) -> str:
        """What comes of pairing an activation and a loss that do not fit the targets, in a sentence; "" where they do.

        >>> CLASSES.mismatch("softmax", "cross_entropy", 3), REGRESSION.mismatch("identity", "huber", 1)
        ('', '')
        """
        if activation == "softmax" and outputs == 1:
            return tr("A single softmax output is always 1 and cannot learn.")
        if self.fits(activation, loss):
            return ""
        kind = (activation if activation in ("sigmoid", "softmax") else "other", LOSSES[loss].targets)
        text = tr(_REGRESSION_MISMATCHES[kind] if self == REGRESSION else _CLASS_MISMATCHES[kind])
        return text.format(activation=tr(ACTIVATIONS[activation].label), loss=tr(LOSSES[loss].label))


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


def pairing_of_row(numbers: bool, outputs: int) -> Pairing:
    """The pairing for a data set of the table, of which is known whether its targets are any `numbers`."""
    if numbers:
        return REGRESSION
    return YES_OR_NO if outputs == 1 else CLASSES


def chosen_mismatch(before: Network, after: Network, targets: NDArray[np.float64]) -> str:
    """What comes of the output activation or the loss that an edit chose, in a sentence.

    `targets` (examples, outputs) are those of the network after it.  It is "" where both were left as they were, or
    fit the targets: networks that somebody built on purpose are not talked about.  A formula has no such pair.
    """
    if not after.has_units:
        return ""
    if (before.layers[-1].activation.name, before.loss.name) == (after.layers[-1].activation.name, after.loss.name):
        return ""
    return pairing_for(targets).mismatch(after.layers[-1].activation.name, after.loss.name, targets.shape[1])


# What goes wrong, by the output activation and the targets that the loss is for.
_BEYOND = "{activation} outputs can leave 0 to 1, and there {loss}, which takes them for probabilities, is not finite."
_SQUEEZED = "{activation} outputs stay between 0 and 1: ‹targets› outside cannot be reached."
_FLAT = (
    "{loss} leaves the slope of {activation} in the gradient: an output that is surely wrong hardly learns. "
    "Cross-entropy cancels the slope."
)
_NO_PROBABILITY = "{activation} outputs are no probabilities: {loss} takes the ‹targets› 0 and 1 for amounts."
_ONE_BY_ONE = "{loss} judges each output on its own, but softmax lets one grow only where the others shrink."
_ONLY_RIGHT = "{loss} looks at the outputs whose ‹target› is not 0: nothing lowers the other {activation} outputs."
_NOT_NUMBERS = "{loss} is for ‹targets› from 0 to 1, not for numbers of any size."

_CLASS_MISMATCHES = {
    ("sigmoid", "any"): _FLAT, ("softmax", "any"): _FLAT, ("other", "any"): _NO_PROBABILITY,
    ("sigmoid", "unit interval"): "Each output is judged on its own: their probabilities need not sum to 1.",
    ("softmax", "unit interval"): _ONE_BY_ONE, ("other", "unit interval"): _BEYOND,
    ("sigmoid", "probabilities"): _ONLY_RIGHT,
    ("softmax", "probabilities"): "Softmax takes one class to be right: its outputs sum to 1, these ‹targets› do not.",
    ("other", "probabilities"): _BEYOND,
}
_REGRESSION_MISMATCHES = {
    ("sigmoid", "any"): _SQUEEZED, ("softmax", "any"): _SQUEEZED,
    ("other", "any"): "{activation} bends or cuts the outputs: numbers of any size need Identity.",
    **{(activation, targets): _NOT_NUMBERS
       for activation in ("sigmoid", "softmax", "other") for targets in ("unit interval", "probabilities")},
}
