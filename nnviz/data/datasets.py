"""What a network learns from: rows of inputs with the outputs that are wanted for them.

Each row of `TABLE` is one data set that nnviz can make itself.  The points of a random one depend only on its
own seed, so that a new random start of the network meets the same data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from nnviz.data import bundled, scaling
from nnviz.data.preparation import AS_IT_IS, Preparation
from nnviz.engine.options import Option

Array = NDArray[np.float64]
Values = Mapping[str, float]
Points = tuple[Array, Array]     # inputs (examples, inputs) and targets (examples, outputs)


@dataclass(frozen=True, eq=False)
class DataSet:
    """Examples to train on and, where there are any, examples kept apart to test on; all arrays read-only.

    Inputs are (examples, inputs), targets (examples, outputs).  `preparation` has made these inputs out of the set's
    own ones, and makes inputs out of what a user types; `raw_inputs` are those own inputs of the training examples,
    `raw_test_inputs` those of the test examples.
    """

    inputs: Array
    targets: Array
    test_inputs: Array
    test_targets: Array
    preparation: Preparation = AS_IT_IS
    unprepared: Array | None = None      # None where nothing was done to the inputs
    unprepared_test: Array | None = None

    def __post_init__(self) -> None:
        for array in (self.inputs, self.targets, self.test_inputs, self.test_targets):
            array.flags.writeable = False

    @property
    def has_test(self) -> bool:
        return len(self.test_inputs) > 0

    @property
    def raw_inputs(self) -> Array:
        """The training inputs as the data set has them itself, (examples, inputs of the set)."""
        return self.inputs if self.unprepared is None else self.unprepared

    @property
    def raw_test_inputs(self) -> Array:
        """The same of the test examples."""
        return self.test_inputs if self.unprepared_test is None else self.unprepared_test

    @property
    def raw_names(self) -> tuple[str, ...]:
        """What the data set's own inputs are called in formulas: x1, x2, ..."""
        return tuple(f"x{place}" for place in range(1, self.raw_inputs.shape[1] + 1))

    def prepared(self, features: Sequence[str], scaling_name: str) -> DataSet:
        """The same examples with engineered inputs and then scaled, as is fitted on the training inputs alone."""
        if not features and scaling_name == "none":
            return self
        engineered = Preparation(tuple(features)).apply(self.inputs)
        preparation = Preparation(tuple(features), scaling.TABLE[scaling_name].fit(engineered), scaling_name)
        return replace(
            self, inputs=np.array(preparation.apply(self.inputs)),
            test_inputs=np.array(preparation.apply(self.test_inputs)), preparation=preparation, unprepared=self.inputs,
            unprepared_test=self.test_inputs,
        )


@dataclass(frozen=True)
class DataRow:
    """One data set: how many inputs and outputs it has, and how its points are made.

    `sized` gives inputs and outputs where options decide them.  With `numbers` the targets are any numbers, which
    losses for classes cannot take.
    """

    name: str
    label: str
    help: str
    inputs: int
    outputs: int
    make: Callable[[Values, np.random.Generator], Points]
    options: Mapping[str, Option] = field(default_factory=dict)
    numbers: bool = False
    sized: Callable[[Values], tuple[int, int]] | None = None

    def sizes(self, options: Values) -> tuple[int, int]:
        """How many inputs and outputs it has with these options; those left out have their defaults."""
        return (self.inputs, self.outputs) if self.sized is None else self.sized(self.values(options))

    def values(self, options: Values) -> dict[str, float]:
        """`options` with the defaults of those that are left out."""
        return {key: option.default for key, option in self.options.items()} | dict(options)


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


def _moons(options: Values, generator: np.random.Generator) -> Points:
    """The upper half of a circle around (0, 0) and the lower half of one around (1, 0.5), both of radius 1."""
    count = int(options["samples"])
    upper = np.arange(count) % 2 == 0
    angle = generator.uniform(0.0, math.pi, count)
    points = np.column_stack((np.cos(angle), np.sin(angle)))
    points[~upper] = np.array([1.0, 0.5]) - points[~upper]
    noisy = points + options["noise"] * generator.standard_normal(points.shape)
    return noisy, (~upper).astype(float)[:, None]


