"""The engine keeps a number of every parameter in one flat vector; here it is read by weight, bias and α."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.record import Record
from nnviz.report.elements import Alpha, Parameter, Weight


class WrittenLater(Sequence[str]):
    """Numbers as texts, each written when it is asked for."""

    def __init__(self, values: Array, write: Callable[[float], str]) -> None:
        self._values, self._write = values, write

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, place: Any) -> Any:
        return self._write(float(self._values[place]))


@dataclass(frozen=True, eq=False)
class Numbers:
    """A flat vector over all parameters, read by element."""

    record: Record
    vector: Array

    def of(self, element: Parameter) -> float:
        if isinstance(element, Alpha):
            alphas = self.record.problem.blocks.alphas(self.vector, element.layer)
            assert alphas is not None
            return float(alphas[element.unit]) + 0.0
        weights, biases = self._layer(element.layer)
        net = self.record.problem.network.net_of(element.layer, element.unit, element.piece)
        if isinstance(element, Weight):
            return float(weights[net, element.source]) + 0.0
        assert biases is not None
        return float(biases[net]) + 0.0

    def _layer(self, layer: int) -> tuple[Array, Array | None]:
        if layer not in self._layers:
            blocks = self.record.problem.blocks
            self._layers[layer] = (blocks.weights(self.vector, layer), blocks.biases(self.vector, layer))
        return self._layers[layer]

    @cached_property
    def _layers(self) -> dict[int, tuple[Array, Array | None]]:
        return {}


def own_gradient(record: Record, element: Parameter, column: int) -> float:
    """The gradient of the loss of one example alone, a column of the batch: δ·out, δ for a bias."""
    if isinstance(element, Alpha):
        return float(record.alpha_wishes(element.layer)[element.unit, column]) + 0.0
    delta, network = record.delta(element.layer)[:, column], record.problem.network
    net = network.net_of(element.layer, element.unit, element.piece)
    if isinstance(element, Weight):
        return float(delta[net]) * float(record.output(element.layer - 1)[element.source, column]) + 0.0
    if network.layers[element.layer - 1].bias == "shared":
        with np.errstate(invalid="ignore", over="ignore"):
            return float(delta.sum()) + 0.0
    return float(delta[net]) + 0.0
