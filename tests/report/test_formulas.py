"""Every number has a formula, and whoever works the formula out gets the number: the engine's, at every digit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import pytest

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.report.conventions import DEFAULT, Conventions
from nnviz.report.elements import Alpha, Bias, GateNode, Parameter, Unit, Weight
from nnviz.report.formulas import Formulas
from nnviz.report.formulas_schedule import COURSES
from nnviz.report.formulas_update import RULES
from nnviz.report.labels import Labels
from nnviz.report.leaves import Leaves
from nnviz.report.mathematics import (
    Formula,
    Known,
    Sum,
    in_numbers,
    in_symbols,
    notation_in_numbers,
    notation_in_symbols,
    worked_out,
)
from nnviz.report.moment import MEAN
from nnviz.report.notation import Elision, Fraction, Notation, Row, Script, Sign
from nnviz.report.quantities import Quantity
from nnviz.report.trace import Trace
from nnviz.session.examples import example_names, open_example
from nnviz.session.session import Session

SMALL = [name for name in example_names() if open_example(name).network.parameter_count <= 60]
UPHILL = Conventions(target="ideal", output="actual", learning_rate="α", delta="descent")

MATHEMATICS = {
    "E": np.float64(math.e),
    "max": max, "min": min, "abs": abs, "sign": np.sign, "tanh": math.tanh, "log": np.log, "π": math.pi,
    "inf": math.inf, "nan": math.nan, "Φ": lambda x: 0.5 * math.erfc(-x * 0.5**0.5), "cos": math.cos, "sin": math.sin,
    "φ": lambda x: math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi), "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(0.0, x), "tan": math.tan, "floor": math.floor, "sqrt": math.sqrt, "exp": math.exp,
}  # fmt: skip
IN_PYTHON = ((r"\be\^", "E**"), (r"\^", "**"), ("²", "**2"), ("·", "*"), ("½", "0.5"), ("≥", ">="),
             (r"\|([^|]+)\|", r"abs(\1)"), (r"√\(", "sqrt("), (r"√([0-9.]+(e[+-]\d+)?)", r"sqrt(\1)"))


def evaluated(text: str) -> float:
    """The number that a formula's text comes to, read by another program."""
    for pattern, python in IN_PYTHON:
        text = re.sub(pattern, python, text)
    with np.errstate(all="ignore"):
        return float(eval(text, {"__builtins__": {}}, MATHEMATICS))


def session_of(name: str, **values: object) -> Session:
    changes = {path.replace("__", "."): value for path, value in values.items()}
    return Session(open_example(name).with_values(changes))


def formulas_of(session: Session, example: int = 0, conventions: Conventions = DEFAULT) -> Formulas:
    labels = Labels(session.document.network, session.document.labels)
    return Formulas(session.record, labels, example, conventions)


def all_formulas(session: Session, example: int = 0, conventions: Conventions = DEFAULT) -> Iterator[Formula]:
    formulas = formulas_of(session, example, conventions)
    order = formulas.labels.order
    for index in range(order.length):
        found = formulas.of(order.at(index))
        assert all(formula.place == index for formula in found)
        yield from found


def assert_formulas_hold(session: Session, conventions: Conventions = DEFAULT) -> None:
    """Every formula of the pass comes to its number, for an example and for the mean."""
    for example in {len(session.record.rows) - 1, MEAN}:
        for formula in all_formulas(session, example, conventions):
            expected = pytest.approx(formula.left.value, rel=1e-12, abs=1e-15)
            assert worked_out(formula.right) == expected, formula
            assert evaluated(in_numbers(formula.right)) == expected, (formula.title, in_numbers(formula.right))


@pytest.mark.parametrize("name", SMALL)
def test_every_formula_of_an_example_comes_to_its_number(name: str) -> None:
    session = session_of(name)
    assert_formulas_hold(session)
    session.advance_steps(3)
    assert_formulas_hold(session)


