"""The fixtures that guard the other tests do fail a test that leaks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

LEAKS = {
    "widget": """
        from PySide6.QtWidgets import QWidget
        kept = []
        def test_it(qtbot):
            kept.append(QWidget())
            kept[0].setObjectName("forgotten")
    """,
    "timer": """
        from PySide6.QtCore import QTimer
        kept = []
        def test_it(qtbot):
            kept.append(QTimer())
            kept[0].setObjectName("forgotten")
            kept[0].start(1000)
    """,
    "thread": """
        import threading
        def test_it(qtbot):
            threading.Thread(target=threading.Event().wait, args=(10,), name="forgotten", daemon=True).start()
    """,
}

TIDY = """
    import threading
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QLabel
    kept = []
    def test_it(qtbot):
        label = QLabel("hello")
        qtbot.addWidget(label)
        kept.append(QTimer(label))
        kept[0].start(1000)
        kept.append(threading.Thread(target=threading.Event().wait, args=(0.2,)))
        kept[1].start()
        label.show()
"""


@pytest.fixture
def guarded(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder whose tests stand on this suite's conftest."""
    text = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
    pytester.makeconftest(text.replace('pytest_plugins = ["pytester"]', ""))
    pytester.makeini(f"[pytest]\nqt_api = pyside6\npythonpath = {Path(__file__).parents[1]}\n")
    return pytester


@pytest.mark.parametrize("thing", LEAKS)
def test_a_test_that_leaks_fails(guarded: pytest.Pytester, thing: str) -> None:
    guarded.makepyfile(LEAKS[thing])
    result = guarded.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the test left behind: *forgotten*"])


def test_a_tidy_test_passes(guarded: pytest.Pytester) -> None:
    guarded.makepyfile(TIDY)
    guarded.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_no_test_sees_the_users_folders(tmp_path: Path) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        assert Path(os.environ[variable]).is_relative_to(tmp_path)
