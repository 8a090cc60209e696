"""Why did this weight move?  Its update is a sum: of every example's share, of momentum, of penalties, of clipping.

The sum is exact.  What binary arithmetic leaves over between the sum and the update stands in it as a part of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from nnviz.engine.calls import Array, run
from nnviz.engine.plan import given_calls
from nnviz.engine.record import Record
from nnviz.engine.splits import Done, Split, Whole
from nnviz.report.divergence import array_index
from nnviz.report.elements import Parameter
from nnviz.report.example_gradients import ExampleGradients

Kind = Literal["example", "others", "memory", "penalty", "clipping", "decay", "rounding"]
_AT_A_TIME = 1 << 20      # numbers


@dataclass(frozen=True)
class Cause:
    """What a step moves parameters by beside the examples: its name, and what is said about it."""

    kind: Kind
    name: str
    help: str


# By the name under which an optimiser's split or a penalty has it.
CAUSES = {
    row.name: row
    for row in (
        Cause("memory", "momentum", "What the optimiser remembers of the gradients of earlier steps."),
        Cause("penalty", "L2 penalty", "λ₂·w: pulls a weight towards 0, the harder the larger it is."),
        Cause("penalty", "L1 penalty", "λ₁·sign w: pulls every weight towards 0 with the same force."),
        Cause("clipping", "clipping", "What was cut off the gradient because it was too long or too large."),
        Cause("decay", "weight decay", "-η·λ·w: AdamW's own, which no moment ever sees."),
        Cause("rounding", "rounding", "What binary arithmetic leaves between this sum and the update that was done."),
    )
}


@dataclass(frozen=True)
class Contribution:
    """One part of the sum: `value` is what it adds to the parameter, `running` the sum with it.

    An example has its place in the batch and its own gradient ∂E/∂w; `count` is how many examples are in it.
    """

    kind: Kind
    name: str
    value: float
    running: float = 0.0
    column: int | None = None
    gradient: float | None = None
    count: int = 1


@dataclass(frozen=True)
class Order:
    """One way to bring the contributions into order; `key` is small for what comes first."""

    name: str
    text: str
    key: Callable[[Array], Array]


def _number(values: Array) -> Array:
    return np.where(np.isnan(values), np.inf, values)


ORDERS: tuple[Order, ...] = (
    Order("size", "largest first", lambda values: -np.abs(_number(values))),
    Order("batch", "examples as in the batch", lambda values: np.zeros(len(values))),
    Order("up", "what raises it first", lambda values: -_number(values)),
    Order("down", "what lowers it first", _number),
)
ORDER = {order.name: order for order in ORDERS}


@dataclass(frozen=True, eq=False)
class Movement:
    """The update of one parameter as a sum.

    `shares` is what each example of the batch adds to it, `wishes` its own ∂E/∂w, both (examples,); `others` is the
    rest, rounding last.  `turned` says that RProp waits, for the sign has changed.
    """

    update: float
    shares: Array
    wishes: Array
    others: tuple[Contribution, ...]
    frozen: bool

    @property
    def rounding(self) -> float:
        return self.others[-1].value

    def listed(self, order: str = "size", most: int = 60, shown: int | None = None) -> tuple[Contribution, ...]:
        """The contributions in order, with their running sum; of the examples `most` and the `shown` one, the rest
        in one sum."""
        key = ORDER[order].key
        chosen = np.argsort(key(self.shares), kind="stable")
        kept, left = chosen[:most], chosen[most:]
        if len(left) == 1:
            kept, left = chosen, left[:0]
        if shown is not None and shown in left.tolist():
            kept, left = np.append(kept, shown), left[left != shown]
        parts = [
            Contribution("example", "", float(self.shares[column]), column=column, gradient=float(self.wishes[column]))
            for column in kept.tolist()
        ]
        if len(left):
            parts.append(Contribution("others", "", _sum(self.shares[left].tolist()), count=len(left)))
        parts += self.others[:-1]
        if order != "batch":
            places = np.argsort(key(np.array([part.value for part in parts])), kind="stable")
            parts = [parts[place] for place in places.tolist()]
        if self.rounding:
            parts.append(self.others[-1])
        return tuple(self._run(parts))

    def _run(self, parts: list[Contribution]) -> list[Contribution]:
        running, found = list[float](), []
        for number, part in enumerate(parts, start=1):
            running.append(part.value)
            total = self.update if number == len(parts) else _sum(running)
            found.append(Contribution(part.kind, part.name, part.value, total, part.column, part.gradient, part.count))
        return found


def _sum(values: list[float]) -> float:
    """The sum, rounded once; NaN where numbers have run away."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):
        return math.nan


