"""Milliseconds a frame of the network's picture, 1200 × 800, antialiased, every edge changing.

`playing` is a redraw of the window's picture while training flows: all edges anew, on them the numbers as they were
last written.  `edges` is their part of it, and `all anew` a frame in which every number is written too, which happens
a few times a second.  `closer` is such a frame of the picture zoomed in eight times, in which every edge that is seen
has its numbers where there is room: it is not to take longer.  `hit` is how long it takes to find what lies under the
pointer.

    python benchmarks/drawing.py
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_NO_GUI_THREADPOOL"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.drawing import Drawing
from nnviz.gui.edges import drawn_edges
from nnviz.gui.layout import arrange
from nnviz.gui.network_view import NetworkView
from nnviz.gui.picture import Interaction, NetworkPainter, PictureOptions, Transform
from nnviz.gui.pointing import edge_strengths, hit_map
from nnviz.gui.theme import DARK
from nnviz.report.elements import Unit
from tests.gui.drawings import dense, digits_network, mazur, playground

WIDTH, HEIGHT = 1200, 800
HIT_GOAL = 100.0                  # µs
CLOSER = 8.0                      # times
ROWS: tuple[tuple[str, Callable[[], Drawing], float | None], ...] = (
    ("2-2-2", mazur, None),
    ("2-8-8-1", playground, 1.0),
    ("784-16-16-10", digits_network, 35.0),
    ("784-128-64-10 (strongest)", lambda: dense(784, 128, 64, 10), None),
    ("2-4096-1 (strongest)", lambda: dense(2, 4096, 1), None),
)


def median_ms(action: Callable[[], object], seconds: float = 1.0) -> float:
    action()
    times, until = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < until:
        begin = time.perf_counter()
        action()
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)


def main() -> None:
    app = QApplication.instance() or QApplication([])
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    print(f"{'network':28}{'edges':>8}{'playing ms':>12}{'goal':>6}{'edges ms':>10}{'all anew ms':>13}"
          f"{'closer ms':>11}{'hit µs':>8}{'goal':>6}")
    for name, make, goal in ROWS:
        drawing = make()
        layout = arrange(drawing, WIDTH, HEIGHT)
        scale = ColourScale().fitting_drawing(drawing)
        edges = drawn_edges(drawing, layout)

        def paint(whole: bool, drawing: Drawing = drawing, layout=layout, scale=scale, edges=edges) -> None:
            painter = QPainter(image)
            painter.setClipRect(QRectF(0, 0, WIDTH, HEIGHT))
            picture = NetworkPainter(painter, drawing, layout, DARK, scale, edges, PictureOptions(), Transform(),
                                     Interaction())
            picture.paint_edges()
            if whole:
                picture.paint_rest()
            painter.end()

        view = NetworkView(DARK)
        view.resize(WIDTH, HEIGHT)
        view.set_drawing(drawing)
        view.set_flowing(True, numbers=True)
        view.render(image)

        def flow(drawing: Drawing = drawing, view: NetworkView = view) -> None:
            view.set_flowing(True, numbers=False)
            view.set_drawing(replace(drawing))
            view.render(image)

        closer = NetworkView(DARK)
        closer.resize(WIDTH, HEIGHT)
        closer.set_drawing(drawing)
        unit = Unit(len(drawing.columns) - 2, 0)
        closer.set_selected(unit)
        closer.zoom_by(CLOSER, closer.point_of(unit))

        def look_closer(view: NetworkView = closer) -> None:
            view._repaint()
            view.render(image)

        hits = hit_map(layout, edges)
        strengths = edge_strengths(drawing, layout, edges)
        points = np.random.default_rng(0).uniform((0, 0), (WIDTH, HEIGHT), (200, 2)).tolist()

        def hit_all(hits=hits, strengths=strengths, points=points) -> None:
            for x, y in points:
                hits.element_at(x, y, 6.0, strengths)

        hit = median_ms(hit_all, 0.3) / len(points) * 1e3
        count = sum(layer.units.size for layer in edges)
        goal_text = f"{goal:g}" if goal is not None else ""
        print(f"{name:28}{count:8}{median_ms(flow):12.2f}{goal_text:>6}{median_ms(lambda: paint(False)):10.2f}"
              f"{median_ms(lambda: paint(True)):13.2f}{median_ms(look_closer):11.2f}{hit:8.1f}{HIT_GOAL:6g}")
    del app


if __name__ == "__main__":
    main()
