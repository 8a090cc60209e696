"""Every word on screen passes through one door, so that it can be said in another language: Qt's translators say it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication

from nnviz import words
from nnviz.words import tr

__all__ = ["ask_qt", "tr"]


def ask_qt() -> None:
    """Has `tr` ask the translators that Qt has; once more after another one was installed, for `tr` remembers."""
    words.install(partial(QCoreApplication.translate, "nnviz"))


ask_qt()
