"""Every data set nnviz makes itself: its shape, its repeatability, and the property it is there to show."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.data.datasets import TABLE, DataSet, given, make, split

EVERY = sorted(TABLE)
RANDOM = [name for name in EVERY if "noise" in TABLE[name].options]
SPLIT = [name for name in EVERY if "test_fraction" in TABLE[name].options]
TWO_CLASSES = [name for name in RANDOM if not TABLE[name].numbers and TABLE[name].outputs == 1]
TRUTH = {"xor": [0, 1, 1, 0], "and": [0, 0, 0, 1], "or": [0, 1, 1, 1]}


def points(data: DataSet) -> set[tuple[float, ...]]:
    every = np.concatenate((np.hstack((data.inputs, data.targets)), np.hstack((data.test_inputs, data.test_targets))))
    return set(map(tuple, every.tolist()))


def arrays(data: DataSet) -> tuple[np.ndarray, ...]:
    return data.inputs, data.targets, data.test_inputs, data.test_targets


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


@pytest.mark.parametrize("name", TWO_CLASSES)
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
    assert max(np.abs(quiet.inputs - loud.inputs).max(), np.abs(quiet.targets - loud.targets).max()) > 0.1


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    one, again = (make(name, {"seed": 5.0} if name in SPLIT else {}) for _ in range(2))
    for first, second in zip(arrays(one), arrays(again), strict=True):
        assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("name", SPLIT)
def test_the_split_is_disjoint_and_complete(name: str) -> None:
    whole, parted = make(name, {"test_fraction": 0.0, "seed": 3.0}), make(name, {"test_fraction": 0.25, "seed": 3.0})
    assert len(parted.test_inputs) == round(0.25 * len(whole.inputs))
    rows = [np.hstack(pair).tolist() for pair in ((whole.inputs, whole.targets), (parted.inputs, parted.targets),
                                                  (parted.test_inputs, parted.test_targets))]
    assert sorted(rows[0]) == sorted(rows[1] + rows[2])


def test_another_seed_tests_on_other_real_examples() -> None:
    one, other = make("iris", {}), make("iris", {"seed": 1.0})
    assert len(one.test_inputs) == len(other.test_inputs) == 45
    assert not np.array_equal(one.test_inputs, other.test_inputs)


def test_any_rows_can_be_split() -> None:
    inputs, targets = np.arange(20.0).reshape(10, 2), np.arange(10.0)[:, None]
    data, again = split(inputs, targets, 0.3, 7), split(inputs, targets, 0.3, 7)
    assert sorted([*data.targets[:, 0], *data.test_targets[:, 0]]) == targets[:, 0].tolist()
    assert data.test_targets.tolist() == again.test_targets.tolist() and len(data.test_inputs) == 3
    assert (data.inputs[:, 0] == 2 * data.targets[:, 0]).all()
    assert not split(inputs, targets, 0.0, 7).has_test


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_clouds_are_one_hot_classes_that_lie_apart(classes: int) -> None:
    options = {"classes": float(classes), "noise": 0.0, "test_fraction": 0.0}
    data = make("blobs", options)
    assert TABLE["blobs"].sizes(options) == (2, classes) and data.targets.shape == (300, classes)
    assert (data.targets.sum(axis=1) == 1.0).all() and (data.targets.max(axis=1) == 1.0).all()
    shares = data.targets.mean(axis=0)
    assert shares.max() - shares.min() < 0.01
    centres = data.targets.T @ data.inputs / data.targets.sum(axis=0)[:, None]
    nearest = np.hypot(*(data.inputs[:, None] - centres).transpose(2, 0, 1)).argmin(axis=1)
    assert (nearest == data.targets.argmax(axis=1)).mean() > 0.95


def test_the_moons_are_half_circles() -> None:
    data = make("moons", {"noise": 0.0, "test_fraction": 0.0})
    lower = data.targets[:, 0] == 1.0
    np.testing.assert_allclose(np.hypot(*data.inputs[~lower].T), 1.0)
    np.testing.assert_allclose(np.hypot(*(data.inputs[lower] - [1.0, 0.5]).T), 1.0)
    assert data.inputs[~lower, 1].min() >= 0.0 and data.inputs[lower, 1].max() <= 0.5


def test_curves_to_fit_are_what_they_are_called() -> None:
    clean = {"noise": 0.0, "test_fraction": 0.0}
    sine, plane, hills = (make(name, clean) for name in ("sine", "plane", "multi_gauss"))
    np.testing.assert_array_equal(sine.targets, np.sin(sine.inputs))
    assert np.abs(sine.inputs).max() <= np.pi
    np.testing.assert_allclose(plane.targets[:, 0], plane.inputs.sum(axis=1) / 10.0)
    assert -1.0 <= hills.targets.min() < -0.8 and 0.8 < hills.targets.max() <= 1.0
    near = np.hypot(*(hills.inputs - [-4.0, 2.5]).T) < 1.0
    assert near.any() and (hills.targets[near] >= 0.5).all()


def test_the_line_is_that_of_the_lecture() -> None:
    data = make("line", {})
    assert data.inputs.ravel().tolist() == data.targets.ravel().tolist() == [1.0, 2.0, 3.0] and not data.has_test


def test_given_numbers_are_copied() -> None:
    inputs, targets = np.ones((2, 3)), np.zeros((2, 1))
    data = given(inputs, targets)
    inputs[0, 0] = 9.0
    assert data.inputs[0, 0] == 1.0 and not data.has_test
    assert data.test_inputs.shape == (0, 3) and data.test_targets.shape == (0, 1)


@pytest.mark.parametrize("rows", [1, 2, 3, 10])
def test_one_example_at_least_is_left_to_train_on(rows: int) -> None:
    data = split(np.arange(float(rows))[:, None], np.zeros((rows, 1)), 0.9, 0)
    assert len(data.inputs) >= 1 and len(data.inputs) + len(data.test_inputs) == rows


def test_examples_to_test_on_keep_their_own_inputs_too() -> None:
    plain = make("moons", {})
    made = plain.prepared(("x1^2", "x2"), "standardise")
    assert np.array_equal(made.raw_test_inputs, plain.test_inputs)
    assert np.array_equal(plain.raw_test_inputs, plain.test_inputs)
    assert len(made.raw_test_inputs) == len(made.test_inputs)
