"""The preferences, made from the settings table: a new row there is a new line here.

Every choice takes effect at once, so its effect can be seen; Cancel puts everything back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.dialogs.form import open_at
from nnviz.gui.settings import SECTIONS, SETTINGS, Setting, Settings, Value
from nnviz.gui.translation import tr

Changed = Callable[[Value], None]


class Preferences(QDialog):
    """All settings that have a section. Accepted: they are kept; rejected: everything is as it was before."""

    title = "Preferences"
    sections: Sequence[str] = SECTIONS
    lines = 42          # how high it is at first

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr(self.title))
        self.settings = settings
        self.controls: dict[str, QWidget] = {}
        self._before = {row.key: settings[row.key] for row in self.rows()}
        self._showing = False

        page = QWidget()
        sections = QVBoxLayout(page)
        sections.setContentsMargins(20, 16, 20, 20)
        sections.setSpacing(6)
        self.add_before(sections)
        for section in self.sections:
            self._add_section(section, sections)
        sections.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        scroll.setAccessibleName(tr("Settings"))

        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.RestoreDefaults
        )
        tips = {
            QDialogButtonBox.StandardButton.Ok: tr("Keep these settings"),
            QDialogButtonBox.StandardButton.Cancel: tr("Put every setting back to what it was"),
            QDialogButtonBox.StandardButton.RestoreDefaults: tr("Show the settings of the first day; Cancel undoes it"),
        }
        for which, tip in tips.items():
            button = buttons.button(which)
            button.setToolTip(tip)
            button.setAccessibleName(button.text().replace("&", ""))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults).clicked.connect(self.restore_defaults)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, 1)
        rule = QFrame()
        rule.setProperty("rule", True)
        layout.addWidget(rule)
        buttons.setContentsMargins(20, 12, 20, 14)
        layout.addWidget(buttons)
        self._write_sizes()
        settings.watch(self._settings_changed)
        self.finished.connect(lambda: settings.unwatch(self._settings_changed))
        em = self.fontMetrics().height()
        open_at(self, min(em * 42, 1180), min(em * self.lines, 720))

    @classmethod
    def rows(cls) -> list[Setting]:
        """The settings that are shown here."""
        return [row for row in SETTINGS if row.section in cls.sections]

    def restore_defaults(self) -> None:
        """Shows the settings of the first day."""
        self.settings.change(**{row.key: row.default for row in self.rows()})

    def add_before(self, sections: QVBoxLayout) -> None:
        """Puts what a dialog shows above its settings."""

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "controls"):
            self._write_sizes()

    def reject(self) -> None:
        """Put everything back, then close."""
        self.settings.change(**self._before)
        super().reject()

    def _add_section(self, section: str, sections: QVBoxLayout) -> None:
        heading = QLabel(tr(section))
        heading.setProperty("heading", True)
        heading.setContentsMargins(2, 10, 0, 2)
        sections.addWidget(heading)
        card = QFrame()
        card.setProperty("card", True)
        grid = QGridLayout(card)
        grid.setContentsMargins(16, 4, 16, 4)
        grid.setHorizontalSpacing(24)
        grid.setColumnStretch(0, 1)
        for number, row in enumerate(row for row in SETTINGS if row.section == section):
            if number:
                rule = QFrame()
                rule.setProperty("rule", True)
                grid.addWidget(rule, 2 * number - 1, 0, 1, 2)
            grid.addWidget(self._described(row), 2 * number, 0)
            control = _CONTROLS[row.kind](row, partial(self._choose, row.key))
            control.setAccessibleName(tr(row.label))
            control.setAccessibleDescription(tr(row.help))
            unit = f" ({row.unit})" if row.unit else ""
            control.setToolTip(f"{tr(row.label)}{unit}: {tr(row.help)}")
            control.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            _SHOW[row.kind](control, self.settings[row.key])
            grid.addWidget(control, 2 * number, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.controls[row.key] = control
        sections.addWidget(card)

    def _described(self, row: Setting) -> QWidget:
        """A setting's label with its help below it."""
        text = QWidget()
        lines = QVBoxLayout(text)
        lines.setContentsMargins(0, 10, 0, 10)
        lines.setSpacing(2)
        lines.addWidget(QLabel(tr(row.label)))
        explanation = QLabel(tr(row.help))
        explanation.setWordWrap(True)
        explanation.setProperty("second", True)
        explanation.setProperty("writing", "small")
        lines.addWidget(explanation)
        return text

    def _write_sizes(self) -> None:
        """Follow the text size, which may be the very setting that is being changed."""
        wide = [control for control in self.controls.values() if not isinstance(control, QCheckBox)]
        choices = [control.sizeHint().width() for control in wide if isinstance(control, QComboBox)]
        for control in wide:        # all alike, and none of their choices cut off
            control.setFixedWidth(max(self.fontMetrics().height() * 13, *(choice + 8 for choice in choices)))

    def _choose(self, key: str, value: Value) -> None:
        if not self._showing:
            self.settings.change(**{key: value})

    def _settings_changed(self, keys: frozenset[str]) -> None:
        self._showing = True
        try:
            for row in self.rows():
                if row.key in keys and row.key in self.controls:
                    _SHOW[row.kind](self.controls[row.key], self.settings[row.key])
        finally:
            self._showing = False


def _choice(row: Setting, changed: Changed) -> QWidget:
    control = QComboBox()
    for key, label in row.choices:
        control.addItem(tr(label), key)
    control.currentIndexChanged.connect(lambda index: changed(str(control.itemData(index))))
    return control


def _whole(row: Setting, changed: Changed) -> QWidget:
    control = QSpinBox()
    control.setRange(int(row.limits[0]), int(row.limits[1]))
    control.setSingleStep(int(row.step))
    control.valueChanged.connect(changed)
    return _dressed(control, row)


def _real(row: Setting, changed: Changed) -> QWidget:
    control = QDoubleSpinBox()
    control.setRange(*row.limits)
    control.setSingleStep(row.step)
    control.valueChanged.connect(changed)
    return _dressed(control, row)


def _dressed(control: QSpinBox | QDoubleSpinBox, row: Setting) -> QWidget:
    control.setSuffix(f" {row.unit}" if row.unit else "")
    control.lineEdit().setTextMargins(5, 0, 0, 0)      # a stylesheet's padding does not reach inside a spin box
    control.setKeyboardTracking(False)      # a number half typed is not yet a choice
    control.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)
    return control


def _flag(row: Setting, changed: Changed) -> QWidget:
    control = QCheckBox()
    control.toggled.connect(changed)
    return control


def _text(row: Setting, changed: Changed) -> QWidget:
    control = QLineEdit()
    control.editingFinished.connect(lambda: changed(control.text()))
    return control


_CONTROLS: Mapping[str, Callable[[Setting, Changed], QWidget]] = {
    "choice": _choice,
    "int": _whole,
    "float": _real,
    "bool": _flag,
    "text": _text,
}
_SHOW: Mapping[str, Callable[..., object]] = {
    "choice": lambda control, value: control.setCurrentIndex(control.findData(value)),
    "int": lambda control, value: control.setValue(value),
    "float": lambda control, value: control.setValue(value),
    "bool": lambda control, value: control.setChecked(value),
    "text": lambda control, value: control.setText(value),
}
