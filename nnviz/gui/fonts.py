"""The typefaces that nnviz brings along, so that a picture looks the same on every machine.

Inter writes words and formulas, its figures all equally wide so that numbers stand still while they change;
DejaVu Sans lends the signs that Inter lacks (∇ ⊙ ∘), DejaVu Sans Mono writes what is meant to be copied.  Formulas on
the formula card are set in nnviz Mathematics, which is TeX Gyre Pagella Math (GUST Font License) without the signs
that no formula here needs; `mathematics_font.py` reads it, `packaging/mathematics_font.py` made it.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from nnviz.places import resource

_FILES = (
    "Inter-Regular.otf", "Inter-Italic.otf", "Inter-SemiBold.otf", "Inter-Bold.otf",
    "DejaVuSans.ttf", "DejaVuSansMono.ttf",
)
_TEXT = ("Inter", "DejaVu Sans")
_MONOSPACED = ("DejaVu Sans Mono",)


@cache
def load_fonts() -> tuple[str, ...]:
    """Make the bundled fonts known to Qt, once; the names of their families. A QGuiApplication must exist."""
    families: dict[str, None] = {}
    for name in _FILES:
        number = QFontDatabase.addApplicationFont(str(resource(f"fonts/{name}")))
        families.update(dict.fromkeys(QFontDatabase.applicationFontFamilies(number)))
    return tuple(families)


def canvas_font_family() -> str:
    """The family that our own painters write with. A QGuiApplication must exist."""
    load_fonts()
    return _TEXT[0]


def text_font(points: float = 10.0, *, bold: bool = False) -> QFont:
    """The font of words and numbers, `points` high; figures of equal width. `bold` is a semibold weight."""
    load_fonts()
    font = QFont(list(_TEXT))
    font.setPointSizeF(points)
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setFeature(QFont.Tag("calt"), 0)       # else Inter writes the x of 784x16 and of x86 as a times sign
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def monospaced_font(points: float = 9.5) -> QFont:
    """The font of tables of digits and of text that is meant to be copied, `points` high."""
    load_fonts()
    font = QFont(list(_MONOSPACED))
    font.setPointSizeF(points)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


@cache
def system_points() -> float:
    """The size in points that this system writes its own controls with (10 where it does not say)."""
    points = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).pointSizeF()
    return max(points, 10.0) if points > 0 else 10.0


def apply_font(app: QApplication, percent: int = 100) -> None:
    """Write in the bundled font, `percent` of the system's text size.

    Use `theme_apply.apply_theme(app, theme, percent)` once there are windows: titles and small print follow it too.
    """
    sheet = app.styleSheet()
    app.setStyleSheet("")       # controls that are dressed by a stylesheet would keep their old font
    app.setFont(text_font(system_points() * percent / 100.0))
    app.setStyleSheet(sheet)
