"""What a field of the configuration is edited with: one kind of control for each kind of field, all used alike.

A control follows the document and tells two things: a value that is being tried, while somebody types or looks through
a list, and a value that was settled on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from nnviz.data.features import split_features
from nnviz.engine.options import Option
from nnviz.gui.fields import BatchSizeBox, ChoiceBox, NumberBox, range_in_words, written
from nnviz.gui.settled_line import SettledLine
from nnviz.gui.switch_box import SwitchBox
from nnviz.gui.translation import tr
from nnviz.session.configuration import OWN, Field

STARTS_OVER = "↺"
MOST_LISTED = 9         # rows that a list shows at once: more would cover the sentence that says what each would do
_ARROWS = 24            # pixels that a box's arrows take
_LEAST_TYPED = "0.00001"


class Editor(QWidget):
    """The base of them. `tried` tells a value before it is taken, None where none is; `chosen` one that is."""

    tried = Signal(object)
    chosen = Signal(object)
    refused = Signal(str)       # on Enter: why what was typed is not taken, "" where it is

    def __init__(self, entry: Field, control: QWidget) -> None:
        super().__init__()
        self.entry, self.control = entry, control
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(control)
        self.setFocusProxy(control)
        control.setMinimumWidth(1)      # as wide as there is room

    def show_field(self, entry: Field) -> None:
        """Shows the value of `entry`, telling nobody; what is being typed stays, unless the value is another."""
        raise RuntimeError(f"{type(self).__name__} must say how it shows a field")

    def problem(self) -> str:
        """What is wrong with what is typed, as a sentence; "" where nothing is."""
        return ""

    def abandon(self) -> None:
        """Forgets what is being typed."""

    def mark_rows(self, reasons: Mapping[str, str]) -> None:
        """Takes why choosing a row would start training over, "" for one that would not."""


class _OpeningChoice(ChoiceBox):
    """A choice that is made in its list: what a key or the wheel passes on the way there is not taken."""

    closed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
                                Qt.Key.Key_Return, Qt.Key.Key_Enter)
        types = bool(event.text().strip()) and event.text().isprintable() and not (
            event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier))
        if not moves and not types:
            super().keyPressEvent(event)
            return
        self.showPopup()
        if types:
            self.view().keyboardSearch(event.text())

    def showPopup(self) -> None:
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 40)     # made only when it is wanted
        super().showPopup()

    def hidePopup(self) -> None:
        super().hidePopup()
        self.closed.emit()


class ChoiceEditor(Editor):
    """A row of a table."""

    def __init__(self, entry: Field) -> None:
        assert entry.rows is not None
        self.box = _OpeningChoice(entry.rows, entry.name, entry.help)
        self.box.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(5)
        self.box.setMaxVisibleItems(MOST_LISTED)
        super().__init__(entry, self.box)
        self.box.highlighted.connect(lambda place: self.tried.emit(self._other(place)))
        self.box.closed.connect(lambda: self.tried.emit(None))
        self.box.activated.connect(self._activated)

    def show_field(self, entry: Field) -> None:
        if (entry.name, entry.help) != (self.entry.name, self.entry.help):
            self.box.name = entry.name
            self.box.set_tip(entry.help)
        self.entry = entry
        self.box.set_row(entry.value)

    def mark_rows(self, reasons: Mapping[str, str]) -> None:
        rows = self.entry.rows or {}
        for place in range(self.box.count()):
            name = self.box.itemData(place)
            reason = reasons.get(name, "")
            label, tip = tr(rows[name].label), tr(rows[name].help)
            self.box.setItemText(place, f"{label}  {STARTS_OVER}" if reason else label)
            said = tr("Training starts over: {reason}.").format(reason=reason) if reason else ""
            self.box.setItemData(place, "\n".join(filter(None, (tip, said))), Qt.ItemDataRole.ToolTipRole)

    def _other(self, place: int) -> str | None:
        name = self.box.itemData(place)
        return None if name in (self.entry.value, OWN) else name

    def _activated(self, place: int) -> None:
        name = self._other(place)
        if name is not None:
            self.chosen.emit(name)


class NumberEditor(Editor):
    """A number, with its unit inside the box where there is room for both."""

    def __init__(self, entry: Field) -> None:
        assert entry.option is not None
        self.box = NumberBox(entry.option, entry.name, entry.help)
        super().__init__(entry, self.box)
        self.unit = QLabel(self.box.lineEdit())
        self.unit.setProperty("second", True)
        self.unit.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.unit.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.box.edited.connect(self._edited)
        self.box.value_chosen.connect(self.chosen)
        self.box.refused.connect(self.refused)

    def show_field(self, entry: Field) -> None:
        if entry.name != self.entry.name or entry.help != self.entry.help:
            self.box.name = entry.name
            self.box.set_tip(entry.help)
        self.entry = entry
        self.unit.setText(entry.unit)
        self.box.set_value(entry.value)
        self._place_unit()

    def problem(self) -> str:
        return self.box.problem()

    def abandon(self) -> None:
        self.box.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_unit()

    def _edited(self) -> None:
        self._place_unit()
        self.tried.emit(self.box.value() if self.box.is_being_edited() else None)

    def _place_unit(self) -> None:
        line = self.box.lineEdit()
        metrics = QFontMetrics(line.font())
        wanted = metrics.horizontalAdvance(self.unit.text()) + 4
        typed = max(metrics.horizontalAdvance(text) for text in (self.box.text(), _LEAST_TYPED)) + 14
        line_width = max(line.width(), self.width() - _ARROWS - 10)
        self.unit.setVisible(bool(self.unit.text()) and typed + wanted <= line_width)
        self.unit.setGeometry(line_width - wanted, 0, wanted, line.height())


class SwitchEditor(Editor):
    """A yes or no."""

    def __init__(self, entry: Field) -> None:
        assert entry.option is not None
        self.box = SwitchBox(entry.option, entry.name, entry.help)
        self.box.setText("")
        super().__init__(entry, self.box)
        self.box.toggled.connect(self._toggled)

    def show_field(self, entry: Field) -> None:
        self.entry = entry
        self.box.set_value(entry.value)

    def _toggled(self, on: bool) -> None:
        if float(on) != self.entry.value:
            self.chosen.emit(float(on))


class SizeEditor(Editor):
    """How many examples a step has."""

    def __init__(self, entry: Field) -> None:
        option = entry.option or Option(1)
        self.box = BatchSizeBox(int(option.maximum))
        super().__init__(entry, self.box)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.box.edited.connect(lambda: self.tried.emit(self.box.value() if self.box.is_being_edited() else None))
        self.box.value_chosen.connect(self.chosen)
        self.box.refused.connect(self.refused)

    def show_field(self, entry: Field) -> None:
        self.entry = entry
        self.box.set_value(entry.value)

    def problem(self) -> str:
        return self.box.problem()

    def abandon(self) -> None:
        self.box.restore()


class FormulasEditor(Editor):
    """Formulas with commas between."""

    def __init__(self, entry: Field) -> None:
        self.line = SettledLine(entry.name, entry.help)
        self.line.setPlaceholderText(tr("as they are"))
        super().__init__(entry, self.line)
        self.line.textChanged.connect(
            lambda _text: self.tried.emit(self._formulas() if self.line.is_being_edited() else None))
        self.line.text_chosen.connect(lambda _text: self.chosen.emit(self._formulas()))

    def show_field(self, entry: Field) -> None:
        self.entry = entry
        self.line.set_value(", ".join(entry.value))

    def abandon(self) -> None:
        self.line.restore()

    def _formulas(self) -> tuple[str, ...]:
        return tuple(split_features(self.line.text()))


EDITORS: Mapping[str, Callable[[Field], Editor]] = {
    "choice": ChoiceEditor, "number": NumberEditor, "switch": SwitchEditor, "size": SizeEditor,
    "formulas": FormulasEditor,
}


def limits_of(entry: Field) -> str:
    """What the field may be, as a sentence; "" where it is chosen from a list or may be anything."""
    if entry.option is None or entry.kind == "switch":
        return ""
    words = range_in_words(entry.option)
    if entry.kind == "size":
        words = tr("“all” or {range}").format(range=words)
    elif entry.unit:
        words = tr("{range} ({unit})").format(range=words, unit=entry.unit)
    whole = words[:1].upper() + words[1:] + "."
    if entry.option.usual is None:
        return whole
    return f"{whole} {tr('Usual are {low} to {high}.').format(**_usual(entry.option))}"


def said_of_unusual(entry: Field, value: Any) -> str:
    """That a number is one that hardly anybody takes, though it is none that would be refused; "" of others."""
    if entry.kind != "number" or entry.option is None or not entry.option.is_unusual(value):
        return ""
    text = tr("{number} is unusual here, where most take {low} to {high}.")
    return text.format(number=written(value), **_usual(entry.option))


def _usual(option: Option) -> dict[str, str]:
    low, high = option.usual or (option.minimum, option.maximum)
    return {"low": written(low), "high": written(high)}


def value_text(entry: Field, value: Any) -> str:
    """A value as people write it."""
    if entry.kind == "choice" and entry.rows is not None:
        return tr(entry.rows[value].label)
    if entry.kind == "formulas":
        return ", ".join(value) or tr("as they are")
    if entry.kind == "switch":
        return tr("on") if value else tr("off")
    return tr("all") if value == "all" else written(value)
