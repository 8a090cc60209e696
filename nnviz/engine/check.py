"""A gradient can be had by formula and by trying: move a parameter a little, and see how much the loss moves.

The two must agree.  Where every function of the network is smooth the move is imaginary (the complex step), so that
nothing is subtracted and the agreement reaches the last digits; elsewhere it is a step up and a step down (central
differences).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.autodiff import wire
from nnviz.engine.calls import Array, run
from nnviz.engine.graph import Graph, Leaf
from nnviz.engine.imaginary import in_first_order
from nnviz.engine.network import Network
from nnviz.engine.network_graph import option_values
from nnviz.engine.problem import Problem, State, with_ones_of
from nnviz.engine.record import Record
from nnviz.engine.step import Trainer

Method = Literal["complex step", "central differences"]
Progress = Callable[[int, int], object]     # parameters done, parameters in all
Cancelled = Callable[[], bool]
Numbers = NDArray[Any]                      # float64 or complex128

TOLERANCES: dict[Method, float] = {"complex step": 1e-10, "central differences": 1e-6}
IMAGINARY = 1e-30      # the complex step: nothing is subtracted, so it can be as small as one likes
REAL = 1e-4            # the largest move of a net input by a central difference
COLUMNS = 4096         # losses evaluated at once: few enough to stay in the cache, many enough to forget the calls
ROUNDINGS = 8.0        # roundings that a loss is allowed to be wrong by
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """The gradient of the data loss by formula and by trying, for every parameter.

    All vectors are in the users' order (W1 row by row, b1, W2, ...), a shared bias once; `scales` is what an error is
    measured against.  `unchecked` marks parameters for which a kink lies within the step on every example.  `loss` is
    the mean of the batch, at which nothing can be compared if it is not finite.
    """

    network: Network
    method: Method
    examples: int
    analytic: Array
    numerical: Array
    scales: Array
    unchecked: NDArray[np.bool_]
    analytic_seconds: float          # one pass, forward and back
    numerical_seconds: float
    loss: float

    @property
    def tolerance(self) -> float:
        return TOLERANCES[self.method]

    @cached_property
    def errors(self) -> Array:
        """The relative error of each parameter; NaN where it was not checked, infinite where a gradient is no number.

        It is the distance of the two gradients over the larger of |gradient| and the mean of the examples' own
        |gradients|, which may cancel.  What is smaller than the rounding of the losses lets one see counts as that.
        """
        with np.errstate(all="ignore"):
            distances = np.abs(self.analytic - self.numerical)
            errors = np.where(distances == 0.0, 0.0, distances / self.scales)
        errors[~np.isfinite(errors)] = np.inf
        errors[self.unchecked] = np.nan
        return errors

    @cached_property
    def failed(self) -> NDArray[np.intp]:
        """Places in the users' order of the parameters whose error is above the tolerance."""
        with np.errstate(invalid="ignore"):
            return np.flatnonzero(self.errors > self.tolerance)

    @property
    def holds(self) -> bool:
        """Whether every gradient that was checked is right."""
        return not len(self.failed)

    @property
    def largest_error(self) -> float:
        """The worst relative error; 0 where nothing could be checked."""
        return float(np.nanmax(np.where(self.unchecked, 0.0, self.errors), initial=0.0))

    def worst(self, count: int) -> NDArray[np.intp]:
        """Places of the `count` parameters with the largest errors, the largest first."""
        order = np.argsort(-np.where(self.unchecked, -1.0, self.errors), kind="stable")
        return order[: min(count, int((~self.unchecked).sum()))]

    def array(self, name: str, vector: Array) -> Array:
        """The part of a vector in the users' order that belongs to parameter array `name`, in its shape."""
        start = 0
        for array in self.network.arrays:
            if array.name == name:
                return vector[start : start + array.size].reshape(array.shape)
            start += array.size
        raise KeyError(name)


def check_gradients(
    problem: Problem, parameters: Array, rows: NDArray[np.intp], progress: Progress | None = None,
    cancelled: Cancelled | None = None, method: Method | None = None,
) -> GradientCheck | None:
    """Checks the gradient at the flat `parameters` on the batch of these data rows; None where it was cancelled.

    Without a `method`, the complex step where it can be had, else central differences.
    """
    batch = replace(problem, inputs=problem.inputs[rows], targets=problem.targets[rows], batch_size=0)
    record, analytic_seconds = _pass(batch, parameters)
    begin = perf_counter()
    chosen = method or chosen_method(problem)
    found = _differences(record, chosen, progress, cancelled)
    if found is not None and method is None and chosen == "complex step" and not np.isfinite(found.derivatives).all():
        # An exponential that overflows is infinite on the real line and no number beside it.
        chosen = "central differences"
        found = _differences(record, chosen, progress, cancelled)
    if found is None:
        return None
    order = problem.blocks.order
    return GradientCheck(
        problem.network, chosen, len(rows), record.gradient[order].copy(), found.derivatives[order],
        found.scales[order], found.hidden[order] > 0.0, analytic_seconds, perf_counter() - begin,
        record.loss,
    )


