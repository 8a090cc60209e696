"""What the picture of a network is to show now: a drawing of the moment in view, anew only as far as it changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from nnviz.engine.network import Network
from nnviz.gui.controller import Controller
from nnviz.gui.docks import PanelDocks
from nnviz.gui.drawing import Drawing
from nnviz.gui.layer_heads import can_fold
from nnviz.gui.network_view import NetworkView
from nnviz.gui.resolving import dead_units, drawing_in_flow, drawing_of_check, drawing_of_moment
from nnviz.gui.screen_time import ScreenTime
from nnviz.gui.view import View
from nnviz.session.session import Session

if TYPE_CHECKING:
    from nnviz.engine.check import GradientCheck
    from nnviz.gui.panels.check import CheckPanel


class NetworkDrawings:
    """Makes the drawings for `picture` from the controller's view."""

    def __init__(
        self, controller: Controller, picture: NetworkView, docks: PanelDocks, screen_time: ScreenTime
    ) -> None:
        self.controller, self.picture, self.docks, self.screen_time = controller, picture, docks, screen_time
        self._drawn: Network | None = None      # the network of the picture's drawing
        self._folds: WeakKeyDictionary[Session, frozenset[int]] = WeakKeyDictionary()     # folded layers

    def drawing(self) -> Drawing | None:
        """The network in view; None where nothing is open."""
        view, before = self.controller.view, self.picture.drawing
        if view is None:
            return None
        same, self._drawn = self._drawn is view.problem.network, view.problem.network
        if same and not self.screen_time.numbers_due and before is not None:
            return drawing_in_flow(before, view.document, view.moment)
        drawing = drawing_of_moment(view.document, view.moment, dead_units(view.survey))
        check = self._check_shown(view)
        return self._folded(drawing if check is None else drawing_of_check(drawing, check))

    def _folded(self, drawing: Drawing) -> Drawing:
        """`drawing` with those layers folded that somebody has folded; they are others for every open document."""
        session = self.controller.session
        folded = self._folds.get(session, frozenset()) if session is not None else frozenset()
        return replace(drawing, folded=frozenset(layer for layer in folded if can_fold(drawing, layer)))

    def press_head(self, layer: int, button: str) -> None:
        """A button at a layer's title was clicked."""
        if button == "fold":
            self._toggle({layer})

    def fold(self) -> None:
        """Folds or unfolds the layer of what is selected; with nothing selected, all hidden layers."""
        drawing, selected = self.picture.drawing, self.picture.selected_element
        if drawing is None:
            return
        layers = range(1, len(drawing.columns) - 1) if selected is None else (selected.layer,)
        self._toggle({layer for layer in layers if can_fold(drawing, layer)})

    def _toggle(self, layers: set[int]) -> None:
        session, drawing = self.controller.session, self.picture.drawing
        if session is None or drawing is None or not layers:
            return
        folded = drawing.folded
        self._folds[session] = folded - layers if layers <= folded else folded | layers
        self.picture.set_drawing(self._folded(drawing))

    def _check_shown(self, view: View) -> GradientCheck | None:
        """The gradient check whose errors the edges show."""
        panel = cast("CheckPanel | None", self.docks.panels.get("check"))
        return None if panel is None else panel.colours_of(view)
