"""The same function can be written with other gates: a sigmoid is 1/(1 + exp(-x)), and both have the same gradients.

A formula can be written out from its gates (`text_of`), a gate taken apart into its primitives (`expanded`) and
primitives put together into one gate (`collapsed`).  Values and gradients stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from nnviz.engine.expression import Expression, Node, Number, Operation, Variable, read_graph
from nnviz.engine.gates import CONSTANTS, FUNCTIONS, GATES

SUM, PRODUCT, SIGNED, POWER, ATOM = range(5)      # how tightly the parts of a text hold together
HOLE = "a"

#: How gates are taken apart: the first way.  Put together is what is written in any of these ways.
PRIMITIVES: Mapping[str, tuple[str, ...]] = {
    "sigmoid": ("1/(1 + exp(-a))",),
    "tanh": (
        "2/(1 + exp(-2*a)) - 1", "2*sigmoid(2*a) - 1", "(exp(2*a) - 1)/(exp(2*a) + 1)",
        "(exp(a) - exp(-a))/(exp(a) + exp(-a))",
    ),
    "relu": ("max(0, a)", "max(a, 0)"),
    "softplus": ("log(1 + exp(a))",),
}


# --- writing ----------------------------------------------------------------------------------------------------


def text_of(expression: Expression, place: int | None = None, known: Mapping[int, str] | None = None) -> str:
    """A formula that reads back to the same gates; with a `place`, what leads to that node.

    Nodes that are `known` are written as names or numbers.

    >>> text_of(read_graph("((x+y))*-z^2")), text_of(read_graph("(x + y)*z"), 2)
    ('(x + y)*(-z^2)', 'x + y')
    """
    written: list[tuple[str, int]] = []
    texts = known or {}
    for number, node in enumerate(expression.nodes):
        if number in texts:
            written.append((texts[number], SIGNED if texts[number].startswith("-") else ATOM))
        elif isinstance(node, Variable):
            written.append((node.name, ATOM))
        elif isinstance(node, Number):
            written.append(_number(node.value))
        else:
            written.append(_WRITERS[node.gate](*(written[source] for source in node.inputs)))
    return written[-1 if place is None else place][0]


def number_text(value: float) -> str:
    """A number as formulas write it.

    >>> number_text(1.0), number_text(-0.5), number_text(np.pi)
    ('1', '-0.5', 'pi')
    """
    return _number(value)[0]


_Written = tuple[str, int]      # a text, and how tightly it holds together


def _number(value: float) -> _Written:
    named = {number: name for name, number in reversed([*CONSTANTS.items()])}
    if value in named:
        return named[value], ATOM
    if np.isinf(value):
        return ("1e999", ATOM) if value > 0.0 else ("-1e999", SIGNED)
    text = repr(float(value)).removesuffix(".0")
    return text, SIGNED if text.startswith("-") else ATOM


def _inside(part: _Written, level: int) -> str:
    """The text, in brackets where it would fall apart among operations of this level."""
    text, own = part
    return text if own >= level else f"({text})"


def _behind(part: _Written, level: int) -> str:
    """The same for what stands behind an operator, where a sign of its own is put into brackets."""
    text = _inside(part, level)
    return f"({text})" if text.startswith("-") else text


def _sum(sign: str) -> Callable[[_Written, _Written], _Written]:
    return lambda a, b: (f"{_inside(a, SUM)} {sign} {_behind(b, PRODUCT)}", SUM)


def _product(sign: str) -> Callable[[_Written, _Written], _Written]:
    return lambda a, b: (f"{_inside(a, PRODUCT)}{sign}{_behind(b, SIGNED)}", PRODUCT)


def _negative(a: _Written) -> _Written:
    """A digit right behind the sign would be read as a number below 0."""
    text = _behind(a, SIGNED)
    return f"-({text})" if a[1] == ATOM and text[:1] in "0123456789." else f"-{text}", SIGNED


def _power(a: _Written, b: _Written) -> _Written:
    return f"{_inside(a, ATOM)}^{_inside(b, SIGNED)}", POWER


def _called(name: str) -> Callable[..., _Written]:
    """Numbers at the end that the function has anyway are left out."""
    defaults = [_number(value)[0] for value in GATES[name].defaults]

    def written(*inputs: _Written) -> _Written:
        texts = [text for text, _ in inputs]
        for default in reversed(defaults):
            if texts[-1] != default:
                break
            texts.pop()
        return f"{name}({', '.join(texts)})", ATOM

    return written


_WRITERS: Mapping[str, Callable[..., _Written]] = {
    "add": _sum("+"), "subtract": _sum("-"), "multiply": _product("*"), "divide": _product("/"),
    "power": _power, "square": lambda a: _power(a, ("2", ATOM)), "negate": _negative,
    **{name: _called(name) for name in FUNCTIONS},
}


# --- taking apart and putting together -------------------------------------------------------------------------


def expandable(expression: Expression) -> tuple[int, ...]:
    """The places of the gates that can be taken apart."""
    return tuple(place for place in expression.gates if _gate(expression, place) in PRIMITIVES)


def collapsible(expression: Expression) -> tuple[int, ...]:
    """The places of the gates that several gates could be put together into, none of them a part of another."""
    found: list[int] = []
    parts: set[int] = set()
    for place in reversed(expression.gates):
        fits = None if place in parts else _fits(expression, place)
        if fits is not None:
            found.append(place)
            parts |= _below(expression, place) - _below(expression, fits[1]) - {fits[1]}
    return tuple(reversed(found))


def expanded(expression: Expression, places: tuple[int, ...] | None = None) -> Expression:
    """The same function with the gates at these places taken apart, or all that can be.

    >>> expanded(read_graph("sigmoid(w*x)")).text
    '1/(1 + exp(-(w*x)))'
    """
    chosen = set(expandable(expression) if places is None else places)

    def change(place: int, copy: _Copy) -> int | None:
        if place not in chosen:
            return None
        node = expression.nodes[place]
        assert isinstance(node, Operation)
        return copy.pattern(_pattern(PRIMITIVES[node.gate][0]), node.inputs[0])

    return _Copy(expression, change).whole()


def collapsed(expression: Expression, places: tuple[int, ...] | None = None) -> Expression:
    """The same function with the gates that lead to these places put together into one, or wherever that can be.

    >>> collapsed(read_graph("1/(1+exp(-(w0*x0+w1*x1+w2)))")).text
    'sigmoid(w0*x0 + w1*x1 + w2)'
    """
    chosen = set(collapsible(expression) if places is None else places)

    def change(place: int, copy: _Copy) -> int | None:
        found = _fits(expression, place) if place in chosen else None
        return None if found is None else copy.add(Operation(found[0], (copy.node(found[1]),)))

    return _Copy(expression, change).whole()


class _Copy:
    """Writes the nodes of an expression anew in the order in which they would be read, some of them changed."""

    def __init__(self, expression: Expression, change: Callable[[int, _Copy], int | None]) -> None:
        self._expression, self._change = expression, change
        self._nodes: list[Node] = []
        self._leaves: dict[int, int] = {}

    def whole(self) -> Expression:
        self.node(len(self._expression.nodes) - 1)
        changed = replace(self._expression, nodes=tuple(self._nodes))
        return replace(changed, text=text_of(changed))

    def add(self, node: Node) -> int:
        self._nodes.append(node)
        return len(self._nodes) - 1

    def node(self, place: int) -> int:
        """Copies what leads to a node; its place in the copy."""
        changed = self._change(place, self)
        if changed is not None:
            return changed
        node = self._expression.nodes[place]
        if isinstance(node, Variable):
            if node.argument not in self._leaves:
                self._leaves[node.argument] = self.add(node)
            return self._leaves[node.argument]
        if isinstance(node, Operation):
            return self.add(Operation(node.gate, tuple(self.node(source) for source in node.inputs)))
        return self.add(node)

    def pattern(self, pattern: Expression, hole: int, at: int | None = None) -> int:
        """Writes a pattern with what leads to `hole` in its hole."""
        node = pattern.nodes[len(pattern.nodes) - 1 if at is None else at]
        if isinstance(node, Variable):
            return self.node(hole)
        if isinstance(node, Operation):
            return self.add(Operation(node.gate, tuple(self.pattern(pattern, hole, source) for source in node.inputs)))
        return self.add(node)


@cache
def _pattern(text: str) -> Expression:
    return read_graph(text)


def _gate(expression: Expression, place: int) -> str:
    node = expression.nodes[place]
    return node.gate if isinstance(node, Operation) else ""


def _below(expression: Expression, place: int) -> set[int]:
    """The nodes that lead to a node."""
    node = expression.nodes[place]
    if not isinstance(node, Operation):
        return set()
    return set(node.inputs).union(*(_below(expression, source) for source in node.inputs))


def _fits(expression: Expression, place: int) -> tuple[str, int] | None:
    """The gate that the gates leading to a node could be, and the node that would be its input."""
    for gate, ways in PRIMITIVES.items():
        for way in ways:
            pattern = _pattern(way)
            for hole in _holes(expression, place, pattern, len(pattern.nodes) - 1):
                return gate, hole
    return None


def _holes(expression: Expression, place: int, pattern: Expression, at: int) -> Iterator[int]:
    """What can stand in the pattern's hole so that it is what leads to `place`."""
    wanted, node = pattern.nodes[at], expression.nodes[place]
    if isinstance(wanted, Variable):
        yield place
    elif isinstance(wanted, Number):
        if node == wanted:
            yield -1        # it fits, and says nothing of the hole
    elif isinstance(node, Operation) and node.gate == wanted.gate:
        orders = [node.inputs, node.inputs[::-1]] if node.gate in ("add", "multiply") else [node.inputs]
        for inputs in orders:
            found = [next(_holes(expression, source, pattern, part), None)
                     for source, part in zip(inputs, wanted.inputs, strict=True)]
            holes = [hole for hole in found if hole is not None and hole >= 0]
            if None not in found and all(_same(expression, holes[0], hole) for hole in holes):
                yield holes[0] if holes else -1


def _same(expression: Expression, first: int, second: int) -> bool:
    """Whether the same gates on the same leaves lead to both nodes."""
    one, other = expression.nodes[first], expression.nodes[second]
    if isinstance(one, Operation) and isinstance(other, Operation):
        return one.gate == other.gate and all(
            _same(expression, a, b) for a, b in zip(one.inputs, other.inputs, strict=True))
    return one == other
