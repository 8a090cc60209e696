"""The two questions that stop a user: before work is lost, and before training starts over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QMessageBox, QWidget

from nnviz.gui.fields import described
from nnviz.gui.translation import tr
from nnviz.words import counted

Answer = Literal["save", "discard", "cancel"]
_Button = QMessageBox.StandardButton
_ANSWERS: Mapping[QMessageBox.StandardButton, Answer] = {_Button.Save: "save", _Button.Discard: "discard"}
# The names that Qt gives the two texts of a message box.
_SHEET = "QLabel#qt_msgbox_label { font-weight: 600; } QLabel#qt_msgbox_informativelabel { min-width: 24em; }"


@dataclass(frozen=True)
class ResetAnswer:
    """Whether training may start over, and whether to ask the next time; true where it may."""

    go_on: bool
    ask_again: bool = True

    def __bool__(self) -> bool:
        return self.go_on


def ask(parent: QWidget | None, name: str, branches: int = 0) -> Answer:
    """What to do with the changes of the network `name` before it is closed; files have none of its other `branches`.
    """
    lost = tr("Without saving, the training and the edits since the last save are lost.")
    if branches:
        lost += " " + counted(branches, "The other branch of the training cannot be saved and is lost either way.",
                              "The {count} other branches of the training cannot be saved and are lost either way.")
    box = _question(
        parent, tr("Unsaved changes"), tr("Save the changes to “{name}”?").format(name=_short(name)), lost,
        {_Button.Save: (tr("&Save"), tr("Save, then go on")),
         _Button.Discard: (tr("&Discard"), tr("Go on without saving; the changes are lost")),
         _Button.Cancel: (tr("Cancel"), tr("Go back, nothing happens (Esc)"))},
        default=_Button.Save,
    )
    try:
        return _ANSWERS.get(_Button(box.exec()), "cancel")
    finally:
        box.deleteLater()


def confirm_reset(parent: QWidget | None, reason: str) -> ResetAnswer:
    """Whether training may start over; `reason` says why it must, as a clause (“the network gets another shape”)."""
    box = _question(
        parent, tr("Reset training"), tr("Start the training over?"),
        tr("This change resets the training: {reason}. Undo brings everything back.").format(reason=reason.rstrip(".")),
        {_Button.Ok: (tr("&Start over"), tr("Make the change and start from step 0")),
         _Button.Cancel: (tr("Cancel"), tr("Leave everything as it is (Esc)"))},
        default=_Button.Ok,
    )
    never = described(QCheckBox(tr("&Do not ask again")), tr("Do not ask again"),
                      tr("From now on such changes are made at once; the preferences can bring the question back"))
    box.setCheckBox(never)
    try:
        go_on = _Button(box.exec()) == _Button.Ok
        return ResetAnswer(go_on, not (go_on and never.isChecked()))
    finally:
        box.deleteLater()


def _question(
    parent: QWidget | None, title: str, question: str, consequence: str,
    buttons: Mapping[QMessageBox.StandardButton, tuple[str, str]], default: QMessageBox.StandardButton,
) -> QMessageBox:
    box = QMessageBox(parent)
    box.setStyleSheet(_SHEET)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    box.setInformativeText(consequence)
    for which, (text, tip) in buttons.items():
        button = box.addButton(which)
        button.setText(text)
        described(button, text.replace("&", ""), tip)
    box.setDefaultButton(default)
    box.setEscapeButton(_Button.Cancel)
    return box


def _short(name: str) -> str:
    return name if len(name) <= 60 else name[:59] + "…"