def _blobs(options: Values, generator: np.random.Generator) -> Points:
    """Round clouds, a class each, evenly around a circle of radius 4."""
    count, classes = int(options["samples"]), int(options["classes"])
    belongs = np.arange(count) % classes
    angle = 2.0 * math.pi * belongs / classes + math.pi / 2.0
    centres = 4.0 * np.column_stack((np.cos(angle), np.sin(angle)))
    deviation = 0.5 + 2.0 * options["noise"]
    return centres + deviation * generator.standard_normal((count, 2)), np.eye(classes)[belongs]


def _sine(options: Values, generator: np.random.Generator) -> Points:
    """y = sin x for x from -π to π."""
    count = int(options["samples"])
    points = generator.uniform(-math.pi, math.pi, (count, 1))
    return points, np.sin(points) + options["noise"] * generator.standard_normal((count, 1))


def _plane(options: Values, generator: np.random.Generator) -> Points:
    """z = (x + y) / 10 for x and y from -5 to 5, as in TensorFlow Playground."""
    points = generator.uniform(-5.0, 5.0, (int(options["samples"]), 2))
    heights = points.sum(axis=1, keepdims=True) / 10.0
    return points, heights + options["noise"] * generator.standard_normal(heights.shape)


_HILLS = np.array([[-4.0, 2.5, 1.0], [0.0, 2.5, -1.0], [4.0, 2.5, 1.0],
                   [-4.0, -2.5, -1.0], [0.0, -2.5, 1.0], [4.0, -2.5, -1.0]])    # x, y, height


def _multi_gauss(options: Values, generator: np.random.Generator) -> Points:
    """Three hills and three hollows of radius 2, for x and y from -6 to 6; where they meet the higher one counts."""
    points = generator.uniform(-6.0, 6.0, (int(options["samples"]), 2))
    away = np.hypot(points[:, None, 0] - _HILLS[:, 0], points[:, None, 1] - _HILLS[:, 1])
    share = np.clip(1.0 - away / 2.0, 0.0, 1.0)
    nearest = share.argmax(axis=1)
    heights = (_HILLS[nearest, 2] * share[np.arange(len(points)), nearest])[:, None]
    return points, heights + options["noise"] * generator.standard_normal(heights.shape)


def _line(options: Values, generator: np.random.Generator) -> Points:
    return np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [3.0]])


def _digits(options: Values, generator: np.random.Generator) -> Points:
    images, classes = bundled.digits(int(options["side"]))
    chosen = int(options["samples"])
    return images[:chosen], classes[:chosen]


def _iris(options: Values, generator: np.random.Generator) -> Points:
    return bundled.iris()


_SPLIT = {
    "test_fraction": Option(0.3, 0.0, 0.9, "share of the examples that is kept for testing", unit="of all"),
    "seed": Option(0, 0, 2**63 - 1, "another seed, other examples to test on", whole=True, label="Split seed"),
}


