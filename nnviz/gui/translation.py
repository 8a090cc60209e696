"""Every word on screen passes through one door, so that it can be said in another language: Qt's translators say it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject

from nnviz import words
from nnviz.words import tr

__all__ = ["ask_qt", "say_anew", "tr", "worded"]


def ask_qt() -> None:
    """Has `tr` ask the translators that Qt has; once more after another one was installed, for `tr` remembers."""
    words.install(partial(QCoreApplication.translate, "nnviz"))


class _Wording(QObject):
    """Says something of its owner again whenever other words come into force."""

    def __init__(self, owner: QObject, say: Callable[[], object]) -> None:
        super().__init__(owner)
        self.say = say


def worded(owner: QObject, say: Callable[[], object]) -> None:
    """Does `say`, which writes a text with marked words on `owner`, now and whenever other words come into force."""
    say()
    _Wording(owner, say)


def say_anew(window: QObject) -> None:
    """Has everything in `window` that is `worded` said again."""
    for wording in window.findChildren(_Wording):
        wording.say()


ask_qt()
