"""The legend explains every mark that is in the picture, and no other."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from nnviz.gui import ink
from nnviz.gui import legend as legends
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.drawing import Drawing, TileKind, Tiles
from nnviz.gui.edges import drawn_edges
from nnviz.gui.layout import arrange
from nnviz.gui.legend import draw_legend, legend_of
from nnviz.gui.theme import DARK
from tests.gui.drawings import dense, digits_network, mazur, playground


def drawn_marks(drawing: Drawing, monkeypatch: pytest.MonkeyPatch, width: int = 905) -> list[str]:
    """The marks that a wide picture's legend shows, with the texts behind them."""
    layout = arrange(drawing, width, 433)
    edges = drawn_edges(drawing, layout)
    found: list[str] = []
    for name, mark in legends._MARKS.items():
        monkeypatch.setitem(legends._MARKS, name, lambda *given, name=name, mark=mark: (
            found.append(name), mark(*given)))
    write = legends.draw_text
    monkeypatch.setattr(legends, "draw_text", lambda *given, **more: (found.append(given[3]), write(*given, **more)))
    image = QImage(width, 433, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        draw_legend(painter, legend_of(drawing, layout, DARK, ColourScale(), edges), 1.0, False)
    finally:
        painter.end()
    return found


@pytest.mark.parametrize(("drawing", "signs"), [
    (mazur(), ["plus", "positive weight", "minus", "negative weight"]),
    (playground(), ["plus", "line", "positive weight", "minus", "dashes", "negative weight"]),
    (dense(8, 8, 8), ["line", "positive weight", "dashes", "negative weight"]),
], ids=["beads", "beads and dashes", "dashes"])
def test_both_signs_of_every_kind_are_explained(
    qapp: object, monkeypatch: pytest.MonkeyPatch, drawing: Drawing, signs: list[str]
) -> None:
    found = drawn_marks(drawing, monkeypatch)
    begin = found.index(signs[0])
    assert found[begin:begin + len(signs)] == signs
    assert "just computed" in found and "not known yet" in found


@pytest.mark.parametrize("width", [640, 905, 1200])
@pytest.mark.parametrize(("low", "high"), [(-4, 0), (-8, -1), (-18, -14), (-120, -114)])
def test_the_0_has_room_beside_the_first_number_of_a_scale(
    qapp: object, monkeypatch: pytest.MonkeyPatch, width: int, low: int, high: int
) -> None:
    drawing, spans = mazur(), []
    layout = arrange(drawing, width, 433)
    numbers = {text for _, text in ColourScale(low, high, True).ticks} | {"0"}
    write = legends.draw_text

    def note(*given: Any, **more: Any) -> None:
        _, x, y, text, pixels, *_ = given
        if text in numbers and len(given) < 7:
            half = ink.text_width(text, pixels) / 2
            spans.append((x - half, x + half, y))
        write(*given, **more)

    monkeypatch.setattr(legends, "draw_text", note)
    image = QImage(width, 433, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        draw_legend(painter, legend_of(drawing, layout, DARK, ColourScale(low, high, True), drawn_edges(
            drawing, layout)), 1.0, False)
    finally:
        painter.end()
    spans.sort()
    bar = [span for span in spans if span[2] == spans[0][2]]
    assert len(bar) >= 3
    assert all(one[1] + 1.0 <= other[0] for one, other in pairwise(bar))


def test_the_colour_of_0_is_told_beside_the_scale(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    found = drawn_marks(mazur(), monkeypatch)
    numbers = [text for _, text in ColourScale().ticks]
    begin = found.index(numbers[0])
    assert found[begin:begin + len(numbers) + 1] == [*numbers, "0"]


@pytest.mark.parametrize("decades", [3, 5, 6, 7, 8])
def test_the_numbers_of_the_colour_bar_never_touch_and_its_ends_are_always_told(
    qapp: object, monkeypatch: pytest.MonkeyPatch, decades: int
) -> None:
    scale = ColourScale(-decades - 2, -2, True)
    layout = arrange(mazur(), 905, 433)
    placed: list[tuple[float, float, str]] = []
    monkeypatch.setattr(legends, "draw_text", lambda painter, x, y, text, pixels, *more: placed.append(
        (x, ink.text_width(text, pixels), text)))
    image = QImage(905, 433, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        draw_legend(painter, legend_of(mazur(), layout, DARK, scale, drawn_edges(mazur(), layout)), 1.0, False)
    finally:
        painter.end()
    numbers = sorted(entry for entry in placed if "1e" in entry[2])
    assert {scale.ticks[0][1], scale.ticks[-1][1]} <= {text for _, _, text in numbers}
    zero = next(entry for entry in placed if entry[2] == "0")
    for (x, wide, _), (beyond, next_wide, _) in zip([zero, *numbers], numbers, strict=False):
        assert x + wide / 2 < beyond - next_wide / 2


def test_the_bar_beside_images_of_weights_is_explained_where_it_is(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = Tiles(np.zeros((16, 28, 28)), TileKind.WEIGHTS, -1.0, 0.0, 1.0, "incoming weights of a unit")
    plain = digits_network()
    drawing = replace(plain, columns=(plain.columns[0], replace(plain.columns[1], tiles=tiles), *plain.columns[2:]))
    assert "output of a unit" in drawn_marks(drawing, monkeypatch, 1400)
    assert "output of a unit" not in drawn_marks(plain, monkeypatch, 1400)
