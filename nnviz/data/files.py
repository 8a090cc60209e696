"""A file of somebody's own examples is opened with suspicion: it must be an ordinary file, of a size one can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from nnviz.errors import DataRefused, FileMissing
from nnviz.words import tr

LARGEST_FILE = 2**30            # bytes
MOST_NUMBERS = 50_000_000       # inputs and targets together: 400 MB; MNIST has 47,640,000


def shown_name(path: Path) -> str:
    """A file as messages name it: without its folders, unless it has characters that disturb the screen."""
    name = path.name[:120] or str(path)
    return name if name.isprintable() else repr(name)


@contextmanager
def opened_file(path: Path) -> Iterator[BinaryIO]:
    """The bytes of an ordinary file; `DataRefused` names it where it cannot be read, also while it is."""
    try:
        _check(path)
        with open(path, "rb") as file:
            yield file
    except FileNotFoundError:
        where = os.path.abspath(path.parent)      # without the ".." of a document that names it from elsewhere
        hint = tr("It is looked for in {folder}").format(folder=where if where.isprintable() else repr(where))
        raise FileMissing(tr("there is no such file"), shown_name(path), hint) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataRefused(tr("cannot be read, {reason}").format(reason=reason), shown_name(path)) from error


def _check(path: Path) -> None:
    shown = shown_name(path)
    try:
        status = os.stat(path)
    except ValueError:
        raise DataRefused(tr("{name} is not a file name").format(name=repr(str(path)[:120]))) from None
    if stat.S_ISDIR(status.st_mode):
        raise DataRefused(tr("is a folder, not a file"), shown)
    if not stat.S_ISREG(status.st_mode):
        raise DataRefused(tr("is not an ordinary file"), shown)
    if status.st_size > LARGEST_FILE:
        text = tr("has {size:.1f} GB, more than the {most:.0f} GB that nnviz reads")
        size = text.format(size=status.st_size / 2**30, most=LARGEST_FILE / 2**30)
        raise DataRefused(size, shown, tr("Take a part of it"))
    if not status.st_size:
        raise DataRefused(tr("is empty"), shown)


def refuse_too_many(numbers: int, where: str) -> None:
    """Refuses more numbers than are held in memory."""
    if numbers > MOST_NUMBERS:
        text = tr("has more than the {most:,} numbers that nnviz holds")
        raise DataRefused(text.format(most=MOST_NUMBERS), where, tr("Take fewer rows or columns"))
