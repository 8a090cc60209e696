"""Every example of a batch has its own wish for every parameter; the step that is taken is their mean.

The wish of one example at a weight is δ of the unit that the weight leads into, times the output of the unit it comes
from.  So the whole table, parameters × examples, is told from two thin matrices a layer: only what is looked at is
multiplied out, and what is said of a whole row (its size, how far the examples agree) is one product of matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.record import Record

Whole = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ExampleGradients:
    """∂(an example's own loss)/∂parameter for the batch of `record`.

    Parameters stand in the users' order: W1 row by row, b1, W2, ...; a shared bias once.  Gradients are not divided
    by the batch, so that the mean of a row is the batch's gradient.
    """

    record: Record

    @property
    def examples(self) -> Whole:
        """The batch's rows of the data set, one a column."""
        return self.record.rows

    @cached_property
    def starts(self) -> Whole:
        """Where each layer's parameters begin, and at the end how many there are."""
        network = self.record.problem.network
        counts = np.zeros(len(network.layers) + 1, dtype=np.intp)
        for array in network.arrays:
            counts[array.layer] += array.size
        return np.cumsum(counts)

    def rows(self, places: Whole) -> Array:
        """The gradients of the parameters at ascending `places`, (places, examples)."""
        found = np.empty((len(places), len(self.examples)))
        for layer in range(1, len(self.starts)):
            low, high = np.searchsorted(places, self.starts[layer - 1 : layer + 1])
            if low < high:
                self._write_layer(layer, places[low:high] - self.starts[layer - 1], found[low:high])
        return found

    def _write_layer(self, layer: int, inside: Whole, found: Array) -> None:
        """Writes the gradients of a layer's parameters at ascending places `inside` it, without negative zeros."""
        delta, source = self._delta(layer), self.record.output(layer - 1)
        inputs = len(source)
        weights = int(np.searchsorted(inside, inputs * len(delta)))
        if weights == inputs * len(delta):       # the whole layer: unit by unit, while its part is in the cache
            for wishes, part in zip(delta, found[:weights].reshape(len(delta), inputs, -1), strict=True):
                np.multiply(source, wishes, part)
                np.add(part, 0.0, part)
        else:
            np.multiply(delta[inside[:weights] // inputs], source[inside[:weights] % inputs], found[:weights])
            np.add(found[:weights], 0.0, found[:weights])
        if weights < len(inside):
            np.add(self._rest(layer, delta)[inside[weights:] - inputs * len(delta)], 0.0, found[weights:])

    def _delta(self, layer: int) -> Array:
        return self.record.delta(layer)

    def _rest(self, layer: int, delta: Array) -> Array:
        """What comes after a layer's weights: biases, whose gradient is their unit's δ (where the units share one, the
        sum of theirs), and learned slopes."""
        kind = self.record.problem.network.layers[layer - 1].bias
        biases = delta.sum(axis=0, keepdims=True) if kind == "shared" else delta[: len(delta) * (kind != "none")]
        return np.concatenate((biases, self.record.alpha_wishes(layer)))

    @cached_property
    def mean(self) -> Array:
        """What the step follows: the gradient of the batch, (parameters,)."""
        return np.asarray(self.record.gradient[self.record.problem.blocks.order] + 0.0)

    @cached_property
    def mean_square(self) -> Array:
        """The mean of the squared gradients of each parameter's examples, (parameters,)."""
        return np.asarray(self._over_examples(np.square)[0] / len(self.examples))

    @cached_property
    def deviation(self) -> Array:
        """The standard deviation over the examples, (parameters,)."""
        with np.errstate(all="ignore"):
            return np.asarray(np.sqrt(np.maximum(self.mean_square - np.square(self.mean), 0.0)))

    @cached_property
    def signal_to_noise(self) -> Array:
        """|mean| / standard deviation: infinite where all examples agree, NaN where all are zero; (parameters,)."""
        with np.errstate(all="ignore"):
            return np.asarray(np.abs(self.mean) / self.deviation)

    @cached_property
    def disagreement(self) -> Array:
        """The share of examples that are outvoted: of the rarer of the two signs, 0 to 1/2; (parameters,)."""
        balance, voting = self._over_examples(np.sign, lambda sign: np.abs(sign, sign))
        np.abs(balance, balance)
        np.subtract(voting, balance, voting)
        return np.asarray(np.divide(voting, 2 * len(self.examples), voting))

    def _over_examples(self, *chain: Callable[[Array], Array]) -> list[Array]:
        """Σ over the examples of what the first of `chain` makes of the gradient, what the second makes of that, ...

        Each is a function by which a product becomes the product of both; the first returns an array of its own.
        """
        sums = [np.empty(self.starts[-1]) for _ in chain]
        with np.errstate(all="ignore"):
            for layer in range(1, len(self.starts)):
                delta, source = self._delta(layer), self.record.output(layer - 1)
                rest, (start, end) = self._rest(layer, delta), self.starts[layer - 1 : layer + 1]
                middle = end - len(rest)
                for of, found in zip(chain, sums, strict=True):
                    delta, source, rest = of(delta), of(source), of(rest)
                    np.matmul(delta, source.T, found[start:middle].reshape(len(delta), -1))
                    rest.sum(axis=1, out=found[middle:end])
        return sums


@dataclass(frozen=True)
class Order:
    """One way to bring the rows of the table into order; `key` is small for what comes first."""

    name: str
    text: str
    key: Callable[[ExampleGradients], Array]


def _last_where_unknown(values: Array) -> Array:
    return np.where(np.isnan(values), np.inf, values)


ORDERS: tuple[Order, ...] = (
    Order("network", "network order", lambda table: np.arange(len(table.mean), dtype=np.float64)),
    Order("mean", "largest |mean| first", lambda table: _last_where_unknown(-np.abs(table.mean))),
    Order("size", "largest wishes first", lambda table: _last_where_unknown(-table.mean_square)),
    Order("disagreement", "most disagreement of sign first", lambda table: _last_where_unknown(-table.disagreement)),
    Order("noise", "lowest signal to noise first", lambda table: _last_where_unknown(table.signal_to_noise)),
    Order("signal", "highest signal to noise first", lambda table: _last_where_unknown(-table.signal_to_noise)),
)
