"""What the menu does with the picture in view, whichever it is: closer, further, to what is selected, all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nnviz.gui.canvas import WHEEL_STEP, Canvas
from nnviz.gui.minimap import Minimap

if TYPE_CHECKING:
    from nnviz.gui.workbench import Workbench


class Looking:
    """The pictures of one window, with their overviews."""

    def __init__(self, workbench: Workbench) -> None:
        self.workbench = workbench
        self.pictures: tuple[Canvas, ...] = (
            workbench.picture, workbench.surface.map, workbench.graph.view, workbench.neuron.page.view)
        self.minimaps = tuple(Minimap(picture) for picture in self.pictures if picture is not workbench.surface.map)

    def commands(self) -> dict[str, Callable[..., object]]:
        """What the rows of the action table do that are about looking."""
        return {
            "fit": self.fit, "zoom_in": lambda: self.picture.zoom_by(WHEEL_STEP),
            "zoom_out": lambda: self.picture.zoom_by(1 / WHEEL_STEP),
            "zoom_selection": lambda: self.picture.zoom_to_selection(),
            "minimap": lambda shown: self.workbench.settings.change(minimap=shown),
        }

    @property
    def picture(self) -> Canvas:
        """The picture in view."""
        page = self.workbench.window.stack.currentWidget()
        shown = (picture for picture in self.pictures
                 if page is not None and (page is picture or page.isAncestorOf(picture)))
        return next(shown, self.pictures[0])

    def fit(self) -> None:
        """Shows the whole network, or of a surface what its document asks for."""
        for picture in self.pictures:
            picture.zoom_fit()

    def apply_settings(self) -> None:
        """Shows the overviews, or hides them, as is chosen."""
        shown = bool(self.workbench.settings["minimap"])
        self.workbench.window.commands.check("minimap", shown)
        for minimap in self.minimaps:
            minimap.set_wanted(shown)
