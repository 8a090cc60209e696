"""Edits that give a network other numbers to learn: what stays, what starts over, which names go."""

from __future__ import annotations

from typing import Any

import pytest

from nnviz.report.elements import Weight
from nnviz.session.examples import example_names, open_example
from nnviz.session.session import Session
from tests.networks import ADAM_OBJECT, bits, document, reopened, standing


def test_another_slope_to_learn_from_is_another_start() -> None:
    layers = [{"units": 3, "activation": "prelu"}, {"units": 1, "activation": "sigmoid"}]
    session = Session(document(layers=layers))
    session.set_parameter(Weight(1, 0, 0), 0.5)        # the start is exact numbers, α among them
    session.advance_steps(5)
    change = {"layers.0.activation.alpha": 0.5}
    assert "begins to learn from another number" in session.reset_reason(change)
    session.edit(change, "alpha")
    assert session.updates_done == 0
    assert session.problem.blocks.unpack(session.parameters_now())["alpha1"].tolist() == [0.5]
    session.undo()
    assert session.updates_done == 5


@pytest.mark.parametrize("steps", [0, 5])
@pytest.mark.parametrize(
    ("before", "after"),
    [("relu", "prelu"), ("prelu", "relu"), ("prelu", {"name": "prelu", "per_unit": 1}), ("tanh", "prelu")], ids=str,
)
def test_an_activation_that_learns_another_number_of_things_keeps_weights_and_memory(
    before: str, after: Any, steps: int
) -> None:
    layers = [{"units": 3, "activation": before}, {"units": 1, "activation": "sigmoid"}]
    session = Session(document(layers=layers, optimiser=ADAM_OBJECT, batch_size=3))
    session.advance_steps(steps)
    old, place = session.document_now(), standing(session)
    weights = session.problem.blocks.unpack(session.parameters_now())
    assert not session.reset_reason({"layers.0.activation": after})
    session.edit({"layers.0.activation": after}, "activation")
    new = session.document_now()
    found = session.problem.blocks.unpack(session.parameters_now())
    for name in ("W1", "b1", "W2", "b2"):
        assert found[name].tobytes() == weights[name].tobytes()
    assert session.updates_done == steps
    assert "alpha1" not in found or (found["alpha1"] == 0.25).all()
    if steps:
        assert old.progress is not None and new.progress is not None
        assert (new.progress.epoch, new.progress.batch) == (old.progress.epoch, old.progress.batch)
        assert new.progress.optimiser_steps == steps
        for name, arrays in old.progress.optimiser_state.items():
            assert new.progress.optimiser_state[name]["W1"].tobytes() == arrays["W1"].tobytes()
    session.advance_steps(7)
    later = bits(reopened(session).record)
    assert later == bits(reopened(session).record) and session.updates_done == steps + 7
    session.seek(steps)
    session.seek(steps + 7)
    session.reset()
    start = session.problem.blocks.unpack(session.parameters_now())
    session.undo()
    session.undo()
    assert standing(session) == place
    session.reset()
    first = session.problem.blocks.unpack(session.parameters_now())
    assert all(start[name].tobytes() == first[name].tobytes() for name in ("W1", "W2"))


