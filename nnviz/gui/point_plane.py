"""The plane of examples under the user's hands: every one is a mark that can be put down, moved and taken away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from nnviz.errors import NnvizError
from nnviz.gui.plane_frame import PlaneFrame, is_round, ranges_of
from nnviz.gui.plane_gestures import REACH, Add, Band, Move, PlaneGesture, PlanePan, PlaneTarget, Spray
from nnviz.gui.plane_picture import PlaneDrawing, paint_plane, room_for
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.session.example_rows import ExampleRows, plane_points, with_points_added, with_points_moved
from nnviz.words import counted

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

NUDGE = 8.0              # pixels that an arrow key moves
FINE_NUDGE = 1.0         # with Shift
SETTLING = 500           # milliseconds after which keys that moved something have been one edit
ZOOM = 1.25
SMALLEST_PART = 0.3      # of the range that other examples may fill
MOST_DENSITY, WIDEST_BRUSH = 50, 150
_NONE: Rows = np.empty(0, dtype=np.intp)
_NONE.flags.writeable = False


@dataclass(frozen=True)
class Tool:
    """What the left button does on the plane."""

    name: str
    text: str
    key: str
    help: str
    icon: str


TOOLS: dict[str, Tool] = {
    row.name: row
    for row in (
        Tool("add", "Add", "A", "Click puts an example of the chosen class; key A", "point-add"),
        Tool("spray", "Spray", "S", "Press and drag sprays examples of the chosen class; key S", "point-spray"),
        Tool("select", "Select and move", "V", "Click an example or draw a band around several, then drag them; key V",
             "point-select"),
    )
}


class PointPlane(QWidget):
    """Examples on a plane: colour and form are the class, training examples are filled, test examples are rings.

    `edited` carries other rows and what was done to them; nothing is changed here before somebody shows them.
    """

    edited = Signal(object, str)             # ExampleRows, a label
    refused = Signal(str)
    chosen_changed = Signal(object)          # rows that are selected here
    row_clicked = Signal(int)
    class_asked = Signal(int)                # by its key, counted from 0
    tool_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: ExampleRows | None = None
        self.names = ("", "")
        self.describe: Callable[[int], str] = lambda row: ""
        self.target: Array = np.zeros(1)     # of the examples that are put down
        self.tested = False
        self.tool = "add"
        self.density, self.radius = 4, 24.0
        self.chosen: Rows = _NONE
        self.shown = -1
        self.cursor_at: QPointF | None = None
        self.generator = np.random.default_rng()
        self._theme = LIGHT
        self._trial: ExampleRows | None = None       # what a gesture would make of the rows
        self._band: QRectF | None = None
        self._gesture: PlaneGesture | None = None
        self._brush_at: QPointF | None = None
        self._range = ranges_of(np.empty((0, 2)))
        self._round = False                          # one scale for both axes
        self._nudged = QPointF()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLING)
        self._settle.timeout.connect(self.settle)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 60)
        self.setAccessibleName(tr("Plane of the examples"))
        self.set_tool("add")

    def sizeHint(self) -> QSize:
        return QSize(340, 300)

    # --- what is shown --------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_rows(self, rows: ExampleRows | None, names: tuple[str, str], fit: bool) -> None:
        """Shows rows that lie on a plane whose axes are called `names`; `fit` chooses its range anew."""
        if self._gesture is not None or self._settle.isActive():
            self.cancel()
        before = 0 if self.rows is None else len(self.rows)
        self.rows, self.names, self._trial = rows, names, None
        if rows is None or len(rows) != before:
            self._choose(_NONE)
        points = None if rows is None else plane_points(rows)
        if fit and points is not None:
            self._fit(points)
            self.cursor_at = None
        self._tell()
        self.update()

    def set_chosen(self, rows: Rows) -> None:
        """Marks rows as selected, as somebody else selected them."""
        if not np.array_equal(rows, self.chosen):
            self.settle()
            self.chosen = rows
            self._tell()
            self.update()

    def set_shown(self, row: int) -> None:
        """Marks the row whose numbers the picture shows; -1 for none."""
        if row != self.shown:
            self.shown = row
            self.update()

    def set_tool(self, name: str) -> None:
        self.settle()
        self.tool = name
        self.setToolTip(tr("{tool}. A right click takes an example away, the wheel zooms.").format(
            tool=tr(TOOLS[name].help)))
        self.setCursor(Qt.CursorShape.ArrowCursor if name == "select" else Qt.CursorShape.CrossCursor)
        self.update()

    def fit(self) -> None:
        """Shows all examples."""
        points = self._points()
        if points is not None:
            self._fit(points)
            self.update()

    def _fit(self, points: Array) -> None:
        self._range = ranges_of(points)
        self._round = self.rows is not None and self.rows.inputs.shape[1] == 2 and is_round(points)

    def _look_at(self, frame: PlaneFrame) -> None:
        """Shows another part of the plane."""
        part = frame.square() if self._round else frame
        self._range = part.low, part.high
        self.update()

    def shows_well(self, rows: ExampleRows | None) -> bool:
        """Whether rows would lie in the range that is shown, and not in a small part of it."""
        points = None if rows is None else plane_points(rows)
        if points is None or not len(points):
            return True
        low, high = np.array(self.frame.low), np.array(self.frame.high)
        inside = bool(((points >= low) & (points <= high)).all())
        return inside and bool((np.ptp(points, axis=0) >= SMALLEST_PART * (high - low)).any())

    @property
    def frame(self) -> PlaneFrame:
        low, high = self._range
        size, font = QRectF(self.rect()), self.font()
        frame = PlaneFrame(low, high, room_for(size, font, low, high))
        if not self._round:
            return frame
        level = frame.levelled()        # has other numbers at its axes, which may be longer
        return PlaneFrame(low, high, room_for(size, font, level.low, level.high)).levelled()

    def place_of(self, row: int) -> QPointF:
        """Where the mark of a row lies, in pixels."""
        points = self._points()
        assert points is not None
        x, y = self.frame.to_pixels(points[row : row + 1])[0]
        return QPointF(float(x), float(y))

    def drawing(self) -> PlaneDrawing | None:
        """What is painted; None where there is nothing."""
        rows, points = self._trial or self.rows, self._points()
        if rows is None or points is None:
            return None
        brush = None
        at = self._brush_at if self._brush_at is not None else self.cursor_at
        if self.tool == "spray" and at is not None:
            brush = (at, self.radius)
        shown = self.shown if self.shown < len(rows) else -1
        cursor = self.cursor_at if self.hasFocus() else None
        return PlaneDrawing(points, rows.targets, rows.training, self.names, self.chosen[self.chosen < len(rows)],
                            shown, self._band, brush, cursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        drawing = self.drawing()
        if drawing is not None:
            paint_plane(painter, drawing, self.frame, self._theme, self.devicePixelRatioF(), self.hasFocus())

    def _points(self) -> Array | None:
        rows = self._trial or self.rows
        return None if rows is None else plane_points(rows)

    def _tell(self) -> None:
        """What a screen reader says of the plane."""
        if self.rows is None:
            self.setAccessibleDescription("")
            return
        text = tr("{training} training and {test} test examples over {x} and {y}; {chosen} selected")
        self.setAccessibleDescription(text.format(
            training=self.rows.training, test=len(self.rows) - self.rows.training, x=self.names[0], y=self.names[1],
            chosen=len(self.chosen)))

    # --- what gestures do -----------------------------------------------------------------------------------------

    def show_added(self, places: Array) -> None:
        self._try(lambda rows: with_points_added(rows, self._rounded(places), self.target, self.tested))

    def keep_added(self, places: Array, sprayed: bool) -> None:
        """Puts examples down; what was sprayed beyond the plane is not."""
        room = self.frame.room
        inside = ((places[:, 0] >= room.left()) & (places[:, 0] <= room.right())
                  & (places[:, 1] >= room.top()) & (places[:, 1] <= room.bottom()))
        places = places[inside]
        if not len(places):
            self.show_nothing()
            return
        text = counted(len(places), "spray {count} example", "spray {count} examples") if sprayed else tr(
            "add an example")
        self._keep(lambda rows: with_points_added(rows, self._rounded(places), self.target, self.tested), text)

    def show_moved(self, rows: Rows, dx: float, dy: float) -> None:
        self._try(lambda known: with_points_moved(known, rows, self._moved(known, rows, dx, dy)))

    def keep_moved(self, rows: Rows, dx: float, dy: float) -> None:
        self._keep(lambda known: with_points_moved(known, rows, self._moved(known, rows, dx, dy)),
                   counted(len(rows), "move {count} example", "move {count} examples"))

    def remove(self, rows: Rows) -> None:
        """Takes examples away."""
        self._keep(lambda known: known.without(rows),
                   counted(len(rows), "delete {count} example", "delete {count} examples"))

    def show_band(self, band: QRectF | None) -> None:
        self._band = band
        self.update()

    def choose_in(self, band: QRectF, more: bool) -> None:
        points = self._points()
        if points is None:
            return
        places = self.frame.to_pixels(points)
        inside = ((places[:, 0] >= band.left()) & (places[:, 0] <= band.right())
                  & (places[:, 1] >= band.top()) & (places[:, 1] <= band.bottom()))
        self.choose(np.flatnonzero(inside), more)

    def choose(self, rows: Rows, more: bool) -> None:
        """Selects rows, or with `more` these too; one that is selected already is then let go."""
        chosen = np.setxor1d(self.chosen, rows) if more else np.sort(rows)
        self._choose(chosen.astype(np.intp))
        if len(rows) == 1:
            self.row_clicked.emit(int(rows[0]))

    def pan_by(self, dx: float, dy: float) -> None:
        self._look_at(self.frame.moved(dx, dy))

    def show_nothing(self) -> None:
        """What a gesture was about to do is not done."""
        self._trial = None
        self.update()

    def _choose(self, rows: Rows) -> None:
        if not np.array_equal(rows, self.chosen):
            self.chosen = rows
            self._tell()
            self.chosen_changed.emit(rows)
            self.update()

    def _rounded(self, places: Array) -> Array:
        frame = self.frame
        return np.array([frame.rounded(*frame.to_point(QPointF(x, y))) for x, y in places.tolist()]).reshape(-1, 2)

    def _moved(self, known: ExampleRows, rows: Rows, dx: float, dy: float) -> Array:
        """Where rows of `known` are moved to; a coordinate that stays keeps all its digits."""
        points = plane_points(known)
        assert points is not None
        before = points[rows]
        after = self._rounded(self.frame.to_pixels(before) + np.array((dx, dy)))
        return np.where([dx != 0.0, dy != 0.0], after, before)

    def _try(self, change: Callable[[ExampleRows], ExampleRows]) -> None:
        if self.rows is not None:
            self._trial = change(self.rows)
            self.update()

    def _keep(self, change: Callable[[ExampleRows], ExampleRows], label: str) -> None:
        """Asks for an edit; until somebody shows its rows, the plane shows those from before."""
        known, self._trial = self.rows, None
        if known is None:
            return
        try:
            self.edited.emit(change(known), label)
        except NnvizError as error:
            self.refused.emit(str(error))
        self.update()

    # --- the mouse ------------------------------------------------------------------------------------------------

    def row_at(self, at: QPointF) -> int:
        """The row whose mark is nearest to a pixel and within reach; -1 for none."""
        points = self._points()
        if points is None or not len(points):
            return -1
        away = np.hypot(*(self.frame.to_pixels(points) - (at.x(), at.y())).T)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= REACH else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.rows is None or self._gesture is not None:
            return
        self.settle()
        at, more = event.position(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.cursor_at = None
        if event.button() == Qt.MouseButton.RightButton:
            row = self.row_at(at)
            if row >= 0:
                self.remove(np.array([row], dtype=np.intp))
        elif event.button() == Qt.MouseButton.MiddleButton:
            self._begin(PlanePan(self), at)
        elif event.button() == Qt.MouseButton.LeftButton and self.frame.room.adjusted(-3, -3, 3, 3).contains(at):
            self._begin(self._gesture_at(at, more), at)

    def _gesture_at(self, at: QPointF, more: bool) -> PlaneGesture:
        if self.tool == "add":
            return Add(self)
        if self.tool == "spray":
            return Spray(self, self.density, self.radius, self.generator)
        row = self.row_at(at)
        if row < 0:
            return Band(self, more)
        rows = self.chosen if row in self.chosen else np.array([row], dtype=np.intp)
        return Move(self, rows, row, more)

    def _begin(self, gesture: PlaneGesture, at: QPointF) -> None:
        self._gesture = gesture
        gesture.start(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.tool == "spray":
            self._brush_at = event.position()
            self.update()
        if self._gesture is not None:
            self._gesture.move(event.position())
        elif self.tool == "select":
            over = self.row_at(event.position()) >= 0
            self.setCursor(Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.end(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._brush_at = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.rows is None or not event.angleDelta().y():
            event.ignore()
            return
        self._zoom(ZOOM ** (event.angleDelta().y() / 120.0), event.position())
        event.accept()

    def _zoom(self, factor: float, around: QPointF) -> None:
        self._look_at(self.frame.zoomed(factor, around))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = self.row_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.describe(row) if row >= 0 else self.toolTip(), self)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._takes(event):
            event.accept()      # keys that are the window's elsewhere
            return True
        return super().event(event)

    # --- the keyboard ---------------------------------------------------------------------------------------------

    def _takes(self, event: QKeyEvent) -> bool:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier,
                                      Qt.KeyboardModifier.KeypadModifier)
        if event.key() == Qt.Key.Key_Escape:
            return bool(self._gesture is not None or self._trial is not None or len(self.chosen)
                        or self.cursor_at is not None)
        return plain and (event.key() in _ARROWS or event.key() in _DELETES or event.key() in _ENTERS
                          or event.text().upper() in {row.key for row in TOOLS.values()} or event.text().isdigit())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, text = event.key(), event.text().upper()
        tool = next((row.name for row in TOOLS.values() if row.key == text), "")
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self.rows is None:
            super().keyPressEvent(event)
        elif key in _ARROWS and not control:
            step = FINE_NUDGE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else NUDGE
            across, down = _ARROWS[key]
            self._nudge(across * step, down * step)
        elif key in _ENTERS:
            self._act()
        elif key in _DELETES:
            self._delete()
        elif key == Qt.Key.Key_Escape and self._takes(event):
            self._escape()
        elif control and key == Qt.Key.Key_A:
            self._choose(np.arange(len(self.rows)))
        elif not control and tool:
            self.tool_asked.emit(tool)
        elif not control and text in "123456789" and text:
            self.class_asked.emit(int(text) - 1)
        elif not control and text in ("+", "-", "="):
            self._zoom(1.0 / ZOOM if text == "-" else ZOOM, self._here())
        elif not control and text == "0":
            self.fit()
        else:
            super().keyPressEvent(event)

    def _here(self) -> QPointF:
        """Where the keyboard stands."""
        return QPointF(self.cursor_at) if self.cursor_at is not None else self.frame.room.center()

    def _nudge(self, dx: float, dy: float) -> None:
        """Moves what is selected, else the cursor."""
        if self._gesture is not None:
            return
        if len(self.chosen):
            self._nudged += QPointF(dx, dy)
            self.show_moved(self.chosen, self._nudged.x(), self._nudged.y())
            self._settle.start()
            return
        room, at = self.frame.room, self._here() + QPointF(dx, dy)
        if self.cursor_at is None:
            at -= QPointF(dx, dy)       # the first arrow only shows where it is
        self.cursor_at = QPointF(min(max(at.x(), room.left()), room.right()),
                                 min(max(at.y(), room.top()), room.bottom()))
        self.update()

    def settle(self) -> None:
        """Keys that have moved something were one edit, which is made now."""
        self._settle.stop()
        nudged, self._nudged = self._nudged, QPointF()
        if nudged != QPointF() and len(self.chosen):
            self.keep_moved(self.chosen, nudged.x(), nudged.y())

    def _act(self) -> None:
        """Does at the cursor what the left button would."""
        if self._nudged != QPointF():
            self.settle()
            return
        at = self._here()
        self.cursor_at = at
        if self.tool == "select":
            row = self.row_at(at)
            self.choose(np.array([row], dtype=np.intp) if row >= 0 else _NONE, False)
            return
        gesture = self._gesture_at(at, False)
        gesture.start(at)
        gesture.end(at)

    def _delete(self) -> None:
        self.settle()
        rows = self.chosen
        if not len(rows) and self.cursor_at is not None and (row := self.row_at(self.cursor_at)) >= 0:
            rows = np.array([row], dtype=np.intp)
        if len(rows):
            self.remove(rows)

    def _escape(self) -> None:
        if self._gesture is not None or self._nudged != QPointF():
            self.cancel()
        elif len(self.chosen):
            self._choose(_NONE)
        else:
            self.cursor_at = None
            self.update()

    def cancel(self) -> None:
        """Gives up what the hand was about to do."""
        self._settle.stop()
        self._nudged = QPointF()
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
        self.show_nothing()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.settle()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.cursor_at = None


_ARROWS: dict[int, tuple[int, int]] = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1),
                                         Qt.Key.Key_Down: (0, 1)}
_DELETES = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_ENTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TARGET: type[PlaneTarget] = PointPlane      # every gesture finds here what it asks for
