"""The numbers of a layer as grids of cells, and what stands for a block of cells where a pixel is all they get."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nnviz.gui.drawing import Array, Mask
from nnviz.gui.weight_sheets import Sheet
from nnviz.report.edge_measures import LayerValues
from nnviz.report.weight_tables import TableShape


@dataclass(frozen=True, eq=False)
class LayerMatrices:
    """A layer: its parameters, and what is told of each of them."""

    shape: TableShape
    parameters: LayerValues
    told: LayerValues

    @cached_property
    def top(self) -> float:
        """The size of a parameter that has the strongest colour: a round number just above the largest of the layer."""
        return _round_up(_largest(self.parameters))

    def numbers(self, sheet: Sheet) -> tuple[Array, Mask]:
        """The numbers of a sheet of this layer, (rows, columns), and which of them are known."""
        values = (self.parameters, self.told)[sheet.told]
        if sheet.part == "image":
            form = sheet.rows, sheet.columns
            return values.weights[sheet.row].reshape(form), values.weights_known[sheet.row].reshape(form)
        pairs = {"weights": (values.weights, values.weights_known), "biases": (values.biases, values.biases_known),
                 "slopes": (values.slopes, values.slopes_known)}
        numbers, known = pairs[sheet.part]
        assert numbers is not None and known is not None
        form = sheet.rows, sheet.columns
        return numbers.reshape(form), known.reshape(form)


def strongest_of(numbers: Array, known: Mask, block: tuple[int, int]) -> tuple[Array, Mask]:
    """Of each block of so many rows and columns the number of the largest size; one that is not finite is largest.

    The last blocks may be smaller.
    """
    (rows, columns), (high, wide) = numbers.shape, block
    edge = (0, -rows % high), (0, -columns % wide)
    if any(after for _, after in edge):
        numbers, known = np.pad(numbers, edge, mode="edge"), np.pad(known, edge, mode="edge")
    form = numbers.shape[0] // high, high, numbers.shape[1] // wide, wide

    def blocks(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return values.reshape(form).swapaxes(1, 2).reshape(form[0], form[2], high * wide)

    apart, seen = blocks(numbers), blocks(known)
    sizes = np.where(seen, np.nan_to_num(np.abs(apart), nan=np.inf, posinf=np.inf), -1.0)
    best = sizes.argmax(axis=2)[..., None]
    return (np.asarray(np.take_along_axis(apart, best, axis=2)[..., 0], dtype=np.float64),
            np.asarray(np.take_along_axis(seen, best, axis=2)[..., 0], dtype=np.bool_))


def _largest(values: LayerValues) -> float:
    """The largest finite size of the parameters of a layer."""
    parts = [part for part in (values.weights, values.biases, values.slopes) if part is not None and part.size]
    found = [float(np.abs(part).max()) for part in parts]
    if not all(map(math.isfinite, found)):
        found = [float(np.abs(part[np.isfinite(part)]).max(initial=0.0)) for part in parts]
    return max(found, default=0.0)


def _round_up(value: float) -> float:
    """The next number of one or few digits: such a scale stands still while weights grow; 1 for 0."""
    if not value:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0) if value <= step * power),
                10.0 * power)
