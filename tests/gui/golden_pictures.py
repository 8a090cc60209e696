"""The pictures that are compared with those in `tests/gui/golden`: one of each kind of view, in both themes.

All of them are drawn by our own painters with the bundled fonts, so that they look the same on every machine but for
the smoothing of edges. After a change of the looks that is meant, draw them anew, look at each, and commit them:

    python -m tests.gui.golden_pictures
    python -m tests.gui.golden_pictures network-of-discs map-of-a-surface
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from nnviz.gui.drawing import Drawing
from nnviz.gui.drawing_canvas import DrawingCanvas
from nnviz.gui.drawn_image import DrawnImage
from nnviz.gui.fonts import text_font
from nnviz.gui.formula_card import FormulaCard
from nnviz.gui.gate_resolving import graph_after
from nnviz.gui.gate_view import GateView
from nnviz.gui.layer_heads import head_places
from nnviz.gui.minimap import Minimap
from nnviz.gui.network_editor import NetworkEditor
from nnviz.gui.network_view import NetworkView
from nnviz.gui.panels.data import DataPanel
from nnviz.gui.panels.matrix_form import MatrixFormPanel
from nnviz.gui.panels.weight_matrices import WeightMatricesPanel
from nnviz.gui.plane_resolving import with_maps
from nnviz.gui.rendering import card_picture
from nnviz.gui.resolving import dead_units, drawing_after, drawing_of_moment
from nnviz.gui.scene import Trail
from nnviz.gui.surface_resolving import surface_after
from nnviz.gui.surface_view import SurfaceView
from nnviz.gui.theme import THEMES, Theme
from nnviz.gui.timeline_bar import TimeSlider
from nnviz.report.elements import Element, Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.metrics import Survey
from nnviz.report.neuron_graph import neuron_graph
from nnviz.report.quantities import Quantity
from nnviz.session.branches import Mark
from nnviz.session.examples import open_example
from nnviz.session.session import Session
from tests.gui.drawings import dense, digit, digits_network, mazur, playground
from tests.gui.panels.views import circle as circle_document
from tests.gui.panels.views import mazur as mazur_document
from tests.gui.panels.views import view_of
from tests.gui.panels.views import xor as xor_document

FOLDER = Path(__file__).with_name("golden")
SIZE, SMALLER = QSize(640, 420), QSize(520, 340)       # of those with much in them
COLOURS = 64                      # of a palette; what is left over has the colour nearest to its own
BLOCK = 6                         # pixels along a side of the squares whose mean colours are compared
MOST_ON_AVERAGE = 1.2             # of 255, over a whole picture: other smoothing of edges and text stays below it
MOST_IN_A_BLOCK = 42.0            # of 255: a label that has moved, appeared or gone is far above it
Pixels = NDArray[np.uint8]
Draw = Callable[[Theme], QImage]


# ── what is drawn ────────────────────────────────────────────────────────────────────────────────────────────
def network(
    made: Callable[[], Drawing], selected: Element | None = None, zoom: float = 1.0, size: QSize = SIZE
) -> Draw:
    """A network from arrays, with something selected, zoomed in around it."""
    def draw(theme: Theme) -> QImage:
        view = NetworkView(theme)
        view.resize(size)
        view.set_drawing(made())
        view.set_selected(selected)
        if selected is not None and zoom != 1.0:
            view.zoom_by(zoom, view.point_of(selected))
            at = view.point_of(selected)
            view.pan_by(size.width() / 2 - at.x(), size.height() / 2 - at.y())
        return view.render_picture()
    return draw


def example(name: str, steps: int = 0, size: QSize = SIZE) -> Draw:
    """The network of an example after some steps, with all that the window adds to it."""
    return network(lambda: drawing_after(open_example(name), steps)[0], size=size)


def own_example(name: str, steps: int, *inputs: float) -> Draw:
    """An example of the user's own, halfway through its pass: a ring on the surface stands where nobody's example is.
    """
    def made() -> Drawing:
        session = Session(open_example(name))
        session.advance_steps(steps)
        session.try_example(inputs)
        session.advance_phase()
        problem, data, moment = session.problem, session.segment.data, session.moment()
        drawing = drawing_of_moment(session.document, moment, dead_units(Survey(problem, moment.parameters(), data)))
        return with_maps(drawing, problem, data, moment, own=np.array(inputs))
    return network(made)


def buttons_of_heads(theme: Theme) -> QImage:
    """The pointer is on the button that adds a unit: the others of that layer's title are seen, too."""
    view = NetworkEditor(theme)
    view.resize(SIZE)
    drawing = dense(3, 4, 2, dead=False)
    view.set_drawing(drawing)
    at = next(place.middle() for place in head_places(drawing, view._arranged(), view.transform_now)
              if (place.layer, place.button.name) == (1, "more"))
    none = Qt.MouseButton.NoButton
    QApplication.sendEvent(view, QMouseEvent(QEvent.Type.MouseMove, at, at, none, none,
                                             Qt.KeyboardModifier.NoModifier))
    view._answer_pointer()                        # what it does once a frame
    return view.render_picture()


