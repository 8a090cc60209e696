"""What stands beside the play button: how fast, which example is looked at, and how far training has come."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QValidator
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QSpinBox, QToolButton, QWidget

from nnviz.gui import speeds
from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.fields import described
from nnviz.gui.icons import icon
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.moment import MEAN
from nnviz.report.numbers import count, full, short

Array = NDArray[np.float64]

_NO_ROWS = np.empty(0, dtype=np.intp)
MOST_NUMBERS = 4          # of an example's inputs or targets that are written out
DIGITS = 3


class SpeedSelector(QComboBox):
    """The speeds of Play, slow motion first; `speed_chosen` tells the name of the one that the user took."""

    speed_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        described(self, tr("Speed"), tr("How fast Play goes: operations or training steps a second"))
        slow = True
        for speed in speeds.TABLE.values():
            if slow and not speed.is_slow_motion:
                self.insertSeparator(self.count())
            slow = speed.is_slow_motion
            self.addItem(tr(speed.label), speed.name)
        self.setMaxVisibleItems(self.count())
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.activated.connect(lambda index: self.speed_chosen.emit(self.itemData(index)))

    def speed(self) -> str:
        """The name of the speed that is shown."""
        return str(self.currentData())

    def set_speed(self, name: str) -> None:
        """Shows the speed `name`, telling nobody."""
        place = self.findData(name)
        if place != self.currentIndex():
            self.setCurrentIndex(place)


def example_in_brief(inputs: Array, targets: Array) -> str:
    """An example on one short line; `inputs` and `targets` are its numbers.

    >>> example_in_brief(np.array([0.0, 1.0]), np.array([1.0]))
    '0, 1 → 1'
    >>> example_in_brief(np.zeros(784), np.array([0.0, 0.0, 1.0, 0.0, 0.0]))
    '784 inputs → class 2'
    """
    return f"{_in_brief(inputs, tr('inputs'))} → {_wanted(targets)}"


def shift_in_brief(shift: Array) -> str:
    """How far an example shifts its surface in x and in y.

    >>> shift_in_brief(np.array([0.25, -0.5]))
    'shifted by 0.25, −0.5'
    """
    return tr("shifted by {shift}").format(shift=_in_brief(shift, ""))


def _in_brief(values: Array, kind: str) -> str:
    if len(values) > 2 * MOST_NUMBERS:
        return f"{count(len(values))} {kind}"
    shown = ", ".join(short(value, DIGITS) for value in values[:MOST_NUMBERS])
    return shown + (", …" if len(values) > MOST_NUMBERS else "")


def _wanted(targets: Array) -> str:
    """A one-hot row of more than two classes as its class, anything else as numbers."""
    if len(targets) > MOST_NUMBERS and np.count_nonzero(targets) == 1 and targets.max() == 1.0:
        return tr("class {number}").format(number=int(targets.argmax()))
    return _in_brief(targets, tr("‹targets›"))


#: A longer line of an example is cut in its middle, or the bar would push the speed out of the window; where there is
#: not even room for the shorter one, the selector has a row of its own.
LONGEST_CONTENT, LEAST_CONTENT = "−0.00, −0.00, −0 … 0, 1, 0", "0.05, 0.1 … 0.9"


class ExampleSelector(QWidget):
    """Whose numbers are shown: one example of the batch, or the mean of all of them.

    Left and Right step through the batch, and so do Up and Down; the line behind says what the example is.
    `example_chosen` tells the example's place in the batch, or -1 for the mean.
    """

    example_chosen = Signal(int)
    resized = Signal()             # its box would like another width: longer numbers are to be chosen

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tip = tr("The example whose values and δ are shown, by its row in the data set (Left and Right)")
        self.box = described(_ExampleBox(), tr("Example"), tip)
        self.previous = _arrow(tr("Previous example"), tr("Show the example before this one (Left)"))
        self.next = _arrow(tr("Next example"), tr("Show the example after this one (Right)"))
        self.content = _Content()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (self.previous, self.box, self.next):
            row.addWidget(widget)
        row.addSpacing(6)
        row.addWidget(self.content)
        self.setFocusProxy(self.box)
        self.setAccessibleName(tr("Example selector"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._inputs: Array = np.empty((0, 0))
        self._targets: Array = np.empty((0, 0))
        self._shifts = self._showing = False
        self.box.lineEdit().installEventFilter(self)
        self.box.installEventFilter(self)
        self.box.valueChanged.connect(self._value_changed)
        self.previous.clicked.connect(lambda: self.step_by(-1))
        self.next.clicked.connect(lambda: self.step_by(1))
        self.set_theme(theme)
        self.show_batch(np.empty(0, dtype=np.intp), self._inputs, self._targets, MEAN)

    def show_batch(
        self, rows: NDArray[np.intp], inputs: Array, targets: Array, chosen: int, shifts: bool = False
    ) -> None:
        """Shows what can be chosen, telling nobody.

        `rows` are the batch's rows of the data set, `inputs` (examples, inputs) and `targets` (examples, outputs)
        the whole data set, `chosen` a place in the batch or -1 for the mean.  Of a surface the targets are `shifts`.
        """
        self._inputs, self._targets, self._shifts = inputs, targets, shifts
        self.box.setSpecialValueText(tr("batch mean"))
        wide = self.box.sizeHint().width()
        self._showing = True
        try:
            self.box.set_rows(rows)
            self.box.setValue(min(chosen, len(rows) - 1))
        finally:
            self._showing = False
        self.setEnabled(len(rows) > 0)
        self._describe()
        if self.box.sizeHint().width() != wide:
            self.resized.emit()

    def show_view(self, view: View) -> None:
        """Shows what can be chosen in `view`, or its example of one's own."""
        if view.trial is not None:
            self.show_own(view.trial.inputs, view.trial.target)
        else:
            self.show_batch(view.moment.record.rows, view.data.inputs, view.data.targets, view.moment.example,
                            shifts=view.document.surface is not None)

    def show_own(self, inputs: Array, target: Array) -> None:
        """Shows that an example of one's own is looked at, which is in no batch; (inputs,) and (outputs,)."""
        self.show_batch(_NO_ROWS, inputs[None], target[None], MEAN)
        self.box.setSpecialValueText(tr("your own"))
        brief = self.content.say(example_in_brief(inputs, target))
        self.content.setToolTip(f"{tr('Inputs → ‹targets› of your own example')}\n{brief}")

    def chosen(self) -> int:
        """The place in the batch that is shown, or -1 for the mean."""
        return self.box.value()

    def step_by(self, places: int) -> None:
        """Goes `places` examples on; the mean lies before the first one."""
        self.box.setValue(self.box.value() + places)

    def set_theme(self, theme: Theme) -> None:
        """Takes the colours of `theme`."""
        self.previous.setIcon(icon("previous", theme))
        self.next.setIcon(icon("next", theme))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            and event.key() in steps
        ):
            self.step_by(steps[Qt.Key(event.key())])
            return True
        return super().eventFilter(watched, event)

    def make_room(self, spare: int) -> bool:
        """Lets the line take `spare` more pixels than it has, fewer where that is negative; see `give_room`."""
        return self.give_room(self.content.minimumWidth() + spare)

    def give_room(self, pixels: int) -> bool:
        """The line that says what the example is takes so many pixels, or what it would like where that is less.

        False where that is too little to be read: then it takes what it would like, in a row of its own.
        """
        metrics = self.content.fontMetrics()
        liked, least = (metrics.horizontalAdvance(text) + 2 for text in (LONGEST_CONTENT, LEAST_CONTENT))
        room = min(pixels, liked) if pixels >= least else liked
        if room != self.content.width() or room != self.content.minimumWidth():
            self.content.setFixedWidth(room)
            self.updateGeometry()
            self._describe()
        return pixels >= least

    def _value_changed(self, place: int) -> None:
        self._describe()
        if not self._showing:
            self.example_chosen.emit(place)

    def _describe(self) -> None:
        place, rows = self.box.value(), self.box.rows
        if not len(rows):
            text = ""
        elif place == MEAN:
            text = tr("1 example") if len(rows) == 1 else tr("{number} examples").format(number=count(len(rows)))
        elif self._shifts:
            text = shift_in_brief(self._targets[rows[place]])
        else:
            text = example_in_brief(self._inputs[rows[place]], self._targets[rows[place]])
        brief = self.content.say(text)
        tip = tr("How far the example shifts the surface in x and in y") if self._shifts else tr(
            "Inputs → ‹targets› of the example")
        self.content.setToolTip(tip if brief == text else f"{tip}\n{text}")
        self.previous.setEnabled(place > MEAN)
        self.next.setEnabled(place < len(rows) - 1)


