"""MNIST's own files are read as they are, packed or not; a file that lies about its size is never believed."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnviz.data.idx_reader import one_hot, read_header, read_images, read_labels
from nnviz.errors import Refused


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    """The bytes of an IDX file."""
    return struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


PICTURES = np.arange(2 * 3 * 4).reshape(2, 3, 4) * 10
SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 6))


@settings(max_examples=30, deadline=None)
@given(pictures=arrays(np.uint8, SHAPES), packed=st.booleans())
def test_pixels_come_back_as_numbers_from_0_to_1(
    tmp_path_factory: pytest.TempPathFactory, pictures: np.ndarray, packed: bool
) -> None:
    path = tmp_path_factory.mktemp("idx") / "images"
    path.write_bytes(gzip.compress(idx(pictures)) if packed else idx(pictures))
    assert read_images(path).tobytes() == (pictures.reshape(len(pictures), -1) / 255.0).tobytes()
    assert read_header(path).pixels == pictures[0].size


def test_labels_come_back_and_make_rows_of_0_and_1(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    path.write_bytes(gzip.compress(idx(np.array([2, 0, 1]))))
    labels = read_labels(path)
    assert labels.tolist() == [2, 0, 1]
    assert one_hot(labels, 3, "labels").tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    with pytest.raises(Refused, match="label 1 is 2, but there are 2 classes"):
        one_hot(labels, 2, "labels")


def test_the_first_few_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(idx(PICTURES))
    assert read_images(path, 1).tolist() == (PICTURES[:1].reshape(1, -1) / 255.0).tolist()
    assert len(read_images(path, 50)) == 2


def bomb() -> bytes:
    """A few kB that unpack to 1 GB, after a header that promises two pictures."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(idx(PICTURES))]
    zeros = bytes(2**20)
    parts += [packer.compress(zeros) for _ in range(200)]
    return b"".join([*parts, packer.flush()])


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "is empty"),
    "cut off": (lambda: idx(PICTURES)[:-1], "ends too early"),
    "cut off in the header": (lambda: idx(PICTURES)[:9], "ends too early"),
    "cut off while packed": (lambda: gzip.compress(idx(PICTURES))[:-9], "ends too early"),
    "damaged": (lambda: gzip.compress(idx(PICTURES))[:20] + b"zzzzzzzz", "is a damaged gzip archive|ends too early"),
    "too long": (lambda: idx(PICTURES) + b"x", "holds more than its first bytes say"),
    "zip bomb": (bomb, "holds more than its first bytes say"),
    "packed zeros": (lambda: gzip.compress(bytes(10**7)), "is not an IDX file, it begins with the bytes 00 00 00 00"),
    "too many": (lambda: struct.pack(">HBBIII", 0, 8, 3, 2**32 - 1, 2**16, 2**16), "more than the 50,000,000 numbers"),
    "nothing": (lambda: struct.pack(">HBBIII", 0, 8, 3, 0, 28, 28), "holds nothing"),
    "labels": (lambda: idx(np.array([1, 2])), "holds labels, not pictures"),
    "floats": (lambda: idx(PICTURES, 13), "is an IDX file of floats"),
    "text": (lambda: b"hello, world", "is not an IDX file"),
    "html": (lambda: b"<html><body>", "is a web page"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n", "is a picture"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "sentence"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_one_sentence_and_little_memory(
    tmp_path: Path, content: Callable[[], bytes], sentence: str
) -> None:
    path = tmp_path / "images"
    path.write_bytes(content())
    tracemalloc.start()
    with pytest.raises(Refused, match=sentence) as caught:
        read_images(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(caught.value).startswith("images: ") and "\n" not in str(caught.value)
    assert peak < 20e6


def test_pictures_are_no_labels(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(idx(PICTURES))
    with pytest.raises(Refused, match="holds pictures, not labels"):
        read_labels(path)


def test_a_packed_table_is_to_be_unpacked_first(tmp_path: Path) -> None:
    file = tmp_path / "table.csv.gz"
    file.write_bytes(gzip.compress(b"a,b,t\n1,2,0\n"))
    with pytest.raises(Refused, match=r"table\.csv\.gz: is packed text\. Unpack it first"):
        read_header(file)
