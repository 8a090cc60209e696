"""A colour map is read by its lightness: by everybody, on both grounds, step by step."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from nnviz.gui.colour_maps import COLOUR_MAPS, lightness, strengths
from nnviz.gui.colour_scale import COLOURS, NEUTRAL, WEAKEST, ZERO, edge_colours
from nnviz.gui.theme import DARK, LIGHT, Theme

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
MAPS = pytest.mark.parametrize("name", COLOUR_MAPS)
#: What the cones of eyes without red or without green receptors make of linear RGB: Viénot, Brettel and Mollon (1999),
#: Digital video colourmaps for checking the legibility of displays by dichromats.
DICHROMATS = {
    "protanopia": np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]),
    "deuteranopia": np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]),
}


def ramp(theme: Theme, name: str) -> np.ndarray:
    colours = edge_colours(theme.with_colours(name))[WEAKEST : WEAKEST + COLOURS]
    return np.array([(colour.red(), colour.green(), colour.blue()) for colour in colours])


def seen_without(colours: np.ndarray, cones: np.ndarray) -> np.ndarray:
    """What sRGB colours look like to a dichromat, as sRGB."""
    shares = colours / 255.0
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ cones.T, 0.0, 1.0)
    return 255.0 * np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)


@THEMES
@MAPS
def test_stronger_is_further_from_the_canvas_in_even_steps_that_can_be_seen(theme: Theme, name: str) -> None:
    canvas = QColor(theme.canvas)
    ground = float(lightness(np.array([canvas.red(), canvas.green(), canvas.blue()])))
    away = np.abs(lightness(ramp(theme, name)) - ground)
    steps = np.diff(away)
    assert steps.min() >= 1.5 and steps.max() <= 2.0 * steps.min()       # L*: about 1 is just seen
    assert away[0] >= 7.0


@THEMES
@MAPS
@pytest.mark.parametrize("eyes", DICHROMATS)
def test_without_red_or_green_receptors_every_step_can_be_told_from_the_next(
    theme: Theme, name: str, eyes: str
) -> None:
    seen = lightness(seen_without(ramp(theme, name), DICHROMATS[eyes]))
    steps = np.diff(seen) if theme.dark else -np.diff(seen)
    assert steps.min() > 0.7
    assert (seen[2:] - seen[:-2] if theme.dark else seen[:-2] - seen[2:]).min() > 2.0


@THEMES
@MAPS
def test_0_and_what_is_not_known_have_colours_of_their_own_on_every_map(theme: Theme, name: str) -> None:
    colours = edge_colours(theme.with_colours(name))
    shades = ramp(theme, name)
    zero = np.array(colours[ZERO].getRgb()[:3])
    assert np.abs(shades - zero).max(axis=1).min() >= 30
    unknown = np.array(colours[NEUTRAL].getRgb()[:3])
    assert np.abs(np.vstack((shades, [zero])) - unknown).max(axis=1).min() >= 30


@THEMES
@MAPS
def test_a_map_of_more_colours_has_the_same_ends(theme: Theme, name: str) -> None:
    few, many = strengths(name, theme.dark, 24), strengths(name, theme.dark, 256)
    assert few.shape == (24, 3) and many.shape == (256, 3)
    assert np.array_equal(few[[0, -1]], many[[0, -1]])


def test_lightness_is_that_of_the_textbook() -> None:
    colours = np.array([[0, 0, 0], [255, 255, 255], [119, 119, 119], [255, 0, 0]], dtype=np.uint8)
    np.testing.assert_allclose(lightness(colours), [0.0, 100.0, 50.0, 53.24], atol=0.1)
