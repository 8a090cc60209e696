"""The gradients into a layer as an image: a row for each unit, a column for each source, every edge a pixel.

Where a layer has more edges than the image has pixels, each shows the largest |gradient| of those that fall on it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor

from nnviz.gui import ink
from nnviz.gui.colour_scale import NEUTRAL, WARNING, ColourScale, edge_shades
from nnviz.gui.columns import Whole
from nnviz.gui.drawing import UNKNOWN, Array, Connections, Drawing
from nnviz.gui.ink import Anchor, draw_text, mix, stroke
from nnviz.gui.layout import NetworkLayout
from nnviz.gui.matrix_layout import CAPTION, MatrixPlace
from nnviz.gui.scene import Scene
from nnviz.gui.translation import tr
from nnviz.report.conventions import Conventions, in_force
from nnviz.report.elements import Element, Unit, Weight
from nnviz.report.numbers import count
from nnviz.words import lettered

LEAST_MARK = 5.0                  # pixels; the frame around one pixel of a matrix is at least so large


def reduced(layer: Connections, rows: int, columns: int) -> Array:
    """The largest known |gradient| on each of at most `rows` × `columns` pixels; UNKNOWN where none is known.

    A NaN wins: it must be seen.
    """
    return _largest(_largest(layer.magnitudes, rows, 0), columns, 1)


def _largest(values: Array, places: int, axis: int) -> Array:
    """The largest of all numbers that fall on each of `places` along an axis: of their first, of their second, ..."""
    size = values.shape[axis]
    if places >= size:
        return values
    first = _first(places, size)
    last = np.append(first[1:], size) - 1
    found = values.take(first, axis)
    for step in range(1, int((last - first).max()) + 1):
        np.maximum(found, values.take(np.minimum(first + step, last), axis), out=found)
    return found


def _first(places: int, size: int) -> Whole:
    """The first of `size` numbers that falls on each of `places` pixels."""
    return np.asarray((np.arange(places) * size + places - 1) // places, dtype=np.intp)


def matrix_colours(
    layer: Connections, rows: int, columns: int, scale: ColourScale, colours: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """The image of a layer's gradients, (rows, columns) or smaller, where `colours` has that of each bin."""
    found = reduced(layer, rows, columns)
    bins = scale.bins(found)
    bins[found == UNKNOWN] = NEUTRAL
    bins[~np.isfinite(found)] = WARNING
    return colours[bins]


def pixels_of(place: MatrixPlace, layer: Connections, pixel: float) -> tuple[int, int]:
    """Rows and columns of the image where a pixel of the screen is `pixel` large in the layout."""
    units, sources = layer.weights.shape
    return (max(1, min(units, int(place.height / pixel))), max(1, min(sources, int(place.width / pixel))))


def weight_at(drawing: Drawing, layout: NetworkLayout, x: float, y: float, pixel: float) -> Weight | None:
    """The weight under (x, y) of the layout: of those that share a pixel of the screen, the one that is seen."""
    for place in layout.matrices:
        if not (place.left <= x < place.left + place.width and place.top <= y < place.top + place.height):
            continue
        layer = drawing.connections[place.layer - 1]
        rows, columns = pixels_of(place, layer, pixel)
        units, sources = layer.weights.shape
        row = min(rows - 1, int((y - place.top) / place.height * rows))
        column = min(columns - 1, int((x - place.left) / place.width * columns))
        top, left = int(_first(rows, units)[row]), int(_first(columns, sources)[column])
        bottom, right = ([*_first(rows, units)[row + 1:row + 2], units][0],
                         [*_first(columns, sources)[column + 1:column + 2], sources][0])
        some = np.nan_to_num(layer.magnitudes[top:bottom, left:right], nan=np.inf)
        down, across = np.unravel_index(int(np.argmax(some)), some.shape)
        return layer.weight(place.layer, top + int(down), left + int(across))
    return None


def place_of(drawing: Drawing, layout: NetworkLayout, element: Element) -> tuple[float, float] | None:
    """The middle of a weight's pixel in the layout; None where its layer has no matrix."""
    for place in layout.matrices:
        if isinstance(element, Weight) and place.layer == element.layer:
            layer = drawing.connections[place.layer - 1]
            units, sources = layer.weights.shape
            return (place.left + (element.source + 0.5) / sources * place.width,
                    place.top + (layer.net_of(element) + 0.5) / units * place.height)
    return None


def draw_matrices(scene: Scene) -> None:
    """Paint the matrices below the network."""
    if not scene.layout.matrices:
        return
    colours = edge_shades(scene.theme)
    view = QRectF(0.0, 0.0, scene.layout.width, scene.layout.height)
    for place in scene.layout.matrices:
        if not _box(scene, place).intersects(view):
            continue                    # the picture is zoomed in elsewhere
        layer = scene.drawing.connections[place.layer - 1]
        shades = matrix_colours(layer, *pixels_of(place, layer, _pixel(scene)), scene.scale, colours)
        ink.draw_pixels(scene.painter, _box(scene, place), shades, shades.shape[1], shades.shape[0])


