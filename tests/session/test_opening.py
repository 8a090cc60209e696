"""What a document says of its inputs is what the network gets, in the tables and in the window alike."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.data import datasets
from nnviz.exchange.notebook import load, rows
from nnviz.session.document import Document, apply_settings
from nnviz.session.examples import open_example
from nnviz.session.opening import load_data
from nnviz.session.reading import read_document
from nnviz.session.session import Session

FEATURES = ["x", "y", "x^2", "sin(y)"]


def engineered() -> Document:
    settings = ["inputs=4", 'data.features=["x", "y", "x^2", "sin(y)"]', "scaling=standardise"]
    return apply_settings(open_example("circle").with_value("inputs", 2), settings)


def test_settings_reach_data_features_and_scaling() -> None:
    document = engineered()
    assert document.data.features == tuple(FEATURES) and document.scaling.name == "standardise"
    assert document.network.inputs == tuple(FEATURES)
    assert document.get("data.features.2") == "x^2" and document.get("data.features") == FEATURES
    assert read_document(document.to_bytes()) == document
    assert open_example("xor").get("data.features") == []


def test_another_data_set_keeps_the_engineered_inputs() -> None:
    document = engineered().with_value("data.name", "spiral")
    assert document.data.choice is not None and document.data.choice.name == "spiral"
    assert document.data.features == tuple(FEATURES)
    assert document.with_value("data.features.2", "x*y").network.inputs == ("x", "y", "x*y", "sin(y)")


def test_engineered_inputs_are_computed_then_scaled() -> None:
    raw, data = load_data(open_example("circle")), load_data(engineered())
    x, y = raw.inputs.T
    expected = np.column_stack((x, y, x**2, np.sin(y)))
    np.testing.assert_allclose(data.inputs, (expected - expected.mean(axis=0)) / expected.std(axis=0), atol=1e-12)
    assert data.test_inputs.shape == (90, 4)
    np.testing.assert_allclose(data.preparation.apply(raw.test_inputs), data.test_inputs, atol=1e-12)


def test_the_neurons_table_has_the_scaled_inputs() -> None:
    session = load("iris")
    session.advance_step()
    inputs = [row for row in rows(session, "neurons") if row[3] == 0]
    assert len(inputs) == 4 * 16
    document = open_example("iris")
    scaled = load_data(document).inputs
    for _, _, example, _, name, _, output, *_ in inputs:
        assert output == scaled[example, document.network.inputs.index(name)]


@pytest.mark.parametrize("values", [{"scaling": "min_max"}, {"data.features.2": "x^3"}])
def test_an_edit_of_the_inputs_trains_on_the_other_numbers(values: dict[str, object]) -> None:
    session = Session(engineered())
    session.advance_steps(3)
    session.edit(values, "other inputs")
    expected = load_data(engineered().with_values(values))
    np.testing.assert_array_equal(session.problem.inputs, expected.inputs)
    session.advance_step()
    assert session.record.is_finite
    session.undo()
    np.testing.assert_array_equal(session.problem.inputs, load_data(engineered()).inputs)


def test_the_first_step_of_the_lecture_from_the_named_set() -> None:
    document = open_example("linear-regression").with_value("data", "line")
    session = Session(document)
    session.advance_step()
    weight = session.parameters_now()[0]
    assert weight == pytest.approx(0.466666666667, abs=5e-13)
    assert load_data(document).inputs.tolist() == datasets.make("line", {}).inputs.tolist()
