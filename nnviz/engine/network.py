"""A network is layers of named units between its inputs and a loss.  This is its description: what is connected
to what, and what every parameter is called.  It holds no numbers; those live in a state.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from nnviz.engine import activations
from nnviz.engine.gates import DEFAULT_TIES

BiasKind = Literal["per_unit", "shared", "none"]
ParameterKind = Literal["weight", "bias", "activation"]

_PARAMETER = re.compile(r"([A-Za-z]+[1-9][0-9]*)(?:\[ *([0-9]+(?: *, *[0-9]+)*) *\])?", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """A row of a table, chosen by its name, with the values of its options."""

    name: str
    options: tuple[tuple[str, float], ...] = ()

    def option(self, key: str, default: float | None = None) -> float:
        """The value of option `key`, or `default`; without either, `KeyError`."""
        for name, value in self.options:
            if name == key:
                return value
        if default is None:
            raise KeyError(key)
        return default


@dataclass(frozen=True)
class Layer:
    """Units that share an activation: z = W a + b, then a = f(z)."""

    units: tuple[str, ...]
    activation: Choice
    initialise: Choice
    bias: BiasKind = "per_unit"

    @cached_property
    def has_pieces(self) -> bool:
        """Whether a unit has several net inputs, so that its parameters have one more index."""
        return "pieces" in activations.TABLE[self.activation.name].options

    @cached_property
    def pieces(self) -> int:
        """How many net inputs each unit has."""
        row = activations.TABLE[self.activation.name]
        return row.pieces(row.defaults | dict(self.activation.options))


@dataclass(frozen=True)
class ParameterArray:
    """The weights or the biases of one layer, or what its activation learns.

    Layers count from 1, the first after the input.
    """

    name: str
    layer: int
    kind: ParameterKind
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    def has(self, index: tuple[int, ...]) -> bool:
        """Whether `index` points at one of its elements."""
        return len(index) == len(self.shape) and all(0 <= i < n for i, n in zip(index, self.shape, strict=True))


@dataclass(frozen=True)
class Gates:
    """What a computation graph has beside its leaves and its formula.

    `names` are what the nodes of its expression are called, "" for a number; `ties` is a row of `TIES`; `learns` says
    whether an optimiser moves the leaves.
    """

    names: tuple[str, ...]
    ties: str = DEFAULT_TIES
    learns: bool = False


@dataclass(frozen=True)
class Network:
    """The inputs, the layers and the loss.  Hashable, so what is computed from it can be kept.

    A surface is a network that has nothing but two weights, from an input of 1 to two units: `kind` says that these
    are its variables.  A computation graph has a weight for every leaf; `gates` tells the rest of it.
    """

    inputs: tuple[str, ...]
    layers: tuple[Layer, ...]
    loss: Choice
    kind: Literal["network", "graph", "surface"] = "network"
    gates: Gates | None = None       # of a computation graph

    @property
    def has_units(self) -> bool:
        """Whether there are units, layers and examples to speak of: a formula of its parameters has none."""
        return self.kind == "network"

    @property
    def ties(self) -> str:
        """The rule for max and min of equal inputs that is in force in a formula."""
        return DEFAULT_TIES if self.gates is None else self.gates.ties

    @property
    def learns(self) -> bool:
        """Whether a step changes anything: a graph without an optimiser is only computed there and back."""
        return self.gates is None or self.gates.learns

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Units per layer, the input first: (2, 2, 1) for an XOR network."""
        return (len(self.inputs), *(len(layer.units) for layer in self.layers))

    @cached_property
    def net_sizes(self) -> tuple[int, ...]:
        """Net inputs per layer, behind the number of inputs: one a unit, or one for each of its pieces, unit by unit.
        """
        return (len(self.inputs), *(len(layer.units) * layer.pieces for layer in self.layers))

    def net_name(self, layer: int, place: int) -> str:
        """Whose net input number `place` of a layer is: `h1`, or `h1[0]` for a piece of the unit."""
        unit, piece = self.target_of(layer, place)
        name = self.layers[layer - 1].units[unit]
        return name if piece is None else f"{name}[{piece}]"

    def target_of(self, layer: int, net: int) -> tuple[int, int | None]:
        """The unit, and its piece where units have any, that net input number `net` of a layer belongs to."""
        found = self.layers[layer - 1]
        return divmod(net, found.pieces) if found.has_pieces else (net, None)

    def net_of(self, layer: int, unit: int, piece: int | None = None) -> int:
        """The number of a unit's net input in its layer: of its first one, or of a piece."""
        return unit * self.layers[layer - 1].pieces + (piece or 0)

    @cached_property
    def arrays(self) -> tuple[ParameterArray, ...]:
        """The parameter arrays in order: W1, b1, W2, b2, ...

        W is (units, inputs): row j holds the weights into unit j.  b is (units,), or (1,) where it is shared.  Where
        units have pieces, W is (units, pieces, inputs) and b (units, pieces).  What an activation learns follows:
        alpha1, (units,) or (1,) for the whole layer.
        """
        arrays: list[ParameterArray] = []
        for number, layer in enumerate(self.layers, start=1):
            inputs, units = self.sizes[number - 1], self.sizes[number]
            targets = (units, layer.pieces) if layer.has_pieces else (units,)
            arrays.append(ParameterArray(f"W{number}", number, "weight", (*targets, inputs)))
            if layer.bias != "none":
                arrays.append(ParameterArray(f"b{number}", number, "bias", (1,) if layer.bias == "shared" else targets))
            learned = activations.TABLE[layer.activation.name].learned
            if learned:
                own = layer.activation.option("per_unit", 0.0)
                arrays.append(ParameterArray(f"{learned}{number}", number, "activation", (units if own else 1,)))
        return tuple(arrays)

    @cached_property
    def parameter_count(self) -> int:
        """How many numbers training can change; a shared bias counts once."""
        return sum(array.size for array in self.arrays)

    def names(self, layer: int) -> tuple[str, ...]:
        """The names of a layer's units; layer 0 is the input."""
        return self.inputs if layer == 0 else self.layers[layer - 1].units

    def array(self, name: str) -> ParameterArray | None:
        """The parameter array called `name`, if there is one."""
        return self._arrays_by_name.get(name)

    @cached_property
    def _arrays_by_name(self) -> dict[str, ParameterArray]:
        return {array.name: array for array in self.arrays}


