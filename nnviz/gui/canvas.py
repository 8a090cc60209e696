"""What every picture that is painted by hand has in common: it is zoomed, moved, pointed at, and has the keyboard.

A picture is a widget that paints itself at any size and pixel ratio; what lies where it asks its own layout.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
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

from nnviz.gui.gestures import Gesture, Pan
from nnviz.gui.picture_layers import painting_on
from nnviz.gui.scene import Transform
from nnviz.gui.theme import Theme
from nnviz.report.elements import Element

FRAME = 16                        # milliseconds; pointer moves are answered at most once a frame
LEAST_ZOOM, MOST_ZOOM = 0.25, 60.0
LEAST_TEXT_SCALE, MOST_TEXT_SCALE = 0.6, 3.0
WHEEL_STEP = 1.2                  # what a notch of the wheel, or the key + or -, zooms by
STRIDE = 0.1                      # share of the view's shorter side that a key moves the picture by
MARGIN = 0.15                     # share of the view that the picture never leaves empty of itself
CLOSER = 1.1                      # a zoom to the selection that is no closer than this is passed over
ROOM = 0.12                       # share of the view that stays free around what is zoomed to
KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason,
)


class Canvas(QWidget):
    """A picture in a theme. `_transform` leads from its layout to the widget.

    Who inherits says what is painted (`_paint`), what lies at a place (`_at`), what its tooltip says, and what a press
    begins; `_moved` hears that everything stands elsewhere, `_repaint` that everything looks otherwise.
    """

    view_changed = Signal()                    # it was zoomed or moved
    looks_changed = Signal()                   # it shows something else, or in other colours
    weight_dragging = Signal(object, float)    # Parameter, new value; while the hand moves
    weight_dropped = Signal(object, float)     # on release, or typed: one undoable edit
    weight_drag_cancelled = Signal(object)     # Esc

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._digits, self._text_scale = 4, 1.0
        self._transform = Transform()
        self._hovered: Any = None
        self._covered: tuple[float, float, float, float] | None = None     # where something lies on the picture
        self._gesture: Gesture | None = None
        self._pointer: QPointF | None = None
        self._fine = False
        self._keyboard_here = False            # focus came by keyboard: it is shown
        self._ticker = self._timer(FRAME, self._answer_pointer)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 110)

    def _timer(self, milliseconds: int, answer: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(answer)
        return timer

    # ── what others say of it ────────────────────────────────────────────────────────────────────────────────
    def _paint(self, painter: QPainter, size: QSize, ratio: float) -> None:
        """Paint all of it, `ratio` device pixels to a logical one."""
        raise NotImplementedError

    def _at(self, position: QPointF) -> Any:
        """What lies under `position` (widget coordinates); None on the background."""
        return None

    def _tell_hovered(self, found: Any) -> None:
        """Say what the pointer is over now."""

    def _cursor_over(self, found: Any) -> Qt.CursorShape:
        return Qt.CursorShape.ArrowCursor

    def _tip_of(self, found: Any) -> str:
        """What the tooltip says of what the pointer is over, plain text."""
        return ""

    def _hint_of(self, found: Any) -> str:
        """What can be done with it, below that."""
        return ""

    def selected_boxes(self) -> tuple[QRectF, ...]:
        """Where what is selected is seen, in the coordinates of the layout: with what it is joined to, then closer."""
        return ()

    # ── how it looks ─────────────────────────────────────────────────────────────────────────────────────────
    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def digits(self) -> int:
        return self._digits

    @property
    def text_scale(self) -> float:
        return self._text_scale

    def set_theme(self, theme: Theme) -> None:
        """Repaint in another theme."""
        self._theme = theme
        self._repaint()

    def set_digits(self, digits: int) -> None:
        """Write numbers with at most `digits` significant digits."""
        self._digits = max(1, min(17, digits))
        self._repaint()

    def set_text_scale(self, scale: float) -> None:
        """Make all text `scale` times as large (1: as the view's size suggests)."""
        scale = min(MOST_TEXT_SCALE, max(LEAST_TEXT_SCALE, scale))
        if scale != self._text_scale:
            self._text_scale = scale
            self._repaint()

    def render_picture(self, size: QSize | None = None, ratio: float = 1.0) -> QImage:
        """The view as an image of `size` (its own by default), `ratio` device pixels to a logical one."""
        size = size or self.size()
        image = QImage(size * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        with painting_on(image, size) as painter:
            self._paint(painter, size, ratio)
        return image

    def paint_small(self, painter: QPainter, scale: float, ratio: float) -> None:
        """Paint all of it `scale` times as large, for an overview."""
        here, self._transform = self._transform, Transform()
        painter.scale(scale, scale)
        try:
            self._paint(painter, self.size(), ratio)
        finally:
            self._transform = here

    def set_covered(self, place: QRect | None) -> None:
        """Says where something lies on the picture; labels that have other places keep clear of it."""
        here = None if place is None else (place.left(), place.top(), place.right(), place.bottom())
        if here != self._covered:
            self._covered = here
            self.update()

    @property
    def has_something(self) -> bool:
        """Whether there is anything in the picture."""
        return False

    @property
    def foot(self) -> float:
        """Where the picture ends and what explains it begins, in pixels from the top."""
        return float(self.height())

    def _repaint(self) -> None:
        """Everything looks otherwise now."""
        self._forget()
        self.looks_changed.emit()
        self.update()

    def _forget(self) -> None:
        """What was kept of the last painting is of no use any more."""

    # ── zoom and pan ─────────────────────────────────────────────────────────────────────────────────────────
    @property
    def zoom(self) -> float:
        return self._transform.zoom

    @property
    def transform_now(self) -> Transform:
        """From the layout to the widget."""
        return self._transform

    def zoom_fit(self) -> None:
        """Everything, as laid out for the view."""
        self._move_to(Transform())

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom by `factor`; the point `around` (the middle by default) stays where it is."""
        centre = around or QPointF(self.width() / 2, self.height() / 2)
        zoom = min(MOST_ZOOM, max(LEAST_ZOOM, self._transform.zoom * factor))
        x, y = self._transform.inverse(centre.x(), centre.y())
        self._move_to(Transform(zoom, centre.x() - x * zoom, centre.y() - y * zoom))

    def pan_by(self, dx: float, dy: float) -> None:
        """Shift the picture; some of it always stays in view."""
        self._move_to(self._kept_in_view(replace(self._transform, dx=self._transform.dx + dx,
                                                 dy=self._transform.dy + dy)))

    def centre_on(self, x: float, y: float) -> None:
        """Shift the picture so that the place (x, y) of its layout is in the middle of the view."""
        zoom = self._transform.zoom
        self._move_to(self._kept_in_view(Transform(zoom, self.width() / 2 - x * zoom, self.height() / 2 - y * zoom)))

    def _filled_with(self, box: QRectF) -> Transform:
        zoom = min(self.width() * (1 - 2 * ROOM) / max(box.width(), 1e-6),
                   self.height() * (1 - 2 * ROOM) / max(box.height(), 1e-6))
        zoom = min(MOST_ZOOM, max(LEAST_ZOOM, zoom))
        return Transform(zoom, self.width() / 2 - box.center().x() * zoom,
                         self.height() / 2 - box.center().y() * zoom)

    def zoom_to_selection(self) -> None:
        """Let what is selected fill the view, once more: closer; everything, where nothing is selected."""
        ways = [self._filled_with(box) for box in self.selected_boxes()]
        ways = [way for way in ways if way.zoom >= CLOSER] or ways[-1:]
        if not ways:
            self.zoom_fit()
            return
        here = ways.index(self._transform) if self._transform in ways else -1
        self._move_to(ways[(here + 1) % len(ways)])

    def _kept_in_view(self, transform: Transform) -> Transform:
        zoom = transform.zoom
        x = min((1 - MARGIN) * self.width(), max((MARGIN - zoom) * self.width(), transform.dx))
        y = min((1 - MARGIN) * self.height(), max((MARGIN - zoom) * self.height(), transform.dy))
        return Transform(zoom, x, y)

    def _move_to(self, transform: Transform) -> None:
        if transform != self._transform:
            self._transform = transform
            self._moved()
            self.view_changed.emit()

    def _moved(self) -> None:
        """Everything stands elsewhere now."""
        self._forget()
        self.update()

    # ── what gestures do ─────────────────────────────────────────────────────────────────────────────────────
    def click(self, element: Element | None) -> None:
        """Select `element` and say so."""

    def weight_moved(self, element: Element, value: float) -> None:
        self.weight_dragging.emit(element, value)

    def weight_released(self, element: Element, value: float) -> None:
        self.weight_dropped.emit(element, value)

    def weight_let_go(self, element: Element) -> None:
        self.weight_drag_cancelled.emit(element)

    @property
    def is_busy(self) -> bool:
        """Whether a gesture has begun, which Esc would cancel."""
        return self._gesture is not None

    def _begin(self, gesture: Gesture, at: QPointF, cursor: Qt.CursorShape | None = None) -> None:
        """The press of a button at `at` begins `gesture`."""
        self._gesture = gesture
        if cursor is not None:
            self.setCursor(cursor)
        gesture.start(at)

    def _cancel_gesture(self) -> None:
        gesture, self._gesture = self._gesture, None
        self.unsetCursor()
        if gesture is not None:
            gesture.cancel()

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
        self._resized(event.oldSize())
        super().resizeEvent(event)

    def _resized(self, old: QSize) -> None:
        """What was zoomed to stays in view."""
        if self._transform != Transform() and old.width() > 0 and old.height() > 0:
            self._transform = Transform(self._transform.zoom, self._transform.dx * self.width() / old.width(),
                                        self._transform.dy * self.height() / old.height())
        self._moved()

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120.0
        if steps:
            self.zoom_by(WHEEL_STEP**steps, event.position())
        event.accept()

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
        self._set_hovered(self._at(self._pointer))

    def _set_hovered(self, found: Any) -> None:
        if found == self._hovered:
            return
        self._hovered = found
        self.setCursor(self._cursor_over(found))
        self._tell_hovered(found)
        if found is None or self._pointer is None:
            QToolTip.hideText()
        else:
            self._show_tip(self.mapToGlobal(self._pointer.toPoint()))
        self.update()

    def _renew_tip(self, flowing: bool) -> None:
        """What the tooltip told has changed: it tells the new numbers, or goes away where these are `flowing`."""
        if self._hovered is None or self._pointer is None or not QToolTip.isVisible():
            return
        if flowing:
            QToolTip.hideText()
        else:
            self._show_tip(self.mapToGlobal(self._pointer.toPoint()))

    def _show_tip(self, at: QPoint) -> None:
        """What the pointer is over, as escaped rich text: a unit may be called <b>."""
        text = "" if self._hovered is None else self._tip_of(self._hovered)
        if not text:
            QToolTip.hideText()
            return
        tip = f"<p style='white-space:pre; margin:2px'>{html.escape(text)}</p>"
        if hint := self._hint_of(self._hovered):
            tip += f"<p style='white-space:pre; margin:2px; color:{self._theme.muted}'>{html.escape(hint)}</p>"
        QToolTip.showText(at + QPoint(14, 12), tip, self)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            if self._gesture is None:
                self._set_hovered(self._at(QPointF(event.pos())))
                self._show_tip(event.globalPos())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels a gesture; + and - zoom, Ctrl+Shift and the arrow keys move the picture, Z zooms to what is
        selected."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = (modifiers & ~_SHIFT if event.key() in _SIGNS else modifiers, Qt.Key(event.key()))
        if self._gesture is not None and key[1] == Qt.Key.Key_Escape:
            self._cancel_gesture()
        elif key in _KEYS:
            _KEYS[key](self)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._keyboard_here = event.reason() in KEYBOARD_REASONS
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._keyboard_here = False
        self.update()
        super().focusOutEvent(event)

    def _describe(self, text: str) -> None:
        """Say `text` of the picture to whoever cannot see it."""
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def _fill(self, painter: QPainter, size: QSize) -> None:
        """The canvas with nothing on it."""
        painter.fillRect(QRect(QPoint(), size), QColor(self._theme.canvas))


def _moving(dx: int, dy: int) -> Callable[[Canvas], None]:
    """Looks further in a direction: the picture goes the other way."""
    def move(canvas: Canvas) -> None:
        stride = STRIDE * min(canvas.width(), canvas.height())
        canvas.pan_by(-dx * stride, -dy * stride)
    return move


_NONE, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_LOOKING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_SIGNS = (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus)      # some keyboards have them with Shift
_KEYS: dict[tuple[Qt.KeyboardModifier, Qt.Key], Callable[[Canvas], None]] = {
    (_NONE, Qt.Key.Key_Plus): lambda canvas: canvas.zoom_by(WHEEL_STEP),
    (_NONE, Qt.Key.Key_Equal): lambda canvas: canvas.zoom_by(WHEEL_STEP),
    (_NONE, Qt.Key.Key_Minus): lambda canvas: canvas.zoom_by(1 / WHEEL_STEP),
    (_NONE, Qt.Key.Key_Z): lambda canvas: canvas.zoom_to_selection(),
    (_LOOKING, Qt.Key.Key_Left): _moving(-1, 0),
    (_LOOKING, Qt.Key.Key_Right): _moving(1, 0),
    (_LOOKING, Qt.Key.Key_Up): _moving(0, -1),
    (_LOOKING, Qt.Key.Key_Down): _moving(0, 1),
}
