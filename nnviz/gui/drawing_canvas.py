"""The pad that is drawn on: with the mouse, or with the arrow keys and a pen that Space lowers and lifts."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen, qRgb
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnviz.engine.calls import Array
from nnviz.gui.drawn_image import DrawnImage
from nnviz.gui.fields import is_undo_key
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr

DEFAULT_SIZE = 3.0 / 28.0       # of the brush, as a share of the image
SOFT = 2.0 / 28.0               # over which share of the image its edge fades
_LEAST_GRID = 7.0               # pixels of the screen for one of the image, from which they are told apart
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}


class DrawingCanvas(QWidget):
    """Shows a drawing and lets it be drawn on; `changed` tells that it looks otherwise, `settled` that a stroke ended.

    The right button, or any button while it `erases`, takes ink away.  `wanted` is Enter: run it.
    """

    changed = Signal()
    settled = Signal()
    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.drawing = DrawnImage(28)
        self.size_of_brush = DEFAULT_SIZE * 28
        self.erases = False
        self._from: QPointF | None = None        # where the stroke has come to, in pixels of the image
        self._inks = True                        # what the running stroke does
        self._over: QPointF | None = None        # where the mouse is
        self.pen = (14, 14)                      # where the keys draw: column, row
        self.pen_is_down = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Drawing pad"))
        self.setToolTip(tr("Draw with the left button, erase with the right one. By keyboard the arrow keys move the "
                           "pen, Space lowers and lifts it, Enter runs the drawing through the network"))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        policy.setHeightForWidth(False)
        self.setSizePolicy(policy)
        self._describe()

    def sizeHint(self) -> QSize:
        return QSize(252, 252)

    def minimumSizeHint(self) -> QSize:
        return QSize(112, 112)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_drawing(self, drawing: DrawnImage) -> None:
        """Another drawing, perhaps of another size."""
        self.drawing, self._from, self.pen_is_down = drawing, None, False
        self.size_of_brush = max(1.0, DEFAULT_SIZE * drawing.side)
        self.pen = (drawing.side // 2, drawing.side // 2)
        self._describe()
        self.update()

    # --- places ---------------------------------------------------------------------------------------------------

    def square(self) -> QRectF:
        """Where the image lies in the widget."""
        edge = max(1.0, min(self.width(), self.height()) - 2.0)
        return QRectF((self.width() - edge) / 2.0, (self.height() - edge) / 2.0, edge, edge)

    def in_image(self, at: QPointF) -> QPointF:
        """A place of the widget in pixels of the image."""
        square, pixel = self.square(), self.square().width() / self.drawing.side
        return QPointF((at.x() - square.left()) / pixel, (at.y() - square.top()) / pixel)

    def in_widget(self, column: float, row: float) -> QPointF:
        """The middle of a pixel of the image in the widget."""
        square, pixel = self.square(), self.square().width() / self.drawing.side
        return QPointF(square.left() + (column + 0.5) * pixel, square.top() + (row + 0.5) * pixel)

    # --- drawing --------------------------------------------------------------------------------------------------

    def _line_to(self, to: QPointF) -> None:
        start = to if self._from is None else self._from
        self.drawing.draw((start.x(), start.y()), (to.x(), to.y()), self.size_of_brush,
                          max(1.0, SOFT * self.drawing.side), self._inks)
        self._from = to
        self._told()

    def _told(self) -> None:
        self._describe()
        self.update()
        self.changed.emit()

    def _end_stroke(self) -> None:
        if self._from is not None:
            self._from = None
            self.settled.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        self._lift_pen()
        self._end_stroke()
        self._inks = event.button() == Qt.MouseButton.LeftButton and not self.erases
        self.drawing.begin()
        self._line_to(self.in_image(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over = event.position()
        if self._from is not None and event.buttons() != Qt.MouseButton.NoButton:
            self._line_to(self.in_image(event.position()))
        else:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._end_stroke()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = None
        self.update()
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QEvent) -> None:
        event.accept()      # the right button erases

    def event(self, event: QEvent) -> bool:
        """Undo and Redo are the drawing's while the pad has the keyboard, and so is Space."""
        if is_undo_key(event) or (event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and (
                event.key() in _ARROWS or event.key() == Qt.Key.Key_Space)):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._lift_pen()
            self.wanted.emit()
        elif event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._lift_pen() if self.pen_is_down else self._lower_pen()
        elif event.key() in _ARROWS:
            far = 4 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self._move_pen(*(far * step for step in _ARROWS[Qt.Key(event.key())]))
        elif event.key() == Qt.Key.Key_Escape and self.pen_is_down:
            self._lift_pen()
        else:
            super().keyPressEvent(event)

    def _move_pen(self, across: int, down: int) -> None:
        last = self.drawing.side - 1
        self.pen = (min(max(self.pen[0] + across, 0), last), min(max(self.pen[1] + down, 0), last))
        if self.pen_is_down:
            self._line_to(self._pen_point())
        self._describe()
        self.update()

    def _lower_pen(self) -> None:
        self.pen_is_down, self._inks = True, not self.erases
        self.drawing.begin()
        self._line_to(self._pen_point())

    def _lift_pen(self) -> None:
        if self.pen_is_down:
            self.pen_is_down = False
            self._end_stroke()
            self._told()

    def _pen_point(self) -> QPointF:
        return QPointF(self.pen[0] + 0.5, self.pen[1] + 0.5)

    def undo(self) -> None:
        """Takes the last stroke back."""
        self._lift_pen()
        if self.drawing.undo():
            self._told()
            self.settled.emit()

    def redo(self) -> None:
        """Draws the stroke again that was taken back last."""
        self._lift_pen()
        if self.drawing.redo():
            self._told()
            self.settled.emit()

    def clear(self) -> None:
        """Wipes the pad."""
        self._lift_pen()
        self.drawing.clear()
        self._told()
        self.settled.emit()

    def load(self, pixels: Array) -> None:
        """Puts an image of the data on the pad."""
        self._lift_pen()
        self.drawing.load(pixels)
        self._told()
        self.settled.emit()

    def _describe(self) -> None:
        pen = tr("pen down at column {column}, row {row}") if self.pen_is_down else tr(
            "pen up at column {column}, row {row}")
        self.setAccessibleDescription(pen.format(column=self.pen[0] + 1, row=self.pen[1] + 1))

    # --- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        try:
            theme, square, side = self._theme, self.square(), self.drawing.side
            painter.drawImage(square, image_of(self.drawing.pixels, theme))
            pixel = square.width() / side
            if pixel >= _LEAST_GRID:
                grid = QColor(theme.line)
                grid.setAlphaF(0.3)
                painter.setPen(QPen(grid, 0))
                for k in range(1, side):
                    painter.drawLine(QPointF(square.left() + k * pixel, square.top()),
                                     QPointF(square.left() + k * pixel, square.bottom()))
                    painter.drawLine(QPointF(square.left(), square.top() + k * pixel),
                                     QPointF(square.right(), square.top() + k * pixel))
            painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.line), 0))
            painter.drawRect(square)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.warning if self.erases else theme.accent), 1.4))
            if self._over is not None and square.contains(self._over):
                reach = self.size_of_brush * pixel / 2.0
                painter.drawEllipse(self._over, reach, reach)
            if self.hasFocus() and (self._over is None or self.pen_is_down):
                self._paint_pen(painter, pixel)
        finally:
            painter.end()

    def _paint_pen(self, painter: QPainter, pixel: float) -> None:
        """A cross where the keys draw, filled in the middle while the pen is down."""
        at = self.in_widget(*self.pen)
        reach = max(6.0, pixel)
        painter.drawLine(at - QPointF(reach, 0.0), at + QPointF(reach, 0.0))
        painter.drawLine(at - QPointF(0.0, reach), at + QPointF(0.0, reach))
        if self.pen_is_down:
            painter.setBrush(QColor(self._theme.accent))
            painter.drawEllipse(at, 3.0, 3.0)


def image_of(pixels: Array, theme: Theme) -> QImage:
    """Grey levels from 0 to 1 as a picture in the colours of `theme`: ink on ground."""
    levels = np.ascontiguousarray(np.clip(pixels * 255.0, 0.0, 255.0).astype(np.uint8))
    rows, columns = levels.shape
    image = QImage(levels.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8)
    ground, ink = QColor(theme.base), QColor(theme.ink)
    image.setColorTable([
        qRgb(*(round(low + (high - low) * level / 255.0) for low, high in (
            (ground.red(), ink.red()), (ground.green(), ink.green()), (ground.blue(), ink.blue()))))
        for level in range(256)
    ])
    return image.copy()
