"""What the hand on the plane of examples holds: a tool, and the class or the number of the examples it puts down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QLabel, QToolButton, QWidget

from nnviz.engine.options import Option
from nnviz.gui.class_marks import MarkStyle, draw_mark
from nnviz.gui.fields import NumberBox, described
from nnviz.gui.flow_layout import FlowLayout
from nnviz.gui.icons import icon
from nnviz.gui.point_plane import MOST_DENSITY, TOOLS, WIDEST_BRUSH
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr, worded

Array = NDArray[np.float64]

_ICON = 16


def class_icon(theme: Theme, number: int, sides: bool, ratio: float) -> QIcon:
    """The mark of a class, as it is drawn on the plane."""
    pixmap = QPixmap(round(_ICON * ratio), round(_ICON * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_mark(painter, QRectF(0, 0, _ICON, _ICON).center(), number, sides, True, MarkStyle(theme, 5.5, ratio))
    finally:
        painter.end()
    return QIcon(pixmap)


class PlaneTools(QWidget):
    """Buttons for the tools and the classes; numbers for a target that is none, and for how one sprays."""

    tool_chosen = Signal(str)
    target_chosen = Signal()
    spray_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._classes: tuple[str, ...] = ()
        self._several = self._sides = self._numbers = False
        self.tools, self.classes = QButtonGroup(self), QButtonGroup(self)
        self.tool_buttons: dict[str, QToolButton] = {}
        self.class_buttons: list[QToolButton] = []
        self._flow = FlowLayout(self)
        self._others: list[QWidget] = []         # that do not belong to the plane
        self._leading = 0
        self._planar, self._rows = True, True
        self._parts: tuple[str, ...] = ("plane", "table", "sliders")
        for tool in TOOLS.values():
            button = self._button(f"{tr(tool.text)} ({tool.key})", tr(tool.help))
            button.clicked.connect(lambda _checked=False, name=tool.name: self.tool_chosen.emit(name))
            self.tools.addButton(button)
            self.tool_buttons[tool.name] = button
            self._flow.addWidget(button)
        self.number_label = QLabel()
        self.number = NumberBox(Option(0.0), "")
        worded(self, self._name_number)
        self.number_label.setBuddy(self.number)
        self.test = QCheckBox(tr("to test on"))
        described(self.test, tr("Put down examples to test on"),
                  tr("Examples that are put down are kept for testing: rings, which are never trained on"))
        self.radius = NumberBox(Option(24, 4, WIDEST_BRUSH, whole=True), tr("Radius of the spray"),
                                tr("How far around the pointer examples are sprayed, in pixels"))
        self.density = NumberBox(Option(4, 1, MOST_DENSITY, whole=True), tr("Density of the spray"),
                                 tr("Examples in each puff of the spray"))
        self._spray = QWidget()
        spray = QHBoxLayout(self._spray)
        spray.setContentsMargins(4, 0, 0, 0)
        spray.setSpacing(6)
        for text, box, unit in ((tr("Radius"), self.radius, tr("pixels")), (tr("Density"), self.density, tr("a puff"))):
            label, behind = QLabel(text), QLabel(unit)
            label.setBuddy(box)
            behind.setProperty("second", True)
            for part in (label, box, behind):
                spray.addWidget(part)
        others: tuple[QWidget, ...] = (self.number_label, self.number, self.test, self._spray)
        for other in others:
            self._flow.addWidget(other)
        for box in (self.number, self.radius, self.density):
            described(box.lineEdit(), box.name, box.tip)
        self.number.value_chosen.connect(self._number_chosen)
        for box in (self.radius, self.density):
            box.value_chosen.connect(lambda _value: self.spray_changed.emit())
        self.set_tool("add")

    def add(self, widget: QWidget) -> None:
        """Puts something else behind what belongs to the plane."""
        self._flow.addWidget(widget)
        self._others.append(widget)

    def lead(self, widget: QWidget) -> None:
        """Puts something before all others."""
        self._flow.insert(0, widget)
        self._leading += 1

    def _button(self, name: str, tip: str) -> QToolButton:
        button = described(QToolButton(), name, tip)
        button.setCheckable(True)
        button.setProperty("choice", True)
        button.setIconSize(QSize(_ICON + 2, _ICON + 2))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for tool in TOOLS.values():
            self.tool_buttons[tool.name].setIcon(icon(tool.icon, theme))
        for number, button in enumerate(self.class_buttons):
            button.setIcon(class_icon(theme, number, self._sides, self.devicePixelRatioF()))

    def set_planar(self, planar: bool, rows: bool) -> None:
        """Where there is no plane there are no tools for it; the class is that of new rows, where there can be any."""
        self._planar, self._rows = planar, rows
        self._show()

    def set_parts(self, parts: tuple[str, ...]) -> None:
        """Shows only what belongs to some parts of the data, the plane, the table or the sliders."""
        if parts != self._parts:
            self._parts = parts
            self._show()

    def _show(self) -> None:
        plane, table = self._planar and "plane" in self._parts, "table" in self._parts
        for button in self.class_buttons:
            button.setVisible(plane or (self._rows and table))
        for button in self.tool_buttons.values():
            button.setVisible(plane)
        self.test.setVisible(plane)
        self._spray.setVisible(plane and self.tool_buttons["spray"].isChecked())
        self.number.setVisible(self._numbers and (plane or table))
        self.number_label.setVisible(not self.number.isHidden())
        for other in self._others:
            other.setVisible(table)

    def set_tool(self, name: str) -> None:
        """Shows which tool is in the hand."""
        self.tool_buttons[name].setChecked(True)
        self._show()

    def _name_number(self) -> None:
        self.number_label.setText(tr("‹Target›"))
        self.number.name = tr("‹Target›")
        self.number.set_tip(tr("The number wanted for the examples that are put down"))
        self.number.lineEdit().setAccessibleName(self.number.name)

    def show_targets(self, classes: Sequence[str], sides: bool, numbers: bool, several: bool = False) -> None:
        """Offers these classes (none: there are none), and with `numbers` any number.

        With `sides` they are the no and the yes of one output; with `several` an example may be of none of them, or of
        more than one.
        """
        self._several = several
        self.classes.setExclusive(not several)
        self._numbers = numbers
        self._show()
        if (tuple(classes), sides) == (self._classes, self._sides):
            return
        chosen = self.class_chosen()
        self._classes, self._sides = tuple(classes), sides
        for button in self.class_buttons:
            self.classes.removeButton(button)
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.class_buttons = []
        for number, name in enumerate(classes):
            key = tr("; key {key}").format(key=number + 1) if number < 9 else ""
            tip = tr("Put down examples of class {name}{key}").format(name=name, key=key)
            button = self._button(tr("Class {name}").format(name=name), tip)
            button.setText(name if len(name) <= 12 else name[:11] + "…")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon if not several
                                      else Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setIcon(class_icon(self._theme, number, self._sides, self.devicePixelRatioF()))
            button.clicked.connect(lambda checked=False, number=number: self._class_clicked(number, checked))
            self.classes.addButton(button, number)
            self._flow.insert(self._leading + len(TOOLS) + number, button)
            self.class_buttons.append(button)
        self._show()
        if self.class_buttons:
            self.class_buttons[chosen if 0 <= chosen < len(classes) else 0].setChecked(True)

    def class_chosen(self) -> int:
        """The class of the examples that are put down; -1 where their target is a number."""
        return self.classes.checkedId()

    def choose_class(self, number: int) -> None:
        """Takes a class, where there is such."""
        if 0 <= number < len(self.class_buttons):
            self.class_buttons[number].setChecked(not (self._several and self.class_buttons[number].isChecked()))
            if self._numbers:
                self.number.set_value(number)
            self.target_chosen.emit()

    def _class_clicked(self, number: int, checked: bool) -> None:
        """The button is as it should be already."""
        if self._numbers:
            self.number.set_value(number)
        self.target_chosen.emit()

    def target(self, outputs: int) -> Array:
        """The target (outputs,) of the examples that are put down."""
        if self._several:
            return np.array([float(button.isChecked()) for button in self.class_buttons])
        chosen = self.class_chosen()
        if chosen < 0:
            return np.full(outputs, float(self.number.value() or 0.0))
        return np.eye(outputs)[chosen] if outputs > 1 else np.array([float(chosen)])

    def _number_chosen(self, value: float) -> None:
        """A number that is a class is that class; any other is none."""
        self.classes.setExclusive(False)      # or one of them would have to stay checked
        for number, button in enumerate(self.class_buttons):
            button.setChecked(value == number)
        self.classes.setExclusive(True)
        self.target_chosen.emit()
