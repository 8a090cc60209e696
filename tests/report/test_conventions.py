"""Whose words, letters and signs: one door says them, and what files say stays as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from nnviz import words
from nnviz.cli import main
from nnviz.exchange.notebook import load
from nnviz.exchange.tables import TABLES
from nnviz.report.conventions import DEFAULT, Conventions, in_force, put_in_force
from nnviz.report.elements import Unit, Weight
from nnviz.report.inspection import accessible_description, describe, text_of
from nnviz.report.labels import Labels
from nnviz.report.moment import MEAN
from nnviz.report.titles import Looked
from nnviz.report.trace_rows import TraceRows, in_words, whole_line
from nnviz.words import Naming, lettered, plain, sign, tr
from tests.gui.panels.views import view_of

LECTURE = Conventions("ideal", "actual", "ε", "descent")
ALL = [Conventions(*parts) for parts in product(
    ("target", "ideal"), ("out", "actual"), ("η", "α", "ε"), ("slope", "descent"))]  # type: ignore[arg-type]  # product


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    put_in_force(DEFAULT)


def said_of(name: str) -> list[str]:
    """Every line that the inspector and the picture say of a network, at every moment of a step."""
    session = load(name)
    found: list[str] = []
    last = len(session.problem.network.layers)
    units = () if session.problem.network.kind == "surface" else (Unit(0, 0), Unit(1, 0), Unit(last, 0))
    for cursor in range(session.order.length + 1):
        session.seek_operation(cursor)
        for example in (0, MEAN):
            view: Looked = view_of(session, example=example)
            for element in (None, *units, Weight(last, 0, 0)):
                found += [f"{what}: {text}" for what, text in text_of(view, element)]
                if element is not None:
                    found += [describe(view.document, view.moment, element),
                              accessible_description(view.document, view.moment, element)]
    return found


def test_the_defaults_say_every_text_as_it_is_written() -> None:
    assert DEFAULT.naming == Naming()
    assert tr("Residuals over the ‹targets›: ∂E/∂‹out› and η") == "Residuals over the targets: ∂E/∂out and η"


def test_marked_words_signs_and_letters_are_said_as_the_lecture_says_them() -> None:
    put_in_force(LECTURE)
    assert tr("‹Output› less ‹target›, η/(s + ε)·∂E/∂‹out›") == "Actual output less ideal, ε/(s + eps)·∂E/∂actual"
    assert tr("‹η› (eta)") == "η (eta)" and lettered("w - η g/(√s + ε)") == "w - ε g/(√s + eps)"
    assert sign("out") == "actual"
    put_in_force(replace(DEFAULT, learning_rate="α"))
    assert lettered("x if x > 0 else αx; η") == "x if x > 0 else ax; α"


def test_a_word_is_translated_and_a_sign_is_not() -> None:
    put_in_force(LECTURE)
    try:
        words.install(lambda text: f"⟦{text}⟧")
        assert tr("the ‹target› and ∂E/∂‹out›") == "⟦the ⟦ideal⟧ and ∂E/∂actual⟧"
    finally:
        words.install(str)


@pytest.mark.parametrize("name", ["mazur-2-2-2", "xor", "softmax-cross-entropy", "xor-maxout", "surface-noise"])
def test_another_convention_and_back_leaves_every_text_as_it_was(name: str) -> None:
    before = said_of(name)
    put_in_force(LECTURE)
    said = "\n".join(said_of(name))
    assert not re.search(r"\b[Tt]argets?\b|\bout\b|η", said), re.findall(r".*\b(?:[Tt]arget|out)\b.*", said)[:5]
    put_in_force(DEFAULT)
    assert said_of(name) == before


def test_downhill_turns_every_delta_round_and_no_gradient() -> None:
    session = load("mazur-2-2-2")
    session.advance_step()

    def lines(element: Unit | Weight) -> dict[str, str]:
        return dict(text_of(view_of(session), element))

    unit, weight = lines(Unit(2, 0)), lines(Weight(2, 0, 0))
    put_in_force(replace(DEFAULT, delta="descent"))
    turned = lines(Unit(2, 0))
    assert float(turned["δ = −∂E/∂net"]) == -float(unit["δ = ∂E/∂net"])
    assert {key: text for key, text in turned.items() if "δ" not in key} == {
        key: text for key, text in unit.items() if "δ" not in key}
    assert lines(Weight(2, 0, 0)) == weight
    assert "delta −0.138" in accessible_description(session.document, session.moment(), Unit(2, 0))


def test_the_line_in_numbers_comes_to_what_is_shown_under_every_convention() -> None:
    session = load("mazur-2-2-2")
    for conventions in ALL:
        put_in_force(conventions)
        for cursor in range(1, session.order.length + 1):
            session.seek_operation(cursor)
            lines = text_of(view_of(session), None)
            names = [what for what, _ in lines]
            numbers = lines[names.index("in numbers")][1].replace(" · ", "*").replace("½*", "0.5*").replace("²", "**2")
            numbers = numbers.replace("e^-(", "math.e**-(")
            shown = float(lines[names.index("in numbers") + 1][1])
            assert eval(numbers, {"math": __import__("math")}) == pytest.approx(shown, abs=1e-15), numbers


@pytest.mark.parametrize("name", ["mazur-2-2-2", "xor-maxout", "softmax-cross-entropy", "surface-noise", "iris",
                                  "gate-sigmoid-neuron", "gate-descent"])
def test_every_row_of_the_trace_is_said_in_the_words_in_force(name: str) -> None:
    session = load(name)
    session.advance_steps(1)
    record, labels = session.record, Labels(session.problem.network, session.document.labels)
    put_in_force(LECTURE)
    for place in (0,) if session.problem.network.kind == "graph" else (0, MEAN):
        for number in range(labels.order.length):
            operation = labels.order.at(number)
            row = TraceRows(record, labels).row(operation, place, False)
            said = in_words(row, record, labels, operation, place)
            text = f"{said.node} | {said.formula} | {said.calculation} | {whole_line(said, True)}"
            assert not re.search(r"\btarget\b|\bout\b|η", text), text
    put_in_force(DEFAULT)
    assert in_words(row, record, labels, operation, MEAN) is row


def test_files_and_the_command_line_keep_their_own_words(capfd: pytest.CaptureFixture[str]) -> None:
    def everything() -> str:
        for name in TABLES:
            assert main(["export", "mazur-2-2-2", "--table", name, "--steps", "2"]) == 0
        return capfd.readouterr().out

    before = everything()
    put_in_force(LECTURE)
    assert everything() == before


def test_the_sample_shows_each_choice() -> None:
    assert len({(conventions.sample(True), conventions.sample(False)) for conventions in ALL}) == len(ALL)
    assert in_force() == DEFAULT


# --- the sources ----------------------------------------------------------------------------------------------------

PACKAGE = Path(words.__file__).parent
# Words that stand without a mark in texts that are shown, and what else they mean there.
UNMARKED = {
    "Source → target": "the units that a weight leads from and to",
    "What the numbers are called that the network is to give. Exported tables and the command line always say target.":
        "files keep this word",
    "target": "a choice of the word itself",
}


def shown_texts(module: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module that pass through the door."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("tr", "counted"):
            for part in node.args:
                for constant in ast.walk(part):
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                        yield node.lineno, constant.value


@pytest.mark.parametrize("folder", ["gui", "report"])
def test_every_text_that_names_a_quantity_marks_the_word(folder: str) -> None:
    named = re.compile(r"(?<![{‹\w])[Tt]argets?(?![}›\w])|∂out\b")
    found = [
        f"{module.relative_to(PACKAGE)}:{line}: {text}"
        for module in sorted((PACKAGE / folder).rglob("*.py")) for line, text in shown_texts(module)
        if named.search(text) and text not in UNMARKED
    ]
    assert not found, "\n".join(found)


def test_pages_in_nnvizs_own_words_have_no_marks() -> None:
    assert "‹" not in (PACKAGE.parent / "docs" / "choices.md").read_text(encoding="utf-8")
    assert plain("one-hot ‹targets›") == "one-hot targets"
