"""What a network of two inputs makes of the whole plane they span: every unit's output at every point, at once.

A unit of the first hidden layer parts the plane by a straight edge; what the output makes of all these edges is the
decision surface, on which the examples lie as points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnviz.data.datasets import DataSet
from nnviz.engine.calls import Array
from nnviz.engine.network import Network
from nnviz.engine.problem import Problem
from nnviz.report.inputs import answers_to

#: What the outputs say: one class of several; for each output yes or no; any numbers.
Meaning = Literal["classes", "sides", "numbers"]

MARGIN = 0.12                     # share of the examples' range that the plane goes on beyond them
ALIKE = 1.7                       # ranges that differ by less get one scale, so that a circle is round
SPREAD = 4.0                      # half ranges of a quantity's usual values that a stray one may be away


@dataclass(frozen=True)
class Plane:
    """The part of the plane of the data set's own two inputs that is looked at: from low to high, for each of them."""

    x: tuple[float, float]
    y: tuple[float, float]

    def grid(self, count: int) -> Array:
        """The middles of `count` × `count` cells, (count², 2): from the upper left corner row by row."""
        cells = (np.arange(count) + 0.5) / count
        across = self.x[0] + cells * (self.x[1] - self.x[0])
        down = self.y[1] - cells * (self.y[1] - self.y[0])
        return np.column_stack([np.tile(across, count), np.repeat(down, count)])

    def shares(self, points: Array) -> Array:
        """Where points (n, 2) lie, from 0 to 1 across and, from the top, down."""
        low, high = np.array([self.x[0], self.y[1]]), np.array([self.x[1], self.y[0]])
        return np.asarray((points - low) / (high - low))

    def point(self, across: float, down: float) -> tuple[float, float]:
        """The inputs at such a place."""
        return (self.x[0] + across * (self.x[1] - self.x[0]), self.y[1] - down * (self.y[1] - self.y[0]))


def has_plane(network: Network, data: DataSet) -> bool:
    """Whether the data set has two inputs of its own, whatever is engineered from them."""
    return network.has_units and network.kind == "network" and data.raw_inputs.shape[1] == 2


@lru_cache(maxsize=8)
def plane_of(data: DataSet) -> Plane:
    """The plane around all examples, training and test."""
    points = np.concatenate([data.raw_inputs, data.raw_test_inputs])
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return Plane((-1.0, 1.0), (-1.0, 1.0))
    low, high = points.min(axis=0), points.max(axis=0)
    half, centre = high / 2 - low / 2, low / 2 + high / 2
    half = np.where(half > 0.0, half, half.max() or 1.0)
    if half.max() < ALIKE * half.min():
        half = np.full(2, half.max())
    half = half * (1.0 + 2.0 * MARGIN)
    (x, y), (across, up) = centre.tolist(), half.tolist()
    return Plane((x - across, x + across), (y - up, y + up))


@lru_cache(maxsize=8)
def _grid(data: DataSet, count: int) -> tuple[Array, NDArray[np.bool_]]:
    """The cells of the plane as the network takes them, (cells, inputs), and which of them it can take."""
    with np.errstate(all="ignore"):
        engineered = data.preparation.engineered(plane_of(data).grid(count))
        prepared = np.ascontiguousarray(data.preparation.scale(engineered))
    return prepared, np.asarray(np.isfinite(engineered).all(axis=1))


@lru_cache(maxsize=8)
def fields_of_inputs(data: DataSet, count: int) -> Array:
    """The inputs of a network over the plane, (inputs, count, count), whatever its weights are."""
    prepared, known = _grid(data, count)
    inputs = np.where(known, prepared.T, np.nan).reshape(-1, count, count)
    inputs.flags.writeable = False
    return inputs


def fields_of(problem: Problem, parameters: Array, data: DataSet, count: int) -> tuple[Array, ...]:
    """For each layer from 0, the outputs of all its units over the plane: (units, count, count), row 0 the highest y.

    One pass for all the `count`² points together.  NaN where the formula of an engineered input has no value.
    """
    prepared, known = _grid(data, count)
    with np.errstate(all="ignore"):
        found = problem.outputs(parameters, prepared)
    network = problem.network
    layers = [found[f"out{number}"][: network.sizes[number]] for number in range(1, len(network.layers) + 1)]
    if not known.all():
        layers = [np.where(known, outputs, np.nan) for outputs in layers]
    return (fields_of_inputs(data, count), *(outputs.reshape(len(outputs), count, count) for outputs in layers))


