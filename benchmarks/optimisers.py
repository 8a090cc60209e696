"""Microseconds a training step under every optimiser, beside plain gradient descent and PyTorch's own optimiser.

The networks, the turns and the clock are those of `benchmarks.training`.  PyTorch has no K-FAC.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from benchmarks.table import Goal, print_table
from benchmarks.training import CASES, Case, Run, compiled, measure, problem_of, pytorch
from nnviz.engine.network import Choice
from nnviz.engine.optimisers import TABLE

RATE = 1e-3
TURNS = 15
ADAM_COST = 1.5          # steps of gradient descent, on small networks
# How PyTorch makes the same optimiser of its parameters; those that it lacks are not here.
RIVALS: dict[str, Callable[[Any, Any], Any]] = {
    "sgd": lambda optim, parameters: optim.SGD(parameters, lr=RATE),
    "momentum": lambda optim, parameters: optim.SGD(parameters, lr=RATE, momentum=0.9),
    "nesterov": lambda optim, parameters: optim.SGD(parameters, lr=RATE, momentum=0.9, nesterov=True),
    "adagrad": lambda optim, parameters: optim.Adagrad(parameters, lr=RATE),
    "rmsprop": lambda optim, parameters: optim.RMSprop(parameters, lr=RATE, alpha=0.9),
    "adam": lambda optim, parameters: optim.Adam(parameters, lr=RATE),
    "adamw": lambda optim, parameters: optim.AdamW(parameters, lr=RATE),
    "rprop": lambda optim, parameters: optim.Rprop(parameters, lr=RATE),
}


def rows(cases: Iterable[Case] = CASES, turns: int = TURNS) -> Iterable[tuple[str, ...]]:
    """One line of the table for each case and optimiser."""
    for case in cases:
        small = problem_of(case).blocks.size < 100
        for name in TABLE:
            problem = replace(problem_of(case), optimiser=Choice(name), learning_rate=RATE)
            plain = replace(problem, optimiser=Choice("sgd"))
            runs: dict[str, Run | None] = {
                name: compiled(problem), "plain": compiled(plain),
                "torch": pytorch(problem, RIVALS[name]) if name in RIVALS else None,
            }
            found = measure({key: run for key, run in runs.items() if run is not None}, turns)
            cost = Goal(found.ratio(name, to="plain"), ADAM_COST if name == "adam" and small else math.nan)
            faster = Goal(found.ratio("torch", to=name), 1.0 if name == "adam" else math.nan, least=True)
            yield (
                case.name, str(case.batch), name, f"{found.median(name):.1f}", f"{found.median('torch'):.1f}",
                cost.text("×"), faster.text("×"),
            )


HEAD = ("network", "batch", "optimiser", "plan", "PyTorch", "plan / gradient descent", "PyTorch / plan")


def main() -> None:
    print_table("Optimisers: µs of processor time a step, one thread", HEAD, rows())


if __name__ == "__main__":
    main()
