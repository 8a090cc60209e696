"""From a field of the form to an edit: what else in the document has to follow, and what is said of it before."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnviz.data.datasets import SPLIT_OPTIONS
from nnviz.data.datasets import TABLE as DATA_SETS
from nnviz.data.features import read_feature
from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.errors import Refused
from nnviz.report.pairing import Pairing, pairing_for, pairing_of_row
from nnviz.session.configuration import OWN, Field, fields_of
from nnviz.session.consequences import reset_reason
from nnviz.session.document import Document, apply_settings
from nnviz.session.example_rows import ExampleRows, split_edit
from nnviz.session.opening import raw_data
from nnviz.session.other_data import data_values
from nnviz.session.structure import units_written
from nnviz.words import tr

_OWN_KEYS = ("inputs", "targets", "csv", "idx")     # what says where examples of somebody's own come from
_KEPT_BY_TRAINING = ("parameters", "values", "progress")


def edit_of(document: Document, entry: Field, value: Any, own_inputs: int | None = None) -> dict[str, Any]:
    """What is to be another in the document, by path, for a field to have `value`; {} where it has it already.

    Where the examples get another shape, inputs and outputs of the network follow.  `own_inputs` is how many inputs
    the examples have before formulas are made of them, which a file alone tells.
    """
    if value == entry.value:
        return {}
    if entry.path.startswith("data."):
        if _parts_rows_anew(document, entry):
            rows = ExampleRows.of(raw_data(document.data))
            return split_edit(document, rows, {entry.path.removeprefix("data."): value})
        return _data_edit(document, entry.path.removeprefix("data."), value, own_inputs)
    parts = entry.path.split(".")
    if parts[0] == "layers" and parts[2] == "units":
        given, before = document.raw["layers"][int(parts[1])]["units"], int(entry.value)
        units = tuple(unit if unit < before else None for unit in range(int(value)))
        return {entry.path: units_written(document, given, units)}
    return {entry.path: value}


def _data_edit(document: Document, key: str, value: Any, own_inputs: int | None) -> dict[str, Any]:
    """Other examples, or other inputs made of them: the network's inputs and outputs follow."""
    raw = document.raw["data"]
    before: dict[str, Any] = dict(raw) if isinstance(raw, Mapping) else {"name": raw}
    if key == "name":
        if value == OWN:
            return {}
        known = {"name", "features", *DATA_SETS[value].options}
        tree = {kept: given for kept, given in before.items() if kept in known} | {"name": value}
        if not set(_OWN_KEYS).isdisjoint(before):
            tree = {kept: given for kept, given in tree.items() if kept in ("name", "features")}
    else:
        tree = before | {key: list(value) if key == "features" else value}
    inputs, outputs = _sizes(document, tree, own_inputs)
    features = tree.get("features", ())
    if key == "name" and features and not _readable(features, inputs):
        tree = {kept: given for kept, given in tree.items() if kept != "features"}
        features = ()
    if features:
        inputs = len(features)
    values = data_values(document, tree, document.raw.get("scaling", "none"), inputs, outputs)
    del values["scaling"]
    plain = set(_OWN_KEYS).isdisjoint(before) and tree.get("features", ()) == before.get("features", ())
    if plain or key != "name":
        del values["data"]
        values = {f"data.{key}": tree[key], **values}
    return values | (_output_edit(document, tree["name"], outputs) if key == "name" else {})


def _parts_rows_anew(document: Document, entry: Field) -> bool:
    """Whether a field says which of the rows that were parted by hand are kept for testing: training goes on."""
    path, _, key = entry.path.partition(".")
    return path == "data" and key in SPLIT_OPTIONS and document.data.test_rows is not None