def outputs_at(problem: Problem, parameters: Array, data: DataSet, x: float, y: float) -> Array:
    """What the network puts out at a point of the plane, (outputs,)."""
    return np.asarray(answers_to(problem, parameters, data, np.array([[x, y]]))[0])


@dataclass(frozen=True, eq=False)
class Answers:
    """What outputs mean, and the scale of what is wanted of them: `middle` parts no from yes, or is half way."""

    meaning: Meaning
    low: float
    middle: float
    high: float


def classes_of(targets: Array) -> NDArray[np.intp] | None:
    """The class of each example of targets (examples, outputs); None where they say numbers, or several at once.

    >>> classes_of(np.array([[0.0], [1.0]])).tolist(), classes_of(np.eye(3)).tolist(), classes_of(np.array([[0.5]]))
    ([0, 1], [0, 1, 2], None)
    """
    if not np.isin(targets, (0.0, 1.0)).all():
        return None
    if targets.shape[1] == 1:
        return targets[:, 0].astype(np.intp)
    if targets.size and (targets.sum(axis=1) != 1.0).any():
        return None
    return np.asarray(targets.argmax(axis=1), dtype=np.intp)


@lru_cache(maxsize=8)
def _targets(data: DataSet) -> tuple[Meaning, float, float, float]:
    targets = np.concatenate([data.targets, data.test_targets])
    finite = targets[np.isfinite(targets)]
    if not finite.size:
        return "sides", 0.0, 0.5, 1.0
    if np.isin(finite, (0.0, 1.0)).all():
        one_each = targets.shape[1] > 1 and classes_of(targets) is not None
        return ("classes" if one_each else "sides"), 0.0, 0.5, 1.0
    if np.isin(finite, (-1.0, 1.0)).all():
        return "sides", -1.0, 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if low < 0.0 < high:
        most = max(-low, high)
        return "numbers", -most, 0.0, most
    if low == high:
        low, high = low - 0.5, high + 0.5
    return "numbers", low, low / 2 + high / 2, high


def answers_wanted(problem: Problem, data: DataSet) -> Answers:
    """What the outputs of a network mean, by the targets of its examples and its loss."""
    meaning, low, middle, high = _targets(data)
    if meaning == "sides" and problem.loss_row.targets == "probabilities" and data.targets.shape[1] > 1:
        meaning = "classes"
    return Answers(meaning, low, middle, high)


def range_of(problem: Problem, layer: int, values: Array) -> tuple[float, float, float]:
    """Low end, middle and high end of a scale for the outputs of a layer: what its activation can give, or does give.

    Without limits the scale is even about 0 and ends at a round number.
    """
    known = RANGES.get(problem.network.layers[layer - 1].activation.name) if layer else None
    if known is not None:
        return known
    low, high = (float(values.min()), float(values.max())) if values.size else (np.nan, np.nan)
    if not np.isfinite((low, high)).all():
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (-1.0, 1.0)
    largest = max(-low, high)
    if not 0.0 < largest < 1e300:
        return -1.0, 0.0, 1.0
    power = 10.0 ** np.floor(np.log10(largest))
    most = float(next((step * power for step in ROUND if largest <= step * power * 1.02), 10.0 * power))
    return -most, 0.0, most


ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)

#: What activations with limits can give, with what lies in the middle.
RANGES: dict[str, tuple[float, float, float]] = {
    "sigmoid": (0.0, 0.5, 1.0), "tanh": (-1.0, 0.0, 1.0), "softmax": (0.0, 0.5, 1.0), "step": (0.0, 0.5, 1.0),
}


def strongest_classes(outputs: Array) -> tuple[Array, Array]:
    """The class whose output is largest at every place, and by how much: both of the shape of one output.

    `outputs` are (classes, ...); the lead is the difference to the second, 1 where there is but one class.  Both are
    NaN where an output is no number.
    """
    known = np.isfinite(outputs).all(axis=0)
    clean = np.where(known, outputs, 0.0)
    largest = clean.argmax(axis=0)
    if len(outputs) == 1:
        lead = np.ones(largest.shape)
    else:
        two = np.partition(clean, len(outputs) - 2, axis=0)[-2:]
        lead = two[1] - two[0]
    return np.where(known, largest.astype(np.float64), np.nan), np.where(known, lead, np.nan)
