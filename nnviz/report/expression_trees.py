"""A formula that a user typed, as a tree to be shown: the same gates, written as mathematics is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.derivative import derivative_text
from nnviz.engine.expression import FUNCTIONS, Expression, Number, Operation, Variable, read_expression
from nnviz.engine.problem import Problem
from nnviz.report import templates
from nnviz.report.elements import Parameter
from nnviz.report.mathematics import FUNCTIONS as WRITTEN
from nnviz.report.mathematics import Constant, Function, Mathematics, Negative, Power, Product, Quotient, Sum

_NAMED = {np.pi: "π", np.e: "e"}


def tree_of(expression: Expression, variables: Sequence[Mathematics]) -> Mathematics:
    """The tree of a formula, with `variables` by argument."""
    trees: list[Mathematics] = []
    for node in expression.nodes:
        match node:
            case Number(value):
                trees.append(constant(value))
            case Variable(_, argument):
                trees.append(variables[argument])
            case Operation(gate, inputs):
                trees.append(gate_tree(gate, [trees[source] for source in inputs]))
    return trees[-1]


def constant(value: float) -> Constant:
    """A number of the formula itself; π and e by their names."""
    return Constant(value, _NAMED.get(value, ""))


def slope_text(problem: Problem, element: Parameter) -> str:
    """∂f/∂variable in symbols."""
    names = problem.network.names(1)
    expression = read_expression(problem.loss_row.formula, {name: place for place, name in enumerate(names)})
    return derivative_text(expression, element.unit)


def gate_tree(gate: str, inputs: Sequence[Mathematics]) -> Mathematics:
    """What one gate computes of its inputs."""
    return _TREES[gate](*inputs)


def _terms(tree: Mathematics) -> Sequence[Mathematics]:
    return tree.terms if isinstance(tree, Sum) else (tree,)


def _factors(tree: Mathematics) -> tuple[Mathematics, ...]:
    return tree.factors if isinstance(tree, Product) else (tree,)


def _called(name: str) -> Callable[..., Mathematics]:
    """A function by its name; an activation that has none on paper by its formula."""
    if name in WRITTEN:
        return lambda *inputs: Function(name, inputs)
    template = ACTIVATIONS[name].calculation
    return lambda *inputs: templates.read(template, dict(zip(("net", "alpha"), inputs, strict=False)))


def _times(a: Mathematics, b: Mathematics) -> Mathematics:
    return Negative(_times(a.inner, b)) if isinstance(a, Negative) else Product((*_factors(a), b))


_TREES: Mapping[str, Callable[..., Mathematics]] = {
    "add": lambda a, b: Sum((*_terms(a), b)),
    "subtract": lambda a, b: Sum((*_terms(a), Negative(b))),
    "multiply": lambda a, b: _times(a, b),
    "divide": Quotient,
    "power": Power,
    "square": lambda a: Power(a, Constant(2.0)),
    "negate": Negative,
    **{name: _called(name) for name in FUNCTIONS},
}
