"""What the window does with an example of one's own: where it comes from, which target it has, how one leaves it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMainWindow

from nnviz.data.pictures import picture_side
from nnviz.engine.calls import Array
from nnviz.gui.canvas import Canvas
from nnviz.gui.controller import Controller
from nnviz.gui.theme import Theme
from nnviz.gui.training_bar import TrainingBar
from nnviz.gui.translation import tr
from nnviz.gui.trial_strip import TrialStrip
from nnviz.session.session import Session

_DIGITS = 4      # of a number that somebody points at: more than a screen can tell


class Trials(QObject):
    """Begins, changes and ends trials of the open network; the target chosen last stays chosen for those that follow.

    While one is shown, its `strip` stands in `window` in the place of the training settings.  `drawing_wanted` says
    that an image is to be drawn.
    """

    target_changed = Signal(object)      # the target for the next ones, or None for the nearest example's
    drawing_wanted = Signal(object)      # the image to draw on, as inputs; None for what lies on the pad
    rows_turning = Signal()              # the strip is about to take the place of the settings, or to give it back

    def __init__(self, window: QMainWindow, controller: Controller, bar: TrainingBar, theme: Theme) -> None:
        super().__init__(window)
        self.controller, self._bar = controller, bar
        self.strip = TrialStrip(theme)
        self._session: Session | None = None
        self._inputs: Array | None = None
        self._target: Array | None = None
        self._shown: Session | None = None      # of the trial that was shown last
        self.strip.inputs_typed.connect(self.try_inputs)
        self.strip.target_chosen.connect(self.choose_target)
        self.strip.back_wanted.connect(self.end)
        self.strip.drawing_wanted.connect(self._draw)
        controller.changed.connect(self._show)
        window.installEventFilter(self)

    @property
    def target(self) -> Array | None:
        """The target that was chosen last; None for that of the nearest training example."""
        session = self.controller.session
        if session is not self._session or session is None or self._target is None:
            return None
        return self._target if len(self._target) == session.problem.network.sizes[-1] else None

    def try_inputs(self, inputs: Array) -> None:
        """Runs an example with these inputs, as the data set has them, through the network."""
        self._belong_to_session()
        self._inputs = np.array(inputs, dtype=np.float64)
        self.controller.try_example(self._inputs, self.target)

    def try_point(self, x: float, y: float) -> None:
        """Runs a point of the input plane through the network."""
        self.try_inputs(np.array([float(f"{value:.{_DIGITS}g}") for value in (x, y)]))

    def choose_target(self, target: Array | None) -> None:
        """Another target for the example that is tried, and for those that follow; None for the nearest example's."""
        self._belong_to_session()
        self._target = None if target is None else np.array(target, dtype=np.float64)
        self.target_changed.emit(self._target)
        session = self.controller.session
        if session is not None and session.trial is not None:
            self.controller.try_example(session.trial.inputs, self.target)

    def begin(self) -> None:
        """Begins with the example that was tried last, or with the one that is shown, ready to be typed over.

        An image is drawn instead.
        """
        with self.controller.still():
            view = self.controller.view
        if view is None:
            return
        if picture_side(view.data.raw_inputs.shape[1]):
            self.drawing_wanted.emit(None)
            return
        if view.trial is None:
            self._belong_to_session()
            shown = view.raw_inputs.mean(axis=0)
            known = self._inputs is not None and len(self._inputs) == len(shown)
            self.try_inputs(self._inputs if known and self._inputs is not None else shown)
        if not self.strip.isHidden():
            self.strip.take_keyboard()

    def end(self) -> None:
        """Back to the training, as somebody wishes who need not be told."""
        self._shown = None
        self.controller.end_trial()

    def _draw(self) -> None:
        """The example that is shown goes onto the drawing pad."""
        trial = None if self.controller.view is None else self.controller.view.trial
        self.drawing_wanted.emit(None if trial is None else trial.inputs)

    def precede(self, picture: Canvas) -> None:
        """Esc in `picture` leads back before it takes the selection away, which stays."""
        picture.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc leads back, where nobody who has the keyboard has a use for it."""
        if (event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
                and event.key() == Qt.Key.Key_Escape and not self.strip.isHidden()
                and not (isinstance(watched, Canvas) and watched.is_busy)):
            self.end()
            return True
        return super().eventFilter(watched, event)

    def _show(self) -> None:
        """Puts the strip where the training settings are, as high as they, so that the picture stays where it is."""
        view, strip, bar = self.controller.view, self.strip, self._bar
        tried = view is not None and view.trial is not None
        if not tried and self._shown is not None and self._shown is self.controller.session:
            QTimer.singleShot(0, self, self._tell_left)      # after what is said and cleared when training plays
        self._shown = self.controller.session if tried else None
        if strip.isHidden() == tried:
            self.rows_turning.emit()
        if tried and strip.isHidden():
            strip.take_height(bar.height() + (0 if bar.second_row.isHidden() else bar.second_row.height()))
        if bar.isHidden() != (tried or view is None):
            bar.setVisible(not tried and view is not None)
        if strip.isHidden() == tried:
            strip.setVisible(tried)
        if view is not None:
            strip.show_view(view)

    def _tell_left(self) -> None:
        self.controller.said.emit(tr("Your own example is left: the training is shown again."))

    def _belong_to_session(self) -> None:
        """What was tried and chosen for another network is forgotten."""
        if self.controller.session is not self._session:
            self._session, self._inputs, self._target = self.controller.session, None, None
            self.target_changed.emit(None)
