"""The panel of matrices: every weight a cell in the colour it should have, linked with what is selected and pointed at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QWheelEvent

from nnviz.gui import ink, weight_canvas
from nnviz.gui.colour_scale import NEUTRAL, ZERO, edge_colours
from nnviz.gui.ink import Anchor
from nnviz.gui.layer_matrices import strongest_of
from nnviz.gui.panels.weight_matrices import EVERY, WeightMatricesPanel
from nnviz.gui.settings import Settings
from nnviz.gui.theme import DARK, LIGHT
from nnviz.gui.weight_sheets import arrange_sheets
from nnviz.report.edge_measures import MEASURES, Colouring, layer_values
from nnviz.report.elements import Alpha, Bias, Unit, Weight
from nnviz.report.numbers import short
from nnviz.report.quantities import Quantity
from nnviz.report.weight_tables import TableShape
from nnviz.session.session import Session
from tests.gui.panels.views import circle, digits, mazur, view_of, xor
from tests.report.test_edge_measures import KINDS, elements, session_of

Panel = WeightMatricesPanel


def after(document: Any, steps: int) -> Session:
    session = Session(document)
    session.advance_steps(steps)
    return session


@pytest.fixture
def shown(show: Any) -> Any:
    def made(view: Any, size: tuple[int, int] = (700, 400)) -> Panel:
        panel: Panel = show(WeightMatricesPanel, view, size)
        panel.layout().activate()
        return panel

    return made


def middle(panel: Panel, element: Any, told: int = 0) -> QPoint:
    return panel.canvas.cell_of(element, told).center().toPoint()


def choose(panel: Panel, colour: str) -> None:
    settings = Settings()
    settings.change(edge_colour=colour)
    panel.apply_settings(settings)


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_has_a_cell_with_its_number_and_its_colour(shown: Any, kind: str) -> None:
    session = session_of(kind)
    view = view_of(session)
    panel = shown(view, (900, 600))
    panel.canvas.grab()
    moment, colours = view.moment, edge_colours(LIGHT)
    for element in elements(moment):
        value, gradient = moment.read(moment.parameters(), element), moment.gradient_of(element)
        assert gradient is not None
        assert panel.canvas.written[0, element] == short(value, 3)
        assert panel.canvas.written[1, element] == short(gradient, 3)
        shade = int(panel.canvas.colour_scale.bins(np.array([abs(gradient)]))[0])
        assert panel.canvas.colour_of(element, 1) == colours[shade]
        seen = panel.canvas.colour_of(element)
        if abs(value) > 0.1:
            assert (seen.blue() > seen.red()) == (value < 0)


def test_the_cell_on_screen_has_that_colour(shown: Any) -> None:
    session = after(mazur(), 1)
    panel = shown(view_of(session))
    image = panel.canvas.render_picture()
    for told in (0, 1):
        box = panel.canvas.cell_of(Weight(2, 1, 0), told)
        corner = QPointF(box.left() + 3, box.top() + 3)
        assert image.pixelColor(corner.toPoint()) == panel.canvas.colour_of(Weight(2, 1, 0), told)


def test_the_title_of_a_matrix_stays_in_sight_while_its_cells_are_moved(shown: Any) -> None:
    panel = shown(view_of(after(circle(), 1)), (700, 400))
    canvas = panel.canvas
    canvas.grab()
    assert {layer for layer, _, _ in canvas.titles} == {1, 2, 3}
    canvas.zoom_by(6.0)
    for told in (0, 1):
        for element in (Weight(1, 3, 1), Weight(2, 0, 3)):
            at = canvas.cell_of(element, told).center()
            canvas.pan_by(canvas.width() / 2 - at.x(), 60.0 - at.y())
            canvas.grab()
            title = canvas.titles[element.layer, told, "weights"]
            assert canvas._ground().contains(title), (element, told)


def titles_of(canvas: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of matrices and images as they are written."""
    written: list[str] = []
    draw = weight_canvas.draw_text

    def spy(painter: Any, x: float, y: float, text: str, *rest: Any, bold: bool = False, **more: Any) -> None:
        if bold:
            written.append(text)
        draw(painter, x, y, text, *rest, bold=bold, **more)

    monkeypatch.setattr(weight_canvas, "draw_text", spy)
    canvas.grab()
    return written


