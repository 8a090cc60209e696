"""A choice may have a few numbers of its own, the slope of leaky ReLU or the friction of momentum; each has a
default and the range in which it makes sense."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """One number that belongs to a row of a table.

    `whole` takes only whole numbers; `above` leaves `minimum` itself out of the range.
    """

    default: float
    minimum: float = -math.inf
    maximum: float = math.inf
    help: str = ""
    whole: bool = False
    above: bool = False

    def accepts(self, value: float) -> bool:
        """Whether `value` is finite, whole where it must be, and inside the range."""
        if not math.isfinite(value) or (self.whole and value != int(value)):
            return False
        return (value > self.minimum if self.above else value >= self.minimum) and value <= self.maximum

    @property
    def range(self) -> str:
        """The range in words, for messages and tooltips: `above 0`, `between 0 and 1`, `at least 1`.

        >>> Option(0.1, 0, 1).range, Option(1.0, 0, above=True).range, Option(3, 1, 9, whole=True).range
        ('a number from 0 to 1', 'a number above 0', 'a whole number from 1 to 9')
        """
        kind = "a whole number" if self.whole else "a number"
        low, high = math.isfinite(self.minimum), math.isfinite(self.maximum)
        bounds = {
            (False, False): "",
            (True, False): f" above {self.minimum:g}" if self.above else f" of at least {self.minimum:g}",
            (False, True): f" of at most {self.maximum:g}",
            (True, True): f" above {self.minimum:g}, at most {self.maximum:g}"
            if self.above
            else f" from {self.minimum:g} to {self.maximum:g}",
        }
        return kind + bounds[low, high]
