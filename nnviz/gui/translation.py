"""Every word on screen passes through one door, so that it can be said in another language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def tr(text: str) -> str:
    """`text` in the user's language, or as it is where no translation is installed."""
    return QCoreApplication.translate("nnviz", text)
