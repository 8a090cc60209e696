"""The document: what each key means, how keys must agree, and that nothing is lost between file and value."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from nnviz.data.datasets import TABLE as DATA_SETS
from nnviz.data.datasets import DataRow
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.network import Choice, ParameterArray
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.errors import ChoiceRefused, DocumentRefused, Refused
from nnviz.places import resource
from nnviz.session.document import Document, apply_settings
from nnviz.session.examples import list_examples, open_example
from nnviz.session.opening import load_data
from nnviz.session.parts import Progress
from nnviz.session.reading import read_document
from nnviz.session.schema import document_schema
from nnviz.session.writing import write_tree

SCHEMA = "schema/nnviz-document.schema.json"

NO_PENALTIES = {"l2": 0.0, "l1": 0.0, "clip_norm": 0.0, "clip_value": 0.0}


def tree(**changes: Any) -> dict[str, Any]:
    """A small network, 2-2-1 on XOR, with some keys changed."""
    return {
        "format": "nnviz",
        "version": 1,
        "kind": "network",
        "inputs": 2,
        "layers": [{"units": 2, "activation": "relu"}, {"units": 1, "activation": "sigmoid"}],
        "loss": "binary_cross_entropy",
        "data": {"name": "xor"},
        **changes,
    }


def document(**changes: Any) -> Document:
    return Document.from_tree(tree(**changes))


def layers(*entries: Any) -> dict[str, Any]:
    """Layers before a sigmoid output."""
    return {"layers": [*entries, {"units": 1, "activation": "sigmoid"}]}


ROWS = {"inputs": [[0, 1], [1, 0]], "targets": [[0], [1]]}


# What the contract promises


def test_what_is_left_out_has_the_default_of_the_contract() -> None:
    net = document()
    assert net.network.layers[0].initialise.name == "he_uniform"
    assert net.network.layers[1].initialise.name == "xavier_uniform"
    assert [layer.bias for layer in net.network.layers] == ["per_unit", "per_unit"]
    assert (net.optimiser.name, net.learning_rate) == ("sgd", 0.1)
    assert (net.batch_size, net.seed, net.steps, net.scaling.name) == ("all", 0, 1000, "none")
    assert (net.name, net.description, net.parameters, net.progress) == ("", "", None, None)
    assert document(optimiser="momentum").optimiser.option("momentum") == 0.9
    adam = document(optimiser={"name": "adam"}).optimiser
    assert dict(adam.options) == {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8} | NO_PENALTIES
    leaky = document(**layers({"units": 2, "activation": "leaky_relu"})).network.layers[0]
    assert (leaky.activation.option("alpha"), leaky.initialise.name) == (0.01, "he_uniform")


@pytest.mark.parametrize(
    ("hidden", "names"),
    [
        ([], [("i1", "i2"), ("o1",)]),
        ([2], [("i1", "i2"), ("h1", "h2"), ("o1",)]),
        ([2, 1], [("i1", "i2"), ("h1_1", "h1_2"), ("h2_1",), ("o1",)]),
    ],
)
def test_counted_units_get_the_names_of_the_contract(hidden: list[int], names: list[tuple[str, ...]]) -> None:
    network = document(**layers(*({"units": count, "activation": "tanh"} for count in hidden))).network
    assert [network.names(layer) for layer in range(len(network.sizes))] == names


def test_parameter_arrays_have_the_shapes_and_order_of_the_contract() -> None:
    network = document(
        **layers(
            {"units": 3, "activation": "tanh", "bias": "shared"}, {"units": 4, "activation": "tanh", "bias": "none"}
        )
    ).network
    assert [(array.name, array.shape) for array in network.arrays] == [
        ("W1", (3, 2)), ("b1", (1,)), ("W2", (4, 3)), ("W3", (1, 4)), ("b3", (1,))
    ]  # fmt: skip
    assert network.parameter_count == 6 + 1 + 12 + 4 + 1
    assert network.sizes == (2, 3, 4, 1)


def test_mazur_is_the_network_of_the_lecture() -> None:
    net = open_example("mazur-2-2-2")
    assert net.parameters is not None
    assert net.network.inputs == ("i1", "i2") and net.network.names(2) == ("o1", "o2")
    assert net.parameters["W1"].tolist() == [[0.15, 0.2], [0.25, 0.3]]
    assert net.parameters["b2"].tolist() == [0.6]
    elements = [f"W{k}[{j},{i}]" for k in (1, 2) for j in (0, 1) for i in (0, 1)]
    assert [net.label(element) for element in elements] == [f"w{n}" for n in range(1, 9)]
    assert net.label("b1[0]") == "b1" and net.frozen == ("b1", "b2")
    assert (net.optimiser.name, net.learning_rate, net.steps) == ("sgd", 0.5, 1)


def test_a_frozen_entry_is_an_array_an_element_or_a_label_and_an_array_wins() -> None:
    net = document(labels={"W1[0,1]": "w2", "W2[0,0]": "b1"}, frozen=["w2", "W1[1, 0]", "b1", "w2"])
    assert net.frozen == ("W1[0,1]", "W1[1,0]", "b1")
    assert net.frozen_mask(ParameterArray("W1", 1, "weight", (2, 2))).tolist() == [[False, True], [True, False]]
    assert net.frozen_mask(ParameterArray("b1", 1, "bias", (2,))).tolist() == [True, True]
    assert not net.frozen_mask(ParameterArray("W2", 2, "weight", (1, 2))).any()


def test_arrays_of_a_document_are_read_only() -> None:
    net = document(parameters={"b2": [0.5]}, data=ROWS)
    assert net.parameters is not None and net.data.inputs is not None and net.data.targets is not None
    for array in (net.parameters["b2"], net.data.inputs, net.data.targets):
        assert array.dtype == np.float64 and not array.flags.writeable
        with pytest.raises(ValueError):
            array[0] = 1


def test_whole_options_may_be_written_as_floats() -> None:
    net = document(data={"name": "circle", "samples": 40.0}, seed=3.0, batch_size=10.0)
    assert net.data.choice is not None
    assert (net.data.choice.option("samples"), net.seed, net.batch_size) == (40, 3, 10)


def test_names_are_compared_in_their_composed_form() -> None:
    with pytest.raises(DocumentRefused, match=r"already taken by inputs\.0"):
        document(inputs=["é", "e\u0301"])


# What is refused, and where.  The third column says whether the JSON Schema can see it.

HUGE = 1_000_000_000
REFUSED: dict[str, tuple[dict[str, Any], str, str, bool]] = {
    "an unknown key": ({"optimizer": "sgd"}, "", "unknown key 'optimizer'. Did you mean 'optimiser'", True),
    "an unknown key in a layer": (layers({"units": 2, "activation": "tanh", "biases": 1}), "layers.0", "'bias'", True),
    "an unknown option": (layers({"units": 2, "activation": {"name": "relu", "alpha": 0.1}}),
                          "layers.0.activation", "unknown key 'alpha'", True),
    "an unknown activation": (layers({"units": 2, "activation": "sigmoyd"}), "layers.0.activation",
                              "unknown activation 'sigmoyd'. Did you mean 'sigmoid'", True),
    "an unknown loss": ({"loss": "crossentropy"}, "loss", "Did you mean 'cross_entropy'", True),
    "an unknown optimiser": ({"optimiser": {"name": "adamm"}}, "optimiser.name", "Did you mean 'adam'", True),
    "an unknown data set": ({"data": {"name": "spiral2"}}, "data.name", "Did you mean 'spiral'", True),
    "an unknown initialiser": (layers({"units": 2, "activation": "tanh", "initialise": "he"}), "layers.0.initialise",
                               "unknown initialiser 'he'", True),
    "an unknown bias": (layers({"units": 2, "activation": "tanh", "bias": "share"}), "layers.0.bias", "'shared'", True),
    "an unknown scaling": ({"scaling": "standardize"}, "scaling", "Did you mean 'standardise'", True),
    "a missing activation": (layers({"units": 2}), "layers.0", "the key 'activation' is missing", True),
    "a choice without a name": ({"loss": {}}, "loss", "the key 'name' is missing", True),
    "a newer version": ({"version": 2}, "version", "written by a newer nnviz", True),
    "version 0": ({"version": 0}, "version", "from 1", True),
    "a graph": ({"kind": "graph"}, "", "'inputs' belongs to a document of kind 'network'", True),
    "an unknown kind": ({"kind": "networks"}, "kind", "Did you mean 'network'", True),
    "a learning rate as text": ({"optimiser": {"name": "sgd", "learning_rate": "fast"}}, "optimiser.learning_rate",
                                "must be a number of at least 0, not 'fast'", True),
    "a negative learning rate": ({"optimiser": {"name": "sgd", "learning_rate": -1}}, "optimiser.learning_rate",
                                 "at least 0", True),
    "an unknown schedule": ({"optimiser": {"name": "sgd", "learning_rate": {"schedule": "cosin"}}},
                            "optimiser.learning_rate.schedule", "Did you mean 'cosine'", True),
    "another schedule's option": (
        {"optimiser": {"name": "sgd", "learning_rate": {"schedule": "step", "evry": 3}}},
        "optimiser.learning_rate", "Did you mean 'every'", True),
    "a schedule without its name": ({"optimiser": {"name": "sgd", "learning_rate": {"every": 3}}},
                                    "optimiser.learning_rate", "the key 'schedule' is missing", True),
    "a schedule's option outside its range": (
        {"optimiser": {"name": "sgd", "learning_rate": {"schedule": "step", "every": 0}}},
        "optimiser.learning_rate.every", "must be a whole number from 1", True),
    "an option outside its range": (layers({"units": 2, "activation": {"name": "leaky_relu", "alpha": 2}}),
                                    "layers.0.activation.alpha", "must be a number from 0 to 1, not 2", True),
    "an option at an open end": ({"optimiser": {"name": "adam", "epsilon": 0}}, "optimiser.epsilon", "above 0", True),
    "an option that is true": (layers({"units": 2, "activation": {"name": "leaky_relu", "alpha": True}}),
                               "layers.0.activation.alpha", "not true", True),
    "half a sample": ({"data": {"name": "circle", "samples": 40.5}}, "data.samples", "whole number", True),
    "data from CSV": ({"data": {"csv": "points.csv"}}, "data", "the key 'targets' is missing", True),
    "data without anything": ({"data": {}}, "data", 'must have a "name", or', True),
    "inputs without targets": ({"data": {"inputs": [[0, 1]]}}, "data", 'must have a "name", or', True),
    "no layers": ({"layers": []}, "layers", "has 0 layers; a network has 1 to 64", True),
    "layers that are no list": ({"layers": {}}, "layers", "must be a list", True),
    "65 layers": ({"layers": [{"units": 1, "activation": "tanh"}] * 65}, "layers", "has 65 layers", True),
    "no units": (layers({"units": 0, "activation": "tanh"}), "layers.0.units", "from 1 to 4096, not 0", True),
    "negative units": (layers({"units": -3, "activation": "tanh"}), "layers.0.units", "from 1 to 4096, not -3", True),
    "1e9 units": (layers({"units": HUGE, "activation": "tanh"}), "layers.0.units", "from 1 to 4096", True),
    "1e9 inputs": ({"inputs": HUGE}, "inputs", "from 1 to 4096", True),
    "half a unit": (layers({"units": 2.5, "activation": "tanh"}), "layers.0.units", "a whole number, not 2.5", True),
    "units as text": (layers({"units": "2", "activation": "tanh"}), "layers.0.units", "a count or a list", True),
    "too many names": ({"inputs": [f"x{k}" for k in range(4097)]}, "inputs", "has 4097 names", True),
    "too many parameters": (layers(*[{"units": 4000, "activation": "tanh"}] * 2), "layers",
                            "has 16,020,001 parameters, more than 5,000,000", False),
    "an empty name": ({"inputs": ["", "b"]}, "inputs.0", "must not be empty", True),
    "a name of spaces": ({"inputs": ["  ", "b"]}, "inputs.0", "must not be empty", True),
    "a long name": ({"inputs": ["x" * 201, "b"]}, "inputs.0", "has 201 characters", True),
    "a line break in a name": ({"inputs": ["a\nb", "b"]}, "inputs.0", "U+000A", True),
    "a name that turns the line": ({"inputs": ["a\u202eb", "b"]}, "inputs.0", "U+202E", True),
    "half a character": ({"inputs": ["a\ud800", "b"]}, "inputs.0", "U+D800", False),
    "a name twice": ({"inputs": ["a", "a"]}, "inputs.1", "'a' is already taken by inputs.0", True),
    "a name in two layers": (layers({"units": ["i1", "h"], "activation": "tanh"}), "layers.0.units.0",
                             "'i1' is already taken by inputs", False),
    "a counted name that is taken": ({"inputs": ["h2", "x"]}, "layers.0.units", "'h2' is already taken", False),
    "a bell in the description": ({"description": "\a"}, "description", "U+0007", True),
    "weights of another network": ({"parameters": {"W1": [[1, 2], [3, 4], [5, 6]]}}, "parameters.W1",
                                   "Layer 1 has 2 units but weights of shape (3, 2). Was this saved from", False),
    "weights for other inputs": ({"parameters": {"W1": [[1, 2, 3], [4, 5, 6]]}}, "parameters.W1",
                                 "Layer 1 has 2 inputs but weights of shape (2, 3)", False),
    "biases of another network": ({"parameters": {"b1": [1]}}, "parameters.b1",
                                  "Layer 1 has 2 units but biases of shape (1,)", False),
    "ragged weights": ({"parameters": {"W1": [[1, 2], [3]]}}, "parameters.W1.1",
                       "has 1 number where the first row has 2", False),
    "weights in one list": ({"parameters": {"W1": [1, 2]}}, "parameters.W1.0", "must be a list of numbers", True),
    "a weight as text": ({"parameters": {"W1": [[1, "2"], [3, 4]]}}, "parameters.W1.0.1", "a number, not '2'", True),
    "a weight that is true": ({"parameters": {"W1": [[1, 2], [3, True]]}}, "parameters.W1.1.1", "not true", True),
    "a weight that is null": ({"parameters": {"W1": [[1, 2], [None, 4]]}}, "parameters.W1.1.0", "not null", True),
    "an array that is not there": ({"parameters": {"W9": [[1]]}}, "parameters", "unknown key 'W9'", False),
    "a label for an array": ({"labels": {"W1": "w"}}, "labels.W1", "like W1[0,0]", True),
    "a label for nothing": ({"labels": {"W7[0,0]": "w"}}, "labels.W7[0,0]", "unknown parameter 'W7[0,0]'", False),
    "a label outside its array": ({"labels": {"W1[2,0]": "w"}}, "labels.W1[2,0]", "W1 is 2 × 2, counted from 0", False),
    "an empty label": ({"labels": {"W1[0,0]": ""}}, "labels.W1[0,0]", "must not be empty", True),
    "a label twice": ({"labels": {"W1[0,0]": "w", "W1[0,1]": "w"}}, "labels.W1[0,1]",
                      "'w' is already given to W1[0,0]", False),
    "a parameter labelled twice": ({"labels": {"W1[0,0]": "v", "W1[0, 0]": "w"}}, "labels.W1[0, 0]",
                                   "W1[0,0] has two labels", False),
    "a label that misleads": ({"labels": {"W1[0,0]": "W1[0,1]"}}, "labels.W1[0,0]", "name of another", False),
    "a frozen unknown": ({"labels": {"W1[0,0]": "w1"}, "frozen": ["w2"]}, "frozen.0", "Did you mean 'w1'", False),
    "a frozen number": ({"frozen": [1]}, "frozen.0", "must be the name of a parameter", True),
    "folded layers without a list": ({"folded": 1}, "folded", "must be a list of layers, not 1", True),
    "half a layer folded": ({"folded": [0.5]}, "folded.0", "a whole number from 0, not 0.5", True),
    "a layer folded twice": ({"folded": [1, 0, 1]}, "folded.2", "layer 1 stands there twice", True),
    "a layer folded that is none": ({"folded": [1, 3]}, "folded.1",
                                    "the network has no layer 3; the inputs are 0, the outputs 2", False),
    "rows too wide": ({"data": {"inputs": [[0, 1, 2]], "targets": [[0]]}}, "data.inputs",
                      "has rows of 3 numbers but the network has 2 inputs", False),
    "targets too wide": ({"data": {"inputs": [[0, 1]], "targets": [[0, 1]]}}, "data.targets",
                         "has rows of 2 numbers but the network has 1 output", False),
    "fewer targets": ({"data": {"inputs": [[0, 1], [1, 1]], "targets": [[0]]}}, "data",
                      "has 2 rows of inputs but 1 row of targets", False),
    "no examples": ({"data": {"inputs": [], "targets": []}}, "data.inputs", "has no examples", True),
    "a target that is no probability": ({"data": {"inputs": [[0, 1]], "targets": [[2]]}}, "data.targets.0.0",
                                        "must be from 0 to 1 under binary_cross_entropy, not 2.0", False),
    "a data set of another width": ({"inputs": 3}, "data", "'xor' has 2 inputs but the network has 3", False),
    "features of another number": ({"data": {"name": "xor", "features": ["x", "y", "x*y"]}}, "data.features",
                                   "has 3 formulas but the network has 2 inputs", False),
    "a feature with an unknown name": ({"data": {"name": "xor", "features": ["x", "sine(y)"]}}, "data.features.1",
                                       "'sine(y)', character 1: unknown name 'sine'. Did you mean 'sin'", False),
    "a feature that is no number": ({"data": {"name": "xor", "features": ["x", "1/y"]}}, "data.features.1",
                                    "'1/y' is infinite or not a number where the inputs are 0, 0", False),
    "a feature of more inputs": ({"data": {"inputs": [[1]], "targets": [[0]], "features": ["x1", "x2"]}},
                                 "data.features.1", "unknown name 'x2'", False),
    "features in one text": ({"data": {"name": "xor", "features": "x, y"}}, "data.features", "list of formulas", True),
    "numbers for classes": ({"data": {"name": "plane"}}, "data", "has numbers as targets", False),
    "an empty batch": ({"batch_size": 0}, "batch_size", "from 1", True),
    "a batch of some": ({"batch_size": "some"}, "batch_size", 'must be "all" or a whole number', True),
    "a negative seed": ({"seed": -1}, "seed", "from 0", True),
    "a seed beyond 63 bits": ({"seed": 2**63}, "seed", "from 0 to 9223372036854775807", True),
    "negative steps": ({"steps": -1}, "steps", "from 0", True),
    "progress without a step": ({"progress": {}}, "progress", "the key 'step' is missing", True),
    "state of another optimiser": ({"progress": {"step": 1, "optimiser_state": {"velocity": {}}}},
                                   "progress.optimiser_state", "unknown key 'velocity'", False),
    "null": ({"name": None}, "name", "must be a text in quotes, not null", True),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_a_wrong_value_is_refused_with_its_path(kind: str) -> None:
    changes, where, what, _ = REFUSED[kind]
    with pytest.raises(Refused) as caught:
        document(**changes)
    assert caught.value.where == where
    assert what in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("kind", REFUSED)
def test_the_schema_refuses_what_a_schema_can_see(kind: str) -> None:
    changes, _, _, visible = REFUSED[kind]
    validator = jsonschema.Draft202012Validator(document_schema())
    assert validator.is_valid(tree())
    assert validator.is_valid(tree(**changes)) is not visible


@pytest.mark.parametrize("place", [[1, 0, 2.0, 0.5], [1, 0, 0.5, -0.5], [1.5, 0, 0.5, 0.5], [1, 0.5, 0.5, 0.5],
                                   [1, 0, 0.5], [1, 0, 0.5, 0.5, 0.5], [-1, 0, 0.5, 0.5], [1, "0", 0.5, 0.5]])
def test_a_place_that_is_none_is_one_neither_for_reader_nor_schema(place: list[Any]) -> None:
    validator = jsonschema.Draft202012Validator(document_schema())
    assert validator.is_valid(tree(places=[[1, 0, 0.5, 1]])) and not validator.is_valid(tree(places=[place]))
    with pytest.raises(DocumentRefused, match="places"):
        Document.from_tree(tree(places=[place]))


@pytest.mark.parametrize("key", ["format", "version", "kind", "inputs", "layers", "loss", "data"])
def test_a_required_key_that_is_missing_is_named_by_reader_and_schema(key: str) -> None:
    given = {name: value for name, value in tree().items() if name != key}
    with pytest.raises(DocumentRefused, match=f"'{key}' is missing|no \"format\""):
        Document.from_tree(given)
    assert not jsonschema.Draft202012Validator(document_schema()).is_valid(given)


@pytest.mark.parametrize("example", list_examples(), ids=lambda example: example.name)
def test_every_example_is_valid_under_the_schema(example: Any) -> None:
    jsonschema.validate(json.loads(example.path.read_bytes()), json.loads(resource(SCHEMA).read_bytes()))


def test_the_schema_file_is_what_the_tables_say() -> None:
    assert Path(resource(SCHEMA)).read_bytes() == write_tree(document_schema()), (
        "write it anew: python -m nnviz.session.schema > resources/schema/nnviz-document.schema.json"
    )
    jsonschema.Draft202012Validator.check_schema(document_schema())


TABLES = {
    "activation": (ACTIVATIONS, "layers.0.activation"),
    "initialiser": (INITIALISERS, "layers.0.initialise"),
    "loss": (LOSSES, "loss"),
    "optimiser": (OPTIMISERS, "optimiser"),
    "data set": (DATA_SETS, "data"),
    "scaling": (SCALINGS, "scaling"),
}


def wide_enough(row: DataRow) -> Document:
    """A network with as many inputs and outputs as a data set has."""
    return document(
        inputs=row.inputs, layers=[{"units": row.outputs, "activation": "identity"}], loss="half_squared_error",
        data={"inputs": [[0] * row.inputs], "targets": [[0] * row.outputs]}, parameters={}, labels={}, frozen=[],
    )


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, (table, _) in TABLES.items() for name in table]  # type: ignore[attr-defined]
)  # fmt: skip
def test_every_row_of_every_table_is_read_with_its_defaults_and_passes_the_schema(kind: str, name: str) -> None:
    table, path = TABLES[kind]
    row = table[name]  # type: ignore[index]
    options = {key: option.default for key, option in row.options.items()}
    net = wide_enough(row) if isinstance(row, DataRow) else document()
    short = net.with_value(path, name)
    written = net.with_value(path, {"name": name, **options})
    assert short == written
    for net in (short, written):
        jsonschema.validate(json.loads(net.to_bytes()), document_schema())


# Writing


def test_a_document_reads_back_equal_and_to_the_same_bytes() -> None:
    net = document(
        name="naïve – 網",
        parameters={"W1": [[0.1, 1e-300], [-0.0, 1 / 3]], "b1": [5e-324, 1.7976931348623157e308]},
        data={"inputs": [[0, 1]] * 3, "targets": [[0.25]] * 3},
        seed=2**63 - 1,
    )
    again = read_document(net.to_bytes())
    assert again == net and again.to_bytes() == net.to_bytes()
    assert net.parameters is not None and again.parameters is not None
    for name, array in net.parameters.items():
        assert array.tobytes() == again.parameters[name].tobytes()


def test_keys_are_written_in_the_order_of_the_contract_whatever_the_order_given() -> None:
    given = tree(seed=1, name="n", steps=5, parameters={"b2": [1]}, optimiser="adam")
    turned = dict(reversed(list(given.items())))
    assert Document.from_tree(turned).to_bytes() == Document.from_tree(given).to_bytes()
    assert list(json.loads(Document.from_tree(turned).to_bytes())) == [
        "format", "version", "name", "kind", "inputs", "layers", "parameters",
        "loss", "optimiser", "data", "seed", "steps",
    ]  # fmt: skip


def test_a_layer_and_a_row_of_a_matrix_take_one_line_each() -> None:
    text = document(parameters={"W1": [[0.1] * 2] * 2}, data={"inputs": [[0, 1]] * 9, "targets": [[0]] * 9}).to_bytes()
    lines = text.decode().splitlines()
    assert '    {"units": 2, "activation": "relu"},' in lines
    assert "      [0, 1]," in lines and text.endswith(b"}\n")


def test_five_million_parameters_are_written_and_read_in_reasonable_time() -> None:
    data = {"inputs": [[0] * 4000], "targets": [[0]]}
    net = document(inputs=4000, data=data, **layers({"units": 1200, "activation": "tanh"}))
    weights = np.random.default_rng(0).standard_normal((1200, 4000))
    weights.flags.writeable = False
    whole = net.with_state({"W1": np.round(weights, 3)}, None)
    again = read_document(whole.to_bytes().decode())
    assert again.parameters is not None and np.array_equal(again.parameters["W1"], np.round(weights, 3))


def test_a_written_state_comes_back_with_its_progress() -> None:
    net = document(optimiser="adam")
    parameters = {array.name: np.full(array.shape, 1 / 3) for array in net.network.arrays}
    progress = Progress(120, 30, 2, {"first_moment": parameters, "second_moment": parameters}, 20, {"b2": np.ones(1)})
    saved = net.with_state(parameters, progress)
    again = read_document(saved.to_bytes())
    assert again == saved and again.progress == progress
    assert again.progress is not None and again.progress.optimiser_steps == 20
    assert again.progress.start is not None and again.progress.start["b2"].tolist() == [1.0]
    assert again.to_bytes() == saved.to_bytes()
    assert again.without("parameters", "progress") == net
    parameters["b2"][0] = 7.0
    assert saved.parameters is not None and saved.parameters["b2"][0] == 1 / 3


def test_a_state_that_is_not_finite_is_not_written() -> None:
    with pytest.raises(DocumentRefused, match=r"parameters\.b2: has a number that is infinite or not a number"):
        document().with_state({"b2": np.array([np.nan])}, None)


def test_a_state_of_another_shape_is_not_written() -> None:
    with pytest.raises(DocumentRefused, match=r"Layer 2 has 1 unit but biases of shape \(2,\)"):
        document().with_state({"b2": np.zeros(2)}, None)


# Equality


def test_documents_that_say_the_same_in_other_words_are_equal() -> None:
    assert document() == document(
        optimiser={"name": "sgd", "learning_rate": 0.1}, seed=0, frozen=[], inputs=["i1", "i2"]
    )
    assert hash(document()) == hash(document(seed=0))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "x"}, {"seed": 1}, {"steps": 2}, {"batch_size": 1}, {"frozen": ["W1"]}, {"labels": {"b2[0]": "b"}},
        {"optimiser": "adam"}, {"parameters": {"b2": [0]}}, {"parameters": {}}, {"data": ROWS}, {"inputs": ["a", "b"]},
        {"progress": {"step": 1}}, {"loss": "squared_error"}, {"description": "y"},
    ],
)  # fmt: skip
def test_documents_that_differ_are_unequal(changes: dict[str, Any]) -> None:
    assert document() != document(**changes)


# Paths


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("optimiser.learning_rate", 0.1), ("optimiser.name", "sgd"),
        ("optimiser", {"name": "sgd", "learning_rate": 0.1} | NO_PENALTIES),
        ("layers.0.activation", {"name": "relu", "at_zero": 0.0}),
        ("layers.0.activation.name", "relu"), ("layers.0.initialise", "he_uniform"),
        ("layers.1.bias", "per_unit"), ("layers.1.units", 1), ("batch_size", "all"), ("data.name", "xor"), ("seed", 0),
        ("loss.name", "binary_cross_entropy"), ("labels", {}), ("scaling", "none"), ("inputs", 2), ("name", ""),
    ],
)  # fmt: skip
def test_a_path_reaches_every_value_with_its_default(path: str, value: Any) -> None:
    assert document().get(path) == value


def test_rows_in_the_document_are_split_as_their_seed_says() -> None:
    rows = {"inputs": [[k, -k] for k in range(10)], "targets": [[k % 2] for k in range(10)]}
    whole = document(data=rows)
    assert (whole.get("data.test_fraction"), whole.get("data.seed")) == (0.0, 0)
    part, other = (whole.with_values({"data.test_fraction": 0.3, "data.seed": seed}) for seed in (1, 2))
    assert whole != part != other and read_document(part.to_bytes()) == part
    data = load_data(part)
    assert (len(data.inputs), len(data.test_inputs)) == (7, 3)
    assert sorted([*data.inputs[:, 0], *data.test_inputs[:, 0]]) == list(range(10))
    jsonschema.validate(dict(part.raw), document_schema())


def test_a_value_can_be_changed_at_a_path_without_touching_the_document() -> None:
    net = document()
    before = copy.deepcopy(dict(net.raw))
    assert net.with_value("optimiser.learning_rate", 3e-4).learning_rate == 3e-4
    assert net.with_value("layers.0.activation", "tanh").network.layers[0].initialise.name == "xavier_uniform"
    assert net.with_value("layers.0.initialise.name", "gaussian").with_value("layers.0.initialise.std", 0.5).get(
        "layers.0.initialise"
    ) == {"name": "gaussian", "mean": 0.0, "std": 0.5}
    assert net.with_value("parameters", {"b2": np.ones(1)}).get("parameters.b2.0") == 1.0
    assert net.raw == before and net == document()


def test_a_value_set_to_what_it_is_changes_nothing() -> None:
    for example in list_examples():
        net = example.document
        own = {
            "network": ("layers", "layers.0.initialise", "data", "loss", "labels", "inputs", "batch_size"),
            "graph": ("expression", "values", "ties", "labels", "frozen"),
            "surface": ("expression", "values", "values.x", "noise", "batch_size"),
        }
        for path in ("optimiser", "seed", *own[net.network.kind]):
            assert net.with_value(path, net.get(path)) == net


def test_documents_share_what_was_left_alone() -> None:
    net = document(data=ROWS, parameters={"b2": [1]}, progress={"step": 3}, frozen=["W1"])
    faster = net.with_values({"optimiser.learning_rate": 3.0, "batch_size": 1})
    for name in ("network", "parameters", "data", "labels", "frozen", "progress"):
        assert getattr(faster, name) is getattr(net, name)
    other = net.with_value("layers.0.activation", "sigmoid")
    assert other.network is not net.network and other.data is net.data and other.parameters is net.parameters
    assert other.raw["layers"][1] is net.raw["layers"][1] and other.raw["layers"][0] is not net.raw["layers"][0]


@pytest.mark.parametrize(
    "values",
    [
        {"optimiser": "adam"}, {"optimiser.learning_rate": 2}, {"layers.0.activation.name": "tanh"}, {"seed": 4},
        {"parameters.b2.0": 7}, {"parameters.W1.1.0": 0.5}, {"labels": {"b2[0]": "b"}}, {"frozen": ["b2"]},
        {"data.targets.0.0": 1}, {"batch_size": 1}, {"loss": "squared_error"}, {"progress.step": 4}, {"name": "n"},
    ],
    ids=str,
)  # fmt: skip
def test_a_document_with_other_values_is_what_its_file_says(values: dict[str, Any]) -> None:
    net = document(data=ROWS, parameters={"W1": [[1, 2], [3, 4]], "b2": [1]}, progress={"step": 3, "batch": 0})
    moved = net.with_state({name: values + 1.0 for name, values in (net.parameters or {}).items()}, net.progress)
    for one in (net, moved):
        changed = one.with_values(values)
        assert changed == read_document(changed.to_bytes()) and changed != one


def test_values_that_only_fit_together_can_be_set_together() -> None:
    net = document().with_values({"inputs": 3, "data": {"inputs": [[1, 2, 3]], "targets": [[1]]}})
    assert net.network.sizes == (3, 2, 1)


def test_a_new_name_forgets_the_options_of_the_old_row() -> None:
    net = document(optimiser={"name": "momentum", "momentum": 0.99, "learning_rate": 0.5})
    adam = net.with_value("optimiser.name", "adam")
    assert adam.get("optimiser") == {
        "name": "adam",
        "learning_rate": 0.5,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
        **NO_PENALTIES,
    }
    assert document(data=ROWS).with_value("data.name", "and").data.choice == Choice("and")


def test_another_optimiser_forgets_the_state_of_the_old_one() -> None:
    state = {"velocity": {"b2": [1.0]}}
    net = document(optimiser="momentum", progress={"step": 3, "optimiser_state": state})
    assert net.with_value("seed", 3).progress == net.progress
    changed = net.with_value("optimiser.name", "adam").progress
    assert changed is not None and (changed.step, dict(changed.optimiser_state)) == (3, {})


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("optimizer.learning_rate", "unknown key 'optimizer'. Did you mean 'optimiser'"),
        ("optimiser.learningrate", "optimiser: unknown key 'learningrate'. Did you mean 'learning_rate'"),
        ("layers.2.activation", "layers: has 2 items, counted from 0; '2' is none of them"),
        ("layers.-1.activation", "layers: has 2 items, counted from 0; '-1' is none of them"),
        ("layers.0.activaton", "layers.0: unknown key 'activaton'. Did you mean 'activation'"),
        ("seed.x", "seed: is 0 and has no part 'x'"),
        ("", "unknown key ''"),
    ],
)
def test_a_wrong_path_is_refused_with_the_nearest_key(path: str, what: str) -> None:
    with pytest.raises(Refused) as caught:
        document(seed=0).with_value(path, 1)
    assert what in str(caught.value)
    with pytest.raises(Refused) as caught:
        document(seed=0).get(path)
    assert what in str(caught.value)


def test_settings_are_read_as_json_and_else_as_text() -> None:
    net = apply_settings(
        document(),
        ["optimiser.name=adam", "optimiser.learning_rate=3e-4", "layers.0.activation=tanh", "batch_size=1", 'name="7"'],
    )
    assert (net.optimiser.name, net.learning_rate, net.batch_size, net.name) == ("adam", 3e-4, 1, "7")
    assert net.network.layers[0].activation.name == "tanh"
    assert apply_settings(net, []) is net
    assert apply_settings(net, ["name=a=b"]).name == "a=b"


@pytest.mark.parametrize("setting", ["batch_size", "=3", ""])
def test_a_setting_without_a_path_or_a_value_is_refused(setting: str) -> None:
    with pytest.raises(DocumentRefused, match=r"is no setting\. Write PATH=VALUE"):
        apply_settings(document(), [setting])


def test_a_setting_that_is_not_a_number_is_refused_as_text() -> None:
    with pytest.raises(DocumentRefused, match=r"optimiser\.learning_rate: must be a number of at least 0, not 'NaN'"):
        apply_settings(document(), ["optimiser.learning_rate=NaN"])
    with pytest.raises(ChoiceRefused, match="Did you mean 'tanh'"):
        apply_settings(document(), ["layers.0.activation=tahn"])


def test_parameters_of_another_state_are_read_by_path_like_those_of_a_file() -> None:
    document = open_example("mazur-2-2-2")
    assert document.parameters is not None
    moved = document.with_state({name: values + 1.0 for name, values in document.parameters.items()}, None)
    again = read_document(moved.to_bytes())
    assert again == moved and again.to_bytes() == moved.to_bytes()
    assert moved.get("parameters.W1.0.1") == again.get("parameters.W1.0.1") == 1.2
    assert moved.with_value("parameters.W1.0.1", 5.0).get("parameters.W1.0.1") == 5.0
