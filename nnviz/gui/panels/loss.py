"""The loss curve: one number a step that says whether the network is learning at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from nnviz.engine.calls import Array
from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.panels.loss_branches import BranchCurves, reach_of
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import (
    Legend,
    Pace,
    Pages,
    Plot,
    curve,
    decimated,
    dots,
    followed,
    lonely,
    pen,
    said,
    second_label,
)
from nnviz.gui.panels.samples import BranchCurve, BranchSamples, is_whole, known_step
from nnviz.gui.settings import Settings
from nnviz.gui.surface_picture import formula_text
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.travel import AROUND, Travel
from nnviz.gui.view import View
from nnviz.report.numbers import count, full, short, typeset
from nnviz.session.change import Changed
from nnviz.words import loss_in_words

_SCALES = (("linear", "linear"), ("logarithmic", "logarithmic"))
_WINDOWS = (("all steps", 0), ("last 1000", 1000), ("last 100", 100))
_SAMPLES_A_SECOND = 30.0
ROOMY, NARROW = 17, 10      # lines of text: from so high on, the panel says what the loss is, and reads a step in full
PLOT_FIRST = 4              # lines of text more, before the legend names old futures
CROWDED = 30                # edits from which their diamonds are small
_Numbers = tuple[Array, Array, Array]
_NOTHING: _Numbers = (np.empty(0), np.empty(0), np.empty(0))


class LossPanel(Panel):
    """The loss of the batch at every step, and of the test set where there is one.

    Every step counts: where many steps share a pixel, the line spans the lowest and the highest of them. The loss of
    a step is taken before its update, the test loss at a step after it. The test loss is looked at as the picture is
    drawn, many times a second while it plays; an edit that changes it is a jump. A fall that slows down on the
    linear scale may still be steady on the logarithmic one; training loss that falls while test loss rises is
    overfitting.

    Point at the plot to read a step, click to hold the reading; with the plot in focus, the arrow keys move it and
    Esc lets it go. A gap is a loss that is not a finite number; on the logarithmic scale, also one of 0.

    The upright line is the step that is shown: drag it to any other, or hold a reading and press Enter to go there.
    Diamonds at the foot are changes that were made; reading their step says which. Dashed lines are the other courses
    that the training took, from where they fork; the button with the branch chooses which of them are drawn.
    """

    sought = Signal(int)        # a step that is to be shown

    name = "loss"
    title = "Loss"
    without_training = "Nothing is trained here: the leaves stay as they are, and the result stands in the picture."
    watches = Changed.EVERYTHING
    area = "right"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._asked_scale = "linear"
        self._theme = LIGHT
        self._view: View | None = None
        self._curve, self._samples = BranchCurve(), BranchSamples()
        self._numbers, self._tests = _NOTHING, (np.empty(0), np.empty((0, 1)))
        self._read_pace, self._test_pace = Pace(), Pace(_SAMPLES_A_SECOND)
        self._pointed: int | None = None
        self._held: int | None = None
        self._seen: tuple[float, float] | None = None

        self.heading = ElidedLabel()
        self.heading.setProperty("second", True)
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.formula = second_label(selectable=True)
        self.formula.setAccessibleName(tr("Loss of one example"))
        self.scale = self._choice(
            _SCALES, tr("Scale of the loss"), tr("The vertical axis: the loss itself or its power of ten"))
        self.window_choice = self._choice(
            _WINDOWS, tr("Steps shown"), tr("How many steps the plot shows, up to the newest"))
        self.scale.currentIndexChanged.connect(self._rescale)
        self.window_choice.currentIndexChanged.connect(self._rescale)
        controls = QHBoxLayout()
        controls.setSpacing(6)
        controls.addWidget(self.scale)
        controls.addWidget(self.window_choice)
        controls.addStretch(1)

        self.legend = Legend(tr("Legend of the loss curves"), stacks=True)
        self.plot = Plot(tr("Loss curve; arrow keys read it step by step"), keys=True)
        self.plot.setToolTip(tr("Loss at each training step. Click to hold a reading, arrow keys to move it"))
        self.plot.count_steps()
        self._shown_line = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._reading_line = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._shown_line)
        self.plot.addItem(self._reading_line)
        self.branches = BranchCurves(self.plot)
        self.branches.chosen.connect(self._rescale)
        controls.addWidget(self.branches.button)
        self.edit_marks = pyqtgraph.ScatterPlotItem(size=9, pxMode=True, pen=None, symbol="d")
        self.plot.addItem(self.edit_marks)
        self.training, self.test = curve(self.plot), curve(self.plot)
        self.training_dots, self.test_dots = dots(self.plot), dots(self.plot)
        self.reading = second_label(selectable=True)
        self.reading.setAccessibleName(tr("Loss at the step that is read"))
        self.reading.setToolTip(tr(
            "Full precision; select it to copy. The loss is taken before the update of its step; a test loss after "
            "step 7 is the one before the update of step 8, and stands in that row of the table of metrics"))
        self.empty = second_label()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)

        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(5)
        layout.addLayout(controls)
        layout.addWidget(self.heading)
        layout.addWidget(self.formula)
        layout.addWidget(self.legend)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.reading)
        layout.addWidget(self.empty, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(Pages(page, tr("Loss and its reading")))

        self.plot.pointed.connect(self._point)
        self.plot.clicked.connect(self._hold)
        self.plot.moved.connect(self._move)
        self.plot.released.connect(self._release)
        self.plot.entered.connect(self._go_to_reading)
        self.travel = Travel(self)
        self.plot.grip_taken.connect(self.travel.begin)
        self.plot.grip_moved.connect(self._drag_line)
        self.plot.grip_left.connect(self.travel.end)
        self.set_theme(LIGHT)
        self.refresh(None)

    @staticmethod
    def _choice(rows: tuple[tuple[str, object], ...], name: str, tip: str) -> ChoiceList:
        box = ChoiceList()
        box.setSizeAdjustPolicy(ChoiceList.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(6)
        for text, value in rows:
            box.addItem(tr(text), value)
        box.setAccessibleName(name)
        box.setToolTip(tip)
        return box

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    # --- what is shown ----------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.set_theme(theme)
        self.training.setPen(pen(theme.accent, self))
        self.test.setPen(pen(theme.positive, self))
        self.training_dots.setBrush(theme.accent)
        self.test_dots.setBrush(theme.positive)
        self._shown_line.setPen(pen(theme.muted, self))
        self.branches.set_theme(theme)
        self.edit_marks.setBrush(theme.active)
        self._reading_line.setPen(pen(theme.active, self))
        self._say()

    def apply_settings(self, settings: Settings) -> None:
        """The scale that the preferences ask for, when they ask for another one than before."""
        if settings.text("loss_scale") != self._asked_scale:
            self._asked_scale = settings.text("loss_scale")
            self.set_logarithmic(self._asked_scale == "logarithmic")

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Shows the loss on a logarithmic scale, or a linear one."""
        self.scale.setCurrentIndex(int(logarithmic))

    @property
    def is_logarithmic(self) -> bool:
        return self.scale.currentData() == "logarithmic"

    def refresh(self, view: View | None) -> None:
        self._view = view
        self.branches.take(view)
        if view is None:
            self._numbers, self._pointed, self._held = _NOTHING, None, None
        else:
            if self._test_pace.is_due(view.playing):
                self._look(view)
            if self._read_pace.is_due(view.playing):
                with self._read_pace.measured():
                    self._numbers, self._tests = self._curve.arrays(view), self._samples.arrays(view)
        self._draw()

    def sample(self, view: View) -> None:
        self._look(view)

    def collect(self, view: View) -> None:
        if self._test_pace.can_spare(view.playing):
            self._look(view)

    def _look(self, view: View) -> None:
        """Looks at the whole test set, where there is one."""
        if not view.data.has_test or not is_whole(view):
            return
        with self._test_pace.measured():
            loss = view.survey.test_loss
            if loss is not None:
                self._samples.put(view, (loss,))

    def _draw(self) -> None:
        view, steps = self._view, self._numbers[0]
        some = view is not None and len(steps) > 0
        for widget in (self.plot, self.legend, self.scale, self.window_choice):
            widget.setVisible(some)
        self.branches.button.setVisible(some and bool(view and view.past and view.past.branches))
        lines = self.height() / self.fontMetrics().lineSpacing()
        for told in (self.heading, self.formula):      # where there is little room, the curve and its numbers have it
            told.setVisible(view is not None and (not some or lines >= ROOMY))
        self.reading.setVisible(some and (lines >= NARROW or self._held is not None))
        self.empty.setVisible(not some)
        said(self.empty, "" if some else self._why_empty(view))
        if view is None:
            return
        words, formula = _words_of(view), _formula(view)
        said(self.heading, words.title)
        said(self.formula, formula)
        one = tr("Of one example: {formula}").format(formula=formula) if view.has_examples else formula
        self.heading.setToolTip(f"{words.title}\n{one}")
        tips = [words.title, tr("At each training step. Click to hold a reading, arrow keys to move it")]
        if view.past is not None and view.past.marks:
            tips.append(tr("◆ at the foot: a change that was made after that step"))
        self.plot.setToolTip("\n".join(tips))
        self.formula.setToolTip(words.formula)
        self.reading.setMinimumHeight(self.reading.fontMetrics().lineSpacing() * (2 if view.data.has_test else 1))
        if some:
            self._feed(view)
            self._say()

    @staticmethod
    def _why_empty(view: View | None) -> str:
        if view is None:
            return tr("Open a network to see its loss.")
        before = view.curves[0].first - 1
        if before:
            begun = tr("Opened after step {step}: the curve begins with the next step. Press Play, or Step, to go on.")
            return begun.format(step=count(before))
        return tr("No step has been trained yet. Press Play, or Step, to begin.")

    def _feed(self, view: View) -> None:
        steps, low, high = self._numbers
        width = int(self.window_choice.currentData())
        begin = float(min(steps[0], self._tests[0][0])) if len(self._tests[0]) else float(steps[0])
        if width:
            begin = max(begin, known_step(view) - width + 1.0)
        first = max(0, int(np.searchsorted(steps, begin, side="right")) - 1)
        x, y = decimated(steps[first:], low[first:], high[first:], max(200, self.plot.width()))
        test_x, test_y = self._tests[0], self._tests[1][:, 0] if self._tests[1].size else np.empty(0)
        inside = test_x >= begin
        test_x, test_y = test_x[inside], test_y[inside]
        logarithmic = self.is_logarithmic
        self.plot.set_logarithmic(logarithmic)
        if logarithmic:
            y, test_y = _powers(y), _powers(test_y)
        self.training.setData(x, y)
        self.test.setData(test_x, test_y)
        self.training_dots.setData(*lonely(x, y))
        self.test_dots.setData(*lonely(test_x, test_y))
        others = self.branches.draw(begin, logarithmic, reach_of(np.concatenate((y, test_y)), not logarithmic))
        last = max(float(known_step(view)), float(self.branches.end), begin + 4)
        if view.playing and not width:      # room to grow into, so that the axis is not written anew at every tick
            before = self._right if self._right is not None else 0.0
            last = before if last <= before else begin + (last - begin) * 1.25
        self._right = last if view.playing else None
        self.plot.set_range("x", begin - (last - begin) * 0.01, last)
        seen = np.concatenate((y, test_y, others))
        seen = seen[np.isfinite(seen)]
        if len(seen):
            bottom, top = float(seen.min()), float(seen.max())
            if not logarithmic:
                bottom = min(bottom, 0.0)
            self._seen = followed(self._seen, bottom, top, 0.06)
            grounded = not logarithmic and bottom == 0.0
            self.plot.ground(grounded)
            self.plot.set_range("y", -0.02 * self._seen[1] if grounded else self._seen[0], self._seen[1])
        shown = self._shown_step(view)
        self._shown_line.setPos(shown)
        self.plot.grip = float(shown)
        self._mark_edits(view, begin)

    def _mark_edits(self, view: View, begin: float) -> None:
        """A diamond at the foot of the plot for each edit."""
        marks = view.past.marks if view.past is not None else ()
        steps = np.array([mark.step for mark in marks if mark.step >= begin - 1], dtype=np.float64)
        low, high = self._seen if self._seen is not None else (0.0, 1.0)
        key = (view.past, begin, low, high)
        if key != self._marked:
            self._marked = key
            foot = 0.0 if not self.is_logarithmic and low <= 0.0 else low
            size = 9 if len(steps) <= CROWDED else 4
            self.edit_marks.setData(steps, np.full(len(steps), foot + 0.02 * (high - foot)), size=size)

    _marked: tuple[object, ...] = ()

    _right: float | None = None

    def _rescale(self) -> None:
        self._seen = None
        self._right = None
        self._draw()

    # --- reading ----------------------------------------------------------------------------------------------

    @property
    def read_step(self) -> int | None:
        """The step that is read: under the pointer, else held, else the shown one."""
        if self._view is None or not len(self._numbers[0]):
            return None
        wanted = self._pointed if self._pointed is not None else self._held
        return self._shown_step(self._view) if wanted is None else self._within(wanted, self._view)

    def _shown_step(self, view: View) -> int:
        """The step that the picture shows, or the one before it as long as the pass has not begun."""
        begun = view.moment.cursor and view.trial is None
        return self._within(view.moment.record.step if begun else view.updates_done, view)

    def _within(self, step: int, view: View) -> int:
        """The nearest step that has a loss."""
        return int(min(max(step, self._numbers[0][0]), known_step(view)))

    def loss_at(self, step: int) -> tuple[float, float, int] | None:
        """The lowest and the highest loss kept for a step, and of how many steps they are."""
        steps, low, high = self._numbers
        place = int(np.searchsorted(steps, step, side="right")) - 1
        if place < 0:
            return None
        following = float(steps[place + 1]) if place + 1 < len(steps) else steps[place] + 1.0
        return float(low[place]), float(high[place]), int(following - steps[place])

    def test_at(self, step: int) -> tuple[int, float] | None:
        """The newest test loss that was looked at up to the end of a step, and of which step's end it is."""
        place = int(np.searchsorted(self._tests[0], step, side="right")) - 1
        return (int(self._tests[0][place]), float(self._tests[1][place, 0])) if place >= 0 else None

    def _say(self) -> None:
        step, view = self.read_step, self._view
        if step is None or view is None:
            return
        held = self._pointed is not None or self._held is not None
        found, test = self.loss_at(step), self.test_at(step if held else view.updates_done)
        self._reading_line.setVisible(held)
        self._reading_line.setPos(step)
        if found is None:
            return
        low, high, merged = found
        numbers = full(high) if merged == 1 or low == high else tr("{low} to {high} in {count} steps").format(
            low=full(low), high=full(high), count=count(merged))
        words = _words_of(view)
        text = words.reading.format(step=count(step), name=words.name, loss=numbers)
        room = self.legend.width() // self.legend.fontMetrics().horizontalAdvance("0")
        digits = view.digits if room > view.digits + 10 else min(view.digits, 3)
        entries = [(self._theme.accent, words.legend.format(name=words.name, loss=short(high, digits)))]
        if test is not None:
            after = tr("test {loss} after step {step}, before {next}")
            when = after if test[0] else tr("test {loss} before the first step")
            text += "\n" + when.format(
                loss=full(test[1]), step=count(test[0]), next=count(test[0] + 1))
            # an older one says of when it is, for beside the batch's it would be read as the same moment's
            name = tr("test {loss}") if test[0] + 1 >= step else tr("test {loss}, step {step}")
            entries.append((self._theme.positive, name.format(loss=short(test[1], digits), step=count(test[0]))))
        elif view.data.has_test:
            entries.append((self._theme.positive, tr("test")))
        labels = [label for mark in view.past.marks if mark.step == step for label in mark.labels] if view.past else []
        if labels:
            text += "\n" + tr("changed after it: {edits}").format(edits="; ".join(labels))
        said(self.reading, text)
        self.legend.show_entries(entries + self.branches.entries(self._room_for_branches()))

    def _room_for_branches(self) -> int:
        """How many lines of the legend old futures may have: the plot comes first."""
        return max(1, int(self.height() / self.fontMetrics().lineSpacing() - ROOMY - PLOT_FIRST))

    def _go_to_reading(self) -> None:
        """Enter: the step that is held becomes the shown one."""
        if self._held is not None and self.read_step is not None:
            step, self._held = self.read_step, None
            self.sought.emit(step)

    def _drag_line(self, x: float) -> None:
        view = self._view
        if view is not None:
            low, high = self.plot.getPlotItem().vb.viewRange()[0]
            near = int(AROUND * (high - low) / max(1, self.plot.width()))
            self.travel.want(min(max(round(x), 0), known_step(view)), near)

    def _point(self, x: float | None) -> None:
        self._pointed = None if x is None else round(x)
        self._say()

    def _hold(self, x: float) -> None:
        self._held = round(x)
        self._draw()
        self.plot.setFocus(Qt.FocusReason.MouseFocusReason)
        self._say()

    def _move(self, places: int) -> None:
        if self.read_step is not None and self._view is not None:
            first, last = int(self._numbers[0][0]), known_step(self._view)
            self._held = min(max(self.read_step + places, first), last)
            self._pointed = None
            self._draw()

    def _release(self) -> None:
        self._held = self._pointed = None
        self._draw()

    def place_of(self, step: int) -> QPointF:
        """Where in the plot a step lies, in the plot's own pixels."""
        low, high = self.plot.getPlotItem().vb.viewRange()[1]
        return self.plot.place_of(step, (low + high) / 2)


