"""While a network plays, the window must answer: how often it paints, and what is left of the training speed.

The whole window is open, with its default panels. Run on the screen there is, else offscreen.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.window import open_window, wait

SECONDS, ROUNDS = 3.0, 7
DOCUMENT = {
    "format": "nnviz", "version": 1, "kind": "network", "name": "2-8-8-1", "inputs": 2,
    "layers": [{"units": 8, "activation": "tanh"}, {"units": 8, "activation": "tanh"},
               {"units": 1, "activation": "sigmoid"}],
    "loss": "binary_cross_entropy", "optimiser": {"name": "sgd", "learning_rate": 0.03},
    "data": {"name": "circle", "samples": 500}, "batch_size": 32,
}


def main() -> None:
    from PySide6.QtGui import QPaintEvent

    from nnviz.gui.network_view import NetworkView
    from nnviz.session.document import Document
    from nnviz.session.session import Session

    def speed_alone(session: Session) -> float:
        """Steps a second without a window."""
        begun = time.perf_counter()
        while time.perf_counter() - begun < SECONDS / 2:
            session.advance_steps(10**9, 0.01)
        return session.updates_done / (time.perf_counter() - begun)

    application, window = open_window("full")
    document = Document.from_tree(DOCUMENT)
    headless = []
    painted: list[float] = []
    original = NetworkView.paintEvent

    def counted(self: NetworkView, event: QPaintEvent) -> None:
        original(self, event)
        painted.append(time.perf_counter())

    NetworkView.paintEvent = counted     # type: ignore[method-assign]  # to hear of every painting
    shares, intervals = [], []
    for _ in range(ROUNDS):
        before = speed_alone(Session(document))
        window.workbench.controller.open(document, None, "2-8-8-1")
        wait(500)
        painted.clear()
        begun = time.perf_counter()
        window.workbench.controller.play()
        wait(int(SECONDS * 1000))
        window.workbench.controller.pause()
        seconds = time.perf_counter() - begun
        assert window.workbench.controller.session is not None
        playing = window.workbench.controller.session.updates_done / seconds
        # the machine's speed drifts: training alone is timed on both sides of the play
        headless.append((before + speed_alone(Session(document))) / 2)
        shares.append(playing / headless[-1])
        intervals += list(np.diff(painted))
        window.workbench.controller.session.mark_saved()
    milliseconds = np.array(intervals) * 1000
    print("Playing 2-8-8-1, batch 32, with the window and its default panels")
    print(f"  training without a window   {np.median(headless):10.0f} steps/s")
    print(f"  share of it while playing   {np.median(shares) * 100:10.0f} %    goal 80 %")
    print(f"  redraw                      {1000 / milliseconds.mean():10.1f} Hz   goal 30 Hz")
    print(f"  99th percentile of paints   {np.percentile(milliseconds, 99):10.1f} ms   goal 45 ms")
    window.close()
    del application


if __name__ == "__main__":
    main()
