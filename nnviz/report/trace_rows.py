"""The trace as it is looked at: one operation after the other, for the example that is shown, as far as the pass has
come.

A pass of the digits has 26,000 operations for each of 32 examples.  A row is written when somebody looks at it, and
then only what fits a column; every digit and every term of it is there for whoever asks for `whole`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.record import Record
from nnviz.report.conventions import DEFAULT, in_force
from nnviz.report.elements import Alpha, Bias, Parameter
from nnviz.report.formulas import Formulas
from nnviz.report.labels import Labels
from nnviz.report.mathematics import in_numbers, in_symbols
from nnviz.report.moment import MEAN, Moment
from nnviz.report.numbers import full, short
from nnviz.report.pass_order import Kind, Operation, Phase
from nnviz.report.quantities import Kind as QuantityKind
from nnviz.report.quantities import Quantity
from nnviz.report.trace import Trace, TraceRow, operand
from nnviz.words import sign, tr

MOST = 6         # terms of a sum that a column has room for
MOST_NAMED = 64  # units of a layer up to which a row is said in other words than the file's


def in_words(row: TraceRow, record: Record, labels: Labels, operation: Operation, place: int) -> TraceRow:
    """A row in the words in force, where they are not those that files have; `place` is an example, or MEAN."""
    conventions = in_force()
    if conventions == DEFAULT or max(record.problem.network.sizes) > MOST_NAMED:
        return row
    formula = Formulas(record, labels, place, conventions).first(operation)
    left = formula.left.plain
    return row._replace(
        node=node_of(labels, operation) if operation.kind == "out" else row.node,
        formula=f"{left} = {in_symbols(formula.named)}", calculation=f"{left} = {in_numbers(formula.right)}")


@dataclass(frozen=True, eq=False)
class OneExample(Record):
    """A record as one example of its batch has it: every array has that example's column alone.

    The numbers are those of the `whole` record, bit for bit: nothing is computed again.
    """

    whole: Record = field(kw_only=True)
    column: int = field(kw_only=True)

    @classmethod
    def of(cls, record: Record, column: int) -> OneExample:
        return cls(record.problem, record.layout, record.content, record.step, record.epoch,
                   record.rows[[column]], whole=record, column=column)

    def _one(self, values: Array) -> Array:
        return values[:, self.column : self.column + 1]

    @property
    def gradient(self) -> Array:
        return self.whole.gradient

    @cached_property
    def _after(self) -> tuple[Array, dict[str, Array]]:
        return self.whole._after

    @cached_property
    def _slopes(self) -> list[Array]:
        return [self._one(slope) for slope in self.whole._slopes]

    @cached_property
    def terms(self) -> Array:
        return self._one(self.whole.terms)

    @cached_property
    def example_losses(self) -> Array:
        return self.whole.example_losses[[self.column]]

    def net(self, layer: int) -> Array:
        return self._one(self.whole.net(layer))

    def output(self, layer: int) -> Array:
        return self._one(self.whole.output(layer))

    def delta(self, layer: int) -> Array:
        return self._one(self.whole.delta(layer))

    def output_gradient(self, layer: int) -> Array:
        return self._one(self.whole.output_gradient(layer))


@dataclass(frozen=True, eq=False)
class TraceRows:
    """The rows of one record, each for an example of the batch by its place in it, or for MEAN.

    A parameter's rows are the batch's whatever the place.  For MEAN, the rows of units are means over the batch: the
    trace as a file has none such, it has one for every example.
    """

    record: Record
    labels: Labels

    @cached_property
    def _traces(self) -> dict[tuple[int, bool], Trace]:
        return {}

    def _trace(self, place: int, whole: bool) -> Trace:
        """The trace of one example, or of the batch for MEAN; `whole` with every term of every sum."""
        key = (place, whole)
        if key not in self._traces:
            record = self.record if place == MEAN else OneExample.of(self.record, place)
            self._traces[key] = Trace(record, self.labels, None if whole else MOST)
        return self._traces[key]

    def row(self, operation: Operation, place: int, whole: bool = False) -> TraceRow:
        """The row of an operation for an example; `whole` with every term of its sums."""
        if operation.kind in ("parameter", "gate"):
            return self._trace(MEAN, whole).rows_of(operation)[0]
        if place != MEAN:
            return self._trace(place, whole).rows_of(operation)[0]
        return self._mean(operation, whole)

    def _mean(self, operation: Operation, whole: bool) -> TraceRow:
        """A unit's row as a mean over the batch, made of each example's own numbers."""
        row = self._trace(0, whole).rows_of(operation)[0]
        backward = operation.phase == "backward"
        values = self.numbers(operation, gradient=False)
        shown = self.numbers(operation, gradient=True) if backward else values
        left, _, right = row.formula.partition(" = ")
        count = len(shown)
        if count == 1:
            return row._replace(example="mean")
        trace = self._trace(MEAN, whole)
        terms = trace.dotted([operand(float(shown[place])) for place in trace.places(count)], count)
        mean = float(shown.mean())
        return TraceRow(
            "mean", row.phase, row.operation, row.node, f"{left} = 1/{count}·Σ({right})",
            f"{left} = ({' + '.join(terms)})/{count}", float(values.mean()) if backward else mean,
            gradient=mean if backward else None,
        )

    def numbers(self, operation: Operation, gradient: bool) -> Array:
        """What a unit's operation comes to, or the gradient on the way back, for every example; (examples,)."""
        record, layer, index = self.record, operation.section.layer, operation.index
        if operation.kind == "gate":
            row = Trace(record, self.labels).rows_of(operation)[0]
            return np.array([row.gradient if gradient else row.value], dtype=np.float64)
        if operation.kind == "total":
            return record.example_losses
        if operation.kind == "term":
            return np.asarray(record.terms[index])
        if operation.kind == "net":
            return np.asarray((record.delta(layer) if gradient else record.net(layer))[index])
        return np.asarray((record.output_gradient(layer) if gradient else record.output(layer))[index])


