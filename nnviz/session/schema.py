"""The JSON Schema of a document, written from the same tables as the reader, for editors and other programs.

`python -m nnviz.session.schema` prints it; `resources/schema/nnviz-document.schema.json` holds what it prints.
A schema cannot say everything: that shapes fit, that names are unique and that limits of the whole network hold is
the reader's to check.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

from nnviz.data.csv_reader import MISSING_TABLE
from nnviz.data.csv_rows import DECIMALS, DELIMITERS, MOST_COLUMNS
from nnviz.data.datasets import SPLIT_OPTIONS
from nnviz.engine.expression import LONGEST, LONGEST_GRAPH, MOST_LEAVES
from nnviz.engine.gates import DEFAULT_TIES, TIES
from nnviz.engine.losses import VARIABLES
from nnviz.engine.options import Option
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.session import fields
from nnviz.session.checks import HIDDEN, HIDDEN_IN_LINES, LONGEST_DESCRIPTION, LONGEST_NAME, Row
from nnviz.session.computation_graph import LEAF, NO_OPTIMISER
from nnviz.session.data_files import LONGEST_PATH, MOST_LABELLED
from nnviz.session.surface import COORDINATE, NOISE
from nnviz.session.writing import write_tree

_ELEMENT = r"^(W|b|alpha)[1-9][0-9]*\[ *[0-9]+( *, *[0-9]+)* *\]$"


def document_schema() -> dict[str, Any]:
    """The schema as a JSON object (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "nnviz document",
        "description": "A network, a computation graph or a surface with its data, its settings and its progress.",
        "type": "object",
        "required": ["format", "version", "kind"],
        "oneOf": [_kind(kind) for kind in fields.KINDS],
        "$defs": _DEFINITIONS,
    }


