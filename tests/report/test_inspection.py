"""What the inspector and the tooltips say is what the record holds, and nothing that the pass has not reached."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnviz.report.elements import Bias, Element, Unit, Weight
from nnviz.report.inspection import accessible_description, describe, text_of, value_in_force
from nnviz.report.metrics import Survey
from nnviz.report.moment import MEAN
from nnviz.report.titles import UNKNOWN
from nnviz.session.document import Document
from nnviz.session.examples import open_document
from nnviz.session.session import Session
from nnviz.session.structure import set_disabled

HEAD = {"format": "nnviz", "version": 1, "kind": "network"}


def mazur() -> Session:
    labels = {f"W{1 + k // 4}[{k % 4 // 2},{k % 2}]": f"w{k + 1}" for k in range(8)}
    return Session(Document.from_tree({
        **HEAD, "inputs": ["i1", "i2"],
        "layers": [{"units": ["h1", "h2"], "activation": "sigmoid", "bias": "shared"},
                   {"units": ["o1", "o2"], "activation": "sigmoid", "bias": "shared"}],
        "parameters": {"W1": [[0.15, 0.2], [0.25, 0.3]], "b1": [0.35], "W2": [[0.4, 0.45], [0.5, 0.55]], "b2": [0.6]},
        "labels": labels, "frozen": ["b1", "b2"], "loss": "half_squared_error",
        "optimiser": {"name": "sgd", "learning_rate": 0.5},
        "data": {"inputs": [[0.05, 0.1]], "targets": [[0.01, 0.99]]},
    }))


def relu(**more: Any) -> Session:
    return Session(Document.from_tree({
        **HEAD, "inputs": 2, "layers": [{"units": 2, "activation": "relu"}, {"units": 1, "activation": "sigmoid"}],
        "loss": "binary_cross_entropy", "data": {"name": "xor"},
        "parameters": {"W1": [[1.0, 1.0], [-1.0, -1.0]], "b1": [0.0, -0.5]}, **more,
    }))


def looked(session: Session, example: int = 0) -> Any:
    moment = session.moment(example)
    rows = moment.record.rows if example == MEAN else moment.record.rows[[example]]
    return SimpleNamespace(document=session.document, moment=moment, example_text=f"example {example}",
                           raw_inputs=session.segment.data.raw_inputs[rows],
                           survey=Survey(session.problem, moment.parameters(), session.segment.data))


def lines(session: Session, element: Element | None, example: int = 0) -> dict[str, str]:
    return dict(text_of(looked(session, example), element))


def test_a_unit_has_every_number_of_the_finished_pass_in_full_precision() -> None:
    session = mazur()
    session.advance_step()
    found, record = lines(session, Unit(2, 0)), session.record
    assert found["unit"] == "o1" and found["layer"] == "2, output" and found["activation"].startswith("Sigmoid")
    assert float(found["net input"]) == record.net(2)[0, 0]
    assert float(found["output"]) == record.output(2)[0, 0]
    assert float(found["target"]) == 0.01
    assert float(found["loss term"]) == record.terms[0, 0]
    assert float(found["∂E/∂out"]) == record.output_gradient(2)[0, 0]
    assert float(found["∂out/∂net"]) == record.slope(2)[0, 0]
    assert float(found["δ = ∂E/∂net"]) == record.delta(2)[0, 0]
    assert found["δ = ∂E/∂net"].startswith("0.13849856162")
    assert found["bias"].startswith("b2[0] = 0.6")


def test_what_the_cursor_has_not_reached_is_a_dash() -> None:
    session = mazur()
    session.advance()      # net h1
    found = lines(session, Unit(1, 0))
    assert found["net input"] == "0.3775"
    assert {found[key] for key in ("output", "∂E/∂out", "∂out/∂net", "δ = ∂E/∂net")} == {UNKNOWN}
    weight = lines(session, Weight(2, 0, 0))
    assert weight["value"] == "0.4"
    assert {weight[key] for key in ("gradient", "update", "new value")} == {UNKNOWN}


def test_a_weight_says_both_of_its_names_its_ends_and_the_update() -> None:
    session = mazur()
    session.advance_step()
    found = lines(session, Weight(2, 0, 0))
    assert (found["weight"], found["name"], found["from"], found["to"]) == ("w5", "W2[0,0]", "h1", "o1")
    assert float(found["gradient"]) == pytest.approx(0.0821670405642308, abs=5e-13)
    assert float(found["new value"]) == float(found["value"]) + float(found["update"])
    assert found["frozen"] == "no"


def test_a_weight_says_what_the_optimiser_remembers_of_it_once_it_is_updated() -> None:
    session = mazur()
    session.edit({"optimiser.name": "adam"}, "adam")
    keys = ("first moment", "second moment", "effective learning rate")
    session.advance()
    assert {lines(session, Weight(2, 0, 0))[key] for key in keys} == {UNKNOWN}
    session.advance_step()
    found, record = lines(session, Weight(2, 0, 0)), session.record
    place = record.problem.blocks.positions("W2", (0, 0))[0]
    vectors = (record.memory("first_moment"), record.memory("second_moment"), record.effective_learning_rate)
    assert [float(found[key]) for key in keys] == [vector[place] for vector in vectors]


def test_a_shared_frozen_bias_says_so() -> None:
    session = mazur()
    session.advance_step()
    found = lines(session, Bias(1, 0))
    assert found["shared by"] == "h1, h2"
    assert found["frozen"].startswith("yes")
    assert found["update"] == "0.0" and found["new value"] == "0.35"


def test_the_shown_examples_own_gradients_average_to_the_batchs() -> None:
    session = relu()
    session.advance_step()
    for element in (Weight(1, 0, 1), Weight(2, 0, 0), Bias(1, 0)):
        own = [float(lines(session, element, k)[f"of example {k}"]) for k in range(4)]
        assert np.mean(own) == pytest.approx(float(lines(session, element)["gradient"]), rel=1e-12, abs=1e-15)


def test_a_dead_unit_is_noted_and_a_living_one_is_not() -> None:
    session = relu()
    assert lines(session, Unit(1, 1))["note"].startswith("dead")
    assert "note" not in lines(session, Unit(1, 0))


def test_a_saturated_unit_is_noted() -> None:
    session = relu(layers=[{"units": 2, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}],
                   parameters={"b1": [40.0, 0.0]})
    assert lines(session, Unit(1, 0))["note"].startswith("saturated")
    assert "note" not in lines(session, Unit(1, 1))


def softmax(loss: str) -> Session:
    session = Session(Document.from_tree({
        **HEAD, "inputs": 1, "layers": [{"units": ["y1", "y2", "y3"], "activation": "softmax", "bias": "none"}],
        "parameters": {"W1": [[2.0], [1.0], [0.1]]}, "loss": loss,
        "data": {"inputs": [[1]], "targets": [[1, 0, 0]]},
    }))
    session.advance_step()
    return session


def test_a_softmax_unit_has_its_row_of_the_jacobian_and_delta_is_the_product() -> None:
    found = lines(softmax("negative_log_likelihood"), Unit(1, 0))
    row = [float(found[f"∂out y{k}/∂net y1"]) for k in (1, 2, 3)]
    p = [0.659001138886, 0.242432970705, 0.098565890409]
    assert row == pytest.approx([p[0] * (1 - p[0]), -p[0] * p[1], -p[0] * p[2]], abs=5e-13)
    assert float(found["∂E/∂out"]) * row[0] == pytest.approx(float(found["δ = ∂E/∂net"]), rel=1e-12)
    assert float(found["δ = ∂E/∂net"]) == pytest.approx(-0.340998861114, abs=5e-13)
    assert "sum" in found["note"]


def test_softmax_taken_as_one_with_its_loss_says_so() -> None:
    assert "taken as one" in lines(softmax("cross_entropy"), Unit(1, 0))["note"]


def test_the_jacobian_is_a_dash_until_the_cursor_has_reached_its_delta() -> None:
    session = softmax("negative_log_likelihood")
    session.advance()
    assert lines(session, Unit(1, 2))["∂out y1/∂net y3"] == UNKNOWN


def test_an_input_has_its_value_and_nothing_to_learn() -> None:
    found = lines(mazur(), Unit(0, 1))
    assert found["input"] == "0.1" and "net input" not in found


def test_an_update_is_said_with_its_numbers_however_large_the_batch_is() -> None:
    session = Session(open_document("circle").with_value("batch_size", "all"))
    session.advance_step()
    assert len(session.record.rows) > 16
    assert " + " in lines(session, None)["in numbers"]


def test_without_a_selection_the_last_operation_is_said_with_its_numbers() -> None:
    session = mazur()
    assert "about to begin" in lines(session, None)["operation"]
    session.advance()
    found = lines(session, None)
    assert found["operation"] == "net h1 = Σ w·input + b"
    assert found["in numbers"] == "0.15 · 0.05 + 0.2 · 0.1 + 0.35"
    assert found["net h1"] == "0.3775"
    assert found["loss of example 0"] == UNKNOWN


@pytest.mark.parametrize("make", [mazur, relu])
@pytest.mark.parametrize("example", [0, MEAN])
def test_every_operation_of_a_pass_can_be_said(make: Any, example: int) -> None:
    session = make()
    for cursor in range(1, session.order.length + 1):
        session.seek_operation(cursor)
        found = text_of(looked(session, example), None)
        assert all(text and text != UNKNOWN for what, text in found if not what.startswith("loss of")), (cursor, found)


def test_the_tooltip_has_name_value_gradient_and_update_in_full_precision() -> None:
    session = mazur()
    session.advance_step()
    moment, element = session.moment(), Weight(2, 0, 0)
    text = describe(session.document, moment, element)
    assert "w5 = W2[0,0], from h1 to o1" in text
    assert repr(moment.read(session.record.new_parameters, element)) in text
    assert repr(moment.gradient_of(element)) in text and repr(moment.update_of(element)) in text
    assert "o1, output, Sigmoid" in describe(session.document, moment, Unit(2, 0))


def test_until_a_parameter_is_updated_again_its_last_update_is_that_of_the_step_before() -> None:
    session, element = mazur(), Weight(2, 0, 0)
    assert session.last_done is None
    assert describe(session.document, session.moment(), element, session.last_done).endswith("last update  –")
    session.advance_step()
    first = session.record.update
    session.advance()
    while not session.moment().is_complete:
        moment = session.moment()
        text = describe(session.document, moment, element, session.last_done)
        if moment.update_of(element) is None:
            assert text.endswith(f"last update  {moment.read(first, element)!r}, in step 1")
        else:
            assert text.endswith(f"last update  {moment.read(session.record.update, element)!r}")
        session.advance()
    assert session.last_done is session.record


def test_the_last_step_done_is_found_across_an_edit_and_before_nothing() -> None:
    session = mazur()
    session.advance_steps(3)
    third = session.record
    session.set_parameter(Weight(2, 0, 0), 0.7)
    session.advance()
    assert session.step == 4 and session.last_done is not None
    assert session.last_done.step == 3 and (session.last_done.update == third.update).all()
    session.seek(0)
    assert session.last_done is None
    later = Session(session.document_now())
    assert later.last_done is None


def test_a_screen_reader_hears_one_sentence() -> None:
    session = mazur()
    session.advance_phase()
    session.advance_phase()
    said = accessible_description(session.document, session.moment(), Weight(2, 0, 0))
    assert said == "weight w5 from h1 to o1, value 0.4, gradient 0.0822"
    session.seek_operation(1)
    assert "gradient not computed yet" in accessible_description(session.document, session.moment(), Bias(1, 0))


def test_an_edit_replaces_the_new_value_only_once_the_step_is_done() -> None:
    session = mazur()
    session.advance_phase()
    assert value_in_force(session.moment(), Weight(2, 0, 0)) == 0.4
    session.advance_step()
    assert value_in_force(session.moment(), Weight(2, 0, 0)) == session.record.new_parameters[
        session.problem.blocks.positions("W2", (0, 0))[0]]


def test_the_pass_says_which_step_is_in_progress_and_how_many_updates_are_done() -> None:
    session = relu()
    session.advance_steps(2)
    assert lines(session, None)["step"] == "2, done" and lines(session, None)["updates done"] == "2"
    session.advance()
    assert lines(session, None)["step"] == "3, in progress" and lines(session, None)["updates done"] == "2"
    session.seek(0)
    assert lines(session, None)["step"] == "1, not begun" and lines(session, None)["updates done"] == "0"


def test_the_loss_says_whose_it_is() -> None:
    session = relu()
    session.advance_step()
    losses = session.record.example_losses
    assert float(lines(session, None, 2)["loss of example 2"]) == losses[2]
    assert float(lines(session, None, MEAN)["loss of the batch"]) == session.record.loss


def test_a_note_counts_one_example_in_the_singular() -> None:
    one = relu(data={"inputs": [[1.0, 1.0]], "targets": [[1.0]]})
    assert "on the one training example" in lines(one, Unit(1, 1))["note"]


def test_large_steps_are_grouped_as_everywhere() -> None:
    session = relu()
    session.advance_steps(12_345)
    space = "\N{NARROW NO-BREAK SPACE}"
    assert lines(session, None)["step"] == f"12{space}345, done"
    assert lines(session, None)["updates done"] == f"12{space}345"


def test_a_scaled_input_is_told_raw_and_scaled_with_the_fitted_numbers() -> None:
    rows = {"inputs": [[0.0, 5.0], [4.0, 5.0], [2.0, 8.0]], "targets": [[0], [1], [1]]}
    session = relu(scaling="standardise", data=rows)
    found = lines(session, Unit(0, 0), example=1)
    assert found["raw value"] == "4.0" and found["mean"] == "2.0" and "(x − mean)" in found["scaling"]
    assert float(found["scaled value"]) == session.problem.inputs[1, 0]
    assert float(found["standard deviation"]) == pytest.approx(np.std([0.0, 4.0, 2.0]))
    assert lines(session, Unit(0, 1), MEAN)["raw value"] == "6.0"


def test_an_engineered_input_is_told_with_its_formula_and_the_raw_inputs() -> None:
    session = relu(data={"inputs": [[3.0, 5.0]], "targets": [[1.0]], "features": ["x1*x2", "x2"]})
    found = lines(session, Unit(0, 0))
    assert (found["formula"], found["x1"], found["x2"], found["input"]) == ("x1*x2", "3.0", "5.0", "15.0")
    assert "scaling" not in found


def test_a_disabled_unit_is_said_to_count_as_0_where_its_numbers_are_told() -> None:
    session = relu()
    view = looked(Session(set_disabled(session.document_now(), [Unit(1, 0)], True)))
    counts = "its output counts as 0 in the next layer"
    assert dict(text_of(view, Unit(1, 0)))["disabled"] == counts
    assert counts in describe(view.document, view.moment, Unit(1, 0))
    for other in (Unit(0, 0), Unit(1, 1), Unit(2, 0)):
        assert "disabled" not in dict(text_of(view, other))
