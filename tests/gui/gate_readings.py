"""Graphs of gates for tests of their picture, at any moment of their pass."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from nnviz.engine.expression import FUNCTIONS, Expression, Operation, Variable, read_expression
from nnviz.report.elements import Element, Weight
from nnviz.report.gates import GateReading, slopes_of

SIGMOID_NEURON = "1/(1+exp(-(w0*x0+w1*x1+w2)))"
NEURON_VALUES = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}


def expression_of(text: str) -> Expression:
    """A formula whose variables are the names in it."""
    names = dict.fromkeys(name for name in re.findall(r"[A-Za-z_]\w*", text) if name not in FUNCTIONS)
    return read_expression(text, {name: place for place, name in enumerate(names)})


def reading_of(text: str, values: dict[str, float] | Sequence[float], forward: int | None = None,
               backward: int = -1) -> GateReading:
    """The graph of `text` at `values` after `forward` gates (None: all) and `backward` gradients (-1: all)."""
    expression = expression_of(text)
    arguments = [values[name] for name in expression.variables] if isinstance(values, dict) else list(values)
    with np.errstate(all="ignore"):
        found = np.array([float(number) for number in expression._values(tuple(arguments))])
    slopes, nodes = slopes_of(expression, found), expression.nodes
    gradients = np.zeros(len(nodes))
    gradients[-1] = 1.0
    with np.errstate(all="ignore"):
        for place in range(len(nodes) - 1, -1, -1):
            node = nodes[place]
            if isinstance(node, Operation):
                for source, slope in zip(node.inputs, slopes[place], strict=True):
                    gradients[source] += slope * gradients[place]
    gates = [place for place, node in enumerate(nodes) if isinstance(node, Operation)]
    done = gates if forward is None else gates[:forward]
    known = np.array([not isinstance(node, Operation) or place in done for place, node in enumerate(nodes)])
    way_back = [place for place in range(len(nodes) - 1, -1, -1) if isinstance(nodes[place], Operation | Variable)]
    back = way_back if backward < 0 else way_back[:backward]
    back = back if forward is None else []
    gradients_known = np.array([place in back for place in range(len(nodes))])
    elements: list[Element | None] = [
        Weight(1, node.argument, 0) if isinstance(node, Variable) else None for node in nodes]
    active = back[-1] if back else done[-1] if done else None
    return GateReading(expression, tuple(node.name if isinstance(node, Variable) else "" for node in nodes), found,
                       known, gradients, gradients_known, slopes, tuple(elements), active, bool(back))


def neuron(forward: int | None = None, backward: int = -1) -> GateReading:
    """The sigmoid neuron of the lecture, in primitives."""
    return reading_of(SIGMOID_NEURON, NEURON_VALUES, forward, backward)
