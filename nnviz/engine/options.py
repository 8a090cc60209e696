"""A choice may have a few numbers of its own, the slope of leaky ReLU or the friction of momentum; each has a
default and the range in which it makes sense."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nnviz.words import tr

LONGEST_WHOLE = 1e16        # from here on a whole number is written as a power of ten


@dataclass(frozen=True)
class Option:
    """One number that belongs to a row of a table.

    `whole` takes only whole numbers; `above` leaves `minimum` itself out of the range.  `presets` are values that the
    window has a button for; where the option is `closed` there are no others.  `unit` is what it counts, "" for a mere
    number; `label` is what it is called where its key does not say it well.  `usual` are the limits of what people
    take, narrower than those of what makes sense: other numbers are accepted, and said to be unusual.
    """

    default: float
    minimum: float = -math.inf
    maximum: float = math.inf
    help: str = ""
    whole: bool = False
    above: bool = False
    presets: tuple[float, ...] = ()
    closed: bool = False
    unit: str = ""
    label: str = ""
    usual: tuple[float, float] | None = None

    def titled(self, key: str) -> str:
        """What the option of this key is called, in English.

        >>> Option(0.0).titled("clip_norm"), Option(0.0, label="KL clip").titled("kl_clip")
        ('Clip norm', 'KL clip')
        """
        return self.label or key.replace("_", " ").capitalize()

    def accepts(self, value: float) -> bool:
        """Whether `value` is finite, whole where it must be, and inside the range."""
        if not math.isfinite(value) or (self.whole and value != int(value)):
            return False
        if self.closed:
            return value in self.presets
        return (value > self.minimum if self.above else value >= self.minimum) and value <= self.maximum

    def is_unusual(self, value: float) -> bool:
        """Whether hardly anybody takes such a number.

        >>> Option(0.1, 0.0, usual=(1e-5, 10.0)).is_unusual(50.0), Option(0.1).is_unusual(50.0)
        (True, False)
        """
        return self.usual is not None and not self.usual[0] <= value <= self.usual[1]

    @property
    def is_switch(self) -> bool:
        """Whether it can only be 0 or 1, no or yes."""
        return self.closed and self.presets == (0.0, 1.0)

    @property
    def range(self) -> str:
        """The range in words, for messages and tooltips: `above 0`, `between 0 and 1`, `at least 1`.

        >>> Option(0.1, 0, 1).range, Option(1.0, 0, above=True).range, Option(3, 1, 9, whole=True).range
        ('a number from 0 to 1', 'a number above 0', 'a whole number from 1 to 9')
        >>> Option(0, presets=(0, 0.5, 1), closed=True).range
        '0, 0.5 or 1'
        """
        if self.closed:
            *others, last = (f"{preset:g}" for preset in self.presets)
            return tr("{numbers} or {last}").format(numbers=", ".join(others), last=last)
        low, high = math.isfinite(self.minimum), math.isfinite(self.maximum)
        number, whole_number = _RANGES[low, high, low and self.above]
        text = tr(whole_number if self.whole else number)
        return text.format(low=_written(self.minimum), high=_written(self.maximum))


def _written(bound: float) -> str:
    """A bound exactly and as short as can be: rounded, it might be a number that is refused.

    >>> _written(0.99999999), _written(1e6), _written(2**63 - 1), _written(1e-12)
    ('0.99999999', '1000000', '9223372036854775807', '1e-12')
    """
    whole = math.isfinite(bound) and bound == int(bound) and (isinstance(bound, int) or abs(bound) < LONGEST_WHOLE)
    return str(int(bound)) if whole else repr(float(bound))


# How a range is said, of a number and of a whole number: has it a smallest, a largest one, is the smallest left out?
_RANGES = {
    (False, False, False): ("a number", "a whole number"),
    (True, False, False): ("a number of at least {low}", "a whole number of at least {low}"),
    (True, False, True): ("a number above {low}", "a whole number above {low}"),
    (False, True, False): ("a number of at most {high}", "a whole number of at most {high}"),
    (True, True, False): ("a number from {low} to {high}", "a whole number from {low} to {high}"),
    (True, True, True): (
        "a number above {low}, at most {high}", "a whole number above {low}, at most {high}"
    ),
}
