"""What can go wrong, said in one sentence that a learner can act on.

    NnvizError              anything that nnviz says to its user
    ├── Refused             an input that nnviz will not take: what, where, what to do
    │   ├── DocumentRefused     a network file or a value in it
    │   ├── DataRefused         a file of examples, or a row of it
    │   │   └── FileMissing         a file of examples that is not where it is looked for
    │   ├── ChoiceRefused       a name that no table has ("did you mean ...?")
    │   ├── FormulaRefused      a formula that cannot be read, and at which character
    │   └── EditRefused         a change that cannot be made to the open network
    ├── CannotWrite         a place that a file could not be written to; the old file is intact
    └── CannotShow          no display, or a system library is missing

NaN and infinity are not here: they are a state of a training run, not an exception.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from nnviz.words import tr

MOST_LISTED, MOST_OWN = 20, 12      # known names that a sentence lists, and the user's own among them
NEAR = 0.5                          # how much of two names is alike where one may have been meant for the other


class NnvizError(Exception):
    """A sentence for the user. `str(error)` is what the window and the command line show."""


class Refused(NnvizError):
    """An input that nnviz will not take.

    `what` says what is wrong, `where` names the file or the path inside it, `hint` says what to do.
    """

    def __init__(self, what: str, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """The whole message: `where: what. hint.`"""
        head = f"{self.where}: {self.what}" if self.where else self.what
        parts = [part.rstrip(".") for part in (head, self.hint) if part]
        text = ". ".join(parts)
        return text if text.endswith(("?", "!", "…")) or not text else text + "."

    def within(self, place: str) -> Refused:
        """The same refusal, its place told from one level further out (a file name, usually)."""
        where = f"{place}: {self.where}" if self.where else place
        return type(self)(self.what, where, self.hint)


class DocumentRefused(Refused):
    """A file is not a document that nnviz can read, or a value in it is wrong."""


class DataRefused(Refused):
    """A file of examples cannot be read, or a row of it is wrong."""


class FileMissing(DataRefused):
    """A file of examples is not where it is looked for; `key` is the path of its name in the document that asks."""

    key = ""


class ChoiceRefused(Refused):
    """A name that is in no table; the nearest known name is offered."""

    @classmethod
    def unknown(cls, kind: str, name: object, known: Iterable[str], where: str = "") -> ChoiceRefused:
        what = tr("unknown {kind} {name!r}").format(kind=tr(kind), name=name)
        return cls(what, where, did_you_mean(str(name), known))


class FormulaRefused(Refused):
    """A formula cannot be read; `character` counts from 0 and is where."""

    def __init__(self, what: str, where: str = "", hint: str = "", character: int = 0) -> None:
        super().__init__(what, where, hint)
        self.character = character

    def within(self, place: str) -> FormulaRefused:
        outer = super().within(place)
        return FormulaRefused(outer.what, outer.where, outer.hint, self.character)


class EditRefused(Refused):
    """A change that the open network cannot take; nothing was changed."""


class CannotWrite(NnvizError):
    """A file could not be written; what was there before is still there, whole."""


class CannotShow(NnvizError):
    """The window cannot open: no display, or a system library is missing."""


def did_you_mean(name: str, known: Iterable[str], own: Sequence[str] = ()) -> str:
    """One sentence that offers the nearest known name, or lists them when none is near.

    `own` are further names, the user's; of them the first ones are listed before all others, in their order.
    """
    known = sorted(known)
    near = nearest(name, known, own)
    names = [*own[:MOST_OWN], *known]
    if near:
        return tr("Did you mean {name!r}?").format(name=near)
    shown = ", ".join(names[:MOST_LISTED]) + (", …" if len(names) > MOST_LISTED else "")
    return tr("Known: {names}").format(names=shown) if names else ""


def nearest(name: str, known: Iterable[str], own: Sequence[str] = ()) -> str:
    """The known name that a misspelt one may have meant, of two equally near the user's `own`; "" when none is near."""
    near = [found for names in (own, sorted(known)) for found in difflib.get_close_matches(name, names, 1, NEAR)]
    return max(near, key=lambda found: difflib.SequenceMatcher(None, found, name).ratio(), default="")
