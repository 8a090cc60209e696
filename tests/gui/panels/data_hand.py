"""A hand on the panel of data: what is asked for is done, as the window does."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from nnviz.gui.panels.data import DataPanel
from nnviz.session.example_rows import ExampleRows
from nnviz.session.session import Session
from tests.gui.panels.views import view_of

LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier


class Hand:
    """A panel on a session: what it asks for is done at once, as the window does."""

    def __init__(self, panel: DataPanel, session: Session, qtbot: QtBot) -> None:
        self.panel, self.session, self.qtbot = panel, session, qtbot
        self.plane, self.table, self.said, self.told = panel.plane, panel.table, [], []
        panel.edit_requested.connect(self._edit)
        panel.refused.connect(self.said.append)
        panel.told.connect(self.told.append)

    def _edit(self, values: dict[str, Any], label: str) -> None:
        self.session.edit(values, label)
        self.panel.refresh(view_of(self.session))

    def undo(self) -> None:
        self.session.undo()
        self.panel.refresh(view_of(self.session))

    @property
    def rows(self) -> ExampleRows:
        return ExampleRows.of(self.session.segment.data)

    @property
    def labels(self) -> list[str]:
        return [edit.label for edit in self.session.undo_list]

    def at(self, x: float, y: float) -> QPoint:
        """The pixel of a point."""
        place = self.plane.frame.to_pixels(np.array([[x, y]]))[0]
        return QPoint(round(place[0]), round(place[1]))

    def drag(self, *places: QPoint, until: bool = True) -> None:
        self.qtbot.mousePress(self.plane, LEFT, NONE, places[0])
        for place in places[1:]:
            self.qtbot.mouseMove(self.plane, place)
        if until:
            self.qtbot.mouseRelease(self.plane, LEFT, NONE, places[-1])
