"""A neuron of the network, opened: its products, its sum and its activation as gates with live numbers, and a way back.

Opening and closing change nothing; the page shows whatever moment the window shows.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnviz.engine.network import Network
from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.gate_view import GateView
from nnviz.gui.icons import icon
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Element, Unit
from nnviz.report.labels import Labels
from nnviz.report.neuron_graph import MOST, NeuronGraph, neuron_graph, opens

AROUND = 7.0          # lines of text that caption and legend of the picture take
PRODUCT = 4.6         # lines that a product and its two leaves take
LEAST = 2             # products of each sum that are always drawn


class NeuronPage(QWidget):
    """One neuron as its own graph of gates: each input times its weight, the sum with the bias, the activation. Values
    stand above the wires, gradients below, as they are for the example that is shown.

    Point at a gate for what it does to a gradient; click a weight, an input or the bias for the inspector. Simpler
    gates shows what the activation is made of. Esc leads back to the network; Enter on an input that is a neuron too
    opens that one. Of many inputs those with the largest products are drawn, and one leaf stands for the rest.
    """

    closed = Signal()
    opened = Signal(object)        # a Unit to show in the place of this one
    selected = Signal(object)      # Element | None

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.unit: Unit | None = None
        self._network: Network | None = None
        self._shown: View | None = None
        self._graph: NeuronGraph | None = None
        self._shows_others = False
        self.setAccessibleName(tr("Opened neuron"))
        self.back = QPushButton(tr("Back to the network"))
        self.back.setAccessibleName(tr("Back to the network"))
        self.back.setToolTip(tr("Close the neuron and show the whole network (Esc)"))
        self.back.clicked.connect(self.closed)
        self.heading = ElidedLabel()
        self.heading.setProperty("heading", True)
        self.primitives = QCheckBox(tr("Simpler gates"))
        self.primitives.setAccessibleName(tr("Activation in simpler gates"))
        self.primitives.setToolTip(tr("Show what the activation is made of, instead of one gate"))
        self.primitives.toggled.connect(lambda _on: self.show_view(self._shown))
        self.view = GateView(theme, read_only=True)
        self.view.setAccessibleName(tr("Gates of the opened neuron"))
        self.view.selected.connect(self._say_selected)
        self.view.installEventFilter(self)
        self.notes = QLabel()
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setWordWrap(True)
        self.notes.setProperty("second", True)
        self._bar = QWidget()
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(10, 6, 10, 6)
        bar.setSpacing(12)
        bar.addWidget(self.back)
        bar.addWidget(self.heading, 1)
        bar.addWidget(self.primitives)
        self._below = QWidget()
        below = QHBoxLayout(self._below)
        below.setContentsMargins(12, 4, 12, 6)
        below.addWidget(self.notes, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._below)
        self.setFocusProxy(self.view)
        self.set_theme(theme)

    @property
    def is_open(self) -> bool:
        return self.unit is not None

    @property
    def graph(self) -> NeuronGraph | None:
        """What is shown."""
        return self._graph

    def open(self, unit: Unit) -> None:
        """Shows `unit` from the next moment on."""
        self.unit, self._network = unit, None

    def close_neuron(self) -> None:
        """Shows nothing any more."""
        self.unit = self._network = self._shown = self._graph = None
        self._show_reading(None)

    def still_fits(self, view: View | None) -> bool:
        """Whether the unit is one of the network that `view` shows; another network has none that was opened."""
        if self.unit is None or view is None or view.problem.network.kind != "network":
            return False
        sizes = view.problem.network.sizes
        if self._network is not None and view.problem.network.sizes != self._network.sizes:
            return False
        return self.unit.layer < len(sizes) and self.unit.unit < sizes[self.unit.layer]

    def show_view(self, view: View | None) -> None:
        """Shows the unit at the moment of `view`."""
        if self.unit is None or view is None:
            return
        self._shown, self._network = view, view.problem.network
        labels = Labels(view.problem.network, view.document.labels)
        graph = self._graph = neuron_graph(view.moment, labels, self.unit, self.primitives.isChecked(), self._most)
        self.primitives.setVisible(graph.has_primitives)
        title = f"{graph.title} · {view.example_text}"
        if self.heading.text() != title:
            self.heading.setText(title)
            self.heading.setToolTip(title)
        notes = " ".join(graph.notes)
        if self.notes.text() != notes:
            self.notes.setText(notes)
        self._below.setVisible(bool(notes))
        self._show_reading(graph, tr("step {step} · {unit}").format(step=view.moment.record.step, unit=graph.title))

    def _show_reading(self, graph: NeuronGraph | None, caption: str = "") -> None:
        """Shows other gates; what was selected stays so outside, whether or not it is among them."""
        self._shows_others = True
        try:
            self.view.set_reading(None if graph is None else graph.reading, caption)
        finally:
            self._shows_others = False

    def _say_selected(self, element: Element | None) -> None:
        if not self._shows_others:
            self.selected.emit(element)

    @property
    def _most(self) -> int:
        """How many products there is room for, so that their numbers can still be read."""
        pieces = 1 if self.unit is None or self._network is None else self._network.layers[self.unit.layer - 1].pieces
        room = self.height() - self._bar.height() - AROUND * self.fontMetrics().height()
        return max(LEAST, min(MOST, int(room / (PRODUCT * self.fontMetrics().height())) // pieces)) * pieces

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More room shows more products."""
        super().resizeEvent(event)
        self.show_view(self._shown)

    def set_selected(self, element: Element | None) -> None:
        """Selects the gate or leaf of `element`; emits nothing. Of net input and output the one that is selected stays.
        """
        node = self.view.selected_node
        if element is not None and node is not None and self._graph is not None and (
                self._graph.reading.elements[node] == element):
            return
        self.view.set_selected(element)

    def set_theme(self, theme: Theme) -> None:
        self.view.set_theme(theme)
        self.back.setIcon(icon("previous", theme))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc leads back at once, also where something is selected among the gates."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and (
                event.key() == Qt.Key.Key_Escape and not self.view.is_busy):
            self.closed.emit()
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What the gates have no use for: Enter opens the neuron that an input is."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._open_input():
            return
        super().keyPressEvent(event)

    def _open_input(self) -> bool:
        node = self.view.selected_node
        element = None if node is None or self._graph is None else self._graph.reading.elements[node]
        if isinstance(element, Unit) and opens(element) and element != self.unit:
            self.opened.emit(element)
            return True
        return False
