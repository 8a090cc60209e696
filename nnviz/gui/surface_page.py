"""The map of an open surface with the choice of optimisers to compare; it keeps their paths up to date."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.problem import State
from nnviz.gui.controller import Controller
from nnviz.gui.fields import described
from nnviz.gui.surface_drawing import SurfaceDrawing, Trail, value_at
from nnviz.gui.surface_picture import mark_icon
from nnviz.gui.surface_resolving import drawing_of_surface
from nnviz.gui.surface_settings import SurfaceSettings, rounded
from nnviz.gui.surface_trails import SurfaceTrails
from nnviz.gui.surface_view import SurfaceView
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.numbers import short
from nnviz.session.descent import Descent

AT_REST, FLOWING = 0.010, 0.003      # seconds for paths at a redraw: while nothing plays fast, while it does
AFTERWARDS = 0.030                   # seconds at a time for what is still missing when nothing plays
LONGEST_PREVIEW = 300                # steps of the path that is shown while the start is carried
MOST_ABOVE = 0.22                    # share of the page's height that two lines of fields may take
MOST_BELOW = 0.18                    # share of the page's height that the boxes may take
BETWEEN = 6                          # pixels between two boxes


class CompareRow(QWidget):
    """Which other optimisers go down beside the chosen one: a box for each, in as many lines as they need."""

    chosen = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Compare with other optimisers"))
        self.title = QLabel(tr("Compare with"))
        self.title.setProperty("second", True)
        self.boxes: dict[str, QCheckBox] = {}
        self._own = ""
        for name, row in OPTIMISERS.items():
            tip = tr("Show the path of {optimiser} too: same start, same learning rate, as many steps")
            box = described(QCheckBox(tr(row.label)), tr(row.label), tip.format(optimiser=tr(row.label)))
            box.toggled.connect(lambda _on: self.chosen.emit())
            self.boxes[name] = box
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 4, 12, 6)
        self._grid.setHorizontalSpacing(2 * BETWEEN)
        self._grid.setVerticalSpacing(2)
        self._columns = 0
        self.set_theme(theme)
        self._put(len(self.boxes))

    def names(self) -> tuple[str, ...]:
        """The optimisers that are ticked."""
        return tuple(name for name, box in self.boxes.items() if box.isChecked())

    def set_own(self, name: str) -> None:
        """The optimiser that trains cannot be compared with itself."""
        if name != self._own:
            self._own = name
            for other, box in self.boxes.items():
                box.setEnabled(other != name)

    def set_theme(self, theme: Theme) -> None:
        for name, box in self.boxes.items():
            box.setIcon(mark_icon(name, theme))

    def arrange(self, width: int) -> int:
        """Puts the boxes into as many lines as `width` pixels leave no choice about; how high these are, in pixels."""
        widths = [box.sizeHint().width() + 2 * BETWEEN for box in self.boxes.values()]
        room = width - 24 - self.title.sizeHint().width() - 2 * BETWEEN
        columns = next((fewer for fewer in (-(-len(widths) // lines) for lines in range(1, len(widths) + 1))
                        if sum(max(widths[column::fewer]) for column in range(fewer)) <= room), 1)
        if columns != self._columns:
            self._put(columns)
        return self._grid.sizeHint().height()

    def _put(self, columns: int) -> None:
        for number in range(max(self._columns, columns) + 2):
            self._grid.setColumnStretch(number, 0)
        self._columns = columns
        self._grid.addWidget(self.title, 0, 0)
        for number, box in enumerate(self.boxes.values()):
            self._grid.addWidget(box, number // columns, 1 + number % columns)
        self._grid.setColumnStretch(columns + 1, 1)


class SurfacePage(QWidget):
    """The map, what surface it is above and what is chosen below it, for the surface that `controller` has open.

    `edit_requested(values, label)` asks for values of the document as one undoable edit.
    """

    edit_requested = Signal(dict, str)
    refused = Signal(str)        # why what was typed is not taken; "" when it is

    def __init__(self, controller: Controller, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controller = controller
        self.map = SurfaceView(theme)
        self.compare = CompareRow(theme)
        self.surface_settings = SurfaceSettings()
        self.trails = SurfaceTrails()
        self._view: View | None = None
        self._fitted_to: tuple[object, ...] = ()
        self._digits = 4
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.surface_settings)
        layout.addWidget(self.map, 1)
        self._below = QScrollArea()           # in a low window the boxes leave the room to the map
        self._below.setFrameShape(QFrame.Shape.NoFrame)
        self._below.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._below.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._below.setWidgetResizable(True)
        self._below.setWidget(self.compare)
        layout.addWidget(self._below)
        self.setFocusProxy(self.map)
        self._working = QTimer(self)          # paths are computed while nothing else is to be done
        self._working.setSingleShot(True)
        self._working.timeout.connect(self._work_on)
        self.compare.chosen.connect(self._choose_compared)
        self.map.start_moving.connect(self._preview_start)
        self.map.start_cancelled.connect(self._show)
        self.map.start_chosen.connect(controller.start_surface_at)
        self.map.view_changed.connect(lambda: self.surface_settings.set_zoomed(self.map.zoomed is not None))
        self.surface_settings.start_chosen.connect(controller.start_surface_at)
        self.surface_settings.edit_requested.connect(self.edit_requested)
        self.surface_settings.refused.connect(self.refused)
        self.surface_settings.view_wanted.connect(self._keep_view)

    @property
    def drawing(self) -> SurfaceDrawing | None:
        return self.map.drawing

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_working"):
            QTimer.singleShot(0, self, self._fit)      # when the boxes know their new size

    def _fit(self) -> None:
        self.surface_settings.set_low(self.surface_settings.height_of_two_lines() > MOST_ABOVE * self.height())
        bar = self._below.verticalScrollBar().sizeHint().width()
        wanted = self.compare.arrange(self.width() - bar)
        least = self.compare.title.sizeHint().height() + 16
        self._below.setFixedHeight(min(wanted, max(least, round(MOST_BELOW * self.height()))))

    def show_view(self, view: View | None) -> None:
        """Shows the surface of `view`; None where none is open."""
        session = self.controller.session
        if view is None or view.document.surface is None or session is None:
            if self._view is not None:
                self._view = None
                self._working.stop()
                self.trails.forget()
                self._fitted_to = ()
                self.map.set_drawing(None)
            return
        self._view = view
        if not self.controller.player.on_worker:
            self.trails.lead(list(session.place.tip.chain()))
        self.trails.follow(view.moment, view.updates_done)
        self.compare.set_own(view.problem.optimiser.name)
        self._work(FLOWING if view.flows else AT_REST)
        self._show()
        fitted_to = (session, view.document.surface.view, view.document.surface.expression.text)
        if fitted_to != self._fitted_to:
            self._fitted_to = fitted_to
            self.map.zoom_fit()

    def is_complete(self) -> bool:
        """Whether every path is shown as far as it goes."""
        return not self._working.isActive()

    def set_theme(self, theme: Theme) -> None:
        self.map.set_theme(theme)
        self.compare.set_theme(theme)

    def set_digits(self, digits: int) -> None:
        self._digits = digits
        self.map.set_digits(digits)
        self._show()

    def _show(self) -> None:
        view = self._view
        if view is None or view.document.surface is None or self.map.is_carrying:
            return
        expression = view.document.surface.expression
        trail, others = self.trails.trail(view.moment, expression), self.trails.others(expression)
        self.map.set_drawing(drawing_of_surface(view.document, view.moment, trail, others, self._digits))
        self.surface_settings.show_surface(view.document, (float(trail.places[0, 0]), float(trail.places[0, 1])))

    def _keep_view(self) -> None:
        """What the map shows now is what the document says of it from here on."""
        if self.map.zoomed is not None:
            self.edit_requested.emit({"view": rounded(self.map.zoomed)}, tr("view of the map"))

    def _work(self, seconds: float) -> None:
        flows = self._view is not None and self._view.flows
        if self.trails.work(seconds) or flows:        # while it flows, the next redraw goes on
            self._working.stop()
        else:
            self._working.start()

    def _work_on(self) -> None:
        if self._view is not None:
            self._work(AFTERWARDS)
            self._show()

    def _choose_compared(self) -> None:
        self.trails.compare(self.compare.names())
        if self._view is not None:
            self._work(AT_REST)
            self._show()

    def _preview_start(self, x: float, y: float) -> None:
        """While the start is carried, the path that would lead from there, of as many steps as were done."""
        with self.controller.still():
            view, before = self._view, self.map.drawing
        if view is None or before is None or view.document.surface is None:
            return
        problem, surface = view.problem, view.document.surface
        descent = Descent(problem, State.fresh(problem, np.array([x, y]), 0, 0, 0))
        descent.go(min(view.updates_done, LONGEST_PREVIEW), AT_REST)
        places = descent.until(descent.step)[1]
        here = (float(places[-1, 0]), float(places[-1, 1]))
        label = tr(OPTIMISERS[problem.optimiser.name].label)
        trail = Trail(problem.optimiser.name, label, places, descent.step, value_at(surface.expression, here),
                      descent.ended)
        caption = tr("start at x = {x}, y = {y}").format(x=short(x, self._digits), y=short(y, self._digits))
        self.map.set_drawing(SurfaceDrawing(before.function, before.extent, trail, here, here, caption=caption))
