"""The canvas that a graph of gates is painted on: where its boxes stand, what is zoomed and moved, what lies where."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from nnviz.engine.expression import Expression
from nnviz.gui.canvas import Canvas
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.gate_drawing import GateDrawing, GateShown, Placing, Pointed, place_graph, text_em
from nnviz.gui.gate_layout import GateLayout, Mark
from nnviz.gui.gate_legend import colour_name
from nnviz.gui.gate_picture import GatePainter, fitting_layout, layout_of, scale_of
from nnviz.gui.legend import ColourBarPlace, colour_bar_place
from nnviz.gui.scene import PictureOptions, Transform
from nnviz.gui.settings import Settings
from nnviz.gui.theme import Theme
from nnviz.report.elements import Element
from nnviz.report.gates import GateReading

REACH = 1.5                       # ems above and below a wire that its numbers take


class GateCanvas(Canvas):
    """One graph at a time, its boxes by the places of their nodes in the formula."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._drawing: GateDrawing | None = None
        self._layouts: tuple[Expression, dict[int, GateLayout]] | None = None      # by digits
        self._linear = False
        self._selected: int | None = None
        self._lit: Element | None = None
        self.shown = GateShown()

    @property
    def drawing(self) -> GateDrawing | None:
        return self._drawing

    @property
    def reading(self) -> GateReading | None:
        return None if self._drawing is None else self._drawing.reading

    @property
    def lit_node(self) -> int | None:
        """The node that is lit: the one under the pointer, here or where else its numbers are shown."""
        if self._hovered is not None:
            return self._hovered
        reading = self.reading
        known = reading is not None and self._lit is not None and self._lit in reading.elements
        return reading.elements.index(self._lit) if reading is not None and known else None

    def set_lit(self, element: Element | None) -> None:
        """Light the node of `element` as if the pointer were over it, because a number of it is pointed at."""
        before = self.lit_node
        self._lit = element
        if self.lit_node != before:
            self.update()

    @property
    def colour_scale(self) -> ColourScale:
        """What the colours of the wires mean now."""
        return ColourScale(linear=self._linear) if self._drawing is None else scale_of(self._drawing, self._linear)

    def colour_bar(self) -> ColourBarPlace | None:
        """Where the colour bar is, in the widget; None while there is no graph."""
        if self._drawing is None:
            return None
        size = self.width(), self.height()
        return colour_bar_place(colour_name(), *size, text_em(self._text_scale, *size))

    def set_linear_colours(self, linear: bool) -> None:
        """Let the colour of a wire grow in proportion to |gradient| (True), or with its logarithm."""
        self._linear = linear
        self.update()

    def apply_settings(self, settings: Settings) -> None:
        """Takes from the settings what concerns a picture."""
        self.set_digits(settings.whole("digits"))
        self.set_text_scale(settings.whole("text_size") / 100.0)
        self.set_linear_colours(settings.text("colour_scale") == "linear")

    # ── where it is ──────────────────────────────────────────────────────────────────────────────────────────
    def layout_now(self, size: QSize | None = None) -> GateLayout:
        """Where everything stands, in ems."""
        size = size or self.size()
        return fitting_layout(self._laid_out, self._digits, size.width(), size.height(), self._text_scale)

    def _laid_out(self, digits: int) -> GateLayout:
        if self._drawing is None:
            raise LookupError("there is no graph in the picture")
        expression, kept = self._drawing.reading.expression, self._layouts
        if kept is None or (kept[0] is not expression and kept[0] != expression):
            kept = self._layouts = (expression, {})
        if digits not in kept[1]:
            kept[1][digits] = layout_of(self._drawing, digits)
        return kept[1][digits]

    def placing(self, size: QSize | None = None) -> Placing:
        """From there to pixels of the view."""
        size = size or self.size()
        return place_graph(self.layout_now(size), size.width(), size.height(), self._text_scale).moved(self._transform)

    def node_at(self, position: QPointF) -> int | None:
        """The gate or leaf under `position` (widget coordinates), or whose wire's numbers are there; None elsewhere."""
        if self._drawing is None:
            return None
        layout = self.layout_now()
        x, y = self.placing().inverse(position.x(), position.y())
        found = [mark for mark in layout.marks
                 if mark.left <= x <= layout.stub_end(mark) and abs(y - mark.y) <= max(REACH, mark.height / 2)
                 and (x <= mark.right or abs(y - mark.y) <= REACH)]
        return min(found, key=lambda mark: abs(y - mark.y)).node if found else None

    def point_of(self, node: int) -> QPointF:
        """The middle of the box of `node`, in the widget."""
        return QPointF(*self.placing().point(self._mark(node).x, self._mark(node).y))

    def _mark(self, node: int) -> Mark:
        mark = self.layout_now().mark(node)
        if mark is None:
            raise LookupError(f"node {node} has no box")
        return mark

    def selected_boxes(self) -> tuple[QRectF, ...]:
        """The selected gate or leaf with its inputs and the gates that its value goes to; then it alone."""
        if self._drawing is None or self._selected is None or self.layout_now().mark(self._selected) is None:
            return ()
        layout = self.layout_now()
        size = self.size()
        placing = place_graph(layout, size.width(), size.height(), self._text_scale)
        beside = [*(wire.source for wire in layout.inputs_of(self._selected)),
                  *(wire.target for wire in layout.uses_of(self._selected))]
        boxes = []
        for mark in (self._mark(self._selected), *filter(None, map(layout.mark, beside))):
            left, top = placing.point(mark.left, mark.y - max(REACH, mark.height / 2))
            right, bottom = placing.point(layout.stub_end(mark), mark.y + max(REACH, mark.height / 2))
            boxes.append(QRectF(left, top, right - left, bottom - top))
        return reduce(QRectF.united, boxes), boxes[0]

    def _bring_into_view(self, node: int) -> None:
        """Where the picture is zoomed so far that `node` is outside, it moves there."""
        mark = self.layout_now().mark(node)
        if mark is None or self._transform == Transform():
            return
        placing = self.placing()
        left, top = placing.point(mark.left - 1, mark.y - mark.height)
        right, bottom = placing.point(self.layout_now().stub_end(mark), mark.y + mark.height)
        dx = max(0.0, -left) - max(0.0, right - self.width())
        dy = max(0.0, 30.0 - top) - max(0.0, bottom - 0.88 * self.height())
        if dx or dy:
            self._move_to(replace(self._transform, dx=self._transform.dx + dx, dy=self._transform.dy + dy))

    @property
    def has_something(self) -> bool:
        return self._drawing is not None

    def sizeHint(self) -> QSize:
        return QSize(800, 420)

    # ── painting ─────────────────────────────────────────────────────────────────────────────────────────────
    def _paint(self, painter: QPainter, size: QSize, ratio: float) -> None:
        if self._drawing is None:
            self._fill(painter, size)
            self.shown = GateShown()
            return
        options = PictureOptions(self._digits, self._text_scale, ratio=ratio, titled=False)
        picture = GatePainter(painter, self._drawing, self.layout_now(size), self.placing(size), self._theme,
                              self.colour_scale, options, (size.width(), size.height()),
                              Pointed(self.lit_node, self._selected))
        picture.paint()
        self.shown = picture.shown
