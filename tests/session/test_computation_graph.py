"""A computation graph is a document like any other: the lectures' graphs have the lectures' numbers, gate by gate."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnviz
from nnviz.engine.gates import GATES, TIES
from nnviz.engine.rewriting import collapsed, expanded
from nnviz.errors import EditRefused, FormulaRefused, Refused
from nnviz.report.divergence import find_divergence, is_in
from nnviz.report.elements import GateNode, Unit, Weight
from nnviz.report.formulas import Formulas
from nnviz.report.gates import GateReading, read_gates
from nnviz.report.inspection import accessible_description, describe, text_of
from nnviz.report.labels import Labels
from nnviz.report.mathematics import worked_out
from nnviz.report.standstill import standstill_sentence
from nnviz.session.document import Document
from nnviz.session.examples import example_names, open_example
from nnviz.session.schema import document_schema
from nnviz.session.session import Session
from tests.networks import bits, reopened, standing

GRAPHS = [name for name in example_names() if open_example(name).graph is not None]
Numbers = dict[str, float]
# CURRICULUM, section 4: what every node is called, its value, its gradient.
LECTURES: dict[str, dict[str, tuple[float, float]]] = {
    "gate-product-sum": {"x": (-2.0, -4.0), "y": (5.0, -4.0), "z": (-4.0, 3.0), "q": (3.0, -4.0), "f": (-12.0, 1.0)},
    "gate-linear": {"w": (-2.0, 5.0), "x": (5.0, -2.0), "b": (3.0, 1.0), "g": (-10.0, 1.0), "f": (-7.0, 1.0)},
    "gate-sigmoid-neuron": {
        "w0": (2.0, -0.196611933241), "x0": (-1.0, 0.393223866483), "w1": (-3.0, -0.393223866483),
        "x1": (-2.0, -0.589835799724), "w2": (-3.0, 0.196611933241),
        "g1": (-2.0, 0.196611933241), "g2": (6.0, 0.196611933241), "g3": (4.0, 0.196611933241),
        "g4": (1.0, 0.196611933241), "g5": (-1.0, -0.196611933241), "g6": (0.367879441171, -0.534446645389),
        "g7": (1.367879441171, -0.534446645389), "f": (0.731058578630, 1.0),
    },
    "gate-max": {"x": (-1.0, 0.0), "y": (2.0, 1.0), "f": (2.0, 1.0)},
    "gate-branch": {"x": (3.0, 5.0), "w": (4.0, 3.0), "g1": (12.0, 1.0), "y": (15.0, 1.0)},
}
CLOSE = 5e-13


def graph(expression: str, **values: Any) -> Document:
    """A graph; `values` are of its leaves, or other keys of the document where they are no numbers."""
    others = {key: value for key, value in values.items() if not isinstance(value, int | float)}
    leaves = {key: value for key, value in values.items() if key not in others}
    tree = {"format": "nnviz", "version": 1, "kind": "graph", "expression": expression, **others}
    return Document.from_tree({**tree, **({"values": leaves} if leaves else {})})


def known(reading: GateReading) -> tuple[Numbers, Numbers]:
    """Values and gradients that are known, by the nodes' names."""
    found = []
    for numbers, mask in ((reading.values, reading.values_known), (reading.gradients, reading.gradients_known)):
        found.append({name: float(number) for name, number, is_known in zip(reading.names, numbers, mask, strict=True)
                      if name and is_known})
    return found[0], found[1]


def leaves(session: Session) -> Numbers:
    return dict(zip(session.problem.network.names(1), session.parameters_now().tolist(), strict=True))