def chosen_method(problem: Problem) -> Method:
    """The complex step where no function of the network has a kink and all take complex numbers."""
    rows = [problem.activation_row(number) for number in range(1, len(problem.network.layers) + 1)]
    if any(row.kink for row in rows) or _loss_has_kink(problem) or not _takes_complex_numbers(problem):
        return "central differences"
    return "complex step"


def _loss_has_kink(problem: Problem) -> bool:
    return bool(problem.loss_row.kink)


def _takes_complex_numbers(problem: Problem) -> bool:
    """Whether the functions of the network, as they are written, have a complex form: tried at some random point."""
    one = replace(problem, inputs=problem.inputs[:1], targets=problem.targets[:1], batch_size=0)
    generator = np.random.default_rng(0)
    parameters = generator.normal(0.0, 1.0 / np.sqrt(max(problem.network.sizes)), problem.blocks.size)
    place, direction = generator.normal(0.0, 1.0, (2, problem.blocks.shape(1)[0], 1))
    try:
        imaginary = _Rest(one, parameters, 1, 1, np.complex128)
        imaginary.net[...] = place + 1j * IMAGINARY * direction
        derivative = imaginary.losses().imag / IMAGINARY
    except TypeError:       # NumPy's word for a function that has none
        return False
    real = _Rest(one, parameters, 1, 2, np.float64)
    real.net[...] = place + np.array([REAL, -REAL]) * direction
    up, down = real.losses()
    return bool(np.isclose(derivative, (up - down) / (2.0 * REAL), rtol=1e-4, atol=1e-8, equal_nan=True).all())


def _pass(batch: Problem, parameters: Array) -> tuple[Record, float]:
    """The record of one pass over the whole batch, and how long a pass takes."""
    trainer = Trainer(batch)
    state = State.fresh(batch, parameters, 0, 0, 0)
    times = []
    for _ in range(3):
        trainer.load(state)
        begin = perf_counter()
        record = trainer.advance()
        times.append(perf_counter() - begin)
    return record, min(times)


class _Rest:
    """The network from the net inputs of layer `layer` on, evaluated for many columns at once.

    `net` is (units, columns), to be filled; column c belongs to example c modulo the batch.
    """

    def __init__(self, problem: Problem, parameters: Array, layer: int, copies: int, dtype: type) -> None:
        graph, self.problem = problem.graph, problem
        name = f"net{layer}"
        at = next(number for number, node in enumerate(graph.nodes) if node.name == name)
        nodes, examples = graph.nodes[at + 1 :], len(problem.inputs)
        columns = copies * examples
        needed = {source for node in nodes for source in node.inputs}
        leaves = tuple(leaf for leaf in graph.leaves if leaf.name in needed)
        self.net: Numbers = np.zeros((graph.nodes[at].units, columns), dtype)
        arrays: dict[str, Array] = {name: self.net, "t": np.tile(problem.targets.T, copies)}
        for number in range(layer, len(problem.network.layers) + 1):
            arrays[f"P{number}"] = problem.blocks.block(parameters, number)
            alphas = problem.blocks.alphas(parameters, number)
            if alphas is not None:
                arrays[f"A{number}"] = alphas[:, None]
        part = Graph((*leaves, Leaf(name, "inputs", len(self.net))), nodes)
        self._wiring = wire(
            part, arrays, columns, lambda rows, width: np.empty((sum(rows.values()), width), dtype),
            differentiate=False, dtype=dtype,
        )
        self.targets = arrays["t"]
        # A loss that is fused with its activation looks at the net inputs only.
        loss = graph.nodes[-1]
        passed = loss.inputs[1] if loss.attributes.get("fused") == "yes" else ""
        calls = [call for node, call in self._wiring.forward if node != passed]
        self._calls = in_first_order(calls) if dtype is np.complex128 else calls
        run(self._wiring.prepare)

    def losses(self) -> Numbers:
        """The loss of each column, (columns,)."""
        run(self._calls)
        return self.problem.losses_of(self._wiring.values, self.targets.T)

    def values(self, name: str) -> Numbers:
        """The results of a node, (units, columns)."""
        return self._wiring.values[name]


