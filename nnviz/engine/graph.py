"""A network, like any formula, is a graph: every node does one operation on the results of others.

`Graph` lists its nodes in an order in which inputs come first, so one walk forward evaluates it and one walk
back differentiates it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

LeafKind = Literal["parameters", "inputs", "targets"]


@dataclass(frozen=True)
class Leaf:
    """Numbers that come from outside. `rows` is the first axis, units, without a row of ones.

    The last axis of inputs and targets counts examples; `columns` is that of a parameter block.
    """

    name: str
    kind: LeafKind
    rows: int
    columns: int = 0
    ones: bool = False       # a row of ones follows: the constant input that a bias is the weight of


@dataclass(frozen=True)
class Node:
    """One operation. `units` is the first axis of its result; the last one counts examples (none for the loss)."""

    name: str
    operation: str
    inputs: tuple[str, ...]
    units: int
    options: Mapping[str, float] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    ones: bool = False
    group: str = ""


@dataclass(frozen=True)
class Graph:
    """Leaves and nodes in topological order; the last node is the loss."""

    leaves: tuple[Leaf, ...]
    nodes: tuple[Node, ...]

    @cached_property
    def by_name(self) -> dict[str, Leaf | Node]:
        items: tuple[Leaf | Node, ...] = (*self.leaves, *self.nodes)
        return {item.name: item for item in items}

    @cached_property
    def parameters(self) -> tuple[Leaf, ...]:
        return tuple(leaf for leaf in self.leaves if leaf.kind == "parameters")

    @cached_property
    def differentiated(self) -> frozenset[str]:
        """The names whose gradient is needed: parameters, and all that depends on one."""
        names = {leaf.name for leaf in self.parameters}
        for node in self.nodes:
            if names.intersection(node.inputs):
                names.add(node.name)
        return frozenset(names)
