"""The network on screen: it can be pointed at, zoomed, panned, walked through by keyboard, and its weights dragged.

The view reads a `Drawing` and emits requests; it never changes a network itself.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnviz.gui.arrangement import Arrangement
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.drawing import Connections, Drawing
from nnviz.gui.edges import STRONGEST
from nnviz.gui.gestures import DRAG_HINTS, Gesture, Pan, WeightDrag
from nnviz.gui.layout import NetworkLayout
from nnviz.gui.picture import Interaction, NetworkPainter, PictureOptions, Shown, Transform
from nnviz.gui.picture_layers import PictureLayers, painting_on
from nnviz.gui.pointing import element_at_number, element_count, element_number, exists
from nnviz.gui.scene import Trail
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.elements import Alpha, Bias, Element, Unit, Weight

FRAME = 16                        # milliseconds; pointer moves are answered at most once a frame
LEAST_ZOOM, MOST_ZOOM = 0.25, 60.0
LEAST_TEXT_SCALE, MOST_TEXT_SCALE = 0.6, 3.0
REACH = 6.0                       # pixels within which an edge can be hit


class NetworkView(QWidget):
    """Units with their outputs, and their weights: wide where large, + or − by sign, coloured by the gradient's size.

    Point at anything for its numbers, click it for the inspector, drag an edge or a bias up or down to change it. The
    wheel zooms, dragging the background moves the picture; Alt and the arrow keys go through everything in it. A double
    click on a unit, or Enter, opens it as a graph of gates.
    """

    hovered = Signal(object)                   # Element | None
    selected = Signal(object)                  # Element | None
    opened = Signal(object)                    # a Unit that somebody wants to look into
    weight_dragging = Signal(object, float)    # Parameter, new value; while the hand moves
    weight_dropped = Signal(object, float)     # on release: one undoable edit
    weight_drag_cancelled = Signal(object)     # Esc
    colour_scale_changed = Signal(object)      # ColourScale, or None while the colours do not mean gradients

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.describe: Callable[[Element], str] | None = None      # what the tooltip of an element tells, plain text
        self._theme = theme
        self._drawing: Drawing | None = None
        self._digits = 4
        self._text_scale = 1.0
        self._transform = Transform()
        self._scale = ColourScale()
        self._told_scale: ColourScale | None = None
        self._arrangement = Arrangement()
        self._layers = PictureLayers()
        self._hovered: Element | None = None
        self._selected: Element | None = None
        self._trails: tuple[Trail, ...] = ()
        self._lit: Element | None = None
        self._gesture: Gesture | None = None
        self._flowing = False
        self._numbers_due = True
        self._pointer: QPointF | None = None
        self._fine = False
        self._keyboard_here = False           # focus came by keyboard: it is shown
        self._ticker = QTimer(self)
        self._ticker.setSingleShot(True)
        self._ticker.setInterval(FRAME)
        self._ticker.timeout.connect(self._answer_pointer)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 110)
        self.setAccessibleName(tr("Picture of the network"))
        self._tell_accessibly()

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────────
    @property
    def drawing(self) -> Drawing | None:
        return self._drawing

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def digits(self) -> int:
        return self._digits

    @property
    def text_scale(self) -> float:
        return self._text_scale

    @property
    def zoom(self) -> float:
        return self._transform.zoom

    @property
    def colour_scale(self) -> ColourScale:
        """The range of |gradient| that the colour bar shows now."""
        return self._scale

    @property
    def gradient_scale(self) -> ColourScale | None:
        """The same; None while the colours do not mean gradients."""
        return self._told_scale

    @property
    def selected_element(self) -> Element | None:
        return self._selected

    def set_drawing(self, drawing: Drawing | None) -> None:
        """Show `drawing`; None leaves the canvas empty. A new shape of network is fitted to the view."""
        if drawing is self._drawing:
            return
        before = self._drawing
        self._drawing = drawing
        if drawing is None:
            self._arrangement.clear()
        elif before is None or before.shape != drawing.shape:
            self._transform = Transform()
        for name in ("_hovered", "_selected"):
            element = getattr(self, name)
            if element is not None and (drawing is None or not exists(drawing, element)):
                setattr(self, name, None)
                (self.hovered if name == "_hovered" else self.selected).emit(None)
        if self._lit is not None and (drawing is None or not exists(drawing, self._lit)):
            self._lit = None
        self._scale_to_drawing()
        self._forget_edges()
        if self._selected is None:
            self._tell_accessibly()

    def set_flowing(self, flowing: bool, numbers: bool = True) -> None:
        """While drawings follow each other faster than one reads, units and numbers only change where `numbers` is set.

        Edges and their colours change with every drawing.
        """
        self._numbers_due = self._numbers_due or numbers
        if flowing != self._flowing:
            self._flowing = flowing
            self._layers.forget_units()
            self._scale_to_drawing()
            self._repaint()

    def _scale_to_drawing(self) -> None:
        """Colours for the drawing alone; while drawings flow, the next after those of the one before."""
        if self._drawing is not None:
            scale = self._scale
            self._scale = (scale.following_drawing if self._flowing else scale.fitting_drawing)(self._drawing)
        means_gradients = self._drawing is not None and self._drawing.colours_gradients
        told = self._scale if means_gradients else None
        if told != self._told_scale:
            self._told_scale = told
            self.colour_scale_changed.emit(told)

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self._theme = theme
        self._repaint()

    def set_digits(self, digits: int) -> None:
        """Write numbers with at most `digits` significant digits."""
        self._digits = max(1, min(17, digits))
        self._repaint()

    def set_linear_colours(self, linear: bool) -> None:
        """Let the colour of an edge grow in proportion to |gradient| (True), or with its logarithm."""
        if linear != self._scale.linear:
            self._scale = ColourScale(linear=linear)
            self._scale_to_drawing()
            self._forget_edges()

    def set_text_scale(self, scale: float) -> None:
        """Make all text `scale` times as large (1: as the view's size suggests)."""
        scale = min(MOST_TEXT_SCALE, max(LEAST_TEXT_SCALE, scale))
        if scale != self._text_scale:
            self._text_scale = scale
            self._repaint()

    def set_selected(self, element: Element | None) -> None:
        """Select `element` from outside (the inspector, a table); emits nothing."""
        if self._drawing is not None and element is not None and not exists(self._drawing, element):
            element = None
        self._selected = element
        self._tell_accessibly()
        self.update()

    @property
    def trails(self) -> tuple[Trail, ...]:
        return self._trails

    def set_trails(self, trails: tuple[Trail, ...]) -> None:
        """Draw paths on the network, or none."""
        if trails != self._trails:
            self._trails = trails
            self._layers.forget_units()
            self.update()

    @property
    def lit_element(self) -> Element | None:
        """What is lit: what the pointer is over, here or where else its numbers are shown."""
        return self._hovered if self._hovered is not None else self._lit

    def set_lit(self, element: Element | None) -> None:
        """Light `element` as if the pointer were over it, because a number of it is pointed at; emits nothing."""
        if self._drawing is not None and element is not None and not exists(self._drawing, element):
            element = None
        if element != self._lit:
            before = self.lit_element
            self._lit = element
            if self.lit_element != before:
                self.update()

    def displayed_text(self, element: Element) -> tuple[str, ...]:
        """The strings now shown for `element`: name, value, δ ...; empty where there is no room for text."""
        return self._shown().elements.get(element, ())

    def displayed_loss(self) -> str:
        """The loss as shown."""
        return self._shown().loss

    def displayed_targets(self) -> tuple[str, ...]:
        """The targets as shown, output by output."""
        return self._shown().targets

    def element_at(self, position: QPointF) -> Element | None:
        """The element under `position` (widget coordinates); None on the background."""
        if self._drawing is None:
            return None
        layout = self._arranged()
        if position.y() > layout.bottom + 0.6 * layout.em:      # the legend lies over the picture
            return None
        x, y = self._transform.inverse(position.x(), position.y())
        return self._arrangement.element_at(self._drawing, layout, x, y, REACH / self._transform.zoom)

    def point_of(self, element: Element) -> QPointF:
        """A point of the widget where `element` is hit: a node's centre, a place along an edge."""
        if self._drawing is None:
            raise LookupError("there is no network in the picture")
        places = self._arrangement.places_of(self._drawing, self._arranged(), element)
        points = [QPointF(*self._transform.point(*place)) for place in places.tolist()]
        return next((point for point in points if self.element_at(point) == element), points[0])

    def _connections(self, element: Element) -> Connections:
        """The connections that a weight or bias of the picture is among."""
        assert self._drawing is not None
        return self._drawing.connections[element.layer - 1]

    def render_picture(self, size: QSize | None = None, ratio: float = 1.0) -> QImage:
        """The view as an image of `size` (its own by default), `ratio` device pixels to a logical one."""
        size = size or self.size()
        image = QImage(size * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        with painting_on(image, size) as painter:
            self._paint(painter, size, ratio)
        return image

    # ── zoom and pan ─────────────────────────────────────────────────────────────────────────────────────────
    def zoom_fit(self) -> None:
        """The whole network, as laid out for the view."""
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
            self._repaint()

    # ── selection by keyboard ────────────────────────────────────────────────────────────────────────────────
    def select_next(self) -> None:
        """Select the next element: inputs first, then each unit's weights, its bias, the unit, layer by layer."""
        self._walk(1)

    def select_previous(self) -> None:
        """Select the element before."""
        self._walk(-1)

    def _walk(self, by: int) -> None:
        if self._drawing is None or not element_count(self._drawing):
            return
        here = -1 if self._selected is None and by > 0 else 0
        if self._selected is not None:
            here = element_number(self._drawing, self._selected)
        self.click(element_at_number(self._drawing, here + by))

    # ── what gestures do ─────────────────────────────────────────────────────────────────────────────────────
    def click(self, element: Element | None) -> None:
        """Select `element` and say so."""
        self._selected = element
        self._tell_accessibly()
        self.update()
        self.selected.emit(element)

    def weight_moved(self, element: Element, value: float) -> None:
        self.weight_dragging.emit(element, value)

    def weight_released(self, element: Element, value: float) -> None:
        self.weight_dropped.emit(element, value)

    def weight_let_go(self, element: Element) -> None:
        self.weight_drag_cancelled.emit(element)

    def _value_of(self, element: Element | None) -> float | None:
        """What a drag would change; None where there is nothing, or no finite number."""
        if self._drawing is None or element is None or isinstance(element, Unit):
            return None
        slopes = self._drawing.columns[element.layer].slopes
        if isinstance(element, Alpha):
            value = math.nan if slopes is None else float(slopes.values[element.unit])
        else:
            layer = self._connections(element)
            numbers = layer.weights if isinstance(element, Weight) else layer.bias
            net = layer.net_of(element)
            place = (net, element.source) if isinstance(element, Weight) else net
            value = math.nan if numbers is None else float(numbers[place])
        return value if math.isfinite(value) else None

    def _cursor_over(self, element: Element | None) -> Qt.CursorShape:
        """Up and down where a plain drag changes a number, a pointing hand where a click selects."""
        if element is None:
            return Qt.CursorShape.ArrowCursor
        draggable = self._value_of(element) is not None and self._easily_hit(element)
        return Qt.CursorShape.SizeVerCursor if draggable else Qt.CursorShape.PointingHandCursor

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────
    def sizeHint(self) -> QSize:
        return QSize(800, 560)

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        old = event.oldSize()
        if self._transform != Transform() and old.width() > 0 and old.height() > 0:
            self._transform = Transform(self._transform.zoom, self._transform.dx * self.width() / old.width(),
                                        self._transform.dy * self.height() / old.height())
        self._repaint()
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120.0
        if steps:
            self.zoom_by(1.2**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) or self._gesture is not None:
            return
        QToolTip.hideText()
        at = event.position()
        element = self.element_at(at) if event.button() == Qt.MouseButton.LeftButton else None
        value = self._value_of(element)
        with_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if element is not None and value is not None and (with_alt or self._easily_hit(element)):
            self._gesture = WeightDrag(self, element, value)
            self.setCursor(Qt.CursorShape.SizeVerCursor)
        else:
            self._gesture = Pan(self, element)
        self._gesture.start(at)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click on a unit opens it; elsewhere it is a press like the first."""
        element = self.element_at(event.position()) if event.button() == Qt.MouseButton.LeftButton else None
        if isinstance(element, Unit) and element.layer > 0:
            self.opened.emit(element)
        else:
            self.mousePressEvent(event)

    def open_selected(self) -> None:
        """Opens the unit that is selected; anything else is selected once more."""
        element = self._selected
        if isinstance(element, Unit) and element.layer > 0:
            self.opened.emit(element)
        else:
            self.click(element)

    def _easily_hit(self, element: Element) -> bool:
        """Among thousands of edges a plain drag pans; Alt drags the weight."""
        return isinstance(element, Bias | Alpha) or (
            self._drawing is not None and self._drawing.connections[element.layer - 1].weights.size <= STRONGEST)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        self._fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not self._ticker.isActive():
            self._ticker.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.end(event.position(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            self.setCursor(self._cursor_over(self._hovered))

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self._set_hovered(None)
        super().leaveEvent(event)

    def _answer_pointer(self) -> None:
        """Once a frame: the newest pointer position moves the gesture or the hover."""
        if self._pointer is None:
            return
        if self._gesture is not None:
            self._gesture.move(self._pointer, self._fine)
            if self._gesture.moved and isinstance(self._gesture, Pan):
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        self._set_hovered(self.element_at(self._pointer))

    def _set_hovered(self, element: Element | None) -> None:
        if element == self._hovered:
            return
        self._hovered = element
        self.setCursor(self._cursor_over(element))
        self.hovered.emit(element)
        if element is None or self._pointer is None:
            QToolTip.hideText()
        else:
            self._show_tip(self.mapToGlobal(self._pointer.toPoint()))
        self.update()

    def _show_tip(self, at: QPoint) -> None:
        element = self._hovered
        text = self.describe(element) if self.describe is not None and element is not None else ""
        if element is not None and text:      # as escaped rich text, so that a unit named <b> is shown as such
            tip = f"<p style='white-space:pre; margin:2px'>{html.escape(text)}</p>"
            if self._value_of(element) is not None:
                hint = tr(DRAG_HINTS[not self._easily_hit(element)])
                tip += f"<p style='white-space:pre; margin:2px; color:{self._theme.muted}'>{html.escape(hint)}</p>"
            QToolTip.showText(at + QPoint(14, 12), tip, self)
        else:
            QToolTip.hideText()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            if self._gesture is None:
                self._set_hovered(self.element_at(QPointF(event.pos())))
                self._show_tip(event.globalPos())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = (event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier, Qt.Key(event.key()))
        if self._gesture is not None and key[1] == Qt.Key.Key_Escape:
            gesture, self._gesture = self._gesture, None
            self.unsetCursor()
            gesture.cancel()
            return
        action = _KEYS.get(key)
        if action is None or (key[1] == Qt.Key.Key_Escape and self._selected is None):
            super().keyPressEvent(event)      # plain arrows and Space belong to the window
            return
        action(self)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._keyboard_here = event.reason() in _KEYBOARD_REASONS
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._keyboard_here = False
        self.update()
        super().focusOutEvent(event)

    # ── painting ─────────────────────────────────────────────────────────────────────────────────────────────
    def _forget_edges(self) -> None:
        self._arrangement.forget_strongest()
        self._repaint()

    def _repaint(self) -> None:
        self._layers.forget_edges()
        self.update()

    def _arranged(self, size: QSize | None = None) -> NetworkLayout:
        if self._drawing is None:
            raise LookupError("there is no network in the picture")
        size = size or self.size()
        return self._arrangement.layout_of(self._drawing, size.width(), size.height(), self._text_scale, self._digits)

    def _paint(self, painter: QPainter, size: QSize, ratio: float) -> None:
        if self._drawing is None:
            painter.fillRect(QRect(QPoint(), size), QColor(self._theme.canvas))
            return
        layout = self._arranged(size)
        options = PictureOptions(self._digits, self._text_scale, ratio=ratio)
        interaction = Interaction(self.lit_element, self._selected, self._drawable_trails())
        on = partial(NetworkPainter, drawing=self._drawing, layout=layout, theme=self._theme, scale=self._scale,
                     edges=self._arrangement.edges, options=options, transform=self._transform,
                     interaction=interaction)
        if self._flowing:
            key = (options, self._theme, self._transform, interaction, id(layout), self._scale)
            self._layers.paint_flowing(painter, size, ratio, key, self._numbers_due, on)
            self._numbers_due = False
        else:
            self._layers.paint(painter, size, ratio, self._theme, on)

    def _drawable_trails(self) -> tuple[Trail, ...]:
        """The paths whose every stop is in the picture: a network may have changed under them."""
        drawing = self._drawing
        return () if drawing is None else tuple(
            trail for trail in self._trails if all(exists(drawing, stop) for stop in trail.stops))

    def _shown(self) -> Shown:
        if self._drawing is None:
            return Shown()
        if self._layers.shown is None:
            self.render_picture()
        return self._layers.shown or Shown()

    def _tell_accessibly(self) -> None:
        """Say what is selected to whoever cannot see it."""
        text = self._drawing.caption if self._drawing is not None else tr("No network is open")
        if self._selected is not None:
            text = self.describe(self._selected) if self.describe is not None else str(self._selected)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))


_KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason,
)
_NONE, _ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier
_KEYS: dict[tuple[Qt.KeyboardModifier, Qt.Key], Callable[[NetworkView], None]] = {
    (_ALT, Qt.Key.Key_Right): NetworkView.select_next,
    (_ALT, Qt.Key.Key_Down): NetworkView.select_next,
    (_ALT, Qt.Key.Key_Left): NetworkView.select_previous,
    (_ALT, Qt.Key.Key_Up): NetworkView.select_previous,
    (_NONE, Qt.Key.Key_Return): NetworkView.open_selected,
    (_NONE, Qt.Key.Key_Enter): NetworkView.open_selected,
    (_NONE, Qt.Key.Key_Escape): lambda view: view.click(None),
}