def _output_edit(document: Document, name: str, outputs: int) -> dict[str, Any]:
    """The output activation and the loss that fit other examples, where those that there are do not.

    A pair that did not fit the examples before either was chosen on purpose: it stays as long as it can learn.
    """
    network, wanted = document.network, pairing_of_row(DATA_SETS[name].numbers, outputs)
    activation, loss = network.layers[-1].activation.name, network.loss.name
    if not wanted.mismatch(activation, loss, outputs):
        return {}
    is_constant = activation == "softmax" and outputs == 1
    is_refused = DATA_SETS[name].numbers and LOSSES[loss].targets != "any"
    before = _pairing_now(document)
    if before is not None and not is_constant and not is_refused and before.mismatch(
            activation, loss, network.sizes[-1]):
        return {}
    return {f"layers.{len(network.layers) - 1}.activation": wanted.activation, "loss": wanted.loss}


def _pairing_now(document: Document) -> Pairing | None:
    """What fits the examples that there are; None where only a file knows."""
    source = document.data
    if source.choice is not None:
        return pairing_of_row(DATA_SETS[source.choice.name].numbers, document.network.sizes[-1])
    return None if source.targets is None else pairing_for(source.targets)


def _sizes(document: Document, tree: Mapping[str, Any], own_inputs: int | None) -> tuple[int, int]:
    """Inputs of the examples themselves, and outputs."""
    if "name" in tree:
        options = {key: number for key, number in tree.items() if key in DATA_SETS[tree["name"]].options}
        return DATA_SETS[tree["name"]].sizes(options)
    sizes = document.network.sizes
    if own_inputs is None:
        own_inputs = sizes[0] if document.data.inputs is None else document.data.inputs.shape[1]
    return own_inputs, sizes[-1]


def _readable(features: Sequence[str], inputs: int) -> bool:
    """Whether formulas can be had of so many inputs."""
    try:
        for text in features:
            read_feature(text, inputs)
    except Refused:
        return False
    return True


@dataclass(frozen=True)
class Consequence:
    """What a change would do, before it is made: `refusal` why it cannot be, `reason` why training starts over.

    `besides` says in a sentence what else follows it.
    """

    reason: str = ""
    refusal: str = ""
    kept: bool = False      # whether the network gets another shape and yet computes what it did
    besides: str = ""

    @property
    def sentence(self) -> str:
        """The same for the user."""
        if self.refusal:
            return self.refusal
        return " ".join(filter(None, (self._training, self.besides)))

    @property
    def _training(self) -> str:
        if self.reason:
            return tr("Training starts over: {reason}.").format(reason=self.reason)
        if self.kept:
            return tr("What was learned is kept, and training goes on.")
        return tr("Training goes on with the same weights.")


def consequence_of(document: Document, values: Mapping[str, Any]) -> Consequence:
    """What an edit of these values would do."""
    try:
        return Consequence(reset_reason(document, values), besides=said_of_followers(document, values))
    except Refused as refusal:
        return Consequence(refusal=str(refusal))


def said_of_followers(document: Document, values: Mapping[str, Any]) -> str:
    """That output activation and loss follow other examples, in a sentence; "" where these values do not say so."""
    activation = values.get(f"layers.{len(document.network.layers) - 1}.activation")
    if "loss" not in values or activation is None:
        return ""
    text = tr("The ‹outputs› become {activation} and the loss {loss}, which fit these ‹targets›.")
    return text.format(activation=tr(ACTIVATIONS[activation].label), loss=tr(LOSSES[values["loss"]].label))