@dataclass(frozen=True, eq=False)
class _Found:
    """Flat vectors, by block: numerical derivatives, what their errors are measured against, 1 where a kink hides."""

    derivatives: Array
    scales: Array
    hidden: Array


@np.errstate(all="ignore")      # what is no number fails the check
def _differences(
    record: Record, method: Method, progress: Progress | None, cancelled: Cancelled | None
) -> _Found | None:
    problem, blocks = record.problem, record.problem.blocks
    found = _Found(*np.zeros((3, blocks.size)))
    done = 0
    for layer in range(1, len(problem.network.layers) + 1):
        derivatives, sizes = blocks.block(found.derivatives, layer), blocks.block(found.scales, layer)
        hidden = blocks.block(found.hidden, layer)
        trial = _Trial(record, layer, method)
        for unit, sources in trial.parts():
            if cancelled is not None and cancelled():
                return None
            terms, left_out = trial.terms(unit, sources)
            derivatives[unit, sources] = terms.mean(axis=1)
            sizes[unit, sources] = np.abs(terms).mean(axis=1)
            hidden[unit, sources] = left_out
            done += len(terms)
            if progress is not None:
                progress(min(done, problem.network.parameter_count), problem.network.parameter_count)
        if problem.network.layers[layer - 1].bias == "shared":
            derivatives[:, -1], sizes[:, -1] = derivatives[:, -1].sum(), sizes[:, -1].sum()
            hidden[:, -1] = hidden[:, -1].any()
        if not _try_alphas(record, layer, found, cancelled):
            return None
        analytic = np.abs(blocks.block(record.gradient, layer))
        np.fmax(sizes, analytic, out=sizes)
        np.fmax(sizes, trial.smallest_seen(float(np.max(analytic, initial=0.0))), out=sizes)
    return found


def _try_alphas(record: Record, layer: int, found: _Found, cancelled: Cancelled | None) -> bool:
    """Tries what the layer's activation learns, one number after the other; False where it was cancelled.

    There are few of them, and a kink stays where it is when the slope beside it moves.
    """
    problem = record.problem
    derivatives = problem.blocks.alphas(found.derivatives, layer)
    scales = problem.blocks.alphas(found.scales, layer)
    if derivatives is None or scales is None:
        return True
    moved = record.parameters.copy()
    alphas = problem.blocks.alphas(moved, layer)
    assert alphas is not None
    rest = _Rest(problem, moved, layer, 1, np.float64)
    rest.net[...] = record.net(layer)
    for place, alpha in enumerate(alphas.tolist()):
        if cancelled is not None and cancelled():
            return False
        losses = []
        for side in (REAL, -REAL):
            alphas[place] = alpha + side
            losses.append(rest.losses())
        alphas[place] = alpha
        terms = (losses[0] - losses[1]) / (2.0 * REAL)
        derivatives[place] = terms.mean()
        rounding = ROUNDINGS * EPSILON / (2.0 * REAL)
        scales[place] = max(np.abs(terms).mean(), rounding / TOLERANCES["central differences"])
    return True


