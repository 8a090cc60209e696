"""Milliseconds of a picture of a graph of gates, 1200 × 800, and of finding the places of its gates once.

    python benchmarks/gates.py
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_NO_GUI_THREADPOOL"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1]))

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from benchmarks.drawing import HEIGHT, WIDTH, median_ms
from benchmarks.table import Goal, print_table
from nnviz.gui.fonts import load_fonts
from nnviz.gui.gate_drawing import GateDrawing
from nnviz.gui.gate_picture import layout_of
from nnviz.gui.gate_view import GateView
from nnviz.gui.theme import DARK
from tests.gui.gate_readings import NEURON_VALUES, SIGMOID_NEURON, reading_of

DIGITS = 6
NO_GOAL = float("nan")
#: What is drawn: a name, a formula, and how many milliseconds a picture of it may take.
ROWS: tuple[tuple[str, str, float], ...] = (
    ("sigmoid neuron", SIGMOID_NEURON, 2.0),
    ("20 gates", "tanh(a*b + c*d + k)*tanh(a*d - c*b + k) + exp(-(a*a + b*b))*(c + d)^2 - max(a, c)*k", 2.0),
    ("47 gates in a row", "+".join(f"x{number}" for number in range(48)), NO_GOAL),
)


def main() -> None:
    application = QApplication.instance() or QApplication([])
    load_fonts()
    rows = []
    for name, formula, bound in ROWS:
        values = NEURON_VALUES if formula == SIGMOID_NEURON else [0.1 * number for number in range(1, 49)]
        drawing = GateDrawing(reading_of(formula, values), "backward", formula)
        view = GateView(DARK)
        view.resize(WIDTH, HEIGHT)
        view.set_digits(DIGITS)
        view.set_drawing(drawing)
        found = median_ms(lambda view=view: view.render_picture(QSize(WIDTH, HEIGHT)))
        placing = median_ms(lambda drawing=drawing: layout_of(drawing, DIGITS), 0.3)
        gates = sum(mark.is_gate for mark in view.layout_now().marks)
        rows.append((name, str(gates), Goal(found, bound).text("ms"), f"{placing:.2f} ms"))
    print_table("A graph of gates", ("formula", "gates", "picture", "places, once"), rows)
    del application


if __name__ == "__main__":
    main()