def variants() -> Iterator[tuple[str, Session]]:
    for name in sorted(ACTIVATIONS):
        yield f"activation {name}", session_of("xor", layers__0__activation=name)
    for name in sorted(LOSSES):
        yield f"loss {name}", session_of("softmax-cross-entropy" if LOSSES[name].targets == "probabilities"
                                         else "multi-label", loss=name)
    for name in sorted(OPTIMISERS):
        yield f"optimiser {name}", session_of("xor", optimiser__name=name, batch_size=2)
        penalised = {"name": name, "learning_rate": 0.05, "l2": 0.01, "l1": 0.002, "clip_norm": 0.3, "clip_value": 0.2}
        yield f"optimiser {name}, penalised and clipped", session_of("xor", optimiser=penalised)
    yield "penalties alone", session_of("xor", optimiser={"name": "adam", "l2": 0.01, "l1": 0.002})
    yield "clipped alone", session_of("xor", optimiser={"name": "sgd", "clip_norm": 0.01})
    yield "cut alone", session_of("xor", optimiser={"name": "momentum", "clip_value": 0.01})
    yield "frozen and clipped", session_of("mazur-2-2-2", optimiser={"name": "adamw", "clip_norm": 0.01, "l1": 0.1})
    for name in sorted(SCHEDULES):
        paced = {"name": "sgd", "learning_rate": {"schedule": name, "learning_rate": 0.3}}
        yield f"schedule {name}", session_of("xor", optimiser=paced, batch_size=2)
    short = {"schedule": "one_cycle", "learning_rate": 0.3, "epochs": 2, "rise": 0.5}
    yield "beyond the cycle", session_of("xor", optimiser={"name": "sgd", "learning_rate": short}, batch_size=2)
    yield "leaky ReLU", session_of("xor", layers__0__activation={"name": "leaky_relu", "alpha": 0.2})
    one_at_zero = {"name": "relu", "at_zero": 1}
    yield "ReLU, 1 at 0", session_of("xor", layers__0__activation=one_at_zero, layers__0__bias="none")
    each = {"name": "prelu", "per_unit": 1, "alpha": 0.1}
    yield "PReLU, an alpha each", session_of("xor", layers__0__activation=each)
    yield "PReLU, one example", session_of("xor", layers__0__activation=each, batch_size=1)
    yield "ELU, steep", session_of("xor", layers__0__activation={"name": "elu", "alpha": 1.5})
    yield "maxout of four", session_of("xor-maxout", layers__0__activation={"name": "maxout", "pieces": 4})
    yield "maxout, pieces that tie", session_of("xor-maxout", parameters={})
    yield "a loss apart from its activation", session_of("xor", layers__1__activation="tanh", loss="squared_error")
    yield "softmax apart from its loss", session_of("softmax-cross-entropy", loss="mean_squared_error")
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
def test_formulas_hold_with(variant: str) -> None:
    session = VARIANTS[variant]
    assert_formulas_hold(session)
    session.advance_steps(4)
    assert_formulas_hold(session, UPHILL)


@pytest.mark.parametrize("table", [pytest.param((ACTIVATIONS, LOSSES, OPTIMISERS), id="tables")])
def test_every_row_of_the_tables_has_formulas(table: object) -> None:
    assert RULES.keys() == OPTIMISERS.keys()
    assert COURSES.keys() == SCHEDULES.keys() - {"constant"}


# --- the trace says the same ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMALL)
def test_the_trace_writes_what_the_formulas_say(name: str) -> None:
    session = session_of(name)
    session.advance_steps(2)
    typed = session.document.network.kind != "network"       # the trace has a formula's parts as they were typed
    labels = Labels(session.document.network, session.document.labels)
    trace = Trace(session.record, labels)
    for column, example in [*enumerate(trace.examples[:2]), (MEAN, "mean")]:
        formulas = formulas_of(session, column)
        for index in range(trace.order.length):
            operation = trace.order.at(index)
            formula = formulas.first(operation)
            for row in trace.rows_of(operation):
                if row.example == example:
                    written, numbers = (text.partition(" = ")[2] for text in (row.formula, row.calculation))
                    if operation.phase == "update":        # the trace has the update as one number
                        assert written == in_symbols(formula.right)
                        assert evaluated(numbers) == pytest.approx(worked_out(formula.right), rel=1e-12)
                    elif typed:
                        assert evaluated(numbers) == pytest.approx(worked_out(formula.right), rel=1e-12)
                    else:
                        assert (written, numbers) == (in_symbols(formula.named), in_numbers(formula.right))
                        assert row.formula.startswith(f"{formula.left.plain} = ")