@dataclass(frozen=True, eq=False)
class Movements:
    """The update of every parameter of a record as a sum; what all of them have in common is worked out once."""

    record: Record
    examples: ExampleGradients = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "examples", ExampleGradients(self.record))

    def of(self, element: Parameter) -> Movement:
        """Why `element` moved in this step."""
        record, problem = self.record, self.record.problem
        place = int(problem.blocks.positions(*array_index(element))[0])
        update = float(record.update[place])
        if problem.frozen_mask[place]:
            nothing = np.zeros(len(record.rows))
            return Movement(update, nothing, self._gradients(np.array([place]))[0], (_cause("rounding", 0.0),), True)
        with np.errstate(all="ignore"):
            places, factors = self._split.factors(place)
            kept = np.flatnonzero(~(problem.frozen_mask | problem.blocks.repeats)[places])
            kept = kept[np.argsort(self._numbers[places[kept]])]
            places, factors = places[kept], factors[kept]
            shares = self._shares(places, factors)
            others = [_cause(name, float(factors @ vector[places])) for name, vector in self._added.items()]
            others += [_cause(name, float(vector[place])) for name, vector in self._split.rest.items()]
        rounding = update - _sum([*shares.tolist(), *(part.value for part in others)])
        wishes = self._gradients(np.array([place]))[0]
        return Movement(update, shares, wishes, (*others, _cause("rounding", rounding)), False)

    def _shares(self, places: Whole, factors: Array) -> Array:
        """What each example adds: its part of the mean gradient, at all places that the update hangs on."""
        count = len(self.record.rows)
        shares, stretch = np.zeros(count), max(1, _AT_A_TIME // count)
        for start in range(0, len(places), stretch):
            here = slice(start, start + stretch)
            shares += factors[here] @ self._gradients(places[here])
        shares /= count
        return shares + 0.0

    def _gradients(self, places: Whole) -> Array:
        """The gradients of every example at places of the flat vector in the users' order, (places, examples)."""
        return self.examples.rows(self._numbers[places])

    @cached_property
    def _numbers(self) -> Whole:
        """The number in the users' order of every place of the flat vector; a repeated bias has none."""
        blocks = self.record.problem.blocks
        numbers = np.zeros(blocks.size, dtype=np.intp)
        numbers[blocks.order] = np.arange(len(blocks.order))
        return numbers

    @cached_property
    def _added(self) -> dict[str, Array]:
        """What comes to the gradient of the data before the optimiser gets it, flat, by the names of `CAUSES`."""
        problem, options = self.record.problem, self.record.problem.optimiser_options
        weights, free = self.record.parameters * problem.weights_mask, ~problem.frozen_mask
        added: dict[str, Array] = {}
        if options["l2"]:
            added["L2 penalty"] = options["l2"] * weights * free
        if options["l1"]:
            added["L1 penalty"] = options["l1"] * np.sign(weights) * free
        if options["clip_norm"] or options["clip_value"]:
            added["clipping"] = self._done.gradient - sum(added.values(), self.record.gradient * free)
        return added

    @cached_property
    def _done(self) -> Done:
        record, problem = self.record, self.record.problem
        names, site = problem.optimiser_row.state, record.optimiser_site()
        run(given_calls(problem, site))
        given, before = site.gradient.copy(), site.state.copy()
        run(problem.optimiser_row.calls(site, problem.optimiser_options))
        return Done(
            given, dict(zip(names, before, strict=True)), dict(zip(names, site.state, strict=True)), float(site.steps),
            record.learning_rate, record.parameters, site.decayed, site.gradient, site.layers, site.loss,
        )

    @cached_property
    def _split(self) -> Split:
        with np.errstate(all="ignore"):
            return self.record.problem.optimiser_row.split(self._done, self.record.problem.optimiser_options)


def _cause(name: str, value: float) -> Contribution:
    return Contribution(CAUSES[name].kind, name, value + 0.0)
