"""The map on screen: it can be pointed at, zoomed and moved, and the start of the descent put elsewhere.

The view reads a `SurfaceDrawing` and emits requests; it never changes a session itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnviz.gui.relief import Relief, relief_of
from nnviz.gui.scene import PictureOptions
from nnviz.gui.surface_drawing import Extent, Place, SurfaceDrawing, slope_at, value_at
from nnviz.gui.surface_picture import Frame, SurfacePainter, SurfaceShown, frame_of, notes, reached
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.numbers import short

FRAME = 16               # milliseconds; pointer moves are answered at most once a frame
RELEASED = 120           # milliseconds after which a released arrow key stays released: some systems repeat by releases
SETTLED = 140            # milliseconds after the last zoom, until the map is computed finely again
STRIDE = 0.02            # share of the map's width that an arrow key goes
FINE = 0.1               # share of that with Shift
LEAST_TEXT_SCALE, MOST_TEXT_SCALE = 0.6, 3.0
_PAN_BUTTONS = (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton)
_KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason,
)
_ARROWS: dict[Qt.Key, Place] = {
    Qt.Key.Key_Left: (-1.0, 0.0), Qt.Key.Key_Right: (1.0, 0.0), Qt.Key.Key_Up: (0.0, 1.0), Qt.Key.Key_Down: (0.0, -1.0),
}
_ZOOMS = {Qt.Key.Key_Plus: 1.2, Qt.Key.Key_Equal: 1.2, Qt.Key.Key_Minus: 1 / 1.2}


@dataclass
class _Carry:
    """The start is carried elsewhere, by the mouse or by the arrow keys; put down, it is one undoable edit."""

    place: Place


@dataclass
class _Pan:
    """The map is moved under the pointer; `before` is what it showed."""

    last: QPointF
    before: Extent | None


class SurfaceView(QWidget):
    """The map of a function f(x, y), seen from above: colours and contour lines are heights.

    The line is the path of the training so far, with a dot for each step that can be told from the next; the square is
    its start, the round point where it stands. The arrows are those of the shown step: one is the direction of the
    negative gradient, which stands at a right angle on the contour line, the other the update as long as it is. Paths
    of other optimisers, chosen below the map, begin at the same start, go as many steps and have the same learning
    rate; where settings were changed on the way, they go all of it with the present ones, and the legend says so.

    Click or drag to start somewhere else; the arrow keys do the same in small steps, with Shift in smaller ones, and
    Esc takes it back before the key or the button is released. The wheel or + and - zoom, dragging with the right
    or the middle button or with Shift moves the map, Ctrl+0 fits it.
    """

    start_moving = Signal(float, float)        # x, y; while the hand moves
    start_chosen = Signal(float, float)        # on release: one undoable edit
    start_cancelled = Signal()                 # Esc
    zoom_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._drawing: SurfaceDrawing | None = None
        self._digits, self._text_scale = 4, 1.0
        self._extent: Extent | None = None          # what was zoomed to; None shows what the drawing asks for
        self._moving = False                        # the map moves: it is computed coarsely
        self._relief: Relief | None = None
        self._relief_key: tuple[object, ...] = ()
        self._background: QImage | None = None
        self._background_key: tuple[object, ...] = ()
        self._gesture: _Carry | _Pan | None = None
        self._pointer: QPointF | None = None
        self._hovered: Place | None = None
        self._keyboard_here = False
        self.shown = SurfaceShown()
        self._ticker = self._timer(FRAME, self._answer_pointer)
        self._settling = self._timer(SETTLED, self._settle)
        self._releasing = self._timer(RELEASED, self._put_down)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 110)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)      # the right button moves the map
        self.setAccessibleName(tr("Map of the surface"))

    def _timer(self, milliseconds: int, answer: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(answer)
        return timer

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────────
    @property
    def drawing(self) -> SurfaceDrawing | None:
        return self._drawing

    @property
    def zoomed(self) -> Extent | None:
        """What the map was zoomed or moved to; None while it shows what the drawing asks for."""
        return self._extent

    @property
    def is_carrying(self) -> bool:
        """Whether the start is being carried elsewhere."""
        return isinstance(self._gesture, _Carry)

    def frame(self) -> Frame:
        """Where everything stands now."""
        if self._drawing is None:
            raise LookupError("there is no surface on the map")
        return frame_of(self._drawing, self.width(), self.height(), self._options(), self._extent)

    def set_drawing(self, drawing: SurfaceDrawing | None) -> None:
        """Show `drawing`; None leaves the canvas empty. The map stays where it was zoomed to."""
        before, self._drawing = self._drawing, drawing
        if before is None or drawing is None or before.function is not drawing.function:
            self._gesture = None
        if before is None or drawing is None:
            self._extent = None
        self._tell_accessibly()
        self.update()

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

    # ── zoom and pan ─────────────────────────────────────────────────────────────────────────────────────────
    def zoom_fit(self) -> None:
        """Show what the document asks for, or what lies around the start."""
        self._extent = None
        self._moved()

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Closer by `factor`; the place below `around` (the middle by default) stays where it is."""
        if self._drawing is None:
            return
        frame = self.frame()
        if around is None or not frame.map.contains(around):
            around = frame.map.center()
        self._extent = frame.extent.zoomed(factor, frame.place(around.x(), around.y()))
        self._moved()

    def pan_by(self, dx: float, dy: float) -> None:
        """Shift the map by so many pixels."""
        if self._drawing is None:
            return
        frame = self.frame()
        self._extent = frame.extent.moved(-dx * frame.extent.width / frame.map.width(),
                                          dy * frame.extent.height / frame.map.height())
        self._moved()

    def _moved(self) -> None:
        self._moving = True
        self._settling.start()
        self.zoom_changed.emit()
        self.update()

    def _settle(self) -> None:
        self._moving = False
        self.update()

    # ── moving the start ─────────────────────────────────────────────────────────────────────────────────────
    def _carry(self, place: Place) -> None:
        self._gesture = _Carry(place)
        self.start_moving.emit(*place)

    def _put_down(self) -> None:
        self._releasing.stop()
        gesture, self._gesture = self._gesture, None
        if isinstance(gesture, _Carry):
            self.start_chosen.emit(*gesture.place)

    def _cancel(self) -> None:
        self._releasing.stop()
        gesture, self._gesture = self._gesture, None
        if isinstance(gesture, _Carry):
            self.start_cancelled.emit()
        elif isinstance(gesture, _Pan):
            self._extent = gesture.before
            self._moved()

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────
    def sizeHint(self) -> QSize:
        return QSize(800, 560)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._extent is not None and self._drawing is not None:     # both axes keep their common scale
            place = self.frame().map
            self._extent = self._extent.fitted(place.width(), place.height())
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120.0
        if steps:
            self.zoom_by(1.2**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._drawing is None or self._gesture is not None:
            return
        at, shift = event.position(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.button() in _PAN_BUTTONS or (shift and event.button() == Qt.MouseButton.LeftButton):
            self._gesture = _Pan(at, self._extent)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            frame = self.frame()
            if frame.map.contains(at):
                self._carry(frame.place(at.x(), at.y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if not self._ticker.isActive():
            self._ticker.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if isinstance(self._gesture, _Pan):
            self._follow_pan(self._gesture, event.position())
            self._gesture = None
            self.unsetCursor()
        elif isinstance(self._gesture, _Carry) and event.button() == Qt.MouseButton.LeftButton:
            self._gesture.place = self._within(event.position())
            self._put_down()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer, self._hovered = None, None
        self.update()
        super().leaveEvent(event)

    def _answer_pointer(self) -> None:
        """Once a frame: the newest pointer position moves the gesture or tells the numbers of the place below it."""
        at = self._pointer
        if at is None or self._drawing is None:
            return
        if isinstance(self._gesture, _Pan):
            self._follow_pan(self._gesture, at)
        elif isinstance(self._gesture, _Carry):
            self._carry(self._within(at))
        frame = self.frame()
        self._hovered = frame.place(at.x(), at.y()) if frame.map.contains(at) else None
        if self._gesture is None:
            self.setCursor(Qt.CursorShape.CrossCursor) if self._hovered else self.unsetCursor()
        self.update()

    def _follow_pan(self, gesture: _Pan, at: QPointF) -> None:
        moved, gesture.last = at - gesture.last, at
        if not moved.isNull():
            self.pan_by(moved.x(), moved.y())

    def _within(self, at: QPointF) -> Place:
        """The place below a pixel, or the nearest one of the map."""
        frame = self.frame()
        return frame.place(min(max(at.x(), frame.map.left()), frame.map.right()),
                           min(max(at.y(), frame.map.top()), frame.map.bottom()))

    def event(self, event: QEvent) -> bool:
        """Before another key does something, a start that was released is put down."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            goes_on = Qt.Key(event.key()) in (*_ARROWS, Qt.Key.Key_Escape)
            if self._releasing.isActive() and not goes_on:
                self._put_down()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        fine = modifiers == Qt.KeyboardModifier.ShiftModifier
        if key == Qt.Key.Key_Escape and self._gesture is not None:
            self.unsetCursor()
            self._cancel()
        elif key in _ARROWS and self._drawing is not None and (fine or modifiers == Qt.KeyboardModifier.NoModifier):
            self._walk(_ARROWS[key], FINE if fine else 1.0)
        elif key in _ZOOMS and not modifiers & ~Qt.KeyboardModifier.ShiftModifier:
            self.zoom_by(_ZOOMS[key])
        else:
            super().keyPressEvent(event)

    def _walk(self, direction: Place, share: float) -> None:
        """The start goes a little on; from where the present path begins, or from where it is carried."""
        if self._drawing is None or isinstance(self._gesture, _Pan):
            return
        self._releasing.stop()
        stride = STRIDE * share * self.frame().extent.width
        x, y = self._gesture.place if isinstance(self._gesture, _Carry) else self._drawing.trail.beginning
        self._carry((float(f"{x + stride * direction[0]:.12g}"), float(f"{y + stride * direction[1]:.12g}")))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in _ARROWS and not event.isAutoRepeat() and isinstance(self._gesture, _Carry):
            self._releasing.start()
        else:
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._keyboard_here = event.reason() in _KEYBOARD_REASONS
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._keyboard_here = False
        if self._releasing.isActive():
            self._put_down()
        self._cancel()
        self.update()
        super().focusOutEvent(event)

    # ── painting ─────────────────────────────────────────────────────────────────────────────────────────────
    def _options(self) -> PictureOptions:
        return PictureOptions(self._digits, self._text_scale, titled=False)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        try:
            if self._drawing is None:
                painter.fillRect(self.rect(), QColor(self._theme.canvas))
                return
            self._paint(painter, self._drawing)
            if self._keyboard_here:
                painter.setPen(QPen(QColor(self._theme.accent), 2.0))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        finally:
            painter.end()

    def _paint(self, painter: QPainter, drawing: SurfaceDrawing) -> None:
        frame, ratio = self.frame(), self.devicePixelRatioF()
        key = (drawing.function, frame.extent, frame.map.width(), frame.map.height(), self._moving)
        if self._relief is None or key != self._relief_key:
            self._relief = relief_of(drawing, frame.extent, frame.map.width(), frame.map.height(), self._moving)
            self._relief_key = key
        whole = (*key, self.size(), ratio, self._theme, self._text_scale)
        if self._background is None or whole != self._background_key:
            self._background = self._painted_map(drawing, frame, self._relief, ratio)
            self._background_key = whole
        painter.drawImage(QPointF(), self._background)
        above = SurfacePainter(painter, drawing, frame, self._relief, self._theme, self._options(), self._readout())
        above.paint_rest()
        self.shown = above.shown

    def _painted_map(self, drawing: SurfaceDrawing, frame: Frame, relief: Relief, ratio: float) -> QImage:
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(self._theme.canvas))
        below = QPainter(image)
        below.setClipRect(QRectF(0, 0, self.width(), self.height()))
        try:
            SurfacePainter(below, drawing, frame, relief, self._theme, self._options()).paint_map()
        finally:
            below.end()
        return image

    def _readout(self) -> str:
        """What is known of the place below the pointer, or of the one to which the start is carried."""
        place = self._gesture.place if isinstance(self._gesture, _Carry) else self._hovered
        if self._drawing is None or place is None:
            return tr("Click or drag on the map to start there.")
        return describe_place(self._drawing, place, self._digits)

    def _tell_accessibly(self) -> None:
        """Say where training stands to whoever cannot see it."""
        drawing = self._drawing
        text = tr("No surface is open")
        if drawing is not None:
            others = [*(reached(trail, self._digits) for trail in drawing.others), *notes(drawing)]
            text = ". ".join((drawing.caption, describe_place(drawing, drawing.here, self._digits), *others))
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))


def describe_place(drawing: SurfaceDrawing, place: Place, digits: int) -> str:
    """x, y, the height there and how steep it is, in one line."""
    (x, y), (across, up) = place, slope_at(drawing.function, place)
    said = (short(number, digits) for number in (x, y, value_at(drawing.function, place), across, up))
    return "x = {}, y = {}   ·   f = {}   ·   ∂f/∂x = {}, ∂f/∂y = {}".format(*said)
