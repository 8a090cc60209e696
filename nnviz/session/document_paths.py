"""A value of a document is spoken of by its path, like `optimiser.learning_rate` or `layers.0.units`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import copy
from typing import Any, NoReturn

import numpy as np

from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.errors import DocumentRefused
from nnviz.session import fields
from nnviz.session.checks import join, refuse_unknown, show
from nnviz.session.fields import TABLES
from nnviz.session.learning_rate import forget_options, scheduled
from nnviz.words import counted, tr

DEEPEST = 20  # levels of lists and objects; a document needs seven


def set_value(tree: dict[str, Any], whole: Mapping[str, Any], path: str, value: Any) -> None:
    """Puts `value` at `path` into `tree`; what is left out on the way there is written out first.

    `tree` is the caller's own, but what hangs in it belongs to others: every branch on the way is copied, and nothing
    beside it.
    """
    parts = path.split(".")
    node: Any = tree
    complete: Any = whole
    for depth, part in enumerate(parts[:-1]):
        place = ".".join(parts[:depth])
        key = _key(node, part, place)
        complete = _child(complete, key)
        if isinstance(node, dict) and key not in node:
            node[key] = plain(complete) if complete is not None else {}
        if isinstance(node[key], str) and part in TABLES:
            node[key] = {"name": node[key]}
        if (place, part) == ("optimiser", "learning_rate") and isinstance(node, dict):
            optimiser = OPTIMISERS.get(str(node.get("name")))
            node[key] = scheduled(node.get(key), optimiser.learning_rate if optimiser else 0.1)
        node[key] = _copied(node[key])
        node = node[key]
    key = _key(node, parts[-1], ".".join(parts[:-1]))
    if key == "name" and len(parts) > 1 and parts[-2] in TABLES and isinstance(node, dict):
        _forget_options(node, parts[-2], value)
    if parts == ["optimiser", "learning_rate", "schedule"]:
        forget_options(node, value)
    node[key] = value


def _copied(node: Any) -> Any:
    """A copy of one branch, which may be changed; what hangs in it is shared."""
    return node.tolist() if isinstance(node, np.ndarray) else copy(node)


def _key(node: Any, part: str, place: str) -> Any:
    if isinstance(node, dict):
        return part
    if isinstance(node, list):
        return position(node, part, place)
    return refuse_part(node, part, place)


def _child(node: Any, key: Any) -> Any:
    try:
        return node[key]
    except (KeyError, IndexError, TypeError):
        return None


# What stands beside a choice's name and belongs to none of its rows.
_BESIDE = {"optimiser": ("learning_rate",), "data": ("features",)}


def _forget_options(choice: dict[str, Any], kind: str, name: Any) -> None:
    """Before a choice gets another name: only what the new row knows may stay."""
    row = TABLES[kind].get(name) if isinstance(name, str) else None
    if row is None or choice.get("name") == name:
        return
    kept = {"name", *row.options, *_BESIDE.get(kind, ())}
    for key in [key for key in choice if key not in kept]:
        del choice[key]


def position(items: list[Any], part: str, place: str) -> int:
    if not (part.isascii() and part.isdigit() and len(part) < 10 and int(part) < len(items)):
        text = counted(
            len(items), "has {count} item, counted from 0; {part} is none of them",
            "has {count} items, counted from 0; {part} is none of them", part=show(part),
        )  # fmt: skip
        raise DocumentRefused(text, place)
    return int(part)


def refuse_part(value: Any, part: str, place: str) -> NoReturn:
    if isinstance(value, dict):
        known = fields.ALL_KEYS if not place else list(value)
        if part in known:
            raise DocumentRefused(tr("this document has no {part}").format(part=part))
        raise refuse_unknown("key", part, known, place)
    raise DocumentRefused(tr("is {value} and has no part {part}").format(value=show(value), part=show(part)), place)


def plain(value: Any, where: str = "", depth: int = 0) -> Any:
    """A deep copy in JSON's own types: arrays and tuples become lists, NumPy's numbers Python's."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, np.ndarray | np.generic):
        listed = value.tolist()
        return listed if value.dtype == np.float64 else plain(listed, where, depth)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return _as_float(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth > DEEPEST:
        text = tr("lists and objects lie more than {depth} deep in one another")
        raise DocumentRefused(text.format(depth=DEEPEST), where)
    if isinstance(value, list | tuple):
        if set(map(type, value)) == {float}:
            return list(value)
        return [plain(item, where, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item, join(where, key), depth + 1) for key, item in value.items()}
    raise DocumentRefused(tr("must be a JSON value, not {value}").format(value=show(value)), where)


def _as_float(number: int) -> float:
    """An integer beyond 64 bits, which files hold as a float."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
