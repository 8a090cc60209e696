"""The network on screen: it can be pointed at, zoomed, panned, walked through by keyboard, and its weights dragged.

The view reads a `Drawing` and emits requests; it never changes a network itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QToolTip, QWidget

from nnviz.gui.arrangement import Arrangement
from nnviz.gui.canvas import Canvas
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.detail import EVERY_EDGE
from nnviz.gui.drawing import Connections, Drawing
from nnviz.gui.folded_marks import BandPlace, band_at, band_text
from nnviz.gui.gestures import DRAG_HINTS, Pan, SpotDrag, WeightDrag
from nnviz.gui.layer_heads import HeadPlace, can_fold, head_at, head_places, title_places, titled_at
from nnviz.gui.layout import NetworkLayout
from nnviz.gui.legend import ColourBarPlace, colour_bar_place
from nnviz.gui.picture import Interaction, NetworkPainter, PictureOptions, Shown, Transform, paint_network
from nnviz.gui.picture_layers import PictureLayers
from nnviz.gui.plane_layout import PlaneSpot
from nnviz.gui.pointing import element_at_number, element_count, element_number, exists
from nnviz.gui.scene import Trail
from nnviz.gui.selection_boxes import boxes_of
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.elements import Alpha, Bias, Element, Unit, Weight

REACH = 6.0                       # pixels within which an edge can be hit
Place = HeadPlace | PlaneSpot | BandPlace      # what can be pointed at without being an element of the network


class NetworkView(Canvas):
    """Units with their outputs, and their weights: wide where large, + or − by sign, coloured by the gradient's size.

    Point at anything for its numbers, click it for the inspector, drag an edge or a bias up or down to change it. The
    wheel zooms, dragging the background moves the picture; Alt and the arrow keys go through everything in it. A double
    click on a unit, or Enter, opens it as a graph of gates.
    """

    hovered = Signal(object)                   # Element | None
    selected = Signal(object)                  # Element | None
    opened = Signal(object)                    # a Unit that somebody wants to look into
    head_clicked = Signal(int, str)            # layer, name of the button at its title
    plane_clicked = Signal(float, float)       # the inputs at a point of the decision surface, as the data set has them
    colour_scale_changed = Signal(object)      # ColourScale, or None while the colours do not mean gradients

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.describe: Callable[[Element], str] | None = None      # what the tooltip of an element tells, plain text
        self.describe_point: Callable[[float, float], str] | None = None    # and that of a point of the plane
        self._drawing: Drawing | None = None
        self._scale = ColourScale()
        self._told_scale: ColourScale | None = None
        self._arrangement = Arrangement()
        self._layers = PictureLayers()
        self._selected: Element | None = None
        self._trails: tuple[Trail, ...] = ()
        self._lit: Element | None = None
        self._walked = False                   # what is selected was reached by keyboard: it counts as pointed at
        self._flowing = False
        self._numbers_due = True
        self.setAccessibleName(tr("Picture of the network"))
        self._tell_accessibly()

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────────
    @property
    def drawing(self) -> Drawing | None:
        return self._drawing

    @property
    def colour_scale(self) -> ColourScale:
        """The range of |gradient| that the colour bar shows now."""
        return self._scale

    @property
    def gradient_scale(self) -> ColourScale | None:
        """The same; None while the colours do not mean gradients."""
        return self._told_scale

    def colour_bar(self) -> ColourBarPlace | None:
        """Where the colour bar is, in the widget; None while there is no picture."""
        if self._drawing is None:
            return None
        layout = self._arranged()
        return colour_bar_place(self._drawing.colour_name, layout.width, layout.height, layout.em)

    @property
    def selected_element(self) -> Element | None:
        return self._selected

    def set_drawing(self, drawing: Drawing | None) -> None:
        """Show `drawing`; None leaves the canvas empty. A new shape of network is fitted to the view."""
        if drawing is self._drawing:
            return
        before = self._drawing
        self._drawing = drawing
        if drawing is None:
            self._arrangement.clear()
        changed = drawing is None or before is None or (before.shape, before.folded) != (drawing.shape, drawing.folded)
        if isinstance(self._hovered, HeadPlace) or (changed and isinstance(self._hovered, BandPlace)):
            self._hovered = None               # the layers may stand elsewhere now
        for name in ("_hovered", "_selected"):
            element = getattr(self, name)
            if isinstance(element, Place):
                continue
            if element is not None and (drawing is None or not exists(drawing, element)):
                setattr(self, name, None)
                (self.hovered if name == "_hovered" else self.selected).emit(None)
        if self._lit is not None and (drawing is None or not exists(drawing, self._lit)):
            self._lit = None
        if not (self._flowing and _means_the_same(before, drawing)) or self._numbers_due:
            self._scale_to_drawing()
        self._forget_edges()
        if self._selected is None:
            self._tell_accessibly()
        if drawing is None or before is None or before.shape != drawing.shape:
            self.zoom_fit()
        self._renew_tip(self._flowing)

    def set_flowing(self, flowing: bool, numbers: bool = True) -> None:
        """While drawings follow each other faster than one reads, units and numbers only change where `numbers` is set.

        Edges and their colours change with every drawing, what the colours mean together with the numbers beside them.
        """
        self._numbers_due = self._numbers_due or numbers
        if flowing != self._flowing:
            self._flowing = flowing
            self._layers.forget_units()
            self._scale_to_drawing()
            self._repaint()

    def _scale_to_drawing(self) -> None:
        """Colours for the drawing alone; while drawings flow, the next after those of the one before."""
        if self._drawing is not None:
            scale = self._scale
            self._scale = (scale.following_drawing if self._flowing else scale.fitting_drawing)(self._drawing)
        means_gradients = self._drawing is not None and self._drawing.colours_gradients
        told = self._scale if means_gradients else None
        if told != self._told_scale:
            self._told_scale = told
            self.colour_scale_changed.emit(told)

    def set_linear_colours(self, linear: bool) -> None:
        """Let the colour of an edge grow in proportion to |gradient| (True), or with its logarithm."""
        if linear != self._scale.linear:
            self._scale = ColourScale(linear=linear)
            self._scale_to_drawing()
            self._forget_edges()

    def set_selected(self, element: Element | None) -> None:
        """Select `element` from outside (the inspector, a table); emits nothing."""
        if self._drawing is not None and element is not None and not exists(self._drawing, element):
            element = None
        self._selected = element
        self._tell_accessibly()
        self.update()

    @property
    def trails(self) -> tuple[Trail, ...]:
        return self._trails

    def set_trails(self, trails: tuple[Trail, ...]) -> None:
        """Draw paths on the network, or none."""
        if trails != self._trails:
            self._trails = trails
            self._layers.forget_units()
            self.update()

    @property
    def lit_element(self) -> Element | None:
        """What is lit: what the pointer is over, here or where else its numbers are shown."""
        pointed = None if isinstance(self._hovered, Place) else self._hovered
        return pointed if pointed is not None else self._lit

    def set_lit(self, element: Element | None) -> None:
        """Light `element` as if the pointer were over it, because a number of it is pointed at; emits nothing."""
        if self._drawing is not None and element is not None and not exists(self._drawing, element):
            element = None
        if element != self._lit:
            before = self.lit_element
            self._lit = element
            if self.lit_element != before:
                self.update()

    def displayed_text(self, element: Element) -> tuple[str, ...]:
        """The strings now shown for `element`: name, value, δ ...; empty where there is no room for text."""
        return self._shown().elements.get(element, ())

    def displayed_loss(self) -> str:
        """The loss as shown."""
        return self._shown().loss

    def displayed_surface(self) -> tuple[str, str]:
        """Whose map the large surface shows, and its range, as written above it; "" where there is none."""
        return self._shown().plane

    def displayed_targets(self) -> tuple[str, ...]:
        """The targets as shown, output by output."""
        return self._shown().targets

    def _at(self, position: QPointF) -> Element | Place | None:
        return (self.head_at(position) or self.element_at(position) or self.spot_at(position)
                or self.band_at(position))

    def head_at(self, position: QPointF) -> HeadPlace | None:
        """The button at the title of a layer under `position`."""
        if self._drawing is None:
            return None
        return head_at(head_places(self._drawing, self._arranged(), self._transform), position.x(), position.y())

    def titled_at(self, position: QPointF) -> int | None:
        """The layer whose title, or a button of whose title, is under `position`."""
        if self._drawing is None:
            return None
        if (head := self.head_at(position)) is not None:
            return head.layer
        layout = self._arranged()
        return titled_at(title_places(self._drawing, layout, self._transform), layout.em, position.x(), position.y())

    def _head_clicked(self, position: QPointF) -> bool:
        """Whether a press at `position` is for a button at a title, and is done with."""
        head = self.head_at(position)
        if head is not None:
            self.head_clicked.emit(head.layer, head.button.name)
        return head is not None

    def spot_at(self, position: QPointF) -> PlaneSpot | None:
        """The point of the plane under `position`, where the decision surface is; None elsewhere."""
        if self._drawing is None or self._drawing.plane is None or (place := self._arranged().plane) is None:
            return None
        share = place.share(*self._transform.inverse(position.x(), position.y()))
        return None if share is None else PlaneSpot(*self._drawing.plane.plane.point(*share))

    def band_at(self, position: QPointF) -> BandPlace | None:
        """The band of all edges between two layers that is under `position`; one of them is folded."""
        if self._drawing is None or position.y() > self._arranged().legend_top:
            return None
        return band_at(self._arranged(), *self._transform.inverse(position.x(), position.y()))

    def element_at(self, position: QPointF) -> Element | None:
        """The element under `position` (widget coordinates); None on the background."""
        if self._drawing is None:
            return None
        layout = self._arranged()
        if position.y() > layout.legend_top:      # the legend lies over the picture
            return None
        x, y = self._transform.inverse(position.x(), position.y())
        zoom = self._transform.zoom
        return self._arrangement.element_at(self._drawing, layout, x, y, REACH / zoom, self._selected,
                                            1.0 / (zoom * self.devicePixelRatioF()))

    def point_of(self, element: Element) -> QPointF:
        """A point of the widget where `element` is hit: a node's centre, a place along an edge."""
        if self._drawing is None:
            raise LookupError("there is no network in the picture")
        places = self._arrangement.places_of(self._drawing, self._arranged(), element)
        points = [QPointF(*self._transform.point(*place)) for place in places.tolist()]
        return next((point for point in points if self.element_at(point) == element), points[0])

    def _connections(self, element: Element) -> Connections:
        """The connections that a weight or bias of the picture is among."""
        assert self._drawing is not None
        return self._drawing.connections[element.layer - 1]

    def selected_boxes(self) -> tuple[QRectF, ...]:
        """The selected unit with its edges, then the unit; an edge with both its ends."""
        if self._drawing is None or self._selected is None:
            return ()
        boxes = boxes_of(self._drawing, self._arranged(), self._selected)
        return tuple(QRectF(QPointF(*box[:2]), QPointF(*box[2:])) for box in boxes)

    # ── selection by keyboard ────────────────────────────────────────────────────────────────────────────────
    def select_next(self) -> None:
        """Select the next element: inputs first, then each unit's weights, its bias, the unit, layer by layer."""
        self._walk(1)

    def select_previous(self) -> None:
        """Select the element before."""
        self._walk(-1)

    def _walk(self, by: int) -> None:
        if self._drawing is None or not element_count(self._drawing):
            return
        here = -1 if self._selected is None and by > 0 else 0
        if self._selected is not None:
            here = element_number(self._drawing, self._selected)
        self.click(element_at_number(self._drawing, here + by))
        self._walked = True

    # ── what gestures do ─────────────────────────────────────────────────────────────────────────────────────
    def click(self, element: Element | None) -> None:
        """Select `element` and say so."""
        self._selected, self._walked = element, False
        self._tell_accessibly()
        self.update()
        self.selected.emit(element)

    def _value_of(self, element: Element | None) -> float | None:
        """What a drag would change; None where there is nothing, or no finite number."""
        if self._drawing is None or element is None or isinstance(element, Unit):
            return None
        slopes = self._drawing.columns[element.layer].slopes
        if isinstance(element, Alpha):
            value = math.nan if slopes is None else float(slopes.values[element.unit])
        else:
            layer = self._connections(element)
            numbers = layer.weights if isinstance(element, Weight) else layer.bias
            net = layer.net_of(element)
            place = (net, element.source) if isinstance(element, Weight) else net
            value = math.nan if numbers is None else float(numbers[place])
        return value if math.isfinite(value) else None

    def _cursor_over(self, element: Element | Place | None) -> Qt.CursorShape:
        """Up and down where a plain drag changes a number, a pointing hand where a click selects, a cross on a plane.
        """
        if isinstance(element, PlaneSpot):
            return Qt.CursorShape.CrossCursor
        if element is None or isinstance(element, BandPlace):
            return Qt.CursorShape.ArrowCursor
        if isinstance(element, HeadPlace):
            return Qt.CursorShape.PointingHandCursor
        draggable = self._value_of(element) is not None and self._easily_hit(element)
        return Qt.CursorShape.SizeVerCursor if draggable else Qt.CursorShape.PointingHandCursor

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) or self._gesture is not None:
            return
        QToolTip.hideText()
        at = event.position()
        if event.button() == Qt.MouseButton.LeftButton and self._head_clicked(at):
            return
        element = self.element_at(at) if event.button() == Qt.MouseButton.LeftButton else None
        value = self._value_of(element)
        with_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if element is not None and value is not None and (with_alt or self._easily_hit(element)):
            self._begin(WeightDrag(self, element, value), at, Qt.CursorShape.SizeVerCursor)
        elif element is None and self.spot_at(at) is not None and event.button() == Qt.MouseButton.LeftButton:
            self._begin(SpotDrag(self._take_spot), at, Qt.CursorShape.CrossCursor)
        else:
            self._begin(Pan(self, element), at)

    def _take_spot(self, at: QPointF) -> None:
        """Tells the point of the plane that lies there; beside it there is none."""
        spot = self.spot_at(at)
        if spot is not None:
            self.plane_clicked.emit(spot.x, spot.y)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click on a unit opens it, one on a title folds its layer; elsewhere it is a press like the first."""
        element = self.element_at(event.position()) if event.button() == Qt.MouseButton.LeftButton else None
        layer = self._foldable_at(event.position(), element)
        if layer is not None:
            self.head_clicked.emit(layer, "fold")
        elif isinstance(element, Unit) and element.layer > 0:
            self.opened.emit(element)
        else:
            self.mousePressEvent(event)

    def _foldable_at(self, position: QPointF, element: Element | None) -> int | None:
        """The layer that a double click at `position` folds or unfolds: by its title, or its bar."""
        if self._drawing is None or self.head_at(position) is not None:
            return None
        if isinstance(element, Unit) and element.layer in self._drawing.folded:
            return element.layer
        layer = self.titled_at(position)
        return layer if layer is not None and can_fold(self._drawing, layer) else None

    def open_selected(self) -> None:
        """Opens the unit that is selected; anything else is selected once more."""
        element = self._selected
        if isinstance(element, Unit) and element.layer > 0:
            self.opened.emit(element)
        else:
            self.click(element)

    def _easily_hit(self, element: Element) -> bool:
        """Among thousands of edges a plain drag pans; Alt drags the weight."""
        return isinstance(element, Bias | Alpha) or (
            self._drawing is not None and self._drawing.connections[element.layer - 1].weights.size <= EVERY_EDGE)

    def _tell_hovered(self, found: Element | Place | None) -> None:
        self._walked = False
        self.hovered.emit(None if isinstance(found, Place) else found)

    def _tip_of(self, found: Element | Place) -> str:
        if isinstance(found, PlaneSpot):
            return "" if self.describe_point is None else self.describe_point(found.x, found.y)
        if isinstance(found, HeadPlace):
            return "" if self._drawing is None else found.button.help(self._drawing, found.layer)
        if isinstance(found, BandPlace):
            return "" if self._drawing is None else band_text(self._drawing, found.layer, self._digits)
        return "" if self.describe is None else self.describe(found)

    def _hint_of(self, found: Element | Place) -> str:
        if isinstance(found, PlaneSpot):
            return tr("Click to run this point through the network")
        if isinstance(found, HeadPlace | BandPlace):
            return ""
        if isinstance(found, Unit) and found.layer and self._connections(found).weights.size > EVERY_EDGE:
            return tr("Click to reach each of its weights")
        return "" if self._value_of(found) is None else tr(DRAG_HINTS[not self._easily_hit(found)])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = (event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier, Qt.Key(event.key()))
        action = _KEYS.get(key)
        no_use = key[1] == Qt.Key.Key_Escape and (self.is_busy or self._selected is None)
        if action is None or no_use:
            super().keyPressEvent(event)      # plain arrows and Space belong to the window
            return
        action(self)

    # ── painting ─────────────────────────────────────────────────────────────────────────────────────────────
    def _forget_edges(self) -> None:
        self._arrangement.forget_strongest()
        self._repaint()

    def _forget(self) -> None:
        self._layers.forget_edges()

    def _arranged(self, size: QSize | None = None) -> NetworkLayout:
        if self._drawing is None:
            raise LookupError("there is no network in the picture")
        size = size or self.size()
        return self._arrangement.layout_of(self._drawing, size.width(), size.height(), self._text_scale, self._digits)

    def _paint(self, painter: QPainter, size: QSize, ratio: float) -> None:
        if self._drawing is None:
            self._fill(painter, size)
            return
        layout = self._arranged(size)
        options = PictureOptions(self._digits, self._text_scale, ratio=ratio, heads=True, covered=self._covered)
        interaction = self._interaction()
        on = partial(NetworkPainter, drawing=self._drawing, layout=layout, theme=self._theme, scale=self._scale,
                     edges=self._arrangement.edges, options=options, transform=self._transform,
                     interaction=interaction)
        if self._flowing:
            key = (options, self._theme, self._transform, interaction, id(layout), self._scale)
            self._layers.paint_flowing(painter, size, ratio, key, self._numbers_due, on)
            self._numbers_due = False
        else:
            self._layers.paint(painter, size, ratio, self._theme, on)

    def paint_small(self, painter: QPainter, scale: float, ratio: float) -> None:
        """Units and edges only, where they stand in the fitted picture."""
        if self._drawing is None:
            return
        layout = replace(self._arranged(), preview=True)
        paint_network(painter, self._drawing, layout, self._theme, self._scale, self._arrangement.edges,
                      PictureOptions(self._digits, preview=True, ratio=ratio), Transform(scale))

    @property
    def has_something(self) -> bool:
        return self._drawing is not None

    @property
    def foot(self) -> float:
        return float(self.height()) if self._drawing is None else self._arranged().bottom

    def _interaction(self) -> Interaction:
        lit = self._selected if self._walked and self.lit_element is None else self.lit_element
        head = (self._hovered.layer, self._hovered.button.name) if isinstance(self._hovered, HeadPlace) else None
        return Interaction(lit, self._selected, self._drawable_trails(), head)

    def _drawable_trails(self) -> tuple[Trail, ...]:
        """The paths whose every stop is in the picture: a network may have changed under them."""
        drawing = self._drawing
        return () if drawing is None else tuple(
            trail for trail in self._trails if all(exists(drawing, stop) for stop in trail.stops))

    def _shown(self) -> Shown:
        if self._drawing is None:
            return Shown()
        if self._layers.shown is None:
            self.render_picture()
        return self._layers.shown or Shown()

    def _tell_accessibly(self) -> None:
        """Say what is selected to whoever cannot see it."""
        text = self._drawing.caption if self._drawing is not None else tr("No network is open")
        if self._selected is not None:
            text = self.describe(self._selected) if self.describe is not None else str(self._selected)
        self._describe(text)


def _means_the_same(before: Drawing | None, drawing: Drawing | None) -> bool:
    """Whether the colours of two drawings that follow each other mean the same."""
    return before is not None and drawing is not None and (before.shape, before.colour_name) == (
        drawing.shape, drawing.colour_name)


_NONE, _ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier
_KEYS: dict[tuple[Qt.KeyboardModifier, Qt.Key], Callable[[NetworkView], None]] = {
    (_ALT, Qt.Key.Key_Right): NetworkView.select_next,
    (_ALT, Qt.Key.Key_Down): NetworkView.select_next,
    (_ALT, Qt.Key.Key_Left): NetworkView.select_previous,
    (_ALT, Qt.Key.Key_Up): NetworkView.select_previous,
    (_NONE, Qt.Key.Key_Return): NetworkView.open_selected,
    (_NONE, Qt.Key.Key_Enter): NetworkView.open_selected,
    (_NONE, Qt.Key.Key_Escape): lambda view: view.click(None),
}
