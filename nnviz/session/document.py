"""A document is everything needed to train a network again and get the same numbers: what the file says, checked.

It never changes; `with_value` gives another one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.losses import VARIABLES
from nnviz.engine.network import Choice, Network, ParameterArray, parse_parameter_name
from nnviz.engine.schedules import CONSTANT_RATE
from nnviz.errors import DocumentRefused
from nnviz.session import data_files, fields
from nnviz.session.checks import (
    LONGEST_DESCRIPTION,
    a_text,
    a_whole_number,
    an_object,
    join,
    only_keys,
    show,
)
from nnviz.session.computation_graph import LEAF, NO_OPTIMISER, ComputationGraph, read_graph_fields
from nnviz.session.document_paths import plain, position, refuse_part, set_value
from nnviz.session.fields import TABLES, BatchSize
from nnviz.session.hand_marks import (
    NOTHING_DISABLED,
    NOTHING_FOLDED,
    NOTHING_PLACED,
    Place,
    read_disabled,
    read_folded,
    read_places,
)
from nnviz.session.learning_rate import schedule_name, scheduled, written_learning_rate
from nnviz.session.parts import Arrays, DataSource, Progress, read_only, same_arrays
from nnviz.session.surface import (
    COORDINATE,
    Surface,
    read_surface,
    read_values,
    surface_data,
    surface_network,
    written_values,
)
from nnviz.session.surface import LABELS as SURFACE_LABELS
from nnviz.session.writing import write_tree
from nnviz.words import tr

DEEPEST = 20  # levels of lists and objects; a document needs seven


@dataclass(frozen=True, eq=False)
class Document:
    """One network with its data, its settings and its progress.

    `parameters` are the exact values given, by array name, None where there are none; arrays not among them are
    drawn by their layer's initialiser.  `labels` go from canonical names (`W1[0,1]`) to a lesson's (`w2`).  `frozen`
    has canonical names of arrays and elements.  `raw` is the JSON it was read from, keys in the contract's order,
    numbers as arrays where training has changed them; documents share what they have in common, so look at it and do
    not change it.
    """

    name: str
    description: str
    network: Network
    parameters: Arrays | None
    labels: Mapping[str, str]
    frozen: tuple[str, ...]
    optimiser: Choice
    learning_rate: float
    data: DataSource
    scaling: Choice
    batch_size: BatchSize
    seed: int
    steps: int
    progress: Progress | None
    raw: Mapping[str, Any]
    schedule: Choice = CONSTANT_RATE
    folder: Path | None = None      # where it lies, which its files are looked for from; None for where we are
    surface: Surface | None = None  # where the two weights of the network are the variables of a formula
    graph: ComputationGraph | None = None       # where the weights are the leaves of a formula
    disabled: Mapping[str, float] = field(default_factory=lambda: NOTHING_DISABLED)
    places: Mapping[tuple[int, int], Place] = field(default_factory=lambda: NOTHING_PLACED)
    folded: frozenset[int] = NOTHING_FOLDED      # layers from 0, the input, that are shown as one bar

    @classmethod
    def from_tree(cls, tree: Mapping[str, Any], folder: Path | None = None) -> Document:
        """The document that a JSON object in `folder` says; `Refused` names the path of the first thing that is wrong.
        """
        return replace(cls._read(an_object(plain(tree), "")), folder=folder)

    @classmethod
    def _read(cls, given: dict[str, Any], known: Document | None = None) -> Document:
        """The document that a tree of JSON's own types says.

        A tree that was made from that of a `known` document shares with it whatever was left alone; so will the two
        documents.  What stands under the same keys, as the very same objects, is not read again.
        """

        absent = object()

        def kept(field: str, keys: Iterable[str], read: Callable[[], Any], fits: bool = True) -> Any:
            if fits and known is not None and all(known.raw.get(key, absent) is given.get(key, absent) for key in keys):
                return getattr(known, field)
            return read()

        kind = fields.check_head(given)
        if kind == "graph":
            return cls._read_graph(given, known)
        if kind == "surface":
            return cls._read_surface(given, known)
        network: Network = kept("network", ("inputs", "layers", "loss", "data"), lambda: fields.read_network(given))
        fits = known is not None and network.arrays == known.network.arrays
        labels = kept(
            "labels", ("labels",), lambda: fields.read_labels(given.get("labels", {}), "labels", network), fits
        )
        settings = cls._read_settings(given, known)
        optimiser, schedule = settings["optimiser"], settings["schedule"]
        return cls(
            **settings,
            network=network,
            parameters=kept(
                "parameters", ("parameters",),
                lambda: fields.read_parameters(given["parameters"], "parameters", network)
                if "parameters" in given
                else None,
                fits,
            ),
            labels=labels,
            frozen=kept(
                "frozen", ("frozen", "labels"),
                lambda: fields.read_frozen(given.get("frozen", []), "frozen", network, labels),
                fits,
            ),
            disabled=kept(
                "disabled", ("disabled", "labels"),
                lambda: read_disabled(given.get("disabled", {}), "disabled", network, labels),
                fits,
            ),
            places=read_places(given.get("places", []), "places", network),
            folded=read_folded(given.get("folded", []), "folded", network),
            data=kept(
                "data", ("data",),
                lambda: fields.read_data(given["data"], "data", network),
                known is not None and network.sizes == known.network.sizes and network.loss == known.network.loss,
            ),
            scaling=fields.read_scaling(given.get("scaling", fields.DEFAULT_SCALING), "scaling"),
            progress=kept(
                "progress", ("progress",),
                lambda: fields.read_progress(given["progress"], "progress", network, optimiser, schedule)
                if "progress" in given
                else None,
                fits
                and known is not None
                and (optimiser.name, schedule.name) == (known.optimiser.name, known.schedule.name),
            ),
        )  # fmt: skip

    @classmethod
    def _read_surface(cls, given: dict[str, Any], known: Document | None) -> Document:
        """The document of kind surface that a tree says; there is too little in it to share."""
        settings, surface = cls._read_settings(given, known), read_surface(given)
        network = surface_network(surface)
        return cls(
            **settings,
            network=network,
            parameters=read_values(given["values"], "values") if "values" in given else None,
            labels=SURFACE_LABELS,
            frozen=(),
            data=surface_data(surface, settings["seed"]),
            scaling=Choice(fields.DEFAULT_SCALING),
            progress=fields.read_progress(
                given["progress"], "progress", network, settings["optimiser"], settings["schedule"]
            ) if "progress" in given else None,
            surface=surface,
        )

    @classmethod
    def _read_graph(cls, given: dict[str, Any], known: Document | None) -> Document:
        """The document of kind graph that a tree says."""
        if "optimiser" in given and fields.names_no_optimiser(given["optimiser"], "optimiser"):
            given = {key: value for key, value in given.items() if key != "optimiser"}
        settings, own = cls._read_settings(given, known), read_graph_fields(given)
        return cls(
            **settings,
            **own,
            scaling=Choice(fields.DEFAULT_SCALING),
            progress=fields.read_progress(
                given["progress"], "progress", own["network"], settings["optimiser"], settings["schedule"]
            ) if "progress" in given else None,
        )

    @staticmethod
    def _read_settings(given: dict[str, Any], known: Document | None) -> dict[str, Any]:
        """The fields that documents of every kind have."""
        optimiser, learning_rate, schedule = fields.read_optimiser(
            given.get("optimiser", fields.DEFAULT_OPTIMISER), "optimiser"
        )
        return {
            "name": a_text(given.get("name", ""), "name"),
            "description": a_text(given.get("description", ""), "description", LONGEST_DESCRIPTION, lines=True),
            "optimiser": optimiser,
            "learning_rate": learning_rate,
            "schedule": schedule,
            "batch_size": fields.read_batch_size(given.get("batch_size", "all"), "batch_size"),
            "seed": a_whole_number(given.get("seed", 0), "seed", 0, fields.LARGEST_SEED),
            "steps": a_whole_number(given.get("steps", fields.DEFAULT_STEPS), "steps", 0, fields.LARGEST_COUNT),
            "raw": {key: given[key] for key in fields.ALL_KEYS if key in given},
            "folder": None if known is None else known.folder,
        }

    def __eq__(self, other: object) -> bool:
        """By what they say, however it was written: `"sgd"` equals `{"name": "sgd"}`."""
        if not isinstance(other, Document):
            return NotImplemented
        return self._plain_fields() == other._plain_fields() and same_arrays(self.parameters, other.parameters)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.network, self.seed))

    def _plain_fields(self) -> tuple[object, ...]:
        return (
            self.name, self.description, self.network, dict(self.labels), self.frozen, self.optimiser,
            self.learning_rate, self.data, self.scaling, self.batch_size, self.seed, self.steps, self.progress,
            self.schedule, self.surface, dict(self.disabled), dict(self.places),
            self.folded,
        )  # fmt: skip

    def to_bytes(self) -> bytes:
        """The file: strict JSON that reads back to an equal document, floats bit for bit."""
        return write_tree(plain(dict(self.raw)))

    def label(self, parameter: str) -> str:
        """A lesson's name for a parameter (`W1[0,1]`), or ""."""
        return self.labels.get(parameter, "")

    def frozen_mask(self, array: ParameterArray) -> NDArray[np.bool_]:
        """Which elements of a parameter array are never updated, disabled ones among them; its shape, read-only."""
        return self._frozen_masks[array.name]

    def held_mask(self, array: ParameterArray) -> NDArray[np.bool_]:
        """Which elements of a parameter array are frozen by their names, disabled or not; its shape, read-only."""
        return self._held_masks[array.name]

    @cached_property
    def _frozen_masks(self) -> Mapping[str, NDArray[np.bool_]]:
        return self._masks((*self.frozen, *self.disabled))

    @cached_property
    def _held_masks(self) -> Mapping[str, NDArray[np.bool_]]:
        return self._masks(self.frozen)

    def _masks(self, names: Iterable[str]) -> Mapping[str, NDArray[np.bool_]]:
        """True at the parameters of these names, by array."""
        masks = {array.name: np.broadcast_to(np.False_, array.shape) for array in self.network.arrays}
        for name, index in filter(None, map(parse_parameter_name, names)):
            mask = masks[name] if masks[name].flags.writeable else masks[name].copy()
            mask[index] = True
            masks[name] = mask
        for mask in masks.values():
            mask.flags.writeable = False
        return masks

    @cached_property
    def labelled(self) -> Mapping[tuple[str, tuple[int, ...]], str]:
        """The lesson's names by array and place in it."""
        return {
            (meant[0], meant[1] or (0,)): text       # a shared bias may be named as a whole
            for name, text in self.labels.items()
            if (meant := parse_parameter_name(name)) is not None
        }

    def get(self, path: str) -> Any:
        """The value at a path such as `optimiser.learning_rate`; what the file leaves out has its default."""
        value: Any = self._whole
        parts = path.split(".")
        for depth, part in enumerate(parts):
            place = ".".join(parts[:depth])
            value = value.tolist() if isinstance(value, np.ndarray) else value
            if isinstance(value, str) and part == "name" and parts[depth - 1] in TABLES:
                continue
            if part in ("schedule", "learning_rate") and place == "optimiser.learning_rate":
                value = scheduled(value, self.learning_rate)
            if isinstance(value, dict) and part in value:
                value = value[part]
            elif isinstance(value, list):
                value = value[position(value, part, place)]
            else:
                refuse_part(value, part, place)
        return plain(value)

    def with_value(self, path: str, value: Any) -> Document:
        """The same document with one value changed, checked as a whole."""
        return self.with_values({path: value})

    def with_values(self, values: Mapping[str, Any]) -> Document:
        """The same document with several values changed at once, checked when all of them are in place.

        A choice whose name changes forgets the options that the new row does not have; an optimiser or a schedule
        that changes forgets its state.
        """
        tree = dict(self.raw)
        for path, value in values.items():
            set_value(tree, self._whole, path, plain(value, path))
        if "progress" in tree and _name_of(tree.get("optimiser", fields.DEFAULT_OPTIMISER)) != self.optimiser.name:
            tree["progress"] = tree["progress"] | {"optimiser_state": {fields.OPTIMISER_COUNTER: 0}}
            tree["progress"].pop("schedule_state", None)
        if "progress" in tree and _schedule_of(tree) != self.schedule.name:
            tree["progress"] = {key: part for key, part in tree["progress"].items() if key != "schedule_state"}
        if "progress" in tree and tree.get("batch_size", "all") != self.batch_size and tree["progress"].get("batch"):
            # the epoch cannot be gone on with in other batches: begin the next
            tree["progress"] = tree["progress"] | {"epoch": tree["progress"].get("epoch", 0) + 1, "batch": 0}
        return Document._read(tree, self)

    def without(self, *keys: str) -> Document:
        """The same document without some of its optional keys (`parameters`, `progress`, ...).

        `parameters` are what they are called in a network; a surface or a graph then has no `values`.
        """
        gone = {self._parameters_key if key == "parameters" else key for key in keys}
        return Document._read({key: value for key, value in self.raw.items() if key not in gone}, self)

    @property
    def is_trained(self) -> bool:
        """Whether it has an optimiser, without which a graph's leaves stay as they are."""
        return self.graph is None or self.graph.learns

    @property
    def _parameters_key(self) -> str:
        return fields.PARAMETERS_KEY[self.network.kind]

    def placed_in(self, folder: Path) -> Document:
        """The same document for a file in another folder: the files that it names are named as seen from there."""
        if self.data.file is None:
            return self
        moved = self.with_value("data", data_files.moved(self.raw["data"], self.folder, folder))
        return replace(moved, folder=folder)

    def with_state(self, parameters: Arrays | None, progress: Progress | None) -> Document:
        """The same document at another place of its training: what Save writes.

        Numbers that are not finite cannot be written and are refused.
        """
        key = self._parameters_key
        tree = {part: value for part, value in self.raw.items() if part not in (key, "progress")}
        if parameters is not None:
            parameters = self._own(parameters, key)
            tree[key] = self._written_arrays(parameters)
        if progress is not None:
            state = {
                name: self._own(arrays, f"progress.optimiser_state.{name}")
                for name, arrays in progress.optimiser_state.items()
            }
            start = None if progress.start is None else self._own(progress.start, f"progress.start.{key}")
            progress = replace(progress, optimiser_state=MappingProxyType(state), start=start)
            tree["progress"] = _progress_tree(progress, key, self._written_arrays)
        raw = {part: tree[part] for part in fields.ALL_KEYS if part in tree}
        return replace(self, parameters=parameters, progress=progress, raw=raw)

    def _written_arrays(self, arrays: Arrays) -> dict[str, Any]:
        """Parameters for the tree: as arrays, as lists of numbers take four times the memory; a formula's by name."""
        return dict(arrays) if self.network.has_units else written_values(arrays, self.network.names(1))

    def _own(self, arrays: Arrays, where: str) -> Arrays:
        """Read-only copies in the network's order, checked for shape and for numbers that JSON cannot write."""
        only_keys(arrays, where, [array.name for array in self.network.arrays])
        own = {array.name: read_only(arrays[array.name]) for array in self.network.arrays if array.name in arrays}
        for array in self.network.arrays:
            values = own.get(array.name)
            if values is None:
                continue
            if values.shape != array.shape:
                raise DocumentRefused(fields.shape_sentence(array, values.shape, self.network), join(where, array.name))
            if not np.isfinite(values).all():
                raise DocumentRefused(
                    tr("has a number that is infinite or not a number"), join(where, array.name),
                    tr("Go back to a finite step"),
                )  # fmt: skip
        return MappingProxyType(own)

    @cached_property
    def _whole(self) -> dict[str, Any]:
        """The JSON with every default written out."""
        tree = {
            "name": self.name,
            "description": self.description,
            **self._whole_kind,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "steps": self.steps,
            "optimiser": {
                "name": self.optimiser.name,
                "learning_rate": written_learning_rate(self.learning_rate, self.schedule),
                **dict(self.optimiser.options),
            },
        }
        if not self.is_trained:
            tree["optimiser"] = NO_OPTIMISER
        tree = {**self.raw, **tree}
        return {key: tree[key] for key in fields.ALL_KEYS if key in tree}

    @property
    def _whole_kind(self) -> dict[str, Any]:
        """What only documents of this kind have, every default written out."""
        if self.surface is not None:
            values = {name: COORDINATE.default for name in VARIABLES} | self.raw.get("values", {})
            return {"values": values, "noise": self.surface.noise}
        if self.graph is not None:
            return {
                "values": self.raw.get("values", dict.fromkeys(self.graph.leaves, LEAF.default)),
                "ties": self.network.ties,
                "labels": self.raw.get("labels", {}),
                "frozen": self.raw.get("frozen", []),
            }
        layers = [
            {
                "units": entry["units"],
                "activation": _written(layer.activation),
                "initialise": _written(layer.initialise),
                "bias": layer.bias,
            }
            for layer, entry in zip(self.network.layers, self.raw["layers"], strict=True)
        ]
        data = self.raw["data"]
        if self.data.choice is not None:
            data = {"name": self.data.choice.name, **dict(self.data.choice.options)}
        else:
            data = {**asdict(self.data.split), **data}
        data = {**data, "features": list(self.data.features)}
        return {
            "labels": self.raw.get("labels", {}),
            "frozen": self.raw.get("frozen", []),
            "disabled": self.raw.get("disabled", {}),
            "places": self.raw.get("places", []),
            "folded": self.raw.get("folded", []),
            "layers": layers,
            "loss": _written(self.network.loss),
            "data": data,
            "scaling": _written(self.scaling),
        }


