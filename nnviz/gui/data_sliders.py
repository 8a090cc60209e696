"""Sliders for the numbers of a data set: how noisy it is, how large, how much of it is kept for testing, its seed.

While a slider is dragged the examples are shown as they would be; letting it go is the edit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QWidget

from nnviz.data.datasets import SPLIT_OPTIONS, TABLE
from nnviz.engine.options import Option
from nnviz.gui.fields import Number, NumberBox, described, range_in_words
from nnviz.gui.translation import tr
from nnviz.session.document import Document
from nnviz.session.example_rows import split_now

SETTLING = 400           # milliseconds after which steps of a slider by keys have been one edit
STEPS = 200              # of a slider whose numbers grow by shares
LEAST_SLIDER, GAP = 60, 6        # pixels
SEEDS = 100              # of which a slider has each


@dataclass(frozen=True)
class SliderRow:
    """One number of a data set, an option by its name, and which number each place of its slider has."""

    name: str
    places: Callable[[Option], int]
    number: Callable[[Option, int], Number]
    place: Callable[[Option, float], int]
    unavailable: str     # why some examples do not have it


def _hundredths(option: Option) -> int:
    return round((option.maximum - option.minimum) * 100)


def _grown(option: Option, place: int) -> int:
    """A number of two digits that grows by even shares from the smallest to the largest."""
    if place >= STEPS:
        return int(option.maximum)
    number = option.minimum * (option.maximum / option.minimum) ** (place / STEPS)
    power = max(0, math.floor(math.log10(number)) - 1)
    return int(max(option.minimum, min(round(number / 10**power) * 10**power, option.maximum)))


def _grown_place(option: Option, number: float) -> int:
    share = math.log(max(number, option.minimum) / option.minimum) / math.log(option.maximum / option.minimum)
    return min(STEPS, round(share * STEPS))


_AT_RANDOM = "{names} cannot be set: that needs examples which are drawn at random."
_NOT_SPLIT = "{names} cannot be set: all examples are trained on, or files of their own are there to test on."

SLIDERS: tuple[SliderRow, ...] = (
    SliderRow("noise", _hundredths, lambda option, place: round(option.minimum + place / 100, 2),
              lambda option, number: round((number - option.minimum) * 100), _AT_RANDOM),
    SliderRow("samples", lambda option: STEPS, _grown, _grown_place, _AT_RANDOM),
    SliderRow("test_fraction", _hundredths,
              lambda option, place: round(option.minimum + place / 100, 2),
              lambda option, number: round((number - option.minimum) * 100), _NOT_SPLIT),
    SliderRow("seed", lambda option: SEEDS - 1, lambda option, place: place,
              lambda option, number: int(min(number, SEEDS - 1)), _NOT_SPLIT),
)


def options_of(document: Document) -> Mapping[str, Option]:
    """The numbers that the data of a document have."""
    source = document.data
    if source.choice is not None:
        return TABLE[source.choice.name].options
    if source.file is not None and source.file.has_test:
        return {}
    return SPLIT_OPTIONS


def numbers_of(document: Document) -> dict[str, Number]:
    """Their values in force."""
    source = document.data
    if source.choice is not None:
        return TABLE[source.choice.name].values(dict(source.choice.options))
    return dict(split_now(document)) if options_of(document) else {}


class _Slider(QSlider):
    """A slider that Esc brings back, and that the wheel moves only where it has the keyboard."""

    given_up = Signal()
    _let_go = False          # by Esc, while the button is still down

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._let_go = False
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._let_go:
            super().mouseMoveEvent(event)

    def event(self, event: QEvent) -> bool:
        if (event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
                and event.key() == Qt.Key.Key_Escape):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._let_go = True
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class DataSliders(QWidget):
    """A slider and a box for each number of the data set in use; `reason` says why it does not have the others.

    `tried` carries a name and a number that is being looked at, `chosen` one that is settled on; `given_up` says that
    what was tried is not wanted.
    """

    tried = Signal(str, object)
    chosen = Signal(str, object)
    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sliders: dict[str, QSlider] = {}
        self.boxes: dict[str, NumberBox] = {}
        self._options: dict[str, Option] = {}
        self._shown: dict[str, Number] = {}
        self._trying = ""
        self._titles: list[QLabel] = []
        self._units: list[QLabel] = []
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLING)
        self._settle.timeout.connect(self._choose)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for at, row in enumerate(SLIDERS):
            option = next(entry.options[row.name] for entry in TABLE.values() if row.name in entry.options)
            text = tr(option.titled(row.name))
            title, unit = QLabel(text), QLabel(tr(option.unit) if option.unit else "")
            unit.setProperty("second", True)
            box = NumberBox(option, text, tr(option.help))
            box.setFixedWidth(round(0.86 * box.minimumWidth()))
            slider = _Slider(Qt.Orientation.Horizontal)
            described(slider, text, tr(option.help))
            slider.setMinimumWidth(LEAST_SLIDER)
            slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            title.setBuddy(slider)
            slider.valueChanged.connect(lambda _place, name=row.name: self._moved(name))
            slider.sliderReleased.connect(self._choose)
            slider.given_up.connect(self._give_up)
            box.value_chosen.connect(lambda value, name=row.name: self.chosen.emit(name, value))
            described(box.lineEdit(), box.name, box.tip)
            self._titles.append(title)
            self._units.append(unit)
            for column, part in enumerate((title, slider, box, unit)):
                grid.addWidget(part, at, column)
            self.sliders[row.name], self.boxes[row.name] = slider, box
        grid.setRowStretch(len(SLIDERS), 1)

    def minimumSizeHint(self) -> QSize:
        """Where it is narrow the units are left out."""
        return QSize(200, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_units()

    def _show_units(self) -> None:
        """Units are there where they have room."""
        widths = [max(part.sizeHint().width() for part in column) for column in (self._titles, self._units)]
        wanted = sum(widths) + LEAST_SLIDER + 3 * GAP + next(iter(self.boxes.values())).width()
        for row, unit in zip(SLIDERS, self._units, strict=True):
            unit.setVisible(self.width() >= wanted and row.name in self._options)

    def show_document(self, document: Document | None) -> None:
        """Shows the numbers of a document's data; nothing can be moved for None."""
        self._settle.stop()
        self._trying = ""
        options = {} if document is None else options_of(document)
        self._shown = {} if document is None else numbers_of(document)
        self._options = {}
        for row, title, unit in zip(SLIDERS, self._titles, self._units, strict=True):
            slider, box, option = self.sliders[row.name], self.boxes[row.name], options.get(row.name)
            for part in (title, slider, box):
                part.setVisible(option is not None)
            if option is None:
                unit.hide()
                continue
            self._options[row.name] = box.option = option
            box.name = tr(option.titled(row.name))
            title.setText(box.name)
            for field in (slider, box, box.lineEdit()):
                field.setAccessibleName(box.name)
            unit.setText(tr(option.unit) if option.unit else "")
            box.range = range_in_words(option)
            box.set_tip(tr(option.help))
            slider.setToolTip(box.tip)
            box.set_value(self._shown[row.name])
            self._place(row, self._shown[row.name])
        self._show_units()

    def reason(self) -> str:
        """Why some of the numbers cannot be set, in a sentence for all that have one reason; "" where all can."""
        missing: dict[str, list[str]] = {}
        for row in SLIDERS:
            if row.name not in self._options:
                missing.setdefault(row.unavailable, []).append(self.boxes[row.name].name)
        joined = {why: names[0] if len(names) == 1 else tr("{first} and {second}").format(
            first=names[0], second=names[1]) for why, names in missing.items()}
        return " ".join(tr(why).format(names=names) for why, names in joined.items())

    def _place(self, row: SliderRow, number: Number) -> None:
        slider, option = self.sliders[row.name], self._options[row.name]
        with QSignalBlocker(slider):
            slider.setRange(0, row.places(option))
            slider.setPageStep(max(1, row.places(option) // 10))
            slider.setValue(row.place(option, float(number)))

    def _moved(self, name: str) -> None:
        row = next(row for row in SLIDERS if row.name == name)
        number = row.number(self._options[name], self.sliders[name].value())
        self._trying = name
        self.boxes[name].set_value(number)
        self.tried.emit(name, number)
        if not self.sliders[name].isSliderDown():
            self._settle.start()

    def _choose(self) -> None:
        """What was tried is settled on."""
        self._settle.stop()
        name, self._trying = self._trying, ""
        if not name:
            return
        value = self.boxes[name].value()
        if value is not None and value != self._shown.get(name):
            self.chosen.emit(name, value)
        else:
            self.given_up.emit()

    def _give_up(self) -> None:
        self._settle.stop()
        name, self._trying = self._trying, ""
        if not name:
            return
        self.sliders[name].setSliderDown(False)
        self._trying = ""
        self.boxes[name].set_value(self._shown[name])
        self._place(next(row for row in SLIDERS if row.name == name), self._shown[name])
        self.given_up.emit()
