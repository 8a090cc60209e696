"""Icons are drawn once, in no colour of their own, and take the ink of the theme they are shown in."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from nnviz.gui.theme import Theme, mixed
from nnviz.places import resource

_TOKEN = "currentColor"
_SIZES = (16, 20, 32)               # logical pixels; every size more makes the window appear later
_LIVELY = (QIcon.Mode.Normal, QIcon.Mode.Active, QIcon.Mode.Selected)
_DISABLED = (QIcon.Mode.Disabled,)
_APPLICATION = "nnviz"


def icon_names() -> tuple[str, ...]:
    """The names that `icon` knows."""
    return tuple(sorted(path.stem for path in resource("icons").glob("*.svg") if _TOKEN in path.read_text("utf-8")))


@cache
def icon(name: str, theme: Theme, role: str = "ink") -> QIcon:
    """The icon `name` in the colour that `theme` has for `role`, with a faded disabled state.

    FileNotFoundError for a name that `resources/icons` does not have.
    """
    drawn = QIcon()
    for colour, modes in ((getattr(theme, role), _LIVELY), (mixed(theme.muted, theme.window, 0.55), _DISABLED)):
        svg = _coloured(name, colour)
        for density in _densities():
            for size in _SIZES:
                pixmap = _drawn(svg, size, density)
                for mode in modes:
                    drawn.addPixmap(pixmap, mode)
    return drawn


@cache
def icon_pixmap(name: str, colour: str, size: int, density: float = 1.0) -> QPixmap:
    """The icon `name` in `colour` (`#rrggbb`), `size` logical pixels wide on a screen of `density`."""
    return _drawn(_coloured(name, colour), size, density)


@cache
def application_icon() -> QIcon:
    """The sign of nnviz itself: a small network whose edges glow with their gradients."""
    drawn = QIcon()
    svg = _application()
    for size in (16, 24, 32, 48, 64, 128, 256):
        drawn.addPixmap(_drawn(svg, size, 1.0))
    return drawn


@cache
def application_pixmap(size: int, density: float = 1.0) -> QPixmap:
    """The sign of nnviz, `size` logical pixels wide on a screen of `density`."""
    return _drawn(_application(), size, density)


def _application() -> QSvgRenderer:
    return QSvgRenderer(str(resource(f"icons/{_APPLICATION}.svg")))


def _coloured(name: str, colour: str) -> QSvgRenderer:
    """The icon with its token replaced. Reading and drawing cost 0.06 ms together, at any size."""
    text = resource(f"icons/{name}.svg").read_text("utf-8").replace(_TOKEN, colour)
    return QSvgRenderer(QByteArray(text.encode()))


def _densities() -> tuple[float, ...]:
    """Device pixels a logical pixel, of an ordinary screen and of every screen that is there."""
    return tuple(sorted({1.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}))


def _drawn(svg: QSvgRenderer, size: int, density: float) -> QPixmap:
    pixmap = QPixmap(QSize(round(size * density), round(size * density)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    try:
        svg.render(painter, QRectF(pixmap.rect()))
    finally:
        painter.end()
    pixmap.setDevicePixelRatio(density)
    return pixmap
