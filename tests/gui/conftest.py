"""The window for tests that drive the whole program; a module's tests share one, for making it takes a second."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.gui.main_window import MainWindow
from nnviz.gui.workbench import Workbench
from tests.gui.hands import Opened, new_window, take_apart

_NOWHERE = (30_000, 30_000)


@pytest.fixture(autouse=True)
def pointer_is_nowhere(request: pytest.FixtureRequest) -> None:
    """No test finds the pointer where the one before left it: a move to where it is already would be none."""
    if "qtbot" in request.fixturenames:
        request.getfixturevalue("qapp")
        QCursor.setPos(*_NOWHERE)


def set_aside() -> None:
    """What lives now lasts for the module: to look through all of it after each test took half of the tests' time."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def what_the_modules_before_left_is_set_aside() -> None:
    set_aside()


@pytest.fixture(scope="module")
def lasting_window(qapp: QApplication) -> Iterator[MainWindow]:
    """One window for a module's tests.

    Each module has its own: one that was hidden and is shown again does not get the keyboard without a display.
    """
    main = new_window(qapp)
    set_aside()
    yield main
    take_apart(qapp, main)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """With a failure: what is on the screen and where the pointer is, which mouse events depend on."""
    report = yield
    if report.failed and QApplication.instance() is not None:
        seen = [f"{type(widget).__name__} {widget.windowTitle()!r} at {widget.geometry().getRect()}"
                for widget in QApplication.topLevelWidgets() if widget.isVisible()]
        report.sections.append(("on the screen", "\n".join([f"the pointer at {QCursor.pos().toTuple()}", *seen])))
    return report


@pytest.fixture
def window(lasting_window: MainWindow, qtbot: QtBot) -> Iterator[MainWindow]:
    main = lasting_window
    main.settings.restore_defaults()
    main.workbench.documents.ask_unsaved = lambda *_: "discard"
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
