"""The weights of a network as images: every weight a cell, blue where it is negative, and what is told of it beside.

Cells that are large enough have their numbers written in them; zooming in makes them so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from nnviz.gui import ink
from nnviz.gui.canvas import Canvas
from nnviz.gui.colour_maps import lightness
from nnviz.gui.colour_scale import NEUTRAL, WARNING, ZERO, ColourScale, edge_colours
from nnviz.gui.drawing import Array, Mask
from nnviz.gui.gestures import Pan
from nnviz.gui.ink import Anchor, draw_text, stroke
from nnviz.gui.layer_matrices import LayerMatrices, strongest_of
from nnviz.gui.legend import draw_colour_bar
from nnviz.gui.map_colours import SHADES, Pixels, map_colours, map_pixels
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.weight_sheets import NAMED, Heading, Sheet, Sheets, arrange_sheets
from nnviz.report.elements import Bias, Element, Parameter, Unit, Weight
from nnviz.report.numbers import MINUS, count, short
from nnviz.report.weight_tables import BIAS, SLOPE, TableShape

BASE_TEXT = 11.5                  # pixels
LEAST_NUMBER = 7.0                # pixels of a number that is written in a cell
AROUND = 2                # cells on each side of the selected one that Z shows with it
DIGITS = 3
LEGEND, LOW = 3.4, 13.0           # ems at the foot; of a picture so low there is none, to leave room for cells
TITLE_LINE, BELOW_TITLE = 0.75, 1.95      # ems from above: a title that stays in view, the names of columns below it
TITLE_EDGE = 4.0                  # pixels from the left
GRID = 9.0                        # pixels of a cell from which on there are lines between cells


@dataclass(frozen=True)
class Pointed:
    """What lies under the pointer: an element, in a sheet of the parameters (0) or of what is told of them (1)."""

    element: Element
    told: int


@dataclass(frozen=True)
class Said:
    """The words around the matrices: what is told of each parameter, in full and as a sign."""

    label: str
    symbol: str


class WeightCanvas(Canvas):
    """Matrices of layers that can be zoomed, pointed at, clicked, and walked through by keyboard."""

    pointed = Signal(object)                   # Pointed | None
    selected = Signal(object)                  # Element | None
    copied = Signal()                          # the numbers are to be copied

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.describe: Callable[[Element], str] | None = None
        self.speak: Callable[[Element], str] | None = None
        self._layers: tuple[LayerMatrices, ...] = ()
        self._said = Said("", "")
        self._scale = ColourScale()
        self._selected: Element | None = None
        self._lit: Element | None = None
        self._cursor: Parameter | None = None          # where the keyboard is
        self._arranged: tuple[object, Sheets] | None = None
        self._images: dict[tuple[object, ...], tuple[QImage, Pixels]] = {}
        self.written: dict[tuple[int, Parameter], str] = {}
        self.titles: dict[tuple[int, int, str], QRectF] = {}       # that are seen: layer, what it has, its part
        self.setAccessibleName(tr("Matrices of weights and gradients"))

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────────
    def show_layers(self, layers: Sequence[LayerMatrices], said: Said, scale: ColourScale) -> None:
        """Shows `layers`, none for an empty canvas; `scale` is that of what is told."""
        before = self._shapes()
        self._layers, self._said, self._scale = tuple(layers), said, scale
        if self._shapes() != before:
            self._cursor = None
            self.zoom_fit()
        self._images.clear()
        self.update()

    @property
    def layers(self) -> tuple[LayerMatrices, ...]:
        return self._layers

    @property
    def colour_scale(self) -> ColourScale:
        return self._scale

    def set_selected(self, element: Element | None) -> None:
        """Frames `element`, its row and its column."""
        if element != self._selected:
            self._selected = element
            if isinstance(element, Parameter):
                self._cursor = element
            self.update()

    def set_lit(self, element: Element | None) -> None:
        """Lights `element`: its numbers are pointed at, here or elsewhere."""
        if element != self._lit:
            self._lit = element
            self.update()

    def set_theme(self, theme: Theme) -> None:
        self._images.clear()
        super().set_theme(theme)

    def cell_of(self, element: Parameter, told: int = 0) -> QRectF:
        """Where the cell of a parameter is in the widget; LookupError where it has none."""
        for sheet in self.sheets().sheets:
            place = self._place_in(sheet, element)
            if place is not None and sheet.told == told and sheet.part != "image":
                return self._seen(sheet.cell_box(*place))
        raise LookupError(f"no matrix here has {element}")

    def selected_boxes(self) -> tuple[QRectF, ...]:
        """The cell of what is selected with those around it; of a unit its row, else its column."""
        boxes: list[QRectF] = []
        for sheet in self.sheets().sheets if self._selected is not None else ():
            assert self._selected is not None
            if sheet.told or sheet.part == "image":
                continue
            place, (wide, high) = self._place_in(sheet, self._selected), sheet.cell
            if place is not None:
                around = sheet.cell_box(*place).adjusted(-AROUND * wide, -AROUND * high, AROUND * wide, AROUND * high)
                boxes.append(around.intersected(sheet.box))
            elif isinstance(self._selected, Unit):
                boxes += self._lines_of(sheet, self._selected)
        return tuple(boxes[:1])

    def colour_of(self, element: Parameter, told: int = 0) -> QColor:
        """The colour of its cell."""
        layer = next(layer for layer in self._layers if layer.shape.layer == element.layer)
        for sheet in self.sheets().sheets:
            place = self._place_in(sheet, element)
            if place is not None and sheet.told == told and sheet.part != "image":
                numbers, known = layer.numbers(sheet)
                return QColor.fromRgb(int(self._pixels(layer.top, sheet.told, numbers, known)[place]))
        raise LookupError(f"no matrix here has {element}")

    # ── where it is ──────────────────────────────────────────────────────────────────────────────────────────
    def sheets(self, size: QSize | None = None) -> Sheets:
        """Where everything stands, before zooming."""
        size, em = size or self.size(), BASE_TEXT * self._text_scale
        shapes, rows = self._shapes(), tuple(self._row_shown(shape) for shape in self._shapes())
        key = (shapes, rows, size.width(), size.height(), em)
        if self._arranged is None or self._arranged[0] != key:
            self._images.clear()
            self._arranged = key, arrange_sheets(shapes, rows, size.width(), self._ground(size).height(), em)
        return self._arranged[1]

    def _shapes(self) -> tuple[TableShape, ...]:
        return tuple(layer.shape for layer in self._layers)

    def _row_shown(self, shape: TableShape) -> int:
        """The row whose weights are shown as an image: that of what is selected, else where the keyboard is."""
        for element in (self._selected, self._cursor):
            if element is not None and element.layer == shape.layer and shape.row_of(element) < shape.rows:
                return shape.row_of(element)
        return 0

    def _seen(self, box: QRectF) -> QRectF:
        zoom, transform = self.zoom, self._transform
        return QRectF(box.x() * zoom + transform.dx, box.y() * zoom + transform.dy, box.width() * zoom,
                      box.height() * zoom)

    def _ground(self, size: QSize | None = None) -> QRectF:
        """The part of the widget above the legend."""
        size, em = size or self.size(), BASE_TEXT * self._text_scale
        return QRectF(0, 0, size.width(), size.height() - (LEGEND * em if size.height() >= LOW * em else 0.0))

    def _at(self, position: QPointF) -> Pointed | None:
        if not self._ground().contains(position):
            return None
        x, y = self._transform.inverse(position.x(), position.y())
        for sheet in self.sheets().sheets:
            box = sheet.box
            if box.contains(QPointF(x, y)):
                wide, high = sheet.cell
                row = min(int((y - box.y()) / high), sheet.rows - 1)
                return Pointed(sheet.element(row, min(int((x - box.x()) / wide), sheet.columns - 1)), sheet.told)
            if sheet.part == "weights" and (unit := self._header_at(sheet, x, y)) is not None:
                return Pointed(unit, sheet.told)
        return None

    def _header_at(self, sheet: Sheet, x: float, y: float) -> Unit | None:
        """The unit whose name beside a row, or above a column, is at a place."""
        box, shape, em = sheet.box, sheet.shape, self.sheets().em
        wide, high = sheet.cell
        if shape.rows <= NAMED and box.top() <= y < box.bottom() and box.left() - 4 * em <= x < box.left():
            return Unit(shape.layer, int((y - box.y()) / high) // shape.pieces)
        if sheet.headed and box.left() <= x < box.right() and box.top() - 1.1 * em <= y < box.top():
            return Unit(shape.layer - 1, int((x - box.x()) / wide))
        return None

    @staticmethod
    def _place_in(sheet: Sheet, element: Element) -> tuple[int, int] | None:
        """Row and column of a parameter in a sheet; None where it is not in it."""
        shape = sheet.shape
        if element.layer != shape.layer or isinstance(element, Unit):
            return None
        row = shape.row_of(element)
        if isinstance(element, Weight):
            if sheet.part == "weights" and row < shape.rows and element.source < shape.columns:
                return row, element.source
            if sheet.part == "image" and row == sheet.row and element.source < shape.columns:
                return divmod(element.source, sheet.columns)
            return None
        if sheet.part != ("biases" if isinstance(element, Bias) else "slopes"):
            return None
        place = row if isinstance(element, Bias) else element.unit
        return (place, 0) if place < sheet.rows else None

    # ── pointer and keys ─────────────────────────────────────────────────────────────────────────────────────
    def _tell_hovered(self, found: Pointed | None) -> None:
        self.pointed.emit(found)

    def _cursor_over(self, found: Pointed | None) -> Qt.CursorShape:
        return Qt.CursorShape.ArrowCursor if found is None else Qt.CursorShape.PointingHandCursor

    def _tip_of(self, found: Pointed) -> str:
        return "" if self.describe is None else self.describe(found.element)

    def click(self, element: Element | None) -> None:
        self.set_selected(element)
        self.selected.emit(element)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) and not self.is_busy:
            found = self._at(event.position()) if event.button() == Qt.MouseButton.LeftButton else None
            self._begin(Pan(self, None if found is None else found.element), event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Closer to what is there, or back to the whole where that is near already."""
        if self.zoom > 1.01:
            self.zoom_fit()
        else:
            self.zoom_by(4.0, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys go from cell to cell, Home and End to the ends of a row, Enter selects, Ctrl+C copies."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
            return
        way = _WAYS.get(Qt.Key(event.key()))
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if way is not None and modifiers == Qt.KeyboardModifier.NoModifier and self._layers:
            self._walk(*way)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.click(self._cursor)
        elif event.key() == Qt.Key.Key_Escape and self._selected is not None and not self.is_busy:
            self.click(None)
        else:
            super().keyPressEvent(event)

    def _walk(self, down: int, right: int) -> None:
        shapes = {shape.layer: shape for shape in self._shapes()}
        here = self._cursor if self._cursor is not None and self._cursor.layer in shapes else None
        shape = shapes[here.layer] if here is not None else self._layers[0].shape
        there = shape.walk(here, down, right)
        if there == here and down:                  # beyond the last row begins the next layer
            layers = list(shapes)
            place = layers.index(shape.layer) + (1 if down > 0 else -1)
            if 0 <= place < len(layers):
                shape = shapes[layers[place]]
                there = shape.at(0 if down > 0 else shape.rows - 1, 0)
        self._cursor = there
        self._bring_into_view(there)
        if self.speak is not None:
            self._describe(self.speak(there))
        self.pointed.emit(Pointed(there, 0))
        self.set_lit(there)
        self.update()

    def _bring_into_view(self, element: Parameter) -> None:
        box, ground = self.cell_of(element), self._ground()
        dx = max(0.0, ground.left() - box.left()) - max(0.0, box.right() - ground.right())
        dy = max(0.0, ground.top() - box.top()) - max(0.0, box.bottom() - ground.bottom())
        if dx or dy:
            self.pan_by(dx, dy)

    # ── painting ─────────────────────────────────────────────────────────────────────────────────────────────
    def _paint(self, painter: QPainter, size: QSize, ratio: float) -> None:
        self._fill(painter, size)
        self.written = {}
        if not self._layers:
            return
        found, ground = self.sheets(size), self._ground(size)
        by_layer = {layer.shape.layer: layer for layer in self._layers}
        pooled = 1
        painter.save()
        painter.setClipRect(ground)
        for place, sheet in enumerate(found.sheets):
            if self._seen(sheet.box).intersects(ground):
                pooled = max(pooled, self._sheet(painter, place, sheet, by_layer[sheet.shape.layer], ground, found.em,
                                                 ratio))
        for sheet in found.sheets:
            self._marks(painter, sheet, ground)
        for sheet in found.sheets:
            if sheet.part != "image":
                self._names(painter, sheet, ground, found.em)
        self.titles = {}
        for heading in found.headings:
            self._heading(painter, heading, ground, found)
        painter.restore()
        if ground.height() < size.height():
            self._legend(painter, size, found.em, pooled)

    def _sheet(self, painter: QPainter, place: int, sheet: Sheet, layer: LayerMatrices, ground: QRectF, em: float,
               ratio: float) -> int:
        """The image of a sheet with its numbers; returns how many cells a pixel stands for."""
        box, numbers = self._seen(sheet.box), layer.numbers(sheet)
        wide, high = box.width() / sheet.columns, box.height() / sheet.rows
        pool = tuple(max(1, math.ceil(1.0 / max(side * ratio, 1e-3))) for side in (high, wide))
        key = (place, pool)
        kept = self._images.get(key)
        if kept is None:
            kept = self._images[key] = self._image(layer.top, sheet.told, *numbers, pool)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(box, kept[0])
        if min(wide, high) >= GRID:
            self._grid(painter, sheet, box, ground)
        painter.setPen(stroke(QColor(self._theme.line), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
        self._numbers(painter, sheet, layer.top, numbers, self._free(sheet, ground, em))
        return pool[0] * pool[1]

    def _image(self, top: float, told: int, numbers: Array, known: Mask,
               pool: tuple[int, ...]) -> tuple[QImage, Pixels]:
        if pool != (1, 1):
            numbers, known = strongest_of(numbers, known, (pool[0], pool[1]))
        pixels = np.ascontiguousarray(self._pixels(top, told, numbers, known))
        rows, columns = pixels.shape
        return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32), pixels

    def _pixels(self, top: float, told: int, numbers: Array, known: Mask) -> Pixels:
        """The colour of each number: of parameters by sign and size, of what is told of them that of their edge."""
        if not told:
            return map_pixels(numbers, -top, 0.0, top, False, self._theme)
        colours = np.array([colour.rgb() for colour in edge_colours(self._theme)], dtype=np.uint32)
        with np.errstate(invalid="ignore"):
            bins = self._scale.bins(np.abs(numbers)).astype(np.intp)
        bins[~known] = NEUTRAL
        bins[known & ~np.isfinite(numbers)] = WARNING
        return np.asarray(colours[bins], dtype=np.uint32)

    def _span(self, sheet: Sheet, box: QRectF, ground: QRectF) -> tuple[range, range]:
        """The rows and columns of a sheet that can be seen."""
        seen = box.intersected(ground)
        wide, high = box.width() / sheet.columns, box.height() / sheet.rows
        return (range(max(0, int((seen.top() - box.top()) / high)),
                      min(sheet.rows, math.ceil((seen.bottom() - box.top()) / high))),
                range(max(0, int((seen.left() - box.left()) / wide)),
                      min(sheet.columns, math.ceil((seen.right() - box.left()) / wide))))

    def _grid(self, painter: QPainter, sheet: Sheet, box: QRectF, ground: QRectF) -> None:
        """Lines of the canvas between the cells."""
        rows, columns = self._span(sheet, box, ground)
        wide, high = box.width() / sheet.columns, box.height() / sheet.rows
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(stroke(QColor(self._theme.canvas), 1.0))
        for row in rows[1:]:
            y = box.top() + row * high
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        for column in columns[1:]:
            x = box.left() + column * wide
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _numbers(self, painter: QPainter, sheet: Sheet, top: float, numbers: tuple[Array, Mask],
                 ground: QRectF) -> None:
        """The numbers in the cells, in the middle of what of a cell lies in `ground`, where that is large enough."""
        box = self._seen(sheet.box)
        wide, high = box.width() / sheet.columns, box.height() / sheet.rows
        size = int(min(0.6 * high, wide / 3.6, 1.05 * BASE_TEXT * self._text_scale))
        if size < LEAST_NUMBER or sheet.part == "image":
            return
        values, known = numbers
        pixels = self._pixels(top, sheet.told, values, known)
        light = lightness(np.stack([pixels >> 16 & 255, pixels >> 8 & 255, pixels & 255], axis=-1).astype(np.uint8))
        rows, columns = self._span(sheet, box, ground)
        for row in rows:
            for column in columns:
                if not known[row, column]:
                    continue
                value = float(values[row, column])
                cell = QRectF(box.left() + column * wide, box.top() + row * high, wide, high).intersected(ground)
                if cell.height() < size:
                    continue
                tried = ((text, ink.fitting_size(text, size, cell.width() - 3.0, LEAST_NUMBER))
                         for text in (short(value, digits) for digits in range(DIGITS, 0, -1)))
                text, fits = next(((text, fits) for text, fits in tried if fits is not None), ("", 0))
                if not text:
                    continue
                colour = QColor("#14161b" if light[row, column] > 52.0 else "#f7f8fa")
                draw_text(painter, cell.center().x(), cell.center().y(), text, fits, colour)
                self.written[sheet.told, sheet.element(row, column)] = text

    def _marks(self, painter: QPainter, sheet: Sheet, ground: QRectF) -> None:
        """Frames around what is selected and what is pointed at, with its row and its column."""
        theme = self._theme
        marks = ((self._lit, QColor(theme.ink), 1.3), (self._selected, QColor(theme.accent), 2.0))
        for element, colour, width in marks:
            if element is None:
                continue
            faint = QColor(colour)
            faint.setAlpha(130)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for lines in self._lines_of(sheet, element):
                painter.setPen(stroke(faint, 1.0))
                painter.drawRect(self._seen(lines).adjusted(-0.5, -0.5, 0.5, 0.5))
            place = self._place_in(sheet, element)
            if place is not None:
                box = QRectF(self._seen(sheet.cell_box(*place)).toRect())      # on whole pixels a frame is crisp
                if box.intersects(ground):
                    grown = max(0.0, (4.0 - min(box.width(), box.height())) / 2) + width / 2
                    painter.setPen(stroke(QColor(theme.canvas), width + 1.6))
                    painter.drawRect(box.adjusted(-grown, -grown, grown, grown))
                    painter.setPen(stroke(colour, width))
                    painter.drawRect(box.adjusted(-grown, -grown, grown, grown))

    @staticmethod
    def _lines_of(sheet: Sheet, element: Element) -> list[QRectF]:
        """The row and the column of an element in a matrix."""
        shape, box = sheet.shape, sheet.box
        if sheet.part != "weights":
            return []
        wide, high = sheet.cell
        rows = range(shape.row_of(element), shape.row_of(element) + (
            shape.pieces if isinstance(element, Unit) else 1)) if element.layer == shape.layer else range(0)
        if isinstance(element, Bias) and shape.biases == 1:
            rows = range(shape.rows)
        found = [QRectF(box.left(), box.top() + rows[0] * high, box.width(), len(rows) * high)
                 ] if len(rows) and rows[-1] < shape.rows else []
        source = element.source if isinstance(element, Weight) and element.layer == shape.layer else (
            element.unit if isinstance(element, Unit) and element.layer == shape.layer - 1 else None)
        if source is not None and source < shape.columns:
            found.append(QRectF(box.left() + source * wide, box.top(), wide, box.height()))
        return found

    def _free(self, sheet: Sheet, ground: QRectF, em: float) -> QRectF:
        """What of the `ground` is left for numbers beside and below names and titles that stay in view."""
        box, free = self._seen(sheet.box), QRectF(ground)
        if self.zoom <= 1.0 or not box.intersects(ground):
            return free
        size = self._row_text(sheet, em)
        if sheet.part == "weights" and size >= ink.LEAST_TEXT:
            longest = max((ink.text_width(ink.elided(sheet.shape.row_name(row), size, 5 * em), size)
                           for row in self._span(sheet, box, ground)[0]), default=0.0)
            if (right := self._sticky_x(longest, box, em)) > box.left():
                free.setLeft(max(free.left(), right + 3.0))
        y = self._sticky_y(box, em)
        if y > box.top():
            free.setTop(max(free.top(), y + 0.55 * em))
        elif sheet.part == "weights" and TITLE_LINE * em + 0.65 * em > box.top():
            free.setTop(max(free.top(), (TITLE_LINE + 0.7) * em))
        return free

    def _row_text(self, sheet: Sheet, em: float) -> int:
        """The size of the names of rows."""
        return int(min(0.86 * em, 0.95 * self._seen(sheet.box).height() / sheet.rows))

    @staticmethod
    def _sticky_x(long: float, box: QRectF, em: float) -> float:
        """Where the name of a row ends that is so `long`: beside its matrix, or at the edge of what is seen."""
        return max(box.left() - 0.4 * em, long + 3.0)

    def _sticky_y(self, box: QRectF, em: float) -> float:
        """The middle of the line of the names of columns: above their matrix, or below its title at the edge."""
        return max(box.top() - 0.6 * em, (0.6 if self.zoom <= 1.0 else BELOW_TITLE) * em)

    def _names(self, painter: QPainter, sheet: Sheet, ground: QRectF, em: float) -> None:
        """The names of units beside their rows and above their columns, which stay in view when these are moved."""
        box, shape = self._seen(sheet.box), sheet.shape
        if not box.intersects(ground):
            return
        wide, high = box.width() / sheet.columns, box.height() / sheet.rows
        muted, plate = QColor(self._theme.muted), QColor(self._theme.canvas)
        rows, columns = self._span(sheet, box, ground)
        free, size = self._free(sheet, ground, em), self._row_text(sheet, em)
        if sheet.part == "weights" and size >= ink.LEAST_TEXT:
            for row in rows:
                name = ink.elided(shape.row_name(row), size, 5 * em)
                long = ink.text_width(name, size)
                top, foot = max(free.top(), box.top() + row * high), min(free.bottom(), box.top() + (row + 1) * high)
                if foot - top < min(size, 0.9 * high):
                    continue
                x, y = self._sticky_x(long, box, em), (top + foot) / 2
                if x > box.left():
                    painter.fillRect(QRectF(x - long - 3.0, y - 0.6 * size, long + 6.0, 1.2 * size), plate)
                draw_text(painter, x, y, name, size, muted, Anchor.RIGHT, lasting=True)
        size = int(0.86 * em)
        y = self._sticky_y(box, em)
        for column in columns if wide >= 0.5 * size and (sheet.headed or self.zoom > 1.0) else ():
            name = {"weights": "", "biases": BIAS, "slopes": SLOPE}[sheet.part] or shape.sources[column]
            if ink.text_width(name, size) > wide - (4.0 if sheet.part == "weights" else 0.0):
                continue
            left, right = max(free.left(), box.left() + column * wide), min(
                free.right(), box.left() + (column + 1) * wide)
            if right - left < ink.text_width(name, size) + 2.0:
                continue
            x = (left + right) / 2
            if y > box.top():
                half = ink.text_width(name, size) / 2 + 2.0
                painter.fillRect(QRectF(x - half, y - 0.6 * size, 2 * half, 1.2 * size), plate)
            draw_text(painter, x, y, name, size, muted, lasting=True)

    def _heading(self, painter: QPainter, heading: Heading, ground: QRectF, found: Sheets) -> None:
        """A title, which stays in view as long as something of its matrix is seen."""
        shape, size = heading.shape, int(0.92 * BASE_TEXT * self._text_scale)
        x, y = self._transform.point(heading.at.x(), heading.at.y())
        part = "weights" if heading.row is None else "image"
        box = next(self._seen(sheet.box) for sheet in found.sheets
                   if (sheet.shape.layer, sheet.told, sheet.part) == (shape.layer, heading.told, part))
        end, em = x + heading.room * self.zoom, found.em
        if box.intersects(ground) and self.zoom > 1.0:
            x, y = max(x, TITLE_EDGE), max(y, min(TITLE_LINE * em, box.bottom() - 0.6 * em))
        text = self._title(heading, size, end - x)
        place = QRectF(x, y - 0.65 * size, ink.text_width(text, size, True), 1.3 * size)
        if self.zoom > 1.0 and place.intersects(box):
            painter.fillRect(place.adjusted(-3.0, -1.0, 4.0, 1.0), QColor(self._theme.canvas))
        draw_text(painter, x, y, text, size, QColor(self._theme.ink), Anchor.LEFT, bold=True)
        if place.intersects(ground):
            self.titles[shape.layer, heading.told, part] = place

    def _title(self, heading: Heading, size: int, room: float) -> str:
        """The fullest wording of a title that has `room`; what its colours mean and its layer go last."""
        shape, told = heading.shape, heading.told
        weights, cells = f"W{shape.layer}", f"   {count(shape.rows)} × {count(shape.columns)}"
        top = next(layer.top for layer in self._layers if layer.shape.layer == shape.layer)
        if heading.row is not None:
            unit = shape.row_name(heading.row)
            tried = [tr("into {unit}").format(unit=unit), unit]
        elif not told:
            tried = [f"{weights}{cells}   ±{short(top, 2)}", f"{weights}   ±{short(top, 2)}", weights]
        else:
            label = ink.elided(self._said.label, size, room - ink.text_width(f", {weights}", size, True), True)
            name = f"{self._said.label}, {weights}"
            tried = [name + cells, name, f"{label}, {weights}" if len(label) > 2 else weights]
        fitting = (text for text in tried if ink.text_width(text, size, True) <= room)
        cut = ink.elided(tried[-1], size, room, True)
        return next(fitting, "") or (cut if len(cut) > 2 else "")

    def _legend(self, painter: QPainter, size: QSize, em: float, pooled: int) -> None:
        """What the colours of both kinds of matrices mean, and whether a pixel stands for several cells."""
        top, small = size.height() - LEGEND * em, int(0.84 * em)
        theme = self._theme
        painter.setPen(stroke(QColor(theme.line), 1.0))
        painter.drawLine(QPointF(0, top), QPointF(size.width(), top))
        wide = min(11 * em, 0.3 * size.width())
        title, bar, x = top + 0.75 * em, top + 1.35 * em, 0.9 * em
        words = tr("weight, ± as its title says") if len({layer.top for layer in self._layers}) > 1 else tr("weight")
        draw_text(painter, x, title, ink.elided(words, small, wide + 2.0 * em), small, QColor(theme.ink), Anchor.LEFT)
        box = QRectF(x, bar, wide, 0.72 * em)
        ink.draw_pixels(painter, box, map_colours(theme)[:SHADES], SHADES, 1)
        painter.setPen(stroke(QColor(theme.line), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        tops = {layer.top for layer in self._layers}
        largest = short(tops.pop(), 2) if len(tops) == 1 else ""
        texts = (f"{MINUS}{largest}", Anchor.LEFT), ("0", Anchor.CENTRE), (f"+{largest}", Anchor.RIGHT)
        for place, (text, anchor) in enumerate(texts):
            draw_text(painter, x + place * wide / 2, bar + 1.5 * em, text, small, QColor(theme.muted), anchor)
        x += wide + 2.2 * em
        draw_text(painter, x, title, ink.elided(self._said.symbol, small, wide + 2.0 * em), small, QColor(theme.ink),
                  Anchor.LEFT)
        painter.fillRect(QRectF(x, bar, 0.9 * em, 0.72 * em), edge_colours(theme)[ZERO])
        draw_text(painter, x + 0.45 * em, bar + 1.5 * em, "0", small, QColor(theme.muted))
        draw_colour_bar(painter, theme, self._scale.ticks, em, (x + 2.6 * em, bar), wide - 2.0 * em, small)
        x += 0.6 * em
        x += wide + 2.0 * em
        if pooled > 1:
            text = tr("a pixel shows the strongest of up to {count} cells: zoom in with the wheel").format(count=pooled)
            room = size.width() - x - 0.6 * em
            if room > 8 * em:
                draw_text(painter, x, bar + 0.36 * em, ink.elided(text, small, room), small, QColor(theme.muted),
                          Anchor.LEFT)


_WAYS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Home: (0, -1_000_000), Qt.Key.Key_End: (0, 1_000_000),
}
