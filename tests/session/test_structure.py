"""Units and layers come and go: what was to be kept is kept bit for bit, and names go with their parameters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnviz.errors import EditRefused, Refused
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.reading import read_document
from nnviz.session.session import Session
from nnviz.session.structure import (
    add_layer,
    add_units,
    copy_layer,
    duplicate_unit,
    is_disabled,
    remove_layer,
    remove_units,
    rename_unit,
    set_disabled,
    set_frozen,
)
from tests.networks import XOR_INPUTS

STEPS = 7


LABELS = {"W2[1,2]": "w", "b1[0]": "c"}


def document(activation: object = "tanh", hidden: object = 3, optimiser: object = "adam", bias: str = "per_unit"
             ) -> Document:
    return Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": ["x", "y"],
        "layers": [
            {"units": hidden, "activation": activation, "bias": bias},
            {"units": 2, "activation": activation},
            {"units": ["out"], "activation": "sigmoid"},
        ],
        "labels": LABELS if bias == "per_unit" and activation != "maxout" and hidden == 3 else {},
        "loss": "binary_cross_entropy", "optimiser": optimiser,
        "data": {"inputs": XOR_INPUTS.tolist(), "targets": [[0], [1], [1], [0]]}, "seed": 4,
    })


def trained(given: Document, steps: int = STEPS) -> Session:
    session = Session(given)
    session.advance_steps(steps)
    return session


def outputs(session: Session) -> np.ndarray:
    problem = session.problem
    return problem.outputs(session.state.parameters(problem), XOR_INPUTS)[f"out{len(problem.network.layers)}"]


GROWING: dict[str, Callable[[Document], Document]] = {
    "a unit": lambda given: add_units(given, 1),
    "three units": lambda given: add_units(given, 2, 3),
    "a unit twice": lambda given: duplicate_unit(given, 1, 1),
    "a layer behind the input": lambda given: add_layer(given, 0),
    "a layer behind a hidden one": lambda given: add_layer(given, 1),
    "a wider layer": lambda given: add_layer(given, 2, 5),
}
ACTIVATIONS = ["tanh", "relu", "sigmoid", {"name": "prelu", "per_unit": 1}, "maxout"]


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
@pytest.mark.parametrize("change", GROWING.values(), ids=GROWING)
def test_what_is_added_leaves_the_outputs_as_they_were(change: Callable[[Document], Document], activation: object
                                                       ) -> None:
    session = trained(document(activation))
    before = outputs(session)
    session.reshape(change(session.document_now()), "")
    assert np.allclose(outputs(session), before, rtol=0.0, atol=1e-15)
    assert session.updates_done == STEPS


@pytest.mark.parametrize("bias", ["per_unit", "shared", "none"])
@pytest.mark.parametrize("change", GROWING.values(), ids=GROWING)
def test_every_kind_of_bias_grows(change: Callable[[Document], Document], bias: str) -> None:
    session = trained(document(bias=bias))
    before = outputs(session)
    session.reshape(change(session.document_now()), "")
    assert np.allclose(outputs(session), before, rtol=0.0, atol=1e-15)


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("change", GROWING.values(), ids=GROWING)
def test_training_goes_on_and_a_change_is_taken_back_bit_for_bit(change: Callable[[Document], Document], optimiser: str
                                                                 ) -> None:
    session = trained(document(optimiser=optimiser))
    before = session.document_now().to_bytes()
    session.reshape(change(session.document_now()), "")
    session.advance_steps(5)
    after = session.document_now().to_bytes()
    assert session.updates_done == STEPS + 5
    session.undo()
    assert session.document_now().to_bytes() == before
    session.redo()
    assert session.document_now().to_bytes() == after
    saved = Session(read_document(after))
    for one in (session, saved):
        one.advance_steps(3)
    assert saved.document_now().to_bytes() == session.document_now().to_bytes()


def linear_between(bias: str, following: str = "per_unit", activation: object = "tanh") -> Document:
    """Its second layer, of another size than its inputs, has no activation."""
    given = document(bias="per_unit").without("labels")
    return given.with_values({"layers": [
        {"units": 3, "activation": "tanh"},
        {"units": 4, "activation": "identity", "bias": bias},
        {"units": 2, "activation": activation, "bias": following},
        {"units": ["out"], "activation": "sigmoid"},
    ]})


EVERY_COMMAND: dict[str, Callable[[Document], Document]] = GROWING | {
    "a unit fewer": lambda given: remove_units(given, 1, {1}),
    "two units less": lambda given: remove_units(given, 2, {0, 3}),
    "without a layer": lambda given: remove_layer(given, 1),
    "without the layer that is merged": lambda given: remove_layer(given, 2),
    "a layer twice": lambda given: copy_layer(given, 1),
    "the same layer twice": lambda given: copy_layer(given, 3),
    "renamed": lambda given: rename_unit(given, 3, 0, "edge"),
    "frozen": lambda given: set_frozen(given, [Unit(1, 0)], True),
    "disabled": lambda given: set_disabled(given, [Unit(1, 0), Weight(3, 1, 2)], True),
    "enabled": lambda given: set_disabled(given, [Weight(2, 1, 1)], False),
}


@pytest.mark.parametrize("first", [lambda given: given, lambda given: add_units(given, 1, 1)], ids=["", "grown before"])
@pytest.mark.parametrize("disabled", [{}, {"W2[1,1]": 0.25, "b3[0]": -1.5}], ids=["", "with disabled ones"])
@pytest.mark.parametrize("change", EVERY_COMMAND.values(), ids=EVERY_COMMAND)
def test_reset_of_the_reshaped_network_is_the_reshaped_start(
    change: Callable[[Document], Document], disabled: dict[str, float], first: Callable[[Document], Document]
) -> None:
    began = Session(linear_between("per_unit", "shared").with_value("disabled", disabled))
    began.reshape(first(began.document_now()), "")
    session = Session(read_document(began.document_now().to_bytes()))
    session.advance_steps(STEPS)
    session.reshape(change(session.document_now()), "")
    saved = Session(read_document(session.document_now().to_bytes()))
    began.reshape(change(began.document_now()), "")
    for one in (session, saved):
        one.advance_steps(2)
        one.reset()
        assert np.array_equal(one.state.parameters(one.problem), began.state.parameters(began.problem))
        assert dict(one.document.disabled) == dict(began.document.disabled)


def test_what_was_disabled_and_enabled_again_begins_where_it_began() -> None:
    session, weight = Session(document()), Weight(2, 0, 1)
    session.reshape(add_units(session.document_now(), 1), "")
    start = session.state.parameters(session.problem).copy()
    session.advance_steps(STEPS)
    session.reshape(set_disabled(session.document_now(), [weight], True), "")
    session.advance_steps(STEPS)
    session.reshape(set_disabled(session.document_now(), [weight], False), "")
    session.reset()
    assert np.array_equal(session.state.parameters(session.problem), start)


def test_what_is_disabled_when_training_is_reset_gets_its_start_back() -> None:
    session, weight = Session(document()), Weight(2, 0, 1)
    start = session.state.parameters(session.problem).copy()
    session.advance_steps(STEPS)
    session.reshape(set_disabled(session.document_now(), [weight], True), "")
    session.reset()
    session.set_parameter(Weight(1, 0, 0), 0.75)
    session.reshape(set_disabled(session.document_now(), [weight], False), "")
    whole = session.problem.blocks.weights(start.copy(), 2)[0, 1]
    assert session.problem.blocks.weights(session.state.parameters(session.problem), 2)[0, 1] == whole


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
@pytest.mark.parametrize("following", ["per_unit", "shared", "none"])
@pytest.mark.parametrize("bias", ["per_unit", "shared", "none"])
def test_a_layer_without_activation_is_gone_and_the_function_is_the_same(bias: str, following: str, activation: str
                                                                         ) -> None:
    session = trained(linear_between(bias, following, activation))
    before = outputs(session)
    held = {"labels": {"W3[0,0]": "w"}, "frozen": ["W3"], "disabled": {"W3[0,0]": 0.5}} if activation == "tanh" else {}
    session.reshape(session.document_now().with_values(held), "")
    if held:
        session.reshape(set_disabled(session.document_now(), [Weight(3, 0, 0)], False), "")
        session.reshape(set_disabled(session.document_now(), [Weight(3, 1, 1)], True), "")
        before = outputs(session)
    session.reshape(remove_layer(session.document_now(), 2), "")
    assert np.allclose(outputs(session), before, rtol=0.0, atol=1e-14)
    assert session.problem.network.layers[1].bias == (following if bias == "none" else "per_unit")
    session.advance_steps(2)


@pytest.mark.parametrize("change", [lambda given: add_units(given, 1), lambda given: duplicate_unit(given, 1, 0)])
def test_no_unit_comes_unnoticed_into_a_layer_whose_outputs_are_made_of_all_its_units(
    change: Callable[[Document], Document]
) -> None:
    given = document().with_value("layers.0.activation", "softmax")
    with pytest.raises(EditRefused, match="would change what the network computes") as refusal:
        change(given)
    assert "starts anew" in refusal.value.hint
    assert add_units(given, 1, keep=False).network.sizes[1] == 4


def test_a_copy_of_a_unit_is_frozen_and_disabled_as_that_is_and_has_no_label() -> None:
    given = document().with_values({"frozen": ["W1[0,1]", "W2[1,0]"], "disabled": {"W1[0,0]": 0.5}})
    twice = duplicate_unit(set_disabled(given, [Unit(1, 0)], True), 1, 0)
    assert {"W1[0,1]", "W1[1,1]", "W2[1,0]", "W2[1,1]"} == set(twice.frozen)
    assert dict(twice.labels) == {"W2[1,3]": "w", "b1[0]": "c"}
    assert {"W1[0,0]", "W1[1,0]", *(f"W2[{to},{unit}]" for to in (0, 1) for unit in (0, 1))} == set(twice.disabled)


def test_a_disabled_unit_that_is_duplicated_stays_so_until_both_are_enabled() -> None:
    session = trained(document())
    before = outputs(session)
    session.reshape(set_disabled(session.document_now(), [Unit(1, 1)], True), "")
    session.reshape(duplicate_unit(session.document_now(), 1, 1), "")
    both = [Unit(1, 1), Unit(1, 2)]
    assert all(is_disabled(session.document, unit) for unit in both)
    session.reshape(set_disabled(session.document_now(), both, False), "")
    assert np.allclose(outputs(session), before, rtol=0.0, atol=1e-15)


def test_a_unit_with_a_named_shared_bias_is_duplicated() -> None:
    given = document(hidden=1, bias="shared").with_value("labels", {"b1[0]": "b"})
    assert dict(duplicate_unit(given, 1, 0).labels) == dict(given.labels)


def test_a_new_unit_of_a_trained_network_learns() -> None:
    session = trained(document())
    session.reshape(add_units(session.document_now(), 1), "")
    session.advance_steps(3)
    weights = session.problem.blocks.weights(session.state.parameters(session.problem), 2)
    assert weights[:, 3].all()


def test_anew_begins_at_the_first_step() -> None:
    session = trained(document())
    session.reshape(add_units(session.document_now(), 1, keep=False), "")
    assert session.updates_done == 0 and session.problem.network.sizes == (2, 4, 2, 1)
    assert session.problem.initial_parameters().tobytes() == session.state.parameters(session.problem).tobytes()


def test_an_untrained_network_keeps_what_was_drawn() -> None:
    session = Session(document())
    before = outputs(session)
    session.reshape(add_units(session.document_now(), 1), "")
    assert outputs(session).tobytes() == before.tobytes()


def test_removing_the_unit_that_was_added_gives_the_network_back() -> None:
    session = trained(document())
    before = session.state.parameters(session.problem).tobytes()
    session.reshape(add_units(session.document_now(), 1), "")
    session.reshape(remove_units(session.document_now(), 1, {3}), "")
    assert session.state.parameters(session.problem).tobytes() == before


def test_removing_the_layer_that_was_added_gives_the_outputs_back() -> None:
    session = trained(document())
    before = outputs(session)
    session.reshape(add_layer(session.document_now(), 1), "")
    session.reshape(remove_layer(session.document_now(), 2), "")
    assert outputs(session).tobytes() == before.tobytes() and session.problem.network.sizes == (2, 3, 2, 1)


def test_a_layer_without_activation_is_multiplied_into_the_next() -> None:
    session = trained(document())
    session.reshape(add_layer(session.document_now(), 1), "")
    session.advance_steps(4)
    before = outputs(session)
    session.reshape(remove_layer(session.document_now(), 2), "")
    assert np.allclose(outputs(session), before, rtol=0.0, atol=1e-14)


def test_a_copied_layer_has_the_weights_where_they_fit() -> None:
    session = trained(document(hidden=2))
    session.reshape(copy_layer(session.document_now(), 2), "")
    arrays = session.problem.blocks.unpack(session.state.parameters(session.problem))
    assert session.problem.network.sizes == (2, 2, 2, 2, 1)
    assert arrays["W3"].tobytes() == arrays["W2"].tobytes() and arrays["b3"].tobytes() == arrays["b2"].tobytes()


def test_labels_frozen_and_disabled_parameters_places_and_folds_go_with_their_units() -> None:
    given = document().with_values(
        {"frozen": ["W2[1,2]", "b3"], "disabled": {"W2[0,2]": 0.5}, "places": [[1, 2, 0.25, 0.5]], "folded": [0, 2]})
    less = remove_units(given, 1, {0})
    assert dict(less.labels) == {"W2[1,1]": "w"} and less.frozen == ("W2[1,1]", "b3")
    assert dict(less.disabled) == {"W2[0,1]": 0.5} and dict(less.places) == {(1, 1): (0.25, 0.5)}
    assert less.folded == {0, 2}
    more = add_layer(given, 0)
    assert dict(more.labels) == {"W3[1,2]": "w", "b2[0]": "c"} and more.frozen == ("W3[1,2]", "b4")
    assert dict(more.places) == {(2, 2): (0.25, 0.5)} and more.folded == {0, 3}
    assert remove_layer(given, 2).folded == {0}


def test_new_units_get_names_that_nobody_has() -> None:
    grown = add_units(document(hidden=["h1", "h2", "out2"]), 1, 2)
    assert grown.network.names(1) == ("h1", "h2", "out2", "out3", "out4")
    assert duplicate_unit(grown, 1, 0).network.names(1) == ("h1", "h3", "h2", "out2", "out3", "out4")


def test_a_unit_is_renamed_without_a_step_lost() -> None:
    session = trained(document())
    session.reshape(rename_unit(session.document_now(), 1, 0, " edge "), "")
    assert session.problem.network.names(1)[0] == "edge" and session.updates_done == STEPS
    with pytest.raises(Refused):
        rename_unit(session.document_now(), 1, 1, "edge")


@pytest.mark.parametrize(("name", "sentence"), [
    ("edge", "h2: the name 'edge' is already taken by another unit. Type another one."),
    (" ", "h2: the name must not be empty."),
])
def test_a_name_that_cannot_be_is_refused_in_words_of_the_picture(name: str, sentence: str) -> None:
    given = rename_unit(document(hidden=["h1", "h2"]), 1, 0, "edge")
    assert rename_unit(given, 1, 0, "edge") == given
    with pytest.raises(EditRefused) as refusal:
        rename_unit(given, 1, 1, name)
    assert str(refusal.value) == sentence


def test_what_is_frozen_one_by_one_is_the_array_and_the_other_way_round() -> None:
    given = document()
    biases = [Bias(2, unit) for unit in range(2)]
    assert set_frozen(given, biases, True).frozen == ("b2",)
    assert set_frozen(set_frozen(given, biases, True), biases[:1], False).frozen == ("b2[1]",)
    assert set_frozen(given, [Unit(2, 0)], True).frozen == ("W2[0,0]", "W2[0,1]", "W2[0,2]", "b2[0]")


def test_a_disabled_weight_is_0_and_stays_0_and_comes_back() -> None:
    session, weight = trained(document()), Weight(2, 0, 1)
    before = session.state.parameters(session.problem).copy()
    session.reshape(set_disabled(session.document_now(), [weight], True), "")
    assert is_disabled(session.document, weight)
    session.advance_steps(4)
    assert session.problem.blocks.weights(session.state.parameters(session.problem), 2)[0, 1] == 0.0
    with pytest.raises(EditRefused, match="disabled"):
        session.set_parameter(weight, 0.3)
    session.seek(STEPS)
    session.reshape(set_disabled(session.document_now(), [weight], False), "")
    assert session.state.parameters(session.problem).tobytes() == before.tobytes()
    session.reset()
    assert session.problem.blocks.weights(session.state.parameters(session.problem), 2)[0, 1] != 0.0


def test_a_disabled_network_is_0_there_before_the_first_step_and_after_reset() -> None:
    session = Session(document().with_value("disabled", {"W1[0,0]": 0.25}))
    assert session.problem.blocks.weights(session.state.parameters(session.problem), 1)[0, 0] == 0.0
    session.advance_steps(3)
    session.reset()
    assert session.problem.blocks.weights(session.state.parameters(session.problem), 1)[0, 0] == 0.0


def test_a_disabled_unit_is_as_if_it_were_not_there() -> None:
    session = trained(document())
    session.reshape(set_disabled(session.document_now(), [Unit(1, 2)], True), "")
    without = trained(document())
    without.reshape(remove_units(without.document_now(), 1, {2}), "")
    assert is_disabled(session.document, Unit(1, 2)) and not is_disabled(session.document, Unit(1, 0))
    assert np.allclose(outputs(session), outputs(without), rtol=0.0, atol=1e-15)
    session.advance_steps(6)
    without.advance_steps(6)
    assert np.allclose(outputs(session), outputs(without), rtol=0.0, atol=1e-12)


def test_disabling_by_an_edit_is_the_same_as_by_its_command() -> None:
    one, other = trained(document()), trained(document())
    value = float(one.problem.blocks.weights(one.state.parameters(one.problem), 1)[0, 0])
    one.edit({"disabled": {"W1[0,0]": value}}, "")
    other.reshape(set_disabled(other.document_now(), [Weight(1, 0, 0)], True), "")
    assert one.document_now().to_bytes() == other.document_now().to_bytes()


@pytest.mark.parametrize("change", [
    lambda given: add_units(given, 0), lambda given: add_units(given, 3), lambda given: remove_layer(given, 3),
    lambda given: add_layer(given, 3), lambda given: add_layer(given, 1, 2),
    lambda given: remove_units(given, 2, {0, 1}),
    lambda given: set_disabled(given, [Unit(3, 0)], True), lambda given: add_units(open_example("surface-ravine"), 1),
    lambda given: set_frozen(given, [Unit(7, 0)], True),
])
def test_what_cannot_be_is_refused_in_a_sentence(change: Callable[[Document], Document]) -> None:
    with pytest.raises(EditRefused) as refusal:
        change(document())
    assert str(refusal.value).endswith(".") or ":" in str(refusal.value) or refusal.value.hint
