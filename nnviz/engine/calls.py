"""A computation is a list of calls: a function, and the arrays it reads and writes.

Written out once, such a list can be run a million times without thinking again, and every line of it can be
shown to a learner.  All arrays are unit-major: the first axis counts units, the last one examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Call = tuple[Callable[..., Any], tuple[Any, ...]]


def constant(value: float) -> Array:
    """A number as a read-only array of no dimensions: NumPy reads it twenty times faster than a Python float."""
    number = np.array(value, dtype=np.float64)
    number.flags.writeable = False
    return number


LINE = 8   # numbers in a cache line
ZERO, ONE = constant(0.0), constant(1.0)


def aligned_zeros(size: int) -> Array:
    """`size` zeros that start on a cache line, so that speed does not depend on luck."""
    raw = np.zeros(size + LINE)
    skip = (-raw.ctypes.data // raw.itemsize) % LINE
    return raw[skip : skip + size]


def run(calls: Iterable[Call]) -> None:
    """Does the calls in order; overflow and division by zero give inf and nan silently, as a state of the run."""
    with np.errstate(all="ignore"):
        for function, arguments in calls:
            function(*arguments)


def greater_of(out: Array) -> Callable[[Array, Array], Any]:
    """Elementwise maximum into `out`; it lets NaN through (fmax would turn a NaN net input into a healthy 0)."""
    return partial(np.maximum, out=out)


def lesser_of(out: Array) -> Callable[[Array, Array], Any]:
    """Elementwise minimum into `out`; it lets NaN through."""
    return partial(np.minimum, out=out)
