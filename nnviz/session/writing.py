"""A document is written to be read by people too: one key a line, one layer a line, one row of a matrix a line."""

from __future__ import annotations

from typing import Any

import orjson

from nnviz.errors import DocumentRefused

WIDTH = 110
INDENT = "  "


def write_tree(tree: dict[str, Any]) -> bytes:
    """Strict JSON in UTF-8 that ends in a line break; every float reads back to the same bits."""
    return (_write(tree, "", len(INDENT), always=True) + "\n").encode("utf-8")


def _write(value: Any, margin: str, used: int, always: bool = False) -> str:
    """`value` on one line where it fits beside the `used` characters, or is a list of plain numbers; else broken up."""
    if _is_row(value) or not isinstance(value, dict | list) or not value:
        return _line(value)
    if not always and not _holds_objects(value):
        line = _line(value)
        if used + len(line) <= WIDTH and (isinstance(value, dict) or not _is_matrix(value) or len(value) < 3):
            return line
    inner = margin + INDENT
    if isinstance(value, dict):
        keys = [f"{_line(key)}: " for key in value]
        items = [key + _write(item, inner, len(inner + key)) for key, item in zip(keys, value.values(), strict=True)]
        return _broken("{", items, "}", margin)
    return _broken("[", [_write(item, inner, len(inner)) for item in value], "]", margin)


def _broken(opening: str, items: list[str], closing: str, margin: str) -> str:
    inner = f"\n{margin}{INDENT}"
    return f"{opening}{inner}{f',{inner}'.join(items)}\n{margin}{closing}"


def _holds_objects(value: Any) -> bool:
    """A list of objects has one a line, however short it is."""
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _is_row(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list | str) for item in value)


def _is_matrix(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_row(item) for item in value)


def _line(value: Any) -> str:
    """`value` on one line, with a space after commas and colons.  orjson writes the shortest digits that read back."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_line(key)}: {_line(item)}" for key, item in value.items()) + "}"
    if _is_row(value):
        # Only numbers, true and false: no comma in them that is not a separator.
        return _encode(value).replace(",", ", ")
    if isinstance(value, list):
        return "[" + ", ".join(map(_line, value)) + "]"
    return _encode(value)


def _encode(value: Any) -> str:
    try:
        return orjson.dumps(value).decode("utf-8")
    except (TypeError, UnicodeEncodeError) as error:
        raise DocumentRefused("has a value that JSON cannot express") from error
