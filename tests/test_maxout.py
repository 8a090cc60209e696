"""Maxout from the document to the tables: parameters of units, pieces and inputs, and what is said of each piece."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import nnviz
from nnviz.cli import main
from nnviz.engine.network import element_name
from nnviz.errors import Refused
from nnviz.exchange.tables import Context, rows, write_table
from nnviz.gui.panels.table_model import Rows, _route
from nnviz.report.divergence import array_index, find_divergence
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.example_gradients import ExampleGradients
from nnviz.report.inspection import accessible_description, describe, text_of
from nnviz.report.labels import Labels
from nnviz.report.metrics import METRICS, Survey, survey_before
from nnviz.report.moment import MEAN, Moment
from nnviz.report.pass_order import PassOrder
from nnviz.report.trace import Trace
from nnviz.session.document import Document
from nnviz.session.schema import document_schema
from nnviz.session.session import Session
from tests.networks import document

THREE = {"name": "maxout", "pieces": 3}
WEIGHTS = [[[1.0, 0.5], [-1.0, 0.25], [0.5, -0.5]], [[0.75, -1.0], [2.0, 1.0], [-0.5, 0.125]]]
BIASES = [[0.0, 0.5, -0.25], [0.5, 0.25, 0.125]]


def pieced(activation: Any = THREE, **values: Any) -> Document:
    """2 inputs, 2 units of three pieces, 1 output."""
    layers = [{"units": ["h1", "h2"], "activation": activation}, {"units": ["o1"], "activation": "sigmoid"}]
    given = {"W1": WEIGHTS, "b1": BIASES, "W2": [[1.0, -0.5]], "b2": [0.25]}
    return document(**{"layers": layers, "parameters": given, **values})


def stepped(**values: Any) -> Session:
    session = Session(pieced(**values))
    session.advance_step()
    return session


class View:
    """What the inspector is given."""

    example_text = "example 1"

    def __init__(self, session: Session, moment: Moment | None = None) -> None:
        self.document = session.document
        self.moment = moment or Moment(session.record, session.order.length, 1)
        self.survey = Survey(session.problem, self.moment.parameters(), session.segment.data)


# --- the document -----------------------------------------------------------------------------------------------


def test_parameters_are_read_and_written_as_unit_piece_input() -> None:
    found = pieced()
    again = Document.from_tree(json.loads(found.to_bytes()))
    assert again == found and again.parameters is not None
    assert again.parameters["W1"].tolist() == WEIGHTS and again.parameters["b1"].tolist() == BIASES
    jsonschema.validate(json.loads(found.to_bytes()), document_schema())


def test_pieces_are_two_where_nothing_is_said_and_one_setting_away() -> None:
    found = pieced("maxout", parameters={})
    array = found.network.array("W1")
    assert array is not None and array.shape == (2, 2, 2)
    more = found.with_values({"layers.0.activation.pieces": 4}).network.array("W1")
    assert more is not None and more.shape == (2, 4, 2)


@pytest.mark.parametrize(("values", "sentence"), [
    ({"W1": [[1.0, 2.0], [3.0, 4.0]]},
     "Layer 1 has 2 units of 3 pieces but weights of shape (2, 2). With pieces, W1 has the shape (2, 3, 2): unit,"),
    ({"W1": [WEIGHTS[0][:2], WEIGHTS[1][:2]]}, "Layer 1 has 2 units of 3 pieces but weights of shape (2, 2, 2)"),
    ({"W1": np.ones((2, 3, 5)).tolist()}, "Layer 1 has 2 inputs but weights of shape (2, 3, 5)"),
    ({"b1": [0.0, 0.0]},
     "Layer 1 has 2 units of 3 pieces but biases of shape (2,). With pieces, b1 has the shape (2, 3)"),
    ({"b1": [[0.0], [0.0]]}, "Layer 1 has 2 units of 3 pieces but biases of shape (2, 1)"),
    ({"W1": [[[1.0, 2.0], [3.0]], [[1.0, 2.0], [3.0, 4.0]]]}, "has 1 number where the first row has 2"),
])
def test_a_wrong_shape_is_refused_by_its_shape(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        pieced(parameters=values)
    assert sentence in str(refusal.value) and "parameters." in str(refusal.value)


@pytest.mark.parametrize("pieces", [1, 17, 2.5, "two"])
def test_pieces_are_a_whole_number_from_two_to_sixteen(pieces: Any) -> None:
    with pytest.raises(Refused, match="a whole number from 2 to 16"):
        pieced({"name": "maxout", "pieces": pieces}, parameters={})


def test_too_many_pieces_are_too_many_parameters() -> None:
    layers = [{"units": 4096, "activation": {"name": "maxout", "pieces": 16}},
              {"units": 80, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]
    document(layers=[{**layers[0], "activation": "tanh"}, *layers[1:]])
    wide = [{**layers[0]}, {"units": 100, "activation": {"name": "maxout", "pieces": 16}}, layers[2]]
    with pytest.raises(Refused, match="more than 5,000,000"):
        document(layers=wide)


def test_pieces_can_be_frozen_and_named_one_by_one() -> None:
    session = stepped(frozen=["W1[0,1,0]", "v"], labels={"b1[1,2]": "v", "W1[1,0,1]": "u"})
    update = session.problem.blocks.unpack(session.record.update)
    gradient = session.problem.blocks.unpack(session.record.gradient)
    assert update["W1"][0, 1, 0] == 0.0 and update["b1"][1, 2] == 0.0
    assert np.count_nonzero(update["W1"]) == np.count_nonzero(gradient["W1"]) - (gradient["W1"][0, 1, 0] != 0.0)
    with pytest.raises(Refused, match="2 × 3 × 2"):
        pieced(frozen=["W1[0,3,0]"])


def test_a_trained_network_goes_on_bit_for_bit_after_it_is_saved(tmp_path: Path) -> None:
    session = Session(pieced(parameters={}, optimiser={"name": "adam", "learning_rate": 0.1}, batch_size=3))
    session.advance_steps(7)
    path = tmp_path / "pieces.json"
    nnviz.save(session, path)
    again = nnviz.load(path)
    for one in (session, again):
        one.advance_steps(9)
    assert again.state.vector.tobytes() == session.state.vector.tobytes()


def test_another_number_of_pieces_starts_training_over_and_says_why() -> None:
    session = stepped()
    values = {"layers.0.activation.pieces": 2}
    assert "pieces" in session.reset_reason(values)
    session.edit(values, "two pieces")
    assert session.record.net(1).shape == (4, 4)
    session.undo()
    assert session.record.net(1).shape == (6, 4)


# --- the pass ---------------------------------------------------------------------------------------------------


def test_the_pass_visits_every_piece_and_each_place_is_found_again() -> None:
    network = pieced().network
    order = PassOrder(network)
    assert order.section("forward", "net", 1).count == 6 and order.section("backward", "net", 1).count == 6
    assert order.section("forward", "out", 1).count == 2
    for layer in (1, 2):
        elements = list(Labels(network, {}).elements(layer))
        assert [order.place_of(element) for element in elements] == list(range(order.parameters_in(layer)))
        names = [element_name(*array_index(element)) for element in elements]
        assert names == [element_name(array.name, index) for array in network.arrays if array.layer == layer
                         for index in np.ndindex(*array.shape)]


def test_every_calculation_of_the_trace_gives_its_value() -> None:
    session = stepped(batch_size=1)
    record = session.record
    trace = Trace(record, Labels(session.document.network, {}))
    known = {"max": max, "e": np.e}
    for row in (row for row in trace.rows() if row.phase != "loss"):
        text = row.calculation.partition(" = ")[2].replace("·", "*").replace("^", "**")
        expected = row.gradient if row.phase == "backward" else row.value
        assert eval(text, known) == pytest.approx(expected, rel=1e-12, abs=1e-15)
    nodes = [row.node for row in trace.rows() if row.phase == "forward"]
    assert nodes == [*(f"net {unit}[{piece}]" for unit in ("h1", "h2") for piece in range(3)), "out h1", "out h2",
                     "net o1", "out o1"]
    back = [row for row in trace.rows() if row.phase == "backward" and row.node.startswith("net h1")]
    assert sorted(row.local_gradient for row in back if row.local_gradient is not None) == [0.0, 0.0, 1.0]


def test_the_gradient_of_an_output_comes_back_through_every_piece_of_the_next_layer() -> None:
    layers = [{"units": ["h1"], "activation": "tanh"}, {"units": ["o1"], "activation": THREE}]
    session = Session(document(layers=layers, loss="half_squared_error", batch_size=1))
    session.advance_step()
    row = next(row for row in Trace(session.record, Labels(session.document.network, {})).rows()
               if row.phase == "backward" and row.node == "out h1")
    assert row.formula == ("∂E/∂out h1 = ∂E/∂net o1[0]·W2[0,0,0] + ∂E/∂net o1[1]·W2[0,1,0] + "
                           "∂E/∂net o1[2]·W2[0,2,0]")


def test_the_gradients_of_examples_have_the_gradient_as_their_mean() -> None:
    record = stepped().record
    table = ExampleGradients(record)
    whole = table.rows(np.arange(record.problem.network.parameter_count))
    np.testing.assert_allclose(whole.mean(axis=1), table.mean, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(np.square(whole).mean(axis=1), table.mean_square, rtol=1e-12, atol=1e-18)


def test_the_first_number_that_is_not_finite_names_the_piece() -> None:
    weights = np.array(WEIGHTS)
    weights[1, 2] = 1e308
    session = Session(pieced(parameters={"W1": weights.tolist(), "b1": BIASES}))
    found = find_divergence(session.record)
    assert found is not None and (found.quantity, found.unit, found.layer) == ("net input", "h2[2]", 1)


def test_no_unit_counts_as_dead_or_saturated() -> None:
    session = Session(pieced())
    survey = survey_before(session.record, session.segment.data)
    assert not survey.dead(1).any() and METRICS["dead_units"].of(session.record, survey) is None


# --- tables -----------------------------------------------------------------------------------------------------


def test_parameters_have_their_canonical_names_and_their_units() -> None:
    session = stepped()
    context = Context.of_session(session)
    found = rows("parameters", session.record, context)
    weights = [row[2] for row in found if row[5] == "weight" and row[4] == 1]
    assert weights == [f"W1[{unit},{piece},{source}]" for unit in range(2) for piece in range(3) for source in range(2)]
    assert {(row[6], row[7]) for row in found if row[2] == "W1[1,2,0]"} == {("h2", "i1")}
    values = {row[2]: row[8] for row in found}
    assert values["W1[1,1,0]"] == 2.0 and values["b1[0,2]"] == -0.25
    text: list[bytes] = []
    write_table("parameters", [session.record], context, text.append)
    parsed = list(csv.reader(io.StringIO(b"".join(text).decode())))
    assert [row[2] for row in parsed[1:]] == [row[2] for row in found]


def test_a_unit_in_the_table_of_neurons_has_the_numbers_of_the_piece_that_won() -> None:
    session = stepped()
    record = session.record
    found = [row for row in rows("neurons", record, Context.of_session(session)) if row[4] == "h2"]
    for example, row in enumerate(found):
        net = float(record.net(1)[3:, example].max())
        assert row[5:7] == (net, net) and row[8] == 1.0
        assert row[9] == row[7] == record.output_gradient(1)[1, example]


def test_the_filter_of_the_gradient_table_knows_pieces() -> None:
    session = stepped()
    found = Rows(session.problem, session.document)

    def names(text: str) -> list[str]:
        return [found.name(int(place)).canonical for place in np.flatnonzero(found.matching(text))]

    assert names("W1[1,2") == ["W1[1,2,0]", "W1[1,2,1]"]
    assert names("w1[0,1,1]") == ["W1[0,1,1]"] and names("b1[1,0]") == ["b1[1,0]"]
    assert names("W2[0,1]") == ["W2[0,1]"] and len(names("b1[1")) == 3 and len(names("bias")) == 7
    assert all(found.row_of(found.element(row)) == row for row in range(len(found)))
    routes = {found.name(row).canonical: _route(found, found.name(row)) for row in range(len(found))}
    assert routes["W1[1,2,0]"] == "i1 → h2[2]" and routes["b1[0,1]"] == "→ h1[1]" and routes["W2[0,1]"] == "h2 → o1"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_command_line_exports_trains_and_checks(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    settings = ["--set", "layers.0.activation=maxout", "--set", "layers.0.activation.pieces=3"]
    out = tmp_path / f"table.{form}"
    assert main(["export", "xor", *settings, "--table", "parameters", "--format", form, "-o", str(out)]) == 0
    assert out.stat().st_size > 500
    assert main(["check", "xor", *settings]) == 0
    capsys.readouterr()
    assert main(["train", "xor-maxout"]) == 0
    assert float(capsys.readouterr().out.split()[-1]) < 0.01


# --- what is said -----------------------------------------------------------------------------------------------


def test_the_inspector_has_every_piece_and_says_which_won() -> None:
    session = stepped()
    lines = dict(text_of(View(session), Unit(1, 0)))
    nets = session.record.net(1)[:3, 1].tolist()
    said = [lines[f"net input of piece {piece}"] for piece in range(3)]
    assert [float(re.split(",", text)[0]) for text in said] == nets
    assert [", wins" in text for text in said] == [net == max(nets) for net in nets]
    slopes = [float(lines[f"∂out/∂net of piece {piece}"]) for piece in range(3)]
    assert slopes == [float(net == max(nets)) for net in nets]
    assert sum(float(lines[f"δ = ∂E/∂net of piece {piece}"]) for piece in range(3)) == float(lines["∂E/∂out"])
    view = View(session)
    heard = accessible_description(session.document, view.moment, Unit(1, 0))
    assert f" of piece {nets.index(max(nets))}, delta" in heard
    tip = describe(session.document, view.moment, Unit(1, 0)).splitlines()
    assert sum(line.startswith("net input of piece") for line in tip) == 3 and "wins" in "".join(tip)
    assert lines["bias of piece 1"].startswith("b1[0,1] = ") and "first" in lines["derivative"]


def test_a_tie_is_said_to_be_one() -> None:
    session = Session(pieced(parameters={"W1": np.ones((2, 3, 2)).tolist(), "b1": np.zeros((2, 3)).tolist()}))
    before_the_update = session.order.section("update", "parameter", 1).start
    lines = dict(text_of(View(session, Moment(session.record, before_the_update, 1)), Unit(1, 0)))
    assert lines["net input of piece 0"] == "1.0, wins"
    assert lines["net input of piece 2"] == "1.0, as large as the first, which wins"
    assert lines["note"] == "pieces 1, 2 win on none of the training examples, so they learn nothing"


def test_for_the_mean_the_share_of_wins_is_said() -> None:
    session = stepped()
    lines = dict(text_of(View(session, Moment(session.record, session.order.length, MEAN)), Unit(1, 0)))
    shares = [(session.record.winners(1)[0] == piece).mean() for piece in range(3)]
    for piece, share in enumerate(shares):
        if 0.0 < share < 1.0:
            assert f"wins on {share:.0%} of the batch" in lines[f"net input of piece {piece}"]
    assert any(0.0 < share < 1.0 for share in shares)


def test_weights_and_biases_say_their_piece() -> None:
    session = stepped(labels={"W1[0,2,1]": "w"})
    view = View(session)
    lines = dict(text_of(view, Weight(1, 0, 1, 2)))
    assert (lines["weight"], lines["name"], lines["to"], lines["piece"]) == ("w", "W1[0,2,1]", "h1", "2")
    own = session.record.delta(1)[2, 1] * session.record.inputs[1, 1]
    assert float(lines["of example 1"]) == own
    assert dict(text_of(view, Bias(1, 1, 0)))["piece"] == "0"
    assert "to piece 2 of h1" in describe(session.document, view.moment, Weight(1, 0, 1, 2))
    assert "b1[1,0] of piece 0 of h2" in accessible_description(session.document, view.moment, Bias(1, 1, 0))


def test_a_weight_of_a_piece_is_edited_and_only_that_one() -> None:
    session = stepped()
    session.set_parameter(Weight(1, 1, 0, 2), 7.5)
    session.set_parameter(Bias(1, 0, 1), -3.0)
    found = session.problem.blocks.unpack(session.state.parameters(session.problem))
    assert found["W1"][1, 2, 0] == 7.5 and found["b1"][0, 1] == -3.0
    assert np.count_nonzero(found["W1"] == 7.5) == 1
    session.undo()
    session.undo()
    assert session.moment().read(session.record.parameters, Weight(1, 1, 0, 2)) == -0.5


def test_nothing_of_a_piece_is_said_before_the_cursor_has_come_there() -> None:
    session = Session(pieced())
    lines = dict(text_of(View(session, Moment(session.record, 2, 1)), Unit(1, 0)))
    assert lines["net input of piece 1"] != "–" and lines["net input of piece 2"] == "–"
    assert not any("wins" in text for what, text in lines.items() if what.startswith("net input"))
