"""Inputs of like size learn alike: a scaling is fitted on the training examples and then applied to all.

What is fitted (a mean, a range, an order) never sees the test examples, or the test would no longer be one.  Each row
of `TABLE` is one scaling; every input is scaled by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.options import Option

Array = NDArray[np.float64]

#: The places in the order of the training examples that are told of a scaling by quantiles, as shares below.
QUANTILES = {"minimum": 0.0, "lower quartile": 0.25, "median": 0.5, "upper quartile": 0.75, "maximum": 1.0}


@dataclass(frozen=True, eq=False)
class Scale:
    """A scaling that has been fitted: called, it takes inputs (examples, inputs) to scaled ones of the same shape.

    `fitted` has what was found in the training inputs, by its name in English: a number for each input.
    """

    apply: Callable[[Array], Array]
    fitted: Mapping[str, Array] = field(default_factory=dict)

    def __call__(self, inputs: Array) -> Array:
        return self.apply(inputs)


@dataclass(frozen=True)
class Scaling:
    """One way to scale the inputs: `fit` takes the training inputs and gives the scale for all others."""

    name: str
    label: str
    help: str
    fit: Callable[[Array], Scale]
    formula: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)


#: The scale that changes nothing.
as_they_are = Scale(lambda inputs: inputs)


def _unit(inputs: Array) -> Array:
    """A power of two of the size of each input: dividing by it is exact, and then nothing below can overflow."""
    largest = np.abs(inputs).max(axis=0, initial=0.0)
    return np.asarray(np.exp2(np.clip(np.frexp(largest)[1] - 1, -1022, 1023)))


def _shift_and_divide(inputs: Array, centre: Array, size: Array, unit: Array) -> Array:
    """(x - centre) / size, all three counted in `unit`; an input that never varies has size 0 and becomes 0."""
    constant = size == 0.0
    with np.errstate(over="ignore", invalid="ignore"):      # what is asked of may lie far beyond all training examples
        return np.asarray(np.where(constant, 0.0, (inputs / unit - centre) / np.where(constant, 1.0, size)))


def _fit_standardise(training: Array) -> Scale:
    unit = _unit(training)
    centre, size = (training / unit).mean(axis=0), (training / unit).std(axis=0)
    # the mean of equal numbers may be off by its last bit, and their deviation then no longer 0
    size = np.where(training.max(axis=0) == training.min(axis=0), 0.0, size)
    fitted = {"mean": centre * unit, "standard deviation": size * unit}
    return Scale(lambda inputs: _shift_and_divide(inputs, centre, size, unit), fitted)


def _fit_min_max(training: Array) -> Scale:
    unit = _unit(training)
    low, high = (training / unit).min(axis=0), (training / unit).max(axis=0)
    fitted = {"minimum": low * unit, "maximum": high * unit}
    return Scale(lambda inputs: _shift_and_divide(inputs, low, high - low, unit), fitted)


def _fit_quantile(training: Array) -> Scale:
    columns = [_ranks(column) for column in training.T]

    def scale(inputs: Array) -> Array:
        scaled = [np.interp(column, *known) for column, known in zip(inputs.T, columns, strict=True)]
        return np.column_stack(scaled)

    unit = _unit(training)
    fitted = {
        name: np.array([np.interp(share, below, values / one) for (values, below), one in
                        zip(columns, unit, strict=True)]) * unit
        for name, share in QUANTILES.items()
    }
    return Scale(scale, fitted)


def _ranks(column: Array) -> tuple[Array, Array]:
    """The distinct values of one input, ascending, and the share of the others that lies below each, ties halved."""
    values, counts = np.unique(column, return_counts=True)
    below = np.cumsum(counts) - counts
    return values, (below + (counts - 1) / 2.0) / max(1, len(column) - 1) if len(column) > 1 else np.array([0.5])


TABLE: dict[str, Scaling] = {
    row.name: row
    for row in (
        Scaling("none", "None", "The inputs as they are, so that every number can be recognised.",
                lambda training: as_they_are),
        Scaling("standardise", "Standardise", "Mean 0 and standard deviation 1: the usual choice for measurements.",
                _fit_standardise, "(x − mean) / standard deviation"),
        Scaling("min_max", "Minimum to maximum", "From 0 to 1: for inputs with firm limits, such as grey levels.",
                _fit_min_max, "(x − min) / (max − min)"),
        Scaling("quantile", "Quantiles", "The share of training examples below, from 0 to 1: outliers lose their sway.",
                _fit_quantile, "rank of x among the training examples"),
    )
}  # fmt: skip
