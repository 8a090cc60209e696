"""Takes the README's screenshot: the real window, on the screen there is, stepping and training real networks.

    python docs/pictures/draw.py
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnviz.gui.main_window import MainWindow
from nnviz.gui.settings import Settings
from nnviz.report.elements import Weight

WIDTH, HEIGHT = 1440, 900


def main() -> None:
    application = QApplication(sys.argv)
    window = MainWindow(Settings(None))
    window.settings.change(theme="dark")
    window.resize(WIDTH, HEIGHT)
    window.show()
    window.complete_soon()
    QTest.qWait(2000)
    workbench = window.workbench
    workbench.documents.open_example("mazur-2-2-2")
    QTest.qWait(500)
    for _ in range(60):
        workbench.controller.training_step()
    workbench.controller.select(Weight(2, 0, 0))
    window.resize(WIDTH, HEIGHT)
    QTest.qWait(500)
    window.grab().save(str(Path(__file__).parent / "nnviz.png"))
    workbench.documents.ask_unsaved = lambda parent, name: "discard"
    window.close()
    del application


if __name__ == "__main__":
    main()
