"""Milliseconds a refresh of each panel, with its repaint, while everything changes.

    python benchmarks/panels.py
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtWidgets import QApplication

from benchmarks.table import Goal
from nnviz.gui.panels import PANELS
from nnviz.gui.panels.loss import LossPanel
from nnviz.gui.panels.panel import Panel
from nnviz.gui.theme import DARK
from nnviz.gui.theme_apply import apply_theme
from nnviz.report.elements import Weight
from nnviz.session.session import Session
from tests.gui.panels.views import circle, digits, mazur, view_of

LENGTHS = (1_000, 10_000, 100_000)
SIZE = (480, 320)
GOALS = {"trace": 2.0, "matrices": 2.0, "weights": 4.0}      # milliseconds of a refresh, on the largest network
LARGEST = "784-16-16-10"


def median_ms(actions: list[Callable[[], object]]) -> float:
    times = []
    for action in actions:
        begin = time.perf_counter()
        action()
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times[2:])


def shown(kind: type[Panel]) -> Panel:
    panel = kind()
    panel.set_theme(DARK)
    panel.resize(*SIZE)
    panel.show()
    return panel


def timed(panel: Panel, session: Session, count: int = 30) -> tuple[float, float]:
    """Milliseconds of a refresh, and of a refresh with the repaint that follows."""
    views = []
    for _ in range(2 * count):
        session.advance_steps(1)
        views.append(view_of(session, selection=Weight(1, 0, 0)))
    refreshes = median_ms([lambda view=view: panel.refresh(view) for view in views[:count]])
    return refreshes, median_ms([lambda view=view: (panel.refresh(view), panel.grab()) for view in views[count:]])


def main() -> None:
    app = QApplication.instance() or QApplication([])
    apply_theme(app, DARK)
    print(f"{'panel':14}{'network':16}{'refresh ms':>12}{'with paint':>12}")
    panels = [shown(kind) for kind in PANELS]
    for name, make in (("2-2-2", mazur), ("2-8-8-1", circle), (LARGEST, digits)):
        session = Session(make())
        session.advance_steps(300)
        for panel in panels:
            refresh, whole = timed(panel, session)
            goal = Goal(refresh, GOALS[panel.name]).text("ms") if name == LARGEST and panel.name in GOALS else ""
            print(f"{panel.name:14}{name:16}{refresh:12.2f}{whole:12.2f}  {goal}".rstrip())
    for length in LENGTHS:
        session = Session(circle(optimiser={"name": "sgd", "learning_rate": 0.001}))
        session.advance_steps(length)
        loss = next(panel for panel in panels if isinstance(panel, LossPanel))
        refresh, whole = timed(loss, session)
        print(f"{'loss':14}{f'{length} steps':16}{refresh:12.2f}{whole:12.2f}")
    os._exit(0)     # plots are never taken apart


if __name__ == "__main__":
    main()
