"""Examples as a person writes them: one a row, those to train on first, then those that are kept for testing.

Whatever they were before, made by a formula or read from a file, once they are edited by hand they stand in the
document as rows of its own.  A row stays what it is, training or test, when others come and go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from nnviz.data.datasets import DataSet, Split
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.errors import EditRefused
from nnviz.session.document import Document
from nnviz.session.parts import FloatArray, read_only
from nnviz.words import counted, tr

MOST_ROWS = 20_000          # that stand in a document by hand: every edit keeps them
MOST_NUMBERS = 200_000      # inputs and targets together
MOST_COPIED = 4_000_000     # inputs that are copied to be looked at
Places = NDArray[np.intp] | Sequence[int]


class JoinedRows:
    """Two arrays (rows, inputs), one below the other, of which single rows and numbers can be read without a copy."""

    def __init__(self, above: FloatArray, below: FloatArray) -> None:
        self._above, self._below = above, below
        self.shape = len(above) + len(below), above.shape[1]
        self.size = above.size + below.size

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, place: int | tuple[int, int]) -> Any:
        row, *column = place if isinstance(place, tuple) else (place,)
        part, row = (self._above, row) if row < len(self._above) else (self._below, row - len(self._above))
        return part[row, column[0]] if column else part[row]


@dataclass(frozen=True, eq=False)
class ExampleRows:
    """All examples of a document, with the inputs that the data set has itself; arrays are read-only.

    `inputs` is (rows, inputs), `targets` (rows, outputs); the first `training` rows are trained on.  Where there are
    more numbers than can be edited by far, the inputs are `JoinedRows`, to be looked at and no more.
    """

    inputs: FloatArray
    targets: FloatArray
    training: int

    @classmethod
    def of(cls, data: DataSet) -> ExampleRows:
        """The rows of a data set: row k is its example k, test examples follow."""
        if not data.has_test:
            return cls(read_only(data.raw_inputs), data.targets, len(data.targets))
        parts = data.raw_inputs, data.raw_test_inputs
        joined = sum(part.size for part in parts) > MOST_COPIED
        inputs = cast(FloatArray, JoinedRows(*parts)) if joined else read_only(np.concatenate(parts))
        return cls(inputs, read_only(np.concatenate((data.targets, data.test_targets))), len(data.targets))

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def width(self) -> int:
        """Numbers of a row."""
        return int(self.inputs.shape[1] + self.targets.shape[1])

    @cached_property
    def tested(self) -> NDArray[np.bool_]:
        """Which rows are kept for testing, (rows,)."""
        return np.arange(len(self)) >= self.training

    def same(self, other: ExampleRows) -> bool:
        """Whether both have the very same numbers in the same order."""
        return (
            self.training == other.training
            and np.array_equal(self.inputs, other.inputs)
            and np.array_equal(self.targets, other.targets)
        )

    # --- other rows -----------------------------------------------------------------------------------------------

    def added(self, inputs: FloatArray, targets: FloatArray, tested: bool = False) -> ExampleRows:
        """With more rows, behind those of their part."""
        at = len(self) if tested else self.training
        return ExampleRows(
            read_only(np.insert(self.inputs, at, inputs, axis=0)),
            read_only(np.insert(self.targets, at, targets, axis=0)),
            self.training + (0 if tested else len(targets)),
        )

    def without(self, rows: Places) -> ExampleRows:
        """With some rows taken out; one at least must be left to train on."""
        stays = np.ones(len(self), dtype=np.bool_)
        stays[np.asarray(rows, dtype=np.intp)] = False
        left = int(np.count_nonzero(stays[: self.training]))
        if not left:
            raise EditRefused(tr("no example would be left to train on"), hint=tr("Keep one at least"))
        return ExampleRows(read_only(self.inputs[stays]), read_only(self.targets[stays]), left)

    def with_inputs(self, rows: Places, inputs: FloatArray) -> ExampleRows:
        """With other inputs (rows, inputs) in some rows."""
        return replace(self, inputs=_put(self.inputs, rows, inputs))

    def with_targets(self, rows: Places, targets: FloatArray) -> ExampleRows:
        """With other targets (rows, outputs) in some rows."""
        return replace(self, targets=_put(self.targets, rows, targets))

    def with_numbers(self, inputs: FloatArray, targets: FloatArray) -> ExampleRows:
        """With other numbers in all rows."""
        return ExampleRows(read_only(inputs), read_only(targets), self.training)

    def moved(self, rows: Places, tested: bool) -> ExampleRows:
        """With some rows in the other part, behind those that are there; one at least stays to train on."""
        return self.with_parts(rows, np.full(len(rows), tested))

    def with_parts(self, rows: Places, tested: NDArray[np.bool_]) -> ExampleRows:
        """With some rows in the part that `tested` says for each."""
        belongs = self.tested.copy()
        belongs[np.asarray(rows, dtype=np.intp)] = tested
        if belongs.all():
            raise EditRefused(tr("no example would be left to train on"), hint=tr("Keep one at least"))
        went = self.tested != belongs
        # those that stay come first in their part, so that their numbers change as little as can be
        order = np.lexsort((np.arange(len(self)), went, belongs))
        return ExampleRows(
            read_only(self.inputs[order]), read_only(self.targets[order]), int(np.count_nonzero(~belongs))
        )

    def parted(self, split: Split) -> ExampleRows:
        """With the share kept for testing that `split` says, chosen anew among all rows."""
        train = split.training_rows(len(self))
        test = np.setdiff1d(np.arange(len(self)), train)
        order = np.concatenate((train, test))
        return ExampleRows(read_only(self.inputs[order]), read_only(self.targets[order]), len(train))

    # --- the document ---------------------------------------------------------------------------------------------

    def tree(self, document: Document) -> dict[str, Any]:
        """What the document says of its data once these rows are its own; `Refused` where they are too many."""
        self.check_size()
        self._check_numbers(document)
        train = slice(0, self.training)
        tree: dict[str, Any] = {"inputs": self.inputs[train].tolist(), "targets": self.targets[train].tolist()}
        if self.training < len(self):
            test = slice(self.training, len(self))
            tree |= {"test_inputs": self.inputs[test].tolist(), "test_targets": self.targets[test].tolist()}
        features = document.data.features
        return {**tree, "features": list(features)} if features else tree

    def check_size(self) -> None:
        """Refuses more rows or numbers than a document holds by hand."""
        if len(self) > MOST_ROWS:
            text = tr("{count:,} examples are more than the {most:,} that can be edited by hand")
            raise EditRefused(text.format(count=len(self), most=MOST_ROWS), hint=_take_fewer())
        if len(self) * self.width > MOST_NUMBERS:
            text = tr("{examples} of {width:,} numbers each are more than the {most:,} numbers that can be edited by "
                      "hand")
            examples = counted(len(self), "{count:,} example", "{count:,} examples")
            raise EditRefused(text.format(examples=examples, width=self.width, most=MOST_NUMBERS), hint=_take_fewer())

    def _check_numbers(self, document: Document) -> None:
        """Refuses what the document would not take, by row and column as a table shows them."""
        for side, names in ((self.inputs, input_names(document, self.inputs.shape[1])),
                            (self.targets, document.network.names(len(document.network.layers)))):
            wrong = ~np.isfinite(side)
            if wrong.any():
                row, column = (int(place[0]) for place in wrong.nonzero())
                text = tr("example {row}, {column}: a finite number is wanted")
                raise EditRefused(text.format(row=row, column=names[column]))
        if takes_any(document):
            return
        outside = (self.targets < 0.0) | (self.targets > 1.0)
        if outside.any():
            row, column = (int(place[0]) for place in outside.nonzero())
            text = tr("example {row}, {column}: a ‹target› must be from 0 to 1 under the loss {loss}, not {value!r}")
            names = document.network.names(len(document.network.layers))
            loss = tr(LOSSES[document.network.loss.name].label)
            raise EditRefused(text.format(row=row, column=names[column], loss=loss,
                                          value=float(self.targets[row, column])),
                              hint=tr("Choose a loss for numbers, or another number"))


def rows_edit(document: Document, rows: ExampleRows) -> dict[str, Any]:
    """The edit of a document, by path, that makes `rows` its examples."""
    return {"data": rows.tree(document)}


def split_edit(document: Document, rows: ExampleRows, split: Mapping[str, float]) -> dict[str, Any]:
    """The edit of a document that keeps another share of its examples for testing, or others of them.

    `split` has numbers by the names of `SPLIT_OPTIONS`.  Rows that were kept by hand are mixed with all others first.
    """
    if document.data.test_rows is None:
        return {f"data.{name}": value for name, value in split.items()}
    rows.check_size()
    tree: dict[str, Any] = {
        "inputs": rows.inputs, "targets": rows.targets, **split_now(document), **split}
    features = document.data.features
    return {"data": {**tree, "features": list(features)} if features else tree}


def split_now(document: Document) -> dict[str, int | float]:
    """The share of rows or of a file that is kept for testing, and the seed; of rows that were kept by hand, to 0.01.
    """
    source = document.data
    share = source.split.test_fraction
    if source.test_rows is not None and source.inputs is not None:
        tests = len(source.test_rows[0])
        share = min(0.9, round(tests / (tests + len(source.inputs)), 2))
    return {"test_fraction": share, "seed": source.split.seed}


def is_by_hand(document: Document) -> bool:
    """Whether the examples stand in the document as rows of its own."""
    return document.data.choice is None and document.data.file is None


def input_names(document: Document, width: int) -> tuple[str, ...]:
    """What the data set's own inputs are called: as the network's, or x1, x2, ... where formulas make those."""
    if document.data.features or len(document.network.inputs) != width:
        return tuple(f"x{place}" for place in range(1, width + 1))
    return document.network.inputs


def takes_any(document: Document) -> bool:
    """Whether the loss takes any number as a target, and not only those from 0 to 1."""
    return LOSSES[document.network.loss.name].targets == "any"


def _put(array: FloatArray, rows: Places, values: FloatArray) -> FloatArray:
    own = array.copy()
    own[np.asarray(rows, dtype=np.intp)] = values
    return read_only(own)


def _take_fewer() -> str:
    return tr("Take fewer examples")


# --- on a plane -------------------------------------------------------------------------------------------------


def plane_points(rows: ExampleRows) -> FloatArray | None:
    """Where the rows lie on a plane, (rows, 2): two inputs, or an input and what is wanted for it; None: on none."""
    if rows.inputs.shape[1] == 2:
        return rows.inputs
    if rows.inputs.shape[1] == 1 and rows.targets.shape[1] == 1:
        return np.column_stack((rows.inputs, rows.targets))
    return None


def with_points_added(rows: ExampleRows, points: FloatArray, target: FloatArray, tested: bool) -> ExampleRows:
    """With more rows at `points` (points, 2) of the plane; each has `target` (outputs,), unless the plane shows it."""
    if rows.inputs.shape[1] == 2:
        return rows.added(points, np.tile(target, (len(points), 1)), tested)
    return rows.added(points[:, :1], points[:, 1:], tested)


def with_points_moved(rows: ExampleRows, places: Places, points: FloatArray) -> ExampleRows:
    """With some rows at other `points` (places, 2) of the plane."""
    if rows.inputs.shape[1] == 2:
        return rows.with_inputs(places, points)
    return rows.with_inputs(places, points[:, :1]).with_targets(places, points[:, 1:])
