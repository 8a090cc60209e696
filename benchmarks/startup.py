"""Seconds from the start of the process to the answer of `nnviz --help` and to the first painted window.

Files are in the system's cache and modules are compiled, as after a first start; every figure is the median of some
starts, by the clock.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
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


def help_seconds(compiled: str) -> float:
    begin = time.time()
    _run(compiled, "-m", "nnviz", "--help")
    return time.time() - begin


def window_seconds(compiled: str) -> float:
    begin = time.time()
    return float(_run(compiled, "-c", WINDOW)) - begin


def _run(compiled: str, *arguments: str) -> bytes:
    """What Python prints, with a display and with the folder `compiled` for its compiled modules."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True,
                          cwd=Path(__file__).parents[1], env=environment)
    return done.stdout


def median(measure: Callable[[], float]) -> float:
    return statistics.median([measure() for _ in range(WARM_UP + STARTS)][WARM_UP:])


def main() -> None:
    with tempfile.TemporaryDirectory() as compiled:
        rows = [
            (name, Goal(median(partial(measure, compiled)), GOAL).text("s"))
            for name, measure in (("nnviz --help", help_seconds), ("first painted window", window_seconds))
        ]
    print_table("Start: seconds by the clock, files in the cache", ("what", "seconds"), rows)


if __name__ == "__main__":
    main()
