"""Real data: handwriting of 13 people and measurements of 150 flowers, which nobody drew to make a point.

The files lie in `resources/data`, with their authors and licences.
"""

from __future__ import annotations

import csv
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nnviz.places import resource

Array = NDArray[np.float64]

DIGITS = 1797
PIXELS = 8           # of the recorded images, each way
SPECIES = ("setosa", "versicolor", "virginica")


@lru_cache(maxsize=2)
def digits(side: int) -> tuple[Array, Array]:
    """Handwritten digits as (1797, side * side) grey levels from 0 to 1, row by row, and (1797, 10) one-hot classes.

    The recorded 8×8 images, in a frame of empty pixels that makes them 10×10, are enlarged by bilinear interpolation
    between the centres of their pixels; where they would not grow, with a side of 8 or 9, there is no frame.
    Both arrays are read-only.
    """
    with np.load(resource("data/digits.npz"), allow_pickle=False) as file:
        images, classes = file["images"], file["digits"]
    frame = 1 if side >= PIXELS + 2 else 0
    framed = np.pad(images / 16.0, ((0, 0), (frame, frame), (frame, frame)))
    weights = _interpolation(PIXELS + 2 * frame, side)
    enlarged = weights @ framed @ weights.T
    return _read_only(np.clip(enlarged, 0.0, 1.0).reshape(DIGITS, side * side)), _read_only(np.eye(10)[classes])


@lru_cache(maxsize=1)
def iris() -> tuple[Array, Array]:
    """Sepal length and width, petal length and width in cm (150, 4), and (150, 3) one-hot species; read-only."""
    with resource("data/iris.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    classes = [SPECIES.index(row[-1]) for row in rows]
    return _read_only(np.array([row[:-1] for row in rows], dtype=np.float64)), _read_only(np.eye(3)[classes])


def _interpolation(source: int, target: int) -> Array:
    """Row i: how much each of `source` pixels in a line counts for pixel i of `target`; every row sums to 1."""
    centres = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0.0, source - 1.0)
    left = np.minimum(centres.astype(int), source - 2)
    weights = np.zeros((target, source))
    rows = np.arange(target)
    weights[rows, left], weights[rows, left + 1] = 1.0 - (centres - left), centres - left
    return weights


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array
