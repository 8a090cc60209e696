"""What a cell of a table says: a number, a class, or nothing.

A number may be written with a decimal comma; a whole column of them is read at once where all are plainly numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Cells = Sequence[str]

MOST_CLASSES = 1000             # different values that a categorical column may have
LONGEST_CLASS = 200             # characters
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?"))     # in small letters
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+([eE][+-]?[0-9]+)?")


def number_of(cell: str, decimal: str) -> float | None:
    """The number that a cell says, None where it says none."""
    text = cell.strip()
    if decimal != ".":
        if "." in text:
            return None
        text = text.replace(decimal, ".")
    return float(text) if _NUMBER.fullmatch(text) else None


def has_decimal_comma(cell: str) -> bool:
    """Whether a cell is a number with decimals behind a comma."""
    return _DECIMAL_COMMA.fullmatch(cell.strip()) is not None


def numbers_of(cells: Cells, decimal: str) -> Array | None:
    """The numbers of many cells at once; None where one of them may be none, to be looked at one by one."""
    joined = "\0".join(cells)
    if not joined.isascii() or "_" in joined or (decimal != "." and "." in joined):
        return None
    if decimal != ".":
        cells = joined.replace(decimal, ".").split("\0")
    try:
        numbers = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def in_order(classes: Iterable[str], decimal: str = ".") -> tuple[str, ...]:
    """The classes of a column in the order of their outputs: by size where all are numbers, else by the alphabet.

    >>> in_order({"10", "9", "1"}), in_order({"b", "10", "a"})
    (('1', '9', '10'), ('10', 'a', 'b'))
    """
    numbers = {text: number_of(text, decimal) for text in classes}
    if all(number is not None for number in numbers.values()):
        return tuple(sorted(numbers, key=lambda text: (numbers[text] or 0.0, text)))
    return tuple(sorted(numbers))
