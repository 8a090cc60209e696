"""The table of examples is what each example alone would give, and its mean is what the step follows."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.report.example_gradients import ORDERS, ExampleGradients
from nnviz.session.document import Document
from nnviz.session.session import Session

RANDOM = np.random.default_rng(5)
BIASES = ("per_unit", "shared", "none")


def document(bias: str, batch: int = 7, **more: object) -> Document:
    return Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 3, "seed": 4, "batch_size": batch,
        "layers": [{"units": 4, "activation": "tanh", "bias": bias}, {"units": 3, "activation": "leaky_relu"},
                   {"units": 2, "activation": "softmax", "bias": bias}],
        "loss": "cross_entropy", "optimiser": {"name": "sgd", "learning_rate": 0.3},
        "data": {"inputs": RANDOM.normal(size=(7, 3)).tolist(),
                 "targets": np.eye(2)[RANDOM.integers(0, 2, 7)].tolist()},
        **more,
    })


def table_of(document: Document) -> tuple[Session, ExampleGradients]:
    session = Session(document)
    session.advance_steps(3)
    return session, ExampleGradients(session.record)


@pytest.mark.parametrize("bias", BIASES)
def test_the_mean_of_the_columns_is_the_gradient_of_the_batch(bias: str) -> None:
    _, table = table_of(document(bias))
    rows = table.rows(np.arange(table.starts[-1]))
    assert rows.shape == (len(table.mean), 7)
    np.testing.assert_allclose(rows.mean(axis=1), table.mean, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("bias", BIASES)
def test_a_column_is_the_gradient_of_a_batch_of_that_example_alone(bias: str) -> None:
    session, table = table_of(document(bias))
    rows = table.rows(np.arange(table.starts[-1]))
    arrays = session.problem.blocks.unpack(session.record.parameters)
    problem = session.problem
    for column, row in enumerate(table.examples.tolist()):
        data = {"inputs": [problem.inputs[row].tolist()], "targets": [problem.targets[row].tolist()]}
        parameters = {name: array[:1] if bias == "shared" and name in ("b1", "b3") else array
                      for name, array in arrays.items()}
        alone = Session(document(bias, batch=1, data=data,
                                 parameters={name: array.tolist() for name, array in parameters.items()}))
        alone.advance_steps(1)
        np.testing.assert_allclose(ExampleGradients(alone.record).mean, rows[:, column], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("bias", BIASES)
def test_what_is_said_of_a_row_is_what_its_numbers_say(bias: str) -> None:
    _, table = table_of(document(bias))
    rows = table.rows(np.arange(table.starts[-1]))
    np.testing.assert_allclose(table.mean_square, np.square(rows).mean(axis=1), rtol=1e-10)
    np.testing.assert_allclose(table.deviation, rows.std(axis=1), rtol=1e-6, atol=1e-9)
    rarer = np.minimum((rows > 0).sum(axis=1), (rows < 0).sum(axis=1))
    np.testing.assert_allclose(table.disagreement, rarer / 7, atol=1e-12)
    np.testing.assert_allclose(table.signal_to_noise, np.abs(table.mean) / table.deviation)


def test_any_choice_of_rows_is_the_same_rows_of_the_whole() -> None:
    _, table = table_of(document("shared"))
    whole = table.rows(np.arange(table.starts[-1]))
    for places in (np.array([], dtype=np.intp), np.array([0, 11, 12, 13, 27]), np.arange(5, 30, 3)):
        assert np.array_equal(table.rows(places), whole[places])


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_every_order_is_one_of_all_rows_even_where_numbers_are_not_finite(order) -> None:
    _, table = table_of(document("per_unit", data={"inputs": [[1e308, -1e308, 0.0]] * 7, "targets": [[1.0, 0.0]] * 7}))
    assert sorted(np.argsort(order.key(table), kind="stable").tolist()) == list(range(len(table.mean)))
