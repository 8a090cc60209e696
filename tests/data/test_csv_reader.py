"""A CSV file is read exactly, or refused with its line and column; nothing in it can take the memory away."""

from __future__ import annotations

import csv
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz.data import csv_rows, files
from nnviz.data.csv_reader import read
from nnviz.data.csv_rows import DECIMALS, DELIMITERS, CsvForm, guess_form
from nnviz.data.csv_survey import survey
from nnviz.errors import Refused

PLANTS = "length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n6.3,3.3,virginica\n4.9,3.0,setosa\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "plants.csv"


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


FINITE = st.floats(allow_nan=False, allow_infinity=False)
FORMS = [CsvForm(part, decimal, header) for part in DELIMITERS for decimal in DECIMALS for header in (True, False)]


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(FINITE, min_size=width, max_size=width), min_size=1)
    ),
    form=st.sampled_from(FORMS),
)
def test_what_is_written_reads_back_to_the_same_floats(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[list[float]], form: CsvForm
) -> None:
    path = tmp_path_factory.mktemp("csv") / "numbers.csv"
    with open(path, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, delimiter=form.delimiter)
        if form.header:
            writer.writerow([f"x{place}" for place in range(len(numbers[0]))])
        writer.writerows([[repr(number).replace(".", form.decimal) for number in row] for row in numbers])
    table = read(path, form, [len(numbers[0])])
    assert np.hstack((table.inputs, table.targets)).tobytes() == np.array(numbers).tobytes()


def test_a_column_of_words_becomes_one_column_for_each_of_its_classes(file: Path) -> None:
    table = read(written(file, PLANTS), CsvForm(), ["species"], one_hot=["species"])
    assert table.inputs.tolist() == [[5.1, 3.5], [7.0, 3.2], [6.3, 3.3], [4.9, 3.0]]
    assert table.targets.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert table.input_names == ("length", "width") and table.target_names == ("setosa", "versicolor", "virginica")


def test_classes_that_are_numbers_stand_in_the_order_of_their_size(file: Path) -> None:
    table = read(written(file, "x,digit\n1,10\n2,9\n3, 9\n"), CsvForm(), ["digit"], one_hot=[2])
    assert table.target_names == ("9", "10") and table.targets.tolist() == [[0, 1], [1, 0], [1, 0]]


def test_inputs_are_all_other_columns_unless_they_are_named(file: Path) -> None:
    written(file, "id,a,b,c\n1,2,3,4\n")
    assert read(file, CsvForm(), ["c"]).inputs.tolist() == [[1, 2, 3]]
    assert read(file, CsvForm(), ["c", "a"], [3]).inputs.tolist() == [[3]]
    assert read(file, CsvForm(), ["c", "a"], [3]).targets.tolist() == [[4, 2]]


GAPS = "a,b,t\n1,2,3\n,4,5\n3,NA,6\n5,6,?\n"


def test_a_missing_value_is_named_left_out_or_filled_in(file: Path) -> None:
    written(file, GAPS)
    with pytest.raises(Refused, match=r"plants\.csv: line 3, column 1 \(a\): the value is missing"):
        read(file, CsvForm(), ["t"])
    skipped = read(file, CsvForm(), ["t"], missing="skip")
    assert skipped.inputs.tolist() == [[1, 2]] and skipped.left_out == 3
    filled = read(file, CsvForm(), ["t"], missing="mean")
    assert filled.inputs.tolist() == [[1, 2], [2, 4], [3, 3]] and filled.targets.tolist() == [[3], [5], [6]]
    assert filled.left_out == 1


def test_a_missing_category_is_filled_with_the_shares_of_the_classes(file: Path) -> None:
    table = read(written(file, "c,t\nx,1\ny,2\nx,3\n,4\n"), CsvForm(), ["t"], one_hot=["c"], missing="mean")
    assert np.allclose(table.inputs, [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [2 / 3, 1 / 3]], atol=0.0)


def test_a_file_where_nothing_is_left_is_refused(file: Path) -> None:
    for missing in ("skip", "mean"):
        with pytest.raises(Refused, match="no row without a missing value"):
            read(written(file, "a,t\n,1\n,2\n"), CsvForm(), ["t"], missing=missing)


