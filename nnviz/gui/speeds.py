"""How fast Play goes, from one operation a second, slow enough to follow every number, to as fast as it can.

Each row of `TABLE` is one speed, from slow to fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Speed:
    """A speed in operations of the pass or in whole training steps a second; full speed has neither."""

    name: str
    label: str
    operations_per_second: float | None = None
    steps_per_second: float | None = None

    @property
    def is_slow_motion(self) -> bool:
        """Whether the passes are seen operation by operation."""
        return self.operations_per_second is not None


TABLE: Mapping[str, Speed] = MappingProxyType(
    {
        row.name: row
        for row in (
            Speed("operations-1", "1 operation/s", operations_per_second=1.0),
            Speed("operations-2", "2 operations/s", operations_per_second=2.0),
            Speed("operations-5", "5 operations/s", operations_per_second=5.0),
            Speed("steps-1", "1 step/s", steps_per_second=1.0),
            Speed("steps-5", "5 steps/s", steps_per_second=5.0),
            Speed("steps-20", "20 steps/s", steps_per_second=20.0),
            Speed("steps-100", "100 steps/s", steps_per_second=100.0),
            Speed("steps-500", "500 steps/s", steps_per_second=500.0),
            Speed("steps-2000", "2000 steps/s", steps_per_second=2000.0),
            Speed("full", "Full speed"),
        )
    }
)
DEFAULT = "steps-100"


def seen(name: str) -> Speed:
    """The speed at which one can follow the operations where nothing is trained: this one, or the fastest that is slow.

    >>> seen("operations-1").name, seen("full").name
    ('operations-1', 'operations-5')
    """
    slow = [speed for speed in TABLE.values() if speed.is_slow_motion]
    return TABLE[name] if TABLE[name] in slow else slow[-1]


def neighbour(name: str, faster: bool) -> str:
    """The name of the next faster or slower speed; the fastest and the slowest stay.

    >>> neighbour("steps-100", True), neighbour("full", True)
    ('steps-500', 'full')
    """
    names = list(TABLE)
    place = names.index(name) + (1 if faster else -1)
    return names[min(max(place, 0), len(names) - 1)]
