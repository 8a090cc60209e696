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

from nnviz.engine.network import Network
from nnviz.engine.problem import Problem
from nnviz.report.elements import Alpha, Bias, Element, Unit, Weight

Phase = Literal["forward", "loss", "backward", "update"]
Kind = Literal["net", "out", "term", "total", "parameter"]
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

    On a surface these are the height, a slope for every variable, and every variable's update.
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
        sections, start = [], 0
        for phase, kind, layer, count in planned:
            sections.append(Section(phase, kind, layer, start, count))
            start += count
        return tuple(sections)

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

    def at(self, index: int) -> Operation:
        """Operation number `index` (from 0) of the pass."""
        section = self.sections[bisect_right(self._starts, index) - 1]
        place = index - section.start
        if section.kind == "total":
            element: Element | None = None
        elif section.kind == "parameter":
            element = self.parameter(section.layer, place)
        elif section.kind == "net":
            element = Unit(section.layer, place // self.network.layers[section.layer - 1].pieces)
        else:
            element = Unit(section.layer, place)
        return Operation(section, place, element)

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


_KNOWN: WeakKeyDictionary[Problem, PassOrder] = WeakKeyDictionary()
