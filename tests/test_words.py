"""What people read can be said in another language; what programs read stays as it is."""

from __future__ import annotations

import ast
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from nnviz import words
from nnviz.cli import COMMANDS, main
from nnviz.data.datasets import TABLE as DATA_SETS
from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.options import Option
from nnviz.errors import ChoiceRefused, Refused
from nnviz.exchange.notebook import load
from nnviz.exchange.tables import TABLES
from nnviz.report.divergence import Divergence
from nnviz.report.elements import Bias, Weight
from nnviz.session.document import apply_settings
from nnviz.session.examples import open_document
from nnviz.session.reading import read_document
from nnviz.session.schema import document_schema
from nnviz.session.session import Session
from nnviz.words import counted, install, tr

PACKAGE = Path(words.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
SMALL = """{"format": "nnviz", "version": 1, "kind": "network", "inputs": 2, "loss": "cross_entropy",
            "layers": [{"units": 2, "activation": "softmax"}], "data": {"inputs": [[0, 1]], "targets": [[0, 1]]}%s}"""


@pytest.fixture
def marked() -> Iterator[None]:
    """Another language: every text in brackets of its own."""
    install(lambda text: f"⟦{text}⟧")
    yield
    install(str)


def test_without_a_translator_a_text_stays_as_it_is() -> None:
    assert tr("net input") == "net input"
    assert counted(1, "{count} row of {table}", "{count} rows of {table}", table="t") == "1 row of t"


def test_a_text_is_translated_once_and_anew_by_another_translator() -> None:
    asked: list[str] = []

    def translate(text: str) -> str:
        asked.append(text)
        return text.upper()

    try:
        install(translate)
        assert [tr("step"), tr("step")] == ["STEP", "STEP"] and asked == ["step"]
        install(lambda text: "Schritt")
        assert tr("step") == "Schritt"
    finally:
        install(str)


def test_numbers_are_filled_in_after_translation(marked: None) -> None:
    assert counted(2, "{count} row", "{count} rows") == "⟦2 rows⟧"
    assert Option(0.1, 0, 1).range == "⟦a number from 0 to 1⟧"


REFUSALS: dict[str, Callable[[], object]] = {
    "a text": lambda: read_document("hello"),
    "a picture": lambda: read_document(b"\x89PNG\r\n\x1a\n"),
    "truncated": lambda: read_document(SMALL[:40]),
    "an unknown key": lambda: read_document(SMALL % ', "sede": 1'),
    "an unknown name": lambda: read_document(SMALL % ', "optimiser": "adma"'),
    "a wrong number": lambda: read_document(SMALL % ', "seed": -1'),
    "a wrong shape": lambda: read_document(SMALL % ', "parameters": {"W1": [[1, 2, 3]]}'),
    "an uneven matrix": lambda: read_document(SMALL % ', "parameters": {"W1": [[1, 2], [3]]}'),
    "no such file": lambda: open_document("/nowhere/at-all.json"),
    "no setting": lambda: apply_settings(open_document("xor"), ["seed"]),
    "not finite": lambda: load("xor").set_parameter(Bias(1, 0), np.inf),
    "no such row": lambda: (_ for _ in ()).throw(ChoiceRefused.unknown("table", "trase", TABLES)),
}


@pytest.mark.parametrize("refuse", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_said_in_the_users_language(refuse: Callable[[], object], marked: None) -> None:
    with pytest.raises(Refused) as caught:
        refuse()
    assert caught.value.what.startswith("⟦") and caught.value.what.endswith("⟧")
    assert not caught.value.hint or caught.value.hint.startswith("⟦")


def test_a_divergence_is_said_in_the_users_language(marked: None) -> None:
    for unit, parameter in (("", ""), ("h1", ""), ("h1", "W1[0,1]")):
        sentence = Divergence(3, 1, unit, "net input", np.inf, parameter).sentence()
        assert sentence.startswith("⟦Step 3 diverges: ⟦the ⟦net input⟧") and sentence.endswith("⟧")


def test_edits_and_reasons_to_reset_are_said_in_the_users_language(marked: None) -> None:
    session = Session(open_document("xor"))
    session.advance_steps(2)
    for values in ({"seed": 5}, {"layers.0.units": 3}, {"layers.0.initialise": "zeros"}, {"layers.0.bias": "none"}):
        assert session.reset_reason(values).startswith("⟦")
    session.reset()
    session.restart(7)
    assert [edit.label for edit in session.undo_list] == ["⟦reset⟧", "⟦new random start, seed 7⟧"]


def test_the_command_line_speaks_the_users_language(marked: None, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "xro"]) == 2
    assert main(["train", "xor", "--stpes", "1"]) == 2
    assert main(["--help"]) == 0
    assert main(["export", "--help"]) == 0
    assert main(["info"]) == 0
    said = capfd.readouterr()
    assert "⟦there is no such file or example⟧. ⟦Did you mean 'xor'?⟧" in said.err
    assert "⟦unknown ⟦option⟧ '--stpes'⟧" in said.err
    assert all(f"⟦{row.help}⟧" in said.out for row in COMMANDS.values())
    assert "⟦write to a file" in said.out and "⟦platform⟧: " in said.out


def test_what_programs_read_is_the_same_in_every_language(capfd: pytest.CaptureFixture[str]) -> None:
    def everything() -> list[object]:
        session = load("mazur-2-2-2")
        session.advance_steps(2)
        session.set_parameter(Weight(1, 0, 0), 0.5)
        session.advance_steps(1)
        for name in TABLES:
            assert main(["export", "mazur-2-2-2", "--table", name, "--steps", "2"]) == 0
        assert main(["train", "xor", "--steps", "3"]) == main(["examples", "--json"]) == 0
        return [session.document_now().to_bytes(), document_schema(), capfd.readouterr().out]

    english = everything()
    install(lambda text: f"⟦{text}⟧")
    try:
        assert everything() == english
    finally:
        install(str)


def test_the_rows_of_the_tables_keep_their_english(marked: None) -> None:
    assert ACTIVATIONS["relu"].label == "ReLU" and DATA_SETS["xor"].help.startswith("1 where")


# --- the sources ------------------------------------------------------------------------------------------------


def calls(module: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a module with the last name of what is called."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func
            yield node, function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_only_whole_texts_are_translated(module: Path) -> None:
    """A text with a number in it already would be in no dictionary; its places have names or numbers."""
    for node, name in calls(module):
        if name == "tr":
            assert not isinstance(node.args[0], ast.JoinedStr | ast.BinOp), f"{node.lineno}: {ast.unparse(node)}"
            if isinstance(node.args[0], ast.Constant):
                list(string.Formatter().parse(node.args[0].value))


# What shows its arguments to a person.
SHOWS = {
    "setText", "setToolTip", "setStatusTip", "setWhatsThis", "setAccessibleName", "setAccessibleDescription",
    "setWindowTitle", "setTitle", "setPlaceholderText", "setSpecialValueText", "setPrefix", "setSuffix", "setLabelText",
    "setInformativeText", "setTabText", "addItem", "addItems", "insertItem", "addAction", "addMenu", "addTab",
    "addToolBar", "addButton", "setHeaderLabels", "QLabel", "QPushButton", "QToolButton", "QCheckBox", "QRadioButton",
    "QAction", "QGroupBox", "QDockWidget", "QToolBar", "QListWidgetItem", "showMessage", "show_message", "said",
    "described", "second_label", "second_text", "getOpenFileName", "getSaveFileName", "say", "Refused",
    "DocumentRefused", "DataRefused", "ChoiceRefused", "EditRefused", "CannotWrite", "CannotShow", "ArgumentTypeError",
}  # fmt: skip
# Arguments of theirs that are names: the key and the kind of a message, the place in a document.
NAMES = {
    "show_message": (0, 2), "Refused": (1,), "DocumentRefused": (1,), "DataRefused": (1,), "ChoiceRefused": (1,),
    "EditRefused": (1,),
}  # fmt: skip
OWN_NAME = {"nnviz", "[*] – nnviz"}


def untranslated(node: ast.AST) -> Iterator[str]:
    """The words in an argument that no `tr` stands around."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        filled = isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "join", "strip")
        if name in ("tr", "counted") or not (filled or name in ("", "str")):
            return
        for part in (node.func, *node.args) if filled else ():
            yield from untranslated(part)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and any(word.isalpha() and len(word) > 2 for word in node.value.split()):
            yield node.value
    elif not isinstance(node, ast.Lambda | ast.Subscript | ast.Compare):
        for child in ast.iter_child_nodes(node):
            yield from untranslated(child)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_what_is_shown_passes_through_the_door(module: Path) -> None:
    found = [
        f"{node.lineno}: {text!r} in {ast.unparse(node)[:80]}"
        for node, name in calls(module) if name in SHOWS
        for place, argument in enumerate([*node.args, *(word.value for word in node.keywords)])
        if place not in NAMES.get(name, ())
        for text in untranslated(argument) if text not in OWN_NAME
    ]
    assert not found, "\n".join(found)


def test_a_list_of_known_names_that_is_cut_short_ends_in_an_ellipsis() -> None:
    names = [f"{letter}{letter}" for letter in string.ascii_lowercase]
    assert str(ChoiceRefused.unknown("name", "123", names)).endswith("ss, tt, …")
    assert str(ChoiceRefused.unknown("name", "123", names[:2])) == "unknown name '123'. Known: aa, bb."