@pytest.mark.parametrize("form", [form for form in FORMS if form.delimiter != form.decimal])
def test_the_form_of_a_file_is_guessed(file: Path, form: CsvForm) -> None:
    rows = [["1.5", "2.25", "3"], ["4.0", "5.125", "6"], ["-1e-3", "0.5", "7"]]
    lines = [form.delimiter.join(row).replace(".", form.decimal) for row in rows]
    head = [form.delimiter.join(("a", "b", "c"))] if form.header else []
    assert guess_form(written(file, "\n".join(head + lines))) == form


def test_a_single_column_and_quoted_decimal_commas_are_guessed_too(file: Path) -> None:
    assert guess_form(written(file, "x\n1.5\n2.5\n")) == CsvForm(",", ".", True)
    assert guess_form(written(file, '"1,5","2,5"\n"0,5","1,0"\n')) == CsvForm(",", ",", False)


def test_a_survey_counts_rows_columns_classes_and_what_is_missing(file: Path) -> None:
    found = survey(written(file, GAPS + "7,8,9\n"), CsvForm())
    assert found.rows == 5 and [column.name for column in found.columns] == ["a", "b", "t"]
    assert [column.missing for column in found.columns] == [1, 1, 1] and found.missing == 3
    assert [column.first_missing for column in found.columns] == [3, 4, 5]
    assert all(column.numeric for column in found.columns) and found.first_rows[1] == ("", "4", "5")
    species = survey(written(file, PLANTS), CsvForm()).columns[2]
    assert not species.numeric and species.classes == ("setosa", "versicolor", "virginica")


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_are_no_trouble(file: Path) -> None:
    table = read(written(file, b"\xef\xbb\xbfa,t\r\n1,2\r\n\r\n3,4\r\n"), CsvForm(), ["t"])
    assert table.inputs.tolist() == [[1], [3]] and table.input_names == ("a",)


BAD = {
    "empty": (b"", "is empty"),
    "only headings": (b"a,t\n", "has headings but no rows"),
    "blank": (b"\n\n\n", "has no rows"),
    "ragged": (b"a,t\n1,2\n3,4,5\n", "line 3 has 3 cells where the first row has 2"),
    "short": (b"a,b,t\n1,2,3\n3,4\n", "line 3 has 2 cells where the first row has 3"),
    "words": (b"a,t\n1,2\nred,4\n", r"line 3, column 1 \(a\): 'red' is not a number"),
    "two numbers": (b"a,t\n1_0,2\n", r"line 2, column 1 \(a\): '1_0' is not a number"),
    "other digits": ("a,t\n١,2\n".encode(), "line 2, column 1"),
    "decimal comma": (b'a,t\n"1,5",2\n', r"line 2, column 1 \(a\): '1,5' is not a number\. Choose the decimal comma"),
    "infinity": (b"a,t\ninf,2\n", r"line 2, column 1 \(a\): 'inf' is not a number"),
    "too large": (b"a,t\n1e999,2\n", r"line 2, column 1 \(a\): '1e999' is too large"),
    "open quote": (b'a,t\n1,2\n"3,4\n5,6\n', "line 3 has a quotation mark that is not closed"),
    "quote inside": (b'a,t\n1,"2"3\n', "line 2 has a quotation mark in the middle of a cell"),
    "binary": (b"a,t\n1,\x002\n", "is a binary file"),
    "late binary": (b"a,t\n" + b"1,2\n" * 30_000 + b"\x00,2\n", "is a binary file, see line 30002"),
    "latin": (b"a,t\n1,2\n3,\xe9\n", "is not UTF-8 text, see line 3"),
    "utf-16": ("a,t\n1,2\n".encode("utf-16"), "is UTF-16 text"),
    "html": (b"\n <!DOCTYPE html><html></html>", r"is a web page \(HTML\)"),
    "gzip": (b"\x1f\x8b\x08\x00rest", "is a gzip archive"),
    "workbook": (b"PK\x03\x04" + b"\0" * 30 + b"xl/workbook.xml", "is an Excel workbook"),
    "picture": (b"\x89PNG\r\n\x1a\n", "is a picture"),
    "one column": (b"t\n1\n", "no column that is left for the inputs"),
    "no such column": (b"a,b\n1,2\n", "unknown column 't'"),
    "two such columns": (b"a,t,t\n1,2,3\n", "has two columns called 't'"),
    "long line": (b"a,t\n" + b"1" * (csv_rows.LONGEST_LINE + 10), "line 2 has more than"),
    "many columns": (b"," * 10_000, "has 10,001 columns"),
}