class _Content(QLabel):
    """What an example is: cut in its middle where it has no room, but copied whole."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("second", True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        copied = QAction(tr("Copy the example"), self)
        copied.triggered.connect(self._copy)
        self.addAction(copied)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setFixedWidth(self.fontMetrics().horizontalAdvance(LONGEST_CONTENT) + 2)

    def say(self, text: str) -> str:
        """Shows `text`, or what there is room for; returns that."""
        self._whole = text
        brief = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, self.minimumWidth() - 1)
        if self.text() != brief:
            self.setText(brief)
        return brief

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.selectedText() == self.text() != self._whole:
            self._copy()
        else:
            super().keyPressEvent(event)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._whole)


class _ExampleBox(QSpinBox):
    """Counts places in the batch and shows rows of the data set; one below the first place is the mean."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self.setRange(MEAN, MEAN)
        self.setPrefix(tr("example") + " ")
        self.setSpecialValueText(tr("batch mean"))
        self.setKeyboardTracking(False)
        # The arrows stand on either side of the box; under a stylesheet NoButtons would leave no room for the text.
        self.setStyleSheet(
            "QSpinBox { padding-right: 8px; } QSpinBox::up-button, QSpinBox::down-button, QSpinBox::up-arrow, "
            "QSpinBox::down-arrow { width: 0; image: none; }")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance(tr("example") + " 00000") + 20)

    def set_rows(self, rows: NDArray[np.intp]) -> None:
        if rows is self.rows:
            return
        self.rows = rows
        self.setRange(MEAN, len(rows) - 1)
        text = self.textFromValue(self.value())
        shown = self.specialValueText() if self.value() == MEAN else self.prefix() + text
        if self.lineEdit().text() != shown and not self.lineEdit().isModified():
            self.lineEdit().setText(shown)      # the same place may now be another row

    def textFromValue(self, value: int) -> str:
        return str(int(self.rows[value])) if 0 <= value < len(self.rows) else ""

    def valueFromText(self, text: str) -> int:
        row = self._row(text)
        places: list[int] = [] if row is None else np.flatnonzero(self.rows == row).tolist()
        return places[0] if places else self.value()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        row = self._row(text)
        state = QValidator.State.Intermediate
        if text == self.specialValueText() or (row is not None and bool((self.rows == row).any())):
            state = QValidator.State.Acceptable
        return state, text, position

    def fixup(self, text: str) -> str:
        return self.specialValueText() if self.value() == MEAN else self.prefix() + self.textFromValue(self.value())

    def _row(self, text: str) -> int | None:
        digits = text.removeprefix(self.prefix()).strip()
        return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 18 else None


