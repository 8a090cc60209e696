"""One number a step, for as long as training runs, in bounded memory.

Every step is kept until there are very many; then neighbours are put together, keeping the lowest and the highest
of each group, so that a spike is never lost from the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CHUNK = 1 << 12


class Curve:
    """Values of steps `first`, `first + 1`, ...: at most `capacity` groups of (lowest, highest).

    A worker may append and settle while the window reads `points`.
    """

    def __init__(self, first: int, capacity: int = 1 << 18) -> None:
        self.first, self.capacity = first, capacity
        self.group = 1                       # steps in a group
        self._low, self._high = np.empty(0), np.empty(0)
        self._groups = 0                     # complete groups
        self._pending: list[float] = []      # the steps of the group that is being filled
        self._lock = Lock()

    def __len__(self) -> int:
        return self._groups * self.group + len(self._pending)

    @property
    def append(self) -> Callable[[float], None]:
        """Takes the value of the next step; call `settle` now and then."""
        return self._pending.append

    def settle(self) -> None:
        """Moves complete groups of pending steps into the arrays, when there are many."""
        if len(self._pending) >= max(self.group, CHUNK):
            with self._lock:
                self._settle()

    def _settle(self) -> None:
        groups = len(self._pending) // self.group
        values = np.array(self._pending[: groups * self.group]).reshape(groups, self.group)
        del self._pending[: groups * self.group]
        needed = self._groups + groups
        if needed > len(self._low):
            room = min(max(needed, 2 * len(self._low)), max(self.capacity, needed))
            self._low, self._high = (np.concatenate((old[: self._groups], np.empty(room - self._groups)))
                                     for old in (self._low, self._high))
        self._low[self._groups : needed] = values.min(axis=1)
        self._high[self._groups : needed] = values.max(axis=1)
        self._groups = needed
        while self._groups >= self.capacity:
            self._halve()

    def _halve(self) -> None:
        pairs = self._groups // 2
        odd = self._groups % 2
        if odd:   # the last group cannot be paired: its steps go back to the pending ones
            last = self._groups - 1
            self._pending[:0] = [float(self._low[last])] * (self.group - 1) + [float(self._high[last])]
        self._low[:pairs] = self._low[: 2 * pairs].reshape(pairs, 2).min(axis=1)
        self._high[:pairs] = self._high[: 2 * pairs].reshape(pairs, 2).max(axis=1)
        self._groups, self.group = pairs, self.group * 2

    def cut(self, last: int) -> None:
        """Forgets the values after step `last`; those of a group that is cut in two become its lowest."""
        keep = max(0, last - self.first + 1)
        with self._lock:
            settled = self._groups * self.group
            if keep >= settled:
                del self._pending[keep - settled :]
                return
            groups, rest = divmod(keep, self.group)
            self._pending[:] = [float(self._low[groups])] * rest
            self._low, self._high = self._low[:groups].copy(), self._high[:groups].copy()
            self._groups = groups

    def points(self) -> tuple[Array, Array, Array]:
        """Steps, lowest and highest values: one entry a group, then one a pending step."""
        with self._lock:
            pending = np.array(self._pending, dtype=np.float64)
            groups, size = self._groups, self.group
            low, high = self._low[:groups].copy(), self._high[:groups].copy()
        steps = self.first + np.arange(groups) * float(size)
        rest = self.first + groups * size + np.arange(len(pending), dtype=np.float64)
        return np.concatenate((steps, rest)), np.concatenate((low, pending)), np.concatenate((high, pending))

    def at(self, step: int) -> float | None:
        """The value of a step, or the lowest of its group; None where there is none."""
        place = step - self.first
        if not 0 <= place < len(self):
            return None
        settled = self._groups * self.group
        if place >= settled:
            return self._pending[place - settled]
        return float(self._low[place // self.group])

    @property
    def nbytes(self) -> int:
        return self._low.nbytes + self._high.nbytes + 32 * len(self._pending)
