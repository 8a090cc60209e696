"""How the learning rate will change, seen before it is used: a schedule, its options, and its course as a curve.

Epochs and steps count from the start of training, so the curve has a mark where training stands now.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from nnviz.engine.calls import Array
from nnviz.engine.network import Choice
from nnviz.engine.schedules import CONSTANT, Pace
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.gui.dialogs.form import apply_buttons, open_at, say_consequence
from nnviz.gui.fields import WRONG_TEXT, NumberBox, described, second_text
from nnviz.gui.option_fields import ChoiceField
from nnviz.gui.panels.plots import Plot, curve, pen
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr, worded
from nnviz.report.numbers import count, short, typeset
from nnviz.session.learning_rate import RATE, written_learning_rate

POINTS = 600               # places at which the curve is computed
DIGITS = 4
FARTHEST = 2.0**53


class ScheduleDialog(QDialog):
    """Asks for η and its schedule; after `ask`, `tree()` is what the document is to hold as its learning rate.

    There is one of it (see `schedule_dialog`), because plots must not be destroyed while the program runs.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Learning rate schedule"))
        self._watched, self._divisions = "", 0.0
        self._per_epoch, self._steps, self._done = 1, 1, 0
        self._before: float | dict[str, Any] | None = None      # as it was shown
        self.learning_rate = NumberBox(RATE, tr("Learning rate"))
        self.schedule = ChoiceField(SCHEDULES, tr("Schedule"), "")
        self.formula = QLabel()
        self.time = second_text("")      # what t in the formula is
        self.plot = Plot(tr("Learning rate over the training steps"))
        self.reading = second_text("")
        self.consequence = described(second_text(""), tr("What Apply does"), tr("Whether anything is changed"))
        self.problem_line = QLabel()
        self._make_plot()
        self._lay_out()
        self.set_theme(theme)
        self.learning_rate.edited.connect(self._changed)
        self.schedule.edited.connect(self._changed)
        self.plot.pointed.connect(self._read)
        self._changed()

    def show_rate(
        self, learning_rate: float, schedule: Choice, per_epoch: int, steps: int, done: int = 0,
        divisions: float = 0.0,
    ) -> None:
        """Shows a learning rate with its schedule.

        `per_epoch` is how many steps an epoch has, `steps` how long training is meant to be, `done` how many steps it
        has behind it; a schedule that watches the loss has divided the rate `divisions` times in them.
        """
        self._watched, self._divisions = schedule.name, divisions
        self._per_epoch, self._steps, self._done = per_epoch, steps, done
        self._here.setValue(done)
        self._here.setVisible(done > 0)
        self.apply_button.setToolTip(tr("Training goes on with this learning rate (Enter)") if done else tr(
            "Train with this learning rate (Enter)"))
        self.learning_rate.set_value(learning_rate)
        self.learning_rate.restore()
        self.schedule.set_row(CONSTANT)
        self.schedule.options.forget()      # what was typed for another network
        self.schedule.set_choice(schedule)
        self.schedule.setFocus()
        self._before = self.tree()
        self._changed()

    def ask(self, parent: QWidget) -> bool:
        """Whether the user wants what is then in the dialog; it stands before `parent` meanwhile."""
        home, flags = self.parentWidget(), self.windowFlags()
        self.setParent(parent, flags)
        accepted = bool(self.exec())
        self.setParent(home, flags)
        return accepted

    def choice(self) -> Choice:
        """The schedule with all its options."""
        name, given = self.schedule.row_name(), self.schedule.options.values()
        options = SCHEDULES[name].options
        return Choice(name, tuple((key, given.get(key, option.default)) for key, option in options.items()))

    def rate(self) -> float:
        """η."""
        value = self.learning_rate.value()
        return RATE.default if value is None else float(value)

    def tree(self) -> float | dict[str, Any]:
        """The learning rate as a document says it."""
        return written_learning_rate(self.rate(), self.choice())

    def label(self) -> str:
        """What the edit is called in the Undo menu."""
        label = tr(SCHEDULES[self.schedule.row_name()].label)
        return tr("learning rate schedule {schedule}").format(schedule=label[:1].lower() + label[1:])

    def problem(self) -> str:
        """What is wrong, as a sentence; empty where nothing is."""
        return self.learning_rate.problem() or self.schedule.problem()

    # --- the curve --------------------------------------------------------------------------------------------

    def _pace(self) -> Pace:
        choice = self.choice()
        return Pace(SCHEDULES[choice.name], dict(choice.options), self.rate())

    def places(self) -> Array:
        """The steps (from 0) at which the curve is drawn: until the schedule has shown its course, and this place."""
        pace = self._pace()
        seen = pace.row.seen(pace.options) * self._per_epoch
        last = max(self._steps, 1) if math.isinf(seen) else seen + self._done * (pace.row.watch is not None)
        return np.unique(np.floor(np.linspace(0.0, min(max(last, 1.1 * self._done, 10.0), FARTHEST), POINTS)))

    def set_theme(self, theme: Theme) -> None:
        """Draws the curve in the colours of `theme`."""
        self.plot.set_theme(theme)
        self.plot.setBackground(theme.raised)
        self._here.setPen(pen(theme.muted, self))
        self._line.setPen(pen(theme.accent, self))
        colour = QColor(theme.accent)
        colour.setAlpha(36)
        self._area.setBrush(colour)

    def name_parts(self) -> None:
        """Says what the parts are in the words in force; another window than the dialog's own may have chosen them."""
        self.learning_rate.set_tip(tr("η: what the schedule makes larger or smaller"))
        self.schedule.explain(tr("How the learning rate changes while training runs"))
        self.plot.name_axis("left", tr("learning rate η"))

    def _make_plot(self) -> None:
        plot = self.plot
        plot.setMinimumHeight(210)
        plot.setToolTip(tr("Learning rate of every training step; point at the curve to read it"))
        plot.count_steps()
        worded(self, self.name_parts)
        plot.ground(True)
        self._here = pyqtgraph.InfiniteLine(angle=90)
        self._here.setVisible(False)
        self._line = curve(plot, held=True)
        self._area = pyqtgraph.PlotCurveItem(stepMode="right", pen=None, fillLevel=0.0)
        plot.addItem(self._area)
        plot.addItem(self._here)

    def _rates(self, places: Array) -> Array:
        pace = self._pace()
        if pace.row.watch is None or not self._done:
            return pace.preview(places, self._per_epoch)
        divisions = self._divisions if pace.row.name == self._watched else 0.0
        rates = pace.preview(places, self._per_epoch, self._done, divisions)
        rates[places < self._done] = np.nan      # what it was, the loss decided
        return rates

    def _draw(self) -> None:
        x = self.places()
        y = self._rates(x)
        self._line.setData(x=x, y=y)
        self._area.setData(x=x, y=y)
        self.plot.set_range("x", float(x[0]), float(x[-1]))
        top = float(np.nanmax(y))
        self.plot.set_range("y", -0.02 * top if top else -0.02, 1.08 * top if top else 1.0)

    def _read(self, x: float | None) -> None:
        """Says the rate under the pointer, else where training stands, and its ends."""
        pace, per_epoch = self._pace(), self._per_epoch
        places = [max(0, round(x))] if x is not None else [0, *([self._done] if self._done else [])]
        rates = self._rates(np.array(places, dtype=np.float64))
        said = [
            tr("step {step}, epoch {epoch}: η = {rate}").format(
                step=count(place + 1), epoch=count(place // per_epoch + 1), rate=short(float(rate), DIGITS))
            for place, rate in zip(places, rates, strict=True) if not math.isnan(rate)
        ]
        if x is None and pace.row.watch is not None:
            said.append(tr("drawn as if the loss never became lower from here on"))
        self.reading.setText("    ".join(said))

    def _changed(self) -> None:
        problem = self.problem()
        self.problem_line.setText(problem)
        self.problem_line.setVisible(bool(problem))
        changed = not problem and self.tree() != self._before
        self.apply_button.setEnabled(changed)
        self.apply_button.setDefault(changed)
        goes_on = tr("Training goes on from here with the same weights.") if self._done else ""
        say_consequence(self.consequence, changed, "", goes_on)
        self.consequence.setVisible(not problem)
        formula = tr(SCHEDULES[self.schedule.row_name()].formula)
        self.formula.setText(typeset(formula))
        self.time.setText(typeset(self._what_is_counted(formula)))
        if not problem:
            self._draw()
            self._read(None)

    def _what_is_counted(self, formula: str) -> str:
        """What the formula means by epoch and by t, so that the shown epoch can be put into it on paper."""
        if re.search(r"\bt\b", formula) is None:
            return tr("The first epoch is epoch 1") if "epoch" in formula else ""
        if self._per_epoch == 1:
            return tr("t = epoch - 1: the epochs done before the step; the first epoch is epoch 1")
        return tr("t = epoch - 1 + (batch - 1) / {batches}: the epochs done before the step; epoch and batch count "
                  "from 1").format(batches=count(self._per_epoch))

    # --- how it is put together -------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.schedule.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)    # for its words
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow(tr("Learning &rate"), self.learning_rate)
        form.addRow(tr("&Schedule"), self.schedule)
        form.addRow(tr("Rate of a step"), self.formula)
        form.addRow("", self.time)
        described(self.formula, tr("Formula"),
                  tr("The learning rate of a step; epochs count from the start of training"))
        described(self.time, tr("What the formula counts"), tr("The epoch is the one that the window shows"))
        for label in (self.formula, self.time, self.reading, self.consequence, self.problem_line):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(label is not self.formula)
        described(self.reading, tr("Learning rate at a step"), tr("The learning rate under the pointer"))
        self.problem_line.setStyleSheet(WRONG_TEXT)
        card = QFrame()
        card.setProperty("card", True)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(8, 8, 8, 8)
        inside.addWidget(self.plot, 1)
        inside.addWidget(self.reading)

        buttons, self.apply_button, _ = apply_buttons(
            self, tr("Train with this learning rate (Enter)"), tr("Leave the learning rate as it is (Esc)"))
        foot = QHBoxLayout()
        foot.setSpacing(16)
        foot.addWidget(self.consequence, 1)
        foot.addWidget(self.problem_line, 1)
        foot.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 14)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(card, 1)
        layout.addLayout(foot)
        em = self.fontMetrics().height()
        open_at(self, min(em * 38, 1180), min(em * 41, 760))


_lasting: list[ScheduleDialog] = []


def schedule_dialog(parent: QWidget, theme: Theme) -> ScheduleDialog:
    """The dialog, made when it is first wanted; it lasts as long as the window in which that was."""
    if not (_lasting and isValid(_lasting[0])):
        home = parent
        while (above := home.parentWidget()) is not None:
            home = above
        _lasting[:] = [ScheduleDialog(theme, home)]
    _lasting[0].set_theme(theme)
    _lasting[0].name_parts()
    return _lasting[0]
