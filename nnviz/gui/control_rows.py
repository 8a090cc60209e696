"""The rows of controls above the picture: in a narrow window the last ones have what the first has no room for."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow, QToolBar

from nnviz.gui.actions import ActionSet
from nnviz.gui.training_bar import TrainingBar
from nnviz.gui.translation import tr
from nnviz.gui.transport import ExampleSelector

BETWEEN_BARS = 4         # pixels, more than there are


class ControlRows:
    """What acts on the training, the example selector, the training's settings, and `strip` below all of them."""

    def __init__(
        self, window: QMainWindow, commands: ActionSet, selector: ExampleSelector, training: TrainingBar,
        strip: QToolBar,
    ) -> None:
        self.window, self.commands, self.selector, self.training, self.strip = (
            window, commands, selector, training, strip)
        self.example_bar = QToolBar(tr("Example"))
        self.example_bar.setObjectName("example")
        self.example_bar.setAccessibleName(tr("Example"))
        self.example_bar.addWidget(selector)
        self._example_below = False
        self._add()
        training.second_row.setVisible(False)
        strip.setVisible(False)
        selector.resized.connect(lambda: QTimer.singleShot(0, selector, self.wrap))

    def wrap(self) -> None:
        """Puts everything where it has room at the window's width.

        Where the first row is too long, the example selector stands behind the last of the training's settings.
        """
        taken = sum(bar.sizeHint().width() + BETWEEN_BARS for bar in (*self.commands.first_row(), self.example_bar))
        too_long = not self.selector.make_room(self.window.width() - taken)
        if too_long != self._example_below:
            self._example_below = too_long
            self._add()
        self.training.wrap(self.window.width())

    def show_examples(self, shown: bool, is_tried: bool) -> None:
        """Shows the selector where there are examples.

        While an example of one's own is tried, the strip has the rows of the training's settings, and with them its.
        """
        self.example_bar.setVisible(shown and not (is_tried and self._example_below))

    def reset(self) -> None:
        """Every row back at its first place."""
        first_row = self.commands.first_row()
        for bar in (*first_row, self.example_bar):
            self.window.removeToolBarBreak(bar)
        for bar in first_row:
            self.window.addToolBar(bar)
        self._example_below = False
        self._add()
        self.wrap()

    def _add(self) -> None:
        rows = (self.training, self.training.second_row, self.strip)
        for bar in (*rows, self.example_bar):
            self.window.removeToolBarBreak(bar)
        if not self._example_below:
            self.window.addToolBar(self.example_bar)
        for bar in rows:
            self.window.addToolBarBreak()
            self.window.addToolBar(bar)
            if self._example_below and bar is self.training.second_row:
                self.window.addToolBar(self.example_bar)