def draw_matrix_marks(scene: Scene) -> None:
    """Frames and captions of the matrices, and what in them is pointed at, selected or active."""
    pixels = int(0.84 * scene.layout.em)
    for place in scene.layout.matrices:
        box = _box(scene, place)
        active = scene.drawing.active_weights.get(place.layer, ())
        scene.painter.setBrush(Qt.BrushStyle.NoBrush)
        scene.painter.setPen(stroke(QColor(scene.theme.active), 2.2) if active else stroke(
            mix(scene.theme.line, scene.theme.ink, 0.3), 1.0))
        scene.painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
        shared = edges_a_pixel(place, scene.drawing.connections[place.layer - 1], _pixel(scene))
        for caption in captions(scene.drawing, place.layer, shared):
            if ink.text_width(caption, pixels) <= max(box.width(), 5 * scene.layout.em):
                draw_text(scene.painter, box.left(), box.top() - 0.5 * CAPTION * scene.em, caption, pixels,
                          QColor(scene.theme.muted), Anchor.LEFT)
                break
        if len(active) == 1:
            _mark(scene, place, box, active[0], QColor(scene.theme.active))
        _mark(scene, place, box, scene.interaction.hovered, mix(scene.theme.canvas, scene.theme.accent, 0.75))
        _mark(scene, place, box, scene.interaction.selected, QColor(scene.theme.accent))


def _pixel(scene: Scene) -> float:
    """How large a pixel of the screen is in the layout."""
    return 1.0 / (scene.zoom * (scene.options.ratio if scene.options.raster else 1.0))


def edges_a_pixel(place: MatrixPlace, layer: Connections, pixel: float) -> int:
    """How many edges share a pixel of a matrix at most; it has the colour of the strongest of them."""
    rows, columns = pixels_of(place, layer, pixel)
    units, sources = layer.weights.shape
    return -(-units // rows) * -(-sources // columns)


def captions(drawing: Drawing, layer: int, shared: int = 1) -> tuple[str, ...]:
    """What a matrix is called of which up to `shared` edges share a pixel, from the longest to the shortest."""
    name = f"{drawing.colour_name} W{layer}"
    if drawing.colours_gradients:
        name = f"∂{drawing.loss_name}/∂W{layer}"
    return _captions(name, *drawing.connections[layer - 1].weights.shape, shared, in_force())


@lru_cache(maxsize=32)
def _captions(name: str, units: int, sources: int, shared: int, conventions: Conventions) -> tuple[str, ...]:
    name, size = lettered(name), f"{units} × {sources}"
    if shared == 1:
        templates = (tr("{name}   {size}, every edge a pixel: units down, sources across"),
                     tr("{name}   {size}, every edge a pixel"))
    else:
        templates = (tr("{name}   {size}, a pixel the strongest of up to {shared} edges: units down, sources across"),
                     tr("{name}   {size}, a pixel the strongest of up to {shared} edges"))
    return (*(template.format(name=name, size=size, shared=count(shared)) for template in templates),
            f"{name}   {size}", name)


def _box(scene: Scene, place: MatrixPlace) -> QRectF:
    x, y = scene.transform.point(place.left, place.top)
    return QRectF(round(x), round(y), max(1, round(place.width * scene.zoom)), max(1, round(place.height * scene.zoom)))


def _mark(scene: Scene, place: MatrixPlace, box: QRectF, element: Element | None, colour: QColor) -> None:
    """A frame around a weight's pixel, around a unit's row, or around the column of a source."""
    layer = scene.drawing.connections[place.layer - 1]
    units, sources = layer.weights.shape
    first, rows, left, columns = 0, units, 0, sources
    if isinstance(element, Weight) and element.layer == place.layer:
        first, rows, left, columns = layer.net_of(element), 1, element.source, 1
    elif isinstance(element, Unit) and element.layer == place.layer:
        first, rows = element.unit * layer.pieces, layer.pieces
    elif isinstance(element, Unit) and element.layer == place.layer - 1:
        left, columns = element.unit, 1
    else:
        return
    frame = QRectF(box.left() + left / sources * box.width(), box.top() + first / units * box.height(),
                   columns / sources * box.width(), rows / units * box.height())
    wide, high = (max(0.0, LEAST_MARK - size) / 2 for size in (frame.width(), frame.height()))
    scene.painter.setBrush(Qt.BrushStyle.NoBrush)
    scene.painter.setPen(stroke(colour, 1.6))
    scene.painter.drawRect(frame.adjusted(-wide - 1, -high - 1, wide + 1, high + 1))
