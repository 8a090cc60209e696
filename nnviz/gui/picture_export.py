"""The picture as it leaves the program: an image, PNG, SVG and PDF bytes, and the clipboard.

All of them call the painter that the window calls; the vector formats keep their lines and text as such.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRect, QSize, QSizeF
from PySide6.QtGui import QClipboard, QGuiApplication, QImage, QImageWriter, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.drawing import Drawing
from nnviz.gui.gate_drawing import GateDrawing
from nnviz.gui.gate_picture import paint_gates
from nnviz.gui.picture import PictureOptions, paint_picture
from nnviz.gui.surface_drawing import SurfaceDrawing
from nnviz.gui.surface_picture import paint_surface
from nnviz.gui.theme import Theme

Picture = Drawing | SurfaceDrawing | GateDrawing
LARGEST = 16_384                  # pixels along a side of an exported image


def paint(painter: QPainter, drawing: Picture, theme: Theme, width: float, height: float,
          options: PictureOptions) -> None:
    """Paint a network, the map of a surface or a graph of gates at the origin of `painter`."""
    if isinstance(drawing, SurfaceDrawing):
        paint_surface(painter, drawing, theme, width, height, options)
    elif isinstance(drawing, GateDrawing):
        paint_gates(painter, drawing, theme, width, height, options)
    else:
        paint_picture(painter, drawing, theme, width, height, options)


def render_image(
    drawing: Picture, theme: Theme, width: int, height: int, scale: float = 1.0, *, preview: bool = False,
    digits: int = 4, text_scale: float = 1.0, colours: ColourScale | None = None,
) -> QImage:
    """`drawing` laid out for `width` × `height` logical pixels, `scale` device pixels to each.

    A `preview`, for a gallery card, has neither text nor legend.  `colours` are those of a picture on screen that is
    to look the same; None: those that fit the drawing.
    """
    scale = min(scale, LARGEST / max(width, height, 1))
    image = QImage(max(1, round(width * scale)), max(1, round(height * scale)), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    try:
        options = PictureOptions(digits, text_scale, preview, ratio=scale, scale=colours)
        paint(painter, drawing, theme, width, height, options)
    finally:
        painter.end()
    return image


def png_bytes(drawing: Picture, theme: Theme, width: int, height: int, *, scale: float = 1.0, digits: int = 4,
              text_scale: float = 1.0, colours: ColourScale | None = None) -> bytes:
    """`drawing` as a PNG file of `width` × `height` times `scale` pixels."""
    image = render_image(drawing, theme, width, height, scale, digits=digits, text_scale=text_scale, colours=colours)
    image.setDevicePixelRatio(1.0)
    buffer = _open_buffer()
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    return bytes(buffer.data().data())


def svg_bytes(drawing: Picture, theme: Theme, width: int, height: int, *, scale: float = 1.0, digits: int = 4,
              text_scale: float = 1.0, colours: ColourScale | None = None) -> bytes:
    """`drawing` as an SVG file whose view box is `width` × `height`."""
    buffer = _open_buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(width, height))
    generator.setViewBox(QRect(0, 0, width, height))
    generator.setResolution(96)
    generator.setTitle(drawing.caption or "nnviz")
    options = PictureOptions(digits, text_scale, raster=False, scale=colours)
    _paint_vectors(generator, drawing, theme, width, height, options)
    return bytes(buffer.data().data())


def pdf_bytes(drawing: Picture, theme: Theme, width: int, height: int, *, scale: float = 1.0, digits: int = 4,
              text_scale: float = 1.0, colours: ColourScale | None = None) -> bytes:
    """`drawing` as a PDF file of one page of `width` × `height` points."""
    buffer = _open_buffer()
    writer = QPdfWriter(buffer)
    writer.setResolution(72)
    writer.setPageSize(QPageSize(QSizeF(width, height), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(drawing.caption or "nnviz")
    writer.setCreator("nnviz")
    options = PictureOptions(digits, text_scale, raster=False, scale=colours)
    _paint_vectors(writer, drawing, theme, width, height, options)
    return bytes(buffer.data().data())


def _paint_vectors(device: QSvgGenerator | QPdfWriter, drawing: Picture, theme: Theme, width: int, height: int,
                   options: PictureOptions) -> None:
    painter = QPainter(device)
    try:
        paint(painter, drawing, theme, width, height, options)
    finally:
        painter.end()


def _open_buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.setData(QByteArray())
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


@dataclass(frozen=True)
class PictureFormat:
    """A file format that the picture can be written in."""

    suffix: str                   # with the dot
    label: str
    write: Callable[..., bytes]   # (drawing, theme, width, height, *, scale, digits, text_scale, colours)


PICTURE_FORMATS = {
    row.suffix: row
    for row in (
        PictureFormat(".png", "PNG image", png_bytes),
        PictureFormat(".svg", "SVG drawing", svg_bytes),
        PictureFormat(".pdf", "PDF page", pdf_bytes),
    )
}


def picture_bytes(drawing: Picture, theme: Theme, width: int, height: int, suffix: str, *, scale: float = 1.0,
                  digits: int = 4, text_scale: float = 1.0, colours: ColourScale | None = None) -> bytes:
    """`drawing` in the format of `suffix`, one of PICTURE_FORMATS."""
    write = PICTURE_FORMATS[suffix].write
    return write(drawing, theme, width, height, scale=scale, digits=digits, text_scale=text_scale, colours=colours)


def copy_picture(drawing: Picture, theme: Theme, width: int, height: int, scale: float = 2.0, *, digits: int = 4,
                 text_scale: float = 1.0, colours: ColourScale | None = None,
                 clipboard: QClipboard | None = None) -> QImage:
    """Put the picture on the clipboard as an image, and return it."""
    image = render_image(drawing, theme, width, height, scale, digits=digits, text_scale=text_scale, colours=colours)
    image.setDevicePixelRatio(1.0)
    (clipboard or QGuiApplication.clipboard()).setImage(image)
    return image