# --- the lectures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LECTURES)
def test_stepping_gate_by_gate_shows_the_lectures_numbers_one_after_the_other(name: str) -> None:
    session, expected = nnviz.load(name), LECTURES[name]
    values, gradients = known(read_gates(session.moment()))
    assert set(values) == set(session.problem.network.names(1)) and not gradients
    seen: list[str] = []
    while not session.moment().is_complete:
        before = sum(map(len, known(read_gates(session.moment()))))
        session.advance()
        reading = read_gates(session.moment())
        values, gradients = known(reading)
        assert len(values) + len(gradients) == before + 1, "one number an operation"
        assert reading.active is not None
        node = reading.names[reading.active]
        assert node in (gradients if reading.goes_back else values)
        seen.append(node)
        for found, column in ((values, 0), (gradients, 1)):
            assert found == pytest.approx({key: expected[key][column] for key in found}, abs=CLOSE)
    assert set(values) == set(gradients) == set(expected)
    result = reading.names[-1]
    gates = len(reading.expression.gates)
    assert seen[gates - 1 : gates + 1] == [result, result], "the way back begins where the way there ends"


@pytest.mark.parametrize("name", LECTURES)
def test_a_graph_saved_and_opened_again_has_the_same_numbers(name: str) -> None:
    session = nnviz.load(name)
    session.advance_steps(1)
    assert known(read_gates(reopened(session).moment())) == known(read_gates(nnviz.load(name).moment()))
    assert bits(reopened(session).record) == bits(session.record)


def test_a_branch_adds_and_has_no_single_factor() -> None:
    rows = {row[6]: row for row in nnviz.rows(nnviz.load("gate-branch"), "trace") if row[3] == "backward"}
    node = next(row for row in rows.values() if row[5] == "x")
    assert node[6:] == ("∂y/∂x = ∂y/∂y + ∂y/∂g1·w", "∂y/∂x = 1.0·1 + 1.0·4.0", 3.0, None, None, 5.0)


def test_the_gates_of_the_sigmoid_neuron_are_the_lectures() -> None:
    expression = nnviz.load("gate-sigmoid-neuron").problem.loss_row.expression
    assert expression is not None
    kinds = [expression.nodes[place].gate for place in expression.gates]  # type: ignore[union-attr]  # they are gates
    assert kinds == ["multiply", "multiply", "add", "add", "negate", "exp", "add", "divide"]


def test_one_sigmoid_gate_gives_the_same_answers_as_its_primitives_and_it_is_one_edit_each_way() -> None:
    session = nnviz.load("gate-sigmoid-neuron")
    before = standing(session)
    gradient = session.record.gradient
    expression = session.document.graph.expression  # type: ignore[union-attr]  # it is a graph
    session.edit({"expression": collapsed(expression).text}, "one gate")
    assert session.document.get("expression") == "sigmoid(w0*x0 + w1*x1 + w2)"
    assert session.record.loss == pytest.approx(0.731058578630, abs=CLOSE)
    np.testing.assert_allclose(session.record.gradient, gradient, rtol=1e-14)
    session.edit({"expression": expanded(session.document.graph.expression).text}, "gates")  # type: ignore[union-attr]
    np.testing.assert_array_equal(session.record.gradient, gradient)
    session.undo()
    session.undo()
    assert standing(session) == before


# --- gates ------------------------------------------------------------------------------------------------------


def test_every_gate_says_what_it_does_to_a_gradient() -> None:
    assert {name: GATES[name].deed for name in ("add", "max", "multiply")} == {
        "add": "distributes", "max": "routes", "multiply": "switches"}
    assert all(row.deed and row.help for row in GATES.values())


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("gate", ["max", "min"])
def test_the_rule_for_ties_says_who_gets_the_gradient_and_changes_nothing_else(gate: str, ties: str) -> None:
    row = TIES[ties]
    session = Session(graph(f"{gate}(x, y)", x=2, y=2, ties=ties))
    assert session.record.gradient.tolist() == [row.first, row.second]
    apart = Session(graph(f"{gate}(x, y)", x=1, y=2, ties=ties))
    assert apart.record.gradient.tolist() == ([0.0, 1.0] if gate == "max" else [1.0, 0.0])
    assert row.said in session.problem.loss_row.kink


