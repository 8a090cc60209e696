"""What the picture of a network is to show now: a drawing of the moment in view, anew only as far as it changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from nnviz.engine.network import Network
from nnviz.gui.controller import Controller
from nnviz.gui.docks import PanelDocks
from nnviz.gui.drawing import Drawing
from nnviz.gui.messages import MessageStrip
from nnviz.gui.network_view import NetworkView
from nnviz.gui.resolving import dead_units, drawing_in_flow, drawing_of_moment
from nnviz.gui.screen_time import ScreenTime
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.edge_measures import Colouring, told_line
from nnviz.report.elements import Element

if TYPE_CHECKING:
    from nnviz.gui.panels.check import CheckPanel

OFFER = "colours"        # the message that offers a gradient check


class NetworkDrawings:
    """Makes the drawings for `picture` from the controller's view."""

    def __init__(
        self, controller: Controller, picture: NetworkView, docks: PanelDocks, screen_time: ScreenTime
    ) -> None:
        self.controller, self.picture, self.docks, self.screen_time = controller, picture, docks, screen_time
        self._drawn: Network | None = None      # the network of the picture's drawing

    def drawing(self) -> Drawing | None:
        """The network in view; None where nothing is open."""
        view, before = self.controller.view, self.picture.drawing
        if view is None:
            return None
        same, self._drawn = self._drawn is view.problem.network, view.problem.network
        colouring = self.colouring(view)
        if same and not self.screen_time.numbers_due and before is not None:
            return drawing_in_flow(before, view.document, view.moment, colouring)
        return drawing_of_moment(view.document, view.moment, dead_units(view.survey), colouring=colouring)

    def colouring(self, view: View) -> Colouring:
        """What colours the edges: what the settings say, with the gradient check of the shown step where there is one.
        """
        panel = cast("CheckPanel | None", self.docks.panels.get("check"))
        return Colouring(self.controller.settings.text("edge_colour"), None if panel is None else panel.check_of(view))

    def told_line(self, element: Element) -> str:
        """What the tooltip of `element` says of its colour beside what it says anyway."""
        view = self.controller.view
        return "" if view is None or not view.document.network.has_units else told_line(
            view.moment, self.colouring(view), element)

    def offer_check(self, strip: MessageStrip, check: Callable[[], object]) -> None:
        """Where the edges are to show the errors of a gradient check that has not been made, offers to make it."""
        view = self.controller.view
        if view is not None and view.document.network.has_units and self.colouring(view).lacks_check:
            strip.show_message(OFFER, tr("The gradients of this step have not been checked: there are no errors to "
                                         "show as colours yet."), actions=((tr("Check gradients"), check),))
        else:
            strip.withdraw(OFFER)
