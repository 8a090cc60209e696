"""A surface is a network of two weights whose loss is a formula: all that a session can do, it can do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema
import numpy as np
import pytest

import nnviz
from nnviz.engine.check import check_gradients
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.errors import EditRefused, Refused
from nnviz.report.elements import Weight
from nnviz.report.inspection import accessible_description, describe
from nnviz.report.labels import Labels
from nnviz.report.pass_text import operation_text
from nnviz.report.trace import Trace
from nnviz.session.document import Document, apply_settings
from nnviz.session.examples import example_names, open_example
from nnviz.session.reading import read_document
from nnviz.session.schema import document_schema
from nnviz.session.session import Session

SURFACES = [name for name in example_names() if open_example(name).surface is not None]
X, Y = Weight(1, 0, 0), Weight(1, 1, 0)
TREE: dict[str, Any] = {"format": "nnviz", "version": 1, "kind": "surface", "expression": "x^2 + 10*y^2"}


def surface(**more: Any) -> Document:
    return Document.from_tree(TREE | more)


def point(session: Session) -> list[float]:
    return [float(value) for value in session.parameters_now()]


def height(document: Document, place: list[float]) -> float:
    assert document.surface is not None
    return float(document.surface.expression.value(*place))


def test_the_bundled_surfaces_are_those_of_the_contract() -> None:
    assert {"surface-ravine", "surface-saddle", "surface-local-minimum"} <= set(SURFACES)


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_trains_and_its_gradients_are_right(name: str) -> None:
    session = Session(open_example(name))
    before = session.record.loss
    check = check_gradients(session.problem, session.record.parameters, session.record.rows)
    assert check is not None and check.holds and check.method == "complex step"
    session.advance_steps(session.document.steps)
    assert height(session.document, point(session)) < 0.5 * before


def test_outputs_are_the_point_and_the_loss_is_the_height() -> None:
    record = Session(surface(values={"x": 3, "y": -0.5})).record
    assert record.output(1)[:, 0].tolist() == [3.0, -0.5] and record.loss == 9.0 + 2.5
    assert record.gradient.tolist() == [6.0, -10.0]
    assert record.update.tolist() == pytest.approx([-0.6, 1.0])


def test_what_is_left_out_is_nothing() -> None:
    document = surface()
    assert document.parameters is None and point(Session(document)) == [0.0, 0.0]
    assert document.get("values") == {"x": 0.0, "y": 0.0} and document.get("noise") == 0.0
    assert surface(values={"y": 2}).get("values.x") == 0.0


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no formula": ({"expression": ""}, "expression", "must not be empty"),
    "an unknown variable": ({"expression": "x + z"}, "expression", "'x + z', character 5: unknown name 'z'"),
    "an open bracket": ({"expression": "(x + y"}, "expression", "the bracket that opens here is never closed"),
    "the same everywhere": ({"expression": "3 + pi"}, "expression", "has no x and no y"),
    "a list as a formula": ({"expression": [1]}, "expression", "must be a text in quotes"),
    "too long a formula": ({"expression": "x" + "+x" * 150}, "expression", "more than the 200 that fit"),
    "another value": ({"values": {"z": 1}}, "values", "unknown key 'z'"),
    "a text as a value": ({"values": {"x": "1"}}, "values.x", "must be a number, not '1'"),
    "values as a list": ({"values": [1, 2]}, "values", "must be an object"),
    "half a view": ({"view": {"x": [0, 1]}}, "view", "the key 'y' is missing"),
    "a view of nothing": ({"view": {"x": [0, 1], "y": [2, 2]}}, "view.y", "the first has to be the smaller one"),
    "too wide a view": ({"view": {"x": [-1e308, 1e308], "y": [0, 1]}}, "view.x", "is farther than numbers reach"),
    "a view of three": ({"view": {"x": [0, 1, 2], "y": [0, 1]}}, "view.x", "must be two numbers"),
    "a number as a view": ({"view": {"x": 5, "y": [0, 1]}}, "view.x", "must be two numbers"),
    "negative noise": ({"noise": -1}, "noise", "must be a number of at least 0"),
    "layers": (
        {"layers": []}, "", "'layers' belongs to a document of kind 'network', and this one is of kind 'surface'",
    ),
    "another kind": ({"kind": "network"}, "", "'expression' belongs to a document of kind 'graph' or 'surface', and"),
    "no key of any kind": ({"expresion": "x"}, "", "unknown key 'expresion'. Did you mean 'expression'?"),
    "progress of a network": ({"progress": {"step": 1, "start": {"parameters": {}}}}, "progress.start", "parameters"),
    "memory of a network": (
        {"optimiser": "momentum", "progress": {"step": 1, "optimiser_state": {"velocity": {"W1": [[1], [1]]}}}},
        "progress.optimiser_state.velocity", "unknown key 'W1'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_a_wrong_value_is_refused_with_its_path(kind: str) -> None:
    changes, where, what = REFUSED[kind]
    with pytest.raises(Refused) as caught:
        surface(**changes)
    assert caught.value.where == where and what in caught.value.sentence()


@pytest.mark.parametrize("name", SURFACES)
def test_the_schema_knows_surfaces_before_and_after_training(name: str) -> None:
    session = Session(open_example(name).with_value("optimiser.name", "adam"))
    session.advance_steps(3)
    for document in (open_example(name), session.document_now()):
        tree = dict(document.raw)
        jsonschema.validate(tree, document_schema())
        for wrong in ({"layers": []}, {"expression": 3}, {"values": {"z": 1}}, {"view": {"x": [1]}}, {"noise": -1}):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(tree | wrong, document_schema())


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_saved_surface_continues_bit_for_bit(optimiser: str) -> None:
    start = open_example("surface-noise").with_value("optimiser.name", optimiser)
    whole, saved = Session(start), Session(start)
    saved.advance_steps(70)
    again = Session(read_document(saved.document_now().to_bytes()))
    whole.advance_steps(100)
    again.advance_steps(30)
    assert point(again) == point(whole) and again.document_now() == whole.document_now()
    again.reset()
    assert point(again) == [-3.0, 1.5]


def test_the_file_says_x_and_y_throughout() -> None:
    session = Session(surface(optimiser="momentum", values={"x": 1, "y": 1}))
    session.advance_steps(2)
    written = session.document_now().to_bytes().decode()
    assert "W1" not in written and '"velocity": {"x": ' in written and '"start": {"values": {"x": 1.0' in written
    keys = list(session.document_now().raw)
    assert keys.index("expression") < keys.index("values") < keys.index("optimiser") < keys.index("progress")


def test_settings_reach_every_value_of_a_surface() -> None:
    document = apply_settings(open_example("surface-ravine"), [
        "expression=x^2", "values.x=2.5", "noise=0.1", "view.x=[-1, 9]", "optimiser.name=momentum", "batch_size=4",
    ])  # fmt: skip
    assert document.get("expression") == "x^2" and document.get("values") == {"x": 2.5, "y": 1}
    assert document.surface is not None and document.surface.view == ((-1.0, 9.0), (-2.0, 2.0))
    with pytest.raises(Refused, match="'layers' belongs to a document of kind 'network'"):
        apply_settings(document, ["layers.0.activation=relu"])


def test_both_coordinates_are_one_edit() -> None:
    session = Session(open_example("surface-ravine"))
    session.advance_steps(3)
    before = point(session)
    session.set_parameters({X: 1.5, Y: -0.5})
    assert point(session) == [1.5, -0.5] and [edit.label for edit in session.undo_list] == ["x = 1.5, y = -0.5"]
    assert session.set_parameters({X: 1.5, Y: -0.5}).flags.value == 0 and len(session.undo_list) == 1
    session.undo()
    assert point(session) == before and session.step == 3
    session.redo()
    session.reset()
    assert point(session) == [-4.0, 1.0]
    with pytest.raises(EditRefused):
        session.set_parameters({X: 1.0, Y: np.inf})
    assert point(session) == [-4.0, 1.0]


def test_a_start_put_elsewhere_is_saved_as_the_start() -> None:
    session = Session(open_example("surface-ravine"))
    session.set_parameters({X: 0.25, Y: 0.5})
    assert session.document_now().get("values") == {"x": 0.25, "y": 0.5}
    session.advance_steps(5)
    session.reset()
    assert point(session) == [0.25, 0.5]


def test_another_formula_goes_on_from_where_the_point_is() -> None:
    session = Session(open_example("surface-ravine"))
    session.advance_steps(2)
    before = point(session)
    session.edit({"expression": "(x - 1)^2 + (y - 1)^2"}, "formula")
    assert point(session) == before and session.record.loss == height(session.document, before)
    session.undo()
    assert session.document == open_example("surface-ravine")


def test_a_random_start_is_somewhere_on_the_map() -> None:
    session = Session(open_example("surface-ravine"))
    session.restart(5)
    (low_x, high_x), (low_y, high_y) = session.document.surface.view     # type: ignore[union-attr,misc]  # it has one
    first = point(session)
    assert low_x < first[0] < high_x and low_y < first[1] < high_y
    session.restart(6)
    assert point(session) != first
    session.restart(5)
    assert point(session) == first


def test_a_map_without_a_view_holds_the_start_and_the_origin() -> None:
    chosen = surface(view={"x": [0, 1], "y": [2, 3]}).surface
    around = surface().surface
    assert chosen is not None and around is not None
    assert chosen.around(9.0, 9.0) == ((0.0, 1.0), (2.0, 3.0))
    assert around.around(0.1, 0.2) == ((-2.0, 2.0), (-2.0, 2.0)) and around.around(1.0, -8.0)[0] == (-12.0, 12.0)


def test_noise_shifts_every_example_and_leaves_the_mean_near() -> None:
    session = Session(surface(noise=0.5, batch_size=1, values={"x": 2, "y": 1}))
    assert session.problem.batches.per_epoch == 64
    slopes = []
    for _ in range(64):
        record = session.record
        shift = record.targets[:, 0]
        slopes.append((record.gradient - np.array([2.0, 20.0]) * (record.parameters - shift)).tolist())
        session.advance_step()
        session.advance()
    np.testing.assert_allclose(slopes, 0.0, atol=1e-12)
    whole = Session(surface(noise=0.5, values={"x": 2, "y": 1})).record
    assert len(whole.rows) == 64 and whole.gradient == pytest.approx([4.0, 20.0], abs=5.0)
    assert whole.gradient.tolist() != [4.0, 20.0]
    other = Session(surface(noise=0.5, values={"x": 2, "y": 1}, seed=1)).record
    assert other.gradient.tolist() != whole.gradient.tolist()


def test_momentum_runs_through_the_ravine_and_over_the_sill_where_plain_descent_does_not() -> None:
    def reached(name: str, **settings: Any) -> float:
        session = Session(open_example(name).with_values(settings))
        session.advance_steps(session.document.steps)
        return height(session.document, point(session))

    assert reached("surface-ravine", **{"optimiser.name": "momentum"}) < 0.01 * reached("surface-ravine")
    assert reached("surface-local-minimum") == pytest.approx(-0.516, abs=0.01)
    assert reached("surface-local-minimum", **{"optimiser.name": "momentum"}) == pytest.approx(-1.515, abs=0.01)
    # the gradient vanishes exactly on the ridge of the saddle, and descent never leaves it
    assert reached("surface-saddle", **{"values.y": 0}) == pytest.approx(0.0, abs=1e-4)
    assert reached("surface-saddle") == pytest.approx(-1.0, abs=1e-4)


def test_batches_of_one_go_on_wandering_where_all_examples_together_come_to_rest() -> None:
    def wandered(batch_size: int | str) -> float:
        session = Session(open_example("surface-noise").with_value("batch_size", batch_size))
        session.advance_steps(200)
        places = []
        for _ in range(50):
            places.append(point(session))
            session.advance_steps(1)
        return float(np.std(places, axis=0).max())

    assert wandered("all") < 1e-6 and wandered(8) < wandered(1) and wandered(1) > 0.1


def test_a_pass_is_the_height_two_slopes_and_two_updates() -> None:
    session = Session(open_example("surface-ravine"))
    order = session.order
    assert [(order.at(place).phase, order.at(place).kind) for place in range(order.length)] == [
        ("loss", "total"), ("backward", "parameter"), ("backward", "parameter"), ("update", "parameter"),
        ("update", "parameter"),
    ]  # fmt: skip
    seen = []
    for _ in range(order.length):
        session.advance()
        moment = session.moment()
        assert moment.last is not None
        seen.append(operation_text(session.document, moment, moment.last))
    assert seen[:3] == [
        ("f", "f = 0.05*x^2 + 5*y^2", "5.8"), ("∂f/∂x", "∂f/∂x = 0.1·x", "-0.4"), ("∂f/∂y", "∂f/∂y = 10·y", "10.0"),
    ]  # fmt: skip
    assert seen[3][:2] == ("new x", "x ← x + (-η·∂f/∂x)") and float(seen[3][2]) == -4.0 + 0.18 * 0.4
    session.retreat()
    session.retreat()
    assert session.moment().gradient_of(Y) == 10.0 and session.moment().update_of(X) is None
    session.advance_phase()
    assert session.moment().is_complete


@pytest.mark.parametrize("name", SURFACES)
def test_every_calculation_of_a_surfaces_pass_gives_its_number(name: str) -> None:
    session = Session(open_example(name).with_value("batch_size", 3))
    record = session.record
    for row in Trace(record, Labels(session.document.network, session.document.labels)).rows():
        right = row.calculation.partition(" = ")[2].replace("^", "**").replace("·", "*")
        expected = row.value if row.gradient is None else row.gradient
        assert eval(right, {"__builtins__": {}}) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_variable_is_called_by_its_name_wherever_it_is_told_of() -> None:
    session = Session(open_example("surface-ravine"))
    session.advance_steps(1)
    described = Labels(session.document.network, session.document.labels).describe(Y)
    assert (described.canonical, described.kind, described.label, described.target) == ("y", "variable", "", "")
    assert describe(session.document, session.moment(), X).splitlines()[1] == "∂f/∂x  -0.4"
    assert accessible_description(session.document, session.moment(), X).startswith("variable x, value")


def test_python_is_told_that_a_surface_answers_nothing() -> None:
    session = nnviz.load("surface-ravine")
    with pytest.raises(nnviz.NnvizError, match="a surface takes no inputs"):
        nnviz.predict(session, [[1.0]])
    assert nnviz.answers(session) is None


DIVERGENCES: Mapping[str, tuple[dict[str, Any], str]] = {
    "height": ({"optimiser.learning_rate": 3}, "the height becomes infinite"),
    "no number": ({"expression": "sqrt(x) + y^2"}, "Step 1 diverges: the height becomes not a number"),
    "slope": ({"expression": "sqrt(x + 4) + y^2"}, "Step 1 diverges: the gradient of x becomes infinite"),
}


@pytest.mark.parametrize("kind", DIVERGENCES)
def test_a_path_that_leaves_the_numbers_is_told_in_the_surfaces_words(kind: str) -> None:
    settings, said = DIVERGENCES[kind]
    session = Session(open_example("surface-ravine").with_values(settings))
    change = session.advance_steps(2000)
    assert change.diverged and said in change.message and "layer" not in change.message
    assert np.isfinite(session.record.parameters).all()


def test_values_given_by_path_are_where_the_descent_begins() -> None:
    session = Session(surface(values={"x": 3, "y": -0.5}))
    session.advance_steps(4)
    assert session.edit({"values.x": 2.0}, "start") and point(session) == [2.0, -0.5] and session.updates_done == 0
    session.advance_steps(2)
    session.reset()
    assert point(session) == [2.0, -0.5] == point(Session(session.document_now()))
    session.edit({"values": {"x": 1.0}}, "start")
    assert point(session) == [1.0, 0.0]


@pytest.mark.parametrize("far", [6e307, 1e308, 1.7e308, -1.7e308])
def test_a_random_start_is_drawn_however_far_the_start_lies(far: float) -> None:
    session = Session(surface(expression="x + y", values={"x": far}))
    session.restart(3)
    assert np.isfinite(point(session)).all()
    assert session.document.surface is not None
    for low, high in session.document.surface.around(far, far):
        assert np.isfinite(high - low)


@pytest.mark.parametrize("key", ["expression", "values", "view", "noise"])
def test_a_key_of_a_surface_in_a_network_is_not_taken_for_a_slip_of_the_pen(key: str) -> None:
    with pytest.raises(Refused, match=f"'{key}' belongs to a document of kind ('graph' or )?'surface'") as caught:
        open_example("xor").with_value(key, 1)
    assert "Did you mean" not in str(caught.value)