def paths(theme: Theme) -> QImage:
    """The paths by which a weight gets its gradient, one of them lit."""
    view = NetworkView(theme)
    view.resize(SIZE)
    view.set_drawing(mazur())
    view.set_trails(tuple(Trail((Unit(0, 0), Weight(1, 0, 0), Unit(1, 0), Weight(2, unit, 0), Unit(2, unit)),
                                share, unit == 0, unit == 0) for unit, share in enumerate((1.0, 0.3))))
    return view.render_picture()


def surface(name: str, steps: int) -> Draw:
    def draw(theme: Theme) -> QImage:
        view = SurfaceView(theme)
        view.resize(SIZE)
        view.set_drawing(surface_after(open_example(name), steps)[0])
        return view.render_picture()
    return draw


def graph(name: str) -> Draw:
    def draw(theme: Theme) -> QImage:
        view = GateView(theme)
        view.resize(SIZE)
        view.set_drawing(graph_after(open_example(name), 1)[0])
        view.select_node(2)
        return view.render_picture()
    return draw


def after_a_step() -> Session:
    session = Session(mazur_document())
    session.advance_step()
    return session


def opened_neuron(theme: Theme) -> QImage:
    """A hidden unit as a graph of gates."""
    session = after_a_step()
    moment = session.moment(0)
    view = GateView(theme, read_only=True)
    view.resize(SIZE)
    labels = Labels(session.segment.problem.network, session.segment.document.labels)
    view.set_reading(neuron_graph(moment, labels, Unit(1, 0), False, 8).reading, "h1")
    return view.render_picture()


def minimap(theme: Theme) -> QImage:
    view = NetworkView(theme)
    view.resize(1200, 800)
    view.set_drawing(digits_network())
    overview = Minimap(view)
    view.zoom_by(3.0, QPointF(600, 300))
    return rendered(overview, theme.canvas)


def card(name: str) -> Draw:
    return lambda theme: card_picture(open_example(name), theme, QSize(300, 190), 1.0)


def formula_card(theme: Theme) -> QImage:
    made = FormulaCard()
    made.setFont(small_font())
    made.set_theme(theme)
    made.resize(420, 100)
    made.show_view(view_of(after_a_step(), selection=Weight(2, 0, 0)))
    made.resize(420, min(made.heightForWidth(420), 560))
    made.place_of_formula(0)                     # all formulas are set
    return rendered(made, theme.base, children=False)       # a button has the style of whatever window was there before


def matrices(pointed: Quantity | None = None) -> Draw:
    """A layer's step as an equation, with what is lit of it where its user points."""
    def draw(theme: Theme) -> QImage:
        panel = MatrixFormPanel()
        panel.set_theme(theme)
        panel.matrices.setFont(small_font())
        session = Session(xor_document())
        session.advance(3)
        panel.refresh(view_of(session))
        panel.matrices.set_pointed(pointed)
        panel.matrices.resize(panel.matrices.sizeHint())
        return rendered(panel.matrices, theme.base)
    return draw


def weight_matrices(theme: Theme) -> QImage:
    """Every weight and every gradient as a cell."""
    panel = WeightMatricesPanel()
    panel.set_theme(theme)
    session = Session(xor_document())
    session.advance_steps(20)
    panel.refresh(view_of(session))
    panel.canvas.setFont(small_font())
    panel.canvas.resize(SMALLER)
    return panel.canvas.render_picture()


