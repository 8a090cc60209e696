"""What is known at a moment of a pass: nothing before its operation, everything after, and the right numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from nnviz.engine.record import Record
from nnviz.engine.step import step
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.moment import MEAN, Moment
from tests.networks import cloud_problem, make_problem

PROBLEM = cloud_problem()
RECORD = step(PROBLEM, PROBLEM.start())
LENGTH = Moment(RECORD, 0).order.length
LAYERS = (1, 2, 3)


def moments() -> Iterator[Moment]:
    for cursor in range(LENGTH + 1):
        yield Moment(RECORD, cursor, example=2)


def masks(moment: Moment) -> dict[str, np.ndarray]:
    found = {}
    for layer in LAYERS:
        for name in ("net", "output", "output_gradient", "slope", "delta"):
            found[f"{name} {layer}"] = getattr(moment, name)(layer)[1]
        found[f"∂W{layer}"], found[f"∂b{layer}"] = moment.gradients_known(layer)
        found[f"ΔW{layer}"], found[f"Δb{layer}"] = moment.updates_known(layer)
    found["loss"] = np.array([moment.loss is not None])
    found["terms"] = np.array([moment.term(unit) is not None for unit in (0, 1)])
    return found


def test_knowledge_only_grows_and_each_operation_adds_some() -> None:
    before = masks(Moment(RECORD, 0))
    assert not any(mask.any() for mask in before.values())
    for moment in list(moments())[1:]:
        now = masks(moment)
        assert all((now[name] >= before[name]).all() for name in now)
        gained = sum(int(now[name].sum()) - int(before[name].sum()) for name in now)
        last = moment.last
        assert last is not None
        assert gained == (2 if (last.phase, last.kind) == ("backward", "net") else 1)   # δ comes with its slope
        before = now
    assert all(mask.all() for mask in before.values())


def test_the_operation_just_done_is_the_one_that_became_known() -> None:
    for moment in moments():
        last = moment.last
        if last is None or last.element is None:
            continue
        if isinstance(last.element, Unit) and last.kind in ("net", "out"):
            read = {("forward", "net"): moment.net, ("forward", "out"): moment.output,
                    ("backward", "out"): moment.output_gradient, ("backward", "net"): moment.delta}
            known = read[last.phase, last.kind](last.element.layer)[1]
            assert known[last.element.unit] and known.sum() == last.element.unit + 1
        if isinstance(last.element, Weight | Bias):
            value = moment.gradient_of if last.phase == "backward" else moment.update_of
            assert value(last.element) is not None
            assert value(Moment(RECORD, 0).order.parameter(last.element.layer, 0)) is not None


def test_inputs_are_always_known() -> None:
    values, known = Moment(RECORD, 0, example=1).output(0)
    assert known.all() and values.tolist() == RECORD.inputs[:, 1].tolist()


def test_an_example_is_a_column_and_the_mean_is_their_mean() -> None:
    for layer in LAYERS:
        for name in ("net", "output", "output_gradient", "slope", "delta"):
            whole = getattr(RECORD, name)(layer)
            for example in range(len(RECORD.rows)):
                shown, _ = getattr(Moment(RECORD, LENGTH, example), name)(layer)
                np.testing.assert_array_equal(shown, whole[:, example])
            np.testing.assert_array_equal(getattr(Moment(RECORD, LENGTH, MEAN), name)(layer)[0], whole.mean(axis=1))
    assert Moment(RECORD, LENGTH, 1).loss == RECORD.example_losses[1]
    assert Moment(RECORD, LENGTH, MEAN).loss == RECORD.loss
    assert Moment(RECORD, LENGTH, 3).term(1) == RECORD.terms[1, 3]
    assert Moment(RECORD, 0, 3).targets.tolist() == RECORD.targets[:, 3].tolist()


def test_an_example_that_a_small_last_batch_lacks_is_its_last_one() -> None:
    assert Moment(RECORD, LENGTH, 99).net(1)[0].tolist() == RECORD.net(1)[:, -1].tolist()
    assert Moment(RECORD, LENGTH, 99).loss == RECORD.example_losses[-1]


def test_parameters_change_one_by_one_and_shared_copies_together() -> None:
    free = make_problem(PROBLEM.network, PROBLEM.inputs, PROBLEM.targets)
    record, blocks, order = step(free, free.start()), free.blocks, Moment(RECORD, 0).order
    first = order.section("update", "parameter", 1).start
    for cursor in range(LENGTH + 1):
        done = max(0, cursor - first)
        expected = record.parameters.copy()
        for place in blocks.order[:done]:
            expected[place] = record.new_parameters[place]
        if done >= sum(map(order.parameters_in, (1, 2))):
            places = blocks.positions("b2", (0,))
            expected[places] = record.new_parameters[places]
        np.testing.assert_array_equal(Moment(record, cursor).parameters(), expected)


def test_gradients_and_updates_are_read_where_users_expect_them() -> None:
    gradient, update = map(PROBLEM.blocks.unpack, (RECORD.gradient, RECORD.update))
    done = Moment(RECORD, LENGTH)
    assert done.gradient_of(Weight(1, 2, 0)) == gradient["W1"][2, 0]
    assert done.update_of(Weight(3, 1, 2)) == update["W3"][1, 2]
    assert done.gradient_of(Bias(2, 0)) == gradient["b2"][0] != 0.0
    assert done.update_of(Bias(2, 0)) == 0.0
    assert Moment(RECORD, 0).gradient_of(Weight(1, 2, 0)) is None is Moment(RECORD, 0).update_of(Bias(2, 0))


@pytest.mark.parametrize("cursor", [1, 5, LENGTH - 1])
def test_the_last_move_is_what_is_active(cursor: int) -> None:
    last = Moment(RECORD, cursor).last
    assert last is not None
    assert Moment(RECORD, cursor).active() == {last.element}
    assert Moment(RECORD, 0).active() == frozenset()


def test_a_whole_layer_is_active_after_a_move_over_it_and_nothing_after_a_whole_step() -> None:
    section = Moment(RECORD, 0).order.section("forward", "net", 1)
    assert Moment(RECORD, section.end, since=section.start).active() == {Unit(1, unit) for unit in range(4)}
    assert Moment(RECORD, LENGTH, since=0).active() == frozenset()


def test_a_moment_holds_the_record_it_was_made_of() -> None:
    assert isinstance(Moment(RECORD, 3).record, Record)
    assert not Moment(RECORD, LENGTH - 1).is_complete and Moment(RECORD, LENGTH).is_complete
