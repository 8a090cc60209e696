"""The picture of a network under the hand that changes it: units are moved, picked, caught in a band, values turned.

It only asks for what is to be changed; whoever listens changes the network, as one undoable edit each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from nnviz.gui.columns import ColumnLayout
from nnviz.gui.drawing import Drawing
from nnviz.gui.ink import mix
from nnviz.gui.layer_heads import HeadPlace, head_places, layer_near, lined_at, title_places
from nnviz.gui.name_editor import NameEditor
from nnviz.gui.network_view import NetworkView, Place
from nnviz.gui.pointing import element_at_number, element_number, exists
from nnviz.gui.scene import Interaction
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.turning import Turning
from nnviz.gui.unit_gestures import Band, Pick, UnitDrag
from nnviz.gui.unit_places import FIXED, kept_inside, place_at
from nnviz.report.elements import Element, Unit

Places = dict[tuple[int, int], tuple[float, float]]
STRIDE, LITTLE = 12.0, 2.0        # pixels that a key moves a unit by

TURN_HINT = "Ctrl and the wheel turn it, Up and Down once it is selected"
UNIT_HINT = "Drag to move it; right click for more"


class NetworkEditor(NetworkView):
    """Units with their outputs, and their weights: wide where large, + or − by sign, coloured by the gradient's size.

    Point at anything for its numbers, click it for the inspector; Ctrl and a click select one thing more, Shift and a
    drag on the background everything in a rectangle. Drag an edge or a bias up or down to change it, or turn it with
    Ctrl and the wheel; drag a unit to another place. A right click, or the menu key, offers what can be done with it.
    The wheel zooms, dragging the background moves the picture; Alt and the arrow keys go through everything in it. A
    double click on a unit, or Enter, opens it as a graph of gates.

    Where a layer has more weights than can be told apart, a ribbon stands for all those into a unit, or the strongest
    are drawn, and below them a matrix in which each is a pixel. Click a unit to see where its strongest weights come
    from: then each pixel of an input image leads to its weight. The arrows beside a layer's title, a double click on it
    or Ctrl+J fold the layer into one narrow bar, and unfold it; what is folded is saved with the network.

    Units of a network with two inputs show what they put out over the whole plane, orange above the middle and blue
    below it. On the decision surface lie the examples, filled for training and hollow for test; the unit under the
    pointer has its map there instead. A click on the surface runs that point through the network.
    """

    picked = Signal(object)                    # an element that is to be selected besides the others, or no longer
    caught = Signal(object, bool)              # elements in a band; whether besides what is selected already
    places_chosen = Signal(object, str)        # where units stand from now on, by (layer, unit); what that is called
    menu_requested = Signal(object, QPoint)    # Element | None, and where on the screen
    layer_menu_requested = Signal(int, object)   # a layer whose title was clicked, place on the screen
    renamed = Signal(object, str)              # a Unit, its new name
    value_typed = Signal(object, float)        # a parameter, its new value
    mistyped = Signal(object, str)             # an element, what is wrong with its new name or value; "": no longer
    refused = Signal(str)                      # why a gesture does nothing

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._picked: tuple[Element, ...] = ()
        self._told_head = False                         # a button at a head is described, not what is selected
        self._near: frozenset[int] = frozenset()        # layers whose buttons are seen
        super().__init__(theme, parent)
        self._band: QRectF | None = None
        self._carried: dict[Unit, tuple[float, float]] = {}      # units in the hand, and where each was, in the layout
        self._carried_to: Places = {}
        self._places_before: Places = {}
        self._adds = False                     # a band is drawn with Ctrl: what is selected stays so
        self.turning = Turning(self, self)
        self.name_editor = NameEditor(self)
        self.name_editor.named.connect(self.renamed)
        self.name_editor.valued.connect(self.value_typed)
        self.name_editor.mistyped.connect(self.mistyped)
        self.name_editor.passed.connect(self._edit_next)

    # ── what is selected ─────────────────────────────────────────────────────────────────────────────────────
    def set_picked(self, elements: tuple[Element, ...]) -> None:
        """All that is selected, from outside; emits nothing."""
        if elements != self._picked:
            self._picked = elements
            self._tell_accessibly()
            self.update()

    def click(self, element: Element | None) -> None:
        self._picked = () if element is None else (element,)
        super().click(element)

    def pick(self, element: Element) -> None:
        self.picked.emit(element)

    def set_drawing(self, drawing: Drawing | None) -> None:
        self.name_editor.close_if_moved(self._drawing, drawing)
        if drawing is not None and self._carried:       # training may go on under the hand
            drawing = replace(drawing, places={**drawing.places, **self._carried_to})
        super().set_drawing(drawing)
        if drawing is None:
            self._picked, self._carried = (), {}

    def _interaction(self) -> Interaction:
        drawing = self._drawing
        picked = frozenset(element for element in self._picked if drawing is not None and exists(drawing, element))
        by_key = {self._selected.layer} if self._keyboard_here and self._selected is not None else set()
        return replace(super()._interaction(), picked=picked, near=self._near | by_key)

    def _tell_accessibly(self) -> None:
        super()._tell_accessibly()
        if len(self._picked) > 1:
            several = tr("{count} elements selected").format(count=len(self._picked))
            self._describe(f"{several}. {self.accessibleDescription()}")

    # ── units in the hand ────────────────────────────────────────────────────────────────────────────────────
    def why_fixed(self, unit: Unit) -> str:
        """Why a unit cannot be moved, as a sentence; "" where it can."""
        if self._drawing is None:
            return ""
        shape = self._arranged().columns[unit.layer].shape
        return tr(FIXED[shape]) if shape in FIXED else ""

    def _moving_with(self, unit: Unit) -> list[Unit]:
        """The units that are moved when `unit` is: all that are selected, if it is one of them."""
        units = [element for element in self._picked if isinstance(element, Unit) and not self.why_fixed(element)]
        return units if unit in units else [unit]

    def _take(self, units: Iterable[Unit]) -> None:
        layout = self._arranged()
        self._places_before = {} if self._drawing is None else dict(self._drawing.places)
        self._carried = {unit: (float(x), float(y)) for unit in units
                         for x, y in [layout.columns[unit.layer].centres[unit.unit]]}

    def _column(self, unit: Unit) -> ColumnLayout:
        return self._arranged().columns[unit.layer]

    def units_moved(self, unit: Unit, dx: float, dy: float) -> None:
        """The hand has carried `unit`, and what is selected with it, so many pixels from where they were."""
        if self._drawing is None:
            return
        if not self._carried:
            self._take(self._moving_with(unit))
        layout, zoom = self._arranged(), self._transform.zoom
        self._carried_to = {
            (one.layer, one.unit): place_at(layout, *kept_inside(layout, one.layer, x + dx / zoom, y + dy / zoom))
            for one, (x, y) in self._carried.items()}
        self._show_places({**self._drawing.places, **self._carried_to})

    def units_dropped(self, unit: Unit) -> None:
        """The hand lets go: one edit."""
        if self._drawing is None or not self._carried:
            return
        drawing, count = self._drawing, len(self._carried)
        label = tr("{name} moved").format(name=drawing.columns[unit.layer].names[unit.unit]) if count == 1 else (
            tr("{count} units moved").format(count=count))
        self._carried = {}
        self.places_chosen.emit(dict(drawing.places), label)

    def units_let_go(self) -> None:
        """Esc: everything stands where it stood."""
        if self._drawing is None:
            return
        self._carried = {}
        self._show_places(self._places_before)

    def _show_places(self, places: Mapping[tuple[int, int], tuple[float, float]]) -> None:
        assert self._drawing is not None
        self._drawing = replace(self._drawing, places=dict(places))
        self._forget_edges()

    def _nudge(self, across: float, down: float, by: float) -> None:
        """A key moves the selected units by `by` pixels."""
        unit = self._selected
        if not isinstance(unit, Unit):
            self.refused.emit(tr("Select a unit first: the keys move it then."))
        elif reason := self.why_fixed(unit):
            self.refused.emit(reason)
        else:
            self.units_moved(unit, across * by, down * by)
            self.units_dropped(unit)

    # ── a band around several ────────────────────────────────────────────────────────────────────────────────
    def band_drawn(self, band: QRectF | None) -> None:
        self._band = band
        self.update()

    def band_closed(self, band: QRectF) -> None:
        """Units whose centre is in the band are selected; where there are none, weights and biases."""
        self.caught.emit(self.elements_in(band), self._adds)

    def elements_in(self, band: QRectF) -> tuple[Element, ...]:
        """The units in a rectangle of the widget; where there are none, the biases, and the edges wholly in it."""
        if self._drawing is None:
            return ()
        layout, drawing = self._arranged(), self._drawing
        left, top = self._transform.inverse(band.left(), band.top())
        right, bottom = self._transform.inverse(band.right(), band.bottom())

        def inside(x: float, y: float) -> bool:
            return left <= x <= right and top <= y <= bottom

        units: list[Element] = [
            Unit(number, unit) for number, column in enumerate(layout.columns)
            for unit, (x, y) in enumerate(column.centres.tolist()) if inside(x, y)]
        if units:
            return tuple(units)
        found: list[Element] = [
            drawing.connections[k].bias_element(k + 1, place) for k, biases in enumerate(layout.biases)
            if biases is not None for place, (x, y) in enumerate(biases.centres.tolist()) if inside(x, y)]
        for edges in self._arrangement.edges:
            connections = drawing.connections[edges.layer - 1]
            middles = (edges.lines[:, :2] + edges.lines[:, 2:]) / 2
            found += [connections.weight(edges.layer, net, source) for net, source, (x, y) in
                      zip(edges.units.tolist(), edges.sources.tolist(), middles.tolist(), strict=True) if inside(x, y)]
        return tuple(found)

    def select_layer(self) -> None:
        """All units of the layer of what is selected, or of the first hidden layer."""
        if self._drawing is None:
            return
        layer = self._selected.layer if self._selected is not None else min(1, len(self._drawing.columns) - 1)
        count = len(self._drawing.columns[layer].names)
        self.caught.emit(tuple(Unit(layer, unit) for unit in range(count)), False)

    def column_range(self) -> tuple[float, float]:
        """Where the first and the last column stand, in shares of the picture's width."""
        if self._drawing is None:
            return 0.0, 1.0
        layout = self._arranged()
        return layout.columns[0].x / layout.width, layout.columns[-1].x / layout.width

    def head_point(self, layer: int) -> QPoint:
        """Where on the screen the menu of a layer opens: at its head."""
        if self._drawing is None:
            return self.mapToGlobal(QPoint())
        place = self._arranged().columns[layer]
        return self.mapToGlobal(QPointF(*self._transform.point(place.x, place.title_y)).toPoint())

    # ── names and values, typed ──────────────────────────────────────────────────────────────────────────────
    def edit_selected(self) -> None:
        """A line over the selected unit for its name, or over a weight or bias for its value."""
        element = self._selected
        if element is None or self._drawing is None:
            self.refused.emit(tr("Select a unit, a weight or a bias first."))
        elif isinstance(element, Unit):
            self.name_editor.edit_name(element, self._drawing.columns[element.layer].names[element.unit],
                                       self._box_of(element))
        elif (value := self._value_of(element)) is not None:
            self.name_editor.edit_value(element, value, self._box_of(element))

    def _edit_next(self, element: Element, way: int) -> None:
        """On to the next unit of the layer, or to the next weight or bias of the walk."""
        drawing = self._drawing
        if drawing is None or not exists(drawing, element):
            return
        if isinstance(element, Unit):
            self.click(Unit(element.layer, (element.unit + way) % len(drawing.columns[element.layer].names)))
        else:
            number = element_number(drawing, element) + way
            while isinstance(element_at_number(drawing, number), Unit):
                number += way
            self.click(element_at_number(drawing, number))
        self.edit_selected()

    def _box_of(self, element: Element) -> QRectF:
        point, wide, high = self.point_of(element), 40.0, 12.0
        if isinstance(element, Unit):
            column = self._column(element)
            wide, high = column.half_width * self.zoom, column.half_height * self.zoom
        return QRectF(point.x() - wide, point.y() - high, 2 * wide, 2 * high)

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._gesture is not None:
            super().mousePressEvent(event)
            return
        at, modifiers = event.position(), event.modifiers()
        if self.head_at(at) is not None or self.spot_at(at) is not None:
            super().mousePressEvent(event)
            return
        element = self.element_at(at)
        self._adds = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if element is None and modifiers & Qt.KeyboardModifier.ShiftModifier:
            QToolTip.hideText()
            self._begin(Band(self), at, Qt.CursorShape.CrossCursor)
        elif element is not None and self._adds:
            QToolTip.hideText()
            self._begin(Pick(self, element), at)
        elif isinstance(element, Unit) and not self.why_fixed(element):
            QToolTip.hideText()
            self._begin(UnitDrag(self, element), at)
        else:
            if isinstance(element, Unit) and modifiers & Qt.KeyboardModifier.AltModifier:
                self.refused.emit(self.why_fixed(element))
            super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with what is under the pointer; by key, with what is selected."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._menu_by_key()
        elif self._gesture is None:
            at = QPointF(event.pos())
            element = self.element_at(at)
            layer = self.titled_at(at) if element is None else None
            if layer is None:
                self.menu_requested.emit(element, event.globalPos())
            else:
                self.layer_menu_requested.emit(layer, event.globalPos())

    def _menu_by_key(self) -> None:
        if self._selected is None:
            middle = QPoint(self.width() // 2, self.height() // 2)
            self.menu_requested.emit(None, self.mapToGlobal(middle))
        else:
            self.menu_requested.emit(self._selected, self.mapToGlobal(self.point_of(self._selected).toPoint()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl over a weight or bias the wheel turns its value; else it zooms."""
        element = self.turning.element or self.element_at(event.position())
        value = self._value_of(element)
        delta = event.angleDelta().y() or event.angleDelta().x()
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier or element is None or value is None:
            self.turning.settle()
            super().wheelEvent(event)
            return
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.turning.turn(element, value, delta / 120.0, fine)
        event.accept()

    def _turn_selected(self, notches: float, fine: bool) -> bool:
        value = self._value_of(self._selected)
        if self._selected is None or value is None:
            return False
        self.turning.turn(self._selected, value, notches, fine)
        return True

    def _hint_of(self, found: Element | Place) -> str:
        hint = super()._hint_of(found)
        if isinstance(found, Place):
            return hint
        if isinstance(found, Unit):
            return "" if self.why_fixed(found) else tr(UNIT_HINT)
        return f"{hint}\n{tr(TURN_HINT)}" if hint else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = (event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier, Qt.Key(event.key()))
        if self._gesture is None and key in _TURNS and self._turn_selected(*_TURNS[key]):
            return
        action = _KEYS.get(key)
        if self._gesture is None and action is not None:
            action(self)
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.turning.settle()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.turning.settle()
        self.name_editor.give_up()
        super().hideEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._drawing is not None and self._gesture is None:
            self._come_near(self._layer_at_hand(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._come_near(None)
        super().leaveEvent(event)

    def _layer_at_hand(self, position: QPointF) -> int:
        """The layer in whose part of the picture the hand is; on its way along a title's buttons, that title's."""
        assert self._drawing is not None
        layout, transform = self._arranged(), self._transform
        titles = title_places(self._drawing, layout, transform)
        places = head_places(self._drawing, layout, transform, titles)
        # the buttons may reach beyond the middle to the next layer: they stay while the hand comes to them
        lined = lined_at(titles, places, layout.em, position.x(), position.y())
        return layer_near(layout, transform, position.x()) if lined is None else lined

    def _come_near(self, layer: int | None) -> None:
        """The buttons at the head of the layer that the hand is at are seen; of the one the keyboard is at, always."""
        near = frozenset() if layer is None else frozenset({layer})
        if near != self._near:
            self._near = near
            self.update()

    def _tell_hovered(self, found: Element | Place | None) -> None:
        super()._tell_hovered(found)
        if isinstance(found, HeadPlace):
            self._told_head = True
            self._describe(self._tip_of(found))
        elif self._told_head:
            self._told_head = False
            self._tell_accessibly()

    # ── painting ─────────────────────────────────────────────────────────────────────────────────────────────
    def _paint(self, painter: QPainter, size: QSize, ratio: float) -> None:
        super()._paint(painter, size, ratio)
        if self._band is not None:
            veil = QColor(self._theme.accent)
            veil.setAlpha(36)
            painter.setBrush(veil)
            painter.setPen(QPen(mix(self._theme.canvas, self._theme.accent, 0.8), 1.0))
            painter.drawRect(self._band)


_NONE, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_CONTROL, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_UP, _DOWN = Qt.Key.Key_Up, Qt.Key.Key_Down
_TURNS: Mapping[tuple[Qt.KeyboardModifier, Qt.Key], tuple[float, bool]] = {
    (_NONE, _UP): (1.0, False), (_NONE, _DOWN): (-1.0, False),
    (_SHIFT, _UP): (1.0, True), (_SHIFT, _DOWN): (-1.0, True),
}
_WAYS = {_UP: (0.0, -1.0), _DOWN: (0.0, 1.0), Qt.Key.Key_Left: (-1.0, 0.0), Qt.Key.Key_Right: (1.0, 0.0)}
_KEYS: dict[tuple[Qt.KeyboardModifier, Qt.Key], Callable[[NetworkEditor], None]] = {
    **{(_SHIFT, key): partial(lambda across, down, view: view._nudge(across, down, STRIDE), *way)
       for key, way in _WAYS.items()},
    **{(_SHIFT | _ALT, key): partial(lambda across, down, view: view._nudge(across, down, LITTLE), *way)
       for key, way in _WAYS.items()},
    (_SHIFT, Qt.Key.Key_F10): NetworkEditor._menu_by_key,
    (_NONE, Qt.Key.Key_Menu): NetworkEditor._menu_by_key,
}
