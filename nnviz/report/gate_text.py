"""What a gate does to a gradient, and everything that is known of one gate or leaf, as lines and as a sentence.

add distributes, max routes, multiply switches, and where a value goes several ways, what comes back adds up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_lowercase

from nnviz.engine.expression import Number, Operation, Variable
from nnviz.engine.gates import GATES, TIES
from nnviz.report.gates import GateReading
from nnviz.report.numbers import full, short
from nnviz.words import tr

MOST_TERMS = 10          # of a sum that are written out
#: What numbers are put into where the formula itself would read badly.
_TO_PUT_IN = {"multiply": "a · b", "negate": "-1 · a", "square": "a²"}
_INPUT = re.compile(r"(?<![a-z])[ab](?![a-z])")


def name_of(reading: GateReading, node: int) -> str:
    """What a node is called: its name, that of its variable, or the number that it is; "" for an unnamed gate."""
    found = reading.expression.nodes[node]
    if reading.names[node]:
        return reading.names[node]
    return found.name if isinstance(found, Variable) else short(found.value) if isinstance(found, Number) else ""


def uses_of(reading: GateReading, node: int) -> list[tuple[int, int]]:
    """Where the value of `node` goes: (gate, number of its input)."""
    return [(place, number) for place, gate in enumerate(reading.expression.nodes) if isinstance(gate, Operation)
            for number, source in enumerate(gate.inputs) if source == node]


def title_of_node(reading: GateReading, node: int) -> str:
    """ "gate multiply q", "leaf x", "number 2"."""
    found, name = reading.expression.nodes[node], name_of(reading, node)
    if isinstance(found, Operation):
        return tr("gate {kind} {name}").format(kind=found.gate, name=name).strip()
    return (tr("leaf {name}") if isinstance(found, Variable) else tr("number {name}")).format(name=name)


def calculation_of(reading: GateReading, node: int, digits: int = 17) -> str:
    """A gate's value with the numbers put in, "-2 + 5 = 3"; "" for leaves, and where it is not known."""
    found = reading.expression.nodes[node]
    if not isinstance(found, Operation) or not reading.values_known[node]:
        return ""
    formula = _TO_PUT_IN.get(found.gate) or GATES[found.gate].formula
    numbers = [_bracketed(float(reading.values[source]), digits) for source in found.inputs]
    if formula.startswith("a ") and "^" not in formula:
        numbers[0] = _number(float(reading.values[found.inputs[0]]), digits)
    left = _with_inputs(formula, numbers)
    return f"{left} = {_number(float(reading.values[node]), digits)}"


def formula_of(found: Operation) -> str:
    """The formula of a gate; a sum, maximum or minimum of many inputs has a letter for each: "a + b + c"."""
    count, formula = len(found.inputs), GATES[found.gate].formula
    if count <= 2:
        return formula
    return _with_inputs(formula, ascii_lowercase[:count] if count <= MOST_TERMS else "abc…")


def _with_inputs(formula: str, inputs: Sequence[str]) -> str:
    """`formula` with `inputs` in the place of a and b; of many inputs what stands between those two is repeated.

    >>> _with_inputs("a + b", ["1", "(-2)", "3"]), _with_inputs("max(a, b)", ["1", "2"]), _with_inputs("-a", ["7"])
    ('1 + (-2) + 3', 'max(1, 2)', '-7')
    """
    if len(inputs) <= 2:
        put_in = dict(zip("ab", inputs, strict=False))
        return _INPUT.sub(lambda match: put_in[match.group()], formula)
    first, second = _INPUT.finditer(formula)
    told = inputs if len(inputs) <= MOST_TERMS else [*inputs[: MOST_TERMS - 2], "…", inputs[-1]]
    return formula[: first.start()] + formula[first.end() : second.start()].join(told) + formula[second.end() :]


def gradient_terms(reading: GateReading, node: int) -> list[tuple[float, float, float]]:
    """What comes back to `node` from each gate that uses it: upstream gradient, local gradient, their product."""
    return [(float(reading.gradients[gate]), reading.slopes[gate][place], reading.term(gate, place))
            for gate, place in uses_of(reading, node)]


