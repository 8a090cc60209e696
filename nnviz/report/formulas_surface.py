"""A surface has a height instead of a loss: f at the point where x and y are, and how steep it is there."""

from __future__ import annotations

from collections.abc import Iterator

from nnviz.engine.expression import read_expression
from nnviz.report import signs
from nnviz.report.elements import Weight
from nnviz.report.expression_trees import slope_text, tree_of
from nnviz.report.formulas_shown import Shown
from nnviz.report.leaves import Column
from nnviz.report.mathematics import Formula, Known, Mathematics
from nnviz.report.pass_order import Operation
from nnviz.report.quantities import Quantity
from nnviz.words import tr


def height(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """f = the formula, at every example's point."""
    text = shown.problem.loss_row.formula

    def value(column: Column) -> Mathematics:
        return _at(shown, text, column)

    yield shown.formula(operation, tr("height"), shown.leaves.loss(shown.column), value)


def slope(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """∂f/∂x = the formula's derivative: the mean over the examples."""
    element = operation.element
    assert isinstance(element, Weight)
    text = slope_text(shown.problem, element)
    left = shown.leaves.gradient(element)
    yield shown.mean(operation, tr("slope"), left, lambda column, place: _at(shown, text, column), 1)


def _at(shown: Shown, text: str, column: Column) -> Mathematics:
    """A formula of x and y at an example's point: where they are, less the shift that is the example's target."""
    names = shown.problem.network.names(1)
    places = shown.record.output(1) - shown.record.targets
    variables: list[Mathematics] = []
    for unit, name in enumerate(names):
        value = float(places[unit].mean() if column is None else places[unit, column]) + 0.0
        shift = bool(shown.record.targets[unit].any())
        element = Weight(1, unit, 0)
        quantity = Quantity("out", element, example=column) if shift else Quantity("parameter", element)
        variables.append(Known(signs.named(name), name, value, quantity))
    return tree_of(read_expression(text, {name: place for place, name in enumerate(names)}), variables)
