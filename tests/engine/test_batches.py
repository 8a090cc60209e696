"""How examples are dealt out: each once an epoch, in an order that only the seed and the epoch decide."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.batches import Batches


@pytest.mark.parametrize(("examples", "size"), [(10, 1), (10, 3), (10, 5), (10, 10), (10, 99), (7, 4)])
@pytest.mark.parametrize("epoch", [0, 1, 12])
def test_every_row_comes_once_an_epoch(examples: int, size: int, epoch: int) -> None:
    batches = Batches(3, examples, size)
    dealt = [batches.rows(epoch, number) for number in range(batches.per_epoch)]
    assert sorted(np.concatenate(dealt).tolist()) == list(range(examples))
    assert all(len(rows) == min(size, examples) for rows in dealt[:-1])


def test_the_last_smaller_batch_is_used() -> None:
    batches = Batches(3, 10, 4)
    assert batches.per_epoch == 3
    assert [len(batches.rows(0, number)) for number in range(3)] == [4, 4, 2]
    assert batches.last_size == 2


def test_all_keeps_the_order_of_the_data() -> None:
    batches = Batches(3, 6, 0)
    assert batches.per_epoch == 1 and batches.size == batches.last_size == 6
    assert batches.rows(0, 0).tolist() == batches.rows(9, 0).tolist() == [0, 1, 2, 3, 4, 5]


def test_epochs_and_seeds_are_shuffled_differently_and_repeatably() -> None:
    batches = Batches(3, 50, 10)
    assert batches.order(0).tolist() == Batches(3, 50, 25).order(0).tolist()
    assert batches.order(0).tolist() != batches.order(1).tolist()
    assert batches.order(0).tolist() != Batches(4, 50, 10).order(0).tolist()
    assert batches.order(0).tolist() != list(range(50))


def test_an_order_cannot_be_written_to() -> None:
    for size in (0, 3):
        with pytest.raises(ValueError, match="read-only"):
            Batches(1, 5, size).rows(0, 0)[0] = 4
