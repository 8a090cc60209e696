"""The page of everything that can be chosen says what the tables say, and what it says can be set."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from nnviz.engine.gates import TIES
from nnviz.engine.options import Option
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.session.choices import KINDS, choices_page
from nnviz.session.document import apply_settings
from nnviz.session.examples import open_example
from nnviz.session.fields import TABLES as DOCUMENT_TABLES
from nnviz.words import tr

PAGE = Path(__file__).parents[2] / "docs" / "choices.md"


def test_the_page_is_what_the_tables_make_it() -> None:
    assert PAGE.read_text("utf-8") == choices_page(), "python -m nnviz.session.choices > docs/choices.md"


def test_no_table_that_a_document_chooses_from_is_left_out() -> None:
    beside = (SCHEDULES, TIES)       # which stand under the learning rate, and only in a graph
    listed = [kind.rows for kind in KINDS if kind.rows not in beside]
    assert {id(rows) for rows in listed} == {id(table) for table in DOCUMENT_TABLES.values()}
    assert all(rows in [kind.rows for kind in KINDS] for rows in beside)


CHOSEN = [(kind.title, name) for kind in KINDS for name in kind.rows]


@pytest.mark.parametrize(("title", "name"), CHOSEN, ids=[name for _, name in CHOSEN])
def test_every_name_and_every_option_can_be_set_at_its_path(title: str, name: str) -> None:
    (kind,) = (kind for kind in KINDS if kind.title == title)
    example = {"Losses": "iris", "Data sets": "xor", "Equal inputs of max and min": "gate-max"}.get(title, "spiral")
    document = open_example(example)
    settings = [f"{kind.name_path}={name}".replace("N", "0")]
    for option, row in kind.rows[name].options.items():
        settings.append(f"{kind.option_path}.{option}={row.default:.17g}".replace("N", "0"))
    if title == "Data sets":
        inputs, outputs = kind.rows[name].sizes({})
        units = [f"o{number}" for number in range(outputs)]
        tree = {"inputs": inputs, "layers": [{"units": units, "activation": "identity"}], "loss": "half_squared_error",
                "data": {"name": name}, "format": "nnviz", "version": 1, "kind": "network"}
        document, settings = type(document).from_tree(tree), settings[1:]
    apply_settings(document, settings)


def test_every_row_and_every_option_is_on_the_page_with_its_help() -> None:
    text = choices_page()
    for kind in KINDS:
        section = text.split(f"## {kind.title}\n")[1].split("\n## ")[0]
        for name, row in kind.rows.items():
            assert f"| `{name}` | {row.label} |" in section and tr(row.help) in section
            for option, what in row.options.items():
                line = re.search(rf"\| `{re.escape(kind.option_path)}\.{option}` \|.*{re.escape(what.help)}", section)
                assert line is not None


OPTIONS = [(f"{kind.option_path}.{key} of {name}", option) for kind in KINDS for name, row in kind.rows.items()
           for key, option in row.options.items() if not option.closed]


@pytest.mark.parametrize("option", [option for _, option in OPTIONS], ids=[name for name, _ in OPTIONS])
def test_the_range_that_is_said_is_the_range_that_is_accepted(option: Option) -> None:
    bounds = [bound for bound in (option.minimum, option.maximum) if math.isfinite(bound)]
    numbers = re.findall(r"-?[0-9][0-9.e+-]*", option.range.replace(",", " "))
    said = [int(number) if number.isdigit() else float(number) for number in numbers]
    assert said == bounds
    assert all(option.accepts(bound) is not (option.above and bound == option.minimum) for bound in said)


def test_the_page_says_which_keys_of_a_document_it_leaves_out() -> None:
    head = choices_page().split("\n## ")[0]
    for key in ("bias", "batch_size", "seed", "frozen", "labels", "data.features"):
        assert f"`{key}`" in head
    for page in re.findall(r"\]\(([a-z-]+\.md)\)", head):
        assert (PAGE.parent / page).exists()
