"""The matrix form says what the pass did: its right side comes to its left one, and each entry is a number of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from nnviz.engine import optimisers
from nnviz.report.conventions import Conventions
from nnviz.report.elements import Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.matrices import Matrix, first_of
from nnviz.report.matrix_form import Choice, MatrixForm, MatrixStep, Scalar
from nnviz.report.matrix_look import GAP, equation, window, written
from nnviz.report.moment import MEAN, Moment
from nnviz.report.notation import Fraction, Grid, Sign
from nnviz.report.quantities import Quantity
from nnviz.session.document import Document
from nnviz.session.examples import example_names, open_example
from nnviz.session.session import Session
from tests.report.test_numpy_pass import network

SMALL = [name for name in example_names()
         if open_example(name).network.kind != "graph" and open_example(name).network.parameter_count <= 400]
OPERATORS = {"·": "@", "⊙": "*", "+": "+", "−": "-", "(": "(", ")": ")", "2": "2 *"}


def form_of(session: Session, example: int = 0, cursor: int | None = None, **conventions: Any) -> MatrixForm:
    record = session.record
    moment = Moment(record, session.order.length if cursor is None else cursor, example)
    return MatrixForm(moment, Labels(session.document.network, session.document.labels), Conventions(**conventions))


def trained(document: Document, steps: int = 2) -> Session:
    session = Session(document)
    session.advance_steps(steps)
    return session


def worked_out(step: MatrixStep, eta: float) -> np.ndarray | None:
    """What the right side comes to; None where it has a function in it."""
    names: dict[str, Any] = {"eta": eta}
    text = ""
    for part in step.parts:
        if isinstance(part, Matrix):
            name = f"m{len(names)}"
            names[name], text = part.values, f"{text} {name}"
        elif isinstance(part, Scalar):
            assert part.value == eta
            text += " eta *"
        elif isinstance(part, Fraction):
            text += f" 1 / {part.below.text} *"
        elif isinstance(part, Sign) and part.text in OPERATORS:
            text = f"{text} {OPERATORS[part.text]}"
        else:
            return None
    return eval(text.replace("* @", "*"), {}, names)


def assert_holds(session: Session) -> None:
    for example in (0, MEAN):
        form = form_of(session, example)
        for choice in form.choices:
            step = form.step(choice)
            found = worked_out(step, session.record.learning_rate)
            if found is not None:
                size = max(1.0, float(np.abs(step.left.values).max()))
                assert found.shape == step.left.shape or found.size == 1
                assert np.allclose(np.broadcast_to(found, step.left.shape), step.left.values, rtol=1e-11,
                                   atol=1e-12 * size), step.title


@pytest.mark.parametrize("name", SMALL)
def test_the_right_side_comes_to_the_left_in_every_example(name: str) -> None:
    assert_holds(trained(open_example(name)))


@pytest.mark.parametrize("activation", ["prelu", "maxout", "softmax", "identity", {"name": "prelu", "per_unit": 1}],
                         ids=str)
@pytest.mark.parametrize("loss", ["mean_squared_error", "cross_entropy", "huber"])
def test_the_right_side_comes_to_the_left_in_unusual_layers(activation: Any, loss: str) -> None:
    assert_holds(trained(network(activation, "softmax" if loss == "cross_entropy" else activation, loss)))


@pytest.mark.parametrize("more", [{}, {"clip_norm": 0.05, "l2": 0.1}], ids=str)
@pytest.mark.parametrize("name", sorted(optimisers.TABLE))
def test_every_optimiser_has_its_vector_form(name: str, more: dict[str, float]) -> None:
    session = trained(network(optimiser={"name": name, "learning_rate": 0.05, **more}, frozen=["b1", "W2[0,1]"]))
    assert_holds(session)
    form = form_of(session)
    frozen = form.step(next(choice for choice in form.choices if choice.phase == "update" and choice.array == "b1"))
    assert len(frozen.parts) == 1 and "Frozen" in frozen.note


@pytest.mark.parametrize("name", ["mazur-2-2-2", "xor-maxout", "softmax-cross-entropy", "xor"])
def test_every_operation_of_the_pass_is_marked_in_its_step(name: str) -> None:
    """The marked entry on the left is the number that the operation computed."""
    session = trained(open_example(name))
    record = session.record
    for number in range(session.order.length):
        operation = session.order.at(number)
        form = form_of(session, 0, number + 1)
        choice = form.at_cursor
        assert choice is not None
        step = form.step(choice)
        assert step.left.mark is not None
        row, column = step.left.mark[0], step.left.mark[1] or 0
        quantity = step.left.at(row, column)
        assert quantity is not None
        assert quantity.element == operation.element
        assert step.left.is_known(row, column)
        last = step.left.known is None or bool(step.left.known.all())
        places = form.choices.index(choice)
        following = form_of(session, 0, number + 2).at_cursor if number + 1 < session.order.length else None
        assert last == (following is None or form.choices.index(following) != places)
        for matrix in step.matrices:
            rows, columns = written(matrix)
            for places, shown in zip(matrix.mark or (), (rows, columns), strict=False):
                assert first_of(places) is None or first_of(places) in shown
    assert record is session.record


def test_what_is_selected_is_marked_in_its_own_steps() -> None:
    form = form_of(trained(open_example("mazur-2-2-2")))
    nets = form.step(Choice("forward", "net", 1), Unit(1, 1))
    assert nets.left.mark == (1, None) and nets.parts[0].mark == (1, None)
    gradient = form.step(Choice("backward", "parameter", 2, "W2"), Weight(2, 1, 0))
    assert gradient.left.mark == (1, 0)
    assert gradient.left.at(1, 0) == Quantity("gradient", Weight(2, 1, 0))


def test_the_steps_of_the_lecture() -> None:
    form = form_of(trained(open_example("mazur-2-2-2"), 1))
    titles = [form.title(choice) for choice in form.choices]
    assert titles[:3] == ["Net inputs of layer 1", "Outputs of layer 1", "Net inputs of layer 2"]
    assert titles[-4:] == ["Update of W1", "Update of b1", "Update of W2", "Update of b2"]
    delta = form.step(Choice("backward", "net", 1))
    assert [matrix.plain for matrix in delta.matrices] == ["δ 1", "W2ᵀ", "δ 2", "f'(net 1)"]
    assert delta.lines == ("delta1 = (W2.T @ delta2) * (out1 * (1 - out1))",)
    assert delta.spoken().startswith("δ of layer 1: δ 1, 2 by 1; row 2, column 1: 0.0")


def test_shapes_stand_below_the_letters() -> None:
    step = form_of(trained(open_example("digits-784-16-16-10"), 1)).step(Choice("forward", "net", 1))
    grid = equation(step, 6).notation
    assert isinstance(grid, Grid)
    shapes = [cell.raised.text for cell in grid.rows[1] if hasattr(cell, "raised")]
    assert shapes == ["16×1", "16×784", "784×1", "16×1"]
    rows, columns = written(step.parts[0])
    assert GAP in rows and GAP in columns and rows[-1] == 15 and columns[-1] == 783
    assert len(equation(step, 6).entries) < 80


def test_a_window_holds_the_ends_and_the_mark() -> None:
    for count in range(1, 30):
        for mark in range(count):
            found = window(count, mark, 5)
            assert mark in found and found[0] == 0 and found[-1] == count - 1 and len(found) <= 5
            places = [place for place in found if place != GAP]
            assert places == sorted(set(places))
            for before, after in pairwise(found):
                assert GAP in (before, after) or after == before + 1


def test_conventions_choose_the_letters_and_a_turned_delta_is_written_out() -> None:
    form = form_of(trained(open_example("mazur-2-2-2")), output="actual", target="ideal", learning_rate="α",
                   delta="descent")
    assert form.step(Choice("backward", "out", 2)).matrices[1].plain == "actual 2"
    assert form.step(Choice("backward", "out", 2)).matrices[2].plain == "ideal"
    assert form.step(Choice("backward", "net", 1)).left.plain == "∂E/∂net 1"
    assert form.title(Choice("backward", "net", 1)) == "∂E/∂net of layer 1"
    rate = next(part for part in form.step(Choice("update", "parameter", 1, "W1")).parts if isinstance(part, Scalar))
    assert rate.sign == Sign("α") and rate.value == 0.5


def test_of_a_surface_only_the_update_has_a_vector_form() -> None:
    session = trained(open_example("surface-ravine"))
    form = form_of(session)
    assert form.choices == (Choice("update", "parameter", 1, "p"),)
    assert form.step(form.choices[0]).lines[-1].startswith("p = p - ")
    assert form_of(session, 0, 1).at_cursor is None


@pytest.mark.parametrize("name", ["mazur-2-2-2", "xor-maxout", "softmax-cross-entropy", "xor", "surface-saddle"])
def test_no_number_is_shown_before_the_pass_has_come_to_it(name: str) -> None:
    """Whichever step is asked for: every matrix but the given ones is known as far as the cursor has come."""
    session = trained(open_example(name))
    for cursor in range(session.order.length + 1):
        for example in (0, MEAN):
            form = form_of(session, example, cursor)
            done = {session.order.at(number) for number in range(cursor)}
            reached = {(operation.phase, operation.kind, operation.element) for operation in done}
            for choice in form.choices:
                for matrix in form.step(choice).matrices:
                    for row, column in np.ndindex(*matrix.shape):
                        quantity = matrix.at(row, column)
                        if quantity is None or quantity.kind not in COMPUTED or not matrix.is_known(row, column):
                            continue
                        phase, kind = COMPUTED[quantity.kind]
                        if quantity.kind == "out" and quantity.element.layer == 0:
                            continue
                        assert (phase, kind, quantity.element) in reached, (cursor, choice, matrix.plain)


COMPUTED = {
    "net": ("forward", "net"), "out": ("forward", "out"), "term": ("loss", "term"), "loss": ("loss", "total"),
    "out gradient": ("backward", "out"), "delta": ("backward", "net"), "gradient": ("backward", "parameter"),
    "update": ("update", "parameter"), "new value": ("update", "parameter"),
}


def test_before_the_first_operation_the_step_to_come_is_shown_without_numbers() -> None:
    form = form_of(trained(open_example("xor")), cursor=0)
    assert form.at_cursor == Choice("forward", "net", 1)
    step = form.step(form.at_cursor)
    assert step.left.known is not None and not step.left.known.any()
    assert step.spoken().endswith("not computed yet")
