"""Seconds from the start of the process to the answer of `nnviz --help` and to the first painted window.

Files are in the system's cache, as after a first start; every figure is the median of some starts, by the clock.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import Goal, print_table

STARTS, WARM_UP = 9, 2
GOAL = 0.3

# The program as it is, and a look at the clock as soon as its window and all that is in it have been painted: an
# event that overtakes whatever else waits.
WINDOW = """
import os, sys, time
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from nnviz.gui import application, main_window

class Watched(main_window.MainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.User), Qt.EventPriority.HighEventPriority.value)

    def event(self, event):
        if event.type() == QEvent.Type.User:
            os.write(1, repr(time.time()).encode())
            os._exit(0)
        return super().event(event)

main_window.MainWindow = Watched
sys.argv = ["nnviz"]
application.run()
"""


def help_seconds() -> float:
    begin = time.time()
    subprocess.run([sys.executable, "-m", "nnviz", "--help"], check=True, capture_output=True, cwd=_checkout())
    return time.time() - begin


def window_seconds() -> float:
    begin = time.time()
    done = subprocess.run(
        [sys.executable, "-c", WINDOW], check=True, capture_output=True, cwd=_checkout(), env=_with_a_display()
    )
    return float(done.stdout) - begin


def _checkout() -> Path:
    return Path(__file__).parents[1]


def _with_a_display() -> dict[str, str]:
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return {**os.environ} if shown or sys.platform != "linux" else {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


def median(measure: Callable[[], float]) -> float:
    return statistics.median([measure() for _ in range(WARM_UP + STARTS)][WARM_UP:])


def main() -> None:
    rows = [
        (name, Goal(median(measure), GOAL).text("s"))
        for name, measure in (("nnviz --help", help_seconds), ("first painted window", window_seconds))
    ]
    print_table("Start: seconds by the clock, files in the cache", ("what", "seconds"), rows)


if __name__ == "__main__":
    main()
