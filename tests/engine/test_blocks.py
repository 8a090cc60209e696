"""The flat vector and the arrays that users see are the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.blocks import Blocks
from tests.networks import make_network

NETWORK = make_network((3, 4, 2, 2), biases=("per_unit", "shared", "none"))
BLOCKS = Blocks(NETWORK)


def arrays() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {array.name: generator.standard_normal(array.shape) for array in NETWORK.arrays}


def test_unpacking_what_was_packed_gives_it_back() -> None:
    given = arrays()
    found = BLOCKS.unpack(BLOCKS.pack(given))
    assert found.keys() == given.keys() == {"W1", "b1", "W2", "b2", "W3"}
    for name, values in given.items():
        np.testing.assert_array_equal(found[name], values)


def test_views_write_through_and_unpacked_arrays_do_not() -> None:
    vector = BLOCKS.pack(arrays())
    BLOCKS.weights(vector, 2)[1, 3] = 42.0
    assert BLOCKS.unpack(vector)["W2"][1, 3] == 42.0
    BLOCKS.unpack(vector)["W2"][1, 3] = 0.0
    assert BLOCKS.weights(vector, 2)[1, 3] == 42.0


def test_positions_point_at_the_named_element() -> None:
    given = arrays()
    vector = BLOCKS.pack(given)
    for name, values in given.items():
        for index in np.ndindex(*values.shape):
            places = BLOCKS.positions(name, index)
            assert (vector[places] == values[index]).all()
            assert len(places) == (2 if name == "b2" else 1)


def test_the_users_order_goes_row_by_row_and_has_a_shared_bias_once() -> None:
    given = arrays()
    expected = np.concatenate([values.ravel() for values in given.values()])
    np.testing.assert_array_equal(BLOCKS.pack(given)[BLOCKS.order], expected)
    assert len(BLOCKS.order) == NETWORK.parameter_count == BLOCKS.size - 1


def test_only_the_copies_of_a_shared_bias_are_repeats() -> None:
    assert np.flatnonzero(BLOCKS.repeats).tolist() == BLOCKS.positions("b2", (0,))[1:].tolist()


@pytest.mark.parametrize(("layer", "expected"), [(1, (4,)), (2, (1,)), (3, None)])
def test_biases_have_the_shape_of_their_kind(layer: int, expected: tuple[int, ...] | None) -> None:
    biases = BLOCKS.biases(np.zeros(BLOCKS.size), layer)
    assert (None if biases is None else biases.shape) == expected