# --- the lecture's walk-through -------------------------------------------------------------------------------------

STEPS = {
    "net h1": 0.3775, "net h2": 0.3925, "out h1": 0.593269992107, "out h2": 0.596884378260,
    "net o1": 1.105905967060, "net o2": 1.224921404096, "out o1": 0.751365069552, "out o2": 0.772928465321,
    "E o1": 0.274811083176, "E o2": 0.023560025584, "E": 0.298371108760,
    "∂E/∂out o1": 0.741365069552, "∂E/∂out o2": -0.217071534679,
    "∂out o1/∂net o1": 0.186815601809, "∂out o2/∂net o2": 0.175510052817,
    "∂E/∂net o1": 0.138498561629, "∂E/∂net o2": -0.038098236517,
    "∂E/∂w5": 0.082167040564, "∂E/∂w6": 0.082667627848, "∂E/∂w7": -0.022602540477, "∂E/∂w8": -0.022740242216,
    "new w5": 0.358916479718, "new w6": 0.408666186076, "new w7": 0.511301270239, "new w8": 0.561370121108,
    "∂E o1/∂out h1": 0.055399424651, "∂E o2/∂out h1": -0.019049118258, "∂E/∂out h1": 0.036350306393,
    "∂E/∂out h2": 0.041370322649, "∂out h1/∂net h1": 0.241300708572,
    "∂E/∂net h1": 0.008771354689, "∂E/∂net h2": 0.009954254705, "∂E/∂b1": 0.018725609395, "∂E/∂b2": 0.100400325112,
    "∂E/∂w1": 0.000438567734, "∂E/∂w2": 0.000877135469, "∂E/∂w3": 0.000497712735, "∂E/∂w4": 0.000995425471,
    "new w1": 0.149780716133, "new w2": 0.199561432266, "new w3": 0.249751143632, "new w4": 0.299502287265,
    "new b1": 0.35, "new b2": 0.6,
}  # fmt: skip


def test_the_lectures_walk_through_is_reproduced_number_by_number() -> None:
    found: dict[str, list[float]] = {}
    for formula in all_formulas(session_of("mazur-2-2-2")):
        found.setdefault(formula.left.plain, []).append(worked_out(formula.right))
    for name, expected in STEPS.items():
        for value in found[name]:
            assert value == pytest.approx(expected, abs=5e-13), name


def texts(name: str, operation: tuple[str, str, int, int], **values: object) -> list[tuple[str, str, str]]:
    """Name, symbols and numbers of an operation's formulas."""
    formulas = formulas_of(session_of(name, **values))
    phase, kind, layer, place = operation
    order = formulas.labels.order
    section = order.section(phase, kind, layer)  # type: ignore[arg-type]  # written as plain words here
    found = formulas.of(order.at(section.start + place))
    return [(each.left.plain, in_symbols(each.named), in_numbers(each.right)) for each in found]


def test_the_sum_over_downstream_units_is_written_both_ways() -> None:
    products, terms, first, second = texts("mazur-2-2-2", ("backward", "out", 1, 0))
    assert products[1] == "∂E/∂net o1·w5 + ∂E/∂net o2·w7"
    assert terms[1] == "∂E o1/∂out h1 + ∂E o2/∂out h1"
    numbers = [round(float(number.strip("()")), 9) for number in terms[2].split(" + ")]
    assert numbers == [0.055399425, -0.019049118]       # the lecture prints -0.019049119, of a rounded δ
    assert first == ("∂E o1/∂out h1", "∂E/∂net o1·w5", "0.13849856162855698·0.4")
    assert second[0] == "∂E o2/∂out h1"


def test_a_gradient_is_written_in_delta_form_and_as_the_whole_chain_rule() -> None:
    delta_form, chain = texts("mazur-2-2-2", ("backward", "parameter", 2, 0))
    assert delta_form[:2] == ("∂E/∂w5", "∂E/∂net o1·out h1")
    assert chain == ("∂E/∂w5", "∂E/∂out o1·∂out o1/∂net o1·∂net o1/∂w5",
                     "0.7413650695523157·0.1868156018089595·0.5932699921071872")


