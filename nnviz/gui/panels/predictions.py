"""What the network answers, beside what was wanted: which classes it confuses, or how far its numbers are off."""

from __future__ import annotations

import numpy as np
import pyqtgraph
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.panels.asking import AskLine
from nnviz.gui.panels.matrix import ConfusionMatrix
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pace, Pages, Plot, curve, dots, followed, pen, said, second_label
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr, worded
from nnviz.gui.view import View
from nnviz.report.numbers import count, short
from nnviz.report.predictions import Part, Predictions, predictions_of
from nnviz.session.change import Changed

_LOOKS_A_SECOND = 15.0
_MOST_DOTS = 2000       # examples that are drawn; all of them count
PARTS: tuple[tuple[Part, str], ...] = (("training", "training set"), ("test", "test set"))


class PredictionsPanel(Panel):
    """How good the answers of the network are on the whole training or test set.

    For classes it shows the confusion matrix: a row for each ‹target› class, a column for each answer, in every cell
    the number of examples; the diagonal is right. Accuracy is the share of right answers. With several outputs that
    each say yes or no by themselves, choose the output.

    For numbers it shows the residuals, ‹output› less ‹target›, over the ‹targets›: the closer to 0 the better, and no
    pattern should be left. R² is the share of the ‹targets›' variance that the network explains: 1 is perfect, 0 no
    better than always answering the mean.

    Below, inputs of your own can be typed, as the data set has them: x1, x2, ... where the network gets formulas of
    them. They are scaled as the training examples are, and the answer follows the training.
    """

    name = "predictions"
    title = "Predictions"
    without_surface = "A surface predicts nothing: it is only descended."
    without_graph = "A computation graph predicts nothing: it is one formula with one result."
    watches = Changed.EVERYTHING
    area = "bottom"
    wanted_lines = 20
    shown_at_first = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: View | None = None
        self._pace = Pace(_LOOKS_A_SECOND)
        self._ranges: dict[str, tuple[float, float] | None] = {"x": None, "y": None}
        self.part = ChoiceList()
        self.part.setAccessibleName(tr("Which examples"))
        self.part.setToolTip(tr("Look at the examples that are trained on, or at those kept apart for testing"))
        for key, text in PARTS:
            self.part.addItem(tr(text), key)
        self.output = ChoiceList()
        self.output.setAccessibleName(tr("Which output"))
        self.output.setToolTip(tr("The output whose answers are shown"))
        for choice in (self.part, self.output):
            choice.setMinimumWidth(40)
            choice.currentIndexChanged.connect(lambda _index: self._chosen())
        self.summary = second_label(selectable=True)
        self.summary.setProperty("second", False)
        self.summary.setAccessibleName(tr("How good the answers are"))
        self.matrix = ConfusionMatrix()
        self.plot = Plot("")
        worded(self, self._name_plot)
        self.residuals: pyqtgraph.ScatterPlotItem = dots(self.plot)
        self.zero = curve(self.plot)
        controls = QHBoxLayout()
        controls.addWidget(self.part)
        controls.addWidget(self.output)
        controls.addStretch(1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(5)
        column.addLayout(controls)
        column.addWidget(self.summary)
        column.addWidget(self.matrix, 1)
        column.addWidget(self.plot, 1)
        self.ask = AskLine()
        column.addWidget(self.ask)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(Pages(page, tr("Predictions")))
        self.set_theme(LIGHT)
        self.refresh(None)

    def _name_plot(self) -> None:
        self.plot.setAccessibleName(tr("Residuals over the ‹targets›"))
        self.plot.setToolTip(tr("‹Output› less ‹target› of each example, over its ‹target›"))
        self.plot.name_axis("bottom", tr("‹target›"))
        self.plot.name_axis("left", tr("‹output› \N{MINUS SIGN} ‹target›"))

    def set_theme(self, theme: Theme) -> None:
        self.matrix.set_theme(theme)
        self.plot.set_theme(theme)
        self.residuals.setBrush(theme.accent)
        self.zero.setPen(pen(theme.muted, self))

    def _chosen(self) -> None:
        self._ranges = {"x": None, "y": None}
        self.refresh(self._view)

    def refresh(self, view: View | None) -> None:
        self._view = view
        if view is not None and not self._pace.is_due(view.playing):
            return
        with self._pace.measured():
            found = None if view is None else predictions_of(view.survey, self._part(view))
            self._offer_outputs(found)
            self._show(found, 6 if view is None else view.digits)
            self.ask.refresh(view)

    def _part(self, view: View) -> Part:
        """The part that is looked at: the training set where there is no other."""
        self.part.setEnabled(view.data.has_test)
        return "test" if view.data.has_test and self.part.currentData() == "test" else "training"

    def _offer_outputs(self, found: Predictions | None) -> None:
        names = [] if found is None or found.kind == "classes" else list(found.names)
        if [self.output.itemText(place) for place in range(self.output.count())] != names:
            with QSignalBlocker(self.output):
                self.output.clear()
                self.output.addItems(names)
            self._ranges = {"x": None, "y": None}
        self.output.setVisible(len(names) > 1)

    def _show(self, found: Predictions | None, digits: int) -> None:
        kind = "" if found is None else found.kind
        self.part.setVisible(found is not None)
        self.matrix.setVisible(kind in ("classes", "yes or no"))
        self.plot.setVisible(kind == "numbers")
        if found is None:
            said(self.summary, tr("Open a network to see how good its answers are."))
        elif kind == "shares":
            said(self.summary, tr("The ‹targets› are shares between 0 and 1: no answer is right or wrong."))
        elif kind == "numbers":
            self._show_residuals(found, max(self.output.currentIndex(), 0), digits)
        else:
            counts = found.confusion(max(self.output.currentIndex(), 0))
            right, total = int(np.trace(counts)), int(counts.sum())
            said(self.summary, tr("accuracy {share}: {right} of {total} right").format(
                share=f"{100.0 * right / max(total, 1):.1f} %", right=count(right), total=count(total)))
            self.matrix.show_counts(counts, found.classes)

    def _show_residuals(self, found: Predictions, output: int, digits: int) -> None:
        targets, residuals = found.targets[:, output], found.residuals[:, output]
        with np.errstate(all="ignore"):
            deviation, largest = float(residuals.std()), float(np.abs(residuals).max(initial=0.0))
        r_squared = found.r_squared(output)
        said(self.summary, tr("R² {r_squared}   residuals: standard deviation {deviation}, largest {largest}").format(
            r_squared=short(r_squared, digits), deviation=short(deviation, digits), largest=short(largest, digits)))
        every = max(1, -(-len(targets) // _MOST_DOTS))
        x, y = targets[::every], residuals[::every]
        finite = np.isfinite(y)
        self.residuals.setData(x[finite], y[finite])
        if not finite.any():
            return
        reach = max(float(np.abs(y[finite]).max()), 1e-12)
        self._ranges["x"] = followed(self._ranges["x"], float(x.min()), float(x.max()))
        self._ranges["y"] = followed(self._ranges["y"], -reach, reach)
        for axis, span in self._ranges.items():
            if span is not None:
                self.plot.set_range(axis, *span)
        if self._ranges["x"] is not None:
            self.zero.setData(np.array(self._ranges["x"]), np.zeros(2))
