"""The parts of a document that are more than a name or a number: where its examples come from, and how far
training had come when it was saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnviz.data.datasets import Split
from nnviz.engine.network import Choice

if TYPE_CHECKING:
    from nnviz.session.data_files import FileSource

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, FloatArray]
ALL_TO_TRAIN = Split()


def read_only(array: FloatArray) -> FloatArray:
    """A read-only float64 array of its own with the same numbers; a read-only one that owns them is handed through."""
    if array.dtype == np.float64 and not array.flags.writeable and array.base is None and array.flags.c_contiguous:
        return array
    own = np.array(array, dtype=np.float64, order="C")
    own.flags.writeable = False
    return own


def same_array(first: FloatArray | None, second: FloatArray | None) -> bool:
    """Whether two arrays, or two absences of one, hold the same numbers in the same shape."""
    if first is second or first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def same_arrays(first: Arrays | None, second: Arrays | None) -> bool:
    """Whether two mappings name the same arrays with the same numbers."""
    if first is second or first is None or second is None:
        return first is second
    return first.keys() == second.keys() and all(same_array(array, second[name]) for name, array in first.items())


@dataclass(frozen=True, eq=False)
class DataSource:
    """The examples: a named set with its options, rows of numbers written into the document, or a file beside it.

    Exactly one of the three: `choice`; `inputs` (examples, inputs) with `targets` (examples, outputs), and perhaps
    `test_inputs` with `test_targets`, which are rows kept for testing; or `file`.
    `features` are the formulas of the network's inputs; without any, they are the set's own.  `split` parts rows and
    files; a named set has options for that.
    """

    choice: Choice | None = None
    inputs: FloatArray | None = None
    targets: FloatArray | None = None
    features: tuple[str, ...] = ()
    file: FileSource | None = None
    split: Split = ALL_TO_TRAIN
    test_inputs: FloatArray | None = None
    test_targets: FloatArray | None = None

    @property
    def test_rows(self) -> tuple[FloatArray, FloatArray] | None:
        """Inputs and targets of the rows that are kept for testing; None where the document has none."""
        if self.test_inputs is None or self.test_targets is None:
            return None
        return self.test_inputs, self.test_targets

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, DataSource)
            and self.choice == other.choice
            and self.features == other.features
            and same_array(self.inputs, other.inputs)
            and same_array(self.targets, other.targets)
            and self.file == other.file
            and self.split == other.split
            and same_array(self.test_inputs, other.test_inputs)
            and same_array(self.test_targets, other.test_targets)
        )

    def __hash__(self) -> int:
        return hash((self.choice, self.file, None if self.inputs is None else self.inputs.shape))


@dataclass(frozen=True, eq=False)
class Progress:
    """How far training had come: `step` updates are done, so the next step is `step + 1`.

    `epoch` and `batch` (its index in the epoch) are where that next step lies; None leaves them to be counted from
    `step`, which is right as long as the batch size never changed.  `optimiser_state` has the optimiser's arrays by
    name ("velocity"), each a mapping from parameter arrays to numbers of their shape; `optimiser_steps` counts the
    updates this optimiser has done, None for all of them.  `start` holds the parameters that Reset returns to,
    None where it draws them from the seed again.  `schedule_state` has what a schedule of the learning rate that
    watches the loss has seen, by name.
    """

    step: int
    epoch: int | None = None
    batch: int | None = None
    optimiser_state: Mapping[str, Arrays] = field(default_factory=dict)
    optimiser_steps: int | None = None
    start: Arrays | None = None
    schedule_state: Mapping[str, float] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Progress)
            and (self.step, self.epoch, self.batch) == (other.step, other.epoch, other.batch)
            and self.optimiser_steps == other.optimiser_steps
            and self.schedule_state == other.schedule_state
            and self.optimiser_state.keys() == other.optimiser_state.keys()
            and all(same_arrays(arrays, other.optimiser_state[name]) for name, arrays in self.optimiser_state.items())
            and same_arrays(self.start, other.start)
        )

    def __hash__(self) -> int:
        return hash((self.step, self.epoch, self.batch))
