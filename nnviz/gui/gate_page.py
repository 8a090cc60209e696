"""The picture of an open computation graph with its formula, leaves and rule for ties above it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnviz.gui.formula_line import RefusalPointer
from nnviz.gui.gate_drawing import GateDrawing
from nnviz.gui.gate_resolving import drawing_of_graph
from nnviz.gui.gate_settings import GateSettings
from nnviz.gui.gate_view import GateView
from nnviz.gui.settings import Settings
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View

VIEW_HEIGHT = 200        # pixels, at least, whatever the panels below would like


class GatePage(QWidget):
    """The graph, and what it is made of above it.

    `edit_requested(values, label)` asks for values of the document as one undoable edit.
    """

    edit_requested = Signal(dict, str)
    value_chosen = Signal(object, float)     # a leaf's Weight, and the value typed for it
    refused = Signal(str)                    # why what was typed is not taken; "" when it is

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Computation graph"))
        self.view = GateView(theme)
        self.view.setMinimumHeight(VIEW_HEIGHT)
        self.gate_settings = GateSettings()
        self._digits = 4
        self._shown: View | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.gate_settings)
        layout.addWidget(self.view, 1)
        self.pointer = RefusalPointer(self.gate_settings.formula, self)
        self.setFocusProxy(self.view)
        self.gate_settings.edit_requested.connect(self.edit_requested)
        self.gate_settings.value_chosen.connect(self.value_chosen)
        self.gate_settings.refused.connect(self.refused)
        self.view.refused.connect(self.refused)

    @property
    def drawing(self) -> GateDrawing | None:
        return self.view.drawing

    def show_view(self, view: View | None) -> None:
        """Shows the graph of `view`; None where none is open."""
        if view is None or view.document.graph is None:
            if self._shown is not None:
                self._shown = None
                self.gate_settings.forget()
                self.view.set_drawing(None)
            return
        self._shown = view
        drawing = drawing_of_graph(view.document, view.moment, self._digits)
        self.view.set_drawing(drawing)
        leaves = view.moment.parameters()[view.problem.blocks.order]
        self.gate_settings.show_graph(view.document, tuple(leaves.tolist()))

    def set_theme(self, theme: Theme) -> None:
        self.view.set_theme(theme)

    def apply_settings(self, settings: Settings) -> None:
        """Takes from the settings what concerns the picture."""
        self._digits = settings.whole("digits")
        self.view.apply_settings(settings)
        self.show_view(self._shown)
