"""Microseconds a training step: the compiled plan, with and without a ring of the newest states, beside PyTorch eager
and ordinary NumPy.

The ring keeps what decides a step, its state; each number of the step comes from doing its pass again when somebody
reads it ("read a record").  No arena is copied while training runs.

All run in turns, so that a busy machine is unfair to nobody; every figure is a median over the rounds, of processor
time on one thread, or of the ratio of two runs in the same round.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.table import Goal, print_table
from nnviz.engine.network import Choice, Layer, Network, default_unit_names
from nnviz.engine.problem import Problem
from nnviz.engine.step import Trainer

RATE = 0.1
KEYFRAMES = 50
# Steps that stay recorded. A ring of 4 stays in the processor's nearest cache and costs a third to a half as much on
# the 784 nets, but nobody can go back through 4 steps.
RING = 64
TURNS = 51
TURN_SECONDS = 0.01

Run = Callable[[int], object]


@dataclass(frozen=True)
class Case:
    """One network of the table, and how many times faster than PyTorch it has to be; costs are shares of a step."""

    sizes: tuple[int, ...]
    batch: int
    hidden: str
    output: str
    loss: str
    faster: float
    recording: float

    @property
    def name(self) -> str:
        return "-".join(map(str, self.sizes))


def _squared(sizes: tuple[int, ...], batch: int, activation: str, faster: float, recording: float) -> Case:
    return Case(sizes, batch, activation, activation, "mean_squared_error", faster, recording)


def _classes(batch: int, faster: float) -> Case:
    return Case((784, 128, 64, 10), batch, "relu", "softmax", "cross_entropy", faster, 0.40)


CASES = (
    _squared((2, 2, 1), 4, "sigmoid", 15.0, 0.06),
    _squared((2, 2, 2), 1, "sigmoid", 15.0, 0.06),
    _squared((2, 4, 2, 1), 10, "tanh", 20.0, 0.06),
    _squared((2, 4, 2, 1), 250, "tanh", 12.0, 0.12),
    _squared((784, 16, 16, 10), 1, "sigmoid", 8.0, 0.40),
    _squared((784, 16, 16, 10), 32, "sigmoid", 3.3, 0.40),
    _squared((784, 16, 16, 10), 128, "sigmoid", 1.9, 0.40),
    _classes(32, 1.35),
    _classes(128, 1.2),
)
FASTER_THAN_NUMPY = 3.5        # at batch 10 or less
KEYFRAMES_COST = 0.08


def problem_of(case: Case) -> Problem:
    """Random examples for a network of the case's shape; the batch is all of them."""
    generator = np.random.default_rng(0)
    last = len(case.sizes) - 1
    layers = tuple(
        Layer(
            default_unit_names(number, units, last),
            Choice(case.output if number == last else case.hidden),
            Choice("xavier_uniform"),
        )
        for number, units in enumerate(case.sizes[1:], start=1)
    )
    inputs = generator.uniform(0.0, 1.0, (case.batch, case.sizes[0]))
    targets = np.zeros((case.batch, case.sizes[-1]))
    targets[np.arange(case.batch), generator.integers(0, case.sizes[-1], case.batch)] = 1.0
    network = Network(default_unit_names(0, case.sizes[0], last), layers, Choice(case.loss))
    return Problem(network, inputs, targets, Choice("sgd"), RATE, 0, 0, np.empty(0, dtype=np.intp))


def compiled(problem: Problem) -> Run:
    return _trainer(problem).run


def recorded(problem: Problem) -> Run:
    """Every step is recorded in a ring, from which each of its numbers can be had by doing its pass again."""
    trainer = _trainer(problem)
    ring = trainer.ring(RING)
    return lambda steps: trainer.run(steps, ring=ring)


def looked_at(problem: Problem) -> Run:
    """The recorded steps are read back from the ring, whole, one after the other."""
    trainer = _trainer(problem)
    ring = trainer.ring(RING)
    trainer.run(RING, ring=ring)

    def run(steps: int) -> None:
        for step in range(steps):
            ring.record(step % RING + 1)

    return run


def with_keyframes(problem: Problem) -> Run:
    trainer, kept = _trainer(problem), []

    def run(steps: int) -> None:
        kept.clear()
        trainer.run(steps, keep=kept.append, every=KEYFRAMES)

    return run


def _trainer(problem: Problem) -> Trainer:
    trainer = Trainer(problem)
    trainer.load(problem.start())
    return trainer