def _random_points(noise: float) -> dict[str, Option]:
    return {
        "samples": Option(300, 4, 100_000, "points in all, training and test", whole=True, unit="points"),
        "noise": Option(noise, 0.0, 1.0, "0 is clean, 1 hides the shape"),
        "test_fraction": Option(0.3, 0.0, 0.9, "share of the points that is kept for testing", unit="of all"),
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
        DataRow("moons", "Two moons", "Two half moons in each other's arms: a boundary with two bends.", 2, 1, _moons,
                _random_points(0.1)),
        DataRow("blobs", "Several clouds", "A cloud for each class, one-hot ‹targets›: for softmax with cross-entropy.",
                2, 3, _blobs,
                {"classes": Option(3, 2, 10, "clouds, each a class of its own", whole=True, unit="classes"),
                 **_random_points(0.1)},
                sized=lambda options: (2, int(options["classes"]))),
        DataRow("line", "Three points on a line", "The lecture's linear regression: 1, 2, 3 for inputs 1, 2, 3.",
                1, 1, _line, numbers=True),
        DataRow("sine", "Sine", "Regression of one wave: a few bends out of hidden units.", 1, 1, _sine,
                _random_points(0.0), numbers=True),
        DataRow("plane", "Plane", "Regression of a tilted plane: no hidden layer is needed.", 2, 1, _plane,
                _random_points(0.0), numbers=True),
        DataRow("multi_gauss", "Hills and hollows", "Regression of three hills and three hollows.", 2, 1, _multi_gauss,
                _random_points(0.0), numbers=True),
        DataRow("iris", "Iris", "150 real flowers of three species, told apart by four lengths in cm.", 4, 3, _iris,
                _SPLIT),
        DataRow("digits", "Handwritten digits", "1,797 real digits as grey levels from 0 to 1, ten classes.", 784, 10,
                _digits,
                {"side": Option(28, 8, 28, "pixels each way; the images were recorded with 8", whole=True,
                                unit="pixels"),
                 "samples": Option(bundled.DIGITS, 10, bundled.DIGITS, "digits in all, training and test", whole=True,
                                   unit="digits"),
                 **_SPLIT},
                sized=lambda options: (int(options["side"]) ** 2, 10)),
    )
}


def make(name: str, options: Values) -> DataSet:
    """The data set `name` of the table, its points shuffled into training and test parts."""
    row = TABLE[name]
    values = row.values(options)
    generator = np.random.default_rng([int(values.get("seed", 0)), 0, 1])
    inputs, targets = row.make(values, generator)
    return _parted(inputs, targets, values.get("test_fraction", 0.0), generator)


#: How examples of somebody's own are split; those of the table have such options themselves.
SPLIT_OPTIONS: dict[str, Option] = {**_SPLIT, "test_fraction": replace(_SPLIT["test_fraction"], default=0.0)}


@dataclass(frozen=True)
class Split:
    """The share of somebody's own examples that is kept for testing, and the seed that chooses which."""

    test_fraction: float = 0.0
    seed: int = 0

    def held(self, examples: int) -> int:
        """How many of so many examples are kept for testing; one at least is left to train on."""
        return max(0, min(round(examples * self.test_fraction), examples - 1))

    def training_rows(self, examples: int) -> NDArray[np.intp]:
        """Which of so many examples are trained on, ascending."""
        return _parts(examples, self.held(examples), np.random.default_rng([self.seed, 0, 1]))[0]

    def of(self, whole: DataSet) -> DataSet:
        """`whole`, which has no test part, in two; the same where nothing is kept for testing."""
        if not self.test_fraction:
            return whole
        return split(whole.inputs, whole.targets, self.test_fraction, self.seed)


def split(inputs: Array, targets: Array, test_fraction: float, seed: int) -> DataSet:
    """Any examples in a training and a test part, which `seed` decides alone; each keeps the order of the whole."""
    return _parted(inputs, targets, test_fraction, np.random.default_rng([seed, 0, 1]))


def _parted(inputs: Array, targets: Array, test_fraction: float, generator: np.random.Generator) -> DataSet:
    held = Split(test_fraction).held(len(inputs))
    if not held:
        return given(inputs, targets)
    train, test = _parts(len(inputs), held, generator)
    return DataSet(inputs[train], targets[train], inputs[test], targets[test])


def _parts(examples: int, held: int, generator: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows to train on and those that are kept for testing."""
    if not held:
        return np.arange(examples), np.empty(0, dtype=np.intp)
    order = generator.permutation(examples)
    return np.sort(order[held:]), np.sort(order[:held])


def given(inputs: Array, targets: Array, test_inputs: Array | None = None, test_targets: Array | None = None
          ) -> DataSet:
    """A data set of the user's own numbers, all of it to train on but rows that are given to test on."""
    copies = (np.array(inputs, dtype=np.float64), np.array(targets, dtype=np.float64))
    if test_inputs is not None and test_targets is not None:
        return DataSet(*copies, np.array(test_inputs, dtype=np.float64), np.array(test_targets, dtype=np.float64))
    return DataSet(*copies, np.empty((0, copies[0].shape[1])), np.empty((0, copies[1].shape[1])))
