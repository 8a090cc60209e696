"""Processor milliseconds of a frame of the network's picture, 1200 × 800, antialiased.

`complete` is a frame in which everything is another than in the frame before: the drawing is resolved anew with heat
maps and thumbnails, all edges, units, numbers and matrices are painted.  `playing` is a redraw of the window's picture
while training flows: all edges anew, on them the numbers as they were last written.  `closer` is a complete frame of
the picture zoomed in eight times, where edges that are seen have their numbers: it is to take no longer than the whole
picture does.  `hit` finds what is under a pointer.

    python -m benchmarks drawing
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle
from math import nan
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_NO_GUI_THREADPOOL"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from benchmarks.table import Goal, print_table
from nnviz.gui.drawing import Drawing
from nnviz.gui.edges import drawn_edges
from nnviz.gui.layout import arrange
from nnviz.gui.network_view import NetworkView
from nnviz.gui.plane_resolving import MapOptions, with_maps
from nnviz.gui.pointing import edge_strengths, hit_map
from nnviz.gui.resolving import dead_units, drawing_of_moment
from nnviz.gui.theme import DARK
from nnviz.report.elements import Unit
from nnviz.report.metrics import Survey
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.gui.drawings import dense, mazur

WIDTH, HEIGHT = 1200, 800
CLOSER = 8.0                      # times that one looks closer
PLAYGROUND = {
    "format": "nnviz", "version": 1, "kind": "network", "name": "2-8-8-1", "inputs": 2,
    "layers": [{"units": 8, "activation": "tanh"}, {"units": 8, "activation": "tanh"},
               {"units": 1, "activation": "sigmoid"}],
    "loss": "binary_cross_entropy", "optimiser": {"name": "sgd", "learning_rate": 0.03},
    "data": {"name": "circle", "samples": 500}, "batch_size": 32,
}
LARGE = {
    "format": "nnviz", "version": 1, "kind": "network", "name": "784-128-64-10", "inputs": 784,
    "layers": [{"units": 128, "activation": "relu"}, {"units": 64, "activation": "relu"},
               {"units": [str(digit) for digit in range(10)], "activation": "softmax"}],
    "loss": "cross_entropy", "optimiser": {"name": "adam", "learning_rate": 0.002},
    "data": {"name": "digits"}, "batch_size": 32,
}
Frames = Callable[[], Iterator[Callable[[], Drawing]]]      # makes what resolves one frame after the other


def moments_of(document: Callable[[], Document]) -> Frames:
    """The frames of two moments of training in turn."""
    def frames() -> Iterator[Callable[[], Drawing]]:
        opened = document()
        session, found = Session(opened), []
        for _ in range(2):
            session.advance_steps(20)
            moment, problem, data = session.moment(), session.problem, session.segment.data
            dead = dead_units(Survey(problem, moment.parameters(), data))
            found.append(lambda moment=moment, dead=dead, problem=problem, data=data: with_maps(
                drawing_of_moment(opened, moment, dead), problem, data, moment, MapOptions()))
        return cycle(found)
    return frames


def made(*counts: int) -> Frames:
    """The frames of two made drawings in turn; nothing of an earlier frame is kept."""
    def frames() -> Iterator[Callable[[], Drawing]]:
        drawings = [dense(*counts, seed=seed) for seed in (1, 2)]
        return cycle([lambda drawing=drawing: replace(
            drawing, connections=tuple(replace(layer) for layer in drawing.connections)) for drawing in drawings])
    return frames


# name, its frames, goals: milliseconds of a complete frame, microseconds of finding what is under the pointer
ROWS: tuple[tuple[str, Frames, float, float], ...] = (
    ("2-2-2", lambda: cycle([mazur]), nan, nan),
    ("2-8-8-1 with heat maps", moments_of(lambda: Document.from_tree(PLAYGROUND)), 6.0, nan),
    ("784-16-16-10 digits", moments_of(lambda: open_example("digits-784-16-16-10")), 8.0, nan),
    ("784-128-64-10", moments_of(lambda: Document.from_tree(LARGE)), 8.0, nan),
    ("1000-1000-10, a million edges", made(1000, 1000, 10), 20.0, nan),
    ("2-4096-1", made(2, 4096, 1), nan, nan),
    ("36 × 11, 12,960 edges singly", made(*[36] * 11), nan, 100.0),
)


def median_ms(action: Callable[[], object], seconds: float = 1.0) -> float:
    """The median processor time of `action`."""
    times, until = [], time.perf_counter() + seconds
    while len(times) < 6 or time.perf_counter() < until:
        begin = time.process_time()
        action()
        times.append((time.process_time() - begin) * 1e3)
    return statistics.median(times[1:])


def frame_ms(frames: Frames, image: QImage, numbers: bool, zoom: float = 1.0) -> float:
    """A frame of the view while training flows, with all numbers (`numbers`) or those that were written last.

    `zoom` looks closer at the first unit of the last hidden layer, or of the input where there is none.
    """
    view = NetworkView(DARK)
    view.resize(WIDTH, HEIGHT)
    each = frames()

    def frame(numbers: bool = numbers) -> None:
        view.set_flowing(True, numbers=numbers)
        view.set_drawing(next(each)())
        view.render(image)

    frame(True)
    if zoom != 1.0 and view.drawing is not None:
        unit = Unit(len(view.drawing.columns) - 2, 0)
        view.zoom_by(zoom, view.point_of(unit))
    return median_ms(frame)


def hit_us(drawing: Drawing) -> float:
    """Finding what is under a pointer."""
    layout = arrange(drawing, WIDTH, HEIGHT)
    edges = drawn_edges(drawing, layout)
    hits, strengths = hit_map(layout, edges), edge_strengths(drawing, layout, edges)
    points = np.random.default_rng(0).uniform((0, 0), (WIDTH, HEIGHT), (200, 2)).tolist()

    def hit_all() -> None:
        for x, y in points:
            hits.element_at(x, y, 6.0, strengths)

    return median_ms(hit_all, seconds=0.3) / len(points) * 1e3


def main() -> None:
    app = QApplication.instance() or QApplication([])
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    rows = []
    for name, frames, goal, hit_goal in ROWS:
        drawing = next(frames())()
        edges = sum(layer.weights.size for layer in drawing.connections)
        complete = frame_ms(frames, image, True)
        rows.append((name, f"{edges:,}", Goal(complete, goal).text("ms"),
                     Goal(frame_ms(frames, image, False), nan).text("ms"),
                     Goal(frame_ms(frames, image, True, CLOSER), complete).text("ms"),
                     Goal(hit_us(drawing), hit_goal).text("µs")))
    print_table("A frame of the picture, 1200 × 800",
                ("network", "edges", "complete", "playing", "closer", "hit"), rows)
    del app


if __name__ == "__main__":
    main()