@dataclass
class Marks:
    """Which fields start training over when they are changed, found out by asking what a change would do.

    Answers are kept for one document; layers that are alike have the same.
    """

    document: Document
    own_inputs: int | None = None
    _known: dict[tuple[object, ...], str] = field(default_factory=dict)

    def of(self, entry: Field) -> str:
        """Why a change of this field starts training over; "" where none does.

        Of a choice: what the first of its rows that does so says; `rows_of` tells them apart.
        """
        if entry.kind == "choice":
            return next((reason for reason in self.rows_of(entry).values() if reason), "")
        key = (self._alike(entry), entry.kind, entry.value)
        if _parts_rows_anew(self.document, entry):      # asked of thousands of rows, it takes a second
            return ""
        if key not in self._known:
            self._known[key] = self._reason(entry, other_value(entry, self.document.network.sizes[0]))
        return self._known[key]

    def rows_of(self, entry: Field) -> dict[str, str]:
        """Why choosing each other row of a choice starts training over; "" for a row that does not."""
        return {name: self._of_row(entry, name) for name in entry.rows or {} if name not in (entry.value, OWN)}

    def look_at_rows(self, entry: Field) -> Iterator[None]:
        """Finds the same out, pausing after every row that nothing was known of: a large network takes a while."""
        for name in entry.rows or {}:
            known = len(self._known)
            if name not in (entry.value, OWN):
                self._of_row(entry, name)
            if len(self._known) > known:
                yield

    def _of_row(self, entry: Field, name: str) -> str:
        key = (self._alike(entry), entry.value, name)
        if key not in self._known:
            self._known[key] = self._reason(entry, name)
        return self._known[key]

    def _reason(self, entry: Field, value: Any) -> str:
        return consequence_of(self.document, edit_of(self.document, entry, value, self.own_inputs)).reason

    def _alike(self, entry: Field) -> object:
        """What decides the answer beside the field's value: whose it is, for fields of layers."""
        parts = entry.path.split(".")
        if parts[0] != "layers":
            return entry.path
        layers, number = self.document.network.layers, int(parts[1])
        layer, is_last = layers[number], number + 1 == len(layers)
        return tuple(parts[2:]), layer.activation, layer.initialise, layer.bias, len(layer.units), is_last


def other_value(entry: Field, inputs: int) -> Any:
    """Another value that a field could have, near to the one it has; of formulas another number than of inputs."""
    if entry.kind == "formulas":
        return ("x1",) if inputs != 1 else ("x1", "x1^2")
    if entry.kind == "size":
        return 1 if entry.value != 1 else "all"
    option, value = entry.option, entry.value
    assert option is not None
    if option.closed:
        return next(preset for preset in option.presets if preset != value)
    tries = (value + 1, value - 1) if option.whole else (value * 0.5, value * 2.0, value + 0.5, value + 0.125)
    near = [number for number in tries if number != value and option.accepts(number)]
    return near[0] if near else option.default


def settings_words(old: Document, new: Document) -> list[str]:
    """`PATH=VALUE` for each difference, as `--set` takes them, that makes `new` out of `old` but for what it learned.

    Where single fields do not say it all, whole parts of the document do.
    """
    before, after = _untrained(old), _untrained(new)
    if before == after:
        return []
    words = _words_of_fields(before, after)
    try:
        if words and apply_settings(before, words) == after:
            return words
    except Refused:
        pass
    keys = [key for key in after.raw if after.raw[key] != before.raw.get(key)]
    return [f"{key}={_text(after.raw[key])}" for key in keys]


def command_words(words: Sequence[str]) -> str:
    """The words behind `nnviz train FILE`, quoted for a shell.

    >>> command_words(["seed=3", "data.features=[\\"x1*x2\\"]"])
    '--set seed=3 --set \\'data.features=["x1*x2"]\\''
    """
    return " ".join(f"--set {shlex.quote(word)}" for word in words)


def _words_of_fields(before: Document, after: Document) -> list[str]:
    old, words = fields_of(before), []
    for path, entry in fields_of(after).items():
        if path in old and old[path].value == entry.value:
            continue
        if path not in old and entry.option is not None and entry.value == entry.option.default:
            continue
        value = after.get(path) if entry.kind != "choice" else entry.value
        words.append(f"{path}={_text(value)}")
    return [*_words_of_outer_units(before, after), *words]


def _words_of_outer_units(before: Document, after: Document) -> list[str]:
    """Inputs and outputs, which are no fields, for they are as many as the examples have."""
    if not after.network.has_units or len(before.network.layers) != len(after.network.layers):
        return []
    last = len(after.network.layers) - 1
    pairs = {"inputs": (before.raw["inputs"], after.raw["inputs"]),
             f"layers.{last}.units": tuple(whole.raw["layers"][last]["units"] for whole in (before, after))}
    return [f"{path}={_text(now)}" for path, (was, now) in pairs.items() if was != now]


def _untrained(document: Document) -> Document:
    return document.without(*_KEPT_BY_TRAINING)


def _text(value: Any) -> str:
    """A value as `--set` reads it: JSON, but texts that are no JSON stand for themselves."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
