"""The strip that says that an example of one's own is shown: its inputs and target can be changed there, and Esc
leads back to the training."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolBar, QVBoxLayout, QWidget

from nnviz.data.datasets import DataSet
from nnviz.data.pictures import picture_side
from nnviz.engine.calls import Array
from nnviz.engine.options import Option
from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.fields import NumberBox, described, with_title
from nnviz.gui.icons import icon
from nnviz.gui.target_field import TargetField
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.typed_numbers import NumbersLine
from nnviz.gui.view import View
from nnviz.report.inputs import asked_names
from nnviz.report.numbers import count
from nnviz.report.wanted import Wanted, answer_in_brief, target_choices
from nnviz.session.trial import Trial

MOST_BOXES = 4          # inputs that have a box each
MOST_TYPED = 64         # inputs that somebody can be asked to type
_AROUND_BOX = 70        # pixels that the frame of a box, its arrows and the gaps beside it take
_OTHERS = 62            # characters' room for target, answer and button
_ANY = Option(0.0)


class TrialStrip(QToolBar):
    """A row of the window that takes the place of the training settings while an example of one's own is shown.

    `inputs_typed` tells all inputs of the example, as the data set has them; `target_chosen` its target, or None for
    the nearest training example's; `drawing_wanted` that its image is to be drawn; `back_wanted` that the training is
    to be shown again.
    """

    inputs_typed = Signal(object)       # Array
    target_chosen = Signal(object)      # Array or None
    drawing_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(tr("Your own example"), parent)
        self.setObjectName("trial")
        self.setAccessibleName(tr("Your own example"))
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._trial: Trial | None = None
        self._data: DataSet | None = None
        self._choices: tuple[Wanted, ...] = ()
        self._names: tuple[str, ...] = ()
        self.boxes: list[NumberBox] = []
        self.title = QLabel(tr("Your own example"))
        self.title.setToolTip(tr("It runs through the network as it stands: Step and Step back go through its pass, "
                                 "and nothing is learned from it"))
        self.title.setStyleSheet("font-weight: 600;")
        self.fields = QHBoxLayout()
        self.fields.setSpacing(2)
        self.line = NumbersLine(tr("Inputs of your own example"), tr("The inputs of your own example, with commas "
                                "between, as the data set has them: they are scaled as the training examples are"))
        self.line.setMinimumWidth(180)
        self.amount = QLabel()
        self.amount.setProperty("second", True)
        self.draw = described(QPushButton(tr("Draw…")), tr("Draw your own example"),
                              tr("Draw the image of your own example in the drawing pad"))
        self.target = TargetField()
        self.answer = ElidedLabel()
        self.answer.setAccessibleName(tr("Answer of the network"))
        self.answer.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.back = described(QPushButton(tr("Back to the training")), tr("Back to the training"),
                              tr("Leave your own example and show again where training stands; nothing of it is kept "
                                 "(Esc)"))
        self._whole = QWidget()
        column = QVBoxLayout(self._whole)
        column.setContentsMargins(4, 0, 4, 0)
        column.setSpacing(4)
        self._rows = (QHBoxLayout(), QHBoxLayout())
        for row in self._rows:
            row.setSpacing(12)
            column.addLayout(row)
        self._is_wrapped: bool | None = None
        self._wrap(False)
        self.addWidget(self._whole)
        self.line.values_chosen.connect(self.inputs_typed)
        self.target.target_chosen.connect(self.target_chosen)
        self.draw.clicked.connect(self.drawing_wanted)
        self.back.clicked.connect(self.back_wanted)
        self.set_theme(theme)
        self.setVisible(False)

    def set_theme(self, theme: Theme) -> None:
        self.back.setIcon(icon("previous", theme))

    def take_height(self, pixels: int) -> None:
        """Takes so much height, in two rows where there is room for them."""
        self.setFixedHeight(pixels)
        self._names, self._trial = (), None      # whether the inputs can have boxes is looked at anew
        self._wrap(pixels >= 2 * self.back.sizeHint().height())

    def _wrap(self, wrapped: bool) -> None:
        """Puts target and answer into a second row, or all into one."""
        if wrapped == self._is_wrapped:
            return
        self._is_wrapped = wrapped
        first, second = self._rows
        for row in self._rows:
            while row.takeAt(0) is not None:
                pass
        first.addWidget(self.title)
        first.addLayout(self.fields)
        for part in (self.amount, self.line, self.draw):
            first.addWidget(part)
        if wrapped:
            first.addStretch(1)
        rest = second if wrapped else first
        rest.addWidget(self.target)
        rest.addWidget(self.answer, 1)
        rest.addWidget(self.back)

    def show_view(self, view: View) -> None:
        """Shows the trial of `view`, telling nobody; what is being typed stays."""
        trial = view.trial
        if trial is None or trial is self._trial:
            return
        self._trial = trial
        names = asked_names(view.problem.network, view.data)
        if names != self._names or view.data is not self._data:
            self._names, self._data = names, view.data
            self._choices = target_choices(view.problem, view.data)
            self._make_boxes(names if len(names) <= MOST_BOXES and self._has_room_for(names) else ())
        for box, value in zip(self.boxes, trial.inputs.tolist(), strict=False):
            box.set_value(value)
            if not box.hasFocus():
                box.lineEdit().setCursorPosition(0)
        is_line = not self.boxes and len(names) <= MOST_TYPED and not picture_side(len(names))
        self.line.setVisible(is_line)
        if is_line:
            self.line.set_values(names, trial.inputs)
        self.amount.setVisible(not self.boxes)
        self.amount.setToolTip(", ".join(names[:MOST_TYPED]))
        self.draw.setVisible(picture_side(len(names)) > 0)
        self.amount.setText(tr("{count} inputs").format(count=count(len(names))))
        outputs = view.problem.network.names(len(view.problem.network.layers))
        self.target.show_target(self._choices, outputs, trial.target, trial.is_chosen)
        answer = tr("The network answers {answer}").format(answer=answer_in_brief(view.problem, trial.outputs))
        last = view.moment.last
        if last is not None and last.phase == "update":
            answer = tr("{answer}; the updates are only shown, none is kept").format(answer=answer)
        self.answer.setText(answer)
        self.answer.setToolTip(answer)

    def take_keyboard(self) -> None:
        """The first field gets the keyboard, its number ready to be typed over."""
        field: QWidget = self.boxes[0] if self.boxes else self.line if self.line.isVisibleTo(self) else self.target.list
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if isinstance(field, NumberBox):
            line = field.lineEdit()
            line.setSelection(len(line.text()), -len(line.text()))      # the first digits are those to be seen

    def _has_room_for(self, names: tuple[str, ...]) -> bool:
        """Whether every input can have a box with its whole name before it."""
        metrics = self.fontMetrics()
        boxes = sum(metrics.horizontalAdvance(f"{name}0.000005") + _AROUND_BOX for name in names)
        others = 0 if self._is_wrapped else metrics.horizontalAdvance("0") * _OTHERS
        return metrics.horizontalAdvance(self.title.text()) + boxes + others < self.window().width()

    def _make_boxes(self, names: tuple[str, ...]) -> None:
        """A box for each input."""
        while (item := self.fields.takeAt(0)) is not None:
            pair = item.widget()
            if pair is not None:
                pair.hide()
                pair.deleteLater()
        self.boxes = []
        for name in names:
            box = NumberBox(_ANY, tr("Input {name} of your own example").format(name=name),
                            tr("{name} as the data set has it; it is scaled as the training examples are").format(
                                name=name))
            box.value_chosen.connect(lambda _value: self._tell())
            self.boxes.append(box)
            pair = with_title(name, box, right=6)
            self.fields.addWidget(pair)
            pair.show()
        chain = [*self.boxes, self.line, self.draw, self.target.list, self.target.line, self.back]
        for before, after in pairwise(chain):
            self.setTabOrder(before, after)

    def _tell(self) -> None:
        values = [box.value() for box in self.boxes]
        if None not in values:
            self.inputs_typed.emit(_numbers(values))


def _numbers(values: list[float | int | None]) -> Array:
    return np.array(values, dtype=np.float64)
