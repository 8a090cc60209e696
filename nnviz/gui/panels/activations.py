"""How the outputs of a layer are spread tells whether signals still pass through it: all at the ends is as bad as all
at 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nnviz.engine.calls import Array
from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pace, Plot, counted, curve, followed, pen, said, second_label
from nnviz.gui.theme import LIGHT, Theme, mixed
from nnviz.gui.translation import tr, worded
from nnviz.gui.view import View
from nnviz.report.conventions import in_force
from nnviz.report.metrics import SATURATED_BELOW
from nnviz.report.numbers import count, short
from nnviz.report.titles import layer_title
from nnviz.session.change import Changed

BINS = 40
MOST_VALUES = 1 << 18       # of a layer; larger data sets are looked at every so many examples
_LOWEST = 40                # pixels of the plots, which scroll
_LOW = 200                  # pixels of a panel up to which the choice stands beside the plots, not above them
_PLOT_LOWEST, _PLOT_LOW, _PLOT_HIGHEST = 44, 76, 220        # pixels of one plot: a single row takes what there is
_UNBOUNDED = 16_777_215     # Qt's largest size of a control
NARROWEST = 190             # pixels of one small plot

# Ranges that the functions themselves give, by activation.
_NATURAL = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0)}


@dataclass(frozen=True)
class Quantity:
    """One row of the choice: how to find the numbers of a layer, (units, examples); None before they are known."""

    name: str
    label: str
    of: Callable[[View, int], Array | None]
    over: tuple[str, str]       # what is counted, one and many


def _outputs(view: View, layer: int) -> Array | None:
    return view.survey.training[f"out{layer}"][: view.problem.network.sizes[layer]]


def _net_inputs(view: View, layer: int) -> Array | None:
    return view.survey.training[f"net{layer}"]


def _deltas(view: View, layer: int) -> Array | None:
    moment = view.moment
    nets = view.problem.network.net_sizes[layer]
    known = moment.order.done(moment.cursor, "backward", "net", layer) == nets
    return in_force().delta_of(moment.record.delta(layer)) if known else None


_TRAINING = ("{count} training example", "{count} training examples")
QUANTITIES = (
    Quantity("outputs", "‹Outputs›", _outputs, _TRAINING),
    Quantity("net inputs", "Net inputs", _net_inputs, _TRAINING),
    Quantity("deltas", "δ = ‹∂E/∂net›", _deltas, ("{count} example of the batch", "{count} examples of the batch")),
)


@dataclass(frozen=True)
class Histogram:
    """Shares of the finite values in `BINS` bins from `low` to `high`; `strange` are not finite."""

    low: float
    high: float
    shares: Array
    mean: float
    deviation: float
    strange: int
    values: int

    @property
    def is_constant(self) -> bool:
        return self.values > self.strange and self.deviation == 0.0


def spread_of(values: Array, seen: tuple[float, float] | None = None,
              natural: tuple[float, float] | None = None) -> Histogram:
    """The histogram of all `values`, over the range `natural`, or one that follows from `seen` without jumping."""
    flat = values.ravel()
    kept = flat[np.isfinite(flat)]
    strange = len(flat) - len(kept)
    if not len(kept):
        low, high = natural or seen or (0.0, 1.0)
        return Histogram(low, high, np.zeros(BINS), np.nan, np.nan, strange, len(flat))
    smallest, largest = float(kept.min()), float(kept.max())
    if natural is not None and natural[0] <= smallest and largest <= natural[1]:
        low, high = natural
    else:
        low, high = followed(seen, smallest, largest)
    with np.errstate(all="ignore"):
        places = np.clip(((kept - low) * (BINS / (high - low))), 0, BINS - 1).astype(np.intp)
        mean, deviation = float(kept.mean()), float(kept.std())
    if smallest == largest:
        mean, deviation = smallest, 0.0
    return Histogram(low, high, np.bincount(places, minlength=BINS) / len(kept), mean, deviation, strange, len(flat))


class LayerPlot(QWidget):
    """The histogram of one layer with its name above and its numbers below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer = 0
        self.heading = QLabel()
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setProperty("heading", True)
        self.numbers = second_label(selectable=True)
        self.plot = Plot(tr("Histogram of a layer"))
        self.plot.setMinimumHeight(_PLOT_LOW)
        self.plot.setMaximumHeight(_PLOT_HIGHEST)
        self.plot.getPlotItem().hideAxis("left")
        self.bars = curve(self.plot, steps=True)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(1)
        layout.addWidget(self.heading)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.numbers)
        self.histogram: Histogram | None = None
        self._seen: tuple[float, float] | None = None
        self._top: tuple[float, float] | None = None
        self._of: object = None

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)
        self.bars.setPen(pen(theme.accent, self))
        self.bars.setBrush(QColor(mixed(theme.accent, theme.canvas, 0.55)))
        self.bars.setFillLevel(0.0)

    def fit_into(self, width: int, height: int) -> None:
        """Makes the histogram lower where name and numbers leave it less of `width` × `height` pixels."""
        left = height - (self._column.heightForWidth(width) - self.plot.minimumHeight())
        self.plot.setMinimumHeight(min(_PLOT_LOW, max(_PLOT_LOWEST, left)))

    def show_layer(self, view: View, layer: int, quantity: Quantity) -> None:
        """The numbers of `layer` now."""
        row = view.problem.activation_row(layer)
        what = (view.problem.network, layer, quantity)
        if what != self._of:
            self._of, self._seen, self._top, self.layer = what, None, None, layer
        units = view.problem.network.sizes[layer]
        title = f"{layer_title(view.problem, layer)}: {units} × {tr(row.label)}"
        said(self.heading, title)
        values = quantity.of(view, layer)
        self.plot.setVisible(values is not None)
        if values is None:
            self.histogram = None
            said(self.numbers, tr("δ comes with the backward pass: press Step."))
            return
        every = max(1, -(-values.size // MOST_VALUES))
        looked = values[:, ::every]
        natural = _NATURAL.get(row.name) if quantity.name == "outputs" else None
        found = self.histogram = spread_of(looked, self._seen, natural)
        self._seen = (found.low, found.high)
        top = float(found.shares.max())
        self._top = followed(self._top, 0.0, max(top, 1e-9), 0.06)
        self.plot.set_range("x", found.low, found.high)
        self.plot.set_range("y", 0.0, self._top[1])
        self.bars.setData(np.linspace(found.low, found.high, BINS + 1), found.shares)
        words = self._words(view, looked, found, quantity, every)
        said(self.numbers, words)
        self.plot.setAccessibleName(f"{title}. {words}")

    def _words(self, view: View, values: Array, found: Histogram, quantity: Quantity, every: int) -> str:
        row, digits = view.problem.activation_row(self.layer), min(view.digits, 4)
        if found.values == found.strange:
            return tr("no value is a finite number")
        if found.is_constant:
            words = [tr("all are {value}").format(value=short(found.mean, view.digits))]
        else:
            words = [tr("mean {mean}").format(mean=short(found.mean, digits)),
                     tr("std {deviation}").format(deviation=short(found.deviation, digits))]
        if row.dies and quantity.name == "outputs":
            words.append(tr("at 0: {share}").format(share=_percent(float((values == 0.0).mean()))))
        if row.saturates and quantity.name == "outputs":
            slopes = row.derivative_at(values, np.ascontiguousarray(values))
            flat = float((np.abs(slopes) < SATURATED_BELOW).mean())
            words.append(tr("saturated: {share}").format(share=_percent(flat)))
        if found.strange:
            words.append(tr("{count} not finite").format(count=count(found.strange)))
        if every > 1:
            words.append(tr("every {number}th example").format(number=every))
        return ", ".join(words)


class ActivationsPanel(Panel):
    """How the ‹outputs› of each layer are spread over all its units and the whole training set.

    Each plot is one layer, with 40 bars of equal width whose height is the share of the values; the highest bar
    fills the plot. Sigmoid and tanh outputs heaped up at both ends are saturated, and hardly any gradient passes
    them; a tall bar at 0 of a ReLU layer is units that are silent; spreads that shrink from layer to layer are a
    signal that fades away. Choose net inputs to see what goes into the activations, or δ to see how much gradient
    comes back to each layer (of the batch of the step, once the backward pass has reached it).
    """

    name = "activations"
    title = "Activations"
    without_surface = "A surface has no units: there are only x, y and the height f(x, y)."
    without_graph = "A computation graph has no units: its gates show their values and gradients in the picture."
    watches = Changed.EVERYTHING
    area = "bottom"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._pace = LIGHT, Pace(30.0)
        self._view: View | None = None
        self._columns = 0
        self.layers: list[LayerPlot] = []
        self.choice = ChoiceList()
        for quantity in QUANTITIES:
            self.choice.addItem("", quantity)
        self.choice.setAccessibleName(tr("Quantity shown"))
        worded(self, self._name_choices)
        self.choice.currentIndexChanged.connect(self._again)
        self.over = second_label()
        controls = self._control_row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        controls.setSpacing(8)
        controls.addWidget(self.choice)
        controls.addWidget(self.over, 1)
        self._page = QWidget()
        self._grid = QGridLayout(self._page)
        self._grid.setContentsMargins(10, 0, 10, 8)
        self._grid.setSpacing(10)
        self.pages = QScrollArea()
        self.pages.setWidgetResizable(True)
        self.pages.setFrameShape(QFrame.Shape.NoFrame)
        self.pages.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.pages.setWidget(self._page)
        self.pages.setAccessibleName(tr("Histograms of the layers"))
        self.pages.verticalScrollBar().valueChanged.connect(self._again)
        self.pages.setMinimumHeight(_LOWEST)
        self.pages.viewport().installEventFilter(self)
        self.empty = second_label(tr("Open a network to see what its layers put out."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._controls = QWidget()
        controls.setContentsMargins(10, 8, 10, 4)
        self._controls.setLayout(controls)
        layout = self._whole = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._controls, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.empty, 1)
        self.refresh(None)

    def _name_choices(self) -> None:
        for place, quantity in enumerate(QUANTITIES):
            self.choice.setItemText(place, tr(quantity.label))
        self.choice.setToolTip(tr("What is counted: ‹outputs› or net inputs over the training set, or δ of the batch"))

    @property
    def quantity(self) -> Quantity:
        found = self.choice.currentData()
        assert isinstance(found, Quantity)
        return found

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for plot in self.layers:
            plot.set_theme(theme)

    def refresh(self, view: View | None) -> None:
        self._view = view
        self._controls.setVisible(view is not None)
        self.pages.setVisible(view is not None)
        self.empty.setVisible(view is None)
        if view is None or not self._pace.is_due(view.playing):
            return
        with self._pace.measured():
            self._show(view)

    def _show(self, view: View) -> None:
        layers = len(view.problem.network.layers)
        while len(self.layers) < layers:
            plot = LayerPlot(self._page)
            plot.set_theme(self._theme)
            self.layers.append(plot)
            self._columns = 0
        examples = len(view.moment.record.rows) if self.quantity.of is _deltas else len(view.data.inputs)
        said(self.over, counted(examples, *self.quantity.over))
        for number, plot in enumerate(self.layers):
            plot.setVisible(number < layers)
        self._arrange()
        for number in range(layers):
            if self.layers[number].histogram is None or not self.layers[number].visibleRegion().isEmpty():
                self.layers[number].show_layer(view, number + 1, self.quantity)
        self._arrange()         # now that it is known how many lines the words take

    def _arrange(self) -> None:
        """As many plots beside each other as there is room for."""
        used = sum(not plot.isHidden() for plot in self.layers)
        room = self.pages.viewport().size()
        columns = max(1, min(used, (room.width() - 10) // NARROWEST))
        margins, gap = self._grid.contentsMargins(), self._grid.horizontalSpacing()
        spare = self.pages.verticalScrollBar().sizeHint().width()      # words break alike with a bar and without
        width = (room.width() - spare - margins.left() - margins.right() - gap * (columns - 1)) // columns
        for plot in self.layers:
            plot.fit_into(width, room.height() - margins.bottom() if used <= columns else _PLOT_HIGHEST)
        if columns == self._columns:
            return
        self._columns = columns
        for number, plot in enumerate(self.layers):
            self._grid.addWidget(plot, number // columns, number % columns)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, int(column < columns))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_direction()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._view is not None:
            self._arrange()
        return super().eventFilter(watched, event)

    def _choose_direction(self) -> None:
        """The choice stands above the plots, or beside them where the panel is too low for both."""
        low = self.height() < _LOW
        direction = QBoxLayout.Direction.LeftToRight if low else QBoxLayout.Direction.TopToBottom
        if direction == self._whole.direction():
            return
        self._whole.setDirection(direction)
        self._control_row.setDirection(QBoxLayout.Direction.TopToBottom if low else QBoxLayout.Direction.LeftToRight)
        self._controls.setMaximumWidth(self.choice.sizeHint().width() + 14 if low else _UNBOUNDED)
        self._whole.activate()

    def _again(self) -> None:
        if self._view is not None:
            self._show(self._view)


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"
