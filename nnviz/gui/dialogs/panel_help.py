"""What a panel shows and how to read it, in the words of the panel itself."""

from __future__ import annotations

import inspect
import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from nnviz.gui.translation import tr


def help_text(docstring: str) -> str:
    """A docstring as paragraphs: its line breaks are only those of the source.

    >>> help_text("One.\\n\\n    Two\\n    goes on.")
    'One.\\n\\nTwo goes on.'
    """
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(docstring))
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs).replace("`", "")


def show_help(parent: QWidget, title: str, docstring: str) -> QDialog:
    """Opens the explanation of a panel beside the window; it can stay open while one works."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    text = QLabel(help_text(tr(docstring)))
    text.setTextFormat(Qt.TextFormat.PlainText)
    text.setWordWrap(True)
    text.setAlignment(Qt.AlignmentFlag.AlignTop)
    text.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    text.setAccessibleName(title)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    close = buttons.button(QDialogButtonBox.StandardButton.Close)
    close.setToolTip(tr("Close this explanation (Esc)"))
    close.setAccessibleName(tr("Close"))
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(22, 18, 22, 14)
    column.setSpacing(14)
    column.addWidget(text, 1)
    column.addWidget(buttons)
    dialog.resize(dialog.fontMetrics().height() * 28, dialog.sizeHint().height())
    dialog.show()
    return dialog
