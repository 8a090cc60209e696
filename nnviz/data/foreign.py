"""What a file is shows in its first bytes, whatever its name says; a refusal that knows it can say what to do."""

from __future__ import annotations

import re

from nnviz.words import tr

# What other files begin with.
BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs.github.com/spec/", "is a Git LFS pointer, not the file itself; git lfs pull fetches it"),
    (b"\x93NUMPY", "is a NumPy array file (npy)"),
    (b"PK\x05\x06", "is an empty zip archive"),
    (b"\x1f\x8b", "is a gzip archive; unpack it first"),
    (b"BZh", "is a bzip2 archive; unpack it first"),
    (b"\xfd7zXZ\x00", "is an xz archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "is a Zstandard archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive; unpack it first"),
    (b"Rar!\x1a\x07", "is a RAR archive; unpack it first"),
    (b"\x89PNG\r\n\x1a\n", "is a picture (PNG)"),
    (b"\xff\xd8\xff", "is a picture (JPEG)"),
    (b"GIF8", "is a picture (GIF)"),
    (b"%PDF", "is a PDF"),
    (b"\x89HDF\r\n\x1a\n", "is an HDF5 file, perhaps a saved Keras model"),
    (b"SQLite format 3\x00", "is an SQLite database"),
    (b"PAR1", "is a Parquet file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel workbook"),
    (b"\x7fELF", "is a program"),
    (b"MZ\x90", "is a program"),
    (b"\x00\x00\x08\x01", "is an IDX file of labels, as MNIST has them"),
    (b"\x00\x00\x08\x03", "is an IDX file of images, as MNIST has them"),
    (b"\xff\xfe", "is UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16 text; save it as UTF-8"),
    (b"{\x00", "is UTF-16 text; save it as UTF-8"),
    (b"\x00{", "is UTF-16 text; save it as UTF-8"),
)
_ZIPS = (
    (b".npy", "is a NumPy archive (npz)"),
    (b"data.pkl", "is a saved PyTorch model"),
    (b"xl/", "is an Excel workbook"),
    (b"opendocument.spreadsheet", "is an OpenDocument spreadsheet"),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_HTML = re.compile(rb"\s*<(!doctype html|html|head|body)\b", re.IGNORECASE)


def foreign_kind(content: bytes) -> str:
    """What the bytes are if they are some other kind of file, in English, else ""."""
    for beginning, what in BEGINNINGS:
        if content.startswith(beginning):
            return what
    if content.startswith(b"PK\x03\x04"):
        return next((what for mark, what in _ZIPS if mark in content[:4096]), "is a zip archive; unpack it first")
    if _PICKLE.match(content):
        return "is a Python pickle, which nnviz never opens, because opening one can run a program"
    return ""


def is_web_page(content: bytes) -> bool:
    """Whether the bytes are the page that shows a file, which is often downloaded in its place."""
    return _HTML.match(content) is not None


def download_hint() -> str:
    """What to do about a web page that stands where a file was expected."""
    return tr("Download the file itself, not the page that shows it")
