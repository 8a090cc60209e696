"""One number a step in bounded memory, and no spike is ever lost."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.session.curve import CHUNK, Curve


def filled(values: np.ndarray, first: int = 1, capacity: int = 1 << 18) -> Curve:
    curve = Curve(first, capacity)
    for number, value in enumerate(values.tolist()):
        curve.append(value)
        if number % 1000 == 999:
            curve.settle()
    curve.settle()
    return curve


def test_every_value_is_kept_until_there_are_very_many() -> None:
    values = np.random.default_rng(0).random(3 * CHUNK + 17)
    curve = filled(values, first=101)
    steps, low, high = curve.points()
    assert len(curve) == len(values) and curve.group == 1
    np.testing.assert_array_equal(steps, 101 + np.arange(len(values)))
    np.testing.assert_array_equal(low, values)
    np.testing.assert_array_equal(high, values)


@pytest.mark.parametrize("capacity", [1024, 1000, 1001])
@pytest.mark.parametrize("place", [0, 1, 4999, 40_000, 99_998, 99_999])
@pytest.mark.parametrize("spike", [1e9, -1e9])
def test_a_spike_survives_thinning_at_its_place(capacity: int, place: int, spike: float) -> None:
    values = np.ones(100_000)
    values[place] = spike
    curve = filled(values, capacity=capacity)
    steps, low, high = curve.points()
    assert curve.group > 1 and len(curve) == len(values)
    extreme = high if spike > 0 else low
    found = np.flatnonzero(extreme == spike)
    assert len(found) == 1
    assert steps[found[0]] <= place + 1 < steps[found[0]] + curve.group


@pytest.mark.parametrize("capacity", [8, 9, 11])
def test_no_place_for_a_spike_is_a_blind_spot(capacity: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnviz.session.curve.CHUNK", 1)
    for place in range(150):
        curve = Curve(1, capacity)
        for number in range(150):
            curve.append(5.0 if number == place else 1.0)
            curve.settle()
        assert curve.points()[2].max() == 5.0 and len(curve) == 150


def test_groups_hold_the_lowest_and_highest_of_their_steps() -> None:
    values = np.random.default_rng(1).random(50_000)
    curve = filled(values, capacity=512)
    steps, low, high = curve.points()
    assert (low <= high).all() and (np.diff(steps) > 0).all()
    assert low.min() == values.min() and high.max() == values.max()
    settled = len(steps) - len(curve._pending)
    for group in range(0, settled, 37):
        part = values[int(steps[group]) - 1 : int(steps[group]) - 1 + curve.group]
        assert part.min() == low[group] and part.max() == high[group]


def test_memory_is_bounded() -> None:
    curve = filled(np.zeros(300_000), capacity=1024)
    assert curve.nbytes < 32 * (CHUNK + 1024 * 2) + 32 * curve.group
    assert Curve(1).nbytes == 0


def test_a_step_can_be_asked_for() -> None:
    curve = filled(np.arange(10.0), first=5)
    assert [curve.at(step) for step in (4, 5, 14, 15)] == [None, 0.0, 9.0, None]
    thinned = filled(np.arange(20_000.0), first=1, capacity=256)
    assert thinned.at(1) == 0.0 and thinned.at(20_001) is None
    found = thinned.at(5000)
    assert found is not None and abs(found - 4999.0) < thinned.group
