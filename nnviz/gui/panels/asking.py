"""A question to the network: inputs that somebody types, and its answer, which changes while it learns."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from nnviz.engine.calls import Array
from nnviz.gui.fields import described, show_wrong
from nnviz.gui.panels.plots import said, second_label
from nnviz.gui.translation import tr, worded
from nnviz.gui.typed_numbers import numbers_in, problem_in
from nnviz.gui.view import View
from nnviz.report.inputs import answers_to, asked_names
from nnviz.report.numbers import short

MOST_TYPED = 32         # inputs that somebody can be asked to type
_MOST_SHOWN = 12        # outputs that are listed


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
