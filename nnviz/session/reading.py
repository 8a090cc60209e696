"""A file is read with suspicion: what it is not, is said in one sentence, before anything is made of it.

`read_file` takes a path, `read_document` what a file holds; `examples.open_document` takes examples by name too.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nnviz.data.foreign import download_hint, foreign_kind
from nnviz.errors import DocumentRefused, Refused
from nnviz.session.checks import join, shortened, show
from nnviz.session.document import Document
from nnviz.words import tr

LARGEST_FILE = 64 * 1024 * 1024
OURS = "nnviz opens its own documents, which are JSON"

_HTML = re.compile(r"<(!doctype html|html|head|body)\b", re.IGNORECASE)
_UTF8_MARK = b"\xef\xbb\xbf"


def shown_path(path: str | os.PathLike[str]) -> str:
    """A path as messages name it: as it was given, unless it has characters that disturb the screen."""
    name = shortened(os.fspath(path), 300)
    return name if name.isprintable() else repr(name)


def read_file(path: str | os.PathLike[str]) -> Document:
    """The document in a file.  Every refusal names the file, and the path of what is wrong in it."""
    shown = shown_path(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise DocumentRefused(tr("is a folder, not a file"), shown)
        if not stat.S_ISREG(mode):
            raise DocumentRefused(tr("is not an ordinary file"), shown)
        with open(path, "rb") as file:
            # One byte more than allowed tells a file that is too large, even one that grows while it is read.
            content = file.read(LARGEST_FILE + 1)
    except ValueError:
        raise DocumentRefused(tr("{name} is not a file name").format(name=shown)) from None
    except FileNotFoundError:
        raise DocumentRefused(tr("there is no such file"), shown) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DocumentRefused(tr("cannot be read, {reason}").format(reason=reason), shown) from error
    return read_document(content, shown, Path(path).absolute().parent)


def read_document(content: bytes | str, where: str = "", folder: Path | None = None) -> Document:
    """The document that a file in `folder` holds; `where` names the file in refusals."""
    try:
        return Document.from_tree(_object(_parse(_text(content) if isinstance(content, bytes) else content)), folder)
    except Refused as refusal:
        raise (refusal.within(where) if where else refusal) from None


def _text(content: bytes) -> str:
    """The text in the bytes, once it is clear that they are text at all."""
    if len(content) > LARGEST_FILE:
        text = tr("is larger than the {size} MB that a document may have")
        raise DocumentRefused(text.format(size=LARGEST_FILE // 2**20))
    what = foreign_kind(content)
    if what:
        raise DocumentRefused(tr(what), hint=tr(OURS))
    body = content.removeprefix(_UTF8_MARK)
    if b"\x00" in body:
        raise DocumentRefused(tr("is a binary file"), hint=tr(OURS))
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        if any(byte < 32 and byte not in b"\t\n\r\f" for byte in body[:1000]):
            raise DocumentRefused(tr("is a binary file"), hint=tr(OURS)) from None
        text = tr("is not UTF-8 text, see line {line}").format(line=line)
        raise DocumentRefused(text, hint=tr("Save it as UTF-8")) from None


def _parse(text: str) -> Any:
    """The JSON in a text.  Duplicate keys and NaN are noted while parsing and then found again with their path."""
    text = text.removeprefix("\ufeff")
    start = text.lstrip()
    if not start:
        raise DocumentRefused(tr("is empty"))
    if _HTML.match(start):
        raise DocumentRefused(tr("is a web page (HTML)"), hint=download_hint())
    if start[0] == "<":
        raise DocumentRefused(tr("is XML or SVG, not JSON"), hint=tr(OURS))
    if start[0] not in '{["' and not re.match(r"-?[0-9.]+\s*\Z|(true|false|null)\s*\Z", start):
        raise DocumentRefused(tr("is plain text, not JSON"), hint=tr(OURS))
    faults: list[_Fault] = []
    try:
        tree = json.loads(
            text,
            object_pairs_hook=lambda pairs: _pairs(pairs, faults),
            parse_constant=lambda constant: _noted(
                _Fault(tr("{constant} is not a number that JSON has").format(constant=constant)), faults
            ),
            parse_int=_whole,
        )
    except json.JSONDecodeError as error:
        raise _not_json(text, error) from None
    except RecursionError:
        raise DocumentRefused(tr("lists and objects lie too deep in one another")) from None
    if faults:
        _refuse_first(tree, "")
    return tree


class _Fault:
    """Stands in the tree where the JSON is not strict, until its path is known."""

    def __init__(self, what: str) -> None:
        self.what = what


def _noted(fault: _Fault, faults: list[_Fault]) -> _Fault:
    faults.append(fault)
    return fault


def _pairs(pairs: list[tuple[str, Any]], faults: list[_Fault]) -> Any:
    tree = dict(pairs)
    if len(tree) == len(pairs):
        return tree
    twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    return _noted(_Fault(tr("the key {key} stands there twice").format(key=show(twice))), faults)


def _whole(digits: str) -> int | float:
    """Beyond 64 bits an integer is read as a float: no count is so large, and weights are floats anyway."""
    if len(digits) > 20:
        return float(digits)
    number = int(digits)
    return number if -(2**63) <= number < 2**63 else float(digits)


def _refuse_first(value: Any, where: str) -> None:
    """Walks the tree and refuses the first fault with its path."""
    if isinstance(value, _Fault):
        raise DocumentRefused(value.what, where)
    children: Iterable[tuple[object, Any]] = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for key, item in children:
        _refuse_first(item, join(where, key))


def _not_json(text: str, error: json.JSONDecodeError) -> DocumentRefused:
    if not text[error.pos :].strip() or error.msg.startswith("Unterminated string"):
        text = tr("ends too early, in line {line}, column {column}").format(line=error.lineno, column=error.colno)
        return DocumentRefused(text, hint=tr("The file seems to have been cut off"))
    what = error.msg[0].lower() + error.msg[1:]
    text = tr("is not valid JSON, line {line}, column {column}: {what}")
    return DocumentRefused(text.format(line=error.lineno, column=error.colno, what=what))


def _object(tree: Any) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise DocumentRefused(tr("this is JSON but not an nnviz document, it is {value}").format(value=show(tree)))
    return tree