def test_ties_and_optimiser_are_edits_that_can_be_undone() -> None:
    session = Session(graph("max(x, y)", x=2, y=2))
    for values, gradient, update in (
        ({"ties": "first"}, [1.0, 0.0], [0.0, 0.0]),
        ({"optimiser": {"name": "sgd", "learning_rate": 0.5}}, [1.0, 0.0], [-0.5, 0.0]),
        ({"optimiser": "none"}, [1.0, 0.0], [0.0, 0.0]),
    ):
        before = standing(session)
        session.edit(values, "edit")
        assert (session.record.gradient.tolist(), session.record.update.tolist()) == (gradient, update)
        after = standing(session)
        session.undo()
        assert standing(session) == before
        session.redo()
        assert standing(session) == after
    assert session.document == graph("max(x, y)", x=2, y=2, ties="first")


# --- editing ----------------------------------------------------------------------------------------------------


def test_another_expression_keeps_the_values_of_its_leaves_and_the_names_of_its_gates() -> None:
    session = nnviz.load("gate-product-sum")
    session.set_parameter(Weight(1, 0, 0), 7.0)
    before = standing(session)
    session.edit({"expression": "w*(x + y)"}, "another formula")
    assert leaves(session) == {"w": 1.0, "x": 7.0, "y": 5.0}
    assert session.problem.network.gates is not None
    assert session.problem.network.gates.names == ("w", "x", "y", "q", "f")
    assert session.document.get("values") == {"w": 1.0, "x": 7.0, "y": 5.0}
    session.undo()
    assert standing(session) == before
    with pytest.raises(FormulaRefused, match="character 3") as caught:
        session.edit({"expression": "x+*y"}, "a slip")
    assert caught.value.character == 2 and standing(session) == before


def test_another_expression_of_the_same_leaves_goes_on_where_training_is() -> None:
    session = nnviz.load("gate-descent")
    session.advance_steps(5)
    now = leaves(session)
    session.edit({"expression": "abs(w*x - t)"}, "another loss")
    assert leaves(session) == now and session.step == 6
    session.advance_steps(1)
    assert leaves(session)["w"] != now["w"] and leaves(session)["x"] == now["x"]


@pytest.mark.parametrize("back", [0, 1])
def test_a_phase_that_is_done_stays_done_when_gates_are_put_together_or_taken_apart(back: int) -> None:
    session = nnviz.load("gate-sigmoid-neuron")
    apart = session.document.get("expression")
    for expression in (None, "sigmoid(w0*x0 + w1*x1 + w2)", apart):
        if expression is None:
            session.seek_operation(session.order.section("forward", "gate", 1).end + back)
        else:
            session.edit({"expression": expression}, "gates")
        assert session.place.cursor == session.order.section("forward", "gate", 1).end + back
    session.seek_operation(session.order.length - 1)
    session.edit({"expression": "sigmoid(w0*x0 + w1*x1 + w2)"}, "gates")
    assert not session.moment().is_complete


def test_after_a_whole_pass_every_number_follows_a_leaf_that_is_changed() -> None:
    session = nnviz.load("gate-product-sum")
    session.advance_step()
    x = Weight(1, 0, 0)
    tried = session.preview_parameter(x, 3.0)
    assert tried.is_complete and tried.record.loss == -32.0
    session.set_parameter(x, 3.0)
    assert session.moment().is_complete and session.record.loss == -32.0
    assert session.moment().gradient_of(Weight(1, 2, 0)) == 8.0
    session.edit({"ties": "first"}, "another rule")
    session.set_parameter(Weight(1, 1, 0), 1.0)
    session.retreat()
    session.set_parameter(x, 1.0)
    assert not session.moment().is_complete and session.place.cursor == session.order.length - 1
    for _ in range(3):
        session.undo()
    assert session.moment().is_complete and session.record.loss == -32.0
    session.undo()
    assert session.moment().is_complete and session.record.loss == -12.0


def test_after_a_whole_pass_a_result_that_is_not_finite_leaves_the_pass_to_be_stepped_through() -> None:
    session = Session(graph("log(x)", x=2.0))
    session.advance_step()
    session.set_parameter(Weight(1, 0, 0), -1.0)
    assert session.place.cursor == 0
    session.advance()
    assert np.isnan(session.record.loss)


