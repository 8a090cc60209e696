"""A pad to draw an image on, for a network that reads images: its answer follows the hand."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from nnviz.data.datasets import DataSet
from nnviz.data.pictures import picture_side
from nnviz.engine.calls import Array
from nnviz.gui.answer_bars import AnswerBars
from nnviz.gui.drawing_canvas import DrawingCanvas, image_of
from nnviz.gui.drawn_image import DrawnImage, Habit, Ink
from nnviz.gui.fields import described
from nnviz.gui.flow_layout import FlowLayout
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pages
from nnviz.gui.target_field import TargetField
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.inputs import answers_to
from nnviz.report.wanted import Wanted, target_choices, tells_classes
from nnviz.session.change import Changed
from nnviz.words import counted

_TOGETHER = 16          # milliseconds: the answer follows the hand once a frame
_LARGEST_BRUSH = 9      # pixels of the image
PAD_SHARE = 0.32        # of the width, which the pad has beside its controls
CONTROLS = 24           # heights of a line that the controls are wide in three rows
ANY = (1 << 24) - 1     # pixels: Qt's word for no limit
LEAST_BARS = 120        # pixels that a bar with its name and number needs
_PREVIEW = 44           # pixels of the screen

# Where pad, controls and answer stand: row, column, and how many columns each takes; then which rows and columns grow.
PLACES = {
    "beside": (((0, 0, 1), (0, 1, 1), (0, 2, 1)), (1, 0, 0), (1, 0, 1)),
    "upright": (((0, 0, 1), (1, 0, 1), (2, 0, 1)), (1, 0, 1), (1, 0, 0)),
    "low": (((0, 0, 1), (1, 0, 2), (0, 1, 1)), (1, 0, 0), (1, 1, 0)),
}


class DrawingPadPanel(Panel):
    """Draw an image of your own, a digit perhaps, and watch what the network takes it for.

    The left button draws, the right one erases; the brush has a soft edge, as wide as you choose. By keyboard the arrow
    keys move the pen (four pixels with Shift), Space lowers and lifts it, Delete clears the pad, and Enter runs the
    drawing. Ctrl+Z takes back a stroke while the pad has the keyboard.

    With “Centre and size as in the data” the network gets the drawing moved and scaled, so that its centre of mass and
    its size are what those of the data's images are on average: MNIST was made like that, and a network that has only
    seen such images knows no others. The small picture shows what it gets. An image of the data that is put on the pad
    stays as it is.

    The bars are the outputs for the drawing, which also follow the training. “Step it through” shows its pass in the
    picture: Step goes through it operation by operation, forward and backward. Nothing is learned from it. Its
    gradients come from the ‹target› beside: that of the most similar training image, until you choose a class.
    """

    name = "drawing"
    title = "Drawing pad"
    without_surface = "A surface takes no images: it is only descended."
    without_graph = "A computation graph takes no images: its leaves are numbers."
    watches = Changed.EVERYTHING
    area = "bottom"
    wanted_lines = 17
    shown_at_first = False

    try_requested = Signal(object)      # the inputs, as the data set has them
    target_chosen = Signal(object)      # Array, or None for that of the nearest training example

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: View | None = None
        self._data: DataSet | None = None
        self._habit, self._ink = Habit(14.0, 14.0, 20.0), Ink(0.0, 1.0)
        self._choices: tuple[Wanted, ...] = ()
        self._tried: Array | None = None       # the inputs that this pad has run
        self._target: Array | None = None
        self.pad = DrawingCanvas()
        self.bars = AnswerBars()
        self.preview = _Preview()
        self.eraser = described(QPushButton(tr("Eraser")), tr("Eraser"),
                                tr("The left button takes ink away, as the right one always does"))
        self.eraser.setCheckable(True)
        self.brush = described(QSlider(Qt.Orientation.Horizontal), tr("Width of the brush"),
                               tr("Width of the brush in pixels of the image"))
        self.brush.setRange(1, _LARGEST_BRUSH)
        self.brush.setMaximumWidth(80)
        self.width_label = QLabel()
        self.width_label.setProperty("second", True)
        self.undo = described(QPushButton(tr("Undo")), tr("Undo the last stroke"),
                              tr("Take the last stroke back (Ctrl+Z while the pad has the keyboard)"))
        self.redo = described(QPushButton(tr("Redo")), tr("Redo the stroke"),
                              tr("Draw the stroke again that was taken back (Ctrl+Shift+Z in the pad)"))
        self.clear = described(QPushButton(tr("Clear")), tr("Clear the pad"), tr("Wipe the pad (Delete in the pad)"))
        self.take = described(QPushButton(tr("Shown example")), tr("Load the shown example"),
                              tr("Put the image of the example that is shown on the pad, to draw on it"))
        fitted = tr("Centre and size as in the data")
        self.fitted = described(QCheckBox(fitted), fitted, tr(
            "Move and scale the drawing, so that its centre of mass and its size are what those of the data's images "
            "are on average, as MNIST was made"))
        self.fitted.setChecked(True)
        self.target = TargetField()
        self.run = described(QPushButton(tr("Step it through")), tr("Step it through"), tr(
            "Show the pass of this drawing in the picture, forward and backward; nothing is learned from it"))
        self.run.setProperty("primary", True)
        for button in (self.eraser, self.undo, self.redo, self.clear):
            button.setStyleSheet("QPushButton { padding-left: 8px; padding-right: 8px; }")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)      # a click leaves the keyboard, and Ctrl+Z, to the pad
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_TOGETHER)
        self._later.timeout.connect(self._answer)
        self._arrange()
        self._connect()
        self.set_theme(LIGHT)
        self._brush_chosen(3)
        self.refresh(None)

    def _arrange(self) -> None:
        """Pad, controls and answer stand side by side, one below the other, or the controls below both."""
        holder = QWidget()
        controls = QVBoxLayout(holder)
        controls.setContentsMargins(0, 0, 0, 0)
        controls.setSpacing(7)
        for parts in ((self.brush, self.width_label, self.eraser, self.undo, self.redo, self.clear),
                      (self.preview, self.fitted, self.take), (self.target, self.run)):
            controls.addWidget(_row(*parts))
        controls.addStretch(1)
        page = _Page()
        self._page = page.parts
        self._controls, self._placed = holder, ""
        self._place("beside")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(Pages(page, tr("Drawing pad")))

    def _connect(self) -> None:
        self.pad.changed.connect(self._later.start)
        self.pad.settled.connect(self._settle)
        self.pad.wanted.connect(self._try)
        self.eraser.toggled.connect(self._erase)
        self.brush.valueChanged.connect(self._brush_chosen)
        self.undo.clicked.connect(self.pad.undo)
        self.redo.clicked.connect(self.pad.redo)
        self.clear.clicked.connect(self.pad.clear)
        self.take.clicked.connect(self.take_shown)
        self.fitted.toggled.connect(lambda _on: self._settle())
        self.run.clicked.connect(self._try)
        self.target.target_chosen.connect(self.target_chosen)

    def set_theme(self, theme: Theme) -> None:
        for part in (self.pad, self.bars, self.preview):
            part.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The pad stands above its controls where the panel is higher than wide."""
        super().resizeEvent(event)
        self.pad.setMinimumWidth(0)
        beside = min(self.height(), round(PAD_SHARE * self.width())) + LEAST_BARS + 2 * self._page.spacing() + (
            CONTROLS * self.fontMetrics().height())
        upright, margins = self.width() < 1.1 * self.height(), self._page.contentsMargins()
        seen = self.height() - margins.top() - margins.bottom()
        self.pad.setMaximumHeight(ANY if upright else max(seen, self.pad.minimumSizeHint().height()))
        if upright:
            self._place("upright")
        else:
            self._place("beside" if self.width() >= beside else "low")
            self.pad.setMinimumWidth(min(self.height(), round(PAD_SHARE * self.width())))

    def _place(self, way: str) -> None:
        """Puts pad, controls and answer where they stand `beside` each other, `upright`, or in a `low` place."""
        if way == self._placed:
            return
        self._placed = way
        page, parts = self._page, (self.pad, self._controls, self.bars)
        for part in parts:
            page.removeWidget(part)
        self.bars.set_columns(2 if way == "low" else 1)
        places, rows, columns = PLACES[way]
        for part, (row, column, across) in zip(parts, places, strict=True):
            page.addWidget(part, row, column, 1, across)
        for number, (down, right) in enumerate(zip(rows, columns, strict=True)):
            page.setRowStretch(number, down)
            page.setColumnStretch(number, right)

    def nothing_of(self, view: View | None) -> str:
        reason = super().nothing_of(view)
        if not reason and view is not None and not picture_side(view.data.raw_inputs.shape[1]):
            text = tr("An image can be drawn where the inputs are the pixels of a square; this network has {inputs}.")
            return text.format(inputs=counted(view.data.raw_inputs.shape[1], "{count} input", "{count} inputs"))
        return reason

    def refresh(self, view: View | None) -> None:
        if self.nothing_of(view):       # other inputs than the pixels of a square
            view = None
        self._view = view
        self.setEnabled(view is not None)
        if view is None:
            self.bars.show_answer((), None, False)
            return
        if view.data is not self._data:
            self._meet(view)
        trial = view.trial
        if trial is None:
            self.target.show_target(self._choices, self._names(view), self._target, self._target is not None)
        else:
            self.target.show_target(self._choices, self._names(view), trial.target, trial.is_chosen)
        self._answer()

    def set_target(self, target: Array | None) -> None:
        """The target that the next example of one's own will have; None for that of the nearest training example."""
        self._target = target

    def _meet(self, view: View) -> None:
        """Other data: what lies on the pad stays, where they are of the same size."""
        raw = view.data.raw_inputs
        side = picture_side(raw.shape[1])
        self._data, self._ink, self._tried = view.data, Ink.of(raw), None
        self._habit = Habit.of(self._ink.levels(raw).reshape(-1, side, side))
        self._choices = target_choices(view.problem, view.data)
        if side != self.pad.drawing.side:
            self.pad.set_drawing(DrawnImage(side))
            self._brush_chosen(round(self.pad.size_of_brush))

    @staticmethod
    def _names(view: View) -> tuple[str, ...]:
        return view.problem.network.names(len(view.problem.network.layers))

    def _brush_chosen(self, width: int) -> None:
        self.pad.size_of_brush = float(width)
        self.width_label.setText(tr("{width} px").format(width=width))
        with QSignalBlocker(self.brush):
            self.brush.setValue(width)
        self.pad.update()

    def _erase(self, erases: bool) -> None:
        self.pad.erases = erases
        self.pad.update()

    def image(self) -> Array:
        """What the network gets, as grey levels from 0 to 1, (side, side)."""
        drawing = self.pad.drawing
        fits = self.fitted.isChecked() and not drawing.of_data
        return self._habit.applied(drawing.pixels) if fits else drawing.pixels

    def inputs(self) -> Array:
        """The same as the data set has it, (inputs of the set,)."""
        return self._ink.values(self.image()).ravel()

    def take_shown(self) -> None:
        """Puts the shown example on the pad."""
        if self._view is not None:
            self.take_inputs(self._view.raw_inputs.mean(axis=0))

    def take_inputs(self, inputs: Array) -> None:
        """Puts an image on the pad, (inputs of the set,), unless it is what the pad shows."""
        if self._view is not None and not np.array_equal(inputs, self.inputs()):
            self.pad.load(self._ink.levels(inputs))

    def _answer(self) -> None:
        """The outputs for what is on the pad, with the weights as they are now."""
        view = self._view
        drawing = self.pad.drawing
        used = next((button for button in (self.undo, self.redo, self.clear) if button.hasFocus()), None)
        self.undo.setEnabled(drawing.can_undo)
        self.redo.setEnabled(drawing.can_redo)
        self.clear.setEnabled(not drawing.is_empty)
        if used is not None and not used.isEnabled():
            self.pad.setFocus()             # or Qt would hand the keyboard on to whatever stands behind
        self.run.setEnabled(not drawing.is_empty)
        self.fitted.setEnabled(not drawing.of_data)
        if view is None:
            return
        self.preview.show_image(self.image())
        found = None
        if not drawing.is_empty:
            found = answers_to(view.problem, view.moment.parameters(), view.data, self.inputs()[None])[0]
        last = view.problem.network.layers[-1].activation.name
        self.bars.show_answer(self._names(view), found, tells_classes(view.problem) and last == "softmax")

    def _settle(self) -> None:
        self._answer()
        self._follow()

    def _follow(self) -> None:
        """A pass of this drawing that is shown follows what is drawn on."""
        trial = None if self._view is None else self._view.trial
        if trial is not None and self._tried is not None and np.array_equal(trial.inputs, self._tried):
            self._try()

    def _try(self) -> None:
        if self._view is not None and not self.pad.drawing.is_empty:
            self._tried = self.inputs()
            self.try_requested.emit(self._tried)


