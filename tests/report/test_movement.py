"""Why a weight moved: the contributions are each what they say, and together they are the update, whatever moved it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.engine.calls import run
from nnviz.engine.optimisers import TABLE
from nnviz.report.divergence import array_index
from nnviz.report.elements import Weight
from nnviz.report.labels import Labels
from nnviz.report.movement import CAUSES, ORDERS, Movement, Movements
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session

BENT = {"l2": 0.03, "l1": 0.01, "clip_norm": 0.4, "clip_value": 0.3}
RANDOM = np.random.default_rng(8)
DATA = {"inputs": RANDOM.normal(size=(7, 3)).tolist(), "targets": np.eye(2)[RANDOM.integers(0, 2, 7)].tolist()}


def network(optimiser: dict[str, Any], batch: int = 7, frozen: bool = True, **more: Any,
            ) -> Session:
    return Session(Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 3, "seed": 4, "batch_size": batch,
        "layers": [{"units": 3, "activation": {"name": "prelu", "per_unit": 1}, "bias": "shared"},
                   {"units": 2, "activation": "maxout"}, {"units": 2, "activation": "prelu", "bias": "none"},
                   {"units": 2, "activation": "softmax"}],
        "loss": "cross_entropy", "frozen": ["W1[1,0]", "b4[1]"] if frozen else [],
        "optimiser": {"learning_rate": 0.05, **optimiser}, "data": DATA, **more,
    }))


def every(session: Session) -> dict[str, tuple[Any, Movement]]:
    labels = Labels(session.problem.network, {})
    movements = Movements(session.record)
    return {
        labels.name(element): (element, movements.of(element))
        for layer in range(1, len(session.problem.network.layers) + 1) for element in labels.elements(layer)
    }


@pytest.mark.parametrize("more", [{}, BENT, {"clip_norm": 0.2}, {"clip_value": 0.02, "l1": 0.1}], ids=str)
@pytest.mark.parametrize("name", TABLE)
def test_the_contributions_sum_to_the_update_under_every_optimiser(name: str, more: dict[str, float]) -> None:
    for batch, steps in ((7, 1), (7, 6), (2, 5), (1, 4)):
        session = network({"name": name, **more}, batch)
        session.advance_steps(steps)
        record = session.record
        for label, (element, movement) in every(session).items():
            place = record.problem.blocks.positions(*array_index(element))[0]
            assert movement.update == record.update[place]
            parts = [*movement.shares.tolist(), *(part.value for part in movement.others[:-1])]
            size = sum(abs(part) for part in parts)
            assert abs(sum(parts) - movement.update) <= 1e-12 * size, (label, movement)
            assert movement.listed()[-1].running == movement.update
            assert movement.frozen == (label in ("W1[1,0]", "b4[1]"))
            assert not movement.frozen or (movement.update == 0.0 and not movement.shares.any())


@pytest.mark.parametrize("name", [name for name in TABLE if name not in ("rprop", "kfac")])
def test_a_share_is_what_the_update_would_lack_without_that_examples_gradient(name: str) -> None:
    """With the denominator of this step: a gradient of its own, of size 0, would have had no share at all."""
    session = network({"name": name}, frozen=False)
    session.advance_steps(3)
    record = session.record
    for _, movement in every(session).values():
        wishes, shares = movement.wishes, movement.shares
        moving = wishes != 0.0
        ratio = shares[moving] / wishes[moving]
        np.testing.assert_allclose(ratio, np.full(len(ratio), ratio[0] if len(ratio) else 0.0), rtol=1e-9)
    assert {part.name for _, movement in every(session).values() for part in movement.others} <= set(CAUSES)
    assert bool(record.problem.optimiser_row.split)


def test_gradient_descent_gives_every_example_its_own_gradient_times_the_rate() -> None:
    session = network({"name": "sgd"}, frozen=False)
    session.advance_steps(2)
    for _, movement in every(session).values():
        np.testing.assert_allclose(movement.shares, -0.05 * movement.wishes / 7, rtol=1e-14)


def test_kfac_bends_the_gradient_of_each_example_alone() -> None:
    """The share of an example is what its gradient alone would be made of, by the same matrices."""
    session = network({"name": "kfac", "kl_clip": 0.0}, frozen=False)
    session.advance_steps(2)
    record, moved = session.record, [movement for _, movement in every(session).values()]
    for column in range(7):
        site = record.optimiser_site()
        site.gradient[...] = 0.0
        own = np.array([movement.wishes[column] for movement in moved])
        site.gradient[record.problem.blocks.order] = own / 7
        bias = record.problem.blocks.positions("b1", (0,))
        site.gradient[bias] = site.gradient[bias[0]]
        run(record.problem.optimiser_row.calls(site, record.problem.optimiser_options))
        found = [movement.shares[column] for movement in moved]
        np.testing.assert_allclose(site.gradient[record.problem.blocks.order], found, rtol=1e-9, atol=1e-14)


def test_momentum_l2_and_decay_are_said_apart() -> None:
    session = network({"name": "adamw", "weight_decay": 0.1, "l2": 0.2}, frozen=False)
    session.advance_steps(3)
    movement = Movements(session.record).of(Weight(1, 0, 0))
    assert [part.name for part in movement.others] == ["L2 penalty", "momentum", "weight decay", "rounding"]
    value = session.record.parameters[0]
    assert movement.others[2].value == pytest.approx(-0.05 * 0.1 * value, rel=1e-12)


def test_rprop_waits_after_a_turn_and_nothing_has_a_share() -> None:
    session = network({"name": "rprop", "learning_rate": 2.0}, batch=1)
    waited = 0
    for _ in range(12):
        session.advance_steps(1)
        for _, movement in every(session).values():
            if not movement.frozen and movement.update == 0.0 and movement.wishes.any():
                waited += 1
                assert not movement.shares.any()
    assert waited


def test_a_long_batch_is_elided_and_the_sum_stays_whole() -> None:
    session = network({"name": "adam"}, batch=1000, data={
        "inputs": RANDOM.normal(size=(1000, 3)).tolist(),
        "targets": np.eye(2)[RANDOM.integers(0, 2, 1000)].tolist()})
    session.advance_steps(4)
    movement = Movements(session.record).of(Weight(4, 0, 1))
    for order in ORDERS:
        rows = movement.listed(order.name, 20, shown=977)
        assert sum(row.count for row in rows if row.kind in ("example", "others")) == 1000
        assert 977 in [row.column for row in rows]
        assert [row.kind for row in rows].count("others") == 1
        assert rows[-1].running == movement.update
        assert sum(row.value for row in rows) == pytest.approx(movement.update, rel=1e-9)
    sizes = [abs(row.value) for row in movement.listed("size") if row.kind == "example"]
    assert sizes == sorted(sizes, reverse=True)


def test_numbers_that_have_run_away_are_told_as_they_are() -> None:
    session = network({"name": "adam"}, data={"inputs": [[1e308, -1e308, 0.0]] * 7, "targets": [[1.0, 0.0]] * 7})
    session.advance_steps(1)
    movement = Movements(session.record).of(Weight(1, 0, 0))
    assert len(movement.listed()) >= 7


def test_a_surface_has_the_shares_of_its_variables() -> None:
    session = Session(open_example("surface-ravine"))
    session.advance_steps(5)
    for unit in (0, 1):
        movement = Movements(session.record).of(Weight(1, unit, 0))
        assert movement.listed()[-1].running == movement.update
        assert abs(movement.rounding) <= 1e-12 * abs(movement.update)
