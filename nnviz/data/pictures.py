"""Inputs that are a picture: so many numbers that they fill a square, one a pixel, row by row from the top."""

from __future__ import annotations

import math

SMALLEST = 8                      # pixels along a side; fewer numbers are columns of a table


def picture_side(inputs: int) -> int:
    """How many pixels a square picture of so many inputs has each way; 0 where they are none.

    >>> picture_side(784), picture_side(64), picture_side(49), picture_side(65)
    (28, 8, 0, 0)
    """
    side = math.isqrt(inputs)
    return side if side * side == inputs and side >= SMALLEST else 0
