"""Icons take the ink of their theme, and the applied theme reaches every control."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from nnviz.gui import fonts, theme_apply
from nnviz.gui.icons import application_icon, icon, icon_names, icon_pixmap
from nnviz.gui.theme import DARK, LIGHT, Theme
from nnviz.places import resource


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_every_icon_is_drawn_in_the_ink_of_the_theme_and_no_other_colour(qtbot: QtBot, theme: Theme) -> None:
    ink = QColor(theme.ink)
    for name in icon_names():
        image = icon_pixmap(name, theme.ink, 24).toImage()
        colours = [image.pixelColor(x, y) for x in range(24) for y in range(24)]
        solid = [colour for colour in colours if colour.alpha() == 255]
        assert any(colour.alpha() > 100 for colour in colours), name
        for colour in solid:
            assert abs(colour.red() - ink.red()) <= 2 and abs(colour.blue() - ink.blue()) <= 2, name


def test_a_disabled_icon_is_fainter(qtbot: QtBot) -> None:
    def strongest(mode: QIcon.Mode) -> int:
        image = icon("save", LIGHT).pixmap(QSize(24, 24), mode).toImage()
        return min(image.pixelColor(x, y).lightness() for x in range(24) for y in range(24)
                   if image.pixelColor(x, y).alpha() > 200)

    assert strongest(QIcon.Mode.Disabled) > strongest(QIcon.Mode.Normal) + 60


def test_the_application_has_a_sign_in_every_size(qtbot: QtBot) -> None:
    assert {16, 32, 256} <= {size.width() for size in application_icon().availableSizes()}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_arrows_of_the_stylesheet_have_the_theme_s_second_ink(theme: Theme) -> None:
    for name in ("chevron-up", "chevron-down"):
        assert f'stroke="{theme.muted}"' in resource(f"icons/{name}-{theme.name}.svg").read_text("utf-8")
    assert f'stroke="{theme.accent}"' in resource(f"icons/tick-{theme.name}.svg").read_text("utf-8")
    assert f'stroke="{theme.on_accent}"' in resource(f"icons/check-{theme.name}.svg").read_text("utf-8")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_stylesheet_has_no_name_left_unsaid(theme: Theme) -> None:
    assert "@" not in theme_apply.stylesheet(theme)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_every_group_of_the_palette_is_given_and_disabled_text_is_fainter(qtbot: QtBot, theme: Theme) -> None:
    drawn = theme_apply.palette(theme)
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        assert drawn.color(group, QPalette.ColorRole.WindowText).name() == theme.ink
    faded = drawn.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
    ink, ground = QColor(theme.ink).lightness(), QColor(theme.window).lightness()
    assert abs(faded.lightness() - ground) < abs(ink - ground)


def test_applying_a_theme_dresses_the_application_in_fusion(qtbot: QtBot, qapp: QApplication) -> None:
    before = qapp.palette(), qapp.styleSheet(), qapp.font()
    try:
        theme_apply.apply_theme(qapp, DARK)
        assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.window
        assert qapp.styleSheet() == theme_apply.stylesheet(DARK, qapp.font().pointSizeF())
        qapp.setStyleSheet("")          # which hides the style behind its own
        assert qapp.style().name() == "fusion"
    finally:
        qapp.setStyleSheet(before[1])
        qapp.setPalette(before[0])
        qapp.setFont(before[2])


def test_the_text_size_reaches_what_is_already_open(qtbot: QtBot, qapp: QApplication) -> None:
    label, title = QLabel("text"), QLabel("title")
    title.setProperty("writing", "title")
    qtbot.addWidget(label)
    qtbot.addWidget(title)
    label.show()
    title.show()
    before = qapp.font(), qapp.palette(), qapp.styleSheet()
    try:
        theme_apply.apply_theme(qapp, LIGHT, 100)
        qapp.processEvents()
        usual, large = label.font().pointSizeF(), title.font().pointSizeF()
        assert large == pytest.approx(theme_apply.WRITING["title"][0] * usual)
        for theme in (DARK, LIGHT):
            theme_apply.apply_theme(qapp, theme, 200)
            assert label.font().pointSizeF() == pytest.approx(2 * usual)
            assert title.font().pointSizeF() == pytest.approx(2 * large)
    finally:
        qapp.setFont(before[0])
        qapp.setPalette(before[1])
        qapp.setStyleSheet(before[2])


def test_the_theme_is_light_where_the_system_says_nothing(qtbot: QtBot, qapp: QApplication) -> None:
    assert theme_apply.system_theme(qapp) in (LIGHT, DARK)


def test_the_bundled_fonts_are_loaded_and_write_mathematics(qtbot: QtBot) -> None:
    assert {"Inter", "DejaVu Sans", "DejaVu Sans Mono"} <= set(fonts.load_fonts())
    assert fonts.canvas_font_family() in fonts.load_fonts()


def test_figures_are_equally_wide(qtbot: QtBot) -> None:
    from PySide6.QtGui import QFontMetricsF

    metrics = QFontMetricsF(fonts.text_font(12))
    assert metrics.horizontalAdvance("111111") == pytest.approx(metrics.horizontalAdvance("808808"), abs=0.01)


def test_every_font_comes_with_its_licence() -> None:
    folder = resource("fonts")
    for name in {path.name.split("-")[0].replace("Sans", "").replace("Mono", "").removesuffix(".ttf")
                 for path in folder.iterdir() if path.suffix in (".otf", ".ttf")}:
        assert (folder / f"{name}-LICENSE.txt").is_file(), name
