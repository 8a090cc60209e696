"""What a map of a surface says, and that it stays a picture whatever the function and the paths do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage, QPainter

from nnviz.engine.expression import read_expression
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.gui.picture_export import PICTURE_FORMATS, picture_bytes, render_image
from nnviz.gui.relief import relief_of, shade
from nnviz.gui.rendering import card_picture, render_to_file
from nnviz.gui.scene import PictureOptions
from nnviz.gui.surface_drawing import Extent, SurfaceDrawing, Trail
from nnviz.gui.surface_picture import TRAIL_STYLES, SurfaceShown, dashed, formula_text, frame_of, paint_surface
from nnviz.gui.surface_resolving import surface_after
from nnviz.gui.theme import DARK, LIGHT
from nnviz.session.examples import open_example

pytestmark = pytest.mark.usefixtures("qapp")
SURFACES = ("surface-ravine", "surface-saddle", "surface-local-minimum", "surface-noise", "surface-rosenbrock")


def drawing(formula: str = "x^2 + 4*y^2", places: object = ((-1.5, 1.0), (-0.5, 0.2), (0.1, 0.0))) -> SurfaceDrawing:
    path = np.array(places, dtype=float)
    here, before = tuple(path[-1].tolist()), tuple(path[-2].tolist())
    return SurfaceDrawing(
        read_expression(formula, {"x": 0, "y": 1}), Extent((-2.0, 2.0), (-1.0, 1.0)),
        Trail("sgd", "Gradient descent", path, len(path) - 1, 0.01), here, before, 0.41, (-1.0, 1.6), (0.6, -0.2),
        caption="step 2 · done",
    )


def painted(picture: SurfaceDrawing, width: int = 800, height: int = 560, digits: int = 4) -> SurfaceShown:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    try:
        return paint_surface(painter, picture, LIGHT, width, height, PictureOptions(digits))
    finally:
        painter.end()


def colours(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.width(), 4)
    return pixels[:, :, 2::-1].copy()


def lightness(pixels: np.ndarray) -> np.ndarray:
    return pixels @ np.array([0.2126, 0.7152, 0.0722])


def test_everything_that_a_map_needs_is_written_on_it() -> None:
    shown = painted(drawing())
    assert shown.formula == "f(x, y) = x² + 4·y²"
    assert shown.caption == "step 2 · done"
    assert {"−2", "0", "2"} <= set(shown.across) and {"−1", "0", "1"} <= set(shown.up)
    assert len(shown.heights) > 5
    assert shown.legend == ["Gradient descent: f = 0.01 at step 2", "start", "−∇f, its direction", "update, to scale"]


def test_arrows_that_the_pass_has_not_reached_are_not_in_the_legend() -> None:
    assert painted(replace(drawing(), gradient=None, update=None)).legend[1:] == ["start"]


def test_on_a_low_map_the_legend_leaves_out_first_what_is_known_without_it_and_then_all() -> None:
    said = [painted(drawing(), 700, height).legend for height in range(420, 80, -10)]
    found = [row for number, row in enumerate(said) if number == 0 or row != said[number - 1]]
    path, start, gradient, update = "Gradient descent: f = 0.01 at step 2", "start", "−∇f, its direction", \
        "update, to scale"
    assert found == [[path, start, gradient, update], [path, gradient, update], [path], []]
    assert len(painted(drawing(), 800, 280).legend) == 4 and len(painted(drawing(), 800, 220).legend) == 3


def test_the_legend_stands_off_the_lowest_place_where_another_corner_is_free() -> None:
    for x, y in ((1.6, 1.2), (-1.6, 1.2), (1.6, -1.2), (-1.6, -1.2)):
        picture = drawing(f"(x-({x}))^2 + (y-({y}))^2", ((0.3, 0.1), (0.2, 0.1), (0.1, 0.0)))
        image = QImage(800, 560, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        try:
            assert paint_surface(painter, picture, LIGHT, 800, 560, PictureOptions(4)).legend
        finally:
            painter.end()
        at = frame_of(picture, 800, 560).pixel((x, y)).toPoint()
        seen, lowest = image.pixelColor(at), shade(LIGHT, 0.0)
        assert max(abs(seen.red() - lowest.red()), abs(seen.green() - lowest.green())) < 8


def places_of_colour(picture: SurfaceDrawing, colour: str) -> np.ndarray:
    """Where on the map pixels of a colour lie, (n, 2) places; the legend is left out."""
    frame = frame_of(picture, 800, 560)
    pixels = colours(render_image(picture, LIGHT, 800, 560))
    rows, columns = np.nonzero((pixels == np.array(QColor(colour).getRgb()[:3])).all(axis=2))
    found = np.array([frame.place(x + 0.5, y + 0.5) for x, y in zip(columns, rows, strict=True)])
    return found[(np.abs(found[:, 0]) < 1.2) & (found[:, 1] < 0.9)]


def test_the_gradients_arrow_points_downhill_and_the_updates_arrow_is_as_long_as_the_update() -> None:
    flat = drawing("x + 0*y", places=((0.0, 0.0), (0.0, 0.8)))
    picture = replace(flat, before=(0.0, 0.0), here=(0.0, 0.8), gradient=(1.0, 0.0), update=(0.0, 0.8))
    downhill = places_of_colour(picture, LIGHT.positive)
    assert downhill[:, 0].max() < 0.05 and downhill[:, 0].min() < -0.2 and np.abs(downhill[:, 1]).max() < 0.1
    update = places_of_colour(picture, LIGHT.accent)
    assert update[:, 1].min() == pytest.approx(0.0, abs=0.05) and update[:, 1].max() > 0.7
    assert np.abs(update[:, 0]).max() < 0.1


def test_compared_paths_are_named_with_the_height_that_they_reach_and_where_they_end() -> None:
    path = np.array([[-1.5, 1.0], [0.5, -0.5]])
    others = (Trail("momentum", "Momentum", path, 2, 1.25), Trail("adam", "Adam", path, 1, 1.25, ended=2))
    legend = painted(replace(drawing(), others=others)).legend
    assert legend[1:3] == ["Momentum: f = 1.25 at step 2", "Adam: not finite from step 2 on"]


def test_every_optimiser_has_a_path_that_is_told_from_all_others_without_colours() -> None:
    looks = {(style.dashes, style.corners, style.turned) for style in TRAIL_STYLES.values()}
    assert set(TRAIL_STYLES) == set(OPTIMISERS) and len(looks) == len(OPTIMISERS)
    assert len({(style.corners, style.turned) for style in TRAIL_STYLES.values()}) == len(OPTIMISERS)


def test_a_path_shows_where_it_came_from_however_long_it_has_stood_still() -> None:
    walk = [(-1.5, 0.9), (1.5, 0.9), (1.5, -0.5)]
    short, long = drawing(places=walk), drawing(places=[*walk, *[walk[-1]] * 5000])
    long = replace(long, before=short.before, trail=replace(long.trail, step=short.trail.step))
    one, other = (colours(render_image(picture, LIGHT, 400, 300)) for picture in (short, long))
    assert np.array_equal(one[130:], other[130:])


def test_higher_places_are_lighter_in_both_themes() -> None:
    for theme in (LIGHT, DARK):
        ramp = [shade(theme, share).getRgb()[:3] for share in np.linspace(0.0, 1.0, 12)]
        assert (np.diff(lightness(np.array(ramp))) > 0).all()


def test_low_ground_lies_where_the_function_is_low() -> None:
    picture = drawing("x", places=((9.0, 9.0), (9.0, 9.0)))      # the path lies outside
    image = render_image(picture, LIGHT, 400, 240, preview=True)
    row = lightness(colours(image)[200])
    assert row[20] < row[200] < row[380]
    picture = drawing("y", places=((9.0, 9.0), (9.0, 9.0)))
    column = colours(render_image(picture, LIGHT, 400, 240, preview=True))[:, 200]
    column = lightness(column)
    assert column[20] > column[120] > column[220]


def test_where_the_function_has_no_value_the_canvas_shows() -> None:
    image = render_image(drawing("log(x)", places=((9.0, 9.0), (9.0, 9.0))), DARK, 400, 240, preview=True)
    assert image.pixelColor(40, 120) == QColor(DARK.canvas)
    assert image.pixelColor(380, 120) != QColor(DARK.canvas)


@pytest.mark.parametrize("formula", ["1/x", "log(x*y)", "exp(exp(9*x))", "0*x + 0*y", "sqrt(-1 - x^2)", "tan(9*x*y)"])
@pytest.mark.parametrize("places", [
    ((1e300, -1e300), (1e308, 1e308)), ((np.nan, 0.0), (0.0, np.nan)), ((0.0, 0.0), (0.0, 0.0)),
    ((0.0, 0.0), (np.inf, 0.0)),
])
def test_no_function_and_no_path_breaks_the_picture(formula: str, places: object) -> None:
    broken = replace(drawing(formula, places), gradient=(np.nan, np.inf), update=(1e308, -1e308))
    assert painted(broken).formula.startswith("f(x, y) = ")


@pytest.mark.parametrize("suffix", PICTURE_FORMATS)
def test_a_map_is_written_in_every_format(suffix: str) -> None:
    data = picture_bytes(drawing(), LIGHT, 640, 420, suffix)
    assert data[:5] in (b"\x89PNG\r", b"<?xml", b"%PDF-")
    if suffix == ".svg":
        assert "Gradient descent" in data.decode() and "step 2" in data.decode()


@pytest.mark.parametrize("name", SURFACES)
def test_every_surface_is_rendered_with_its_path(name: str, tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    assert render_to_file(open_example(name), 30, "light", (640, 420), path) == ""
    assert QImage(str(path)).width() == 640
    picture, _ = surface_after(open_example(name), 30)
    assert len(picture.trail.places) == 31
    assert picture.caption.startswith("step 30 · done · at x = ")


def test_rendering_after_a_step_that_is_not_finite_draws_the_last_that_was_and_says_so(tmp_path: Path) -> None:
    document = open_example("surface-rosenbrock").with_value("optimiser.learning_rate", 1.0)
    said = render_to_file(document, 40, "dark", (640, 420), tmp_path / "map.png")
    assert said and (tmp_path / "map.png").exists()


def test_a_card_shows_the_map_alone() -> None:
    image = card_picture(open_example("surface-ravine"), LIGHT, QSize(300, 180), 1.0)
    assert (image.width(), image.height()) == (300, 180)
    assert LIGHT.canvas not in {image.pixelColor(2, y).name() for y in range(0, 180, 20)}


@pytest.mark.parametrize("size", [(160, 110), (300, 200), (2400, 300), (300, 1400)])
def test_a_map_fits_into_any_window(size: tuple[int, int]) -> None:
    place = frame_of(drawing(), *size).map
    assert place.width() > 0 and place.height() > 0
    painted(drawing(), *size)


places = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
extents = st.builds(
    lambda x, y, wide, high: Extent((x, x + wide), (y, y + high)),
    st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(0.1, 1e3), st.floats(0.1, 1e3),
)


@given(extents, st.floats(50, 3000), st.floats(50, 3000))
def test_a_fitted_map_shows_all_that_was_asked_for(extent: Extent, width: float, height: float) -> None:
    fitted = extent.fitted(width, height)
    assert fitted.x[0] <= extent.x[0] + 1e-9 * extent.width and fitted.x[1] >= extent.x[1] - 1e-9 * extent.width
    assert fitted.y[0] <= extent.y[0] + 1e-9 * extent.height and fitted.y[1] >= extent.y[1] - 1e-9 * extent.height
    if fitted != extent:
        assert fitted.width / width == pytest.approx(fitted.height / height)


@given(extents, st.floats(0.2, 5.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_zooming_leaves_the_place_below_the_pointer_where_it_is(
    extent: Extent, factor: float, across: float, up: float
) -> None:
    place = extent.x[0] + across * extent.width, extent.y[0] + up * extent.height
    zoomed = extent.zoomed(factor, place)
    assert zoomed.width == pytest.approx(extent.width / factor)
    assert (place[0] - zoomed.x[0]) / zoomed.width == pytest.approx(across, abs=1e-6)
    assert (place[1] - zoomed.y[0]) / zoomed.height == pytest.approx(up, abs=1e-6)


def test_zooming_ends_before_numbers_do() -> None:
    extent = Extent((1e6, 1e6 + 1), (0.0, 1.0))
    for factor in (10.0, 0.1):
        zoomed = extent
        for _ in range(400):
            zoomed = zoomed.zoomed(factor, (1e6, 0.5))
        assert zoomed.x[0] < zoomed.x[1] and np.isfinite(zoomed.width)
        relief_of(drawing(), zoomed, 100, 80)


def test_pixels_and_places_are_each_others_inverse() -> None:
    frame = frame_of(drawing(), 800, 560)
    at = frame.pixel((0.7, -0.3))
    assert frame.place(at.x(), at.y()) == pytest.approx((0.7, -0.3))


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500)), min_size=2, max_size=30),
       st.sampled_from([(5.0, 2.5), (7.0, 2.0, 2.0, 2.0), (1.5, 3.0)]))
def test_dashes_lie_on_the_path_and_cover_their_share_of_it(points: list[tuple[float, float]],
                                                             dashes: tuple[float, ...]) -> None:
    path = np.array(points)
    total = np.hypot(*np.diff(path, axis=0).T).sum()
    lines = dashed(path, dashes)
    drawn = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]).sum() if len(lines) else 0.0
    share = sum(dashes[::2]) / sum(dashes)
    assert drawn == pytest.approx(share * total, abs=sum(dashes) + 1e-6 * total)


@pytest.mark.parametrize(("text", "shown"), [
    ("x^2 + 10*y^2", "x² + 10·y²"), ("x**10 - y", "x¹⁰ − y"), ("x^0.5", "x^0.5"), ("x^(2*y)", "x^(2·y)"),
    ("exp(-x^2)", "exp(−x²)"),
])
def test_a_formula_is_written_as_on_paper(text: str, shown: str) -> None:
    assert formula_text(text) == shown


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("formula", ["5e307*x", "sign(x)*1.7e308", "-1e308*x^2", "abs(x)*1e308", "1e308*x*y"])
def test_heights_at_the_end_of_all_numbers_are_painted(formula: str) -> None:
    assert painted(drawing(formula)).across


@pytest.mark.filterwarnings("error")
def test_a_map_as_wide_as_numbers_reach_is_painted(capfd: pytest.CaptureFixture[str]) -> None:
    whole, half = Extent((-8e307, 8e307), (-8e307, 8e307)), Extent((-1e308, 7.9e307), (-8e307, 1e307))
    for extent in (whole, half):
        assert painted(replace(drawing("x + y"), extent=extent)).across
    assert not capfd.readouterr().err
