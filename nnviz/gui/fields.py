"""Fields are made from the tables: a row's options become boxes that know their range and say what is wrong.

A box keeps what is typed, however wrong, until it is put right or Esc brings the last good value back; only a good
value is ever told to anybody else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QWidget,
)

from nnviz.engine.options import Option
from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.fonts import text_font
from nnviz.gui.translation import tr
from nnviz.report.numbers import count, typeset
from nnviz.words import lettered

Number = int | float
Described = TypeVar("Described", bound=QWidget)

#: A wrong value has a border in the colour that warns; `bright-text` is that role of the palette.
_WRONG = "border: 1px solid palette(bright-text);"
WRONG_TEXT = "color: palette(bright-text);"
_TOGETHER = 200                  # milliseconds in which several steps of a box count as one change
_LADDER = (1, 2, 5)


class TableRow(Protocol):
    """What a row of any table has for its user."""

    @property
    def label(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def options(self) -> Mapping[str, Option]: ...


def described(widget: Described, name: str, tip: str) -> Described:
    """`widget` with the name that a screen reader says and a tooltip."""
    widget.setAccessibleName(name)
    widget.setToolTip(tip)
    return widget


def written(value: Number) -> str:
    """A number as people type it; it reads back to the same number.

    >>> written(0.1), written(3e-5), written(2.0), written(7)
    ('0.1', '3e-5', '2', '7')
    """
    if isinstance(value, int):
        return str(value)
    text = repr(float(value))
    mantissa, has_power, power = text.partition("e")
    mantissa = mantissa.removesuffix(".0")
    return f"{mantissa}e{int(power)}" if has_power else mantissa


def next_on_ladder(value: float, up: bool) -> float:
    """The next of ..., 0.1, 0.2, 0.5, 1, 2, 5, ... above or below a positive `value`; from 0, up, the first is 0.001.

    >>> next_on_ladder(0.1, True), next_on_ladder(0.1, False), next_on_ladder(0.03, True)
    (0.2, 0.05, 0.05)
    """
    if value <= 0.0:
        return 0.001 if up else 0.0
    power = math.floor(math.log10(value))
    rungs = [float(f"{factor}e{k}") for k in range(power - 1, power + 2) for factor in _LADDER]
    if up:
        return next(rung for rung in rungs if rung > value * (1 + 1e-9))
    return next(rung for rung in reversed(rungs) if rung < value * (1 - 1e-9))


def stepped(value: Number, option: Option, up: bool) -> Number:
    """The number that the arrow of a box goes to: by 1, along the ladder, or by an even part of the option's range.

    Where only some numbers are allowed it is the next of these.
    """
    sign = 1 if up else -1
    if option.closed:
        further = [preset for preset in option.presets if (preset > value if up else preset < value)]
        return (min(further) if up else max(further)) if further else value
    if option.whole:
        moved: Number = int(value) + sign
    else:
        extent = option.maximum - option.minimum
        part = 0.1 if math.isinf(extent) else next_on_ladder(extent / 5.0, False)
        below = 0.0 < value < part or (value == part and not up)
        laddered = option.minimum == 0.0 and (below or math.isinf(extent) or value == 0.0)
        moved = next_on_ladder(float(value), up) if laddered else round(round(value / part) * part + sign * part, 12)
    bounded = min(max(moved, option.minimum), option.maximum)
    return int(bounded) if option.whole else bounded


def read_number(text: str, option: Option) -> Number | None:
    """The number that `text` says, where `option` accepts it; None otherwise.  A decimal comma is understood."""
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        number: Number = int(plain) if option.whole and plain.lstrip("+-").isdecimal() else float(plain)
        if not option.accepts(number):
            return None
    except (ValueError, OverflowError):
        return None
    return int(number) if option.whole else number


def range_in_words(option: Option) -> str:
    """The range as messages say it, large whole numbers with every digit.

    >>> range_in_words(Option(0, 0, 1)), range_in_words(Option(0, 0, 2**20, whole=True))
    ('a number from 0 to 1', 'a whole number from 0 to 1\u202f048\u202f576')
    """
    if not (option.whole and math.isfinite(option.minimum) and math.isfinite(option.maximum)):
        return option.range
    return tr("a whole number from {low} to {high}").format(
        low=count(int(option.minimum)), high=count(int(option.maximum)))


def show_wrong(widget: QWidget, kind: str, problem: str, tip: str) -> None:
    """Draws `widget`, of the Qt class `kind`, as wrong with `problem` as its tooltip, or as right with `tip`."""
    sheet = f"{kind} {{ {_WRONG} }}" if problem else ""
    if widget.styleSheet() != sheet:
        widget.setStyleSheet(sheet)
    widget.setToolTip(problem or tip)
    widget.setAccessibleDescription(problem or tip)


def is_undo_key(event: QEvent) -> bool:
    """Whether a key is Undo or Redo. Where nothing has been typed into a field it belongs to the network.

    A field that has the keyboard else takes Ctrl+Z for its own text, long after its value has been applied.
    """
    return (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and (event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo))
    )


def settles_key(event: QEvent, being_edited: Callable[[], bool]) -> bool:
    """Gives a key to whom it is meant for, the field or the window; False where it is none that both would take.

    Undo and Redo are the network's unless something is being typed; Esc, which a dialog or an action of the window
    would take, is then the field's, and brings the last good value back.
    """
    if is_undo_key(event) and not being_edited():
        event.ignore()
        return True
    if (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Escape
        and being_edited()
    ):
        event.accept()
        return True
    return False


class NumberBox(QAbstractSpinBox):
    """A number in the range of an option, typed (`3e-4`) or stepped with the arrows.

    `value_chosen` tells a number that the user has settled on (Return, leaving the box, the arrows); `edited` that
    the text is another one, good or not.
    """

    value_chosen = Signal(object)
    edited = Signal()
    refused = Signal(str)        # on Enter: why the text is not taken, "" where it is

    def __init__(self, option: Option, name: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.option, self.name = option, name
        self.range = range_in_words(option)
        self._shown: Number = option.default
        self.tip = ""
        self.set_tip(tip or option.help)
        self.lineEdit().setTextMargins(5, 0, 0, 0)      # a stylesheet's padding does not reach inside a spin box
        self.lineEdit().textChanged.connect(self._text_changed)
        self.editingFinished.connect(self.commit)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_TOGETHER)
        self._settling.timeout.connect(self.commit)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("0.000005") + 46)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel, which is for scrolling
        self._write(option.default)

    def set_tip(self, tip: str) -> None:
        """Explains the number by `tip` and the range it must be in."""
        range_text = self.range[0].upper() + self.range[1:]
        before, self.tip = self.tip, ". ".join(part.rstrip(".") for part in (tip, range_text) if part) + "."
        described(self, self.name, self.tip)
        if before:
            show_wrong(self, "QAbstractSpinBox", self.problem(), self.tip)

    def value(self) -> Number | None:
        """The number in the box; None where the text is none that the option accepts."""
        return read_number(self.text(), self.option)

    def problem(self) -> str:
        """What is wrong with the text, as a sentence; empty where nothing is."""
        if self.value() is not None:
            return ""
        if not self.text().strip():
            return tr("{name} must be {range}.").format(name=self.name, range=self.range)
        text = self.text().strip()
        shown = text if len(text) <= 24 else text[:23] + "…"
        return tr("{name} must be {range}, not “{text}”.").format(name=self.name, range=self.range, text=shown)

    def set_value(self, value: Number) -> None:
        """Shows `value`; what is being typed stays, unless the value is another one than before."""
        if value == self._shown and self.is_being_edited():
            return
        self._shown = value
        self._settling.stop()
        self._write(value)

    def is_being_edited(self) -> bool:
        """Whether the text differs from the value that was shown or chosen last."""
        return self.value() != self._shown

    def restore(self) -> None:
        """Brings the last good value back."""
        self._settling.stop()
        self._write(self._shown)
        if self.hasFocus():     # to be typed over
            self.lineEdit().selectAll()

    def commit(self) -> None:
        """Tells the number, where it is good and another one than before."""
        self._settling.stop()
        value = self.value()
        self.refused.emit(self.problem())
        if value is not None and value != self._shown:
            self._shown = value
            self._write(value)
            self.value_chosen.emit(value)

    def stepBy(self, steps: int) -> None:
        value = self.value()
        moved = self._shown if value is None else value
        for _ in range(abs(steps)):
            moved = stepped(moved, self.option, steps > 0)
        self._write(moved)
        self.lineEdit().selectAll()
        self._settling.start()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        value = self.value()
        number = self._shown if value is None else value
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if number < self.option.maximum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if number > self.option.minimum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_being_edited():
            self.restore()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        return settles_key(event, self.is_being_edited) or super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.commit()

    def _write(self, value: Number) -> None:
        text = written(value)
        if self.text() != text:
            self.lineEdit().setText(text)
        self._text_changed()

    def _text_changed(self) -> None:
        show_wrong(self, "QAbstractSpinBox", self.problem(), self.tip)
        self.edited.emit()


class ChoiceBox(ChoiceList):
    """The rows of a table to choose from; where the name of the chosen one is cut off, the tooltip says it."""

    def __init__(self, table: Mapping[str, TableRow], name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table, self.tip, self.name = table, tip, name
        for key, row in table.items():
            self.addItem(tr(row.label), key)
            self.setItemData(self.count() - 1, tr(row.help), Qt.ItemDataRole.ToolTipRole)
        described(self, name, tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.currentIndexChanged.connect(self._explain)
        self._explain()

    def row_name(self) -> str:
        """The name of the chosen row; empty where none is chosen."""
        return self.currentData() or ""

    def set_tip(self, tip: str) -> None:
        """Explains the choice by `tip`, and every row of it by the row's own help, in the words in force."""
        self.tip = tip
        described(self, self.name, tip)
        for place, row in enumerate(self.table.values()):
            self.setItemData(place, tr(row.help), Qt.ItemDataRole.ToolTipRole)
        self._explain()

    def set_row(self, name: str) -> None:
        """Chooses the row `name`, or none where the table has no such row."""
        self.setCurrentIndex(self.findData(name))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def _explain(self) -> None:
        row = self.table.get(self.row_name())
        name = self.currentText() if self.is_elided else ""
        formula, derivative, kink = (getattr(row, part, "") for part in ("formula", "derivative", "kink"))
        slope = f"f'(x) = {lettered(derivative)}" if derivative else ""
        lines = (self.tip, name, typeset(tr(formula)) if formula else "", typeset(slope), tr(kink) if kink else "")
        self.setToolTip("\n".join(line for line in lines if line))


