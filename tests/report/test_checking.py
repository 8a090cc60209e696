"""A gradient check in words: the worst first, by the names the lesson uses, and a verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnviz.engine.check import GradientCheck, check_gradients
from nnviz.report.checking import checked_text, duration, verdict, worst_parameters
from nnviz.report.elements import Bias, Weight
from nnviz.session.document import Document
from nnviz.session.examples import open_document
from nnviz.session.session import Session


def mazur() -> tuple[GradientCheck, dict[str, str]]:
    session = Session(open_document("mazur-2-2-2"))
    record = session.record
    check = check_gradients(record.problem, record.parameters, record.rows)
    assert check is not None
    return check, dict(session.document.labels)


def spoilt(check: GradientCheck, *places: int) -> GradientCheck:
    analytic = check.analytic.copy()
    analytic[list(places)] *= 0.9
    return replace(check, analytic=analytic)


def test_the_worst_come_first_with_the_lessons_names_and_their_places() -> None:
    check, labels = mazur()
    bad = worst_parameters(spoilt(check, 5), labels)      # after four weights and a shared bias
    assert (bad[0].name, bad[0].label, bad[0].element) == ("W2[0,0]", "w5", Weight(2, 0, 0))
    assert len(bad) == 10
    assert {row.element for row in bad} >= {Bias(1, 0), Bias(2, 0)}


def test_the_verdict_says_what_was_found() -> None:
    check, _ = mazur()
    assert verdict(check).startswith("The gradients of 10 parameters are right: the largest relative error is ")
    assert verdict(spoilt(check, 6)).startswith("1 gradient of 10 is wrong: the largest relative error is 1.0e-01")
    assert verdict(spoilt(check, 6, 7)).startswith("2 gradients of 10 are wrong")
    hidden = np.zeros(10, dtype=bool)
    hidden[0] = True
    assert verdict(replace(check, unchecked=hidden)).endswith("1 parameter lies at a kink and was not checked.")


def test_where_nothing_can_be_compared_nothing_is_called_right_or_wrong() -> None:
    def said(tree: dict[str, object]) -> str:
        document = Document.from_tree({"format": "nnviz", "version": 1, **tree})
        record = Session(document).record
        check = check_gradients(record.problem, record.parameters, record.rows)
        assert check is not None
        return verdict(check)

    layers = [{"units": 2, "activation": "relu"}, {"units": 1, "activation": "identity"}]
    far = {"inputs": [[1e308, -1e308], [-1e308, 1e308]], "targets": [[0.0], [1.0]]}
    assert said({"kind": "network", "inputs": 2, "layers": layers, "loss": "half_squared_error", "data": far}) == (
        "Nothing can be compared: the loss is not finite here, so that trying gives no gradient.")
    assert said({"kind": "surface", "expression": "abs(x) + max(x, y)"}).startswith(
        "Nothing was checked: every parameter lies at a kink")


def test_many_parameters_are_grouped_alike_in_the_heading_and_in_the_verdict() -> None:
    check, labels = mazur()
    many, few = np.full(13_002, 0.1), np.zeros(13_002, dtype=bool)
    text = checked_text(replace(check, analytic=many, numerical=many, scales=many, unchecked=few), labels, 0)
    assert text.count("13\N{NARROW NO-BREAK SPACE}002 parameters") == 2 and "13002" not in text


def test_the_text_has_both_gradients_in_full_and_both_times() -> None:
    check, labels = mazur()
    text = checked_text(check, labels)
    assert "10 parameters, a batch of 1, complex step" in text
    assert "w5" in text and repr(float(check.array("W2", check.analytic)[0, 0])) in text
    assert f"by formula {duration(check.analytic_seconds)}, by complex step" in text
