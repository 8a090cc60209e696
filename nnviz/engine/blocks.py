"""Users see `W[unit, input]` and `b[unit]`; the engine keeps all parameters in one flat vector.

The block of a layer has shape (units, inputs + 1), its last column the biases, behind it lies what the layer's
activation learns, and so the layers follow each other.  Where units have pieces, each piece has a row of its own, and
`W[unit, piece, input]` is what users see.  A bias that its layer shares stands in the column once for
every unit; the copies always hold the same number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.network import Network


@dataclass(frozen=True)
class Blocks:
    """Where the parameters of a network lie in a flat vector. Layers count from 1."""

    network: Network

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset of each layer's block, and at the end the length of the whole vector."""
        offsets = [0]
        for number in range(1, len(self.network.layers) + 1):
            rows, columns = self.shape(number)
            offsets.append(offsets[-1] + rows * columns + self._alpha_count(number))
        return tuple(offsets)

    @property
    def size(self) -> int:
        return self.starts[-1]

    def shape(self, layer: int) -> tuple[int, int]:
        """Rows (net inputs) and columns (inputs, and one for a bias) of a layer's block."""
        network = self.network
        return network.net_sizes[layer], network.sizes[layer - 1] + (network.layers[layer - 1].bias != "none")

    def block(self, vector: Array, layer: int) -> Array:
        """A view of the layer's block; shape (net inputs, inputs [+ 1])."""
        start, (rows, columns) = self.starts[layer - 1], self.shape(layer)
        return vector[start : start + rows * columns].reshape(rows, columns)

    def weights(self, vector: Array, layer: int) -> Array:
        """A view of the layer's weights; shape (net inputs, inputs)."""
        return self.block(vector, layer)[:, : self.network.sizes[layer - 1]]

    def biases(self, vector: Array, layer: int) -> Array | None:
        """A view of the layer's biases: shape (net inputs,), (1,) where shared, None where there are none."""
        kind = self.network.layers[layer - 1].bias
        if kind == "none":
            return None
        column = self.block(vector, layer)[:, -1]
        return column[:1] if kind == "shared" else column

    def alphas(self, vector: Array, layer: int) -> Array | None:
        """A view of what the layer's activation learns: shape (units,), (1,) for the layer, None where nothing."""
        count = self._alpha_count(layer)
        return vector[self.starts[layer] - count : self.starts[layer]] if count else None

    def _alpha_count(self, layer: int) -> int:
        array = self.network.array(f"alpha{layer}")
        return 0 if array is None else array.size

    def unpack(self, vector: Array) -> dict[str, Array]:
        """The parameters by array name (`W1`, `b1`, ...) and in its shape, as copies."""
        arrays: dict[str, Array] = {}
        for layer in range(1, len(self.network.layers) + 1):
            arrays[f"W{layer}"] = self.weights(vector, layer).copy()
            biases = self.biases(vector, layer)
            if biases is not None:
                arrays[f"b{layer}"] = biases.copy()
            alphas = self.alphas(vector, layer)
            if alphas is not None:
                arrays[f"alpha{layer}"] = alphas.copy()
        return {array.name: arrays[array.name].reshape(array.shape) for array in self.network.arrays}

    def pack(self, arrays: Mapping[str, Array]) -> Array:
        """The flat vector of parameters given by array name; arrays that are missing are zeros."""
        vector = np.zeros(self.size)
        for layer in range(1, len(self.network.layers) + 1):
            if f"W{layer}" in arrays:
                weights = self.weights(vector, layer)
                weights[...] = np.reshape(arrays[f"W{layer}"], weights.shape)
            if f"b{layer}" in arrays and self.network.layers[layer - 1].bias != "none":
                self.block(vector, layer)[:, -1] = np.ravel(arrays[f"b{layer}"])
            alphas = self.alphas(vector, layer)
            if alphas is not None and f"alpha{layer}" in arrays:
                alphas[...] = arrays[f"alpha{layer}"]
        return vector

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Positions in the vector, in the users' order: W1 row by row, b1, alpha1, W2, ...; a shared bias once."""
        positions = np.arange(self.size).astype(np.float64)
        parts: list[Array] = []
        for layer in range(1, len(self.network.layers) + 1):
            parts.append(self.weights(positions, layer).ravel())
            biases = self.biases(positions, layer)
            if biases is not None:
                parts.append(biases)
            alphas = self.alphas(positions, layer)
            if alphas is not None:
                parts.append(alphas)
        return np.concatenate(parts).astype(np.intp)

    def positions(self, name: str, index: tuple[int, ...]) -> NDArray[np.intp]:
        """Where an element of an array lies; several places for a shared bias."""
        array = self.network.array(name)
        if array is None:
            raise KeyError(name)
        layer = array.layer
        if array.kind == "activation":
            return np.array([self.starts[layer] - array.size + index[0]])
        start, (rows, columns) = self.starts[layer - 1], self.shape(layer)
        if name[0] == "W":
            *target, source = index
            return np.array([start + self._row(layer, target) * columns + source])
        if self.network.layers[layer - 1].bias == "shared":
            return start + np.arange(rows) * columns + columns - 1
        return np.array([start + self._row(layer, index) * columns + columns - 1])

    def _row(self, layer: int, target: Sequence[int]) -> int:
        """The number of the net input in its layer that an index points at."""
        return self.network.net_of(layer, *target)

    @cached_property
    def repeats(self) -> NDArray[np.bool_]:
        """True at the second and later copies of a shared bias, which a norm must not count again."""
        again = np.ones(self.size, dtype=bool)
        again[self.order] = False
        return again
