"""What tables cost: every example's gradients of a digit network, and millions of rows written as CSV.

Writing is compared with Python's own csv module on the same numbers in the same run, turn by turn; the memory is the
most that a process of its own took for the whole of an export.
"""

from __future__ import annotations

import csv
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.table import Goal, print_table
from nnviz.exchange.tables import Context, find_table
from nnviz.report.example_gradients import ExampleGradients
from nnviz.session.document import Document
from nnviz.session.session import Session

SIZES = (784, 16, 16, 10)
ROUNDS = 9
COMPUTED = {32: 0.25, 128: 1.0}       # ms
TIMES_CSV, MEGABYTES, STEPS = 5.0, 150.0, 1000
OVER_CSV = 20_000                     # rows that the csv module writes in a round


def tree(batch: int) -> dict[str, object]:
    """784-16-16-10 on random examples, as a document's tree."""
    random = np.random.default_rng(0)
    return {
        "format": "nnviz", "version": 1, "kind": "network", "inputs": SIZES[0], "loss": "cross_entropy",
        "layers": [{"units": 16, "activation": "relu"}, {"units": 16, "activation": "relu"},
                   {"units": 10, "activation": "softmax"}],
        "optimiser": {"name": "sgd", "learning_rate": 0.05}, "batch_size": batch,
        "data": {"inputs": random.uniform(0, 1, (256, SIZES[0])).round(3).tolist(),
                 "targets": np.eye(10)[random.integers(0, 10, 256)].tolist()},
    }


def median_seconds(action: Callable[[], object]) -> float:
    action()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def computed(batch: int) -> tuple[str, str, str]:
    """Every gradient of every example, and what is said of every row, of one step."""
    session = Session(Document.from_tree(tree(batch)))
    session.advance_steps(1)
    table = ExampleGradients(session.record)
    places = np.arange(len(table.mean))
    whole = median_seconds(lambda: table.rows(places))

    def said() -> None:
        fresh = ExampleGradients(session.record)
        assert fresh.signal_to_noise.shape == fresh.disagreement.shape

    return (f"{len(places):,} × {batch}", f"{whole * 1e3:.2f} ms",
            Goal(median_seconds(said) * 1e3, COMPUTED[batch]).text("ms"))


def written() -> Goal:
    """How many times faster than the csv module a step's `parameters` are written."""
    session = Session(Document.from_tree(tree(32)))
    session.advance_steps(1)
    table, context = find_table("parameters"), Context.of_session(session)
    rows = list(table.rows(session.record, context))[:OVER_CSV]
    ratios = []
    for _ in range(ROUNDS + 2):
        begin = time.perf_counter()
        for block in table.blocks(session.record, context):
            block.written()
        ours = (time.perf_counter() - begin) / session.problem.network.parameter_count
        begin = time.perf_counter()
        csv.writer(io.StringIO()).writerows(rows)
        ratios.append((time.perf_counter() - begin) / len(rows) / ours)
    return Goal(statistics.median(ratios[2:]), TIMES_CSV, least=True)


def exported() -> tuple[float, Goal]:
    """Rows a second, and the most memory, of a whole export of 13 million rows."""
    with tempfile.TemporaryDirectory() as folder:
        document, out = Path(folder) / "digits.json", Path(folder) / "digits.csv"
        document.write_text(json.dumps(tree(32)))
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-m", "nnviz", "export", str(document), "--table", "parameters", "--steps",
                        str(STEPS), "-o", str(out)], check=True, cwd=Path(__file__).parents[1])
        seconds = time.perf_counter() - begin
    taken = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return STEPS * 13_002 / seconds, Goal(taken, MEGABYTES)


def main() -> None:
    print_table("Every example's gradients of a step", ("parameters × examples", "all of them", "said of all rows"),
                [computed(batch) for batch in COMPUTED])
    speed, memory = exported()
    print_table("`parameters` as CSV", ("what", "found"), [
        ("beside the csv module", written().text("×")),
        (f"{STEPS * 13_002:,} rows, rows a second", f"{speed:,.0f}"),
        ("memory of that export", memory.text("MB")),
    ])


if __name__ == "__main__":
    main()