@dataclass(frozen=True)
class _Words:
    """What is called a loss of a network is the height of a surface, and the result of a graph, by its name."""

    title: str
    formula: str       # what its formula is that of
    reading: str       # {step} {name} {loss}
    legend: str        # {name} {loss}
    name: str = ""     # of the result


def _words_of(view: View) -> _Words:
    graph, surface = view.document.graph, view.document.surface
    if graph is not None:
        return _Words(tr("Result of the graph"), tr("The formula of the graph"),
                      tr("step {step}   {name} = {loss}"), "{name} = {loss}", graph.names[-1])
    reading = tr("step {step}   loss {loss}")
    if surface is None:
        return _Words(tr("{loss}, mean of the batch").format(loss=tr(view.problem.loss_row.label)), tr(
            "The loss of one example, o its ‹outputs›, t its ‹targets›, n how many outputs it has"),
            reading, tr("batch {loss}"))
    formula, reading = tr("The height of the surface at x and y"), tr("step {step}   height {loss}")
    if surface.noise:
        return _Words(tr("Height, mean of the batch"), formula, reading, tr("batch {loss}"))
    return _Words(tr("Height of the surface"), formula, reading, tr("height {loss}"))


def _formula(view: View) -> str:
    """The loss of one example as a formula; of a surface with noise it is not that of the map."""
    convention, surface = view.problem.loss_row.convention, view.document.surface
    if view.document.graph is not None:
        return f"{view.document.graph.names[-1]} = {formula_text(convention)}"
    text = f"E = {typeset(loss_in_words(convention)) if surface is None else formula_text(convention)}"
    if surface is None or not surface.noise:
        return text
    return tr("{formula}, of each example's shifted surface").format(formula=text)


def _powers(values: Array) -> Array:
    """Logarithms to base 10, NaN where there is none."""
    with np.errstate(all="ignore"):
        return np.where(values > 0.0, np.log10(values), np.nan)


