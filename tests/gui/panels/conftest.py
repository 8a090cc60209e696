"""Panels in a test are shown as in the window: dressed, in the bundled font, and kept until the test has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nnviz.gui.panels.data import DataPanel
from nnviz.gui.panels.panel import Panel
from nnviz.gui.theme import LIGHT
from nnviz.gui.theme_apply import apply_theme
from nnviz.gui.view import View
from nnviz.session.session import Session
from tests.gui.panels.data_hand import Hand
from tests.gui.panels.views import circle, view_of


@pytest.fixture
def show(qtbot: Any, qapp: Any) -> Callable[..., Any]:
    def made(kind: type[Panel], view: View | None = None, size: tuple[int, int] = (640, 420)) -> Panel:
        apply_theme(qapp, LIGHT, 100)
        panel = kind()
        qtbot.addWidget(panel)
        panel.set_theme(LIGHT)
        panel.resize(*size)
        with qtbot.waitExposed(panel):
            panel.show()
        panel.refresh(view)
        return panel

    return made


@pytest.fixture
def hand(show: Any, qtbot: Any) -> Any:
    def made(document: Any = None, size: tuple[int, int] = (980, 420)) -> Hand:
        session = Session(document or circle())
        return Hand(show(DataPanel, view_of(session), size), session, qtbot)

    return made
