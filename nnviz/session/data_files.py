"""Examples that lie in a file beside the document: what the document says of the file, and the examples in it.

A document names its files relative to its own place where they lie beside or below it, so that all can be moved
together; files that lie elsewhere stay where they are and are named whole.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from nnviz.data import csv_reader, csv_rows, csv_survey, idx_reader
from nnviz.data.csv_cells import Array
from nnviz.data.csv_reader import MISSING_TABLE, Column
from nnviz.data.csv_rows import DECIMALS, DELIMITERS, CsvForm
from nnviz.data.datasets import SPLIT_OPTIONS, DataSet, Split
from nnviz.data.files import shown_name
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.network import Network
from nnviz.errors import DataRefused, DocumentRefused, FileMissing
from nnviz.session.checks import a_name, a_row_name, a_whole_number, join, only_keys, show
from nnviz.words import counted, tr

ALL_TO_TRAIN = Split()
LONGEST_PATH = 4096
MOST_LABELLED = 256             # classes that a byte can name
_ELSEWHERE = re.compile(r"[/\\]{2}|[a-z][a-z0-9+.-]+://", re.IGNORECASE)      # another computer, or the web


@dataclass(frozen=True)
class CsvSource:
    """A CSV file and how it is read."""

    path: str
    form: CsvForm
    targets: tuple[Column, ...]
    inputs: tuple[Column, ...] | None = None
    one_hot: tuple[Column, ...] = ()
    missing: str = "refuse"

    def load(self, folder: Path | None, split: Split) -> DataSet:
        table = csv_reader.read(
            _found(self.path, folder), self.form, self.targets, self.inputs, self.one_hot, self.missing, split
        )
        return _all_to_train(table.inputs, table.targets)

    has_test = False

    @property
    def knows_split(self) -> bool:
        """Whether the examples depend on what is kept for testing: means are those of the training part."""
        return self.missing == "mean"

    def named_files(self) -> dict[str, str]:
        """Its files by their keys in a document."""
        return {"csv": self.path}

    def files(self) -> tuple[str, ...]:
        return tuple(self.named_files().values())


@dataclass(frozen=True)
class IdxSource:
    """An IDX file of pictures and one of their labels; the first `most` of them, 0 for all.

    Two more files may have the examples to test on, all of them.
    """

    images: str
    labels: str
    classes: int = 10
    most: int = 0
    test_images: str = ""
    test_labels: str = ""

    def load(self, folder: Path | None, split: Split) -> DataSet:
        inputs, targets = self._examples(_found(self.images, folder), _found(self.labels, folder), self.most)
        if not self.has_test:
            return _all_to_train(inputs, targets)
        path = _found(self.test_images, folder)
        test_inputs, test_targets = self._examples(path, _found(self.test_labels, folder), 0)
        if test_inputs.shape[1] != inputs.shape[1]:
            text = tr("has pictures of {count} pixels, but those to train on have {other}")
            raise DataRefused(text.format(count=test_inputs.shape[1], other=inputs.shape[1]), shown_name(path))
        return DataSet(inputs, targets, test_inputs, test_targets)

    knows_split = False

    @property
    def has_test(self) -> bool:
        """Whether there are files of their own to test on."""
        return bool(self.test_images)

    def _examples(self, images: Path, labels: Path, most: int) -> tuple[Array, Array]:
        """Pictures and one-hot labels."""
        counts = idx_reader.read_header(images).count, idx_reader.read_header(labels).count
        if counts[0] != counts[1]:
            text = tr("holds {pictures:,} pictures, but {file} has {labels:,} labels")
            raise DataRefused(
                text.format(pictures=counts[0], file=shown_name(labels), labels=counts[1]), shown_name(images)
            )
        targets = idx_reader.one_hot(idx_reader.read_labels(labels, most), self.classes, shown_name(labels))
        return idx_reader.read_images(images, most), targets

    def named_files(self) -> dict[str, str]:
        """Its files by their keys in a document."""
        files = (self.images, self.labels, self.test_images, self.test_labels)
        return {key: file for key, file in zip(("idx", "idx_labels", *TEST_KEYS), files, strict=True) if file}

    def files(self) -> tuple[str, ...]:
        return tuple(self.named_files().values())


FileSource = CsvSource | IdxSource

# The key that says which kind of file it is, all keys beside it, and how they are read.
SPLIT_KEYS = tuple(SPLIT_OPTIONS)       # whoever reads the data reads these, for they are no matter of the file
CSV_KEYS = ("csv", "delimiter", "decimal", "header", "inputs", "targets", "one_hot", "missing", *SPLIT_KEYS)
TEST_KEYS = ("idx_test", "idx_test_labels")
IDX_KEYS = ("idx", "idx_labels", *TEST_KEYS, "classes", "most", *SPLIT_KEYS)
PATH_KEYS = ("csv", "idx", "idx_labels", *TEST_KEYS)


def read_source(value: Mapping[str, Any], where: str) -> FileSource | None:
    """What a document says of a file of examples; None where it says nothing of one."""
    return next((read(value, where) for key, read in READERS.items() if key in value), None)


def _csv(value: Mapping[str, Any], where: str) -> CsvSource:
    only_keys(value, where, CSV_KEYS, ("csv", "targets"))
    header = value.get("header", True)
    if not isinstance(header, bool):
        text = tr("must be true or false, not {value}")
        raise DocumentRefused(text.format(value=show(header)), join(where, "header"))
    return CsvSource(
        a_path(value["csv"], join(where, "csv")),
        CsvForm(
            a_row_name(value.get("delimiter", ","), join(where, "delimiter"), DELIMITERS, "delimiter"),
            a_row_name(value.get("decimal", "."), join(where, "decimal"), DECIMALS, "decimal mark"),
            header,
        ),
        _columns(value["targets"], join(where, "targets"), 1),
        _columns(value["inputs"], join(where, "inputs"), 1) if "inputs" in value else None,
        _columns(value.get("one_hot", []), join(where, "one_hot"), 0),
        a_row_name(value.get("missing", "refuse"), join(where, "missing"), MISSING_TABLE, "way with missing values"),
    )


def _idx(value: Mapping[str, Any], where: str) -> IdxSource:
    tested = any(key in value for key in TEST_KEYS)
    only_keys(value, where, IDX_KEYS, ("idx", "idx_labels", *(TEST_KEYS if tested else ())))
    if tested and value.get("test_fraction"):
        refusal = tr("the files have examples of their own to test on")
        raise DocumentRefused(refusal, join(where, "test_fraction"), tr("Leave it out"))
    return IdxSource(
        a_path(value["idx"], join(where, "idx")),
        a_path(value["idx_labels"], join(where, "idx_labels")),
        a_whole_number(value.get("classes", 10), join(where, "classes"), 1, MOST_LABELLED),
        a_whole_number(value.get("most", 0), join(where, "most"), 0, 2**32),
        *(a_path(value[key], join(where, key)) if tested else "" for key in TEST_KEYS),
    )


READERS: Mapping[str, Callable[[Mapping[str, Any], str], FileSource]] = {"csv": _csv, "idx": _idx}


def a_path(value: object, where: str) -> str:
    """A path on this computer."""
    if not isinstance(value, str) or not value.strip():
        raise DocumentRefused(tr("must be the path of a file, not {value}").format(value=show(value)), where)
    if len(value) > LONGEST_PATH or not value.isprintable():
        raise DocumentRefused(tr("is not a file name"), where)
    if _ELSEWHERE.match(value):
        text = tr("must be a file on this computer, not {value}").format(value=show(value))
        raise DocumentRefused(text, where, tr("Give its path relative to the document"))
    return value


def _columns(value: object, where: str, fewest: int) -> tuple[Column, ...]:
    items = value if isinstance(value, list) else [value]
    if not fewest <= len(items) <= csv_rows.MOST_COLUMNS:
        raise DocumentRefused(tr("must name at least one column"), where)
    columns: list[Column] = []
    for number, item in enumerate(items):
        place = f"{where}.{number}" if isinstance(value, list) else where
        if isinstance(item, str):
            columns.append(a_name(item, place).strip())
        else:
            columns.append(a_whole_number(item, place, 1, csv_rows.MOST_COLUMNS))
    return tuple(columns)


ENDINGS = (".csv", ".tsv", ".txt", ".idx", ".idx.gz", "ubyte", "ubyte.gz")
_IDX_BEGINNINGS = (b"\x00\x00", b"\x1f\x8b")


def is_data_file(path: str | os.PathLike[str]) -> bool:
    """Whether a name is that of a file of examples."""
    return os.fspath(path).lower().endswith(ENDINGS)


def is_idx(path: Path) -> bool:
    """Whether a file begins as an IDX file does, packed or not, whatever it is called."""
    try:
        if not path.is_file():      # a pipe would be waited for
            return False
        with open(path, "rb") as file:
            return file.read(2) in _IDX_BEGINNINGS
    except (OSError, ValueError):
        return False


def look_through(path: Path) -> None:
    """Refuses a file that holds no examples, read as its beginning suggests."""
    if is_idx(path):
        idx_reader.read_header(path)
    else:
        found = csv_survey.survey(path, csv_rows.guess_form(path))
        if len(found.columns) < 2:
            text = tr("has a single column, and examples have inputs and ‹targets›")
            raise DataRefused(text, str(path), tr("Is it a table of examples?"))


# --- the examples -----------------------------------------------------------------------------------------------

# What is in use somewhere is not read again while its files stay as they are.
_IN_USE: WeakValueDictionary[tuple[object, ...], DataSet] = WeakValueDictionary()


def load_file(source: FileSource, folder: Path | None, split: Split = ALL_TO_TRAIN) -> DataSet:
    """The examples in the file that a document in `folder` names, not split yet.

    `split` says which of them are trained on, for means of these.  `Refused` names line and column of what is wrong.
    """
    depends = split if source.knows_split else None
    key = (source, folder, depends, *(_stamp(_found(name, folder)) for name in source.files()))
    data = _IN_USE.get(key)
    if data is None:
        try:
            data = source.load(folder, split)
        except FileMissing as missing:
            missing.key = next((f"data.{name}" for name, file in source.named_files().items()
                                if not _found(file, folder).exists()), "")
            raise
        _IN_USE[key] = data
    return data


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return path, status.st_mtime_ns, status.st_size


def _found(name: str, folder: Path | None) -> Path:
    return (folder or Path()) / name


def _all_to_train(inputs: Array, targets: Array) -> DataSet:
    return DataSet(inputs, targets, np.empty((0, inputs.shape[1])), np.empty((0, targets.shape[1])))


def check_fit(data: DataSet, network: Network) -> None:
    """Refuses examples of a file that have other numbers of inputs or outputs than the network, or wrong targets."""
    for array, size, units in (
        (data.inputs, network.sizes[0], ("{count} input", "{count} inputs")),
        (data.targets, network.sizes[-1], ("{count} output", "{count} outputs")),
    ):
        if array.shape[1] != size:
            text = tr("the file is for {wanted} but the network has {has}")
            raise DocumentRefused(text.format(wanted=counted(array.shape[1], *units), has=size), "data")
    loss = LOSSES[network.loss.name]
    if loss.targets == "any":
        return
    for targets in (data.targets, data.test_targets):
        if targets.size and (targets.min() < 0.0 or targets.max() > 1.0):
            row, column = (int(place[0]) for place in ((targets < 0.0) | (targets > 1.0)).nonzero())
            text = tr("‹target› {column} of example {row} must be from 0 to 1 under {loss}, not {value!r}")
            raise DocumentRefused(
                text.format(column=column + 1, row=row, loss=loss.name, value=float(targets[row, column])), "data"
            )


def moved(data: Mapping[str, Any], before: Path | None, after: Path) -> dict[str, Any]:
    """What a document says of its data once it lies in the folder `after`: the same files, seen from there."""
    tree = dict(data)
    if before is not None and os.path.abspath(before) == os.path.abspath(after):
        return tree
    for key in PATH_KEYS:
        if key in tree:
            tree[key] = _seen_from(_found(tree[key], before), after)
    return tree


def found_again(data: Mapping[str, Any], key: str, file: Path, folder: Path | None) -> dict[str, Any]:
    """What a document in `folder` says of its data once the file of `key` (`data.csv`) is known to be `file`.

    Other files that are missing as well are taken from beside it, where they lie there under their names.
    """
    base = folder or Path()
    tree = dict(data)
    for other in PATH_KEYS:
        if other in tree and not _found(tree[other], base).exists():
            beside = file if f"data.{other}" == key else file.parent / Path(tree[other]).name
            if beside.exists():
                tree[other] = _seen_from(beside, base)
    return tree


def _seen_from(path: Path, folder: Path) -> str:
    """A path relative to `folder`, with slashes, where it lies there or below; else whole, for it stays where it is."""
    whole = Path(os.path.realpath(path.parent)) / path.name     # ".." leads elsewhere behind a symbolic link
    base = Path(os.path.realpath(folder))
    return (whole.relative_to(base) if whole.is_relative_to(base) else whole).as_posix()
