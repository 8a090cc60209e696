"""An update is a sum: so much of it is this gradient, so much is what the optimiser remembers, so much is decay.

With the numbers that a step has once it is done (the denominator of Adam, the matrices of K-FAC) every optimiser's
update is linear in the gradient it got.  So the gradient of each example, of each penalty has its own share of it, and
what is left is no gradient of this step at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.curvature import DensePass, precondition

Values = Mapping[str, float]
Memory = Mapping[str, Array]
Whole = NDArray[np.intp]
_LEAST = 1e-300       # a gradient that is smaller has no sign that could be shared out


@dataclass(frozen=True)
class Done:
    """A step that is done: flat vectors of one length.

    `gradient` is what the optimiser got, with penalties and clipping; `before` and `after` are its memory by name,
    `updates` counts the updates with this one, `rate` is η.  `decayed` is 1 at weights, 0 at biases.  `layers` is what
    the dense layers saw, under the loss of that name; their gradients are views of `work`.
    """

    gradient: Array
    before: Memory
    after: Memory
    updates: float
    rate: float
    parameters: Array
    decayed: Array
    work: Array
    layers: tuple[DensePass, ...] = ()
    loss: str = ""


@dataclass(frozen=True)
class Split:
    """update[place] = Σ factors · gradient[places] + what stands in `rest` at that place.

    `factors(place)` gives these places and the factors there; `rest` goes by what it is called.
    """

    factors: Callable[[int], tuple[Whole, Array]]
    rest: Mapping[str, Array] = field(default_factory=dict)


def _each_by(gain: Array | float) -> Callable[[int], tuple[Whole, Array]]:
    """Every parameter's own gradient alone, times a number of its own or of all."""
    def factors(place: int) -> tuple[Whole, Array]:
        own = gain[place] if isinstance(gain, np.ndarray) else gain
        return np.array([place]), np.array([float(own)])

    return factors


def plain(done: Done, options: Values) -> Split:
    """Δw = −η g."""
    return Split(_each_by(-done.rate))


def momentum(done: Done, options: Values) -> Split:
    """Δw = −η g − ηρ v, with the velocity before the step."""
    return Split(_each_by(-done.rate), {"momentum": -done.rate * options["momentum"] * done.before["velocity"]})


def nesterov(done: Done, options: Values) -> Split:
    """Δw = −η (g + ρ(ρ v + g)) = −η(1 + ρ) g − ηρ² v."""
    friction = options["momentum"]
    rest = -done.rate * friction * friction * done.before["velocity"]
    return Split(_each_by(-done.rate * (1.0 + friction)), {"momentum": rest})


def by_squares(name: str) -> Callable[[Done, Values], Split]:
    """Δw = −η g / (√s + ε), with the s of this step."""
    def split(done: Done, options: Values) -> Split:
        return Split(_each_by(np.asarray(-done.rate / (np.sqrt(done.after[name]) + options["epsilon"]))))

    return split


def adam(done: Done, options: Values) -> Split:
    """Δw = −η/(1 − β₁ᵗ) · ((1 − β₁) g + β₁ m) / (√v̂ + ε), with the m before the step and the v̂ of this one."""
    beta1, second = options["beta1"], done.after["second_moment"] / (1.0 - options["beta2"] ** done.updates)
    scale = -done.rate / (1.0 - beta1**done.updates) / (np.sqrt(second) + options["epsilon"])
    return Split(_each_by(np.asarray((1.0 - beta1) * scale)), {"momentum": beta1 * scale * done.before["first_moment"]})


def adamw(done: Done, options: Values) -> Split:
    """Adam's, and −η λ w."""
    split = adam(done, options)
    decay = -done.rate * options["weight_decay"] * done.decayed * done.parameters
    return Split(split.factors, {**split.rest, "weight decay": decay})


def by_sign(done: Done, options: Values) -> Split:
    """Δw = −Δ sign g = −Δ g / |g|: each gradient has the share of the step that it has of the sum; 0 after a turn.

    The gradient that is remembered is the one that was followed: 0 where the sign has changed.
    """
    followed, size = done.after["previous_gradient"], done.after["step_size"]
    with np.errstate(all="ignore"):
        gain = -size / np.maximum(np.abs(done.gradient), _LEAST)
    return Split(_each_by(np.where(followed == 0.0, 0.0, gain)))


def by_curvature(done: Done, options: Values) -> Split:
    """Δw = −ην (A ⊗ G + damping)⁻¹ g: each gradient of the layer preconditioned alone, all with the ν of their sum."""
    done.work[...] = done.gradient
    descent = np.array(-done.rate)
    nu = precondition(done.layers, done.loss, options["damping"], options["kl_clip"], descent)

    def factors(place: int) -> tuple[Whole, Array]:
        """A row of the matrix, which is symmetric: what it makes of a gradient that is 1 at `place` alone."""
        done.work.fill(0.0)
        done.work[place] = 1.0
        precondition(done.layers, done.loss, options["damping"], 0.0, descent)
        for layer in done.layers:
            layer.gradient[...] *= nu
        places = done.work.nonzero()[0]
        return places, -done.rate * done.work[places]

    return Split(factors)
