"""The kernel that draws edges: what is strong, what colour and width it has, and that the pixels say so."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from nnviz.gui.colour_scale import (
    NEUTRAL,
    STRONGEST_COLOUR,
    WARNING,
    WEAKEST,
    ColourScale,
    edge_colours,
)
from nnviz.gui.columns import Shape
from nnviz.gui.detail import LEVELS, STRONGEST, Detail, Gap, level_of
from nnviz.gui.drawing import Connections, Drawing
from nnviz.gui.edges import (
    PenStyle,
    draw_layers,
    drawn_edges,
    edge_bins,
    strongest,
    width_steps,
)
from nnviz.gui.layout import arrange
from nnviz.gui.theme import DARK, LIGHT, Theme
from tests.gui.drawings import dense, mazur, playground


# ── which edges ──────────────────────────────────────────────────────────────────────────────────────────────
@given(st.integers(1, 400), st.integers(1, 50), st.integers(0, 1000))
def test_strongest_finds_the_largest_magnitudes(size: int, count: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=size)
    found = strongest(np.abs(values), count)
    expected = np.sort(np.abs(values))[::-1][:count]
    assert np.allclose(np.sort(np.abs(values[found]))[::-1], expected)
    assert np.all(np.diff(found) > 0)


@pytest.mark.parametrize("values", [
    np.random.default_rng(0).standard_cauchy(300_000), np.zeros(300_000), np.arange(300_000.0),
    np.where(np.arange(300_000) % 7 == 0, np.nan, 1.0),
], ids=["heavy tails", "all equal", "sorted", "many NaN"])
def test_strongest_of_many_is_exact_too(values: np.ndarray) -> None:
    found = strongest(np.abs(values), 2000)
    assert len(found) == len(np.unique(found)) == 2000
    magnitudes = np.nan_to_num(np.abs(values), nan=np.inf)
    assert magnitudes[found].min() >= np.partition(magnitudes, -2000)[-2000]


def details(*counts: int) -> list[tuple[Detail, int]]:
    drawing = dense(*counts)
    return [(layer.detail, layer.units.size) for layer in drawn_edges(drawing, arrange(drawing, 1200, 800))]


def test_every_edge_of_a_layer_of_up_to_2_000_is_drawn() -> None:
    assert details(20, 20, 20, 20) == [(Detail.EVERY, 400)] * 3
    assert details(40, 40, 1)[0] == (Detail.EVERY, 1600)


def test_units_of_an_image_get_a_ribbon_each_and_no_lines() -> None:
    assert details(784, 16, 16, 10) == [(Detail.RIBBONS, 0), (Detail.EVERY, 256), (Detail.EVERY, 160)]


def test_of_other_large_layers_the_strongest_edges_are_drawn() -> None:
    assert details(784, 128, 64, 10) == [(Detail.STRONGEST, STRONGEST)] * 3
    drawing = dense(784, 128, 64, 10)
    first = drawing.connections[0].gradients
    drawn = np.abs(drawn_edges(drawing, arrange(drawing, 1200, 800))[0].take(first))
    assert drawn.min() >= np.sort(np.abs(first).ravel())[-STRONGEST]


def test_a_folded_layer_has_one_band_on_each_side() -> None:
    drawing = replace(dense(8, 8, 8), folded=frozenset({1}))
    edges = drawn_edges(drawing, arrange(drawing, 800, 560))
    assert [(layer.detail, layer.units.size) for layer in edges] == [(Detail.BAND, 0)] * 2


def test_every_level_of_detail_is_reached_and_only_that_of_every_edge_leaves_nothing_out() -> None:
    gaps = [Gap(edges, source, target)
            for edges in (10, 401, 2000, 2001, 10**6) for source in Shape for target in Shape]
    assert {level_of(gap).detail for gap in gaps} == set(Detail)
    assert [level.detail for level in LEVELS if not level.note] == [Detail.EVERY]


def test_unknown_gradients_are_not_taken_for_strong_ones() -> None:
    drawing = dense(784, 128, 10)
    layer = drawing.connections[0]
    known = layer.gradients_known.copy()
    known[:64] = False
    half = replace(layer, gradients_known=known, gradients=np.where(known, layer.gradients, np.nan))
    edges = drawn_edges(replace(drawing, connections=(half, drawing.connections[1])), arrange(drawing, 800, 560))
    assert edges[0].units.min() >= 64


def test_lines_of_layers_drawn_whole_are_kept_between_drawings() -> None:
    drawing, layout = playground(), arrange(playground(), 800, 560)
    edges = drawn_edges(drawing, layout)
    assert drawn_edges(drawing, layout, edges)[0] is edges[0]


# ── colour and width ─────────────────────────────────────────────────────────────────────────────────────────
def bins_of(layer: Connections, drawing: Drawing) -> tuple[np.ndarray, np.ndarray]:
    changed = replace(drawing, connections=(layer, *drawing.connections[1:]))
    edges = drawn_edges(changed, arrange(changed, 800, 560))
    return edge_bins((layer,), (edges[0],), ColourScale(-4, -1))


def test_an_unknown_gradient_is_neutral_and_a_broken_number_warns() -> None:
    layer = mazur().connections[0]
    known = np.array([[False, True], [True, True]])
    weights = np.array([[0.1, np.nan], [np.inf, 0.2]])
    colours, _ = bins_of(replace(layer, weights=weights, gradients_known=known), mazur())
    assert colours[:3].tolist() == [NEUTRAL, WARNING, WARNING]
    assert WEAKEST <= colours[3] <= STRONGEST_COLOUR


def test_the_largest_weight_of_a_layer_is_widest_whatever_its_sign() -> None:
    layer = replace(mazur().connections[0], weights=np.array([[-4.0, 2.0], [0.0, 1.0]]))
    _, steps = bins_of(layer, mazur())
    assert steps[0] == len(width_steps(4)) - 1
    assert steps[0] > steps[1] > steps[3] > steps[2] == 0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_every_edge_colour_differs_from_the_canvas(theme: Theme) -> None:
    canvas = np.array(QColor(theme.canvas).getRgb()[:3])
    for colour in edge_colours(theme):
        assert np.abs(np.array(colour.getRgb()[:3]) - canvas).max() >= 20


def paint(layer: Connections, drawing: Drawing, theme: Theme = DARK) -> np.ndarray:
    """The red, green and blue of a picture with nothing but the edges of the first layer."""
    changed = replace(drawing, connections=(layer, *drawing.connections[1:]))
    edges = drawn_edges(changed, arrange(changed, 800, 560))[0]
    image = QImage(800, 560, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.canvas))
    painter = QPainter(image)
    painter.setClipRect(QRectF(0, 0, 800, 560))
    draw_layers(painter, (layer,), (edges,), ColourScale(-4, -1), theme, PenStyle())
    painter.end()
    return np.frombuffer(image.constBits(), dtype=np.uint8).reshape(560, 800, 4)[:, :, :3].copy()


def inked(pixels: np.ndarray) -> int:
    return int((pixels != pixels[0, 0]).any(axis=2).sum())


def test_wide_weights_put_down_more_ink(qtbot: QtBot) -> None:
    layer = mazur().connections[0]
    equal = paint(replace(layer, weights=np.ones((2, 2))), mazur())
    single = paint(replace(layer, weights=np.array([[1.0, 0.0], [0.0, 0.0]])), mazur())
    assert inked(equal) > 1.8 * inked(single) > 0


def test_negative_weights_of_a_larger_layer_are_dashed(qtbot: QtBot) -> None:
    layer = playground().connections[1]
    drawing = replace(playground(), columns=playground().columns[1:], connections=playground().connections[1:])
    solid = paint(replace(layer, weights=np.abs(layer.weights)), drawing)
    dashed = paint(replace(layer, weights=-np.abs(layer.weights)), drawing)
    assert inked(dashed) < 0.85 * inked(solid)


def test_a_frozen_edge_is_hollow(qtbot: QtBot) -> None:
    layer = replace(mazur().connections[0], weights=np.ones((2, 2)))
    plain, frozen = paint(layer, mazur()), paint(replace(layer, frozen=np.ones((2, 2), dtype=bool)), mazur())
    assert 0 < inked(frozen) < 0.8 * inked(plain)


def test_strong_gradients_end_on_top(qtbot: QtBot) -> None:
    """Two edges on the same line: the strong one hides the weak one, whatever their order."""
    drawing = dense(2, 2, 1, dead=False)
    layer = replace(drawing.connections[0], weights=np.ones((2, 2)))
    edges = drawn_edges(drawing, arrange(drawing, 800, 560))[0]
    same = replace(edges, lines=np.ascontiguousarray(np.repeat([[100.0, 100.5, 300.0, 100.5]], 4, axis=0)))
    shades = []
    for gradients in ([0.1, 1e-4, 1e-4, 1e-4], [1e-4, 1e-4, 1e-4, 0.1]):
        image = QImage(400, 200, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        shaded = replace(layer, gradients=np.array(gradients).reshape(2, 2))
        draw_layers(painter, (shaded,), (same,), ColourScale(-4, -1), DARK, PenStyle())
        painter.end()
        shades.append(image.pixelColor(200, 100))
    assert shades[0] == shades[1] == edge_colours(DARK)[STRONGEST_COLOUR]


def test_13_000_edges_are_drawn_in_few_calls_and_quickly(qtbot: QtBot) -> None:
    drawing = dense(784, 16, 16, 10)
    paint(drawing.connections[0], drawing)
    begin = time.perf_counter()
    paint(drawing.connections[0], drawing)
    assert time.perf_counter() - begin < 1.0      # about 0.03 s; one call for each edge takes far longer


def luminance(colour: QColor) -> float:
    """The relative luminance of a colour, as WCAG 2 defines it."""
    channels = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_weakest_gradients_stand_out_from_the_dark_canvas_and_strength_is_brightness() -> None:
    levels = [luminance(colour) for colour in edge_colours(DARK)[WEAKEST:WARNING]]
    assert (levels[0] + 0.05) / (luminance(QColor(DARK.canvas)) + 0.05) >= 2.5
    assert levels == sorted(levels)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_what_was_just_computed_has_a_colour_that_no_gradient_has(theme: Theme) -> None:
    active = QColor(theme.active)
    for colour in (*edge_colours(theme), QColor(theme.good), QColor(theme.accent)):
        assert np.abs(np.array(active.getRgb()[:3]) - colour.getRgb()[:3]).max() >= 60
