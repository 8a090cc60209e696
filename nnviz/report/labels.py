"""Every parameter has a canonical name, `W1[0,1]`, and may have a lesson's own, `w2`: both lead to the same number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from nnviz.engine.network import Network, ParameterKind
from nnviz.report.divergence import parameter_name
from nnviz.report.elements import Alpha, Parameter, Weight
from nnviz.report.pass_order import PassOrder


@dataclass(frozen=True)
class ParameterName:
    """What is said of a parameter beside its numbers.

    `target` and `source` are unit names: a bias has no source, a shared bias or α no target either.  `label` may be "".
    A surface has variables and a graph has leaves; these are called by their own names and lead nowhere.
    """

    canonical: str
    label: str
    layer: int
    kind: ParameterKind | Literal["variable", "leaf"]
    target: str
    source: str


@dataclass(frozen=True, eq=False)
class Labels:
    """What units and parameters of `network` are called; `labels` goes from canonical names to a lesson's own."""

    network: Network
    labels: Mapping[str, str]

    @cached_property
    def order(self) -> PassOrder:
        return PassOrder(self.network)

    def is_shared(self, layer: int) -> bool:
        """Whether the units of a layer have one bias between them."""
        return self.network.layers[layer - 1].bias == "shared"

    def has_own_alphas(self, layer: int) -> bool:
        """Whether every unit of a layer learns an α of its own."""
        return bool(self.network.layers[layer - 1].activation.option("per_unit", 0.0))

    def describe(self, element: Parameter) -> ParameterName:
        """All names of a parameter."""
        canonical = parameter_name(element)
        label = self.labels.get(canonical, "")
        target = self.network.names(element.layer)[element.unit]
        if not self.network.has_units:
            kind: Literal["variable", "leaf"] = "leaf" if self.network.kind == "graph" else "variable"
            return ParameterName(target, "", element.layer, kind, "", "")
        if isinstance(element, Weight):
            source = self.network.names(element.layer - 1)[element.source]
            return ParameterName(canonical, label, element.layer, "weight", target, source)
        if isinstance(element, Alpha):
            target = target if self.has_own_alphas(element.layer) else ""
            return ParameterName(canonical, label, element.layer, "activation", target, "")
        if self.is_shared(element.layer):
            target = ""
        return ParameterName(canonical, label, element.layer, "bias", target, "")

    def name(self, element: Parameter) -> str:
        """The lesson's name where there is one, else the canonical one."""
        canonical = parameter_name(element)
        return self.labels.get(canonical) or canonical

    def elements(self, layer: int) -> Iterator[Parameter]:
        """The parameters of a layer in order: the weights row by row, the biases, what the activation learns."""
        for place in range(self.order.parameters_in(layer)):
            element = self.order.parameter(layer, place)
            assert isinstance(element, Parameter)
            yield element

    def output(self, layer: int, unit: int) -> str:
        """What formulas call a unit's output: `out h1`, or just `i1` for an input."""
        name = self.network.names(layer)[unit]
        return f"out {name}" if layer else name