class _Trial:
    """Tries the parameters into one layer: a weight moves nothing but its unit's net input, by step · source.

    So many weights of one unit are tried at once, each on a copy of the batch, and only the rest of the network is
    evaluated for them.
    """

    def __init__(self, record: Record, layer: int, method: Method) -> None:
        problem, self.record, self.layer = record.problem, record, layer
        self.complex = method == "complex step"
        self.tolerance = TOLERANCES[method]
        biased = problem.network.layers[layer - 1].bias != "none"
        whole = with_ones_of(problem.graph, problem.inputs) if layer == 1 else record.output(layer - 1)
        self.sources = whole
        if layer > 1 and biased:
            self.sources = np.vstack([whole, np.ones(whole.shape[1])])
        self.examples = self.sources.shape[1]
        self.net = record.net(layer)
        self.delta = record.delta(layer)
        # The step of a weight is such that no net input moves further than it does for a bias.
        reach = np.fmax(np.abs(self.sources).max(axis=1, initial=0.0), 1.0)
        self.steps: Array = np.full(len(self.sources), IMAGINARY) if self.complex else REAL / reach
        sides = 1 if self.complex else 2
        most = max(1, COLUMNS // (sides * self.examples))
        parts = -(-len(self.sources) // most)
        self.width = -(-len(self.sources) // parts)
        dtype = np.complex128 if self.complex else np.float64
        # Where an output depends on its own net input alone, the move goes through that one unit to the next layer.
        acting = next(node for node in problem.graph.nodes if node.name == f"out{layer}")
        own_net = problem.activation_row(layer).elementwise and problem.network.layers[layer - 1].pieces == 1
        alone = own_net and len(acting.inputs) == 1
        self.passes_through = layer < len(problem.network.layers) and alone
        first = layer + 1 if self.passes_through else layer
        self.rest = _Rest(problem, record.parameters, first, sides * self.width, dtype)
        self.base = record.net(first)
        self.view = self.rest.net.reshape(len(self.base), sides, self.width, self.examples)
        self.view[...] = self.base[:, None, None, :]
        self.first = first
        self.loss = float(np.abs(record.example_losses).mean())

    def parts(self) -> Iterator[tuple[int, slice]]:
        """Unit by unit, its sources in stretches of equal length; the last two may overlap."""
        for unit in range(len(self.net)):
            for start in range(0, len(self.sources), self.width):
                start = min(start, len(self.sources) - self.width)
                yield unit, slice(start, start + self.width)

    def terms(self, unit: int, sources: slice) -> tuple[Array, NDArray[np.bool_]]:
        """Each example's derivative by the weights from `sources`, (sources, examples), and which are not known.

        Where a kink lies within the step, the example's analytic term stands in: it is left out of the comparison.
        """
        steps, net = self.steps[sources, None], self.net[unit]
        moves = steps * self.sources[sources]
        if self.complex:
            self._move(unit, (net + 1j * moves)[None])
            terms: Array = self.rest.losses().imag.reshape(moves.shape) / steps
            return terms, np.zeros(len(terms), dtype=bool)
        moved = np.stack((net + moves, net - moves))
        self._move(unit, moved)
        up, down = self.rest.losses().reshape(2, *moves.shape)
        crossed = self._crossed(moved)
        terms = (up - down) / (2.0 * steps)
        np.copyto(terms, self.delta[unit] * self.sources[sources], where=crossed)
        return terms, np.asarray(crossed.all(axis=1))

    def _move(self, unit: int, moved: Numbers) -> None:
        """Gives the unit other net inputs, (sides, sources, examples)."""
        problem, layer = self.record.problem, self.layer
        if not self.passes_through:
            self.view[...] = self.base[:, None, None, :]
            self.view[unit] = moved
            return
        output = np.empty_like(moved)
        options = option_values(problem.network.layers[layer - 1].activation)
        calls = problem.activation_row(layer).forward(moved, output, options, np.empty(0))
        run(in_first_order(calls) if self.complex else calls)
        weights = problem.blocks.weights(self.record.parameters, self.first)[:, unit]
        output -= self.record.output(layer)[unit]
        np.multiply(weights[:, None, None, None], output, out=self.view)
        np.add(self.view, self.base[:, None, None, :], out=self.view)

    def _crossed(self, moved: Array) -> NDArray[np.bool_]:
        """Where a unit with a kink is on one side of it after the step up and on the other after the step down.

        A unit with pieces has its kinks where another of them becomes the largest.
        """
        problem, shape = self.record.problem, moved.shape[1:]
        found = np.zeros(shape, dtype=bool)
        if self.passes_through and problem.activation_row(self.layer).kink:
            found = (moved[0] > 0.0) != (moved[1] > 0.0)
        for number in range(self.first, len(problem.network.layers) + 1):
            if problem.activation_row(number).kink:
                nets, pieces = self.rest.values(f"net{number}"), problem.network.layers[number - 1].pieces
                sides = nets > 0.0 if pieces == 1 else nets.reshape(-1, pieces, nets.shape[1]).argmax(axis=1)
                sides = sides.reshape(-1, 2, *shape)
                found |= (sides[:, 0] != sides[:, 1]).any(axis=0)
        if _loss_has_kink(problem):
            last = self.rest.values(f"out{len(problem.network.layers)}")
            sides = problem.loss_row.sides(last, self.rest.targets).reshape(-1, 2, *shape)
            found |= (sides[:, 0] != sides[:, 1]).any(axis=0)
        return found

    def smallest_seen(self, largest: float) -> Array:
        """The gradients below which an error is no longer measured relative to them, (sources,).

        Losses are rounded, and so is a sum of products where it cancels; a difference divides that by its step.
        """
        cancelled = ROUNDINGS * EPSILON * largest / self.tolerance
        if self.complex:
            return np.full(len(self.sources), cancelled)
        seen = ROUNDINGS * EPSILON * (1.0 + self.loss) / (2.0 * self.steps) / self.tolerance
        return np.asarray(np.fmax(seen, cancelled))
