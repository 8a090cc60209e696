"""A formula is a graph of gates: each computes its value forward, and passes a gradient back multiplied with its own.

Gradient = local gradient × upstream gradient, added up where a value is used more than once: that is all of calculus
that a formula needs.  `GATES` has what each gate computes and its local gradients.  A formula has numbers, `pi` and
`e`, + - * / ^, brackets, the functions of `FUNCTIONS` and the names that the caller gives; products may be written
`x*y` or `x·y`, powers `x^2` or `x²`.  Formulas are read here and nothing of them is ever run as a program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from nnviz.engine.calls import ONE, ZERO, Array, constant
from nnviz.errors import FormulaRefused, did_you_mean
from nnviz.words import tr

Function = Callable[..., Array]
Slope = Callable[..., Array | float]

LONGEST = 200       # characters of a formula
DEEPEST = 30        # brackets, signs and powers inside one another


@dataclass(frozen=True)
class Gate:
    """One kind of operation.

    `value(*inputs)` is what it gives; `slopes` has for every input the local gradient ∂output/∂input, as a function
    of `(output, *inputs)`.  `sides(*inputs)` says on which side of its kink it is, where it has one.
    """

    name: str
    formula: str
    help: str
    value: Function
    slopes: tuple[Slope, ...]
    kink: str = ""                   # what is stated where the slope does not exist; "" where it does
    sides: Function | None = None

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


def _as_it_is(output: Array, *inputs: Array) -> float:
    """The local gradient of what only passes on: 1, which nobody needs to multiply with."""
    return 1.0


def _sigmoid(a: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-a)))


def _greater(a: Array, b: Array) -> Array:
    """1 where a is greater, ½ where both are the same, 0 where it is less."""
    return np.asarray(0.5 * (np.sign(a - b) + 1.0))


GATES: dict[str, Gate] = {
    row.name: row
    for row in (
        Gate("add", "a + b", "Passes the gradient on to both inputs as it is.",
             np.add, (_as_it_is, _as_it_is)),
        Gate("subtract", "a - b", "Passes the gradient on to a, and turned round to b.",
             np.subtract, (_as_it_is, lambda o, a, b: -1.0)),
        Gate("multiply", "a * b", "Each input gets the gradient times the other input.",
             np.multiply, (lambda o, a, b: b, lambda o, a, b: a)),
        Gate("divide", "a / b", "A small b makes both gradients large.",
             np.divide, (lambda o, a, b: 1.0 / b, lambda o, a, b: -o / b)),
        Gate("power", "a ^ b", "A negative a can only have whole powers.",
             np.power, (_power_slope, _times_log)),
        Gate("square", "a ^ 2", "Its slope 2a grows with a: what is far off pulls hard.",
             np.square, (lambda o, a: 2.0 * a,)),
        Gate("negate", "-a", "Turns the gradient round.", np.negative, (lambda o, a: -1.0,)),
        Gate("sin", "sin(a)", "Waves: hills and valleys in turn.", np.sin, (lambda o, a: np.cos(a),)),
        Gate("cos", "cos(a)", "Waves, a quarter of a turn earlier.", np.cos, (lambda o, a: -np.sin(a),)),
        Gate("tan", "tan(a)", "Infinite at ±π/2 and every π from there.", np.tan, (lambda o, a: 1.0 + o * o,)),
        Gate("tanh", "tanh(a)", "An S from -1 to 1, flat far out.", np.tanh, (lambda o, a: 1.0 - o * o,)),
        Gate("exp", "exp(a)", "Its slope is its value.", np.exp, (lambda o, a: o,)),
        Gate("log", "log(a)", "The natural logarithm, of positive numbers.", np.log, (lambda o, a: 1.0 / a,)),
        Gate("sqrt", "sqrt(a)", "The root; infinitely steep at 0.", np.sqrt, (lambda o, a: 0.5 / o,)),
        Gate("abs", "abs(a)", "|a|: a valley with a sharp bottom.", np.absolute, (lambda o, a: np.sign(a),),
             "abs: at 0 the slope is taken as 0", lambda a: a > 0.0),
        Gate("sign", "sign(a)", "-1, 0 or 1: flat wherever it has a slope, so no gradient comes through.",
             np.sign, (lambda o, a: 0.0 * a,), "sign: at 0 the slope is taken as 0", lambda a: a > 0.0),
        Gate("sigmoid", "sigmoid(a)", "1/(1 + e^-a): an S from 0 to 1.", _sigmoid, (lambda o, a: o * (1.0 - o),)),
        Gate("relu", "relu(a)", "max(0, a): lets the gradient through where a is positive.",
             lambda a: np.maximum(a, 0.0), (lambda o, a: np.heaviside(a, 0.0),),
             "relu: at 0 the slope is taken as 0", lambda a: a > 0.0),
        Gate("max", "max(a, b)", "Passes the whole gradient on to the larger input.",
             np.maximum, (lambda o, a, b: _greater(a, b), lambda o, a, b: _greater(b, a)),
             "max: of two equal inputs each gets half of the gradient", lambda a, b: a > b),
        Gate("min", "min(a, b)", "Passes the whole gradient on to the smaller input.",
             np.minimum, (lambda o, a, b: _greater(b, a), lambda o, a, b: _greater(a, b)),
             "min: of two equal inputs each gets half of the gradient", lambda a, b: a > b),
    )
}  # fmt: skip
SIGNS = {
    "+": "add", "-": "subtract", "−": "subtract", "*": "multiply", "·": "multiply", "×": "multiply", "/": "divide",
    "^": "power", "**": "power",
}  # fmt: skip
FUNCTIONS: dict[str, Gate] = {name: gate for name, gate in GATES.items() if gate.formula.startswith(f"{name}(")}
CONSTANTS = {"pi": np.pi, "π": np.pi, "e": np.e}

_RAISED = {"²": 2.0, "³": 3.0}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-zπ_]\w*)|(?P<sign>\*\*|[-+−*·×/^()²³,]))",
    re.ASCII,
)


@dataclass(frozen=True)
class Number:
    """A number that the formula has itself."""

    value: float


@dataclass(frozen=True)
class Variable:
    """One of the names; `argument` counts from 0."""

    name: str
    argument: int


@dataclass(frozen=True)
class Operation:
    """A gate on the results of earlier nodes, which `inputs` are the places of."""

    gate: str
    inputs: tuple[int, ...]


Node = Number | Variable | Operation


@dataclass(frozen=True)
class Expression:
    """A formula that has been read: its text, its variables, and its nodes, inputs first; the last one is the result.

    >>> f = read_expression("x^2 + 3*x*y", {"x": 0, "y": 1})
    >>> float(f.value(2.0, 1.0)), [float(slope) for slope in f.gradient(2.0, 1.0)]
    (10.0, [7.0, 6.0])
    """

    text: str
    variables: tuple[str, ...]
    nodes: tuple[Node, ...] = field(repr=False)

    def value(self, *arguments: Array | float) -> Array:
        """The formula's value at `arguments`, one for every variable, which may be arrays that fit together."""
        with np.errstate(all="ignore"):
            return _filled(self._values(arguments)[-1], arguments)

    def gradient(self, *arguments: Array | float) -> tuple[Array, ...]:
        """∂value/∂argument for every variable, each of the arguments' common shape."""
        return self.value_and_gradient(*arguments)[1]

    def value_and_gradient(self, *arguments: Array | float) -> tuple[Array, tuple[Array, ...]]:
        """One walk forward through the gates, one walk back."""
        with np.errstate(all="ignore"):
            value, slopes = self.walk(*arguments)
            return _filled(value, arguments), tuple(_filled(slope, arguments) for slope in slopes)

    def walk(self, *arguments: Array | float) -> tuple[Array, list[Array]]:
        """The same, where what does not depend on the arguments' shape may have any; for whoever is in a hurry."""
        values = self._values(arguments)
        upstream: dict[int, Array] = {len(values) - 1: ONE}
        for place, inputs, slopes in self._way_back:
            above, given = upstream[place], [values[source] for source in inputs]
            for source, slope in slopes:
                term: Array = above if slope is _as_it_is else np.multiply(slope(values[place], *given), above)
                upstream[source] = upstream[source] + term if source in upstream else term
        return values[-1], [upstream.get(place, ZERO) for place in self._places]

    @cached_property
    def _places(self) -> tuple[int, ...]:
        """Where each variable stands among the nodes, -1 where the formula does not have it."""
        held = {node.argument: place for place, node in enumerate(self.nodes) if isinstance(node, Variable)}
        return tuple(held.get(argument, -1) for argument in range(len(self.variables)))

    @cached_property
    def _way_back(self) -> tuple[tuple[int, tuple[int, ...], tuple[tuple[int, Slope], ...]], ...]:
        """From the result to the variables: each operation's place, its inputs, and the slopes that are needed."""
        return tuple(
            (place, node.inputs, tuple(
                (source, slope) for source, slope in zip(node.inputs, GATES[node.gate].slopes, strict=True)
                if source in self._varying
            ))
            for place, node in reversed(list(enumerate(self.nodes)))
            if isinstance(node, Operation) and place in self._varying
        )

    def sides(self, *arguments: Array | float) -> list[Array]:
        """For every gate with a kink, on which side of it the arguments are."""
        with np.errstate(all="ignore"):
            values = self._values(arguments)
            found = []
            for node in self._kinked:
                sides = GATES[node.gate].sides
                assert sides is not None
                found.append(_filled(sides(*(values[source] for source in node.inputs)), arguments))
            return found

    @property
    def kink(self) -> str:
        """What is stated of the slopes that do not exist; "" where all do."""
        return "; ".join(dict.fromkeys(GATES[node.gate].kink for node in self._kinked))

    @cached_property
    def _kinked(self) -> tuple[Operation, ...]:
        return tuple(node for node in self.nodes if isinstance(node, Operation) and GATES[node.gate].kink)

    @property
    def used(self) -> tuple[str, ...]:
        """The variables that the formula has in it."""
        held = {node.argument for node in self.nodes if isinstance(node, Variable)}
        return tuple(name for argument, name in enumerate(self.variables) if argument in held)

    @cached_property
    def _varying(self) -> frozenset[int]:
        """The places of the nodes that depend on a variable."""
        varying: set[int] = set()
        for place, node in enumerate(self.nodes):
            if isinstance(node, Variable) or (isinstance(node, Operation) and varying.intersection(node.inputs)):
                varying.add(place)
        return frozenset(varying)

    def _values(self, arguments: tuple[Array | float, ...]) -> list[Array]:
        values: list[Array] = []
        for function, inputs, argument in self._way_there:
            if function is not None:
                values.append(function(*[values[source] for source in inputs]))
            else:
                values.append(np.asarray(arguments[argument]) if isinstance(argument, int) else argument)
        return values

    @cached_property
    def _way_there(self) -> tuple[tuple[Function | None, tuple[int, ...], int | Array], ...]:
        """Node by node: a function and its inputs, or which argument it is, or a number."""
        return tuple(
            (GATES[node.gate].value, node.inputs, 0) if isinstance(node, Operation)
            else (None, (), node.argument if isinstance(node, Variable) else constant(node.value))
            for node in self.nodes
        )


