"""How a dialog that writes a file is arranged: what can be chosen beside what it will give, below them the file."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from nnviz.gui.dialogs.destination import Destination


def arrange(
    dialog: QDialog, choices: QLayout, choices_width: int, result: QLayout, destination: Destination,
    buttons: QLayout, width: int,
) -> None:
    """Fills `dialog`; the widths of `choices` and of the dialog are in heights of a line of text."""
    em = dialog.fontMetrics().height()
    side = QWidget()
    side.setLayout(choices)
    choices.setContentsMargins(0, 0, 0, 0)
    side.setFixedWidth(em * choices_width)
    body = QHBoxLayout()
    body.setContentsMargins(20, 18, 20, 14)
    body.setSpacing(20)
    body.addWidget(side)
    body.addLayout(result, 1)
    foot = QVBoxLayout()
    foot.setContentsMargins(20, 12, 20, 14)
    foot.setSpacing(10)
    foot.addWidget(destination)
    foot.addLayout(buttons)
    rule = QFrame()
    rule.setProperty("rule", True)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addLayout(body, 1)
    layout.addWidget(rule)
    layout.addLayout(foot)
    dialog.resize(min(em * width, 1180), min(em * 38, 720))
