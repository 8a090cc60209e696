"""An option that can only be 0 or 1 is a question of yes or no, and looks like one: a check box."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from nnviz.engine.options import Option


class SwitchBox(QCheckBox):
    """A check box for such an option, with what a box for a number has: its value, and what is wrong (nothing)."""

    edited = Signal()

    def __init__(self, option: Option, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(tip, parent)
        self.option, self.name = option, name
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setChecked(bool(option.default))
        self.toggled.connect(self.edited)

    def value(self) -> float:
        """1 where it is ticked, else 0."""
        return float(self.isChecked())

    def set_value(self, value: float) -> None:
        """Ticks it for 1."""
        self.setChecked(bool(value))

    def problem(self) -> str:
        """Nothing that can be chosen here is wrong."""
        return ""
