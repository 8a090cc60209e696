"""An equation of matrices, painted: letters, shapes, numbers in brackets, and the entry in question tinted.

What stands where is worked out once, when a number changes; painting is a few calls.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QFontInfo,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnviz.gui.theme import LIGHT, Theme, mixed
from nnviz.gui.translation import tr
from nnviz.gui.typesetting import Layout, Place, lay_out
from nnviz.report.matrix_form import MatrixStep
from nnviz.report.matrix_look import Equation, equation
from nnviz.report.numbers import full, typeset
from nnviz.report.quantities import Quantity

LARGER = 1.15        # than the text around it: letters of the mathematics font are small for their size
EDGE = 4             # pixels around the equation


class MatrixView(QWidget):
    """The step of a whole layer as an equation of matrices, whose entries can be pointed at.

    Pointing at a number lights where it comes from in the picture, clicking it selects that. The arrow keys go from
    entry to entry, Enter selects.
    """

    pointed = Signal(object)                 # Quantity whose number the pointer or the keyboard is at, or None
    element_selected = Signal(object)        # Element of a number that was clicked
    wanted_in_view = Signal(object)          # QRectF of what the keyboard has come to

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._step: MatrixStep | None = None
        self._equation: Equation | None = None
        self._layout: Layout | None = None
        self._digits = 6
        self._named: Callable[[Quantity], str] = lambda quantity: ""
        self._marked: list[QRectF] = []
        self._pointed: Quantity | None = None
        self._number: int | None = None          # which entry the keyboard is at
        self._hovering = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Matrices"))
        self.setToolTip(tr("Point at a number to see where it is in the picture; click to select that"))

    # --- what is shown --------------------------------------------------------------------------------------------

    @property
    def step(self) -> MatrixStep | None:
        """The step that is shown."""
        return self._step

    @property
    def lit(self) -> list[QRectF]:
        """Where the numbers stand that are pointed at, here or elsewhere."""
        if self._pointed is None or self._layout is None:
            return []
        return [place.rectangle for place in self._layout.places
                if place.quantity is not None and place.quantity.meets(self._pointed)]

    @property
    def marked(self) -> list[QRectF]:
        """Where the entry in question stands, and what it is made of."""
        return self._marked

    def place_of(self, quantity: Quantity) -> QRectF:
        """Where a number stands in this widget; LookupError where it does not."""
        for place in self._layout.places if self._layout else ():
            if place.quantity == quantity:
                return place.rectangle.translated(EDGE, EDGE)
        raise LookupError(f"no matrix here has a number of {quantity}")

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_step(self, step: MatrixStep | None, digits: int, named: Callable[[Quantity], str]) -> None:
        """Shows `step`; `named` says what a number is called."""
        if step is None or self._step is None or step.choice != self._step.choice:
            self._number = None
        self._step, self._digits, self._named = step, digits, named
        self._lay_out()
        if step is not None and self._number is None:
            self._tell(step.spoken())

    def set_pointed(self, quantity: Quantity | None) -> None:
        """Lights every number of `quantity`."""
        if quantity != self._pointed:
            before, self._pointed = self.lit, quantity
            if before != self.lit:
                self.update()

    def _lay_out(self) -> None:
        before = self.sizeHint()
        if self._step is None:
            self._layout, self._equation, self._marked = None, None, []
        else:
            size = round(2 * LARGER * QFontInfo(self.font()).pixelSize()) / 2
            self._equation = equation(self._step, self._digits)
            self._layout = lay_out(self._equation.notation, size)
            at, self._marked = self._equation.entries, []
            for place in self._layout.places:
                found = at.get(place.quantity) if place.quantity is not None else None
                if found is not None and found[0].is_marked(found[1], found[2]):
                    self._marked.append(place.rectangle)
        if self.sizeHint() != before:
            self.updateGeometry()
            self.setMinimumSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        if self._layout is None:
            return QSize(120, 40)
        return QSize(round(self._layout.width) + 2 * EDGE, round(self._layout.height) + 2 * EDGE)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out()

    # --- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        try:
            if self._layout is None:
                return
            theme = self._theme
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            tint = mixed(theme.base, theme.active, 0.34 if theme.dark else 0.24)
            for colour, places in ((tint, self._marked), (mixed(theme.base, theme.accent, 0.4), self.lit)):
                painter.setBrush(QColor(colour))
                for place in places:
                    painter.drawRoundedRect(place.translated(EDGE, EDGE).adjusted(-3, -2, 3, 2), 3, 3)
            self._layout.paint(painter, EDGE, EDGE, QColor(theme.ink), QColor(theme.muted))
            if self.hasFocus() and self._number is not None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.accent), 1.5))
                place = self._numbers()[self._number].rectangle.translated(EDGE, EDGE)
                painter.drawRoundedRect(place.adjusted(-3, -2, 3, 2), 3, 3)
        finally:
            painter.end()

    # --- the pointer ----------------------------------------------------------------------------------------------

    def _place_at(self, at: QPointF) -> Place | None:
        return None if self._layout is None else self._layout.place_at(at.x() - EDGE, at.y() - EDGE)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self._place_at(event.position())
        quantity = None if found is None else found.quantity
        active = quantity is not None and quantity.element is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if active else Qt.CursorShape.ArrowCursor)
        if quantity is not None or self._hovering:
            self._hovering = quantity is not None
            self.pointed.emit(quantity)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._hovering:
            self._hovering = False
            self.pointed.emit(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        found = self._place_at(event.position()) if event.button() == Qt.MouseButton.LeftButton else None
        if found is not None and found.quantity is not None and found.quantity.element is not None:
            self.element_selected.emit(found.quantity.element)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()      # else the release goes to the page behind

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self._place_at(QPointF(event.pos()))
            told = "" if found is None else self._told(found)
            if told:
                QToolTip.showText(event.globalPos(), told, self)
                return True
            QToolTip.hideText()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._moves(event):
            event.accept()
            return True
        return super().event(event)

    def _told(self, place: Place) -> str:
        """A number in words: what it is, and every digit."""
        if place.elision is not None:
            return tr("{count} rows or columns are left out here").format(count=place.elision.count)
        found = self._equation.entries.get(place.quantity) if self._equation and place.quantity else None
        if found is None or place.quantity is None:
            return ""
        matrix, row, column = found
        value = full(float(matrix.values[row, column])) if matrix.is_known(row, column) else tr(
            "The pass has not come here yet")
        return typeset(f"{self._named(place.quantity)} = {value}")

    # --- the keyboard ---------------------------------------------------------------------------------------------

    def _numbers(self) -> list[Place]:
        return [place for place in self._layout.places if place.quantity is not None] if self._layout else []

    def _moves(self, event: QKeyEvent) -> bool:
        return bool(self._numbers()) and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier and (
            event.key() in _KEYS or event.key() in _SELECT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._moves(event):
            super().keyPressEvent(event)
            return
        numbers = self._numbers()
        if event.key() in _SELECT:
            quantity = numbers[self._number].quantity if self._number is not None else None
            if quantity is not None and quantity.element is not None:
                self.element_selected.emit(quantity.element)
            return
        before = self._number
        self._number = max(0, min(len(numbers) - 1, _KEYS[Qt.Key(event.key())](before, len(numbers))))
        self._say_number(numbers[self._number])

    def _say_number(self, place: Place) -> None:
        self.pointed.emit(place.quantity)
        self._tell(self._told(place))
        self.wanted_in_view.emit(place.rectangle.translated(EDGE, EDGE))
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._number is not None:
            self._number = None
            self.pointed.emit(None)
        self.update()

    def _tell(self, text: str) -> None:
        """Has a screen reader say `text`."""
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            if self.hasFocus():
                QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))


_SELECT = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_KEYS: dict[int, Callable[[int | None, int], int]] = {
    Qt.Key.Key_Right: lambda at, count: 0 if at is None else at + 1,
    Qt.Key.Key_Down: lambda at, count: 0 if at is None else at + 1,
    Qt.Key.Key_Left: lambda at, count: 0 if at is None else at - 1,
    Qt.Key.Key_Up: lambda at, count: 0 if at is None else at - 1,
    Qt.Key.Key_Home: lambda at, count: 0,
    Qt.Key.Key_End: lambda at, count: count - 1,
}
