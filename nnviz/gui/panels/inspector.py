"""One unit, weight or bias with every number that is known about it, to read, to copy and to change."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.fields import settles_key
from nnviz.gui.formula_card import FormulaCard
from nnviz.gui.icons import icon
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import counted, said, second_label
from nnviz.gui.settings import Settings
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Alpha, Bias, Element, GateNode, Parameter, Unit, Weight
from nnviz.report.inspection import accessible_description, text_of, value_in_force
from nnviz.report.numbers import MINUS, full, typeset
from nnviz.report.quantities import Quantity
from nnviz.report.titles import Lines, title_of
from nnviz.session.change import Changed

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_JOINED = "\N{WORD JOINER}"      # a line is never broken between the sign of an exponent and its number
_BETWEEN = 10       # pixels between a name and its value
_SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


def number_from(text: str) -> float:
    """The number that a text says, in any locale's way of writing it: `0.25`, `0,25`, `-1e-3`.

    ValueError with a sentence for the user where it says none.

    >>> number_from(" 0,25 "), number_from("\N{MINUS SIGN}1e-3"), number_from(".5")
    (0.25, -0.001, 0.5)
    """
    plain = text.strip().replace(MINUS, "-").replace("\N{EN DASH}", "-")
    if not plain:
        raise ValueError(tr("Type a number, such as 0.25"))
    if plain.count(",") + plain.count(".") > 1:
        raise ValueError(tr("Write the number without separators between thousands, such as 1234.5"))
    plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        shown = text.strip() if len(text.strip()) <= 30 else text.strip()[:29] + "…"
        raise ValueError(tr("“{text}” is not a number. Type one such as 0.25 or 1e-3").format(text=shown))
    value = float(plain)
    if not math.isfinite(value):
        raise ValueError(tr("The number is too large: the largest is about 1.8e308"))
    return value


class ValueField(QLineEdit):
    """Takes a number: Enter applies it, Esc or leaving the field brings back the value in force."""

    applied = Signal(float)
    refused = Signal(str)       # why, or "" when there is nothing wrong any more

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = 0.0
        self.setAccessibleName(tr("Value"))
        self.setToolTip(tr("Type another value; Enter applies it as one undoable edit, Esc restores"))
        self.returnPressed.connect(self._apply)
        self.textEdited.connect(lambda _text: self.refused.emit(""))

    def show_value(self, value: float, force: bool = False) -> None:
        """The value in force; what is being typed stays unless `force` is set."""
        self._value = value
        if force or not self.isModified():
            text = full(value)
            if self.text() != text:
                self.setText(text)
            self.setModified(False)

    def restore(self) -> None:
        self.show_value(self._value, force=True)
        self.refused.emit("")

    def _apply(self) -> None:
        try:
            value = number_from(self.text())
        except ValueError as reason:
            self.refused.emit(str(reason))
            self.selectAll()
            return
        self.refused.emit("")
        self.setModified(False)
        self.applied.emit(value)

    def event(self, event: QEvent) -> bool:
        return settles_key(event, self.isModified) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.restore()
            self.selectAll()
            event.accept()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason and self.isModified():
            self.restore()


class _Pages(QScrollArea):
    """Tells when there is more or less room for what it shows."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class InspectorPanel(Panel):
    """Everything known at this moment about the unit, weight or bias that is selected, in full precision.

    Click a node, an edge or a bias in the picture, or a row of the table of gradients, to select it. A dash stands
    for a number that the pass has not computed yet: press Step and watch it come. For a unit, net input, ‹output›,
    ∂E/∂‹out›, ∂‹out›/∂net and δ are those of the shown example, or the means over the batch. For a weight or a bias,
    the gradient is the mean over the batch, the update is what the optimiser adds, and the new value is their sum.

    Above the numbers stand the formulas they come from: with names, with numbers, and worked out. Point at a number to
    see in the picture where it came from, click it to go there; a bar marks what the last operation has computed. The
    arrow keys go through formulas and numbers, Enter follows one, Ctrl+C copies the formula, the menu key offers LaTeX,
    MathML and a picture.

    All numbers can be selected and copied. The value of a weight or a bias can be typed anew, with a decimal point or
    comma; it takes effect with Enter and can be undone. With nothing selected, the panel tells where the pass is.
    """

    name = "inspector"
    title = "Inspector"
    watches = Changed.EVERYTHING
    area = "right"
    beside_picture = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._view: View | None = None
        self._element: Element | None = None
        self._place: tuple[object, ...] = ()
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._below: list[bool] = []        # whether the value stands below its name
        self.lines: Lines = []

        self.heading = QLabel()
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setProperty("heading", True)
        self.heading.setWordWrap(True)
        self.copy = QToolButton()
        self.copy.setProperty("quiet", True)
        self.copy.setAccessibleName(tr("Copy all lines"))
        self.copy.setToolTip(tr("Copy all lines, with every digit"))
        self.copy.clicked.connect(self._copy)
        self.fold = QToolButton()
        self.fold.setProperty("quiet", True)
        self.fold.setCheckable(True)
        self.fold.setChecked(True)
        self.fold.setAccessibleName(tr("Formulas"))
        self.fold.setToolTip(tr("Show the formulas that the numbers come from, or hide them"))
        self.fold.toggled.connect(lambda shown: self.setting_chosen.emit("formulas", shown))
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.heading, 1)
        top.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)

        self.together = second_label()
        self.together.hide()

        self.formulas = FormulaCard()
        self.formulas.pointed.connect(self.quantity_pointed)
        self.formulas.element_selected.connect(self.element_selected)
        self.formulas.message.connect(self.message)
        self.formulas.wanted_in_view.connect(self._bring_into_view)

        self.field = ValueField()
        self.field.applied.connect(self._apply)
        self.field.refused.connect(self._refuse)
        self.field_label = QLabel(tr("change the value"))
        self.field_label.setProperty("second", True)
        self.reason = QLabel()
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.reason.setWordWrap(True)
        self.reason.setAccessibleName(tr("Why the value is not taken"))
        self._editor = QWidget()
        editor = QGridLayout(self._editor)
        editor.setContentsMargins(0, 8, 0, 0)
        editor.setHorizontalSpacing(12)
        editor.setVerticalSpacing(4)
        editor.addWidget(self.field_label, 0, 0)
        editor.addWidget(self.field, 1, 0)
        editor.addWidget(self.reason, 2, 0)

        self._table = QWidget()
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(_BETWEEN)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self.hint = second_label()
        page = QWidget()
        column = self._column = QVBoxLayout(page)
        column.setContentsMargins(10, 8, 8, 10)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self.together)
        column.addWidget(self.formulas)
        column.addSpacing(4)
        column.addWidget(self._table)
        column.addWidget(self._editor)
        column.addWidget(self.hint)
        column.addStretch(1)
        self.pages = _Pages()
        self.pages.resized.connect(self._arrange)
        self.pages.setWidgetResizable(True)
        self.pages.setFrameShape(QFrame.Shape.NoFrame)
        self.pages.setAccessibleName(tr("Numbers of what is selected"))
        self.pages.setWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)
        self.set_theme(LIGHT)
        self.refresh(None)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.copy.setIcon(icon("copy", theme, "muted"))
        self.fold.setIcon(icon("formula", theme, "muted"))
        self.formulas.set_theme(theme)
        self.reason.setStyleSheet(f"color: {theme.warning};")

    def refresh(self, view: View | None) -> None:
        self._view = view
        self.copy.setVisible(view is not None)
        self._table.setVisible(view is not None)
        self.fold.setVisible(view is not None)
        self._show_formulas()
        if view is None:
            self._element, self.lines = None, []
            self._editor.hide()
            said(self.heading, "")
            self.heading.hide()
            said(self.hint, tr("Open a network to look at its units and weights."))
            self.hint.show()
            return
        element = view.selection
        self.heading.show()
        said(self.heading, self._title(view, element))
        self._show(text_of(view, element))
        self.hint.setVisible(element is None)
        if element is None:
            said(self.hint, {
                "network": tr("Click a node, an edge or a bias in the picture to see its numbers here; "
                              "drag an edge or a bias up or down to change it."),
                "graph": tr("Click a gate or a leaf in the picture to see its numbers here; "
                            "drag a leaf up or down to change it."),
                "surface": tr("Click the map to start there; a row of the table of gradients lets x or y be typed."),
            }[view.document.network.kind])
        self._show_field(view, element)
        self.setAccessibleDescription(
            "" if element is None else accessible_description(view.document, view.moment, element))
        self._element = element

    def apply_settings(self, settings: Settings) -> None:
        shown = settings.flag("formulas")
        if shown != self.fold.isChecked():
            self.fold.setChecked(shown)
        if shown != (self.formulas.isVisibleTo(self)):
            self._show_formulas()

    def set_picked(self, elements: tuple[Element, ...]) -> None:
        count = len(elements)
        self.together.setVisible(count > 1)
        said(self.together, tr("{count} are selected; what is done in the picture is done to all of them. This is the "
                               "last.").format(count=count) if count > 1 else "")

    def _show_formulas(self) -> None:
        """The card, where it is wanted; folded away it costs nothing."""
        shown = self.fold.isChecked()
        self.formulas.setVisible(self._view is not None and shown)
        self.formulas.show_view(self._view if shown else None)

    def set_pointed(self, quantity: Quantity | None) -> None:
        self.formulas.set_pointed(quantity)

    def _bring_into_view(self, place: QRect) -> None:
        """Scrolls to what the keyboard has come to on the card."""
        middle = place.center() + self.formulas.pos()
        room = self.pages.viewport().height()
        self.pages.ensureVisible(middle.x(), middle.y(), place.width() // 2, min(place.height() // 2 + 8, room // 2))

    @staticmethod
    def _title(view: View, element: Element | None) -> str:
        if element is None:
            return tr("The pass")
        gates = view.problem.network.gates
        if gates is not None:
            is_gate = isinstance(element, GateNode)
            name = gates.names[element.unit] if is_gate else view.problem.network.names(1)[element.unit]
            return (tr("Gate {name}") if is_gate else tr("Leaf {name}")).format(name=name)
        if isinstance(element, Unit):
            return tr("Unit {name}").format(name=view.problem.network.names(element.layer)[element.unit])
        if view.document.surface is not None:
            return tr("Variable {name}").format(name=title_of(view.document, element))
        kind = {Weight: tr("Weight {name}"), Bias: tr("Bias {name}"), Alpha: tr("Activation parameter {name}")}[
            type(element)]
        return kind.format(name=title_of(view.document, element))

    def _show(self, lines: Lines) -> None:
        """Fills the two columns; labels are made once and used again, so that a selection in them stays."""
        self.lines = lines
        lines = lines[1:] if self._view is not None and self._view.selection is not None else lines   # the heading
        while len(self._rows) < len(lines):
            what, text = second_label(), QLabel()
            what.setWordWrap(False)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setTextInteractionFlags(_SELECTABLE)
            text.setWordWrap(True)
            text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            self._grid.addWidget(what, 2 * len(self._rows), 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            self._grid.addWidget(text, 2 * len(self._rows), 1, Qt.AlignmentFlag.AlignTop)
            self._below.append(False)
            self._rows.append((what, text))
        for number, (what, text) in enumerate(self._rows):
            used = number < len(lines)
            what.setVisible(used)
            text.setVisible(used)
            if used:
                said(what, typeset(lines[number][0]))
                said(text, typeset(lines[number][1]).replace(f"^{MINUS}", f"^{MINUS}{_JOINED}"))
                if text.accessibleName() != what.text():
                    text.setAccessibleName(what.text())
        self._arrange()

    def _arrange(self) -> None:
        """Each value beside its name, or below it where it has no room there: a number is never broken or cut."""
        used = [number for number, (what, _) in enumerate(self._rows) if not what.isHidden()]
        names = max((self._rows[number][0].sizeHint().width() for number in used), default=0)
        margins = self._column.contentsMargins()
        room = self.pages.viewport().width() - margins.left() - margins.right() - names - _BETWEEN
        for number in used:
            text = self._rows[number][1]
            below = text.minimumSizeHint().width() > room
            if below != self._below[number]:
                self._below[number] = below
                place = (2 * number + 1, 0, 1, 2) if below else (2 * number, 1, 1, 1)
                self._grid.addWidget(text, *place, Qt.AlignmentFlag.AlignTop)

    def value_label(self, what: str) -> QLabel:
        """The label that shows the line called `what`; KeyError where there is none."""
        for label, text in self._rows:
            if label.text() == tr(what) and not text.isHidden():
                return text
        raise KeyError(what)

    def _show_field(self, view: View, element: Element | None) -> None:
        editable = isinstance(element, Parameter)
        self._editor.setVisible(editable)
        if isinstance(element, Parameter):
            moved = element != self._element
            self.field.show_value(value_in_force(view.moment, element), force=moved)
            self.field.setAccessibleName(tr("Value of {name}").format(name=title_of(view.document, element)))
            if moved:
                self._refuse("")
        else:
            self._refuse("")

    def _apply(self, value: float) -> None:
        if isinstance(self._element, Parameter):
            self.value_edited.emit(self._element, value)

    def _refuse(self, reason: str) -> None:
        said(self.reason, reason)
        self.reason.setVisible(bool(reason))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{what}\t{text}" for what, text in self.lines))
        self.message.emit(counted(len(self.lines), "Copied {count} line", "Copied {count} lines"))
