"""A choice from a table comes with its options: a box for each, its meaning, and buttons for the usual values."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from nnviz.engine.network import Choice
from nnviz.engine.options import Option
from nnviz.gui.fields import ChoiceBox, Number, NumberBox, TableRow, described, second_text, written
from nnviz.gui.switch_box import SwitchBox
from nnviz.gui.translation import tr

MEANING_WIDTH = 340     # pixels that the meaning of an option has at least, where it is so long


class OptionFields(QWidget):
    """A box for each of a row's options, with its name before it and its meaning behind it."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, NumberBox | SwitchBox] = {}
        self.presets: dict[str, list[QPushButton]] = {}
        self._kept: dict[str, Number] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(3, 1)
        self.hide()

    def show_options(self, options: Mapping[str, Option], owner: str = "") -> None:
        """Boxes for `options`, in place of those before; `owner` names whose they are in messages.

        A number that was typed for an option of the same name stays, where it fits.
        """
        self._kept |= {key: value for key, box in self.boxes.items() if (value := box.value()) is not None
                       and value != box.option.default}
        for widget in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.boxes, self.presets = {}, {}
        for place, (key, option) in enumerate(options.items()):
            self._add(place, key, option, owner)
        self.setVisible(bool(options))

    def values(self) -> dict[str, Number]:
        """The numbers by option name, without those that are as by default; wrong ones are left out."""
        return {key: value for key, box in self.boxes.items() if (value := box.value()) is not None
                and value != box.option.default}

    def forget(self) -> None:
        """Forgets the numbers that were typed for options not shown now."""
        self._kept.clear()

    def set_values(self, values: Mapping[str, Number]) -> None:
        """Shows `values` in the boxes of those names."""
        for key, value in values.items():
            if key in self.boxes:
                self.boxes[key].set_value(value)

    def problem(self) -> str:
        """The first thing that is wrong, as a sentence; empty where nothing is."""
        return next((problem for box in self.boxes.values() if (problem := box.problem())), "")

    def _add(self, place: int, key: str, option: Option, owner: str) -> None:
        title = tr(option.titled(key))
        made = SwitchBox if option.is_switch else NumberBox
        box: NumberBox | SwitchBox = made(option, f"{owner}: {title}" if owner else title, tr(option.help))
        kept = self._kept.get(key)
        if kept is not None and option.accepts(kept):
            box.set_value(kept)
        box.edited.connect(self.edited)
        label = QLabel(title)
        label.setBuddy(box)
        self._grid.addWidget(label, 2 * place, 0)
        self.boxes[key] = box
        self.presets[key] = [self._preset(box, title, preset) for preset in option.presets if not option.is_switch]
        self._grid.addWidget(box, 2 * place, 1, 1, 3 if option.is_switch else 1)
        if not option.is_switch:    # whose meaning is its own text
            self._explain(place, option, self.presets[key])
        box.show()

    def _explain(self, place: int, option: Option, presets: list[QPushButton]) -> None:
        """Puts the buttons of a box behind it, and what its number means."""
        meaning = second_text(tr(option.help))
        meaning.setWordWrap(True)       # large text would make a dialog wider than a screen
        meaning.setMinimumWidth(min(meaning.fontMetrics().horizontalAdvance(meaning.text()) + 2, MEANING_WIDTH))
        if not presets:
            self._grid.addWidget(meaning, 2 * place, 2, 1, 2)
            return
        holder = QWidget(self)
        buttons = QHBoxLayout(holder)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(4)
        for button in presets:
            buttons.addWidget(button)
        self._grid.addWidget(holder, 2 * place, 2)
        holder.show()
        self._grid.addWidget(meaning, 2 * place + 1, 1, 1, 3)      # beside the buttons a narrow card has no room

    def _preset(self, box: NumberBox | SwitchBox, title: str, preset: float) -> QPushButton:
        """A button that writes `preset` into a box."""
        button = QPushButton(written(preset), self)
        described(button, f"{title} {written(preset)}", tr("Take {number}").format(number=written(preset)))
        button.setAutoDefault(False)
        button.setStyleSheet("QPushButton { padding: 2px 6px; min-width: 0px; }")      # as narrow as its number
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: box.set_value(preset))
        return button


class ChoiceField(QWidget):
    """A choice from a table, its options, and the one line that says when to use it.

    `chosen` tells that the user took another row; `edited` that anything is another, by whomever.
    """

    chosen = Signal()
    edited = Signal()

    def __init__(self, table: Mapping[str, TableRow], name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table, self.name = table, name
        self.box = ChoiceBox(table, name, tip)
        self.options = OptionFields()
        self.help = second_text("")
        self.help.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.box)
        column.addWidget(self.options)
        column.addWidget(self.help)
        self.setFocusProxy(self.box)
        self.box.currentIndexChanged.connect(self._row_changed)
        self.box.activated.connect(lambda _index: self.chosen.emit())
        self.options.edited.connect(self.edited)
        self._row_changed()

    def row_name(self) -> str:
        """The name of the chosen row."""
        return self.box.row_name()

    def set_row(self, name: str) -> None:
        """Chooses the row `name`."""
        self.box.set_row(name)

    def set_choice(self, choice: Choice) -> None:
        """Shows a document's choice with its options."""
        self.set_row(choice.name)
        self.options.set_values(dict(choice.options))

    def tree(self) -> Any:
        """The choice as a document has it: its name, or an object of name and options."""
        return self.object() if self.options.values() else self.row_name()

    def object(self) -> dict[str, Any]:
        """The choice as an object of its name and the options that are not as by default."""
        return {"name": self.row_name(), **self.options.values()}

    def problem(self) -> str:
        """What is wrong with an option, as a sentence; empty where nothing is."""
        return self.options.problem()

    def focus_chain(self) -> list[QWidget]:
        """What Tab visits here, in order."""
        chain: list[QWidget] = [self.box]
        for key, box in self.options.boxes.items():
            chain += [box, *self.options.presets[key]]
        return chain

    def explain(self, tip: str) -> None:
        """Explains the choice by `tip`, and its rows and their options by their own help, in the words in force."""
        self.box.set_tip(tip)
        self._row_changed()

    def _row_changed(self) -> None:
        row = self.table[self.row_name()]
        self.help.setText(tr(row.help))
        self.help.setVisible(bool(row.help))
        self.options.show_options(row.options, self.name)
        chain = self.focus_chain()
        for first, second in pairwise(chain):
            QWidget.setTabOrder(first, second)
        self.edited.emit()
