"""Every data set nnviz makes itself: its shape, its repeatability, and the property it is there to show."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.data.datasets import TABLE, DataSet, given, make

EVERY = sorted(TABLE)
RANDOM = [name for name in EVERY if "seed" in TABLE[name].options]
TRUTH = {"xor": [0, 1, 1, 0], "and": [0, 0, 0, 1], "or": [0, 1, 1, 1]}


def points(data: DataSet) -> set[tuple[float, ...]]:
    every = np.concatenate((np.hstack((data.inputs, data.targets)), np.hstack((data.test_inputs, data.test_targets))))
    return set(map(tuple, every.tolist()))


@pytest.mark.parametrize("name", EVERY)
def test_a_data_set_has_its_stated_shape_and_cannot_be_written_to(name: str) -> None:
    row, data = TABLE[name], make(name, {})
    for inputs, targets in ((data.inputs, data.targets), (data.test_inputs, data.test_targets)):
        assert inputs.shape == (len(targets), row.inputs) and targets.shape == (len(inputs), row.outputs)
        assert inputs.dtype == targets.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            inputs[...] = 0.0
    assert row.name == name and row.label and row.help


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_a_truth_table_is_whole_and_right(name: str) -> None:
    data = make(name, {})
    assert data.inputs.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert data.targets[:, 0].tolist() == TRUTH[name]
    assert not data.has_test


@pytest.mark.parametrize("name", RANDOM)
def test_points_depend_on_their_own_seed_alone(name: str) -> None:
    one, again, other = make(name, {}), make(name, {}), make(name, {"seed": 1})
    np.testing.assert_array_equal(one.inputs, again.inputs)
    np.testing.assert_array_equal(one.test_inputs, again.test_inputs)
    assert not np.array_equal(one.inputs, other.inputs)


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize(("samples", "share", "held"), [(300, 0.3, 90), (10, 0.0, 0), (11, 0.5, 6)])
def test_training_and_test_points_are_parts_of_one_whole(name: str, samples: int, share: float, held: int) -> None:
    options = {"samples": float(samples), "test_fraction": share, "seed": 4.0}
    data = make(name, options)
    assert len(data.test_inputs) == held and len(data.inputs) == samples - held
    assert data.has_test is (held > 0)
    assert points(data) == points(make(name, {**options, "test_fraction": 0.0}))
    assert len(points(data)) == samples


@pytest.mark.parametrize("name", RANDOM)
def test_both_classes_are_about_as_many(name: str) -> None:
    data = make(name, {"samples": 400.0, "test_fraction": 0.0})
    assert set(data.targets.ravel().tolist()) == {0.0, 1.0}
    assert data.targets.mean() == pytest.approx(0.5, abs=0.05)


def test_the_circle_is_a_disc_inside_a_ring() -> None:
    data = make("circle", {"test_fraction": 0.0})
    radius, inside = np.hypot(*data.inputs.T), data.targets[:, 0] == 1.0
    assert radius[inside].max() < 2.5 and radius[~inside].min() > 3.5 and radius.max() <= 5.0


def test_two_clouds_are_parted_by_a_line() -> None:
    data = make("gauss", {"test_fraction": 0.0})
    assert ((data.inputs.sum(axis=1) > 0.0) == (data.targets[:, 0] == 1.0)).mean() > 0.99


def test_the_arms_of_the_spiral_are_each_others_half_turn() -> None:
    data = make("spiral", {"samples": 200.0, "test_fraction": 0.0})
    np.testing.assert_allclose(data.inputs[::2], -data.inputs[1::2], atol=1e-12)


@pytest.mark.parametrize("name", RANDOM)
def test_noise_moves_points(name: str) -> None:
    quiet, loud = make(name, {"noise": 0.0}), make(name, {"noise": 0.5})
    assert np.abs(quiet.inputs - loud.inputs).max() > 0.1


def test_given_numbers_are_copied() -> None:
    inputs, targets = np.ones((2, 3)), np.zeros((2, 1))
    data = given(inputs, targets)
    inputs[0, 0] = 9.0
    assert data.inputs[0, 0] == 1.0 and not data.has_test
    assert data.test_inputs.shape == (0, 3) and data.test_targets.shape == (0, 1)
