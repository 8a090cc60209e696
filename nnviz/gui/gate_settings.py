"""The lines above a computation graph that say what it is: its formula, the values of its leaves, its rule for ties.

What is written here is the document's own; every change is one undoable edit, which somebody else is asked for.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnviz.engine.expression import Expression, Operation
from nnviz.engine.gates import CONSTANTS, GATES, TIES
from nnviz.engine.rewriting import collapsed, collapsible, expandable, expanded
from nnviz.gui.fields import ChoiceBox, NumberBox, described, with_title
from nnviz.gui.formula_line import FormulaLine, functions_in_words
from nnviz.gui.surface_picture import formula_text
from nnviz.gui.translation import tr, worded
from nnviz.report.elements import Weight
from nnviz.session.computation_graph import LEAF, read_graph_expression
from nnviz.session.document import Document
from nnviz.session.examples import list_examples, open_example

LONGEST_LABEL = 40       # characters of a formula in the name of an edit
_QUIET = "QPushButton { padding-left: 9px; padding-right: 9px; }"


def templates() -> dict[str, str]:
    """The formulas of the bundled graphs, by their names."""
    opened = {example.name: open_example(example.name).graph for example in list_examples()
              if example.name.startswith("gate-")}
    return {name: graph.expression.text for name, graph in opened.items() if graph is not None}


class GateSettings(QWidget):
    """Formula, leaves and rule for ties of the graph that is shown.

    `edit_requested(values, label)` asks for values of the document as one undoable edit, `value_chosen(leaf, value)`
    for another value of a leaf.
    """

    edit_requested = Signal(dict, str)
    value_chosen = Signal(object, float)     # a leaf's Weight
    refused = Signal(str)                    # why what was typed is not taken; "" when it is

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Computation graph"))
        self._document: Document | None = None
        self._values: tuple[float, ...] = ()
        self.boxes: dict[str, NumberBox] = {}
        self._put_together()
        self.formula.formula_chosen.connect(self._ask_formula)
        self.formula.suggestions_wanted.connect(self.examples.showMenu)
        self.rewrite.clicked.connect(self._ask_rewriting)
        self.ties.activated.connect(lambda _index: self._ask_ties(self.ties.row_name()))

    def _put_together(self) -> None:
        constants = ", ".join(name for name in CONSTANTS if name.isascii())
        lead = tr("The formula that is taken apart into gates; every other name in it is a leaf. Enter takes it, Esc "
                  "brings the last one back.")
        parts = tr("It has names, numbers, {constants}, + - * / ^, brackets, and the functions").format(
            constants=constants)
        self.formula = FormulaLine(read_graph_expression, tr("Formula of the computation graph"), "")
        worded(self.formula, lambda: self.formula.set_tip(f"{lead}\n{parts}\n\n{functions_in_words()}"))
        self.title = QLabel("f =")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setBuddy(self.formula)
        self.examples = described(QPushButton(tr("Examples")), tr("Formulas of the bundled graphs"), tr(
            "Take the formula and the values of a bundled graph; the Down key opens this list in the formula"))
        self.rewrite = described(QPushButton(), tr("One gate or its primitives"), "")
        for button in (self.examples, self.rewrite):
            button.setStyleSheet(_QUIET)
        menu = QMenu(self.examples)
        menu.aboutToShow.connect(self._fill_examples)
        self.examples.setMenu(menu)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.title)
        line.addWidget(self.formula, 1)
        line.addWidget(self.rewrite)
        line.addWidget(self.examples)
        self.ties = ChoiceBox(TIES, tr("Rule for ties"), tr(
            "Which input gets the gradient of max or min where both are equal"))
        self._tied = with_title(tr("Ties"), self.ties)
        self.leaves = _LeafRow()
        below = QHBoxLayout()
        below.setSpacing(10)
        below.addWidget(self.leaves, 1)
        below.addWidget(self._tied)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 6, 12, 4)
        rows.setSpacing(4)
        rows.addLayout(line)
        rows.addLayout(below)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)    # never widens the window

    def show_graph(self, document: Document, values: tuple[float, ...]) -> None:
        """Shows the settings of `document`, whose leaves have `values` now, telling nobody."""
        graph = document.graph
        if graph is None:
            return
        if document is not self._document:
            self._document = document
            self.title.setText(f"{graph.names[-1]} =")
            self.formula.set_formula(graph.expression.text)
            self.ties.set_row(graph.expression.ties)
            self._tied.setVisible(_has_ties(graph.expression))
            self._show_rewriting(graph.expression)
            if tuple(self.boxes) != graph.leaves:
                self._make_boxes(graph.leaves)
            self._values = ()
        if values != self._values:
            self._values = values
            for box, value in zip(self.boxes.values(), values, strict=True):
                box.set_value(value)
                if not box.hasFocus():
                    box.lineEdit().setCursorPosition(0)      # of a long number the first digits are seen

    def forget(self) -> None:
        """No graph is open any more: the next one is shown from the beginning."""
        self._document = None

    def edit_formula(self) -> None:
        """The keyboard goes to the formula, which the first key replaces."""
        self.formula.setFocus(Qt.FocusReason.OtherFocusReason)
        self.formula.selectAll()

    def _make_boxes(self, leaves: tuple[str, ...]) -> None:
        self.boxes = {}
        for number, name in enumerate(leaves):
            box = NumberBox(LEAF, tr("Value of {name}").format(name=name), tr("The value of this leaf"))
            box.value_chosen.connect(partial(self._tell_value, number))
            box.refused.connect(self.refused)
            self.boxes[name] = box
        self.leaves.show_boxes(self.boxes)

    def _tell_value(self, number: int, value: float) -> None:
        self.value_chosen.emit(Weight(1, number, 0), float(value))

    # --- edits --------------------------------------------------------------------------------------------------

    def _ask_formula(self, text: str) -> None:
        self._ask(text, tr("formula"))

    def _ask(self, text: str, what: str, values: dict[str, float] | None = None) -> None:
        """Asks for another formula; without `values`, leaves that it has in common with this one keep theirs."""
        if self._document is None:
            return
        edit: dict[str, Any] = {"expression": text} if values is None else {"expression": text, "values": values}
        shown = formula_text(text)
        shown = shown if len(shown) <= LONGEST_LABEL else shown[: LONGEST_LABEL - 1] + "…"
        self.edit_requested.emit(edit, f"{what} {shown}")

    def _show_rewriting(self, expression: Expression) -> None:
        """The button puts gates together where that can be, else takes them apart."""
        together, apart = collapsible(expression), expandable(expression)
        names = [node.gate for place in apart if isinstance(node := expression.nodes[place], Operation)]
        text, tip = tr("Take apart"), tr("No gate of this formula has primitives")
        if together:
            becomes = collapsed(expression).text
            text = tr("Put together")
            tip = tr("Put primitives together into one gate: {formula}").format(formula=formula_text(becomes))
        elif apart:
            tip = tr("Show {gates} in primitives: {formula}").format(
                gates=", ".join(dict.fromkeys(names)), formula=formula_text(expanded(expression).text))
        self.rewrite.setText(text)
        self.rewrite.setToolTip(tip)
        self.rewrite.setAccessibleDescription(tip)
        self.rewrite.setEnabled(bool(together or apart))

    def _ask_rewriting(self) -> None:
        if self._document is None or self._document.graph is None:
            return
        expression = self._document.graph.expression
        together = bool(collapsible(expression))
        self._ask((collapsed if together else expanded)(expression).text,
                  tr("one gate") if together else tr("primitives"))

    def _ask_ties(self, name: str) -> None:
        if self._document is not None and name != self._document.network.ties:
            self.edit_requested.emit({"ties": name}, f"{tr('ties')}: {tr(TIES[name].label)}")

    def _fill_examples(self) -> None:
        menu = self.examples.menu()
        if menu.actions():
            return
        for name, text in templates().items():
            action = menu.addAction(f"{name}\t{formula_text(text)}")
            action.setData(text)
            action.triggered.connect(partial(self._take, name))

    def _take(self, name: str) -> None:
        """The formula and the values of an example."""
        graph = open_example(name)
        assert graph.graph is not None
        values = {leaf: float(value) for leaf, value in graph.raw.get("values", {}).items()}
        self._ask(graph.graph.expression.text, tr("formula"), values)


class _LeafRow(QScrollArea):
    """A box for every leaf in one line, which is scrolled where they are many."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Values of the leaves"))
        self._line = QWidget()
        self.setWidget(self._line)

    def show_boxes(self, boxes: dict[str, NumberBox]) -> None:
        """Puts these boxes in the place of what was there."""
        self._line = QWidget()
        row = QHBoxLayout(self._line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for name, box in boxes.items():
            row.addWidget(with_title(name, box))
            box.installEventFilter(self)
        row.addStretch(1)
        self.setWidget(self._line)
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        bar = self.horizontalScrollBar()
        high = self._line.sizeHint().height()
        return QSize(200, high + (bar.sizeHint().height() if self._line.sizeHint().width() > self.width() else 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self.height() != self.sizeHint().height():
            self.setFixedHeight(max(1, self.sizeHint().height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self.ensureWidgetVisible(watched, 60, 0)
        return False


def _has_ties(expression: Expression) -> bool:
    """Whether two inputs can be equal where only one may win."""
    return any(isinstance(node, Operation) and bool(GATES[node.gate].routes) for node in expression.nodes)
