"""A gate computes a value, and passes a gradient back multiplied with its own: the table of calculus for formulas.

Gradient = local gradient × upstream gradient.  Each row of `GATES` has what a gate computes and its local gradients;
`FUNCTIONS` are those that a formula calls by their name, `TIES` who gets the gradient of max or min where both inputs
are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.calls import Array, run
from nnviz.engine.imaginary import in_first_order
from nnviz.engine.options import Option

Function = Callable[..., Array]
Slope = Callable[..., Array | float]


@dataclass(frozen=True)
class Gate:
    """One kind of operation.

    `value(*inputs)` is what it gives; `slopes` has for every input the local gradient ∂output/∂input, as a function
    of `(output, *inputs)`.  `sides(*inputs)` says on which side of its kink it is, where it has one.  `deed` is what it
    does to a gradient, in a word or two.  Inputs that are left out have the last of the `defaults`.  Of a gate that
    `routes` its inputs compete: which one gets the gradient when they are equal is told by a row of `TIES`.
    """

    name: str
    formula: str
    help: str
    value: Function
    slopes: tuple[Slope, ...]
    kink: str = ""                   # what is stated where the slope does not exist; "" where it does
    sides: Function | None = None
    deed: str = "scales"
    defaults: tuple[float, ...] = ()
    routes: Literal["", "larger", "smaller"] = ""

    @property
    def inputs(self) -> int:
        """How many inputs it takes."""
        return len(self.slopes)


def _times_log(output: Array, a: Array, b: Array) -> Array:
    """a^b · log a, and 0 where a^b is 0: 0^b stays 0 when b moves a little."""
    return np.where(output == 0.0, 0.0, output * np.log(a))


def _power_slope(output: Array, a: Array, b: Array) -> Array:
    """b · a^(b-1), and 0 where b is 0: a^0 is 1 everywhere."""
    return np.where(b == 0.0, 0.0, b * np.power(a, b - 1.0))


def as_it_is(output: Array, *inputs: Array) -> float:
    """The local gradient of what only passes on: 1, which nobody needs to multiply with."""
    return 1.0


def _sigmoid(a: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-a)))


def _greater(a: Array, b: Array) -> Array:
    """1 where a is greater, ½ where both are the same, 0 where it is less."""
    return np.asarray(0.5 * (np.sign(a - b) + 1.0))


def _share(larger: bool, first: bool, tied: float) -> Slope:
    """The local gradient of one input of max or min: 1 where it wins, `tied` where both are the same, else 0."""
    beats = np.greater if larger else np.less

    def slope(output: Array, a: Array, b: Array) -> Array:
        own, other = (a, b) if first else (b, a)
        share = np.where(own == other, tied, np.asarray(beats(own, other), dtype=np.float64))
        return np.where(np.isnan(output), np.nan, share)

    return slope


@dataclass(frozen=True)
class Tie:
    """Who gets the gradient of max or min when both inputs are equal: the shares of the first and of the second."""

    name: str
    label: str
    help: str
    said: str               # the clause that states it
    first: float
    second: float

    @property
    def formula(self) -> str:
        """The two local gradients, side by side."""
        return f"{self.first:g}, {self.second:g}"

    @property
    def options(self) -> Mapping[str, Option]:
        return {}

    def slopes(self, larger: bool) -> tuple[Slope, Slope]:
        """The local gradients of max, or of min where not `larger`."""
        return _share(larger, True, self.first), _share(larger, False, self.second)


TIES: dict[str, Tie] = {
    row.name: row
    for row in (
        Tie("split", "Half each", "What central differences show, and what PyTorch and JAX do.",
            "of two equal inputs each gets half of the gradient", 0.5, 0.5),
        Tie("first", "The first", "The gradient goes one way only, to the first of the equals: what TensorFlow does.",
            "of two equal inputs the first gets the whole gradient", 1.0, 0.0),
        Tie("second", "The second", "The gradient goes one way only, to the second of the equals.",
            "of two equal inputs the second gets the whole gradient", 0.0, 1.0),
        Tie("both", "Both", "The formula 1(x ≥ y) and 1(y ≥ x), taken at its word: the gradient comes back twice.",
            "of two equal inputs each gets the whole gradient", 1.0, 1.0),
        Tie("neither", "Neither", "Only an input that is really larger gets a gradient: a tie lets nothing through.",
            "of two equal inputs neither gets a gradient", 0.0, 0.0),
    )
}
DEFAULT_TIES = "split"


def _applied(name: str) -> Function:
    """The value of an activation, by the calls of its own table."""
    row = ACTIVATIONS[name]

    def value(a: Array) -> Array:
        net = np.asarray(a).reshape(1, -1)
        output = np.empty_like(net)
        calls = row.forward(net, output, row.defaults, np.empty(net.shape[1:], net.dtype))
        run(in_first_order(calls) if np.iscomplexobj(net) else calls)
        return output.reshape(np.shape(a))

    return value


def _applied_slope(name: str) -> Slope:
    """The derivative of an activation, by the calls of its own table."""
    row = ACTIVATIONS[name]

    def slope(o: Array, a: Array) -> Array:
        return row.derivative_at(np.reshape(a, (1, -1)), np.reshape(o, (1, -1))).reshape(np.shape(a))

    return slope


def _activation(
    name: str, formula: str, value: Function | None = None, slopes: tuple[Slope, ...] = (),
    sides: Function | None = None, defaults: tuple[float, ...] = (),
) -> Gate:
    """A row for an activation of a network; what is not said here is read off its table."""
    row = ACTIVATIONS[name]
    kink = f"{name}: {row.kink.replace('x = 0', '0')}" if row.kink else ""
    return Gate(name, formula, row.help, value or _applied(name), slopes or (_applied_slope(name),), kink, sides,
                defaults=defaults)


def _leaky(a: Array, b: Array) -> Array:
    """a, and b times as much below 0."""
    return np.asarray(np.maximum(a, 0.0) + b * np.minimum(a, 0.0))


def _leaky_slope(output: Array, a: Array, b: Array) -> Array:
    return np.where(a > 0.0, 1.0, b)


GATES: dict[str, Gate] = {
    row.name: row
    for row in (
        Gate("add", "a + b", "Passes the gradient on to both inputs as it is.",
             np.add, (as_it_is, as_it_is), deed="distributes"),
        Gate("subtract", "a - b", "Passes the gradient on to the first input, and turned round to the second.",
             np.subtract, (as_it_is, lambda o, a, b: -1.0), deed="distributes"),
        Gate("multiply", "a * b", "Each input gets the gradient times the other input.",
             np.multiply, (lambda o, a, b: b, lambda o, a, b: a), deed="switches"),
        Gate("divide", "a / b", "A small divisor makes gradients large.",
             np.divide, (lambda o, a, b: 1.0 / b, lambda o, a, b: -o / b)),
        Gate("power", "a ^ b", "A negative base can only have whole powers.",
             np.power, (_power_slope, _times_log)),
        Gate("square", "a ^ 2", "Its slope grows with its input: what is far off pulls hard.",
             np.square, (lambda o, a: 2.0 * a,)),
        Gate("negate", "-a", "Turns the gradient round.", np.negative, (lambda o, a: -1.0,), deed="turns round"),
        Gate("sin", "sin(a)", "Waves: hills and valleys in turn.", np.sin, (lambda o, a: np.cos(a),)),
        Gate("cos", "cos(a)", "Waves, a quarter of a turn earlier.", np.cos, (lambda o, a: -np.sin(a),)),
        Gate("tan", "tan(a)", "Infinite at ±π/2 and every π from there.", np.tan, (lambda o, a: 1.0 + o * o,)),
        Gate("tanh", "tanh(a)", "An S from -1 to 1, flat far out.", np.tanh, (lambda o, a: 1.0 - o * o,)),
        Gate("exp", "exp(a)", "Its slope is its value.", np.exp, (lambda o, a: o,)),
        Gate("log", "log(a)", "The natural logarithm, of positive numbers.", np.log, (lambda o, a: 1.0 / a,)),
        Gate("sqrt", "sqrt(a)", "The root; infinitely steep at 0.", np.sqrt, (lambda o, a: 0.5 / o,)),
        Gate("abs", "abs(a)", "|a|: a valley with a sharp bottom.", np.absolute, (lambda o, a: np.sign(a),),
             "abs: at 0 the slope is taken as 0", lambda a: a > 0.0, deed="routes"),
        Gate("sign", "sign(a)", "-1, 0 or 1: flat wherever it has a slope, so no gradient comes through.",
             np.sign, (lambda o, a: 0.0 * a,), "sign: at 0 the slope is taken as 0", lambda a: a > 0.0),
        Gate("sigmoid", "sigmoid(a)", "1/(1 + e^-a): an S from 0 to 1.", _sigmoid, (lambda o, a: o * (1.0 - o),)),
        Gate("relu", "relu(a)", "max(0, a): lets the gradient through where a is positive.",
             lambda a: np.maximum(a, 0.0), (lambda o, a: np.heaviside(a, 0.0),),
             "relu: at 0 the slope is taken as 0", lambda a: a > 0.0, deed="routes"),
        Gate("max", "max(a, b)", "Passes the whole gradient on to the larger input.",
             np.maximum, (lambda o, a, b: _greater(a, b), lambda o, a, b: _greater(b, a)),
             "max: of two equal inputs each gets half of the gradient", lambda a, b: a > b, deed="routes",
             routes="larger"),
        Gate("min", "min(a, b)", "Passes the whole gradient on to the smaller input.",
             np.minimum, (lambda o, a, b: _greater(b, a), lambda o, a, b: _greater(a, b)),
             "min: of two equal inputs each gets half of the gradient", lambda a, b: a > b, deed="routes",
             routes="smaller"),
        _activation("leaky_relu", "leaky_relu(a, alpha)", _leaky, (_leaky_slope, lambda o, a, b: np.minimum(a, 0.0)),
                    lambda a, b: a > 0.0, (ACTIVATIONS["leaky_relu"].defaults["alpha"],)),
        _activation("prelu", "prelu(a, alpha)", _leaky, (_leaky_slope, lambda o, a, b: np.minimum(a, 0.0)),
                    lambda a, b: a > 0.0, (ACTIVATIONS["prelu"].defaults["alpha"],)),
        _activation("elu", "elu(a, alpha)", lambda a, b: np.maximum(a, 0.0) + b * np.expm1(np.minimum(a, 0.0)),
                    (lambda o, a, b: np.where(a < 0.0, b * np.exp(np.minimum(a, 0.0)), 1.0),
                     lambda o, a, b: np.expm1(np.minimum(a, 0.0))),
                    lambda a, b: a > 0.0, (ACTIVATIONS["elu"].defaults["alpha"],)),
        _activation("softplus", "softplus(a)"),
        _activation("silu", "silu(a)"),
        _activation("gelu", "gelu(a)"),
        _activation("step", "step(a)", sides=lambda a: a > 0.0),
    )
}  # fmt: skip
SIGNS = {
    "+": "add", "-": "subtract", "−": "subtract", "*": "multiply", "·": "multiply", "×": "multiply", "/": "divide",
    "^": "power", "**": "power",
}  # fmt: skip
FUNCTIONS: dict[str, Gate] = {name: gate for name, gate in GATES.items() if gate.formula.startswith(f"{name}(")}
CONSTANTS = {"pi": np.pi, "π": np.pi, "e": np.e}
