"""A training step, compiled: a list of calls on one stretch of memory, run as it stands.

`Layout` says where in the arena every tensor lies, so that keeping a whole pass is copying one array.
`Plan` writes the calls for one batch size; `for function, arguments in plan.calls: function(*arguments)` does the
pass, `plan.apply` then adds the update.  There is no second, slower engine to keep in step with this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from nnviz.engine.autodiff import Wiring, wire
from nnviz.engine.calls import Array, Call
from nnviz.engine.optimisers import OptimiserSite
from nnviz.engine.problem import Problem, state_size

LINE = 8   # numbers in a cache line: tensors of a pass start on one, so speed does not depend on luck


@dataclass(frozen=True)
class Layout:
    """Names to (offset, shape) in a flat arena of `size` numbers, for batches of `examples`.

    First `parameters`, the optimiser's vectors and `updates` (a state), then `rate`, `gradient`, `update`, then one
    tensor per node and kind, as `wire` names them.
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

    def allocate(self, name: str, shape: tuple[int, ...], aligned: bool = True) -> Array:
        if aligned:
            self.used = -(-self.used // LINE) * LINE
        count = int(np.prod(shape, dtype=np.int64))
        self.places[name] = (self.used, shape)
        self.used += count
        if self.arena is None:
            return np.empty(shape)
        return self.arena[self.used - count : self.used].reshape(shape)


def aligned_zeros(size: int) -> Array:
    """`size` zeros that start on a cache line."""
    raw = np.zeros(size + LINE)
    skip = (-raw.ctypes.data // 8) % LINE
    return raw[skip : skip + size]


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
    they are the data themselves.
    """

    def __init__(self, problem: Problem, examples: int, arena: Array, x: Array, t: Array) -> None:
        self.problem, self.examples, self.arena = problem, examples, arena
        surveyor = Surveyor(arena)
        wiring, lines = _compile(problem, examples, surveyor, x.T, t)
        self.layout = Layout(examples, surveyor.used, surveyor.places)
        self.lines = tuple(lines)
        self.calls: tuple[Call, ...] = tuple(line.call for line in lines)
        self.prepare = tuple(wiring.prepare)
        self.x, self.t = x, t
        view = self.layout.view
        self.parameters, self.update = view(arena, "parameters"), view(arena, "update")
        self.loss = view(arena, "loss")
        self.content = arena[: self.layout.size]
        self.apply: Call = (np.add, (self.parameters, self.update, self.parameters))

    @staticmethod
    def room(problem: Problem, examples: int) -> int:
        """How many numbers a pass over `examples` rows takes."""
        surveyor = Surveyor()
        x = np.empty((problem.network.sizes[0] + 1, examples))
        _compile(problem, examples, surveyor, x, np.empty((problem.network.sizes[-1], examples)))
        return surveyor.used


def _compile(
    problem: Problem, examples: int, surveyor: Surveyor, x: Array, t: Array
) -> tuple[Wiring, list[Line]]:
    blocks, row = problem.blocks, problem.optimiser_row
    parameters = surveyor.allocate("parameters", (blocks.size,))
    state = tuple(surveyor.allocate(name, (blocks.size,), aligned=False) for name in row.state)
    updates = surveyor.allocate("updates", (), aligned=False)
    assert surveyor.used == state_size(problem)
    rate = surveyor.allocate("rate", (), aligned=False)
    gradient = surveyor.allocate("gradient", (blocks.size,))
    update = surveyor.allocate("update", (blocks.size,))

    leaves: dict[str, Array] = {"x": x, "t": t}
    for number in range(1, len(problem.network.layers) + 1):
        leaves[f"P{number}"] = blocks.block(parameters, number)
        leaves[f"∂P{number}"] = blocks.block(gradient, number)
    # Dividing the deltas by the number of examples is cheaper than dividing the gradients where the net is wide.
    early = examples > 1 and blocks.size > examples * sum(problem.network.sizes[1:])
    wiring = wire(problem.graph, leaves, examples, surveyor.allocate, average_early=early)
    lines = [Line("loss" if name == "loss" else "forward", name, call) for name, call in wiring.forward]
    lines += [Line("backward", name, call) for name, call in wiring.backward]
    if examples > 1 and not early:
        lines.append(Line("backward", "gradient", (np.multiply, (gradient, np.array(1.0 / examples), gradient))))

    seen = gradient
    if len(problem.frozen):
        seen, mask = np.empty(blocks.size), problem.frozen_mask
        lines += [
            Line("update", "frozen", (np.copyto, (seen, gradient))),
            Line("update", "frozen", (np.putmask, (seen, mask, 0.0))),
        ]
    work = np.empty(blocks.size)
    fresh: Callable[[], Array] = lambda: np.zeros(())  # noqa: E731
    site = OptimiserSite(seen, update, state, updates, rate, work, fresh)
    lines += [Line("update", "parameters", call) for call in row.calls(site, problem.optimiser_options)]
    if len(problem.frozen):
        lines.append(Line("update", "frozen", (np.putmask, (update, problem.frozen_mask, 0.0))))
    return wiring, lines
