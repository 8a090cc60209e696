"""A line to write a formula in: what cannot be read is underlined where it is wrong, and a sentence below says why."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from nnviz.engine.gates import FUNCTIONS
from nnviz.errors import FormulaRefused
from nnviz.gui.fields import described, settles_key, show_wrong
from nnviz.gui.translation import tr

ARROW = 5                # pixels high


def functions_in_words() -> str:
    """The gates that a formula can have, one a line with what it does."""
    return "\n".join(f"{gate.formula}\N{EM SPACE}{tr(gate.help)}" for gate in FUNCTIONS.values())


class FormulaLine(QLineEdit):
    """A formula. Enter takes it, Esc brings the last good one back.

    `read` raises `FormulaRefused` where a text is none.  `formula_chosen` tells a formula that can be read; `refused`
    why another cannot, "" where it can; `suggestions_wanted` asks for others (the Down key).
    """

    formula_chosen = Signal(str)
    refused = Signal(str)
    suggestions_wanted = Signal()
    pointed = Signal()           # another place may be wrong now, or none

    def __init__(self, read: Callable[[str], object], name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.read, self.tip = read, tip
        self._shown = ""
        self._refusal: FormulaRefused | None = None
        described(self, name, tip)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self._text_changed)
        self.cursorPositionChanged.connect(lambda _before, _now: self.pointed.emit())
        self.returnPressed.connect(self._point)
        self.editingFinished.connect(self.commit)

    def set_tip(self, tip: str) -> None:
        """Explains what a formula may have by `tip`."""
        self.tip = tip
        show_wrong(self, "QLineEdit", self.problem() if self.is_being_edited() else "", tip)

    def refusal(self) -> FormulaRefused | None:
        """Why the formula cannot be read, and where; None where it can."""
        try:
            self.read(self.text())
        except FormulaRefused as refused:
            return refused
        return None

    def problem(self) -> str:
        """What is wrong with the formula, as a sentence; empty where nothing is."""
        return str(self.refusal() or "")

    @property
    def shown_refusal(self) -> FormulaRefused | None:
        """Why what stands there now is none; None for the formula that is in force."""
        return self._refusal

    def is_being_edited(self) -> bool:
        """Whether the text differs from the formula that is in force."""
        return self.text() != self._shown

    def set_formula(self, text: str) -> None:
        """Shows the formula in force; what is being typed stays, unless it has become another."""
        if text == self._shown and self.is_being_edited():
            return
        if text == self._shown:
            return
        cursor = self.cursorPosition() if text == self.text() else 0
        self._shown = text
        self.setText(text)       # also where it reads so already: Ctrl+Z then does not go behind it
        self.setCursorPosition(cursor)
        self._text_changed()

    def restore(self) -> None:
        """Brings the formula in force back."""
        if self.is_being_edited():
            self.setText(self._shown)
            self.setCursorPosition(0)

    def commit(self) -> None:
        """Tells the formula, where it can be read and is another one than before."""
        text = self.text().strip()
        problem = self.problem() if self.is_being_edited() else ""
        self.refused.emit(problem)
        if text == self._shown:
            self.restore()
        elif not problem:
            self.formula_chosen.emit(text)

    def character_span(self, character: int) -> tuple[float, float]:
        """From where to where, in pixels of this field, a character stands; behind the last one a blank is meant."""
        metrics, text = self.fontMetrics(), self.text()
        cursor = self.cursorRect()
        origin = cursor.center().x() - metrics.horizontalAdvance(text[: self.cursorPosition()])
        left = origin + metrics.horizontalAdvance(text[:character])
        return left, left + max(metrics.horizontalAdvance(text[character : character + 1]), 5)

    def _point(self) -> None:
        """The cursor goes to where the formula cannot be read."""
        refusal = self.refusal()
        if refusal is not None:
            self.setCursorPosition(refusal.character)

    def _text_changed(self) -> None:
        self._refusal = self.refusal() if self.is_being_edited() else None
        show_wrong(self, "QLineEdit", str(self._refusal or ""), self.tip)
        self.pointed.emit()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._refusal is None:
            return
        left, right = self.character_span(self._refusal.character)
        painter = QPainter(self)
        painter.setClipRect(self.rect().adjusted(3, 0, -3, 0))
        try:
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.BrightText), 2.0))
            y = self.height() - 4.0
            painter.drawLine(QPointF(left, y), QPointF(right, y))
        finally:
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_being_edited():
            self.restore()
            self.selectAll()
            self.refused.emit("")
        elif event.key() == Qt.Key.Key_Down:
            self.suggestions_wanted.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        return settles_key(event, self.is_being_edited) or super().event(event)


class RefusalPointer(QWidget):
    """A plate below a formula whose arrow points at the character that is wrong; the sentence on it says why.

    It lies over whatever is below the field, so that nothing moves while somebody types.
    """

    def __init__(self, field: FormulaLine, over: QWidget) -> None:
        super().__init__(over)
        self.field, self._over = field, over
        self.sentence = ""
        self._at = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        field.pointed.connect(self._follow)
        for watched in (field, over):
            watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.FocusOut, QEvent.Type.FocusIn):
            self._follow()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        room = max(120, self._over.width() - 16)
        wanted = metrics.boundingRect(QRect(0, 0, room - 18, 2000), _WRAPPED, self.sentence)
        return QSize(wanted.width() + 18, wanted.height() + ARROW + 9)

    def _follow(self) -> None:
        refusal = self.field.shown_refusal
        self.setVisible(refusal is not None)
        if refusal is None:
            self.sentence = ""
            return
        self.sentence = _without_formula(str(refusal), self.field.text())
        left, right = self.field.character_span(refusal.character)
        inside = min(max((left + right) / 2, 8.0), self.field.width() - 8.0)
        corner = self.field.mapTo(self._over, QPoint(0, self.field.height() - 1))
        size = self.sizeHint()
        x = min(max(4, round(corner.x() + inside) - 22), max(4, self._over.width() - size.width() - 4))
        self._at = corner.x() + inside - x
        self.setGeometry(x, corner.y(), size.width(), size.height())
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        try:
            palette = self.palette()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            warning = palette.color(QPalette.ColorRole.BrightText)
            painter.setPen(QPen(warning, 1.0))
            painter.setBrush(palette.color(QPalette.ColorRole.Base))
            plate = QRectF(0.5, ARROW + 0.5, self.width() - 1.0, self.height() - ARROW - 1.0)
            painter.drawRoundedRect(plate, 4.0, 4.0)
            painter.setBrush(warning)
            painter.drawPolygon(QPolygonF([QPointF(self._at, 0.5), QPointF(self._at - ARROW, ARROW + 1.0),
                                           QPointF(self._at + ARROW, ARROW + 1.0)]))
            painter.setPen(QColor(palette.color(QPalette.ColorRole.Text)))
            painter.drawText(plate.toRect().adjusted(8, 2, -8, -2), _WRAPPED, self.sentence)
        finally:
            painter.end()


_WRAPPED = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignVCenter)


def _without_formula(sentence: str, formula: str) -> str:
    """A refusal without the formula that it begins with, which stands right above it.

    >>> _without_formula("'x +', character 4: something is missing at the end.", "x +")
    'Character 4: something is missing at the end.'
    """
    rest = sentence.removeprefix(f"{formula!r}, ").removeprefix(f"{formula.strip()!r}, ")
    return rest[:1].upper() + rest[1:]
