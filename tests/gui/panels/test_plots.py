"""Axes write numbers as the rest of the window does."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from nnviz.gui.panels.plots import Plot, pen
from nnviz.report.numbers import count


def test_steps_are_written_in_one_style_however_many_there_are(qtbot: QtBot) -> None:
    plot = Plot("loss")
    qtbot.addWidget(plot)
    plot.count_steps()
    axis = plot.getPlotItem().getAxis("bottom")
    steps = [0.0, 500_000.0, 1_000_000.0, 1_500_000.0]
    assert axis.tickStrings(steps, 1.0, 500_000.0) == [count(int(step)) for step in steps]
    assert axis.tickStrings([0.0, 0.5], 1.0, 0.5) == ["0", "0.5"]     # less than a step is in view


def test_negative_and_tiny_values_have_minus_signs_and_short_powers(qtbot: QtBot) -> None:
    plot = Plot("outputs")
    qtbot.addWidget(plot)
    axis = plot.getPlotItem().getAxis("left")
    assert axis.tickStrings([-0.5, 0.0, 0.5], 1.0, 0.5) == ["−0.5", "0", "0.5"]
    assert axis.tickStrings([-2e-07, 1e-07], 1.0, 1e-7) == ["−2e−7", "1e−7"]
    assert axis.tickStrings([1e6, 2e6], 1.0, 1e6) == ["1e6", "2e6"]


@pytest.mark.parametrize(("density", "width"), [(1.0, 1.0), (1.5, 1.5), (2.0, 2.0)])
def test_a_line_is_as_thick_on_a_dense_screen_as_on_another(qtbot: QtBot, density: float, width: float) -> None:
    class Screened(QWidget):
        def devicePixelRatioF(self) -> float:
            return density

    seen = Screened()
    qtbot.addWidget(seen)
    assert pen("#000000", seen).widthF() == width


@pytest.mark.parametrize(("low", "high"), [(-0.6, -0.2), (-2.5, 0.5), (-9.0, 3.0), (-0.301, -0.3)])
@pytest.mark.parametrize("height", [30.0, 120.0, 700.0])
def test_a_logarithmic_axis_has_room_for_its_numbers_also_within_one_power_of_ten(
    qtbot: QtBot, low: float, high: float, height: float
) -> None:
    plot = Plot("loss")
    qtbot.addWidget(plot)
    plot.setLogMode(y=True)
    axis = plot.getPlotItem().getAxis("left")
    ticks = sorted(value for _, values in axis.tickValues(low, high, height) for value in values)
    pixel = height / (high - low)
    assert all((after - before) * pixel >= 10.0 for before, after in pairwise(ticks))
    assert ticks or high - low < 0.5
