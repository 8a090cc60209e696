"""While a network plays, the window must answer: how often it paints, and what is left of the training speed.

The whole window is open, with its default panels. Run on the screen there is, else offscreen.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.table import Goal, print_table
from benchmarks.window import open_window, wait
from nnviz.session.document import Document
from nnviz.session.examples import open_example

SECONDS, ROUNDS = 3.0, 7
PLAYGROUND = {
    "format": "nnviz", "version": 1, "kind": "network", "name": "2-8-8-1", "inputs": 2,
    "layers": [{"units": 8, "activation": "tanh"}, {"units": 8, "activation": "tanh"},
               {"units": 1, "activation": "sigmoid"}],
    "loss": "binary_cross_entropy", "optimiser": {"name": "sgd", "learning_rate": 0.03},
    "data": {"name": "circle", "samples": 500}, "batch_size": 32,
}

# name, document, least share of the training speed, most milliseconds of the 99th percentile between paints
ROWS: tuple[tuple[str, Callable[[], Document], float, float], ...] = (
    ("2-8-8-1, batch 32", lambda: Document.from_tree(PLAYGROUND), 0.80, 45.0),
    ("digits 784-16-16-10, batch 32", lambda: open_example("digits-784-16-16-10"), 0.75, 50.0),
)


def main() -> None:
    from PySide6.QtGui import QPaintEvent

    from nnviz.gui.network_view import NetworkView
    from nnviz.session.session import Session

    def speed_alone(session: Session) -> float:
        """Steps a second without a window."""
        begun = time.perf_counter()
        while time.perf_counter() - begun < SECONDS / 2:
            session.advance_steps(10**9, 0.01)
        return session.updates_done / (time.perf_counter() - begun)

    application, window = open_window("full")
    painted: list[float] = []
    original = NetworkView.paintEvent

    def counted(self: NetworkView, event: QPaintEvent) -> None:
        original(self, event)
        painted.append(time.perf_counter())

    NetworkView.paintEvent = counted     # type: ignore[method-assign]  # to hear of every painting
    control, rows = window.workbench.controller, []
    for name, opened, least, most in ROWS:
        document, headless, shares, intervals = opened(), [], [], []
        for _ in range(ROUNDS):
            before = speed_alone(Session(document))
            control.open(document, None, name)
            wait(500)
            painted.clear()
            begun = time.perf_counter()
            control.play()
            wait(int(SECONDS * 1000))
            control.pause()
            seconds = time.perf_counter() - begun
            assert control.session is not None
            playing = control.session.updates_done / seconds
            # the machine's speed drifts: training alone is timed on both sides of the play
            headless.append((before + speed_alone(Session(document))) / 2)
            shares.append(playing / headless[-1])
            intervals += list(np.diff(painted))
            control.session.mark_saved()
        milliseconds = np.array(intervals) * 1000
        rows.append((name, f"{np.median(headless):.0f}", Goal(float(np.median(shares)), least, least=True).text("%"),
                     Goal(1000 / float(milliseconds.mean()), 30.0, least=True).text("Hz"),
                     Goal(float(np.percentile(milliseconds, 99)), most).text("ms")))
    print_table("Playing with the window and its default panels",
                ("network", "steps/s alone", "share of it", "redraw", "99th percentile between paints"), rows)
    window.close()
    del application


if __name__ == "__main__":
    main()
