"""The trace says what the engine did: whoever works out a calculation by hand gets the number beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import pytest

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.gates import GATES
from nnviz.exchange.csv_writer import FORMULA_STARTS
from nnviz.report.labels import Labels
from nnviz.report.trace import Trace, TraceRow, operand, substitute
from nnviz.session.document import Document
from nnviz.session.examples import example_names, open_example
from nnviz.session.session import Session

SMALL = [name for name in example_names() if open_example(name).network.parameter_count <= 60]

MATHEMATICS = {
    "E": math.e, "max": max, "min": min, "abs": abs, "sign": np.sign, "tanh": math.tanh, "log": np.log,
    "exp": np.exp, "sigmoid": GATES["sigmoid"].value, "relu": GATES["relu"].value,
    "inf": math.inf, "nan": math.nan, "Φ": lambda x: 0.5 * math.erfc(-x * 0.5**0.5),
}  # fmt: skip
IN_PYTHON = ((r"log ([0-9.e+-]+)", r"log(\1)"), (r"\be\^", "E**"), (r"\^", "**"), ("²", "**2"), ("·", "*"),
             ("½", "0.5"), (r"\|([^|]+)\|", r"abs(\1)"))


def worked_out(calculation: str) -> float:
    """The number that a calculation comes to."""
    text = calculation.partition(" = ")[2]
    for pattern, python in IN_PYTHON:
        text = re.sub(pattern, python, text)
    with np.errstate(all="ignore"):
        return float(eval(text, {"__builtins__": {}}, MATHEMATICS))


def session_of(name: str, **values: object) -> Session:
    changes = {path.replace("__", "."): value for path, value in values.items()}
    return Session(open_example(name).with_values(changes))


def trace_of(session: Session) -> Trace:
    return Trace(session.record, Labels(session.document.network, session.document.labels))


def rows_of(session: Session) -> list[TraceRow]:
    return list(trace_of(session).rows())


def result(row: TraceRow) -> float:
    if row.phase == "backward":
        assert row.gradient is not None
        return row.gradient
    return row.value


def assert_calculations_hold(rows: list[TraceRow]) -> None:
    for row in rows:
        assert worked_out(row.calculation) == pytest.approx(result(row), rel=1e-12, abs=1e-15), row


@pytest.mark.parametrize("name", SMALL)
def test_every_calculation_comes_to_the_number_beside_it(name: str) -> None:
    session = session_of(name)
    assert_calculations_hold(rows_of(session))
    session.advance_steps(3)
    assert_calculations_hold(rows_of(session))


def variants() -> Iterator[tuple[str, Session]]:
    yield "leaky ReLU", session_of("xor", layers__0__activation={"name": "leaky_relu", "alpha": 0.2})
    for name in sorted(ACTIVATIONS):
        yield name, session_of("xor", layers__0__activation=name)
    one_at_zero = {"name": "relu", "at_zero": 1}
    yield "ReLU, 1 at 0", session_of("xor", layers__0__activation=one_at_zero, layers__0__bias="none")
    each = {"name": "prelu", "per_unit": 1, "alpha": 0.1}
    yield "PReLU, an alpha each", session_of("xor", layers__0__activation=each)
    yield "PReLU, one example", session_of("xor", layers__0__activation=each, batch_size=1)
    yield "ELU, steep", session_of("xor", layers__0__activation={"name": "elu", "alpha": 1.5})
    yield "momentum", session_of("xor", optimiser__name="momentum")
    yield "adam", session_of("xor", optimiser__name="adam")
    yield "a loss apart from its activation", session_of("xor", layers__1__activation="tanh", loss="squared_error")
    yield "softmax apart from its loss", session_of("softmax-cross-entropy", loss="mean_squared_error")
    yield "negative log likelihood", session_of("softmax-cross-entropy", loss="negative_log_likelihood")
    yield "absolute errors", session_of("multi-label", loss="mean_absolute_error")
    yield "Huber on both sides of delta", session_of("multi-label", loss={"name": "huber", "delta": 0.4})
    yield "softmax in the middle", session_of("xor", layers__0__activation="softmax")
    yield "targets that sum to a little less than one", session_of(
        "softmax-cross-entropy", data={"inputs": [[1.0]], "targets": [[0.3, 0.3, 0.4 - 2e-10]]}
    )
    yield "batches", session_of("multi-label", batch_size=5)
    yield "a shared bias over a batch", session_of("xor", layers__0__bias="shared")
    yield "no bias", session_of("xor", layers__0__bias="none")


VARIANTS = dict(variants())


@pytest.mark.parametrize("variant", VARIANTS)
def test_calculations_hold_with(variant: str) -> None:
    session = VARIANTS[variant]
    assert_calculations_hold(rows_of(session))
    session.advance_steps(2)
    assert_calculations_hold(rows_of(session))


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_two_factors_multiply_to_the_gradient_with(variant: str) -> None:
    rows = rows_of(VARIANTS[variant])
    for row in rows:
        assert (row.gradient is not None) == (row.phase == "backward")
        assert (row.local_gradient is None) == (row.upstream_gradient is None)
        if row.local_gradient is not None and row.upstream_gradient is not None:
            assert row.local_gradient * row.upstream_gradient == pytest.approx(row.gradient, rel=1e-12, abs=1e-15), row


def find(rows: list[TraceRow], node: str, phase: str) -> TraceRow:
    return next(row for row in rows if row.node == node and row.phase == phase)


def texts(name: str, node: str, phase: str, **values: object) -> tuple[str, str, str]:
    row = find(rows_of(session_of(name, **values)), node, phase)
    return row.operation, row.formula, row.calculation


def test_a_net_input_is_written_with_the_names_of_the_lesson() -> None:
    assert texts("mazur-2-2-2", "net h1", "forward") == (
        "affine", "net h1 = w1·i1 + w2·i2 + b1", "net h1 = 0.15·0.05 + 0.2·0.1 + 0.35"
    )


def test_without_labels_parameters_have_their_canonical_names() -> None:
    formula = texts("xor", "net y", "forward")[1]
    assert formula.startswith("net y = W2[0,0]·out h1 + W2[0,1]·out h2")
    assert formula.endswith(" + b2[0]")


@pytest.mark.parametrize(
    ("node", "phase", "expected"),
    [
        ("out h1", "forward", ("sigmoid", "out h1 = 1/(1 + e^-(net h1))", "out h1 = 1/(1 + e^-(0.3775))")),
        ("E o1", "loss", ("loss term", "E o1 = ½·(target o1 - out o1)²", "E o1 = ½·(0.01 - 0.7513650695523157)²")),
        ("E", "loss", ("loss", "E = E o1 + E o2", "E = 0.274811083176155 + 0.023560025583847746")),
        (
            "out o1", "backward",
            ("loss term", "∂E/∂out o1 = out o1 - target o1", "∂E/∂out o1 = 0.7513650695523157 - 0.01"),
        ),
        (
            "net o2", "backward",
            (
                "sigmoid", "∂E/∂net o2 = ∂E/∂out o2·∂out o2/∂net o2",
                "∂E/∂net o2 = (-0.21707153467853746)·0.17551005281727128",
            ),
        ),
        (
            "out h1", "backward",
            (
                "affine", "∂E/∂out h1 = ∂E/∂net o1·w5 + ∂E/∂net o2·w7",
                "∂E/∂out h1 = 0.13849856162855698·0.4 + (-0.03809823651655624)·0.5",
            ),
        ),
        (
            "w5", "backward",
            ("affine", "∂E/∂w5 = ∂E/∂net o1·out h1", "∂E/∂w5 = 0.13849856162855698·0.5932699921071872"),
        ),
        (
            "b2", "backward",
            (
                "affine", "∂E/∂b2 = ∂E/∂net o1 + ∂E/∂net o2",
                "∂E/∂b2 = 0.13849856162855698 + (-0.03809823651655624)",
            ),
        ),
        ("w5", "update", ("sgd", "w5 = w5 - η·∂E/∂w5", "w5 = 0.4 + (-0.04108352028211539)")),
        ("b2", "update", ("frozen", "b2 = b2", "b2 = 0.6 + 0.0")),
    ],
)  # fmt: skip
def test_the_worked_example_reads_like_the_lecture(node: str, phase: str, expected: tuple[str, str, str]) -> None:
    assert texts("mazur-2-2-2", node, phase) == expected


def test_the_lectures_chain_rule_has_its_three_factors() -> None:
    rows = rows_of(session_of("mazur-2-2-2"))
    out, net, weight = (find(rows, node, "backward") for node in ("out o1", "net o1", "w5"))
    assert (out.local_gradient, out.upstream_gradient) == (out.gradient, 1.0)
    assert (net.upstream_gradient, weight.upstream_gradient) == (out.gradient, net.gradient)
    assert weight.local_gradient == find(rows, "out h1", "forward").value
    assert find(rows, "out h1", "backward").local_gradient is None, "two terms, no single pair of factors"


def test_one_downstream_unit_leaves_one_pair_of_factors() -> None:
    session = session_of("xor")
    row = find(rows_of(session), "out h1", "backward")
    assert row.local_gradient == session.problem.blocks.weights(session.record.parameters, 2)[0, 0]
    assert row.upstream_gradient == session.record.delta(2)[0, 0]


def test_a_mean_over_outputs_is_the_upstream_factor() -> None:
    row = find(rows_of(session_of("multi-label")), "out right", "backward")
    assert row.upstream_gradient == 1.0 / 3.0
    assert row.formula.endswith(")/3")


def test_softmax_with_cross_entropy_leaves_p_minus_t() -> None:
    assert texts("softmax-cross-entropy", "net y1", "backward")[1:] == (
        "∂E/∂net y1 = out y1 - target y1", "∂E/∂net y1 = 0.6590011388859679 - 1.0"
    )


def test_apart_from_its_loss_softmax_shows_its_jacobian() -> None:
    assert texts("softmax-cross-entropy", "out y1", "backward", loss="negative_log_likelihood")[1:] == (
        "∂E/∂out y1 = -target y1/out y1", "∂E/∂out y1 = -1.0/0.6590011388859679"
    )
    formula, calculation = texts("softmax-cross-entropy", "net y2", "backward", loss="negative_log_likelihood")[1:]
    assert formula == (
        "∂E/∂net y2 = ∂E/∂out y1·(-out y1·out y2) + ∂E/∂out y2·(out y2·(1 - out y2)) + ∂E/∂out y3·(-out y3·out y2)"
    )
    assert worked_out(calculation) == pytest.approx(0.242432970705, abs=5e-13)


def test_softmax_has_no_single_pair_of_factors() -> None:
    row = find(rows_of(session_of("softmax-cross-entropy")), "net y1", "backward")
    assert (row.local_gradient, row.upstream_gradient) == (None, None)


def test_an_unfrozen_parameter_follows_its_optimiser() -> None:
    assert texts("xor", "b2[0]", "update", optimiser__name="adam")[:2] == ("adam", "b2[0] = b2[0] - η·m̂/(√v̂ + ε)")


def test_a_batch_is_listed_example_by_example_and_a_parameter_once() -> None:
    session = session_of("xor", batch_size=3, seed=5)
    rows, batch = rows_of(session), session.record.rows.tolist()
    assert [row.example for row in rows if (row.node, row.phase) == ("net h1", "forward")] == batch
    assert sorted(batch) != batch, "a shuffled batch shows its order"
    parameters = [row for row in rows if row.node == "W1[0,0]"]
    assert [(row.phase, row.example) for row in parameters] == [("backward", "mean"), ("update", "mean")]
    assert parameters[0].formula == "∂E/∂W1[0,0] = 1/3·Σ(∂E/∂net h1·x1)"
    assert (parameters[0].local_gradient, parameters[0].upstream_gradient) == (None, None)


def test_the_rows_follow_the_cursor() -> None:
    session = session_of("xor", batch_size=2)
    trace = trace_of(session)
    by_operation = [row for index in range(trace.order.length) for row in trace.rows_of(trace.order.at(index))]
    assert by_operation == list(trace.rows())
    phases = [row.phase for row in by_operation]
    assert phases == sorted(phases, key=["forward", "loss", "backward", "update"].index)


@pytest.mark.parametrize("name", SMALL)
def test_no_text_begins_like_a_spreadsheets_formula(name: str) -> None:
    for row in rows_of(session_of(name)):
        for text in (row.phase, row.operation, row.node, row.formula, row.calculation):
            assert not text.startswith(FORMULA_STARTS)


def test_no_number_is_a_negative_zero() -> None:
    for row in rows_of(session_of("softmax-cross-entropy")):
        for number in row[6:]:
            assert number is None or not (number == 0.0 and math.copysign(1.0, number) < 0.0), row


def test_numbers_that_ran_away_are_written_too() -> None:
    session = session_of("linear-regression", optimiser__learning_rate=1e200)
    session.advance_steps(10)
    assert session.segment.blocked is not None
    with np.errstate(all="ignore"):
        rows = list(Trace(session.segment.record(session.segment.blocked), Labels(session.document.network, {})).rows())
    assert any("inf" in row.calculation or "nan" in row.calculation for row in rows)


def test_a_wide_layer_is_written_only_where_it_is_asked_for() -> None:
    units = 2000
    document = Document.from_tree({
        "format": "nnviz", "version": 1, "kind": "network", "inputs": units,
        "layers": [{"units": units, "activation": "relu"}, {"units": 1, "activation": "identity"}],
        "loss": "squared_error", "data": {"inputs": [[0.5] * units], "targets": [[1.0]]},
    })  # fmt: skip
    first = next(trace_of(Session(document)).rows())
    assert first.formula.count("·") == units
    assert worked_out(first.calculation) == pytest.approx(first.value, rel=1e-12)


@pytest.mark.parametrize(
    ("number", "text"), [(0.1, "0.1"), (-0.5, "(-0.5)"), (1e-7, "1e-07"), (-0.0, "0.0"), (math.inf, "inf")]
)
def test_an_operand_has_all_its_digits(number: float, text: str) -> None:
    assert operand(number) == text


def test_a_negative_number_gets_brackets_behind_an_operator_only() -> None:
    values = {"net": "-2.0", "alpha": "0.1"}
    assert substitute("max({alpha}·{net}, {net})", values) == "max(0.1·(-2.0), -2.0)"
    assert substitute("1/(1 + e^-({net}))", values) == "1/(1 + e^-(-2.0))"
    assert substitute("({alpha} - {net})²", values) == "(0.1 - (-2.0))²"
