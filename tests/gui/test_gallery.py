"""The gallery shows what there is, finds it, and opens it with keys or mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nnviz.gui.fonts import text_font
from nnviz.gui.gallery import Card, Gallery, lines_of
from nnviz.gui.theme import DARK, LIGHT, Theme


class Drawn:
    """Counts the previews that were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, QSize]] = []

    def __call__(self, theme: Theme, size: QSize, density: float) -> QImage:
        self.asked.append((theme.name, size))
        image = QImage(size, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.active))
        return image


def cards(preview: Drawn) -> list[Card]:
    return [
        Card("xor", "XOR", "Learns exclusive or.", preview),
        Card("spiral", "Two spirals", "Tangled classes.", preview),
        Card("gate-max", "A maximum", "What flows back through max.", preview, "graph"),
        *(Card(f"more-{number}", f"More {number}", "One of many.", preview) for number in range(9)),
    ]


@pytest.fixture
def preview() -> Drawn:
    return Drawn()


@pytest.fixture
def gallery(qtbot: QtBot, preview: Drawn) -> Gallery:
    gallery = Gallery(LIGHT)
    qtbot.addWidget(gallery)
    gallery.resize(1280, 700)
    gallery.set_cards(cards(preview))
    with qtbot.waitExposed(gallery):
        gallery.show()
    gallery.activateWindow()
    gallery.setFocus()
    qtbot.waitUntil(lambda: gallery.grid.hasFocus() and not gallery.previews_wait())
    return gallery


def test_enter_opens_the_card_that_the_arrows_chose(gallery: Gallery, qtbot: QtBot) -> None:
    qtbot.keyClick(gallery.grid, Qt.Key.Key_Right)
    with qtbot.waitSignal(gallery.opened) as opened:
        qtbot.keyClick(gallery.grid, Qt.Key.Key_Return)
    assert opened.args == ["spiral"]


def test_down_goes_to_the_card_below(gallery: Gallery, qtbot: QtBot) -> None:
    columns = gallery.grid.viewport().width() // gallery.grid.gridSize().width()
    qtbot.keyClick(gallery.grid, Qt.Key.Key_Down)
    assert gallery.grid.currentIndex().row() == columns


