"""The way back: ∂E/∂out, δ = ∂E/∂out·∂out/∂net, and ∂E/∂w = δ·out, which is the chain rule step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from nnviz.report import templates
from nnviz.report.elements import Alpha, Bias, Parameter, Weight
from nnviz.report.formulas_forward import activation_values, loss_values, unsaid
from nnviz.report.formulas_shown import ONE, Shown, added, place_of
from nnviz.report.leaves import Column
from nnviz.report.mathematics import (
    Cases,
    Constant,
    Formula,
    Function,
    Group,
    Mathematics,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
)
from nnviz.report.numbers import typeset
from nnviz.report.pass_order import Operation
from nnviz.words import tr

_MOST_DETAILS = 16      # formulas of single terms, where a sum has more of them they are not listed
_ZERO = Constant(0.0)


# --- ∂E/∂out ----------------------------------------------------------------------------------------------------


def out_gradient(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """∂E/∂out of an output is its term's slope; of a hidden unit it comes back through every weight that leaves it."""
    last = operation.section.layer == shown.leaves.last
    yield from (_last_out_gradient if last else _hidden_out_gradient)(shown, operation)


def _last_out_gradient(shown: Shown, operation: Operation) -> Iterator[Formula]:
    layer, unit, row = operation.section.layer, operation.index, shown.problem.loss_row
    outputs = shown.problem.network.sizes[layer]
    averaged = row.combine == "mean" and outputs > 1

    def slope(column: Column) -> Mathematics:
        found = templates.read(row.term_slope, loss_values(shown, unit, column))
        return Quotient(found, Constant(float(outputs))) if averaged else found

    left = shown.leaves.out_gradient(layer, unit, shown.column)
    note = unsaid(shown, left, slope) or tr("{loss}: {formula}").format(
        loss=tr(row.label), formula=typeset(row.convention))
    yield shown.formula(operation, tr("slope of the loss"), left, slope, note)


def _hidden_out_gradient(shown: Shown, operation: Operation) -> Iterator[Formula]:
    layer, unit, leaves, network = operation.section.layer, operation.index, shown.leaves, shown.problem.network
    following = network.net_sizes[layer + 1]
    left = leaves.out_gradient(layer, unit, shown.column)

    def product(column: Column, place: int) -> Mathematics:
        target, piece = network.target_of(layer + 1, place)
        weight = leaves.parameter(Weight(layer + 1, target, unit, piece))
        return leaves.turned(Product((leaves.delta(layer + 1, place, column), weight)))

    def products(column: Column) -> Mathematics:
        return added(following, partial(product, column))

    yield shown.formula(operation, tr("sum over the units that it feeds"), left, products)
    if following > 1:
        def parts(column: Column) -> Mathematics:
            return added(following, lambda place: leaves.through(layer, unit, place, column))

        yield shown.formula(operation, tr("the same, term by term"), left, parts)
        for place in range(following if following <= _MOST_DETAILS and shown.column is not None else 0):
            part = leaves.through(layer, unit, place, shown.column)
            title = tr("what comes back through {net}").format(net=network.net_name(layer + 1, place))
            yield Formula(title, part, product(shown.column, place), place=place_of(operation))


# --- δ ----------------------------------------------------------------------------------------------------------


