"""What a network that classifies answers: a bar for each output, a mark of right or wrong, a ring around the target.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from nnviz.gui import ink
from nnviz.gui.closeness import tells
from nnviz.gui.columns import WRITTEN, Shape
from nnviz.gui.drawing import Column
from nnviz.gui.ink import mix, stroke
from nnviz.gui.scene import Scene
from nnviz.gui.theme import Theme
from nnviz.report.elements import Unit

BAR_HEIGHT = 0.62                 # of a bar, in ems, but no more than this share of the space between units:
BAR_SHARE = 0.5


@dataclass(frozen=True)
class Answer:
    """The class with the largest output, and the one that is right; None while it is not known."""

    predicted: int | None
    target: int | None

    @property
    def right(self) -> bool:
        return self.predicted == self.target


def answer_of(column: Column) -> Answer | None:
    """The answer of an output layer whose largest output is the answer, nothing of a mean; None for any other layer."""
    if not column.decides or column.targets is None or len(column.names) < 2:
        return None
    if column.averaged:
        return Answer(None, None)
    known = column.known.all() and np.isfinite(column.values).all()
    return Answer(int(np.argmax(column.values)) if known else None, int(np.argmax(column.targets)))


def draw_names(scene: Scene) -> None:
    """Write the names of outputs beside discs that have no room for them."""
    layout, column, place = scene.layout, scene.drawing.columns[-1], scene.layout.columns[-1]
    if layout.names is None or tells("texts of a disc", scene.zoom, place.half_width * scene.zoom):
        return
    answer = answer_of(column)
    left, _ = scene.transform.point(layout.names[0], 0.0)
    pixels = int(min(layout.names[1] * scene.zoom, max(scene.em, layout.names[1])))
    ends = layout.bars[0] if layout.bars is not None else layout.target_x
    room = math.inf if ends is None else (ends - layout.names[0]) * scene.zoom
    if pixels < ink.LEAST_TEXT:
        return
    for unit, (_, centre) in enumerate(place.centres.tolist()):
        _, y = scene.transform.point(0.0, centre)
        chosen = answer is not None and unit in (answer.predicted, answer.target)
        name = ink.elided(column.names[unit], pixels, room, chosen)
        ink.draw_text(scene.painter, left, y, name, pixels, QColor(scene.theme.ink), ink.Anchor.LEFT, chosen)
        scene.shown.add(Unit(len(layout.columns) - 1, unit), name)


def draw_ring(scene: Scene) -> None:
    """Paint the ring around the unit that should be the largest, below what is written at the units."""
    answer, place = _written_answer(scene), scene.layout.columns[-1]
    if answer is None or answer.target is None:
        return
    wide, high = place.half_width * scene.zoom, place.half_height * scene.zoom
    x, y = scene.transform.point(*place.centres[answer.target].tolist())
    aside = max(2.2, 0.16 * scene.em)
    scene.painter.setBrush(Qt.BrushStyle.NoBrush)
    scene.painter.setPen(stroke(QColor(scene.theme.ink), max(1.4, 0.13 * scene.em)))
    corner = {Shape.DISC: wide, Shape.TILE: -aside}.get(place.shape, high)
    scene.painter.drawRoundedRect(QRectF(x - wide - aside, y - high - aside, 2 * (wide + aside), 2 * (high + aside)),
                                  corner + aside, corner + aside)


def draw_answer(scene: Scene) -> None:
    """Paint bars and the mark of right or wrong beside the outputs."""
    answer, column, place = _written_answer(scene), scene.drawing.columns[-1], scene.layout.columns[-1]
    if answer is None:
        return
    em = scene.em
    wide, high = place.half_width * scene.zoom, place.half_height * scene.zoom
    bars = scene.layout.bars
    if bars is not None:
        _bars(scene, column, answer, bars)
    elif answer.predicted is not None:
        x, y = scene.transform.point(*place.centres[answer.predicted].tolist())
        across, up = {Shape.DISC: (0.75 * (wide + 0.5 * em), 0.75 * (high + 0.5 * em)), Shape.TILE: (wide, high)}.get(
            place.shape, (wide + 0.8 * em, 0.0))
        if scene.layout.mark_x is not None:      # on a flat or a small unit it would lie below the text of its target
            across, up = scene.transform.point(scene.layout.mark_x, 0.0)[0] - x, 0.0
        draw_verdict(scene.painter, x + across, y - up, 0.45 * em, answer.right, scene.theme)


def _written_answer(scene: Scene) -> Answer | None:
    """The answer, where the picture has room to mark it."""
    if scene.options.preview or scene.layout.columns[-1].shape not in WRITTEN:
        return None
    return answer_of(scene.drawing.columns[-1])


def _bars(scene: Scene, column: Column, answer: Answer, bars: tuple[float, float]) -> None:
    """Right of the outputs: tracks as long as 1, filled as far as each output goes."""
    place, painter, theme, em = scene.layout.columns[-1], scene.painter, scene.theme, scene.em
    left, _ = scene.transform.point(bars[0], 0.0)
    length = bars[1] * scene.zoom - 1.6 * em
    high = min(BAR_HEIGHT * em, BAR_SHARE * place.pitch * scene.zoom)
    for unit, (_, centre) in enumerate(place.centres.tolist()):
        _, y = scene.transform.point(0.0, centre)
        painter.fillRect(QRectF(left, y - high / 2, length, high), mix(theme.canvas, theme.line, 0.6))
        value = float(column.values[unit])
        if column.known[unit] and np.isfinite(value):
            first = unit == answer.predicted
            painter.fillRect(QRectF(left, y - high / 2, length * min(1.0, max(0.0, value)), high),
                             mix(theme.raised, theme.positive, 0.9 if first else 0.55))
        if unit == answer.predicted:
            draw_verdict(painter, left + length + 0.85 * em, y, 0.45 * em, answer.right, theme)


def draw_verdict(painter: QPainter, x: float, y: float, reach: float, right: bool, theme: Theme) -> None:
    """A tick for a right answer, a cross for a wrong one, on a small disc."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.ink if right else theme.warning))
    painter.drawEllipse(QPointF(x, y), 1.3 * reach, 1.3 * reach)
    painter.setPen(stroke(QColor(theme.canvas), max(1.4, 0.34 * reach)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if right:
        places = ((-0.62, 0.02), (-0.15, 0.5), (0.65, -0.5))
        painter.drawPolyline(QPolygonF([QPointF(x + across * reach, y + down * reach) for across, down in places]))
        return
    arm = 0.5 * reach
    painter.drawLine(QLineF(x - arm, y - arm, x + arm, y + arm))
    painter.drawLine(QLineF(x - arm, y + arm, x + arm, y - arm))
