"""The whole picture, small, in a corner of a picture that is zoomed in: a frame shows which part of it one sees.

It stands in another corner where it would cover what is selected.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from nnviz.gui.canvas import WHEEL_STEP, Canvas
from nnviz.gui.picture_layers import painting_on
from nnviz.gui.translation import tr

SHARE, MOST = 0.2, 300.0          # of the picture's width; pixels
LEAST_PICTURE = (420, 300)        # pixels; a smaller picture has no room for it
CLOSE = 1.05                      # the zoom beyond which not everything is in sight
HEAD = 28                         # pixels at the top of a picture, for its caption
MARGIN = 10                       # pixels to the rims of the picture
REFRESHED = 500                   # milliseconds; what changes is painted anew no oftener


class Minimap(QWidget):
    """The whole network, small. Click in it to look there, drag the frame to move the picture; the wheel zooms."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.canvas = canvas
        self.wanted = True
        self._image: QImage | None = None
        self._stale = True
        self._grip: QPointF | None = None       # from the middle of the frame to where the hand holds it
        self._refreshing = QTimer(self)
        self._refreshing.setSingleShot(True)
        self._refreshing.setInterval(REFRESHED)
        self._refreshing.timeout.connect(self.update)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName(tr("Overview of the picture"))
        self.setToolTip(tr("The whole picture; the frame is what you see. Drag it, or click where you want to look. "
                           "Ctrl+Shift and the arrow keys do the same; M hides this."))
        canvas.view_changed.connect(self.follow)
        canvas.looks_changed.connect(self._grow_old)
        canvas.installEventFilter(self)
        self.hide()

    def set_wanted(self, wanted: bool) -> None:
        """Whether it is shown while the picture is zoomed in."""
        self.wanted = wanted
        self.follow()

    def follow(self) -> None:
        """The picture shows another part of itself, or has another size."""
        canvas = self.canvas
        roomy = canvas.width() >= LEAST_PICTURE[0] and canvas.height() >= LEAST_PICTURE[1]
        seen = self.wanted and roomy and canvas.zoom > CLOSE and canvas.has_something
        if seen:
            self._place()
        self.setVisible(seen)
        canvas.set_covered(self.geometry() if seen else None)
        self.update()

    def _place(self) -> None:
        """In the first corner where it covers nothing that is selected."""
        canvas = self.canvas
        wide = min(MOST, SHARE * canvas.width())
        size = QSize(round(wide), round(wide * canvas.height() / canvas.width()))
        if size != self.size():
            self.resize(size)
            self._stale = True
        right, foot = canvas.width() - MARGIN - size.width(), round(canvas.foot) - MARGIN - size.height()
        corners = ((right, foot), (right, MARGIN + HEAD), (MARGIN, foot), (MARGIN, MARGIN + HEAD))
        chosen = canvas.selected_boxes()[-1:]
        covered = [QRectF(QPointF(*canvas.transform_now.point(box.left(), box.top())),
                          QPointF(*canvas.transform_now.point(box.right(), box.bottom()))) for box in chosen]
        free = (corner for corner in corners
                if not any(QRectF(*corner, size.width(), size.height()).intersects(box) for box in covered))
        self.move(*next(free, corners[0]))

    @property
    def frame(self) -> QRectF:
        """What is in sight, in pixels of this widget."""
        canvas, scale = self.canvas, self._scale
        left, top = canvas.transform_now.inverse(0.0, 0.0)
        right, bottom = canvas.transform_now.inverse(canvas.width(), canvas.height())
        return QRectF(QPointF(left * scale, top * scale), QPointF(right * scale, bottom * scale))

    @property
    def _scale(self) -> float:
        return self.width() / max(1, self.canvas.width())

    def _grow_old(self) -> None:
        """The picture looks otherwise."""
        self._stale = True
        if self.isVisible() and not self._refreshing.isActive():
            self._refreshing.start()

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.follow()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, ratio = self.canvas.theme, self.devicePixelRatioF()
        if self._image is None or self._image.size() != self.size() * ratio or (
                self._stale and not self._refreshing.isActive()):
            self._image = self._painted(ratio)
            self._stale = False
            self._refreshing.start()        # the next change waits
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        try:
            painter.drawImage(QPointF(), self._image)
            rim, frame = QRectF(self.rect()), self.frame.intersected(QRectF(self.rect()).adjusted(1, 1, -1, -1))
            beside = QPainterPath()
            beside.addRect(rim)
            beside.addRect(frame)                    # even and odd: all but the frame
            veil = QColor(theme.canvas)
            veil.setAlpha(120)
            painter.fillPath(beside, veil)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 1.5))
            painter.drawRect(frame)
            painter.setPen(QPen(QColor(theme.line), 1.0))
            painter.drawRect(rim.adjusted(0.5, 0.5, -0.5, -0.5))
        finally:
            painter.end()

    def _painted(self, ratio: float) -> QImage:
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        with painting_on(image, self.size()) as painter:
            self.canvas.paint_small(painter, self._scale, ratio)
        return image

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at, frame = event.position(), self.frame
        self._grip = at - frame.center() if frame.contains(at) else QPointF()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._look_at(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._look_at(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120.0
        if steps:
            self.canvas.zoom_by(WHEEL_STEP**steps)
        event.accept()

    def _look_at(self, at: QPointF) -> None:
        if self._grip is not None:
            centre = (at - self._grip) / self._scale
            self.canvas.centre_on(centre.x(), centre.y())