def is_reached(moment: Moment, operation: Operation) -> bool:
    """Whether the cursor has passed an operation."""
    return operation.section.start + operation.index < moment.cursor


def result_of(row: TraceRow) -> float:
    """The number that the row's calculation comes to; of a δ, with the sign that it has in the words in force."""
    if row.gradient is None:
        return row.value
    return in_force().delta_of(row.gradient) if row.formula.startswith("δ ") else row.gradient


def whole_line(row: TraceRow, reached: bool) -> str:
    """A row as one chain of equations: in symbols, with its numbers, and the result.

    >>> line = TraceRow(0, "forward", "affine", "net y", "net y = w·x", "net y = 2.0·3.0", 6.0)
    >>> whole_line(line, True), whole_line(line, False)
    ('net y = w·x = 2.0·3.0 = 6.0', 'net y = w·x')
    """
    if not reached:
        return row.formula
    return " = ".join((row.formula, row.calculation.partition(" = ")[2], full(result_of(row))))


def spoken(row: TraceRow, operation: Operation, reached: bool, name: str) -> str:
    """A row as it is read aloud: "backward, δ of h1, −0.0087". `name` is that of the unit or the parameter."""
    result = result_of(row)
    if (operation.phase, operation.kind) == ("backward", "net") and not row.formula.startswith("δ "):
        result = in_force().delta_of(result)      # a row in the file's own words is of ∂E/∂net
    number = short(result, 4) if reached else tr("not computed yet")
    said = tr("{phase}, {what}, {number}").format(
        phase=tr(operation.phase), what=_what(operation).format(name=name), number=number)
    if row.example == "mean":
        return tr("{row}, mean of the batch").format(row=said) if operation.kind != "parameter" else said
    if row.example == "own":
        return tr("{row}, your own example").format(row=said)
    return tr("{row}, example {number}").format(row=said, number=row.example)


def _what(operation: Operation) -> str:
    """What an operation computes, with a place for its {name}."""
    if operation.kind == "parameter":
        if operation.phase == "update":
            return tr("new value of {name}")
        return {Bias: tr("gradient of bias {name}"), Alpha: tr("gradient of {name}")}.get(
            type(operation.element), tr("gradient of weight {name}"))
    return {
        ("forward", "net"): tr("net input of {name}"), ("forward", "out"): tr("‹output› of {name}"),
        ("loss", "term"): tr("loss term of {name}"), ("loss", "total"): tr("the loss"),
        ("forward", "gate"): tr("value of {name}"), ("backward", "gate"): tr("gradient of {name}"),
        ("backward", "out"): tr("gradient at the ‹output› of {name}"), ("backward", "net"): tr("δ of {name}"),
    }[operation.phase, operation.kind]


def named(labels: Labels, operation: Operation) -> str:
    """Whose number an operation computes: a unit, a net input where units have several, or a parameter."""
    layer, element = operation.section.layer, operation.element
    if operation.kind == "gate":
        return _gate_name(labels, operation)
    if operation.kind == "total" or element is None:
        return "E" if labels.network.has_units else "f"
    if operation.kind == "net":
        return labels.network.net_name(layer, operation.index)
    if isinstance(element, Parameter):
        return labels.name(element)
    if labels.network.gates is not None:
        return labels.network.gates.names[element.unit]
    return labels.network.names(layer)[operation.index]


_QUANTITIES: Mapping[tuple[Phase, Kind], QuantityKind] = {
    ("forward", "net"): "net", ("forward", "out"): "out", ("loss", "term"): "term", ("loss", "total"): "loss",
    ("backward", "out"): "out gradient", ("backward", "net"): "delta", ("backward", "parameter"): "gradient",
    ("update", "parameter"): "new value", ("forward", "gate"): "gate", ("backward", "gate"): "gate gradient",
}


def quantity_of(labels: Labels, operation: Operation, place: int) -> Quantity:
    """Which number an operation computes; `place` is the example's in the batch, or MEAN."""
    kind, element = _QUANTITIES[operation.phase, operation.kind], operation.element
    example = None if place == MEAN or operation.kind == "parameter" else place
    if operation.kind == "net":
        _, piece = labels.network.target_of(operation.section.layer, operation.index)
        return Quantity(kind, element, piece, example=example)
    if operation.kind == "gate":
        return Quantity(kind, element, _node(labels, operation))
    return Quantity(kind, element, example=example)


def _node(labels: Labels, operation: Operation) -> int:
    """Which node of a computation graph an operation is about."""
    order = labels.order
    return (order.gates if operation.phase == "forward" else order.way_back)[operation.index]


def _gate_name(labels: Labels, operation: Operation) -> str:
    gates = labels.network.gates
    assert gates is not None, "only a computation graph has gates"
    return gates.names[_node(labels, operation)]


def node_of(labels: Labels, operation: Operation) -> str:
    """The node of an operation, as its rows have it: `net h1`, `out h1`, `E o1`, `E`, `w5`."""
    prefix = {"net": "net ", "out": f"{sign('out')} ", "term": "E "}.get(operation.kind, "")
    return prefix + named(labels, operation)


def place_of(moment: Moment) -> int:
    """The example that is shown, by its place in the batch, or MEAN."""
    return moment.example if moment.example == MEAN else min(moment.example, len(moment.record.rows) - 1)