def _filled(found: Array, arguments: tuple[Array | float, ...]) -> Array:
    """`found` in the shape that the arguments have together."""
    shape = np.broadcast_shapes(*map(np.shape, arguments))
    return np.asarray(found) if np.shape(found) == shape else np.broadcast_to(found, shape)


def read_expression(text: str, names: Mapping[str, int]) -> Expression:
    """The formula that `text` says; `names` are its variables and which argument each is, several may be the same one.

    `FormulaRefused` points at the character where it cannot be read.
    """
    if len(text) > LONGEST:
        raise FormulaRefused(tr("a formula has at most {most} characters").format(most=LONGEST), character=LONGEST)
    return _Reader(text, names).whole()


@dataclass(frozen=True)
class _Token:
    kind: str       # number, name, sign or end
    text: str
    place: int      # of its first character, from 0


class _Reader:
    """Reads a formula from left to right: sums of products of signed powers, the powers from the right.

    What has been read is a list of nodes; every part returns the place of its result there.
    """

    def __init__(self, text: str, names: Mapping[str, int]) -> None:
        self._text, self._names = text, names
        self._nodes: list[Node] = []
        self._variables: dict[int, int] = {}
        self._tokens = self._cut()
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        self._sum()
        left = self._next
        if left.kind != "end":
            raise self._refuse(tr("a bracket closes that was never opened") if left.text == ")"
                               else tr("{text!r} means nothing here") if left.text == ","
                               else tr("an operation such as + or * is missing before {text!r}"), left)
        called = {argument: name for name, argument in reversed([*self._names.items()])}
        return Expression(self._text, tuple(called[argument] for argument in sorted(called)), tuple(self._nodes))

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *signs: str) -> str:
        """The next sign where it is one of `signs`, which is then done with; "" otherwise."""
        if self._next.kind != "sign" or self._next.text not in signs:
            return ""
        self._at += 1
        return self._tokens[self._at - 1].text

    def _cut(self) -> list[_Token]:
        tokens: list[_Token] = []
        place, end = 0, len(self._text.rstrip())
        while place < end:
            found = _TOKEN.match(self._text, place)
            if found is None:
                place += len(self._text[place:]) - len(self._text[place:].lstrip())
                raise self._refuse(tr("{text!r} means nothing in a formula"), _Token("", self._text[place], place))
            kind = str(found.lastgroup)
            tokens.append(_Token(kind, found[kind], found.start(kind)))
            place = found.end()
        return [*tokens, _Token("end", "", end)]

    def _add(self, node: Node) -> int:
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _sum(self) -> int:
        return self._chain(self._product, "+", "-", "−")

    def _product(self) -> int:
        return self._chain(self._signed, "*", "·", "×", "/")

    def _chain(self, part: Callable[[], int], *signs: str) -> int:
        result = part()
        while sign := self._take(*signs):
            result = self._add(Operation(SIGNS[sign], (result, part())))
        return result

    def _signed(self) -> int:
        sign = self._take("-", "−", "+")
        if not sign:
            return self._power()
        inner = self._deeper(self._signed)
        return inner if sign == "+" else self._add(Operation("negate", (inner,)))

    def _power(self) -> int:
        result = self._atom()
        while raised := self._take(*_RAISED):
            result = self._raise(result, self._add(Number(_RAISED[raised])))
        if self._take("^", "**"):
            result = self._raise(result, self._deeper(self._signed))
        return result

    def _raise(self, base: int, exponent: int) -> int:
        """A power; squares, of which formulas are full, have a gate of their own, which is a tenth of the work."""
        if self._nodes[exponent] == Number(2.0):
            self._nodes.pop()
            return self._add(Operation("square", (base,)))
        return self._add(Operation("power", (base, exponent)))

    def _deeper(self, part: Callable[[], int]) -> int:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._refuse(tr("too much lies inside one another"), self._next)
        result = part()
        self._depth -= 1
        return result

    def _atom(self) -> int:
        token = self._next
        if token.kind == "end":
            raise self._refuse(tr("something is missing at the end") if self._text.strip()
                               else tr("a formula is missing"), token)
        self._at += 1
        if token.kind == "number":
            return self._add(Number(float(token.text)))
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            return self._bracket(token, 1)[0]
        raise self._refuse(tr("a number or a name is missing before {text!r}"), token)

    def _bracket(self, opening: _Token, parts: int) -> tuple[int, ...]:
        """So many sums with commas between, up to the closing bracket."""
        results = [self._deeper(self._sum)]
        while len(results) < parts and self._take(","):
            results.append(self._deeper(self._sum))
        if self._next.text == "," and self._next.kind == "sign":
            raise self._refuse(tr("{text!r} means nothing here"), self._next)
        if not self._take(")"):
            raise self._refuse(tr("the bracket that opens here is never closed"), opening)
        return tuple(results)

    def _named(self, token: _Token) -> int:
        if token.text in FUNCTIONS:
            opening, gate = self._next, FUNCTIONS[token.text]
            if not self._take("("):
                raise self._refuse(tr("write {text}(...), with brackets"), token)
            inputs = self._bracket(opening, gate.inputs)
            if len(inputs) < gate.inputs:
                raise self._refuse(tr("write {text}(a, b), with two values"), token)
            return self._add(Operation(gate.name, inputs))
        if token.text in self._names:
            argument = self._names[token.text]
            if argument not in self._variables:
                self._variables[argument] = self._add(Variable(token.text, argument))
            return self._variables[argument]
        if token.text in CONSTANTS:
            return self._add(Number(CONSTANTS[token.text]))
        known = [*list(self._names)[:12], *FUNCTIONS, *CONSTANTS]
        raise self._refuse(tr("unknown name {text!r}"), token, did_you_mean(token.text, known))

    def _refuse(self, what: str, token: _Token, hint: str = "") -> FormulaRefused:
        said = tr("{formula!r}, character {place}: {what}")
        told = said.format(formula=self._text, place=token.place + 1, what=what.format(text=token.text))
        return FormulaRefused(told, hint=hint, character=token.place)