def test_a_start_that_was_drawn_can_be_drawn_anew_after_an_activation_began_to_learn() -> None:
    session = Session(document(layers=[{"units": 3, "activation": "relu"}, {"units": 1, "activation": "sigmoid"}]))
    session.advance_steps(4)
    session.edit({"layers.0.activation": "prelu"}, "activation")
    assert session.document.parameters is None and session.document.progress is None
    assert "another start" in session.reset_reason({"seed": 99})
    session.set_parameter(Weight(1, 0, 0), 0.5)
    assert session.updates_done == 4


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize(
    ("hidden", "labels", "frozen", "values", "kept", "said"),
    [
        ("tanh", {"W1[0,0]": "w1", "b1[0]": "b", "W2[0,0]": "w2"}, ["w1", "W1[0,1]", "W2[0,1]", "b2"],
         {"layers.0.activation": "maxout"}, ({"W2[0,0]": "w2"}, ("W2[0,1]", "b2")),
         "The labels w1, b are gone: the network no longer has their parameters. W1[0,0], W1[0,1] are no longer "
         "frozen: the network no longer has them. Undo brings them back."),
        ("tanh", {"b1[0]": "b"}, ["b1", "W1"], {"layers.0.bias": "none"}, ({}, ("W1",)),
         "The label b is gone: the network no longer has its parameter. b1 is no longer frozen: the network no longer "
         "has it. Undo brings them back."),
        ("prelu", {"alpha1[0]": "a", "W1[0,0]": "w"}, ["alpha1[0]", "w"], {"layers.0.activation": "relu"},
         ({"W1[0,0]": "w"}, ("W1[0,0]",)),
         "The label a is gone: the network no longer has its parameter. alpha1[0] is no longer frozen: the network "
         "no longer has it. Undo brings them back."),
        ("tanh", {"W1[2,0]": "w"}, [], {"layers.0.units": 2}, ({}, ()),
         "The label w is gone: the network no longer has its parameter. Undo brings them back."),
        ("tanh", {"W1[0,0]": "w"}, ["w"], {"layers.0.activation": "relu"}, ({"W1[0,0]": "w"}, ("W1[0,0]",)), ""),
    ],
    ids=["maxout", "no bias", "no slope", "fewer units", "nothing lost"],
)
def test_names_of_parameters_that_go_are_no_obstacle_and_go_with_them(
    hidden: str, labels: dict[str, str], frozen: list[str], values: dict[str, Any],
    kept: tuple[dict[str, str], tuple[str, ...]], said: str, steps: int,
) -> None:
    layers = [{"units": 3, "activation": hidden}, {"units": 1, "activation": "sigmoid"}]
    session = Session(document(layers=layers, labels=labels, frozen=frozen))
    session.advance_steps(steps)
    before = standing(session)
    session.reset_reason(values)
    assert session.edit(values, "edit").message == said
    assert (dict(session.document.labels), session.document.frozen) == kept
    session.advance_steps(2)
    assert bits(reopened(session).record) == bits(reopened(session).record)
    session.undo()
    assert standing(session) == before


@pytest.mark.parametrize("name", example_names())
def test_every_layer_of_every_example_can_be_given_pieces_and_lose_its_biases(name: str) -> None:
    if not open_example(name).network.has_units:
        pytest.skip("a formula has no layers to choose")
    session = Session(open_example(name))
    for layer in range(len(session.document.network.layers)):
        for values in ({f"layers.{layer}.activation": "maxout"}, {f"layers.{layer}.bias": "none"}):
            session.proposed(values)


def test_exact_parameters_given_by_path_are_where_training_begins() -> None:
    session = Session(document())
    session.advance_steps(4)
    given = [[0.5, -0.25], [-3.0, 0.125]]
    assert session.reset_reason({"parameters.W1": given})
    assert session.edit({"parameters.W1": given}, "weights") and session.updates_done == 0
    assert session.problem.blocks.weights(session.parameters_now(), 1).tolist() == given
    start = session.parameters_now().tobytes()
    session.advance_steps(3)
    session.reset()
    assert session.parameters_now().tobytes() == start == Session(session.document_now()).parameters_now().tobytes()
    session.undo()
    session.undo()
    assert session.updates_done == 4


def test_exact_numbers_are_no_obstacle_to_another_shape() -> None:
    session = Session(document())
    session.set_parameter(Weight(1, 0, 0), 0.5)
    assert session.document.parameters is not None
    assert session.reset_reason({"layers.0.units": 4})
    session.edit({"layers.0.units": 4}, "units")
    assert session.problem.network.sizes == (2, 4, 1) and session.document.parameters is None
    session.undo()
    assert session.problem.blocks.weights(session.parameters_now(), 1)[0, 0] == 0.5