def test_a_step_is_written_with_the_learning_rate() -> None:
    new, change, in_delta_form = texts("mazur-2-2-2", ("update", "parameter", 2, 0))
    assert new == ("new w5", "w5 - η·∂E/∂w5", "0.4 - 0.5·0.08216704056423078")
    assert change[:2] == ("Δw5", "-η·∂E/∂w5")
    assert in_delta_form[:2] == ("Δw5", "-η·∂E/∂net o1·out h1")


def test_adam_shows_its_moments_and_their_corrections() -> None:
    names = [name for name, _, _ in texts("xor", ("update", "parameter", 1, 0), optimiser__name="adam")]
    assert names == ["new W1[0,0]", "ΔW1[0,0]", "m", "v", "m̂", "v̂"]
    symbols = dict(text[:2] for text in texts("xor", ("update", "parameter", 1, 0), optimiser__name="adam"))
    assert symbols["v"] == "β₂·old v + (1 - β₂)·(∂E/∂W1[0,0])²"
    assert symbols["new W1[0,0]"] == "W1[0,0] - η·m̂/(√v̂ + ε)"


def test_penalties_and_clipping_come_before_the_optimiser() -> None:
    optimiser = {"name": "sgd", "l2": 0.01, "clip_norm": 0.1}
    found = dict(text[:2] for text in texts("xor", ("update", "parameter", 1, 0), optimiser=optimiser))
    assert found["new W1[0,0]"] == "W1[0,0] - η·clip(∂E/∂W1[0,0] + 0.01·W1[0,0])"
    assert found["clip(∂E/∂W1[0,0] + 0.01·W1[0,0])"] == "g·c/max(‖g‖, c)"


# --- conventions ----------------------------------------------------------------------------------------------------


def test_delta_as_the_way_down_turns_its_formulas_round() -> None:
    formulas = {formula.left.plain: formula for formula in all_formulas(session_of("mazur-2-2-2"), 0, UPHILL)}
    delta = formulas["δ o1"]
    assert delta.left.value == pytest.approx(-0.138498561629, abs=5e-13)
    assert in_symbols(delta.right) == "-∂E/∂actual o1·∂actual o1/∂net o1"
    first = next(formula for formula in all_formulas(session_of("mazur-2-2-2"), 0, UPHILL)
                 if formula.left.plain == "∂E/∂w5")
    assert in_symbols(first.right) == "-δ o1·actual h1"
    assert in_symbols(formulas["E o1"].right) == "½·(ideal o1 - actual o1)²"
    assert in_symbols(formulas["new w5"].right) == "w5 - α·∂E/∂w5"
    assert in_symbols(formulas["Δw5"].right) == "α·δ o1·actual h1"


# --- numbers at the end of what float64 can say ------------------------------------------------------------------


def outspoken(name: str, weight: float, **values: object) -> Session:
    """An example whose first output is certain: its weights are so large that 1 - out is 0."""
    session = session_of(name, **values)
    document = session.document
    random = np.random.default_rng(3)
    arrays = {array.name: (random.normal(0.0, weight, array.shape) + weight * np.indices(array.shape)[0]).tolist()
              for array in document.network.arrays if array.kind == "weight"}
    return Session(document.with_values({"parameters": arrays}))


@pytest.mark.parametrize("name", ["multi-label", "softmax-cross-entropy"])
@pytest.mark.parametrize("weight", [30.0, 900.0])
def test_a_certain_output_has_formulas_that_hold_too(name: str, weight: float) -> None:
    session = outspoken(name, weight)
    formulas = formulas_of(session)
    order, kinds = formulas.labels.order, ("out", "net", "term", "total")
    for index in range(order.length):
        formula = formulas.first(order.at(index))
        if order.at(index).kind in kinds and math.isfinite(formula.left.value):
            assert worked_out(formula.right) == pytest.approx(formula.left.value, rel=1e-9, abs=1e-12), formula


