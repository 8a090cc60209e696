"""Milliseconds of processor time that the formula card takes in a panel 320 wide and 800 high, once a step of training
has changed every number.

`trees` is making the formulas, `places` setting those in sight, `draw` one painting of them, and `each` its share for
one formula; `whole` is all three.  `first` is the same where these formulas have never been set before: another
element is selected.  Medians over steps of training, each shown for the first time; the
goals are for `whole` and `each`.

    python -m benchmarks.formula_card
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

from benchmarks.table import Goal, print_table
from nnviz.gui.formula_card import FormulaCard
from nnviz.gui.formula_sheet import sheet_of
from nnviz.gui.theme import DARK
from nnviz.gui.theme_apply import apply_theme
from nnviz.report.elements import Element, Unit, Weight
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.gui.panels.views import view_of

WIDTH, HEIGHT = 320, 800        # of a high panel: what is further down is not painted
CARD, FORMULA = 2.0, 0.2        # milliseconds
ROWS: tuple[tuple[str, str, Element | None], ...] = (
    ("2-2-2, the pass", "mazur-2-2-2", None),
    ("2-2-2, a weight", "mazur-2-2-2", Weight(2, 0, 0)),
    ("2-2-2, a hidden unit", "mazur-2-2-2", Unit(1, 0)),
    ("softmax of 3", "softmax-cross-entropy", Unit(1, 0)),
    ("784-16-16-10, a weight under Adam", "digits-784-16-16-10", Weight(2, 0, 0)),
    ("784-16-16-10, a unit of 784 inputs", "digits-784-16-16-10", Unit(1, 0)),
)


STEPS = 24                      # that are shown one after the other; the first ones are not counted
SETTLING = 8


class Times(NamedTuple):
    """How many formulas there are and are in sight; medians in milliseconds."""

    formulas: int
    in_sight: int
    trees: float
    shown: float
    drawn: float
    whole: float
    first: float


def spent_ms(action: Callable[[], object]) -> float:
    begin = time.process_time()
    action()
    return (time.process_time() - begin) * 1e3


def card_in_panel() -> tuple[FormulaCard, QScrollArea]:
    """A card on a page that scrolls, as in the inspector, and what is around it."""
    card, page, area = FormulaCard(), QWidget(), QScrollArea()
    card.set_theme(DARK)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(card)
    column.addStretch(1)
    area.setWidgetResizable(True)
    area.setWidget(page)
    area.resize(WIDTH, HEIGHT)
    area.show()
    QApplication.processEvents()
    return card, area


def measured(document: Document, element: Element | None) -> Times:
    """Steps a network, and shows every step on a card that stands in a panel that scrolls."""
    session = Session(document)
    card, area = card_in_panel()
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)

    def draw(card: FormulaCard) -> None:
        painter = QPainter(image)
        card.render(painter, QPoint(), QRegion(0, 0, card.width(), min(HEIGHT, card.height())))
        painter.end()

    rows: list[tuple[float, float, float]] = []
    for _ in range(STEPS):
        session.advance_step()
        view = view_of(session, selection=element)
        trees, shown = spent_ms(partial(sheet_of, view)), spent_ms(partial(card.show_view, view))
        rows.append((trees, shown, spent_ms(partial(draw, card))))
        QApplication.processEvents()
    trees, shown, drawn = (statistics.median(column) for column in zip(*rows[SETTLING:], strict=True))
    whole = statistics.median(shown + drawn for _, shown, drawn in rows[SETTLING:])
    firsts = []
    for _ in range(5):
        new, around = card_in_panel()
        firsts.append(spent_ms(partial(new.show_view, view)) + spent_ms(partial(draw, new)))
        around.close()
    painted = sum(card.place_of_formula(place).top() < HEIGHT for place in range(len(card.sheet.formulas)))
    area.close()
    return Times(len(card.sheet.formulas), max(1, painted), trees, shown, drawn, whole, statistics.median(firsts))


def main() -> None:
    app = QApplication.instance() or QApplication([])
    apply_theme(app, DARK)
    rows = []
    for name, example, element in ROWS:
        found = measured(open_example(example), element)
        rows.append((name, str(found.formulas), str(found.in_sight), f"{found.trees:.2f}",
                     f"{max(0.0, found.shown - found.trees):.2f}", f"{found.drawn:.2f}",
                     Goal(found.drawn / found.in_sight, FORMULA).text("ms"), Goal(found.whole, CARD).text("ms"),
                     f"{found.first:.2f}"))
    print_table("The formula card", (
        "network", "formulas", "in sight", "trees", "places", "draw", "each", "whole", "first"), rows)
    del app


if __name__ == "__main__":
    main()
