"""What a learner can point at in a network: a unit, a weight, a bias, the slope that an activation learns.

Elements are plain values: the picture, the inspector, the tables and the commands name the same
thing by the same element.  Layers count from 0, the input; units and sources count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit of a layer; layer 0 holds the inputs."""

    layer: int
    unit: int


@dataclass(frozen=True)
class GateNode(Unit):
    """A gate of a computation graph, which computes as a unit does: `unit` is its place among the expression's nodes.

    A leaf is a `Weight`, as it can be edited and learned.
    """


@dataclass(frozen=True)
class Weight:
    """The weight from unit `source` of the layer before to unit `unit` of layer `layer` (1 or more).

    Where a unit has several net inputs, `piece` says into which of them it leads, from 0.
    """

    layer: int
    unit: int
    source: int
    piece: int | None = None


@dataclass(frozen=True)
class Bias:
    """The bias of unit `unit` of layer `layer` (1 or more), or of a piece of it; a shared bias is always unit 0."""

    layer: int
    unit: int
    piece: int | None = None


@dataclass(frozen=True)
class Alpha:
    """What the activation of unit `unit` of layer `layer` (1 or more) learns; one of a whole layer is always unit 0."""

    layer: int
    unit: int


Parameter = Weight | Bias | Alpha
Element = Unit | Parameter
