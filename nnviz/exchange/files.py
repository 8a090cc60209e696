"""A file is written beside the old one and then takes its place, so there is never half a file.

The old file stays whole until the new one is safely on the disk; whatever goes wrong is said in one sentence.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from nnviz.errors import CannotWrite
from nnviz.words import tr

REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EFBIG: "the file would be larger than this disk allows",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "part of its path is a file, not a folder",
    errno.EISDIR: "it is a folder",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.EIO: "the disk reports an error",
}


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes `data` to `path` whole, or raises `CannotWrite` and leaves what was there."""
    with whole_file(path) as file:
        file.write(data)


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A binary file to write to; it takes the place of `path` when the `with` block ends well.

    When the block is left by any exception, Ctrl+C included, nothing remains of it and the old file is untouched.
    The mode bits of the old file are kept and symbolic links are followed.  A device or a pipe is written directly,
    since it cannot be replaced.  `CannotWrite` tells what the system refuses, also while writing.
    """
    shown = os.fspath(path)
    try:
        target = _target(path)
        mode = _mode_of(target)
    except ValueError as error:
        raise CannotWrite(tr("{path!r} cannot be written: it is not a file name.").format(path=shown)) from error
    except OSError as error:
        raise _cannot_write(shown, error) from error
    if mode is not None and stat.S_ISDIR(mode):
        text = tr("{path} cannot be written: it is a folder. Give the name of a file in it.")
        raise CannotWrite(text.format(path=shown))
    if mode is not None and not stat.S_ISREG(mode):
        opened = _direct(target)
    else:
        if mode is not None and not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            text = tr("{path} cannot be written: it is marked as read-only. Save under another name.")
            raise CannotWrite(text.format(path=shown))
        opened = _replacing(target, mode)
    try:
        with opened as file:
            yield file
    except OSError as error:
        raise _cannot_write(shown, error) from error


@contextlib.contextmanager
def _direct(target: Path) -> Iterator[BinaryIO]:
    with open(target, "wb") as file:
        yield file


@contextlib.contextmanager
def _replacing(target: Path, mode: int | None) -> Iterator[BinaryIO]:
    """The temporary file lies in the same folder: a rename is atomic only within one file system."""
    temporary = target.with_name(f".nnviz-{secrets.token_hex(6)}.part")
    # 0o666 lets the system apply the user's umask, as for any new file.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if mode is not None:
                # Not every file system knows owners and mode bits; the contents matter more.
                with contextlib.suppress(OSError):
                    os.chmod(temporary, stat.S_IMODE(mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(target.parent)


def _target(path: str | os.PathLike[str]) -> Path:
    """Where `path` leads once symbolic links are followed; a link to nothing leads to the file it names."""
    if not os.fspath(path):
        raise ValueError("an empty path")
    return Path(os.path.realpath(path))


def _mode_of(target: Path) -> int | None:
    try:
        return target.stat().st_mode
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    """Makes the new name itself survive a power cut; the file is already in place, so a refusal is no failure."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _cannot_write(shown: str, error: OSError) -> CannotWrite:
    return CannotWrite(tr("{path} cannot be written: {reason}.").format(path=shown, reason=reason_of(error)))


def reason_of(error: OSError) -> str:
    """Why the system refuses, in words that need no manual."""
    known = REASONS.get(error.errno or 0)
    return tr(known) if known else (error.strerror or str(error)).lower()
