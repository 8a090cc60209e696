"""The whole window with its default panels, on the screen there is, else offscreen, and time for it to live."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from nnviz.gui.main_window import MainWindow


def open_window(play_speed: str | None = None) -> tuple[QApplication, MainWindow]:
    """The application, which has to be held, and its window; at the settings a new user has, or another speed."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    from PySide6.QtWidgets import QApplication

    from nnviz.gui.main_window import MainWindow
    from nnviz.gui.settings import Settings

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    settings = Settings(None)
    if play_speed is not None:
        settings.change(play_speed=play_speed)
    window = MainWindow(settings)
    window.resize(1480, 920)
    window.show()
    window.complete_soon(completed=gc.freeze)       # as the program does
    wait(1500)
    return application, window


def wait(milliseconds: int) -> None:
    """Lets the window live; unlike QTest.qWait it leaves the interpreter to the worker."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
