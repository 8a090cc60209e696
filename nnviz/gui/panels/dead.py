"""Dead units: a ReLU whose net input is never above 0 passes no gradient, so it can never come back by itself."""

from __future__ import annotations

import pyqtgraph
from PySide6.QtCore import QModelIndex, QStringListModel, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QBoxLayout, QListView, QVBoxLayout, QWidget

from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Legend, Pace, Plot, curve, followed, pen, said, second_label, series_colours
from nnviz.gui.panels.samples import BranchSamples, is_whole
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Unit
from nnviz.report.inspection import layer_title
from nnviz.session.change import Changed

_SAMPLES_A_SECOND = 8.0
_MOST_LISTED = 500
_UNBOUNDED = (1 << 24) - 1      # the most that Qt lets a widget be high
_ROWS_BELOW = 4         # of the list, where it is below the plot
_MOST_NAMED = 6         # layers in the legend
_DEFINITION = (
    "A ReLU unit is dead when its net input is at most 0 on every example of the training set: its slope is 0 there, "
    "so no gradient reaches its weights."
)


class DeadPanel(Panel):
    """How many ReLU units of each layer are dead, over time, and which ones are dead now.

    A unit is dead when its net input is at most 0 on every example of the training set. It then puts out 0 for all
    of them, its slope is 0, and none of its weights gets a gradient: only a change elsewhere can wake it. The usual
    causes are a learning rate that is too large and a poor start; leaky ReLU cannot die.

    The count is taken as the picture is drawn, a few times a second while it plays. Choose a unit of the list to
    select it in the picture.
    """

    name = "dead"
    title = "Dead units"
    watches = Changed.EVERYTHING
    area = "bottom"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._view: View | None = None
        self._samples, self._pace = BranchSamples(), Pace(_SAMPLES_A_SECOND)
        self._layers: tuple[int, ...] = ()
        self._units: list[Unit] = []
        self._lines: list[pyqtgraph.PlotCurveItem] = []
        self._right: float | None = None

        self.summary = second_label(selectable=True)
        self.summary.setProperty("second", False)
        self.summary.setAccessibleName(tr("Number of dead units"))
        self.legend = Legend(tr("Legend of the layers"))
        self.plot = Plot(tr("Dead units of each layer over the training steps"))
        self.plot.setToolTip(tr("Dead units at each training step, a line for each ReLU layer"))
        self.plot.name_axis("bottom", tr("training step"))
        self._shown_line = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._shown_line)
        self._names = QStringListModel()
        self.list = QListView()
        self.list.setModel(self._names)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(tr("Dead units now"))
        self.list.setToolTip(tr("The units that are dead now; choose one to select it in the picture"))
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self.definition = second_label(tr(_DEFINITION))
        self.empty = second_label()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(5)
        layout.addWidget(self.summary)
        layout.addWidget(self.legend)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(5)
        side.addWidget(self.list, 1)
        side.addWidget(self.definition, 0, Qt.AlignmentFlag.AlignTop)
        side.addStretch(0)
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(8)
        self._body.addWidget(self.plot, 3)
        self._body.addWidget(self._side, 1)
        layout.addLayout(self._body, 1)
        layout.addWidget(self.empty, 1)
        self.set_theme(LIGHT)
        self.refresh(None)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.set_theme(theme)
        self._shown_line.setPen(pen(theme.muted))
        for line, colour in zip(self._lines, series_colours(theme, len(self._layers)), strict=False):
            line.setPen(pen(colour))
        if self._view is not None:
            self.refresh(self._view)

    def refresh(self, view: View | None) -> None:
        self._view = view
        rows = () if view is None else tuple(
            view.problem.activation_row(layer + 1) for layer in range(len(view.problem.network.layers)))
        layers = tuple(layer for layer, row in enumerate(rows, start=1) if row.dies)
        for widget in (self.summary, self.legend, self.plot, self._side):
            widget.setVisible(bool(layers))
        self.empty.setVisible(not layers)
        if view is None:
            said(self.empty, tr("Open a network to see which of its units are dead."))
        elif not layers:
            names = ", ".join(dict.fromkeys(tr(row.label) for row in rows))
            sentence = tr("No ReLU layer in this network: its layers are {names}, and units of those cannot die.")
            said(self.empty, f"{sentence.format(names=names)}\n\n{tr(_DEFINITION)}")
        else:
            self._set_layers(layers)
            if self._pace.is_due(view.playing):
                with self._pace.measured():
                    self._count(view)
            self._shown_line.setPos(view.moment.record.step)

    def _set_layers(self, layers: tuple[int, ...]) -> None:
        if layers == self._layers:
            return
        self._layers = layers
        while len(self._lines) < len(layers):
            self._lines.append(curve(self.plot, held=True))
        for number, line in enumerate(self._lines):
            line.setVisible(number < len(layers))
        for line, colour in zip(self._lines, series_colours(self._theme, len(layers)), strict=False):
            line.setPen(pen(colour))

    def _count(self, view: View) -> None:
        """Looks at the whole training set, and shows what it says."""
        sizes, network = view.problem.network.sizes, view.problem.network
        dead = {layer: view.survey.dead(layer) for layer in self._layers}
        counts = {layer: int(mask.sum()) for layer, mask in dead.items()}
        if is_whole(view):
            self._samples.put(view, tuple(float(counts[layer]) for layer in self._layers))
        total, units = sum(counts.values()), sum(sizes[layer] for layer in self._layers)
        said(self.summary, tr("{total} of {units} ReLU units dead, on {examples} training examples").format(
            total=total, units=units, examples=len(view.data.inputs)))
        named = [(colour, f"{layer_title(view.problem, layer)}: {counts[layer]}/{sizes[layer]}")
                 for colour, layer in zip(series_colours(self._theme, len(self._layers)), self._layers, strict=True)]
        self.legend.show_entries(named[:_MOST_NAMED])
        self.list.setVisible(total > 0)
        found = [Unit(layer, int(place)) for layer, mask in dead.items() for place in mask.nonzero()[0][:_MOST_LISTED]]
        self._units = found[:_MOST_LISTED]
        texts = [f"{network.names(unit.layer)[unit.unit]}   {layer_title(view.problem, unit.layer)}"
                 for unit in self._units]
        if total > len(texts):
            texts.append(tr("and {count} more").format(count=total - len(texts)))
        if self._names.stringList() != texts:
            self._names.setStringList(texts)
            self._lay_out()
        self._draw(view, max(sizes[layer] for layer in self._layers))

    def _draw(self, view: View, largest: int) -> None:
        steps, rows = self._samples.arrays(view)
        if rows.shape[1] != len(self._layers):
            return
        for number in range(len(self._layers)):
            self._lines[number].setData(steps, rows[:, number])
        first = float(steps[0]) if len(steps) else 0.0
        last = max(float(view.last_step) + 1.0, first + 4)
        if view.playing:
            last = self._right if self._right is not None and last <= self._right else first + (last - first) * 1.25
        self._right = last if view.playing else None
        self.plot.set_range("x", first - (last - first) * 0.01, last)
        top = float(rows.max()) if rows.size else 0.0
        self._top = followed(self._top, 0.0, max(top, min(4.0, largest)))
        self.plot.count_in_whole_numbers(self._top[1])
        self.plot.set_range("y", -0.04 * self._top[1], self._top[1])

    _top: tuple[float, float] | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """The list below the plot, or beside it where there is more width than height."""
        wide = self.width() > 480
        self._body.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._body.setStretch(1, 2 if wide else 0)
        rows = min(max(len(self._names.stringList()), 1), _ROWS_BELOW)
        height = rows * max(self.list.sizeHintForRow(0), self.fontMetrics().height()) + 2 * self.list.frameWidth() + 2
        self.list.setMinimumHeight(0 if wide else height)
        self.list.setMaximumHeight(_UNBOUNDED if wide else height)

    def _choose(self, index: QModelIndex) -> None:
        if index.row() < len(self._units):
            self.element_selected.emit(self._units[index.row()])