@pytest.mark.parametrize("document", [xor, circle, digits])
def test_in_little_room_a_title_still_says_which_layers_matrix_it_is(
    shown: Any, monkeypatch: pytest.MonkeyPatch, document: Any
) -> None:
    canvas = shown(view_of(after(document(), 1)), (700, 140)).canvas
    written = titles_of(canvas, monkeypatch)
    layers = [layer.shape.layer for layer in canvas.layers]
    assert all(sum(f"W{layer}" in text for text in written) == 2 for layer in layers)
    assert not any(len(text) < 3 and text.endswith("…") for text in written)


def test_a_title_goes_on_beyond_its_matrix_but_not_into_the_next_title(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = shown(view_of(after(mazur(), 1)), (700, 140)).canvas
    written = titles_of(canvas, monkeypatch)
    assert "Gradient of the batch, W1   2 × 2" in written
    places = list(canvas.titles.values())
    assert len(places) == 4
    assert not any(one.intersects(other) for one in places for other in places if one is not other)
    assert all(place.right() <= canvas.width() for place in places)


@pytest.mark.parametrize("zoom", [1.2, 1.7, 3.0, 6.0])
def test_names_and_titles_that_stay_in_sight_cover_no_number(
    shown: Any, monkeypatch: pytest.MonkeyPatch, zoom: float
) -> None:
    canvas = shown(view_of(after(xor(), 3)), (700, 300)).canvas
    numbers: list[QRectF] = []
    names: list[QRectF] = []

    def write(painter: Any, x: float, y: float, text: str, size: int, colour: Any, anchor: Anchor = Anchor.CENTRE,
              **more: Any) -> None:
        wide = ink.text_width(text, size, more.get("bold", False))
        left = {Anchor.LEFT: x, Anchor.RIGHT: x - wide}.get(anchor, x - wide / 2)
        (names if "lasting" in more or "bold" in more else numbers).append(
            QRectF(left + 1, y - 0.35 * size, wide - 2, 0.7 * size))

    monkeypatch.setattr(weight_canvas, "draw_text", write)
    monkeypatch.setattr(canvas, "_legend", lambda *_: None)
    for element in (Weight(1, 0, 0), Weight(1, 1, 1), Weight(2, 0, 0), Weight(2, 0, 1)):
        for shift in (0, 7, 15, 40):
            canvas.zoom_fit()
            canvas.zoom_by(zoom, canvas.cell_of(element).center())
            canvas.pan_by(0.0, -shift)
            numbers.clear()
            names.clear()
            canvas.render_picture()
            assert numbers and names
            assert not any(number.intersects(name) for number in numbers for name in names)


@pytest.mark.parametrize("name", [name for name in MEASURES if name != "error"])
def test_the_second_image_tells_what_the_edges_tell(shown: Any, name: str) -> None:
    session = after(xor(), 3)
    panel = shown(view_of(session), (900, 500))
    choose(panel, name)
    panel.canvas.grab()
    wanted, = layer_values(view_of(session).moment, Colouring(name), (1,))
    np.testing.assert_array_equal(panel.canvas.layers[0].told.weights, wanted.weights)
    assert panel.copy_told.text() == MEASURES[name].label
    assert panel.copy_told.isVisible() == (name != "weight")


def test_before_the_backward_pass_gradients_have_no_number_and_no_colour_and_0_has_its_own(shown: Any) -> None:
    session = Session(xor())
    panel = shown(view_of(session), (900, 500))
    panel.canvas.grab()
    assert panel.canvas.colour_of(Weight(1, 0, 0), 1) == edge_colours(LIGHT)[NEUTRAL]
    assert (1, Weight(1, 0, 0)) not in panel.canvas.written and (0, Weight(1, 0, 0)) in panel.canvas.written
    frozen = after(xor(frozen=["W1"]), 1)
    panel.refresh(view_of(frozen))
    choose(panel, "update")
    assert panel.canvas.colour_of(Weight(1, 0, 0), 1) == edge_colours(LIGHT)[ZERO]


def test_a_click_selects_the_weight_and_a_name_its_unit(shown: Any, qtbot: Any) -> None:
    panel = shown(view_of(after(mazur(), 1)))
    canvas = panel.canvas
    for told in (0, 1):
        for element in (Weight(2, 1, 0), Weight(1, 0, 1), Bias(1, 0)):
            with qtbot.waitSignal(panel.element_selected) as chosen:
                qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle(panel, element, told))
            assert chosen.args == [element]
    row, column = canvas.cell_of(Weight(2, 1, 0)), canvas.cell_of(Weight(2, 0, 1))
    with qtbot.waitSignal(panel.element_selected) as chosen:
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(int(row.left()) - 10, int(row.center().y())))
    assert chosen.args == [Unit(2, 1)]
    with qtbot.waitSignal(panel.element_selected) as chosen:
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(int(column.center().x()), int(column.top()) - 5))
    assert chosen.args == [Unit(1, 1)]


