"""A picture of a network without a window: what `nnviz render` writes and a gallery card shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication, QImage

from nnviz.errors import Refused
from nnviz.exchange.files import write_file
from nnviz.gui.colour_maps import DEFAULT
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.drawing import Drawing
from nnviz.gui.fonts import load_fonts
from nnviz.gui.gate_drawing import GateDrawing
from nnviz.gui.gate_picture import scale_of
from nnviz.gui.gate_resolving import graph_after
from nnviz.gui.picture_export import Picture, picture_bytes, render_image
from nnviz.gui.resolving import drawing_after
from nnviz.gui.surface_resolving import surface_after
from nnviz.gui.theme import THEMES, Theme
from nnviz.gui.translation import tr
from nnviz.report.edge_measures import MEASURES
from nnviz.session.document import Document

SUFFIXES = (".png", ".svg", ".pdf")
GRADIENT = "gradient"
PREVIEWED_STEPS = {"network": 1, "graph": 1, "surface": 100}     # after which a card shows what it opens


@dataclass(frozen=True)
class Colours:
    """What colours the edges (a row of `MEASURES`), in which colours (of `COLOUR_MAPS`), and how these grow with it."""

    measure: str = GRADIENT
    colour_map: str = DEFAULT
    linear: bool = False


AS_USUAL = Colours()


def render_to_file(
    document: Document, steps: int, theme: str, size: tuple[int, int], path: Path, colours: Colours = AS_USUAL
) -> str:
    """Draws `document` after `steps` training steps as the window would, and writes it whole.

    `size` is (width, height) in pixels; `path` ends in .png, .svg or .pdf.  Where training diverges before, the last
    finite state is drawn and the sentence that says so is returned, else "".
    """
    if path.suffix.lower() not in SUFFIXES:
        text = tr("{ending} is no picture format").format(ending=path.suffix or tr("no ending"))
        raise Refused(text, str(path), tr("Use .png, .svg or .pdf"))
    if colours.measure != GRADIENT and not document.network.has_units:
        text = tr("only the edges of a network can be coloured by {measure}")
        raise Refused(text.format(measure=tr(MEASURES[colours.measure].label).lower()),
                      hint=tr("A graph shows gradients, a surface its heights"))
    application = QGuiApplication.instance() or QGuiApplication(["nnviz"])
    load_fonts()
    drawing, message = _drawn(document, steps, colours.measure)
    width, height = size
    write_file(path, picture_bytes(drawing, THEMES[theme].with_colours(colours.colour_map), width, height,
                                   path.suffix.lower(), colours=_scale(drawing, colours.linear)))
    del application
    return message


def card_picture(document: Document, theme: Theme, size: QSize, density: float) -> QImage:
    """A gallery card's picture: the real network after its first step, or a surface with a path that has got on.

    A graph is shown with its whole pass.
    """
    steps = min(document.steps, PREVIEWED_STEPS[document.network.kind])
    return render_image(_drawn(document, steps)[0], theme, size.width(), size.height(), density, preview=True)


def _drawn(document: Document, steps: int, measure: str = GRADIENT) -> tuple[Picture, str]:
    """The picture after so many steps, and a sentence where training could not be finite for so long."""
    after = _FORMULA_AFTER.get(document.network.kind)
    return drawing_after(document, steps, measure=measure) if after is None else after(document, steps)


def _scale(drawing: Picture, linear: bool) -> ColourScale | None:
    """What the colours of a picture mean that stands alone; None where they show no gradients."""
    if isinstance(drawing, GateDrawing):
        return scale_of(drawing, linear)
    return ColourScale(linear=linear).fitting_drawing(drawing) if isinstance(drawing, Drawing) else None


_FORMULA_AFTER: dict[str, Callable[[Document, int], tuple[Picture, str]]] = {
    "graph": graph_after, "surface": surface_after,
}