@pytest.mark.parametrize(("content", "sentence"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_one_sentence(file: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence) as caught:
        read(written(file, content), CsvForm(), ["t"])
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    assert str(caught.value).startswith("plants.csv: ")


def test_a_column_that_is_used_twice_is_refused(file: Path) -> None:
    with pytest.raises(Refused, match=r"column 1 \(length\) more than once"):
        read(written(file, PLANTS), CsvForm(), ["width"], ["length", 1])


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is a folder"):
        read(tmp_path, CsvForm(), ["t"])
    with pytest.raises(Refused, match=r"none\.csv: there is no such file"):
        read(tmp_path / "none.csv", CsvForm(), ["t"])
    with pytest.raises(Refused, match="is not a file name"):
        read(tmp_path / "a\0b", CsvForm(), ["t"])


def test_a_huge_file_is_refused_before_it_is_read(file: Path) -> None:
    with open(file, "wb") as out:
        out.truncate(10 * 2**30)
    began = time.perf_counter()
    for attempt in (lambda: read(file, CsvForm(), [1]), lambda: survey(file, CsvForm()), lambda: guess_form(file)):
        with pytest.raises(Refused, match=r"has 10\.0 GB, more than the 1 GB"):
            attempt()
    assert time.perf_counter() - began < 1.0


def test_more_numbers_than_are_held_are_refused_while_they_stream(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_NUMBERS", 100)
    with pytest.raises(Refused, match="more than the 100 numbers"):
        read(written(file, "a,t\n" + "1,2\n" * 51), CsvForm(), ["t"])
    assert len(read(written(file, "a,t\n" + "1,2\n" * 50), CsvForm(), ["t"]).inputs) == 50


def test_one_column_for_each_class_counts_towards_what_is_held(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_NUMBERS", 1000)
    with pytest.raises(Refused, match="more than the 1,000 numbers"):
        read(written(file, "a,t\n" + "".join(f"1,c{n}\n" for n in range(200))), CsvForm(), ["t"], one_hot=["t"])


def test_a_column_of_many_different_texts_is_not_categorical(file: Path) -> None:
    with pytest.raises(Refused, match=r"line \d+, column 2 \(t\): is not categorical"):
        read(written(file, "a,t\n" + "".join(f"1,c{n}\n" for n in range(2000))), CsvForm(), ["t"], one_hot=["t"])


def test_a_survey_of_text_takes_little_memory(file: Path) -> None:
    with open(file, "w", encoding="utf-8") as out:
        for number in range(20_000):
            out.write(f"{number}{'x' * 300},{number}{'y' * 180}\n")
    tracemalloc.start()
    found = survey(file, CsvForm(header=False))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.columns[0].classes is None and found.columns[1].classes is None
    assert peak < 60e6


def test_a_survey_can_be_stopped(file: Path) -> None:
    assert survey(written(file, "a,t\n" + "1,2\n" * 200_000), CsvForm(), cancelled=lambda: True).rows < 200_000


def test_a_hundred_thousand_rows_take_a_second_or_so(file: Path) -> None:
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(100_000, 8))
    with open(file, "w", encoding="utf-8") as out:
        out.write("a,b,c,d,e,f,g,t\n")
        out.writelines(",".join(map(repr, row)) + "\n" for row in numbers.tolist())
    began = time.process_time()
    table = read(file, CsvForm(), ["t"])
    assert time.process_time() - began < 2.5
    assert np.hstack((table.inputs, table.targets)).tobytes() == numbers.tobytes()


def test_a_word_among_numbers_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b,c\n1,x,NA\n2,y,7\n\nthree,z,8\nfour,4,9\n")
    a, b, c = survey(file, CsvForm()).columns
    assert (a.word, a.word_line, a.numeric) == ("three", 5, False)
    assert (b.word, b.word_line) == ("x", 2) and (c.word, c.word_line, c.numeric) == ("", 0, True)


def test_a_column_of_words_alone_has_no_slip(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,x\n2,y\n")
    assert [column.word for column in survey(file, CsvForm()).columns] == ["", ""]


def test_headings_alone_are_refused_as_such(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("length,width,species\n")
    assert guess_form(file).header
    with pytest.raises(Refused, match="has headings but no rows"):
        survey(file, guess_form(file))
