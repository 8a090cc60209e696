"""Every sentence is written in English and said in the user's language: what is shown to people passes through here.

Nothing but English is known here; the window brings a translator along.  A text is translated whole, its places for
numbers and names unfilled, and filled in afterwards:

>>> tr("Step {step} of {total}").format(step=2, total=10)
'Step 2 of 10'

What other programs read (names in documents, columns of tables, formulas of the trace) is never translated.  The rows
of the tables keep their English; who shows a row says `tr(row.help)`.
"""

from __future__ import annotations

from collections.abc import Callable

Translator = Callable[[str], str]


class _Phrasebook(dict[str, str]):
    """What has been said so far, in the user's language: numbers change at every redraw, the words around them not."""

    def __init__(self, translator: Translator) -> None:
        super().__init__()
        self._translator = translator

    def __missing__(self, text: str) -> str:
        self[text] = said = self._translator(text)
        return said


_phrasebook = _Phrasebook(str)


def tr(text: str) -> str:
    """`text` in the user's language, or as it is where no translator is installed."""
    return _phrasebook[text]


def counted(number: int, one: str, many: str, **names: object) -> str:
    """A text for one thing or for several, its `{count}` and its other `names` filled in.

    >>> counted(1, "{count} row", "{count} rows"), counted(0, "{count} row", "{count} rows")
    ('1 row', '0 rows')
    """
    return tr(one if number == 1 else many).format(count=number, **names)


def install(translator: Translator) -> None:
    """Has every text said by `translator` from now on; `str` says it as it is."""
    global _phrasebook
    _phrasebook = _Phrasebook(translator)
