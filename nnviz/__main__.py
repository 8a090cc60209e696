"""`nnviz` and `python -m nnviz` start here."""

from __future__ import annotations

import sys

STOPPED_BY_USER = 130


def main() -> int:
    """Runs the command line of this process; the exit status."""
    try:
        from nnviz.cli import main as run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return STOPPED_BY_USER


if __name__ == "__main__":
    sys.exit(main())
