"""Which examples a step looks at: all of them, or a shuffled handful.

The order of an epoch depends on the seed and the epoch alone, so any step of the past can be repeated exactly
without having kept anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Batches:
    """How `examples` rows are dealt out. `batch_size` 0 stands for all of them, in the data's own order."""

    seed: int
    examples: int
    batch_size: int

    @property
    def size(self) -> int:
        return min(self.batch_size, self.examples) if self.batch_size else self.examples

    @property
    def per_epoch(self) -> int:
        return -(-self.examples // self.size)

    @property
    def last_size(self) -> int:
        """The size of an epoch's last batch, which may be smaller."""
        return self.examples - (self.per_epoch - 1) * self.size

    def rows(self, epoch: int, batch: int) -> Indices:
        """The rows of batch `batch` (from 0) of epoch `epoch` (from 0)."""
        return self.order(epoch)[batch * self.size : (batch + 1) * self.size]

    def order(self, epoch: int) -> Indices:
        """All rows in the order of epoch `epoch`."""
        if not self.batch_size:
            return _in_order(self.examples)
        return _shuffled(self.seed, self.examples, epoch)


@lru_cache(maxsize=4)
def _in_order(examples: int) -> Indices:
    rows = np.arange(examples)
    rows.flags.writeable = False
    return rows


@lru_cache(maxsize=4)
def _shuffled(seed: int, examples: int, epoch: int) -> Indices:
    rows = np.random.default_rng([seed, epoch]).permutation(examples)
    rows.flags.writeable = False
    return rows