def test_what_is_selected_elsewhere_is_framed_with_its_row_and_column(shown: Any) -> None:
    panel = shown(view_of(after(mazur(), 1)))
    accent, before = QColor(LIGHT.accent), panel.canvas.render_picture()
    panel.set_selected(Weight(2, 1, 0))
    now = panel.canvas.render_picture()
    for told in (0, 1):
        box = panel.canvas.cell_of(Weight(2, 1, 0), told)
        edge = QPoint(round(box.center().x()), box.toRect().top() - 1)
        assert now.pixelColor(edge) == accent != before.pixelColor(edge)
        other = panel.canvas.cell_of(Weight(2, 1, 1), told)
        foot = QPoint(round(other.center().x()), round(other.bottom() + 0.5))
        assert now.pixelColor(foot) != before.pixelColor(foot)


def test_pointing_says_the_numbers_and_lights_them_wherever_they_are_shown(shown: Any, qtbot: Any) -> None:
    session = after(mazur(), 1)
    panel = shown(view_of(session))
    for told, kind in ((0, "parameter"), (1, "gradient")):
        with qtbot.waitSignal(panel.quantity_pointed) as pointed:
            qtbot.mouseMove(panel.canvas, middle(panel, Weight(1, 1, 0), told))
        assert pointed.args == [Quantity(kind, Weight(1, 1, 0))]
    assert "w3 = W1[1,0]" in panel.readout.text() and "gradient" in panel.readout.text()
    with qtbot.waitSignal(panel.quantity_pointed) as pointed:
        qtbot.mouseMove(panel.canvas, QPoint(2, 2))
    assert pointed.args == [None] and panel.readout.text() == ""
    before = panel.canvas.render_picture()
    panel.set_pointed(Quantity("gradient", Weight(2, 0, 0)))
    assert panel.canvas.render_picture() != before
    panel.set_pointed(None)
    assert panel.canvas.render_picture() == before


def test_the_tooltip_has_the_number_that_the_usual_words_lack(shown: Any) -> None:
    session = after(xor(), 2)
    panel = shown(view_of(session))
    choose(panel, "ratio")
    moment, weight = view_of(session).moment, Weight(1, 0, 0)
    update, value = moment.update_of(weight), moment.read(moment.record.parameters, weight)
    assert update is not None
    last = panel.canvas.describe(weight).split("\n")[-1]
    assert last.startswith("update over weight")
    assert float(last.split()[-1].replace("−", "-")) == pytest.approx(abs(update / value))


