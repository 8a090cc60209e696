"""Every value of a document is checked where it stands, and a refusal names its path: `layers.1.activation.alpha`.

These are the checks that do not know what a network is: texts, numbers, names out of a table, lists of numbers.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Protocol

import numpy as np

from nnviz.engine.network import Choice
from nnviz.engine.options import Option
from nnviz.errors import ChoiceRefused, DocumentRefused
from nnviz.session.parts import FloatArray
from nnviz.words import counted, tr

LONGEST_NAME = 200
LONGEST_DESCRIPTION = 10_000

# Control characters, and those that turn the reading direction or break the line: a name with one shows as something
# it is not.  Written as the inside of a character class, which the JSON Schema uses as well.
HIDDEN = r"\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
HIDDEN_IN_LINES = HIDDEN.replace(r"\u0000-\u001f", r"\u0000-\u0008\u000b-\u001f")
_HALVES = r"\ud800-\udfff"  # lone halves of surrogate pairs: no character at all
_UNFIT = {lines: re.compile(f"[{hidden}{_HALVES}]") for lines, hidden in ((False, HIDDEN), (True, HIDDEN_IN_LINES))}


class Row(Protocol):
    """What every row of every table has: the options that may stand beside its name."""

    @property
    def options(self) -> Mapping[str, Option]: ...


def join(where: str, key: object) -> str:
    """The path of `key` inside `where`; a key that nobody would type is shortened."""
    text = str(key)
    if len(text) > 40 or not text.isprintable():
        text = shortened(repr(text[:41]), 40)
    return f"{where}.{text}" if where else text


def show(value: object) -> str:
    """A value as a message shows it: short, whatever it is, and never with characters that disturb the screen."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return shortened(repr(value[:100]), 60)
    if isinstance(value, int) and value.bit_length() > 128:
        return tr("a number of very many digits")
    if isinstance(value, int | float):
        return str(value) if math.isfinite(value) else tr("a number beyond every limit")
    if isinstance(value, list):
        return tr("a list of {count}").format(count=len(value))
    if isinstance(value, dict):
        return tr("an object")
    return tr("a {type}").format(type=type(value).__name__)


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def refuse_unknown(kind: str, name: object, known: Iterable[str], where: str) -> ChoiceRefused:
    """The refusal of a name that is not among `known`; the name is shortened for the message."""
    return ChoiceRefused.unknown(kind, shortened(str(name)[:61], 60), known, where)


def an_object(value: object, where: str) -> dict[str, Any]:
    """`value` as a JSON object."""
    if not isinstance(value, dict):
        raise DocumentRefused(tr("must be an object {{...}}, not {value}").format(value=show(value)), where)
    return value


def only_keys(tree: Mapping[str, Any], where: str, allowed: Iterable[str], required: Iterable[str] = ()) -> None:
    """Refuses a key that is not `allowed`, and then the lack of a `required` one."""
    known = list(allowed)
    for key in tree:
        if key not in known:
            raise refuse_unknown("key", key, known, where)
    for key in required:
        if key not in tree:
            raise DocumentRefused(tr("the key {key!r} is missing").format(key=key), where)


def a_text(value: object, where: str, longest: int = LONGEST_NAME, lines: bool = False) -> str:
    """A text in Unicode's composed form; `lines` lets it have line breaks and tabs."""
    if not isinstance(value, str):
        raise DocumentRefused(tr("must be a text in quotes, not {value}").format(value=show(value)), where)
    if len(value) > longest:
        text = tr("has {count} characters, more than the {longest} that fit")
        raise DocumentRefused(text.format(count=len(value), longest=longest), where)
    unfit = _UNFIT[lines].search(value)
    if unfit:
        text = tr("has the character U+{code:04X}, which cannot be shown")
        raise DocumentRefused(text.format(code=ord(unfit[0])), where)
    return unicodedata.normalize("NFC", value)


def a_name(value: object, where: str) -> str:
    """A text that can be seen: not empty, not only spaces."""
    name = a_text(value, where)
    if not name.strip():
        raise DocumentRefused(tr("must not be empty"), where)
    return name


