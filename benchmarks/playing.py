"""While a network plays, the window must answer: how often it paints, and what is left of the training speed.

The whole window is open, with its default panels. Run on the screen there is, else offscreen.
"""

from __future__ import annotations

import os
import time

import numpy as np

SECONDS, ROUNDS = 3.0, 7
DOCUMENT = {
    "format": "nnviz", "version": 1, "kind": "network", "name": "2-8-8-1", "inputs": 2,
    "layers": [{"units": 8, "activation": "tanh"}, {"units": 8, "activation": "tanh"},
               {"units": 1, "activation": "sigmoid"}],
    "loss": "binary_cross_entropy", "optimiser": {"name": "sgd", "learning_rate": 0.03},
    "data": {"name": "circle", "samples": 500}, "batch_size": 32,
}


def main() -> None:
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication

    from nnviz.gui.main_window import MainWindow
    from nnviz.gui.network_view import NetworkView
    from nnviz.gui.settings import Settings
    from nnviz.session.document import Document
    from nnviz.session.session import Session

    def wait(milliseconds: int) -> None:
        """Lets the window live; unlike QTest.qWait it leaves the interpreter to the worker."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def speed_alone(session: Session) -> float:
        """Steps a second without a window."""
        begun = time.perf_counter()
        while time.perf_counter() - begun < SECONDS / 2:
            session.advance_steps(10**9, 0.01)
        return session.updates_done / (time.perf_counter() - begun)

    application = QApplication.instance() or QApplication([])
    document = Document.from_tree(DOCUMENT)
    headless = []
    settings = Settings(None)
    settings.change(play_speed="full")
    window = MainWindow(settings)
    window.resize(1480, 920)
    window.show()
    window.complete_soon()
    wait(1500)
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
