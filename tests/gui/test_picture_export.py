"""Pictures that leave the program: their formats, sizes, themes, and that text and lines stay text and lines."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.layout import arrange
from nnviz.gui.picture import PictureOptions, Shown, paint_network
from nnviz.gui.picture_export import (
    PICTURE_FORMATS,
    copy_picture,
    pdf_bytes,
    picture_bytes,
    png_bytes,
    render_image,
    svg_bytes,
)
from nnviz.gui.theme import DARK, LIGHT
from nnviz.report.elements import Unit, Weight
from tests.gui.drawings import dense, digits_network, mazur, playground

pytestmark = pytest.mark.usefixtures("qapp")


def pixels_of(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.width(), 4)[:, :, :3].copy()


def shown(drawing, width: int = 800, height: int = 560, digits: int = 4) -> Shown:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        return paint_network(painter, drawing, arrange(drawing, width, height, digits=digits), LIGHT,
                             ColourScale().fitting_drawing(drawing), options=PictureOptions(digits))
    finally:
        painter.end()


def test_a_png_has_the_size_that_was_asked_for() -> None:
    image = QImage.fromData(png_bytes(mazur(), LIGHT, 640, 400, scale=2.0))
    assert (image.width(), image.height()) == (1280, 800)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_canvas_of_the_theme_is_behind_the_picture(theme) -> None:
    assert render_image(mazur(), theme, 640, 400).pixelColor(2, 2) == QColor(theme.canvas)


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert png_bytes(playground(), DARK, 640, 400) == png_bytes(playground(), DARK, 640, 400)


def test_an_svg_is_wellformed_and_its_names_and_numbers_are_text() -> None:
    data = svg_bytes(mazur(), LIGHT, 800, 560)
    root = ElementTree.fromstring(data)
    words = " ".join("".join(element.itertext()) for element in root.iter() if element.tag.endswith("text"))
    for word in ("i1", "h2", "0.5933", "0.7514", "target 0.01", "0.2984", "w5", "1e−4"):
        assert word in words
    assert root.attrib["viewBox"] == "0 0 800 560"


def test_an_svg_looks_like_the_image() -> None:
    renderer = QSvgRenderer(QByteArray(svg_bytes(mazur(), DARK, 800, 560)))
    drawn = QImage(800, 560, QImage.Format.Format_RGB32)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, 800, 560))
    painter.end()
    difference = np.abs(pixels_of(drawn).astype(int) - pixels_of(render_image(mazur(), DARK, 800, 560)).astype(int))
    assert (difference.max(axis=2) > 60).mean() < 0.05


def test_a_pdf_has_one_page_of_the_size_in_points() -> None:
    data = pdf_bytes(mazur(), LIGHT, 800, 560)
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == 1
    box = re.search(rb"/MediaBox\s*\[([^\]]*)\]", data)
    assert box is not None and [float(part) for part in box[1].split()] == pytest.approx([0, 0, 800, 560], abs=1)


@pytest.mark.parametrize("suffix", list(PICTURE_FORMATS))
def test_every_format_of_the_table_writes_every_kind_of_network(suffix: str) -> None:
    for drawing in (mazur(), playground(), digits_network(), dense(100, 300, 100, 2)):
        assert len(picture_bytes(drawing, DARK, 500, 350, suffix)) > 1000


def test_the_clipboard_gets_the_picture(qtbot: QtBot) -> None:
    image = copy_picture(mazur(), LIGHT, 400, 300, 2.0)
    held = QGuiApplication.clipboard().image()
    assert (held.width(), held.height()) == (image.width(), image.height()) == (800, 600)
    QGuiApplication.clipboard().clear()


def test_a_preview_has_the_network_but_not_the_legend() -> None:
    whole, preview = render_image(mazur(), DARK, 320, 180), render_image(mazur(), DARK, 320, 180, preview=True)
    canvas = np.array(QColor(DARK.canvas).getRgb()[2::-1])
    assert (pixels_of(preview)[60:120] != canvas).any()
    assert not (pixels_of(preview)[-8:] != canvas).any()
    assert (pixels_of(whole)[-30:] != canvas).any()


def test_the_numbers_of_the_2_2_2_network_are_written() -> None:
    written = shown(mazur())
    assert written.elements[Unit(1, 0)] == ("h1", "0.5933", "δ 0.008771")
    assert written.elements[Weight(2, 0, 0)] == ("w5", "0.4")
    assert written.targets == ("target 0.01", "target 0.99")
    assert written.loss == "0.2984"


@pytest.mark.parametrize("digits", [2, 6, 12, 15])
def test_every_number_of_digits_is_written_whole(digits: int) -> None:
    written = shown(mazur(), digits=digits)
    value = float(written.elements[Unit(1, 0)][1])
    assert abs(value - 0.593269992107) <= 0.51 * 10.0**-min(digits, 12)


def test_a_unit_that_the_pass_has_not_reached_shows_a_dash() -> None:
    first, hidden, output = mazur().columns
    unknown = np.zeros(2, dtype=bool)
    written = shown(replace(mazur(), columns=(first, hidden, replace(output, known=unknown, delta_known=unknown)),
                            loss=None))
    assert written.elements[Unit(2, 0)] == ("o1", "–")
    assert written.loss == "–"


def test_nan_and_infinity_are_written_as_such() -> None:
    first, hidden, output = mazur().columns
    broken = replace(hidden, values=np.array([np.nan, -np.inf]))
    written = shown(replace(mazur(), columns=(first, broken, output), loss=float("nan")))
    assert written.elements[Unit(1, 0)][1] == "NaN"
    assert written.elements[Unit(1, 1)][1] == "−∞"
    assert written.loss == "NaN"


def test_a_dead_unit_is_called_dead() -> None:
    assert "dead" in shown(playground()).elements[Unit(1, 2)]


def test_a_large_network_says_what_it_leaves_out() -> None:
    note = shown(dense(784, 128, 10)).note.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert note == "strongest 150 of 100 352 / 1 280 edges"
    assert shown(mazur()).note == ""


@pytest.mark.parametrize("make", [
    lambda: dense(1, 1), lambda: dense(2, *[2] * 62, 1), lambda: dense(3, 4096, 2), lambda: dense(4096, 2),
    lambda: dense(64, 1, known=False),
], ids=["1-1", "64 layers", "4096 hidden", "4096 inputs", "64 inputs, nothing known"])
@pytest.mark.parametrize("size", [(300, 200), (3840, 2160)], ids=str)
def test_extreme_networks_are_drawn_in_extreme_windows(make, size: tuple[int, int]) -> None:
    pixels = pixels_of(render_image(make(), DARK, *size, text_scale=1.6))
    assert len(np.unique(pixels[::2, ::2].reshape(-1, 3).astype(np.int32) @ [1, 256, 65536])) > 20
