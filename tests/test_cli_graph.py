"""On the command line a computation graph has its trace and its leaves, and is trained, checked and described."""

from __future__ import annotations

import csv
import doctest
import io
import re
from pathlib import Path

import pytest

from nnviz.engine.gates import FUNCTIONS
from nnviz.session.examples import open_example
from tests.command_line import Nnviz, assert_refused, last_line
from tests.session.test_computation_graph import CLOSE, LECTURES


@pytest.mark.parametrize("name", LECTURES)
def test_the_trace_has_the_lectures_numbers(nnviz: Nnviz, name: str) -> None:
    answer = nnviz("export", name, "--table", "trace")
    assert answer.status == 0
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    there = {row["node"]: float(row["value"]) for row in rows if row["phase"] == "forward"}
    back = {row["node"]: (float(row["value"]), float(row["gradient"])) for row in rows if row["phase"] == "backward"}
    assert back == {node: pytest.approx(numbers, abs=CLOSE) for node, numbers in LECTURES[name].items()}
    assert there == {node: back[node][0] for node in there}
    assert set(back) - set(there) == set(open_example(name).network.names(1))
    for row in rows:
        if row["local_gradient"]:
            assert float(row["local_gradient"]) * float(row["upstream_gradient"]) == float(row["gradient"])


def test_a_graph_is_trained_checked_and_described(nnviz: Nnviz) -> None:
    step, loss = last_line(nnviz("train", "gate-descent"))
    assert step == 50 and loss < 1e-20
    assert nnviz("check", "gate-sigmoid-neuron").status == 0
    told = nnviz("info", "gate-linear").text
    assert "f: w*x + b" in told and "w = -2.0, x = 5.0, b = 3.0" in told and "result: -7.0" in told


def test_a_graph_has_no_units_and_no_examples_and_predicts_nothing(nnviz: Nnviz) -> None:
    for table in ("neurons", "examples", "metrics"):
        answer = nnviz("export", "gate-max", "--table", table)
        assert_refused(answer, f"no table {table!r} of a computation graph", "parameters, trace")
    assert_refused(nnviz("predict", "gate-max", "--data", "none.csv"), "takes no inputs")


def test_leaves_and_the_rule_for_ties_are_set_by_their_paths(nnviz: Nnviz) -> None:
    answer = nnviz("export", "gate-max", "--table", "parameters", "--set", "values.x=2", "--set", "ties=both")
    assert [row.split(",")[-3:] for row in answer.text.splitlines()[1:]] == [["1.0", "0.0", "2.0"]] * 2
    assert_refused(nnviz("train", "gate-max", "--set", "expression=max(x"), "character 4")


def test_the_session_of_the_page_is_a_real_one() -> None:
    page = Path(__file__).parents[1] / "docs" / "graphs.md"
    session = "\n".join(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
    test = doctest.DocTestParser().get_doctest(session, {}, "graphs.md", str(page), 0)
    assert test.examples and not doctest.DocTestRunner().run(test).failed


def test_the_page_names_every_function() -> None:
    page = (Path(__file__).parents[1] / "docs" / "graphs.md").read_text("utf-8")
    assert all(re.search(rf"\b{name}\b", page) for name in FUNCTIONS)