def _arrow(name: str, tip: str) -> QToolButton:
    button = described(QToolButton(), name, tip)
    button.setProperty("quiet", True)
    button.setAutoRepeat(True)
    return button


class StatusFigures(QWidget):
    """Step, epoch, loss and speed for the status bar, as text that can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Training"))
        widest = (tr("step {0}").format("0 000 000"), tr("epoch {0}").format("000 000"),
                  tr("loss {0}").format("0.0000000e−00"), tr("η {0}").format("0.0000e−00"),
                  tr("{0} steps/s").format("000 000"))
        self._widest = widest
        self.step, self.epoch, self.loss, self.rate, self.speed = (_figure(self) for _ in widest)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 8, 0)
        row.setSpacing(14)
        for label in self._figures():
            row.addWidget(label)
        self._fix_sizes()
        self.clear()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fix_sizes()

    def _fix_sizes(self) -> None:
        """One size: the line does not jump, and no layout is computed anew whenever a number changes."""
        for label, text in zip(self._figures(), self._widest, strict=True):
            width = max(_room_for(label, text), _room_for(label, label.text()))
            label.setFixedSize(width, label.fontMetrics().height() + 4)

    def show_view(self, view: View) -> None:
        """Shows how far the training of `view` has come."""
        record, graph = view.moment.record, view.document.graph
        self.show_figures(
            record.step, record.epoch if graph is None else None,
            record.loss if view.moment.loss is not None else None, view.steps_per_second, view.digits,
            record.learning_rate if view.document.is_trained else None,
            graph.names[-1] if graph is not None else "", own=view.trial is not None)

    def show_figures(
        self, step: int, epoch: int | None, loss: float | None, steps_per_second: float, digits: int = 6,
        learning_rate: float | None = None, result: str = "", own: bool = False,
    ) -> None:
        """Shows how far training has come: the shown step and its epoch (from 1), its loss and its η.

        `loss` is None where the pass has not reached it; 0 steps per second stand for a pause.  Of a graph there is no
        epoch, and what would be the loss is its `result`, by its name.  The pass of one's `own` example is no step of
        the training, and the loss is its own.
        """
        _say(self.step, tr("your own example") if own else tr("step {0}").format(count(step)),
             tr("The pass of your own example, which is no step of the training; Esc leads back") if own else
             tr("Step {0}: the training step that is shown, begun or not").format(count(step)))
        epoch = None if own else epoch
        used = tr("Epoch {0}: how often every example has been used, this one included")
        _say(self.epoch, "" if epoch is None else tr("epoch {0}").format(count(epoch)),
             "" if epoch is None else used.format(count(epoch)))
        exact = full(loss) or tr("not reached yet")
        if result:
            _say(self.loss, f"{result} = {short(loss, digits)}", tr("Result of the graph: {0}").format(exact))
        else:
            _say(self.loss, tr("loss {0}").format(short(loss, digits)),
                 (tr("Loss of your own example: {0}") if own else tr("Loss of the batch: {0}")).format(exact))
        learned = "" if learning_rate is None else tr("η {0}").format(short(learning_rate, 4))
        _say(self.rate, learned, tr("Learning rate of this step: {0}").format(full(learning_rate)) if learned else "")
        rate = count(round(steps_per_second)) if steps_per_second >= 10 else short(steps_per_second, 2)
        _say(self.speed, tr("{0} steps/s").format(rate) if steps_per_second else "",
             tr("Training steps per second"))
        for label in self._figures():
            _grow(label)

    def clear(self) -> None:
        """Shows nothing: no network is open."""
        for label in self._figures():
            _say(label, "", "")

    def _figures(self) -> tuple[QLabel, ...]:
        return self.step, self.epoch, self.loss, self.rate, self.speed


class Standstill(ElidedLabel):
    """Says in the status bar that a step changed nothing, and is not there while there is nothing to say.

    What the status bar says about a button under the pointer would wipe an ordinary message away.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setContentsMargins(8, 0, 8, 0)
        self.hide()

    def say(self, text: str) -> None:
        _say(self, text, text)
        self.setVisible(bool(text))


def _figure(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
    return label


def _room_for(label: QLabel, text: str) -> int:
    """How wide `label` must be to show `text`, in pixels."""
    return label.fontMetrics().horizontalAdvance(text) + 4


def _grow(label: QLabel) -> None:
    """Makes room for a number that has become longer than any foreseen; the room stays, so that nothing jumps."""
    needed = _room_for(label, label.text())
    if needed > label.width():
        label.setFixedWidth(needed)


def _say(label: QLabel, text: str, tip: str) -> None:
    if label.text() != text:
        label.setText(text)
        label.setAccessibleName(text)
    if label.toolTip() != tip:
        label.setToolTip(tip)
