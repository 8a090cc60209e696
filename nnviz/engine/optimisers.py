"""An optimiser turns gradients into updates; what it remembers between steps can be looked at.

Each row of `TABLE` is one optimiser over the flat vector of all parameters: the names of its state vectors and
the calls that turn a gradient into the update.  The update is the number that is added: new value = value + update.
Plain gradient descent, stochastic and mini-batch descent are one optimiser with different batch sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nnviz.engine.calls import ONE, Array, Call, constant
from nnviz.engine.options import Option

Values = Mapping[str, float]


@dataclass(frozen=True)
class OptimiserSite:
    """Where an optimiser finds its numbers: flat vectors of one length, and numbers of no dimensions.

    `gradient` is also where the update goes.  `descent` holds −η, and `steps` the number of updates done before
    this one (the calls count it up).
    """

    gradient: Array
    state: tuple[Array, ...]
    steps: Array
    descent: Array
    work: Array


@dataclass(frozen=True)
class Optimiser:
    """One optimiser; `calls` put the update in the gradient's place, and change its state in place."""

    name: str
    label: str
    formula: str
    help: str
    update_text: str                 # the update in symbols
    calls: Callable[[OptimiserSite, Values], list[Call]]
    state: tuple[str, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict)
    learning_rate: float = 0.1


def _sgd(site: OptimiserSite, options: Values) -> list[Call]:
    """Δw = −η ∂E/∂w."""
    return [(np.multiply, (site.gradient, site.descent, site.gradient))]


def _momentum(site: OptimiserSite, options: Values) -> list[Call]:
    """v ← ρ v + ∂E/∂w, Δw = −η v (the lectures' form: friction ρ, no 1 − ρ)."""
    (velocity,) = site.state
    return [
        (np.multiply, (velocity, constant(options["momentum"]), velocity)),
        (np.add, (velocity, site.gradient, velocity)),
        (np.multiply, (velocity, site.descent, site.gradient)),
    ]


def _adam(site: OptimiserSite, options: Values) -> list[Call]:
    """Kingma and Ba, 2015, algorithm 1: first and second moments, each divided by 1 − βᵗ."""
    first, second = site.state
    beta1, beta2 = constant(options["beta1"]), constant(options["beta2"])
    rest1, rest2 = constant(1.0 - options["beta1"]), constant(1.0 - options["beta2"])
    correction1, correction2 = np.empty(()), np.empty(())
    return [
        (np.add, (site.steps, ONE, site.steps)),
        (np.multiply, (first, beta1, first)),
        (np.multiply, (site.gradient, rest1, site.work)),
        (np.add, (first, site.work, first)),
        (np.multiply, (second, beta2, second)),
        (np.multiply, (site.gradient, site.gradient, site.work)),
        (np.multiply, (site.work, rest2, site.work)),
        (np.add, (second, site.work, second)),
        (np.power, (beta2, site.steps, correction2)),
        (np.subtract, (ONE, correction2, correction2)),
        (np.divide, (second, correction2, site.work)),
        (np.sqrt, (site.work, site.work)),
        (np.add, (site.work, constant(options["epsilon"]), site.work)),
        (np.divide, (first, site.work, site.work)),
        (np.power, (beta1, site.steps, correction1)),
        (np.subtract, (ONE, correction1, correction1)),
        (np.divide, (site.descent, correction1, correction1)),
        (np.multiply, (site.work, correction1, site.gradient)),
    ]


TABLE: dict[str, Optimiser] = {
    row.name: row
    for row in (
        Optimiser(
            "sgd", "Gradient descent", "w ← w - η ∂E/∂w",
            "The rule of the lectures; the batch size makes it stochastic, mini-batch or full.",
            "-η·∂E/∂{name}", _sgd,
        ),
        Optimiser(
            "momentum", "Momentum", "v ← ρv + ∂E/∂w,  w ← w - ηv",
            "Rolls through ravines and small bumps; ρ is the friction, 0.9 or 0.99.",
            "-η·v", _momentum, ("velocity",),
            {"momentum": Option(0.9, 0.0, 1.0, "ρ, the share of the velocity that is kept")},
        ),
        Optimiser(
            "adam", "Adam", "w ← w - η m̂ / (√v̂ + ε)",
            "A step size of its own for every parameter; needs little tuning (3e-4 is a good start on large nets).",
            "-η·m̂/(√v̂ + ε)", _adam, ("first_moment", "second_moment"),
            {
                "beta1": Option(0.9, 0.0, 0.999999, "β₁, memory of the gradient"),
                "beta2": Option(0.999, 0.0, 0.99999999, "β₂, memory of the squared gradient"),
                "epsilon": Option(1e-8, 0.0, 1.0, "ε, keeps the division finite", above=True),
            },
        ),
    )
}
