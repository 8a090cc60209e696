"""The files of MNIST: pictures as bytes, one after the other, and in another file what each of them shows.

An IDX file says in its first bytes how many numbers follow.  That is checked against every limit before anything is
made, and a file that is packed (gz) is never unpacked further than it says.
"""

from __future__ import annotations

import gzip
import io
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from nnviz.data.files import opened_file, refuse_too_many, shown_name
from nnviz.data.foreign import download_hint, foreign_kind, is_web_page
from nnviz.errors import DataRefused
from nnviz.words import tr

Array = NDArray[np.float64]
Bytes = NDArray[np.uint8]

MOST_DIMENSIONS = 4
MOST_LABELS = 50_000_000
BYTES_AT_ONCE = 2**22
_GZIP = b"\x1f\x8b"
_BYTE_TYPE = 8
_TYPES = {8: "bytes", 9: "signed bytes", 11: "short integers", 12: "integers", 13: "floats", 14: "doubles"}


@dataclass(frozen=True)
class Header:
    """What an IDX file says it holds: the length of each dimension, the number of pictures or labels first."""

    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        return self.shape[0]

    @property
    def pixels(self) -> int:
        """Numbers of one picture; 1 for a label."""
        return math.prod(self.shape[1:])


def read_header(path: Path) -> Header:
    """What the file says it holds."""
    with _opened(path) as (_, header):
        return header


def read_images(path: Path, most: int = 0) -> Array:
    """The first `most` pictures (0 for all), each a row of numbers from 0 to 1: (pictures, pixels)."""
    shown = shown_name(path)
    with _opened(path) as (file, header):
        if len(header.shape) < 2:
            raise DataRefused(tr("holds labels, not pictures"), shown)
        count = min(header.count, most) if most else header.count
        refuse_too_many(count * header.pixels, shown)
        numbers = np.empty((count, header.pixels))
        flat = numbers.reshape(-1)
        for at, part in _bytes(file, count * header.pixels, shown):
            np.divide(part, 255.0, out=flat[at : at + len(part)])
        if count == header.count:
            _refuse_more(file, shown)
        return numbers


def read_labels(path: Path, most: int = 0) -> Bytes:
    """The first `most` labels (0 for all): (labels,), whole numbers from 0 to 255."""
    shown = shown_name(path)
    with _opened(path) as (file, header):
        if len(header.shape) != 1:
            raise DataRefused(tr("holds pictures, not labels"), shown)
        if header.count > MOST_LABELS:
            refuse_too_many(header.count, shown)
        count = min(header.count, most) if most else header.count
        labels = np.empty(count, dtype=np.uint8)
        for at, part in _bytes(file, count, shown):
            labels[at : at + len(part)] = part
        if count == header.count:
            _refuse_more(file, shown)
        return labels


def one_hot(labels: Bytes, classes: int, shown: str) -> Array:
    """A row of 0 with a 1 at its label's place for each label: (labels, classes)."""
    refuse_too_many(len(labels) * classes, shown)
    outside = np.flatnonzero(labels >= classes)
    if len(outside):
        text = tr("label {number:,} is {label}, but there are {classes} classes, counted from 0")
        raise DataRefused(text.format(number=int(outside[0]) + 1, label=int(labels[outside[0]]), classes=classes),
                          shown)
    rows = np.zeros((len(labels), classes))
    rows[np.arange(len(labels)), labels] = 1.0
    return rows


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], Header]]:
    """The file after its header, unpacked where it is packed."""
    shown = shown_name(path)
    with opened_file(path) as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        file: IO[bytes] = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if packed else raw
        try:
            yield file, _header(file, shown, packed)
        except EOFError:
            raise _cut_off(shown) from None
        except (gzip.BadGzipFile, zlib.error):
            raise DataRefused(tr("is a damaged gzip archive"), shown, tr("Download it again")) from None


def _header(file: IO[bytes], shown: str, packed: bool = False) -> Header:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES or not 1 <= head[3] <= MOST_DIMENSIONS:
        more = head + file.read(4096)
        what = "" if head[:2] == b"\0\0" else foreign_kind(more)
        if is_web_page(more):
            raise DataRefused(tr("is a web page (HTML)"), shown, download_hint())
        if what:
            raise DataRefused(tr(what), shown, tr("Pictures are read from an IDX file, as MNIST has them"))
        if packed and not any(byte < 32 and byte not in b"\t\n\r\f" for byte in more):
            raise DataRefused(tr("is packed text"), shown, tr("Unpack it first; a table is read from a CSV file"))
        text = tr("is not an IDX file, it begins with the bytes {bytes}").format(bytes=head.hex(" "))
        raise DataRefused(text, shown, tr("The pictures of MNIST begin with 00 00 08 03, its labels with 00 00 08 01"))
    if head[2] != _BYTE_TYPE:
        text = tr("is an IDX file of {type}; nnviz reads those of bytes")
        raise DataRefused(text.format(type=tr(_TYPES[head[2]])), shown)
    lengths = file.read(4 * head[3])
    if len(lengths) < 4 * head[3]:
        raise _cut_off(shown)
    shape = tuple(int(length) for length in np.frombuffer(lengths, dtype=">u4"))
    if not math.prod(shape):
        raise DataRefused(tr("is an IDX file that holds nothing"), shown)
    return Header(shape)


def _bytes(file: IO[bytes], count: int, shown: str) -> Iterator[tuple[int, Bytes]]:
    """`count` bytes in parts, each with its place."""
    at = 0
    while at < count:
        part = file.read(min(BYTES_AT_ONCE, count - at))
        if not part:
            raise _cut_off(shown)
        yield at, np.frombuffer(part, dtype=np.uint8)
        at += len(part)


def _cut_off(shown: str) -> DataRefused:
    return DataRefused(tr("ends too early, it holds less than its first bytes say"), shown, tr("Download it again"))


def _refuse_more(file: IO[bytes], shown: str) -> None:
    if file.read(1):
        raise DataRefused(tr("holds more than its first bytes say"), shown, tr("Download it again"))
