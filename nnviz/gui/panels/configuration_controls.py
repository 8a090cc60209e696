"""What stands around the form of the configuration: the search above it, what belongs to single sections, and below
it what a setting means, what a change of it does, and the changes that are collected."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.fields import WRONG_TEXT, described
from nnviz.gui.icons import icon
from nnviz.gui.rate_course import RateCourse
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr

_HELP_LINES, _SAID_LINES = 3, 2
_ROOMY, _SCARCE = 26, 14        # lines of text that a panel is high


class SearchLine(QWidget):
    """The search, and a button that copies what differs for the command line."""

    def __init__(self) -> None:
        super().__init__()
        self.line = described(QLineEdit(), tr("Search the settings"),
                              tr("Show only settings with all these words in their name, meaning or value (Ctrl+F)"))
        self.line.setPlaceholderText(tr("search the settings"))
        self.line.setClearButtonEnabled(True)
        for button in self.line.findChildren(QToolButton):
            described(button, tr("Empty the search"), tr("Show all settings again"))
        self.copy = described(QToolButton(), tr("Copy for the command line"), tr(
            "Copy what differs from the network as it was opened, as --set words for the command line"))
        self.copy.setProperty("quiet", True)
        self.copy.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 6, 4)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self.copy)

    def set_theme(self, theme: Theme) -> None:
        self.copy.setIcon(icon("copy", theme, "muted"))


class CourseBox(QWidget):
    """The course of the learning rate, and the way to all of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self.course = RateCourse()
        self.detail = link(tr("Its course in detail…"), tr("Choose a schedule and see its whole course"))
        _stacked(self, self.course, self.detail)


class DataBox(QWidget):
    """The way to examples that are no row of a table."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self.detail = link(tr("Own rows, files, preview…"), tr(
            "Data and scaling: type, paste or import examples, and see them first (Ctrl+D)"))
        _stacked(self, self.detail)


class LayersBox(QWidget):
    """Another hidden layer, and whether what was learned is kept."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self.add = link(tr("Add hidden layer"), tr("Put another layer before the output"))
        self.keep = described(QCheckBox(tr("Keep what was learned")), tr("Keep what was learned"), tr(
            "New units and layers change nothing of what the network computes, and training goes on; else they start "
            "it anew"))
        self.keep.setChecked(True)
        _stacked(self, self.add, self.keep)

    def set_theme(self, theme: Theme) -> None:
        self.add.setIcon(icon("add", theme, "accent"))


class Foot(QWidget):
    """Two texts of a fixed height, so that nothing moves while somebody types, and the buttons below them."""

    apply_requested = Signal()
    discard_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.help, self.said = QLabel(), QLabel()
        for label in (self.help, self.said):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.help.setProperty("second", True)
        self.help.setAccessibleName(tr("What this setting means"))
        self.said.setAccessibleName(tr("What a change does"))
        self.collect = described(QCheckBox(tr("Collect changes")), tr("Collect changes"), tr(
            "Try several settings here first, and apply them together as one edit"))
        self.apply = described(QPushButton(tr("Apply")), tr("Apply the collected changes"), tr(
            "Change all of them in the network, as one edit that Undo takes back"))
        self.apply.setProperty("primary", True)
        self.apply.clicked.connect(self.apply_requested)
        self.discard = described(QPushButton(tr("Discard")), tr("Discard the collected changes"), tr(
            "Show the settings that are in force again"))
        self.discard.clicked.connect(self.discard_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.collect, 1)
        for button in (self.discard, self.apply):
            button.setStyleSheet("QPushButton { padding: 3px 8px; }")
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 8, 8)
        column.setSpacing(4)
        column.addWidget(self.help)
        column.addWidget(self.said)
        column.addLayout(buttons)
        self.show_collected(0)

    def explain(self, text: str, tip: str) -> None:
        """Says what the field means that has the keyboard."""
        self.help.setText(text)
        self.help.setToolTip("\n".join(filter(None, (text, tip))))

    def say(self, text: str, warns: bool) -> None:
        """Says what a change does."""
        self.said.setText(text)
        self.said.setToolTip(text or tr("Whether training goes on or starts over"))
        self.said.setStyleSheet(WRONG_TEXT if warns else "")

    def show_collected(self, number: int) -> None:
        """Offers to apply or discard so many changes."""
        for button in (self.apply, self.discard):
            button.setVisible(self.collect.isChecked())
            button.setEnabled(number > 0)

    def fit(self, lines: float) -> None:
        """Takes the height that there is, in `lines` of text: where they are few, the form needs the room of the help.
        """
        line = self.fontMetrics().lineSpacing()
        self.help.setVisible(lines >= _ROOMY)
        self.help.setFixedHeight(_HELP_LINES * line)
        self.said.setFixedHeight((_SAID_LINES if lines >= _SCARCE else 1) * line)


def link(text: str, tip: str) -> QPushButton:
    """A button that looks like a link."""
    button = described(QPushButton(text), text, tip)
    button.setProperty("link", True)
    return button


def _stacked(box: QWidget, *widgets: QWidget) -> None:
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    for widget in widgets:
        if isinstance(widget, QPushButton):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            column.addWidget(widget)
