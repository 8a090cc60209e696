"""An opened neuron has the numbers of the pass, and its gates multiply out to them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from nnviz.engine import activations
from nnviz.engine.expression import GATES, Operation, Variable
from nnviz.report.elements import Alpha, Bias, Unit, Weight
from nnviz.report.example_gradients import ExampleGradients
from nnviz.report.gates import GateReading
from nnviz.report.labels import Labels
from nnviz.report.moment import MEAN, Moment
from nnviz.report.neuron_graph import PRIMITIVES, NeuronGraph, neuron_graph, opens
from nnviz.report.titles import nets_of
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session

RANDOM = np.random.default_rng(2)
KINDS = [name for name in activations.TABLE if name in GATES or name in PRIMITIVES
         or name in ("identity", "maxout", "softmax")]


def session_of(kind: str, inputs: int = 3, bias: str = "per_unit", steps: int = 2) -> Session:
    activation: Any = {"name": "maxout", "pieces": 3} if kind == "maxout" else kind
    session = Session(Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": inputs, "seed": 4,
        "layers": [{"units": 4, "activation": activation, "bias": bias},
                   {"units": 3, "activation": activation, "bias": bias},
                   {"units": 2, "activation": "identity"}],
        "loss": "squared_error", "optimiser": {"name": "sgd", "learning_rate": 0.05},
        "data": {"inputs": RANDOM.normal(size=(5, inputs)).tolist(),
                 "targets": RANDOM.normal(size=(5, 2)).tolist()},
    }))
    session.advance_steps(steps)
    return session


def opened(session: Session, unit: Unit, example: int = 1, cursor: int | None = None, **more: Any) -> NeuronGraph:
    moment = session.moment(example) if cursor is None else Moment(session.record, cursor, example)
    return neuron_graph(moment, Labels(session.problem.network, session.document.labels), unit, **more)


def whole(session: Session, example: int) -> Moment:
    return Moment(session.record, session.moment(example).order.length, example)


def value_of(node: Operation, reading: GateReading) -> Any:
    given = [reading.values[source] for source in node.inputs]
    return sum(given) if node.gate == "add" else GATES[node.gate].value(*given)


def picked(values: Any, example: int) -> Any:
    return values.mean(axis=-1) if example == MEAN else values[..., example]


@pytest.mark.parametrize("primitives", [False, True])
@pytest.mark.parametrize("bias", ["per_unit", "shared", "none"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_that_of_the_pass(kind: str, bias: str, primitives: bool) -> None:
    session = session_of(kind, bias=bias)
    record, table = session.record, ExampleGradients(session.record)
    order = session.moment(0).order
    labels = Labels(session.problem.network, {})
    gradients = table.rows(np.arange(table.starts[-1]))
    for example in (0, 3, MEAN):
        pick = partial(picked, example=example)
        for unit in (Unit(1, 2), Unit(2, 0)):
            graph = neuron_graph(whole(session, example), labels, unit, primitives)
            reading, layer = graph.reading, unit.layer
            assert reading.values_known.all()
            nodes = reading.expression.nodes
            assert reading.elements[-1] == unit
            assert reading.values[-1] == pytest.approx(pick(record.output(layer)[unit.unit]), rel=1e-15)
            assert reading.gradients[-1] == pytest.approx(pick(record.output_gradient(layer)[unit.unit]), rel=1e-13)
            for place, (node, element) in enumerate(zip(nodes, reading.elements, strict=True)):
                if isinstance(element, Weight | Alpha):
                    row = table.starts[layer - 1] + order.place_of(element)
                    own = pick(gradients[row])
                    if isinstance(element, Alpha) and not labels.has_own_alphas(layer):
                        own = pick(record.output_gradient(layer)[unit.unit]
                                   * np.minimum(record.net(layer)[unit.unit], 0.0))
                    assert reading.gradients[place] == pytest.approx(own, rel=1e-12, abs=1e-15)
                elif isinstance(element, Bias):
                    nets = nets_of(session.problem.network, layer, unit.unit)
                    own = sum(pick(record.delta(layer)[net]) for net in nets) if element.piece is None else pick(
                        record.delta(layer)[nets[element.piece]])
                    assert reading.gradients[place] == pytest.approx(own, rel=1e-13)
                elif isinstance(element, Unit) and element.layer == layer - 1:
                    weights = session.problem.blocks.weights(record.parameters, layer)
                    nets = nets_of(session.problem.network, layer, unit.unit)
                    own = sum(pick(record.delta(layer)[net]) * weights[net, element.unit] for net in nets)
                    assert isinstance(node, Variable)
                    assert reading.gradients[place] == pytest.approx(own, rel=1e-12, abs=1e-15)
                    assert reading.values[place] == pytest.approx(pick(record.output(layer - 1)[element.unit]))


@pytest.mark.parametrize("primitives", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_of_one_example_every_gate_multiplies_out(kind: str, primitives: bool) -> None:
    """gradient = Σ local gradient × upstream over the gates that a value goes into; and values follow from inputs."""
    session = session_of(kind)
    for example in range(5):
        graph = neuron_graph(whole(session, example), Labels(session.problem.network, {}), Unit(2, 1), primitives)
        reading, nodes = graph.reading, graph.reading.expression.nodes
        back = np.zeros(len(nodes))
        back[-1] = reading.gradients[-1]
        total = len(nodes) - 2 if kind == "softmax" else -1      # what comes back to the sum from the other outputs
        for place in range(len(nodes) - 1, -1, -1):
            node = nodes[place]
            if place == total:
                back[place] = reading.gradients[place]
            if isinstance(node, Operation):
                value = value_of(node, reading)
                assert reading.values[place] == pytest.approx(float(value), rel=1e-12, abs=1e-14)
                for number, source in enumerate(node.inputs):
                    back[source] += reading.term(place, number)
        np.testing.assert_allclose(back, reading.gradients, rtol=1e-11, atol=1e-14)


def test_of_many_inputs_the_largest_are_drawn_and_the_sum_stays_whole() -> None:
    session = session_of("tanh", inputs=784)
    graph = opened(session, Unit(1, 0))
    nodes, reading = graph.reading.expression.nodes, graph.reading
    assert sum(isinstance(node, Operation) and node.gate == "multiply" for node in nodes) == 12
    assert graph.hidden == 772 and "772 more" in reading.names
    leaf = reading.names.index("772 more")
    record = session.record
    products = session.problem.blocks.weights(record.parameters, 1)[0] * record.output(0)[:, 1]
    drawn = sorted(element.source for element in reading.elements if isinstance(element, Weight))
    assert drawn == sorted(np.argsort(-np.abs(products))[:12].tolist())
    assert reading.values[leaf] == pytest.approx(np.delete(products, drawn).sum(), rel=1e-12)
    assert "772 inputs" in graph.notes[0]


def test_what_the_cursor_has_not_reached_is_unknown_and_what_it_does_is_marked() -> None:
    session = session_of("sigmoid", steps=0)
    order, unit = session.moment(1).order, Unit(2, 1)
    seen = set()
    before = -1
    for cursor in range(order.length + 1):
        reading = opened(session, unit, cursor=cursor).reading
        known = int(reading.values_known.sum() + reading.gradients_known.sum())
        assert known >= before
        before = known
        if reading.active is not None:
            place, last = reading.active, order.at(cursor - 1)
            assert reading.elements[place] == last.element
            assert (reading.gradients_known if reading.goes_back else reading.values_known)[place]
            seen.add((place, reading.goes_back))
    assert not opened(session, unit, cursor=0).reading.values_known[-1]
    assert len(seen) == 4 + 2 + 2 + 4 + 4 + 1    # outputs before, net and out; back: both, 4 inputs, 4 weights, a bias


def test_the_lectures_hidden_unit_opens_with_its_names() -> None:
    session = Session(open_example("mazur-2-2-2"))
    session.advance_steps(1)
    graph = opened(session, Unit(1, 0), example=0)
    assert set(graph.reading.names) >= {"w1", "w2", "b1", "i1", "i2", "net h1", "out h1"}
    assert graph.title == "h1: Sigmoid of 2 inputs" and graph.has_primitives and not graph.notes


def test_a_maxout_unit_shares_its_inputs_among_its_pieces() -> None:
    session = session_of("maxout")
    reading = opened(session, Unit(2, 0)).reading
    names = [name for name in reading.names if name]
    assert len(names) == len(set(names))
    assert [f"net {session.problem.network.net_name(2, piece)}" in names for piece in range(3)] == [True] * 3


def test_an_input_has_nothing_to_open() -> None:
    assert not opens(Unit(0, 0)) and not opens(Weight(1, 0, 0)) and not opens(None) and opens(Unit(1, 0))
    with pytest.raises(LookupError):
        opened(session_of("tanh"), Unit(0, 0))


@pytest.mark.parametrize("kind", ["relu", "leaky_relu", "prelu", "elu"])
@pytest.mark.parametrize("primitives", [False, True])
def test_at_a_corner_the_slope_is_the_one_that_the_pass_took(kind: str, primitives: bool) -> None:
    session = Session(Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 1,
        "layers": [{"units": 1, "activation": kind}, {"units": 1, "activation": "identity"}],
        "parameters": {"W1": [[1.0]], "b1": [-1.0], "W2": [[2.0]], "b2": [0.0]},
        "loss": "squared_error", "data": {"inputs": [[1.0]], "targets": [[1.0]]},
    }))
    graph = neuron_graph(whole(session, 0), Labels(session.problem.network, {}), Unit(1, 0), primitives)
    reading = graph.reading
    net = reading.names.index("net h1")
    back = sum(reading.term(place, number) for place, node in enumerate(reading.expression.nodes)
               if isinstance(node, Operation) for number, source in enumerate(node.inputs) if source == net)
    assert back == pytest.approx(reading.gradients[net], abs=1e-15)


def test_numbers_that_have_run_away_open_as_they_are() -> None:
    session = Session(Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": 2,
        "layers": [{"units": 2, "activation": "softmax"}], "loss": "cross_entropy",
        "data": {"inputs": [[1e308, 1e308]], "targets": [[1.0, 0.0]]},
    }))
    assert len(opened(session, Unit(1, 0), example=0).reading.values) > 6
