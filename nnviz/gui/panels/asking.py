"""A question to the network: inputs that somebody types, and its answer, which changes while it learns."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from nnviz.engine.calls import Array
from nnviz.engine.options import Option
from nnviz.gui.fields import described, read_number, show_wrong
from nnviz.gui.panels.plots import said, second_label
from nnviz.gui.translation import tr, worded
from nnviz.gui.view import View
from nnviz.report.inputs import answers_to, asked_names
from nnviz.report.numbers import short
from nnviz.words import counted

MOST_TYPED = 32         # inputs that somebody can be asked to type
_MOST_SHOWN = 12        # outputs that are listed
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


class AskLine(QWidget):
    """A line for the inputs as people have them, before formulas and scaling, and the outputs below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: View | None = None
        self.tip = tr("Inputs of an example of your own, with commas between; they are engineered and scaled as the "
                      "training examples are, and the answer follows the training")
        self.line = described(QLineEdit(), tr("Your own inputs"), self.tip)
        self.answer: QLabel = second_label(selectable=True)
        self.answer.setAccessibleName(tr("Answer of the network"))
        worded(self.answer, lambda: self.answer.setToolTip(tr("The ‹outputs› for these inputs")))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.line)
        column.addWidget(self.answer)
        self.line.textChanged.connect(lambda _text: self.refresh(self._view))
        self.refresh(None)

    def refresh(self, view: View | None) -> None:
        """Answers again with the parameters as they are now."""
        self._view = view
        names = () if view is None else asked_names(view.problem.network, view.data)
        self.setVisible(0 < len(names) <= MOST_TYPED)
        if view is None or self.isHidden():
            return
        self.line.setPlaceholderText(tr("try your own inputs: {names}").format(names=", ".join(names)))
        text = self.line.text().strip()
        values = numbers_in(text, len(names)) if text else None
        problem = "" if values is not None or not text else problem_in(text, names)
        show_wrong(self.line, "QLineEdit", problem, self.tip)
        self.answer.setVisible(bool(text))
        said(self.answer, problem if values is None else self._answer(view, np.array([values])))

    def _answer(self, view: View, raw: Array) -> str:
        outputs = answers_to(view.problem, view.survey.parameters, view.data, raw)[0]
        names = view.problem.network.names(len(view.problem.network.layers))
        told = ", ".join(f"{name} = {short(float(value), view.digits)}" for name, value in
                         zip(names[:_MOST_SHOWN], outputs, strict=False))
        more = ", …" if len(names) > _MOST_SHOWN else ""
        best = tr("   largest: {name}").format(name=names[int(outputs.argmax())]) if len(names) > 2 else ""
        return told + more + best
