"""The canvas that a graph of gates is painted on: where its boxes stand, what is zoomed and moved, what lies where."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnviz.engine.expression import Expression
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.gate_drawing import GateDrawing, GateShown, Placing, Pointed, place_graph
from nnviz.gui.gate_layout import GateLayout, Mark
from nnviz.gui.gate_picture import GatePainter, layout_of, scale_of
from nnviz.gui.scene import PictureOptions, Transform
from nnviz.gui.settings import Settings
from nnviz.gui.theme import Theme
from nnviz.report.elements import Element
from nnviz.report.gates import GateReading

LEAST_ZOOM, MOST_ZOOM = 0.25, 60.0
LEAST_TEXT_SCALE, MOST_TEXT_SCALE = 0.6, 3.0
REACH = 1.5                       # ems above and below a wire that its numbers take


class GateCanvas(QWidget):
    """One graph at a time, its boxes by the places of their nodes in the formula."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._drawing: GateDrawing | None = None
        self._layout: tuple[Expression, int, GateLayout] | None = None
        self._digits, self._text_scale, self._linear = 4, 1.0, False
        self._transform = Transform()
        self._hovered: int | None = None
        self._selected: int | None = None
        self._lit: Element | None = None
        self._keyboard_here = False            # focus came by keyboard: it is shown
        self.shown = GateShown()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 110)

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
    def zoom(self) -> float:
        return self._transform.zoom

    @property
    def colour_scale(self) -> ColourScale:
        """What the colours of the wires mean now."""
        return ColourScale(linear=self._linear) if self._drawing is None else scale_of(self._drawing, self._linear)

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self._theme = theme
        self.update()

    def set_digits(self, digits: int) -> None:
        """Write numbers with at most `digits` significant digits."""
        self._digits = max(1, min(17, digits))
        self.update()

    def set_text_scale(self, scale: float) -> None:
        """Write larger or smaller."""
        self._text_scale = max(LEAST_TEXT_SCALE, min(MOST_TEXT_SCALE, scale))
        self.update()

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
    def layout_now(self) -> GateLayout:
        """Where everything stands, in ems."""
        if self._drawing is None:
            raise LookupError("there is no graph in the picture")
        expression, kept = self._drawing.reading.expression, self._layout
        if kept is None or kept[1] != self._digits or (kept[0] is not expression and kept[0] != expression):
            kept = (expression, self._digits, layout_of(self._drawing, self._digits))
            self._layout = kept
        return kept[2]

    def placing(self, size: QSize | None = None) -> Placing:
        """From there to pixels of the view."""
        size = size or self.size()
        return place_graph(self.layout_now(), size.width(), size.height(), self._text_scale).moved(self._transform)

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

    def zoom_fit(self) -> None:
        """The whole graph."""
        self._move_to(Transform())

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom by `factor`; the point `around` (the middle by default) stays where it is."""
        centre = around or QPointF(self.width() / 2, self.height() / 2)
        zoom = min(MOST_ZOOM, max(LEAST_ZOOM, self._transform.zoom * factor))
        x, y = self._transform.inverse(centre.x(), centre.y())
        self._move_to(Transform(zoom, centre.x() - x * zoom, centre.y() - y * zoom))

    def pan_by(self, dx: float, dy: float) -> None:
        """Shift the picture; some of it always stays in view."""
        zoom = self._transform.zoom
        x = min(0.85 * self.width(), max((0.15 - zoom) * self.width(), self._transform.dx + dx))
        y = min(0.85 * self.height(), max((0.15 - zoom) * self.height(), self._transform.dy + dy))
        self._move_to(Transform(zoom, x, y))

    def _move_to(self, transform: Transform) -> None:
        if transform != self._transform:
            self._transform = transform
            self._moved()

    def _moved(self) -> None:
        """Everything stands elsewhere now."""
        self.update()

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

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────
    def sizeHint(self) -> QSize:
        return QSize(800, 420)

    def resizeEvent(self, event: QResizeEvent) -> None:
        old = event.oldSize()
        if self._transform != Transform() and old.width() > 0 and old.height() > 0:
            self._transform = Transform(self._transform.zoom, self._transform.dx * self.width() / old.width(),
                                        self._transform.dy * self.height() / old.height())
        self._moved()
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120.0
        if steps:
            self.zoom_by(1.2**steps, event.position())
        event.accept()

    # ── painting ─────────────────────────────────────────────────────────────────────────────────────────────
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        try:
            self._paint(painter, self.size(), self.devicePixelRatioF())
            if self._keyboard_here:
                painter.setPen(QPen(QColor(self._theme.accent), 2.0))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        finally:
            painter.end()

    def render_picture(self, size: QSize | None = None, ratio: float = 1.0) -> QImage:
        """The view as an image of `size` (its own by default), `ratio` device pixels to a logical one."""
        size = size or self.size()
        image = QImage(size * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        try:
            painter.setClipRect(QRect(QPoint(), size))
            self._paint(painter, size, ratio)
        finally:
            painter.end()
        return image

    def _paint(self, painter: QPainter, size: QSize, ratio: float) -> None:
        if self._drawing is None:
            painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(self._theme.canvas))
            self.shown = GateShown()
            return
        options = PictureOptions(self._digits, self._text_scale, ratio=ratio, titled=False)
        picture = GatePainter(painter, self._drawing, self.layout_now(), self.placing(size), self._theme,
                              self.colour_scale, options, (size.width(), size.height()),
                              Pointed(self.lit_node, self._selected))
        picture.paint()
        self.shown = picture.shown
