"""Dragging through time: in a history of 10,000 steps the picture has to follow the handle of the timeline.

The whole window is open, with its default panels. Run on the screen there is, else offscreen. A frame is all that one
move of the handle costs until what it leads to is painted; as other programs take their share of a machine, the time
that the window's own thread spends is told beside the time on the clock.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

import numpy as np

from benchmarks.table import Goal, print_table
from benchmarks.window import open_window, wait

EXAMPLES = ("xor", "digits-784-16-16-10")
STEPS = 10_000
LOOKS, FRAMES = 200, 200
FRAME, SEEK, BACK = 33.0, 33.0, 33.0       # milliseconds
BRANCHES = 30


def milliseconds(seconds: list[float], share: float) -> float:
    return float(np.percentile(np.array(seconds) * 1000.0, share))


def rows() -> Iterable[tuple[str, ...]]:
    """One line of the table for each number."""
    application, window = open_window("full")
    from nnviz.gui.travel import AROUND
    from nnviz.session.examples import open_example

    control = window.workbench.controller
    for name in EXAMPLES:
        control.open(open_example(name), None, name)
        session = control.session
        assert session is not None
        session.advance_steps(STEPS)
        yield "memory of the history", name, Goal(session.budget.taken / 1e6, session.budget.bytes / 1e6).text("MB")
        found = []
        for step in np.random.default_rng(1).integers(1, STEPS, LOOKS).tolist():
            begun = time.perf_counter()
            session.seek(step)
            session.moment().parameters()
            found.append(time.perf_counter() - begun)
        yield "seek, median", name, Goal(milliseconds(found, 50), math.nan).text("ms")
        yield "seek, 95th percentile", name, Goal(milliseconds(found, 95), SEEK).text("ms")
        control.refresh()
        wait(500)
        # to and fro over the whole history, as a hand does it
        places = (STEPS / 2 + 0.49 * STEPS * np.sin(np.linspace(0.0, 6.0, FRAMES))).astype(int).tolist()
        frames, spent, near = [], [], int(AROUND * STEPS / window.workbench.timeline.slider.width())
        control.begin_travel()
        for step in places:
            begun, before = time.perf_counter(), time.thread_time()
            control.travel(step, near)
            application.processEvents()
            frames.append(time.perf_counter() - begun)
            spent.append(time.thread_time() - before)
        control.end_travel()
        application.processEvents()
        yield "frame while dragging, median", name, Goal(milliseconds(frames, 50), FRAME).text("ms")
        yield "the same, of the window's thread", name, Goal(milliseconds(spent, 50), FRAME).text("ms")
        yield "95th percentile", name, Goal(milliseconds(frames, 95), math.nan).text("ms")
        yield "the same, of the window's thread", name, Goal(milliseconds(spent, 95), FRAME).text("ms")
        backwards = []
        session.seek(STEPS)
        for _ in range(LOOKS):
            begun = time.perf_counter()
            session.seek(session.updates_done - 1)
            session.moment().parameters()
            backwards.append(time.perf_counter() - begun)
        yield "step back over a pass, mean", name, Goal(float(np.mean(backwards)) * 1000.0, BACK).text("ms")
        if name == EXAMPLES[0]:
            for number in range(BRANCHES):
                session.seek(100 + number)
                session.edit({"optimiser.learning_rate": 0.5 + number / 100.0}, "learning rate")
                session.advance_steps(STEPS // 10)
            taken = Goal(session.budget.taken / 1e6, session.budget.bytes / 1e6).text("MB")
            yield f"memory with {BRANCHES} branches more", name, taken
        session.mark_saved()
    window.close()


def main() -> None:
    print_table("Dragging through time", ("what", "example", "found"), rows())


if __name__ == "__main__":
    main()