def test_after_a_whole_step_of_training_an_edit_begins_the_next_one() -> None:
    session = nnviz.load("gate-descent")
    session.advance_step()
    session.set_parameter(Weight(1, 0, 0), 3.0)
    assert (session.place.step, session.place.cursor) == (2, 0)


def test_a_frozen_leaf_that_is_gone_is_forgotten() -> None:
    session = nnviz.load("gate-descent")
    session.edit({"expression": "(w*x)^2"}, "no target")
    assert session.document.raw["frozen"] == ["x"] and session.record.update.tolist()[1] == 0.0


def test_a_random_start_draws_the_leaves_and_reset_returns_to_it() -> None:
    session = nnviz.load("gate-descent")
    session.restart(5)
    drawn = leaves(session)
    assert drawn != leaves(nnviz.load("gate-descent")) and all(abs(value) <= 3.0 for value in drawn.values())
    session.advance_steps(3)
    session.reset()
    assert leaves(session) == drawn


def test_a_leaf_that_is_no_number_or_not_there_is_refused() -> None:
    session = nnviz.load("gate-max")
    for element, value in ((Weight(1, 0, 0), float("nan")), (Weight(1, 5, 0), 1.0)):
        with pytest.raises(EditRefused):
            session.set_parameter(element, value)


# --- all examples -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GRAPHS)
def test_every_gradient_is_what_trying_shows(name: str) -> None:
    found = nnviz.check(nnviz.load(name))
    assert found.holds and not found.unchecked.any()


@pytest.mark.parametrize("name", GRAPHS)
def test_stepping_back_is_stepping_forward_the_other_way_round(name: str) -> None:
    session = nnviz.load(name)
    passed = []
    for _ in range(session.order.length * 2):
        passed.append(standing(session))
        session.advance()
    for before in reversed(passed):
        session.retreat()
        assert standing(session)[:2] == before[:2]
    session.advance_steps(4)
    stepped = standing(session)
    session.seek(2)
    session.seek(4)
    assert standing(session) == stepped


@pytest.mark.parametrize("name", GRAPHS)
def test_without_an_optimiser_every_update_is_zero_and_nothing_is_said_of_it(name: str) -> None:
    session = nnviz.load(name)
    session.edit({"optimiser": "none"}, "none")
    session.advance_steps(2)
    table = nnviz.arrays(session, "parameters")
    assert table["update"].tolist() == [0.0] * len(table["update"])
    assert set(table["kind"]) == {"leaf"} and list(table["parameter"]) == list(session.problem.network.names(1))
    assert not standstill_sentence(session.moment()) and not session.order.section("update", "parameter", 1).count


@pytest.mark.parametrize("name", GRAPHS)
def test_everything_that_is_told_of_a_gate_or_a_leaf_can_be_told_at_every_moment(name: str) -> None:
    session = nnviz.load(name)

    class View:
        document, survey, example_text, by_hand = session.document, None, "", None
        moment = session.moment()

    for _ in range(session.order.length + 1):
        View.moment = session.moment()
        for element in filter(None, read_gates(session.moment()).elements):
            assert is_in(session.problem.network, element)
            lines = text_of(View, element)  # type: ignore[arg-type]  # it has what is looked at here
            assert lines and all(what and text for what, text in lines)
            assert describe(session.document, session.moment(), element)
            assert "value" in accessible_description(session.document, session.moment(), element)
        assert text_of(View, None)  # type: ignore[arg-type]
        session.advance()


@pytest.mark.parametrize("optimiser", ["sgd", "none"])
@pytest.mark.parametrize("name", GRAPHS)
def test_of_a_leaf_nothing_is_known_before_the_cursor_has_passed_it_and_everything_afterwards(
    name: str, optimiser: str
) -> None:
    session = nnviz.load(name)
    session.edit({"optimiser": optimiser}, "optimiser")
    passed: set[tuple[str, object]] = set()
    while not session.moment().is_complete:
        session.advance()
        moment, last = session.moment(), session.moment().last
        assert last is not None
        passed.add((last.phase, last.element))
        gradients, updates = moment.gradients_known(1)[0], moment.updates_known(1)[0]
        for unit in range(len(session.problem.network.names(1))):
            leaf = Weight(1, unit, 0)
            told = moment.gradient_of(leaf) is not None, moment.update_of(leaf) is not None
            updated = moment.is_complete if optimiser == "none" else ("update", leaf) in passed
            assert told == (("backward", leaf) in passed, updated) == (bool(gradients[unit, 0]), bool(updates[unit, 0]))
    assert gradients.all() and updates.all()


