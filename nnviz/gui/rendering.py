"""A picture of a network without a window: what `nnviz render` writes and a gallery card shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication, QImage

from nnviz.errors import Refused
from nnviz.exchange.files import write_file
from nnviz.gui.fonts import load_fonts
from nnviz.gui.gate_resolving import graph_after
from nnviz.gui.picture_export import Picture, picture_bytes, render_image
from nnviz.gui.resolving import drawing_after
from nnviz.gui.surface_resolving import surface_after
from nnviz.gui.theme import THEMES, Theme
from nnviz.gui.translation import tr
from nnviz.session.document import Document

SUFFIXES = (".png", ".svg", ".pdf")
PREVIEWED_STEPS = {"network": 1, "graph": 1, "surface": 100}     # after which a card shows what it opens


def render_to_file(document: Document, steps: int, theme: str, size: tuple[int, int], path: Path) -> str:
    """Draws `document` after `steps` training steps as the window would, and writes it whole.

    `size` is (width, height) in pixels; `path` ends in .png, .svg or .pdf.  Where training diverges before, the last
    finite state is drawn and the sentence that says so is returned, else "".
    """
    if path.suffix.lower() not in SUFFIXES:
        text = tr("{ending} is no picture format").format(ending=path.suffix or tr("no ending"))
        raise Refused(text, str(path), tr("Use .png, .svg or .pdf"))
    application = QGuiApplication.instance() or QGuiApplication(["nnviz"])
    load_fonts()
    drawing, message = _drawn(document, steps)
    width, height = size
    write_file(path, picture_bytes(drawing, THEMES[theme], width, height, path.suffix.lower()))
    del application
    return message


def card_picture(document: Document, theme: Theme, size: QSize, density: float) -> QImage:
    """A gallery card's picture: the real network after its first step, or a surface with a path that has got on.

    A graph is shown with its whole pass.
    """
    steps = min(document.steps, PREVIEWED_STEPS[document.network.kind])
    return render_image(_drawn(document, steps)[0], theme, size.width(), size.height(), density, preview=True)


def _drawn(document: Document, steps: int) -> tuple[Picture, str]:
    """The picture after so many steps, and a sentence where training could not be finite for so long."""
    return _AFTER[document.network.kind](document, steps)


_AFTER: dict[str, Callable[[Document, int], tuple[Picture, str]]] = {
    "network": drawing_after, "graph": graph_after, "surface": surface_after,
}
