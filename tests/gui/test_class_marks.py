"""Marks of examples: every class has a form and a colour of its own, which a colour-blind eye tells apart too."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from nnviz.gui.class_marks import (
    VALUE_STEPS,
    MarkStyle,
    draw_marks,
    form_of,
    mark_colour,
    stamp,
    value_colours,
    value_steps,
)
from nnviz.gui.theme import DARK, LIGHT, Theme
from nnviz.report.fields import classes_of

# how a deuteranope sees red, green and blue (Viénot, Brettel and Mollon, 1999)
_DEUTERANOPE = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])


def _picture(theme: Theme, number: int, filled: bool) -> np.ndarray:
    image = QImage(24, 24, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.canvas))
    painter = QPainter(image)
    draw_marks(painter, np.array([[12.0, 12.0]]), np.array([number]), True, filled, MarkStyle(theme))
    painter.end()
    return np.array(image.constBits()).reshape(24, 24, 4)[:, :, :3].astype(int)


def _seen(colour: QColor) -> np.ndarray:
    linear = (np.array(colour.getRgb()[:3]) / 255.0) ** 2.2
    return np.clip(_DEUTERANOPE @ linear, 0.0, 1.0) ** (1 / 2.2)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_first_classes_differ_for_a_colour_blind_eye(qtbot: QtBot, theme: Theme) -> None:
    for sides, classes in ((True, 2), (False, 4)):
        for one, other in combinations(range(classes), 2):
            apart = _seen(mark_colour(theme, one, sides)) - _seen(mark_colour(theme, other, sides))
            assert np.abs(apart).max() > 0.15


def test_ten_classes_have_ten_forms(qtbot: QtBot) -> None:
    style = MarkStyle(LIGHT, 6.0)
    stamps = [stamp(form_of(number, False), "#00916a", True, style).toImage() for number in range(10)]
    assert all(one != other for one, other in combinations(stamps, 2)) and form_of(0, True) != form_of(1, True)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_test_example_is_a_ring_of_the_same_colour(qtbot: QtBot, theme: Theme) -> None:
    filled, ring = _picture(theme, 0, True), _picture(theme, 0, False)
    ground = np.array(QColor(theme.canvas).getRgb()[2::-1])
    assert np.abs(filled[12, 12] - ground).max() > 60
    assert np.abs(ring[12, 12] - ground).max() < 12
    assert np.abs(ring - ground).max() > 60


def test_marks_on_paper_lie_where_they_lie_on_the_screen(qtbot: QtBot) -> None:
    picture = _picture(LIGHT, 1, True)
    ground = np.array(QColor(LIGHT.canvas).getRgb()[2::-1])
    rows, columns = np.nonzero(np.abs(picture - ground).max(axis=2) > 40)
    assert abs(rows.mean() - 11.5) < 0.6 and abs(columns.mean() - 11.5) < 0.6


def test_numbers_run_from_the_colour_of_negative_to_that_of_positive(qtbot: QtBot) -> None:
    colours = value_colours(LIGHT)
    assert (colours[0], colours[-1]) == (mark_colour(LIGHT, 0, True), mark_colour(LIGHT, 1, True))
    steps = value_steps(np.array([-1.0, 0.0, 1.0, np.nan, 9.0]), -1.0, 1.0)
    assert steps.tolist() == [0, VALUE_STEPS // 2, VALUE_STEPS - 1, VALUE_STEPS // 2, VALUE_STEPS - 1]
    assert value_steps(np.array([3.0]), 3.0, 3.0).tolist() == [0]


def test_targets_are_classes_only_where_each_example_has_one() -> None:
    labels = classes_of(np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))
    assert labels is not None and labels.tolist() == [1, 0]
    assert classes_of(np.array([[1.0, 1.0]])) is None
    assert classes_of(np.array([[0.25]])) is None
