"""What the picture of a network is to show now: a drawing of the moment in view, anew only as far as it changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.network import Network
from nnviz.gui.controller import Controller
from nnviz.gui.docks import PanelDocks
from nnviz.gui.drawing import Drawing
from nnviz.gui.layer_heads import can_fold, with_folded
from nnviz.gui.messages import MessageStrip
from nnviz.gui.network_view import NetworkView
from nnviz.gui.plane_resolving import AS_CHOSEN_FIRST, Choice, MapOptions, shows_maps, with_maps
from nnviz.gui.resolving import dead_units, drawing_in_flow, drawing_of_moment
from nnviz.gui.screen_time import ScreenTime
from nnviz.gui.settings import Settings
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.edge_measures import Colouring, told_line
from nnviz.report.elements import Element
from nnviz.report.fields import has_plane, outputs_at
from nnviz.report.inputs import asked_names
from nnviz.report.inspection import describe
from nnviz.report.numbers import short, typeset

if TYPE_CHECKING:
    from nnviz.gui.panels.check import CheckPanel

OFFER = "colours"        # the message that offers a gradient check


class NetworkDrawings:
    """Makes the drawings for `picture` from the controller's view."""

    def __init__(
        self, controller: Controller, picture: NetworkView, docks: PanelDocks, screen_time: ScreenTime
    ) -> None:
        self.controller, self.picture, self.docks, self.screen_time = controller, picture, docks, screen_time
        self.maps = AS_CHOSEN_FIRST             # what the user chose about heat maps
        picture.describe, picture.describe_point = self.describe, self.describe_point
        self._drawn: Network | None = None      # the network of the picture's drawing
        self._mapped: tuple[object, ...] = ()   # what its heat maps depend on
        self._parameters: Array | None = None

    def drawing(self) -> Drawing | None:
        """The network in view; None where nothing is open."""
        view, before = self.controller.view, self.picture.drawing
        if view is None:
            return None
        same, self._drawn = self._drawn is view.problem.network, view.problem.network
        colouring = self.colouring(view)
        if same and not self.screen_time.numbers_due and before is not None:
            return drawing_in_flow(before, view.document, view.moment, colouring)
        drawing = drawing_of_moment(view.document, view.moment, dead_units(view.survey), colouring=colouring)
        return self._folded(self._with_maps(drawing, view, before))

    def _folded(self, drawing: Drawing) -> Drawing:
        """`drawing` with those layers folded that somebody has folded."""
        session, view = self.controller.session, self.controller.view
        if session is None or view is None:
            return drawing
        return with_folded(drawing, session.folds.of(view.problem.network))

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
        session, view, drawing = self.controller.session, self.controller.view, self.picture.drawing
        if session is None or view is None or drawing is None or not layers:
            return
        network = view.problem.network
        folded = session.folds.of(network)
        # no edit, nor a matter of the training, which may go on meanwhile: it is only seen
        session.folds.fold(network, folded - layers if layers <= folded else folded | layers)
        self.picture.set_drawing(self._folded(drawing))

    def apply_settings(self, settings: Settings) -> None:
        """Takes up what the user chose about heat maps."""
        self.maps = MapOptions(cast("Choice", settings.text("heat_maps")), settings.flag("discretise"))

    def maps_chosen(self, shown: bool) -> Choice:
        """What to remember where heat maps are to be shown, or not: what happens by itself is left to itself."""
        view = self.controller.view
        automatic = view is not None and shows_maps(view.problem, view.data, "automatic")
        return "automatic" if shown == automatic else "always" if shown else "never"

    def describe_point(self, x: float, y: float) -> str:
        """What the network makes of a point of the plane: its inputs and outputs."""
        view = self.controller.view
        if view is None or not has_plane(view.problem.network, view.data):
            return ""
        network = view.problem.network
        outputs = outputs_at(view.problem, view.moment.parameters(), view.data, x, y)
        names = asked_names(network, view.data)
        rows = [*zip(names, (x, y), strict=True),
                *zip(network.names(len(network.layers)), outputs.tolist(), strict=True)]
        return "\n".join(f"{name} = {short(value, view.digits)}" for name, value in rows)

    def _with_maps(self, drawing: Drawing, view: View, before: Drawing | None) -> Drawing:
        """`drawing` with heat maps, those of the drawing before where nothing that they depend on has changed."""
        mapped, parameters = (view.problem.network, view.data, self.maps), view.moment.parameters()
        kept = mapped == self._mapped and self._parameters is not None and np.array_equal(parameters, self._parameters)
        self._mapped, self._parameters = mapped, parameters.copy()
        return with_maps(drawing, view.problem, view.data, view.moment, self.maps, before if kept else None,
                         None if view.trial is None else view.trial.inputs)

    def colouring(self, view: View) -> Colouring:
        """What colours the edges: what the settings say, with the gradient check of the shown step where there is one.
        """
        panel = cast("CheckPanel | None", self.docks.panels.get("check"))
        return Colouring(self.controller.settings.text("edge_colour"), None if panel is None else panel.check_of(view))

    def describe(self, element: Element) -> str:
        """The tooltip of `element`, with what colours it where the usual words do not say that."""
        view = self.controller.view
        if view is None:
            return ""
        text = describe(view.document, view.moment, element, self.controller.last_done)
        line = told_line(view.moment, self.colouring(view), element) if view.document.network.has_units else ""
        return typeset(f"{text}\n{line}".rstrip())

    def offer_check(self, strip: MessageStrip, check: Callable[[], object]) -> None:
        """Where the edges are to show the errors of a gradient check that has not been made, offers to make it."""
        view = self.controller.view
        if view is not None and view.document.network.has_units and self.colouring(view).lacks_check:
            strip.show_message(OFFER, tr("The gradients of this step have not been checked: there are no errors to "
                                         "show as colours yet."), actions=((tr("Check gradients"), check),))
        else:
            strip.withdraw(OFFER)
