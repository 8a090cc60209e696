"""Other examples for an open network: what else in its document has to follow them.

A network of the same shape keeps what it has learned and goes on with the new examples.  Names that belonged to the
old ones go with them, and so do labels and frozen parameters of units that are no longer there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nnviz.engine.network import parse_parameter_name
from nnviz.session.document import Document

Units = Sequence[str] | int
_PLAIN_NAME = re.compile(r"[^\W\d_][0-9]*")      # x1, i2, y: as good for other examples


def data_values(document: Document, data: Mapping[str, Any], scaling: Any, inputs: Units, outputs: Units
                ) -> dict[str, Any]:
    """What is to be another in the document, by path, for the network to learn from `data` with this `scaling`.

    `inputs` and `outputs` are what the examples call the units that belong to them, or how many there are.
    """
    raw, network = document.raw, document.network
    before = raw["data"] if isinstance(raw["data"], Mapping) else {"name": raw["data"]}
    other = _identity(before) != _identity(data)
    others_made = tuple(data.get("features", ())) != document.data.features
    last = len(network.layers) - 1
    values: dict[str, Any] = {"data": dict(data), "scaling": scaling}
    values |= _units("inputs", raw["inputs"], inputs, others_made or (other and not _plain(network.inputs)))
    named = network.names(last + 1)
    values |= _units(f"layers.{last}.units", raw["layers"][last]["units"], outputs, other and not _plain(named))
    sizes = (_count(inputs), *network.sizes[1:-1], _count(outputs))
    if sizes != network.sizes:
        if "labels" in raw:
            values["labels"] = {name: label for name, label in raw["labels"].items() if _exists(name, sizes)}
        if "frozen" in raw:
            values["frozen"] = [name for name in document.frozen if _exists(name, sizes)]
    return values


def _identity(data: Mapping[str, Any]) -> str:
    """Which examples they are, whatever is made of them."""
    return next((f"{key} {data[key]}" for key in ("name", "csv", "idx") if key in data), "rows")


def _units(path: str, given: Any, wanted: Units, rename: bool) -> dict[str, Any]:
    """The change of a layer's units, none where their names may stay."""
    if not isinstance(wanted, int):
        return {} if given == list(wanted) else {path: list(wanted)}
    has = len(given) if isinstance(given, list) else given
    stays = has == wanted and not (rename and isinstance(given, list))
    return {} if stays else {path: wanted}


def _plain(names: Sequence[str]) -> bool:
    return all(_PLAIN_NAME.fullmatch(name) for name in names)


def _count(units: Units) -> int:
    return units if isinstance(units, int) else len(units)


def _exists(name: str, sizes: Sequence[int]) -> bool:
    """Whether an array or an element of one is there in a network of these sizes, the hidden layers as they were."""
    meant = parse_parameter_name(name)
    if meant is None or not meant[1]:
        return True
    array, index = meant
    layer = int(re.sub(r"\D", "", array))
    return index[0] < sizes[layer] and (not array.startswith("W") or index[-1] < sizes[layer - 1])
