"""The table of examples: cells read back exactly, blocks come where they belong, what is wrong is named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.data.pasted import read_block
from nnviz.errors import Refused
from nnviz.session.example_rows import ExampleRows
from nnviz.session.example_table import ExampleTable
from nnviz.session.examples import open_document
from nnviz.session.session import Session


def _table(name: str = "spiral", **changes: object) -> ExampleTable:
    document = open_document(name).with_values({path.replace("__", "."): value for path, value in changes.items()})
    session = Session(document)
    return ExampleTable.of(ExampleRows.of(session.segment.data), document)


def _flowers() -> ExampleTable:
    names = ["setosa", "versicolor", "virginica"]
    rows = ExampleRows(np.arange(12.0).reshape(6, 2), np.eye(3)[[0, 1, 2, 0, 1, 2]], 5)
    document = open_document("softmax-cross-entropy")
    document = document.without("parameters", "progress", "labels", "frozen").with_values({
        "inputs": 2, "layers": [{"units": names, "activation": "softmax"}],
        "data": {"inputs": rows.inputs.tolist(), "targets": rows.targets.tolist()},
    })
    return ExampleTable.of(rows, document)


def _paste(table: ExampleTable, text: str, row: int = 0, column: int = 0) -> ExampleRows:
    return table.pasted(table.read(text, column), row, np.zeros(table.rows.targets.shape[1]))


@given(st.data())
def test_what_was_copied_changes_nothing_where_it_is_pasted(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from([TABLES[0], TABLES[1], TABLES[2]]))
    last_row, last_column = len(table.rows) - 1, len(table.columns) - 1
    row, column = data.draw(st.integers(0, last_row)), data.draw(st.integers(0, last_column))
    rows = range(row, data.draw(st.integers(row, min(last_row, row + 40))) + 1)
    columns = range(column, data.draw(st.integers(column, last_column)) + 1)
    assert _paste(table, table.copied(rows, columns), row, column).same(table.rows)


TABLES = (_table(), _table("regression-sine"), _flowers())


def test_a_decimal_comma_is_understood() -> None:
    rows = _paste(_table("xor"), "0,5\t1,25\n-3\t2e-3\n")
    assert rows.inputs[:2].tolist() == [[0.5, 1.25], [-3.0, 0.002]]


@pytest.mark.parametrize("text", ["1;2;setosa\n3;4;virginica\n", "1,2,setosa\n3,4,virginica\n",
                                  "x2\tclass\tx1\n2\tSetosa\t1\n4\tvirginica\t3\n", "1 2 setosa\n3  4 virginica"])
def test_names_of_classes_and_headings_are_understood(text: str) -> None:
    table = _flowers()
    names = table.titles()[:2]
    rows = _paste(table, text.replace("x1", names[0]).replace("x2", names[1]))
    assert rows.inputs[:2].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert rows.targets[:2].argmax(axis=1).tolist() == [0, 2]


def test_other_words_for_the_classes_are_taken_in_their_order_and_told() -> None:
    table = _flowers()
    paste = table.read("1\t2\tb\n3\t4\ta\n5\t6\tc\n", 0)
    assert paste.values.renamed == {2: (("a", "setosa"), ("b", "versicolor"), ("c", "virginica"))}
    rows = table.pasted(paste, 0, np.eye(3)[0])
    assert rows.targets[:3].argmax(axis=1).tolist() == [1, 0, 2]


@pytest.mark.parametrize(("text", "said"), [
    ("1\t2\n3\tabc\n", r"row 2, column 2 \(.*\): 'abc' is not a number"),
    ("1\t2\n\t3\n", r"row 2, column 1 \(.*\): the value is missing"),
    ("1.5\t2\n3\t2,5\n", r"row 2, column 2 \(.*\): '2,5' is not a number. Other numbers have a decimal point"),
    ("1\t2\tsetosa\n1\t2\tvirginca\n", r"row 2, column 3 \(class\): unknown class .virginca.\. Did you mean"),
    ("1.5;2.5;nowhere", r"row 1, column 3 \(class\): unknown class .nowhere."),
    ("1;2;nowhere\n1;2;elsewhere", r"row 1, column 3 \(class\): unknown class .nowhere."),
    ("1;2;nowhere\n1;2;setosa", r"row 1, column 3 \(class\): unknown class .nowhere."),
    ("1\t2\n3\n", r"The clipboard: line 2 has 1 cell where the first row has 2"),
    ("  \n", "The clipboard has no text"),
    ("1\t1e999\n", r"row 1, column 2 \(.*\): '1e999' is too large"),
])
def test_what_cannot_be_read_is_named_with_row_and_column(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        _paste(_flowers(), text)


def test_rows_beyond_the_last_are_new_ones_of_the_part_they_say() -> None:
    table = _flowers()
    last = len(table.rows)
    rows = _paste(table, "1\t1\tsetosa\ttest\n2\t2\tvirginica\ttraining\n", last)
    assert len(rows) == last + 2 and rows.training == table.rows.training + 1
    assert rows.inputs[rows.training - 1].tolist() == [2.0, 2.0] and rows.inputs[-1].tolist() == [1.0, 1.0]


def test_new_rows_without_an_input_are_refused() -> None:
    table = _flowers()
    with pytest.raises(Refused, match="new rows need every input"):
        _paste(table, "1\n2\n", len(table.rows) - 1)


def test_columns_that_have_no_place_are_told() -> None:
    table = _table("xor")
    paste = table.read("1\t2\t0\ttest\t9\t9\n", 0)
    assert paste.fitting.left_out == (4, 5)
    assert read_block("1\t2", ()).headings is None


def test_a_cell_takes_a_number_or_a_name() -> None:
    table = _flowers()
    assert table.with_cell(0, 1, " 2,5 ").inputs[0, 1] == 2.5
    assert table.with_cell(0, 2, "virginica").targets[0].tolist() == [0.0, 0.0, 1.0]
    assert table.with_cell(0, 3, "test").training == table.rows.training - 1
    for column, text, said in ((0, "abc", "example 1, .*'abc' is not a number"), (2, "rose", "unknown class 'rose'"),
                               (0, "", "is not a number"), (0, "inf", "is not a number")):
        with pytest.raises(Refused, match=said):
            table.with_cell(1, column, text)


def test_more_rows_than_a_document_holds_are_refused() -> None:
    table = _table("xor")
    paste = table.read("1\t1\n" * 30_000, 0)
    with pytest.raises(Refused, match="there would be 30,000 examples, more than the 20,000"):
        table.pasted(paste, 0, np.zeros(1))


def test_pasted_rows_move_exactly_where_their_part_is_another() -> None:
    table = _table()
    part = next(place for place, column in enumerate(table.columns) if column.kind == "part")
    for text, moved in (("test\ntest", True), ("training\ntraining", False), ("training\ntest", True)):
        paste = table.read(text, part)
        assert table.moves(paste, 1) == moved
    assert not table.moves(table.read("0.5", 0), 1)
    with pytest.raises(Refused, match="unknown part 'extra'"):
        table.read("extra", part)