def a_number(value: object, where: str, option: Option) -> float:
    """A number in the option's range; whole numbers may be written 2 or 2.0 and come back as `int`."""
    refusal = tr("must be {range}, not {value}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DocumentRefused(refusal.format(range=option.range, value=show(value)), where)
    try:
        if option.accepts(value):
            return int(value) if option.whole else float(value)
    except OverflowError:
        pass
    raise DocumentRefused(refusal.format(range=option.range, value=show(value)), where)


def a_whole_number(value: object, where: str, minimum: int, maximum: int) -> int:
    """A whole number from `minimum` to `maximum`, exact beyond the 53 bits of a float."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise DocumentRefused(tr("must be a whole number, not {value}").format(value=show(value)), where)
    if not minimum <= value <= maximum:
        text = tr("must be a whole number from {low} to {high}, not {value}")
        raise DocumentRefused(text.format(low=minimum, high=maximum, value=show(value)), where)
    return value


def a_row_name(value: object, where: str, table: Mapping[str, object], kind: str) -> str:
    """The name of a row of `table`."""
    if not isinstance(value, str):
        text = tr("must be the name of a {kind}, not {value}")
        raise DocumentRefused(text.format(kind=tr(kind), value=show(value)), where)
    if value not in table:
        raise refuse_unknown(kind, value, table, where)
    return value


def a_choice(value: object, where: str, table: Mapping[str, Row], kind: str, beside: Iterable[str] = ()) -> Choice:
    """A row of `table`: its name, or an object of its name and options; options left out have their defaults.

    `beside` are keys that belong to the object without being options of the row; the caller reads them.
    """
    if not isinstance(value, dict):
        if not isinstance(value, str):
            text = tr('must be the name of a {kind} or an object with a "name", not {value}')
            raise DocumentRefused(text.format(kind=tr(kind), value=show(value)), where)
        value = {"name": value}
        name = a_row_name(value["name"], where, table, kind)
    else:
        if "name" not in value:
            raise DocumentRefused(tr("the key {key!r} is missing").format(key="name"), where)
        name = a_row_name(value["name"], join(where, "name"), table, kind)
    options = table[name].options
    only_keys(value, where, ["name", *beside, *options])
    return Choice(
        name,
        tuple(
            (key, a_number(value[key], join(where, key), option) if key in value else option.default)
            for key, option in options.items()
        ),
    )


def numbers(value: object, where: str, dimensions: int) -> FloatArray:
    """Finite numbers in nested lists, as a read-only array of `dimensions` dimensions.

    Works on whole levels at a time, so that five million numbers take a second and not a minute.
    """
    level: list[Any] = [value]
    shape: list[int] = []
    row = tr("must be a list of numbers, not {value}")
    rows = tr("must be a list of rows of numbers, not {value}") if dimensions > 1 else row
    for depth in range(dimensions):
        if not set(map(type, level)) <= {list}:
            at = next(i for i, item in enumerate(level) if not isinstance(item, list))
            text = rows if depth == 0 else row
            raise DocumentRefused(text.format(value=show(level[at])), _at(where, shape, at))
        lengths = set(map(len, level)) or {0}
        if len(lengths) > 1:
            first = len(level[0])
            at = next(i for i, item in enumerate(level) if len(item) != first)
            text = counted(
                len(level[at]), "has {count} number where the first row has {first}",
                "has {count} numbers where the first row has {first}", first=first,
            )  # fmt: skip
            raise DocumentRefused(text, _at(where, shape, at))
        shape.append(lengths.pop())
        level = list(chain.from_iterable(level))
    if not set(map(type, level)) <= {int, float}:
        at = next(i for i, item in enumerate(level) if type(item) not in (int, float))
        raise DocumentRefused(tr("must be a number, not {value}").format(value=show(level[at])), _at(where, shape, at))
    try:
        array = np.array(level, dtype=np.float64).reshape(shape)
    except OverflowError:
        raise DocumentRefused(tr("has a number that is too large"), where) from None
    if not np.isfinite(array).all():
        at = int(np.argmin(np.isfinite(array)))
        raise DocumentRefused(tr("must be a finite number"), _at(where, shape, at))
    own = array.copy() if array.base is not None else array
    own.flags.writeable = False
    return own


def _at(where: str, shape: list[int], flat: int) -> str:
    """The path of the item at place `flat` of a level of nested lists with the lengths `shape` above it."""
    parts: list[str] = []
    for length in reversed(shape):
        parts.append(str(flat % length))
        flat //= length
    return ".".join([where, *reversed(parts)]) if where else ".".join(reversed(parts))
