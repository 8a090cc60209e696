"""Formulas to point at, each with its names, with its numbers, and worked out: every number says where it is from.

The card paints a sheet of formulas.  What stands where is worked out once, when a number or the room changes.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from time import perf_counter

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontInfo,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QToolTip, QWidget

from nnviz.gui.formula_copies import COPIES, Copy, picture_of
from nnviz.gui.formula_items import BETWEEN, EDGE, Item, TextHeights, in_sight
from nnviz.gui.formula_setting import Setting
from nnviz.gui.formula_sheet import Sheet, sheet_of
from nnviz.gui.icons import icon
from nnviz.gui.theme import LIGHT, Theme, mixed
from nnviz.gui.translation import tr
from nnviz.gui.typesetting import Layout, Place
from nnviz.gui.view import View
from nnviz.report.formula_lines import as_text, known_in
from nnviz.report.mathematics import Formula
from nnviz.report.numbers import full, typeset
from nnviz.report.quantities import Quantity

LARGER = 1.2            # than the text around it: letters of the mathematics font are small for their size
LONGEST = 7             # terms of a sum that are shown until somebody asks for the rest
NARROWEST = 120
USUAL = 6.0             # times the size of its letters: how high a formula is that has never been set
MOMENT = 0.004          # seconds that formulas out of sight are set for at a time


class FormulaCard(QWidget):
    """The formulas of what is selected, or of the operation that has just been done.

    Pointing at a number lights where it came from in the picture, clicking it selects that; a sum that is too long to
    be shown whole expands with a click.
    """

    pointed = Signal(object)                 # Quantity whose number the pointer is over, or None
    element_selected = Signal(object)        # Element of a number that was clicked
    message = Signal(str)
    wanted_in_view = Signal(object)          # QRect of the card that the keyboard has come to

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._view: View | None = None
        self._sheet = Sheet()
        self._items: list[Item] = []
        self._setting = Setting()
        self._under: tuple[float, float] = (0.0, 0.0)       # for which size and room all is arranged
        self._usual: dict[str, float] = {}                  # how high a formula of a title was the last time
        self._heights = TextHeights(self.font())
        self._title_room = 0.0                              # how wide a title may be beside the button that copies
        self._expanded: set[tuple[str, Quantity | None]] = set()
        self._pointed: Quantity | None = None       # here or anywhere else
        self._current = 0                           # the formula that keys and the button mean
        self._number: int | None = None             # which of its numbers the keyboard is at
        self._followed: Quantity | None = None      # whose formula is to be current once it is shown
        self._hovering = False
        self._keyboard_here = False
        self._height = 0
        self._note_top = 0.0
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._settle_more)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(tr("Formulas"))
        self.button = QToolButton(self)
        self.button.setProperty("quiet", True)
        self.button.setAccessibleName(tr("Copy this formula"))
        self.button.setToolTip(tr("Copy this formula as LaTeX, MathML, text or picture"))
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(lambda: self._open_menu(self.button.mapToGlobal(QPoint(0, self.button.height()))))
        self.button.hide()
        self.set_theme(LIGHT)

    # --- what is shown --------------------------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet:
        """The formulas that are shown."""
        return self._sheet

    @property
    def current(self) -> Formula | None:
        """The formula that a copy would be of."""
        return self._items[self._current].formula if self._items else None

    @property
    def lit(self) -> tuple[QRectF, ...]:
        """Where the numbers stand that are lit now, in the card's own coordinates."""
        self._settle_all()
        return self._lit_in_sight()

    def _lit_in_sight(self) -> tuple[QRectF, ...]:
        return tuple(rectangle for item in self._items for rectangle in item.lit(self._pointed))

    def place_of(self, quantity: Quantity, formula: int | None = None) -> QRectF:
        """Where the last number of `quantity` stands, in all formulas or in one; LookupError where there is none."""
        self._settle_all()
        items = self._items if formula is None else [self._items[formula]]
        for item in reversed(items):
            for place in reversed(item.layout.places):
                if place.quantity == quantity:
                    return place.rectangle.translated(item.origin)
        raise LookupError(f"no formula here has a number of {quantity}")

    def place_of_formula(self, formula: int) -> QRectF:
        """Where a formula stands, its title and its note included."""
        self._settle_all()
        item = self._items[formula]
        return QRectF(0.0, item.top, self.width(), item.bottom - item.top)

    def place_of_elision(self) -> QRectF:
        """Where the first thing that is left out can be asked for; LookupError where all is shown."""
        self._settle_all()
        for item in self._items:
            for place in item.layout.places:
                if place.elision is not None:
                    return place.rectangle.translated(item.origin)
        raise LookupError("nothing is left out")

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.button.setIcon(icon("copy", theme, "muted"))
        self.update()

    def show_view(self, view: View | None) -> None:
        """Shows the formulas of `view`; those out of sight are set when there is time, or when they come into sight."""
        self._view = view
        self._sheet = Sheet() if view is None else sheet_of(view)
        before, was = self._items, self.current
        if view is not None:
            self._setting.under(view.problem.network, view.document.labels, view.conventions, view.digits, self._under)
        self._items = [self._made(place, formula, before) for place, formula in enumerate(self._sheet.formulas)]
        self._choose_current(was)
        self._arrange(keep=self._flows)
        if in_sight(self) is None:
            self._tell()
        elif view is None or not view.flows:        # nobody listens to numbers that flow
            self._idle.start(0)

    def set_pointed(self, quantity: Quantity | None) -> None:
        """Lights every number of `quantity`."""
        if quantity != self._pointed:
            before, self._pointed = self._lit_in_sight(), quantity
            if before != self._lit_in_sight():
                self.update()

    def _choose_current(self, was: Formula | None) -> None:
        """The formula that a click has led to, else the one that has just been computed, else the one it was."""
        followed = [place for place, formula in enumerate(self._sheet.formulas)
                    if self._followed is not None and formula.left.quantity == self._followed]
        self._followed = None
        same = [place for place, formula in enumerate(self._sheet.formulas)
                if was is not None and (formula.title, formula.left.quantity) == (was.title, was.left.quantity)]
        if same and not followed:
            self._current = same[0]
            if self._number is not None and self._number >= len(self._numbers()):
                self._number = None
            return
        self._number = None
        self._current = (followed or sorted(self._sheet.marked) or [0])[0]

    # --- where everything stands ----------------------------------------------------------------------------------

    @property
    def _room(self) -> float:
        return max(NARROWEST, self.width()) - EDGE - 4.0

    @property
    def _size(self) -> float:
        return round(2 * LARGER * QFontInfo(self.font()).pixelSize()) / 2

    @property
    def _flows(self) -> bool:
        """Whether the next numbers come before these have been read: while it plays, and while a weight is dragged."""
        view = self._view
        return view is not None and (view.flows or view.playing or view.tried)

    def _made(self, place: int, formula: Formula, before: list[Item]) -> Item:
        """A formula that is still to be set; until then it is as high as the one that stood there."""
        expanded = not self._flows and (formula.title, formula.left.quantity) in self._expanded
        old = before[place] if place < len(before) else None
        if old is not None and (old.formula.title, old.formula.left.plain) == (formula.title, formula.left.plain):
            layout = old.layout
        else:
            layout = Layout(0.0, self._usual.get(formula.title, USUAL * self._size), 0.0, self._size)
        return Item(formula, typeset(formula.title), typeset(formula.note), layout, expanded)

    def _settle(self, place: int) -> None:
        """Sets a formula."""
        item = self._items[place]
        if not item.settled:
            digits = 6 if self._view is None else self._view.digits
            item.layout = self._setting.lay_out(
                place, item.formula, digits, None if item.expanded else LONGEST, *self._under)
            item.settled = True
            self._usual[item.formula.title] = item.layout.height

    def _settle_all(self) -> None:
        """Sets every formula: somebody asks where it stands."""
        if not all(item.settled for item in self._items):
            for place in range(len(self._items)):
                self._settle(place)
            self._arrange()

    def _settle_more(self) -> None:
        """Says what there is; sets formulas out of sight for a moment, and later the others."""
        self._tell()
        if all(item.settled for item in self._items):
            return
        until = perf_counter() + MOMENT
        for place in range(len(self._items)):
            self._settle(place)
            if perf_counter() > until:
                break
        self._arrange()

    def _arrange(self, keep: bool = False) -> None:
        """Puts the formulas below each other; with `keep` the card does not become lower, so that nothing jumps."""
        heights, self._title_room = self._heights, self._room - self.button.sizeHint().width()
        under = self._size, self._room
        if self._under != under:
            self._under = under
            self._setting.under(self._under)
            self._heights.measure(self.font())
            for item in self._items:
                item.settled = False
        sight = in_sight(self)
        y, all_settled = 0.0, True
        for place, item in enumerate(self._items):
            item.top = y
            item.formula_top = ceil(y + heights.of_title(item.title, self._title_room) + 3)
            item.bottom = item.formula_top + item.layout.height
            if sight is None or item.is_in(sight):
                self._settle(place)
            all_settled &= item.settled
            item.note_top = item.bottom = item.formula_top + item.layout.height
            if item.note:
                item.bottom = ceil(item.note_top + 6 + heights.of(item.note, self._room))
            y = item.bottom + BETWEEN
        self._note_top = y
        if self._sheet.note:
            y += heights.of(self._sheet.note, self._room) + BETWEEN
        height = ceil(max(0.0, y - BETWEEN + 2))
        height = max(height, self._height) if keep else height
        if height != self._height:
            self._height = height
            self.updateGeometry()
        if not all_settled and not self._flows:
            self._idle.start(0)
        self._place_button()
        self.update()

    def _place_button(self) -> None:
        """The button that copies stands at the title of the formula it would copy."""
        self.button.setVisible(bool(self._items))
        if self._items:
            self.button.adjustSize()
            at = QPoint(self.width() - self.button.width(), max(0, round(self._items[self._current].top) - 2))
            if self.button.pos() != at:
                self.button.move(at)

    def sizeHint(self) -> QSize:
        return QSize(240, self._height)

    def minimumSizeHint(self) -> QSize:
        return QSize(NARROWEST, self._height)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._height

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._heights.measure(self.font())
            self._arrange()

    # --- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        try:
            if any(not item.settled and item.is_in(event.rect()) for item in self._items):
                self._arrange(keep=self._flows)      # scrolled to while training flows
            for place, item in enumerate(self._items):
                if item.settled and item.is_in(event.rect()):
                    self._paint_item(painter, place, item)
            if self._sheet.note:
                painter.setPen(QColor(self._theme.muted))
                self._write(painter, self._note_top, self._sheet.note)
        finally:
            painter.end()

    def _paint_item(self, painter: QPainter, place: int, item: Item) -> None:
        theme = self._theme
        if place in self._sheet.marked:
            painter.fillRect(QRectF(0, item.top, 3, item.bottom - item.top), QColor(theme.active))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = item.lit(self._pointed)
        if lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mixed(theme.window, theme.accent, 0.28)))
            for rectangle in lit:
                painter.drawRoundedRect(rectangle.adjusted(-2, -2, 2, 2), 3, 3)
        painter.setPen(QColor(theme.muted))
        self._write(painter, item.top, item.title, self._title_room)
        item.layout.paint(painter, EDGE, item.formula_top, QColor(theme.ink), QColor(theme.muted))
        if item.note:
            painter.setPen(QColor(theme.muted))
            self._write(painter, item.note_top + 6, item.note)
        if self._keyboard_here and place == self._current:
            self._mark_keyboard(painter, item)

    def _mark_keyboard(self, painter: QPainter, item: Item) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.accent), 1.5))
        numbers = self._numbers()
        if self._number is not None and self._number < len(numbers):
            around = numbers[self._number].rectangle.translated(item.origin).adjusted(-2, -2, 2, 2)
        else:
            around = QRectF(EDGE - 5.0, item.top + 0.75, self.width() - EDGE + 4.0, item.bottom - item.top)
        painter.drawRoundedRect(around, 3, 3)

    def _write(self, painter: QPainter, top: float, text: str, width: float = 0.0) -> None:
        painter.drawText(QRectF(EDGE, top, width or self._room, 10_000), Qt.TextFlag.TextWordWrap, text)

    # --- the pointer ----------------------------------------------------------------------------------------------

    def _item_at(self, y: float) -> int | None:
        return next((place for place, item in enumerate(self._items) if item.top <= y <= item.bottom), None)

    def _place_at(self, at: QPointF) -> Place | None:
        place = self._item_at(at.y())
        return None if place is None else self._items[place].place_at(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self._place_at(event.position())
        active = found is not None and (found.elision is not None or (
            found.quantity is not None and found.quantity.element is not None))
        self.setCursor(Qt.CursorShape.PointingHandCursor if active else Qt.CursorShape.ArrowCursor)
        quantity = None if found is None else found.quantity
        if quantity is not None or self._hovering:
            self._hovering = quantity is not None
            self.pointed.emit(quantity)
        item = self._item_at(event.position().y())
        if item is not None and item != self._current and self._number is None and not self._keyboard_here:
            self._current = item
            self._place_button()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._hovering:
            self._hovering = False
            self.pointed.emit(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self._item_at(event.position().y())
        if event.button() != Qt.MouseButton.LeftButton or place is None:
            return
        self._current, self._number = place, None
        self._place_button()
        self.update()
        found = self._place_at(event.position())
        if found is not None:
            self._follow(found)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()      # else the release goes to the page behind

    def _follow(self, place: Place) -> None:
        """Shows what is left out, or selects what a number came from."""
        formula = self.current
        if formula is None:
            return
        if place.elision is not None:
            self._expanded.add((formula.title, formula.left.quantity))
            self._items[self._current] = self._made(self._current, formula, self._items)
            self._arrange()
            self._tell()
        elif place.quantity is not None and place.quantity.element is not None:
            self._followed = place.quantity
            self.element_selected.emit(place.quantity.element)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._item_at(event.pos().y())
            found = self._place_at(QPointF(event.pos()))
            told = "" if place is None or found is None else self._told(self._items[place].formula, found)
            if told:
                QToolTip.showText(event.globalPos(), told, self)
            else:
                QToolTip.hideText()
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and (
                event.matches(QKeySequence.StandardKey.Copy) or self._moves(event) is not None):
            event.accept()
            return True
        return super().event(event)

    def _told(self, formula: Formula, place: Place) -> str:
        """What a number is, in words: its name and every digit."""
        if place.elision is not None:
            return tr("Click to show all terms")
        known = None if place.quantity is None else known_in(formula, place.quantity)
        return "" if known is None else typeset(f"{known.plain} = {full(known.value)}")

    # --- the keyboard ---------------------------------------------------------------------------------------------

    def _numbers(self) -> list[Place]:
        """The numbers of the current formula that the keyboard visits, in the order of reading."""
        if not self._items:
            return []
        self._settle(self._current)
        return self._items[self._current].layout.places

    def _moves(self, event: QKeyEvent) -> Callable[[FormulaCard], None] | None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return _KEYS.get(Qt.Key(event.key())) if plain and self._items else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self._items:
            self.copy(COPIES["text"])
            return
        move = self._moves(event)
        if move is None or (event.key() == Qt.Key.Key_Escape and self._number is None):
            super().keyPressEvent(event)
            return
        self._keyboard_here = True
        move(self)
        self._tell()
        self._place_button()
        self.update()

    def to_formula(self, by: int) -> None:
        """To a formula further down (1) or up (-1)."""
        self._current = min(max(0, self._current + by), len(self._items) - 1)
        self._number = None
        self.pointed.emit(None)
        self._show_current()

    def to_number(self, by: int) -> None:
        """To a number further on (1) or back (-1) in the current formula."""
        numbers = self._numbers()
        if not numbers:
            return
        if self._number is None:
            self._number = 0 if by > 0 else len(numbers) - 1
        else:
            self._number = (self._number + by) % len(numbers)
        self.pointed.emit(numbers[self._number].quantity)
        self._show_current()

    def leave_number(self) -> None:
        """Back from a number to the whole formula."""
        self._number = None
        self.pointed.emit(None)

    def follow_number(self) -> None:
        """What a click on the number would do."""
        numbers = self._numbers()
        if self._number is not None and self._number < len(numbers):
            self._follow(numbers[self._number])

    def _show_current(self) -> None:
        self._settle_all()
        item, numbers = self._items[self._current], self._numbers()
        rectangle = QRectF(0, item.top, self.width(), item.bottom - item.top)
        if self._number is not None:
            rectangle = numbers[self._number].rectangle.translated(item.origin)
        self.wanted_in_view.emit(rectangle.toAlignedRect())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._keyboard_here = event.reason() in (
            Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._keyboard_here = False
            if self._number is not None:
                self.leave_number()
        self.update()

    def _tell(self) -> None:
        """Says the current formula, or the number the keyboard is at, to whoever cannot see it."""
        formula = self.current
        if formula is None:
            text = self._sheet.note
        else:
            told = self._told(formula, self._numbers()[self._number]) if self._number is not None else ""
            text = told or f"{formula.title}: {typeset(as_text(formula, LONGEST).replace(chr(10), ' '))}"
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    # --- copying --------------------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self._items:
            return
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            item = self._items[self._current]
            at = self.mapToGlobal(QPoint(EDGE, round(item.formula_top + item.layout.height)))
        else:
            place = self._item_at(event.pos().y())
            self._current = self._current if place is None else place
            self._place_button()
        self._open_menu(at)

    def menu(self) -> QMenu:
        """The ways to copy the current formula."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for row in COPIES.values():
            action = menu.addAction(tr(row.label))
            action.setToolTip(tr(row.help))
            action.triggered.connect(lambda _checked=False, row=row: self.copy(row))
        menu.actions()[list(COPIES).index("text")].setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        return menu

    def _open_menu(self, at: QPoint) -> None:
        menu = self.menu()
        menu.exec(at)
        menu.deleteLater()

    def copy(self, row: Copy) -> None:
        """Puts the current formula on the clipboard."""
        if not self._items:
            return
        item = self._items[self._current]
        longest = None if item.expanded else LONGEST
        row.put(item.formula, 6 if self._view is None else self._view.digits, longest, self.image)
        self.message.emit(tr(row.done))

    def image(self) -> QImage:
        """The current formula as a picture on the theme's background, two pixels to one."""
        self._settle_all()
        item = self._items[self._current]
        return picture_of(item.layout, self._theme)


_KEYS: dict[Qt.Key, Callable[[FormulaCard], None]] = {
    Qt.Key.Key_Down: lambda card: card.to_formula(1),
    Qt.Key.Key_Up: lambda card: card.to_formula(-1),
    Qt.Key.Key_Home: lambda card: card.to_formula(-10_000),
    Qt.Key.Key_End: lambda card: card.to_formula(10_000),
    Qt.Key.Key_Right: lambda card: card.to_number(1),
    Qt.Key.Key_Left: lambda card: card.to_number(-1),
    Qt.Key.Key_Escape: FormulaCard.leave_number,
    Qt.Key.Key_Return: FormulaCard.follow_number,
    Qt.Key.Key_Enter: FormulaCard.follow_number,
}
