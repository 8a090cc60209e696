"""The form follows from the tables, and what it says of a change is what the change then does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnviz.data.datasets import TABLE as DATA_SETS
from nnviz.data.datasets import make
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.engine import penalties
from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.options import Option
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.errors import Refused
from nnviz.report.pairing import pairing_for, pairing_of_row
from nnviz.session.configuration import Field, fields_of, sections
from nnviz.session.configuring import Marks, command_words, consequence_of, edit_of, other_value, settings_words
from nnviz.session.document import Document, apply_settings
from nnviz.session.example_rows import ExampleRows, rows_edit, split_now
from nnviz.session.examples import open_document
from nnviz.session.layer_choices import BIASES
from nnviz.session.opening import load_data
from nnviz.session.session import Session
from nnviz.session.structure import set_units

EXAMPLES = ("xor", "mazur-2-2-2", "spiral", "digits-784-16-16-10", "surface-ravine", "gate-sigmoid-neuron")
CHOICES: dict[str, tuple[Mapping[str, Any], str]] = {
    "data.name": (DATA_SETS, "data"), "scaling": (SCALINGS, "scaling"),
    "layers.0.activation": (ACTIVATIONS, "layers.0.activation"),
    "layers.0.initialise": (INITIALISERS, "layers.0.initialise"), "layers.0.bias": (BIASES, "layers.0.bias"),
    "loss": (LOSSES, "loss"), "optimiser.name": (OPTIMISERS, "optimiser"),
    "optimiser.learning_rate.schedule": (SCHEDULES, "optimiser.learning_rate"),
}


def other_of(document: Document, entry: Field) -> Any:
    """Another value of a field, of a choice the next row."""
    if entry.kind != "choice":
        return other_value(entry, document.network.sizes[0])
    names = list(entry.rows or ())
    return names[(names.index(entry.value) + 1) % len(names)]


def every_field(name: str) -> list[tuple[Document, Field]]:
    document = open_document(name)
    return [(document, entry) for entry in fields_of(document).values()]


@pytest.mark.parametrize("path", CHOICES)
def test_every_row_of_a_table_can_be_chosen_and_every_option_is_a_field(path: str) -> None:
    rows, option_path = CHOICES[path]
    document = open_document("mazur-2-2-2") if path == "loss" else open_document("xor")
    for name, row in rows.items():
        values = edit_of(document, fields_of(document)[path], name)
        try:
            after = document.without("parameters", "labels", "frozen").with_values(values)
        except Refused as refusal:       # a loss of classes with numbers: the form says so
            assert consequence_of(document, values).refusal == str(refusal)
            continue
        found = fields_of(after)
        assert found[path].value == name
        for key, option in row.options.items():
            assert found[f"{option_path}.{key}"].option == option


def test_a_new_option_of_a_row_is_a_new_field_and_a_new_row_a_new_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    wobble = Option(0.5, 0.0, 2.0, "how much it wobbles", unit="per step", label="Wobble")
    row = OPTIMISERS["sgd"]
    monkeypatch.setitem(OPTIMISERS, "sgd", replace(row, options={**row.options, "wobble": wobble}))
    monkeypatch.setitem(OPTIMISERS, "wobbly", replace(row, name="wobbly", label="Wobbly descent"))
    found = fields_of(open_document("xor"))
    assert found["optimiser.wobble"].title == "Wobble" and found["optimiser.wobble"].unit == "per step"
    assert found["optimiser.wobble"].value == 0.5
    assert "wobbly" in (found["optimiser.name"].rows or {})


def test_what_is_usual_is_within_what_makes_sense_and_holds_the_default() -> None:
    for rows in (ACTIVATIONS, INITIALISERS, LOSSES, OPTIMISERS, SCHEDULES, DATA_SETS):
        for row in rows.values():
            for key, option in row.options.items():
                assert not option.is_unusual(option.default), key
                assert option.usual is None or all(option.minimum <= bound <= option.maximum for bound in option.usual)


def test_penalties_stand_under_regularisation_and_nowhere_else() -> None:
    parts = {section.name: section for section in sections(open_document("spiral"))}
    assert [entry.path for entry in parts["regularisation"].fields] == [f"optimiser.{key}" for key in penalties.OPTIONS]
    assert not {entry.path for entry in parts["optimiser"].fields} & {
        f"optimiser.{key}" for key in penalties.OPTIONS}


def test_a_formula_has_fewer_sections() -> None:
    names = {name: [section.name for section in sections(open_document(name))]
             for name in ("xor", "surface-ravine", "gate-branch")}
    assert names["xor"] == ["data", "scaling", "architecture", "loss", "optimiser", "rate", "regularisation",
                            "batch_size", "seed"]
    assert names["surface-ravine"] == ["data", "optimiser", "rate", "regularisation"]
    assert names["gate-branch"] == ["architecture", "optimiser"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_field_has_words_and_shows_what_the_document_has(name: str) -> None:
    for document, entry in every_field(name):
        assert entry.title and entry.help, entry.path
        if entry.kind not in ("choice", "formulas"):
            given = document.get(entry.path)
            assert (len(given) if isinstance(given, list) else given) == entry.value
            assert entry.value == "all" or (entry.option is not None and entry.option.accepts(entry.value))


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_field_that_is_set_to_what_it_has_changes_nothing(name: str) -> None:
    for document, entry in every_field(name):
        assert edit_of(document, entry, entry.value) == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_undo_of_every_field_gives_the_same_bytes(name: str) -> None:
    session = Session(open_document(name))
    session.advance_steps(2)
    before = session.document_now().to_bytes()
    for entry in fields_of(session.document).values():
        values = edit_of(session.document, entry, other_of(session.document, entry))
        if consequence_of(session.document, values).refusal:
            continue
        assert session.edit(values, "other"), entry.path
        session.undo()
        assert session.document_now().to_bytes() == before, entry.path


@pytest.mark.parametrize("name", ["xor", "spiral", "digits-784-16-16-10", "surface-ravine", "gate-sigmoid-neuron"])
def test_an_edit_and_set_give_the_same_document(name: str) -> None:
    for document, entry in every_field(name):
        values = edit_of(document, entry, other_of(document, entry))
        if consequence_of(document, values).refusal:
            continue
        session = Session(document)
        session.edit(values, "other")
        bare = ("parameters", "values", "progress", "labels", "frozen")
        after, before = session.document.without(*bare), document.without(*bare)
        assert apply_settings(before, settings_words(before, after)) == after, entry.path


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_mark_says_what_the_session_says(name: str) -> None:
    document = open_document(name)
    session, marks = Session(document), Marks(document)
    session.advance_steps(1)
    for entry in fields_of(document).values():
        values = [other for other in (entry.rows or ()) if other != entry.value] if entry.kind == "choice" else [
            other_value(entry, document.network.sizes[0])]
        reasons = []
        for value in values:
            try:
                reasons.append(session.reset_reason(edit_of(document, entry, value)))
            except Refused:
                reasons.append("")
        assert bool(marks.of(entry)) == any(reasons), entry.path
        if entry.kind == "choice":
            assert list(marks.rows_of(entry).values()) == reasons


def test_layers_that_are_alike_are_asked_about_once() -> None:
    document = open_document("vanishing-gradient")
    marks, found = Marks(document), fields_of(document)
    marks.of(found["layers.1.activation"])
    known = len(marks._known)
    marks.of(found["layers.2.activation"])
    assert len(marks._known) == known


def test_other_data_bring_inputs_and_outputs_along() -> None:
    document = open_document("xor")
    entry = fields_of(document)["data.name"]
    after = document.with_values(edit_of(document, entry, "sine") | {"loss": "half_squared_error"})
    assert after.network.sizes == (1, 5, 1)
    loss = document.with_values({"loss": "half_squared_error"})
    classes = loss.with_values(edit_of(loss, fields_of(loss)["data.name"], "blobs"))
    assert classes.network.sizes == (2, 5, 3)
    five = classes.with_values(edit_of(classes, fields_of(classes)["data.classes"], 5))
    assert five.network.sizes == (2, 5, 5) and five.data.choice is not None


@pytest.mark.parametrize("name", ["clouds", "xor", "regression-sine", "iris", "circle", "softmax-cross-entropy"])
@pytest.mark.parametrize("other", DATA_SETS)
def test_output_and_loss_that_fitted_fit_other_data_too(name: str, other: str) -> None:
    document = open_document(name)
    entry = fields_of(document)["data.name"]
    values = edit_of(document, entry, other)
    after = document.without("parameters", "labels", "frozen").with_values(values)
    targets = make(other, {}).targets
    assert not pairing_for(targets).mismatch(after.network.layers[-1].activation.name, after.network.loss.name,
                                             targets.shape[1])
    follows = after.network.loss != document.network.loss
    assert follows == ("become" in consequence_of(document, values).sentence)


def test_clouds_turned_into_xor_learn() -> None:
    session = Session(open_document("clouds"))
    session.edit(edit_of(session.document, fields_of(session.document)["data.name"], "xor"), "")
    session.advance_step()
    assert session.record.loss > 0.0 and session.record.gradient.any()


def test_a_pair_that_was_chosen_on_purpose_stays_as_long_as_it_learns() -> None:
    document = open_document("xor").with_value("loss", "half_squared_error")       # of sigmoid outputs
    circle = edit_of(document, fields_of(document)["data.name"], "circle")
    assert "loss" not in circle
    sine = edit_of(document.with_value("loss", "binary_cross_entropy"), fields_of(document)["data.name"], "sine")
    assert sine["loss"] == "half_squared_error" and sine["layers.1.activation"] == "identity"


def test_every_data_set_of_the_table_has_the_pairing_of_its_targets() -> None:
    for name, row in DATA_SETS.items():
        assert pairing_of_row(row.numbers, row.outputs) == pairing_for(make(name, {}).targets), name


def test_the_test_fraction_of_rows_kept_by_hand_is_one_value_that_can_be_changed() -> None:
    document = open_document("clouds")
    rows = ExampleRows.of(load_data(document))
    added = rows.added(np.array([[0.5, 0.25]]), rows.targets[:1])
    session = Session(document)
    session.edit(rows_edit(document, added), "a point")
    entry = fields_of(session.document)["data.test_fraction"]
    assert entry.value == split_now(session.document)["test_fraction"] > 0.0
    session.edit(edit_of(session.document, entry, 0.5), "half")
    assert fields_of(session.document)["data.test_fraction"].value == 0.5
    data = session.segment.data
    assert abs(len(data.inputs) - len(data.test_inputs)) <= 1 and len(data.inputs) + len(data.test_inputs) == len(added)


def test_own_rows_can_be_exchanged_for_a_data_set_and_split() -> None:
    document = open_document("mazur-2-2-2")
    found = fields_of(document)
    assert found["data.name"].value == "own"
    bare = document.without("labels", "frozen", "parameters")
    after = bare.with_values(edit_of(document, found["data.name"], "blobs"))
    assert after.data.choice is not None and after.network.sizes == (2, 2, 3)
    split = document.with_values(edit_of(document, found["data.test_fraction"], 0.25))
    assert split.data.split.test_fraction == 0.25


def test_formulas_bring_inputs_and_are_left_behind_where_they_cannot_be_read() -> None:
    document = open_document("xor")
    entry = fields_of(document)["data.features"]
    after = document.with_values(edit_of(document, entry, ("x1", "x2", "x1*x2")))
    assert after.network.sizes[0] == 3 and after.data.features == ("x1", "x2", "x1*x2")
    as_they_are = after.with_values(edit_of(after, fields_of(after)["data.features"], (), 2))
    assert as_they_are.network.sizes[0] == 2
    numbers = after.with_value("loss", "half_squared_error")
    sine = numbers.with_values(edit_of(numbers, fields_of(numbers)["data.name"], "sine"))
    assert sine.data.features == () and sine.network.sizes[0] == 1


def test_new_units_are_named_as_the_picture_names_them() -> None:
    document = open_document("xor").with_value("layers.0.units", ["a", "h2", "h3", "out", "h4"])
    entry = fields_of(document)["layers.0.units"]
    for units in (7, 3):
        named = edit_of(document, entry, units)["layers.0.units"]
        assert named == list(set_units(document, 1, units).network.names(1))


def test_units_with_names_of_their_own_keep_them() -> None:
    document = open_document("mazur-2-2-2").without("labels", "frozen", "parameters")
    entry = fields_of(document)["layers.0.units"]
    more = document.with_values(edit_of(document, entry, 4))
    assert more.network.names(1)[:2] == document.network.names(1) and len(set(more.network.names(1))) == 4
    fewer = document.with_values(edit_of(document, entry, 1))
    assert fewer.network.names(1) == document.network.names(1)[:1]


def test_a_refusal_is_the_consequence_of_what_cannot_be_had() -> None:
    document = open_document("xor")
    found = consequence_of(document, edit_of(document, fields_of(document)["data.features"], ("x1 +",)))
    assert found.refusal and found.sentence == found.refusal and not found.reason


def test_the_words_for_the_command_line() -> None:
    document = open_document("xor")
    after = document.with_values({"optimiser": {"name": "adam", "learning_rate": 0.01, "beta1": 0.8}, "seed": 3})
    words = settings_words(document, after)
    assert words == ["optimiser.name=adam", "optimiser.beta1=0.8", "optimiser.learning_rate=0.01", "seed=3"]
    assert command_words(words).startswith("--set optimiser.name=adam --set ")
    assert settings_words(document, document) == []
    deeper = document.with_values({"layers": [{"units": 3, "activation": "relu"}, *document.raw["layers"]]})
    assert apply_settings(document, settings_words(document, deeper)) == deeper
