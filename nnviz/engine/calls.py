"""A computation is a list of calls: a function, and the arrays it reads and writes.

Written out once, such a list can be run a million times without thinking again, and every line of it can be
shown to a learner.  All arrays are unit-major: the first axis counts units, the last one examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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


ZERO, ONE, TWO = constant(0.0), constant(1.0), constant(2.0)


def run(calls: Iterable[Call]) -> None:
    """Does the calls in order; overflow and division by zero give inf and nan silently, as a state of the run."""
    with np.errstate(all="ignore"):
        for function, arguments in calls:
            function(*arguments)


def greater_of(first: Array, second: Array, out: Array) -> None:
    """Elementwise maximum that lets NaN through (fmax would turn a NaN net input into a healthy-looking 0)."""
    np.maximum(first, second, out=out)
