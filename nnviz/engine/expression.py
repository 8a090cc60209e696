"""A formula is a graph of gates: each computes its value forward, and passes a gradient back multiplied with its own.

Gradient = local gradient × upstream gradient, added up where a value is used more than once: that is all of calculus
that a formula needs.  `gates.py` has what each gate computes and its local gradients.  A formula has numbers, `pi` and
`e`, + - * / ^, brackets, the functions of `FUNCTIONS` and the names that the caller gives; products may be written
`x*y` or `x·y`, powers `x^2` or `x²`.  Formulas are read here and nothing of them is ever run as a program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from nnviz.engine.calls import ONE, ZERO, Array, constant
from nnviz.engine.gates import CONSTANTS as CONSTANTS
from nnviz.engine.gates import DEFAULT_TIES, SIGNS, TIES, Function, Gate, Slope, as_it_is
from nnviz.engine.gates import FUNCTIONS as FUNCTIONS
from nnviz.engine.gates import GATES as GATES
from nnviz.errors import FormulaRefused, did_you_mean
from nnviz.words import tr

LONGEST = 200       # characters of a formula
LONGEST_GRAPH = 2000        # characters of one whose names are found in it
MOST_LEAVES = 64            # names of it
MOST_GATES = 200
DEEPEST = 30        # brackets, signs and powers inside one another


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
    ties: str = DEFAULT_TIES        # the row of `TIES` in force at max and min

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
                term: Array = above if slope is as_it_is else np.multiply(slope(values[place], *given), above)
                upstream[source] = upstream[source] + term if source in upstream else term
        return values[-1], [upstream.get(place, ZERO) for place in self._places]

    def passes(self, *arguments: Array | float) -> tuple[list[Array], list[Array]]:
        """The value of every node, and ∂(the formula's value)/∂node: the walk of `walk`, for whoever looks at it all.

        Gradients that meet are added in the order in which the way back comes by, as `walk` does.
        """
        with np.errstate(all="ignore"):
            values = self._values(arguments)
            gradients: list[Array] = [ZERO] * len(values)
            gradients[-1] = ONE
            reached = {len(values) - 1}
            for place, node in reversed([*enumerate(self.nodes)]):
                if not isinstance(node, Operation) or place not in reached:
                    continue
                given = [values[source] for source in node.inputs]
                for source, slope in zip(node.inputs, self.slopes_at(node), strict=True):
                    term: Array = np.multiply(slope(values[place], *given), gradients[place])
                    gradients[source] = gradients[source] + term if source in reached else term
                    reached.add(source)
            return values, gradients

    def slopes_at(self, node: Operation) -> tuple[Slope, ...]:
        """The local gradients of a gate, under the rule for ties that is in force."""
        gate = GATES[node.gate]
        if not gate.routes or self.ties == DEFAULT_TIES:
            return gate.slopes
        return TIES[self.ties].slopes(gate.routes == "larger")

    @property
    def gates(self) -> tuple[int, ...]:
        """The places of the gates, in the order of the way there."""
        return tuple(place for place, node in enumerate(self.nodes) if isinstance(node, Operation))

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
                (source, slope) for source, slope in zip(node.inputs, self.slopes_at(node), strict=True)
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
        return "; ".join(dict.fromkeys(self._stated(GATES[node.gate]) for node in self._kinked))

    def _stated(self, gate: Gate) -> str:
        """What is stated of a gate's kink, under the rule for ties that is in force."""
        return f"{gate.name}: {TIES[self.ties].said}" if gate.routes else gate.kink

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


def read_expression(text: str, names: Mapping[str, int], longest: int = LONGEST) -> Expression:
    """The formula that `text` says; `names` are its variables and which argument each is, several may be the same one.

    `FormulaRefused` points at the character where it cannot be read.
    """
    _limit(text, longest)
    return _Reader(text, names).whole()


def _limit(text: str, longest: int) -> None:
    if len(text) > longest:
        raise FormulaRefused(tr("a formula has at most {most} characters").format(most=longest), character=longest)


def read_graph(text: str, ties: str = DEFAULT_TIES) -> Expression:
    """The formula that `text` says, whose variables are the names found in it, numbered as they first appear.

    `FormulaRefused` points at the character where it cannot be read.

    >>> f = read_graph("(x + y) * z")
    >>> f.variables, [float(slope) for slope in f.gradient(-2.0, 5.0, -4.0)]
    (('x', 'y', 'z'), [-4.0, -4.0, 3.0])
    """
    _limit(text, LONGEST_GRAPH)
    return replace(_Reader(text, None).whole(), ties=ties)


@dataclass(frozen=True)
class _Token:
    kind: str       # number, name, sign or end
    text: str
    place: int      # of its first character, from 0


class _Reader:
    """Reads a formula from left to right: sums of products of signed powers, the powers from the right.

    What has been read is a list of nodes; every part returns the place of its result there.
    """

    def __init__(self, text: str, names: Mapping[str, int] | None) -> None:
        """Without `names` every name that is no function and no constant is a variable."""
        self._text, self._names = text, dict(names or {})
        self._finds_names = names is None
        self._gates = 0
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
        return Expression(self._text, self._variable_names(), tuple(self._nodes))

    def _variable_names(self) -> tuple[str, ...]:
        """The first name of each variable: x1, where x is the same."""
        called = {argument: name for name, argument in reversed([*self._names.items()])}
        return tuple(called[argument] for argument in sorted(called))

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
        if self._finds_names and isinstance(node, Operation):
            self._gates += 1
            if self._gates > MOST_GATES:
                said = tr("a graph has at most {most} gates").format(most=MOST_GATES)
                raise self._refuse(said, self._tokens[self._at - 1])
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
        written_out = self._next.kind == "number"
        inner = self._deeper(self._signed)
        if sign == "+":
            return inner
        number = self._nodes[inner]
        if written_out and isinstance(number, Number):      # -2 is a number, and no gate on one
            self._nodes[inner] = Number(-number.value)
            return inner
        return self._add(Operation("negate", (inner,)))

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
            said = tr("only two values stand in these brackets") if parts == 2 else tr("{text!r} means nothing here")
            raise self._refuse(said, self._next)
        if not self._take(")"):
            raise self._refuse(tr("the bracket that opens here is never closed"), opening)
        return tuple(results)

    def _named(self, token: _Token) -> int:
        if token.text in FUNCTIONS:
            opening, gate = self._next, FUNCTIONS[token.text]
            if not self._take("("):
                raise self._refuse(tr("write {text}(...), with brackets"), token)
            inputs = self._bracket(opening, gate.inputs)
            missing = gate.inputs - len(inputs)
            if missing > len(gate.defaults):
                raise self._refuse(tr("write {text}(a, b), with two values"), token)
            left_out = [self._add(Number(value)) for value in gate.defaults[len(gate.defaults) - missing :]]
            return self._add(Operation(gate.name, (*inputs, *left_out)))
        if self._finds_names and token.text not in CONSTANTS and token.text not in self._names:
            self._find_name(token)
        if token.text in self._names:
            argument = self._names[token.text]
            if argument not in self._variables:
                self._variables[argument] = self._add(Variable(token.text, argument))
            return self._variables[argument]
        if token.text in CONSTANTS:
            return self._add(Number(CONSTANTS[token.text]))
        hint = did_you_mean(token.text, [*FUNCTIONS, *CONSTANTS], self._variable_names())
        raise self._refuse(tr("unknown name {text!r}"), token, hint)

    def _find_name(self, token: _Token) -> None:
        """Makes a name that was not met before a variable."""
        if self._next.text == "(" and self._next.kind == "sign":
            hint = did_you_mean(token.text, [*FUNCTIONS])
            raise self._refuse(tr("there is no function {text!r}"), token, hint or tr("Products are written x*(y + z)"))
        if len(self._names) == MOST_LEAVES:
            raise self._refuse(tr("a graph has at most {most} leaves").format(most=MOST_LEAVES), token)
        self._names[token.text] = len(self._names)

    def _refuse(self, what: str, token: _Token, hint: str = "") -> FormulaRefused:
        said = tr("{formula!r}, character {place}: {what}")
        told = said.format(formula=self._text, place=token.place + 1, what=what.format(text=token.text))
        return FormulaRefused(told, hint=hint, character=token.place)
