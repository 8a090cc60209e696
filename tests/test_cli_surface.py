"""The commands on a surface: what they do as on a network, and what they refuse."""

from __future__ import annotations

from pathlib import Path

from tests.command_line import Nnviz, last_line


def test_a_surface_is_trained_saved_and_goes_on_bit_for_bit(nnviz: Nnviz, tmp_path: Path) -> None:
    words = ("--set", "optimiser.name=adam", "--set", "values.x=2.5", "--set", "expression=x^2 + y^4")
    half, whole = tmp_path / "half.json", tmp_path / "whole.json"
    nnviz("train", "surface-ravine", *words, "--steps", "6", "-o", half)
    answer = nnviz("train", "surface-ravine", *words, "--steps", "13", "-o", whole)
    assert last_line(answer)[0] == 13 and last_line(answer)[1] < 2.5**2
    nnviz("train", half, "--steps", "7", "-o", half)
    assert half.read_bytes() == whole.read_bytes()


def test_a_surface_has_no_table_of_units_and_predicts_nothing(nnviz: Nnviz, tmp_path: Path) -> None:
    data, out = tmp_path / "in.csv", tmp_path / "out.csv"
    data.write_text("1\n1\n")
    answer = nnviz("export", "surface-ravine", "--table", "neurons", "-o", out)
    assert answer.status == 2 and "Ask for one of: parameters, metrics" in answer.err and not out.exists()
    answer = nnviz("predict", "surface-ravine", "--data", data, "-o", out)
    assert answer.status == 2 and "a surface takes no inputs" in answer.err and not out.exists()


def test_a_surfaces_gradients_are_checked_by_the_names_of_its_variables(nnviz: Nnviz) -> None:
    answer = nnviz("check", "surface-rosenbrock")
    assert answer.status == 0 and "W1" not in answer.text and "complex step" in answer.text
    assert [line.split()[0] for line in answer.text.splitlines()[3:5]] in (["x", "y"], ["y", "x"])
    bent = nnviz("check", "surface-ravine", "--set", "expression=abs(x) + max(y, x)", "--set", "values.x=1e-5")
    assert bent.status == 0 and "central differences" in bent.text and "lies at a kink" in bent.text
