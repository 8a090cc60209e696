"""A training step, compiled: a list of calls on one stretch of memory, run as it stands.

`Layout` says where in the arena every tensor lies, so that keeping a whole pass is copying one array.
`Plan` writes the calls for one batch size; `for function, arguments in plan.calls: function(*arguments)` does the
pass, and the calls of `plan.update` then change the parameters.  There is no second, slower engine to keep in step
with this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from nnviz.engine.autodiff import Wiring, wire
from nnviz.engine.calls import LINE, Array, Call, constant
from nnviz.engine.curvature import DensePass
from nnviz.engine.network_graph import option_values
from nnviz.engine.optimisers import OptimiserSite
from nnviz.engine.penalties import clipping_calls, penalty_calls
from nnviz.engine.problem import Problem, state_size


@dataclass(frozen=True)
class Layout:
    """Names to (offset, shape) in a flat arena of `size` numbers, for batches of `examples`.

    First `parameters`, the optimiser's vectors, `schedule` where it remembers something, and `updates` (a state), then
    `descent` and `gradient`, then the results and gradients of all nodes, as `wire` names them.  What can be told from
    these number by number is not in it, so that a record is small: slopes, the update.
    """

    examples: int
    size: int
    places: Mapping[str, tuple[int, tuple[int, ...]]]

    def view(self, arena: Array, name: str) -> Array:
        """The tensor `name` inside `arena`, without a copy."""
        offset, shape = self.places[name]
        count = 1
        for length in shape:
            count *= length
        return arena[offset : offset + count].reshape(shape)


class Surveyor:
    """Measures out a layout: hands out stretches of an arena that need not exist yet."""

    def __init__(self, arena: Array | None = None) -> None:
        self.arena, self.used = arena, 0
        self.places: dict[str, tuple[int, tuple[int, ...]]] = {}

    def tensor(self, name: str, shape: tuple[int, ...]) -> Array:
        """A tensor that follows the one before without a gap."""
        begin = self.used
        self.places[name] = (begin, shape)
        self.used += int(np.prod(shape, dtype=np.int64))
        return np.empty(shape) if self.arena is None else self.arena[begin : self.used].reshape(shape)

    def rows(self, names: Sequence[str], columns: int) -> Array:
        """One array of these vectors, which follow the tensor before and each other without a gap."""
        begin = self.used
        for name in names:
            self.tensor(name, (columns,))
        return np.empty((len(names), columns)) if self.arena is None else (
            self.arena[begin : self.used].reshape(len(names), columns))

    def align(self) -> None:
        """Goes on at the next cache line."""
        self.used = -(-self.used // LINE) * LINE

    def allocate(self, rows: Mapping[str, int], columns: int) -> Array:
        """One array of all these tensors, their rows one after the other; a long one starts on a cache line."""
        if sum(rows.values()) * columns > LINE:
            self.align()
        begin = self.used
        for name, count in rows.items():
            self.tensor(name, (count, columns))
        shape = (sum(rows.values()), columns)
        return np.empty(shape) if self.arena is None else self.arena[begin : self.used].reshape(shape)


@dataclass(frozen=True)
class Line:
    """One call of a plan with what it is for: phase, node, function, arguments."""

    phase: str
    node: str
    call: Call


class Plan:
    """The compiled step of `problem` for batches of `examples` rows.

    Give it an arena that is at least `Plan.room(problem, examples)` long.  `x` and `t` are the buffers that a batch
    is written into, (examples, inputs [+ 1]) and (examples, outputs); where the batch is always the whole data set
    they are the data themselves.  `calls` do the pass; after them the arena is the record of the step.  `update`
    then takes the state to that after the step, and needs the gradient's place to do so; `step` is both, and what a
    trainer puts before and behind them for a schedule.
    """

    def __init__(self, problem: Problem, examples: int, arena: Array, x: Array, t: Array) -> None:
        self.problem, self.examples, self.arena = problem, examples, arena
        surveyor = Surveyor(arena)
        wiring, lines = _compile(problem, examples, surveyor, x.T, t)
        self.layout = Layout(examples, surveyor.used, surveyor.places)
        self.lines = tuple(lines)
        self.calls: tuple[Call, ...] = tuple(line.call for line in lines if line.phase != "update")
        self.update: tuple[Call, ...] = tuple(line.call for line in lines if line.phase == "update")
        self.step: tuple[Call, ...] = self.calls + self.update
        self.prepare = tuple(wiring.prepare)
        self.x, self.t = x, t
        self.content = arena[: self.layout.size]
        # The mean loss of the batch is `loss_sum() * mean`.
        self.loss_sum: Callable[[], float] = self.layout.view(arena, "loss").item
        self.mean = problem.loss_row.mean_of(problem.network.sizes[-1], examples)

    @staticmethod
    def room(problem: Problem, examples: int) -> int:
        """How many numbers a pass over `examples` rows takes."""
        surveyor, sizes = Surveyor(), problem.network.sizes
        _compile(problem, examples, surveyor, np.empty((sizes[0] + 1, examples)), np.empty((sizes[-1], examples)))
        return surveyor.used


def _compile(
    problem: Problem, examples: int, surveyor: Surveyor, x: Array, t: Array
) -> tuple[Wiring, list[Line]]:
    blocks = problem.blocks
    parameters = surveyor.tensor("parameters", (blocks.size,))
    state = surveyor.rows(problem.optimiser_row.state, blocks.size)
    if problem.schedule_row.memory:
        surveyor.tensor("schedule", (len(problem.schedule_row.memory),))
    updates = surveyor.tensor("updates", ())
    assert surveyor.used == state_size(problem)
    descent = surveyor.tensor("descent", ())
    surveyor.align()
    gradient = surveyor.tensor("gradient", (blocks.size,))

    leaves: dict[str, Array] = {"x": x, "t": t}
    for number in range(1, len(problem.network.layers) + 1):
        leaves[f"P{number}"] = blocks.block(parameters, number)
        leaves[f"∂P{number}"] = blocks.block(gradient, number)
        alphas, alpha_gradient = blocks.alphas(parameters, number), blocks.alphas(gradient, number)
        if alphas is not None and alpha_gradient is not None:
            leaves[f"A{number}"], leaves[f"∂A{number}"] = alphas.reshape(-1, 1), alpha_gradient.reshape(-1, 1)
    # Dividing the deltas by the number of examples is cheaper than dividing the gradients where the net is wide.
    early = examples > 1 and blocks.size > examples * sum(problem.network.net_sizes[1:])
    wiring = wire(problem.graph, leaves, examples, surveyor.allocate, average_early=early)
    lines = [Line("loss" if name == "loss" else "forward", name, call) for name, call in wiring.forward]
    lines += [Line("backward", name, call) for name, call in wiring.backward]
    if examples > 1 and not early:
        share = constant(1.0 / examples)
        lines.append(Line("backward", "gradient", (np.multiply, (gradient, share, gradient))))
    passes = dense_passes(problem, parameters, gradient, wiring.wholes.__getitem__, wiring.gradients.__getitem__)
    site = optimiser_site(problem, gradient, state, updates, descent, parameters, passes)
    lines += [Line("update", "parameters", call) for call in update_calls(problem, site)]
    lines.append(Line("update", "parameters", (np.add, (parameters, gradient, parameters))))
    return wiring, lines


def dense_passes(
    problem: Problem, parameters: Array, gradient: Array, outputs: Callable[[str], Array],
    deltas: Callable[[str], Array],
) -> tuple[DensePass, ...]:
    """What each layer saw: `outputs` and `deltas` give a node's array, with its row of ones, by the node's name."""
    passes = []
    for number, layer in enumerate(problem.network.layers, start=1):
        row, net = problem.activation_row(number), outputs(f"net{number}")
        output = outputs(f"out{number}")[: problem.network.sizes[number]]
        alphas = problem.blocks.alphas(parameters, number)
        learned = {} if alphas is None else {row.learned: alphas.reshape(-1, 1)}
        passes.append(DensePass(
            inputs=outputs("x" if number == 1 else f"out{number - 1}"),
            deltas=deltas(f"net{number}"),
            output=output,
            slope=partial(row.derivative_at, net, output, option_values(layer.activation) | learned),
            weights=problem.blocks.weights(parameters, number),
            gradient=problem.blocks.block(gradient, number),
            shared_bias=layer.bias == "shared",
            elementwise=row.elementwise,
            activation=layer.activation.name,
        ))
    return tuple(passes)


def optimiser_site(
    problem: Problem, gradient: Array, state: Array, steps: Array, descent: Array, parameters: Array,
    passes: tuple[DensePass, ...],
) -> OptimiserSite:
    """The place where the optimiser of `problem` works on these arrays."""
    work = np.empty_like(gradient)
    return OptimiserSite(
        gradient, state, steps, descent, work, parameters, problem.weights_mask.astype(np.float64), passes,
        problem.network.loss.name,
    )


def update_calls(problem: Problem, site: OptimiserSite) -> list[Call]:
    """The calls that put the update in the gradient's place; frozen parameters get none, and are not remembered."""
    return [
        *given_calls(problem, site),
        *problem.optimiser_row.calls(site, problem.optimiser_options),
        *_freeze(problem, site),
    ]


def given_calls(problem: Problem, site: OptimiserSite) -> list[Call]:
    """The calls that make of the gradient what the optimiser gets: penalised, without what is frozen, clipped."""
    options = problem.optimiser_options
    return [
        *penalty_calls(site.gradient, site.parameters, site.work, problem.weights_mask, options),
        *_freeze(problem, site),
        *clipping_calls(site.gradient, site.work, problem.blocks.repeats, options),
    ]


def _freeze(problem: Problem, site: OptimiserSite) -> list[Call]:
    return [(np.putmask, (site.gradient, problem.frozen_mask, 0.0))] if len(problem.frozen) else []