def ordinary_numpy(problem: Problem) -> Run:
    """What one writes from the formulas: a new array for every result."""
    network, start = problem.network, problem.blocks.unpack(problem.initial_parameters())
    count = len(network.layers)
    weights = [start[f"W{number}"] for number in range(1, count + 1)]
    biases = [start[f"b{number}"] for number in range(1, count + 1)]
    activation = network.layers[0].activation.name
    inputs, targets = problem.inputs, problem.targets
    functions = {
        "sigmoid": (lambda z: 1.0 / (1.0 + np.exp(-z)), lambda a: a * (1.0 - a)),
        "tanh": (np.tanh, lambda a: 1.0 - a * a),
        "relu": (lambda z: np.maximum(z, 0.0), lambda a: (a > 0.0).astype(float)),
    }
    function, slope = functions[activation]
    classes = network.loss.name == "cross_entropy"

    def step() -> float:
        outputs = [inputs]
        for number in range(count):
            net = outputs[-1] @ weights[number].T + biases[number]
            if classes and number == count - 1:
                powers = np.exp(net - net.max(axis=1, keepdims=True))
                outputs.append(powers / powers.sum(axis=1, keepdims=True))
            else:
                outputs.append(function(net))
        if classes:
            loss = -np.mean(np.sum(targets * np.log(outputs[-1]), axis=1))
            delta = (outputs[-1] - targets) / len(inputs)
        else:
            loss = np.mean((outputs[-1] - targets) ** 2)
            delta = 2.0 * (outputs[-1] - targets) / targets.size * slope(outputs[-1])
        for number in range(count - 1, -1, -1):
            weight_gradient, bias_gradient = delta.T @ outputs[number], delta.sum(axis=0)
            if number:
                delta = (delta @ weights[number]) * slope(outputs[number])
            weights[number] = weights[number] - RATE * weight_gradient
            biases[number] = biases[number] - RATE * bias_gradient
        return float(loss)

    return _repeat(step)


def pytorch(problem: Problem, make: Callable[[Any, Any], Any] | None = None) -> Run | None:
    """`Sequential` and `SGD` as its tutorial has them; None where PyTorch is not installed.

    `make(torch.optim, parameters)` gives another optimiser.
    """
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    modules = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}
    start = problem.blocks.unpack(problem.initial_parameters())
    parts: list[torch.nn.Module] = []
    for number, layer in enumerate(problem.network.layers, start=1):
        weight, bias = torch.from_numpy(start[f"W{number}"]), torch.from_numpy(start[f"b{number}"])
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(weight)
            linear.bias.copy_(bias)
        parts.append(linear)
        if layer.activation.name in modules:       # cross-entropy takes the logits
            parts.append(modules[layer.activation.name]())
    model = torch.nn.Sequential(*parts)
    losses = {"mean_squared_error": torch.nn.MSELoss, "cross_entropy": torch.nn.CrossEntropyLoss}
    criterion = losses[problem.network.loss.name]()
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE) if make is None else make(torch.optim, model.parameters())
    inputs, targets = torch.tensor(problem.inputs), torch.tensor(problem.targets)

    def step() -> float:
        optimiser.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimiser.step()
        return float(loss.item())

    return _repeat(step)


def _repeat(step: Callable[[], object]) -> Run:
    def run(steps: int) -> None:
        for _ in range(steps):
            step()

    return run


@dataclass(frozen=True)
class Rounds:
    """Microseconds a step of each run, round by round."""

    times: dict[str, list[float]]

    def median(self, name: str) -> float:
        """NaN for what was not run."""
        return statistics.median(self.times[name]) if name in self.times else math.nan

    def ratio(self, name: str, to: str) -> float:
        """How many times as long the one takes as the other: of each round, so that a slow moment slows both."""
        if name not in self.times:
            return math.nan
        return statistics.median(one / other for one, other in zip(self.times[name], self.times[to], strict=True))


def measure(runs: dict[str, Run], turns: int = TURNS, seconds: float = TURN_SECONDS) -> Rounds:
    """Lets the runs take turns of some `seconds`."""
    steps = {}
    for name, run in runs.items():
        run(RING)
        begin = time.process_time()
        run(20)
        steps[name] = max(1, round(20 * seconds / max(time.process_time() - begin, 1e-6)))
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            begin = time.process_time()
            run(steps[name])
            times[name].append((time.process_time() - begin) / steps[name] * 1e6)
    return Rounds(times)


def rows(cases: Iterable[Case] = CASES) -> Iterable[tuple[str, ...]]:
    """One line of the table for each case."""
    for case in cases:
        problem = problem_of(case)
        runs: dict[str, Run | None] = {
            "plan": compiled(problem), "record": recorded(problem), "keyframes": with_keyframes(problem),
            "read": looked_at(problem), "numpy": ordinary_numpy(problem), "torch": pytorch(problem),
        }
        found = measure({name: run for name, run in runs.items() if run is not None})
        yield (
            case.name, str(case.batch), *(f"{found.median(name):.1f}" for name in runs),
            Goal(found.ratio("torch", to="plan"), case.faster, least=True).text("×"),
            Goal(
                found.ratio("numpy", to="plan"), FASTER_THAN_NUMPY if case.batch <= 10 else math.nan, least=True
            ).text("×"),
            Goal(found.ratio("record", to="plan") - 1.0, case.recording).text("%"),
            Goal(found.ratio("keyframes", to="plan") - 1.0, KEYFRAMES_COST).text("%"),
        )


HEAD = (
    "network", "batch", "plan", "+ring of states", "+keyframes", "read a record", "NumPy", "PyTorch",
    "PyTorch / plan", "NumPy / plan", "ring costs", "keyframes cost",
)


def main() -> None:
    print_table("Training: µs of processor time a step, one thread", HEAD, rows())


if __name__ == "__main__":
    main()
