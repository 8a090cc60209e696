"""Forms in cards: fields below one another with their titles in a column before them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.fields import WRONG_TEXT, described
from nnviz.gui.translation import tr

ABOVE = 40              # pixels of the screen that the frame around a dialog takes, or a little more


def open_at(dialog: QDialog, width: int, height: int) -> None:
    """Makes `dialog` so large, or as large as its screen has room for: its buttons are always within reach."""
    screen = (dialog.parentWidget() or dialog).screen().availableGeometry().size()
    dialog.resize(QSize(width, height).boundedTo(screen - QSize(0, ABOVE)))


def card(rows: list[tuple[str, QWidget]], *below: QWidget) -> QFrame:
    """Fields with their titles before them, and what belongs below them."""
    frame = QFrame()
    frame.setProperty("card", True)
    column = QVBoxLayout(frame)
    column.setContentsMargins(14, 12, 14, 12)
    column.setSpacing(8)
    for title, widget in rows:
        label = titled(title, widget)
        label.setFixedWidth(label.fontMetrics().horizontalAdvance(tr("Learning rate") + " "))
        label.setContentsMargins(0, 5, 0, 0)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(widget, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(line)
    for widget in below:
        column.addWidget(widget)
    return frame


def say_consequence(line: QLabel, changed: bool, reason: str, goes_on: str) -> None:
    """Says what Apply will do, in the same words and colour in every dialog: `reason` is why training starts over, ""
    where it does not but goes on as `goes_on` says."""
    over = tr("Training starts over: {reason}. Undo brings everything back.").format(reason=reason)
    line.setText(tr("Nothing is changed yet.") if not changed else over if reason else goes_on)
    line.setStyleSheet(WRONG_TEXT if changed and reason else "")


def titled(text: str, field_of: QWidget) -> QLabel:
    """The title of a field, whose underlined letter leads there."""
    label = QLabel(text)
    label.setProperty("second", True)
    label.setBuddy(field_of)
    return label


def apply_buttons(dialog: QDialog, does: str, leaves: str) -> tuple[QDialogButtonBox, QPushButton, QPushButton]:
    """The buttons of a dialog that edits the open network, then Apply and Cancel among them; their tips are given."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    apply, cancel = (buttons.button(kind) for kind in (
        QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Cancel))
    apply.setText(tr("&Apply"))
    described(apply, tr("Apply"), does)
    described(cancel, tr("Cancel"), leaves)
    cancel.setAutoDefault(False)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return buttons, apply, cancel
