"""A gate is known by its sign: + and ×, max, σ, exp; one number beside it, as in +1 or 1/x, belongs to the sign.

So the sigmoid neuron has the gates ×−1, exp, +1 and 1/x that lectures draw, and no wire for a number that never moves.
"""

from __future__ import annotations

import math

from nnviz.engine.expression import Expression, Number, Operation, Variable
from nnviz.engine.gates import GATES
from nnviz.report.numbers import MINUS, short

_DIGITS = 4                    # of a number in a sign
#: The sign of a gate whose inputs all have wires; a gate that is not here is known by its name.
PLAIN: dict[str, str] = {
    "add": "+", "subtract": MINUS, "multiply": "×", "divide": "÷", "power": "xʸ", "square": "x²",
    "negate": f"×{MINUS}1", "sigmoid": "σ", "sqrt": "√", "abs": "|x|", "relu": "ReLU",
}  # fmt: skip
#: The sign of a gate with a number at one of its inputs (counted from 0), the other one x.
WITH_NUMBER: dict[tuple[str, int], str] = {
    ("add", 0): "+{c}", ("add", 1): "+{c}",
    ("subtract", 0): "{c}" + MINUS + "x", ("subtract", 1): MINUS + "{c}",
    ("multiply", 0): "×{c}", ("multiply", 1): "×{c}",
    ("divide", 0): "{c}/x", ("divide", 1): "÷{c}",
    ("power", 0): "{c}^x", ("power", 1): "x^{c}",
}  # fmt: skip
_CALLED = ("{name}({c}, x)", "{name}(x, {c})")      # the same of a gate that is called by its name
#: Gates whose inputs may be swapped; of the others the first stands above the second.
COMMUTING = frozenset({"add", "multiply", "max", "min"})
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_NAMED_NUMBERS = {math.pi: "π", math.e: "e"}


def number_text(value: float) -> str:
    """A number of the formula itself, as a sign has it.

    >>> number_text(0.5), number_text(-1.0), number_text(math.pi)
    ('0.5', '−1', 'π')
    """
    return _NAMED_NUMBERS.get(value) or short(value, _DIGITS)


def number_beside(expression: Expression, node: int) -> int | None:
    """Which input of gate `node` is a number that belongs to its sign, from 0; None where none does.

    A gate of two numbers, or of numbers alone, has a wire for each.
    """
    gate = expression.nodes[node]
    if not isinstance(gate, Operation) or len(gate.inputs) != 2:
        return None
    numbers = [place for place, source in enumerate(gate.inputs) if isinstance(expression.nodes[source], Number)]
    return numbers[0] if len(numbers) == 1 else None


def sign_of(expression: Expression, node: int) -> str:
    """What is written in the box of `node`: a gate's sign, a leaf's name, a number.

    >>> from nnviz.engine.expression import read_expression
    >>> f = read_expression("1/(1+exp(-x))", {"x": 0})
    >>> [sign_of(f, node) for node in range(len(f.nodes)) if isinstance(f.nodes[node], Operation)]
    ['×−1', 'exp', '+1', '1/x']
    """
    found = expression.nodes[node]
    if isinstance(found, Variable):
        return found.name
    if isinstance(found, Number):
        return number_text(found.value)
    beside = number_beside(expression, node)
    if beside is None:
        return PLAIN.get(found.gate, found.gate)
    number = expression.nodes[found.inputs[beside]]
    assert isinstance(number, Number)
    written = number_text(number.value)
    if (found.gate, beside) == ("power", 1) and not set(written) - set("0123456789" + MINUS):
        return "x" + written.replace(MINUS, "-").translate(_RAISED)
    return WITH_NUMBER.get((found.gate, beside), _CALLED[beside]).format(name=found.gate, c=written)


def wired_inputs(expression: Expression, node: int) -> tuple[tuple[int, int], ...]:
    """(input number, source) of every input of `node` that has a wire; nothing for leaves."""
    found = expression.nodes[node]
    if not isinstance(found, Operation):
        return ()
    beside = number_beside(expression, node)
    return tuple((place, source) for place, source in enumerate(found.inputs) if place != beside)


def swaps(gate: str) -> bool:
    """Whether a gate may take its inputs in any order.

    >>> swaps("add"), swaps("divide")
    (True, False)
    """
    return gate in COMMUTING


assert {gate for gate, _ in WITH_NUMBER} | set(PLAIN) | COMMUTING <= set(GATES), "a sign for a gate that is not there"
