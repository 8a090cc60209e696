"""What an example of one's own costs while it is drawn or dragged: its whole pass, and the live answer of the pad.

    python -m benchmarks trial
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.table import Goal, print_table
from nnviz.gui.drawn_image import DrawnImage, Habit, Ink
from nnviz.report.inputs import answers_to
from nnviz.session.examples import open_example
from nnviz.session.session import Session

TURNS = 40
#: Milliseconds: a frame at 30 Hz has 33, most of which is the picture's.
PASS = {"circle": 2.0, "digits-784-16-16-10": 8.0}
ANSWER = 1.0


def milliseconds(work: Callable[[int], object]) -> float:
    """The median processor time of an action."""
    times = []
    for turn in range(TURNS + 1):
        begun = time.process_time()
        work(turn)
        times.append((time.process_time() - begun) * 1e3)
    return float(np.median(times[1:]))


def main() -> None:
    """Prints the costs beside their goals."""
    rows = []
    for name, most in PASS.items():
        session = Session(open_example(name))
        session.advance_steps(20)
        raw = session.segment.data.raw_inputs
        found = milliseconds(lambda turn, session=session, raw=raw: session.try_example(raw[turn % len(raw)] * 0.9))
        rows.append((name, "a trial begins", Goal(found, most).text("ms")))
    data, parameters = session.segment.data, session.state.parameters(session.problem)
    side = round(raw.shape[1] ** 0.5)
    ink, drawing = Ink.of(raw), DrawnImage(side)
    habit = Habit.of(ink.levels(raw).reshape(-1, side, side))

    def stroke(turn: int) -> None:
        drawing.draw((4.0 + turn % 20, 5.0), (5.0 + turn % 20, 22.0), 3.0, 2.0, True)
        inputs = ink.values(habit.applied(drawing.pixels)).ravel()
        answers_to(session.problem, parameters, data, inputs[None])

    rows.append((name, "a stroke of the brush and its answer", Goal(milliseconds(stroke), ANSWER).text("ms")))
    print_table("An example of one's own", ("network", "what", "took"), rows)


if __name__ == "__main__":
    main()
