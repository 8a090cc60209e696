"""Every weight of a layer as a cell of an image, and beside it how the loss pulls on each."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.colour_scale import ColourScale, magnitudes_together
from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.layer_matrices import LayerMatrices
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pace, said, second_label
from nnviz.gui.settings import Settings
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.gui.weight_canvas import Pointed, Said, WeightCanvas
from nnviz.report.edge_measures import Colouring, LayerValues, layer_values, told_line
from nnviz.report.elements import Element, Parameter, Unit
from nnviz.report.inspection import accessible_description, describe
from nnviz.report.numbers import count, typeset
from nnviz.report.quantities import Kind, Quantity
from nnviz.report.titles import layer_title
from nnviz.report.weight_tables import TableShape, tab_separated
from nnviz.session.change import Changed

EVERY = 0                # of the choice of layers
PARAMETERS = Colouring("weight")
#: Which number of a parameter a cell shows, by what is told of it; of others a cell stands for all there is.
KINDS: dict[str, Kind] = {"gradient": "gradient", "update": "update", "weight": "parameter"}


class WeightMatricesPanel(Panel):
    """Every weight as a cell: a row for each unit, a column for each of its inputs, the bias behind them.

    The left or upper image of a layer has the weights, blue where negative, orange where positive, the stronger the
    larger. The other one has what colours the edges of the picture, in the same colours: the gradient, or what you
    choose at the picture's legend (F4). Where cells are large enough their numbers are written in them.

    The wheel zooms, dragging moves, a double click comes closer or goes back to the whole. Point at a cell for its
    numbers; click it to select the weight in the picture; what is selected there has a frame here, with its row and its
    column. The arrow keys go from cell to cell, Enter selects, Ctrl+C copies the numbers. Of a layer that sees an image
    the weights of one row stand at the right as such an image: those into the unit that is selected.
    """

    name = "weights"
    title = "Weights and gradients"
    watches = Changed.EVERYTHING
    area = "bottom"
    wanted_lines = 20
    without_surface = "A surface has no layers: its two variables stand in the inspector."
    without_graph = "A graph has no layers: the values of its leaves stand in the picture."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: View | None = None
        self._pace = Pace(30.0)
        self._colouring = Colouring()
        self._linear = False
        self._told_scale: ColourScale | None = None
        self._digits = 6
        #: What colours the edges of the picture of a view.
        self.colouring_of: Callable[[View], Colouring] = lambda view: Colouring(self._colouring.name)

        self.layers = ChoiceList()
        self.layers.setAccessibleName(tr("Layers that are shown"))
        self.layers.setToolTip(tr("Show the matrices of all layers, or of one"))
        self.layers.setMinimumContentsLength(9)
        self.layers.setSizeAdjustPolicy(ChoiceList.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.layers.currentIndexChanged.connect(lambda _index: self._show())
        self.whole = self._button(tr("Whole"), tr("Zoom and move so that all cells are seen (double click)"))
        self.copy = self._button(tr("Copy"), tr("Put the numbers that are shown on the clipboard, as a table with tabs "
                                                "between cells and every digit"))
        self.copy_menu = QMenu(self.copy)
        self.copy_menu.setToolTipsVisible(True)
        self.copy_weights = self._copying(tr("Weights and biases"), PARAMETERS)
        self.copy_told = self._copying("", None)
        self.copy.setMenu(self.copy_menu)
        self.readout = ElidedLabel()
        self.readout.setProperty("second", True)
        self.readout.setAccessibleName(tr("The cell that is pointed at"))
        self.canvas = WeightCanvas(LIGHT)
        self.canvas.setMinimumSize(120, 60)
        self.canvas.setToolTip(tr("Point at a cell for its numbers; click to select; the wheel zooms"))
        self.canvas.describe, self.canvas.speak = self._describe, self._speak
        self.canvas.selected.connect(self.element_selected)
        self.canvas.pointed.connect(self._tell_pointed)
        self.canvas.copied.connect(self._copy_pointed)
        self.whole.clicked.connect(self.canvas.zoom_fit)
        self.empty = second_label(tr("Open a network to see its weights as images."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)

        self._controls = QWidget()
        row = QHBoxLayout(self._controls)
        row.setContentsMargins(10, 5, 10, 4)
        row.setSpacing(6)
        for part in (self.layers, self.whole, self.copy):
            part.setMinimumWidth(44)
        row.addWidget(self.layers)
        row.addWidget(self.readout, 1)
        row.addWidget(self.whole)
        row.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._controls)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.empty, 1)
        self.refresh(None)

    @staticmethod
    def _button(text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        return button

    def _copying(self, text: str, colouring: Colouring | None) -> QAction:
        action = self.copy_menu.addAction(text)
        action.setToolTip(tr("As a table with tabs between its cells, every digit written"))
        action.triggered.connect(lambda _checked=False: self.copy_numbers(colouring))
        return action

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self._controls.minimumSizeHint().height() + self.canvas.minimumHeight())

    def sizeHint(self) -> QSize:
        return QSize(420, 320)

    # --- what is shown ------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.canvas.set_theme(theme)

    def apply_settings(self, settings: Settings) -> None:
        self._linear = settings.text("colour_scale") == "linear"
        self._colouring = Colouring(settings.text("edge_colour"))
        self.canvas.set_text_scale(settings.whole("text_size") / 100.0)
        if self.isVisible():
            self._show()

    def set_colour_scale(self, scale: ColourScale | None) -> None:
        self._told_scale = scale
        if self.isVisible() and self._view is not None and not self._view.flows:
            self._show()

    def refresh(self, view: View | None) -> None:
        before, self._view = self._view, view
        for part in (self._controls, self.canvas):
            part.setVisible(view is not None)
        self.empty.setVisible(view is None)
        if view is None:
            self.canvas.show_layers((), Said("", ""), ColourScale())
            return
        if before is None or before.problem.network != view.problem.network:
            self._fill_layers(view)
        if self._pace.is_due(view.playing):
            with self._pace.measured():
                self._show()

    def _fill_layers(self, view: View) -> None:
        """The choice of layers of another network; the same layer stays chosen where there is one."""
        chosen, network = self.layers.currentData(), view.problem.network
        with QSignalBlocker(self.layers):
            self.layers.clear()
            self.layers.addItem(tr("all layers"), EVERY)
            for number in range(1, len(network.layers) + 1):
                shape = TableShape.of(network, number)
                self.layers.addItem(tr("{layer}: {rows} × {columns}").format(
                    layer=layer_title(view.problem, number), rows=count(shape.rows), columns=count(shape.columns)),
                    number)
            self.layers.setCurrentIndex(max(0, self.layers.findData(chosen)))

    def _show(self) -> None:
        """The matrices of the chosen layers as they are now."""
        view = self._view
        if view is None:
            return
        colouring = self.colouring_of(view)
        parameters, told = layer_values(view.moment, PARAMETERS), layer_values(view.moment, colouring)
        chosen = self.layers.currentData()
        shown = [LayerMatrices(TableShape.of(view.problem.network, number), parameters[number - 1], told[number - 1])
                 for number in range(1, len(told) + 1) if chosen in (EVERY, None, number)]
        row = colouring.measure
        symbol = tr(row.symbol).format(example=view.example_text)
        self.copy_told.setText(tr(row.label))
        self.copy_told.setVisible(row.name != PARAMETERS.name)
        self.canvas.show_layers(shown, Said(tr(row.label), tr("{0}: not checked").format(symbol)
                                            if colouring.lacks_check else symbol), self._scale(colouring, told))

    def _scale(self, colouring: Colouring, told: tuple[LayerValues, ...]) -> ColourScale:
        """That of the picture; where its edges tell something else than gradients, what fits all layers."""
        if self._told_scale is not None and colouring.name == "gradient" and self._told_scale.linear == self._linear:
            return self._told_scale
        parts = [part for layer in told for part in (layer.weights, layer.biases, layer.slopes) if part is not None]
        return ColourScale(linear=self._linear).fitting(magnitudes_together(parts))

    # --- pointing and selecting ---------------------------------------------------------------------------------

    def set_selected(self, element: Element | None) -> None:
        """Frames what is selected; where only another layer is shown, its own takes that one's place."""
        chosen = self.layers.currentData()
        if isinstance(element, Parameter) and chosen not in (EVERY, None, element.layer):
            place = self.layers.findData(element.layer)
            if place >= 0:
                with QSignalBlocker(self.layers):
                    self.layers.setCurrentIndex(place)
        self.canvas.set_selected(element)

    def set_pointed(self, quantity: Quantity | None) -> None:
        self.canvas.set_lit(None if quantity is None else quantity.element)

    def _tell_pointed(self, found: Pointed | None) -> None:
        """The number under the pointer or at the keyboard: lit wherever it is shown, and written above."""
        said(self.readout, "" if found is None else self._line_of(found.element))
        if found is None:
            self.quantity_pointed.emit(None)
        elif isinstance(found.element, Unit):
            self.quantity_pointed.emit(Quantity("element", found.element))
        else:
            name = self.colouring_of(self._view).name if found.told and self._view is not None else PARAMETERS.name
            self.quantity_pointed.emit(Quantity(KINDS.get(name, "element"), found.element))

    def _describe(self, element: Element) -> str:
        """The tooltip of a cell, with what is told of it where the usual words do not say that."""
        view = self._view
        if view is None:
            return ""
        text = describe(view.document, view.moment, element)
        return typeset(f"{text}\n{told_line(view.moment, self.colouring_of(view), element)}".rstrip())

    def _line_of(self, element: Element) -> str:
        return " · ".join(" ".join(line.split()) for line in self._describe(element).split("\n"))

    def _speak(self, element: Element) -> str:
        view = self._view
        return "" if view is None else typeset(accessible_description(view.document, view.moment, element))

    # --- copying ------------------------------------------------------------------------------------------------

    def _copy_pointed(self) -> None:
        """What Ctrl+C takes: the weights."""
        self.copy_numbers(PARAMETERS)

    def copy_numbers(self, colouring: Colouring | None) -> None:
        """Puts the parameters of the layers shown, or with None what is told of them, on the clipboard."""
        view = self._view
        if view is None:
            return
        tables = [tab_separated(layer.shape, layer.told if colouring is None else layer.parameters)
                  for layer in self.canvas.layers]
        QGuiApplication.clipboard().setText("\n\n".join(tables) + "\n")
        self.message.emit(tr("The numbers are on the clipboard."))
