"""How a dialog that writes a file is arranged: what can be chosen beside what it will give, below them the file."""

from __future__ import annotations

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.dialogs.destination import Destination
from nnviz.gui.dialogs.form import open_at
from nnviz.gui.picture_export import Picture, render_image
from nnviz.gui.theme import Theme


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
    open_at(dialog, min(em * width, 1180), min(em * 38, 720))


def show_preview(
    label: QLabel, drawing: Picture, theme: Theme, width: int, height: int, digits: int, colours: ColourScale | None
) -> None:
    """Draws into `label` the picture as it will be laid out, made smaller where there is less room."""
    ratio, room = label.devicePixelRatioF(), label.size()
    shrink = min(1.0, room.width() / width, room.height() / height) * ratio
    image = render_image(drawing, theme, width, height, max(shrink, 0.02), digits=digits, colours=colours)
    image.setDevicePixelRatio(ratio)
    label.setPixmap(QPixmap.fromImage(image))
