"""The window for tests that drive the whole program; a module's tests share one, for making it takes a second."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs.schedule import schedule_dialog
from nnviz.gui.main_window import MainWindow
from nnviz.gui.settings import Settings
from nnviz.gui.workbench import Workbench
from tests.gui.hands import Opened

_KEPT: list[MainWindow] = []


@pytest.fixture(scope="module")
def lasting_window(qapp: QApplication) -> Iterator[MainWindow]:
    """One window for a module's tests, never destroyed: pyqtgraph's plots must not be, while a program runs.

    Each module has its own: one that was hidden and is shown again does not get the keyboard without a display.
    """
    main = _new_window(qapp)
    _KEPT.append(main)
    yield main
    main.hide()


def _new_window(qapp: QApplication) -> MainWindow:
    main = MainWindow(Settings(None))
    main.resize(1280, 800)
    main.show()
    main.complete_soon()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        qapp.processEvents()
        if main.workbench.docks.created and main.gallery.names() and not main.gallery.previews_wait():
            break
    main.faults.remove()
    main.workbench.documents.ask_unsaved = lambda parent, name: "discard"
    main.workbench.documents.open_example("vanishing-gradient")      # panels grow to their largest and then stay
    for name in ("gradients", "dead", "activations"):
        main.workbench.docks.docks[name].raise_()
        qapp.processEvents()
    schedule_dialog(main, main.theme)
    return main


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
        qtbot.waitUntil(lambda: workbench.picture.displayed_loss() != "" or workbench.surface.drawing is not None)
        return workbench

    return open_example