def gradient_calculation(reading: GateReading, node: int, digits: int = 17) -> list[str]:
    """How the gradient of `node` comes about, a line for each way that it comes back, and their sum; [] if unknown."""
    if not reading.gradients_known[node]:
        return []
    terms, total = gradient_terms(reading, node), float(reading.gradients[node])
    lines = [tr("{upstream} · {local} = {product}").format(
        upstream=_number(upstream, digits), local=_bracketed(local, digits), product=_number(product, digits))
        for upstream, local, product in terms]
    if len(terms) > 1:
        said = " + ".join([_number(terms[0][2], digits), *(_bracketed(term, digits) for _, _, term in terms[1:])])
        lines.append(f"{said} = {_number(total, digits)}")
    return lines


def deed_line(reading: GateReading, node: int) -> str:
    """ "add distributes: Passes the gradient on to both inputs as it is", and that a branch adds."""
    found, parts = reading.expression.nodes[node], []
    if isinstance(found, Operation):
        row = GATES[found.gate]
        sentence = tr(row.help).rstrip(".")
        parts.append(tr("{gate} {deed}: {sentence}").format(gate=found.gate, deed=tr(row.deed), sentence=sentence))
    if len(uses_of(reading, node)) > 1:
        parts.append(tr("a branch adds: what comes back from every way is summed"))
    return "; ".join(parts)


def node_lines(reading: GateReading, node: int) -> list[tuple[str, str]]:
    """Lines of (what, text) about a node, numbers in full precision; what is not reached yet is a dash."""
    found = reading.expression.nodes[node]
    lines = [(tr("gate") if isinstance(found, Operation) else tr("leaf"), title_of_node(reading, node))]
    if isinstance(found, Operation):
        lines.append((tr("formula"), formula_of(found)))
    value, gradient = reading.values_known[node], reading.gradients_known[node]
    lines.append((tr("value"), full(float(reading.values[node])) if value else "–"))
    if calculation := calculation_of(reading, node):
        lines.append((tr("in numbers"), calculation))
    lines.append((tr("gradient"), full(float(reading.gradients[node])) if gradient else "–"))
    lines += [(tr("upstream · local"), line) for line in gradient_calculation(reading, node)]
    if isinstance(found, Operation):
        for number, (source, slope) in enumerate(zip(found.inputs, reading.slopes[node], strict=True)):
            what = tr("local gradient to {name}").format(
                name=name_of(reading, source) or tr("input {number}").format(number=number + 1))
            lines.append((what, full(slope) if value else "–"))
        row = GATES[found.gate]
        if kink := TIES[reading.expression.ties].said if row.routes else row.kink:
            lines.append((tr("kink"), tr(kink)))
    if deed := deed_line(reading, node):
        lines.append((tr("does"), deed))
    return lines


def describe_node(reading: GateReading, node: int) -> str:
    """The tooltip of a gate or leaf: everything about it, in full precision, a line each."""
    (_, title), *lines = node_lines(reading, node)
    return "\n".join([title, *(f"{what}  {text}" for what, text in lines)])


def accessible_node(reading: GateReading, node: int) -> str:
    """One sentence for a screen reader: "gate multiply q, value 3, gradient −4, switches"."""
    unknown = tr("not computed yet")
    value = short(float(reading.values[node]), 4) if reading.values_known[node] else unknown
    gradient = short(float(reading.gradients[node]), 4) if reading.gradients_known[node] else unknown
    parts = [tr("{title}, value {value}, gradient {gradient}").format(
        title=title_of_node(reading, node), value=value, gradient=gradient)]
    found = reading.expression.nodes[node]
    if isinstance(found, Operation):
        parts.append(tr(GATES[found.gate].deed))
    uses = len(uses_of(reading, node))
    if uses > 1:
        parts.append(tr("a branch of {count} ways, which adds").format(count=uses))
    return ", ".join(parts)


def _number(value: float, digits: int) -> str:
    return full(value) if digits >= 17 else short(value, digits)


def _bracketed(value: float, digits: int) -> str:
    """A number behind an operation: a negative one in brackets."""
    text = _number(value, digits)
    return f"({text})" if text[:1] in ("-", "−") else text
