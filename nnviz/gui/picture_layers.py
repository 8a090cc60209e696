"""The picture is painted in two layers, edges below and units above; the one that stays as it was is kept as an image.

While the network stands still the edges stay, and what is above them answers the pointer: their image is made the
second time that they are asked for, since the first may be the only one.  While training flows the edges are others at
every redraw, and units and numbers change only as often as one can read them; where that is at every redraw, nothing
is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from nnviz.gui.picture import NetworkPainter
from nnviz.gui.scene import Shown

PainterOn = Callable[[QPainter], NetworkPainter]      # paints the picture as it is now


@contextmanager
def painting_on(image: QImage, size: QSize) -> Iterator[QPainter]:
    """A painter on an image that is `size` large in logical pixels; it ends with the block, whatever happens."""
    painter = QPainter(image)
    try:
        painter.setClipRect(QRect(QPoint(), size))
        yield painter
    finally:
        painter.end()


class PictureLayers:
    """Both layers of one view. `shown` is what the newest painting wrote; None where the picture has changed since."""

    def __init__(self) -> None:
        self.shown: Shown | None = None
        self._edges: QImage | None = None
        self._edges_key: object = None         # of what was painted last, or None
        self._edges_kept = False               # `_edges` shows it
        self._units: QImage | None = None
        self._units_key: object = None
        self._units_on: PainterOn | None = None       # paints units and numbers as they are shown
        self._units_kept = False               # `_units` shows them
        self._renewed = False                  # they were others at the last redraw

    def forget_edges(self) -> None:
        """The edges have changed, or have moved."""
        self._edges_key, self.shown = None, None

    def forget_units(self) -> None:
        """Units and numbers are painted anew the next time that training flows."""
        self._units_key, self._units_on, self._renewed = None, None, False

    def paint(self, painter: QPainter, size: QSize, ratio: float, key: object, on: PainterOn) -> None:
        """Paints edges and what stands above them; the edges from their image while nothing but that changes."""
        key = (size.width(), size.height(), ratio, key)
        picture = on(painter)
        if key != self._edges_key:
            picture.paint_edges()
            self._edges_key, self._edges_kept = key, False
        else:
            if self._edges is None or not self._edges_kept:
                self._edges = _image(self._edges, size, ratio, QImage.Format.Format_RGB32)
                with painting_on(self._edges, size) as below:
                    on(below).paint_edges()
                self._edges_kept = True
            painter.drawImage(QPoint(), self._edges)
        picture.paint_rest()
        self.shown = picture.shown

    def paint_flowing(
        self, painter: QPainter, size: QSize, ratio: float, key: object, due: bool, on: PainterOn
    ) -> None:
        """Paints the edges; units and numbers above them where they are `due`, or the size or `key` is another."""
        picture = on(painter)
        picture.paint_edges()             # no two redraws have the same edges: there is nothing to keep of them
        key = (size.width(), size.height(), ratio, key)
        renewed, again = due or self._units_on is None or key != self._units_key, self._renewed
        if renewed:
            self._units_key, self._units_on, self._units_kept = key, on, False
        self._renewed = renewed
        if renewed and again:
            picture.paint_rest()
            self.shown = picture.shown
            return
        if self._units is None or not self._units_kept:
            assert self._units_on is not None
            self._units = _image(self._units, size, ratio, QImage.Format.Format_ARGB32_Premultiplied)
            self._units.fill(Qt.GlobalColor.transparent)
            with painting_on(self._units, size) as layer:
                above = self._units_on(layer)
                above.paint_rest()
                self.shown = above.shown
            self._units_kept = True
        painter.drawImage(QPoint(), self._units)


def _image(kept: QImage | None, size: QSize, ratio: float, form: QImage.Format) -> QImage:
    """The image that was kept where it has the right size, else a new one."""
    image = kept if kept is not None and kept.size() == size * ratio else QImage(size * ratio, form)
    image.setDevicePixelRatio(ratio)
    return image