@pytest.mark.parametrize("name", ["multi-label", "softmax-cross-entropy"])
def test_the_trace_of_a_certain_output_has_calculations_that_hold(name: str) -> None:
    session = outspoken(name, 2000.0)
    rows = list(Trace(session.record, Labels(session.document.network, {})).rows())
    certain = [row for row in rows if "log(1 + e^" in row.formula or "log(e^" in row.formula]
    assert certain
    for row in rows:
        number = row.gradient if row.phase == "backward" else row.value
        of_nothing = "·log(0.0)" in row.calculation or "·log(1 - 1.0)" in row.calculation      # 0·log 0, which is 0
        if not of_nothing and (not row.node.startswith("out") or row.phase == "forward"):
            expected = pytest.approx(number, rel=1e-9, abs=1e-12)
            assert evaluated(row.calculation.partition(" = ")[2]) == expected, row


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_of_numbers_that_ran_away_formulas_are_written_too(activation: str) -> None:
    session = session_of("regression-sine", layers__0__activation=activation, optimiser__learning_rate=1e200)
    session.advance_steps(10)
    blocked = session.segment.blocked
    record = session.record if blocked is None else session.segment.record(blocked)
    labels = Labels(session.document.network, {})
    with np.errstate(all="ignore"):
        for example in (0, MEAN):
            formulas = Formulas(record, labels, example)
            for index in range(labels.order.length):
                for formula in formulas.of(labels.order.at(index)):
                    worked_out(formula.right)
                    assert in_numbers(formula.right)


# --- about an element -----------------------------------------------------------------------------------------------


def lefts(session: Session, element: Unit | Parameter) -> list[str]:
    return [formula.left.plain for formula in formulas_of(session).about(element)]


def test_formulas_about_an_element_follow_the_pass() -> None:
    session = session_of("mazur-2-2-2")
    assert lefts(session, Unit(2, 0)) == [
        "net o1", "out o1", "E o1", "∂E/∂out o1", "∂E/∂net o1", "∂out o1/∂net o1"
    ]
    assert lefts(session, Weight(2, 0, 0)) == ["∂E/∂w5", "∂E/∂w5", "new w5", "Δw5", "Δw5"]
    assert lefts(session, Bias(2, 1)) == lefts(session, Bias(2, 0)), "a shared bias is one"
    assert lefts(session, Unit(0, 0)) == []
    places = [formula.place for formula in formulas_of(session).about(Unit(1, 1))]
    assert places == sorted(places)


def test_formulas_of_a_graph_are_about_its_gates_and_leaves() -> None:
    session = session_of("gate-product-sum")
    gate, leaf = GateNode(1, 2), Weight(1, 0, 0)
    assert lefts(session, gate) == ["q", "∂q/∂x", "∂q/∂y", "∂f/∂q", "∂f/∂q"]
    assert lefts(session, leaf) == ["∂f/∂x", "∂f/∂x"][: len(lefts(session, leaf))]
    learning = session_of("gate-descent")
    assert lefts(learning, leaf)[-2:] == ["new w", "Δw"]


def test_what_an_activation_learns_has_formulas_too() -> None:
    session = session_of("xor", layers__0__activation="prelu", batch_size=1)
    assert lefts(session, Alpha(1, 0)) == ["∂E/∂alpha1[0]", "new alpha1[0]", "Δalpha1[0]"]


@pytest.mark.parametrize("piece", [0, 1])
def test_maxout_says_which_piece_wins(piece: int) -> None:
    session = session_of("xor-maxout")
    winner = int(session.record.winners(1)[0, 1])
    unit = session.document.network.names(1)[0]
    name = f"∂out {unit}/∂net {unit}[{piece}]"
    slope = next(formula for formula in formulas_of(session, 1).about(Unit(1, 0)) if formula.left.plain == name)
    assert slope.left.value == float(piece == winner)
    assert ("this piece wins" in slope.note) == (piece == winner)


def test_every_number_of_a_pass_says_where_it_comes_from() -> None:
    for formula in all_formulas(session_of("mazur-2-2-2")):
        assert formula.left.quantity is not None
        for leaf in known_in(formula.right):
            if not leaf.plain.startswith("∂net "):          # that of a bias is 1
                assert leaf.quantity is not None, leaf.plain


PACED = {"name": "adamw", "l1": 0.01, "clip_norm": 0.1, "clip_value": 0.05,
         "learning_rate": {"schedule": "cosine", "learning_rate": 0.3}}