def weights_of_an_image(theme: Theme) -> QImage:
    """More weights than there are pixels for: the row of what is selected stands as an image beside them, and the cell
    that is pointed at is framed, with its row and its column."""
    panel = WeightMatricesPanel()
    panel.set_theme(theme)
    session = Session(open_example("digits-784-16-16-10"))
    session.advance_steps(3)
    panel.refresh(view_of(session))
    panel.set_selected(Unit(1, 4))
    panel.set_pointed(Quantity("parameter", Weight(3, 6, 11)))
    panel.canvas.setFont(small_font())
    panel.canvas.resize(SIZE)
    return panel.canvas.render_picture()


def plane_of_examples(theme: Theme) -> QImage:
    """Examples that can be put down, moved and taken away by hand."""
    panel = DataPanel()
    panel.set_theme(theme)
    panel.plane.setFont(text_font(10.0))          # its ticks are written in points
    panel.plane.setParent(None)
    panel.plane.resize(360, 330)
    panel.refresh(view_of(Session(circle_document())))
    image = rendered(panel.plane, theme.base)
    panel.plane.hide()          # the panel has shown it, and it would catch the pointer of later tests
    return image


def drawing_pad(theme: Theme) -> QImage:
    pad = DrawingCanvas()
    pad.set_theme(theme)
    pad.resize(260, 240)
    drawn = DrawnImage(28)
    for start, end in (((8.0, 7.0), (20.0, 7.0)), ((20.0, 7.0), (12.0, 23.0))):
        drawn.draw(start, end, 3.0, 2.0, True)
    pad.set_drawing(drawn)
    return rendered(pad, theme.base)


def timeline(theme: Theme) -> QImage:
    slider = TimeSlider()
    slider.setFont(small_font())
    slider.track.set_theme(theme)
    steps = np.arange(0.0, 1000.0, 10.0)
    losses = 0.7 * np.exp(-steps / 250.0) + 0.05 * np.cos(steps / 30.0) ** 2
    slider.track.set_curve(steps, losses, losses + 0.03)
    slider.track.marks = [Mark(300, ("learning rate = 0.25",))]
    slider.track.branches = [(300, 620)]
    slider.show_time(640, 1000, 0.1, False)
    slider.resize(SIZE.width(), 40)
    return rendered(slider, theme.window)


KINDS: dict[str, Draw] = {
    "network-of-discs": network(mazur, Weight(1, 1, 0)),
    "network-of-capsules": network(lambda: dense(3, 6, 5, 2), Unit(1, 3)),
    "network-of-strips": network(lambda: dense(784, 128, 64, 10, inputs=digit()), Unit(2, 20)),
    "folded-layer": network(lambda: replace(dense(8, 40, 12, 3), folded=frozenset({1}))),
    "network-from-near-by": network(playground, Unit(1, 3), 3.0, SMALLER),
    "digits": example("digits-784-16-16-10", 3, SMALLER),
    "buttons-of-heads": buttons_of_heads,
    "paths": paths,
    "heat-maps": example("circle", 60),
    "classes-of-the-plane": example("clouds", 60),
    "own-example": own_example("circle", 60, -3.0, 3.5),
    "several-classes": example("iris", 10),
    "maxout": example("xor-maxout", 5),
    "overview": minimap,
    "map-of-a-surface": surface("surface-ravine", 25),
    "graph-of-gates": graph("gate-sigmoid-neuron"),
    "opened-neuron": opened_neuron,
    "formula-card": formula_card,
    "matrices": matrices(),
    "matrices-pointed-at": matrices(Quantity("parameter", Weight(1, 2, 1))),
    "weights-and-gradients": weight_matrices,
    "weights-of-an-image": weights_of_an_image,
    "plane-of-examples": plane_of_examples,
    "drawing-pad": drawing_pad,
    "timeline": timeline,
    "card-of-the-gallery": card("spiral"),
}


def small_font() -> QFont:
    font = text_font(10.0)
    font.setPixelSize(13)
    return font


def rendered(widget: QWidget, ground: str, children: bool = True) -> QImage:
    """A widget that is not on any screen, on its ground, with or without what lies in it."""
    image = QImage(widget.size(), QImage.Format.Format_RGB32)
    image.fill(QColor(ground))
    painter = QPainter(image)
    try:
        widget.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren if children else (
            QWidget.RenderFlag(0)))
    finally:
        painter.end()
    return image


# ── how they are kept and compared ───────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Difference:
    """How far two pictures of one size are apart, in steps of 255: on average, and in the square that differs most."""

    average: float
    in_a_block: float

    @property
    def is_small(self) -> bool:
        return self.average <= MOST_ON_AVERAGE and self.in_a_block <= MOST_IN_A_BLOCK


