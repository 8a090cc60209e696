"""How NumPy writes what the tables of the engine compute: activations, losses and optimisers, a few lines each.

A column of every array is an example, so that the same lines do for one example and for a whole batch.  Places in
braces are filled with names and numbers: {net}, {out}, {k} for the number of the layer, options by their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ActivationLines:
    """`value` are the lines that end in {out}, `slope` is ∂out/∂net as an expression, behind the lines of `before`.

    `slope` is "" where no product with a slope gives δ; then `delta` is δ, made of {dout}.
    """

    value: tuple[str, ...]
    slope: str
    before: tuple[str, ...] = ()
    delta: str = ""


ACTIVATIONS: Mapping[str, ActivationLines] = {
    "identity": ActivationLines(("{out} = {net}",), "1"),
    "sigmoid": ActivationLines(("{out} = 1 / (1 + np.exp(-{net}))",), "{out} * (1 - {out})"),
    "tanh": ActivationLines(("{out} = np.tanh({net})",), "1 - {out}**2"),
    "relu": ActivationLines(("{out} = np.maximum(0, {net})",), "np.heaviside({net}, {at_zero})"),
    "leaky_relu": ActivationLines(
        ("{out} = np.maximum({alpha} * {net}, {net})",), "np.where({net} > 0, 1, {alpha})"),
    "prelu": ActivationLines(
        ("{out} = np.maximum(0, {net}) + alpha{k} * np.minimum(0, {net})",), "np.where({net} > 0, 1, alpha{k})"),
    "elu": ActivationLines(
        ("{out} = np.maximum(0, {net}) + {alpha} * np.expm1(np.minimum(0, {net}))",),
        "np.where({net} < 0, {alpha} * np.exp(np.minimum(0, {net})), 1)"),
    "softplus": ActivationLines(("{out} = np.logaddexp(0, {net})",), "1 / (1 + np.exp(-{net}))"),
    "silu": ActivationLines(
        ("s{k} = 1 / (1 + np.exp(-{net}))", "{out} = {net} * s{k}"), "s{k} + {out} * (1 - s{k})"),
    "gelu": ActivationLines(
        ("{out} = {net} * normal_share({net})",),
        "normal_share({net}) + {net} * np.exp(-{net}**2 / 2) / np.sqrt(2 * np.pi)"),
    "maxout": ActivationLines(
        ("pieces{k} = {net}.reshape({units}, {pieces}, n)", "{out} = pieces{k}.max(axis=1)"), "won{k}",
        ("won{k} = np.arange({pieces})[:, None] == pieces{k}.argmax(axis=1)[:, None]",
         "won{k} = won{k}.reshape({nets}, n)")),
    "step": ActivationLines(("{out} = np.heaviside({net}, 0)",), "0"),
    "softmax": ActivationLines(
        ("e{k} = np.exp({net} - {net}.max(axis=0))", "{out} = e{k} / e{k}.sum(axis=0)"), "",
        delta="{out} * ({dout} - ({dout} * {out}).sum(axis=0))"),
}
NORMAL_SHARE = (
    "from math import erfc",
    "normal_share = np.vectorize(lambda z: erfc(-z / 2**0.5) / 2)      # of a normal distribution, below z",
)


@dataclass(frozen=True)
class LossLines:
    """Each output's own `terms`, and the `slope` of a term by {out}; `share` is filled in behind both.

    With the activation `fused_with` δ is `fused`, and the terms are made of the net inputs, which cannot overflow.
    """

    terms: tuple[str, ...]
    slope: str
    fused_with: str = ""
    fused_terms: tuple[str, ...] = ()
    fused: str = ""


_SQUARED = LossLines(("terms = ({out} - t)**2",), "2 * ({out} - t)")
_LIKELIHOOD = LossLines(("terms = -t * np.log(np.where(t == 0, 1, {out}))",), "-t / np.where(t == 0, 1, {out})")
LOSSES: Mapping[str, LossLines] = {
    "half_squared_error": LossLines(("terms = 0.5 * (t - {out})**2",), "{out} - t"),
    "squared_error": _SQUARED,
    "mean_squared_error": _SQUARED,
    "mean_absolute_error": LossLines(("terms = np.abs({out} - t)",), "np.sign({out} - t)"),
    "huber": LossLines(
        ("cut = np.clip({out} - t, -{delta}, {delta})", "terms = cut * ({out} - t - 0.5 * cut)"),
        "np.clip({out} - t, -{delta}, {delta})"),
    "binary_cross_entropy": LossLines(
        ("terms = -t * np.log(np.where(t == 0, 1, {out})) - (1 - t) * np.log(np.where(t == 1, 1, 1 - {out}))",),
        "(1 - t) / np.where(t == 1, 1, 1 - {out}) - t / np.where(t == 0, 1, {out})", "sigmoid",
        ("terms = np.logaddexp(0, {net}) - t * {net}",), "{out} - t"),
    "cross_entropy": LossLines(
        _LIKELIHOOD.terms, _LIKELIHOOD.slope, "softmax",
        ("shifted = {net} - {net}.max(axis=0)", "terms = t * (np.log(np.exp(shifted).sum(axis=0)) - shifted)"),
        "{out} - t"),
    "negative_log_likelihood": _LIKELIHOOD,
}


@dataclass(frozen=True)
class OptimiserLines:
    """What is done to an array {w} with its gradient {g}; {free} is where it is not frozen.

    Where weights go another way than the other parameters, {direction} is `of_weights` for them, else `direction`.
    `memory` gives every vector that the optimiser remembers the letter before its array's name; `numbers` are its
    options by the names that the lines call them.
    """

    lines: tuple[str, ...]
    memory: Mapping[str, str]
    numbers: Mapping[str, str]
    direction: str = "direction"
    of_weights: str = "direction"


_ADAM = ("m_{w} = beta1 * m_{w} + (1 - beta1) * {g}", "v_{w} = beta2 * v_{w} + (1 - beta2) * {g}**2",
         "direction = (m_{w} / (1 - beta1**k)) / (np.sqrt(v_{w} / (1 - beta2**k)) + epsilon)",
         "{w} = {w} - eta * {free}{direction}")
_MOMENTS = {"first_moment": "m", "second_moment": "v"}
_ADAM_NUMBERS = {"beta1": "beta1", "beta2": "beta2", "epsilon": "epsilon"}
OPTIMISERS: Mapping[str, OptimiserLines] = {
    "sgd": OptimiserLines(("{w} = {w} - eta * {g}",), {}, {}),
    "momentum": OptimiserLines(
        ("v_{w} = rho * v_{w} + {g}", "{w} = {w} - eta * v_{w}"), {"velocity": "v"}, {"momentum": "rho"}),
    "nesterov": OptimiserLines(
        ("v_{w} = rho * v_{w} + {g}", "{w} = {w} - eta * ({g} + rho * v_{w})"), {"velocity": "v"},
        {"momentum": "rho"}),
    "adagrad": OptimiserLines(
        ("s_{w} = s_{w} + {g}**2", "{w} = {w} - eta * {g} / (np.sqrt(s_{w}) + epsilon)"), {"sum_of_squares": "s"},
        {"epsilon": "epsilon"}),
    "rmsprop": OptimiserLines(
        ("s_{w} = beta * s_{w} + (1 - beta) * {g}**2", "{w} = {w} - eta * {g} / (np.sqrt(s_{w}) + epsilon)"),
        {"mean_of_squares": "s"}, {"decay": "beta", "epsilon": "epsilon"}),
    "adam": OptimiserLines(_ADAM, _MOMENTS, _ADAM_NUMBERS),
    "adamw": OptimiserLines(
        _ADAM, _MOMENTS, {**_ADAM_NUMBERS, "weight_decay": "decay"}, of_weights="(direction + decay * {w})"),
    "rprop": OptimiserLines(
        ("turn = previous_{w} * {g}",
         "size_{w} = size_{w} * np.where(turn > 0, growth, np.where(turn < 0, shrinkage, 1))",
         "size_{w} = np.clip(size_{w}, smallest, largest)",
         "previous_{w} = np.where(turn < 0, 0, {g})",
         "{w} = {w} - size_{w} * np.sign(previous_{w})"),
        {"previous_gradient": "previous", "step_size": "size"},
        {"growth": "growth", "shrinkage": "shrinkage", "smallest": "smallest", "largest": "largest"}),
    "kfac": OptimiserLines(("{w} = {w} - eta * {free}nu_p_{w}",), {}, {"damping": "damping", "kl_clip": "kl_clip"}),
}

# K-FAC: each output's column of a root of the loss's curvature in the last net inputs, as `engine/curvature.py` has it;
# c counts the outputs, and {slope} is ∂out/∂net.
ROOTS: Mapping[tuple[str, str], str] = {
    ("half_squared_error", ""): "(np.arange({units})[:, None] == c) * 1.0",
    ("squared_error", ""): "(np.arange({units})[:, None] == c) * 2**0.5",
    ("mean_squared_error", ""): "(np.arange({units})[:, None] == c) * (2 / {units})**0.5",
    ("binary_cross_entropy", "sigmoid"):
        "(np.arange({units})[:, None] == c) * np.sqrt({out} * (1 - {out}) / {units})",
    ("cross_entropy", "softmax"): "((np.arange({units})[:, None] == c) - {out}) * np.sqrt({out}[c])",
}
BEND = (
    "def bent(g, a, G):      # (G + c I)^-1 g (A + d I)^-1",
    "    A, root = a @ a.T / n, damping**0.5",
    "    spread = (np.trace(A) / len(A))**0.5, (np.trace(G) / len(G))**0.5",
    "    share = spread[0] / spread[1] if min(spread) > 0 else 1.0",
    "    p = np.linalg.solve(G + root / share * np.eye(len(G)), g)",
    "    return np.linalg.solve(A + root * share * np.eye(len(A)), p.T).T",
)
