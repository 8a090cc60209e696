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
Votes = NDArray[np.float32]


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
        found = self.record.gradient.take(self.record.problem.blocks.order)
        found += 0.0
        return found

    @cached_property
    def mean_square(self) -> Array:
        """The mean of the squared gradients of each parameter's examples, (parameters,)."""
        found = np.empty(self.starts[-1])
        with np.errstate(all="ignore"):
            for part in self._parts:
                np.matmul(np.square(part.delta), np.square(part.source).T, part.weights(found))
                found[part.middle : part.end] = np.square(part.rest).sum(axis=1)
        found /= len(self.examples)
        return found

    @cached_property
    def deviation(self) -> Array:
        """The standard deviation over the examples, (parameters,)."""
        with np.errstate(all="ignore"):
            found = np.square(self.mean)
            np.subtract(self.mean_square, found, found)
            np.maximum(found, 0.0, out=found)
            return np.sqrt(found, found)

    @cached_property
    def signal_to_noise(self) -> Array:
        """|mean| / standard deviation: infinite where all examples agree, NaN where all are zero; (parameters,)."""
        with np.errstate(all="ignore"):
            return np.asarray(np.abs(self.mean) / self.deviation)

    @cached_property
    def disagreement(self) -> Array:
        """The share of examples that are outvoted: of the rarer of the two signs, 0 to 1/2; (parameters,)."""
        found = np.empty(self.starts[-1])
        for part in self._parts:
            delta, source, rest = part.signs()
            balance, against = source @ delta.T, np.abs(rest.sum(axis=1))
            np.abs(balance, balance)
            voting = np.abs(source, source) @ np.abs(delta, delta).T
            part.weights(found)[...] = np.subtract(voting, balance, voting).T
            found[part.middle : part.end] = np.abs(rest, rest).sum(axis=1) - against
        found /= 2 * len(self.examples)
        return found

    @cached_property
    def _parts(self) -> tuple[_Part, ...]:
        found = []
        for layer in range(1, len(self.starts)):
            delta = self._delta(layer)
            rest, (start, end) = self._rest(layer, delta), self.starts[layer - 1 : layer + 1].tolist()
            found.append(_Part(delta, self.record.output(layer - 1), rest, start, end - len(rest), end))
        return tuple(found)


def gradient_of_example(record: Record, column: int) -> Array:
    """∂(the own loss of the example in `column` of the batch)/∂parameter, flat in the engine's order.

    Copies of a shared bias all have its gradient; there are no negative zeros.
    """
    blocks, network = record.problem.blocks, record.problem.network
    vector = np.empty(blocks.size)
    with np.errstate(all="ignore"):
        for number, layer in enumerate(network.layers, start=1):
            delta = record.delta(number)[:, column]
            np.multiply(delta[:, None], record.output(number - 1)[:, column], out=blocks.weights(vector, number))
            if layer.bias != "none":
                blocks.block(vector, number)[:, -1] = delta.sum() if layer.bias == "shared" else delta
            slopes = blocks.alphas(vector, number)
            if slopes is not None:
                slopes[...] = record.alpha_wishes(number)[:, column]
    vector += 0.0
    return vector


@dataclass(frozen=True, eq=False)
class _Part:
    """A layer of the table: weights from `start` to `middle`, which are products, and the `rest` behind them.

    `delta` is (units, examples), `source` (inputs, examples), `rest` (parameters, examples).
    """

    delta: Array
    source: Array
    rest: Array
    start: int
    middle: int
    end: int

    def weights(self, found: Array) -> Array:
        """The place of this layer's weights in `found`, (units, inputs)."""
        return found[self.start : self.middle].reshape(len(self.delta), -1)

    def signs(self) -> tuple[Votes, Votes, Votes]:
        """-1, 0 or 1 for each number of delta, source and rest; in single precision, whose counts are exact to 2²⁴."""
        delta, source, rest = (np.sign(values).astype(np.float32) for values in (self.delta, self.source, self.rest))
        return delta, source, rest


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
