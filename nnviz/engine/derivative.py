"""The derivative of a formula is a formula again: the same walk back through its gates, with symbols for numbers.

What is written is for reading: factors in front, nothing multiplied by 1, nothing added to 0.  Nothing is computed
with it; that it says the same as the gradient is a test's to show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from nnviz.engine.expression import Expression, Number, Operation
from nnviz.engine.gates import FUNCTIONS, GATES

SUM, PRODUCT, POWER, ATOM = range(4)      # how tightly the parts of a text hold together


@dataclass(frozen=True)
class Written:
    """`factor` times what `rest` says; no rest is 1. `level` is how tightly the rest holds together."""

    factor: float
    rest: str = ""
    level: int = ATOM

    @property
    def text(self) -> str:
        if not self.rest or not self.factor:
            return _number(self.factor)
        if abs(self.factor) == 1.0:
            sign = "-" if self.factor < 0.0 else ""
            return f"{sign}{self.inside(PRODUCT)}" if sign else self.rest
        if self.rest.startswith("1/"):
            return f"{_number(self.factor)}{self.rest[1:]}"
        return f"{_number(self.factor)}·{self.inside(PRODUCT)}"

    def inside(self, level: int) -> str:
        """The rest, in brackets where it would fall apart among operations of this level."""
        return f"({self.rest})" if self.level < level else self.rest

    def operand(self, level: int) -> str:
        """The whole, in brackets where it would fall apart, or has a sign."""
        if self.factor == 1.0 and self.rest:
            return self.inside(level)
        bare = not self.rest and self.factor >= 0.0
        return self.text if bare or (level <= PRODUCT and self.factor > 0.0) else f"({self.text})"


def derivative_text(expression: Expression, argument: int) -> str:
    """∂expression/∂argument as a text that reads back as a formula; arguments count from 0.

    >>> from nnviz.engine.expression import read_expression
    >>> f = read_expression("0.5*x^2 + 10*y^2 + sin(x*y)", {"x": 0, "y": 1})
    >>> derivative_text(f, 0)
    'cos(x·y)·y + x'
    """
    written: list[Written] = []
    for node in expression.nodes:
        if isinstance(node, Operation):
            written.append(_VALUES[node.gate](*(written[source] for source in node.inputs)))
        elif isinstance(node, Number):
            written.append(Written(node.value))
        else:
            written.append(Written(1.0, node.name))
    place = next((p for p, node in enumerate(expression.nodes)
                  if getattr(node, "argument", None) == argument), None)
    if place is None:
        return "0"
    varying = {place}
    for number, node in enumerate(expression.nodes):
        if isinstance(node, Operation) and varying.intersection(node.inputs):
            varying.add(number)
    upstream: dict[int, Written] = {len(written) - 1: Written(1.0)}
    for number, node in reversed(list(enumerate(expression.nodes))):
        if not isinstance(node, Operation) or number not in upstream:
            continue
        inputs = [written[source] for source in node.inputs]
        for source, slope in zip(node.inputs, _SLOPES[node.gate], strict=True):
            if source in varying:
                term = _times(upstream[number], slope(written[number], *inputs))
                upstream[source] = _plus(upstream[source], term) if source in upstream else term
    return upstream.get(place, Written(0.0)).text


def _number(value: float) -> str:
    named = {np.pi: "π", np.e: "e"}
    return named.get(value) or repr(float(value)).removesuffix(".0")


def _plus(a: Written, b: Written) -> Written:
    if not a.factor or not b.factor:
        return b if not a.factor else a
    if a.rest == b.rest:
        return replace(a, factor=a.factor + b.factor)
    if b.factor > 0.0:
        return Written(1.0, f"{a.text} + {b.text}", SUM)
    return Written(1.0, f"{a.text} - {replace(b, factor=-b.factor).operand(PRODUCT)}", SUM)


def _times(a: Written, b: Written) -> Written:
    factor = a.factor * b.factor
    if not factor:
        return Written(0.0)
    if not a.rest or not b.rest:
        return replace(b if b.rest else a, factor=factor)
    return Written(factor, f"{a.inside(PRODUCT)}·{b.inside(POWER)}", PRODUCT)


def _over(a: Written, b: Written) -> Written:
    if not b.rest and b.factor:
        return replace(a, factor=a.factor / b.factor)
    top = a.inside(PRODUCT) if a.rest else "1"
    return Written(a.factor, f"{top}/{b.operand(POWER)}", PRODUCT) if a.factor else a


def _to_the(a: Written, b: Written) -> Written:
    if not b.rest and b.factor in (0.0, 1.0):
        return a if b.factor else Written(1.0)
    if not a.rest and not b.rest and a.factor not in (np.pi, np.e):
        return _computed("power", a, b)
    return Written(1.0, f"{a.operand(ATOM)}^{b.operand(ATOM)}", POWER)


def _negative(a: Written) -> Written:
    return replace(a, factor=-a.factor)


def _computed(gate: str, *inputs: Written) -> Written:
    with np.errstate(all="ignore"):
        return Written(float(GATES[gate].value(*(np.asarray(each.factor) for each in inputs))))


def _call(name: str, *inputs: Written) -> Written:
    if not any(each.rest for each in inputs):
        return _computed(name, *inputs)
    return Written(1.0, f"{name}({', '.join(each.text for each in inputs)})")


def _called(name: str) -> Callable[..., Written]:
    return lambda *inputs: _call(name, *inputs)


ONE, HALF, TWO = Written(1.0), Written(0.5), Written(2.0)
_VALUES: dict[str, Callable[..., Written]] = {
    "add": _plus, "subtract": lambda a, b: _plus(a, _negative(b)), "multiply": _times, "divide": _over,
    "power": _to_the, "square": lambda a: _to_the(a, TWO), "negate": _negative,
    **{name: _called(name) for name in FUNCTIONS},
}


def _share(a: Written, b: Written) -> Written:
    """1 where a is greater, ½ where both are the same, 0 where it is less."""
    return _plus(HALF, _times(HALF, _call("sign", _plus(a, _negative(b)))))


def _passes(a: Written) -> Written:
    """1 where a is positive, else 0."""
    return _call("step", a)


_LEAKY: tuple[Callable[..., Written], ...] = (
    lambda o, a, b: _plus(_passes(a), _times(b, _plus(ONE, _negative(_passes(a))))),
    lambda o, a, b: _call("min", Written(0.0), a),
)
# The local gradients of GATES once more, for the eye: by gate, for each input, out of the output and the inputs.
_SLOPES: dict[str, tuple[Callable[..., Written], ...]] = {
    "add": (lambda o, a, b: ONE, lambda o, a, b: ONE),
    "subtract": (lambda o, a, b: ONE, lambda o, a, b: _negative(ONE)),
    "multiply": (lambda o, a, b: b, lambda o, a, b: a),
    "divide": (lambda o, a, b: _over(ONE, b), lambda o, a, b: _negative(_over(a, _to_the(b, TWO)))),
    "power": (
        lambda o, a, b: _times(b, _to_the(a, _plus(b, _negative(ONE)))), lambda o, a, b: _times(o, _call("log", a)),
    ),
    "square": (lambda o, a: _times(TWO, a),),
    "negate": (lambda o, a: _negative(ONE),),
    "sin": (lambda o, a: _call("cos", a),),
    "cos": (lambda o, a: _negative(_call("sin", a)),),
    "tan": (lambda o, a: _plus(ONE, _to_the(o, TWO)),),
    "tanh": (lambda o, a: _plus(ONE, _negative(_to_the(o, TWO))),),
    "exp": (lambda o, a: o,),
    "log": (lambda o, a: _over(ONE, a),),
    "sqrt": (lambda o, a: _over(HALF, o),),
    "abs": (lambda o, a: _call("sign", a),),
    "sign": (lambda o, a: Written(0.0),),
    "sigmoid": (lambda o, a: _times(o, _plus(ONE, _negative(o))),),
    "relu": (lambda o, a: _call("max", Written(0.0), _call("sign", a)),),
    "max": (lambda o, a, b: _share(a, b), lambda o, a, b: _share(b, a)),
    "min": (lambda o, a, b: _share(b, a), lambda o, a, b: _share(a, b)),
    "leaky_relu": _LEAKY, "prelu": _LEAKY,
    "elu": (
        lambda o, a, b: _plus(
            _plus(ONE, _negative(_passes(_negative(a)))),
            _times(_times(_passes(_negative(a)), b), _call("exp", _call("min", Written(0.0), a)))),
        lambda o, a, b: _plus(_call("exp", _call("min", Written(0.0), a)), _negative(ONE)),
    ),
    "softplus": (lambda o, a: _call("sigmoid", a),),
    "silu": (lambda o, a: _times(_call("sigmoid", a), _plus(ONE, _plus(a, _negative(o)))),),
    "gelu": (lambda o, a: _plus(_over(o, a), _times(a, _over(
        _call("exp", _negative(_over(_to_the(a, TWO), TWO))), _call("sqrt", _times(TWO, Written(np.pi)))))),),
    "step": (lambda o, a: Written(0.0),),
}
