"""A pass visits its operations one after the other: net inputs, outputs, the loss, then all gradients backwards,
then every update.

`PassOrder` numbers those operations without listing them (a digit network has 26,000), so that a cursor over a
finished record is a single whole number: `cursor` operations are done, the rest is yet to come.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from weakref import WeakKeyDictionary

from nnviz.engine import expression as expressions
from nnviz.engine import losses
from nnviz.engine.expression import Expression, Number, Variable
from nnviz.engine.network import Gates, Network
from nnviz.engine.problem import Problem
from nnviz.report.elements import Alpha, Bias, Element, GateNode, Unit, Weight

Phase = Literal["forward", "loss", "backward", "update"]
Kind = Literal["net", "out", "term", "total", "parameter", "gate"]
PHASES: tuple[Phase, ...] = ("forward", "loss", "backward", "update")


@dataclass(frozen=True)
class Section:
    """`count` operations of one kind in one layer (from 1), numbered from `start`."""

    phase: Phase
    kind: Kind
    layer: int
    start: int
    count: int

    @property
    def end(self) -> int:
        return self.start + self.count


@dataclass(frozen=True)
class Operation:
    """One operation of a pass: number `index` of the section it is in; `element` is what it computes a number of."""

    section: Section
    index: int
    element: Element | None

    @property
    def phase(self) -> Phase:
        return self.section.phase

    @property
    def kind(self) -> Kind:
        return self.section.kind


@dataclass(frozen=True)
class PassOrder:
    """The operations of one pass through `network`, in the order in which the cursor visits them.

    On a surface these are the height, a slope for every variable, and every variable's update.  In a computation graph
    the gates one after the other, then the gradient of every gate and leaf from the result back, and where there is an
    optimiser the update of every leaf.
    """

    network: Network

    @staticmethod
    def of(problem: Problem) -> PassOrder:
        """The order of a problem's passes, which is worked out once: many moments are read through it."""
        order = _KNOWN.get(problem)
        if order is None:
            order = _KNOWN[problem] = PassOrder(problem.network)
        return order

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        if self.network.gates is not None:
            return _numbered(self._gate_plan(self.network.gates))
        sizes, nets, last = self.network.sizes, self.network.net_sizes, len(self.network.layers)
        if self.network.kind == "surface":
            sizes = nets = (0,) * len(sizes)      # its units only hand on what its variables are: nobody stops there
        planned: list[tuple[Phase, Kind, int, int]] = []
        for layer in range(1, last + 1):
            planned += [("forward", "net", layer, nets[layer]), ("forward", "out", layer, sizes[layer])]
        planned += [("loss", "term", last, sizes[last]), ("loss", "total", last, 1)]
        for layer in range(last, 0, -1):
            planned += [
                ("backward", "out", layer, sizes[layer]),
                ("backward", "net", layer, nets[layer]),
                ("backward", "parameter", layer, self.parameters_in(layer)),
            ]
        planned += [("update", "parameter", layer, self.parameters_in(layer)) for layer in range(1, last + 1)]
        return _numbered(planned)

    def _gate_plan(self, gates: Gates) -> list[tuple[Phase, Kind, int, int]]:
        """The sections of a computation graph, and of a network's those without anything in them."""
        return [
            ("forward", "gate", 1, len(self.gates)), ("forward", "net", 1, 0), ("forward", "out", 1, 0),
            ("loss", "term", 1, 0), ("loss", "total", 1, 0),
            ("backward", "gate", 1, len(self.way_back)),
            ("backward", "out", 1, 0), ("backward", "net", 1, 0), ("backward", "parameter", 1, 0),
            ("update", "parameter", 1, self.parameters_in(1) if gates.learns else 0),
        ]

    @cached_property
    def expression(self) -> Expression | None:
        """The formula whose gates the pass goes through; None of a network and of a surface."""
        network = self.network
        if network.gates is None:
            return None
        return losses.row(network.loss.name, network.names(1), network.ties).expression

    @cached_property
    def gates(self) -> tuple[int, ...]:
        """The nodes that the way there computes, in its order."""
        return () if self.expression is None else self.expression.gates

    @cached_property
    def way_back(self) -> tuple[int, ...]:
        """The nodes that the way back comes by, the result first: every gate and every leaf, but no plain number."""
        if self.expression is None:
            return ()
        nodes = self.expression.nodes
        return tuple(place for place in reversed(range(len(nodes))) if not isinstance(nodes[place], Number))

    @cached_property
    def _leaf_steps(self) -> dict[int, int]:
        """How many operations of the way back are done with the gradient of each leaf, by its number."""
        assert self.expression is not None
        nodes = self.expression.nodes
        return {
            node.argument: step for step, place in enumerate(self.way_back, start=1)
            if isinstance(node := nodes[place], Variable)
        }

    def gradient_is_known(self, cursor: int, element: Element) -> bool:
        """Whether a parameter's gradient lies before the cursor."""
        if self.expression is not None:
            return self.done(cursor, "backward", "gate", 1) >= self._leaf_steps[element.unit]
        return self.done(cursor, "backward", "parameter", element.layer) > self.place_of(element)

    def update_is_known(self, cursor: int, element: Element) -> bool:
        """Whether a parameter's update lies before the cursor; without an optimiser it is 0 at the end of the pass."""
        if self.network.gates is not None and not self.network.gates.learns:
            return cursor >= self.length
        return self.done(cursor, "update", "parameter", element.layer) > self.place_of(element)

    def loss_is_known(self, cursor: int) -> bool:
        """Whether the loss lies before the cursor; of a graph that is its result."""
        if self.expression is not None:
            return self.done(cursor, "forward", "gate", 1) == len(self.gates)
        return self.done(cursor, "loss", "total", len(self.network.layers)) > 0

    @cached_property
    def _starts(self) -> list[int]:
        return [section.start for section in self.sections]

    @property
    def length(self) -> int:
        """How many operations a pass has."""
        return self.sections[-1].end

    def parameters_in(self, layer: int) -> int:
        """How many parameters a layer has; a shared bias counts once."""
        return sum(array.size for array in self.network.arrays if array.layer == layer)

    def section(self, phase: Phase, kind: Kind, layer: int) -> Section:
        return self._sections_by_key[phase, kind, layer]

    @cached_property
    def _sections_by_key(self) -> dict[tuple[str, str, int], Section]:
        return {(section.phase, section.kind, section.layer): section for section in self.sections}

    def done(self, cursor: int, phase: Phase, kind: Kind, layer: int) -> int:
        """How many operations of a section lie before the cursor."""
        section = self.section(phase, kind, layer)
        return max(0, min(section.count, cursor - section.start))

    def counterpart(self, cursor: int, other: PassOrder) -> int:
        """Where `other` stands when as much is done: a section that is done as a whole here is so there, too."""
        reached = 0
        for section in self.sections:
            done = self.done(cursor, section.phase, section.kind, section.layer)
            same = other._sections_by_key.get((section.phase, section.kind, section.layer))
            count = 0 if same is None else same.count
            if done < section.count:
                return reached + min(done, max(0, count - 1))
            reached += count
        return reached

    def at(self, index: int) -> Operation:
        """Operation number `index` (from 0) of the pass."""
        section = self.sections[bisect_right(self._starts, index) - 1]
        place = index - section.start
        if section.kind == "gate":
            nodes = self.gates if section.phase == "forward" else self.way_back
            element: Element | None = self.node_element(nodes[place])
        elif section.kind == "total":
            element = None
        elif section.kind == "parameter":
            element = self.parameter(section.layer, place)
        elif section.kind == "net":
            element = Unit(section.layer, place // self.network.layers[section.layer - 1].pieces)
        else:
            element = Unit(section.layer, place)
        return Operation(section, place, element)

    def node_element(self, place: int) -> Element | None:
        """What a node of a graph is: a gate, or the weight that a leaf is; None for a plain number."""
        assert self.expression is not None
        node = self.expression.nodes[place]
        if isinstance(node, Variable):
            return Weight(1, node.argument, 0)
        return GateNode(1, place) if isinstance(node, expressions.Operation) else None

    def parameter(self, layer: int, place: int) -> Element:
        """Parameter number `place` of a layer: the weights row by row, the biases, what the activation learns."""
        inputs, nets = self.network.sizes[layer - 1], self.network.net_sizes[layer]
        if place < inputs * nets:
            net, source = divmod(place, inputs)
            unit, piece = self.network.target_of(layer, net)
            return Weight(layer, unit, source, piece)
        place -= inputs * nets
        biases = self.biases_in(layer)
        if place >= biases:
            return Alpha(layer, place - biases)
        if self.network.layers[layer - 1].bias == "shared":
            return Bias(layer, 0)
        return Bias(layer, *self.network.target_of(layer, place))

    def weights_in(self, layer: int) -> int:
        """How many weights lead into a layer."""
        return self.network.sizes[layer - 1] * self.network.net_sizes[layer]

    def biases_in(self, layer: int) -> int:
        """How many biases a layer has; a shared one counts once."""
        biases = self.network.array(f"b{layer}")
        return 0 if biases is None else biases.size

    def place_of(self, element: Element) -> int:
        """The number of a parameter inside its layer."""
        inputs, weights = self.network.sizes[element.layer - 1], self.weights_in(element.layer)
        if isinstance(element, Weight):
            return self.network.net_of(element.layer, element.unit, element.piece) * inputs + element.source
        if isinstance(element, Bias):
            return weights + self.network.net_of(element.layer, element.unit, element.piece)
        assert isinstance(element, Alpha)
        return weights + self.biases_in(element.layer) + element.unit

    def next_stop(self, cursor: int, by_layer: bool) -> int:
        """Where one press of Step leads: one operation on, or to the end of the layer's part."""
        if not by_layer:
            return min(cursor + 1, self.length)
        return next((section.end for section in self.sections if section.end > cursor), self.length)

    def previous_stop(self, cursor: int, by_layer: bool) -> int:
        """Where one press of Step back leads."""
        if not by_layer:
            return max(cursor - 1, 0)
        return max((section.start for section in self.sections if section.start < cursor), default=0)

    def phase_end(self, cursor: int) -> int:
        """The end of the phase that the next operation belongs to (forward and loss count as one)."""
        groups = (("forward", "loss"), ("backward",), ("update",))
        ends = [max(section.end for section in self.sections if section.phase in group) for group in groups]
        return next((end for end in ends if end > cursor), self.length)


def _numbered(planned: list[tuple[Phase, Kind, int, int]]) -> tuple[Section, ...]:
    """Sections one behind the other."""
    sections, start = [], 0
    for phase, kind, layer, count in planned:
        sections.append(Section(phase, kind, layer, start, count))
        start += count
    return tuple(sections)


_KNOWN: WeakKeyDictionary[Problem, PassOrder] = WeakKeyDictionary()