def test_a_double_click_opens_the_card(gallery: Gallery, qtbot: QtBot) -> None:
    centre = gallery.grid.visualRect(gallery.grid.model().index(2, 0)).center()
    with qtbot.waitSignal(gallery.opened) as opened:
        qtbot.mouseClick(gallery.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre)
        qtbot.mouseDClick(gallery.grid.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert opened.args == ["gate-max"]


@pytest.mark.parametrize("search", ["spiral", "TWO", "tangled"])
def test_search_finds_by_name_title_and_description(gallery: Gallery, qtbot: QtBot, search: str) -> None:
    qtbot.keyClicks(gallery.search, search)
    assert gallery.names() == ["spiral"]
    with qtbot.waitSignal(gallery.opened) as opened:
        qtbot.keyClick(gallery.search, Qt.Key.Key_Return)
    assert opened.args == ["spiral"]


def test_a_search_that_finds_nothing_says_so(gallery: Gallery, qtbot: QtBot) -> None:
    qtbot.keyClicks(gallery.search, "nothing like this")
    assert gallery.names() == []
    assert gallery.nothing.isVisible()


def test_down_leads_from_the_search_box_to_the_cards(gallery: Gallery, qtbot: QtBot) -> None:
    gallery.search.setFocus()
    qtbot.keyClick(gallery.search, Qt.Key.Key_Down)
    assert gallery.grid.hasFocus() and gallery.grid.currentIndex().row() == 0


def test_previews_are_drawn_one_at_a_time_and_once(qtbot: QtBot, preview: Drawn) -> None:
    gallery = Gallery(LIGHT)
    qtbot.addWidget(gallery)
    gallery.resize(1280, 700)
    gallery.set_cards(cards(preview))
    assert preview.asked == []
    with qtbot.waitExposed(gallery):
        gallery.show()
    qtbot.waitUntil(lambda: not gallery.previews_wait())
    assert len(preview.asked) == 12


def test_another_theme_draws_the_previews_again(gallery: Gallery, qtbot: QtBot, preview: Drawn) -> None:
    preview.asked.clear()
    gallery.set_theme(DARK)
    qtbot.waitUntil(lambda: not gallery.previews_wait())
    assert {name for name, _ in preview.asked} == {"dark"}
    shown = gallery.grid.grab().toImage()
    inside = gallery.grid.visualRect(gallery.grid.model().index(0, 0)).center()
    assert shown.pixelColor(inside.x(), inside.y() - 30) == QColor(DARK.active)


@pytest.mark.parametrize(("width", "least", "most"), [(700, 1, 2), (1280, 3, 3), (1920, 4, 6)])
def test_cards_fill_the_width_of_any_window(gallery: Gallery, width: int, least: int, most: int) -> None:
    gallery.resize(width, 800)
    step = gallery.grid.gridSize().width()
    columns = gallery.grid.viewport().width() // step
    assert least <= columns <= most
    assert gallery.grid.viewport().width() - columns * step < columns + 2


def test_the_buttons_ask_for_a_new_network_and_a_file(gallery: Gallery, qtbot: QtBot) -> None:
    with qtbot.waitSignal(gallery.new_wanted):
        qtbot.mouseClick(gallery.new_button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(gallery.file_wanted):
        qtbot.mouseClick(gallery.open_button, Qt.MouseButton.LeftButton)


def test_a_recent_file_is_offered_by_its_name_and_opened_by_its_path(gallery: Gallery, qtbot: QtBot) -> None:
    gallery.set_recent(["/lessons/first & <b>second.json", "/other.json"])
    button = next(button for button in gallery.findChildren(QPushButton) if "first" in button.accessibleName())
    qtbot.waitUntil(lambda: "first" in button.text() or "…" in button.text())
    with qtbot.waitSignal(gallery.recent_wanted) as wanted:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wanted.args == ["/lessons/first & <b>second.json"]
    assert "<b>" not in button.toolTip()


def test_a_picture_may_be_given_as_it_is(qtbot: QtBot) -> None:
    image = QImage(60, 36, QImage.Format.Format_RGB32)
    image.fill(QColor("#123456"))
    gallery = Gallery(LIGHT)
    qtbot.addWidget(gallery)
    gallery.resize(900, 600)
    gallery.set_cards([Card("a", "A", "", image)])
    with qtbot.waitExposed(gallery):
        gallery.show()
    qtbot.waitUntil(lambda: not gallery.previews_wait())
    inside = gallery.grid.visualRect(gallery.grid.model().index(0, 0)).center()
    assert gallery.grid.grab().toImage().pixelColor(inside.x(), inside.y() - 30) == QColor("#123456")


def test_a_description_is_broken_between_words_into_at_most_so_many_lines(qtbot: QtBot) -> None:
    metrics = QFontMetrics(text_font(10))
    text = "one two three four five six seven eight nine ten eleven twelve"
    lines = lines_of(text, metrics, metrics.horizontalAdvance("one two three four "), 2)
    assert lines[0] == "one two three four"
    assert len(lines) == 2 and lines[1].startswith("five") and lines[1].endswith("…")
    assert lines_of("", metrics, 100, 2) == []
    three = lines_of(text, metrics, metrics.horizontalAdvance("one two three four five "), 3)
    assert " ".join(three) == text


def test_cards_are_as_high_as_the_longest_description_needs(qtbot: QtBot, gallery: Gallery) -> None:
    gallery.set_cards([Card("short", "short", "A few words.", QImage(10, 6, QImage.Format.Format_RGB32))])
    low = gallery.grid.gridSize().height()
    gallery.set_cards([Card("long", "long", "many words " * 12, QImage(10, 6, QImage.Format.Format_RGB32))])
    assert gallery.grid.gridSize().height() > low
