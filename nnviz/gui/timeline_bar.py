"""All of training on one line below the picture: take the handle, and any step ever taken is here again, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QMouseEvent, QPaintEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QMenu,
    QSizePolicy,
    QSlider,
    QToolButton,
    QToolTip,
    QWidget,
)

from nnviz.gui.fields import described
from nnviz.gui.icons import icon
from nnviz.gui.panels.samples import BranchCurve, known_step
from nnviz.gui.past import BranchTold, Past
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.timeline_track import Track, TrackPicture, joined_marks
from nnviz.gui.translation import tr
from nnviz.gui.travel import AROUND, Travel
from nnviz.gui.view import View
from nnviz.report.numbers import count, short

NEAR = 6.0                # pixels from a mark, or from the handle, within which it is meant
CURVE_EVERY = 0.25        # seconds between two readings of a curve that grows
LONGEST_ENTRY = 90        # signs of a branch in the menu
_LEAPS = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}


class TimeSlider(QSlider):
    """The track with its handle.

    `travel` tells of the handle while somebody holds it; `sought` is a single move, by a key.
    """

    sought = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        described(self, tr("Timeline"), tr(
            "Every step of the training: drag to any of them. Left and Right go a step, Page Up and Page Down a tenth, "
            "Home and End to the start and to the newest step"))
        self.track = Track(LIGHT)
        self.inside_pass = False         # the shown step is begun, and not done
        self._holding: tuple[int, float] | None = None     # where the handle was taken, and how far beside its middle
        self._wanted: int | None = None      # by a key
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._seek_wanted)
        self.travel = Travel(self)
        self._hovered: float | None = None
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(self.track.height(self.fontMetrics().height()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    # --- what is shown ----------------------------------------------------------------------------------------

    def show_time(self, step: int, last: int, loss: float | None, inside_pass: bool) -> None:
        """`step` updates are done of `last` that are known; `loss` is that of the shown step, where it has one."""
        self.inside_pass = inside_pass
        if last != self.maximum():
            self.setMaximum(last)
        if self._holding is None and self._wanted is None:
            self.setValue(step)
        text = tr("step {step} of {last}, loss {loss}") if loss is not None else tr("step {step} of {last}")
        said = text.format(step=count(step), last=count(last), loss=short(loss, 4))
        if said != self.accessibleDescription():
            self.setAccessibleDescription(said)
        self.update()

    @property
    def is_held(self) -> bool:
        return self._holding is not None

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = TrackPicture(self.width(), self.height(), self.maximum(), self.length, self.sliderPosition(),
                             self._hovered, self.hasFocus(), self.is_held, self.isEnabled())
        self.track.paint(self, shown)

    # --- pointer ----------------------------------------------------------------------------------------------

    @property
    def length(self) -> int:
        """How many steps long the track is: to the end of the longest branch, where that is not the shown one."""
        return self.track.length(self.maximum())

    def _step_at(self, x: float) -> int:
        """The step of the shown branch at `x`, or its newest one where it ends before."""
        return min(self.track.step_at(x, self.width(), self.length), self.maximum())

    def _mark_at(self, x: float) -> int | None:
        """The step of the mark under the pointer."""
        places = [(abs(self.track.place_of(mark.step, self.width(), self.length) - x), mark.step)
                  for mark in self.track.marks]
        distance, step = min(places, default=(NEAR + 1.0, 0))
        return step if distance <= NEAR else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.maximum():
            event.ignore()
            return
        x = event.position().x()
        beside = x - self.track.place_of(self.value(), self.width(), self.length)
        begun = self.value()
        mark = self._mark_at(x)
        self._holding = (begun, beside if abs(beside) <= NEAR and mark is None else 0.0)
        self.travel.begin()
        if mark is not None:
            self._drag_to(mark, 0)
        elif abs(beside) > NEAR:
            self._drag_to(self._step_at(x), 0)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._holding is not None:
            self._drag_to(self._step_at(x - self._holding[1]), int(AROUND * self.length / max(1, self.width())))
        else:
            self._hovered = x
            self._tell(event.globalPosition().toPoint(), x)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._holding is not None:
            self._let_go()

    def _let_go(self) -> None:
        self._holding = None
        self.travel.end()
        self.update()

    def _drag_to(self, step: int, near: int) -> None:
        self.setValue(step)
        self.travel.want(step, near)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hovered = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def _tell(self, place: QPoint, x: float) -> None:
        """What is under the pointer: an edit, or the step that a click leads to."""
        if not self.length:
            QToolTip.showText(place, tr("No step has been trained yet. Press Play, or Step, to begin."), self)
            return
        mark = self._mark_at(x)
        step = self._step_at(x) if mark is None else mark
        beyond = mark is None and self.track.step_at(x, self.width(), self.length) > self.maximum()
        lines = [(tr("the shown branch ends at step {step}; others go on, visit them in the list of branches") if beyond
                  else tr("step {step}")).format(step=count(step))]
        for edit in self.track.marks if mark is not None else ():
            if edit.step == mark:
                lines = [tr("after step {step}: {edits}").format(
                    step=count(step), edits="; ".join(edit.labels)) if step else
                    tr("at the start: {edits}").format(edits="; ".join(edit.labels)),
                    tr("◆ a change that was made there")]
        QToolTip.showText(place, "\n".join(lines), self)

    # --- keys -------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._target(event) >= 0:
            event.accept()      # else Page Up would step back one operation
            return True
        if event.type() == QEvent.Type.ToolTip:
            return (self._hovered is not None and bool(self.length)) or super().event(event)
        return super().event(event)

    def _target(self, event: QKeyEvent) -> int:
        """Where a key leads to; -1 where it leads nowhere."""
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return -1
        key, here = Qt.Key(event.key()), self.value() if self._wanted is None else self._wanted
        if key == Qt.Key.Key_Home:
            return 0
        if key == Qt.Key.Key_End:
            return self.maximum()
        if key in _LEAPS:
            leap = max(1, self.maximum() // 10)
            return min(max(here + _LEAPS[key] * leap, 0), self.maximum())
        if key in _STEPS:
            by = _STEPS[key]
            if by < 0 and self.inside_pass and self._wanted is None:
                by = 0       # to the end of the step before
            return min(max(here + by, 0), self.maximum())
        return -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._holding is not None:
            self._drag_to(self._holding[0], 0)
            self._let_go()
            return
        target = self._target(event)
        if target < 0 or self._holding is not None:
            event.ignore()
            return
        self._want(target)

    # --- one step after the other, the newest one only ----------------------------------------------------------

    def _want(self, step: int) -> None:
        self._wanted = step
        self.setValue(step)
        if not self._turn.isActive():
            self._turn.start(0)

    def _seek_wanted(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self.sought.emit(wanted)


class TimelineBar(QWidget):
    """The timeline: every step of the training that is shown, what was changed on the way, and the other branches.

    Drag the handle, click anywhere, or use the arrow keys: the step is shown exactly as it was, with every number. A
    diamond is a change that was made there; point at it to read which. Going back and changing something begins a
    branch: the old future stays, is drawn as a thin line from where it forks, and can be visited in the list of
    branches. The track reaches to the end of the longest branch; where the shown one is shorter, the handle stops at
    its newest step. The faint curve is the loss.
    """

    visit_requested = Signal(object)            # the tip of a branch
    drop_requested = Signal(object)
    name_requested = Signal(object, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Timeline"))
        self.slider = TimeSlider()
        self.to_start = self._button(tr("To the start"), tr("Go back to the start; nothing is lost (Alt+Home)"))
        self.to_newest = self._button(tr("To the newest step"), tr("Go on to the newest step (Alt+End)"))
        self.branches = self._button(tr("Branches"), tr("Other courses that the training took: visit, name, forget"))
        self.branches.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.branches.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.menu.setAccessibleName(tr("Branches"))
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill_menu)
        self._forget = QMenu(tr("Forget a branch"), self.menu)
        self._forget.setToolTipsVisible(True)
        self._group = QActionGroup(self)
        self.branches.setMenu(self.menu)
        self.branches.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(2)
        row.addWidget(self.to_start)
        row.addWidget(self.slider, 1)
        row.addWidget(self.to_newest)
        row.addWidget(self.branches)
        self.to_start.clicked.connect(lambda: self.slider.sought.emit(0))
        self.to_newest.clicked.connect(lambda: self.slider.sought.emit(self.slider.maximum()))
        self._view: View | None = None
        self._past: Past | None = None
        self._curve = BranchCurve()
        self._curve_read = 0.0
        self._curve_key: tuple[object, ...] = ()
        self.set_theme(theme)
        self.show_view(None)

    @staticmethod
    def _button(name: str, tip: str) -> QToolButton:
        button = described(QToolButton(), name, tip)
        button.setProperty("quiet", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def set_theme(self, theme: Theme) -> None:
        """Takes the colours of `theme`."""
        self.to_start.setIcon(icon("to-start", theme))
        self.to_newest.setIcon(icon("to-newest", theme))
        self.branches.setIcon(icon("branch", theme))
        self.slider.track.set_theme(theme)
        self.slider.update()

    def show_view(self, view: View | None, due: bool = True) -> None:
        """Shows where `view` lies in the training, while that plays only where it is `due`.

        It costs nothing while the bar is hidden.
        """
        self._view = view
        if not self.isVisible() or (view is not None and view.playing and not due):
            return
        if view is None:
            self.slider.show_time(0, 0, None, False)
            return
        moment, last = view.moment, max(known_step(view), view.updates_done)
        record = moment.record
        in_training = view.trial is None        # the pass of an example of one's own is at no place of the training
        inside = in_training and moment.cursor > 0 and not moment.is_complete
        loss = record.loss if in_training and moment.loss is not None and record.step <= last else None
        if view.past is not self._past:
            self._take_past(view.past)
        self._read_curve(view, last)
        self.slider.show_time(min(view.updates_done, last), last, loss, inside)
        self.to_start.setEnabled(view.updates_done > 0)
        self.to_newest.setEnabled(view.updates_done < last)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_view(self._view)

    def _take_past(self, past: Past | None) -> None:
        self._past = past
        self.slider.track.marks = joined_marks(past.marks if past is not None else ())
        others: Sequence[BranchTold] = past.branches if past is not None else ()
        self.slider.track.branches = [(other.fork, other.end) for other in others]
        self.branches.setVisible(bool(others))
        self.branches.setText(str(len(others) + 1))

    def _read_curve(self, view: View, last: int) -> None:
        """Takes the losses where they have grown; while training plays, not at every redraw."""
        key = (self._past, last)
        now = perf_counter()
        if key == self._curve_key or (view.playing and now - self._curve_read < CURVE_EVERY):
            return
        self._curve_key, self._curve_read = key, now
        steps, low, high = self._curve.arrays(view)
        self.slider.track.set_curve(steps, low, high)

    # --- branches ---------------------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        """The branches in the order in which they began; checked is the one that is shown."""
        self.menu.clear()
        self._forget.clear()
        view, past = self._view, self._past
        if view is None or past is None:
            return
        others = {branch.tip: branch for branch in past.branches}
        for tip in past.order():
            other = others.get(tip)
            text = other.text if other is not None else tr("shown: {branch}").format(branch=past.said_of_tip())
            action = self._entry(self.menu, text)
            action.setCheckable(True)
            action.setActionGroup(self._group)
            action.setChecked(other is None)
            if other is not None:
                action.setToolTip(tr("Visit its newest step; it leaves the shown branch after step {step}").format(
                    step=count(other.fork)))
                action.triggered.connect(lambda _checked=False, tip=tip: self.visit_requested.emit(tip))
                dropped = self._entry(self._forget, other.text)
                dropped.setToolTip(tr("Forget the steps that only this branch has, for good"))
                dropped.triggered.connect(lambda _checked=False, tip=tip: self.drop_requested.emit(tip))
        self.menu.addSeparator()
        name = self.menu.addAction(tr("Name the shown branch…"))
        name.triggered.connect(lambda _checked=False: self._ask_name(past))
        self.menu.addMenu(self._forget)

    @staticmethod
    def _entry(menu: QMenu, text: str) -> QAction:
        brief = text if len(text) <= LONGEST_ENTRY else text[: LONGEST_ENTRY - 1] + "…"
        return menu.addAction(brief.replace("&", "&&"))

    def _ask_name(self, past: Past) -> None:
        name, accepted = QInputDialog.getText(
            self.window(), tr("Name the branch"), tr("Name of the branch that is shown; empty for none"),
            text=past.tip.name)
        if accepted:
            self.name_requested.emit(past.tip, name)