def test_the_keyboard_goes_from_cell_to_cell_across_layers_and_enter_selects(shown: Any, qtbot: Any) -> None:
    panel = shown(view_of(after(mazur(), 1)))
    canvas = panel.canvas
    canvas.setFocus()
    walked = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Down,
                Qt.Key.Key_End, Qt.Key.Key_Home):
        with qtbot.waitSignal(canvas.pointed) as pointed:
            qtbot.keyClick(canvas, key)
        walked.append(pointed.args[0].element)
    assert walked == [Weight(1, 0, 0), Weight(1, 0, 1), Bias(1, 0), Weight(1, 0, 1), Weight(1, 1, 1), Weight(2, 0, 0),
                      Bias(2, 0), Weight(2, 0, 0)]
    assert "w5" in canvas.accessibleDescription() and "w5" in panel.readout.text()
    with qtbot.waitSignal(panel.element_selected) as chosen:
        qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert chosen.args == [Weight(2, 0, 0)]
    with qtbot.waitSignal(panel.element_selected) as chosen:
        qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert chosen.args == [None]


def test_the_wheel_zooms_until_numbers_are_written_and_a_double_click_goes_back(shown: Any, qtbot: Any) -> None:
    panel = shown(view_of(after(digits(40), 1)))
    canvas = panel.canvas
    canvas.grab()
    assert not canvas.written
    at = QPointF(middle(panel, Weight(1, 5, 300)))
    for _ in range(24):
        canvas.wheelEvent(QWheelEvent(at, canvas.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
                                      Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False))
    canvas.grab()
    assert (0, Weight(1, 5, 300)) in canvas.written or (0, Weight(1, 5, 299)) in canvas.written
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert canvas.zoom == 1.0


@pytest.mark.parametrize("element", [Weight(2, 3, 4), Bias(2, 3), Unit(2, 3), Weight(1, 5, 300)])
def test_z_zooms_to_what_is_selected_and_with_nothing_selected_back(shown: Any, qtbot: Any, element: Any) -> None:
    canvas = shown(view_of(after(digits(40), 1))).canvas
    canvas.click(element)
    qtbot.keyClick(canvas, Qt.Key.Key_Z)
    assert canvas.zoom > 1.1
    cell = canvas.cell_of(Weight(2, 3, 4) if isinstance(element, Unit) else element)
    assert canvas.rect().contains(cell.center().toPoint())
    canvas.click(None)
    qtbot.keyClick(canvas, Qt.Key.Key_Z)
    assert canvas.zoom == 1.0


def test_of_a_layer_that_sees_an_image_the_selected_units_weights_stand_as_one(shown: Any, qtbot: Any) -> None:
    panel = shown(view_of(after(digits(40), 1)), (800, 420))
    for element, row in ((Unit(1, 7), 7), (Weight(1, 3, 90), 3)):
        panel.set_selected(element)
        images = [sheet for sheet in panel.canvas.sheets().sheets if sheet.part == "image"]
        assert [(sheet.row, sheet.rows, sheet.columns) for sheet in images] == [(row, 28, 28)] * 2
        assert images[0].element(2, 5) == Weight(1, row, 61)
        numbers, _ = panel.canvas.layers[0].numbers(images[0])
        np.testing.assert_array_equal(numbers.ravel(), panel.canvas.layers[0].parameters.weights[row])
    box = images[0].cell_box(2, 5).center().toPoint()
    with qtbot.waitSignal(panel.element_selected) as chosen:
        qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=box)
    assert chosen.args == [Weight(1, 3, 61)]


def test_one_layer_can_be_chosen_and_follows_what_is_selected(shown: Any) -> None:
    panel = shown(view_of(after(circle(), 1)))
    assert [layer.shape.layer for layer in panel.canvas.layers] == [1, 2, 3]
    panel.layers.setCurrentIndex(panel.layers.findData(2))
    assert [layer.shape.layer for layer in panel.canvas.layers] == [2]
    assert panel.layers.currentText() == "hidden 2: 8 × 8"
    panel.set_selected(Weight(3, 0, 4))
    panel.refresh(view_of(after(circle(), 2)))
    assert [layer.shape.layer for layer in panel.canvas.layers] == [3] and panel.layers.currentData() == 3
    panel.refresh(view_of(Session(mazur())))
    assert panel.layers.currentData() == EVERY and len(panel.canvas.layers) == 2