def delta(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """δ = ∂E/∂net: ∂E/∂out times the activation's slope, or a sum over the layer where every output depends on it."""
    layer, row = operation.section.layer, shown.problem.activation_row(operation.section.layer)
    fused = layer == shown.leaves.last and shown.problem.loss_row.is_fused(row.name)
    if not row.elementwise:
        jacobian = _jacobian(shown, operation)
        if fused:
            next(jacobian)
            yield _fused(shown, operation)
        yield from jacobian
        return
    product = _product(shown, operation)
    if not fused:
        yield product
    elif _multiplies(shown, layer, operation.index):
        yield product
        yield _fused(shown, operation)
    else:
        yield _fused(shown, operation)       # the output is 0 or 1, so that the factors are infinite and 0
    yield _slope(shown, operation)


def _multiplies(shown: Shown, layer: int, place: int) -> bool:
    """Whether ∂E/∂out·∂out/∂net comes to δ, which loss and activation together compute without the two factors."""
    record, column = shown.record, slice(None) if shown.column is None else slice(shown.column, shown.column + 1)
    with np.errstate(all="ignore"):
        product = (record.output_gradient(layer)[place] * record.slope(layer)[place])[column]
    found = record.delta(layer)[place, column]
    return bool(np.allclose(product, found, rtol=1e-9, atol=1e-15) or not np.isfinite(found).all())


def _product(shown: Shown, operation: Operation) -> Formula:
    """δ = ∂E/∂out·∂out/∂net."""
    layer, place, leaves = operation.section.layer, operation.index, shown.leaves
    unit, _ = shown.problem.network.target_of(layer, place)

    def product(column: Column) -> Mathematics:
        factors = (leaves.out_gradient(layer, unit, column), leaves.slope(layer, place, column))
        return leaves.turned(Product(factors))

    return shown.formula(operation, tr("node delta"), leaves.delta(layer, place, shown.column), product)


def _fused(shown: Shown, operation: Operation) -> Formula:
    """δ = (p·Σt - t)/n: activation and cross-entropy together leave p - t, for Σt is 1 or there is but one."""
    layer, unit, leaves = operation.section.layer, operation.index, shown.leaves
    outputs = shown.problem.network.sizes[layer]
    averaged = shown.problem.loss_row.combine == "mean" and outputs > 1
    whole = not shown.problem.activation_row(layer).elementwise

    def difference(column: Column) -> Mathematics:
        output: Mathematics = leaves.out(layer, unit, column)
        target = leaves.target(unit, column)
        if whole and column is not None and float(shown.record.targets[:, column].sum()) != 1.0:
            total = added(outputs, lambda other: leaves.target(other, column))
            output = Product((output, total))
        found = Sum((target, Negative(output)) if leaves.is_turned else (output, Negative(target)))
        return Quotient(found, Constant(float(outputs))) if averaged else found

    left = leaves.delta(layer, unit, shown.column)
    note = tr("{loss} and {activation} are taken as one: what is left is the ‹output› less its ‹target›").format(
        loss=tr(shown.problem.loss_row.label), activation=tr(shown.problem.activation_row(layer).label))
    return shown.formula(operation, tr("node delta, loss and activation in one"), left, difference, note)


def _slope(shown: Shown, operation: Operation) -> Formula:
    """∂out/∂net = f'(net)."""
    layer, place, leaves = operation.section.layer, operation.index, shown.leaves
    row, network = shown.problem.activation_row(layer), shown.problem.network
    unit, piece = network.target_of(layer, place)
    pieces = network.layers[layer - 1].pieces
    column, note = shown.column, tr(row.kink) if row.kink and _at_kink(shown, layer, place) else ""
    if piece is not None and column is not None and not note:
        won = int(shown.record.winners(layer)[unit, column])
        note = tr("this piece wins, and gets all of the gradient") if won == piece else tr(
            "piece {piece} wins, so nothing of the gradient comes here").format(piece=won)

    def value(column: Column) -> Mathematics:
        if piece is not None:
            nets = tuple(leaves.net(layer, unit * pieces + other, column) for other in range(pieces))
            if column is not None and _ties(shown, layer, place, column) and (
                    shown.record.winners(layer)[unit, column] != piece):
                return _ZERO
            return Cases(ONE, nets[piece], "≥", Function("max", nets), _ZERO)
        options = activation_values(shown, layer, unit, column)
        net = leaves.net(layer, place, column)
        if "at_zero" in options and net.value == 0.0 and column is not None:
            at_zero = options["at_zero"]
            assert not isinstance(at_zero, tuple)
            return at_zero
        values = {**options, "x": net}
        if "alpha" in options:
            values["α"] = options["alpha"]
        found = templates.read(row.derivative, values)
        return told_by_output(found, Function(row.name, (net,)), leaves.out(layer, unit, column))

    left = leaves.slope(layer, place, column)
    return shown.formula(operation, tr("slope of the activation"), left, value, note)


def _at_kink(shown: Shown, layer: int, place: int) -> bool:
    """Whether the shown example lies exactly where the derivative is a choice."""
    column = shown.column
    if column is None:
        return False
    if shown.problem.network.layers[layer - 1].has_pieces:
        return _ties(shown, layer, place, column)
    return float(shown.record.net(layer)[place, column]) == 0.0


def _ties(shown: Shown, layer: int, place: int, column: int) -> bool:
    """Whether net input `place` is as large as the largest of its unit, and another one too."""
    unit, _ = shown.problem.network.target_of(layer, place)
    pieces = shown.problem.network.layers[layer - 1].pieces
    nets = shown.record.net(layer)[unit * pieces : (unit + 1) * pieces, column]
    largest = nets.max()
    return bool(shown.record.net(layer)[place, column] == largest and (nets == largest).sum() > 1)


def told_by_output(tree: Mathematics, function: Function, output: Mathematics) -> Mathematics:
    """`tree` with `output` wherever it has the activation's own `function`: s·(1 - s) is out·(1 - out)."""
    def inside(part: Mathematics) -> Mathematics:
        return told_by_output(part, function, output)

    match tree:
        case Function(name, _) if name == function.name:
            return output
        case Sum(terms):
            return Sum(tuple(inside(term) for term in terms))
        case Product(factors):
            return Product(tuple(inside(factor) for factor in factors))
        case Quotient(above, below):
            return Quotient(inside(above), inside(below))
        case Power(base, exponent):
            return Power(inside(base), exponent)
        case Negative(inner):
            return Negative(inside(inner))
        case _:
            return tree


def _jacobian(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """δᵢ = Σⱼ eⱼ ∂pⱼ/∂netᵢ, with e = ∂E/∂out: the Jacobian has pᵢ(1 - pᵢ) on its diagonal and -pⱼpᵢ beside it."""
    layer, place, leaves = operation.section.layer, operation.index, shown.leaves
    outputs = shown.problem.network.sizes[layer]

    def entry(column: Column, unit: int) -> Mathematics:
        own, other = leaves.out(layer, place, column), leaves.out(layer, unit, column)
        rest = Sum((ONE, Negative(own)))
        return Product((own, rest)) if unit == place else Negative(Product((other, own)))

    def term(column: Column, unit: int) -> Mathematics:
        found = entry(column, unit)
        factor = Group(found) if unit == place else found
        return leaves.turned(Product((leaves.out_gradient(layer, unit, column), factor)))

    def by_entries(column: Column) -> Mathematics:
        return added(outputs, lambda unit: leaves.turned(
            Product((leaves.out_gradient(layer, unit, column), leaves.jacobian(layer, unit, place, column)))))

    left = leaves.delta(layer, place, shown.column)
    title = tr("node delta: every ‹output› depends on this net input")
    yield shown.formula(operation, title, left, lambda column: added(outputs, partial(term, column)))
    yield shown.formula(operation, tr("a column of the Jacobian"), left, by_entries)
    for unit in range(outputs if outputs <= _MOST_DETAILS and shown.column is not None else 0):
        jacobian = leaves.jacobian(layer, unit, place, shown.column)
        yield shown.formula(operation, tr("entry of the Jacobian"), jacobian, partial(entry, unit=unit))


# --- ∂E/∂parameter ----------------------------------------------------------------------------------------------


def parameter_gradient(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """∂E/∂w = δ·out, ∂E/∂b = δ (over all units where shared): the mean over the batch."""
    element = operation.element
    assert isinstance(element, Parameter)
    if isinstance(element, Alpha):
        yield from _alpha_gradient(shown, operation, element)
        return
    layer, leaves, network = element.layer, shown.leaves, shown.problem.network
    shared = isinstance(element, Bias) and leaves.labels.is_shared(layer)
    first = 0 if shared else network.net_of(layer, element.unit, element.piece)
    nets = network.net_sizes[layer] if shared else 1

    def term(column: Column, place: int) -> Mathematics:
        found = leaves.delta(layer, first + place, column)
        if isinstance(element, Weight):
            return leaves.turned(Product((found, leaves.out(layer - 1, element.source, column))))
        return leaves.turned(found)

    def chain(column: Column, place: int) -> Mathematics:
        unit, _ = network.target_of(layer, first + place)
        return Product((leaves.out_gradient(layer, unit, column), leaves.slope(layer, first + place, column),
                        leaves.net_slope(layer, first + place, element, column)))

    yield from _gradients(shown, operation, element, term, nets)
    row = shown.problem.activation_row(layer)
    fused = layer == leaves.last and shown.problem.loss_row.is_fused(row.name)
    if row.elementwise and (not fused or all(_multiplies(shown, layer, first + place) for place in range(nets))):
        title, column = tr("the whole chain rule"), shown.column
        if column is None or len(shown.record.rows) == 1:
            yield shown.mean(operation, title, leaves.gradient(element), chain, nets)
        else:
            right = added(nets, partial(chain, column))
            yield Formula(title, leaves.gradient(element, column), right, place=place_of(operation))


def _gradients(
    shown: Shown, operation: Operation, element: Parameter, term: Callable[[Column, int], Mathematics], terms: int
) -> Iterator[Formula]:
    """The batch's gradient, and that of the shown example's own loss where the batch has several."""
    leaves, column = shown.leaves, shown.column
    several = len(shown.record.rows) > 1
    title = tr("gradient, the mean over the batch") if several else tr("gradient")
    yield shown.mean(operation, title, leaves.gradient(element), term, terms)
    if several and column is not None:
        own = added(terms, partial(term, column))
        alone = leaves.gradient(element, column)
        yield Formula(tr("gradient of this example alone"), alone, own, place=place_of(operation))


def _alpha_gradient(shown: Shown, operation: Operation, element: Alpha) -> Iterator[Formula]:
    """∂E/∂α = Σ ∂E/∂out·min(0, net) over the units that share it: the mean over the batch."""
    layer, leaves = element.layer, shown.leaves
    own = leaves.labels.has_own_alphas(layer)
    units = 1 if own else shown.problem.network.sizes[layer]

    def term(column: Column, place: int) -> Mathematics:
        unit = element.unit if own else place
        below = Function("min", (_ZERO, leaves.net(layer, unit, column)))
        return Product((leaves.out_gradient(layer, unit, column), below))

    yield from _gradients(shown, operation, element, term, units)
