"""The window for tests that drive the whole program; a module's tests share one, for making it takes a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.gui.main_window import MainWindow
from nnviz.gui.workbench import Workbench
from tests.gui.hands import Opened, new_window

_KEPT: list[MainWindow] = []


@pytest.fixture(scope="module")
def lasting_window(qapp: QApplication) -> Iterator[MainWindow]:
    """One window for a module's tests, never destroyed: pyqtgraph's plots must not be, while a program runs.

    Each module has its own: one that was hidden and is shown again does not get the keyboard without a display.
    """
    main = new_window(qapp)
    _KEPT.append(main)
    yield main
    main.hide()


@pytest.fixture
def window(lasting_window: MainWindow, qtbot: QtBot) -> Iterator[MainWindow]:
    main = lasting_window
    main.settings.restore_defaults()
    main.workbench.documents.ask_unsaved = lambda parent, name: "discard"
    main.show()
    main.activateWindow()       # a dialog of the test before may have taken the keyboard along
    yield main
    main.workbench.controller.close()
    main.strip.clear()
    qtbot.waitUntil(lambda: not main.gallery.previews_wait(), timeout=10_000)


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot) -> Opened:
    def open_example(name: str, digits: int = 6) -> Workbench:
        window.settings.change(digits=digits)
        assert window.workbench.documents.open_example(name)
        workbench = window.workbench
        qtbot.waitUntil(lambda: workbench.picture.displayed_loss() != "" or workbench.surface.drawing is not None
                        or workbench.graph.drawing is not None)
        return workbench

    return open_example