def test_the_numbers_are_copied_as_tables(shown: Any, qtbot: Any) -> None:
    session = after(mazur(), 1)
    panel = shown(view_of(session))
    panel.canvas.setFocus()
    qtbot.keyClick(panel.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    first, second = QGuiApplication.clipboard().text().split("\n\n")
    assert first.split("\n")[0] == "\ti1\ti2\tb" and second.split("\n")[1].startswith("o1\t0.35891")
    panel.copy_told.trigger()
    gradient = view_of(session).moment.gradient_of(Weight(1, 0, 0))
    assert QGuiApplication.clipboard().text().split("\n")[1].split("\t")[1] == repr(gradient)


def test_a_number_that_is_none_warns_and_the_rest_stays_readable(shown: Any) -> None:
    session = after(xor(), 1)
    panel = shown(view_of(session))
    layer = panel.canvas.layers[0]
    broken = replace(layer.parameters, weights=np.where(np.eye(4, 2) > 0, np.nan, layer.parameters.weights))
    panel.canvas.show_layers([replace(layer, parameters=broken)], panel.canvas._said, panel.canvas.colour_scale)
    panel.canvas.grab()
    assert panel.canvas.written[0, Weight(1, 0, 0)] == "NaN"
    assert np.isfinite(panel.canvas.layers[0].top)


def test_hidden_it_reads_nothing(shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = shown(view_of(after(xor(), 1)))
    panel.hide()
    monkeypatch.setattr("nnviz.gui.panels.weight_matrices.layer_values", lambda *given: pytest.fail("it was read"))
    choose(panel, "update")
    panel.set_colour_scale(None)
    panel.collect(view_of(after(xor(), 2)))
    panel.set_selected(Weight(1, 0, 0))


def test_both_themes_and_every_map_are_taken(shown: Any) -> None:
    panel = shown(view_of(after(xor(), 2)))
    seen = set()
    for theme in (LIGHT, DARK, LIGHT.with_colours("viridis")):
        panel.set_theme(theme)
        seen.add(panel.canvas.colour_of(Weight(1, 0, 0), 1).name())
    assert len(seen) == 3


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**31))
def test_a_pixel_of_many_cells_shows_the_strongest_of_them(rows: int, columns: int, high: int, wide: int, seed: int
                                                           ) -> None:
    random = np.random.default_rng(seed)
    numbers, known = random.normal(size=(rows, columns)), random.random((rows, columns)) < 0.8
    found, seen = strongest_of(numbers, known, (high, wide))
    assert found.shape == (-(-rows // high), -(-columns // wide))
    for (row, column), value in np.ndenumerate(found):
        part = np.s_[row * high : (row + 1) * high, column * wide : (column + 1) * wide]
        mine = numbers[part][known[part]]
        assert seen[row, column] == bool(mine.size)
        if mine.size:
            assert abs(value) == np.abs(mine).max() and value in mine


@given(st.integers(1, 130), st.integers(1, 900), st.integers(150, 2000), st.integers(80, 1200), st.integers(0, 2))
def test_matrices_lie_apart_and_within_the_picture(rows: int, columns: int, width: int, height: int, biases: int
                                                   ) -> None:
    shape = TableShape(1, tuple(map(str, range(rows))), tuple(map(str, range(columns))), 1, (0, 1, rows)[biases], 0)
    found = arrange_sheets((shape, shape), (0, 0), width, height, 11.5)
    for place, sheet in enumerate(found.sheets):
        assert sheet.box.width() > 0 and sheet.box.height() > 0
        assert sheet.box.left() >= 0 and sheet.box.right() <= width + 1
        for other in found.sheets[:place]:
            cut = sheet.box.intersected(other.box)
            assert min(cut.width(), cut.height()) <= 0.01


def test_maxout_pieces_and_slopes_have_their_names(shown: Any) -> None:
    panel = shown(view_of(session_of("maxout")), (800, 500))
    assert panel.canvas.layers[0].shape.row_name(4) == "h2[1]"
    panel = shown(view_of(session_of("an α a unit")), (800, 500))
    panel.canvas.grab()
    assert (0, Alpha(1, 2)) in panel.canvas.written