def test_units_and_gates_that_are_not_there_are_in_no_graph() -> None:
    network = open_example("gate-max").network
    assert is_in(network, GateNode(1, 2)) and is_in(network, Weight(1, 1, 0))
    for element in (GateNode(1, 0), GateNode(1, 3), Unit(1, 0), Weight(1, 2, 0), Weight(2, 0, 0)):
        assert not is_in(network, element)
    assert not is_in(open_example("xor").network, GateNode(1, 2))


@pytest.mark.parametrize("name", GRAPHS)
def test_the_formula_of_every_operation_comes_to_its_number(name: str) -> None:
    session = nnviz.load(name)
    session.edit({"optimiser": "momentum"}, "momentum")
    record, order = session.record, session.order
    formulas = Formulas(record, Labels(session.problem.network, session.document.labels), 0)
    for index, row in enumerate(nnviz.rows(session, "trace")):
        formula = formulas.first(order.at(index))
        wanted = row[11] if row[3] == "backward" else row[8]
        assert formula.place == index and formula.left.value == wanted
        assert worked_out(formula.right) == pytest.approx(wanted, rel=1e-12, abs=1e-15)
    for element in filter(None, read_gates(session.moment()).elements):
        places = {formula.place for formula in formulas.about(element)}
        assert places == {index for index in range(order.length) if order.at(index).element == element}


# --- numbers that run away --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("document", "said"), [
    (graph("2*log(x) + y", x=-1, y=1), "the gate g1 = log(x) gives something that is not a number."),
    (graph("y + 1/(x - 2)", x=2, y=1), "the gate g2 = 1/g1 gives an infinite value."),
    (graph("exp(x)^2", x=800), "the gate g1 = exp(x) gives an infinite value."),
    (graph("sqrt(x)", x=0, optimiser="sgd"), "the gradient at x is infinite."),
])  # fmt: skip
def test_numbers_that_are_not_finite_are_a_state_with_a_sentence_that_names_the_gate(
    document: Document, said: str
) -> None:
    session = Session(document)
    for _ in range(session.order.length - 1):
        session.advance()
        read_gates(session.moment())
    change = session.advance()
    assert change.diverged and change.message == f"Step 1: {said} Give the leaves other values."
    assert find_divergence(session.record) is not None
    assert len(nnviz.rows(session, "trace")) == session.order.length
    assert session.advance_steps(3).diverged


