"""An activation bends a net input into an output; without one, a stack of layers is a single linear layer.

Each row of `TABLE` is one activation: its value and its derivative, written as calls on arrays.  To add one,
add a row: choices, command line, help, formulas and tests walk this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nnviz.engine.calls import ONE, ZERO, Array, Call, constant, greater_of, run
from nnviz.engine.options import Option

Values = Mapping[str, float]


def _times_slope(upstream: Array, slope: Array, output: Array, delta: Array, total: Array) -> list[Call]:
    """δ = ∂E/∂out · f'(net), unit by unit."""
    return [(np.multiply, (upstream, slope, delta))]


@dataclass(frozen=True)
class Activation:
    """One activation function.

    `forward(z, a, options, total)` writes the outputs `a` from the net inputs `z`; `slope(a, f, options)` writes
    the derivative f'(z) from the outputs (for softmax the diagonal of its Jacobian); `backward(e, f, a, d, total)`
    writes δ = ∂E/∂net from e = ∂E/∂out.  All arrays are (units, examples); `total` is (examples,) to work in.
    """

    name: str
    label: str
    formula: str                      # f(x), in plain mathematics
    derivative: str                   # f'(x)
    kink: str                         # what is stated where the derivative does not exist; "" where it does
    help: str                         # one line: when to use it
    calculation: str                  # the value with {net} for the net input, {alpha} for an option
    forward: Callable[[Array, Array, Values, Array], list[Call]]
    slope: Callable[[Array, Array, Values], list[Call]]
    backward: Callable[[Array, Array, Array, Array, Array], list[Call]] = _times_slope
    options: Mapping[str, Option] = field(default_factory=dict)
    elementwise: bool = True          # False: one output depends on every net input of its layer
    constant_slope: bool = False      # True: the derivative is the same everywhere
    dies: bool = False                # can be stuck at 0 for every example
    saturates: bool = False           # has flat ends where the gradient vanishes
    initialise: str = "xavier_uniform"

    def value(self, net: Array, options: Values | None = None) -> Array:
        """f(net) for net inputs of shape (units, examples)."""
        output = np.empty_like(net)
        run(self.forward(net, output, options or self.defaults, np.empty(net.shape[1:], net.dtype)))
        return output

    def derivative_at(self, net: Array, output: Array, options: Values | None = None) -> Array:
        """f'(net), given f(net). Shapes (units, examples)."""
        slope = np.empty_like(net)
        run(self.slope(output, slope, options or self.defaults))
        return slope

    @property
    def defaults(self) -> dict[str, float]:
        return {name: option.default for name, option in self.options.items()}


def _identity(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(np.positive, (z, a))]


def _identity_slope(a: Array, f: Array, options: Values) -> list[Call]:
    return [(f.fill, (1.0,))]


def _sigmoid(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(np.negative, (z, a)), (np.exp, (a, a)), (np.add, (a, ONE, a)), (np.reciprocal, (a, a))]


def _output_times_rest(a: Array, f: Array, options: Values) -> list[Call]:
    """a − a², the slope of the sigmoid and the diagonal of the softmax Jacobian."""
    return [(np.multiply, (a, a, f)), (np.subtract, (a, f, f))]


def _tanh(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(np.tanh, (z, a))]


def _tanh_slope(a: Array, f: Array, options: Values) -> list[Call]:
    return [(np.multiply, (a, a, f)), (np.subtract, (ONE, f, f))]


def _relu(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(greater_of(a), (z, ZERO))]


def _relu_slope(a: Array, f: Array, options: Values) -> list[Call]:
    return [(np.sign, (a, f))]


def _leaky_relu(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(np.multiply, (z, constant(options["alpha"]), a)), (greater_of(a), (z, a))]


def _leaky_relu_slope(a: Array, f: Array, options: Values) -> list[Call]:
    """An output is above 0 exactly where its net input is."""
    alpha, rest = constant(options["alpha"]), constant(1.0 - options["alpha"])
    return [(np.greater, (a, ZERO, f)), (np.multiply, (f, rest, f)), (np.add, (f, alpha, f))]


def _softmax(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    """e^(z − max z) / Σ e^(z − max z): subtracting the largest keeps large logits finite."""
    return [
        (np.maximum.reduce, (z, 0, None, total)),
        (np.subtract, (z, total, a)),
        (np.exp, (a, a)),
        (np.add.reduce, (a, 0, None, total)),
        (np.divide, (a, total, a)),
    ]


def _softmax_backward(e: Array, f: Array, a: Array, d: Array, total: Array) -> list[Call]:
    """δ_i = p_i (e_i − Σ_j e_j p_j): the whole Jacobian diag(p) − p pᵀ, without writing it out."""
    return [
        (np.multiply, (e, a, d)),
        (np.add.reduce, (d, 0, None, total)),
        (np.subtract, (e, total, d)),
        (np.multiply, (d, a, d)),
    ]


TABLE: dict[str, Activation] = {
    row.name: row
    for row in (
        Activation(
            "identity", "Identity", "x", "1", "",
            "The output of a regression network; hidden layers of it add nothing.",
            "{net}", _identity, _identity_slope, constant_slope=True,
        ),
        Activation(
            "sigmoid", "Sigmoid", "1/(1 + e^-x)", "s(x)·(1 - s(x))", "",
            "A probability at a single output; in hidden layers it saturates and gradients vanish.",
            "1/(1 + e^-({net}))", _sigmoid, _output_times_rest, saturates=True,
        ),
        Activation(
            "tanh", "Tanh", "tanh x", "1 - tanh²x", "",
            "Small hidden layers: like the sigmoid, but centred on zero.",
            "tanh({net})", _tanh, _tanh_slope, saturates=True,
        ),
        Activation(
            "relu", "ReLU", "max(0, x)", "1 if x > 0 else 0", "at x = 0 the derivative is taken as 0",
            "The usual choice for hidden layers: fast, never saturates above 0, but units can die.",
            "max(0, {net})", _relu, _relu_slope, dies=True, initialise="he_uniform",
        ),
        Activation(
            "leaky_relu", "Leaky ReLU", "max(αx, x)", "1 if x > 0 else α", "at x = 0 the derivative is taken as α",
            "A ReLU that cannot die, because a little gradient passes below 0.",
            "max({alpha}·{net}, {net})", _leaky_relu, _leaky_relu_slope,
            options={"alpha": Option(0.01, 0.0, 1.0, "slope below 0")}, initialise="he_uniform",
        ),
        Activation(
            "softmax", "Softmax", "e^xᵢ / Σⱼ e^xⱼ", "pᵢ(1 - pᵢ), and -pᵢpⱼ across", "",
            "Class probabilities that sum to 1; pair it with cross-entropy.",
            "e^{net} / ({sum})", _softmax, _output_times_rest, _softmax_backward, elementwise=False,
        ),
    )
}
