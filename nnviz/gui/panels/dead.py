"""Dead units: a ReLU whose net input is never above 0 passes no gradient, so it can never come back by itself."""

from __future__ import annotations

import pyqtgraph
from PySide6.QtCore import QModelIndex, QStringListModel, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QBoxLayout, QListView, QSizePolicy, QVBoxLayout, QWidget

from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import (
    Legend,
    Pace,
    Pages,
    Plot,
    counted,
    curve,
    dots,
    followed,
    lonely,
    pen,
    said,
    second_label,
    series_colours,
)
from nnviz.gui.panels.samples import BranchSamples, is_whole
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Unit
from nnviz.report.moment import Mask
from nnviz.report.titles import layer_title
from nnviz.session.change import Changed

_SAMPLES_A_SECOND = 30.0
_MOST_LISTED = 500
_UNBOUNDED = (1 << 24) - 1      # the most that Qt lets a widget be high
_FEWEST_ROWS, _ROWS_BELOW = 3, 4        # of the list, beside the plot and below it
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

    The count at a step is taken after its update, as the picture is drawn: many times a second while it plays, also
    while this panel is hidden. Choose a unit of the list to
    select it in the picture.
    """

    name = "dead"
    title = "Dead units"
    without_surface = "A surface has no units, so none of them can be dead."
    without_graph = "A computation graph has no units, so none of them can be dead."
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
        self._dots: list[pyqtgraph.ScatterPlotItem] = []
        self._right: float | None = None

        self.summary = second_label(selectable=True)
        self.summary.setProperty("second", False)
        self.summary.setAccessibleName(tr("Number of dead units"))
        self.legend = Legend(tr("Legend of the layers"))
        self.plot = Plot(tr("Dead units of each layer over the training steps"))
        self.plot.setToolTip(tr("Dead units at each training step, a line for each ReLU layer"))
        self.plot.count_steps()
        self._shown_line = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._shown_line)
        self._names = QStringListModel()
        self.list = QListView()
        self.list.setModel(self._names)
        self.list.setUniformItemSizes(True)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(tr("Dead units now"))
        self.list.setToolTip(tr("The units that are dead now; choose one to select it in the picture"))
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self.definition = second_label(tr(_DEFINITION))
        self.empty = second_label()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)

        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.setSpacing(5)
        self._top = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._top.setSpacing(5)
        self._top.addWidget(self.summary, 3)
        self._top.addWidget(self.legend, 2)
        layout.addLayout(self._top)
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
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(Pages(page, tr("Dead units over time")))
        self.set_theme(LIGHT)
        self.refresh(None)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.set_theme(theme)
        self._shown_line.setPen(pen(theme.muted, self))
        self._colour_lines()
        if self._view is not None:
            self.refresh(self._view)

    def refresh(self, view: View | None) -> None:
        self._view = view
        layers = () if view is None else _layers_that_die(view)
        for widget in (self.summary, self.legend, self.plot, self._side):
            widget.setVisible(bool(layers))
        self.empty.setVisible(not layers)
        if view is None:
            said(self.empty, tr("Open a network to see which of its units are dead."))
        elif not layers:
            rows = (view.problem.activation_row(layer) for layer in range(1, len(view.problem.network.layers) + 1))
            names = ", ".join(dict.fromkeys(tr(row.label) for row in rows))
            sentence = tr("No ReLU layer in this network: its layers are {names}, and units of those cannot die.")
            said(self.empty, f"{sentence.format(names=names)}\n\n{tr(_DEFINITION)}")
        else:
            self._set_layers(layers)
            if self._pace.is_due(view.playing):
                with self._pace.measured():
                    self._show_counts(view, self._look(view, layers))
            self._shown_line.setPos(view.updates_done)

    def sample(self, view: View) -> None:
        layers = _layers_that_die(view)
        if layers:
            self._look(view, layers)

    def collect(self, view: View) -> None:
        layers = _layers_that_die(view)
        if layers and is_whole(view) and self._pace.can_spare(view.playing):
            with self._pace.measured():
                self._look(view, layers)

    def _look(self, view: View, layers: tuple[int, ...]) -> dict[int, Mask]:
        """Looks at the whole training set: which units of each layer are dead. Keeps how many."""
        dead = {layer: view.survey.dead(layer) for layer in layers}
        if is_whole(view):
            self._samples.put(view, tuple(float(mask.sum()) for mask in dead.values()))
        return dead

    def _set_layers(self, layers: tuple[int, ...]) -> None:
        if layers == self._layers:
            return
        self._layers = layers
        while len(self._lines) < len(layers):
            self._lines.append(curve(self.plot, held=True))
            self._dots.append(dots(self.plot))
        for number, (line, points) in enumerate(zip(self._lines, self._dots, strict=True)):
            line.setVisible(number < len(layers))
            points.setVisible(number < len(layers))
        self._colour_lines()

    def _colour_lines(self) -> None:
        colours = series_colours(self._theme, len(self._layers))
        for line, points, colour in zip(self._lines, self._dots, colours, strict=False):
            line.setPen(pen(colour, self))
            points.setBrush(colour)

    def _show_counts(self, view: View, dead: dict[int, Mask]) -> None:
        """Shows which units are dead, and how many have been over time."""
        sizes, network = view.problem.network.sizes, view.problem.network
        counts = {layer: int(mask.sum()) for layer, mask in dead.items()}
        total, units = sum(counts.values()), sum(sizes[layer] for layer in self._layers)
        on = counted(len(view.data.inputs), "{count} training example", "{count} training examples")
        said(self.summary, tr("{total} of {units} ReLU units dead, on {examples}").format(
            total=total, units=units, examples=on))
        self.summary.setToolTip(tr(_DEFINITION))
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
            self._dots[number].setData(*lonely(steps, rows[:, number]))
        first = float(view.curves[0].first - 1) if view.curves else 0.0      # where the branch begins
        last = max(float(view.last_step), first + 4)
        if view.playing:
            last = self._right if self._right is not None and last <= self._right else first + (last - first) * 1.25
        self._right = last if view.playing else None
        self.plot.set_range("x", first - (last - first) * 0.01, last)
        top = float(rows.max()) if rows.size else 0.0
        self._seen = followed(self._seen, 0.0, max(top, min(4.0, largest)))
        self.plot.count_in_whole_numbers(self._seen[1])
        self.plot.ground(True)
        self.plot.set_range("y", -0.04 * self._seen[1], self._seen[1])

    _seen: tuple[float, float] | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """The list below the plot, or beside it where there is more width than height."""
        wide = self.width() > 480
        for row in (self._top, self._body):
            row.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._body.setStretch(1, 2 if wide else 0)
        names = len(self._names.stringList())
        line = max(self.list.sizeHintForRow(0), self.fontMetrics().height())
        frame = 2 * self.list.frameWidth() + 2
        least = max(min(names, _FEWEST_ROWS if wide else _ROWS_BELOW), 1) * line + frame
        self.list.setMinimumHeight(least)
        self.list.setMaximumHeight(_UNBOUNDED if wide else least)
        # Where it is low, the names need the room; the summary's tooltip says the same.
        said_beside = self.definition.heightForWidth(max(self.width() * 2 // 5 - 20, 60)) + 2 * line
        self.definition.setVisible(not names or self.height() > least + said_beside + 3 * line)

    def _choose(self, index: QModelIndex) -> None:
        if index.row() < len(self._units):
            self.element_selected.emit(self._units[index.row()])


def _layers_that_die(view: View) -> tuple[int, ...]:
    """The layers whose units can be dead."""
    layers = range(1, len(view.problem.network.layers) + 1)
    return tuple(layer for layer in layers if view.problem.activation_row(layer).dies)
