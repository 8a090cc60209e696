"""Where every number comes from: for each operation of a pass the formula that computes it, and for each unit and
each parameter all formulas that have to do with it, in the order of the pass.

A formula is a tree (`report/mathematics.py`); nothing of a long sum is made before it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from nnviz.engine.record import Record
from nnviz.report import formulas_backward, formulas_forward, formulas_graph, formulas_surface, formulas_update
from nnviz.report.conventions import DEFAULT, Conventions
from nnviz.report.elements import Bias, Element, Parameter, Unit
from nnviz.report.formulas_shown import Shown
from nnviz.report.labels import Labels
from nnviz.report.leaves import Leaves
from nnviz.report.mathematics import Formula
from nnviz.report.moment import MEAN
from nnviz.report.pass_order import Kind, Operation, Phase

Write = Callable[[Shown, Operation], Iterator[Formula]]
_Place = tuple[Phase, Kind, int, int]


@dataclass(frozen=True, eq=False)
class Formulas:
    """The formulas of `record` for one example of its batch, or for their mean.

    `example` is a column of the batch or `MEAN`.  Every formula says in `place` which operation of the pass computes
    it, so that what the cursor has not reached need not be shown.
    """

    record: Record
    labels: Labels
    example: int
    conventions: Conventions = DEFAULT

    def of(self, operation: Operation) -> tuple[Formula, ...]:
        """What an operation computes, first of all the number that the cursor visits, then what it is made of."""
        return tuple(self._write(operation))

    def first(self, operation: Operation) -> Formula:
        """The number that the cursor visits."""
        return next(self._write(operation))

    def about(self, element: Element) -> tuple[Formula, ...]:
        """All formulas of a unit, a weight, a bias or an α, in the order of the pass; none for an input."""
        return tuple(formula for operation in self._operations_of(element) for formula in self.of(operation))

    @cached_property
    def shown(self) -> Shown:
        examples = len(self.record.rows)
        mean = self.example == MEAN and examples > 1
        column = None if mean else 0 if self.example == MEAN else min(self.example, examples - 1)
        return Shown(Leaves(self.record, self.labels, self.conventions), column)

    def _write(self, operation: Operation) -> Iterator[Formula]:
        return _WRITERS_OF[self.record.problem.network.kind][operation.phase, operation.kind](self.shown, operation)

    def _operations_of(self, element: Element) -> list[Operation]:
        order, network = self.labels.order, self.record.problem.network
        if network.gates is not None:
            return self._operations_of_node(element)
        if isinstance(element, Parameter):
            layer = element.layer
            if isinstance(element, Bias) and self.labels.is_shared(layer):
                element = Bias(layer, 0)
            place = order.place_of(element)
            places: list[_Place] = [("backward", "parameter", layer, place), ("update", "parameter", layer, place)]
        else:
            assert isinstance(element, Unit)
            layer, unit = element.layer, element.unit
            if not layer or network.kind == "surface":
                return []
            pieces = network.layers[layer - 1].pieces
            nets = range(unit * pieces, (unit + 1) * pieces)
            places = [*(("forward", "net", layer, net) for net in nets), ("forward", "out", layer, unit)]
            if layer == len(network.layers):
                places.append(("loss", "term", layer, unit))
            places += [("backward", "out", layer, unit), *(("backward", "net", layer, net) for net in nets)]
        return [order.at(order.section(phase, kind, layer).start + place) for phase, kind, layer, place in places]

    def _operations_of_node(self, element: Element) -> list[Operation]:
        """The operations of a computation graph that compute something of a gate or a leaf."""
        order = self.labels.order
        sections = [order.section(phase, kind, 1) for phase, kind in _OF_GRAPHS]
        operations = (order.at(index) for section in sections for index in range(section.start, section.end))
        return [operation for operation in operations if operation.element == element]


_WRITERS: Mapping[tuple[Phase, Kind], Write] = {
    ("forward", "net"): formulas_forward.net,
    ("forward", "out"): formulas_forward.out,
    ("loss", "term"): formulas_forward.term,
    ("loss", "total"): formulas_forward.total,
    ("backward", "out"): formulas_backward.out_gradient,
    ("backward", "net"): formulas_backward.delta,
    ("backward", "parameter"): formulas_backward.parameter_gradient,
    ("update", "parameter"): formulas_update.new_value,
}
_OF_SURFACES: Mapping[tuple[Phase, Kind], Write] = {
    ("loss", "total"): formulas_surface.height,
    ("backward", "parameter"): formulas_surface.slope,
    ("update", "parameter"): formulas_update.new_value,
}
_OF_GRAPHS: Mapping[tuple[Phase, Kind], Write] = {
    ("forward", "gate"): formulas_graph.value,
    ("backward", "gate"): formulas_graph.gradient,
    ("update", "parameter"): formulas_update.new_value,
}
_WRITERS_OF = {"network": _WRITERS, "graph": _OF_GRAPHS, "surface": _OF_SURFACES}
