"""How far a step goes may change while training runs: large steps find the valley, small ones its bottom.

Each row of `TABLE` is a factor by which the learning rate is multiplied before a step.  All but one are pure functions
of the place in training, so any step of the past has the rate again that it had.  The one that watches the loss
remembers a few numbers, which are part of the training state.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.network import Choice
from nnviz.engine.options import Option

Values = Mapping[str, float]
CONSTANT = "constant"
CONSTANT_RATE = Choice(CONSTANT)


@dataclass(frozen=True)
class Clock:
    """The place of a step in training: whole `epoch`s done, the `batch` (from 0) that comes, batches `per_epoch`."""

    epoch: int
    batch: int
    per_epoch: int

    @property
    def epochs(self) -> float:
        """Epochs done, as a fraction where an epoch has several batches."""
        return self.epoch + self.batch / self.per_epoch

    @property
    def steps(self) -> int:
        """Batches since the start of training, as long as an epoch always had as many."""
        return self.epoch * self.per_epoch + self.batch

    def later(self, steps: int) -> Clock:
        """The clock after some more steps."""
        epochs, batch = divmod(self.batch + steps, self.per_epoch)
        return Clock(self.epoch + epochs, batch, self.per_epoch)


Factor = Callable[[Clock, Sequence[float], Values], float]
Watch = Callable[[Array, float, int, bool, Values], None]


@dataclass(frozen=True)
class Schedule:
    """One schedule: `factor(clock, memory, options)` times η is the learning rate of the step.

    `watch(memory, loss, examples, ends_epoch, options)` sees each step's loss afterwards and changes in place what is
    remembered under the names in `memory`; all of it is 0 at first.
    """

    name: str
    label: str
    formula: str
    help: str
    factor: Factor
    seen: Callable[[Values], float]      # epochs after which its course has been seen, for a plot; inf where it is flat
    options: Mapping[str, Option] = field(default_factory=dict)
    memory: tuple[str, ...] = ()
    watch: Watch | None = None


def _step(clock: Clock, memory: Sequence[float], options: Values) -> float:
    """k to the power of -⌊epochs done / n⌋."""
    return math.pow(options["divide_by"], -(clock.epoch // int(options["every"])))


def _exponential(clock: Clock, memory: Sequence[float], options: Values) -> float:
    """γ to the power of the epochs done."""
    return math.pow(options["gamma"], clock.epoch)


def _cosine(clock: Clock, memory: Sequence[float], options: Values) -> float:
    """Half a wave from 1 down to the floor (Loshchilov and Hutter, 2017, without restarts)."""
    floor = options["floor"]
    return floor + (1.0 - floor) * _half_wave(min(clock.epochs / options["epochs"], 1.0))


def _warm_up(clock: Clock, memory: Sequence[float], options: Values) -> float:
    """A straight line from the first share to 1, then 1."""
    start = options["start"]
    return start + (1.0 - start) * min(clock.epochs / options["epochs"], 1.0)


def _one_cycle(clock: Clock, memory: Sequence[float], options: Values) -> float:
    """Up along half a wave to 1, down along another to nearly 0 (Smith and Topin, 2019).

    The last of the cycle's steps has the lowest rate, as have all that follow.
    """
    last = options["epochs"] * clock.per_epoch - 1.0
    top = max(options["rise"] * (last + 1.0) - 1.0, 0.0)
    low, lowest = 1.0 / options["divide_by"], 1.0 / (options["divide_by"] * options["divide_end_by"])
    place = float(min(clock.steps, last))
    if place < top:
        return 1.0 + (low - 1.0) * _half_wave(place / top)
    return lowest + (1.0 - lowest) * (_half_wave((place - top) / (last - top)) if last > top else 1.0)


def _half_wave(place: float) -> float:
    """From 1 at place 0 to 0 at place 1, level at both ends."""
    return 0.5 * (1.0 + math.cos(math.pi * place))


LOSS_SUM, EXAMPLES, EPOCHS, BEST, WAITED, DIVISIONS = range(6)


def _plateau(clock: Clock, memory: Sequence[float], options: Values) -> float:
    """k to the power of minus the number of divisions so far, but not below the floor."""
    return max(math.pow(options["divide_by"], -memory[DIVISIONS]), options["floor"])


def _watch_plateau(memory: Array, loss: float, examples: int, ends_epoch: bool, options: Values) -> None:
    """At the end of an epoch: was its mean loss lower than the best before, by the threshold's share of that?"""
    memory[LOSS_SUM] += loss * examples
    memory[EXAMPLES] += examples
    if not ends_epoch:
        return
    mean = float(memory[LOSS_SUM]) / float(memory[EXAMPLES])
    memory[LOSS_SUM] = memory[EXAMPLES] = 0.0
    best = float(memory[BEST])
    if not memory[EPOCHS] or mean < best - abs(best) * options["threshold"]:
        memory[BEST], memory[WAITED] = mean, 0.0
    else:
        memory[WAITED] += 1.0
    memory[EPOCHS] += 1.0
    if memory[WAITED] >= options["patience"]:
        memory[DIVISIONS] += 1.0
        memory[WAITED] = 0.0