def apply_settings(document: Document, settings: Iterable[str]) -> Document:
    """The document after `PATH=VALUE` settings, as `--set` takes them; VALUE is read as JSON, else as a text."""
    values: dict[str, Any] = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not path.strip():
            text = tr("{setting} is no setting").format(setting=show(setting))
            raise DocumentRefused(text, hint=tr("Write PATH=VALUE, like batch_size=1"))
        values.pop(path.strip(), None)
        values[path.strip()] = _value_of(text)
    return document.with_values(values) if values else document


def _value_of(text: str) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return text


def _name_of(choice: Any) -> Any:
    return choice.get("name") if isinstance(choice, dict) else choice


def _schedule_of(tree: Mapping[str, Any]) -> str:
    optimiser = tree.get("optimiser")
    return schedule_name(optimiser.get("learning_rate") if isinstance(optimiser, dict) else None)


def _written(choice: Choice) -> str | dict[str, Any]:
    """A choice as JSON: its name, with its options where it has any."""
    return {"name": choice.name, **dict(choice.options)} if choice.options else choice.name


def _progress_tree(progress: Progress, key: str, written: Callable[[Arrays], dict[str, Any]]) -> dict[str, Any]:
    """Progress as JSON; `key` holds the parameters of its start, and `written` says how parameters are written."""
    state: dict[str, Any] = {}
    if progress.optimiser_steps is not None:
        state[fields.OPTIMISER_COUNTER] = progress.optimiser_steps
    state |= {name: written(arrays) for name, arrays in progress.optimiser_state.items()}
    places = {"step": progress.step, "epoch": progress.epoch, "batch": progress.batch}
    tree: dict[str, Any] = {key: number for key, number in places.items() if number is not None}
    if state:
        tree["optimiser_state"] = state
    if progress.schedule_state:
        tree["schedule_state"] = dict(progress.schedule_state)
    tree["start"] = {} if progress.start is None else {key: written(progress.start)}
    return tree
