"""Opening a neuron and closing it again: which page is in the window's middle, and what leads there and back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.controller import Controller
from nnviz.gui.gate_drawing import GateDrawing
from nnviz.gui.main_window import MainWindow
from nnviz.gui.neuron_page import NeuronPage
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Element, Unit
from nnviz.report.neuron_graph import opens


class OpenedNeuron(QObject):
    """The page of the neuron that is open, if any; it follows stepping, playing and undo, and goes with its network."""

    said = Signal(str)        # a short sentence for the status bar

    def __init__(self, window: MainWindow, controller: Controller, theme: Theme) -> None:
        super().__init__(window)
        self.window, self.controller = window, controller
        self._session: object = None
        self.page = NeuronPage(theme)
        window.stack.addWidget(self.page)
        window.commands.add_picture_keys(self.page.view, ("play",))       # the arrow keys follow the wires
        self.page.closed.connect(self.close)
        self.page.opened.connect(self._open_input)
        self.page.selected.connect(controller.select)
        self.page.view.hovered.connect(controller.point_at)

    # --- there and back ------------------------------------------------------------------------------------------

    def toggle(self, _on: bool = False) -> None:
        """Opens the selected neuron, or closes the one that is open."""
        if self.page.is_open:
            self.close()
            return
        self.open(self.controller.selection)
        self._mark()

    def open(self, element: Element | None) -> None:
        """Opens a neuron; says what can be opened where it is none."""
        if not isinstance(element, Unit) or not opens(element):
            self.said.emit(tr("Select a hidden unit or an output first: an input has nothing to open.")
                           if isinstance(element, Unit) else tr("Select a hidden unit or an output first."))
            return
        self.page.open(element)
        self._session = self.controller.session
        self.controller.refresh()
        self.page.set_selected(element)
        self._mark()

    def close(self) -> None:
        """Back to the network."""
        if self.page.is_open:
            self.page.close_neuron()
            self.controller.refresh()
        self._mark()

    def _open_input(self, element: Element) -> None:
        self.controller.select(element)
        self.open(element)

    def _mark(self) -> None:
        self.window.commands.check("open_neuron", self.page.is_open)

    # --- what is shown -------------------------------------------------------------------------------------------

    def page_or(self, picture: QWidget, view: View) -> QWidget:
        """The page, while a neuron of the network that `view` shows is open; else the `picture` of the network."""
        if self.page.is_open and (self._session is not self.controller.session or not self.page.still_fits(view)):
            self.page.close_neuron()
            self._mark()
        return self.page if self.page.is_open else picture

    def show_view(self, view: View | None, due: bool) -> None:
        """Shows the moment of `view`, while training flows only where numbers are `due`."""
        if view is not None and (due or not view.flows):
            self.page.show_view(view)

    @property
    def drawing(self) -> GateDrawing | None:
        """What an export of the picture would be."""
        return self.page.view.drawing if self.page.is_open else None

    @property
    def colour_scale(self) -> ColourScale:
        return self.page.view.colour_scale
