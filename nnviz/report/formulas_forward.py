"""The way forward: net = Σ w·out + b, out = f(net), and how wrong the outputs are."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from nnviz.report import templates
from nnviz.report.elements import Alpha, Bias, Weight
from nnviz.report.formulas_shown import Shown, added
from nnviz.report.leaves import Column
from nnviz.report.mathematics import (
    Constant,
    Formula,
    Function,
    Known,
    Mathematics,
    Negative,
    Product,
    Quotient,
    Sum,
    Terms,
    worked_out,
)
from nnviz.report.pass_order import Operation
from nnviz.words import tr

_LETTERS = {"alpha": "α"}
HIGHEST = 700.0      # from about here on e^net is infinite
OVERFLOWS = "so large a power overflows: the program takes a way to compute it that cannot"


def net(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """net = Σ w·out + b."""
    layer, place, leaves = operation.section.layer, operation.index, shown.leaves
    network = shown.problem.network
    unit, piece = network.target_of(layer, place)
    inputs = network.sizes[layer - 1]
    biased = network.layers[layer - 1].bias != "none"
    bias = Bias(layer, 0) if leaves.labels.is_shared(layer) else Bias(layer, unit, piece)

    def term(column: Column, source: int) -> Mathematics:
        if source == inputs:
            return leaves.parameter(bias)
        weight = leaves.parameter(Weight(layer, unit, source, piece))
        return Product((weight, leaves.out(layer - 1, source, column)))

    def whole(column: Column) -> Mathematics:
        return added(inputs + biased, partial(term, column))

    yield shown.formula(operation, tr("net input"), leaves.net(layer, place, shown.column), whole)


def out(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """out = f(net)."""
    layer, unit, leaves = operation.section.layer, operation.index, shown.leaves
    row = shown.problem.activation_row(layer)
    note = ""
    if shown.problem.network.layers[layer - 1].has_pieces and shown.column is not None:
        pieces = shown.problem.network.layers[layer - 1].pieces
        nets = shown.record.net(layer)[unit * pieces : (unit + 1) * pieces, shown.column]
        tied = int((nets == nets.max()).sum()) > 1
        note = (tr("piece {piece} wins: of those whose net input is the largest it is the first") if tied
                else tr("piece {piece} wins: its net input is the largest")).format(piece=int(nets.argmax()))
    left = leaves.out(layer, unit, shown.column)

    def value(column: Column) -> Mathematics:
        return templates.read(row.calculation, activation_values(shown, layer, unit, column))

    if not note and shown.column is not None and not says(value(shown.column), left.value):
        note = tr(OVERFLOWS)
    yield shown.formula(operation, tr("‹output›"), left, value, note)


def says(tree: Mathematics, value: float) -> bool:
    """Whether `tree` comes to `value`, but for rounding; of what is not a number nothing is asked."""
    return not math.isfinite(value) or math.isclose(worked_out(tree), value, rel_tol=1e-9, abs_tol=1e-15)


def unsaid(shown: Shown, left: Known, make: Callable[[Column], Mathematics]) -> str:
    """Why a loss is not a number although its formula gives one: the output is not a probability."""
    if shown.column is None or not math.isnan(left.value) or math.isnan(worked_out(make(shown.column))):
        return ""
    return tr("the ‹output› is not a probability, from 0 to 1: the program refuses it a loss, and says NaN")


def activation_values(shown: Shown, layer: int, unit: int, column: Column) -> templates.Values:
    """What the fields of an activation's formula stand for: {net}, {nets} and {sum} of the layer, its options."""
    leaves, network, row = shown.leaves, shown.problem.network, shown.problem.activation_row(layer)
    pieces = network.layers[layer - 1].pieces
    options = row.defaults | dict(network.layers[layer - 1].activation.options)
    values: dict[str, Mathematics | tuple[Mathematics, ...]] = {
        name: leaves.setting(name, _LETTERS.get(name, name), value) for name, value in options.items()
    }
    if row.learned:
        own = leaves.labels.has_own_alphas(layer)
        values[row.learned] = leaves.parameter(Alpha(layer, unit if own else 0))
    if row.elementwise:
        values["net"] = leaves.net(layer, unit * pieces, column)
        values["nets"] = tuple(leaves.net(layer, unit * pieces + piece, column) for piece in range(pieces))
        return values
    nets = network.net_sizes[layer]
    # As in the engine the largest net input is taken out of all of them, but only where they would overflow.
    largest = 0.0 if column is None else float(shown.record.net(layer)[:, column].max())
    shift = 0.0 if largest < HIGHEST or not math.isfinite(largest) else largest

    def of_layer(place: int) -> Mathematics:
        found = leaves.net(layer, place, column)
        return Sum((found, Negative(Constant(shift)))) if shift else found

    values["net"] = of_layer(unit)
    values["sum"] = Sum(Terms(nets, lambda place: Function("exp", (of_layer(place),))))
    return values


# --- loss -------------------------------------------------------------------------------------------------------


def loss_values(shown: Shown, unit: int, column: Column) -> templates.Values:
    """What the fields and letters of a loss's formulas stand for."""
    leaves = shown.leaves
    output, target = leaves.out(leaves.last, unit, column), leaves.target(unit, column)
    options: dict[str, Known] = {
        name: leaves.setting(name, name, value) for name, value in shown.problem.loss_row.values.items()
    }
    return {"output": output, "target": target, "o": output, "t": target, **options}


# What a loss is in terms of the net input, where the output is so near 0 or 1 that its logarithm says no more.
_BY_NET: Mapping[str, str] = {
    "binary_cross_entropy": "max(0, {net}) + log(1 + e^-(|{net}|)) - {target}·{net}",
    "cross_entropy": "{target}·(log({sum}) - {net})",
}


def term(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """An output's own term of the loss."""
    unit, row, leaves = operation.index, shown.problem.loss_row, shown.leaves
    fused = row.is_fused(shown.problem.activation_row(leaves.last).name)

    def value(column: Column) -> Mathematics:
        values = loss_values(shown, unit, column)
        found = templates.read(row.calculation, values)
        if column is None or not fused or says(found, leaves.term(unit, column).value):
            return found
        return templates.read(_BY_NET[row.name], {**values, **activation_values(shown, leaves.last, unit, column)})

    left = shown.leaves.term(unit, shown.column)
    yield shown.formula(operation, tr("loss term"), left, value, unsaid(shown, left, value))


def total(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """E = Σ E o, or their mean."""
    leaves = shown.leaves
    outputs = shown.problem.network.sizes[leaves.last]
    averaged = shown.problem.loss_row.combine == "mean" and outputs > 1

    def value(column: Column) -> Mathematics:
        terms = added(outputs, lambda unit: leaves.term(unit, column))
        return Quotient(terms, Constant(float(outputs))) if averaged else terms

    yield shown.formula(operation, tr("loss"), leaves.loss(shown.column), value)
