"""Milliseconds that the formula card takes: to work a sheet of formulas out, and to draw it, in a panel 320 wide.

`formulas` is making their trees and their notation, `layout` their places (once a number changes), `draw` one painting
of as much of the card as a high panel shows, and `each` its share for one formula.  The goals are for drawing.

    python -m benchmarks.formula_card
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtWidgets import QApplication

from benchmarks.table import Goal, print_table
from nnviz.gui.formula_card import LONGEST, FormulaCard
from nnviz.gui.formula_sheet import sheet_of
from nnviz.gui.theme import DARK
from nnviz.gui.theme_apply import apply_theme
from nnviz.report.elements import Element, Unit, Weight
from nnviz.report.formula_lines import three_lines
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


def median_ms(action: Callable[[], object], seconds: float = 0.6) -> float:
    action()
    times, until = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < until:
        begin = time.perf_counter()
        action()
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)


def measured(document: Document, element: Element | None) -> tuple[int, float, float, float, int]:
    """How many formulas there are; milliseconds: their notation, all, drawing; and how many formulas are drawn."""
    session = Session(document)
    session.advance_step()
    card = FormulaCard()
    card.set_theme(DARK)
    card.resize(WIDTH, 100)
    view = view_of(session, selection=element)

    def written() -> None:
        for formula in sheet_of(view).formulas:
            three_lines(formula, view.digits, LONGEST)

    trees, whole = median_ms(written), median_ms(lambda: card.show_view(view))
    card.resize(WIDTH, card.heightForWidth(WIDTH))
    seen = QRegion(0, 0, WIDTH, min(HEIGHT, card.height()))
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)

    def draw() -> None:
        painter = QPainter(image)
        card.render(painter, QPoint(), seen)
        painter.end()

    painted = sum(card.place_of_formula(place).top() < HEIGHT for place in range(len(card.sheet.formulas)))
    return len(card.sheet.formulas), trees, whole, median_ms(draw), max(1, painted)


def main() -> None:
    app = QApplication.instance() or QApplication([])
    apply_theme(app, DARK)
    rows = []
    for name, example, element in ROWS:
        count, trees, whole, draw, painted = measured(open_example(example), element)
        rows.append((name, str(count), f"{trees:.2f}", f"{max(0.0, whole - trees):.2f}", Goal(draw, CARD).text("ms"),
                     Goal(draw / painted, FORMULA).text("ms")))
    print_table("The formula card", ("network", "formulas", "formulas ms", "layout ms", "draw", "each"), rows)
    del app


if __name__ == "__main__":
    main()
