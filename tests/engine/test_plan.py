"""The compiled step: where things lie, how many calls it takes, and that no number of it is computed elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.calls import LINE, run
from nnviz.engine.plan import Plan
from nnviz.engine.problem import Problem, state_size
from nnviz.engine.step import Trainer
from tests.networks import ADAM, cloud_problem, make_network, make_problem, xor_problem


def plan_of(problem: Problem, examples: int) -> Plan:
    return Trainer(problem)._plans[examples]


def test_tensors_do_not_overlap_and_a_state_comes_first() -> None:
    problem = cloud_problem(ADAM)
    for examples in (4, 2):
        layout = plan_of(problem, examples).layout
        ends = 0
        for offset, shape in sorted(layout.places.values()):
            assert ends <= offset < ends + LINE
            ends = offset + int(np.prod(shape, dtype=int))
        assert ends == layout.size <= Plan.room(problem, examples)
        names = list(layout.places)
        assert names[:4] == ["parameters", "first_moment", "second_moment", "updates"]
        assert layout.places["updates"][0] == state_size(problem) - 1


@pytest.mark.parametrize(
    ("sizes", "hidden", "calls"),
    [((2, 2, 1), "sigmoid", 23), ((2, 4, 2, 1), "tanh", 22), ((784, 16, 16, 10), "sigmoid", 33)],
)
def test_a_step_takes_no_more_calls_than_it_was_tuned_to(sizes: tuple[int, ...], hidden: str, calls: int) -> None:
    """Small networks cost what their calls cost: one more is three per cent of a step."""
    network = make_network(sizes, hidden, hidden)
    problem = make_problem(network, np.zeros((4, sizes[0])), np.zeros((4, sizes[-1])))
    plan = plan_of(problem, 4)
    assert len(plan.calls) + len(plan.update) <= calls


def test_the_phases_of_a_plan_follow_each_other() -> None:
    phases = [line.phase for line in plan_of(cloud_problem(), 4).lines]
    assert list(dict.fromkeys(phases)) == ["forward", "loss", "backward", "update"]
    assert phases == sorted(phases, key=["forward", "loss", "backward", "update"].index)


def test_running_a_pass_twice_changes_nothing() -> None:
    """The calls before the update are a function of the state and the batch alone."""
    trainer = Trainer(cloud_problem(ADAM))
    trainer.load(trainer.problem.start())
    plan, _ = trainer._take_batch()
    run(plan.calls)
    once = plan.content.copy()
    run(plan.calls)
    np.testing.assert_array_equal(plan.content, once)


def test_a_small_networks_record_is_small() -> None:
    """A record of 2-2-1 on four examples: what the pass computes, and little besides."""
    problem = xor_problem()
    plan = plan_of(problem, 4)
    numbers = sum(int(np.prod(shape, dtype=int)) for _, shape in plan.layout.places.values())
    assert plan.content.size <= numbers + 8 * LINE
