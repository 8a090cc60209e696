"""Which inputs are a picture."""

from __future__ import annotations

import pytest

from nnviz.data.pictures import picture_side


@pytest.mark.parametrize(("inputs", "side"), [(784, 28), (64, 8), (63, 0), (49, 0), (4, 0), (2, 0)])
def test_squares_of_enough_inputs_are_pictures(inputs: int, side: int) -> None:
    assert picture_side(inputs) == side