def _row(*parts: QWidget) -> QWidget:
    """Controls beside each other, at the left, in as many lines as they need."""
    row = QWidget()
    flow = FlowLayout(row, 6)
    for part in parts:
        flow.addWidget(part)
    return row


class _Page(QWidget):
    """Parts side by side or one below the other: it is wide enough where the widest of them fits."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = QGridLayout(self)
        self.parts.setContentsMargins(10, 4, 10, 6)
        self.parts.setSpacing(10)       # more would break the controls into four lines in a window of 1024 × 640

    def heightForWidth(self, width: int) -> int:
        """As low as it can be: in a low panel the bars draw together before anything is scrolled."""
        return self.parts.totalMinimumHeightForWidth(width)

    def minimumSizeHint(self) -> QSize:
        whole, margins = self.parts.minimumSize(), self.parts.contentsMargins()
        items = [item for place in range(self.parts.count()) if (item := self.parts.itemAt(place)) is not None]
        widest = max((item.minimumSize().width() for item in items), default=0)
        return QSize(min(whole.width(), widest + margins.left() + margins.right()), whole.height())


class _Preview(QWidget):
    """A small image in the colours of the theme."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._pixels: Array = np.zeros((1, 1))
        self.setFixedSize(_PREVIEW, _PREVIEW)
        self.setAccessibleName(tr("What the network gets"))
        self.setToolTip(tr("The image as the network gets it"))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_image(self, pixels: Array) -> None:
        self._pixels = pixels
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(self.rect())
        painter.drawImage(self.rect(), image_of(self._pixels, self._theme))
        painter.setPen(QColor(self._theme.line))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
