"""The gradient check: what backpropagation says of every parameter, beside what comes of trying it out."""

from __future__ import annotations

from time import perf_counter

import numpy as np
from PySide6.QtCore import QModelIndex, QSignalBlocker, QSize, QStringListModel, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnviz.engine.check import GradientCheck, check_gradients
from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.dialogs.task import Cancelled, Task
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pages, Plot, curve, pen, said, second_label
from nnviz.gui.settings import Settings
from nnviz.gui.theme import LIGHT, Theme, mixed
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.checking import CheckedParameter, checked_text, times, verdict, worst_parameters
from nnviz.report.edge_measures import MEASURES
from nnviz.report.numbers import short, typeset
from nnviz.session.change import Changed

PATIENCE = 0.5          # seconds before progress is shown
BETWEEN_LOOKS = 20      # milliseconds
LISTED, COPIED = 50, 50
LEAST_DECADE = -18      # errors of 0 are shown there


class CheckPanel(Panel):
    """Whether the gradients of the shown step are right: by formula and by trying, compared for every parameter.

    By formula means backpropagation. By trying means to move one parameter a little and to see how much the batch's
    loss moves. Where every function of the network is smooth the move is imaginary (the complex step), which agrees
    to about 16 digits; elsewhere it is one step up and one step down (central differences), which agree to about 9.
    An example for which a kink, as that of ReLU at 0, lies within the step is left out for that parameter.

    The histogram counts parameters by their relative error, the line is the most that is allowed. The list names the
    parameters with the largest errors: choose one to select it in the picture. What colours the edges of the picture
    can be chosen here, too; the error does for as long as the checked step is shown.
    """

    name = "check"
    title = "Gradient check"
    watches = Changed.EVERYTHING
    area = "bottom"
    shown_at_first = False

    found = Signal()                # there is another result, or none any more
    checked = Signal()              # a check has ended, or was cancelled

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._view: View | None = None
        self._of: View | None = None          # what was checked
        self._worst: list[CheckedParameter] = []
        self.check: GradientCheck | None = None
        self._task: Task[GradientCheck | None] | None = None
        self._begun, self._share = 0.0, (0, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(BETWEEN_LOOKS)
        self._timer.timeout.connect(self._look)

        self.button = QPushButton(tr("Check gradients"))
        self.button.setAccessibleName(tr("Check gradients"))
        self.button.setToolTip(tr("Compare every gradient of the shown step with a numerical derivative"))
        self.button.clicked.connect(self.start)
        self.copy = QPushButton(tr("Copy"))
        self.copy.setAccessibleName(tr("Copy the result"))
        self.copy.setToolTip(tr("Put the result and the worst parameters on the clipboard, in full precision"))
        self.copy.clicked.connect(self._copy)
        self.colour = ChoiceList()
        self.colour.setAccessibleName(tr("What the colour of an edge means"))
        self.colour.setToolTip(tr("What the colour of an edge in the picture means: its gradient, the relative error "
                                  "that was found, … (F4)"))
        for row in MEASURES.values():
            self.colour.addItem(tr("colour: {0}").format(tr(row.label)), row.name)
        self.colour.setMinimumContentsLength(10)
        self.colour.setSizeAdjustPolicy(ChoiceList.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.colour.currentIndexChanged.connect(self._colour_chosen)
        self.progress = QProgressBar()
        self.progress.setAccessibleName(tr("Parameters checked"))
        self.progress.setToolTip(tr("How many of the parameters have been checked"))
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setAccessibleName(tr("Cancel the check"))
        self.cancel.setToolTip(tr("End the check without a result"))
        self.cancel.clicked.connect(self._cancel)
        self.verdict = second_label(selectable=True)
        self.verdict.setProperty("second", False)
        self.verdict.setAccessibleName(tr("Result of the check"))
        self.times = second_label(selectable=True)
        self.times.setAccessibleName(tr("Times of both ways"))
        self.plot = Plot(tr("Parameters by their relative error"))
        self.plot.setToolTip(tr("How many parameters have which relative error; the line is the most that is allowed"))
        self.plot.getPlotItem().getAxis("bottom").setLogMode(x=True)
        self.plot.name_axis("bottom", tr("relative error"))
        self.plot.name_axis("left", tr("parameters"))
        self.plot.ground(True)
        self.bars = curve(self.plot, steps=True)
        self.bars.setFillLevel(0.0)
        self.bound = curve(self.plot)
        self._names = QStringListModel()
        self.list = QListView()
        self.list.setModel(self._names)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.list.setMinimumHeight(60)
        self.list.setAccessibleName(tr("Parameters with the largest errors"))
        self.list.setToolTip(tr("The largest relative errors; choose a parameter to select it in the picture"))
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self._lay_out()
        self.set_theme(LIGHT)
        self.refresh(None)

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        for widget in (self.button, self.copy, self.colour):
            controls.addWidget(widget)
            widget.setMinimumWidth(40)
        controls.addStretch(1)
        waiting = QHBoxLayout()
        waiting.addWidget(self.progress, 1)
        waiting.addWidget(self.cancel)
        body = QHBoxLayout()
        body.addWidget(self.plot, 1)
        body.addWidget(self.list, 1)
        self.list.setMinimumWidth(80)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(5)
        column.addLayout(controls)
        column.addLayout(waiting)
        column.addWidget(self.verdict)
        column.addWidget(self.times)
        column.addLayout(body, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(Pages(page, tr("Gradient check")))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 60)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.set_theme(theme)
        self.bars.setPen(pen(theme.accent, self))
        self.bars.setBrush(QColor(mixed(theme.accent, theme.canvas, 0.55)))
        self.bound.setPen(pen(theme.warning, self))

    # --- checking ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Checks the shown step, beside the window."""
        view = self._view
        if view is None:
            return
        self.end()
        record, self._of = view.moment.record, view
        self.check, self._share, self._begun = None, (0, view.problem.network.parameter_count), perf_counter()

        def tell(done: int, total: int) -> None:
            self._share = (done, total)

        def work(cancelled: Cancelled) -> GradientCheck | None:
            return check_gradients(record.problem, record.parameters, record.rows, tell, cancelled)

        self._task = Task(work)
        self._timer.start()
        self._say()

    def _look(self) -> None:
        task = self._task
        if task is None or not task.is_done:
            self._say()
            return
        self._timer.stop()
        self._task = None
        self.check = None if task.is_cancelled else task.result()
        self._show_result()
        self._say()
        self.found.emit()
        self.checked.emit()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def end(self) -> None:
        self._timer.stop()
        if self._task is not None:
            self._task.end()
            self._task = None

    # --- showing ----------------------------------------------------------------------------------------------

    def refresh(self, view: View | None) -> None:
        if self._of is not None and (view is None or view.problem.network != self._of.problem.network):
            self.end()
            self.check, self._of = None, None
            self._show_result()
        self._view = view
        self._say()

    def check_of(self, view: View) -> GradientCheck | None:
        """What was found of the step that `view` shows; None where it was not checked."""
        return self.check if self.check is not None and self._is_of(view) else None

    def apply_settings(self, settings: Settings) -> None:
        with QSignalBlocker(self.colour):
            self.colour.setCurrentIndex(self.colour.findData(settings.text("edge_colour")))

    def _colour_chosen(self) -> None:
        self.setting_chosen.emit("edge_colour", self.colour.currentData())

    def _is_of(self, view: View) -> bool:
        if self._of is None:
            return False
        here, there = view.moment.record, self._of.moment.record
        return here.step == there.step and np.array_equal(here.parameters, there.parameters, equal_nan=True)

    def _say(self) -> None:
        view, running = self._view, self._task is not None
        late = running and perf_counter() - self._begun > PATIENCE
        self.button.setEnabled(view is not None and not running)
        self.copy.setEnabled(self.check is not None)
        self.colour.setEnabled(view is not None and view.document.network.has_units)
        for widget in (self.progress, self.cancel):
            widget.setVisible(late)
        if late:
            self.progress.setRange(0, self._share[1])
            self.progress.setValue(self._share[0])
        for part in (self.plot, self.list, self.times):
            part.setVisible(self.check is not None)
        if running:
            said(self.verdict, tr("Checking every parameter…"))
        elif self.check is None:
            said(self.verdict, tr("Open a network to check its gradients.") if view is None else tr(
                "Compares the gradients of the shown step with numerical derivatives, for every parameter."))
        else:
            stale = view is not None and not self._is_of(view) and self._of is not None
            note = tr("Step {step}, which is not the one shown.").format(
                step=self._of.moment.record.step) if stale and self._of is not None else ""
            said(self.verdict, typeset(f"{verdict(self.check)} {note}".strip()))
            said(self.times, times(self.check))

    def _show_result(self) -> None:
        check = self.check
        if check is None or self._of is None:
            self._worst = []
            self._names.setStringList([])
            return
        self._worst = worst_parameters(check, self._of.document.labels, LISTED)
        self._names.setStringList([f"{row.label or row.name}   {short(row.error, 2)}" for row in self._worst])
        errors = check.errors[~check.unchecked]
        with np.errstate(all="ignore"):
            decades = np.clip(np.log10(errors), LEAST_DECADE, 2.0)
        bound = float(np.log10(check.tolerance))
        low, high = float(LEAST_DECADE), max(bound + 1.0, float(np.ceil(decades.max(initial=bound))) + 1.0)
        counts, edges = np.histogram(decades, bins=max(8, round((high - low) * 3)), range=(low, high))
        top = float(max(counts.max(initial=1), 1)) * 1.08
        self.bars.setData(edges, counts.astype(float))
        self.bound.setData(np.array([bound, bound]), np.array([0.0, top]))
        self.plot.set_range("x", low, high)
        self.plot.set_range("y", -0.02 * top, top)

    def _choose(self, index: QModelIndex) -> None:
        if index.row() < len(self._worst) and self._worst[index.row()].element is not None:
            self.element_selected.emit(self._worst[index.row()].element)

    def _copy(self) -> None:
        if self.check is not None and self._of is not None:
            QGuiApplication.clipboard().setText(checked_text(self.check, self._of.document.labels, COPIED))
            self.message.emit(tr("The result is on the clipboard."))