class BatchSizeBox(QComboBox):
    """How many examples a step looks at: all of them, or a number, chosen or typed.

    `value_chosen` tells `"all"` or a whole number that the user has settled on.
    """

    value_chosen = Signal(object)
    edited = Signal()
    refused = Signal(str)        # on Enter: why the text is not taken, "" where it is

    def __init__(self, largest: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.option = Option(1, 1, largest, whole=True)
        self.tip = tr("Examples in one training step: all of them, or a number; 1 is stochastic gradient descent.")
        described(self, tr("Batch size"), self.tip)
        self.setAccessibleDescription(self.tip)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._edit = self.lineEdit() or QLineEdit()
        self._edit.setCompleter(None)  # type: ignore[arg-type]  # None is allowed, the stubs forget it
        for size in ("all", 1, 4, 10, 32, 128):
            self.addItem(tr("all") if size == "all" else str(size), size)
        self._shown: int | str = "all"
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("0000000") + 38)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._edit.textChanged.connect(self._text_changed)
        self._edit.editingFinished.connect(self.commit)
        self.activated.connect(lambda _index: self.commit())

    def value(self) -> int | str | None:
        """`"all"`, a whole number, or None where the text is neither."""
        text = self.currentText().strip()
        if text.casefold() in ("all", tr("all").casefold()):
            return "all"
        number = read_number(text, self.option)
        return None if number is None else int(number)

    def problem(self) -> str:
        """What is wrong with the text, as a sentence; empty where nothing is."""
        if self.value() is not None:
            return ""
        return tr("Batch size must be “all” or {range}, not “{text}”.").format(
            range=range_in_words(self.option), text=self.currentText()[:24])

    def set_value(self, value: int | str) -> None:
        """Shows `value`; what is being typed stays, unless the value is another one than before."""
        if value == self._shown and self.is_being_edited():
            return
        self._shown = value
        self._write(value)

    def is_being_edited(self) -> bool:
        """Whether the text differs from the size that was shown or chosen last."""
        return self.value() != self._shown

    def restore(self) -> None:
        """Brings the last good size back."""
        self._write(self._shown)
        self._edit.selectAll()

    def commit(self) -> None:
        """Tells the size, where it is good and another one than before."""
        value = self.value()
        self.refused.emit(self.problem())
        if value is not None and value != self._shown:
            self._shown = value
            self._write(value)
            self.value_chosen.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_being_edited():
            self.restore()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        return settles_key(event, self.is_being_edited) or super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def _write(self, value: int | str) -> None:
        self.setEditText(tr("all") if value == "all" else str(value))

    def _text_changed(self) -> None:
        show_wrong(self, "QComboBox", self.problem(), self.tip)
        self.edited.emit()


def second_text(text: str) -> QLabel:
    """A line of explanation below or beside a field."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("second", True)
    label.setFont(text_font(label.font().pointSizeF() * 0.92))
    return label


def with_title(title: str, control: QWidget, left: int = 0, right: int = 10) -> QWidget:
    """A control with its title before it, kept together where a row is too short for all; "" is no title."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(left, 0, right, 0)
    row.setSpacing(5)
    if title:
        label = QLabel(title)
        label.setProperty("second", True)
        label.setBuddy(control)
        row.addWidget(label)
    row.addWidget(control)
    control.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    pair.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    return pair