def pixels_of(image: QImage) -> Pixels:
    """Red, green and blue (height, width, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    found = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.width(), 4)
    return found[:, :, 2::-1].copy()


def difference(one: Pixels, other: Pixels) -> Difference:
    """ValueError where the sizes differ."""
    if one.shape != other.shape:
        raise ValueError(f"one picture is {one.shape[1]} × {one.shape[0]}, the other {other.shape[1]} × "
                         f"{other.shape[0]}")
    apart = one.astype(np.float64) - other
    high, wide = (size // BLOCK * BLOCK for size in apart.shape[:2])
    blocks = apart[:high, :wide].reshape(high // BLOCK, BLOCK, wide // BLOCK, BLOCK, 3).mean(axis=(1, 3))
    return Difference(float(np.abs(apart).mean()), float(np.abs(blocks).max()))


def shown_difference(one: Pixels, other: Pixels) -> QImage:
    """Where two pictures differ, bright on black."""
    high, wide = min(one.shape[0], other.shape[0]), min(one.shape[1], other.shape[1])
    apart = np.abs(one[:high, :wide].astype(np.int16) - other[:high, :wide]).max(axis=2)
    grey = np.ascontiguousarray(np.minimum(255, apart * 3).astype(np.uint8))
    return QImage(grey.data, wide, high, wide, QImage.Format.Format_Grayscale8).copy()


def with_palette(image: QImage) -> QImage:
    """The same picture in a palette of few colours: a small file."""
    pixels = pixels_of(image)
    codes = (pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)).ravel()
    colours, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
    parts, chosen = _parts(colours), [int(np.argmax(counts))]
    far = np.abs(parts - parts[chosen[0]]).sum(axis=1)
    while len(chosen) < COLOURS and far.any():       # next the one that is frequent and far from those chosen
        chosen.append(int(np.argmax(far * np.sqrt(counts))))
        far = np.minimum(far, np.abs(parts - parts[chosen[-1]]).sum(axis=1))
    kept = colours[chosen]
    nearest = _nearest(colours, kept)
    indices = np.zeros((image.height(), -(-image.width() // 4) * 4), dtype=np.uint8)
    indices[:, :image.width()] = nearest[places].reshape(image.height(), image.width())
    made = QImage(indices.data, image.width(), image.height(), indices.shape[1], QImage.Format.Format_Indexed8).copy()
    made.setColorTable([0xFF000000 | int(colour) for colour in kept])
    return made


def in_colours_of(image: QImage, kept: QImage) -> Pixels:
    """The pixels of `image`, each in the nearest colour of the palette of `kept`: what two pictures differ by is then
    not what the palette lacks."""
    pixels = pixels_of(image)
    codes = (pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)).ravel()
    colours, places = np.unique(codes, return_inverse=True)
    palette = np.array(kept.colorTable(), dtype=np.uint32)
    return _parts(palette[_nearest(colours, palette)])[places].reshape(pixels.shape).astype(np.uint8)


def _nearest(colours: NDArray[np.uint32], palette: NDArray[np.uint32]) -> NDArray[np.intp]:
    """The place in `palette` of the colour nearest to each of `colours`."""
    own = _parts(palette)
    return np.concatenate([np.abs(_parts(part)[:, None] - own).sum(axis=2).argmin(axis=1)
                           for part in np.array_split(colours, max(1, len(colours) // 1000))])


def _parts(colours: NDArray[np.uint32]) -> NDArray[np.int32]:
    return np.stack([colours >> 16 & 255, colours >> 8 & 255, colours & 255], axis=1).astype(np.int32)


def file_of(kind: str, theme: str) -> Path:
    return FOLDER / f"{kind}-{theme}.png"


def main(kinds: list[str]) -> int:
    """Draws the pictures named, or all of them, anew; 2 for a name that is none."""
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        print(f"There is no picture {unknown[0]!r}; there are {', '.join(KINDS)}.", file=sys.stderr)
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    FOLDER.mkdir(exist_ok=True)
    for kind in kinds or KINDS:
        for name, theme in THEMES.items():
            path = file_of(kind, name)
            with_palette(KINDS[kind](theme)).save(str(path), "PNG", 0)      # 0: as small as it gets
            print(f"{path.name:40}{path.stat().st_size / 1024:8.1f} kB")
    print(f"{sum(path.stat().st_size for path in FOLDER.glob('*.png')) / 1024:48.1f} kB")
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
