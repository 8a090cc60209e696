"""The map on screen: it can be pointed at, zoomed and moved, and the start of the descent put elsewhere.

The view reads a `SurfaceDrawing` and emits requests; it never changes a session itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from nnviz.gui.canvas import Canvas
from nnviz.gui.picture_layers import painting_on
from nnviz.gui.relief import Relief, relief_of
from nnviz.gui.scene import PictureOptions
from nnviz.gui.surface_drawing import Extent, Place, SurfaceDrawing, slope_at, value_at
from nnviz.gui.surface_picture import Frame, SurfacePainter, SurfaceShown, frame_of, notes, reached
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.numbers import short

RELEASED = 120           # milliseconds after which a released arrow key stays released: some systems repeat by releases
SETTLED = 140            # milliseconds after the last zoom, until the map is computed finely again
STRIDE = 0.02            # share of the map's width that an arrow key goes
FINE = 0.1               # share of that with Shift
_PAN_BUTTONS = (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton)
_ARROWS: dict[Qt.Key, Place] = {
    Qt.Key.Key_Left: (-1.0, 0.0), Qt.Key.Key_Right: (1.0, 0.0), Qt.Key.Key_Up: (0.0, 1.0), Qt.Key.Key_Down: (0.0, -1.0),
}


@dataclass
class _Carry:
    """The start is carried elsewhere, by the mouse or by the arrow keys; put down, it is one undoable edit."""

    view: SurfaceView
    place: Place
    moved: bool = True

    def start(self, at: QPointF) -> None:
        self.view.start_moving.emit(*self.place)

    def move(self, at: QPointF, fine: bool = False) -> None:
        self.place = self.view.nearest_place(at)
        self.start(at)

    def end(self, at: QPointF, fine: bool = False) -> None:
        self.place = self.view.nearest_place(at)
        self.put_down()

    def put_down(self) -> None:
        self.view.start_chosen.emit(*self.place)

    def cancel(self) -> None:
        self.view.start_cancelled.emit()


@dataclass
class _MovedMap:
    """The map is moved under the pointer; `before` is what it showed."""

    view: SurfaceView
    before: Extent | None
    moved: bool = False
    _last: QPointF = field(default_factory=QPointF)

    def start(self, at: QPointF) -> None:
        self._last = at

    def move(self, at: QPointF, fine: bool = False) -> None:
        by, self._last = at - self._last, at
        if not by.isNull():
            self.view.pan_by(by.x(), by.y())

    def end(self, at: QPointF, fine: bool = False) -> None:
        self.move(at)

    def cancel(self) -> None:
        self.view.zoom_to_extent(self.before)


class SurfaceView(Canvas):
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

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._drawing: SurfaceDrawing | None = None
        self._extent: Extent | None = None          # what was zoomed to; None shows what the drawing asks for
        self._moving = False                        # the map moves: it is computed coarsely
        self._relief: Relief | None = None
        self._relief_key: tuple[object, ...] = ()
        self._background: QImage | None = None
        self._background_key: tuple[object, ...] = ()
        self.shown = SurfaceShown()
        self._settling = self._timer(SETTLED, self._settle)
        self._releasing = self._timer(RELEASED, self._put_down)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)      # the right button moves the map
        self.setAccessibleName(tr("Map of the surface"))

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

    def frame(self, size: QSize | None = None) -> Frame:
        """Where everything stands now."""
        if self._drawing is None:
            raise LookupError("there is no surface on the map")
        size = size or self.size()
        return frame_of(self._drawing, size.width(), size.height(), self._options(), self._extent)

    def set_drawing(self, drawing: SurfaceDrawing | None) -> None:
        """Show `drawing`; None leaves the canvas empty. The map stays where it was zoomed to."""
        before, self._drawing = self._drawing, drawing
        if before is None or drawing is None or before.function is not drawing.function:
            self._gesture = None
        if before is None or drawing is None:
            self._extent = None
        self._tell_accessibly()
        self.update()

    # ── zoom and pan ─────────────────────────────────────────────────────────────────────────────────────────
    def zoom_fit(self) -> None:
        """Show what the document asks for, or what lies around the start."""
        self.zoom_to_extent(None)

    def zoom_to_extent(self, extent: Extent | None) -> None:
        """Show just that part of the plane; None: what the drawing asks for."""
        self._extent = extent
        self._moved()

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Closer by `factor`; the place below `around` (the middle by default) stays where it is."""
        if self._drawing is None:
            return
        frame = self.frame()
        if around is None or not frame.map.contains(around):
            around = frame.map.center()
        self.zoom_to_extent(frame.extent.zoomed(factor, frame.place(around.x(), around.y())))

    def pan_by(self, dx: float, dy: float) -> None:
        """Shift the map by so many pixels."""
        if self._drawing is None:
            return
        frame = self.frame()
        self.zoom_to_extent(frame.extent.moved(-dx * frame.extent.width / frame.map.width(),
                                               dy * frame.extent.height / frame.map.height()))

    def _moved(self) -> None:
        self._moving = True
        self._settling.start()
        self.view_changed.emit()
        self.update()

    def _settle(self) -> None:
        self._moving = False
        self.update()

    # ── moving the start ─────────────────────────────────────────────────────────────────────────────────────
    def _carry(self, place: Place) -> None:
        """By keyboard."""
        if isinstance(self._gesture, _Carry):
            self._gesture.place = place
        else:
            self._gesture = _Carry(self, place)
        self._gesture.start(QPointF())

    def _put_down(self) -> None:
        self._releasing.stop()
        gesture, self._gesture = self._gesture, None
        if isinstance(gesture, _Carry):
            gesture.put_down()

    def _cancel_gesture(self) -> None:
        self._releasing.stop()
        super()._cancel_gesture()

    def nearest_place(self, at: QPointF) -> Place:
        """The place below a pixel, or the nearest one of the map."""
        frame = self.frame()
        return frame.place(min(max(at.x(), frame.map.left()), frame.map.right()),
                           min(max(at.y(), frame.map.top()), frame.map.bottom()))

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────
    def _at(self, position: QPointF) -> Place | None:
        if self._drawing is None:
            return None
        frame = self.frame()
        return frame.place(position.x(), position.y()) if frame.map.contains(position) else None

    def _cursor_over(self, found: Place | None) -> Qt.CursorShape:
        return Qt.CursorShape.ArrowCursor if found is None else Qt.CursorShape.CrossCursor

    def _resized(self, before: QSize) -> None:
        if self._extent is not None and self._drawing is not None:     # both axes keep their common scale
            place = self.frame().map
            self._extent = self._extent.fitted(place.width(), place.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._drawing is None or self._gesture is not None:
            return
        at, shift = event.position(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.button() in _PAN_BUTTONS or (shift and event.button() == Qt.MouseButton.LeftButton):
            self._begin(_MovedMap(self, self._extent), at, Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            frame = self.frame()
            if frame.map.contains(at):
                self._begin(_Carry(self, frame.place(at.x(), at.y())), at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self.is_carrying or event.button() == Qt.MouseButton.LeftButton:
            self._releasing.stop()
            super().mouseReleaseEvent(event)

    def _answer_pointer(self) -> None:
        if self._drawing is not None:
            super()._answer_pointer()
            self.update()         # its numbers are those of the place below the pointer

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
        if key in _ARROWS and self._drawing is not None and (fine or modifiers == Qt.KeyboardModifier.NoModifier):
            self._walk(_ARROWS[key], FINE if fine else 1.0)
        else:
            super().keyPressEvent(event)

    def _walk(self, direction: Place, share: float) -> None:
        """The start goes a little on; from where the present path begins, or from where it is carried."""
        if self._drawing is None or isinstance(self._gesture, _MovedMap):
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

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self._releasing.isActive():
            self._put_down()
        if self._gesture is not None:
            self._cancel_gesture()
        super().focusOutEvent(event)

    # ── painting ─────────────────────────────────────────────────────────────────────────────────────────────
    def _options(self) -> PictureOptions:
        return PictureOptions(self._digits, self._text_scale, titled=False)

    def _paint(self, painter: QPainter, size: QSize, ratio: float) -> None:
        drawing = self._drawing
        if drawing is None:
            self._fill(painter, size)
            return
        frame = self.frame(size)
        key = (drawing.function, frame.extent, frame.map.width(), frame.map.height(), self._moving)
        if self._relief is None or key != self._relief_key:
            self._relief = relief_of(drawing, frame.extent, frame.map.width(), frame.map.height(), self._moving)
            self._relief_key = key
        whole = (*key, size, ratio, self._theme, self._text_scale)
        if self._background is None or whole != self._background_key:
            self._background = self._painted_map(drawing, frame, self._relief, size, ratio)
            self._background_key = whole
        painter.drawImage(QPointF(), self._background)
        above = SurfacePainter(painter, drawing, frame, self._relief, self._theme, self._options(), self._readout())
        above.paint_rest()
        self.shown = above.shown

    def _painted_map(
        self, drawing: SurfaceDrawing, frame: Frame, relief: Relief, size: QSize, ratio: float
    ) -> QImage:
        image = QImage(size * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(self._theme.canvas))
        with painting_on(image, size) as below:
            SurfacePainter(below, drawing, frame, relief, self._theme, self._options()).paint_map()
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
        self._describe(text)


def describe_place(drawing: SurfaceDrawing, place: Place, digits: int) -> str:
    """x, y, the height there and how steep it is, in one line."""
    (x, y), (across, up) = place, slope_at(drawing.function, place)
    said = (short(number, digits) for number in (x, y, value_at(drawing.function, place), across, up))
    return "x = {}, y = {}   ·   f = {}   ·   ∂f/∂x = {}, ∂f/∂y = {}".format(*said)
