"""An hour of play: what the window takes in memory, and whether it goes on growing.

    python -m benchmarks.endurance [MINUTES] [EXAMPLE]

It takes as long as it says, so `python -m benchmarks` leaves it out.  Counted are the pages of the window's own process
that lie in memory, as the system tells it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.table import Goal, print_table
from benchmarks.window import open_window, wait
from nnviz.session.examples import open_example

MINUTES, EXAMPLE = 60.0, "digits-784-16-16-10"
MOST, GROWTH = 400.0, 20.0       # MB at the end, and MB more than half way
LOOKS = 60


def resident() -> float:
    """The memory of this process that lies in the machine's, in MB."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def main(minutes: float = MINUTES, example: str = EXAMPLE) -> None:
    application, window = open_window("full")
    window.workbench.controller.open(open_example(example), None, example)
    window.workbench.create_panels()
    wait(2000)
    window.workbench.controller.play()
    begun, seen = time.monotonic(), []
    for look in range(1, LOOKS + 1):
        while time.monotonic() - begun < 60.0 * minutes * look / LOOKS:
            wait(500)
        seen.append(resident())
        session = window.workbench.controller.session
        print(f"{(time.monotonic() - begun) / 60:6.1f} min  {seen[-1]:7.1f} MB  "
              f"{session.last_step if session else 0:>12,} steps", flush=True)
    playing = window.workbench.controller.player.is_playing
    window.workbench.controller.pause()
    half = seen[len(seen) // 2]
    print_table(f"{minutes:g} minutes of play", ("example", "plays", "half way", "at the end", "growth"), [(
        example, "yes" if playing else "no", f"{half:.0f} MB", Goal(seen[-1], MOST).text("MB"),
        Goal(seen[-1] - half, GROWTH).text("MB"))])
    del application


if __name__ == "__main__":
    main(*([float(sys.argv[1])] if sys.argv[1:] else []), *sys.argv[2:3])
