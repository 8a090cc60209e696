"""What a gradient check costs: every parameter of 784-16-16-10 at batch 32, against two loss evaluations for each."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.history import MIDDLE, document
from benchmarks.table import Goal, print_table
from nnviz.engine.autodiff import evaluate
from nnviz.engine.check import Method, check_gradients
from nnviz.engine.problem import with_ones_of
from nnviz.engine.record import Record
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session

TURNS, EVALUATIONS = 5, 500
GOALS: dict[Method, tuple[float, float]] = {"central differences": (0.1, 10.0), "complex step": (0.2, 5.0)}


def seconds(work: Callable[[], object]) -> float:
    """Processor time of the fastest of a few turns."""
    times = []
    for _ in range(TURNS):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def records() -> dict[str, tuple[Method, Record]]:
    """A step to check by either method: ReLU by central differences; sigmoids, and the bundled digits with their tanh,
    by the complex step.
    """
    smooth = document(MIDDLE, "sgd")
    layers = [{"units": 16, "activation": "relu"}, {"units": 16, "activation": "relu"},
              {"units": 10, "activation": "softmax"}]
    targets = np.eye(10)[np.random.default_rng(1).integers(0, 10, len(Session(smooth).problem.inputs))]
    kinked = Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 784, "layers": layers, "loss": "cross_entropy",
        "batch_size": 32, "data": {"inputs": Session(smooth).problem.inputs, "targets": targets},
    })
    return {
        "ReLU": ("central differences", Session(kinked).record),
        "sigmoid": ("complex step", Session(smooth).record),
        "the bundled digits, tanh": ("complex step", Session(open_example("digits-784-16-16-10")).record),
    }


def evaluations(record: Record) -> float:
    """Two evaluations of the batch's loss for every parameter, from the time that some of them take."""
    problem, parameters = record.problem, record.parameters
    leaves = {"x": with_ones_of(problem.graph, problem.inputs[record.rows])}
    for number in range(1, len(problem.network.layers) + 1):
        leaves[f"P{number}"] = problem.blocks.block(parameters, number)
    targets = problem.targets[record.rows]

    def some() -> None:
        for _ in range(EVALUATIONS):
            problem.losses_of(evaluate(problem.graph, leaves, len(record.rows)), targets).mean()

    return seconds(some) / EVALUATIONS * 2 * problem.network.parameter_count


def main() -> None:
    rows = []
    for name, (method, record) in records().items():
        most, factor = GOALS[method]
        found = seconds(lambda method=method, record=record: check_gradients(
            record.problem, record.parameters, record.rows, method=method))
        check = check_gradients(record.problem, record.parameters, record.rows, method=method)
        assert check is not None and check.holds
        faster = Goal(evaluations(record) / found, factor, True)
        rows.append((name, method, Goal(found, most).text("s"), faster.text("×"), f"{check.largest_error:.1e}"))
    print_table("Gradient check of 784-16-16-10, batch 32, 13,002 parameters",
                ("hidden layers", "method", "processor time", "faster than two losses each", "largest error"), rows)


if __name__ == "__main__":
    main()
