"""Everything that a document can choose from a table, with its names, numbers and ranges, as a page for readers.

`python -m nnviz.session.choices` prints it, `docs/choices.md` holds what it prints.  It is written from the tables that
the reader, the window and the command line choose from, so that nothing is there twice.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nnviz.data.datasets import TABLE as DATA_SETS
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.gates import TIES
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.options import Option
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.words import plain

Rows = Mapping[str, Any]
LARGEST_WHOLE = 2**53      # of what a float can count

HEAD = """\
# Everything that can be chosen from a table

This page is written by `python -m nnviz.session.choices` from the tables that the window, the command line and the
reader of documents choose from. A name stands at its path in the document, and `--set PATH=NAME` puts it there; an
option stands beside the name, `--set PATH.OPTION=NUMBER`, once a row that has it is chosen:

    nnviz train spiral --set layers.0.activation=leaky_relu --set layers.0.activation.alpha=0.1 \\
        --set optimiser.name=momentum --set optimiser.learning_rate.schedule=cosine --set scaling=standardise

What is no row of a table is not here: the other keys of a document (units and `bias` of a layer, `batch_size`, `seed`,
`frozen`, `labels`), [examples from files and how they are split](own-data.md), formulas made into inputs
(`data.features`), [computation graphs](graphs.md), and [surfaces](surfaces.md).
"""


@dataclass(frozen=True)
class Kind:
    """One table of choices: where a document has its name and its options, and what its rows say beside their help.

    `columns` go from a heading to the attribute of the row, whose numbers and texts it shows.
    """

    title: str
    name_path: str
    option_path: str
    said: str
    rows: Rows
    columns: Mapping[str, str]


KINDS = (
    Kind("Activations", "layers.N.activation", "layers.N.activation",
         "N counts the layers from 0, the first hidden one.", ACTIVATIONS,
         {"f(x)": "formula", "f'(x)": "derivative", "at a kink": "kink", "starts with": "initialise"}),
    Kind("Losses", "loss", "loss",
         "The loss of a batch is the mean over its examples; n is the number of outputs.", LOSSES,
         {"loss of an example": "formula", "targets": "targets"}),
    Kind("Optimisers", "optimiser.name", "optimiser",
         "η is `optimiser.learning_rate`; what is remembered is shown for each parameter.", OPTIMISERS,
         {"update": "formula", "remembers": "state", "η proposed": "learning_rate"}),
    Kind("Schedules of the learning rate", "optimiser.learning_rate.schedule", "optimiser.learning_rate",
         "A schedule is a factor of η, which then is `optimiser.learning_rate.learning_rate`. The first epoch is "
         "epoch 1; t counts the epochs done before a step, epoch - 1 + (batch - 1) / batches.", SCHEDULES,
         {"learning rate": "formula"}),
    Kind("Initialisers", "layers.N.initialise", "layers.N.initialise",
         "They draw the weights of a layer; biases start at 0.", INITIALISERS, {"weights": "formula"}),
    Kind("Data sets", "data.name", "data",
         "Examples may also be written into the document, or [read from CSV and IDX files](own-data.md).", DATA_SETS,
         {"inputs": "inputs", "outputs": "outputs"}),
    Kind("Scaling of the inputs", "scaling", "scaling",
         "Fitted on the training examples alone, and done to all others.", SCALINGS, {"scaled": "formula"}),
    Kind("Equal inputs of max and min", "ties", "ties",
         "Of a computation graph: which of two equal inputs gets the gradient.", TIES,
         {"shares of a and b": "formula"}),
)  # fmt: skip


def choices_page() -> str:
    """The page, in Markdown."""
    return "\n".join([HEAD, *map(_section, KINDS)])


def _section(kind: Kind) -> str:
    rows = [(f"`{name}`", row.label, *(_text(getattr(row, attribute)) for attribute in kind.columns.values()),
             plain(row.help))
            for name, row in kind.rows.items()]
    lines = [f"## {kind.title}", "", f"`{kind.name_path}`. {kind.said}", "",
             *_table(("name", "in the window", *kind.columns, "what it is for"), rows)]
    options = [
        (f"`{kind.option_path}.{key}`", _owners(names, kind.rows), _number(option.default), option.unit, _range(option),
         plain(option.help))
        for (key, option), names in _options(kind.rows).items()
    ]
    if options:
        lines += ["", *_table(("option", "of", "default", "unit", "range", "what it is"), options)]
    return "\n".join([*lines, ""])


def _options(rows: Rows) -> dict[tuple[str, Option], list[str]]:
    """The rows that have an option, by its name and what it says: several rows may share it."""
    found: dict[tuple[str, Option], list[str]] = {}
    for name, row in rows.items():
        for key, option in row.options.items():
            found.setdefault((key, option), []).append(name)
    return found


def _owners(names: list[str], rows: Rows) -> str:
    return "all" if len(names) == len(rows) > 1 else ", ".join(names)


def _range(option: Option) -> str:
    """The range in words; a bound that only says how large numbers may be is left out."""
    endless = option.whole and option.maximum >= LARGEST_WHOLE
    return (replace(option, maximum=math.inf) if endless else option).range


def _number(value: float) -> str:
    return f"{value:.12g}"


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(name).replace("_", " ") for name in value)
    return _number(value) if isinstance(value, int | float) else str(value)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Lines of a Markdown table; columns that are empty in every row are left out."""
    whole = list(rows)
    kept = [column for column in range(len(head)) if any(row[column] for row in whole)]
    lines = [[row[column].replace("|", "\\|") for column in kept] for row in (head, *whole)]
    return ["| " + " | ".join(line) + " |" for line in (lines[0], ["--"] * len(kept), *lines[1:])]


if __name__ == "__main__":
    sys.stdout.buffer.write(choices_page().encode("utf-8"))