_LAST = Option(100, 1, 2**53, "n, epochs until it ends, from the start of training", whole=True, unit="epochs")
_FLOOR = Option(0.0, 0.0, 1.0, "f, the smallest share of η that is left", unit="of η")

TABLE: dict[str, Schedule] = {
    row.name: row
    for row in (
        Schedule(
            CONSTANT, "Constant", "η",
            "The same rate for every step.",
            lambda clock, memory, options: 1.0,
            lambda options: math.inf,
        ),
        Schedule(
            "step", "Step", "η / k^⌊(epoch - 1) / n⌋",
            "Divides the rate by k every n epochs: the lectures' way to come down.",
            _step,
            lambda options: 4.0 * options["every"],
            {
                "divide_by": Option(10.0, 1.0, help="k, by what the rate is divided"),
                "every": Option(20, 1, 2**53, "n, epochs between two divisions", whole=True, unit="epochs"),
            },
        ),
        Schedule(
            "exponential", "Exponential", "η · γ^(epoch - 1)",
            "A little lower every epoch, for ever.",
            _exponential,
            lambda options: math.log(0.01) / math.log(options["gamma"]) if options["gamma"] < 1.0 else math.inf,
            {"gamma": Option(0.99, 0.0, 1.0, "γ, by what the rate is multiplied every epoch", above=True,
                             unit="per epoch")},
        ),
        Schedule(
            "cosine", "Cosine", "η · (f + (1 - f) · ½(1 + cos(π · min(t / n, 1))))",
            "Stays high for long, falls fast in the middle, ends gently: good where the number of epochs is known.",
            _cosine, lambda options: 1.15 * options["epochs"], {"epochs": _LAST, "floor": _FLOOR},
        ),
        Schedule(
            "warm_up", "Warm-up", "η · (s + (1 - s) · min(t / n, 1))",
            "Begins small, until momentum and second moments know the gradients; then constant.",
            _warm_up,
            lambda options: 4.0 * options["epochs"],
            {
                "epochs": Option(10, 1, 2**53, "n, epochs until the rate is whole", whole=True, unit="epochs"),
                "start": Option(0.1, 0.0, 1.0, "s, the share of η at the first step", unit="of η"),
            },
        ),
        Schedule(
            "one_cycle", "One cycle", "η/k up to η, down to η/(k·m), in n epochs along cosines",
            "Once up and down over the whole training; η is the peak, which may be higher than a constant rate.",
            _one_cycle,
            lambda options: 1.15 * options["epochs"],
            {
                "epochs": _LAST,
                "rise": Option(0.3, 0.0, 1.0, "the share of the cycle that goes up", unit="of the cycle"),
                "divide_by": Option(25.0, 1.0, help="k: the first rate is η/k"),
                "divide_end_by": Option(10_000.0, 1.0, help="m: the last rate is η/(k·m)"),
            },
        ),
        Schedule(
            "plateau", "Divide on plateau", "η · max(k^-(times stuck), f)",
            "Divides the rate by k when the training loss has not become lower for some epochs; it needs no plan.",
            _plateau,
            lambda options: 4.0 * options["patience"] + 1.0,
            {
                "divide_by": Option(10.0, 1.0, help="k, by what the rate is divided"),
                "patience": Option(10, 1, 2**53, "epochs without a lower loss before the rate is divided", whole=True,
                                   unit="epochs"),
                "threshold": Option(0.0001, 0.0, 1.0, "by which share a loss must be lower than the best to count",
                                    unit="of the best"),
                "floor": _FLOOR,
            },
            ("loss_sum", "examples", "epochs", "best", "waited", "divisions"),
            _watch_plateau,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Pace:
    """A schedule with its options and its learning rate η: what a step's rate is."""

    row: Schedule
    options: Values
    learning_rate: float

    def rate(self, clock: Clock, memory: Sequence[float] = ()) -> float:
        """The learning rate of the step at `clock`, with what is remembered before it."""
        return self.learning_rate * self.row.factor(clock, memory or NO_LOSSES, self.options)

    def preview(self, steps: Array, per_epoch: int, since: int = 0, divisions: float = 0.0) -> Array:
        """The rates at these steps (counted from 0), as far as they can be told before training.

        A schedule that watches the loss is shown as it would be if from step `since` on, where it has divided the
        rate `divisions` times, the loss never became lower.
        """
        if self.row.watch is None:
            return np.array([self.rate(Clock(*divmod(int(step), per_epoch), per_epoch)) for step in steps])
        return self.learning_rate * _stuck(np.floor((steps - since) / per_epoch), divisions, self.options)


def _stuck(epochs: Array, divisions: float, options: Values) -> Array:
    """The plateau's factor after `epochs` in which the loss never became lower than in the first."""
    powers = divisions + np.maximum(np.floor((epochs - 1.0) / options["patience"]), 0.0)
    with np.errstate(all="ignore"):
        return np.maximum(np.asarray(options["divide_by"] ** -powers), options["floor"])


NO_LOSSES: tuple[float, ...] = (0.0,) * 6
