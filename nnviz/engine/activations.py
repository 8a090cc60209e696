"""An activation bends a net input into an output; without one, a stack of layers is a single linear layer.

Each row of `TABLE` is one activation: its value and its derivative, written as calls on arrays.  To add one,
add a row: choices, command line, help, formulas and tests walk this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from nnviz.engine.calls import ONE, ZERO, Array, Call, constant, greater_of, lesser_of, run
from nnviz.engine.normal import density, share_below
from nnviz.engine.options import Option

Values = Mapping[str, Any]     # numbers; what a layer learns is an array of shape (1 or units, 1)


Slope = Callable[[Array, Array, Array, Values], list[Call]]


def _times_slope(upstream: Array, slope: Array, output: Array, delta: Array, total: Array) -> list[Call]:
    """δ = ∂E/∂out · f'(net), unit by unit."""
    return [(np.multiply, (upstream, slope, delta))]


def _by_unit(values: Array, options: Values) -> Array:
    """What belongs to net inputs, (units · pieces, examples), as (units, pieces, examples): the same memory."""
    pieces = int(options["pieces"])
    return values.reshape(len(values) // pieces, pieces, *values.shape[1:])


def _never(options: Values) -> bool:
    """The slope of no option's choice needs the net input: the output tells it."""
    return False


def _always(options: Values) -> bool:
    """The output does not tell the slope, or not to its last digit."""
    return True


@dataclass(frozen=True)
class Activation:
    """One activation function.

    `forward(z, a, options, total)` writes the outputs `a` from the net inputs `z`; `slope(z, a, f, options)` writes
    the derivative f'(z) (for softmax the diagonal of its Jacobian); `backward(e, f, a, d, total)` writes
    δ = ∂E/∂net from e = ∂E/∂out.  All arrays are (units, examples), but z, f and d have `pieces` rows a unit, unit by
    unit, where units have several net inputs; `total` is (examples,) to work in.  Where a row has something
    `learned`, its option of that name is an array while a network is trained.  Where `reads_net(options)` is false
    the slope is told from the outputs alone and `z` is not looked at: layers that follow each other then have their
    slopes written in one go.
    """

    name: str
    label: str
    formula: str                      # f(x), in plain mathematics
    derivative: str                   # f'(x)
    kink: str                         # what is stated where the derivative does not exist; "" where it does
    help: str                         # one line: when to use it
    calculation: str                  # the value with {net} for the net input, {alpha} for an option
    forward: Callable[[Array, Array, Values, Array], list[Call]]
    slope: Slope
    backward: Callable[[Array, Array, Array, Array, Array], list[Call]] = _times_slope
    options: Mapping[str, Option] = field(default_factory=dict)
    reads_net: Callable[[Values], bool] = _never
    learned: str = ""                 # the option that is only the start of what the layer learns
    learned_slope: Slope | None = None    # writes ∂out/∂(what is learned)
    elementwise: bool = True          # False: one output depends on net inputs of other units of its layer
    constant_slope: bool = False      # True: the derivative is the same everywhere
    dies: bool = False                # can be stuck at 0 for every example
    saturates: bool = False           # has flat ends where the gradient vanishes
    initialise: str = "xavier_uniform"

    def pieces(self, options: Values) -> int:
        """How many net inputs each unit has, of which its output is made: 1, but for maxout."""
        return int(options.get("pieces", 1))

    def value(self, net: Array, options: Values | None = None) -> Array:
        """f(net) for net inputs of shape (units, examples), or (units · pieces, examples)."""
        given = options or self.defaults
        output = np.empty_like(net[: len(net) // self.pieces(given)])
        run(self.forward(net, output, given, np.empty(net.shape[1:], net.dtype)))
        return output

    def derivative_at(self, net: Array, output: Array, options: Values | None = None) -> Array:
        """f'(net), given f(net), in the shape of `net`."""
        slope = np.empty_like(net)
        run(self.slope(net, output, slope, options or self.defaults))
        return slope

    @property
    def defaults(self) -> dict[str, float]:
        return {name: option.default for name, option in self.options.items()}


def _identity(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(np.positive, (z, a))]


def _identity_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    return [(f.fill, (1.0,))]


def _sigmoid(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(np.negative, (z, a)), (np.exp, (a, a)), (np.add, (a, ONE, a)), (np.reciprocal, (a, a))]


def _output_times_rest(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    """a − a², the slope of the sigmoid and the diagonal of the softmax Jacobian."""
    return [(np.multiply, (a, a, f)), (np.subtract, (a, f, f))]


def _tanh(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(np.tanh, (z, a))]


def _tanh_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    return [(np.multiply, (a, a, f)), (np.subtract, (ONE, f, f))]


def _relu(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(greater_of(a), (z, ZERO))]


def _relu_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    """0 below, 1 above; at 0 the choice, for which the outputs do not tell 0 from below."""
    if _chooses_at_zero(options):
        return [(np.heaviside, (z, constant(options["at_zero"]), f))]
    return [(np.sign, (a, f))]


def _chooses_at_zero(options: Values) -> bool:
    return bool(options["at_zero"])


def _leaky_relu(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(np.multiply, (z, constant(options["alpha"]), a)), (greater_of(a), (z, a))]


def _leaky_relu_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    """An output is above 0 exactly where its net input is."""
    alpha, rest = constant(options["alpha"]), constant(1.0 - options["alpha"])
    return [(np.greater, (a, ZERO, f)), (np.multiply, (f, rest, f)), (np.add, (f, alpha, f))]


def _prelu(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    """max(0, z) + α·min(0, z): one of the two is always 0."""
    above = np.empty_like(z)
    return [
        (lesser_of(a), (z, ZERO)),
        (np.multiply, (a, _array(options["alpha"]), a)),
        (greater_of(above), (z, ZERO)),
        (np.add, (a, above, a)),
    ]


def _prelu_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    above = np.empty(z.shape, dtype=np.bool_)
    return [
        (np.copyto, (f, _array(options["alpha"]))),
        (np.greater, (z, ZERO, above)),
        (np.putmask, (f, above, 1.0)),
    ]


def _below(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    """∂out/∂α = min(0, z)."""
    return [(lesser_of(f), (z, ZERO))]


def _array(value: float | Array) -> Array:
    """A number as a constant; what is learned is an array already, read anew in every step."""
    return value if isinstance(value, np.ndarray) else constant(value)


def _elu(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    """max(0, z) + α(e^min(0, z) − 1): one of the two is always 0."""
    above = np.empty_like(z)
    return [
        (lesser_of(a), (z, ZERO)),
        (np.expm1, (a, a)),
        (np.multiply, (a, constant(options["alpha"]), a)),
        (greater_of(above), (z, ZERO)),
        (np.add, (a, above, a)),
    ]


def _elu_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    """e^min(0, z), times α below 0."""
    calls: list[Call] = [(lesser_of(f), (z, ZERO)), (np.exp, (f, f))]
    if options["alpha"] == 1.0:
        return calls
    below = np.empty(z.shape, dtype=np.bool_)
    scale = partial(np.multiply, where=below)
    return [*calls, (np.less, (z, ZERO, below)), (scale, (f, constant(options["alpha"]), f))]


def _step(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(np.heaviside, (z, ZERO, a))]


def _no_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    return [(f.fill, (0.0,))]


def _softplus(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [(np.logaddexp, (ZERO, z, a))]


def _softplus_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    """1 − e^-a, which is the sigmoid of the net input."""
    return [(np.negative, (a, f)), (np.expm1, (f, f)), (np.negative, (f, f))]


def _silu(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [*_sigmoid(z, a, options, total), (np.multiply, (z, a, a))]


def _silu_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    """s + a(1 − s), with s = sigmoid(z)."""
    rest = np.empty_like(z)
    return [
        *_sigmoid(z, f, options, rest),
        (np.subtract, (ONE, f, rest)),
        (np.multiply, (rest, a, rest)),
        (np.add, (f, rest, f)),
    ]


def _gelu(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    return [*share_below(z, a), (np.multiply, (z, a, a))]


def _gelu_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    """Φ(z) + z·φ(z), φ(z) = e^(-z²/2)/√(2π); Φ(z) is a/z, and ½ at 0."""
    bell, at_zero = np.empty_like(z), np.empty(z.shape, dtype=np.bool_)
    return [
        *density(z, bell),
        (np.multiply, (bell, z, bell)),
        (np.divide, (a, z, f)),
        (np.equal, (z, ZERO, at_zero)),
        (np.putmask, (f, at_zero, 0.5)),
        (np.add, (f, bell, f)),
    ]


def _maxout(z: Array, a: Array, options: Values, total: Array) -> list[Call]:
    """The largest of each unit's net inputs."""
    return [(np.maximum.reduce, (_by_unit(z, options), 1, None, a))]


def _maxout_slope(z: Array, a: Array, f: Array, options: Values) -> list[Call]:
    """1 for the piece that won, the first where several are as large, and 0 for the others."""
    nets, slopes = _by_unit(z, options), _by_unit(f, options)
    pieces, taken = slopes.shape[1], slopes[:, 0]
    calls: list[Call] = [(np.equal, (nets, a[:, None], slopes))]
    for piece in range(1, pieces):
        calls.append((np.greater, (slopes[:, piece], taken, slopes[:, piece])))
        if piece < pieces - 1:
            before, taken = taken, np.empty_like(a)
            calls.append((np.add, (before, slopes[:, piece], taken)))
    return calls


def _to_winner(upstream: Array, slope: Array, output: Array, delta: Array, total: Array) -> list[Call]:
    """δ of the piece that won is ∂E/∂out, that of the others 0."""
    pieces = {"pieces": len(delta) // len(upstream)}
    return [(np.multiply, (upstream[:, None], _by_unit(slope, pieces), _by_unit(delta, pieces)))]


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
            "relu", "ReLU", "max(0, x)", "1 if x > 0 else 0",
            "at x = 0 the derivative is a choice: 0, where nothing else is said, ½ or 1",
            "The usual choice for hidden layers: fast, never saturates above 0, but units can die.",
            "max(0, {net})", _relu, _relu_slope, reads_net=_chooses_at_zero, dies=True,
            options={"at_zero": Option(0.0, 0.0, 1.0, "derivative at 0", presets=(0.0, 0.5, 1.0), closed=True)},
            initialise="he_uniform",
        ),
        Activation(
            "leaky_relu", "Leaky ReLU", "max(αx, x)", "1 if x > 0 else α", "at x = 0 the derivative is taken as α",
            "A ReLU that cannot die, because a little gradient passes below 0.",
            "max({alpha}·{net}, {net})", _leaky_relu, _leaky_relu_slope,
            options={"alpha": Option(0.01, 0.0, 1.0, "slope below 0", presets=(0.01, 0.1))},
            initialise="he_uniform",
        ),
        Activation(
            "prelu", "PReLU", "x if x > 0 else αx", "1 if x > 0 else α",
            "at x = 0 the derivative is taken as α, and that by α is 0",
            "A leaky ReLU whose slope below 0 is learned with the weights: ∂‹out›/∂α is x below 0.",
            "max(0, {net}) + {alpha}·min(0, {net})", _prelu, _prelu_slope, reads_net=_always,
            learned="alpha", learned_slope=_below,
            options={
                "alpha": Option(0.25, -10.0, 10.0, "slope below 0 to start with", presets=(0.25, 0.0)),
                "per_unit": Option(0.0, 0.0, 1.0, "each unit learns its own α", presets=(0.0, 1.0), closed=True),
            },
            initialise="he_uniform",
        ),
        Activation(
            "elu", "ELU", "x if x > 0 else α(e^x - 1)", "1 if x ≥ 0 else α·e^x",
            "at x = 0 the derivative is taken as 1, whatever α is",
            "Does not die and is nearly centred on zero, at the cost of an exponential.",
            "max(0, {net}) + {alpha}·(e^min(0, {net}) - 1)", _elu, _elu_slope, reads_net=_always,
            options={"alpha": Option(1.0, 0.0, 1e6, "far below 0 the output is -α")}, initialise="he_uniform",
        ),
        Activation(
            "softplus", "Softplus", "log(1 + e^x)", "1/(1 + e^-x)", "",
            "A ReLU without the corner: its slope is the sigmoid, so no unit ever dies.",
            "log(1 + e^{net})", _softplus, _softplus_slope, initialise="he_uniform",
        ),
        Activation(
            "silu", "SiLU (swish)", "x/(1 + e^-x)", "s(x)(1 + x(1 - s(x)))", "",
            "A smooth ReLU that dips below 0 before it rises; common in deep networks for images.",
            "{net}/(1 + e^-({net}))", _silu, _silu_slope, reads_net=_always, initialise="he_uniform",
        ),
        Activation(
            "gelu", "GELU", "x·Φ(x)", "Φ(x) + x·φ(x)", "",
            "A smooth ReLU of transformers; Φ is the normal distribution's share below x, not its tanh approximation.",
            "{net}·Φ({net})", _gelu, _gelu_slope, reads_net=_always, initialise="he_uniform",
        ),
        Activation(
            "maxout", "Maxout", "max(x₀, x₁, …)", "1 for the piece that won, else 0",
            "where several pieces are the largest, the first of them wins and gets all of the gradient",
            "Learns the shape of its bend: the largest of a unit's net inputs, its pieces; of equals the first wins.",
            "max({nets})", _maxout, _maxout_slope, _to_winner, reads_net=_always,
            options={"pieces": Option(2, 2, 16, "net inputs of each unit", whole=True, presets=(2, 3, 4),
                                      unit="per unit")},
        ),
        Activation(
            "step", "Step", "1 if x > 0 else 0", "0",
            "at x = 0 it jumps: the value is 0 and the derivative is taken as 0",
            "The perceptron's switch, for history: its slope is 0 everywhere, so nothing before it can learn.",
            "1 if {net} > 0 else 0", _step, _no_slope, constant_slope=True,
        ),
        Activation(
            "softmax", "Softmax", "e^xᵢ / Σⱼ e^xⱼ", "pᵢ(1 - pᵢ), and -pᵢpⱼ across", "",
            "Class probabilities that sum to 1; pair it with cross-entropy.",
            "e^{net}/({sum})", _softmax, _output_times_rest, _softmax_backward, elementwise=False,
        ),
    )
}
