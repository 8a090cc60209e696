"""A document is written to be read by people too: one key a line, one layer a line, one row of a matrix a line."""

from __future__ import annotations

from typing import Any

import orjson

from nnviz.errors import DocumentRefused
from nnviz.words import tr

WIDTH = 110
INDENT = "  "
_NUMBERS = frozenset((int, float))


def write_tree(tree: dict[str, Any]) -> bytes:
    """Strict JSON in UTF-8 that ends in a line break; every float reads back to the same bits."""
    try:
        return (_broken_up(tree, "") + "\n").encode("utf-8")
    except (TypeError, UnicodeEncodeError) as error:
        raise DocumentRefused(tr("has a value that JSON cannot express")) from error


def _write(value: Any, margin: str, used: int) -> str:
    """`value` on one line where it fits beside the `used` characters, or is a list of plain numbers; else broken up."""
    if not isinstance(value, dict | list) or not value or _is_row(value):
        return _line(value)
    line = _short(value, WIDTH - used) if _may_be_a_line(value) else None
    return _broken_up(value, margin) if line is None else line


def _may_be_a_line(value: Any) -> bool:
    """A list of objects has one a line, and a matrix of several rows and columns one row a line, however short."""
    if isinstance(value, dict):
        return True
    matrix = all(_is_row(item) for item in value)
    return not any(isinstance(item, dict) for item in value) and (not matrix or len(value) < 3 or len(value[0]) == 1)


def _broken_up(value: Any, margin: str) -> str:
    inner = margin + INDENT
    if isinstance(value, dict):
        keys = [f"{_line(key)}: " for key in value]
        items = [key + _write(item, inner, len(inner + key)) for key, item in zip(keys, value.values(), strict=True)]
        opening, closing = "{}"
    else:
        items = [_write(item, inner, len(inner)) for item in value]
        if all(_is_row(item) and len(item) == 1 for item in value):
            return "[" + ", ".join(items) + "]"  # a column, which one number a line would only make long
        opening, closing = "[]"
    between = f",\n{inner}"
    return f"{opening}\n{inner}{between.join(items)}\n{margin}{closing}"


def _is_row(value: Any) -> bool:
    return isinstance(value, list) and set(map(type, value)) <= _NUMBERS


def _short(value: Any, room: int) -> str | None:
    """`value` on one line if that takes at most `room` characters; long ones are not even written out."""
    if isinstance(value, dict | list) and 3 * len(value) > room:
        return None
    if isinstance(value, dict | list) and not _is_row(value):
        parts: list[str] = []
        left = room
        for item in value:
            start = f"{_line(item)}: " if isinstance(value, dict) else ""
            part = _short(value[item] if isinstance(value, dict) else item, left - len(start))
            if part is None:
                return None
            parts.append(start + part)
            left -= len(start) + len(part) + 2
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        return opening + ", ".join(parts) + closing if left >= 0 else None
    line = _line(value)
    return line if len(line) <= room else None


def _line(value: Any) -> str:
    """A text, a number or a row of numbers, with the shortest digits that read back; a space after each comma."""
    text = orjson.dumps(value).decode("utf-8")
    return text.replace(",", ", ") if isinstance(value, list) else text