@pytest.mark.parametrize("session", [
    pytest.param(session_of("mazur-2-2-2"), id="the lecture's"),
    pytest.param(session_of("xor", optimiser=PACED), id="everything in the optimiser"),
    pytest.param(session_of("xor-maxout"), id="maxout"),
    pytest.param(session_of("softmax-cross-entropy", loss="negative_log_likelihood"), id="softmax"),
    pytest.param(session_of("gate-descent"), id="a graph"),
    pytest.param(session_of("surface-noise"), id="a surface"),
])
@pytest.mark.parametrize("example", [0, MEAN])
def test_no_number_is_worked_out_of_itself(session: Session, example: int) -> None:
    session.advance_steps(2)
    formulas: dict[Quantity, Formula] = {}
    for formula in all_formulas(session, example):
        assert formula.left.quantity is not None
        formulas.setdefault(formula.left.quantity, formula)
    done: set[Quantity] = set()

    def follow(quantity: Quantity, way: tuple[Quantity, ...]) -> None:
        assert quantity not in way, f"{quantity} leads to itself"
        if quantity in formulas and quantity not in done:
            for leaf in known_in(formulas[quantity].right):
                if leaf.quantity is not None:
                    follow(leaf.quantity, (*way, quantity))
            done.add(quantity)

    for quantity in formulas:
        follow(quantity, ())


def known_in(tree: object) -> Iterator[Known]:
    if isinstance(tree, Known):
        yield tree
    elif hasattr(tree, "__dataclass_fields__"):
        for name in tree.__dataclass_fields__:
            part = getattr(tree, name)
            for each in part if not isinstance(part, str) and hasattr(part, "__iter__") else [part]:
                yield from known_in(each)


# --- long sums ------------------------------------------------------------------------------------------------------


def test_of_a_long_sum_the_middle_is_left_out_and_can_be_asked_for() -> None:
    formulas = formulas_of(session_of("digits-784-16-16-10"))
    net = formulas.about(Unit(1, 0))[0]
    assert isinstance(net.right, Sum) and len(net.right.terms) == 785
    shown = notation_in_symbols(net.right, longest=8)
    assert isinstance(shown, Row)
    elided = [part for part in shown.parts if isinstance(part, Elision)]
    assert [part.count for part in elided] == [785 - 8]
    assert len(shown.parts) == 8 + 8 + 1, "eight terms, what is left out, and an operator between each two"
    whole = notation_in_numbers(net.right)
    assert isinstance(whole, Row) and len(whole.parts) == 2 * 785 - 1
    assert in_symbols(net.right).count("·") == 784


def test_nothing_of_a_long_sum_is_made_before_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    parameter = Leaves.parameter
    monkeypatch.setattr(Leaves, "parameter", lambda leaves, element: made.append(element) or parameter(leaves, element))
    net = formulas_of(session_of("digits-784-16-16-10"), MEAN).about(Unit(1, 0))[0]
    assert not made
    notation_in_numbers(net.right, longest=8)
    assert len(made) < 60


# --- signs ----------------------------------------------------------------------------------------------------------


def sign_of(name: str, plain: str, conventions: Conventions = DEFAULT) -> str:
    found = next(leaf for formula in all_formulas(session_of(name), 0, conventions)
                 for leaf in (formula.left, *known_in(formula.right)) if leaf.plain == plain)
    return drawn(found.sign)


def drawn(notation: Notation) -> str:
    """A sign as somebody would type it."""
    match notation:
        case Sign(text):
            return text
        case Row(parts):
            return "".join(map(drawn, parts))
        case Script(base, lowered, raised):
            up = f"^{{{drawn(raised)}}}" if raised else ""
            return f"{drawn(base)}{f'_{{{drawn(lowered)}}}' if lowered else ''}{up}"
        case Fraction(above, below):
            return f"{drawn(above)}/{drawn(below)}"
        case _:
            return type(notation).__name__


