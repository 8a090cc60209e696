"""A formula can be taken elsewhere: into a paper, a web page, a mail, or onto a slide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

from nnviz.gui.theme import Theme
from nnviz.gui.typesetting import Layout
from nnviz.report.formula_lines import as_latex, as_mathml, as_text
from nnviz.report.mathematics import Formula

MARGIN = 12         # pixels around a formula in its picture
DENSITY = 2.0       # pixels of the picture to one of the screen's

Put = Callable[[Formula, int, int | None, Callable[[], QImage]], None]


@dataclass(frozen=True)
class Copy:
    """A form in which a formula is put on the clipboard; `put` takes digits, the longest sum, and what paints it."""

    name: str
    label: str
    help: str
    done: str
    put: Put


def _put_text(formula: Formula, digits: int, longest: int | None, image: Callable[[], QImage]) -> None:
    QGuiApplication.clipboard().setText(as_text(formula))


def _put_latex(formula: Formula, digits: int, longest: int | None, image: Callable[[], QImage]) -> None:
    QGuiApplication.clipboard().setText(as_latex(formula, digits, longest))


def _put_mathml(formula: Formula, digits: int, longest: int | None, image: Callable[[], QImage]) -> None:
    """As text, and under the type by which word processors know it."""
    text = as_mathml(formula, digits, longest)
    data = QMimeData()
    data.setText(text)
    data.setData("application/mathml+xml", text.encode())
    QGuiApplication.clipboard().setMimeData(data)


def _put_picture(formula: Formula, digits: int, longest: int | None, image: Callable[[], QImage]) -> None:
    QGuiApplication.clipboard().setImage(image())


COPIES: Mapping[str, Copy] = {
    row.name: row for row in (
        Copy("latex", "Copy as LaTeX", "For a paper or a slide that LaTeX sets; it needs amsmath",
             "Copied the formula as LaTeX", _put_latex),
        Copy("mathml", "Copy as MathML", "For a web page or a word processor", "Copied the formula as MathML",
             _put_mathml),
        Copy("text", "Copy as plain text", "With every digit of every number", "Copied the formula as text",
             _put_text),
        Copy("picture", "Copy as picture", "Twice as fine as on screen, on the same background",
             "Copied the formula as a picture", _put_picture),
    )
}


def picture_of(layout: Layout, theme: Theme) -> QImage:
    """A formula on the theme's background, with a margin, two pixels of the image to one of the layout."""
    width, height = round(layout.width) + 2 * MARGIN, round(layout.height) + 2 * MARGIN
    image = QImage(round(width * DENSITY), round(height * DENSITY), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(DENSITY)
    image.fill(QColor(theme.base))
    painter = QPainter(image)
    painter.setClipRect(0, 0, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        layout.paint(painter, MARGIN, MARGIN, QColor(theme.ink), QColor(theme.muted))
    finally:
        painter.end()
    return image
