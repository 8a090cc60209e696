"""Where training starts: small random weights break the symmetry that zeros would keep for ever.

Each row of `TABLE` draws the weights of one layer; biases start at zero.  The draw depends only on the seed
and the layer's number, so adding a layer at the end changes no other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.options import Option

Values = Mapping[str, float]
Draw = Callable[[np.random.Generator, int, int, Values], Array]


@dataclass(frozen=True)
class Initialiser:
    """One way to start; `draw(generator, units, inputs, options)` gives weights of shape (units, inputs)."""

    name: str
    label: str
    formula: str
    help: str
    draw: Draw
    options: Mapping[str, Option] = field(default_factory=dict)


def _uniform(bound: Callable[[int, int], float]) -> Draw:
    def draw(generator: np.random.Generator, units: int, inputs: int, options: Values) -> Array:
        limit = bound(units, inputs)
        return generator.uniform(-limit, limit, (units, inputs))

    return draw


def _normal(deviation: Callable[[int, int], float]) -> Draw:
    def draw(generator: np.random.Generator, units: int, inputs: int, options: Values) -> Array:
        return generator.standard_normal((units, inputs)) * deviation(units, inputs)

    return draw


def _gaussian(generator: np.random.Generator, units: int, inputs: int, options: Values) -> Array:
    """A deviation as large as numbers go gives weights beyond them: the first step says so, as of any others."""
    with np.errstate(over="ignore"):
        return options["mean"] + options["std"] * generator.standard_normal((units, inputs))


def _orthogonal(generator: np.random.Generator, units: int, inputs: int, options: Values) -> Array:
    """Q of a QR decomposition of Gaussian numbers, its signs fixed so that every rotation is equally likely."""
    tall = generator.standard_normal((max(units, inputs), min(units, inputs)))
    q, r = np.linalg.qr(tall)
    q *= np.where(np.diagonal(r) < 0.0, -1.0, 1.0)
    return np.ascontiguousarray((q if units >= inputs else q.T) * options["gain"])


TABLE: dict[str, Initialiser] = {
    row.name: row
    for row in (
        Initialiser(
            "zeros", "Zeros", "w = 0",
            "Shows why not: with zeros every hidden unit has the same gradient, often exactly 0.",
            lambda generator, units, inputs, options: np.zeros((units, inputs)),
        ),
        Initialiser(
            "constant", "Constant", "w = value",
            "Shows symmetry: hidden units that start alike stay alike for ever.",
            lambda generator, units, inputs, options: np.full((units, inputs), options["value"]),
            {"value": Option(0.5, help="every weight", usual=(-2.0, 2.0))},
        ),
        Initialiser(
            "gaussian", "Gaussian", "w ~ N(mean, std²)",
            "Plain random numbers, to see what a bad scale does.",
            _gaussian,
            {"mean": Option(0.0, help="centre", usual=(-2.0, 2.0)),
             "std": Option(1.0, 0.0, help="standard deviation", label="Deviation", usual=(0.0, 2.0))},
        ),
        Initialiser(
            "xavier_uniform", "Xavier, uniform", "w ~ U(±√(6/(inputs + units)))",
            "Glorot and Bengio, 2010: keeps the variance through sigmoid and tanh layers.",
            _uniform(lambda units, inputs: math.sqrt(6.0 / (inputs + units))),
        ),
        Initialiser(
            "xavier_normal", "Xavier, normal", "w ~ N(0, 2/(inputs + units))",
            "Glorot and Bengio, 2010, from a normal distribution.",
            _normal(lambda units, inputs: math.sqrt(2.0 / (inputs + units))),
        ),
        Initialiser(
            "he_uniform", "He, uniform", "w ~ U(±√(6/inputs))",
            "He et al., 2015: keeps the variance through ReLU layers, which halve it.",
            _uniform(lambda units, inputs: math.sqrt(6.0 / inputs)),
        ),
        Initialiser(
            "he_normal", "He, normal", "w ~ N(0, 2/inputs)",
            "He et al., 2015, from a normal distribution.",
            _normal(lambda units, inputs: math.sqrt(2.0 / inputs)),
        ),
        Initialiser(
            "lecun_uniform", "LeCun, uniform", "w ~ U(±√(3/inputs))",
            "LeCun et al., 1998: net inputs of variance 1 from inputs of variance 1.",
            _uniform(lambda units, inputs: math.sqrt(3.0 / inputs)),
        ),
        Initialiser(
            "lecun_normal", "LeCun, normal", "w ~ N(0, 1/inputs)",
            "LeCun et al., 1998, from a normal distribution.",
            _normal(lambda units, inputs: math.sqrt(1.0 / inputs)),
        ),
        Initialiser(
            "orthogonal", "Orthogonal", "WᵀW = gain² · 1",
            "Saxe et al., 2014: a rotation, which keeps the length of every vector through many layers.",
            _orthogonal,
            {"gain": Option(1.0, 0.0, help="the length of every row or column", usual=(0.1, 3.0))},
        ),
    )
}


def draw_weights(
    name: str, options: Values, seed: int, layer: int, units: int, inputs: int, piece: int = 0
) -> Array:
    """The starting weights of layer `layer` (from 1), shape (units, inputs).

    Where units have several pieces, each piece is drawn by itself, with the fan-in and fan-out of a layer of its own.
    """
    row = TABLE[name]
    defaults = {key: option.default for key, option in row.options.items()}
    return row.draw(np.random.default_rng([seed, layer, piece]), units, inputs, {**defaults, **options})