@pytest.mark.parametrize(("name", "plain", "expected"), [
    ("mazur-2-2-2", "net h1", "net_{h1}"),
    ("mazur-2-2-2", "out h1", "out_{h1}"),
    ("mazur-2-2-2", "i1", "i_{1}"),
    ("mazur-2-2-2", "w5", "w_{5}"),
    ("mazur-2-2-2", "new w5", "w_{5}^{+}"),
    ("mazur-2-2-2", "E", "E_{total}"),
    ("mazur-2-2-2", "E o1", "E_{o1}"),
    ("mazur-2-2-2", "∂E/∂net h1", "δ_{h1}"),
    ("mazur-2-2-2", "∂E/∂out o1", "∂E_{total}/∂out_{o1}"),
    ("mazur-2-2-2", "∂E o1/∂out h1", "∂E_{o1}/∂out_{h1}"),
    ("mazur-2-2-2", "∂E/∂w5", "∂E_{total}/∂w_{5}"),
    ("xor", "W1[0,1]", "W_{0,1}^{(1)}"),
    ("xor", "b2[0]", "b_{0}^{(2)}"),
    ("xor", "new W1[0,1]", "W_{0,1}^{(1)+}"),
    ("xor-maxout", "b1[0,1]", "b_{0,1}^{(1)}"),
    ("surface-ravine", "∂f/∂x", "∂f/∂x"),
])  # fmt: skip
def test_signs_look_like_a_textbooks(name: str, plain: str, expected: str) -> None:
    assert sign_of(name, plain) == expected


def test_signs_follow_the_conventions() -> None:
    assert sign_of("mazur-2-2-2", "ideal o1", UPHILL) == "ideal_{o1}"
    assert sign_of("mazur-2-2-2", "actual o1", UPHILL) == "actual_{o1}"


@pytest.mark.parametrize(("conventions", "expected"), [(DEFAULT, "α_{0}^{(1)}"), (UPHILL, "a_{0}^{(1)}")])
def test_a_learned_slope_makes_room_for_the_learning_rate(conventions: Conventions, expected: str) -> None:
    session = session_of("xor", layers__0__activation="prelu")
    found = formulas_of(session, 0, conventions).about(Alpha(1, 0))
    alpha = next(leaf for formula in found for leaf in known_in(formula.right) if leaf.plain == "alpha1[0]")
    assert drawn(alpha.sign) == expected


def test_no_chain_rule_is_written_whose_factors_are_infinite_and_nothing() -> None:
    """Far out, the output is 1 where 0 is wanted: loss and activation as one know δ, their product is no number."""
    session = session_of("xor", batch_size=1, parameters={}, layers__1__initialise={"name": "constant", "value": 900.0},
                         layers__0__initialise={"name": "constant", "value": 1.0})
    for _ in range(4):
        session.advance_step()
        for formula in all_formulas(session):
            if math.isfinite(formula.left.value) and formula.left.plain.startswith("∂E/∂"):
                assert worked_out(formula.right) == pytest.approx(formula.left.value, rel=1e-9), formula.title


def test_a_loss_that_is_refused_to_an_output_beyond_one_says_why() -> None:
    session = session_of("softmax-cross-entropy", layers__0__activation="leaky_relu")
    told = [formula for formula in all_formulas(session)
            if math.isnan(formula.left.value) and not math.isnan(worked_out(formula.right))]
    assert {formula.title for formula in told} == {"loss term", "slope of the loss"}
    assert all("not a probability" in formula.note for formula in told)


def test_a_gate_whose_power_overflows_says_so() -> None:
    session = session_of("gate-max", expression="softplus(x*1000) + y", values={"x": 2.0, "y": 1.0})
    told = [formula for formula in all_formulas(session) if worked_out(formula.right) != formula.left.value]
    assert told and all("overflows" in formula.note for formula in told)


@pytest.mark.filterwarnings("error")
def test_an_example_whose_gradient_is_no_number_is_told_without_a_warning() -> None:
    """δ = 0 times an output that is infinite: the terminal hears nothing of it."""
    wild = {"name": "gaussian", "std": 1e300}
    session = session_of("xor", layers__0__activation="prelu", layers__0__initialise=wild, layers__1__initialise=wild)
    for element in (Weight(2, 0, 0), Weight(1, 0, 0), Bias(2, 0), Alpha(1, 0)):
        for example in range(4):
            assert formulas_of(session, example).about(element)
