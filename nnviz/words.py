"""Every sentence is written in English and said in the user's language: what is shown to people passes through here.

Nothing but English is known here; the window brings a translator along.  A text is translated whole, its places for
numbers and names unfilled, and filled in afterwards:

>>> tr("Step {step} of {total}").format(step=2, total=10)
'Step 2 of 10'

What other programs read (names in documents, columns of tables, formulas of the trace) is never translated.  The rows
of the tables keep their English; who shows a row says `tr(row.help)`.

Lectures have words of their own for the same quantities (`report/conventions.py`).  A text that names such a quantity
marks the word, `‹target›`, and the word in force takes the place of it; Greek letters need no mark, for each of them
means one thing in all texts: η the learning rate, α a slope of an activation, ε what keeps an optimiser's division
finite.  A marked letter stays as it is.

>>> tr("Residuals over the ‹targets›")
'Residuals over the targets'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Translator = Callable[[str], str]
_MARKED = re.compile("‹([^›]*)›")
_MARKED_OR_LETTER = re.compile("‹([^›]*)›|[ηαε]")
_VARIABLE = re.compile(r"\b[to]\b")


@dataclass(frozen=True)
class Naming:
    """What marked words are called: `terms` in words of a language, `signs` and `letters` as formulas have them.

    A word that is in neither is said as it is marked.
    """

    terms: Mapping[str, str] = field(default_factory=dict)
    signs: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)      # those of a loss: t the target, o the output


class _Phrasebook(dict[str, str]):
    """What has been said so far, in the user's language: numbers change at every redraw, the words around them not."""

    def __init__(self, translator: Translator, naming: Naming) -> None:
        super().__init__()
        self.translator, self.naming = translator, naming

    def __missing__(self, text: str) -> str:
        self[text] = said = _MARKED_OR_LETTER.sub(self._named, self.translator(text))
        return said

    def _named(self, found: re.Match[str]) -> str:
        word = found[1]
        if word is None:
            return self.naming.letters.get(found[0], found[0])
        term = self.naming.terms.get(word)
        return self.naming.signs.get(word, word) if term is None else self.translator(term)


_phrasebook = _Phrasebook(str, Naming())


def tr(text: str) -> str:
    """`text` in the user's language, or as it is where no translator is installed."""
    return _phrasebook[text]


def counted(number: int, one: str, many: str, **names: object) -> str:
    """A text for one thing or for several, its `{count}` and its other `names` filled in.

    >>> counted(1, "{count} row", "{count} rows"), counted(0, "{count} row", "{count} rows")
    ('1 row', '0 rows')
    """
    return tr(one if number == 1 else many).format(count=number, **names)


def sign(word: str) -> str:
    """What a quantity is called in formulas, which are the same in every language: `out`.

    >>> sign("out")
    'out'
    """
    return _phrasebook.naming.signs.get(word, word)


def lettered(formula: str) -> str:
    """A formula of a table's row, in the letters in force.

    >>> lettered("w ← w - η ∂E/∂w")
    'w ← w - η ∂E/∂w'
    """
    letters = _phrasebook.naming.letters
    return "".join(letters.get(letter, letter) for letter in formula) if letters else formula


def loss_in_words(formula: str) -> str:
    """The formula of a loss, whose t is the target and whose o the output, with the names in force.

    >>> loss_in_words("Σ ½(t - o)²")
    'Σ ½(t - o)²'
    """
    variables = _phrasebook.naming.variables
    return _VARIABLE.sub(lambda found: variables.get(found[0], found[0]), formula) if variables else formula


def plain(text: str) -> str:
    """A table's text in nnviz's own words, for pages that are written once and for all.

    >>> plain("one-hot ‹targets›")
    'one-hot targets'
    """
    return _MARKED.sub(r"\1", text)


def install(translator: Translator) -> None:
    """Has every text said by `translator` from now on; `str` says it as it is."""
    global _phrasebook
    _phrasebook = _Phrasebook(translator, _phrasebook.naming)


def name_by(naming: Naming) -> None:
    """Has every text said with the names of `naming` from now on; those of `Naming()` are nnviz's own."""
    global _phrasebook
    _phrasebook = _Phrasebook(_phrasebook.translator, naming)
