"""Which target an example of one's own has: that of the nearest training example, a class, or any numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from nnviz.engine.calls import Array
from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.fields import described
from nnviz.gui.translation import tr, worded
from nnviz.gui.typed_numbers import NumbersLine
from nnviz.report.wanted import Wanted, target_name

_NEAREST, _NUMBERS = -1, -2


class TargetField(QWidget):
    """A list of targets, and a line for others; `target_chosen` tells the target, or None for the nearest example's."""

    target_chosen = Signal(object)      # Array or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: tuple[Wanted, ...] = ()
        self.title = QLabel()
        self.title.setProperty("second", True)
        self.list = ChoiceList()
        self.list.setMinimumWidth(60)
        self.list.setSizeAdjustPolicy(ChoiceList.SizeAdjustPolicy.AdjustToContents)
        self.line = NumbersLine("", "", may_be_empty=True)
        self.title.setBuddy(self.list)
        worded(self, self._name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        for part in (self.title, self.list, self.line):
            row.addWidget(part)
        self.list.activated.connect(lambda _index: self._take())
        self.line.values_chosen.connect(self.target_chosen)

    def _name(self) -> None:
        self.title.setText(tr("‹target›"))
        tip = tr("The ‹target› of your own example: its loss and all gradients come from it")
        described(self.list, tr("‹Target› of your own example"), tip)
        described(self.line, tr("‹Target› as numbers"), tip)
        self.line.tip = tip

    def show_target(
        self, choices: Sequence[Wanted], names: Sequence[str], target: Array | None, is_chosen: bool
    ) -> None:
        """Shows `target`, whether it was chosen or is the nearest example's, telling nobody.

        `choices` are those of the list; without any there is only the line, a number for each of `names`.
        """
        choices = tuple(choices)
        named = "" if target is None else target_name(choices, target)
        nearest = tr("as the nearest example")
        first = nearest if is_chosen or target is None else tr("{name}, as the nearest example").format(name=named)
        with QSignalBlocker(self.list):
            if [choice.name for choice in choices] != [choice.name for choice in self._choices]:
                self.list.clear()
                self.list.addItem(nearest, _NEAREST)
                for place, choice in enumerate(choices):
                    self.list.addItem(choice.name, place)
                self.list.addItem(tr("other numbers…"), _NUMBERS)
            self._choices = choices
            if self.list.count():
                self.list.setItemText(0, first)
            place = next((place for place, choice in enumerate(choices) if choice.name == named), _NUMBERS)
            self.list.setCurrentIndex(self.list.findData(place if is_chosen else _NEAREST))
        self.list.setVisible(bool(choices))
        self.line.setVisible(not choices or (is_chosen and place == _NUMBERS))
        self.line.setPlaceholderText(first)
        self.line.set_values(names, target if is_chosen else None)

    def _take(self) -> None:
        place = self.list.currentData()
        if place == _NUMBERS:
            self.line.setVisible(True)
            self.line.setFocus()
        else:
            self.target_chosen.emit(None if place == _NEAREST else self._choices[place].target)
