"""Processor time of a complete frame with heat maps, 1200 × 800: every weight, map, edge and number anew.

`maps` is the pass over the whole plane and what is made of it, `paint` the painting; `without` is a frame of the same
network whose units are drawn as discs or capsules.

    python -m benchmarks heat_maps
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import cycle

import numpy as np

from benchmarks.table import Goal, print_table

SECONDS = 1.5
GOAL = 6.0                        # milliseconds a frame of 2-8-8-1
EXAMPLES = (("spiral", GOAL), ("circle", np.nan), ("clouds", np.nan))
STATES = 12                       # of the training, one a frame in turn


def main() -> None:
    import os

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_NO_GUI_THREADPOOL"] = "1"
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

    from nnviz.gui.drawing import Drawing
    from nnviz.gui.fonts import load_fonts
    from nnviz.gui.network_view import NetworkView
    from nnviz.gui.plane_resolving import with_maps
    from nnviz.gui.resolving import dead_units, drawing_of_moment
    from nnviz.gui.theme import DARK
    from nnviz.report.metrics import Survey
    from nnviz.session.examples import open_example
    from nnviz.session.session import Session

    application = QApplication.instance() or QApplication([])
    load_fonts()
    image = QImage(1200, 800, QImage.Format.Format_RGB32)
    rows = []
    for name, goal in EXAMPLES:
        session = Session(open_example(name))
        data, moments = session.segment.data, []
        for _ in range(STATES):
            session.advance_steps(20)
            moments.append(session.moment())
        dead = dead_units(Survey(session.problem, moments[0].parameters(), data))
        plain = [drawing_of_moment(session.document, moment, dead) for moment in moments]
        view = NetworkView(DARK)
        view.resize(1200, 800)

        def maps_of(number: int, session=session, data=data, moments=moments, plain=plain) -> Drawing:
            return with_maps(plain[number], session.problem, data, moments[number])

        def paint(drawing: Drawing, view=view) -> None:
            view.set_drawing(drawing)
            view.render(image)

        ready = [maps_of(number) for number in range(STATES)]
        frame = _milliseconds(lambda number, maps_of=maps_of, paint=paint: paint(maps_of(number)))
        maps = _milliseconds(maps_of)
        painting = _milliseconds(lambda number, ready=ready, paint=paint: paint(ready[number]))
        without = _milliseconds(lambda number, plain=plain, paint=paint: paint(plain[number]))
        sizes = "-".join(str(size) for size in session.problem.network.sizes)
        rows.append((f"{name} {sizes}", Goal(frame, goal).text("ms"), f"{maps:.2f}", f"{painting:.2f}",
                     f"{without:.2f}"))
    print_table("A complete frame with heat maps", ("network", "frame", "maps ms", "paint ms", "without ms"), rows)
    del application


def _milliseconds(action: Callable[[int], object]) -> float:
    """The median processor time of an action on one state after the other."""
    action(0)
    return float(np.median(list(_timed(action))))


def _timed(action: Callable[[int], object]) -> Iterator[float]:
    until, numbers = time.perf_counter() + SECONDS, cycle(range(STATES))
    while time.perf_counter() < until:
        number, begun = next(numbers), time.process_time()
        action(number)
        yield (time.process_time() - begun) * 1e3


if __name__ == "__main__":
    main()
