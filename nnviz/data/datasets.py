"""What a network learns from: rows of inputs with the outputs that are wanted for them.

Each row of `TABLE` is one data set that nnviz can make itself.  The points of a random one depend only on its
own seed, so that a new random start of the network meets the same data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.options import Option

Array = NDArray[np.float64]
Values = Mapping[str, float]
Points = tuple[Array, Array]     # inputs (examples, inputs) and targets (examples, outputs)


@dataclass(frozen=True, eq=False)
class DataSet:
    """Examples to train on and, where there are any, examples kept apart to test on; all arrays read-only.

    Inputs are (examples, inputs), targets (examples, outputs).
    """

    inputs: Array
    targets: Array
    test_inputs: Array
    test_targets: Array

    def __post_init__(self) -> None:
        for array in (self.inputs, self.targets, self.test_inputs, self.test_targets):
            array.flags.writeable = False

    @property
    def has_test(self) -> bool:
        return len(self.test_inputs) > 0


@dataclass(frozen=True)
class DataRow:
    """One data set: how many inputs and outputs it has, and how its points are made."""

    name: str
    label: str
    help: str
    inputs: int
    outputs: int
    make: Callable[[Values, np.random.Generator], Points]
    options: Mapping[str, Option] = field(default_factory=dict)


def _truth_table(*outputs: float) -> Callable[[Values, np.random.Generator], Points]:
    def make(options: Values, generator: np.random.Generator) -> Points:
        return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([outputs], dtype=float).T

    return make


def _circle(options: Values, generator: np.random.Generator) -> Points:
    """A disc of radius 2.5 inside a ring from 3.5 to 5, as in TensorFlow Playground."""
    count = int(options["samples"])
    inside = np.arange(count) % 2 == 0
    radius = np.where(inside, generator.uniform(0.0, 2.5, count), generator.uniform(3.5, 5.0, count))
    angle = generator.uniform(0.0, 2.0 * math.pi, count)
    points = np.column_stack((radius * np.sin(angle), radius * np.cos(angle)))
    noisy = points + options["noise"] * 5.0 * generator.uniform(-1.0, 1.0, points.shape)
    return noisy, (np.hypot(noisy[:, 0], noisy[:, 1]) < 2.5).astype(float)[:, None]


def _gauss(options: Values, generator: np.random.Generator) -> Points:
    """Two round clouds, around (2, 2) and (-2, -2)."""
    count = int(options["samples"])
    sign = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    deviation = math.sqrt(0.5 + 7.0 * options["noise"])
    points = sign[:, None] * 2.0 + deviation * generator.standard_normal((count, 2))
    return points, (sign > 0).astype(float)[:, None]


def _spiral(options: Values, generator: np.random.Generator) -> Points:
    """Two arms that wind around each other, nearly two turns each."""
    count = int(options["samples"])
    second = np.arange(count) % 2 == 1
    place = (np.arange(count) // 2) / max(1, (count + 1) // 2)
    radius, angle = place * 5.0, 1.75 * place * 2.0 * math.pi + np.where(second, math.pi, 0.0)
    points = np.column_stack((radius * np.sin(angle), radius * np.cos(angle)))
    return points + options["noise"] * generator.uniform(-1.0, 1.0, points.shape), (~second).astype(float)[:, None]


def _random_points(noise: float) -> dict[str, Option]:
    return {
        "samples": Option(300, 4, 100_000, "points in all, training and test", whole=True),
        "noise": Option(noise, 0.0, 1.0, "0 is clean, 1 hides the shape"),
        "test_fraction": Option(0.3, 0.0, 0.9, "share of the points that is kept for testing"),
        "seed": Option(0, 0, 2**63 - 1, "another seed, other points", whole=True),
    }


TABLE: dict[str, DataRow] = {
    row.name: row
    for row in (
        DataRow("xor", "XOR", "1 where exactly one input is 1; no single layer can do it.", 2, 1,
                _truth_table(0, 1, 1, 0)),
        DataRow("and", "AND", "1 where both inputs are 1; one neuron is enough.", 2, 1, _truth_table(0, 0, 0, 1)),
        DataRow("or", "OR", "1 where any input is 1; one neuron is enough.", 2, 1, _truth_table(0, 1, 1, 1)),
        DataRow("circle", "Circle", "A disc inside a ring: needs a closed boundary.", 2, 1, _circle,
                _random_points(0.0)),
        DataRow("gauss", "Two clouds", "Two round clouds: a straight line parts them.", 2, 1, _gauss,
                _random_points(0.0)),
        DataRow("spiral", "Spiral", "Two arms that wind around each other: hard for small networks.", 2, 1, _spiral,
                _random_points(0.0)),
    )
}


def make(name: str, options: Values) -> DataSet:
    """The data set `name` of the table, its points shuffled into training and test parts."""
    row = TABLE[name]
    values = {key: option.default for key, option in row.options.items()} | dict(options)
    generator = np.random.default_rng([int(values.get("seed", 0)), 0, 1])
    inputs, targets = row.make(values, generator)
    held = round(len(inputs) * values.get("test_fraction", 0.0))
    if not held:
        return given(inputs, targets)
    order = generator.permutation(len(inputs))
    train, test = np.sort(order[held:]), np.sort(order[:held])
    return DataSet(inputs[train], targets[train], inputs[test], targets[test])


def given(inputs: Array, targets: Array) -> DataSet:
    """A data set of the user's own numbers, all of it to train on."""
    copies = (np.array(inputs, dtype=np.float64), np.array(targets, dtype=np.float64))
    return DataSet(*copies, np.empty((0, copies[0].shape[1])), np.empty((0, copies[1].shape[1])))
