"""Several numbers typed on one line, as people write them: with commas, semicolons or spaces between."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from nnviz.engine.calls import Array
from nnviz.engine.options import Option
from nnviz.gui.fields import described, read_number, settles_key, show_wrong, written
from nnviz.gui.translation import tr
from nnviz.words import counted

_LONGEST_SHOWN = 24     # characters of what somebody typed
_ANY = Option(0.0)


def numbers_in(text: str, wanted: int) -> list[float] | None:
    """`wanted` numbers out of a line, with commas, semicolons or spaces between; None where it does not say so many.

    >>> numbers_in("0.5, 1", 2), numbers_in("0,5; 1", 2), numbers_in("0.5,1", 2), numbers_in("0,5", 1)
    ([0.5, 1.0], [0.5, 1.0], [0.5, 1.0], [0.5])
    """
    parts = re.split(r"\s*;\s*|\s*,\s+|\s+", text.strip())
    if len(parts) != wanted:
        parts = [part for part in re.split(r"[;,\s]+", text.strip()) if part]
    found = [read_number(part, _ANY) for part in parts]
    if len(parts) != wanted or None in found:
        return None
    return [float(number) for number in found if number is not None]


def problem_in(text: str, names: Sequence[str]) -> str:
    """What is wrong with a line that does not say a number for each of `names`: the bad one, or how many are wanted.

    >>> problem_in("1, abc", ["x1", "x2"]), problem_in("1e400 2", ["x1", "x2"])
    ('x2: “abc” is not a number', 'x1: “1e400” is too large a number')
    """
    for pattern in (r"\s*;\s*|\s*,\s+|\s+", r"[;,\s]+"):
        parts = [part for part in re.split(pattern, text.strip()) if part]
        if len(parts) == len(names):
            break
    else:
        return counted(len(names), "one number is wanted: {names}", "{count} numbers are wanted: {names}",
                       names=", ".join(names))
    name, part = next((name, part) for name, part in zip(names, parts, strict=True) if read_number(part, _ANY) is None)
    shown = part if len(part) <= _LONGEST_SHOWN else part[: _LONGEST_SHOWN - 1] + "…"
    try:
        large = math.isinf(float(part.replace(",", "."))) and part[-1:].isdigit()
    except ValueError:
        large = False
    what = tr("{name}: “{text}” is too large a number") if large else tr("{name}: “{text}” is not a number")
    return what.format(name=name, text=shown)


class NumbersLine(QLineEdit):
    """A line of as many numbers as there are `names`; `values_chosen` tells them when the user has settled on them.

    Where it `may_be_empty`, an empty line tells None.
    """

    values_chosen = Signal(object)      # Array or None

    def __init__(self, name: str, tip: str, may_be_empty: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        described(self, name, tip)
        self.tip, self._may_be_empty = tip, may_be_empty
        self._names: tuple[str, ...] = ()
        self._shown = ""
        self.textChanged.connect(lambda _text: self._judge())
        self.editingFinished.connect(self.commit)

    def set_values(self, names: Sequence[str], values: Array | None) -> None:
        """Shows `values`, one for each of `names`; what is being typed stays, unless the values are others."""
        text = "" if values is None else ", ".join(written(float(value)) for value in values)
        if text == self._shown and tuple(names) == self._names and self.is_being_edited():
            return
        self._names, self._shown = tuple(names), text
        if self.text() != text:
            self.setText(text)
            self.setCursorPosition(0)
        self._judge()

    def is_being_edited(self) -> bool:
        """Whether the text differs from what was shown or chosen last."""
        return self.text() != self._shown

    def problem(self) -> str:
        """What is wrong with the text, as a sentence; empty where nothing is."""
        text = self.text().strip()
        if (not text and self._may_be_empty) or numbers_in(text, len(self._names)) is not None:
            return ""
        return problem_in(text, self._names)

    def commit(self) -> None:
        """Tells the numbers, where they are good and others than before."""
        if not self.is_being_edited() or self.problem():
            return
        self._shown = self.text()
        found = numbers_in(self.text(), len(self._names)) if self.text().strip() else None
        self.values_chosen.emit(None if found is None else np.array(found))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_being_edited():
            self.setText(self._shown)
            self.selectAll()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        return settles_key(event, self.is_being_edited) or super().event(event)

    def _judge(self) -> None:
        show_wrong(self, "QLineEdit", self.problem(), self.tip)
