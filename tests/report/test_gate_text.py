"""What is told of a gate names every input that it has."""

from __future__ import annotations

import pytest

from nnviz.engine.expression import Operation
from nnviz.report.elements import Unit
from nnviz.report.gate_text import MOST_TERMS, calculation_of, formula_of
from nnviz.report.gates import GateReading
from nnviz.report.labels import Labels
from nnviz.report.neuron_graph import neuron_graph
from nnviz.session.examples import open_example
from nnviz.session.session import Session


def sum_in(name: str, unit: Unit) -> tuple[GateReading, int]:
    """An opened neuron, and its gate with the most inputs."""
    session = Session(open_example(name))
    session.advance_steps(1)
    reading = neuron_graph(session.moment(), Labels(session.problem.network, session.document.labels), unit).reading
    nodes = reading.expression.nodes
    return reading, max((place for place, node in enumerate(nodes) if isinstance(node, Operation)),
                        key=lambda place: len(nodes[place].inputs))


@pytest.mark.parametrize("name, unit", [("xor", Unit(2, 0)), ("iris", Unit(1, 0)), ("digits-784-16-16-10", Unit(1, 0))])
def test_a_sum_of_many_reads_all_its_terms_or_says_that_there_are_more(name: str, unit: Unit) -> None:
    reading, gate = sum_in(name, unit)
    found = reading.expression.nodes[gate]
    assert isinstance(found, Operation) and len(found.inputs) > 2
    left, _, right = calculation_of(reading, gate).rpartition(" = ")
    terms = [text.strip("()") for text in left.split(" + ")]
    assert float(right) == reading.values[gate]
    if len(found.inputs) <= MOST_TERMS:
        assert [float(term) for term in terms] == [reading.values[source] for source in found.inputs]
        assert formula_of(found) == " + ".join("abcdefghij"[: len(terms)])
    else:
        assert len(terms) == MOST_TERMS and terms[-2] == "…" and float(terms[-1]) == reading.values[found.inputs[-1]]
        assert formula_of(found) == "a + b + c + …"
