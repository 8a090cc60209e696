"""Whatever is opened: a document, or one sentence that says what it is instead and where it goes wrong."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz.errors import DocumentRefused, Refused
from nnviz.session.document import Document
from nnviz.session.examples import list_examples, open_document
from nnviz.session.reading import LARGEST_FILE, read_document, read_file

XOR = b"""{"format": "nnviz", "version": 1, "kind": "network", "inputs": 2,
 "layers": [{"units": 2, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}],
 "loss": "binary_cross_entropy", "data": {"name": "xor"}}
"""


def npz() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, W1=np.zeros((2, 2)))
    return stream.getvalue()


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("net.json", XOR)
    return stream.getvalue()


FOREIGN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "only white space": (b" \n\n", "is empty"),
    "HTML": (b"\n<!DOCTYPE html><html>", "is a web page (HTML)"),
    "HTML without a type": (b"<html lang='en'>", "is a web page (HTML)"),
    "SVG": (b"<?xml version='1.0'?><svg/>", "is XML or SVG"),
    "zip": (zipped(), "is a zip archive"),
    "npz": (npz(), "is a NumPy archive (npz)"),
    "npy": (npz()[npz().index(b"\x93NUMPY") :], "is a NumPy array file"),
    "pickle": (pickle.dumps({"W1": [1.0]}), "is a Python pickle"),
    "gzip": (gzip.compress(XOR), "is a gzip archive"),
    "PNG": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is a picture (PNG)"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3", "is a PDF"),
    "LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "is a Git LFS pointer"),
    "binary": (b"{\x01\x02\x00\xff", "is a binary file"),
    "binary without a zero": (b"\x01\x02\xff\xfe\xfd", "is a binary file"),
    "UTF-16": (XOR.decode().encode("utf-16"), "is UTF-16 text"),
    "UTF-16 without a mark": (XOR.decode().encode("utf-16-le"), "is UTF-16 text"),
    "Latin-1": (XOR.replace(b'"xor"', b'"x\xf6r"'), "is not UTF-8 text, see line 3"),
    "text": (b"Dear reader,\nthis is no network.\n", "is plain text, not JSON"),
    "CSV": (b"i1,i2,o1\n0,0,0\n", "is plain text, not JSON"),
    "CSV of numbers": (b"0.5,0.5\n0,0,0\n", "is plain text, not JSON"),
    "a list": (b"[1, 2]", "not an nnviz document, it is a list of 2"),
    "a number": (b"17", "not an nnviz document, it is 17"),
    "other JSON": (b'{"nbformat": 4}', 'not an nnviz document, it has no "format": "nnviz"'),
    "another format": (b'{"format": "onnx"}', "not an nnviz document, its format is 'onnx'"),
    "truncated": (XOR[:90], "ends too early, in line 2, column"),
    "truncated in a text": (XOR[:20], "ends too early, in line 1, column"),
    "a missing comma": (XOR.replace(b'2,\n "layers"', b'2\n "layers"'), "is not valid JSON, line 2, column 2"),
    "something after the end": (XOR + b"{}", "is not valid JSON, line 4, column 1"),
    "deep nesting": (
        b'{"format": "nnviz", "name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "too deep in one another",
    ),
    "nesting of 500": (b'{"format": "nnviz", "name": ' + b"[" * 500 + b"]" * 500 + b"}", "deep in one another"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_no_document_is_named_in_one_sentence_with_the_file(kind: str, tmp_path: Path) -> None:
    content, what = FOREIGN[kind]
    file = tmp_path / "net.json"
    file.write_bytes(content)
    with pytest.raises(DocumentRefused) as caught:
        open_document(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ") and what in message
    assert "\n" not in message and len(message) < 300 + len(str(file))


def broken(**changes: Any) -> bytes:
    return json.dumps({**json.loads(XOR), **changes}).encode()


ALPHA = b'{"name": "leaky_relu", "alpha": %s}'
STRICT: dict[str, tuple[bytes, str, str]] = {
    "NaN": (XOR.replace(b'"tanh"', ALPHA % b"NaN"), "layers.0.activation.alpha", "NaN is not a number"),
    "Infinity": (XOR.replace(b'"inputs": 2', b'"inputs": -Infinity'), "inputs", "-Infinity is not a number"),
    "1e999": (
        XOR.replace(b'"tanh"', ALPHA % b"1e999"),
        "layers.0.activation.alpha",
        "must be a number from 0 to 1, not a number beyond",
    ),
    "1e999 in an array": (
        XOR.replace(b'{"name": "xor"}', b'{"inputs": [[1, 1e999]], "targets": [[1]]}'),
        "data.inputs.0.1",
        "must be a finite number",
    ),
    "a duplicate key": (
        XOR.replace(b'"version": 1', b'"version": 1, "version": 1'),
        "",
        "the key 'version' stands there twice",
    ),
    "a duplicate key inside": (
        XOR.replace(b'"units": 2,', b'"units": 2, "units": 3,'),
        "layers.0",
        "the key 'units' stands there twice",
    ),
    "an integer of 5000 digits": (
        XOR.replace(b'"inputs": 2', b'"inputs": ' + b"7" * 5000),
        "inputs",
        "must be a whole number, not a number beyond every limit",
    ),
}


@pytest.mark.parametrize("kind", STRICT)
def test_json_that_is_not_strict_is_refused_with_its_path(kind: str) -> None:
    content, where, what = STRICT[kind]
    with pytest.raises(DocumentRefused) as caught:
        read_document(content)
    assert caught.value.where == where
    assert what in str(caught.value)


def test_a_byte_order_mark_of_utf_8_is_accepted() -> None:
    assert read_document(b"\xef\xbb\xbf" + XOR) == read_document(XOR)


def test_text_and_bytes_read_alike() -> None:
    assert read_document(XOR.decode()) == read_document(XOR)


def test_a_large_seed_is_read_exactly() -> None:
    assert read_document(broken(seed=2**63 - 1)).seed == 2**63 - 1


def test_a_file_above_the_limit_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    file = tmp_path / "huge.json"
    with open(file, "wb") as stream:
        stream.write(b"{")
        stream.truncate(LARGEST_FILE + 1)
    with pytest.raises(DocumentRefused, match="larger than the 64 MB"):
        read_file(file)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("missing.json", "there is no such file or example"),
        ("folder", "is a folder, not a file"),
        ("nul\0.json", "is not a file name"),
        ("n" * 300, "there is no such file or example"),
        ("dangling.json", "there is no such file"),
    ],
)
def test_a_path_that_cannot_be_opened_is_refused(tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling.json").symlink_to("nowhere")
    with pytest.raises(DocumentRefused, match=what):
        open_document(tmp_path / name)


def test_a_device_is_not_read() -> None:
    with pytest.raises(DocumentRefused, match="is not an ordinary file"):
        open_document(os.devnull)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    file.write_bytes(XOR)
    file.chmod(0)
    with pytest.raises(DocumentRefused, match="cannot be read"):
        open_document(file)


@pytest.mark.parametrize("name", ["xorr", "Xor", "xor.json", "mazur"])
def test_a_name_that_is_nearly_an_example_gets_a_suggestion(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DocumentRefused, match=r"Did you mean '(xor|mazur-2-2-2)'"):
        open_document(name)


def test_a_file_wins_over_an_example_of_the_same_name(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_document("xor").name == "xor"
    (tmp_path / "xor").write_bytes(broken(name="mine"))
    assert open_document("xor").name == "mine"


def test_a_folder_with_the_name_of_an_example_does_not_hide_it(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xor").mkdir()
    assert open_document("xor").name == "xor"


def test_every_example_opens_under_its_name_and_says_one_line() -> None:
    assert [example.name for example in list_examples()][:2] == ["mazur-2-2-2", "one-neuron-chain"]
    for example in list_examples():
        document = open_document(example.name)
        assert document == read_file(example.path) == example.document
        assert document.name == example.name == example.path.stem
        assert 20 < len(document.description) <= 100 and "\n" not in document.description


@pytest.mark.parametrize("example", list_examples(), ids=lambda example: example.name)
def test_examples_lie_in_the_repository_as_the_program_writes_them(example: Any) -> None:
    assert example.path.read_bytes() == example.document.to_bytes()


def test_a_refusal_never_shows_characters_that_disturb_the_screen() -> None:
    for name in ("\u202egnp.exe", "\x1b[2J", "\ud800", "a\nb"):
        for content in (broken(inputs=[name, "b"]), broken(**{name: 1}), broken(loss=name), broken(data={name: 1})):
            with pytest.raises(Refused) as caught:
                read_document(content)
            assert str(caught.value).isprintable()


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["sigmoid", "xor", "all", "W1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "units", "W1"]) | st.text(), inner)
    ),
    max_leaves=6,
)
PATHS = st.sampled_from(
    ["inputs", "layers", "layers.0", "layers.0.units", "layers.1.activation", "layers.0.initialise.std", "parameters",
     "parameters.W1", "labels", "frozen", "loss", "optimiser", "optimiser.learning_rate", "data", "data.inputs",
     "scaling", "batch_size", "seed", "steps", "progress", "progress.start", "version", "kind", "name", "x.y"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(PATHS, JSON_VALUES)
def test_any_value_anywhere_is_taken_or_refused_and_never_fails_otherwise(path: str, value: Any) -> None:
    try:
        document = read_document(XOR).with_value(path, value)
    except Refused as refusal:
        assert str(refusal).isprintable() and len(str(refusal)) < 700
    else:
        assert read_document(document.to_bytes()) == document


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.integers(0, len(XOR) - 1).map(lambda end: XOR[:end].rstrip()))
def test_any_bytes_are_refused_and_never_fail_otherwise(content: bytes) -> None:
    if content != XOR.rstrip():
        with pytest.raises(Refused):
            read_document(content)


def test_reading_is_the_inverse_of_writing_for_every_example() -> None:
    for example in list_examples():
        document = example.document
        assert read_document(document.to_bytes()) == document
        assert isinstance(document, Document)
