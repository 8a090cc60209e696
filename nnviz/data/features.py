"""A network sees only what it is given: x² or sin x as an input of its own lets a small network do a large one's work.

An engineered input is a short formula (`engine.expression`) of the data set's own inputs, `x1`, `x2`, ...; the first
two are also `x` and `y`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.expression import read_expression

Array = NDArray[np.float64]
Formula = Callable[[Array], Array]    # (examples, inputs) to (examples,)


def variables(inputs: int) -> dict[str, int]:
    """What the inputs of a data set are called in formulas, and their columns.

    >>> variables(2)
    {'x1': 0, 'x2': 1, 'x': 0, 'y': 1}
    """
    names = {f"x{column + 1}": column for column in range(inputs)}
    return {**names, **{name: column for column, name in enumerate("xy"[:inputs])}}


def read_feature(text: str, inputs: int) -> Formula:
    """The function that `text` says, of a data set with so many inputs; `Refused` points at the character.

    >>> read_feature("x1^2 + y", 2)(np.array([[3.0, 1.0]])).tolist()
    [10.0]
    """
    expression = read_expression(text, variables(inputs))
    return lambda raw: expression.value(*raw.T)


def engineer(texts: Sequence[str], raw: Array) -> Array:
    """The engineered inputs (examples, features) of a data set's own (examples, inputs)."""
    with np.errstate(all="ignore"):
        return np.column_stack([read_feature(text, raw.shape[1])(raw) for text in texts])


def split_features(text: str) -> list[str]:
    """Formulas out of a line of them, with commas or semicolons between; those inside brackets separate nothing.

    >>> split_features("x1, x2; max(x1, 0) ,")
    ['x1', 'x2', 'max(x1, 0)']
    """
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character in ",;" and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]
