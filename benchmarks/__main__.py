"""Runs the benchmarks, each in a process of its own: all of them, or those named.

    python -m benchmarks
    python -m benchmarks training startup
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EVERY = (
    "training", "optimisers", "learning", "history", "checking", "startup", "drawing", "panels", "insight", "playing",
    "travelling", "tables", "formulas", "formula_card", "gates", "heat_maps", "trial",
)


def main(names: list[str]) -> int:
    """Runs the named benchmarks and returns 0, or 2 for a name that is none."""
    for name in names:
        if name not in EVERY:
            print(f"There is no benchmark {name!r}; there are {', '.join(EVERY)}.", file=sys.stderr)
            return 2
    for name in names or EVERY:
        # unbuffered: a benchmark with plots leaves without taking anything apart, and would take its last lines along
        subprocess.run([sys.executable, "-u", "-m", f"benchmarks.{name}"], cwd=Path(__file__).parents[1], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
