"""What the past costs: memory a step and within its budget, its share of training, the time back to any step of it.

Memory is what Python has allocated, as tracemalloc counts it; the record that is looked at and the memory that
training runs in are there without a past, too, and are not counted.
"""

from __future__ import annotations

import gc
import math
import time
import tracemalloc
from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.table import Goal, print_table
from nnviz.engine.step import Trainer
from nnviz.report.elements import Weight
from nnviz.session.document import Document
from nnviz.session.session import Session
from nnviz.session.timeline import SPACING

SMALL, MIDDLE, LARGE = (2, 8, 8, 1), (784, 16, 16, 10), (784, 128, 64, 10)
EXAMPLES, BATCH = 256, 32
SCALARS = 50_000              # steps over which the bytes of one are counted
STEPS = 10_000
TURNS, TURN_STEPS = 61, 4 * SPACING
LOOKS = 300                   # places that are sought, and steps back
EDITS = 100
MOST = {"sgd": 25.0, "adam": 75.0}         # MB
SEEK, EDITS_MOST, OVERHEAD, STEP_BYTES = 10.0, 20.0, 0.08, 100.0       # ms, MB, share, bytes


def document(sizes: tuple[int, ...], optimiser: str) -> Document:
    """A network of these sizes, all sigmoid, on random examples."""
    generator = np.random.default_rng(0)
    return Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": sizes[0], "loss": "mean_squared_error",
        "layers": [{"units": units, "activation": "sigmoid"} for units in sizes[1:]],
        "optimiser": {"name": optimiser, "learning_rate": 0.01}, "batch_size": BATCH,
        "data": {"inputs": generator.uniform(0.0, 1.0, (EXAMPLES, sizes[0])),
                 "targets": generator.uniform(0.0, 1.0, (EXAMPLES, sizes[-1]))},
    })


def allocated(work: Callable[[], object]) -> int:
    """Bytes that are held after `work` and were not before."""
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    work()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


def bytes_a_step() -> float:
    """What a step of a small network adds, with its share of the checkpoints."""
    session = Session(document(SMALL, "sgd"))
    session.advance_steps(SCALARS // 10)
    return allocated(lambda: session.advance_steps(SCALARS)) / SCALARS


def megabytes(optimiser: str) -> tuple[float, float]:
    """The history of a long training in MB: as allocated, and the budget."""
    session = Session(document(MIDDLE, optimiser))
    session.advance_steps(1)
    return allocated(lambda: session.advance_steps(STEPS)) / 1e6, session.budget.bytes / 1e6


def overhead(optimiser: str) -> float:
    """The share of its time that training loses to its history: losses, checkpoints, curve.

    Each turn with history is compared with the turn without that comes just before it: the machine's speed drifts.
    """
    session = Session(document(MIDDLE, optimiser))
    alone, tip = Trainer(session.problem), session.segment
    alone.load(tip.start)
    ratios = []
    for _ in range(TURNS):
        begun = time.process_time()
        alone.run(TURN_STEPS)
        between = time.process_time()
        tip.run(TURN_STEPS)
        ratios.append((time.process_time() - between) / (between - begun))
    return float(np.median(ratios)) - 1.0


def milliseconds(session: Session, moves: Iterable[Callable[[], object]]) -> np.ndarray:
    """How long each move takes until what is shown is there."""
    times = []
    for move in moves:
        begun = time.perf_counter()
        move()
        session.moment().parameters()
        times.append(time.perf_counter() - begun)
    return np.array(times) * 1000.0


def trained(sizes: tuple[int, ...], optimiser: str, steps: int = STEPS) -> Session:
    session = Session(document(sizes, optimiser))
    session.advance_steps(steps)
    return session


def seeks(session: Session) -> np.ndarray:
    """To places drawn at random."""
    places = np.random.default_rng(1).integers(1, session.last_step, LOOKS).tolist()
    return milliseconds(session, [lambda place=place: session.seek(place) for place in places])


def steps_back(session: Session) -> np.ndarray:
    """Over the start of a pass into the one before, again and again."""
    session.seek(session.last_step)
    return milliseconds(session, [lambda: session.seek(session.updates_done - 1)] * LOOKS)


def edits() -> tuple[float, float]:
    """Weights of a large network edited one after the other: MB for all of them, milliseconds for one."""
    session = Session(document(LARGE, "sgd"))
    session.moment()
    times = np.empty(0)

    def work() -> None:
        nonlocal times
        times = milliseconds(
            session, [lambda unit=unit: session.set_parameter(Weight(1, unit, 0), float(unit)) for unit in range(EDITS)]
        )

    return allocated(work) / 1e6, float(np.median(times))


def rows() -> Iterable[tuple[str, ...]]:
    """One line of the table for each number."""
    name = {sizes: "-".join(map(str, sizes)) for sizes in (SMALL, MIDDLE, LARGE)}
    yield "memory a step", name[SMALL], "sgd", Goal(bytes_a_step(), STEP_BYTES).text("bytes")
    for optimiser, most in MOST.items():
        taken, budget = megabytes(optimiser)
        yield f"history of {STEPS:,} steps", name[MIDDLE], optimiser, Goal(taken, most).text("MB")
        yield "the same against its budget", name[MIDDLE], optimiser, Goal(taken, budget).text("MB")
        yield "its share of training", name[MIDDLE], optimiser, Goal(overhead(optimiser), OVERHEAD).text("%")
    for sizes, optimiser, goal in ((MIDDLE, "sgd", SEEK), (MIDDLE, "adam", SEEK), (LARGE, "sgd", math.nan)):
        session = trained(sizes, optimiser, STEPS if sizes == MIDDLE else STEPS // 10)
        found, back = seeks(session), steps_back(session)
        yield "seek, median", name[sizes], optimiser, Goal(float(np.median(found)), math.nan).text("ms")
        yield "seek, 95th percentile", name[sizes], optimiser, Goal(float(np.percentile(found, 95)), goal).text("ms")
        yield "step back, median", name[sizes], optimiser, Goal(float(np.median(back)), math.nan).text("ms")
        yield "step back, mean", name[sizes], optimiser, Goal(float(back.mean()), math.nan).text("ms")
    taken, edit = edits()
    yield f"{EDITS} edits of a weight", name[LARGE], "sgd", Goal(taken, EDITS_MOST).text("MB")
    yield "one of them, traced", name[LARGE], "sgd", Goal(edit, 50.0).text("ms")


def main() -> None:
    print_table("History", ("what", "network", "optimiser", "found"), rows())


if __name__ == "__main__":
    main()
