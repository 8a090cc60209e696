"""The bundled examples, in the order in which a course would meet them, and how a name or a path opens one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nnviz.errors import ChoiceRefused, DocumentRefused, did_you_mean, nearest
from nnviz.places import examples_folder
from nnviz.session.checks import shortened
from nnviz.session.document import Document
from nnviz.session.reading import read_document, read_file, shown_path
from nnviz.words import tr

# An example that is not named here comes after these, in the order of the alphabet.
TEACHING_ORDER = (
    "mazur-2-2-2",
    "one-neuron-chain",
    "gate-product-sum",
    "gate-linear",
    "gate-sigmoid-neuron",
    "gate-max",
    "gate-branch",
    "gate-tanh",
    "gate-relu",
    "gate-log-loss",
    "gate-descent",
    "linear-regression",
    "learning-rate-schedule",
    "and-one-neuron",
    "xor",
    "xor-relu-dead",
    "xor-maxout",
    "softmax-cross-entropy",
    "multi-label",
    "regression-sine",
    "zero-initialisation",
    "constant-initialisation",
    "vanishing-gradient",
    "deep-linear",
    "gauss",
    "clouds",
    "circle",
    "spiral",
    "moons",
    "iris",
    "digits-784-16-16-10",
    "surface-ravine",
    "surface-saddle",
    "surface-local-minimum",
    "surface-noise",
    "surface-rosenbrock",
)


@dataclass(frozen=True)
class Example:
    """A bundled document: the name that commands take, and where it lies."""

    name: str
    path: Path

    @property
    def document(self) -> Document:
        """The document, read once."""
        return open_example(self.name)

    @property
    def description(self) -> str:
        """One line on what it teaches."""
        return self.document.description


@cache
def list_examples() -> tuple[Example, ...]:
    """All bundled examples in teaching order."""
    names = {path.stem: path for path in examples_folder().glob("*.json")}
    ordered = [name for name in TEACHING_ORDER if name in names]
    ordered += sorted(names.keys() - set(ordered))
    return tuple(Example(name, names[name]) for name in ordered)


def example_names() -> tuple[str, ...]:
    return tuple(example.name for example in list_examples())


def find_example(name: str) -> Example:
    """The example of that name; `ChoiceRefused` where there is none."""
    for example in list_examples():
        if example.name == name:
            return example
    raise ChoiceRefused.unknown("example", shortened(name[:61], 60), example_names())


@cache
def open_example(name: str) -> Document:
    """The document of a bundled example."""
    path = find_example(name).path
    return read_document(path.read_bytes(), name, path.parent)


def open_document(name_or_path: str | os.PathLike[str]) -> Document:
    """The document at a path, or the bundled example of that name; a file wins over an example.

    `Refused` says in one sentence what is wrong, with the file and the path inside it.
    """
    name = os.fspath(name_or_path)
    if name in example_names() and not os.path.isfile(name):
        return open_example(name)
    if "\0" not in name and not os.path.lexists(name):
        asked = Path(name).stem[:60] or name[:60]
        hint = (
            did_you_mean(asked, example_names()) if nearest(asked, example_names())
            else tr("The bundled examples are listed by: nnviz examples")
        )
        raise DocumentRefused(tr("there is no such file or example"), shown_path(name), hint)
    return read_file(name)
