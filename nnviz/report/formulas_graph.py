"""A computation graph's pass: the value of one gate after the other, then the gradient of every gate and leaf."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

import numpy as np

from nnviz.engine.record import Record
from nnviz.report.formulas_gates import backward_formulas, forward_formulas
from nnviz.report.formulas_shown import Shown, place_of
from nnviz.report.gates import GateReading, gate_pass
from nnviz.report.mathematics import Formula
from nnviz.report.pass_order import Operation, PassOrder


def value(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """q = x + y: one gate's value, and its local gradients."""
    node = PassOrder.of(shown.problem).gates[operation.index]
    yield from forward_formulas(whole_reading(shown.record), node, place_of(operation))


def gradient(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """∂f/∂q, which is upstream gradient × local gradient, added up where a value goes several ways."""
    node = PassOrder.of(shown.problem).way_back[operation.index]
    yield from backward_formulas(whole_reading(shown.record), node, place_of(operation))


def whole_reading(record: Record) -> GateReading:
    """A graph's record with every number known; made once."""
    reading = _KNOWN.get(record)
    if reading is None:
        found, order, network = gate_pass(record), PassOrder.of(record.problem), record.problem.network
        nodes = len(found.values)
        known = np.ones(nodes, dtype=np.bool_)
        names = ("",) * nodes if network.gates is None else network.gates.names
        elements = tuple(map(order.node_element, range(nodes)))
        reading = _KNOWN[record] = GateReading(
            found.expression, names, found.values, known, found.gradients, known, found.slopes, elements)
    return reading


_KNOWN: WeakKeyDictionary[Record, GateReading] = WeakKeyDictionary()
