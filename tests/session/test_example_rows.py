"""Rows that are edited by hand: what they are in a document, and that a row keeps its part."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from nnviz.data import datasets
from nnviz.data.datasets import Split
from nnviz.errors import EditRefused, Refused
from nnviz.session.document import Document, apply_settings
from nnviz.session.example_rows import MOST_ROWS, ExampleRows, rows_edit, split_edit
from nnviz.session.examples import open_document
from nnviz.session.opening import load_data
from nnviz.session.session import Session


def _session(name: str = "spiral", **changes: Any) -> Session:
    return Session(open_document(name).with_values({path.replace("__", "."): v for path, v in changes.items()}))


def _rows(session: Session) -> ExampleRows:
    return ExampleRows.of(session.segment.data)


def test_rows_written_into_the_document_are_the_same_examples() -> None:
    session = _session()
    before = session.segment.data
    session.edit(rows_edit(session.document, _rows(session)), "by hand")
    after = session.segment.data
    for one, other in ((before.inputs, after.inputs), (before.targets, after.targets),
                       (before.test_inputs, after.test_inputs), (before.test_targets, after.test_targets)):
        assert np.array_equal(one, other)


def test_a_network_that_has_learned_goes_on_from_its_parameters() -> None:
    session = _session()
    session.advance_steps(20)
    parameters = session.parameters_now().copy()
    rows = _rows(session).added(np.array([[1.0, 2.0]]), np.array([[1.0]]))
    session.edit(rows_edit(session.document, rows), "one more")
    assert session.step == 21 and np.array_equal(session.parameters_now(), parameters)
    assert session.segment.data.inputs[-1].tolist() == [1.0, 2.0]


def test_undo_brings_the_bytes_of_the_document_back() -> None:
    session = _session()
    before = session.document.to_bytes()
    rows = _rows(session)
    session.edit(rows_edit(session.document, rows.without([0, 5])), "two fewer")
    assert session.document.to_bytes() != before
    session.undo()
    assert session.document.to_bytes() == before and "name" in session.document.raw["data"]


def test_a_document_with_rows_to_test_on_reads_back_and_sets_the_same() -> None:
    session = _session()
    edit = rows_edit(session.document, _rows(session).without([3]))
    session.edit(edit, "by hand")
    document = session.document


    read = Document.from_tree(json.loads(document.to_bytes()))
    assert read == document and read.to_bytes() == document.to_bytes()
    by_set = apply_settings(open_document("spiral"), ["data=" + json.dumps(edit["data"])])
    assert by_set.to_bytes() == document.to_bytes()


@pytest.mark.parametrize(("change", "said"), [
    ({"test_fraction": 0.2}, "data.test_fraction: there are rows of their own to test on"),
    ({"test_targets": None}, "the key 'test_targets' is missing"),
    ({"test_inputs": [[1.0]]}, "data.test_inputs: has rows of 1 number but the network has 2 inputs"),
    ({"test_inputs": []}, "data.test_inputs: has no examples"),
    ({"test_targets": [[7.0]]}, "data.test_targets.0.0: must be from 0 to 1"),
])
def test_rows_to_test_on_that_do_not_fit_are_refused(change: dict[str, Any], said: str) -> None:
    data = {"inputs": [[0.0, 1.0]], "targets": [[1.0]], "test_inputs": [[1.0, 1.0]], "test_targets": [[0.0]]} | change
    data = {key: value for key, value in data.items() if value is not None}
    with pytest.raises(Refused, match=said):
        open_document("xor").with_value("data", data)


def test_rows_keep_their_part_when_others_come_and_go() -> None:
    rows = _rows(_session())
    training, tests = rows.inputs[: rows.training], rows.inputs[rows.training :]
    more = rows.added(np.array([[9.0, 9.0]]), np.array([[0.0]]))
    assert np.array_equal(more.inputs[: rows.training], training)
    assert np.array_equal(more.inputs[more.training :], tests)
    fewer = more.without([0, len(more) - 1])
    assert np.array_equal(fewer.inputs[: fewer.training - 1], training[1:])
    assert np.array_equal(fewer.inputs[fewer.training :], tests[:-1])


def test_a_row_goes_behind_those_of_the_other_part_and_back() -> None:
    rows = ExampleRows(np.arange(8.0).reshape(4, 2), np.zeros((4, 1)), 3)
    moved = rows.moved([0], tested=True)
    assert moved.inputs[:, 0].tolist() == [2.0, 4.0, 6.0, 0.0] and moved.training == 2
    assert moved.moved([3], tested=False).inputs[:, 0].tolist() == [2.0, 4.0, 0.0, 6.0]


def test_one_row_at_least_stays_to_train_on() -> None:
    rows = ExampleRows(np.zeros((2, 2)), np.zeros((2, 1)), 1)
    for refused in (lambda: rows.without([0]), lambda: rows.moved([0], tested=True)):
        with pytest.raises(EditRefused, match="no example would be left to train on"):
            refused()


def test_more_than_a_document_holds_by_hand_is_refused_in_a_sentence() -> None:
    many = ExampleRows(np.zeros((MOST_ROWS + 1, 2)), np.zeros((MOST_ROWS + 1, 1)), MOST_ROWS + 1)
    with pytest.raises(EditRefused, match="20,001 examples are more than the 20,000 that can be edited by hand"):
        many.tree(open_document("xor"))
    wide = ExampleRows(np.zeros((500, 784)), np.zeros((500, 10)), 500)
    with pytest.raises(EditRefused, match="500 examples of 794 numbers each"):
        wide.check_size()


def test_a_target_that_the_loss_does_not_take_is_named_with_its_row() -> None:
    session = _session("xor")
    rows = _rows(session).with_targets([2], np.array([[3.0]]))
    with pytest.raises(EditRefused, match="example 2, y: a target must be from 0 to 1 under the loss"):
        rows.tree(session.document)


def test_another_share_of_rows_by_hand_mixes_them_first() -> None:
    session = _session()
    session.edit(rows_edit(session.document, _rows(session)), "by hand")
    rows = _rows(session)
    session.edit(split_edit(session.document, rows, {"test_fraction": 0.5}), "half")
    data, parted = session.segment.data, rows.parted(Split(0.5, session.document.data.split.seed))
    assert np.array_equal(data.test_inputs, parted.inputs[parted.training :]) and len(data.test_inputs) == 250
    session.edit(split_edit(session.document, _rows(session), {"seed": 4}), "others")
    assert session.document.data.split == Split(0.5, 4)


def test_the_share_of_a_made_set_is_its_own_option() -> None:
    session = _session()
    assert split_edit(session.document, _rows(session), {"test_fraction": 0.1}) == {"data.test_fraction": 0.1}


def test_engineered_inputs_are_made_of_the_rows() -> None:
    session = _session(inputs=3, data__features=["x1", "x2", "x1*x2"], scaling="standardise")
    rows = _rows(session)
    assert rows.inputs.shape[1] == 2
    session.edit(rows_edit(session.document, rows.without([0])), "one fewer")
    assert np.array_equal(session.segment.data.raw_inputs, rows.inputs[1 : rows.training])
    assert np.array_equal(load_data(session.document).inputs, session.segment.data.inputs)


def test_given_rows_may_have_some_to_test_on() -> None:
    data = datasets.given(np.zeros((2, 2)), np.zeros((2, 1)), np.ones((1, 2)), np.ones((1, 1)))
    assert data.has_test and data.test_inputs.tolist() == [[1.0, 1.0]]


def test_edits_of_many_rows_by_hand_stay_within_the_budget() -> None:
    session = Session(open_document("spiral").with_value("data.samples", 10_000), history_bytes=8 << 20)
    for number in range(12):
        session.edit(rows_edit(session.document, _rows(session).without([number])), f"edit {number}")
    assert 1 <= len(session.undo_list) < 12 and session.budget.taken <= session.budget.bytes
    session.undo()
    assert len(session.segment.data.inputs) + len(session.segment.data.test_inputs) == 10_000 - 11


def test_rows_of_an_opened_document_are_no_past() -> None:
    document = open_document("xor")
    rows = ExampleRows.of(load_data(document))
    session = Session(document.with_values(rows_edit(document, rows)))
    taken = session.budget.taken
    session.edit({"optimiser.learning_rate": 0.3}, "rate")
    assert session.budget.taken - taken < 20_000 and not session.budget.examples


def test_very_many_numbers_are_looked_at_without_a_copy() -> None:
    above, below = np.arange(4_800_000.0).reshape(6000, 800), -np.arange(1600.0).reshape(2, 800)
    data = datasets.DataSet(above, np.zeros((6000, 2)), below, np.ones((2, 2)))
    rows = ExampleRows.of(data)
    assert rows.inputs.shape == (6002, 800) and rows.inputs[5999, 3] == above[5999, 3]
    assert np.shares_memory(rows.inputs[7], above) and np.array_equal(rows.inputs[6001], below[1])
    with pytest.raises(EditRefused, match="6,002 examples of 802 numbers each"):
        rows.check_size()


def test_another_seed_keeps_the_share_of_rows_that_were_kept_by_hand() -> None:
    session = _session()
    rows = _rows(session)
    session.edit(rows_edit(session.document, rows), "by hand")
    session.edit(split_edit(session.document, rows, {"seed": 4}), "others")
    assert session.document.data.split == Split(0.2, 4)
    assert len(session.segment.data.test_inputs) == len(rows) - rows.training
