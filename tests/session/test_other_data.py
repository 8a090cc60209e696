"""Other examples: a network of the same shape goes on with what it has learned, names and labels follow."""

from __future__ import annotations

from typing import Any

import pytest

from nnviz.session.document import Document
from nnviz.session.examples import open_document
from nnviz.session.other_data import data_values
from nnviz.session.session import Session


def session(name: str = "xor", steps: int = 5) -> Session:
    opened = Session(open_document(name))
    opened.advance_steps(steps)
    return opened


def test_a_set_of_the_same_shape_keeps_what_was_learned_and_can_be_undone() -> None:
    opened = session()
    before = opened.state.vector.tobytes()
    values = data_values(opened.document, {"name": "and"}, "standardise", 2, 1)
    assert opened.reset_reason(values) == ""
    opened.edit(values, "data")
    assert opened.state.vector.tobytes() == before and opened.updates_done == 5
    assert opened.segment.data.targets[:, 0].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert opened.document.scaling.name == "standardise"
    opened.undo()
    assert opened.document.get("data.name") == "xor" and opened.document.scaling.name == "none"


def test_another_number_of_inputs_starts_over_and_says_so_first() -> None:
    opened = session()
    tree = {"name": "xor", "features": ["x1", "x2", "x1*x2"]}
    values = data_values(opened.document, tree, "none", 3, 1)
    assert opened.reset_reason(values) == "the network gets another shape"
    opened.edit(values, "data")
    assert opened.updates_done == 0 and opened.document.network.inputs == ("x1", "x2", "x1*x2")


@pytest.mark.parametrize(("data", "inputs", "outputs", "names"), [
    ({"name": "spiral", "seed": 4}, 2, 1, ("x", "y", "arm")),                       # the same set, made anew
    ({"name": "circle"}, 2, 1, ("x", "y", "o1")),                                   # "arm" is no name for a disc
    ({"name": "spiral", "features": ["x1^2", "x2^2"]}, 2, 1, ("x1^2", "x2^2", "arm")),
    ({"name": "iris"}, ["length", "width", "depth", "age"], 3, ("length", "width", "depth", "age", "o1", "o2", "o3")),
])  # fmt: skip
def test_names_follow_the_examples(data: dict[str, Any], inputs: Any, outputs: Any, names: tuple[str, ...]) -> None:
    document = open_document("spiral")
    other = document.with_values(data_values(document, data, "none", inputs, outputs) | {"loss": "squared_error"})
    assert (*other.network.inputs, *other.network.names(len(other.network.layers))) == names


def test_labels_and_frozen_parameters_of_units_that_are_gone_go_with_them() -> None:
    document = Document.from_tree(open_document("mazur-2-2-2").with_value("frozen", ["W1", "w5", "w7", "b2"]).raw)
    rows = {"inputs": [[1.0, 2.0]], "targets": [[0.5]]}
    opened = Session(document)
    opened.edit(data_values(document, rows, "none", 2, 1), "data")
    assert opened.document.network.sizes == (2, 2, 1)
    assert opened.document.label("W2[0,1]") == "w6" and "w7" not in opened.document.labels.values()
    assert opened.document.frozen == ("W1", "W2[0,0]", "b2")
