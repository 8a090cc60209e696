"""The line above the map that says what surface it is: its formula, where the descent starts, and how noisy it is.

What is written here is the document's own; every change is one undoable edit, which somebody else is asked for.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from nnviz.engine.expression import CONSTANTS
from nnviz.gui.fields import NumberBox, described, with_title, written
from nnviz.gui.formula_line import FormulaLine, functions_in_words
from nnviz.gui.surface_drawing import Extent, Place
from nnviz.gui.surface_picture import formula_text
from nnviz.gui.translation import tr, worded
from nnviz.session.document import Document
from nnviz.session.examples import list_examples, open_example
from nnviz.session.surface import COORDINATE, NOISE, read_height

LEAST_FORMULA = 26       # characters of a formula that are seen beside the other fields; else these go below it
LONGEST_LABEL = 40       # characters of a formula in the name of an edit
PRECISION = 3            # digits of a kept view that change as it is zoomed by a factor of ten


def suggestions() -> dict[str, str]:
    """The formulas of the bundled surfaces, by their names."""
    opened = {example.name: open_example(example.name).surface for example in list_examples()
              if example.name.startswith("surface-")}
    return {name: surface.expression.text for name, surface in opened.items() if surface is not None}


def rounded(extent: Extent) -> dict[str, list[float]]:
    """What a map shows, as a document has it: numbers that are no finer than can be seen.

    >>> rounded(Extent((-1.23456, 2.34567), (-0.0123456, 0.5)))
    {'x': [-1.23, 2.35], 'y': [-0.012, 0.5]}
    """
    view = {}
    for name, (low, high) in (("x", extent.x), ("y", extent.y)):
        decimals = PRECISION - 1 - math.floor(math.log10(high - low))
        view[name] = [round(low, decimals), round(high, decimals)]
    return view


class SurfaceSettings(QWidget):
    """Formula, start, noise and the map's range of the surface that is shown.

    `edit_requested(values, label)` asks for values of the document as one undoable edit, `start_chosen(x, y)` for a
    descent from there, `view_wanted` for what the map shows now to be what the document says of it.
    """

    edit_requested = Signal(dict, str)
    start_chosen = Signal(float, float)
    view_wanted = Signal()
    refused = Signal(str)        # why what was typed is not taken; "" when it is

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Surface"))
        self._shown: tuple[Document, Place] | None = None
        self._low = False
        constants = ", ".join(name for name in CONSTANTS if name.isascii())
        lead = tr("The height above x and y. Enter takes the formula, Esc brings the last one back.")
        parts = tr("It has x, y, numbers, {constants}, + - * / ^, brackets, and the functions").format(
            constants=constants)
        self.formula = FormulaLine(read_height, tr("Formula of the surface, f(x, y)"), "")
        worded(self.formula, lambda: self.formula.set_tip(f"{lead}\n{parts}\n\n{functions_in_words()}"))
        self.examples = described(QPushButton(tr("Examples")), tr("Formulas of the bundled surfaces"), tr(
            "Take the formula of a bundled surface; the Down key opens this list in the formula"))
        self.examples.setStyleSheet("QPushButton { padding-left: 9px; padding-right: 9px; }")
        menu = QMenu(self.examples)
        menu.aboutToShow.connect(self._fill_examples)
        self.examples.setMenu(menu)
        self.start = {
            name: NumberBox(COORDINATE, tr("Start {variable}").format(variable=name), tr(
                "Where the descent starts; another start begins it anew, Undo brings the old one back"))
            for name in ("x", "y")
        }
        self.noise = NumberBox(NOISE, tr("Noise"), tr(
            "With noise there are 64 examples, each with the surface shifted a little: the standard deviation of the "
            "shifts; 0 is one surface as it is"))
        self.keep = described(QPushButton(tr("Keep this view")), tr("Keep this view"), tr(
            "The map opens as it is zoomed and moved now; Ctrl+0 comes back to it"))
        self._put_together()
        self.formula.formula_chosen.connect(self._ask_formula)
        self.formula.suggestions_wanted.connect(self.examples.showMenu)
        self.noise.value_chosen.connect(
            lambda value: self.edit_requested.emit({"noise": value}, f"{tr('noise')} {written(value)}"))
        for box in self.start.values():
            box.value_chosen.connect(lambda _value: self._ask_start())
        self.formula.refused.connect(self.refused)
        for number in (self.noise, *self.start.values()):
            number.refused.connect(self.refused)
        self.keep.clicked.connect(self.view_wanted)
        self.set_zoomed(False)

    def _put_together(self) -> None:
        title = QLabel("f(x, y) =")
        title.setBuddy(self.formula)
        line = QHBoxLayout()
        line.setSpacing(6)
        for widget in (title, self.formula, self.examples):
            line.addWidget(widget)
        self.fields = QWidget()
        self._fields_row = QHBoxLayout(self.fields)
        self._fields_row.setContentsMargins(0, 0, 0, 0)
        self._fields_row.setSpacing(0)
        self._add(tr("Start x"), self.start["x"])
        self._add("y", self.start["y"])
        self._add(tr("Noise"), self.noise)
        self._add("", self.keep)
        self._fields_row.addStretch(1)
        self.unfold = described(QPushButton(tr("Start and noise")), tr("Start, noise and view"), tr(
            "Show the fields that have no room here: where the descent starts, the noise, and the view to keep"))
        self.unfold.setStyleSheet("QPushButton { padding-left: 9px; padding-right: 9px; }")
        self.unfold.clicked.connect(self._show_folded)
        self.unfold.hide()
        line.addWidget(self.unfold)
        self._folder = QFrame(self, Qt.WindowType.Popup)
        self._folder.setFrameShape(QFrame.Shape.StyledPanel)
        self._folder.setLayout(QHBoxLayout())
        self._rows = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._rows.setContentsMargins(12, 6, 12, 4)
        self._rows.setSpacing(4)
        self._rows.addLayout(line, 1)
        self._rows.addWidget(self.fields)
        self._fixed = (title, self.examples)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)    # never widens the window

    def _add(self, title: str, control: QWidget) -> None:
        self._fields_row.addWidget(with_title(title, control))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_fixed"):
            QTimer.singleShot(0, self, self._arrange)      # when the fields know their new size

    def set_low(self, low: bool) -> None:
        """In little room there is one line in any case, and a button that shows the fields which do not fit."""
        if low != self._low:
            self._low = low
            self._arrange()

    def height_of_two_lines(self) -> int:
        """Pixels."""
        return self.formula.sizeHint().height() + self.noise.sizeHint().height() + 14

    def _arrange(self) -> None:
        """The fields stand beside the formula where it has room enough, else below it, else behind a button."""
        formula = LEAST_FORMULA * self.formula.fontMetrics().averageCharWidth() + 24
        line = sum(widget.sizeHint().width() + 6 for widget in self._fixed) + formula
        wide = self.fields.sizeHint().width()
        beside = line + wide + 40 <= self.width()
        if any(box.hasFocus() for box in (self.noise, *self.start.values())):
            return       # a message that takes room would move the field away from under the hand
        folded = not beside and (self._low or wide + 24 > self.width())
        self._fold(folded)
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._rows.direction() != way:
            self._rows.setDirection(way)
            self._rows.setSpacing(14 if beside else 4)

    def _fold(self, folded: bool) -> None:
        folder = self._folder.layout()
        assert folder is not None
        if folded == (self.fields.parentWidget() is self._folder):
            return
        self._folder.hide()
        (folder if folded else self._rows).addWidget(self.fields)
        self.fields.show()
        self.unfold.setVisible(folded)
        QTimer.singleShot(0, self, self.updateGeometry)      # what contains this may be giving it its place just now

    def _show_folded(self) -> None:
        self._folder.adjustSize()
        corner = self.unfold.mapToGlobal(self.unfold.rect().bottomRight())
        self._folder.move(corner.x() - self._folder.width(), corner.y() + 3)
        self._folder.show()
        self.start["x"].setFocus(Qt.FocusReason.PopupFocusReason)

    def show_surface(self, document: Document, start: Place) -> None:
        """Shows the settings of `document`, whose descent starts at `start`, telling nobody."""
        if document.surface is None or (self._shown is not None and self._shown[0] is document
                                        and self._shown[1] == start):
            return
        self._shown = (document, start)
        self.formula.set_formula(document.surface.expression.text)
        self.noise.set_value(document.surface.noise)
        for box, value in zip(self.start.values(), start, strict=True):
            box.set_value(value)

    def set_zoomed(self, zoomed: bool) -> None:
        """Whether the map shows something else than the document says."""
        self.keep.setEnabled(zoomed)

    def edit_formula(self) -> None:
        """The keyboard goes to the formula, which the first key replaces."""
        self.formula.setFocus(Qt.FocusReason.OtherFocusReason)
        self.formula.selectAll()

    def _ask_formula(self, text: str) -> None:
        shown = formula_text(text)
        shown = shown if len(shown) <= LONGEST_LABEL else shown[:LONGEST_LABEL - 1] + "…"
        self.edit_requested.emit({"expression": text}, f"{tr('formula')} {shown}")

    def _ask_start(self) -> None:
        """Another start; a coordinate that is being typed and wrong stays what it was."""
        if self._shown is None:
            return
        x, y = (was if (value := box.value()) is None else float(value)
                for box, was in zip(self.start.values(), self._shown[1], strict=True))
        self.start_chosen.emit(x, y)

    def _fill_examples(self) -> None:
        menu = self.examples.menu()
        if menu.actions():
            return
        for name, text in suggestions().items():
            action = menu.addAction(f"{name}\t{formula_text(text)}")
            action.setData(text)
            action.triggered.connect(lambda _on=False, text=text: self._take(text))

    def _take(self, text: str) -> None:
        """The formula of an example, as if it had been typed."""
        self.formula.setText(text)
        self.formula.commit()
