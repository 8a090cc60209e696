"""What the network is given to see: the data set's own inputs, or formulas of them, typed or clicked together."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from nnviz.data.features import split_features
from nnviz.gui.fields import described
from nnviz.gui.translation import tr

LONGEST_LINE = 4000
MOST_PROPOSED = 2       # inputs of the data set up to which formulas are proposed


class FeatureField(QWidget):
    """A line of formulas; empty, the network gets the data set's own inputs."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inputs = 0
        self._names: tuple[str, ...] = ()
        tip = tr("Formulas of the data set's inputs x1, x2, ..., with commas between, like x1, x2, x1*x2, sin(x1). "
                 "Left empty, the network gets the inputs as they are.")
        self.line = described(QLineEdit(), tr("Engineered inputs"), tip)
        self.line.setMaxLength(LONGEST_LINE)
        self.line.textChanged.connect(self.edited)
        self.buttons: list[QPushButton] = []
        self._row = QHBoxLayout()
        self._row.setContentsMargins(2, 0, 0, 0)
        self._row.setSpacing(12)
        self._row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.line)
        column.addLayout(self._row)
        self.setFocusProxy(self.line)

    def features(self) -> list[str]:
        """The formulas as they stand; none where the inputs are taken as they are."""
        return split_features(self.line.text())

    def set_inputs(self, inputs: int) -> None:
        """Proposes formulas for a data set with so many inputs; what is typed stays."""
        if inputs == self._inputs:
            return
        self._inputs = inputs
        self._say_names()
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(formula) for formula in self._proposals()]
        for place, button in enumerate(self.buttons):
            self._row.insertWidget(place, button)

    def set_names(self, names: Sequence[str]) -> None:
        """Tells what the network calls the inputs where it gets them as they are, beside their names in formulas."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._say_names()

    def _say_names(self) -> None:
        called = dict(zip((f"x{place}" for place in range(1, self._inputs + 1)), self._names, strict=False))
        said = [f"{name} = {called[name]}" if called.get(name, name) != name else name for name in self._own_names()]
        self.line.setPlaceholderText(tr("as they are: {names}").format(names=", ".join(said)))

    def _own_names(self) -> list[str]:
        if self._inputs <= 4:
            return [f"x{number}" for number in range(1, self._inputs + 1)]
        return ["x1", "x2", "…", f"x{self._inputs}"]

    def _proposals(self) -> list[str]:
        if self._inputs > MOST_PROPOSED:
            return []
        names = self._own_names()
        products = ["*".join(names)] if len(names) > 1 else []
        return [*(f"{name}^2" for name in names), *products, *(f"sin({name})" for name in names)]

    def _button(self, formula: str) -> QPushButton:
        text = tr("+ {formula}").format(formula=formula.replace("^2", "²").replace("*", "·"))
        tip = tr("Give the network {formula} as an input as well").format(formula=formula)
        button = described(QPushButton(text), tip, tip)
        button.setProperty("link", True)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: self._add(formula))
        return button

    def _add(self, formula: str) -> None:
        features = self.features() or self._own_names()
        if formula not in features:
            features.append(formula)
        self.line.setText(", ".join(features))