def element_name(array: str, index: tuple[int, ...]) -> str:
    """The name of one parameter.

    >>> element_name("W1", (0, 1)), element_name("b2", (0,))
    ('W1[0,1]', 'b2[0]')
    """
    return f"{array}[{','.join(str(int(i)) for i in index)}]"


def parse_parameter_name(name: str) -> tuple[str, tuple[int, ...]] | None:
    """The array and the index that a name speaks of; the index is () for a whole array.  None if it is no such name.

    >>> parse_parameter_name("W1[0, 1]"), parse_parameter_name("b2"), parse_parameter_name("w5[")
    (('W1', (0, 1)), ('b2', ()), None)
    """
    match = _PARAMETER.fullmatch(name) if len(name) <= 200 else None
    if match is None:
        return None
    array, index = match.groups()
    return array, tuple(int(i) for i in index.split(",")) if index else ()


def default_unit_names(layer: int, count: int, layers: int) -> tuple[str, ...]:
    """The names of units that were only counted; `layers` is the number of layers after the input.

    >>> default_unit_names(0, 2, 1), default_unit_names(1, 2, 2), default_unit_names(2, 1, 2)
    (('i1', 'i2'), ('h1', 'h2'), ('o1',))
    >>> default_unit_names(2, 2, 4)
    ('h2_1', 'h2_2')
    """
    if layer == 0:
        prefix = "i"
    elif layer == layers:
        prefix = "o"
    else:
        prefix = "h" if layers == 2 else f"h{layer}_"
    return tuple(f"{prefix}{number}" for number in range(1, count + 1))
