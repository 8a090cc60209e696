"""What every test stands on: no display needed, no folder of the user's touched, and nothing left running."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Before anything imports Qt or NumPy: both read these once.
if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_NO_GUI_THREADPOOL"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import pytest

from tests.command_line import Answer, Nnviz

pytest_plugins = ["pytester"]

XDG_FOLDERS = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
SECONDS_TO_END = 2.0
_after: dict[object, dict[int, object]] = {}     # what lived when the last test ended, by its module and fixtures


@pytest.fixture(autouse=True)
def folders_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has its own settings and state, and sees nobody else's."""
    for variable in XDG_FOLDERS:
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))


@pytest.fixture(autouse=True)
def nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a window's test that leaves a top-level widget, an active timer or a thread behind.

    Asked for first and so torn down last, when the test's own fixtures have closed what they opened.
    """
    if "qtbot" not in request.fixturenames:
        _after.clear()
        yield
        return
    request.getfixturevalue("qapp")
    # What lived when the test before ended, unless fixtures that outlast a test may have been made since.
    fixtures = request.module, frozenset(request.fixturenames)
    before = _after.pop(fixtures, None) or _living()
    _after.clear()
    shown = _kept_until_closed(request.getfixturevalue("qtbot"))
    yield
    shown.clear()
    deadline = time.monotonic() + SECONDS_TO_END
    while (left := _described(before, after := _living())) and time.monotonic() < deadline:
        _let_things_end()
    if left:
        pytest.fail("the test left behind: " + "; ".join(left), pytrace=False)
    _after[fixtures] = after


def _kept_until_closed(qtbot: Any) -> list[object]:
    """Has qtbot hold what it closes: a widget that a test alone held would be taken apart while Qt paints it.

    pytest-qt has events processed once a test has returned, before it closes the widgets; painting a plot calls
    Python, Python collects garbage, and the plot being painted would be part of it.
    """
    held: list[object] = []
    add = qtbot.addWidget

    def kept(widget: object, **options: object) -> None:
        held.append(widget)
        add(widget, **options)

    qtbot.addWidget = kept
    return held


def _living() -> dict[int, object]:
    """Top-level widgets, active timers and threads by identity. They are held, so that none is used twice."""
    from PySide6.QtCore import QThread, QTimer
    from PySide6.QtWidgets import QApplication
    from shiboken6 import getAllValidWrappers

    found: list[object] = [*QApplication.topLevelWidgets(), *threading.enumerate()]
    # Qt's own list of what Python holds: to look through all objects of the process took half of the tests' time.
    wrappers = getAllValidWrappers()
    kinds = {type(thing) for thing in wrappers}
    timers = {kind for kind in kinds if issubclass(kind, QTimer)}
    threads = {kind for kind in kinds if issubclass(kind, QThread)}
    found += [thing for thing in wrappers if type(thing) in timers and thing.isActive()]
    found += [thing for thing in wrappers if type(thing) in threads and thing.isRunning()]
    return {id(thing): thing for thing in found}


def _described(before: dict[int, object], after: dict[int, object]) -> list[str]:
    """What lives after and did not live before, in words."""
    return [_words(thing) for identity, thing in after.items() if identity not in before]


def _words(thing: object) -> str:
    if isinstance(thing, threading.Thread):
        return f"thread {thing.name}"
    name = thing.objectName() if hasattr(thing, "objectName") else ""
    return f"{type(thing).__name__} {name}".rstrip()


def _let_things_end() -> None:
    """Deletes what waits to be deleted, collects what nobody holds, and gives threads a moment."""
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    threading.Event().wait(0.01)


@pytest.fixture
def nnviz(capfdbinary: pytest.CaptureFixture[bytes]) -> Nnviz:
    """Runs a command inside this process."""
    from nnviz.cli import main

    def run(*words: object) -> Answer:
        status = main([str(word) for word in words])
        captured = capfdbinary.readouterr()
        return Answer(status, captured.out, captured.err.decode("utf-8"))

    return run