def _kind(kind: str) -> dict[str, Any]:
    """What a document of one kind has."""
    keys, required = fields.KEYS_OF[kind]
    own = {"kind": {"const": kind}, "progress": _progress(kind), **_OF_KIND.get(kind, {})}
    return _object({key: own.get(key) or _PROPERTIES[key] for key in keys}, required)


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: Mapping[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _whole(minimum: int, maximum: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": minimum, "maximum": maximum}


def _option(option: Option) -> dict[str, Any]:
    if option.closed:
        return {"enum": list(option.presets), "default": option.default, "description": option.help}
    schema: dict[str, Any] = {"type": "integer" if option.whole else "number"}
    if math.isfinite(option.minimum):
        schema["exclusiveMinimum" if option.above else "minimum"] = option.minimum
    if math.isfinite(option.maximum):
        schema["maximum"] = option.maximum
    return {**schema, "default": option.default, "description": option.help}


def _choice(table: Mapping[str, Row], beside: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A row's name, or an object of its name, its options and what stands `beside` them."""
    rows = [
        _object(
            {
                "name": {"const": name},
                **(beside or {}),
                **{key: _option(option) for key, option in row.options.items()},
            },
            ("name",),
        )
        for name, row in table.items()
    ]
    return {"anyOf": [{"enum": list(table)}, *rows]}


def _rows(minimum: int = 0) -> dict[str, Any]:
    return {"type": "array", "minItems": minimum, "items": _ref("numbers")}


def _learning_rate() -> dict[str, Any]:
    """A number, or an object of a schedule's name, its η and its options."""
    rows = [
        _object(
            {
                "schedule": {"const": name},
                "learning_rate": _option(fields.RATE),
                **{key: _option(option) for key, option in row.options.items()},
            },
            ("schedule",),
        )
        for name, row in SCHEDULES.items()
    ]
    return {"anyOf": [_option(fields.RATE), *rows]}


def _progress(kind: str) -> dict[str, Any]:
    """How far training had come; parameters are called and written as in the rest of a document of this kind."""
    key = _LEAVES if kind == "graph" else fields.PARAMETERS_KEY[kind]
    return _object(
        {
            "step": _whole(0, fields.LARGEST_COUNT),
            "epoch": _whole(0, fields.LARGEST_COUNT),
            "batch": _whole(0, fields.LARGEST_COUNT),
            "optimiser_state": {
                "type": "object",
                "properties": {fields.OPTIMISER_COUNTER: _whole(0, fields.LARGEST_COUNT)},
                "additionalProperties": _ref(key),
            },
            "schedule_state": {
                "type": "object",
                "description": "what a schedule of the learning rate that watches the loss has seen",
                "additionalProperties": {"type": "number"},
            },
            "start": _object({fields.PARAMETERS_KEY[kind]: _ref(key)}),
        },
        ("step",),
    )


def _columns(minimum: int) -> dict[str, Any]:
    """Columns of a file by heading or by number, counted from 1."""
    column = {"anyOf": [_ref("name"), _whole(1, MOST_COLUMNS)]}
    return {"anyOf": [column, {"type": "array", "items": column, "minItems": minimum, "maxItems": MOST_COLUMNS}]}


_DEFINITIONS: dict[str, Any] = {
    "learning_rate": _learning_rate(),
    "path": {
        "type": "string",
        "description": "a file, relative to the document's own place",
        "minLength": 1,
        "maxLength": LONGEST_PATH,
    },
    "text": {"type": "string", "maxLength": LONGEST_NAME, "pattern": f"^[^{HIDDEN}]*$"},
    "name": {"type": "string", "maxLength": LONGEST_NAME, "pattern": f"^(?=.*\\S)[^{HIDDEN}]+$"},
    "units": {
        "anyOf": [
            _whole(1, fields.MOST_UNITS),
            {
                "type": "array",
                "items": _ref("name"),
                "minItems": 1,
                "maxItems": fields.MOST_UNITS,
                "uniqueItems": True,
            },
        ]
    },
    "numbers": {"type": "array", "items": {"type": "number"}},
    "features": {
        "type": "array",
        "description": "formulas of the network's inputs, out of those of the data set: x1, x2, ...",
        "items": _ref("name"),
        "maxItems": fields.MOST_UNITS,
    },
    "range": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    "values": {
        **_object({name: _option(COORDINATE) for name in VARIABLES}),
        "description": "where the point stands on a surface",
    },
    "parameters": {
        "type": "object",
        "patternProperties": {
            "^W[1-9][0-9]*$": {
                "anyOf": [_rows(), {"type": "array", "items": _rows()}],
                "description": "(units, inputs): row j holds the weights into unit j; maxout: (units, pieces, inputs)",
            },
            "^alpha[1-9][0-9]*$": {**_ref("numbers"), "description": "what PReLU learns: one for the layer, or a unit"},
            "^b[1-9][0-9]*$": {
                "anyOf": [_ref("numbers"), _rows()],
                "description": "a bias for each unit, or a shared one: [x]; maxout: (units, pieces)",
            },
        },
        "additionalProperties": False,
    },
    "layer": _object(
        {
            "units": _ref("units"),
            "activation": _choice(fields.TABLES["activation"]),
            "initialise": _choice(fields.TABLES["initialise"]),
            "bias": {"enum": list(fields.BIASES), "default": fields.BIASES[0]},
        },
        ("units", "activation"),
    ),
}

_LEAVES = "leaves"
_DEFINITIONS[_LEAVES] = {
    "type": "object",
    "description": "a number for every name in the expression",
    "additionalProperties": _option(LEAF),
    "maxProperties": MOST_LEAVES,
}
# What a graph has beside the keys of other kinds, or means otherwise by them.
_OF_KIND: dict[str, dict[str, Any]] = {
    "graph": {
        "expression": {
            "type": "string",
            "description": "a formula, whose names are the leaves of the graph",
            "maxLength": LONGEST_GRAPH,
            "pattern": f"^(?=.*\\S)[^{HIDDEN}]+$",
        },
        "values": _ref(_LEAVES),
        "ties": {
            "enum": list(TIES),
            "default": DEFAULT_TIES,
            "description": "who gets the gradient of max and min when both inputs are equal",
        },
        "labels": {
            "type": "object",
            "description": "names for the gates g1, g2, ... and for the result f",
            "additionalProperties": _ref("name"),
        },
        "frozen": {"type": "array", "description": "leaves that are never updated", "items": {"type": "string"}},
        "optimiser": {"anyOf": [
            {"const": NO_OPTIMISER},
            _object({"name": {"const": NO_OPTIMISER}}, ("name",)),
            *_choice(fields.TABLES["optimiser"], {"learning_rate": _ref("learning_rate")})["anyOf"],
        ]},
    },
}

_COUNT = {"type": "integer", "minimum": 0}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_SPLIT = {key: _option(option) for key, option in SPLIT_OPTIONS.items()}

_PROPERTIES: dict[str, Any] = {
    "format": {"const": fields.FORMAT},
    "version": _whole(1, fields.VERSION),
    "name": _ref("text"),
    "description": {
        "type": "string",
        "maxLength": LONGEST_DESCRIPTION,
        "pattern": f"^[^{HIDDEN_IN_LINES}]*$",
    },
    "expression": {
        **_ref("name"),
        "description": "the height of a surface: a formula of x and y",
        "maxLength": LONGEST,
    },
    "values": _ref("values"),
    "view": {
        **_object({name: _ref("range") for name in VARIABLES}, VARIABLES),
        "description": "what the map shows, the lowest and the highest of each",
    },
    "noise": _option(NOISE),
    "inputs": _ref("units"),
    "layers": {"type": "array", "items": _ref("layer"), "minItems": 1, "maxItems": fields.MOST_LAYERS},
    "parameters": _ref("parameters"),
    "labels": {
        "type": "object",
        "description": "the names that a lesson uses, by parameter",
        "propertyNames": {"pattern": _ELEMENT},
        "additionalProperties": _ref("name"),
    },
    "frozen": {
        "type": "array",
        "description": "arrays, elements or labels that are never updated",
        "items": {"type": "string"},
    },
    "disabled": {
        "type": "object",
        "description": "parameters that are 0 and stay 0, with the values that they get back",
        "additionalProperties": {"type": "number"},
    },
    "places": {
        "type": "array",
        "description": "where units have been put: layer, unit, x and y in shares of the picture",
        "items": {
            "type": "array",
            "prefixItems": [_COUNT, _COUNT, _SHARE, _SHARE],
            "minItems": 4,
            "maxItems": 4,
        },
    },
    "folded": {
        "type": "array",
        "description": "layers that are shown as one bar; 0 is the inputs",
        "items": _COUNT,
        "uniqueItems": True,
    },
    "loss": _choice(fields.TABLES["loss"]),
    "optimiser": _choice(fields.TABLES["optimiser"], {"learning_rate": _ref("learning_rate")}),
    "data": {
        "anyOf": [
            _choice(fields.TABLES["data"], {"features": _ref("features")}),
            _object(
                {"inputs": _rows(1), "targets": _rows(1), "features": _ref("features"), **_SPLIT},
                ("inputs", "targets"),
            ),
            _object(
                {
                    "inputs": _rows(1),
                    "targets": _rows(1),
                    "test_inputs": _rows(1),
                    "test_targets": _rows(1),
                    "features": _ref("features"),
                    "test_fraction": {"const": 0},
                    "seed": _SPLIT["seed"],
                },
                ("inputs", "targets", "test_inputs", "test_targets"),
            ),
            _object(
                {
                    "csv": _ref("path"),
                    "delimiter": {"enum": list(DELIMITERS), "default": ","},
                    "decimal": {"enum": list(DECIMALS), "default": "."},
                    "header": {"type": "boolean", "default": True},
                    "inputs": _columns(1),
                    "targets": _columns(1),
                    "one_hot": _columns(0),
                    "missing": {"enum": list(MISSING_TABLE), "default": "refuse"},
                    "features": _ref("features"),
                    **_SPLIT,
                },
                ("csv", "targets"),
            ),
            _object(
                {
                    "idx": _ref("path"),
                    "idx_labels": _ref("path"),
                    "classes": {**_whole(1, MOST_LABELLED), "default": 10},
                    "idx_test": _ref("path"),
                    "idx_test_labels": _ref("path"),
                    "most": {**_whole(0, 2**32), "default": 0},
                    "features": _ref("features"),
                    **_SPLIT,
                },
                ("idx", "idx_labels"),
            ),
        ]
    },
    "scaling": _choice(fields.TABLES["scaling"]),
    "batch_size": {"anyOf": [{"const": "all"}, _whole(1, fields.LARGEST_COUNT)], "default": "all"},
    "seed": {**_whole(0, fields.LARGEST_SEED), "default": 0},
    "steps": {**_whole(0, fields.LARGEST_COUNT), "default": fields.DEFAULT_STEPS},
}

if __name__ == "__main__":
    sys.stdout.buffer.write(write_tree(document_schema()))
