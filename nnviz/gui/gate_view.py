"""A graph of gates on screen: it can be pointed at, zoomed, moved, walked along its wires, and its leaves changed.

The view reads a `GateReading` and emits requests; it never changes anything itself.  An opened unit of a network is
shown by the same view, to be read only.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip, QWidget

from nnviz.gui.gate_canvas import GateCanvas
from nnviz.gui.gate_drawing import GateDrawing
from nnviz.gui.gestures import DRAG_HINTS, Pan, WeightDrag
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.value_editor import ValueEditor
from nnviz.report.elements import Alpha, Bias, Element, Parameter, Weight
from nnviz.report.gate_text import accessible_node, describe_node
from nnviz.report.gates import GateReading
from nnviz.report.numbers import typeset

READABLE = 11.0                   # pixels an em is zoomed to at most, to show what the keyboard has come to
STARTS_A_NUMBER = frozenset("0123456789.-−+")


class GateView(GateCanvas):
    """Gates from left to right: above every wire its value, below it its gradient, on every gate its local gradients.

    Point at a gate or a leaf for all its numbers and for what it does to a gradient; click it for the inspector. Drag
    a leaf up or down to change its value, or double click it to type one. The arrow keys follow the wires.
    """

    hovered = Signal(object)                   # Element | None
    selected = Signal(object)                  # Element | None
    node_hovered = Signal(object)              # the place of a node in the formula, or None
    node_selected = Signal(object)
    refused = Signal(str)                      # why what was typed is no value; "" when it is

    def __init__(self, theme: Theme, parent: QWidget | None = None, read_only: bool = False) -> None:
        super().__init__(theme, parent)
        self.describe: Callable[[int], str] | None = None      # what the tooltip of a node tells, plain text
        self.read_only = read_only
        self._pressed: int | None = None
        self._came_from: int | None = None     # the gate whose input was walked to
        self.editor = ValueEditor(self)
        self.editor.hide()
        self.editor.value_chosen.connect(self._typed)
        self.editor.refused.connect(self.refused)
        self.editor.left.connect(self._stop_editing)
        self._edited: int | None = None
        self.setAccessibleName(tr("Picture of the computation graph"))
        self._tell_accessibly()

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────────
    @property
    def selected_node(self) -> int | None:
        return self._selected

    def set_reading(self, reading: GateReading | None, caption: str = "") -> None:
        """Show a graph at a moment; None leaves the canvas empty."""
        self.set_drawing(None if reading is None else GateDrawing(reading, caption))

    def set_drawing(self, drawing: GateDrawing | None) -> None:
        """Show `drawing`; another formula is fitted to the view, another moment of the same leaves it as it is."""
        before, self._drawing = self._drawing, drawing
        if drawing is None or before is None or before.reading.expression != drawing.reading.expression:
            self._start_over(before, drawing)
        elif drawing.reading.active is not None and drawing.reading.active != before.reading.active:
            self._bring_into_view(drawing.reading.active)
        self._tell_accessibly()
        self._repaint()

    def _start_over(self, before: GateDrawing | None, drawing: GateDrawing | None) -> None:
        """Another formula: what was pointed at is gone, unless the same element is in this one, too."""
        element = None
        if before is not None and self._selected is not None:
            element = before.reading.elements[self._selected]
        self._gesture, self._came_from = None, None
        self._stop_editing()
        if self._hovered is not None:
            self._hovered = None
            self.node_hovered.emit(None)
            self.hovered.emit(None)
        selected = None if drawing is None or element is None else self._node_of(element)
        if selected != self._selected:
            self._selected = selected
            self.node_selected.emit(selected)
            if selected is None:
                self.selected.emit(None)
        self.zoom_fit()

    def set_selected(self, element: Element | None) -> None:
        """Select the node of `element` from outside (the inspector, a table); emits nothing."""
        reading = self.reading
        if reading is None or (element is None and self._selected is not None
                               and reading.elements[self._selected] is None):
            return         # what is selected here has no name outside
        self._selected = None if element is None else self._node_of(element)
        self._tell_accessibly()
        self.update()

    def _node_of(self, element: Element) -> int | None:
        reading = self.reading
        return reading.elements.index(element) if reading is not None and element in reading.elements else None

    def _element_of(self, node: int | None) -> Element | None:
        reading = self.reading
        return None if reading is None or node is None else reading.elements[node]

    def value_of(self, node: int | None) -> tuple[Parameter, float] | None:
        """What can be changed at `node`, and its value now; None where nothing can."""
        reading, element = self.reading, self._element_of(node)
        if self.read_only or reading is None or node is None or not isinstance(element, Weight | Bias | Alpha):
            return None
        return None if reading.is_gate(node) else (element, float(reading.values[node]))

    # ── what gestures do ─────────────────────────────────────────────────────────────────────────────────────
    def click(self, element: Element | None) -> None:
        """Select what was pressed, and say so."""
        self.select_node(self._pressed)

    def select_node(self, node: int | None) -> None:
        """Select a gate or leaf (None: nothing), and say so."""
        self._selected = node
        self._tell_accessibly()
        self.update()
        self.node_selected.emit(node)
        self.selected.emit(self._element_of(node))

    # ── walking along the wires ──────────────────────────────────────────────────────────────────────────────
    def walk(self, direction: Qt.Key) -> None:
        """Left goes to a gate's first input, Right to where a value goes; Up and Down to the other inputs, or to the
        neighbours in the same column."""
        if self._drawing is None:
            return
        layout, here = self.layout_now(), self._selected
        if here is None or layout.mark(here) is None:
            self._arrive(len(self._drawing.reading.expression.nodes) - 1)
            return
        if direction == Qt.Key.Key_Left:
            inputs = layout.inputs_of(here)
            if inputs:
                self._arrive(inputs[0].source, here)
        elif direction == Qt.Key.Key_Right:
            uses = [wire.target for wire in layout.uses_of(here)]
            if uses:
                self._arrive(self._came_from if self._came_from in uses else uses[0])
        else:
            self._go_beside(here, -1 if direction == Qt.Key.Key_Up else 1)

    def _go_beside(self, here: int, by: int) -> None:
        layout = self.layout_now()
        if self._came_from is not None:
            sources = [wire.source for wire in layout.inputs_of(self._came_from)]
            place = sources.index(here) + by if here in sources else -1
            if 0 <= place < len(sources) and sources[place] != here:
                self._arrive(sources[place], self._came_from)
                return
        own = self._mark(here)
        column = sorted((mark for mark in layout.marks if mark.column == own.column), key=lambda mark: mark.y)
        place = [mark.node for mark in column].index(here) + by
        if 0 <= place < len(column):
            self._arrive(column[place].node)

    def walk_all(self, by: int) -> None:
        """To the next gate or leaf in the order of the way forward, or the one before; round and round."""
        if self._drawing is None:
            return
        nodes = [mark.node for mark in self.layout_now().marks]
        here = nodes.index(self._selected) if self._selected in nodes else (-1 if by > 0 else 0)
        self._arrive(nodes[(here + by) % len(nodes)])

    def _arrive(self, node: int, came_from: int | None = None) -> None:
        self._came_from = came_from
        self.select_node(node)
        if self.placing().em < READABLE and self._keyboard_here:
            self._magnify(node)
        self._bring_into_view(node)

    def _magnify(self, node: int) -> None:
        """Text that is too small to be read is made larger around what the keyboard has come to."""
        at = self.point_of(node)
        if self.placing().em < 0.6 * READABLE:
            self.zoom_by(READABLE / self.placing().em, at)

    # ── changing a value ─────────────────────────────────────────────────────────────────────────────────────
    def edit_value(self, node: int | None, typed: str = "") -> None:
        """A field over the leaf's value; `typed` is what was typed already, instead of the value."""
        found = self.value_of(node)
        if found is None or node is None:
            return
        self._edited = node
        if node != self._selected:
            self.select_node(node)
        self.editor.begin(found[1], self._name_of(node), typed)
        self._place_editor()

    def _name_of(self, node: int) -> str:
        return self._mark(node).sign

    def _place_editor(self) -> None:
        if self._edited is None or self._drawing is None:
            return
        mark, placing = self._mark(self._edited), self.placing()
        x, y = placing.point(mark.right + 0.2, mark.y)
        size = self.editor.sizeHint()
        left = min(max(2, round(x)), max(2, self.width() - size.width() - 2))
        top = min(max(2, round(y - size.height() / 2)), max(2, self.height() - size.height() - 2))
        self.editor.setGeometry(left, top, size.width(), size.height())

    def _typed(self, value: float) -> None:
        found = self.value_of(self._edited)
        self._stop_editing()
        if found is not None and value != found[1]:
            self.weight_dropped.emit(found[0], value)

    def _stop_editing(self) -> None:
        had_keyboard = self.editor.hasFocus()
        self._edited = None
        self.editor.hide()
        if had_keyboard:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────
    def _moved(self) -> None:
        self._place_editor()
        super()._moved()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) or self._gesture is not None:
            return
        QToolTip.hideText()
        at = event.position()
        self._pressed = self.node_at(at) if event.button() == Qt.MouseButton.LeftButton else None
        found = self.value_of(self._pressed)
        if found is not None and math.isfinite(found[1]):
            self._begin(WeightDrag(self, *found), at, Qt.CursorShape.SizeVerCursor)
        else:
            self._begin(Pan(self, self._element_of(self._pressed)), at)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.value_of(self.node_at(event.position())) is not None:
            self._gesture = None
            self.edit_value(self.node_at(event.position()))
        else:
            self.mousePressEvent(event)

    def _at(self, position: QPointF) -> int | None:
        return self.node_at(position)

    def _tell_hovered(self, found: int | None) -> None:
        self.node_hovered.emit(found)
        self.hovered.emit(self._element_of(found))

    def _cursor_over(self, node: int | None) -> Qt.CursorShape:
        if node is None:
            return Qt.CursorShape.ArrowCursor
        return Qt.CursorShape.PointingHandCursor if self.value_of(node) is None else Qt.CursorShape.SizeVerCursor

    def tip_of(self, node: int) -> str:
        """What the tooltip of a node says, plain text."""
        reading = self.reading
        if self.describe is not None:
            return self.describe(node)
        return "" if reading is None else typeset(describe_node(reading, node))

    def _tip_of(self, found: int) -> str:
        return self.tip_of(found)

    def _hint_of(self, found: int) -> str:
        return f"{tr(DRAG_HINTS[False])}. {tr('Double click to type a value')}" if self.value_of(found) else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain = modifiers == Qt.KeyboardModifier.NoModifier
        if key in _ARROWS and (plain or modifiers == Qt.KeyboardModifier.AltModifier):
            self._keyboard_here = True
            if plain:
                self.walk(key)
            else:
                self.walk_all(_ARROWS[key])
        elif plain and key in _EDITS and self.value_of(self._selected) is not None:
            self.edit_value(self._selected)
        elif event.text()[:1] in STARTS_A_NUMBER and event.text() and not modifiers & ~_SHIFT and (
                self.value_of(self._selected) is not None):
            self.edit_value(self._selected, event.text())
        elif plain and key == Qt.Key.Key_Escape and self._gesture is None and self._selected is not None:
            self.select_node(None)
        else:
            super().keyPressEvent(event)

    def _tell_accessibly(self) -> None:
        """Say what is selected to whoever cannot see it."""
        reading = self.reading
        text = tr("No computation graph is open")
        if self._drawing is not None and reading is not None:
            text = self._drawing.caption
            if self._selected is not None:
                text = accessible_node(reading, self._selected)
        self._describe(text)


_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_EDITS = (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_SHIFT = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