# --- documents --------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], str, str, int | None]] = {
    "a bracket": ({"expression": "(x + y"}, "expression", "character 1: the bracket that opens here", 0),
    "a function": ({"expression": "x*sigmod(y)"}, "expression", "no function 'sigmod'. Did you mean 'sigmoid'", 2),
    "a call of a leaf": ({"expression": "x(y)"}, "expression", "no function 'x'", 0),
    "numbers only": ({"expression": "3 + 4"}, "expression", "no names in it", None),
    "nothing": ({"expression": " "}, "expression", "a formula is missing", None),
    "no text": ({"expression": 3}, "expression", "must be a text", None),
    "too long": ({"expression": "x+" * 1200 + "x"}, "expression", "has 2401 characters", None),
    "too many gates": ({"expression": "x" + "+x" * 201}, "expression", "at most 200 gates", 402),
    "too many leaves": ({"expression": "+".join(f"a{n}" for n in range(65))}, "expression", "at most 64 leaves", None),
    "too deep": ({"expression": "(" * 40 + "x" + ")" * 40}, "expression", "too much lies inside one another", None),
    "a missing leaf": ({"values": {"x": 1}}, "values", "the leaf 'y' has no value", None),
    "an unknown leaf": ({"values": {"x": 1, "y": 2, "yy": 3}}, "values", "unknown leaf 'yy'. Did you mean 'y'", None),
    "a value as text": ({"values": {"x": 1, "y": "2"}}, "values.y", "must be a number", None),
    "a rule for ties": ({"ties": "frist"}, "ties", "unknown rule for ties 'frist'. Did you mean 'first'", None),
    "a label of a leaf": ({"labels": {"x": "a"}}, "labels.x", "a leaf is called by its name", None),
    "a label of no gate": ({"labels": {"g7": "a"}}, "labels", "unknown gate 'g7'", None),
    "a label twice": ({"labels": {"f": "x"}}, "labels", "the name 'x' stands there twice", None),
    "a label like a function": ({"labels": {"f": "exp"}}, "labels.f", "must be a name like q", None),
    "a frozen gate": ({"frozen": ["f"]}, "frozen.0", "unknown leaf 'f'", None),
    "options of no optimiser": (
        {"optimiser": {"name": "none", "learning_rate": 1}}, "optimiser", "there is nothing to set", None),
    "a key of networks": ({"data": {"name": "xor"}}, "", "belongs to a document of kind 'network'", None),
    "batches": ({"batch_size": 1}, "", "belongs to a document of kind 'network' or 'surface'", None),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_wrong_value_is_refused_with_its_path_and_its_character(kind: str) -> None:
    changes, where, what, character = REFUSED[kind]
    with pytest.raises(Refused) as caught:
        Document.from_tree({**graph("x*y", x=1, y=2).raw, **changes})
    assert caught.value.where == where and what in caught.value.sentence()
    if character is not None:
        assert isinstance(caught.value, FormulaRefused) and caught.value.character == character


def test_the_schema_takes_what_the_reader_takes() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(document_schema())
    session = nnviz.load("gate-descent")
    session.edit({"optimiser": "adam", "labels": {"g1": "p"}}, "adam")
    session.advance_steps(3)
    for document in (session.document_now(), graph("x*y"), graph("x*y", x=1, y=2, optimiser={"name": "none"})):
        validator.validate(json.loads(document.to_bytes()))
    for kind in ("no text", "a rule for ties", "a value as text", "a key of networks", "options of no optimiser"):
        tree = {**graph("x*y", x=1, y=2).raw, **REFUSED[kind][0]}
        assert list(validator.iter_errors(tree)), kind


def test_leaves_without_any_values_begin_at_one_and_may_be_called_like_a_loss() -> None:
    session = Session(graph("huber"))
    assert leaves(session) == {"huber": 1.0} and session.record.loss == 1.0
    assert session.order.length == 1 and len(nnviz.rows(session, "trace")) == 1
    assert known(read_gates(session.moment()))[0] == {"huber": 1.0}


def test_a_graph_that_learns_goes_on_bit_for_bit_after_it_was_saved() -> None:
    session = nnviz.load("gate-descent")
    session.edit({"optimiser": {"name": "adam", "learning_rate": 0.1}}, "adam")
    session.advance_steps(7)
    again = reopened(session)
    for each in (session, again):
        each.advance_steps(5)
    assert leaves(again) == leaves(session) and again.step == session.step
    again.reset()
    assert leaves(again) == {"w": 0.5, "x": 2.0, "t": 3.0}


@settings(max_examples=60)
@given(st.text(alphabet="xyzw12+-*/^(),.expmaxlogreluabssigmoid²e ", max_size=24), st.sampled_from([*TIES]))
def test_whatever_is_typed_is_refused_or_can_be_stepped_through_and_told(text: str, ties: str) -> None:
    try:
        session = Session(graph(text, ties=ties))
    except Refused as refusal:
        assert refusal.where == "expression"
        return
    for _ in range(session.order.length):
        session.advance()
        read_gates(session.moment())
    rows = nnviz.rows(session, "trace")
    assert len(rows) == session.order.length and all(row[6] and row[7] for row in rows)
    again = reopened(session)
    assert bits(again.record) == bits(session.record)
